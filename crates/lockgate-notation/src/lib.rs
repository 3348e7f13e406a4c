//! Bounded KDL reader, printer and diagnostics for authored files.
//!
//! ```text
//!   bytes --bounds--> text --scan--> tokens --parse--> Document --Fields--> what a loader asks for
//!                                      |        |                               |
//!                                      |     confirmed by `kdl`            Diagnostics (all of them, with spans)
//!                                      +--format--> canonical text
//! ```
//!
//! Rule files are hostile input like any other: size, depth and characters are checked before a recursive parser
//! sees the text. Two readers, our own and the `kdl` crate, must agree about a document, or it is refused.
//!
//! A loader reads like the notation itself:
//!
//! ```
//! use lockgate_notation::{Document, Fields};
//!
//! let text = b"domain \"rsocc-net\" {\n    policy \"MISSION\" ceiling=\"RESTRICTED\"\n}\n";
//! let document = Document::parse("rules/domains/rsocc-net.kdl", text).unwrap();
//! let mut diagnostics = document.diagnostics();
//! let mut top = Fields::of(&document.root, &mut diagnostics);
//! if let Some(node) = top.child("domain") {
//!     let mut domain = Fields::of(node, top.diagnostics());
//!     let name = domain.arg_name("the name of the domain");
//!     assert_eq!(name.as_ref().map(|name| name.as_str()), Some("rsocc-net"));
//!     for policy in domain.children("policy") {
//!         let mut policy = Fields::of(policy, domain.diagnostics());
//!         let _name = policy.arg_text("the name of the policy");
//!         let _ceiling = policy.prop_text("ceiling");
//!         policy.finish();
//!     }
//!     domain.finish();
//! }
//! top.finish();
//! assert!(!diagnostics.has_errors());
//! ```

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod align;
mod characters;
mod codes;
mod confirm;
mod diagnostic;
mod fields;
mod kinds;
mod name;
mod parse;
mod print;
mod quantity;
mod read;
mod render;
mod same;
mod scan;
mod strings;
mod suggest;
mod take;
mod token;
mod tree;
mod value;

pub use codes::{DiagnosticCode, codes};
pub use diagnostic::{Diagnostic, Diagnostics, MAX_DIAGNOSTICS, Severity};
pub use fields::{At, Fields};
pub use lockgate_bytes::Span;
pub use name::{FieldName, Name};
pub use print::format;
pub use quantity::{
    parse_number, parse_per_second, parse_rate, parse_size, parse_time_from, parse_time_until,
};
pub use suggest::closest;
pub use tree::{Document, Node, Prop, Value, ValueKind};

/// The largest authored file, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// The deepest nesting of parts in an authored file, in levels; also of block comments.
pub const MAX_DEPTH: usize = 32;
