//! What was not inspected is not decided.
use lockgate_bytes::Time;
use lockgate_core::{Policy, Received, decide};
use std::sync::Arc;

fn forge(token: Received, policy: &Arc<Policy>, now: Time) {
    let _decided = decide(token, policy, now, None);
}

fn main() {}
