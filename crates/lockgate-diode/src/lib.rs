//! The one-way protocol: a sender that cannot hear, a link that loses, a receiver that can say exactly what it has and
//! has not got. `docs/DIODE.md` describes it well enough to write it again.
//!
//! ```text
//!   Supply --Object--> Sender: order, pace, FEC, manifests --datagram--> link --datagram--> Receiver --Event--> caller
//!                                                                                               ^--Note-- journal
//! ```
//!
//! - Every datagram says what it is and carries a tag (keyed BLAKE3), which is checked before anything else is read of it.
//! - An object is delivered whole, when its BLAKE3 is that of its datagrams, or not at all. Loss of one touches no other.
//! - Small objects leave at once and are protected by a sliding window; large ones are cut into interleaved blocks.
//! - Signed manifests and heartbeats carry high-water marks: numbers are dense, so the receiver knows every object sent.
//!
//! What this crate cannot do on purpose: no I/O, no clock, no randomness. Time is an argument, datagrams are byte slices,
//! the journal is a list of notes that the caller keeps. All that is kept has a bound; see [`Limits`].

#![no_std]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        reason = "tests compute freely"
    )
)]

extern crate alloc;

mod again;
mod block;
mod chain;
mod cut;
mod ends;
mod field;
mod key;
mod manifest;
mod outlet;
mod pace;
mod plan;
mod receiver;
mod relay;
mod repairs;
#[cfg(target_arch = "x86_64")]
mod run;
#[cfg(not(target_arch = "x86_64"))]
#[path = "run/none.rs"]
mod run;
mod seen;
mod sender;
mod slide;
mod spans;
mod supply;
mod tags;
mod terms;
mod wire;

pub use ends::{Incoming, Outgoing};
pub use key::{LinkKey, ManifestKey, ManifestSecret, TAG_BYTES};
pub use manifest::{Closing, Entry, Manifest, Mark, Marks};
pub use pace::Pace;
pub use plan::{Fate, Flow, Forecast, forecast, try_out};
pub use receiver::{
    Alarm, Cause, Counters, Delivered, EpochView, Event, How, LONGEST_SILENCE, Limits, Lost, NOTE_BYTES,
    Note, NoteFault, Receiver, Tally,
};
pub use relay::{Chance, Relay, Truth, Weather};
pub use sender::{Sender, Spent, Start, Step};
pub use supply::{Ended, Gone, Object, Plane, Supply};
pub use terms::{Terms, TermsFault};
pub use wire::{Block, Body, Fault, Head, Heartbeat, Open, Part, Repair, Source, open};

/// Where an object belongs: the sender's start, its class, and its place among the objects of that class that were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    /// The start of the sender: a counter in the upper 32 bits, chance in the lower.
    pub epoch: u64,
    /// The class.
    pub class: lockgate_bytes::Precedence,
    /// Numbers of a class begin at 0 and have no holes.
    pub number: u64,
}

/// BLAKE3 of an object, all 32 bytes.
pub type Hash = [u8; 32];
