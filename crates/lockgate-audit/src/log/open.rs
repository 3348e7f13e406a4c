//! Opening a log: what a crash left is made whole, what no crash does is refused.

use super::{Log, Settings};
use crate::behind::Behind;
use crate::checkpoint::Checkpoint;
use crate::entries::{SEGMENT_MAX, segments};
use crate::event::SNAPSHOT_BEGINS;
use crate::fault::OpenFault;
use crate::ledger::Ledger;
use crate::note::{LogKey, NOTE_MAX};
use crate::place::{CHECKPOINT, SecondPlace, read_if_there};
use crate::segment::{self, Segment};
use crate::shelf::{self, Shelf};
use crate::tile;
use crate::tree::{Hash, TILE, Tree};
use lockgate_bytes::Time;
use lockgate_disk::Disk;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// What was found in a log that was opened.
#[derive(Debug)]
pub struct Recovered {
    /// The accounting over all of it. Who opens it appends a start with the next epoch, and settles what waits.
    pub ledger: Ledger,
    /// Entries.
    pub entries: u64,
    /// Bytes of a torn tail that were cut: a commit that a crash interrupted.
    pub cut_bytes: u64,
    /// The latest time in the entries that were read (all since the last snapshot): the clock never goes behind it.
    pub latest: Option<Time>,
    /// There is a checkpoint of its own. A log without one was never signed, or it was taken away.
    pub is_signed: bool,
}

/// A checkpoint that the log has to lead up to.
struct Known {
    /// Where it stands, in words.
    of: String,
    checkpoint: Checkpoint,
}

