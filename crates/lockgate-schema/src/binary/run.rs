//! The compiled program of a binary type: one pass over the bits, forward only.
//!
//! Containers stand on a stack of fixed height; nothing recurses, and nothing is allocated. A method that gives `None`
//! has left the fault.

use super::model::{MAX_LEVELS, MAX_REGISTERS, Prefix};
use super::program::{Op, Program};
use super::says;
use super::word::NumberOp;
use super::{armour, bits};
use crate::bounds;
use crate::fault::{Fault, says as common};
use lockgate_bytes::{Budget, Span};
use lockgate_core::Inspection;
use lockgate_reason::{Code, framing, schema};
use lockgate_record::{Block, NodeId, Place, Slot, Value};

mod lists;
mod masks;
mod told;

/// A container that is open.
#[derive(Clone, Copy)]
struct Frame {
    /// Its first bit; in a list, that of the row.
    start: usize,
    /// Where what is around it ends.
    end: usize,
    /// What is around it.
    place: Place,
    block: Block,
    /// Its length was told: it has to end there.
    measured: bool,
    /// Rows that are still to come; in tagged items, those that were there.
    left: u32,
    row: u16,
    seen: u128,
    /// Tagged items: the last one's index.
    last: u16,
}

/// One reading.
pub(super) struct Run<'a, 'b> {
    pub(super) program: &'a Program,
    pub(super) bytes: &'a [u8],
    pub(super) into: &'b mut Inspection,
    /// The next bit.
    pub(super) at: usize,
    /// Where the innermost container ends.
    pub(super) end: usize,
    pub(super) block: Block,
    pub(super) place: Place,
    pub(super) registers: [u64; MAX_REGISTERS],
    pub(super) exact: bool,
    /// Something stands of which the record may have nothing: the emitter has to say whether it writes it so.
    unsure: bool,
    frames: [Frame; MAX_LEVELS],
    depth: usize,
    fault: Fault,
    pub(super) fault_place: Place,
    /// Stop at the end of what repeats in the object.
    one: bool,
}

impl Program {
    /// Reads `bytes` into `into`, which has just begun. True where it seems canonical and the emitter has to be asked.
    pub(crate) fn inspect(
        &self,
        size: usize,
        bytes: &[u8],
        into: &mut Inspection,
        budget: &mut Budget,
    ) -> bool {
        let root = Place::of(self.root);
        if let Err(fault) = bounds::open(size, bytes, budget) {
            into.reasons.push(fault.reason(root));
            return false;
        }
        if self.sentences.is_empty() {
            return self.read(bytes, into);
        }
        match armour::open(&self.sentences, bytes) {
            Ok(opened) => {
                self.read(opened.bytes(), into);
                opened.relocate(into);
                // How the sentences are cut is for the emitter to say.
                into.canonical
            }
            Err(fault) => {
                into.reasons.push(fault.reason(root));
                false
            }
        }
    }

    fn read(&self, bytes: &[u8], into: &mut Inspection) -> bool {
        let mut run = Run::new(self, bytes, into);
        run.into.record.fill(Block::ROOT, Slot(0), Value::Present, Span::new(0, bytes.len()));
        if run.go(0).is_none() {
            let reason = run.fault.reason(run.fault_place);
            run.into.reasons.push(reason);
        }
        let (exact, unsure) = (run.exact, run.unsure);
        into.canonical = exact && into.reasons.is_empty() && into.undeclared.is_empty();
        into.canonical && unsure
    }

    /// Where the record that begins at byte `from` ends, in an object that repeats records; `None` where it is broken.
    pub(crate) fn record_end(&self, bytes: &[u8], from: usize, into: &mut Inspection) -> Option<usize> {
        let batch = usize::try_from(self.batch?).ok()?;
        let mut run = Run::new(self, bytes, into);
        run.at = from.checked_mul(8)?;
        run.one = true;
        run.go(batch)?;
        run.at.is_multiple_of(8).then_some(run.at / 8)
    }

