//! What a value may be.

use crate::CodeTree;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Decimal;

/// Which characters a text may hold. Control, bidirectional and zero-width characters are in none of them, save the
/// line break in `Multiline`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// Letters, digits and `- _ . :` of ASCII.
    Token,
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
    pub const NAMES: [(Self, &'static str); 5] = [
        (Self::Token, "token"),
        (Self::Ascii, "ascii"),
        (Self::Printable, "printable"),
        (Self::Multiline, "multiline"),
        (Self::Hex, "hex"),
    ];
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
