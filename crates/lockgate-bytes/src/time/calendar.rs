//! The proleptic Gregorian calendar: days and their numbers.

/// How many days a month has; the month from 1.
pub(super) fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the given day of the proleptic Gregorian calendar, counted from a year that begins in
/// March, so that the leap day comes last.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year.wrapping_sub(1) } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = month.wrapping_add(9).rem_euclid(12);
    let day_of_year =
        month_from_march.wrapping_mul(153).wrapping_add(2).div_euclid(5).wrapping_add(day).wrapping_sub(1);
    let day_of_era = year_of_era
        .wrapping_mul(365)
        .wrapping_add(year_of_era.div_euclid(4))
        .wrapping_sub(year_of_era.div_euclid(100))
        .wrapping_add(day_of_year);
    era.wrapping_mul(146_097).wrapping_add(day_of_era).wrapping_sub(719_468)
}

/// The inverse of [`days_from_civil`] for the days of a [`Time`](super::Time): year, month and day.
pub(super) fn civil_from_days(days: i64) -> (u32, u32, u32) {
    // Counted from 0000-03-01; all days of ours lie after it.
    let days = u32::try_from(days.wrapping_add(719_468)).unwrap_or(0);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = day_of_era
        .wrapping_sub(day_of_era / 1_460)
        .wrapping_add(day_of_era / 36_524)
        .wrapping_sub(day_of_era / 146_096)
        / 365;
    let day_of_year = day_of_era.wrapping_sub(
        year_of_era.wrapping_mul(365).wrapping_add(year_of_era / 4).wrapping_sub(year_of_era / 100),
    );
    let month_from_march = day_of_year.wrapping_mul(5).wrapping_add(2) / 153;
    let day =
        day_of_year.wrapping_sub(month_from_march.wrapping_mul(153).wrapping_add(2) / 5).wrapping_add(1);
    let month = if month_from_march < 10 {
        month_from_march.wrapping_add(3)
    } else {
        month_from_march.wrapping_sub(9)
    };
    let year = era.wrapping_mul(400).wrapping_add(year_of_era);
    (if month <= 2 { year.wrapping_add(1) } else { year }, month, day)
}

fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}
