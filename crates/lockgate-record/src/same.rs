//! When two records say the same.

use crate::{Block, Form, GroupId, NodeId, Record, Shape, Slot, Value};

impl Record {
    /// True where this record, read from `source`, says the same as `other`, read from `other_source`: equal values at
    /// every node and equal rows in the same order. Where they were read does not count.
    pub fn says_the_same(&self, source: &[u8], other: &Self, other_source: &[u8], shape: &Shape) -> bool {
        self.says_the_same_but(source, other, other_source, shape, &[])
    }

    /// The same, where `other` leaves out the nodes of `left_out` with all they contain, and nothing else.
    pub fn says_the_same_but(
        &self,
        source: &[u8],
        other: &Self,
        other_source: &[u8],
        shape: &Shape,
        left_out: &[NodeId],
    ) -> bool {
        let left = Side { record: self, source };
        let right = Side { record: other, source: other_source };
        Kept { shape, left_out }.same_block(GroupId(0), (left, Block::ROOT), (right, Block::ROOT))
    }
}

#[derive(Clone, Copy)]
struct Side<'a> {
    record: &'a Record,
    source: &'a [u8],
}

/// A shape without the nodes that one side leaves out.
struct Kept<'a> {
    shape: &'a Shape,
    left_out: &'a [NodeId],
}

impl Kept<'_> {
    /// Compares two blocks of `group`: the same cells hold something, and the same. Only these are looked at. The depth
    /// of the recursion is that of lists in lists.
    fn same_block(&self, group: GroupId, left: (Side<'_>, Block), right: (Side<'_>, Block)) -> bool {
        let Some(width) = self.shape.group(group).map(|group| group.width) else { return false };
        for (word, first) in (0_usize..).zip((0..width).step_by(64)) {
            // Slot 0 only says that the block is there.
            let mine = !u64::from(word == 0) & below(width.saturating_sub(first));
            let mut wanted = left.0.record.presence(left.1, word) & mine;
            let mut found = right.0.record.presence(right.1, word) & mine;
            while wanted != 0 {
                let offset = wanted.trailing_zeros();
                let bit = wanted & wanted.wrapping_neg();
                wanted ^= bit;
                let slot = Slot(first.saturating_add(u16::try_from(offset).unwrap_or(0)));
                let Some(id) = self.shape.at(group, slot) else { return false };
                if !self.left_out.is_empty() && self.is_left_out(id, group) {
                    continue;
                }
                if found & bit == 0 || !self.same_cell(id, slot, left, right) {
                    return false;
                }
                found ^= bit;
            }
            // What is left over is not in the left one, or should have been left out.
            if found != 0 {
                return false;
            }
        }
        true
    }

    /// Compares two cells that hold something. Looks at them where they are: copying them would cost more.
    #[inline]
    fn same_cell(&self, id: NodeId, slot: Slot, left: (Side<'_>, Block), right: (Side<'_>, Block)) -> bool {
        let cells = (left.0.record.holding(left.1, slot), right.0.record.holding(right.1, slot));
        let (Some(a), Some(b)) = cells else { return false };
        match (&a.value, &b.value) {
            (Value::Text(a), Value::Text(b)) | (Value::Code(a), Value::Code(b)) => {
                same_bytes(left.0.record.text(*a, left.0.source), right.0.record.text(*b, right.0.source))
            }
            (Value::Rows { count: a }, Value::Rows { count: b }) => {
                a == b && self.same_rows(id, slot, left, right)
            }
            (a, b) => a == b,
        }
    }

    fn same_rows(&self, id: NodeId, slot: Slot, left: (Side<'_>, Block), right: (Side<'_>, Block)) -> bool {
        let Some(Form::List { rows: group, .. }) = self.shape.node(id).map(|node| &node.form) else {
            return false;
        };
        let rows = (left.0.record.rows(left.1, slot), right.0.record.rows(right.1, slot));
        rows.0.zip(rows.1).all(|(a, b)| self.same_block(*group, (left.0, a), (right.0, b)))
    }

    /// True where the node, or a section of its block that it stands in, is left out.
    fn is_left_out(&self, id: NodeId, group: GroupId) -> bool {
        let mut at = Some(id);
        while let Some(id) = at {
            if self.left_out.contains(&id) {
                return true;
            }
            at = self.shape.node(id).filter(|node| node.group == group).and_then(|node| node.parent);
        }
        false
    }
}

