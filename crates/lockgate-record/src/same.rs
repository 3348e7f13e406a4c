//! When two records say the same.

use crate::{Block, Form, NodeId, Record, Shape, Value};

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
        block_equal(&Kept { shape, left_out }, shape.root(), (left, Block::ROOT), (right, Block::ROOT))
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

/// Compares what stands inside `node`. The depth of the recursion is that of the shape.
fn block_equal(kept: &Kept<'_>, node: NodeId, left: (Side<'_>, Block), right: (Side<'_>, Block)) -> bool {
    let shape = kept.shape;
    let children = shape.node(node).map_or(&[][..], |node| node.children.as_slice());
    children.iter().all(|child| {
        let Some(below) = shape.node(*child) else { return false };
        let values = (left.0.record.value(left.1, below.slot), right.0.record.value(right.1, below.slot));
        if kept.left_out.contains(child) {
            return is_nothing(values.1);
        }
        if !value_equal(values.0, left.0, values.1, right.0) {
            return false;
        }
        match below.form {
            Form::Value(_) => true,
            Form::Section => values.0 == Value::Absent || block_equal(kept, *child, left, right),
            Form::List { .. } => left
                .0
                .record
                .rows(left.1, below.slot)
                .zip(right.0.record.rows(right.1, below.slot))
                .all(|(a, b)| block_equal(kept, *child, (left.0, a), (right.0, b))),
        }
    })
}

fn is_nothing(value: Value) -> bool {
    matches!(value, Value::Absent | Value::Rows { count: 0 })
}

fn value_equal(a: Value, left: Side<'_>, b: Value, right: Side<'_>) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) | (Value::Code(a), Value::Code(b)) => {
            left.record.text(a, left.source) == right.record.text(b, right.source)
        }
        (a, b) => a == b,
    }
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
}
