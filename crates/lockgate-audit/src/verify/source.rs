//! Where the verifier finds bundles and hashes: in the public files, and for the right edge in segments.

use crate::entries::{SEGMENT_MAX, from_segments, is_gone, segments};
use crate::segment::{self, Found, Segment};
use crate::tile::{self, BUNDLE_MAX};
use crate::tree::{Hash, TILE};
use lockgate_disk::Disk;
use std::collections::BTreeMap;
use std::io;

/// What the segments say.
pub(super) struct Segments {
    pub(super) is_there: bool,
    /// The first entry that stands in them.
    start: u64,
    /// Entries of the log, as they say.
    pub(super) end: u64,
    /// Roots at the sizes of their commits, of their bundles and of the checkpoint: by their entries, whatever their marks
    /// leave out.
    roots: BTreeMap<u64, Hash>,
    pub(super) faults: Vec<String>,
}

impl Segments {
    /// Reads all segments; roots above `size` are not kept.
    pub(super) fn read(disk: &dyn Disk, size: u64) -> io::Result<Self> {
        let mut all =
            Self { is_there: false, start: u64::MAX, end: 0, roots: BTreeMap::new(), faults: Vec::new() };
        for number in segments(disk)? {
            let name = segment::name(number);
            let Some(bytes) = file(disk, &name, SEGMENT_MAX)? else { continue };
            if is_gone(disk, &name)? {
                continue;
            }
            // A segment without a whole commit is what a crash left: it never counted.
            let Some(segment) = Segment::read(&bytes) else { continue };
            let found = segment.scan(&bytes);
            if found.is_damaged {
                all.faults.push(format!("{}: it was changed before its end", segment::name(number)));
            }
            let Some((last, _)) = found.marks.last() else { continue };
            let base = segment.base.size();
            // What an older segment says behind this one's base never came to be.
            drop(all.roots.split_off(&base.saturating_add(1)));
            if all.roots.get(&base).is_some_and(|root| *root != segment.base.root()) {
                all.faults
                    .push(format!("{}: it does not go on from the one before it", segment::name(number)));
            }
            all.roots.insert(base, segment.base.root());
            all.roots.extend(found.marks.iter().copied().filter(|(at, _)| *at <= size));
            all.roots.extend(roots(&segment, &found, size));
            all.is_there = true;
            all.start = all.start.min(base);
            all.end = *last;
        }
        if all.is_there && all.end < size {
            all.faults.push(format!("they end at entry {}, the checkpoint at {size}", all.end));
        }
        all.roots.retain(|at, _| *at <= size);
        Ok(all)
    }

    /// True where this entry stands in a segment: then its tiles may not be durable yet.
    pub(super) fn covers(&self, entry: u64) -> bool {
        self.start <= entry && entry < self.end
    }

    pub(super) fn root_at(&self, size: u64) -> Option<Hash> {
        self.roots.get(&size).copied()
    }
}

/// The roots that the entries of a segment have at the end of each bundle and at the size that was signed. A mark says the root
/// at its own size alone; one mark behind the checkpoint would let any entries stand before it.
fn roots(segment: &Segment<'_>, found: &Found<'_>, size: u64) -> Vec<(u64, Hash)> {
    let mut frontier = segment.base.frontier().clone();
    let mut roots = Vec::new();
    for (_, hash) in &found.entries {
        if frontier.size() >= size {
            break;
        }
        frontier.push(*hash, |_, _| {});
        if frontier.size() == size || frontier.size().is_multiple_of(TILE) {
            roots.push((frontier.size(), frontier.root()));
        }
    }
    roots
}

/// A file's bytes; `None` where it is not there, or longer than it can be.
pub(super) fn file(disk: &dyn Disk, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
    match disk.read(name, most) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(error),
        },
    }
}

/// Files that are there and are not what they should be, although something else stands for them. Full ones are written so that
/// no crash tears them; a crash may have torn partial ones.
#[derive(Default)]
pub(super) struct Odd {
    pub(super) full: Vec<String>,
    pub(super) partial: Vec<String>,
}

impl Odd {
    pub(super) fn add(&mut self, width: u64, says: String) {
        let of = if width == TILE { &mut self.full } else { &mut self.partial };
        if !of.contains(&says) {
            of.push(says);
        }
    }
}

/// True where something is under this name, whatever it is.
pub(super) fn is_there(disk: &dyn Disk, name: &str) -> io::Result<bool> {
    match disk.look(name) {
        Ok(_) => Ok(true),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(false),
            _ => Err(error),
        },
    }
}

/// The first `width` entries of a bundle, as they stand in it; in words why not.
pub(super) fn bundle(
    disk: &dyn Disk,
    index: u64,
    width: u64,
    segments: &Segments,
    odd: &mut Odd,
) -> io::Result<Result<Vec<u8>, String>> {
    let start = index.saturating_mul(TILE);
    let mut why = format!("{} is missing", tile::bundle(index, width));
    // While a lane runs, tiles are written and their segment goes between two looks: then they are there at the second.
    for _ in 0..2 {
        for of in [TILE, width] {
            if let Some(bytes) = file(disk, &tile::bundle(index, of), BUNDLE_MAX)? {
                match first(&bytes, width, of) {
                    Some(entries) => return Ok(Ok(entries)),
                    None => {
                        why = format!("{} does not hold {of} entries", tile::bundle(index, of));
                        odd.add(of, why.clone());
                    }
                }
            }
        }
        if segments.covers(start)
            && let Some(bytes) = from_segments(disk, start)?
            && let Some(entries) = first(&bytes, width, u64::MAX)
        {
            return Ok(Ok(entries));
        }
    }
    Ok(Err(why))
}

