//! Single values of JSON, as the interpreter reads them.

use super::super::says;
use super::Walk;
use crate::fault::{Stop, says as common};
use crate::model::Field;
use crate::same::Same;
use crate::stamp::{Stamp, plain as stamp};
use lockgate_bytes::{Decimal, Span, Time};
use lockgate_reason::{Code, schema};
use lockgate_record::{Kind, Place, TextRef, Value};
use std::fmt::Write as _;

/// A value that is neither object nor array, with the place of what it says.
pub(super) enum Single {
    Text(TextRef, Span),
    Number(Span),
    Word(&'static str, Span),
}

impl Walk<'_, '_> {
    pub(super) fn single(&mut self, place: Place) -> Result<Single, Stop> {
        let start = self.at;
        if self.next_is('"') {
            let (text, span) = self.quoted(place)?;
            return Ok(Single::Text(text, span));
        }
        for word in ["true", "false", "null"] {
            if self.eat(word) {
                return Ok(Single::Word(word, Span::new(start, self.at)));
            }
        }
        if !self.rest().starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Err(self.unexpected(says::NO_VALUE, place));
        }
        self.eat("-");
        if !self.eat("0") {
            self.digits(place)?;
        }
        if self.eat(".") {
            self.digits(place)?;
        }
        if self.eat("e") || self.eat("E") {
            if !self.eat("+") {
                self.eat("-");
            }
            self.digits(place)?;
        }
        Ok(Single::Number(Span::new(start, self.at)))
    }

    fn digits(&mut self, place: Place) -> Result<(), Stop> {
        let many = self.rest().chars().take_while(char::is_ascii_digit).count();
        if many == 0 {
            return Err(self.unexpected(says::NO_DIGIT, place));
        }
        self.at = self.at.saturating_add(many);
        Ok(())
    }

