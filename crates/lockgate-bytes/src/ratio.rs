//! Exact fractions: what a step of 180/2^25 degrees makes of a count of steps.

use crate::Decimal;
use core::cmp::Ordering;
use core::fmt;

/// Digits behind the point that a denominator of 32 bits can need, and one to tell neighbours apart.
const MAX_DIGITS: u8 = 34;

/// A fraction with a numerator of 64 and a denominator of 32 bits. It is not reduced: fractions of one field share one
/// denominator, so that equal values of a field are equal here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: i64,
    denominator: u32,
}

impl Ratio {
    /// `numerator / denominator`; `None` where that is 0.
    #[inline]
    pub fn new(numerator: i64, denominator: u32) -> Option<Self> {
        if denominator == 0 { None } else { Some(Self { numerator, denominator }) }
    }

    /// Reads a step above zero as authors write it, reduced: `180/2^31`, `1/128`, `0.25`, `1000`. `None` where the text
    /// is anything else, or does not fit.
    pub fn parse(text: &str) -> Option<Self> {
        let (over, under) = text.split_once('/').unwrap_or((text, "1"));
        let (over, by) = match over.split_once('.') {
            Some(_) => {
                let number = Decimal::parse(over.as_bytes()).ok()?;
                (number.mantissa(), 10_i64.checked_pow(u32::from(number.scale()))?)
            }
            None => (power(over)?, 1),
        };
        let under = power(under)?.checked_mul(by)?;
        if over <= 0 || under <= 0 {
            return None;
        }
        let common = i64::try_from(divisor(over.unsigned_abs(), under.unsigned_abs())).ok()?;
        Self::new(over.checked_div(common)?, u32::try_from(under.checked_div(common)?).ok()?)
    }

    /// What is divided.
    #[inline]
    pub fn numerator(self) -> i64 {
        self.numerator
    }

    /// By what; never 0.
    #[inline]
    pub fn denominator(self) -> u32 {
        self.denominator
    }

    /// The value in steps of `1 / steps`, what is left below one step cut off towards minus infinity. `steps` is at
    /// most 10^18.
    pub fn in_steps(self, steps: u64) -> i128 {
        // 63 bits times 60 bits: 128 bits always hold the product.
        let product = i128::from(self.numerator).wrapping_mul(i128::from(steps));
        product.checked_div_euclid(i128::from(self.denominator)).unwrap_or(0)
    }

    /// Compares with another fraction, exactly.
    pub fn compare(self, other: Self) -> Ordering {
        let left = i128::from(self.numerator).wrapping_mul(i128::from(other.denominator));
        let right = i128::from(other.numerator).wrapping_mul(i128::from(self.denominator));
        left.cmp(&right)
    }

    /// True where the decimal expansion ends: the denominator has no prime factors but 2 and 5 that the numerator does
    /// not take away.
    fn ends(self) -> bool {
        let mut rest = u64::from(self.denominator);
        for prime in [2_u64, 5] {
            while rest.checked_rem(prime) == Some(0) {
                rest = rest.checked_div(prime).unwrap_or(1);
            }
        }
        self.numerator.unsigned_abs().checked_rem(rest) == Some(0)
    }
}

impl fmt::Display for Ratio {
    /// The exact decimal where it ends; else cut off at so many digits that two neighbouring steps differ in them.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = (self.numerator.unsigned_abs(), u64::from(self.denominator));
        let whole = value.checked_div(unit).unwrap_or(0);
        let mut rest = value.checked_rem(unit).unwrap_or(0);
        // The digits that are kept, and of those the last that is not zero.
        let most = if self.ends() { MAX_DIGITS } else { decimal_places(unit) };
        let mut digits = [b'0'; 34];
        let mut used = 0_usize;
        for (index, place) in digits.iter_mut().enumerate().take(usize::from(most)) {
            if rest == 0 {
                break;
            }
            rest = rest.wrapping_mul(10);
            let digit = rest.checked_div(unit).unwrap_or(0);
            rest = rest.checked_rem(unit).unwrap_or(0);
            *place = b'0'.wrapping_add(u8::try_from(digit).unwrap_or(0));
            if digit != 0 {
                used = index.wrapping_add(1);
            }
        }
        if self.numerator < 0 && (whole != 0 || used != 0) {
            out.write_str("-")?;
        }
        write!(out, "{whole}")?;
        let digits = digits.get(..used).and_then(|digits| core::str::from_utf8(digits).ok()).unwrap_or("");
        if digits.is_empty() { Ok(()) } else { write!(out, ".{digits}") }
    }
}

/// `2^31` or `180`.
fn power(text: &str) -> Option<i64> {
    let whole = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse::<i64>().ok() } else { None }
    };
    match text.split_once('^') {
        Some((base, exponent)) => whole(base)?.checked_pow(u32::try_from(whole(exponent)?).ok()?),
        None => whole(text),
    }
}

/// The greatest common divisor; 1 for two zeros.
fn divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or(0));
    }
    a.max(1)
}

/// Digits behind the point in which neighbours of a step of `1 / unit` differ.
fn decimal_places(unit: u64) -> u8 {
    let mut places = 2_u8;
    let mut power = 1_u64;
    while power < unit {
        power = power.saturating_mul(10);
        places = places.saturating_add(1);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::Ratio;
    use alloc::string::ToString;
    use core::cmp::Ordering;

    fn shown(numerator: i64, denominator: u32) -> alloc::string::String {
        Ratio::new(numerator, denominator).unwrap().to_string()
    }

    #[test]
    fn what_ends_is_shown_whole() {
        assert_eq!(shown(3_501_389, 128), "27354.6015625");
        assert_eq!(shown(-1, 4), "-0.25");
        assert_eq!(shown(0, 7), "0");
        assert_eq!(shown(45, 1 << 29), "0.00000008381903171539306640625");
        assert_eq!(shown(-90, 3), "-30");
        assert_eq!(shown(1, 1 << 31), "0.0000000004656612873077392578125");
        assert_eq!(shown(i64::MIN, 1), "-9223372036854775808");
    }

    #[test]
    fn what_does_not_end_is_cut_where_neighbours_differ() {
        assert_eq!(shown(1, 3), "0.333");
        assert_eq!(shown(-1, 3), "-0.333");
        assert_ne!(shown(360, 65_535), shown(361, 65_535));
        assert_eq!(shown(4_294_967_294, u32::MAX).len(), "0.".len() + 12);
    }

    #[test]
    fn steps_are_read_exactly_and_reduced() {
        let read = |text| Ratio::parse(text).map(|step| (step.numerator(), step.denominator()));
        assert_eq!(read("180/2^31"), Some((45, 1 << 29)));
        assert_eq!(read("1/128"), Some((1, 128)));
        assert_eq!(read("0.25"), Some((1, 4)));
        assert_eq!(read("360/4294967295"), Some((24, 286_331_153)));
        for text in ["", "0", "1/0", "-1", "-0.5", "1/2^99", "a", "1//2", "2^", "1 / 2"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn steps_and_order() {
        let third = Ratio::new(-1, 3).unwrap();
        assert_eq!(third.in_steps(1_000), -334);
        assert_eq!(Ratio::new(1, 2).unwrap().in_steps(1_000_000_000_000_000_000), 500_000_000_000_000_000);
        assert_eq!(third.compare(Ratio::new(-2, 6).unwrap()), Ordering::Equal);
        assert_eq!(third.compare(Ratio::new(0, 1).unwrap()), Ordering::Less);
        assert_eq!(Ratio::new(1, 0), None);
    }
}
