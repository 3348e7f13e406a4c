//! A binary type as a plain tree: what the plain interpreter and the emitter walk, and what the program is compiled from.
//!
//! Positions and widths are in bits from the start of the object. A part stands behind the one before it; there is
//! nothing between them that is not described.

use super::markup::Markup;
use crate::carried::Carried;
use crate::form::TextForm;
use crate::stamp::Stamp;
use lockgate_bytes::Ratio;
use lockgate_record::{Charset, CodeTree, NodeId, Slot};
use std::sync::Arc;

/// Registers of one program: presence masks, counts and selectors that a later part looks at.
pub const MAX_REGISTERS: usize = 64;
/// Containers inside containers, at most: sections, rows, lists and tags.
pub const MAX_LEVELS: usize = 24;
/// Bits of a presence mask, at most.
pub const MAX_MASK: u8 = 64;

/// What a type says of its bits.
#[derive(Clone, Debug)]
pub struct Binary {
    /// Bytes that an object is recognised by.
    pub prefix: Vec<u8>,
    /// Which bits of them count.
    pub prefix_mask: Vec<u8>,
    /// Where they stand.
    pub prefix_at: usize,
    /// The first bit of a byte is its lowest one (MIL-STD-2045-47001); otherwise its highest.
    pub lsb_first: bool,
    /// The parts of the record, in order.
    pub parts: Vec<Part>,
    /// Registers in use.
    pub registers: u8,
    /// The element of an XML type that stands in it, in part as XML and in part as fields.
    pub markup: Option<Box<Markup>>,
    /// The identifiers of the sentences in which the bits travel; none where they travel as they are.
    pub sentences: Vec<String>,
}

/// One part. Parts of a container follow each other without a gap.
#[derive(Clone, Debug)]
pub enum Part {
    /// A value with a cell.
    Value(Value),
    /// Bits that are always the same: constants and spare bits.
    Fixed(Fixed),
    /// The length of the container that it stands in, in bytes, from its first bit to its last.
    Measure(Measure),
    /// The number of rows of a list that comes later.
    Count(Count),
    /// A checksum over the object up to here.
    Sum(Sum),
    /// Parts under one name.
    Section(Section),
    /// A presence mask, and the parts that it speaks of.
    Mask(Mask),
    /// A part that stands where its bit of a mask is set.
    If(If),
    /// One bit: 1, and the container goes on; 0, and it ends here. The last part of a container where it must be 0.
    Fx,
    /// Rows of the same parts.
    List(List),
    /// Bytes that the type does not look into.
    Opaque(Opaque),
    /// What repeats to the end of the object; an object of its own each time.
    Batch(Vec<Part>),
    /// One of several groups of parts, by an earlier value.
    Choice(Choice),
    /// Tagged items.
    Tags(Tags),
    /// The children of [`Binary::markup`] as XML, to the end of what they stand in.
    Markup,
    /// Zero bits up to the next multiple.
    Pad {
        /// Of so many bits.
        to: u8,
    },
}

impl Part {
    /// True for what the record does not have, since the rest of the object tells it.
    pub fn is_computed(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Measure(_) | Self::Sum(_) | Self::Fixed(_))
    }

    /// True where the record of an object that has this part always shows that it has it, so that the emitter writes the
    /// presence bit, the extension or the tag before it.
    pub(crate) fn stands(&self) -> bool {
        match self {
            Self::Value(_) | Self::Section(_) | Self::Sum(_) | Self::Markup => true,
            // These say themselves where the emitter has to be asked.
            Self::List(_) | Self::Opaque(_) => true,
            // A field specification is never empty.
            Self::Mask(mask) => mask.fx || mask.parts.iter().any(Self::stands),
            Self::Batch(parts) => parts.iter().any(Self::stands),
            Self::Choice(choice) => choice.cases.iter().all(|(_, parts)| parts.iter().any(Self::stands)),
            Self::Tags(tags) => tags.items.iter().any(|item| item.required && item.part.stands()),
            Self::Fixed(_) | Self::Measure(_) | Self::Count(_) => false,
            Self::If(_) | Self::Fx | Self::Pad { .. } => false,
        }
    }
}

