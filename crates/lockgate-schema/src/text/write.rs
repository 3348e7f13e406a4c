//! How numbers, times and positions are written; the one way of each.

use super::model::{Coordinate, Degrees, Number, Position};
use crate::short::Short;
use lockgate_bytes::{Decimal, POWERS_OF_TEN, Ratio};

/// A checksum of eight bits as two hexadecimal digits in capitals.
pub(super) fn checksum(sum: u8) -> [u8; 2] {
    let digit = |half: u8| if half < 10 { b'0'.wrapping_add(half) } else { b'7'.wrapping_add(half) };
    [digit(sum >> 4), digit(sum & 15)]
}

/// A number; `None` where its digits do not fit the form.
pub(super) fn number(form: &Number, value: Decimal) -> Option<Short> {
    let places = form.places.unwrap_or(value.scale());
    let missing = places.checked_sub(value.scale())?;
    let power = |digits: u8| POWERS_OF_TEN.get(usize::from(digits)).map(|power| power.unsigned_abs());
    let digits = value.mantissa().unsigned_abs();
    let (whole, part) = match value.scale() {
        0 => (digits, 0),
        scale => (digits.checked_div(power(scale)?)?, digits.checked_rem(power(scale)?)?),
    };
    let part = part.checked_mul(power(missing)?)?;
    let mut out = Short::new();
    if value.mantissa() < 0 {
        out.push(b'-')?;
    }
    out.digits(whole, form.pad.into())?;
    if places > 0 {
        out.push(b'.')?;
        out.digits(part, places.into())?;
    }
    Some(out)
}

/// A position; `None` where a coordinate is no whole number of the form's parts of a degree.
pub(super) fn position(form: &Position, lat: Ratio, lon: Ratio) -> Option<Short> {
    let mut out = Short::new();
    angle(form.degrees, lat, (false, None), &mut out)?;
    angle(form.degrees, lon, (true, None), &mut out)?;
    Some(out)
}

/// A latitude or a longitude; `between` stands before its half where that is a field of its own.
pub(super) fn coordinate(form: &Coordinate, at: Ratio, between: u8) -> Option<Short> {
    let mut out = Short::new();
    angle(form.degrees, at, (form.lon, form.apart.then_some(between)), &mut out)?;
    Some(out)
}

fn angle(form: Degrees, at: Ratio, (lon, between): (bool, Option<u8>), out: &mut Short) -> Option<()> {
    let grown = i128::from(at.numerator()).checked_mul(form.parts().into())?;
    let by = i128::from(at.denominator());
    if grown.checked_rem(by)? != 0 {
        return None;
    }
    let parts = u64::try_from(grown.checked_div(by)?.unsigned_abs()).ok()?;
    let power = POWERS_OF_TEN.get(usize::from(form.places))?.unsigned_abs();
    let (whole, part) = (parts.checked_div(power)?, parts.checked_rem(power)?);
    let (minutes, seconds) = if form.seconds { (whole / 60, whole % 60) } else { (whole, 0) };
    let (most, digits, [plus, minus]) = if lon { (180, 3, *b"EW") } else { (90, 2, *b"NS") };
    if parts > u64::from(form.parts()).checked_mul(most)? {
        return None;
    }
    out.digits(minutes / 60, digits)?;
    out.digits(minutes % 60, 2)?;
    if form.seconds {
        out.digits(seconds, 2)?;
    }
    if form.places > 0 {
        out.push(b'.')?;
        out.digits(part, form.places.into())?;
    }
    if let Some(between) = between {
        out.push(between)?;
    }
    out.push(if at.numerator() < 0 { minus } else { plus })
}

/// The sum of the first `over` digits of a value, modulo 10, as a digit.
pub(super) fn check_digit(value: &[u8], over: u8) -> u8 {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).take(usize::from(over));
    let sum = digits.fold(0_u32, |sum, digit| sum.wrapping_add(u32::from(digit.wrapping_sub(b'0'))));
    b'0'.wrapping_add(u8::try_from(sum % 10).unwrap_or(0))
}
