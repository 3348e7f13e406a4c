//! One binding, read whole: which labels it binds, to what, and what is wrong with it.

use crate::canonical;
use crate::coverage::unbound;
use crate::model::{Data, Information, Metadata, extended, is, is_of_labels, span, unreadable};
use crate::reference::{Hand, Target};
use crate::signature::{self, Signed};
use crate::signer::Signers;
use crate::words::{BINDING, LABELS};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::{Span, Time};
use lockgate_marking::xml::{self, Bounds, XmlFault};
use lockgate_reason::{Finding, marking};
use roxmltree::{Document, Node};

/// How much of a binding, or of an object that carries one, is read.
pub const BOUNDS: Bounds =
    Bounds { bytes: 4 << 20, depth: 64, attributes: 64, declarations: 1024, nodes: 400_000 };
/// Most bytes of one label.
const LABEL_BYTES_MAX: usize = 64 << 10;

/// An object in hand.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// The name of its file, without folders; `None` where it came without one.
    pub name: Option<&'a str>,
    /// All of it.
    pub bytes: &'a [u8],
}

/// What a binding is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Who may sign.
    pub signers: &'a Signers,
    /// True where a label without a signature is held.
    pub signature_required: bool,
    /// The reference time.
    pub now: Time,
}

/// Where the binding stands (ADatP-4778, the approaches to binding).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The object stands inside the binding.
    Encapsulated,
    /// The binding stands inside the object.
    Embedded,
    /// The binding came by itself, with the object named to it.
    Detached,
    /// The binding stands beside the object, as `NAME.bdo` beside `NAME`.
    Sidecar,
}

impl Form {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encapsulated => "encapsulated",
            Self::Embedded => "embedded",
            Self::Detached => "detached",
            Self::Sidecar => "sidecar",
        }
    }
}

/// Which label of ADatP-4774 it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LabelKind {
    /// The originator's, under its present or its older name.
    Originator,
    /// An equivalent for another domain.
    Alternative,
    /// The label of the metadata, not of the data.
    Metadata,
}

/// What a label is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The object.
    Whole,
    /// A part of it.
    Part,
}

/// A label with what it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundLabel {
    /// Which label.
    pub kind: LabelKind,
    /// Its element alone, in exclusive canonical XML.
    pub xml: Vec<u8>,
    /// Where it stands in the file with the binding.
    pub span: Span,
    /// What it is bound to.
    pub scope: Scope,
}

/// What was found in a binding. Where there is any finding, the labels are claims, and nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Where the binding stands.
    pub form: Form,
    /// The labels, in the order of the document.
    pub labels: Vec<BoundLabel>,
    /// What its signatures are worth.
    pub signed: Signed,
    /// What is wrong; spans are those of the file with the binding.
    pub findings: Vec<Finding>,
}

/// The binding that `object` carries in itself, embedded or encapsulating; `None` where it has none.
///
/// XML beyond the bounds is a reading with a finding: whoever cannot see all of it cannot say that there is no binding.
pub fn read_carried(object: &Object<'_>, terms: &Terms<'_>) -> Option<Reading> {
    let text = object.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(object.bytes);
    let is_xml = text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
    let named = contains(object.bytes, BINDING.as_bytes());
    if !is_xml && !named {
        return None;
    }
    let failed = |finding| Some(Reading::failed(Form::Embedded, finding));
    let document = match parse(object.bytes) {
        Ok(text) => text,
        Err(finding) if named || finding.code == marking::BINDING_TOO_BIG => return failed(finding),
        Err(_) => return None,
    };
    let bindings = outermost(&document);
    let Some(first) = bindings.first() else {
        return named.then(|| document.root_element()).and_then(|root| {
            failed(extended(
                root,
                "the object names the namespace of bindings, and has no binding that is read",
            ))
        });
    };
    if let Some(second) = bindings.get(1) {
        return failed(unreadable(*second, "the object has two bindings"));
    }
    let form = if first.id() == document.root_element().id() { Form::Encapsulated } else { Form::Embedded };
    Some(Work::read(&document, *first, form, object, terms))
}

