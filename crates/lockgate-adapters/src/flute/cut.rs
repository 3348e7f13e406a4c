//! An object that leaves: its blocks side by side, a symbol of each in turn, their repairs behind them.
//!
//! **Why side by side.** What a burst takes is divided among all blocks that leave together, so that none loses more than its repairs
//! bring back. Repairs are kept from the first of them to the last, so no more blocks leave together than have [`REPAIRS_MOST`] bytes of
//! them. Without a code nothing brings back a symbol: then blocks leave one behind the other.

use super::lct::ObjectHead;
use super::oti::{Code, Cut};
use super::terms::Terms;
use alloc::vec::Vec;
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{Ended, Gone, Object};
use raptorq::{EncodingPacket, SourceBlockEncoder, SourceBlockEncodingPlan};

/// Plans that are kept: an object has blocks of two sizes at most.
const PLANS: usize = 4;
/// Most bytes of repairs that are kept for one object, but for those of a single block.
const REPAIRS_MOST: usize = 32 << 20;

/// How blocks of a size are encoded: found once for each size.
#[derive(Default)]
pub(super) struct Plans(Vec<(u32, SourceBlockEncodingPlan)>);

impl Plans {
    fn of(&mut self, sources: u32) -> Option<&SourceBlockEncodingPlan> {
        let at = match self.0.iter().position(|(known, _)| *known == sources) {
            Some(at) => at,
            None => {
                if self.0.len() >= PLANS {
                    self.0.remove(0);
                }
                self.0.push((sources, SourceBlockEncodingPlan::generate(u16::try_from(sources).ok()?)));
                self.0.len().saturating_sub(1)
            }
        };
        self.0.get(at).map(|(_, plan)| plan)
    }
}

/// See the module.
pub(super) struct Leaving {
    object: Object,
    /// What stands before the object.
    head: Vec<u8>,
    pub(super) class: Precedence,
    /// Its number on the wire.
    pub(super) number: u64,
    pub(super) cut: Cut,
    pub(super) md5: Option<[u8; 16]>,
    /// How often it has left whole, and how often it is to leave after that.
    pub(super) rounds: u8,
    pub(super) repeats: u8,
    /// How many blocks leave side by side, the first of them, and which of them is next with which of its symbols.
    together: u32,
    first: u32,
    block: u32,
    symbol: u32,
    /// Source symbols that have left in this round.
    sources: u64,
    /// Of the blocks that leave side by side, in their order.
    repairs: Vec<Vec<EncodingPacket>>,
    /// Datagrams that were made when its last block had all its sources: from then on it may be delivered.
    pub(super) enough: Option<u64>,
    /// When a table named it last, and until when that holds.
    pub(super) told: Option<(Time, Time)>,
}

impl Leaving {
    pub(super) fn new(
        object: Object,
        head: Vec<u8>,
        (class, number): (Precedence, u64),
        cut: Cut,
        terms: &Terms,
    ) -> Self {
        Self {
            object,
            head,
            class,
            number,
            cut,
            md5: None,
            rounds: 0,
            repeats: 0,
            together: together(cut, terms),
            first: 0,
            block: 0,
            symbol: 0,
            sources: 0,
            repairs: Vec::new(),
            enough: None,
            told: None,
        }
    }

    pub(super) fn not_after(&self) -> Time {
        self.object.not_after
    }

