//! The plain interpreter of a binary type: walks the tree, reads bit after bit, and keeps no tables. It reads every
//! rewritten object again, so it shares with the compiled program nothing but the description and the sentences.

use super::markup::Markup;
use super::model::{
    Binary, Choice, Ends, If, Item, Length, List, Mask, Measure, Opaque, Part, Prefix, Section,
};
use super::model::{MAX_REGISTERS, TagCoding, TagPlace, Tags};
use super::{armour, says, sum};
use crate::fault::{Fault, Stop, says as common};
use crate::program::Fragment;
use crate::reference;
use lockgate_bytes::{Budget, Span};
use lockgate_core::{Inspection, Undeclared};
use lockgate_reason::{Code, framing, schema};
use lockgate_record::{Block, NodeId, Place, Slot, Value};

mod values;

/// Reads `bytes` into `into`, which has just begun.
pub(crate) fn inspect(
    of: &Binary,
    (root, size): (NodeId, usize),
    bytes: &[u8],
    into: &mut Inspection,
    budget: &mut Budget,
) {
    let place = Place::of(root);
    if let Err(fault) = super::open(size, bytes, budget) {
        into.reasons.push(fault.reason(place));
        return;
    }
    if of.sentences.is_empty() {
        return read(of, place, bytes, into);
    }
    match armour::plain::open(&of.sentences, bytes) {
        Ok(opened) => {
            read(of, place, opened.bytes(), into);
            opened.relocate(into);
        }
        Err(fault) => into.reasons.push(fault.reason(place)),
    }
}

fn read(of: &Binary, place: Place, bytes: &[u8], into: &mut Inspection) {
    into.record.set(Block::ROOT, Slot(0), Value::Present, Span::new(0, bytes.len()));
    let end = bytes.len().saturating_mul(8);
    let markup = of.markup.as_deref();
    let mut walk =
        Walk { bytes, lsb_first: of.lsb_first, into, at: 0, end, registers: [0; MAX_REGISTERS], markup };
    let mut around = Around { place, block: Block::ROOT, start: 0, told: false, whole: true };
    let walked = walk.parts(&of.parts, &mut around).and_then(|()| walk.ended(&around));
    if let Err(Stop { fault, place }) = walked {
        walk.into.reasons.push(fault.reason(place));
    }
}

/// One reading.
struct Walk<'a, 'b> {
    bytes: &'a [u8],
    lsb_first: bool,
    into: &'b mut Inspection,
    at: usize,
    end: usize,
    /// What masks, counts and selectors said last.
    registers: [u64; MAX_REGISTERS],
    markup: Option<&'a Markup>,
}

/// The container that is being read.
#[derive(Clone, Copy)]
struct Around {
    place: Place,
    block: Block,
    start: usize,
    /// It said how long it is.
    told: bool,
    /// It is the whole object.
    whole: bool,
}

impl Walk<'_, '_> {
    fn parts(&mut self, parts: &[Part], around: &mut Around) -> Result<(), Stop> {
        let mut rest = parts.iter().peekable();
        while let Some(part) = rest.next() {
            if matches!(part, Part::Fx) {
                let start = self.at;
                if !self.bit(around)? {
                    return Ok(());
                }
                if rest.peek().is_none() {
                    return Err(self.wrong(schema::UNKNOWN_PART, start, says::BEYOND_LAST, around));
                }
            } else {
                self.part(part, around)?;
            }
        }
        Ok(())
    }

