//! One object's texts against all lists of a lane.

use crate::conceal;
use crate::escapes::{Kinds, begins_escape};
use crate::fold::{FIRST_OF_TAG, ShortFolds, weak_letter};
use crate::letters::{Letters, Weak};
use crate::lists::{Found, Hit, MAX_HITS_A_LIST, Mode, Term, WordLists};
use crate::matcher::Matcher;
use crate::scratch::Scratch;
use alloc::vec::Vec;
use lockgate_bytes::{Budget, OverBudget};
use lockgate_reason::words;

impl WordLists {
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
            let signs = self.scan_letters(matcher, scratch, budget, out)?;
            let kinds = if signs.escapes { Kinds::of(&scratch.joined) } else { Kinds::default() };
            for kinds in kinds.readings() {
                budget.spend(u64::try_from(scratch.joined.len()).unwrap_or(u64::MAX))?;
                scratch.part_at_escapes(kinds);
                let scanned = self.scan_letters(matcher, scratch, budget, out);
                scratch.as_it_stands();
                scanned?;
            }
        }
        if let Some(matcher) = &self.exact {
            self.scan_exact(matcher, scratch, budget, out)?;
        }
        for field in scratch.fields.iter().filter(|field| field.free) {
            let from = scratch.joined.get(field.start..).unwrap_or(&[]);
            conceal::find(from, field.len, |code, start, end| {
                let at = |offset: usize| field.start.saturating_add(offset);
                let span = field.span_of(at(start), at(end));
                out.push(Hit { found: Found::Concealed(code.id()), code, field: field.index, span, term: 0 });
            });
        }
        if out.len() > 1 {
            out.sort_unstable_by_key(|hit| (hit.span.start, hit.span.end, hit.field, hit.found, hit.term));
            // One place is one hit of a list, of however many of its terms.
            out.dedup_by_key(|hit| (hit.span, hit.field, hit.found));
        }
        Ok(())
    }

    /// Signs are separators; where there are any, they are read both ways too. Gives which signs there are.
    fn scan_letters(
        &self,
        matcher: &Matcher,
        scratch: &mut Scratch,
        budget: &mut Budget,
        out: &mut Vec<Hit>,
    ) -> Result<Signs, OverBudget> {
        let signs = self.scan_whole(matcher, scratch, budget, out)?;
        if signs.weak {
            self.scan_signs(matcher, scratch, budget, out)?;
        }
        Ok(signs)
    }

    /// Signs are separators. Gives which there are.
    fn scan_whole(
        &self,
        matcher: &Matcher,
        scratch: &mut Scratch,
        budget: &mut Budget,
        out: &mut Vec<Hit>,
    ) -> Result<Signs, OverBudget> {
        let look = scratch.look(Weak::Apart, matcher);
        budget.spend(look.steps)?;
        if look.ascii && !look.possible {
            return Ok(Signs { weak: look.weak, escapes: look.escapes });
        }
        let mut letters = core::mem::take(&mut scratch.letters);
        read_letters(&mut letters, scratch, Weak::Apart, look.ascii, &self.folds);
        let mut steps = 0_u64;
        for edges in letters.edges().chunks_exact(2) {
            let [begin, _] = edges else { continue };
            let key = letters.padded().get(begin.letters..).and_then(|rest| rest.first_chunk::<4>());
            let Some(key) = key else { continue };
            if !matcher.may_begin(*key) {
                continue;
            }
            let rest = letters.letters().get(begin.letters..).unwrap_or(&[]);
            steps = steps.saturating_add(matcher.walk(rest.iter().copied(), |term, len| {
                let end = begin.letters.saturating_add(len);
                if let (Some(end), Some(term)) = (word_end(&letters, end), self.whole_terms.get(term)) {
                    record(term, Mode::Whole, begin.at, end, scratch, out);
                }
            }));
        }
        scratch.letters = letters;
        budget.spend(steps)?;
        Ok(if look.ascii {
            Signs { weak: look.weak, escapes: look.escapes }
        } else {
            Signs::of(&scratch.joined)
        })
    }

    /// Each sign is a letter or a separator, whichever makes a term.
    fn scan_signs(
        &self,
        matcher: &Matcher,
        scratch: &mut Scratch,
        budget: &mut Budget,
        out: &mut Vec<Hit>,
    ) -> Result<(), OverBudget> {
        let look = scratch.look(Weak::Letters, matcher);
        budget.spend(look.steps)?;
        if look.ascii && !look.possible {
            return Ok(());
        }
        let mut letters = core::mem::take(&mut scratch.letters);
        let mut places = core::mem::take(&mut scratch.places);
        read_letters(&mut letters, scratch, Weak::Letters, look.ascii, &self.folds);
        let walked = places.walk(matcher, &letters, budget, |term, begin, end| {
            if let (Some(end), Some(term)) = (word_end(&letters, end), self.whole_terms.get(term)) {
                record(term, Mode::Whole, begin.at, end, scratch, out);
            }
        });
        (scratch.letters, scratch.places) = (letters, places);
        walked
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
            steps = steps.saturating_add(matcher.walk(rest.iter().copied(), |term, len| {
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

/// What stands in a text that may be read in another way.
#[derive(Clone, Copy)]
struct Signs {
    /// A sign that may be a letter, or what may be a tag.
    weak: bool,
    /// What an escape may begin with.
    escapes: bool,
}

impl Signs {
    /// Those of any text. No early end: many bytes a step.
    fn of(text: &[u8]) -> Self {
        let (mut weak, mut escapes) = (false, false);
        for byte in text {
            weak |= weak_letter(*byte).is_some() | (*byte == FIRST_OF_TAG);
            escapes |= begins_escape(*byte);
        }
        Self { weak, escapes }
    }
}

fn read_letters(letters: &mut Letters, scratch: &Scratch, weak: Weak, ascii: bool, folds: &ShortFolds) {
    let joined = scratch.joined.as_slice();
    letters.begin(joined.len());
    if weak == Weak::Apart && ascii {
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
    for (list, term) in &term.lists {
        let Some(count) = scratch.counts.get_mut(usize::from(*list)) else { continue };
        if *count < MAX_HITS_A_LIST {
            *count = count.saturating_add(1);
            let found = Found::Word { list: *list, mode };
            out.push(Hit { found, code: words::LISTED_WORD, field: field.index, span, term: *term });
        }
    }
}
