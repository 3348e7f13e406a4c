//! How the bytes of an inner object stand in a text: as they are, as base64 (RFC 4648, section 4, with its padding), as
//! hexadecimal digits in small letters.
//!
//! Each byte string has one text: base64 without padding, with blanks or with bits behind the last byte is refused.

use crate::emit::sink::{Sink, Written};
use lockgate_record::Record;

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// They are the text, or stand in binary as they are.
    Text,
    /// Base64.
    Base64,
    /// Two hexadecimal digits a byte.
    Hex,
}

impl Coding {
    /// The words of type files.
    pub(crate) const NAMES: [&'static str; 3] = ["text", "base64", "hex"];

    /// The coding of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .position(|known| *known == name)
            .and_then(|at| [Self::Text, Self::Base64, Self::Hex].get(at).copied())
    }
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Six bits of a letter.
fn six(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter.wrapping_sub(b'A')),
        b'a'..=b'z' => Some(letter.wrapping_sub(b'a').wrapping_add(26)),
        b'0'..=b'9' => Some(letter.wrapping_sub(b'0').wrapping_add(52)),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Keeps the bytes that a text stands for in `record`, for the compiled reader; `None` where it is not written like that.
pub(super) fn bytes(coding: Coding, text: &[u8], record: &mut Record) -> Option<()> {
    match coding {
        Coding::Text => drop(record.keep(text)),
        Coding::Hex => {
            let (pairs, rest) = text.as_chunks::<2>();
            rest.is_empty().then_some(())?;
            let digit = |letter: u8| DIGITS.iter().position(|digit| *digit == letter);
            for [high, low] in pairs {
                let byte = digit(*high)?.wrapping_shl(4) | digit(*low)?;
                record.keep_byte(u8::try_from(byte).ok()?);
            }
        }
        Coding::Base64 => {
            let (fours, rest) = text.as_chunks::<4>();
            rest.is_empty().then_some(())?;
            let last = fours.len().wrapping_sub(1);
            for (at, [first, second, third, fourth]) in fours.iter().enumerate() {
                let (first, second) = (six(*first)?, six(*second)?);
                record.keep_byte(first << 2 | second >> 4);
                if *fourth == b'=' {
                    (at == last).then_some(())?;
                    let third = if *third == b'=' { None } else { Some(six(*third)?) };
                    let over = third.map_or(second & 15, |third| third & 3);
                    (over == 0).then_some(())?;
                    if let Some(third) = third {
                        record.keep_byte(second << 4 | third >> 2);
                    }
                    break;
                }
                let (third, fourth) = (six(*third)?, six(*fourth)?);
                record.keep_byte(second << 4 | third >> 2);
                record.keep_byte(third << 6 | fourth);
            }
        }
    }
    Some(())
}

/// Writes bytes as base64 or hexadecimal digits.
pub(super) fn write(coding: Coding, bytes: &[u8], out: &mut impl Sink) -> Written {
    match coding {
        Coding::Text => out.bytes(bytes),
        Coding::Hex => bytes.iter().try_for_each(|byte| {
            out.byte(*DIGITS.get(usize::from(byte >> 4))?)?;
            out.byte(*DIGITS.get(usize::from(byte & 15))?)
        }),
        Coding::Base64 => bytes.chunks(3).try_for_each(|three| {
            let at = |index: usize| three.get(index).copied().unwrap_or(0);
            let word = u32::from(at(0)) << 16 | u32::from(at(1)) << 8 | u32::from(at(2));
            [18_u32, 12, 6, 0].iter().enumerate().try_for_each(|(index, shift)| {
                if index > three.len() {
                    return out.byte(b'=');
                }
                out.byte(*LETTERS.get(usize::try_from(word.wrapping_shr(*shift) & 63).ok()?)?)
            })
        }),
    }
}

/// How the plain interpreters read letters: one by one, as numbers of so many bits.
pub(crate) mod plain {
    use super::Coding;
    use lockgate_record::Record;

