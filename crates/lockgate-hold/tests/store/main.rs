//! The store through its contract: every crash, every fault of a disk, every flipped bit, and what it costs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a test stops where something is not as it should be"
)]

mod cost;
mod crashes;
mod damage;
mod faults;
mod model;
mod order;
