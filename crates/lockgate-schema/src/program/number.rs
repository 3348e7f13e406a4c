//! Numbers and instants as texts: what they say, and whether they say it in the one canonical way.
//!
//! Most numbers have at most sixteen characters. These are read as one wide word, all digits at a time: a loop over a
//! few digits more or less costs more than the digits do.

use lockgate_bytes::{Decimal, DecimalFault, Span};

/// One in every byte.
const ONES: u128 = 0x0101_0101_0101_0101_0101_0101_0101_0101;
/// The highest bit of every byte.
const HIGH: u128 = ONES.wrapping_mul(0x80);
/// Longest number that is read as a word.
const WIDTH: u32 = 16;

/// The number at `span` of `bytes`; true where it is written as the canonical encoding writes it.
#[inline]
pub(super) fn read_decimal(bytes: &[u8], span: Span) -> Result<(Decimal, bool), DecimalFault> {
    let raw = span.of(bytes);
    let (sign, digits) = match raw.first() {
        Some(sign @ (b'-' | b'+')) => (*sign, Span { start: span.start.wrapping_add(1), ..span }),
        _ => (0, span),
    };
    let Some((mantissa, scale, length)) = read_word(bytes, digits) else { return read_long(raw) };
    let negative = sign == b'-';
    let signed = if negative { mantissa.wrapping_neg() } else { mantissa };
    let number = Decimal::new(signed, scale.unwrap_or(0)).ok_or(DecimalFault::TooManyDigits)?;
    // No plus, no minus before zero, no zero in front save the one before the point, none behind, no bare point.
    let whole = length.wrapping_sub(scale.map_or(0, |scale| u32::from(scale).wrapping_add(1)));
    let zero_first = digits.of(bytes).first() == Some(&b'0');
    let exact = sign != b'+'
        && !(negative && mantissa == 0)
        && whole > 0
        && !(zero_first && whole > 1)
        && scale.is_none_or(|scale| scale > 0 && scale == number.scale());
    Ok((number, exact))
}

#[cold]
fn read_long(raw: &[u8]) -> Result<(Decimal, bool), DecimalFault> {
    let number = Decimal::parse(raw)?;
    Ok((number, crate::emit::value::is_written(raw, number.mantissa(), usize::from(number.scale()))))
}

/// Digits, with or without one point among them: the digits as a number, how many stand behind the point, and the number
/// of characters. `None` where it is anything else, too long, or too near to the end of the object.
#[inline]
fn read_word(bytes: &[u8], span: Span) -> Option<(i64, Option<u8>, u32)> {
    let length = span.end.wrapping_sub(span.start);
    let start = usize::try_from(span.start).ok()?;
    let chunk = bytes.get(start..)?.first_chunk::<16>()?;
    if length.wrapping_sub(1) >= WIDTH {
        return None;
    }
    // The last character goes to the highest byte; below the first one come zeros.
    let missing = WIDTH.wrapping_sub(length).wrapping_mul(8);
    let text = u128::from_le_bytes(*chunk).wrapping_shl(missing);
    let differs = text ^ ONES.wrapping_mul(0x2E);
    let points = differs.wrapping_sub(ONES) & !differs & HIGH;
    let (text, missing, scale) = if points == 0 {
        (text, missing, None)
    } else {
        // What stands before the first point moves up into its place.
        let point = points & points.wrapping_neg();
        let upto = point ^ point.wrapping_sub(1);
        let text = (text & !upto) | ((text & (upto >> 8)) << 8);
        (text, missing.wrapping_add(8), u8::try_from(points.trailing_zeros() >> 3).ok())
    };
    if missing >= 128 {
        return None;
    }
    let digits = text ^ ONES.wrapping_mul(0x30).wrapping_shr(missing).wrapping_shl(missing);
    if (digits.wrapping_add(ONES.wrapping_mul(0x76)) | digits) & HIGH != 0 {
        return None;
    }
    let (first, last) =
        (u64::try_from(digits & u128::from(u64::MAX)).ok()?, u64::try_from(digits >> 64).ok()?);
    let number = eight(first).wrapping_mul(100_000_000).wrapping_add(eight(last));
    let scale = scale.map(|at| 15_u8.wrapping_sub(at));
    Some((i64::try_from(number).ok()?, scale, length))
}

/// Eight digits, the first in the lowest byte: neighbours are put together, three times.
#[inline]
fn eight(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(0x0A01) >> 8 & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(0x0064_0001) >> 16 & 0x0000_FFFF_0000_FFFF;
    fours.wrapping_mul(0x2710_0000_0001) >> 32
}

/// True where an accepted integer is written as the canonical encoding writes it.
#[inline]
pub(super) fn is_exact_integer(raw: &[u8], value: i64) -> bool {
    match raw {
        [b'+', ..] => false,
        [b'-', b'0', ..] => false,
        [b'0', rest @ ..] => rest.is_empty(),
        _ => value != 0 || raw.len() == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::read_decimal;
    use lockgate_bytes::{Decimal, Span};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_read_as_the_careful_way_reads_them(
            text in "[-+]?[0-9.]{0,20}|[-+0-9.eE /:]{0,18}|-?0?[0-9]{0,4}(\\.[0-9]{0,4})?0?",
            before in "[0-9.-]{0,20}", after in "[0-9.-]{0,20}",
        ) {
            let object = format!("{before}{text}{after}");
            let span = Span::new(before.len(), before.len() + text.len());
            let read = read_decimal(object.as_bytes(), span);
            prop_assert_eq!(read.map(|(number, _)| number), Decimal::parse(text.as_bytes()));
            if let Ok((number, exact)) = read {
                prop_assert_eq!(exact, number.to_string() == text, "{}", text);
            }
        }
    }
}
