//! What a lane asks of bindings: its signers, by name.

use super::Context;
use crate::bundle::LaneBindings;
use crate::codes;
use crate::load::{Authored, LaneFile};
use crate::report::{enter, unknown};
use lockgate_binding::Signers;
use lockgate_notation::Diagnostics;

/// Resolves the names; `None` where one of them is wrong. A lane that says nothing has no signers and asks for none.
pub(crate) fn of_lane(
    lane: &Authored<'_, LaneFile>,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<LaneBindings> {
    let takes_sidecars = lane.value.sidecars;
    let Some(part) = &lane.value.bindings else {
        return Some(LaneBindings { takes_sidecars, ..LaneBindings::default() });
    };
    enter(diagnostics, lane.document);
    let known = &context.loaded.signers;
    let mut list = Vec::new();
    for name in &part.signers {
        match known.iter().find(|file| file.value.name == name.value) {
            Some(file) => list.push(file.value.clone()),
            None => {
                unknown(diagnostics, name, "signer", known.iter().map(|file| file.value.name.as_str()));
            }
        }
    }
    if list.len() != part.signers.len() {
        return None;
    }
    match Signers::new(list) {
        Ok(signers) => {
            Some(LaneBindings { signers, signature_required: part.signature_required, takes_sidecars })
        }
        Err(fault) => {
            let span = part.signers.last().map_or_else(Default::default, |name| name.span);
            diagnostics.error(&codes::TOO_MANY, span, fault.to_string());
            None
        }
    }
}
