//! The kinds of values a loader takes, each as an argument and as a property.

use lockgate_bytes::{Decimal, Duration, Time};

use crate::codes;
use crate::{At, FieldName, Fields, Name, Value};

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
        per_second -> u64: arg_per_second arg_per_second_opt prop_per_second prop_per_second_opt
            "how many a second, `\"2000/s\"`, 1 or more";
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

    /// All arguments that are left, as texts that are not empty; may be none. The same text twice is an error.
    /// `what` names one of them.
    pub fn args_text(&mut self, what: &str) -> Vec<At<&'n str>> {
        self.texts(what, Self::text)
    }

    /// All arguments that are left, as texts that may be empty; may be none. The same text twice is an error.
    pub fn args_any_text(&mut self, what: &str) -> Vec<At<&'n str>> {
        self.texts(what, Self::any_text)
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
}

fn setting(name: &str) -> String {
    format!("`{name}=`")
}
