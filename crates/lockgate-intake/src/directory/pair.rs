//! Files with a sidecar: taken together, read together, gone together.
//!
//! ```text
//!   in/NAME.bdo --(1)--> taken/R.NAME.bdo      (1) is durable before (2) begins: a file that is taken as one of a pair
//!   in/NAME     --(2)--> taken/R.pair              always has its sidecar there
//!   acknowledged: R.pair --(3)--> R.done, durable; the sidecar goes, durable; R.done goes
//! ```
//! After a crash `R.pair` with its sidecar is offered again, a sidecar alone has its file fetched or is put aside, `R.done`
//! goes with its sidecar, and `R.pair` alone, which nothing here leaves behind but a file on its way to `turned-away`, is
//! put aside: no state of these is taken for a file without a sidecar.

mod claim;

use super::away::{Away, loose_sidecar};
use super::{Folder, taken};
use crate::desk::Moment;
use crate::{Receipt, Why};
use lockgate_disk::{Entry, Look};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};

/// What the name of a sidecar has after the name of its object (the sidecar profile of ADatP-4778.2).
pub(super) const SIDECAR: &str = ".bdo";
/// What the name of a taken object has that has a sidecar, and the same once it is decided.
const PAIR: &str = ".pair";
const DONE: &str = ".done";
/// Bytes of a name in a folder, at most (Linux `NAME_MAX`).
pub(super) const NAME_MAX: usize = 255;

/// Taken files with a sidecar.
#[derive(Default)]
pub(super) struct Pairs {
    /// The name under which each was handed over; none where its sidecar is not there.
    whole: BTreeMap<Receipt, Option<String>>,
    /// Sidecars whose object is still where it was handed over, with its name.
    halves: BTreeMap<Receipt, String>,
    /// Decided, and marked as such: what is left of each goes. The name, where its sidecar is still there.
    marked: BTreeMap<Receipt, Option<String>>,
    /// What was found wrong while they were taken: above all another sidecar under their name.
    spoilt: BTreeMap<Receipt, Why>,
}

/// Where the parts of a taken file are.
pub(super) struct Parts {
    pub(super) object: String,
    /// The name of the object as it was handed over, and where its sidecar is.
    pub(super) sidecar: Option<(String, String)>,
}

impl Pairs {
    /// What an earlier run left among its taken files, and what is to be offered again.
    pub(super) fn found(entries: &[Entry], away: &mut Away) -> (Self, Vec<Receipt>) {
        let (mut pairs, mut offered, mut names) = (Self::default(), Vec::new(), BTreeMap::new());
        let mut loose = Vec::new();
        for name in entries.iter().map(|entry| entry.name.as_str()) {
            if let Some(receipt) = Receipt::parse(name) {
                offered.push(receipt);
            } else if let Some(receipt) = name.strip_suffix(PAIR).and_then(Receipt::parse) {
                pairs.whole.insert(receipt, None);
            } else if let Some(receipt) = name.strip_suffix(DONE).and_then(Receipt::parse) {
                pairs.marked.insert(receipt, None);
            } else if let Some((receipt, object)) = half(name) {
                names.insert(receipt, object.to_owned());
            } else if let Some(receipt) = name.strip_suffix(SIDECAR).and_then(Receipt::parse) {
                loose.push(receipt);
            }
        }
        for (receipt, name) in names {
            match (pairs.whole.get_mut(&receipt), pairs.marked.get_mut(&receipt)) {
                (Some(there), _) | (None, Some(there)) => *there = Some(name),
                (None, None) if away.has(receipt) => away.found_beside(receipt, sidecar_path(receipt, &name)),
                (None, None) => drop(pairs.halves.insert(receipt, name)),
            }
        }
        // Of one that is still to be turned away it is found where it was put.
        for receipt in loose.into_iter().filter(|receipt| !pairs.whole.contains_key(receipt)) {
            away.found_beside(receipt, loose_sidecar(receipt));
        }
        offered.extend(pairs.whole.keys());
        (pairs, offered)
    }

    /// The receipts that only have to be removed.
    pub(super) fn decided(&self) -> BTreeSet<Receipt> {
        self.marked.keys().copied().collect()
    }

    /// The largest receipt among them.
    pub(super) fn last(&self) -> Option<Receipt> {
        let last = [self.marked.keys().last(), self.whole.keys().last(), self.halves.keys().last()];
        last.into_iter().flatten().max().copied()
    }

