//! What the eyes see of egress: written by its thread alone, read by anyone, never waited for.

use crate::outcome::{Outcome, What};
use crate::queue::Queue;
use crate::sink::Stall;
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::Spent;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};

/// Counters and gauges. Each figure is true by itself; two of them may be one round of egress apart.
#[derive(Debug, Default)]
pub struct EgressCounters {
    classes: [ClassCounters; 6],
    unheard: AtomicU64,
    wire_bytes: AtomicU64,
    /// Of a link: what was spent on it, on its lowest class out of turn, and how many objects were not sent again.
    link: [AtomicU64; 3],
    /// 0 where nothing stalls.
    stall: AtomicU8,
}

/// Those of one class.
#[derive(Debug, Default)]
struct ClassCounters {
    queued: AtomicU64,
    queued_bytes: AtomicU64,
    /// Nanoseconds since 1970 and one; 0 where none waits.
    oldest: AtomicI64,
    ends: [AtomicU64; 6],
    /// Bytes on the wire: all, repairs, and what is sent again.
    spent: [AtomicU64; 3],
}

/// The figures of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassFigures {
    /// Objects that wait.
    pub queued: u64,
    /// Bytes that wait, overhead included.
    pub queued_bytes: u64,
    /// Since when the head of the line has been due.
    pub oldest: Option<Time>,
    /// Objects that left, since the start of the run; so are those below.
    pub sent: u64,
    /// Objects whose time ran out.
    pub expired: u64,
    /// Objects that a newer one replaced.
    pub superseded: u64,
    /// Objects that failed the last check: an alarm.
    pub refused: u64,
    /// Objects that went to hold.
    pub spilled: u64,
    /// Objects that were called back.
    pub recalled: u64,
}

impl EgressCounters {
    /// The figures of one class.
    pub fn class(&self, precedence: Precedence) -> ClassFigures {
        let Some(of) = self.classes.get(precedence.place()) else { return ClassFigures::default() };
        let [sent, expired, superseded, refused, spilled, recalled] =
            of.ends.each_ref().map(|end| end.load(Relaxed));
        let oldest = of.oldest.load(Relaxed);
        ClassFigures {
            queued: of.queued.load(Relaxed),
            queued_bytes: of.queued_bytes.load(Relaxed),
            oldest: (oldest != 0).then(|| Time::from_unix_nanos(oldest.saturating_sub(1))),
            sent,
            expired,
            superseded,
            refused,
            spilled,
            recalled,
        }
    }

    /// How often the network said that nobody listens.
    pub fn unheard(&self) -> u64 {
        self.unheard.load(Relaxed)
    }

    /// Bytes on the wire, headers included.
    pub fn wire_bytes(&self) -> u64 {
        self.wire_bytes.load(Relaxed)
    }

    /// What was spent of a one-way link, and on what; nothing where another way leads out.
    pub fn spent(&self) -> Spent {
        let [link, trickle, unrepeated] = self.link.each_ref().map(|sum| sum.load(Relaxed));
        let of = |kind: usize| {
            self.classes.each_ref().map(|class| class.spent.get(kind).map_or(0, |sum| sum.load(Relaxed)))
        };
        Spent { link, trickle, unrepeated, classes: of(0), repairs: of(1), again: of(2) }
    }

    /// What the sink waits for; none where it sends.
    pub fn stall(&self) -> Option<Stall> {
        STALLS.get(usize::from(self.stall.load(Relaxed).checked_sub(1)?)).copied()
    }

    pub(crate) fn publish(&self, totals: &Totals, queue: &Queue, stall: Option<Stall>) {
        for precedence in Precedence::ALL {
            let (Some(into), Some(ends)) =
                (self.classes.get(precedence.place()), totals.ends.get(precedence.place()))
            else {
                continue;
            };
            let waiting = queue.class(precedence);
            into.queued.store(u64::try_from(waiting.objects).unwrap_or(u64::MAX), Relaxed);
            into.queued_bytes.store(u64::try_from(waiting.bytes).unwrap_or(u64::MAX), Relaxed);
            let oldest = queue.oldest(precedence).map_or(0, |time| time.unix_nanos().saturating_add(1));
            into.oldest.store(oldest, Relaxed);
            for (into, end) in into.ends.iter().zip(ends) {
                into.store(*end, Relaxed);
            }
        }
        let Spent { link, classes, repairs, again, trickle, unrepeated } = totals.spent;
        for (into, sum) in self.link.iter().zip([link, trickle, unrepeated]) {
            into.store(sum, Relaxed);
        }
        for (class, into) in self.classes.iter().enumerate() {
            for (into, sums) in into.spent.iter().zip([&classes, &repairs, &again]) {
                into.store(sums.get(class).copied().unwrap_or(0), Relaxed);
            }
        }
        self.unheard.store(totals.unheard, Relaxed);
        self.wire_bytes.store(totals.wire_bytes, Relaxed);
        let stall = stall.and_then(|stall| STALLS.iter().zip(1_u8..).find(|(known, _)| **known == stall));
        self.stall.store(stall.map_or(0, |(_, number)| number), Relaxed);
    }
}

const STALLS: [Stall; 4] = [Stall::Buffers, Stall::Network, Stall::DiskFull, Stall::Disk];

/// The same, plain, in the hands of the thread.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    ends: [[u64; 6]; 6],
    pub(crate) unheard: u64,
    pub(crate) wire_bytes: u64,
    /// Where a link leads out.
    pub(crate) spent: Spent,
}

impl Totals {
    /// Objects whose time ran out, or that a newer one replaced: released, and not sent.
    pub(crate) fn unsent(&self) -> u64 {
        let of = |[_, expired, superseded, ..]: &[u64; 6]| expired.saturating_add(*superseded);
        self.ends.iter().map(of).fold(0, u64::saturating_add)
    }

    pub(crate) fn add<'a>(&mut self, outcomes: impl Iterator<Item = &'a Outcome>) {
        for outcome in outcomes {
            let end = match outcome.what {
                What::Sent => 0,
                What::Expired => 1,
                What::Superseded { .. } => 2,
                What::Refused(_) => 3,
                What::Spilled(..) => 4,
                What::Recalled(_) => 5,
            };
            let count = self.ends.get_mut(outcome.precedence.place()).and_then(|ends| ends.get_mut(end));
            if let Some(count) = count {
                *count = count.saturating_add(1);
            }
        }
    }
}
