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

/// Every word of a marking of any policy that is long enough to be looked for. Nations are none: AND, CAN and NOR are
/// words of most texts, and a nation's code by itself marks nothing.
pub(crate) fn of_markings(policies: &PolicySet) -> Option<WordLists> {
    let mut sources: Vec<ListSource> = policies
        .iter()
        .map(|(_, policy)| {
            let vocabulary: Vec<_> = policy.vocabulary().collect();
            let values = vocabulary.iter().flat_map(|tag| &tag.values);
            let nations: BTreeSet<&str> =
                values.filter(|value| value.nation.is_some()).map(|value| value.name).collect();
            let words: BTreeSet<&str> = policy.words().filter(|word| !nations.contains(word)).collect();
            let terms = words.into_iter().map(str::to_owned).collect();
            ListSource { name: Arc::from(policy.name()), mode: Mode::Whole, terms }
        })
        .collect();
    match WordLists::compile(&sources) {
        Ok(lists) => Some(lists),
        Err(faults) => {
            // A level called `R`, or a value that is a sentence, cannot be looked for.
            for source in &mut sources {
                let bad: BTreeSet<usize> =
                    faults.iter().filter(|fault| fault.list == source.name).map(|fault| fault.term).collect();
                let mut nth = 0..;
                source.terms.retain(|_| nth.next().is_some_and(|nth| !bad.contains(&nth)));
            }
            WordLists::compile(&sources).ok()
        }
    }
}
