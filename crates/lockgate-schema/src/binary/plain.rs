//! The plain interpreter of a binary type: walks the tree, reads bit after bit, and keeps no tables. It reads every
//! rewritten object again, so it shares with the compiled program nothing but the description and the sentences.

use super::markup::{Markup, Shared};
use super::model::{Binary, Choice, If, Length, MAX_REGISTERS, Mask, Measure, Opaque, Part, Section};
use super::text::Short;
use super::{armour, says, sum};
use crate::bounds;
use crate::fault::{Fault, Stop};
use crate::program::Fragment;
use crate::reference;
use crate::same::Same;
use lockgate_bytes::{Budget, Span};
use lockgate_core::{Inspection, Undeclared};
use lockgate_reason::{framing, schema};
use lockgate_record::{Block, NodeId, Place, Slot, Value};
use std::fmt::Write as _;

mod bits;
mod digits;
mod rows;
mod tags;
mod texts;
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
    if let Err(fault) = bounds::open(size, bytes, budget) {
        into.reasons.push(fault.reason(place));
        return;
    }
    if of.sentences.is_empty() {
        into.canonical = read(of, place, bytes, into);
        return;
    }
    match armour::plain::open(&of.sentences, bytes) {
        Ok(opened) => {
            into.canonical = read(of, place, opened.bytes(), into) && armour::plain::is_laid_out(&opened);
            opened.relocate(into);
        }
        Err(fault) => into.reasons.push(fault.reason(place)),
    }
}

