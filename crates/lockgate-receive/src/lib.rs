//! The far side of a diode: datagrams come in, whole objects go out, and what is missing is told.
//!
//! ```text
//!   socket --datagrams--> Receiver (lockgate-diode) --events--> outlet: folder, clients, datagrams, a pipe
//!                                                     \--notes--> Journal        \--> report: one event a line
//! ```
//!
//! [`Station`] is socket, receiver and journal together, for whoever reads by himself: intake of a guard that stands behind
//! a diode. [`Far`] adds threads and an outlet: the whole of `lockgate receive`, for our protocol and, without a journal, for
//! any other that is an [`Incoming`](lockgate_diode::Incoming).
//!
//! What this crate cannot do on purpose: send anything towards the diode. The socket is never connected, and no call that
//! sends is made on it.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]
#![cfg(target_os = "linux")]

mod ear;
mod far;
mod hand;
mod journal;
mod keeper;
mod order;
mod outlet;
mod station;
#[cfg(test)]
mod testing;

pub use ear::{Drops, Ear, Listen, bind, drops_of};
pub use far::{Far, FarFault, Happened, Sight, Stop, Tell};
pub use journal::{Journal, JournalFault};
pub use keeper::Keeper;
pub use order::{Late, Newest};
pub use outlet::{Clients, Datagrams, Folder, Framed, Outlet, Pipe, name};
pub use station::{Link, Station};
