//! The sending side: takes objects from whoever keeps them, and says which datagram leaves next, and when.
//!
//! **Order.** What belongs to the link (heartbeats, manifests) leaves when it is due. Then the highest class that has
//! something; within a class parts of small objects, then repairs, then symbols of large ones. A choice is made for each
//! datagram anew, so nothing urgent waits longer than the datagram that is on the wire. A small part of the link
//! ([`Terms::trickle`]) belongs to the lowest class that waits.

use crate::block::Workshop;
use crate::chain::Chain;
use crate::manifest::{Closing, Mark, Marks};
use crate::outlet::{Fresh, Kind, Leaver, Numbered, Outlet};
use crate::supply::{Ended, Gone, Object, Supply};
use crate::wire::{self, Head, Heartbeat};
use crate::{Id, LinkKey, ManifestSecret, Pace, Terms, TermsFault};
use alloc::vec::Vec;
use lockgate_bytes::{Precedence, Time};

/// What a sender begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Greater than every epoch before: a counter that was stored, in the upper 32 bits, and chance in the lower.
    pub epoch: u64,
    /// How far the epoch before came, as far as is known.
    pub closing: Option<Closing>,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A datagram is to be sent; of this class, or of the link.
    Datagram(Option<Precedence>),
    /// Nothing before this time, unless an object comes.
    At(Time),
}

/// What left, by the class it belongs to, in bytes on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Of the link: heartbeats, manifests, filling.
    pub link: u64,
    /// Of each class, the lowest first.
    pub classes: [u64; 6],
    /// Of these: repairs of small objects. Those of large ones are symbols as others are.
    pub repairs: [u64; 6],
    /// Of these: objects that were sent again.
    pub again: [u64; 6],
    /// Of these: what the lowest class that waited sent out of its turn.
    pub trickle: u64,
    /// Objects that were not sent again: there was no room, they were called back, or a newer report of the same thing has left.
    pub unrepeated: u64,
}

impl Spent {
    /// All of it.
    pub fn all(&self) -> u64 {
        self.classes.iter().fold(self.link, |sum, bytes| sum.saturating_add(*bytes))
    }
}

/// See the module.
pub struct Sender {
    terms: Terms,
    key: LinkKey,
    secret: ManifestSecret,
    epoch: u64,
    sequence: u64,
    outlets: [Outlet; 6],
    chain: Chain,
    pace: Option<Pace>,
    workshop: Workshop,
    heartbeat: Time,
    unsent: u64,
    /// Nothing more will be taken from the supply.
    is_ending: bool,
    /// Thousandths of bytes that the lowest class may take out of turn.
    trickle: u64,
    /// The class of the last datagram that had one.
    last: Option<Precedence>,
    spent: Spent,
    /// The last datagram of a class was of an object that is sent again.
    is_again: bool,
    left: Vec<Leaver>,
    pub(crate) ended: Vec<Gone>,
    /// First instant at which the last datagram must not leave any more.
    until: Time,
}

impl Sender {
    /// A sender that has sent nothing.
    ///
    /// # Errors
    /// [`TermsFault`] where a bound of the terms does not hold.
    pub fn new(terms: Terms, key: LinkKey, secret: ManifestSecret, start: Start) -> Result<Self, TermsFault> {
        terms.check()?;
        Ok(Self {
            pace: terms.pace(),
            terms,
            key,
            secret,
            epoch: start.epoch,
            sequence: 0,
            outlets: Precedence::ALL.map(Outlet::new),
            chain: Chain::new(start.closing),
            workshop: Workshop::default(),
            heartbeat: Time::MIN,
            unsent: 0,
            is_ending: false,
            trickle: 0,
            last: None,
            spent: Spent::default(),
            is_again: false,
            left: Vec::new(),
            ended: Vec::new(),
            until: Time::MAX,
        })
    }

    /// The terms that it keeps.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What left so far.
    pub fn spent(&self) -> Spent {
        self.spent
    }

    /// So many more objects were released and will not be sent.
    pub fn unsent(&mut self, count: u64) {
        self.unsent = self.unsent.saturating_add(count);
        self.chain.tell();
    }

    /// How far this epoch is: what the next start is given. Kept before a datagram is sent, it is never less than true.
    pub fn closing(&self) -> Closing {
        Closing { epoch: self.epoch, datagrams: self.sequence, marks: self.marks(|outlet| outlet.next) }
    }

