//! Laws of the whole engine, each tried on lanes of this repository that are changed in memory as a law needs it.
//!
//! ```text
//!   rules/ --(edits)--> Gate --judge(bytes, now)--> Seen: verdict, codes, released bytes, account
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test stops where something is not as it should be"
)]

mod altering;
mod authored;
mod bad_input;
mod beside;
mod bound;
mod bounds;
mod carriers;
mod embedded;
mod encodings;
mod event;
mod gate;
mod inside;
mod ism;
mod ism_inside;
mod labels;
mod log;
mod natives;
mod packets;
mod parts;
mod rebuilt;
mod recording;
mod review;
mod rewriting;
mod us;
mod verdicts;
mod who;
mod without;
