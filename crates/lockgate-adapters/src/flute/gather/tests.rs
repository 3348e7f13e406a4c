use super::{Assembly, KEEP, Put};
use crate::flute::{Code, Oti};
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;
use raptorq::{Encoder, ObjectTransmissionInformation};

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251 + 3) as u8).collect()
}

fn plain(block: u32, symbol: u16, transfer: u64) -> Assembly {
    Assembly::new(Oti { code: Code::None { block }, symbol, transfer }.cut().unwrap())
}

fn raptor(blocks: u8, parts: u16, symbol: u16, transfer: u64) -> Assembly {
    Assembly::new(Oti { code: Code::RaptorQ { blocks, parts, align: 4 }, symbol, transfer }.cut().unwrap())
}

/// Payloads without a code: the standard's cut, computed anew.
fn datagrams(object: &[u8], block: usize, symbol: usize) -> Vec<Vec<u8>> {
    let symbols = object.len().div_ceil(symbol);
    let blocks = symbols.div_ceil(block);
    let mut all = Vec::new();
    let mut pieces = object.chunks(symbol);
    for at in 0..blocks {
        let own = symbols / blocks + usize::from(at < symbols % blocks);
        for (index, piece) in pieces.by_ref().take(own).enumerate() {
            all.push([&(at as u16).to_be_bytes(), &(index as u16).to_be_bytes(), piece].concat());
        }
    }
    all
}

fn give(assembly: &mut Assembly, payload: &[u8]) -> Put {
    assembly.take(payload, 1 << 20)
}

#[test]
fn symbols_in_any_order_and_doubled_make_up_their_object() {
    let object = pattern(10_001);
    let all = datagrams(&object, 7, 100);
    assert_eq!(all.len(), 101);
    let mut assembly = plain(7, 100, 10_001);
    for (at, payload) in all.iter().enumerate().rev() {
        assert!(!assembly.is_whole());
        assert_eq!(give(&mut assembly, payload), Put::New, "{at}");
        let again = give(&mut assembly, payload);
        assert!(matches!(again, Put::Again | Put::Needless), "{again:?}");
    }
    assert!(assembly.is_whole() && !assembly.is_repaired());
    assert_eq!(assembly.memory(), 10_001);
    assert!(assembly.hand_over() == object);
}

#[test]
fn several_symbols_may_come_at_once_and_the_last_with_zeros_behind_it() {
    let object = pattern(950);
    let mut assembly = plain(20, 100, 950);
    let mut padded = object.clone();
    padded.resize(1_000, 0);
    assert_eq!(give(&mut assembly, &[&[0, 0, 0, 5], &padded[500..]].concat()), Put::New);
    assert_eq!(give(&mut assembly, &[&[0, 0, 0, 0], &object[..500]].concat()), Put::New);
    assert!(assembly.is_whole() && assembly.hand_over() == object);
}

#[test]
fn what_is_not_of_the_object_as_it_is_cut_is_malformed() {
    let mut assembly = plain(20, 100, 950);
    for (id, length) in [
        ([0, 0, 0, 0], 0),
        ([0, 0, 0, 0], 99),
        ([0, 0, 0, 9], 51),
        ([0, 0, 0, 10], 100),
        ([0, 1, 0, 0], 100),
        ([0, 0, 0, 9], 200),
    ] {
        assert_eq!(
            give(&mut assembly, &[&id[..], &vec![1; length]].concat()),
            Put::Malformed,
            "{id:?} {length}"
        );
    }
    assert_eq!(give(&mut assembly, &[0, 0, 0]), Put::Malformed);
    assert_eq!(give(&mut assembly, &[&[0, 0, 0, 9][..], &[1; 100]].concat()), Put::Malformed, "no zeros");
    assert_eq!(assembly.memory(), 0);
    let mut assembly = raptor(1, 1, 100, 950);
    assert_eq!(give(&mut assembly, &[&[1, 0, 0, 0][..], &[1; 100]].concat()), Put::Malformed);
    assert_eq!(give(&mut assembly, &[&[0, 0, 0, 20][..], &[1; 96]].concat()), Put::Malformed);
    assert_eq!(give(&mut assembly, &[&[0, 255, 255, 255][..], &[1; 200]].concat()), Put::Malformed);
}

