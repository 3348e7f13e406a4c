//! The structure of a binding, read strictly by its schema.

use crate::words::{
    BINDING, BINDINGS_OF_ANY_VERSION, EXTENSIONS, LABELS, LABELS_OF_ANY_VERSION, MEDIA, SIGNATURE, XML,
};
use alloc::vec::Vec;
use lockgate_bytes::Span;
use lockgate_reason::{Finding, marking};
use roxmltree::{Attribute, Node};

/// Most of each in one binding.
const BINDINGS_MAX: usize = 256;
const ITEMS_MAX: usize = 1024;
const SIGNATURES_MAX: usize = 4;

/// A `BindingInformation`.
pub(crate) struct Information<'a, 'i> {
    pub(crate) node: Node<'a, 'i>,
    pub(crate) signatures: Vec<Node<'a, 'i>>,
    pub(crate) bindings: Vec<Binding<'a, 'i>>,
}

/// A `MetadataBinding`: each metadata is bound to each data.
#[derive(Default)]
pub(crate) struct Binding<'a, 'i> {
    pub(crate) metadata: Vec<Metadata<'a, 'i>>,
    pub(crate) data: Vec<Data<'a, 'i>>,
}

/// What is bound.
#[derive(Clone, Copy)]
pub(crate) enum Metadata<'a, 'i> {
    /// The one element inside a `Metadata`.
    Inline(Node<'a, 'i>),
    /// A `MetadataReference`.
    Reference(Reference<'a, 'i>),
}

/// What it is bound to.
#[derive(Clone, Copy)]
pub(crate) enum Data<'a, 'i> {
    /// A `Data`, with the object inside.
    Inline(Node<'a, 'i>),
    /// A `DataReference`.
    Reference(Reference<'a, 'i>),
}

/// A reference, of the binding or of a signature.
#[derive(Clone, Copy)]
pub(crate) struct Reference<'a, 'i> {
    pub(crate) node: Node<'a, 'i>,
    pub(crate) uri: &'a str,
    /// `Transforms`, where there are any.
    pub(crate) transforms: Option<Node<'a, 'i>>,
}

/// Where a node stands.
pub(crate) fn span(node: Node<'_, '_>) -> Span {
    Span::new(node.range().start, node.range().end)
}

/// True where `node` is this element.
pub(crate) fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(namespace) && node.tag_name().name() == name
}

/// The elements inside `node`; nothing but white space and comments may stand beside them.
///
/// # Errors
/// LG-M050 where there is text or an instruction.
pub(crate) fn elements<'a, 'i>(node: Node<'a, 'i>) -> Result<Vec<Node<'a, 'i>>, Finding> {
    let mut found = Vec::new();
    for child in node.children() {
        if child.is_element() {
            found.push(child);
        } else if child.is_pi() || (child.is_text() && !is_blank(child.text())) {
            return Err(unreadable(child, "text or an instruction where only elements may stand"));
        }
    }
    Ok(found)
}

pub(crate) fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.bytes().all(|byte| byte.is_ascii_whitespace()))
}

pub(crate) fn unreadable(node: Node<'_, '_>, says: &'static str) -> Finding {
    Finding::new(marking::BINDING_UNREADABLE).at(span(node)).saying(says)
}

pub(crate) fn extended(node: Node<'_, '_>, says: &'static str) -> Finding {
    Finding::new(marking::BINDING_EXTENDED).at(span(node)).saying(says)
}

fn too_many(node: Node<'_, '_>, says: &'static str) -> Finding {
    Finding::new(marking::BINDING_TOO_BIG).at(span(node)).saying(says)
}

impl<'a, 'i> Information<'a, 'i> {
    /// Reads the element `node`. What another schema added is a finding, and is not read.
    ///
    /// # Errors
    /// LG-M050 where it does not follow its schema, LG-M051 where there is too much of something.
    pub(crate) fn read(node: Node<'a, 'i>, findings: &mut Vec<Finding>) -> Result<Self, Finding> {
        attributes(node, false, findings);
        let mut information = Self { node, signatures: Vec::new(), bindings: Vec::new() };
        let mut children = elements(node)?.into_iter().peekable();
        while let Some(signature) = children.next_if(|child| is(*child, SIGNATURE, "Signature")) {
            information.signatures.push(signature);
        }
        if information.signatures.len() > SIGNATURES_MAX {
            return Err(too_many(node, "more signatures than are read"));
        }
        let mut some = false;
        while let Some(container) = children.next_if(|child| is(*child, BINDING, "MetadataBindingContainer"))
        {
            some = true;
            information.container(container, findings)?;
        }
        if !some {
            return Err(unreadable(node, "a BindingInformation without MetadataBindingContainer"));
        }
        others(children, findings)?;
        Ok(information)
    }

    fn container(&mut self, node: Node<'a, 'i>, findings: &mut Vec<Finding>) -> Result<(), Finding> {
        attributes(node, false, findings);
        let mut children = elements(node)?.into_iter().peekable();
        let mut some = false;
        while let Some(child) = children.next_if(|child| is(*child, BINDING, "MetadataBinding")) {
            some = true;
            self.bindings.push(Binding::read(child, findings)?);
            let items =
                self.bindings.iter().map(|known| known.metadata.len().saturating_add(known.data.len()));
            if self.bindings.len() > BINDINGS_MAX || items.sum::<usize>() > ITEMS_MAX {
                return Err(too_many(node, "more bindings or references than are read"));
            }
        }
        if !some {
            return Err(unreadable(node, "a MetadataBindingContainer without MetadataBinding"));
        }
        others(children, findings)
    }
}

