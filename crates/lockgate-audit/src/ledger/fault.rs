//! Entries that cannot follow those before them.

use super::{Outcome, Waits};
use std::fmt;

/// Why the entries do not add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerFault {
    /// An entry before the first start, or after a stop.
    NotRunning,
    /// A start whose epoch is not the next one.
    Epoch {
        /// The one that should come.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// A start or a snapshot that counts something else than the entries say.
    Disagrees(&'static str),
    /// An outcome, or a decision made again, for an entry that is no object which waits.
    NotWaiting(u64),
    /// An outcome for an object that waits, but not for this.
    WrongState(u64, Waits, Outcome),
    /// An outcome, or a decision made again, in another lane than the object's.
    WrongLane(u64),
    /// A range that runs backwards.
    Range(u64, u64),
    /// What reviewers said of the object of this entry does not go together.
    Review(u64, &'static str),
    /// Kernel drops that became fewer.
    Drops(u64, u64),
    /// More lanes or listeners than a log has, or a count above 64 bits.
    TooMuch,
}

impl fmt::Display for LedgerFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRunning => out.write_str("no process had started, or the last one had stopped"),
            Self::Epoch { expected, found } => write!(out, "epoch {found} begins where {expected} should"),
            Self::Disagrees(what) => {
                write!(out, "it says another number of {what} than the entries before it")
            }
            Self::NotWaiting(entry) => write!(out, "entry {entry} is no object that waits"),
            Self::WrongState(entry, waits, outcome) => {
                write!(out, "the object of entry {entry} is {waits:?} and cannot be {}", outcome.name())
            }
            Self::WrongLane(entry) => write!(out, "the object of entry {entry} is of another lane"),
            Self::Review(entry, why) => {
                write!(out, "what reviewers said of the object of entry {entry}: {why}")
            }
            Self::Range(from, to) => write!(out, "the range from {from} to {to} runs backwards"),
            Self::Drops(before, now) => write!(out, "kernel drops went from {before} back to {now}"),
            Self::TooMuch => out.write_str("a count above 64 bits, or too many lanes or listeners"),
        }
    }
}

impl std::error::Error for LedgerFault {}