/// A binding that came beside `object`. `form` is [`Form::Detached`] or [`Form::Sidecar`].
pub fn read_detached(binding: &[u8], object: &Object<'_>, form: Form, terms: &Terms<'_>) -> Reading {
    let document = match parse(binding) {
        Ok(document) => document,
        Err(finding) => return Reading::failed(form, finding),
    };
    let root = document.root_element();
    if !is(root, BINDING, "BindingInformation") {
        return Reading::failed(form, unreadable(root, "the root is no BindingInformation of ADatP-4778"));
    }
    Work::read(&document, root, form, object, terms)
}

fn parse(bytes: &[u8]) -> Result<Document<'_>, Finding> {
    let finding = |fault| match fault {
        XmlFault::OverBound(says) => Finding::new(marking::BINDING_TOO_BIG).saying(says),
        XmlFault::NotUtf8 => Finding::new(marking::BINDING_UNREADABLE).saying("the binding is not UTF-8"),
        XmlFault::Dtd => Finding::new(marking::BINDING_UNREADABLE).saying("a DTD; none is ever read"),
        XmlFault::NotWellFormed => {
            Finding::new(marking::BINDING_UNREADABLE).saying("the XML of the binding is not well-formed")
        }
    };
    let text = xml::text(bytes, &BOUNDS).map_err(finding)?;
    xml::parse(text, &BOUNDS).map_err(|(_, fault)| finding(fault))
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

/// Every `BindingInformation` that stands in no other.
fn outermost<'a, 'i>(document: &'a Document<'i>) -> Vec<Node<'a, 'i>> {
    let mut found: Vec<Node<'a, 'i>> = Vec::new();
    for node in document.descendants().filter(|node| is(*node, BINDING, "BindingInformation")) {
        let inside = found.last().is_some_and(|last| node.range().end <= last.range().end);
        if !inside {
            found.push(node);
        }
    }
    found
}

impl Reading {
    fn failed(form: Form, finding: Finding) -> Self {
        Self { form, labels: Vec::new(), signed: Signed::NotVerified, findings: Vec::from([finding]) }
    }
}

/// A label node with all that it is bound to.
pub(crate) struct Bound<'a, 'i> {
    pub(crate) kind: LabelKind,
    pub(crate) node: Node<'a, 'i>,
    pub(crate) targets: Vec<Target>,
    /// True where it is also bound to something that is not resolved.
    narrowed: bool,
}

/// A reading in progress.
struct Work<'a, 'i> {
    hand: Hand<'a, 'i>,
    information: Node<'a, 'i>,
    form: Form,
    bound: Vec<Bound<'a, 'i>>,
    /// Everything that data refer to, whether a label is bound to it or not.
    data: Vec<Target>,
    findings: Vec<Finding>,
}

impl<'a, 'i> Work<'a, 'i> {
    fn read(
        document: &'a Document<'i>,
        node: Node<'a, 'i>,
        form: Form,
        object: &'a Object<'a>,
        terms: &Terms<'_>,
    ) -> Reading {
        let beside = matches!(form, Form::Detached | Form::Sidecar);
        let hand = Hand::new(document, object.name, beside);
        let findings: Vec<Finding> = hand.duplicates().take(8).collect();
        let mut work = Work { hand, information: node, form, bound: Vec::new(), data: Vec::new(), findings };
        let information = match Information::read(node, &mut work.findings) {
            Ok(information) => information,
            Err(finding) => {
                return Reading {
                    findings: work.with(finding),
                    ..Reading::failed(form, Finding::new(marking::BINDING_UNREADABLE))
                };
            }
        };
        for binding in &information.bindings {
            work.bind(&binding.metadata, &binding.data);
        }
        work.pairs();
        work.strays();
        work.coverage();
        let signing = signature::Scene {
            hand: &work.hand,
            information: &information,
            object: object.bytes,
            bound: &work.bound,
            data: &work.data,
        };
        let signed = signature::check(&signing, terms, &mut work.findings);
        let labels = work.labels();
        Reading { form, labels, signed, findings: work.findings }
    }

    fn with(self, finding: Finding) -> Vec<Finding> {
        let mut findings = self.findings;
        findings.push(finding);
        findings
    }

