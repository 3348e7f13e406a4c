//! How the plain interpreter reads a value: by its characters, without writing it again.

use crate::fault::says as common;
use crate::text::model::{Date, DateTimeGroup, Form, Letters, Number, Position};
use crate::text::says;
use lockgate_bytes::{Decimal, DecimalFault, Ratio, Time};
use lockgate_reason::{Code, schema};
use lockgate_record::Value;

/// A value as read.
pub(super) enum Said {
    Text,
    Value(Value),
    Position(Value, Value),
}

type Judged<T> = Result<T, (Code, Option<&'static str>)>;

pub(super) fn said(form: &Form, text: &[u8], near: Option<Time>) -> Judged<Said> {
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
        Form::Time(form) => match group(form, characters) {
            None => bad(says::NOT_GROUP),
            Some(group) => instant(form, &group, near).map(|time| Said::Value(Value::Time(time))),
        },
        Form::Position(form) => position(form, characters),
    }
}

fn plain_text(letters: &Letters, text: &[u8], free: bool) -> Judged<Said> {
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

/// A date-time group: day, hour, minute and second, and the date behind the zone.
struct Group {
    clock: [u32; 4],
    month: Option<u32>,
    year: Option<u32>,
}

fn group(form: &DateTimeGroup, text: &str) -> Option<Group> {
    let (clock, date) = text.split_once('Z')?;
    let (long, name_and_year) = match form.date {
        Date::Year => (7, true),
        Date::Month => (3, true),
        Date::Day => (0, false),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if clock.len() != if form.seconds { 8 } else { 6 } || date.len() != long || !digits(clock) {
        return None;
    }
    let pair = |at: usize| clock.get(at..at.checked_add(2)?)?.parse::<u32>().ok();
    let clock = [pair(0)?, pair(2)?, pair(4)?, if form.seconds { pair(6)? } else { 0 }];
    let mut month = None;
    if name_and_year {
        let names = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC";
        let name = date.get(..3)?;
        let at = names.split(' ').zip(1_u32..).find(|(known, _)| *known == name)?;
        month = Some(at.1);
    }
    let year = match date.get(3..).filter(|year| !year.is_empty()) {
        Some(year) if digits(year) => Some(year.parse().ok()?),
        Some(_) => return None,
        None => None,
    };
    Some(Group { clock, month, year })
}

fn instant(form: &DateTimeGroup, group: &Group, near: Option<Time>) -> Judged<Time> {
    let [day, hour, minute, second] = group.clock;
    let at = |year: u32, month: u32| {
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        Time::parse(text.as_bytes()).ok()
    };
    let wrong = (schema::BAD_VALUE, Some(says::NOT_GROUP));
    if form.date == Date::Year {
        return group.year.zip(group.month).and_then(|(year, month)| at(year, month)).ok_or(wrong);
    }
    let Some(near) = near else { return Err((schema::BAD_VALUE, Some(says::NO_REFERENCE))) };
    let shown = near.to_string();
    let number = |from: usize, to: usize| shown.get(from..to).and_then(|text| text.parse::<u32>().ok());
    let (Some(year), Some(month)) = (number(0, 4), number(5, 7)) else { return Err(wrong) };
    let candidates: Vec<Time> = match group.month {
        Some(month) => {
            (year.saturating_sub(8)..=year.saturating_add(8)).filter_map(|year| at(year, month)).collect()
        }
        None => {
            let first = year.saturating_mul(12).saturating_add(month).saturating_sub(3);
            let months = first..=first.saturating_add(4);
            months.filter_map(|count| at(count / 12, (count % 12).saturating_add(1))).collect()
        }
    };
    let distance = |time: &Time| time.unix_nanos().abs_diff(near.unix_nanos());
    let nearest = candidates.into_iter().min_by_key(|time| (distance(time), std::cmp::Reverse(*time)));
    nearest.ok_or(wrong)
}

fn position(form: &Position, text: &str) -> Judged<Said> {
    let wrong = (schema::BAD_VALUE, Some(says::NOT_POSITION));
    let lat_long = if form.seconds { 7 } else { 5 };
    let (lat, lon) = text.split_at_checked(lat_long).ok_or(wrong)?;
    let lat = coordinate(lat, 2, 'N', 'S').ok_or(wrong)?;
    let lon =
        coordinate(lon, 3, 'E', 'W').filter(|_| lon.len() == lat_long.saturating_add(1)).ok_or(wrong)?;
    // Both are in seconds here.
    if !(-324_000..=324_000).contains(&lat) || !(-648_000..=648_000).contains(&lon) {
        return Err((schema::OUT_OF_RANGE, None));
    }
    let ratio = |seconds: i64| {
        let value = if form.seconds { Ratio::new(seconds, 3600) } else { Ratio::new(seconds / 60, 60) };
        value.map(Value::Ratio).ok_or(wrong)
    };
    Ok(Said::Position(ratio(lat)?, ratio(lon)?))
}

/// A coordinate in seconds: `wide` digits of degrees, two of minutes, perhaps two of seconds, and a letter.
fn coordinate(text: &str, wide: usize, plus: char, minus: char) -> Option<i64> {
    let half = text.chars().last()?;
    let digits = text.strip_suffix(half)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (degrees, rest) = digits.split_at_checked(wide)?;
    let (minutes, seconds) = rest.split_at_checked(2)?;
    let (degrees, minutes): (i64, i64) = (degrees.parse().ok()?, minutes.parse().ok()?);
    let seconds: i64 = if seconds.is_empty() { 0 } else { seconds.parse().ok()? };
    if minutes >= 60 || seconds >= 60 {
        return None;
    }
    let all = degrees.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?;
    match half {
        half if half == plus => Some(all),
        half if half == minus && all > 0 => all.checked_neg(),
        _ => None,
    }
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
