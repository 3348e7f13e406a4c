//! What expressions mean, one by one, said by both engines.

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
#[path = "common/object.rs"]
mod object;

use common::{decimal, label, policies, require, spot};
use lockgate_bytes::Budget;
use lockgate_eval::{Facts, FailureKind, Portions, Scratch};
use lockgate_notation::Diagnostics;
use lockgate_record::{Record, Shape, Value};
use lockgate_rules::{Scope, Written, check};
use object::{facts, failures, good, row, row_in, set, text, verdict};

const T: Option<bool> = Some(true);
const F: Option<bool> = Some(false);
const E: Option<bool> = None;

/// Every expression with what it must come to, on the good report changed by `change`.
fn all(change: impl Fn(&mut Record, &Shape), cases: &[(&str, Option<bool>)]) {
    let (shape, (policies, _)) = (spot(), policies());
    let mut record = good(&shape);
    change(&mut record, &shape);
    let label = label(&policies, "MISSION", "RESTRICTED", &["AUT"]);
    for (expression, expected) in cases {
        let (rules, diagnostics) = require(expression);
        let rules = rules.unwrap_or_else(|| panic!("{}", diagnostics.render()));
        let facts = facts(&record, &policies, Some(&label), Portions::None);
        assert_eq!(verdict(&rules, &facts), *expected, "{expression}");
    }
}

#[test]
fn errors_go_from_left_to_right_and_nothing_absorbs_them() {
    // `spot.note` is absent: reading it cannot be evaluated.
    all(
        |_, _| {},
        &[
            ("spot.note == 'x'", E),
            ("spot.sim && spot.note == 'x'", F),
            ("spot.note == 'x' && spot.sim", E),
            ("spot.test || spot.note == 'x'", T),
            ("spot.note == 'x' || spot.test", E),
            ("spot.test && spot.note == 'x' && spot.sim", E),
            ("spot.test && spot.sim && spot.note == 'x'", F),
            ("!(spot.note == 'x')", E),
            ("spot.note == 'x' ? spot.test : spot.test", E),
            ("spot.test ? spot.test : spot.note == 'x'", T),
            ("spot.test ? spot.note == 'x' : spot.test", E),
            ("(spot.note == 'x') == (spot.note == 'x')", E),
            ("spot.test == (spot.note == 'x')", E),
            ("has(spot.note) && spot.note == 'x'", F),
            ("!has(spot.note) || spot.note == 'x'", T),
            ("(spot.sim || spot.test) && (spot.test || spot.note == 'x')", T),
        ],
    );
}

#[test]
fn an_error_never_releases() {
    let (shape, (policies, _)) = (spot(), policies());
    let mut record = good(&shape);
    set(&mut record, &shape, "spot.at.ce", Value::Unknown(decimal("9999999")));
    let facts = facts(&record, &policies, None, Portions::None);
    let facts = Facts { observed: None, agreement: None, ..facts };
    for wrong in [
        "spot.note == 'x'",
        "spot.note != 'x'",
        "spot.reply < now",
        "spot.answer in ['yes']",
        "spot.answer != 'yes'",
        "spot.device.charge > 5",
        "spot.at.ce <= 500",
        "spot.at.ce > 500",
        "size(spot.note) == 0",
        "age < duration('1h')",
        "agreement != 'x'",
        "spot.count * 100000000000000000 * 1000 > 0",
        "spot.leg.all(l, spot.note == 'x')",
        "spot.leg.exists(l, l.km > 0 && spot.note == 'x')",
    ] {
        for around in ["#", "!(#)", "# || spot.test", "# && spot.sim", "spot.test && #", "spot.sim || !(#)"] {
            let condition = around.replace('#', wrong);
            for rule in
                [format!("require \"{condition}\""), format!("when \"{condition}\"\nrequire \"spot.test\"")]
            {
                let text = format!("rule \"r\" {{\n{rule}\notherwise hold says=\"no\"\n}}");
                let rules = common::compile(&text).0.unwrap();
                let kinds: Vec<_> = failures(&rules, &facts).iter().map(|failure| failure.kind).collect();
                assert_eq!(kinds, [FailureKind::NotEvaluated], "{rule}");
            }
        }
    }
}

