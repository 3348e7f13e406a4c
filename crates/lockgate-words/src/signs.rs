//! The second reading: each sign that may be a letter or a separator is taken both ways, one by one.
//!
//! `GR@NITE|OTTER` holds a term where `@` is a letter and `|` none. So all the places in terms at which the letters read so
//! far may stand are carried along: at a sign, those at which it is the next letter, and those at which it is nothing. There
//! are never more of them than places in the terms, and each costs a step.

use crate::letters::{Edge, Letters};
use crate::matcher::Matcher;
use aho_corasick::automaton::StateID;
use alloc::vec::Vec;
use lockgate_bytes::{Budget, OverBudget};

/// A place in terms at which the letters may stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) state: StateID,
    /// Letters of a term up to here.
    pub(crate) depth: usize,
    /// The letter that it began with.
    begin: Edge,
}

/// Working memory.
#[derive(Debug, Default)]
pub(crate) struct Places {
    here: Vec<Place>,
    next: Vec<Place>,
}

impl Places {
    /// Gives every term in `letters` with the edge at which it begins and the letter behind which it ends. Of two that end alike, the one that begins first is given: the other stands in it.
    ///
    /// # Errors
    /// [`OverBudget`] as soon as the places cost more than is left.
    pub(crate) fn walk(
        &mut self,
        matcher: &Matcher,
        letters: &Letters,
        budget: &mut Budget,
        mut found: impl FnMut(usize, Edge, usize),
    ) -> Result<(), OverBudget> {
        let mut begins = letters.edges().iter().step_by(2).peekable();
        let mut signs = letters.signs().iter().peekable();
        self.here.clear();
        for (at, letter) in letters.letters().iter().enumerate() {
            if let Some(begin) = begins.next_if(|edge| edge.letters == at) {
                self.here.push(Place { state: matcher.start(), depth: 0, begin: *begin });
            }
            let sign = signs.next_if(|sign| **sign == at).is_some();
            self.next.clear();
            budget.spend(u64::try_from(self.here.len()).unwrap_or(u64::MAX))?;
            for place in &self.here {
                let depth = place.depth.saturating_add(1);
                let stands = |term| found(term, place.begin, at.saturating_add(1));
                if let Some(state) = matcher.step(place.state, *letter, depth, stands) {
                    self.next.push(Place { state, depth, ..*place });
                }
                if sign && place.depth > 0 {
                    self.next.push(*place);
                }
            }
            if sign {
                // The same place on two ways: what follows is the same for both.
                self.next.sort_unstable_by_key(|place| (place.state, place.begin.letters));
                self.next.dedup_by_key(|place| place.state);
            }
            core::mem::swap(&mut self.here, &mut self.next);
        }
        Ok(())
    }
}
