//! What is handed over is claimed by rename.

use super::pair::{NAME_MAX, SIDECAR, sidecar_path_of};
use super::{Folder, taken};
use crate::config::Settle;
use crate::desk::{Desk, Moment};
use crate::{Receipt, Why};
use lockgate_disk::{Entry, Kind};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

/// Names looked at in one look.
const NAMES: usize = 10_000;

impl Folder {
    /// Claims what is handed over.
    ///
    /// # Errors
    /// Those of the disk; what was claimed before stays claimed.
    pub(super) fn look(&mut self, number: &mut u64, desk: &mut Desk<'_>, at: Moment) -> io::Result<()> {
        let entries = self.config.disk.list("in", NAMES)?;
        if self.config.sidecars.is_some() {
            self.look_for_pairs(&entries, number, desk, at)?;
            return self.finish_halves(desk, at);
        }
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
            if !is_file {
                self.put_folder_aside(&entry.name, number, desk, at)?;
                continue;
            }
            let from = format!("in/{}", entry.name);
            if entry.kind == Kind::File && !self.has_settled(&entry.name, &mut seen) {
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
            let is_full = self.waiting.len().saturating_add(self.offered.len()) >= self.config.taken_max;
            if is_full && desk.pushes_back() {
                break;
            }
            let receipt = Receipt { epoch: self.epoch, number: *number };
            let to = taken(receipt);
            match self.config.disk.rename(&from, &to) {
                Ok(()) => *number = number.saturating_add(1),
                Err(error) => {
                    self.stays(&entry.name, &error, desk, at)?;
                    continue;
                }
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
        self.is_there(&format!("in/{name}{SIDECAR}"))
    }

    /// False for a file that has changed since the last look, where that is what counts; it is noted in `seen` then.
    fn has_settled(&self, name: &str, seen: &mut BTreeMap<String, (u64, i64)>) -> bool {
        if self.config.settle != Settle::Unchanged {
            return true;
        }
        // What cannot be looked at is found out by the claim.
        let Ok(look) = self.config.disk.look(&format!("in/{name}")) else { return true };
        let now = (look.size, look.changed);
        seen.insert(name.to_owned(), now);
        self.seen.get(name) == Some(&now)
    }

    /// Takes the sidecars of files that are there with one; the files follow. What stays alone for too long is put aside.
    fn look_for_pairs(
        &mut self,
        entries: &[Entry],
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<()> {
        let (mut seen, mut alone) = (BTreeMap::new(), BTreeMap::new());
        self.left.retain(|name| entries.binary_search_by(|entry| entry.name.cmp(name)).is_ok());
        for Entry { name, kind } in entries.iter().filter(|entry| !is_private(&entry.name)) {
            if *kind == Kind::Folder {
                self.put_folder_aside(name, number, desk, at)?;
                continue;
            }
            let (object, other, why) = match object_of(name) {
                Some(object) => (object, object.to_owned(), Why::Sidecar),
                None => (name.as_str(), format!("{name}{SIDECAR}"), Why::NoSidecar),
            };
            if self.left.contains(name) || (why == Why::Sidecar && self.left.contains(object)) {
                continue;
            }
            // What no folder takes as a name is not there.
            let is_pair =
                other.len() <= NAME_MAX && !is_no_object(object) && self.is_there(&format!("in/{other}"))?;
            if !is_pair {
                let since = self.alone.get(name).copied().unwrap_or(at.steady);
                let wait =
                    self.config.sidecars.map_or(lockgate_bytes::Duration::ZERO, |sidecars| sidecars.wait);
                match at.steady.since(since) >= wait {
                    true => self.put_aside(name, why, number, desk, at)?,
                    false => drop(alone.insert(name.clone(), since)),
                }
            } else if why == Why::NoSidecar && !self.take_sidecar(name, &mut seen, number, desk, at)? {
                break;
            }
        }
        (self.seen, self.alone) = (seen, alone);
        Ok(())
    }

    /// Takes the sidecar of a file that is there with one. False where nothing more can be taken now.
    fn take_sidecar(
        &mut self,
        name: &str,
        seen: &mut BTreeMap<String, (u64, i64)>,
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<bool> {
        let sidecar = format!("{name}{SIDECAR}");
        let have_settled = [name, sidecar.as_str()].map(|name| self.has_settled(name, seen));
        if have_settled.contains(&false) {
            return Ok(true);
        }
        let taken = self.waiting.len().saturating_add(self.offered.len()).saturating_add(self.pairs.halves());
        let is_full = taken >= self.config.taken_max;
        if is_full && desk.pushes_back() {
            return Ok(false);
        }
        let receipt = Receipt { epoch: self.epoch, number: *number };
        let to = sidecar_path_of(receipt, name);
        // A sidecar with a sidecar: nobody knows which of them speaks of the file.
        let is_odd = self.has_sidecar(&sidecar)?;
        let Some(to) = to.filter(|_| !is_odd && !is_full) else {
            self.put_aside(name, if is_full { Why::Full } else { Why::Sidecar }, number, desk, at)?;
            if !self.left.contains(name) {
                self.aside(&format!("in/{sidecar}"), receipt)?;
            }
            return Ok(true);
        };
        match self.config.disk.rename(&format!("in/{sidecar}"), &to) {
            Ok(()) => {
                *number = number.saturating_add(1);
                self.pairs.begin(receipt, name);
                Ok(true)
            }
            Err(error) => self.stays(&sidecar, &error, desk, at).map(|()| true),
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
            return self.put_aside(name, Why::Sidecar, number, desk, at);
        }
        if !object_was_here && self.left.insert(name.to_owned()) {
            self.missed(Why::Sidecar, 0, None, desk, at);
        }
        Ok(())
    }

    /// A folder is put aside, however many are kept: it cannot be removed with what is in it.
    fn put_folder_aside(
        &mut self,
        name: &str,
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<()> {
        if self.left.contains(name) {
            return Ok(());
        }
        let receipt = Receipt { epoch: self.epoch, number: *number };
        match self.config.disk.rename(&format!("in/{name}"), &format!("turned-away/{receipt}")) {
            Ok(()) => {
                *number = number.saturating_add(1);
                self.kept = self.kept.saturating_add(1);
                self.missed(Why::NotAFile, 0, None, desk, at);
                Ok(())
            }
            Err(error) => self.stays(name, &error, desk, at),
        }
    }

    /// An object with a sidecar, or the sidecar: put aside and counted, and never taken.
    fn put_aside(
        &mut self,
        name: &str,
        why: Why,
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<()> {
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
            self.missed(why, size, None, desk, at);
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

/// True for a name under which no object is ever taken: a writer's own business, or a sidecar.
fn is_no_object(name: &str) -> bool {
    is_private(name) || object_of(name).is_some()
}

/// A writer's own business.
fn is_private(name: &str) -> bool {
    name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp")
}
