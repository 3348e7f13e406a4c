//! The type of an object is found by its structure, never by a name.

use crate::object::{FastObject, Received, Routed, SlowObject};
use crate::policy::Policy;
use lockgate_reason::{deep, framing};

/// Finds the type; what no type of the lane recognises goes the slow route.
pub(crate) fn route(mut received: Received, policy: &Policy) -> Routed {
    received.workspace.under(policy.bundle());
    let Some(index) = policy
        .parts
        .types
        .iter()
        .position(|lane_type| lane_type.inspector().recognises(received.untrusted()))
    else {
        let empty = received.bytes.iter().all(u8::is_ascii_whitespace);
        let why = match policy.parts.slow {
            _ if empty => framing::EMPTY,
            true => deep::NOT_OPENED,
            false => framing::NOT_OF_A_TYPE,
        };
        return Routed::Slow(SlowObject { received, why });
    };
    match policy.parts.types.get(index) {
        Some(lane_type) => Routed::Fast(FastObject { lane_type: lane_type.clone(), received }),
        None => Routed::Slow(SlowObject { received, why: framing::NOT_OF_A_TYPE }),
    }
}