    /// Where the first record begins, in an object that repeats records.
    pub(crate) fn batch_begins(&self, bytes: &[u8], into: &mut Inspection) -> Option<usize> {
        let batch = usize::try_from(self.batch?).ok()?;
        let mut run = Run::new(self, bytes, into);
        for op in self.ops.get(..batch)? {
            run.step(op)?;
        }
        run.at.is_multiple_of(8).then_some(run.at / 8)
    }
}

impl<'a, 'b> Run<'a, 'b> {
    fn new(program: &'a Program, bytes: &'a [u8], into: &'b mut Inspection) -> Self {
        let place = Place::of(program.root);
        let end = bytes.len().saturating_mul(8);
        let frame = Frame {
            start: 0,
            end,
            place,
            block: Block::ROOT,
            measured: false,
            left: 0,
            row: 0,
            seen: 0,
            last: 0,
        };
        Self {
            program,
            bytes,
            into,
            at: 0,
            end,
            block: Block::ROOT,
            place,
            registers: [0; MAX_REGISTERS],
            exact: true,
            unsure: false,
            frames: [frame; MAX_LEVELS],
            depth: 0,
            fault: Fault::new(schema::NOT_WELL_FORMED, 0, 0),
            fault_place: place,
            one: false,
        }
    }

    fn go(&mut self, from: usize) -> Option<()> {
        let ops: &'a [Op] = &self.program.ops;
        let mut next = from;
        loop {
            let op = ops.get(next)?;
            let to = match op {
                // Most instructions are these; here they cost no call.
                Op::Among { register, slot, among } => self.among(*register, *slot, *among)?,
                Op::Number(index) => {
                    let numbers: &'a [NumberOp] = &self.program.numbers;
                    self.word(numbers.get(usize::from(*index))?)?;
                    0
                }
                Op::Value(index) => {
                    let values: &'a [super::model::Value] = &self.program.values;
                    self.value(values.get(usize::from(*index))?)?;
                    0
                }
                Op::End => return self.ended(),
                Op::BatchEnd if self.one => return Some(()),
                _ => self.step(op)?,
            };
            next = match to {
                0 => next.wrapping_add(1),
                to => usize::try_from(to).unwrap_or(usize::MAX),
            };
        }
    }

    /// Where to go on where the bit of a mask is not set, 0 for the next instruction where it is.
    #[inline]
    fn unless(&self, register: u8, slot: u8, to: u32) -> u32 {
        let mask = self.registers.get(usize::from(register)).copied().unwrap_or(0);
        if mask.wrapping_shr(u32::from(slot)) & 1 == 0 { to } else { 0 }
    }

    /// Where to go on: behind the question for the next slot of a mask that is set, from `slot` on.
    #[inline]
    fn among(&self, register: u8, slot: u8, among: u16) -> Option<u32> {
        let mask = self.registers.get(usize::from(register))?;
        let rest = mask & u64::MAX.wrapping_shl(u32::from(slot));
        let next = usize::try_from(rest.trailing_zeros()).ok()?;
        self.program.among.get(usize::from(among))?.get(next).copied()
    }