/// Reads it; true where it is written in the one way.
fn read(of: &Binary, place: Place, bytes: &[u8], into: &mut Inspection) -> bool {
    into.record.set(Block::ROOT, Slot(0), Value::Present, Span::new(0, bytes.len()));
    let end = bytes.len().saturating_mul(8);
    let markup = of.markup.as_deref();
    let mut walk = Walk {
        bytes,
        lsb_first: of.lsb_first,
        into,
        at: 0,
        end,
        registers: [0; MAX_REGISTERS],
        markup,
        exact: true,
    };
    let mut around = Around { place, block: Block::ROOT, start: 0, told: false, whole: true };
    let walked = walk.parts(&of.parts, &mut around).and_then(|_| walk.ended(&around));
    if let Err(Stop { fault, place }) = walked {
        walk.into.reasons.push(fault.reason(place));
    }
    walk.exact && walk.into.reasons.is_empty() && walk.into.undeclared.is_empty()
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
    /// So far the object is written in the one way. Bits say that something stands there, and then the record shows it;
    /// tags come in the order of the description.
    exact: bool,
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
    /// Reads parts; true where the record shows that one of them was there.
    fn parts(&mut self, parts: &[Part], around: &mut Around) -> Result<bool, Stop> {
        let (mut shown, mut promised) = (false, false);
        let mut rest = parts.iter().peekable();
        while let Some(part) = rest.next() {
            if matches!(part, Part::Fx) {
                let start = self.at;
                if !self.bit(around)? {
                    break;
                }
                if rest.peek().is_none() {
                    return Err(self.wrong(schema::UNKNOWN_PART, start, says::BEYOND_LAST, around));
                }
                promised = true;
            } else if self.part(part, around)? {
                (shown, promised) = (true, false);
            }
        }
        // An extension of which nothing is left says nothing.
        self.exact &= !promised;
        Ok(shown)
    }

    /// Reads a part; true where the record shows that it was there.
    fn part(&mut self, part: &Part, around: &mut Around) -> Result<bool, Stop> {
        match part {
            Part::Value(leaf) => self.value(leaf, around).map(|()| true),
            Part::Fixed(fixed) => {
                let start = self.at;
                if self.number(fixed.bits, false, around)? == fixed.is {
                    return Ok(false);
                }
                let code = if fixed.spare { schema::SPARE_SET } else { schema::WRONG_CONSTANT };
                Err(self.plainly(code, start, around))
            }
            Part::Measure(measure) => self.measure(measure, around).map(|()| false),
            Part::Count(count) => {
                let value = self.number(count.bits, count.little, around)?;
                self.set(count.register, value);
                Ok(false)
            }
            Part::Sum(wanted) => {
                let start = self.at;
                let told = self.number(wanted.kind.bits(), false, around)?;
                if sum::of(wanted.kind, self.bytes.get(..start / 8).unwrap_or(&[])) == told {
                    return Ok(true);
                }
                Err(self.plainly(schema::WRONG_CHECKSUM, start, around))
            }
            Part::Section(section) => self.section(section, around),
            Part::Mask(mask) => self.mask(mask, around),
            Part::If(If { register, slot, part }) => {
                if self.register(*register) >> slot & 1 == 0 {
                    return Ok(false);
                }
                let shown = self.part(part, around)?;
                self.exact &= shown || part.is_computed();
                Ok(shown)
            }
            Part::Fx => Ok(false),
            Part::List(list) => self.list(list, around),
            Part::Opaque(opaque) => self.opaque(opaque, around).map(|()| false),
            Part::Batch(parts) => {
                let shown = self.parts(parts, around)?;
                if self.at < self.end {
                    let fault = Fault::new(framing::SEVERAL_OBJECTS, self.at / 8, self.end.div_ceil(8));
                    return Err(fault.at(around.place));
                }
                Ok(shown)
            }
            Part::Choice(choice) => self.choice(choice, around),
            Part::Tags(tags) => self.tags(tags, around),
            Part::Markup => self.markup(around).map(|()| true),
            Part::Pad { to } => {
                let start = self.at;
                let missing = self.at.next_multiple_of(usize::from(*to)).saturating_sub(self.at);
                self.has(u8::try_from(missing).unwrap_or(u8::MAX), around)?;
                let mut clear = true;
                while !self.at.is_multiple_of(usize::from(*to)) {
                    clear &= !self.bit(around)?;
                }
                if clear { Ok(false) } else { Err(self.plainly(schema::SPARE_SET, start, around)) }
            }
        }
    }

    fn section(&mut self, section: &Section, outer: &Around) -> Result<bool, Stop> {
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
        let shown = self.parts(&section.parts, &mut around)?;
        self.closed(&around)?;
        self.end = end;
        self.into.record.set(outer.block, section.slot, Value::Present, self.span(start));
        // Of a field specification and what it speaks of nothing is left without that.
        let bare = matches!(section.parts.as_slice(), [Part::Mask(mask)] if mask.fx);
        Ok(shown || !bare)
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
        if !self.at.is_multiple_of(8) || !self.end.is_multiple_of(8) {
            let from = std::mem::replace(&mut self.at, self.end);
            return Err(self.wrong(schema::BAD_LENGTH, from, says::BETWEEN_BYTES, around));
        }
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
        self.exact &= reference::fragment(&markup.model, from, self.into)?;
        self.at = self.end;
        let as_xml = markup.shared.iter().filter(|shared| seen >> shared.child & 1 == 0);
        let said = as_xml.map(|shared| self.could_be_fields(shared, around.block));
        self.exact &= said.fold(true, |exact, fields| exact & !fields);
        Ok(())
    }

    /// True where fields could say all that was read of this child: then they have to.
    fn could_be_fields(&self, child: &Shared, block: Block) -> bool {
        let record = &self.into.record;
        let there = |slot: Slot| !record.is_absent(block, slot);
        let said = child.leaves.iter().all(|leaf| match record.value(block, leaf.slot) {
            Value::Absent => leaf.absent_is.is_none(),
            Value::Text(text) => leaf.absent_is.is_some() || !record.text(text, self.bytes).is_empty(),
            Value::Decimal(number) | Value::Unknown(number) => {
                let mut short = Short::default();
                let shown = write!(short, "{number}").ok().and_then(|()| short.text());
                let double = shown.and_then(|text| Some((text.parse::<f64>().ok()?, text)));
                double.is_some_and(|(double, text)| Same::is(double, text.as_bytes()))
            }
            _ => true,
        });
        there(child.slot) && said && !child.others.iter().any(|(_, slot)| there(*slot))
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
            // Where a length was told already, both are the same.
            Some(end) if around.told && end != self.end => {
                return Err(self.plainly(schema::WRONG_MEASURE, start, around));
            }
            Some(end) if !around.whole && self.at <= end && end <= self.end => self.end = end,
            _ => return Err(self.plainly(schema::WRONG_MEASURE, start, around)),
        }
        around.told = true;
        Ok(())
    }

    fn mask(&mut self, mask: &Mask, around: &mut Around) -> Result<bool, Stop> {
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

    fn choice(&mut self, choice: &Choice, around: &mut Around) -> Result<bool, Stop> {
        let selector = self.register(choice.register);
        match choice.cases.iter().find(|case| case.0 == selector) {
            Some((_, parts)) => {
                // What the mask announces has to be something in this case.
                if let Some((mask, all)) = choice.slots {
                    let described = |slot: u8| {
                        parts.iter().any(|part| matches!(part, Part::If(inner) if inner.slot == slot && inner.register == mask))
                    };
                    let set = self.register(mask) & all;
                    if (0..64).any(|slot| set >> slot & 1 == 1 && !described(slot)) {
                        return Err(self.wrong(schema::UNKNOWN_PART, self.at, says::SPARE_SLOT, around));
                    }
                }
                self.parts(parts, around)
            }
            None => Err(self.wrong(schema::UNKNOWN_PART, self.at, says::NO_CASE, around)),
        }
    }

    fn opaque(&mut self, opaque: &Opaque, around: &Around) -> Result<(), Stop> {
        let start = self.at;
        let end = match opaque.length {
            Length::Before(prefix) => self.prefix(prefix, around)?,
            Length::Fixed(bits) => self.at.saturating_add(usize::try_from(bits).unwrap_or(usize::MAX)),
            Length::Rest | Length::Terminator { .. } => self.end,
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
}
