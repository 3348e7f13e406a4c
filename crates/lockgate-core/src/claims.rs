//! Inspection of an object of a known type: its record, every claim about its label, its words. Everything here
//! depends on the bytes and the lane alone, not on the time.

mod display;
mod fields;

use crate::object::{Origin, Received};
use crate::policy::{LaneType, Policy};
use crate::workspace::Pass;
use crate::{Reason, words};
use alloc::sync::Arc;
use core::fmt;
use lockgate_bytes::{Budget, Span, Untrusted};
use lockgate_marking::{Label, Mapped, PolicySet};
use lockgate_reason::{fault, framing};
use lockgate_record::{Block, Place, Shape, Value};

/// A claim about the label of an object, as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) carrier: CarrierKind,
    pub(crate) at: Where,
    pub(crate) span: Span,
    /// `None` where it could not be read; the object then carries the reason.
    pub(crate) label: Option<Label>,
    /// The label in the lane's policy, once it was mapped.
    pub(crate) mapped: Option<Mapped>,
    /// True where it speaks of a part of the object only.
    pub(crate) part: bool,
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
    /// A label element bound into the object (STANAG 4774).
    BoundLabel,
    /// A file beside the object, bound to it (STANAG 4778).
    Sidecar,
    /// A marking as people read it, of the whole.
    VisibleMarking,
    /// A marking as people read it, of one portion.
    PortionMark,
    /// The format's own marking fields, read by a profile; they make one claim together.
    MarkingFields,
    /// A code of the format's own, such as the classification byte of a packet. It speaks of what it can express only.
    NativeCode,
    /// The label that the lane assigns to what has none.
    LaneDefault,
}

impl CarrierKind {
    /// Every carrier that there is.
    pub const ALL: [Self; 8] = [
        Self::Envelope,
        Self::BoundLabel,
        Self::Sidecar,
        Self::VisibleMarking,
        Self::PortionMark,
        Self::MarkingFields,
        Self::NativeCode,
        Self::LaneDefault,
    ];

    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::BoundLabel => "bound-label",
            Self::Sidecar => "sidecar",
            Self::VisibleMarking => "visible-marking",
            Self::PortionMark => "portion-mark",
            Self::MarkingFields => "marking-fields",
            Self::NativeCode => "native-code",
            Self::LaneDefault => "lane-default",
        }
    }
}

impl Claim {
    /// A claim about the whole object, not yet mapped.
    pub(crate) fn new(carrier: CarrierKind, at: Where, span: Span, label: Option<Label>) -> Self {
        Self { carrier, at, span, label, mapped: None, part: false }
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
    pass.readable = pass.inspection.reasons.is_empty();
    if !pass.readable {
        return;
    }
    read_label(pass, lane_type, policy.policies(), bytes);
    fields::read(pass, lane_type, bytes);
    fields::read_natives(pass, lane_type, bytes);
    display::read(pass, lane_type, policy.policies(), bytes);
    // What came with an object came with what was written from it, too.
    workspace.company.join(pass);
    // What was written is scanned again although it says the same as what arrived: texts stand in another order there,
    // and a word cut over two of them may be whole now (docs/decisions/0017).
    if words::scan(pass, policy, bytes, &mut budget).is_err() {
        pass.inspection.reasons.push(Reason::new(framing::OVER_BUDGET));
    }
}

/// The claim of the label element, if there is one.
fn read_label(pass: &mut Pass, lane_type: &LaneType, policies: &PolicySet, bytes: &[u8]) {
    let Some(carrier) = &lane_type.carriers.label else { return };
    let record = &pass.inspection.record;
    let cell = carrier.section.cell(record, Block::ROOT);
    if cell.value == Value::Absent {
        return;
    }
    let place = carrier.section.place();
    let label = match carrier.read(&mut pass.builder, policies, record, bytes) {
        Ok(label) => Some(label),
        Err(finding) => {
            let span = finding.span.unwrap_or(cell.span);
            pass.inspection.reasons.push(Reason::from(finding).at(place, span));
            None
        }
    };
    pass.claims.push(Claim::new(CarrierKind::BoundLabel, Where::Field(place), cell.span, label));
}
