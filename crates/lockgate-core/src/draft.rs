//! How a lane records: the words of each decision are written where the object was judged; then a whole batch goes on
//! record at once.
//!
//! ```text
//!   Verdict --draft--> Draft --+
//!   Verdict --draft--> Draft --+--commit (one batch, one write to disk)--> Passed, Passed, Passed ...
//!   Verdict --draft--> Draft --+
//! ```

use crate::account::Account;
use crate::journal::{JournalFault, Passed, Recorded};
use crate::object::{Origin, Received, Route};
use crate::policy::Policy;
use crate::verdict::{Decided, Final, Held, Refused, Released, Terms, Verdict};
use crate::{Reason, Workspace, answer, order};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::marker::PhantomData;
use lockgate_bytes::{Crossing, Digest, Order, SealKey, Time};
use lockgate_reason::fault;

/// Writes the words of a decision's record.
pub trait Scribe {
    /// Appends the record of one decision to `page`, which is empty at first.
    ///
    /// # Errors
    /// [`JournalFault`] where it cannot be written; the object then goes nowhere.
    fn write(&mut self, account: &Account<'_>, page: &mut Vec<u8>) -> Result<(), JournalFault>;
}

/// A log that takes whole batches.
pub trait Log {
    /// Takes one record into the present batch and says which index it has.
    ///
    /// # Errors
    /// [`JournalFault`] where it does not take it; the whole batch is then off the record.
    fn append(&mut self, page: &[u8]) -> Result<u64, JournalFault>;

    /// Ends the batch. When this returns, all of it will survive: the records, and what has to be safe before a record
    /// may say so (the bytes of what is held).
    ///
    /// # Errors
    /// [`JournalFault`] where it cannot be sure of that; the whole batch is then off the record.
    fn commit(&mut self, batch: &[Draft]) -> Result<(), JournalFault>;
}

/// A decision that is written down, and not yet on record.
#[derive(Debug)]
pub enum Draft {
    /// It may cross, once it is on record.
    Release(Drafted<Released>),
    /// It waits for people, once it is on record.
    Hold(Drafted<Held>),
    /// It does not cross.
    Refuse(Drafted<Refused>),
}

/// An object with the words of its record. It can do nothing but go on record.
#[derive(Debug)]
pub struct Drafted<T> {
    kept: Kept,
    verdict: PhantomData<T>,
}

/// What is left of an object once its workspace has gone back to the lane.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Of a released object the bytes that may cross, of any other those that arrived.
    pub(crate) bytes: Vec<u8>,
    pub(crate) sha256: Digest,
    /// BLAKE3 of a released object's bytes, as its record says it.
    pub(crate) crossing: Option<Crossing>,
    pub(crate) page: Vec<u8>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) source: Arc<str>,
    pub(crate) arrival: Time,
    pub(crate) type_id: Option<Arc<str>>,
    pub(crate) route: &'static str,
    pub(crate) terms: Terms,
    pub(crate) rewritten: bool,
    pub(crate) order: Option<Order>,
    /// Index of the record in the log, once it is there.
    pub(crate) entry: u64,
}

/// Writes the decision down on `page`, and gives the workspace back. `key` is that of [`Recorded::seal`]. Where it is for a link
/// that names objects by their BLAKE3, that of the released bytes is found here, once: for the record, for the seal and for the
/// link; and what is not any more what was inspected is refused (`LG-X001`).
///
/// # Errors
/// [`JournalFault`] with the token lost on purpose: what cannot be written down is not released.
pub fn draft(
    verdict: Verdict,
    scribe: &mut dyn Scribe,
    mut page: Vec<u8>,
    key: &SealKey,
) -> Result<(Draft, Box<Workspace>), JournalFault> {
    page.clear();
    let verdict = if key.names_crossing() { named(verdict) } else { verdict };
    scribe.write(&verdict.account(), &mut page)?;
    Ok(match verdict {
        Verdict::Release(token) => {
            let (drafted, workspace) = Drafted::of(token, page, key);
            (Draft::Release(drafted), workspace)
        }
        Verdict::Hold(token) => {
            let (drafted, workspace) = Drafted::of(token, page, key);
            (Draft::Hold(drafted), workspace)
        }
        Verdict::Refuse(token) => {
            let (drafted, workspace) = Drafted::of(token, page, key);
            (Draft::Refuse(drafted), workspace)
        }
    })
}

/// Gives what is released its name on the link. From here on the last look goes by that name, so the bytes are held once more
/// against the hash that they were inspected under: both names in the record are of the same bytes.
fn named(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Release(Released(mut decided)) => {
            decided.crossing = crossing(&decided.received.bytes, &decided.received.sha256);
            if decided.crossing.is_some() {
                return Verdict::Release(Released(decided));
            }
            answer::take_back(&mut decided);
            decided.received.pass().inspection.reasons.push(Reason::new(fault::INTERNAL));
            Verdict::Refuse(Refused(decided))
        }
        kept => kept,
    }
}

/// The BLAKE3 of what has this SHA-256; `None` where the bytes have another.
fn crossing(bytes: &[u8], inspected: &Digest) -> Option<Crossing> {
    (Digest::of(bytes) == *inspected).then(|| Crossing::of(bytes))
}

