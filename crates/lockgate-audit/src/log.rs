//! The log: append, commit, sign.

mod open;
#[cfg(test)]
mod tests;

use crate::behind::Behind;
use crate::checkpoint::Checkpoint;
use crate::fault::Fault;
use crate::note::{LogKey, TrustKey};
use crate::place::{self, SecondPlace};
use crate::segment;
use crate::tile::{self, ENTRY_MAX};
use crate::tree::{Hash, TILE, Tree, leaf};
use lockgate_bytes::Time;
use lockgate_disk::{Disk, File, Lock};
use std::io;
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
    /// A segment that has grown to so many bytes is followed by a new one. 4 MiB: removing one takes a disk some
    /// 0.3 ms a MiB, and a commit waits for it. At most 256 MiB count.
    pub segment_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { segment_bytes: 4 << 20 }
    }
}

/// An append-only Merkle log in a folder: C2SP tlog-tiles, tlog-checkpoint and signed-note.
///
/// A commit is one write and one `fdatasync`. Tiles are written behind it, a checkpoint is signed when it is asked for.
/// One process has it open at a time.
pub struct Log {
    disk: Arc<dyn Disk>,
    key: LogKey,
    settings: Settings,
    places: Vec<Box<dyn SecondPlace>>,
    _lock: Box<dyn Lock>,
    /// What is committed.
    tree: Tree,
    /// The entries of the last bundle, which is not full.
    bundle: Vec<u8>,
    /// What is not committed: entries as they stand in a segment, and their hashes.
    staged: Vec<u8>,
    leaves: Vec<Hash>,
    segment: Option<Segment>,
    next_segment: u64,
    /// The name of the newest segment, while the next one is not durable.
    newest: Option<String>,
    behind: Behind,
    snapshot: Option<u64>,
    signed: u64,
    signed_at: Time,
    partials: Vec<String>,
    alarms: Alarms,
}

struct Segment {
    file: Box<dyn File>,
    bytes: u64,
}

