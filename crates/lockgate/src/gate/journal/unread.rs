//! What a disk did not read when it had its turn. Nothing is decided for want of it: it stays where it is, an alarm says so, and
//! it has another turn after a while.

use super::{Journal, Waiting, Which};
use crate::gate::beside::Former;
use lockgate_attest::SignedReview;
use lockgate_bytes::{Digest, Duration, Time};
use lockgate_watch::{Alarm, Gauges};
use std::collections::{BTreeSet, VecDeque};
use std::io::{self, ErrorKind};

/// Between two tries, in seconds.
const AGAIN: i64 = 1;

/// Why something is not at hand.
#[derive(Debug)]
pub(crate) enum Unread {
    /// The disk said so: what, and what the system said. It may read it another time.
    Disk(String),
    /// It is gone, or is not what was kept there.
    Gone,
}

impl Unread {
    /// Of the log; what is not what was committed is none.
    pub(crate) fn log(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidData => Self::Gone,
            _ => Self::Disk(format!("the log: {error}")),
        }
    }

    /// Of the held store.
    pub(crate) fn hold(fault: &lockgate_hold::Fault) -> Self {
        match fault {
            lockgate_hold::Fault::Disk { doing, file, why } => {
                Self::Disk(format!("hold: {doing} {file}: {why}"))
            }
            _ => Self::Gone,
        }
    }
}

/// Those that wait for the disk.
#[derive(Default)]
pub(super) struct Postponed {
    line: VecDeque<Waiting>,
    /// What the held store was to be searched for and could not be listed.
    lists: BTreeSet<Which>,
    /// When they were tried last; the alarm stands as long as this does.
    tried: Option<Time>,
}

impl Postponed {
    pub(super) fn is_empty(&self) -> bool {
        self.line.is_empty() && self.lists.is_empty()
    }

    /// All of them: nobody reads anything for them any more.
    pub(super) fn take(&mut self) -> VecDeque<Waiting> {
        std::mem::take(&mut self.line)
    }
}

impl Journal {
    /// It has its turn when the disk reads again.
    pub(super) fn put_off(&mut self, waiting: Waiting, says: &str) {
        let now = self.parts.common.clock.now();
        self.postponed.line.push_back(waiting);
        self.postponed.tried.get_or_insert(now);
        self.parts.common.gauges.raise(Alarm::HeldUnread, now, says);
    }

    /// The held store is searched for this when the disk reads it again.
    pub(super) fn look_again(&mut self, which: Which, says: &str) {
        let now = self.parts.common.clock.now();
        self.postponed.lists.insert(which);
        self.postponed.tried.get_or_insert(now);
        self.parts.common.gauges.raise(Alarm::HeldUnread, now, says);
    }

    /// Gives another turn to what could not be read, once a second; the alarm goes when none of it is left.
    pub(super) fn try_unread(&mut self, now: Time, gauges: &Gauges) {
        if self.postponed.tried.is_none_or(|tried| now.since(tried) < Duration::from_secs(AGAIN)) {
            return;
        }
        if self.postponed.is_empty() {
            // What was tried a second ago was read, or waits for room.
            self.postponed.tried = None;
            gauges.clear(Alarm::HeldUnread);
            return;
        }
        self.postponed.tried = Some(now);
        let line = self.postponed.take();
        self.again.extend(line);
        for which in std::mem::take(&mut self.postponed.lists) {
            self.decide_held_again(which);
        }
    }

    /// What the log says beside the bytes of an object that is decided again: what it was split off from, and who approved it.
    ///
    /// # Errors
    /// What the disk said. What is not what was committed is left out: of approvals there are too few then.
    pub(super) fn told_of(&self, entry: u64) -> Result<(Option<Digest>, Vec<SignedReview>), String> {
        let parent = match Former::read(&self.parts.log, entry) {
            Ok(former) => former.parent,
            Err(Unread::Gone) => None,
            Err(Unread::Disk(says)) => return Err(says),
        };
        let reviews = self.parts.log.approvals(&self.parts.ledger, entry);
        Ok((parent, reviews.map_err(|error| format!("the log: {error}"))?))
    }
}
