//! The default label of unlabelled objects: it must dominate every label that the lane could release from the source.
//!
//! Such labels have an upper bound, worked out here: the lowest of the ceilings that stand in their way, every
//! restrictive value that the readers hold, and no reader beyond those of the destination. Dominance is transitive,
//! so a default that dominates the bound dominates them all.

use super::Context;
use super::direction::Ends;
use crate::codes;
use crate::load::{Assign, DomainFile, label_from};
use lockgate_bytes::Time;
use lockgate_core::Assigned;
use lockgate_marking::{
    CommunityMember, Kind, Label, LevelRef, Nation, Party, Policy, PolicyIx, Readers, ValueView,
};
use lockgate_notation::{Diagnostics, Document};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What bounds the labels that a lane can release.
pub(crate) struct Bound<'c, 'e, 'p> {
    pub(crate) policy: PolicyIx,
    pub(crate) ends: &'e Ends<'c, 'p>,
    /// Ceilings of the agreements that the lane may use; empty where it needs none.
    pub(crate) agreements: Vec<LevelRef>,
    /// When the first of them begins: nothing is released before.
    pub(crate) since: Option<Time>,
}

/// The default label, where it is strong enough for every source in `ceilings` (name and ceiling).
pub(crate) fn assigned(
    assign: &Assign,
    bound: &Bound<'_, '_, '_>,
    ceilings: &[(&str, LevelRef)],
    context: &Context<'_, '_>,
    document: &Document,
    diagnostics: &mut Diagnostics,
) -> Option<Assigned> {
    let policy = context.policies.policy(bound.policy)?;
    let label = crate::load::label_of(
        context.policies,
        policy.name(),
        &assign.level.value,
        &assign.categories,
        document,
        diagnostics,
    )?;
    let since = assign.from.max(bound.since);
    let mut strong = true;
    for (source, ceiling) in ceilings {
        let why = match strictest(*ceiling, since, bound, policy, context) {
            Ok(strictest) if label.dominates(&strictest, context.policies) => continue,
            Ok(strictest) => format!(
                "from `{source}` the lane could release {}, which this label does not dominate",
                strictest.text(context.policies)
            ),
            Err(why) => why,
        };
        diagnostics.error(&codes::WEAK_DEFAULT, assign.level.span, why);
        strong = false;
    }
    let Assign { from, until, .. } = *assign;
    strong.then(|| Assigned { label, from, until, authority: Arc::from(assign.authority.as_str()) })
}

/// A label that dominates all that could be released from a source with this ceiling.
fn strictest(
    ceiling: LevelRef,
    since: Option<Time>,
    bound: &Bound<'_, '_, '_>,
    policy: &Policy,
    context: &Context<'_, '_>,
) -> Result<Label, String> {
    let rank = |level: &LevelRef| context.policies.rank(*level).unwrap_or(u16::MAX);
    // Any agreement will do, so the highest of their ceilings counts; every other ceiling has to be kept.
    let under = bound.agreements.iter().copied().max_by_key(rank);
    let levels = [ceiling, bound.ends.from_ceiling, bound.ends.to_ceiling].into_iter().chain(under);
    let level = levels.min_by_key(rank).and_then(|level| context.policies.level_name(level));
    let to = &bound.ends.to.value;
    let categories = categories(to, since, policy, context)?;
    let same_policy = context.policies.named(&to.policy.value) == Some(bound.policy);
    if !same_policy && !to.domain.holds.is_empty() {
        return Err(
            "the readers hold values of another policy; no default can be compared with those".to_owned()
        );
    }
    label_from(context.policies, policy.name(), level.unwrap_or(""), categories)
        .ok()
        .flatten()
        .ok_or_else(|| "the strictest label that could be released cannot be worked out".to_owned())
}

