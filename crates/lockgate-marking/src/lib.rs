//! Policies, labels, communities, agreements, equivalence and the release check.
//!
//! ```text
//!   SPIF bytes + settings --> Policy --.
//!   profile, equivalence ------------- PolicySet --> LabelBuilder / Claim --> Label (valid under its policy)
//!   communities, domains, agreements --'                                        |
//!                                                                               v
//!                      ReleaseCheck  <--  Combined (the strictest)  <--  Mapping (into the lane's policy)
//! ```
//!
//! Everything is compiled when a bundle loads; what runs for each object allocates nothing while it finds nothing
//! wrong. What this crate cannot do on purpose: read a file or a clock, read KDL, or guess. What is unknown is a
//! finding, never a default.

#![no_std]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::string_slice,
        reason = "tests compute and cut freely"
    )
)]

extern crate alloc;

mod bits;
mod builder;
mod clearance;
mod combine;
mod country;
mod document;
mod domain;
mod edition;
mod equivalence;
mod ess;
mod fault;
mod file;
mod label;
mod nation;
pub mod native;
mod policy;
mod profile;
mod regrade;
mod release;
mod set;
pub mod spif;
#[cfg(test)]
mod standard;
pub mod term;
#[cfg(test)]
mod testing;
mod text;
mod validity;
#[cfg(test)]
mod vectors;
pub mod xml;

pub use builder::{LabelBuilder, TagClaim};
pub use clearance::{Access, Clearance};
pub use combine::Combined;
pub use country::{alpha3, alpha3_of, is_alpha3};
pub use document::{CheckedText, FoundMarking};
pub use domain::{Agreement, Domain, Forbidden, Held, Readers};
pub use equivalence::{Equivalence, LevelTerm, Mapped, Mapping, check_rings};
pub use fault::{Fault, Severity};
pub use file::{LabelFile, LabelForm, LabelKind, Succession, WholeLabel};
pub use label::{Label, LabelText, TagView};
pub use nation::{Communities, Community, CommunityMember, Nation, Party};
pub use policy::{
    Absent, Kind, MarkingForm, MarkingReader, MarkingWord, Matching, Place, Policy, Review, Settings,
    TagVocabulary, ValueView, WordOf,
};
pub use profile::{
    Carrier, CarrierIx, CarrierValue, Claim, Claimed, Display, Profile, ProfileText, UsMarking, UsRead,
    ism_attribute,
};
pub use regrade::{Delegation, Regrade};
pub use release::{
    AgreementAnswer, NoAgreement, ReaderAnswer, ReleaseCheck, ReleaseFinding, ReleaseOutcome, ReleaseTerms,
};
pub use set::{CategoryRef, LevelRef, PolicyIx, PolicySet};
