//! The receiver's journal in a folder of its own: notes of one size, one behind the other, written after what they tell has
//! been done. A start reads it, and begins a shorter one that says the same.
//!
//! INVARIANT: what was synced says so: a file begins with how many records it was begun with, and behind each sync the next record
//! tells how far it went. Damage before that is a fault, and never a journal that knows less.

use lockgate_diode::{NOTE_BYTES, Note};
use lockgate_disk::{Disk, File, Lock};
use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;

const FILE: &str = "journal";
const PART: &str = "journal.part";
/// Most bytes of a journal that is read: 6 million notes.
const MOST: u64 = 512 << 20;
/// Notes behind the start of a file, above which a shorter one is worth the work.
const LONG: u64 = 100_000;
/// Most notes that are not on the disk for certain. A power failure may leave any of them whole, cut off or empty; so a damaged
/// note with no more than these behind it, and nothing that says it was synced, is where the journal ends. Any other is a fault.
const UNSYNCED: usize = 1_024;

/// An open journal; the folder is ours until it is dropped.
pub struct Journal {
    disk: Arc<dyn Disk>,
    file: Box<dyn File>,
    /// Notes in the file beside those that it began with.
    more: u64,
    unsynced: usize,
    /// Records that are known to have been synced, and of how many of them a record tells.
    synced: u64,
    told: u64,
    /// Bytes of the file that are whole notes.
    size: u64,
    /// A failed write may have left something behind them.
    is_torn: bool,
    _lock: Box<dyn Lock>,
}

/// Why a journal cannot be used.
#[derive(Debug)]
pub enum JournalFault {
    /// The disk refuses.
    Disk(io::Error),
    /// A note is damaged that was on the disk for certain.
    Damaged {
        /// Its place, from 0.
        note: usize,
    },
    /// Another program uses the folder.
    Taken,
}

impl fmt::Display for JournalFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk(error) => write!(out, "the receiver's journal: {error}"),
            Self::Damaged { note } => write!(
                out,
                "the receiver's journal is damaged at note {note}; move it away, and what was delivered before may be \
                 delivered again where somebody replays it"
            ),
            Self::Taken => out.write_str("the folder of the receiver's journal is used by another program"),
        }
    }
}

impl std::error::Error for JournalFault {}

