//! XML within bounds: counted before a tree is built from it, without a DTD, and so without entities of its own.
//!
//! The one way in which this house reads XML that is not an object of a described type: security policies, clearances,
//! and what binds a label to an object.

use alloc::string::String;
use roxmltree::{Document, Node, ParsingOptions};

/// How much XML is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most bytes.
    pub bytes: usize,
    /// Elements inside elements, at most.
    pub depth: usize,
    /// Attributes of one element, at most; declarations of namespaces count.
    pub attributes: usize,
    /// Declarations of namespaces in the whole document, at most.
    pub declarations: usize,
    /// Elements, attributes, texts and comments, at most.
    pub nodes: u32,
}

/// Why XML is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XmlFault {
    /// Over a bound: what is too much.
    OverBound(&'static str),
    /// Not UTF-8, or declared to be something else.
    NotUtf8,
    /// There is a DTD; none is ever read.
    Dtd,
    /// Not well-formed.
    NotWellFormed,
}

/// The bytes as text, within their size.
///
/// # Errors
/// [`XmlFault::OverBound`], [`XmlFault::NotUtf8`].
pub fn text<'a>(bytes: &'a [u8], bounds: &Bounds) -> Result<&'a str, XmlFault> {
    if bytes.len() > bounds.bytes {
        return Err(XmlFault::OverBound("more bytes than are read"));
    }
    core::str::from_utf8(bytes).map_err(|_| XmlFault::NotUtf8)
}

/// The tree, without a DTD, within depth and counts.
///
/// # Errors
/// The fault, and the line where it was met, from 1.
pub fn parse<'a>(text: &'a str, bounds: &Bounds) -> Result<Document<'a>, (usize, XmlFault)> {
    if let Some((line, says)) = over_bounds(text.as_bytes(), bounds) {
        return Err((line, XmlFault::OverBound(says)));
    }
    if says_another_encoding(text) {
        return Err((1, XmlFault::NotUtf8));
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: bounds.nodes, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| {
        let fault = match error {
            roxmltree::Error::DtdDetected => XmlFault::Dtd,
            roxmltree::Error::NodesLimitReached => XmlFault::OverBound("more elements than are read"),
            _ => XmlFault::NotWellFormed,
        };
        (usize::try_from(error.pos().row).unwrap_or(usize::MAX), fault)
    })
}

/// True where the XML declaration names another encoding than UTF-8 (XML 1.0, 4.3.3): the bytes may be UTF-8 all the same,
/// and whoever wrote or signed them read other characters.
fn says_another_encoding(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let inside =
        text.strip_prefix("<?xml").filter(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace()));
    let Some((inside, _)) = inside.and_then(|rest| rest.split_once("?>")) else { return false };
    // What a declaration says stands in its order; in the value of another part it says nothing.
    let mut rest = inside;
    while let Some((name, value)) = rest.split_once('=') {
        let value = value.trim_start();
        let quote = value.chars().next().filter(|sign| matches!(sign, '"' | '\''));
        let said = quote.and_then(|quote| value.strip_prefix(quote)?.split_once(quote));
        let Some((value, behind)) = said else { return true };
        if name.trim() == "encoding" {
            return !value.eq_ignore_ascii_case("UTF-8");
        }
        rest = behind;
    }
    rest.contains("encoding")
}

/// All text that stands in an element itself; comments cut it into pieces, and are no part of it.
pub fn text_of(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// The first line where elements nest too deep or one has too many attributes. Counts tags as they are written,
/// so that no parser meets more than the bounds; what is not well-formed is the parser's to say.
fn over_bounds(text: &[u8], bounds: &Bounds) -> Option<(usize, &'static str)> {
    let (mut at, mut depth, mut line, mut declared) = (0_usize, 0_usize, 1_usize, 0_usize);
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
            Piece::Open(attributes) if attributes > bounds.attributes => {
                return Some((line, "an element with more attributes than are read"));
            }
            Piece::Open(_) => depth = depth.saturating_add(1),
            Piece::Close => depth = depth.saturating_sub(1),
            Piece::Empty(attributes) if attributes > bounds.attributes => {
                return Some((line, "an element with more attributes than are read"));
            }
            Piece::Empty(_) | Piece::Other => {}
        }
        if depth > bounds.depth {
            return Some((line, "elements nested deeper than are read"));
        }
        let piece = rest.get(..used).unwrap_or(rest);
        if !matches!(what, Piece::Other) {
            declared = declared.saturating_add(piece.windows(5).filter(|five| *five == b"xmlns").count());
        }
        if declared > bounds.declarations {
            return Some((line, "more declarations of namespaces than are read"));
        }
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

#[cfg(test)]
mod tests {
    use super::says_another_encoding;

    #[test]
    fn the_encoding_is_what_its_own_part_of_the_declaration_says() {
        for (declaration, other) in [
            ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", false),
            ("<?xml version='1.0' encoding = 'utf-8' standalone='yes'?>", false),
            ("<?xml version=\"1.0\"?>", false),
            ("<a encoding=\"UTF-16\"/>", false),
            ("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-16\"?>", true),
            ("<?xml version=\"1.0\" encoding=\"\"?>", true),
            ("<?xml version=\"1.0\" encoding?>", true),
            ("<?xml version=\"1.0\" encoding=UTF-8?>", true),
            ("<?xml version=\"encoding='UTF-8'\" encoding=\"ISO-8859-1\"?>", true),
            ("<?xml version='encoding=\"UTF-8\"' encoding='ISO-8859-1'?>", true),
            ("<?xml version=\"encoding='ISO-8859-1'\" encoding=\"UTF-8\"?>", false),
        ] {
            assert_eq!(says_another_encoding(declaration), other, "{declaration}");
        }
    }
}
