//! The two spellings of a name.

use std::fmt;

/// The longest name, in bytes.
const MAX_NAME: usize = 64;

/// Words that an expression cannot use as a name (CEL specification, "Syntax": keywords and reserved words).
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// A name that equals a file's stem or folder: `[a-z][a-z0-9-]*`, at most 64 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

/// The name of a field: `[a-z_][a-z0-9_]*`, at most 64 bytes, no word that CEL reserves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldName(String);

impl Name {
    /// The name, where `text` is one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = spelled(text, |byte| byte.is_ascii_lowercase(), b'-');
        fits.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FieldName {
    /// The field name, where `text` is one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = spelled(text, |byte| byte.is_ascii_lowercase() || byte == b'_', b'_');
        (fits && !RESERVED.contains(&text)).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn spelled(text: &str, first: impl Fn(u8) -> bool, joint: u8) -> bool {
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == joint;
    text.len() <= MAX_NAME && text.bytes().next().is_some_and(first) && text.bytes().all(rest)
}

#[cfg(test)]
mod tests {
    use super::{FieldName, Name};

    #[test]
    fn names_keep_their_spelling() {
        for good in ["spot", "rsocc-down", "a1-"] {
            assert_eq!(Name::parse(good).map(|name| name.to_string()).as_deref(), Some(good));
        }
        for bad in ["", "1a", "Spot", "a_b", "a b", "é", "-a", &"a".repeat(65)] {
            assert!(Name::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn field_names_are_words_of_an_expression() {
        for good in ["_ref", "seen", "until", "a1_b"] {
            assert_eq!(FieldName::parse(good).map(|name| name.to_string()).as_deref(), Some(good));
        }
        for bad in ["", "in", "true", "package", "a-b", "A", "1a", &"a".repeat(65)] {
            assert!(FieldName::parse(bad).is_none(), "{bad}");
        }
    }
}
