//! One object as values.

use crate::{Block, Cell, Shape, Slot, TextRef, Value};
use alloc::vec::Vec;
use lockgate_bytes::Span;

/// Cells of one word of presence.
const BITS: usize = 64;
/// Most cells of one record. A row takes one for each field of its list, whatever stands in it, so a few bytes an object may
/// ask for hundreds of times their room; this much, 40 MiB, a lane keeps once an object has asked for it.
pub const CELLS_MAX: usize = 1 << 20;

/// The values of one object. Reuse it: [`Record::begin`] forgets the last one and keeps the memory.
///
/// One bit a cell says whether it holds something. Forgetting clears the bits and touches no cell, and who looks for
/// what is there passes 64 empty cells at a time.
#[derive(Debug, Default)]
pub struct Record {
    /// What a cell holds counts only where its bit is set.
    cells: Vec<Cell>,
    /// Bit `i % 64` of word `i / 64`: cell `i` holds something. As many words as the cells in use need.
    present: Vec<u64>,
    /// Cells in use; those behind belong to earlier objects.
    used: usize,
    /// A row was asked for that had no room.
    overfull: bool,
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
        self.overfull = false;
        self.present.clear();
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
        self.present.resize(self.used.div_ceil(BITS), 0);
    }

    /// The cell in use at `index`, which from now on holds something.
    #[inline]
    fn cell_mut(&mut self, index: usize) -> Option<&mut Cell> {
        if index >= self.used {
            return None;
        }
        let (word, bit) = place(index);
        let word = self.present.get_mut(word)?;
        let cell = self.cells.get_mut(index)?;
        if *word & bit == 0 {
            *word |= bit;
            *cell = Cell::ABSENT;
        }
        Some(cell)
    }

    /// Sets a cell. Nothing happens where the block has no such slot.
    #[inline]
    pub fn set(&mut self, block: Block, slot: Slot, value: Value, span: Span) {
        let index = index(block, slot);
        if index >= self.used {
            return;
        }
        let (word, bit) = place(index);
        if let (Some(word), Some(cell)) = (self.present.get_mut(word), self.cells.get_mut(index)) {
            let (next, last) = if *word & bit == 0 { (0, 0) } else { (cell.next, cell.last) };
            if matches!(value, Value::Absent) {
                *word &= !bit;
            } else {
                *word |= bit;
            }
            *cell = Cell { value, span, next, last };
        }
    }

    /// Sets the cell of a value that is there and is no list: what it held before does not count.
    #[inline(always)]
    pub fn fill(&mut self, block: Block, slot: Slot, value: Value, span: Span) {
        let index = index(block, slot);
        let (word, bit) = place(index);
        if index < self.used
            && let (Some(word), Some(cell)) = (self.present.get_mut(word), self.cells.get_mut(index))
        {
            *word |= bit;
            *cell = Cell { value, span, next: 0, last: 0 };
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
        let (word, bit) = place(index(block, slot));
        self.present.get(word).is_none_or(|word| word & bit == 0)
    }

    /// The cell of a slot that holds something; looked at where it is, for cells are wide.
    #[inline]
    pub fn holding(&self, block: Block, slot: Slot) -> Option<&Cell> {
        self.present(index(block, slot))
    }

    #[inline]
    fn present(&self, index: usize) -> Option<&Cell> {
        let (word, bit) = place(index);
        if self.present.get(word)? & bit == 0 { None } else { self.cells.get(index) }
    }

    /// Which of the 64 slots from `64 * word` on hold something, lowest bit first. Bits beyond the block's width belong
    /// to other blocks.
    #[inline]
    pub(crate) fn presence(&self, block: Block, word: usize) -> u64 {
        self.presence_at(index(block, Slot(0)).saturating_add(word.saturating_mul(BITS)))
    }

    /// Which of the 64 slots from `first` on hold something, lowest bit first. Bits beyond the block's width belong to
    /// other blocks.
    #[inline]
    pub fn presence_from(&self, block: Block, first: Slot) -> u64 {
        self.presence_at(index(block, first))
    }

    #[inline]
    fn presence_at(&self, first: usize) -> u64 {
        let at = first / BITS;
        let shift = u32::try_from(first % BITS).unwrap_or(0);
        let bits = |at: usize| self.present.get(at).copied().unwrap_or(0);
        let low = bits(at).wrapping_shr(shift);
        // A shift by 64 would be none: with nothing shifted out below, nothing comes in above.
        let high =
            if shift == 0 { 0 } else { bits(at.saturating_add(1)).wrapping_shl(64_u32.wrapping_sub(shift)) };
        low | high
    }

    /// The cells of a block; what they hold counts only where [`Record::presence`] has a bit.
    #[inline]
    pub(crate) fn block(&self, block: Block, width: u16) -> &[Cell] {
        let start = index(block, Slot(0));
        self.cells.get(start..start.saturating_add(usize::from(width))).unwrap_or(&[])
    }

    /// Appends a row of `width` cells to the list at `slot` of `block`, which began at `span`. `None` beyond 65,535
    /// rows, and where the record has no room for it.
    pub fn push_row(&mut self, block: Block, slot: Slot, width: u16, span: Span) -> Option<Block> {
        let row = u32::try_from(self.used).ok()?;
        if self.used.saturating_add(usize::from(width)) > CELLS_MAX {
            self.overfull = true;
            return None;
        }
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

    /// True where a row had no room: what was read is not the whole object.
    pub fn is_overfull(&self) -> bool {
        self.overfull
    }

    /// Says where the last row of the list at `slot` of `block` stands, once that is known.
    pub fn row_stands(&mut self, block: Block, slot: Slot, row: Block, span: Span) {
        if let Some(list) = self.cell_mut(index(block, slot))
            && list.next == row.0
        {
            list.span = span;
        }
        if let Some(first) = self.cell_mut(index(row, Slot(0))) {
            first.span = span;
        }
    }

    /// Says of every value where it stands, where the object was read from something that was made of it.
    pub fn move_spans(&mut self, stands: impl Fn(Span) -> Span) {
        for cell in self.cells.iter_mut().take(self.used) {
            cell.span = stands(cell.span);
        }
    }

    /// Takes back the row that was appended last, with all that stands in it; `before` is what the list's cell was.
    pub fn withdraw_row(&mut self, block: Block, slot: Slot, before: Cell, row: Block) {
        let at = index(row, Slot(0));
        if at >= self.used {
            return;
        }
        self.used = at;
        self.present.truncate(at.div_ceil(BITS));
        let (word, bit) = place(at);
        if let Some(word) = self.present.get_mut(word) {
            *word &= bit.wrapping_sub(1);
        }
        if before.last != 0
            && let Some(previous) = self.cell_mut(index(Block(before.last), Slot(0)))
        {
            previous.next = 0;
        }
        self.set(block, slot, before.value, before.span);
        if !matches!(before.value, Value::Absent)
            && let Some(list) = self.cell_mut(index(block, slot))
        {
            *list = before;
        }
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

    /// All bytes that were kept.
    pub fn scratch(&self) -> &[u8] {
        &self.scratch
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

/// The word and the bit of a cell.
#[inline]
fn place(index: usize) -> (usize, u64) {
    (index / BITS, 1_u64.wrapping_shl(u32::try_from(index % BITS).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::Record;
    use crate::{Block, Kind, NodeId, NodeOptions, ShapeBuilder, Slot, Value};
    use lockgate_bytes::Span;

    #[test]
    fn nothing_of_an_earlier_object_is_seen_again() {
        let mut build = ShapeBuilder::new("r");
        let list = build.list(NodeId(0), "a", 0, 9, NodeOptions::default()).unwrap();
        let flag = build.value(list, "f", Kind::Flag, NodeOptions::default()).unwrap();
        let shape = build.finish();
        let slot = |id: NodeId| shape.node(id).unwrap().slot;
        let mut record = Record::new();
        for _ in 0..3 {
            record.begin(&shape);
            assert_eq!(record.value(Block::ROOT, slot(list)), Value::Absent);
            // Enough rows to fill some words of presence.
            for _ in 0..99 {
                let row = record.push_row(Block::ROOT, slot(list), 2, Span::default()).unwrap();
                assert_eq!(record.value(row, slot(flag)), Value::Absent);
                record.set(row, slot(flag), Value::Flag(true), Span::default());
            }
            assert_eq!(record.rows(Block::ROOT, slot(list)).count(), 99);
        }
        record.begin(&shape);
        assert_eq!(record.rows(Block::ROOT, slot(list)).count(), 0);
        record.set(Block::ROOT, slot(list), Value::Flag(true), Span::default());
        record.set(Block::ROOT, slot(list), Value::Absent, Span::default());
        assert!(record.is_absent(Block::ROOT, slot(list)));
    }

    #[test]
    fn presence_is_that_of_each_slot() {
        let mut build = ShapeBuilder::new("r");
        let list = build.list(NodeId(0), "a", 0, 999, NodeOptions::default()).unwrap();
        for number in 0..70 {
            build.value(list, &alloc::format!("f{number}"), Kind::Flag, NodeOptions::default()).unwrap();
        }
        let shape = build.finish();
        let mut record = Record::new();
        record.begin(&shape);
        let slot = shape.node(list).unwrap().slot;
        let rows: alloc::vec::Vec<Block> =
            (0..70).map(|_| record.push_row(Block::ROOT, slot, 71, Span::default()).unwrap()).collect();
        for (index, row) in (0_u16..).zip(&rows) {
            record.set(*row, Slot(index + 1), Value::Flag(true), Span::default());
        }
        for row in rows {
            for slot in 0..71_u16 {
                let word = record.presence(row, usize::from(slot / 64));
                assert_eq!(word >> (slot % 64) & 1 == 0, record.is_absent(row, Slot(slot)), "{slot}");
            }
        }
    }

    #[test]
    fn a_row_that_is_withdrawn_was_never_there() {
        let mut build = ShapeBuilder::new("r");
        let list = build.list(NodeId(0), "a", 0, 99, NodeOptions::default()).unwrap();
        let flag = build.value(list, "f", Kind::Flag, NodeOptions::default()).unwrap();
        let shape = build.finish();
        let slot = |id: NodeId| shape.node(id).unwrap().slot;
        let (mut record, mut plain) = (Record::new(), Record::new());
        record.begin(&shape);
        plain.begin(&shape);
        for number in 0..70 {
            let before = record.cell(Block::ROOT, slot(list));
            let row = record.push_row(Block::ROOT, slot(list), 2, Span::new(1, 1)).unwrap();
            record.set(row, slot(flag), Value::Flag(true), Span::default());
            record.withdraw_row(Block::ROOT, slot(list), before, row);
            assert!(record.says_the_same(b"", &plain, b"", &shape), "{number}");
            assert_eq!(record.rows(Block::ROOT, slot(list)).count(), number);
            for record in [&mut record, &mut plain] {
                let row = record.push_row(Block::ROOT, slot(list), 2, Span::new(1, 1)).unwrap();
                assert!(record.is_absent(row, slot(flag)));
                record.row_stands(Block::ROOT, slot(list), row, Span::new(number, 99));
                assert_eq!(record.cell(row, Slot(0)).span, Span::new(number, 99));
                assert_eq!(record.cell(Block::ROOT, slot(list)).span, Span::new(0, 99));
            }
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
