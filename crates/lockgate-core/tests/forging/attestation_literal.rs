//! An attestation is made by verifying a signature, and in no other way.
use lockgate_attest::{Attestation, ReviewTerms};
use lockgate_bytes::Digest;

fn forge(terms: ReviewTerms, digest: Digest) -> Attestation {
    Attestation { terms, digest }
}

fn main() {}
