//! Markings of the United States, held against each other in their own register: the whole, its portions, and what these
//! make together. Source: CAPCO 2016 D.2; ISM-ID-00056, 00108 to 00110, 00318.
//!
//! A portion by itself does not say who may have the whole: an unclassified one without a release list leaves that open, and
//! the register says what becomes of it beside others. So the portions make one claim together.

use super::{CarrierKind, Claim, Where, nested};
use crate::Reason;
use crate::label::both;
use crate::policy::LaneType;
use crate::workspace::Pass;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_marking::{Label, PolicySet, UsMarking};
use lockgate_reason::marking;
use lockgate_record::{Place, Shape};

/// What the markings of the last object made together, where nothing was wrong with them.
#[derive(Debug, Default)]
pub(crate) struct RolledBefore {
    /// Its markings, and where each stood.
    markings: Vec<(Place, bool, Arc<UsMarking>)>,
    label: Option<Label>,
}

impl RolledBefore {
    /// The label, where the claims are those of before, at the same places.
    fn label(&self, claims: &[Claim]) -> Option<Label> {
        let same = |((place, part, known), (here, is_part, us)): (
            &(Place, bool, _),
            (Place, bool, &Arc<UsMarking>),
        )| { *place == here && *part == is_part && Arc::ptr_eq(known, us) };
        let count = markings(claims).count();
        let all = count == self.markings.len() && self.markings.iter().zip(markings(claims)).all(same);
        self.label.filter(|_| all)
    }

    fn keep(&mut self, claims: &[Claim], label: Label) {
        self.markings.clear();
        let all = markings(claims).map(|(place, part, us)| (place, part, Arc::clone(us)));
        self.markings.extend(all);
        self.label = Some(label);
    }
}

/// The claims that are such markings.
fn markings(claims: &[Claim]) -> impl Iterator<Item = (Place, bool, &Arc<UsMarking>)> {
    claims.iter().filter_map(|claim| match (&claim.at, &claim.us) {
        (Where::Field(place), Some(us)) => Some((*place, claim.part, us)),
        _ => None,
    })
}

/// Adds the claim that the portions make together, and a reason for everything that does not agree.
pub(super) fn read(pass: &mut Pass, lane_type: &LaneType, policies: &PolicySet) {
    let is_part = |claim: &Claim| claim.part && claim.us.is_some();
    let Some(first) = pass.claims.iter().position(is_part) else {
        let reasons = &mut pass.inspection.reasons;
        wholes(&pass.claims, lane_type.inspector().shape(), reasons);
        return;
    };
    let before = pass.inspection.reasons.len();
    let label = match pass.rolled_before.label(&pass.claims) {
        Some(label) => Some(label),
        None => roll_up(pass, lane_type, policies, first),
    };
    let Some(claim) = pass.claims.get(first) else { return };
    let told = pass.inspection.reasons.len() > before
        || pass.claims.iter().any(|claim| claim.part && claim.label.is_none());
    if label.is_none() && !told {
        // Portions that make nothing together: not known to happen, and never a release.
        let reason = claim.explains(Reason::new(marking::UNREADABLE_CLAIM));
        pass.inspection.reasons.push(reason);
    }
    if let Where::Field(place) = claim.at {
        let together = Claim::new(CarrierKind::RollUp, Where::Field(place), claim.span, label);
        pass.claims.push(Claim { part: true, ..together });
    }
}

