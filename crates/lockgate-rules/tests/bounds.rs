//! What a file of legal size may ask of the compiler, and no more.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests stop at the first thing that is wrong"
)]

mod common;

use lockgate_notation::{Diagnostics, Document, Fields};
use lockgate_record::{Kind, NodeId, NodeOptions, Shape, ShapeBuilder};
use lockgate_rules::{Compiler, RuleSet, Scope, rules};

/// A type with one enumeration of so many names: n0, n1, ...
fn listed(count: usize) -> Shape {
    let mut build = ShapeBuilder::new("r");
    let names = (0..count).map(|number| format!("n{number}")).collect();
    build.value(NodeId(0), "e", Kind::Enum(names), NodeOptions::default()).unwrap();
    build.finish()
}

fn compile(shape: &Shape, expressions: &[&str]) -> (Option<RuleSet>, Diagnostics) {
    let mut text = String::new();
    for (number, expression) in expressions.iter().enumerate() {
        text += &format!(
            "rule \"r{number}\" {{\n    require \"{expression}\"\n    otherwise refuse says=\"no\"\n}}\n"
        );
    }
    let document = Document::parse("rules.kdl", text.as_bytes()).unwrap();
    let mut diagnostics = document.diagnostics();
    let mut top = Fields::of(&document.root, &mut diagnostics);
    let (sources, _) = rules(&mut top);
    top.finish();
    let (policies, policy) = common::policies();
    let mut compiler = Compiler::new();
    compiler.add(&sources, &Scope::of_type(shape, &policies, Some(policy)), &mut diagnostics);
    (compiler.finish(), diagnostics)
}

fn codes(found: &Diagnostics) -> Vec<&str> {
    found.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn the_largest_enumeration_compiles() {
    let shape = listed(65_535);
    for test in ["r.e == 'n1'", "r.e in ['n7', 'n65534']", "r.e.startsWith('n6553')", "r.e != source"] {
        let (set, found) = compile(&shape, &[test]);
        assert!(set.is_some() && found.is_empty(), "{test}: {}", found.render());
    }
}

#[test]
fn the_work_of_a_program_is_bounded_and_not_that_of_each_rule() {
    let deep = (0..14).fold("spot.sim".to_owned(), |inner, _| format!("spot.test == ({inner})"));
    let (set, found) = compile(&common::spot(), &[&deep]);
    assert!(set.is_some(), "{}", found.render());
    let (set, found) = compile(&common::spot(), &[&deep, &deep]);
    assert_eq!((set.is_none(), codes(&found)), (true, vec!["E032"]));
}

/// Each of these tests looks at every name, at the check and once more where it is compiled.
#[test]
fn names_are_not_looked_through_without_end() {
    let shape = listed(65_535);
    let many: Vec<String> = (0..300).map(|number| format!("r.e.endsWith('{number}')")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (set, found) = compile(&shape, &many[..200]);
    assert!(set.is_some(), "{}", found.render());
    let (set, found) = compile(&shape, &many);
    assert!(set.is_none() && codes(&found).contains(&"E032"), "{}", found.render());
}
