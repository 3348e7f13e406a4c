//! How the compiled program reads a value. Numbers, times and positions are read, written again, and compared: what is
//! not written in the one way of the type is refused.

use super::model::{Coordinate, DateTimeGroup, Degrees, Form, Letters, Number, Position};
use super::{says, write};
use crate::fault::says as common;
use crate::stamp::{self, Date};
use lockgate_bytes::{Decimal, DecimalFault, Ratio, Time};
use lockgate_reason::{Code, schema};
use lockgate_record::Value;

/// What is wrong with a value, without its place.
pub(super) type Wrong = (Code, Option<&'static str>);

/// A value as read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// The text itself.
    Text,
    /// The same, as a code.
    Code,
    /// Something with one cell.
    One(Value),
    /// Latitude and longitude.
    Two(Value, Value),
    /// An object of another type, which is read by that.
    Object,
}

/// Reads `text`; `near` is the instant that a date-time group takes from what it leaves out, `between` what stands between
/// fields.
pub(super) fn read(form: &Form, text: &[u8], near: Option<Time>, between: u8) -> Result<Read, Wrong> {
    match form {
        Form::Text(letters) => {
            judge(letters, text)?;
            edges(text)?;
            fits(letters, text)?;
            Ok(Read::Text)
        }
        Form::Free(letters) => {
            judge(letters, text)?;
            fits(letters, text)?;
            Ok(Read::Text)
        }
        Form::Grid if is_grid(text) => Ok(Read::Text),
        Form::Grid => Err((schema::BAD_VALUE, Some(says::NOT_GRID))),
        Form::Enum(wires) => {
            let index = wires.iter().position(|wire| same(wire.as_bytes(), text));
            let index = index.and_then(|index| u16::try_from(index).ok());
            index
                .map(|index| Read::One(Value::Enum(index)))
                .ok_or((schema::BAD_VALUE, Some(common::NOT_LISTED)))
        }
        Form::Code(tree) if tree.allows(text) => Ok(Read::Code),
        Form::Code(_) => Err((schema::BAD_VALUE, Some(common::NOT_ALLOWED))),
        Form::Number(form) => number(form, text).map(Read::One),
        Form::Time(form) => time(form, text, near).map(|time| Read::One(Value::Time(time))),
        Form::Clock(form) => match stamp::read_clock(form, text) {
            Some(clock) => Ok(Read::One(Value::Ratio(clock))),
            None => Err((schema::BAD_VALUE, Some(says::NOT_CLOCK))),
        },
        Form::Position(form) => position(form, text).map(|(lat, lon)| Read::Two(lat, lon)),
        Form::Coordinate(form) => coordinate(form, text, between).map(Read::One),
        Form::Carried(_) => Ok(Read::Object),
    }
}

/// True where a text may be written as this form; what reading asks, for what did not come from reading.
pub(super) fn is_text_of(form: &Form, text: &[u8]) -> bool {
    match form {
        Form::Text(_) | Form::Free(_) | Form::Grid => read(form, text, None, 0).is_ok(),
        Form::Code(tree) => tree.allows(text),
        _ => false,
    }
}

/// Every character is of the set.
fn judge(letters: &Letters, text: &[u8]) -> Result<(), Wrong> {
    let holds = |byte: &u8| *byte < 128 && letters.set.wrapping_shr(u32::from(*byte)) & 1 == 1;
    if text.iter().all(holds) { Ok(()) } else { Err((schema::BAD_CHARACTER, None)) }
}

fn edges(text: &[u8]) -> Result<(), Wrong> {
    if text.first() == Some(&b' ') || text.last() == Some(&b' ') {
        return Err((schema::BAD_CHARACTER, Some(says::EDGE_BLANK)));
    }
    Ok(())
}

fn fits(letters: &Letters, text: &[u8]) -> Result<(), Wrong> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    if length < letters.min || length > letters.max {
        return Err((schema::BAD_LENGTH, None));
    }
    match &letters.form {
        Some(form) if !form.fits(text) => Err((schema::BAD_VALUE, Some(common::NOT_FORM))),
        _ => Ok(()),
    }
}

/// Equality of short texts, without a call.
#[inline]
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
}

fn number(form: &Number, text: &[u8]) -> Result<Value, Wrong> {
    let value = Decimal::parse(text).map_err(|fault| match fault {
        DecimalFault::NotANumber if form.whole => (schema::BAD_VALUE, Some(common::NOT_INTEGER)),
        DecimalFault::NotANumber => (schema::BAD_VALUE, Some(common::NOT_DECIMAL)),
        DecimalFault::TooManyDigits => (schema::OUT_OF_RANGE, Some(common::LONG_NUMBER)),
    })?;
    if form.whole && value.scale() != 0 {
        return Err((schema::BAD_VALUE, Some(common::NOT_INTEGER)));
    }
    if value < form.min || value > form.max {
        return Err((schema::OUT_OF_RANGE, None));
    }
    if value.scale() > form.digits {
        return Err((schema::OUT_OF_RANGE, Some(common::DIGITS)));
    }
    match write::number(form, value) {
        Some(written) if same(written.bytes(), text) => {
            Ok(if form.whole { Value::Integer(value.mantissa()) } else { Value::Decimal(value) })
        }
        _ => Err((schema::BAD_VALUE, Some(says::NOT_PLAIN))),
    }
}

