//! Rows: of lists, and of open sets.

use super::compile::OpenOp;
use super::{Open, Run};
use lockgate_bytes::Span;
use lockgate_reason::schema;
use lockgate_record::{Block, Place, Slot, Value};

impl<'a> Run<'a, '_, '_> {
    /// Adds a row to a list in `place`, unless it is full.
    #[inline]
    pub(super) fn push_row(
        &mut self,
        block: Block,
        slot: Slot,
        rows: crate::model::Rows,
        span: Span,
        place: Place,
    ) -> Option<(Block, u16)> {
        let count = self.count(block, slot);
        if count < rows.max
            && let Some(row) = self.into.record.push_row(block, slot, rows.width, span)
        {
            return Some((row, count));
        }
        self.stop(schema::TOO_MANY, span, None, place)
    }

    /// Reads `<name>value</name>`, a row of an open set.
    pub(super) fn open_element(&mut self, set: &OpenOp, parent: &Open<'a>, outer: usize) -> Option<()> {
        let place = parent.place.at(set.node);
        let tag = self.scanner.tag;
        self.all_known(outer, place)?;
        if let Some(token) = self.scanner.tokens().iter().find(|token| !token.declares) {
            return self.stop(schema::UNKNOWN_ATTRIBUTE, token.name.span, None, place);
        }
        self.scanner.exact &= !self.scanner.declares;
        let value = self.content(place, &tag, outer, None)?;
        self.row(set, parent, tag.name.span, value)
    }

    /// Adds a row to an open set.
    pub(super) fn row(&mut self, set: &OpenOp, open: &Open<'a>, name: Span, value: (Span, u8)) -> Option<()> {
        let place = open.place.at(set.node);
        let (row, count) = self.push_row(open.block, set.slot, set.rows, name, place)?;
        let place = place.in_row(count);
        self.value(&set.name, row, place.at(set.name.node), name, 0);
        self.value(&set.value, row, place.at(set.value.node), value.0, value.1);
        Some(())
    }

    #[inline]
    pub(super) fn count(&self, block: Block, slot: Slot) -> u16 {
        if let Value::Rows { count } = self.into.record.value(block, slot) { count } else { 0 }
    }

    pub(super) fn least(&mut self, open: &Open<'a>, tag: Span, set: &OpenOp) {
        if self.count(open.block, set.slot) < set.rows.min {
            self.report(schema::TOO_FEW, tag, open.place.at(set.node));
        }
    }
}
