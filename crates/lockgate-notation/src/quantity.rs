//! Numbers and quantities, exactly as written.

use lockgate_bytes::{Decimal, Duration, Time};

/// Reads a KDL number exactly: decimal, `0x`, `0o` or `0b`, with a sign and underscores between digits. `None` for
/// anything else, an exponent or more than 18 digits.
pub fn parse_number(written: &str) -> Option<Decimal> {
    let (negative, digits) = match written.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, written.strip_prefix('+').unwrap_or(written)),
    };
    let radix = match digits.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => return parse_decimal(negative, digits),
    };
    let digits = digits.get(2..)?;
    if !digits.bytes().next()?.is_ascii_alphanumeric() || digits.contains(['+', '-']) {
        return None;
    }
    let value = i64::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    Decimal::from_int(if negative { value.checked_neg()? } else { value })
}

fn parse_decimal(negative: bool, digits: &str) -> Option<Decimal> {
    let mut parts = digits.split('.');
    let (whole, fraction) = (parts.next()?, parts.next());
    let well_formed = |part: &str| {
        part.bytes().next().is_some_and(|first| first.is_ascii_digit())
            && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    if !well_formed(whole) || !fraction.is_none_or(well_formed) || parts.next().is_some() {
        return None;
    }
    let plain = digits.replace('_', "");
    let signed = if negative { format!("-{plain}") } else { plain };
    Decimal::parse(signed.as_bytes()).ok()
}

/// Reads a size in bytes: a whole number and `B`, `KiB`, `MiB`, `GiB` or `TiB` (1024). `None` for anything else.
pub fn parse_size(text: &str) -> Option<u64> {
    let units = [("B", 0), ("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let (number, unit) = amount(text)?;
    let (_, shift) = units.into_iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(1_u64.checked_shl(shift)?)
}

/// Reads a rate in bits a second: a whole number and `bit/s`, `kbit/s`, `Mbit/s` or `Gbit/s` (1000). `None` for
/// anything else.
pub fn parse_rate(text: &str) -> Option<u64> {
    let units = [("bit/s", 1), ("kbit/s", 1_000), ("Mbit/s", 1_000_000), ("Gbit/s", 1_000_000_000)];
    let (number, unit) = amount(text)?;
    let (_, factor) = units.into_iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(factor)
}

/// Reads how many things a second there may be: a whole number, 1 or more, and `/s`. `None` for anything else.
pub fn parse_per_second(text: &str) -> Option<u64> {
    amount(text).filter(|(number, unit)| *number > 0 && *unit == "/s").map(|(number, _)| number)
}

fn amount(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let leading_zero = number.len() > 1 && number.starts_with('0');
    if leading_zero { None } else { Some((number.parse().ok()?, unit)) }
}

/// Reads the beginning of a window: an instant with `Z`, or a date, which begins at 00:00:00Z.
pub fn parse_time_from(text: &str) -> Option<Time> {
    Time::parse_date(text.as_bytes()).ok().or_else(|| instant(text))
}

/// Reads the end of a window, exclusive: an instant with `Z`, or a date, which is included whole and so ends at the
/// next midnight.
pub fn parse_time_until(text: &str) -> Option<Time> {
    match Time::parse_date(text.as_bytes()) {
        Ok(midnight) => Some(midnight.plus(Duration::from_secs(86_400))),
        Err(_) => instant(text),
    }
}

/// RFC 3339 with `Z`; an offset is refused, since all times in files are UTC.
fn instant(text: &str) -> Option<Time> {
    if text.ends_with('Z') { Time::parse(text.as_bytes()).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{parse_number, parse_per_second, parse_rate, parse_size, parse_time_from, parse_time_until};

    #[test]
    fn numbers_are_exact() {
        for (written, exact) in [
            ("0.1", "0.1"),
            ("-0.10", "-0.1"),
            ("+1_000", "1000"),
            ("0xB0A1", "45217"),
            ("-0x10", "-16"),
            ("0o17", "15"),
            ("0b1_01", "5"),
            ("123456789012345678", "123456789012345678"),
            ("0.123456789012345678", "0.123456789012345678"),
        ] {
            assert_eq!(
                parse_number(written).map(|number| number.to_string()).as_deref(),
                Some(exact),
                "{written}"
            );
        }
        for wrong in
            ["", "-", "1.", ".1", "1..2", "1.2.3", "_1", "1._2", "1e5", "0x", "0x_1", "0x-1", "0xg", "--1"]
        {
            assert!(parse_number(wrong).is_none(), "{wrong}");
        }
        for large in ["1234567890123456789", "0xFFFFFFFFFFFFFFFF", "0x8000000000000000"] {
            assert!(parse_number(large).is_none(), "{large}");
        }
    }

    #[test]
    fn sizes_count_in_1024_and_rates_in_1000() {
        assert_eq!(parse_size("512B"), Some(512));
        assert_eq!(parse_size("4KiB"), Some(4096));
        assert_eq!(parse_size("20GiB"), Some(20 * 1024 * 1024 * 1024));
        assert_eq!(parse_rate("500kbit/s"), Some(500_000));
        assert_eq!(parse_rate("2Mbit/s"), Some(2_000_000));
        for wrong in
            ["", "4", "KiB", "4 KiB", "4kB", "4KB", "-4KiB", "+4KiB", "04KiB", "4.5KiB", "99999999999TiB"]
        {
            assert!(parse_size(wrong).is_none(), "{wrong}");
        }
        for wrong in ["500", "500kb/s", "500kbit", "500KiB/s", "99999999999999Gbit/s"] {
            assert!(parse_rate(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn objects_are_counted_by_the_second() {
        assert_eq!((parse_per_second("2000/s"), parse_per_second("1/s")), (Some(2000), Some(1)));
        for wrong in
            ["", "2000", "/s", "0/s", "02/s", "2000/min", "2k/s", "2.5/s", "-1/s", "99999999999999999999/s"]
        {
            assert!(parse_per_second(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_date_begins_at_midnight_and_ends_with_its_day() {
        let shown = |time: Option<lockgate_bytes::Time>| time.map(|time| time.to_string());
        assert_eq!(shown(parse_time_from("2026-01-01")).as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(shown(parse_time_until("2026-12-31")).as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(shown(parse_time_until("2024-02-28")).as_deref(), Some("2024-02-29T00:00:00Z"));
        let instant = "2026-03-01T10:05:00Z";
        assert_eq!(shown(parse_time_from(instant)).as_deref(), Some(instant));
        assert_eq!(shown(parse_time_until(instant)).as_deref(), Some(instant));
        for wrong in ["", "2026-02-30", "2026-03-01T10:05:00", "2026-03-01T10:05:00+00:00", "2026-3-1", "now"]
        {
            assert!(parse_time_from(wrong).is_none() && parse_time_until(wrong).is_none(), "{wrong}");
        }
    }
}