/// A value.
#[derive(Clone, Debug)]
pub struct Value {
    /// Its node in the shape.
    pub node: NodeId,
    /// Its cell.
    pub slot: Slot,
    /// Read by the word scan.
    pub scanned: bool,
    /// Free text.
    pub free: bool,
    /// What stands there.
    pub form: Form,
    /// Where its bits are kept for a choice.
    pub register: Option<u8>,
    /// What it is where a message leaves it out; such a message has it nevertheless.
    pub absent_is: Option<i64>,
}

/// How a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A whole number or a quantity.
    Number(Number),
    /// One bit.
    Flag,
    /// One of a list of byte strings, the first that stands there; the value is its index.
    Start(Vec<Vec<u8>>),
    /// One of a list of bit patterns; the value is its index.
    Enum {
        /// Width.
        bits: u8,
        /// Least significant byte first.
        little: bool,
        /// Written as a varint; the width is that of the number.
        varint: bool,
        /// The patterns.
        wires: Vec<u64>,
    },
    /// Names of the bits that are set, first bit first, joined by commas.
    Flags {
        /// Width.
        bits: u8,
        /// Least significant byte first.
        little: bool,
        /// The name of each bit, most significant first; a bit without a name must be zero.
        names: Vec<Option<String>>,
    },
    /// An instant: so many steps since 1970-01-01T00:00:00Z.
    Time {
        /// Width.
        bits: u8,
        /// Least significant byte first.
        little: bool,
        /// Written as a varint.
        varint: bool,
        /// Nanoseconds of a step.
        nanos: i64,
        /// Zero is 1970. In a message that leaves zeros out it says that there is no time, and is refused.
        zero: bool,
    },
    /// A binary fraction (IEEE 754), as the shortest decimal that reads back as it.
    Float {
        /// 32 or 64.
        bits: u8,
        /// Least significant byte first.
        little: bool,
        /// Most digits after the point.
        digits: u8,
        /// Smallest value.
        min: lockgate_bytes::Decimal,
        /// Largest value.
        max: lockgate_bytes::Decimal,
        /// The number by which senders say that they do not know.
        unknown: Option<lockgate_bytes::Decimal>,
    },
    /// Decimal digits, each in bits of its own.
    Digits(Digits),
    /// An object of another type, to the end of what it stands in.
    Carried(Arc<Carried>),
    /// Text.
    Text(Text),
}

/// Decimal digits, each in bits of its own; always so many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits {
    /// Four bits each (binary coded decimals); otherwise characters of ASCII.
    pub bcd: bool,
    /// How many; at most 64.
    pub count: u8,
    /// What they say.
    pub of: Counted,
}

/// What decimal digits say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// A whole number or a quantity, with zeros in front.
    Number(Number),
    /// A time in pieces.
    Time(Stamp),
}

/// A number of up to 64 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// Width.
    pub bits: u8,
    /// How its sign is written.
    pub sign: Sign,
    /// Least significant byte first; only whole bytes.
    pub little: bool,
    /// Written as a varint; the width is that of the number.
    pub varint: bool,
    /// Smallest allowed, as written.
    pub min: i64,
    /// Largest allowed, as written.
    pub max: i64,
    /// Numbers, as written, by which senders say that they do not know.
    pub unknown: Option<i64>,
    /// What one is worth, where it is a quantity.
    pub step: Option<Step>,
}

/// How the sign of a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It has none.
    None,
    /// Two's complement.
    Complement,
    /// A sign bit before the magnitude; minus zero is refused.
    Magnitude,
    /// Zigzag: 0, -1, 1, -2 (protobuf `sint`).
    Zigzag,
}

/// A quantity is `(number * times + plus) / by`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Factor; not 0.
    pub times: i64,
    /// Offset.
    pub plus: i64,
    /// Divisor; not 0.
    pub by: u32,
}

impl Step {
    /// The quantity of a number; `None` beyond 64 bits.
    #[inline]
    pub fn value(&self, number: i64) -> Option<Ratio> {
        Ratio::new(number.checked_mul(self.times)?.checked_add(self.plus)?, self.by)
    }

