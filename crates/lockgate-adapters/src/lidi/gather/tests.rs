use super::{Arrival, Gather, Piece, REACH};
use crate::lidi::{Block, Kind, Shape, Symbol};
use alloc::vec;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};
use proptest::prelude::*;
use raptorq::SourceBlockEncoder;

fn ms(millis: i64) -> Time {
    Time::from_unix_nanos(millis * 1_000_000)
}

/// 10 sources of 64 bytes, 3 repairs.
fn shape() -> Shape {
    let shape = Shape::new(100, 640, 37).unwrap();
    assert_eq!((shape.sources(), shape.repairs()), (10, 3));
    shape
}

fn block(first: u8) -> Vec<u8> {
    let payload: Vec<u8> = (0..shape().room()).map(|at| first.wrapping_add((at % 239) as u8)).collect();
    Block { client: u32::from(first), kind: Kind::Data, payload: &payload }.write(shape())
}

/// All symbols of a block, with their numbers; `more` repairs.
fn symbols(bytes: &[u8], more: u32) -> Vec<(u32, Vec<u8>)> {
    let sources = bytes.chunks(shape().symbol()).map(<[u8]>::to_vec);
    let encoder = SourceBlockEncoder::with_encoding_plan(0, &shape().config(), bytes, &shape().plan());
    let repairs = encoder.repair_packets(shape().symbol() as u32, more);
    let repairs = repairs.iter().map(|it| (it.payload_id().encoding_symbol_id(), it.data().to_vec()));
    (0..).zip(sources).chain(repairs).collect()
}

struct Bench {
    gather: Gather,
    out: Vec<Piece>,
    now: Time,
}

impl Bench {
    fn new(is_strict: bool) -> Self {
        let gather = Gather::new(shape(), is_strict, Duration::from_secs(3), 1 << 20);
        Self { gather, out: Vec::new(), now: ms(0) }
    }

    fn give(&mut self, block: u8, (index, bytes): &(u32, Vec<u8>)) -> Arrival {
        self.gather.take(&Symbol { block, index: *index, bytes }, self.now, &mut self.out)
    }

    fn give_all(&mut self, block: u8, symbols: &[(u32, Vec<u8>)]) {
        for symbol in symbols {
            self.give(block, symbol);
        }
    }

    fn blocks(&self) -> Vec<&[u8]> {
        let block =
            |piece: &Piece| if let Piece::Block(bytes, _) = piece { Some(bytes.clone()) } else { None };
        assert!(self.out.iter().all(|piece| block(piece).is_none_or(|it| it.len() == shape().block())));
        self.out
            .iter()
            .filter_map(|it| if let Piece::Block(bytes, _) = it { Some(&bytes[..]) } else { None })
            .collect()
    }

    fn gaps(&self) -> u64 {
        self.out.iter().map(|it| if let Piece::Gap(count) = it { *count } else { 0 }).sum()
    }
}

#[test]
fn blocks_come_out_in_order_whatever_order_their_symbols_have() {
    let mut bench = Bench::new(false);
    let (a, b) = (block(1), block(2));
    bench.give(9, &symbols(&a, 0)[0]);
    bench.give_all(10, &symbols(&b, 0));
    assert!(bench.out.is_empty(), "the first is not whole");
    bench.give_all(9, &symbols(&a, 0)[1..]);
    assert_eq!(bench.blocks(), [&a[..], &b[..]]);
    assert_eq!((bench.gather.memory(), bench.gaps()), (0, 0));
}

#[test]
fn repairs_bring_back_what_is_missing_and_one_more_is_asked_for_where_nobody_checks() {
    let all = symbols(&block(1), 3);
    for (is_strict, enough) in [(false, 10), (true, 11)] {
        let mut bench = Bench::new(is_strict);
        // Three sources are lost; by chance one more may be needed (RaptorQ).
        for (given, symbol) in all[3..].iter().enumerate() {
            assert!(bench.out.is_empty() || given >= enough, "{given} were enough");
            bench.give(0, symbol);
        }
        let whole = bench.blocks().len();
        assert_eq!(whole, usize::from(!is_strict), "strict: {is_strict}");
    }
}

