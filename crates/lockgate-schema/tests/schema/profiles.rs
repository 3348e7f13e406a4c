//! Presence bits whose meaning a value behind them chooses: any bits are read alike, and each record has one encoding.

use crate::asterix::{agreed, pair};
use crate::make::Random;
use lockgate_bytes::{Span, Untrusted};
use lockgate_core::Inspector;
use lockgate_record::{Block, Value};

fn described(parts: &str) -> crate::asterix::Pair {
    let text = format!(
        "type \"x\" version=\"1\" tier=3 {{\n title \"x\"\n source \"test\"\n encoding binary\n limits size=\"1KiB\"\n \
         identify prefix=0x00\n record x {{\n{parts}\n }}\n}}\n"
    );
    pair("x", text.as_bytes())
}

const REPORT: &str = "mask fx {\n section source {\n field sac uint bits=8\n }\n extended head optional=#false {\n \
    field kind uint bits=1 selects=#true\n field range uint bits=6\n fx\n field more uint bits=7\n fx\n }\n \
    choice by=\"head.kind\" mask=inside {\n case 0 {\n field power uint bits=8\n spare bits=2\n section code {\n field high uint bits=4\n \
    field low uint bits=4\n }\n }\n case 1 {\n field number uint bits=8\n field speed uint bits=8\n }\n }\n \
    field last uint bits=8\n spare bits=6\n field end uint bits=8\n }";

/// Every field specification of two octets, with both values that choose.
#[test]
fn any_field_specification_is_read_alike() {
    let report = described(REPORT);
    let mut whole = [0_usize; 2];
    for specification in 0..=u16::MAX {
        for kind in [0_u8, 0x80] {
            let [first, second] = specification.to_be_bytes();
            let mut bytes = vec![first];
            if first & 1 == 1 {
                bytes.push(second);
            }
            if first & 0x80 != 0 {
                bytes.push(9);
            }
            let before = bytes.len();
            bytes.push(kind | 0x14);
            for count in 0..5 {
                let (reasons, read) = agreed(&report, &bytes);
                if reasons.is_empty() {
                    assert!(read.canonical && bytes.len() == before + 1 + count);
                    whole[usize::from(kind >> 7)] += 1;
                }
                bytes.push(3);
            }
            if first & 1 == 0 && second != 0 {
                break;
            }
        }
    }
    assert!(whole[0] >= 32 && whole[1] >= 32, "{whole:?}");
}

#[test]
fn changed_bits_are_read_alike() {
    let report = described(REPORT);
    let (mut random, mut accepted) = (Random(11), 0);
    for object in [&b"\x60\x14\x07"[..], b"\x50\x94\x04", b"\xE0\x05\x14\x01"] {
        for _ in 0..2_000 {
            let mut changed = object.to_vec();
            for _ in 0..=random.below(2) {
                let at = random.below(changed.len());
                changed[at] ^= 1 << random.below(8);
            }
            accepted += usize::from(agreed(&report, &changed).0.is_empty());
        }
    }
    assert!(accepted > 100, "{accepted}");
}

/// Parts of two cases at once, or of one that is not chosen, are no object.
#[test]
fn what_is_not_chosen_is_not_written() {
    let report = described(REPORT);
    let object = b"\x60\x14\x07";
    let (reasons, mut read) = agreed(&report, object);
    assert_eq!(reasons, Vec::<String>::new());
    let shape = report.of.shape();
    let slot = shape.node(shape.find("x.speed").unwrap()).unwrap().slot;
    read.record.set(Block::ROOT, slot, Value::Integer(4), Span::default());
    let mut out = Vec::new();
    assert!(!report.compiled.emit(&read.record, Untrusted::new(object), &[], &mut out));
    let power = shape.node(shape.find("x.power").unwrap()).unwrap().slot;
    read.record.set(Block::ROOT, power, Value::Absent, Span::default());
    assert!(!report.compiled.emit(&read.record, Untrusted::new(object), &[], &mut out));
    let kind = shape.node(shape.find("x.head.kind").unwrap()).unwrap().slot;
    read.record.set(Block::ROOT, kind, Value::Integer(1), Span::default());
    assert!(report.compiled.emit(&read.record, Untrusted::new(object), &[], &mut out));
    assert_eq!(out, b"\x50\x94\x04");
}

/// Spare bits among those of rows belong to them: what comes behind has its own.
#[test]
fn spare_bits_inside_of_rows_count() {
    let rows = described(
        "field n uint bits=8 counts=row\n mask bits=8 {\n repeat row max=3 mask=inside {\n field a uint bits=8\n spare bits=1\n \
         field b uint bits=8\n spare bits=1\n }\n field last uint bits=8\n spare bits=3\n }",
    );
    for (object, whole) in [
        (&[1, 0xA8, 1, 2, 9][..], true),
        (&[1, 0x08, 9], false),
        (&[0, 0x08, 9], true),
        (&[1, 0xC0, 1, 2], false),
        (&[1, 0x90, 1, 2], false),
    ] {
        let (reasons, read) = agreed(&rows, object);
        assert_eq!(reasons.is_empty() && read.canonical, whole, "{object:02x?} {reasons:?}");
    }
}
