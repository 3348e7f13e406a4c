//! How the reference interpreter reads a value, kind by kind.

use super::Walk;
use super::tokens::decode;
use crate::fault::{Fault, says};
use crate::model::Field;
use lockgate_bytes::{Decimal, DecimalFault, Span, Time};
use lockgate_core::OpenText;
use lockgate_reason::{Code, schema};
use lockgate_record::{Block, Charset, Kind, Place, TextRef, Value};

impl Walk<'_, '_, '_> {
    /// Reads the value at `span` into its cell; what is wrong with it becomes a reason, and the cell stays empty.
    pub(super) fn value(&mut self, field: &Field, block: Block, place: Place, span: Span) {
        let read = match &field.kind {
            Kind::Text { min, max, charset } => self.read_text(field, span, *charset, (*min, *max)),
            Kind::Code(tree) => {
                let fits = tree.allows(self.text_of(span).as_bytes());
                if fits { Ok(Value::Code(TextRef::Source(span))) } else { Err(bad(span, says::NOT_ALLOWED)) }
            }
            Kind::Enum(_) => self.read_listed(field, span),
            Kind::Decimal { min, max, digits } => {
                read_decimal(self.text_of(span), span, field.unknown, (*min, *max, *digits))
            }
            Kind::Integer { min, max } => read_integer(self.text_of(span), span, *min, *max),
            Kind::Flag => match self.text_of(span) {
                "true" | "True" | "1" => Ok(Value::Flag(true)),
                "false" | "False" | "0" => Ok(Value::Flag(false)),
                _ => Err(bad(span, says::NOT_FLAG)),
            },
            Kind::Time => Time::parse(self.text_of(span).as_bytes())
                .map(Value::Time)
                .map_err(|_| bad(span, says::NOT_TIME)),
        };
        match read {
            Err(fault) => self.into.reasons.push(fault.reason(place)),
            Ok(value) => {
                self.into.record.set(block, field.slot, value, span);
                if let (Value::Text(text) | Value::Code(text), true) = (value, field.scanned) {
                    self.into.open_texts.push(OpenText { place, text, span, free: field.free });
                }
            }
        }
    }

    pub(super) fn text_of(&self, span: Span) -> &str {
        let start = usize::try_from(span.start).unwrap_or(usize::MAX);
        let end = usize::try_from(span.end).unwrap_or(usize::MAX);
        self.text.get(start..end).unwrap_or("")
    }

    fn read_text(
        &mut self,
        field: &Field,
        span: Span,
        charset: Charset,
        (min, max): (u32, u32),
    ) -> Result<Value, Fault> {
        let raw = self.text_of(span);
        let length = count(raw, span, charset)?;
        if length < min || length > max {
            return Err(fault(schema::BAD_LENGTH, span));
        }
        let text = self.decoded(span);
        if let Some(form) = &field.form
            && !form.fits(self.into.record.text(text, self.text.as_bytes()))
        {
            return Err(bad(span, says::NOT_FORM));
        }
        Ok(Value::Text(text))
    }

    fn read_listed(&mut self, field: &Field, span: Span) -> Result<Value, Fault> {
        let text = self.decoded(span);
        let text = self.into.record.text(text, self.text.as_bytes());
        let index = field.wires.iter().position(|wire| wire.as_bytes() == text);
        let index = index.and_then(|index| u16::try_from(index).ok());
        index.map(Value::Enum).ok_or_else(|| bad(span, says::NOT_LISTED))
    }

    /// The text as it reads once its references are replaced; kept only where there are any.
    fn decoded(&mut self, span: Span) -> TextRef {
        let raw = span.of(self.text.as_bytes());
        if !raw.contains(&b'&') {
            return TextRef::Source(span);
        }
        let start = self.into.record.scratch_len();
        for (index, piece) in raw.split(|byte| *byte == b'&').enumerate() {
            // Every piece but the first was preceded by the `&` of a reference.
            let (byte, rest) = if index == 0 { (None, piece) } else { after_reference(piece) };
            byte.into_iter().for_each(|byte| self.into.record.keep_byte(byte));
            self.into.record.keep(rest);
        }
        TextRef::Scratch(Span::new(start, self.into.record.scratch_len()))
    }
}

/// The number of characters of `raw` once decoded, all of them of `charset`.
fn count(raw: &str, span: Span, charset: Charset) -> Result<u32, Fault> {
    // Most texts are plain from end to end.
    if raw.bytes().all(|byte| byte.is_ascii() && byte != b'&' && charset.allows(char::from(byte))) {
        return Ok(u32::try_from(raw.len()).unwrap_or(u32::MAX));
    }
    let start = usize::try_from(span.start).unwrap_or(usize::MAX);
    let (mut length, mut rest) = (0_u32, raw);
    while let Some(first) = rest.chars().next() {
        let (character, used) = match first {
            '&' => decode(rest.as_bytes()).map_or(('&', 1), |(byte, used)| (char::from(byte), used)),
            _ => (first, first.len_utf8()),
        };
        if !charset.allows(character) {
            let at = start.saturating_add(raw.len().saturating_sub(rest.len()));
            return Err(Fault::new(schema::BAD_CHARACTER, at, at.saturating_add(used)));
        }
        length = length.saturating_add(1);
        rest = rest.get(used..).unwrap_or("");
    }
    Ok(length)
}

/// What the reference whose `&` stood before `piece` stands for, and what follows it.
fn after_reference(piece: &[u8]) -> (Option<u8>, &[u8]) {
    let end = piece.iter().position(|byte| *byte == b';').unwrap_or(piece.len());
    let (name, rest) = piece.split_at_checked(end).unwrap_or((piece, &[]));
    let byte = match name {
        b"amp" => Some(b'&'),
        b"lt" => Some(b'<'),
        b"gt" => Some(b'>'),
        b"quot" => Some(b'"'),
        b"apos" => Some(b'\''),
        b"#10" => Some(b'\n'),
        _ => None,
    };
    (byte, rest.get(1..).unwrap_or(&[]))
}

fn read_decimal(
    text: &str,
    span: Span,
    unknown: Option<Decimal>,
    (min, max, digits): (Decimal, Decimal, u8),
) -> Result<Value, Fault> {
    let value = match Decimal::parse(text.as_bytes()) {
        Ok(value) => value,
        Err(DecimalFault::NotANumber) => return Err(bad(span, says::NOT_DECIMAL)),
        Err(DecimalFault::TooManyDigits) => {
            return Err(fault(schema::OUT_OF_RANGE, span).saying(says::LONG_NUMBER));
        }
    };
    if unknown == Some(value) {
        return Ok(Value::Unknown(value));
    }
    if value < min || value > max {
        return Err(fault(schema::OUT_OF_RANGE, span));
    }
    if value.scale() > digits {
        return Err(fault(schema::OUT_OF_RANGE, span).saying(says::DIGITS));
    }
    Ok(Value::Decimal(value))
}

/// `xs:integer`: an optional sign and digits.
fn read_integer(text: &str, span: Span, min: i64, max: i64) -> Result<Value, Fault> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad(span, says::NOT_INTEGER));
    }
    match text.parse::<i64>() {
        Ok(value) if (min..=max).contains(&value) => Ok(Value::Integer(value)),
        _ => Err(fault(schema::OUT_OF_RANGE, span)),
    }
}

fn fault(code: Code, span: Span) -> Fault {
    Fault { code, span, says: None }
}

fn bad(span: Span, says: &'static str) -> Fault {
    fault(schema::BAD_VALUE, span).saying(says)
}
