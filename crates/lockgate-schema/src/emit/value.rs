//! How single values are written.

use super::sink::{Sink, Written};

/// Gives `text` with its escapes to `out`; `None` as soon as `out` takes no more.
pub(super) fn escape(text: &[u8], in_attribute: bool, out: &mut impl Sink) -> Written {
    let mut rest = text;
    loop {
        let special = rest.iter().position(|byte| reference(*byte, in_attribute).is_some());
        let Some((plain, after)) = special.and_then(|index| rest.split_at_checked(index)) else { break };
        out.bytes(plain)?;
        let Some((byte, after)) = after.split_first() else { break };
        out.bytes(reference(*byte, in_attribute).unwrap_or(&[]))?;
        rest = after;
    }
    out.bytes(rest)
}

/// True where `raw`, in which every `&` begins a reference, is what [`escape`] makes of what it says.
pub(crate) fn is_escaped(raw: &[u8], in_attribute: bool) -> bool {
    if is_plain(raw) {
        return true;
    }
    let mut rest = raw;
    while let Some((byte, after)) = rest.split_first() {
        rest = if *byte == b'&' {
            let written = ESCAPED.iter().filter_map(|byte| reference(*byte, in_attribute));
            match written.filter_map(|text| rest.strip_prefix(text)).next() {
                Some(after) => after,
                None => return false,
            }
        } else if reference(*byte, in_attribute).is_some() {
            return false;
        } else {
            after
        };
    }
    true
}

/// All that is ever escaped.
const ESCAPED: &[u8] = b"&<>\"\n";

#[inline]
fn reference(byte: u8, in_attribute: bool) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' if !in_attribute => Some(b"&gt;"),
        b'"' if in_attribute => Some(b"&quot;"),
        b'\n' if in_attribute => Some(b"&#10;"),
        _ => None,
    }
}

/// True where no byte of `text` is escaped, wherever it stands; nearly every text is like that. Eight bytes at a time.
#[inline]
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk::<8>() else {
        return specials(text.iter().fold(0, |word, byte| word.wrapping_shl(8) | u64::from(*byte))) == 0;
    };
    // The last eight bytes as a word of their own, rather than what is left over byte by byte.
    let (mut found, mut rest) = (specials(u64::from_le_bytes(*last)), text);
    while rest.len() > 8
        && let Some((word, after)) = rest.split_first_chunk::<8>()
    {
        found |= specials(u64::from_le_bytes(*word));
        rest = after;
    }
    found == 0
}

