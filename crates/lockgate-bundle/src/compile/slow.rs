//! What a lane does with objects of no known type, and what it takes for something built anew from them to cross.

use super::default_label::{self, Bound};
use super::{Context, lane_type};
use crate::load::{Authored, LaneFile, Unlabelled};
use crate::report::{enter, unknown};
use lockgate_core::{Meaning, SlowPath, SlowRelease, Source};
use lockgate_marking::{LevelRef, Mapping, PolicyIx};
use lockgate_notation::Diagnostics;
use lockgate_rules::Compiler;
use lockgate_words::{ListSource, Mode, WordLists};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The lane's part `slow`; `Some(None)` for a lane without one.
#[expect(clippy::option_option, reason = "no slow path, and one that is wrong, are two things")]
pub(super) fn of_lane(
    lane: &Authored<'_, LaneFile>,
    policy: PolicyIx,
    mapping: &Mapping,
    bound: &Bound<'_, '_, '_>,
    sources: &[Source],
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Option<SlowPath>> {
    let Some(slow) = &lane.value.slow else { return Some(None) };
    let release = match slow.rebuilt {
        true => Some(release(lane, policy, mapping, bound, sources, context, diagnostics)?),
        false => None,
    };
    Some(Some(SlowPath { accepts: slow.accepts.clone(), making: slow.making, release }))
}

fn release(
    lane: &Authored<'_, LaneFile>,
    policy: PolicyIx,
    mapping: &Mapping,
    bound: &Bound<'_, '_, '_>,
    sources: &[Source],
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<SlowRelease> {
    enter(diagnostics, lane.document);
    let slow = lane.value.slow.as_ref()?;
    let category = match &slow.category {
        None => Some(None),
        Some(name) => {
            let found = context.categories.iter().position(|known| **known == *name.value);
            if found.is_none() {
                unknown(diagnostics, name, "category", context.categories.iter().map(AsRef::as_ref));
            }
            found.map(Some)
        }
    };
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
    let whole = lane_type::of_lane(&mut compiler, lane, policy, context, diagnostics);
    let rules = compiler.finish().filter(|_| whole);
    let (words, meanings) = markings(policy, mapping, context)?;
    let (category, unlabelled, rules) = (category?, unlabelled?, Arc::new(rules?.program));
    Some(SlowRelease { category, unlabelled, rules, words, meanings })
}

/// Every word of a marking of any policy that can be looked for, each in a list of its own, and what it means on the lane. A
/// nation's code by itself marks nothing. A word that is a level of the lane's own policy means that; of others the strictest
/// counts, and one without an equivalent is above everything.
fn markings(
    policy: PolicyIx,
    mapping: &Mapping,
    context: &Context<'_, '_>,
) -> Option<(WordLists, Vec<Meaning>)> {
    let policies = context.policies;
    let mut known: BTreeMap<String, Meaning> = BTreeMap::new();
    let vocabulary = policies.iter().flat_map(|(_, policy)| policy.vocabulary());
    for tag in vocabulary {
        for value in tag.values.iter().filter(|value| value.nation.is_none()) {
            let none = || Meaning::Value { tags: Vec::new(), value: value.name.to_owned() };
            if let Meaning::Value { tags, .. } = known.entry(value.name.to_uppercase()).or_insert_with(none) {
                tags.push(tag.name.to_owned());
            }
        }
    }
    for (_, policy) in policies.iter() {
        known.insert(policy.name().to_uppercase(), Meaning::Policy);
    }
    let is_own = |(index, _): &(PolicyIx, &lockgate_marking::Policy)| *index == policy;
    for (index, other) in policies.iter().filter(|each| !is_own(each)).chain(policies.iter().filter(is_own)) {
        for name in other.levels() {
            let level = policies.level_in(index, name);
            let level = level.and_then(|level| mapping.map_level(level, policies));
            let strictest = match known.get(&name.to_uppercase()) {
                Some(Meaning::Level(before)) if index != policy => {
                    before.zip(level).map(|(one, other)| match policies.compare(one, other) {
                        Some(order) if order.is_ge() => one,
                        _ => other,
                    })
                }
                _ => level,
            };
            known.insert(name.to_uppercase(), Meaning::Level(strictest));
        }
    }
    let list = |word: &String| ListSource {
        name: Arc::from(word.as_str()),
        mode: Mode::Whole,
        terms: vec![word.clone()],
    };
    let lists: Vec<ListSource> = known.keys().map(list).collect();
    // A level called `R`, or a value that is a sentence, cannot be looked for.
    for fault in WordLists::compile(&lists).err().unwrap_or_default() {
        known.remove(&*fault.list);
    }
    let lists: Vec<ListSource> = known.keys().map(list).collect();
    Some((WordLists::compile(&lists).ok()?, known.into_values().collect()))
}