/// The lowest `count` bits.
fn below(count: u16) -> u64 {
    if count >= 64 { u64::MAX } else { 1_u64.wrapping_shl(u32::from(count)).wrapping_sub(1) }
}

/// Equality of mostly short texts, eight bytes at a time.
#[inline]
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let (a_words, a_rest) = a.as_chunks::<8>();
    let (b_words, b_rest) = b.as_chunks::<8>();
    a.len() == b.len()
        && a_words.iter().zip(b_words).all(|(a, b)| a == b)
        && a_rest.iter().zip(b_rest).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use crate::{Block, Charset, Kind, NodeId, NodeOptions, Record, ShapeBuilder, TextRef, Value};
    use lockgate_bytes::Span;

    #[test]
    fn texts_are_compared_by_what_they_say() {
        let mut build = ShapeBuilder::new("r");
        let kind = Kind::Text { min: 0, max: 9, charset: Charset::Printable };
        let text = build.value(NodeId(0), "t", kind, NodeOptions::default()).unwrap();
        let shape = build.finish();
        let slot = shape.node(text).unwrap().slot;
        let (mut a, mut b) = (Record::new(), Record::new());
        a.begin(&shape);
        b.begin(&shape);
        a.set(Block::ROOT, slot, Value::Text(TextRef::Source(Span::new(1, 3))), Span::new(1, 3));
        let kept = b.keep(b"yz");
        b.set(Block::ROOT, slot, Value::Text(kept), Span::default());
        assert!(a.says_the_same(b"xyz", &b, b"", &shape));
        assert!(!a.says_the_same(b"xyy", &b, b"", &shape));
        b.set(Block::ROOT, slot, Value::Absent, Span::default());
        assert!(!a.says_the_same(b"xyz", &b, b"", &shape));
    }

    #[test]
    fn what_is_left_out_is_gone_with_all_it_contains_and_nothing_else_is() {
        let none = NodeOptions::default;
        let mut build = ShapeBuilder::new("r");
        let section = build.section(NodeId(0), "s", none()).unwrap();
        let inner = build.value(section, "f", Kind::Flag, none()).unwrap();
        let list = build.list(NodeId(0), "l", 0, 9, none()).unwrap();
        let cell = build.value(list, "g", Kind::Flag, none()).unwrap();
        let shape = build.finish();
        let slot = |id: NodeId| shape.node(id).unwrap().slot;
        let record = |with: [bool; 4], flag: bool| {
            let mut record = Record::new();
            record.begin(&shape);
            let nowhere = Span::default();
            if with[0] {
                record.set(Block::ROOT, slot(section), Value::Present, nowhere);
            }
            if with[1] {
                record.set(Block::ROOT, slot(inner), Value::Flag(true), nowhere);
            }
            for row in 0..2 {
                if with[2 + row] {
                    let row = record.push_row(Block::ROOT, slot(list), 2, nowhere).unwrap();
                    record.set(row, slot(cell), Value::Flag(flag), nowhere);
                }
            }
            record
        };
        let whole = record([true; 4], true);
        let says =
            |other: &Record, left_out: &[NodeId]| whole.says_the_same_but(b"", other, b"", &shape, left_out);
        assert!(says(&record([true; 4], true), &[]));
        assert!(!says(&record([true; 4], false), &[]));
        assert!(!says(&record([true, true, true, false], true), &[]));
        assert!(!record([true, true, true, false], true).says_the_same(b"", &whole, b"", &shape));
        assert!(says(&record([false, false, true, true], true), &[section]));
        assert!(says(&record([true, false, true, true], true), &[inner]));
        assert!(says(&record([true, true, false, false], true), &[list]));
        assert!(says(&record([false; 4], true), &[list, section]));
        // What should have been left out is there, or more is gone than that.
        assert!(!says(&record([true; 4], true), &[inner]));
        assert!(!says(&record([false, true, true, true], true), &[section]));
        assert!(!says(&record([false, false, true, true], true), &[inner]));
        assert!(!says(&record([true, true, true, false], true), &[section]));
    }
}
