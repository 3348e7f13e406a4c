//! The log: append, commit, sign.

mod commit;
mod open;
mod read;
#[cfg(test)]
pub(crate) mod tests;

use crate::behind::{Alarms, Behind, Signed};
use crate::checkpoint::Checkpoint;
use crate::far::Pushed;
use crate::fault::Fault;
use crate::note::{LogKey, TrustKey};
use crate::shelf::Shelf;
use crate::tile::{self, ENTRY_MAX};
use crate::tree::{FullTile, Hash, TILE, Tree, leaf};
use lockgate_bytes::Time;
use lockgate_disk::{Disk, File};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

pub use open::Recovered;

/// Bytes of entries that may wait for a commit, at most.
const STAGED_MAX: usize = 8 << 20;
/// Entries between snapshots: what a restart reads, at most.
const SNAPSHOT_EVERY: u64 = 200_000;

/// Tiles that are written behind one commit: a few, or more where many wait already.
const TILES_AT_ONCE: (usize, usize) = (4, 16);
/// Nanoseconds between checkpoints.
const SIGN_EVERY: i64 = 1_000_000_000;

/// Figures of the log that a deployment may set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// A segment that has grown to so many bytes is followed by a new one, for which so much room is made beforehand.
    /// 4 MiB: making and removing it keeps a disk busy for a few milliseconds, which a commit may have to wait for. At
    /// most 256 MiB count.
    pub segment_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { segment_bytes: 4 << 20 }
    }
}

/// An append-only Merkle log in a folder: C2SP tlog-tiles, tlog-checkpoint and signed-note.
///
/// A commit is one write and one `fdatasync`. Tiles and checkpoints are written behind it, by hand or by a thread that
/// works its [`Shelf`]. One process has it open at a time.
pub struct Log {
    disk: Arc<dyn Disk>,
    key: LogKey,
    settings: Settings,
    /// What is committed.
    tree: Tree,
    /// The entries of the last bundle, which is not full.
    bundle: Vec<u8>,
    /// What is not committed: entries as they stand in a segment, and their hashes.
    staged: Vec<u8>,
    leaves: Vec<Hash>,
    /// The tree with what is staged, and the tiles that it fills; kept for their memory.
    next: Tree,
    full: Vec<FullTile>,
    /// The tiles above level 0 that were filled last: they may still be on their way to the disk.
    upper: VecDeque<FullTile>,
    /// The full bundle that was read back last, with its index: who reads one entry of it often reads the next.
    last_read: RefCell<Option<(u64, Vec<u8>)>>,
    segment: Option<Segment>,
    next_segment: u64,
    /// The name of the newest segment, while the next one is not durable.
    newest: Option<String>,
    behind: Behind,
    snapshot: Option<u64>,
    signed_at: Time,
}

struct Segment {
    number: u64,
    file: Box<dyn File>,
    bytes: u64,
    /// Bytes that were reserved for it; 0 where it grows with each commit.
    room: u64,
}

impl Segment {
    /// True where so many bytes more still go into it; `most` is what one without reserved room may grow to.
    fn takes(&self, more: usize, most: u64) -> bool {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        if self.room > 0 { self.bytes.saturating_add(more) <= self.room } else { self.bytes < most }
    }
}

/// Where the log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Entries that are durable.
    pub entries: u64,
    /// Entries under the last checkpoint.
    pub signed: u64,
    /// Tiles that wait to be written.
    pub tiles_waiting: usize,
    /// What the second places have; `None` where there is none.
    pub pushed: Option<Pushed>,
    /// Bytes free on its disk, where the system tells.
    pub free_bytes: Option<u64>,
    /// What is wrong.
    pub alarms: Alarms,
}

impl Log {
    /// Takes one entry, and says at which index it will stand. It is durable when the next [`Self::commit`] returns.
    ///
    /// # Errors
    /// [`Fault::Entry`]; [`Fault::Full`] where 8 MiB wait for a commit; [`Fault::Disk`] where tiles have not been
    /// written for so long that no more is taken. After any of them nothing since the last commit is in the log.
    pub fn append(&mut self, page: &[u8]) -> Result<u64, Fault> {
        let outcome = self.stage(page);
        if outcome.is_err() {
            self.roll_back();
        }
        outcome
    }

    fn stage(&mut self, page: &[u8]) -> Result<u64, Fault> {
        if page.is_empty() || page.len() > ENTRY_MAX {
            return Err(Fault::Entry);
        }
        if self.staged.len() > STAGED_MAX {
            return Err(Fault::Full);
        }
        if self.behind.is_full() {
            self.behind.make_room().map_err(|error| Fault::Disk("write tiles", error))?;
        }
        let index = self.next_index();
        tile::put(page, &mut self.staged);
        self.leaves.push(leaf(page));
        Ok(index)
    }

