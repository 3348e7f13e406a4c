//! Files that a directory intake has taken, and how far each is on record: so that no byte of a file which is offered
//! again after a crash is decided twice, and none is left out, however it is cut into objects then.

use std::collections::BTreeMap;

/// Receipts that are kept, at most: the newest. Intake has far fewer files at one time.
pub(super) const RECEIPTS_MAX: usize = 65_536;

/// A range of one run's receipts, both ends included, each with so many bytes: run, from, to, bytes.
pub(super) type Range = (u64, u64, u64, u64);

/// A file that intake has taken, and how far it is on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The run that took it.
    pub run: u64,
    /// Its number in that run.
    pub number: u64,
    /// Bytes from its beginning that are on record; 0 for the whole file.
    pub bytes: u64,
}

/// By run and number: bytes on record, 0 for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Receipts(BTreeMap<(u64, u64), u64>);

impl Receipts {
    /// More of this file is on record.
    pub(super) fn take(&mut self, taken: Taken) {
        self.0.insert((taken.run, taken.number), taken.bytes);
        if self.0.len() > RECEIPTS_MAX {
            self.0.pop_first();
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Taken> {
        self.0.iter().map(|(&(run, number), &bytes)| Taken { run, number, bytes })
    }

    /// All of them, as ranges: few, where files are decided whole.
    pub(super) fn ranges(&self) -> Vec<Range> {
        let mut ranges: Vec<Range> = Vec::new();
        for (&(run, number), &bytes) in &self.0 {
            match ranges.last_mut() {
                Some((of, _, to, each)) if (*of, to.saturating_add(1), *each) == (run, number, bytes) => {
                    *to = number;
                }
                _ => ranges.push((run, number, number, bytes)),
            }
        }
        ranges
    }

    /// Puts a range back; false where it runs backwards, repeats one, or there are too many.
    pub(super) fn put(&mut self, (run, from, to, bytes): Range) -> bool {
        let room = u64::try_from(RECEIPTS_MAX.saturating_sub(self.0.len())).unwrap_or(0);
        from <= to
            && to.saturating_sub(from) < room
            && (from..=to).all(|number| self.0.insert((run, number), bytes).is_none())
    }
}

/// A receipt as the log writes it: run, hyphen, number; and `@` with the bytes on record, where that is not the whole file.
pub(crate) fn parse(text: &str) -> Option<Taken> {
    let (file, bytes) = text.split_once('@').unwrap_or((text, ""));
    let (run, number) = file.split_once('-')?;
    let bytes = if text.contains('@') { digits(bytes).filter(|bytes| *bytes > 0)? } else { 0 };
    Some(Taken { run: digits(run)?, number: digits(number)?, bytes })
}

/// Numbers have one form: no sign, no zero in front.
fn digits(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|number| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::{RECEIPTS_MAX, Receipts, Taken, parse};

    fn taken(run: u64, number: u64, bytes: u64) -> Taken {
        Taken { run, number, bytes }
    }

    #[test]
    fn ranges_say_how_far_each_file_is_and_make_the_same_again() {
        let mut receipts = Receipts::default();
        for (run, number, bytes) in
            [(1, 4, 0), (2, 1, 0), (2, 2, 7), (2, 2, 9), (2, 3, 0), (2, 4, 0), (2, 9, 0)]
        {
            receipts.take(taken(run, number, bytes));
        }
        let ranges = receipts.ranges();
        assert_eq!(ranges, [(1, 4, 4, 0), (2, 1, 1, 0), (2, 2, 2, 9), (2, 3, 4, 0), (2, 9, 9, 0)]);
        let mut again = Receipts::default();
        assert!(ranges.into_iter().all(|range| again.put(range)));
        assert_eq!(again, receipts);
    }

    #[test]
    fn a_range_that_cannot_be_is_refused_and_none_fills_the_memory() {
        let mut receipts = Receipts::default();
        assert!(!receipts.put((1, 2, 1, 1)));
        assert!(!receipts.put((1, 0, u64::MAX, 1)));
        assert!(receipts.put((1, 1, 2, 1)) && !receipts.put((1, 2, 3, 1)));
        for number in 0..RECEIPTS_MAX as u64 + 10 {
            receipts.take(taken(7, number, 0));
        }
        assert_eq!(receipts.all().count(), RECEIPTS_MAX);
        assert_eq!(receipts.all().next(), Some(taken(7, 10, 0)));
    }

    #[test]
    fn a_receipt_is_two_numbers_and_how_far() {
        assert_eq!(parse("12-7"), Some(taken(12, 7, 0)));
        assert_eq!(parse("12-7@4096"), Some(taken(12, 7, 4096)));
        for text in [
            "12", "-7", "1-2-3", "a-1", "1-2@", "1-2@0", "1-2@x", "1-2@3@4", "1@2-3", "+1-2", "1-+2", "01-2",
            "1-2@+3",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
