//! The accounting: every object in exactly one state, from the log alone. Pure.

mod receipts;
pub(crate) mod reviews;
pub(crate) mod snapshot;

use lockgate_bytes::Digest;
use receipts::Receipts;
pub use receipts::Taken;
pub(crate) use receipts::parse as parse_receipt;
use reviews::{Mark, Reviewed};
use std::collections::BTreeMap;
use std::fmt;

/// Lanes and listeners of one log, at most.
const NAMES_MAX: usize = 1024;

/// How the objects of one lane stand. All of them count objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Taken from sources.
    pub received: u64,
    /// Made by rewriting a received one.
    pub derived: u64,
    /// Released, and waiting to be sent.
    pub queued: u64,
    /// Waiting for people.
    pub held: u64,
    /// Never crosses, by the engine or by intake.
    pub refused: u64,
    /// Held, and rejected by people.
    pub rejected: u64,
    /// Held, and returned to its source's people.
    pub returned: u64,
    /// Sent.
    pub sent: u64,
    /// Too old to be sent, or held too long.
    pub expired: u64,
    /// A newer one of the same track was sent instead.
    pub superseded: u64,
    /// The original of a derived one.
    pub replaced: u64,
    /// Handed to a network at the moment of a crash: nobody knows.
    pub indeterminate: u64,
}

impl Tally {
    /// Each count with its name, in the order of the equation; the first two are its left side.
    pub fn named(&self) -> [(&'static str, u64); 12] {
        [
            ("received", self.received),
            ("derived", self.derived),
            ("queued", self.queued),
            ("held", self.held),
            ("refused", self.refused),
            ("rejected", self.rejected),
            ("returned", self.returned),
            ("sent", self.sent),
            ("expired", self.expired),
            ("superseded", self.superseded),
            ("replaced", self.replaced),
            ("indeterminate", self.indeterminate),
        ]
    }

    /// received + derived = queued + held + refused + rejected + returned + sent + expired + superseded + replaced +
    /// indeterminate. Nothing is in flight in the log: what has no decision record never existed for it.
    pub fn is_balanced(&self) -> bool {
        let [received, derived, states @ ..] = self.named();
        let right = states.iter().try_fold(0_u64, |sum, (_, count)| sum.checked_add(*count));
        right.is_some() && received.1.checked_add(derived.1) == right
    }
}

/// How an object was decided, as the accounting sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It may cross: it is queued.
    Release,
    /// People decide: it is held.
    Hold,
    /// It does not cross.
    Refuse,
}

/// What became of an object that was queued or held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Queued: sent.
    Sent,
    /// Queued or held: too old.
    Expired,
    /// Queued: a newer one goes instead.
    Superseded,
    /// Queued: the queue was full, so it is held.
    Spilled,
    /// Queued: taken back to be decided again under another bundle.
    Recalled,
    /// Queued: egress found that it was not what was released, and refused it.
    Refused,
    /// Queued: handed to a network when the power went.
    Indeterminate,
    /// Held: rejected by people.
    Rejected,
    /// Held: returned by people.
    Returned,
}

/// Where an object stands that has not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waits {
    /// Released, and waiting to be sent.
    Queued,
    /// Released, and taken back to be decided again: it counts as queued, and is not sent.
    Recalled,
    /// Waiting for people.
    Held,
}

/// What one entry of the log means for the accounting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    /// A process began; `outstanding` is what it found not at its end.
    Start {
        /// Its number.
        epoch: u64,
        /// Objects queued or held, by its own account.
        outstanding: u64,
        /// Its bundle and that bundle's revision; none where it was refused one.
        runs: Option<(Digest, u64)>,
    },
    /// One object was decided.
    Decision {
        /// The lane.
        lane: &'a str,
        /// The entry of the decision that this one takes the place of.
        again: Option<u64>,
        /// It was rewritten: the original is replaced, the derived one takes the verdict.
        is_rewritten: bool,
        /// The verdict.
        decided: Decided,
        /// The taken file that it came from, and how far that is on record with it.
        receipt: Option<Taken>,
    },
    /// Refusals that share one record.
    Refusals {
        /// The lane.
        lane: &'a str,
        /// How many.
        count: u64,
        /// The taken file that it was, where it was one.
        receipt: Option<Taken>,
    },
    /// What became of objects, by the entries of their decisions: from, to (inclusive).
    Outcomes {
        /// The lane.
        lane: &'a str,
        /// What became of them, and which they are.
        outcomes: &'a [(Outcome, Vec<(u64, u64)>)],
    },
    /// A reviewer said something of an object that waits, or tried to.
    Review(Reviewed<'a>),
    /// Datagrams that the kernel dropped at a listener since its process began.
    Drops {
        /// The listener.
        listener: &'a str,
        /// How many, in this epoch.
        dropped: u64,
    },
    /// Another bundle is in force: which, and its revision.
    Runs(Digest, u64),
    /// The clock was set, which nobody has confirmed, by so many nanoseconds; or somebody has.
    Clock(Option<i64>),
    /// Something that moves no object.
    Other,
    /// A process ended in order.
    Stop,
}

