//! The plain interpreter of formatted text: walks the tree, copies each set without its line breaks, and keeps no
//! tables. It reads every rewritten object again, so it shares with the compiled program nothing but the description and
//! the sentences.

use super::model::{Columns, Field, Item, Layout, Line, Message, Segment, Set};
use super::says;
use crate::fault::{Fault, Stop};
use crate::model::Rows;
use lockgate_bytes::{Budget, Span};
use lockgate_core::Inspection;
use lockgate_reason::{Code, framing, schema};
use lockgate_record::{Block, NodeId, Place, Slot, Value};

mod fields;
mod values;

/// Reads `bytes` into `into`, which has just begun.
pub(crate) fn inspect(
    of: &Message,
    (root, size): (NodeId, usize),
    bytes: &[u8],
    into: &mut Inspection,
    budget: &mut Budget,
) {
    let place = Place::of(root);
    let steps = u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_add(1);
    if bytes.is_empty() {
        return into.reasons.push(Fault::new(framing::EMPTY, 0, 0).reason(place));
    }
    if bytes.len() > size {
        return into.reasons.push(Fault::new(framing::OVER_SIZE, size, bytes.len()).reason(place));
    }
    if budget.spend(steps).is_err() {
        return into.reasons.push(Fault::new(framing::OVER_BUDGET, 0, bytes.len()).reason(place));
    }
    into.record.set(Block::ROOT, Slot(0), Value::Present, Span::new(0, bytes.len()));
    let mut walk = Walk { bytes, of, layout: &of.layout, into, at: 0, line: 0 };
    let around = Around { place, block: Block::ROOT };
    let walked = walk.items(&of.items, around).and_then(|()| walk.ended(around));
    if let Err(Stop { fault, place }) = walked {
        walk.into.reasons.push(fault.reason(place));
    }
}

/// One reading.
struct Walk<'a, 'b> {
    bytes: &'a [u8],
    of: &'a Message,
    layout: &'a Layout,
    into: &'b mut Inspection,
    at: usize,
    /// Where the line begins that is being read.
    line: usize,
}

/// What is being read.
#[derive(Clone, Copy)]
struct Around {
    place: Place,
    block: Block,
}

impl Around {
    /// A row of one of its lists.
    fn row(self, list: NodeId, row: u16, block: Block) -> Self {
        Self { place: self.place.at(list).in_row(row), block }
    }

    fn stop(self, code: Code, start: usize, end: usize, says: Option<&'static str>) -> Stop {
        Fault { code, span: Span::new(start, end), says }.at(self.place)
    }

    fn at(self, node: NodeId) -> Self {
        Self { place: self.place.at(node), ..self }
    }
}

impl Walk<'_, '_> {
    fn items(&mut self, items: &[Item], around: Around) -> Result<(), Stop> {
        items.iter().try_for_each(|item| match item {
            Item::Line(line) => self.value_line(line, around),
            Item::Fixed(text) => self.fixed_line(text, around),
            Item::Set(set) => self.set(set, around),
            Item::Columns(table) => self.table(table, around),
            Item::Segment(segment) => self.segment(segment, around),
        })
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn fixed_line(&mut self, text: &[u8], around: Around) -> Result<(), Stop> {
        if self.byte(self.at).is_none() {
            return Err(around.stop(schema::MISSING, self.at, self.at, None));
        }
        let start = self.at;
        let end = self.text_end(start, around)?;
        if self.bytes.get(start..end) != Some(text) {
            return Err(around.stop(schema::WRONG_CONSTANT, start, end, None));
        }
        self.line_ends(end, around)
    }

    fn value_line(&mut self, line: &Line, around: Around) -> Result<(), Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        if rest.is_empty() || !rest.starts_with(&line.prefix) {
            if line.value.optional {
                return Ok(());
            }
            return Err(self.missing(line.value.node, around));
        }
        let start = self.at;
        let end = self.text_end(start, around)?;
        self.line_ends(end, around)?;
        let from = start.saturating_add(line.prefix.len());
        let text = self.bytes.get(from..end).unwrap_or(&[]).to_vec();
        self.one(&line.value, &text, Span::new(from, end), around);
        Ok(())
    }

