//! Where objects wait: a slab of slots, and lines through it, one for each precedence, way of sending and source. Taking
//! one out of the middle costs what taking the first one costs, and nothing is allocated once the slab has its size.
//!
//! Sources that share a class take turns: the next one is the one that has sent least, in bytes. Whoever begins to wait
//! begins where the others are, so silence is not saved up.

use crate::outcome::Waiting;
use lockgate_bytes::{Precedence, Sealed, Time};

/// No slot.
const NONE: usize = usize::MAX;
/// So many lines of one class are kept while nothing waits in them.
const IDLE: usize = 64;
/// What an object costs beside its bytes where turns are counted: headers, and that nobody sends for nothing.
const HEADERS: u64 = 64;

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
    /// By precedence, and by way: what is sent at once, and what is sent in blocks.
    classes: [[Class; 2]; 6],
    /// The largest object, in bytes, that is sent at once.
    at_once: usize,
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

/// The sources of one class.
struct Class {
    lines: Vec<Line>,
    /// What the source that was served last had sent before: whoever begins to wait begins there.
    level: u64,
}

/// What waits of one source.
#[derive(Clone, Copy)]
struct Line {
    turn: u64,
    first: usize,
    last: usize,
    /// Bytes that it has sent.
    sent: u64,
}

impl Default for Class {
    fn default() -> Self {
        Self { lines: Vec::with_capacity(IDLE), level: 0 }
    }
}

impl Class {
    /// The line whose turn it is; behind `after`, where it is given.
    fn next(&self, after: Option<(u64, usize)>) -> Option<&Line> {
        let waiting = self.lines.iter().enumerate().filter(|(_, line)| line.first != NONE);
        let ranked = waiting.map(|(at, line)| ((line.sent, at), line));
        let (_, line) = ranked
            .filter(|(rank, _)| after.is_none_or(|after| *rank > after))
            .min_by_key(|(rank, _)| *rank)?;
        Some(line)
    }

    fn line(&mut self, turn: u64) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.turn == turn)
    }

    /// The line of a source, where there is none yet a new one.
    fn joined(&mut self, turn: u64) -> Option<&mut Line> {
        let level = self.level;
        if self.line(turn).is_none() {
            if self.lines.len() >= IDLE
                && let Some(idle) = self.lines.iter().position(|line| line.first == NONE)
            {
                self.lines.swap_remove(idle);
            }
            self.lines.push(Line { turn, first: NONE, last: NONE, sent: level });
        }
        let line = self.line(turn)?;
        if line.first == NONE {
            line.sent = line.sent.max(level);
        }
        Some(line)
    }
}

impl Places {
    /// Room for `most` objects, taken at once and never given back. Objects of more than `at_once` bytes stand in lines of
    /// their own.
    pub(crate) fn new(most: usize, at_once: usize) -> Self {
        let (slots, classes) = (Vec::with_capacity(most), Default::default());
        Self { slots, free: NONE, classes, at_once, numbers: 0 }
    }

    fn class(&self, precedence: Precedence, is_large: bool) -> Option<&Class> {
        self.classes.get(precedence.place())?.get(usize::from(is_large))
    }

    fn class_of(&mut self, sealed: &Sealed) -> Option<&mut Class> {
        let is_large = self.is_large(sealed);
        self.classes.get_mut(sealed.precedence.place())?.get_mut(usize::from(is_large))
    }

    /// True where the object is sent in blocks.
    pub(crate) fn is_large(&self, sealed: &Sealed) -> bool {
        sealed.bytes.len() > self.at_once
    }

    /// To the end of its line.
    pub(crate) fn push(&mut self, waiting: Waiting) -> Place {
        self.numbers = self.numbers.saturating_add(1);
        let number = self.numbers;
        let free = self.slots.get(self.free).map(|slot| (self.free, slot.after));
        let slot = free.map_or(self.slots.len(), |(slot, _)| slot);
        let turn = waiting.sealed.turn;
        let line = self.class_of(&waiting.sealed).and_then(|class| class.joined(turn));
        let last = line.map_or(NONE, |line| {
            let last = core::mem::replace(&mut line.last, slot);
            if line.first == NONE {
                line.first = slot;
            }
            last
        });
        let filled = Slot { taken: waiting.since, waiting: Some(waiting), number, before: last, after: NONE };
        match (self.slots.get_mut(slot), free) {
            (Some(empty), Some((_, next))) => {
                *empty = filled;
                self.free = next;
            }
            _ => self.slots.push(filled),
        }
        if let Some(last) = self.slots.get_mut(last) {
            last.after = slot;
        }
        Place { slot, number }
    }