/// Elements after those of the schema: of other schemas they are a finding; of this one they stand in a wrong place.
fn others<'a, 'i: 'a>(
    rest: impl Iterator<Item = Node<'a, 'i>>,
    findings: &mut Vec<Finding>,
) -> Result<(), Finding> {
    for node in rest {
        match node.tag_name().namespace() {
            Some(namespace) if namespace != BINDING => {
                findings.push(extended(node, "the binding carries an element of another schema"));
            }
            _ => return Err(unreadable(node, "an element that the schema does not have here")),
        }
    }
    Ok(())
}

impl<'a, 'i> Binding<'a, 'i> {
    fn read(node: Node<'a, 'i>, findings: &mut Vec<Finding>) -> Result<Self, Finding> {
        attributes(node, false, findings);
        let mut binding = Self::default();
        for child in elements(node)? {
            let name = child.tag_name();
            if name.namespace() != Some(BINDING) {
                return Err(unreadable(child, "an element that the schema does not have here"));
            }
            let before_data = binding.data.is_empty();
            match name.name() {
                "Metadata" if before_data => binding.metadata.extend(Metadata::inline(child, findings)?),
                "MetadataReference" if before_data => {
                    attributes(child, true, findings);
                    binding.metadata.push(Metadata::Reference(Reference::read(child)?));
                }
                "Data" => {
                    attributes(child, false, findings);
                    binding.data.push(Data::Inline(child));
                }
                "DataReference" => {
                    attributes(child, true, findings);
                    binding.data.push(Data::Reference(Reference::read(child)?));
                }
                _ => return Err(unreadable(child, "an element that the schema does not have here")),
            }
        }
        let has_metadata = node.children().any(|child| child.tag_name().name().starts_with("Metadata"));
        if !has_metadata || binding.data.is_empty() {
            return Err(unreadable(node, "a MetadataBinding without metadata or without data"));
        }
        Ok(binding)
    }
}

impl<'a, 'i> Metadata<'a, 'i> {
    /// The one element of a `Metadata`; metadata that is text is no label, and is not read.
    fn inline(node: Node<'a, 'i>, findings: &mut Vec<Finding>) -> Result<Option<Self>, Finding> {
        attributes(node, false, findings);
        let inside: Vec<Node<'a, 'i>> = node.children().filter(|child| child.is_element()).collect();
        let text = node.children().any(|child| child.is_pi() || (child.is_text() && !is_blank(child.text())));
        match (inside.as_slice(), text) {
            ([one], false) => Ok(Some(Self::Inline(*one))),
            ([], true) => {
                findings.push(extended(node, "metadata that is text; it is not read"));
                Ok(None)
            }
            _ => Err(unreadable(node, "a Metadata holds exactly one thing")),
        }
    }
}

impl<'a, 'i> Reference<'a, 'i> {
    fn read(node: Node<'a, 'i>) -> Result<Self, Finding> {
        let uri = node.attribute("URI").ok_or_else(|| unreadable(node, "a reference without URI"))?;
        let children = elements(node)?;
        let transforms = match children.as_slice() {
            [] => None,
            [one] if is(*one, SIGNATURE, "Transforms") => Some(*one),
            _ => return Err(unreadable(node, "a reference holds nothing but its Transforms")),
        };
        Ok(Self { node, uri, transforms })
    }
}

/// An attribute that identifies its element, by the schemas concerned or by the habit of formats.
pub(crate) fn is_identifier(attribute: &Attribute<'_, '_>) -> bool {
    match attribute.namespace() {
        None => matches!(attribute.name(), "Id" | "ID" | "id"),
        Some(XML) => attribute.name() == "id",
        Some(_) => false,
    }
}

/// What stands in attributes besides those of the schema is a finding.
fn attributes(node: Node<'_, '_>, reference: bool, findings: &mut Vec<Finding>) {
    let known = |attribute: &Attribute<'_, '_>| match attribute.namespace() {
        None => is_identifier(attribute) || (reference && attribute.name() == "URI"),
        Some(XML) => attribute.name() == "id",
        Some(EXTENSIONS) => attribute.name() == "profile",
        Some(MEDIA) => attribute.name() == "contentType",
        Some(_) => false,
    };
    if node.attributes().any(|attribute| !known(&attribute)) {
        findings.push(extended(node, "an attribute that is not read, such as an encoding"));
    }
}

/// True where `node` is of the namespace of labels.
pub(crate) fn is_of_labels(node: Node<'_, '_>) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(LABELS)
}

/// True where `node` is an element of labels or bindings in a version that is not read, or in other letters.
pub(crate) fn is_of_another_version(node: Node<'_, '_>) -> bool {
    let Some(namespace) = node.tag_name().namespace().filter(|_| node.is_element()) else { return false };
    let begins = |family: &str| {
        namespace
            .as_bytes()
            .get(..family.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(family.as_bytes()))
    };
    ![BINDING, LABELS].contains(&namespace)
        && (begins(BINDINGS_OF_ANY_VERSION) || begins(LABELS_OF_ANY_VERSION))
}