impl Log {
    /// Opens the log in this folder, or begins one where there is none.
    ///
    /// # Errors
    /// [`OpenFault`]; nothing was changed then that a crash might not have changed.
    pub fn open(
        disk: Arc<dyn Disk>,
        key: LogKey,
        places: Vec<Box<dyn SecondPlace>>,
        settings: Settings,
    ) -> Result<(Self, Recovered), OpenFault> {
        let lock = disk.lock("lock").map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => OpenFault::InUse,
            _ => OpenFault::Disk("lock the folder", error),
        })?;
        for folder in [segment::FOLDER, "tile"] {
            match disk.create_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(OpenFault::Disk("make folders", error));
                }
                _ => {}
            }
        }
        shelf::remove_spares(&*disk)
            .map_err(|error| OpenFault::Disk("remove room of the run before", error))?;
        disk.sync_dir("").map_err(|error| OpenFault::Disk("make folders", error))?;
        let shelf = Shelf::new(disk.clone(), places, Arc::from(lock));
        let mut log = Self {
            disk,
            key,
            settings: Settings { segment_bytes: settings.segment_bytes.min(256 << 20) },
            tree: Tree::default(),
            bundle: Vec::new(),
            staged: Vec::new(),
            leaves: Vec::new(),
            next: Tree::default(),
            full: Vec::new(),
            upper: VecDeque::new(),
            last_read: RefCell::default(),
            segment: None,
            next_segment: 0,
            newest: None,
            behind: Behind::new(shelf),
            snapshot: None,
            signed_at: Time::MIN,
        };
        let is_signed = log.disk.look(CHECKPOINT).is_ok();
        let cut_bytes = log.restore()?;
        let (ledger, latest) = log.account()?;
        let entries = log.tree.size();
        Ok((log, Recovered { ledger, entries, cut_bytes, latest, is_signed }))
    }

    /// Tree, bundle and tiles from the segments; the bytes of the torn tail.
    fn restore(&mut self) -> Result<u64, OpenFault> {
        let read = |error| OpenFault::Disk("read segments", error);
        let checkpoints = self.checkpoints()?;
        let (mut kept, mut torn) = (Vec::new(), Vec::new());
        for number in segments(&*self.disk).map_err(read)? {
            self.next_segment = number.saturating_add(1);
            let name = segment::name(number);
            let bytes = self.disk.read(&name, SEGMENT_MAX).map_err(read)?;
            let found = Segment::read(&bytes).map(|segment| (segment.base.clone(), segment.scan(&bytes)));
            match found {
                Some((_, found)) if found.is_damaged => {
                    return Err(OpenFault::Damaged(name, "it was changed before its end"));
                }
                Some((base, found)) if !found.marks.is_empty() => kept.push((name, base)),
                _ => torn.push((name, u64::try_from(segment::written(&bytes).len()).unwrap_or(u64::MAX))),
            }
        }
        let mut cut = torn.iter().fold(0_u64, |sum, (_, bytes)| sum.saturating_add(*bytes));
        let Some((first, base)) = kept.first() else {
            let checkpoint = checkpoints.first();
            if checkpoint.is_some() || !self.is_bare().map_err(read)? {
                return Err(OpenFault::Damaged(segment::FOLDER.to_owned(), "the segments are gone"));
            }
            self.remove(&torn)?;
            return Ok(cut);
        };
        self.tree = base.clone();
        self.compare_with_tiles(first)?;
        for (place, (name, _)) in kept.iter().enumerate() {
            let next = kept.get(place.saturating_add(1)).map(|(_, base)| base);
            let torn_bytes = self.replay(name, next, &checkpoints)?;
            cut = cut.saturating_add(if next.is_none() { torn_bytes } else { 0 });
        }
        for checkpoint in &checkpoints {
            self.compare_with_checkpoint(checkpoint)?;
        }
        self.newest = kept.pop().map(|(name, _)| name);
        for (name, _) in kept {
            self.behind.retire(name);
        }
        self.remove(&torn)?;
        let synced = self.behind.by_hand().map_or(Ok(()), Shelf::sync_folders);
        synced.map_err(|error| OpenFault::Disk("write tiles", error))?;
        Ok(cut)
    }

    /// Our own checkpoint, and those of the second places that can be read: the log leads up to each.
    fn checkpoints(&mut self) -> Result<Vec<Known>, OpenFault> {
        let most = u64::try_from(NOTE_MAX).unwrap_or(u64::MAX);
        let own = read_if_there(&*self.disk, CHECKPOINT, most);
        let own = own.map_err(|error| OpenFault::Disk("read the checkpoint", error))?;
        let is_signed = own.is_some();
        let mut notes: Vec<(String, Vec<u8>)> =
            own.into_iter().map(|note| ("its own checkpoint".to_owned(), note)).collect();
        let lasts = self.behind.by_hand().map(|shelf| shelf.far().lasts()).unwrap_or_default();
        for (place, (name, last)) in lasts.into_iter().enumerate() {
            match last {
                Ok(Some(note)) => notes.push((format!("the checkpoint in {name}"), note)),
                // Nothing says that it is the place that it was.
                Ok(None) if is_signed => self.behind.second_place_is_new(name),
                Ok(None) => {}
                // The place being away is an alarm, as it is while the lane runs.
                Err(error) => self.behind.second_place_is_away(place, &error),
            }
        }
        let trust = [self.key.trust()];
        let opened = notes.into_iter().map(|(of, note)| match Checkpoint::open(&note, &trust) {
            Ok(checkpoint) => Ok(Known { of, checkpoint }),
            Err(fault) => Err(OpenFault::Checkpoint(of, fault)),
        });
        opened.collect()
    }

    /// True where no bundle was ever written.
    fn is_bare(&self) -> io::Result<bool> {
        let inside = self.disk.list("tile", 16)?;
        Ok(inside.iter().all(|entry| entry.name == "new"))
    }

    /// Takes the entries of one segment, up to the base of the next; the bytes of its torn tail, which is cut off the
    /// last one.
    fn replay(&mut self, name: &str, next: Option<&Tree>, checkpoints: &[Known]) -> Result<u64, OpenFault> {
        let bytes =
            self.disk.read(name, SEGMENT_MAX).map_err(|error| OpenFault::Disk("read segments", error))?;
        let damaged = |what| OpenFault::Damaged(name.to_owned(), what);
        let segment = Segment::read(&bytes).ok_or_else(|| damaged("it changed while it was read"))?;
        if segment.base != self.tree {
            return Err(damaged("it does not begin where the one before it ends"));
        }
        if segment.snapshot.is_some() {
            self.snapshot = segment.snapshot;
        }
        let found = segment.scan(&bytes);
        let end = next.map_or(u64::MAX, Tree::size);
        for (entry, hash) in &found.entries {
            if self.tree.size() >= end {
                break;
            }
            self.take(entry, *hash, checkpoints)?;
        }
        match next {
            Some(next) if *next != self.tree => Err(damaged("the one after it does not go on from it")),
            Some(_) => Ok(found.torn_bytes),
            None => {
                if found.torn_bytes > 0 {
                    let mut file =
                        self.disk.open(name).map_err(|error| OpenFault::Disk("cut the tail", error))?;
                    let cut = file.truncate(found.whole_bytes).and_then(|()| file.sync());
                    cut.map_err(|error| OpenFault::Disk("cut the tail", error))?;
                }
                Ok(found.torn_bytes)
            }
        }
    }

    fn take(&mut self, entry: &[u8], hash: Hash, checkpoints: &[Known]) -> Result<(), OpenFault> {
        if entry.starts_with(SNAPSHOT_BEGINS) {
            self.snapshot = Some(self.tree.size());
        }
        tile::put(entry, &mut self.bundle);
        let mut full = Vec::new();
        self.tree.push(hash, |tile| full.push(tile));
        let size = self.tree.size();
        for tile in full {
            let name = tile::hashes(tile.level, tile.index, TILE);
            self.mend(&name, &tile.hashes)?;
        }
        if size.is_multiple_of(TILE) {
            let bundle = std::mem::take(&mut self.bundle);
            self.mend(&tile::bundle((size / TILE).saturating_sub(1), TILE), &bundle)?;
        }
        for Known { of, checkpoint } in checkpoints.iter().filter(|known| known.checkpoint.size == size) {
            if checkpoint.root != self.tree.root() {
                return Err(OpenFault::Rewritten { of: of.clone(), signed: size });
            }
        }
        Ok(())
    }

    fn mend(&mut self, name: &str, bytes: &[u8]) -> Result<(), OpenFault> {
        let mended = self.behind.by_hand().map_or(Ok(()), |shelf| shelf.mend(name, bytes));
        mended.map_err(|error| OpenFault::Disk("write tiles", error))
    }

    /// The tiles below the first segment are those that it goes on from.
    fn compare_with_tiles(&self, first: &str) -> Result<(), OpenFault> {
        let size = self.tree.size();
        let there = tree_of_tiles(&*self.disk, size).map_err(|error| OpenFault::Disk("read tiles", error))?;
        if there.as_ref() == Some(&self.tree) {
            return Ok(());
        }
        Err(OpenFault::Damaged(first.to_owned(), "the tiles before it are not those that it goes on from"))
    }

    /// Sizes within the segments were compared on the way; smaller ones are compared by the tiles.
    fn compare_with_checkpoint(&self, Known { of, checkpoint }: &Known) -> Result<(), OpenFault> {
        let there = self.tree.size();
        let rewritten = || OpenFault::Rewritten { of: of.clone(), signed: checkpoint.size };
        if checkpoint.size > there {
            return Err(OpenFault::Shorter { of: of.clone(), signed: checkpoint.size, there });
        }
        let tree = tree_of_tiles(&*self.disk, checkpoint.size.saturating_sub(checkpoint.size % TILE));
        let tree = tree.map_err(|error| OpenFault::Disk("read tiles", error))?;
        let mut tree = tree.ok_or_else(rewritten)?;
        let level = tile::hashes(0, checkpoint.size / TILE, TILE);
        let last = match read_if_there(&*self.disk, &level, 8192) {
            Ok(Some(hashes)) => hashes,
            // Not full yet: it is the edge that was just restored.
            Ok(None) => self.tree.edges().first().cloned().unwrap_or_default(),
            Err(error) => return Err(OpenFault::Disk("read tiles", error)),
        };
        let width = usize::try_from(checkpoint.size % TILE).unwrap_or(0);
        for hash in last.chunks_exact(32).take(width) {
            tree.push(hash.try_into().unwrap_or_default(), |_| {});
        }
        if tree.size() == checkpoint.size && tree.root() == checkpoint.root {
            return Ok(());
        }
        Err(rewritten())
    }

    fn remove(&self, torn: &[(String, u64)]) -> Result<(), OpenFault> {
        for (name, _) in torn {
            self.disk.remove(name).map_err(|error| OpenFault::Disk("cut the tail", error))?;
        }
        Ok(())
    }
}

