//! Which datagrams of an epoch have come: exact counts, and none is taken twice.

use alloc::boxed::Box;

/// How far back a late datagram is still told from one that came before.
pub(crate) const WINDOW: u64 = 65_536 - 64;
/// How many of the last may be overtaken by a restart of the receiver.
const RECENT: u64 = 1_024;
const WORDS: usize = 1_024;

/// See the module.
pub(crate) struct Seen {
    bits: Box<[u64; WORDS]>,
    /// Numbers below were counted before the receiver was started again, or are in `hole`.
    base: u64,
    /// Behind the highest that came.
    end: u64,
    /// Different ones that came.
    received: u64,
    /// Not known whether they came: sent around a restart of the receiver.
    hole: u64,
    /// Numbers from `base` up to here may have come before a restart that the first number after it was overtaken by; and how
    /// many of them have come since.
    blur: u64,
    blur_received: u64,
    /// How many the sender says it sent; known once it has begun another epoch.
    total: Option<u64>,
}

/// What a datagram is by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It has not come before.
    New,
    /// It has come before.
    Again,
    /// Older than the window: it is not known, and it is not taken.
    Stale,
}

impl Seen {
    /// Nothing has come, and the first number is 0.
    pub(crate) fn new() -> Self {
        Self {
            bits: Box::new([0; WORDS]),
            base: 0,
            end: 0,
            received: 0,
            hole: 0,
            blur: 0,
            blur_received: 0,
            total: None,
        }
    }

    /// What a journal remembers: numbers below `end` are counted, `received` of them came, of `hole` nobody knows.
    pub(crate) fn restored(end: u64, received: u64, hole: u64) -> Self {
        Self { base: u64::MAX, end, received, hole, ..Self::new() }
    }

    /// A datagram with this number has come.
    pub(crate) fn note(&mut self, number: u64) -> Arrival {
        if self.base == u64::MAX {
            // The first after a restart: what lies between came, or did not, while nobody kept count.
            if number < self.end {
                return Arrival::Stale;
            }
            self.hole = self.hole.saturating_add(number.saturating_sub(self.end));
            self.base = number;
            self.end = number;
            self.blur = number.saturating_add(RECENT);
        }
        if number < self.base || number.saturating_add(WINDOW) < self.end {
            return Arrival::Stale;
        }
        self.advance(number);
        let bit = 1_u64 << (number % 64);
        match self.word(number) {
            Some(word) if *word & bit != 0 => Arrival::Again,
            Some(word) => {
                *word |= bit;
                self.received = self.received.saturating_add(1);
                self.blur_received = self.blur_received.saturating_add(u64::from(number < self.blur));
                Arrival::New
            }
            None => Arrival::Stale,
        }
    }

    /// The sender says that it sent so many in all.
    pub(crate) fn close(&mut self, total: u64) {
        if self.base == u64::MAX {
            let total = total.max(self.end);
            // Nothing came since the restart: nobody knows what came between the last note and it.
            self.hole = self.hole.saturating_add(total.saturating_sub(self.end));
            (self.base, self.end) = (total, total);
        }
        self.total = Some(total);
    }

    /// False where more came than the sender says it sent.
    pub(crate) fn agrees(&self) -> bool {
        self.total.is_none_or(|total| self.end <= total)
    }

    /// How many different ones came.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Of how many it is not known whether they came.
    pub(crate) fn hole(&self) -> u64 {
        let blurred = self.blur.min(self.end()).saturating_sub(self.base.min(self.blur));
        self.hole.saturating_add(blurred.saturating_sub(self.blur_received))
    }

    /// Behind the highest that was sent, as far as is known.
    pub(crate) fn end(&self) -> u64 {
        self.total.unwrap_or(self.end)
    }

    /// What a journal keeps: behind the highest, received, unknown. What is missing among the last may still come, and would
    /// not be known to have come after a restart: it is unknown.
    pub(crate) fn kept(&mut self) -> [u64; 3] {
        let from = self.base.max(self.blur).min(self.end).max(self.end.saturating_sub(RECENT));
        let mut missing = 0_u64;
        for number in from..self.end {
            let bit = 1_u64 << (number % 64);
            missing =
                missing.saturating_add(u64::from(self.word(number).is_none_or(|word| *word & bit == 0)));
        }
        [self.end, self.received, self.hole().saturating_add(missing)]
    }

    /// How many did not come, of those that have been sent as far as is known.
    pub(crate) fn lost(&self) -> u64 {
        self.end().saturating_sub(self.received).saturating_sub(self.hole())
    }

    /// Clears what falls out of the window.
    fn advance(&mut self, number: u64) {
        if number < self.end {
            return;
        }
        let (from, to) = (self.end / 64, number / 64);
        // The word of the last number is in use, unless the next number begins another.
        let from = if self.end.is_multiple_of(64) { from } else { from.saturating_add(1) };
        if to.saturating_sub(from) >= 1_024 {
            self.bits.fill(0);
        } else {
            for word in from..=to {
                if let Some(word) = self.word(word.saturating_mul(64)) {
                    *word = 0;
                }
            }
        }
        self.end = number.saturating_add(1);
    }

    fn word(&mut self, number: u64) -> Option<&mut u64> {
        let place = usize::try_from((number / 64) % 1_024).ok()?;
        self.bits.get_mut(place)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Seen};
    use alloc::collections::BTreeSet;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_number_counts_once(numbers in prop::collection::vec(
            prop_oneof![4 => 0_u64..300, 2 => 60_000_u64..70_000, 1 => any::<u64>()], 0..300))
        {
            let (mut seen, mut set) = (Seen::new(), BTreeSet::new());
            let mut end = 0_u64;
            for number in numbers {
                let stale = number.saturating_add(super::WINDOW) < end;
                let expected = match (stale, set.contains(&number)) {
                    (true, _) => Arrival::Stale,
                    (false, true) => Arrival::Again,
                    (false, false) => Arrival::New,
                };
                prop_assert_eq!(seen.note(number), expected, "{}", number);
                if !stale {
                    set.insert(number);
                    end = end.max(number.saturating_add(1));
                }
            }
            prop_assert_eq!(seen.received(), set.len() as u64);
            prop_assert_eq!(seen.lost(), end.saturating_sub(set.len() as u64));
        }
    }

    #[test]
    fn a_restart_leaves_a_hole_that_is_neither_lost_nor_received() {
        let mut seen = Seen::restored(100, 90, 0);
        assert_eq!(seen.note(99), Arrival::Stale);
        assert_eq!(seen.note(130), Arrival::New);
        assert_eq!(seen.note(120), Arrival::Stale, "it may have come before the restart");
        assert_eq!(seen.note(132), Arrival::New);
        assert_eq!((seen.received(), seen.hole(), seen.lost()), (92, 31, 10), "131 may have come before it");
        assert_eq!(seen.note(130 + super::RECENT), Arrival::New);
        assert_eq!(seen.note(130 + super::RECENT + 2), Arrival::New);
        assert_eq!((seen.received(), seen.hole(), seen.lost()), (94, 30 + 1_022, 11));
        assert_eq!(seen.kept(), [1_157, 94, 1_053], "what is missing now may come before the next restart");
        seen.close(1_160);
        assert_eq!(seen.lost(), 14);
        let mut silent = Seen::restored(100, 90, 0);
        silent.close(140);
        assert_eq!((silent.received(), silent.hole(), silent.lost()), (90, 40, 10));
    }
}
