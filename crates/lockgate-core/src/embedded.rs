//! Labels in bindings (STANAG 4778) that an object carries in a part which its type does not describe.
//!
//! Such a part is marked, so the object stays whatever its label says (`LG-S022`). What is read here can therefore release
//! nothing: it makes claims, so that a spill is one, a disagreement is told, a signature is asked, and what cannot be read
//! is never taken for an object without a label.

use crate::Reason;
use crate::claims::{CarrierKind, Claim, Where};
use crate::inspect::Undeclared;
use crate::policy::Policy;
use crate::workspace::Pass;
use alloc::vec::Vec;
use core::fmt::Debug;
use lockgate_bytes::{Budget, Span, Time};
use lockgate_marking::{LabelKind, PolicySet, WholeLabel};
use lockgate_reason::{Finding, framing};

/// Reads the bindings in objects of one lane, by the signers whom it believes. Made by `lockgate-bundle`.
pub trait BindingReader: Debug + Send + Sync {
    /// What the binding in `object` says; `None` where it has none.
    fn read(&self, object: &[u8], policies: &PolicySet, now: Time) -> Option<Embedded>;
}

/// What a binding in an object says. Where there is any finding, its labels are claims, and nothing more.
#[derive(Debug, Default)]
pub struct Embedded {
    /// Its labels, in the order of the object; none where it could not be read.
    pub labels: Vec<EmbeddedLabel>,
    /// What is wrong with it; spans are those of the object.
    pub findings: Vec<Finding>,
}

/// A label of such a binding.
#[derive(Debug)]
pub struct EmbeddedLabel {
    /// Which label.
    pub kind: LabelKind,
    /// Where it stands in the object.
    pub span: Span,
    /// `None` where it could not be read; the findings say why.
    pub label: Option<WholeLabel>,
    /// True where it is bound to a part of the object only.
    pub part: bool,
}

/// Adds the claims of the binding in this object, if one stands in a part that its type does not describe.
pub(crate) fn read(pass: &mut Pass, policy: &Policy, bytes: &[u8], now: Time, budget: &mut Budget) {
    let Some(first) = pass.inspection.undeclared.iter().find(|part| part.marked).copied() else { return };
    // The object is read once more, whole.
    let steps = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if budget.spend(steps).is_err() {
        pass.inspection.reasons.push(Reason::new(framing::OVER_BUDGET));
        pass.claims.push(Claim::new(CarrierKind::BoundLabel, Where::Field(first.parent), first.span, None));
        return;
    }
    let Some(embedded) = policy.parts.binding_reader.read(bytes, policy.policies(), now) else { return };
    if embedded.labels.is_empty() {
        let at = Where::Field(first.parent);
        pass.claims.push(Claim::new(CarrierKind::BoundLabel, at, first.span, None));
    }
    for bound in embedded.labels {
        let EmbeddedLabel { kind, span, label, part } = bound;
        let at = Where::Field(around(&pass.inspection.undeclared, span).unwrap_or(first).parent);
        let succession = label.and_then(|label| label.succession);
        let label = label.map(|label| label.label);
        // That the label of the metadata differs is no disagreement, whatever it is bound to.
        let part = part && kind != LabelKind::Metadata;
        pass.claims.push(Claim { part, succession, ..Claim::new(carrier(kind), at, span, label) });
    }
    for finding in embedded.findings {
        let span = finding.span.unwrap_or(first.span);
        let place = around(&pass.inspection.undeclared, span).unwrap_or(first).parent;
        pass.inspection.reasons.push(Reason::from(finding).at(place, span));
    }
}

/// The part in which `span` stands.
fn around(parts: &[Undeclared], span: Span) -> Option<Undeclared> {
    parts.iter().find(|part| part.span.start <= span.start && span.end <= part.span.end).copied()
}

fn carrier(kind: LabelKind) -> CarrierKind {
    match kind {
        LabelKind::Originator => CarrierKind::BoundLabel,
        LabelKind::Alternative => CarrierKind::AlternativeLabel,
        LabelKind::Metadata => CarrierKind::MetadataLabel,
    }
}
