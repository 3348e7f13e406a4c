//! The compiled rule program and its evaluator; no parser.
//!
//! ```text
//!   conditions (each distinct one once) --> bits: true, error --.
//!   loops over the rows of lists -----------------------------> rules: masks over the bits --> failures
//!                                                               (branches where order counts)
//! ```
//!
//! Three things can come of a condition: true, false, or that it cannot be evaluated. The last is written `None` here;
//! it is never absorbed, and at the top of a rule it refuses the object.
//!
//! What this crate cannot do on purpose: parse, allocate for an object once warm, recurse, read a clock, or release.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

mod builder;
mod evaluate;
mod evaluator;
mod facts;
mod hot;
mod machine;
mod program;
mod starts;
mod term;
mod test;

pub use builder::{Builder, MAX_CONDITIONS};
pub use evaluate::{Choice, FailureKind, RuleFailure, Scratch};
pub use evaluator::{Chooser, Evaluator};
pub use facts::{Facts, Portions};
pub use machine::{Ask, Branch, Repetition, Target};
pub use program::{Expression, Program, Rule, RuleText};
pub use term::{FieldRef, MAX_LOOPS, ONE, Step, Term, TextTerm, number};
pub use test::Test;
