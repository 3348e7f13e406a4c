//! Cells of a record inside another one: values go over, and back.

use lockgate_bytes::Span;
use lockgate_record::{Block, Form, NodeId, Record, Shape, Slot, TextRef, Value};

/// The cells of a record or of a row, there and here.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    cells: Vec<(Slot, Slot)>,
    lists: Vec<List>,
}

/// A list, there and here.
#[derive(Clone, Debug)]
struct List {
    cells: (Slot, Slot),
    /// Cells of a row.
    widths: (u16, u16),
    rows: Group,
}

impl Group {
    /// The cells of the record `there` among those of `here`, where `nodes` are.
    pub(super) fn between(there: &Shape, here: &Shape, nodes: &[(NodeId, NodeId)]) -> Self {
        Self::of(there, here, nodes, lockgate_record::GroupId(0))
    }

    fn of(there: &Shape, here: &Shape, nodes: &[(NodeId, NodeId)], group: lockgate_record::GroupId) -> Self {
        let mut found = Self::default();
        for (inner, outer) in nodes {
            let (Some(from), Some(to)) = (there.node(*inner), here.node(*outer)) else { continue };
            if from.group != group || *inner == there.root() {
                continue;
            }
            let cells = (from.slot, to.slot);
            match (&from.form, &to.form) {
                (Form::List { rows, .. }, Form::List { rows: own, .. }) => {
                    let width = |shape: &Shape, group| shape.group(group).map_or(1, |group| group.width);
                    let widths = (width(there, *rows), width(here, *own));
                    found.lists.push(List { cells, widths, rows: Self::of(there, here, nodes, *rows) });
                }
                _ => found.cells.push(cells),
            }
        }
        found
    }

    /// Takes the values of `inner` over; `text` gives each text here, `stands` says where each value stands here.
    pub(super) fn over(
        &self,
        inner: &Record,
        from: Block,
        (record, to): (&mut Record, Block),
        text: &impl Fn(TextRef) -> TextRef,
        stands: &impl Fn(Span) -> Span,
    ) {
        for (there, here) in &self.cells {
            let Some(cell) = inner.holding(from, *there) else { continue };
            let value = match cell.value {
                Value::Text(found) => Value::Text(text(found)),
                Value::Code(found) => Value::Code(text(found)),
                value => value,
            };
            record.set(to, *here, value, stands(cell.span));
        }
        for list in &self.lists {
            for row in inner.rows(from, list.cells.0) {
                let span = stands(inner.cell(row, Slot(0)).span);
                let Some(own) = record.push_row(to, list.cells.1, list.widths.1, span) else { return };
                record.row_stands(to, list.cells.1, own, span);
                list.rows.over(inner, row, (record, own), text, stands);
            }
        }
    }

    /// The same back: a record of the inner type again.
    pub(super) fn back(
        &self,
        (record, object): (&Record, &[u8]),
        from: Block,
        inner: &mut Record,
        to: Block,
    ) {
        let nowhere = Span::default();
        for (there, here) in &self.cells {
            let value = match record.value(from, *here) {
                Value::Absent => continue,
                Value::Text(text) => Value::Text(inner.keep(record.text(text, object))),
                Value::Code(text) => Value::Code(inner.keep(record.text(text, object))),
                value => value,
            };
            inner.set(to, *there, value, nowhere);
        }
        for list in &self.lists {
            for row in record.rows(from, list.cells.1) {
                let Some(own) = inner.push_row(to, list.cells.0, list.widths.0, nowhere) else { return };
                list.rows.back((record, object), row, inner, own);
            }
        }
    }
}