/// The first `width` entries of `bytes`, which hold exactly `of`, or any number where that is `u64::MAX`.
fn first(bytes: &[u8], width: u64, of: u64) -> Option<Vec<u8>> {
    let mut rest = bytes;
    let mut end = 0;
    let wanted = if of == u64::MAX { width } else { of };
    for count in 1..=wanted {
        tile::take(&mut rest)?;
        if count == width {
            end = bytes.len().saturating_sub(rest.len());
        }
    }
    let is_whole = of == u64::MAX || rest.is_empty();
    bytes.get(..end).filter(|_| is_whole).map(<[u8]>::to_vec)
}

/// The entries of a bundle that was checked.
pub(super) fn entries(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || tile::take(&mut rest))
}

/// The hashes that the tile claims for the entries of a bundle.
pub(super) fn level_zero(
    disk: &dyn Disk,
    index: u64,
    width: u64,
    odd: &mut Odd,
) -> io::Result<Option<Vec<Hash>>> {
    let wanted = usize::try_from(width.saturating_mul(32)).unwrap_or(usize::MAX);
    for of in [TILE, width] {
        let length = usize::try_from(of.saturating_mul(32)).unwrap_or(usize::MAX);
        let name = tile::hashes(0, index, of);
        let bytes = file(disk, &name, 8192)?.filter(|bytes| bytes.len() == length);
        if bytes.is_none() && is_there(disk, &name)? {
            odd.add(of, format!("{name} is not of its length"));
        }
        if let Some(bytes) = bytes {
            let hashes = bytes.get(..wanted).unwrap_or_default().chunks_exact(32);
            return Ok(Some(hashes.map(|hash| hash.try_into().unwrap_or_default()).collect()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::{Odd, Segments, TILE, bundle, tile};
    use lockgate_disk::{Disk, Entry, File, Lock, Look, SimDisk};
    use std::collections::BTreeMap;
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// The disk of a lane that runs: the first time that a file is asked for it is not there yet.
    struct Late {
        disk: SimDisk,
        name: String,
        was_asked: AtomicBool,
    }

    fn no<T>() -> io::Result<T> {
        Err(io::ErrorKind::Unsupported.into())
    }

    impl Disk for Late {
        fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
            if name == self.name && !self.was_asked.swap(true, Ordering::Relaxed) {
                return Err(io::ErrorKind::NotFound.into());
            }
            self.disk.read(name, most)
        }
        fn look(&self, name: &str) -> io::Result<Look> {
            self.disk.look(name)
        }
        fn list(&self, folder: &str, most: usize) -> io::Result<Vec<Entry>> {
            self.disk.list(folder, most)
        }
        fn create(&self, _: &str) -> io::Result<Box<dyn File>> {
            no()
        }
        fn open(&self, _: &str) -> io::Result<Box<dyn File>> {
            no()
        }
        fn read_at(&self, _: &str, _: u64, _: usize) -> io::Result<Vec<u8>> {
            no()
        }
        fn rename(&self, _: &str, _: &str) -> io::Result<()> {
            no()
        }
        fn link(&self, _: &str, _: &str) -> io::Result<()> {
            no()
        }
        fn remove(&self, _: &str) -> io::Result<()> {
            no()
        }
        fn create_dir(&self, _: &str) -> io::Result<()> {
            no()
        }
        fn remove_dir(&self, _: &str) -> io::Result<()> {
            no()
        }
        fn sync_dir(&self, _: &str) -> io::Result<()> {
            no()
        }
        fn free_space(&self) -> io::Result<u64> {
            no()
        }
        fn lock(&self, _: &str) -> io::Result<Box<dyn Lock>> {
            no()
        }
    }

    #[test]
    fn entries_that_move_from_a_segment_to_a_tile_while_they_are_looked_for_are_not_missing() {
        let segments =
            Segments { is_there: true, start: 0, end: 300, roots: BTreeMap::new(), faults: Vec::new() };
        let mut bytes = Vec::new();
        (0..TILE).for_each(|entry| tile::put(&entry.to_be_bytes(), &mut bytes));
        let (disk, name) = (SimDisk::new(1), tile::bundle(0, TILE));
        let mut odd = Odd::default();
        assert!(bundle(&disk, 0, TILE, &segments, &mut odd).unwrap().is_err(), "what is nowhere is missing");
        disk.plant(&name, &bytes);
        let late = Late { disk, name, was_asked: AtomicBool::new(false) };
        assert_eq!(bundle(&late, 0, TILE, &segments, &mut odd).unwrap(), Ok(bytes));
        assert!(odd.full.is_empty() && odd.partial.is_empty());
    }
}
