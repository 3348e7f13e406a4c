//! Single values of JSON, as the compiled reader reads them.

use super::super::emit::is_escaped;
use super::super::says;
use super::Run;
use crate::carried::From;
use crate::emit::value::{is_exact_time, is_written};
use crate::fault::{Fault, says as common};
use crate::model::Field;
use lockgate_bytes::{Decimal, Span, Time};
use lockgate_core::OpenText;
use lockgate_reason::{Code, schema};
use lockgate_record::{Block, Kind, Place, TextRef, Value};

/// A single value as it stands in the object.
#[derive(Clone, Copy)]
pub(super) enum Token {
    /// What stands between the quotes; true where it has escapes.
    Text(Span, bool),
    Number(Span),
    Flag(bool, Span),
    Null(Span),
}

impl<'a> Run<'a, '_> {
    /// Reads a single value; what is wrong with it becomes a reason, and the reading goes on.
    pub(super) fn value(&mut self, field: &'a Field, block: Block, place: Place) -> Option<()> {
        if matches!(self.peek(), Some(b'{' | b'[')) {
            let fault = Fault::new(schema::BAD_VALUE, self.at, self.at.wrapping_add(1));
            return self.stop(fault.saying(says::NOT_SCALAR), place);
        }
        let token = self.token(place)?;
        if let (Token::Text(span, escaped), Some(carried)) = (token, &field.carried) {
            let text = if escaped { self.decoded(span) } else { TextRef::Source(span) };
            let from = From { object: self.bytes, text, span, block, slot: field.slot, place };
            self.exact &= carried.compiled(from, self.into);
            return Some(());
        }
        let (read, span) = match (token, &field.kind) {
            (Token::Null(span), _) => (Err(bad(span, says::NULL)), span),
            (Token::Number(span), _) if is_bare(field) && field.kind != Kind::Flag => {
                (self.number(field, span), span)
            }
            (Token::Flag(flag, span), Kind::Flag) => (Ok(Value::Flag(flag)), span),
            (Token::Text(span, escaped), _) if !is_bare(field) => (self.text(field, span, escaped), span),
            (Token::Text(span, _) | Token::Number(span) | Token::Flag(_, span), _) => {
                (Err(bad(span, no(field))), span)
            }
        };
        match read {
            Ok(value) => {
                self.into.record.fill(block, field.slot, value, span);
                if let (Value::Text(text) | Value::Code(text), true) = (value, field.scanned) {
                    self.into.open_texts.push(OpenText { place, text, span, free: field.free });
                }
            }
            Err(fault) => self.into.reasons.push(fault.reason(place)),
        }
        Some(())
    }

    pub(super) fn token(&mut self, place: Place) -> Option<Token> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                self.step();
                let (span, escaped) = self.string(place)?;
                self.exact &= !escaped || is_escaped(span.of(self.bytes));
                Some(Token::Text(span, escaped))
            }
            Some(b'-' | b'0'..=b'9') => {
                self.digits_of_number(place)?;
                Some(Token::Number(Span::new(start, self.at)))
            }
            Some(b't' | b'f' | b'n') => {
                for (word, flag) in [(&b"true"[..], Some(true)), (b"false", Some(false)), (b"null", None)] {
                    if self.bytes.get(start..).is_some_and(|rest| rest.starts_with(word)) {
                        self.at = start.wrapping_add(word.len());
                        let span = Span::new(start, self.at);
                        return Some(flag.map_or(Token::Null(span), |flag| Token::Flag(flag, span)));
                    }
                }
                self.broken(says::NO_VALUE, place)
            }
            _ => self.broken(says::NO_VALUE, place),
        }
    }

    /// Reads a text behind its first quote; gives what stands between the quotes, and whether it has escapes.
    fn string(&mut self, place: Place) -> Option<(Span, bool)> {
        let (start, mut escaped) = (self.at, false);
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    let used = match escape(self.bytes.get(self.at..).unwrap_or(&[])) {
                        Ok((_, used)) => used,
                        Err(code) => return self.bad_escape(code, place),
                    };
                    self.at = self.at.wrapping_add(used);
                }
                None | Some(0..=0x1F) => return self.broken(says::CONTROL, place),
                Some(_) => self.step(),
            }
        }
        let span = Span::new(start, self.at);
        self.step();
        Some((span, escaped))
    }

    #[cold]
    fn bad_escape<T>(&mut self, code: Code, place: Place) -> Option<T> {
        let says = if code == schema::FORBIDDEN_CONSTRUCT { says::LONE_HALF } else { says::BAD_ESCAPE };
        self.stop(Fault::new(code, self.at, self.at.wrapping_add(1)).saying(says), place)
    }

    /// Skips a number: RFC 8259, section 6.
    fn digits_of_number(&mut self, place: Place) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.step();
        }
        if self.peek() == Some(b'0') {
            self.step();
        } else {
            self.digits(place)?;
        }
        if self.peek() == Some(b'.') {
            self.step();
            self.digits(place)?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.step();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.step();
            }
            self.digits(place)?;
        }
        Some(())
    }

    fn digits(&mut self, place: Place) -> Option<()> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.broken(says::NO_DIGIT, place);
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.step();
        }
        Some(())
    }

    fn number(&mut self, field: &Field, span: Span) -> Result<Value, Fault> {
        let raw = span.of(self.bytes);
        let long = || Fault { code: schema::OUT_OF_RANGE, span, says: Some(common::LONG_NUMBER) };
        let number = exact(raw).ok_or_else(long)?;
        self.exact &= is_written(raw, number.mantissa(), usize::from(number.scale()));
        let out_of_range = Fault { code: schema::OUT_OF_RANGE, span, says: None };
        if let Some(stamp) = &field.stamp {
            return stamp.of_number(number).map_err(|says| Fault { says, ..out_of_range });
        }
        match &field.kind {
            Kind::Integer { min, max } => match (number.scale(), number.mantissa()) {
                (0, whole) if (*min..=*max).contains(&whole) => Ok(Value::Integer(whole)),
                (0, _) => Err(out_of_range),
                _ => Err(bad(span, common::NOT_INTEGER)),
            },
            Kind::Decimal { min, max, digits } => {
                if field.unknown == Some(number) {
                    return Ok(Value::Unknown(number));
                }
                if number < *min || number > *max {
                    return Err(out_of_range);
                }
                let fine = number.scale() <= *digits;
                if fine { Ok(Value::Decimal(number)) } else { Err(out_of_range.saying(common::DIGITS)) }
            }
            _ => Err(bad(span, common::NOT_DECIMAL)),
        }
    }

    fn text(&mut self, field: &Field, span: Span, escaped: bool) -> Result<Value, Fault> {
        let text = if escaped { self.decoded(span) } else { TextRef::Source(span) };
        let bytes = self.into.record.text(text, self.bytes);
        match &field.kind {
            Kind::Text { min, max, charset } => {
                let characters = core::str::from_utf8(bytes).unwrap_or("");
                let mut count = 0_u32;
                for character in characters.chars() {
                    let first = count == 0;
                    let fits = if first { charset.begins(character) } else { charset.allows(character) };
                    if !fits {
                        return Err(Fault { code: schema::BAD_CHARACTER, span, says: None });
                    }
                    count = count.saturating_add(1);
                }
                if count < *min || count > *max {
                    return Err(Fault { code: schema::BAD_LENGTH, span, says: None });
                }
                match &field.form {
                    Some(form) if !form.fits(bytes) => Err(bad(span, common::NOT_FORM)),
                    _ => Ok(Value::Text(text)),
                }
            }
            Kind::Code(tree) if tree.allows(bytes) => Ok(Value::Code(text)),
            Kind::Code(_) => Err(bad(span, common::NOT_ALLOWED)),
            Kind::Enum(_) => {
                let index = field.wires.iter().position(|wire| wire.as_bytes() == bytes);
                let index = index.and_then(|index| u16::try_from(index).ok());
                index.map(Value::Enum).ok_or_else(|| bad(span, common::NOT_LISTED))
            }
            kind if let Some(stamp) = &field.stamp => {
                let clock = matches!(kind, Kind::Decimal { .. });
                let says = if clock { common::NOT_CLOCK } else { common::NOT_TIME };
                stamp.of_text(bytes).ok_or_else(|| bad(span, says))
            }
            _ => match Time::parse(bytes) {
                Ok(time) => {
                    self.exact &= is_exact_time(bytes);
                    Ok(Value::Time(time))
                }
                Err(_) => Err(bad(span, common::NOT_TIME)),
            },
        }
    }

    /// The text without its escapes, kept in the record.
    fn decoded(&mut self, span: Span) -> TextRef {
        let mut rest = span.of(self.bytes);
        let start = self.into.record.scratch_len();
        while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
            let (plain, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            self.into.record.keep(plain);
            let Ok((character, used)) = escape(after) else { break };
            let mut bytes = [0_u8; 4];
            self.into.record.keep(character.encode_utf8(&mut bytes).as_bytes());
            rest = after.get(used..).unwrap_or(&[]);
        }
        self.into.record.keep(rest);
        TextRef::Scratch(Span::new(start, self.into.record.scratch_len()))
    }
}