/// Why the entries do not add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerFault {
    /// An entry before the first start, or after a stop.
    NotRunning,
    /// A start whose epoch is not the next one.
    Epoch {
        /// The one that should come.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// A start or a snapshot that counts something else than the entries say.
    Disagrees(&'static str),
    /// An outcome, or a decision made again, for an entry that is no object which waits.
    NotWaiting(u64),
    /// An outcome for an object that waits, but not for this.
    WrongState(u64, Waits, Outcome),
    /// An outcome, or a decision made again, in another lane than the object's.
    WrongLane(u64),
    /// A range that runs backwards.
    Range(u64, u64),
    /// What reviewers said of the object of this entry does not go together.
    Review(u64, &'static str),
    /// Kernel drops that became fewer.
    Drops(u64, u64),
    /// More lanes or listeners than a log has, or a count above 64 bits.
    TooMuch,
}

/// The accounting over the entries so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    epoch: u64,
    is_running: bool,
    lanes: Vec<(String, Tally)>,
    /// By the entry of its decision: the lane's index and where it stands.
    waiting: BTreeMap<u64, (usize, Waits)>,
    /// By listener: drops of epochs before, and of this one.
    drops: BTreeMap<String, (u64, u64)>,
    /// The bundle that ran last, and the highest revision of all that ran.
    bundle: Option<Digest>,
    revision: u64,
    receipts: Receipts,
    /// A step of the clock that nobody has confirmed.
    clock_step_ns: Option<i64>,
    /// What reviewers said, by the entry of the decision under which the object waits.
    reviews: BTreeMap<u64, Vec<Mark>>,
}

impl Ledger {
    /// Takes the entry with this index.
    ///
    /// # Errors
    /// [`LedgerFault`]; no object has moved then.
    pub fn apply(&mut self, entry: u64, fact: &Fact<'_>) -> Result<(), LedgerFault> {
        match fact {
            Fact::Start { epoch, outstanding, runs } => {
                self.start(*epoch, *outstanding)?;
                if let Some((bundle, revision)) = runs {
                    self.runs(*bundle, *revision);
                }
            }
            _ if !self.is_running => return Err(LedgerFault::NotRunning),
            Fact::Decision { lane, again, is_rewritten, decided, receipt } => {
                self.decide(entry, lane, *again, *is_rewritten, *decided)?;
                if let Some(receipt) = receipt {
                    self.receipts.take(*receipt);
                }
            }
            Fact::Refusals { lane, count, receipt } => {
                let lane = self.lane(lane)?;
                let tally = self.tally(lane)?;
                let sums = tally.received.checked_add(*count).zip(tally.refused.checked_add(*count));
                (tally.received, tally.refused) = sums.ok_or(LedgerFault::TooMuch)?;
                if let Some(receipt) = receipt {
                    self.receipts.take(*receipt);
                }
            }
            Fact::Outcomes { lane, outcomes } => return self.settle(lane, outcomes),
            Fact::Review(reviewed) => return self.review(entry, reviewed),
            Fact::Drops { listener, dropped } => return self.drop_more(listener, *dropped),
            Fact::Runs(bundle, revision) => self.runs(*bundle, *revision),
            Fact::Clock(step_ns) => self.clock_step_ns = *step_ns,
            Fact::Other => {}
            Fact::Stop => self.is_running = false,
        }
        Ok(())
    }

    /// The number of the process that runs, or ran last; 0 before the first.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// True between a start and its stop.
    pub fn is_running(&self) -> bool {
        self.is_running
    }

    /// How each lane stands.
    pub fn lanes(&self) -> impl Iterator<Item = (&str, &Tally)> {
        self.lanes.iter().map(|(name, tally)| (&**name, tally))
    }

    /// Objects that have not come to their end: entry, lane, where they stand.
    pub fn waiting(&self) -> impl Iterator<Item = (u64, &str, Waits)> {
        self.waiting.iter().map(|(entry, (lane, waits))| {
            (*entry, self.lanes.get(*lane).map_or("", |(name, _)| &**name), *waits)
        })
    }

    /// How many they are.
    pub fn outstanding(&self) -> u64 {
        u64::try_from(self.waiting.len()).unwrap_or(u64::MAX)
    }

    /// Datagrams that kernels dropped, by listener, over all epochs.
    pub fn drops(&self) -> impl Iterator<Item = (&str, u64)> {
        self.drops.iter().map(|(name, (before, now))| (&**name, before.saturating_add(*now)))
    }

    /// The highest revision of a bundle that has run; 0 where none has.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The bundle that was in force last.
    pub fn bundle(&self) -> Option<Digest> {
        self.bundle
    }

    /// A step of the clock, in nanoseconds, that nobody has confirmed.
    pub fn clock_step_ns(&self) -> Option<i64> {
        self.clock_step_ns
    }

    /// Taken files of which objects are on record, and how far each is. Beyond 65,536 the oldest are
    /// forgotten.
    pub fn receipts(&self) -> impl Iterator<Item = Taken> {
        self.receipts.all()
    }

    /// True where the equation holds in every lane.
    pub fn is_balanced(&self) -> bool {
        self.lanes.iter().all(|(_, tally)| tally.is_balanced())
    }

    fn runs(&mut self, bundle: Digest, revision: u64) {
        self.bundle = Some(bundle);
        self.revision = self.revision.max(revision);
    }

    fn start(&mut self, epoch: u64, outstanding: u64) -> Result<(), LedgerFault> {
        let expected = self.epoch.checked_add(1).ok_or(LedgerFault::TooMuch)?;
        if epoch != expected {
            return Err(LedgerFault::Epoch { expected, found: epoch });
        }
        if outstanding != self.outstanding() {
            return Err(LedgerFault::Disagrees("objects outstanding"));
        }
        (self.epoch, self.is_running) = (epoch, true);
        for (before, now) in self.drops.values_mut() {
            (*before, *now) = (before.saturating_add(*now), 0);
        }
        Ok(())
    }

    fn decide(
        &mut self,
        entry: u64,
        lane: &str,
        again: Option<u64>,
        is_rewritten: bool,
        decided: Decided,
    ) -> Result<(), LedgerFault> {
        let lane = self.lane(lane)?;
        let mut marks = None;
        if let Some(former) = again {
            let (former_lane, waits) = *self.waiting.get(&former).ok_or(LedgerFault::NotWaiting(former))?;
            if former_lane != lane {
                return Err(LedgerFault::WrongLane(former));
            }
            self.waiting.remove(&former);
            marks = self.reviews.remove(&former);
            take(self.tally(lane)?, waits)?;
        } else {
            add(&mut self.tally(lane)?.received)?;
        }
        let tally = self.tally(lane)?;
        if is_rewritten {
            add(&mut tally.derived)?;
            add(&mut tally.replaced)?;
        }
        let waits = match decided {
            Decided::Refuse => return add(&mut tally.refused),
            Decided::Release => Waits::Queued,
            Decided::Hold => Waits::Held,
        };
        add(if waits == Waits::Held { &mut tally.held } else { &mut tally.queued })?;
        self.waiting.insert(entry, (lane, waits));
        // What people approved goes with what was released by it: it may come back to be decided again. What is held again
        // is looked at anew.
        if let Some(marks) = marks.filter(|_| waits == Waits::Queued) {
            self.reviews.insert(entry, marks);
        }
        Ok(())
    }

    fn settle(&mut self, lane: &str, outcomes: &[(Outcome, Vec<(u64, u64)>)]) -> Result<(), LedgerFault> {
        let lane = self.lane(lane)?;
        // A faulty record changes nothing: look at all of it first, and at a range only as far as objects wait in it.
        let mut seen = std::collections::BTreeSet::new();
        for (outcome, ranges) in outcomes {
            for &(from, to) in ranges {
                if from > to {
                    return Err(LedgerFault::Range(from, to));
                }
                for (expected, (&entry, &(home, waits))) in (from..=to).zip(self.waiting.range(from..=to)) {
                    if entry != expected || !seen.insert(entry) {
                        return Err(LedgerFault::NotWaiting(expected));
                    }
                    if home != lane {
                        return Err(LedgerFault::WrongLane(entry));
                    }
                    if !outcome.may_befall(waits) {
                        return Err(LedgerFault::WrongState(entry, waits, *outcome));
                    }
                }
                let last = self.waiting.range(from..=to).next_back().map(|(entry, _)| *entry);
                if last != Some(to) {
                    return Err(LedgerFault::NotWaiting(last.map_or(from, |last| last.saturating_add(1))));
                }
            }
        }
        for (outcome, ranges) in outcomes {
            for entry in ranges.iter().flat_map(|(from, to)| *from..=*to) {
                self.befall(entry, *outcome)?;
            }
        }
        Ok(())
    }

    fn befall(&mut self, entry: u64, outcome: Outcome) -> Result<(), LedgerFault> {
        let (lane, waits) = self.waiting.remove(&entry).ok_or(LedgerFault::NotWaiting(entry))?;
        let tally = self.tally(lane)?;
        take(tally, waits)?;
        let (count, stays) = match outcome {
            Outcome::Sent => (&mut tally.sent, None),
            Outcome::Expired => (&mut tally.expired, None),
            Outcome::Superseded => (&mut tally.superseded, None),
            Outcome::Spilled => (&mut tally.held, Some(Waits::Held)),
            Outcome::Recalled => (&mut tally.queued, Some(Waits::Recalled)),
            Outcome::Refused => (&mut tally.refused, None),
            Outcome::Indeterminate => (&mut tally.indeterminate, None),
            Outcome::Rejected => (&mut tally.rejected, None),
            Outcome::Returned => (&mut tally.returned, None),
        };
        add(count)?;
        match stays {
            Some(waits) => drop(self.waiting.insert(entry, (lane, waits))),
            None => drop(self.reviews.remove(&entry)),
        }
        Ok(())
    }

    fn drop_more(&mut self, listener: &str, dropped: u64) -> Result<(), LedgerFault> {
        if self.drops.len() >= NAMES_MAX && !self.drops.contains_key(listener) {
            return Err(LedgerFault::TooMuch);
        }
        let (_, now) = self.drops.entry(listener.to_owned()).or_default();
        if dropped < *now {
            return Err(LedgerFault::Drops(*now, dropped));
        }
        *now = dropped;
        Ok(())
    }

    /// The index of a lane; a new one where it is new.
    fn lane(&mut self, name: &str) -> Result<usize, LedgerFault> {
        if let Some(index) = self.lanes.iter().position(|(known, _)| known == name) {
            return Ok(index);
        }
        if self.lanes.len() >= NAMES_MAX {
            return Err(LedgerFault::TooMuch);
        }
        self.lanes.push((name.to_owned(), Tally::default()));
        Ok(self.lanes.len().saturating_sub(1))
    }

    fn tally(&mut self, lane: usize) -> Result<&mut Tally, LedgerFault> {
        self.lanes.get_mut(lane).map(|(_, tally)| tally).ok_or(LedgerFault::TooMuch)
    }
}

impl Outcome {
    /// The word in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Spilled => "spilled",
            Self::Recalled => "recalled",
            Self::Refused => "refused",
            Self::Indeterminate => "indeterminate",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
        }
    }

    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Sent,
        Self::Expired,
        Self::Superseded,
        Self::Spilled,
        Self::Recalled,
        Self::Refused,
        Self::Indeterminate,
        Self::Rejected,
        Self::Returned,
    ];

    fn may_befall(self, waits: Waits) -> bool {
        match (self, waits) {
            (Self::Sent | Self::Superseded | Self::Recalled, waits) => waits == Waits::Queued,
            (Self::Spilled | Self::Refused | Self::Indeterminate, waits) => waits != Waits::Held,
            (Self::Rejected | Self::Returned, waits) => waits == Waits::Held,
            (Self::Expired, _) => true,
        }
    }
}

