//! The kinds of values a loader takes, each as an argument and as a property.

use lockgate_bytes::{Decimal, Duration, Span, Time};

use crate::codes;
use crate::quantity::{parse_rate, parse_size, parse_time_from, parse_time_until};
use crate::{At, DiagnosticCode, FieldName, Fields, Name, Value, ValueKind, closest};

/// One method for each kind and place: `arg_x`, `arg_x_opt`, `prop_x`, `prop_x_opt`.
macro_rules! kinds {
    ($($read:ident -> $type:ty: $arg:ident $arg_opt:ident $prop:ident $prop_opt:ident $what:literal;)*) => {
        $(
            #[doc = concat!("The next argument as ", $what, "; missing or anything else is an error. `what` names it.")]
            pub fn $arg(&mut self, what: &str) -> Option<At<$type>> {
                let value = self.arg(what)?;
                self.$read(value, what)
            }

            #[doc = concat!("The next argument as ", $what, ", where there is one; anything else is an error.")]
            pub fn $arg_opt(&mut self, what: &str) -> Option<At<$type>> {
                let value = self.arg_opt()?;
                self.$read(value, what)
            }

            #[doc = concat!("The property `name` as ", $what, "; missing or anything else is an error.")]
            pub fn $prop(&mut self, name: &'static str) -> Option<At<$type>> {
                let prop = self.prop(name)?;
                self.$read(&prop.value, &setting(name))
            }

            #[doc = concat!("The property `name` as ", $what, ", where it is there; anything else is an error.")]
            pub fn $prop_opt(&mut self, name: &'static str) -> Option<At<$type>> {
                let prop = self.prop_opt(name)?;
                self.$read(&prop.value, &setting(name))
            }
        )*
    };
}