    fn part(&mut self, part: &Part, around: &mut Around) -> Result<(), Stop> {
        match part {
            Part::Value(leaf) => self.value(leaf, around),
            Part::Fixed(fixed) => {
                let start = self.at;
                if self.number(fixed.bits, false, around)? == fixed.is {
                    return Ok(());
                }
                let code = if fixed.spare { schema::SPARE_SET } else { schema::WRONG_CONSTANT };
                Err(self.plainly(code, start, around))
            }
            Part::Measure(measure) => self.measure(measure, around),
            Part::Count(count) => {
                let value = self.number(count.bits, count.little, around)?;
                self.set(count.register, value);
                Ok(())
            }
            Part::Sum(wanted) => {
                let start = self.at;
                let told = self.number(wanted.kind.bits(), false, around)?;
                if sum::of(wanted.kind, self.bytes.get(..start / 8).unwrap_or(&[])) == told {
                    return Ok(());
                }
                Err(self.plainly(schema::WRONG_CHECKSUM, start, around))
            }
            Part::Section(section) => self.section(section, around),
            Part::Mask(mask) => self.mask(mask, around),
            Part::If(If { register, slot, part }) => {
                if self.register(*register) >> slot & 1 == 1 {
                    self.part(part, around)
                } else {
                    Ok(())
                }
            }
            Part::Fx => Ok(()),
            Part::List(list) => self.list(list, around),
            Part::Opaque(opaque) => self.opaque(opaque, around),
            Part::Batch(parts) => {
                self.parts(parts, around)?;
                if self.at < self.end {
                    let fault = Fault::new(framing::SEVERAL_OBJECTS, self.at / 8, self.end.div_ceil(8));
                    return Err(fault.at(around.place));
                }
                Ok(())
            }
            Part::Choice(choice) => self.choice(choice, around),
            Part::Tags(tags) => self.tags(tags, around),
            Part::Markup => self.markup(around),
            Part::Pad { to } => {
                let start = self.at;
                let missing = self.at.next_multiple_of(usize::from(*to)).saturating_sub(self.at);
                self.has(u8::try_from(missing).unwrap_or(u8::MAX), around)?;
                let mut clear = true;
                while !self.at.is_multiple_of(usize::from(*to)) {
                    clear &= !self.bit(around)?;
                }
                if clear { Ok(()) } else { Err(self.plainly(schema::SPARE_SET, start, around)) }
            }
        }
    }

    fn section(&mut self, section: &Section, outer: &Around) -> Result<(), Stop> {
        let (start, end) = (self.at, self.end);
        if section.shared.is_some() && !self.into.record.is_absent(outer.block, section.slot) {
            let fault = Fault::new(schema::DUPLICATE, start / 8, end.div_ceil(8));
            return Err(fault.saying(says::TWO_WAYS).at(outer.place.at(section.node)));
        }
        let mut told = false;
        if let Some(prefix) = section.length {
            self.end = self.prefix(prefix, outer)?;
            told = true;
        }
        let place = outer.place.at(section.node);
        let mut around = Around { place, block: outer.block, start, told, whole: false };
        self.into.record.set(outer.block, section.slot, Value::Present, self.span(start));
        self.parts(&section.parts, &mut around)?;
        self.closed(&around)?;
        self.end = end;
        self.into.record.set(outer.block, section.slot, Value::Present, self.span(start));
        Ok(())
    }

    /// A container that said how long it is has to be that long.
    fn closed(&self, around: &Around) -> Result<(), Stop> {
        if around.told && self.at != self.end {
            let fault = Fault::new(schema::WRONG_MEASURE, self.at / 8, self.end.div_ceil(8));
            return Err(fault.saying(says::LEFT_OVER).at(around.place));
        }
        Ok(())
    }

    fn ended(&self, around: &Around) -> Result<(), Stop> {
        if self.at < self.end {
            let fault = Fault::new(schema::TRAILING_BYTES, self.at / 8, self.end.div_ceil(8));
            return Err(fault.at(around.place));
        }
        Ok(())
    }

    /// Reads the children of an element as XML, to the end of what they stand in.
    fn markup(&mut self, around: &Around) -> Result<(), Stop> {
        let (start, end) = (self.at / 8, self.end / 8);
        let Some(markup) = self.markup else { return Err(self.cut_off(around)) };
        if start >= end {
            return Err(self.wrong(schema::LONGER_THAN_NEEDED, self.at, says::DEFAULT, around));
        }
        let there = |slot: Slot| !self.into.record.is_absent(around.block, slot);
        let seen = markup.shared.iter().filter(|shared| there(shared.slot));
        let seen = seen.fold(0_u64, |seen, shared| seen | 1 << shared.child);
        let bytes = self.bytes.get(..end).unwrap_or(&[]);
        let from = Fragment { bytes, start, block: around.block, place: around.place, seen };
        reference::fragment(&markup.model, from, self.into)?;
        self.at = self.end;
        Ok(())
    }

    fn measure(&mut self, measure: &Measure, around: &mut Around) -> Result<(), Stop> {
        let start = self.at;
        if measure.bits == 0 {
            let bytes = self.varint(32, around)?;
            let rest = self.end.saturating_sub(self.at) / 8;
            if usize::try_from(bytes) == Ok(rest) && self.at.is_multiple_of(8) {
                return Ok(());
            }
            return Err(self.plainly(schema::WRONG_MEASURE, start, around));
        }
        let bytes = self.number(measure.bits, measure.little, around)?;
        let end =
            usize::try_from(bytes).ok().and_then(|bytes| bytes.checked_mul(8)?.checked_add(around.start));
        match end {
            Some(end) if around.whole && end == self.end => {}
            Some(end) if !around.whole && self.at <= end && end <= self.end => self.end = end,
            _ => return Err(self.plainly(schema::WRONG_MEASURE, start, around)),
        }
        around.told = true;
        Ok(())
    }

