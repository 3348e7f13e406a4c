//! The binding that an object carries in itself, read for a lane: by its signers, and into its policies.

use crate::bundle::LaneBindings;
use lockgate_binding::{BoundLabel, Object, Scope, Terms, read_carried};
use lockgate_bytes::Time;
use lockgate_core::{BindingReader, Embedded, EmbeddedLabel};
use lockgate_marking::{LabelFile, LabelKind, PolicySet, WholeLabel};
use lockgate_reason::{Finding, marking};

impl BindingReader for LaneBindings {
    fn read(&self, object: &[u8], policies: &PolicySet, now: Time) -> Option<Embedded> {
        let terms = Terms { signers: &self.signers, signature_required: self.signature_required, now };
        // The name of a file is no part of an object: what refers to one is not resolved.
        let reading = read_carried(&Object { name: None, bytes: object }, &terms)?;
        let mut embedded = Embedded { labels: Vec::new(), findings: reading.findings };
        for bound in &reading.labels {
            let Some(label) = label_here(bound, policies) else { continue };
            let label = label.map_err(|findings| embedded.findings.extend(findings)).ok();
            let part = bound.scope == Scope::Part;
            embedded.labels.push(EmbeddedLabel { kind: bound.kind, span: bound.span, label, part });
        }
        Some(embedded)
    }
}

/// The label that is bound, where nothing about it is in doubt; else everything that is wrong with it, each where the label
/// stands. `None` for an equivalent for a domain that is not known here.
pub fn label_here(bound: &BoundLabel, policies: &PolicySet) -> Option<Result<WholeLabel, Vec<Finding>>> {
    let file = LabelFile::read(&bound.xml);
    let mut findings = file.findings().to_vec();
    let label = file.label(policies, &mut findings);
    if findings.is_empty() {
        return Some(label.ok_or_else(|| vec![Finding::new(marking::UNREADABLE_CLAIM).at(bound.span)]));
    }
    if is_of_another_domain(bound, findings.iter().map(|finding| finding.code.id())) {
        return None;
    }
    Some(Err(findings.into_iter().map(|finding| finding.at(bound.span)).collect()))
}

/// True for an alternative label of a policy that is not known here, with which nothing else is wrong; `codes` are those
/// of all that was found. It is an equivalent for a domain that the lane knows nothing of: nothing that it could use.
pub fn is_of_another_domain<'c>(
    bound: &BoundLabel,
    mut codes: impl ExactSizeIterator<Item = &'c str>,
) -> bool {
    let is_alternative = bound.kind == LabelKind::Alternative && codes.len() > 0;
    is_alternative && codes.all(|code| code == marking::UNKNOWN_POLICY.id())
}
