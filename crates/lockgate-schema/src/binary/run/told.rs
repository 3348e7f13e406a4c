//! What an object has and its record has not: constants, spare bits, lengths, checksums, parts that nobody looks into.

use super::{Run, span};
use crate::binary::model::{Length, Prefix, SumKind};
use crate::binary::{says, sum};
use lockgate_core::Undeclared;
use lockgate_reason::schema;

impl Run<'_, '_> {
    pub(super) fn fixed(&mut self, count: u8, is: u64, spare: bool) -> Option<u32> {
        let start = self.at;
        if self.take(count)? == is {
            return Some(0);
        }
        let code = if spare { schema::SPARE_SET } else { schema::WRONG_CONSTANT };
        self.stop_at(code, start, self.at, None)
    }

    pub(super) fn measure(&mut self, count: u8, little: bool) -> Option<u32> {
        let start = self.at;
        if count == 0 {
            let told = self.varint(32)?;
            if usize::try_from(told).ok().and_then(|told| told.checked_mul(8))
                == self.end.checked_sub(self.at)
            {
                return Some(0);
            }
            return self.stop_at(schema::WRONG_MEASURE, start, self.at, None);
        }
        let told = self.number(count, little)?;
        let told = usize::try_from(told).unwrap_or(usize::MAX).saturating_mul(8);
        let (depth, at, outer) = (self.depth, self.at, self.end);
        let frame = self.top()?;
        let end = frame.start.saturating_add(told);
        // Where a length was told already, both are the same.
        let fixed = depth == 0 || frame.measured;
        let fits = if fixed { end == outer } else { at <= end && end <= outer };
        if !fits {
            return self.stop_at(schema::WRONG_MEASURE, start, at, None);
        }
        frame.measured = true;
        self.end = end;
        Some(0)
    }

    pub(super) fn sum(&mut self, kind: SumKind) -> Option<u32> {
        let start = self.at;
        let told = self.take(kind.bits())?;
        let before = self.bytes.get(..start / 8).unwrap_or(&[]);
        if sum::of(kind, before) == told {
            return Some(0);
        }
        self.stop_at(schema::WRONG_CHECKSUM, start, self.at, None)
    }

    /// Reads a length that stands before something; gives where that ends.
    pub(in super::super) fn prefix(&mut self, prefix: Prefix) -> Option<usize> {
        let start = self.at;
        let told = match prefix.bits {
            0 if prefix.ber => self.ber()?,
            0 => self.varint(32)?,
            width => self.number(width, prefix.little)?,
        };
        let told = usize::try_from(told).unwrap_or(usize::MAX).saturating_mul(8);
        let end = if prefix.itself { start } else { self.at }.saturating_add(told);
        if end > self.end || end < self.at {
            return self.stop_at(schema::WRONG_MEASURE, start, self.at, None);
        }
        Some(end)
    }

    pub(super) fn opaque(&mut self, max: u32, length: Length) -> Option<u32> {
        let start = self.at;
        let end = match length {
            Length::Before(prefix) => self.prefix(prefix)?,
            Length::Fixed(count) => {
                let end = self.at.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
                if end > self.end {
                    return self.cut_off();
                }
                end
            }
            _ => self.end,
        };
        self.at = end;
        let whole = span(start, end);
        if whole.len() > usize::try_from(max).unwrap_or(usize::MAX) {
            return self.stop_at(schema::BAD_LENGTH, start, end, Some(says::LONG_PART));
        }
        self.exact = false;
        self.into.undeclared.push(Undeclared {
            parent: self.place,
            span: whole,
            marked: false,
            second_label: false,
        });
        Some(0)
    }

    pub(super) fn pad(&mut self, to: u8) -> Option<u32> {
        let (start, to) = (self.at, usize::from(to));
        let over = self.at.checked_rem(to).unwrap_or(0);
        if over != 0 {
            let missing = u8::try_from(to.wrapping_sub(over)).unwrap_or(0);
            if self.take(missing)? != 0 {
                return self.stop_at(schema::SPARE_SET, start, self.at, None);
            }
        }
        Some(0)
    }
}
