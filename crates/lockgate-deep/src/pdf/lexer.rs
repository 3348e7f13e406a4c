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

/// The bytes that a string stands for (ISO 32000-2, 7.3.4), as it is written with its parentheses or angle brackets.
pub(super) fn string(written: &[u8]) -> Vec<u8> {
    match written {
        [b'<', digits @ .., b'>'] => from_digits(digits),
        [b'(', literal @ .., b')'] => unescaped(literal),
        _ => Vec::new(),
    }
}

/// A name without its numbers for letters (ISO 32000-2, 7.3.5).
pub(super) fn name(written: &[u8]) -> Vec<u8> {
    let (mut name, mut rest) = (Vec::with_capacity(written.len()), written);
    while let [first, behind @ ..] = rest {
        rest = behind;
        let letter = (*first == b'#').then(|| behind.first_chunk::<2>()).flatten().and_then(|two| byte(*two));
        match letter {
            Some(letter) => {
                name.push(letter);
                rest = behind.get(2..).unwrap_or(&[]);
            }
            None => name.push(*first),
        }
    }
    name
}

fn byte(digits: [u8; 2]) -> Option<u8> {
    u8::from_str_radix(core::str::from_utf8(&digits).ok()?, 16).ok()
}

/// Pairs of hexadecimal digits; a last single one counts sixteenfold.
fn from_digits(digits: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = digits.iter().copied().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).filter_map(|two| byte([*two.first()?, *two.get(1).unwrap_or(&b'0')])).collect()
}

fn unescaped(literal: &[u8]) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::with_capacity(literal.len()), literal);
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let octal = behind.iter().take(3).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
        let (length, letter) = match behind {
            _ if octal > 0 => {
                let digits = behind.get(..octal).unwrap_or(&[]);
                // Of more than a byte can hold, the high bit is ignored.
                let value = digits.iter().fold(0_u8, |sum, digit| (sum << 3) | (digit & 7));
                (octal, Some(value))
            }
            [b'\r', b'\n', ..] => (2, None),
            [b'\r' | b'\n', ..] => (1, None),
            [b'n', ..] => (1, Some(b'\n')),
            [b'r', ..] => (1, Some(b'\r')),
            [b't', ..] => (1, Some(b'\t')),
            [b'b', ..] => (1, Some(8)),
            [b'f', ..] => (1, Some(12)),
            [other, ..] => (1, Some(*other)),
            [] => (0, None),
        };
        bytes.extend(letter);
        rest = behind.get(length..).unwrap_or(&[]);
    }
    bytes
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
