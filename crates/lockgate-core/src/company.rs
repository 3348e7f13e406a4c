//! What came with an object and says something about its label: its envelope, or a file beside it.
//!
//! Nothing of it crosses. It can only add claims and reasons.

use crate::Reason;
use crate::claims::{CarrierKind, Claim, Where};
use crate::workspace::Pass;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::{Digest, Span};
use lockgate_marking::WholeLabel;
use lockgate_reason::{Finding, hold, marking};

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
    /// SHA-256 and size in bytes of the file beside it.
    sidecar: Option<(Digest, usize)>,
}

impl Company {
    /// Nothing came with the object.
    pub fn new() -> Self {
        Self::default()
    }

    /// A sidecar came with the object, and nobody has read it: that is a claim which cannot be read.
    pub(crate) fn unread() -> Self {
        let (mut company, path) = (Self::new(), Arc::from("sidecar"));
        company.claim(Beside::Sidecar, &path, Span::default(), None, false);
        company.finding(Finding::new(marking::BINDING_UNREADABLE), &path);
        company
    }

    /// A sidecar of this SHA-256 and size came with the object when it was decided first, and is not at hand any more, or
    /// the object is not what it was bound to: nothing is released without it.
    pub fn lost(sha256: Digest, size_bytes: usize) -> Self {
        let mut company = Self::new();
        company.came_with(sha256, size_bytes);
        company.finding(Finding::new(hold::SIDECAR_LOST), &Arc::from("sidecar"));
        company
    }

    /// A sidecar lies beside the object now, and it came alone when it was decided first: one of the two was changed, and
    /// nothing is released by either.
    pub fn stray() -> Self {
        let mut company = Self::new();
        company.finding(Finding::new(hold::SIDECAR_LOST), &Arc::from("sidecar"));
        company
    }

    /// Names the file that came beside the object, for its account: SHA-256 and size in bytes.
    pub fn came_with(&mut self, sha256: Digest, size_bytes: usize) {
        self.sidecar = Some((sha256, size_bytes));
    }

    /// SHA-256 and size in bytes of the file that came beside the object, where one did and could be read.
    pub fn sidecar(&self) -> Option<(Digest, usize)> {
        self.sidecar
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
        self.claims.is_empty() && self.findings.is_empty() && self.sidecar.is_none()
    }

    pub(crate) fn clear(&mut self) {
        self.claims.clear();
        self.findings.clear();
        self.sidecar = None;
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
