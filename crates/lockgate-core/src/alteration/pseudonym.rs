//! Identities under another name: the same for the same one, as long as lane and key are.

use crate::alter::Means;
use lockgate_bytes::{PSEUDONYMS_MAX, PseudonymKey};
use lockgate_reason::{Code, hold};
use lockgate_record::{Charset, Kind, Record, Value};

/// Hexadecimal digits of the pseudonym of a text, where there is room.
const DIGITS: u32 = 32;
/// Fewest of them: with 80 bits, a million millions of names have one chance in two of two alike.
const DIGITS_MIN: u32 = 20;
/// Hexadecimal digits that are one number.
const NUMBER_DIGITS: u32 = 15;

/// What the pseudonyms of a field look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// So many hexadecimal digits.
    Text {
        /// Digits.
        digits: u8,
    },
    /// Exactly so many hexadecimal digits, each text of them another one.
    Digits {
        /// Digits; at most 15.
        digits: u8,
    },
    /// Another number between the same bounds.
    Number {
        /// Smallest.
        min: i64,
        /// How many there are.
        count: u64,
    },
}

/// Why a field can have no pseudonyms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNameable {
    /// It is neither a text nor a whole number.
    NoName,
    /// It has no room for 20 hexadecimal digits, or may not begin with any of them.
    TooShort,
    /// Its numbers are more than 2^62.
    TooMany,
}

impl Naming {
    /// Pseudonyms for a field of this kind.
    ///
    /// # Errors
    /// [`NotNameable`] where it can have none.
    pub fn of(kind: &Kind) -> Result<Self, NotNameable> {
        match kind {
            Kind::Text { min, max, charset: Charset::Hex } if min == max && *max <= NUMBER_DIGITS => {
                Ok(Self::Digits { digits: u8::try_from(*max).map_err(|_| NotNameable::TooShort)? })
            }
            Kind::Text { min, max, charset } => {
                let digits = DIGITS.min(*max);
                // Names of XML do not begin with a digit, and other sets may come.
                let holds = "0123456789abcdef".chars().all(|digit| charset.begins(digit));
                if digits < DIGITS_MIN || digits < *min || !holds {
                    return Err(NotNameable::TooShort);
                }
                Ok(Self::Text { digits: u8::try_from(digits).map_err(|_| NotNameable::TooShort)? })
            }
            Kind::Integer { min, max } => {
                let count = max.checked_sub(*min).and_then(|most| most.checked_add(1));
                let count = count.and_then(|count| u64::try_from(count).ok());
                let count = count.filter(|count| (1..=PSEUDONYMS_MAX).contains(count));
                Ok(Self::Number { min: *min, count: count.ok_or(NotNameable::TooMany)? })
            }
            Kind::Code(_) | Kind::Enum(_) | Kind::Decimal { .. } | Kind::Flag | Kind::Time => {
                Err(NotNameable::NoName)
            }
        }
    }

    /// The value as it leaves; what is absent or not known stays so.
    pub(crate) fn apply(self, record: &mut Record, value: Value, means: &Means<'_>) -> Result<Value, Code> {
        if matches!(value, Value::Absent | Value::Unknown(_)) {
            return Ok(value);
        }
        let key = means.key.ok_or(hold::NO_PSEUDONYM_KEY)?;
        self.named(record, value, means, key).ok_or(hold::NOT_ALTERED)
    }