/// The two digits at the beginning, and what is behind them.
fn two(text: &[u8]) -> Option<(u32, &[u8])> {
    let (head, rest) = text.split_at_checked(2)?;
    let mut value = 0_u32;
    for byte in head {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.wrapping_mul(10).wrapping_add(u32::from(digit));
    }
    Some((value, rest))
}

fn time(form: &DateTimeGroup, text: &[u8], near: Option<Time>) -> Result<Time, Wrong> {
    if form.form.date() != Date::Year && near.is_none() && stamp::is_written(&form.form, text) {
        return Err((schema::BAD_VALUE, Some(says::NO_REFERENCE)));
    }
    stamp::read(&form.form, text, near).ok_or((schema::BAD_VALUE, Some(says::NOT_GROUP)))
}

fn position(form: &Position, text: &[u8]) -> Result<(Value, Value), Wrong> {
    let wrong = (schema::BAD_VALUE, Some(says::NOT_POSITION));
    let (lat, rest) = angle(form.degrees, text, (false, None)).ok_or(wrong)?;
    let (lon, rest) = angle(form.degrees, rest, (true, None)).ok_or(wrong)?;
    if !rest.is_empty() {
        return Err(wrong);
    }
    Ok((on_the_globe(form.degrees, lat, 90)?, on_the_globe(form.degrees, lon, 180)?))
}

fn coordinate(form: &Coordinate, text: &[u8], between: u8) -> Result<Value, Wrong> {
    let wrong = (schema::BAD_VALUE, Some(says::NOT_POSITION));
    let read = angle(form.degrees, text, (form.lon, form.apart.then_some(between)));
    let (at, rest) = read.ok_or(wrong)?;
    if !rest.is_empty() {
        return Err(wrong);
    }
    on_the_globe(form.degrees, at, if form.lon { 180 } else { 90 })
}

/// Parts of a degree as a quantity; at most so many degrees either way.
fn on_the_globe(form: Degrees, parts: i64, most: i64) -> Result<Value, Wrong> {
    let of_a_degree = form.parts();
    if parts.unsigned_abs() > i64::from(of_a_degree).wrapping_mul(most).unsigned_abs() {
        return Err((schema::OUT_OF_RANGE, None));
    }
    let ratio = Ratio::new(parts, of_a_degree).map(Value::Ratio);
    ratio.ok_or((schema::BAD_VALUE, Some(says::NOT_POSITION)))
}

/// Degrees, minutes, perhaps seconds and a fraction, and the half of the world, in parts of a degree.
fn angle(form: Degrees, text: &[u8], (lon, between): (bool, Option<u8>)) -> Option<(i64, &[u8])> {
    let (hundreds, text) = match text.split_first() {
        Some((digit @ b'0'..=b'9', rest)) if lon => (u32::from(digit.wrapping_sub(b'0')), rest),
        _ if lon => return None,
        _ => (0, text),
    };
    let (degrees, rest) = two(text)?;
    let (minutes, rest) = two(rest)?;
    let (seconds, mut rest) = if form.seconds { two(rest)? } else { (0, rest) };
    if minutes > 59 || seconds > 59 {
        return None;
    }
    let degrees = hundreds.wrapping_mul(100).wrapping_add(degrees);
    let whole = degrees.wrapping_mul(60).wrapping_add(minutes);
    let mut parts =
        i64::from(if form.seconds { whole.wrapping_mul(60).wrapping_add(seconds) } else { whole });
    if form.places > 0 {
        rest = rest.strip_prefix(b".")?;
        let (digits, behind) = rest.split_at_checked(form.places.into())?;
        for digit in digits {
            let digit = digit.wrapping_sub(b'0');
            (digit <= 9).then_some(())?;
            parts = parts.wrapping_mul(10).wrapping_add(i64::from(digit));
        }
        rest = behind;
    }
    if let Some(between) = between {
        rest = rest.strip_prefix(&[between])?;
    }
    let (half, rest) = rest.split_first()?;
    match (*half, lon) {
        (b'N', false) | (b'E', true) => Some((parts, rest)),
        // Zero is north and east: one place, one way to write it.
        (b'S', false) | (b'W', true) if parts != 0 => Some((parts.wrapping_neg(), rest)),
        _ => None,
    }
}

/// A grid reference of the Military Grid Reference System: zone 01 to 60, band C to X, column A to Z, row A to V (none
/// of them I or O), and 0 to 5 digits each of easting and northing. Polar ones, without a zone, are refused.
fn is_grid(text: &[u8]) -> bool {
    let Some((zone, rest)) = two(text) else { return false };
    let letter = |byte: &u8, last: u8| (b'A'..=last).contains(byte) && !matches!(byte, b'I' | b'O');
    let Some(([band, column, row], digits)) = rest.split_first_chunk::<3>() else { return false };
    let square = letter(band, b'X') && *band >= b'C' && letter(column, b'Z') && letter(row, b'V');
    let metres =
        digits.len() <= 10 && digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_digit);
    (1..=60).contains(&zone) && square && metres
}
