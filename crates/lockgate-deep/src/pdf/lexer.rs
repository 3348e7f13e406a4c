//! Tokens of PDF syntax (ISO 32000-2, 7.2 and 7.3), with their places.

use core::ops::Range;

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword or number: regular characters.
    Word(&'a [u8]),
    /// A name, without its slash, as it is written.
    Name(&'a [u8]),
    /// A string in parentheses or in angle brackets.
    Text,
    /// `<<` or `[`.
    Open,
    /// `>>` or `]`.
    Close,
    /// From `%` to the end of the line.
    Comment(&'a [u8]),
    /// A string or bracket that does not end, or one that closes nothing.
    Broken,
}

/// Reads tokens forward.
#[derive(Clone)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    /// What stands from `at` on.
    pub(super) fn rest_at(&self, at: usize) -> &'a [u8] {
        self.bytes.get(at..).unwrap_or(&[])
    }

    /// The next token and where it stands; `None` at the end.
    pub(super) fn next(&mut self) -> Option<(Token<'a>, Range<usize>)> {
        let blanks = self.rest().iter().take_while(|byte| is_blank(**byte)).count();
        self.at = self.at.saturating_add(blanks);
        let begin = self.at;
        let rest = self.rest();
        let (token, length) = match rest {
            [] => return None,
            [b'<', b'<', ..] => (Token::Open, 2),
            [b'>', b'>', ..] => (Token::Close, 2),
            [b'[' | b'{', ..] => (Token::Open, 1),
            [b']' | b'}', ..] => (Token::Close, 1),
            [b'%', ..] => {
                let length = rest.iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count();
                (Token::Comment(rest.get(..length).unwrap_or(rest)), length)
            }
            [b'/', name @ ..] => {
                let length = name.iter().take_while(|byte| is_regular(**byte)).count();
                (Token::Name(name.get(..length).unwrap_or(name)), length.saturating_add(1))
            }
            [b'(', ..] => literal(rest).map_or((Token::Broken, rest.len()), |length| (Token::Text, length)),
            [b'<', ..] => match rest.iter().position(|byte| *byte == b'>') {
                Some(end) => (Token::Text, end.saturating_add(1)),
                None => (Token::Broken, rest.len()),
            },
            [b'>' | b')', ..] => (Token::Broken, 1),
            _ => {
                let length = rest.iter().take_while(|byte| is_regular(**byte)).count();
                (Token::Word(rest.get(..length).unwrap_or(rest)), length.max(1))
            }
        };
        self.at = begin.saturating_add(length);
        Some((token, begin..self.at))
    }
}

/// Bytes of a string in parentheses, balanced, with escapes.
fn literal(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut escaped) = (0_usize, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth = depth.saturating_add(1),
            b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at.checked_add(1);
                }
            }
            _ => {}
        }
    }
    None
}

/// White space of PDF: null, tabulator, line feed, form feed, carriage return, blank.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

pub(super) fn is_regular(byte: u8) -> bool {
    !is_blank(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// A whole number without sign.
pub(super) fn number(word: &[u8]) -> Option<usize> {
    if word.is_empty() || word.len() > 12 {
        return None;
    }
    word.iter().try_fold(0_usize, |sum, digit| {
        let digit = usize::try_from(char::from(*digit).to_digit(10)?).ok()?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// The first place of `what` in `bytes`.
pub(super) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &[u8]) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(text, 0);
        core::iter::from_fn(|| lexer.next().map(|(token, _)| token)).collect()
    }

    #[test]
    fn tokens_are_those_of_the_standard() {
        assert_eq!(
            tokens(b"<</A(b\\)(c))/D<0aF>[1 R]>>%x\nobj"),
            [
                Token::Open,
                Token::Name(b"A"),
                Token::Text,
                Token::Name(b"D"),
                Token::Text,
                Token::Open,
                Token::Word(b"1"),
                Token::Word(b"R"),
                Token::Close,
                Token::Close,
                Token::Comment(b"%x"),
                Token::Word(b"obj")
            ]
        );
        assert_eq!(tokens(b"(open"), [Token::Broken]);
        assert_eq!(tokens(b"a) b"), [Token::Word(b"a"), Token::Broken, Token::Word(b"b")]);
    }

    #[test]
    fn numbers_have_digits_only() {
        assert_eq!(number(b"0012"), Some(12));
        for none in [&b""[..], b"-1", b"1.0", b"+1", b"99999999999999"] {
            assert_eq!(number(none), None);
        }
    }
}
