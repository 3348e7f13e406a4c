//! The approvals behind an object that waits, as the log holds them.

use crate::entries::Entries;
use crate::event::Event;
use crate::ledger::Ledger;
use crate::ledger::reviews::Mark;
use lockgate_attest::{ReviewStep, SignedReview};
use lockgate_disk::Disk;

/// The approvals on record of an object that waits, as of the entries that `ledger` has taken. What cannot be read is left
/// out: then they are too few.
pub fn approvals(log: &dyn Disk, ledger: &Ledger, object: u64) -> Vec<SignedReview> {
    let marks = ledger.marks(object).iter().filter(|mark| mark.step == Some(ReviewStep::Approve));
    let read = |mark: &Mark| {
        let mut entries = Entries::from(log, mark.entry);
        let (_, entry) = entries.next_entry().ok()??;
        match Event::read(entry) {
            Ok(Event::Review(review)) => SignedReview::read(&review.statement?),
            _ => None,
        }
    };
    marks.filter_map(read).collect()
}
