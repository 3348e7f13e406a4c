//! A queue that nobody empties: what it says that it holds is what it takes.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests compute freely, and stop where something is wrong"
)]

mod common;

use common::{ms, sealed_as};
use lockgate_bytes::{Digest, Duration, Order};
use lockgate_egress::{Bounds, OVERHEAD, Queue, What};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Pages of the map of keys that are touched although most of them is empty, and what the test itself takes.
const SLACK: usize = 4 << 20;

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = text.split(' ').nth(1).expect("the second figure");
    pages.parse::<usize>().expect("a number") * 4_096
}

fn key(entry: u64) -> Digest {
    Digest::of(&entry.to_be_bytes())
}

/// One test, since the allocator is one for all.
#[test]
fn a_stalled_queue_of_small_objects_stays_within_its_bounds_and_a_warm_one_allocates_nothing() {
    let bounds =
        Bounds { objects: 1 << 20, bytes: 32 << 20, skew: Duration::from_secs(5), at_once: usize::MAX };
    let before = resident();
    let mut queue = Queue::new(bounds);
    let mut out = Vec::with_capacity(4);
    let mut spilled = 0_u64;
    for entry in 0..30_000_u64 {
        let object = sealed_as(entry, |it| {
            it.order = Some(Order { key: key(entry), at: ms(0), lasting: false });
        });
        queue.offer(object, ms(0), &mut out);
        for outcome in out.drain(..) {
            assert!(matches!(outcome.what, What::Spilled(..)), "{outcome:?}");
            spilled += 1;
        }
    }
    let expected = (32 << 20) / (1_024 + OVERHEAD);
    assert_eq!(queue.len(), expected);
    assert_eq!(queue.len() as u64 + spilled, 30_000);
    let took = resident() - before;
    println!("{} objects of 1 KiB: {took} bytes, {OVERHEAD} overhead counted for each", queue.len());
    assert!(took <= bounds.bytes + SLACK, "it took {took} bytes");

    // The smallest objects: overhead is everything.
    drop(queue);
    let mut queue = Queue::new(bounds);
    for entry in 0..80_000_u64 {
        queue.offer(sealed_as(entry, |it| it.bytes = vec![1]), ms(0), &mut out);
        out.clear();
    }
    let took = resident() - before;
    println!("{} objects of 1 byte: {took} bytes", queue.len());
    assert!(took <= bounds.bytes + SLACK, "it took {took} bytes");

    // Warm: offering, replacing, expiring and refusing allocate nothing but the box of what goes to hold.
    drop(queue);
    let mut queue = Queue::new(Bounds {
        objects: 500,
        bytes: 1 << 20,
        skew: Duration::from_secs(5),
        at_once: usize::MAX,
    });
    let objects: Vec<_> = (0..5_000_u64)
        .map(|entry| {
            sealed_as(entry, |it| {
                it.order = Some(Order { key: key(entry % 200), at: ms(entry as i64 / 10), lasting: false });
                it.not_after = ms(entry as i64 + 150);
            })
        })
        .collect();
    let mut out = Vec::with_capacity(10_000);
    let region = Region::new(ALLOCATOR);
    for (object, at) in objects.into_iter().zip(0..) {
        queue.offer(object, ms(at), &mut out);
    }
    assert_eq!(region.change().allocations, 0);
    let kinds = |wanted: fn(&What) -> bool| out.iter().filter(|it| wanted(&it.what)).count();
    assert!(kinds(|it| matches!(it, What::Expired)) > 100);
    let _ = kinds(|it| matches!(it, What::Superseded { .. }));
}
