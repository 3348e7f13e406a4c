//! What is handed over is claimed by rename.

use super::pair::{NAME_MAX, SIDECAR};
use super::{Folder, taken};
use crate::config::Settle;
use crate::desk::{Desk, Moment};
use crate::{Receipt, Why};
use lockgate_disk::{Entry, Kind, Look};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

/// Size and time of change, by name.
pub(super) type Seen = BTreeMap<String, (u64, i64)>;

/// Names looked at in one look.
const NAMES: usize = 10_000;

impl Folder {
    /// Claims what is handed over.
    ///
    /// # Errors
    /// Those of the disk; what was claimed before stays claimed.
    pub(super) fn look(&mut self, number: &mut u64, desk: &mut Desk<'_>, at: Moment) -> io::Result<()> {
        let entries = self.config.disk.list("in", NAMES)?;
        (self.is_counted, self.is_shut) = (false, false);
        self.copies.begin();
        self.left.retain(|name| entries.binary_search_by(|entry| entry.name.cmp(name)).is_ok());
        let (mut seen, mut alone) = (BTreeMap::new(), BTreeMap::new());
        let has_sidecars = self.config.sidecars.is_some();
        let looked = match has_sidecars {
            true => self.look_for_pairs(&entries, (&mut seen, &mut alone), number, desk, at),
            false => self.look_for_files(&entries, &mut seen, number, desk, at),
        };
        if looked.is_err() {
            // What was not reached is as it was.
            let (mut former, mut waited) = (std::mem::take(&mut self.seen), std::mem::take(&mut self.alone));
            former.append(&mut seen);
            waited.append(&mut alone);
            (seen, alone) = (former, waited);
        }
        (self.seen, self.alone) = (seen, alone);
        looked?;
        if has_sidecars {
            self.finish_halves(at)?;
        }
        self.finish_copies(desk, at)
    }

    fn look_for_files(
        &mut self,
        entries: &[Entry],
        seen: &mut Seen,
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<()> {
        let is_here = |name: &str| entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).is_ok();
        for entry in entries.iter().filter(|entry| !is_private(&entry.name)) {
            if self.is_over(desk) {
                break;
            }
            let is_file = entry.kind != Kind::Folder;
            if let Some(object) = object_of(&entry.name).filter(|_| is_file) {
                self.sidecar(&entry.name, is_here(object), number, desk, at)?;
                continue;
            }
            if self.left.contains(&entry.name) {
                continue;
            }
            if !is_file {
                self.put_aside(&entry.name, Why::NotAFile, number, desk, at)?;
                continue;
            }
            if entry.kind == Kind::File && !self.has_settled(&entry.name, seen) {
                continue;
            }
            match self.has_sidecar(&entry.name) {
                Ok(false) => {}
                Ok(true) => {
                    self.put_aside(&entry.name, Why::Sidecar, number, desk, at)?;
                    continue;
                }
                Err(error) => {
                    self.stays(&entry.name, &error, desk, at)?;
                    continue;
                }
            }
            if !self.claim(&entry.name, seen, number, desk, at)? {
                break;
            }
        }
        Ok(())
    }

