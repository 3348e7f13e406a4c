//! The type language as a whole: shipped types, real events, agreement of the two readers, laws of the encoding.
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")]

mod agree;
mod common;
mod corpus;
mod make;
mod types;
