//! Who owns a whole: JOINT portions of one set of owners are JOINT together.

use crate::country::Code;
use crate::marking::Owner;
use alloc::collections::BTreeSet;

/// What the portions say of joint ownership (CAPCO 2016 H.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// No portion yet.
    Open,
    /// Every portion is JOINT information of the United States and these others.
    Of(BTreeSet<Code>),
    /// Portions of several owners: the whole is the United States'.
    Not,
}

impl Joint {
    /// One portion more, of this owner.
    pub(super) fn join(&mut self, owner: &Owner) {
        let owners = match owner {
            Owner::Joint(owners) if owner.is_us() => Some(owners),
            _ => None,
        };
        *self = match (&*self, owners) {
            (Self::Open, Some(owners)) => Self::Of(owners.clone()),
            (Self::Of(known), Some(owners)) if known == owners => return,
            _ => Self::Not,
        };
    }
}
