//! What came with an object and says something about its label: its envelope, or a file beside it.
//!
//! Nothing of it crosses. It can only add claims and reasons.

use crate::Reason;
use crate::claims::{CarrierKind, Claim, Where};
use crate::workspace::Pass;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Span;
use lockgate_marking::WholeLabel;
use lockgate_reason::Finding;

/// Where a claim stands that does not stand in the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// In what the object was carried in: the header of a message, a field of a protocol.
    Envelope,
    /// In a file beside it.
    Sidecar,
}

/// The claims that came with one object.
#[derive(Clone, Debug, Default)]
pub struct Company {
    claims: Vec<Claim>,
    findings: Vec<(Finding, Arc<str>)>,
}

impl Company {
    /// Nothing came with the object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a claim. `path` names its place for people, such as `sidecar.label[0]`: plain letters, nothing of the object.
    /// `label` is `None` where it could not be read; add the finding that says why. A claim of a part is one about some of
    /// the object only.
    pub fn claim(
        &mut self,
        beside: Beside,
        path: &Arc<str>,
        span: Span,
        label: Option<WholeLabel>,
        part: bool,
    ) {
        let carrier = match beside {
            Beside::Envelope => CarrierKind::Envelope,
            Beside::Sidecar => CarrierKind::Sidecar,
        };
        let at = Where::Beside(path.clone());
        let succession = label.and_then(|label| label.succession);
        let label = label.map(|label| label.label);
        self.claims.push(Claim { part, succession, ..Claim::new(carrier, at, span, label) });
    }

    /// Adds something that is wrong; a span in it is one of the envelope or of the file beside.
    pub fn finding(&mut self, finding: Finding, path: &Arc<str>) {
        self.findings.push((finding, path.clone()));
    }

    /// True where nothing came with the object.
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.findings.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.claims.clear();
        self.findings.clear();
    }

    /// Adds claims and reasons to those of the object.
    pub(crate) fn join(&self, pass: &mut Pass) {
        pass.claims.extend(self.claims.iter().cloned());
        for (finding, path) in &self.findings {
            let reason = Reason::from(finding.clone());
            pass.inspection.reasons.push(reason.beside(path, finding.span));
        }
    }
}
