//! What succeeds a label, and when. It may restrict; it never lowers.

use crate::{Label, PolicySet};
use lockgate_bytes::Time;
use lockgate_reason::{Finding, marking};

/// The label that is to take the place of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Succession {
    /// From when on.
    pub on: Time,
    /// The label to come.
    pub label: Label,
}

impl Succession {
    /// A successor is of the same policy as `label`, and not higher (rule 13 of the engine).
    ///
    /// # Errors
    /// LG-M036 where it is not.
    pub fn check(&self, label: &Label, policies: &PolicySet) -> Result<(), Finding> {
        let order = policies.compare(self.label.level(), label.level());
        match order {
            Some(core::cmp::Ordering::Less | core::cmp::Ordering::Equal) => Ok(()),
            _ => Err(Finding::new(marking::SUCCESSOR_HIGHER)),
        }
    }

    /// The label to enforce in place of `label` at `now`. Until the succession that is `label` itself. From then on it is
    /// the strictest of both: what the successor adds holds, what it takes away is not given up (rule 14 of the engine;
    /// a review date changes nothing at all). A successor of another policy is for [`Self::check`] to refuse.
    #[must_use]
    pub fn enforced(&self, label: &Label, policies: &PolicySet, now: Time) -> Label {
        match policies.policy(label.policy) {
            Some(policy) if now >= self.on && self.label.policy == label.policy => {
                policy.strictest(label, &self.label)
            }
            _ => *label,
        }
    }

    /// The first instant at which a stricter label than `label` is to be enforced; `None` where there is none after
    /// `now`.
    pub fn next_change(&self, label: &Label, policies: &PolicySet, now: Time) -> Option<Time> {
        (now < self.on && self.enforced(label, policies, self.on) != *label).then_some(self.on)
    }
}
