//! What reviewers have said of objects that wait: the states of review, as the accounting sees them.
//!
//! ```text
//!   held --claim--> claimed --approve--> approved, once or more --(decided again)--> released
//!                          \--reject, return--> its end
//! ```
//! Two distinct people, each behind a claim of their own, no statement twice: what breaks that is a fault of the log.

use super::{Ledger, LedgerFault, Outcome, Waits};
use lockgate_attest::ReviewStep;
use lockgate_bytes::Time;
use lockgate_core::STATEMENTS_MAX;

/// One statement on record about an object that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The entry of its record.
    pub entry: u64,
    /// What was done; `None` where it was refused.
    pub step: Option<ReviewStep>,
    /// By whom.
    pub by: String,
    /// Its nonce.
    pub nonce: [u8; 16],
    /// First instant at which it does not hold any more.
    pub until: Time,
    /// With it, enough people had approved.
    pub complete: bool,
}

/// What the record of a statement says for the accounting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed<'a> {
    /// When it was looked at.
    pub at: Time,
    /// The lane.
    pub lane: &'a str,
    /// The entry of the decision that holds the object.
    pub object: Option<u64>,
    /// What was to be done.
    pub step: Option<ReviewStep>,
    /// By whom; `None` where nobody knows.
    pub by: Option<&'a str>,
    /// The nonce of the statement, where it is known who made it.
    pub nonce: Option<[u8; 16]>,
    /// First instant at which it does not hold any more.
    pub until: Option<Time>,
    /// With it, enough people have approved.
    pub complete: bool,
    /// It did not count.
    pub is_refused: bool,
}

impl Ledger {
    /// The statements on record about an object that waits, in order.
    pub fn marks(&self, object: u64) -> &[Mark] {
        self.reviews.get(&object).map_or(&[], Vec::as_slice)
    }

    /// Objects that are held, and that enough people have approved.
    pub fn approved(&self) -> impl Iterator<Item = u64> {
        let complete = self.reviews.iter().filter(|(_, marks)| marks.iter().any(|mark| mark.complete));
        complete.map(|(object, _)| *object).filter(|object| self.is_held(*object))
    }

    /// Approvals of held objects that fewer people have approved than must, with the objects.
    pub fn begun_approvals(&self) -> impl Iterator<Item = (u64, &Mark)> {
        let begun = self
            .reviews
            .iter()
            .filter(|(object, marks)| self.is_held(**object) && !marks.iter().any(|mark| mark.complete));
        let marks = begun.flat_map(|(object, marks)| marks.iter().map(|mark| (*object, mark)));
        marks.filter(|(_, mark)| mark.step == Some(ReviewStep::Approve))
    }

    /// True where the object waits for people.
    pub fn is_held(&self, object: u64) -> bool {
        matches!(self.waiting.get(&object), Some((_, Waits::Held)))
    }

    /// True where the object is queued or held.
    pub(crate) fn waits(&self, object: u64) -> bool {
        self.waiting.contains_key(&object)
    }

    pub(super) fn review(&mut self, entry: u64, fact: &Reviewed<'_>) -> Result<(), LedgerFault> {
        let lane = self.lane(fact.lane)?;
        let ours = |object: &u64| self.waiting.get(object) == Some(&(lane, Waits::Held));
        let object = fact.object.filter(ours);
        let said = fact.by.zip(fact.nonce).zip(fact.until);
        let mark = |step, ((by, nonce), until): ((&str, _), _)| Mark {
            entry,
            step,
            by: by.to_owned(),
            nonce,
            until,
            complete: fact.complete,
        };
        if fact.is_refused {
            // Remembered where its maker is known, so that it is not handed in until it counts.
            if let (Some(object), Some(said)) = (object, said) {
                let marks = self.reviews.entry(object).or_default();
                if marks.len() < STATEMENTS_MAX {
                    marks.push(mark(None, said));
                }
            }
            return Ok(());
        }
        let wrong = |why| LedgerFault::Review(fact.object.unwrap_or(u64::MAX), why);
        let object = object.ok_or(LedgerFault::NotWaiting(fact.object.unwrap_or(u64::MAX)))?;
        let (step, said) = fact.step.zip(said).ok_or(wrong("a statement of nobody"))?;
        let new = mark(Some(step), said);
        if let Some(why) = stands_against(self.marks(object), &new, fact.at) {
            return Err(wrong(why));
        }
        match step {
            ReviewStep::Reject => self.befall(object, Outcome::Rejected),
            ReviewStep::Return => self.befall(object, Outcome::Returned),
            ReviewStep::Claim | ReviewStep::Approve => {
                self.reviews.entry(object).or_default().push(new);
                Ok(())
            }
        }
    }

    /// Marks of a snapshot.
    pub(super) fn put_mark(&mut self, object: u64, mark: Mark) -> Result<(), LedgerFault> {
        let marks = self.reviews.entry(object).or_default();
        if !self.waiting.contains_key(&object) || marks.len() >= STATEMENTS_MAX {
            return Err(LedgerFault::Disagrees("statements of reviewers"));
        }
        marks.push(mark);
        Ok(())
    }
}

/// What stands against one more statement about an object, looked at `at` this time.
fn stands_against(marks: &[Mark], new: &Mark, at: Time) -> Option<&'static str> {
    let approves = Some(ReviewStep::Approve);
    let claimed = marks.iter().rev().find(|mark| mark.step == Some(ReviewStep::Claim));
    let decides = new.step != Some(ReviewStep::Claim);
    // Whose approval has ended may look again.
    let stands = |mark: &&Mark| mark.step == approves && at < mark.until;
    if marks.len() >= STATEMENTS_MAX {
        Some("more statements than an object may have")
    } else if marks.iter().any(|mark| mark.nonce == new.nonce) {
        Some("a statement stands twice")
    } else if new.step == approves && marks.iter().filter(stands).any(|mark| mark.by == new.by) {
        Some("one person approves twice")
    } else if decides && claimed.is_none_or(|claim| claim.by != new.by) {
        Some("somebody decides who has not claimed it")
    } else if new.complete && new.step != approves {
        Some("something else than an approval completes the approvals")
    } else {
        None
    }
}
