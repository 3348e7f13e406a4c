//! What the journal stages beside a sink, by number and by what it is.

use super::STAGED;
use lockgate_bytes::{Digest, Sealed};
use lockgate_disk::{Disk, Lock};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most bytes of a staged file that are read again: more than any lane releases, whatever the bundle of the run before
/// said of sizes.
const STAGED_BYTES_MAX: u64 = 256 << 20;
/// Hexadecimal digits of a hash in the name of a staged file.
const MARK: usize = 16;

/// The journal's hand in the sink's folder.
#[derive(Clone)]
pub struct Stage {
    folder: Arc<Folder>,
}

pub(super) struct Folder {
    disk: Arc<dyn Disk>,
    lane: String,
    extension: String,
    staged: Mutex<Staged>,
    /// Another lane would take what this one has staged for its own of another time, and clear it away.
    _lock: Box<dyn Lock>,
}

/// The marks of the files that are staged under each number, and the whole hash where this run wrote the bytes: only then
/// are they what was released. Without a mark: of a run that gave none.
#[derive(Default)]
pub(super) struct Staged(BTreeMap<u64, BTreeMap<String, Option<Digest>>>);

impl Staged {
    /// A file of a run before.
    pub(super) fn found(&mut self, stem: &str) {
        let (number, mark) = stem.split_once('-').unwrap_or((stem, ""));
        let is_mark =
            mark.is_empty() || (mark.len() == MARK && mark.bytes().all(|it| it.is_ascii_hexdigit()));
        if number.len() == 20
            && is_mark
            && let Ok(number) = number.parse()
        {
            self.0.entry(number).or_default().insert(mark.to_owned(), None);
        }
    }

    fn remove(&mut self, first: u64, mark: &str) {
        if let Some(marks) = self.0.get_mut(&first) {
            marks.remove(mark);
            if marks.is_empty() {
                self.0.remove(&first);
            }
        }
    }
}

impl Stage {
    pub(super) fn of(folder: Arc<Folder>) -> Self {
        Self { folder }
    }

    /// Writes the bytes of a release, durable but for the name; [`Self::sync`] follows once for many. `first` is the
    /// entry of the first decision about the object. What was staged of another decision about it stays beside them.
    ///
    /// # Errors
    /// Those of the system; nothing more is staged then.
    pub fn put(&self, first: u64, bytes: &[u8], identity: Digest) -> io::Result<()> {
        let (folder, mark) = (&self.folder, mark(identity));
        let part = folder.write(first, bytes)?;
        folder.disk.rename(&part, &folder.staged_name(first, &mark))?;
        folder.staged().0.entry(first).or_default().insert(mark, Some(identity));
        Ok(())
    }

    /// Returns when the names of everything staged will survive.
    ///
    /// # Errors
    /// Those of the system: then nothing since the last call counts as staged.
    pub fn sync(&self) -> io::Result<()> {
        self.folder.disk.sync_dir(STAGED)
    }

    /// Removes what was staged and will not be handed over.
    ///
    /// # Errors
    /// Those of the system.
    pub fn remove(&self, first: u64) -> io::Result<()> {
        self.folder.remove_but(first, None)
    }

    /// Removes what was staged of other decisions about an object than that which released these bytes. Where a run that gave
    /// no marks staged them, its file gets one: without, it would stand for whatever is released of the object later.
    ///
    /// # Errors
    /// Those of the system.
    pub fn keep(&self, first: u64, identity: Digest) -> io::Result<()> {
        let mark = mark(identity);
        self.folder.give_mark(first, &mark)?;
        let is_marked = self.folder.staged().0.get(&first).is_some_and(|marks| marks.contains_key(&mark));
        self.folder.remove_but(first, Some(if is_marked { &mark } else { "" }))
    }

    /// What is staged, by entry: after a start, what the last run staged. The log says which of it was released and not
    /// handed over; that is decided again, the rest is removed. A name may still be here after its file was handed over.
    pub fn staged(&self) -> Vec<u64> {
        self.folder.staged().0.keys().copied().collect()
    }

    /// What lies in the place of the bytes that were released, to be decided again: they are offered as bytes that nobody
    /// has inspected, and whoever asks compares them with what was released. `None` where nothing lies there: they were
    /// handed over.
    ///
    /// # Errors
    /// Those of the system; [`ErrorKind::FileTooLarge`] for more bytes than were ever released at once.
    pub fn read(&self, first: u64, released: Digest) -> io::Result<Option<Vec<u8>>> {
        let folder = &self.folder;
        let mark = mark(released);
        let found = folder.staged().0.get(&first).and_then(|marks| {
            let known = [mark.as_str(), ""].into_iter().find(|mark| marks.contains_key(*mark));
            known.map(str::to_owned)
        });
        let Some(found) = found else { return Ok(None) };
        folder.disk.read(&folder.staged_name(first, &found), STAGED_BYTES_MAX).map(Some)
    }
}

