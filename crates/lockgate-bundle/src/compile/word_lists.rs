//! The word lists of a lane, and the marking words of all policies.

use super::Context;
use crate::codes;
use crate::load::{Authored, LaneFile, WordsFile};
use crate::place::shown;
use crate::report::{enter, unknown};
use lockgate_marking::PolicySet;
use lockgate_notation::{Diagnostic, Diagnostics, Severity};
use lockgate_reason::Outcome;
use lockgate_words::{ListSource, Mode, TermFault, WordLists};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The lane's lists, and what a hit of each does.
pub(crate) fn of_lane(
    lane: &Authored<'_, LaneFile>,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<(WordLists, Vec<Outcome>)> {
    let (mut sources, mut hits, mut files) = (Vec::new(), Vec::new(), Vec::new());
    let mut whole = true;
    for (name, hit) in &lane.value.words {
        let found = context.loaded.words.iter().find(|list| list.value.name == name.value);
        let Some(list) = found else {
            let known = context.loaded.words.iter().map(|list| list.value.name.as_str());
            unknown(diagnostics, name, "word list", known);
            whole = false;
            continue;
        };
        if files.iter().any(|known: &&Authored<'_, WordsFile>| known.value.name == name.value) {
            diagnostics.error(&codes::REPEATED, name.span, "the lane names this list twice");
            whole = false;
        }
        sources.push(ListSource {
            name: Arc::from(name.value.as_str()),
            mode: list.value.mode,
            terms: list.value.terms.iter().map(|(term, _)| term.clone()).collect(),
        });
        hits.push(*hit);
        files.push(list);
    }
    match WordLists::compile(&sources) {
        Ok(lists) => whole.then_some((lists, hits)),
        Err(faults) => {
            for fault in faults {
                bad_term(&fault, &files, diagnostics);
            }
            enter(diagnostics, lane.document);
            None
        }
    }
}

/// Reports a term at its place: in the list, or in the file that the list names.
fn bad_term(fault: &TermFault, files: &[&Authored<'_, WordsFile>], diagnostics: &mut Diagnostics) {
    let Some(file) = files.iter().find(|file| *file.value.name == *fault.list) else { return };
    enter(diagnostics, file.document);
    let span = file.value.terms.get(fault.term).map(|(_, span)| *span).unwrap_or_default();
    let message = format!("term {} of this list {}", fault.term.saturating_add(1), fault.why);
    match &file.value.path {
        None => {
            diagnostics.error(&codes::BAD_TERM, span, message);
        }
        // The text of the list is not quoted: its words may be worth hiding.
        Some(path) => {
            let error = Diagnostic::new(&codes::BAD_TERM, Severity::Error, &shown(path), span, message);
            diagnostics.report(error);
        }
    }
}

/// Every word of a marking of any policy that is long enough to be looked for.
pub(crate) fn of_markings(policies: &PolicySet) -> Option<WordLists> {
    let mut sources: Vec<ListSource> = policies
        .iter()
        .map(|(_, policy)| {
            let words: BTreeSet<&str> = policy.words().collect();
            let terms = words.into_iter().map(str::to_owned).collect();
            ListSource { name: Arc::from(policy.name()), mode: Mode::Whole, terms }
        })
        .collect();
    match WordLists::compile(&sources) {
        Ok(lists) => Some(lists),
        Err(faults) => {
            // A level called `R`, or a value that is a sentence, cannot be looked for.
            for source in &mut sources {
                let bad: BTreeSet<usize> = faults
                    .iter()
                    .filter(|fault| fault.list == source.name)
                    .map(|fault| fault.term)
                    .collect();
                let mut nth = 0..;
                source.terms.retain(|_| nth.next().is_some_and(|nth| !bad.contains(&nth)));
            }
            WordLists::compile(&sources).ok()
        }
    }
}
