//! United States markings: banner lines and portion marks, ISM attributes, roll-up and roll-down.
//!
//! ```text
//!   banner line, portion mark --> parse --.                     .--> render --> banner line, portion mark
//!                                          Marking --> RollUp --+
//!   ISM attributes ------> Marking::read --'          (the strictest)
//!   text of a document ---> document::check: every marking in it, and whether its banner covers its portions
//! ```
//!
//! Where authorities disagree the difference is a field of an [`Edition`] or the mask of a rule: data, with its source.
//! What is not known is a [`Fault`] with a stable code, a place and a reason, never something to skip.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

mod attributes;
mod codes;
mod codeset;
mod country;
pub mod document;
mod edition;
mod fault;
mod grammar;
mod marking;
mod names;
mod notice;
mod release;
mod render;
mod rollup;
mod rule;
mod rules;
mod token;
mod vocabulary;
mod words;

pub use country::Code;
pub use edition::{EDITIONS, Edition};
pub use fault::{CODES, Fault};
pub use grammar::{Category, Form, Parsed, parse};
pub use marking::{Marking, More, Owner};
pub use names::attribute;
pub use render::render;
pub use rollup::{Date, Reason, RollUp, RolledUp, Stands};
pub use rule::{Rule, check};
pub use rules::RULES;
pub use token::{Says, Token, place, says_of};
pub use vocabulary::{Aea, Dissem, Level, NonIc, NonUs};
