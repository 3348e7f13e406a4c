//! Escapes between words: text that was copied from somewhere else says `BLUE%20HERON`, `BLUE\nHERON` or `BLUE&nbsp;HERON`.
//!
//! The letters and digits of an escape would join the words around it, so a text with any is read once more, with a blank in
//! the place of each byte of an escape. What an escape stands for is not worked out: it may be a letter, and then it is only a
//! gap in a word, which separators are too. Four of them in one field are a finding of `conceal`.

use alloc::vec::Vec;

/// Letters behind a backslash that are a control character in most languages.
const CONTROLS: &[u8] = b"abefnrtv0NRT";
/// Fewest and most letters of a named reference, as in `&lt;` and `&thetasym;`.
const NAME: core::ops::RangeInclusive<usize> = 2..=8;
/// Most digits of a numbered one.
const DIGITS: usize = 8;

/// Puts `text` into `out` with blanks for escapes, each byte in its place; false, and `out` is of no use, where there is none.
pub(crate) fn blanked(text: &[u8], out: &mut Vec<u8>) -> bool {
    if !begins_any(text) {
        return false;
    }
    out.clear();
    out.extend_from_slice(text);
    let (mut at, mut any) = (0_usize, false);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let len = len(rest);
        if let Some(escape) = out.get_mut(at..at.saturating_add(len)) {
            escape.fill(b' ');
        }
        any |= len > 0;
        at = at.saturating_add(len.max(1));
    }
    any
}

/// True where a byte stands with which an escape begins. No early end: many bytes a step.
fn begins_any(text: &[u8]) -> bool {
    let mut found = 0_u8;
    for byte in text {
        let equals = |sign: u8| u8::from(*byte == sign);
        found |= equals(b'%') | equals(b'=') | equals(b'\\') | equals(b'&');
    }
    found != 0
}

/// Length of the escape at the beginning of `rest`; 0 where there is none.
fn len(rest: &[u8]) -> usize {
    let hex = |from: usize, count: usize| {
        let digits = rest.get(from..from.saturating_add(count)).unwrap_or(&[]);
        digits.len() == count && digits.iter().all(u8::is_ascii_hexdigit)
    };
    match rest {
        [b'%' | b'=', ..] if hex(1, 2) => 3,
        [b'\\' | b'%', b'u' | b'U', ..] if hex(2, 4) => 6,
        [b'\\', b'x' | b'X', ..] if hex(2, 2) => 4,
        [b'\\', b'u', b'{', ..] => ended(rest, 3, b'}', u8::is_ascii_hexdigit, 1..=DIGITS),
        [b'&', b'#', b'x' | b'X', ..] => ended(rest, 3, b';', u8::is_ascii_hexdigit, 1..=DIGITS),
        [b'&', b'#', ..] => ended(rest, 2, b';', u8::is_ascii_digit, 1..=DIGITS),
        [b'&', ..] => ended(rest, 1, b';', u8::is_ascii_alphanumeric, NAME),
        [b'\\', control, ..] if CONTROLS.contains(control) => 2,
        _ => 0,
    }
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
    use super::blanked;
    use alloc::string::String;
    use alloc::vec::Vec;

    #[test]
    fn escapes_become_blanks_in_their_places() {
        for (text, expected) in [
            ("a%20b", "a   b"),
            ("a=C2=A0b", "a      b"),
            (r"a\nb", "a  b"),
            (r"a\u00a0b", "a      b"),
            (r"a\u{a0}b", "a      b"),
            (r"a\x20b", "a    b"),
            ("a&nbsp;b", "a      b"),
            ("a&#160;b&#xA0;c", "a      b      c"),
            ("%%20", "%   "),
        ] {
            let mut out = Vec::new();
            assert!(blanked(text.as_bytes(), &mut out), "{text}");
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{text}");
        }
        for text in [
            "",
            "a b",
            "5 % of b",
            "a = b",
            r"a\ b",
            r"a\",
            "a & b;",
            "&;",
            "&a;",
            "&toolongname;",
            "&#;",
            r"\u{}",
            "%2",
            "=A",
        ] {
            assert!(!blanked(text.as_bytes(), &mut Vec::new()), "{text}");
        }
    }
}
