//! Objects that are decided again: they were queued or held when the bundle changed, the lane started, the clock was
//! confirmed, or egress had no room.

use super::{Journal, Parts, Unread, Waiting, Which};
use crate::gate::beside::{self, Beside, Former};
use crate::gate::entry::{Again, Recalled};
use lockgate_bytes::{Digest, Frame, Precedence, Sealed, Time};
use lockgate_reason::{Code, deep, egress, hold};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Journal {
    /// Offers to the engine what waits to be decided again.
    pub(crate) fn offer_again(&mut self) {
        if self.retired && self.spilled.is_empty() {
            self.retired = false;
            self.decide_held_again(Which::Spilled);
        }
        while let Some(next) = self.next_again() {
            let recalled = match next {
                Waiting::Object(recalled) => recalled,
                Waiting::Made(recalled) => match self.with_original(recalled) {
                    Ok(recalled) => recalled,
                    Err((recalled, says)) => {
                        self.put_off(Waiting::Made(recalled), &says);
                        continue;
                    }
                },
                Waiting::Back(recalled) => {
                    self.complete(recalled);
                    continue;
                }
                Waiting::Held(entry) => match self.held(entry) {
                    Ok(recalled) => recalled,
                    Err(Unread::Disk(says)) => {
                        self.put_off(Waiting::Held(entry), &says);
                        continue;
                    }
                    Err(Unread::Gone) => {
                        // It has left the store, or is damaged there: then it stays held.
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
            false => {
                first(|waiting| matches!(waiting, Waiting::Object(_) | Waiting::Back(_))).or_else(|| {
                    first(|waiting| matches!(waiting, Waiting::Made(_))).filter(|_| self.unmade.is_empty())
                })
            }
        };
        self.again.remove(at?)
    }

    /// The same with what it was made of: people saw that, and what was approved fits it. Where it is damaged, what was made of
    /// it is decided as it is.
    ///
    /// # Errors
    /// What the disk said that did not read it, and the object as it was: decided without, what it was made of would go.
    fn with_original(
        &mut self,
        mut recalled: Box<Recalled>,
    ) -> Result<Box<Recalled>, (Box<Recalled>, String)> {
        let former = recalled.again.former;
        let (bytes, packed) = match self.original(former) {
            Ok(original) => original,
            Err(Unread::Gone) => return Ok(recalled),
            Err(Unread::Disk(says)) => return Err((recalled, says)),
        };
        let pool = &self.parts.common.pool;
        let lend = |size| pool.lend_beyond(size);
        recalled.beside = recalled.beside.take().map(|beside| beside.restored(packed.as_deref(), lend));
        recalled.frame.bytes = pool.exchange(std::mem::take(&mut recalled.frame.bytes), &bytes);
        self.unmade.insert(former);
        Ok(recalled)
    }

    /// What a queued object was made of, where that is something else and still there; and what lies beside that.
    fn original(&self, entry: u64) -> Result<(Vec<u8>, Option<Vec<u8>>), Unread> {
        let original = self.queued.get(&entry).and_then(|queued| queued.original).ok_or(Unread::Gone)?;
        let bytes = self.parts.store.get(original).map_err(|fault| Unread::hold(&fault))?;
        match self.parts.store.beside(original).map_err(|fault| Unread::hold(&fault)) {
            Ok(packed) => Ok((bytes, packed)),
            Err(Unread::Gone) => Ok((bytes, None)),
            Err(unread) => Err(unread),
        }
    }

    /// Everything of this that is held is decided again.
    pub(crate) fn decide_held_again(&mut self, which: Which) {
        let mut entries = Vec::new();
        let listed = self.parts.store.list(&mut |item| {
            if which.picks(&item.facts.codes) {
                entries.push(item.entry);
            }
        });
        match listed.map_err(|fault| Unread::hold(&fault)) {
            // All of it is looked for another time: a part of it would have its turn with each try.
            Err(Unread::Disk(says)) => self.look_again(which, &says),
            // What is behind the damage stays held.
            Ok(()) | Err(Unread::Gone) => {
                entries.into_iter().for_each(|entry| self.decide_one_again(entry));
            }
        }
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
            let listed = self.parts.store.list(&mut |item| {
                let is_unopened = item.facts.codes.iter().any(|code| **code == *deep::CROWDED.id());
                if is_unopened && !self.deciding.contains(&item.entry) {
                    unopened.push(item.entry);
                }
            });
            unopened.sort_unstable();
            // What was not listed stays held, and is looked for with the next turn.
            if unopened.len() > room.free() || listed.is_err() {
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
        let line = std::mem::take(&mut self.again).into_iter().chain(self.postponed.take());
        let line = line.filter_map(|waiting| match waiting {
            Waiting::Object(recalled) | Waiting::Made(recalled) | Waiting::Back(recalled) => Some(*recalled),
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

    /// What came back from egress, with what its record says beside it.
    pub(crate) fn complete(&mut self, mut recalled: Box<Recalled>) {
        match self.told_of(recalled.again.former) {
            Ok((parent, reviews)) => {
                (recalled.parent, recalled.reviews) = (parent, reviews);
                self.decide_again(*recalled);
            }
            Err(says) => self.put_off(Waiting::Back(recalled), &says),
        }
    }

    fn held(&mut self, entry: u64) -> Result<Box<Recalled>, Unread> {
        let (frame, Former { parent, .. }, beside) = self.held_frame(entry)?;
        let reviews = self.parts.log.approvals(&self.parts.ledger, entry);
        let reviews = match reviews {
            Ok(reviews) => reviews,
            Err(error) => {
                self.parts.common.pool.give_back(frame.bytes);
                beside::give_back(beside, &self.parts.common.pool);
                return Err(Unread::log(&error));
            }
        };
        let again = Again { former: entry, first: None, held: true };
        Ok(Box::new(Recalled { frame, again, parent, reviews, beside }))
    }

    /// A held object as it lies in the store, with what came beside it and what its record says.
    ///
    /// # Errors
    /// [`Unread`] where one of them cannot be read: then it stays held.
    pub(crate) fn held_frame(&self, entry: u64) -> Result<(Frame, Former, Option<Beside>), Unread> {
        let Parts { store, log, common, .. } = &self.parts;
        let lend = |bytes| common.pool.lend_beyond(bytes);
        let former = Former::read(log, entry)?;
        let unread = |fault: lockgate_hold::Fault| Unread::hold(&fault);
        let (bytes, packed) = (store.get(entry).map_err(unread)?, store.beside(entry).map_err(unread)?);
        let (source, arrival) = store.origin(entry).ok_or(Unread::Gone)?;
        let beside = former.beside(Digest::of(&bytes), packed.as_deref(), lend);
        let frame =
            Frame { bytes: common.pool.copied(&bytes), source: Arc::from(source), arrival, sidecar: None };
        Ok((frame, former, beside))
    }
}

/// The entries behind `last`, then those before it.
fn behind(last: u64, entries: impl Iterator<Item = u64>) -> Vec<u64> {
    let (mut later, earlier): (Vec<u64>, Vec<u64>) = entries.partition(|entry| *entry > last);
    later.extend(earlier);
    later
}

impl Which {
    fn picks(self, codes: &[Box<str>]) -> bool {
        let has = |wanted: &[Code]| wanted.iter().any(|one| codes.iter().any(|code| **code == *one.id()));
        match self {
            Self::All => true,
            Self::OfClock => has(&[hold::CLOCK_NOT_TRUSTED]),
            Self::Spilled => has(&[egress::QUEUE_FULL, egress::OVER_LINK]),
            Self::Stopped => has(&[egress::STOPPED]),
        }
    }
}
