//! A label in a file of its own: what form it has, whether it is well-formed and of its schema, and which label of a
//! policy it is. Four verdicts, each for itself (rule 1 of the engine); the fourth, releasable, is
//! [`crate::ReleaseCheck`]'s.
//!
//! This reader serves commands and the slow route. Labels that stand inside the objects of a lane are read by the
//! description of their type, which is stricter (`docs/decisions/0023-label-files.md`).

mod lexical;
mod schema;
mod succession;
mod words;

pub use succession::Succession;

use crate::ess::{self, EssLabel};
use crate::spif::{Findings, parse_bounded, text_bounded};
use crate::{Label, PolicySet};
use alloc::vec::Vec;
use lockgate_reason::Finding;
use words::Words;

/// Most bytes of a binary label.
const MAX_BINARY: usize = 64 << 10;

/// What a label says of itself by its element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LabelKind {
    /// What its originator says of the data.
    Originator,
    /// The same in the policy of somebody else.
    Alternative,
    /// What is said of the metadata themselves.
    Metadata,
}

impl LabelKind {
    /// The kind of label that an element of the label's namespace is, by its local name; `None` where it is none. The
    /// originator's has an older name too.
    pub fn of_element(name: &str) -> Option<Self> {
        match name {
            "originatorConfidentialityLabel" | "ConfidentialityLabel" => Some(Self::Originator),
            "alternativeConfidentialityLabel" => Some(Self::Alternative),
            "metadataConfidentialityLabel" => Some(Self::Metadata),
            _ => None,
        }
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Originator => "originator",
            Self::Alternative => "alternative",
            Self::Metadata => "metadata",
        }
    }
}

/// The forms in which labels are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelForm {
    /// XML of STANAG 4774.
    Xml(LabelKind),
    /// The binary security label of RFC 2634 and X.841.
    Ess,
}

/// A label as a file says it, before any policy was asked.
#[derive(Debug)]
pub struct LabelFile {
    form: Option<LabelForm>,
    well_formed: bool,
    findings: Vec<Finding>,
    content: Option<Content>,
}

#[derive(Debug)]
enum Content {
    Words(Words),
    Codes(EssLabel),
}

/// A label and what is to succeed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeLabel {
    /// The label.
    pub label: Label,
    /// Its successor, if it names one.
    pub succession: Option<Succession>,
}

impl From<Label> for WholeLabel {
    /// The label, without a successor.
    fn from(label: Label) -> Self {
        Self { label, succession: None }
    }
}

impl LabelFile {
    /// Reads a file. Never fails: what is wrong is in [`Self::findings`].
    pub fn read(bytes: &[u8]) -> Self {
        if ess::is_label(bytes) { Self::binary(bytes) } else { Self::xml(bytes) }
    }

    fn binary(bytes: &[u8]) -> Self {
        let over = bytes.len() > MAX_BINARY;
        let (well_formed, read) = ess::read(if over { &[] } else { bytes });
        let form = Some(LabelForm::Ess);
        match read {
            Ok(label) => {
                Self { form, well_formed, findings: Vec::new(), content: Some(Content::Codes(label)) }
            }
            Err(finding) => Self { form, well_formed, findings: Vec::from([finding]), content: None },
        }
    }

    fn xml(bytes: &[u8]) -> Self {
        let mut bounds = Findings::default();
        let text = text_bounded(bytes, &mut bounds);
        let Some(document) = text.and_then(|text| parse_bounded(text, &mut bounds)) else {
            let broken = |finding: crate::spif::SpifFinding| {
                Finding::new(lockgate_reason::schema::NOT_WELL_FORMED).saying(finding.says)
            };
            let findings = bounds.list.into_iter().map(broken).collect();
            return Self { form: None, well_formed: false, findings, content: None };
        };
        let root = document.root_element();
        if undeclares_prefix(root) {
            let says = "a prefix is bound to no namespace";
            let findings = Vec::from([Finding::new(lockgate_reason::schema::NOT_WELL_FORMED).saying(says)]);
            return Self { form: None, well_formed: false, findings, content: None };
        }
        let findings = schema::check(root);
        let content = findings.is_empty().then(|| Content::Words(Words::of(root)));
        Self { form: words::kind(root).map(LabelForm::Xml), well_formed: true, findings, content }
    }

    /// The form that its structure shows; `None` where it is none that is known.
    pub fn form(&self) -> Option<LabelForm> {
        self.form
    }

    /// True where the bytes are XML or BER within our bounds, and without a DTD, whatever they say.
    pub fn is_well_formed(&self) -> bool {
        self.well_formed
    }

    /// True where they also follow the published schema of their form.
    pub fn is_schema_valid(&self) -> bool {
        self.content.is_some()
    }

    /// Why it is not well-formed or not of its schema: codes `LG-S`.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Which label of `policies` it is. The label is not yet validated, see [`PolicySet::validate`]; but where a
    /// finding is added to `out` it is not policy-valid, whether or not a label can be told. `None` also where the
    /// file is not of its schema.
    pub fn label(&self, policies: &PolicySet, out: &mut Vec<Finding>) -> Option<WholeLabel> {
        match self.content.as_ref()? {
            Content::Words(words) => words.label(policies, out),
            Content::Codes(codes) => {
                codes.label(policies, out).map(|label| WholeLabel { label, succession: None })
            }
        }
    }
}

/// `xmlns:p=""`, which Namespaces in XML 1.0 (section 2.2) forbids and the parser lets pass.
fn undeclares_prefix(root: roxmltree::Node<'_, '_>) -> bool {
    let elements = root.descendants().filter(roxmltree::Node::is_element);
    let mut spaces = elements.flat_map(|node| node.namespaces());
    spaces.any(|space| space.name().is_some() && space.uri().is_empty())
}

#[cfg(test)]
mod tests;
