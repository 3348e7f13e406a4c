//! The whole state of the ledger as one or more records, so that a restart reads only from the last one on.

use super::{Ledger, LedgerFault, Mark, NAMES_MAX, Receipts, Tally, Waits};
use lockgate_bytes::Digest;
use std::collections::BTreeMap;

/// Bytes of waiting objects in one part of the record, at most.
const WAITING_BYTES_MAX: usize = 36_000;
/// Bytes that the head of a series has in the record, at most.
const SERIES_BYTES: usize = 64;
/// Ranges of receipts in one part, at most: up to 85 bytes each.
const RECEIPTS_MAX: usize = 200;
/// Bytes of statements of reviewers in one part, which then has nothing else, at most; and what one has beside the name of
/// its reviewer, each byte of which may be written as six.
const REVIEWS_BYTES_MAX: usize = 36_000;
const REVIEW_BYTES: usize = 240;
/// Objects that wait by one snapshot, at most: of more there is none.
pub(crate) const SNAPSHOT_OBJECTS: u64 = 1 << 24;

/// Objects of one lane that wait in one state, by the entries of their decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The lane's index.
    pub lane: u64,
    /// Where they stand.
    pub waits: Waits,
    /// The first entry.
    pub from: u64,
    /// By turns how many entries in a row are among them and how many are not; the first and the last turn are. None is
    /// zero.
    pub turns: Vec<u64>,
}

/// One part of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Which part this is, from 1.
    pub part: u64,
    /// How many there are.
    pub parts: u64,
    /// The epoch that runs.
    pub epoch: u64,
    /// Every lane, in the order of its first entry. In the first part only.
    pub lanes: Vec<(String, Tally)>,
    /// Kernel drops by listener: of epochs before, and of this one. In the first part only.
    pub drops: Vec<(String, u64, u64)>,
    /// Objects that wait.
    pub waiting: Vec<Series>,
    /// The bundle that was in force last. In the first part only.
    pub bundle: Option<Digest>,
    /// The highest revision of a bundle that has run. In the first part only.
    pub revision: u64,
    /// Taken files of which objects are on record: the run, the numbers from,
    /// to (inclusive), and how many bytes of each, 0 for all.
    pub receipts: Vec<(u64, u64, u64, u64)>,
    /// A step of the clock that nobody has confirmed. In the first part only.
    pub clock_step_ns: Option<i64>,
    /// What reviewers said of objects that wait, by the entries of their decisions. In parts of their own.
    pub reviews: Vec<(u64, Mark)>,
}

impl Ledger {
    /// True where no snapshot may say so much: a restart would not take it.
    pub fn is_beyond_snapshots(&self) -> bool {
        self.outstanding() > SNAPSHOT_OBJECTS
    }

    /// The parts of a snapshot; to be appended together and committed at once. Lanes and listeners go into the first
    /// part whole: a deployment has few.
    pub fn snapshot(&self) -> Vec<Snapshot> {
        let (mut waiting, receipts) = (self.pages().into_iter(), self.receipts.ranges());
        let mut receipts = receipts.chunks(RECEIPTS_MAX);
        let mut parts = Vec::new();
        loop {
            let (waits, taken) = (waiting.next(), receipts.next());
            if waits.is_none() && taken.is_none() && !parts.is_empty() {
                break;
            }
            parts.push(Snapshot {
                waiting: waits.unwrap_or_default(),
                receipts: taken.unwrap_or_default().to_vec(),
                ..Snapshot::default()
            });
        }
        let said =
            self.reviews.iter().flat_map(|(object, marks)| marks.iter().map(|mark| (*object, mark.clone())));
        let mut left = 0_usize;
        for (object, mark) in said {
            let bytes = REVIEW_BYTES.saturating_add(mark.by.len().saturating_mul(6));
            match (left.checked_sub(bytes), parts.last_mut().filter(|part| !part.reviews.is_empty())) {
                (Some(rest), Some(part)) => {
                    part.reviews.push((object, mark));
                    left = rest;
                }
                _ => {
                    parts.push(Snapshot { reviews: vec![(object, mark)], ..Snapshot::default() });
                    left = REVIEWS_BYTES_MAX.saturating_sub(bytes);
                }
            }
        }
        if let Some(first) = parts.first_mut() {
            first.lanes.clone_from(&self.lanes);
            (first.bundle, first.revision) = (self.bundle, self.revision);
            first.clock_step_ns = self.clock_step_ns;
            first.drops =
                self.drops.iter().map(|(name, (before, now))| (name.clone(), *before, *now)).collect();
        }
        let count = u64::try_from(parts.len()).unwrap_or(u64::MAX);
        for (part, number) in parts.iter_mut().zip(1_u64..) {
            (part.part, part.parts, part.epoch) = (number, count, self.epoch);
        }
        parts
    }

