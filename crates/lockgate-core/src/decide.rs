//! The decision: every check runs, every reason that applies is listed, refuse beats hold, hold beats release.

use crate::object::{FastObject, Inspected, Origin, Received, Route};
use crate::policy::{LaneType, Policy, UndeclaredPart};
use crate::verdict::{Decided, Held, Refused, Released, Terms, Verdict};
use crate::workspace::{Pass, Workspace};
use crate::{Reason, alter, answer, embedded, label, named_part, regrade, rules, slow, validity};
use alloc::sync::Arc;
use lockgate_attest::Attestation;
use lockgate_bytes::{Budget, Precedence, Time, Untrusted};
use lockgate_reason::{Outcome, fault, framing, hold, marking, schema};
use lockgate_record::NodeId;

/// What became of an inspected object.
#[derive(Debug)]
#[must_use = "an object has to come to its verdict"]
pub enum Decision {
    /// It has its verdict.
    Final(Verdict),
    /// All is well with it, but it does not cross as it is: it was written anew, and what was written has to be
    /// inspected and decided like any other object.
    Rewritten(FastObject),
}

/// Decides on an object as it arrived. `attestations` are what reviewers said of it and still stands: none at all where
/// nobody said anything, and an empty list where nothing of what was said stands any more, which is a reason. They can only
/// take away reasons that people may answer, and only where the object would be held: a refusal stands, whoever approves.
pub fn decide(
    inspected: Inspected,
    policy: &Arc<Policy>,
    now: Time,
    attestations: Option<&[Attestation]>,
) -> Decision {
    let (mut decided, mut outcome) = judge(inspected, policy, now);
    if let Some(attestations) = attestations.filter(|_| outcome == Some(Outcome::Hold)) {
        outcome = answer::by_people(&mut decided, attestations);
    }
    settle(decided, outcome)
}

/// What follows from the reasons that stand.
pub(crate) fn settle(decided: Decided, outcome: Option<Outcome>) -> Decision {
    match outcome {
        None => rewrite_where_needed(decided),
        Some(_) => Decision::Final(verdict(decided, outcome)),
    }
}

/// Decides on an object that this program wrote. It has to say what the original says, less what the lane leaves out;
/// then its encoding is the canonical one, and it is not written a second time. What people answered of the original is
/// answered here too; anything else that stands, stands.
pub fn decide_rewritten(inspected: Inspected, policy: &Arc<Policy>, now: Time) -> Verdict {
    let (mut decided, mut outcome) = judge(inspected, policy, now);
    // What bounds the original bounds what was written from it: a delegation is found in the original only.
    let until = decided.received.workspace.until.unwrap_or(Time::MIN);
    decided.terms.not_after = decided.terms.not_after.min(until);
    if outcome == Some(Outcome::Hold) {
        outcome = answer::as_in_original(&mut decided);
    }
    if !says_what_it_was_written_from(&mut decided) || !label_is_kept(&decided) {
        decided.received.pass().inspection.reasons.push(Reason::new(fault::NOT_THE_SAME));
        outcome = Some(Outcome::Refuse);
    }
    if outcome.is_none() && !answer::is_what_was_approved(&mut decided) {
        outcome = Some(Outcome::Hold);
    }
    verdict(decided, outcome)
}

/// INVARIANT: the compiled emitter is checked by a reader that shares nothing with it. What it wrote says the same, and
/// has nothing else in it: no undeclared part, no blank, no digit that is not in the canonical encoding. That last part the
/// reference reader sees by rules of its own, in every encoding.
fn says_what_it_was_written_from(decided: &mut Decided) -> bool {
    let Route::Fast(lane_type) = &decided.route else { return false };
    let Received { bytes, workspace, .. } = &mut decided.received;
    let Workspace { first, second, original, .. } = &mut **workspace;
    let redact = &lane_type.parts.redact;
    let shape = lane_type.reference().shape();
    if !(first.readable && second.readable) {
        return false;
    }
    if !second.inspection.canonical {
        return false;
    }
    let other = &second.inspection.record;
    first.leaving(|record| record.says_the_same_but(original, other, bytes, shape, redact))
}

