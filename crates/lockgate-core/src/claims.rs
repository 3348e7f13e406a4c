//! Inspection of an object of a known type: its record, every claim about its label, its words. Everything here
//! depends on the bytes and the lane alone, not on the time.

use crate::bound::LabelCarrier;
use crate::object::{Origin, Received};
use crate::policy::{LaneType, Policy};
use crate::workspace::Pass;
use crate::{Reason, words};
use lockgate_bytes::{Budget, Span, Untrusted};
use lockgate_marking::{Claim as FieldClaim, Claimed, Label, PolicySet, Succession};
use lockgate_reason::{Finding, fault, framing, marking};
use lockgate_record::{Block, Place, Value};

/// A claim about the label of an object, as it was received.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) carrier: CarrierKind,
    pub(crate) place: Place,
    pub(crate) span: Span,
    /// `None` where it could not be read; the object then carries the reason.
    pub(crate) label: Option<Label>,
    /// What is to succeed the label.
    pub(crate) succession: Option<Succession>,
}

/// What carries a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CarrierKind {
    /// The label of its originator, an element bound into the object (STANAG 4774).
    BoundLabel,
    /// The same in somebody else's policy.
    AlternativeLabel,
    /// A label of the metadata that travel with the object.
    MetadataLabel,
    /// The format's own marking fields, read by a profile.
    MarkingFields,
}

impl CarrierKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BoundLabel => "bound-label",
            Self::AlternativeLabel => "alternative-label",
            Self::MetadataLabel => "metadata-label",
            Self::MarkingFields => "marking-fields",
        }
    }
}

/// Reads the object and gathers its claims. What arrived is read by the compiled program, what this program wrote by
/// the reference interpreter.
pub(crate) fn inspect(received: &mut Received, lane_type: &LaneType, policy: &Policy) {
    let Received { bytes, workspace, origin, .. } = received;
    let object = Untrusted::new(bytes);
    let (inspector, pass) = match origin {
        Origin::Arrived => (lane_type.inspector(), &mut workspace.first),
        Origin::Rewritten(_) => (lane_type.reference(), &mut workspace.second),
    };
    let mut budget = Budget::new(lane_type.parts.budget);
    pass.inspection.begin(inspector.shape());
    if matches!(origin, Origin::Rewritten(_)) && !inspector.recognises(object) {
        pass.inspection.reasons.push(Reason::new(fault::INTERNAL));
        return;
    }
    inspector.inspect(object, &mut pass.inspection, &mut budget);
    pass.readable = pass.inspection.reasons.is_empty();
    if !pass.readable {
        return;
    }
    let (policies, carriers) = (policy.policies(), &lane_type.carriers);
    read_labels(pass, CarrierKind::BoundLabel, carriers.label.as_ref(), policies, bytes);
    read_fields(pass, lane_type, bytes);
    read_labels(pass, CarrierKind::AlternativeLabel, carriers.alternatives.as_ref(), policies, bytes);
    read_labels(pass, CarrierKind::MetadataLabel, carriers.metadata.as_ref(), policies, bytes);
    check_kinds(pass);
    // What was written is scanned again although it says the same as what arrived: texts stand in another order there,
    // and a word cut over two of them may be whole now (docs/decisions/0017).
    if words::scan(pass, policy, bytes, &mut budget).is_err() {
        pass.inspection.reasons.push(Reason::new(framing::OVER_BUDGET));
    }
}

/// The claims of the label elements of one kind.
fn read_labels(
    pass: &mut Pass,
    kind: CarrierKind,
    carrier: Option<&LabelCarrier>,
    policies: &PolicySet,
    bytes: &[u8],
) {
    let Some(carrier) = carrier else { return };
    let Pass { inspection, claims, builder, .. } = pass;
    let place = carrier.section.place();
    for (block, cell) in carrier.places(&inspection.record) {
        let read = match carrier.read(builder, policies, (&inspection.record, block), bytes) {
            Ok(whole) => Some(whole),
            Err(finding) => {
                let span = finding.span.unwrap_or(cell.span);
                inspection.reasons.push(Reason::from(finding).at(place, span));
                None
            }
        };
        let (label, succession) = (read.map(|read| read.label), read.and_then(|read| read.succession));
        claims.push(Claim { carrier: kind, place, span: cell.span, label, succession });
    }
}

