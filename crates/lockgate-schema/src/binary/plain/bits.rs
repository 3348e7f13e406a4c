//! Bits, numbers and lengths, as the plain interpreter reads them; and the faults of structure.

use super::{Around, Walk};
use crate::binary::model::Prefix;
use crate::binary::says;
use crate::fault::{Fault, Stop, says as common};
use lockgate_bytes::Span;
use lockgate_reason::{Code, schema};

impl Walk<'_, '_> {
    /// One bit.
    pub(super) fn bit(&mut self, around: &Around) -> Result<bool, Stop> {
        if self.at >= self.end {
            return Err(self.cut_off(around));
        }
        let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
        let place = if self.lsb_first { self.at % 8 } else { 7_usize.saturating_sub(self.at % 8) };
        self.at = self.at.saturating_add(1);
        Ok(byte >> place & 1 == 1)
    }

    /// `count` bits stand here before the container ends.
    pub(super) fn has(&self, count: u8, around: &Around) -> Result<(), Stop> {
        let is_cut = self.at.saturating_add(usize::from(count)) > self.end;
        if is_cut { Err(self.cut_off(around)) } else { Ok(()) }
    }

    /// A number of `count` bits.
    pub(super) fn number(&mut self, count: u8, little: bool, around: &Around) -> Result<u64, Stop> {
        self.has(count, around)?;
        let mut value = 0_u64;
        for index in 0..count {
            let bit = u64::from(self.bit(around)?);
            let place = if self.lsb_first {
                index
            } else if little {
                // Bytes from the lowest on, the bits of each from the highest on.
                (index / 8).saturating_mul(8).saturating_add(7_u8.saturating_sub(index % 8))
            } else {
                count.saturating_sub(1).saturating_sub(index)
            };
            value |= bit << place;
        }
        Ok(value)
    }

    pub(super) fn span(&self, start: usize) -> Span {
        Span::new(start / 8, self.at.max(start).div_ceil(8))
    }

    pub(super) fn cut_off(&self, around: &Around) -> Stop {
        let fault = Fault::new(schema::NOT_WELL_FORMED, self.at / 8, self.end.max(self.at).div_ceil(8));
        fault.saying(common::CUT_OFF).at(around.place)
    }

    pub(super) fn wrong(&self, code: Code, start: usize, says: &'static str, around: &Around) -> Stop {
        Fault { code, span: self.span(start), says: Some(says) }.at(around.place)
    }

    pub(super) fn plainly(&self, code: Code, start: usize, around: &Around) -> Stop {
        Fault { code, span: self.span(start), says: None }.at(around.place)
    }

    /// Reads a length that stands before something; gives where that ends.
    pub(super) fn prefix(&mut self, prefix: Prefix, around: &Around) -> Result<usize, Stop> {
        let start = self.at;
        let bytes = match prefix.bits {
            0 if prefix.ber => self.ber(around)?,
            0 => self.varint(32, around)?,
            bits => self.number(bits, prefix.little, around)?,
        };
        let from = if prefix.itself { start } else { self.at };
        let end = usize::try_from(bytes).ok().and_then(|bytes| bytes.checked_mul(8)?.checked_add(from));
        match end {
            Some(end) if end >= self.at && end <= self.end => Ok(end),
            _ => Err(self.plainly(schema::WRONG_MEASURE, start, around)),
        }
    }

    /// A varint whose number has at most `bits` bits.
    pub(super) fn varint(&mut self, bits: u8, around: &Around) -> Result<u64, Stop> {
        let start = self.at;
        let (mut whole, mut count) = (0_u128, 0_u32);
        let last = loop {
            let byte = self.number(8, false, around)?;
            whole |= u128::from(byte & 0x7F) << count.saturating_mul(7);
            count = count.saturating_add(1);
            if byte < 0x80 {
                break byte;
            }
            if count >= 10 {
                return Err(self.wrong(schema::LONGER_THAN_NEEDED, start, says::LONG_VARINT, around));
            }
        };
        let padded = count > 1 && last == 0;
        match u64::try_from(whole) {
            Ok(value) if !padded && whole >> bits == 0 => Ok(value),
            _ => Err(self.wrong(schema::LONGER_THAN_NEEDED, start, says::LONG_VARINT, around)),
        }
    }

    pub(super) fn ber(&mut self, around: &Around) -> Result<u64, Stop> {
        let start = self.at;
        let first = self.number(8, false, around)?;
        if first < 128 {
            return Ok(first);
        }
        let long = |walk: &Self| walk.wrong(schema::LONGER_THAN_NEEDED, start, says::LONG_LENGTH, around);
        let count = first.saturating_sub(128);
        if count == 0 || count > 4 {
            return Err(long(self));
        }
        if self.at.saturating_add(usize::try_from(count).unwrap_or(0).saturating_mul(8)) > self.end {
            return Err(self.cut_off(around));
        }
        let mut length = 0_u64;
        let mut leading = false;
        for index in 0..count {
            let byte = self.number(8, false, around)?;
            leading |= index == 0 && byte == 0;
            length = (length << 8) | byte;
        }
        if leading || length < 128 { Err(long(self)) } else { Ok(length) }
    }
}
