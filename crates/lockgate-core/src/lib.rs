//! Object states, their transitions, verdict, reason and decision record.
//!
//! What this crate cannot do on purpose: parse a format, read a file or a clock, or send anything.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

mod inspect;
mod reason;

pub use inspect::{Inspection, Inspector, OpenText, Undeclared};
pub use reason::Reason;
