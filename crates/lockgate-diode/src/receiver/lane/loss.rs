//! What is given up: the gaps below a mark whose time has come, below the end of an epoch, and those too many to keep.

use super::Lane;
use crate::Hash;
use crate::manifest::Mark;
use crate::receiver::{Cause, Event, Lost, Shared};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// So many numbers beyond what the sender signed are believed to have been sent, where one came whole that is higher.
const REACH: u64 = 1 << 20;

impl Lane {
    /// Nothing more comes: whatever has not ended is lost, as far as the sender signed that there was such a number. Where it signed no
    /// end, also below what came whole, within [`REACH`], and what came in part. Anything else that speaks of higher numbers proves
    /// nothing.
    pub(in crate::receiver) fn end(&mut self, shared: &mut Shared, events: &mut Vec<Event>) {
        self.due.clear();
        let believed = self.came.min(self.signed.saturating_add(REACH));
        let next = self.last.unwrap_or(self.signed.max(believed));
        self.give_up(Mark { next, open: None }, shared, events);
        let beyond: BTreeSet<u64> =
            self.small.keys().chain(self.large.keys()).chain(&self.crowded_out).copied().collect();
        for number in beyond {
            match self.last {
                Some(_) => self.forget(number, shared),
                None => self.lose_range(number, number.saturating_add(1), shared, events),
            }
        }
    }

    /// Nothing of this object grows here any more.
    pub(super) fn forget(&mut self, number: u64, shared: &mut Shared) {
        if let Some(parts) = self.small.remove(&number) {
            shared.room = shared.room.saturating_add(parts.cost());
        }
        if let Some(incoming) = self.large.remove(&number) {
            shared.room = shared.room.saturating_add(incoming.held());
        }
        self.crowded_out.remove(&number);
    }

    pub(super) fn give_up(&mut self, mark: Mark, shared: &mut Shared, events: &mut Vec<Event>) {
        let open = mark.open.unwrap_or(mark.next);
        for (from, below) in [(0, open), (open.saturating_add(1), mark.next)] {
            while let Some((first, end)) = self.ended.hole(from, below) {
                self.lose_range(first, end, shared, events);
            }
        }
    }

    /// Each object of which something is known is lost by itself, those between together.
    fn lose_range(&mut self, first: u64, end: u64, shared: &mut Shared, events: &mut Vec<Event>) {
        let expected = self.expected.range(first..end).map(|(number, _)| *number);
        let small = self.small.range(first..end).map(|(number, _)| *number);
        let large = self.large.range(first..end).map(|(number, _)| *number);
        let crowded_out = self.crowded_out.range(first..end).copied();
        let special: BTreeSet<u64> = expected.chain(small).chain(large).chain(crowded_out).collect();
        let mut from = first;
        for number in special {
            if from < number {
                self.lose(from, number, Cause::Unheard, None, shared, events);
            }
            let cause = self.cause(number);
            let named = self.expected.remove(&number);
            from = number.saturating_add(1);
            self.lose(number, from, cause, named, shared, events);
        }
        if from < end {
            self.lose(from, end, Cause::Unheard, None, shared, events);
        }
    }

    /// Why an object is lost that has not ended.
    fn cause(&self, number: u64) -> Cause {
        match () {
            () if self.crowded_out.contains(&number) => Cause::NoRoom,
            () if self.small.contains_key(&number) || self.large.contains_key(&number) => Cause::Incomplete,
            () => Cause::Unheard,
        }
    }

    pub(super) fn lose(
        &mut self,
        first: u64,
        end: u64,
        cause: Cause,
        named: Option<(u32, Hash)>,
        shared: &mut Shared,
        events: &mut Vec<Event>,
    ) {
        self.forget(first, shared);
        self.ended.insert(first, end);
        self.tally.lost = self.tally.lost.saturating_add(end.saturating_sub(first));
        events.push(Event::Lost(Lost { epoch: self.epoch, class: self.class, first, end, cause, named }));
    }

    /// Whether this number may end: where it would make one range more than there may be, lower gaps are given up for it. Those
    /// that the sender signed, that is: nobody else makes a loss.
    pub(super) fn may_end(&mut self, number: u64, shared: &mut Shared, events: &mut Vec<Event>) -> bool {
        let next = number.saturating_add(1);
        loop {
            let touches =
                self.ended.contains(next) || number.checked_sub(1).is_some_and(|it| self.ended.contains(it));
            if touches || self.ended.len() < shared.limits.ranges {
                return true;
            }
            // Never the number itself: it is here.
            let gap = self.ended.hole(0, number).or_else(|| self.ended.hole(next, self.ended.end()));
            let Some((first, end)) = gap.filter(|(_, end)| *end <= self.signed) else { return false };
            self.lose_range(first, end, shared, events);
        }
    }

    /// Gives up the lowest gap while there are too many, as far as the sender signed that there were such numbers.
    pub(super) fn bound(&mut self, shared: &mut Shared, events: &mut Vec<Event>) {
        while self.ended.len() > shared.limits.ranges
            && let Some((first, end)) = self.ended.hole(0, self.ended.end())
            && end <= self.signed
        {
            self.lose_range(first, end, shared, events);
        }
    }
}