impl From<io::Error> for JournalFault {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl Journal {
    /// Opens it, and gives what it says. What a crash has left of the last notes is left out from the first damaged one on.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub fn open(disk: Arc<dyn Disk>) -> Result<(Self, Vec<Note>), JournalFault> {
        let lock = disk.lock("lock").map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => JournalFault::Taken,
            _ => JournalFault::Disk(error),
        })?;
        let bytes = match disk.read(FILE, MOST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let (_, size) = begin(&*disk, &[])?;
                disk.sync_dir("")?;
                disk.read(FILE, size)?
            }
            Err(error) => return Err(error.into()),
        };
        let (notes, records) = read(&bytes)?;
        let mut file = disk.open(FILE)?;
        let size = bytes_of(records);
        if size != u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
            file.truncate(size)?;
            file.sync()?;
        }
        // Whether all of it is on the disk is not known.
        let (more, unsynced, synced, told, is_torn) = (0, 0, 0, 0, false);
        Ok((Self { disk, file, more, unsynced, synced, told, size, is_torn, _lock: lock }, notes))
    }

    /// Writes a note. It survives the end of the program at once, that of the machine after [`Journal::sync`].
    ///
    /// # Errors
    /// Those of the disk; the note does not count then, and may be written again.
    pub fn append(&mut self, note: &Note) -> io::Result<()> {
        if self.unsynced >= UNSYNCED {
            self.sync()?;
        }
        if self.told < self.synced {
            let records = self.synced;
            self.write(&Note::Durable { records })?;
            self.told = records;
        }
        self.write(note)
    }

    fn write(&mut self, note: &Note) -> io::Result<()> {
        if self.is_torn {
            self.file.truncate(self.size)?;
        }
        self.is_torn = true;
        self.file.append(&note.to_bytes())?;
        self.is_torn = false;
        self.size = self.size.saturating_add(bytes_of(1));
        self.more = self.more.saturating_add(1);
        self.unsynced = self.unsynced.saturating_add(1);
        Ok(())
    }

    /// Returns when every note survives.
    ///
    /// # Errors
    /// Those of the disk; then nobody knows which of them do, and [`Journal::shorten`] is due.
    pub fn sync(&mut self) -> io::Result<()> {
        if self.unsynced > 0 {
            // A second sync may succeed although the first lost what it had to write (Linux fsync(2), EIO).
            self.file.sync().inspect_err(|_| self.more = LONG)?;
            self.unsynced = 0;
            self.synced = records_in(self.size);
        }
        Ok(())
    }

    /// True where a shorter journal is worth the work, or needed.
    pub fn is_long(&self) -> bool {
        self.more >= LONG
    }

    /// Begins anew with what says the same in fewer notes.
    ///
    /// # Errors
    /// Those of the disk; the old one stays, or the new one has its place and may yet lose it.
    pub fn shorten(&mut self, notes: &[Note]) -> io::Result<()> {
        (self.file, self.size) = begin(&*self.disk, notes)?;
        // From here on this is the file that has the name, whatever else fails.
        self.is_torn = false;
        self.synced = records_in(self.size);
        self.told = self.synced;
        self.disk.sync_dir("")?;
        (self.more, self.unsynced) = (0, 0);
        Ok(())
    }
}

/// Puts a file with these notes in the place of the journal: all of it is on the disk before it has the name. Gives it and its bytes.
fn begin(disk: &dyn Disk, notes: &[Note]) -> io::Result<(Box<dyn File>, u64)> {
    match disk.remove(PART) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = disk.create(PART)?;
    let size = bytes_of(notes.len().saturating_add(1));
    let first = Note::Durable { records: records_in(size) };
    let bytes: Vec<u8> = [first].iter().chain(notes).flat_map(Note::to_bytes).collect();
    file.append(&bytes)?;
    file.sync()?;
    disk.rename(PART, FILE)?;
    Ok((file, size))
}

/// What so many notes take.
fn bytes_of(notes: usize) -> u64 {
    u64::try_from(notes.saturating_mul(NOTE_BYTES)).unwrap_or(u64::MAX)
}

fn records_in(bytes: u64) -> u64 {
    bytes.checked_div(bytes_of(1)).unwrap_or(0)
}

/// The notes, and how many records they are in.
fn read(bytes: &[u8]) -> Result<(Vec<Note>, usize), JournalFault> {
    let (mut notes, mut synced, mut damaged) = (Vec::new(), 0, None);
    let count = bytes.len().div_ceil(NOTE_BYTES);
    for (at, record) in bytes.chunks(NOTE_BYTES).enumerate() {
        let record = record.try_into().ok().and_then(|it: &[u8; NOTE_BYTES]| Note::from_bytes(it).ok());
        match record {
            // It holds wherever it stands: behind damage too.
            Some(Note::Durable { records }) => synced = records.max(synced),
            Some(note) if damaged.is_none() => notes.push(note),
            Some(_) => {}
            None => damaged = damaged.or(Some(at)),
        }
    }
    let whole = damaged.unwrap_or(count);
    // No file of ours is empty, or begins with anything but a whole record.
    let is_certain = whole == 0 || u64::try_from(whole).is_ok_and(|whole| whole < synced);
    if is_certain || count.saturating_sub(whole) > UNSYNCED {
        return Err(JournalFault::Damaged { note: whole });
    }
    // Else a crash left it so, and what is behind it may be anything.
    Ok((notes, whole))
}

#[cfg(test)]
mod tests;
