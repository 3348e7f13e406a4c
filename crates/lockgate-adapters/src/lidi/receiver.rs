//! The receiving end: blocks become transfers, transfers objects.
//!
//! Objects have no numbers on the wire; they are given here, from 0, in the order in which transfers are noticed, in an epoch that is the
//! receiver's own start. So a number says nothing of what was sent: **what nothing came of has no number**, and a [`Event::Gap`] is all
//! that tells of it. Each number ends once, delivered or lost.

use super::Shape;
use super::gather::{Arrival, Gather, Piece, REACH};
use super::wire::{Block, Kind, Symbol};
use crate::Objects;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Cause, Counters, Delivered, EpochView, Event, Id, Incoming, Limits, Lost, Note};

/// The class of all: the wire has none.
const CLASS: Precedence = Precedence::Routine;
/// Transfers that are remembered after they ended badly, until the sender ends them, for each that may grow.
const DEAD: usize = 4;

/// A transfer that has begun.
struct Transfer {
    number: u64,
    bytes: Vec<u8>,
    /// True where a block did not come meanwhile, which may have been its.
    is_holed: bool,
    repaired: bool,
    /// True where it is lost already, and only its end has not come.
    is_dead: bool,
    last: Time,
}

/// See the module.
pub struct Receiver {
    shape: Shape,
    objects: Objects,
    limits: Limits,
    epoch: u64,
    gather: Gather,
    transfers: BTreeMap<u32, Transfer>,
    number: u64,
    /// Bytes of transfers, and how many may be.
    memory: usize,
    room: usize,
    counters: Counters,
    /// Three heartbeats, where the sender has any.
    silence: Option<Duration>,
    last: Option<Time>,
    has_begun: bool,
    is_silent: bool,
    pieces: Vec<Piece>,
}

impl Receiver {
    /// A receiver that has heard nothing. `epoch` is greater than that of every start before; `heartbeat` is the sender's, none where it
    /// has none. Of the limits, `memory` is that of blocks and transfers together, `growing` of transfers, `patience` how long a block
    /// is waited for after the last datagram of it, `former` how long a transfer of which nothing comes. Memory below four blocks is
    /// taken for four.
    #[must_use]
    pub fn new(
        shape: Shape,
        objects: Objects,
        limits: Limits,
        epoch: u64,
        heartbeat: Option<Duration>,
    ) -> Self {
        let is_strict = objects == Objects::Bare;
        // Both ends of the way need room, or the one would wait for the other.
        let block = shape.block();
        let usual = block.saturating_mul(REACH.saturating_mul(2)).min(limits.memory / 2);
        let gathered = usual.max(block.saturating_mul(2));
        Self {
            shape,
            objects,
            limits,
            epoch,
            gather: Gather::new(shape, is_strict, limits.patience, gathered),
            room: limits.memory.saturating_sub(gathered),
            transfers: BTreeMap::new(),
            number: 0,
            memory: 0,
            counters: Counters::default(),
            silence: heartbeat.map(|it| Duration::from_nanos(it.nanos().saturating_mul(3))),
            last: None,
            has_begun: false,
            is_silent: false,
            pieces: Vec::new(),
        }
    }

    /// Acts upon what came together.
    fn settle(&mut self, now: Time, events: &mut Vec<Event>) {
        for piece in core::mem::take(&mut self.pieces) {
            match piece {
                Piece::Block(bytes, repaired) => match Block::read(&bytes, self.shape) {
                    Some(block) => self.block(&block, repaired, now, events),
                    None => {
                        self.counters.body = self.counters.body.saturating_add(1);
                        self.gap(1, events);
                    }
                },
                Piece::Gap(blocks) => self.gap(blocks, events),
            }
        }
    }

    /// Nobody knows what was in these blocks: any transfer may have a hole. Where objects are checked, their hash will tell; else all
    /// that have begun are lost.
    fn gap(&mut self, blocks: u64, events: &mut Vec<Event>) {
        events.push(Event::Gap { blocks });
        let clients: Vec<u32> = self.transfers.keys().copied().collect();
        for client in clients {
            if self.objects == Objects::Bare {
                self.lose(client, Cause::Incomplete, events);
            } else if let Some(transfer) = self.transfers.get_mut(&client) {
                transfer.is_holed = true;
            }
        }
    }

    fn block(&mut self, block: &Block<'_>, repaired: bool, now: Time, events: &mut Vec<Event>) {
        let client = block.client;
        match block.kind {
            Kind::Heartbeat => return,
            Kind::Start => {
                // One that has the same name did not end.
                self.end_badly(client, Cause::Incomplete, events);
                self.begin(client, now, events);
            }
            Kind::Abort => return self.end_badly(client, Cause::Incomplete, events),
            Kind::Data | Kind::End if !self.transfers.contains_key(&client) => {
                // Its start did not come.
                self.begin(client, now, events);
                self.lose(client, Cause::Incomplete, events);
            }
            Kind::Data | Kind::End => {}
        }
        self.add(client, block.payload, repaired, now, events);
        if block.kind == Kind::End {
            self.end(client, events);
        }
    }