    /// Gives up whatever has begun and not left whole, and whatever is to be sent again: the first end as [`Ended::Cut`] and
    /// come back with their bytes, the others have ended before. What of the first has left is an object at the other end where
    /// [`Gone::enough`] of it has.
    pub fn withdraw(&mut self, now: Time) {
        let Self { outlets, left, .. } = self;
        let again = outlets.iter_mut().map(|outlet| outlet.withdraw(left)).fold(0, usize::saturating_add);
        let count = u64::try_from(again).unwrap_or(u64::MAX);
        self.spent.unrepeated = self.spent.unrepeated.saturating_add(count);
        self.settle(now);
    }

    /// So many datagrams of those that were made have left by now. For whoever keeps datagrams after [`Sender::poll`]: once it was
    /// called, no object is sent again before all of it was sent.
    pub fn has_sent(&mut self, datagrams: u64) {
        self.outlets.iter_mut().for_each(|outlet| outlet.through = datagrams);
    }

    /// Datagrams that were made will not be sent after all: no repair brings back what was in them.
    pub fn forget(&mut self) {
        self.outlets.iter_mut().for_each(Outlet::forget);
    }

    /// Nothing more comes to the supply: once all has left, manifests say how far the run came, as often as each of them
    /// is said, the first at once. Without it a receiver that was away at that moment would not know before the next run.
    pub fn end(&mut self) {
        self.is_ending = true;
    }

    /// True where all that was taken has left, with its repairs and repeats, and a manifest has said so; after
    /// [`Sender::end`], all of the last ones.
    pub fn is_quiet(&self) -> bool {
        let has_ended = !self.is_ending || self.chain.has_parted();
        self.has_left() && self.chain.is_told() && has_ended
    }

    /// True where all that was taken has left, with its repairs and repeats.
    fn has_left(&self) -> bool {
        self.outlets.iter().all(|outlet| outlet.is_quiet(&self.terms))
    }

    /// First instant at which the datagram that was made last must not leave any more: that of the object, or of the first of those
    /// that a repair covers, at which its validity ends. What is the link's own may leave at any.
    pub fn until(&self) -> Time {
        self.until
    }

    /// Hands over the objects whose sending has ended, with the bytes as they were taken: what is sent again is a copy.
    pub fn take_ended(&mut self) -> impl Iterator<Item = Gone> {
        self.ended.drain(..)
    }

    /// Writes the next datagram into `out`, if one may leave now. Whoever cannot send it keeps it and tries again.
    pub fn poll(&mut self, now: Time, supply: &mut dyn Supply, out: &mut Vec<u8>) -> Step {
        let step = self.make(now, supply, out);
        if matches!(step, Step::Datagram(_)) {
            self.seal(core::slice::from_mut(out));
        }
        step
    }

    /// Puts the tags on datagrams that [`Sender::make`] wrote: side by side, which is faster than one by one. Those that have theirs stay as
    /// they are.
    pub fn seal(&self, datagrams: &mut [Vec<u8>]) {
        wire::seal(datagrams, &self.key);
    }

    /// As [`Sender::poll`], but for the tag: zeros stand in its place, and nobody takes such a datagram, until [`Sender::seal`] was told.
    pub fn make(&mut self, now: Time, supply: &mut dyn Supply, out: &mut Vec<u8>) -> Step {
        if let Some(ready) = self.pace.map(|pace| pace.ready_at()).filter(|ready| *ready > now) {
            return Step::At(ready);
        }
        self.until = Time::MAX;
        if now >= self.heartbeat {
            self.write_heartbeat(now, out);
            return self.finish(None, now, out);
        }
        if self.is_ending && supply.highest().is_none() && self.has_left() {
            self.chain.part(&self.terms);
        }
        if now >= self.chain.due(&self.terms) {
            self.write_manifest(now, out);
            return self.finish(None, now, out);
        }
        let most = self.terms.wire_bytes(self.terms.payload).saturating_mul(1_000);
        let highest = self.highest(supply);
        if self.trickle >= most
            && self.last >= highest
            && let Some(class) = self.serve(now, supply, out, true)
        {
            let step = self.finish(Some(class), now, out);
            // What is the highest as well has had its ordinary turn.
            if Some(class) < highest {
                let bytes = self.terms.wire_bytes(out.len());
                self.spent.trickle = self.spent.trickle.saturating_add(bytes);
                self.trickle = self.trickle.saturating_sub(bytes.saturating_mul(1_000));
            }
            return step;
        }
        if let Some(class) = self.serve(now, supply, out, false) {
            return self.finish(Some(class), now, out);
        }
        if self.terms.constant {
            wire::begin(&self.head(None), 0, out);
            return self.finish(None, now, out);
        }
        if self.chain.due(&self.terms) <= now {
            // What was cut just now filled a manifest.
            self.write_manifest(now, out);
            return self.finish(None, now, out);
        }
        if let Some(pace) = self.pace.as_mut() {
            pace.rest();
        }
        Step::At(self.wake())
    }

