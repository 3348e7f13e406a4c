//! Which label is enforced: the strictest of all claims, in the lane's policy; or the lane's default; or none.

use crate::Reason;
use crate::claims::CarrierKind;
use crate::policy::{LaneType, Policy, Source};
use crate::workspace::Pass;
use lockgate_bytes::Time;
use lockgate_marking::{Label, Mapped, Succession};
use lockgate_reason::{Finding, marking};
use lockgate_record::Place;

/// Validates, maps and combines the claims, and settles the label to enforce.
pub(crate) fn enforce(pass: &mut Pass, lane_type: &LaneType, policy: &Policy, source: &Source, now: Time) {
    let case = Case { lane_type, policy, now };
    case.each(pass, |case, pass, claim| match claim.carrier {
        CarrierKind::BoundLabel | CarrierKind::MarkingFields => case.claim(pass, &claim.label),
        CarrierKind::AlternativeLabel | CarrierKind::MetadataLabel => {}
    });
    // What carriers say of the object stands now; what follows only restricts it.
    let claimed = pass.combined.enforced();
    case.each(pass, |case, pass, claim| match claim.carrier {
        CarrierKind::BoundLabel | CarrierKind::MarkingFields => {}
        CarrierKind::AlternativeLabel => case.beside(pass, &claim.label, claimed),
        CarrierKind::MetadataLabel => case.beside(pass, &claim.label, None),
    });
    case.each(pass, |case, pass, claim| {
        if let Some(succession) = &claim.succession {
            case.succeed(pass, &claim.label, succession);
        }
    });
    let policies = policy.policies();
    match pass.combined.enforced() {
        Some(label) => {
            pass.label = Some(label);
            let until = pass.combined.not_after();
            pass.label_until = Some(pass.label_changes.map_or(until, |changes| changes.min(until)));
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

/// What every claim of one object is judged by.
struct Case<'a> {
    lane_type: &'a LaneType,
    policy: &'a Policy,
    now: Time,
}

/// A claim whose label could be read.
struct Read {
    carrier: CarrierKind,
    label: Label,
    succession: Option<Succession>,
}

impl Case<'_> {
    /// Does `what` for every claim that could be read; what it finds is explained at the claim's place.
    fn each(&self, pass: &mut Pass, mut what: impl FnMut(&Self, &mut Pass, &Read)) {
        for at in 0..pass.claims.len() {
            let Some(claim) = pass.claims.get(at) else { break };
            let Some(label) = claim.label else { continue };
            let place = (claim.place, claim.span);
            let read = Read { carrier: claim.carrier, label, succession: claim.succession };
            what(self, pass, &read);
            explain(pass, Some(place));
        }
    }

    /// Validates `label` and maps it into the lane's policy.
    fn mapped(&self, pass: &mut Pass, label: &Label) -> Option<Mapped> {
        let skew = self.lane_type.parts.validity.skew;
        self.policy.policies().validate(label, self.now, skew, &mut pass.findings);
        let mapped = self.policy.parts.mapping.map(label, self.now);
        mapped.map_err(|finding| pass.findings.push(finding)).ok()
    }

    /// What a carrier says of the object.
    fn claim(&self, pass: &mut Pass, label: &Label) {
        if let Some(mapped) = self.mapped(pass, label) {
            pass.combined.add(&mapped, self.policy.policies());
        }
    }

    /// A label beside the originator's. An alternative one must be at least as strict as what is `claimed` in the lane's
    /// policy: it is used then, and otherwise nobody knows which of both was meant.
    fn beside(&self, pass: &mut Pass, label: &Label, claimed: Option<Label>) {
        let policies = self.policy.policies();
        let Some(mapped) = self.mapped(pass, label) else { return };
        if claimed.is_some_and(|claimed| !mapped.label.dominates(&claimed, policies)) {
            pass.findings.push(Finding::new(marking::ALTERNATIVE_LOOSER));
        }
        pass.combined.restrict(&mapped, policies);
    }

    /// A successor restricts from its instant on; a release before it ends there at the latest.
    fn succeed(&self, pass: &mut Pass, label: &Label, succession: &Succession) {
        let policies = self.policy.policies();
        if let Some(at) = succession.next_change(label, policies, self.now) {
            pass.label_changes = Some(pass.label_changes.map_or(at, |before| before.min(at)));
        }
        let enforced = succession.enforced(label, policies, self.now);
        if enforced == *label {
            return;
        }
        match self.policy.parts.mapping.map(&enforced, self.now) {
            Ok(mapped) => pass.combined.restrict(&mapped, policies),
            Err(finding) => pass.findings.push(finding),
        }
    }
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
