//! An object that leaves: its symbols in order, block by block, each with its repairs behind it.

use super::lct::ObjectHead;
use super::oti::{Code, Cut};
use super::terms::Terms;
use alloc::vec::Vec;
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{Ended, Gone, Object};
use raptorq::{EncodingPacket, SourceBlockEncoder, SourceBlockEncodingPlan};

/// Plans that are kept: an object has blocks of two sizes at most.
const PLANS: usize = 4;

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
    /// With its head before its bytes.
    object: Object,
    head: usize,
    pub(super) class: Precedence,
    /// Its number on the wire.
    pub(super) number: u64,
    pub(super) cut: Cut,
    pub(super) md5: Option<[u8; 16]>,
    /// How often it has left whole, and how often it is to leave after that.
    pub(super) rounds: u8,
    pub(super) repeats: u8,
    block: u32,
    next: u32,
    repairs: Vec<EncodingPacket>,
    /// Datagrams that were made when its last block had all its sources: from then on it may be delivered.
    enough: Option<u64>,
    /// When a table named it last, and until when that holds.
    pub(super) told: Option<(Time, Time)>,
}

impl Leaving {
    pub(super) fn new(mut object: Object, head: Vec<u8>, class: Precedence, number: u64, cut: Cut) -> Self {
        let length = head.len();
        object.bytes.splice(0..0, head);
        Self {
            object,
            head: length,
            class,
            number,
            cut,
            md5: None,
            rounds: 0,
            repeats: 0,
            block: 0,
            next: 0,
            repairs: Vec::new(),
            enough: None,
            told: None,
        }
    }

    pub(super) fn not_after(&self) -> Time {
        self.object.not_after
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.object.bytes
    }

    /// True where so many datagrams have left that it may be delivered.
    pub(super) fn may_be_there(&self, through: u64) -> bool {
        self.enough.is_some_and(|enough| enough <= through)
    }

    /// True where all of this round has left.
    pub(super) fn is_done(&self) -> bool {
        self.block >= self.cut.blocks()
    }

    /// It leaves once more.
    pub(super) fn begin_again(&mut self) {
        (self.block, self.next, self.told) = (0, 0, None);
    }

    /// The end of its first round: without its bytes, where it is sent again.
    pub(super) fn sent(&mut self) -> Gone {
        let Object { length, hash, order, not_after, token, .. } = self.object;
        let object = Object { bytes: Vec::new(), length, hash, order, not_after, token };
        Gone { object, id: None, ended: Ended::Sent, enough: self.enough }
    }

    pub(super) fn ends(self, ended: Ended) -> Gone {
        let enough = self.enough;
        Gone { object: self.into_object(), id: None, ended, enough }
    }

    /// The object as it was taken.
    pub(super) fn into_object(mut self) -> Object {
        self.object.bytes.drain(..self.head.min(self.object.bytes.len()));
        self.object
    }

    /// Writes the next datagram, the one after `made` others; false where there is none.
    pub(super) fn write(&mut self, terms: &Terms, plans: &mut Plans, made: u64, out: &mut Vec<u8>) -> bool {
        let Some(sources) = self.cut.sources(self.block) else { return false };
        let is_last_block = self.block.saturating_add(1) == self.cut.blocks();
        let repairs = if self.cut.oti.code.id() == 0 { 0 } else { terms.repairs(sources) };
        let is_last = is_last_block && self.next.saturating_add(1) == sources.saturating_add(repairs);
        ObjectHead {
            session: terms.session,
            object: self.number,
            codepoint: self.cut.oti.code.id(),
            ends: is_last && self.repeats == 0,
        }
        .write(out);
        self.payload_id(out);
        if self.next < sources {
            self.source(out);
        } else {
            if self.next == sources {
                self.repairs = self.encode(sources, repairs, plans);
            }
            let at = usize::try_from(self.next.saturating_sub(sources)).unwrap_or(usize::MAX);
            let Some(packet) = self.repairs.get(at) else { return false };
            out.extend_from_slice(packet.data());
        }
        self.next = self.next.saturating_add(1);
        if is_last_block && self.next == sources {
            self.enough.get_or_insert(made.saturating_add(1));
        }
        if self.next >= sources.saturating_add(repairs) {
            (self.block, self.next, self.repairs) = (self.block.saturating_add(1), 0, Vec::new());
        }
        true
    }

    fn payload_id(&self, out: &mut Vec<u8>) {
        let ([.., a, b], [_, c, d, e]) = (self.block.to_be_bytes(), self.next.to_be_bytes());
        out.extend(match self.cut.oti.code {
            Code::None { .. } => [a, b, d, e],
            Code::RaptorQ { .. } => [b, c, d, e],
        });
    }

    /// Where the next source symbol begins, in bytes of the block.
    fn source(&self, out: &mut Vec<u8>) {
        let size = usize::from(self.cut.oti.symbol);
        let block = self.block_bytes();
        let at = usize::try_from(self.next).unwrap_or(usize::MAX).saturating_mul(size);
        let symbol = block.get(at..at.saturating_add(size).min(block.len())).unwrap_or(&[]);
        out.extend_from_slice(symbol);
        if let Code::RaptorQ { .. } = self.cut.oti.code {
            out.extend(core::iter::repeat_n(0, size.saturating_sub(symbol.len())));
        }
    }

    fn block_bytes(&self) -> &[u8] {
        let from = usize::try_from(self.cut.offset(self.block)).unwrap_or(usize::MAX);
        self.object.bytes.get(from..from.saturating_add(self.cut.bytes(self.block))).unwrap_or(&[])
    }

    fn encode(&self, sources: u32, repairs: u32, plans: &mut Plans) -> Vec<EncodingPacket> {
        let (Ok(id), Some(plan)) = (u8::try_from(self.block), plans.of(sources)) else { return Vec::new() };
        let mut block = self.block_bytes().to_vec();
        let whole = usize::try_from(sources).unwrap_or(0).saturating_mul(usize::from(self.cut.oti.symbol));
        block.resize(whole, 0);
        let encoder = SourceBlockEncoder::with_encoding_plan(id, &self.cut.config(), &block, plan);
        encoder.repair_packets(0, repairs)
    }
}
