//! A type of formatted text as a plain tree: what the plain interpreter and the emitter walk, and what the program is
//! compiled from.
//!
//! Sources: the grammar of formatted messages as public papers and tools show it (ADatP-3, USMTF, OTH-Gold); the
//! standards themselves are not public, and no catalogue of theirs is used here.

use crate::carried::Carried;
use crate::form::TextForm;
use crate::model::Rows;
use crate::stamp::TimeForm;
use lockgate_bytes::Decimal;
use lockgate_record::{CodeTree, NodeId, Slot};
use std::sync::Arc;

/// Segments inside segments, at most.
pub const MAX_SEGMENTS: usize = 4;
/// Fields of one set, columns of one table and alternatives of one field, at most.
pub const MAX_FIELDS: usize = 64;
/// Longest identifier, descriptor, unit or line that is always the same, in characters.
pub const MAX_WORD: usize = 64;

/// What a type says of its lines and sets.
#[derive(Clone, Debug)]
pub struct Message {
    /// What an object is recognised by.
    pub known_by: KnownBy,
    /// How sets are laid out.
    pub layout: Layout,
    /// What stands in the object, in order.
    pub items: Vec<Item>,
}

/// The first set with an identifier says which kind of message an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBy {
    /// The identifier of the set.
    pub set: String,
    /// Which of its fields counts, the first is 1, and what stands there; `None` where the set alone tells.
    pub says: Option<(usize, String)>,
}

/// How sets and lines are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What stands between fields.
    pub between: u8,
    /// A set ends with its line; otherwise with `between` twice.
    pub by_line: bool,
    /// A set ends with `*` and its checksum (NMEA 0183, IEC 61162-1): all characters behind the first one and before the
    /// `*`, exclusively or-ed, as two hexadecimal digits in capitals. Only where a set ends with its line.
    pub summed: bool,
    /// What stands in the place of a field that says nothing; may be empty where a set ends with its line.
    pub none: Vec<u8>,
    /// Most characters of a line; 0 is any number.
    pub line: u16,
    /// A set may go on in the next line: line breaks and the blanks behind them are no part of it.
    pub joined: bool,
    /// Blanks before a line that goes on, as written; at least one is required where this is not 0.
    pub indent: u8,
    /// Lines end with a carriage return and a line feed; otherwise with a line feed.
    pub crlf: bool,
    /// All fields of a set are written, those too that say nothing at its end.
    pub full: bool,
}

/// What stands in a message.
#[derive(Clone, Debug)]
pub enum Item {
    /// A line with one value.
    Line(Line),
    /// A line that is always the same; empty for a blank line.
    Fixed(Vec<u8>),
    /// Fields behind an identifier.
    Set(Set),
    /// A table: an identifier, a line of headings, a line a row.
    Columns(Columns),
    /// Items that repeat together.
    Segment(Segment),
}

/// A line with one value.
#[derive(Clone, Debug)]
pub struct Line {
    /// What the line begins with.
    pub prefix: Vec<u8>,
    /// The rest of it. Optional only where there is a prefix to know it by.
    pub value: Value,
}

/// A set.
#[derive(Clone, Debug)]
pub struct Set {
    /// Its identifier.
    pub id: Vec<u8>,
    /// Its node.
    pub node: NodeId,
    /// Its cell.
    pub slot: Slot,
    /// May be absent.
    pub optional: bool,
    /// Where it may stand several times in a row.
    pub rows: Option<Rows>,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// Fields that repeat to its end.
    pub group: Option<Group>,
}

impl Set {
    /// True where the last field is free text: then line breaks belong to it.
    pub fn is_free(&self) -> bool {
        let free = |field: &Field| matches!(field, Field::Value(value) if value.form.is_free());
        self.fields.last().is_some_and(free)
    }

    /// True where a value takes two fields.
    pub fn has_halves(&self) -> bool {
        let grouped = self.group.iter().flat_map(|group| &group.fields);
        let two = |field: &Field| matches!(field, Field::Value(value) if value.form.takes() == Takes::Two);
        self.fields.iter().chain(grouped).any(two)
    }
}

/// Fields that repeat.
#[derive(Clone, Debug)]
pub struct Group {
    /// The list's node.
    pub node: NodeId,
    /// The list's cell.
    pub slot: Slot,
    /// Bounds.
    pub rows: Rows,
    /// The fields of one row.
    pub fields: Vec<Field>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Its identifier.
    pub id: Vec<u8>,
    /// The list's node.
    pub node: NodeId,
    /// The list's cell.
    pub slot: Slot,
    /// Bounds. A table without rows is not there.
    pub rows: Rows,
    /// The columns, in order.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its heading.
    pub heading: Vec<u8>,
    /// Characters of heading and cells as written; longer cells are not cut.
    pub width: usize,
    /// What stands in a cell.
    pub field: Field,
}

/// Items that repeat together. The first of them tells that another row begins, so it is always there.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The list's node.
    pub node: NodeId,
    /// The list's cell.
    pub slot: Slot,
    /// Bounds.
    pub rows: Rows,
    /// What stands in a row.
    pub items: Vec<Item>,
}

/// A field of a set.
#[derive(Clone, Debug)]
pub enum Field {
    /// One value.
    Value(Value),
    /// One of several, told apart by descriptor or unit.
    Choice {
        /// May say nothing.
        optional: bool,
        /// Each has a descriptor or a unit, except perhaps the last.
        values: Vec<Value>,
    },
    /// A flag that is true since the set stands; nothing on the wire.
    Present {
        /// Its node.
        node: NodeId,
        /// Its cell.
        slot: Slot,
    },
    /// A field that is always the same.
    Fixed(Vec<u8>),
}

