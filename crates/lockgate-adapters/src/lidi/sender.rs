//! The sending end: objects become transfers, transfers blocks, blocks datagrams.
//!
//! **Order.** A block is what cannot be divided: while one leaves, everything waits. Then a heartbeat that is due, an abort, and the
//! highest class that has something; a higher class comes between two blocks of a lower one, as a transfer of its own.
//!
//! **Time.** No block of an object begins that cannot end before the object's validity does, and no object that would not. What has
//! begun and cannot be finished is given up by a block that says so: whoever is behind a receiver of lidi sees no difference between
//! that and an end.
//!
//! INVARIANT: an object that was taken ends once, in `ended`.

use super::Shape;
use super::wire::{Block, Kind, Symbol};
use crate::Objects;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Closing, Ended, Gone, Object, Outgoing, Pace, Plane, Step, Supply};
use raptorq::{EncodingPacket, SourceBlockEncoder, SourceBlockEncodingPlan};

/// How a link of lidi is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How blocks are cut; the other end has to be told the same.
    pub shape: Shape,
    /// How objects stand in transfers; the other end has to be told the same.
    pub objects: Objects,
    /// The rate of the link in bit/s, headers included; none where something else keeps it.
    pub rate: Option<u64>,
    /// Bytes of a datagram's headers on the link: 28 for IPv4 and UDP.
    pub headers: usize,
    /// Between two heartbeats, each a whole block; none where none are sent. lidi's own are 5 s apart.
    pub heartbeat: Option<Duration>,
}

impl Terms {
    /// What one block takes on the link, with its repairs and all headers, in bytes.
    #[must_use]
    pub fn block_wire_bytes(&self) -> u64 {
        let datagrams = wide(self.shape.sources()).saturating_add(u64::from(self.shape.repairs()));
        datagrams.saturating_mul(self.datagram_wire_bytes())
    }

    /// What an object of so many bytes takes on the link.
    #[must_use]
    pub fn object_wire_bytes(&self, object: usize) -> u64 {
        self.blocks(object).saturating_mul(self.block_wire_bytes())
    }

    fn datagram_wire_bytes(&self) -> u64 {
        wide(self.shape.datagram().saturating_add(self.headers))
    }

    /// Blocks of a transfer: its start, full ones, and its end with the rest.
    fn blocks(&self, object: usize) -> u64 {
        let stream = object.saturating_add(self.objects.head_bytes());
        wide(stream.checked_div(self.shape.room()).unwrap_or(0)).saturating_add(2)
    }

    /// How long so many blocks take on the link.
    fn time_of(&self, blocks: u64) -> Duration {
        let bits = u128::from(blocks.saturating_mul(self.block_wire_bytes())).saturating_mul(8);
        let nanos =
            self.rate.map_or(0, |rate| bits.saturating_mul(1_000_000_000).div_ceil(u128::from(rate.max(1))));
        Duration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
    }
}

/// An object on its way.
struct Transfer {
    object: Object,
    client: u32,
    /// What stands before the object.
    head: Vec<u8>,
    /// Bytes of head and object that are in blocks.
    at: usize,
    /// Datagrams that were made when the last block had all its sources: from then on it may be delivered.
    enough: Option<u64>,
}

impl Transfer {
    fn length(&self) -> usize {
        self.head.len().saturating_add(self.object.bytes.len())
    }

    fn ends(self, ended: Ended) -> Gone {
        Gone { object: self.object, id: None, ended, enough: self.enough }
    }

    /// The next part of head and object, `room` bytes or what is left.
    fn part(&self, room: usize) -> Vec<u8> {
        let whole = self.head.iter().chain(&self.object.bytes);
        let rest = self.length().saturating_sub(self.at).min(room);
        if let Some(at) = self.at.checked_sub(self.head.len()) {
            return self.object.bytes.get(at..at.saturating_add(rest)).unwrap_or(&[]).to_vec();
        }
        whole.skip(self.at).take(rest).copied().collect()
    }
}

/// The block that is leaving.
struct Leaving {
    id: u8,
    /// The class of the object that it is of; none where it is the link's.
    class: Option<Precedence>,
    bytes: Vec<u8>,
    repairs: Vec<EncodingPacket>,
    /// The next datagram of it.
    next: usize,
    /// True where the object has left with it.
    is_last: bool,
    /// When the object's validity ends.
    until: Time,
}

