//! How a value is read as each kind, and what is said where it is another.

use lockgate_bytes::{Decimal, Duration, Span, Time};

use crate::codes;
use crate::quantity::{parse_per_second, parse_rate, parse_size, parse_time_from, parse_time_until};
use crate::{At, DiagnosticCode, FieldName, Fields, Name, Value, ValueKind, closest};

impl<'n> Fields<'n, '_> {
    pub(crate) fn texts(
        &mut self,
        what: &str,
        read: impl Fn(&mut Self, &'n Value, &str) -> Option<At<&'n str>>,
    ) -> Vec<At<&'n str>> {
        let values = self.args();
        let mut found: Vec<At<&'n str>> = Vec::with_capacity(values.len());
        let mut seen = std::collections::BTreeMap::new();
        for value in values {
            let Some(text) = read(self, value, what) else { continue };
            match seen.insert(text.value, text.span) {
                Some(first) => self.repeated(text.span, first),
                None => found.push(text),
            }
        }
        found
    }

    /// Reports that one value stands twice.
    pub(crate) fn repeated(&mut self, again: Span, first: Span) {
        let message = "this value stands twice";
        self.diagnostics.error(&codes::REPEATED_ARGUMENT, again, message).label(first, "the first one");
    }

    pub(crate) fn text(&mut self, value: &'n Value, what: &str) -> Option<At<&'n str>> {
        let text = self.any_text(value, what)?;
        if text.is_empty() {
            self.diagnostics.error(&codes::EMPTY_TEXT, value.span, format!("{what} is empty"));
            return None;
        }
        Some(text)
    }

    pub(crate) fn any_text(&mut self, value: &'n Value, what: &str) -> Option<At<&'n str>> {
        let text = value.text();
        if text.is_none() {
            self.wrong_kind(value, what, "a text, in quotes");
        }
        Some(At::new(text?, value.span))
    }

    pub(crate) fn expression(&mut self, value: &'n Value, what: &str) -> Option<At<&'n Value>> {
        self.text(value, what).map(|text| text.map(|_| value))
    }

    pub(crate) fn name(&mut self, value: &'n Value, what: &str) -> Option<At<Name>> {
        let text = self.text(value, what)?;
        self.parsed(text, what, Name::parse, &codes::NOT_A_NAME, "a name")
    }

    pub(crate) fn field_name(&mut self, value: &'n Value, what: &str) -> Option<At<FieldName>> {
        let text = self.text(value, what)?;
        self.parsed(text, what, FieldName::parse, &codes::NOT_A_FIELD_NAME, "a field name")
    }

    pub(crate) fn boolean(&mut self, value: &'n Value, what: &str) -> Option<At<bool>> {
        if let ValueKind::Bool(truth) = value.kind {
            return Some(At::new(truth, value.span));
        }
        self.wrong_kind(value, what, "#true or #false");
        None
    }

    pub(crate) fn decimal(&mut self, value: &'n Value, what: &str) -> Option<At<Decimal>> {
        if let ValueKind::Number(number) = value.kind {
            return Some(At::new(number, value.span));
        }
        self.wrong_kind(value, what, "a number, without quotes");
        None
    }

    pub(crate) fn uint(&mut self, value: &'n Value, what: &str) -> Option<At<u64>> {
        let number = self.decimal(value, what)?;
        let whole = if number.scale() == 0 { u64::try_from(number.mantissa()).ok() } else { None };
        if whole.is_none() {
            let message = format!("{what} must be a whole number, 0 or more");
            self.diagnostics.error(&codes::OUT_OF_RANGE, value.span, message);
        }
        Some(At::new(whole?, value.span))
    }

    pub(crate) fn duration(&mut self, value: &'n Value, what: &str) -> Option<At<Duration>> {
        let text = self.quantity(value, what, &codes::NOT_A_DURATION)?;
        let parse = |text: &str| Duration::parse(text).filter(|length| *length >= Duration::ZERO);
        self.parsed(text, what, parse, &codes::NOT_A_DURATION, "a duration")
    }

    pub(crate) fn size(&mut self, value: &'n Value, what: &str) -> Option<At<u64>> {
        let text = self.quantity(value, what, &codes::NOT_A_SIZE)?;
        self.parsed(text, what, parse_size, &codes::NOT_A_SIZE, "a size")
    }

    pub(crate) fn rate(&mut self, value: &'n Value, what: &str) -> Option<At<u64>> {
        let text = self.quantity(value, what, &codes::NOT_A_RATE)?;
        self.parsed(text, what, parse_rate, &codes::NOT_A_RATE, "a rate")
    }

    pub(crate) fn per_second(&mut self, value: &'n Value, what: &str) -> Option<At<u64>> {
        let text = self.quantity(value, what, &codes::NOT_A_RATE)?;
        self.parsed(
            text,
            what,
            parse_per_second,
            &codes::NOT_A_RATE,
            "a number of objects a second, \"2000/s\"",
        )
    }

    pub(crate) fn time_from(&mut self, value: &'n Value, what: &str) -> Option<At<Time>> {
        let text = self.quantity(value, what, &codes::NOT_A_TIME)?;
        self.parsed(text, what, parse_time_from, &codes::NOT_A_TIME, "a time")
    }

    pub(crate) fn time_until(&mut self, value: &'n Value, what: &str) -> Option<At<Time>> {
        let text = self.quantity(value, what, &codes::NOT_A_TIME)?;
        self.parsed(text, what, parse_time_until, &codes::NOT_A_TIME, "a time")
    }

    /// One of `words`, bare or quoted.
    pub(crate) fn word(
        &mut self,
        value: &Value,
        what: &str,
        words: &[&'static str],
    ) -> Option<At<&'static str>> {
        let Some(text) = value.text() else {
            self.wrong_kind(value, what, &one_of(words));
            return None;
        };
        let found = words.iter().copied().find(|word| *word == text);
        if found.is_none() {
            let message = format!("{what} must be {}", one_of(words));
            let diagnostic = self.diagnostics.error(&codes::NOT_A_WORD, value.span, message);
            if let Some(close) = closest(text, words.iter().copied()) {
                diagnostic.help(format!("did you mean `{close}`?"));
            }
        }
        Some(At::new(found?, value.span))
    }

    /// A quantity's text; a bare number is told how quantities are written.
    fn quantity(&mut self, value: &'n Value, what: &str, code: &DiagnosticCode) -> Option<At<&'n str>> {
        if let ValueKind::Number(_) = value.kind {
            let message = format!("{what} must be a text in quotes; this is a number");
            self.diagnostics.error(code, value.span, message);
            return None;
        }
        self.text(value, what)
    }

    fn parsed<T>(
        &mut self,
        text: At<&'n str>,
        what: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        code: &DiagnosticCode,
        kind: &str,
    ) -> Option<At<T>> {
        let parsed = parse(text.value);
        if parsed.is_none() {
            self.diagnostics.error(code, text.span, format!("{what} must be {kind}"));
        }
        Some(At::new(parsed?, text.span))
    }

    fn wrong_kind(&mut self, value: &Value, what: &str, wanted: &str) {
        let is = match value.kind {
            ValueKind::Word(_) | ValueKind::Text(_) => "a text",
            ValueKind::Number(_) => "a number",
            ValueKind::Bool(_) => "a boolean",
        };
        let message = format!("{what} must be {wanted}; this is {is}");
        self.diagnostics.error(&codes::WRONG_KIND, value.span, message).help(format!("write {wanted}"));
    }
}

fn one_of(words: &[&str]) -> String {
    match words {
        [] => "left out".to_owned(),
        [only] => format!("`{only}`"),
        [most @ .., last] => format!("`{}` or `{last}`", most.join("`, `")),
    }
}
