//! Repairs of the large blocks that leave side by side.
//!
//! Where a block has sources of a higher power of two than repairs (`docs/DIODE.md`: "high"), each repair is a sum over runs of sources, as
//! long as that power of the repairs. So they are computed run by run, before the first source of a run leaves: from there on the others
//! lie near the processor. Any other block is computed in one go. The code is that of `reed-solomon-simd`, whose own encoder takes a block in one go and is what this is held against.

use crate::cut::{Cut, Span, WIDEST};
use crate::run::Runs;
use alloc::vec::Vec;
use reed_solomon_simd::ReedSolomonEncoder;
use reed_solomon_simd::engine::{DefaultEngine, Engine, ShardsRefMut, utils};

/// Bytes that the code takes at once: symbols are rows of them.
pub(crate) type Cell = [u8; 64];
const EMPTY: Cell = [0; 64];

/// So many sources are taken in one go at least.
const PIECE: u16 = 16;
/// Bytes that lie near most processors. More are never computed in a row: that would keep everybody waiting.
const NEAR: usize = 2 << 20;

/// A block that leaves, and its place among those beside it.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) span: Span,
    pub(crate) lane: u16,
    pub(crate) lanes: u16,
}

/// Repairs of the blocks of a group.
#[derive(Default)]
pub(crate) struct Repairs {
    /// Pieces of each block that are in its sums.
    done: Vec<u16>,
    /// Sums of each block, which are its repairs when all pieces are in them.
    sums: Vec<Cell>,
}

impl Repairs {
    /// Computes what is due of a block before its source `index` leaves.
    pub(crate) fn go_on(
        &mut self,
        (cut, bytes): (&Cut, &[u8]),
        turn: Turn,
        index: u16,
        encoder: &mut Encoder,
    ) -> Option<()> {
        if cut.repairs == 0 {
            return Some(());
        }
        if index == 0 && turn.lane == 0 {
            self.done.clear();
        }
        let way = Way::new(cut, turn.span)?;
        self.done.resize(usize::from(turn.lanes), 0);
        let done = self.done.get_mut(usize::from(turn.lane))?;
        if *done >= way.pieces() || index < way.due(turn, *done)? {
            return Some(());
        }
        let each = sums(cut)?;
        self.sums.resize(each.checked_mul(usize::from(turn.lanes))?, EMPTY);
        let from = each.checked_mul(usize::from(turn.lane))?;
        let sums = self.sums.get_mut(from..from.checked_add(each)?)?;
        encoder.add((cut, bytes), &way, *done, sums)?;
        *done = done.saturating_add(1);
        Some(())
    }

    /// A repair of the block in that place.
    pub(crate) fn symbol(&self, cut: &Cut, lane: u16, repair: u16) -> Option<&[u8]> {
        let from = sums(cut)?.checked_mul(usize::from(lane))?;
        let from = cells(cut).checked_mul(usize::from(repair))?.checked_add(from)?;
        self.sums.get(from..)?.as_flattened().get(..usize::from(cut.size))
    }
}

/// Cells of a symbol.
fn cells(cut: &Cut) -> usize {
    usize::from(cut.size).div_ceil(size_of::<Cell>())
}

/// Cells of the sums of a block.
fn sums(cut: &Cut) -> Option<usize> {
    cells(cut).checked_mul(usize::from(cut.repairs).checked_next_power_of_two()?)
}

/// How the repairs of a block are computed.
struct Way {
    span: Span,
    /// Sources of a run.
    run: u16,
    /// Sources that are taken in one go: some runs.
    piece: u16,
    /// All of them are summed up; else there is one run, and its repairs are not sums.
    by_runs: bool,
    /// Bytes of a piece.
    bytes: usize,
}

impl Way {
    fn new(cut: &Cut, span: Span) -> Option<Self> {
        let (sources, repairs) =
            (span.count.checked_next_power_of_two()?, cut.repairs.checked_next_power_of_two()?);
        // Of as many powers of two the code takes what would be the other way: it decodes faster.
        let by_runs = sources > repairs || sources == repairs && span.count <= cut.repairs;
        let piece = if by_runs { repairs.max(PIECE) } else { span.count };
        let bytes = cells(cut).checked_mul(size_of::<Cell>())?.checked_mul(usize::from(piece))?;
        Some(Self { span, run: repairs, piece, by_runs, bytes })
    }

