//! How the compiled program reads a value.

use super::model::{Form, Number, Sign, Value as Leaf};
use super::run::{Run, span};
use super::{bits, says};
use crate::carried::{Carried, From};
use crate::fault::{Fault, says as common};
use lockgate_bytes::{Decimal, Span, Time};
use lockgate_core::OpenText;
use lockgate_reason::{Code, schema};
use lockgate_record::{TextRef, Value};

impl<'a> Run<'a, '_> {
    /// Reads a value into its cell. What is wrong with it becomes a reason; only where its end is not known does the
    /// reading stop.
    #[inline]
    pub(super) fn value(&mut self, leaf: &'a Leaf) -> Option<()> {
        let start = self.at;
        let read = match &leaf.form {
            Form::Number(number) => {
                let raw = self.raw(number.bits, number.little, number.varint)?;
                if let Some(register) = leaf.register {
                    *self.registers.get_mut(usize::from(register))? = raw;
                }
                worth(number, raw)
            }
            Form::Enum { bits, little, varint, wires } => {
                let raw = self.raw(*bits, *little, *varint)?;
                if let Some(register) = leaf.register {
                    *self.registers.get_mut(usize::from(register))? = raw;
                }
                listed(wires, raw)
            }
            Form::Start(heads) => self.head(leaf, heads)?,
            Form::Flag => self.raw(1, false, false).map(|raw| Ok(Value::Flag(raw == 1)))?,
            Form::Time { bits, little, varint, nanos, zero } => match self.raw(*bits, *little, *varint)? {
                0 if !zero => Err(wrong(schema::LONGER_THAN_NEEDED, says::DEFAULT)),
                raw => instant(raw, *nanos),
            },
            Form::Flags { bits, little, names } => {
                let raw = self.number(*bits, *little)?;
                return self.flags(leaf, names, raw, start);
            }
            Form::Float { bits, little, digits, min, max, unknown } => {
                let raw = self.number(*bits, *little)?;
                super::text::decimal(raw, *bits)
                    .map_or(Err(wrong(schema::BAD_VALUE, says::NOT_FINITE)), |number| {
                        fraction(number, (*min, *max, *digits), *unknown)
                    })
            }
            Form::Digits(digits) => self.digits(digits)?,
            Form::Carried(carried) => return self.carried(leaf, carried),
            Form::Text(text) => return self.text(leaf, text),
        };
        let span = span(start, self.at);
        match read {
            Ok(value) => {
                if leaf.absent_is.is_some_and(|absent| is_default(value, absent)) {
                    return self.fault_of(leaf, span, wrong(schema::LONGER_THAN_NEEDED, says::DEFAULT));
                }
                self.keep(leaf.slot, value, span);
                Some(())
            }
            Err(wrong) => self.fault_of(leaf, span, wrong),
        }
    }

    /// Reads an object of another type, which is all that is left of what it stands in.
    #[cold]
    fn carried(&mut self, leaf: &Leaf, carried: &Carried) -> Option<()> {
        let span = span(self.at, self.end);
        if !self.at.is_multiple_of(8) || !self.end.is_multiple_of(8) {
            return self.stop_at(schema::BAD_LENGTH, self.at, self.end, Some(says::NOT_BYTES));
        }
        self.at = self.end;
        let (object, text, place) = (self.bytes, TextRef::Source(span), self.place.at(leaf.node));
        let from = From { object, text, span, block: self.block, slot: leaf.slot, place };
        self.exact &= carried.compiled(from, self.into);
        Some(())
    }

    #[inline]
    fn raw(&mut self, bits: u8, little: bool, varint: bool) -> Option<u64> {
        if varint { self.varint(bits) } else { self.number(bits, little) }
    }

    /// The first of several byte strings that stands here.
    fn head(&mut self, leaf: &Leaf, heads: &[Vec<u8>]) -> Option<Result<Value, Wrong>> {
        let start = self.at;
        if !start.is_multiple_of(8) {
            // Of the byte at its end a part would be read by nobody.
            let end = start.saturating_add(8).min(self.end);
            return self.stop_at(schema::BAD_LENGTH, start, end, Some(says::BETWEEN_BYTES));
        }
        let rest = self.bytes.get(start / 8..self.end / 8).unwrap_or(&[]);
        let Some(index) = heads.iter().position(|head| rest.starts_with(head)) else {
            return self.stop_at(schema::WRONG_CONSTANT, start, start.saturating_add(8).min(self.end), None);
        };
        let bits = heads.get(index)?.len().saturating_mul(8);
        self.at = start.saturating_add(bits);
        if let Some(register) = leaf.register {
            *self.registers.get_mut(usize::from(register))? = u64::try_from(index).ok()?;
        }
        Some(Ok(Value::Enum(u16::try_from(index).ok()?)))
    }

    /// Reports what is wrong with a value; the reading goes on.
    #[cold]
    pub(super) fn fault_of(&mut self, leaf: &Leaf, span: Span, (code, says): Wrong) -> Option<()> {
        let reason = Fault { code, span, says }.reason(self.place.at(leaf.node));
        self.into.reasons.push(reason);
        Some(())
    }

    /// The names of the bits that are set.
    fn flags(&mut self, leaf: &Leaf, names: &[Option<String>], raw: u64, start: usize) -> Option<()> {
        let kept = self.into.record.scratch_len();
        let span = span(start, self.at);
        let mut mask = 1_u64.wrapping_shl(u32::try_from(names.len()).unwrap_or(0).wrapping_sub(1));
        for name in names {
            match (raw & mask != 0, name) {
                (false, _) => {}
                (true, None) => return self.fault_of(leaf, span, (schema::SPARE_SET, None)),
                (true, Some(name)) => {
                    if self.into.record.scratch_len() != kept {
                        self.into.record.keep_byte(b',');
                    }
                    self.into.record.keep(name.as_bytes());
                }
            }
            mask >>= 1;
        }
        let text = TextRef::Scratch(Span::new(kept, self.into.record.scratch_len()));
        self.keep_text(leaf, text, span);
        Some(())
    }

    /// Keeps a text, and shows it to the word scan.
    pub(super) fn keep_text(&mut self, leaf: &Leaf, text: TextRef, span: Span) {
        let code = matches!(&leaf.form, Form::Text(form) if form.codes.is_some());
        self.keep(leaf.slot, if code { Value::Code(text) } else { Value::Text(text) }, span);
        if leaf.scanned {
            let place = self.place.at(leaf.node);
            let spells = matches!(&leaf.form, Form::Text(form) if form.may_spell());
            let text = if spells { self.octets(text) } else { text };
            self.into.open_texts.push(OpenText { place, text, span, free: leaf.free });
        }
    }

    /// The next varint of at most `bits` bits: seven bits a byte, least significant first, the highest bit says that
    /// another follows.
    pub(super) fn varint(&mut self, bits: u8) -> Option<u64> {
        let (start, mut value, mut shift) = (self.at, 0_u64, 0_u32);
        loop {
            let byte = self.take(8)?;
            let seven = byte & 0x7F;
            let over = shift > 63 || (shift == 63 && seven > 1);
            value |= seven.wrapping_shl(shift);
            if byte & 0x80 == 0 {
                let empty_end = seven == 0 && shift > 0;
                if over || empty_end || value & !bits::low(bits) != 0 {
                    let code = schema::LONGER_THAN_NEEDED;
                    return self.stop_at(code, start, self.at, Some(says::LONG_VARINT));
                }
                return Some(value);
            }
            if over || shift >= 63 {
                return self.stop_at(schema::LONGER_THAN_NEEDED, start, self.at, Some(says::LONG_VARINT));
            }
            shift = shift.wrapping_add(7);
        }
    }
}