    fn begin(&mut self, client: u32, now: Time, events: &mut Vec<Event>) {
        let number = self.number;
        self.number = number.saturating_add(1);
        let living = self.transfers.values().filter(|transfer| !transfer.is_dead).count();
        let is_dead = living >= self.limits.growing;
        if is_dead {
            events.push(self.lost(number, Cause::NoRoom));
        }
        if self.transfers.len() >= self.limits.growing.saturating_mul(DEAD) {
            // The one that has been dead for longest is forgotten; it is told once more if it should come again.
            let dead = self.transfers.iter().filter(|(_, it)| it.is_dead).min_by_key(|(_, it)| it.last);
            if let Some(client) = dead.map(|(client, _)| *client) {
                self.transfers.remove(&client);
            }
        }
        let transfer =
            Transfer { number, bytes: Vec::new(), is_holed: false, repaired: false, is_dead, last: now };
        self.transfers.insert(client, transfer);
    }

    fn add(&mut self, client: u32, payload: &[u8], repaired: bool, now: Time, events: &mut Vec<Event>) {
        let most = usize::try_from(self.limits.object).unwrap_or(usize::MAX);
        let most = most.saturating_add(self.objects.head_bytes());
        let memory = self.memory.saturating_add(payload.len());
        let Some(transfer) = self.transfers.get_mut(&client) else { return };
        transfer.last = now;
        if transfer.is_dead {
            return;
        }
        if transfer.bytes.len().saturating_add(payload.len()) > most || memory > self.room {
            return self.lose(client, Cause::NoRoom, events);
        }
        transfer.repaired |= repaired;
        transfer.bytes.extend_from_slice(payload);
        self.memory = self.memory.saturating_add(payload.len());
    }

    /// The transfer is complete, as far as its sender says.
    fn end(&mut self, client: u32, events: &mut Vec<Event>) {
        let Some(transfer) = self.transfers.remove(&client).filter(|transfer| !transfer.is_dead) else {
            return;
        };
        let Transfer { number, bytes, is_holed, repaired, .. } = transfer;
        self.memory = self.memory.saturating_sub(bytes.len());
        let Some((bytes, hash)) = self.objects.open(bytes) else {
            let cause = if is_holed { Cause::Incomplete } else { Cause::Differs };
            return events.push(self.lost(number, cause));
        };
        let id = Id { epoch: self.epoch, class: CLASS, number };
        let (order, sent, recovered) = (0, Time::MIN, repaired);
        events.push(Event::Delivered(Delivered { id, order, sent, hash, bytes, recovered }));
    }

    /// It ends, and is lost where it was not before.
    fn end_badly(&mut self, client: u32, cause: Cause, events: &mut Vec<Event>) {
        self.lose(client, cause, events);
        self.transfers.remove(&client);
    }

    /// It is lost; its end may come yet.
    fn lose(&mut self, client: u32, cause: Cause, events: &mut Vec<Event>) {
        let Some(transfer) = self.transfers.get_mut(&client).filter(|transfer| !transfer.is_dead) else {
            return;
        };
        transfer.is_dead = true;
        let (number, bytes) = (transfer.number, core::mem::take(&mut transfer.bytes));
        self.memory = self.memory.saturating_sub(bytes.len());
        events.push(self.lost(number, cause));
    }

    fn lost(&self, number: u64, cause: Cause) -> Event {
        let (first, end) = (number, number.saturating_add(1));
        Event::Lost(Lost { epoch: self.epoch, class: CLASS, first, end, cause, named: None })
    }

    fn count(&mut self, taken: Arrival) {
        let counters = &mut self.counters;
        let cell = match taken {
            Arrival::New => &mut counters.taken,
            Arrival::Again => &mut counters.again,
            Arrival::Stale => &mut counters.stale,
            Arrival::Needless | Arrival::Contradicting | Arrival::NoRoom => {
                counters.taken = counters.taken.saturating_add(1);
                match taken {
                    Arrival::Needless => &mut counters.needless,
                    Arrival::Contradicting => &mut counters.contradicting,
                    _ => &mut counters.no_room,
                }
            }
        };
        *cell = cell.saturating_add(1);
    }
}

impl Incoming for Receiver {
    fn receive(&mut self, datagram: &[u8], now: Time, events: &mut Vec<Event>) {
        self.counters.datagrams = self.counters.datagrams.saturating_add(1);
        let Some(symbol) = Symbol::read(datagram, self.shape) else {
            return self.counters.size = self.counters.size.saturating_add(1);
        };
        if !core::mem::replace(&mut self.has_begun, true) {
            events.push(Event::Begun { epoch: self.epoch });
        }
        self.last = Some(now);
        if core::mem::take(&mut self.is_silent) {
            events.push(Event::Heard);
        }
        let taken = self.gather.take(&symbol, now, &mut self.pieces);
        self.count(taken);
        self.settle(now, events);
    }

    fn tick(&mut self, now: Time, events: &mut Vec<Event>) {
        self.gather.tick(now, &mut self.pieces);
        self.settle(now, events);
        let over = |transfer: &Transfer| transfer.last.plus(self.limits.former) <= now;
        let idle: Vec<u32> =
            self.transfers.iter().filter(|(_, it)| over(it)).map(|(client, _)| *client).collect();
        for client in idle {
            self.end_badly(client, Cause::Incomplete, events);
        }
        if let (Some(last), Some(silence)) = (self.last, self.silence)
            && !self.is_silent
            && last.plus(silence) <= now
        {
            self.is_silent = true;
            events.push(Event::Silent);
        }
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
        self.memory.saturating_add(self.gather.memory())
    }
}
