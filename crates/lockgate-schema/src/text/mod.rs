//! Formatted text: lines and sets of fields. A description in [`model`], a flat program, a plain interpreter, and one
//! emitter.
//!
//! ```text
//!   Message (a tree of items) --compile--> Program (instructions) --run--> cells, reasons, open texts
//!      |                                      =?
//!      +--------------------------------- plain interpreter, letter by letter
//!      +--------------------------------- emitter: the one canonical layout
//! ```
//!
//! Nothing is skipped: every line is a set, a row of a table, a value or always the same. Faults of structure end the
//! reading; a value that is wrong does not, so that all of them are listed.

mod carried;
mod emit;
mod frame;
pub mod model;
mod pen;
mod plain;
mod program;
mod run;
mod value;
mod write;

pub(crate) use carried::{each as each_carried, each_value};
pub(crate) use emit::{emit, is_canonical};
pub(crate) use frame::recognises;
pub(crate) use plain::inspect;
pub(crate) use program::Program;

/// Sentences of both readers.
mod says {
    pub(super) const UNKNOWN_SET: &str = "a set that the type does not have";
    pub(super) const SET_ORDER: &str = "a set out of the order of the type, or once too often";
    pub(super) const MORE_FIELDS: &str = "more fields than the set has";
    pub(super) const CUT_OFF: &str = "the object ends before the set does";
    pub(super) const NOT_ENDED: &str = "a set that is not ended in its line";
    pub(super) const NO_INDENT: &str = "a line that goes on without a blank at its beginning";
    pub(super) const BLANK_LINE: &str = "a blank line inside a set";
    pub(super) const EMPTY_FIELD: &str = "a field without any character";
    pub(super) const LONG_LINE: &str = "a line longer than the type allows";
    pub(super) const LINE_END: &str = "a line that does not end as the type says";
    pub(super) const AFTER_END: &str = "characters behind the end of a set";
    pub(super) const NO_ROW: &str = "a line inside a table that is no row of it";
    pub(super) const CELLS: &str = "a row with more or fewer cells than the table has columns";
    pub(super) const HEADINGS: &str = "headings that are not those of the table";
    pub(super) const NO_SUM: &str =
        "no checksum where the set ends: * and two hexadecimal digits in capitals";
    pub(super) const NO_KEY: &str = "not the descriptor that the field begins with";
    pub(super) const NO_UNIT: &str = "not the unit that the field ends with";
    pub(super) const NO_ALTERNATIVE: &str = "none of the descriptors or units that the field may have";
    pub(super) const EDGE_BLANK: &str = "a blank at the beginning or end of a field";
    pub(super) const NOT_PLAIN: &str = "a number that is not written in the one way of the type";
    pub(super) const NOT_GROUP: &str = "no date-time group of the form that the type gives";
    pub(super) const NO_REFERENCE: &str =
        "a date-time group without a year, and the instant that it belongs to is not there";
    pub(super) const NOT_CLOCK: &str = "no time of day of the form that the type gives";
    pub(super) const NO_CHECK: &str = "not the check digit that the digits before it make";
    pub(super) const NOT_POSITION: &str =
        "no position in degrees and minutes of the form that the type gives";
    pub(super) const NOT_GRID: &str = "no grid reference such as 33TVM1234567890";
}