#[test]
fn absent_and_unknown_are_not_there() {
    let cases = [
        ("has(spot.at.ce)", F),
        ("spot.at.ce <= 500", E),
        ("has(spot.device)", F),
        ("has(spot.device.name)", F),
    ];
    all(|_, _| {}, &cases);
    let unknown = |record: &mut Record, shape: &Shape| {
        set(record, shape, "spot.at.ce", Value::Unknown(decimal("9999999")));
    };
    all(unknown, &cases);
    let known = |record: &mut Record, shape: &Shape| {
        set(record, shape, "spot.at.ce", Value::Decimal(decimal("500")));
    };
    all(
        known,
        &[
            ("has(spot.at.ce)", T),
            ("spot.at.ce <= 500", T),
            ("spot.at.ce < 500", F),
            ("spot.at.ce == 500.0", T),
        ],
    );
}

#[test]
fn numbers_are_exact() {
    all(
        |_, _| {},
        &[
            ("spot.at.lat == 46.05", T),
            ("spot.at.lat * 3 == 138.15", T),
            ("spot.at.lat + 0.1 + 0.2 == 46.35", T),
            ("spot.at.lat - spot.at.lon == 60.55", T),
            ("-spot.at.lon == 14.5", T),
            ("spot.at.lat > 46.0499999999999999", T),
            ("spot.count == 0x7", T),
            ("spot.count in [1, 7.0]", T),
            ("spot.count * spot.count * spot.count == 343", T),
            ("spot.at.lat * 0.0000000000000001 < 1", T),
            ("spot.at.lat * 0.00000000000000001 < 1", E),
            ("spot.count * 100000000000000000 * 1000 > 0", E),
        ],
    );
}

#[test]
fn times_are_exact_at_their_bounds() {
    // Seen ten seconds before the reference time.
    all(
        |_, _| {},
        &[
            ("spot.seen + duration('10s') == now", T),
            ("spot.seen < now - duration('9999ms')", T),
            ("spot.seen < now - duration('10s')", F),
            ("spot.seen <= now - duration('10s')", T),
            ("spot.seen <= now - duration('10s1ns')", F),
            ("spot.until - spot.seen == duration('5m')", T),
            ("age == duration('10s')", T),
            ("age < duration('10s')", F),
            ("now > timestamp('2026-03-01T10:04:59.999999999Z')", T),
            ("now in [timestamp('2026-03-01T10:05:00Z')]", T),
            ("spot.seen - duration('2000000h') < now", T),
        ],
    );
}

#[test]
fn texts_names_and_codes() {
    let noted = |record: &mut Record, shape: &Shape| {
        let note = text(record, "Blåbær");
        set(record, shape, "spot.note", note);
    };
    all(
        noted,
        &[
            ("size(spot.note) == 6", T),
            ("spot.note.contains('åb')", T),
            ("spot.note.startsWith('Bl') && spot.note.endsWith('r')", T),
            ("spot.note.startsWith('bl')", F),
            ("spot.note == 'Blåbær'", T),
            ("spot.note in ['x', 'Blåbær']", T),
            ("spot.id.contains('')", T),
            ("spot.id.startsWith('ALPHA-1-longer')", F),
            ("spot.kind == 'land'", T),
            ("spot.kind != 'land'", F),
            ("spot.kind in ['air', 'sea']", F),
            ("spot.kind.startsWith('la')", T),
            ("spot.kind != spot.id", T),
            ("spot.what.startsWith('a-f')", T),
            ("spot.what == 'a-f-G-U-C'", T),
            ("source == 'sensor-net' && lane.endsWith('down')", T),
            ("destination.contains(source)", F),
            ("agreement == 'rsocc'", T),
            ("label.policy == 'MISSION'", T),
        ],
    );
}

