//! Dates of declassification.

use core::fmt;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `2026-03-01`; `None` for a day that the calendar does not have.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        (digits && text.len() == 10).then_some(())?;
        let mut parts = text.split('-');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next()?.parse().ok()?;
        let day = parts.next()?.parse().ok()?;
        (year > 0 && day > 0 && day <= days(year, month)?).then_some(Self { year, month, day })
    }

    /// The same day so many years later; the last of February where that year has no leap day.
    pub(crate) fn years_later(self, years: u16) -> Self {
        let year = self.year.saturating_add(years).min(9999);
        let day = days(year, self.month).map_or(self.day, |last| self.day.min(last));
        Self { year, month: self.month, day }
    }
}

/// The days of a month.
fn days(year: u16, month: u8) -> Option<u8> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => Some(29),
        2 => Some(28),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;
    use alloc::string::ToString;

    #[test]
    fn only_days_of_the_calendar() {
        for right in ["2024-02-29", "2026-12-31", "0001-01-01", "2000-02-29"] {
            assert_eq!(Date::read(right).unwrap().to_string(), right);
        }
        for wrong in [
            "2023-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-4-31",
            "2026-04-31",
            "+026-04-01",
            "2026-04-01Z",
            "",
        ] {
            assert!(Date::read(wrong).is_none(), "{wrong}");
        }
    }

    /// markings.md rule 44: leap day.
    #[test]
    fn years_later_is_a_day_of_the_calendar() {
        let later = |text: &str, years| Date::read(text).unwrap().years_later(years).to_string();
        assert_eq!(later("2024-02-29", 25), "2049-02-28");
        assert_eq!(later("2024-02-29", 28), "2052-02-29");
        assert_eq!(later("2026-11-22", 25), "2051-11-22");
    }
}
