//! `objects_total{stage, verdict, reason}`: a counter for each combination that can exist, made at the start. Labels are
//! bounded by construction: two closed lists and the table of reason codes.

use crate::{Stage, Verdict};
use lockgate_reason::Code;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Objects by stage, verdict and leading reason.
#[derive(Debug)]
pub(crate) struct Objects {
    /// One block a stage: each stage belongs to one thread, so threads do not meet in a cache line.
    stages: Vec<Box<[AtomicU64]>>,
}

/// One counter that is not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Where.
    pub stage: Stage,
    /// What became of them.
    pub verdict: Verdict,
    /// The leading reason; `None` for what needs none.
    pub reason: Option<Code>,
    /// How many.
    pub objects: u64,
}

impl Objects {
    pub(crate) fn new() -> Self {
        let places = Verdict::ALL.len().saturating_mul(reasons());
        let block = || std::iter::repeat_with(AtomicU64::default).take(places).collect();
        Self { stages: std::iter::repeat_with(block).take(Stage::ALL.len()).collect() }
    }

    pub(crate) fn count(&self, stage: Stage, verdict: Verdict, reason: Option<Code>, objects: u64) {
        let place = verdict.place().saturating_mul(reasons()).saturating_add(slot(reason));
        if let Some(counter) = self.stages.get(stage.place()).and_then(|block| block.get(place)) {
            counter.fetch_add(objects, Relaxed);
        }
    }

    /// Every counter that is not zero, in order.
    pub(crate) fn tallies(&self) -> Vec<Tally> {
        let mut tallies = Vec::new();
        for (stage, block) in Stage::ALL.iter().zip(&self.stages) {
            for (verdict, row) in Verdict::ALL.iter().zip(block.chunks_exact(reasons())) {
                for (slot, counter) in row.iter().enumerate() {
                    let objects = counter.load(Relaxed);
                    if objects > 0 {
                        let reason = code_at(slot);
                        tallies.push(Tally { stage: *stage, verdict: *verdict, reason, objects });
                    }
                }
            }
        }
        tallies
    }
}

/// A gauge for each reason code, and one for no reason.
#[derive(Debug)]
pub(crate) struct ByReason(Box<[AtomicU64]>);

impl ByReason {
    pub(crate) fn new() -> Self {
        Self(std::iter::repeat_with(AtomicU64::default).take(reasons()).collect())
    }

    pub(crate) fn set(&self, reason: Code, objects: u64) {
        if let Some(gauge) = self.0.get(slot(Some(reason))) {
            gauge.store(objects, Relaxed);
        }
    }

    /// Every gauge that is not zero.
    pub(crate) fn present(&self) -> Vec<(Code, u64)> {
        let counts = self.0.iter().enumerate().map(|(slot, gauge)| (slot, gauge.load(Relaxed)));
        counts
            .filter(|(_, count)| *count > 0)
            .filter_map(|(slot, count)| Some((code_at(slot)?, count)))
            .collect()
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// Where in a row a code stands: found from its letter and number, since that happens for every object.
struct Table {
    codes: Vec<Code>,
    /// For each letter of the alphabet, for each number: the slot, 0 where there is no such code.
    slots: Vec<Vec<usize>>,
}

impl Table {
    fn new() -> Self {
        let codes: Vec<Code> = lockgate_reason::all().collect();
        let mut slots = vec![Vec::new(); 26];
        for (slot, code) in (1_usize..).zip(&codes) {
            if let Some((row, at)) = place(*code).and_then(|(row, at)| Some((slots.get_mut(row)?, at))) {
                row.resize(row.len().max(at.saturating_add(1)), 0);
                if let Some(place) = row.get_mut(at) {
                    *place = slot;
                }
            }
        }
        Self { codes, slots }
    }
}

/// Slots of a row: every code, and none.
fn reasons() -> usize {
    TABLE.codes.len().saturating_add(1)
}

fn slot(reason: Option<Code>) -> usize {
    let found = reason.and_then(place).and_then(|(row, at)| TABLE.slots.get(row)?.get(at).copied());
    found.unwrap_or(0)
}

fn code_at(slot: usize) -> Option<Code> {
    TABLE.codes.get(slot.checked_sub(1)?).copied()
}

/// Letter and number of `LG-S003`.
fn place(code: Code) -> Option<(usize, usize)> {
    let [b'L', b'G', b'-', letter @ b'A'..=b'Z', digits @ ..] = code.id().as_bytes() else { return None };
    let number = digits.iter().try_fold(0_usize, |sum, digit| {
        digit.is_ascii_digit().then(|| sum.saturating_mul(10).saturating_add(usize::from(digit & 15)))
    })?;
    Some((usize::from(letter.saturating_sub(b'A')), number.min(9_999)))
}

#[cfg(test)]
mod tests {
    use super::{ByReason, Objects, Tally, code_at, slot};
    use crate::{Stage, Verdict};
    use std::collections::BTreeSet;

    #[test]
    fn every_code_has_a_slot_of_its_own() {
        let slots: BTreeSet<usize> = lockgate_reason::all().map(|code| slot(Some(code))).collect();
        assert_eq!(slots.len(), lockgate_reason::all().count());
        assert!(!slots.contains(&0));
        for code in lockgate_reason::all() {
            assert_eq!(code_at(slot(Some(code))), Some(code));
        }
        assert_eq!(code_at(slot(None)), None);
    }

    #[test]
    fn what_is_counted_is_told_and_nothing_else() {
        let objects = Objects::new();
        let last = lockgate_reason::all().last();
        objects.count(Stage::Decide, Verdict::Release, None, 2);
        objects.count(Stage::Decide, Verdict::Refuse, last, 1);
        objects.count(Stage::Egress, Verdict::Indeterminate, last, 7);
        let tally = |stage, verdict, reason, objects| Tally { stage, verdict, reason, objects };
        assert_eq!(
            objects.tallies(),
            [
                tally(Stage::Decide, Verdict::Release, None, 2),
                tally(Stage::Decide, Verdict::Refuse, last, 1),
                tally(Stage::Egress, Verdict::Indeterminate, last, 7),
            ]
        );
    }

    #[test]
    fn held_objects_stand_by_reason() {
        let held = ByReason::new();
        let code = lockgate_reason::words::ALL[0];
        held.set(code, 3);
        assert_eq!(held.present(), [(code, 3)]);
        held.set(code, 0);
        assert_eq!(held.present(), []);
    }
}
