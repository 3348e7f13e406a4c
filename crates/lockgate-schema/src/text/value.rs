//! How the compiled program reads a value. Numbers, times and positions are read, written again, and compared: what is
//! not written in the one way of the type is refused.

use super::model::{Date, DateTimeGroup, Form, Letters, Number, Position};
use super::{says, write};
use crate::fault::says as common;
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
}

/// Reads `text`; `near` is the instant that a date-time group takes from what it leaves out.
pub(super) fn read(form: &Form, text: &[u8], near: Option<Time>) -> Result<Read, Wrong> {
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
        Form::Position(form) => position(form, text).map(|(lat, lon)| Read::Two(lat, lon)),
    }
}

/// True where a text may be written as this form; what reading asks, for what did not come from reading.
pub(super) fn is_text_of(form: &Form, text: &[u8]) -> bool {
    match form {
        Form::Text(_) | Form::Free(_) | Form::Grid => read(form, text, None).is_ok(),
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
    let wrong = (schema::BAD_VALUE, Some(says::NOT_GROUP));
    let group = Parts::of(form, text).ok_or(wrong)?;
    if form.date == Date::Year {
        return group.instant().ok_or(wrong);
    }
    let near = near.ok_or((schema::BAD_VALUE, Some(says::NO_REFERENCE)))?;
    write::nearest(&group, form.date, near).ok_or(wrong)
}

/// The parts of a date-time group; what it leaves out is 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
}

impl Parts {
    fn of(form: &DateTimeGroup, text: &[u8]) -> Option<Self> {
        let (day, rest) = two(text)?;
        let (hour, rest) = two(rest)?;
        let (minute, rest) = two(rest)?;
        let (second, rest) = if form.seconds { two(rest)? } else { (0, rest) };
        let mut rest = rest.strip_prefix(b"Z")?;
        let (mut year, mut month) = (0, 0);
        if form.date != Date::Day {
            let (name, behind) = rest.split_at_checked(3)?;
            let at = write::MONTHS.iter().position(|known| same(known.as_slice(), name))?;
            month = u32::try_from(at).ok()?.checked_add(1)?;
            rest = behind;
        }
        if form.date == Date::Year {
            let (century, behind) = two(rest)?;
            let (in_it, behind) = two(behind)?;
            year = century.wrapping_mul(100).wrapping_add(in_it);
            rest = behind;
        }
        rest.is_empty().then_some(Self { year, month, day, hour, minute, second })
    }

    /// The instant, where there is such a one.
    pub(super) fn instant(&self) -> Option<Time> {
        let mut text = *b"0000-00-00T00:00:00Z";
        let mut put = |at: usize, value: u32| {
            for (place, digit) in [(at, value / 10), (at.wrapping_add(1), value % 10)] {
                if let Some(place) = text.get_mut(place) {
                    *place = b'0'.wrapping_add(u8::try_from(digit).unwrap_or(10));
                }
            }
        };
        put(0, self.year / 100);
        put(2, self.year % 100);
        put(5, self.month);
        put(8, self.day);
        put(11, self.hour);
        put(14, self.minute);
        put(17, self.second);
        Time::parse(&text).ok()
    }
}

fn position(form: &Position, text: &[u8]) -> Result<(Value, Value), Wrong> {
    let wrong = (schema::BAD_VALUE, Some(says::NOT_POSITION));
    let (lat, rest) = angle(form, text, (b'N', b'S'), false).ok_or(wrong)?;
    let (lon, rest) = angle(form, rest, (b'E', b'W'), true).ok_or(wrong)?;
    if !rest.is_empty() {
        return Err(wrong);
    }
    let parts = i64::from(form.parts());
    let (most_lat, most_lon) = (parts.wrapping_mul(90), parts.wrapping_mul(180));
    if lat.unsigned_abs() > most_lat.unsigned_abs() || lon.unsigned_abs() > most_lon.unsigned_abs() {
        return Err((schema::OUT_OF_RANGE, None));
    }
    let ratio = |value| Ratio::new(value, form.parts()).map(Value::Ratio);
    ratio(lat).zip(ratio(lon)).ok_or(wrong)
}

/// Degrees, minutes, perhaps seconds, and the half of the world, in parts of a degree.
fn angle<'t>(
    form: &Position,
    text: &'t [u8],
    (plus, minus): (u8, u8),
    wide: bool,
) -> Option<(i64, &'t [u8])> {
    let (hundreds, text) = match text.split_first() {
        Some((digit @ b'0'..=b'9', rest)) if wide => (u32::from(digit.wrapping_sub(b'0')), rest),
        _ if wide => return None,
        _ => (0, text),
    };
    let (degrees, rest) = two(text)?;
    let (minutes, rest) = two(rest)?;
    let (seconds, rest) = if form.seconds { two(rest)? } else { (0, rest) };
    if minutes > 59 || seconds > 59 {
        return None;
    }
    let degrees = hundreds.wrapping_mul(100).wrapping_add(degrees);
    let whole = degrees.wrapping_mul(60).wrapping_add(minutes);
    let whole = i64::from(if form.seconds { whole.wrapping_mul(60).wrapping_add(seconds) } else { whole });
    let (half, rest) = rest.split_first()?;
    match *half {
        half if half == plus => Some((whole, rest)),
        // Zero is north and east: one place, one way to write it.
        half if half == minus && whole != 0 => Some((whole.wrapping_neg(), rest)),
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
