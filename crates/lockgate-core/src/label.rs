//! Which label is enforced: the strictest of all claims, in the lane's policy; or the lane's default; or none. Claims that
//! do not agree are reasons, each naming both places.

use crate::claims::{CarrierKind, Claim, Where};
use crate::policy::{Assigned, LaneType, Policy, Source};
use crate::workspace::Pass;
use crate::{Reason, claims};
use alloc::string::String;
use core::fmt::Write;
use lockgate_bytes::{Duration, Span, Time};
use lockgate_marking::{Combined, Label, Mapped, PolicySet};
use lockgate_reason::{Code, Finding, marking};
use lockgate_record::Shape;

/// What a lane says of the labels of an object.
pub(crate) struct Carried<'a> {
    /// The shape of its type; `None` where it has none.
    pub(crate) shape: Option<&'a Shape>,
    /// How far a sender's clock may be ahead.
    pub(crate) skew: Duration,
    /// The default for objects without any claim.
    pub(crate) unlabelled: Option<&'a Assigned>,
    /// When the object was observed: none of its labels is older. `None` where it does not say.
    pub(crate) observed: Option<Time>,
}

impl<'a> Carried<'a> {
    /// As a lane carries a type, of an object that was observed then.
    pub(crate) fn by(lane_type: &'a LaneType, observed: Option<Time>) -> Self {
        Self {
            observed,
            shape: Some(lane_type.inspector().shape()),
            skew: lane_type.parts.validity.skew,
            unlabelled: lane_type.parts.unlabelled.as_ref(),
        }
    }
}

/// Validates, maps and combines the claims, and settles the label to enforce.
pub(crate) fn enforce(pass: &mut Pass, carried: &Carried<'_>, policy: &Policy, source: &Source, now: Time) {
    let policies = policy.policies();
    for at in 0..pass.claims.len() {
        map(pass, at, carried, policy, now);
    }
    agree(pass, carried.shape, policies);
    // What carriers say of the object stands now; what follows only restricts it.
    let claimed = pass.combined.enforced();
    for at in 0..pass.claims.len() {
        beside(pass, at, claimed, policies);
    }
    for at in 0..pass.claims.len() {
        succeed(pass, at, policy, now);
    }
    match pass.combined.enforced() {
        Some(label) => {
            pass.label = Some(label);
            let until = pass.combined.not_after();
            pass.label_until = Some(pass.label_changes.map_or(until, |changes| changes.min(until)));
            let domain = policy.parts.release.source_ceiling();
            let spill = pass.combined.spill(domain, policies);
            pass.findings.extend(spill.or_else(|| pass.combined.spill(source.ceiling, policies)));
        }
        None if pass.claims.is_empty() => assign(pass, carried.unlabelled, now),
        // A claim that could not be read is never unlabelled: its reason stands already.
        None => {}
    }
    if let Some(label) = &pass.label {
        pass.shown.show(label, policies);
    }
    explain(pass, 0);
}

/// Validates the claim at `at`, and maps it into the lane's policy. A claim that does not say when it was made was made at
/// some time since the object was observed; of an object that does not say that either, nothing is known of it but that it
/// is here now (docs/decisions/0044).
fn map(pass: &mut Pass, at: usize, carried: &Carried<'_>, policy: &Policy, now: Time) {
    let Some(label) = pass.claims.get(at).and_then(|claim| claim.label) else { return };
    policy.policies().validate(&label, now, carried.skew, &mut pass.findings);
    let dated = |label: Label| carried.observed.map_or(label, |since| label.made_within(since, now));
    let mapped = match policy.parts.mapping.map(&label, now) {
        Ok(mapped) => Some(Mapped { label: dated(mapped.label), ..mapped }),
        Err(finding) => {
            pass.findings.push(finding);
            None
        }
    };
    if let Some(claim) = pass.claims.get_mut(at) {
        claim.mapped = mapped;
    }
    explain(pass, at);
}

