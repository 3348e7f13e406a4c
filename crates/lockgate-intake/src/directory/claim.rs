//! What is handed over is claimed by rename.

use super::{Folder, taken};
use crate::config::Settle;
use crate::desk::{Desk, Moment};
use crate::{Receipt, Why};
use lockgate_disk::Kind;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

/// Names looked at in one look.
const NAMES: usize = 10_000;
/// Bytes of a name in a folder, at most (Linux `NAME_MAX`).
const NAME_MAX: usize = 255;
/// What the name of a sidecar has after the name of its object (the sidecar profile of ADatP-4778.2).
const SIDECAR: &str = ".bdo";

impl Folder {
    /// Claims what is handed over.
    ///
    /// # Errors
    /// Those of the disk; what was claimed before stays claimed.
    pub(super) fn look(&mut self, number: &mut u64, desk: &mut Desk<'_>, at: Moment) -> io::Result<()> {
        let entries = self.config.disk.list("in", NAMES)?;
        let mut seen = BTreeMap::new();
        self.left.retain(|name| entries.binary_search_by(|entry| entry.name.cmp(name)).is_ok());
        let is_here = |name: &str| entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).is_ok();
        for entry in entries.iter().filter(|entry| !is_private(&entry.name)) {
            let is_file = entry.kind != Kind::Folder;
            if let Some(object) = object_of(&entry.name).filter(|_| is_file) {
                self.sidecar(&entry.name, is_here(object), number, desk, at)?;
                continue;
            }
            if self.left.contains(&entry.name) {
                continue;
            }
            let from = format!("in/{}", entry.name);
            if entry.kind == Kind::File && self.config.settle == Settle::Unchanged {
                // What cannot be looked at is found out by the claim.
                if let Ok(look) = self.config.disk.look(&from) {
                    let now = (look.size, look.changed);
                    if self.seen.get(&entry.name) != Some(&now) {
                        seen.insert(entry.name.clone(), now);
                        continue;
                    }
                }
            }
            if is_file {
                match self.has_sidecar(&entry.name) {
                    Ok(false) => {}
                    Ok(true) => {
                        self.put_aside(&entry.name, number, desk, at)?;
                        continue;
                    }
                    Err(error) => {
                        self.stays(&entry.name, &error, desk, at)?;
                        continue;
                    }
                }
            }
            let is_full = self.waiting.len().saturating_add(self.offered.len()) >= self.config.taken_max;
            if is_full && desk.pushes_back() {
                break;
            }
            let receipt = Receipt { epoch: self.epoch, number: *number };
            let to =
                if entry.kind == Kind::Folder { format!("turned-away/{receipt}") } else { taken(receipt) };
            match self.config.disk.rename(&from, &to) {
                Ok(()) => *number = number.saturating_add(1),
                Err(error) => {
                    self.stays(&entry.name, &error, desk, at)?;
                    continue;
                }
            }
            if entry.kind == Kind::Folder {
                self.kept = self.kept.saturating_add(1);
                self.missed(Why::NotAFile, 0, None, desk, at);
                continue;
            }
            self.is_dirty = true;
            if is_full {
                let size = self.config.disk.look(&to).map_or(0, |look| look.size);
                if self.turn_away(receipt, Why::Full, size, None, desk, at).is_ok() {
                    continue;
                }
            }
            self.waiting.push_back(receipt);
        }
        self.seen = seen;
        Ok(())
    }

    /// Whether a sidecar lies beside this name. The disk is asked: of a folder with many names one look sees a part.
    fn has_sidecar(&self, name: &str) -> io::Result<bool> {
        if name.len().saturating_add(SIDECAR.len()) > NAME_MAX {
            // There cannot be one.
            return Ok(false);
        }
        match self.config.disk.look(&format!("in/{name}{SIDECAR}")) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
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
            self.config.disk.sync_dir("turned-away")?;
            self.config.disk.sync_dir("in")?;
            return self.put_aside(name, number, desk, at);
        }
        if !object_was_here && self.left.insert(name.to_owned()) {
            self.missed(Why::Sidecar, 0, None, desk, at);
        }
        Ok(())
    }

    /// An object with a sidecar, or the sidecar: put aside and counted, and never taken.
    fn put_aside(&mut self, name: &str, number: &mut u64, desk: &mut Desk<'_>, at: Moment) -> io::Result<()> {
        let receipt = Receipt { epoch: self.epoch, number: *number };
        let from = format!("in/{name}");
        let size = self.config.disk.look(&from).map_or(0, |look| look.size);
        let has_room = self.kept < self.config.turned_away_max;
        let moved = if has_room {
            self.config.disk.rename(&from, &format!("turned-away/{receipt}"))
        } else {
            self.config.disk.remove(&from)
        };
        if let Err(error) = moved {
            return self.stays(name, &error, desk, at);
        }
        *number = number.saturating_add(1);
        self.kept = self.kept.saturating_add(usize::from(has_room));
        // A sidecar that came before its object was counted then.
        if !self.left.remove(name) {
            self.missed(Why::Sidecar, size, None, desk, at);
        }
        Ok(())
    }

    /// A name could not be claimed. An error of the disk ends the look.
    fn stays(&mut self, name: &str, error: &io::Error, desk: &mut Desk<'_>, at: Moment) -> io::Result<()> {
        let why = match error.kind() {
            ErrorKind::NotFound if name.contains('\u{FFFD}') => Why::BadName,
            // Its writer took it back.
            ErrorKind::NotFound => return Ok(()),
            ErrorKind::InvalidInput => Why::BadName,
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

/// The name of the object that a sidecar is for.
fn object_of(name: &str) -> Option<&str> {
    name.strip_suffix(SIDECAR).filter(|object| !object.is_empty())
}

/// A writer's own business.
fn is_private(name: &str) -> bool {
    name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp")
}
