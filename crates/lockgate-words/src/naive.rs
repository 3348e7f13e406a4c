//! The plain scan that the fast one must agree with: every term, at every word, letter by letter.

use crate::escapes::{Kinds, blanked};
use crate::fold::{Folded, fold, weak};
use crate::{ListSource, Mode};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

/// A folded letter with the place of its character and whether a word may begin before or end after it.
#[derive(Clone, Copy, Debug)]
struct Mark {
    letter: char,
    field: usize,
    start: usize,
    end: usize,
    begins: bool,
    ends: bool,
    /// A sign: a letter, or nothing.
    sign: bool,
}

fn marks(texts: &[String], weak_as_letters: bool) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (field, text) in texts.iter().enumerate() {
        let mut apart = true;
        for (start, c) in text.char_indices() {
            let stands_for = weak(c).filter(|_| weak_as_letters);
            let mut parts = Vec::new();
            match stands_for {
                Some(letter) => {
                    parts.extend([Folded::Separator, Folded::Letter(char::from(letter)), Folded::Separator])
                }
                None => fold(c, |part| parts.push(part)),
            }
            // A mark belongs to the letter before it: a number with an accent is no plain number.
            if let (true, false, Some(last)) = (parts.is_empty(), apart, marks.last_mut()) {
                last.end = start + c.len_utf8();
            }
            for part in parts {
                match part {
                    Folded::Letter(letter) => {
                        let end = start + c.len_utf8();
                        marks.push(Mark {
                            letter,
                            field,
                            start,
                            end,
                            begins: apart,
                            ends: false,
                            sign: stands_for.is_some(),
                        });
                        apart = false;
                    }
                    Folded::Separator => {
                        if let Some(last) = marks.last_mut() {
                            last.ends = true;
                        }
                        apart = true;
                    }
                }
            }
        }
        if let Some(last) = marks.last_mut() {
            last.ends = true;
        }
    }
    marks
}

/// List, field and first byte of every match.
pub(crate) fn scan(lists: &[ListSource], texts: &[String]) -> BTreeSet<(u16, u32, usize)> {
    let mut found = BTreeSet::new();
    for (list, source) in lists.iter().enumerate() {
        for term in &source.terms {
            let list = u16::try_from(list).unwrap();
            match source.mode {
                Mode::Whole => {
                    whole(list, term, texts, &mut found);
                    for kinds in kinds(texts).readings() {
                        whole(list, term, &parted(texts, kinds), &mut found);
                    }
                }
                Mode::Exact => exact(list, term, texts, &mut found),
            }
        }
    }
    found
}

/// The kinds of escapes in any of the texts.
fn kinds(texts: &[String]) -> Kinds {
    texts.iter().map(|text| Kinds::of(text.as_bytes())).fold(Kinds::default(), Kinds::and)
}

/// The texts with blanks for escapes of these kinds.
fn parted(texts: &[String], kinds: Kinds) -> Vec<String> {
    let parted = texts.iter().map(|text| {
        let mut out = Vec::new();
        blanked(text.as_bytes(), kinds, &mut out);
        String::from_utf8(out).unwrap()
    });
    parted.collect()
}

fn whole(list: u16, term: &str, texts: &[String], found: &mut BTreeSet<(u16, u32, usize)>) {
    let wanted: Vec<char> = marks(&[String::from(term)], true).iter().map(|mark| mark.letter).collect();
    for weak_as_letters in [false, true] {
        let marks = marks(texts, weak_as_letters);
        // Of the matches that end at one place, the one that begins first.
        let mut begin_of = BTreeMap::new();
        for first in (0..marks.len()).filter(|at| marks[*at].begins) {
            for last in ends_of(&marks, first, &wanted).into_iter().filter(|at| marks[*at].ends) {
                begin_of.entry(last).or_insert(first);
            }
        }
        for (last, first) in begin_of {
            let (first, last) = (marks[first], marks[last]);
            let mut text = String::new();
            for (field, whole) in texts.iter().enumerate().take(last.field + 1).skip(first.field) {
                let from = if field == first.field { first.start } else { 0 };
                let to = if field == last.field { last.end } else { whole.len() };
                text.push_str(whole.get(from..to).unwrap());
            }
            let number = !text.contains(|c: char| c.is_ascii_alphabetic() || !c.is_ascii());
            if !(number && term.contains(char::is_alphabetic)) {
                found.insert((list, u32::try_from(first.field).unwrap(), first.start));
            }
        }
    }
}

/// The last marks of all ways in which `wanted` stands in `marks` from `at` on, where any sign but the first may be nothing.
fn ends_of(marks: &[Mark], at: usize, wanted: &[char]) -> BTreeSet<usize> {
    let (mut here, mut ends) = (BTreeSet::from([(at, 0)]), BTreeSet::new());
    while let Some((at, nth)) = here.pop_first() {
        let Some(mark) = marks.get(at) else { continue };
        if mark.letter == wanted[nth] {
            if nth + 1 == wanted.len() {
                ends.insert(at);
            } else {
                here.insert((at + 1, nth + 1));
            }
        }
        if mark.sign && nth > 0 {
            here.insert((at + 1, nth));
        }
    }
    ends
}

fn exact(list: u16, term: &str, texts: &[String], found: &mut BTreeSet<(u16, u32, usize)>) {
    let joined: String = texts.concat();
    let number = !term.contains(|c: char| c.is_ascii_alphabetic() || !c.is_ascii());
    assert!(!number || !term.contains(char::is_alphabetic));
    for at in 0..joined.len() {
        if joined.as_bytes()[at..].starts_with(term.as_bytes()) {
            let mut start = at;
            let mut field = 0;
            while start >= texts[field].len() {
                start -= texts[field].len();
                field += 1;
            }
            found.insert((list, u32::try_from(field).unwrap(), start));
        }
    }
}