impl<'n> Fields<'n, '_> {
    kinds! {
        text -> &'n str: arg_text arg_text_opt prop_text prop_text_opt
            "a text that is not empty, quoted or bare";
        any_text -> &'n str: arg_any_text arg_any_text_opt prop_any_text prop_any_text_opt
            "a text that may be empty, quoted or bare";
        expression -> &'n Value: arg_expression arg_expression_opt prop_expression prop_expression_opt
            "a text that is parsed further: the value, so that [`Value::inner_span`] points into the file";
        name -> Name: arg_name arg_name_opt prop_name prop_name_opt
            "a name, `[a-z][a-z0-9-]*`";
        field_name -> FieldName: arg_field_name arg_field_name_opt prop_field_name prop_field_name_opt
            "the name of a field, `[a-z_][a-z0-9_]*`";
        boolean -> bool: arg_bool arg_bool_opt prop_bool prop_bool_opt
            "`#true` or `#false`";
        decimal -> Decimal: arg_decimal arg_decimal_opt prop_decimal prop_decimal_opt
            "an exact number";
        uint -> u64: arg_uint arg_uint_opt prop_uint prop_uint_opt
            "a whole number, 0 or more";
        duration -> Duration: arg_duration arg_duration_opt prop_duration prop_duration_opt
            "a duration with its unit, `\"250ms\"`, 0 or more";
        size -> u64: arg_size arg_size_opt prop_size prop_size_opt
            "a size with its unit, `\"4KiB\"`, in bytes";
        rate -> u64: arg_rate arg_rate_opt prop_rate prop_rate_opt
            "a rate with its unit, `\"500kbit/s\"`, in bits a second";
        time_from -> Time: arg_time_from arg_time_from_opt prop_time_from prop_time_from_opt
            "the beginning of a window: an instant, or a date from its 00:00:00Z on";
        time_until -> Time: arg_time_until arg_time_until_opt prop_time_until prop_time_until_opt
            "the end of a window, exclusive: an instant, or a date that is included whole (the next 00:00:00Z)";
    }

    /// The next argument as one of `words`; missing or anything else is an error. `what` names it.
    pub fn arg_word(&mut self, what: &str, words: &[&'static str]) -> Option<At<&'static str>> {
        let value = self.arg(what)?;
        self.word(value, what, words)
    }

    /// The next argument as one of `words`, where there is one; anything else is an error.
    pub fn arg_word_opt(&mut self, what: &str, words: &[&'static str]) -> Option<At<&'static str>> {
        let value = self.arg_opt()?;
        self.word(value, what, words)
    }

    /// The property `name` as one of `words`; missing or anything else is an error.
    pub fn prop_word(&mut self, name: &'static str, words: &[&'static str]) -> Option<At<&'static str>> {
        let prop = self.prop(name)?;
        self.word(&prop.value, &setting(name), words)
    }

    /// The property `name` as one of `words`, where it is there; anything else is an error.
    pub fn prop_word_opt(&mut self, name: &'static str, words: &[&'static str]) -> Option<At<&'static str>> {
        let prop = self.prop_opt(name)?;
        self.word(&prop.value, &setting(name), words)
    }

    /// The property `name`, `#true` or `#false`, or `default` where it is not there. After an error: `default`.
    pub fn prop_bool_or(&mut self, name: &'static str, default: bool) -> bool {
        self.prop_bool_opt(name).map_or(default, |found| found.value)
    }

    /// All arguments that are left, as texts; may be none. The same text twice is an error. `what` names one of them.
    pub fn args_text(&mut self, what: &str) -> Vec<At<&'n str>> {
        let values = self.args();
        let mut found: Vec<At<&'n str>> = Vec::with_capacity(values.len());
        let mut seen = std::collections::BTreeMap::new();
        for value in values {
            let Some(text) = self.text(value, what) else { continue };
            if let Some(first) = seen.insert(text.value, text.span) {
                self.repeated(text.span, first);
            } else {
                found.push(text);
            }
        }
        found
    }

    /// All arguments that are left, as texts; none is an error. The same text twice is an error.
    pub fn args_text_some(&mut self, what: &str) -> Vec<At<&'n str>> {
        if self.next_arg >= self.node.args.len() {
            let message = format!("`{}` needs {what}, as an argument", self.shown());
            self.diagnostics.error(&codes::MISSING_ARGUMENT, self.place(), message);
        }
        self.args_text(what)
    }

    /// All arguments that are left, each one of `words`; may be none. The same word twice is an error.
    pub fn args_word(&mut self, what: &str, words: &[&'static str]) -> Vec<At<&'static str>> {
        let mut found: Vec<At<&'static str>> = Vec::new();
        for value in self.args() {
            let Some(word) = self.word(value, what, words) else { continue };
            match found.iter().find(|known| known.value == word.value).map(|known| known.span) {
                Some(first) => self.repeated(word.span, first),
                None => found.push(word),
            }
        }
        found
    }

    /// The one argument of the part `noun`, as a text that is not empty: `title "Spot report"`. A missing part,
    /// a second one, and anything else in it, is an error.
    pub fn child_text(&mut self, noun: &'static str) -> Option<At<&'n str>> {
        self.within(noun, |part| part.arg_text("a text")).flatten()
    }

    /// The one argument of the part `noun`, where it is there, as a text that is not empty.
    pub fn child_text_opt(&mut self, noun: &'static str) -> Option<At<&'n str>> {
        self.within_opt(noun, |part| part.arg_text("a text")).flatten()
    }

    /// The one argument of the part `noun` as one of `words`, where it is there.
    pub fn child_word_opt(&mut self, noun: &'static str, words: &[&'static str]) -> Option<At<&'static str>> {
        self.within_opt(noun, |part| part.arg_word("a word", words)).flatten()
    }

    /// The one argument of the part `noun` as one of `words`; missing is an error.
    pub fn child_word(&mut self, noun: &'static str, words: &[&'static str]) -> Option<At<&'static str>> {
        self.within(noun, |part| part.arg_word("a word", words)).flatten()
    }

    /// Reports that one value stands twice.
    fn repeated(&mut self, again: Span, first: Span) {
        let message = "this value stands twice";
        self.diagnostics.error(&codes::REPEATED_ARGUMENT, again, message).label(first, "the first one");
    }

    fn text(&mut self, value: &'n Value, what: &str) -> Option<At<&'n str>> {
        let text = self.any_text(value, what)?;
        if text.is_empty() {
            self.diagnostics.error(&codes::EMPTY_TEXT, value.span, format!("{what} is empty"));
            return None;
        }
        Some(text)
    }

    fn any_text(&mut self, value: &'n Value, what: &str) -> Option<At<&'n str>> {
        let text = value.text();
        if text.is_none() {
            self.wrong_kind(value, what, "a text, in quotes");
        }
        Some(At::new(text?, value.span))
    }

    fn expression(&mut self, value: &'n Value, what: &str) -> Option<At<&'n Value>> {
        self.text(value, what).map(|text| text.map(|_| value))
    }

    fn name(&mut self, value: &'n Value, what: &str) -> Option<At<Name>> {
        let text = self.text(value, what)?;
        self.parsed(text, what, Name::parse, &codes::NOT_A_NAME, "a name")
    }

    fn field_name(&mut self, value: &'n Value, what: &str) -> Option<At<FieldName>> {
        let text = self.text(value, what)?;
        self.parsed(text, what, FieldName::parse, &codes::NOT_A_FIELD_NAME, "a field name")
    }

    fn boolean(&mut self, value: &'n Value, what: &str) -> Option<At<bool>> {
        if let ValueKind::Bool(truth) = value.kind {
            return Some(At::new(truth, value.span));
        }
        self.wrong_kind(value, what, "#true or #false");
        None
    }

    fn decimal(&mut self, value: &'n Value, what: &str) -> Option<At<Decimal>> {
        if let ValueKind::Number(number) = value.kind {
            return Some(At::new(number, value.span));
        }
        self.wrong_kind(value, what, "a number, without quotes");
        None
    }

    fn uint(&mut self, value: &'n Value, what: &str) -> Option<At<u64>> {
        let number = self.decimal(value, what)?;
        let whole = if number.scale() == 0 { u64::try_from(number.mantissa()).ok() } else { None };
        if whole.is_none() {
            let message = format!("{what} must be a whole number, 0 or more");
            self.diagnostics.error(&codes::OUT_OF_RANGE, value.span, message);
        }
        Some(At::new(whole?, value.span))
    }

    fn duration(&mut self, value: &'n Value, what: &str) -> Option<At<Duration>> {
        let text = self.quantity(value, what, &codes::NOT_A_DURATION)?;
        let parse = |text: &str| Duration::parse(text).filter(|length| *length >= Duration::ZERO);
        self.parsed(text, what, parse, &codes::NOT_A_DURATION, "a duration")
    }

    fn size(&mut self, value: &'n Value, what: &str) -> Option<At<u64>> {
        let text = self.quantity(value, what, &codes::NOT_A_SIZE)?;
        self.parsed(text, what, parse_size, &codes::NOT_A_SIZE, "a size")
    }

    fn rate(&mut self, value: &'n Value, what: &str) -> Option<At<u64>> {
        let text = self.quantity(value, what, &codes::NOT_A_RATE)?;
        self.parsed(text, what, parse_rate, &codes::NOT_A_RATE, "a rate")
    }

    fn time_from(&mut self, value: &'n Value, what: &str) -> Option<At<Time>> {
        let text = self.quantity(value, what, &codes::NOT_A_TIME)?;
        self.parsed(text, what, parse_time_from, &codes::NOT_A_TIME, "a time")
    }

    fn time_until(&mut self, value: &'n Value, what: &str) -> Option<At<Time>> {
        let text = self.quantity(value, what, &codes::NOT_A_TIME)?;
        self.parsed(text, what, parse_time_until, &codes::NOT_A_TIME, "a time")
    }

    /// One of `words`, bare or quoted.
    fn word(&mut self, value: &Value, what: &str, words: &[&'static str]) -> Option<At<&'static str>> {
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

fn setting(name: &str) -> String {
    format!("`{name}=`")
}

fn one_of(words: &[&str]) -> String {
    match words {
        [] => "left out".to_owned(),
        [only] => format!("`{only}`"),
        [most @ .., last] => format!("`{}` or `{last}`", most.join("`, `")),
    }
}
