//! The whole way of an object on one screen.
//!
//! ```text
//!   frame -> receive -> route --fast--> inspect ------+--> decide --> record --> (egress | hold | nowhere)
//!                          \--slow--> left unopened --+      |  ^
//!                                                            v  |
//!                                                         rewritten, by the reference programs
//! ```

use lockgate_bytes::{Frame, Time};
use lockgate_core::{
    Decision, Held, Journal, JournalFault, Policy, Received, Recorded, Refused, Released, Routed, Verdict,
    Workspace, decide, decide_rewritten, record,
};
use std::sync::Arc;

/// An object at the end of its way through the engine: decided and on record.
#[derive(Debug)]
pub enum Passed {
    /// It may be sealed for egress.
    Release(Recorded<Released>),
    /// It waits for people.
    Hold(Recorded<Held>),
    /// It does not cross.
    Refuse(Recorded<Refused>),
}

/// Takes one object from receive to record.
///
/// # Errors
/// [`JournalFault`] where the decision could not be recorded: the object then goes nowhere.
pub fn pass(
    frame: Frame,
    policy: &Arc<Policy>,
    now: Time,
    workspace: Box<Workspace>,
    journal: &mut dyn Journal,
) -> Result<Passed, JournalFault> {
    let received = Received::accept(frame, workspace);
    let inspected = match received.route(policy) {
        Routed::Fast(object) => object.inspect(policy),
        Routed::Slow(object) => object.leave_unopened(),
    };
    let verdict = match decide(inspected, policy, now) {
        Decision::Final(verdict) => verdict,
        Decision::Rewritten(object) => decide_rewritten(object.inspect(policy), policy, now),
    };
    Ok(match verdict {
        Verdict::Release(token) => Passed::Release(record(token, journal)?),
        Verdict::Hold(token) => Passed::Hold(record(token, journal)?),
        Verdict::Refuse(token) => Passed::Refuse(record(token, journal)?),
    })
}
