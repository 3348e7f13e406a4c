//! The receiving side: takes datagrams, gives whole objects, and says exactly what it has not got.
//!
//! **Every number ends once.** Numbers of a class are dense, so a high-water mark names every object below it. An object is
//! delivered, or, when a signed manifest has covered it and [`Limits::patience`] has passed, lost. What comes later is
//! counted, and not delivered.
//!
//! **A new epoch** that the sender has signed ends the one before it, once it has said how far that came, or [`Limits::former`] has
//! passed. Epochs only grow; datagrams of older ones are refused. See `turn.rs`.

mod epoch;
mod lane;
mod note;
mod parts;
mod recall;
mod spare;
#[cfg(test)]
mod tests;
mod turn;

pub use note::{How, NOTE_BYTES, Note, NoteFault};

use crate::block::Workshop;
use crate::key::is_same;
use crate::manifest::Manifest;
use crate::seen::Arrival;
use crate::tags::SIDE;
use crate::wire::{self, Body, Fault, Heartbeat, Open};
use crate::{Hash, Id, LinkKey, ManifestKey};
use alloc::boxed::Box;
use alloc::vec::Vec;
use epoch::Epoch;
use lockgate_bytes::{Duration, Precedence, Time};

/// What a receiver keeps at most, and how long it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of objects that are not whole yet, all classes together, with what repairs of them are kept.
    pub memory: usize,
    /// Bytes of the longest object.
    pub object: u32,
    /// Objects of one class that are not whole yet.
    pub growing: usize,
    /// Ranges of numbers that have ended, for each class. Above it the lowest gap is given up that the sender signed; where there is
    /// none, what would make one more is turned away.
    pub ranges: usize,
    /// From the manifest that says an object was sent to the moment when it is lost. Longer than the repeats of the sender.
    pub patience: Duration,
    /// From the first datagram of a new epoch to the end of the one before, where nobody says how far it came.
    pub former: Duration,
}

impl Default for Limits {
    /// 128 MiB, objects of 64 MiB, 64 of them growing in a class, 3 s and 60 s.
    fn default() -> Self {
        Self {
            memory: 128 << 20,
            object: 64 << 20,
            growing: 64,
            ranges: 4_096,
            patience: Duration::from_secs(3),
            former: Duration::from_secs(60),
        }
    }
}

/// One whole object.
#[derive(Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Which.
    pub id: Id,
    /// Equal for reports of one thing; 0 for none.
    pub order: u64,
    /// When it was first sent, by the sender's clock, to the millisecond.
    pub sent: Time,
    /// BLAKE3 of `bytes`; it has been checked.
    pub hash: Hash,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// True where repairs brought some of it.
    pub recovered: bool,
}

/// Objects that were sent and will not be delivered: `first..end` of one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The sender's start.
    pub epoch: u64,
    /// The class.
    pub class: Precedence,
    /// The first of them.
    pub first: u64,
    /// Behind the last.
    pub end: u64,
    /// Why.
    pub cause: Cause,
    /// Length and BLAKE3, where a manifest said them; then it is one object.
    pub named: Option<(u32, Hash)>,
}

/// Why an object is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nothing of it came.
    Unheard,
    /// Some of it came, not enough.
    Incomplete,
    /// It came, and is not what its hash says: it was not delivered.
    Differs,
    /// There was no room for it here.
    NoRoom,
}

/// What must not happen on a sound link with sound ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// Something with our tag that the sender did not sign: a manifest, or a start that is greater than the one it signed last.
    Forged,
    /// A signed manifest that does not follow the one before it; or more was heard of an epoch than the sender says there was.
    Broken,
    /// A signed manifest gives an object another hash than the one delivered.
    Differs(Id),
    /// A whole object had another hash than its datagrams said.
    Damaged(Id),
}

/// What has happened. [`Event::note`] says what of it is kept in the journal, after it has been acted upon.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// A new start of the sender is heard; one older than the current was not heard while it lasted.
    Begun {
        /// Its epoch.
        epoch: u64,
    },
    /// An object is whole.
    Delivered(Delivered),
    /// Objects are lost.
    Lost(Lost),
    /// Objects are missing so far; repairs may still bring them.
    Suspected {
        /// The sender's start.
        epoch: u64,
        /// The class.
        class: Precedence,
        /// The first of them.
        first: u64,
        /// Behind the last.
        end: u64,
    },
    /// So much did not come, or came too late, that nobody knows what was in it. Our own protocol never says that: its numbers tell
    /// what is missing. Others cut objects into blocks that belong to no one.
    Gap {
        /// Blocks, as far as they can be counted.
        blocks: u64,
    },
    /// A signed manifest has come.
    Manifest {
        /// The sender's start.
        epoch: u64,
        /// Its place in the chain.
        number: u64,
        /// Its digest.
        digest: Hash,
        /// Datagrams of this epoch: behind the highest, received, unknown.
        datagrams: [u64; 3],
    },
    /// See [`Alarm`].
    Alarm(Alarm),
    /// Nothing has come for three heartbeats. Not said before anything has come: [`Counters::taken`] is 0 until then.
    Silent,
    /// Something comes again.
    Heard,
    /// An epoch is over; all its objects have ended.
    Closed {
        /// The epoch.
        epoch: u64,
        /// True where the sender said how far it came, and all that was heard agrees with it. Otherwise, what was sent behind the
        /// last that it signed, or that came, is not known here.
        exact: bool,
        /// Objects, all classes together.
        tally: Tally,
        /// Datagrams: received, lost, unknown.
        datagrams: [u64; 3],
    },
}

