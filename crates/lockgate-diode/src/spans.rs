//! A set of numbers that is kept as ranges: small where almost all are in it.

use alloc::collections::BTreeMap;

/// Disjoint ranges, none of which touches the next: first number -> number behind the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans(BTreeMap<u64, u64>);

impl Spans {
    /// True where `number` is in it.
    pub(crate) fn contains(&self, number: u64) -> bool {
        self.0.range(..=number).next_back().is_some_and(|(_, end)| number < *end)
    }

    /// Puts all of `first..end` in.
    pub(crate) fn insert(&mut self, first: u64, end: u64) {
        if first >= end {
            return;
        }
        let (mut first, mut end) = (first, end);
        while let Some((start, stop)) = self.0.range(..=end).next_back().map(|(a, b)| (*a, *b)) {
            if stop < first {
                break;
            }
            self.0.remove(&start);
            first = first.min(start);
            end = end.max(stop);
        }
        self.0.insert(first, end);
    }

    /// The first range of numbers at or above `from` and below `below` that are not in it.
    pub(crate) fn hole(&self, from: u64, below: u64) -> Option<(u64, u64)> {
        let first = match self.0.range(..=from).next_back() {
            Some((_, end)) if *end > from => *end,
            _ => from,
        };
        let end = self.0.range(first..).next().map_or(below, |(start, _)| (*start).min(below));
        (first < end).then_some((first, end))
    }

    /// How many ranges.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many numbers.
    #[cfg(test)]
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|(first, end)| end.saturating_sub(*first)).sum()
    }

    /// All ranges, first to last: first number, number behind the last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().map(|(first, end)| (*first, *end))
    }

    /// The number behind the last.
    pub(crate) fn end(&self) -> u64 {
        self.0.last_key_value().map_or(0, |(_, end)| *end)
    }
}

#[cfg(test)]
mod tests {
    use super::Spans;
    use alloc::collections::BTreeSet;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_set(ranges in prop::collection::vec((0_u64..60, 0_u64..9), 0..40), from in 0_u64..70, below in 0_u64..70) {
            let (mut spans, mut set) = (Spans::default(), BTreeSet::new());
            for (first, count) in ranges {
                spans.insert(first, first + count);
                set.extend(first..first + count);
            }
            for number in 0..80 {
                prop_assert_eq!(spans.contains(number), set.contains(&number));
            }
            prop_assert_eq!(spans.count(), set.len() as u64);
            let hole: Option<u64> = (from..below).find(|number| !set.contains(number));
            prop_assert_eq!(spans.hole(from, below).map(|(first, _)| first), hole);
            if let Some((first, end)) = spans.hole(from, below) {
                prop_assert!((first..end).all(|number| !set.contains(&number)));
                prop_assert!(end == below || set.contains(&end));
            }
            let mut last = None;
            for (first, end) in spans.iter() {
                prop_assert!(first < end && last.is_none_or(|last| last < first));
                last = Some(end);
            }
        }
    }
}
