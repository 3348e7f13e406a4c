//! What of a record is there to be written.

use super::Pen;
use crate::binary::model::{Part, Value as Leaf};
use crate::binary::sink::Sink;
use crate::binary::value::is_default;
use lockgate_record::{Block, Cell, NodeId, Slot, TextRef, Value};

impl<S: Sink> Pen<'_, S> {
    /// True where a part that takes a bit of a mask stands; what is computed always does.
    pub(super) fn is_told(&self, part: &Part, block: Block) -> bool {
        part.is_computed() || self.is_there(part, block)
    }

    /// True where there is something to write of a part.
    pub(super) fn is_there(&self, part: &Part, block: Block) -> bool {
        let any = |parts: &[Part]| parts.iter().any(|part| self.is_there(part, block));
        match part {
            Part::Value(leaf) => {
                let cell = self.cell(leaf, block);
                cell.is_some_and(|cell| !leaf.absent_is.is_some_and(|absent| is_left_out(cell.value, absent)))
            }
            Part::Section(section) => {
                let there = self.is_in(section.node, block, section.slot);
                // Optional items and nothing else: without any of them it is not there.
                let bare = matches!(section.parts.as_slice(), [Part::Mask(mask)] if mask.fx);
                let said = self.said(block);
                let fits = |index| self.markup.is_some_and(|markup| markup.is_as_fields(index, said));
                there && (!bare || any(&section.parts)) && section.shared.is_none_or(fits)
            }
            Part::List(list) => !self.is_omitted(list.node) && self.rows(block, list.slot) > 0,
            Part::If(inner) => self.is_there(&inner.part, block),
            Part::Mask(mask) => any(&mask.parts),
            Part::Batch(parts) => any(parts),
            Part::Choice(choice) => choice.cases.iter().any(|(_, parts)| any(parts)),
            Part::Tags(tags) => tags.items.iter().any(|item| self.is_there(&item.part, block)),
            Part::Markup => self.markup.is_some_and(|markup| markup.has_xml(self.said(block))),
            Part::Sum(_) => true,
            Part::Fixed(_)
            | Part::Measure(_)
            | Part::Count(_)
            | Part::Fx
            | Part::Opaque(_)
            | Part::Pad { .. } => false,
        }
    }

    pub(super) fn rows(&self, block: Block, slot: Slot) -> u16 {
        match self.record.value(block, slot) {
            Value::Rows { count } => count,
            _ => 0,
        }
    }

    pub(super) fn is_in(&self, node: NodeId, block: Block, slot: Slot) -> bool {
        !self.record.is_absent(block, slot) && !self.is_omitted(node)
    }

    pub(super) fn is_omitted(&self, node: NodeId) -> bool {
        !self.omit.is_empty() && self.omit.contains(&node)
    }

    pub(super) fn cell(&self, leaf: &Leaf, block: Block) -> Option<&Cell> {
        let cell = self.record.holding(block, leaf.slot)?;
        if self.is_omitted(leaf.node) { None } else { Some(cell) }
    }
}

/// True for the value that a message leaves out.
fn is_left_out(value: Value, absent: i64) -> bool {
    match value {
        Value::Text(TextRef::Source(span) | TextRef::Scratch(span)) => absent == 0 && span.is_empty(),
        _ => is_default(value, absent),
    }
}
