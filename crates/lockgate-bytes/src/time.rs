//! Instants and durations, in UTC and exact to the nanosecond. Nothing here reads a clock.

mod calendar;
mod duration;

use calendar::{civil_from_days, days_from_civil, days_in};
use core::fmt;
pub use duration::Duration;

const NANOS: i64 = 1_000_000_000;
const DAY_SECONDS: i64 = 86_400;
/// 1678-01-01T00:00:00Z, the first instant that can be read.
const FIRST: i64 = -9_214_560_000 * NANOS;
/// 2262-01-01T00:00:00Z, the end of what can be read.
const END: i64 = 9_214_646_400 * NANOS;

/// An instant: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds. From 1678 to 2261.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(i64);

/// Why a text is no instant of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFault {
    /// Not of the form `2026-03-01T10:05:00.250Z`.
    NotATime,
    /// No zone letter or offset: the instant is not known.
    NoZone,
    /// No such day, hour, minute or second (leap seconds included).
    NoSuchInstant,
    /// More than nine digits of fraction, or a year outside 1678 to 2261.
    OutOfRange,
}

impl Time {
    /// The latest instant that can be written.
    pub const MAX: Self = Self(i64::MAX);
    /// The earliest instant.
    pub const MIN: Self = Self(i64::MIN);

    /// The instant `nanos` nanoseconds after 1970-01-01T00:00:00Z.
    pub fn from_unix_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub fn unix_nanos(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 `date-time` with `T` and with `Z` or a numeric offset (section 5.6), which is also what
    /// `xs:dateTime` with a zone looks like. Up to nine digits of fraction.
    ///
    /// # Errors
    /// [`TimeFault`], also for a time without a zone: it names no instant.
    #[inline]
    pub fn parse(text: &[u8]) -> Result<Self, TimeFault> {
        match usual(text) {
            Some(nanos) => Ok(Self(nanos)),
            None => Self::parse_any(text),
        }
    }

    /// Reads it however it is written.
    fn parse_any(text: &[u8]) -> Result<Self, TimeFault> {
        let (date, rest) = text.split_at_checked(10).ok_or(TimeFault::NotATime)?;
        let day = Self::parse_date(date)?;
        let [b'T', h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = rest else {
            return Err(TimeFault::NotATime);
        };
        let (hour, minute, second) = (two(*h1, *h2)?, two(*m1, *m2)?, two(*s1, *s2)?);
        if hour > 23 || minute > 59 || second > 59 {
            return Err(TimeFault::NoSuchInstant);
        }
        let (nanos, zone) = fraction(rest)?;
        let offset_minutes = offset(zone)?;
        let clock = hour
            .saturating_mul(3600)
            .saturating_add(minute.saturating_mul(60))
            .saturating_add(second)
            .saturating_sub(offset_minutes.saturating_mul(60));
        let instant = day.0.checked_add(clock.saturating_mul(NANOS)).and_then(|at| at.checked_add(nanos));
        // An offset may carry the instant into a year that is not written in four digits of ours.
        instant.filter(|at| (FIRST..END).contains(at)).map(Self).ok_or(TimeFault::OutOfRange)
    }

    /// Reads `2026-03-01` as 00:00:00Z of that day.
    ///
    /// # Errors
    /// [`TimeFault`] where there is no such day.
    pub fn parse_date(text: &[u8]) -> Result<Self, TimeFault> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return Err(TimeFault::NotATime) };
        let year = two(*y1, *y2)?.saturating_mul(100).saturating_add(two(*y3, *y4)?);
        let (month, day) = (two(*m1, *m2)?, two(*d1, *d2)?);
        Self::of_date(year, month, day)
    }

