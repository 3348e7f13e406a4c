//! Counts what is allocated, in every program that links this crate.

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How often memory was asked for, growing included, while `work` ran. The whole process is counted: a test that asks
/// stands alone in a file of `benches/tests/`.
pub fn allocations_during(work: impl FnOnce()) -> usize {
    let region = Region::new(COUNTING);
    work();
    let change = region.change();
    change.allocations + change.reallocations
}