    /// The ledger that wrote these parts, as it stands behind them.
    #[cfg(test)]
    pub(crate) fn from_snapshot(parts: &[Snapshot]) -> Result<Self, LedgerFault> {
        let first = parts.first().ok_or(LedgerFault::Disagrees("parts"))?;
        let mut taking = Taking::of_nobody(first)?;
        for part in parts {
            taking.take(part)?;
        }
        taking.end()
    }

    fn counts_agree(&self) -> Result<(), LedgerFault> {
        let mut counted = vec![(0_u64, 0_u64); self.lanes.len()];
        for (lane, waits) in self.waiting.values() {
            if let Some((queued, held)) = counted.get_mut(*lane) {
                let count = if *waits == Waits::Held { held } else { queued };
                *count = count.saturating_add(1);
            }
        }
        let agrees =
            |((_, tally), counted): (&(String, Tally), &(u64, u64))| (tally.queued, tally.held) == *counted;
        match self.lanes.iter().zip(&counted).all(agrees) {
            true => Ok(()),
            false => Err(LedgerFault::Disagrees("objects outstanding")),
        }
    }

    /// What waits, by lane and state, in portions that fit one part each.
    fn pages(&self) -> Vec<Vec<Series>> {
        let mut ranges: BTreeMap<(usize, Waits), Vec<(u64, u64)>> = BTreeMap::new();
        for (&entry, &home) in &self.waiting {
            let of = ranges.entry(home).or_default();
            match of.last_mut() {
                Some((_, to)) if to.saturating_add(1) == entry => *to = entry,
                _ => of.push((entry, entry)),
            }
        }
        let mut pages = Pages::default();
        for ((lane, waits), ranges) in ranges {
            let lane = u64::try_from(lane).unwrap_or(u64::MAX);
            let mut last = None;
            for (from, to) in ranges {
                pages.add((lane, waits), last.replace(to), from, to.saturating_sub(from).saturating_add(1));
            }
        }
        pages.0
    }
}

/// A snapshot on its way in, part by part: never more of it than there may be.
pub(crate) struct Taking {
    ledger: Ledger,
    /// The part that comes next, and how many there are.
    next: u64,
    parts: u64,
    /// Objects that may still wait by it, and statements that may still be among it.
    objects: u64,
    statements: u64,
}

impl Taking {
    /// To be taken for what it is, behind nothing: with as many objects as any snapshot has.
    pub(crate) fn of_nobody(first: &Snapshot) -> Result<Self, LedgerFault> {
        Self::begin(first, SNAPSHOT_OBJECTS, u64::MAX)
    }

    /// To be compared with this ledger: it has the same lanes, and no more of anything. So what it costs is what the entries
    /// before it cost, whatever it says.
    pub(crate) fn behind(ledger: &Ledger, first: &Snapshot) -> Result<Self, LedgerFault> {
        if first.lanes != ledger.lanes {
            return Err(LedgerFault::Disagrees("objects"));
        }
        let statements = ledger.reviews.values().fold(0_usize, |sum, marks| sum.saturating_add(marks.len()));
        Self::begin(first, ledger.outstanding(), u64::try_from(statements).unwrap_or(u64::MAX))
    }

    fn begin(first: &Snapshot, objects: u64, statements: u64) -> Result<Self, LedgerFault> {
        if first.lanes.len() > NAMES_MAX || first.drops.len() > NAMES_MAX {
            return Err(LedgerFault::TooMuch);
        }
        let drops = first.drops.iter().map(|(name, before, now)| (name.clone(), (*before, *now)));
        let ledger = Ledger {
            epoch: first.epoch,
            is_running: true,
            lanes: first.lanes.clone(),
            waiting: BTreeMap::new(),
            drops: drops.collect(),
            bundle: first.bundle,
            revision: first.revision,
            receipts: Receipts::default(),
            clock_step_ns: first.clock_step_ns,
            reviews: BTreeMap::new(),
        };
        Ok(Self { ledger, next: 1, parts: first.parts, objects, statements })
    }

