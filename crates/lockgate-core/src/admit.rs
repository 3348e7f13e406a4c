//! Whether a reviewer's statement counts: who made it, what it is about, what went before, and whether it may be said.

use crate::answer::code_of;
use crate::policy::Policy;
use crate::{Prospect, ReviewPolicy};
use alloc::string::String;
use lockgate_attest::{ReviewStep, ReviewTerms, SignedReview};
use lockgate_bytes::Time;
use lockgate_reason::{Code, hold};

/// Statements on record about one held object, at most.
pub const STATEMENTS_MAX: usize = 64;

/// A statement about the same object that is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// What was done; `None` where the statement was refused.
    pub step: Option<ReviewStep>,
    /// By whom.
    pub by: String,
    /// Its nonce.
    pub nonce: [u8; 16],
    /// First instant at which it does not hold any more.
    pub until: Time,
}

/// A statement that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// What is done.
    pub step: ReviewStep,
    /// First instant at which it does not hold any more: its expiry, or the end of its reviewer's appointment where that is
    /// earlier; for a claim the end of the lease, where that is earlier still.
    pub until: Time,
    /// With it, enough people have approved.
    pub is_complete: bool,
}

/// Whether a statement may be looked at, as far as that can be told without the object that is held under `entry`, of which
/// `before` is on record, in that order: who made it, and when; and that it is a new one about this object. Nobody has to
/// build anything anew for one that may not.
///
/// # Errors
/// The code of the first thing that stands against it, and whether it was signed by the reviewer that it names.
pub fn may_be_heard(
    signed: &SignedReview,
    entry: u64,
    before: &[Before],
    policy: &Policy,
    now: Time,
) -> Result<(), (Code, bool)> {
    let Some(review) = policy.review() else { return Err((hold::REVIEWER_NOT_OF_LANE, false)) };
    signed.verify(&review.people(), policy.lane(), now).map_err(|fault| {
        let code = code_of(fault);
        (code, code != hold::REVIEWER_UNKNOWN)
    })?;
    let terms = signed.terms();
    if before.len() >= STATEMENTS_MAX {
        return Err((hold::TOO_MANY_STATEMENTS, false));
    }
    if before.iter().any(|done| done.nonce == terms.nonce) {
        return Err((hold::STATEMENT_REPLAYED, false));
    }
    if terms.entry != entry {
        return Err((hold::NOT_WAITING, true));
    }
    Ok(())
}

/// Whether a statement counts for the object that is held under `entry`, of which `before` is on record, in that order.
///
/// # Errors
/// The code of the first thing that stands against it, and whether it was signed by the reviewer that it names.
pub fn admit(
    signed: &SignedReview,
    prospect: &Prospect,
    entry: u64,
    before: &[Before],
    policy: &Policy,
    now: Time,
) -> Result<Admitted, (Code, bool)> {
    may_be_heard(signed, entry, before, policy, now)?;
    let Some(review) = policy.review() else { return Err((hold::REVIEWER_NOT_OF_LANE, false)) };
    Case { terms: signed.terms(), prospect, before, review, policy, now }.judge().map_err(|code| (code, true))
}

struct Case<'a> {
    terms: &'a ReviewTerms,
    prospect: &'a Prospect,
    before: &'a [Before],
    review: &'a ReviewPolicy,
    policy: &'a Policy,
    now: Time,
}

impl Case<'_> {
    fn judge(&self) -> Result<Admitted, Code> {
        self.prospect.facts.fit(self.terms, self.policy, self.now)?;
        let step = self.terms.step;
        let person = &self.review.named(&self.terms.reviewer).ok_or(hold::REVIEWER_UNKNOWN)?.person;
        let until = self.terms.expires.min(person.until);
        let mut admitted = Admitted { step, until, is_complete: false };
        if step == ReviewStep::Claim {
            self.claim()?;
            admitted.until = admitted.until.min(self.now.plus(self.review.lease));
            return Ok(admitted);
        }
        if step == ReviewStep::Approve {
            admitted.is_complete = self.approve()?;
        }
        if self.claimed_by() != Some(self.terms.reviewer.as_str()) {
            return Err(hold::NOT_CLAIMED);
        }
        Ok(admitted)
    }

    /// Who has claimed it now: the last claim, as long as its lease lasts and until its owner has approved.
    fn claimed_by(&self) -> Option<&str> {
        let last = self.before.iter().rposition(|done| done.step == Some(ReviewStep::Claim))?;
        let (claim, after) = self.before.split_at_checked(last).map(|(_, rest)| rest)?.split_first()?;
        let is_used = after.iter().any(|done| done.step == Some(ReviewStep::Approve) && done.by == claim.by);
        (self.now < claim.until && !is_used).then_some(claim.by.as_str())
    }

    /// Those that stand. What has ended does not count, and its reviewer may look again.
    fn approvals(&self) -> impl Iterator<Item = &Before> {
        self.before.iter().filter(|done| done.step == Some(ReviewStep::Approve) && self.now < done.until)
    }

    fn has_approved(&self) -> bool {
        self.approvals().any(|done| done.by == self.terms.reviewer)
    }

    fn claim(&self) -> Result<(), Code> {
        if self.has_approved() {
            return Err(hold::SAME_PERSON);
        }
        match self.claimed_by() {
            Some(other) if other != self.terms.reviewer => Err(hold::CLAIMED),
            _ => Ok(()),
        }
    }

    /// True where enough people have approved with this one.
    fn approve(&self) -> Result<bool, Code> {
        if self.has_approved() {
            return Err(hold::SAME_PERSON);
        }
        let person = &self.review.named(&self.terms.reviewer).ok_or(hold::REVIEWER_UNKNOWN)?.person;
        let others = self.approvals().count();
        if !(if others == 0 { person.first } else { person.second }) {
            return Err(hold::ROLE_NOT_HELD);
        }
        self.prospect.facts.fit_approval(self.terms)?;
        let Some((output, _)) = self.prospect.output() else { return Err(hold::NOT_ANSWERABLE) };
        if self.terms.output != Some(output) {
            return Err(hold::STATEMENT_OTHER_OUTPUT);
        }
        Ok(others.saturating_add(1) >= self.review.people)
    }
}
