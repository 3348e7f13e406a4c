//! The bounds of an XML file, and what is said where it is over them.

use super::Findings;
use crate::xml::{self, Bounds, XmlFault};
use alloc::format;
use alloc::string::String;
use roxmltree::Document;

const BOUNDS: Bounds =
    Bounds { bytes: 1 << 20, depth: 24, attributes: 32, declarations: 4096, nodes: 60_000 };

/// The file as text, within its size.
pub(crate) fn text<'a>(bytes: &'a [u8], findings: &mut Findings) -> Option<&'a str> {
    match xml::text(bytes, &BOUNDS) {
        Ok(text) => Some(text),
        Err(XmlFault::OverBound(_)) => {
            let says = format!("{} bytes; at most {} are read", bytes.len(), BOUNDS.bytes);
            findings.add("P004", String::new(), says, &[], &[]);
            None
        }
        Err(_) => {
            findings.add("P001", String::new(), "the file is not UTF-8", &[], &[]);
            None
        }
    }
}

/// The tree, without DTD, within depth and counts.
pub(crate) fn parse<'a>(text: &'a str, findings: &mut Findings) -> Option<Document<'a>> {
    let (line, fault) = match xml::parse(text, &BOUNDS) {
        Ok(document) => return Some(document),
        Err(fault) => fault,
    };
    let (code, says) = match fault {
        XmlFault::OverBound(says) => ("P004", says),
        XmlFault::Dtd => ("P001", "a DTD; none is ever read"),
        XmlFault::NotUtf8 | XmlFault::NotWellFormed => ("P001", "the XML is not well-formed here"),
    };
    findings.add(code, format!(":{line}"), says, &[], &[]);
    None
}
