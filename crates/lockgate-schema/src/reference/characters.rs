//! Which bytes may stand where, and what references stand for.

use crate::model::head_of;

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

/// The byte `byte` in each place of a word.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte of `low` that is `from..=to`; none of its bytes is above 127.
#[inline]
fn within(low: u64, from: u8, to: u8) -> u64 {
    let at_least = low.wrapping_add(each(0x80_u8.wrapping_sub(from)));
    let above = low.wrapping_add(each(0x7F_u8.wrapping_sub(to)));
    at_least & !above
}

/// The highest bit of each byte that [`IN_NAMES`] lists, and others below it.
#[inline]
fn in_names(word: u64) -> u64 {
    let low = word & each(0x7F);
    let letters = within(low | each(0x20), b'a', b'z');
    (letters | within(low, b'0', b'9') | within(low, b'-', b'.') | within(low, b'_', b'_')) & !word
}

/// The highest bit of each byte of printable ASCII that is no `&`, and others below it.
#[inline]
fn plain(word: u64) -> u64 {
    let low = word & each(0x7F);
    within(low, b' ', b'~') & !within(low, b'&', b'&') & !word
}

/// How many bytes of `text` stand before the first one that may not stand in a name, the colon being one of these; and
/// the first eight of them as a number, zeros behind them. Eight bytes at a time.
#[inline(always)]
pub(super) fn before_end_of_name(text: &[u8]) -> (usize, u64) {
    let first = text.first_chunk::<8>().map(|chunk| u64::from_le_bytes(*chunk));
    let mut before = 0_usize;
    while let Some(chunk) = text.get(before..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let ends = !in_names(word) & each(0x80);
        if ends != 0 {
            let last = usize::try_from(ends.trailing_zeros() >> 3).unwrap_or(0);
            let head = if before == 0 { word & below(last) } else { first.unwrap_or(0) };
            return (before.wrapping_add(last), head);
        }
        before = before.wrapping_add(8);
    }
    let rest = text.get(before..).unwrap_or(&[]);
    let length = rest.iter().position(|byte| !listed(&IN_NAMES, *byte)).unwrap_or(rest.len());
    let length = before.wrapping_add(length);
    (length, head_of(text.get(..length).unwrap_or(&[])))
}

/// The lowest `count` bytes of a word.
#[inline]
fn below(count: usize) -> u64 {
    let bits = u32::try_from(count).unwrap_or(8).saturating_mul(8);
    !u64::MAX.checked_shl(bits).unwrap_or(0)
}

/// True where the first `length` bytes of `text` are printable ASCII without references.
#[inline]
pub(super) fn all_plain(text: &[u8], length: usize) -> bool {
    all(text, length, plain, |byte| matches!(byte, b' '..=b'~') && byte != b'&')
}

/// True where the first `length` bytes of `text` may all stand in a name, the colon left out.
#[inline]
pub(super) fn all_in_names(text: &[u8], length: usize) -> bool {
    all(text, length, in_names, |byte| listed(&IN_NAMES, byte))
}

/// True where the first `length` bytes of `text` all fit, as `fit` marks eight of them and `fits` tells of one.
#[inline]
fn all(text: &[u8], length: usize, fit: impl Fn(u64) -> u64, fits: impl Fn(u8) -> bool) -> bool {
    let mut at = 0_usize;
    while at < length {
        let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) else {
            return text.get(at..length).is_some_and(|rest| rest.iter().all(|byte| fits(*byte)));
        };
        // What stands behind the text does not count.
        let counts = below(length.wrapping_sub(at).min(8)) & each(0x80);
        if !fit(u64::from_le_bytes(*chunk)) & counts != 0 {
            return false;
        }
        at = at.wrapping_add(8);
    }
    true
}