/// The categories of the strictest label: (tag, value).
fn categories(
    to: &DomainFile,
    since: Option<Time>,
    policy: &Policy,
    context: &Context<'_, '_>,
) -> Result<Vec<(String, String)>, String> {
    let readers = readers(to, since, context);
    let mut found = Vec::new();
    let held = to
        .domain
        .holds
        .iter()
        .flat_map(|held| held.values.iter().map(|value| (held.tag.clone(), value.clone())));
    found.extend(held);
    let vocabulary: Vec<_> = policy.vocabulary().collect();
    let groups: BTreeSet<u8> = vocabulary.iter().filter_map(|tag| tag.group).collect();
    for group in groups {
        let tags = vocabulary.iter().filter(|tag| tag.kind == Kind::Permissive && tag.group == Some(group));
        let values: Vec<_> = tags.flat_map(|tag| tag.values.iter().map(|value| (tag.name, *value))).collect();
        let own = |(tag, value): &(&str, ValueView<'_>)| ((*tag).to_owned(), value.name.to_owned());
        if values.iter().any(|(_, value)| value.nation.is_some()) {
            let of_readers =
                |value: &ValueView<'_>| value.nation.is_some_and(|nation| readers.contains(&nation));
            let of_group: Vec<_> = values.iter().filter(|(_, value)| of_readers(value)).map(own).collect();
            if of_group.is_empty() {
                return Err("no reader of the destination is a value of the policy's tags".to_owned());
            }
            found.extend(of_group);
            continue;
        }
        // A reader holds what everyone holds, its own name, and that of a community that it may be a member of; names as
        // the release check compares them. No date is known here, so whoever is a member at any time counts.
        let holdable = |value: &ValueView<'_>| {
            let communities = context.communities.iter().map(|community| community.name.as_str());
            value.everyone
                || communities
                    .chain(organisations(to, context))
                    .any(|name| policy.is_one_name(name, value.name))
        };
        let of_readers: Vec<_> = values.iter().filter(|(_, value)| holdable(value)).map(own).collect();
        if of_readers.len() > 1 {
            let tags: BTreeSet<&str> = values.iter().map(|(tag, _)| *tag).collect();
            let tags: Vec<&str> = tags.into_iter().collect();
            return Err(format!(
                "a label may say one or another value of {}, and no default is above each of those",
                tags.join(", ")
            ));
        }
        found.extend(of_readers);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The organisations that read the destination: by their names, or as members of the community that does.
fn organisations<'c>(to: &'c DomainFile, context: &Context<'c, '_>) -> impl Iterator<Item = &'c str> {
    let (parties, members): (&[Party], &[CommunityMember]) = match &to.domain.readers {
        Readers::Parties(parties) => (parties, &[]),
        Readers::Community(name) => (&[], members(name, context)),
    };
    parties.iter().chain(members.iter().map(|member| &member.party)).filter_map(|party| match party {
        Party::Organisation(name) => Some(name.as_str()),
        Party::Nation(_) => None,
    })
}

/// Who reads the destination all the time from `since` on. Nobody knows here what day it is: whoever has left or is about to
/// does not count, nor does who joins later; what was marked before for the others only would go to them as well. Where no
/// date is known, that is since the first member joined.
fn readers(to: &DomainFile, since: Option<Time>, context: &Context<'_, '_>) -> BTreeSet<Nation> {
    let nation = |party: &Party| match party {
        Party::Nation(nation) => Some(*nation),
        Party::Organisation(_) => None,
    };
    match &to.domain.readers {
        Readers::Parties(parties) => parties.iter().filter_map(nation).collect(),
        Readers::Community(name) => {
            let members = members(name, context);
            let since = since.or_else(|| members.iter().filter_map(|member| member.from).min());
            let lasting = |member: &&CommunityMember| {
                member.until.is_none()
                    && member.from.is_none_or(|from| since.is_some_and(|since| from <= since))
            };
            members.iter().filter(lasting).filter_map(|member| nation(&member.party)).collect()
        }
    }
}

fn members<'c>(community: &str, context: &Context<'c, '_>) -> &'c [CommunityMember] {
    context.communities.named(community).map_or(&[], |community| &community.members)
}
