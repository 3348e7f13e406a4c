//! What rules are remembered by grows with the rules, and not with the rules times the names of an enumeration.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests stop at the first thing that is wrong"
)]

mod common;

use lockgate_notation::{Document, Fields};
use lockgate_record::{Kind, NodeId, NodeOptions, ShapeBuilder};
use lockgate_rules::{Compiler, Scope, rules};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test only: another thread's allocations would count.
#[test]
fn the_names_of_an_enumeration_are_held_once() {
    let names: Vec<String> = (0..1_000).map(|number| format!("name-number-{number:04}")).collect();
    let size: usize = names.iter().map(|name| name.len() + size_of::<String>()).sum();
    let mut build = ShapeBuilder::new("r");
    build.value(NodeId(0), "e", Kind::Enum(names), NodeOptions::default()).unwrap();
    let shape = build.finish();
    let mentions = vec!["r.e != 'name-number-0007'"; 300].join(" && ");
    let text = format!("rule \"r\" {{\n    require \"{mentions}\"\n    otherwise refuse says=\"no\"\n}}\n");
    let document = Document::parse("rules.kdl", text.as_bytes()).unwrap();
    let mut diagnostics = document.diagnostics();
    let mut top = Fields::of(&document.root, &mut diagnostics);
    let (sources, _) = rules(&mut top);
    top.finish();
    let (policies, policy) = common::policies();
    let scope = Scope::of_type(&shape, &policies, Some(policy));
    let mut compiler = Compiler::new();
    let region = Region::new(ALLOCATOR);
    compiler.add(&sources, &scope, &mut diagnostics);
    let allocated = region.change().bytes_allocated;
    assert!(compiler.finish().is_some(), "{}", diagnostics.render());
    assert!(allocated < 20 * size, "{allocated} bytes for names of {size}");
}
