//! Word lists: compiled once, scanned for every object.

use crate::conceal;
use crate::fold::{ShortFolds, weak_letter};
use crate::letters::{Letters, Weak};
use crate::matcher::{MAX_TERM_LETTERS, MIN_TERM_LETTERS, Matcher};
use crate::scratch::Scratch;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use lockgate_bytes::{Budget, OverBudget, Span};
use lockgate_reason::{Code, words};

/// Most hits of one list that are reported of one object; the rest are only more of the same.
pub const MAX_HITS_A_LIST: usize = 32;

/// Most terms of all lists together.
const MAX_TERMS: usize = 200_000;

/// How a list is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// Whole words, however disguised.
    Whole,
    /// The exact code points, anywhere.
    Exact,
}

impl Mode {
    /// The word used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Exact => "exact",
        }
    }

    /// The mode with this word.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Whole, Self::Exact].into_iter().find(|mode| mode.name() == name)
    }
}

/// A list as authored.
#[derive(Clone, Debug)]
pub struct ListSource {
    /// Its name.
    pub name: Arc<str>,
    /// How it is matched.
    pub mode: Mode,
    /// Its terms.
    pub terms: Vec<String>,
}

/// A term that cannot be compiled. It names the place, never the term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermFault {
    /// The list.
    pub list: Arc<str>,
    /// Which of its terms, from 0.
    pub term: usize,
    /// What is wrong with it.
    pub why: WhyNot,
}

/// What is wrong with a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// Fewer than two letters or digits (whole), or fewer than two bytes (exact).
    TooShort,
    /// More than [`MAX_TERM_LETTERS`] bytes of letters.
    TooLong,
    /// The lists hold more terms than one automaton takes.
    TooMany,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::TooShort => "has fewer than two letters or digits; write a longer term, or put it in a list with `mode=exact`",
            Self::TooLong => "is longer than 128 letters; write its first words only",
            Self::TooMany => "is one too many; split the lists over several lanes",
        })
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    /// A term of a list (see [`WordLists::name`]), found in this mode.
    Word {
        /// The list.
        list: u16,
        /// How it was matched.
        mode: Mode,
    },
    /// Something in free text that may hide payload; the identifier of its code.
    Concealed(&'static str),
}

/// Something that keeps the object from simply crossing. Never holds the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub found: Found,
    /// Its reason code.
    pub code: Code,
    /// The caller's number of the field in which it begins.
    pub field: u32,
    /// Where in the object, as far as it lies in that field.
    pub span: Span,
}

#[derive(Debug)]
struct Term {
    lists: Vec<u16>,
    /// A match in digits alone is a number, not this term.
    needs_letter: bool,
}

/// All lists of a lane, compiled.
#[derive(Debug)]
pub struct WordLists {
    names: Vec<Arc<str>>,
    folds: ShortFolds,
    whole: Option<Matcher>,
    whole_terms: Vec<Term>,
    exact: Option<Matcher>,
    exact_terms: Vec<Term>,
}

impl WordLists {
    /// Compiles the lists into one automaton a mode.
    ///
    /// # Errors
    /// Every term that cannot be compiled.
    pub fn compile(lists: &[ListSource]) -> Result<Self, Vec<TermFault>> {
        let folds = ShortFolds::new();
        let mut faults = Vec::new();
        let mut whole: BTreeMap<Vec<u8>, Term> = BTreeMap::new();
        let mut exact: BTreeMap<Vec<u8>, Term> = BTreeMap::new();
        let mut scratch = Letters::default();
        for (index, list) in lists.iter().enumerate() {
            for (nth, text) in list.terms.iter().enumerate() {
                let fault = |why| TermFault { list: Arc::clone(&list.name), term: nth, why };
                let full = whole.len().saturating_add(exact.len()) >= MAX_TERMS;
                let (terms, letters) = match list.mode {
                    Mode::Whole => (&mut whole, letters_of(text, &mut scratch, &folds)),
                    Mode::Exact => (&mut exact, text.as_bytes().to_vec()),
                };
                match (u16::try_from(index), letters.len()) {
                    (Err(_), _) => faults.push(fault(WhyNot::TooMany)),
                    _ if full => faults.push(fault(WhyNot::TooMany)),
                    (_, len) if len < MIN_TERM_LETTERS => faults.push(fault(WhyNot::TooShort)),
                    (_, len) if len > MAX_TERM_LETTERS => faults.push(fault(WhyNot::TooLong)),
                    (Ok(list), _) => add(terms, letters, list, text),
                }
            }
        }
        let (whole, whole_terms) = matcher(whole);
        let (exact, exact_terms) = matcher(exact);
        let lost =
            (whole.is_none() && !whole_terms.is_empty()) || (exact.is_none() && !exact_terms.is_empty());
        if let (true, Some(last)) = (lost, lists.last()) {
            let term = last.terms.len().saturating_sub(1);
            faults.push(TermFault { list: Arc::clone(&last.name), term, why: WhyNot::TooMany });
        }
        let names = lists.iter().map(|list| Arc::clone(&list.name)).collect();
        let compiled = Self { names, folds, whole, whole_terms, exact, exact_terms };
        if faults.is_empty() { Ok(compiled) } else { Err(faults) }
    }

