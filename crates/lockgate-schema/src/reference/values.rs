//! How the reference interpreter reads a value, kind by kind.

use super::Walk;
use super::characters::{all_in_names, all_plain, decode};
use super::exact;
use crate::carried::{self, From};
use crate::fault::{Fault, says};
use crate::model::Field;
use crate::prolog;
use crate::stamp::plain as stamp;
use lockgate_bytes::{Decimal, DecimalFault, Span, Time};
use lockgate_core::OpenText;
use lockgate_reason::{Code, framing, schema};
use lockgate_record::{Block, Charset, Kind, Place, TextRef, Value};

impl<'a> Walk<'a, '_, '_> {
    /// Reads the value at `span` into its cell; what is wrong with it becomes a reason, and the cell stays empty. Where it
    /// is `plain`, each of its bytes is a character and stands for itself; otherwise it may be anything.
    #[inline(always)]
    pub(super) fn value(&mut self, field: &Field, block: Block, place: Place, span: Span, plain: bool) {
        match &field.kind {
            // Most are like that.
            Kind::Text { min, max, charset }
                if plain
                    && holds_ascii(*charset)
                    && field.form.is_none()
                    && u32::try_from(span.len()).is_ok_and(|length| (*min..=*max).contains(&length)) =>
            {
                let text = TextRef::Source(span);
                self.keep_text(field, block, place, span, Value::Text(text), text);
            }
            _ => self.any_value(field, block, place, span, plain),
        }
    }

    /// The same of any value.
    fn any_value(&mut self, field: &Field, block: Block, place: Place, span: Span, plain: bool) {
        if let Some(of) = &field.carried {
            if self.budget.spend(carried::price(span)).is_err() {
                let over = fault(framing::OVER_BUDGET, span);
                return self.into.reasons.push(over.reason(place));
            }
            if self.is_quoted(span)
                && let Some(at) = self.text_of(span).find('\n')
            {
                let at = usize::try_from(span.start).unwrap_or(usize::MAX).saturating_add(at);
                let fault = Fault::new(schema::BAD_CHARACTER, at, at.saturating_add(1));
                return self.into.reasons.push(fault.reason(place));
            }
            let text = self.decoded(span);
            let from = From { object: self.tokens.bytes, text, span, block, slot: field.slot, place };
            self.tokens.exact &= of.reference(from, self.into);
            return;
        }
        let raw = span.of(self.tokens.bytes);
        let kept = match &field.kind {
            Kind::Text { min, max, charset } => self
                .read_text(field, span, *charset, (*min, *max), plain)
                .map(|text| self.keep_text(field, block, place, span, Value::Text(text), text)),
            Kind::Code(tree) if tree.allows(raw) => {
                let text = TextRef::Source(span);
                self.keep_text(field, block, place, span, Value::Code(text), text);
                Ok(())
            }
            Kind::Code(_) => Err(bad(span, says::NOT_ALLOWED)),
            Kind::Enum(_) => {
                self.read_listed(field, span).map(|index| self.keep(field, block, span, Value::Enum(index)))
            }
            Kind::Decimal { .. } | Kind::Time if field.stamp.is_some() => {
                self.read_stamp(field, span).map(|value| self.keep(field, block, span, value))
            }
            Kind::Decimal { min, max, digits } => match self.read_number(raw, span) {
                Ok(value) if field.unknown == Some(value) => {
                    self.keep(field, block, span, Value::Unknown(value));
                    Ok(())
                }
                Ok(value) => in_range(value, span, (*min, *max, *digits))
                    .map(|()| self.keep(field, block, span, Value::Decimal(value))),
                Err(fault) => Err(fault),
            },
            Kind::Integer { min, max } => {
                self.tokens.exact &= exact::is_number(raw);
                read_integer(self.text_of(span), span, *min, *max)
                    .map(|value| self.keep(field, block, span, Value::Integer(value)))
            }
            Kind::Flag => {
                self.tokens.exact &= matches!(raw, b"true" | b"false");
                read_flag(raw, span).map(|flag| self.keep(field, block, span, Value::Flag(flag)))
            }
            Kind::Time => match Time::parse(raw) {
                Ok(time) => {
                    self.tokens.exact &= exact::is_time(raw);
                    self.keep(field, block, span, Value::Time(time));
                    Ok(())
                }
                Err(_) => Err(bad(span, says::NOT_TIME)),
            },
        };
        if let Err(fault) = kept {
            self.into.reasons.push(fault.reason(place));
        }
    }

    /// Reads a time of day, or an instant that is not written as RFC 3339 does.
    fn read_stamp(&mut self, field: &Field, span: Span) -> Result<Value, Fault> {
        let (raw, text) = (span.of(self.tokens.bytes), self.text_of(span));
        match field.stamp.as_ref() {
            Some(stamp) if stamp.is_number() => {
                let number = self.read_number(raw, span)?;
                stamp::of_number(stamp, number)
                    .map_err(|says| Fault { says, ..fault(schema::OUT_OF_RANGE, span) })
            }
            stamp => stamp.and_then(|stamp| stamp::of_text(stamp, text)).ok_or_else(|| {
                let clock = matches!(field.kind, Kind::Decimal { .. });
                bad(span, if clock { says::NOT_CLOCK } else { says::NOT_TIME })
            }),
        }
    }

    fn read_number(&mut self, raw: &[u8], span: Span) -> Result<Decimal, Fault> {
        self.tokens.exact &= exact::is_number(raw);
        read_decimal(raw, span)
    }

