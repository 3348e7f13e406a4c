//! In a lane that does not push back, what is taken becomes a file of ours in the same look: its bytes are copied, and the
//! source's own file goes. From then on nothing that is done to it can be seen by whoever holds that one open: neither when
//! it is read, nor whether the lane is full, nor when its decision is on record.
//!
//! Of what is not fit nothing is copied: an empty file of ours stands in its place, which no crash can make an object of.

use super::pair::missing_is_fine;
use super::{CHUNK, Folder};
use crate::desk::{Desk, Moment};
use crate::{Receipt, Why};
use lockgate_disk::Kind;
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};

/// Files and bytes copied in one look, at most; what is left is taken with the next, however the lane is.
const COPIES: usize = 256;
const COPIED: u64 = 64 << 20;
/// Where a copy is made.
pub(super) const COPY: &str = "taken/copy";

/// What is ours.
#[derive(Default)]
pub(super) struct Copies {
    /// Taken files, and (true) their sidecars.
    ours: BTreeSet<(Receipt, bool)>,
    /// Claimed in this look, and not looked after yet.
    fresh: Vec<Receipt>,
    /// How much was claimed in this look.
    files: usize,
    bytes: u64,
}

impl Copies {
    /// Another look begins.
    pub(super) fn begin(&mut self) {
        (self.files, self.bytes) = (0, 0);
    }

    /// Something of so many bytes is claimed.
    pub(super) fn claim(&mut self, receipt: Receipt, size: u64) {
        self.fresh.push(receipt);
        self.files = self.files.saturating_add(1);
        self.bytes = self.bytes.saturating_add(size);
    }

    /// True where a look has claimed as much as it may copy.
    pub(super) fn is_enough(&self) -> bool {
        self.files >= COPIES || self.bytes >= COPIED
    }

    /// True where the file, or its sidecar, is a copy of ours.
    pub(super) fn has(&self, receipt: Receipt, is_sidecar: bool) -> bool {
        self.ours.contains(&(receipt, is_sidecar))
    }

    /// The file is not here any more.
    pub(super) fn forget(&mut self, receipt: Receipt) {
        self.ours.remove(&(receipt, false));
        self.ours.remove(&(receipt, true));
    }
}

impl Folder {
    /// Makes ours what this look has claimed. A claim is durable before its copy has its name: else a crash could leave
    /// both, and one file would be two.
    ///
    /// # Errors
    /// Those of the disk; what is not ours yet is tried again before it is offered.
    pub(super) fn finish_copies(&mut self, desk: &Desk<'_>, at: Moment) -> io::Result<()> {
        let fresh = std::mem::take(&mut self.copies.fresh);
        if fresh.is_empty() || desk.pushes_back() {
            return Ok(());
        }
        self.sync()?;
        for receipt in fresh {
            if let Some(marked) = self.away.marked(receipt) {
                for (path, is_sidecar) in marked {
                    if self.make_one_ours((receipt, is_sidecar), &path, self.size_max).is_err() {
                        self.fault(desk);
                    }
                }
                self.copies.forget(receipt);
                continue;
            }
            match self.make_ours(receipt) {
                Ok(Some((why, size))) => {
                    self.turn_away(receipt, why, size, at)?;
                    self.waiting.retain(|waiting| *waiting != receipt);
                }
                Ok(None) => {}
                Err(_) => self.fault(desk),
            }
        }
        Ok(())
    }

    /// Makes a taken file ours, and its sidecar, where they are not. Why it is not fit, and its size, where it is not.
    ///
    /// # Errors
    /// Those of the disk; what is not ours yet is tried again before it is offered.
    pub(super) fn make_ours(&mut self, receipt: Receipt) -> io::Result<Option<(Why, u64)>> {
        let object = self.pairs.object(receipt);
        if let Some(beside) = self.pairs.sidecar(receipt) {
            let size_max = self.config.sidecars.map_or(self.size_max, |sidecars| sidecars.size_max);
            if let Some((why, _)) = self.make_one_ours((receipt, true), &beside, size_max)? {
                let size = self.config.disk.look(&object).map_or(0, |look| look.size);
                return Ok(Some((why, size)));
            }
        }
        self.make_one_ours((receipt, false), &object, self.size_max)
    }

    /// The same for one file.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn make_one_ours(
        &mut self,
        which: (Receipt, bool),
        path: &str,
        size_max: u64,
    ) -> io::Result<Option<(Why, u64)>> {
        if self.copies.ours.contains(&which) {
            return Ok(None);
        }
        let disk = &self.config.disk;
        let before = disk.look(path)?;
        // The run before made it ours. Nobody else can have a file of ours handed in with one link.
        if which.0.epoch != self.epoch && before.owner == self.us && self.us != self.config.owner {
            self.copies.ours.insert(which);
            return Ok(None);
        }
        if before.kind == Kind::Folder {
            return Ok(Some((Why::NotAFile, 0)));
        }
        let mut unfit = self.unfit(&before, size_max, false);
        disk.remove(COPY).or_else(missing_is_fine)?;
        let mut copy = disk.create(COPY)?;
        if unfit.is_none() {
            let mut length = 0_u64;
            let read = loop {
                let missing = usize::try_from(before.size.saturating_sub(length)).unwrap_or(usize::MAX);
                match disk.read_at(path, length, missing.min(CHUNK)) {
                    Ok(chunk) if chunk.is_empty() => break Ok(()),
                    Ok(chunk) => {
                        copy.append(&chunk)?;
                        length = length.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
                    }
                    Err(error) => break Err(error),
                }
            };
            unfit = match read {
                Err(error) if is_its_own(&error) => Some(Why::UnreadableFile),
                Err(error) => return Err(error),
                Ok(()) if length == before.size && disk.look(path)? == before => None,
                Ok(()) => Some(Why::GrowingFile),
            };
            if unfit.is_some() {
                copy.truncate(0)?;
            }
        }
        copy.sync()?;
        disk.rename(COPY, path)?;
        self.is_dirty = true;
        self.copies.ours.insert(which);
        Ok(unfit.map(|why| (why, before.size)))
    }
}

/// True where it is the file that cannot be read; the disk is well.
pub(super) fn is_its_own(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::InvalidInput)
}
