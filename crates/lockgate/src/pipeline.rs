//! The whole way of an object on one screen.
//!
//! ```text
//!   frame -> receive -> route --fast--> inspect ------+--> decide --> record --> (egress | hold | nowhere)
//!                          \--slow--> look (jailed) ----+      |  ^
//!                                                            v  |
//!                                                         rewritten, by the reference programs
//! ```

use lockgate_bytes::{Frame, Time};
pub use lockgate_core::Passed;
use lockgate_core::{
    Decision, Deep, Journal, JournalFault, Policy, Received, Routed, Verdict, Workspace, decide,
    decide_rewritten, record,
};
use std::sync::Arc;

/// Takes one object from receive to its verdict.
pub fn judge(
    frame: Frame,
    policy: &Arc<Policy>,
    now: Time,
    workspace: Box<Workspace>,
    deep: &mut dyn Deep,
) -> Verdict {
    let received = Received::accept(frame, workspace);
    let inspected = match received.route(policy) {
        Routed::Fast(object) => object.inspect(policy),
        Routed::Slow(object) => object.look(deep, policy),
    };
    match decide(inspected, policy, now) {
        Decision::Final(verdict) => verdict,
        Decision::Rewritten(object) => decide_rewritten(object.inspect(policy), policy, now),
    }
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
    Ok(match judge(frame, policy, now, workspace, deep) {
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
