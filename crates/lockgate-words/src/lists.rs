//! Word lists: compiled once, scanned for every object.

use crate::fold::ShortFolds;
use crate::letters::{Letters, Weak};
use crate::matcher::{MAX_TERM_LETTERS, MIN_TERM_LETTERS, Matcher};

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use lockgate_bytes::Span;
use lockgate_reason::Code;

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
            Self::TooShort => {
                "is too short: a list of whole words needs two letters or digits, an exact one two bytes"
            }
            Self::TooLong => "is longer than 128 letters: write its first words only",
            Self::TooMany => "is one too many: name fewer lists in one lane",
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
    /// Which of the list's terms, from 0; 0 for what is no word of a list.
    pub term: u32,
}

#[derive(Debug)]
pub(crate) struct Term {
    /// The lists that have it, and which of their terms it is there, from 0.
    pub(crate) lists: Vec<(u16, u32)>,
    /// What is looked for.
    pub(crate) letters: Vec<u8>,
    /// A match in digits alone is a number, not this term.
    pub(crate) needs_letter: bool,
}

/// All lists of a lane, compiled.
#[derive(Debug)]
pub struct WordLists {
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) folds: ShortFolds,
    pub(crate) whole: Option<Matcher>,
    pub(crate) whole_terms: Vec<Term>,
    pub(crate) exact: Option<Matcher>,
    pub(crate) exact_terms: Vec<Term>,
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
                let at = (u16::try_from(index), u32::try_from(nth));
                match (at, letters.len()) {
                    ((Err(_), _) | (_, Err(_)), _) => faults.push(fault(WhyNot::TooMany)),
                    _ if full => faults.push(fault(WhyNot::TooMany)),
                    (_, len) if len < MIN_TERM_LETTERS => faults.push(fault(WhyNot::TooShort)),
                    (_, len) if len > MAX_TERM_LETTERS => faults.push(fault(WhyNot::TooLong)),
                    ((Ok(list), Ok(nth)), _) => add(terms, letters, (list, nth), text),
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

    /// The letters as which a word was read: those of its term. `None` where it stands there as it is, or is no word of a list.
    /// For whoever wrote the text: nothing that others see says a word of a list.
    pub fn read_as(&self, hit: &Hit) -> Option<&str> {
        let Found::Word { list, mode: Mode::Whole } = hit.found else { return None };
        let term = self.whole_terms.iter().find(|term| term.lists.contains(&(list, hit.term)))?;
        core::str::from_utf8(&term.letters).ok()
    }
}

fn letters_of(text: &str, scratch: &mut Letters, folds: &ShortFolds) -> Vec<u8> {
    scratch.begin(text.len());
    scratch.push_text(text.as_bytes(), 0, Weak::Letters, folds);
    scratch.finish(text.len());
    scratch.letters().to_vec()
}

fn add(terms: &mut BTreeMap<Vec<u8>, Term>, letters: Vec<u8>, at: (u16, u32), text: &str) {
    let needs_letter = text.chars().any(char::is_alphabetic);
    let nothing = Term { lists: Vec::new(), letters: Vec::new(), needs_letter };
    let term = terms.entry(letters).or_insert(nothing);
    term.needs_letter &= needs_letter;
    if term.lists.last().map(|(list, _)| list) != Some(&at.0) {
        term.lists.push(at);
    }
}

fn matcher(terms: BTreeMap<Vec<u8>, Term>) -> (Option<Matcher>, Vec<Term>) {
    let (letters, mut terms): (Vec<_>, Vec<_>) = terms.into_iter().unzip();
    let matcher = Matcher::new(&letters);
    for (term, letters) in terms.iter_mut().zip(letters) {
        term.letters = letters;
    }
    (matcher, terms)
}

#[cfg(test)]
mod tests;