    /// Reads a text; gives where it is kept without its escapes, and where it stands. Without an escape it is kept nowhere
    /// else.
    fn quoted(&mut self, place: Place) -> Result<(TextRef, Span), Stop> {
        self.eat("\"");
        let (start, kept) = (self.at, self.into.record.scratch_len());
        let mut escaped = false;
        loop {
            let Some(next) = self.rest().chars().next().filter(|next| u32::from(*next) >= 0x20) else {
                return Err(self.unexpected(says::CONTROL, place));
            };
            if next == '"' {
                break;
            }
            let character = if next == '\\' {
                if !escaped {
                    escaped = true;
                    let before = self.text.get(start..self.at).unwrap_or("");
                    self.into.record.keep(before.as_bytes());
                }
                self.escaped(place)?
            } else {
                self.at = self.at.saturating_add(next.len_utf8());
                next
            };
            if escaped {
                self.into.record.keep(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        let span = Span::new(start, self.at);
        self.eat("\"");
        let text = if escaped {
            TextRef::Scratch(Span::new(kept, self.into.record.scratch_len()))
        } else {
            TextRef::Source(span)
        };
        Ok((text, span))
    }

    /// True where the text at `span`, which is `kept` without its escapes, has each escape that it needs, in its shortest
    /// form, and no other.
    pub(super) fn is_written(&self, kept: TextRef, span: Span) -> bool {
        let bytes = self.into.record.text(kept, self.text.as_bytes());
        let mut written = Same::as_what_is_in(span.of(self.text.as_bytes()));
        let text = core::str::from_utf8(bytes).unwrap_or("");
        let wrote = text.chars().try_for_each(|character| match character {
            '"' => written.write_str("\\\""),
            '\\' => written.write_str("\\\\"),
            '\u{8}' => written.write_str("\\b"),
            '\t' => written.write_str("\\t"),
            '\n' => written.write_str("\\n"),
            '\u{c}' => written.write_str("\\f"),
            '\r' => written.write_str("\\r"),
            control if control < ' ' => write!(written, "\\u{:04x}", u32::from(control)),
            other => written.write_char(other),
        });
        wrote.is_ok() && written.is_all()
    }

    /// The character that an escape, or the two of a pair, stand for.
    fn escaped(&mut self, place: Place) -> Result<char, Stop> {
        let bad = |walk: &Self| walk.here(schema::NOT_WELL_FORMED).saying(says::BAD_ESCAPE).at(place);
        let (first, length) = self.escape(self.at).ok_or_else(|| bad(self))?;
        let lone = self.here(schema::FORBIDDEN_CONSTRUCT).saying(says::LONE_HALF).at(place);
        let behind = self.at.saturating_add(length);
        let (units, used) = match self.escape(behind) {
            // A high half, and its low half in the next escape.
            Some((second, 6)) if (0xD800..0xDC00).contains(&first) => ([first, second], 12),
            _ => ([first, 0], length),
        };
        let count = if used == 12 { 2 } else { 1 };
        let mut read = char::decode_utf16(units.into_iter().take(count));
        let character = read.next().and_then(Result::ok).ok_or(lone)?;
        self.at = self.at.saturating_add(used);
        Ok(character)
    }

    /// The unit of UTF-16 that the escape at `at` stands for, and its length.
    fn escape(&self, at: usize) -> Option<(u16, usize)> {
        let rest = self.text.get(at..)?.strip_prefix('\\')?;
        let kind = rest.chars().next()?;
        if kind == 'u' {
            let digits =
                rest.get(1..5).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            return u16::from_str_radix(digits, 16).ok().map(|unit| (unit, 6));
        }
        let known =
            [('"', 0x22), ('\\', 0x5C), ('/', 0x2F), ('b', 8), ('f', 12), ('n', 10), ('r', 13), ('t', 9)];
        known.iter().find(|(letter, _)| *letter == kind).map(|(_, unit)| (*unit, 2))
    }

    pub(super) fn of_text(&self, field: &Field, kept: TextRef) -> Read {
        let bytes = self.into.record.text(kept, self.text.as_bytes());
        let text = core::str::from_utf8(bytes).unwrap_or("");
        match &field.kind {
            Kind::Text { min, max, charset } => {
                let begins = text.chars().next().is_none_or(|character| charset.begins(character));
                if !begins || text.chars().any(|character| !charset.allows(character)) {
                    return Err((schema::BAD_CHARACTER, None));
                }
                let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                if !(*min..=*max).contains(&count) {
                    return Err((schema::BAD_LENGTH, None));
                }
                if field.form.as_ref().is_some_and(|form| !form.fits(text.as_bytes())) {
                    return Err((schema::BAD_VALUE, Some(common::NOT_FORM)));
                }
                Ok(Value::Text(kept))
            }
            Kind::Code(tree) if tree.allows(text.as_bytes()) => Ok(Value::Code(kept)),
            Kind::Code(_) => Err((schema::BAD_VALUE, Some(common::NOT_ALLOWED))),
            Kind::Enum(_) => {
                let index = field.wires.iter().position(|wire| wire == text);
                let index = index.and_then(|index| u16::try_from(index).ok());
                index.map(Value::Enum).ok_or((schema::BAD_VALUE, Some(common::NOT_LISTED)))
            }
            Kind::Time | Kind::Decimal { .. } if quoted_stamp(field).is_some() => {
                let clock = matches!(field.kind, Kind::Decimal { .. });
                let says = if clock { common::NOT_CLOCK } else { common::NOT_TIME };
                let read = quoted_stamp(field).and_then(|stamp| stamp::of_text(stamp, text));
                read.ok_or((schema::BAD_VALUE, Some(says)))
            }
            Kind::Time if field.stamp.is_none() => {
                let time = Time::parse(text.as_bytes()).ok();
                time.map(Value::Time).ok_or((schema::BAD_VALUE, Some(common::NOT_TIME)))
            }
            _ => Err((schema::BAD_VALUE, Some(wanted(field)))),
        }
    }

    pub(super) fn of_number(&mut self, field: &Field, span: Span) -> Read {
        let counted = field.stamp.as_ref().filter(|_| quoted_stamp(field).is_none());
        let number = matches!(field.kind, Kind::Decimal { .. } | Kind::Integer { .. });
        if counted.is_none() && (!number || field.stamp.is_some()) {
            return Err((schema::BAD_VALUE, Some(wanted(field))));
        }
        let text = self.text;
        let raw = core::str::from_utf8(span.of(text.as_bytes())).unwrap_or("");
        let long = (schema::OUT_OF_RANGE, Some(common::LONG_NUMBER));
        let number = written_out(raw).and_then(|text| Decimal::parse(text.bytes()).ok()).ok_or(long)?;
        if let Some(counted) = counted {
            self.exact &= Same::is(number, raw.as_bytes());
            return stamp::of_number(counted, number).map_err(|says| (schema::OUT_OF_RANGE, says));
        }
        match &field.kind {
            Kind::Integer { .. } if number.scale() > 0 => Err((schema::BAD_VALUE, Some(common::NOT_INTEGER))),
            Kind::Integer { min, max } => {
                let whole = number.mantissa();
                let fits = (*min..=*max).contains(&whole);
                if fits { Ok(Value::Integer(whole)) } else { Err((schema::OUT_OF_RANGE, None)) }
            }
            Kind::Decimal { .. } if field.unknown == Some(number) => Ok(Value::Unknown(number)),
            Kind::Decimal { min, max, .. } if number < *min || number > *max => {
                Err((schema::OUT_OF_RANGE, None))
            }
            Kind::Decimal { digits, .. } if number.scale() > *digits => {
                Err((schema::OUT_OF_RANGE, Some(common::DIGITS)))
            }
            _ => Ok(Value::Decimal(number)),
        }
    }
}

/// A value, or what is wrong with it.
pub(super) type Read = Result<Value, (Code, Option<&'static str>)>;

/// How a time in quotes is written, where not as RFC 3339 does.
fn quoted_stamp(field: &Field) -> Option<&Stamp> {
    field.stamp.as_ref().filter(|stamp| matches!(stamp, Stamp::Form(_) | Stamp::Clock(_)))
}

/// What a value of another kind is not.
pub(super) fn wanted(field: &Field) -> &'static str {
    match &field.kind {
        Kind::Decimal { .. } | Kind::Time if field.stamp.is_some() && quoted_stamp(field).is_none() => {
            common::NOT_DECIMAL
        }
        Kind::Decimal { .. } if field.stamp.is_none() => common::NOT_DECIMAL,
        Kind::Integer { .. } => common::NOT_INTEGER,
        Kind::Flag => common::NOT_FLAG,
        _ => says::NOT_TEXT,
    }
}

/// Most digits of a number between its outer zeros, and most places by which its point stands away from them.
const DIGITS: usize = 64;

/// A number as it is written without an exponent.
struct Written {
    bytes: [u8; 3 * DIGITS],
    used: usize,
}

impl Written {
    fn put(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.used) {
            *place = byte;
            self.used = self.used.saturating_add(1);
        }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or(&[])
    }
}

/// A number without its exponent; `None` where that would take too many characters.
fn written_out(raw: &str) -> Option<Written> {
    let (minus, rest) = raw.strip_prefix('-').map_or((false, raw), |rest| (true, rest));
    let (number, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = || whole.bytes().chain(part.bytes());
    let mut written = Written { bytes: [0; 3 * DIGITS], used: 0 };
    let Some(before) = digits().position(|digit| digit != b'0') else {
        written.put(b'0');
        return Some(written);
    };
    let behind = digits().rev().position(|digit| digit != b'0')?;
    let kept = whole.len().checked_add(part.len())?.checked_sub(before)?.checked_sub(behind)?;
    // An exponent that no number holds is as good as any that is too large.
    let far = if exponent.starts_with('-') { -999_999 } else { 999_999 };
    let exponent = exponent.parse::<i64>().unwrap_or(far);
    // Digits that are kept and stand before the point.
    let point = i64::try_from(whole.len()).ok()?.saturating_add(exponent);
    let point = point.saturating_sub(i64::try_from(before).ok()?);
    if !(-64..=64).contains(&point) || kept > DIGITS {
        return None;
    }
    let many = |zeros: i64| usize::try_from(zeros.max(0)).unwrap_or(0);
    let ahead = many(point);
    if minus {
        written.put(b'-');
    }
    let mut kept_digits = digits().skip(before).take(kept);
    (&mut kept_digits).take(ahead).for_each(|digit| written.put(digit));
    (0..ahead.saturating_sub(kept)).for_each(|_| written.put(b'0'));
    if ahead < kept {
        written.put(b'.');
        (0..many(point.saturating_neg())).for_each(|_| written.put(b'0'));
        kept_digits.for_each(|digit| written.put(digit));
    }
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::written_out;

    #[test]
    fn exponents_are_written_out() {
        for (raw, says) in [
            ("0", "0"),
            ("-0.0e9", "0"),
            ("12.50", "12.5"),
            ("-1e3", "-1000"),
            ("1.25e1", "12.5"),
            ("1.25E+2", "125"),
            ("5e-3", ".005"),
            ("0.05e-1", ".005"),
            ("100", "100"),
        ] {
            let written = written_out(raw).unwrap();
            assert_eq!(core::str::from_utf8(written.bytes()).unwrap(), says, "{raw}");
        }
        for raw in ["1e99999999999999999999", "1e-400", "1e64", "9e-66"] {
            assert!(written_out(raw).is_none(), "{raw}");
        }
        assert!(written_out("9e-65").is_some());
    }
}
