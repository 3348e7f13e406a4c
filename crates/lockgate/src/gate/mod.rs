//! The gate: the engine of one lane between two networks, with a log that nothing gets past.
//!
//! ```text
//!   plan (deployment + bundle) -> recover (what the last run left) -> lane: four threads
//!     engine: receive .. verdict, and the words of its record        journal: on record first, then on its way
//! ```
//! What a lane needs of the world comes in through [`plan`]; the threads and channels stand in [`lane`]; what is decided
//! stands in the rooms below, and nothing of it here.

pub(crate) mod begin;
pub(crate) mod beside;
mod books;
#[cfg(test)]
mod by_hand;
pub(crate) mod clock;
#[cfg(test)]
mod clock_laws;
mod common;
#[cfg(test)]
mod crash;
pub(crate) mod demonstration;
mod drift;
mod ends;
mod engine;
mod entry;
#[cfg(test)]
mod expired;
#[cfg(test)]
mod heartbeats;
mod journal;
pub(crate) mod lane;
mod listeners;
mod numbers;
mod pages;
pub(crate) mod plan;
mod recover;
pub(crate) mod refused;
mod way_out;
