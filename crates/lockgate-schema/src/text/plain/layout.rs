//! The one way to lay out a set, by the interpreter's own rules: what was read is laid out again, and each piece of that
//! compared with what arrived.

use super::Walk;
use super::letters::Letters;
use crate::text::model::{Field, Layout, Set, Takes};

impl Walk<'_, '_> {
    /// True where a set from `start` to `after` is laid out in the one way; `letters` is what stands behind its identifier.
    pub(super) fn is_laid_out(
        &self,
        set: &Set,
        letters: Letters<'_>,
        (start, after): (usize, usize),
    ) -> bool {
        // Where a set ends with its line there is nothing to choose.
        if self.layout.by_line {
            return true;
        }
        let mut lines = Lines { layout: self.layout, left: self.bytes.get(start..after), used: 0 };
        lines.add(&set.id);
        lines.set(set, letters);
        lines.left.is_some_and(<[u8]>::is_empty)
    }
}

/// Lines as they grow.
struct Lines<'a> {
    layout: &'a Layout,
    /// What arrived behind all that was laid out; `None` once that is something else.
    left: Option<&'a [u8]>,
    /// Characters of the line so far.
    used: usize,
}

impl Lines<'_> {
    /// What stands behind the identifier of a set, and its end.
    fn set(&mut self, set: &Set, letters: Letters<'_>) {
        let ends = [self.layout.between; 2];
        let [between, _] = ends;
        let Some((_, first)) = letters.each().next() else { return self.add(&ends) };
        self.add(&[between]);
        let mut wanted = takes(set);
        let mut rest = Some(Letters { at: first.saturating_add(1), ..letters });
        while let Some(left) = rest {
            let takes = wanted.next().unwrap_or(Takes::One);
            let (unit, others) = left.cut(takes, between);
            let behind: &[u8] = if others.is_some() { &[between] } else { &ends };
            if takes == Takes::Rest {
                self.free(unit);
                self.add(behind);
            } else {
                self.unit(unit, behind);
            }
            rest = others;
        }
    }

    fn add(&mut self, text: &[u8]) {
        self.put(text);
        self.used = self.used.saturating_add(text.len());
    }

    /// The same, of what is no character of a line.
    fn put(&mut self, text: &[u8]) {
        self.left = self.left.and_then(|left| left.strip_prefix(text));
    }

    fn fits(&self, more: usize) -> bool {
        let most = usize::from(self.layout.line);
        most == 0 || !self.layout.joined || self.used.saturating_add(more) <= most
    }

    fn break_line(&mut self) {
        self.put(if self.layout.crlf { b"\r\n" } else { b"\n" });
        self.used = 0;
    }

    fn next_line(&mut self) {
        self.break_line();
        (0..self.layout.indent).for_each(|_| self.add(b" "));
    }

    /// Text of several lines, as it is.
    fn free(&mut self, text: Letters<'_>) {
        for (letter, _) in text.each() {
            if letter == b'\n' {
                self.break_line();
            } else {
                self.add(&[letter]);
            }
        }
    }

    /// A field and what stands behind it: together where a line has room for them, in the next one where this has not.
    fn unit(&mut self, unit: Letters<'_>, behind: &[u8]) {
        let all = unit.each().count().saturating_add(behind.len());
        if !self.fits(all) && self.used > usize::from(self.layout.indent) {
            self.next_line();
        }
        let whole = self.fits(all);
        // Where no line has room for it: as many characters as fit, blanks never first.
        let mut rest = unit.each();
        while let Some((letter, _)) = rest.next() {
            let blanks = rest.clone().take_while(|(letter, _)| *letter == b' ').count();
            if !whole && !self.fits(blanks.saturating_add(1)) {
                self.next_line();
            }
            self.add(&[letter]);
            rest.by_ref().take(blanks).for_each(|_| self.add(b" "));
        }
        if !whole && !self.fits(behind.len()) {
            self.next_line();
        }
        self.add(behind);
    }
}

/// What each value of a set takes: what is never divided but where no line has room is a field, or the two of one value.
fn takes(set: &Set) -> impl Iterator<Item = Takes> {
    let of = |field: &Field| match field {
        Field::Present { .. } => None,
        Field::Value(value) => Some(value.form.takes()),
        Field::Choice { .. } | Field::Fixed(_) => Some(Takes::One),
    };
    let rows = set.group.iter().flat_map(|group| group.fields.iter()).filter_map(of);
    set.fields.iter().filter_map(of).chain(rows.cycle())
}
