//! Files in a folder, under names that are made here and say nothing but lane and number.
//!
//! ```text
//!   .egress/00000000000000000042.xml       staged by the journal, before the decision is on record
//!   .egress/00000000000000000042.part      being written
//!   .egress/lock                           held while a lane delivers here
//!   down-00000000000000000042.xml          handed over: whole, and durable
//! ```
//!
//! The number is that of the first decision about the object, so that handing it over again repeats the name and makes
//! no second file. A name that a receiver can see although it may not survive a crash has left, and does not count as
//! sent yet: see [`Progress::begun`]. `.egress` belongs to the guard alone: nobody else may write there.

use crate::Cage;
use crate::sink::{Obstacle, Progress, Sink, Stall};
use lockgate_bytes::{Digest, Sealed};
use lockgate_disk::{Disk, Kind, Lock};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Where what is not handed over yet lies.
const STAGED: &str = ".egress";
/// So long after the last look at the time files may still be handed over.
const AT_ONCE: Duration = Duration::from_millis(100);
/// The most files that may lie there.
const STAGED_MOST: usize = 1_000_000;

/// The sink.
pub struct DirectorySink {
    folder: Arc<Folder>,
    largest: usize,
}

/// The journal's hand in the same folder.
#[derive(Clone)]
pub struct Stage {
    folder: Arc<Folder>,
    largest: u64,
}

struct Folder {
    disk: Arc<dyn Disk>,
    lane: String,
    extension: String,
    /// What is staged, and the hash of its bytes where this run wrote them: only then is it what was released.
    staged: Mutex<BTreeMap<u64, Option<Digest>>>,
    /// Another lane would take what this one has staged for its own of another time, and clear it away.
    _lock: Box<dyn Lock>,
}

impl DirectorySink {
    /// Opens the folder that is the root of `disk`, and clears away what was half written. `largest`: bytes of one
    /// object.
    ///
    /// # Errors
    /// Those of the system; [`ErrorKind::InvalidInput`] where lane or extension are not 1 to 64 letters, digits, `-` and
    /// `_`; [`ErrorKind::QuotaExceeded`] where more is staged than can be listed; [`ErrorKind::WouldBlock`] where
    /// another lane delivers into the folder.
    pub fn open(
        disk: Arc<dyn Disk>,
        lane: &str,
        extension: &str,
        largest: usize,
    ) -> io::Result<(Self, Stage)> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        for part in [lane, extension] {
            if part.is_empty() || part.len() > 64 || !part.bytes().all(plain) {
                let says = "lane and extension of an output folder are 1 to 64 letters, digits, '-' and '_'";
                return Err(io::Error::new(ErrorKind::InvalidInput, says));
            }
        }
        match disk.create_dir(STAGED) {
            Ok(()) => disk.sync_dir("")?,
            Err(there) if there.kind() == ErrorKind::AlreadyExists => {}
            Err(fault) => return Err(fault),
        }
        let lock = disk.lock(&format!("{STAGED}/lock")).map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => io::Error::new(
                ErrorKind::WouldBlock,
                "another lane delivers into this folder; only one may, give each a folder of its own",
            ),
            _ => error,
        })?;
        // What the run before moved without being told that it lasts.
        disk.sync_dir("")?;
        disk.sync_dir(STAGED)?;
        let found = disk.list(STAGED, STAGED_MOST)?;
        if found.len() >= STAGED_MOST {
            return Err(io::Error::new(ErrorKind::QuotaExceeded, "too many files are staged for the sink"));
        }
        let mut staged = BTreeMap::new();
        for entry in found.iter().filter(|entry| entry.kind == Kind::File) {
            match entry.name.split_once('.') {
                Some((_, "part")) => disk.remove(&format!("{STAGED}/{}", entry.name))?,
                Some((number, end)) if end == extension && number.len() == 20 => {
                    staged.extend(number.parse().ok().map(|number: u64| (number, None)));
                }
                _ => {}
            }
        }
        let (lane, extension) = (lane.to_owned(), extension.to_owned());
        let folder = Arc::new(Folder { disk, lane, extension, staged: Mutex::new(staged), _lock: lock });
        let stage = Stage { folder: folder.clone(), largest: u64::try_from(largest).unwrap_or(u64::MAX) };
        Ok((Self { folder, largest }, stage))
    }
}

