//! Single values of JSON, as the interpreter reads them.

use super::super::says;
use super::Walk;
use crate::fault::{Stop, says as common};
use crate::model::Field;
use lockgate_bytes::{Decimal, Span, Time};
use lockgate_reason::{Code, schema};
use lockgate_record::{Kind, Place, TextRef, Value};

/// A value that is neither object nor array, with the place of what it says.
pub(super) enum Single {
    Text(String, Span),
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

    /// Reads a text; gives it without its escapes, and where it stands.
    fn quoted(&mut self, place: Place) -> Result<(String, Span), Stop> {
        self.eat("\"");
        let start = self.at;
        let mut units: Vec<u16> = Vec::new();
        loop {
            let Some(next) = self.rest().chars().next().filter(|next| u32::from(*next) >= 0x20) else {
                return Err(self.unexpected(says::CONTROL, place));
            };
            if next == '"' {
                break;
            }
            if next != '\\' {
                let mut pair = [0_u16; 2];
                units.extend_from_slice(next.encode_utf16(&mut pair));
                self.at = self.at.saturating_add(next.len_utf8());
                continue;
            }
            let first = self
                .escape(self.at)
                .ok_or_else(|| self.here(schema::NOT_WELL_FORMED).saying(says::BAD_ESCAPE).at(place))?;
            let (begun, mut used) = (self.at, first.1);
            units.push(first.0);
            if (0xD800..0xE000).contains(&first.0) {
                // A high half, and its low half in the next escape.
                let second = self.escape(begun.saturating_add(used)).filter(|(unit, length)| {
                    *length == 6 && (0xDC00..0xE000).contains(unit) && first.0 < 0xDC00
                });
                let Some((unit, length)) = second else {
                    return Err(self.here(schema::FORBIDDEN_CONSTRUCT).saying(says::LONE_HALF).at(place));
                };
                units.push(unit);
                used = used.saturating_add(length);
            }
            self.at = begun.saturating_add(used);
        }
        let span = Span::new(start, self.at);
        self.eat("\"");
        Ok((String::from_utf16_lossy(&units), span))
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

    pub(super) fn of_text(&mut self, field: &Field, text: &str, span: Span) -> Read {
        // What stands in the object as it is needs no copy.
        let raw = core::str::from_utf8(span.of(self.text.as_bytes())).unwrap_or("");
        let kept = |walk: &mut Self| {
            if raw == text { TextRef::Source(span) } else { walk.into.record.keep(text.as_bytes()) }
        };
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
                Ok(Value::Text(kept(self)))
            }
            Kind::Code(tree) if tree.allows(text.as_bytes()) => Ok(Value::Code(kept(self))),
            Kind::Code(_) => Err((schema::BAD_VALUE, Some(common::NOT_ALLOWED))),
            Kind::Enum(_) => {
                let index = field.wires.iter().position(|wire| wire == text);
                let index = index.and_then(|index| u16::try_from(index).ok());
                index.map(Value::Enum).ok_or((schema::BAD_VALUE, Some(common::NOT_LISTED)))
            }
            Kind::Time => {
                let time = Time::parse(text.as_bytes());
                time.map(Value::Time).map_err(|_| (schema::BAD_VALUE, Some(common::NOT_TIME)))
            }
            kind => Err((schema::BAD_VALUE, Some(wanted(kind)))),
        }
    }

    pub(super) fn of_number(&mut self, field: &Field, span: Span) -> Read {
        if !matches!(field.kind, Kind::Decimal { .. } | Kind::Integer { .. }) {
            return Err((schema::BAD_VALUE, Some(wanted(&field.kind))));
        }
        let raw = core::str::from_utf8(span.of(self.text.as_bytes())).unwrap_or("");
        let long = (schema::OUT_OF_RANGE, Some(common::LONG_NUMBER));
        let number = written_out(raw).and_then(|text| Decimal::parse(text.as_bytes()).ok()).ok_or(long)?;
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

/// What a value of another kind is not.
pub(super) fn wanted(kind: &Kind) -> &'static str {
    match kind {
        Kind::Decimal { .. } => common::NOT_DECIMAL,
        Kind::Integer { .. } => common::NOT_INTEGER,
        Kind::Flag => common::NOT_FLAG,
        _ => says::NOT_TEXT,
    }
}

/// A number without its exponent; `None` where that would take more than 64 characters.
fn written_out(raw: &str) -> Option<String> {
    let (sign, rest) = raw.strip_prefix('-').map_or(("", raw), |rest| ("-", rest));
    let (number, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{part}");
    let kept = digits.trim_start_matches('0').trim_end_matches('0');
    if kept.is_empty() {
        return Some("0".to_owned());
    }
    let before = digits.len().saturating_sub(digits.trim_start_matches('0').len());
    // An exponent that no number holds is as good as any that is too large.
    let exponent =
        exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') { -999_999 } else { 999_999 });
    let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
    // Digits of `kept` that stand before the point.
    let point =
        length(whole).saturating_add(exponent).saturating_sub(i64::try_from(before).unwrap_or(i64::MAX));
    if !(-64..=64).contains(&point) || kept.len() > 64 {
        return None;
    }
    let zeros = |many: i64| "0".repeat(usize::try_from(many.max(0)).unwrap_or(0));
    let at = usize::try_from(point.max(0)).unwrap_or(0).min(kept.len());
    let (ahead, behind) = kept.split_at_checked(at)?;
    let grown = zeros(point.saturating_sub(length(kept)));
    let shrunk = zeros(point.saturating_neg());
    Some(format!("{sign}{ahead}{grown}.{shrunk}{behind}").trim_end_matches('.').to_owned())
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
            assert_eq!(written_out(raw).as_deref(), Some(says), "{raw}");
        }
        assert_eq!(written_out("1e99999999999999999999"), None);
        assert_eq!(written_out("1e-400"), None);
    }
}
