//! The one canonical encoding of a record of a binary type.
//!
//! Parts in described order; presence bits, lengths, counts and checksums computed; field specifications without an
//! empty octet at their end; varints, BER lengths and tags in their shortest form; spare bits as the type gives them.
//! One walk over the tree of the type gives it bit by bit, to a buffer or against the object.

mod items;
mod there;

use super::bits::Writer;
use super::markup::{Markup, Said};
use super::model::{
    Binary, Choice, Ends, Form, If, List, MAX_REGISTERS, Mask, Part, Prefix, Section, SumKind, Value as Leaf,
};
use super::sink::{Form as LengthForm, Matcher, Sink, Written};
use super::{armour, bits, sum, write};
use crate::emit::{Children, Left};
use lockgate_record::{Block, Cell, NodeId, Record};

/// Appends the encoding to `out`; false, and `out` as it was, where a required part would be missing.
pub(crate) fn emit(of: &Binary, record: &Record, object: &[u8], omit: &[NodeId], out: &mut Vec<u8>) -> bool {
    let before = out.len();
    out.reserve(object.len().saturating_add(16));
    let sink = Writer::new(out, of.lsb_first);
    let mut pen = Pen::new(of, (record, object, omit), sink);
    let mut whole = pen.all(of).is_some() && pen.out.is_aligned();
    if whole && !of.sentences.is_empty() {
        whole = armour::seal(&of.sentences, out, before).is_some();
    }
    if !whole {
        out.truncate(before);
    }
    whole
}

/// True where the encoding is `object` itself.
pub(crate) fn is_canonical(of: &Binary, record: &Record, object: &[u8], omit: &[NodeId]) -> bool {
    if of.sentences.is_empty() {
        return is_written(of, record, object, omit);
    }
    armour::open(&of.sentences, object).is_ok_and(|opened| {
        let message = opened.bytes();
        is_written(of, record, message, omit) && armour::is_sealed(&of.sentences, message, object)
    })
}

fn is_written(of: &Binary, record: &Record, object: &[u8], omit: &[NodeId]) -> bool {
    let sink = Matcher { object, at: 0, lsb_first: of.lsb_first };
    let mut pen = Pen::new(of, (record, object, omit), sink);
    pen.all(of).is_some() && pen.out.at == object.len().saturating_mul(8)
}

/// One walk.
pub(super) struct Pen<'a, S> {
    pub(super) record: &'a Record,
    pub(super) object: &'a [u8],
    omit: &'a [NodeId],
    pub(super) out: S,
    markup: Option<&'a Markup>,
    registers: [u64; MAX_REGISTERS],
    /// Where the checksum stands; it is over lengths too that are known last.
    sum: Option<(usize, SumKind)>,
}

/// The container that is written: where it begins, and where its length is to be written.
struct Open {
    start: usize,
    measure: Option<(usize, u8, bool)>,
}

