//! Objects that are decided again: they were queued or held when the bundle changed, the lane started, the clock was
//! confirmed, or egress had no room.

use super::{Journal, Parts, Waiting};
use crate::gate::beside::{self, Beside, Former};
use crate::gate::entry::{Again, Recalled};
use lockgate_bytes::{Digest, Frame, Precedence, Sealed, Time};
use lockgate_reason::{deep, egress};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Journal {
    /// Offers to the engine what waits to be decided again.
    pub(crate) fn offer_again(&mut self) {
        if self.retired && self.spilled.is_empty() {
            self.retired = false;
            self.decide_held_again(&|codes| codes.iter().any(|code| is_spilled(code)));
        }
        while let Some(next) = self.next_again() {
            let recalled = match next {
                Waiting::Object(recalled) => recalled,
                Waiting::Made(recalled) => self.with_original(recalled),
                Waiting::Held(entry) => match self.held(entry) {
                    Some(recalled) => recalled,
                    None => {
                        // It has left the store, or cannot be read: then it stays held.
                        self.deciding.remove(&entry);
                        continue;
                    }
                },
            };
            if let Err(back) = self.parts.neighbours.again(*recalled) {
                let waits = match back.again.held {
                    // A held object stays in the store; only its turn is kept.
                    true => {
                        let Recalled { frame, again, beside, .. } = *back;
                        self.parts.common.pool.give_back(frame.bytes);
                        beside::give_back(beside, &self.parts.common.pool);
                        Waiting::Held(again.former)
                    }
                    false => Waiting::Object(back),
                };
                self.again.push_front(waits);
                return;
            }
        }
    }

    /// What is decided again next. The bytes of what is in the store are beside all others until it is decided, so it waits
    /// there while those are many; what has its bytes in hand never waits behind it, or nothing would give any back. What was
    /// made of an object takes room while that waits: so one of those goes on at any time.
    fn next_again(&mut self) -> Option<Waiting> {
        let first = |which: fn(&Waiting) -> bool| self.again.iter().position(which);
        let at = match self.parts.common.pool.has_room() {
            true => Some(0),
            false => first(|waiting| matches!(waiting, Waiting::Object(_))).or_else(|| {
                first(|waiting| matches!(waiting, Waiting::Made(_))).filter(|_| self.unmade.is_empty())
            }),
        };
        self.again.remove(at?)
    }

    /// The same with what it was made of: people saw that, and what was approved fits it. Where it cannot be read any more,
    /// what was made of it is decided as it is.
    fn with_original(&mut self, mut recalled: Box<Recalled>) -> Box<Recalled> {
        let former = recalled.again.former;
        let Some((bytes, packed)) = self.original(former) else { return recalled };
        let pool = &self.parts.common.pool;
        let lend = |size| pool.lend_beyond(size);
        recalled.beside = recalled.beside.take().map(|beside| beside.restored(packed.as_deref(), lend));
        recalled.frame.bytes = pool.exchange(std::mem::take(&mut recalled.frame.bytes), &bytes);
        self.unmade.insert(former);
        recalled
    }

    /// What a queued object was made of, where that is something else and still there; and what lies beside that.
    fn original(&self, entry: u64) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        let original = self.queued.get(&entry)?.original?;
        let bytes = self.parts.store.get(original).ok()?;
        Some((bytes, self.parts.store.beside(original).ok().flatten()))
    }

    /// Everything that is held for one of the codes that `which` picks is decided again.
    pub(crate) fn decide_held_again(&mut self, which: &dyn Fn(&[Box<str>]) -> bool) {
        let mut entries = Vec::new();
        // What cannot be listed stays held.
        let _ = self.parts.store.list(&mut |item| {
            if which(&item.facts.codes) {
                entries.push(item.entry);
            }
        });
        entries.into_iter().for_each(|entry| self.decide_one_again(entry));
    }

    /// Held objects that found no room to be looked into have another turn, as far as there is some now: what people have
    /// approved first. What was held unopened is opened once nothing else waits.
    pub(crate) fn give_turns(&mut self) {
        if self.stopping || !self.again.is_empty() {
            return;
        }
        let room = self.parts.common.room.clone();
        let approved: BTreeSet<u64> = self.parts.ledger.approved().collect();
        let ready =
            behind(self.turned, self.later.intersection(&approved).copied()).into_iter().take(room.patient());
        let rest =
            behind(self.turned, self.later.difference(&approved).copied()).into_iter().take(room.free());
        for entry in ready.chain(rest).collect::<Vec<_>>() {
            self.turned = entry;
            self.later.remove(&entry);
            self.again.push_back(Waiting::Held(entry));
        }
        if self.later.is_empty() && room.has_missed() {
            let mut unopened = Vec::new();
            // What cannot be listed stays held.
            let _ = self.parts.store.list(&mut |item| {
                let is_unopened = item.facts.codes.iter().any(|code| **code == *deep::CROWDED.id());
                if is_unopened && !self.deciding.contains(&item.entry) {
                    unopened.push(item.entry);
                }
            });
            unopened.sort_unstable();
            if unopened.len() > room.free() {
                room.misses_more();
            }
            for entry in behind(self.opened, unopened.into_iter()).into_iter().take(room.free()) {
                self.opened = entry;
                self.decide_one_again(entry);
            }
        }
    }

    /// A held object has its turn; one about which a statement is being looked at, after that.
    pub(crate) fn decide_one_again(&mut self, entry: u64) {
        if self.desk.keeps(entry) {
            return;
        }
        if self.deciding.insert(entry) {
            self.again.push_back(Waiting::Held(entry));
        }
    }

    /// The engine has ended. What it did not decide again any more stays held, or is held from now on: nothing on its way
    /// is lost by a stop.
    pub(crate) fn keep(&mut self, undecided: impl Iterator<Item = Recalled>) {
        let line = std::mem::take(&mut self.again).into_iter().filter_map(|waiting| match waiting {
            Waiting::Object(recalled) | Waiting::Made(recalled) => Some(*recalled),
            Waiting::Held(_) => None,
        });
        for Recalled { frame, again, beside, .. } in undecided.chain(line) {
            if again.held {
                continue;
            }
            let queued = self.queued.get_mut(&again.former).map(|queued| {
                queued.beside = beside;
                &*queued
            });
            let sealed = Sealed {
                identity: Digest::of(&frame.bytes),
                crossing: None,
                bytes: frame.bytes,
                lane: Arc::from(&*self.parts.lane),
                bundle: Digest([0; 32]),
                precedence: queued.map_or(Precedence::Routine, |queued| queued.precedence),
                not_after: queued.map_or(Time::MAX, |queued| queued.not_after),
                entry: again.former,
                first: again.first.unwrap_or(again.former),
                order: None,
                turn: 0,
                tag: Digest([0; 32]),
            };
            self.spilled.push((egress::STOPPED, Box::new(sealed)));
        }
    }

    /// Puts an object into the line of those that are decided again. Of one that was made of another it is that other which
    /// is decided; many of them would not fit into memory at once.
    pub(crate) fn decide_again(&mut self, recalled: Recalled) {
        let queued = self.queued.get(&recalled.again.former);
        let is_made = queued.is_some_and(|queued| queued.original.is_some());
        let recalled = Box::new(recalled);
        self.again.push_back(if is_made { Waiting::Made(recalled) } else { Waiting::Object(recalled) });
    }

    fn held(&mut self, entry: u64) -> Option<Box<Recalled>> {
        let (frame, Former { parent, .. }, beside) = self.held_frame(entry)?;
        let reviews = self.parts.log.approvals(&self.parts.ledger, entry);
        let again = Again { former: entry, first: None, held: true };
        Some(Box::new(Recalled { frame, again, parent, reviews, beside }))
    }

    /// A held object as it lies in the store, with what came beside it and what its record says. None where one of them
    /// cannot be read: then it stays held.
    pub(crate) fn held_frame(&self, entry: u64) -> Option<(Frame, Former, Option<Beside>)> {
        let Parts { store, log, common, .. } = &self.parts;
        let lend = |bytes| common.pool.lend_beyond(bytes);
        let former = Former::read(log, entry)?;
        let (bytes, packed) = (store.get(entry).ok()?, store.beside(entry).ok()?);
        let (source, arrival) = store.origin(entry)?;
        let beside = former.beside(Digest::of(&bytes), packed.as_deref(), lend);
        let frame =
            Frame { bytes: common.pool.copied(&bytes), source: Arc::from(source), arrival, sidecar: None };
        Some((frame, former, beside))
    }
}

/// The entries behind `last`, then those before it.
fn behind(last: u64, entries: impl Iterator<Item = u64>) -> Vec<u64> {
    let (mut later, earlier): (Vec<u64>, Vec<u64>) = entries.partition(|entry| *entry > last);
    later.extend(earlier);
    later
}

/// True for the codes under which egress gives back what it could not send.
fn is_spilled(code: &str) -> bool {
    [egress::QUEUE_FULL, egress::OVER_LINK].iter().any(|one| one.id() == code)
}
