//! Faults planted in what the compiled emitter writes: the interpreter catches every one of them.
//!
//! What the engine asks of a rewritten object (`decide_rewritten`) is asked here: the interpreter reads it without a
//! reason, it says what the original says, and it is its own canonical encoding. The faults are of two kinds. Those of
//! the writing change bytes of a right object, everywhere. Those of the meaning write a whole, valid, canonical object of
//! a record in which one cell is another: a wrong value, two values swapped, a part left out, a row too few.

use crate::asterix::{Pair, TYPES};
use crate::common::{self, load};
use crate::make::{self, Random};
use crate::{bits, tak};
use lockgate_bytes::{Budget, Decimal, Ratio, Span, Time, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_record::{Block, Form, NodeId, Record, Shape, Slot, Value};

/// What the engine asks of an object that was written from `before`.
fn passes(pair: &Pair, object: &[u8], before: &Inspection, written: &[u8]) -> bool {
    let mut again = Inspection::default();
    pair.reference.inspect(Untrusted::new(written), &mut again, &mut Budget::new(1_000_000));
    again.reasons.is_empty()
        && before.record.says_the_same(object, &again.record, written, pair.of.shape())
        && again.canonical
}

/// Objects that differ from a right one by a fault in the writing.
fn miswritten(right: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
    let mut wrong = Vec::new();
    let step = (right.len() / 150).max(1);
    for at in (0..right.len()).step_by(step) {
        let change = |bytes: &[u8]| [&right[..at], bytes, &right[at + 1..]].concat();
        let byte = right[at];
        wrong.push(change(&[byte ^ 1 << random.below(8)]));
        wrong.push(change(&[byte ^ 0x20]));
        wrong.push(change(&[]));
        wrong.push(change(&[byte, byte]));
        wrong.push(change(&[b' ', byte]));
        wrong.push(change(&[b'0', byte]));
        wrong.push(right[..at].to_vec());
        if at + 1 < right.len() {
            wrong.push([&right[..at], &[right[at + 1], byte], &right[at + 2..]].concat());
            let to = at + 1 + random.below((right.len() - at - 1).min(24));
            wrong.push([&right[..at], &right[to..]].concat());
            wrong.push([&right[..to], &right[at..]].concat());
        }
    }
    for more in [&b"\0"[..], b" ", b"\n", right] {
        wrong.push([right, more].concat());
        wrong.push([more, right].concat());
    }
    wrong
}

/// The cells of a record: block, slot and node of each.
fn cells(record: &Record, shape: &Shape) -> Vec<(Block, Slot, NodeId)> {
    fn below(
        node: NodeId,
        block: Block,
        record: &Record,
        shape: &Shape,
        out: &mut Vec<(Block, Slot, NodeId)>,
    ) {
        for child in &shape.node(node).unwrap().children {
            let found = shape.node(*child).unwrap();
            if record.is_absent(block, found.slot) {
                continue;
            }
            out.push((block, found.slot, *child));
            match found.form {
                Form::List { .. } => {
                    for row in record.rows(block, found.slot) {
                        below(*child, row, record, shape, out);
                    }
                }
                Form::Section | Form::Value(_) => below(*child, block, record, shape, out),
            }
        }
    }
    let mut found = Vec::new();
    below(shape.root(), Block::ROOT, record, shape, &mut found);
    found
}

/// Other values for a cell.
fn others(value: Value, record: &mut Record, object: &[u8]) -> Vec<Value> {
    match value {
        Value::Text(text) | Value::Code(text) => {
            let mut text = record.text(text, object).to_vec();
            match text.last_mut() {
                Some(last) => *last = if *last == b'A' { b'B' } else { b'A' },
                None => text.push(b'A'),
            }
            let kept = record.keep(&text);
            vec![if matches!(value, Value::Code(_)) { Value::Code(kept) } else { Value::Text(kept) }]
        }
        Value::Enum(index) => vec![Value::Enum(index ^ 1), Value::Enum(index + 1)],
        Value::Flag(flag) => vec![Value::Flag(!flag)],
        Value::Integer(number) => vec![Value::Integer(number + 1), Value::Integer(number - 1)],
        Value::Decimal(number) => [1, -1]
            .iter()
            .filter_map(|by| Decimal::new(number.mantissa() + by, number.scale()).map(Value::Decimal))
            .collect(),
        Value::Ratio(number) => [1, -1]
            .iter()
            .filter_map(|by| {
                Ratio::new(number.numerator() + by * i64::from(number.denominator()), number.denominator())
            })
            .map(Value::Ratio)
            .collect(),
        Value::Time(time) => vec![Value::Time(Time::from_unix_nanos(time.unix_nanos() + 1_000_000_000))],
        Value::Unknown(_) => vec![Value::Decimal(Decimal::ZERO), Value::Absent],
        Value::Absent | Value::Present | Value::Rows { .. } => vec![],
    }
}

/// Objects that say something else: each is what the emitter would write if one cell were another.
fn misread(pair: &Pair, object: &[u8]) -> Vec<Vec<u8>> {
    let shape = pair.of.shape();
    let read = || {
        let mut read = Inspection::default();
        pair.compiled.inspect(Untrusted::new(object), &mut read, &mut Budget::new(1_000_000));
        read.record
    };
    let mut wrong = Vec::new();
    let mut write = |record: &Record, omit: &[NodeId]| {
        let mut out = Vec::new();
        if pair.compiled.emit(record, Untrusted::new(object), omit, &mut out) {
            wrong.push(out);
        }
    };
    let mut record = read();
    let all = cells(&record, shape);
    for (block, slot, node) in &all {
        let cell = record.cell(*block, *slot);
        for other in others(cell.value, &mut record, object) {
            record.set(*block, *slot, other, Span::default());
            write(&record, &[]);
        }
        record.set(*block, *slot, Value::Absent, Span::default());
        write(&record, &[]);
        record.set(*block, *slot, cell.value, cell.span);
        // Lists lose what ties their rows together when they are set, so each gets a record of its own.
        if matches!(cell.value, Value::Rows { .. }) {
            record = read();
        }
        write(&record, &[*node]);
    }
    for (index, (block, slot, _)) in all.iter().enumerate() {
        for (other_block, other_slot, _) in all.iter().skip(index + 1).take(12) {
            let (one, other) = (record.cell(*block, *slot), record.cell(*other_block, *other_slot));
            if matches!(one.value, Value::Rows { .. }) || matches!(other.value, Value::Rows { .. }) {
                continue;
            }
            record.set(*block, *slot, other.value, other.span);
            record.set(*other_block, *other_slot, one.value, one.span);
            write(&record, &[]);
            record.set(*block, *slot, one.value, one.span);
            record.set(*other_block, *other_slot, other.value, other.span);
        }
    }
    wrong
}

/// Every fault in what is written of `object` is caught; gives how many there were.
fn all_caught(pair: &Pair, object: &[u8], random: &mut Random) -> usize {
    let mut before = Inspection::default();
    pair.compiled.inspect(Untrusted::new(object), &mut before, &mut Budget::new(1_000_000));
    assert!(before.reasons.is_empty(), "{:?}", String::from_utf8_lossy(object));
    let mut right = Vec::new();
    assert!(pair.compiled.emit(&before.record, Untrusted::new(object), &[], &mut right));
    assert!(passes(pair, object, &before, &right));
    let mut tried = 0;
    for wrong in [miswritten(&right, random), misread(pair, object)].concat() {
        if wrong != right {
            let shown = String::from_utf8_lossy(&wrong);
            assert!(
                !passes(pair, object, &before, &wrong),
                "not caught: {shown} for {:?}",
                String::from_utf8_lossy(&right)
            );
            tried += 1;
        }
    }
    tried
}

#[test]
fn faults_in_xml_are_caught() {
    let pair = Pair::new(common::cot());
    let mut tried = 0;
    for seed in 0..4_u64 {
        let text = make::object(pair.of.model(), seed, seed);
        tried += all_caught(&pair, text.as_bytes(), &mut Random(seed));
    }
    assert!(tried > 4_000, "{tried}");
}

#[test]
fn faults_in_bits_are_caught() {
    let mut tried = 0;
    let plot = [48, 0, 9, 0xC0, 25, 1, 0, 1, 2];
    tried += all_caught(&TYPES[&48], &plot, &mut Random(1));
    for seed in 0..60_u64 {
        let pair = bits::features();
        if let Some(bytes) = bits::made(pair, seed)
            && tak::reads_well(pair, &bytes)
        {
            tried += all_caught(pair, &bytes, &mut Random(seed));
        }
    }
    assert!(tried > 5_000, "{tried}");
}

#[test]
fn faults_in_protobuf_are_caught() {
    let carried = (0..60_u64).filter_map(|seed| {
        let text = make::object(common::cot().model(), seed, seed);
        Some((seed, tak::from_xml(&text, (seed % 2) as u16)?))
    });
    let tried: usize =
        carried.take(3).map(|(seed, bytes)| all_caught(&tak::TYPE, &bytes, &mut Random(seed))).sum();
    assert!(tried > 3_000, "{tried}");
}

#[test]
fn faults_in_json_are_caught() {
    let pair = Pair::new(load("tree.kdl", include_bytes!("tree.kdl")));
    let tried: usize = (0..6_u64)
        .map(|seed| all_caught(&pair, crate::json::object(seed, seed + 1).as_bytes(), &mut Random(seed)))
        .sum();
    assert!(tried > 6_000, "{tried}");
}
