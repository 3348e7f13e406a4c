//! Reading back what is on record: only what the tree of the open log holds.
//!
//! ```text
//!   entries of a bundle --hash--> root of 256 --is--> hash of level 1 --in a full tile--> its root --is--> hash of level 2 ...
//!                                                    \--at the right edge: in memory, and under the signed root
//! ```
//! Bundles and tiles are files, and what was written into them once is only a claim when it comes back: whoever could change
//! one would say what is to become of an object. So nothing of them counts that does not lead up to the tree.

use super::Log;
use crate::entries::Entries;
use crate::event::Event;
use crate::fault::OpenFault;
use crate::fold::Fold;
use crate::ledger::Ledger;
use crate::place::read_if_there;
use crate::segment;
use crate::tile;
use crate::tree::{Hash, TILE, Tree, leaf};
use lockgate_bytes::Time;
use std::io;

/// Tiles above level 0 that are kept in memory after they were filled, until they stand on the disk for sure: the log stops
/// long before so many wait.
pub(super) const UPPER_MAX: usize = 16;

/// Why a bundle cannot be believed, or read.
pub(super) enum Unread {
    /// The disk said so.
    Disk(io::Error),
    /// It is not there, or not what was committed: its name.
    Changed(String),
}

impl Log {
    /// The entry with this index as it was committed; `None` where there is none.
    ///
    /// # Errors
    /// Those of the disk; [`io::ErrorKind::InvalidData`] where what is there now is not what was committed.
    pub fn entry(&self, index: u64) -> io::Result<Option<Vec<u8>>> {
        if index >= self.tree.size() {
            return Ok(None);
        }
        let (bundle, inside) = (index / TILE, usize::try_from(index % TILE).unwrap_or(usize::MAX));
        if bundle == self.tree.size() / TILE {
            return Ok(tile::all(&self.bundle).nth(inside).map(<[u8]>::to_vec));
        }
        let mut last = self.last_read.borrow_mut();
        let (of, bytes) = match last.take() {
            Some(read) if read.0 == bundle => read,
            _ => (bundle, self.proven(bundle)?),
        };
        let entry = tile::all(&bytes).nth(inside).map(<[u8]>::to_vec);
        *last = Some((of, bytes));
        Ok(entry)
    }

    /// The accounting from the last snapshot on, by entries that lead up to the tree.
    pub(super) fn account(&self) -> Result<(Ledger, Option<Time>), OpenFault> {
        let size = self.tree.size();
        let start = self.snapshot.unwrap_or(0);
        if self.snapshot.is_some_and(|snapshot| snapshot >= size) {
            let file = segment::FOLDER.to_owned();
            return Err(OpenFault::Damaged(file, "a segment names a snapshot that is not there"));
        }
        let mut fold = if start == 0 { Fold::new() } else { Fold::at_snapshot() };
        let mut latest = None;
        for bundle in start / TILE..size.div_ceil(TILE) {
            let bytes = self.proven(bundle).map_err(|unread| match unread {
                Unread::Disk(error) => OpenFault::Disk("read entries", error),
                Unread::Changed(name) => OpenFault::Damaged(name, "it is not what the tree of the log holds"),
            })?;
            for (entry, index) in tile::all(&bytes).zip(bundle.saturating_mul(TILE)..) {
                if index < start {
                    continue;
                }
                let wrong = |says: String| OpenFault::Accounting(index, says);
                let event = Event::read(entry).map_err(|fault| wrong(fault.to_string()))?;
                latest = latest.max(Some(event.at()));
                fold.take(index, event).map_err(|fault| wrong(fault.to_string()))?;
            }
        }
        fold.whole().map_err(|fault| OpenFault::Accounting(size, fault.to_string()))?;
        Ok((fold.into_ledger(), latest))
    }

    /// The entries of a bundle as they stand in it, as far as they are committed.
    pub(super) fn proven(&self, bundle: u64) -> Result<Vec<u8>, Unread> {
        if bundle == self.tree.size() / TILE {
            return Ok(self.bundle.clone());
        }
        let changed = || Unread::Changed(tile::bundle(bundle, TILE));
        let mut entries = Entries::from(&*self.disk, bundle.saturating_mul(TILE));
        let (mut bytes, mut tree) = (Vec::new(), Tree::default());
        for _ in 0..TILE {
            let (_, entry) =
                entries.next_entry().map_err(|error| unread(error, changed))?.ok_or_else(changed)?;
            tile::put(entry, &mut bytes);
            tree.push(leaf(entry), |_| {});
        }
        if tree.root() == self.hash(1, bundle)? { Ok(bytes) } else { Err(changed()) }
    }

    /// The hash at this place of a level from 1 on, in full tiles or at the right edge.
    fn hash(&self, level: u8, index: u64) -> Result<Hash, Unread> {
        let (of, place) = (index / TILE, usize::try_from(index % TILE).unwrap_or(usize::MAX));
        let at = |hashes: &[u8]| hashes.chunks_exact(32).nth(place).and_then(|hash| hash.try_into().ok());
        let changed = || Unread::Changed(tile::hashes(level, of, TILE));
        let hashes = self.tree.size().checked_shr(u32::from(level).saturating_mul(8)).unwrap_or(0);
        if of == hashes / TILE {
            let edge = self.tree.edges().get(usize::from(level));
            return edge.and_then(|edge| at(edge)).ok_or_else(changed);
        }
        if let Some(tile) = self.upper.iter().find(|tile| (tile.level, tile.index) == (level, of)) {
            return at(&tile.hashes).ok_or_else(changed);
        }
        let bytes = read_if_there(&*self.disk, &tile::hashes(level, of, TILE), 8192)
            .map_err(|error| unread(error, changed))?
            .ok_or_else(changed)?;
        let mut tree = Tree::default();
        for hash in bytes.chunks_exact(32) {
            tree.push(hash.try_into().unwrap_or_default(), |_| {});
        }
        let is_whole = tree.size() == TILE && bytes.len().is_multiple_of(32);
        if !is_whole || tree.root() != self.hash(level.saturating_add(1), of)? {
            return Err(changed());
        }
        at(&bytes).ok_or_else(changed)
    }
}