/// See the module.
pub struct Sender {
    terms: Terms,
    pace: Option<Pace>,
    plan: Option<SourceBlockEncodingPlan>,
    /// What is on its way, a transfer for each class, lowest first.
    open: [Option<Transfer>; 6],
    leaving: Option<Leaving>,
    /// Transfers that are given up and have not been told so.
    aborts: VecDeque<u32>,
    client: u32,
    block: u8,
    beat: Time,
    spent: u64,
    /// Datagrams that were made, and that have left.
    made: u64,
    through: u64,
    ended: Vec<Gone>,
    /// First instant at which the last datagram must not leave any more.
    until: Time,
}

/// What follows the block that has left.
enum Next {
    Block(Leaving),
    Nothing,
}

impl Sender {
    /// A sender that has sent nothing: its first block is a heartbeat, where it sends any.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        let plan = (terms.shape.repairs() > 0).then(|| terms.shape.plan());
        Self {
            pace: terms.rate.map(Pace::new),
            plan,
            terms,
            open: Default::default(),
            leaving: None,
            aborts: VecDeque::new(),
            client: 0,
            block: 0,
            beat: Time::MIN,
            spent: 0,
            made: 0,
            through: 0,
            ended: Vec::new(),
            until: Time::MAX,
        }
    }

    /// Writes the next datagram of the block that is leaving.
    fn write(&mut self, now: Time, out: &mut Vec<u8>) -> Option<Step> {
        let leaving = self.leaving.as_mut()?;
        let sources = self.terms.shape.sources();
        let size = self.terms.shape.symbol();
        out.clear();
        if leaving.next < sources {
            let from = leaving.next.saturating_mul(size);
            let bytes = leaving.bytes.get(from..from.saturating_add(size))?;
            let index = u32::try_from(leaving.next).ok()?;
            Symbol { block: leaving.id, index, bytes }.write(out);
        } else {
            let packet = leaving.repairs.get(leaving.next.saturating_sub(sources))?;
            let index = packet.payload_id().encoding_symbol_id();
            Symbol { block: leaving.id, index, bytes: packet.data() }.write(out);
        }
        leaving.next = leaving.next.saturating_add(1);
        self.until = leaving.until;
        self.made = self.made.saturating_add(1);
        let transfer = leaving.class.and_then(|class| self.open.get_mut(class.place()));
        if leaving.is_last
            && leaving.next == sources
            && let Some(transfer) = transfer.and_then(Option::as_mut)
        {
            transfer.enough = Some(self.made);
        }
        let wire = wide(out.len().saturating_add(self.terms.headers));
        self.spent = self.spent.saturating_add(wire);
        if let Some(pace) = self.pace.as_mut() {
            pace.spend(wire, now);
        }
        let class = leaving.class;
        if leaving.next >= sources.saturating_add(leaving.repairs.len())
            && let Some(done) = self.leaving.take()
            && done.is_last
        {
            let transfer =
                done.class.and_then(|class| self.open.get_mut(class.place())).and_then(Option::take);
            self.ended.extend(transfer.map(|it| it.ends(Ended::Sent)));
        }
        Some(Step::Datagram(class))
    }

    /// What leaves next.
    fn next(&mut self, now: Time, supply: &mut dyn Supply) -> Next {
        if let Some(every) = self.terms.heartbeat
            && now >= self.beat
        {
            self.beat = now.plus(every);
            return Next::Block(self.of_link(0, Kind::Heartbeat));
        }
        if let Some(client) = self.aborts.pop_front() {
            return Next::Block(self.of_link(client, Kind::Abort));
        }
        loop {
            let open = Precedence::ALL.into_iter().rev().find(|class| self.transfer(*class).is_some());
            let waits = supply.highest();
            let Some(class) = open.max(waits) else { return Next::Nothing };
            if open != Some(class) {
                let Some(object) = supply.take(class, Plane::Small, now) else { return Next::Nothing };
                if let Some(block) = self.begin(class, object, now) {
                    return Next::Block(block);
                }
                continue;
            }
            match self.go_on(class, now) {
                Some(block) => return Next::Block(block),
                None => {
                    if let Some(client) = self.aborts.pop_front() {
                        return Next::Block(self.of_link(client, Kind::Abort));
                    }
                }
            }
        }
    }

    fn transfer(&self, class: Precedence) -> Option<&Transfer> {
        self.open.get(class.place())?.as_ref()
    }

    /// The start of a transfer; none where the object would not be through in time.
    fn begin(&mut self, class: Precedence, object: Object, now: Time) -> Option<Leaving> {
        let takes = self.terms.time_of(self.terms.blocks(object.length));
        if object.not_after <= now.plus(takes) {
            self.ended.push(Gone { object, id: None, ended: Ended::Late, enough: None });
            return None;
        }
        let client = self.client;
        self.client = client.wrapping_add(1);
        let head = self.terms.objects.head(&object);
        if let Some(open) = self.open.get_mut(class.place()) {
            *open = Some(Transfer { object, client, head, at: 0, enough: None });
        }
        Some(self.block(Some(class), &Block { client, kind: Kind::Start, payload: &[] }, false))
    }

    /// The next block of what is on its way; none where it has just been given up.
    fn go_on(&mut self, class: Precedence, now: Time) -> Option<Leaving> {
        let room = self.terms.shape.room();
        let ends = now.plus(self.terms.time_of(1));
        let open = self.open.get_mut(class.place())?;
        if open.as_ref()?.object.not_after <= ends {
            let transfer = open.take()?;
            self.aborts.push_back(transfer.client);
            self.ended.push(transfer.ends(Ended::Cut));
            return None;
        }
        let transfer = open.as_mut()?;
        let (client, payload) = (transfer.client, transfer.part(room));
        transfer.at = transfer.at.saturating_add(payload.len());
        // lidi hands on what it has read once it is a block full: an end never carries so much.
        let is_last = payload.len() < room;
        let kind = if is_last { Kind::End } else { Kind::Data };
        Some(self.block(Some(class), &Block { client, kind, payload: &payload }, is_last))
    }

    fn of_link(&mut self, client: u32, kind: Kind) -> Leaving {
        self.block(None, &Block { client, kind, payload: &[] }, false)
    }

    fn block(&mut self, class: Option<Precedence>, block: &Block<'_>, is_last: bool) -> Leaving {
        let Terms { shape, .. } = self.terms;
        let (id, bytes) = (self.block, block.write(shape));
        self.block = id.wrapping_add(1);
        let repairs = self.plan.as_ref().map_or(Vec::new(), |plan| {
            let encoder = SourceBlockEncoder::with_encoding_plan(id, &shape.config(), &bytes, plan);
            // lidi leaves as many numbers free as a symbol has bytes; any repair would do.
            encoder.repair_packets(u32::try_from(shape.symbol()).unwrap_or(0), shape.repairs())
        });
        let object = class.and_then(|class| self.transfer(class));
        let until = object.map_or(Time::MAX, |transfer| transfer.object.not_after);
        Leaving { id, class, bytes, repairs, next: 0, is_last, until }
    }
}