/// What an operator should know although the lane goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alarms {
    /// Full tiles cannot be written, in the system's words. The log grows in segments meanwhile, and takes no more
    /// entries above 48 MiB.
    pub tiles: Option<String>,
    /// The last checkpoint did not reach a second place, in the system's words.
    pub second_place: Option<String>,
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
            self.tend(usize::MAX).map_err(|error| Fault::Disk("write tiles", error))?;
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
        let segment = self.next_segment;
        self.commit_first()?;
        // None where a new segment took its time already: a commit is waited for.
        if segment == self.next_segment {
            self.write_behind();
        }
        Ok(())
    }

    /// Makes everything appended durable, and no more: whoever uses it has something to do that should not wait for
    /// tiles, and calls [`Self::write_behind`] then.
    ///
    /// # Errors
    /// [`Fault::Disk`]: nothing since the last commit is in the log, and it may be appended again at any time. (After a
    /// crash it may turn out to be there: the disk said that it failed, not that nothing happened.)
    pub fn commit_first(&mut self) -> Result<(), Fault> {
        if self.leaves.is_empty() {
            return Ok(());
        }
        let outcome = self.write_staged();
        if let Err((doing, error)) = outcome {
            self.roll_back();
            return Err(Fault::Disk(doing, error));
        }
        self.fold_staged();
        Ok(())
    }

    /// Writes tiles that are full, a few at a time. What cannot be written is an alarm in [`Self::standing`].
    pub fn write_behind(&mut self) {
        let (few, many) = TILES_AT_ONCE;
        let _ = self.tend(if self.behind.tiles_waiting() > many { many } else { few });
    }

    /// Forgets what was appended since the last commit.
    pub fn roll_back(&mut self) {
        self.staged.clear();
        self.leaves.clear();
    }

    /// Signs what is committed, shows the tiles of its right edge, and pushes it to the second places. Does nothing
    /// where nothing was committed since.
    ///
    /// # Errors
    /// [`Fault::Disk`]; entries are safe all the same, and the next call tries again. A second place that fails is an
    /// alarm in [`Self::standing`].
    pub fn checkpoint(&mut self) -> Result<(), Fault> {
        if self.signed == self.tree.size() && self.alarms.second_place.is_none() {
            return Ok(());
        }
        let failed = |error| Fault::Disk("write the checkpoint", error);
        self.tend(usize::MAX).map_err(failed)?;
        let shown = self.write_partials().map_err(failed)?;
        let note = self.here().sign(&self.key);
        place::replace(&*self.disk, note.as_bytes()).map_err(failed)?;
        // Readers of the checkpoint before may still be at its partial tiles; those of the one before that are gone.
        let old = std::mem::replace(&mut self.partials, shown);
        for name in old.iter().filter(|name| !self.partials.contains(name)) {
            self.behind.remove_partial(&*self.disk, name);
        }
        self.signed = self.tree.size();
        self.alarms.second_place = None;
        for place in &mut self.places {
            if let Err(error) = place.push(note.as_bytes()) {
                self.alarms.second_place = Some(error.to_string());
            }
        }
        Ok(())
    }

    /// [`Self::checkpoint`], once a second by this time; to be called as often as there is time for it.
    ///
    /// # Errors
    /// As [`Self::checkpoint`]; then the next try is a second later.
    pub fn tick(&mut self, now: Time) -> Result<(), Fault> {
        // Either direction: a clock that was set back must not stop the signing.
        if now.since(self.signed_at).nanos().unsigned_abs() < SIGN_EVERY.unsigned_abs() {
            return Ok(());
        }
        self.signed_at = now;
        self.checkpoint()
    }

    /// True where a snapshot of the ledger is due, so that a restart has little to read.
    pub fn wants_snapshot(&self) -> bool {
        self.next_index().saturating_sub(self.snapshot.unwrap_or(0)) >= SNAPSHOT_EVERY
    }

    /// Where the log stands.
    pub fn standing(&self) -> Standing {
        Standing {
            entries: self.tree.size(),
            signed: self.signed,
            tiles_waiting: self.behind.tiles_waiting(),
            free_bytes: self.disk.free_space().ok(),
            alarms: self.alarms.clone(),
        }
    }

    /// The key that its checkpoints verify under.
    pub fn trust(&self) -> TrustKey {
        self.key.trust()
    }

    fn here(&self) -> Checkpoint {
        Checkpoint { origin: self.key.name().to_owned(), size: self.tree.size(), root: self.tree.root() }
    }

    fn tend(&mut self, most: usize) -> io::Result<()> {
        let outcome = self.behind.tend(&*self.disk, most);
        self.alarms.tiles = outcome.as_ref().err().map(ToString::to_string);
        outcome
    }

    /// One write and one sync; a new segment where the last one is long, or failed.
    fn write_staged(&mut self) -> Result<(), (&'static str, io::Error)> {
        let mut frontier = self.tree.frontier().clone();
        for leaf in &self.leaves {
            frontier.push(*leaf, |_, _| {});
        }
        if self.segment.as_ref().is_some_and(|segment| segment.bytes < self.settings.segment_bytes) {
            let staged = self.staged.len();
            segment::mark(self.tree.size(), frontier.size(), &frontier.root(), &mut self.staged);
            let outcome = self.extend_segment();
            self.staged.truncate(staged);
            return outcome;
        }
        let mut edges = self.tree.edges().to_vec();
        if let Some(lowest) = edges.first_mut() {
            lowest.clear();
        }
        if edges.last().is_some_and(Vec::is_empty) {
            edges.pop();
        }
        let base = Tree::from_edges(edges).unwrap_or_default();
        let mut bytes = segment::header(&base, self.snapshot);
        bytes.extend_from_slice(&self.bundle);
        bytes.extend_from_slice(&self.staged);
        segment::mark(base.size(), frontier.size(), &frontier.root(), &mut bytes);
        self.begin_segment(base.size(), &bytes)
    }

    fn extend_segment(&mut self) -> Result<(), (&'static str, io::Error)> {
        let Some(mut segment) = self.segment.take() else { return Ok(()) };
        let outcome = segment.file.append(&self.staged).map_err(|error| ("append", error));
        match outcome.and_then(|()| segment.file.sync().map_err(|error| ("sync", error))) {
            Ok(()) => {
                let more = u64::try_from(self.staged.len()).unwrap_or(u64::MAX);
                segment.bytes = segment.bytes.saturating_add(more);
                self.segment = Some(segment);
                Ok(())
            }
            Err(fault) => {
                // What a failed write or sync left is never built upon: the next commit begins a new segment, which
                // stands for itself. Cutting the old one only spares a crash from finding it.
                let _ = segment.file.truncate(segment.bytes);
                Err(fault)
            }
        }
    }

    fn begin_segment(&mut self, base: u64, bytes: &[u8]) -> Result<(), (&'static str, io::Error)> {
        self.segment = None;
        let name = segment::name(self.next_segment);
        let mut file = self.disk.create(&name).map_err(|error| ("begin a segment", error))?;
        self.next_segment = self.next_segment.saturating_add(1);
        let written = file.append(bytes).and_then(|()| file.sync());
        if let Err(error) = written.and_then(|()| self.disk.sync_dir(segment::FOLDER)) {
            // Whatever of it is durable is superseded by the next one, and goes when the one before it does.
            if self.disk.remove(&name).is_err() {
                self.behind.retire(name, base);
            }
            return Err(("begin a segment", error));
        }
        if let Some(older) = self.newest.replace(name) {
            self.behind.retire(older, base);
        }
        self.segment = Some(Segment { file, bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX) });
        Ok(())
    }

    /// Takes what is durable now into the tree.
    fn fold_staged(&mut self) {
        let mut rest = &self.staged[..];
        for hash in &self.leaves {
            let start = rest;
            let Some(entry) = tile::take(&mut rest) else { break };
            if entry.starts_with(crate::event::SNAPSHOT_BEGINS) {
                self.snapshot = Some(self.tree.size());
            }
            let taken = start.len().saturating_sub(rest.len());
            self.bundle.extend_from_slice(start.get(..taken).unwrap_or_default());
            let (size, behind) = (self.tree.size().saturating_add(1), &mut self.behind);
            self.tree.push(*hash, |full| {
                behind.put(tile::hashes(full.level, full.index, TILE), full.hashes, size);
            });
            if size.is_multiple_of(TILE) {
                behind.put(
                    tile::bundle((size / TILE).saturating_sub(1), TILE),
                    std::mem::take(&mut self.bundle),
                    size,
                );
            }
        }
        self.staged.clear();
        self.leaves.clear();
    }

    /// The tiles and the bundle at the right edge, as far as they are not full.
    fn write_partials(&mut self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        let size = self.tree.size();
        for (level, full, width) in tile::widths(size).filter(|(_, _, width)| *width > 0) {
            let edge = self.tree.edges().get(usize::from(level)).map_or(&[][..], Vec::as_slice);
            let name = tile::hashes(level, full, width);
            self.behind.write(&*self.disk, &name, edge, false)?;
            names.push(name);
        }
        if !size.is_multiple_of(TILE) {
            let name = tile::bundle(size / TILE, size % TILE);
            self.behind.write(&*self.disk, &name, &self.bundle, false)?;
            names.push(name);
        }
        Ok(names)
    }
}
