//! The approvals behind an object that waits, as the log holds them.

use crate::entries::Entries;
use crate::event::Event;
use crate::ledger::Ledger;
use crate::ledger::reviews::Mark;
use crate::log::Log;
use lockgate_attest::{ReviewStep, SignedReview};
use lockgate_disk::Disk;

/// The approvals on record of an object that waits, as of the entries that `ledger` has taken, in a log that was verified.
/// What cannot be read is left out: then they are too few.
pub fn approvals(log: &dyn Disk, ledger: &Ledger, object: u64) -> Vec<SignedReview> {
    of(ledger, object, |entry| read(Entries::from(log, entry).next_entry().ok()??.1))
}

impl Log {
    /// The approvals on record of an object that waits, as of the entries that `ledger` has taken. What is not what was
    /// committed is left out: then they are too few.
    pub fn approvals(&self, ledger: &Ledger, object: u64) -> Vec<SignedReview> {
        of(ledger, object, |entry| read(&self.entry(entry).ok()??))
    }
}

fn of(ledger: &Ledger, object: u64, statement: impl Fn(u64) -> Option<SignedReview>) -> Vec<SignedReview> {
    let approves = |mark: &&Mark| mark.step == Some(ReviewStep::Approve);
    ledger.marks(object).iter().filter(approves).filter_map(|mark| statement(mark.entry)).collect()
}

fn read(entry: &[u8]) -> Option<SignedReview> {
    match Event::read(entry) {
        Ok(Event::Review(review)) => SignedReview::read(&review.statement?),
        _ => None,
    }
}
