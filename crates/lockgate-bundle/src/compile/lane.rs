//! One lane, from its file to what it decides by.

use super::default_label::{self, Bound};
use super::direction::{self, Ends};
use super::lane_type::{self, TypeTerms};
use super::{Context, marking_words, regrades, review, slow, word_lists};
use crate::bundle::LaneBindings;
use crate::codes;
use crate::load::{Agreements, Assign, Authored, LaneFile, TypePart, Unlabelled};
use crate::report::{Text, enter, faults, unknown};
use lockgate_core::{LaneType, Policy, PolicyParts, Source};
use lockgate_marking::{
    Agreement, Equivalence, LevelRef, Mapping, NoAgreement, PolicyIx, ReleaseCheck, ReleaseTerms,
};
use lockgate_notation::Diagnostics;
use std::sync::Arc;

/// Compiles a lane; `None` where anything of it is wrong.
pub(crate) fn compile(
    lane: &Authored<'_, LaneFile>,
    bindings: LaneBindings,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Arc<Policy>> {
    enter(diagnostics, lane.document);
    let file = &lane.value;
    let Some(policy) = context.policies.named(&file.policy.value) else {
        unknown(
            diagnostics,
            &file.policy,
            "policy",
            context.policies.iter().map(|(_, policy)| policy.name()),
        );
        return None;
    };
    let mapping = mapping(policy, context, diagnostics)?;
    enter(diagnostics, lane.document);
    let ends = direction::ends(file, &mapping, context, diagnostics);
    let agreements = agreements(file, context, diagnostics);
    regrades::check(lane, context, diagnostics);
    let words = word_lists::of_lane(lane, context, diagnostics);
    let sources = sources(file, policy, context, diagnostics);
    answers(file, diagnostics);
    let (ends, agreements, sources) = (ends?, agreements?, sources?);
    let release = release(lane, policy, &mapping, &ends, &agreements, context, diagnostics);
    let ceilings = agreements.iter().filter_map(|agreement| {
        let level = context.policies.level(&agreement.ceiling_policy, &agreement.ceiling_level)?;
        mapping.map_level(level, context.policies)
    });
    let bound = Bound {
        policy,
        ends: &ends,
        agreements: ceilings.collect(),
        since: agreements.iter().map(|agreement| agreement.from).min(),
    };
    let types = types(lane, policy, &bound, &sources, context, diagnostics);
    let review = review::of_lane(lane, policy, &mapping, &ends, context, diagnostics);
    let marking_words = marking_words::of_all(file.policy.span, context, diagnostics);
    let slow = slow::of_lane(lane, &mapping, &bound, &sources, context, diagnostics);
    let (release, types, (words, word_hits), review, slow) = (release?, types?, words?, review?, slow?);
    Some(Arc::new(Policy::assemble(PolicyParts {
        lane: Arc::from(file.name.as_str()),
        bundle: context.digest,
        destination: Arc::from(file.to.value.as_str()),
        policies: context.policies.clone(),
        policy,
        mapping,
        release,
        categories: context.categories.to_vec(),
        types,
        sources,
        traffic: file.traffic,
        words,
        word_hits,
        marking_words: marking_words?,
        slow,
        review,
        binding_reader: Arc::new(bindings),
    })))
}

/// The equivalences into the lane's policy.
fn mapping(policy: PolicyIx, context: &Context<'_, '_>, diagnostics: &mut Diagnostics) -> Option<Mapping> {
    let files = &context.loaded.equivalences;
    let all: Vec<Equivalence> = files.iter().map(|file| file.value.clone()).collect();
    match Mapping::compile(context.policies, policy, &all) {
        Ok(mapping) => Some(mapping),
        Err(found) => {
            for fault in found {
                // A fault names what it is about; the first file that says it is the place.
                let about = files.iter().find(|file| file.document.text.contains(&fault.name));
                if let Some(file) = about.or(files.first()) {
                    enter(diagnostics, file.document);
                    faults(diagnostics, file.document, vec![fault]);
                }
            }
            None
        }
    }
}

fn agreements(
    file: &LaneFile,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Agreement>> {
    let Agreements::Named(names) = &file.agreements else { return Some(Vec::new()) };
    let known = &context.loaded.agreements;
    let found: Vec<Option<Agreement>> = names
        .iter()
        .map(|name| {
            let found = known.iter().find(|file| file.value.agreement.name == name.value);
            if found.is_none() {
                let names = known.iter().map(|file| file.value.agreement.name.as_str());
                unknown(diagnostics, name, "agreement", names);
            }
            found.map(|file| file.value.agreement.clone())
        })
        .collect();
    found.into_iter().collect()
}

fn release(
    lane: &Authored<'_, LaneFile>,
    policy: PolicyIx,
    mapping: &Mapping,
    ends: &Ends<'_, '_>,
    agreements: &[Agreement],
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<ReleaseCheck> {
    let no_agreement = match &lane.value.agreements {
        Agreements::None { authority, .. } => Some(NoAgreement { authority: authority.clone() }),
        Agreements::Named(_) => None,
    };
    let categories: Vec<String> = context.categories.iter().map(ToString::to_string).collect();
    let terms = ReleaseTerms {
        policies: context.policies,
        communities: context.communities,
        policy,
        mapping,
        from: &ends.from.value.domain,
        to: &ends.to.value.domain,
        agreements,
        no_agreement: no_agreement.as_ref(),
        categories: &categories,
    };
    match ReleaseCheck::compile(&terms) {
        Ok(check) => Some(check),
        Err(found) => {
            faults(diagnostics, lane.document, found);
            None
        }
    }
}

/// The families of codes that people may answer.
fn answers(file: &LaneFile, diagnostics: &mut Diagnostics) {
    let families: std::collections::BTreeSet<&str> =
        lockgate_reason::all().map(|code| code.family().prefix()).collect();
    for answer in file.slow.iter().flat_map(|slow| &slow.answers) {
        if !families.contains(answer.value.as_str()) {
            unknown(diagnostics, answer, "family of codes", families.iter().copied());
        }
    }
}

fn sources(
    file: &LaneFile,
    policy: PolicyIx,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Source>> {
    let mut sources: Vec<Source> = Vec::new();
    for part in &file.sources {
        if sources.iter().any(|source| *source.name == *part.name.value) {
            diagnostics.error(&codes::REPEATED, part.name.span, "the lane has a source of this name already");
        }
        let ceiling = context.policies.level_in(policy, &part.ceiling.value);
        if ceiling.is_none() {
            let levels =
                context.policies.policy(policy).into_iter().flat_map(lockgate_marking::Policy::levels);
            unknown(diagnostics, &part.ceiling, "level", levels);
        }
        let types = part.types.iter().map(|name| type_index(file, name, diagnostics));
        let types: Option<Vec<usize>> = types.collect::<Vec<_>>().into_iter().collect();
        if let (Some(ceiling), Some(types)) = (ceiling, types) {
            let name = Arc::from(part.name.value.as_str());
            sources.push(Source { name, ceiling, precedence: part.precedence, types });
        }
    }
    (sources.len() == file.sources.len()).then_some(sources)
}

fn type_index(file: &LaneFile, name: &Text, diagnostics: &mut Diagnostics) -> Option<usize> {
    let found = file.types.iter().position(|part| part.name.value == name.value);
    if found.is_none() {
        unknown(
            diagnostics,
            name,
            "type of this lane",
            file.types.iter().map(|part| part.name.value.as_str()),
        );
    }
    found
}

fn types(
    lane: &Authored<'_, LaneFile>,
    policy: PolicyIx,
    bound: &Bound<'_, '_, '_>,
    sources: &[Source],
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Arc<LaneType>>> {
    let file = &lane.value;
    let mut types = Vec::new();
    for (index, part) in file.types.iter().enumerate() {
        if file.types.iter().take(index).any(|other| other.name.value == part.name.value) {
            diagnostics.error(&codes::REPEATED, part.name.span, "the lane names this type twice");
            continue;
        }
        let offering: Vec<(&str, LevelRef)> = sources
            .iter()
            .filter(|source| source.types.contains(&index))
            .map(|source| (&*source.name, source.ceiling))
            .collect();
        if offering.is_empty() {
            diagnostics.error(&codes::NOTHING_CARRIED, part.name.span, "no source may offer this type");
        }
        let unlabelled = match default_of(file, part) {
            None => Some(None),
            Some(assign) => {
                default_label::assigned(assign, bound, &offering, context, lane.document, diagnostics)
                    .map(Some)
            }
        };
        let terms = TypeTerms { lane, part, policy };
        let compiled = lane_type::compile(&terms, unlabelled.clone().flatten(), context, diagnostics);
        enter(diagnostics, lane.document);
        types.extend(unlabelled.and(compiled));
    }
    (types.len() == file.types.len()).then_some(types)
}

/// What the lane assigns to unlabelled objects of a type: what the type says, otherwise what the lane says.
fn default_of<'l>(file: &'l LaneFile, part: &'l TypePart) -> Option<&'l Assign> {
    match part.unlabelled.as_ref().unwrap_or(&file.unlabelled) {
        Unlabelled::Hold => None,
        Unlabelled::Assign(assign) => Some(assign),
    }
}
