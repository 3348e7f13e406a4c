//! Which bytes may stand where, and what references stand for.

/// What may stand in a name behind its first letter, the colon left out.
pub(super) const IN_NAMES: [bool; 256] =
    table(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

/// A table that is true for each byte of `of`.
const fn table(of: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut places: &mut [bool] = &mut table;
    let mut byte = 0_u8;
    while let Some((place, after)) = places.split_first_mut() {
        let mut rest = of;
        while let Some((listed, others)) = rest.split_first() {
            *place |= *listed == byte;
            rest = others;
        }
        places = after;
        byte = byte.wrapping_add(1);
    }
    table
}

/// True where the table lists the byte.
pub(super) fn listed(table: &[bool; 256], byte: u8) -> bool {
    table.get(usize::from(byte)).copied().unwrap_or(false)
}

/// How many bytes of `text` stand before the end of an attribute's value, a reference or what may not stand in it: before
/// the first of `"`, `'`, `&` and `<`, or all of them. Eight bytes at a time.
pub(super) fn before_end_of_value(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    // The highest bit of each byte of `word` that is `byte`; above the lowest such bit others may be set in error.
    let marks = |word: u64, byte: u8| {
        let differs = word ^ u64::from_le_bytes([byte; 8]);
        differs.wrapping_sub(ONES) & !differs & u64::from_le_bytes([0x80; 8])
    };
    let mut before = 0_usize;
    while let Some(chunk) = text.get(before..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let found = marks(word, b'"') | marks(word, b'\'') | marks(word, b'&') | marks(word, b'<');
        if found != 0 {
            return before.wrapping_add(usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0));
        }
        before = before.wrapping_add(8);
    }
    let rest = text.get(before..).unwrap_or(&[]);
    let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\'' | b'&' | b'<'));
    before.wrapping_add(length.unwrap_or(rest.len()))
}

/// What the reference at the head of `text` stands for, and how long it is.
pub(super) fn decode(text: &[u8]) -> Option<(u8, usize)> {
    for (reference, byte) in [
        (&b"&amp;"[..], b'&'),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
        (b"&#10;", b'\n'),
    ] {
        if text.starts_with(reference) {
            return Some((byte, reference.len()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::before_end_of_value;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_ends_where_the_first_such_byte_stands(text in "[a!#%';=&<\"~ \u{80}-\u{ff}]{0,30}|[a-z]{0,20}['\"<&]?[ -~]{0,20}") {
            let expected = text.bytes().position(|byte| b"\"'&<".contains(&byte)).unwrap_or(text.len());
            prop_assert_eq!(before_end_of_value(text.as_bytes()), expected);
        }
    }
}
