//! The release check: may an object with this label go to this domain, now, under an agreement in force.
//!
//! Universal over the readers of the destination at the time: one reader who may not read it is enough to stop it.

mod compile;
mod explain;
mod readers;
mod who;

use crate::bits::Bits;
use crate::equivalence::Periods;
use crate::policy::Group;
use crate::{
    Absent, Agreement, Communities, Domain, Label, LevelRef, Mapping, Party, Policy, PolicyIx, PolicySet,
};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_reason::{Finding, marking};
use readers::{ReaderSet, ReaderTable};
pub use who::{AgreementAnswer, ReaderAnswer};

/// What stands in place of an agreement (`agreement none authority="..."`); only where a lane leads up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAgreement {
    /// Who says that none is needed.
    pub authority: String,
}

/// Everything a release check is compiled from.
pub struct ReleaseTerms<'a> {
    /// The bundle's policies.
    pub policies: &'a PolicySet,
    /// The bundle's communities.
    pub communities: &'a Communities,
    /// The lane's policy.
    pub policy: PolicyIx,
    /// Equivalences into it.
    pub mapping: &'a Mapping,
    /// Where objects come from.
    pub from: &'a Domain,
    /// Where they go.
    pub to: &'a Domain,
    /// The agreements that the lane names.
    pub agreements: &'a [Agreement],
    /// Set where none is needed.
    pub no_agreement: Option<&'a NoAgreement>,
    /// All data categories of the bundle; what an index given to [`ReleaseCheck::judge`] points into.
    pub categories: &'a [String],
}

/// The compiled check of one lane.
#[derive(Debug, Clone)]
pub struct ReleaseCheck {
    policy: Arc<Policy>,
    index: PolicyIx,
    destination: String,
    from_ceiling: LevelRef,
    to_ceiling: LevelRef,
    /// Restrictive values that all readers hold.
    held: Bits,
    readers: ReaderTable,
    /// When the ceilings and values of both domains mean something in the lane's policy.
    domains: [Periods; 2],
    agreements: Vec<Terms>,
    none_needed: bool,
    categories: Vec<String>,
}

/// One agreement, compiled for the lane.
#[derive(Debug, Clone)]
struct Terms {
    name: Arc<str>,
    giver_entitled: bool,
    parties: ReaderSet,
    covers: Vec<bool>,
    ceiling: u16,
    forbids: Bits,
    /// When its ceiling and values mean something in the lane's policy.
    periods: Periods,
    from: Time,
    until: Time,
}

/// One failing condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseFinding {
    /// Code and words, with what would let this very object flow.
    pub finding: Finding,
    /// The agreement it is about.
    pub agreement: Option<Arc<str>>,
    /// The readers it is about.
    pub readers: Vec<Party>,
}

/// What the check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseOutcome {
    /// True where nothing failed.
    pub releasable: bool,
    /// The agreement that covers the object: an index into the lane's agreements. `None` where none is needed, or
    /// none covers it.
    pub agreement: Option<usize>,
    /// First instant at which this answer no longer holds: agreement end, membership change, policy edition end, end
    /// of a value's validity. [`Time::MIN`] where the object is not releasable.
    pub not_after: Time,
}

impl ReleaseCheck {
    /// Judges one label. `category` is an index into the categories of the terms; `None` = the object has none. Every
    /// condition that fails is a finding in `out`. Allocates only where something fails.
    pub fn judge(
        &self,
        label: &Label,
        category: Option<usize>,
        now: Time,
        out: &mut Vec<ReleaseFinding>,
    ) -> ReleaseOutcome {
        let before = out.len();
        let mut not_after = self.readers.next_change(now).min(self.policy.values_until(&label.values));
        let readers = self.readers.present(now);
        if label.policy != self.index {
            out.push(self.not_in_policy());
        } else {
            not_after = not_after.min(self.judge_dates(now, out));
            self.judge_label(label, &readers, now, out);
        }
        let agreement = self.judge_agreements(label, category, &readers, now, out);
        if let Some(terms) = agreement.and_then(|index| self.agreements.get(index)) {
            not_after = not_after.min(terms.until).min(terms.periods.until(now).unwrap_or(Time::MIN));
        }
        let releasable = out.len() == before;
        ReleaseOutcome { releasable, agreement, not_after: if releasable { not_after } else { Time::MIN } }
    }

    /// Asks of one part of an object whether all readers of the destination may have it, where its label names any. Two
    /// parts may have no value in common and a reader in both, by what groups had for members when a register was printed; who
    /// belongs to what is asked here, of each part, by the communities of the bundle at the time of its label and now.
    ///
    /// It is asked besides [`Self::judge`], and never lets in anybody. A part that names nobody leaves that to the whole. Gives
    /// the first instant at which the answer no longer holds.
    pub fn judge_part(&self, label: &Label, now: Time, out: &mut Vec<ReleaseFinding>) -> Time {
        if label.policy != self.index {
            out.push(self.not_in_policy());
            return Time::MIN;
        }
        let readers = self.readers.present(now);
        for (index, group) in (0_u8..64).zip(&self.policy.groups) {
            if label.nobody & (1 << index) != 0 {
                out.push(self.nobody(group));
            } else if label.values.meets(&group.values) {
                let without = self.without(label, group, &readers, now);
                if !without.is_empty() {
                    out.push(self.not_releasable(group, &without));
                }
            }
        }
        self.readers.next_change(now).min(self.policy.values_until(&label.values))
    }

