//! The sliding window of small objects: sources leave as they are, a repair is a sum over the last of them.
//!
//! A symbol is `length 2 | part | zeros`: what a source datagram says behind its symbol number, so that a part is
//! recovered with all that is said of its object.

mod gather;

pub(crate) use gather::{Gather, Recovered};

use crate::field;
use crate::wire::{Part, Repair};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use lockgate_bytes::Time;

/// What the sender keeps of one class.
#[derive(Default)]
pub(crate) struct Slide {
    /// The last symbols, oldest first, and until when each may be sent.
    symbols: VecDeque<(Vec<u8>, Time)>,
    /// The number of the next symbol.
    next: u64,
    row: u8,
    sum: Vec<u8>,
}

impl Slide {
    /// Takes a part in, which leaves now; returns its symbol number. At most `window` are kept.
    pub(crate) fn push(&mut self, part: &Part<'_>, not_after: Time, window: u8) -> u32 {
        let kept = usize::from(window.max(1));
        let mut symbol = Vec::new();
        while self.symbols.len() >= kept {
            symbol = self.symbols.pop_front().map(|(symbol, _)| symbol).unwrap_or_default();
        }
        write(part, &mut symbol);
        self.symbols.push_back((symbol, not_after));
        let number = self.next;
        self.next = self.next.saturating_add(1);
        low(number)
    }

    /// No repair covers what has been taken in so far.
    pub(crate) fn forget(&mut self) {
        self.symbols.clear();
    }

    /// The next repair: over the newest run of what is kept that may still be sent; and until when it may be sent. Whatever may
    /// not, on either side of the run, takes nothing from it.
    pub(crate) fn repair(&mut self, now: Time) -> Option<(Repair<'_>, Time)> {
        while self.symbols.pop_front_if(|(_, not_after)| *not_after <= now).is_some() {}
        let ends = self.symbols.iter().rev().map(|(_, not_after)| *not_after);
        let newer = ends.clone().take_while(|not_after| *not_after <= now).count();
        let count = ends.skip(newer).take_while(|not_after| *not_after > now).count();
        let older = self.symbols.len().checked_sub(newer)?.checked_sub(count)?;
        let count = u8::try_from(count).ok().filter(|count| *count > 0)?;
        let row = self.row;
        self.row = (row.wrapping_add(1)) & 0x7F;
        let kept = u64::try_from(self.symbols.len().checked_sub(older)?).ok()?;
        let first = self.next.saturating_sub(kept);
        self.sum.clear();
        let mut until = Time::MAX;
        for ((symbol, not_after), number) in self.symbols.iter().skip(older).take(count.into()).zip(first..) {
            if symbol.len() > self.sum.len() {
                self.sum.resize(symbol.len(), 0);
            }
            field::add(&mut self.sum, field::coefficient(row, number), symbol);
            until = until.min(*not_after);
        }
        Some((Repair { first: low(first), count, row, symbol: &self.sum }, until))
    }
}

/// Writes the symbol of a part.
pub(crate) fn write(part: &Part<'_>, symbol: &mut Vec<u8>) {
    symbol.clear();
    symbol.extend([0, 0]);
    part.write(symbol);
    let length = u16::try_from(symbol.len().saturating_sub(2)).unwrap_or(u16::MAX);
    if let Some((head, _)) = symbol.split_first_chunk_mut() {
        *head = length.to_be_bytes();
    }
}

