//! Large objects: blocks of Reed-Solomon symbols, sent side by side, so that a burst takes a little of each.

use crate::Hash;
use crate::cut::{Cut, SIDE_BY_SIDE, Span};
use crate::repairs::{Encoder, Repairs, Turn};
use crate::wire::Block;
use alloc::boxed::Box;
use alloc::vec::Vec;
use reed_solomon_simd::ReedSolomonDecoder;

/// What is said of a large object in each of its datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Title {
    pub(crate) number: u64,
    pub(crate) hash: Hash,
    pub(crate) order: u64,
    pub(crate) sent: u64,
}

/// A large object on its way out. Symbols leave block by block within an index, index by index within a group of blocks.
pub(crate) struct Outgoing {
    title: Title,
    cut: Cut,
    bytes: Vec<u8>,
    /// The first block of the group that is being sent, and how far it is.
    group: u16,
    index: u16,
    lane: u16,
    /// Repair symbols of the group.
    repairs: Repairs,
    last: Vec<u8>,
}

/// Buffers of the code, kept from block to block.
#[derive(Default)]
pub(crate) struct Workshop {
    encoder: Encoder,
    decoder: Option<ReedSolomonDecoder>,
}

impl Outgoing {
    pub(crate) fn new(title: Title, cut: Cut, bytes: Vec<u8>) -> Self {
        Self { title, cut, bytes, group: 0, index: 0, lane: 0, repairs: Repairs::default(), last: Vec::new() }
    }

    /// The bytes of the object; nothing more leaves.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// True where all has left.
    pub(crate) fn is_done(&self) -> bool {
        self.group >= self.cut.blocks
    }

    /// True where each block has had as many symbols as it has sources: whoever got them all has the object.
    pub(crate) fn is_enough(&self) -> bool {
        let is_last = self.cut.blocks.saturating_sub(self.group) <= SIDE_BY_SIDE;
        // Sources leave first, and of the blocks of a group the longer ones: once a repair is next, all sources are out.
        let next = self.group.checked_add(self.lane).and_then(|block| self.cut.block(block));
        is_last && next.is_none_or(|span| self.index >= span.count)
    }

    /// The next symbol; `None` where all have left.
    pub(crate) fn next(&mut self, workshop: &mut Workshop) -> Option<Block<'_>> {
        let block = self.group.checked_add(self.lane)?;
        let span = self.cut.block(block)?;
        let index = self.index;
        let lane = self.lane;
        let turn = Turn { span, lane, lanes: self.in_group() };
        self.repairs.go_on((&self.cut, &self.bytes), turn, index, &mut workshop.encoder)?;
        self.step(span);
        let Title { number, hash, order, sent } = self.title;
        let (length, repairs) = (self.cut.length, self.cut.repairs);
        let symbol = self.symbol(span, lane, index)?;
        Some(Block { number, hash, order, sent, length, repairs, block, index, symbol })
    }

    fn symbol(&mut self, span: Span, lane: u16, index: u16) -> Option<&[u8]> {
        match index.checked_sub(span.count) {
            Some(repair) => self.repairs.symbol(&self.cut, lane, repair),
            None => self.cut.source(span, index, &self.bytes, &mut self.last),
        }
    }

    /// Blocks of the group that is being sent.
    fn in_group(&self) -> u16 {
        self.cut.blocks.saturating_sub(self.group).min(SIDE_BY_SIDE)
    }

    /// To the next symbol that there is: blocks of a group may differ by one in length.
    fn step(&mut self, mut span: Span) {
        let blocks = self.in_group();
        loop {
            self.lane = self.lane.saturating_add(1);
            if self.lane >= blocks {
                self.lane = 0;
                self.index = self.index.saturating_add(1);
            }
            // The first block of a group is a longest one.
            if self.lane == 0 {
                span = self.cut.block(self.group).unwrap_or(span);
                if self.index >= span.count.saturating_add(self.cut.repairs) {
                    self.group = self.group.saturating_add(blocks);
                    self.index = 0;
                    return;
                }
            }
            let here = self.cut.block(self.group.saturating_add(self.lane)).unwrap_or(span);
            if self.index < here.count.saturating_add(self.cut.repairs) {
                return;
            }
        }
    }
}