/// The tree of this size (a multiple of 256), as its tiles tell; `None` where one is missing or too short.
fn tree_of_tiles(disk: &dyn Disk, size: u64) -> io::Result<Option<Tree>> {
    let mut edges = Vec::new();
    for (level, full, width) in tile::widths(size) {
        let bytes = usize::try_from(width).unwrap_or(0).saturating_mul(32);
        if width == 0 {
            edges.push(Vec::new());
            continue;
        }
        let mut hashes = read_if_there(disk, &tile::hashes(level, full, TILE), 8192)?;
        if hashes.is_none() {
            hashes = partial(disk, level, full, width)?;
        }
        match hashes {
            Some(mut hashes) if hashes.len() >= bytes => {
                hashes.truncate(bytes);
                edges.push(hashes);
            }
            _ => return Ok(None),
        }
    }
    Ok(Tree::from_edges(edges))
}

/// Hashes of the level below that make a tile which was not full when it was last shown.
fn partial(disk: &dyn Disk, level: u8, full: u64, width: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(below) = level.checked_sub(1) else { return Ok(None) };
    let mut out = Vec::new();
    for place in 0..width {
        let index = full.saturating_mul(TILE).saturating_add(place);
        let Some(hashes) = read_if_there(disk, &tile::hashes(below, index, TILE), 8192)? else {
            return Ok(None);
        };
        let mut tree = Tree::default();
        for hash in hashes.chunks_exact(32) {
            tree.push(hash.try_into().unwrap_or_default(), |_| {});
        }
        out.extend_from_slice(&tree.root());
    }
    Ok(Some(out))
}
