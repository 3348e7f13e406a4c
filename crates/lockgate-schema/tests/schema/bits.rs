//! Binary types with every feature: the two readers agree on anything, and the encoding keeps its laws.

use crate::asterix::{Pair, TYPES, agreed, pair};
use crate::fill::{self, Fill};
use crate::make::Random;
use lockgate_bytes::{Decimal, Ratio, Span, Time, Untrusted};
use lockgate_core::Inspector;
use lockgate_record::{Block, Form, Kind, Node, NodeId, Record, Shape, Value};
use proptest::prelude::*;
use std::sync::LazyLock;

static BITS: LazyLock<Pair> = LazyLock::new(|| pair("bits.kdl", include_bytes!("bits.kdl")));
static LOW: LazyLock<Pair> = LazyLock::new(|| pair("low.kdl", include_bytes!("low.kdl")));

static PRIMITIVES: LazyLock<Pair> =
    LazyLock::new(|| pair("primitives.kdl", include_bytes!("primitives.kdl")));

/// The type with every feature.
pub(crate) fn features() -> &'static Pair {
    &BITS
}

struct Maker {
    random: Random,
    /// The presence bits of the rows at hand: rows of a masked list have the same fields.
    masked: [bool; 8],
}

impl Fill for Maker {
    fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    fn leaves_out(&mut self, parts: &[&Node], at: usize) -> bool {
        parts[at].options.optional && self.random.below(2) == 0
    }

    fn row(&mut self, (shape, list): (&Shape, NodeId), row: Block, number: usize, record: &mut Record) {
        let node = shape.node(list).unwrap();
        if number == 0 {
            self.masked = std::array::from_fn(|_| self.random.below(2) == 0);
        }
        if node.name != "point" {
            return fill::section(self, (shape, list), row, record);
        }
        for (child, masked) in node.children.iter().zip(self.masked) {
            let found = shape.node(*child).unwrap();
            if let (true, Form::Value(kind)) = (masked, &found.form) {
                let value = self.value(kind, &found.name, record);
                record.set(row, found.slot, value, Span::default());
            }
        }
    }

    fn value(&mut self, kind: &Kind, name: &str, record: &mut Record) -> Value {
        match (kind, name) {
            (Kind::Text { .. }, "codes") => {
                let text =
                    ["", "NOFORN", "NOFORN,EFTO", "REL NATO", "NOFORN,REL NATO,EFTO"][self.random.below(5)];
                Value::Text(record.keep(text.as_bytes()))
            }
            (Kind::Text { .. }, "call") if self.random.below(3) == 0 => Value::Unknown(Decimal::ZERO),
            (Kind::Text { min, max, .. }, _) => {
                let letters: &[u8] = match name {
                    "squawk" => b"01234567",
                    "key" => b"0123456789abcdef",
                    _ => b"ABC XYZ019",
                };
                let length = *min as usize + self.random.below((*max - *min) as usize + 1);
                let text: Vec<u8> = (0..length).map(|_| letters[self.random.below(letters.len())]).collect();
                Value::Text(record.keep(&text))
            }
            (Kind::Enum(names), _) => Value::Enum(self.random.below(names.len()) as u16),
            (Kind::Flag, _) => Value::Flag(self.random.below(2) == 0),
            (Kind::Integer { min, max }, _) => {
                let range = (*max as i128 - *min as i128 + 1).min(1 << 20);
                Value::Integer(*min + self.random.below(range as usize) as i64)
            }
            (Kind::Time, _) => Value::Time(Time::from_unix_nanos(self.random.below(1 << 40) as i64 * 1_000)),
            (Kind::Decimal { .. }, "y" | "real") => {
                Value::Decimal(Decimal::new(self.random.below(900_000) as i64 - 450_000, 3).unwrap())
            }
            (Kind::Decimal { .. }, "at") => {
                Value::Ratio(Ratio::new(self.random.below(86_399 * 128) as i64, 128).unwrap())
            }
            (Kind::Decimal { .. }, "lat") => Value::Ratio(
                Ratio::new((self.random.below(2_000_000) as i64 - 1_000_000) * 45, 1 << 29).unwrap(),
            ),
            (Kind::Decimal { .. }, "bearing") => {
                Value::Ratio(Ratio::new(self.random.below(65_536) as i64 * 45, 1 << 13).unwrap())
            }
            (Kind::Decimal { .. }, "height") => match self.random.below(3) {
                0 => Value::Unknown(Decimal::from_int(65_535).unwrap()),
                _ => Value::Ratio(
                    Ratio::new(self.random.below(65_535) as i64 * 3980 - 900 * 13107, 13107).unwrap(),
                ),
            },
            (Kind::Decimal { .. }, _) => {
                Value::Decimal(Decimal::from_int(self.random.below(16) as i64).unwrap())
            }
            _ => Value::Absent,
        }
    }
}