/// What is wrong with a value.
pub(super) type Wrong = (Code, Option<&'static str>);

pub(super) fn wrong(code: Code, says: &'static str) -> Wrong {
    (code, Some(says))
}

#[inline]
pub(super) fn worth(number: &Number, raw: u64) -> Result<Value, Wrong> {
    let value = match number.sign {
        Sign::None => i64::try_from(raw).map_err(|_| wrong(schema::OUT_OF_RANGE, says::NO_NUMBER))?,
        Sign::Complement => bits::extended(raw, number.bits),
        Sign::Magnitude => magnitude(raw, number.bits)?,
        Sign::Zigzag => (raw >> 1).cast_signed() ^ (raw & 1).cast_signed().wrapping_neg(),
    };
    if number.unknown == Some(value) {
        let known = Decimal::from_int(value).ok_or((schema::OUT_OF_RANGE, None))?;
        return Ok(Value::Unknown(known));
    }
    if value < number.min || value > number.max {
        return Err((schema::OUT_OF_RANGE, None));
    }
    match &number.step {
        None => Ok(Value::Integer(value)),
        Some(step) => step.value(value).map(Value::Ratio).ok_or((schema::OUT_OF_RANGE, None)),
    }
}

fn magnitude(raw: u64, count: u8) -> Result<i64, Wrong> {
    let sign = 1_u64.wrapping_shl(u32::from(count).wrapping_sub(1));
    let value = (raw & !sign).cast_signed();
    match raw & sign {
        0 => Ok(value),
        _ if value == 0 => Err(wrong(schema::BAD_VALUE, says::MINUS_ZERO)),
        _ => Ok(value.wrapping_neg()),
    }
}

#[inline]
fn listed(wires: &[u64], raw: u64) -> Result<Value, Wrong> {
    // Most lists hold 0, 1, 2 and so on.
    let guess = usize::try_from(raw).unwrap_or(usize::MAX);
    let index = match wires.get(guess) {
        Some(wire) if *wire == raw => Some(guess),
        _ => wires.iter().position(|wire| *wire == raw),
    };
    match index.and_then(|index| u16::try_from(index).ok()) {
        Some(index) => Ok(Value::Enum(index)),
        None => Err(wrong(schema::BAD_VALUE, common::NOT_LISTED)),
    }
}

fn instant(raw: u64, nanos: i64) -> Result<Value, Wrong> {
    let steps = raw.cast_signed();
    match steps.checked_mul(nanos) {
        Some(since) if (super::model::FIRST_INSTANT..super::model::END_INSTANT).contains(&since) => {
            Ok(Value::Time(Time::from_unix_nanos(since)))
        }
        _ => Err(wrong(schema::BAD_VALUE, says::NO_INSTANT)),
    }
}

fn fraction(
    number: Decimal,
    (min, max, digits): (Decimal, Decimal, u8),
    unknown: Option<Decimal>,
) -> Result<Value, Wrong> {
    if unknown == Some(number) {
        return Ok(Value::Unknown(number));
    }
    if number < min || number > max {
        return Err((schema::OUT_OF_RANGE, None));
    }
    if number.scale() > digits {
        return Err(wrong(schema::OUT_OF_RANGE, common::DIGITS));
    }
    Ok(Value::Decimal(number))
}

/// The value that a field has which is left out, where it means one; `end` is where it would stand.
pub(super) fn default_of(leaf: &Leaf, end: usize) -> Option<Value> {
    let absent = leaf.absent_is?;
    match &leaf.form {
        Form::Number(Number { step: None, .. }) => Some(Value::Integer(absent)),
        Form::Number(Number { step: Some(step), .. }) => step.value(absent).map(Value::Ratio),
        Form::Float { .. } => Decimal::from_int(absent).map(Value::Decimal),
        Form::Time { .. } => Some(Value::Time(Time::from_unix_nanos(absent))),
        Form::Enum { .. } => u16::try_from(absent).ok().map(Value::Enum),
        Form::Text(_) => Some(Value::Text(TextRef::Source(Span::new(end, end)))),
        Form::Flag | Form::Flags { .. } | Form::Start(_) | Form::Digits(_) | Form::Carried(_) => None,
    }
}

/// True for the value that a message leaves out.
pub(super) fn is_default(value: Value, absent: i64) -> bool {
    match value {
        Value::Integer(value) => value == absent,
        Value::Decimal(value) => value.scale() == 0 && value.mantissa() == absent,
        Value::Time(time) => time.unix_nanos() == absent,
        Value::Enum(index) => i64::from(index) == absent,
        Value::Flag(flag) => i64::from(flag) == absent,
        _ => false,
    }
}
