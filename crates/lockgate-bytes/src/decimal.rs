//! Exact decimals: what the text says, never what a binary fraction makes of it.

use core::cmp::Ordering;
use core::fmt;

/// Digits that fit the mantissa whatever they are.
const MAX_DIGITS: u32 = 18;
/// The same as characters.
const SAFE_LENGTH: usize = 18;

/// An exact decimal number: `mantissa / 10^scale`, without trailing zeros after the point.
///
/// One value has one representation, so equality is equality of values. At most 18 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    scale: u8,
}

/// Why a text is no decimal of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalFault {
    /// No digit, or a character that is neither digit, point nor leading sign.
    NotANumber,
    /// More than 18 significant digits.
    TooManyDigits,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { mantissa: 0, scale: 0 };

    /// The whole number `value`; `None` beyond 18 digits.
    pub fn from_int(value: i64) -> Option<Self> {
        (value.unsigned_abs() < 10_u64.pow(MAX_DIGITS)).then_some(Self { mantissa: value, scale: 0 })
    }

    /// `mantissa / 10^scale`, brought to its one representation; `None` beyond 18 digits.
    pub fn new(mantissa: i64, scale: u8) -> Option<Self> {
        if mantissa.unsigned_abs() >= 10_u64.pow(MAX_DIGITS) || u32::from(scale) > MAX_DIGITS {
            return None;
        }
        let (mut mantissa, mut scale) = (mantissa, scale);
        while scale > 0 && mantissa.wrapping_rem(10) == 0 {
            mantissa = mantissa.wrapping_div(10);
            scale = scale.saturating_sub(1);
        }
        Some(Self { mantissa, scale })
    }

    /// Reads `-12.50`: an optional sign, digits, an optional point with digits on at least one side
    /// (the lexical space of `xs:decimal`, XML Schema 1.0 part 2, section 3.2.3). No exponent, no NaN.
    ///
    /// # Errors
    /// [`DecimalFault`] where the text is anything else.
    pub fn parse(text: &[u8]) -> Result<Self, DecimalFault> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        if digits.len() <= SAFE_LENGTH { Self::short(negative, digits) } else { Self::long(negative, digits) }
    }

    /// A number of so few characters that no step can overflow.
    fn short(negative: bool, digits: &[u8]) -> Result<Self, DecimalFault> {
        let (mut mantissa, mut count, mut before) = (0_i64, 0_u8, None);
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                mantissa = mantissa.wrapping_mul(10).wrapping_add(i64::from(digit));
                count = count.wrapping_add(1);
            } else if *byte == b'.' && before.is_none() {
                before = Some(count);
            } else {
                return Err(DecimalFault::NotANumber);
            }
        }
        if count == 0 {
            return Err(DecimalFault::NotANumber);
        }
        let scale = before.map_or(0, |before| count.wrapping_sub(before));
        let mantissa = if negative { mantissa.wrapping_neg() } else { mantissa };
        Self::new(mantissa, scale).ok_or(DecimalFault::TooManyDigits)
    }

    /// A number of any length. What is no number is told as that, however many digits it begins with.
    fn long(negative: bool, digits: &[u8]) -> Result<Self, DecimalFault> {
        let mut points = digits.iter().filter(|byte| !byte.is_ascii_digit());
        if points.next().is_some_and(|byte| *byte != b'.') || points.next().is_some() {
            return Err(DecimalFault::NotANumber);
        }
        let (mut mantissa, mut scale, mut pending_zeros) = (0_i64, 0_u8, 0_u8);
        let (mut seen_digit, mut seen_point) = (false, false);
        for byte in digits {
            match byte {
                b'0' if seen_point => {
                    // A zero after the point counts only when a digit follows it.
                    pending_zeros = pending_zeros.checked_add(1).ok_or(DecimalFault::TooManyDigits)?;
                    seen_digit = true;
                }
                b'0'..=b'9' => {
                    let steps = if seen_point { pending_zeros.saturating_add(1) } else { 1 };
                    for _ in 0..steps {
                        mantissa = mantissa.checked_mul(10).ok_or(DecimalFault::TooManyDigits)?;
                    }
                    mantissa = mantissa
                        .checked_add(i64::from(byte.wrapping_sub(b'0')))
                        .ok_or(DecimalFault::TooManyDigits)?;
                    if seen_point {
                        scale = scale.checked_add(steps).ok_or(DecimalFault::TooManyDigits)?;
                        pending_zeros = 0;
                    }
                    seen_digit = true;
                }
                b'.' if !seen_point => seen_point = true,
                _ => return Err(DecimalFault::NotANumber),
            }
        }
        if !seen_digit {
            return Err(DecimalFault::NotANumber);
        }
        let mantissa = if negative { mantissa.wrapping_neg() } else { mantissa };
        Self::new(mantissa, scale).ok_or(DecimalFault::TooManyDigits)
    }

    /// The digits without the point.
    pub fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// Number of digits after the point; the last of them is not zero.
    pub fn scale(self) -> u8 {
        self.scale
    }

    /// Compares this value with one that has `more` more digits after the point.
    fn cmp_finer(self, mantissa: i64, more: u8) -> Ordering {
        let power = POWERS_OF_TEN.get(usize::from(more)).copied();
        match power.and_then(|power| self.mantissa.checked_mul(power)) {
            Some(grown) => grown.cmp(&mantissa),
            // Beyond 64 bits, and so beyond the 18 digits of the other: the sign decides.
            None => self.mantissa.cmp(&0),
        }
    }
}

