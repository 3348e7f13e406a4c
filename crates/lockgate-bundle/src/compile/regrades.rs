//! Delegations of a lane: which of them lower objects of a type.

use super::Context;
use super::lane_type::TypeTerms;
use crate::load::DelegationFile;
use crate::report::{enter, faults, unknown};
use crate::{codes, load::Authored};
use lockgate_marking::{Profile, Regrade};
use lockgate_notation::Diagnostics;

/// The delegations of the lane for one of its types, compiled.
pub(crate) fn of_type(
    terms: &TypeTerms<'_, '_>,
    profile: Option<&Profile>,
    has_default: bool,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Regrade>> {
    let part = terms.part;
    let mut regrades: Vec<Regrade> = Vec::new();
    let mut whole = true;
    let named = &terms.lane.value.delegations;
    for name in named {
        let Some(file) = find(context, &name.value) else { continue };
        if !file.value.delegation.types.contains(&part.name.value) {
            continue;
        }
        if has_default {
            let message =
                format!("`{}` is lowered by `{}` and has a default label", part.name.value, name.value);
            diagnostics.error(&codes::REGRADE_AND_DEFAULT, part.name.span, message);
        }
        match Regrade::compile(&file.value.delegation, context.policies, terms.policy, profile) {
            Ok(regrade) if regrades.iter().any(|known| known.clashes(&regrade)) => {
                let message = "another delegation of the lane lowers the same objects at the same time";
                diagnostics.error(&codes::REGRADES_NOTHING, name.span, message);
                whole = false;
            }
            Ok(regrade) => regrades.push(regrade),
            Err(found) => {
                faults(diagnostics, file.document, found);
                enter(diagnostics, terms.lane.document);
                whole = false;
            }
        }
    }
    whole.then_some(regrades)
}

/// Reports delegations that there are not, or that are for no type of the lane.
pub(crate) fn check(
    lane: &Authored<'_, crate::load::LaneFile>,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) {
    for name in &lane.value.delegations {
        let Some(file) = find(context, &name.value) else {
            let known = context.loaded.delegations.iter().map(|file| file.value.delegation.name.as_str());
            unknown(diagnostics, name, "delegation", known);
            continue;
        };
        let types = &file.value.delegation.types;
        if !lane.value.types.iter().any(|part| types.contains(&part.name.value)) {
            let message = format!("`{}` is for no type of this lane", name.value);
            diagnostics.error(&codes::REGRADES_NOTHING, name.span, message);
        }
    }
}

fn find<'c, 'p>(context: &Context<'c, 'p>, name: &str) -> Option<&'c Authored<'p, DelegationFile>> {
    context.loaded.delegations.iter().find(|file| file.value.delegation.name == name)
}
