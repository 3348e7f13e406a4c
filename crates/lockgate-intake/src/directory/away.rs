//! What is turned away: marked, told with its receipt, and moved only when that is on record.
//!
//! ```text
//!   taken/R, or in/NAME --(1)--> taken/R.WHY.SIZE.away --(2) told, on record, acknowledged (3)--> turned-away/R
//! ```
//! (1) is durable before (2), so that what was called unfit is never offered as an object again, whatever it is by then.
//! After a crash it is told again under its receipt, which the log knows where that is on record already. The sidecar of
//! such a file waits as `taken/R.bdo`, and goes before it.

use super::pair::{SIDECAR, missing_is_fine};
use super::{Folder, OFFERS, taken};
use crate::desk::{Desk, Missed, Moment};
use crate::{Receipt, Why};
use lockgate_bytes::Time;
use lockgate_disk::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;

/// What the name of a file has that is turned away, until that is on record.
const AWAY: &str = ".away";

/// Files on their way to `turned-away`.
#[derive(Default)]
pub(super) struct Away {
    all: BTreeMap<Receipt, Turned>,
    /// Not told yet, in order.
    untold: VecDeque<Receipt>,
    /// On record: they may be moved.
    recorded: BTreeSet<Receipt>,
}

struct Turned {
    path: String,
    /// Where its sidecar is, if it had one.
    beside: Option<String>,
    why: Why,
    size: u64,
    /// When it was found unfit, where that was in this run.
    since: Option<Time>,
}

impl Away {
    /// What an earlier run left among its taken files.
    pub(super) fn found(entries: &[Entry]) -> Self {
        let mut away = Self::default();
        for name in entries.iter().map(|entry| entry.name.as_str()) {
            if let Some((receipt, why, size)) = parse(name) {
                let path = format!("taken/{name}");
                away.insert(receipt, Turned { path, beside: None, why, size, since: None });
            }
        }
        away
    }

    /// A sidecar that an earlier run left without an object that is offered: it belongs to what is turned away, or is that
    /// itself.
    pub(super) fn found_beside(&mut self, receipt: Receipt, path: String) {
        match self.all.get_mut(&receipt) {
            Some(turned) => turned.beside = Some(path),
            None => {
                self.insert(receipt, Turned { path, beside: None, why: Why::Sidecar, size: 0, since: None });
            }
        }
    }

    /// True where it is known here.
    pub(super) fn has(&self, receipt: Receipt) -> bool {
        self.all.contains_key(&receipt)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The largest receipt among them.
    pub(super) fn last(&self) -> Option<Receipt> {
        self.all.keys().next_back().copied()
    }

    /// True where something has to be told.
    pub(super) fn has_untold(&self) -> bool {
        !self.untold.is_empty()
    }

    /// Where it and its sidecar (true) lie until they are on record.
    pub(super) fn marked(&self, receipt: Receipt) -> Option<Vec<(String, bool)>> {
        let turned = self.all.get(&receipt)?;
        let beside = turned.beside.iter().map(|path| (path.clone(), true));
        Some(std::iter::once((turned.path.clone(), false)).chain(beside).collect())
    }

    /// It is on record. False where it is not one of these.
    pub(super) fn is_recorded(&mut self, receipt: Receipt) -> bool {
        let is_ours = self.has(receipt) && !self.untold.contains(&receipt);
        if is_ours {
            self.recorded.insert(receipt);
        }
        is_ours
    }

    fn insert(&mut self, receipt: Receipt, turned: Turned) {
        self.all.insert(receipt, turned);
        self.untold.push_back(receipt);
    }
}

impl Folder {
    /// Turns a taken file away, with its sidecar where it has one. It is told with the next round.
    pub(super) fn turn_away(&mut self, receipt: Receipt, why: Why, size: u64, at: Moment) -> io::Result<()> {
        self.put_sidecar_aside(receipt)?;
        let beside = self.pairs.is_one(receipt).then(|| loose_sidecar(receipt));
        let object = self.pairs.object(receipt);
        self.mark(&object, beside, (receipt, why, size), at).or_else(missing_is_fine)?;
        self.pairs.forget(receipt);
        self.copies.forget(receipt);
        Ok(())
    }

    /// Gives what lies there the name of something that is turned away; of a file that is gone, the word remains.
    ///
    /// # Errors
    /// Those of the disk. But for [`io::ErrorKind::NotFound`] nothing has changed then.
    pub(super) fn mark(
        &mut self,
        from: &str,
        beside: Option<String>,
        (receipt, why, size): (Receipt, Why, u64),
        at: Moment,
    ) -> io::Result<()> {
        let path = format!("{}.{why}.{size}{AWAY}", taken(receipt));
        let moved = self.config.disk.rename(from, &path);
        let is_gone = moved.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if moved.is_ok() || (is_gone && from.starts_with("taken/")) {
            self.is_dirty = true;
            self.away.insert(receipt, Turned { path, beside, why, size, since: Some(at.now) });
        }
        moved
    }

