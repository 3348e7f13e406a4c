//! The whole way of an object on one screen.
//!
//! ```text
//!   frame -> receive -> route --fast--> inspect ------+--> decide --> record --> (egress | hold | nowhere)
//!                          \--slow--> look (jailed) ----+      |  ^
//!                                                            v  |
//!                                                         rewritten, by the reference programs
//! ```
//! What people approved comes again as a frame, with their attestations, and is decided again.

use lockgate_attest::{Attestation, SignedReview};
use lockgate_bytes::{Frame, Time};
pub use lockgate_core::Passed;
use lockgate_core::{
    Company, Decision, Deep, Inspected, Journal, JournalFault, Policy, Prospect, Received, ReviewPolicy,
    Routed, Verdict, Workspace, decide, decide_rewritten, foresee, record,
};
use std::sync::Arc;

/// Takes one object, by itself, from receive to its verdict.
pub fn judge(
    frame: Frame,
    policy: &Arc<Policy>,
    now: Time,
    workspace: Box<Workspace>,
    deep: &mut dyn Deep,
) -> Verdict {
    judge_with(frame, &Company::new(), policy, now, workspace, deep)
}

/// Takes one object with what came with it from receive to its verdict.
pub fn judge_with(
    frame: Frame,
    company: &Company,
    policy: &Arc<Policy>,
    now: Time,
    workspace: Box<Workspace>,
    deep: &mut dyn Deep,
) -> Verdict {
    let received = Received::accept(frame, workspace).accompanied(company);
    decide_on(look_into(received, policy, deep), policy, now, None)
}

/// Takes one object that people have said something of from receive to its verdict.
pub fn judge_attested(
    frame: Frame,
    policy: &Arc<Policy>,
    now: Time,
    workspace: Box<Workspace>,
    deep: &mut dyn Deep,
    attestations: &[Attestation],
) -> Verdict {
    let said = Some(attestations).filter(|said| !said.is_empty());
    decide_on(look_into(Received::accept(frame, workspace), policy, deep), policy, now, said)
}

/// What would become of an object if people answered everything that they may. Nothing is released by it.
pub fn look_ahead(
    frame: Frame,
    policy: &Arc<Policy>,
    now: Time,
    workspace: Box<Workspace>,
    deep: &mut dyn Deep,
) -> Prospect {
    look_ahead_with(frame, &Company::new(), policy, now, workspace, deep)
}

/// The same for an object with what came with it.
pub fn look_ahead_with(
    frame: Frame,
    company: &Company,
    policy: &Arc<Policy>,
    now: Time,
    workspace: Box<Workspace>,
    deep: &mut dyn Deep,
) -> Prospect {
    let received = Received::accept(frame, workspace).accompanied(company);
    foresee(look_into(received, policy, deep), policy, now)
}

/// Has an object looked into, by its type or by a worker.
pub(crate) fn look_into(received: Received, policy: &Arc<Policy>, deep: &mut dyn Deep) -> Inspected {
    match received.route(policy) {
        Routed::Fast(object) => object.inspect(policy),
        Routed::Slow(object) => object.look(deep, policy),
    }
}

/// Takes an object that has been looked into to its verdict; a lane has what is slow looked into by a thread of its own.
pub(crate) fn decide_on(
    inspected: Inspected,
    policy: &Arc<Policy>,
    now: Time,
    attestations: Option<&[Attestation]>,
) -> Verdict {
    match decide(inspected, policy, now, attestations) {
        Decision::Final(verdict) => verdict,
        Decision::Rewritten(object) => decide_rewritten(object.inspect(policy), policy, now),
    }
}

/// What of statements that counted once still stands, by this policy at this time; none at all where nobody said anything.
pub(crate) fn attested(reviews: &[SignedReview], policy: &Policy, now: Time) -> Option<Vec<Attestation>> {
    let people = policy.review().map(ReviewPolicy::people).unwrap_or_default();
    let stands = |signed: &SignedReview| signed.verify(&people, policy.lane(), now).ok();
    (!reviews.is_empty()).then(|| reviews.iter().filter_map(stands).collect())
}

/// Takes one object from receive to record, by itself; a lane records whole batches, see the module `gate`.
///
/// # Errors
/// [`JournalFault`] where the decision could not be recorded: the object then goes nowhere.
pub fn pass(
    frame: Frame,
    policy: &Arc<Policy>,
    now: Time,
    workspace: Box<Workspace>,
    deep: &mut dyn Deep,
    journal: &mut dyn Journal,
) -> Result<(Passed, Box<Workspace>), JournalFault> {
    pass_with(frame, &Company::new(), policy, now, workspace, deep, journal)
}

/// The same for an object with what came with it.
///
/// # Errors
/// As [`pass`].
pub fn pass_with(
    frame: Frame,
    company: &Company,
    policy: &Arc<Policy>,
    now: Time,
    workspace: Box<Workspace>,
    deep: &mut dyn Deep,
    journal: &mut dyn Journal,
) -> Result<(Passed, Box<Workspace>), JournalFault> {
    Ok(match judge_with(frame, company, policy, now, workspace, deep) {
        Verdict::Release(token) => {
            let (recorded, workspace) = record(token, journal)?;
            (Passed::Release(recorded), workspace)
        }
        Verdict::Hold(token) => {
            let (recorded, workspace) = record(token, journal)?;
            (Passed::Hold(recorded), workspace)
        }
        Verdict::Refuse(token) => {
            let (recorded, workspace) = record(token, journal)?;
            (Passed::Refuse(recorded), workspace)
        }
    })
}
