//! In order per track, where asked: of reports of one thing, one that is older than what was delivered already is late, over a
//! start as well: the journal has it.

use lockgate_bytes::Time;
use lockgate_diode::{Delivered, Id, Note};
use std::collections::{BTreeMap, BTreeSet};

/// So many things are remembered; above it the one of which nothing was heard for longest is forgotten.
const MOST: usize = 65_536;

/// An object that is older than one of the same thing that was delivered before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// When the newer one was first sent.
    pub newer: Time,
}

/// What was the newest report of each thing.
#[derive(Debug, Default)]
pub struct Newest {
    known: BTreeMap<u64, (Time, Id)>,
    /// The same by time.
    oldest: BTreeSet<(Time, u64)>,
}

impl Newest {
    /// Where a newer one of the same thing was delivered before. Older is what was first sent earlier, by the sender's clock.
    pub fn late(&self, object: &Delivered) -> Option<Late> {
        let (sent, id) = self.known.get(&object.order).copied().filter(|_| object.order != 0)?;
        // Numbers say more where the clock does not: those of one class and epoch. Others have nothing to do with each other.
        let is_behind =
            (id.epoch, id.class) == (object.id.epoch, object.id.class) && id.number > object.id.number;
        (sent > object.sent || (sent == object.sent && is_behind)).then_some(Late { newer: sent })
    }

    /// It is delivered, and not late.
    pub fn note(&mut self, object: &Delivered) {
        self.set(object.order, Some((object.id, object.sent)));
    }

    /// The newest report of this thing, and when it was first sent.
    pub(crate) fn of(&self, order: u64) -> Option<(Id, Time)> {
        self.known.get(&order).map(|(sent, id)| (*id, *sent))
    }

    /// This is the newest report of this thing, whatever was before.
    pub(crate) fn set(&mut self, order: u64, newest: Option<(Id, Time)>) {
        if order == 0 {
            return;
        }
        if let Some((sent, _)) = self.known.remove(&order) {
            self.oldest.remove(&(sent, order));
        }
        let Some((id, sent)) = newest else { return };
        if self.known.len() >= MOST
            && let Some((_, silent)) = self.oldest.pop_first()
        {
            self.known.remove(&silent);
        }
        self.known.insert(order, (sent, id));
        self.oldest.insert((sent, order));
    }

    /// This start of the sender is over, and all before it. A sender names its things anew with each start, so none that comes has a
    /// name of theirs; kept, they would take the room of things that still report.
    pub(crate) fn close(&mut self, epoch: u64) {
        let Self { known, oldest } = self;
        known.retain(|_, (_, id)| id.epoch > epoch);
        oldest.retain(|(_, order)| known.contains_key(order));
    }

    /// What a journal says of it.
    pub(crate) fn restored(notes: &[Note]) -> Self {
        let mut it = Self::default();
        let closed = notes
            .iter()
            .filter_map(|note| if let Note::Closed { epoch } = note { Some(*epoch) } else { None });
        let closed = closed.max().unwrap_or(0);
        for note in notes {
            if let Note::Newest { order, newest } = note {
                // What a start that is over told takes nobody's room meanwhile.
                it.set(*order, newest.filter(|(id, _)| id.epoch > closed));
            }
        }
        it
    }

    /// What a journal must say of it.
    pub(crate) fn notes(&self) -> impl Iterator<Item = Note> + '_ {
        let note = |(order, (sent, id)): (&u64, &(Time, Id))| Note::Newest {
            order: *order,
            newest: Some((*id, *sent)),
        };
        self.known.iter().map(note)
    }
}

#[cfg(test)]
mod tests {
    use super::{Late, MOST, Newest};
    use lockgate_bytes::{Precedence, Time};
    use lockgate_diode::{Delivered, Id, Note};

    fn object(order: u64, sent: i64, number: u64) -> Delivered {
        Delivered {
            id: Id { epoch: 1, class: Precedence::Routine, number },
            order,
            sent: Time::from_unix_nanos(sent),
            hash: [0; 32],
            bytes: Vec::new(),
            recovered: false,
        }
    }

