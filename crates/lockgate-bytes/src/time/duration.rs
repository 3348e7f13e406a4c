//! Lengths of time, exact to the nanosecond, and how they are written.

use super::NANOS;
use core::fmt;

/// A length of time in nanoseconds; may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duration(i64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many nanoseconds.
    pub fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// So many seconds; saturates.
    pub fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(NANOS))
    }

    /// Length in nanoseconds.
    pub fn nanos(self) -> i64 {
        self.0
    }

    /// Reads `250ms`, `20s`, `5m`, `4h`, and sums of them in falling order such as `1h30m` (the duration strings of
    /// CEL, which are those of Go's `time.ParseDuration`), whole numbers only, an optional `-` in front.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if rest.is_empty() {
            return None;
        }
        let (mut total, mut last_unit) = (0_i64, i64::MAX);
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at_checked(digits)?;
            let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, tail) = tail.split_at_checked(letters)?;
            let unit = match unit {
                "h" => 3600_i64.checked_mul(NANOS)?,
                "m" => 60_i64.checked_mul(NANOS)?,
                "s" => NANOS,
                "ms" => 1_000_000,
                "us" => 1_000,
                "ns" => 1,
                _ => return None,
            };
            if unit >= last_unit {
                return None;
            }
            last_unit = unit;
            total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
            rest = tail;
        }
        Some(Self(if negative { total.checked_neg()? } else { total }))
    }
}

impl fmt::Display for Duration {
    /// The largest units first: `1h30m`, `250ms`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return out.write_str("0s");
        }
        if self.0 < 0 {
            out.write_str("-")?;
        }
        let mut left = self.0.unsigned_abs();
        for (unit, name) in [
            (3_600_000_000_000_u64, "h"),
            (60_000_000_000, "m"),
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ] {
            let count = left.checked_div(unit).unwrap_or(0);
            left = left.checked_rem(unit).unwrap_or(0);
            if count > 0 {
                write!(out, "{count}{name}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;
    use alloc::string::ToString;

    #[test]
    fn durations_read_and_print() {
        for (text, nanos) in [("250ms", 250_000_000), ("20s", 20_000_000_000), ("1h30m", 5_400_000_000_000)] {
            assert_eq!(Duration::parse(text).unwrap().nanos(), nanos);
            assert_eq!(Duration::from_nanos(nanos).to_string(), text);
        }
        for text in ["", "20", "s", "1.5s", "20 s", "5m1h", "1s1s", "99999999999h"] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