    /// A sidecar whose object is not here is turned away by itself.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn turn_sidecar_away(&mut self, from: &str, receipt: Receipt, at: Moment) -> io::Result<()> {
        let path = loose_sidecar(receipt);
        self.config.disk.rename(from, &path).or_else(missing_is_fine)?;
        self.is_dirty = true;
        let (why, since) = (Why::Sidecar, Some(at.now));
        self.away.insert(receipt, Turned { path, beside: None, why, size: 0, since });
        Ok(())
    }

    /// Tells what is turned away, once its mark is durable.
    pub(super) fn tell_away(&mut self, desk: &mut Desk<'_>, at: Moment) {
        if !self.away.has_untold() || self.is_dirty || at.steady < self.retry_at {
            return;
        }
        for _ in 0..OFFERS {
            let Some(receipt) = self.away.untold.front().copied().filter(|_| desk.is_clear(self.source, at))
            else {
                return;
            };
            if let Some(turned) = self.away.all.get(&receipt) {
                let nothing: &[u8] = &[];
                let missed = Missed {
                    listener: self.listener,
                    source: Some(self.source),
                    why: turned.why,
                    size: usize::try_from(turned.size).unwrap_or(usize::MAX),
                    bytes: (turned.why == Why::Empty).then_some(nothing),
                };
                if !desk.file_away(missed, receipt, turned.since, at) {
                    self.retry_at = at.steady.plus(self.config.look_every);
                    return;
                }
            }
            self.away.untold.pop_front();
        }
    }

    /// Moves what is on record to where it is kept: sidecars first, and durably, so that none is ever left alone.
    ///
    /// # Errors
    /// Those of the disk; what is left is tried again.
    pub(super) fn settle_away(&mut self) -> io::Result<()> {
        let due: Vec<Receipt> = self.away.recorded.iter().copied().collect();
        let mut has_parted = false;
        for receipt in &due {
            if let Some(path) = self.away.all.get(receipt).and_then(|turned| turned.beside.clone()) {
                self.keep(&path, &format!("turned-away/{receipt}{SIDECAR}"))?;
                has_parted = true;
            }
        }
        if has_parted {
            self.config.disk.sync_dir("turned-away")?;
            self.config.disk.sync_dir("taken")?;
        }
        for receipt in due {
            if let Some(path) = self.away.all.get(&receipt).map(|turned| turned.path.clone()) {
                let end = if path.ends_with(SIDECAR) { SIDECAR } else { "" };
                self.keep(&path, &format!("turned-away/{receipt}{end}"))?;
            }
            self.away.all.remove(&receipt);
            self.away.recorded.remove(&receipt);
        }
        Ok(())
    }

    /// Keeps a file in `turned-away`, or removes it where that is full. What cannot be removed is kept, however many are.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn keep(&mut self, path: &str, to: &str) -> io::Result<()> {
        let has_room = self.has_room()?;
        let disk = &self.config.disk;
        let moved = match has_room {
            true => disk.rename(path, to),
            false => disk.remove(path).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Err(error),
                _ => disk.rename(path, to),
            }),
        };
        self.kept = self.kept.saturating_add(usize::from(has_room && moved.is_ok()));
        moved.or_else(missing_is_fine)
    }

    /// Where as many are kept as may be, somebody may have taken them out: it is looked at again, once a look.
    fn has_room(&mut self) -> io::Result<bool> {
        if self.kept >= self.config.turned_away_max && !self.is_counted {
            self.is_counted = true;
            self.kept = self.config.disk.list("turned-away", self.config.turned_away_max)?.len();
        }
        Ok(self.kept < self.config.turned_away_max)
    }

    /// As many files wait to be put on record as turned away as may be: those of a lane that pushes back stay where they
    /// were handed over, in any other what comes on top is counted and gone.
    pub(super) fn is_crowded(&self) -> bool {
        self.away.len().saturating_sub(self.away.recorded.len()) >= self.config.away_max
    }
}

/// Where the sidecar of something is that is turned away.
pub(super) fn loose_sidecar(receipt: Receipt) -> String {
    format!("{}{SIDECAR}", taken(receipt))
}

fn parse(name: &str) -> Option<(Receipt, Why, u64)> {
    let mut parts = name.strip_suffix(AWAY)?.split('.');
    let (receipt, why, size) = (parts.next()?, parts.next()?, parts.next()?);
    let why = Why::ALL.iter().copied().find(|known| known.name() == why)?;
    let is_all = parts.next().is_none();
    Receipt::parse(receipt)
        .zip(size.parse().ok())
        .filter(|_| is_all)
        .map(|(receipt, size)| (receipt, why, size))
}

#[cfg(test)]
mod tests;
