//! A disk in memory that loses power, and fails, when it is told to.

mod content;
mod state;

use crate::name::{check, check_folder, split};
use crate::{Disk, Entry, File, Kind, Lock, Look};
use state::{Act, Node, State};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A disk in memory. Clones are the same disk.
///
/// It counts what changes something (create, open, append, sync, truncate, rename, link, remove, create_dir, sync_dir,
/// lock), from 1. At the operation named by [`Self::crash_at`] the power goes: the seed says whether that operation
/// still happened, in part or whole, and for each file and name that was not synced whether it is kept, lost, torn at a
/// byte, or has a hole. From then on everything fails until [`Self::reboot`]; files opened before stay dead.
#[derive(Clone, Debug)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

/// What can go wrong with a disk that has power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakage {
    /// Nothing more fits (`ENOSPC`). Files can still be cut, renamed and removed.
    NoSpace,
    /// It may only be read (`EROFS`).
    ReadOnly,
    /// It does not answer (`EIO`), neither to writing nor to reading.
    Broken,
    /// The process has too many files open (`EMFILE`): only files that are open go on working.
    NoDescriptors,
}

impl SimDisk {
    /// An empty disk; the seed decides everything that chance decides.
    pub fn new(seed: u64) -> Self {
        Self { state: Arc::new(Mutex::new(State::new(seed))) }
    }

    /// The power goes at the operation with this number.
    pub fn crash_at(&self, operation: u64) {
        self.lock_state().crash_at = Some(operation);
    }

    /// The power goes now.
    pub fn crash(&self) {
        self.lock_state().crash();
    }

    /// True between a crash and the reboot.
    pub fn is_down(&self) -> bool {
        self.lock_state().is_down
    }

    /// The power is back. No further crash is planned, nothing is broken.
    pub fn reboot(&self) {
        self.lock_state().reboot();
    }

    /// Operations so far.
    pub fn operations(&self) -> u64 {
        self.lock_state().operations
    }

    /// Files that were read whole so far, or tried to be.
    pub fn reads(&self) -> u64 {
        self.lock_state().reads
    }

    /// The operation with this number fails, if this breakage can touch it.
    pub fn break_at(&self, operation: u64, breakage: Breakage) {
        self.lock_state().planned.insert(operation, breakage);
    }

    /// The question with this number fails with `EIO`: a sector that cannot be read this time, on a disk that can be written.
    /// Questions are reads, looks and lists, from 1.
    pub fn misread_at(&self, question: u64) {
        self.lock_state().misreads.insert(question);
    }

    /// What was to fail of the questions to come has an answer after all.
    pub fn forget_misreads(&self) {
        self.lock_state().misreads.clear();
    }

    /// Questions so far.
    pub fn asked(&self) -> u64 {
        self.lock_state().asked
    }

    /// Questions that failed because they were to.
    pub fn misread(&self) -> u64 {
        self.lock_state().misread
    }

    /// Everything that this breakage touches fails from now on, until [`Self::mend`].
    pub fn break_now(&self, breakage: Breakage) {
        self.lock_state().standing = Some(breakage);
    }

    /// Nothing is broken any more, nor planned to be.
    pub fn mend(&self) {
        let mut state = self.lock_state();
        state.standing = None;
        state.planned.clear();
        state.misreads.clear();
    }

    /// The disk holds so many bytes in all; what does not fit fails with `ENOSPC`, half written.
    pub fn set_capacity(&self, bytes: u64) {
        self.lock_state().capacity = bytes;
    }

    /// Puts a file there, durable and uncounted: what somebody else did to the disk.
    pub fn plant(&self, name: &str, bytes: &[u8]) {
        self.lock_state().plant(name, bytes);
    }

    /// Takes a file away, durable and uncounted.
    pub fn steal(&self, name: &str) {
        self.lock_state().steal(name);
    }

    /// The names of all files, sorted.
    pub fn names(&self) -> Vec<String> {
        let state = self.lock_state();
        state.names.iter().filter(|(_, node)| **node != Node::Folder).map(|(name, _)| name.clone()).collect()
    }

    /// A disk of its own with the same content; everything on it is durable, nothing is planned.
    #[must_use]
    pub fn copy(&self, seed: u64) -> Self {
        Self { state: Arc::new(Mutex::new(self.lock_state().copy(seed))) }
    }

    fn lock_state(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it held the lock left the state whole: no method stops half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self, file: u64, generation: u64) -> SimFile {
        SimFile { disk: self.clone(), file, generation, reserved: None }
    }
}