    fn pieces(&self) -> u16 {
        self.span.count.div_ceil(self.piece.max(1))
    }

    /// With which of its sources a piece is computed: its own first one, where the pieces of all blocks side by side lie near; else they take
    /// turns while the sources leave.
    fn due(&self, turn: Turn, piece: u16) -> Option<u16> {
        if self.bytes.checked_mul(usize::from(turn.lanes))? <= NEAR {
            return piece.checked_mul(self.piece);
        }
        let (lane, lanes) = (u64::from(turn.lane), u64::from(turn.lanes));
        let before = u64::from(piece).checked_mul(lanes)?.checked_add(lane)?;
        let all = u64::from(self.pieces()).checked_mul(lanes)?;
        u16::try_from(before.checked_mul(u64::from(self.span.count))?.checked_div(all)?).ok()
    }
}

/// Buffers of the code, kept from block to block.
#[derive(Default)]
pub(crate) struct Encoder {
    engine: Option<DefaultEngine>,
    whole: Option<ReedSolomonEncoder>,
    /// By the length of a run, which is a power of two, those by wide vectors where that is the way.
    runs: Vec<(usize, Option<Runs>)>,
    run: Vec<Cell>,
    last: Vec<u8>,
}

impl Encoder {
    /// Puts a piece into the sums; with the last one they become repairs.
    fn add(&mut self, object: (&Cut, &[u8]), way: &Way, piece: u16, sums: &mut [Cell]) -> Option<()> {
        if !way.by_runs {
            return self.encode(object, way.span, sums);
        }
        let first = piece.checked_mul(way.piece)?;
        let end = first.saturating_add(way.piece).min(way.span.count);
        for start in (first..end).step_by(usize::from(way.run)) {
            self.add_run(object, way, (start, end), sums)?;
        }
        if end == way.span.count {
            let (cut, run) = (object.0, usize::from(way.run));
            let engine = self.engine.get_or_insert_with(DefaultEngine::new);
            engine.fft(&mut ShardsRefMut::new(run, cells(cut), sums), 0, run, cut.repairs.into(), 0);
            sums.chunks_exact_mut(cells(cut)).for_each(|symbol| join_last(symbol, cut));
        }
        Some(())
    }

    /// The sources from `start` on, a run of them or as many as there are.
    fn add_run(
        &mut self,
        (cut, bytes): (&Cut, &[u8]),
        way: &Way,
        (start, end): (u16, u16),
        sums: &mut [Cell],
    ) -> Option<()> {
        let Self { engine, runs, run, last, .. } = self;
        let (length, end) = (usize::from(way.run), start.saturating_add(way.run).min(end));
        let engine = engine.get_or_insert_with(DefaultEngine::new);
        if runs.iter().all(|(known, _)| *known != length) {
            runs.push((length, Runs::new(length, WIDEST, engine)));
        }
        let wide = runs.iter().find(|(known, _)| *known == length).and_then(|(_, runs)| runs.as_ref());
        let (from, to) = (cut.place(way.span, start)?.0, cut.place(way.span, end)?.0);
        if let (Some(runs), Some(bytes)) = (wide, bytes.get(from..to)) {
            if start == 0 {
                sums.fill(EMPTY);
            }
            return runs.add(start.checked_div(way.run)?.into(), bytes, cut.size.into(), sums);
        }
        run.resize(sums.len(), EMPTY);
        // The first run begins the sums.
        let into = if start == 0 { &mut *sums } else { run.as_mut_slice() };
        for (index, symbol) in (start..end).zip(into.chunks_exact_mut(cells(cut))) {
            split_last(symbol, cut.source(way.span, index, bytes, last)?);
        }
        let count = usize::from(end.checked_sub(start)?);
        into.get_mut(cells(cut).checked_mul(count)?..)?.fill(EMPTY);
        let place = usize::from(start).checked_add(length)?;
        engine.ifft(&mut ShardsRefMut::new(length, cells(cut), into), 0, length, count, place);
        if start > 0 {
            utils::xor(sums, run);
        }
        Some(())
    }