/// Labels that go together: each kind once, alternatives once for each policy, and none without the originator's.
fn check_kinds(pass: &mut Pass) {
    let Pass { inspection, claims, .. } = pass;
    let has_originator = claims.iter().any(|claim| claim.carrier == CarrierKind::BoundLabel);
    let beside =
        |claim: &Claim| matches!(claim.carrier, CarrierKind::AlternativeLabel | CarrierKind::MetadataLabel);
    for (at, claim) in claims.iter().enumerate().filter(|(_, claim)| beside(claim)) {
        if !has_originator {
            let reason = Reason::new(marking::ALTERNATIVE_ALONE);
            inspection.reasons.push(reason.at(claim.place, claim.span));
        }
        let policy = |claim: &Claim| claim.label.map(|label| label.policy());
        let is_same = |other: &Claim| {
            let of_policy = claim.carrier == CarrierKind::MetadataLabel || policy(other) == policy(claim);
            other.carrier == claim.carrier && of_policy
        };
        if claims.iter().take(at).any(is_same) {
            inspection.reasons.push(Reason::new(marking::TWO_LABELS).at(claim.place, claim.span));
        }
    }
}

/// The one claim that the format's own marking fields make together. A field that no profile reads must be empty.
fn read_fields(pass: &mut Pass, lane_type: &LaneType, bytes: &[u8]) {
    let profile = lane_type.parts.profile.as_ref();
    let Pass { inspection, claims, before, .. } = pass;
    before.begin(lane_type);
    let mut first: Option<(Place, Span)> = None;
    for (field, carrier) in &lane_type.carriers.fields {
        let cell = field.cell(&inspection.record, Block::ROOT);
        let text = field.bytes(&inspection.record, Block::ROOT, bytes);
        if text.is_some() && (carrier.is_some() || !cell.span.is_empty()) {
            first.get_or_insert((field.place(), cell.span));
        }
        before.field(text);
    }
    if let (Some((place, span)), Some(label), []) = (first, before.label(), &*lane_type.carriers.marked_lists)
    {
        let label = Some(label);
        claims.push(Claim { carrier: CarrierKind::MarkingFields, place, span, label, succession: None });
        return;
    }
    let mut claim = FieldClaim::default();
    claim.begin();
    let mut first: Option<(Place, Span)> = None;
    let mut faulty = false;
    for (field, carrier) in &lane_type.carriers.fields {
        let cell = field.cell(&inspection.record, Block::ROOT);
        if cell.value == Value::Absent {
            continue;
        }
        let text = field.text(&inspection.record, Block::ROOT, bytes).unwrap_or("");
        let read = match (profile, carrier) {
            (Some(profile), Some(carrier)) => claim.read(profile, *carrier, text),
            _ if cell.span.is_empty() => continue,
            _ => Err(Finding::new(marking::UNREADABLE_CLAIM)
                .saying("the lane's profile does not read this marking")),
        };
        first.get_or_insert((field.place(), cell.span));
        if let Err(finding) = read {
            faulty = true;
            inspection.reasons.push(Reason::from(finding).at(field.place(), cell.span));
        }
    }
    for list in &lane_type.carriers.marked_lists {
        let cell = list.cell(&inspection.record, Block::ROOT);
        if cell.value != Value::Absent {
            faulty = true;
            first.get_or_insert((list.place(), cell.span));
            let finding = Finding::new(marking::UNREADABLE_CLAIM)
                .saying("markings of the parts of a list are not read");
            inspection.reasons.push(Reason::from(finding).at(list.place(), cell.span));
        }
    }
    let Some((place, span)) = first else { return };
    let label = match profile.map(|profile| claim.finish(profile)) {
        _ if faulty => None,
        Some(Ok(Claimed::Label(label))) => {
            before.keep(label);
            Some(label)
        }
        None | Some(Ok(Claimed::Unlabelled)) => return,
        Some(Err(finding)) => {
            inspection.reasons.push(Reason::from(finding).at(place, span));
            None
        }
    };
    claims.push(Claim { carrier: CarrierKind::MarkingFields, place, span, label, succession: None });
}