/// How many bytes of `text` stand before the first one that is the quote, `&`, `<`, a control character or beyond ASCII.
/// Eight bytes at a time.
#[inline]
pub(super) fn before_not_plain(text: &[u8], quote: u8) -> usize {
    let mut before = 0_usize;
    while let Some(chunk) = text.get(before..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        // The highest bit of each byte that is `byte`. Above the lowest such bit, and in bytes beyond ASCII, which are
        // found anyway, others may be set in error.
        let is = |byte: u8| (word ^ each(byte)).wrapping_sub(each(1));
        let hidden = word.wrapping_sub(each(b' ')) | word.wrapping_add(each(1)) | word;
        let found = (is(quote) | is(b'&') | is(b'<') | hidden) & each(0x80);
        if found != 0 {
            return before.wrapping_add(usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0));
        }
        before = before.wrapping_add(8);
    }
    let rest = text.get(before..).unwrap_or(&[]);
    let ends = |byte: &u8| *byte == quote || !matches!(byte, b' '..=b'~') || matches!(byte, b'&' | b'<');
    before.wrapping_add(rest.iter().position(ends).unwrap_or(rest.len()))
}

/// Where in `bytes`, from `start` on, the first byte stands that is `"`, `&`, `<`, a control character or beyond ASCII; some
/// place before it, or the end, where `bytes` end soon. Sixteen bytes at a time, as two words: one step of the processor for
/// both.
#[inline(always)]
pub(super) fn end_of_plain(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<16>()) {
        let ([first, second], _) = chunk.as_chunks::<8>() else { break };
        // Of a byte that is looked for nothing is left, and one less than nothing has the highest bit. `&` is `"` with one
        // bit more. Above the lowest such bit, and in bytes beyond ASCII, others may be set in error: of these each has it, 0xFF
        // less a blank, the others and one more.
        let [low, high] = [*first, *second].map(u64::from_le_bytes).map(|word| {
            let quote = ((word & each(0xFB)) ^ each(b'"')).wrapping_sub(each(1));
            let less = (word ^ each(b'<')).wrapping_sub(each(1));
            let hidden = word.wrapping_sub(each(b' ')) | word.wrapping_add(each(1));
            (quote | less | hidden) & each(0x80)
        });
        if low | high != 0 {
            let (found, before) = if low == 0 { (high, 8) } else { (low, 0) };
            let last = usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0);
            return at.wrapping_add(before).wrapping_add(last);
        }
        at = at.wrapping_add(16);
    }
    at
}

/// True where `name`, which is not empty and whose first eight bytes are `head`, stands in `bytes` at `at`.
#[inline]
pub(super) fn stands(bytes: &[u8], at: usize, name: &str, head: u64) -> bool {
    let rest = bytes.get(at..).unwrap_or(&[]);
    match rest.first_chunk::<8>() {
        Some(chunk) => {
            // The bytes behind a shorter name are shifted out.
            let behind = u32::try_from(8_usize.saturating_sub(name.len())).unwrap_or(0);
            (u64::from_le_bytes(*chunk) ^ head).wrapping_shl(behind.wrapping_mul(8)) == 0
                && (name.len() <= 8 || rest.starts_with(name.as_bytes()))
        }
        None => rest.starts_with(name.as_bytes()),
    }
}

