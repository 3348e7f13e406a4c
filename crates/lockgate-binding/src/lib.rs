//! What binds a label to an object: STANAG 4778 bindings, their references and their signatures.
//!
//! ```text
//!   object (+ sidecar) --bounded XML--> BindingInformation --> Metadata --canonical XML--> label, for its own reader
//!                                            |        '------> Data, DataReference --resolved in hand--> whole or part
//!                                            '--> Signature --> digests, coverage, signer --> verified or not
//! ```
//!
//! Sources: ADatP-4778 Edition A (schema 1.4, openly published) for the structure, ADatP-4778.2 for the algorithms, W3C XML
//! Signature 1.1 and Exclusive XML Canonicalization 1.0 for signatures.
//!
//! A label is given as canonical XML, so that what was signed is what is read, and so that it means the same outside of
//! the document that it stood in. What this crate cannot do on purpose: fetch anything, read a label, know a policy, or
//! trust a key that a document brings along. What it does not read is a finding, never skipped.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

mod canonical;
mod coverage;
mod model;
mod reading;
mod reference;
mod signature;
mod signer;
mod words;

pub use canonical::{NotCanonical, write as write_canonical};
pub use reading::{BOUNDS, BoundLabel, Form, Object, Reading, Scope, Terms, read_carried, read_detached};
pub use signature::Signed;
pub use signer::{KeyFault, Signer, SignerKey, Signers};