    /// Objects that are not taken yet, though their sidecars are.
    pub(super) fn halves(&self) -> usize {
        self.halves.len()
    }

    /// True where the file has, or had, a sidecar.
    pub(super) fn is_one(&self, receipt: Receipt) -> bool {
        self.whole.contains_key(&receipt) || self.marked.contains_key(&receipt)
    }

    /// Where the object is.
    pub(super) fn object(&self, receipt: Receipt) -> String {
        let object = taken(receipt);
        if self.whole.contains_key(&receipt) { object + PAIR } else { object }
    }

    /// Its sidecar is put aside; its object is not taken.
    pub(super) fn end(&mut self, receipt: Receipt) {
        self.halves.remove(&receipt);
        self.spoilt.remove(&receipt);
    }

    /// It is found wrong while it is taken; the first word holds.
    pub(super) fn spoil(&mut self, receipt: Receipt, why: Why) {
        self.spoilt.entry(receipt).or_insert(why);
    }

    /// Where the sidecar is, if it has one.
    pub(super) fn sidecar(&self, receipt: Receipt) -> Option<String> {
        self.whole.get(&receipt).and_then(Option::as_ref).map(|name| sidecar_path(receipt, name))
    }

    pub(super) fn forget(&mut self, receipt: Receipt) {
        self.whole.remove(&receipt);
        self.spoilt.remove(&receipt);
    }

    /// A sidecar is taken, and its object is not yet.
    pub(super) fn begin(&mut self, receipt: Receipt, name: &str) {
        self.halves.insert(receipt, name.to_owned());
    }
}

impl Folder {
    /// Where the parts of a taken file are, or why they are not what the lane asks for.
    pub(super) fn parts(&self, receipt: Receipt) -> Result<Parts, Why> {
        if let Some(why) = self.pairs.spoilt.get(&receipt) {
            return Err(*why);
        }
        let object = self.pairs.object(receipt);
        match (self.pairs.whole.get(&receipt), &self.config.sidecars) {
            (None, None) => Ok(Parts { object, sidecar: None }),
            (Some(Some(name)), Some(_)) => {
                Ok(Parts { object, sidecar: Some((name.clone(), sidecar_path(receipt, name))) })
            }
            (Some(Some(_)), None) => Err(Why::Sidecar),
            (None | Some(None), _) => Err(Why::NoSidecar),
        }
    }

