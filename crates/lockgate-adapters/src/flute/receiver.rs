//! The receiving end: tables say what there is, symbols bring it.
//!
//! An object that ends gets a number, from 0, in the order in which objects end, in an epoch that is the receiver's own start: numbers of
//! the wire may be of any size, and may begin anew. What a table named and did not come is told lost; symbols of which no table ever says
//! what they are end in an [`Event::Gap`].

mod open;

use super::fdt::{File, Instance, TEXT_MOST};
use super::gather::{Assembly, Put};
use super::known::Known;
use super::lct::{Header, HeaderFault};
use super::oti::Oti;
use crate::Objects;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Cause, Counters, Delivered, EpochView, Event, Id, Incoming, Limits, Lost, Note};
use md5::{Digest, Md5};
use open::{Open, Started};

/// The class of all: the wire has none.
const CLASS: Precedence = Precedence::Routine;
/// Objects that are named or have begun, and have not ended.
const OPEN_MOST: usize = 1_024;
/// Tables of which a part has come.
const TABLES_MOST: usize = 8;
/// Most bytes for them.
const TABLE_ROOM: usize = 512 << 10;

/// A table of which a part has come.
struct Table {
    oti: Oti,
    assembly: Assembly,
    last: Time,
}

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

    /// A part of a table.
    fn table(&mut self, header: &Header<'_>, now: Time, events: &mut Vec<Event>) -> Taken {
        let most = u64::try_from(TEXT_MOST).unwrap_or(0);
        let oti = header.fti.and_then(|fti| Oti::of_fti(header.codepoint, fti));
        let oti = oti.filter(|oti| (1..=most).contains(&oti.transfer));
        let (Some(instance), Some(oti)) = (header.instance, oti) else { return Taken::Body };
        let Ok(cut) = oti.cut() else { return Taken::Body };
        let mut table = self.tables.remove(&instance).filter(|table| table.oti == oti);
        let mut taken = Taken::New;
        let new = || Table { oti, assembly: Assembly::new(cut), last: now };
        let part = table.get_or_insert_with(new);
        part.last = now;
        let others = self.tables.values().map(|table| table.assembly.memory()).fold(0, usize::saturating_add);
        let room = self.table_room.saturating_sub(others);
        match part.assembly.take(header.payload, room.saturating_sub(part.assembly.memory())) {
            Put::New => {}
            Put::Again | Put::Needless => taken = Taken::Again,
            Put::Malformed => taken = Taken::Body,
            Put::Contradicting => {
                // A sender that began anew counts its tables anew.
                part.assembly.begin_anew();
                part.assembly.take(header.payload, room);
                taken = Taken::Contradicting;
            }
            Put::NoRoom => {
                self.tables.clear();
                return Taken::NoRoom;
            }
        }
        let Some(mut table) = table else { return taken };
        if !table.assembly.is_whole() {
            if self.tables.len() >= TABLES_MOST {
                let oldest = self.tables.iter().min_by_key(|(_, table)| table.last).map(|(at, _)| *at);
                oldest.and_then(|oldest| self.tables.remove(&oldest));
            }
            self.tables.insert(instance, table);
            self.due = self.due.min(now.plus(self.limits.former));
            return taken;
        }
        let Some(read) = Instance::read(&table.assembly.hand_over(), now) else { return Taken::Body };
        if read.expires <= now {
            return Taken::Stale;
        }
        // What the first table names may have been sent before this receiver listened.
        let is_old = !core::mem::replace(&mut self.has_table, true);
        for file in read.files {
            self.named(file, read.expires, is_old, now, events);
        }
        taken
    }

    /// A table names an object.
    fn named(&mut self, file: File, expires: Time, is_old: bool, now: Time, events: &mut Vec<Event>) {
        let object = file.object;
        if self.known.has_ended(object, file.print) {
            return;
        }
        let mut open = self.take_out(object).unwrap_or_else(|| Open::new(now));
        if self.open.len() >= OPEN_MOST {
            open.name(file, expires, is_old);
            return self.lose(object, &open, Cause::NoRoom, events);
        }
        open.name(file, expires, is_old);
        self.go_on(object, open, events);
        self.due = now;
    }

    /// Symbols of an object.
    fn symbols(&mut self, object: u128, header: &Header<'_>, now: Time, events: &mut Vec<Event>) -> Taken {
        let mut open = match self.take_out(object) {
            Some(open) => open,
            None if self.known.has(object) => return Taken::Needless,
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
        let put = match self.start(&mut open) {
            Started::Not => open.keep(header, room),
            Started::NoRoom => {
                self.lose(object, &open, Cause::NoRoom, events);
                return Taken::NoRoom;
            }
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

    fn start(&self, open: &mut Open) -> Started {
        if open.grows() {
            return Started::Yes;
        }
        let growing = self.open.values().filter(|other| other.grows()).count();
        open.start(&self.limits, self.objects, growing, self.left(open))
    }

    fn take_out(&mut self, object: u128) -> Option<Open> {
        let open = self.open.remove(&object)?;
        self.memory = self.memory.saturating_sub(open.weight());
        Some(open)
    }

    /// Puts it back, or ends it where it is whole.
    fn go_on(&mut self, object: u128, mut open: Open, events: &mut Vec<Event>) {
        if open.wants_start() && self.start(&mut open) == Started::NoRoom {
            return self.lose(object, &open, Cause::NoRoom, events);
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
        self.known.end(object, open.print());
        if self.known.is_new(object, hash) {
            let id = Id { epoch: self.epoch, class: CLASS, number: self.next() };
            let (order, sent, recovered) = (0, Time::MIN, open.is_repaired);
            events.push(Event::Delivered(Delivered { id, order, sent, hash, bytes, recovered }));
        }
    }

    fn lose(&mut self, object: u128, open: &Open, cause: Cause, events: &mut Vec<Event>) {
        self.known.end(object, open.print());
        let first = self.next();
        let (epoch, class, end) = (self.epoch, CLASS, first.saturating_add(1));
        events.push(Event::Lost(Lost { epoch, class, first, end, cause, named: None }));
    }

    fn next(&mut self) -> u64 {
        let number = self.number;
        self.number = number.saturating_add(1);
        number
    }

    fn count(&mut self, taken: &Taken) {
        let counters = &mut self.counters;
        let (cell, more) = match taken {
            Taken::New => (&mut counters.taken, None),
            Taken::Again => (&mut counters.again, None),
            Taken::Stale => (&mut counters.stale, None),
            Taken::Body => (&mut counters.body, None),
            Taken::Needless => (&mut counters.taken, Some(&mut counters.needless)),
            Taken::Contradicting => (&mut counters.taken, Some(&mut counters.contradicting)),
            Taken::NoRoom => (&mut counters.taken, Some(&mut counters.no_room)),
        };
        *cell = cell.saturating_add(1);
        if let Some(more) = more {
            *more = more.saturating_add(1);
        }
    }
}

impl Incoming for Receiver {
    fn receive(&mut self, datagram: &[u8], now: Time, events: &mut Vec<Event>) {
        let counters = &mut self.counters;
        counters.datagrams = counters.datagrams.saturating_add(1);
        let read = Header::read(datagram);
        let header = match read {
            Ok(header) if header.session == Some(self.session) => header,
            other => {
                let cell = match other {
                    Ok(_) => &mut counters.link,
                    Err(HeaderFault::Short) => &mut counters.size,
                    Err(HeaderFault::Version) => &mut counters.version,
                    Err(HeaderFault::Malformed | HeaderFault::Encoded) => &mut counters.body,
                };
                return *cell = cell.saturating_add(1);
            }
        };
        if self.last.replace(now).is_none() {
            events.push(Event::Begun { epoch: self.epoch });
        }
        if core::mem::take(&mut self.is_silent) {
            events.push(Event::Heard);
        }
        let taken = self.taken(&header, now, events);
        self.count(&taken);
    }

    fn tick(&mut self, now: Time, events: &mut Vec<Event>) {
        if let (Some(last), Some(silence)) = (self.last, self.silence)
            && !self.is_silent
            && last.plus(silence) <= now
        {
            self.is_silent = true;
            events.push(Event::Silent);
        }
        if now < self.due {
            return;
        }
        let former = self.limits.former;
        self.tables.retain(|_, table| table.last.plus(former) > now);
        let ends = |open: &Open| open.ends(&self.limits);
        let over: Vec<u128> =
            self.open.iter().filter(|(_, open)| ends(open) <= now).map(|(object, _)| *object).collect();
        for object in over {
            let Some(open) = self.take_out(object) else { continue };
            match open.cause() {
                Some(cause) => self.lose(object, &open, cause, events),
                None if !open.is_named() => events.push(Event::Gap { blocks: 1 }),
                None => self.known.end(object, open.print()),
            }
        }
        let tables = self.tables.values().map(|table| table.last.plus(former));
        let open = self.open.values().map(|open| open.ends(&self.limits));
        self.due = tables.chain(open).min().unwrap_or(Time::MAX);
    }

    /// Each object lies in memory of its own.
    fn give_back(&mut self, _: Vec<u8>) {}

    /// Nothing on the wire could be held against it.
    fn journal(&mut self) -> Vec<Note> {
        Vec::new()
    }

    fn counters(&self) -> Counters {
        self.counters
    }

    fn views(&self) -> Vec<EpochView> {
        Vec::new()
    }

    fn memory(&self) -> usize {
        let tables = self.tables.values().map(|table| table.assembly.memory());
        tables.fold(self.memory, usize::saturating_add)
    }
}
