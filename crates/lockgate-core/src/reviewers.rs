//! Who may decide about held objects of a lane, what they may decide, and which objects they may see.

use crate::answer::Facts;
use crate::policy::Policy;
use alloc::vec::Vec;
use lockgate_attest::Reviewer;
use lockgate_bytes::{Duration, Time};
use lockgate_marking::{LevelRef, Nation, Party, ReleaseCheck};
use lockgate_reason::{Code, agreement};

/// What people may decide on one lane, and who they are.
#[derive(Debug)]
pub struct ReviewPolicy {
    /// How many distinct people have to approve; at least 1, at least 2 where the lane leads down.
    pub people: usize,
    /// How long an object that somebody has claimed is left alone by others.
    pub lease: Duration,
    /// The codes that people may answer on this lane: some or all of [`ANSWERABLE`](crate::ANSWERABLE).
    pub answers: Vec<Code>,
    /// The people.
    pub reviewers: Vec<ReviewerTerms>,
    /// Who reads the domain that objects come from.
    pub from: ReleaseCheck,
    /// The nation that owns that domain.
    pub owner: Option<Nation>,
}

/// One reviewer, and what they may see.
#[derive(Debug)]
pub struct ReviewerTerms {
    /// Who they are.
    pub person: Reviewer,
    /// Their nation.
    pub nation: Nation,
    /// Their clearance in the lane's policy.
    pub clearance: LevelRef,
    /// What they may read: the release check to somebody of their nation and clearance.
    pub reads: ReleaseCheck,
}

impl ReviewPolicy {
    /// The reviewer of this name.
    pub(crate) fn named(&self, name: &str) -> Option<&ReviewerTerms> {
        self.reviewers.iter().find(|known| known.person.name == name)
    }

    /// The people, as signatures are verified by them.
    pub fn people(&self) -> Vec<Reviewer> {
        self.reviewers.iter().map(|known| known.person.clone()).collect()
    }

    /// True where the reviewer may see an object of this label, and each of its portions, that came from this source. An
    /// object without a label may be anything that its source may offer.
    pub(crate) fn may_see(
        &self,
        reviewer: &ReviewerTerms,
        facts: &Facts,
        policy: &Policy,
        now: Time,
    ) -> bool {
        if !self.from.readers(now).contains(&Party::Nation(reviewer.nation)) {
            return false;
        }
        let Some(label) = &facts.label else {
            let policies = policy.policies();
            let rank = policy.source(&facts.source).and_then(|source| policies.rank(source.ceiling));
            return rank.is_some_and(|rank| policies.rank(reviewer.clearance).is_some_and(|own| own >= rank));
        };
        let mut found = Vec::new();
        reviewer.reads.judge(label, None, now, &mut found);
        for part in &facts.parts {
            reviewer.reads.judge_part(part, now, &mut found);
        }
        // Whom a label leaves open may be a question for its owner's people; it is none for anybody else's.
        let is_owner = self.owner == Some(reviewer.nation);
        let open = [agreement::RELEASE_UNDECIDED, agreement::RELEASABLE_TO_NOBODY];
        found.iter().all(|failing| is_owner && open.contains(&failing.finding.code))
    }
}

/// True where the source is the reviewer's own: what they send they do not approve.
pub(crate) fn is_own(reviewer: &Reviewer, source: &str) -> bool {
    reviewer.name == source || reviewer.submits.iter().any(|own| own == source)
}