/// Powers of ten, from 10^0 to 10^18, the largest scale.
pub const POWERS_OF_TEN: [i64; 19] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
    10_000_000_000_000,
    100_000_000_000_000,
    1_000_000_000_000_000,
    10_000_000_000_000_000,
    100_000_000_000_000_000,
    1_000_000_000_000_000_000,
];

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match other.scale.checked_sub(self.scale) {
            Some(0) => self.mantissa.cmp(&other.mantissa),
            Some(more) => self.cmp_finer(other.mantissa, more),
            None => other.cmp_finer(self.mantissa, self.scale.saturating_sub(other.scale)).reverse(),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs();
        let unit = 10_u64.checked_pow(u32::from(self.scale)).unwrap_or(1);
        if self.scale == 0 {
            return write!(out, "{sign}{digits}");
        }
        let whole = digits.checked_div(unit).unwrap_or(0);
        let part = digits.checked_rem(unit).unwrap_or(0);
        write!(out, "{sign}{whole}.{part:0>width$}", width = usize::from(self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::{Decimal, DecimalFault};
    use alloc::string::ToString;

    fn read(text: &str) -> Decimal {
        Decimal::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn one_value_has_one_representation() {
        for (text, canonical) in [
            ("9999999.0", "9999999"),
            ("-0.0", "0"),
            ("+007.50", "7.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("0.00000000", "0"),
            ("-107.72376567", "-107.72376567"),
            ("0.050", "0.05"),
            ("1.00000000000000000000000000000", "1"),
        ] {
            assert_eq!(read(text).to_string(), canonical, "{text}");
            assert_eq!(read(canonical), read(text));
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in ["", "-", ".", "1e5", "NaN", "1.2.3", "0x10", " 1", "1 ", "--1", "１"] {
            assert_eq!(Decimal::parse(text.as_bytes()), Err(DecimalFault::NotANumber), "{text}");
        }
        // Also behind more digits than a number may have.
        for text in ["9999999999999999999999x", "1234567890123456789012345.6.7", "0.1234567890123456789012-"]
        {
            assert_eq!(Decimal::parse(text.as_bytes()), Err(DecimalFault::NotANumber), "{text}");
        }
        for text in ["1234567890123456789", "0.1234567890123456789", "99999999999999999999999"] {
            assert_eq!(Decimal::parse(text.as_bytes()), Err(DecimalFault::TooManyDigits), "{text}");
        }
        assert!(Decimal::parse(b"123456789012345678").is_ok());
    }

    #[test]
    fn short_numbers_read_as_long_ones_do() {
        // Every text of up to seven of these, and some around the length at which the way changes.
        let mut texts = alloc::vec![alloc::vec::Vec::new()];
        for from in 0.. {
            let Some(text) = texts.get(from).filter(|text: &&alloc::vec::Vec<u8>| text.len() < 7).cloned()
            else {
                break;
            };
            texts.extend(b"019.-".iter().map(|byte| [&text[..], &[*byte]].concat()));
        }
        for text in ["999999999999999999", "0.0000000000000001", "00000000000000000.", ".00000000000000001"] {
            texts.push(text.as_bytes().to_vec());
        }
        for text in &texts {
            for negative in [false, true] {
                assert_eq!(Decimal::short(negative, text), Decimal::long(negative, text), "{text:?}");
            }
        }
    }

    #[test]
    fn order_is_of_values_not_of_texts() {
        assert!(read("90.0000001") > read("90"));
        assert!(read("-90.0000001") < read("-90"));
        assert!(read("0.000000000000000001") < read("999999999999999999"));
        assert!(read("-0.000000000000000001") > read("-999999999999999999"));
        assert!(read("-999999999999999999") < read("0.000000000000000001"));
        assert!(read("0") < read("0.000000000000000001") && read("0") > read("-0.1"));
        assert_eq!(read("2.50").cmp(&read("2.5")), core::cmp::Ordering::Equal);
    }
}
