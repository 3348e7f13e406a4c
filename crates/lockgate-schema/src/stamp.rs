//! Times as characters of fixed width: `DDHHMMZMONYYYY` of formatted messages, `YYYYMMDDHHMMSS`, `DDMMYY` and
//! `HHMMSS.ss` of sentences. A form is a list of pieces; what it leaves out is taken from an earlier instant, or is no
//! part of the value: then it is a time of day.
//!
//! Here is what the compiled programs and the emitters use; the interpreters read by rules of their own ([`plain`]).

pub(crate) mod plain;
mod written;

use crate::short::Short;
use lockgate_bytes::{POWERS_OF_TEN, Ratio, Time};
pub use written::{Epoch, Stamp};

/// The months as forms name them.
const MONTHS: [&[u8; 3]; 12] =
    [b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"];
/// Signs that may stand between digits.
const SIGNS: &[u8] = b"ZT:-._";
/// Seconds of a day.
const DAY: i64 = 86_400;
/// Most pieces of a form.
const MAX_PIECES: usize = 24;

/// A piece of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `YYYY`.
    Year,
    /// `YY`: a year from 2000 to 2099.
    ShortYear,
    /// `MM` that does not stand behind the hours.
    Month,
    /// `MON`: three capital letters.
    MonthName,
    /// `DD`.
    Day,
    /// `HH`.
    Hour,
    /// `MM` behind the hours.
    Minute,
    /// `SS`.
    Second,
    /// `s`, as often as there are digits of a fraction of a second.
    Fraction(u8),
    /// A sign that stands there.
    Sign(u8),
}

impl Piece {
    /// Characters that it takes.
    pub fn width(self) -> usize {
        match self {
            Self::Year => 4,
            Self::MonthName => 3,
            Self::Fraction(digits) => usize::from(digits),
            Self::Sign(_) => 1,
            Self::ShortYear | Self::Month | Self::Day | Self::Hour | Self::Minute | Self::Second => 2,
        }
    }
}

/// How much of a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Date {
    /// Day, month and year.
    Year,
    /// Day and month.
    Month,
    /// The day alone.
    Day,
    /// Nothing: a time of day.
    Clock,
}

/// How a time is written. It has as many characters as its pieces take together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeForm {
    pieces: Vec<Piece>,
}

impl TimeForm {
    /// Reads `DDHHMMZMONYYYY`. `None` where it is no form: a piece twice, a smaller part of a time without the larger
    /// one, a month without its day, a year without its month, another character.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut pieces, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let (piece, behind) = next(rest, &pieces)?;
            pieces.push(piece);
            rest = behind;
        }
        let has = |wanted: fn(&Piece) -> bool| pieces.iter().filter(|piece| wanted(piece)).count();
        let year = has(|piece| matches!(piece, Piece::Year | Piece::ShortYear));
        let month = has(|piece| matches!(piece, Piece::Month | Piece::MonthName));
        let day = has(|piece| matches!(piece, Piece::Day));
        let hour = has(|piece| matches!(piece, Piece::Hour));
        let minute = has(|piece| matches!(piece, Piece::Minute));
        let second = has(|piece| matches!(piece, Piece::Second));
        let fraction = has(|piece| matches!(piece, Piece::Fraction(_)));
        let parts = [year, month, day, hour, minute, second, fraction];
        let nested =
            year <= month && month <= day && minute <= hour && second <= minute && fraction <= second;
        let whole = day == 1 || minute == 1;
        let right = parts.iter().all(|count| *count <= 1) && nested && whole && pieces.len() <= MAX_PIECES;
        right.then_some(Self { pieces })
    }

    /// Its pieces, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// How much of a date it shows.
    pub fn date(&self) -> Date {
        let has = |one: Piece, other: Piece| self.pieces.iter().any(|piece| *piece == one || *piece == other);
        if has(Piece::Year, Piece::ShortYear) {
            Date::Year
        } else if has(Piece::Month, Piece::MonthName) {
            Date::Month
        } else if has(Piece::Day, Piece::Day) {
            Date::Day
        } else {
            Date::Clock
        }
    }

    /// Characters of a time of this form.
    pub fn width(&self) -> usize {
        self.pieces.iter().fold(0, |width, piece| width.saturating_add(piece.width()))
    }

    /// Digits of the fraction of a second.
    pub fn fraction(&self) -> u8 {
        let digits = |piece: &Piece| if let Piece::Fraction(digits) = piece { Some(*digits) } else { None };
        self.pieces.iter().find_map(digits).unwrap_or(0)
    }

    /// True where it is made of digits alone, as binary coded decimals are.
    pub fn is_digits(&self) -> bool {
        !self.pieces.iter().any(|piece| matches!(piece, Piece::Sign(_) | Piece::MonthName))
    }

    /// True where it shows this sign.
    pub fn has_sign(&self, sign: u8) -> bool {
        self.pieces.contains(&Piece::Sign(sign))
    }
}

