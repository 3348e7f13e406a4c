//! From a map of path to bytes to one checked, compiled, content-addressed Bundle.
//!
//! ```text
//!   path -> bytes --place--> documents --load--> what each file says --compile--> one Policy a lane
//!        \                                                                           |
//!         '--sorted, hashed--> content address, and the bundle's one file            Bundle
//! ```
//!
//! A bundle is built whole or not at all: every mistake of every file is found in one go, and any of them stops it.
//! The one file of a built bundle holds the authored files and nothing compiled; whoever reads it compiles it again,
//! with all checks.
//!
//! What this crate cannot do on purpose: read a file or a clock, or decide anything about an object.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod archive;
mod bundle;
mod codes;
mod compile;
mod evidence;
mod expiry;
mod load;
mod place;
mod report;
pub mod trust;

pub use archive::ReadFault;
pub use bundle::{Bundle, LaneBindings, Strictness};
pub use codes::codes;
pub use compile::{is_of_another_domain, label_here};
pub use evidence::{Evidence, FixtureEvidence, Measured, Missing};
pub use expiry::{Expires, Expiry};
pub use load::{
    AgreementFile, DelegationFile, Direction, DomainFile, GoalFile, KeyOfReviewer, Reviewer, ReviewerRole,
    SignedBy, SlowPath, SourceBy, SourceTerms, read_delegation, read_policy,
};
pub use report::strictly;
