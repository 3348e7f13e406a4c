//! Six lines of waiting objects in one slab: every step is one or two links, and nothing moves when one leaves.

use crate::outcome::Waiting;
use lockgate_bytes::{Precedence, Time};

/// No slot.
const NONE: usize = usize::MAX;

/// Where an object waits. Once it has left, or another took its place, no place of it leads anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    slot: usize,
    /// Grows with each object, so that a place that is used again is another place.
    number: u64,
}

/// The slab and its lines.
pub(crate) struct Places {
    slots: Vec<Slot>,
    /// First of the slots that are free, linked by `after`.
    free: usize,
    lines: [Line; 6],
    numbers: u64,
}

pub(crate) struct Slot {
    waiting: Option<Waiting>,
    number: u64,
    /// When the first object of this place came.
    taken: Time,
    before: usize,
    after: usize,
}

#[derive(Clone, Copy)]
struct Line {
    first: usize,
    last: usize,
}

impl Places {
    /// Room for `most` objects, taken at once and never given back.
    pub(crate) fn new(most: usize) -> Self {
        let lines = [Line { first: NONE, last: NONE }; 6];
        Self { slots: Vec::with_capacity(most), free: NONE, lines, numbers: 0 }
    }

    /// To the end of the line of its precedence.
    pub(crate) fn push(&mut self, waiting: Waiting) -> Place {
        let class = class(waiting.sealed.precedence);
        self.numbers = self.numbers.saturating_add(1);
        let number = self.numbers;
        let last = self.lines.get(class).map_or(NONE, |line| line.last);
        let filled = Slot { taken: waiting.since, waiting: Some(waiting), number, before: last, after: NONE };
        let slot = self.free;
        if let Some(free) = self.slots.get_mut(slot) {
            self.free = free.after;
            *free = filled;
            return self.append(class, last, Place { slot, number });
        }
        let slot = self.slots.len();
        self.slots.push(filled);
        self.append(class, last, Place { slot, number })
    }

    fn append(&mut self, class: usize, last: usize, place: Place) -> Place {
        if let Some(last) = self.slots.get_mut(last) {
            last.after = place.slot;
        }
        if let Some(line) = self.lines.get_mut(class) {
            line.last = place.slot;
            if line.first == NONE {
                line.first = place.slot;
            }
        }
        place
    }

    /// Another object of the same precedence in the same place of its line.
    ///
    /// # Errors
    /// The object itself where the place was left.
    #[expect(clippy::result_large_err, reason = "moved into the slab in the next step, never passed on")]
    pub(crate) fn replace(&mut self, place: Place, waiting: Waiting) -> Result<(Waiting, Place), Waiting> {
        let slot = self.slots.get_mut(place.slot).filter(|slot| slot.number == place.number);
        let Some((old, number)) = slot.and_then(|slot| Some((slot.waiting.as_mut()?, &mut slot.number)))
        else {
            return Err(waiting);
        };
        self.numbers = self.numbers.saturating_add(1);
        *number = self.numbers;
        let old = core::mem::replace(old, waiting);
        Ok((old, Place { slot: place.slot, number: self.numbers }))
    }

    /// Out of its line, wherever it stands.
    pub(crate) fn take(&mut self, place: Place) -> Option<Waiting> {
        let free = self.free;
        let slot = self.slots.get_mut(place.slot).filter(|slot| slot.number == place.number)?;
        let waiting = slot.waiting.take()?;
        let (before, after) = (slot.before, slot.after);
        slot.number = 0;
        slot.after = free;
        self.free = place.slot;
        if let Some(slot) = self.slots.get_mut(before) {
            slot.after = after;
        }
        if let Some(slot) = self.slots.get_mut(after) {
            slot.before = before;
        }
        if let Some(line) = self.lines.get_mut(class(waiting.sealed.precedence)) {
            if line.first == place.slot {
                line.first = after;
            }
            if line.last == place.slot {
                line.last = before;
            }
        }
        Some(waiting)
    }

    pub(crate) fn look(&self, place: Place) -> Option<&Waiting> {
        self.slots.get(place.slot).filter(|slot| slot.number == place.number)?.waiting.as_ref()
    }

    /// When the first object of this place came: an object that takes another's place waits since then, as a place.
    pub(crate) fn taken(&self, place: Place) -> Option<Time> {
        self.slots.get(place.slot).filter(|slot| slot.number == place.number).map(|slot| slot.taken)
    }

    /// The head of a line.
    pub(crate) fn first(&self, precedence: Precedence) -> Option<Place> {
        self.place(self.lines.get(class(precedence))?.first)
    }

    /// The end of a line.
    pub(crate) fn last(&self, precedence: Precedence) -> Option<Place> {
        self.place(self.lines.get(class(precedence))?.last)
    }

    /// The next in the same line.
    pub(crate) fn after(&self, place: Place) -> Option<Place> {
        let slot = self.slots.get(place.slot).filter(|slot| slot.number == place.number)?;
        self.place(slot.after)
    }

    fn place(&self, slot: usize) -> Option<Place> {
        self.slots.get(slot).map(|found| Place { slot, number: found.number })
    }
}

/// The line of a precedence, lowest first.
pub(crate) fn class(precedence: Precedence) -> usize {
    match precedence {
        Precedence::Deferred => 0,
        Precedence::Routine => 1,
        Precedence::Priority => 2,
        Precedence::Immediate => 3,
        Precedence::Flash => 4,
        Precedence::Override => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::outcome::Waiting;
    use crate::testing::sealed;
    use lockgate_bytes::{Precedence, Time};

    fn waiting(entry: u64) -> Waiting {
        Waiting { sealed: sealed(entry), since: Time::from_unix_nanos(0) }
    }

    #[test]
    fn a_place_that_was_left_leads_nowhere_though_its_slot_is_used_again() {
        let mut places = Places::new(2);
        let first = places.push(waiting(1));
        assert_eq!(places.take(first).map(|it| it.sealed.entry), Some(1));
        let second = places.push(waiting(2));
        assert!(places.look(first).is_none() && places.take(first).is_none());
        assert!(places.replace(first, waiting(3)).is_err());
        let (old, third) = places.replace(second, waiting(3)).ok().expect("it is there");
        assert_eq!(old.sealed.entry, 2);
        assert!(places.look(second).is_none() && places.look(third).is_some());
    }

    #[test]
    fn a_line_holds_together_whoever_leaves() {
        for leaves in 0..3 {
            let mut places = Places::new(3);
            let all: Vec<_> = (0..3).map(|entry| places.push(waiting(entry))).collect();
            places.take(all[leaves]);
            let mut rest = Vec::new();
            let mut next = places.first(Precedence::Routine);
            while let Some(place) = next {
                rest.push(places.look(place).expect("it waits").sealed.entry);
                next = places.after(place);
            }
            let expected: Vec<u64> = (0..3).filter(|entry| *entry != leaves as u64).collect();
            assert_eq!(rest, expected);
            let last = places.last(Precedence::Routine).and_then(|place| places.look(place));
            assert_eq!(last.map(|it| it.sealed.entry), expected.last().copied());
        }
    }
}
