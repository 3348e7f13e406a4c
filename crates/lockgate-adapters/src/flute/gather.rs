//! From symbols to an object: in any order, doubled, with repairs.
//!
//! What is kept is counted with what keeping it takes ([`KEEP`]), so that symbols of one byte cannot take more memory than the limit.
//! Blocks that are whole move to the end of the object as soon as all before them have.

use super::oti::{Code, Cut};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use raptorq::{EncodingPacket, PayloadId, SourceBlockDecoder};

/// Bytes that a symbol or a block takes beside its own.
pub(super) const KEEP: usize = 64;
/// Attempts to put one block together: each fails by chance once in a hundred times or less (RFC 6330).
const ATTEMPTS: usize = 8;

/// What became of a datagram's symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// They are of use.
    New,
    /// They had come before.
    Again,
    /// Their block is whole, or has as many as are kept.
    Needless,
    /// They contradict what came before.
    Contradicting,
    /// They are not of this object as it is cut.
    Malformed,
    /// There is no room for them.
    NoRoom,
}

#[derive(Default)]
struct Slot {
    symbols: BTreeMap<u32, Vec<u8>>,
    /// Symbols at the next attempt.
    needed: usize,
    attempts: usize,
    whole: Option<Vec<u8>>,
}

/// An object that grows.
pub(super) struct Assembly {
    cut: Cut,
    slots: BTreeMap<u32, Slot>,
    /// Blocks that are in `object`.
    done: u32,
    object: Vec<u8>,
    memory: usize,
    is_repaired: bool,
}

impl Assembly {
    pub(super) fn new(cut: Cut) -> Self {
        Self { cut, slots: BTreeMap::new(), done: 0, object: Vec::new(), memory: 0, is_repaired: false }
    }