    /// Takes it as a far side does that delivers in order.
    fn takes(newest: &mut Newest, object: &Delivered) -> Option<i64> {
        let late = newest.late(object);
        if late.is_none() {
            newest.note(object);
        }
        late.map(|Late { newer }| newer.unix_nanos())
    }

    #[test]
    fn an_older_report_of_one_thing_is_late_and_others_are_not() {
        let mut newest = Newest::default();
        let mut late = |order, sent, number| takes(&mut newest, &object(order, sent, number));
        assert_eq!(late(7, 10, 0), None);
        assert_eq!(late(7, 30, 2), None);
        assert_eq!(late(7, 20, 1), Some(30));
        assert_eq!(late(7, 30, 1), Some(30));
        assert_eq!(late(8, 1, 3), None);
        assert_eq!(late(0, 1, 4), None, "of no thing in particular");
        assert_eq!(late(0, 0, 3), None);
        assert_eq!(late(7, 31, 5), None);
    }

    #[test]
    fn numbers_of_another_class_or_start_say_nothing_of_which_is_older() {
        let mut newest = Newest::default();
        assert_eq!(takes(&mut newest, &object(7, 10, 5_000)), None);
        let mut flash = object(7, 10, 3);
        flash.id.class = Precedence::Flash;
        assert_eq!(takes(&mut newest, &flash), None);
        let mut next = object(7, 10, 0);
        next.id.epoch = 2;
        assert_eq!(takes(&mut newest, &next), None);
    }

    #[test]
    fn memory_is_bounded_and_the_one_silent_for_longest_goes_first() {
        let mut newest = Newest::default();
        for order in 1..=MOST as u64 + 100 {
            newest.note(&object(order, order as i64, 0));
        }
        assert_eq!((newest.known.len(), newest.oldest.len()), (MOST, MOST));
        assert!(newest.late(&object(MOST as u64, 1, 0)).is_some(), "still known");
        assert!(newest.late(&object(1, 0, 0)).is_none(), "forgotten");
        let notes: Vec<Note> = newest.notes().collect();
        let again = Newest::restored(&notes);
        assert_eq!((&again.known, &again.oldest), (&newest.known, &newest.oldest));
    }

    #[test]
    fn what_a_start_that_is_over_told_of_takes_no_room() {
        let mut newest = Newest::default();
        // Of a start with its clock far ahead: nothing that follows is later.
        for order in 1..=MOST as u64 {
            newest.note(&object(order, i64::MAX - 1, order));
        }
        let mut notes: Vec<Note> = newest.notes().collect();
        let next = |order, sent, number| {
            let object = object(order, sent, number);
            Delivered { id: Id { epoch: 2, ..object.id }, ..object }
        };
        let thing = MOST as u64 + 1;
        assert_eq!(takes(&mut newest, &next(thing, 20, 1)), None);
        newest.close(1);
        assert_eq!((newest.known.len(), newest.oldest.len()), (1, 1), "the one of the start that goes on");
        for order in thing + 1..thing + 100 {
            assert_eq!(takes(&mut newest, &next(order, 30, order)), None);
        }
        assert_eq!(takes(&mut newest, &next(thing, 10, 0)), Some(20), "and it is not pushed out");
        // A journal says the same, wherever in it the start ends.
        notes.insert(7, Note::Closed { epoch: 1 });
        assert_eq!(Newest::restored(&notes).known.len(), 0);
        notes.extend(newest.notes());
        let again = Newest::restored(&notes);
        assert_eq!((&again.known, &again.oldest), (&newest.known, &newest.oldest), "all that go on");
    }

    #[test]
    fn of_notes_the_last_one_holds() {
        let one = object(7, 10, 1);
        let known = Some((one.id, one.sent));
        let note = |order, newest| Note::Newest { order, newest };
        assert_eq!(Newest::restored(&[note(7, None), note(7, known)]).of(7), known);
        let withdrawn = Newest::restored(&[note(7, known), note(8, known), note(7, None)]);
        assert_eq!((withdrawn.of(7), withdrawn.of(8)), (None, known));
        assert_eq!(withdrawn.oldest.len(), 1);
    }
}