    /// Takes the next part; true where it was the last.
    ///
    /// # Errors
    /// [`LedgerFault::Disagrees`] where it is not the next part of the same snapshot, or says more than there may be.
    pub(crate) fn take(&mut self, part: &Snapshot) -> Result<bool, LedgerFault> {
        if part.part != self.next || part.parts != self.parts || part.epoch != self.ledger.epoch {
            return Err(LedgerFault::Disagrees("parts"));
        }
        if !part.receipts.iter().all(|range| self.ledger.receipts.put(*range)) {
            return Err(LedgerFault::Disagrees("receipts"));
        }
        part.waiting.iter().try_for_each(|series| self.put(series))?;
        for (object, mark) in &part.reviews {
            let left = self.statements.checked_sub(1);
            self.statements = left.ok_or(LedgerFault::Disagrees("statements of reviewers"))?;
            self.ledger.put_mark(*object, mark.clone())?;
        }
        self.next = self.next.checked_add(1).ok_or(LedgerFault::TooMuch)?;
        Ok(self.next > self.parts)
    }

    /// The ledger that it says.
    ///
    /// # Errors
    /// [`LedgerFault::Disagrees`] where parts lack, or its counts are not those of its objects.
    pub(crate) fn end(self) -> Result<Ledger, LedgerFault> {
        if self.next != self.parts.saturating_add(1) {
            return Err(LedgerFault::Disagrees("parts"));
        }
        self.ledger.counts_agree()?;
        Ok(self.ledger)
    }

    /// The objects of one series wait.
    fn put(&mut self, series: &Series) -> Result<(), LedgerFault> {
        let lane = usize::try_from(series.lane).ok().filter(|lane| *lane < self.ledger.lanes.len());
        let lane = lane.ok_or(LedgerFault::Disagrees("lanes"))?;
        if series.turns.len().is_multiple_of(2) {
            return Err(LedgerFault::Disagrees("turns"));
        }
        let mut from = series.from;
        for (turn, &length) in series.turns.iter().enumerate() {
            let waits = turn.is_multiple_of(2);
            let next = from.checked_add(length).filter(|_| length > 0);
            let next = next.ok_or(LedgerFault::Range(from, from.saturating_add(length)))?;
            if waits {
                // No more than may wait in all: a turn cannot be made long to fill the memory.
                let left = self.objects.checked_sub(length);
                self.objects = left.ok_or(LedgerFault::Disagrees("objects outstanding"))?;
                for entry in from..next {
                    if self.ledger.waiting.insert(entry, (lane, series.waits)).is_some() {
                        return Err(LedgerFault::Disagrees("objects outstanding"));
                    }
                }
            }
            from = next;
        }
        Ok(())
    }
}

/// Portions of waiting objects, and the bytes that are left in the last one.
#[derive(Default)]
struct Pages(Vec<Vec<Series>>, usize);

impl Pages {
    /// Adds entries in a row; `last`: the one before them in the same lane and state.
    fn add(&mut self, (lane, waits): (u64, Waits), last: Option<u64>, from: u64, length: u64) {
        let gap = last.map(|last| from.saturating_sub(last).saturating_sub(1));
        let bytes = gap.map_or(0, digits).saturating_add(digits(length));
        match (self.0.last_mut().and_then(|page| page.last_mut()), gap, self.1.checked_sub(bytes)) {
            (Some(series), Some(gap), Some(left)) => {
                series.turns.extend([gap, length]);
                self.1 = left;
            }
            _ => {
                let series = Series { lane, waits, from, turns: vec![length] };
                match (self.0.last_mut(), self.1.checked_sub(SERIES_BYTES)) {
                    (Some(page), Some(left)) => {
                        page.push(series);
                        self.1 = left;
                    }
                    _ => {
                        self.0.push(vec![series]);
                        self.1 = WAITING_BYTES_MAX.saturating_sub(SERIES_BYTES);
                    }
                }
            }
        }
    }
}

/// Digits of a number, and a comma.
fn digits(number: u64) -> usize {
    usize::try_from(number.checked_ilog10().unwrap_or(0)).unwrap_or(0).saturating_add(2)
}

impl Waits {
    /// The word in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Recalled => "recalled",
            Self::Held => "held",
        }
    }
}
