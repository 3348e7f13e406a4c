//! In order per track, where asked: of reports of one thing, one that is older than what was delivered already is late.

use lockgate_bytes::Time;
use lockgate_diode::{Delivered, Id};
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
    /// Takes note of an object that is whole.
    ///
    /// # Errors
    /// [`Late`] where a newer one of the same thing was there before.
    pub fn note(&mut self, object: &Delivered) -> Result<(), Late> {
        if object.order == 0 {
            return Ok(());
        }
        let this = (object.sent, object.id);
        if let Some((sent, id)) = self.known.get(&object.order).copied() {
            // Numbers say more where the clock does not, as long as both are of one start and class; else they say nothing.
            let is_comparable = (id.epoch, id.class) == (object.id.epoch, object.id.class);
            if sent > object.sent || (sent == object.sent && is_comparable && id.number > object.id.number) {
                return Err(Late { newer: sent });
            }
            self.oldest.remove(&(sent, object.order));
        } else if self.known.len() >= MOST
            && let Some((_, order)) = self.oldest.pop_first()
        {
            self.known.remove(&order);
        }
        self.known.insert(object.order, this);
        self.oldest.insert((object.sent, object.order));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Late, MOST, Newest};
    use lockgate_bytes::{Precedence, Time};
    use lockgate_diode::{Delivered, Id};

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

    #[test]
    fn an_older_report_of_one_thing_is_late_and_others_are_not() {
        let mut newest = Newest::default();
        assert_eq!(newest.note(&object(7, 10, 0)), Ok(()));
        assert_eq!(newest.note(&object(7, 30, 2)), Ok(()));
        assert_eq!(newest.note(&object(7, 20, 1)), Err(Late { newer: Time::from_unix_nanos(30) }));
        assert_eq!(newest.note(&object(7, 30, 1)), Err(Late { newer: Time::from_unix_nanos(30) }));
        assert_eq!(newest.note(&object(8, 1, 3)), Ok(()));
        assert_eq!(newest.note(&object(0, 1, 4)), Ok(()), "of no thing in particular");
        assert_eq!(newest.note(&object(7, 31, 5)), Ok(()));
        // Of another class, in the same millisecond: the numbers of the two have nothing to do with one another.
        let mut urgent = object(7, 31, 2);
        urgent.id.class = Precedence::Flash;
        assert_eq!(newest.note(&urgent), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_the_one_silent_for_longest_goes_first() {
        let mut newest = Newest::default();
        for order in 1..=MOST as u64 + 100 {
            newest.note(&object(order, order as i64, 0)).unwrap();
        }
        assert_eq!((newest.known.len(), newest.oldest.len()), (MOST, MOST));
        assert!(newest.note(&object(MOST as u64, 1, 0)).is_err(), "still known");
        assert!(newest.note(&object(1, 0, 0)).is_ok(), "forgotten");
    }
}
