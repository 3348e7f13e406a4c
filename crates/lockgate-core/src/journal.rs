//! On record first, then on its way: nothing is sealed for egress that the journal has not taken.

use crate::Workspace;
use crate::account::Account;
use crate::draft::Kept;
use crate::verdict::{Final, Held, Released};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::marker::PhantomData;
use lockgate_bytes::{Digest, Precedence, SealKey, Sealed, Time, turn_of};

/// Where decisions are recorded one by one. `append` returns only when the record will survive. A lane records whole
/// batches instead; see [`Log`](crate::Log).
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

/// An object whose verdict is on record: the object itself, without the memory in which it was judged.
#[derive(Debug)]
pub struct Recorded<T> {
    kept: Kept,
    verdict: PhantomData<T>,
}

/// An object at the end of its way through the engine: decided, and on record.
#[derive(Debug)]
pub enum Passed {
    /// It may be sealed for egress.
    Release(Recorded<Released>),
    /// It waits for people.
    Hold(Recorded<Held>),
    /// It does not cross.
    Refuse(Recorded<crate::Refused>),
}

/// Records one verdict, and gives the workspace back.
///
/// # Errors
/// [`JournalFault`] with the token lost on purpose: what is not on record is not released.
pub fn record<T: Final>(
    token: T,
    journal: &mut dyn Journal,
) -> Result<(Recorded<T>, Box<Workspace>), JournalFault> {
    journal.append(&token.account())?;
    let (kept, workspace) = Kept::of(token, None);
    Ok((Recorded::new(kept), workspace))
}

impl<T> Recorded<T> {
    pub(crate) fn new(kept: Kept) -> Self {
        Self { kept, verdict: PhantomData }
    }

    /// Index of the decision's record in the log; 0 where there is none.
    pub fn entry(&self) -> u64 {
        self.kept.entry
    }

    /// The words of the decision's record.
    pub fn page(&self) -> &[u8] {
        &self.kept.page
    }

    /// The source that offered the object.
    pub fn source(&self) -> &Arc<str> {
        &self.kept.source
    }

    /// When the object arrived.
    pub fn arrival(&self) -> Time {
        self.kept.arrival
    }

    /// SHA-256 of [`bytes`](Self::bytes).
    pub fn sha256(&self) -> Digest {
        self.kept.sha256
    }

    /// The bytes: of a released object exactly those that may cross, of any other those that arrived.
    pub fn bytes(&self) -> &[u8] {
        &self.kept.bytes
    }

    /// `name@version` of the object's type.
    pub fn type_id(&self) -> Option<&Arc<str>> {
        self.kept.type_id.as_ref()
    }

    /// Its route, as its record has it: `fast`, `slow` or `none`.
    pub fn route(&self) -> &'static str {
        self.kept.route
    }

    /// How urgent the object is, after its source's cap.
    pub fn precedence(&self) -> Precedence {
        self.kept.terms.precedence
    }

    /// True where the object was written anew on its way to this verdict.
    pub fn is_rewritten(&self) -> bool {
        self.kept.rewritten
    }

    /// First instant at which the object must not be sent any more.
    pub fn not_after(&self) -> Time {
        self.kept.terms.not_after
    }

    /// Ends the object's way here: its buffer, and that of its record's words, are free again.
    pub fn retire(self) -> (Vec<u8>, Vec<u8>) {
        (self.kept.bytes, self.kept.page)
    }
}

impl Recorded<Released> {
    /// Seals the released bytes for egress, with `key` as they were written down with it: what was recorded without naming the
    /// BLAKE3 that the key asks for does not pass egress. The buffer of the record's words is free again. `first` is the index of the
    /// first decision about the object, where this is not the first.
    pub fn seal(self, key: &SealKey, first: Option<u64>) -> (Sealed, Vec<u8>) {
        let Kept { bytes, page, sha256, crossing, policy, terms, order, entry, source, .. } = self.kept;
        let mut sealed = Sealed {
            identity: sha256,
            crossing,
            bytes,
            lane: policy.lane().clone(),
            bundle: policy.bundle(),
            precedence: terms.precedence,
            not_after: terms.not_after,
            entry,
            first: first.unwrap_or(entry),
            order,
            turn: turn_of(&source),
            tag: Digest([0; 32]),
        };
        sealed.tag = key.tag(&sealed);
        (sealed, page)
    }
}