#[test]
fn loops_run_over_rows_in_order() {
    let cases = [
        ("spot.ref.all(r, r.uid == 'a')", T),
        ("spot.ref.exists(r, r.uid == 'a')", F),
        ("size(spot.ref) == 0", T),
        ("has(spot.ref)", F),
        ("spot.leg.all(l, l.km > 12)", T),
        ("has(spot.leg) && spot.leg.exists(l, l.km > 13)", F),
    ];
    all(|_, _| {}, &cases);
    let three = |record: &mut Record, shape: &Shape| {
        for (uid, weight) in [("a", Some(1)), ("b", None), ("c", Some(-1))] {
            let uid = text(record, uid);
            let row = row(record, shape, "spot.ref", &[("uid", uid)]);
            if let Some(weight) = weight {
                let field = shape.node(shape.find("spot.ref.weight").unwrap()).unwrap().slot;
                record.set(row, field, Value::Integer(weight), lockgate_bytes::Span::default());
                let name = text(record, "t");
                row_in(
                    record,
                    shape,
                    row,
                    "spot.ref.tag",
                    &[("name", name), ("on", Value::Flag(weight > 0))],
                );
            }
        }
    };
    all(
        three,
        &[
            ("size(spot.ref) == 3", T),
            // The first row settles it, or the second one is in error.
            ("spot.ref.exists(r, r.weight == 1)", T),
            ("spot.ref.exists(r, r.weight == -1)", E),
            ("spot.ref.all(r, r.weight == -1)", F),
            ("spot.ref.all(r, r.weight == 1)", E),
            ("spot.ref.exists(r, has(r.weight) && r.weight < 0)", T),
            ("spot.ref.all(r, r.uid != spot.id)", T),
            ("spot.ref.all(r, r.tag.all(t, t.name == 't'))", T),
            ("spot.ref.all(r, r.tag.exists(t, t.name == 't'))", F),
            ("spot.ref.exists(r, r.tag.exists(t, has(t.on) && !t.on && r.uid == 'c'))", T),
            ("spot.ref.exists(r, r.uid == 'b' && !has(r.tag) && r.tag.all(t, t.name == 'q'))", T),
            ("spot.ref.all(r, r.tag.all(t, t.on) || r.uid == 'c')", T),
            ("spot.ref.all(r, spot.note == 'x')", E),
        ],
    );
}

#[test]
fn a_required_list_without_rows_is_an_error() {
    let (shape, (policies, _)) = (spot(), policies());
    let mut record = good(&shape);
    set(&mut record, &shape, "spot.leg", Value::Absent);
    let facts = facts(&record, &policies, None, Portions::None);
    for (expression, expected) in [("spot.leg.all(l, l.km > 1)", E), ("spot.leg.exists(l, l.km > 1)", F)] {
        assert_eq!(verdict(&require(expression).0.unwrap(), &facts), expected, "{expression}");
    }
}

