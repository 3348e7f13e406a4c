//! The type language as a whole: shipped types, real events, agreement of the two readers, laws of the encoding.
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops has failed"
)]
#![allow(clippy::float_arithmetic, reason = "other decoders give floating point")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a skipped test must be loud")]

mod agree;
mod asterix;
mod bits;
mod carried;
mod common;
mod corpus;
mod decoded;
mod digits;
mod edges;
mod faults;
mod fill;
mod flips;
mod grammar;
mod guide;
mod halves;
mod headers;
mod json;
mod labels;
mod make;
mod many;
mod mutate;
mod packets;
mod profiles;
mod sentences;
mod setlines;
mod strict;
mod tak;
mod text;
mod times;
mod types;
mod wrong;
