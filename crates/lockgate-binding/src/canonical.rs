//! Exclusive canonical XML 1.0, without comments: the one sequence of bytes that stands for a part of a document.
//!
//! W3C, Exclusive XML Canonicalization 1.0, sections 3 and 4, on the rules of Canonical XML 1.0, section 2.3. Two uses:
//! what a signature is computed over, and what a label is read from. Since it is the same bytes, what was signed is what
//! is read. A prefix list (`InclusiveNamespaces`) is not supported; who asks for one is turned away before.

use alloc::vec::Vec;
use roxmltree::{Attribute, Node, NodeId, NodeType};

/// The namespace that the prefix `xml` always stands for.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// The bytes would be more than were allowed, or a processing instruction holds a line end that parsers read in
/// different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotCanonical;

/// Appends the canonical form of `node` with all below it to `out`, without the subtree `except`; of the root of a
/// document, the document. `out` never grows beyond `most` bytes by it.
///
/// # Errors
/// [`NotCanonical`]; what `out` holds then is of no use.
pub fn write(
    node: Node<'_, '_>,
    except: Option<NodeId>,
    most: usize,
    out: &mut Vec<u8>,
) -> Result<(), NotCanonical> {
    let mut writer = Writer { out, most, except, rendered: Vec::new() };
    writer.node(node)
}

struct Writer<'o, 'a> {
    out: &'o mut Vec<u8>,
    most: usize,
    except: Option<NodeId>,
    /// Prefix and namespace of each declaration that stands on an element written around this one.
    rendered: Vec<(&'a str, &'a str)>,
}

impl<'a> Writer<'_, 'a> {
    fn node(&mut self, node: Node<'a, '_>) -> Result<(), NotCanonical> {
        if self.except == Some(node.id()) {
            return Ok(());
        }
        match node.node_type() {
            NodeType::Root => self.children_of_root(node),
            NodeType::Element => self.element(node),
            NodeType::Text => self.escaped(node.text().unwrap_or(""), in_text),
            NodeType::PI => self.instruction(node),
            NodeType::Comment => Ok(()),
        }
    }

    /// Instructions beside the document element stand on lines of their own.
    fn children_of_root(&mut self, root: Node<'a, '_>) -> Result<(), NotCanonical> {
        let mut after = false;
        for child in root.children() {
            match child.node_type() {
                NodeType::Element => {
                    after = true;
                    self.node(child)?;
                }
                NodeType::PI if after => {
                    self.put(b"\n")?;
                    self.node(child)?;
                }
                NodeType::PI => {
                    self.node(child)?;
                    self.put(b"\n")?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    // Recursion goes as deep as the document, which the bounds of its reader limit.
    fn element(&mut self, node: Node<'a, '_>) -> Result<(), NotCanonical> {
        let depth = self.rendered.len();
        let prefix = prefix_of_element(node);
        let mut attributes: Vec<Attribute<'a, '_>> = node.attributes().collect();
        attributes.sort_by_key(|attribute| (attribute.namespace().unwrap_or(""), attribute.name()));
        let mut used: Vec<(&'a str, &'a str)> = Vec::with_capacity(attributes.len().saturating_add(1));
        used.push((prefix, node.tag_name().namespace().unwrap_or("")));
        used.extend(attributes.iter().filter_map(|attribute| {
            let namespace = attribute.namespace()?;
            Some((prefix_of_attribute(node, attribute), namespace))
        }));
        used.sort_unstable();
        used.dedup();
        self.put(b"<")?;
        self.name(prefix, node.tag_name().name())?;
        for (prefix, namespace) in used {
            self.declare(prefix, namespace)?;
        }
        for attribute in &attributes {
            self.put(b" ")?;
            let prefix = attribute.namespace().map_or("", |_| prefix_of_attribute(node, attribute));
            self.name(prefix, attribute.name())?;
            self.put(b"=\"")?;
            self.escaped(attribute.value(), in_value)?;
            self.put(b"\"")?;
        }
        self.put(b">")?;
        for child in node.children() {
            self.node(child)?;
        }
        self.put(b"</")?;
        self.name(prefix, node.tag_name().name())?;
        self.put(b">")?;
        self.rendered.truncate(depth);
        Ok(())
    }

    /// Writes a declaration, unless an element around this one has written it.
    fn declare(&mut self, prefix: &'a str, namespace: &'a str) -> Result<(), NotCanonical> {
        if prefix == "xml" && namespace == XML {
            return Ok(());
        }
        let around = self.rendered.iter().rev().find(|(known, _)| *known == prefix).map(|(_, uri)| *uri);
        if around.unwrap_or("") == namespace {
            return Ok(());
        }
        self.put(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" })?;
        self.put(prefix.as_bytes())?;
        self.put(b"=\"")?;
        self.escaped(namespace, in_value)?;
        self.put(b"\"")?;
        self.rendered.push((prefix, namespace));
        Ok(())
    }

    fn instruction(&mut self, node: Node<'a, '_>) -> Result<(), NotCanonical> {
        let Some(instruction) = node.pi() else { return Err(NotCanonical) };
        let value = instruction.value.unwrap_or("");
        if value.contains('\r') {
            return Err(NotCanonical);
        }
        self.put(b"<?")?;
        self.put(instruction.target.as_bytes())?;
        if !value.is_empty() {
            self.put(b" ")?;
            self.put(value.as_bytes())?;
        }
        self.put(b"?>")
    }

    fn name(&mut self, prefix: &str, local: &str) -> Result<(), NotCanonical> {
        if !prefix.is_empty() {
            self.put(prefix.as_bytes())?;
            self.put(b":")?;
        }
        self.put(local.as_bytes())
    }

    fn escaped(&mut self, text: &str, escape: fn(u8) -> &'static [u8]) -> Result<(), NotCanonical> {
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|byte| !escape(*byte).is_empty()) {
            let (plain, special) = rest.split_at(at);
            self.put(plain)?;
            let Some((byte, after)) = special.split_first() else { break };
            self.put(escape(*byte))?;
            rest = after;
        }
        self.put(rest)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), NotCanonical> {
        self.most = self.most.checked_sub(bytes.len()).ok_or(NotCanonical)?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}

fn in_text(byte: u8) -> &'static [u8] {
    match byte {
        b'&' => b"&amp;",
        b'<' => b"&lt;",
        b'>' => b"&gt;",
        b'\r' => b"&#xD;",
        _ => b"",
    }
}

fn in_value(byte: u8) -> &'static [u8] {
    match byte {
        b'&' => b"&amp;",
        b'<' => b"&lt;",
        b'"' => b"&quot;",
        b'\t' => b"&#x9;",
        b'\n' => b"&#xA;",
        b'\r' => b"&#xD;",
        _ => b"",
    }
}

/// The prefix of an element as it is written; the tree keeps only what it stands for.
fn prefix_of_element<'a>(node: Node<'a, '_>) -> &'a str {
    let start = node.range().start.saturating_add(1);
    prefix_at(node.document().input_text(), start)
}

fn prefix_of_attribute<'a>(node: Node<'a, '_>, attribute: &Attribute<'a, '_>) -> &'a str {
    prefix_at(node.document().input_text(), attribute.range().start)
}

/// The prefix of the name that stands at `start`, up to the first character that ends a name.
fn prefix_at(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or("");
    let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/' | '>' | '<');
    let name = rest.find(ends).and_then(|end| rest.get(..end)).unwrap_or(rest);
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

#[cfg(test)]
mod tests;