#[test]
fn levels_values_and_portions() {
    all(
        |_, _| {},
        &[
            ("label.level <= level('RESTRICTED')", T),
            ("label.level < level('RESTRICTED')", F),
            ("label.level > level('UNCLASSIFIED')", T),
            ("label.level >= level('SECRET')", F),
            ("label.level == level('RESTRICTED', 'MISSION')", T),
            ("label.level != level('SECRET')", T),
            ("level('SECRET') > label.level", T),
            ("'AUT' in label.values('Releasable To')", T),
            ("'HUN' in label.values('Releasable To')", F),
            ("label.dominates(portions)", T),
        ],
    );
    let (shape, (policies, _)) = (spot(), policies());
    let record = good(&shape);
    let whole = label(&policies, "MISSION", "RESTRICTED", &["AUT"]);
    let rules = require("label.dominates(portions)").0.unwrap();
    let below = label(&policies, "MISSION", "UNCLASSIFIED", &["AUT", "HUN"]);
    let above = label(&policies, "MISSION", "SECRET", &["AUT"]);
    let narrower = label(&policies, "MISSION", "RESTRICTED", &["SVN"]);
    for (portions, expected) in [
        (vec![], T),
        (vec![Some(below), Some(whole)], T),
        (vec![Some(below), Some(above)], F),
        (vec![Some(narrower)], F),
        (vec![Some(below), None], F),
    ] {
        let facts = facts(&record, &policies, Some(&whole), Portions::Of(&portions));
        assert_eq!(verdict(&rules, &facts), expected, "{portions:?}");
    }
}

#[test]
fn a_label_of_another_policy_does_not_compare() {
    let (shape, (policies, _)) = (spot(), policies());
    let record = good(&shape);
    let other = label(&policies, "OTHER", "UNCLASSIFIED", &["AUT"]);
    for expression in [
        "label.level <= level('SECRET')",
        "label.level == level('SECRET')",
        "'AUT' in label.values('Releasable To')",
    ] {
        let facts = facts(&record, &policies, Some(&other), Portions::None);
        assert_eq!(verdict(&require(expression).0.unwrap(), &facts), E, "{expression}");
    }
}

#[test]
fn rules_about_labels_pass_over_the_unlabelled() {
    let (shape, (policies, _)) = (spot(), policies());
    let record = good(&shape);
    let facts = facts(&record, &policies, None, Portions::None);
    for expression in [
        "label.level > level('SECRET')",
        "label.dominates(portions) && spot.sim",
        "spot.sim && label.policy == 'x'",
    ] {
        assert!(failures(&require(expression).0.unwrap(), &facts).is_empty(), "{expression}");
    }
}

#[test]
fn a_rule_applies_when_it_says_so() {
    let rule = |when: &str, require: &str| {
        let text =
            format!("rule \"r\" {{\nwhen \"{when}\"\nrequire \"{require}\"\notherwise hold says=\"no\"\n}}");
        common::compile(&text).0.unwrap()
    };
    let (shape, (policies, _)) = (spot(), policies());
    let record = good(&shape);
    let facts = facts(&record, &policies, None, Portions::None);
    for (when, require, expected) in [
        ("spot.test", "spot.test", None),
        ("spot.test", "spot.sim", Some(FailureKind::NotMet)),
        ("spot.sim", "spot.sim", None),
        ("spot.sim", "spot.note == 'x'", None),
        ("spot.note == 'x'", "spot.test", Some(FailureKind::NotEvaluated)),
        ("spot.note == 'x'", "spot.sim", Some(FailureKind::NotEvaluated)),
        ("spot.test", "spot.note == 'x'", Some(FailureKind::NotEvaluated)),
        ("spot.sim && spot.note == 'x'", "spot.sim", None),
        ("spot.sim || spot.note == 'x'", "spot.test", Some(FailureKind::NotEvaluated)),
    ] {
        let found = failures(&rule(when, require), &facts).first().map(|failure| failure.kind);
        assert_eq!(found, expected, "{when} / {require}");
    }
}

#[test]
fn accounts_name_the_first_field() {
    let (shape, _) = (spot(), ());
    for (expression, path) in [
        ("label.level < level('SECRET') && spot.at.lat < 5", Some("spot.at.lat")),
        ("has(spot.note) && spot.note != spot.id", Some("spot.note")),
        ("spot.ref.all(r, r.uid != spot.id)", Some("spot.ref")),
        ("size(spot.leg) > 1", Some("spot.leg")),
        ("age < duration('5s')", None),
    ] {
        let rules = require(expression).0.unwrap();
        let field = rules.program.rules()[0].text().field;
        assert_eq!(field, path.map(|path| shape.find(path).unwrap()), "{expression}");
    }
}

