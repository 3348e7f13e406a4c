//! Reading the entries of a log, in order, while it may be growing.

use crate::checkpoint::Checkpoint;
use crate::note::NOTE_MAX;
use crate::place::{CHECKPOINT, read_if_there};
use crate::segment::{self, Segment};
use crate::tile::{self, BUNDLE_MAX};
use crate::tree::TILE;
use lockgate_disk::Disk;
use std::io;

/// Bytes of a segment, at most.
pub(crate) const SEGMENT_MAX: u64 = 320 << 20;
/// Bytes of all of them, at most: a log stops long before, and whoever reads it reads each.
const SEGMENTS_BYTES_MAX: u64 = 4 << 30;
/// Names in the folder of segments, at most: more can only be there when nothing could be removed for very long.
const SEGMENTS_MAX: usize = 1 << 20;

/// The entries of a log from one index on. Also those that no checkpoint covers yet; who must know that they are
/// signed, verifies.
pub struct Entries<'d> {
    disk: &'d dyn Disk,
    next: u64,
    /// Entries that were read, as they stand in a bundle, and how much of them was given out.
    read: Vec<u8>,
    given: usize,
}

impl<'d> Entries<'d> {
    /// From the entry with this index on.
    pub fn from(disk: &'d dyn Disk, index: u64) -> Self {
        Self { disk, next: index, read: Vec::new(), given: 0 }
    }

    /// The next entry and its index; `None` where there is none yet.
    ///
    /// # Errors
    /// Those of the disk; [`io::ErrorKind::InvalidData`] where a file is not what it should be.
    pub fn next_entry(&mut self) -> io::Result<Option<(u64, &[u8])>> {
        if self.given >= self.read.len() {
            self.given = 0;
            self.read = self.load()?;
        }
        let mut rest = self.read.get(self.given..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let before = rest.len();
        let entry = tile::take(&mut rest).ok_or_else(|| invalid("a bundle ends inside an entry"))?;
        self.given = self.given.saturating_add(before.saturating_sub(rest.len()));
        let index = self.next;
        self.next = index.saturating_add(1);
        Ok(Some((index, entry)))
    }

    fn load(&self) -> io::Result<Vec<u8>> {
        let (bundle, inside) = (self.next / TILE, self.next % TILE);
        if let Some(bytes) = read_if_there(self.disk, &tile::bundle(bundle, TILE), BUNDLE_MAX)? {
            return skip(&bytes, inside);
        }
        if let Some(bytes) = from_segments(self.disk, self.next)? {
            return Ok(bytes);
        }
        // Tiles may have been written, and the segment gone, between the two looks.
        if let Some(bytes) = read_if_there(self.disk, &tile::bundle(bundle, TILE), BUNDLE_MAX)? {
            return skip(&bytes, inside);
        }
        // A copy of the public files has no segments: its last bundle is as wide as its checkpoint says.
        let size = signed_size(self.disk)?;
        if self.next >= size || size / TILE != bundle {
            return Ok(Vec::new());
        }
        match read_if_there(self.disk, &tile::bundle(bundle, size % TILE), BUNDLE_MAX)? {
            Some(bytes) => skip(&bytes, inside),
            None => Err(invalid("the last bundle is missing")),
        }
    }
}

/// Entries under the log's last checkpoint, as that says and nobody has verified; 0 where there is none.
///
/// # Errors
/// Those of the disk.
pub fn signed_size(disk: &dyn Disk) -> io::Result<u64> {
    let note = read_if_there(disk, CHECKPOINT, u64::try_from(NOTE_MAX).unwrap_or(u64::MAX))?;
    Ok(note.and_then(|note| Checkpoint::peek(&note)).map_or(0, |checkpoint| checkpoint.size))
}

/// The entries from `index` on that stand in segments, as they stand in a bundle; `None` where no segment goes so far
/// back.
pub(crate) fn from_segments(disk: &dyn Disk, index: u64) -> io::Result<Option<Vec<u8>>> {
    // Behind the base of a newer segment an older one says what never came to be.
    let mut end = u64::MAX;
    for number in segments(disk)?.into_iter().rev() {
        let name = segment::name(number);
        let Some(bytes) = read_if_there(disk, &name, SEGMENT_MAX)? else { continue };
        if is_gone(disk, &name)? {
            continue;
        }
        let Some(segment) = Segment::read(&bytes) else { continue };
        let found = segment.scan(&bytes);
        let base = segment.base.size();
        if found.marks.is_empty() {
            continue;
        }
        if base > index {
            end = end.min(base);
            continue;
        }
        let mut out = Vec::new();
        let from = usize::try_from(index.saturating_sub(base)).unwrap_or(usize::MAX);
        let count = usize::try_from(end.saturating_sub(index)).unwrap_or(usize::MAX);
        for (entry, _) in found.entries.iter().skip(from).take(count) {
            tile::put(entry, &mut out);
        }
        return Ok(Some(out));
    }
    Ok(None)
}

/// True where a segment has gone. Its room may be filled with zeros for the next one from then on, and so what was read of
/// one counts only where its name is still there afterwards.
pub(crate) fn is_gone(disk: &dyn Disk, segment: &str) -> io::Result<bool> {
    match disk.look(segment) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        look => look.map(|_| false),
    }
}

/// The numbers of the segments, in order.
///
/// # Errors
/// Those of the disk; [`io::ErrorKind::InvalidData`] where they are longer together than a log has them.
pub(crate) fn segments(disk: &dyn Disk) -> io::Result<Vec<u64>> {
    let entries = match disk.list(segment::FOLDER, SEGMENTS_MAX) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        outcome => outcome?,
    };
    let mut numbers: Vec<u64> = entries.iter().filter_map(|entry| segment::number(&entry.name)).collect();
    let mut bytes = 0_u64;
    for number in &numbers {
        match disk.look(&segment::name(*number)) {
            Ok(look) => bytes = bytes.saturating_add(look.size),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    if bytes > SEGMENTS_BYTES_MAX {
        return Err(invalid("the segments are longer together than a log has them"));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// What stands behind the first `count` entries.
fn skip(bytes: &[u8], count: u64) -> io::Result<Vec<u8>> {
    let mut rest = bytes;
    for _ in 0..count {
        tile::take(&mut rest).ok_or_else(|| invalid("a bundle has too few entries"))?;
    }
    Ok(rest.to_vec())
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::{SEGMENTS_BYTES_MAX, segments};
    use lockgate_disk::RealDisk;

    #[test]
    fn segments_that_are_too_long_together_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("segment")).unwrap();
        let disk = RealDisk::at(folder.path()).unwrap();
        for (number, bytes) in [(1, SEGMENTS_BYTES_MAX - 1), (2, 1), (3, 1)] {
            let file = std::fs::File::create(folder.path().join(crate::segment::name(number))).unwrap();
            file.set_len(bytes).unwrap();
            assert_eq!(segments(&disk).is_ok(), number < 3, "{number}");
        }
    }
}