/// The piece that `text` begins with, behind those before it, and what is behind it.
fn next<'t>(text: &'t str, before: &[Piece]) -> Option<(Piece, &'t str)> {
    let after_hours = matches!(before, [.., Piece::Hour] | [.., Piece::Hour, Piece::Sign(_)]);
    let months = if after_hours { Piece::Minute } else { Piece::Month };
    let words = [
        ("YYYY", Piece::Year),
        ("YY", Piece::ShortYear),
        ("MON", Piece::MonthName),
        ("MM", months),
        ("DD", Piece::Day),
        ("HH", Piece::Hour),
        ("SS", Piece::Second),
    ];
    for (word, piece) in words {
        if let Some(rest) = text.strip_prefix(word) {
            return Some((piece, rest));
        }
    }
    let digits = text.bytes().take_while(|byte| *byte == b's').count();
    if digits > 0 {
        let stands = matches!(before, [.., Piece::Second] | [.., Piece::Second, Piece::Sign(b'.')]);
        let count = u8::try_from(digits).ok().filter(|count| *count <= 9 && stands)?;
        return Some((Piece::Fraction(count), text.get(digits..)?));
    }
    let sign = *text.as_bytes().first().filter(|sign| SIGNS.contains(sign))?;
    Some((Piece::Sign(sign), text.get(1..)?))
}

/// The parts of a time; what the form leaves out is 0.
#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    /// Of a second.
    nanos: u32,
}

impl Parts {
    fn of(form: &TimeForm, text: &[u8]) -> Option<Self> {
        let (mut parts, mut rest) = (Self::default(), text);
        for piece in &form.pieces {
            let (head, behind) = rest.split_at_checked(piece.width())?;
            rest = behind;
            match *piece {
                Piece::Sign(sign) => (head == [sign]).then_some(())?,
                Piece::MonthName => {
                    let at = MONTHS.iter().position(|known| same(known.as_slice(), head))?;
                    parts.month = u32::try_from(at).ok()?.checked_add(1)?;
                }
                Piece::Year => parts.year = number(head)?,
                Piece::ShortYear => parts.year = number(head)?.checked_add(2000)?,
                Piece::Month => parts.month = number(head)?,
                Piece::Day => parts.day = number(head)?,
                Piece::Hour => parts.hour = number(head)?,
                Piece::Minute => parts.minute = number(head)?,
                Piece::Second => parts.second = number(head)?,
                Piece::Fraction(digits) => parts.nanos = number(head)?.checked_mul(nanos_of(digits)?)?,
            }
        }
        let on_the_clock = parts.hour < 24 && parts.minute < 60 && parts.second < 60;
        (rest.is_empty() && on_the_clock).then_some(parts)
    }

    fn of_time(time: Time) -> Option<Self> {
        let mut text = [0_u8; 32];
        time.write(&mut text);
        let field = |from: usize, to: usize| number(text.get(from..to)?);
        Some(Self {
            year: field(0, 4)?,
            month: field(5, 7)?,
            day: field(8, 10)?,
            hour: field(11, 13)?,
            minute: field(14, 16)?,
            second: field(17, 19)?,
            nanos: u32::try_from(time.unix_nanos().rem_euclid(1_000_000_000)).ok()?,
        })
    }

    fn seconds(&self) -> i64 {
        let minutes = i64::from(self.hour).wrapping_mul(60).wrapping_add(i64::from(self.minute));
        minutes.wrapping_mul(60).wrapping_add(i64::from(self.second))
    }

    /// The instant, where there is such a one.
    fn instant(&self) -> Option<Time> {
        let day = Time::of_date(self.year.into(), self.month.into(), self.day.into()).ok()?;
        let nanos = self.seconds().checked_mul(1_000_000_000)?.checked_add(self.nanos.into())?;
        day.unix_nanos().checked_add(nanos).map(Time::from_unix_nanos)
    }
}

/// Nanoseconds of the last of so many digits of a fraction of a second.
fn nanos_of(digits: u8) -> Option<u32> {
    u32::try_from(*POWERS_OF_TEN.get(usize::from(9_u8.checked_sub(digits)?))?).ok()
}

/// Digits as a number; at most nine of them.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit <= 9).then(|| value.wrapping_mul(10).wrapping_add(u32::from(digit)))
    })
}

/// Equality of short texts, without a call.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
}