    /// The number that stands for a quantity; `None` where none does exactly.
    pub fn number(&self, value: Ratio) -> Option<i64> {
        // Numerators of another denominator: fixtures and rounding make them.
        let numerator = if value.denominator() == self.by {
            i128::from(value.numerator())
        } else {
            let grown = i128::from(value.numerator()).checked_mul(i128::from(self.by))?;
            let by = i128::from(value.denominator());
            if grown.checked_rem(by)? == 0 { grown.checked_div(by)? } else { return None }
        };
        let rest = numerator.checked_sub(i128::from(self.plus))?;
        let times = i128::from(self.times);
        if rest.checked_rem(times)? == 0 { i64::try_from(rest.checked_div(times)?).ok() } else { None }
    }
}

/// A text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// How its characters are written.
    pub coding: Coding,
    /// Which characters.
    pub charset: Charset,
    /// Fewest characters.
    pub min: u32,
    /// Most characters.
    pub max: u32,
    /// Where it ends.
    pub length: Length,
    /// The bits of a text of fixed length by which senders say that they do not know.
    pub unknown: Option<u64>,
    /// The exact form, where it has one.
    pub form: Option<TextForm>,
    /// The codes that it may be, where it is one.
    pub codes: Option<CodeTree>,
}

/// Where a text or an opaque part ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// It has so many bits.
    Fixed(u32),
    /// A length in bytes stands before it.
    Before(Prefix),
    /// With the container.
    Rest,
    /// Behind a character that is not part of it.
    Terminator {
        /// Its value.
        end: u8,
        /// A text of the most characters that it may have ends without it.
        full: bool,
    },
}

/// A length before what it measures, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// Its width; 0 where it has none of its own.
    pub bits: u8,
    /// Without a width: in BER; otherwise a varint.
    pub ber: bool,
    /// Least significant byte first.
    pub little: bool,
    /// It counts itself too.
    pub itself: bool,
}

/// How characters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// One byte each.
    Ascii,
    /// Seven bits each.
    Ascii7,
    /// UTF-8.
    Utf8,
    /// UTF-16, most significant byte first.
    Utf16,
    /// Six bits each: A to Z are 1 to 26, space 32, digits 48 to 57 (ICAO Annex 10, volume IV, table 3-9).
    Icao,
    /// Six bits each, in the table of ITU-R M.1371: `@A-Z[\]^_ !"#$%&'()*+,-./0-9:;<=>?`.
    Ais,
    /// Three bits each, as octal digits.
    Octal,
    /// Four bits each, as decimal digits; others are refused.
    Bcd,
    /// Four bits each, as hexadecimal digits in small letters: bytes that mean nothing to the type. The higher half of a byte
    /// is said first, whichever comes first in the object.
    Hex,
}

impl Coding {
    /// The words of type files.
    pub const NAMES: [(Self, &'static str); 9] = [
        (Self::Ascii, "ascii"),
        (Self::Ascii7, "ascii7"),
        (Self::Utf8, "utf8"),
        (Self::Utf16, "utf16"),
        (Self::Icao, "icao"),
        (Self::Ais, "ais"),
        (Self::Octal, "octal"),
        (Self::Bcd, "bcd"),
        (Self::Hex, "hex"),
    ];

    /// Bits of a character; of UTF-8, of its unit.
    pub fn bits(self) -> u8 {
        match self {
            Self::Ascii | Self::Utf8 => 8,
            Self::Ascii7 => 7,
            Self::Utf16 => 16,
            Self::Icao | Self::Ais => 6,
            Self::Octal => 3,
            Self::Bcd | Self::Hex => 4,
        }
    }

    /// True for digits: no word can stand in them as they are read.
    pub fn is_digits(self) -> bool {
        matches!(self, Self::Octal | Self::Bcd | Self::Hex)
    }
}

/// Most octets in which no word is looked for: numbers and addresses, which say words by chance.
const NO_WORD: u32 = 8;

impl Text {
    /// True for octets in which words may stand: they are shown to the search as they are, not as the digits that they are read as.
    pub fn may_spell(&self) -> bool {
        self.coding == Coding::Hex && self.max > NO_WORD.saturating_mul(2)
    }

