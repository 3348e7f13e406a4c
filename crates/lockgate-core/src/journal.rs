//! On record first, then on its way: nothing is sealed for egress that the journal has not taken.

use crate::Workspace;
use crate::account::Account;
use crate::verdict::{Decided, Final, Released};
use alloc::boxed::Box;
use alloc::vec::Vec;
use hmac::{Hmac, KeyInit, Mac};
use lockgate_bytes::{Digest, Sealed};
use sha2::Sha256;

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

/// The key that binds what one process seals to what its egress sends. Made at random at each start.
pub struct SealKey(pub [u8; 32]);

impl core::fmt::Debug for SealKey {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("SealKey(..)")
    }
}

impl Recorded<Released> {
    /// Seals the released bytes for egress, and gives the workspace back.
    pub fn seal(self, key: &SealKey) -> (Sealed, Box<Workspace>) {
        let Decided { received, policy, terms, .. } = self.0.0;
        let mut sealed = Sealed {
            identity: received.sha256,
            bytes: received.bytes,
            lane: policy.lane().clone(),
            bundle: policy.bundle(),
            precedence: terms.precedence,
            not_after: terms.not_after,
            tag: Digest([0; 32]),
        };
        // Without a tag the object is sealed with one that never verifies.
        if let Some(tag) = tag(&sealed, key) {
            sealed.tag = tag;
        }
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

/// True where `sealed` is exactly what [`Recorded::seal`] made with this key.
pub fn is_intact(sealed: &Sealed, key: &SealKey) -> bool {
    crate::object::sha256(&sealed.bytes) == sealed.identity && tag(sealed, key) == Some(sealed.tag)
}

/// HMAC-SHA-256 (FIPS 198-1) over all other members, each of fixed length or preceded by its length.
fn tag(sealed: &Sealed, key: &SealKey) -> Option<Digest> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).ok()?;
    mac.update(&sealed.identity.0);
    mac.update(&u64::try_from(sealed.lane.len()).unwrap_or(u64::MAX).to_be_bytes());
    mac.update(sealed.lane.as_bytes());
    mac.update(&sealed.bundle.0);
    mac.update(sealed.precedence.name().as_bytes());
    mac.update(&sealed.not_after.unix_nanos().to_be_bytes());
    Some(Digest(mac.finalize().into_bytes().into()))
}