/// Combines the claims: first those about the whole, then the format's own codes, then those about parts. Order within
/// each kind makes no difference to the label or to the codes of the reasons.
fn agree(pass: &mut Pass, shape: Option<&Shape>, policies: &PolicySet) {
    let Pass { claims, combined, inspection, .. } = pass;
    let reasons = &mut inspection.reasons;
    let is_native = |claim: &&Claim| claim.carrier == CarrierKind::NativeCode;
    let is_whole = |claim: &&Claim| !claim.part && !is_native(claim) && !claim.carrier.is_beside_originator();
    let mut first: Option<&Claim> = None;
    for claim in claims.iter().filter(is_whole) {
        let Some(mapped) = claim.mapped else { continue };
        let other = first.and_then(|first| Some((first, first.mapped?)));
        if let Some((first, known)) = other
            && !known.label.says_the_same_as(&mapped.label)
            // Two markings of the United States were held against each other in their register.
            && (first.us.is_none() || claim.us.is_none())
        {
            let says = "claim different labels for the object";
            reasons.push(first.explains(both(marking::DISAGREEMENT, first, claim, says, shape)));
        }
        first = first.or(Some(claim));
        combined.add(&mapped, policies);
    }
    // All codes are held against the same label, so that their order makes no difference.
    let labelled = first;
    let whole = combined.enforced();
    for claim in claims.iter().filter(is_native) {
        let Some(mapped) = claim.mapped else { continue };
        let stands = match (first.and_then(|first| first.mapped), whole) {
            (_, Some(whole)) => against(&mapped.label, &whole, policies),
            (Some(other), None) if !other.label.says_the_same_as(&mapped.label) => Native::Stricter,
            _ => Native::Agrees,
        };
        let reason = match stands {
            Native::Agrees => None,
            Native::Looser => Some((marking::NATIVE_LOOSER, "do not agree: the code is looser")),
            Native::Stricter => Some((marking::DISAGREEMENT, "claim different labels for the object")),
        };
        if let (Some(first), Some((code, says))) = (first, reason) {
            reasons.push(claim.explains(both(code, first, claim, says, shape)));
        }
        first = first.or(Some(claim));
        // A code that agrees says less than the label: what it is silent about stays as the label has it.
        if labelled.is_none() || reason.is_some() {
            combined.add(&mapped, policies);
        }
    }
    parts(claims, first, combined, reasons, shape, policies);
}

/// Marks of parts: each has to be dominated by the whole, and counts all the same.
fn parts(
    claims: &[Claim],
    whole: Option<&Claim>,
    combined: &mut Combined,
    reasons: &mut alloc::vec::Vec<Reason>,
    shape: Option<&Shape>,
    policies: &PolicySet,
) {
    let marked = combined.enforced();
    let mut alone = claims.iter().all(|claim| claim.part || claim.carrier.is_beside_originator());
    // What portions with markings of the United States make together stands for each of them.
    let rolled = claims.iter().any(|claim| claim.carrier == CarrierKind::RollUp);
    let counts = |claim: &&Claim| claim.part && !(rolled && claim.us.is_some());
    for claim in claims.iter().filter(counts) {
        // So it was held against a whole with such a marking already.
        let settled = claim.carrier == CarrierKind::RollUp && whole.is_some_and(|whole| whole.us.is_some());
        let Some(mapped) = claim.mapped else { continue };
        match (whole, &marked) {
            (Some(whole), Some(label)) if !settled && !label.dominates(&mapped.label, policies) => {
                let says = "do not agree: the part is above the whole";
                reasons.push(claim.explains(both(marking::PART_ABOVE_WHOLE, whole, claim, says, shape)));
            }
            (None, _) if alone => {
                alone = false;
                reasons.push(claim.explains(Reason::new(marking::ONLY_PARTS_MARKED)));
            }
            _ => {}
        }
        combined.add(&mapped, policies);
    }
}

/// How a native code stands to the label of the whole.
enum Native {
    Agrees,
    Looser,
    Stricter,
}