/// An object leaves where it waited.
fn take(tally: &mut Tally, waits: Waits) -> Result<(), LedgerFault> {
    let count = if waits == Waits::Held { &mut tally.held } else { &mut tally.queued };
    *count = count.checked_sub(1).ok_or(LedgerFault::TooMuch)?;
    Ok(())
}

fn add(count: &mut u64) -> Result<(), LedgerFault> {
    *count = count.checked_add(1).ok_or(LedgerFault::TooMuch)?;
    Ok(())
}

impl fmt::Display for LedgerFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRunning => out.write_str("no process had started, or the last one had stopped"),
            Self::Epoch { expected, found } => write!(out, "epoch {found} begins where {expected} should"),
            Self::Disagrees(what) => {
                write!(out, "it says another number of {what} than the entries before it")
            }
            Self::NotWaiting(entry) => write!(out, "entry {entry} is no object that waits"),
            Self::WrongState(entry, waits, outcome) => {
                write!(out, "the object of entry {entry} is {waits:?} and cannot be {}", outcome.name())
            }
            Self::WrongLane(entry) => write!(out, "the object of entry {entry} is of another lane"),
            Self::Review(entry, why) => {
                write!(out, "what reviewers said of the object of entry {entry}: {why}")
            }
            Self::Range(from, to) => write!(out, "the range from {from} to {to} runs backwards"),
            Self::Drops(before, now) => write!(out, "kernel drops went from {before} back to {now}"),
            Self::TooMuch => out.write_str("a count above 64 bits, or too many lanes or listeners"),
        }
    }
}

impl std::error::Error for LedgerFault {}

#[cfg(test)]
mod tests;