/// INVARIANT: what was written anew is labelled as what arrived was, or stricter; or exactly as a delegation says.
fn label_is_kept(decided: &Decided) -> bool {
    let (first, second) = (&decided.received.workspace.first, &decided.received.workspace.second);
    match (&first.regraded, &first.label, &second.label) {
        (Some(regraded), _, Some(now)) => regraded.label.says_the_same_as(now),
        (None, Some(then), Some(now)) => now.dominates(then, decided.policy.policies()),
        // Without a label nothing is released: that has its own reason.
        (_, _, None) => true,
        // Nothing without a label is written anew.
        (None, None, Some(_)) => false,
    }
}

fn verdict(mut decided: Decided, outcome: Option<Outcome>) -> Verdict {
    if outcome.is_some() {
        answer::take_back(&mut decided);
    }
    match outcome {
        None => Verdict::Release(Released(decided)),
        Some(Outcome::Hold) => Verdict::Hold(Held(decided)),
        Some(Outcome::Refuse) => Verdict::Refuse(Refused(decided)),
    }
}

/// Runs every check. The outcome is that of the worst reason; `None` where there is no reason at all.
pub(crate) fn judge(inspected: Inspected, policy: &Arc<Policy>, now: Time) -> (Decided, Option<Outcome>) {
    let Inspected { mut received, route, policy: read_under } = inspected;
    let mut terms =
        Terms { category: None, agreement: None, precedence: Precedence::Routine, not_after: Time::MAX };
    if let Route::Fast(lane_type) = &route {
        check(&mut received, lane_type, policy, now, &mut terms);
        // INVARIANT: nothing crosses that was not read whole, or whose label was not judged. Each way here without the
        // one or the other has left its reason; if one ever does not, this is the reason.
        let pass = received.pass();
        if pass.inspection.reasons.is_empty() && !(pass.readable && pass.label.is_some()) {
            pass.inspection.reasons.push(Reason::new(fault::INTERNAL));
        }
    }
    if let Route::Slow(seen) = &route {
        slow::check(&mut received, seen, policy, now, &mut terms);
    }
    // INVARIANT: what was found is held against the lists and the rules that it was found by.
    let is_one = read_under.is_the_same(policy);
    if !is_one {
        received.pass().inspection.reasons.push(Reason::new(fault::INTERNAL));
    }
    let policy = if is_one { read_under } else { Arc::clone(policy) };
    let outcome = received.pass().inspection.reasons.iter().map(|reason| reason.outcome).max();
    (Decided { received, route, policy, now, terms, crossing: None }, outcome)
}

/// The checks of an object of a known type, in the order in which its account lists them.
fn check(received: &mut Received, lane_type: &LaneType, policy: &Policy, now: Time, terms: &mut Terms) {
    let rewritten = matches!(received.origin, Origin::Rewritten(_));
    let Received { bytes, workspace, source, .. } = received;
    let Workspace { first, second, pseudonyms, .. } = &mut **workspace;
    let pass = if rewritten { second } else { first };
    let Some(source) = policy.source(source).filter(|source| policy.allows(source, lane_type)) else {
        pass.inspection.reasons.push(Reason::new(framing::NOT_FROM_THIS_SOURCE));
        return;
    };
    if !pass.readable {
        return;
    }
    let mut budget = Budget::new(lane_type.parts.budget);
    embedded::read(pass, policy, bytes, now, &mut budget);
    let seen = validity::observed(pass, lane_type, now);
    let observed = seen.oldest.map(|oldest| oldest.at);
    label::enforce(pass, &label::Carried::by(lane_type, observed), policy, source, now);
    if !rewritten {
        regrade::settle(pass, lane_type, policy, bytes, now);
    }
    undeclared(pass, lane_type, policy, bytes, &mut budget);
    validity::check(pass, lane_type, policy, (bytes, &seen), now, terms);
    terms.precedence = validity::precedence(pass, lane_type, source, bytes);
    let case = rules::Case { lane_type, policy, source, bytes, now, observed, by_reference: rewritten };
    rules::judge(pass, &case, &mut budget, terms);
    if !rewritten {
        let means = alter::Means { lane: policy.lane(), bytes, key: pseudonyms.as_deref() };
        alter::settle(pass, lane_type, &means, &mut budget);
    }
    match lane_type.parts.tier {
        1 => {}
        2 => pass.inspection.reasons.push(Reason::new(hold::TIER_SHADOW)),
        _ => pass.inspection.reasons.push(Reason::new(hold::TIER_HELD)),
    }
}

