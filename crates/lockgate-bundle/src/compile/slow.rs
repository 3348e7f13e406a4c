//! What a lane does with objects of no known type, and what it takes for something built anew from them to cross.

use super::default_label::{self, Bound};
use super::evaluators::RulesByReference;
use super::{Context, lane_type, marking_words};
use crate::load::{Authored, LaneFile, Unlabelled};
use crate::report::{enter, unknown};
use lockgate_core::{SlowPath, SlowRelease, Source};
use lockgate_marking::{LevelRef, Mapping};
use lockgate_notation::Diagnostics;
use lockgate_rules::Compiler;
use std::sync::Arc;

/// The lane's part `slow`; `Some(None)` for a lane without one.
#[expect(clippy::option_option, reason = "no slow path, and one that is wrong, are two things")]
pub(super) fn of_lane(
    lane: &Authored<'_, LaneFile>,
    mapping: &Mapping,
    bound: &Bound<'_, '_, '_>,
    sources: &[Source],
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Option<SlowPath>> {
    let Some(slow) = &lane.value.slow else { return Some(None) };
    let path = |release| {
        let (accepts, size_max, making, area) = (slow.accepts.clone(), slow.size_max, slow.making, slow.area);
        Some(Some(SlowPath { accepts, size_max, making, area, release }))
    };
    if !slow.rebuilt {
        return path(None);
    }
    enter(diagnostics, lane.document);
    let category = category(slow, context, diagnostics);
    // Any source of the lane may offer such objects, so the default has to be strong enough for each.
    let offering: Vec<(&str, LevelRef)> =
        sources.iter().map(|source| (&*source.name, source.ceiling)).collect();
    let unlabelled = match slow.unlabelled.as_ref().unwrap_or(&lane.value.unlabelled) {
        Unlabelled::Hold => Some(None),
        Unlabelled::Assign(assign) => {
            default_label::assigned(assign, bound, &offering, context, lane.document, diagnostics).map(Some)
        }
    };
    let mut compiler = Compiler::new();
    let whole = lane_type::of_lane(&mut compiler, lane, bound.policy, context, diagnostics);
    let rules = compiler.finish().filter(|_| whole);
    let own = (lane.value.policy.span, bound.policy);
    let (words, meanings) = marking_words::of_lane(own, mapping, context, diagnostics)?;
    let (category, unlabelled, rules) = (category?, unlabelled?, rules?);
    let program = Arc::new(rules.program);
    let reference = Arc::new(RulesByReference { texts: Arc::clone(&program), reference: rules.reference });
    let unasked = slow.is_unasked();
    path(Some(SlowRelease { unasked, category, unlabelled, rules: program, reference, words, meanings }))
}

/// What the lane says such objects are, as an index into all categories; `Some(None)` where it says nothing.
#[expect(clippy::option_option, reason = "no category, and one that nobody knows, are two things")]
fn category(
    slow: &crate::load::SlowPath,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Option<usize>> {
    let Some(name) = &slow.category else { return Some(None) };
    let found = context.categories.iter().position(|known| **known == *name.value);
    if found.is_none() {
        unknown(diagnostics, name, "category", context.categories.iter().map(AsRef::as_ref));
    }
    found.map(Some)
}