/// An object of the type, as its emitter writes it; `None` where the random record is none of the type.
pub(crate) fn made(pair: &Pair, seed: u64) -> Option<Vec<u8>> {
    fill::written(pair, &mut Maker { random: Random(seed), masked: [false; 8] })
}

#[test]
fn what_is_made_is_read_back_as_it_was_written() {
    for pair in [&*BITS, &*LOW, &*PRIMITIVES] {
        let (mut whole, mut refused, mut why) = (0, 0, std::collections::BTreeMap::<String, usize>::new());
        for seed in 0..600 {
            let Some(bytes) = made(pair, seed) else { continue };
            let (reasons, inspection) = agreed(pair, &bytes);
            if reasons.is_empty() {
                whole += 1;
                assert!(inspection.canonical, "{bytes:02x?}");
                assert!(pair.compiled.recognises(Untrusted::new(&bytes)));
            } else {
                refused += 1;
                reasons.iter().for_each(|reason| *why.entry(reason.clone()).or_default() += 1);
                assert!(reasons.iter().all(|reason| reason.starts_with("LG-S")), "{reasons:?}");
            }
        }
        println!("{whole} {refused} {why:?}");
        assert!(whole > 100 && refused * 4 < whole, "{whole} whole, {refused} refused");
    }
}

#[test]
fn flipped_bits_and_cuts_are_read_alike() {
    for pair in [&*BITS, &*LOW, &*PRIMITIVES] {
        let mut tried = 0;
        for seed in 0..40 {
            let Some(bytes) = made(pair, seed) else { continue };
            let mut random = Random(seed);
            for _ in 0..200 {
                let mut changed = bytes.clone();
                let at = random.below(changed.len() * 8);
                changed[at / 8] ^= 1 << (at % 8);
                if random.below(8) == 0 {
                    changed.truncate(random.below(changed.len()) + 1);
                }
                agreed(pair, &changed);
                tried += 1;
            }
        }
        assert!(tried > 2_000);
    }
}

/// A small type with these parts.
fn small(parts: &str) -> Pair {
    let text = format!(
        "type \"x\" version=\"1\" tier=3 {{\n title \"x\"\n source \"tests\"\n encoding binary\n limits size=\"1KiB\"\n identify prefix=0x00\n record x {{\n field z uint bits=8\n{parts}\n }}\n}}\n"
    );
    pair("x.kdl", text.as_bytes())
}

/// A presence bit, an extension or a tag before something that leaves nothing in the record: the same record as without
/// it, and written so.
const HOLLOW: [(&str, &[u8], &[u8]); 9] = [
    (
        "field n uint bits=8 counts=row\n mask bits=8 {\n repeat row max=4 mask=inside {\n field a uint bits=8\n field b uint bits=8\n }\n spare bits=6\n }",
        &[0, 0xC0],
        &[0, 0],
    ),
    (
        "mask bits=8 {\n mask bits=8 {\n field a uint bits=8\n spare bits=7\n }\n field b uint bits=8\n spare bits=6\n }",
        &[0xC0, 0, 7],
        &[0x40, 7],
    ),
    (
        "field kind uint bits=8 selects=#true\n mask bits=8 {\n choice by=kind {\n case 1 {\n field a uint bits=8\n }\n case 2 {\n spare bits=8\n }\n }\n spare bits=7\n }",
        &[2, 0x80, 0],
        &[2, 0],
    ),
    ("mask bits=8 {\n pad to=32\n spare bits=7\n }\n field a uint bits=8", &[0x80, 0, 0, 5], &[0, 5]),
    ("field a uint bits=7\n fx\n spare bits=7\n fx", &[0x0B, 0], &[0x0A]),
    (
        "field a uint bits=7\n fx\n mask bits=7 {\n field b uint bits=8\n spare bits=6\n }\n fx",
        &[0x0B, 0],
        &[0x0A],
    ),
    (
        "tags byte-byte {\n tag 1 {\n tags byte-byte {\n tag 2 {\n field a uint bits=8\n }\n }\n }\n tag 3 {\n field b uint bits=8\n }\n }",
        &[1, 0, 3, 1, 9],
        &[3, 1, 9],
    ),
    (
        "tags byte-byte {\n tag 1 {\n mask bits=8 {\n field a uint bits=8\n spare bits=7\n }\n }\n tag 3 {\n field b uint bits=8\n }\n }",
        &[1, 1, 0, 3, 1, 9],
        &[3, 1, 9],
    ),
    // What has to be there is written, whatever it is.
    (
        "tags byte-byte {\n tag 1 optional=#false {\n mask bits=8 {\n field a uint bits=8\n spare bits=7\n }\n }\n tag 2 optional=#false {\n field magic uint bits=8 is=7\n }\n }",
        &[1, 1, 0, 2, 1, 7],
        &[1, 1, 0, 2, 1, 7],
    ),
];

