//! One object as values.

use crate::{Shape, Slot};
use alloc::vec::Vec;
use lockgate_bytes::{Decimal, Span, Time};

/// Where a block of cells begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block(u32);

impl Block {
    /// The record's own block.
    pub const ROOT: Self = Self(0);
}

/// A text: a range of the object's bytes, or of the record's scratch where an escape had to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRef {
    /// As it stands in the object.
    Source(Span),
    /// As decoded.
    Scratch(Span),
}

/// The value of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Not there.
    Absent,
    /// A section that is there.
    Present,
    /// Text.
    Text(TextRef),
    /// A code, as text; it is allowed by its tree.
    Code(TextRef),
    /// The index into the enumeration's names.
    Enum(u16),
    /// An exact decimal.
    Decimal(Decimal),
    /// The sender says, by the field's `unknown` value, that it does not know.
    Unknown(Decimal),
    /// A whole number.
    Integer(i64),
    /// A flag.
    Flag(bool),
    /// An instant.
    Time(Time),
    /// The rows of a list; see [`Record::rows`].
    Rows {
        /// Number of rows.
        count: u16,
    },
}

/// A value and where it was read.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The value.
    pub value: Value,
    /// Where in the object: the value itself without its quotes; for sections and lists the first element.
    pub span: Span,
    /// For a list: its first row. For slot 0 of a row: the next row. Zero is none.
    next: u32,
    /// For a list: its last row.
    last: u32,
    /// The object that it was written for; in any other it is absent.
    object: u32,
}

impl Cell {
    const ABSENT: Self =
        Self { value: Value::Absent, span: Span { start: 0, end: 0 }, next: 0, last: 0, object: 0 };
}

/// The values of one object. Reuse it: [`Record::begin`] forgets the last one and keeps the memory.
///
/// Forgetting costs the same however wide the record is: objects are numbered, and a cell written for another object
/// than this one is absent.
#[derive(Debug, Default)]
pub struct Record {
    cells: Vec<Cell>,
    /// Cells in use; those behind belong to earlier objects.
    used: usize,
    /// The number of this object, from 1.
    object: u32,
    scratch: Vec<u8>,
}

impl Record {
    /// An empty record; call [`Record::begin`] before anything else.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything and makes room for one object of this shape.
    pub fn begin(&mut self, shape: &Shape) {
        self.scratch.clear();
        self.used = 0;
        match self.object.checked_add(1) {
            Some(next) => self.object = next,
            None => {
                // Numbers start again, so no cell may remember one.
                self.cells.clear();
                self.object = 1;
            }
        }
        let width = shape.group(crate::GroupId(0)).map_or(1, |group| group.width);
        self.reserve(width);
    }

    /// Takes the next `width` cells into use, all absent.
    #[inline]
    fn reserve(&mut self, width: u16) {
        self.used = self.used.saturating_add(usize::from(width));
        if self.cells.len() < self.used {
            self.cells.resize(self.used, Cell::ABSENT);
        }
    }

    /// The cell in use at `index`, brought to this object.
    #[inline]
    fn cell_mut(&mut self, index: usize) -> Option<&mut Cell> {
        if index >= self.used {
            return None;
        }
        let cell = self.cells.get_mut(index)?;
        if cell.object != self.object {
            *cell = Cell { object: self.object, ..Cell::ABSENT };
        }
        Some(cell)
    }

    /// Sets a cell. Nothing happens where the block has no such slot.
    #[inline]
    pub fn set(&mut self, block: Block, slot: Slot, value: Value, span: Span) {
        let (index, object) = (index(block, slot), self.object);
        if index >= self.used {
            return;
        }
        if let Some(cell) = self.cells.get_mut(index) {
            let (next, last) = if cell.object == object { (cell.next, cell.last) } else { (0, 0) };
            *cell = Cell { value, span, next, last, object };
        }
    }

    /// The cell of a slot; absent where there is none.
    #[inline]
    pub fn cell(&self, block: Block, slot: Slot) -> Cell {
        self.present(index(block, slot)).copied().unwrap_or(Cell::ABSENT)
    }

    /// The value of a slot.
    #[inline]
    pub fn value(&self, block: Block, slot: Slot) -> Value {
        self.present(index(block, slot)).map_or(Value::Absent, |cell| cell.value)
    }

    /// True where the slot holds nothing.
    #[inline]
    pub fn is_absent(&self, block: Block, slot: Slot) -> bool {
        self.present(index(block, slot)).is_none_or(|cell| matches!(cell.value, Value::Absent))
    }

    #[inline]
    fn present(&self, index: usize) -> Option<&Cell> {
        self.cells.get(index).filter(|cell| cell.object == self.object && index < self.used)
    }

