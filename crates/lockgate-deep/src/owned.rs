//! Which bytes of a file belong to a construct: for formats whose parts stand anywhere.

use core::ops::Range;

/// Ranges that belong to something.
#[derive(Default)]
pub(crate) struct Owned {
    ranges: Vec<Range<usize>>,
}

/// Ranges of one file; more are not kept, and the walker says that there were too many.
const RANGES_MAX: usize = 1 << 20;

impl Owned {
    /// Claims a range; false where there are too many.
    pub(crate) fn claim(&mut self, from: usize, bytes: usize) -> bool {
        if bytes > 0 {
            self.ranges.push(from..from.saturating_add(bytes));
        }
        self.ranges.len() < RANGES_MAX
    }

    /// The gaps up to `end`, and the ranges that two constructs claim, both in the order of the file.
    pub(crate) fn settle(mut self, end: usize) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
        self.ranges.sort_by_key(|range| (range.start, range.end));
        let (mut gaps, mut twice) = (Vec::new(), Vec::new());
        let mut seen = 0;
        for range in &self.ranges {
            if range.start > seen {
                gaps.push(seen..range.start.min(end));
            } else if range.start < seen && range.end > range.start {
                twice.push(range.start..seen.min(range.end));
            }
            seen = seen.max(range.end);
        }
        if seen < end {
            gaps.push(seen..end);
        }
        gaps.retain(|gap| !gap.is_empty());
        (gaps, twice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one gap is a list of one range")]
    fn gaps_and_overlaps_are_told() {
        let mut owned = Owned::default();
        for (from, bytes) in [(0, 8), (10, 5), (12, 6), (18, 0)] {
            assert!(owned.claim(from, bytes));
        }
        let (gaps, twice) = owned.settle(20);
        assert_eq!(gaps, [8..10, 18..20]);
        assert_eq!(twice, [12..15]);
        assert_eq!(Owned::default().settle(3).0, [0..3]);
    }
}
