//! Sets and tables: where they end, and which fields they have.

use super::Run;
use super::fields::Wire;
use crate::text::model::{Column, Columns, Field, Group, Set};
use crate::text::{says, write};
use lockgate_bytes::Span;
use lockgate_reason::schema;
use lockgate_record::{Block, Place, Value};

/// Characters of a checksum.
const SUM: usize = 3;

impl<'a> Run<'a, '_> {
    /// Reads a set, or all of those that stand in a row.
    pub(super) fn set(&mut self, set: &'a Set) -> Option<()> {
        let Some(rows) = set.rows else {
            if !self.has_set(&set.id) {
                return if set.optional { Some(()) } else { self.unexpected(self.place.at(set.node)) };
            }
            let wire = self.body(set)?;
            self.into.record.fill(self.block, set.slot, Value::Present, wire.whole);
            return self.fields(set, wire, self.block, self.place.at(set.node));
        };
        let mut count = 0_u16;
        while self.has_set(&set.id) {
            if count >= rows.max {
                return self.too_many(set.node, set.id.len());
            }
            let wire = self.body(set)?;
            let row = self.into.record.push_row(self.block, set.slot, rows.width, wire.whole)?;
            self.fields(set, wire, row, self.place.at(set.node).in_row(count))?;
            count = count.wrapping_add(1);
        }
        if count == 0 && rows.min > 0 {
            return self.unexpected(self.place.at(set.node));
        }
        self.enough(set.node, rows, count)
    }

    /// Finds where the set at hand ends; goes on behind its line.
    fn body(&mut self, set: &Set) -> Option<Wire> {
        let start = self.at;
        let from = start.wrapping_add(set.id.len());
        let layout = &self.program.layout;
        let (end, after, wrapped) = if layout.by_line {
            let summed = layout.summed;
            let (after, _) = self.line_end(from)?;
            let end = if summed { self.checksum(start, from, after)? } else { after };
            (end, after, false)
        } else {
            let (end, wrapped) = self.end_mark(from, set.is_free())?;
            // A value of two fields is written whole into one line or broken anywhere: the emitter has to say where.
            self.unsure |= wrapped && set.has_halves();
            (end, end.wrapping_add(2), wrapped && !set.is_free())
        };
        self.close(after)?;
        let empty = end == from;
        let first = if empty { end } else { from.wrapping_add(1) };
        Some(Wire { at: first, end, over: empty, wrapped, whole: Span::new(start, after) })
    }

    /// Where the fields of a set end that begins at `start` and ends, with its checksum, at `after`.
    fn checksum(&mut self, start: usize, from: usize, after: usize) -> Option<usize> {
        let end = after.wrapping_sub(SUM);
        let told = self.bytes.get(end.max(from)..after).and_then(|told| told.strip_prefix(b"*"));
        let Some(digits) = told.filter(|digits| digits.len() == 2) else {
            let end = if end > after { from } else { end.max(from) };
            return self.stop(schema::WRONG_CHECKSUM, end, after, Some(says::NO_SUM));
        };
        let body = self.bytes.get(start.wrapping_add(1)..end)?;
        if write::checksum(body.iter().fold(0, |sum, byte| sum ^ byte)) != digits {
            return self.stop(schema::WRONG_CHECKSUM, end, after, None);
        }
        Some(end)
    }

    /// A set or table ends before `after`; there its line has to end too.
    fn close(&mut self, after: usize) -> Option<()> {
        let (end, next) = self.line_end(after)?;
        if end != after {
            return self.stop(schema::TRAILING_BYTES, after, end, Some(says::AFTER_END));
        }
        self.end_line(end, next)
    }

    /// Where the two separators stand that end a set whose first separator is at `from`, and whether it has line breaks.
    fn end_mark(&mut self, from: usize, free: bool) -> Option<(usize, bool)> {
        let between = self.program.layout.between;
        let (mut at, mut wrapped) = (from, false);
        loop {
            let rest = self.bytes.get(at..).unwrap_or(&[]);
            let Some(length) = rest.iter().position(|byte| *byte == between || *byte == b'\n') else {
                let all = self.bytes.len();
                return self.stop(schema::NOT_WELL_FORMED, all, all, Some(says::CUT_OFF));
            };
            at = at.wrapping_add(length);
            let next = at.wrapping_add(1);
            if self.bytes.get(at) == Some(&between) {
                if self.bytes.get(next) == Some(&between) {
                    return Some((at, wrapped));
                }
                at = next;
            } else {
                at = if free { self.free_break(at, from)? } else { self.wrap(at, from)? };
                wrapped = true;
            }
        }
    }

    /// A line break inside free text.
    fn free_break(&mut self, at: usize, from: usize) -> Option<usize> {
        let end = self.before_break(at, from)?;
        self.short_enough(end)?;
        self.line = at.wrapping_add(1);
        Some(self.line)
    }

    /// A line break at `at` inside a set: where the set goes on.
    fn wrap(&mut self, at: usize, from: usize) -> Option<usize> {
        let end = self.before_break(at, from)?;
        let layout = &self.program.layout;
        let next = at.wrapping_add(1);
        if !layout.joined {
            return self.stop(schema::NOT_WELL_FORMED, end, next, Some(says::NOT_ENDED));
        }
        self.short_enough(end)?;
        let rest = self.bytes.get(next..).unwrap_or(&[]);
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        let on = next.wrapping_add(blanks);
        let Some(byte) = self.bytes.get(on).copied() else {
            return self.stop(schema::NOT_WELL_FORMED, on, on, Some(says::CUT_OFF));
        };
        if matches!(byte, b'\n' | b'\r') {
            return self.stop(schema::NOT_WELL_FORMED, next, on.wrapping_add(1), Some(says::BLANK_LINE));
        }
        if layout.indent > 0 && blanks == 0 {
            return self.stop(schema::NOT_WELL_FORMED, next, next.wrapping_add(1), Some(says::NO_INDENT));
        }
        let before = self.bytes.get(end.wrapping_sub(1));
        self.unsure |= !self.breaks_as_written(end, on, blanks);
        if before == Some(&layout.between) && byte == layout.between {
            return self.stop(schema::NOT_WELL_FORMED, on, on.wrapping_add(1), Some(says::EMPTY_FIELD));
        }
        self.line = next;
        Some(on)
    }

    /// True where the emitter breaks a line that ends at `end` and goes on at `on` behind so many blanks: behind a
    /// separator, where the next field has no room, and the next line has room for it.
    fn breaks_as_written(&self, end: usize, on: usize, blanks: usize) -> bool {
        let layout = &self.program.layout;
        let (most, used) = (usize::from(layout.line), end.wrapping_sub(self.line));
        let rest = self.bytes.get(on..).unwrap_or(&[]);
        let ends = |byte: &u8| *byte == layout.between || matches!(byte, b'\n' | b'\r');
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let next = rest.get(length..).unwrap_or(&[]);
        let behind = next.iter().take(2).take_while(|byte| **byte == layout.between).count();
        let field = length.wrapping_add(behind);
        self.bytes.get(end.wrapping_sub(1)) == Some(&layout.between)
            && blanks == usize::from(layout.indent)
            && used > blanks
            && behind > 0
            && used.wrapping_add(field) > most
            && blanks.wrapping_add(field) <= most
    }

    /// Reads the fields of a set into `block`.
    fn fields(&mut self, set: &'a Set, mut wire: Wire, block: Block, place: Place) -> Option<()> {
        self.nil = false;
        for field in &set.fields {
            self.field(field, &mut wire, block, place);
        }
        if wire.over && !self.program.layout.full {
            // What says nothing at the end of a set is not written.
            self.exact &= !self.nil;
        }
        if let Some(group) = &set.group {
            self.group(group, &mut wire, block, place)?;
        }
        if wire.over {
            return Some(());
        }
        self.stop_at(schema::UNKNOWN_PART, (wire.at, wire.end), Some(says::MORE_FIELDS), place)
    }

    fn group(&mut self, group: &'a Group, wire: &mut Wire, block: Block, place: Place) -> Option<()> {
        let mut count = 0_u16;
        while !wire.over {
            let start = wire.at;
            let list = place.at(group.node);
            if count >= group.rows.max {
                return self.stop_at(schema::TOO_MANY, (start, wire.end), None, list);
            }
            let row =
                self.into.record.push_row(block, group.slot, group.rows.width, Span::new(start, start))?;
            let mut first = true;
            for field in &group.fields {
                let last = !wire.over;
                self.field(field, wire, row, list.in_row(count));
                // The first field of a row is written whatever it says.
                self.exact &= self.program.layout.full || !(last && wire.over && self.nil && !first);
                first = false;
            }
            let end = if wire.over { wire.end } else { wire.at };
            self.into.record.row_stands(block, group.slot, row, Span::new(start, end));
            count = count.wrapping_add(1);
        }
        if count < group.rows.min {
            return self.stop_at(schema::TOO_FEW, (wire.end, wire.end), None, place.at(group.node));
        }
        Some(())
    }

    /// Reads a table.
    pub(super) fn columns(&mut self, table: &'a Columns) -> Option<()> {
        let named = self.rest().strip_prefix(table.id.as_slice());
        if !named.is_some_and(|rest| matches!(rest.first(), None | Some(b'\n' | b'\r'))) {
            let place = self.place.at(table.node);
            return if table.rows.min > 0 { self.unexpected(place) } else { Some(()) };
        }
        let (end, next) = self.line_end(self.at)?;
        if end != self.at.wrapping_add(table.id.len()) {
            return self.stop(schema::TRAILING_BYTES, self.at, end, Some(says::AFTER_END));
        }
        self.end_line(end, next)?;
        self.headings(table)?;
        let mut count = 0_u16;
        loop {
            let last = self.table_row(table, count)?;
            count = count.wrapping_add(1);
            if last {
                return self.enough(table.node, table.rows, count);
            }
        }
    }

    fn headings(&mut self, table: &Columns) -> Option<()> {
        let between = self.program.layout.between;
        let (end, next) = self.line_end(self.at)?;
        let start = self.at;
        let line = self.bytes.get(start..end).unwrap_or(&[]);
        let right = line.strip_prefix(&[between]).is_some_and(|cells| {
            let cells = cells.split(|byte| *byte == between).map(trimmed);
            cells.eq(table.columns.iter().map(|column| column.heading.as_slice()))
        });
        let cells = line.split(|byte| *byte == between).skip(1);
        let last = table.columns.len().wrapping_sub(1);
        for (at, (cell, column)) in cells.zip(&table.columns).enumerate() {
            self.exact &= is_padded(cell.len(), column.heading.len(), column.width, at == last);
        }
        if !right {
            let place = self.place.at(table.node);
            return self.stop_at(schema::WRONG_CONSTANT, (start, end), Some(says::HEADINGS), place);
        }
        self.end_line(end, next)
    }

    /// Reads one row; true where it is the last.
    fn table_row(&mut self, table: &'a Columns, count: u16) -> Option<bool> {
        let between = self.program.layout.between;
        let (start, all) = (self.at, self.bytes.len());
        let list = self.place.at(table.node);
        if start == all {
            return self.stop(schema::NOT_WELL_FORMED, all, all, Some(says::CUT_OFF));
        }
        if count >= table.rows.max {
            return self.stop_at(schema::TOO_MANY, (start, start.wrapping_add(1)), None, list);
        }
        let (end, _) = self.line_end(start)?;
        let line = self.bytes.get(start..end).unwrap_or(&[]);
        let mark = line.windows(2).position(|pair| pair == [between, between]);
        let (cells_end, after) = match mark {
            Some(at) => {
                let at = start.wrapping_add(at);
                (at, at.wrapping_add(2))
            }
            None => (end, end),
        };
        let cells = self.bytes.get(start..cells_end).unwrap_or(&[]);
        if cells.first() != Some(&between) {
            return self.stop_at(schema::NOT_WELL_FORMED, (start, end), Some(says::NO_ROW), list);
        }
        let many = cells.iter().filter(|byte| **byte == between).count();
        if many != table.columns.len() {
            return self.stop_at(schema::NOT_WELL_FORMED, (start, end), Some(says::CELLS), list);
        }
        self.close(after)?;
        let span = Span::new(start, after);
        let row = self.into.record.push_row(self.block, table.slot, table.rows.width, span)?;
        let mut at = start.wrapping_add(1);
        let last = table.columns.len().wrapping_sub(1);
        for (index, column) in table.columns.iter().enumerate() {
            at = self.cell(column, (at, cells_end), row, (list.in_row(count), index == last))?;
        }
        Some(mark.is_some())
    }

    /// Reads the cell at `at`; gives where the next one begins.
    fn cell(
        &mut self,
        column: &'a Column,
        (at, end): (usize, usize),
        row: Block,
        (place, last): (Place, bool),
    ) -> Option<usize> {
        let between = self.program.layout.between;
        let rest = self.bytes.get(at..end).unwrap_or(&[]);
        let length = rest.iter().position(|byte| *byte == between).unwrap_or(rest.len());
        let text = trimmed(rest.get(..length).unwrap_or(&[]));
        let stop = at.wrapping_add(text.len());
        self.exact &= is_padded(length, text.len(), column.width, last);
        if text.is_empty() {
            return self.stop_at(
                schema::NOT_WELL_FORMED,
                (at, at.wrapping_add(length)),
                Some(says::EMPTY_FIELD),
                place,
            );
        }
        let mut wire = Wire { at, end: stop, over: false, wrapped: false, whole: Span::new(at, stop) };
        match &column.field {
            Field::Present { .. } | Field::Fixed(_) => {}
            field => self.field(field, &mut wire, row, place),
        }
        Some(at.wrapping_add(length).wrapping_add(1))
    }
}

/// True where a cell is as wide as it is written: up to its column's width, unless it is the last of its line.
fn is_padded(length: usize, text: usize, width: usize, last: bool) -> bool {
    length == if last { text } else { text.max(width) }
}

/// Without the blanks behind it.
fn trimmed(cell: &[u8]) -> &[u8] {
    let blanks = cell.iter().rev().take_while(|byte| **byte == b' ').count();
    cell.get(..cell.len().wrapping_sub(blanks)).unwrap_or(&[])
}