#[test]
fn bits_that_speak_of_nothing_are_not_written() {
    for (parts, bytes, wanted) in HOLLOW {
        let (pair, bytes, wanted) = (small(parts), [&[0], bytes].concat(), [&[0], wanted].concat());
        let (reasons, read) = agreed(&pair, &bytes);
        assert_eq!((reasons, read.canonical), (Vec::new(), bytes == wanted), "{bytes:02x?} of {parts}");
        let mut out = Vec::new();
        assert!(pair.compiled.emit(&read.record, Untrusted::new(&bytes), &[], &mut out), "{parts}");
        assert_eq!(out, wanted, "{parts}");
        let mut random = Random(u64::from(bytes[1]) + 1);
        for _ in 0..300 {
            let tail: Vec<u8> = (0..random.below(8)).map(|_| random.below(12) as u8).collect();
            agreed(&pair, &[&bytes[..1 + random.below(bytes.len())], &tail].concat());
        }
    }
}

/// Masks with slots that stand for nothing, a mask inside a part of another, and rows that share one with what is around
/// them: whatever bits are set, both readers read the same.
#[test]
fn any_mask_is_read_alike() {
    let pair = small(
        "field n uint bits=8 counts=row\n mask bits=16 {\n field a uint bits=8\n spare bits=2\n field b int bits=8\n section s {\n mask fx {\n field d uint bits=8\n field e uint bits=16\n spare bits=1\n field f uint bits=8\n spare bits=3\n }\n }\n field g uint bits=8\n spare bits=1\n repeat row max=3 mask=inside {\n field h uint bits=8\n field i int bits=8\n }\n field k uint bits=8\n spare bits=6\n }\n field last uint bits=8",
    );
    let mut whole = 0;
    for mask in 0..=u16::MAX {
        if mask.count_ones() > 4 {
            continue;
        }
        let mut random = Random(u64::from(mask) + 1);
        let rows = u8::try_from(mask % 3).unwrap();
        // One of these lengths is that of the parts which the mask speaks of.
        for length in 1..9 {
            let tail = (0..length).map(|_| (random.below(64) << 2) as u8);
            let bytes: Vec<u8> = [0, rows].into_iter().chain(mask.to_be_bytes()).chain(tail).collect();
            whole += usize::from(agreed(&pair, &bytes).0.is_empty());
        }
    }
    assert!(whole > 20, "{whole}");
}

/// Numbers at their bounds, beside the number that says "unknown", with a worth beyond what can be held, at any bit of a
/// byte and up to the last bit of the object.
#[test]
fn numbers_are_read_alike_at_every_bound() {
    for (bits, settings) in [
        (7, "min=3 max=120"),
        (7, "unknown=127 max=120"),
        (7, "unknown=60 max=120"),
        (57, ""),
        (58, ""),
        (63, ""),
        (32, "lsb=\"180/2^32\" unit=deg"),
    ] {
        for (sign, skip) in [("uint", 1), ("int", 1), ("uint", 7), ("int", 8)] {
            let rest = (16 - (bits + skip) % 8) % 8;
            let spare = |count: i32| if count > 0 { format!("spare bits={count}\n") } else { String::new() };
            let field = format!("{}field n {sign} bits={bits} {settings}\n{}", spare(skip), spare(rest));
            let pair = small(&field);
            let top = 1_u64 << (bits - 1);
            for value in
                [0, 1, 2, 3, 4, 59, 60, 61, 119, 120, 121, 126, 127, top - 1, top, top + 1, 2 * top - 1]
            {
                let word = u128::from(value & (2 * top - 1)) << rest;
                let length = usize::try_from(skip + bits + rest).unwrap() / 8;
                let bytes = [&[0], &word.to_be_bytes()[16 - length..]].concat();
                agreed(&pair, &bytes);
                agreed(&pair, &bytes[..bytes.len() - 1]);
                agreed(&pair, &[&bytes[..], &[0]].concat());
            }
        }
    }
}

