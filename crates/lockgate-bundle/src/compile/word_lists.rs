//! The word lists of a lane.

use super::Context;
use crate::codes;
use crate::load::{Authored, LaneFile, TermLine, WordsFile};
use crate::place::shown;
use crate::report::{enter, unknown};
use lockgate_bytes::is_hidden;
use lockgate_notation::{Diagnostic, Diagnostics, Severity};
use lockgate_reason::Outcome;
use lockgate_words::{ListSource, WordLists};
use std::sync::Arc;

/// Reports every term that cannot be matched, whether a lane uses its list or not.
pub(crate) fn check(context: &Context<'_, '_>, diagnostics: &mut Diagnostics) {
    for file in &context.loaded.words {
        for fault in WordLists::compile(&[source(&file.value)]).err().unwrap_or_default() {
            if let Some(term) = file.value.terms.get(fault.term) {
                bad_term(term, &fault.why.to_string(), file, diagnostics);
            }
        }
        for term in &file.value.terms {
            if let Some(why) = misread(term) {
                bad_term(term, why, file, diagnostics);
            }
        }
    }
}

/// Why a term is not what its author sees. An exact list looks for every code point as it is, so a term with one that
/// cannot be seen is a term that is never found, and says nothing of it.
fn misread(term: &TermLine) -> Option<&'static str> {
    let is_unseen = |letter: char| is_hidden(letter) || (letter.is_whitespace() && letter != ' ');
    if term.text.contains(is_unseen) {
        return Some(
            "holds a character that cannot be seen, such as a byte order mark, or a blank that is not the plain one",
        );
    }
    term.cut.then_some("is cut off by a `#` without a blank before it: a comment has one, and a term with `#` stands in the KDL file")
}

fn source(list: &WordsFile) -> ListSource {
    ListSource {
        name: Arc::from(list.name.as_str()),
        mode: list.mode,
        terms: list.terms.iter().map(|term| term.text.clone()).collect(),
    }
}

/// The lane's lists, and what a hit of each does.
pub(crate) fn of_lane(
    lane: &Authored<'_, LaneFile>,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<(WordLists, Vec<Outcome>)> {
    let mut sources: Vec<ListSource> = Vec::new();
    let mut hits = Vec::new();
    for (name, hit) in &lane.value.words {
        let found = context.loaded.words.iter().find(|list| list.value.name == name.value);
        let Some(list) = found else {
            let known = context.loaded.words.iter().map(|list| list.value.name.as_str());
            unknown(diagnostics, name, "word list", known);
            continue;
        };
        if sources.iter().any(|known| *known.name == *name.value) {
            diagnostics.error(&codes::REPEATED, name.span, "the lane names this list twice");
            continue;
        }
        sources.push(source(&list.value));
        hits.push(*hit);
    }
    let whole = hits.len() == lane.value.words.len();
    match WordLists::compile(&sources) {
        Ok(lists) => whole.then_some((lists, hits)),
        // Each list compiles alone, so they are too many together.
        Err(_) => {
            let span = lane.value.words.first().map(|(name, _)| name.span).unwrap_or_default();
            diagnostics.error(&codes::TOO_MANY, span, "these lists hold more terms than one lane takes");
            None
        }
    }
}

/// Reports a term at its place: in the list, or in the file that the list names.
fn bad_term(term: &TermLine, why: &str, file: &Authored<'_, WordsFile>, diagnostics: &mut Diagnostics) {
    enter(diagnostics, file.document);
    match &file.value.path {
        None => {
            diagnostics.error(&codes::BAD_TERM, term.span, format!("this term {why}"));
        }
        // The text of the list is not quoted: its words may be worth hiding.
        Some(path) => {
            let message = format!("the term in line {} {why}", term.line);
            let error = Diagnostic::new(&codes::BAD_TERM, Severity::Error, &shown(path), term.span, message);
            diagnostics.report(error);
        }
    }
}