/// What cannot be what was written is no error of the disk.
fn unread(error: io::Error, changed: impl Fn() -> Unread) -> Unread {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::FileTooLarge => changed(),
        _ => Unread::Disk(error),
    }
}

impl From<Unread> for io::Error {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Disk(error) => error,
            Unread::Changed(name) => {
                Self::new(io::ErrorKind::InvalidData, format!("{name} is not what was committed"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::log::tests::{drops, open, start};
    use crate::tile;
    use lockgate_disk::{Disk, SimDisk};
    use std::io;

    /// The bytes with one entry put in the place of another one of the same bundle.
    fn edited(bundle: &[u8], place: usize) -> Vec<u8> {
        let mut entries: Vec<&[u8]> = tile::all(bundle).collect();
        entries[place] = entries[place + 1];
        let mut out = Vec::new();
        entries.iter().for_each(|entry| tile::put(entry, &mut out));
        out
    }

    #[test]
    fn what_is_read_back_is_what_was_committed_or_nothing() {
        const ENTRIES: u64 = 68_000;
        let disk = SimDisk::new(1);
        let (mut log, _) = open(&disk).unwrap();
        log.append(&start(1)).unwrap();
        for number in 1..ENTRIES {
            log.append(&drops(1, number)).unwrap();
            if number % 1_000 == 0 {
                log.commit().unwrap();
            }
        }
        log.commit().unwrap();
        for at in [1, 255, 256, 40_000, 65_535, 65_536, 65_791, 67_900, ENTRIES - 1] {
            assert_eq!(log.entry(at).unwrap(), Some(drops(1, at)), "{at}");
        }
        assert_eq!(log.entry(ENTRIES).unwrap(), None);
        log.checkpoint().unwrap();
        let refuses = |name: &str, bytes: &[u8], at: u64| {
            let whole = disk.read(name, 1 << 20).unwrap();
            assert_eq!(log.entry(at).unwrap(), Some(drops(1, at)));
            disk.plant(name, bytes);
            // Another one is read, so that nothing of this one is remembered.
            let _ = log.entry(30_000);
            let fault = log.entry(at).unwrap_err();
            assert_eq!(fault.kind(), io::ErrorKind::InvalidData, "{name}: {fault}");
            disk.plant(name, &whole);
            assert_eq!(log.entry(at).unwrap(), Some(drops(1, at)));
        };
        for bundle in [0, 3, 200] {
            let name = tile::bundle(bundle, 256);
            let bytes = disk.read(&name, 1 << 20).unwrap();
            refuses(&name, &edited(&bytes, 7), bundle * 256 + 7);
            refuses(&name, &bytes[..bytes.len() - 1], bundle * 256 + 255);
        }
        drop(log);
        // A start rests on all since the last snapshot; here on all.
        let (log, _) = open(&disk).unwrap();
        assert_eq!(log.entry(257).unwrap(), Some(drops(1, 257)));
        drop(log);
        let first = disk.read("tile/entries/000", 1 << 20).unwrap();
        let mut upper = disk.read("tile/1/000", 8192).unwrap();
        upper[40] ^= 1;
        for (name, bytes) in [("tile/entries/000", edited(&first, 7)), ("tile/1/000", upper)] {
            let changed = disk.copy(1);
            changed.plant(name, &bytes);
            let why = open(&changed).map(drop).unwrap_err().to_string();
            assert!(why.contains(name) || why.contains("the tiles before it are not those"), "{name}: {why}");
        }
    }

    /// Whoever has no key can still make a segment fit itself: by its checks alone it could name any snapshot.
    #[test]
    fn a_segment_that_names_a_snapshot_which_is_not_there_is_refused() {
        let disk = SimDisk::new(7);
        let (mut log, _) = open(&disk).unwrap();
        log.append(&start(1)).unwrap();
        for number in 1..40 {
            log.append(&drops(1, number)).unwrap();
        }
        log.commit().unwrap();
        log.checkpoint().unwrap();
        drop(log);
        let name = disk.names().into_iter().find(|name| name.starts_with("segment/")).unwrap();
        let bytes = disk.read(&name, 1 << 20).unwrap();
        let segment = crate::segment::Segment::read(&bytes).unwrap();
        let body = bytes.len() - crate::segment::header(&segment.base, None).len();
        for snapshot in [1, 39, 40, 41, u64::MAX - 1] {
            let mut forged = crate::segment::header(&segment.base, Some(snapshot));
            forged.extend_from_slice(&bytes[bytes.len() - body..]);
            let edited = disk.copy(1);
            edited.plant(&name, &forged);
            assert!(open(&edited).is_err(), "snapshot {snapshot}");
        }
        assert_eq!(open(&disk).unwrap().1.entries, 40);
    }
}
