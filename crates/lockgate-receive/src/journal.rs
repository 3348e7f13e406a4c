//! The receiver's journal in a folder of its own: notes of one size, one behind the other, written after what they tell has
//! been done. A start reads it, and begins a shorter one that says the same.

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
/// note with no more than these behind it is where the journal ends, and any other is a fault.
const UNSYNCED: usize = 1_024;

/// An open journal; the folder is ours until it is dropped.
pub struct Journal {
    disk: Arc<dyn Disk>,
    file: Box<dyn File>,
    /// Notes in the file beside those that it began with.
    more: u64,
    unsynced: usize,
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
                disk.create(FILE)?.sync()?;
                disk.sync_dir("")?;
                Vec::new()
            }
            Err(error) => return Err(error.into()),
        };
        let notes = read(&bytes)?;
        let mut file = disk.open(FILE)?;
        let size = bytes_of(notes.len());
        if size != u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
            file.truncate(size)?;
            file.sync()?;
        }
        Ok((Self { disk, file, more: 0, unsynced: 0, size, is_torn: false, _lock: lock }, notes))
    }

    /// Writes a note. It survives the end of the program at once, that of the machine after [`Journal::sync`].
    ///
    /// # Errors
    /// Those of the disk; the note does not count then, and may be written again.
    pub fn append(&mut self, note: &Note) -> io::Result<()> {
        if self.unsynced >= UNSYNCED {
            self.sync()?;
        }
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
        match self.disk.remove(PART) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = self.disk.create(PART)?;
        let bytes: Vec<u8> = notes.iter().flat_map(Note::to_bytes).collect();
        file.append(&bytes)?;
        file.sync()?;
        self.disk.rename(PART, FILE)?;
        // From here on this is the file that has the name, whatever else fails.
        (self.file, self.size, self.is_torn) = (file, bytes_of(notes.len()), false);
        self.disk.sync_dir("")?;
        (self.more, self.unsynced) = (0, 0);
        Ok(())
    }
}

/// What so many notes take.
fn bytes_of(notes: usize) -> u64 {
    u64::try_from(notes.saturating_mul(NOTE_BYTES)).unwrap_or(u64::MAX)
}

fn read(bytes: &[u8]) -> Result<Vec<Note>, JournalFault> {
    let mut notes = Vec::new();
    let count = bytes.len().div_ceil(NOTE_BYTES);
    for (at, note) in bytes.chunks(NOTE_BYTES).enumerate() {
        let read = note.try_into().ok().and_then(|note: &[u8; NOTE_BYTES]| Note::from_bytes(note).ok());
        match read {
            Some(note) => notes.push(note),
            // A crash left it so, and what is behind it may be anything.
            None if count.saturating_sub(at) <= UNSYNCED => break,
            None => return Err(JournalFault::Damaged { note: at }),
        }
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::{Journal, JournalFault, UNSYNCED};
    use lockgate_diode::{NOTE_BYTES, Note};
    use lockgate_disk::{Disk, SimDisk};
    use std::sync::Arc;

    fn disk() -> Arc<dyn Disk> {
        Arc::new(SimDisk::new(3))
    }

    #[test]
    fn what_was_written_is_read_again_and_a_torn_end_is_left_out() {
        let disk = disk();
        let (mut journal, notes) = Journal::open(disk.clone()).unwrap();
        assert!(notes.is_empty());
        for epoch in 1..=3 {
            journal.append(&Note::Begun { epoch }).unwrap();
        }
        assert!(matches!(Journal::open(disk.clone()), Err(JournalFault::Taken)));
        drop(journal);
        disk.open("journal").unwrap().append(&[1; NOTE_BYTES - 3]).unwrap();
        let (mut journal, notes) = Journal::open(disk.clone()).unwrap();
        assert_eq!(notes, [1, 2, 3].map(|epoch| Note::Begun { epoch }));
        journal.append(&Note::Closed { epoch: 2 }).unwrap();
        journal.shorten(&[Note::Begun { epoch: 3 }]).unwrap();
        journal.append(&Note::Closed { epoch: 3 }).unwrap();
        journal.sync().unwrap();
        drop(journal);
        let (_, notes) = Journal::open(disk).unwrap();
        assert_eq!(notes, [Note::Begun { epoch: 3 }, Note::Closed { epoch: 3 }]);
    }

    #[test]
    fn damage_of_what_was_on_the_disk_for_certain_is_a_fault() {
        for (behind, is_fault) in [(1, false), (UNSYNCED - 1, false), (UNSYNCED, true)] {
            let disk = Arc::new(SimDisk::new(3));
            let (mut journal, _) = Journal::open(disk.clone()).unwrap();
            for epoch in 1..=behind as u64 + 5 {
                journal.append(&Note::Begun { epoch }).unwrap();
            }
            drop(journal);
            let mut bytes = disk.read("journal", 1 << 20).unwrap();
            bytes[4 * NOTE_BYTES + 3] ^= 1;
            disk.plant("journal", &bytes);
            match Journal::open(disk) {
                Ok((_, notes)) => assert_eq!((notes.len(), is_fault), (4, false)),
                Err(fault) => assert!(matches!(fault, JournalFault::Damaged { note: 4 }) && is_fault),
            }
        }
    }

    /// Whatever a failure of the power leaves of the last notes: all before it is there, and the next run goes on behind it.
    #[test]
    fn a_power_failure_leaves_a_journal_that_opens() {
        for seed in 0..200 {
            let disk = Arc::new(SimDisk::new(seed));
            let (mut journal, _) = Journal::open(disk.clone()).unwrap();
            for epoch in 1..=10 {
                journal.append(&Note::Begun { epoch }).unwrap();
            }
            journal.sync().unwrap();
            // More than a sector of notes.
            for epoch in 11..=60 {
                journal.append(&Note::Begun { epoch }).unwrap();
            }
            disk.crash();
            drop(journal);
            disk.reboot();
            let (mut journal, notes) =
                Journal::open(disk.clone()).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
            assert!(notes.len() >= 10, "seed {seed}");
            assert!(notes.iter().zip(1..).all(|(note, epoch)| *note == Note::Begun { epoch }), "seed {seed}");
            journal.append(&Note::Closed { epoch: 1 }).unwrap();
            drop(journal);
            let (_, again) = Journal::open(disk).unwrap();
            assert_eq!(again.len(), notes.len() + 1, "seed {seed}");
        }
    }
}