    /// The name of a list, as in the hits.
    pub fn name(&self, list: u16) -> Option<&Arc<str>> {
        self.names.get(usize::from(list))
    }

    /// Replaces `out` by everything found in the texts that `scratch` holds, in their order.
    ///
    /// # Errors
    /// [`OverBudget`] where the texts cost more than the object may; what was found until then is in `out`.
    pub fn scan(
        &self,
        scratch: &mut Scratch,
        budget: &mut Budget,
        out: &mut Vec<Hit>,
    ) -> Result<(), OverBudget> {
        out.clear();
        budget.spend(u64::try_from(scratch.joined.len()).unwrap_or(u64::MAX))?;
        scratch.counts.clear();
        scratch.counts.resize(self.names.len(), 0);
        if let Some(matcher) = &self.whole {
            self.scan_whole(matcher, scratch, Weak::Apart, budget, out)?;
            if has_weak(&scratch.joined) {
                self.scan_whole(matcher, scratch, Weak::Letters, budget, out)?;
            }
        }
        if let Some(matcher) = &self.exact {
            self.scan_exact(matcher, scratch, budget, out)?;
        }
        for field in scratch.fields.iter().filter(|field| field.free) {
            conceal::find(field.text(&scratch.joined), |code, start, end| {
                let at = |offset: usize| field.start.saturating_add(offset);
                let span = field.span_of(at(start), at(end));
                out.push(Hit { found: Found::Concealed(code.id()), code, field: field.index, span });
            });
        }
        if out.len() > 1 {
            out.sort_unstable_by_key(|hit| (hit.span.start, hit.span.end, hit.field, hit.found));
            out.dedup();
        }
        Ok(())
    }

    fn scan_whole(
        &self,
        matcher: &Matcher,
        scratch: &mut Scratch,
        weak: Weak,
        budget: &mut Budget,
        out: &mut Vec<Hit>,
    ) -> Result<(), OverBudget> {
        let mut letters = core::mem::take(&mut scratch.letters);
        read_letters(&mut letters, scratch, weak, &self.folds);
        let mut steps = 0_u64;
        for edges in letters.edges().chunks_exact(2) {
            let [begin, _] = edges else { continue };
            let key = letters.padded().get(begin.letters..).and_then(|rest| rest.first_chunk::<4>());
            let Some(key) = key else { continue };
            if !matcher.may_begin(*key) {
                continue;
            }
            let rest = letters.letters().get(begin.letters..).unwrap_or(&[]);
            steps = steps.saturating_add(matcher.walk(rest, |term, len| {
                let end = begin.letters.saturating_add(len);
                if let (Some(end), Some(term)) = (word_end(&letters, end), self.whole_terms.get(term)) {
                    record(term, Mode::Whole, begin.at, end, scratch, out);
                }
            }));
        }
        scratch.letters = letters;
        budget.spend(steps)
    }

    fn scan_exact(
        &self,
        matcher: &Matcher,
        scratch: &mut Scratch,
        budget: &mut Budget,
        out: &mut Vec<Hit>,
    ) -> Result<(), OverBudget> {
        let mut text = core::mem::take(&mut scratch.exact);
        text.clear();
        for field in &scratch.fields {
            text.extend_from_slice(field.text(&scratch.joined));
        }
        let end = text.len();
        text.extend_from_slice(&[0; 4]);
        let mut steps = 0_u64;
        for (at, key) in text.windows(4).enumerate() {
            if !key.first_chunk::<4>().is_some_and(|key| matcher.may_begin(*key)) {
                continue;
            }
            let rest = text.get(at..end).unwrap_or(&[]);
            steps = steps.saturating_add(matcher.walk(rest, |term, len| {
                if let Some(term) = self.exact_terms.get(term) {
                    let (start, stop) = in_joined(scratch, at, len);
                    record(term, Mode::Exact, start, stop, scratch, out);
                }
            }));
        }
        scratch.exact = text;
        budget.spend(steps)
    }
}

