//! JSON (RFC 8259) for the control socket: one value, bounded before it is read, numbers kept as they are written.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A JSON value; the members of an object stand in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// An object; no key stands twice.
    Map(Vec<(String, Value)>),
}

/// How much a reader takes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes of the whole text.
    pub bytes: usize,
    /// Lists and objects inside each other.
    pub depth: usize,
    /// Values in all.
    pub values: usize,
}

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFault {
    /// Longer, deeper or with more values than the bounds allow.
    TooMuch,
    /// Not JSON, at this byte.
    NotJson(usize),
    /// A key that stands twice in one object, before this byte.
    TwiceTheKey(usize),
}

impl Value {
    /// Reads exactly one value, with blanks around it.
    ///
    /// # Errors
    /// [`JsonFault`].
    pub fn parse(text: &[u8], bounds: Bounds) -> Result<Self, JsonFault> {
        if text.len() > bounds.bytes {
            return Err(JsonFault::TooMuch);
        }
        let text = std::str::from_utf8(text).map_err(|error| JsonFault::NotJson(error.valid_up_to()))?;
        let mut reader = Reader { text, at: 0, values: bounds.values };
        let value = reader.value(bounds.depth)?;
        reader.blanks();
        if reader.at == text.len() { Ok(value) } else { Err(reader.fault()) }
    }

    /// Appends the value on one line.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => quote(text, out),
            Self::List(values) => {
                out.push('[');
                for (at, value) in values.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    value.write(out);
                }
                out.push(']');
            }
            Self::Map(members) => {
                out.push('{');
                for (at, (key, value)) in members.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    quote(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The member behind a path such as `health.live`; `Null` where there is none.
    pub fn at(&self, path: &str) -> &Self {
        path.split('.').fold(self, |value, key| match value {
            Self::Map(members) => {
                members.iter().find(|(name, _)| name == key).map_or(&Self::Null, |(_, v)| v)
            }
            _ => &Self::Null,
        })
    }

    /// The text, or nothing.
    pub fn text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }

    /// The whole number, where it is one that fits.
    pub fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { number.parse().ok() } else { None }
    }

    /// Whether it is `true`.
    pub fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    /// The values of a list, or none.
    pub fn list(&self) -> &[Self] {
        if let Self::List(values) = self { values } else { &[] }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number.to_string())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// An object of these members.