    /// A block in one go.
    fn encode(&mut self, (cut, bytes): (&Cut, &[u8]), span: Span, sums: &mut [Cell]) -> Option<()> {
        let shape = (usize::from(span.count), usize::from(cut.repairs), usize::from(cut.size));
        let whole = match &mut self.whole {
            Some(whole) => {
                whole.reset(shape.0, shape.1, shape.2).ok()?;
                whole
            }
            none => none.insert(ReedSolomonEncoder::new(shape.0, shape.1, shape.2).ok()?),
        };
        for index in 0..span.count {
            whole.add_original_shard(cut.source(span, index, bytes, &mut self.last)?).ok()?;
        }
        let places = sums.chunks_exact_mut(cells(cut));
        for (place, symbol) in places.zip(whole.encode().ok()?.recovery_iter()) {
            place.as_flattened_mut().get_mut(..shape.2)?.copy_from_slice(symbol);
        }
        Some(())
    }
}

/// A symbol as the code wants it: elements of 16 bits, whose lower bytes fill the first half of each cell.
fn split_last(symbol: &mut [Cell], source: &[u8]) {
    let (whole, rest) = source.as_chunks();
    let Some((cells, last)) = symbol.split_at_mut_checked(whole.len()) else { return };
    cells.copy_from_slice(whole);
    if let [last] = last {
        *last = last_cell(rest);
    }
}

/// What does not fill the last cell of a symbol: its halves stand apart.
pub(crate) fn last_cell(rest: &[u8]) -> Cell {
    let mut cell = EMPTY;
    let (low, high) = rest.split_at(rest.len() / 2);
    let (into_low, into_high) = cell.split_at_mut(32);
    into_low.iter_mut().zip(low).for_each(|(into, byte)| *into = *byte);
    into_high.iter_mut().zip(high).for_each(|(into, byte)| *into = *byte);
    cell
}

