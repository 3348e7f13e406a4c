//! Reading the object that a value is.

use super::{Carried, Coding, letters};
use crate::fault::Fault;
use lockgate_bytes::{Budget, Span, Untrusted};
use lockgate_core::{Inspection, Inspector, OpenText, Undeclared};
use lockgate_reason::schema;
use lockgate_record::{Block, Place, Record, Slot, TextRef, Value};

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
        let stands = self.bytes(from, into, |text, record| letters::bytes(self.coding, text, record));
        self.read(&self.compiled, stands, from, into)
    }

    /// The same with the plain interpreter.
    pub(crate) fn reference(&self, from: From<'_>, into: &mut Inspection) -> bool {
        let stands = self.bytes(from, into, |text, record| {
            core::str::from_utf8(text).ok().and_then(|text| letters::plain::bytes(self.coding, text, record))
        });
        self.read(&self.reference, stands, from, into)
    }

    /// The bytes that the value stands for, as `read` keeps them; `None` where its letters are others.
    fn bytes(
        &self,
        from: From<'_>,
        into: &mut Inspection,
        read: impl FnOnce(&[u8], &mut Record) -> Option<()>,
    ) -> Option<Stands> {
        if self.coding == Coding::Text {
            let start = if let TextRef::Source(span) = from.text { Some(span.start) } else { None };
            return Some(Stands { bytes: from.text, start });
        }
        let kept = into.record.scratch_len();
        let record = &mut into.record;
        match from.text {
            TextRef::Source(span) => read(span.of(from.object), record)?,
            // Where they are kept, what they stand for is kept too.
            TextRef::Scratch(_) => self.spares.lend(|spare| {
                spare.letters.clear();
                spare.letters.extend_from_slice(record.text(from.text, from.object));
                read(&spare.letters, record)
            })?,
        }
        let bytes = TextRef::Scratch(Span::new(kept, record.scratch_len()));
        Some(Stands { bytes, start: None })
    }

    fn read(
        &self,
        by: &dyn Inspector,
        stands: Option<Stands>,
        from: From<'_>,
        into: &mut Inspection,
    ) -> bool {
        let bad = |says| Fault { code: schema::BAD_VALUE, span: from.span, says: Some(says) };
        let Some(stands) = stands else {
            into.reasons.push(bad(says::LETTERS).reason(from.place));
            return false;
        };
        let mut inner = into.inner.take().unwrap_or_default();
        let object = Untrusted::new(into.record.text(stands.bytes, from.object));
        let known = by.recognises(object);
        if known {
            // Who reads the outer object has paid for its bytes: see `price`.
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
            // What stands nowhere was left out, and means something nevertheless.
            None if at.is_empty() => Span { end: from.span.start, ..from.span },
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
