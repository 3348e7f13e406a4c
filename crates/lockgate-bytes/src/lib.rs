//! The floor of the house: bytes that nobody trusts yet, and the exact values read from them.
//!
//! ```text
//!   Frame --> Untrusted --> Reader (forward only) --> Time, Decimal, Digest ... at a Span, within a Budget
//!                                                                                     ... --> Sealed
//! ```
//!
//! What this crate cannot do on purpose: no I/O, no clock, no randomness, no floating point. [`Frame`] and
//! [`Sealed`] are the seams of the house: plain bytes that may come from, or go to, another process. What their far
//! side checks, the hash and the tag of [`SealKey`], stands here too, so that it needs nothing else of the house.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

pub mod base64;
mod budget;
mod decimal;
mod digest;
mod hidden;
mod precedence;
mod pseudonym;
mod ratio;
mod reader;
mod seal;
mod seam;
mod span;
mod time;

pub use budget::{Budget, OverBudget};
pub use decimal::{Decimal, DecimalFault, POWERS_OF_TEN};
pub use digest::{Crossing, Digest};
pub use hidden::{is_hidden, look_alike};
pub use precedence::Precedence;
pub use pseudonym::{PSEUDONYMS_MAX, PseudonymKey};
pub use ratio::Ratio;
pub use reader::{Reader, Untrusted};
pub use seal::SealKey;
pub use seam::{Frame, Look, NAME_BYTES_MAX, Order, Sealed, Sidecar, turn_of};
pub use span::Span;
pub use time::{Duration, Time, TimeFault};