/// Refuses without a record of its own, for a flood whose refusals share one: buffer and workspace are free again.
/// Only for refusals: what is released or held has its own record. The caller has counted it.
pub fn share(token: Refused) -> (Vec<u8>, Box<Workspace>) {
    let (kept, workspace) = Kept::of(token, None);
    (kept.bytes, workspace)
}

/// Puts a batch on record: everything in `drafts`, in order, goes to `passed`.
///
/// # Errors
/// [`JournalFault`]: then nothing of it is on record, and all of it is still in `drafts`.
pub fn commit(
    drafts: &mut Vec<Draft>,
    log: &mut dyn Log,
    passed: &mut Vec<Passed>,
) -> Result<(), JournalFault> {
    for draft in drafts.iter_mut() {
        let kept = draft.kept_mut();
        kept.entry = log.append(&kept.page)?;
    }
    log.commit(drafts)?;
    passed.extend(drafts.drain(..).map(|draft| match draft {
        Draft::Release(drafted) => Passed::Release(Recorded::new(drafted.kept)),
        Draft::Hold(drafted) => Passed::Hold(Recorded::new(drafted.kept)),
        Draft::Refuse(drafted) => Passed::Refuse(Recorded::new(drafted.kept)),
    }));
    Ok(())
}

impl Draft {
    fn kept(&self) -> &Kept {
        match self {
            Self::Release(drafted) => &drafted.kept,
            Self::Hold(drafted) => &drafted.kept,
            Self::Refuse(drafted) => &drafted.kept,
        }
    }

    fn kept_mut(&mut self) -> &mut Kept {
        match self {
            Self::Release(drafted) => &mut drafted.kept,
            Self::Hold(drafted) => &mut drafted.kept,
            Self::Refuse(drafted) => &mut drafted.kept,
        }
    }

    /// The words of the record.
    pub fn page(&self) -> &[u8] {
        &self.kept().page
    }

    /// Index that the record has in the log, once it was appended.
    pub fn entry(&self) -> u64 {
        self.kept().entry
    }

    /// True where the object was written anew on its way to this verdict.
    pub fn is_rewritten(&self) -> bool {
        self.kept().rewritten
    }

    /// The source that offered the object.
    pub fn source(&self) -> &Arc<str> {
        &self.kept().source
    }

    /// When the object arrived.
    pub fn arrival(&self) -> Time {
        self.kept().arrival
    }

    /// Moves the object from the engine's buffer into one of its own size, so that what waits pins no more memory than it
    /// needs; the engine's buffer comes back. What does not cross and does not wait needs none.
    pub fn settle(&mut self, lend: impl FnOnce(usize) -> Vec<u8>) -> Vec<u8> {
        let waits = !matches!(self, Self::Refuse(_));
        let kept = self.kept_mut();
        let mut own = Vec::new();
        if waits {
            own = lend(kept.bytes.len());
            own.clear();
            own.extend_from_slice(&kept.bytes);
        }
        core::mem::replace(&mut kept.bytes, own)
    }

    /// SHA-256 of [`bytes`](Self::bytes) as they were judged.
    pub fn sha256(&self) -> Digest {
        self.kept().sha256
    }

    /// The bytes, so that they can be kept safe before the record says that they are.
    pub fn bytes(&self) -> &[u8] {
        &self.kept().bytes
    }
}

impl<T: Final> Drafted<T> {
    fn of(token: T, page: Vec<u8>, key: &SealKey) -> (Self, Box<Workspace>) {
        let (mut kept, workspace) = Kept::of(token, Some(key));
        kept.page = page;
        (Self { kept, verdict: PhantomData }, workspace)
    }
}

impl Kept {
    /// Parts the object from its workspace. Of a rewritten object that does not cross, what arrived is kept.
    pub(crate) fn of<T: Final>(token: T, key: Option<&SealKey>) -> (Self, Box<Workspace>) {
        let route_name = token.account().route();
        let decided = token.into_decided();
        let order = key.filter(|_| T::CROSSES).and_then(|key| order::of(&decided, key));
        let Decided { mut received, route, policy, terms, crossing, .. } = decided;
        let type_id = match route {
            Route::Fast(lane_type) => Some(lane_type.id().clone()),
            Route::Slow(_) | Route::None => None,
        };
        let rewritten = match received.origin {
            Origin::Arrived => false,
            Origin::Rewritten(parent) => {
                if !T::CROSSES {
                    core::mem::swap(&mut received.bytes, &mut received.workspace.original);
                    received.sha256 = parent;
                }
                true
            }
        };
        let Received { bytes, sha256, source, arrival, workspace, .. } = received;
        let page = Vec::new();
        let entry = 0;
        let kept = Self {
            bytes,
            sha256,
            crossing,
            page,
            policy,
            source,
            arrival,
            type_id,
            route: route_name,
            terms,
            rewritten,
            order,
            entry,
        };
        (kept, workspace)
    }
}

#[cfg(test)]
mod tests {
    use super::crossing;
    use alloc::vec;
    use lockgate_bytes::{Crossing, Digest};

    /// One bit that flips between inspection and record: no name, and so no release.
    #[test]
    fn bytes_that_changed_since_they_were_inspected_get_no_name() {
        let mut bytes = vec![0x5a; 300];
        let inspected = Digest::of(&bytes);
        assert_eq!(crossing(&bytes, &inspected), Some(Crossing::of(&bytes)));
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(crossing(&bytes, &inspected), None, "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
