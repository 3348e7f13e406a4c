//! Which way a lane leads, as its domains' ceilings say.

use super::Context;
use crate::codes;
use crate::load::{Agreements, Authored, DomainFile, LaneFile};
use crate::report::{Text, unknown};
use core::cmp::Ordering;
use lockgate_core::Reading;
use lockgate_marking::{LevelRef, Mapping};
use lockgate_notation::Diagnostics;

/// The two ends of a lane, with their ceilings in the lane's policy.
pub(crate) struct Ends<'c, 'p> {
    pub(crate) from: &'c Authored<'p, DomainFile>,
    pub(crate) to: &'c Authored<'p, DomainFile>,
    pub(crate) from_ceiling: LevelRef,
    pub(crate) to_ceiling: LevelRef,
}

/// Resolves the domains, and checks what the lane says about its direction.
pub(crate) fn ends<'c, 'p>(
    lane: &LaneFile,
    mapping: &Mapping,
    context: &Context<'c, 'p>,
    diagnostics: &mut Diagnostics,
) -> Option<Ends<'c, 'p>> {
    let from = domain(&lane.from, context, diagnostics);
    let to = domain(&lane.to, context, diagnostics);
    let (from, to) = (from?, to?);
    let from_ceiling = ceiling(from, &lane.from, mapping, context, diagnostics);
    let to_ceiling = ceiling(to, &lane.to, mapping, context, diagnostics);
    let ends = Ends { from, to, from_ceiling: from_ceiling?, to_ceiling: to_ceiling? };
    let Some(order) = context.policies.compare(ends.from_ceiling, ends.to_ceiling) else {
        diagnostics.error(&codes::UNMAPPABLE, lane.direction.span, "the two ceilings do not compare");
        return None;
    };
    let direction = match order {
        Ordering::Greater => "down",
        Ordering::Less => "up",
        Ordering::Equal => "level",
    };
    if direction != lane.direction.value {
        let name = |level| context.policies.level_name(level).unwrap_or("");
        let message = format!(
            "from {} to {} leads {direction}, not {}",
            name(ends.from_ceiling),
            name(ends.to_ceiling),
            lane.direction.value
        );
        diagnostics.error(&codes::WRONG_DIRECTION, lane.direction.span, message);
    }
    needs(lane, direction, diagnostics);
    Some(ends)
}

/// What a lane of this direction needs.
fn needs(lane: &LaneFile, direction: &str, diagnostics: &mut Diagnostics) {
    if let Agreements::None { span, .. } = lane.agreements
        && direction != "up"
    {
        let message = format!("this lane leads {direction}, and so it releases under an agreement only");
        diagnostics.error(&codes::NEEDS_AGREEMENT, span, message);
    }
    if let Some(slow) = &lane.slow
        && (slow.people == 0 || (direction == "down" && slow.people < 2))
    {
        let message = format!("{} is too few to decide on what leads {direction}", slow.people);
        diagnostics.error(&codes::TOO_FEW_PEOPLE, slow.people_span, message);
    }
    let unasked = lane.slow.as_ref().and_then(|slow| Some((slow, slow.unasked?)));
    if let Some((_, span)) = unasked.filter(|_| direction != "up") {
        let message =
            format!("this lane leads {direction}, and so nothing of no known type leaves without people");
        diagnostics.error(&codes::TOO_FEW_PEOPLE, span, message);
    }
    if let Some((_, span)) = unasked.filter(|(slow, _)| slow.making.reading == Reading::Off) {
        let message =
            "with `ocr off` nobody but people reads what pictures say, and nothing leaves without them";
        diagnostics.error(&codes::TOO_FEW_PEOPLE, span, message);
    }
}

fn domain<'c, 'p>(
    name: &Text,
    context: &Context<'c, 'p>,
    diagnostics: &mut Diagnostics,
) -> Option<&'c Authored<'p, DomainFile>> {
    let domains = &context.loaded.domains;
    let found = domains.iter().find(|file| file.value.domain.name == name.value);
    if found.is_none() {
        unknown(diagnostics, name, "domain", domains.iter().map(|file| file.value.domain.name.as_str()));
    }
    found
}

/// The ceiling of a domain in the lane's policy.
fn ceiling(
    domain: &Authored<'_, DomainFile>,
    name: &Text,
    mapping: &Mapping,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<LevelRef> {
    let file = &domain.value;
    let own = context.policies.level(&file.policy.value, &file.ceiling.value)?;
    let mapped = mapping.map_level(own, context.policies);
    if mapped.is_none() {
        let message = format!(
            "the ceiling of `{}`, {} of {}, has no equivalent in the lane's policy",
            file.domain.name, file.ceiling.value, file.policy.value
        );
        diagnostics.error(&codes::UNMAPPABLE, name.span, message);
    }
    mapped
}