/// What became of one symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is kept.
    Kept,
    /// It brings nothing new.
    Needless,
    /// There is no such symbol in this object.
    Wrong,
    /// It would take more memory than there is.
    NoRoom,
    /// It was the last that was missing.
    Whole,
}

/// A large object that grows.
pub(crate) struct Incoming {
    title: Title,
    cut: Cut,
    bytes: Vec<u8>,
    blocks: Vec<State>,
    /// Blocks that are not whole.
    open: u16,
    /// Symbols that came back by repairs.
    recovered: u64,
}

/// What a repair that is kept costs beside its bytes.
const REPAIR: usize = 64;

#[derive(Default)]
struct State {
    /// Which symbols have come, sources first.
    have: Vec<u64>,
    sources: u16,
    /// Repairs that came, each in memory of its own length: one piece for all would grow to twice what is counted.
    repairs: Vec<(u16, Box<[u8]>)>,
    whole: bool,
}

impl Incoming {
    /// What such an object takes at first, in bytes; `None` where its datagram contradicts itself.
    pub(crate) fn cost(block: &Block<'_>) -> Option<usize> {
        let cut = Cut::new(block.length, u16::try_from(block.symbol.len()).ok()?, block.repairs)?;
        let states = usize::from(cut.blocks).checked_mul(size_of::<State>().checked_add(256)?)?;
        cut.bytes()?.checked_add(states)
    }

    /// An object of which nothing is there yet. It lies in `spare` where that is as long; what that held stays until symbols
    /// take its place, and none of it is delivered: the hash would tell.
    pub(crate) fn new(block: &Block<'_>, spare: Vec<u8>) -> Option<Self> {
        let cut = Cut::new(block.length, u16::try_from(block.symbol.len()).ok()?, block.repairs)?;
        let Block { number, hash, order, sent, .. } = *block;
        let mut blocks = Vec::new();
        blocks.resize_with(usize::from(cut.blocks), State::default);
        let length = cut.bytes()?;
        // One that is much longer would be more than the object is counted for.
        let fits = (length..=length.saturating_add(length / 8)).contains(&spare.capacity());
        let mut bytes = if fits { spare } else { alloc::vec![0; length] };
        bytes.resize(length, 0);
        let title = Title { number, hash, order, sent };
        Some(Self { title, cut, bytes, blocks, open: cut.blocks, recovered: 0 })
    }

    pub(crate) fn title(&self) -> &Title {
        &self.title
    }

    /// The bytes, once whole; whether repairs were needed.
    pub(crate) fn finish(self) -> (Vec<u8>, bool) {
        let mut bytes = self.bytes;
        bytes.truncate(usize::try_from(self.cut.length).unwrap_or(0));
        (bytes, self.recovered > 0)
    }

    /// Takes a symbol in. `room` is how much more memory may be used; what is used is taken from it, or given back.
    pub(crate) fn take(&mut self, block: &Block<'_>, workshop: &mut Workshop, room: &mut usize) -> Taken {
        let Block { number, hash, order, sent, .. } = *block;
        let same = self.title == Title { number, hash, order, sent }
            && (block.length, block.repairs) == (self.cut.length, self.cut.repairs)
            && block.symbol.len() == usize::from(self.cut.size);
        let Some(span) = self.cut.block(block.block).filter(|_| same) else { return Taken::Wrong };
        let most = span.count.saturating_add(self.cut.repairs);
        let Some(state) = self.blocks.get_mut(usize::from(block.block)) else { return Taken::Wrong };
        if block.index >= most {
            return Taken::Wrong;
        }
        if state.whole || state.has(block.index) {
            return Taken::Needless;
        }
        if let Some(repair) = block.index.checked_sub(span.count) {
            match room.checked_sub(block.symbol.len().saturating_add(REPAIR)) {
                Some(left) => *room = left,
                None => return Taken::NoRoom,
            }
            state.repairs.push((repair, Box::from(block.symbol)));
        } else {
            let place = self.cut.place(span, block.index);
            let Some(to) = place.and_then(|(from, to)| self.bytes.get_mut(from..to)) else {
                return Taken::Wrong;
            };
            to.copy_from_slice(block.symbol);
            state.sources = state.sources.saturating_add(1);
        }
        state.put(block.index, most);
        let came = usize::from(state.sources).saturating_add(state.repairs.len());
        if came < usize::from(span.count) {
            return Taken::Kept;
        }
        if state.sources < span.count {
            self.restore(block.block, span, workshop);
        }
        self.close(block.block, room)
    }