    /// True where the word scan has nothing to look for.
    pub fn is_wordless(&self) -> bool {
        self.coding.is_digits() && !self.may_spell()
    }
}

/// Bits that are always the same.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// How many; at most 64.
    pub bits: u8,
    /// What they are.
    pub is: u64,
    /// Spare bits, not a constant.
    pub spare: bool,
}

/// A computed length.
#[derive(Clone, Debug)]
pub struct Measure {
    /// Its width; 0 for a varint of the bytes behind it, to the end of the container.
    pub bits: u8,
    /// Least significant byte first.
    pub little: bool,
}

/// A computed number of rows.
#[derive(Clone, Debug)]
pub struct Count {
    /// Its width.
    pub bits: u8,
    /// Least significant byte first.
    pub little: bool,
    /// Where it is kept.
    pub register: u8,
    /// The cell of the list that it counts; of the same block.
    pub list: Slot,
    /// The list's node, so that a list that is left out counts nothing.
    pub node: NodeId,
}

/// A computed checksum.
#[derive(Clone, Debug)]
pub struct Sum {
    /// How it is computed.
    pub kind: SumKind,
}

/// How a checksum is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumKind {
    /// 16 bits: bytes at even offsets count 256-fold, modulo 65536 (MISB ST 0601, tag 1); over all bytes before it.
    Sum16,
    /// 8 bits: the bytes before it, exclusively or-ed (NMEA 0183).
    Xor8,
    /// 32 bits: CRC-32 of ISO 3309 over the bytes before it.
    Crc32,
    /// 16 bits: CRC-16/CCITT-FALSE over the bytes before it.
    Crc16,
    /// 24 bits: the parity of Mode S over the bytes before it.
    Crc24,
}

impl SumKind {
    /// The words of type files.
    pub const NAMES: [(Self, &'static str); 5] = [
        (Self::Sum16, "sum16"),
        (Self::Xor8, "xor8"),
        (Self::Crc32, "crc32"),
        (Self::Crc24, "crc24"),
        (Self::Crc16, "crc16"),
    ];

    /// Its width.
    pub fn bits(self) -> u8 {
        match self {
            Self::Sum16 | Self::Crc16 => 16,
            Self::Xor8 => 8,
            Self::Crc24 => 24,
            Self::Crc32 => 32,
        }
    }
}

/// Parts under one name.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its node.
    pub node: NodeId,
    /// Its cell.
    pub slot: Slot,
    /// A length before it, where it has one.
    pub length: Option<Prefix>,
    /// It is this child of [`Binary::markup`] too, which an object has in one of the two ways.
    pub shared: Option<u8>,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// A presence mask.
#[derive(Clone, Debug)]
pub struct Mask {
    /// Where it is kept, bit 0 for its first slot.
    pub register: u8,
    /// Slots.
    pub slots: u8,
    /// Octets of seven slots and one bit that says whether another follows; otherwise just the slots.
    pub fx: bool,
    /// Slots that stand for something.
    pub known: u64,
    /// Slots that must be set.
    pub required: u64,
    /// The parts that it speaks of, and those between them.
    pub parts: Vec<Part>,
}

/// A part that stands where a bit is set.
#[derive(Clone, Debug)]
pub struct If {
    /// The mask.
    pub register: u8,
    /// The slot.
    pub slot: u8,
    /// The part.
    pub part: Box<Part>,
}

/// Rows.
#[derive(Clone, Debug)]
pub struct List {
    /// Its node.
    pub node: NodeId,
    /// Its cell.
    pub slot: Slot,
    /// Cells of a row.
    pub width: u16,
    /// Fewest rows.
    pub min: u16,
    /// Most rows.
    pub max: u16,
    /// How it is known where they end.
    pub ends: Ends,
    /// The parts of a row.
    pub parts: Vec<Part>,
}

/// How it is known where rows end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// A count of so many bits stands before the first.
    Counted {
        /// Its width.
        bits: u8,
        /// Least significant byte first.
        little: bool,
    },
    /// An earlier [`Count`].
    Register(u8),
    /// A bit behind each row: 1, and another follows.
    Fx,
    /// A bit before each row: 1, and one follows; behind the last row a bit that is 0.
    Before,
    /// The first bit of each row: 1, and another follows it. There is one row at least.
    Ahead,
    /// With the container.
    Rest,
    /// There are so many.
    Fixed(u16),
    /// One row an occurrence, among tagged items.
    Occurrence,
}

