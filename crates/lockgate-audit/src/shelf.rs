//! Where tiles stand: whoever works it writes what the log leaves behind its commits.

use crate::behind::{Job, Shared, Signed};
use crate::far::Far;
use crate::place::{self, SecondPlace, write_new};
use lockgate_disk::{Disk, File, Kind, Lock};
use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// Partial tiles of one place, at most.
const PARTIALS_MAX: usize = 256;
/// Folders remembered as there, at most.
const KNOWN_MAX: usize = 1024;
const NEW: &str = "tile/new";
/// Segments that nothing needs any more are kept until the room for others is made of them, so many at most. One would do if
/// room were always ready in time.
const SPARES_MAX: usize = 4;
/// How long it waits after a failure before it tries again.
const AGAIN: Duration = Duration::from_millis(200);

/// Writes tiles and checkpoints, and removes segments that nothing needs any more. A [`Log`](crate::Log) works its own
/// until it is asked to [part with it](crate::Log::part_with_shelf).
pub struct Shelf {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    far: Far,
    known: BTreeSet<String>,
    unsynced: BTreeSet<String>,
    /// How many segments are kept as room for others, each as [`spare`] says.
    spares: usize,
    /// The folder is this process's own until nothing is written any more.
    _lock: Arc<dyn Lock>,
}

