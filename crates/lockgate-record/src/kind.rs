//! What a value may be.

use crate::CodeTree;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::{Decimal, is_hidden};

/// Which characters a text may hold. Control, bidirectional and zero-width characters are in none of them, save the
/// line break in `Multiline`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// Letters, digits and `- _ . :` of ASCII.
    Token,
    /// A name without a colon: a letter or `_`, then letters, digits and `- _ .`, all of ASCII. What it holds is an NCName
    /// (Namespaces in XML 1.0, section 3), and so an `xs:ID`; names in other letters are refused.
    Ncname,
    /// ASCII from space to tilde.
    Ascii,
    /// Any printable Unicode character on one line.
    Printable,
    /// Printable and line feeds.
    Multiline,
    /// Hexadecimal digits.
    Hex,
}

impl Charset {
    /// The words used in type files.
    pub const NAMES: [(Self, &'static str); 6] = [
        (Self::Token, "token"),
        (Self::Ncname, "ncname"),
        (Self::Ascii, "ascii"),
        (Self::Printable, "printable"),
        (Self::Multiline, "multiline"),
        (Self::Hex, "hex"),
    ];

    /// True where a text of this set may begin with `character`.
    #[inline]
    pub fn begins(self, character: char) -> bool {
        let is_first = self != Self::Ncname || character.is_ascii_alphabetic() || character == '_';
        is_first && self.allows(character)
    }

    /// True where a text of this set may hold `character` behind its first one.
    #[inline]
    pub fn allows(self, character: char) -> bool {
        match self {
            Self::Token => character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | ':'),
            Self::Ncname => character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'),
            Self::Ascii => matches!(character, ' '..='~'),
            Self::Printable => matches!(character, ' '..='~') || !is_hidden(character),
            Self::Multiline => matches!(character, ' '..='~' | '\n') || !is_hidden(character),
            Self::Hex => character.is_ascii_hexdigit(),
        }
    }
}

/// The kind of a value with its bounds. Lengths are in characters (Unicode scalar values).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text without a closed vocabulary.
    Text {
        /// Fewest characters.
        min: u32,
        /// Most characters.
        max: u32,
        /// Which characters.
        charset: Charset,
    },
    /// A code of a prefix tree.
    Code(CodeTree),
    /// One of a closed list of names; the value is the index.
    Enum(Vec<String>),
    /// An exact decimal.
    Decimal {
        /// Smallest value.
        min: Decimal,
        /// Largest value.
        max: Decimal,
        /// Most digits after the point; the stated resolution.
        digits: u8,
    },
    /// A whole number.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// `true` or `false`.
    Flag,
    /// An instant.
    Time,
}

impl Kind {
    /// The word used in type files and diagnostics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Code(_) => "code",
            Self::Enum(_) => "enum",
            Self::Decimal { .. } => "decimal",
            Self::Integer { .. } => "integer",
            Self::Flag => "flag",
            Self::Time => "time",
        }
    }

    /// True where any text could be said in it: such fields are scanned for words.
    pub fn is_open_text(&self) -> bool {
        match self {
            Self::Text { .. } | Self::Code(_) => true,
            Self::Enum(_) | Self::Decimal { .. } | Self::Integer { .. } | Self::Flag | Self::Time => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Charset;

    #[test]
    fn hidden_characters_are_in_no_set() {
        for hidden in "\0\t\r\u{1b}\u{7f}\u{85}\u{ad}\u{200b}\u{200d}\u{202e}\u{2066}\u{2028}\u{feff}\u{e0041}\u{fe0f}\u{f8ff}\u{1fffe}".chars() {
            for (set, name) in Charset::NAMES {
                assert!(!set.allows(hidden), "{name} holds {:x}", u32::from(hidden));
            }
        }
    }

    #[test]
    fn each_set_holds_what_it_says() {
        assert!(Charset::Token.allows('_') && !Charset::Token.allows(' '));
        assert!(Charset::Ascii.allows('~') && !Charset::Ascii.allows('é'));
        assert!(Charset::Printable.allows('ž') && !Charset::Printable.allows('\n'));
        assert!(Charset::Multiline.allows('\n') && Charset::Multiline.allows('日'));
        assert!(Charset::Hex.allows('f') && !Charset::Hex.allows('g'));
    }
}
