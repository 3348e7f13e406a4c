//! Where neither side is in error, our rules and CEL say the same; and every expression of ours is one of CEL.

#[path = "../../../crates/lockgate-rules/tests/common/mod.rs"]
mod common;
#[path = "../../../crates/lockgate-rules/tests/common/dice.rs"]
mod dice;

use cel::objects::{Key, Map};
use cel::{Context, Program, Value};
use common::decimal;
use dice::{Dice, NOW, Writer};
use lockgate_bytes::{Budget, Time};
use lockgate_eval::{Facts, FailureKind, Portions, Scratch};
use lockgate_marking::PolicySet;
use lockgate_notation::{Document, Fields};
use lockgate_record::{Block, Form, Kind, NodeId, Record, Shape, Value as Cell};
use lockgate_rules::{Compiler, RuleSet, Scope, rules};
use std::collections::HashMap;
use std::sync::Arc;

fn entropy(mut seed: u64) -> Vec<u8> {
    let mut byte = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed.to_be_bytes()[0]
    };
    (0..900).map(|_| byte()).collect()
}

fn compile(expression: &str, shape: &Shape) -> RuleSet {
    let text = format!("rule \"r\" {{\n    require #\"{expression}\"#\n    otherwise hold says=\"no\"\n}}\n");
    let document = Document::parse("rules.kdl", text.as_bytes()).unwrap();
    let mut diagnostics = document.diagnostics();
    let mut top = Fields::of(&document.root, &mut diagnostics);
    let (sources, _) = rules(&mut top);
    top.finish();
    let policies = PolicySet::new();
    let mut compiler = Compiler::new();
    compiler.add(&sources, &Scope::of_type(shape, &policies, None), &mut diagnostics);
    compiler.finish().unwrap_or_else(|| panic!("{}", diagnostics.render()))
}

/// What we say: true, false or nothing.
fn ours(expression: &str, shape: &Shape, record: &Record) -> Option<bool> {
    let (set, policies) = (compile(expression, shape), PolicySet::new());
    let facts = Facts {
        record,
        object: b"",
        label: None,
        portions: Portions::None,
        source: "",
        destination: "",
        agreement: None,
        lane: "",
        now: Time::from_unix_nanos(NOW * 1_000_000_000),
        observed: None,
        policies: &policies,
        released: None,
    };
    let mut failures = Vec::new();
    set.program.evaluate(&facts, &mut Scratch::new(), &mut Budget::new(1_000_000), &mut failures).unwrap();
    match failures.first().map(|failure| failure.kind) {
        None => Some(true),
        Some(FailureKind::NotMet) => Some(false),
        Some(FailureKind::NotEvaluated) => None,
    }
}

fn instant(nanos: i64) -> Value {
    Value::Timestamp(chrono::DateTime::from_timestamp_nanos(nanos).fixed_offset())
}

/// A section as a CEL map: what is absent has no key.
fn section(shape: &Shape, record: &Record, parent: NodeId, block: Block) -> Value {
    let mut fields: HashMap<Key, Value> = HashMap::new();
    for id in &shape.node(parent).unwrap().children {
        let node = shape.node(*id).unwrap();
        let text =
            |text| Value::String(Arc::new(String::from_utf8(record.text(text, b"").to_vec()).unwrap()));
        let value = match (record.value(block, node.slot), &node.form) {
            (_, Form::List { .. }) => {
                let rows = record.rows(block, node.slot).map(|row| section(shape, record, *id, row));
                Value::List(Arc::new(rows.collect()))
            }
            (Cell::Absent | Cell::Unknown(_), _) => continue,
            (Cell::Present, _) => section(shape, record, *id, block),
            (Cell::Text(found) | Cell::Code(found), _) => text(found),
            (Cell::Enum(index), Form::Value(Kind::Enum(names))) => {
                Value::String(Arc::new(names[usize::from(index)].clone()))
            }
            (Cell::Integer(number), _) => Value::Int(number),
            (Cell::Decimal(number), _) => Value::Int(number.mantissa()),
            (Cell::Flag(flag), _) => Value::Bool(flag),
            (Cell::Time(time), _) => instant(time.unix_nanos()),
            other => panic!("{other:?}"),
        };
        fields.insert(Key::String(Arc::new(node.name.clone())), value);
    }
    Value::Map(Map { map: Arc::new(fields) })
}

fn theirs(expression: &str, shape: &Shape, record: &Record) -> Option<bool> {
    let program = Program::compile(expression).unwrap_or_else(|fault| panic!("{expression}\n{fault}"));
    let mut context = Context::default();
    context.add_variable_from_value("r", section(shape, record, shape.root(), Block::ROOT));
    context.add_variable_from_value("now", instant(NOW * 1_000_000_000));
    match program.execute(&context) {
        Ok(Value::Bool(value)) => Some(value),
        Ok(other) => panic!("{expression}: {other:?}"),
        Err(_) => None,
    }
}

#[test]
fn without_errors_both_say_the_same() {
    assert_eq!(decimal("1").mantissa(), 1);
    let mut counts = [0_usize; 3];
    for seed in 0..6_000 {
        let bytes = entropy(seed);
        let mut dice = Dice::new(&bytes);
        let shape = dice.shape();
        let expression = Writer::new(&mut dice, &shape, true).condition(3);
        let mut record = Record::new();
        dice.record(&shape, &mut record, true);
        let (ours, theirs) = (ours(&expression, &shape, &record), theirs(&expression, &shape, &record));
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                assert_eq!(ours, theirs, "{expression}\n{record:?}");
                counts[usize::from(ours)] += 1;
            }
            // CEL is in error and we are not: only where `has` asks behind an absent section, which we answer.
            (Some(_), None) => assert!(expression.contains("has(r.s."), "{expression}\n{record:?}"),
            (None, _) => counts[2] += 1,
        }
    }
    println!("false {}, true {}, in error {}", counts[0], counts[1], counts[2]);
    assert!(counts[0] > 1_000 && counts[1] > 1_000, "too little compared: {counts:?}");
}

/// Every expression of the documented examples parses with CEL.
#[test]
fn what_we_accept_is_syntax_of_cel() {
    let text = include_str!("../../../crates/lockgate-rules/tests/right.kdl");
    let document = Document::parse("right.kdl", text.as_bytes()).unwrap();
    let mut open: Vec<_> = vec![&document.root];
    let mut count = 0;
    while let Some(node) = open.pop() {
        open.extend(&node.children);
        let expression = match node.name.as_str() {
            "when" | "require" | "never" => node.args[0].text().unwrap(),
            "category" => node.props[0].value.text().unwrap(),
            _ => continue,
        };
        Program::compile(expression).unwrap_or_else(|fault| panic!("{expression}\n{fault}"));
        count += 1;
    }
    assert!(count > 12, "{count}");
}
