//! An element of an XML type inside of a binary one: its children stand in an object as XML, some of them as fields
//! instead. One record either way, and one encoding: what fields can say all of is written as fields.

use super::model::{Form, Value as Leaf};
use super::{run::Run, says, write};
use crate::emit::Layout;
use crate::model::Model;
use crate::program::{self, Fragment};
use lockgate_reason::schema;
use lockgate_record::{Block, NodeId, Record, Slot, Value};

/// Most children that stand as fields too.
pub const MAX_SHARED: usize = 16;

/// An element of an XML type.
#[derive(Clone, Debug)]
pub struct Markup {
    /// What describes its children; its root is the element itself.
    pub model: Model,
    /// Children that may stand as fields instead.
    pub shared: Vec<Shared>,
    /// How its children are written as XML.
    pub(crate) layout: Layout,
}

/// A child that may stand as fields.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Which child of the element it is.
    pub child: u8,
    /// Its node.
    pub node: NodeId,
    /// Its cell.
    pub slot: Slot,
    /// What fields can say of it.
    pub leaves: Vec<Leaf>,
    /// What they cannot say.
    pub others: Vec<(NodeId, Slot)>,
}

/// A record, with what is left out of it, and the block that holds the cells of the element.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) record: &'a Record,
    pub(super) object: &'a [u8],
    pub(super) omit: &'a [NodeId],
    pub(super) block: Block,
}

impl Said<'_> {
    fn has(&self, node: NodeId, slot: Slot) -> bool {
        !self.record.is_absent(self.block, slot) && !self.omit.contains(&node)
    }

    /// True where a field says of its cell all that there is to say.
    fn fits(&self, leaf: &Leaf) -> bool {
        if !self.has(leaf.node, leaf.slot) {
            // Left out, some fields mean a value.
            return leaf.absent_is.is_none();
        }
        match (self.record.value(self.block, leaf.slot), &leaf.form) {
            (Value::Text(text), _) => {
                leaf.absent_is.is_some() || !self.record.text(text, self.object).is_empty()
            }
            (Value::Decimal(number) | Value::Unknown(number), Form::Float { bits, .. }) => {
                write::fraction(number, *bits).is_some()
            }
            _ => true,
        }
    }
}

impl Markup {
    /// True where a child is there and fields can say all of it: then they do.
    pub(super) fn as_fields(&self, shared: &Shared, said: Said<'_>) -> bool {
        said.has(shared.node, shared.slot)
            && !shared.others.iter().any(|(node, slot)| said.has(*node, *slot))
            && shared.leaves.iter().all(|leaf| said.fits(leaf))
    }

    /// The same of a child by its number.
    pub(super) fn is_as_fields(&self, shared: u8, said: Said<'_>) -> bool {
        self.shared.get(usize::from(shared)).is_some_and(|shared| self.as_fields(shared, said))
    }

    /// The children that are written as fields, and how many they are.
    pub(super) fn skipped(&self, said: Said<'_>) -> ([NodeId; MAX_SHARED], usize) {
        let (mut nodes, mut count) = ([NodeId(0); MAX_SHARED], 0_usize);
        for shared in self.shared.iter().filter(|shared| self.as_fields(shared, said)) {
            if let Some(place) = nodes.get_mut(count) {
                *place = shared.node;
                count = count.wrapping_add(1);
            }
        }
        (nodes, count)
    }

    /// True where something of the element is written as XML.
    pub(super) fn has_xml(&self, said: Said<'_>) -> bool {
        let (nodes, count) = self.skipped(said);
        let skip = nodes.get(..count).unwrap_or(&[]);
        let root = &self.model.root;
        let open = root.open_elements.as_ref().is_some_and(|set| said.has(set.node, set.slot));
        open || root
            .children
            .iter()
            .any(|child| said.has(child.node, child.slot) && !skip.contains(&child.node))
    }

    /// The children that are there, a bit each.
    pub(super) fn seen(&self, record: &Record, block: Block) -> u64 {
        self.shared
            .iter()
            .filter(|shared| !record.is_absent(block, shared.slot))
            .fold(0, |seen, shared| seen | 1_u64.wrapping_shl(u32::from(shared.child)))
    }
}

/// An element of an XML type as the program reads it.
#[derive(Clone, Debug)]
pub(super) struct MarkupOp {
    pub(super) program: program::Program,
    pub(super) of: Markup,
}

impl MarkupOp {
    pub(super) fn new(of: &Markup) -> Self {
        Self { program: program::Program::new(&of.model), of: of.clone() }
    }
}

impl<'a> Run<'a, '_> {
    /// Reads the children of the element as XML, to the end of the container.
    pub(super) fn markup(&mut self) -> Option<u32> {
        let markup: &'a MarkupOp = self.program.markup.as_deref()?;
        if !self.at.is_multiple_of(8) || !self.end.is_multiple_of(8) {
            return self.stop_at(schema::BAD_LENGTH, self.at, self.end, Some(says::BETWEEN_BYTES));
        }
        let (start, end) = (self.at / 8, self.end / 8);
        if start >= end {
            return self.stop_at(schema::LONGER_THAN_NEEDED, self.at, self.end, Some(says::DEFAULT));
        }
        let before = markup.of.seen(&self.into.record, self.block);
        let (block, place) = (self.block, self.place);
        let from = Fragment { bytes: self.bytes.get(..end)?, start, block, place, seen: before };
        match markup.program.fragment(&markup.of.model, from, self.into) {
            Ok(exact) => self.exact &= exact,
            Err(stop) => return self.stop(stop.fault, stop.place),
        }
        self.at = self.end;
        // What fields can say all of is canonical as fields only.
        let said = Said { record: &self.into.record, object: self.bytes, omit: &[], block };
        let as_xml = markup.of.shared.iter().any(|shared| {
            before & 1_u64.wrapping_shl(u32::from(shared.child)) == 0 && markup.of.as_fields(shared, said)
        });
        self.exact &= !as_xml;
        Some(0)
    }
}
