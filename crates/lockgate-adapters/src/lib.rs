//! Other people's one-way protocols, for links whose other end is not ours. Off unless a deployment names one.
//!
//! ```text
//!   Supply --Object--> lidi::Sender --datagram--> link --datagram--> lidi::Receiver --Event--> caller
//! ```
//!
//! Both ends are those of [`lockgate_diode::Outgoing`] and [`lockgate_diode::Incoming`]: queue, gate, pace, sockets and reports are
//! the same as with our own protocol. What is lost by leaving it is the same for all of them, and `docs/DIODE.md` says it: no datagram
//! proves who sent it, and nobody at the other end knows what was sent and did not come. [`Objects`] says what is done about a damaged
//! object.
//!
//! What this crate cannot do on purpose: no I/O, no clock, no randomness. Everything that it keeps has a bound.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

mod checked;
pub mod flute;
pub mod lidi;

pub use checked::{HEAD as CHECKED_HEAD, Objects};
