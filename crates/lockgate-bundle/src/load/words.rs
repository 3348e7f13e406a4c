//! `words/`: lists of terms, in the file or in one of their own.

use crate::codes;
use crate::place::Placed;
use lockgate_bytes::Span;
use lockgate_notation::Fields;
use lockgate_words::Mode;

/// Largest list in a file of its own.
const MAX_LIST: usize = 4 << 20;

/// A word list as authored.
#[derive(Debug)]
pub(crate) struct WordsFile {
    pub(crate) name: String,
    pub(crate) mode: Mode,
    /// The terms.
    pub(crate) terms: Vec<TermLine>,
    /// Path of the list's own file, if it has one.
    pub(crate) path: Option<String>,
}

/// A term and where it stands: in the KDL file, or in the list's own.
#[derive(Debug)]
pub(crate) struct TermLine {
    pub(crate) text: String,
    pub(crate) span: Span,
    /// The line of a list in a file of its own, from 1; 0 elsewhere.
    pub(crate) line: usize,
    /// True where a `#` ends it without a blank before: that may be a comment, or the rest of the term.
    pub(crate) cut: bool,
}

pub(crate) fn words(
    fields: &mut Fields<'_, '_>,
    _stem: &str,
    placed: &Placed<'_>,
    named: &mut Vec<String>,
) -> Option<WordsFile> {
    let name = fields.arg_name("the name of the list");
    let mode = fields.prop_word("mode", &["whole", "exact"]);
    let file = fields.prop_text_opt("file");
    let mut terms: Vec<TermLine> = fields
        .each("word", |part| part.args_text_some("a term"))
        .into_iter()
        .flatten()
        .map(|term| TermLine { text: term.value.to_owned(), span: term.span, line: 0, cut: false })
        .collect();
    let mut path = None;
    if let Some(file) = file {
        let full = format!("words/{}", file.value);
        named.push(full.clone());
        if !terms.is_empty() {
            let message = "the terms stand here or in a file of their own, not in both";
            fields.error(&codes::REPEATED, file.span, message);
            return None;
        }
        match placed.others.get(full.as_str()) {
            None => {
                fields.error(&codes::MISSING_FILE, file.span, "there is no such file under words/");
                return None;
            }
            Some(bytes) => terms = lines(bytes, file.span, fields)?,
        }
        path = Some(full);
    }
    if terms.is_empty() {
        let span = fields.noun_span();
        fields.error(&codes::EMPTY_LIST, span, "this list has no term");
    }
    Some(WordsFile { name: name?.value.to_string(), mode: Mode::named(mode?.value)?, terms, path })
}

/// One term a line; `#` begins a comment, blank lines say nothing.
fn lines(bytes: &[u8], named_at: Span, fields: &mut Fields<'_, '_>) -> Option<Vec<TermLine>> {
    let text = std::str::from_utf8(bytes).ok().filter(|_| bytes.len() <= MAX_LIST);
    if text.is_none() {
        fields.error(&codes::NOT_TEXT, named_at, "this list cannot be read");
    }
    let mut terms = Vec::new();
    let mut start = 0_usize;
    for (number, line) in (1..).zip(text?.split_inclusive('\n')) {
        let before = line.split('#').next().unwrap_or("");
        let term = before.trim();
        if !term.is_empty() {
            let cut = before.len() < line.len() && !before.ends_with([' ', '\t']);
            let blank = line.len().saturating_sub(line.trim_start().len());
            let begin = start.saturating_add(blank);
            let span = Span::new(begin, begin.saturating_add(term.len()));
            terms.push(TermLine { text: term.to_owned(), span, line: number, cut });
        }
        start = start.saturating_add(line.len());
    }
    Some(terms)
}
