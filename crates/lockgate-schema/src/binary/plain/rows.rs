//! Rows, as the plain interpreter reads them.

use super::{Around, Walk};
use crate::binary::model::{Ends, List, Part};
use crate::binary::says;
use crate::fault::{Fault, Stop};
use lockgate_reason::{Code, schema};
use lockgate_record::Value;

impl Walk<'_, '_> {
    pub(super) fn list(&mut self, list: &List, outer: &Around) -> Result<bool, Stop> {
        let start = self.at;
        let count = match list.ends {
            Ends::Counted { bits, little } => Some(self.number(bits, little, outer)?),
            Ends::Register(register) => Some(self.register(register)),
            Ends::Fixed(count) => Some(u64::from(count)),
            Ends::Fx | Ends::Before | Ends::Ahead | Ends::Rest | Ends::Occurrence => None,
        };
        if let Some(count) = count {
            if count > u64::from(list.max) {
                return Err(self.rows_wrong(list, schema::TOO_MANY, start, outer));
            }
            if count < u64::from(list.min) {
                return Err(self.rows_wrong(list, schema::TOO_FEW, start, outer));
            }
        }
        let mut rows = match self.into.record.value(outer.block, list.slot) {
            Value::Rows { count } if list.ends == Ends::Occurrence => count,
            _ => 0,
        };
        let mut more = match list.ends {
            Ends::Before => self.bit(outer)?,
            Ends::Rest => self.at < self.end,
            _ => count != Some(0),
        };
        if !more && count.is_none() && list.min > 0 {
            return Err(self.rows_wrong(list, schema::TOO_FEW, start, outer));
        }
        let mut begin = start;
        while more {
            if rows >= list.max {
                return Err(self.rows_wrong(list, schema::TOO_MANY, begin, outer));
            }
            let announced = list.ends == Ends::Ahead && self.row_bit(list, rows.saturating_add(1), outer)?;
            begin = self.at;
            self.row(list, rows, outer)?;
            let ended = self.at;
            // What costs no bit could stand there as often as a count says.
            if ended == begin && list.ends.tells_no_row() {
                let fault = Fault {
                    code: schema::NOT_WELL_FORMED,
                    span: self.span(begin),
                    says: Some(says::EMPTY_ROW),
                };
                return Err(fault.at(outer.place.at(list.node)));
            }
            rows = rows.saturating_add(1);
            more = match list.ends {
                Ends::Fx | Ends::Before => self.row_bit(list, rows, outer)?,
                Ends::Ahead => announced,
                Ends::Rest => self.at < self.end,
                Ends::Occurrence => false,
                _ => u64::from(rows) < count.unwrap_or(0),
            };
            if more {
                begin = ended;
            }
        }
        if rows > 0 && rows < list.min && list.ends != Ends::Occurrence {
            return Err(self.rows_wrong(list, schema::TOO_FEW, begin, outer));
        }
        // Without a row no bit speaks of what rows hold.
        let told = list.parts.iter().any(|part| match part {
            Part::If(inner) => self.register(inner.register) >> inner.slot & 1 == 1,
            _ => false,
        });
        self.exact &= rows > 0 || !told;
        Ok(rows > 0)
    }

    /// A bit before or behind the row of this number, counted from one: whether another follows.
    fn row_bit(&mut self, list: &List, row: u16, outer: &Around) -> Result<bool, Stop> {
        self.bit(outer_row(outer, list, row).as_ref().unwrap_or(outer))
    }

    pub(super) fn row(&mut self, list: &List, row: u16, outer: &Around) -> Result<(), Stop> {
        let (start, end) = (self.at, self.end);
        let place = outer.place.at(list.node).in_row(row);
        let Some(block) = self.into.record.push_row(outer.block, list.slot, list.width, self.span(start))
        else {
            return Err(self.rows_wrong(list, schema::TOO_MANY, start, outer));
        };
        let mut around = Around { place, block, start, told: false, whole: false };
        self.parts(&list.parts, &mut around)?;
        self.closed(&around)?;
        self.end = end;
        self.into.record.row_stands(outer.block, list.slot, block, self.span(start));
        Ok(())
    }

    pub(super) fn rows_wrong(&self, list: &List, code: Code, start: usize, outer: &Around) -> Stop {
        let span = self.span(start);
        Fault { code, span, says: None }.at(outer.place.at(list.node))
    }
}

/// Where a bit before or behind a row stands, for its fault: in that row.
fn outer_row(outer: &Around, list: &List, rows: u16) -> Option<Around> {
    let row = rows.checked_sub(1)?;
    Some(Around { place: outer.place.at(list.node).in_row(row), ..*outer })
}