/// A value.
#[derive(Clone, Debug)]
pub struct Value {
    /// Its node; for a position the section of both coordinates, for an object that of its parts.
    pub node: NodeId,
    /// Its cell.
    pub slot: Slot,
    /// May be absent.
    pub optional: bool,
    /// The descriptor before it, with its colon; empty where it has none.
    pub key: Vec<u8>,
    /// The unit behind it; empty where it has none.
    pub unit: Vec<u8>,
    /// A check digit stands between it and its unit: the sum of its first so many digits, modulo 10.
    pub check: Option<u8>,
    /// How it is written.
    pub form: Form,
    /// Read by the word scan.
    pub scanned: bool,
    /// The role free-text.
    pub free: bool,
}

/// How a value is written.
#[derive(Clone, Debug)]
pub enum Form {
    /// Text.
    Text(Letters),
    /// Text to the end of the set, line breaks included.
    Free(Letters),
    /// A grid reference (MGRS): zone, band, square, then as many digits of easting as of northing.
    Grid,
    /// One of a list of texts; the value is its index.
    Enum(Vec<String>),
    /// A code of a prefix tree.
    Code(CodeTree),
    /// A number.
    Number(Number),
    /// A date-time group, or another instant.
    Time(DateTimeGroup),
    /// A time of day, in seconds.
    Clock(TimeForm),
    /// Latitude and longitude.
    Position(Position),
    /// One of them.
    Coordinate(Coordinate),
    /// An object of another type, in letters.
    Carried(Arc<Carried>),
}

/// What a value takes of the fields of its set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A field.
    One,
    /// A field and the one behind it.
    Two,
    /// All that is left.
    Rest,
}

impl Form {
    /// True for text to the end of the set.
    pub fn is_free(&self) -> bool {
        matches!(self, Self::Free(_))
    }

    /// What it takes of the fields of its set.
    pub fn takes(&self) -> Takes {
        match self {
            Self::Free(_) => Takes::Rest,
            Self::Coordinate(Coordinate { apart: true, .. }) => Takes::Two,
            _ => Takes::One,
        }
    }
}

/// Which texts are possible.
#[derive(Clone, Debug)]
pub struct Letters {
    /// Fewest characters.
    pub min: u32,
    /// Most characters.
    pub max: u32,
    /// One bit a character of ASCII that may stand in it.
    pub set: u128,
    /// Its exact form, where it has one.
    pub form: Option<TextForm>,
}

/// A number, written in one way only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// A whole number, not a decimal.
    pub whole: bool,
    /// Smallest value.
    pub min: Decimal,
    /// Largest value.
    pub max: Decimal,
    /// Most digits after the point.
    pub digits: u8,
    /// Exactly so many digits after the point; otherwise as few as say it.
    pub places: Option<u8>,
    /// At least so many digits before the point, zeros in front.
    pub pad: u8,
}

/// A date-time group, or an instant written otherwise; in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTimeGroup {
    /// How it is written.
    pub form: TimeForm,
    /// The cell of the earlier instant that what is left out is taken from, so that both are nearest to each other.
    pub near: Slot,
    /// That field's node, for the reading of the type.
    pub near_node: NodeId,
}

/// How an angle of the globe is written: degrees, two or three digits of them, minutes, perhaps seconds, perhaps a
/// fraction of the last of these, and a letter that says which half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Degrees {
    /// Seconds stand in it.
    pub seconds: bool,
    /// Digits behind the point.
    pub places: u8,
}

impl Degrees {
    /// Most digits behind the point: of seconds their number of parts of a degree still is one of 32 bits.
    pub const MOST_PLACES: u8 = 6;

    /// Reads `DDMM`, `DDMMSS`, `DDMM.mmmm` or `DDMMSS.ss`.
    pub fn parse(form: &str) -> Option<Self> {
        let (whole, part) = form.split_once('.').map_or((form, None), |(whole, part)| (whole, Some(part)));
        let (seconds, letter) = match whole {
            "DDMM" => (false, b'm'),
            "DDMMSS" => (true, b's'),
            _ => return None,
        };
        let part = part.unwrap_or("");
        let all = part.bytes().all(|byte| byte == letter);
        let places = u8::try_from(part.len()).ok().filter(|places| *places <= Self::MOST_PLACES && all)?;
        (!form.ends_with('.')).then_some(Self { seconds, places })
    }

    /// Parts of a degree.
    pub fn parts(self) -> u32 {
        let whole: u32 = if self.seconds { 3600 } else { 60 };
        whole.saturating_mul(10_u32.saturating_pow(self.places.into()))
    }
}

/// A position: a latitude, north or south, then a longitude, east or west.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// How both are written.
    pub degrees: Degrees,
    /// Node of the latitude.
    pub lat: NodeId,
    /// Its cell.
    pub lat_slot: Slot,
    /// Node of the longitude.
    pub lon: NodeId,
    /// Its cell.
    pub lon_slot: Slot,
}

/// A latitude or a longitude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coordinate {
    /// How it is written.
    pub degrees: Degrees,
    /// A longitude: three digits of degrees, east or west.
    pub lon: bool,
    /// Its half of the globe stands in the field behind it.
    pub apart: bool,
}