    /// Appends a row of `width` cells to the list at `slot` of `block`, which began at `span`. `None` beyond 65,535
    /// rows.
    pub fn push_row(&mut self, block: Block, slot: Slot, width: u16, span: Span) -> Option<Block> {
        let row = u32::try_from(self.used).ok()?;
        let list = self.cell_mut(index(block, slot))?;
        let before = list.last;
        match list.value {
            Value::Rows { count } => list.value = Value::Rows { count: count.checked_add(1)? },
            _ => {
                list.value = Value::Rows { count: 1 };
                list.span = span;
                list.next = row;
            }
        }
        list.last = row;
        if before != 0
            && let Some(previous) = self.cell_mut(index(Block(before), Slot(0)))
        {
            previous.next = row;
        }
        self.reserve(width);
        self.set(Block(row), Slot(0), Value::Present, span);
        Some(Block(row))
    }

    /// The rows of the list at `slot` of `block`, in order; none where there is no list.
    pub fn rows(&self, block: Block, slot: Slot) -> Rows<'_> {
        Rows { record: self, next: self.cell(block, slot).next }
    }

    /// The bytes of a text; `source` is the object that this record was read from.
    #[inline]
    pub fn text<'a>(&'a self, text: TextRef, source: &'a [u8]) -> &'a [u8] {
        match text {
            TextRef::Source(span) => span.of(source),
            TextRef::Scratch(span) => span.of(&self.scratch),
        }
    }

    /// Keeps decoded bytes and gives the reference to them.
    pub fn keep(&mut self, decoded: &[u8]) -> TextRef {
        let start = self.scratch.len();
        self.scratch.extend_from_slice(decoded);
        TextRef::Scratch(Span::new(start, self.scratch.len()))
    }

    /// Where the next kept byte will stand.
    pub fn scratch_len(&self) -> usize {
        self.scratch.len()
    }

    /// Keeps one more decoded byte; see [`Record::scratch_len`] for where it stands.
    pub fn keep_byte(&mut self, byte: u8) {
        self.scratch.push(byte);
    }
}

/// The rows of a list, first to last.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    record: &'a Record,
    next: u32,
}

impl Iterator for Rows<'_> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        if self.next == 0 {
            return None;
        }
        let row = Block(self.next);
        self.next = self.record.cell(row, Slot(0)).next;
        Some(row)
    }
}

#[inline]
fn index(block: Block, slot: Slot) -> usize {
    usize::try_from(block.0).unwrap_or(usize::MAX).saturating_add(usize::from(slot.0))
}

#[cfg(test)]
mod tests {
    use super::{Block, Record, Value};
    use crate::{Kind, NodeId, NodeOptions, ShapeBuilder};
    use lockgate_bytes::Span;

    #[test]
    fn nothing_of_an_earlier_object_is_seen_again() {
        let mut build = ShapeBuilder::new("r");
        let list = build.list(NodeId(0), "a", 0, 9, NodeOptions::default()).unwrap();
        let flag = build.value(list, "f", Kind::Flag, NodeOptions::default()).unwrap();
        let shape = build.finish();
        let slot = |id: NodeId| shape.node(id).unwrap().slot;
        let mut record = Record::new();
        for start in [0, u32::MAX - 1] {
            record.object = start;
            for _ in 0..3 {
                record.begin(&shape);
                assert_eq!(record.value(Block::ROOT, slot(list)), Value::Absent);
                for _ in 0..2 {
                    let row = record.push_row(Block::ROOT, slot(list), 2, Span::default()).unwrap();
                    assert_eq!(record.value(row, slot(flag)), Value::Absent);
                    record.set(row, slot(flag), Value::Flag(true), Span::default());
                }
                assert_eq!(record.rows(Block::ROOT, slot(list)).count(), 2);
            }
            record.begin(&shape);
            assert_eq!(record.rows(Block::ROOT, slot(list)).count(), 0);
        }
    }

    #[test]
    fn interleaved_lists_keep_their_own_order() {
        let mut build = ShapeBuilder::new("r");
        let list = |build: &mut ShapeBuilder, name| {
            build.list(NodeId(0), name, 0, 9, NodeOptions::default()).unwrap()
        };
        let (a, b) = (list(&mut build, "a"), list(&mut build, "b"));
        let flag = build.value(a, "f", Kind::Flag, NodeOptions::default()).unwrap();
        let shape = build.finish();
        let slot = |id: NodeId| shape.node(id).unwrap().slot;
        let mut record = Record::new();
        for _ in 0..2 {
            record.begin(&shape);
            for (index, which) in [a, b, a, b, a].into_iter().enumerate() {
                let row = record.push_row(Block::ROOT, slot(which), 2, Span::new(index, index + 1)).unwrap();
                record.set(row, slot(flag), Value::Flag(index % 4 == 0), Span::default());
            }
            let seen: alloc::vec::Vec<_> =
                record.rows(Block::ROOT, slot(a)).map(|row| record.value(row, slot(flag))).collect();
            assert_eq!(seen, [Value::Flag(true), Value::Flag(false), Value::Flag(true)]);
            assert_eq!(record.value(Block::ROOT, slot(b)), Value::Rows { count: 2 });
        }
    }
}
