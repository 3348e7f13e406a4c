//! What has ended, so that it does not end again: the last [`MOST`] objects, by what was said of them and by what they were.

use alloc::collections::{BTreeSet, VecDeque};
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
    all: BTreeSet<(u128, Hash)>,
    order: VecDeque<(u128, Hash)>,
}

impl Last {
    /// True where it was not there.
    fn put(&mut self, object: u128, hash: Hash) -> bool {
        if !self.all.insert((object, hash)) {
            return false;
        }
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
    /// True where something with this number has ended.
    pub(super) fn has(&self, object: u128) -> bool {
        self.ended.all.range((object, [0; 32])..=(object, [0xFF; 32])).next().is_some()
    }

    /// True where what is said of this object has ended.
    pub(super) fn has_ended(&self, object: u128, print: Hash) -> bool {
        self.ended.all.contains(&(object, print))
    }

    /// What was said of it has ended.
    pub(super) fn end(&mut self, object: u128, print: Hash) {
        self.ended.put(object, print);
    }

    /// True where these bytes were not delivered under this number before.
    pub(super) fn is_new(&mut self, object: u128, hash: Hash) -> bool {
        self.delivered.put(object, hash)
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, MOST};

    #[test]
    fn the_last_are_known_and_the_oldest_is_forgotten() {
        let mut known = Known::default();
        for object in 1..=MOST as u128 {
            known.end(object, [1; 32]);
            assert!(known.is_new(object, [2; 32]) && !known.is_new(object, [2; 32]));
        }
        assert!(known.has(1) && known.has_ended(1, [1; 32]) && !known.has_ended(1, [3; 32]) && !known.has(0));
        known.end(1, [3; 32]);
        known.end(u128::MAX, [1; 32]);
        assert!(known.has(1) && !known.has_ended(1, [1; 32]) && !known.has(2) && known.has(3));
    }
}
