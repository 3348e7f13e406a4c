//! The whole state of the ledger as one or more records, so that a restart reads only from the last one on.

use super::{Ledger, LedgerFault, NAMES_MAX, Receipts, Tally, Waits};
use lockgate_bytes::Digest;
use std::collections::BTreeMap;

/// Ranges of waiting objects in one part, at most: up to 60 bytes each in the record.
const RANGES_MAX: usize = 600;
/// Ranges of receipts in one part, at most: up to 85 bytes each.
const RECEIPTS_MAX: usize = 200;

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
    /// Objects that wait: the lane's index, where they stand, and the entries from, to (inclusive).
    pub waiting: Vec<(u64, Waits, u64, u64)>,
    /// The bundle that was in force last. In the first part only.
    pub bundle: Option<Digest>,
    /// The highest revision of a bundle that has run. In the first part only.
    pub revision: u64,
    /// Taken files of which objects are on record, those before the last snapshot left out: the run, the numbers from,
    /// to (inclusive), and how many objects of each.
    pub receipts: Vec<(u64, u64, u64, u64)>,
}

impl Ledger {
    /// The parts of a snapshot; to be appended together and committed at once. Lanes and listeners go into the first
    /// part whole: a deployment has few.
    pub fn snapshot(&self) -> Vec<Snapshot> {
        let (waiting, receipts) = (self.ranges(), self.receipts.ranges());
        let (mut waiting, mut receipts) = (waiting.chunks(RANGES_MAX), receipts.chunks(RECEIPTS_MAX));
        let mut parts = Vec::new();
        loop {
            let (waits, taken) = (waiting.next(), receipts.next());
            if waits.is_none() && taken.is_none() && !parts.is_empty() {
                break;
            }
            parts.push(Snapshot {
                waiting: waits.unwrap_or_default().to_vec(),
                receipts: taken.unwrap_or_default().to_vec(),
                ..Snapshot::default()
            });
        }
        if let Some(first) = parts.first_mut() {
            first.lanes.clone_from(&self.lanes);
            (first.bundle, first.revision) = (self.bundle, self.revision);
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
    ///
    /// # Errors
    /// [`LedgerFault::Disagrees`] where they are not all the parts of one snapshot; [`LedgerFault::TooMuch`].
    pub fn from_snapshot(parts: &[Snapshot]) -> Result<Self, LedgerFault> {
        let first = parts.first().ok_or(LedgerFault::Disagrees("parts"))?;
        if first.lanes.len() > NAMES_MAX || first.drops.len() > NAMES_MAX {
            return Err(LedgerFault::TooMuch);
        }
        let mut ledger = Self {
            epoch: first.epoch,
            is_running: true,
            lanes: first.lanes.clone(),
            waiting: BTreeMap::new(),
            drops: first.drops.iter().map(|(name, before, now)| (name.clone(), (*before, *now))).collect(),
            bundle: first.bundle,
            revision: first.revision,
            receipts: Receipts::default(),
        };
        let count = u64::try_from(parts.len()).unwrap_or(u64::MAX);
        for (part, number) in parts.iter().zip(1_u64..) {
            if part.part != number || part.parts != count || part.epoch != first.epoch {
                return Err(LedgerFault::Disagrees("parts"));
            }
            if !part.receipts.iter().all(|range| ledger.receipts.put(*range)) {
                return Err(LedgerFault::Disagrees("receipts"));
            }
            for &(lane, waits, from, to) in &part.waiting {
                let lane = usize::try_from(lane).ok().filter(|lane| *lane < ledger.lanes.len());
                let lane = lane.ok_or(LedgerFault::Disagrees("lanes"))?;
                let tally = ledger.lanes.get(lane).map(|(_, tally)| *tally).unwrap_or_default();
                // No more than the lane says that wait: a range cannot be made long to fill the memory.
                let most = if waits == Waits::Held { tally.held } else { tally.queued };
                if from > to || to.saturating_sub(from) >= most {
                    return Err(LedgerFault::Range(from, to));
                }
                for entry in from..=to {
                    if ledger.waiting.insert(entry, (lane, waits)).is_some() {
                        return Err(LedgerFault::Disagrees("objects outstanding"));
                    }
                }
            }
        }
        ledger.counts_agree()?;
        Ok(ledger)
    }

    fn counts_agree(&self) -> Result<(), LedgerFault> {
        for (index, (_, tally)) in self.lanes.iter().enumerate() {
            let here = self.waiting.values().filter(|(lane, _)| *lane == index);
            let held = here.clone().filter(|(_, waits)| *waits == Waits::Held).count();
            let queued = here.count().saturating_sub(held);
            if u64::try_from(held) != Ok(tally.held) || u64::try_from(queued) != Ok(tally.queued) {
                return Err(LedgerFault::Disagrees("objects outstanding"));
            }
        }
        Ok(())
    }

    fn ranges(&self) -> Vec<(u64, Waits, u64, u64)> {
        let mut ranges: Vec<(u64, Waits, u64, u64)> = Vec::new();
        for (&entry, &(lane, waits)) in &self.waiting {
            let lane = u64::try_from(lane).unwrap_or(u64::MAX);
            match ranges.last_mut() {
                Some((of, state, _, to)) if (*of, *state, to.saturating_add(1)) == (lane, waits, entry) => {
                    *to = entry
                }
                _ => ranges.push((lane, waits, entry, entry)),
            }
        }
        ranges
    }
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