/// The halves of the last cell together again.
fn join_last(symbol: &mut [Cell], cut: &Cut) {
    let half = usize::from(cut.size) % 64 / 2;
    if let (Some(last), 1..) = (symbol.last_mut(), half) {
        last.copy_within(32..32_usize.saturating_add(half), half);
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoder, NEAR, Repairs, Turn, Way};
    use crate::block::{Outgoing, Title, Workshop};
    use crate::cut::Cut;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
    }

    /// What the library's own encoder makes of a block.
    fn expected(cut: &Cut, block: u16, bytes: &[u8]) -> Vec<Vec<u8>> {
        let span = cut.block(block).unwrap();
        let sources = (0..span.count).map(|index| {
            let mut last = Vec::new();
            cut.source(span, index, bytes, &mut last).unwrap().to_vec()
        });
        reed_solomon_simd::encode(span.count.into(), cut.repairs.into(), sources).unwrap()
    }

    fn found(cut: &Cut, bytes: &[u8], encoder: &mut Encoder) -> Vec<Vec<Vec<u8>>> {
        let (mut repairs, lanes) = (Repairs::default(), cut.blocks);
        for index in 0..cut.block(0).unwrap().count {
            for lane in 0..lanes {
                let span = cut.block(lane).unwrap();
                if index < span.count {
                    repairs.go_on((cut, bytes), Turn { span, lane, lanes }, index, encoder).unwrap();
                }
            }
        }
        let of = |lane| (0..cut.repairs).map(|at| repairs.symbol(cut, lane, at).unwrap().to_vec()).collect();
        (0..lanes).map(of).collect()
    }

    /// By wide vectors where this machine has them, and without.
    fn assert_expected(cut: &Cut, bytes: &[u8], encoder: &mut Encoder) {
        let expected: Vec<_> = (0..cut.blocks).map(|block| expected(cut, block, bytes)).collect();
        assert!(found(cut, bytes, encoder) == expected, "{cut:?}");
        let run = usize::from(cut.repairs.next_power_of_two());
        let mut plain = Encoder { runs: alloc::vec![(run, None)], ..Encoder::default() };
        assert!(found(cut, bytes, &mut plain) == expected, "{cut:?} without wide vectors");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn repairs_are_those_of_the_library_when_the_last_source_leaves(
            symbols in 1_u32..2_300, half in 1_u16..80, percent in prop_oneof![1_u8..=5, 1_u8..=130], short in 0_u32..160,
        ) {
            let size = half * 2;
            let length = (symbols * u32::from(size)).saturating_sub(short % u32::from(size)).max(1);
            let widest = symbols.div_ceil(symbols.div_ceil(1_024));
            let repairs = (widest * u32::from(percent)).div_ceil(100).min(1_024) as u16;
            let cut = Cut::new(length, size, repairs).unwrap();
            let (object, mut encoder) = (bytes(length as usize), Encoder::default());
            assert_expected(&cut, &object, &mut encoder);
            // Buffers of one shape do for another.
            assert_expected(&Cut::new(length, size, repairs / 2 + 1).unwrap(), &object, &mut encoder);
        }
    }

    #[test]
    fn repairs_are_those_of_the_library_for_every_length_of_a_run() {
        let mut encoder = Encoder::default();
        for repairs in 1..=40 {
            for (symbols, size) in [(40, 2), (64, 64), (97, 128), (65, 130), (1, 66), (33, 1_384)] {
                for short in [0, 1, 65] {
                    let length = (symbols * u32::from(size)).saturating_sub(short).max(1);
                    let cut = Cut::new(length, size, repairs).unwrap();
                    assert_expected(&cut, &bytes(length as usize), &mut encoder);
                }
            }
        }
    }

    /// Two groups, the second with fewer blocks, and turns that are not near: many blocks side by side.
    #[test]
    fn repairs_of_every_group_leave_as_the_library_has_them() {
        for (blocks, size, repairs) in [(66, 2, 20), (66, 130, 20), (5, 1_384, 500)] {
            let length = 1_024 * (blocks - 1) * u32::from(size) + 7;
            let cut = Cut::new(length, size, repairs).unwrap();
            assert_eq!(u32::from(cut.blocks), blocks);
            let object = bytes(length as usize);
            let title = Title { number: 0, hash: [0; 32], order: 0, sent: 0 };
            let mut out = Outgoing::new(title, cut, object.clone());
            let mut workshop = Workshop::default();
            let (mut of, mut left) = (alloc::collections::BTreeMap::new(), 0);
            while let Some(symbol) = out.next(&mut workshop) {
                let span = cut.block(symbol.block).unwrap();
                if let Some(repair) = symbol.index.checked_sub(span.count) {
                    let expected =
                        of.entry(symbol.block).or_insert_with(|| expected(&cut, symbol.block, &object));
                    assert!(
                        symbol.symbol == expected[usize::from(repair)],
                        "{repair} of {} of {cut:?}",
                        symbol.block
                    );
                    left += 1;
                }
            }
            assert_eq!(left, blocks * u32::from(repairs));
        }
    }

    /// Where more than a few MiB would be, there is one piece of one block; all of a block are done before its last source leaves.
    #[test]
    fn what_is_computed_in_a_row_is_bounded() {
        for (length, size, percent) in [
            (32 << 20, 1_384, 2),
            (32 << 20, 8_884, 2),
            (64 << 20, 1_298, 25),
            (64 << 20, 8_884, 25),
            (64 << 20, 1_298, 100),
            (500 << 20, 8_884, 100),
            (40_000, 1_384, 25),
        ] {
            let cut = Cut::fitting(length, size, percent).unwrap();
            let lanes = cut.blocks.min(crate::cut::SIDE_BY_SIDE);
            let mut rows = alloc::collections::BTreeMap::<u16, usize>::new();
            let mut most = 0;
            for lane in 0..lanes {
                let span = cut.block(lane).unwrap();
                let way = Way::new(&cut, span).unwrap();
                let turn = Turn { span, lane, lanes };
                let turns: Vec<u16> = (0..way.pieces()).map(|piece| way.due(turn, piece).unwrap()).collect();
                assert!(turns.is_sorted_by(|one, next| one < next), "each in a turn of its own");
                assert!(turns.iter().all(|at| *at < span.count));
                turns.iter().for_each(|at| *rows.entry(*at).or_default() += way.bytes);
                most = most.max(way.bytes);
            }
            let longest = rows.into_values().max().unwrap();
            assert!(longest <= NEAR.max(most), "{longest} in a row of {cut:?}");
        }
    }
}
