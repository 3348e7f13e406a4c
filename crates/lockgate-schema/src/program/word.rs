//! Eight bytes of an object at once, as one number: which of them end a value, or are not plain.

use super::lookup::halves;

/// One in every byte of a word.
pub(super) const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of every byte.
pub(super) const HIGH: u64 = 0x8080_8080_8080_8080;

/// Marks, in the highest bit of each, the bytes that are zero; the lowest mark is exact (Mycroft's test).
#[inline(always)]
fn zero(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}

/// Marks the bytes that are `byte`, in the same way.
#[inline(always)]
pub(super) fn equal(word: u64, byte: u8) -> u64 {
    zero(word ^ ONES.wrapping_mul(u64::from(byte)))
}

/// What to look for in a value: the quote around it, and `&`. Either quote differs from `&` in one bit.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    bits: u64,
    pair: u64,
}

impl Ends {
    /// Of a value in these quotes.
    #[inline(always)]
    pub(super) fn of(quote: u8) -> Self {
        let (bits, pair) = if quote == b'"' { (0xFB, 0x22) } else { (0xFE, 0x26) };
        Self { bits: ONES.wrapping_mul(bits), pair: ONES.wrapping_mul(pair) }
    }

    /// Marks the bytes that are one of the two; the lowest mark is exact.
    #[inline(always)]
    pub(super) fn mark(self, word: u64) -> u64 {
        zero((word & self.bits) ^ self.pair)
    }
}

/// Where a value ends, in whichever quotes it stands, or where the first byte of it stands that is not plain: one that may be
/// otherwise than it is written, or a `'`, `"` or `#`, of which few values have any. Some place before that where the object ends
/// soon.
#[inline(always)]
pub(super) fn plain_value(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    // Two words at a time: one step of the processor for both.
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<16>()) {
        let (head, next) = halves(chunk);
        let [low, high] = [head, next].map(not_plain);
        if low | high != 0 {
            let (found, before) = if low == 0 { (high, 8) } else { (low, 0) };
            return at
                .wrapping_add(before)
                .wrapping_add(usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0));
        }
        at = at.wrapping_add(16);
    }
    at
}

/// Marks the bytes that are `"`, `#`, `&`, `'`, `<`, a control character or beyond ASCII; the lowest mark is exact. Numbers that
/// do not depend on the quotes cost nothing to make.
///
/// Each test may also mark bytes beyond ASCII, which the last two always do between them: below 0xFF the one that adds,
/// from 0xA0 on the one that takes away. So none needs to leave them out.
#[inline(always)]
fn not_plain(word: u64) -> u64 {
    let end = ((word & ONES.wrapping_mul(0xFA)) ^ ONES.wrapping_mul(0x22)).wrapping_sub(ONES);
    let less = (word ^ ONES.wrapping_mul(u64::from(b'<'))).wrapping_sub(ONES);
    let delete = word.wrapping_add(ONES);
    let control = word.wrapping_sub(ONES.wrapping_mul(0x20));
    (end | less | delete | control) & HIGH
}

/// Fewer than eight bytes as a word, with spaces behind them.
#[cold]
pub(super) fn last_word(rest: &[u8]) -> u64 {
    let mut chunk = [b' '; 8];
    for (place, byte) in chunk.iter_mut().zip(rest) {
        *place = *byte;
    }
    u64::from_le_bytes(chunk)
}

#[cfg(test)]
mod tests {
    use super::{not_plain, plain_value};
    use proptest::prelude::*;

    fn plain(byte: u8) -> bool {
        matches!(byte, b' '..=b'~') && !b"\"#&'<".contains(&byte)
    }

    #[test]
    fn the_lowest_mark_is_that_of_the_first_byte_that_is_not_plain() {
        for (byte, other) in (0..=255_u8).flat_map(|byte| (0..=255_u8).map(move |other| (byte, other))) {
            for at in 0..7 {
                let mut chunk = [b'a'; 8];
                (chunk[at], chunk[at + 1]) = (byte, other);
                let first = chunk.iter().position(|byte| !plain(*byte)).unwrap_or(8);
                let found = not_plain(u64::from_le_bytes(chunk));
                assert_eq!(found.trailing_zeros() as usize >> 3, first, "{chunk:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_value_ends_at_the_first_byte_that_is_not_plain(
            text in "[ -~]{0,40}|[a-z]{0,40}[\"'&<\u{0}-\u{1f}\u{7f}-\u{ff}]?[a-z]{0,40}", start in 0..20_usize,
        ) {
            let bytes = text.as_bytes();
            let start = start.min(bytes.len());
            let found = plain_value(bytes, start);
            prop_assert!(bytes[start..found].iter().all(|byte| plain(*byte)));
            let stops = bytes.get(found).is_some_and(|byte| !plain(*byte));
            prop_assert!(stops || bytes.len() - found < 16);
        }
    }
}
