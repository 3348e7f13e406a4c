//! The index in memory: which objects are held, where they stand, and no more. Facts and accounts stay on the disk.

use crate::chunk::Places;
use crate::item::StagedKey;
use crate::row::Row;
use lockgate_bytes::{Digest, Time};
use std::collections::{BTreeMap, BTreeSet};

/// One object in the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// The entry under which it is held, once that is on record.
    pub(crate) entry: Option<u64>,
    pub(crate) key: StagedKey,
    pub(crate) arrival: Time,
    pub(crate) places: Places,
    /// Its first reason: a place in [`Index::reasons`].
    reason: u16,
    /// Its source: a place in [`Index::sources`].
    source: u16,
    /// It is held no more, and kept for what was made of it.
    pub(crate) kept: bool,
}

/// How many objects are held for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The code of the first reason.
    pub code: Box<str>,
    /// How many.
    pub objects: u64,
}

/// All objects in the store.
#[derive(Debug, Default)]
pub(crate) struct Index {
    slots: BTreeMap<u64, Slot>,
    /// From entry to number.
    entries: BTreeMap<u64, u64>,
    /// Arrival and number of each held object: an operator who looks ten times a second walks past none of them.
    arrivals: BTreeSet<(Time, u64)>,
    reasons: Vec<Counted>,
    /// The sources of all objects; the first stands for one that is not known.
    sources: Vec<Box<str>>,
    /// The number of the next staged object.
    next: u64,
    /// Objects that are kept for what was made of them.
    kept: usize,
    /// Entries that were committed although what was staged for them is not known.
    pub(crate) orphans: Vec<(u64, u64)>,
}

impl Index {
    /// Applies one row. Rows may come twice, or speak of what is not known: that changes nothing.
    pub(crate) fn apply(&mut self, row: &Row) {
        match row {
            Row::Staged { number, sha256, places, facts } => {
                self.next = self.next.max(number.saturating_add(1));
                let key = StagedKey { epoch: facts.epoch, draft: facts.draft, sha256: *sha256 };
                let code = facts.codes.first().map_or("", |code| code);
                self.add(*number, key, (&facts.source, facts.arrival), *places, code);
            }
            Row::Committed { number, entry } => {
                if !self.commit(*number, *entry) {
                    self.orphans.push((*number, *entry));
                }
            }
            Row::Gone { number, .. } => {
                self.remove(*number);
                self.orphans.retain(|(orphan, _)| orphan != number);
            }
            Row::Kept { number } => drop(self.keep(*number)),
            Row::Moved { number, places } => self.moved(*number, *places),
            Row::Synced { next, .. } => self.next = self.next.max(*next),
        }
    }

    /// Adds what was staged.
    pub(crate) fn add(
        &mut self,
        number: u64,
        key: StagedKey,
        (source, arrival): (&str, Time),
        places: Places,
        code: &str,
    ) {
        if self.slots.contains_key(&number) {
            return;
        }
        let (reason, source) = (self.reason(code), self.source(source));
        self.slots.insert(number, Slot { entry: None, key, arrival, places, reason, source, kept: false });
    }

    /// A number that no staged object had before.
    pub(crate) fn draw(&mut self) -> u64 {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        number
    }

    /// The number that comes next: chunks of settled objects may still bear all those before it.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// False where nothing was staged under the number, or the entry is taken.
    pub(crate) fn commit(&mut self, number: u64, entry: u64) -> bool {
        if self.entries.contains_key(&entry) {
            return self.entries.get(&entry) == Some(&number);
        }
        let Some(slot) = self.slots.get_mut(&number).filter(|slot| slot.entry.is_none()) else {
            return false;
        };
        slot.entry = Some(entry);
        self.entries.insert(entry, number);
        self.arrivals.insert((slot.arrival, number));
        if let Some(counted) = self.reasons.get_mut(usize::from(slot.reason)) {
            counted.objects = counted.objects.saturating_add(1);
        }
        true
    }

    pub(crate) fn remove(&mut self, number: u64) -> Option<Slot> {
        let slot = self.slots.remove(&number)?;
        if let Some(entry) = slot.entry {
            self.entries.remove(&entry);
            match slot.kept {
                true => self.kept = self.kept.saturating_sub(1),
                false => self.uncount(number, slot.arrival, slot.reason),
            }
        }
        Some(slot)
    }

    /// A held object is held no more, and kept. False where it is not held, or kept already: nothing changes.
    pub(crate) fn keep(&mut self, number: u64) -> bool {
        let Some(slot) = self.slots.get_mut(&number).filter(|slot| slot.entry.is_some() && !slot.kept) else {
            return false;
        };
        slot.kept = true;
        let (arrival, reason) = (slot.arrival, slot.reason);
        self.uncount(number, arrival, reason);
        self.kept = self.kept.saturating_add(1);
        true
    }

    fn uncount(&mut self, number: u64, arrival: Time, reason: u16) {
        self.arrivals.remove(&(arrival, number));
        if let Some(counted) = self.reasons.get_mut(usize::from(reason)) {
            counted.objects = counted.objects.saturating_sub(1);
        }
    }

    pub(crate) fn moved(&mut self, number: u64, places: Places) {
        if let Some(slot) = self.slots.get_mut(&number) {
            slot.places = places;
        }
    }

    /// The object held under an entry, with its number.
    pub(crate) fn held(&self, entry: u64) -> Option<(u64, &Slot)> {
        let number = *self.entries.get(&entry)?;
        self.slots.get(&number).map(|slot| (number, slot))
    }

    pub(crate) fn slot(&self, number: u64) -> Option<&Slot> {
        self.slots.get(&number)
    }

