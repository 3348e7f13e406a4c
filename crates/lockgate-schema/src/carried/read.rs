//! Reading the object that a value is.

use super::{Carried, Coding, letters};
use crate::fault::Fault;
use lockgate_bytes::{Budget, Span, Untrusted};
use lockgate_core::{Inspection, Inspector, OpenText, Undeclared};
use lockgate_reason::schema;
use lockgate_record::{Block, Place, Slot, TextRef, Value};

/// What both readers say of a value that is no object of the inner type.
mod says {
    pub(super) const LETTERS: &str = "not written in the letters that the type says";
    pub(super) const OTHER: &str = "no object of the type that has to stand here";
}

/// A value that is an object of another type.
#[derive(Clone, Copy)]
pub(crate) struct From<'a> {
    /// The outer object.
    pub(crate) object: &'a [u8],
    /// The value, without the escapes of the outer encoding.
    pub(crate) text: TextRef,
    /// Where it stands.
    pub(crate) span: Span,
    /// Where its record goes.
    pub(crate) block: Block,
    pub(crate) slot: Slot,
    pub(crate) place: Place,
}

/// The bytes of an inner object, and how their places are places of the outer one.
#[derive(Clone, Copy)]
struct Stands {
    bytes: TextRef,
    /// Where its first byte stands; `None` where its bytes do not stand in the outer object as they are.
    start: Option<u32>,
}

impl Carried {
    /// Reads a value with the compiled reader; true where its letters and its object are canonical.
    pub(crate) fn compiled(&self, from: From<'_>, into: &mut Inspection) -> bool {
        let kept = into.record.scratch_len();
        let stands = match (self.coding, from.text) {
            (Coding::Text, bytes) => Ok(as_it_is(bytes)),
            (coding, TextRef::Source(span)) => letters::bytes(coding, span.of(from.object), &mut into.record)
                .ok_or(())
                .map(|()| since(into, kept)),
            (coding, text) => {
                let text = into.record.text(text, from.object).to_vec();
                letters::bytes(coding, &text, &mut into.record).ok_or(()).map(|()| since(into, kept))
            }
        };
        self.read(&self.compiled, stands, from, into)
    }

    /// The same with the plain interpreter.
    pub(crate) fn reference(&self, from: From<'_>, into: &mut Inspection) -> bool {
        let stands = if self.coding == Coding::Text {
            Ok(as_it_is(from.text))
        } else {
            let text = core::str::from_utf8(into.record.text(from.text, from.object));
            match text.ok().and_then(|text| letters::plain::bytes(self.coding, text)) {
                Some(bytes) => Ok(Stands { bytes: into.record.keep(&bytes), start: None }),
                None => Err(()),
            }
        };
        self.read(&self.reference, stands, from, into)
    }

    fn read(
        &self,
        by: &dyn Inspector,
        stands: Result<Stands, ()>,
        from: From<'_>,
        into: &mut Inspection,
    ) -> bool {
        let bad = |says| Fault { code: schema::BAD_VALUE, span: from.span, says: Some(says) };
        let Ok(stands) = stands else {
            into.reasons.push(bad(says::LETTERS).reason(from.place));
            return false;
        };
        let mut inner = into.inner.take().unwrap_or_default();
        let object = Untrusted::new(into.record.text(stands.bytes, from.object));
        let known = by.recognises(object);
        if known {
            // Who reads the outer object has paid for its bytes.
            by.inspect(object, &mut inner, &mut Budget::new(u64::MAX));
            self.goes_over(&mut inner, stands, from, into);
        } else {
            into.reasons.push(bad(says::OTHER).reason(from.place));
        }
        let canonical = known && inner.canonical;
        into.inner = Some(inner);
        canonical
    }

    /// Takes over what was reported of the inner object.
    fn goes_over(&self, inner: &mut Inspection, stands: Stands, from: From<'_>, into: &mut Inspection) {
        let span = |at: Span| match stands.start {
            Some(start) => Span { start: at.start.saturating_add(start), end: at.end.saturating_add(start) },
            None => from.span,
        };
        let place = |there: Place| there.at(self.node(there.node())).behind(from.place);
        let kept = into.record.keep(inner.record.scratch());
        let text = |found: TextRef| match found {
            TextRef::Source(at) => within(stands.bytes, at),
            TextRef::Scratch(at) => within(kept, at),
        };
        into.record.set(from.block, from.slot, Value::Present, from.span);
        self.group.over(&inner.record, Block::ROOT, (&mut into.record, from.block), &text, &span);
        into.open_texts.extend(inner.open_texts.drain(..).map(|open| OpenText {
            place: place(open.place),
            text: text(open.text),
            span: span(open.span),
            free: open.free,
        }));
        into.reasons.extend(inner.reasons.drain(..).map(|mut reason| {
            reason.place = Some(reason.place.map_or(from.place, place));
            reason.span = Some(reason.span.map_or(from.span, span));
            reason
        }));
        // Whatever stands there, nobody looked into it as it stands in this object: it is never dropped.
        into.undeclared.extend(inner.undeclared.drain(..).map(|part| Undeclared {
            parent: from.place,
            span: from.span,
            marked: true,
            second_label: part.second_label,
        }));
    }
}

/// Bytes that are the value itself.
fn as_it_is(bytes: TextRef) -> Stands {
    let start = if let TextRef::Source(span) = bytes { Some(span.start) } else { None };
    Stands { bytes, start }
}

/// Bytes that were kept since `start`.
fn since(into: &Inspection, start: usize) -> Stands {
    Stands { bytes: TextRef::Scratch(Span::new(start, into.record.scratch_len())), start: None }
}

/// A piece of a text.
fn within(text: TextRef, at: Span) -> TextRef {
    let moved = |whole: Span| {
        let to = |place: u32| whole.start.saturating_add(place).min(whole.end);
        Span { start: to(at.start), end: to(at.end) }
    };
    match text {
        TextRef::Source(whole) => TextRef::Source(moved(whole)),
        TextRef::Scratch(whole) => TextRef::Scratch(moved(whole)),
    }
}