/// True where an attribute begins in `bytes` at `at` as the model would write it: ` lat="`, four bytes at least. The first
/// eight (or four) bytes and the last are all of most.
#[inline]
pub(super) fn opening_stands(bytes: &[u8], at: usize, opening: &[u8]) -> bool {
    let Some(there) = bytes.get(at..).and_then(|rest| rest.get(..opening.len())) else { return false };
    if let (Some(first), Some(last)) = (opening.first_chunk::<8>(), opening.last_chunk::<8>()) {
        there.first_chunk() == Some(first)
            && there.last_chunk() == Some(last)
            && (opening.len() <= 16 || there == opening)
    } else if let (Some(first), Some(last)) = (opening.first_chunk::<4>(), opening.last_chunk::<4>()) {
        there.first_chunk() == Some(first) && there.last_chunk() == Some(last)
    } else {
        false
    }
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
    use super::{
        IN_NAMES, all_in_names, all_plain, before_end_of_name, before_not_plain, end_of_plain, in_names,
        listed, opening_stands, plain, stands,
    };
    use crate::model::head_of;
    use proptest::prelude::*;

    #[test]
    fn eight_bytes_at_a_time_say_what_one_says() {
        for byte in 0..=255_u8 {
            for place in 0..8 {
                for other in [0, b'a', b'&', 0x7F, 0x80, 0xFF] {
                    let mut bytes = [other; 8];
                    bytes[place] = byte;
                    let bit = |word: u64| word >> (8 * place + 7) & 1 == 1;
                    let word = u64::from_le_bytes(bytes);
                    assert_eq!(bit(in_names(word)), listed(&IN_NAMES, byte), "{byte}");
                    assert_eq!(bit(plain(word)), matches!(byte, b' '..=b'~') && byte != b'&', "{byte}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn plain_text_ends_where_the_first_other_byte_stands(text in "[a!#%';=&<\"~ \u{0}-\u{1f}\u{7f}-\u{ff}]{0,30}|[a-z]{0,20}['\"<&]?[ -~]{0,20}") {
            for quote in [b'"', b'\''] {
                let ends = |byte: u8| byte == quote || b"&<".contains(&byte) || !matches!(byte, b' '..=b'~');
                let expected = text.bytes().position(ends).unwrap_or(text.len());
                prop_assert_eq!(before_not_plain(text.as_bytes(), quote), expected);
                // Near the end it may be told too early, and then the byte that stands there is none of these.
                let (start, all) = (text.len().min(3), text.as_bytes());
                let end = end_of_plain(all, start);
                let expected = all[start..].iter().position(|byte| ends(*byte)).unwrap_or(all.len() - start);
                let near = all.len() - end < 16 && end < start + expected;
                prop_assert!(quote != b'"' || end == start + expected || near, "{} of {}", end, expected);
            }
        }

        #[test]
        fn an_attribute_begins_where_these_bytes_do(
            text in "[ab]{0,30}", opening in "[ab]{0,24}", at in 0..32_usize, own: bool, change in 0..30_usize,
        ) {
            // Half of the time it stands there, but for one byte perhaps.
            let mut opening = if own { text.get(at..).unwrap_or("").to_owned() } else { opening }.into_bytes();
            if let Some(byte) = opening.get_mut(change) {
                *byte = b'a';
            }
            let stands = text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(&opening));
            let expected = stands && opening.len() >= 4;
            prop_assert_eq!(opening_stands(text.as_bytes(), at, &opening), expected);
        }

        #[test]
        fn a_name_stands_where_these_bytes_do(text in "[ab]{0,24}", name in "[ab]{1,12}", at in 0..26_usize) {
            let expected = text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(name.as_bytes()));
            prop_assert_eq!(stands(text.as_bytes(), at, &name, head_of(name.as_bytes())), expected);
        }

        #[test]
        fn a_name_ends_where_the_first_other_byte_stands(text in "[a-zA-Z0-9_.-]{0,20}[=: />\u{80}-\u{ff}]?[ -~]{0,12}") {
            let bytes = text.as_bytes();
            let length = bytes.iter().position(|byte| !listed(&IN_NAMES, *byte)).unwrap_or(bytes.len());
            prop_assert_eq!(before_end_of_name(bytes), (length, head_of(&bytes[..length])));
        }

        #[test]
        fn a_text_is_plain_where_each_of_its_bytes_is(
            text in "[ -%'-~]{0,20}[&\u{7f}-\u{ff}\t]?[ -~é]{0,20}|[a-z0-9_.:-]{0,30}",
            length in 0..40_usize,
        ) {
            let bytes = text.as_bytes();
            let length = length.min(bytes.len());
            let plain = bytes[..length].iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'&');
            prop_assert_eq!(all_plain(bytes, length), plain);
            let names = bytes[..length].iter().all(|byte| listed(&IN_NAMES, *byte));
            prop_assert_eq!(all_in_names(bytes, length), names);
        }
    }
}
