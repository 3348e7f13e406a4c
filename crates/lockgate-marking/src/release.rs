//! The release check: may an object with this label go to this domain, now, under an agreement in force.

use crate::{Agreement, Communities, Domain, Fault, Label, LevelRef, Mapping, Nation, PolicyIx, PolicySet};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_reason::Finding;

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
    from_ceiling: LevelRef,
    to_ceiling: LevelRef,
    agreements: Vec<Arc<str>>,
}

/// One failing condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseFinding {
    /// Code and words, the remedy for this very object included.
    pub finding: Finding,
    /// The agreement it is about.
    pub agreement: Option<Arc<str>>,
    /// The readers it is about.
    pub readers: Vec<Nation>,
}

/// What the check found where nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseOutcome {
    /// True where nothing failed.
    pub releasable: bool,
    /// The agreement that covers the object: an index into the lane's agreements. `None` where none is needed.
    pub agreement: Option<usize>,
    /// First instant at which this answer no longer holds: agreement end, membership change, policy edition end.
    pub not_after: Time,
}

impl ReleaseCheck {
    /// Compiles the terms of a lane.
    ///
    /// # Errors
    /// `P090` to `P099`.
    pub fn compile(terms: &ReleaseTerms<'_>) -> Result<Self, Vec<Fault>> {
        let _ = terms.to;
        Err(Vec::new())
    }

    /// Judges one label. `category` is an index into the categories of the terms; `None` = the object has none. Every
    /// condition that fails is a finding in `out`. Allocates only where something fails.
    pub fn judge(
        &self,
        label: &Label,
        category: Option<usize>,
        now: Time,
        out: &mut Vec<ReleaseFinding>,
    ) -> ReleaseOutcome {
        let _ = (label, category, now, out);
        ReleaseOutcome { releasable: false, agreement: None, not_after: Time::MIN }
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
        self.agreements.get(index)
    }
}
