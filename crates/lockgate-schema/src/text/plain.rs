//! The plain interpreter of formatted text: walks the tree, goes over each set as if it had no line breaks, and keeps no
//! tables. It reads every rewritten object again, so it shares with the compiled program nothing but the description and
//! the sentences. What it copies, the record keeps: it asks for no memory of its own.

use super::model::{Item, Layout, Line, Message, Segment, Set};
use super::says;
use crate::bounds;
use crate::fault::{Fault, Stop};
use crate::model::Rows;
use lockgate_bytes::{Budget, Span};
use lockgate_core::Inspection;
use lockgate_reason::{Code, schema};
use lockgate_record::{Block, NodeId, Place, Slot, Value};

mod fields;
mod layout;
mod letters;
mod lines;
mod tables;
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
    if let Err(fault) = bounds::open(size, bytes, budget) {
        return into.reasons.push(fault.reason(place));
    }
    into.record.set(Block::ROOT, Slot(0), Value::Present, Span::new(0, bytes.len()));
    let mut walk = Walk { bytes, of, layout: &of.layout, into, at: 0, line: 0, exact: true };
    let around = Around { place, block: Block::ROOT };
    let walked = walk.items(&of.items, around).and_then(|()| walk.ended(around));
    if let Err(Stop { fault, place }) = walked {
        walk.into.reasons.push(fault.reason(place));
    }
    walk.into.canonical = walk.exact && walk.into.reasons.is_empty();
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
    /// So far all is laid out in the one way.
    exact: bool,
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
        let text = self.keep(self.bytes.get(from..end).unwrap_or(&[]));
        self.exact &= self.one(&line.value, text, Span::new(from, end), around);
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
            let letters = self.letters(set, around)?;
            let behind = match (self.layout.by_line, self.layout.summed) {
                (true, false) => 0,
                (true, true) => 3,
                (false, _) => 2,
            };
            let after = letters.end.saturating_add(behind);
            self.closed(after, around)?;
            self.exact &= self.is_laid_out(set, letters, (start, after));
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
            self.set_fields(set, fields::Fields::of(letters, self.layout.between), whole, inside)?;
            count = count.saturating_add(1);
        }
        match set.rows {
            Some(rows) if count > 0 || rows.min == 0 => self.enough(set.node, rows, count, around),
            None if count > 0 || set.optional => Ok(()),
            _ => Err(self.missing(set.node, around)),
        }
    }

    fn enough(&self, node: NodeId, rows: Rows, count: u16, around: Around) -> Result<(), Stop> {
        if count < rows.min {
            return Err(around.at(node).stop(schema::TOO_FEW, self.at, self.at, None));
        }
        Ok(())
    }

    /// What the next line begins with.
    fn word(&self) -> &[u8] {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let ends = |byte: &u8| [self.layout.between, b'\n', b'\r'].contains(byte);
        let long = rest.iter().take(super::model::MAX_WORD).take_while(|byte| !ends(byte)).count();
        rest.get(..long).unwrap_or(&[])
    }

    /// Something else stands where the part at `node` should.
    fn missing(&self, node: NodeId, around: Around) -> Stop {
        let word = self.word();
        let end = self.at.saturating_add(word.len());
        if word.is_empty() || is_known(&self.of.items, word) {
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
        Err(if is_known(&self.of.items, word) {
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