#[test]
fn symbols_that_contradict_one_another_spoil_their_block() {
    let mut bench = Bench::new(false);
    let (a, b) = (symbols(&block(1), 0), symbols(&block(200), 0));
    assert_eq!(bench.give(0, &a[3]), Arrival::New);
    assert_eq!(bench.give(0, &a[3]), Arrival::Again);
    assert_eq!(bench.give(0, &b[3]), Arrival::Contradicting);
    assert_eq!(bench.give(0, &a[4]), Arrival::Needless);
    assert_eq!(bench.gather.memory(), 0);
    bench.give_all(1, &b);
    assert_eq!((bench.gaps(), bench.blocks().len()), (1, 1));
}

/// What lidi delivers in silence: a block that waits is filled up by the one that has its number 256 blocks later.
#[test]
fn a_block_of_two_is_none_where_nobody_checks() {
    let (a, b) = (symbols(&block(1), 3), symbols(&block(77), 3));
    for from in 1..10 {
        let mut bench = Bench::new(true);
        bench.give_all(5, &a[..from]);
        bench.give_all(5, &b[from..]);
        assert!(bench.blocks().is_empty(), "{from} of one, the rest of another");
        bench.give_all(6, &a);
        assert_eq!((bench.gaps(), bench.blocks().len()), (1, 1), "{from}");
    }
}

#[test]
fn a_block_does_not_wait_for_more_than_a_few_others() {
    let mut bench = Bench::new(false);
    let all = symbols(&block(1), 0);
    bench.give_all(250, &all[..9]);
    for ahead in 1..=REACH as u8 {
        assert!(bench.out.is_empty(), "{ahead}");
        bench.give_all(250_u8.wrapping_add(ahead), &all);
    }
    assert_eq!((bench.gaps(), bench.blocks().len()), (1, REACH));
    // A leap: what is between is told.
    bench.give_all(250_u8.wrapping_add(REACH as u8 + 101), &all);
    bench.now = ms(10_000);
    let Bench { gather, out, now } = &mut bench;
    gather.tick(*now, out);
    assert_eq!((bench.gaps(), bench.blocks().len()), (101, REACH + 1));
    assert_eq!(bench.gather.memory(), 0);
}

#[test]
fn a_block_of_which_nothing_more_comes_is_given_up_and_a_sender_that_began_anew_is_heard() {
    let mut bench = Bench::new(false);
    let all = symbols(&block(1), 0);
    bench.give_all(200, &all[..5]);
    bench.now = ms(2_999);
    let Bench { gather, out, now } = &mut bench;
    gather.tick(*now, out);
    assert!(bench.out.is_empty());
    assert_eq!(bench.give(100, &all[0]), Arrival::Stale, "behind, and too soon for another start");
    bench.now = ms(3_000);
    let Bench { gather, out, now } = &mut bench;
    gather.tick(*now, out);
    assert_eq!((bench.gaps(), bench.gather.memory()), (1, 0));
    bench.give_all(100, &all);
    assert_eq!(bench.blocks().len(), 1);
}

#[test]
fn a_flood_of_repairs_of_one_block_is_bounded() {
    let mut bench = Bench::new(false);
    let nine = &symbols(&block(1), 0)[..1];
    bench.give_all(0, nine);
    let mut refused = 0;
    // The same symbol under each number: no set of them is a block.
    for index in 10..10_000_u32 {
        let taken = bench.give(0, &(index * 7 + 11, vec![index as u8; 64]));
        refused += u32::from(taken != Arrival::New);
    }
    assert!(refused > 9_000 && bench.gather.memory() <= 64 * 36, "{refused} {}", bench.gather.memory());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever comes, what is handed over or given up is counted, memory comes back, and nothing stops the program.
    #[test]
    fn any_datagrams_at_all(
        is_strict: bool,
        given in prop::collection::vec((any::<u8>(), prop_oneof![0_u32..16, 0_u32..1 << 24], any::<u8>(), 0_i64..900), 0..400),
    ) {
        let mut bench = Bench::new(is_strict);
        for (block, index, fill, wait) in given {
            bench.now = bench.now.plus(Duration::from_nanos(wait * 1_000_000));
            bench.give(block % 24, &(index, vec![fill; 64]));
            let Bench { gather, out, now } = &mut bench;
            gather.tick(*now, out);
            prop_assert!(bench.gather.slots.len() <= REACH);
            let held: usize = bench.gather.slots.iter().map(|slot| {
                slot.symbols.values().map(Vec::len).sum::<usize>() + slot.whole.as_ref().map_or(0, |it| it.0.len())
            }).sum();
            prop_assert_eq!(bench.gather.memory(), held);
        }
    }
}