    /// Bytes that it takes.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    pub(super) fn is_repaired(&self) -> bool {
        self.is_repaired
    }

    /// Forgets all that came.
    pub(super) fn begin_anew(&mut self) {
        *self = Self::new(self.cut);
    }

    pub(super) fn is_whole(&self) -> bool {
        self.done >= self.cut.blocks()
    }

    /// True where datagrams with this codepoint are cut as it is.
    pub(super) fn is_of(&self, codepoint: u8) -> bool {
        self.cut.oti.code.id() == codepoint
    }

    /// The object, where it is whole; nothing of it is kept.
    pub(super) fn hand_over(&mut self) -> Vec<u8> {
        let object = core::mem::take(&mut self.object);
        self.begin_anew();
        object
    }

    /// Takes what a datagram carries: its payload ID, and one symbol or some that follow one another. `room` is how many bytes more
    /// there may be.
    pub(super) fn take(&mut self, payload: &[u8], room: usize) -> Put {
        let Some((id, symbols)) = payload.split_first_chunk() else { return Put::Malformed };
        let (block, first) = self.payload_id(*id);
        let Some(sources) = self.cut.sources(block) else { return Put::Malformed };
        let size = usize::from(self.cut.oti.symbol);
        let many = symbols.len().div_ceil(size.max(1));
        let last = u64::from(first).saturating_add(u64::try_from(many).unwrap_or(u64::MAX));
        if many == 0 || last > self.numbers(sources) {
            return Put::Malformed;
        }
        if block < self.done || self.slots.get(&block).is_some_and(|slot| slot.whole.is_some()) {
            return Put::Needless;
        }
        let (mut best, before) = (Put::Again, self.memory);
        for (symbol, index) in symbols.chunks(size.max(1)).zip(first..) {
            let put = match self.symbol(block, index, sources, symbol) {
                None => Put::Malformed,
                Some(bytes) => {
                    let room = room.saturating_sub(self.memory.saturating_sub(before));
                    self.put(block, index, sources, bytes, room)
                }
            };
            match put {
                Put::New => best = Put::New,
                Put::Again => {}
                other => return other,
            }
        }
        if best == Put::New {
            self.put_together(block, sources);
            self.join();
        }
        best
    }

    /// Block and first symbol (RFC 5445, 3.2.1; RFC 6330, 3.2).
    fn payload_id(&self, [a, b, c, d]: [u8; 4]) -> (u32, u32) {
        match self.cut.oti.code {
            Code::None { .. } => (u32::from_be_bytes([0, 0, a, b]), u32::from_be_bytes([0, 0, c, d])),
            Code::RaptorQ { .. } => (u32::from(a), u32::from_be_bytes([0, b, c, d])),
        }
    }

    /// How many numbers symbols of a block can have.
    fn numbers(&self, sources: u32) -> u64 {
        match self.cut.oti.code {
            Code::None { .. } => u64::from(sources),
            Code::RaptorQ { .. } => 1 << 24,
        }
    }

    /// A symbol as it is kept. The last of the object may have come without the zeros behind it; with a code it is filled up, without
    /// one it ends with the object.
    fn symbol(&self, block: u32, index: u32, sources: u32, came: &[u8]) -> Option<Vec<u8>> {
        let size = usize::from(self.cut.oti.symbol);
        // Sub-blocks have their zeros inside of symbols: all of those are whole.
        let is_last = index.saturating_add(1) == sources
            && block.saturating_add(1) == self.cut.blocks()
            && !self.has_parts();
        let before = usize::try_from(index).ok()?.saturating_mul(size);
        let own = if is_last { self.cut.bytes(block).saturating_sub(before).min(size) } else { size };
        let (symbol, rest) = came.split_at_checked(own)?;
        let is_plain = (rest.is_empty() || came.len() == size) && rest.iter().all(|byte| *byte == 0);
        let mut symbol = is_plain.then(|| symbol.to_vec())?;
        if matches!(self.cut.oti.code, Code::RaptorQ { .. }) {
            symbol.resize(size, 0);
        }
        Some(symbol)
    }

    fn put(&mut self, block: u32, index: u32, sources: u32, symbol: Vec<u8>, room: usize) -> Put {
        let sources = usize::try_from(sources).unwrap_or(usize::MAX);
        let takes = symbol.len().saturating_add(KEEP);
        let known = self.slots.get(&block);
        let more = if known.is_some() { takes } else { takes.saturating_add(KEEP) };
        match known.and_then(|slot| slot.symbols.get(&index)) {
            Some(known) if *known == symbol => return Put::Again,
            Some(_) => return Put::Contradicting,
            None => {}
        }
        let most = sources.saturating_mul(2).saturating_add(16);
        if known.is_some_and(|slot| slot.symbols.len() >= most || slot.attempts >= ATTEMPTS) {
            return Put::Needless;
        }
        if more > room {
            return Put::NoRoom;
        }
        let slot = self.slots.entry(block).or_insert_with(|| Slot { needed: sources, ..Slot::default() });
        slot.symbols.insert(index, symbol);
        self.memory = self.memory.saturating_add(more);
        Put::New
    }

    /// True where blocks are cut into sub-blocks.
    fn has_parts(&self) -> bool {
        matches!(self.cut.oti.code, Code::RaptorQ { parts, .. } if parts > 1)
    }

    fn put_together(&mut self, block: u32, sources: u32) {
        let has_parts = self.has_parts();
        let Some(slot) = self.slots.get_mut(&block) else { return };
        if slot.symbols.len() < slot.needed {
            return;
        }
        slot.attempts = slot.attempts.saturating_add(1);
        let has_all = slot.symbols.keys().zip(0..sources).all(|(index, at)| *index == at);
        let whole = if has_all && !has_parts {
            let all = slot.symbols.values().take(usize::try_from(sources).unwrap_or(usize::MAX));
            Some(all.flatten().copied().collect())
        } else {
            decode(self.cut, block, slot)
        };
        let Some(mut whole): Option<Vec<u8>> = whole else {
            slot.needed = slot.symbols.len().saturating_add(1);
            return;
        };
        whole.truncate(self.cut.bytes(block));
        self.is_repaired |= !has_all;
        let freed = slot.symbols.values().map(|symbol| symbol.len().saturating_add(KEEP));
        let freed = freed.fold(0, usize::saturating_add);
        slot.symbols = BTreeMap::new();
        self.memory = self.memory.saturating_sub(freed).saturating_add(whole.len());
        slot.whole = Some(whole);
    }

    /// Moves blocks to the end of the object.
    fn join(&mut self) {
        while let Some(slot) = self.slots.get_mut(&self.done)
            && let Some(whole) = slot.whole.take()
        {
            self.slots.remove(&self.done);
            self.done = self.done.saturating_add(1);
            self.memory = self.memory.saturating_sub(KEEP);
            if self.object.is_empty() {
                self.object = whole;
            } else {
                self.object.extend(whole);
            }
        }
    }
}

fn decode(cut: Cut, block: u32, slot: &Slot) -> Option<Vec<u8>> {
    let Code::RaptorQ { .. } = cut.oti.code else { return None };
    let id = u8::try_from(block).ok()?;
    let length = u64::from(cut.sources(block)?).saturating_mul(u64::from(cut.oti.symbol));
    let mut decoder = SourceBlockDecoder::new(id, &cut.config(), length);
    let packet =
        |(index, bytes): (&u32, &Vec<u8>)| EncodingPacket::new(PayloadId::new(id, *index), bytes.clone());
    decoder.decode(slot.symbols.iter().map(packet))
}

#[cfg(test)]
mod tests;
