//! How the plain interpreter reads a value: by its characters, without writing it again.

use crate::carried::Carried;
use crate::fault::says as common;
use crate::short::Short;
use crate::stamp::{Date, plain as stamp};
use crate::text::model::{Coordinate, DateTimeGroup, Degrees, Form, Letters, Number, Position};
use crate::text::says;
use lockgate_bytes::{Decimal, DecimalFault, Ratio, Time};
use lockgate_reason::{Code, schema};
use lockgate_record::Value;
use std::cmp::Ordering;

/// A value as read.
pub(super) enum Said<'f> {
    Text,
    Value(Value),
    Position(Value, Value),
    /// An object, which its own type reads.
    Object(&'f Carried),
}

type Judged<T> = Result<T, (Code, Option<&'static str>)>;

pub(super) fn said<'f>(form: &'f Form, text: &[u8], near: Option<Time>, between: u8) -> Judged<Said<'f>> {
    let characters = std::str::from_utf8(text).unwrap_or("\u{fffd}");
    let bad = |says| Err((schema::BAD_VALUE, Some(says)));
    match form {
        Form::Text(letters) => plain_text(letters, text, false),
        Form::Free(letters) => plain_text(letters, text, true),
        Form::Grid => match grid(characters) {
            Some(()) => Ok(Said::Text),
            None => bad(says::NOT_GRID),
        },
        Form::Enum(wires) => {
            let named = wires.iter().zip(0_u16..).find(|(wire, _)| wire.as_bytes() == text);
            named.map_or(bad(common::NOT_LISTED), |(_, index)| Ok(Said::Value(Value::Enum(index))))
        }
        Form::Code(tree) if tree.allows(text) => Ok(Said::Text),
        Form::Code(_) => bad(common::NOT_ALLOWED),
        Form::Number(form) => number(form, characters).map(Said::Value),
        Form::Time(form) => instant(form, characters, near).map(|time| Said::Value(Value::Time(time))),
        Form::Clock(form) => match stamp::read_clock(form, characters) {
            Some(clock) => Ok(Said::Value(Value::Ratio(clock))),
            None => bad(says::NOT_CLOCK),
        },
        Form::Position(form) => position(form, characters),
        Form::Coordinate(form) => coordinate(form, characters, between).map(Said::Value),
        Form::Carried(carried) => Ok(Said::Object(carried)),
    }
}

fn plain_text(letters: &Letters, text: &[u8], free: bool) -> Judged<Said<'static>> {
    for byte in text {
        if *byte > 127 || letters.set >> byte & 1 == 0 {
            return Err((schema::BAD_CHARACTER, None));
        }
    }
    if !free && (text.starts_with(b" ") || text.ends_with(b" ")) {
        return Err((schema::BAD_CHARACTER, Some(says::EDGE_BLANK)));
    }
    let (min, max) = (usize::try_from(letters.min), usize::try_from(letters.max));
    if text.len() < min.unwrap_or(usize::MAX) || text.len() > max.unwrap_or(usize::MAX) {
        return Err((schema::BAD_LENGTH, None));
    }
    if letters.form.as_ref().is_some_and(|form| !form.fits(text)) {
        return Err((schema::BAD_VALUE, Some(common::NOT_FORM)));
    }
    Ok(Said::Text)
}

fn number(form: &Number, text: &str) -> Judged<Value> {
    let no_number = if form.whole { common::NOT_INTEGER } else { common::NOT_DECIMAL };
    let value = match Decimal::parse(text.as_bytes()) {
        Ok(value) => value,
        Err(DecimalFault::NotANumber) => return Err((schema::BAD_VALUE, Some(no_number))),
        Err(DecimalFault::TooManyDigits) => {
            return Err((schema::OUT_OF_RANGE, Some(common::LONG_NUMBER)));
        }
    };
    if form.whole && value.scale() > 0 {
        return Err((schema::BAD_VALUE, Some(no_number)));
    }
    if value < form.min || form.max < value {
        return Err((schema::OUT_OF_RANGE, None));
    }
    if form.digits < value.scale() {
        return Err((schema::OUT_OF_RANGE, Some(common::DIGITS)));
    }
    if !is_plain(form, text) || (value == Decimal::ZERO && text.starts_with('-')) {
        return Err((schema::BAD_VALUE, Some(says::NOT_PLAIN)));
    }
    Ok(if form.whole { Value::Integer(value.mantissa()) } else { Value::Decimal(value) })
}

/// True where a number has the zeros that its form asks for, and no others.
fn is_plain(form: &Number, text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = match digits.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (digits, None),
    };
    let least = usize::from(form.pad).max(1);
    let whole_is = whole.len() >= least
        && whole.bytes().all(|byte| byte.is_ascii_digit())
        && (whole.len() == least || !whole.starts_with('0'));
    let part_is = match (form.places, part) {
        (Some(0) | None, None) => true,
        (Some(places), Some(part)) => places > 0 && part.len() == usize::from(places),
        (None, Some(part)) => !part.is_empty() && !part.ends_with('0'),
        (Some(_), None) => false,
    };
    whole_is && part_is
}