    /// 00:00:00Z of a day: the month from 1, the day of the month from 1.
    ///
    /// # Errors
    /// [`TimeFault`] where there is no such day.
    pub fn of_date(year: i64, month: i64, day: i64) -> Result<Self, TimeFault> {
        if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
            return Err(TimeFault::NoSuchInstant);
        }
        if !(1678..=2261).contains(&year) {
            return Err(TimeFault::OutOfRange);
        }
        let seconds = days_from_civil(year, month, day).saturating_mul(DAY_SECONDS);
        seconds.checked_mul(NANOS).map(Self).ok_or(TimeFault::OutOfRange)
    }

    /// 00:00:00Z of its day.
    pub fn midnight(self) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(DAY_SECONDS.saturating_mul(NANOS))))
    }

    /// The instant `duration` later; saturates at the ends of time.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.nanos()))
    }

    /// The instant `duration` earlier; saturates at the ends of time.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.nanos()))
    }

    /// From `earlier` to `self`; negative where `earlier` is later; saturates.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Writes the one canonical form, `2026-03-01T10:05:00.25Z`: UTC, no trailing zero in the fraction. Returns
    /// the bytes used.
    pub fn write(self, out: &mut [u8; 32]) -> usize {
        let seconds = self.0.div_euclid(NANOS);
        let nanos = u32::try_from(self.0.rem_euclid(NANOS)).unwrap_or(0);
        let clock = u32::try_from(seconds.rem_euclid(DAY_SECONDS)).unwrap_or(0);
        let (year, month, day) = civil_from_days(seconds.div_euclid(DAY_SECONDS));
        let ([y1, y2], [y3, y4]) = (pair(year / 100), pair(year % 100));
        let ([m1, m2], [d1, d2]) = (pair(month), pair(day));
        let ([h1, h2], [n1, n2], [s1, s2]) = (pair(clock / 3600), pair(clock / 60 % 60), pair(clock % 60));
        let (fraction, digits) = fraction_digits(nanos);
        let [f1, f2, f3, f4, f5, f6, f7, f8, f9] = fraction;
        // Written whole, digits of a fraction included, and then ended where it ends.
        *out = [
            y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, b'.', f1,
            f2, f3, f4, f5, f6, f7, f8, f9, 0, 0, 0,
        ];
        let end = if digits == 0 { 19 } else { digits.saturating_add(20) };
        if let Some(place) = out.get_mut(end) {
            *place = b'Z';
        }
        end.saturating_add(1)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0_u8; 32];
        let used = self.write(&mut text);
        out.write_str(text.get(..used).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or(""))
    }
}

/// Reads `2026-03-01T10:05:00Z` and `2026-03-01T10:05:00.250Z`, as nearly all write an instant; `None` for all else and
/// for what is no instant.
fn usual(text: &[u8]) -> Option<i64> {
    // Sixteen bytes at once: where a digit has to stand at most 9 is left of each byte, elsewhere nothing.
    const FORM: u128 = u128::from_le_bytes(*b"0000-00-00T00:00");
    const OVER: u128 = u128::from_le_bytes(*b"vvvv\x7Fvv\x7Fvv\x7Fvv\x7Fvv");
    const HIGH: u128 = u128::from_le_bytes([0x80; 16]);
    let (head, rest) = text.split_first_chunk::<16>()?;
    let word = u128::from_le_bytes(*head) ^ FORM;
    if (word.wrapping_add(OVER) | word) & HIGH != 0 {
        return None;
    }
    let [y1, y2, y3, y4, _, m1, m2, _, d1, d2, _, h1, h2, _, n1, n2] = word.to_le_bytes();
    let digit = |byte: u8| u32::from(byte.wrapping_sub(b'0'));
    let (second, thousandths) = match rest {
        [b':', s1, s2, b'Z'] => ([digit(*s1), digit(*s2)], [0; 3]),
        [b':', s1, s2, b'.', f1, f2, f3, b'Z'] => {
            ([digit(*s1), digit(*s2)], [digit(*f1), digit(*f2), digit(*f3)])
        }
        _ => return None,
    };
    let digits = second.iter().chain(&thousandths).all(|digit| *digit <= 9);
    let ten = |tens: u32, ones: u32| tens.wrapping_mul(10).wrapping_add(ones);
    let two = |tens: u8, ones: u8| ten(u32::from(tens), u32::from(ones));
    let year = two(y1, y2).wrapping_mul(100).wrapping_add(two(y3, y4));
    let (month, day, hour, minute) = (two(m1, m2), two(d1, d2), two(h1, h2), two(n1, n2));
    let ([s1, s2], [f1, f2, f3]) = (second, thousandths);
    let (second, thousandths) = (ten(s1, s2), ten(ten(f1, f2), f3));
    let day_fits =
        day.wrapping_sub(1) < 28 || (day >= 1 && i64::from(day) <= days_in(year.into(), month.into()));
    let fits = digits
        && day_fits
        && month.wrapping_sub(1) < 12
        && (1678..=2261).contains(&year)
        && hour <= 23
        && minute <= 59
        && second <= 59;
    if !fits {
        return None;
    }
    // As `days_from_civil` counts, without its eras: the year is after 1600.
    let (year, from_march) = if month <= 2 {
        (year.wrapping_sub(1), month.wrapping_add(9))
    } else {
        (year, month.wrapping_sub(3))
    };
    let day_of_year = (from_march.wrapping_mul(153).wrapping_add(2) / 5).wrapping_add(day).wrapping_sub(1);
    let leap_days = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
    let days = year.wrapping_mul(365).wrapping_add(leap_days).wrapping_add(day_of_year);
    let clock = hour.wrapping_mul(3600).wrapping_add(minute.wrapping_mul(60)).wrapping_add(second);
    let seconds =
        i64::from(days).wrapping_sub(719_468).wrapping_mul(DAY_SECONDS).wrapping_add(i64::from(clock));
    Some(seconds.wrapping_mul(NANOS).wrapping_add(i64::from(thousandths).wrapping_mul(1_000_000)))
}

