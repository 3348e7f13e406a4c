//! Texts of the compiled program, and binary fractions as decimals.

use super::model::{Coding, Length, Text, Value as Leaf};
use super::run::{Run, span};
use super::{says, value};
use crate::fault::says as common;
use lockgate_bytes::{Decimal, Span};
use lockgate_reason::schema;
use lockgate_record::{Charset, TextRef, Value};

/// Capital letters, space and digits in six bits (ICAO Annex 10, volume IV, table 3-9).
pub(super) fn icao(code: u64) -> Option<u8> {
    match u8::try_from(code).ok()? {
        code @ 1..=26 => Some(b'@'.wrapping_add(code)),
        32 => Some(b' '),
        code @ 48..=57 => Some(code),
        _ => None,
    }
}

/// Six bits of ITU-R M.1371.
pub(super) fn ais(code: u64) -> Option<u8> {
    match u8::try_from(code).ok()? {
        code @ 0..=31 => Some(b'@'.wrapping_add(code)),
        code @ 32..=63 => Some(code),
        _ => None,
    }
}

impl<'a> Run<'a, '_> {
    /// Reads a text.
    pub(super) fn text(&mut self, leaf: &'a Leaf, text: &'a Text) -> Option<()> {
        let begun = self.at;
        let end = match text.length {
            Length::Fixed(count) => self.at.saturating_add(usize::try_from(count).unwrap_or(usize::MAX)),
            Length::Before(prefix) => self.prefix(prefix)?,
            Length::Rest => self.end,
            Length::Terminator { end, full } => return self.terminated(leaf, text, end, full),
        };
        if end > self.end {
            return self.cut_off();
        }
        let start = self.at;
        if let (Some(unknown), Length::Fixed(count)) = (text.unknown, text.length) {
            let raw = self.take(u8::try_from(count).unwrap_or(64))?;
            if raw == unknown {
                self.keep(leaf.slot, Value::Unknown(Decimal::ZERO), span(start, end));
                return Some(());
            }
            self.at = start;
        }
        let aligned = start.is_multiple_of(8) && end.is_multiple_of(8) && !self.program.lsb_first;
        let span = span(if matches!(text.length, Length::Before(_)) { begun } else { start }, end);
        let kept = if aligned && matches!(text.coding, Coding::Ascii | Coding::Utf8) {
            self.at = end;
            self.plain(text, Span::new(start / 8, end / 8))
        } else {
            self.decoded(text, end)?
        };
        match kept {
            Ok(text) => self.keep_text(leaf, text, span),
            Err(wrong) => self.fault_of(leaf, span, wrong)?,
        }
        Some(())
    }

    /// A text that stands in the object as it is.
    fn plain(&self, text: &Text, span: Span) -> Result<TextRef, value::Wrong> {
        let bytes = span.of(self.bytes);
        let Ok(characters) = core::str::from_utf8(bytes) else { return Err((schema::NOT_UTF8, None)) };
        if text.coding == Coding::Ascii && !bytes.is_ascii() {
            return Err((schema::BAD_CHARACTER, None));
        }
        fits(text, characters)?;
        Ok(TextRef::Source(span))
    }

    /// A text whose characters are written in another way.
    fn decoded(&mut self, text: &Text, end: usize) -> Option<Result<TextRef, value::Wrong>> {
        let start = self.into.record.scratch_len();
        let unit = text.coding.bits();
        let mut wrong = None;
        let mut high = None;
        if text.coding == Coding::Hex && self.program.lsb_first {
            self.halves(end)?;
        }
        while self.at.wrapping_add(usize::from(unit)) <= end {
            let code = self.take(unit)?;
            if let Err(fault) = self.character(text.coding, code, &mut high) {
                wrong = wrong.or(Some(fault));
            }
        }
        if self.at != end || high.is_some() {
            wrong = wrong.or(Some((schema::BAD_LENGTH, None)));
            self.at = end;
        }
        Some(match wrong {
            Some(wrong) => Err(wrong),
            None => self.kept(text, start),
        })
    }

    /// Keeps the digits of whole bytes whose lower half comes first: the higher one is said first.
    fn halves(&mut self, end: usize) -> Option<()> {
        while self.at.wrapping_add(8) <= end {
            let byte = self.take(8)?;
            // Every four bits are a digit.
            [byte >> 4, byte & 15]
                .into_iter()
                .filter_map(hex)
                .for_each(|digit| self.into.record.keep_byte(digit));
        }
        Some(())
    }

    /// Keeps one character; `high` is the first half of one of UTF-16.
    fn character(&mut self, coding: Coding, code: u64, high: &mut Option<u16>) -> Result<(), value::Wrong> {
        let bad = || (schema::BAD_CHARACTER, None);
        let byte = u8::try_from(code).ok();
        let character = match coding {
            Coding::Icao => icao(code),
            Coding::Ais => ais(code),
            Coding::Octal => byte.map(|digit| b'0'.wrapping_add(digit)),
            Coding::Bcd => byte.filter(|digit| *digit < 10).map(|digit| b'0'.wrapping_add(digit)),
            Coding::Hex => hex(code),
            Coding::Ascii | Coding::Ascii7 => byte.filter(u8::is_ascii),
            Coding::Utf8 => byte,
            Coding::Utf16 => {
                let half = u16::try_from(code).map_err(|_| bad())?;
                let whole = match high.take() {
                    Some(first) => {
                        char::decode_utf16([first, half]).next().and_then(Result::ok).ok_or_else(bad)?
                    }
                    None if (0xD800..0xDC00).contains(&half) => {
                        *high = Some(half);
                        return Ok(());
                    }
                    None => char::from_u32(u32::from(half)).ok_or_else(bad)?,
                };
                let mut bytes = [0_u8; 4];
                self.into.record.keep(whole.encode_utf8(&mut bytes).as_bytes());
                return Ok(());
            }
        };
        self.into.record.keep_byte(character.ok_or_else(bad)?);
        Ok(())
    }

    /// What was kept since `start`, where it fits.
    fn kept(&mut self, text: &Text, start: usize) -> Result<TextRef, value::Wrong> {
        let whole = TextRef::Scratch(Span::new(start, self.into.record.scratch_len()));
        let Ok(characters) = core::str::from_utf8(self.into.record.text(whole, self.bytes)) else {
            return Err((schema::NOT_UTF8, None));
        };
        fits(text, characters)?;
        Ok(whole)
    }

    /// The octets that the digits of a text stand for; half an octet at its end has zeros behind it.
    pub(super) fn octets(&mut self, digits: TextRef) -> TextRef {
        let start = self.into.record.scratch_len();
        let count = self.into.record.text(digits, self.bytes).len();
        for at in (0..count).step_by(2) {
            let digit = |behind: usize| {
                let text = self.into.record.text(digits, self.bytes);
                let byte = text.get(at.wrapping_add(behind)).copied().unwrap_or(b'0');
                u8::try_from(char::from(byte).to_digit(16).unwrap_or(0)).unwrap_or(0)
            };
            let octet = digit(0) << 4 | digit(1);
            self.into.record.keep_byte(octet);
        }
        TextRef::Scratch(Span::new(start, self.into.record.scratch_len()))
    }

    /// A text that ends behind a character of its own, or, where that is `full`, with the last one that it may have.
    fn terminated(&mut self, leaf: &'a Leaf, text: &'a Text, terminator: u8, full: bool) -> Option<()> {
        let (start, kept) = (self.at, self.into.record.scratch_len());
        let unit = text.coding.bits();
        let (mut wrong, mut high, mut count) = (None, None, 0_u32);
        while !full || count < text.max {
            let code = self.take(unit)?;
            if code == u64::from(terminator) {
                break;
            }
            if count >= text.max {
                return self.stop_at(schema::BAD_LENGTH, start, self.at, Some(says::NO_END));
            }
            count = count.saturating_add(1);
            if let Err(fault) = self.character(text.coding, code, &mut high) {
                wrong = wrong.or(Some(fault));
            }
        }
        // The first half of a pair alone is a character cut off: the terminator was no second half.
        if high.is_some() {
            wrong = wrong.or(Some((schema::BAD_LENGTH, None)));
        }
        let read = match wrong {
            Some(wrong) => Err(wrong),
            None => self.kept(text, kept),
        };
        let span = span(start, self.at);
        match read {
            Ok(text) => self.keep_text(leaf, text, span),
            Err(wrong) => self.fault_of(leaf, span, wrong)?,
        }
        Some(())
    }
}

