//! One approval is one: it is not copied.
use lockgate_attest::Attestation;

fn forge(attestation: &Attestation) -> Attestation {
    attestation.clone()
}

fn main() {}
