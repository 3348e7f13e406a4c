//! Who decides about held objects of a lane, and what they may decide.

use super::Context;
use super::direction::Ends;
use crate::codes;
use crate::load::{Authored, LaneFile, Reviewer, ReviewerRole};
use crate::report::{enter, faults};
use lockgate_attest as attest;
use lockgate_core::{ANSWERABLE, ReviewPolicy, ReviewerTerms};
use lockgate_marking::{Domain, Mapping, NoAgreement, Party, PolicyIx, Readers, ReleaseCheck, ReleaseTerms};
use lockgate_notation::Diagnostics;

/// The lane's part `slow { review ... }` with the reviewers of the bundle that name the lane; `Some(None)` for a lane
/// without one.
#[expect(clippy::option_option, reason = "no review, and review that is wrong, are two things")]
pub(super) fn of_lane(
    lane: &Authored<'_, LaneFile>,
    policy: PolicyIx,
    mapping: &Mapping,
    ends: &Ends<'_, '_>,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Option<ReviewPolicy>> {
    let Some(slow) = &lane.value.slow else { return Some(None) };
    let everyone = context.loaded.reviewers.iter();
    let keys = everyone.map(|file| (file.value.name.as_str(), file.value.public_keys().collect())).collect();
    let compiling = Compiling { policy, mapping, from: &ends.from.value.domain, context, keys };
    let answers = ANSWERABLE
        .iter()
        .copied()
        .filter(|code| slow.answers.iter().any(|family| family.value == code.family().prefix()));
    let answers = answers.collect();
    let from = match compiling.check(compiling.from) {
        Ok(check) => check,
        Err(found) => {
            faults(diagnostics, lane.document, found);
            return None;
        }
    };
    let files = &context.loaded.reviewers;
    let ours = files.iter().filter(|file| file.value.lanes().any(|name| name == lane.value.name));
    let mut reviewers = Vec::new();
    let mut whole = true;
    for file in ours {
        enter(diagnostics, file.document);
        match compiling.reviewer(&file.value, diagnostics) {
            Ok(reviewer) => reviewers.push(reviewer),
            Err(found) => {
                faults(diagnostics, file.document, found);
                whole = false;
            }
        }
    }
    enter(diagnostics, lane.document);
    let people = usize::try_from(slow.people).unwrap_or(usize::MAX);
    let owner = compiling.from.owner;
    whole.then_some(Some(ReviewPolicy { people, lease: slow.lease, answers, reviewers, from, owner }))
}

struct Compiling<'a, 'c, 'p> {
    policy: PolicyIx,
    mapping: &'a Mapping,
    from: &'a Domain,
    context: &'a Context<'c, 'p>,
    /// The keys of every reviewer of the bundle, by name, read once.
    keys: Vec<(&'a str, Vec<attest::PublicKey>)>,
}

impl Compiling<'_, '_, '_> {
    /// The release check to somebody who reads as `to` does; agreements are none of its business.
    fn check(&self, to: &Domain) -> Result<ReleaseCheck, Vec<lockgate_marking::Fault>> {
        let none = NoAgreement { authority: "reading is not releasing".to_owned() };
        ReleaseCheck::compile(&ReleaseTerms {
            policies: self.context.policies,
            communities: self.context.communities,
            policy: self.policy,
            mapping: self.mapping,
            from: self.from,
            to,
            agreements: &[],
            no_agreement: Some(&none),
            categories: &[],
        })
    }

    /// A reviewer reads as a domain would that their nation alone can read, up to their clearance.
    fn reviewer(
        &self,
        file: &Reviewer,
        diagnostics: &mut Diagnostics,
    ) -> Result<ReviewerTerms, Vec<lockgate_marking::Fault>> {
        let reads = self.check(&Domain {
            name: file.name.clone(),
            owner: None,
            policy: file.policy.value.clone(),
            ceiling: file.level.value.clone(),
            readers: Readers::Parties(vec![Party::Nation(file.nationality)]),
            holds: file.holds.clone(),
        })?;
        let keys: Vec<_> = file.public_keys().collect();
        self.keys_are_their_own(file, &keys, diagnostics);
        let has = |role| file.roles.contains(&role) || file.roles.contains(&ReviewerRole::Senior);
        let person = attest::Reviewer {
            name: file.name.clone(),
            keys,
            lanes: file.lanes().map(ToOwned::to_owned).collect(),
            first: has(ReviewerRole::First),
            second: has(ReviewerRole::Second),
            submits: file.submits.iter().map(|source| source.value.clone()).collect(),
            from: file.from,
            until: file.until,
        };
        let clearance = reads.destination_ceiling();
        Ok(ReviewerTerms { person, nation: file.nationality, clearance, reads })
    }

    /// One key is one person: two people with the same key would be one who approves twice.
    fn keys_are_their_own(&self, file: &Reviewer, keys: &[attest::PublicKey], diagnostics: &mut Diagnostics) {
        for (name, others) in self.keys.iter().filter(|(name, _)| *name != file.name) {
            if others.iter().any(|key| keys.contains(key)) {
                let message = format!("reviewer {name} has the same key; one key is one person");
                diagnostics.error(&codes::BAD_KEY, file.span, message);
            }
        }
    }
}
