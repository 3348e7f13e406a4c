//! How long 20 and 200 rules take for one object: `cargo run --release -p lockgate-rules --example rule-speed`.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement stops at the first thing that is wrong"
)]

use lockgate_bytes::{Budget, Decimal, Span, Time};
use lockgate_eval::{Facts, Portions, RuleFailure, Scratch};
use lockgate_marking::PolicySet;
use lockgate_notation::{Document, Fields};
use lockgate_record::{
    Block, Charset, CodeTree, Kind, NodeId, NodeOptions, Record, Shape, ShapeBuilder, Value,
};
use lockgate_rules::{Compiler, RuleSet, Scope, rules};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

/// Conditions of the usual kinds: each `#` is replaced by a number, so that there are as many as one likes.
const CONDITIONS: [&str; 10] = [
    "t.time# <= now + duration('#s')",
    "t.text# != 'x#'",
    "t.code#.startsWith('a-f')",
    "has(t.maybe#) && t.maybe# <= 50#",
    "t.number# >= -1#.5",
    "t.flag# == false",
    "t.name# in ['one', 'two']",
    "t.whole# < 10#",
    "!t.text#.startsWith('no#')",
    "age < duration('2#m')",
];

fn shape() -> Shape {
    let mut build = ShapeBuilder::new("t");
    for number in 0..6 {
        let mut add = |name: &str, kind, optional| {
            let options = NodeOptions { optional, ..NodeOptions::default() };
            build.value(NodeId(0), &format!("{name}{number}"), kind, options).unwrap();
        };
        let any = || Decimal::parse(b"1000").unwrap();
        let least = Decimal::parse(b"-1000").unwrap();
        add("time", Kind::Time, false);
        add("text", Kind::Text { min: 0, max: 99, charset: Charset::Printable }, false);
        add("code", Kind::Code(CodeTree::new(b'-', vec!["a-f".into(), "a-h".into()])), false);
        add("maybe", Kind::Decimal { min: least, max: any(), digits: 2 }, true);
        add("number", Kind::Decimal { min: least, max: any(), digits: 7 }, false);
        add("flag", Kind::Flag, false);
        add("name", Kind::Enum(vec!["one".into(), "two".into(), "three".into()]), false);
        add("whole", Kind::Integer { min: 0, max: 1000 }, false);
    }
    build.finish()
}

fn record(shape: &Shape, at: Time) -> Record {
    let mut record = Record::new();
    record.begin(shape);
    for (_, node) in shape.nodes().skip(1) {
        let value = match node.name.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "time" => Value::Time(at),
            "text" => Value::Text(record.keep(b"ANDROID-7cf4b0d2")),
            "code" => Value::Code(record.keep(b"a-f-G-U-C")),
            "maybe" => Value::Decimal(Decimal::parse(b"12.5").unwrap()),
            "number" => Value::Decimal(Decimal::parse(b"46.0511").unwrap()),
            "flag" => Value::Flag(false),
            "name" => Value::Enum(1),
            _ => Value::Integer(7),
        };
        record.set(Block::ROOT, node.slot, value, Span::default());
    }
    record
}

/// So many rules over at most so many conditions, two conditions each, every third with a `when`.
fn compile(count: usize, conditions: usize, shape: &Shape) -> RuleSet {
    let condition = |at: usize| {
        let at = at % conditions;
        CONDITIONS[at % CONDITIONS.len()].replace('#', &(at / CONDITIONS.len()).to_string())
    };
    let mut text = String::new();
    for rule in 0..count {
        let (one, other) = (condition(rule), condition(rule * 7 + 3 + rule / conditions));
        let when = if rule % 3 == 0 { format!("when \"{}\"\n", condition(rule + 11)) } else { String::new() };
        let _ = write!(
            text,
            "rule \"t.r{rule}\" {{\n{when}require \"{one} && {other}\"\notherwise hold says=\"no\"\n}}\n"
        );
    }
    let document = Document::parse("rules.kdl", text.as_bytes()).unwrap();
    let mut diagnostics = document.diagnostics();
    let mut top = Fields::of(&document.root, &mut diagnostics);
    let (sources, _) = rules(&mut top);
    top.finish();
    let policies = PolicySet::new();
    let mut compiler = Compiler::new();
    compiler.add(&sources, &Scope::of_type(shape, &policies, None), &mut diagnostics);
    compiler.finish().unwrap()
}

/// Best and median time of one call in nanoseconds, over batches of 1,000.
fn time(mut call: impl FnMut()) -> (f64, f64) {
    let mut batches: Vec<f64> = (0..400)
        .map(|_| {
            let start = Instant::now();
            (0..1_000).for_each(|_| call());
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    batches.sort_by(f64::total_cmp);
    (batches[0], batches[batches.len() / 2])
}

fn main() {
    let (shape, policies) = (shape(), PolicySet::new());
    let now = Time::parse(b"2026-03-01T10:05:00Z").unwrap();
    let record = record(&shape, now);
    let facts = Facts {
        record: &record,
        object: b"",
        label: None,
        portions: Portions::None,
        source: "sensor-net",
        destination: "rsocc-net",
        agreement: None,
        lane: "rsocc-down",
        now,
        observed: Some(now),
        policies: &policies,
        released: None,
    };
    let (mut scratch, mut failures) = (Scratch::new(), Vec::<RuleFailure>::new());
    println!("rules conditions  compiled ns (best, median)  interpreted ns (best, median)");
    for (count, conditions) in [(20, 20), (20, 60), (200, 20), (200, 60), (1_000, 60)] {
        let set = compile(count, conditions, &shape);
        let compiled = time(|| {
            failures.clear();
            let mut budget = Budget::new(1_000_000);
            set.program.evaluate(black_box(&facts), &mut scratch, &mut budget, &mut failures).unwrap();
            black_box(&failures);
        });
        assert!(failures.is_empty(), "{failures:?}");
        let plain = time(|| {
            failures.clear();
            set.reference.evaluate(black_box(&facts), &mut Budget::new(1_000_000), &mut failures).unwrap();
            black_box(&failures);
        });
        let distinct = set.program.condition_count();
        println!(
            "{count:5} {distinct:10}  {:8.1} {:8.1}  {:17.1} {:8.1}",
            compiled.0, compiled.1, plain.0, plain.1
        );
    }
}