impl Outgoing for Sender {
    fn poll(&mut self, now: Time, supply: &mut dyn Supply, out: &mut Vec<u8>) -> Step {
        if let Some(ready) = self.pace.map(|pace| pace.ready_at()).filter(|ready| *ready > now) {
            return Step::At(ready);
        }
        if self.leaving.is_none() {
            match self.next(now, supply) {
                Next::Block(block) => self.leaving = Some(block),
                Next::Nothing => {
                    return Step::At(self.terms.heartbeat.map_or(Time::MAX, |_| self.beat));
                }
            }
        }
        self.write(now, out).unwrap_or_else(|| {
            // A block that has no such datagram: there is none left of it.
            self.leaving = None;
            Step::At(now)
        })
    }

    fn until(&self) -> Time {
        self.until
    }

    fn take_ended(&mut self, into: &mut Vec<Gone>) {
        into.append(&mut self.ended);
    }

    fn at_once(&self) -> usize {
        usize::MAX
    }

    /// The protocol has no place for it.
    fn unsent(&mut self, _: u64) {}

    fn withdraw(&mut self, _: Time) {
        for transfer in self.open.iter_mut().filter_map(Option::take) {
            // What may have been delivered is not given up any more.
            if transfer.enough.is_none_or(|enough| enough > self.through) {
                self.aborts.push_back(transfer.client);
            }
            self.ended.push(transfer.ends(Ended::Cut));
        }
        self.leaving = None;
    }

    fn has_sent(&mut self, datagrams: u64) {
        self.through = datagrams;
    }

    fn forget(&mut self) {
        self.leaving = None;
    }

    fn end(&mut self) {}

    fn is_quiet(&self) -> bool {
        self.leaving.is_none() && self.aborts.is_empty() && self.open.iter().all(Option::is_none)
    }

    fn wire_bytes(&self) -> u64 {
        self.spent
    }

    fn closing(&self) -> Option<Closing> {
        None
    }
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
