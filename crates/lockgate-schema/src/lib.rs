//! The type language: one description of a format gives its [`Shape`](lockgate_record::Shape), a compiled parser, a
//! reference interpreter and the canonical emitter.
//!
//! ```text
//!   rules/types/<type>/type.kdl --read--> Model + Shape --compile--> Program
//!                                           |                          |
//!   bytes ------------------------------ Reference      =?        Compiled --> Inspection (record, reasons,
//!                                           |                          |         open texts, undeclared parts)
//!   record ------------------------------ emit: the one canonical encoding
//! ```
//!
//! Both readers implement [`Inspector`](lockgate_core::Inspector) and agree on everything that they report: reasons
//! with their places and spans, values, the order of open texts, undeclared parts, and the steps that they spend.
//!
//! What they accept is less than XML: elements and attributes in UTF-8 with ASCII names, the five predefined entities
//! and, in attributes, `&#10;`. An XML declaration is read and not kept. No comments, processing instructions, document
//! types, CDATA, other references or byte order mark; no text between elements; no namespace that the type does not
//! know or nothing uses. Faults of structure end the reading; faults of a value do not, so that all are listed.
//!
//! What this crate cannot do on purpose: decide anything, or do I/O.
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

pub mod asterix;
pub mod binary;
pub mod both;
mod bounds;
mod carried;
mod emit;
mod fault;
mod form;
mod frame;
mod inspectors;
pub mod json;
mod literal;
pub mod marks;
pub mod model;
mod planted;
mod program;
mod prolog;
mod read;
mod reference;
mod same;
mod short;
mod stamp;
mod steps;
pub mod text;
mod types;

pub use carried::{Carried, Coding};
pub use form::TextForm;
pub use inspectors::{Compiled, Reference};
pub use read::codes::codes;
pub use stamp::{Date, Epoch, Piece, Stamp, TimeForm};
pub use steps::Steps;
pub use types::Type;
