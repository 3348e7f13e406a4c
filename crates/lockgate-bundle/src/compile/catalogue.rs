//! Names of one file that are defined by another, outside of lanes.

use super::Context;
use crate::bundle::Strictness;
use crate::load::{Authored, KeyOfReviewer, Loaded};
use crate::report::{self, Text, enter, unknown};
use crate::{codes, evidence};
use lockgate_attest::PublicKey;
use lockgate_marking::{Communities, PolicySet, Profile, check_rings};
use lockgate_notation::Diagnostics;
use lockgate_rules::{Scope, Written};
use std::collections::BTreeSet;

pub(crate) fn communities(loaded: &Loaded<'_>, diagnostics: &mut Diagnostics) -> Communities {
    let mut communities = Communities::new();
    for file in &loaded.communities {
        let allowed = loaded.policies.allows(&file.value);
        if let Err(fault) = allowed.and_then(|()| communities.add(file.value.clone())) {
            enter(diagnostics, file.document);
            report::faults(diagnostics, file.document, vec![fault]);
        }
    }
    communities
}

/// Checks everything but lanes and goals.
pub(crate) fn check(context: &Context<'_, '_>, diagnostics: &mut Diagnostics) {
    let loaded = context.loaded;
    for file in &loaded.profiles {
        enter(diagnostics, file.document);
        if let Err(faults) = Profile::compile(&file.value, context.policies) {
            report::faults(diagnostics, file.document, faults);
        }
    }
    for file in &loaded.domains {
        enter(diagnostics, file.document);
        level(context.policies, &file.value.policy, &file.value.ceiling, diagnostics);
        if let Some(name) = &file.value.community
            && context.communities.named(&name.value).is_none()
        {
            let known = context.communities.iter().map(|community| community.name.as_str());
            unknown(diagnostics, name, "community", known);
        }
    }
    for file in &loaded.agreements {
        enter(diagnostics, file.document);
        level(context.policies, &file.value.ceiling.0, &file.value.ceiling.1, diagnostics);
        for category in &file.value.covers {
            self::category(context, category, diagnostics);
        }
    }
    for file in &loaded.delegations {
        enter(diagnostics, file.document);
        let (from, to) = &file.value.levels;
        level(context.policies, &file.value.policy, from, diagnostics);
        level(context.policies, &file.value.policy, to, diagnostics);
        for name in &file.value.types {
            let known = || loaded.types.iter().map(|folder| folder.described.model().name.as_str());
            if !known().any(|known| known == name.value) {
                unknown(diagnostics, name, "type", known());
            }
        }
        file.value.check(context.policies, diagnostics);
    }
    for file in &loaded.reviewers {
        enter(diagnostics, file.document);
        for key in &file.value.keys {
            if let KeyOfReviewer::Ed25519(text, span) = key
                && let Err(fault) = PublicKey::parse(text)
            {
                let message = format!("{fault}; {} cannot sign with it", file.value.name);
                diagnostics.warning(&codes::BAD_KEY, *span, message);
            }
        }
        level(context.policies, &file.value.policy, &file.value.level, diagnostics);
        for name in &file.value.lanes {
            lane(loaded, name, diagnostics);
        }
        // A name that no lane has would leave a person to approve what is their own.
        for name in &file.value.submits {
            if !sources(loaded).any(|known| known == name.value) {
                unknown(diagnostics, name, "source", sources(loaded));
            }
        }
    }
    rings(context, diagnostics);
    types(context, diagnostics);
    super::word_lists::check(context, diagnostics);
}

/// Ways round by several equivalences, whatever lanes use them: each is reported at the first file that has its name.
fn rings(context: &Context<'_, '_>, diagnostics: &mut Diagnostics) {
    let files = &context.loaded.equivalences;
    let all: Vec<_> = files.iter().map(|file| file.value.clone()).collect();
    for fault in check_rings(context.policies, &all) {
        let about = files.iter().find(|file| file.document.text.contains(&fault.name)).or(files.first());
        if let Some(file) = about {
            enter(diagnostics, file.document);
            report::faults(diagnostics, file.document, vec![fault]);
        }
    }
}

/// The sources of all lanes.
fn sources<'c>(loaded: &'c Loaded<'_>) -> impl Iterator<Item = &'c str> {
    let lanes = loaded.lanes.iter();
    lanes.flat_map(|lane| lane.value.sources.iter().map(|source| source.name.value.as_str()))
}

fn types(context: &Context<'_, '_>, diagnostics: &mut Diagnostics) {
    let carried: BTreeSet<&str> = context
        .loaded
        .lanes
        .iter()
        .flat_map(|lane| lane.value.types.iter().map(|part| part.name.value.as_str()))
        .collect();
    for folder in &context.loaded.types {
        enter(diagnostics, folder.document);
        let model = folder.described.model();
        for category in &model.categories {
            let name = Text { value: category.name.clone(), span: category.span };
            self::category(context, &name, diagnostics);
        }
        let (tier, missing) = evidence::tier(folder.evidence.as_ref(), &model.version, &folder.present);
        // A type that is only part of others has no verdicts of its own.
        let claims = carried.contains(model.name.as_str()) && model.tier < tier;
        if claims && context.how != Strictness::Trial {
            let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
            let message = format!("the evidence supports tier {tier}: {}", missing.join("; "));
            match context.how {
                Strictness::Operation => {
                    diagnostics.error(&codes::TIER_NOT_EARNED, folder.tier_span(), message)
                }
                _ => diagnostics.warning(&codes::TIER_NOT_EARNED, folder.tier_span(), message),
            };
        }
    }
}

/// Checks the goals, once the lanes are known to be sound.
pub(crate) fn check_goals(context: &Context<'_, '_>, diagnostics: &mut Diagnostics) {
    for file in &context.loaded.goals {
        enter(diagnostics, file.document);
        let Some(lane) = lane(context.loaded, &file.value.lane, diagnostics) else { continue };
        let policy = context.policies.named(&lane.value.policy.value);
        if let Some(written) = Written::value(&file.value.never) {
            lockgate_rules::check(written, &Scope::of_goal(context.policies, policy), diagnostics);
        }
    }
}

fn category(context: &Context<'_, '_>, name: &Text, diagnostics: &mut Diagnostics) {
    if !context.categories.iter().any(|known| **known == *name.value) {
        unknown(diagnostics, name, "data category", context.categories.iter().map(AsRef::as_ref));
    }
}

fn lane<'c, 'p>(
    loaded: &'c Loaded<'p>,
    name: &Text,
    diagnostics: &mut Diagnostics,
) -> Option<&'c Authored<'p, crate::load::LaneFile>> {
    let found = loaded.lanes.iter().find(|lane| lane.value.name == name.value);
    if found.is_none() {
        unknown(diagnostics, name, "lane", loaded.lanes.iter().map(|lane| lane.value.name.as_str()));
    }
    found
}

/// The level `level` of the policy `policy`, both as written.
pub(crate) fn level(
    policies: &PolicySet,
    policy: &Text,
    level: &Text,
    diagnostics: &mut Diagnostics,
) -> Option<lockgate_marking::LevelRef> {
    let Some(known) = policies.named(&policy.value).and_then(|index| policies.policy(index)) else {
        unknown(diagnostics, policy, "policy", policies.iter().map(|(_, policy)| policy.name()));
        return None;
    };
    let found = policies.level(&policy.value, &level.value);
    if found.is_none() {
        unknown(diagnostics, level, "level", known.levels());
    }
    found
}