    /// Claims a file. False where nothing more can be taken now.
    fn claim(
        &mut self,
        name: &str,
        seen: &Seen,
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<bool> {
        let is_full = self.waiting.len().saturating_add(self.offered.len()) >= self.config.taken_max;
        if is_full && desk.pushes_back() {
            return Ok(false);
        }
        if is_full {
            return self.put_aside(name, Why::Full, number, desk, at).map(|()| true);
        }
        let receipt = Receipt { epoch: self.epoch, number: *number };
        let to = taken(receipt);
        if let Err(error) = self.config.disk.rename(&format!("in/{name}"), &to) {
            return self.stays(name, &error, desk, at).map(|()| true);
        }
        *number = number.saturating_add(1);
        self.is_dirty = true;
        let look = self.config.disk.look(&to);
        self.copies.claim(receipt, look.as_ref().map_or(0, |look| look.size));
        if has_changed(seen, name, look) {
            // Somebody put another one there since it was looked at.
            self.pairs.spoil(receipt, Why::GrowingFile);
        }
        self.waiting.push_back(receipt);
        Ok(true)
    }

    /// True where this look may claim nothing more: where a lane pushes back, too much that is turned away is not on record
    /// yet; in any other, it has copied enough.
    pub(super) fn is_over(&self, desk: &Desk<'_>) -> bool {
        if desk.pushes_back() { self.is_crowded() } else { self.copies.is_enough() }
    }

    /// Whether a sidecar lies beside this name. The disk is asked: of a folder with many names one look sees a part.
    pub(super) fn has_sidecar(&self, name: &str) -> io::Result<bool> {
        if name.len().saturating_add(SIDECAR.len()) > NAME_MAX {
            // There cannot be one.
            return Ok(false);
        }
        self.is_there(&format!("in/{name}{SIDECAR}"))
    }

    /// False for a file that has changed since the last look, where that is what counts; it is noted in `seen` then.
    pub(super) fn has_settled(&self, name: &str, seen: &mut Seen) -> bool {
        if self.config.settle != Settle::Unchanged {
            return true;
        }
        // What cannot be looked at is found out by the claim.
        let Ok(look) = self.config.disk.look(&format!("in/{name}")) else { return true };
        let now = (look.size, look.changed);
        seen.insert(name.to_owned(), now);
        self.seen.get(name) == Some(&now)
    }

    /// True where what was taken is not what had settled under this name.
    pub(super) fn has_changed(&self, name: &str, path: &str) -> bool {
        has_changed(&self.seen, name, self.config.disk.look(path))
    }

    /// A sidecar waits where it is for its object, so that the object is never judged without it. It goes when its object
    /// has gone, in this look or in an earlier one: once its object was seen beside it, both are put aside.
    fn sidecar(
        &mut self,
        name: &str,
        object_was_here: bool,
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<()> {
        let object = object_of(name).unwrap_or(name);
        let is_gone = object_was_here
            && self
                .config
                .disk
                .look(&format!("in/{object}"))
                .is_err_and(|error| error.kind() == ErrorKind::NotFound);
        if is_gone {
            // A crash must not bring the object back alone.
            self.sync()?;
            return self.put_aside(name, Why::Sidecar, number, desk, at);
        }
        if !object_was_here && self.left.insert(name.to_owned()) {
            self.missed(Why::Sidecar, 0, None, desk, at);
        }
        Ok(())
    }

    /// What is never taken as an object gets a receipt and waits to be on record as turned away.
    pub(super) fn put_aside(
        &mut self,
        name: &str,
        why: Why,
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<()> {
        if self.is_crowded() {
            return self.discard(name, why, number, desk, at);
        }
        let receipt = Receipt { epoch: self.epoch, number: *number };
        let from = format!("in/{name}");
        let size = self.config.disk.look(&from).map_or(0, |look| look.size);
        // A sidecar that came before its object was told then.
        let moved = match self.left.contains(name) {
            true => self.keep(&from, &format!("turned-away/{receipt}")),
            false => self.mark(&from, None, (receipt, why, size), at),
        };
        if let Err(error) = moved {
            return self.stays(name, &error, desk, at);
        }
        *number = number.saturating_add(1);
        if !self.left.remove(name) {
            self.copies.claim(receipt, size);
        }
        Ok(())
    }

    /// Too much that is turned away is not on record yet, and this lane makes nobody wait: what comes on top is counted with
    /// others of its kind, and gone.
    pub(super) fn discard(
        &mut self,
        name: &str,
        why: Why,
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<()> {
        if desk.pushes_back() {
            return Ok(());
        }
        let (from, receipt) = (format!("in/{name}"), Receipt { epoch: self.epoch, number: *number });
        let disk = &self.config.disk;
        let size = disk.look(&from).map_or(0, |look| look.size);
        // A folder cannot be removed with what is in it.
        let gone = disk.remove(&from).or_else(|_| disk.rename(&from, &format!("turned-away/{receipt}")));
        if let Err(error) = gone {
            return self.stays(name, &error, desk, at);
        }
        *number = number.saturating_add(1);
        if !self.left.remove(name) {
            self.missed(why, size, None, desk, at);
        }
        Ok(())
    }

    /// A name could not be claimed. An error of the disk ends the look. A file that may not be moved out of a folder is none
    /// that is unfit: it is the folder that is shut to us, and the file is taken once it is not.
    pub(super) fn stays(
        &mut self,
        name: &str,
        error: &io::Error,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<()> {
        let why = match error.kind() {
            ErrorKind::NotFound if name.contains('\u{FFFD}') => Why::BadName,
            // Its writer took it back.
            ErrorKind::NotFound => return Ok(()),
            ErrorKind::InvalidInput => Why::BadName,
            ErrorKind::PermissionDenied | ErrorKind::CrossesDevices if !self.is_folder(name) => {
                self.shut_out(desk);
                return Ok(());
            }
            ErrorKind::PermissionDenied | ErrorKind::ResourceBusy | ErrorKind::CrossesDevices => {
                Why::UnreadableFile
            }
            _ => return Err(io::Error::from(error.kind())),
        };
        self.left.insert(name.to_owned());
        self.missed(why, 0, None, desk, at);
        Ok(())
    }
}

impl Folder {
    /// A folder that is not empty, or not ours, moves nowhere: that is its own fault.
    fn is_folder(&self, name: &str) -> bool {
        self.config.disk.look(&format!("in/{name}")).is_ok_and(|look| look.kind == Kind::Folder)
    }

    /// Counted once a look, however many files lie there.
    fn shut_out(&mut self, desk: &Desk<'_>) {
        if !std::mem::replace(&mut self.is_shut, true) {
            self.fault(desk);
        }
    }
}

/// True where what is there now is not what was noted.
fn has_changed(seen: &Seen, name: &str, now: io::Result<Look>) -> bool {
    seen.get(name).is_some_and(|noted| now.is_ok_and(|now| (now.size, now.changed) != *noted))
}

/// The name of the object that a sidecar is for.
pub(super) fn object_of(name: &str) -> Option<&str> {
    name.strip_suffix(SIDECAR).filter(|object| !object.is_empty())
}

/// True for a name under which no object is ever taken: a writer's own business, or a sidecar.
pub(super) fn is_no_object(name: &str) -> bool {
    is_private(name) || object_of(name).is_some()
}

/// A writer's own business.
pub(super) fn is_private(name: &str) -> bool {
    name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp")
}
