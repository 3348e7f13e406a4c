//! Object states, their transitions, verdict, reason and decision record.
//!
//! What this crate cannot do on purpose: parse a format, read a file or a clock, or send anything.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

mod account;
mod admit;
mod alter;
mod alteration;
mod answer;
mod area;
mod bound;
mod carriers;
mod claims;
mod company;
mod decide;
mod deep;
mod draft;
mod embedded;
mod finding;
mod inspect;
mod journal;
mod json;
mod label;
mod named_part;
mod object;
mod order;
mod policy;
mod prospect;
mod read_before;
mod reason;
mod regrade;
mod reviewers;
mod route;
mod rules;
mod shown_label;
mod shown_record;
mod slow;
mod tried;
mod validity;
mod verdict;
mod words;
mod workspace;

pub use account::{Account, ENGINE, Envelope};
pub use admit::{Admitted, Before, STATEMENTS_MAX, admit, may_be_heard};
pub use alteration::{Alter, Alteration, Naming, NotNameable, NotRoundable, Rounding, Towards};
pub use answer::{ANSWERABLE, is_answerable};
pub use area::{Area, DEGREE, Ground, Point};
pub use bound::LabelReader;
pub use carriers::unread_roles;
pub use claims::{CarrierKind, read_claims};
pub use company::{Beside, Company};
pub use decide::{Decision, decide, decide_rewritten};
pub use deep::{
    Crowded, Deep, LABEL_INSIDE, Looked, REBUILT_BYTES_MAX, Rebuilt, Said, Seen, UNSEARCHED, Unopened,
};
pub use draft::{Draft, Drafted, Log, Scribe, commit, draft, share};
pub use embedded::{BindingReader, Embedded, EmbeddedLabel};
pub use finding::{Class, Finding, FindingCode};
pub use inspect::{Inspection, Inspector, OpenText, Undeclared};
pub use journal::{Journal, JournalFault, Passed, Recorded, record};
pub use json::{Json, quote};
pub use object::{FastObject, Inspected, Received, Routed, SlowObject};
pub use policy::{
    Assigned, LaneType, LaneTypeParts, Policy, PolicyParts, Source, Traffic, UndeclaredPart, Validity,
};
pub use prospect::{Prospect, foresee};
pub use reason::{Reason, Says};
pub use reviewers::{ReviewPolicy, ReviewerTerms};
pub use slow::{Fidelity, Making, Meaning, Reading, SlowPath, SlowRelease};
pub use tried::Tried;
pub use validity::observed_time;
pub use verdict::{Final, Held, Refused, Released, Verdict, VerdictKind};
pub use workspace::Workspace;

pub(crate) use workspace::Pass;
