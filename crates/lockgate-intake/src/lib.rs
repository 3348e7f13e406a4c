//! Everything that arrives becomes a frame of a known source, or is turned away and counted.
//!
//! ```text
//!   UDP --recvmmsg--------------------\
//!   TCP --framing, patience------------+--> desk: source, rate, size --> Hatch --> engine
//!   TLS --certificate -> source, then /         \-- TurnedAway, Losses --------^
//!   directory --settle, claim, read--/
//! ```
//!
//! One thread does it all. Where the lane does not push back, nothing that a source can see (acknowledgements, their
//! timing, closes, files that vanish) depends on what became of a frame or on a full hatch: intake reads on its own
//! schedule, and what finds no room is counted. Framing, rates, patience and counting are pure and take the time as an
//! argument; sockets are thin.
//!
//! What this crate cannot do on purpose: it knows no type, no marking and no rule, sends nothing to anybody (but the TLS
//! handshake), and makes no source of an address: an interface, a certificate or the owner of a folder is one.

#![cfg(target_os = "linux")]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod allowance;
mod arrival;
mod by_hand;
mod clock;
mod config;
mod connection;
mod counters;
mod desk;
mod diode;
mod directory;
mod framing;
mod handle;
mod interfaces;
mod open;
mod own_addresses;
mod pace;
mod pool;
mod run;
mod tally;
mod tcp;
mod tls;
mod udp;

pub use allowance::Rate;
pub use arrival::{Arrival, Hatch, Losses, Mark, Offered, Receipt, TurnedAway, Why};
pub use by_hand::ByHand;
pub use clock::Clock;
pub use config::{
    Admission, Client, Config, Diode, Directory, Identity, Listener, OpenFault, Settle, Sidecars, Source,
    Tcp, Tls, Udp, Way,
};
pub use counters::{Counter, IntakeCounters, ListenerCounters};
pub use directory::open_folder;
pub use framing::{
    Ber, ByteOrder, Cut, DELIMITER_MAX, Framer, Framing, Length, OFFSET_MAX, Room, Varint, Width,
};
pub use handle::Handle;
pub use open::Intake;
pub use own_addresses::own_addresses;
pub use pace::Patience;
pub use pool::Pool;
