//! The way out: a queue by precedence, newest wins, paced, checked once more, send-only.
//!
//! ```text
//!   journal --Mouth--> [ Sender: Queue -> Gate -> Pace ] --> Sink (datagrams, or files)
//!      ^                   |            \--> DiodeOut: the one-way protocol, which takes and paces by itself
//!      +--------Ear---- Report
//! ```
//!
//! Every object that is handed over ends in exactly one [`Outcome`]. [`Sender`] decides everything and touches nothing;
//! [`Egress`] is the thread around it. Precedence is strict, but for the protocol's trickle: see [`Queue`].
//!
//! What this crate cannot do on purpose: read a marking, a rule or a decision; receive anything, from a socket or a
//! file. Four locks hold the last one: no call that receives is named here (clippy and `xtask tidy` say so), the socket
//! is shut for reading, a packet filter on it drops whatever comes, and the thread's [`Cage`] refuses the system calls.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]
#![cfg(target_os = "linux")]

mod cage;
mod counters;
mod diode;
mod directory;
mod gate;
mod link;
mod link_state;
mod looks;
mod mouth;
mod outcome;
mod places;
mod queue;
#[cfg(test)]
mod queue_model;
mod run;
mod sender;
mod sink;
mod sockets;
#[cfg(test)]
mod testing;
mod udp;
mod wires;

pub use cage::Cage;
pub use counters::{ClassFigures, EgressCounters};
pub use diode::DiodeOut;
pub use directory::{DirectorySink, Stage};
pub use gate::Gate;
pub use link::UdpLink;
pub use link_state::LinkState;
pub use lockgate_diode::Pace;
pub use mouth::{Brake, Ear, Ended, Ends, Full, Hatch, Mouth, Report, Valve, hatch};
pub use outcome::{Outcome, What};
pub use queue::{Bounds, Class, OVERHEAD, Queue};
pub use run::{Egress, EgressFault, Exit};
pub use sender::{Sender, Wake};
pub use sink::{BATCH, Obstacle, Progress, Sink, Stall};
pub use udp::UdpSink;