/// True where `text` is written like this, whatever day it names.
pub(crate) fn is_written(form: &TimeForm, text: &[u8]) -> bool {
    Parts::of(form, text).is_some()
}

/// Reads an instant. `near` is the earlier one that what the form leaves out is taken from.
pub(crate) fn read(form: &TimeForm, text: &[u8], near: Option<Time>) -> Option<Time> {
    let parts = Parts::of(form, text)?;
    match form.date() {
        Date::Year => parts.instant(),
        date => nearest(&parts, date, near?),
    }
}

/// Reads a time of day, in seconds.
pub(crate) fn read_clock(form: &TimeForm, text: &[u8]) -> Option<Ratio> {
    let parts = Parts::of(form, text)?;
    let by = u32::try_from(*POWERS_OF_TEN.get(usize::from(form.fraction()))?).ok()?;
    let part = parts.nanos.checked_div(nanos_of(form.fraction())?)?;
    Ratio::new(parts.seconds().checked_mul(by.into())?.checked_add(part.into())?, by)
}

/// Writes an instant. `None` where it has what the form does not show, or where what is left out would be read as
/// another instant near `near`.
pub(crate) fn write(form: &TimeForm, time: Time, near: Option<Time>) -> Option<Short> {
    let out = written(form, &Parts::of_time(time)?)?;
    (read(form, out.bytes(), near) == Some(time)).then_some(out)
}

/// Writes a time of day; `None` where it has more digits than the form, or is none.
pub(crate) fn write_clock(form: &TimeForm, clock: Ratio) -> Option<Short> {
    let nanos = i128::from(clock.numerator()).checked_mul(1_000_000_000)?;
    let by = i128::from(clock.denominator());
    let nanos = i64::try_from(nanos.checked_div(by).filter(|_| nanos.checked_rem(by) == Some(0))?).ok()?;
    let seconds = u32::try_from(nanos.checked_div(1_000_000_000)?).ok().filter(|at| i64::from(*at) < DAY)?;
    let parts = Parts {
        hour: seconds / 3600,
        minute: seconds / 60 % 60,
        second: seconds % 60,
        nanos: u32::try_from(nanos.checked_rem(1_000_000_000)?).ok()?,
        ..Parts::default()
    };
    let out = written(form, &parts)?;
    let same = read_clock(form, out.bytes())?.compare(clock).is_eq();
    same.then_some(out)
}

fn written(form: &TimeForm, parts: &Parts) -> Option<Short> {
    let mut out = Short::new();
    for piece in &form.pieces {
        let value = match *piece {
            Piece::Sign(sign) => {
                out.push(sign)?;
                continue;
            }
            Piece::MonthName => {
                out.all(*MONTHS.get(usize::try_from(parts.month).ok()?.checked_sub(1)?)?)?;
                continue;
            }
            Piece::Year => parts.year,
            Piece::ShortYear => parts.year.checked_sub(2000).filter(|year| *year < 100)?,
            Piece::Month => parts.month,
            Piece::Day => parts.day,
            Piece::Hour => parts.hour,
            Piece::Minute => parts.minute,
            Piece::Second => parts.second,
            Piece::Fraction(digits) => parts.nanos.checked_div(nanos_of(digits)?)?,
        };
        out.digits(value.into(), piece.width())?;
    }
    Some(out)
}

/// The instant with these parts that is nearest to `near`; of two equally near ones the later. `None` where there is
/// none: no such day in any of the years or months around.
fn nearest(parts: &Parts, date: Date, near: Time) -> Option<Time> {
    let around = Parts::of_time(near)?;
    let among = |reach: i32| {
        let mut best: Option<(u64, Time)> = None;
        for step in reach.checked_neg()?..=reach {
            let candidate = match date {
                Date::Month => Parts { year: around.year.checked_add_signed(step)?, ..*parts },
                Date::Day => {
                    let months = around.year.wrapping_mul(12).wrapping_add(around.month).wrapping_sub(1);
                    let months = months.checked_add_signed(step)?;
                    Parts { year: months / 12, month: months.wrapping_rem(12).wrapping_add(1), ..*parts }
                }
                Date::Year | Date::Clock => *parts,
            };
            let Some(time) = candidate.instant() else { continue };
            let distance = time.unix_nanos().abs_diff(near.unix_nanos());
            if best.is_none_or(|(least, found)| distance < least || (distance == least && time > found)) {
                best = Some((distance, time));
            }
        }
        best.map(|(_, time)| time)
    };
    // Leap days come every fourth year, around some centuries every eighth; the 31st of a month every second one.
    match date {
        Date::Month => among(1).or_else(|| among(8)),
        _ => among(2),
    }
}

#[cfg(test)]
mod tests;