/// The character that the escape at the head of `text` stands for, and its length. A lone half of a pair is forbidden,
/// anything else is broken.
fn escape(text: &[u8]) -> Result<(char, usize), Code> {
    let character = match text.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let first = unit(text, 2).ok_or(schema::NOT_WELL_FORMED)?;
            if let Some(character) = char::from_u32(first) {
                return Ok((character, 6));
            }
            let second = text.get(6..8).filter(|next| next == b"\\u").and_then(|_| unit(text, 8));
            let high = first.wrapping_sub(0xD800);
            let low = second.map(|second| second.wrapping_sub(0xDC00)).filter(|low| *low < 0x400);
            let whole = low
                .filter(|_| high < 0x400)
                .and_then(|low| char::from_u32((high << 10 | low).wrapping_add(0x1_0000)));
            return whole.map(|whole| (whole, 12)).ok_or(schema::FORBIDDEN_CONSTRUCT);
        }
        _ => return Err(schema::NOT_WELL_FORMED),
    };
    Ok((character, 2))
}

/// Four hexadecimal digits.
fn unit(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at..at.checked_add(4)?)?;
    digits.iter().try_fold(0_u32, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// The number that is written, exactly; `None` where it has more than 18 digits.
fn exact(raw: &[u8]) -> Option<Decimal> {
    let (negative, mut mantissa, mut zeros, mut scale) = (raw.first() == Some(&b'-'), 0_i64, 0_i64, 0_i64);
    let mut behind = false;
    let mut rest = raw.get(usize::from(negative)..)?;
    while let Some((byte, after)) = rest.split_first() {
        match byte {
            b'.' => behind = true,
            b'e' | b'E' => {
                scale = scale.saturating_sub(exponent(after));
                break;
            }
            digit => {
                scale = scale.saturating_add(i64::from(behind));
                if *digit == b'0' {
                    zeros = zeros.saturating_add(1);
                } else {
                    let factor = power(if mantissa == 0 { 0 } else { zeros.saturating_add(1) })?;
                    mantissa =
                        mantissa.checked_mul(factor)?.checked_add(i64::from(digit.wrapping_sub(b'0')))?;
                    zeros = 0;
                }
            }
        }
        rest = after;
    }
    if mantissa == 0 {
        return Some(Decimal::ZERO);
    }
    // Zeros at the end were not counted in.
    let scale = scale.saturating_sub(zeros);
    if scale <= 0 {
        mantissa = mantissa.checked_mul(power(scale.saturating_neg())?)?;
    }
    let signed = if negative { mantissa.checked_neg()? } else { mantissa };
    Decimal::new(signed, u8::try_from(scale.max(0)).ok()?)
}

/// An exponent behind its `e`; far beyond what counts it need not be exact.
fn exponent(text: &[u8]) -> i64 {
    let negative = text.first() == Some(&b'-');
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let value = digits.fold(0_i64, |value, digit| {
        value.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0'))).min(1 << 40)
    });
    if negative { value.saturating_neg() } else { value }
}

fn power(of: i64) -> Option<i64> {
    10_i64.checked_pow(u32::try_from(of).ok()?)
}

/// True for values that stand without quotes.
fn is_bare(field: &Field) -> bool {
    match &field.stamp {
        Some(stamp) => stamp.is_number(),
        None => matches!(field.kind, Kind::Decimal { .. } | Kind::Integer { .. } | Kind::Flag),
    }
}

/// What a value of another kind is not.
fn no(field: &Field) -> &'static str {
    match &field.kind {
        Kind::Decimal { .. } | Kind::Time if is_bare(field) => common::NOT_DECIMAL,
        Kind::Integer { .. } => common::NOT_INTEGER,
        Kind::Flag => common::NOT_FLAG,
        _ => says::NOT_TEXT,
    }
}

fn bad(span: Span, says: &'static str) -> Fault {
    Fault { code: schema::BAD_VALUE, span, says: Some(says) }
}
