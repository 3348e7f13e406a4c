//! Masks: from one question a slot to one for the next slot that is set.

use super::{Build, Op, index};

impl Build {
    /// Questions for one slot of a mask after the other become one each for the next slot that is set.
    pub(super) fn among(&mut self) {
        for first in 0..self.ops.len() {
            let (chain, out) = self.chain(first);
            if chain.len() < 2 {
                continue;
            }
            let among = index(self.among.len());
            let mut table = Box::new([out; 65]);
            for (asked, to) in (0_u8..64).zip(table.iter_mut()) {
                if let Some((slot, at, _)) = chain.iter().find(|(slot, ..)| *slot >= asked) {
                    *to = if *slot == asked { at.saturating_add(1) } else { *at };
                }
            }
            self.among.push(table);
            for (slot, at, register) in chain {
                if let Some(op) = self.ops.get_mut(usize::try_from(at).unwrap_or(usize::MAX)) {
                    *op = Op::Among { register, slot, among };
                }
            }
        }
    }

    /// The questions for rising slots of one mask that follow the one at `first` where each is not set, with their places;
    /// and where the last of them goes on.
    fn chain(&self, first: usize) -> (Vec<(u8, u32, u8)>, u32) {
        let mut chain: Vec<(u8, u32, u8)> = Vec::new();
        let mut at = u32::try_from(first).unwrap_or(u32::MAX);
        while let Some(Op::Unless { register, slot, to }) =
            self.ops.get(usize::try_from(at).unwrap_or(usize::MAX))
        {
            if chain.last().is_some_and(|(last, _, of)| of != register || last >= slot) {
                break;
            }
            chain.push((*slot, at, *register));
            at = *to;
        }
        (chain, at)
    }
}
