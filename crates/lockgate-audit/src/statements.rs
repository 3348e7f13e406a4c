//! The approvals behind an object that waits, as the log holds them.

use crate::entries::Entries;
use crate::event::Event;
use crate::ledger::Ledger;
use crate::ledger::reviews::Mark;
use crate::log::Log;
use lockgate_attest::{ReviewStep, SignedReview};
use lockgate_disk::Disk;
use std::io;

/// The approvals on record of an object that waits, as of the entries that `ledger` has taken, in a log that was verified.
/// What cannot be read is left out: then they are too few.
pub fn approvals(log: &dyn Disk, ledger: &Ledger, object: u64) -> Vec<SignedReview> {
    let statement = |entry| read(Entries::from(log, entry).next_entry().ok()??.1);
    entries(ledger, object).filter_map(statement).collect()
}

impl Log {
    /// The approvals on record of an object that waits, as of the entries that `ledger` has taken. What is not what was
    /// committed is left out: then they are too few.
    ///
    /// # Errors
    /// Those of the disk: which there are is not known then.
    pub fn approvals(&self, ledger: &Ledger, object: u64) -> io::Result<Vec<SignedReview>> {
        let mut found = Vec::new();
        for entry in entries(ledger, object) {
            match self.entry(entry) {
                Err(error) if error.kind() != io::ErrorKind::InvalidData => return Err(error),
                entry => found.extend(entry.ok().flatten().and_then(|entry| read(&entry))),
            }
        }
        Ok(found)
    }
}

/// Where they stand.
fn entries(ledger: &Ledger, object: u64) -> impl Iterator<Item = u64> {
    let approves = |mark: &&Mark| mark.step == Some(ReviewStep::Approve);
    ledger.marks(object).iter().filter(approves).map(|mark| mark.entry)
}

fn read(entry: &[u8]) -> Option<SignedReview> {
    match Event::read(entry) {
        Ok(Event::Review(review)) => SignedReview::read(&review.statement?),
        _ => None,
    }
}