    /// Another object of the same line in the same place of it.
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

    /// True where both stand in one line.
    pub(crate) fn is_alike(&self, one: &Sealed, other: &Sealed) -> bool {
        one.precedence == other.precedence
            && one.turn == other.turn
            && self.is_large(one) == self.is_large(other)
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
        let turn = waiting.sealed.turn;
        if let Some(line) = self.class_of(&waiting.sealed).and_then(|class| class.line(turn)) {
            if line.first == place.slot {
                line.first = after;
            }
            if line.last == place.slot {
                line.last = before;
            }
        }
        Some(waiting)
    }

    /// The object of this place is sent: its source has had so much of its turn.
    pub(crate) fn charge(&mut self, place: Place) {
        let Some(sealed) = self.look(place).map(|waiting| &waiting.sealed) else { return };
        let (turn, is_large, precedence) = (sealed.turn, self.is_large(sealed), sealed.precedence);
        let bytes = u64::try_from(sealed.bytes.len()).unwrap_or(u64::MAX).saturating_add(HEADERS);
        let ways = self.classes.get_mut(precedence.place());
        let Some(class) = ways.and_then(|ways| ways.get_mut(usize::from(is_large))) else { return };
        let level = class.level;
        let Some(line) = class.line(turn) else { return };
        let now = level.max(line.sent);
        line.sent = line.sent.saturating_add(bytes);
        class.level = now;
    }

    pub(crate) fn look(&self, place: Place) -> Option<&Waiting> {
        self.slots.get(place.slot).filter(|slot| slot.number == place.number)?.waiting.as_ref()
    }

    #[cfg(test)]
    pub(crate) fn spoil(&mut self, place: Place, change: impl FnOnce(&mut Sealed)) {
        let slot = self.slots.get_mut(place.slot).filter(|slot| slot.number == place.number);
        change(&mut slot.and_then(|slot| slot.waiting.as_mut()).expect("it waits").sealed);
    }

    /// When the first object of this place came: an object that takes another's place waits since then, as a place.
    pub(crate) fn taken(&self, place: Place) -> Option<Time> {
        self.slots.get(place.slot).filter(|slot| slot.number == place.number).map(|slot| slot.taken)
    }

    /// What of this class and way is sent next.
    pub(crate) fn first(&self, precedence: Precedence, is_large: bool) -> Option<Place> {
        self.place(self.class(precedence, is_large)?.next(None)?.first)
    }

    /// When the object came that has waited longest in this class.
    pub(crate) fn oldest(&self, precedence: Precedence) -> Option<Time> {
        let lines = self.classes.get(precedence.place())?.iter().flat_map(|class| &class.lines);
        lines.filter_map(|line| self.taken(self.place(line.first)?)).min()
    }

    /// The youngest of a class.
    pub(crate) fn last(&self, precedence: Precedence) -> Option<Place> {
        let lines = self.classes.get(precedence.place())?.iter().flat_map(|class| &class.lines);
        lines.filter_map(|line| self.place(line.last)).max_by_key(|place| place.number)
    }

    /// What follows it within class and way: of its own source first, then of those whose turn comes later.
    pub(crate) fn after(&self, place: Place) -> Option<Place> {
        let slot = self.slots.get(place.slot).filter(|slot| slot.number == place.number)?;
        if let Some(next) = self.place(slot.after) {
            return Some(next);
        }
        let sealed = &slot.waiting.as_ref()?.sealed;
        let class = self.class(sealed.precedence, self.is_large(sealed))?;
        let at = class.lines.iter().position(|line| line.turn == sealed.turn)?;
        let sent = class.lines.get(at)?.sent;
        self.place(class.next(Some((sent, at)))?.first)
    }

