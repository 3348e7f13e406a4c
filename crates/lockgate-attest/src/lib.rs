//! Canonical statements, who signed them, and the keys they signed with.
//!
//! ```text
//!   Statement::bundle(digest, revision, name) --> canonical bytes --SecretKey--> Signature
//!                                                       \--PublicKey, Signature--> true or false
//! ```
//!
//! A statement has a purpose and a fixed list of fields, each with its length before it, so that no two statements have
//! the same bytes and a signature for one purpose is none for another. Keys are those that `openssl genpkey -algorithm
//! ed25519` writes (RFC 8410). A certificate is read as far as its dates and its fingerprint; whether it is genuine is
//! for the TLS library to say.
//!
//! A reviewer's statement about a held object is the one that comes back as a token: [`SignedReview::verify`] is the only
//! mint of [`Attestation`].
//!
//! What this crate cannot do on purpose: read a file or a clock, make a key, or say who may sign; that is in a trust file,
//! and for reviewers in the bundle.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

mod certificate;
mod key;
pub mod pem;
mod review;
mod statement;

pub use certificate::{Certificate, CertificateFault};
pub use key::{KeyFault, KeyId, PublicKey, SecretKey, Signature, is_sealing_key_file, sealing_key, tls_key};
pub use lockgate_bytes::base64;
pub use review::{
    Attestation, REVIEW_BYTES_MAX, REVIEW_LIFE_SECONDS_MAX, REVIEW_TEXT_BYTES_MAX, ReviewFault,
    ReviewGrounds, ReviewStep, ReviewTerms, Reviewer, SignedReview,
};
pub use statement::{DelegationTerms, Statement};
