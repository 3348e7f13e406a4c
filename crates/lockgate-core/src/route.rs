//! The type of an object is found by its structure, never by a name.

use crate::object::{FastObject, Received, Routed, SlowObject};
use crate::policy::Policy;

/// Finds the type; what no type of the lane recognises goes the slow route.
pub(crate) fn route(received: Received, policy: &Policy) -> Routed {
    let Some(index) = policy
        .parts
        .types
        .iter()
        .position(|lane_type| lane_type.inspector().recognises(received.untrusted()))
    else {
        return Routed::Slow(SlowObject { received, accepted: policy.parts.slow });
    };
    match policy.parts.types.get(index) {
        Some(lane_type) => Routed::Fast(FastObject { lane_type: lane_type.clone(), received }),
        None => Routed::Slow(SlowObject { received, accepted: false }),
    }
}
