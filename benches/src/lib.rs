//! What Lockgate is measured with: generated traffic, a baseline in the same process, and a counting allocator.
//!
//! ```text
//!   event (seeded traffic) --> baseline (quick-xml tokens) --\
//!                          --> engine (the fast path) ------- measure --> bin/lane: JSON lines --> cargo xtask bars
//!   wire (generator, sink, bare forwarder) --> deployment (the binary, on a signed bundle) --> bin/gate: JSON lines, too
//! ```
//!
//! Absolute times drift from machine to machine and hour to hour, so everything that is compared runs in one process,
//! pass by pass in turn. Nothing is estimated: what is not wired is not printed.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    reason = "statistics over our own measurements; no verdict depends on them"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests compute freely"))]

pub mod allocations;
pub mod baseline;
#[cfg(target_os = "linux")]
pub mod deployment;
pub mod engine;
pub mod event;
pub mod formats;
pub mod ism;
pub mod measure;
#[cfg(target_os = "linux")]
pub mod wire;