    /// The highest class that has something to send. The lowest has its turn out of order only when the highest has just had
    /// its own: so whatever is urgent waits for one datagram, not for two.
    fn highest(&self, supply: &dyn Supply) -> Option<Precedence> {
        let busy = self.outlets.iter().rev().find(|outlet| outlet.is_busy()).map(|outlet| outlet.class);
        busy.max(supply.highest())
    }

    /// When there is something to do though no object comes.
    fn wake(&self) -> Time {
        let outlets = self.outlets.iter().filter_map(|outlet| outlet.wake(&self.terms));
        outlets.fold(self.heartbeat.min(self.chain.due(&self.terms)), Time::min)
    }

    /// The datagram of the highest class that has one; of the lowest, where `lowest`.
    fn serve(
        &mut self,
        now: Time,
        supply: &mut dyn Supply,
        out: &mut Vec<u8>,
        lowest: bool,
    ) -> Option<Precedence> {
        let mut classes = Precedence::ALL;
        if !lowest {
            classes.reverse();
        }
        let found = classes.into_iter().find(|class| self.serve_class(*class, now, supply, out));
        self.settle(now);
        found
    }

    fn serve_class(
        &mut self,
        class: Precedence,
        now: Time,
        supply: &mut dyn Supply,
        out: &mut Vec<u8>,
    ) -> bool {
        // The kind is known once the body is written.
        wire::begin(&self.head(Some(class)), 0, out);
        let made = self.sequence.saturating_add(1);
        let Self { outlets, terms, workshop, left, .. } = self;
        let Some(outlet) = outlets.get_mut(class.place()) else { return false };
        let begun = left.len();
        let Some(kind) = outlet.next(now, terms, supply, workshop, out, left) else { return false };
        self.until = outlet.until;
        self.is_again = outlet.is_again;
        outlet.mark(made);
        if let Some(fresh) = outlet.take_fresh() {
            let unrepeated = compare(&fresh, outlets, left);
            self.spent.unrepeated = self.spent.unrepeated.saturating_add(unrepeated);
        }
        for leaver in left.iter_mut().skip(begun).filter(|leaver| leaver.ended == Ended::Sent) {
            leaver.numbered.made = made;
            leaver.numbered.enough.get_or_insert(made);
        }
        let kind = match kind {
            Kind::Source => 1_u8,
            Kind::Repair => 2,
            Kind::Block => 3,
        };
        if let Some(byte) = out.get_mut(1) {
            *byte |= kind << 4;
        }
        true
    }

    /// Does what is due for objects that have left.
    fn settle(&mut self, now: Time) {
        let mut left = core::mem::take(&mut self.left);
        for Leaver { mut numbered, ended } in left.drain(..) {
            let wait = self.terms.repeats.get(numbered.round).copied();
            let important = self.terms.repeat_from.is_some_and(|from| numbered.class >= from);
            let again = important && ended == Ended::Sent && !numbered.is_old;
            let wait = wait.filter(|_| again && self.has_room(&numbered));
            if numbered.round == 0 {
                let begun = matches!(ended, Ended::Sent | Ended::Cut);
                let id = Id { epoch: self.epoch, class: numbered.class, number: numbered.number };
                if begun {
                    self.chain.push(numbered.entry());
                }
                let Object { length, hash, order, at, not_after, token, .. } = numbered.object;
                // The bytes go back to whoever lent their memory; what is sent again is our own copy.
                let bytes = core::mem::take(&mut numbered.object.bytes);
                if wait.is_some() {
                    numbered.object.bytes.clone_from(&bytes);
                }
                let object = Object { bytes, length, hash, order, at, not_after, token };
                let enough = numbered.enough;
                self.ended.push(Gone { object, id: begun.then_some(id), ended, enough });
            }
            if let Some(wait) = wait {
                numbered.round = numbered.round.saturating_add(1);
                let due = numbered.first_sent.plus(wait).max(now);
                if let Some(outlet) = self.outlets.get_mut(numbered.class.place()) {
                    outlet.repeat(due, numbered);
                }
            }
        }
        self.left = left;
    }