    fn place(&self, slot: usize) -> Option<Place> {
        self.slots.get(slot).map(|found| Place { slot, number: found.number })
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
        let mut places = Places::new(2, usize::MAX);
        let first = places.push(waiting(1));
        assert_eq!(places.take(first).map(|it| it.sealed.entry), Some(1));
        let second = places.push(waiting(2));
        assert!(places.look(first).is_none() && places.take(first).is_none());
        assert!(places.replace(first, waiting(3)).is_err());
        let (old, third) = places.replace(second, waiting(3)).ok().expect("it is there");
        assert_eq!(old.sealed.entry, 2);
        assert!(places.look(second).is_none() && places.look(third).is_some());
    }

    fn of(entry: u64, turn: u64, size: usize) -> Waiting {
        let mut waiting = waiting(entry);
        (waiting.sealed.turn, waiting.sealed.bytes) = (turn, vec![0; size]);
        waiting
    }

    /// Sends the next of both ways in turn, and gives whose it was.
    fn send(places: &mut Places, is_large: bool) -> Option<(u64, usize)> {
        let place = places.first(Precedence::Routine, is_large)?;
        places.charge(place);
        places.take(place).map(|waiting| (waiting.sealed.turn, waiting.sealed.bytes.len()))
    }

    #[test]
    fn sources_share_a_class_by_bytes_and_silence_is_not_saved_up() {
        let mut places = Places::new(1_000, 4_096);
        for entry in 0..200 {
            places.push(of(entry, 1, 100));
            places.push(of(entry, 2, 1_900));
        }
        let mut bytes = [0_usize; 4];
        for _ in 0..100 {
            let (turn, size) = send(&mut places, false).unwrap();
            bytes[turn as usize] += size + 64;
        }
        assert!(bytes[1].abs_diff(bytes[2]) <= 1_964, "{bytes:?}");
        // One that was silent all the time does not take all now.
        for entry in 0..200 {
            places.push(of(entry, 3, 1_000));
        }
        let before = bytes;
        for _ in 0..60 {
            let (turn, size) = send(&mut places, false).unwrap();
            bytes[turn as usize] += size + 64;
        }
        let of_each: Vec<usize> = (1..4).map(|turn| bytes[turn] - before[turn]).collect();
        let (least, most) = (of_each.iter().min().unwrap(), of_each.iter().max().unwrap());
        assert!(most - least <= 2 * 1_964, "{of_each:?}");
    }

    #[test]
    fn what_is_sent_in_blocks_does_not_stand_in_the_way_of_what_is_sent_at_once() {
        let mut places = Places::new(8, 1_000);
        places.push(of(1, 1, 5_000));
        places.push(of(2, 1, 10));
        assert_eq!(send(&mut places, false), Some((1, 10)));
        assert_eq!(send(&mut places, false), None);
        assert_eq!(send(&mut places, true), Some((1, 5_000)));
    }

    #[test]
    fn a_walk_comes_by_everything_once() {
        let mut places = Places::new(64, usize::MAX);
        for entry in 0..30 {
            places.push(of(entry, entry % 3, 100 + entry as usize));
        }
        for _ in 0..5 {
            send(&mut places, false);
        }
        let (mut seen, mut next) = (Vec::new(), places.first(Precedence::Routine, false));
        while let Some(place) = next {
            seen.push(places.look(place).expect("it waits").sealed.entry);
            next = places.after(place);
        }
        assert_eq!(seen.len(), 25);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 25);
    }

    #[test]
    fn lines_in_which_nothing_waits_are_bounded() {
        let mut places = Places::new(4, usize::MAX);
        for turn in 0..10_000 {
            places.push(of(turn, turn, 10));
            assert_eq!(send(&mut places, false), Some((turn, 10)));
        }
        assert!(places.classes[1][0].lines.len() <= super::IDLE);
    }

    #[test]
    fn a_line_holds_together_whoever_leaves() {
        for leaves in 0..3 {
            let mut places = Places::new(3, usize::MAX);
            let all: Vec<_> = (0..3).map(|entry| places.push(waiting(entry))).collect();
            places.take(all[leaves]);
            let mut rest = Vec::new();
            let mut next = places.first(Precedence::Routine, false);
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
