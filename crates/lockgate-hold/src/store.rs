//! The contract of a store of held objects; the store in files is one, others may follow.

use crate::Fault;
use crate::index::Counted;
use crate::item::{Facts, Item, Settled, StagedKey};
use lockgate_bytes::{Digest, Time};
use std::io;

/// Says under which entry a staged object is on record, if it is. An error where nobody can say: that is not "no".
pub type IsRecorded<'a> = dyn Fn(&StagedKey) -> io::Result<Option<u64>> + 'a;

/// Keeps objects that wait for people.
///
/// ```text
///   stage (durable) -> the decision is on record -> commit -> ... -> the end is on record -> settle
///        \-> the decision could not be recorded -> abandon
/// ```
/// After a start comes [`Store::recover`], before anything else. Then whoever knows the log settles every entry of
/// [`Store::entries`] that the log no longer holds, and raises an alarm for every entry that the log holds and the store
/// does not: that must be impossible.
///
/// A fault changes nothing for what is held already. While there is one, nothing more is released or held; the next call
/// tries again by itself.
pub trait Store {
    /// Settles what a crash left behind: what was staged and is on record is committed under the entry that
    /// `is_recorded` says, what was staged and is not on record is removed.
    ///
    /// # Errors
    /// [`Fault`], also where `is_recorded` cannot tell; nothing is removed then that may be on record.
    fn recover(&mut self, is_recorded: &IsRecorded<'_>) -> Result<Recovered, Fault>;

    /// Stores a batch, all of it or nothing. It is durable when this returns, at the price of two syncs for the batch.
    ///
    /// # Errors
    /// [`Fault`]; then nothing of the batch is held.
    fn stage(&mut self, batch: &[Stage<'_>]) -> Result<Vec<Staged>, Fault>;

    /// The decisions are on record, each under its entry: from now on the objects are held. Costs no sync: a crash
    /// before the next one is settled by [`Store::recover`].
    ///
    /// # Errors
    /// [`Fault`]; the objects are held all the same, but other processes may not see it yet. [`Fault::Twice`] where an
    /// entry is taken: that object is not held.
    fn commit(&mut self, batch: Vec<(Staged, u64)>) -> Result<(), Fault>;

    /// The decisions could not be recorded: the objects never were here.
    ///
    /// # Errors
    /// [`Fault`]; the objects are gone all the same.
    fn abandon(&mut self, batch: Vec<Staged>) -> Result<(), Fault>;

    /// The end of a held object is on record: it leaves the store.
    ///
    /// # Errors
    /// [`Fault::Unknown`], and those of the disk; the object is gone all the same.
    fn settle(&mut self, entry: u64, how: Settled) -> Result<(), Fault>;

    /// What is held under this entry was released as something else, which has not come to its end: it stays here until it is
    /// settled, and counts as [`Usage::kept`] meanwhile. The index says so to who looks; a start is told again. Where nothing is
    /// held, nothing happens.
    fn keep(&mut self, entry: u64);

    /// Hands every held object to `each`, in the order of staging.
    ///
    /// # Errors
    /// Those of the disk.
    fn list(&self, each: &mut dyn FnMut(Item)) -> Result<(), Fault>;

    /// The entries under which objects are held, rising, with the objects' hashes.
    fn entries(&self) -> Vec<(u64, Digest)>;

    /// The source of a held object, and when it arrived, without reading anything; none where nothing is held under the
    /// entry, or the index has lost it.
    fn origin(&self, entry: u64) -> Option<(&str, Time)>;

    /// What was stored beside a held object, compared with its hash; `None` where nothing was.
    ///
    /// # Errors
    /// Those of [`Self::get`].
    fn beside(&self, entry: u64) -> Result<Option<Vec<u8>>, Fault>;

    /// The bytes of a held object, exactly as they arrived: they are compared with their hash at every reading.
    ///
    /// # Errors
    /// [`Fault::Unknown`], [`Fault::Damaged`], and those of the disk.
    fn get(&self, entry: u64) -> Result<Vec<u8>, Fault>;

    /// The account of the decision that holds the object, as one JSON object.
    ///
    /// # Errors
    /// Those of [`Self::get`].
    fn account(&self, entry: u64) -> Result<String, Fault>;

    /// How full the store is, and of what.
    fn usage(&self) -> Usage;
}

/// One object to be stored.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    /// Its name.
    pub sha256: Digest,
    /// Its bytes.
    pub content: Content<'a>,
    /// What the index keeps of it.
    pub facts: &'a Facts,
    /// The account of its verdict, as one JSON object.
    pub account: &'a str,
}

/// Where the bytes of an object come from.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// They are new here.
    New(&'a [u8]),
    /// They are new here, and something came with the object that is kept as long as it is.
    Pair {
        /// The bytes of the object.
        object: &'a [u8],
        /// What came with it.
        beside: &'a [u8],
    },
    /// They are those of the object that is held under this entry: it was decided again and is held again. Nothing is
    /// copied; settle the former entry once the new decision is on record. What lies beside it stays beside it.
    Kept(u64),
}

impl core::fmt::Debug for Content<'_> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::New(bytes) => write!(out, "New({} bytes)", bytes.len()),
            Self::Pair { object, beside } => {
                write!(out, "Pair({} bytes, {} beside)", object.len(), beside.len())
            }
            Self::Kept(entry) => write!(out, "Kept({entry})"),
        }
    }
}

/// An object that is stored and waits for its record.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "what is staged is committed or abandoned"]
pub struct Staged {
    pub(crate) number: u64,
    pub(crate) key: StagedKey,
}

impl Staged {
    /// What ties it to its record.
    pub fn key(&self) -> StagedKey {
        self.key
    }
}

/// What a start found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Staged and on record: held now, under these entries.
    pub committed: Vec<(u64, Digest)>,
    /// Staged and not on record: removed.
    pub removed: Vec<StagedKey>,
    /// Held, but their bytes are not all there. They stay listed; reading them is a fault. An alarm.
    pub lost: Vec<(u64, Digest)>,
    /// Bytes of the index that were not as they were written. What they said is made good where the segments know it;
    /// compare with the log. An alarm.
    pub damaged: u64,
    /// Bytes at the end of the index that a crash cut off. The usual trace of one.
    pub torn: u64,
}

/// How full the store is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Objects held.
    pub objects: u64,
    /// Objects that are held no more and kept, because what was made of them may come back.
    pub kept: u64,
    /// Objects staged, with no record yet.
    pub staged: u64,
    /// Bytes of all files of the store, what is settled and not yet given back included.
    pub bytes: u64,
    /// The most that `bytes` may come to.
    pub quota: u64,
    /// When the longest-held object arrived.
    pub oldest: Option<Time>,
    /// Held objects by their first reason; with none, where the last one has left since the start.
    pub by_reason: Vec<Counted>,
    /// Whether what is stored is sealed.
    pub is_sealed: bool,
}