/// Two digits of a number below 100.
#[inline]
fn pair(number: u32) -> [u8; 2] {
    [number / 10, number % 10].map(|digit| b'0'.wrapping_add(u8::try_from(digit).unwrap_or(0)))
}

/// The nine digits of a fraction of a second, and how many of them say something.
#[inline]
fn fraction_digits(nanos: u32) -> ([u8; 9], usize) {
    if nanos == 0 {
        return ([b'0'; 9], 0);
    }
    let ([f1, f2], [f3, f4]) = (pair(nanos / 10_000_000), pair(nanos / 100_000 % 100));
    let ([f5, f6], [f7, f8]) = (pair(nanos / 1_000 % 100), pair(nanos / 10 % 100));
    let [_, f9] = pair(nanos % 10);
    let digits = [f1, f2, f3, f4, f5, f6, f7, f8, f9];
    let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
    (digits, digits.len().saturating_sub(zeros))
}

fn two(high: u8, low: u8) -> Result<i64, TimeFault> {
    if !high.is_ascii_digit() || !low.is_ascii_digit() {
        return Err(TimeFault::NotATime);
    }
    Ok(i64::from(high.wrapping_sub(b'0')).wrapping_mul(10).wrapping_add(i64::from(low.wrapping_sub(b'0'))))
}

