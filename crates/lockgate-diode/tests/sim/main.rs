//! Sender and receiver over a link that misbehaves, in virtual time and by seed.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests compute freely and print figures"
)]

mod bars;
mod end;
#[path = "../figures/mod.rs"]
mod figures;
mod plan;
mod runs;
mod thin;
mod world;
