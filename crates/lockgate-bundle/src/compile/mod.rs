//! From what the files say to what a lane decides by. Every name is resolved; everything that is wrong is reported.

mod alterations;
mod bindings;
mod catalogue;
mod default_label;
mod direction;
mod embedded;
mod evaluators;
mod lane;
mod lane_type;
mod marking_words;
mod regrades;
mod review;
mod sensitive;
mod slow;
mod word_lists;

pub(crate) use catalogue::level;
pub use embedded::{is_of_another_domain, label_here};

use crate::Bundle;
use crate::bundle::{CompiledLane, CompiledType, Strictness};
use crate::load::{Direction, Loaded};
use crate::{evidence, expiry};
use lockgate_bytes::Digest;
use lockgate_marking::Communities;
use lockgate_notation::Diagnostics;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What lanes are compiled against.
pub(crate) struct Context<'c, 'p> {
    pub(crate) loaded: &'c Loaded<'p>,
    pub(crate) policies: &'c Arc<lockgate_marking::PolicySet>,
    pub(crate) communities: &'c Communities,
    pub(crate) categories: &'c [Arc<str>],
    pub(crate) digest: Digest,
    pub(crate) how: Strictness,
}

/// Compiles everything; `None` where bundle.kdl cannot be read.
pub(crate) fn bundle(
    loaded: &Loaded<'_>,
    digest: Digest,
    how: Strictness,
    diagnostics: &mut Diagnostics,
) -> Option<Bundle> {
    let mut found = Diagnostics::new();
    let head = &loaded.head.as_ref()?.value;
    let categories: Vec<Arc<str>> =
        head.categories.iter().map(|name| Arc::from(name.value.as_str())).collect();
    let policies = Arc::new(loaded.policies.clone());
    let communities = catalogue::communities(loaded, &mut found);
    let context = Context {
        loaded,
        policies: &policies,
        communities: &communities,
        categories: &categories,
        digest,
        how,
    };
    // Three steps: files, names, lanes. What is wrong in one would be reported again, in other words, by the next.
    let mut lanes = Vec::new();
    if !diagnostics.has_errors() {
        catalogue::check(&context, &mut found);
    }
    if !found.has_errors() && !diagnostics.has_errors() {
        for file in &loaded.lanes {
            let mut about_bindings = Diagnostics::new();
            let bindings = bindings::of_lane(file, &context, &mut about_bindings);
            let read_by = bindings.clone().unwrap_or_default();
            let policy = lane::compile(file, read_by, &context, &mut found);
            found.merge(about_bindings);
            let sources = file.value.sources.iter().map(|source| source.terms.clone()).collect();
            let slow = file.value.slow.clone();
            let expiries = expiry::of_lane(&file.value, &context);
            let direction = Direction::named(file.value.direction.value);
            lanes.extend(policy.zip(bindings).map(|(policy, bindings)| CompiledLane {
                policy,
                slow,
                sources,
                expiries,
                direction,
                bindings,
            }));
        }
        if !found.has_errors() {
            catalogue::check_goals(&context, &mut found);
        }
    }
    merge_once(found, diagnostics);
    Some(Bundle {
        files: BTreeMap::new(),
        digest,
        name: head.name.clone(),
        revision: head.revision,
        categories,
        policies,
        communities,
        domains: loaded.domains.iter().map(|file| file.value.clone()).collect(),
        agreements: loaded.agreements.iter().map(|file| file.value.clone()).collect(),
        delegations: loaded.delegations.iter().map(|file| file.value.clone()).collect(),
        equivalences: loaded.equivalences.iter().map(|file| file.value.clone()).collect(),
        types: loaded.types.iter().map(compiled_type).collect(),
        lanes,
        goals: loaded.goals.iter().map(|file| file.value.clone()).collect(),
        reviewers: loaded.reviewers.iter().map(|file| file.value.clone()).collect(),
        warnings: Diagnostics::new(),
    })
}

fn compiled_type(folder: &crate::load::TypeFolder<'_>) -> CompiledType {
    let version = &folder.described.model().version;
    let (tier, missing) = evidence::tier(folder.evidence.as_ref(), version, &folder.present);
    CompiledType {
        described: folder.described.clone(),
        tier: tier.max(folder.described.model().tier),
        missing,
        present: folder.present.clone(),
    }
}

/// A type is compiled for every lane that carries it, so the same mistake may have been found several times.
fn merge_once(mut found: Diagnostics, into: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    found.retain(|diagnostic| {
        seen.insert((diagnostic.code, diagnostic.file.clone(), diagnostic.span, diagnostic.message.clone()))
    });
    into.merge(found);
}