fn letters_of(text: &str, scratch: &mut Letters, folds: &ShortFolds) -> Vec<u8> {
    scratch.begin(text.len());
    scratch.push_text(text.as_bytes(), 0, Weak::Letters, folds);
    scratch.finish(text.len());
    scratch.letters().to_vec()
}

fn add(terms: &mut BTreeMap<Vec<u8>, Term>, letters: Vec<u8>, list: u16, text: &str) {
    let needs_letter = text.chars().any(char::is_alphabetic);
    let term = terms.entry(letters).or_insert(Term { lists: Vec::new(), needs_letter });
    term.needs_letter &= needs_letter;
    if term.lists.last() != Some(&list) {
        term.lists.push(list);
    }
}

fn matcher(terms: BTreeMap<Vec<u8>, Term>) -> (Option<Matcher>, Vec<Term>) {
    let (letters, terms): (Vec<_>, Vec<_>) = terms.into_iter().unzip();
    (Matcher::new(&letters), terms)
}

fn has_weak(text: &[u8]) -> bool {
    // No early end: the whole text at once, many bytes a step.
    text.iter().fold(false, |found, byte| found | weak_letter(*byte).is_some())
}

fn read_letters(letters: &mut Letters, scratch: &Scratch, weak: Weak, folds: &ShortFolds) {
    let joined = scratch.joined.as_slice();
    letters.begin(joined.len());
    if weak == Weak::Apart && joined.is_ascii() {
        letters.push_ascii(joined, 0);
    } else {
        for field in &scratch.fields {
            let text = field.text(joined);
            if weak == Weak::Apart && text.is_ascii() {
                letters.push_ascii(text, field.start);
            } else {
                letters.push_text(text, field.start, weak, folds);
            }
            letters.separator(field.start.saturating_add(field.len));
        }
    }
    letters.finish(joined.len());
}

/// Where in the text the word ends whose letters end at `end`; `None` where no word ends there.
fn word_end(letters: &Letters, end: usize) -> Option<usize> {
    let edges = letters.edges();
    // The first edge at `end` closes a word; the one behind it, if it is at the same letter, opens the next.
    let nth = edges.partition_point(|edge| edge.letters < end);
    edges.get(nth).filter(|edge| edge.letters == end).map(|edge| edge.at)
}

/// The bytes `at..at + len` of the fields joined without separators, as places in the text joined with them.
fn in_joined(scratch: &Scratch, at: usize, len: usize) -> (usize, usize) {
    let last = at.saturating_add(len).saturating_sub(1);
    let place = |offset: usize| {
        // The nth field begins n bytes earlier without the separators before it.
        let mut nth = 0;
        let (mut low, mut high) = (0, scratch.fields.len());
        while low < high {
            let middle = low.midpoint(high);
            let begins =
                scratch.fields.get(middle).is_some_and(|field| field.start.saturating_sub(middle) <= offset);
            if begins {
                nth = middle;
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        offset.saturating_add(nth)
    };
    (place(at), place(last).saturating_add(1))
}

/// Reports `term`, found at `start..end` of the joined text, for each of its lists.
fn record(term: &Term, mode: Mode, start: usize, end: usize, scratch: &mut Scratch, out: &mut Vec<Hit>) {
    let text = scratch.joined.get(start..end).unwrap_or(&[]);
    if term.needs_letter && !text.iter().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()) {
        return;
    }
    let Some(field) = scratch.field_at(start) else { return };
    let span = field.span_of(start, end);
    for list in &term.lists {
        let Some(count) = scratch.counts.get_mut(usize::from(*list)) else { continue };
        if *count < MAX_HITS_A_LIST {
            *count = count.saturating_add(1);
            let found = Found::Word { list: *list, mode };
            out.push(Hit { found, code: words::LISTED_WORD, field: field.index, span });
        }
    }
}

#[cfg(test)]
mod tests;
