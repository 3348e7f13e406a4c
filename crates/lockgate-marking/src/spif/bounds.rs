//! The bounds of an XML file, counted before a tree is built from it.

use super::Findings;
use alloc::format;
use alloc::string::String;
use roxmltree::{Document, ParsingOptions};

const MAX_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 24;
const MAX_ATTRIBUTES: usize = 32;
const MAX_NODES: u32 = 60_000;

/// The file as text, within its size.
pub(crate) fn text<'a>(bytes: &'a [u8], findings: &mut Findings) -> Option<&'a str> {
    if bytes.len() > MAX_BYTES {
        let says = format!("{} bytes; at most {MAX_BYTES} are read", bytes.len());
        findings.add("P004", String::new(), says, &[], &[]);
        return None;
    }
    let text = core::str::from_utf8(bytes).ok();
    if text.is_none() {
        findings.add("P001", String::new(), "the file is not UTF-8", &[], &[]);
    }
    text
}

/// The tree, without DTD, within depth and counts.
pub(crate) fn parse<'a>(text: &'a str, findings: &mut Findings) -> Option<Document<'a>> {
    if let Some((line, says)) = over_bounds(text.as_bytes()) {
        findings.add("P004", format!(":{line}"), says, &[], &[]);
        return None;
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    match Document::parse_with_options(text, options) {
        Ok(document) => Some(document),
        Err(error) => {
            let code = if matches!(error, roxmltree::Error::NodesLimitReached) { "P004" } else { "P001" };
            let says = match error {
                roxmltree::Error::DtdDetected => "a DTD; none is ever read",
                roxmltree::Error::NodesLimitReached => "more elements than are read",
                _ => "the XML is not well-formed here",
            };
            findings.add(code, format!(":{}", error.pos().row), says, &[], &[]);
            None
        }
    }
}

/// The first line where elements nest too deep or one has too many attributes. Counts tags as they are written,
/// so that no parser meets more than the bounds; what is not well-formed is the parser's to say.
fn over_bounds(text: &[u8]) -> Option<(usize, &'static str)> {
    let (mut at, mut depth, mut line) = (0_usize, 0_usize, 1_usize);
    while let Some(byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or(&[]);
        let (used, what) = match byte {
            b'<' if rest.starts_with(b"<!--") => (until(rest, b"-->"), Piece::Other),
            b'<' if rest.starts_with(b"<![CDATA[") => (until(rest, b"]]>"), Piece::Other),
            b'<' if rest.starts_with(b"<?") => (until(rest, b"?>"), Piece::Other),
            b'<' => tag(rest),
            _ => (1, Piece::Other),
        };
        match what {
            Piece::Open(attributes) if attributes > MAX_ATTRIBUTES => {
                return Some((line, "an element with more attributes than are read"));
            }
            Piece::Open(_) => depth = depth.saturating_add(1),
            Piece::Close => depth = depth.saturating_sub(1),
            Piece::Empty(attributes) if attributes > MAX_ATTRIBUTES => {
                return Some((line, "an element with more attributes than are read"));
            }
            Piece::Empty(_) | Piece::Other => {}
        }
        if depth > MAX_DEPTH {
            return Some((line, "elements nested deeper than are read"));
        }
        let piece = rest.get(..used).unwrap_or(rest);
        line = line.saturating_add(piece.iter().filter(|byte| **byte == b'\n').count());
        at = at.saturating_add(used.max(1));
    }
    None
}

enum Piece {
    Open(usize),
    Empty(usize),
    Close,
    Other,
}

fn until(rest: &[u8], end: &[u8]) -> usize {
    let found = rest.windows(end.len()).position(|window| window == end);
    found.map_or(rest.len(), |at| at.saturating_add(end.len()))
}

/// One tag: how long it is, and how many `=` stand outside its quotes.
fn tag(rest: &[u8]) -> (usize, Piece) {
    let (mut quote, mut equals, mut last) = (None, 0_usize, b'<');
    for (at, byte) in rest.iter().enumerate().skip(1) {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'=') => equals = equals.saturating_add(1),
            (None, b'>') => {
                let piece = match (rest.get(1), last) {
                    (Some(b'/'), _) => Piece::Close,
                    (Some(b'!'), _) => Piece::Other,
                    (_, b'/') => Piece::Empty(equals),
                    _ => Piece::Open(equals),
                };
                return (at.saturating_add(1), piece);
            }
            _ => {}
        }
        last = *byte;
    }
    (rest.len(), Piece::Other)
}
