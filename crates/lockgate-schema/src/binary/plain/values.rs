//! How the plain interpreter reads a value, a key and a length.

use super::{Around, Walk};
use crate::binary::model::{Form, Number, Sign, Value as Leaf};
use crate::binary::says;
use crate::binary::text::Short;
use crate::carried::{Carried, From};
use crate::fault::{Fault, Stop, says as common};
use lockgate_bytes::{Decimal, Ratio, Span, Time};
use lockgate_core::OpenText;
use lockgate_reason::{Code, schema};
use lockgate_record::{TextRef, Value};
use std::fmt::Write as _;

/// A value, or what is wrong with it.
pub(super) type Read = Result<Value, (Code, Option<&'static str>)>;

impl Walk<'_, '_> {
    pub(super) fn value(&mut self, leaf: &Leaf, around: &Around) -> Result<(), Stop> {
        let start = self.at;
        let read = match &leaf.form {
            Form::Number(number) => {
                let raw = self.coded(number.bits, number.little, number.varint, around)?;
                self.select(leaf, raw);
                quantity(number, raw)
            }
            Form::Enum { bits, little, varint, wires } => {
                let raw = self.coded(*bits, *little, *varint, around)?;
                self.select(leaf, raw);
                let index = wires.iter().position(|wire| *wire == raw);
                let index = index.and_then(|index| u16::try_from(index).ok());
                index.map(Value::Enum).ok_or((schema::BAD_VALUE, Some(common::NOT_LISTED)))
            }
            Form::Start(heads) => {
                if !start.is_multiple_of(8) {
                    self.at = start.saturating_add(8).min(self.end);
                    return Err(self.wrong(schema::BAD_LENGTH, start, says::BETWEEN_BYTES, around));
                }
                let rest = self.bytes.get(start / 8..self.end / 8).unwrap_or(&[]);
                let Some(index) = heads.iter().position(|head| rest.starts_with(head)) else {
                    self.at = start.saturating_add(8).min(self.end);
                    return Err(self.plainly(schema::WRONG_CONSTANT, start, around));
                };
                let length = heads.get(index).map_or(0, Vec::len);
                self.at = start.saturating_add(length.saturating_mul(8));
                self.select(leaf, u64::try_from(index).unwrap_or(u64::MAX));
                u16::try_from(index).map(Value::Enum).map_err(|_| (schema::WRONG_CONSTANT, None))
            }
            Form::Flag => Ok(Value::Flag(self.bit(around)?)),
            Form::Time { bits, little, varint, nanos, zero } => {
                let raw = self.coded(*bits, *little, *varint, around)?;
                let none = !zero && raw == 0;
                if none { Err((schema::LONGER_THAN_NEEDED, Some(says::DEFAULT))) } else { time(raw, *nanos) }
            }
            Form::Flags { bits, little, names } => {
                let raw = self.number(*bits, *little, around)?;
                self.names(names, raw)
            }
            Form::Float { bits, little, digits, min, max, unknown } => {
                let raw = self.number(*bits, *little, around)?;
                float(raw, *bits, (*min, *max, *digits), *unknown)
            }
            Form::Digits(digits) => self.digits(digits, around)?,
            Form::Carried(carried) => return self.carried(leaf, carried, around),
            Form::Text(text) => self.text(text, around)?,
        };
        let span = self.span(start);
        let read = read.and_then(|value| match leaf.absent_is {
            Some(absent) if says_nothing(value, absent) => {
                Err((schema::LONGER_THAN_NEEDED, Some(says::DEFAULT)))
            }
            _ => Ok(value),
        });
        let place = around.place.at(leaf.node);
        match read {
            Ok(value) => {
                self.into.record.set(around.block, leaf.slot, value, span);
                if let (Value::Text(text) | Value::Code(text), true) = (value, leaf.scanned) {
                    let spells = matches!(&leaf.form, Form::Text(form) if form.may_spell());
                    let text = if spells { self.spelled(text) } else { text };
                    self.into.open_texts.push(OpenText { place, text, span, free: leaf.free });
                }
            }
            Err((code, says)) => self.into.reasons.push(Fault { code, span, says }.reason(place)),
        }
        Ok(())
    }

    fn coded(&mut self, bits: u8, little: bool, varint: bool, around: &Around) -> Result<u64, Stop> {
        if varint { self.varint(bits, around) } else { self.number(bits, little, around) }
    }

    /// Reads an object of another type: the bytes up to where the container ends.
    fn carried(&mut self, leaf: &Leaf, carried: &Carried, around: &Around) -> Result<(), Stop> {
        let (start, end) = (self.at, self.end);
        if start % 8 != 0 || end % 8 != 0 {
            self.at = end;
            return Err(self.wrong(schema::BAD_LENGTH, start, says::NOT_BYTES, around));
        }
        self.at = end;
        let span = self.span(start);
        let (object, place) = (self.bytes, around.place.at(leaf.node));
        let from =
            From { object, text: TextRef::Source(span), span, block: around.block, slot: leaf.slot, place };
        self.exact &= carried.reference(from, self.into);
        Ok(())
    }

    /// A field that is left out and means a value nevertheless has it.
    pub(super) fn left_out(&mut self, leaf: &Leaf, around: &Around) {
        let Some(absent) = leaf.absent_is else { return };
        let here = Span::new(self.at / 8, self.at / 8);
        let value = match &leaf.form {
            Form::Number(number) => match &number.step {
                None => Some(Value::Integer(absent)),
                Some(step) => step.value(absent).map(Value::Ratio),
            },
            Form::Float { .. } => Decimal::from_int(absent).map(Value::Decimal),
            Form::Time { .. } => Some(Value::Time(Time::from_unix_nanos(absent))),
            Form::Enum { .. } => u16::try_from(absent).ok().map(Value::Enum),
            Form::Text(_) => Some(Value::Text(TextRef::Source(here))),
            Form::Flag | Form::Flags { .. } | Form::Start(_) | Form::Digits(_) | Form::Carried(_) => None,
        };
        if let Some(value) = value {
            self.into.record.set(around.block, leaf.slot, value, here);
        }
    }

    fn select(&mut self, leaf: &Leaf, raw: u64) {
        if let Some(register) = leaf.register {
            self.set(register, raw);
        }
    }
}

/// The number that the bits are, by arithmetic on the whole range.
pub(super) fn quantity(number: &Number, raw: u64) -> Read {
    let (raw, range) = (i128::from(raw), 1_i128 << number.bits);
    let half = range / 2;
    let value = match number.sign {
        Sign::None => raw,
        Sign::Complement if raw >= half => raw.saturating_sub(range),
        Sign::Complement => raw,
        Sign::Magnitude if raw == half => return Err((schema::BAD_VALUE, Some(says::MINUS_ZERO))),
        Sign::Magnitude if raw > half => half.saturating_sub(raw),
        Sign::Magnitude => raw,
        Sign::Zigzag if raw % 2 == 1 => (raw.saturating_add(1) / 2).saturating_neg(),
        Sign::Zigzag => raw / 2,
    };
    let value = i64::try_from(value).map_err(|_| (schema::OUT_OF_RANGE, Some(says::NO_NUMBER)))?;
    if Some(value) == number.unknown {
        return Decimal::from_int(value).map(Value::Unknown).ok_or((schema::OUT_OF_RANGE, None));
    }
    if !(number.min..=number.max).contains(&value) {
        return Err((schema::OUT_OF_RANGE, None));
    }
    let Some(step) = &number.step else { return Ok(Value::Integer(value)) };
    let numerator =
        i128::from(value).saturating_mul(i128::from(step.times)).saturating_add(i128::from(step.plus));
    let numerator = i64::try_from(numerator).map_err(|_| (schema::OUT_OF_RANGE, None))?;
    Ratio::new(numerator, step.by).map(Value::Ratio).ok_or((schema::OUT_OF_RANGE, None))
}

fn time(raw: u64, nanos: i64) -> Read {
    let wrong = (schema::BAD_VALUE, Some(says::NO_INSTANT));
    let since = i128::from(raw.cast_signed()).saturating_mul(i128::from(nanos));
    let since = i64::try_from(since).map_err(|_| wrong)?;
    let time = Time::from_unix_nanos(since);
    let mut text = [0_u8; 32];
    let used = time.write(&mut text);
    // What is written with four digits of a year that is ours.
    match Time::parse(text.get(..used).unwrap_or(&[])) {
        Ok(same) if same == time => Ok(Value::Time(time)),
        _ => Err(wrong),
    }
}

fn float(raw: u64, bits: u8, (min, max, digits): (Decimal, Decimal, u8), unknown: Option<Decimal>) -> Read {
    let wrong = (schema::BAD_VALUE, Some(says::NOT_FINITE));
    let mut short = Short::default();
    let written = match bits {
        32 => write!(short, "{}", f32::from_bits(u32::try_from(raw).unwrap_or(0))),
        _ => write!(short, "{}", f64::from_bits(raw)),
    };
    // What is longer has more digits than a decimal.
    let text = written.ok().and_then(|()| short.text()).ok_or(wrong)?;
    let number = Decimal::parse(text.as_bytes()).map_err(|_| wrong)?;
    if text.starts_with('-') && number == Decimal::ZERO {
        return Err(wrong);
    }
    if unknown == Some(number) {
        return Ok(Value::Unknown(number));
    }
    if number < min || number > max {
        return Err((schema::OUT_OF_RANGE, None));
    }
    if number.scale() > digits {
        return Err((schema::OUT_OF_RANGE, Some(common::DIGITS)));
    }
    Ok(Value::Decimal(number))
}

/// True for what a message says by leaving it out.
fn says_nothing(value: Value, absent: i64) -> bool {
    match value {
        Value::Integer(number) => number == absent,
        Value::Decimal(number) => Decimal::from_int(absent) == Some(number),
        Value::Time(time) => time == Time::from_unix_nanos(absent),
        Value::Enum(index) => i64::from(index) == absent,
        Value::Flag(flag) => flag == (absent == 1),
        _ => false,
    }
}