/// How objects ended, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Delivered.
    pub delivered: u64,
    /// Of these, how many by repairs.
    pub recovered: u64,
    /// Of these, for how many a signed manifest gives the same hash.
    pub attested: u64,
    /// Lost.
    pub lost: u64,
}

/// Datagrams by what became of them. They add up to `datagrams`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// All that came.
    pub datagrams: u64,
    /// Taken.
    pub taken: u64,
    /// Not of a possible size.
    pub size: u64,
    /// Of another protocol or version.
    pub version: u64,
    /// Of another link.
    pub link: u64,
    /// Forged or damaged.
    pub tag: u64,
    /// With our tag, and not of our form.
    pub body: u64,
    /// Of an epoch that is over.
    pub epoch: u64,
    /// That had come before.
    pub again: u64,
    /// Too old to tell.
    pub stale: u64,
    /// Of these taken: of objects that had ended, or needless.
    pub needless: u64,
    /// Of these taken: they contradict what came before.
    pub contradicting: u64,
    /// Of these taken: there was no room.
    pub no_room: u64,
}

/// One epoch, for the eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochView {
    /// Which.
    pub epoch: u64,
    /// Datagrams that came.
    pub received: u64,
    /// Datagrams that were sent, as far as is known, and did not come.
    pub lost: u64,
    /// Datagrams of which it is not known, around a restart of the receiver.
    pub unknown: u64,
    /// Objects that were released and not sent, as the sender last said.
    pub unsent: u64,
    /// Manifests that did not come.
    pub manifests_missed: u64,
    /// The sender's clock as its last heartbeat said, and when that came. Nobody signed it.
    pub clock: Option<(Time, Time)>,
    /// Objects of each class, lowest first.
    pub classes: [Tally; 6],
}

/// What all epochs share.
struct Shared {
    limits: Limits,
    /// Memory that is left for objects that are not whole.
    room: usize,
    /// What a large object lay in that has been delivered, for the next one; it is taken from the room.
    spare: Vec<u8>,
    workshop: Workshop,
    counters: Counters,
}

/// Nanoseconds of three of the longest heartbeats that can be said: a silence, while the sender's own are not known.
pub const LONGEST_SILENCE: i64 = 3 * 65_535 * 1_000_000;

/// See the module.
pub struct Receiver {
    link: u16,
    key: LinkKey,
    manifest_key: ManifestKey,
    shared: Shared,
    current: Option<Box<Epoch>>,
    former: Option<Box<Epoch>>,
    /// One that is greater than the current, and of which nothing that came was signed.
    next: Option<Box<Epoch>>,
    /// Epochs up to this one are over.
    closed: u64,
    /// When the last datagram came, and how long a silence is.
    last: Option<(Time, Duration)>,
    silent: bool,
}

impl Receiver {
    /// A receiver that has heard nothing.
    pub fn new(link: u16, key: LinkKey, manifest_key: ManifestKey, limits: Limits) -> Self {
        let (workshop, counters) = (Workshop::default(), Counters::default());
        let shared = Shared { limits, room: limits.memory, spare: Vec::new(), workshop, counters };
        let (current, former, next, closed) = (None, None, None, 0);
        Self { link, key, manifest_key, shared, current, former, next, closed, last: None, silent: false }
    }

    /// Whether the sender is heard: `Some(false)` where nothing came for three of its heartbeats, `None` where nothing has come at all
    /// since the start, so that nobody knows how far apart they are.
    pub fn is_heard(&self) -> Option<bool> {
        self.last.map(|_| !self.silent)
    }

    /// Takes a datagram.
    pub fn receive(&mut self, datagram: &[u8], now: Time, events: &mut Vec<Event>) {
        self.take(wire::open(datagram, self.link, &self.key), now, events);
    }

    /// Takes datagrams that came together, in their order; their tags are found side by side.
    pub fn receive_all(&mut self, datagrams: &[&[u8]], now: Time, events: &mut Vec<Event>) {
        for some in datagrams.chunks(SIDE) {
            let mut texts: [&[u8]; SIDE] = [&[]; SIDE];
            let mut ours = 0_usize;
            let closed = some.iter().map_while(|datagram| wire::closed(datagram, self.link).ok());
            for (text, closed) in texts.iter_mut().zip(closed) {
                *text = closed.text;
                ours = ours.saturating_add(1);
            }
            if ours < some.len() {
                // Where one is not of this link no time is spent on tags before it was looked at.
                some.iter().for_each(|datagram| self.receive(datagram, now, events));
                continue;
            }
            let tags = self.key.tags(texts.get(..ours).unwrap_or(&[]));
            for (datagram, tag) in some.iter().zip(&tags) {
                let closed = wire::closed(datagram, self.link);
                let open = closed.and_then(|closed| closed.open(is_same(tag, closed.tag)));
                self.take(open, now, events);
            }
        }
    }

