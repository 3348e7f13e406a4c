//! The compiled program and the reference interpreter agree about random rules on random objects of random types.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::print_stdout,
    reason = "tests stop at the first thing that is wrong"
)]

mod common;
#[path = "common/dice.rs"]
mod dice;

use common::decimal;
use dice::{Dice, NOW, Writer};
use lockgate_bytes::{Budget, Time};
use lockgate_eval::{Choice, Facts, FailureKind, Portions, RuleFailure, Scratch};
use lockgate_marking::{Label, PolicyIx, PolicySet};
use lockgate_notation::{Document, Fields};
use lockgate_record::{Record, Shape};
use lockgate_rules::{ChoiceSet, Compiler, RuleSet, Scope, rules};
use proptest::prelude::*;
use std::fmt::Write as _;

const RULES: usize = 4;

/// Rules over a random type.
fn random_rules(dice: &mut Dice<'_>, shape: &Shape) -> String {
    let mut text = String::new();
    for number in 0..RULES {
        let mut writer = Writer::new(dice, shape, false);
        // Rules that ask of the label are passed over without one; half of them do not.
        writer.labels = number % 2 == 0;
        let (when, require) = (writer.condition(2), writer.condition(4));
        let when = if dice.roll(2) == 1 { format!("    when #\"{when}\"#\n") } else { String::new() };
        let _ = write!(
            text,
            "rule \"r.n{number}\" {{\n{when}    require #\"{require}\"#\n    otherwise hold says=\"no\"\n}}\n"
        );
    }
    text
}

fn compile(text: &str, shape: &Shape, (policies, policy): &(PolicySet, PolicyIx)) -> RuleSet {
    let document = Document::parse("rules.kdl", text.as_bytes()).unwrap();
    let mut diagnostics = document.diagnostics();
    let mut top = Fields::of(&document.root, &mut diagnostics);
    let (sources, _) = rules(&mut top);
    top.finish();
    let mut compiler = Compiler::new();
    compiler.add(&sources, &Scope::of_type(shape, policies, Some(*policy)), &mut diagnostics);
    compiler.finish().unwrap_or_else(|| panic!("{}\n{text}", diagnostics.render()))
}

fn facts<'a>(
    record: &'a Record,
    policies: &'a PolicySet,
    (label, portions): (Option<&'a Label>, &'a [Option<Label>]),
    dice: &mut Dice<'_>,
) -> Facts<'a> {
    Facts {
        record,
        object: b"",
        label,
        portions: Portions::Of(portions),
        source: "a",
        destination: "ab",
        agreement: if dice.roll(2) == 0 { None } else { Some("ba") },
        lane: "b",
        now: Time::from_unix_nanos(NOW * 1_000_000_000),
        observed: if dice.roll(3) == 0 {
            None
        } else {
            Some(Time::from_unix_nanos((NOW - 3) * 1_000_000_000))
        },
        policies,
        released: None,
    }
}

/// What became of each rule: passed, not met, not evaluated.
fn judge(entropy: &[u8]) -> [usize; 3] {
    let mut dice = Dice::new(entropy);
    let shape = dice.shape();
    let text = random_rules(&mut dice, &shape);
    let policies = common::policies();
    let set = compile(&text, &shape, &policies);
    let mut counts = [0; 3];
    let (mut record, mut scratch) = (Record::new(), Scratch::new());
    let (mut compiled, mut plain): (Vec<RuleFailure>, Vec<RuleFailure>) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        dice.record(&shape, &mut record, false);
        let label = dice.label(&policies.0);
        let portions = [dice.label(&policies.0)];
        let some = &portions[..dice.roll(2)];
        let facts = facts(&record, &policies.0, (label.as_ref(), some), &mut dice);
        compiled.clear();
        plain.clear();
        set.program.evaluate(&facts, &mut scratch, &mut Budget::new(1_000_000), &mut compiled).unwrap();
        set.reference.evaluate(&facts, &mut Budget::new(1_000_000), &mut plain).unwrap();
        assert_eq!(compiled, plain, "{text}\n{record:?}");
        counts[0] += RULES - compiled.len();
        for failure in &compiled {
            counts[if failure.kind == FailureKind::NotMet { 1 } else { 2 }] += 1;
        }
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn compiled_and_interpreted_agree(entropy in proptest::collection::vec(any::<u8>(), 0..900)) {
        judge(&entropy);
    }
}