    fn segment(&mut self, segment: &Segment, around: Around) -> Result<(), Stop> {
        let mut count = 0_u16;
        while self.row_begins(segment) {
            let start = self.at;
            if count == segment.rows.max {
                let length = match segment.items.first() {
                    Some(Item::Set(set)) => set.id.len(),
                    Some(Item::Line(line)) => line.prefix.len(),
                    _ => 0,
                };
                let end = start.saturating_add(length);
                return Err(around.at(segment.node).stop(schema::TOO_MANY, start, end, None));
            }
            let width = segment.rows.width;
            let span = Span::new(start, start);
            let Some(row) = self.into.record.push_row(around.block, segment.slot, width, span) else {
                return Err(around.at(segment.node).stop(schema::TOO_MANY, start, start, None));
            };
            self.items(&segment.items, around.row(segment.node, count, row))?;
            let whole = Span::new(start, self.at);
            self.into.record.row_stands(around.block, segment.slot, row, whole);
            count = count.saturating_add(1);
        }
        if count == 0 && segment.rows.min > 0 {
            return Err(self.missing(segment.node, around));
        }
        self.enough(segment.node, segment.rows, count, around)
    }

    fn row_begins(&self, segment: &Segment) -> bool {
        match segment.items.first() {
            Some(Item::Set(set)) => self.stands(&set.id),
            Some(Item::Line(line)) => {
                self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(&line.prefix))
            }
            _ => false,
        }
    }

    /// True where a set with this identifier stands next.
    fn stands(&self, id: &[u8]) -> bool {
        let end = self.at.saturating_add(id.len());
        self.bytes.get(self.at..end) == Some(id)
            && match self.byte(end) {
                Some(byte) if byte == self.layout.between => true,
                Some(b'*') if self.layout.summed => {
                    let behind = end.saturating_add(3);
                    behind <= self.bytes.len() && matches!(self.byte(behind), None | Some(b'\n' | b'\r'))
                }
                Some(b'\r') => {
                    self.layout.by_line && self.layout.crlf && self.byte(end.saturating_add(1)) == Some(b'\n')
                }
                Some(b'\n') => self.layout.by_line && !self.layout.crlf,
                None => self.layout.by_line,
                _ => false,
            }
    }

    fn set(&mut self, set: &Set, around: Around) -> Result<(), Stop> {
        let mut count = 0_u16;
        let most = set.rows.map_or(1, |rows| rows.max);
        while self.stands(&set.id) {
            if count == most {
                if set.rows.is_none() {
                    return Ok(());
                }
                let end = self.at.saturating_add(set.id.len());
                return Err(around.at(set.node).stop(schema::TOO_MANY, self.at, end, None));
            }
            let start = self.at;
            let (letters, end) = self.letters(set, around)?;
            let behind = match (self.layout.by_line, self.layout.summed) {
                (true, false) => 0,
                (true, true) => 3,
                (false, _) => 2,
            };
            let after = end.saturating_add(behind);
            self.closed(after, around)?;
            let whole = Span::new(start, after);
            let inside = match set.rows {
                None => {
                    self.into.record.set(around.block, set.slot, Value::Present, whole);
                    around.at(set.node)
                }
                Some(rows) => {
                    let pushed = self.into.record.push_row(around.block, set.slot, rows.width, whole);
                    match pushed {
                        Some(row) => around.row(set.node, count, row),
                        None => return Err(around.at(set.node).stop(schema::TOO_MANY, start, start, None)),
                    }
                }
            };
            self.set_fields(set, fields::Fields::of(&letters, end, self.layout.between), whole, inside)?;
            count = count.saturating_add(1);
        }
        match set.rows {
            Some(rows) if count > 0 || rows.min == 0 => self.enough(set.node, rows, count, around),
            None if count > 0 || set.optional => Ok(()),
            _ => Err(self.missing(set.node, around)),
        }
    }

    /// The characters of the set at hand behind its identifier, each with its place, without line breaks and the blanks
    /// behind them (in free text, line breaks stay); and where its end stands.
    fn letters(&mut self, set: &Set, around: Around) -> Result<(Vec<(u8, usize)>, usize), Stop> {
        let mut found = Vec::new();
        let mut at = self.at.saturating_add(set.id.len());
        if self.layout.by_line {
            let mut end = self.text_end(at, around)?;
            if self.layout.summed {
                end = self.checksum(at, end, around)?;
            }
            found.extend((at..end).filter_map(|at| Some((self.byte(at)?, at))));
            return Ok((found, end));
        }
        let mut line = self.line;
        loop {
            match self.byte(at) {
                None => {
                    let all = self.bytes.len();
                    return Err(around.stop(schema::NOT_WELL_FORMED, all, all, Some(says::CUT_OFF)));
                }
                Some(byte)
                    if byte == self.layout.between && self.byte(at.saturating_add(1)) == Some(byte) =>
                {
                    self.line = line;
                    return Ok((found, at));
                }
                Some(b'\n') => {
                    if self.layout.crlf && found.last().is_none_or(|(byte, _)| *byte != b'\r') {
                        let next = at.saturating_add(1);
                        return Err(around.stop(schema::NOT_WELL_FORMED, at, next, Some(says::LINE_END)));
                    }
                    if self.layout.crlf {
                        found.pop();
                    }
                    if set.is_free() {
                        self.not_too_long(line, self.text_before(at), around)?;
                        found.push((b'\n', at));
                        at = at.saturating_add(1);
                        line = at;
                    } else {
                        let last = found.last().copied();
                        (line, at) = self.goes_on(at, line, last, around)?;
                    }
                }
                Some(byte) => {
                    found.push((byte, at));
                    at = at.saturating_add(1);
                }
            }
        }
    }

    /// The set whose fields begin at `from` ends, with its checksum, at `after`: where the fields end.
    fn checksum(&self, from: usize, after: usize, around: Around) -> Result<usize, Stop> {
        let end = after.checked_sub(3).filter(|end| *end >= from && self.byte(*end) == Some(b'*'));
        let Some(end) = end else {
            let start = after.saturating_sub(3).max(from);
            return Err(around.stop(schema::WRONG_CHECKSUM, start, after, Some(says::NO_SUM)));
        };
        let mut sum = 0_u8;
        for at in self.at.saturating_add(1)..end {
            sum ^= self.byte(at).unwrap_or(0);
        }
        let digits = self.bytes.get(end.saturating_add(1)..after).unwrap_or(&[]);
        if digits != format!("{sum:02X}").as_bytes() {
            return Err(around.stop(schema::WRONG_CHECKSUM, end, after, None));
        }
        Ok(end)
    }

    /// Where the text ends before the line feed at `at`.
    fn text_before(&self, at: usize) -> usize {
        if self.layout.crlf { at.saturating_sub(1) } else { at }
    }

    /// A set goes on in the line behind the line feed at `at`: where that line begins, and where it goes on.
    fn goes_on(
        &self,
        at: usize,
        line: usize,
        last: Option<(u8, usize)>,
        around: Around,
    ) -> Result<(usize, usize), Stop> {
        let (end, next) = (self.text_before(at), at.saturating_add(1));
        let stop = |start, end, says| Err(around.stop(schema::NOT_WELL_FORMED, start, end, Some(says)));
        if !self.layout.joined {
            return stop(end, next, says::NOT_ENDED);
        }
        self.not_too_long(line, end, around)?;
        let mut on = next;
        while self.byte(on) == Some(b' ') {
            on = on.saturating_add(1);
        }
        match self.byte(on) {
            None => stop(on, on, says::CUT_OFF),
            Some(b'\n' | b'\r') => stop(next, on.saturating_add(1), says::BLANK_LINE),
            Some(_) if on == next && self.layout.indent > 0 => {
                stop(next, next.saturating_add(1), says::NO_INDENT)
            }
            Some(byte) if byte == self.layout.between && last == Some((byte, end.saturating_sub(1))) => {
                stop(on, on.saturating_add(1), says::EMPTY_FIELD)
            }
            Some(_) => Ok((next, on)),
        }
    }

    fn table(&mut self, table: &Columns, around: Around) -> Result<(), Stop> {
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

    fn headings(&mut self, table: &Columns, around: Around) -> Result<(), Stop> {
        let start = self.at;
        let end = self.text_end(start, around)?;
        let mut cells = self.bytes.get(start..end).unwrap_or(&[]).split(|byte| *byte == self.layout.between);
        let mut right = cells.next() == Some(&[]);
        for column in &table.columns {
            right &= cells.next().is_some_and(|cell| without_blanks(cell) == column.heading.as_slice());
        }
        if !right || cells.next().is_some() {
            let list = around.at(table.node);
            return Err(list.stop(schema::WRONG_CONSTANT, start, end, Some(says::HEADINGS)));
        }
        self.line_ends(end, around)
    }

    /// Reads a row; true where it is the last.
    fn table_row(&mut self, table: &Columns, count: u16, around: Around) -> Result<bool, Stop> {
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
        let cells: Vec<&[u8]> = self
            .bytes
            .get(start..cells_end)
            .unwrap_or(&[])
            .split(|byte| *byte == self.layout.between)
            .collect();
        let stop = |says| list.stop(schema::NOT_WELL_FORMED, start, line_end, Some(says));
        let [b"", cells @ ..] = cells.as_slice() else { return Err(stop(says::NO_ROW)) };
        if cells_end == start {
            return Err(stop(says::NO_ROW));
        }
        if cells.len() != table.columns.len() {
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
        for (column, cell) in table.columns.iter().zip(cells) {
            at = at.saturating_add(1);
            let text = without_blanks(cell);
            if text.is_empty() {
                let end = at.saturating_add(cell.len());
                return Err(inside.stop(schema::NOT_WELL_FORMED, at, end, Some(says::EMPTY_FIELD)));
            }
            if let Field::Value(leaf) = &column.field {
                self.one(leaf, text, Span::new(at, at.saturating_add(text.len())), inside);
            }
            at = at.saturating_add(cell.len());
        }
        Ok(mark.is_some())
    }

    fn enough(&self, node: NodeId, rows: Rows, count: u16, around: Around) -> Result<(), Stop> {
        if count < rows.min {
            return Err(around.at(node).stop(schema::TOO_FEW, self.at, self.at, None));
        }
        Ok(())
    }

    /// A set or table ends before `after`; there its line has to end too.
    fn closed(&mut self, after: usize, around: Around) -> Result<(), Stop> {
        // The carriage return of a line end is no text: where the line ends is asked from behind the set.
        let end = self.text_end(after, around)?;
        if end != after {
            return Err(around.stop(schema::TRAILING_BYTES, after, end, Some(says::AFTER_END)));
        }
        self.line_ends(end, around)
    }

    /// Where the text of the line ends that `from` stands in.
    fn text_end(&self, from: usize, around: Around) -> Result<usize, Stop> {
        let mut at = from;
        while let Some(byte) = self.byte(at) {
            if byte == b'\n' {
                if !self.layout.crlf {
                    return Ok(at);
                }
                let before = at.saturating_sub(1);
                if at > from && self.byte(before) == Some(b'\r') {
                    return Ok(before);
                }
                let next = at.saturating_add(1);
                return Err(around.stop(schema::NOT_WELL_FORMED, at, next, Some(says::LINE_END)));
            }
            at = at.saturating_add(1);
        }
        Ok(at)
    }

    /// The text of the line at hand ends at `end`: goes on behind its line end.
    fn line_ends(&mut self, end: usize, around: Around) -> Result<(), Stop> {
        self.not_too_long(self.line, end, around)?;
        self.at = end;
        if self.layout.crlf && self.byte(self.at) == Some(b'\r') {
            self.at = self.at.saturating_add(1);
        }
        if self.byte(self.at) == Some(b'\n') {
            self.at = self.at.saturating_add(1);
        }
        self.line = self.at;
        Ok(())
    }

    fn not_too_long(&self, line: usize, end: usize, around: Around) -> Result<(), Stop> {
        let most = usize::from(self.layout.line);
        if most != 0 && end.saturating_sub(line) > most {
            return Err(around.stop(schema::BAD_LENGTH, line, end, Some(says::LONG_LINE)));
        }
        Ok(())
    }

    /// What the next line begins with.
    fn word(&self) -> Vec<u8> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]).iter().copied();
        let ends = |byte: &u8| [self.layout.between, b'\n', b'\r'].contains(byte);
        rest.take(super::model::MAX_WORD).take_while(|byte| !ends(byte)).collect()
    }

    /// Something else stands where the part at `node` should.
    fn missing(&self, node: NodeId, around: Around) -> Stop {
        let word = self.word();
        let end = self.at.saturating_add(word.len());
        if word.is_empty() || is_known(&self.of.items, &word) {
            return around.at(node).stop(schema::MISSING, self.at, end, None);
        }
        around.stop(schema::UNKNOWN_PART, self.at, end, Some(says::UNKNOWN_SET))
    }

    fn ended(&self, around: Around) -> Result<(), Stop> {
        let all = self.bytes.len();
        if self.at >= all {
            return Ok(());
        }
        let word = self.word();
        let end = self.at.saturating_add(word.len());
        Err(if is_known(&self.of.items, &word) {
            around.stop(schema::WRONG_ORDER, self.at, end, Some(says::SET_ORDER))
        } else if !word.is_empty() && self.byte(end) == Some(self.layout.between) {
            around.stop(schema::UNKNOWN_PART, self.at, end, Some(says::UNKNOWN_SET))
        } else {
            around.stop(schema::TRAILING_BYTES, self.at, all, None)
        })
    }
}

/// True where the type has a set or a table with this identifier. The depth of the recursion is that of segments.
fn is_known(items: &[Item], word: &[u8]) -> bool {
    items.iter().any(|item| match item {
        Item::Set(set) => set.id == word,
        Item::Columns(table) => table.id == word,
        Item::Segment(segment) => is_known(&segment.items, word),
        Item::Line(_) | Item::Fixed(_) => false,
    })
}

fn without_blanks(cell: &[u8]) -> &[u8] {
    let mut cell = cell;
    while let [rest @ .., b' '] = cell {
        cell = rest;
    }
    cell
}