impl<'a, S: Sink> Pen<'a, S> {
    fn new(of: &'a Binary, (record, object, omit): (&'a Record, &'a [u8], &'a [NodeId]), out: S) -> Self {
        let markup = of.markup.as_deref();
        Self { record, object, omit, out, markup, registers: [0; MAX_REGISTERS], sum: None }
    }

    fn all(&mut self, of: &Binary) -> Written {
        let mut open = Open { start: 0, measure: None };
        self.parts(&of.parts, Block::ROOT, &mut open)?;
        self.measured(&open)?;
        let Some((at, kind)) = self.sum else { return Some(()) };
        let value = sum::of(kind, self.out.written().get(..at / 8)?);
        self.out.fill(at, value, kind.bits())
    }

    /// Ends what has a length of unknown size.
    fn close(&mut self, mark: usize, form: LengthForm) -> Written {
        let begun = self.out.mark_at(mark);
        let moved = self.out.measured(mark, form)?;
        if let Some((at, _)) = &mut self.sum
            && *at >= begun
        {
            *at = at.checked_add(moved)?;
        }
        Some(())
    }

    fn parts(&mut self, parts: &[Part], block: Block, open: &mut Open) -> Written {
        for (index, part) in parts.iter().enumerate() {
            if matches!(part, Part::Fx) {
                let rest = parts.get(index.saturating_add(1)..).unwrap_or(&[]);
                let more = rest.iter().any(|part| self.is_there(part, block));
                self.out.put(u64::from(more), 1)?;
                if !more {
                    return Some(());
                }
            } else {
                self.part(part, block, open)?;
            }
        }
        Some(())
    }

    /// Writes the parts of a container of its own.
    fn container(&mut self, parts: &[Part], block: Block) -> Written {
        let mut open = Open { start: self.out.at(), measure: None };
        self.parts(parts, block, &mut open)?;
        self.measured(&open)
    }

    fn measured(&mut self, open: &Open) -> Written {
        let Some((at, count, little)) = open.measure else { return Some(()) };
        if count == 0 {
            return self.close(at, LengthForm::Varint);
        }
        let length = self.out.at().checked_sub(open.start)?;
        if !length.is_multiple_of(8) {
            return None;
        }
        self.fill(at, u64::try_from(length / 8).ok()?, count, little)
    }

    /// Writes a number into a hole that was left for it.
    fn fill(&mut self, at: usize, value: u64, count: u8, little: bool) -> Written {
        if value & !bits::low(count) != 0 {
            return None;
        }
        self.out.fill(at, if little { bits::swapped(value, count) } else { value }, count)
    }

    fn part(&mut self, part: &Part, block: Block, open: &mut Open) -> Written {
        match part {
            Part::Value(leaf) => {
                let cell = *self.cell(leaf, block)?;
                if let Form::Carried(carried) = &leaf.form {
                    let out = &mut self.out;
                    let from = (self.record, self.object);
                    return carried.write(from, block, self.omit, |bytes| out.bytes(bytes));
                }
                self.value(leaf, &cell)
            }
            Part::Fixed(fixed) => self.out.put(fixed.is, fixed.bits),
            Part::Measure(measure) if measure.bits == 0 => {
                open.measure = Some((self.out.length(LengthForm::Varint)?, 0, false));
                Some(())
            }
            Part::Measure(measure) => {
                open.measure = Some((self.out.at(), measure.bits, measure.little));
                self.out.hole(measure.bits)
            }
            Part::Count(count) => {
                let rows = if self.is_omitted(count.node) { 0 } else { self.rows(block, count.list) };
                write::number(&mut self.out, u64::from(rows), count.bits, count.little)
            }
            Part::Sum(wanted) => {
                self.sum = Some((self.out.at(), wanted.kind));
                self.out.hole(wanted.kind.bits())
            }
            Part::Section(section) => self.section(section, block),
            Part::Mask(mask) => self.mask(mask, block, open),
            Part::If(inner) => self.conditional(inner, block, open),
            Part::List(list) => self.list(list, block),
            Part::Opaque(_) => Some(()),
            Part::Batch(parts) => self.parts(parts, block, open),
            Part::Choice(choice) => self.choice(choice, block, open),
            Part::Tags(tags) => self.tags(tags, block),
            Part::Markup => self.markup(block),
            Part::Pad { to } => {
                let over = self.out.at().checked_rem(usize::from(*to))?;
                let missing = usize::from(*to).checked_sub(over).filter(|_| over != 0);
                self.out.put(0, u8::try_from(missing.unwrap_or(0)).ok()?)
            }
            // Written with the parts around it.
            Part::Fx => self.out.put(0, 1),
        }
    }

    fn value(&mut self, leaf: &Leaf, cell: &Cell) -> Written {
        let raw = write::value(self, leaf, cell)?;
        if let Some(register) = leaf.register {
            *self.registers.get_mut(usize::from(register))? = raw;
        }
        Some(())
    }

    fn section(&mut self, section: &Section, block: Block) -> Written {
        self.is_in(section.node, block, section.slot).then_some(())?;
        match section.length {
            None => self.container(&section.parts, block),
            Some(prefix) => {
                let mark = self.open_length(prefix)?;
                self.container(&section.parts, block)?;
                self.close_length(prefix, mark)
            }
        }
    }

    /// Writes children of the element of an XML type, those that do not stand as fields.
    fn markup(&mut self, block: Block) -> Written {
        let (markup, said) = (self.markup?, self.said(block));
        let (skip, count) = markup.skipped(said);
        let left = Left { omit: self.omit, skip: skip.get(..count)? };
        let (record, object) = (self.record, self.object);
        self.out.markup(&Children { layout: &markup.layout, record, object, left, block })
    }

    fn said(&self, block: Block) -> Said<'a> {
        Said { record: self.record, object: self.object, omit: self.omit, block }
    }

    /// Leaves room for a length before something.
    pub(super) fn open_length(&mut self, prefix: Prefix) -> Option<usize> {
        if prefix.bits == 0 {
            return self.out.length(form(prefix));
        }
        let at = self.out.at();
        self.out.hole(prefix.bits)?;
        Some(at)
    }

    /// Writes the length of what was written since.
    pub(super) fn close_length(&mut self, prefix: Prefix, mark: usize) -> Written {
        if prefix.bits == 0 {
            return self.close(mark, form(prefix));
        }
        let own = if prefix.itself { 0 } else { usize::from(prefix.bits) };
        let length = self.out.at().checked_sub(mark)?.checked_sub(own)?;
        if !length.is_multiple_of(8) {
            return None;
        }
        self.fill(mark, u64::try_from(length / 8).ok()?, prefix.bits, prefix.little)
    }

    fn mask(&mut self, mask: &Mask, block: Block, open: &mut Open) -> Written {
        let set = self.set_slots(mask.register, &mask.parts, block)?;
        if set & mask.required != mask.required {
            return None;
        }
        *self.registers.get_mut(usize::from(mask.register))? = set;
        if mask.fx {
            let mut rest = set;
            // An object without any item would have an empty field specification.
            (rest != 0).then_some(())?;
            while rest != 0 {
                let seven = (rest & 0x7F).reverse_bits() >> 56;
                rest >>= 7;
                self.out.put(seven | u64::from(rest != 0), 8)?;
            }
        } else {
            for slot in 0..mask.slots {
                self.out.put(set.wrapping_shr(u32::from(slot)) & 1, 1)?;
            }
        }
        self.parts(&mask.parts, block, open)
    }

    /// The slots of `register` whose parts are there.
    fn set_slots(&self, register: u8, parts: &[Part], block: Block) -> Option<u64> {
        let mut set = 0_u64;
        for part in parts {
            match part {
                Part::If(inner) if inner.register == register && self.is_told(&inner.part, block) => {
                    set |= 1_u64.wrapping_shl(u32::from(inner.slot));
                }
                // Of the cases one is there; that it is the one chosen is asked when it is written.
                Part::Choice(Choice { slots: Some(_), cases, .. }) => {
                    for (_, parts) in cases {
                        set |= self.set_slots(register, parts, block)?;
                    }
                }
                // Slots of what is in each row: the first row tells, the others have to follow it.
                Part::List(list) if !self.is_omitted(list.node) => {
                    if let Some(row) = self.record.rows(block, list.slot).next() {
                        set |= self.set_slots(register, &list.parts, row)?;
                    }
                }
                _ => {}
            }
        }
        Some(set)
    }

    fn conditional(&mut self, inner: &If, block: Block, open: &mut Open) -> Written {
        let mask = *self.registers.get(usize::from(inner.register))?;
        let set = mask.wrapping_shr(u32::from(inner.slot)) & 1 == 1;
        if set != self.is_told(&inner.part, block) {
            return None;
        }
        if set { self.part(&inner.part, block, open) } else { Some(()) }
    }

    fn list(&mut self, list: &List, block: Block) -> Written {
        let count = if self.is_omitted(list.node) { 0 } else { self.rows(block, list.slot) };
        if count < list.min || count > list.max {
            return None;
        }
        match list.ends {
            Ends::Counted { bits, little } => {
                write::number(&mut self.out, u64::from(count), bits, little)?;
            }
            Ends::Before => self.out.put(u64::from(count > 0), 1)?,
            Ends::Fixed(wanted) => (wanted == count).then_some(())?,
            Ends::Fx | Ends::Ahead => (count > 0).then_some(())?,
            Ends::Register(_) | Ends::Rest | Ends::Occurrence => {}
        }
        if count == 0 {
            return Some(());
        }
        let (record, mut left) = (self.record, count);
        for row in record.rows(block, list.slot) {
            left = left.checked_sub(1)?;
            if list.ends == Ends::Ahead {
                self.out.put(u64::from(left > 0), 1)?;
            }
            self.container(&list.parts, row)?;
            if matches!(list.ends, Ends::Fx | Ends::Before) {
                self.out.put(u64::from(left > 0), 1)?;
            }
        }
        Some(())
    }

    fn choice(&mut self, choice: &Choice, block: Block, open: &mut Open) -> Written {
        let selector = *self.registers.get(usize::from(choice.register))?;
        // What another selector would choose must not be there too.
        let mut others = choice.cases.iter().filter(|case| case.0 != selector).flat_map(|case| &case.1);
        if others.any(|part| self.is_there(part, block)) {
            return None;
        }
        let chosen = choice.cases.iter().find(|case| case.0 == selector)?;
        self.parts(&chosen.1, block, open)
    }
}

/// How a length without a width is written.
fn form(prefix: Prefix) -> LengthForm {
    if prefix.ber { LengthForm::Ber } else { LengthForm::Varint }
}
