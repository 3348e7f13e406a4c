//! The second place: where checkpoints go, so that whoever rewrites the log is found out.

use crate::checkpoint::Checkpoint;
use crate::note::NOTE_MAX;
use lockgate_disk::Disk;
use std::io;
use std::sync::Arc;

/// Somewhere else: another disk, another machine, another owner. A failure is an alarm, not a stop.
pub trait SecondPlace: Send {
    /// Keeps a signed checkpoint.
    ///
    /// # Errors
    /// What went wrong, for the alarm.
    fn push(&mut self, checkpoint: &[u8]) -> io::Result<()>;

    /// The checkpoint that was kept last, if there is one: the log must not be shorter.
    ///
    /// # Errors
    /// What went wrong.
    fn last(&self) -> io::Result<Option<Vec<u8>>>;

    /// What it is called, for whoever has to look at it.
    fn name(&self) -> String {
        "a second place".to_owned()
    }
}

/// A folder that keeps the last checkpoint, and never an older one.
pub struct SecondFolder {
    disk: Arc<dyn Disk>,
    name: String,
}

/// The name of the checkpoint, here and in the log.
pub(crate) const CHECKPOINT: &str = "checkpoint";
const NEW: &str = "checkpoint.new";

impl SecondFolder {
    /// Keeps it in this folder, which is called so.
    pub fn new(disk: Arc<dyn Disk>, name: impl Into<String>) -> Self {
        Self { disk, name: name.into() }
    }
}

impl SecondPlace for SecondFolder {
    fn push(&mut self, checkpoint: &[u8]) -> io::Result<()> {
        if let (Some(old), Some(new)) =
            (self.last()?.and_then(|old| Checkpoint::peek(&old)), Checkpoint::peek(checkpoint))
        {
            if old.origin != new.origin {
                return Err(io::Error::other("the second place keeps the checkpoint of another log"));
            }
            if old.size > new.size || (old.size == new.size && old.root != new.root) {
                return Err(io::Error::other(
                    "the second place keeps a checkpoint that this log does not lead up to: it was rolled back or rewritten",
                ));
            }
        }
        replace(&*self.disk, checkpoint)
    }

    fn last(&self) -> io::Result<Option<Vec<u8>>> {
        read_if_there(&*self.disk, CHECKPOINT, u64::try_from(NOTE_MAX).unwrap_or(u64::MAX))
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// A file's bytes; `None` where there is no such file.
pub(crate) fn read_if_there(disk: &dyn Disk, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
    match disk.read(name, most) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Replaces the checkpoint in one step, durably.
pub(crate) fn replace(disk: &dyn Disk, checkpoint: &[u8]) -> io::Result<()> {
    write_new(disk, NEW, checkpoint, true)?;
    disk.rename(NEW, CHECKPOINT)?;
    disk.sync_dir("")
}

/// Writes a file anew under a passing name, over whatever a crash left there.
pub(crate) fn write_new(disk: &dyn Disk, name: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
    let mut file = match disk.create(name) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            disk.remove(name)?;
            disk.create(name)?
        }
        outcome => outcome?,
    };
    file.append(bytes)?;
    if durable { file.sync() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{SecondFolder, SecondPlace};
    use crate::checkpoint::Checkpoint;
    use crate::note::LogKey;
    use lockgate_disk::SimDisk;
    use std::sync::Arc;

    #[test]
    fn a_second_place_never_goes_back() {
        let key = LogKey::from_secret("log", &[1; 32]).unwrap();
        let note = |size, root| {
            Checkpoint { origin: "log".to_owned(), size, root: [root; 32] }.sign(&key).into_bytes()
        };
        let mut place = SecondFolder::new(Arc::new(SimDisk::new(1)), "elsewhere");
        assert!(place.last().unwrap().is_none());
        place.push(&note(5, 1)).unwrap();
        place.push(&note(5, 1)).unwrap();
        place.push(&note(7, 2)).unwrap();
        assert!(place.push(&note(6, 1)).is_err());
        assert!(place.push(&note(7, 3)).is_err());
        assert_eq!(place.last().unwrap(), Some(note(7, 2)));
    }
}