#[test]
fn conditions_that_say_the_same_are_one() {
    let count = |expression| require(expression).0.unwrap().program.condition_count();
    assert_eq!(count("spot.count > 5 && spot.count <= 5"), 1);
    // One condition, and the disjunction as a part of its own.
    assert_eq!(count("5 < spot.count || spot.count > 5 || !(spot.count <= 5.0)"), 2);
    assert_eq!(count("spot.id == 'a' || 'a' != spot.id"), 2);
    assert_eq!(count("spot.kind == 'air' || spot.kind in ['air']"), 2);
    assert_eq!(count("(spot.count > 5 || spot.count < 3) && (spot.count > 5 || spot.count < 3)"), 3);
    assert_eq!(count("spot.count < 5 && spot.count < 6"), 2);
}

#[test]
fn more_conditions_than_one_word_and_more_rules_than_one_mask() {
    let (shape, (policies, _)) = (spot(), policies());
    let record = good(&shape);
    let facts = facts(&record, &policies, None, Portions::None);
    // 7 is the count of the good report: the condition about 7 stands anywhere among 200.
    for wrong in [0, 63, 64, 127, 150, 199] {
        let parts: Vec<String> =
            (0..200).map(|n| format!("spot.count != {}", if n == wrong { 7 } else { n + 200 })).collect();
        assert_eq!(verdict(&require(&parts.join(" && ")).0.unwrap(), &facts), F);
        assert_eq!(verdict(&require(&format!("!({})", parts.join(" && "))).0.unwrap(), &facts), T);
    }
}

#[test]
fn a_goal_asks_about_label_and_release() {
    let (shape, (policies, policy)) = (spot(), policies());
    let record = good(&shape);
    let secret = label(&policies, "MISSION", "SECRET", &[]);
    let text = "released && label.level > level('RESTRICTED')";
    let mut diagnostics = Diagnostics::about("goal", text);
    let scope = Scope::of_goal(&policies, Some(policy));
    let goal = check(Written::alone(text), &scope, &mut diagnostics).unwrap();
    for (released, label, expected) in [
        (Some(true), Some(&secret), T),
        (Some(false), Some(&secret), F),
        (Some(true), None, E),
        (None, Some(&secret), E),
    ] {
        let facts = Facts { released, ..facts(&record, &policies, label, Portions::None) };
        assert_eq!(goal.holds(&facts, &mut Budget::new(100)), Ok(expected), "{released:?}");
    }
}

#[test]
fn work_is_bounded() {
    let (shape, (policies, _)) = (spot(), policies());
    let mut record = good(&shape);
    let long = text(&mut record, &"x".repeat(1_600));
    set(&mut record, &shape, "spot.note", long);
    for expression in ["size(spot.note) > 5", "size(spot.note) + size(spot.note) > 5", "spot.note in ['x']"] {
        let rules = require(expression).0.unwrap();
        let facts = facts(&record, &policies, None, Portions::None);
        let mut budget = Budget::new(1_000);
        rules.program.evaluate(&facts, &mut Scratch::new(), &mut budget, &mut Vec::new()).unwrap();
        assert!(budget.spent() > 100, "{expression}");
    }
    let rules = require("spot.note.contains('y')").0.unwrap();
    let facts = facts(&record, &policies, None, Portions::None);
    let run = |limit| {
        let mut budget = Budget::new(limit);
        rules
            .program
            .evaluate(&facts, &mut Scratch::new(), &mut budget, &mut Vec::new())
            .map(|()| budget.spent())
    };
    // One condition, one rule, and one step for every 16 bytes of text.
    assert_eq!(run(1_000), Ok(102));
    assert!(run(101).is_err() && run(102).is_ok());
    assert!(rules.reference.evaluate(&facts, &mut Budget::new(20), &mut Vec::new()).is_err());
}
