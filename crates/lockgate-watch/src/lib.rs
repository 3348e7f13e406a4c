//! What a running lane shows of itself: gauges that its threads feed, alarms and health made of them, a control socket, a
//! metrics socket, a running log.
//!
//! ```text
//!   intake, engine, journal, egress --> Gauges --look--> Status --> control socket (status, top), /metrics, /ready ...
//!                                          ^
//!                     Sampler: copies, a second apart       Request::Reload ... --> Commands (the shell)
//! ```
//!
//! What this room cannot do on purpose: it sees no object and no decision, so it can neither bring, change nor show one.
//! Gauges know counts, times, names of authored files and stable codes.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod alarms;
#[cfg(unix)]
mod ask;
#[cfg(target_os = "linux")]
mod client;
mod gauges;
mod histogram;
#[cfg(target_os = "linux")]
mod http;
mod json;
mod link;
#[cfg(target_os = "linux")]
mod listen;
#[cfg(unix)]
mod log;
mod meaning;
mod metrics;
mod named;
mod objects;
#[cfg(target_os = "linux")]
mod orders;
#[cfg(target_os = "linux")]
mod passing;
mod request;
mod sampler;
mod status;
mod told;
#[cfg(target_os = "linux")]
mod watch;
mod words;

pub use alarms::{REMEMBERED_SECONDS, Raised, Stops};
#[cfg(unix)]
pub use ask::ask;
pub use gauges::{EXPIRIES_MAX, Expiry, Gauges, Loaded};
pub use histogram::{BUCKETS, Counts, Histogram};
pub use json::{Bounds, JsonFault, Value};
pub use link::LinkSpent;
#[cfg(target_os = "linux")]
pub use listen::{CLIENTS_MAX, CLIENTS_PER_SECOND};
#[cfg(unix)]
pub use log::{Event, LINES_PER_SECOND, Log, LogForm, LogSink, Origin, Severity};
pub use meaning::{Alarm, Meaning};
pub use named::{ListenerGauge, NAMES_MAX, OTHER, SourceGauge, TurnedAway};
pub use objects::Tally;
#[cfg(target_os = "linux")]
pub use orders::{Asked, Commands};
pub use request::{REQUEST_BYTES_MAX, Request, RequestFault};
pub use sampler::{Rate, Sampler};
pub use status::{EXPIRY_WARNING_DAYS, STUCK_SECONDS, Status};
#[cfg(target_os = "linux")]
pub use watch::{Clock, Options, Watch, WatchFault};
pub use words::{ClockState, ExpiryKind, ReaderState, Stage, Store, Verdict, Worker};