    /// What was taken from the room, to be given back when the object ends.
    pub(crate) fn held(&self) -> usize {
        let states = self.blocks.len().saturating_mul(size_of::<State>().saturating_add(256));
        let repairs = self.blocks.iter().map(State::held);
        repairs.fold(self.bytes.len().saturating_add(states), usize::saturating_add)
    }

    fn close(&mut self, block: u16, room: &mut usize) -> Taken {
        if let Some(state) = self.blocks.get_mut(usize::from(block)) {
            *room = room.saturating_add(state.held());
            *state = State { whole: true, ..State::default() };
        }
        self.open = self.open.saturating_sub(1);
        if self.open == 0 { Taken::Whole } else { Taken::Kept }
    }

    /// Computes the sources that are missing. If the code will not, they stay what they
    /// were, and the hash tells.
    fn restore(&mut self, block: u16, span: Span, workshop: &mut Workshop) -> Option<()> {
        let state = self.blocks.get(usize::from(block))?;
        let shape = (usize::from(span.count), usize::from(self.cut.repairs), usize::from(self.cut.size));
        let decoder = match &mut workshop.decoder {
            Some(decoder) => {
                decoder.reset(shape.0, shape.1, shape.2).ok()?;
                decoder
            }
            none => none.insert(ReedSolomonDecoder::new(shape.0, shape.1, shape.2).ok()?),
        };
        for index in (0..span.count).filter(|index| state.has(*index)) {
            let (from, to) = self.cut.place(span, index)?;
            decoder.add_original_shard(usize::from(index), self.bytes.get(from..to)?).ok()?;
        }
        for (repair, symbol) in &state.repairs {
            decoder.add_recovery_shard(usize::from(*repair), symbol).ok()?;
        }
        for (index, symbol) in decoder.decode().ok()?.restored_original_iter() {
            let (from, to) = self.cut.place(span, u16::try_from(index).ok()?)?;
            self.bytes.get_mut(from..to)?.copy_from_slice(symbol);
            self.recovered = self.recovered.saturating_add(1);
        }
        Some(())
    }
}

impl State {
    fn has(&self, index: u16) -> bool {
        let word = self.have.get(usize::from(index / 64)).copied().unwrap_or(0);
        word >> (index % 64) & 1 == 1
    }

    fn put(&mut self, index: u16, most: u16) {
        if self.have.is_empty() {
            self.have.resize(usize::from(most).div_ceil(64), 0);
        }
        if let Some(word) = self.have.get_mut(usize::from(index / 64)) {
            *word |= 1 << (index % 64);
        }
    }

