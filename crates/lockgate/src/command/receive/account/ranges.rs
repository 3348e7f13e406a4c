//! Sets of numbers that stand close together.

use std::collections::BTreeMap;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges {
    /// First, and behind the last; they do not touch.
    ranges: BTreeMap<u64, u64>,
    /// How many numbers these are.
    count: u64,
}

impl Ranges {
    /// The numbers `first..end` are in it from now on.
    pub(super) fn insert(&mut self, first: u64, end: u64) {
        let (mut first, mut end) = (first, end);
        if first >= end {
            return;
        }
        // Those that it meets, from the last one that begins before its end.
        while let Some((from, to)) = self.ranges.range(..=end).next_back().map(|(from, to)| (*from, *to))
            && to >= first
        {
            self.take(from, to);
            (first, end) = (first.min(from), end.max(to));
        }
        self.put(first, end);
    }

    /// They are not in it any more.
    pub(super) fn remove(&mut self, first: u64, end: u64) {
        while let Some((from, to)) = self.ranges.range(..end).next_back().map(|(from, to)| (*from, *to))
            && to > first
            && first < end
        {
            self.take(from, to);
            if from < first {
                self.put(from, first);
            }
            if to > end {
                self.put(end, to);
            }
        }
    }

    fn put(&mut self, first: u64, end: u64) {
        self.ranges.insert(first, end);
        self.count = self.count.saturating_add(end.saturating_sub(first));
    }

    fn take(&mut self, first: u64, end: u64) {
        self.ranges.remove(&first);
        self.count = self.count.saturating_sub(end.saturating_sub(first));
    }

    /// How many they are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Each range: its first, and behind its last.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.ranges.iter().map(|(first, end)| (*first, *end))
    }

    /// What is in neither, from 0 to the highest of both.
    pub(super) fn holes(&self, other: &Self) -> Vec<(u64, u64)> {
        let mut both = self.clone();
        other.iter().for_each(|(first, end)| both.insert(first, end));
        let mut from = 0;
        let mut holes = Vec::new();
        for (first, end) in both.iter() {
            if from < first {
                holes.push((from, first));
            }
            from = end;
        }
        holes
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn they_are_what_a_set_of_numbers_is(steps in proptest::collection::vec((any::<bool>(), 0_u64..60, 0_u64..12), 0..40)) {
            let (mut ranges, mut plain) = (Ranges::default(), BTreeSet::new());
            for (adds, first, length) in steps {
                if adds {
                    ranges.insert(first, first + length);
                    plain.extend(first..first + length);
                } else {
                    ranges.remove(first, first + length);
                    plain.retain(|number| !(first..first + length).contains(number));
                }
            }
            prop_assert_eq!(ranges.count(), plain.len() as u64);
            prop_assert!(ranges.iter().flat_map(|(first, end)| first..end).eq(plain.iter().copied()));
            let holes: Vec<u64> = ranges.holes(&Ranges::default()).into_iter().flat_map(|(first, end)| first..end).collect();
            let most = plain.last().copied().unwrap_or(0);
            prop_assert!((0..most).filter(|number| !plain.contains(number)).eq(holes));
            for ((_, end), (first, _)) in ranges.iter().zip(ranges.iter().skip(1)) {
                prop_assert!(end < first);
            }
        }
    }
}
