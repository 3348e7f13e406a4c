//! What an authored file says: nodes with arguments, properties and parts, each at its place in the file.

use std::ops::Range;
use std::sync::Arc;

use lockgate_bytes::{Decimal, Span};

use crate::Diagnostics;

/// One authored file, read.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file as it was named to the reader.
    pub name: Arc<str>,
    /// The text of the file.
    pub text: Arc<str>,
    /// A node without a name whose children are the top nodes of the file.
    pub root: Node,
    /// What the reader warned about: the parts disabled by `/-`.
    pub warnings: Diagnostics,
}

/// One node: `noun "name" setting=value { parts }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The noun.
    pub name: String,
    /// Where the noun stands.
    pub name_span: Span,
    /// The arguments, in order.
    pub args: Vec<Value>,
    /// The properties, in order; no two of one name.
    pub props: Vec<Prop>,
    /// The parts, in order.
    pub children: Vec<Node>,
    /// Where the whole node stands, parts included.
    pub span: Span,
}

/// One property: `setting=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prop {
    /// The name of the setting.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub value: Value,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands, quotes included.
    pub span: Span,
    /// The text as written, quotes included.
    pub written: String,
    /// Where the runs of the decoded text begin, in the text and in the file; empty where it has escapes.
    pub(crate) runs: Vec<(u32, u32)>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A bare word: `refuse`.
    Word(String),
    /// A quoted or raw string, decoded.
    Text(String),
    /// A number, exact.
    Number(Decimal),
    /// `#true` or `#false`.
    Bool(bool),
}

impl Document {
    /// An empty collection of diagnostics about this file, for a loader to report into. The reader's own warnings
    /// stay in [`Document::warnings`].
    pub fn diagnostics(&self) -> Diagnostics {
        Diagnostics::about(&self.name, &self.text)
    }
}

impl Value {
    /// The text of a bare word or a string; `None` for a number or boolean.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Word(text) | ValueKind::Text(text) => Some(text),
            ValueKind::Number(_) | ValueKind::Bool(_) => None,
        }
    }

    /// Where in the file a range of the decoded text stands (byte offsets into [`Value::text`]). The span of the
    /// whole value where the text has escapes, or the range lies outside of it.
    pub fn inner_span(&self, range: Range<usize>) -> Span {
        let length = self.text().map_or(0, str::len);
        if range.end > length || range.start > range.end {
            return self.span;
        }
        let last = range.end.saturating_sub(1).max(range.start);
        match (self.place(range.start), self.place(last)) {
            (Some(start), Some(_)) if range.is_empty() => Span::new(start, start),
            (Some(start), Some(last)) => Span::new(start, last.saturating_add(1)),
            _ => self.span,
        }
    }

    /// Where in the file the byte at `offset` of the decoded text stands.
    fn place(&self, offset: usize) -> Option<usize> {
        let after = self.runs.partition_point(|(text, _)| usize::try_from(*text).unwrap_or(0) <= offset);
        let (text, file) = self.runs.get(after.checked_sub(1)?)?;
        let within = offset.checked_sub(usize::try_from(*text).ok()?)?;
        usize::try_from(*file).ok()?.checked_add(within)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Document, Span};

    /// The file's text behind each range of the first argument's text.
    fn behind(file: &str, inner: &str) -> String {
        let document = Document::parse("a.kdl", file.as_bytes()).expect("reads");
        let value = &document.root.children[0].args[0];
        let start = value.text().and_then(|text| text.find(inner)).expect("the text holds it");
        let span = value.inner_span(start..start + inner.len());
        String::from_utf8(span.of(file.as_bytes()).to_vec()).expect("UTF-8")
    }

    #[test]
    fn a_range_of_an_expression_points_into_the_file() {
        assert_eq!(behind("a \"x == 'ž' && y\"", "y"), "y");
        assert_eq!(behind("a ##\"x \"# y\"##", "\"#"), "\"#");
        assert_eq!(behind("a some.word", "word"), "word");
        let lines = "a #\"\"\"\n    first &&\n      second\n\n    third\n    \"\"\"#\n";
        assert_eq!(behind(lines, "second"), "second");
        assert_eq!(behind(lines, "third"), "third");
        assert_eq!(behind(lines, "first &&\n  second"), "first &&\n      second");
        assert_eq!(behind(&lines.replace('\n', "\r\n"), "third"), "third");
        assert_eq!(behind("a \"\"\"\n  one\n  two\n  \"\"\"", "two"), "two");
    }

    #[test]
    fn where_escapes_stand_the_whole_value_is_meant() {
        assert_eq!(behind("a \"x \\u{3d}= y\"", "y"), "\"x \\u{3d}= y\"");
        let document = Document::parse("a.kdl", b"a \"xyz\"").expect("reads");
        let value = &document.root.children[0].args[0];
        assert_eq!(value.inner_span(3..3), Span::new(6, 6));
        assert_eq!(value.inner_span(2..9), value.span);
    }
}
