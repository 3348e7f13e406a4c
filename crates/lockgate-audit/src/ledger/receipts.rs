//! Files that a directory intake has taken, and how many of their objects are on record: so that a file which is offered
//! again after a crash is not decided twice.

use std::collections::BTreeMap;

/// Receipts that are kept, at most.
pub(super) const RECEIPTS_MAX: usize = 65_536;

/// A range of one run's receipts, both ends included, each with so many objects: run, from, to, objects.
pub(super) type Range = (u64, u64, u64, u64);

/// By run and number: objects on record, and whether the last of them stands before the last snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Receipts(BTreeMap<(u64, u64), (u64, bool)>);

impl Receipts {
    /// One more object of this file is on record.
    pub(super) fn take(&mut self, receipt: (u64, u64)) {
        let (count, is_old) = self.0.entry(receipt).or_default();
        (*count, *is_old) = (count.saturating_add(1), false);
        if self.0.len() > RECEIPTS_MAX {
            self.0.pop_first();
        }
    }

    /// A snapshot: what is old is forgotten, and what is here grows old.
    pub(super) fn age(&mut self) {
        self.0.retain(|_, (_, is_old)| !std::mem::replace(is_old, true));
    }

    pub(super) fn all(&self) -> impl Iterator<Item = ((u64, u64), u64)> {
        self.0.iter().map(|(receipt, (count, _))| (*receipt, *count))
    }

    /// What is left after [`Self::age`], as ranges.
    pub(super) fn ranges(&self) -> Vec<Range> {
        let mut ranges: Vec<Range> = Vec::new();
        for (&(run, number), &(objects, is_old)) in &self.0 {
            match ranges.last_mut() {
                _ if is_old => {}
                Some((of, _, to, each)) if (*of, to.saturating_add(1), *each) == (run, number, objects) => {
                    *to = number;
                }
                _ => ranges.push((run, number, number, objects)),
            }
        }
        ranges
    }

    /// Puts a range back; false where it runs backwards, repeats one, or there are too many.
    pub(super) fn put(&mut self, (run, from, to, objects): Range) -> bool {
        let room = u64::try_from(RECEIPTS_MAX.saturating_sub(self.0.len())).unwrap_or(0);
        from <= to
            && objects > 0
            && to.saturating_sub(from) < room
            && (from..=to).all(|number| self.0.insert((run, number), (objects, true)).is_none())
    }
}

/// A receipt as the log writes it: run, hyphen, number.
pub(crate) fn parse(text: &str) -> Option<(u64, u64)> {
    let (run, number) = text.split_once('-')?;
    Some((run.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{RECEIPTS_MAX, Receipts, parse};

    #[test]
    fn a_receipt_outlives_one_snapshot_and_not_two_unless_more_of_its_file_was_decided() {
        let mut receipts = Receipts::default();
        receipts.take((1, 1));
        receipts.take((1, 2));
        receipts.age();
        assert_eq!(receipts.all().collect::<Vec<_>>(), [((1, 1), 1), ((1, 2), 1)]);
        receipts.take((1, 2));
        receipts.take((1, 3));
        receipts.age();
        assert_eq!(receipts.all().collect::<Vec<_>>(), [((1, 2), 2), ((1, 3), 1)]);
        receipts.age();
        assert_eq!(receipts.all().count(), 0);
    }

    #[test]
    fn ranges_say_what_is_left_after_the_snapshot_and_make_the_same_again() {
        let mut receipts = Receipts::default();
        for receipt in [(1, 4), (2, 1), (2, 2), (2, 2), (2, 3), (2, 4), (2, 9)] {
            receipts.take(receipt);
        }
        let ranges = receipts.ranges();
        assert_eq!(ranges, [(1, 4, 4, 1), (2, 1, 1, 1), (2, 2, 2, 2), (2, 3, 4, 1), (2, 9, 9, 1)]);
        let mut again = Receipts::default();
        assert!(ranges.into_iter().all(|range| again.put(range)));
        receipts.age();
        assert_eq!(again, receipts);
    }

    #[test]
    fn a_range_that_cannot_be_is_refused_and_none_fills_the_memory() {
        let mut receipts = Receipts::default();
        assert!(!receipts.put((1, 2, 1, 1)) && !receipts.put((1, 1, 1, 0)));
        assert!(!receipts.put((1, 0, u64::MAX, 1)));
        assert!(receipts.put((1, 1, 2, 1)) && !receipts.put((1, 2, 3, 1)));
        for number in 0..RECEIPTS_MAX as u64 + 10 {
            receipts.take((7, number));
        }
        assert_eq!(receipts.all().count(), RECEIPTS_MAX);
        assert_eq!(receipts.all().next(), Some(((7, 10), 1)));
    }

    #[test]
    fn a_receipt_is_two_numbers() {
        assert_eq!(parse("12-7"), Some((12, 7)));
        assert_eq!([parse("12"), parse("-7"), parse("1-2-3"), parse("a-1")], [None; 4]);
    }
}