    /// The index of the next entry.
    pub fn next_index(&self) -> u64 {
        self.tree.size().saturating_add(u64::try_from(self.leaves.len()).unwrap_or(u64::MAX))
    }

    /// Makes everything appended durable, and writes some tiles behind it.
    ///
    /// # Errors
    /// As [`Self::commit_first`].
    pub fn commit(&mut self) -> Result<(), Fault> {
        let number = |log: &Self| log.segment.as_ref().map(|segment| segment.number);
        let segment = number(self);
        self.commit_first()?;
        // None where a new segment took its time already: a commit is waited for.
        if segment == number(self) {
            self.write_behind();
        }
        Ok(())
    }

    /// Writes tiles that are full, a few at a time; or wakes the thread that does. What cannot be written is an alarm in
    /// [`Self::standing`].
    pub fn write_behind(&mut self) {
        let (few, many) = TILES_AT_ONCE;
        let (waiting, _) = self.behind.standing();
        let _ = self.behind.tend(if waiting > many { many } else { few });
    }

    /// Parts with the shelf: from now on somebody else works it, and nothing here waits for a tile or a checkpoint.
    /// `None` where that has happened already.
    pub fn part_with_shelf(&mut self) -> Option<Shelf> {
        self.behind.part()
    }

    /// Forgets what was appended since the last commit.
    pub fn roll_back(&mut self) {
        self.staged.clear();
        self.leaves.clear();
    }

    /// Signs what is committed, shows the tiles of its right edge, and pushes it to the second places; returns when that
    /// is done. Does nothing where nothing was committed since.
    ///
    /// # Errors
    /// [`Fault::Disk`]; entries are safe all the same, and the next call tries again. A second place that fails is an
    /// alarm in [`Self::standing`].
    pub fn checkpoint(&mut self) -> Result<(), Fault> {
        match self.to_sign() {
            Some(signed) => self.behind.sign(Signed { is_lasting: true, ..signed }),
            None => Ok(()),
        }
    }

    /// [`Self::checkpoint`], once a second by this time; to be called as often as there is time for it. Where another
    /// thread works the shelf, this only asks for it.
    ///
    /// # Errors
    /// As [`Self::checkpoint`], of the last one that was asked for; then the next try is a second later.
    pub fn tick(&mut self, now: Time) -> Result<(), Fault> {
        // Either direction: a clock that was set back must not stop the signing.
        if now.since(self.signed_at).nanos().unsigned_abs() < SIGN_EVERY.unsigned_abs() {
            return Ok(());
        }
        self.signed_at = now;
        let signed = self.to_sign();
        self.behind.sign_behind(signed)
    }

    /// True where a snapshot of the ledger is due, so that a restart has little to read.
    pub fn wants_snapshot(&self) -> bool {
        self.next_index().saturating_sub(self.snapshot.unwrap_or(0)) >= SNAPSHOT_EVERY
    }

    /// Where the log stands.
    pub fn standing(&self) -> Standing {
        let (tiles_waiting, alarms) = self.behind.standing();
        Standing {
            entries: self.tree.size(),
            signed: self.behind.signed(),
            tiles_waiting,
            pushed: self.behind.pushed(),
            free_bytes: self.disk.free_space().ok(),
            alarms,
        }
    }

    /// Entries that are durable, and bytes of the open segment: asked for with every batch.
    pub fn extent(&self) -> (u64, u64) {
        (self.tree.size(), self.segment.as_ref().map_or(0, |segment| segment.bytes))
    }

    /// The key that its checkpoints verify under.
    pub fn trust(&self) -> TrustKey {
        self.key.trust()
    }

    fn here(&self) -> Checkpoint {
        Checkpoint { origin: self.key.name().to_owned(), size: self.tree.size(), root: self.tree.root() }
    }

    /// A checkpoint of what is committed, with the tiles and the bundle at the right edge as far as they are not full;
    /// `None` where the last one says as much, and reached every second place.
    fn to_sign(&self) -> Option<Signed> {
        let size = self.tree.size();
        if self.behind.signed() == size && self.behind.standing().1.second_place.is_none() {
            return None;
        }
        let mut partials = Vec::new();
        for (level, full, width) in tile::widths(size).filter(|(_, _, width)| *width > 0) {
            let edge = self.tree.edges().get(usize::from(level)).map_or(&[][..], Vec::as_slice);
            partials.push((tile::hashes(level, full, width), edge.to_vec()));
        }
        if !size.is_multiple_of(TILE) {
            partials.push((tile::bundle(size / TILE, size % TILE), self.bundle.clone()));
        }
        Some(Signed { note: self.here().sign(&self.key), size, partials, is_lasting: false })
    }
}
