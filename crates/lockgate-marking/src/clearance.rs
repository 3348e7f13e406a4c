//! Clearances, and the access decision.

use crate::bits::Bits;
use crate::{Fault, Label, PolicyIx, PolicySet};
use alloc::vec::Vec;

/// What a reader holds: an explicit set of levels, and category values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearance {
    policy: PolicyIx,
    levels: u64,
    values: Bits,
}

/// The answer of the access decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The reader may read it.
    Granted,
    /// The reader may not.
    Denied,
    /// A permissive tag is absent, and the policy leaves open what that means.
    Undecided,
}

impl Clearance {
    /// Reads a `ConfidentialityClearance` (namespace `urn:nato:stanag:4774:confidentialityclearance:1:0`).
    ///
    /// # Errors
    /// `P080` to `P083`.
    pub fn from_xml(bytes: &[u8], policies: &PolicySet) -> Result<Self, Vec<Fault>> {
        let _ = (bytes, policies);
        Err(Vec::new())
    }

    /// The policy it is of.
    pub fn policy(&self) -> PolicyIx {
        self.policy
    }

    /// The access decision function: level in the explicit set, every restrictive value held, one value held of each
    /// permissive tag set, informative values ignored. Another policy: denied.
    pub fn access(&self, label: &Label, policies: &PolicySet) -> Access {
        let _ = (label, policies, self.levels, self.values);
        Access::Denied
    }
}
