//! Rows: how many, where each begins and ends.

use super::{Frame, Run, span};
use crate::binary::model::Ends;
use crate::binary::program::ListOp;
use crate::binary::says;
use crate::fault::Fault;
use lockgate_reason::{Code, schema};
use lockgate_record::Value;

impl<'a> Run<'a, '_> {
    pub(super) fn list(&mut self, index: usize) -> Option<u32> {
        let list: &'a ListOp = self.program.lists.get(index)?;
        let start = self.at;
        let count = match list.ends {
            Ends::Counted { bits, little } => self.number(bits, little)?,
            Ends::Register(register) => self.registers.get(usize::from(register)).copied()?,
            Ends::Fixed(count) => u64::from(count),
            Ends::Before => self.take(1)?,
            Ends::Fx | Ends::Ahead | Ends::Occurrence => 1,
            Ends::Rest => u64::from(self.at < self.end),
        };
        let counted = matches!(list.ends, Ends::Counted { .. } | Ends::Register(_) | Ends::Fixed(_));
        if count > u64::from(list.max) {
            return self.wrong_rows(list, schema::TOO_MANY, start);
        }
        let occurrence = list.ends == Ends::Occurrence;
        if (counted && count < u64::from(list.min)) || (!counted && count == 0 && list.min > 0) {
            return self.wrong_rows(list, schema::TOO_FEW, start);
        }
        if count == 0 {
            self.unsure = true;
            return Some(list.out);
        }
        self.push(start)?;
        let rows = match self.into.record.value(self.block, list.slot) {
            Value::Rows { count } if occurrence => count,
            _ => 0,
        };
        if rows >= list.max {
            return self.wrong_rows(list, schema::TOO_MANY, start);
        }
        let frame = self.top()?;
        frame.left = u32::try_from(count).unwrap_or(u32::MAX);
        frame.row = rows;
        self.row(list)
    }

    #[cold]
    fn wrong_rows(&mut self, list: &ListOp, code: Code, start: usize) -> Option<u32> {
        let place = self.place.at(list.node);
        self.stop(Fault { code, span: span(start, self.at), says: None }, place)
    }

    /// Begins the next row.
    fn row(&mut self, list: &'a ListOp) -> Option<u32> {
        let frame = self.top()?;
        let (outer, row) = (frame.block, frame.row);
        self.place = frame.place.at(list.node).in_row(row);
        if list.ends == Ends::Ahead {
            let more = self.take(1)?;
            // This one, and the next.
            self.top()?.left = if more == 1 { 2 } else { 1 };
        }
        let at = self.at;
        self.top()?.start = at;
        self.block = self.into.record.push_row(outer, list.slot, list.width, span(at, at))?;
        Some(list.row)
    }

    pub(super) fn row_end(&mut self, index: usize) -> Option<u32> {
        let list: &'a ListOp = self.program.lists.get(index)?;
        self.whole()?;
        let at = self.at;
        let frame = self.top()?;
        frame.row = frame.row.saturating_add(1);
        frame.left = frame.left.saturating_sub(1);
        frame.measured = false;
        let Frame { start, end, block: outer, left, row, .. } = *frame;
        self.end = end;
        self.into.record.row_stands(outer, list.slot, self.block, span(start, at));
        if at == start && list.ends.tells_no_row() {
            let place = self.top()?.place.at(list.node);
            let fault =
                Fault { code: schema::NOT_WELL_FORMED, span: span(at, at), says: Some(says::EMPTY_ROW) };
            return self.stop(fault, place);
        }
        let more = match list.ends {
            Ends::Counted { .. } | Ends::Register(_) | Ends::Fixed(_) | Ends::Ahead => left > 0,
            Ends::Fx | Ends::Before => self.take(1)? == 1,
            Ends::Rest => self.at < self.end,
            Ends::Occurrence => false,
        };
        if more && row >= list.max {
            self.place = self.top()?.place;
            return self.wrong_rows(list, schema::TOO_MANY, at);
        }
        if more {
            return self.row(list);
        }
        self.pop()?;
        if row < list.min && list.ends != Ends::Occurrence {
            return self.wrong_rows(list, schema::TOO_FEW, start);
        }
        Some(0)
    }
}