pub(crate) fn map(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Map(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// Appends `text` in quotes: ASCII alone, whatever it holds.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(letter),
            _ => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }),
        }
    }
    out.push('"');
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, JsonFault> {
        self.blanks();
        self.values = self.values.checked_sub(1).ok_or(JsonFault::TooMuch)?;
        match self.peek() {
            Some(b'{') => self.map(depth.checked_sub(1).ok_or(JsonFault::TooMuch)?),
            Some(b'[') => self.list(depth.checked_sub(1).ok_or(JsonFault::TooMuch)?),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let words =
                    [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))];
                let (word, value) = words
                    .into_iter()
                    .find(|(word, _)| self.rest().starts_with(word))
                    .ok_or_else(|| self.fault())?;
                self.at = self.at.saturating_add(word.len());
                Ok(value)
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, JsonFault> {
        let mut members: Vec<(String, Value)> = Vec::new();
        // Beside the list, which keeps the order: an answer may have very many keys.
        let mut known = BTreeSet::new();
        self.take(b'{')?;
        if self.next_is(b'}') {
            return Ok(Value::Map(members));
        }
        loop {
            self.blanks();
            let key = self.string()?;
            if !known.insert(key.clone()) {
                return Err(JsonFault::TwiceTheKey(self.at));
            }
            self.blanks();
            self.take(b':')?;
            members.push((key, self.value(depth)?));
            if self.next_is(b'}') {
                return Ok(Value::Map(members));
            }
            self.take(b',')?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, JsonFault> {
        let mut values = Vec::new();
        self.take(b'[')?;
        if self.next_is(b']') {
            return Ok(Value::List(values));
        }
        loop {
            values.push(self.value(depth)?);
            if self.next_is(b']') {
                return Ok(Value::List(values));
            }
            self.take(b',')?;
        }
    }

    fn number(&mut self) -> Result<Value, JsonFault> {
        let start = self.at;
        let _ = self.one(b"-");
        if !self.one(b"0") {
            self.digits()?;
        }
        if self.one(b".") {
            self.digits()?;
        }
        if self.one(b"eE") {
            let _ = self.one(b"+-");
            self.digits()?;
        }
        Ok(Value::Number(self.text.get(start..self.at).unwrap_or("").to_owned()))
    }

    fn digits(&mut self) -> Result<(), JsonFault> {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at = self.at.saturating_add(count);
        if count > 0 { Ok(()) } else { Err(self.fault()) }
    }

    fn string(&mut self) -> Result<String, JsonFault> {
        self.take(b'"')?;
        let mut text = String::new();
        loop {
            let letter = self.rest().chars().next().ok_or_else(|| self.fault())?;
            match letter {
                '"' => {
                    self.at = self.at.saturating_add(1);
                    return Ok(text);
                }
                '\\' => {
                    self.at = self.at.saturating_add(1);
                    text.push(self.escaped()?);
                }
                '\0'..='\u{1f}' => return Err(self.fault()),
                _ => {
                    self.at = self.at.saturating_add(letter.len_utf8());
                    text.push(letter);
                }
            }
        }
    }

    fn escaped(&mut self) -> Result<char, JsonFault> {
        let letter = self.peek().ok_or_else(|| self.fault())?;
        let plain = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unit_pair(),
            _ => return Err(self.fault()),
        };
        self.at = self.at.saturating_add(1);
        Ok(plain)
    }

    /// `u` and four digits; two of them for what lies outside the basic plane.
    fn unit_pair(&mut self) -> Result<char, JsonFault> {
        let first = self.unit()?;
        let mut units = vec![first];
        if (0xD800..0xDC00).contains(&first) {
            self.take(b'\\')?;
            units.push(self.unit()?);
        }
        let mut letters = char::decode_utf16(units);
        match (letters.next(), letters.next()) {
            (Some(Ok(letter)), None) => Ok(letter),
            _ => Err(self.fault()),
        }
    }

    fn unit(&mut self) -> Result<u16, JsonFault> {
        self.take(b'u')?;
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit =
            digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()).ok_or_else(|| self.fault())?;
        self.at = self.at.saturating_add(4);
        Ok(unit)
    }

    fn blanks(&mut self) {
        let blanks = self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.at = self.at.saturating_add(blanks.count());
    }

    /// Takes `byte` if it comes next, after blanks.
    fn next_is(&mut self, byte: u8) -> bool {
        self.blanks();
        self.one(&[byte])
    }

    fn one(&mut self, any: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| any.contains(&byte));
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    fn take(&mut self, byte: u8) -> Result<(), JsonFault> {
        if self.one(&[byte]) { Ok(()) } else { Err(self.fault()) }
    }

    fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn fault(&self) -> JsonFault {
        JsonFault::NotJson(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bounds, JsonFault, Value};
    use proptest::prelude::*;

    const BOUNDS: Bounds = Bounds { bytes: 4096, depth: 6, values: 200 };

    fn parse(text: &str) -> Result<Value, JsonFault> {
        Value::parse(text.as_bytes(), BOUNDS)
    }

    #[test]
    fn values_are_found_by_path() {
        let value = parse(r#" {"a":{"b":[1,-2.5e3,"x\n\ud83d\ude00"],"c":true},"d":null} "#).unwrap();
        assert_eq!(value.at("a.b").list()[0].number(), Some(1));
        assert_eq!(value.at("a.b").list()[2].text(), "x\n😀");
        assert!(value.at("a.c").is_true() && *value.at("a.c.d") == Value::Null);
    }

    #[test]
    fn bounds_hold() {
        assert!(parse(&format!("{}1{}", "[".repeat(6), "]".repeat(6))).is_ok());
        assert_eq!(parse(&format!("{}1{}", "[".repeat(7), "]".repeat(7))), Err(JsonFault::TooMuch));
        assert!(parse(&format!("[{}1]", "1,".repeat(198))).is_ok());
        assert_eq!(parse(&format!("[{}1]", "1,".repeat(199))), Err(JsonFault::TooMuch));
        assert_eq!(parse(&format!("{}1", " ".repeat(4096))), Err(JsonFault::TooMuch));
        assert_eq!(parse(r#"{"a":1,"a":1}"#), Err(JsonFault::TwiceTheKey(10)));
    }

    /// Held against each key before it, each of so many would take minutes.
    #[test]
    fn very_many_keys_are_read_at_once() {
        let members: Vec<String> = (0..400_000).map(|key| format!("\"{key:06}\":0")).collect();
        let bounds = Bounds { bytes: 8 << 20, depth: 2, values: 1_000_000 };
        let text = format!("{{{}}}", members.join(","));
        let Ok(Value::Map(read)) = Value::parse(text.as_bytes(), bounds) else { panic!("it is an object") };
        assert!(
            read.len() == members.len() && read.iter().zip(0..).all(|((key, _), at)| key.parse() == Ok(at))
        );
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\"}",
            "01",
            "1.",
            "-",
            "+1",
            ".5",
            "\"\n\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "nul",
            "1 2",
            "{a:1}",
            "'a'",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "NaN",
            "\"a",
            "[1",
            "\u{feff}1",
        ] {
            assert!(parse(text).is_err(), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        }
        assert_eq!(Value::parse(b"\"\xff\"", BOUNDS), Err(JsonFault::NotJson(1)));
    }

    proptest! {
        /// Another reader agrees on what is JSON, but for keys that stand twice.
        #[test]
        fn another_reader_agrees(text in r#"[\[\]{}:, \\"0-9a-fu.eE+-]{0,24}|[\[{]"[a\\u0-9d]{0,14}"[:,\]}0-9]{0,6}"#) {
            let ours = parse(&text);
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            match (&ours, &theirs) {
                (Err(JsonFault::TwiceTheKey(_) | JsonFault::TooMuch), _) => {}
                // A number beyond the range of theirs is still a number.
                (Ok(_), Err(error)) => prop_assert!(error.to_string().contains("out of range"), "{text}: {error}"),
                (ours, theirs) => prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}", text),
            }
        }

        #[test]
        fn what_is_written_is_read(text in "\\PC{0,20}|[\\x00-\\x20\\x7f-\\x{a0}]{0,9}") {
            let value = Value::List(vec![Value::Text(text.clone()), Value::Map(vec![(text, Value::Null)])]);
            let mut written = String::new();
            value.write(&mut written);
            prop_assert!(written.is_ascii() && !written.contains('\n'));
            prop_assert_eq!(parse(&written), Ok(value));
        }
    }
}