    fn named(
        self,
        record: &mut Record,
        value: Value,
        means: &Means<'_>,
        key: &PseudonymKey,
    ) -> Option<Value> {
        let Means { lane, bytes, .. } = means;
        match (self, value) {
            (Self::Text { digits }, Value::Text(text)) => {
                let name = key.text(lane, record.text(text, bytes));
                Some(Value::Text(record.keep(name.get(..usize::from(digits))?)))
            }
            (Self::Digits { digits }, Value::Text(text)) => {
                let text = core::str::from_utf8(record.text(text, bytes)).ok()?;
                let number = u64::from_str_radix(text, 16).ok()?;
                let count = 1_u64.checked_shl(u32::from(digits).checked_mul(4)?)?;
                let named = key.number(lane, number, count)?;
                let mut name = [b'0'; 16];
                let name = name.get_mut(..usize::from(digits))?;
                for (place, at) in name.iter_mut().rev().zip(0_u32..) {
                    let digit = named.wrapping_shr(at.wrapping_mul(4)) & 15;
                    *place = u8::try_from(char::from_digit(u32::try_from(digit).ok()?, 16)?).ok()?;
                }
                Some(Value::Text(record.keep(name)))
            }
            (Self::Number { min, count }, Value::Integer(number)) => {
                let at = u64::try_from(number.checked_sub(min)?).ok()?;
                let named = i64::try_from(key.number(lane, at, count)?).ok()?;
                Some(Value::Integer(min.checked_add(named)?))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Means, Naming, NotNameable};
    use alloc::collections::BTreeSet;
    use alloc::string::String;
    use lockgate_bytes::PseudonymKey;
    use lockgate_reason::hold;
    use lockgate_record::{Charset, Kind, Record, Value};

    fn text(min: u32, max: u32, charset: Charset) -> Kind {
        Kind::Text { min, max, charset }
    }

    fn means(key: Option<&PseudonymKey>) -> Means<'_> {
        Means { lane: "down", bytes: b"", key }
    }

    fn named(naming: Naming, value: &str) -> String {
        let mut record = Record::new();
        let kept = Value::Text(record.keep(value.as_bytes()));
        let key = PseudonymKey::new([9; 32]);
        let Ok(Value::Text(name)) = naming.apply(&mut record, kept, &means(Some(&key))) else {
            panic!("no name for {value}")
        };
        String::from_utf8(record.text(name, b"").to_vec()).unwrap()
    }

    #[test]
    fn names_fit_their_fields() {
        assert_eq!(Naming::of(&text(1, 256, Charset::Printable)), Ok(Naming::Text { digits: 32 }));
        assert_eq!(Naming::of(&text(1, 20, Charset::Token)), Ok(Naming::Text { digits: 20 }));
        assert_eq!(Naming::of(&text(1, 19, Charset::Token)), Err(NotNameable::TooShort));
        assert_eq!(Naming::of(&text(40, 50, Charset::Token)), Err(NotNameable::TooShort));
        assert_eq!(
            Naming::of(&text(1, 64, Charset::Ncname)),
            Err(NotNameable::TooShort),
            "begins with a digit"
        );
        assert_eq!(Naming::of(&text(6, 6, Charset::Hex)), Ok(Naming::Digits { digits: 6 }));
        let number = Kind::Integer { min: 1, max: 4095 };
        assert_eq!(Naming::of(&number), Ok(Naming::Number { min: 1, count: 4095 }));
        let whole = Kind::Integer { min: i64::MIN, max: i64::MAX };
        assert_eq!(Naming::of(&whole), Err(NotNameable::TooMany));
        assert_eq!(Naming::of(&Kind::Flag), Err(NotNameable::NoName));
    }

    #[test]
    fn the_same_name_for_the_same_identity_and_another_for_another() {
        let long = Naming::Text { digits: 32 };
        assert_eq!(named(long, "LG-0001"), named(long, "LG-0001"));
        assert_ne!(named(long, "LG-0001"), named(long, "LG-0002"));
        assert_eq!(named(long, "LG-0001").len(), 32);
        let address = Naming::Digits { digits: 3 };
        let all: BTreeSet<String> =
            (0..4096).map(|number| named(address, &alloc::format!("{number:03x}"))).collect();
        assert_eq!(all.len(), 4096);
        assert!(all.iter().all(|name| name.len() == 3));
        // An address means the same in either case of its letters.
        assert_eq!(named(address, "ABC"), named(address, "abc"));
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let naming = Naming::Number { min: 1, count: 4095 };
        let key = PseudonymKey::new([9; 32]);
        let mut record = Record::new();
        let mut name = |number| naming.apply(&mut record, Value::Integer(number), &means(Some(&key)));
        for number in [1, 2, 4095] {
            assert!(matches!(name(number), Ok(Value::Integer(1..=4095))));
        }
        assert_eq!(name(0), Err(hold::NOT_ALTERED));
        assert_eq!(name(4096), Err(hold::NOT_ALTERED));
    }

    #[test]
    fn without_a_key_there_is_no_name_and_without_an_identity_none_is_needed() {
        let naming = Naming::Number { min: 1, count: 4095 };
        let mut record = Record::new();
        let mut name = |value| naming.apply(&mut record, value, &means(None));
        assert_eq!(name(Value::Integer(1)), Err(hold::NO_PSEUDONYM_KEY));
        assert_eq!(name(Value::Absent), Ok(Value::Absent));
    }
}