/// Each framing cuts a stream where its first object ends, and nothing from what is not there whole.
#[test]
fn frames_end_where_their_framing_says() {
    for (framing, stream, end) in [
        ("fixed \"4B\"", &[0, 1, 2, 3, 4][..], 4),
        ("length at=1 bits=8 includes=header", &[0, 3, 9, 9], 3),
        ("length at=1 bits=8 includes=body", &[0, 2, 9, 9, 9], 4),
        ("length at=1 bits=16 includes=header", &[0, 0, 4, 9, 9], 4),
        ("length at=1 bits=16 includes=body order=little", &[0, 1, 0, 9, 9], 4),
        ("length at=1 bits=24 includes=body", &[0, 0, 0, 1, 9, 9], 5),
        ("length at=1 bits=24 includes=header order=little", &[0, 5, 0, 0, 9, 9], 5),
        ("length at=1 bits=32 includes=header order=little", &[0, 6, 0, 0, 0, 9, 9], 6),
        ("length at=1 bits=32 includes=body", &[0, 0, 0, 0, 2, 9, 9, 9], 7),
        ("ber at=1", &[0, 2, 9, 9, 9], 4),
        ("ber at=1", &[0, 0x82, 0, 1, 9, 9], 5),
        ("varint at=1 min=1", &[0, 2, 9, 9, 9], 4),
    ] {
        let text = format!(
            "type \"x\" version=\"1\" tier=3 {{\n title \"x\"\n source \"tests\"\n encoding binary\n framing {framing}\n limits size=\"1KiB\"\n identify prefix=0x00\n record x {{\n field z uint bits=8\n }}\n}}\n"
        );
        let pair = pair("x.kdl", text.as_bytes());
        assert_eq!(pair.compiled.first_frame(Untrusted::new(stream)), Some(end), "{framing} of {stream:?}");
        assert_eq!(
            pair.compiled.first_frame(Untrusted::new(&stream[..end - 1])),
            None,
            "{framing} of {stream:?}"
        );
    }
}

/// The notation's own example of a binary type, word for word.
#[test]
fn the_example_of_the_notation_is_read_and_written_back() {
    let pair = pair("buoy.kdl", include_bytes!("buoy.kdl"));
    let head =
        [0xB0, 0xA1, 0, 26, 0, 7, 0, 0, 0x80, 0x20, 0, 0, 0, 0xE0, 0, 0, 0, 0x20, 0x80, 0, 10, 1, 0x40, 0];
    let sum =
        head.chunks(2).fold(0_u16, |sum, pair| sum.wrapping_add(u16::from_be_bytes([pair[0], pair[1]])));
    let bytes = [&head[..], &sum.to_be_bytes()].concat();
    let (reasons, read) = agreed(&pair, &bytes);
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    for (path, value) in [
        ("track", "7"),
        ("at", "1"),
        ("lat", "45"),
        ("lon", "-45"),
        ("quality", "good"),
        ("speed", "2.5"),
        ("contacts[0].bearing", "90"),
    ] {
        assert_eq!(crate::guide::shown(&pair, &read, &bytes, path), value, "{path}");
    }
    for at in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[at / 8] ^= 1 << (at % 8);
        let (reasons, _) = agreed(&pair, &changed);
        assert!(!reasons.is_empty(), "the sum is over all of it: bit {at}");
    }
}

/// A part that may be left out is left out whole: the object is valid, says the same but for it, and has no bit of it.
#[test]
fn what_is_left_out_leaves_a_valid_object() {
    let pair = &*BITS;
    let shape = pair.of.shape();
    for path in ["bits.note", "bits.leg", "bits.inner", "bits.key"] {
        let node = shape.find(path).unwrap();
        let mut tried = 0;
        for seed in 0..300 {
            let Some(bytes) = made(pair, seed) else { continue };
            let (reasons, before) = agreed(pair, &bytes);
            if !reasons.is_empty() {
                continue;
            }
            let mut out = Vec::new();
            // With nothing else in the mask an object would have an empty one: then it is refused whole.
            if !pair.compiled.emit(&before.record, Untrusted::new(&bytes), &[node], &mut out) {
                continue;
            }
            let (reasons, after) = agreed(pair, &out);
            assert_eq!(reasons, Vec::<String>::new(), "{path} of {bytes:02x?}");
            assert!(before.record.says_the_same_but(&bytes, &after.record, &out, shape, &[node]));
            assert!(after.record.is_absent(Block::ROOT, shape.node(node).unwrap().slot));
            tried += 1;
            if tried == 60 {
                break;
            }
        }
        assert_eq!(tried, 60, "{path}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_alike(which in 0_usize..7, tail in proptest::collection::vec(any::<u8>(), 0..120)) {
        let types = [&*BITS, &*LOW, &TYPES[&21], &TYPES[&34], &TYPES[&48], &TYPES[&62], &*PRIMITIVES];
        let head: &[&[u8]] = &[&[0xB0, 0xA1], &[0x03], &[21], &[34], &[48], &[62], &[0xC7]];
        let mut bytes = [head[which], &tail[..]].concat();
        agreed(types[which], &bytes);
        // With a right length it gets further.
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        let at = if which == 0 { 2 } else { 1 };
        if bytes.len() > at + 2 && which != 1 {
            bytes[at..at + 2].copy_from_slice(&length);
            agreed(types[which], &bytes);
        }
    }
}