impl Disk for SimDisk {
    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        check(name)?;
        let mut state = self.lock_state();
        let file = state.act(Act::Grow, |state| state.create(name))?;
        Ok(Box::new(self.opened(file, state.generation)))
    }

    fn reserve(&self, name: &str, size: u64) -> io::Result<Box<dyn File>> {
        check(name)?;
        let size = usize::try_from(size).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let mut state = self.lock_state();
        let file = state.act(Act::Grow, |state| state.create(name))?;
        state.append(file, None, &vec![0; size])?;
        state.sync(file)?;
        Ok(Box::new(SimFile { reserved: Some(0), ..self.opened(file, state.generation) }))
    }

    fn renew(&self, name: &str, size: u64) -> io::Result<Box<dyn File>> {
        check(name)?;
        let size = usize::try_from(size).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let mut state = self.lock_state();
        let file = state.act(Act::Change, |state| state.file_of(name))?;
        state.append(file, Some(0), &vec![0; size])?;
        state.act(Act::Cut, |state| state.truncate(file, size))?;
        state.sync(file)?;
        Ok(Box::new(SimFile { reserved: Some(0), ..self.opened(file, state.generation) }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        check(name)?;
        let mut state = self.lock_state();
        let file = state.act(Act::Change, |state| state.file_of(name))?;
        Ok(Box::new(self.opened(file, state.generation)))
    }

    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        check(name)?;
        let mut state = self.lock_state();
        state.ask()?;
        state.reads = state.reads.saturating_add(1);
        let bytes = state.bytes_of(name)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes.to_vec())
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        check(name)?;
        let mut state = self.lock_state();
        state.ask()?;
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|at| state.bytes_of(name).map(|all| all.get(at..)).transpose());
        let rest = rest.transpose()?.unwrap_or_default();
        Ok(rest.get(..length).unwrap_or(rest).to_vec())
    }

    fn look(&self, name: &str) -> io::Result<Look> {
        check(name)?;
        let mut state = self.lock_state();
        state.ask()?;
        match state.names.get(name) {
            None => Err(io::ErrorKind::NotFound.into()),
            Some(Node::Folder) => Ok(Look { kind: Kind::Folder, size: 0, links: 1, owner: 0, changed: 0 }),
            Some(node) => {
                let links = state.names.values().filter(|other| *other == node).count();
                let size = state.bytes_of(name)?.len();
                let counted = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
                Ok(Look {
                    kind: Kind::File,
                    size: counted(size),
                    links: counted(links),
                    owner: 0,
                    changed: 0,
                })
            }
        }
    }

    fn list(&self, folder: &str, most: usize) -> io::Result<Vec<Entry>> {
        check_folder(folder)?;
        let mut state = self.lock_state();
        state.ask()?;
        state.folder_is_there(folder)?;
        let inside = state.names.iter().filter(|(name, _)| split(name).0 == folder);
        let entries = inside.map(|(name, node)| Entry {
            name: split(name).1.to_owned(),
            kind: if *node == Node::Folder { Kind::Folder } else { Kind::File },
        });
        Ok(entries.take(most).collect())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        check(from)?;
        check(to)?;
        self.lock_state().act(Act::Change, |state| state.rename(from, to))
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        check(from)?;
        check(to)?;
        self.lock_state().act(Act::Grow, |state| state.link(from, to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        check(name)?;
        self.lock_state().act(Act::Change, |state| state.remove(name))
    }

    fn create_dir(&self, name: &str) -> io::Result<()> {
        check(name)?;
        self.lock_state().act(Act::Grow, |state| state.create_dir(name))
    }

    fn remove_dir(&self, name: &str) -> io::Result<()> {
        check(name)?;
        self.lock_state().act(Act::Change, |state| state.remove_dir(name))
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        check_folder(folder)?;
        self.lock_state().act(Act::SyncFolder, |state| state.sync_dir(folder))
    }

    fn free_space(&self) -> io::Result<u64> {
        let state = self.lock_state();
        state.may_read()?;
        Ok(state.free())
    }

    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>> {
        check(name)?;
        let mut state = self.lock_state();
        state.act(Act::Grow, |state| state.take_lock(name))?;
        Ok(Box::new(SimLock { disk: self.clone(), name: name.to_owned(), generation: state.generation }))
    }
}

struct SimFile {
    disk: SimDisk,
    file: u64,
    generation: u64,
    /// Where the next bytes go, while there is room that was reserved.
    reserved: Option<usize>,
}

impl SimFile {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.lock_state();
        if state.generation == self.generation { Ok(state) } else { Err(state::down()) }
    }
}

impl File for SimFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.state()?.append(self.file, self.reserved, bytes)?;
        self.reserved = self.reserved.map(|at| at.saturating_add(bytes.len()));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.state()?.sync(self.file)
    }

    fn truncate(&mut self, size: u64) -> io::Result<()> {
        let size = usize::try_from(size).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let file = self.file;
        self.state()?.act(Act::Cut, |state| state.truncate(file, size))?;
        self.reserved = None;
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        let state = self.state()?;
        state.may_read_open()?;
        state.size(self.file)
    }
}

struct SimLock {
    disk: SimDisk,
    name: String,
    generation: u64,
}

impl Lock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = self.disk.lock_state();
        if state.generation == self.generation {
            state.locks.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests;
