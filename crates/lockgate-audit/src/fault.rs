//! Why the log did not do what it was asked to.

use crate::checkpoint::CheckpointFault;
use std::{fmt, io};

/// The log did not take, or not keep, what it was given. All but [`Fault::Entry`] pass once the disk is well again: the
/// same calls may simply be made again.
#[derive(Debug)]
pub enum Fault {
    /// The entry is empty or longer than 65,535 bytes.
    Entry,
    /// So much waits for [`Log::commit`](crate::Log::commit) that no more is taken before it.
    Full,
    /// The disk: what was to be done, and what the system said.
    Disk(&'static str, io::Error),
}

/// The log cannot be opened. The lane does not run.
#[derive(Debug)]
pub enum OpenFault {
    /// Another process has it open.
    InUse,
    /// The disk: what was to be done, and what the system said.
    Disk(&'static str, io::Error),
    /// Part of it was changed or lost since it was written, and no crash does that: which file, and what of it.
    Damaged(String, &'static str),
    /// A checkpoint was not signed by this key, or cannot be read: which, and why.
    Checkpoint(String, CheckpointFault),
    /// A checkpoint says more entries than there are.
    Shorter {
        /// Which checkpoint: the log's own, or that of a second place.
        of: String,
        /// Entries that the checkpoint says.
        signed: u64,
        /// Entries that there are.
        there: u64,
    },
    /// Its entries are not those that a checkpoint signed.
    Rewritten {
        /// Which checkpoint.
        of: String,
        /// Entries that the checkpoint says.
        signed: u64,
    },
    /// The entries do not add up: at which, and why.
    Accounting(u64, String),
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry => out.write_str("a log entry has 1 to 65,535 bytes"),
            Self::Full => out.write_str("too much waits to be written to the log; commit first"),
            Self::Disk(doing, error) => {
                write!(out, "audit log, {doing}: {error}; nothing is released until it can be written again")
            }
        }
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for OpenFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => out.write_str("the audit log is open in another process; stop that one first"),
            Self::Disk(doing, error) => write!(out, "audit log, {doing}: {error}"),
            Self::Damaged(file, what) => write!(
                out,
                "audit log, {file}: {what}; no crash does that; keep the folder as it is, and start with a new one"
            ),
            Self::Checkpoint(of, fault) => write!(out, "audit log, {of}: {fault}; is it the right key?"),
            Self::Shorter { of, signed, there } => write!(
                out,
                "audit log: {of} says {signed} entries, but there are {there}; entries were removed, or an \
                 old copy was put in place; keep the folder as it is, and start with a new one"
            ),
            Self::Rewritten { of, signed } => write!(
                out,
                "audit log: the first {signed} entries are not those of {of}; keep the folder as it is, \
                 and start with a new one"
            ),
            Self::Accounting(entry, why) => write!(out, "audit log, entry {entry}: {why}"),
        }
    }
}

impl std::error::Error for OpenFault {}
