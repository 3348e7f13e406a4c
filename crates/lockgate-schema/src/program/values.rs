//! How the compiled program reads a value.

use super::code::allows;
use super::compile::{FieldOp, ReadOp};
use super::lookup::{Key, Lookup};
use super::number::{is_exact_integer, read_decimal};
use super::scan::{self, reference};
use super::{Run, class};
use crate::carried::{self, Carried, From};
use crate::emit::value::is_exact_time;
use crate::fault::{Fault, says};
use crate::form::TextForm;
use crate::prolog;
use crate::stamp::Stamp;
use lockgate_bytes::{Decimal, DecimalFault, Span, Time};
use lockgate_core::OpenText;
use lockgate_reason::{framing, schema};
use lockgate_record::{Block, Charset, Place, TextRef, Value};

impl Run<'_, '_, '_> {
    /// Reads the value at `span`, which holds what `holds` says, into its cell. Each kind writes its cell itself: a
    /// value that first meets the others at one place is copied slowly.
    pub(super) fn value(&mut self, field: &FieldOp, block: Block, place: Place, span: Span, holds: u8) {
        let raw = span.of(self.scanner.bytes);
        match &field.read {
            ReadOp::Text { min, max, charset, plain, form } => {
                if holds == 0 && *plain && form.is_none() {
                    // Every byte is plain ASCII, and the set holds all of it.
                    let length = span.end.wrapping_sub(span.start);
                    if length < *min || length > *max {
                        return self.wrong(Fault { code: schema::BAD_LENGTH, span, says: None }, place);
                    }
                    self.put(block, field, Value::Text(TextRef::Source(span)), span);
                    return self.open_text(field, TextRef::Source(span), span, place);
                }
                match self.read_text(span, (*min, *max), *charset, form.as_ref(), holds) {
                    Ok(text) => {
                        self.put(block, field, Value::Text(text), span);
                        self.open_text(field, text, span, place);
                    }
                    Err(fault) => self.wrong(fault, place),
                }
            }
            ReadOp::Decimal { min, max, digits, unknown, scaled } => {
                match read_decimal(self.scanner.bytes, span) {
                    Ok((value, exact)) => {
                        self.scanner.exact &= exact;
                        match scaled.get(usize::from(value.scale())) {
                            _ if *unknown == Some(value) => {
                                self.put(block, field, Value::Unknown(value), span)
                            }
                            // The usual case: bounds brought to this many digits when the type was compiled.
                            Some((low, high)) if (*low..=*high).contains(&value.mantissa()) => {
                                self.put(block, field, Value::Decimal(value), span);
                            }
                            _ => self.wrong(out_of_range(value, span, (*min, *max), *digits), place),
                        }
                    }
                    Err(fault) => self.wrong(no_number(fault, span), place),
                }
            }
            ReadOp::Time => match Time::parse(raw) {
                Ok(time) => {
                    self.scanner.exact &= is_exact_time(raw);
                    self.put(block, field, Value::Time(time), span);
                }
                Err(_) => self.wrong(bad(span, says::NOT_TIME), place),
            },
            ReadOp::Stamp(stamp) => match self.stamped(stamp, span) {
                Ok(value) => self.put(block, field, value, span),
                Err(fault) => self.wrong(fault, place),
            },
            ReadOp::Carried(carried) => self.carried(carried, (field, block, place), span, holds),
            ReadOp::Code(code) => {
                if holds != 0 || !allows(code, self.scanner.bytes, span) {
                    return self.wrong(bad(span, says::NOT_ALLOWED), place);
                }
                self.put(block, field, Value::Code(TextRef::Source(span)), span);
                self.open_text(field, TextRef::Source(span), span, place);
            }
            ReadOp::Integer { min, max } => match read_integer(raw, span, *min, *max) {
                Ok(value) => {
                    self.scanner.exact &= is_exact_integer(raw, value);
                    self.put(block, field, Value::Integer(value), span);
                }
                Err(fault) => self.wrong(fault, place),
            },
            ReadOp::Flag => self.flag(field, raw, (block, place), span),
            ReadOp::Enum(wires) => self.listed(field, wires, (block, place), span, holds),
        }
    }

    /// The same of a field of the element in `place`, in line for most: plain ASCII in a text that may hold all of it.
    #[inline(always)]
    pub(super) fn usual_value(&mut self, field: &FieldOp, block: Block, place: Place, span: Span, holds: u8) {
        let (least, lengths) = field.plain;
        if holds == 0 && span.end.wrapping_sub(span.start).wrapping_sub(least) < lengths {
            self.put(block, field, Value::Text(TextRef::Source(span)), span);
            self.open_text(field, TextRef::Source(span), span, place.at(field.node));
        } else {
            self.value(field, block, place.at(field.node), span, holds);
        }
    }

    /// Reads a flag, in any of the ways that it is written.
    #[inline(always)]
    fn flag(&mut self, field: &FieldOp, raw: &[u8], (block, place): (Block, Place), span: Span) {
        self.scanner.exact &= matches!(raw, b"true" | b"false");
        match raw {
            b"true" | b"True" | b"1" => self.put(block, field, Value::Flag(true), span),
            b"false" | b"False" | b"0" => self.put(block, field, Value::Flag(false), span),
            _ => self.wrong(bad(span, says::NOT_FLAG), place),
        }
    }

    /// Reads one of the words of a list.
    #[inline(always)]
    fn listed(
        &mut self,
        field: &FieldOp,
        words: &Lookup,
        (block, place): (Block, Place),
        span: Span,
        holds: u8,
    ) {
        let decoded = self.decoded(span, holds);
        let text = self.into.record.text(decoded, self.scanner.bytes);
        let key = match decoded {
            // From the object, which goes on behind it: the words of a key are read whole.
            TextRef::Source(span) => {
                Key::at(self.scanner.bytes, usize::try_from(span.start).unwrap_or(usize::MAX), text.len())
            }
            TextRef::Scratch(_) => Key::at(text, 0, text.len()),
        };
        match words.find(key, || text, |_| true) {
            Some(index) => self.put(block, field, Value::Enum(index), span),
            None => self.wrong(bad(span, says::NOT_LISTED), place),
        }
    }

    #[inline(always)]
    fn put(&mut self, block: Block, field: &FieldOp, value: Value, span: Span) {
        self.into.record.fill(block, field.slot, value, span);
    }

    #[inline(always)]
    fn open_text(&mut self, field: &FieldOp, text: TextRef, span: Span, place: Place) {
        if field.scanned {
            self.into.open_texts.push(OpenText { place, text, span, free: field.free });
        }
    }

    #[cold]
    fn wrong(&mut self, fault: Fault, place: Place) {
        self.into.reasons.push(fault.reason(place));
    }

    /// Reads an object of another type.
    #[cold]
    fn carried(
        &mut self,
        carried: &Carried,
        (field, block, place): (&FieldOp, Block, Place),
        span: Span,
        holds: u8,
    ) {
        if self.budget.spend(carried::price(span)).is_err() {
            return self.wrong(Fault { code: framing::OVER_BUDGET, span, says: None }, place);
        }
        if holds & scan::BREAK != 0 {
            let at = span.of(self.scanner.bytes).iter().position(|byte| *byte == b'\n').unwrap_or(0);
            let at = usize::try_from(span.start).unwrap_or(usize::MAX).saturating_add(at);
            return self.wrong(Fault::new(schema::BAD_CHARACTER, at, at.saturating_add(1)), place);
        }
        let text = self.decoded(span, holds);
        let from = From { object: self.scanner.bytes, text, span, block, slot: field.slot, place };
        self.scanner.exact &= carried.compiled(from, self.into);
    }

    /// Reads a time of day, or an instant that is not written as RFC 3339 does.
    fn stamped(&mut self, stamp: &Stamp, span: Span) -> Result<Value, Fault> {
        if !stamp.is_number() {
            let says = if matches!(stamp, Stamp::Clock(_)) { says::NOT_CLOCK } else { says::NOT_TIME };
            return stamp.of_text(span.of(self.scanner.bytes)).ok_or_else(|| bad(span, says));
        }
        let (number, exact) =
            read_decimal(self.scanner.bytes, span).map_err(|fault| no_number(fault, span))?;
        self.scanner.exact &= exact;
        stamp.of_number(number).map_err(|says| Fault { code: schema::OUT_OF_RANGE, span, says })
    }

    /// Reads a text that is not plain, or whose set is narrow.
    fn read_text(
        &mut self,
        span: Span,
        (min, max): (u32, u32),
        charset: Charset,
        form: Option<&TextForm>,
        holds: u8,
    ) -> Result<TextRef, Fault> {
        let length = match narrow(charset) {
            // A few kinds of byte and nothing else: the usual case for identifiers.
            Some(kind)
                if holds == 0
                    && span.of(self.scanner.bytes).iter().all(|byte| class::is(*byte, kind))
                    && self.begins(span, charset) =>
            {
                span.end.wrapping_sub(span.start)
            }
            _ => self.length(span, charset, holds)?,
        };
        if length < min || length > max {
            return Err(Fault { code: schema::BAD_LENGTH, span, says: None });
        }
        let text = self.decoded(span, holds);
        match form {
            Some(form) if !form.fits(self.into.record.text(text, self.scanner.bytes)) => {
                Err(bad(span, says::NOT_FORM))
            }
            _ => Ok(text),
        }
    }

    /// True where the first byte may begin a text of the set, and where there is none.
    fn begins(&self, span: Span, charset: Charset) -> bool {
        let first = span.of(self.scanner.bytes).first();
        first.is_none_or(|byte| charset != Charset::Ncname || class::is(*byte, class::START))
    }

    /// Number of characters once decoded; all must be of the set.
    fn length(&self, span: Span, charset: Charset, holds: u8) -> Result<u32, Fault> {
        let raw = span.of(self.scanner.bytes);
        let text = if holds & scan::BEYOND == 0 { "" } else { prolog::text_at(self.scanner.bytes, span) };
        let start = usize::try_from(span.start).unwrap_or(usize::MAX);
        let (mut at, mut length) = (0_usize, 0_u32);
        if holds == scan::REFERENCE && narrow(charset).is_none() {
            // Up to the first reference every byte is plain, and the set holds all of them.
            at = raw.iter().position(|byte| *byte == b'&').unwrap_or(raw.len());
            length = u32::try_from(at).unwrap_or(u32::MAX);
        }
        while let Some(byte) = raw.get(at).copied() {
            let rest = raw.get(at..).unwrap_or(&[]);
            let (character, used) = if byte == b'&' && holds & scan::REFERENCE != 0 {
                reference(rest).map_or(('&', 1), |(byte, used)| (char::from(byte), used))
            } else if byte < 0x80 {
                (char::from(byte), 1)
            } else {
                let rest = text.get(at..).unwrap_or("");
                rest.chars().next().map_or(('\0', 1), |character| (character, character.len_utf8()))
            };
            let fits = if at == 0 { charset.begins(character) } else { charset.allows(character) };
            // As it stands in an attribute, a line break is a blank for every reader of XML.
            if !fits || (byte == b'\n' && holds & scan::BREAK != 0) {
                let from = start.saturating_add(at);
                return Err(Fault::new(schema::BAD_CHARACTER, from, from.saturating_add(used)));
            }
            length = length.saturating_add(1);
            at = at.saturating_add(used);
        }
        Ok(length)
    }

    /// The text once decoded; kept in the record where it holds references.
    #[inline]
    fn decoded(&mut self, span: Span, holds: u8) -> TextRef {
        if holds & scan::REFERENCE == 0 { TextRef::Source(span) } else { self.decode(span) }
    }

    fn decode(&mut self, span: Span) -> TextRef {
        let mut rest = span.of(self.scanner.bytes);
        let start = self.into.record.scratch_len();
        while let Some(at) = rest.iter().position(|byte| *byte == b'&') {
            let (plain, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            self.into.record.keep(plain);
            let (byte, used) = reference(after).unwrap_or((b'&', 1));
            self.into.record.keep_byte(byte);
            rest = after.get(used..).unwrap_or(&[]);
        }
        self.into.record.keep(rest);
        TextRef::Scratch(Span::new(start, self.into.record.scratch_len()))
    }
}

