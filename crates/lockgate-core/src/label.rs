//! Which label is enforced: the strictest of all claims, in the lane's policy; or the lane's default; or none.

use crate::Reason;
use crate::policy::{LaneType, Policy, Source};
use crate::workspace::Pass;
use lockgate_bytes::Time;
use lockgate_reason::{Finding, marking};
use lockgate_record::Place;

/// Validates, maps and combines the claims, and settles the label to enforce.
pub(crate) fn enforce(pass: &mut Pass, lane_type: &LaneType, policy: &Policy, source: &Source, now: Time) {
    let policies = policy.policies();
    for at in 0..pass.claims.len() {
        let Some(claim) = pass.claims.get(at) else { break };
        let Some(label) = claim.label else { continue };
        let (place, span) = (claim.place, claim.span);
        policies.validate(&label, now, lane_type.parts.validity.skew, &mut pass.findings);
        match policy.parts.mapping.map(&label, now) {
            Ok(mapped) => pass.combined.add(&mapped, policies),
            Err(finding) => pass.findings.push(finding),
        }
        explain(pass, Some((place, span)));
    }
    match pass.combined.enforced() {
        Some(label) => {
            pass.label = Some(label);
            pass.label_until = Some(pass.combined.not_after());
            pass.findings.extend(pass.combined.disagreement());
            let domain = policy.parts.release.source_ceiling();
            let spill = pass.combined.spill(domain, policies);
            pass.findings.extend(spill.or_else(|| pass.combined.spill(source.ceiling, policies)));
        }
        None if pass.claims.is_empty() => assign(pass, lane_type, now),
        // A claim that could not be read is never unlabelled: its reason stands already.
        None => {}
    }
    if let Some(label) = &pass.label {
        pass.shown.show(label, policies);
    }
    let place = pass.claims.first().map(|claim| (claim.place, claim.span));
    explain(pass, place);
}

/// The lane's default for an object without any claim.
fn assign(pass: &mut Pass, lane_type: &LaneType, now: Time) {
    match &lane_type.parts.unlabelled {
        Some(assigned) if now < assigned.until => {
            pass.label = Some(assigned.label);
            pass.label_until = Some(assigned.until);
        }
        Some(_) => pass.findings.push(Finding::new(marking::DEFAULT_NOT_IN_FORCE)),
        None => pass.findings.push(Finding::new(marking::UNLABELLED)),
    }
}

/// Turns what was found into reasons at `place`.
fn explain(pass: &mut Pass, place: Option<(Place, lockgate_bytes::Span)>) {
    for finding in pass.findings.drain(..) {
        let reason = Reason::from(finding);
        pass.inspection.reasons.push(match place {
            Some((place, span)) => reason.at(place, span),
            None => reason,
        });
    }
}
