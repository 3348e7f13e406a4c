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

use super::{Folder, taken};
use crate::desk::{Desk, Moment};
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
    /// While they were taken another sidecar came under their name.
    spoilt: BTreeSet<Receipt>,
}

/// Where the parts of a taken file are.
pub(super) struct Parts {
    pub(super) object: String,
    /// The name of the object as it was handed over, and where its sidecar is.
    pub(super) sidecar: Option<(String, String)>,
}

impl Pairs {
    /// What an earlier run left among its taken files, and what is to be offered again.
    pub(super) fn found(entries: &[Entry]) -> (Self, Vec<Receipt>) {
        let (mut pairs, mut offered, mut names) = (Self::default(), Vec::new(), BTreeMap::new());
        for name in entries.iter().map(|entry| entry.name.as_str()) {
            if let Some(receipt) = Receipt::parse(name) {
                offered.push(receipt);
            } else if let Some(receipt) = name.strip_suffix(PAIR).and_then(Receipt::parse) {
                pairs.whole.insert(receipt, None);
            } else if let Some(receipt) = name.strip_suffix(DONE).and_then(Receipt::parse) {
                pairs.marked.insert(receipt, None);
            } else if let Some((receipt, object)) = half(name) {
                names.insert(receipt, object.to_owned());
            }
        }
        for (receipt, name) in names {
            match (pairs.whole.get_mut(&receipt), pairs.marked.get_mut(&receipt)) {
                (Some(there), _) | (None, Some(there)) => *there = Some(name),
                (None, None) => drop(pairs.halves.insert(receipt, name)),
            }
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
        let object = self.pairs.object(receipt);
        match (self.pairs.whole.get(&receipt), &self.config.sidecars) {
            (None, None) => Ok(Parts { object, sidecar: None }),
            _ if self.pairs.spoilt.contains(&receipt) => Err(Why::Sidecar),
            (Some(Some(name)), Some(_)) => {
                Ok(Parts { object, sidecar: Some((name.clone(), sidecar_path(receipt, name))) })
            }
            (Some(Some(_)), None) => Err(Why::Sidecar),
            (None | Some(None), _) => Err(Why::NoSidecar),
        }
    }

    /// What lies beside a taken file, if anything does; or why it is not even read.
    pub(super) fn look_beside(&self, parts: &Parts) -> io::Result<Result<Option<Look>, Why>> {
        let (Some((_, path)), Some(sidecars)) = (&parts.sidecar, &self.config.sidecars) else {
            return Ok(Ok(None));
        };
        let look = match self.config.disk.look(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Err(Why::NoSidecar)),
            look => look?,
        };
        Ok(match self.unfit(&look, sidecars.size_max) {
            Some(why) => Err(why),
            None => Ok(Some(look)),
        })
    }

    /// Takes the objects whose sidecars are taken. What they are beside is durable by then.
    ///
    /// # Errors
    /// Those of the disk; the rest follows with the next look.
    pub(super) fn finish_halves(&mut self, desk: &mut Desk<'_>, at: Moment) -> io::Result<()> {
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
                Ok(()) => {
                    self.is_dirty = true;
                    self.pairs.halves.remove(&receipt);
                    self.pairs.whole.insert(receipt, Some(name));
                    self.waiting.push_back(receipt);
                    if self.is_there(&format!("{from}{SIDECAR}")).unwrap_or(true) {
                        // Another one came in between. What is known in memory only would be forgotten by a kill.
                        self.pairs.spoilt.insert(receipt);
                        self.put_sidecar_aside(receipt)?;
                    }
                }
                Err(error) if is_of_the_file(&error) => {
                    // The object was taken back, or cannot be moved: where it is, it waits for another sidecar.
                    self.aside(&sidecar_path(receipt, &name), receipt)?;
                    self.pairs.halves.remove(&receipt);
                    self.missed(Why::Sidecar, 0, None, desk, at);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Puts the sidecar of a taken file aside, before the file: alone that is never taken for one without a sidecar.
    pub(super) fn put_sidecar_aside(&mut self, receipt: Receipt) -> io::Result<()> {
        if let Some(Some(name)) = self.pairs.whole.get(&receipt) {
            let path = sidecar_path(receipt, name);
            self.aside(&path, receipt)?;
            self.pairs.whole.insert(receipt, None);
        }
        Ok(())
    }

    /// Puts a sidecar aside, under the receipt of its object.
    pub(super) fn aside(&mut self, path: &str, receipt: Receipt) -> io::Result<()> {
        let (disk, to) = (&self.config.disk, format!("turned-away/{receipt}{SIDECAR}"));
        let has_room = self.kept < self.config.turned_away_max;
        let moved = match has_room {
            true => disk.rename(path, &to),
            false => disk.remove(path).or_else(|_| disk.rename(path, &to)),
        };
        match moved {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            moved => {
                self.kept = self.kept.saturating_add(usize::from(has_room && moved.is_ok()));
                Ok(())
            }
        }
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
