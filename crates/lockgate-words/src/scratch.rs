//! The open texts of one object, joined.

use crate::escapes::{self, Kinds};
use crate::letters::{Letters, Weak};
use crate::matcher::Matcher;
use crate::quick::{BLOCK, Look, Quick};
use crate::signs::Places;
use alloc::vec::Vec;
use lockgate_bytes::Span;

/// Most texts are shorter than this, in bytes.
const SHORT: usize = 32;

/// One text of the object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// The caller's number for it.
    pub(crate) index: u32,
    /// Where it stands in the object.
    pub(crate) span: Span,
    /// Where it begins in the joined text; a separator stands between two.
    pub(crate) start: usize,
    /// Its length in the joined text.
    pub(crate) len: usize,
    /// Anything may be said in it, in sentences.
    pub(crate) free: bool,
}

impl Field {
    /// Its bytes.
    pub(crate) fn text<'a>(&self, joined: &'a [u8]) -> &'a [u8] {
        joined.get(self.start..self.start.saturating_add(self.len)).unwrap_or(&[])
    }

    /// Where the bytes `start..end` of the joined text stand in the object, as far as they lie in this field. Text that
    /// had to be decoded has no bytes of its own in the object: then it is the whole field.
    pub(crate) fn span_of(&self, start: usize, end: usize) -> Span {
        if self.span.len() != self.len {
            return self.span;
        }
        let offset = |at: usize| at.saturating_sub(self.start).min(self.len);
        let begin = usize::try_from(self.span.start).unwrap_or(usize::MAX);
        Span::new(begin.saturating_add(offset(start)), begin.saturating_add(offset(end)))
    }
}

/// Working memory of the scan; reuse it from object to object.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) joined: Vec<u8>,
    /// The same with blanks for escapes, or the other way round while that is read.
    apart: Vec<u8>,
    pub(crate) fields: Vec<Field>,
    pub(crate) quick: Quick,
    pub(crate) letters: Letters,
    pub(crate) places: Places,
    pub(crate) exact: Vec<u8>,
    pub(crate) counts: Vec<usize>,
}

impl Scratch {
    /// Empty working memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts blanks in the place of escapes of these kinds.
    pub(crate) fn part_at_escapes(&mut self, kinds: Kinds) {
        escapes::blanked(&self.joined, kinds, &mut self.apart);
        core::mem::swap(&mut self.joined, &mut self.apart);
    }

    /// Takes [`Scratch::part_at_escapes`] back.
    pub(crate) fn as_it_stands(&mut self) {
        core::mem::swap(&mut self.joined, &mut self.apart);
    }

    /// Forgets the last object and keeps the memory.
    pub fn begin(&mut self) {
        self.joined.clear();
        self.fields.clear();
    }

    /// Adds the next open text, in the order of the object. `index` is handed back in hits; `span` is where the text
    /// stands in the object; `free` is true for fields in which whole sentences may stand.
    #[inline]
    pub fn push(&mut self, text: &[u8], index: u32, span: Span, free: bool) {
        self.fields.push(Field { index, span, start: self.joined.len(), len: text.len(), free });
        self.joined.extend_from_slice(text);
        self.joined.push(0);
    }

    /// Adds the open text that stands at `text` in `object`, as [`Scratch::push`] would.
    #[inline]
    pub fn push_from(&mut self, object: &[u8], text: Span, index: u32, span: Span, free: bool) {
        let (start, len) = (self.joined.len(), text.len());
        let from = usize::try_from(text.start).unwrap_or(usize::MAX);
        match object.get(from..).and_then(|rest| rest.first_chunk::<SHORT>()) {
            // A copy of fixed length is a few instructions, one of any length a call.
            Some(chunk) if len < SHORT => {
                self.fields.push(Field { index, span, start, len, free });
                self.joined.extend_from_slice(chunk);
                let end = start.wrapping_add(len);
                if let Some(separator) = self.joined.get_mut(end) {
                    *separator = 0;
                }
                self.joined.truncate(end.wrapping_add(1));
            }
            _ => self.push(text.of(object), index, span, free),
        }
    }

    /// Looks quickly at all of it.
    pub(crate) fn look(&mut self, weak: Weak, matcher: &Matcher) -> Look {
        let len = self.joined.len();
        // One block more: behind every byte that counts stand four that can be read.
        self.joined.resize(len.next_multiple_of(BLOCK).saturating_add(BLOCK), 0);
        let look = self.quick.look(&self.joined, len, weak, matcher);
        self.joined.truncate(len);
        look
    }

    /// The field that holds byte `at` of the joined text.
    pub(crate) fn field_at(&self, at: usize) -> Option<Field> {
        let nth = self.fields.partition_point(|field| field.start <= at).checked_sub(1)?;
        self.fields.get(nth).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Scratch;
    use lockgate_bytes::Span;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_of_the_object_is_added_as_any_other(
            object in "[a-z]{0,90}",
            places in prop::collection::vec((0..90_usize, 0..90_usize), 0..9),
        ) {
            let (mut one, mut other) = (Scratch::new(), Scratch::new());
            for (index, (start, length)) in (0_u32..).zip(places) {
                let start = start.min(object.len());
                let span = Span::new(start, (start + length).min(object.len()));
                one.push(span.of(object.as_bytes()), index, span, index == 0);
                other.push_from(object.as_bytes(), span, index, span, index == 0);
            }
            prop_assert_eq!(&one.joined, &other.joined);
            let shown = |scratch: &Scratch| alloc::format!("{:?}", scratch.fields);
            prop_assert_eq!(shown(&one), shown(&other));
        }
    }
}
