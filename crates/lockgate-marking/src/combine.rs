//! Several claims about one object: the strictest is enforced, disagreement is an event.

use crate::{Label, LevelRef, Mapped, PolicySet};
use core::cmp::Ordering;
use lockgate_bytes::Time;
use lockgate_reason::{Finding, marking};

/// The claims of one object, combined one by one. Order and repetition do not change the result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Combined {
    enforced: Option<Mapped>,
    disagree: bool,
}

impl Combined {
    /// Forgets the last object.
    pub fn begin(&mut self) {
        *self = Self::default();
    }

    /// Adds a claim, already in the lane's policy.
    pub fn add(&mut self, claim: &Mapped, policies: &PolicySet) {
        let before = self.enforced.map(|before| before.label);
        self.disagree |= before.is_some_and(|before| !before.says_the_same_as(&claim.label));
        self.restrict(claim, policies);
    }

    /// Adds a label that says something else than a claim about the object, so that it may differ: an alternative
    /// label, one of the metadata, a successor in force. It restricts; it does not disagree, unless it is of another policy.
    pub fn restrict(&mut self, claim: &Mapped, policies: &PolicySet) {
        self.enforced = Some(match self.enforced {
            None => *claim,
            Some(before) => {
                let label = match policies.policy(claim.label.policy) {
                    Some(policy) if before.label.policy == claim.label.policy => {
                        policy.strictest(&before.label, &claim.label)
                    }
                    // Claims are mapped before they are added; two policies here are a fault of the caller. No label
                    // says both, so whatever is kept, they disagree.
                    _ => {
                        self.disagree = true;
                        before.label
                    }
                };
                Mapped { label, not_after: before.not_after.min(claim.not_after) }
            }
        });
    }

    /// The label to enforce; `None` where there was no claim.
    pub fn enforced(&self) -> Option<Label> {
        self.enforced.map(|mapped| mapped.label)
    }

    /// Until when the mappings of all claims hold.
    pub fn not_after(&self) -> Time {
        self.enforced.map_or(Time::MAX, |mapped| mapped.not_after)
    }

    /// LG-M021 where two claims differ in level or categories.
    pub fn disagreement(&self) -> Option<Finding> {
        self.disagree.then(|| Finding::new(marking::DISAGREEMENT))
    }

    /// LG-M022 where the enforced label is above `ceiling`, a level of the lane's policy: a spill.
    pub fn spill(&self, ceiling: LevelRef, policies: &PolicySet) -> Option<Finding> {
        let label = self.enforced?.label;
        let within = policies.compare(label.level(), ceiling).is_some_and(|order| order != Ordering::Greater);
        (!within).then(|| Finding::new(marking::SPILL))
    }
}

#[cfg(test)]
mod tests;
