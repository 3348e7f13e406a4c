//! From the tree of a type of formatted text to a flat program: items become instructions, segments become jumps.

use super::model::{Columns, Item, Layout, Line, Message, Segment, Set};
use crate::model::Rows;
use lockgate_record::{NodeId, Slot};

/// A compiled type of formatted text.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(super) layout: Layout,
    pub(super) ops: Box<[Op]>,
    pub(super) lines: Box<[Line]>,
    pub(super) fixed: Box<[Box<[u8]>]>,
    pub(super) sets: Box<[Set]>,
    pub(super) columns: Box<[Columns]>,
    pub(super) segments: Box<[SegmentOp]>,
    /// The identifiers of all sets and tables, in order.
    pub(super) known: Box<[Box<[u8]>]>,
    pub(super) root: NodeId,
}

/// An instruction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    /// A line with a value.
    Line(u16),
    /// A line that is always the same.
    Fixed(u16),
    /// A set.
    Set(u16),
    /// A table.
    Columns(u16),
    /// Begins the first row of a segment, or goes on behind it.
    Segment(u16),
    /// Ends a row.
    Row(u16),
    /// The end of the object.
    End,
}

/// A segment.
#[derive(Clone, Debug)]
pub(super) struct SegmentOp {
    pub(super) node: NodeId,
    pub(super) slot: Slot,
    pub(super) rows: Rows,
    /// What the first line of a row begins with.
    pub(super) begins: Box<[u8]>,
    /// That is the identifier of a set.
    pub(super) by_set: bool,
    /// First instruction of a row.
    pub(super) row: u32,
    /// Behind the segment.
    pub(super) out: u32,
}

impl Program {
    /// Compiles a type whose record is the node `root`.
    pub(crate) fn new(of: &Message, root: NodeId) -> Self {
        let mut build = Build::default();
        build.items(&of.items);
        build.ops.push(Op::End);
        let mut known: Vec<Box<[u8]>> = build.sets.iter().map(|set| set.id.clone().into()).collect();
        known.extend(build.columns.iter().map(|table| table.id.clone().into()));
        known.sort();
        known.dedup();
        Self {
            layout: of.layout.clone(),
            ops: build.ops.into_boxed_slice(),
            lines: build.lines.into_boxed_slice(),
            fixed: build.fixed.into_boxed_slice(),
            sets: build.sets.into_boxed_slice(),
            columns: build.columns.into_boxed_slice(),
            segments: build.segments.into_boxed_slice(),
            known: known.into_boxed_slice(),
            root,
        }
    }
}

#[derive(Default)]
struct Build {
    ops: Vec<Op>,
    lines: Vec<Line>,
    fixed: Vec<Box<[u8]>>,
    sets: Vec<Set>,
    columns: Vec<Columns>,
    segments: Vec<SegmentOp>,
}

impl Build {
    fn here(&self) -> u32 {
        u32::try_from(self.ops.len()).unwrap_or(u32::MAX)
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Line(line) => {
                    self.ops.push(Op::Line(index(self.lines.len())));
                    self.lines.push(line.clone());
                }
                Item::Fixed(text) => {
                    self.ops.push(Op::Fixed(index(self.fixed.len())));
                    self.fixed.push(text.clone().into());
                }
                Item::Set(set) => {
                    self.ops.push(Op::Set(index(self.sets.len())));
                    self.sets.push(set.clone());
                }
                Item::Columns(columns) => {
                    self.ops.push(Op::Columns(index(self.columns.len())));
                    self.columns.push(columns.clone());
                }
                Item::Segment(segment) => self.segment(segment),
            }
        }
    }

    fn segment(&mut self, segment: &Segment) {
        let (begins, by_set) = match segment.items.first() {
            Some(Item::Set(set)) => (set.id.clone(), true),
            Some(Item::Line(line)) => (line.prefix.clone(), false),
            _ => (Vec::new(), true),
        };
        let at = self.segments.len();
        self.ops.push(Op::Segment(index(at)));
        let row = self.here();
        let (node, slot, rows) = (segment.node, segment.slot, segment.rows);
        self.segments.push(SegmentOp { node, slot, rows, begins: begins.into(), by_set, row, out: 0 });
        self.items(&segment.items);
        self.ops.push(Op::Row(index(at)));
        let out = self.here();
        if let Some(segment) = self.segments.get_mut(at) {
            segment.out = out;
        }
    }
}

/// Types have far fewer parts than that.
fn index(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}
