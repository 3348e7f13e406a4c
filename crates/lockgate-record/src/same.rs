//! When two records say the same.

use crate::{Block, Form, GroupId, NodeId, Record, Shape, Slot, TextRef, Value};

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
        let (mine, others) = (left.0.record.block(left.1, width), right.0.record.block(right.1, width));
        for (word, first) in (0_usize..).zip((0..width).step_by(64)) {
            // Slot 0 only says that the block is there.
            let counts = !u64::from(word == 0) & below(width.saturating_sub(first));
            let mut wanted = left.0.record.presence(left.1, word) & counts;
            let found = right.0.record.presence(right.1, word) & counts;
            if !self.left_out.is_empty() {
                wanted = self.kept(group, first, wanted);
            }
            if wanted != found {
                return false;
            }
            let skipped = usize::from(first);
            let (mine, others) = (mine.get(skipped..).unwrap_or(&[]), others.get(skipped..).unwrap_or(&[]));
            while wanted != 0 {
                let offset = wanted.trailing_zeros();
                wanted &= wanted.wrapping_sub(1);
                let at = usize::try_from(offset).unwrap_or(usize::MAX);
                let (Some(a), Some(b)) = (mine.get(at), others.get(at)) else { return false };
                let same = match (&a.value, &b.value) {
                    (Value::Text(a), Value::Text(b)) | (Value::Code(a), Value::Code(b)) => {
                        same_text(left.0, *a, right.0, *b)
                    }
                    (Value::Rows { count: a }, Value::Rows { count: b }) => {
                        let slot = Slot(first.saturating_add(u16::try_from(offset).unwrap_or(0)));
                        a == b && self.same_rows(group, slot, left, right)
                    }
                    (a, b) => a == b,
                };
                if !same {
                    return false;
                }
            }
        }
        true
    }

    /// Of the slots from `first` on that have a bit, those that are not left out.
    #[cold]
    fn kept(&self, group: GroupId, first: u16, present: u64) -> u64 {
        let (mut kept, mut rest) = (present, present);
        while rest != 0 {
            let bit = rest & rest.wrapping_neg();
            let slot = Slot(first.saturating_add(u16::try_from(rest.trailing_zeros()).unwrap_or(0)));
            rest ^= bit;
            // A cell of no node stays: whatever it holds has to be on the other side too.
            if self.shape.at(group, slot).is_some_and(|id| self.is_left_out(id, group)) {
                kept ^= bit;
            }
        }
        kept
    }

    #[inline(never)]
    fn same_rows(
        &self,
        group: GroupId,
        slot: Slot,
        left: (Side<'_>, Block),
        right: (Side<'_>, Block),
    ) -> bool {
        let node = self.shape.at(group, slot).and_then(|id| self.shape.node(id));
        let Some(Form::List { rows: group, .. }) = node.map(|node| &node.form) else {
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

/// Bytes that are compared at once.
const CHUNK: usize = 16;

/// True where both texts say the same. Most are short, and stand in an object that goes on behind them.
#[inline]
fn same_text(left: Side<'_>, a: TextRef, right: Side<'_>, b: TextRef) -> bool {
    if let (TextRef::Source(a), TextRef::Source(b)) = (a, b)
        && let (Some(a_chunk), Some(b_chunk)) = (chunk(left.source, a.start), chunk(right.source, b.start))
    {
        let length = a.len();
        if length != b.len() {
            return false;
        }
        let differs = a_chunk ^ b_chunk;
        if let Some(more) = CHUNK.checked_sub(length) {
            // What stands behind the texts goes out at the top.
            let bits = u32::try_from(more).unwrap_or(0).wrapping_mul(8);
            return differs.checked_shl(bits).unwrap_or(0) == 0;
        }
        return differs == 0 && same_rest(a.of(left.source), b.of(right.source));
    }
    left.record.text(a, left.source) == right.record.text(b, right.source)
}

/// True where two texts of one length say the same, whose first bytes were compared. Most are no longer than two chunks, and what
/// is left of one is in its last: a call costs more than that.
#[inline]
fn same_rest(one: &[u8], other: &[u8]) -> bool {
    match (one.last_chunk::<CHUNK>(), other.last_chunk::<CHUNK>()) {
        (Some(end), Some(other_end)) if one.len() <= CHUNK.saturating_mul(2) => {
            u128::from_le_bytes(*end) == u128::from_le_bytes(*other_end)
        }
        _ => one == other,
    }
}

/// The sixteen bytes at `start`, where there are as many.
#[inline]
fn chunk(source: &[u8], start: u32) -> Option<u128> {
    let rest = source.get(usize::try_from(start).ok()?..)?;
    rest.first_chunk::<CHUNK>().map(|chunk| u128::from_le_bytes(*chunk))
}

#[cfg(test)]
mod tests {
    use super::{Side, same_text};
    use crate::{Block, Charset, Kind, NodeId, NodeOptions, Record, ShapeBuilder, TextRef, Value};
    use lockgate_bytes::Span;

    #[test]
    fn texts_of_any_length_and_place_are_the_same_where_their_bytes_are() {
        // Long enough that texts of up to three chunks stand before its end, and at it.
        let object: alloc::vec::Vec<u8> = (0..70_u8).map(|at| b'a' + at % 5).collect();
        let record = Record::new();
        for length in 0..50 {
            for (from, to) in
                (0..70 - length).flat_map(|from| [(from, from), (from, (from + 5) % (71 - length))])
            {
                let (a, b) = (Span::new(from, from + length), Span::new(to, to + length));
                for flipped in (0..length).chain([99]) {
                    let mut other = object.clone();
                    if let Some(byte) = other.get_mut(to + flipped).filter(|_| flipped < length) {
                        *byte ^= 0x20;
                    }
                    let (left, right) =
                        (Side { record: &record, source: &object }, Side { record: &record, source: &other });
                    let same = same_text(left, TextRef::Source(a), right, TextRef::Source(b));
                    assert_eq!(same, a.of(&object) == b.of(&other), "{length} at {from} and {to}, {flipped}");
                }
            }
        }
    }

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