#[test]
fn contradictions_are_told_and_room_is_kept() {
    let mut assembly = plain(20, 100, 950);
    let one = |byte: u8, at: u8| [&[0, 0, 0, at][..], &[byte; 100]].concat();
    assert_eq!(give(&mut assembly, &one(1, 0)), Put::New);
    assert_eq!(give(&mut assembly, &one(2, 0)), Put::Contradicting);
    assert_eq!(assembly.memory(), 100 + 2 * KEEP);
    assert_eq!(assembly.take(&one(1, 1), 100 + KEEP - 1), Put::NoRoom);
    assert_eq!(assembly.take(&one(1, 1), 100 + KEEP), Put::New);
    assembly.begin_anew();
    assert_eq!(assembly.memory(), 0);
}

/// The encoder is that of the crate, over whole objects: blocks and sub-blocks are its own.
#[test]
fn repairs_bring_back_what_is_missing_also_where_blocks_are_cut_small() {
    for (blocks, parts, length) in [(1, 1, 2_000), (3, 1, 9_999), (1, 5, 2_000), (3, 5, 9_999), (1, 1, 3)] {
        let object = pattern(length);
        let config = ObjectTransmissionInformation::new(length as u64, 100, blocks, parts, 4);
        let encoder = Encoder::new(&object, config);
        let packets = encoder.get_encoded_packets(12);
        for (missing, repaired) in [(99, false), (0, true), (4, true)] {
            let mut assembly = raptor(blocks, parts, 100, length as u64);
            for packet in &packets {
                let id = packet.payload_id();
                if missing != 99 && id.encoding_symbol_id() < 9 && id.encoding_symbol_id() >= missing {
                    continue;
                }
                if !assembly.is_whole() {
                    let put = give(&mut assembly, &packet.serialize());
                    assert!(
                        matches!(put, Put::New | Put::Needless),
                        "{blocks} {parts} {length} {id:?}: {put:?}"
                    );
                }
            }
            assert!(assembly.is_whole(), "{blocks} {parts} {length} {missing}");
            assert_eq!(assembly.is_repaired(), repaired && length > 3 || missing == 0, "{missing}");
            assert_eq!(assembly.memory(), length);
            assert!(assembly.hand_over() == object);
        }
    }
}

#[test]
fn a_flood_of_repairs_of_one_block_is_bounded() {
    let mut assembly = raptor(1, 1, 64, 640);
    let mut taken = 0;
    // The same symbol under each number: no set of them is a block.
    for index in 10..5_000_u32 {
        let payload = [&(index * 7 + 11).to_be_bytes()[..], &[index as u8; 64]].concat();
        taken += usize::from(give(&mut assembly, &payload) == Put::New);
    }
    assert!(taken <= 36 && assembly.memory() <= 36 * (64 + KEEP) + KEEP, "{taken} {}", assembly.memory());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever comes: nothing stops the program, and memory is what is kept.
    #[test]
    fn any_payloads_at_all(
        is_coded: bool,
        given in prop::collection::vec((0_u8..4, 0_u8..2, 0_u8..30, any::<u8>(), 0_usize..3), 0..200),
    ) {
        let mut assembly = if is_coded { raptor(3, 2, 64, 2_000) } else { plain(9, 64, 2_000) };
        for (a, b, d, fill, many) in given {
            let id = if is_coded { [a, 0, b, d] } else { [0, a, b, d] };
            let payload = [&id[..], &vec![fill; many * 64 + usize::from(fill % 5 == 0)]].concat();
            give(&mut assembly, &payload);
            let kept: usize = assembly.slots.values().map(|slot| {
                KEEP + slot.symbols.values().map(|it| it.len() + KEEP).sum::<usize>() + slot.whole.as_ref().map_or(0, Vec::len)
            }).sum();
            prop_assert_eq!(assembly.memory(), kept + assembly.object.len());
        }
    }
}
