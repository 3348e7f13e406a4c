//! One good spot report as a record, and what may be asked about it.
#![allow(dead_code, reason = "each test binary uses a part of this")]

use super::common::decimal;
use lockgate_bytes::{Budget, Span, Time};
use lockgate_eval::{Facts, FailureKind, Portions, RuleFailure, Scratch};
use lockgate_marking::{Label, PolicySet};
use lockgate_record::{Block, Form, Record, Shape, Value};
use lockgate_rules::RuleSet;

pub(crate) const NOW: &str = "2026-03-01T10:05:00Z";

pub(crate) fn at(text: &str) -> Time {
    Time::parse(text.as_bytes()).unwrap()
}

/// Sets the field at a path outside of lists.
pub(crate) fn set(record: &mut Record, shape: &Shape, path: &str, value: Value) {
    let node = shape.node(shape.find(path).unwrap()).unwrap();
    record.set(Block::ROOT, node.slot, value, Span::new(0, 1));
}

pub(crate) fn text(record: &mut Record, text: &str) -> Value {
    Value::Text(record.keep(text.as_bytes()))
}

/// A friendly sighting, seen ten seconds ago, without anything optional: one leg of 12.5 km, no reference.
pub(crate) fn good(shape: &Shape) -> Record {
    let mut record = Record::new();
    record.begin(shape);
    let id = text(&mut record, "ALPHA-1");
    set(&mut record, shape, "spot.id", id);
    let what = Value::Code(record.keep(b"a-f-G-U-C"));
    set(&mut record, shape, "spot.what", what);
    set(&mut record, shape, "spot.kind", Value::Enum(1));
    set(&mut record, shape, "spot.seen", Value::Time(at("2026-03-01T10:04:50Z")));
    set(&mut record, shape, "spot.until", Value::Time(at("2026-03-01T10:09:50Z")));
    set(&mut record, shape, "spot.sim", Value::Flag(false));
    set(&mut record, shape, "spot.test", Value::Flag(true));
    set(&mut record, shape, "spot.count", Value::Integer(7));
    set(&mut record, shape, "spot.at", Value::Present);
    set(&mut record, shape, "spot.at.lat", Value::Decimal(decimal("46.05")));
    set(&mut record, shape, "spot.at.lon", Value::Decimal(decimal("-14.5")));
    row(&mut record, shape, "spot.leg", &[("km", Value::Decimal(decimal("12.5")))]);
    record
}

/// Adds a row to a list of the record.
pub(crate) fn row(record: &mut Record, shape: &Shape, path: &str, fields: &[(&str, Value)]) -> Block {
    row_in(record, shape, Block::ROOT, path, fields)
}

/// Adds a row to a list that stands in `block`.
pub(crate) fn row_in(
    record: &mut Record,
    shape: &Shape,
    block: Block,
    path: &str,
    fields: &[(&str, Value)],
) -> Block {
    let list = shape.find(path).unwrap();
    let node = shape.node(list).unwrap();
    let Form::List { rows, .. } = node.form else { panic!("{path} is no list") };
    let width = shape.group(rows).unwrap().width;
    let row = record.push_row(block, node.slot, width, Span::new(0, 1)).unwrap();
    for (name, value) in fields {
        let field = shape.node(shape.child(list, name).unwrap()).unwrap();
        record.set(row, field.slot, *value, Span::new(0, 1));
    }
    row
}

pub(crate) fn facts<'a>(
    record: &'a Record,
    policies: &'a PolicySet,
    label: Option<&'a Label>,
    portions: Portions<'a>,
) -> Facts<'a> {
    Facts {
        record,
        object: b"",
        label,
        portions,
        source: "sensor-net",
        destination: "rsocc-net",
        agreement: Some("rsocc"),
        lane: "rsocc-down",
        now: at(NOW),
        observed: Some(at("2026-03-01T10:04:50Z")),
        policies,
        released: None,
    }
}

/// The failures of both engines, which must be the same.
pub(crate) fn failures(set: &RuleSet, facts: &Facts<'_>) -> Vec<RuleFailure> {
    let (mut compiled, mut plain) = (Vec::new(), Vec::new());
    set.program.evaluate(facts, &mut Scratch::new(), &mut Budget::new(1_000_000), &mut compiled).unwrap();
    set.reference.evaluate(facts, &mut Budget::new(1_000_000), &mut plain).unwrap();
    assert_eq!(compiled, plain, "the two engines disagree");
    compiled
}

/// What a rule that requires one condition comes to: true, false, or not to be evaluated.
pub(crate) fn verdict(set: &RuleSet, facts: &Facts<'_>) -> Option<bool> {
    match failures(set, facts).first().map(|failure| failure.kind) {
        None => Some(true),
        Some(FailureKind::NotMet) => Some(false),
        Some(FailureKind::NotEvaluated) => None,
    }
}