fn fraction(text: &[u8]) -> Result<(i64, &[u8]), TimeFault> {
    let [b'.', digits @ ..] = text else { return Ok((0, text)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(count).ok_or(TimeFault::NotATime)?;
    if digits.is_empty() {
        return Err(TimeFault::NotATime);
    }
    let (mut nanos, mut unit) = (0_i64, 100_000_000_i64);
    for digit in digits {
        let digit = i64::from(digit.wrapping_sub(b'0'));
        if unit == 0 && digit != 0 {
            return Err(TimeFault::OutOfRange);
        }
        nanos = nanos.wrapping_add(digit.wrapping_mul(unit));
        unit = unit.wrapping_div(10);
    }
    Ok((nanos, rest))
}

fn offset(zone: &[u8]) -> Result<i64, TimeFault> {
    match zone {
        [b'Z'] => Ok(0),
        [] => Err(TimeFault::NoZone),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(*h1, *h2)?, two(*m1, *m2)?);
            // 14:00 is the furthest that `xs:dateTime` goes (XML Schema 1.0 part 2, section 3.2.7.3).
            if hours > 14 || minutes > 59 || (hours == 14 && minutes > 0) {
                return Err(TimeFault::NoSuchInstant);
            }
            let total = hours.wrapping_mul(60).wrapping_add(minutes);
            Ok(if *sign == b'-' { total.wrapping_neg() } else { total })
        }
        _ => Err(TimeFault::NotATime),
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Time, TimeFault};
    use alloc::string::ToString;

    fn at(text: &str) -> Time {
        Time::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn known_instants() {
        assert_eq!(at("1970-01-01T00:00:00Z").unix_nanos(), 0);
        assert_eq!(at("2026-03-01T10:05:00Z").unix_nanos(), 1_772_359_500_000_000_000);
        assert_eq!(at("2024-02-29T23:59:59.999999999Z").unix_nanos(), 1_709_251_199_999_999_999);
        assert_eq!(at("2026-03-01T11:05:00+01:00"), at("2026-03-01T10:05:00Z"));
    }

    #[test]
    fn an_instant_is_written_in_one_way() {
        for (text, canonical) in [
            ("2023-07-18T15:23:09.00Z", "2023-07-18T15:23:09Z"),
            ("2021-02-27T20:32:24.771Z", "2021-02-27T20:32:24.771Z"),
            ("2021-02-27T20:32:24.0500Z", "2021-02-27T20:32:24.05Z"),
            ("2000-02-29T00:00:00-00:30", "2000-02-29T00:30:00Z"),
            ("1999-12-31T23:30:00-01:00", "2000-01-01T00:30:00Z"),
        ] {
            assert_eq!(at(text).to_string(), canonical);
        }
    }

    #[test]
    fn every_day_reads_back() {
        let mut time = at("1890-01-01T00:00:00Z");
        for _ in 0..130_000 {
            assert_eq!(at(&time.to_string()), time);
            time = time.plus(Duration::from_secs(86_400));
        }
    }

    #[test]
    fn the_usual_form_is_read_as_any_other() {
        for text in [
            "1678-01-01T00:00:00Z",
            "2261-12-31T23:59:59.999Z",
            "2024-02-29T09:08:07.120Z",
            "2023-03-01T00:00:00.001Z",
            "2100-02-28T23:59:60Z",
            "1900-02-28T19:59:09Z",
            "2000-12-31T23:00:00.1Z",
        ] {
            assert_eq!(Time::parse(text.as_bytes()), Time::parse_any(text.as_bytes()), "{text}");
            for (at, byte) in (0..text.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
                let mut other = text.as_bytes().to_vec();
                other[at] = byte;
                assert_eq!(Time::parse(&other), Time::parse_any(&other), "{text}, {byte} at {at}");
                other.truncate(at);
                assert_eq!(Time::parse(&other), Time::parse_any(&other), "{text} up to {at}");
            }
        }
    }

    #[test]
    fn the_ends_of_time_are_written_whole() {
        assert_eq!(Time::MAX.to_string(), "2262-04-11T23:47:16.854775807Z");
        assert_eq!(Time::MIN.to_string(), "1677-09-21T00:12:43.145224192Z");
        assert_eq!(Time::from_unix_nanos(-1).to_string(), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(Time::from_unix_nanos(1).to_string(), "1970-01-01T00:00:00.000000001Z");
    }

    #[test]
    fn what_names_no_instant_is_refused() {
        for (text, fault) in [
            ("2026-03-01T10:05:00", TimeFault::NoZone),
            ("2026-02-29T10:05:00Z", TimeFault::NoSuchInstant),
            ("2026-13-01T10:05:00Z", TimeFault::NoSuchInstant),
            ("2026-12-31T23:59:60Z", TimeFault::NoSuchInstant),
            ("2026-12-31T24:00:00Z", TimeFault::NoSuchInstant),
            ("2026-03-01 10:05:00Z", TimeFault::NotATime),
            ("2026-03-01T10:05:00+14:01", TimeFault::NoSuchInstant),
            ("2026-03-01T10:05:00z", TimeFault::NotATime),
            ("2026-03-01T10:05:00.Z", TimeFault::NotATime),
            ("2026-03-01T10:05:00.1234567891Z", TimeFault::OutOfRange),
            ("0001-03-01T10:05:00Z", TimeFault::OutOfRange),
            ("1678-01-01T00:59:00+01:00", TimeFault::OutOfRange),
            ("2261-12-31T23:59:00-00:01", TimeFault::OutOfRange),
            ("", TimeFault::NotATime),
        ] {
            assert_eq!(Time::parse(text.as_bytes()), Err(fault), "{text}");
        }
    }
}
