//! Values that the user types (`userInput` of SPIF 2.1): a text, a number or a date.

use lockgate_bytes::Time;
use roxmltree::Node;

/// Most characters of a typed text.
const MAX_TEXT: usize = 256;
/// Most digits of a typed number.
const MAX_DIGITS: usize = 18;

/// What may be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// `string`: any text on one line.
    Text,
    /// `integer`: an unsigned number.
    Number,
    /// `date`, in the form of ISO 8601 that `dateFormat` names.
    Date(DateForm),
    /// A form that is not known: nothing is taken.
    Unknown,
}

/// The forms of dates that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateForm {
    /// `2026-03-01`; also where the policy names no form.
    Extended,
    /// `20260301`.
    Basic,
    /// `2026-03-01T10:05:00Z`.
    Instant,
}

impl Input {
    /// What the attributes of a `tagCategory` ask for; `None` where it is a value of its own.
    pub(crate) fn of(category: Node<'_, '_>) -> Option<Self> {
        Some(match category.attribute("userInput")? {
            "string" => Self::Text,
            "integer" => Self::Number,
            "date" => match category.attribute("dateFormat") {
                None | Some("YYYY-MM-DD" | "yyyy-MM-dd" | "CCYY-MM-DD") => Self::Date(DateForm::Extended),
                Some("YYYYMMDD" | "yyyyMMdd" | "CCYYMMDD") => Self::Date(DateForm::Basic),
                Some("YYYY-MM-DDThh:mm:ssZ" | "CCYY-MM-DDThh:mm:ssZ") => Self::Date(DateForm::Instant),
                Some(_) => Self::Unknown,
            },
            _ => Self::Unknown,
        })
    }

    /// True where `text` is in this form.
    pub(crate) fn takes(self, text: &str) -> bool {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Text => {
                !text.trim().is_empty()
                    && text.chars().nth(MAX_TEXT).is_none()
                    && !text.chars().any(lockgate_bytes::is_hidden)
            }
            Self::Number => digits(text) && text.len() <= MAX_DIGITS,
            Self::Date(DateForm::Extended) => Time::parse_date(text.as_bytes()).is_ok(),
            Self::Date(DateForm::Basic) => basic(text).is_some(),
            Self::Date(DateForm::Instant) => Time::parse(text.as_bytes()).is_ok(),
            Self::Unknown => false,
        }
    }
}

/// The day that eight digits name, if there is one.
fn basic(text: &str) -> Option<Time> {
    let bytes: &[u8; 8] = text.as_bytes().try_into().ok()?;
    let [a, b, c, d, e, f, g, h] = *bytes;
    Time::parse_date(&[a, b, c, d, b'-', e, f, b'-', g, h]).ok()
}

/// A typed text as a number: FNV-1a of 64 bits over the value it is of and its bytes. Never zero.
pub(crate) fn digest(value: u16, text: &str) -> u64 {
    let bytes = value.to_be_bytes().into_iter().chain(text.bytes());
    let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    hash.max(1)
}

#[cfg(test)]
mod tests {
    use super::{DateForm, Input, digest};

    #[test]
    fn each_form_takes_what_it_says() {
        let long = "x".repeat(257);
        for (input, good, bad) in [
            (Input::Text, &["as agreed", "é"][..], &["", "  ", "a\u{202E}b", "a\nb", &long][..]),
            (
                Input::Number,
                &["0", "007", "123456789012345678"],
                &["", "-1", "1.5", "1234567890123456789", "٣"],
            ),
            (
                Input::Date(DateForm::Extended),
                &["2026-03-01", "2028-02-29"],
                &["2026-02-29", "20260301", "2026-3-1", ""],
            ),
            (Input::Date(DateForm::Basic), &["20260301"], &["20260230", "2026030", "2026-03-01", "2026030é"]),
            (
                Input::Date(DateForm::Instant),
                &["2026-03-01T10:05:00Z"],
                &["2026-03-01T10:05:00", "2026-03-01"],
            ),
            (Input::Unknown, &[], &["2026-03-01", "x"]),
        ] {
            assert!(good.iter().all(|text| input.takes(text)), "{input:?}");
            for text in bad {
                assert!(!input.takes(text), "{input:?} {text:?}");
            }
        }
        assert!(digest(1, "a") != digest(2, "a") && digest(1, "a") != digest(1, "b") && digest(0, "") != 0);
    }
}
