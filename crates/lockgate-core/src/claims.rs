//! Inspection of an object of a known type: its record, every claim about its label, its words. Everything here
//! depends on the bytes and the lane alone, not on the time.

mod display;
mod fields;
mod ism;
mod nested;
mod rolled;

pub(crate) use rolled::RolledBefore;

use crate::bound::LabelCarrier;
use crate::object::{Origin, Received};
use crate::policy::{LaneType, Policy};
use crate::workspace::{Pass, Workspace};
use crate::{Reason, words};
use alloc::sync::Arc;
use core::fmt;
use lockgate_bytes::{Budget, Span, Untrusted};
use lockgate_marking::{Label, Mapped, PolicySet, Succession, UsMarking};
use lockgate_reason::{fault, framing, marking};
use lockgate_record::{Place, Shape};

/// A claim about the label of an object, as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) carrier: CarrierKind,
    pub(crate) at: Where,
    pub(crate) span: Span,
    /// `None` where it could not be read; the object then carries the reason.
    pub(crate) label: Option<Label>,
    /// What is to succeed the label.
    pub(crate) succession: Option<Succession>,
    /// The label in the lane's policy, once it was mapped.
    pub(crate) mapped: Option<Mapped>,
    /// True where it speaks of a part of the object only.
    pub(crate) part: bool,
    /// The marking of the United States that it is.
    pub(crate) us: Option<Arc<UsMarking>>,
}

/// Where a claim stands.
#[derive(Clone, Debug)]
pub(crate) enum Where {
    /// In a field of the object.
    Field(Place),
    /// In what came with it, by a name for people.
    Beside(Arc<str>),
    /// In the lane's own file.
    Lane,
}

/// What carries a claim. The names are those of the contract, and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarrierKind {
    /// What the object was carried in: the header of a message, a field of a protocol.
    Envelope,
    /// The label of its originator, an element bound into the object (STANAG 4774).
    BoundLabel,
    /// The same in somebody else's policy.
    AlternativeLabel,
    /// A label of the metadata that travel with the object.
    MetadataLabel,
    /// A file beside the object, bound to it (STANAG 4778).
    Sidecar,
    /// A marking as people read it, of the whole.
    VisibleMarking,
    /// A marking as people read it, of one portion.
    PortionMark,
    /// The format's own marking fields, read by a profile; they make one claim together.
    MarkingFields,
    /// The ISM attributes of an element: of the whole where it is the resource element, otherwise of a portion.
    MarkingAttributes,
    /// What all portions with markings of the United States make together.
    RollUp,
    /// A code of the format's own, such as the classification byte of a packet. It speaks of what it can express only.
    NativeCode,
    /// The label that the lane assigns to what has none.
    LaneDefault,
}

impl CarrierKind {
    /// Every carrier that there is.
    pub const ALL: [Self; 12] = [
        Self::Envelope,
        Self::BoundLabel,
        Self::AlternativeLabel,
        Self::MetadataLabel,
        Self::Sidecar,
        Self::VisibleMarking,
        Self::PortionMark,
        Self::MarkingFields,
        Self::MarkingAttributes,
        Self::RollUp,
        Self::NativeCode,
        Self::LaneDefault,
    ];

    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::BoundLabel => "bound-label",
            Self::AlternativeLabel => "alternative-label",
            Self::MetadataLabel => "metadata-label",
            Self::Sidecar => "sidecar",
            Self::VisibleMarking => "visible-marking",
            Self::PortionMark => "portion-mark",
            Self::MarkingFields => "marking-fields",
            Self::MarkingAttributes => "marking-attributes",
            Self::RollUp => "roll-up",
            Self::NativeCode => "native-code",
            Self::LaneDefault => "lane-default",
        }
    }

    /// True for labels beside the originator's: they may say something else than it does, and only restrict it.
    pub(crate) fn is_beside_originator(self) -> bool {
        matches!(self, Self::AlternativeLabel | Self::MetadataLabel)
    }
}

impl Claim {
    /// A claim about the whole object, not yet mapped.
    pub(crate) fn new(carrier: CarrierKind, at: Where, span: Span, label: Option<Label>) -> Self {
        Self { carrier, at, span, label, succession: None, mapped: None, part: false, us: None }
    }