    /// Those of `readers` that hold no value which the label has in `group`.
    fn without(&self, label: &Label, group: &Group, readers: &ReaderSet, now: Time) -> ReaderSet {
        let created = label.created.map(|created| (created.first, created.last));
        let held = |all: ReaderSet, value| all.or(&self.readers.holders(value, now, created));
        readers.minus(&label.values.and(&group.values).iter().fold(ReaderSet::NONE, held))
    }

    /// The ceiling of the source domain, in the lane's policy: a claim above it is a spill.
    pub fn source_ceiling(&self) -> LevelRef {
        self.from_ceiling
    }

    /// The ceiling of the destination domain, in the lane's policy.
    pub fn destination_ceiling(&self) -> LevelRef {
        self.to_ceiling
    }

    /// Name of the agreement at an index of [`ReleaseOutcome::agreement`].
    pub fn agreement_name(&self, index: usize) -> Option<&Arc<str>> {
        self.agreements.get(index).map(|terms| &terms.name)
    }

    /// Index of a data category, as [`Self::judge`] takes it.
    pub fn category(&self, name: &str) -> Option<usize> {
        self.categories.iter().position(|category| category == name)
    }

    /// Who reads the destination at `now`, in order of name.
    pub fn readers(&self, now: Time) -> Vec<Party> {
        self.readers.parties(&self.readers.present(now))
    }

    /// Until when the policy and what the domains say in it are in force; a finding where they are not.
    fn judge_dates(&self, now: Time, out: &mut Vec<ReleaseFinding>) -> Time {
        let domains = self.domains.iter().map(|periods| periods.until(now).ok_or_else(not_in_force));
        let mut until = Time::MAX;
        for end in domains.chain([self.policy.in_force(now)]) {
            match end {
                Ok(end) => until = until.min(end),
                Err(finding) => out.push(self.plain(finding)),
            }
        }
        until
    }

    fn judge_label(&self, label: &Label, readers: &ReaderSet, now: Time, out: &mut Vec<ReleaseFinding>) {
        let (level, ceiling) = (self.policy.rank(label.level), self.policy.rank(self.to_ceiling.level));
        if level.zip(ceiling).is_none_or(|(level, ceiling)| level > ceiling) {
            out.push(self.above_destination(label));
        }
        if readers.is_empty() {
            out.push(self.no_readers());
        }
        let caveats = label.values.and(self.policy.restrictive()).minus(&self.held);
        if !caveats.is_empty() {
            out.push(self.caveats_not_held(&caveats));
        }
        for (index, group) in (0_u8..64).zip(&self.policy.groups) {
            if label.nobody & (1 << index) != 0 {
                out.push(self.nobody(group));
            } else if label.values.meets(&group.values) {
                let without = self.without(label, group, readers, now);
                if !without.is_empty() {
                    out.push(self.not_releasable(group, &without));
                }
            } else {
                match group.absent {
                    Absent::Universe => {}
                    Absent::Undecided => out.push(self.undecided(group)),
                    Absent::Empty => out.push(self.nobody(group)),
                }
            }
        }
    }

    /// The first agreement of the lane under which the object may cross; what fails in each where none is found.
    fn judge_agreements(
        &self,
        label: &Label,
        category: Option<usize>,
        readers: &ReaderSet,
        now: Time,
        out: &mut Vec<ReleaseFinding>,
    ) -> Option<usize> {
        if self.none_needed {
            return None;
        }
        let rank = self.policy.rank(label.level).filter(|_| label.policy == self.index).unwrap_or(u16::MAX);
        let values = if label.policy == self.index { label.values } else { Bits::EMPTY };
        let all_met = |terms: &Terms| {
            let covered = category.is_some_and(|at| terms.covers.get(at) == Some(&true));
            let dated = terms.from <= now && now < terms.until && terms.periods.until(now).is_some();
            let parties = readers.minus(&terms.parties).is_empty() && terms.giver_entitled;
            covered && dated && parties && rank <= terms.ceiling && !values.meets(&terms.forbids)
        };
        let found = self.agreements.iter().position(all_met);
        if found.is_none() {
            self.explain_agreements(rank, &values, category, readers, now, out);
        }
        found
    }
}

/// LG-M023, of what a domain or an agreement says in another policy than the lane's.
fn not_in_force() -> Finding {
    let says = "no equivalence by which a domain or agreement is read in the lane's policy is in force";
    Finding::new(marking::EQUIVALENCE_NOT_IN_FORCE).saying(says)
}

#[cfg(test)]
mod tests;