/// The label of the portions together, where it is one.
fn roll_up(pass: &mut Pass, lane_type: &LaneType, policies: &PolicySet, first: usize) -> Option<Label> {
    let Pass { inspection, claims, findings, rolled_before, .. } = pass;
    let (reasons, shape) = (&mut inspection.reasons, lane_type.inspector().shape());
    let before = reasons.len();
    wholes(claims, shape, reasons);
    nested::compare(claims, &lane_type.carriers.ism, shape, reasons);
    let whole = whole(claims);
    let distinct = distinct(claims);
    if let Some((whole, said)) = whole {
        let above = distinct.iter().copied().filter(|mark| !said.covers(mark)).map(core::ptr::from_ref);
        let above: BTreeSet<*const UsMarking> = above.collect();
        for (part, _) in parts(claims).filter(|(_, mark)| above.contains(&core::ptr::from_ref(*mark))) {
            let says = "do not agree: the part is above the whole";
            reasons.push(part.explains(both(marking::PART_ABOVE_WHOLE, whole, part, says, Some(shape))));
        }
    }
    let marks = distinct.iter().copied();
    let together = UsMarking::roll_up(whole.map(|(_, said)| said), marks)?;
    let first = claims.get(first)?;
    if let Some((whole, said)) = whole {
        compare(whole, (said, &together), first, (claims, shape), reasons);
    }
    let role =
        if first.carrier == CarrierKind::MarkingAttributes { "marking.ism" } else { "marking.portion" };
    let profile = lane_type.parts.profile.as_ref()?;
    let label = profile.us_label(profile.carrier(role)?, &together, findings);
    // A banner does not show every control of its portions; who reads the bytes has to hold them all the same.
    let labels =
        || claims.iter().filter(|claim| claim.part && claim.us.is_some()).filter_map(|claim| claim.label);
    let label = label.map(|label| policies.with_controls_of(&label, labels()));
    // What keeps a part from having a label was told there.
    let told = claims.iter().any(|claim| claim.part && claim.label.is_none());
    reasons.extend(findings.drain(..).filter(|_| !told).map(|finding| {
        let says = ["the parts together: ", &finding.says].concat();
        first.explains(Reason::from(finding.saying(says)))
    }));
    if let Some(label) = label.filter(|_| reasons.len() == before && all_read(claims)) {
        rolled_before.keep(claims, label);
    }
    label
}

/// The whole and all parts `together`, the first of which is `first`.
fn compare(
    whole: &Claim,
    (said, together): (&UsMarking, &UsMarking),
    first: &Claim,
    (claims, shape): (&[Claim], &Shape),
    reasons: &mut Vec<Reason>,
) {
    let code = if !said.covers(together) {
        // As a rule a part by itself is above it, and that was told.
        let told = parts(claims).any(|(_, mark)| !said.covers(mark));
        if told { None } else { Some((marking::PART_ABOVE_WHOLE, "does not cover all parts together")) }
    } else if !together.covers(said)
        && !said.is_compiled()
        && whole.carrier == CarrierKind::MarkingAttributes
        && all_read(claims)
    {
        Some((marking::STRICTER_THAN_PARTS, "is stricter than all parts together, and no reason is stated"))
    } else {
        None
    };
    if let Some((code, says)) = code {
        let says = [&place_of(whole, shape), " ", says, "; the first is ", &place_of(first, shape)].concat();
        reasons.push(whole.explains(Reason::new(code).saying(says)));
    }
}

fn place_of(claim: &Claim, shape: &Shape) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = claim.write_place(Some(shape), &mut text);
    text
}

/// True where every claim of a part is a marking.
fn all_read(claims: &[Claim]) -> bool {
    claims.iter().all(|claim| !claim.part || claim.us.is_some())
}

/// The first marking of the whole.
fn whole(claims: &[Claim]) -> Option<(&Claim, &UsMarking)> {
    claims.iter().filter(|claim| !claim.part).find_map(|claim| Some((claim, claim.us.as_deref()?)))
}

fn parts(claims: &[Claim]) -> impl Iterator<Item = (&Claim, &UsMarking)> + Clone {
    claims.iter().filter(|claim| claim.part).filter_map(|claim| Some((claim, claim.us.as_deref()?)))
}

/// The markings of parts, each once however often the same was read: to roll up is to join, and an object has few
/// different marks.
fn distinct(claims: &[Claim]) -> Vec<&UsMarking> {
    let mut seen = BTreeSet::new();
    let marks = parts(claims).map(|(_, mark)| mark);
    marks.filter(|mark| seen.insert(core::ptr::from_ref(*mark))).collect()
}

/// Markings of the whole say the same.
fn wholes(claims: &[Claim], shape: &Shape, reasons: &mut Vec<Reason>) {
    let Some((first, said)) = whole(claims) else { return };
    for claim in claims.iter().filter(|claim| !claim.part) {
        if claim.us.as_deref().is_some_and(|other| !said.shows_the_same_as(other)) {
            let says = "claim different markings for the object";
            reasons.push(first.explains(both(marking::DISAGREEMENT, first, claim, says, Some(shape))));
        }
    }
}
