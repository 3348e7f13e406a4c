//! Bit-level and tagged encodings: a description in [`model`], a flat program, a plain interpreter, and one emitter.
//!
//! ```text
//!   Binary (a tree of parts) --compile--> Program (instructions) --run--> cells, reasons, open texts, opaque parts
//!      |                                     =?
//!      +-------------------------------- plain interpreter, bit by bit
//!      +-------------------------------- emitter: the one canonical encoding
//! ```
//!
//! Nothing is skipped: every bit of an object is a value, a constant, a spare bit, a computed length, count or checksum,
//! a presence bit, or part of a range that is reported as undeclared. Faults of structure end the reading; a value that
//! is out of range or not listed does not, so that all of them are listed.

mod armour;
mod bits;
mod carried;
mod digits;
mod emit;
mod find;
mod frame;
pub mod markup;
pub mod model;
mod plain;
mod program;
mod run;
mod sink;
mod split;
mod sum;
mod tags;
mod text;
mod value;
mod word;
mod write;

pub(crate) use bits::low;
pub(crate) use carried::each as each_carried;
pub(crate) use emit::{emit, is_canonical};
pub(crate) use frame::{first_frame, recognises};
pub(crate) use plain::inspect;
pub(crate) use program::Program;
pub(crate) use split::split;
pub(crate) use text::charset_of;

/// Sentences of both readers.
mod says {
    pub(super) const REQUIRED_SLOT: &str = "a presence bit that the type requires is not set";
    pub(super) const LEFT_OVER: &str = "a part ends before the length that was told for it";
    pub(super) const BEYOND_LAST: &str = "an extension beyond the last one of the type";
    pub(super) const EMPTY_ROW: &str = "rows are counted that hold nothing: no presence bit of theirs is set";
    pub(super) const SPARE_SLOT: &str = "a presence bit that stands for nothing";
    pub(super) const EMPTY_FX: &str = "the last octet of a field specification is empty";
    pub(super) const NO_CASE: &str = "a selector that the type has no case for";
    pub(super) const LONG_PART: &str = "an opaque part longer than the type allows";
    pub(super) const LONG_VARINT: &str = "a varint longer than it needs to be, or than its number may be";
    pub(super) const LONG_LENGTH: &str = "a length in more bytes than it needs";
    pub(super) const LONG_KEY: &str = "a tag in more bytes than it needs";
    pub(super) const NO_TAG: &str = "a tag without a description";
    pub(super) const WIRE_TYPE: &str = "a wire type that is not that of the field";
    pub(super) const TAG_ORDER: &str = "a tag out of the order of the type";
    pub(super) const DEFAULT: &str = "a value that has to be left out, since it is the default";
    pub(super) const NO_NUMBER: &str = "a number that 64 bits with a sign do not hold";
    pub(super) const MINUS_ZERO: &str = "a zero with a minus";
    pub(super) const NO_INSTANT: &str = "no instant between 1678 and 2261";
    pub(super) const NOT_BYTES: &str = "an object of another type that is no whole number of bytes";
    pub(super) const BETWEEN_BYTES: &str = "bytes that begin or end within a byte";
    pub(super) const NO_DIGITS: &str = "something else than decimal digits";
    pub(super) const NO_TIME: &str = "no time as the type has it written";
    pub(super) const NOT_FINITE: &str = "no finite number of at most 18 digits";
    pub(super) const TWO_WAYS: &str = "what stands here as fields stands in the XML too";
    pub(super) const NO_END: &str = "no terminator where the text must end";
}
