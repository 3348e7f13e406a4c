//! Editions of one policy: which one a label was made under, and what it says in the present one.
//!
//! A label names no edition, only when it was made. The present edition of a policy is the one that lanes, domains and
//! agreements are written in; the earlier ones are there to read labels that were made under them.

use crate::equivalence::Map;
use crate::{Fault, Label, Policy, PolicyIx, PolicySet};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_reason::{Finding, marking};

/// An earlier edition of a policy of a [`PolicySet`].
#[derive(Clone, Debug)]
pub(crate) struct Earlier {
    edition: PolicyIx,
    present: PolicyIx,
    target: Arc<Policy>,
    from: Time,
    until: Time,
    map: Arc<Map>,
    policy: Arc<Policy>,
}

impl Earlier {
    /// True where the label was made under this edition.
    pub(crate) fn is_of(&self, label: &Label) -> bool {
        label.policy == self.edition
    }

    /// The label in the present edition: the same words, and valid there.
    pub(crate) fn modernised(&self, label: &Label, now: Time) -> Result<Label, Finding> {
        let found = self.map.apply(label, self.present).filter(|label| self.target.still_allows(label, now));
        found.ok_or_else(|| {
            let says = "the present edition of the label's policy does not have what its own edition says";
            Finding::new(marking::UNMAPPABLE).saying(says)
        })
    }

    /// The first instant at which a value of the label ends in its own edition.
    pub(crate) fn values_until(&self, label: &Label) -> Time {
        self.policy.values_until(&label.values)
    }

    fn governs(&self, made: Time) -> bool {
        self.from <= made && made < self.until
    }
}

impl PolicySet {
    /// Adds an earlier edition of the policy `present`, which governs labels made from `from` on and before `until`.
    /// Levels and values are those of the same name in the present edition; what has no such name has no equivalent.
    ///
    /// # Errors
    /// `P060` where there are too many policies, `P067` where it is another policy, where its period is empty or meets that
    /// of another edition, where the order of levels is turned round, or where permissive tag sets were mixed or split.
    pub fn add_earlier(
        &mut self,
        present: PolicyIx,
        mut policy: Policy,
        from: Time,
        until: Time,
    ) -> Result<PolicyIx, Fault> {
        let name = format!("{} {}", policy.name(), policy.edition());
        let fault = |says: &str| Fault::new("P067", name.as_str(), format!("edition {name}: {says}"));
        let Some(target) = self.shared(present).map(Arc::clone) else {
            return Err(fault("the bundle has no such policy"));
        };
        if target.id() != policy.id() || !target.same_name(policy.name()) {
            return Err(fault("its SPIF is that of another policy"));
        }
        let same = |other: &Earlier| other.policy.edition() == policy.edition();
        let of_policy = || self.earlier().iter().filter(|other| other.present == present);
        if target.edition() == policy.edition() || of_policy().any(same) {
            return Err(fault("an edition of this name stands twice"));
        }
        let meets = |other: &Earlier| other.from < until && from < other.until;
        if from >= until || target.from.is_some_and(|begun| begun < until) || of_policy().any(meets) {
            return Err(fault("its period is empty, or meets that of another edition"));
        }
        if !policy.limit_to(from, until) {
            return Err(fault("its period is outside of the one that its SPIF gives"));
        }
        let policy = Arc::new(policy);
        let edition = self.push(&policy)?;
        let mut wrong: Option<String> = None;
        let map = Map::of_edition((&policy, edition), &target, &mut |_, _, says| {
            wrong.get_or_insert_with(|| says.into());
        });
        if let Some(says) = wrong {
            return Err(fault(&says));
        }
        let map = Arc::new(map);
        self.keep(Earlier { edition, present, target, from, until, map, policy });
        Ok(edition)
    }

    /// The present edition of the policy that `policy` is an edition of.
    pub fn present(&self, policy: PolicyIx) -> PolicyIx {
        let earlier = self.earlier().iter().find(|earlier| earlier.edition == policy);
        earlier.map_or(policy, |earlier| earlier.present)
    }

    /// The one edition of the policy `present` that governs a label made at `made`. Where there is only one edition it is
    /// that one; among several, a label that does not say when it was made has none.
    ///
    /// # Errors
    /// LG-M024 where there is none.
    pub fn governing(&self, present: PolicyIx, made: Option<Time>) -> Result<PolicyIx, Finding> {
        let earlier: Vec<&Earlier> =
            self.earlier().iter().filter(|earlier| earlier.present == present).collect();
        let Some(last) = earlier.iter().map(|earlier| earlier.until).max() else { return Ok(present) };
        let found = made.and_then(|made| match earlier.iter().find(|earlier| earlier.governs(made)) {
            Some(earlier) => Some(earlier.edition),
            None => (made >= last).then_some(present),
        });
        found.ok_or_else(|| {
            let says =
                "no edition of its policy governs the time at which the label was made, or it says none";
            Finding::new(marking::EDITION_NOT_IN_FORCE).saying(says)
        })
    }

    /// The label in the present edition of its policy.
    ///
    /// # Errors
    /// LG-M020 where the present edition does not have what its own says.
    pub fn in_present_edition(&self, label: &Label, now: Time) -> Result<Label, Finding> {
        match self.earlier().iter().find(|earlier| earlier.is_of(label)) {
            Some(earlier) => earlier.modernised(label, now),
            None => Ok(*label),
        }
    }
}

#[cfg(test)]
mod tests;
