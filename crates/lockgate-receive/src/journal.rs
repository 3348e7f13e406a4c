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

/// An open journal; the folder is ours until it is dropped.
pub struct Journal {
    disk: Arc<dyn Disk>,
    file: Box<dyn File>,
    /// Notes in the file beside those that it began with.
    more: u64,
    unsynced: bool,
    _lock: Box<dyn Lock>,
}

/// Why a journal cannot be used.
#[derive(Debug)]
pub enum JournalFault {
    /// The disk refuses.
    Disk(io::Error),
    /// A note that is not the last one is damaged.
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
    /// Opens it, and gives what it says. A last note that was cut off by a crash is left out.
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
        let whole = notes.len().saturating_mul(NOTE_BYTES);
        if whole != bytes.len() {
            file.truncate(u64::try_from(whole).unwrap_or(0))?;
            file.sync()?;
        }
        Ok((Self { disk, file, more: 0, unsynced: false, _lock: lock }, notes))
    }

    /// Writes a note. It survives the end of the program at once, that of the machine after [`Journal::sync`].
    ///
    /// # Errors
    /// Those of the disk; nothing of the note is there then.
    pub fn append(&mut self, note: &Note) -> io::Result<()> {
        let before = self.file.size()?;
        if let Err(error) = self.file.append(&note.to_bytes()) {
            self.file.truncate(before)?;
            return Err(error);
        }
        self.more = self.more.saturating_add(1);
        self.unsynced = true;
        Ok(())
    }

    /// Returns when every note survives.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sync(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.unsynced) {
            self.file.sync()?;
        }
        Ok(())
    }

    /// True where a shorter journal is worth the work.
    pub fn is_long(&self) -> bool {
        self.more >= LONG
    }

    /// Begins anew with what says the same in fewer notes.
    ///
    /// # Errors
    /// Those of the disk; the old one stays.
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
        self.disk.sync_dir("")?;
        self.file = self.disk.open(FILE)?;
        (self.more, self.unsynced) = (0, false);
        Ok(())
    }
}

fn read(bytes: &[u8]) -> Result<Vec<Note>, JournalFault> {
    let mut notes = Vec::new();
    let count = bytes.len().div_ceil(NOTE_BYTES);
    for (at, note) in bytes.chunks(NOTE_BYTES).enumerate() {
        let read = note.try_into().ok().and_then(|note: &[u8; NOTE_BYTES]| Note::from_bytes(note).ok());
        match read {
            Some(note) => notes.push(note),
            // Cut off by a crash.
            None if at.saturating_add(1) == count => {}
            None => return Err(JournalFault::Damaged { note: at }),
        }
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::{Journal, JournalFault};
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
    fn damage_that_is_no_torn_end_is_a_fault() {
        let disk = disk();
        let (mut journal, _) = Journal::open(disk.clone()).unwrap();
        journal.append(&Note::Begun { epoch: 1 }).unwrap();
        drop(journal);
        let mut bytes = disk.read("journal", 1_000).unwrap();
        bytes[3] ^= 1;
        bytes.extend(Note::Begun { epoch: 2 }.to_bytes());
        disk.remove("journal").unwrap();
        disk.create("journal").unwrap().append(&bytes).unwrap();
        assert!(matches!(Journal::open(disk), Err(JournalFault::Damaged { note: 0 })));
    }
}
