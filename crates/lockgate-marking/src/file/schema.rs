//! The published schema of STANAG 4774 labels (ADatP-4774 Edition A Version 1, XML schema 1.3), element by element.
//!
//! As the schema says, no stricter: attributes of any name and elements of other namespaces pass where it has
//! wildcards, with what it declares inside of them checked again (`processContents="lax"`).

use super::lexical::{SPACE, is_date_time, is_nc_name, token, trim};
use crate::spif::path;
use crate::xml::text_of;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_reason::{Code, Finding, schema};
use roxmltree::Node;

/// The namespace of labels.
pub(crate) const LABEL: &str = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The elements that are labels of their own.
const LABELS: [&str; 4] = [
    "originatorConfidentialityLabel",
    "alternativeConfidentialityLabel",
    "metadataConfidentialityLabel",
    "ConfidentialityLabel",
];
/// Most findings that are listed.
const MAX_FINDINGS: usize = 32;

/// What may follow the declared elements of a sequence.
#[derive(Clone, Copy)]
enum Tail {
    /// Elements of any other namespace; what is declared inside of them is checked.
    Others,
    /// Any elements, unread.
    Anything,
}

/// One place of a sequence: an element, whether it is required, whether it repeats.
type Part = (&'static str, bool, bool);

const BASE: [Part; 4] = [
    ("ConfidentialityInformation", true, false),
    ("OriginatorID", false, false),
    ("CreationDateTime", true, false),
    ("SuccessionHandling", false, false),
];
const INFORMATION: [Part; 4] = [
    ("PolicyIdentifier", true, false),
    ("Classification", true, false),
    ("PrivacyMark", false, false),
    ("Category", false, true),
];
const SUCCESSION: [Part; 2] =
    [("SuccessionDateTime", true, false), ("SuccessorConfidentialityLabel", true, false)];
const VALUES: [&str; 3] = ["GenericValue", "IntegerValue", "BitStringValue"];
const ID_TYPES: [&str; 8] = [
    "rfc822Name",
    "dNSName",
    "directoryName",
    "uniformResourceIdentifier",
    "iPAddress",
    "x400Address",
    "userPrincipalName",
    "jID",
];

/// What is wrong with the label at `root`; empty where it is valid.
pub(super) fn check(root: Node<'_, '_>) -> Vec<Finding> {
    let mut check = Check { findings: Vec::new() };
    if is_label(root) {
        check.element(root);
    } else {
        check.add(schema::UNKNOWN_ELEMENT, root, "the root is no confidentiality label of STANAG 4774");
    }
    check.findings
}

/// True where the element is a label of its own, not a successor.
pub(super) fn is_label(node: Node<'_, '_>) -> bool {
    node.tag_name().namespace() == Some(LABEL) && LABELS.contains(&node.tag_name().name())
}

struct Check {
    findings: Vec<Finding>,
}

impl Check {
    fn add(&mut self, code: Code, node: Node<'_, '_>, says: &str) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(Finding::new(code).saying(format!("{says}, at {}", shown(node))));
        }
    }

    /// An element that the schema declares.
    fn element(&mut self, node: Node<'_, '_>) {
        let name = node.tag_name().name();
        let extended = self.type_of(node, name);
        self.content(node, name, extended);
    }

    /// The attributes and content of an element of the type that the declared element `name` has.
    fn content(&mut self, node: Node<'_, '_>, name: &str, extended: bool) {
        match name {
            "ConfidentialityInformation" => {
                self.attributes(node, &[], false);
                self.sequence(node, &INFORMATION, Tail::Others);
            }
            "PolicyIdentifier" | "Classification" => {
                self.attributes(node, &[("URI", false)], true);
                let text = self.text(node);
                if trim(&text).is_empty() {
                    self.add(schema::BAD_LENGTH, node, "a name without a character");
                }
            }
            "PrivacyMark" | "GenericValue" => {
                self.attributes(node, &[], false);
                self.text(node);
            }
            "IntegerValue" => self.pattern(node, |c| c.is_ascii_digit()),
            "BitStringValue" => self.pattern(node, |c| matches!(c, '0' | '1')),
            "Category" => self.category(node),
            "OriginatorID" => {
                self.attributes(node, &[("IDType", true)], true);
                self.text(node);
                if node.attribute("IDType").is_some_and(|kind| !ID_TYPES.contains(&kind)) {
                    self.add(schema::BAD_VALUE, node, "IDType is none of the eight of the schema");
                }
            }
            "CreationDateTime" | "SuccessionDateTime" => {
                self.attributes(node, &[], false);
                let text = self.text(node);
                if !is_date_time(&text) {
                    self.add(schema::BAD_VALUE, node, "no xs:dateTime");
                }
            }
            "SuccessionHandling" => {
                self.attributes(node, &[], false);
                self.sequence(node, &SUCCESSION, Tail::Anything);
            }
            "SuccessorConfidentialityLabel" if !extended => {
                self.attributes(node, &[], false);
                self.sequence(node, &BASE, Tail::Others);
            }
            "CategoryValue" => self.add(schema::UNKNOWN_ELEMENT, node, "an abstract element"),
            _ => self.label(node),
        }
    }

    fn label(&mut self, node: Node<'_, '_>) {
        self.attributes(node, &[("Id", false), ("ReviewDateTime", false)], true);
        if node.attribute("Id").is_some_and(|id| !is_nc_name(id)) {
            self.add(schema::BAD_VALUE, node, "Id is no xs:ID");
        }
        if node.attribute("ReviewDateTime").is_some_and(|at| !is_date_time(at)) {
            self.add(schema::BAD_VALUE, node, "ReviewDateTime is no xs:dateTime");
        }
        self.sequence(node, &BASE, Tail::Others);
    }

    fn category(&mut self, node: Node<'_, '_>) {
        self.attributes(node, &[("Type", true), ("URI", false), ("TagName", true)], true);
        let kinds = ["RESTRICTIVE", "PERMISSIVE", "INFORMATIVE"];
        if node.attribute("Type").is_some_and(|kind| !kinds.contains(&token(kind).as_str())) {
            self.add(schema::BAD_VALUE, node, "Type is none of RESTRICTIVE, PERMISSIVE and INFORMATIVE");
        }
        self.no_text(node);
        for child in node.children().filter(Node::is_element) {
            let tag = child.tag_name();
            if tag.namespace() == Some(LABEL)
                && (VALUES.contains(&tag.name()) || tag.name() == "CategoryValue")
            {
                self.element(child);
            } else {
                self.add(schema::UNKNOWN_ELEMENT, child, "no category value");
            }
        }
    }

    /// The declared elements in their order, then what the wildcard takes.
    fn sequence(&mut self, node: Node<'_, '_>, parts: &[Part], tail: Tail) {
        self.no_text(node);
        let mut children = node.children().filter(Node::is_element).peekable();
        for (name, required, many) in parts {
            let mut count = 0_usize;
            while let Some(child) = children.next_if(|child| {
                child.tag_name().namespace() == Some(LABEL)
                    && child.tag_name().name() == *name
                    && (*many || count == 0)
            }) {
                count = count.saturating_add(1);
                self.element(child);
            }
            if *required && count == 0 {
                self.add(schema::MISSING, node, &format!("{name} is missing, or out of its order"));
            }
        }
        for child in children {
            let namespace = child.tag_name().namespace();
            match tail {
                Tail::Anything => {}
                Tail::Others if namespace.is_some_and(|space| space != LABEL && !space.is_empty()) => {
                    self.lax(child);
                }
                Tail::Others => {
                    self.add(schema::UNKNOWN_ELEMENT, child, "an element that the schema does not have here");
                }
            }
        }
    }

    /// An element of another namespace: free, but for what this schema declares inside of it.
    fn lax(&mut self, node: Node<'_, '_>) {
        if let Some(written) = node.attribute((INSTANCE, "type")) {
            let (space, local) = qualified(node, written);
            let like = match local {
                "ConfidentialityLabelType" => Some("ConfidentialityLabel"),
                "ConfidentialityLabelBaseType" => Some("SuccessorConfidentialityLabel"),
                _ => local.strip_suffix("Type").filter(|name| is_declared(name) && !LABELS.contains(name)),
            };
            match like.filter(|name| space == Some(LABEL) && *name != "CategoryValue") {
                Some(name) => self.content(node, name, false),
                None => self.add(schema::BAD_VALUE, node, "xsi:type names a type that is not known here"),
            }
            return;
        }
        for child in node.children().filter(Node::is_element) {
            if child.tag_name().namespace() == Some(LABEL) && is_declared(child.tag_name().name()) {
                self.element(child);
            } else {
                self.lax(child);
            }
        }
    }

    /// Declared attributes with whether they are required; all others pass only where `any` do.
    fn attributes(&mut self, node: Node<'_, '_>, declared: &[(&str, bool)], any: bool) {
        for (name, required) in declared {
            if *required && !node.has_attribute(*name) {
                self.add(schema::MISSING, node, &format!("the attribute {name} is missing"));
            }
        }
        for attribute in node.attributes() {
            match (attribute.namespace(), attribute.name()) {
                (None, name) if any || declared.iter().any(|(known, _)| *known == name) => {}
                (Some(INSTANCE), "nil") => self.add(schema::BAD_VALUE, node, "xsi:nil on what is never nil"),
                (Some(INSTANCE), "type" | "schemaLocation" | "noNamespaceSchemaLocation") => {}
                (Some(_), _) if any => {}
                _ => {
                    self.add(
                        schema::UNKNOWN_ATTRIBUTE,
                        node,
                        "an attribute that the schema does not have here",
                    );
                }
            }
        }
    }

    /// Reads `xsi:type`; true where it makes a successor a label with attributes of its own.
    fn type_of(&mut self, node: Node<'_, '_>, name: &str) -> bool {
        let Some(written) = node.attribute((INSTANCE, "type")) else { return false };
        let (space, local) = qualified(node, written);
        let own = match name {
            "SuccessorConfidentialityLabel" => String::from("ConfidentialityLabelBaseType"),
            _ if LABELS.contains(&name) => String::from("ConfidentialityLabelType"),
            _ => format!("{name}Type"),
        };
        let extended = name == "SuccessorConfidentialityLabel" && local == "ConfidentialityLabelType";
        if space != Some(LABEL) || (local != own && !extended) {
            self.add(schema::BAD_VALUE, node, "xsi:type is not the type of the element, nor derived from it");
        }
        extended
    }

    fn pattern(&mut self, node: Node<'_, '_>, allows: fn(char) -> bool) {
        self.attributes(node, &[], false);
        let text = self.text(node);
        if text.is_empty() || !text.chars().all(allows) {
            self.add(schema::BAD_VALUE, node, "not of the pattern of its type");
        }
    }

    /// All text of an element that has no elements in it.
    fn text(&mut self, node: Node<'_, '_>) -> String {
        if let Some(child) = node.children().find(Node::is_element) {
            self.add(schema::UNKNOWN_ELEMENT, child, "an element where only text may stand");
        }
        text_of(node)
    }

    fn no_text(&mut self, node: Node<'_, '_>) {
        if !text_of(node).trim_matches(SPACE).is_empty() {
            self.add(schema::UNEXPECTED_TEXT, node, "text where only elements may stand");
        }
    }
}

