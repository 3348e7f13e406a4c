//! The characters of a set, whatever lines they stand in.

use crate::text::model::Takes;

/// Characters of a set between two places, without line breaks and the blanks behind them; in free text line breaks stay,
/// as line feeds.
#[derive(Clone, Copy)]
pub(super) struct Letters<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) end: usize,
    /// Free text.
    pub(super) free: bool,
    /// A line feed has a carriage return before it.
    pub(super) crlf: bool,
}

impl<'a> Letters<'a> {
    /// Each with its place.
    pub(super) fn each(self) -> Each<'a> {
        Each(self)
    }

    /// True where they are these.
    pub(super) fn say(self, text: &[u8]) -> bool {
        self.each().map(|(letter, _)| letter).eq(text.iter().copied())
    }

    /// What a value takes of them, and what is left behind the separator, where one stands there.
    pub(super) fn cut(self, takes: Takes, between: u8) -> (Self, Option<Self>) {
        let mut separators = self.each().filter(|(letter, _)| *letter == between);
        let ended = match takes {
            Takes::One => separators.next(),
            Takes::Two => separators.nth(1),
            Takes::Rest => None,
        };
        match ended {
            Some((_, place)) => {
                let behind = Self { at: place.saturating_add(1), ..self };
                (Self { end: place, ..self }, Some(behind))
            }
            None => (self, None),
        }
    }
}

/// Characters with their places, one after the other.
#[derive(Clone)]
pub(super) struct Each<'a>(Letters<'a>);

impl Iterator for Each<'_> {
    type Item = (u8, usize);

    fn next(&mut self) -> Option<(u8, usize)> {
        let Self(left) = self;
        loop {
            let at = left.at;
            let (letter, rest) = left.bytes.get(at..left.end)?.split_first()?;
            left.at = at.saturating_add(1);
            match letter {
                b'\r' if left.crlf && rest.first() == Some(&b'\n') => {}
                b'\n' if !left.free => {
                    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
                    left.at = left.at.saturating_add(blanks);
                }
                letter => return Some((*letter, at)),
            }
        }
    }
}