    /// Runs one instruction; gives where to go on, 0 for the next one.
    fn step(&mut self, op: &'a Op) -> Option<u32> {
        match op {
            Op::Value(index) => {
                let values: &'a [super::model::Value] = &self.program.values;
                self.value(values.get(usize::from(*index))?)?;
                Some(0)
            }
            Op::Number(index) => {
                let numbers: &'a [NumberOp] = &self.program.numbers;
                self.word(numbers.get(usize::from(*index))?)?;
                Some(0)
            }
            Op::Unless { register, slot, to } => Some(self.unless(*register, *slot, *to)),
            Op::Among { register, slot, among } => self.among(*register, *slot, *among),
            Op::Enter { node, slot, length, shared } => {
                if *shared && !self.into.record.is_absent(self.block, *slot) {
                    return self.twice(*node);
                }
                self.enter(*node, *slot, *length)
            }
            Op::Leave { slot } => self.leave(*slot),
            Op::Fx { to, last } => self.fx(*to, *last),
            Op::Fixed { bits, is, spare } => self.fixed(*bits, *is, *spare),
            Op::Mask { register, slots, fx, known, required } => {
                let mask = if *fx { self.fx_mask(*slots, *known)? } else { self.plain_mask(*slots, *known)? };
                if mask & required != *required {
                    return self.stop_at(schema::MISSING, self.at, self.at, Some(says::REQUIRED_SLOT));
                }
                *self.registers.get_mut(usize::from(*register))? = mask;
                Some(0)
            }
            Op::List(index) => self.list(usize::from(*index)),
            Op::Row(index) => self.row_end(usize::from(*index)),
            Op::Doubt => {
                self.unsure = true;
                Some(0)
            }
            Op::Jump(to) => Some(*to),
            Op::Choice(index) => self.choice(usize::from(*index)),
            Op::Measure { bits, little } => self.measure(*bits, *little),
            Op::Count { bits, little, register } => {
                let count = self.number(*bits, *little)?;
                *self.registers.get_mut(usize::from(*register))? = count;
                Some(0)
            }
            Op::Sum(kind) => self.sum(*kind),
            Op::Opaque { max, length } => self.opaque(*max, *length),
            Op::Tags(index) => self.tags(usize::from(*index)),
            Op::TagEnd(index) => self.tag_end(usize::from(*index)),
            Op::Markup => self.markup(),
            Op::Pad { to } => self.pad(*to),
            Op::BatchEnd => self.batch_end(),
            Op::End => Some(0),
        }
    }

    /// The next `count` bits.
    #[inline]
    pub(super) fn take(&mut self, count: u8) -> Option<u64> {
        let after = self.at.wrapping_add(usize::from(count));
        if after > self.end {
            return self.cut_off();
        }
        let value = if self.program.lsb_first {
            bits::take_low(self.bytes, self.at, count)
        } else {
            bits::take(self.bytes, self.at, count)
        };
        self.at = after;
        value
    }

    /// The next number of `count` bits.
    #[inline]
    pub(super) fn number(&mut self, count: u8, little: bool) -> Option<u64> {
        let value = self.take(count)?;
        Some(if little && !self.program.lsb_first { bits::swapped(value, count) } else { value })
    }

    /// What stands here as fields stood before as XML.
    #[cold]
    fn twice(&mut self, node: NodeId) -> Option<u32> {
        let place = self.place.at(node);
        let fault =
            Fault { code: schema::DUPLICATE, span: span(self.at, self.end), says: Some(says::TWO_WAYS) };
        self.stop(fault, place)
    }

    fn enter(&mut self, node: NodeId, slot: Slot, length: Option<Prefix>) -> Option<u32> {
        let start = self.at;
        let inner = match length {
            Some(prefix) => Some(self.prefix(prefix)?),
            None => None,
        };
        self.push(start)?;
        self.place = self.place.at(node);
        if let Some(end) = inner {
            self.end = end;
            self.top()?.measured = true;
        }
        // Its span is known when it ends; until then it is there.
        let span = span(start, self.at);
        self.into.record.fill(self.block, slot, Value::Present, span);
        Some(0)
    }

    fn leave(&mut self, slot: Slot) -> Option<u32> {
        self.whole()?;
        let frame = self.pop()?;
        self.into.record.fill(self.block, slot, Value::Present, span(frame.start, self.at));
        Some(0)
    }

    /// A container whose length was told has to end where it said.
    fn whole(&mut self) -> Option<()> {
        let frame = *self.top()?;
        if frame.measured && self.at != self.end {
            return self.stop_at(schema::WRONG_MEASURE, self.at, self.end, Some(says::LEFT_OVER));
        }
        Some(())
    }