    /// What its repairs took from the room.
    fn held(&self) -> usize {
        let each = self.repairs.iter().map(|(_, symbol)| symbol.len().saturating_add(REPAIR));
        each.fold(0, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::{Incoming, Outgoing, Taken, Title, Workshop};
    use crate::cut::Cut;
    use crate::wire::Block;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn an_object_comes_back_where_each_block_has_as_many_symbols_as_sources(
            length in 1_usize..6_000, size in 1_u16..20, percent in 0_u8..=100, seed in any::<u64>(), loss in 0_u64..40,
        ) {
            let object = bytes(length);
            // What an earlier object left there.
            let spare = vec![0xEE; length + length / 16];
            let cut = Cut::fitting(length as u32, size * 2, percent).unwrap();
            let title = Title { number: 3, hash: [1; 32], order: 0, sent: 0 };
            let mut out = Outgoing::new(title, cut, object.clone());
            let (mut workshop, mut room) = (Workshop::default(), 1 << 20);
            let mut incoming: Option<Incoming> = None;
            let mut got = vec![0_u32; usize::from(cut.blocks)];
            let (mut state, mut sent, mut whole) = (seed, 0_u32, false);
            while let Some(block) = out.next(&mut workshop).map(|it| Block { symbol: it.symbol.to_vec().leak(), ..it }) {
                sent += 1;
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if (state >> 33) % 100 < loss {
                    continue;
                }
                got[usize::from(block.block)] += 1;
                let incoming = incoming.get_or_insert_with(|| Incoming::new(&block, spare.clone()).unwrap());
                match incoming.take(&block, &mut workshop, &mut room) {
                    Taken::Whole => whole = true,
                    Taken::Kept | Taken::Needless => {}
                    other => prop_assert!(false, "{:?}", other),
                }
                prop_assert_eq!(incoming.take(&block, &mut workshop, &mut room), Taken::Needless);
            }
            prop_assert!(out.is_done());
            prop_assert_eq!(sent, cut.symbols + u32::from(cut.repairs) * u32::from(cut.blocks));
            let enough = (0..cut.blocks).all(|block| got[usize::from(block)] >= u32::from(cut.block(block).unwrap().count));
            prop_assert_eq!(whole, enough);
            if whole {
                prop_assert_eq!(room, 1 << 20, "what repairs took is given back");
                prop_assert_eq!(incoming.unwrap().finish().0, object);
            }
        }
    }

    /// The moment at which whoever got everything has the object, for cuts of one group, of several, and without repairs.
    #[test]
    fn enough_has_left_exactly_when_a_receiver_that_got_all_is_whole() {
        let lengths = [1, 2, 3, 2_047, 2_048, 2_049, 3_000, 4_097, 2 * 1_024 * 64, 2 * 1_024 * 65 + 7];
        for (length, percent) in lengths.into_iter().flat_map(|length| [(length, 0), (length, 5)]) {
            let cut = Cut::fitting(length, 2, percent).unwrap();
            let title = Title { number: 3, hash: [1; 32], order: 0, sent: 0 };
            let mut out = Outgoing::new(title, cut, bytes(length as usize));
            let (mut workshop, mut room) = (Workshop::default(), 1 << 20);
            let (mut incoming, mut whole): (Option<Incoming>, _) = (None, false);
            assert!(!out.is_enough(), "{cut:?}");
            while let Some(block) = out.next(&mut workshop) {
                let incoming = incoming.get_or_insert_with(|| Incoming::new(&block, Vec::new()).unwrap());
                whole |= incoming.take(&block, &mut workshop, &mut room) == Taken::Whole;
                let at = (block.block, block.index);
                assert_eq!(out.is_enough(), whole, "{at:?} of {cut:?}");
            }
            assert!(whole);
        }
    }

    #[test]
    fn blocks_take_turns() {
        let cut = Cut::new(2 * 3_000, 2, 5).unwrap();
        let title = Title { number: 0, hash: [0; 32], order: 0, sent: 0 };
        let mut out = Outgoing::new(title, cut, bytes(6_000));
        let mut workshop = Workshop::default();
        let order: Vec<(u16, u16)> =
            core::iter::from_fn(|| out.next(&mut workshop).map(|it| (it.block, it.index))).take(7).collect();
        assert_eq!(order, [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (0, 2)]);
    }

    #[test]
    fn what_contradicts_the_object_is_turned_away() {
        let first = Block {
            number: 1,
            hash: [2; 32],
            order: 3,
            sent: 4,
            length: 100,
            repairs: 2,
            block: 0,
            index: 0,
            symbol: &[9; 10],
        };
        let mut incoming = Incoming::new(&first, Vec::new()).unwrap();
        let (mut workshop, mut room) = (Workshop::default(), 2 * (10 + super::REPAIR) + 1);
        let wrong = [
            Block { hash: [3; 32], ..first },
            Block { order: 9, ..first },
            Block { sent: 9, ..first },
            Block { length: 101, ..first },
            Block { repairs: 3, ..first },
            Block { block: 1, ..first },
            Block { index: 12, ..first },
            Block { symbol: &[9; 12], ..first },
        ];
        for block in wrong {
            assert_eq!(incoming.take(&block, &mut workshop, &mut room), Taken::Wrong, "{block:?}");
        }
        assert_eq!(incoming.take(&first, &mut workshop, &mut room), Taken::Kept);
        for (index, expected) in [(10, Taken::Kept), (11, Taken::Kept)] {
            assert_eq!(incoming.take(&Block { index, ..first }, &mut workshop, &mut room), expected);
        }
        assert_eq!(room, 1);
        let mut small = Incoming::new(&first, Vec::new()).unwrap();
        assert_eq!(small.take(&Block { index: 10, ..first }, &mut workshop, &mut room), Taken::NoRoom);
        assert_eq!(Incoming::cost(&Block { length: 0, ..first }), None);
    }
}