    /// Binds each label of one `MetadataBinding` to each of its data.
    fn bind(&mut self, metadata: &[Metadata<'a, 'i>], data: &[Data<'a, 'i>]) {
        let (mut targets, mut narrowed) = (Vec::new(), false);
        for item in data {
            match self.target(item) {
                Ok(target) => targets.push(target),
                Err(finding) => {
                    narrowed = true;
                    self.findings.push(finding);
                }
            }
        }
        self.data.extend(targets.iter().copied());
        for item in metadata {
            match self.label(item) {
                Ok(Some((kind, node))) => {
                    self.bound.push(Bound { kind, node, targets: targets.clone(), narrowed });
                }
                Ok(None) => {}
                Err(finding) => self.findings.push(finding),
            }
        }
    }

    fn target(&self, data: &Data<'a, 'i>) -> Result<Target, Finding> {
        let elsewhere = |node| Finding::new(marking::REFERENCE_ELSEWHERE).at(span(node));
        match data {
            Data::Inline(node) if self.hand.beside => {
                Err(elsewhere(*node).saying("the binding carries an object of its own"))
            }
            Data::Inline(node) => Ok(Target::Part(node.id())),
            Data::Reference(reference) => {
                if reference.transforms.is_some() {
                    return Err(Finding::new(marking::REFERENCE_NOT_EVALUATED).at(span(reference.node)));
                }
                match self.hand.resolve(reference)? {
                    Target::Object => Ok(Target::Object),
                    _ if self.hand.beside => {
                        Err(elsewhere(reference.node).saying("the reference names the binding itself"))
                    }
                    target => Ok(target),
                }
            }
        }
    }

    /// The label that a metadata is, if it is one.
    fn label(&self, metadata: &Metadata<'a, 'i>) -> Result<Option<(LabelKind, Node<'a, 'i>)>, Finding> {
        let node = match metadata {
            Metadata::Inline(node) => *node,
            Metadata::Reference(reference) => {
                if reference.transforms.is_some() {
                    return Err(Finding::new(marking::REFERENCE_NOT_EVALUATED).at(span(reference.node)));
                }
                let part = match self.hand.resolve(reference)? {
                    Target::Part(id) => self.hand.document.get_node(id),
                    Target::Document | Target::Object => None,
                };
                part.ok_or_else(|| extended(reference.node, "metadata that is a whole document"))?
            }
        };
        if !is_of_labels(node) {
            return match node.descendants().find(|inside| is_of_labels(*inside)) {
                Some(inside) => Err(extended(inside, "a label inside other metadata")),
                None => Ok(None),
            };
        }
        match node.tag_name().name() {
            "originatorConfidentialityLabel" | "ConfidentialityLabel" => {
                Ok(Some((LabelKind::Originator, node)))
            }
            "alternativeConfidentialityLabel" => Ok(Some((LabelKind::Alternative, node))),
            "metadataConfidentialityLabel" => Ok(Some((LabelKind::Metadata, node))),
            _ => Err(unreadable(node, "an element of the label schema that is no label")),
        }
    }

    /// Labels of one kind for one thing, and alternatives without the label that they stand for.
    fn pairs(&mut self) {
        let mut seen: BTreeSet<(u64, LabelKind, &str)> = BTreeSet::new();
        let mut originated: BTreeSet<u64> = BTreeSet::new();
        for bound in &self.bound {
            let policy = if bound.kind == LabelKind::Alternative { policy_of(bound.node) } else { "" };
            let keys: BTreeSet<u64> = bound.targets.iter().map(|target| key(*target)).collect();
            let mut twice = false;
            for target in keys {
                twice |= !seen.insert((target, bound.kind, policy));
                if bound.kind == LabelKind::Originator {
                    originated.insert(target);
                }
            }
            if twice {
                self.findings.push(Finding::new(marking::TWO_OF_A_KIND).at(span(bound.node)));
            }
        }
        for bound in self.bound.iter().filter(|bound| bound.kind == LabelKind::Alternative) {
            if !bound.targets.iter().all(|target| originated.contains(&key(*target))) {
                self.findings.push(Finding::new(marking::NO_ORIGINATOR_LABEL).at(span(bound.node)));
            }
        }
    }

