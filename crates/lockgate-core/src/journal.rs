//! On record first, then on its way: nothing is sealed for egress that the journal has not taken.

use crate::Workspace;
use crate::account::Account;
use crate::verdict::{Decided, Final, Released};
use alloc::boxed::Box;
use alloc::vec::Vec;
use lockgate_bytes::{Digest, Order, SealKey, Sealed};

/// Where decisions are recorded. `append` returns only when the record will survive.
pub trait Journal {
    /// Records one decision.
    ///
    /// # Errors
    /// [`JournalFault`] where it cannot be recorded; the object then goes nowhere.
    fn append(&mut self, account: &Account<'_>) -> Result<(), JournalFault>;
}

/// The journal did not take the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalFault;

/// A verdict that is on record.
#[derive(Debug)]
pub struct Recorded<T>(T);

/// Records a verdict.
///
/// # Errors
/// [`JournalFault`] with the token lost on purpose: what is not on record is not released.
pub fn record<T: Final>(token: T, journal: &mut dyn Journal) -> Result<Recorded<T>, JournalFault> {
    journal.append(&token.account())?;
    Ok(Recorded(token))
}

impl Recorded<Released> {
    /// Seals the released bytes for egress, and gives the workspace back. `entry` is the index of the decision's record
    /// in the log, `order` what newest-wins goes by.
    pub fn seal(self, key: &SealKey, entry: u64, order: Option<Order>) -> (Sealed, Box<Workspace>) {
        let Decided { received, policy, terms, .. } = self.0.0;
        let mut sealed = Sealed {
            identity: received.sha256,
            bytes: received.bytes,
            lane: policy.lane().clone(),
            bundle: policy.bundle(),
            precedence: terms.precedence,
            not_after: terms.not_after,
            entry,
            order,
            tag: Digest([0; 32]),
        };
        sealed.tag = key.tag(&sealed);
        (sealed, received.workspace)
    }
}

impl<T: Final> Recorded<T> {
    /// The account as it was recorded.
    pub fn account(&self) -> Account<'_> {
        self.0.account()
    }

    /// Ends the object's way here; the workspace and the object's buffer come back to the lane.
    pub fn retire(self) -> (Box<Workspace>, Vec<u8>) {
        let received = self.0.into_received();
        (received.workspace, received.bytes)
    }
}