fn instant(form: &DateTimeGroup, text: &str, near: Option<Time>) -> Judged<Time> {
    let form = &form.form;
    if form.date() != Date::Year && near.is_none() && stamp::is_written(form, text) {
        return Err((schema::BAD_VALUE, Some(says::NO_REFERENCE)));
    }
    stamp::read(form, text, near).ok_or((schema::BAD_VALUE, Some(says::NOT_GROUP)))
}

fn position(form: &Position, text: &str) -> Judged<Said<'static>> {
    let wrong = (schema::BAD_VALUE, Some(says::NOT_POSITION));
    let half = text.find(['N', 'S']).ok_or(wrong)?;
    let (lat, lon) = text.split_at_checked(half.saturating_add(1)).ok_or(wrong)?;
    let (lat, lon) = (degrees(form.degrees, false, lat).ok_or(wrong)?, degrees(form.degrees, true, lon));
    let lon = lon.ok_or(wrong)?;
    Ok(Said::Position(on_the_globe(lat, 90)?, on_the_globe(lon, 180)?))
}

fn coordinate(form: &Coordinate, text: &str, between: u8) -> Judged<Value> {
    let wrong = (schema::BAD_VALUE, Some(says::NOT_POSITION));
    let (digits, half) = match text.split_once(char::from(between)) {
        Some(apart) if form.apart => apart,
        None if !form.apart => (text, ""),
        _ => return Err(wrong),
    };
    // What is longer than a short text is longer than any coordinate.
    let joined = Short::shown(format_args!("{digits}{half}")).ok_or(wrong)?;
    let half_is_one = !form.apart || half.len() == 1;
    let at = degrees(form.degrees, form.lon, joined.text()).filter(|_| half_is_one).ok_or(wrong)?;
    on_the_globe(at, if form.lon { 180 } else { 90 })
}

fn on_the_globe(at: Ratio, most: i64) -> Judged<Value> {
    let end = |degrees| Ratio::new(degrees, 1).map(|end| at.compare(end));
    let inside =
        end(most).is_some_and(Ordering::is_le) && end(most.saturating_neg()).is_some_and(Ordering::is_ge);
    if inside { Ok(Value::Ratio(at)) } else { Err((schema::OUT_OF_RANGE, None)) }
}

/// An angle of the globe: the digits of degrees, two of minutes, perhaps two of seconds, perhaps a point and more, and a
/// letter.
fn degrees(form: Degrees, lon: bool, text: &str) -> Option<Ratio> {
    let halves = if lon { ['E', 'W'] } else { ['N', 'S'] };
    let half = text.chars().last()?;
    let digits = text.strip_suffix(half).filter(|_| halves.contains(&half))?;
    let (whole, part) = match digits.split_once('.') {
        Some((whole, part)) => (whole, part),
        None => (digits, ""),
    };
    let widths = [if lon { 3 } else { 2 }, 2, if form.seconds { 2 } else { 0 }];
    let long = widths.iter().fold(0_usize, |long, width| long.saturating_add(*width));
    let only_digits = whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit());
    let right = whole.len() == long && part.len() == usize::from(form.places) && only_digits;
    if !right || digits.contains('.') == part.is_empty() {
        return None;
    }
    let mut left = whole;
    let mut all = 0_i64;
    for (width, base) in widths.into_iter().zip([1, 60, 60]) {
        let (head, rest) = left.split_at_checked(width)?;
        left = rest;
        if !head.is_empty() {
            let value: i64 = head.parse().ok()?;
            if base == 60 && value >= 60 {
                return None;
            }
            all = all.checked_mul(base)?.checked_add(value)?;
        }
    }
    let shift = 10_i64.checked_pow(form.places.into())?;
    let fraction: i64 = if part.is_empty() { 0 } else { part.parse().ok()? };
    let all = all.checked_mul(shift)?.checked_add(fraction)?;
    let by = u32::try_from(shift).ok()?.checked_mul(if form.seconds { 3600 } else { 60 })?;
    let minus = half == 'S' || half == 'W';
    if minus && all == 0 {
        return None;
    }
    Ratio::new(if minus { all.checked_neg()? } else { all }, by)
}

fn grid(text: &str) -> Option<()> {
    let (zone, rest) = text.split_at_checked(2)?;
    let (square, digits) = rest.split_at_checked(3)?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let allowed = ["CDEFGHJKLMNPQRSTUVWX", "ABCDEFGHJKLMNPQRSTUVWXYZ", "ABCDEFGHJKLMNPQRSTUV"];
    let letters = square.chars().zip(allowed).all(|(letter, allowed)| allowed.contains(letter));
    let zone_is = all_digits(zone) && (1..=60).contains(&zone.parse::<u8>().ok()?);
    (zone_is && letters && all_digits(digits) && [0, 2, 4, 6, 8, 10].contains(&digits.len())).then_some(())
}
