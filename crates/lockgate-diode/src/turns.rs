//! Fair sharing: whoever offers most does not take all. Deficit round robin over sources, by bytes.

use alloc::collections::{BTreeMap, VecDeque};

/// What each source may send before the next one has its turn, in bytes.
const QUANTUM: u64 = 2_048;

/// Things that wait, by source. Sources are opaque numbers; each keeps its own order.
#[derive(Debug)]
pub struct Turns<T> {
    queues: BTreeMap<u64, Queue<T>>,
    /// Sources with something that waits, the next one first.
    round: VecDeque<u64>,
    /// The first of them has had its quantum for this turn.
    begun: bool,
    len: usize,
}

#[derive(Debug)]
struct Queue<T> {
    things: VecDeque<(u64, T)>,
    /// Bytes that it may still send in its turn.
    credit: u64,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { queues: BTreeMap::new(), round: VecDeque::new(), begun: false, len: 0 }
    }
}

impl<T> Turns<T> {
    /// How many things wait.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True where none waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts a thing of so many bytes behind the others of its source.
    pub fn push(&mut self, source: u64, bytes: u64, thing: T) {
        let queue = self.queues.entry(source).or_insert_with(|| {
            self.round.push_back(source);
            Queue { things: VecDeque::new(), credit: 0 }
        });
        queue.things.push_back((bytes, thing));
        self.len = self.len.saturating_add(1);
    }

    /// Takes the next thing out. Over time each source that has enough waiting gets as many bytes as any other, within one
    /// thing and 2 KiB.
    pub fn pop(&mut self) -> Option<T> {
        self.skip_turns();
        let source = self.round.front().copied()?;
        let queue = self.queues.get_mut(&source)?;
        let (bytes, thing) = queue.things.pop_front()?;
        queue.credit = queue.credit.saturating_sub(bytes);
        self.len = self.len.saturating_sub(1);
        if queue.things.is_empty() {
            // Credit is not saved up while nothing waits.
            self.queues.remove(&source);
            self.round.pop_front();
            self.begun = false;
        }
        Some(thing)
    }

    /// Passes turns on until the first source may send its next thing: whole rounds at once, however large the things are.
    fn skip_turns(&mut self) {
        let needs = self.round.iter().filter_map(|source| {
            let queue = self.queues.get(source)?;
            let (bytes, _) = queue.things.front()?;
            Some(bytes.saturating_sub(queue.credit).div_ceil(QUANTUM))
        });
        let Some(rounds) = needs.min() else { return };
        if let Some(whole) = rounds.checked_sub(1).filter(|whole| *whole > 0) {
            let more = whole.saturating_mul(QUANTUM);
            for queue in self.queues.values_mut() {
                queue.credit = queue.credit.saturating_add(more);
            }
        }
        // Each source has its quantum once at the beginning of its turn; two rounds reach one that may send.
        for _ in 0..=self.round.len().saturating_mul(2) {
            let Some(queue) = self.round.front().and_then(|source| self.queues.get_mut(source)) else {
                return;
            };
            if !core::mem::replace(&mut self.begun, true) {
                queue.credit = queue.credit.saturating_add(QUANTUM);
            }
            if queue.things.front().is_some_and(|(bytes, _)| *bytes <= queue.credit) {
                return;
            }
            self.round.rotate_left(1);
            self.begun = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{QUANTUM, Turns};
    use alloc::collections::BTreeMap;
    use alloc::vec;
    use proptest::prelude::*;

    proptest! {
        /// While all wait, no source is ahead of another by more than one thing and a quantum or two.
        #[test]
        fn shares_are_equal_in_bytes(sizes in prop::collection::vec(1_u64..20_000, 2..6), steps in 1_usize..200) {
            let mut turns = Turns::default();
            for (source, size) in sizes.iter().enumerate() {
                for _ in 0..200 {
                    turns.push(source as u64, *size, source);
                }
            }
            let mut sent = vec![0_u64; sizes.len()];
            for _ in 0..steps {
                let source = turns.pop().unwrap();
                sent[source] += sizes[source];
            }
            let largest = sizes.iter().max().unwrap();
            let (least, most) = (sent.iter().min().unwrap(), sent.iter().max().unwrap());
            prop_assert!(most - least <= largest + 2 * QUANTUM, "{sent:?} of {sizes:?}");
        }

        /// Everything comes out once, in the order of its source.
        #[test]
        fn nothing_is_lost_or_overtaken(things in prop::collection::vec((0_u64..5, 0_u64..9_000), 0..100)) {
            let mut turns = Turns::default();
            for (at, (source, bytes)) in things.iter().enumerate() {
                turns.push(*source, *bytes, (*source, at));
            }
            prop_assert_eq!(turns.len(), things.len());
            let mut last: BTreeMap<u64, usize> = BTreeMap::new();
            let mut count = 0;
            while let Some((source, at)) = turns.pop() {
                prop_assert!(last.insert(source, at).is_none_or(|before| before < at));
                count += 1;
            }
            prop_assert_eq!(count, things.len());
            prop_assert!(turns.is_empty());
        }
    }
}
