//! What has ended, so that it does not end again: the last [`MOST`] objects, by what was said of them and by what they were.
//!
//! What was said of an object holds as long as a table says it: then a sender may give its number to another (RFC 6726, 3.2). What it was
//! is known beyond that, so that the same bytes are not delivered twice under one number.

use alloc::collections::{BTreeMap, VecDeque};
use lockgate_bytes::Time;
use lockgate_diode::Hash;

/// Objects that are remembered.
pub(super) const MOST: usize = 4_096;

/// See the module.
#[derive(Default)]
pub(super) struct Known {
    ended: Last,
    delivered: Last,
}

#[derive(Default)]
struct Last {
    /// With the time until which they count.
    all: BTreeMap<(u128, Hash), Time>,
    order: VecDeque<(u128, Hash)>,
}

impl Last {
    /// True where it was not there; where it was, the later time holds.
    fn put(&mut self, object: u128, hash: Hash, until: Time) -> bool {
        if let Some(known) = self.all.get_mut(&(object, hash)) {
            *known = until.max(*known);
            return false;
        }
        self.all.insert((object, hash), until);
        self.order.push_back((object, hash));
        if self.order.len() > MOST
            && let Some(first) = self.order.pop_front()
        {
            self.all.remove(&first);
        }
        true
    }
}

impl Known {
    /// True where something with this number has ended, and still counts.
    pub(super) fn has(&self, object: u128, now: Time) -> bool {
        self.ended.all.range((object, [0; 32])..=(object, [0xFF; 32])).any(|(_, until)| *until > now)
    }

    /// True where what a table says of this object has ended; it does until then.
    pub(super) fn has_ended(&mut self, object: u128, print: Hash, until: Time, now: Time) -> bool {
        let known = self.ended.all.get_mut(&(object, print)).filter(|known| **known > now);
        known.map(|known| *known = until.max(*known)).is_some()
    }

    /// What was said of it has ended, and counts until then.
    pub(super) fn end(&mut self, object: u128, print: Hash, until: Time) {
        self.ended.put(object, print, until);
    }

    /// True where these bytes were not delivered under this number before.
    pub(super) fn is_new(&mut self, object: u128, hash: Hash) -> bool {
        self.delivered.put(object, hash, Time::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, MOST};
    use lockgate_bytes::Time;

    fn at(nanos: i64) -> Time {
        Time::from_unix_nanos(nanos)
    }

    #[test]
    fn the_last_are_known_and_the_oldest_is_forgotten() {
        let mut known = Known::default();
        for object in 1..=MOST as u128 {
            known.end(object, [1; 32], at(9));
            assert!(known.is_new(object, [2; 32]) && !known.is_new(object, [2; 32]));
        }
        let mut has_ended = |object, print| known.has_ended(object, [print; 32], at(9), at(8));
        assert!(has_ended(1, 1) && !has_ended(1, 3) && !has_ended(0, 1));
        assert!(known.has(1, at(8)) && !known.has(0, at(8)));
        known.end(1, [3; 32], at(9));
        known.end(u128::MAX, [1; 32], at(9));
        assert!(known.has(1, at(8)) && !known.has_ended(1, [1; 32], at(9), at(8)));
        assert!(!known.has(2, at(8)) && known.has(3, at(8)));
    }

    #[test]
    fn what_ended_counts_as_long_as_a_table_says_it() {
        let mut known = Known::default();
        known.end(1, [1; 32], at(10));
        assert!(known.has_ended(1, [1; 32], at(20), at(9)), "it is said again");
        assert!(known.has(1, at(19)) && known.has_ended(1, [1; 32], at(15), at(19)));
        assert!(!known.has(1, at(20)) && !known.has_ended(1, [1; 32], at(30), at(20)));
    }
}
