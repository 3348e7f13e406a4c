//! Files in a folder, under names that are made here and say nothing but lane and number.
//!
//! ```text
//!   .egress/00000000000000000042-9f86d081884c7d65.xml   staged by the journal, before the decision is on record
//!   .egress/00000000000000000042.part                   being written
//!   .egress/lock                                        held while a lane delivers here
//!   down-00000000000000000042.xml                       handed over: whole, and durable
//! ```
//!
//! The number is that of the first decision about the object, so that handing it over again repeats the name and makes
//! no second file. What is staged has the first bytes of its hash in its name, too: what a second decision about the object
//! releases lies beside what the first one did, and a start takes the one that is on record. A name that a receiver can see although it may not survive a crash has left, and does not count as
//! sent yet: see [`Progress::begun`]. `.egress` belongs to the guard alone: nobody else may write there.

mod stage;

pub use stage::Stage;

use crate::Cage;
use crate::sink::{Obstacle, Progress, Sink, Stall};
use lockgate_bytes::Sealed;
use lockgate_disk::{Disk, Kind};
use stage::{Folder, Staged};
use std::io::{self, ErrorKind};
use std::sync::Arc;
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
        let mut staged = Staged::default();
        for entry in found.iter().filter(|entry| entry.kind == Kind::File) {
            match entry.name.split_once('.') {
                Some((_, "part")) => disk.remove(&format!("{STAGED}/{}", entry.name))?,
                Some((stem, end)) if end == extension => staged.found(stem),
                _ => {}
            }
        }
        let folder = Arc::new(Folder::new(disk, lane, extension, staged, lock));
        Ok((Self { folder: folder.clone(), largest }, Stage::of(folder)))
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
            && let Err(met) = self.folder.sync_names()
        {
            (sent, begun, fault) = (0, sent, Some(met));
        }
        let obstacle = fault.map(|fault| Obstacle::Stalled(stall(&fault)));
        Progress { sent, begun, unheard: 0, took: start.elapsed(), obstacle }
    }
}

fn stall(fault: &io::Error) -> Stall {
    match fault.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Stall::DiskFull,
        _ => Stall::Disk,
    }
}
