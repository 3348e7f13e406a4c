//! One class of one epoch: which numbers have ended and how, and the objects that grow.

mod loss;

use super::note::{How, Note};
use super::parts::{self, Parts};
use super::{Alarm, Cause, Delivered, Event, Limits, Shared, Tally};
use crate::block::{Incoming, Taken};
use crate::manifest::{Entry, Mark};
use crate::slide::{self, Gather};
use crate::spans::Spans;
use crate::wire::{Block, Part, Repair, Source};
use crate::{Hash, Id};
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use lockgate_bytes::{Precedence, Time};

/// How many marks wait for their time.
const MARKS: usize = 1_024;

/// See the module.
pub(super) struct Lane {
    epoch: u64,
    class: Precedence,
    pub(super) ended: Spans,
    /// All lower numbers have been given to objects: the sender signed that.
    signed: u64,
    /// Behind the highest that came whole.
    came: u64,
    /// Behind the highest of which anything said that there is such a number. Whoever has the key of the tags can say that.
    heard_of: u64,
    /// Where the numbers end, once the sender signed that no more follow.
    last: Option<u64>,
    /// Numbers below have been suspected, or were never missing.
    suspected: u64,
    /// When what a manifest covers is lost.
    due: VecDeque<(Time, Mark)>,
    gather: Gather,
    symbol: Vec<u8>,
    small: BTreeMap<u64, Parts>,
    large: BTreeMap<u64, Incoming>,
    /// What manifests say of objects that have not ended.
    expected: BTreeMap<u64, (u32, Hash)>,
    /// What was delivered and no manifest has said.
    unattested: BTreeMap<u64, Hash>,
    /// Numbers of which something found no room here.
    crowded_out: BTreeSet<u64>,
    pub(super) tally: Tally,
}

impl Lane {
    pub(super) fn new(epoch: u64, class: Precedence) -> Self {
        Self {
            epoch,
            class,
            ended: Spans::default(),
            signed: 0,
            came: 0,
            heard_of: 0,
            last: None,
            suspected: 0,
            due: VecDeque::new(),
            gather: Gather::default(),
            symbol: Vec::new(),
            small: BTreeMap::new(),
            large: BTreeMap::new(),
            expected: BTreeMap::new(),
            unattested: BTreeMap::new(),
            crowded_out: BTreeSet::new(),
            tally: Tally::default(),
        }
    }

    /// What a journal remembers of numbers that ended.
    pub(super) fn restore(&mut self, first: u64, end: u64, how: How) {
        self.ended.insert(first, end);
        if how != How::Lost {
            self.came = self.came.max(end);
        }
        self.suspected = self.suspected.max(end);
        // What of it was signed is not noted; where no gap is below, nobody made one.
        let (next, _) = self.ended.hole(0, u64::MAX).unwrap_or((u64::MAX, u64::MAX));
        self.reach(next);
        let count = end.saturating_sub(first);
        match how {
            How::Delivered => self.tally.delivered = self.tally.delivered.saturating_add(count),
            How::Lost => self.tally.lost = self.tally.lost.saturating_add(count),
            How::Counted => {}
        }
    }

