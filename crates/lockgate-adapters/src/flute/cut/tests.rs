use super::{Leaving, Plans, together};
use crate::Objects;
use crate::flute::lct::Header;
use crate::flute::oti::{Code, Cut, Oti};
use crate::flute::terms::Terms;
use alloc::vec;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::Object;

fn terms(repair: u32) -> Terms {
    Terms {
        session: 1,
        symbol: 64,
        block: 4,
        repair,
        objects: Objects::Bare,
        rate: None,
        headers: 28,
        heartbeat: None,
        expires: Duration::from_secs(60),
        repeat: 0,
        after: Duration::from_secs(1),
        repeat_bytes: 0,
    }
}

/// Block and symbol of each datagram, in order, with whether it says that nothing follows; and what has to have left.
fn order(bytes: usize, terms: &Terms, cut: Cut) -> (Vec<(u8, u8, bool)>, Option<u64>) {
    let object = Object::new(vec![7; bytes], Time::MAX, 0);
    let mut leaving = Leaving::new(object, Vec::new(), (Precedence::Routine, 1), cut, terms);
    let (mut plans, mut all, mut out) = (Plans::default(), Vec::new(), Vec::new());
    while leaving.write(terms, &mut plans, all.len() as u64, &mut out) {
        let header = Header::read(&out).unwrap();
        let [block, .., symbol] = header.payload.first_chunk::<4>().copied().unwrap();
        all.push((block, symbol, header.ends_object));
        out.clear();
    }
    (all, leaving.enough)
}

#[test]
fn blocks_leave_side_by_side_and_their_repairs_behind_them() {
    let terms = terms(50);
    // Nine symbols: a block of five is too long, so three blocks of three.
    let cut = terms.oti(9 * 64).unwrap().cut().unwrap();
    let (all, enough) = order(9 * 64, &terms, cut);
    let places: Vec<_> = all.iter().map(|(block, symbol, _)| (*block, *symbol)).collect();
    let expected: Vec<_> = (0..5).flat_map(|symbol| (0..3).map(move |block| (block, symbol))).collect();
    assert_eq!((places, enough), (expected, Some(9)));
    assert!(all.iter().rev().skip(1).all(|it| !it.2) && all.last().unwrap().2);
    // Of ten symbols two blocks have one more than the third: with the last of theirs it may be whole.
    let cut = Oti { code: Code::RaptorQ { blocks: 3, parts: 1, align: 4 }, symbol: 64, transfer: 640 }.cut();
    let (all, enough) = order(640, &terms, cut.unwrap());
    let places: Vec<_> = all.iter().map(|(block, symbol, _)| (*block, *symbol)).collect();
    assert_eq!(&places[9..12], [(0, 3), (1, 3), (2, 3)]);
    assert_eq!((places.len(), enough), (6 + 5 + 5, Some(10)));
}

#[test]
fn without_a_code_blocks_leave_one_behind_the_other() {
    let terms = terms(0);
    let cut = terms.oti(9 * 64).unwrap().cut().unwrap();
    let (all, enough) = order(9 * 64, &terms, cut);
    assert_eq!((all.len(), enough), (9, Some(9)));
    assert_eq!(together(cut, &terms), 1);
}

#[test]
fn what_is_kept_of_repairs_has_a_bound() {
    let terms = Terms { symbol: 1_400, block: 1_024, ..terms(200) };
    for blocks in [1, 2, 11, 12, 23, 255] {
        let cut = terms.oti(blocks * 1_024 * 1_400).unwrap().cut().unwrap();
        let together = together(cut, &terms) as usize;
        assert!(together * 2_048 * 1_400 <= 32 << 20 && together >= 1, "{blocks}: {together}");
        assert!(blocks.div_ceil(together) <= blocks.div_ceil(11), "{blocks}: no more parts than needed");
    }
}

/// Should there ever be no such datagram: it is not taken for the end.
#[test]
fn a_datagram_that_cannot_be_made_is_no_end() {
    let terms = Terms { block: 1, ..terms(50) };
    let plain = Oti { code: Code::None { block: 1 }, symbol: 64, transfer: 64 * 300 };
    let mut cut = plain.cut().unwrap();
    // RaptorQ has no block 256.
    cut.oti.code = Code::RaptorQ { blocks: 255, parts: 1, align: 4 };
    let object = Object::new(vec![7; 64 * 300], Time::MAX, 0);
    let mut leaving = Leaving::new(object, Vec::new(), (Precedence::Routine, 1), cut, &terms);
    let (mut plans, mut out) = (Plans::default(), Vec::new());
    let made = (0..1_000).take_while(|made| leaving.write(&terms, &mut plans, *made, &mut out)).count();
    assert!(made == 300 + 256 && !leaving.is_done(), "{made}");
}
