//! Neither engine allocates for an object once it is warm.

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

use lockgate_bytes::Budget;
use lockgate_eval::{Portions, Scratch};
use lockgate_record::Value;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Without a harness: its thread asks for memory beside the test, and the whole process is counted.
fn main() {
    a_warm_engine_allocates_nothing();
    println!("test a_warm_engine_allocates_nothing ... ok");
}

fn a_warm_engine_allocates_nothing() {
    let text = include_str!("right.kdl");
    let rules: String = text.split_inclusive("\n}\n").filter(|part| part.starts_with("rule")).collect();
    let (set, diagnostics) = common::compile(&rules);
    let set = set.unwrap_or_else(|| panic!("{}", diagnostics.render()));
    let (shape, (policies, _)) = (common::spot(), common::policies());
    let mut record = object::good(&shape);
    for name in ["a", "b"] {
        let uid = object::text(&mut record, name);
        let row =
            object::row(&mut record, &shape, "spot.ref", &[("uid", uid), ("weight", Value::Integer(1))]);
        object::row_in(&mut record, &shape, row, "spot.ref.tag", &[("name", uid)]);
    }
    let label = common::label(&policies, "MISSION", "RESTRICTED", &["AUT"]);
    let portions = [Some(label), None];
    let facts = object::facts(&record, &policies, Some(&label), Portions::Of(&portions));
    let (mut scratch, mut failures) = (Scratch::new(), Vec::new());
    let mut both = |failures: &mut Vec<_>| {
        failures.clear();
        set.program.evaluate(&facts, &mut scratch, &mut Budget::new(100_000), failures).unwrap();
        set.reference.evaluate(&facts, &mut Budget::new(100_000), failures).unwrap();
    };
    both(&mut failures);
    let region = Region::new(ALLOCATOR);
    for _ in 0..100 {
        both(&mut failures);
    }
    let change = region.change();
    assert!(failures.len() > 2 && failures.len() % 2 == 0, "{failures:?}");
    assert_eq!((change.allocations, change.reallocations), (0, 0));
}