/// Not zero where a byte of the word is `&`, `"`, `<`, `>` or a line feed.
#[inline]
fn specials(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Zero bytes of a difference are equal bytes (Mycroft's test).
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & ONES.wrapping_mul(0x80);
    // `&` and `"` differ in one bit, and so do `<` and `>`.
    let quote = (word & ONES.wrapping_mul(0xFB)) ^ ONES.wrapping_mul(0x22);
    let angle = (word & ONES.wrapping_mul(0xFD)) ^ ONES.wrapping_mul(0x3C);
    has_zero(quote) | has_zero(angle) | has_zero(word ^ ONES.wrapping_mul(0x0A))
}

/// True where `text` is how the number `mantissa / 10^scale` is written. `scale` digits after the point, the last of
/// them not zero.
#[inline]
pub(crate) fn is_written(text: &[u8], mantissa: i64, scale: usize) -> bool {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let point = if scale == 0 { digits.len() } else { digits.len().wrapping_sub(scale).wrapping_sub(1) };
    // 19 digits fit whatever they are.
    let most = if scale == 0 { 19 } else { 20 };
    // No zero in front, except one before the point.
    let begins = match digits {
        [b'0', ..] => point == 1,
        [_, ..] => point >= 1,
        [] => false,
    };
    if !begins || digits.len() > most || point > digits.len() || negative != (mantissa < 0) {
        return false;
    }
    let Some((whole, fraction)) = digits.split_at_checked(point) else { return false };
    let fraction = match fraction {
        [b'.', fraction @ ..] => fraction,
        [] => &[],
        _ => return false,
    };
    let add = |(read, fits): (u64, bool), byte: &u8| {
        let digit = byte.wrapping_sub(b'0');
        (read.wrapping_mul(10).wrapping_add(u64::from(digit)), fits & (digit <= 9))
    };
    let (read, fits) = fraction.iter().fold(whole.iter().fold((0, true), add), add);
    fits && read == mantissa.unsigned_abs()
}

/// True where an accepted instant is written as the canonical encoding writes it: in UTC, no zero at the end of a
/// fraction.
#[inline]
pub(crate) fn is_exact_time(raw: &[u8]) -> bool {
    match raw {
        [.., last, b'Z'] => raw.len() == 20 || *last != b'0',
        _ => false,
    }
}

/// Gives `digits` with `scale` of them after the point to `out`.
pub(crate) fn write_digits(negative: bool, digits: u64, scale: usize, out: &mut impl Sink) -> Written {
    // A sign, 20 digits or 18 zeros, and a point.
    let mut text = [b'0'; 24];
    let (mut at, mut left, mut written) = (text.len(), digits, 0_usize);
    while left > 0 || written <= scale {
        if written == scale && scale > 0 {
            at = at.saturating_sub(1);
            put(&mut text, at, b'.');
        }
        at = at.saturating_sub(1);
        let digit = u8::try_from(left.wrapping_rem(10)).unwrap_or(0);
        put(&mut text, at, b'0'.wrapping_add(digit));
        left = left.wrapping_div(10);
        written = written.wrapping_add(1);
    }
    if negative {
        at = at.saturating_sub(1);
        put(&mut text, at, b'-');
    }
    out.bytes(text.get(at..).unwrap_or(&[]))
}

fn put(text: &mut [u8; 24], at: usize, byte: u8) {
    if let Some(place) = text.get_mut(at) {
        *place = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::super::sink::Writer;
    use super::{escape, is_exact_time, is_plain, is_written, reference, write_digits};
    use lockgate_bytes::{Decimal, Time};
    use proptest::prelude::*;

    fn written(mantissa: i64, scale: usize) -> String {
        let mut out = Vec::new();
        let mut sink = Writer { object: b"", out: &mut out };
        write_digits(mantissa < 0, mantissa.unsigned_abs(), scale, &mut sink).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_as_they_are_shown() {
        for text in
            ["0", "-0.5", "0.05", "12.5", "-107.72376567", "999999999999999999", "-0.000000000000000001"]
        {
            let number = Decimal::parse(text.as_bytes()).unwrap();
            assert_eq!(written(number.mantissa(), usize::from(number.scale())), number.to_string(), "{text}");
        }
        assert_eq!(written(i64::MIN, 0), i64::MIN.to_string());
        assert!(is_written(i64::MIN.to_string().as_bytes(), i64::MIN, 0));
        // 2^64 more than it.
        assert!(!is_written(b"18446744073709551617", 1, 0) && !is_written(b"", 0, 0));
    }

    #[test]
    fn only_what_must_be_is_escaped() {
        for (in_attribute, expected) in
            [(true, "a&amp;b&lt;c>d&quot;e'f&#10;g"), (false, "a&amp;b&lt;c&gt;d\"e'f\ng")]
        {
            let mut out = Vec::new();
            let mut sink = Writer { object: b"", out: &mut out };
            escape(b"a&b<c>d\"e'f\ng", in_attribute, &mut sink).unwrap();
            assert_eq!(out, expected.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn instants_are_exact_where_writing_them_gives_the_same(
            fraction in "(\\.[0-9]{1,9}|\\.[0-9]{0,2}0{0,12})?", zone in "Z|\\+00:00|-01:30",
        ) {
            let text = format!("2026-03-01T10:05:00{fraction}{zone}");
            if let Ok(time) = Time::parse(text.as_bytes()) {
                prop_assert_eq!(is_exact_time(text.as_bytes()), time.to_string() == text);
            }
        }

        #[test]
        fn a_text_is_plain_where_nothing_of_it_is_escaped(
            bytes in prop_oneof![proptest::collection::vec(any::<u8>(), 0..30), proptest::collection::vec(0x20_u8..0x40, 0..20)],
        ) {
            let plain = !bytes.iter().any(|byte| reference(*byte, true).or(reference(*byte, false)).is_some());
            prop_assert_eq!(is_plain(&bytes), plain);
        }

        #[test]
        fn a_number_is_written_where_writing_it_gives_that(
            number in prop_oneof![-2000_i64..2000, any::<i64>().prop_map(|number| number % 1_000_000_000_000_000_000)],
            scale in 0_u8..5,
            text in "-?0?[0-9]{0,4}(\\.[0-9]{0,3})?|[-+.0-9:;/]{0,6}",
            at in 0_usize..24, change: u8,
        ) {
            let number = Decimal::new(number, scale).unwrap();
            let (mantissa, scale) = (number.mantissa(), usize::from(number.scale()));
            let right = written(mantissa, scale);
            prop_assert!(is_written(right.as_bytes(), mantissa, scale), "{}", right);
            prop_assert_eq!(is_written(text.as_bytes(), mantissa, scale), text == right, "{} as {}", text, right);
            let mut other = right.clone().into_bytes();
            if let Some(byte) = other.get_mut(at) {
                *byte = change;
                prop_assert_eq!(is_written(&other, mantissa, scale), other == right.as_bytes());
            }
            // The text as its own number, should it be one: only its one form is written.
            if let Ok(own) = Decimal::parse(text.as_bytes()) {
                let (mantissa, scale) = (own.mantissa(), usize::from(own.scale()));
                prop_assert_eq!(is_written(text.as_bytes(), mantissa, scale), written(mantissa, scale) == text);
            }
        }
    }
}
