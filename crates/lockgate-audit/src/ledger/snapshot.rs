//! The whole state of the ledger as one or more records, so that a restart reads only from the last one on.

use super::{Ledger, LedgerFault, NAMES_MAX, Tally, Waits};
use std::collections::BTreeMap;

/// Ranges of waiting objects in one part, at most: some 45 bytes each in the record.
const RANGES_MAX: usize = 1000;

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
}

impl Ledger {
    /// The parts of a snapshot; to be appended together and committed at once. Lanes and listeners go into the first
    /// part whole: a deployment has few.
    pub fn snapshot(&self) -> Vec<Snapshot> {
        let ranges = self.ranges();
        let mut parts: Vec<Snapshot> = ranges
            .chunks(RANGES_MAX)
            .map(|chunk| Snapshot { waiting: chunk.to_vec(), ..Snapshot::default() })
            .collect();
        if parts.is_empty() {
            parts.push(Snapshot::default());
        }
        if let Some(first) = parts.first_mut() {
            first.lanes.clone_from(&self.lanes);
            first.drops =
                self.drops.iter().map(|(name, (before, now))| (name.clone(), *before, *now)).collect();
        }
        let count = u64::try_from(parts.len()).unwrap_or(u64::MAX);
        for (part, number) in parts.iter_mut().zip(1_u64..) {
            (part.part, part.parts, part.epoch) = (number, count, self.epoch);
        }
        parts
    }

    /// The ledger that wrote these parts.
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
        };
        let count = u64::try_from(parts.len()).unwrap_or(u64::MAX);
        for (part, number) in parts.iter().zip(1_u64..) {
            if part.part != number || part.parts != count || part.epoch != first.epoch {
                return Err(LedgerFault::Disagrees("parts"));
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
