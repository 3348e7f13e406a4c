//! The type of an object is found by its structure, never by a name.

use crate::object::{FastObject, Received, Routed, SlowObject};
use crate::policy::Policy;
use lockgate_reason::{deep, framing};

/// Finds the type; what no type of the lane recognises goes the slow route.
pub(crate) fn route(mut received: Received, policy: &Policy) -> Routed {
    received.workspace.under(policy.bundle());
    let mut found =
        policy.parts.types.iter().filter(|known| known.inspector().recognises(received.untrusted()));
    match (found.next(), found.next()) {
        (Some(lane_type), None) => Routed::Fast(FastObject { lane_type: lane_type.clone(), received }),
        (Some(_), Some(_)) => Routed::Slow(SlowObject { received, why: framing::AMBIGUOUS_TYPE }),
        (None, _) => {
            let empty = received.bytes.iter().all(u8::is_ascii_whitespace);
            let why = match policy.parts.slow.is_some() {
                _ if empty => framing::EMPTY,
                true => deep::NOT_OPENED,
                false => framing::NOT_OF_A_TYPE,
            };
            Routed::Slow(SlowObject { received, why })
        }
    }
}
