//! The word scan over the open texts of an object.

use crate::Reason;
use crate::deep::Said;
use crate::policy::Policy;
use crate::slow::{Meaning, SlowRelease};
use crate::workspace::Pass;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::{Budget, OverBudget, Span};
use lockgate_reason::{Outcome, deep, framing};
use lockgate_record::{Place, TextRef};
use lockgate_words::{Found, Hit, MAX_HITS_A_LIST};

/// Scans every open text; each hit is a reason.
pub(crate) fn scan(
    pass: &mut Pass,
    policy: &Policy,
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<(), OverBudget> {
    pass.text.begin();
    for (index, open) in (0_u32..).zip(&pass.inspection.open_texts) {
        match open.text {
            TextRef::Source(text) => pass.text.push_from(bytes, text, index, open.span, open.free),
            decoded => {
                pass.text.push(pass.inspection.record.text(decoded, bytes), index, open.span, open.free);
            }
        }
    }
    policy.parts.words.scan(&mut pass.text, budget, &mut pass.hits)?;
    for hit in &pass.hits {
        let mut reason = of(hit, policy);
        let open = usize::try_from(hit.field).ok().and_then(|index| pass.inspection.open_texts.get(index));
        if let Some(open) = open {
            reason = reason.at(open.place, hit.span);
        }
        pass.inspection.reasons.push(reason);
    }
    Ok(())
}

/// The reason that a hit is: that of its list, where it is a word of one.
pub(crate) fn of(hit: &Hit, policy: &Policy) -> Reason {
    let mut reason = Reason::new(hit.code);
    if let Found::Word { list, .. } = hit.found {
        reason.rule = policy.parts.words.name(list).cloned();
        reason.outcome = policy.parts.word_hits.get(usize::from(list)).copied().unwrap_or(Outcome::Refuse);
    }
    reason
}

/// Scans a part that no type declares, its names and its markup too: what is dropped says something of what is kept. Each hit
/// is a reason at its place. Nobody has said that any of it is free text.
pub(crate) fn scan_undeclared(
    pass: &mut Pass,
    policy: &Policy,
    (part, place): (Span, Place),
    bytes: &[u8],
    budget: &mut Budget,
) {
    pass.text.begin();
    pass.text.push(part.of(bytes), 0, part, false);
    pass.hits.clear();
    if policy.parts.words.scan(&mut pass.text, budget, &mut pass.hits).is_err() {
        pass.inspection.reasons.push(Reason::new(framing::OVER_BUDGET).at(place, part));
    }
    for hit in &pass.hits {
        pass.inspection.reasons.push(of(hit, policy).at(place, hit.span));
    }
    pass.hits.clear();
}

/// Steps that the search through what a worker read may take: some 4 MiB of text.
const SEARCH_STEPS: u64 = 64 << 20;

/// Searches what a worker read in an object for the lane's words, and for words of the policies' markings. The places with
/// one are told, of each word the first [`MAX_HITS_A_LIST`]: people compare it with the label and the pages.
pub(crate) fn search(pass: &mut Pass, policy: &Policy, texts: &[Said]) {
    let mut budget = Budget::new(SEARCH_STEPS);
    pass.text.begin();
    for (index, said) in (0_u32..).zip(texts) {
        let text = said.text.as_bytes();
        pass.text.push(text, index, Span::new(0, text.len()), false);
    }
    let place = |field: u32| {
        let said = usize::try_from(field).ok().and_then(|field| texts.get(field));
        Arc::from(said.map_or("the object", |said| said.place.as_str()))
    };
    let parts = &policy.parts;
    let searched = parts.words.scan(&mut pass.text, &mut budget, &mut pass.hits);
    for hit in &pass.hits {
        pass.inspection.reasons.push(of(hit, policy).beside(&place(hit.field), None));
    }
    pass.hits.clear();
    // Where something may be released after all, each word counts by itself: it is held against the label.
    let release = policy.slow_release();
    let markings = release.map_or(&parts.marking_words, |release| &release.words);
    let mut marked = markings.scan(&mut pass.text, &mut budget, &mut pass.hits);
    if let Some(release) = release {
        pass.marked.extend(pass.hits.iter().map(|hit| (list_of(hit), hit.field)));
        if pass.hits.len() >= MAX_HITS_A_LIST {
            marked = marked.and(each_by_itself(pass, release, texts));
        }
        let classes = (0_u32..).zip(texts).filter(|(_, said)| said.is_class);
        let unknown = classes.filter(|(index, said)| !is_level(*index, said, release, &pass.hits));
        pass.marked.extend(unknown.map(|(index, _)| (u16::MAX, index)));
    }
    let mut fields: Vec<u32> = pass.hits.iter().map(|hit| hit.field).collect();
    fields.sort_unstable();
    fields.dedup();
    for field in fields {
        pass.inspection.reasons.push(Reason::new(deep::MARKED).beside(&place(field), None));
    }
    pass.hits.clear();
    if searched.is_err() || marked.is_err() {
        pass.inspection.reasons.push(Reason::new(deep::NOT_SEARCHED));
    }
}

/// A word is told so many times and no more in what is searched at once, and here it counts on which page it stands: so each text is
/// searched by itself too. What reaches over the end of a text was found before.
fn each_by_itself(pass: &mut Pass, release: &SlowRelease, texts: &[Said]) -> Result<(), OverBudget> {
    let (mut budget, mut hits) = (Budget::new(SEARCH_STEPS), Vec::new());
    for (index, said) in (0_u32..).zip(texts) {
        hits.clear();
        pass.text.begin();
        pass.text.push(said.text.as_bytes(), index, Span::new(0, said.text.len()), false);
        release.words.scan(&mut pass.text, &mut budget, &mut hits)?;
        pass.marked.extend(hits.iter().map(|hit| (list_of(hit), index)));
    }
    pass.marked.sort_unstable();
    pass.marked.dedup();
    Ok(())
}

/// The list of the word that was found; the last number for what is none.
fn list_of(hit: &Hit) -> u16 {
    match hit.found {
        Found::Word { list, .. } => list,
        Found::Concealed(_) => u16::MAX,
    }
}

/// True where the whole text is the name of a level: `SECRET` in `TOP SECRET` does not say what that is.
fn is_level(index: u32, said: &Said, release: &SlowRelease, hits: &[Hit]) -> bool {
    let whole = Span::new(0, said.text.len());
    hits.iter()
        .filter(|hit| hit.field == index && hit.span == whole)
        .any(|hit| matches!(release.meanings.get(usize::from(list_of(hit))), Some(Meaning::Level(_))))
}

/// True where a part that no type declares says a word of a policy's markings.
pub(crate) fn has_marking(pass: &mut Pass, policy: &Policy, part: &[u8], budget: &mut Budget) -> bool {
    pass.text.begin();
    pass.text.push(part, 0, Span::new(0, part.len()), false);
    pass.hits.clear();
    // Beyond the budget nothing is known of the part, so it counts as marked.
    policy.parts.marking_words.scan(&mut pass.text, budget, &mut pass.hits).is_err() || !pass.hits.is_empty()
}
