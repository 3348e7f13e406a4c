//! Escapes between words: text that was copied from somewhere else says `BLUE%20HERON`, `BLUE\nHERON` or `BLUE&nbsp;HERON`.
//!
//! The letters and digits of an escape would join the words around it, so a text with any is read once more, with a blank in
//! the place of each byte of an escape. What an escape stands for is not worked out: it may be a letter, and then it is only a
//! gap in a word, which separators are too. Four of them in one field are a finding of `conceal`.
//!
//! `=BA` and `\b` may as well be what they look like, a sign before a word. So these are blanks in some of the readings, and
//! words in the others.

use alloc::vec::Vec;

/// Letters behind a backslash that are a control character in most languages.
const CONTROLS: &[u8] = b"abefnrtvNRT";
/// Fewest and most letters of a named reference, as in `&lt;` and in the longest of HTML.
const NAME: core::ops::RangeInclusive<usize> = 2..=31;
/// Most digits of a numbered one; zeros may stand before them.
const DIGITS: usize = 32;

/// Kinds of escapes, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    /// What is nothing but an escape: `%20`, `\u00a0`, `&nbsp;`.
    const PLAIN: Self = Self(1);
    /// `=A0`.
    const EQUALS: Self = Self(2);
    /// `\n`.
    const CONTROL: Self = Self(4);

    /// Those that stand in `text`.
    pub(crate) fn of(text: &[u8]) -> Self {
        let (mut at, mut found) = (0_usize, Self::default());
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let (len, kind) = escape(rest);
            found = found.and(kind);
            at = at.saturating_add(if kind == Self::PLAIN { len } else { 1 });
        }
        found
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The ways to read a text with these: which of them are blanks.
    pub(crate) fn readings(self) -> impl Iterator<Item = Self> {
        let ways = [Self(1), Self(3), Self(5), Self(7)];
        // A way that has nothing of its own is one that was gone before.
        ways.into_iter().filter(move |way| {
            (way.0 == 1 && self.0 & 1 != 0) || (way.0 != 1 && way.0 & self.0 & 6 == way.0 & 6)
        })
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Puts `text` into `out` with blanks for escapes of these kinds, each byte in its place.
pub(crate) fn blanked(text: &[u8], kinds: Kinds, out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(text);
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (len, kind) = escape(rest);
        let len = if kinds.has(kind) { len } else { 0 };
        if let Some(escape) = out.get_mut(at..at.saturating_add(len)) {
            escape.fill(b' ');
        }
        at = at.saturating_add(len.max(1));
    }
}

/// True for what each escape begins with. Where no such byte stands, [`Kinds::of`] gives none.
pub(crate) fn begins_escape(byte: u8) -> bool {
    matches!(byte, b'%' | b'=' | b'\\' | b'&')
}

/// Length and kind of the escape at the beginning of `rest`; 0 and none where there is none.
fn escape(rest: &[u8]) -> (usize, Kinds) {
    let hex = |from: usize, count: usize| {
        let digits = rest.get(from..from.saturating_add(count)).unwrap_or(&[]);
        digits.len() == count && digits.iter().all(u8::is_ascii_hexdigit)
    };
    let plain = match rest {
        // Written twice: `%2520` is `%20`.
        [b'%', b'2', b'5', ..] if hex(1, 4) => 5,
        [b'%', ..] if hex(1, 2) => 3,
        [b'\\', b'U', ..] if hex(2, 8) => 10,
        [b'\\' | b'%', b'u' | b'U', ..] if hex(2, 4) => 6,
        [b'\\', b'x' | b'X', ..] if hex(2, 2) => 4,
        [b'\\', b'u', b'{', ..] => ended(rest, 3, b'}', u8::is_ascii_hexdigit, 1..=DIGITS),
        [b'\\', b'0'..=b'7', ..] => octal(rest),
        [b'&', b'#', b'x' | b'X', ..] => ended(rest, 3, b';', u8::is_ascii_hexdigit, 1..=DIGITS),
        [b'&', b'#', ..] => ended(rest, 2, b';', u8::is_ascii_digit, 1..=DIGITS),
        [b'&', ..] => ended(rest, 1, b';', u8::is_ascii_alphanumeric, NAME),
        _ => 0,
    };
    match rest {
        _ if plain > 0 => (plain, Kinds::PLAIN),
        [b'=', ..] if hex(1, 2) => (3, Kinds::EQUALS),
        [b'\\', control, ..] if CONTROLS.contains(control) => (2, Kinds::CONTROL),
        _ => (0, Kinds::default()),
    }
}

/// A backslash with one to three octal digits.
fn octal(rest: &[u8]) -> usize {
    let digits = rest.iter().skip(1).take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    digits.saturating_add(1)
}

/// Length of what goes on from `from` with so many bytes that are `of` it, and the byte `end`.
fn ended(
    rest: &[u8],
    from: usize,
    end: u8,
    of: fn(&u8) -> bool,
    many: core::ops::RangeInclusive<usize>,
) -> usize {
    let body = rest.get(from..).unwrap_or(&[]);
    let count = body.iter().take(many.end().saturating_add(1)).take_while(|byte| of(byte)).count();
    if many.contains(&count) && body.get(count) == Some(&end) {
        from.saturating_add(count).saturating_add(1)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::{Kinds, blanked};
    use alloc::string::String;
    use alloc::vec::Vec;

    fn readings(text: &str) -> Vec<String> {
        let read = |kinds| {
            let mut out = Vec::new();
            blanked(text.as_bytes(), kinds, &mut out);
            String::from_utf8(out).unwrap()
        };
        Kinds::of(text.as_bytes()).readings().map(read).collect()
    }

    #[test]
    fn escapes_become_blanks_in_their_places() {
        for (text, expected) in [
            ("a%20b", "a   b"),
            ("a%2520b", "a     b"),
            ("a=C2=A0b", "a      b"),
            (r"a\nb", "a  b"),
            (r"a\u00a0b", "a      b"),
            (r"a\U000000A0b", "a          b"),
            (r"a\u{a0}b", "a      b"),
            (r"a\x20b", "a    b"),
            (r"a\040b", "a    b"),
            (r"a\0b", "a  b"),
            ("a&nbsp;b", "a      b"),
            ("a&NonBreakingSpace;b", "a                  b"),
            ("a&#160;b&#xA0;c", "a      b      c"),
            ("a&#000000160;b", "a            b"),
            ("%%20", "%   "),
        ] {
            assert_eq!(readings(text), [expected], "{text}");
        }
        for text in [
            "", "a b", "5 % of b", "a = b", r"a\ b", r"a\", "a & b;", "&;", "&a;", "&#;", r"\u{}", "%2", "=A",
        ] {
            assert!(readings(text).is_empty(), "{text}");
        }
        let long = alloc::format!("&{};", "a".repeat(32));
        assert!(readings(&long).is_empty(), "no name is so long");
    }

    #[test]
    fn what_may_be_a_word_is_read_both_ways() {
        assert_eq!(readings(r"\blue%20heron"), [r"\blue   heron", "  lue   heron"]);
        assert_eq!(readings("x=BADGER%20FOX"), ["x=BADGER   FOX", "x   DGER   FOX"]);
        assert_eq!(readings(r"x=BADGER\nFOX"), [r"x   DGER\nFOX", "x=BADGER  FOX", "x   DGER  FOX"]);
    }
}
