//! A statement that nobody has verified takes part in no decision.
use lockgate_attest::SignedReview;
use lockgate_bytes::Time;
use lockgate_core::{Inspected, Policy, decide};
use std::sync::Arc;

fn forge(token: Inspected, policy: &Arc<Policy>, now: Time, signed: SignedReview) {
    let _decided = decide(token, policy, now, Some(&[signed]));
}

fn main() {}