    /// Labels that no binding names, and bindings inside the binding.
    fn strays(&mut self) {
        let mut known: Vec<(usize, usize)> =
            self.bound.iter().map(|bound| (bound.node.range().start, bound.node.range().end)).collect();
        known.sort_unstable();
        let is_known = |at: usize| {
            let after = known.partition_point(|(start, _)| *start <= at);
            after.checked_sub(1).and_then(|last| known.get(last)).is_some_and(|(_, end)| at < *end)
        };
        let stray = self.hand.document.descendants().find(|node| {
            let nested = is(*node, BINDING, "BindingInformation") && node.id() != self.information.id();
            nested || (is_of_labels(*node) && !is_known(node.range().start))
        });
        if let Some(node) = stray {
            self.findings.push(extended(node, "a label or a binding where none is read"));
        }
    }

    /// Everything has to be inside something that an originator's label is bound to.
    fn coverage(&mut self) {
        let labelled = self.bound.iter().filter(|bound| bound.kind == LabelKind::Originator);
        let targets: Vec<Target> = labelled.flat_map(|bound| bound.targets.iter().copied()).collect();
        let whole = if self.hand.beside { Target::Object } else { Target::Document };
        if targets.contains(&whole) {
            return;
        }
        let found = Finding::new(marking::UNBOUND_PART);
        let unbound = match self.form {
            Form::Detached | Form::Sidecar => Some(self.information),
            Form::Encapsulated => {
                let inside = |node: &Node<'_, '_>| is(*node, BINDING, "Data");
                let mut data = self.information.descendants().filter(inside).peekable();
                let none = data.peek().is_none().then_some(self.information);
                none.or_else(|| data.find(|node| !targets.contains(&Target::Part(node.id()))))
            }
            Form::Embedded => {
                let parts: BTreeSet<u32> = targets.iter().filter_map(|target| part(*target)).collect();
                unbound(self.hand.document, self.information.id(), &parts)
            }
        };
        self.findings.extend(unbound.map(|node| found.at(span(node))));
    }

    fn labels(&mut self) -> Vec<BoundLabel> {
        let only = match self.data.as_slice() {
            [one] if self.form == Form::Encapsulated => Some(*one),
            _ => None,
        };
        let root = Target::Part(self.hand.document.root_element().id());
        let mut labels = Vec::new();
        for bound in &self.bound {
            let mut xml = Vec::new();
            if canonical::write(bound.node, None, LABEL_BYTES_MAX, &mut xml).is_err() {
                let says = "a label longer than is read";
                self.findings.push(Finding::new(marking::BINDING_TOO_BIG).at(span(bound.node)).saying(says));
                xml.clear();
            }
            let is_whole = |target: &Target| {
                matches!(target, Target::Document | Target::Object)
                    || *target == root
                    || only == Some(*target)
            };
            let whole = bound.kind != LabelKind::Metadata && bound.targets.iter().any(is_whole);
            let scope = if whole && !bound.narrowed { Scope::Whole } else { Scope::Part };
            labels.push(BoundLabel { kind: bound.kind, xml, span: span(bound.node), scope });
        }
        labels
    }
}

fn part(target: Target) -> Option<u32> {
    match target {
        Target::Part(id) => Some(id.get()),
        Target::Document | Target::Object => None,
    }
}

/// One number a target.
fn key(target: Target) -> u64 {
    match target {
        Target::Document => 0,
        Target::Object => 1,
        Target::Part(id) => u64::from(id.get()).saturating_add(2),
    }
}

/// The text of the policy that a label names.
fn policy_of<'a>(label: Node<'a, '_>) -> &'a str {
    let named = label.descendants().find(|node| is(*node, LABELS, "PolicyIdentifier"));
    named.and_then(|node| node.text()).unwrap_or("").trim()
}

/// The text of the originator that a label names.
pub(crate) fn originator_of(label: Node<'_, '_>) -> Option<String> {
    let named = label.children().find(|node| is(*node, LABELS, "OriginatorID"))?;
    Some(named.children().filter_map(|child| child.text().filter(|_| child.is_text())).collect())
}

#[cfg(test)]
mod tests;