fn low(number: u64) -> u32 {
    u32::try_from(number & 0xFFFF_FFFF).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::gather::Gather;
    use super::{Slide, write};
    use crate::wire::Part;
    use alloc::vec;
    use alloc::vec::Vec;
    use lockgate_bytes::Time;
    use proptest::prelude::*;

    fn part(number: u64, bytes: &[u8]) -> Part<'_> {
        Part {
            number,
            hash: [number as u8; 32],
            order: number,
            sent: number,
            length: bytes.len() as u16,
            index: 0,
            count: 1,
            bytes,
        }
    }

    #[test]
    fn what_may_no_longer_be_sent_is_in_no_repair() {
        let mut slide = Slide::default();
        for number in 0..5 {
            // The third ends first.
            let end = if number == 2 { 10 } else { 100 };
            slide.push(&part(number, b"x"), Time::from_unix_nanos(end), 16);
        }
        let mut seen =
            |at| slide.repair(Time::from_unix_nanos(at)).map(|(it, until)| (it.first, it.count, until));
        assert_eq!(
            seen(9),
            Some((0, 5, Time::from_unix_nanos(10))),
            "and the sum leaves before the third ends"
        );
        assert_eq!(seen(10), Some((3, 2, Time::from_unix_nanos(100))));
        assert_eq!(slide.repair(Time::from_unix_nanos(100)), None);
    }

    /// What has expired behind others, or between them, takes nothing from them.
    #[test]
    fn one_that_has_expired_leaves_repairs_to_all_others() {
        let at = Time::from_unix_nanos;
        for (ends, covered) in [
            (&[100, 100, 10][..], Some((0, 2))),
            (&[10, 100, 100, 10, 10], Some((1, 2))),
            (&[100, 10, 90, 10], Some((2, 1))),
            (&[10, 10], None),
        ] {
            let mut slide = Slide::default();
            for (number, end) in (0..).zip(ends) {
                slide.push(&part(number, &[number as u8; 9]), at(*end), 16);
            }
            let mut gather = Gather::default();
            let (first, count) = covered.unwrap_or((0, 0));
            for number in (0..ends.len() as u64).filter(|number| *number != first) {
                let mut symbol = vec![];
                write(&part(number, &[number as u8; 9]), &mut symbol);
                gather.source(number as u32, &symbol);
            }
            let repair = slide.repair(at(10)).map(|(it, until)| {
                let least = ends[first as usize..][..count].iter().min().copied().unwrap_or(0);
                assert_eq!(until, at(least));
                (u64::from(it.first), usize::from(it.count), gather.repair(&it).len())
            });
            assert_eq!(repair, covered.map(|(first, count)| (first, count, 1)), "{ends:?}");
        }
    }

    #[derive(Debug, Clone)]
    enum Event {
        Source(u64, Vec<u8>),
        Repair(u32, u8, u8, Vec<u8>),
    }

    proptest! {
        /// Whatever is lost, doubled or comes late: what is recovered is what was sent, and where the repairs that come
        /// cover all that is missing and are as many, all of it is.
        #[test]
        fn what_is_recovered_is_what_was_sent(
            sizes in prop::collection::vec(0_usize..40, 1..60),
            every in 1_usize..4, window in 1_u8..20, start in prop_oneof![Just(0_u64), Just(u64::from(u32::MAX) - 20)],
            fates in prop::collection::vec(0_u8..8, 200),
        ) {
            let mut slide = Slide { next: start, ..Slide::default() };
            let mut gather = Gather::started(start);
            let mut events = vec![];
            let later = Time::MAX;
            for (index, size) in sizes.iter().enumerate() {
                let bytes = vec![index as u8 ^ 0x5A; *size];
                let part = part(index as u64, &bytes);
                slide.push(&part, later, window);
                let mut symbol = vec![];
                write(&part, &mut symbol);
                events.push(Event::Source(start + index as u64, symbol));
                if index % every == 0 {
                    let (repair, _) = slide.repair(Time::MIN).unwrap();
                    events.push(Event::Repair(repair.first, repair.count, repair.row, repair.symbol.to_vec()));
                }
            }
            let sent: Vec<Vec<u8>> = events.iter().filter_map(|event| match event {
                Event::Source(_, symbol) => Some(symbol.clone()), Event::Repair(..) => None }).collect();
            let mut have = vec![false; sent.len()];
            let mut queue: Vec<Event> = vec![];
            for (event, fate) in events.into_iter().zip(fates.iter().cycle()) {
                match fate {
                    0 | 1 => {}
                    2 => { queue.push(event.clone()); queue.push(event); }
                    3 if !queue.is_empty() => { let at = queue.len() - 1; queue.insert(at, event); }
                    _ => queue.push(event),
                }
            }
            for event in queue {
                let recovered = match event {
                    Event::Source(number, symbol) => {
                        have[(number - start) as usize] = true;
                        gather.source(number as u32, &symbol)
                    }
                    Event::Repair(first, count, row, symbol) =>
                        gather.repair(&crate::wire::Repair { first, count, row, symbol: &symbol }),
                };
                for it in recovered {
                    let at = (it.number.wrapping_sub(start as u32)) as usize;
                    prop_assert!(!have[at], "recovered what had come");
                    have[at] = true;
                    let symbol = &sent[at];
                    prop_assert_eq!(&it.symbol, symbol);
                }
            }
            prop_assert_eq!(gather.contradictions(), 0);
        }

        /// Where a window's repairs are as many as its lost sources, all come back: the coefficients are a Cauchy matrix.
        #[test]
        fn as_many_repairs_as_losses_are_enough(count in 1_u8..=64, lost in prop::collection::btree_set(0_u8..64, 0..20), skip in 0_u8..128) {
            let lost: Vec<u8> = lost.into_iter().filter(|lost| *lost < count).collect();
            let mut slide = Slide { row: skip, ..Slide::default() };
            let mut gather = Gather::default();
            for number in 0..count {
                let bytes = [number; 9];
                let it = part(u64::from(number), &bytes);
                let symbol_number = slide.push(&it, Time::MAX, 64);
                let mut symbol = vec![];
                write(&it, &mut symbol);
                if !lost.contains(&number) {
                    prop_assert!(gather.source(symbol_number, &symbol).is_empty());
                }
            }
            let mut found = 0;
            for _ in &lost {
                let (repair, _) = slide.repair(Time::MIN).unwrap();
                found += gather.repair(&repair).len();
            }
            prop_assert_eq!(found, lost.len());
        }
    }
}
