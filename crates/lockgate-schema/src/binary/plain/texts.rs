//! Texts, as the plain interpreter reads them.

use super::values::Read;
use super::{Around, Walk};
use crate::binary::model::{Coding, Length, Text};
use crate::binary::says;
use crate::fault::{Stop, says as common};
use lockgate_bytes::{Decimal, Span};
use lockgate_reason::{Code, schema};
use lockgate_record::{Record, TextRef, Value};

/// The 64 characters of ITU-R M.1371 in the order of their codes.
const AIS: &[u8; 64] = b"@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?";
/// Those of ICAO Annex 10, volume IV; `?` where there is none.
const ICAO: &[u8; 64] = b"?ABCDEFGHIJKLMNOPQRSTUVWXYZ????? ???????????????0123456789??????";

impl Walk<'_, '_> {
    pub(super) fn names(&mut self, names: &[Option<String>], raw: u64) -> Read {
        let from = self.into.record.scratch_len();
        // The name of the highest bit comes first.
        for (index, name) in (0..names.len()).rev().zip(names).filter(|(index, _)| raw >> index & 1 == 1) {
            let name = name.as_deref().ok_or((schema::SPARE_SET, None))?;
            if raw >> index > 1 {
                self.into.record.keep(b",");
            }
            self.into.record.keep(name.as_bytes());
        }
        Ok(Value::Text(TextRef::Scratch(Span::new(from, self.into.record.scratch_len()))))
    }

    /// A text; the outer fault is that its end is not known.
    pub(super) fn text(&mut self, text: &Text, around: &Around) -> Result<Read, Stop> {
        let unit = text.coding.bits();
        let mut letters = Letters { coding: text.coding, high: None, wrong: false };
        let from = self.into.record.scratch_len();
        let mut rest = false;
        match text.length {
            Length::Terminator { end, full } => self.terminated(text, (end, full), &mut letters, around)?,
            _ => {
                let end = match text.length {
                    Length::Fixed(bits) => {
                        self.at.saturating_add(usize::try_from(bits).unwrap_or(usize::MAX))
                    }
                    Length::Before(prefix) => self.prefix(prefix, around)?,
                    Length::Rest | Length::Terminator { .. } => self.end,
                };
                if end > self.end {
                    return Err(self.cut_off(around));
                }
                let first = self.at;
                if let (Some(unknown), Length::Fixed(bits)) = (text.unknown, text.length) {
                    if self.number(u8::try_from(bits).unwrap_or(64), false, around)? == unknown {
                        return Ok(Ok(Value::Unknown(Decimal::ZERO)));
                    }
                    self.at = first;
                }
                // What stands in the object as it is needs no copy.
                let whole = first.is_multiple_of(8) && end.is_multiple_of(8) && !self.lsb_first;
                if whole && matches!(text.coding, Coding::Ascii | Coding::Utf8) {
                    let span = Span::new(first / 8, end / 8);
                    let kept = TextRef::Source(span);
                    self.at = end;
                    return Ok(judged(text, span.of(self.bytes)).map(|()| worded(text, kept)));
                }
                while self.at.saturating_add(usize::from(unit)) <= end {
                    let code = self.number(unit, false, around)?;
                    // Where the lowest bit comes first, so does the lower half of a byte: it is the second digit.
                    let whole = self.at.saturating_add(usize::from(unit)) <= end;
                    if self.lsb_first && text.coding == Coding::Hex && whole {
                        let higher = self.number(unit, false, around)?;
                        letters.keep(higher, &mut self.into.record);
                    }
                    letters.keep(code, &mut self.into.record);
                }
                rest = self.at != end;
                self.at = end;
            }
        }
        let kept = TextRef::Scratch(Span::new(from, self.into.record.scratch_len()));
        let read = if letters.wrong {
            Err((schema::BAD_CHARACTER, None))
        } else if rest || letters.high.is_some() {
            // A half of a pair at the very end is a text cut off; anywhere else it is no character.
            Err((schema::BAD_LENGTH, None))
        } else {
            judged(text, self.into.record.text(kept, self.bytes)).map(|()| worded(text, kept))
        };
        Ok(read)
    }
}