    /// Takes what a tag fits, and counts what none does.
    fn take(&mut self, open: Result<Open<'_>, Fault>, now: Time, events: &mut Vec<Event>) {
        self.shared.counters.datagrams = self.shared.counters.datagrams.saturating_add(1);
        let body = open.and_then(|open| Ok((open.head, open.body()?)));
        let (head, body) = match body {
            Ok(both) => both,
            Err(fault) => return self.shared.counters.fault(fault),
        };
        self.turn_to(&head, &body, now, events);
        let Self { current, former, next, shared, manifest_key, last, silent, .. } = self;
        let place = [current, former, next].into_iter().flatten().find(|it| it.epoch == head.epoch);
        let Some(epoch) = place else {
            return shared.counters.epoch = shared.counters.epoch.saturating_add(1);
        };
        match epoch.seen.note(head.sequence) {
            Arrival::New => shared.counters.taken = shared.counters.taken.saturating_add(1),
            Arrival::Again => return shared.counters.again = shared.counters.again.saturating_add(1),
            Arrival::Stale => return shared.counters.stale = shared.counters.stale.saturating_add(1),
        }
        let (heard, _) = last.get_or_insert((now, Duration::from_nanos(LONGEST_SILENCE)));
        *heard = now.max(*heard);
        if core::mem::take(silent) {
            events.push(Event::Heard);
        }
        match (&body, head.class) {
            (Body::Source(source), Some(class)) => epoch.lane(class).source(source, shared, events),
            (Body::Repair(repair), Some(class)) => epoch.lane(class).repair(repair, shared, events),
            (Body::Block(block), Some(class)) => epoch.lane(class).block(block, shared, events),
            (Body::Heartbeat(heartbeat), _) => {
                let interval = Duration::from_nanos(i64::from(heartbeat.interval).saturating_mul(3_000_000));
                *last = Some((now, interval));
                epoch.heartbeat(heartbeat, now, events);
            }
            (Body::Manifest(manifest), _) => match manifest.verify(&head, manifest_key) {
                Some(digest) => self.signed(head.epoch, manifest, digest, now, events),
                None => events.push(Event::Alarm(Alarm::Forged)),
            },
            (Body::Fill, _) | (_, None) => {}
        }
    }

    /// Does what time brings: losses that are certain, epochs that are over, silence. Returns when to come again.
    pub fn tick(&mut self, now: Time, events: &mut Vec<Event>) -> Option<Time> {
        for epoch in [&mut self.former, &mut self.current, &mut self.next].into_iter().flatten() {
            epoch.tick(now, &mut self.shared, events);
        }
        if let Some(former) = self.former.as_mut() {
            // One that a journal brought back has no end yet.
            former.ends.get_or_insert(now.plus(self.shared.limits.former));
        }
        if self.former.as_ref().is_some_and(|former| former.ends.is_some_and(|ends| ends <= now)) {
            self.end_former(events);
        }
        if let Some((last, wait)) = self.last.filter(|_| !self.silent)
            && last.plus(wait) <= now
        {
            self.silent = true;
            events.push(Event::Silent);
        }
        let silence = self.last.filter(|_| !self.silent).map(|(last, wait)| last.plus(wait));
        let former = self.former.as_ref().and_then(|former| former.ends);
        let dues =
            [&self.former, &self.current, &self.next].into_iter().flatten().filter_map(|epoch| epoch.due());
        dues.chain(silence).chain(former).min()
    }

    /// Datagrams by what became of them.
    pub fn counters(&self) -> Counters {
        self.shared.counters
    }

    /// The epochs that are not over, the current one first.
    pub fn epochs(&self) -> impl Iterator<Item = EpochView> + '_ {
        [&self.current, &self.next, &self.former].into_iter().flatten().map(|epoch| epoch.view())
    }

    /// Memory that is in use for objects that are not whole, in bytes.
    pub fn memory(&self) -> usize {
        let Shared { limits, room, spare, .. } = &self.shared;
        limits.memory.saturating_sub(*room).saturating_sub(spare.capacity())
    }
}

impl Counters {
    fn fault(&mut self, fault: Fault) {
        let place = match fault {
            Fault::Size => &mut self.size,
            Fault::Version => &mut self.version,
            Fault::Link => &mut self.link,
            Fault::Tag => &mut self.tag,
            Fault::Body => &mut self.body,
        };
        *place = place.saturating_add(1);
    }
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self {
            delivered: self.delivered.saturating_add(other.delivered),
            recovered: self.recovered.saturating_add(other.recovered),
            attested: self.attested.saturating_add(other.attested),
            lost: self.lost.saturating_add(other.lost),
        }
    }
}
