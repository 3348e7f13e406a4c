//! References, resolved to what is in hand and to nothing else.

use crate::model::{Reference, is_identifier, span};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_reason::{Code, Finding, marking};
use roxmltree::{Document, Node, NodeId};

/// Longest reference that is read, in bytes.
const URI_MAX: usize = 1024;

/// What a reference resolves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The document that the binding stands in.
    Document,
    /// The object beside the binding.
    Object,
    /// One element of the document, with all inside.
    Part(NodeId),
}

/// What is in hand.
pub(crate) struct Hand<'a, 'i> {
    pub(crate) document: &'a Document<'i>,
    /// The name of the object's file.
    pub(crate) name: Option<&'a str>,
    /// True where the object is another file than the document.
    pub(crate) beside: bool,
    places: BTreeMap<&'a str, Vec<NodeId>>,
}

impl<'a, 'i> Hand<'a, 'i> {
    /// Looks up every identifier of the document.
    pub(crate) fn new(document: &'a Document<'i>, name: Option<&'a str>, beside: bool) -> Self {
        let mut places: BTreeMap<&'a str, Vec<NodeId>> = BTreeMap::new();
        for node in document.descendants().filter(Node::is_element) {
            for attribute in node.attributes().filter(is_identifier) {
                places.entry(attribute.value()).or_default().push(node.id());
            }
        }
        Self { document, name, beside, places }
    }

    /// LG-M054 for each identifier that stands twice, at its second place.
    pub(crate) fn duplicates(&self) -> impl Iterator<Item = Finding> {
        self.places.values().filter_map(|nodes| {
            let second = self.document.get_node(*nodes.get(1)?)?;
            Some(Finding::new(marking::REFERENCE_AMBIGUOUS).at(span(second)))
        })
    }

    /// What `reference` resolves to; its transforms are the caller's.
    ///
    /// # Errors
    /// LG-M052 where it resolves to nothing in hand, LG-M053 where it names something else, LG-M054 where it could be two
    /// things, LG-M055 where it is a pointer that is not evaluated.
    pub(crate) fn resolve(&self, reference: &Reference<'_, '_>) -> Result<Target, Finding> {
        self.find(reference.uri).map_err(|(code, says)| {
            let finding = Finding::new(code).at(span(reference.node));
            if says.is_empty() { finding } else { finding.saying(says) }
        })
    }

    fn find(&self, uri: &str) -> Result<Target, (Code, &'static str)> {
        if uri.len() > URI_MAX {
            return Err((marking::BINDING_TOO_BIG, "a reference longer than is read"));
        }
        match (uri, uri.strip_prefix('#')) {
            ("" | "#xpointer(/)", _) => Ok(Target::Document),
            (_, Some(pointer)) => self.part(pointer),
            (_, None) => self.file(uri),
        }
    }

    /// `name`, or `xpointer(id('name'))`.
    fn part(&self, pointer: &str) -> Result<Target, (Code, &'static str)> {
        let quoted = |quote: char| {
            let rest = pointer.strip_prefix("xpointer(id(")?.strip_suffix("))")?;
            rest.strip_prefix(quote)?.strip_suffix(quote)
        };
        let id = quoted('\'').or_else(|| quoted('"')).unwrap_or(pointer);
        if id.is_empty() || id.contains(['(', ')', '\'', '"', '/', '%']) {
            return Err((marking::REFERENCE_NOT_EVALUATED, "a pointer that is not evaluated"));
        }
        match self.places.get(id).map(Vec::as_slice) {
            Some([one]) => Ok(Target::Part(*one)),
            Some([]) | None => Err((marking::REFERENCE_UNRESOLVED, "")),
            Some(_) => Err((marking::REFERENCE_AMBIGUOUS, "")),
        }
    }

    /// A file beside the binding: the object in hand, by its whole name.
    fn file(&self, uri: &str) -> Result<Target, (Code, &'static str)> {
        let elsewhere = || Err((marking::REFERENCE_ELSEWHERE, ""));
        if uri.contains('#') {
            return Err((marking::REFERENCE_NOT_EVALUATED, "a pointer into another file"));
        }
        let path = uri.strip_prefix("./").unwrap_or(uri);
        let Some(named) = file_name(path) else { return elsewhere() };
        match self.name {
            None => Err((
                marking::REFERENCE_UNRESOLVED,
                "a binding refers to a file by name, and the name of the object is not known",
            )),
            Some(name) if name == named && self.beside => Ok(Target::Object),
            Some(name) if name == named => Ok(Target::Document),
            Some(_) => elsewhere(),
        }
    }
}

/// The one name in a relative reference (RFC 3986, section 4.2) without folders, with its escapes read once; `None`
/// where it is anything else: a scheme, a host, a folder, a query, or what no file is called.
fn file_name(path: &str) -> Option<String> {
    if path.is_empty() || path.contains([':', '/', '\\', '?', '[', ']', '@']) {
        return None;
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        rest = after;
        let digits = core::str::from_utf8(digits).ok().filter(|two| !two.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    let name = String::from_utf8(bytes).ok()?;
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\');
    (!name.is_empty() && name != "." && name != ".." && !name.contains(odd)).then_some(name)
}

#[cfg(test)]
mod tests;
