//! Where the encoding goes: into a buffer, or against the bytes of the object that it may be equal to.

use crate::literal::Literal;
use lockgate_bytes::Span;

/// `None` where a required part would be missing, or where the object does not go on like this.
pub(crate) type Written = Option<()>;

/// What takes the encoding, piece by piece.
pub(crate) trait Sink {
    fn literal(&mut self, literal: &Literal) -> Written;
    fn bytes(&mut self, bytes: &[u8]) -> Written;
    fn byte(&mut self, byte: u8) -> Written;
    /// The bytes of the object at `span`.
    fn source(&mut self, span: Span) -> Written;
}

/// Writes it.
pub(crate) struct Writer<'a> {
    pub(crate) object: &'a [u8],
    pub(crate) out: &'a mut Vec<u8>,
}

impl Sink for Writer<'_> {
    #[inline]
    fn literal(&mut self, literal: &Literal) -> Written {
        if literal.text.len() <= literal.head.len() {
            // A copy of fixed length is two instructions, one of any length a call.
            let end = self.out.len().wrapping_add(literal.text.len());
            self.out.extend_from_slice(&literal.head);
            self.out.truncate(end);
        } else {
            self.out.extend_from_slice(&literal.text);
        }
        Some(())
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) -> Written {
        self.out.extend_from_slice(bytes);
        Some(())
    }

    #[inline]
    fn byte(&mut self, byte: u8) -> Written {
        self.out.push(byte);
        Some(())
    }

    #[inline]
    fn source(&mut self, span: Span) -> Written {
        let (start, length) = (usize::try_from(span.start).unwrap_or(usize::MAX), span.len());
        match self.object.get(start..).and_then(|rest| rest.first_chunk::<32>()) {
            Some(chunk) if length <= chunk.len() => {
                let end = self.out.len().wrapping_add(length);
                self.out.extend_from_slice(chunk);
                self.out.truncate(end);
            }
            _ => self.out.extend_from_slice(span.of(self.object)),
        }
        Some(())
    }
}

/// Writes nothing, and goes on only as long as the object goes on like that.
pub(crate) struct Matcher<'a> {
    pub(crate) object: &'a [u8],
    /// Bytes of the object that are accounted for.
    pub(crate) at: usize,
}

impl Matcher<'_> {
    #[inline]
    fn go_on(&mut self, fits: bool, length: usize) -> Written {
        self.at = self.at.wrapping_add(length);
        fits.then_some(())
    }
}

impl Sink for Matcher<'_> {
    #[inline]
    fn literal(&mut self, literal: &Literal) -> Written {
        let fits = literal.stands(self.object, self.at);
        self.go_on(fits, literal.len())
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) -> Written {
        let fits = self.object.get(self.at..)?.starts_with(bytes);
        self.go_on(fits, bytes.len())
    }

    #[inline]
    fn byte(&mut self, byte: u8) -> Written {
        let fits = self.object.get(self.at) == Some(&byte);
        self.go_on(fits, 1)
    }

    #[inline]
    fn source(&mut self, span: Span) -> Written {
        let (start, end) = (usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?);
        if start == self.at && start <= end && end <= self.object.len() {
            // These very bytes.
            self.at = end;
            return Some(());
        }
        self.bytes(span.of(self.object))
    }
}

#[cfg(test)]
mod tests {
    use super::{Matcher, Sink, Writer};
    use crate::literal::Literal;
    use lockgate_bytes::Span;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_matches_and_nothing_else(text in "[ab]{0,20}", object in "[ab]{0,40}", at in 0_usize..45) {
            let (mut out, literal, object) = (Vec::new(), Literal::new(&text), object.as_bytes());
            let mut writer = Writer { object, out: &mut out };
            prop_assert!(writer.literal(&literal).is_some());
            prop_assert_eq!(out.as_slice(), text.as_bytes());
            let expected = object.get(at..).is_some_and(|rest| rest.starts_with(text.as_bytes()));
            let mut by_literal = Matcher { object, at };
            prop_assert_eq!(by_literal.literal(&literal).is_some(), expected);
            let mut by_bytes = Matcher { object, at };
            prop_assert_eq!(by_bytes.bytes(text.as_bytes()).is_some(), expected);
            if expected {
                prop_assert_eq!((by_literal.at, by_bytes.at), (at + text.len(), at + text.len()));
            }
        }

        #[test]
        fn spans_are_written_as_they_match(object in "[ab]{0,40}", at in 0_usize..45, span in (0_usize..45, 0_usize..45)) {
            let (mut out, span, object) = (Vec::new(), Span::new(span.0, span.1), object.as_bytes());
            if span.end as usize <= object.len() {
                let mut writer = Writer { object, out: &mut out };
                prop_assert!(writer.source(span).is_some());
                prop_assert_eq!(out.as_slice(), span.of(object));
                let expected = object.get(at..).is_some_and(|rest| rest.starts_with(&out));
                let mut matcher = Matcher { object, at };
                prop_assert_eq!(matcher.source(span).is_some(), expected);
            }
        }
    }
}