    /// Whether an object may wait to be sent again; counted where it may not.
    fn has_room(&mut self, numbered: &Numbered) -> bool {
        let waits = self.outlets.iter().map(Outlet::repeating);
        let (bytes, objects) = waits
            .fold((0_usize, 0_usize), |sum, it| (sum.0.saturating_add(it.0), sum.1.saturating_add(it.1)));
        let with = bytes.saturating_add(numbered.object.length);
        let fits = with <= self.terms.repeat_bytes && objects < MOST_REPEATS;
        if !fits {
            self.spent.unrepeated = self.spent.unrepeated.saturating_add(1);
        }
        fits
    }

    fn head(&self, class: Option<Precedence>) -> Head {
        Head { class, link: self.terms.link, epoch: self.epoch, sequence: self.sequence }
    }

    fn marks(&self, next: impl Fn(&Outlet) -> u64) -> Marks {
        let mut marks = Marks::default();
        for (mark, outlet) in marks.0.iter_mut().zip(&self.outlets) {
            *mark = (outlet.next > 0).then(|| Mark { next: next(outlet), open: outlet.open() });
        }
        marks
    }

    fn write_heartbeat(&mut self, now: Time, out: &mut Vec<u8>) {
        wire::begin(&self.head(None), 5 << 4, out);
        let interval = u16::try_from(self.terms.heartbeat.nanos() / 1_000_000).unwrap_or(u16::MAX);
        let heartbeat = Heartbeat {
            clock: now,
            unsent: self.unsent,
            manifests: self.chain.number(),
            head: self.chain.head(),
            interval,
            repair: [self.terms.small_repair, self.terms.block_repair],
            marks: self.marks(|outlet| outlet.next),
        };
        heartbeat.write(out);
        self.heartbeat = now.plus(self.terms.heartbeat);
    }

    fn write_manifest(&mut self, now: Time, out: &mut Vec<u8>) {
        let head = self.head(None);
        let marks = self.marks(Outlet::begun);
        let manifest = self.chain.issue(&head, now, self.unsent, marks, &self.terms, &self.secret);
        wire::begin(&head, 4 << 4, out);
        manifest.write(out);
    }

    /// Ends the datagram and keeps the books.
    fn finish(&mut self, class: Option<Precedence>, now: Time, out: &mut Vec<u8>) -> Step {
        let size = if self.terms.constant { self.terms.payload } else { 0 };
        wire::end(size, out);
        self.sequence = self.sequence.saturating_add(1);
        let wire_bytes = self.terms.wire_bytes(out.len());
        if let Some(pace) = self.pace.as_mut() {
            pace.spend(wire_bytes, now);
        }
        self.keep_books(class, out.get(1).is_some_and(|kind| kind >> 4 == 2), wire_bytes);
        self.last = class.or(self.last);
        // What is saved up is at most two of the largest datagrams.
        let most = self.terms.wire_bytes(self.terms.payload).saturating_mul(2_000);
        let more = wire_bytes.saturating_mul(u64::from(self.terms.trickle));
        self.trickle = self.trickle.saturating_add(more).min(most);
        Step::Datagram(class)
    }

    fn keep_books(&mut self, class: Option<Precedence>, is_repair: bool, bytes: u64) {
        let Spent { link, classes, repairs, again, .. } = &mut self.spent;
        let Some(class) = class else { return *link = link.saturating_add(bytes) };
        let of = [(classes, true), (repairs, is_repair), (again, self.is_again && !is_repair)];
        for (sums, _) in of.into_iter().filter(|(_, counts)| *counts) {
            if let Some(sum) = sums.get_mut(class.place()) {
                *sum = sum.saturating_add(bytes);
            }
        }
    }
}

/// A report of a thing has begun to leave. None that is older is sent again, and where a newer one has left before it, not this one.
/// Returns how many that are.
fn compare(fresh: &Fresh, outlets: &mut [Outlet], left: &mut [Leaver]) -> u64 {
    let older = outlets.iter_mut().map(|outlet| outlet.supersede(fresh)).fold(0, u64::saturating_add);
    if !outlets.iter().any(|outlet| outlet.has_newer(fresh)) {
        return older;
    }
    // It may have left whole by now.
    let leaving = left.iter_mut().map(|leaver| &mut leaver.numbered);
    let its_own = leaving.chain(outlets.iter_mut().flat_map(Outlet::leaving)).find(|it| fresh.is(it));
    if let Some(numbered) = its_own {
        numbered.is_old = true;
    }
    older.saturating_add(1)
}

/// The most objects that wait to be sent again.
const MOST_REPEATS: usize = 16_384;
