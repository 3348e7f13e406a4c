//! The audit log: append-only, in public formats, with its accounting and its verifier.
//!
//! ```text
//!   write_decision, Event::write --> Log::append --> Log::commit (durable) --> Log::checkpoint (signed) --> second place
//!                                                         |
//!   verify, Entries, show, export, Ledger  <--- tiles, bundles, checkpoint (C2SP tlog-tiles, tlog-checkpoint, signed-note)
//! ```
//! Start with [`Log`] for writing and with [`verify`] for reading; docs/AUDIT.md describes every file and key.
//!
//! What this crate cannot do on purpose: read a clock, decide anything, or show payload.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod approvals;
mod behind;
mod checkpoint;
mod companions;
mod decision;
mod entries;
mod event;
pub mod export;
mod far;
mod fault;
mod flood;
mod fold;
mod ledger;
mod log;
mod note;
mod place;
mod ran;
mod segment;
mod shelf;
pub mod show;
mod statements;
mod tile;
mod tree;
mod verify;

pub use behind::Alarms;
pub use checkpoint::{Checkpoint, CheckpointFault};
pub use decision::{DecisionFacts, write_decision};
pub use entries::{Entries, signed_size};
pub use event::{
    BundleChange, ClockChange, ClockState, Decision, Door, Drops, Event, EventFault, Refusals, Review,
    Settled, Stage, StageSays, Start, Stop,
};
pub use far::Pushed;
pub use fault::{Fault, OpenFault};
pub use flood::Flood;
pub use fold::Fold;
pub use ledger::reviews::{Mark, Reviewed};
pub use ledger::snapshot::{Series, Snapshot};
pub use ledger::{Decided, Fact, Ledger, LedgerFault, Outcome, Taken, Tally, Waits};
pub use log::{Log, Recovered, Settings, Standing};
pub use note::{KeyFault, LogKey, NoteFault, TrustKey};
pub use place::{SecondFolder, SecondPlace};
pub use ran::has_run;
pub use shelf::Shelf;
pub use statements::approvals;
pub use tile::ENTRY_MAX;
pub use tree::{Hash, leaf};
pub use verify::{Finding, Report, Wrong, verify};
