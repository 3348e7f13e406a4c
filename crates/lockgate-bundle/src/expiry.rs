//! What a lane rests on that ends one day: people are told before it does.

use crate::compile::Context;
use crate::load::{Agreements, Assign, LaneFile, Unlabelled};
use lockgate_bytes::Time;
use lockgate_marking::{Community, CommunityMember, Equivalence, Party, Readers};
use std::collections::BTreeSet;

/// What the default label of objects of no known type is called; no type has this name.
const SLOW: &str = "objects of no known type";

/// Something that a lane rests on, and when it ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry {
    /// First instant at which it no longer holds.
    pub until: Time,
    /// What kind of thing it is.
    pub what: Expires,
    /// What it is called.
    pub name: String,
}

/// The kinds of things that end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expires {
    /// An agreement that the lane may use.
    Agreement,
    /// The edition of a policy of the lane or of one of its two domains.
    PolicyEdition,
    /// A delegation that the lane uses.
    Delegation,
    /// An equivalence into the lane's policy.
    Equivalence,
    /// The label that the lane assigns to unlabelled objects of a type, or to those of no known type.
    DefaultLabel,
    /// The membership in a community of somebody who can read the destination, or of a community that reads at an end.
    Membership,
    /// The appointment of a reviewer of the lane.
    Reviewer,
    /// The right of one whose labels the lane believes.
    LabelSigner,
}

impl Expires {
    /// What it is, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::PolicyEdition => "policy edition",
            Self::Delegation => "delegation",
            Self::Equivalence => "equivalence",
            Self::DefaultLabel => "default label",
            Self::Membership => "membership",
            Self::Reviewer => "reviewer",
            Self::LabelSigner => "label signer",
        }
    }
}

/// All that the lane rests on, soonest end first.
pub(crate) fn of_lane(lane: &LaneFile, context: &Context<'_, '_>) -> Vec<Expiry> {
    let mut found = BTreeSet::new();
    let mut add = |what, name: &str, until| found.insert(Expiry { until, what, name: name.to_owned() });
    if let Agreements::Named(names) = &lane.agreements {
        for file in &context.loaded.agreements {
            let agreement = &file.value.agreement;
            if names.iter().any(|name| name.value == agreement.name) {
                add(Expires::Agreement, &agreement.name, agreement.until);
            }
        }
    }
    for delegation in context.loaded.delegations.iter().map(|file| &file.value.delegation) {
        if lane.delegations.iter().any(|name| name.value == delegation.name) {
            add(Expires::Delegation, &delegation.name, delegation.valid_until);
        }
    }
    let ends = context.loaded.domains.iter().map(|file| &file.value);
    let ends = ends.filter(|domain| [&lane.from.value, &lane.to.value].contains(&&domain.domain.name));
    let policies = ends.map(|domain| &domain.policy.value).chain([&lane.policy.value]);
    for policy in policies.filter_map(|name| context.policies.policy(context.policies.named(name)?)) {
        if let Some(until) = policy.until() {
            add(Expires::PolicyEdition, &format!("{} {}", policy.name(), policy.edition()), until);
        }
    }
    let equivalences = context.loaded.equivalences.iter().map(|file| &file.value);
    let own = |equivalence: &&Equivalence| {
        context.policies.named(&equivalence.to) == context.policies.named(&lane.policy.value)
    };
    for equivalence in equivalences.filter(own) {
        add(Expires::Equivalence, &equivalence.name, equivalence.valid_until);
    }
    let slow = lane.slow.iter().filter(|slow| slow.rebuilt).map(|slow| (SLOW, &slow.unlabelled));
    let types = lane.types.iter().map(|part| (part.name.value.as_str(), &part.unlabelled));
    for (name, unlabelled) in types.chain(slow) {
        if let Unlabelled::Assign(Assign { until, .. }) = unlabelled.as_ref().unwrap_or(&lane.unlabelled) {
            add(Expires::DefaultLabel, name, *until);
        }
    }
    for file in context.loaded.reviewers.iter().map(|file| &file.value) {
        if file.lanes().any(|name| name == lane.name) {
            add(Expires::Reviewer, &file.name, file.until);
        }
    }
    let believed = lane.bindings.iter().flat_map(|part| &part.signers);
    for signer in context.loaded.signers.iter().map(|file| &file.value) {
        if believed.clone().any(|name| name.value == signer.name) {
            add(Expires::LabelSigner, &signer.name, signer.until);
        }
    }
    for (name, until) in memberships(lane, context) {
        add(Expires::Membership, &name, until);
    }
    found.into_iter().collect()
}

/// Ends of memberships by which what may be released changes: those of communities that read at an end of the lane, and those
/// of whoever reads at its destination, in any community that a label may name. One that goes on without a break has no end.
fn memberships(lane: &LaneFile, context: &Context<'_, '_>) -> Vec<(String, Time)> {
    let communities = || context.loaded.communities.iter().map(|file| &file.value);
    let domain = |name: &str| {
        context.loaded.domains.iter().map(|file| &file.value.domain).find(|domain| domain.name == name)
    };
    let (from, to) = (domain(&lane.from.value), domain(&lane.to.value));
    let reads_at_an_end = |community: &Community| {
        let ends = [from, to].into_iter().flatten();
        ends.map(|domain| &domain.readers)
            .any(|readers| matches!(readers, Readers::Community(name) if *name == community.name))
    };
    let reads_there = |party: &Party| match to.map(|domain| &domain.readers) {
        Some(Readers::Parties(parties)) => parties.contains(party),
        Some(Readers::Community(name)) => communities()
            .filter(|community| community.name == *name)
            .any(|community| community.members.iter().any(|member| member.party == *party)),
        None => false,
    };
    let mut found = Vec::new();
    for community in communities() {
        let all = reads_at_an_end(community);
        for member in community.members.iter().filter(|member| all || reads_there(&member.party)) {
            let Some(until) = member.until else { continue };
            let goes_on = |other: &CommunityMember| other.party == member.party && other.is_at(until);
            if !community.members.iter().any(goes_on) {
                found.push((format!("{} {}", community.name, member.party.name()), until));
            }
        }
    }
    found
}