/// A code speaks of its level and of the values that it has; of anything else it says nothing.
fn against(code: &Label, whole: &Label, policies: &PolicySet) -> Native {
    let (code_rank, whole_rank) = (code.level_rank(policies), whole.level_rank(policies));
    let held = |tag: &lockgate_marking::TagView<'_>| {
        !tag.is_nobody() && tag.values().all(|value| whole.holds(policies, tag.name(), value))
    };
    match (code_rank, whole_rank) {
        (Some(code), Some(whole)) if code < whole => Native::Looser,
        // Of readers it is the other way round: a code that names fewer than the label is stricter.
        _ if code.names_fewer_readers(whole, policies) => Native::Stricter,
        (a, b) if a.is_some() && a == b && code.tags(policies).all(|tag| held(&tag)) => Native::Agrees,
        _ => Native::Stricter,
    }
}

/// A reason that names the places of both claims.
pub(crate) fn both(code: Code, one: &Claim, other: &Claim, says: &str, shape: Option<&Shape>) -> Reason {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = one.write_place(shape, &mut text);
    text.push_str(" and ");
    let _ = other.write_place(shape, &mut text);
    let _ = write!(text, " {says}");
    Reason::new(code).saying(text)
}

/// A label beside the originator's. An alternative one must be at least as strict as what is `claimed` in the lane's
/// policy: it is used then, and otherwise nobody knows which of both was meant.
fn beside(pass: &mut Pass, at: usize, claimed: Option<Label>, policies: &PolicySet) {
    let Some(claim) = pass.claims.get(at).filter(|claim| claim.carrier.is_beside_originator()) else {
        return;
    };
    let Some(mapped) = claim.mapped else { return };
    let is_looser = claimed.is_some_and(|claimed| !mapped.label.dominates(&claimed, policies));
    // One of a part is not held against the whole's label; only bindings inside of objects claim such ones, and these objects stay.
    if is_looser && claim.carrier == CarrierKind::AlternativeLabel && !claim.part {
        pass.inspection.reasons.push(claim.explains(Reason::new(marking::ALTERNATIVE_LOOSER)));
    }
    pass.combined.restrict(&mapped, policies);
}

/// A successor restricts from its instant on; a release before it ends there at the latest.
fn succeed(pass: &mut Pass, at: usize, policy: &Policy, now: Time) {
    let policies = policy.policies();
    let Some(claim) = pass.claims.get(at) else { return };
    let Some((label, succession)) = claim.label.zip(claim.succession) else { return };
    if let Some(at) = succession.next_change(&label, policies, now) {
        pass.label_changes = Some(pass.label_changes.map_or(at, |before| before.min(at)));
    }
    let enforced = succession.enforced(&label, policies, now);
    if enforced == label {
        return;
    }
    match policy.parts.mapping.map(&enforced, now) {
        Ok(mapped) => pass.combined.restrict(&mapped, policies),
        Err(finding) => pass.findings.push(finding),
    }
    explain(pass, at);
}

/// The lane's default for an object without any claim.
fn assign(pass: &mut Pass, unlabelled: Option<&Assigned>, now: Time) {
    match unlabelled {
        Some(assigned) if now < assigned.until && assigned.from.is_none_or(|from| from <= now) => {
            pass.label = Some(assigned.label);
            pass.label_until = Some(assigned.until);
            let claim = Claim::new(
                claims::CarrierKind::LaneDefault,
                Where::Lane,
                Span::default(),
                Some(assigned.label),
            );
            pass.claims.push(claim);
        }
        Some(_) => pass.findings.push(Finding::new(marking::DEFAULT_NOT_IN_FORCE)),
        None => pass.findings.push(Finding::new(marking::UNLABELLED)),
    }
}

/// Turns what was found into reasons at the place of the claim at `at`.
fn explain(pass: &mut Pass, at: usize) {
    let Pass { findings, inspection, claims, .. } = pass;
    for finding in findings.drain(..) {
        let reason = Reason::from(finding);
        inspection.reasons.push(match claims.get(at) {
            Some(claim) => claim.explains(reason),
            None => reason,
        });
    }
}