impl Walk<'_, '_> {
    /// Letters up to a character that is none of them, or, where that is `full`, up to the most that there may be.
    fn terminated(
        &mut self,
        text: &Text,
        (end, full): (u8, bool),
        letters: &mut Letters,
        around: &Around,
    ) -> Result<(), Stop> {
        let start = self.at;
        let most = usize::try_from(text.max).unwrap_or(usize::MAX);
        let mut count = 0_usize;
        while !(full && count == most) {
            let code = self.number(text.coding.bits(), false, around)?;
            if code == u64::from(end) {
                break;
            }
            if count >= most {
                return Err(self.wrong(schema::BAD_LENGTH, start, says::NO_END, around));
            }
            count = count.saturating_add(1);
            letters.keep(code, &mut self.into.record);
        }
        Ok(())
    }

    /// What stands behind the digits of octets.
    pub(super) fn spelled(&mut self, digits: TextRef) -> TextRef {
        let digits = self.into.record.text(digits, self.bytes);
        let octets: Vec<u8> = digits
            .chunks(2)
            .map(|pair| {
                let text = std::str::from_utf8(pair).unwrap_or("");
                let octet = u8::from_str_radix(text, 16).unwrap_or(0);
                if pair.len() == 1 { octet.saturating_mul(16) } else { octet }
            })
            .collect();
        self.into.record.keep(&octets)
    }
}

/// Characters from their codes, one after the other.
struct Letters {
    coding: Coding,
    /// The first half of a pair of UTF-16.
    high: Option<u16>,
    /// One was no character.
    wrong: bool,
}

impl Letters {
    fn keep(&mut self, code: u64, record: &mut Record) {
        let at = usize::try_from(code).unwrap_or(usize::MAX);
        let byte = match self.coding {
            Coding::Utf16 => return self.keep_half(u16::try_from(code).unwrap_or(0), record),
            Coding::Ais => AIS.get(at).copied(),
            Coding::Icao => ICAO.get(at).copied().filter(|letter| *letter != b'?'),
            Coding::Octal => b"01234567".get(at).copied(),
            Coding::Bcd => b"0123456789".get(at).copied(),
            Coding::Hex => b"0123456789abcdef".get(at).copied(),
            Coding::Ascii | Coding::Ascii7 => u8::try_from(code).ok().filter(|byte| *byte < 128),
            Coding::Utf8 => u8::try_from(code).ok(),
        };
        match byte {
            Some(byte) => record.keep_byte(byte),
            None => self.wrong = true,
        }
    }

    fn keep_half(&mut self, half: u16, record: &mut Record) {
        let is_high = (0xD800..0xDC00).contains(&half);
        let units = match self.high.take() {
            None if is_high => {
                self.high = Some(half);
                return;
            }
            None => [Some(half), None],
            Some(high) => [Some(high), Some(half)],
        };
        match char::decode_utf16(units.into_iter().flatten()).next() {
            Some(Ok(character)) => {
                record.keep(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => self.wrong = true,
        }
    }
}

/// A text as its kind of value.
fn worded(of: &Text, text: TextRef) -> Value {
    if of.codes.is_some() { Value::Code(text) } else { Value::Text(text) }
}

/// Whether `bytes` are a text that the field allows.
fn judged(text: &Text, bytes: &[u8]) -> Result<(), (Code, Option<&'static str>)> {
    let characters = std::str::from_utf8(bytes).map_err(|_| (schema::NOT_UTF8, None))?;
    if text.coding == Coding::Ascii && !characters.is_ascii() {
        return Err((schema::BAD_CHARACTER, None));
    }
    if let Some(codes) = &text.codes {
        return if codes.allows(bytes) {
            Ok(())
        } else {
            Err((schema::BAD_VALUE, Some(common::NOT_ALLOWED)))
        };
    }
    let begins = characters.chars().next().is_none_or(|character| text.charset.begins(character));
    if !begins || characters.chars().any(|character| !text.charset.allows(character)) {
        return Err((schema::BAD_CHARACTER, None));
    }
    let count = u32::try_from(characters.chars().count()).unwrap_or(u32::MAX);
    if !(text.min..=text.max).contains(&count) {
        return Err((schema::BAD_LENGTH, None));
    }
    match &text.form {
        Some(form) if !form.fits(bytes) => Err((schema::BAD_VALUE, Some(common::NOT_FORM))),
        _ => Ok(()),
    }
}