impl Ends {
    /// True where nothing in the object stands for each row: rows without a bit would cost nothing.
    pub(super) fn tells_no_row(self) -> bool {
        matches!(self, Self::Counted { .. } | Self::Register(_) | Self::Rest)
    }
}

/// Bytes that the type does not look into: reported as an undeclared part, for the lane to drop or to refuse.
#[derive(Clone, Debug)]
pub struct Opaque {
    /// Most bytes.
    pub max: u32,
    /// Where it ends.
    pub length: Length,
}

/// One of several groups of parts; of the others nothing is there.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The register that holds the selector.
    pub register: u8,
    /// Selector and parts, rising.
    pub cases: Vec<(u64, Vec<Part>)>,
    /// The slots of a mask that the parts of each case take, where they do: the register of the mask, and all of them.
    pub slots: Option<(u8, u64)>,
}

/// Tagged items until the container ends.
#[derive(Clone, Debug)]
pub struct Tags {
    /// How key and length are written.
    pub coding: TagCoding,
    /// Items come in the order of the description; otherwise in any.
    pub ordered: bool,
    /// Names for some of the items together, which are always there: node and cell.
    pub sections: Vec<(NodeId, Slot)>,
    /// The items.
    pub items: Vec<Item>,
}

/// How key and length of a tagged item are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagCoding {
    /// Key of one byte, length in BER.
    ByteBer,
    /// Key in BER-OID, length in BER (MISB ST 0107).
    OidBer,
    /// Key and length of one byte each.
    ByteByte,
    /// Key of two bytes, length in BER.
    WordBer,
    /// Key and length of two bytes each.
    WordWord,
    /// A universal label of 16 bytes as key, length in BER (SMPTE ST 336: universal sets, and the packs of a stream).
    LabelBer,
    /// Protobuf: a varint of number and wire type, then what the wire type says.
    Protobuf,
}

impl TagCoding {
    /// The words of type files.
    pub const NAMES: [(Self, &'static str); 7] = [
        (Self::ByteBer, "byte-ber"),
        (Self::OidBer, "oid-ber"),
        (Self::ByteByte, "byte-byte"),
        (Self::WordBer, "word-ber"),
        (Self::WordWord, "word-word"),
        (Self::LabelBer, "label-ber"),
        (Self::Protobuf, "protobuf"),
    ];

    /// Largest key.
    pub fn most(self) -> u32 {
        match self {
            Self::ByteBer | Self::ByteByte => 0xFF,
            Self::WordBer | Self::WordWord => 0xFFFF,
            Self::OidBer | Self::Protobuf | Self::LabelBer => 0x0FFF_FFFF,
        }
    }
}

/// A tagged item.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its tag, or its field number; where keys are universal labels, its place in the description.
    pub key: u32,
    /// Its universal label, where keys are such.
    pub label: u128,
    /// The wire type, in protobuf: 0 varint, 1 eight bytes, 2 a length, 5 four bytes.
    pub wire: u8,
    /// Must stand.
    pub required: bool,
    /// Where among the others.
    pub place: TagPlace,
    /// What stands in it.
    pub part: Part,
}

/// Where a tagged item has to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagPlace {
    /// Where the order of the items lets it.
    Any,
    /// Before all others.
    First,
    /// Behind all others.
    Last,
}

/// 1678-01-01T00:00:00Z in nanoseconds since 1970: the first instant that is read.
pub const FIRST_INSTANT: i64 = -9_214_560_000_000_000_000;
/// 2262-01-01T00:00:00Z: the end of what is read.
pub const END_INSTANT: i64 = 9_214_646_400_000_000_000;
