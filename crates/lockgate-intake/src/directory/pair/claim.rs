//! Sidecars are claimed before their files, and only where both are there.

use super::super::Folder;
use super::super::away::loose_sidecar;
use super::super::claim::{Seen, is_no_object, is_private, object_of};
use super::{NAME_MAX, SIDECAR, sidecar_path_of};
use crate::desk::{Desk, Moment};
use crate::{Receipt, Why};
use lockgate_bytes::Time;
use lockgate_disk::{Entry, Kind};
use std::collections::BTreeMap;
use std::io;

impl Folder {
    /// Takes the sidecars of files that are there with one; the files follow. What stays alone for too long is put aside.
    pub(in crate::directory) fn look_for_pairs(
        &mut self,
        entries: &[Entry],
        (seen, alone): (&mut Seen, &mut BTreeMap<String, Time>),
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<()> {
        for Entry { name, kind } in entries.iter().filter(|entry| !is_private(&entry.name)) {
            if self.is_over(desk) {
                break;
            }
            let (object, other, why) = match object_of(name) {
                Some(object) => (object, object.to_owned(), Why::Sidecar),
                None => (name.as_str(), format!("{name}{SIDECAR}"), Why::NoSidecar),
            };
            if self.left.contains(name) || (why == Why::Sidecar && self.left.contains(object)) {
                continue;
            }
            if *kind == Kind::Folder {
                self.put_aside(name, Why::NotAFile, number, desk, at)?;
                continue;
            }
            // What no folder takes as a name is not there.
            let may_be_pair = other.len() <= NAME_MAX && !is_no_object(object);
            let is_pair = match may_be_pair.then(|| self.is_there(&format!("in/{other}"))).transpose() {
                Ok(is_there) => is_there.unwrap_or(false),
                // One name that cannot be used stops none behind it.
                Err(error) => {
                    self.stays(name, &error, desk, at)?;
                    continue;
                }
            };
            if !is_pair {
                let since = self.alone.get(name).copied().unwrap_or(at.steady);
                let wait =
                    self.config.sidecars.map_or(lockgate_bytes::Duration::ZERO, |sidecars| sidecars.wait);
                match at.steady.since(since) >= wait {
                    true => self.put_aside(name, why, number, desk, at)?,
                    false => drop(alone.insert(name.clone(), since)),
                }
            } else if why == Why::NoSidecar && !self.take_sidecar(name, seen, number, desk, at)? {
                break;
            }
        }
        Ok(())
    }

    /// Takes the sidecar of a file that is there with one. False where nothing more can be taken now.
    fn take_sidecar(
        &mut self,
        name: &str,
        seen: &mut Seen,
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
        let is_odd = match self.has_sidecar(&sidecar) {
            Ok(is_odd) => is_odd,
            Err(error) => return self.stays(name, &error, desk, at).map(|()| true),
        };
        let Some(to) = to.filter(|_| !is_odd && !is_full) else {
            let why = if is_full { Why::Full } else { Why::Sidecar };
            return self.put_both_aside(name, why, number, desk, at).map(|()| true);
        };
        if let Err(error) = self.config.disk.rename(&format!("in/{sidecar}"), &to) {
            return self.stays(&sidecar, &error, desk, at).map(|()| true);
        }
        *number = number.saturating_add(1);
        self.pairs.begin(receipt, name);
        Ok(true)
    }

    /// A file and its sidecar are put aside; the sidecar first, so that it is not there for another file of that name.
    fn put_both_aside(
        &mut self,
        name: &str,
        why: Why,
        number: &mut u64,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<()> {
        if self.is_crowded() {
            self.discard(&format!("{name}{SIDECAR}"), Why::Sidecar, number, desk, at)?;
            return self.discard(name, why, number, desk, at);
        }
        let receipt = Receipt { epoch: self.epoch, number: *number };
        let beside = loose_sidecar(receipt);
        if let Err(error) = self.config.disk.rename(&format!("in/{name}{SIDECAR}"), &beside) {
            return self.stays(name, &error, desk, at);
        }
        *number = number.saturating_add(1);
        let from = format!("in/{name}");
        let size = self.config.disk.look(&from).map_or(0, |look| look.size);
        match self.mark(&from, Some(beside.clone()), (receipt, why, size), at) {
            Ok(()) => {
                self.copies.claim(receipt, size);
                Ok(())
            }
            Err(error) => {
                self.turn_sidecar_away(&beside, receipt, at)?;
                self.stays(name, &error, desk, at)
            }
        }
    }
}