    /// Everything in the store, by number.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (u64, &Slot)> {
        self.slots.iter().map(|(number, slot)| (*number, slot))
    }

    /// The entries under which objects are held, rising, with the objects' hashes.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, Digest)> {
        self.entries.iter().filter_map(|(entry, number)| Some((*entry, self.slots.get(number)?.key.sha256)))
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// How many are kept for what was made of them.
    pub(crate) fn kept_count(&self) -> usize {
        self.kept
    }

    pub(crate) fn held_count(&self) -> usize {
        self.entries.len()
    }

    /// The code of the first reason of a slot.
    pub(crate) fn code(&self, slot: &Slot) -> &str {
        self.reasons.get(usize::from(slot.reason)).map_or("", |counted| &counted.code)
    }

    /// Held objects by first reason. A reason that held one once stays, with none: who shows it has to hear of it.
    pub(crate) fn by_reason(&self) -> impl Iterator<Item = &Counted> {
        self.reasons.iter()
    }

    /// When the longest-held object arrived.
    pub(crate) fn oldest(&self) -> Option<Time> {
        self.arrivals.first().map(|(arrival, _)| *arrival)
    }

    /// Where an object came from; none where the index does not know.
    pub(crate) fn origin(&self, slot: &Slot) -> Option<(&str, Time)> {
        let source = self.sources.get(usize::from(slot.source))?;
        (!source.is_empty()).then_some((&**source, slot.arrival))
    }

    fn source(&mut self, source: &str) -> u16 {
        if self.sources.is_empty() {
            self.sources.push("".into());
        }
        let known = self.sources.iter().position(|known| **known == *source);
        // Sources are those of a lane: a few. What does not fit any more is not known.
        let room = self.sources.len() < usize::from(u16::MAX);
        let at = known.or_else(|| {
            room.then(|| {
                self.sources.push(source.into());
                self.sources.len().saturating_sub(1)
            })
        });
        at.and_then(|at| u16::try_from(at).ok()).unwrap_or(0)
    }

    fn reason(&mut self, code: &str) -> u16 {
        let known = self.reasons.iter().position(|counted| &*counted.code == code);
        let at = known.unwrap_or_else(|| {
            self.reasons.push(Counted { code: code.into(), objects: 0 });
            self.reasons.len().saturating_sub(1)
        });
        // Codes are those of this program: a few hundred.
        u16::try_from(at).unwrap_or(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Index;
    use crate::chunk::{Place, Places};
    use crate::item::StagedKey;
    use lockgate_bytes::{Digest, Time};
    use proptest::prelude::*;

    const PLACE: Place = Place { segment: 0, offset: 0, length: 0 };

    fn add(index: &mut Index, number: u64, arrival: i64) {
        let key = StagedKey { epoch: 1, draft: number, sha256: Digest([0; 32]) };
        let arrival = Time::from_unix_nanos(arrival);
        let places = Places { object: PLACE, account: PLACE, beside: None };
        index.add(number, key, ("feed", arrival), places, "LG-H001");
    }

    /// By looking at every object, as it was done once.
    fn oldest(index: &Index) -> Option<Time> {
        index
            .slots()
            .filter(|(_, slot)| slot.entry.is_some() && !slot.kept)
            .map(|(_, slot)| slot.arrival)
            .min()
    }

    proptest! {
        #[test]
        fn the_oldest_is_the_one_that_a_look_at_every_object_finds(
            steps in prop::collection::vec((0_u8..5, 0_u64..12, 0_i64..6), 1..120),
        ) {
            let mut index = Index::default();
            for (kind, number, time) in steps {
                match kind {
                    0 => add(&mut index, number, time),
                    // Under an entry of its own, or under one that may be taken.
                    1 => drop(index.commit(number, number)),
                    2 => drop(index.commit(number, 3)),
                    3 => drop(index.keep(number)),
                    _ => drop(index.remove(number)),
                }
                prop_assert_eq!(index.oldest(), oldest(&index));
                let kept = index.slots().filter(|(_, slot)| slot.kept).count();
                prop_assert_eq!(index.kept_count(), kept);
                prop_assert_eq!(index.arrivals.len(), index.held_count() - kept);
                let by_reason: u64 = index.by_reason().map(|counted| counted.objects).sum();
                prop_assert_eq!(usize::try_from(by_reason).unwrap(), index.held_count() - kept);
            }
        }
    }

    #[test]
    fn a_reason_whose_last_object_left_is_told_with_none() {
        let mut index = Index::default();
        for number in 0..2 {
            add(&mut index, number, 1);
            assert!(index.commit(number, number));
        }
        let told = |index: &Index| {
            index.by_reason().map(|counted| (counted.code.to_string(), counted.objects)).collect::<Vec<_>>()
        };
        assert_eq!(told(&index), [("LG-H001".to_owned(), 2)]);
        index.remove(0);
        assert!(index.keep(1) && !index.keep(1));
        assert_eq!(told(&index), [("LG-H001".to_owned(), 0)]);
    }

    #[test]
    fn a_look_at_the_oldest_costs_the_same_however_many_are_held() {
        // A look at each of 200,000 for each of 200,000 looks would take minutes.
        let mut index = Index::default();
        for number in 0..200_000 {
            add(&mut index, number, i64::try_from(number).unwrap());
            assert!(index.commit(number, number));
        }
        for number in 0..200_000_u64 {
            assert_eq!(index.oldest(), Some(Time::from_unix_nanos(i64::try_from(number).unwrap())));
            assert!(index.remove(number).is_some());
        }
        assert_eq!(index.oldest(), None);
    }
}