impl Folder {
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        lane: &str,
        extension: &str,
        staged: Staged,
        lock: Box<dyn Lock>,
    ) -> Self {
        let (lane, extension) = (lane.to_owned(), extension.to_owned());
        Self { disk, lane, extension, staged: Mutex::new(staged), _lock: lock }
    }

    /// Puts one object where the receiver looks. It is there when this returns without an error, and not where it does not.
    pub(super) fn hand_over(&self, sealed: &Sealed) -> io::Result<()> {
        let (first, name) = (sealed.first, self.name(sealed.first));
        let (mark, is_any) = (mark(sealed.identity), self.staged().0.contains_key(&first));
        let written = self.staged().0.get(&first).and_then(|marks| marks.get(&mark).copied().flatten());
        if written == Some(sealed.identity) {
            match self.disk.rename(&self.staged_name(first, &mark), &name) {
                Ok(()) => {
                    self.left(first, &mark);
                    return Ok(());
                }
                // Somebody took it; the bytes are here.
                Err(gone) if gone.kind() == ErrorKind::NotFound => {}
                Err(fault) => return Err(fault),
            }
        }
        let part = self.write(first, &sealed.bytes)?;
        if is_any {
            // In one move from staged to handed over: a start never finds it in both places.
            self.disk.rename(&part, &self.staged_name(first, &mark))?;
            self.disk.rename(&self.staged_name(first, &mark), &name)?;
            self.left(first, &mark);
            return Ok(());
        }
        self.disk.rename(&part, &name)
    }

    /// Returns when the names that the receiver sees will survive.
    pub(super) fn sync_names(&self) -> io::Result<()> {
        self.disk.sync_dir("")
    }

    /// It was handed over. What else was staged of the object is left for the next start where it cannot be removed.
    fn left(&self, first: u64, mark: &str) {
        self.staged().remove(first, mark);
        let _ = self.remove_but(first, None);
    }

    /// What lies there without a mark has this one from here on, where nothing else has it.
    fn give_mark(&self, first: u64, mark: &str) -> io::Result<()> {
        let is_plain = |marks: &BTreeMap<String, _>| marks.contains_key("") && !marks.contains_key(mark);
        if !self.staged().0.get(&first).is_some_and(is_plain) {
            return Ok(());
        }
        self.disk.rename(&self.staged_name(first, ""), &self.staged_name(first, mark))?;
        let mut staged = self.staged();
        staged.0.entry(first).or_default().insert(mark.to_owned(), None);
        staged.remove(first, "");
        Ok(())
    }

    fn remove_but(&self, first: u64, kept: Option<&str>) -> io::Result<()> {
        let others: Vec<String> = match self.staged().0.get(&first) {
            Some(marks) => marks.keys().filter(|mark| Some(mark.as_str()) != kept).cloned().collect(),
            None => return Ok(()),
        };
        for mark in others {
            self.staged().remove(first, &mark);
            not_there(self.disk.remove(&self.staged_name(first, &mark)))?;
        }
        Ok(())
    }

    fn staged(&self) -> MutexGuard<'_, Staged> {
        // Nothing in here stops half way.
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn staged_name(&self, first: u64, mark: &str) -> String {
        let between = if mark.is_empty() { "" } else { "-" };
        format!("{STAGED}/{first:020}{between}{mark}.{}", self.extension)
    }

    fn name(&self, first: u64) -> String {
        format!("{}-{first:020}.{}", self.lane, self.extension)
    }

    /// A new file with these bytes, durable but for its name.
    fn write(&self, first: u64, bytes: &[u8]) -> io::Result<String> {
        let part = format!("{STAGED}/{first:020}.part");
        // Left by an attempt that failed.
        not_there(self.disk.remove(&part))?;
        let mut file = self.disk.create(&part)?;
        file.append(bytes)?;
        file.sync()?;
        Ok(part)
    }
}

/// What a staged file is called by, besides its number.
fn mark(identity: Digest) -> String {
    let mut name = identity.to_string();
    name.truncate(MARK);
    name
}

fn not_there(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
