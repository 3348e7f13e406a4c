//! What is given up: the gaps below a mark whose time has come, below the end of an epoch, and those too many to keep.

use super::Lane;
use crate::Hash;
use crate::manifest::Mark;
use crate::receiver::{Cause, Event, Lost, Shared};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

impl Lane {
    /// Nothing more comes: whatever has not ended is lost.
    pub(in crate::receiver) fn end(&mut self, shared: &mut Shared, events: &mut Vec<Event>) {
        self.due.clear();
        self.give_up(Mark { next: self.known, open: None }, shared, events);
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
        let special: BTreeSet<u64> = expected.chain(small).chain(large).collect();
        let mut from = first;
        for number in special {
            if from < number {
                self.lose(from, number, Cause::Unheard, None, shared, events);
            }
            let grew = self.small.contains_key(&number) || self.large.contains_key(&number);
            let cause = if grew { Cause::Incomplete } else { Cause::Unheard };
            let named = self.expected.remove(&number);
            from = number.saturating_add(1);
            self.lose(number, from, cause, named, shared, events);
        }
        if from < end {
            self.lose(from, end, Cause::Unheard, None, shared, events);
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
        if let Some(parts) = self.small.remove(&first) {
            shared.room = shared.room.saturating_add(parts.cost());
        }
        if let Some(incoming) = self.large.remove(&first) {
            shared.room = shared.room.saturating_add(incoming.held());
        }
        self.ended.insert(first, end);
        self.tally.lost = self.tally.lost.saturating_add(end.saturating_sub(first));
        events.push(Event::Lost(Lost { epoch: self.epoch, class: self.class, first, end, cause, named }));
    }

    /// Gives up the lowest gap while there are too many.
    pub(super) fn bound(&mut self, shared: &mut Shared, events: &mut Vec<Event>) {
        while self.ended.len() > shared.limits.ranges
            && let Some((first, end)) = self.ended.hole(0, self.ended.end())
        {
            self.lose_range(first, end, shared, events);
        }
    }
}