    #[inline]
    fn keep(&mut self, field: &Field, block: Block, span: Span, value: Value) {
        self.into.record.fill(block, field.slot, value, span);
    }

    /// Keeps a text, and shows it to the word scan.
    #[inline]
    fn keep_text(
        &mut self,
        field: &Field,
        block: Block,
        place: Place,
        span: Span,
        value: Value,
        text: TextRef,
    ) {
        self.keep(field, block, span, value);
        if field.scanned {
            self.into.open_texts.push(OpenText { place, text, span, free: field.free });
        }
    }

    pub(super) fn text_of(&self, span: Span) -> &'a str {
        prolog::text_at(self.tokens.bytes, span)
    }

    /// True where the value stands between quotes, which is what attributes do.
    fn is_quoted(&self, span: Span) -> bool {
        let before = usize::try_from(span.start).ok().and_then(|start| start.checked_sub(1));
        matches!(before.and_then(|at| self.tokens.bytes.get(at)), Some(b'"' | b'\''))
    }

    fn read_text(
        &mut self,
        field: &Field,
        span: Span,
        charset: Charset,
        (min, max): (u32, u32),
        known: bool,
    ) -> Result<TextRef, Fault> {
        // Most texts are plain from end to end: then each byte is a character.
        let start = usize::try_from(span.start).unwrap_or(usize::MAX);
        let rest = self.tokens.bytes.get(start..).unwrap_or(&[]);
        let plain = match charset {
            // The colon is one of these too, but rare.
            Charset::Token => all_in_names(rest, span.len()),
            Charset::Hex | Charset::Ncname => false,
            Charset::Ascii | Charset::Printable | Charset::Multiline => known || all_plain(rest, span.len()),
        };
        let length = if plain {
            u32::try_from(span.len()).unwrap_or(u32::MAX)
        } else {
            count(self.text_of(span), span, charset, self.is_quoted(span))?
        };
        if length < min || length > max {
            return Err(fault(schema::BAD_LENGTH, span));
        }
        let text = if plain { TextRef::Source(span) } else { self.decoded(span) };
        if let Some(form) = &field.form
            && !form.fits(self.into.record.text(text, self.tokens.bytes))
        {
            return Err(bad(span, says::NOT_FORM));
        }
        Ok(text)
    }

    fn read_listed(&mut self, field: &Field, span: Span) -> Result<u16, Fault> {
        let text = self.decoded(span);
        let text = self.into.record.text(text, self.tokens.bytes);
        let index = field.wires.iter().position(|wire| wire.as_bytes() == text);
        let index = index.and_then(|index| u16::try_from(index).ok());
        index.ok_or_else(|| bad(span, says::NOT_LISTED))
    }

    /// The text as it reads once its references are replaced; kept only where there are any.
    fn decoded(&mut self, span: Span) -> TextRef {
        let raw = span.of(self.tokens.bytes);
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

/// True where the set holds all of printable ASCII.
fn holds_ascii(charset: Charset) -> bool {
    match charset {
        Charset::Ascii | Charset::Printable | Charset::Multiline => true,
        Charset::Token | Charset::Ncname | Charset::Hex => false,
    }
}

/// The number of characters of `raw` once decoded, all of them of `charset`. A line break that stands in a `quoted` value is
/// none of any set: XML 1.0, 3.3.3, makes a blank of it, and only a reference stays what it is.
fn count(raw: &str, span: Span, charset: Charset, quoted: bool) -> Result<u32, Fault> {
    let start = usize::try_from(span.start).unwrap_or(usize::MAX);
    let (mut length, mut rest) = (0_u32, raw);
    while let Some(first) = rest.chars().next() {
        let (character, used) = match first {
            '&' => decode(rest.as_bytes()).map_or(('&', 1), |(byte, used)| (char::from(byte), used)),
            _ => (first, first.len_utf8()),
        };
        let fits = if length == 0 { charset.begins(character) } else { charset.allows(character) };
        if !fits || (quoted && first == '\n') {
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

fn read_decimal(text: &[u8], span: Span) -> Result<Decimal, Fault> {
    Decimal::parse(text).map_err(|wrong| match wrong {
        DecimalFault::NotANumber => bad(span, says::NOT_DECIMAL),
        DecimalFault::TooManyDigits => fault(schema::OUT_OF_RANGE, span).saying(says::LONG_NUMBER),
    })
}

fn in_range(value: Decimal, span: Span, (min, max, digits): (Decimal, Decimal, u8)) -> Result<(), Fault> {
    if value < min || value > max {
        return Err(fault(schema::OUT_OF_RANGE, span));
    }
    if value.scale() > digits {
        return Err(fault(schema::OUT_OF_RANGE, span).saying(says::DIGITS));
    }
    Ok(())
}

fn read_flag(text: &[u8], span: Span) -> Result<bool, Fault> {
    match text {
        b"true" | b"True" | b"1" => Ok(true),
        b"false" | b"False" | b"0" => Ok(false),
        _ => Err(bad(span, says::NOT_FLAG)),
    }
}

/// `xs:integer`: an optional sign and digits.
fn read_integer(text: &str, span: Span, min: i64, max: i64) -> Result<i64, Fault> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad(span, says::NOT_INTEGER));
    }
    match text.parse::<i64>() {
        Ok(value) if (min..=max).contains(&value) => Ok(value),
        _ => Err(fault(schema::OUT_OF_RANGE, span)),
    }
}

fn fault(code: Code, span: Span) -> Fault {
    Fault { code, span, says: None }
}

fn bad(span: Span, says: &'static str) -> Fault {
    fault(schema::BAD_VALUE, span).saying(says)
}