    fn mask(&mut self, mask: &Mask, around: &mut Around) -> Result<(), Stop> {
        let start = self.at;
        let (mut set, mut count) = (0_u64, 0_u8);
        if mask.fx {
            loop {
                let octet = self.at;
                self.has(8, around)?;
                let mut any = false;
                for _ in 0..7 {
                    let bit = self.bit(around)?;
                    any |= bit;
                    set |= u64::from(bit) << count;
                    count = count.saturating_add(1);
                }
                let more = self.bit(around)?;
                if !more && !any {
                    return Err(self.wrong(schema::LONGER_THAN_NEEDED, octet, says::EMPTY_FX, around));
                }
                if !more {
                    break;
                }
                if count >= mask.slots {
                    return Err(self.wrong(schema::UNKNOWN_PART, octet, says::BEYOND_LAST, around));
                }
            }
        } else {
            self.has(mask.slots, around)?;
            for slot in 0..mask.slots {
                set |= u64::from(self.bit(around)?) << slot;
            }
        }
        if set & !mask.known != 0 {
            return Err(self.wrong(schema::UNKNOWN_PART, start, says::SPARE_SLOT, around));
        }
        if set & mask.required != mask.required {
            let fault = Fault::new(schema::MISSING, self.at / 8, self.at.div_ceil(8));
            return Err(fault.saying(says::REQUIRED_SLOT).at(around.place));
        }
        self.set(mask.register, set);
        self.parts(&mask.parts, around)
    }

    fn register(&self, wanted: u8) -> u64 {
        self.registers.get(usize::from(wanted)).copied().unwrap_or(0)
    }

    fn set(&mut self, register: u8, value: u64) {
        if let Some(place) = self.registers.get_mut(usize::from(register)) {
            *place = value;
        }
    }

