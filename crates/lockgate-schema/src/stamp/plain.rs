//! How the interpreters read times of a form: each piece is cut out and put into a date that the clock reads.

use super::written::Wrong;
use super::{Date, Piece, Stamp, TimeForm};
use crate::fault::says;
use crate::short::Short;
use lockgate_bytes::{Decimal, Ratio, Time};
use lockgate_record::Value;
use std::cmp::Reverse;

/// The pieces of a time, each as it is written.
#[derive(Default)]
struct Pieces<'t> {
    year: Option<u32>,
    month: Option<u32>,
    day: u32,
    clock: [u32; 3],
    fraction: &'t str,
}

fn pieces<'t>(form: &TimeForm, text: &'t str) -> Option<Pieces<'t>> {
    if text.len() != form.width() || !text.is_ascii() {
        return None;
    }
    let (mut found, mut at) = (Pieces::default(), 0_usize);
    for piece in form.pieces() {
        let end = at.saturating_add(piece.width());
        let written = text.get(at..end)?;
        at = end;
        let value = match piece {
            Piece::Sign(sign) => {
                if written.as_bytes() != [*sign] {
                    return None;
                }
                continue;
            }
            Piece::MonthName => {
                let names = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC";
                let named = names.split(' ').zip(1..).find(|(name, _)| *name == written);
                found.month = Some(named?.1);
                continue;
            }
            _ if !written.bytes().all(|byte| byte.is_ascii_digit()) => return None,
            _ => written.parse::<u32>().ok()?,
        };
        match piece {
            Piece::Year => found.year = Some(value),
            Piece::ShortYear => found.year = value.checked_add(2000),
            Piece::Month => found.month = Some(value),
            Piece::Day => found.day = value,
            Piece::Hour => found.clock[0] = value,
            Piece::Minute => found.clock[1] = value,
            Piece::Second => found.clock[2] = value,
            _ => found.fraction = written,
        }
    }
    let [hour, minute, second] = found.clock;
    (hour <= 23 && minute <= 59 && second <= 59).then_some(found)
}

/// True where `text` is written like this, whatever day it names.
pub(crate) fn is_written(form: &TimeForm, text: &str) -> bool {
    pieces(form, text).is_some()
}

/// Reads an instant; `near` is what the form's missing parts are taken from.
pub(crate) fn read(form: &TimeForm, text: &str, near: Option<Time>) -> Option<Time> {
    let found = pieces(form, text)?;
    let [hour, minute, second] = found.clock;
    let dot = if found.fraction.is_empty() { "" } else { "." };
    let at = |year: u32, month: u32| {
        let (day, part) = (found.day, found.fraction);
        let text = Short::shown(format_args!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{dot}{part}Z"
        ))?;
        Time::parse(text.bytes()).ok()
    };
    if form.date() == Date::Year {
        return at(found.year?, found.month?);
    }
    let near = near?;
    let shown = Short::shown(format_args!("{near}"))?;
    let (year, month) =
        (shown.text().get(..4)?.parse::<u32>().ok()?, shown.text().get(5..7)?.parse::<u32>().ok()?);
    let distance = |time: &Time| (time.unix_nanos().abs_diff(near.unix_nanos()), Reverse(*time));
    match found.month {
        Some(month) => {
            let years = year.saturating_sub(8)..=year.saturating_add(8);
            years.filter_map(|year| at(year, month)).min_by_key(distance)
        }
        None => {
            let first = year.saturating_mul(12).saturating_add(month).saturating_sub(3);
            let months = first..=first.saturating_add(4);
            months.filter_map(|count| at(count / 12, (count % 12).saturating_add(1))).min_by_key(distance)
        }
    }
}

/// Reads a time of day, in seconds.
pub(crate) fn read_clock(form: &TimeForm, text: &str) -> Option<Ratio> {
    let found = pieces(form, text)?;
    let [hour, minute, second] = found.clock;
    let whole = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    // `45296` and `78` are 4529678 hundredths.
    let digits = Short::shown(format_args!("{whole}{}", found.fraction))?;
    let by = 10_u32.checked_pow(u32::try_from(found.fraction.len()).ok()?)?;
    Ratio::new(digits.text().parse().ok()?, by)
}

/// Reads a time in pieces.
pub(crate) fn of_text(stamp: &Stamp, text: &str) -> Option<Value> {
    match stamp {
        Stamp::Form(form) => read(form, text, None).map(Value::Time),
        Stamp::Clock(form) => read_clock(form, text).map(Value::Ratio),
        _ => None,
    }
}

/// Reads a time that is a number: its digits are put into a whole number of the smallest part, then into an instant or a
/// time of day, which has to be shown as one.
pub(crate) fn of_number(stamp: &Stamp, number: Decimal) -> Result<Value, Wrong> {
    let shown = Short::shown(format_args!("{number}")).ok_or(None)?;
    let (whole, part) = shown.text().split_once('.').unwrap_or((shown.text(), ""));
    let (most, places) = match stamp {
        Stamp::Seconds(digits) => (usize::from(*digits), usize::from(*digits)),
        Stamp::Epoch(epoch) => {
            let places = match epoch.step {
                0 => 9,
                3 => 6,
                _ => 3,
            };
            (usize::from(epoch.digits), places)
        }
        _ => return Err(None),
    };
    if part.len() > most {
        return Err(Some(says::DIGITS));
    }
    let parts = Short::shown(format_args!("{whole}{part:0<places$}")).ok_or(None)?;
    let parts = parts.text().parse::<i64>().map_err(|_| None)?;
    if let Stamp::Epoch(_) = stamp {
        let time = Time::from_unix_nanos(parts);
        let shown = Short::shown(format_args!("{time}")).ok_or(None)?;
        return if Time::parse(shown.bytes()) == Ok(time) { Ok(Value::Time(time)) } else { Err(None) };
    }
    let by = u32::try_from(places).ok().and_then(|places| 10_u32.checked_pow(places)).ok_or(None)?;
    let hours = parts.checked_div(i64::from(by).saturating_mul(3600)).filter(|_| parts >= 0);
    let clock = hours.filter(|hours| *hours <= 23).and_then(|_| Ratio::new(parts, by));
    clock.map(Value::Ratio).ok_or(None)
}
