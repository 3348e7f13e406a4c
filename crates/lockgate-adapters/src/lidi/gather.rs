//! From datagrams to blocks, in order, or to the knowledge that they will not come.
//!
//! Blocks are numbered modulo 256 and carry no check, so a block that waits while others pass may be filled up with datagrams of the one
//! that has its number 256 later. Hence: [`REACH`] blocks are open at most, the oldest is given up when a further one begins, and a block of
//! which nothing came for the patience of the receiver is given up as well. Two symbols with one number and different bytes spoil their
//! block. Where nobody checks objects ([`crate::Objects::Bare`]), a block also has to have one symbol more than it needs, if its sender
//! sends repairs at all, and every repair that came has to be that of the block put together.

use super::Shape;
use super::wire::Symbol;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};
use raptorq::{EncodingPacket, PayloadId, SourceBlockDecoder, SourceBlockEncoder, SourceBlockEncodingPlan};

/// Blocks that are open at one time.
pub(super) const REACH: usize = 8;
/// Attempts to put one block together: each fails by chance once in a hundred times or less (RFC 6330).
const ATTEMPTS: usize = 8;

/// What became of blocks, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A whole block; true where repairs brought some of it.
    Block(Vec<u8>, bool),
    /// So many blocks will not come.
    Gap(u64),
}

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is of use.
    New,
    /// It had come before.
    Again,
    /// Its block is whole, or spoilt.
    Needless,
    /// Its block has been handed over or given up.
    Stale,
    /// It contradicts what came before.
    Contradicting,
    /// There is no room for it.
    NoRoom,
}

/// A block that is being put together.
struct Slot {
    id: u8,
    symbols: BTreeMap<u32, Vec<u8>>,
    /// Symbols at the next attempt.
    needed: usize,
    attempts: usize,
    whole: Option<(Vec<u8>, bool)>,
    is_spoilt: bool,
    /// When something of it came, or, while nothing has, of the next one.
    last: Time,
}

/// See the module.
pub(super) struct Gather {
    shape: Shape,
    /// Symbols that a block has to have, and whether repairs are held against it.
    needed: usize,
    is_strict: bool,
    plan: Option<SourceBlockEncodingPlan>,
    /// The first is the one that is handed over next.
    slots: VecDeque<Slot>,
    next: Option<u8>,
    /// When a datagram was last of use.
    last: Time,
    patience: Duration,
    /// Bytes of symbols and blocks.
    memory: usize,
    most: usize,
}

impl Gather {
    pub(super) fn new(shape: Shape, is_strict: bool, patience: Duration, most: usize) -> Self {
        let surplus = usize::from(is_strict && shape.repairs() > 0);
        Self {
            shape,
            needed: shape.sources().saturating_add(surplus),
            is_strict,
            plan: None,
            slots: VecDeque::new(),
            next: None,
            last: Time::MIN,
            patience,
            memory: 0,
            most,
        }
    }

    /// Bytes in use.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// Takes a datagram; what comes of it is put into `out`.
    pub(super) fn take(&mut self, symbol: &Symbol<'_>, now: Time, out: &mut Vec<Piece>) -> Arrival {
        let next = *self.next.get_or_insert(symbol.block);
        let mut ahead = usize::from(symbol.block.wrapping_sub(next));
        if ahead >= 128 {
            // Behind: late, or the sender began anew. The latter where nothing else has come for a while.
            if now < self.last.plus(self.patience) {
                return Arrival::Stale;
            }
            self.begin_anew(symbol.block, out);
            ahead = 0;
        }
        while ahead >= REACH {
            // What is whole leaves, the oldest that is not is given up.
            let passed = self.give_up(ahead.saturating_sub(REACH).saturating_add(1), out);
            ahead = ahead.saturating_sub(passed.max(1));
        }
        while self.slots.len() <= ahead {
            self.open(now);
        }
        let taken = self.put(ahead, symbol, now);
        if taken == Arrival::New {
            self.last = now;
            self.put_together(ahead);
            self.hand_over(out);
        }
        taken
    }

    /// Gives up what keeps others waiting and does not come.
    pub(super) fn tick(&mut self, now: Time, out: &mut Vec<Piece>) {
        while let Some(first) = self.slots.front()
            && first.last.plus(self.patience) <= now
        {
            self.give_up(1, out);
        }
    }

    /// The sender began anew, and what is open does not end.
    fn begin_anew(&mut self, block: u8, out: &mut Vec<Piece>) {
        let open = self.slots.len();
        if open > 0 {
            self.give_up(open, out);
        } else {
            out.push(Piece::Gap(0));
        }
        self.next = Some(block);
    }

    fn open(&mut self, now: Time) {
        let count = u8::try_from(self.slots.len()).unwrap_or(u8::MAX);
        let id = self.next.unwrap_or(0).wrapping_add(count);
        self.slots.push_back(Slot {
            id,
            symbols: BTreeMap::new(),
            needed: self.needed,
            attempts: 0,
            whole: None,
            is_spoilt: false,
            last: now,
        });
    }