/// Parts that the type does not declare: never dropped where they carry a marking, otherwise as the lane says. The lane's lists
/// hold for them as for every other text, and before anything is dropped: what a part says is said of the whole object.
fn undeclared(pass: &mut Pass, lane_type: &LaneType, policy: &Policy, bytes: &[u8], budget: &mut Budget) {
    for at in 0..pass.inspection.undeclared.len() {
        let Some(part) = pass.inspection.undeclared.get(at).copied() else { break };
        let marked = part.marked || crate::words::has_marking(pass, policy, part.span.of(bytes), budget);
        let code = match lane_type.parts.undeclared {
            _ if part.second_label => Some(marking::TWO_LABELS),
            _ if marked => Some(schema::UNDECLARED_MARKED),
            UndeclaredPart::Refuse => Some(schema::UNDECLARED_REFUSED),
            UndeclaredPart::Slow => Some(schema::UNDECLARED_SLOW),
            UndeclaredPart::Drop => None,
        };
        pass.inspection.reasons.extend(code.map(|code| {
            let reason = Reason::new(code).at(part.parent, part.span);
            match named_part::says(code, part.span, bytes) {
                Some(says) => reason.saying(says),
                None => reason,
            }
        }));
        crate::words::scan_undeclared(pass, policy, (part.span, part.parent), bytes, budget);
    }
}

/// Releases the object as it is where it equals its one canonical encoding and nothing is left out of it; otherwise
/// writes it anew.
fn rewrite_where_needed(mut decided: Decided) -> Decision {
    if let Route::Slow(_) = decided.route {
        return Decision::Final(slow::release_rebuilt(decided));
    }
    if is_canonical(&decided) {
        let holds = answer::is_what_was_approved(&mut decided);
        return Decision::Final(verdict(decided, (!holds).then_some(Outcome::Hold)));
    }
    write_anew(&mut decided);
    decided.received.workspace.until = Some(decided.terms.not_after);
    let Route::Fast(lane_type) = decided.route else {
        decided.received.pass().inspection.reasons.push(Reason::new(fault::INTERNAL));
        return Decision::Final(Verdict::Refuse(Refused(decided)));
    };
    Decision::Rewritten(FastObject { received: Received::rewritten(decided.received), lane_type })
}

/// True where the object is its own canonical encoding and nothing is left out of it.
fn is_canonical(decided: &Decided) -> bool {
    let Route::Fast(lane_type) = &decided.route else { return false };
    let Received { bytes, workspace, .. } = &decided.received;
    let inspection = &workspace.first.inspection;
    let redact: &[NodeId] = &lane_type.parts.redact;
    // INVARIANT: no part that the type does not declare leaves, whoever says so. With nothing to leave out, what its reader saw says
    // it all.
    inspection.undeclared.is_empty()
        && workspace.first.regraded.is_none()
        && workspace.first.alterations.done.is_empty()
        && inspection.canonical
        && (redact.is_empty()
            || lane_type.inspector().is_canonical(&inspection.record, Untrusted::new(bytes), redact))
}

/// Writes the canonical encoding into the spare buffer. One that would miss a required part is empty and left to the
/// second reading, which refuses it.
fn write_anew(decided: &mut Decided) {
    let Route::Fast(lane_type) = &decided.route else { return };
    let Received { bytes, workspace, .. } = &mut decided.received;
    workspace.spare.clear();
    let Workspace { first, spare, .. } = &mut **workspace;
    let redact: &[NodeId] = &lane_type.parts.redact;
    first.leaving(|record| lane_type.inspector().emit(record, Untrusted::new(bytes), redact, spare));
}
