//! A binding being read: its labels with what they are bound to, and everything that is wrong.

use super::{BoundLabel, Form, Object, Reading, Scope, Terms};
use crate::canonical;
use crate::coverage::unbound;
use crate::model::{
    Data, Information, Metadata, extended, is, is_of_another_version, is_of_labels, span, unreadable,
};
use crate::reference::{Hand, Target};
use crate::signature;
use crate::words::{BINDING, LABELS};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_marking::LabelKind;
use lockgate_marking::xml::text_of;
use lockgate_reason::{Finding, marking};
use roxmltree::{Document, Node};

/// Most bytes of one label.
const LABEL_BYTES_MAX: usize = 64 << 10;

/// A label node with all that it is bound to.
pub(crate) struct Bound<'a, 'i> {
    pub(crate) kind: LabelKind,
    pub(crate) node: Node<'a, 'i>,
    pub(crate) targets: Vec<Target>,
    /// True where it is also bound to something that is not resolved.
    narrowed: bool,
}

/// A reading in progress.
pub(super) struct Work<'a, 'i> {
    hand: Hand<'a, 'i>,
    information: Node<'a, 'i>,
    form: Form,
    bound: Vec<Bound<'a, 'i>>,
    /// Everything that data refer to, whether a label is bound to it or not.
    data: Vec<Target>,
    /// The first label inside of metadata that is none itself, by its number: many references may name one element.
    inside: BTreeMap<u32, Option<Node<'a, 'i>>>,
    findings: Vec<Finding>,
}

impl<'a, 'i> Work<'a, 'i> {
    pub(super) fn read(
        document: &'a Document<'i>,
        node: Node<'a, 'i>,
        form: Form,
        object: &'a Object<'a>,
        terms: &Terms<'_>,
    ) -> Reading {
        let beside = matches!(form, Form::Detached | Form::Sidecar);
        let hand = Hand::new(document, object.name, beside);
        let findings: Vec<Finding> = hand.duplicates().take(8).collect();
        let (bound, data, inside) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut work = Work { hand, information: node, form, bound, data, inside, findings };
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
    fn label(&mut self, metadata: &Metadata<'a, 'i>) -> Result<Option<(LabelKind, Node<'a, 'i>)>, Finding> {
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
            let first = || node.descendants().find(|inside| is_of_labels(*inside));
            return match self.inside.entry(node.id().get()).or_insert_with(first) {
                Some(inside) => Err(extended(*inside, "a label inside other metadata")),
                None => Ok(None),
            };
        }
        match LabelKind::of_element(node.tag_name().name()) {
            Some(kind) => Ok(Some((kind, node))),
            None => Err(unreadable(node, "an element of the label schema that is no label")),
        }
    }

    /// Labels of one kind for one thing, and alternatives without the label that they stand for.
    fn pairs(&mut self) {
        let mut seen: BTreeSet<(u64, LabelKind, String)> = BTreeSet::new();
        let mut originated: BTreeSet<u64> = BTreeSet::new();
        for bound in &self.bound {
            let policy = (bound.kind == LabelKind::Alternative).then(|| policy_of(bound.node));
            let policy = policy.unwrap_or_default();
            let keys: BTreeSet<u64> = bound.targets.iter().map(|target| key(*target)).collect();
            let mut twice = false;
            for target in keys {
                twice |= !seen.insert((target, bound.kind, policy.clone()));
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
        let strange = self.hand.document.descendants().find(|node| is_of_another_version(*node));
        if let Some(node) = strange {
            self.findings.push(extended(node, "a label or a binding of another version of its schema"));
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
        let parts: BTreeSet<u32> = targets.iter().filter_map(|target| part(*target)).collect();
        let unbound = match self.form {
            Form::Detached | Form::Sidecar => Some(self.information),
            Form::Encapsulated => {
                let inside = |node: &Node<'_, '_>| is(*node, BINDING, "Data");
                let mut data = self.information.descendants().filter(inside).peekable();
                let none = data.peek().is_none().then_some(self.information);
                none.or_else(|| data.find(|node| !targets.contains(&Target::Part(node.id()))))
            }
            Form::Embedded => unbound(self.hand.document, self.information.id(), &parts),
        };
        // What nobody is meant to read is content, too; that of the object beside its binding stands elsewhere.
        let aside = |node: &Node<'_, '_>| node.is_comment() || node.is_pi();
        let is_bound =
            |node: &Node<'_, '_>| node.ancestors().any(|around| parts.contains(&around.id().get()));
        let unbound = unbound.or_else(|| {
            let mut asides = self.hand.document.descendants().filter(aside);
            asides.find(|node| !self.hand.beside && !is_bound(node))
        });
        self.findings.extend(unbound.map(|node| found.at(span(node))));
    }

    /// Each label once, however often it is bound.
    fn labels(&mut self) -> Vec<BoundLabel> {
        let only = match self.data.as_slice() {
            [one] if self.form == Form::Encapsulated => Some(*one),
            _ => None,
        };
        let root = Target::Part(self.hand.document.root_element().id());
        let mut labels: Vec<BoundLabel> = Vec::new();
        let mut known: BTreeMap<u32, usize> = BTreeMap::new();
        for bound in &self.bound {
            let is_whole = |target: &Target| {
                matches!(target, Target::Document | Target::Object)
                    || *target == root
                    || only == Some(*target)
            };
            let whole = bound.kind != LabelKind::Metadata && bound.targets.iter().any(is_whole);
            let scope = if whole && !bound.narrowed { Scope::Whole } else { Scope::Part };
            let place = *known.entry(bound.node.id().get()).or_insert(labels.len());
            if let Some(label) = labels.get_mut(place) {
                if scope == Scope::Whole {
                    label.scope = scope;
                }
                continue;
            }
            let mut xml = Vec::new();
            if canonical::write(bound.node, None, LABEL_BYTES_MAX, &mut xml).is_err() {
                let says = "a label longer than is read";
                self.findings.push(Finding::new(marking::BINDING_TOO_BIG).at(span(bound.node)).saying(says));
                xml.clear();
            }
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
fn policy_of(label: Node<'_, '_>) -> String {
    let named = label.descendants().find(|node| is(*node, LABELS, "PolicyIdentifier"));
    named.map(|node| String::from(text_of(node).trim())).unwrap_or_default()
}