    fn put(&mut self, ahead: usize, symbol: &Symbol<'_>, now: Time) -> Arrival {
        let Some(slot) = self.slots.get_mut(ahead) else { return Arrival::Stale };
        if slot.whole.is_some() || slot.is_spoilt {
            return Arrival::Needless;
        }
        match slot.symbols.get(&symbol.index) {
            Some(known) if known == symbol.bytes => return Arrival::Again,
            Some(_) => {
                self.memory = self.memory.saturating_sub(slot.clear());
                slot.is_spoilt = true;
                return Arrival::Contradicting;
            }
            None => {}
        }
        let most = self.shape.sources().saturating_mul(2).saturating_add(16);
        let bytes = symbol.bytes.len();
        if slot.symbols.len() >= most || self.memory.saturating_add(bytes) > self.most {
            return Arrival::NoRoom;
        }
        self.memory = self.memory.saturating_add(bytes);
        slot.symbols.insert(symbol.index, symbol.bytes.to_vec());
        slot.last = now;
        Arrival::New
    }

    /// Puts a block together, where enough of it is there.
    fn put_together(&mut self, ahead: usize) {
        let Some(slot) = self.slots.get_mut(ahead) else { return };
        if slot.symbols.len() < slot.needed {
            return;
        }
        slot.attempts = slot.attempts.saturating_add(1);
        let sources = self.shape.sources();
        let own = u32::try_from(sources).unwrap_or(u32::MAX);
        let has_all = slot.symbols.keys().take(sources).copied().eq(0..own);
        let block = if has_all {
            Some(slot.symbols.values().take(sources).flatten().copied().collect())
        } else {
            decode(self.shape, slot)
        };
        let Some(block) = block else {
            slot.needed = slot.symbols.len().saturating_add(1);
            slot.is_spoilt = slot.attempts >= ATTEMPTS;
            return;
        };
        if self.is_strict && !agrees(self.shape, &mut self.plan, slot, &block) {
            slot.is_spoilt = true;
        }
        let freed = slot.clear();
        self.memory = self.memory.saturating_sub(freed);
        if !slot.is_spoilt {
            self.memory = self.memory.saturating_add(block.len());
            slot.whole = Some((block, !has_all));
        }
    }

    /// Hands over what is whole, from the first on.
    fn hand_over(&mut self, out: &mut Vec<Piece>) {
        while let Some(slot) = self.slots.pop_front_if(|slot| slot.whole.is_some() || slot.is_spoilt) {
            self.next = Some(slot.id.wrapping_add(1));
            match slot.whole {
                Some((block, repaired)) => {
                    self.memory = self.memory.saturating_sub(block.len());
                    out.push(Piece::Block(block, repaired));
                }
                None => gap(1, out),
            }
        }
    }

    /// Gives up the first `count` blocks, heard of or not, and hands over what was whole among them and behind. Returns how
    /// far that came.
    fn give_up(&mut self, count: usize, out: &mut Vec<Piece>) -> usize {
        let from = self.next.unwrap_or(0);
        for _ in 0..count {
            let next = self.next.unwrap_or(0);
            self.next = Some(next.wrapping_add(1));
            match self.slots.pop_front() {
                Some(Slot { whole: Some((block, repaired)), .. }) => {
                    self.memory = self.memory.saturating_sub(block.len());
                    out.push(Piece::Block(block, repaired));
                }
                Some(mut slot) => {
                    self.memory = self.memory.saturating_sub(slot.clear());
                    gap(1, out);
                }
                None => gap(1, out),
            }
        }
        self.hand_over(out);
        usize::from(self.next.unwrap_or(0).wrapping_sub(from))
    }
}

impl Slot {
    /// Forgets the symbols; how many bytes they had.
    fn clear(&mut self) -> usize {
        core::mem::take(&mut self.symbols).values().map(Vec::len).fold(0, usize::saturating_add)
    }
}

/// One more, or a few more, that will not come.
fn gap(count: u64, out: &mut Vec<Piece>) {
    match out.last_mut() {
        Some(Piece::Gap(before)) => *before = before.saturating_add(count),
        _ => out.push(Piece::Gap(count)),
    }
}

fn decode(shape: Shape, slot: &Slot) -> Option<Vec<u8>> {
    let length = u64::try_from(shape.block()).ok()?;
    let mut decoder = SourceBlockDecoder::new(slot.id, &shape.config(), length);
    let packet = |(index, bytes): (&u32, &Vec<u8>)| {
        EncodingPacket::new(PayloadId::new(slot.id, *index), bytes.clone())
    };
    decoder.decode(slot.symbols.iter().map(packet))
}

/// Whether each repair that came is one of this block.
fn agrees(shape: Shape, plan: &mut Option<SourceBlockEncodingPlan>, slot: &Slot, block: &[u8]) -> bool {
    let sources = u32::try_from(shape.sources()).unwrap_or(u32::MAX);
    let mut repairs = slot.symbols.range(sources..).peekable();
    if repairs.peek().is_none() {
        return true;
    }
    let plan = plan.get_or_insert_with(|| shape.plan());
    let encoder = SourceBlockEncoder::with_encoding_plan(slot.id, &shape.config(), block, plan);
    repairs.all(|(index, bytes)| {
        let ours = encoder.repair_packets(index.saturating_sub(sources), 1);
        ours.first().is_some_and(|ours| ours.data() == bytes.as_slice())
    })
}

#[cfg(test)]
mod tests;