/// The digit of four bits.
fn hex(code: u64) -> Option<u8> {
    usize::try_from(code).ok().and_then(|digit| b"0123456789abcdef".get(digit).copied())
}

/// Whether these characters may stand in a text.
fn fits(text: &Text, characters: &str) -> Result<(), value::Wrong> {
    if let Some(codes) = &text.codes {
        let allowed = codes.allows(characters.as_bytes());
        return if allowed { Ok(()) } else { Err(value::wrong(schema::BAD_VALUE, common::NOT_ALLOWED)) };
    }
    let mut count = 0_u32;
    for character in characters.chars() {
        let allowed =
            if count == 0 { text.charset.begins(character) } else { text.charset.allows(character) };
        if !allowed {
            return Err((schema::BAD_CHARACTER, None));
        }
        count = count.saturating_add(1);
    }
    if count < text.min || count > text.max {
        return Err((schema::BAD_LENGTH, None));
    }
    match &text.form {
        Some(form) if !form.fits(characters.as_bytes()) => {
            Err(value::wrong(schema::BAD_VALUE, common::NOT_FORM))
        }
        _ => Ok(()),
    }
}

/// The shortest decimal that reads back as this binary fraction; `None` where it is not finite, or has more digits
/// than a decimal of ours.
pub(super) fn decimal(raw: u64, bits: u8) -> Option<Decimal> {
    use core::fmt::Write;
    let mut text = Short::default();
    match bits {
        32 => write!(text, "{:e}", f32::from_bits(u32::try_from(raw).ok()?)).ok()?,
        _ => write!(text, "{:e}", f64::from_bits(raw)).ok()?,
    }
    let written = text.text()?;
    // The standard library writes the shortest digits that read back: `-1.25e-3`. Infinities have no `e`.
    let (digits, exponent) = written.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (negative, digits) = digits.strip_prefix('-').map_or((false, digits), |digits| (true, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let mut mantissa = 0_i64;
    for digit in whole.bytes().chain(part.bytes()) {
        mantissa = mantissa.checked_mul(10)?.checked_add(i64::from(digit.wrapping_sub(b'0')))?;
    }
    let mut scale = i32::try_from(part.len()).ok()?.checked_sub(exponent)?;
    while scale < 0 {
        mantissa = mantissa.checked_mul(10)?;
        scale = scale.wrapping_add(1);
    }
    // A minus zero would be a second zero.
    if negative && mantissa == 0 {
        return None;
    }
    Decimal::new(if negative { mantissa.checked_neg()? } else { mantissa }, u8::try_from(scale).ok()?)
}

/// Room for the digits of one fraction.
#[derive(Default)]
pub(super) struct Short {
    bytes: [u8; 32],
    used: usize,
}

impl Short {
    /// What was written into it.
    pub(super) fn text(&self) -> Option<&str> {
        core::str::from_utf8(self.bytes.get(..self.used)?).ok()
    }
}

impl core::fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            *self.bytes.get_mut(self.used).ok_or(core::fmt::Error)? = byte;
            self.used = self.used.wrapping_add(1);
        }
        Ok(())
    }
}

/// The charset that a coding implies where the type does not say.
pub(crate) fn charset_of(coding: Coding) -> Charset {
    match coding {
        Coding::Ascii | Coding::Ascii7 | Coding::Icao | Coding::Ais => Charset::Ascii,
        Coding::Utf8 | Coding::Utf16 => Charset::Printable,
        Coding::Octal | Coding::Bcd | Coding::Hex => Charset::Hex,
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn fractions_read_back_as_they_were() {
        for value in [0.0, 1.0, -0.1, 37.7749, 1e-7, 9_999_999.0, 123_456_789.012_345_67, -179.999_999_999] {
            let number = decimal(f64::to_bits(value), 64).unwrap();
            assert_eq!(number.to_string().parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
        for value in [f64::NAN, f64::INFINITY, -0.0, 1e300, 1e-30] {
            assert_eq!(decimal(value.to_bits(), 64), None, "{value}");
        }
        assert_eq!(decimal(u64::from(0.1_f32.to_bits()), 32).unwrap().to_string(), "0.1");
    }
}
