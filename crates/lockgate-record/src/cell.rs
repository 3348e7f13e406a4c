//! What a record holds of one node.

use lockgate_bytes::{Decimal, Ratio, Span, Time};

/// Where a block of cells begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block(pub(crate) u32);

impl Block {
    /// The record's own block.
    pub const ROOT: Self = Self(0);
}

/// A text: a range of the object's bytes, or of the record's scratch where an escape had to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRef {
    /// As it stands in the object.
    Source(Span),
    /// As decoded.
    Scratch(Span),
}

/// The value of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Not there.
    Absent,
    /// A section that is there.
    Present,
    /// Text.
    Text(TextRef),
    /// A code, as text; it is allowed by its tree.
    Code(TextRef),
    /// The index into the enumeration's names.
    Enum(u16),
    /// An exact decimal.
    Decimal(Decimal),
    /// An exact fraction: so many steps of a quantity.
    Ratio(Ratio),
    /// The sender says, by the field's `unknown` value, that it does not know.
    Unknown(Decimal),
    /// A whole number.
    Integer(i64),
    /// A flag.
    Flag(bool),
    /// An instant.
    Time(Time),
    /// The rows of a list; see [`Record::rows`](crate::Record::rows).
    Rows {
        /// Number of rows.
        count: u16,
    },
}

/// A value and where it was read.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The value.
    pub value: Value,
    /// Where in the object: the value itself without its quotes; for sections and lists the first element.
    pub span: Span,
    /// For a list: its first row. For slot 0 of a row: the next row. Zero is none.
    pub(crate) next: u32,
    /// For a list: its last row.
    pub(crate) last: u32,
}

impl Cell {
    pub(crate) const ABSENT: Self =
        Self { value: Value::Absent, span: Span { start: 0, end: 0 }, next: 0, last: 0 };
}
