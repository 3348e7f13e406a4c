//! The accounting: every object in exactly one state, from the log alone. Pure.

mod fact;
mod fault;
mod receipts;
pub(crate) mod reviews;
pub(crate) mod snapshot;
mod tally;

pub use fact::{Decided, Fact, Outcome, Waits};
pub use fault::LedgerFault;
use lockgate_bytes::Digest;
use receipts::Receipts;
pub use receipts::Taken;
pub(crate) use receipts::parse as parse_receipt;
use reviews::Mark;
use std::collections::BTreeMap;
pub use tally::Tally;
use tally::{add, take};

/// Lanes and listeners of one log, at most.
const NAMES_MAX: usize = 1024;

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

#[cfg(test)]
mod tests;