    fn choice(&mut self, index: usize) -> Option<u32> {
        let choice = self.program.choices.get(index)?;
        let selector = self.registers.get(usize::from(choice.register)).copied()?;
        match choice.cases.binary_search_by_key(&selector, |case| case.0) {
            Ok(at) => {
                let (_, to, spare) = *choice.cases.get(at)?;
                if spare & *self.registers.get(usize::from(choice.mask))? != 0 {
                    let says = Some(says::SPARE_SLOT);
                    return self.stop_at(schema::UNKNOWN_PART, self.at, self.at, says);
                }
                Some(to)
            }
            Err(_) => self.stop_at(schema::UNKNOWN_PART, self.at, self.at, Some(says::NO_CASE)),
        }
    }

    fn batch_end(&mut self) -> Option<u32> {
        if self.at < self.end {
            let code = framing::SEVERAL_OBJECTS;
            return self.stop_at(code, self.at, self.end, None);
        }
        Some(0)
    }

    /// Behind the record nothing may stand.
    fn ended(&mut self) -> Option<()> {
        if self.at < self.end {
            return self.stop_at(schema::TRAILING_BYTES, self.at, self.end, None);
        }
        Some(())
    }

    pub(super) fn push(&mut self, start: usize) -> Option<()> {
        self.depth = self.depth.wrapping_add(1);
        let (end, place, block) = (self.end, self.place, self.block);
        let Some(frame) = self.frames.get_mut(self.depth) else {
            return self.stop_at(schema::TOO_DEEP, start, self.at, None);
        };
        *frame = Frame { start, end, place, block, measured: false, left: 0, row: 0, seen: 0, last: 0 };
        Some(())
    }

    #[inline]
    fn top(&mut self) -> Option<&mut Frame> {
        self.frames.get_mut(self.depth)
    }

    pub(super) fn pop(&mut self) -> Option<Closed> {
        let frame = *self.frames.get(self.depth)?;
        self.depth = self.depth.wrapping_sub(1);
        (self.end, self.place, self.block) = (frame.end, frame.place, frame.block);
        Some(Closed { start: frame.start })
    }

    /// The seen items of the innermost tagged container, and the index of the last one.
    pub(super) fn seen(&mut self) -> Option<(&mut u128, &mut u16)> {
        self.top().map(|frame| (&mut frame.seen, &mut frame.last))
    }

    /// Leaves a fault over the bits from `start` to `end`.
    #[cold]
    pub(super) fn stop_at<T>(
        &mut self,
        code: Code,
        start: usize,
        end: usize,
        says: Option<&'static str>,
    ) -> Option<T> {
        let place = self.place;
        self.stop(Fault { code, span: span(start, end), says }, place)
    }

    #[cold]
    pub(super) fn stop<T>(&mut self, fault: Fault, place: Place) -> Option<T> {
        self.fault = fault;
        self.fault_place = place;
        None
    }

    /// The container ends before the part does.
    #[cold]
    pub(super) fn cut_off<T>(&mut self) -> Option<T> {
        self.stop_at(schema::NOT_WELL_FORMED, self.at, self.end, Some(common::CUT_OFF))
    }

    /// Puts a value into its cell.
    #[inline]
    pub(super) fn keep(&mut self, slot: Slot, value: Value, span: Span) {
        self.into.record.fill(self.block, slot, value, span);
    }
}

/// What is left of a container.
pub(super) struct Closed {
    pub(super) start: usize,
}

/// The bytes that hold the bits from `start` to `end`; at least one where there are any.
#[inline]
pub(super) fn span(start: usize, end: usize) -> Span {
    // No object is longer than 16 MiB.
    let narrow = |place: usize| u32::try_from(place & 0x1FFF_FFFF).unwrap_or(0);
    let (start, end) = (narrow(start >> 3), narrow(end.wrapping_add(7) >> 3));
    Span { start, end: end.max(start) }
}