impl Shelf {
    pub(crate) fn new(disk: Arc<dyn Disk>, places: Vec<Box<dyn SecondPlace>>, lock: Arc<dyn Lock>) -> Self {
        let far = Far::new(places);
        Self {
            shared: Arc::new(Shared::with(far.slots())),
            disk,
            far,
            known: BTreeSet::new(),
            unsynced: BTreeSet::new(),
            spares: 0,
            _lock: lock,
        }
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    pub(crate) fn far(&self) -> &Far {
        &self.far
    }

    /// The body of a thread: works until the log is gone and nothing is left to do, or fails. What fails before that is
    /// an alarm of the log's [standing](crate::Log::standing), and tried again.
    pub fn run(mut self) {
        self.far.begin();
        loop {
            let failed = self.work(usize::MAX).is_err();
            let state = self.shared.lock();
            if state.is_closed && (failed || state.jobs.is_empty()) {
                drop(state);
                return self.far.end();
            }
            if failed {
                // Not woken by every commit: a disk that fails is left alone for a while.
                let wait = self.shared.work.wait_timeout_while(state, AGAIN, |state| !state.is_closed);
                drop(wait.unwrap_or_else(PoisonError::into_inner));
            } else {
                let wait = |state: &mut crate::behind::State| state.jobs.is_empty() && !state.is_closed;
                drop(self.shared.work.wait_while(state, wait).unwrap_or_else(PoisonError::into_inner));
            }
        }
    }

    /// Does what waits, in order, up to `most` tiles.
    ///
    /// # Errors
    /// Those of the disk. It is tried again at the next call, from the start: a failed sync may have lost what a later one
    /// would not keep.
    pub fn work(&mut self, most: usize) -> io::Result<()> {
        let mut tiles = 0_usize;
        while tiles < most {
            let Some(job) = self.shared.next() else { break };
            tiles = tiles.saturating_add(usize::from(matches!(job, Job::Tile { .. })));
            let outcome = match &job {
                Job::Tile { name, bytes } => self.write_full(name, bytes),
                Job::Retire(segment) => self.remove_segment(segment),
                Job::Reserve(number, bytes) => {
                    self.reserve(*number, *bytes);
                    Ok(())
                }
                Job::Sign(signed) => self.show(signed),
            };
            self.shared.ended(job, &outcome);
            outcome?;
        }
        Ok(())
    }

    /// One by one, each for good: an old segment that a crash brought back would stand before a gap otherwise. Some are kept
    /// aside for the next: what is neither freed nor found anew costs a disk, and its file system, less.
    fn remove_segment(&mut self, segment: &str) -> io::Result<()> {
        self.sync_folders()?;
        let aside = (self.spares < SPARES_MAX).then(|| spare(self.spares));
        let gone = match &aside {
            Some(aside) => self.disk.rename(segment, aside),
            None => self.disk.remove(segment),
        };
        match gone {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => self.disk.sync_dir(crate::segment::FOLDER)?,
        }
        // Not before its old name is gone for good: a crash would show zeros under it. It may have got there by a try
        // before this one, whose sync failed.
        let is_there = |name: String| self.disk.look(&name).is_ok_and(|look| look.kind == Kind::File);
        self.spares = self.spares.saturating_add(usize::from(aside.is_some_and(is_there)));
        self.unsynced.insert(String::new());
        Ok(())
    }

    /// Makes room for a segment: zeros that are durable, under a name that is. Until its first commit such a file is no
    /// segment to any reader. Where it cannot be made the segment grows: nothing waits for room, and the log stands as well.
    fn reserve(&mut self, number: u64, bytes: u64) {
        let name = crate::segment::name(number);
        let made = match self.spares.checked_sub(1) {
            Some(left) => {
                self.spares = left;
                self.unsynced.insert(String::new());
                self.renew(&spare(left), &name, bytes)
            }
            None => self.take(&name, bytes),
        };
        let made = made.and_then(|file| self.disk.sync_dir(crate::segment::FOLDER).map(|()| file));
        if made.is_err() {
            // Left behind it is removed at the next start.
            let _ = self.disk.remove(&name);
        }
        self.shared.reserved(number, made.ok());
    }

    /// New room, but never the last that there is: what else is being written meanwhile would meet a full disk.
    fn take(&self, name: &str, bytes: u64) -> io::Result<Box<dyn File>> {
        if self.disk.free_space()? < bytes.saturating_mul(2) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.disk.reserve(name, bytes)
    }

    /// Zeros first, and then the name: under it there is never anything else.
    fn renew(&self, spare: &str, name: &str, bytes: u64) -> io::Result<Box<dyn File>> {
        let made = self.disk.renew(spare, bytes);
        let made = made.and_then(|file| self.disk.rename(spare, name).map(|()| file));
        if made.is_err() {
            // Left behind it is replaced by the next one.
            let _ = self.disk.remove(spare);
        }
        made
    }

    /// The tiles of the right edge, the checkpoint, and then the second places.
    fn show(&mut self, signed: &Signed) -> io::Result<()> {
        for (name, bytes) in &signed.partials {
            self.write(name, bytes, signed.is_lasting)?;
        }
        if signed.is_lasting {
            self.sync_folders()?;
        }
        place::replace(&*self.disk, signed.note.as_bytes())?;
        self.far.push(&signed.note, signed.size);
        Ok(())
    }

    /// A full tile; the partial ones of its place go, and not before: whoever has an older checkpoint reads them (C2SP
    /// tlog-tiles, "Partial Tiles").
    fn write_full(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(name, bytes, true)?;
        self.remove_partials(name);
        Ok(())
    }

    /// Writes a tile that is not there already with just these bytes.
    pub(crate) fn mend(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let most = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.disk.read(name, most).is_ok_and(|there| there == bytes) {
            self.unsynced.extend(folders(name).map(str::to_owned));
            self.remove_partials(name);
            return Ok(());
        }
        self.write_full(name, bytes)
    }

    /// Writes a file so that its name never shows half of it.
    fn write(&mut self, name: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
        self.make_folders(name)?;
        write_new(&*self.disk, NEW, bytes, durable)?;
        self.disk.rename(NEW, name)
    }

    /// Removes the partial tiles in the place of a full one, and their folder.
    fn remove_partials(&mut self, tile: &str) {
        let folder = format!("{tile}.p");
        // What cannot be removed is in nobody's way.
        for partial in self.disk.list(&folder, PARTIALS_MAX).unwrap_or_default() {
            let _ = self.disk.remove(&format!("{folder}/{}", partial.name));
        }
        if self.disk.remove_dir(&folder).is_ok() {
            self.known.remove(&folder);
            self.unsynced.remove(&folder);
        }
    }

    /// Makes every name written so far durable.
    pub(crate) fn sync_folders(&mut self) -> io::Result<()> {
        while let Some(folder) = self.unsynced.first() {
            match self.disk.sync_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => drop(self.unsynced.pop_first()),
            }
        }
        Ok(())
    }

    fn make_folders(&mut self, name: &str) -> io::Result<()> {
        if self.known.len() > KNOWN_MAX {
            self.known.clear();
        }
        for folder in folders(name) {
            if !folder.is_empty() && !self.known.contains(folder) {
                match self.disk.create_dir(folder) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                    _ => drop(self.known.insert(folder.to_owned())),
                }
            }
            self.unsynced.insert(folder.to_owned());
        }
        Ok(())
    }
}

/// Removes what the run before kept as room: nobody knows whether its old names were gone for good.
pub(crate) fn remove_spares(disk: &dyn Disk) -> io::Result<()> {
    for number in 0..SPARES_MAX {
        match disk.remove(&spare(number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The name of a segment that is kept as room for another.
fn spare(number: usize) -> String {
    format!("spare.{number}")
}

/// The folders above a name, from the root on.
fn folders(name: &str) -> impl Iterator<Item = &str> {
    std::iter::once("").chain(name.match_indices('/').filter_map(|(at, _)| name.get(..at)))
}