    /// The reason, at the place of this claim.
    pub(crate) fn explains(&self, reason: Reason) -> Reason {
        match &self.at {
            Where::Field(place) => reason.at(*place, self.span),
            Where::Beside(path) => reason.beside(path, Some(self.span)),
            Where::Lane => reason,
        }
    }

    /// Writes the place for people: `bound-label at event.detail.label [12..80]`.
    pub(crate) fn write_place(&self, shape: Option<&Shape>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} at ", self.carrier.name())?;
        match &self.at {
            Where::Field(place) => match shape {
                Some(shape) => place.write(shape, out)?,
                None => out.write_str("a field")?,
            },
            Where::Beside(path) => out.write_str(path)?,
            Where::Lane => return out.write_str("the lane's file"),
        }
        write!(out, " [{}..{}]", self.span.start, self.span.end)
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
    if !gather(pass, lane_type, policy, bytes) {
        return;
    }
    // What came with an object came with what was written from it, too.
    workspace.company.join(pass);
    // What was written is scanned again although it says the same as what arrived: texts stand in another order there,
    // and a word cut over two of them may be whole now (docs/decisions/0017).
    if words::scan(pass, policy, bytes, &mut budget).is_err() {
        pass.inspection.reasons.push(Reason::new(framing::OVER_BUDGET));
    }
}

/// Gathers the claims of an object that was read; false where it does not follow its type, and so makes none.
fn gather(pass: &mut Pass, lane_type: &LaneType, policy: &Policy, bytes: &[u8]) -> bool {
    pass.readable = pass.inspection.reasons.is_empty();
    if !pass.readable {
        return false;
    }
    let (policies, carriers) = (policy.policies(), &lane_type.carriers);
    read_labels(pass, CarrierKind::BoundLabel, carriers.label.as_ref(), policies, bytes);
    fields::read(pass, lane_type, bytes);
    read_labels(pass, CarrierKind::AlternativeLabel, carriers.alternatives.as_ref(), policies, bytes);
    read_labels(pass, CarrierKind::MetadataLabel, carriers.metadata.as_ref(), policies, bytes);
    check_kinds(pass, policies);
    fields::read_natives(pass, lane_type, bytes);
    ism::read(pass, lane_type, bytes);
    display::read(pass, lane_type, policies, bytes);
    rolled::read(pass, lane_type, policies);
    true
}

/// Reads one object by the compiled program of its type and gathers its claims, and nothing else: what measurements of
/// this part alone ask for. Gives how many claims there are; `None` where the object is of no type of the lane, or does
/// not follow it.
pub fn read_claims(policy: &Policy, object: &[u8], workspace: &mut Workspace) -> Option<usize> {
    let lane_type = policy.recognise(Untrusted::new(object))?;
    workspace.begin();
    let pass = &mut workspace.first;
    let inspector = lane_type.inspector();
    pass.inspection.begin(inspector.shape());
    let mut budget = Budget::new(lane_type.parts.budget);
    inspector.inspect(Untrusted::new(object), &mut pass.inspection, &mut budget);
    gather(pass, lane_type, policy, object).then_some(pass.claims.len())
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
        claims.push(Claim { succession, ..Claim::new(kind, Where::Field(place), cell.span, label) });
    }
}

/// Labels that go together: each kind once, alternatives once for each policy, and none without the originator's.
fn check_kinds(pass: &mut Pass, policies: &PolicySet) {
    let Pass { inspection, claims, .. } = pass;
    let has_originator = claims.iter().any(|claim| claim.carrier == CarrierKind::BoundLabel);
    for (at, claim) in claims.iter().enumerate().filter(|(_, claim)| claim.carrier.is_beside_originator()) {
        if !has_originator {
            inspection.reasons.push(claim.explains(Reason::new(marking::ALTERNATIVE_ALONE)));
        }
        let policy = |claim: &Claim| claim.label.map(|label| policies.present(label.policy()));
        let is_same = |other: &Claim| {
            let of_policy = claim.carrier == CarrierKind::MetadataLabel || policy(other) == policy(claim);
            other.carrier == claim.carrier && of_policy
        };
        if claims.iter().take(at).any(is_same) {
            inspection.reasons.push(claim.explains(Reason::new(marking::TWO_LABELS)));
        }
    }
}