/// The class of bytes of a narrow set.
fn narrow(charset: Charset) -> Option<u8> {
    match charset {
        Charset::Token => Some(class::TOKEN),
        Charset::Ncname => Some(class::NAME),
        Charset::Hex => Some(class::HEX),
        Charset::Ascii | Charset::Printable | Charset::Multiline => None,
    }
}

#[cold]
fn out_of_range(value: Decimal, span: Span, (min, max): (Decimal, Decimal), digits: u8) -> Fault {
    let too_fine = value >= min && value <= max && value.scale() > digits;
    Fault { code: schema::OUT_OF_RANGE, span, says: too_fine.then_some(says::DIGITS) }
}

#[cold]
fn no_number(fault: DecimalFault, span: Span) -> Fault {
    match fault {
        DecimalFault::NotANumber => bad(span, says::NOT_DECIMAL),
        DecimalFault::TooManyDigits => {
            Fault { code: schema::OUT_OF_RANGE, span, says: Some(says::LONG_NUMBER) }
        }
    }
}

/// A sign and digits; leading zeros say nothing.
#[inline]
fn read_integer(raw: &[u8], span: Span, min: i64, max: i64) -> Result<i64, Fault> {
    let (negative, digits) = match raw {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let (mut value, mut fits) = (0_i64, true);
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(bad(span, says::NOT_INTEGER));
        }
        let next = value.checked_mul(10).and_then(|value| {
            if negative { value.checked_sub(i64::from(digit)) } else { value.checked_add(i64::from(digit)) }
        });
        fits &= next.is_some();
        value = next.unwrap_or(0);
    }
    if digits.is_empty() {
        return Err(bad(span, says::NOT_INTEGER));
    }
    if fits && value >= min && value <= max {
        Ok(value)
    } else {
        Err(Fault { code: schema::OUT_OF_RANGE, span, says: None })
    }
}

fn bad(span: Span, says: &'static str) -> Fault {
    Fault { code: schema::BAD_VALUE, span, says: Some(says) }
}
