//! Regrading: the one way in which a released label is below the enforced one. It needs a delegation: somebody who may
//! say so, for these types, from this level to that one, for a time.
//!
//! Who signed a delegation is not known here: a bundle compiles none whose signature does not verify.

use crate::{CarrierIx, Fault, Label, LevelRef, PolicyIx, PolicySet, Profile};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use lockgate_bytes::{Duration, Time};
use lockgate_reason::{Finding, agreement};

/// A delegation as authored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Its name.
    pub name: String,
    /// Who lets the level be lowered.
    pub authority: String,
    /// Name of the policy of both levels.
    pub policy: String,
    /// The level that is lowered; no other.
    pub from: String,
    /// What it becomes.
    pub to: String,
    /// Names of the types of which objects are regraded.
    pub types: Vec<String>,
    /// First instant of its validity.
    pub valid_from: Time,
    /// First instant after its validity.
    pub valid_until: Time,
}

/// A delegation, compiled for one type of a lane.
#[derive(Clone, Debug)]
pub struct Regrade {
    name: Arc<str>,
    policy: PolicyIx,
    from: u16,
    to: u16,
    carrier: CarrierIx,
    word: String,
    valid_from: Time,
    valid_until: Time,
}

impl Regrade {
    /// Compiles `text` for a lane of `policy` and a type whose marking fields `profile` reads.
    ///
    /// # Errors
    /// `P062` and `P063` unknown names, `P075` an empty validity, `P076` another policy than the lane's or a level that is
    /// not below, `P077` a profile that has no word for the new level.
    pub fn compile(
        text: &Delegation,
        policies: &PolicySet,
        policy: PolicyIx,
        profile: Option<&Profile>,
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fault = |code, name: &str, says: &str| {
            faults.push(Fault::new(code, name, format!("delegation {}: {says}", text.name)));
        };
        let named = policies.named(&text.policy);
        if named.is_none() {
            fault("P062", &text.policy, "the bundle has no such policy");
        } else if named != Some(policy) {
            fault("P076", &text.policy, "its policy is not that of the lane");
        }
        if text.valid_from >= text.valid_until {
            fault("P075", &text.name, "its validity ends before it begins");
        }
        let mut level = |name: &str| {
            let found = policies.level_in(named?, name);
            if found.is_none() {
                fault("P063", name, "the policy has no such level");
            }
            found
        };
        let (from, to) = (level(&text.from), level(&text.to));
        let (from, to) = match (from, to) {
            (Some(from), Some(to)) if policies.compare(to, from) == Some(Ordering::Less) => (from, to),
            (Some(_), Some(_)) => {
                fault("P076", &text.to, "the new level is not below the old one");
                return Err(faults);
            }
            _ => return Err(faults),
        };
        let Some((carrier, word)) = profile.and_then(|profile| profile.word_for(to)) else {
            fault("P077", &text.to, "the profile of the type has no word for the new level alone");
            return Err(faults);
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            name: Arc::from(text.name.as_str()),
            policy,
            from: from.level,
            to: to.level,
            carrier,
            word: word.into(),
            valid_from: text.valid_from,
            valid_until: text.valid_until,
        })
    }

    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// True where it is about labels like this one, whatever the time.
    pub fn is_about(&self, label: &Label) -> bool {
        label.policy == self.policy && label.level == self.from
    }

    /// The level that it lowers.
    pub fn lowers(&self) -> LevelRef {
        LevelRef::new(self.policy, self.from)
    }

    /// The carrier that says the level, and what it says from now on.
    pub fn word(&self) -> (CarrierIx, &str) {
        (self.carrier, &self.word)
    }

    /// The label after regrading: the new level, every category as before. And until when that holds.
    ///
    /// # Errors
    /// LG-A020 where the delegation is not in force at `now`, LG-A022 where the policy does not allow the new label.
    pub fn apply(
        &self,
        label: &Label,
        policies: &PolicySet,
        now: Time,
        skew: Duration,
    ) -> Result<(Label, Time), Finding> {
        if now < self.valid_from || now >= self.valid_until {
            let says = match now < self.valid_from {
                true => format!("{} begins at {}", self.name, self.valid_from),
                false => format!("{} ended at {}", self.name, self.valid_until),
            };
            return Err(Finding::new(agreement::DELEGATION_NOT_IN_FORCE).saying(says));
        }
        let regraded = Label { level: self.to, ..*label };
        if policies.validate(&regraded, now, skew, &mut Vec::new()) {
            Ok((regraded, self.valid_until))
        } else {
            let says = format!("by {}: a category of the label does not go with the new level", self.name);
            Err(Finding::new(agreement::REGRADED_NOT_VALID).saying(says))
        }
    }

    /// True where both would decide about one label at one time.
    pub fn clashes(&self, other: &Self) -> bool {
        let meet = self.valid_from < other.valid_until && other.valid_from < self.valid_until;
        self.policy == other.policy && self.from == other.from && meet
    }
}

#[cfg(test)]
mod tests;