impl Stage {
    /// Writes the bytes of a release, durable but for the name; [`Self::sync`] follows once for many. `first` is the
    /// entry of the first decision about the object.
    ///
    /// # Errors
    /// Those of the system; nothing is staged then.
    pub fn put(&self, first: u64, bytes: &[u8], identity: Digest) -> io::Result<()> {
        let folder = &self.folder;
        // What lay there before is no longer what will be released, whether or not the new bytes come to lie there.
        folder.staged().remove(&first);
        let part = folder.write(first, bytes)?;
        folder.disk.rename(&part, &folder.staged_name(first))?;
        folder.staged().insert(first, Some(identity));
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
        if self.folder.staged().remove(&first).is_none() {
            return Ok(());
        }
        not_there(self.folder.disk.remove(&self.folder.staged_name(first)))
    }

    /// What is staged, by entry: after a start, what the last run staged. The log says which of it was released and not
    /// handed over; that is decided again, the rest is removed. A name may still be here after its file was handed over.
    pub fn staged(&self) -> Vec<u64> {
        self.folder.staged().keys().copied().collect()
    }

    /// The bytes of one, to be decided again. They are offered as bytes that nobody has inspected.
    ///
    /// # Errors
    /// Those of the system; [`ErrorKind::FileTooLarge`] where they are more than the sink takes.
    pub fn read(&self, first: u64) -> io::Result<Vec<u8>> {
        self.folder.disk.read(&self.folder.staged_name(first), self.largest)
    }
}

impl Folder {
    fn staged(&self) -> MutexGuard<'_, BTreeMap<u64, Option<Digest>>> {
        // Nothing in here stops half way.
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn staged_name(&self, first: u64) -> String {
        format!("{STAGED}/{first:020}.{}", self.extension)
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

    /// Puts one object where the receiver looks. It is there when this returns without an error, and not where it does not.
    fn hand_over(&self, sealed: &Sealed) -> io::Result<()> {
        let (first, name) = (sealed.first, self.name(sealed.first));
        let staged = self.staged().get(&first).copied();
        if staged.flatten() == Some(sealed.identity) {
            match self.disk.rename(&self.staged_name(first), &name) {
                Ok(()) => {
                    self.staged().remove(&first);
                    return Ok(());
                }
                // Somebody took it; the bytes are here.
                Err(gone) if gone.kind() == ErrorKind::NotFound => {}
                Err(fault) => return Err(fault),
            }
        }
        let part = self.write(first, &sealed.bytes)?;
        if staged.is_some() {
            // In one move from staged to handed over: a start never finds it in both places.
            self.disk.rename(&part, &self.staged_name(first))?;
            self.disk.rename(&self.staged_name(first), &name)?;
            self.staged().remove(&first);
            return Ok(());
        }
        self.disk.rename(&part, &name)
    }
}

impl Sink for DirectorySink {
    fn largest(&self) -> usize {
        self.largest
    }

    fn wire_bytes(&self, object: usize) -> u64 {
        u64::try_from(object).unwrap_or(u64::MAX)
    }

    /// Few, since each is synced: more urgent objects do not wait behind many.
    fn batch(&self) -> usize {
        8
    }

    fn cage(&self) -> Cage {
        Cage::Files
    }

    fn send(&mut self, batch: &[&Sealed]) -> Progress {
        let (mut sent, mut fault) = (0_usize, None);
        let start = Instant::now();
        for sealed in batch {
            // Whoever called looked at the time before the first: behind a disk that stood still the others are looked at again.
            if sent > 0 && start.elapsed() >= AT_ONCE {
                break;
            }
            if let Err(met) = self.folder.hand_over(sealed) {
                fault = Some(met);
                break;
            }
            sent = sent.saturating_add(1);
        }
        // A name that may not survive is not sent; the next attempt writes the same name again.
        let mut begun = 0;
        if sent > 0
            && let Err(met) = self.folder.disk.sync_dir("")
        {
            (sent, begun, fault) = (0, sent, Some(met));
        }
        let obstacle = fault.map(|fault| Obstacle::Stalled(stall(&fault)));
        Progress { sent, begun, unheard: 0, took: start.elapsed(), obstacle }
    }
}

fn not_there(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn stall(fault: &io::Error) -> Stall {
    match fault.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Stall::DiskFull,
        _ => Stall::Disk,
    }
}
