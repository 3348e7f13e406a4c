//! The one way to lay out a set, by the interpreter's own rules: what was read is laid out again and compared with what
//! arrived.

use super::Walk;
use crate::text::model::{Field, Set, Takes};

impl Walk<'_, '_> {
    /// True where a set from `start` to `after` is laid out in the one way; `letters` is what stands behind its identifier,
    /// without line breaks save those of free text.
    pub(super) fn is_laid_out(&self, set: &Set, letters: &[u8], (start, after): (usize, usize)) -> bool {
        // Where a set ends with its line there is nothing to choose.
        self.layout.by_line || self.bytes.get(start..after) == Some(self.laid_out(set, letters).as_slice())
    }

    fn laid_out(&self, set: &Set, letters: &[u8]) -> Vec<u8> {
        let between = self.layout.between;
        let mut lines = Lines { walk: self, out: set.id.clone(), used: set.id.len() };
        let Some((_, rest)) = letters.split_first() else {
            lines.out.extend([between, between]);
            return lines.out;
        };
        lines.add(&[between]);
        let units = units(set, rest, between);
        for (number, (unit, free)) in units.iter().enumerate() {
            let last = number.saturating_add(1) == units.len();
            let behind = vec![between; if last { 2 } else { 1 }];
            if *free {
                lines.free(unit);
                lines.add(&behind);
            } else {
                lines.unit(unit, &behind);
            }
        }
        lines.out
    }

    /// How a line ends.
    fn line_break(&self) -> &'static [u8] {
        if self.layout.crlf { b"\r\n" } else { b"\n" }
    }
}

/// Lines as they grow.
struct Lines<'w, 'a, 'b> {
    walk: &'w Walk<'a, 'b>,
    out: Vec<u8>,
    /// Characters of the line so far.
    used: usize,
}

impl Lines<'_, '_, '_> {
    fn add(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
        self.used = self.used.saturating_add(text.len());
    }

    fn fits(&self, more: usize) -> bool {
        let most = usize::from(self.walk.layout.line);
        most == 0 || !self.walk.layout.joined || self.used.saturating_add(more) <= most
    }

    fn next_line(&mut self) {
        self.out.extend_from_slice(self.walk.line_break());
        self.used = usize::from(self.walk.layout.indent);
        self.out.extend(vec![b' '; self.used]);
    }

    /// Text of several lines, as it is.
    fn free(&mut self, text: &[u8]) {
        for byte in text {
            if *byte == b'\n' {
                self.out.extend_from_slice(self.walk.line_break());
                self.used = 0;
            } else {
                self.add(&[*byte]);
            }
        }
    }

    /// A field and what stands behind it: together where a line has room for them, in the next one where this has not.
    fn unit(&mut self, unit: &[u8], behind: &[u8]) {
        let all = unit.len().saturating_add(behind.len());
        if !self.fits(all) && self.used > usize::from(self.walk.layout.indent) {
            self.next_line();
        }
        if self.fits(all) {
            self.add(unit);
            return self.add(behind);
        }
        // No line has room for it: as many characters as fit, blanks never first.
        let mut rest = unit;
        while let Some((letter, others)) = rest.split_first() {
            let blanks = others.iter().position(|byte| *byte != b' ').unwrap_or(others.len());
            let (blank, others) = others.split_at_checked(blanks).unwrap_or((others, &[]));
            if !self.fits(blanks.saturating_add(1)) {
                self.next_line();
            }
            self.add(&[*letter]);
            self.add(blank);
            rest = others;
        }
        if !self.fits(behind.len()) {
            self.next_line();
        }
        self.add(behind);
    }
}

/// What is never divided but where no line has room: each field, or the two that one value takes; and which of them is
/// free text.
fn units<'l>(set: &Set, letters: &'l [u8], between: u8) -> Vec<(&'l [u8], bool)> {
    let takes = |field: &Field| match field {
        Field::Present { .. } => None,
        Field::Value(value) => Some(value.form.takes()),
        Field::Choice { .. } | Field::Fixed(_) => Some(Takes::One),
    };
    let own = set.fields.iter().filter_map(takes);
    let rows = set.group.iter().flat_map(|group| group.fields.iter()).filter_map(takes).collect::<Vec<_>>();
    let mut wanted = own.chain(rows.into_iter().cycle());
    let (mut found, mut rest) = (Vec::new(), Some(letters));
    while let Some(left) = rest {
        let takes = wanted.next().unwrap_or(Takes::One);
        let mut ends = left.iter().enumerate().filter(|(_, byte)| **byte == between).map(|(at, _)| at);
        let end = match takes {
            Takes::One => ends.next(),
            Takes::Two => ends.nth(1),
            Takes::Rest => None,
        };
        let (unit, behind) = match end.and_then(|end| left.split_at_checked(end)) {
            Some((unit, behind)) => (unit, behind.get(1..)),
            None => (left, None),
        };
        found.push((unit, takes == Takes::Rest));
        rest = behind;
    }
    found
}
