//! The receiving end: tables say what there is, symbols bring it.
//!
//! An object that ends gets a number, from 0, in the order in which objects end, in an epoch that is the receiver's own start: numbers of
//! the wire may be of any size, and may begin anew. What a table named and did not come is told lost; symbols of which no table ever says
//! what they are end in an [`Event::Gap`].

mod incoming;
mod open;
mod table;

use super::gather::Put;
use super::known::Known;
use super::lct::Header;
use crate::Objects;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Cause, Counters, Delivered, Event, Id, Limits, Lost};
use md5::{Digest, Md5};
use open::{Open, Started};
use table::Table;

/// The class of all: the wire has none.
const CLASS: Precedence = Precedence::Routine;
/// Objects that are named or have begun, and have not ended.
const OPEN_MOST: usize = 1_024;
/// Most bytes of tables of which a part has come.
const TABLE_ROOM: usize = 512 << 10;

/// See the module.
pub struct Receiver {
    session: u64,
    objects: Objects,
    limits: Limits,
    epoch: u64,
    tables: BTreeMap<u32, Table>,
    has_table: bool,
    open: BTreeMap<u128, Open>,
    known: Known,
    number: u64,
    /// Bytes of objects, and how many may be.
    memory: usize,
    room: usize,
    table_room: usize,
    counters: Counters,
    /// Three heartbeats, where the sender has any.
    silence: Option<Duration>,
    last: Option<Time>,
    is_silent: bool,
    /// Nothing is due before.
    due: Time,
}

/// What a datagram counts as.
enum Taken {
    New,
    Again,
    Stale,
    Body,
    Needless,
    Contradicting,
    NoRoom,
}

impl Receiver {
    /// A receiver of this session that has heard nothing. `epoch` is greater than that of every start before; `heartbeat` is the
    /// sender's, none where it has none. Of the limits, `memory` is that of symbols, objects and tables together, `growing` that of
    /// objects that have begun, `patience` how long is waited behind what the sender said is the last of an object, `former` how long
    /// where it did not.
    #[must_use]
    pub fn new(
        session: u64,
        objects: Objects,
        limits: Limits,
        epoch: u64,
        heartbeat: Option<Duration>,
    ) -> Self {
        let table_room = TABLE_ROOM.min(limits.memory / 4);
        Self {
            session,
            objects,
            limits,
            epoch,
            tables: BTreeMap::new(),
            has_table: false,
            open: BTreeMap::new(),
            known: Known::default(),
            number: 0,
            memory: 0,
            room: limits.memory.saturating_sub(table_room),
            table_room,
            counters: Counters::default(),
            silence: heartbeat.map(|it| Duration::from_nanos(it.nanos().saturating_mul(3))),
            last: None,
            is_silent: false,
            due: Time::MAX,
        }
    }

    fn taken(&mut self, header: &Header<'_>, now: Time, events: &mut Vec<Event>) -> Taken {
        if header.ends_session {
            self.open.values_mut().for_each(|open| open.is_ending = true);
            self.due = now;
        }
        if header.payload.is_empty() {
            if let Some(open) = header.object.and_then(|object| self.open.get_mut(&object)) {
                open.is_ending |= header.ends_object;
                self.due = now;
            }
            return Taken::New;
        }
        match header.object {
            None => Taken::Body,
            Some(0) => self.table(header, now, events),
            Some(object) => self.symbols(object, header, now, events),
        }
    }

    /// Symbols of an object.
    fn symbols(&mut self, object: u128, header: &Header<'_>, now: Time, events: &mut Vec<Event>) -> Taken {
        let mut open = match self.take_out(object) {
            Some(open) => open,
            None if self.known.has(object, now) => return Taken::Needless,
            None => {
                let nameless = self.open.values().filter(|open| !open.is_named()).count();
                if nameless >= self.limits.growing || self.open.len() >= OPEN_MOST {
                    return Taken::NoRoom;
                }
                Open::new(now)
            }
        };
        open.heard(header, now);
        self.due = self.due.min(now.plus(self.limits.patience.min(self.limits.former)));
        let room = self.left(&open);
        let put = match self.start(&mut open, events) {
            Started::Not => open.keep(header, room),
            Started::NoRoom | Started::TooMany => {
                self.lose(object, &open, Cause::NoRoom, events);
                return Taken::NoRoom;
            }
            Started::Contradicts => Put::Contradicting,
            Started::Yes => open.put(header, room),
        };
        let taken = match put {
            Put::New => Taken::New,
            Put::Again => Taken::Again,
            Put::Needless => Taken::Needless,
            Put::Malformed => Taken::Body,
            Put::Contradicting if self.objects == Objects::Bare => {
                // Nobody else would tell: one of the two is not of this object.
                self.lose(object, &open, Cause::Differs, events);
                return Taken::Contradicting;
            }
            Put::Contradicting => Taken::Contradicting,
            Put::NoRoom if open.is_named() => {
                self.lose(object, &open, Cause::NoRoom, events);
                return Taken::NoRoom;
            }
            Put::NoRoom => Taken::NoRoom,
        };
        self.go_on(object, open, events);
        taken
    }

