//! A folder with atomic hand-over: settle, claim by rename, read, offer; remove when acknowledged.
//!
//! ```text
//!   in/NAME --rename--> taken/EPOCH-N --read, offered--> acknowledged: removed
//!                             \-- not fit --> told --> acknowledged: turned-away/EPOCH-N
//! ```
//! A file with a sidecar takes the same way, and only together with it: see [`pair`]. What is not fit is on record before it
//! leaves `taken`: see [`away`]. In a lane that does not push back the taken file is a copy of ours: see [`own`].
//!
//! All checks are made on the taken file, in a folder where nobody else can exchange it. A claim is durable before the
//! file is offered, so that after a crash a file is either in `in`, or in `taken` under the receipt it had.

mod away;
mod claim;
mod own;
mod pair;
mod read;
mod root;

pub use root::open_folder;

use crate::config::Directory;
use crate::desk::{Desk, Missed, Moment};
use crate::{Receipt, Why};
use away::Away;
use claim::Seen;
use lockgate_bytes::Time;
use lockgate_disk::{Disk, Lock};
use own::Copies;
use pair::Pairs;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, ErrorKind};

/// Files offered before others get their turn.
const OFFERS: usize = 64;
/// Bytes read at once.
const CHUNK: usize = 1 << 20;
/// So often a file is tried that the disk does not give.
const TRIES: u32 = 50;

/// One watched folder.
pub(crate) struct Folder {
    listener: usize,
    source: usize,
    size_max: u64,
    config: Directory,
    epoch: u64,
    next_look: Time,
    /// Size and time of change at the last look, of what is not settled.
    seen: Seen,
    /// What could not be moved and was counted once.
    left: BTreeSet<String>,
    waiting: VecDeque<Receipt>,
    offered: BTreeSet<Receipt>,
    /// Acknowledged, but not removed yet.
    done: BTreeSet<Receipt>,
    /// Taken files with a sidecar, and sidecars without their file.
    pairs: Pairs,
    /// Files that are turned away, until that is on record.
    away: Away,
    /// Taken files that are copies of ours.
    copies: Copies,
    /// Who we are, by the owner of our own files.
    us: u32,
    /// Claims that may not survive a crash yet.
    is_dirty: bool,
    /// Files in `turned-away`, and whether they were counted again in this look.
    kept: usize,
    is_counted: bool,
    /// Nothing may be moved out of `in`, as this look found.
    is_shut: bool,
    tries: u32,
    retry_at: Time,
    /// Since when a name waits for its other half.
    alone: BTreeMap<String, Time>,
    _lock: Box<dyn Lock>,
}

/// What became of a taken file.
enum Fate {
    Offered,
    TurnedAway,
    /// Not now.
    Later,
}

