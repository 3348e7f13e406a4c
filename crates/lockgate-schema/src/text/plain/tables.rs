//! Tables, as the plain interpreter reads them.

use super::{Around, Walk};
use crate::fault::Stop;
use crate::text::model::{Columns, Field};
use crate::text::says;
use lockgate_bytes::Span;
use lockgate_reason::schema;

impl Walk<'_, '_> {
    pub(super) fn table(&mut self, table: &Columns, around: Around) -> Result<(), Stop> {
        let end = self.at.saturating_add(table.id.len());
        let named = self.bytes.get(self.at..end) == Some(table.id.as_slice());
        if !named || !matches!(self.byte(end), None | Some(b'\n' | b'\r')) {
            return if table.rows.min == 0 { Ok(()) } else { Err(self.missing(table.node, around)) };
        }
        let stands_to = self.text_end(self.at, around)?;
        if stands_to != end {
            return Err(around.stop(schema::TRAILING_BYTES, self.at, stands_to, Some(says::AFTER_END)));
        }
        self.line_ends(end, around)?;
        self.headings(table, around)?;
        let mut count = 0_u16;
        while !self.table_row(table, count, around)? {
            count = count.saturating_add(1);
        }
        self.enough(table.node, table.rows, count.saturating_add(1), around)
    }

    pub(super) fn headings(&mut self, table: &Columns, around: Around) -> Result<(), Stop> {
        let start = self.at;
        let end = self.text_end(start, around)?;
        let mut cells = self.bytes.get(start..end).unwrap_or(&[]).split(|byte| *byte == self.layout.between);
        let mut right = cells.next() == Some(&[]);
        for (left, column) in table.columns.iter().rev().enumerate().rev() {
            let cell = cells.next();
            right &= cell.is_some_and(|cell| without_blanks(cell) == column.heading.as_slice());
            self.exact &= cell.is_some_and(|cell| is_wide(cell, column.width, left == 0));
        }
        if !right || cells.next().is_some() {
            let list = around.at(table.node);
            return Err(list.stop(schema::WRONG_CONSTANT, start, end, Some(says::HEADINGS)));
        }
        self.line_ends(end, around)
    }

    /// Reads a row; true where it is the last.
    pub(super) fn table_row(&mut self, table: &Columns, count: u16, around: Around) -> Result<bool, Stop> {
        let list = around.at(table.node);
        let (start, all) = (self.at, self.bytes.len());
        if start >= all {
            return Err(around.stop(schema::NOT_WELL_FORMED, all, all, Some(says::CUT_OFF)));
        }
        if count == table.rows.max {
            return Err(list.stop(schema::TOO_MANY, start, start.saturating_add(1), None));
        }
        let line_end = self.text_end(start, around)?;
        let is_mark = |at: &usize| {
            self.byte(*at) == Some(self.layout.between)
                && at.saturating_add(1) < line_end
                && self.byte(at.saturating_add(1)) == Some(self.layout.between)
        };
        let mark = (start..line_end).find(is_mark);
        let cells_end = mark.unwrap_or(line_end);
        let (row, between) = (self.bytes.get(start..cells_end).unwrap_or(&[]), self.layout.between);
        let stop = |says| list.stop(schema::NOT_WELL_FORMED, start, line_end, Some(says));
        let Some(cells) = row.strip_prefix(&[between]) else { return Err(stop(says::NO_ROW)) };
        let cells = cells.split(|byte| *byte == between);
        let columns = table.columns.len();
        if cells.clone().count() != columns {
            return Err(stop(says::CELLS));
        }
        let after = mark.map_or(line_end, |mark| mark.saturating_add(2));
        self.closed(after, around)?;
        let whole = Span::new(start, after);
        let Some(row) = self.into.record.push_row(around.block, table.slot, table.rows.width, whole) else {
            return Err(list.stop(schema::TOO_MANY, start, start, None));
        };
        let inside = around.row(table.node, count, row);
        let mut at = start;
        for (number, (column, cell)) in table.columns.iter().zip(cells).enumerate() {
            at = at.saturating_add(1);
            self.exact &= is_wide(cell, column.width, number.saturating_add(1) == columns);
            let text = without_blanks(cell);
            if text.is_empty() {
                let end = at.saturating_add(cell.len());
                return Err(inside.stop(schema::NOT_WELL_FORMED, at, end, Some(says::EMPTY_FIELD)));
            }
            if let Field::Value(leaf) = &column.field {
                let kept = self.keep(text);
                self.one(leaf, kept, Span::new(at, at.saturating_add(text.len())), inside);
            }
            at = at.saturating_add(cell.len());
        }
        Ok(mark.is_some())
    }
}

/// True where a cell has blanks up to the width of its column and no more; none in the last of its line.
fn is_wide(cell: &[u8], width: usize, last: bool) -> bool {
    let text = without_blanks(cell).len();
    cell.len() == if last { text } else { text.max(width) }
}

fn without_blanks(cell: &[u8]) -> &[u8] {
    let mut cell = cell;
    while let [rest @ .., b' '] = cell {
        cell = rest;
    }
    cell
}
