//! Universal labels as tags: both readers agree about any bytes, and each set has one encoding.

use crate::asterix::{agreed, pair};
use crate::make::Random;

const TYPE: &str = "type \"packs\" version=\"1\" tier=3 {\n title \"x\"\n source \"test\"\n encoding binary\n limits size=\"1KiB\"\n \
    identify prefix=0x06\n record packs {\n tags label-ber {\n tag \"060e2b34020b01010e01030101000000\" optional=#false {\n \
    section uas {\n tags oid-ber {\n tag 2 place=first optional=#false {\n field sent time bits=64 epoch=us\n }\n \
    tag 65 {\n field version uint bits=8\n }\n }\n }\n }\n tag \"060e2b34010101010102010100000000\" {\n \
    field note text length=rest max=200\n }\n tag \"060e2b34010101010102010100000001\" {\n repeat mark until=tags max=3 {\n \
    field at uint bits=16\n }\n }\n }\n }\n}\n";

fn object(note: usize, marks: usize) -> Vec<u8> {
    let label = |text: &str| -> Vec<u8> { u128::from_str_radix(text, 16).unwrap().to_be_bytes().to_vec() };
    let mut object = label("060e2b34020b01010e01030101000000");
    object.extend([13, 2, 8, 0, 6, 0x4B, 0xF5, 0x55, 0x12, 0x34, 0x56, 65, 1, 8]);
    object.extend(label("060e2b34010101010102010100000000"));
    let length = if note < 128 { vec![note as u8] } else { vec![0x81, note as u8] };
    object.extend(length.into_iter().chain(std::iter::repeat_n(b'N', note)));
    for mark in 0..marks {
        object.extend(label("060e2b34010101010102010100000001"));
        object.extend([2, 1, mark as u8]);
    }
    object
}

#[test]
fn packs_are_read_and_written_back() {
    let packs = pair("packs", TYPE.as_bytes());
    for (note, marks) in [(1, 0), (127, 1), (128, 3), (200, 2)] {
        let (reasons, read) = agreed(&packs, &object(note, marks));
        assert_eq!((reasons, read.canonical), (Vec::new(), true), "{note} {marks}");
    }
    assert!(agreed(&packs, &object(1, 4)).0[0].starts_with("LG-S007 "));
    assert!(agreed(&packs, &object(201, 0)).0[0].starts_with("LG-S011 "));
}

#[test]
fn changed_packs_are_read_alike() {
    let packs = pair("packs", TYPE.as_bytes());
    let whole = object(5, 2);
    for cut in 0..whole.len() {
        agreed(&packs, &whole[..cut]);
    }
    let (mut random, mut accepted) = (Random(5), 0);
    for _ in 0..4_000 {
        let mut changed = whole.clone();
        let at = random.below(changed.len());
        match random.below(3) {
            0 => changed[at] ^= 1 << random.below(8),
            1 => drop(changed.remove(at)),
            _ => changed.swap(at, random.below(whole.len())),
        }
        accepted += usize::from(agreed(&packs, &changed).0.is_empty());
    }
    assert!(accepted > 200, "{accepted}");
}
