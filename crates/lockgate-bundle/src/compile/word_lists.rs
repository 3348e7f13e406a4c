//! The word lists of a lane.

use super::Context;
use crate::codes;
use crate::load::{Authored, LaneFile, WordsFile};
use crate::place::shown;
use crate::report::{enter, unknown};
use lockgate_notation::{Diagnostic, Diagnostics, Severity};
use lockgate_reason::Outcome;
use lockgate_words::{ListSource, TermFault, WordLists};
use std::sync::Arc;

/// Reports every term that cannot be matched, whether a lane uses its list or not.
pub(crate) fn check(context: &Context<'_, '_>, diagnostics: &mut Diagnostics) {
    for file in &context.loaded.words {
        for fault in WordLists::compile(&[source(&file.value)]).err().unwrap_or_default() {
            bad_term(&fault, file, diagnostics);
        }
    }
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
fn bad_term(fault: &TermFault, file: &Authored<'_, WordsFile>, diagnostics: &mut Diagnostics) {
    enter(diagnostics, file.document);
    let Some(term) = file.value.terms.get(fault.term) else { return };
    match &file.value.path {
        None => {
            diagnostics.error(&codes::BAD_TERM, term.span, format!("this term {}", fault.why));
        }
        // The text of the list is not quoted: its words may be worth hiding.
        Some(path) => {
            let message = format!("the term in line {} {}", term.line, fault.why);
            let error = Diagnostic::new(&codes::BAD_TERM, Severity::Error, &shown(path), term.span, message);
            diagnostics.report(error);
        }
    }
}
