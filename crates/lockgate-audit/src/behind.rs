//! What is written behind the commits: full tiles and bundles. A segment goes when everything of it stands there.

use crate::place::write_new;
use lockgate_disk::Disk;
use std::collections::{BTreeSet, VecDeque};
use std::io;

/// Bytes that may wait, at most; above that no entry is taken.
pub(crate) const WAITING_MAX: usize = 48 << 20;
/// Folders remembered as there, at most.
const KNOWN_MAX: usize = 1024;
const NEW: &str = "tile/new";

/// Tiles that wait to be written, and segments that wait to go.
#[derive(Default)]
pub(crate) struct Behind {
    tiles: VecDeque<Waiting>,
    bytes: usize,
    segments: VecDeque<(String, u64)>,
    known: BTreeSet<String>,
    unsynced: BTreeSet<String>,
}

struct Waiting {
    name: String,
    bytes: Vec<u8>,
    /// Entries of the log when it became full.
    size: u64,
}

impl Behind {
    /// A tile to be written.
    pub(crate) fn put(&mut self, name: String, bytes: Vec<u8>, size: u64) {
        self.bytes = self.bytes.saturating_add(bytes.len());
        self.tiles.push_back(Waiting { name, bytes, size });
    }

    /// A segment that may go once every tile below `size` stands.
    pub(crate) fn retire(&mut self, segment: String, size: u64) {
        self.segments.push_back((segment, size));
    }

    pub(crate) fn tiles_waiting(&self) -> usize {
        self.tiles.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.bytes > WAITING_MAX
    }

    /// Writes up to `most` tiles, and removes the segments that nothing needs any more.
    pub(crate) fn tend(&mut self, disk: &dyn Disk, most: usize) -> io::Result<()> {
        for _ in 0..most {
            let Some(tile) = self.tiles.pop_front() else { break };
            if let Err(error) = self.write(disk, &tile.name, &tile.bytes, true) {
                // Written again from the start next time: a failed sync may have lost what a later one would not keep.
                self.tiles.push_front(tile);
                return Err(error);
            }
            self.bytes = self.bytes.saturating_sub(tile.bytes.len());
        }
        while let Some((segment, size)) = self.segments.pop_front() {
            let is_needed = self.tiles.front().is_some_and(|tile| tile.size <= size);
            let removed = if is_needed { Ok(()) } else { self.remove_segment(disk, &segment) };
            if is_needed || removed.is_err() {
                self.segments.push_front((segment, size));
                return removed;
            }
        }
        Ok(())
    }

    /// One by one, each for good: an old segment that a crash brought back would stand before a gap otherwise.
    fn remove_segment(&mut self, disk: &dyn Disk, segment: &str) -> io::Result<()> {
        self.sync_folders(disk)?;
        match disk.remove(segment) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => disk.sync_dir(crate::segment::FOLDER),
        }
    }

    /// Writes a tile that is not there already with just these bytes.
    pub(crate) fn mend(&mut self, disk: &dyn Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
        let most = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if disk.read(name, most).is_ok_and(|there| there == bytes) {
            self.unsynced.extend(folders(name).map(str::to_owned));
            return Ok(());
        }
        self.write(disk, name, bytes, true)
    }

    /// Writes a file so that its name never shows half of it.
    pub(crate) fn write(
        &mut self,
        disk: &dyn Disk,
        name: &str,
        bytes: &[u8],
        durable: bool,
    ) -> io::Result<()> {
        self.make_folders(disk, name)?;
        write_new(disk, NEW, bytes, durable)?;
        disk.rename(NEW, name)
    }

    /// Removes a partial tile, and its folder where it was the last one in it.
    pub(crate) fn remove_partial(&mut self, disk: &dyn Disk, name: &str) {
        // What cannot be removed is in nobody's way.
        let _ = disk.remove(name);
        if let Some((folder, _)) = name.rsplit_once('/')
            && disk.remove_dir(folder).is_ok()
        {
            self.known.remove(folder);
            self.unsynced.remove(folder);
        }
    }

    /// Makes every name written so far durable.
    pub(crate) fn sync_folders(&mut self, disk: &dyn Disk) -> io::Result<()> {
        while let Some(folder) = self.unsynced.first() {
            match disk.sync_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => drop(self.unsynced.pop_first()),
            }
        }
        Ok(())
    }

    fn make_folders(&mut self, disk: &dyn Disk, name: &str) -> io::Result<()> {
        if self.known.len() > KNOWN_MAX {
            self.known.clear();
        }
        for folder in folders(name) {
            if !folder.is_empty() && !self.known.contains(folder) {
                match disk.create_dir(folder) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                    _ => drop(self.known.insert(folder.to_owned())),
                }
            }
            self.unsynced.insert(folder.to_owned());
        }
        Ok(())
    }
}

/// The folders above a name, from the root on.
fn folders(name: &str) -> impl Iterator<Item = &str> {
    std::iter::once("").chain(name.match_indices('/').filter_map(|(at, _)| name.get(..at)))
}