impl Folder {
    /// Opens it. Files that an earlier run has taken and that were not acknowledged are offered again, first.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(crate) fn open(
        config: &Directory,
        listener: usize,
        source: usize,
        size_max: usize,
        epoch: u64,
    ) -> Result<Self, String> {
        let disk = &config.disk;
        let lock = disk.lock("lock").map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => "another intake uses the folder; only one may".to_owned(),
            _ => format!("cannot lock the folder: {error}"),
        })?;
        for folder in ["in", "taken", "turned-away"] {
            match disk.create_dir(folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(format!("cannot make the folder `{folder}`: {error}"));
                }
                _ => {}
            }
        }
        disk.sync_dir("").map_err(|error| format!("cannot sync the folder: {error}"))?;
        let list = |folder| {
            disk.list(folder, usize::MAX)
                .map_err(|error| format!("cannot list the folder `{folder}`: {error}"))
        };
        let found = list("taken")?;
        let mut away = Away::found(&found);
        let (pairs, mut taken) = Pairs::found(&found, &mut away);
        root::belongs(config, found.iter().any(|entry| format!("taken/{}", entry.name) != own::COPY))?;
        taken.sort_unstable();
        let us = disk.look("lock").map_err(|error| format!("cannot look at the lock: {error}"))?.owner;
        let kept = list("turned-away")?;
        let put_aside = |name: &str| Receipt::parse(name.strip_suffix(pair::SIDECAR).unwrap_or(name));
        let used = kept.iter().filter_map(|entry| put_aside(&entry.name));
        let used = used.chain(taken.last().copied()).chain(pairs.last()).chain(away.last()).max();
        if used.is_some_and(|receipt| receipt.epoch >= epoch) {
            return Err(format!(
                "it holds files of run {epoch} or later, so this is not the log that they were taken for, or it went \
                 back; the number of a run is never used twice. Give the lane its log again, or move what is in `taken` \
                 back to `in` if it was never decided"
            ));
        }
        Ok(Self {
            listener,
            source,
            size_max: u64::try_from(size_max).unwrap_or(u64::MAX),
            config: config.clone(),
            epoch,
            next_look: Time::MIN,
            seen: BTreeMap::new(),
            left: BTreeSet::new(),
            waiting: taken.into(),
            offered: BTreeSet::new(),
            done: pairs.decided(),
            pairs,
            away,
            copies: Copies::default(),
            us,
            is_dirty: true,
            kept: kept.len(),
            is_counted: false,
            is_shut: false,
            tries: 0,
            retry_at: Time::MIN,
            alone: BTreeMap::new(),
            _lock: lock,
        })
    }

    /// When there is something to do next.
    pub(crate) fn next(&self) -> Time {
        if self.waiting.is_empty() && !self.away.has_untold() {
            self.next_look
        } else {
            self.next_look.min(self.retry_at)
        }
    }

    /// A receipt that may be forgotten: its file is removed, or kept where it is turned away. False where it is not of this
    /// folder.
    pub(crate) fn acknowledge(&mut self, receipt: Receipt, desk: &Desk<'_>) -> bool {
        if self.away.is_recorded(receipt) {
            return true;
        }
        let was_waiting = self.waiting.iter().position(|one| *one == receipt);
        if let Some(at) = was_waiting {
            self.waiting.remove(at);
        } else if !self.offered.remove(&receipt) {
            return false;
        }
        self.done.insert(receipt);
        self.sweep(desk);
        true
    }

    /// Looks where it is time to, and offers what waits. `number` counts receipts of the run.
    pub(crate) fn work(&mut self, number: &mut u64, claims: bool, desk: &mut Desk<'_>, at: Moment) {
        if at.steady >= self.next_look {
            // On a grid of its own: what else there was to do does not move the looks after it.
            let next = self.next_look.plus(self.config.look_every);
            self.next_look = if next > at.steady { next } else { at.steady.plus(self.config.look_every) };
            if claims {
                self.look_around(number, desk, at);
            }
        }
        if self.settle_away().is_err() {
            self.fault(desk);
        }
        self.make_durable(desk, at);
        if !self.is_dirty && at.steady >= self.retry_at {
            self.offer(desk, at);
        }
        self.make_durable(desk, at);
        self.tell_away(desk, at);
        let taken = self.waiting.len().saturating_add(self.offered.len()).saturating_add(self.pairs.halves());
        let taken = taken.saturating_add(self.away.len());
        desk.count(self.listener, |counters| {
            counters.files_taken.set(u64::try_from(taken).unwrap_or(u64::MAX))
        });
    }

    /// Removes what is decided, and claims what is handed over.
    fn look_around(&mut self, number: &mut u64, desk: &mut Desk<'_>, at: Moment) {
        self.sweep(desk);
        let swept = self.sweep_pairs();
        let halves = swept.and_then(|()| self.finish_halves(at));
        let looked = halves.and_then(|()| self.look(number, desk, at));
        if looked.is_err() {
            self.fault(desk);
        }
    }

    /// Claims and marks survive a crash before anybody is told of them.
    fn make_durable(&mut self, desk: &Desk<'_>, at: Moment) {
        let is_asked = !self.waiting.is_empty() || self.away.has_untold();
        if self.is_dirty && is_asked && at.steady >= self.retry_at {
            match self.sync() {
                Ok(()) => self.is_dirty = false,
                Err(_) => {
                    self.fault(desk);
                    self.retry_at = at.steady.plus(self.config.look_every);
                }
            }
        }
    }

    fn offer(&mut self, desk: &mut Desk<'_>, at: Moment) {
        for _ in 0..OFFERS {
            let Some(receipt) = self.waiting.front().copied().filter(|_| desk.is_clear(self.source, at))
            else {
                return;
            };
            match self.pass(receipt, desk, at) {
                Ok(Fate::Offered) => {
                    self.offered.insert(receipt);
                }
                Ok(Fate::TurnedAway) => {}
                Ok(Fate::Later) => {
                    self.retry_at = at.steady.plus(self.config.look_every);
                    return;
                }
                Err(error) => {
                    self.fault(desk);
                    if self.tries >= TRIES {
                        // Not even turning it away is possible: it waits behind all others.
                        self.waiting.rotate_left(1);
                        self.tries = 0;
                    }
                    self.retry_at = at.steady.plus(self.config.look_every);
                    self.tries = self.tries.saturating_add(u32::from(!is_shortage(&error)));
                    return;
                }
            }
            self.waiting.pop_front();
            self.tries = 0;
        }
    }

    fn missed(&self, why: Why, size: u64, bytes: Option<&[u8]>, desk: &mut Desk<'_>, at: Moment) {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        desk.turn_away(Missed { listener: self.listener, source: Some(self.source), why, size, bytes }, at);
    }

    /// The new name first: at no moment is a file durable under neither.
    fn sync(&self) -> io::Result<()> {
        self.config.disk.sync_dir("taken")?;
        self.config.disk.sync_dir("in")
    }

    /// Removes what is acknowledged and has no sidecar. What cannot be removed now is tried again with the next look.
    fn sweep(&mut self, desk: &Desk<'_>) {
        let before = self.done.iter().filter(|receipt| !self.pairs.is_one(**receipt)).count();
        let (disk, pairs, copies) = (&self.config.disk, &self.pairs, &mut self.copies);
        self.done.retain(|receipt| {
            let stays = pairs.is_one(*receipt)
                || disk.remove(&taken(*receipt)).is_err_and(|error| error.kind() != ErrorKind::NotFound);
            if !stays {
                copies.forget(*receipt);
            }
            stays
        });
        if before > 0 && self.done.iter().any(|receipt| !self.pairs.is_one(*receipt)) {
            self.fault(desk);
        }
    }

    fn fault(&self, desk: &Desk<'_>) {
        desk.count(self.listener, |counters| counters.faults.add(1));
    }
}

fn taken(receipt: Receipt) -> String {
    format!("taken/{receipt}")
}

/// The system is short of something; the file is not to blame.
fn is_shortage(error: &io::Error) -> bool {
    // ENOMEM, ENFILE, EMFILE, ENOSPC, EROFS: numbers of Linux.
    matches!(error.raw_os_error(), Some(12 | 23 | 24 | 28 | 30))
}

#[cfg(test)]
mod tests;
