//! How the interpreters read times of a form: each piece is cut out and put into a date that the clock reads.

use super::written::Wrong;
use super::{Date, Piece, Stamp, TimeForm};
use crate::fault::says;
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
            Piece::ShortYear => found.year = format!("20{written}").parse().ok(),
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
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{dot}{part}Z");
        Time::parse(text.as_bytes()).ok()
    };
    if form.date() == Date::Year {
        return at(found.year?, found.month?);
    }
    let near = near?;
    let shown = near.to_string();
    let (year, month): (u32, u32) = (shown.get(..4)?.parse().ok()?, shown.get(5..7)?.parse().ok()?);
    let candidates: Vec<Time> = match found.month {
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
    candidates.into_iter().min_by_key(|time| (distance(time), Reverse(*time)))
}

/// Reads a time of day, in seconds.
pub(crate) fn read_clock(form: &TimeForm, text: &str) -> Option<Ratio> {
    let found = pieces(form, text)?;
    let [hour, minute, second] = found.clock;
    let whole = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    // `45296` and `78` are 4529678 hundredths.
    let digits = format!("{whole}{}", found.fraction);
    let by = format!("1{}", "0".repeat(found.fraction.len()));
    Ratio::new(digits.parse().ok()?, by.parse().ok()?)
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
    let shown = number.to_string();
    let (whole, part) = shown.split_once('.').unwrap_or((&shown, ""));
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
    let parts = format!("{whole}{part:0<places$}").parse::<i64>().map_err(|_| None)?;
    if let Stamp::Epoch(_) = stamp {
        let time = Time::from_unix_nanos(parts);
        let shown = Time::parse(time.to_string().as_bytes());
        return if shown == Ok(time) { Ok(Value::Time(time)) } else { Err(None) };
    }
    let by = format!("1{}", "0".repeat(places)).parse::<u32>().map_err(|_| None)?;
    let hours = parts.checked_div(i64::from(by).saturating_mul(3600)).filter(|_| parts >= 0);
    let clock = hours.filter(|hours| *hours <= 23).and_then(|_| Ratio::new(parts, by));
    clock.map(Value::Ratio).ok_or(None)
}