    /// What lies beside a taken file, if anything does; or why it is not even read.
    pub(super) fn look_beside(
        &self,
        receipt: Receipt,
        parts: &Parts,
    ) -> io::Result<Result<Option<Look>, Why>> {
        let (Some((_, path)), Some(sidecars)) = (&parts.sidecar, &self.config.sidecars) else {
            return Ok(Ok(None));
        };
        let look = match self.config.disk.look(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Err(Why::NoSidecar)),
            look => look?,
        };
        Ok(match self.unfit(&look, sidecars.size_max, self.copies.has(receipt, true)) {
            Some(why) => Err(why),
            None => Ok(Some(look)),
        })
    }

    /// Takes the objects whose sidecars are taken. What they are beside is durable by then.
    ///
    /// # Errors
    /// Those of the disk; the rest follows with the next look.
    pub(super) fn finish_halves(&mut self, at: Moment) -> io::Result<()> {
        if self.pairs.halves.is_empty() {
            return Ok(());
        }
        self.sync()?;
        while let Some((receipt, name)) = self.pairs.halves.first_key_value() {
            let (receipt, name) = (*receipt, name.clone());
            let from = format!("in/{name}");
            let is_another = self.is_there(&format!("{from}{SIDECAR}"))?;
            let moved = match is_another {
                // Somebody hands in under this name again: nobody knows what belongs to what.
                true => Err(ErrorKind::AlreadyExists.into()),
                false => self.config.disk.rename(&from, &format!("{}{PAIR}", taken(receipt))),
            };
            match moved {
                Ok(()) => self.is_whole(receipt, name)?,
                Err(error) if is_of_the_file(&error) => {
                    // The object was taken back, or cannot be moved: where it is, it waits for another sidecar.
                    self.turn_sidecar_away(&sidecar_path(receipt, &name), receipt, at)?;
                    self.pairs.end(receipt);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Both halves are taken.
    fn is_whole(&mut self, receipt: Receipt, name: String) -> io::Result<()> {
        self.is_dirty = true;
        self.pairs.halves.remove(&receipt);
        self.waiting.push_back(receipt);
        let is_another = self.is_there(&format!("in/{name}{SIDECAR}")).unwrap_or(true);
        let (path, sidecar) = (format!("{}{PAIR}", taken(receipt)), sidecar_path(receipt, &name));
        let size = self.config.disk.look(&path).map_or(0, |look| look.size);
        self.copies.claim(receipt, size);
        // Somebody may have put another one there since it was looked at.
        let has_changed =
            self.has_changed(&name, &path) || self.has_changed(&format!("{name}{SIDECAR}"), &sidecar);
        self.pairs.whole.insert(receipt, Some(name));
        if is_another || has_changed {
            self.pairs.spoil(receipt, if is_another { Why::Sidecar } else { Why::GrowingFile });
        }
        if self.pairs.spoilt.contains_key(&receipt) {
            // Another one came in between. What is known in memory only would be forgotten by a kill.
            self.put_sidecar_aside(receipt)?;
        }
        Ok(())
    }

    /// Takes the name of its object from the sidecar of a taken file, before the file is turned away: alone that is never
    /// taken for one without a sidecar, nor the sidecar for that of another.
    pub(super) fn put_sidecar_aside(&mut self, receipt: Receipt) -> io::Result<()> {
        if let Some(path) = self.pairs.sidecar(receipt) {
            self.config.disk.rename(&path, &loose_sidecar(receipt)).or_else(missing_is_fine)?;
            self.is_dirty = true;
            self.pairs.whole.insert(receipt, None);
        }
        Ok(())
    }

    /// Removes pairs that are acknowledged, so that at no moment one of them looks like something else.
    ///
    /// # Errors
    /// Those of the disk; what is left is tried again.
    pub(super) fn sweep_pairs(&mut self) -> io::Result<()> {
        let disk = &self.config.disk;
        let due = |receipt: &Receipt| self.done.contains(receipt);
        let ended: Vec<Receipt> = self.pairs.whole.keys().copied().filter(due).collect();
        if ended.is_empty() && self.pairs.marked.is_empty() {
            return Ok(());
        }
        for receipt in ended {
            let done = disk.rename(&self.pairs.object(receipt), &format!("{}{DONE}", taken(receipt)));
            done.or_else(missing_is_fine)?;
            let name = self.pairs.whole.remove(&receipt).flatten();
            self.pairs.marked.insert(receipt, name);
            self.copies.forget(receipt);
        }
        disk.sync_dir("taken")?;
        for (receipt, name) in &mut self.pairs.marked {
            if let Some(there) = name {
                disk.remove(&sidecar_path(*receipt, there)).or_else(missing_is_fine)?;
                *name = None;
            }
        }
        disk.sync_dir("taken")?;
        while let Some((receipt, _)) = self.pairs.marked.first_key_value() {
            let receipt = *receipt;
            disk.remove(&format!("{}{DONE}", taken(receipt))).or_else(missing_is_fine)?;
            self.pairs.marked.remove(&receipt);
            self.done.remove(&receipt);
        }
        Ok(())
    }

    /// Whether anything stands under the name.
    pub(super) fn is_there(&self, name: &str) -> io::Result<bool> {
        match self.config.disk.look(name) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Where a taken sidecar is; none where its name would be longer than names are.
pub(super) fn sidecar_path_of(receipt: Receipt, name: &str) -> Option<String> {
    let path = sidecar_path(receipt, name);
    let length = path.strip_prefix("taken/").map_or(usize::MAX, str::len);
    (length <= NAME_MAX).then_some(path)
}

fn sidecar_path(receipt: Receipt, name: &str) -> String {
    format!("{}.{name}{SIDECAR}", taken(receipt))
}

/// Receipt and object of a taken sidecar.
fn half(name: &str) -> Option<(Receipt, &str)> {
    let (receipt, rest) = name.split_once('.')?;
    let object = rest.strip_suffix(SIDECAR).filter(|object| !object.is_empty())?;
    Some((Receipt::parse(receipt)?, object))
}

pub(super) fn missing_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// True where it is the file that cannot be moved; the disk is well.
fn is_of_the_file(error: &io::Error) -> bool {
    use ErrorKind::{AlreadyExists, CrossesDevices, InvalidInput, NotFound, PermissionDenied, ResourceBusy};
    matches!(
        error.kind(),
        AlreadyExists | CrossesDevices | InvalidInput | NotFound | PermissionDenied | ResourceBusy
    )
}

#[cfg(test)]
mod tests;