/// Bytes that look random and are the same everywhere.
fn entropy(mut seed: u64) -> Vec<u8> {
    let mut byte = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed.to_be_bytes()[0]
    };
    (0..900).map(|_| byte()).collect()
}

#[test]
fn random_rules_come_out_every_way() {
    let mut counts = [0; 3];
    for seed in 0..250 {
        for (total, more) in counts.iter_mut().zip(judge(&entropy(seed))) {
            *total += more;
        }
    }
    let all: usize = counts.iter().sum();
    assert!(counts.iter().all(|count| count * 12 > all), "too one-sided to prove anything: {counts:?}");
}

/// The law of narrowing: whatever a rule says, the rules before it fail as they did without it.
#[test]
fn adding_a_rule_never_turns_a_failure_into_a_release() {
    let mut failed = 0;
    for seed in 0..100 {
        let bytes = entropy(seed + 50_000);
        let mut dice = Dice::new(&bytes);
        let shape = dice.shape();
        let text = random_rules(&mut dice, &shape);
        let policies = common::policies();
        let mut record = Record::new();
        dice.record(&shape, &mut record, false);
        let label = dice.label(&policies.0);
        let facts = facts(&record, &policies.0, (label.as_ref(), &[]), &mut dice);
        let judge = |text: &str| {
            let mut failures = Vec::new();
            let set = compile(text, &shape, &policies);
            set.program
                .evaluate(&facts, &mut Scratch::new(), &mut Budget::new(1_000_000), &mut failures)
                .unwrap();
            failures
        };
        let all = judge(&text);
        failed += all.len();
        let ends: Vec<usize> = text.match_indices("\n}\n").map(|(at, end)| at + end.len()).collect();
        for (count, end) in ends.iter().enumerate() {
            let fewer = judge(text.get(..*end).unwrap());
            let expected: Vec<_> =
                all.iter().copied().filter(|failure| usize::from(failure.rule) <= count).collect();
            assert_eq!(fewer, expected, "{text}");
        }
    }
    assert!(failed > 100, "too few failures to prove anything: {failed}");
}

#[test]
fn choices_agree() {
    let mut seen = [0; 3];
    for seed in 0..200 {
        let bytes = entropy(seed + 10_000);
        let mut dice = Dice::new(&bytes);
        let shape = dice.shape();
        let mut text = String::new();
        for _ in 0..3 {
            let mut writer = Writer::new(&mut dice, &shape, true);
            let condition = writer.condition(2);
            // A category knows no reference time.
            let condition = condition.replace("now", "timestamp('2026-03-01T10:05:00Z')");
            let _ = writeln!(text, "category \"x\" when=#\"{condition}\"#");
        }
        let document = Document::parse("type.kdl", text.as_bytes()).unwrap();
        let mut diagnostics = document.diagnostics();
        let conditions: Vec<_> =
            document.root.children.iter().map(|node| Some(&node.props[0].value)).collect();
        let set = ChoiceSet::compile(&conditions, &Scope::of_category(&shape), &mut diagnostics)
            .unwrap_or_else(|| panic!("{}", diagnostics.render()));
        let (mut record, policies) = (Record::new(), PolicySet::new());
        dice.record(&shape, &mut record, false);
        let facts = facts(&record, &policies, (None, &[]), &mut dice);
        let compiled = set.program.choose(&facts, &mut Scratch::new(), &mut Budget::new(1_000_000)).unwrap();
        assert_eq!(compiled, set.choose(&facts, &mut Budget::new(1_000_000)).unwrap(), "{text}");
        seen[match compiled {
            Choice::Of(_) => 0,
            Choice::None => 1,
            Choice::NotEvaluated => 2,
        }] += 1;
    }
    assert!(seen.iter().all(|count| *count > 10), "{seen:?}");
}