/// Namespace and local name of a qualified name in a value.
fn qualified<'d>(node: Node<'d, 'd>, written: &'d str) -> (Option<&'d str>, &'d str) {
    let (prefix, local) = trim(written).split_once(':').unwrap_or(("", trim(written)));
    (node.lookup_namespace_uri((!prefix.is_empty()).then_some(prefix)), local)
}

fn is_declared(name: &str) -> bool {
    let parts = [&BASE[..], &INFORMATION, &SUCCESSION];
    let known = |part: &&[Part]| part.iter().any(|(part, ..)| *part == name);
    LABELS.contains(&name) || VALUES.contains(&name) || name == "CategoryValue" || parts.iter().any(known)
}

/// Path and line; a name that is none of the schema's is payload, and left out.
fn shown(node: Node<'_, '_>) -> String {
    let ours = |node: Node<'_, '_>| {
        node.tag_name().namespace() == Some(LABEL) && is_declared(node.tag_name().name())
    };
    let known = node.ancestors().filter(Node::is_element).all(ours);
    if known {
        return path(node);
    }
    let above = node
        .ancestors()
        .filter(Node::is_element)
        .find(|above| above.ancestors().filter(Node::is_element).all(ours));
    let line = node.document().text_pos_at(node.range().start).row;
    above.map_or_else(|| format!("the root:{line}"), |above| format!("{} and in it line {line}", path(above)))
}