    fn list(&mut self, list: &List, outer: &Around) -> Result<(), Stop> {
        let start = self.at;
        let count = match list.ends {
            Ends::Counted { bits, little } => Some(self.number(bits, little, outer)?),
            Ends::Register(register) => Some(self.register(register)),
            Ends::Fixed(count) => Some(u64::from(count)),
            Ends::Fx | Ends::Before | Ends::Rest | Ends::Occurrence => None,
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
                Ends::Fx | Ends::Before => {
                    self.bit(outer_row(outer, list, rows).as_ref().unwrap_or(outer))?
                }
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
        Ok(())
    }

    fn row(&mut self, list: &List, row: u16, outer: &Around) -> Result<(), Stop> {
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

    fn rows_wrong(&self, list: &List, code: Code, start: usize, outer: &Around) -> Stop {
        let span = self.span(start);
        Fault { code, span, says: None }.at(outer.place.at(list.node))
    }

    fn choice(&mut self, choice: &Choice, around: &mut Around) -> Result<(), Stop> {
        let selector = self.register(choice.register);
        match choice.cases.iter().find(|case| case.0 == selector) {
            Some((_, parts)) => self.parts(parts, around),
            None => Err(self.wrong(schema::UNKNOWN_PART, self.at, says::NO_CASE, around)),
        }
    }

    fn opaque(&mut self, opaque: &Opaque, around: &Around) -> Result<(), Stop> {
        let start = self.at;
        let end = match opaque.length {
            Length::Before(prefix) => self.prefix(prefix, around)?,
            Length::Fixed(bits) => self.at.saturating_add(usize::try_from(bits).unwrap_or(usize::MAX)),
            Length::Rest | Length::Terminator(_) => self.end,
        };
        if end > self.end {
            return Err(self.cut_off(around));
        }
        self.at = end;
        let span = self.span(start);
        if span.len() > usize::try_from(opaque.max).unwrap_or(usize::MAX) {
            return Err(self.wrong(schema::BAD_LENGTH, start, says::LONG_PART, around));
        }
        self.into.undeclared.push(Undeclared {
            parent: around.place,
            span,
            marked: false,
            second_label: false,
        });
        Ok(())
    }

    fn tags(&mut self, tags: &Tags, around: &mut Around) -> Result<(), Stop> {
        // A bit an item: there are at most 128.
        let mut seen = 0_u128;
        for (_, slot) in &tags.sections {
            let span = Span::new(self.at / 8, self.end.div_ceil(8));
            self.into.record.set(around.block, *slot, Value::Present, span);
        }
        while self.at < self.end {
            let start = self.at;
            let (key, wire) = self.key(tags.coding, around)?;
            let found = tags.items.iter().position(|item| item.key == key);
            let Some((index, item)) = found.and_then(|index| Some((index, tags.items.get(index)?))) else {
                let protobuf = tags.coding == TagCoding::Protobuf;
                let code = if protobuf { schema::UNKNOWN_FIELD } else { schema::UNKNOWN_PART };
                return Err(self.wrong(code, start, says::NO_TAG, around));
            };
            if tags.coding == TagCoding::Protobuf && item.wire != wire {
                return Err(self.wrong(schema::BAD_VALUE, start, says::WIRE_TYPE, around));
            }
            let repeats = matches!(&item.part, Part::List(list) if list.ends == Ends::Occurrence);
            if seen >> index & 1 == 1 && !repeats {
                return Err(self.plainly(schema::DUPLICATE, start, around));
            }
            let late = item.place == TagPlace::First && seen != 0;
            if late || (tags.ordered && seen >> index > 1) {
                return Err(self.wrong(schema::WRONG_ORDER, start, says::TAG_ORDER, around));
            }
            seen |= 1 << index;
            self.item(tags.coding, item, (wire, start), around)?;
        }
        let is_there = |index: usize| seen >> index & 1 == 1;
        let missing = tags.items.iter().enumerate().any(|(index, item)| item.required && !is_there(index));
        if missing {
            return Err(Fault::new(schema::MISSING, self.at / 8, self.at.div_ceil(8)).at(around.place));
        }
        for (index, item) in tags.items.iter().enumerate() {
            if let Part::Value(leaf) = &item.part
                && !is_there(index)
            {
                self.left_out(leaf, around);
            }
        }
        Ok(())
    }

    /// Reads what stands behind a key: a length, and the part in it.
    fn item(
        &mut self,
        coding: TagCoding,
        item: &Item,
        (wire, start): (u8, usize),
        around: &mut Around,
    ) -> Result<(), Stop> {
        let outer = self.end;
        let end = self.item_end(coding, wire, around)?;
        if item.place == TagPlace::Last && end < outer {
            return Err(self.wrong(schema::WRONG_ORDER, start, says::TAG_ORDER, around));
        }
        self.end = end;
        self.part(&item.part, &mut Around { told: false, ..*around })?;
        if self.at != self.end {
            let fault = Fault::new(schema::WRONG_MEASURE, self.at / 8, self.end.div_ceil(8));
            return Err(fault.saying(says::LEFT_OVER).at(around.place));
        }
        self.end = outer;
        Ok(())
    }

    /// One bit.
    fn bit(&mut self, around: &Around) -> Result<bool, Stop> {
        if self.at >= self.end {
            return Err(self.cut_off(around));
        }
        let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
        let place = if self.lsb_first { self.at % 8 } else { 7_usize.saturating_sub(self.at % 8) };
        self.at = self.at.saturating_add(1);
        Ok(byte >> place & 1 == 1)
    }

    /// `count` bits stand here before the container ends.
    fn has(&self, count: u8, around: &Around) -> Result<(), Stop> {
        let is_cut = self.at.saturating_add(usize::from(count)) > self.end;
        if is_cut { Err(self.cut_off(around)) } else { Ok(()) }
    }

    /// A number of `count` bits.
    fn number(&mut self, count: u8, little: bool, around: &Around) -> Result<u64, Stop> {
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

    fn span(&self, start: usize) -> Span {
        Span::new(start / 8, self.at.max(start).div_ceil(8))
    }

    fn cut_off(&self, around: &Around) -> Stop {
        let fault = Fault::new(schema::NOT_WELL_FORMED, self.at / 8, self.end.max(self.at).div_ceil(8));
        fault.saying(common::CUT_OFF).at(around.place)
    }

    fn wrong(&self, code: Code, start: usize, says: &'static str, around: &Around) -> Stop {
        Fault { code, span: self.span(start), says: Some(says) }.at(around.place)
    }

    fn plainly(&self, code: Code, start: usize, around: &Around) -> Stop {
        Fault { code, span: self.span(start), says: None }.at(around.place)
    }

    /// Reads a length that stands before something; gives where that ends.
    fn prefix(&mut self, prefix: Prefix, around: &Around) -> Result<usize, Stop> {
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
}

/// Where a bit behind a row stands, for its fault: in that row.
fn outer_row(outer: &Around, list: &List, rows: u16) -> Option<Around> {
    let row = rows.checked_sub(1)?;
    Some(Around { place: outer.place.at(list.node).in_row(row), ..*outer })
}