    /// Bytes that are left for an object that is taken out.
    fn left(&self, open: &Open) -> usize {
        self.room.saturating_sub(self.memory).saturating_sub(open.weight())
    }

    /// Begins to put an object together. Where too many grow, the one of which nothing came for longest makes room: its last datagram
    /// may have been lost, and those that follow it would all be lost for it.
    fn start(&mut self, open: &mut Open, events: &mut Vec<Event>) -> Started {
        let growing = |it: &Self| it.open.values().filter(|other| other.grows()).count();
        let started = open.start(&self.limits, self.objects, growing(self), self.left(open));
        if started != Started::TooMany || !self.make_room(events) {
            return started;
        }
        open.start(&self.limits, self.objects, growing(self), self.left(open))
    }

    fn make_room(&mut self, events: &mut Vec<Event>) -> bool {
        let growing = self.open.iter().filter(|(_, open)| open.grows());
        let Some(object) = growing.min_by_key(|(_, open)| open.last).map(|(object, _)| *object) else {
            return false;
        };
        let Some(open) = self.take_out(object) else { return false };
        self.lose(object, &open, open.cause().unwrap_or(Cause::Incomplete), events);
        true
    }

    fn take_out(&mut self, object: u128) -> Option<Open> {
        let open = self.open.remove(&object)?;
        self.memory = self.memory.saturating_sub(open.weight());
        Some(open)
    }

    /// Puts it back, or ends it where it is whole.
    fn go_on(&mut self, object: u128, mut open: Open, events: &mut Vec<Event>) {
        if open.wants_start() {
            match self.start(&mut open, events) {
                Started::Yes | Started::Not => {}
                Started::NoRoom | Started::TooMany => {
                    return self.lose(object, &open, Cause::NoRoom, events);
                }
                Started::Contradicts => return self.lose(object, &open, Cause::Differs, events),
            }
        }
        if let Some(bytes) = open.whole() {
            return match self.opened(&open, bytes) {
                Some((bytes, hash)) => self.deliver(object, &open, bytes, hash, events),
                None => {
                    // It may come again.
                    open.begin_anew();
                    self.open.insert(object, open);
                }
            };
        }
        self.memory = self.memory.saturating_add(open.weight());
        self.open.insert(object, open);
    }

    /// The object in what came; `None` where it is not what was sent.
    fn opened(&self, open: &Open, bytes: Vec<u8>) -> Option<(Vec<u8>, [u8; 32])> {
        let fits = |told: &[u8; 16]| Md5::digest(&bytes)[..] == told[..];
        if open.md5().is_some_and(|told| !fits(&told)) {
            return None;
        }
        self.objects.open(bytes)
    }

    fn deliver(
        &mut self,
        object: u128,
        open: &Open,
        bytes: Vec<u8>,
        hash: [u8; 32],
        events: &mut Vec<Event>,
    ) {
        self.known.end(object, open.print(), open.expires());
        if self.known.is_new(object, hash) {
            let id = Id { epoch: self.epoch, class: CLASS, number: self.next() };
            let (order, sent, recovered) = (0, Time::MIN, open.is_repaired);
            events.push(Event::Delivered(Delivered { id, order, sent, hash, bytes, recovered }));
        }
    }

    fn lose(&mut self, object: u128, open: &Open, cause: Cause, events: &mut Vec<Event>) {
        // What still comes of it is of no use, though its table has ended.
        let until = open.expires().max(open.last.plus(self.limits.former));
        self.known.end(object, open.print(), until);
        let first = self.next();
        let (epoch, class, end) = (self.epoch, CLASS, first.saturating_add(1));
        events.push(Event::Lost(Lost { epoch, class, first, end, cause, named: None }));
    }

    fn next(&mut self) -> u64 {
        let number = self.number;
        self.number = number.saturating_add(1);
        number
    }
}
