//! The rule language: parse, check against a Shape, compile; the reference interpreter.
//!
//! ```text
//!   expression --parse--> tree --check(Scope)--> conditions --lower--> lockgate_eval::Program
//!                                                    |
//!                                                    +--interpret--> the same answer, by plain walking
//! ```
//!
//! The language is a typed, total subset of the syntax of CEL, and stricter in its errors: operands are evaluated from
//! left to right, `&&`, `||` and `? :` leave out what they need not know, and an error in any operand that is evaluated
//! is the result. No recursion, no functions of the author's own; nesting, length and cost are bounded.
//!
//! | in scope | what |
//! |---|---|
//! | the record's name | its fields by path; `list.all(row, ...)` and `list.exists(row, ...)` name the rows |
//! | `label` | `label.level`, `label.policy`, `label.dominates(portions)`, `'AUT' in label.values('Releasable To')`: what the label says, not who may read it |
//! | `source` `destination` `agreement` `lane` | names; reading `agreement` where none is in force is an error |
//! | `now` `age` | the reference time, and its distance from the observed time (an error where there is none) |
//! | `released` | in goals only, which know it and `label` and nothing else |
//!
//! - Numbers are exact, in steps of 10^-18 up to 1.7 * 10^20; a result beyond that is an error. A fraction that is no such
//!   step is cut off at one, towards minus infinity, before it is compared or computed with. Written numbers take the
//!   unit of what they meet; quantities of different units never meet. Instants and durations count nanoseconds.
//! - Reading an absent field, or one whose sender says it does not know, is an error; `has(path)` is false for both, for
//!   everything in an absent section, and for a list without rows.
//! - `all` over an empty list that needs a row is an error. Loops stop at the first row that settles them; a row before it
//!   that is in error ends them so. A loop inside a loop runs over a list of the row.
//! - `&&`, `||`, `!`, `? :`, `==` and `!=` take conditions; `==`, `!=` and `in` take texts, and know the words of an
//!   enumeration or code; levels compare within one policy only.
//!
//! ```
//! use lockgate_marking::PolicySet;
//! use lockgate_notation::{Document, Fields};
//! use lockgate_record::{Kind, NodeId, NodeOptions, ShapeBuilder};
//! use lockgate_rules::{Compiler, Scope, rules};
//!
//! let mut build = ShapeBuilder::new("spot");
//! for name in ["seen", "until"] {
//!     build.value(NodeId(0), name, Kind::Time, NodeOptions::default()).unwrap();
//! }
//! let shape = build.finish();
//! let text = br#"rule "spot.window" {
//!     require "spot.until > spot.seen && spot.seen <= now + duration('5s')"
//!     otherwise refuse says="the validity window is empty, or the report is from the future"
//! }"#;
//! let document = Document::parse("rules.kdl", text).unwrap();
//! let mut diagnostics = document.diagnostics();
//! let mut top = Fields::of(&document.root, &mut diagnostics);
//! let (sources, _) = rules(&mut top);
//! top.finish();
//! let policies = PolicySet::new();
//! let mut compiler = Compiler::new();
//! compiler.add(&sources, &Scope::of_type(&shape, &policies, None), &mut diagnostics);
//! let set = compiler.finish().unwrap();
//! assert_eq!(set.program.condition_count(), 2);
//! assert!(diagnostics.is_empty());
//! ```
//!
//! What this crate cannot do on purpose: read a file or a clock, decide a verdict, or run anything without a bound.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod call;
mod check;
mod codes;
mod compare;
mod interpret;
mod known;
mod level;
mod load;
mod lower;
mod names;
mod operand;
mod parse;
mod repetition;
mod report;
mod ruleset;
mod scope;
mod syntax;
mod texts;
mod token;
mod typed;

pub use check::{Checked, check};
pub use codes::codes;
pub use load::{RuleSource, rules};
pub use report::Written;
pub use ruleset::{ChoiceSet, Compiler, Reference, RuleSet};
pub use scope::Scope;