    /// What a journal must say of it.
    pub(super) fn notes(&self) -> impl Iterator<Item = Note> + '_ {
        let (epoch, class, tally) = (self.epoch, self.class, self.tally);
        let counts = (tally != Tally::default()).then_some(Note::Tally { epoch, class, tally });
        let ended = self.ended.iter();
        ended
            .map(move |(first, end)| Note::Ended { epoch, class, first, end, how: How::Counted })
            .chain(counts)
    }

    pub(super) fn source(&mut self, source: &Source<'_>, shared: &mut Shared, events: &mut Vec<Event>) {
        let mut symbol = core::mem::take(&mut self.symbol);
        slide::write(&source.part, &mut symbol);
        let before = self.gather.contradictions();
        let recovered = self.gather.source(source.symbol, &symbol);
        self.symbol = symbol;
        self.part(&source.part, false, shared, events);
        self.recovered(recovered, before, shared, events);
    }

    pub(super) fn repair(&mut self, repair: &Repair<'_>, shared: &mut Shared, events: &mut Vec<Event>) {
        let before = self.gather.contradictions();
        let recovered = self.gather.repair(repair);
        self.recovered(recovered, before, shared, events);
    }

    fn recovered(
        &mut self,
        recovered: Vec<slide::Recovered>,
        before: u64,
        shared: &mut Shared,
        events: &mut Vec<Event>,
    ) {
        let more = self.gather.contradictions().saturating_sub(before);
        shared.counters.contradicting = shared.counters.contradicting.saturating_add(more);
        for it in recovered {
            match parts::read_symbol(&it.symbol) {
                Some(part) => self.part(&part, true, shared, events),
                None => shared.counters.contradicting = shared.counters.contradicting.saturating_add(1),
            }
        }
    }

    /// A part has come, or come back.
    fn part(&mut self, part: &Part<'_>, recovered: bool, shared: &mut Shared, events: &mut Vec<Event>) {
        self.heard_of = self.heard_of.max(part.number.saturating_add(1));
        if self.ended.contains(part.number) {
            return shared.counters.needless = shared.counters.needless.saturating_add(1);
        }
        let Part { number, hash, order, sent, .. } = *part;
        if part.count == 1 {
            return self.whole(number, hash, order, sent, Vec::from(part.bytes), recovered, shared, events);
        }
        if !self.small.contains_key(&number) && !self.has_room(usize::from(part.length), shared) {
            return self.turn_away(number, shared);
        }
        let parts = self.small.entry(number).or_insert_with(|| {
            let new = Parts::of(part);
            shared.room = shared.room.saturating_sub(new.cost());
            new
        });
        if !parts.takes(part, recovered) {
            return shared.counters.contradicting = shared.counters.contradicting.saturating_add(1);
        }
        if parts.is_whole()
            && let Some(parts) = self.small.remove(&number)
        {
            shared.room = shared.room.saturating_add(parts.cost());
            let recovered = parts.recovered;
            self.whole(number, hash, order, sent, parts.bytes, recovered, shared, events);
        }
    }

    pub(super) fn block(&mut self, block: &Block<'_>, shared: &mut Shared, events: &mut Vec<Event>) {
        let number = block.number;
        self.heard_of = self.heard_of.max(number.saturating_add(1));
        if self.ended.contains(number) {
            return shared.counters.needless = shared.counters.needless.saturating_add(1);
        }
        if !self.large.contains_key(&number) {
            let Some(cost) = Incoming::cost(block) else {
                return shared.counters.contradicting = shared.counters.contradicting.saturating_add(1);
            };
            if block.length > shared.limits.object || !self.has_room(cost, shared) {
                return self.turn_away(number, shared);
            }
            let Some(new) = Incoming::new(block, shared.take_spare()) else { return };
            shared.room = shared.room.saturating_sub(cost);
            self.large.insert(number, new);
        }
        let Some(incoming) = self.large.get_mut(&number) else { return };
        let counters = &mut shared.counters;
        match incoming.take(block, &mut shared.workshop, &mut shared.room) {
            Taken::Kept => {}
            Taken::Needless => counters.needless = counters.needless.saturating_add(1),
            Taken::Wrong => counters.contradicting = counters.contradicting.saturating_add(1),
            Taken::NoRoom => self.turn_away(number, shared),
            Taken::Whole => {
                let Some(incoming) = self.large.remove(&number) else { return };
                shared.room = shared.room.saturating_add(incoming.held());
                let title = *incoming.title();
                let (bytes, recovered) = incoming.finish();
                self.whole(number, title.hash, title.order, title.sent, bytes, recovered, shared, events);
            }
        }
    }

    /// Whether one more object may grow.
    fn has_room(&self, cost: usize, shared: &mut Shared) -> bool {
        self.small.len().saturating_add(self.large.len()) < shared.limits.growing
            && shared.has_room(cost.saturating_add(parts::COST))
    }

    /// Something of this object found no room: if it is lost, then for that.
    fn turn_away(&mut self, number: u64, shared: &mut Shared) {
        shared.counters.no_room = shared.counters.no_room.saturating_add(1);
        self.crowded_out.insert(number);
        if self.crowded_out.len() > Limits::REMEMBERED {
            self.crowded_out.pop_first();
        }
    }

    /// All bytes of an object are there: it is delivered if they are the right ones.
    #[expect(clippy::too_many_arguments, reason = "an object is what its datagrams say of it")]
    fn whole(
        &mut self,
        number: u64,
        hash: Hash,
        order: u64,
        sent: u64,
        bytes: Vec<u8>,
        recovered: bool,
        shared: &mut Shared,
        events: &mut Vec<Event>,
    ) {
        let id = Id { epoch: self.epoch, class: self.class, number };
        let right = *blake3::hash(&bytes).as_bytes() == hash;
        if !self.may_end(number, shared, events) {
            if !right {
                events.push(Event::Alarm(Alarm::Damaged(id)));
            }
            return self.turn_away(number, shared);
        }
        let said = self.expected.remove(&number);
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let agrees = said.is_none_or(|said| said == (length, hash));
        if right && agrees {
            self.forget(number, shared);
            self.ended.insert(number, number.saturating_add(1));
            self.came = self.came.max(number.saturating_add(1));
            self.count(number, hash, said.is_some(), recovered);
            let sent = Time::from_unix_nanos(i64::try_from(sent).unwrap_or(0).saturating_mul(1_000_000));
            events.push(Event::Delivered(Delivered { id, order, sent, hash, bytes, recovered }));
        } else {
            events.push(Event::Alarm(if right { Alarm::Differs(id) } else { Alarm::Damaged(id) }));
            self.lose(number, number.saturating_add(1), Cause::Differs, said, shared, events);
        }
        self.bound(shared, events);
    }

    /// One more is delivered.
    fn count(&mut self, number: u64, hash: Hash, is_attested: bool, recovered: bool) {
        self.tally.delivered = self.tally.delivered.saturating_add(1);
        self.tally.recovered = self.tally.recovered.saturating_add(u64::from(recovered));
        if is_attested {
            self.tally.attested = self.tally.attested.saturating_add(1);
            return;
        }
        self.unattested.insert(number, hash);
        if self.unattested.len() > Limits::REMEMBERED {
            self.unattested.pop_first();
        }
    }

    /// A manifest says that this object was sent.
    pub(super) fn attest(&mut self, entry: &Entry, shared: &mut Shared, events: &mut Vec<Event>) {
        let Entry { number, length, hash, .. } = *entry;
        self.reach(number.saturating_add(1));
        if let Some(delivered) = self.unattested.remove(&number) {
            if delivered == hash {
                self.tally.attested = self.tally.attested.saturating_add(1);
            } else {
                let id = Id { epoch: self.epoch, class: self.class, number };
                events.push(Event::Alarm(Alarm::Differs(id)));
            }
        } else if !self.ended.contains(number) {
            let said = *self.expected.entry(number).or_insert((length, hash));
            if said != (length, hash) {
                // The first word holds, as it does for what has been delivered.
                let id = Id { epoch: self.epoch, class: self.class, number };
                events.push(Event::Alarm(Alarm::Differs(id)));
            }
            if self.expected.len() > Limits::REMEMBERED {
                self.expected.pop_first();
            }
        }
        self.bound(shared, events);
    }

    /// A manifest says that all below this mark was sent.
    pub(super) fn cover(&mut self, mark: Mark, due: Time, shared: &mut Shared, events: &mut Vec<Event>) {
        self.reach(mark.next);
        self.suspect(mark.next, events);
        if self.due.back().is_some_and(|(_, last)| *last == mark) {
            return;
        }
        if self.due.len() >= MARKS {
            self.due.pop_back();
        }
        self.due.push_back((due, mark));
        self.bound(shared, events);
    }

    /// All lower numbers have been given to objects: the sender signed that.
    fn reach(&mut self, next: u64) {
        self.signed = self.signed.max(next);
    }

    /// The sender signed how far the numbers of this epoch go.
    pub(super) fn close(&mut self, next: u64) {
        self.last = Some(next);
    }

    /// False where something speaks of numbers beyond those that the sender signed at the end.
    pub(super) fn agrees(&self) -> bool {
        self.last.is_none_or(|last| self.signed.max(self.came).max(self.heard_of) <= last)
    }

    /// Reports what is missing below `next`, once.
    pub(super) fn suspect(&mut self, next: u64, events: &mut Vec<Event>) {
        self.heard_of = self.heard_of.max(next);
        let mut from = self.suspected;
        while let Some((first, end)) = self.ended.hole(from, next) {
            from = end;
            let growing = self.small.range(first..end).next().is_some()
                || self.large.range(first..end).next().is_some();
            if !growing {
                events.push(Event::Suspected { epoch: self.epoch, class: self.class, first, end });
            }
        }
        self.suspected = self.suspected.max(next);
    }

    pub(super) fn tick(&mut self, now: Time, shared: &mut Shared, events: &mut Vec<Event>) {
        while let Some((_, mark)) = self.due.pop_front_if(|(due, _)| *due <= now) {
            self.give_up(mark, shared, events);
        }
    }

    pub(super) fn due(&self) -> Option<Time> {
        self.due.front().map(|(due, _)| *due)
    }
}