    /// The object itself.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.object.bytes
    }

    /// Bytes of head and object.
    pub(super) fn length(&self) -> usize {
        self.head.len().saturating_add(self.object.bytes.len())
    }

    /// True where so many datagrams have left that it may be delivered.
    pub(super) fn may_be_there(&self, through: u64) -> bool {
        self.enough.is_some_and(|enough| enough <= through)
    }

    /// True where all of this round has left.
    pub(super) fn is_done(&self) -> bool {
        self.first >= self.cut.blocks()
    }

    /// It leaves once more.
    pub(super) fn begin_again(&mut self) {
        (self.first, self.block, self.symbol, self.sources) = (0, 0, 0, 0);
        (self.repairs, self.told) = (Vec::new(), None);
    }

    /// The end of its first round, where it is sent again: its bytes go back, and what is sent again is a copy.
    pub(super) fn sent(&mut self) -> Gone {
        let Object { length, hash, order, at, not_after, token, .. } = self.object;
        let bytes = core::mem::take(&mut self.object.bytes);
        self.object.bytes.clone_from(&bytes);
        let object = Object { bytes, length, hash, order, at, not_after, token };
        Gone { object, id: None, ended: Ended::Sent, enough: self.enough }
    }

    pub(super) fn ends(self, ended: Ended) -> Gone {
        Gone { object: self.object, id: None, ended, enough: self.enough }
    }

    /// Writes the next datagram, the one after `made` others; false where there is none.
    pub(super) fn write(&mut self, terms: &Terms, plans: &mut Plans, made: u64, out: &mut Vec<u8>) -> bool {
        let Some(sources) = self.cut.sources(self.block) else { return false };
        let next = self.following(terms);
        let ends = next.is_none_or(|(first, ..)| first >= self.cut.blocks());
        ObjectHead {
            session: terms.session,
            object: self.number,
            codepoint: self.cut.oti.code.id(),
            ends: ends && self.repeats == 0,
        }
        .write(out);
        self.payload_id(out);
        if self.symbol < sources {
            self.source(out);
            self.sources = self.sources.saturating_add(1);
            if self.sources == self.cut.symbols() {
                self.enough.get_or_insert(made.saturating_add(1));
            }
        } else if self.repair(sources, terms, plans, out).is_none() {
            return false;
        }
        let Some((first, block, symbol)) = next else { return false };
        if first != self.first {
            self.repairs = Vec::new();
        }
        (self.first, self.block, self.symbol) = (first, block, symbol);
        true
    }

    /// What comes after the next symbol: the first of the blocks that leave together, a block and its symbol.
    fn following(&self, terms: &Terms) -> Option<(u32, u32, u32)> {
        let end = self.first.saturating_add(self.together).min(self.cut.blocks());
        let has = |block: u32, symbol: u32| {
            let sources = self.cut.sources(block)?;
            Some(symbol < sources.saturating_add(self.cut.repairs(sources, terms)))
        };
        let (mut block, mut symbol) = (self.block, self.symbol);
        // Blocks differ by one source, so by some symbols at most: this looks at each of them a few times.
        loop {
            block = block.saturating_add(1);
            if block >= end {
                (block, symbol) = (self.first, symbol.saturating_add(1));
                // The first has the most.
                if !has(block, symbol)? {
                    return Some((end, end, 0));
                }
            }
            if has(block, symbol)? {
                return Some((self.first, block, symbol));
            }
        }
    }

    fn payload_id(&self, out: &mut Vec<u8>) {
        let ([.., a, b], [_, c, d, e]) = (self.block.to_be_bytes(), self.symbol.to_be_bytes());
        out.extend(match self.cut.oti.code {
            Code::None { .. } => [a, b, d, e],
            Code::RaptorQ { .. } => [b, c, d, e],
        });
    }

    fn source(&self, out: &mut Vec<u8>) {
        let size = usize::from(self.cut.oti.symbol);
        let before = usize::try_from(self.symbol).unwrap_or(usize::MAX).saturating_mul(size);
        let rest = self.cut.bytes(self.block).saturating_sub(before).min(size);
        let from = usize::try_from(self.cut.offset(self.block)).unwrap_or(usize::MAX).saturating_add(before);
        self.part(from, rest, out);
        if let Code::RaptorQ { .. } = self.cut.oti.code {
            out.extend(core::iter::repeat_n(0, size.saturating_sub(rest)));
        }
    }

    /// So many bytes of head and object.
    fn part(&self, from: usize, length: usize, out: &mut Vec<u8>) {
        let of_head = self.head.get(from..).unwrap_or(&[]);
        let of_head = of_head.get(..length).unwrap_or(of_head);
        out.extend_from_slice(of_head);
        let from = from.saturating_sub(self.head.len());
        let to = from.saturating_add(length.saturating_sub(of_head.len()));
        out.extend_from_slice(self.object.bytes.get(from..to).unwrap_or(&[]));
    }

    /// The next repair. Those of a block are made when its first one leaves, so that nobody waits for more than one block's.
    fn repair(&mut self, sources: u32, terms: &Terms, plans: &mut Plans, out: &mut Vec<u8>) -> Option<()> {
        let place = usize::try_from(self.block.checked_sub(self.first)?).ok()?;
        let at = usize::try_from(self.symbol.checked_sub(sources)?).ok()?;
        if at == 0 {
            let made = self.encode(sources, self.cut.repairs(sources, terms), plans);
            self.repairs.resize_with(self.repairs.len().max(place.saturating_add(1)), Vec::new);
            *self.repairs.get_mut(place)? = made;
        }
        let packet = self.repairs.get(place)?.get(at)?;
        out.extend_from_slice(packet.data());
        Some(())
    }

    fn encode(&self, sources: u32, repairs: u32, plans: &mut Plans) -> Vec<EncodingPacket> {
        let (Ok(id), Some(plan)) = (u8::try_from(self.block), plans.of(sources)) else { return Vec::new() };
        let whole = usize::try_from(sources).unwrap_or(0).saturating_mul(usize::from(self.cut.oti.symbol));
        let from = usize::try_from(self.cut.offset(self.block)).unwrap_or(usize::MAX);
        let mut block = Vec::with_capacity(whole);
        self.part(from, self.cut.bytes(self.block), &mut block);
        block.resize(whole, 0);
        let encoder = SourceBlockEncoder::with_encoding_plan(id, &self.cut.config(), &block, plan);
        encoder.repair_packets(0, repairs)
    }
}

/// How many blocks leave side by side.
fn together(cut: Cut, terms: &Terms) -> u32 {
    if cut.oti.code.id() == 0 {
        return 1;
    }
    let repairs = cut.repairs(cut.sources(0).unwrap_or(0), terms);
    let each = usize::try_from(repairs).unwrap_or(usize::MAX).saturating_mul(usize::from(cut.oti.symbol));
    let most = REPAIRS_MOST.checked_div(each).and_then(|most| u32::try_from(most).ok()).unwrap_or(u32::MAX);
    // Parts of one size, so that the last is not a small one.
    let parts = cut.blocks().div_ceil(most.max(1)).max(1);
    cut.blocks().div_ceil(parts).max(1)
}

#[cfg(test)]
mod tests;