    /// Keeps the bytes that a text stands for in `record`; `None` where it is not written like that.
    pub(crate) fn bytes(coding: Coding, text: &str, record: &mut Record) -> Option<()> {
        match coding {
            Coding::Text => {
                record.keep(text.as_bytes());
                Some(())
            }
            Coding::Hex => {
                let small = |digit: &char| char::from_digit(digit.to_digit(16)?, 16);
                let in_pairs = text.len().is_multiple_of(2);
                let digits =
                    text.chars().map(|digit| digit.to_digit(16).filter(|_| small(&digit) == Some(digit)));
                in_pairs.then_some(())?;
                let over = numbers(digits, 4, record)?;
                over.is_empty().then_some(())
            }
            Coding::Base64 => {
                let letters = text.trim_end_matches('=');
                let over = numbers(letters.chars().map(place), 6, record)?;
                // So many letters are so many bytes, and those a text of so many letters and signs; bits that are over are
                // zeros.
                let bytes = letters.len().checked_mul(6)?.checked_div(8)?;
                let right = bytes.div_ceil(3).checked_mul(4)? == text.len();
                (right && over.bits <= 4 && over.value == 0).then_some(())
            }
        }
    }

    /// Bits that are no byte yet.
    struct Over {
        value: u32,
        bits: u32,
    }

    impl Over {
        fn is_empty(&self) -> bool {
            self.bits == 0
        }
    }

    /// Keeps numbers of `bits` bits each, one behind the other, as bytes.
    fn numbers(numbers: impl Iterator<Item = Option<u32>>, bits: u32, record: &mut Record) -> Option<Over> {
        let mut over = Over { value: 0, bits: 0 };
        for number in numbers {
            let value = over.value.checked_shl(bits)? | number?;
            over = Over { value, bits: over.bits.checked_add(bits)? };
            if let Some(rest) = over.bits.checked_sub(8) {
                record.keep_byte(u8::try_from(over.value.checked_shr(rest)?).ok()?);
                let mask = 1_u32.checked_shl(rest)?.checked_sub(1)?;
                over = Over { value: over.value & mask, bits: rest };
            }
        }
        Some(over)
    }

    /// The place of a letter in the alphabet.
    fn place(letter: char) -> Option<u32> {
        let mut alphabet = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']);
        u32::try_from(alphabet.position(|known| known == letter)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Coding, bytes, plain, write};
    use crate::emit::sink::Writer;
    use lockgate_bytes::Span;
    use lockgate_record::{Record, TextRef};
    use proptest::prelude::*;

    fn compiled(coding: Coding, text: &[u8]) -> Option<Vec<u8>> {
        let mut record = Record::new();
        bytes(coding, text, &mut record)?;
        Some(record.text(TextRef::Scratch(Span::new(0, record.scratch_len())), b"").to_vec())
    }

    fn plainly(coding: Coding, text: &str) -> Option<Vec<u8>> {
        let mut record = Record::new();
        plain::bytes(coding, text, &mut record)?;
        Some(record.text(TextRef::Scratch(Span::new(0, record.scratch_len())), b"").to_vec())
    }

    fn written(coding: Coding, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        write(coding, bytes, &mut Writer { object: b"", out: &mut out }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648, section 10.
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(written(Coding::Base64, plain.as_bytes()), coded);
            assert_eq!(compiled(Coding::Base64, coded.as_bytes()).as_deref(), Some(plain.as_bytes()));
        }
        for wrong in
            ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm9vYg==Zg==", "Zm 9v", "Zm9v\n", "Zm9_", "=Zg="]
        {
            assert_eq!(compiled(Coding::Base64, wrong.as_bytes()), None, "{wrong}");
            assert_eq!(plainly(Coding::Base64, wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(data in proptest::collection::vec(any::<u8>(), 0..40)) {
            for coding in [Coding::Base64, Coding::Hex] {
                let text = written(coding, &data);
                prop_assert_eq!(compiled(coding, text.as_bytes()), Some(data.clone()));
                prop_assert_eq!(plainly(coding, &text), Some(data.clone()));
            }
        }

        #[test]
        fn both_readers_take_the_same_letters(text in "[A-Da-f0-3+/=]{0,12}|[0-9a-fA-F]{0,8}|[ -~]{0,5}|(Zm9v){0,2}Z[A-Zgh]==") {
            for coding in [Coding::Base64, Coding::Hex] {
                let read = compiled(coding, text.as_bytes());
                prop_assert_eq!(&read, &plainly(coding, &text), "{}", text);
                if let Some(read) = read {
                    prop_assert_eq!(&written(coding, &read), &text);
                }
            }
        }
    }
}
