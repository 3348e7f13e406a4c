//! How the emitter writes a value; each gives its bits, for choices that look at them.

use super::emit::Pen;
use super::model::{Coding, Form, Length, Number, Sign, Text, Value as Leaf};
use super::sink::{Sink, Written};
use super::{bits, digits};
use lockgate_bytes::{Decimal, Ratio};
use lockgate_record::{Cell, Value};

/// Writes the value of `cell`; gives its bits. `None` where the field cannot hold it.
pub(super) fn value<S: Sink>(pen: &mut Pen<'_, S>, leaf: &Leaf, cell: &Cell) -> Option<u64> {
    match &leaf.form {
        Form::Number(wanted) => {
            let raw = raw(wanted, cell.value)?;
            bare(&mut pen.out, raw, wanted.bits, wanted.little, wanted.varint)?;
            Some(raw)
        }
        Form::Enum { bits, little, varint, wires } => {
            let Value::Enum(index) = cell.value else { return None };
            let raw = *wires.get(usize::from(index))?;
            bare(&mut pen.out, raw, *bits, *little, *varint)?;
            Some(raw)
        }
        Form::Start(heads) => {
            let Value::Enum(index) = cell.value else { return None };
            pen.out.bytes(heads.get(usize::from(index))?)?;
            Some(u64::from(index))
        }
        Form::Flag => {
            let Value::Flag(flag) = cell.value else { return None };
            pen.out.put(u64::from(flag), 1)?;
            Some(u64::from(flag))
        }
        Form::Time { bits, little, varint, nanos, zero } => {
            let Value::Time(time) = cell.value else { return None };
            let since = time.unix_nanos();
            if since.checked_rem(*nanos)? != 0 || (since == 0 && !zero) {
                return None;
            }
            let steps = since.checked_div(*nanos)?;
            let raw = steps.cast_unsigned() & bits::low(*bits);
            bare(&mut pen.out, raw, *bits, *little, *varint)?;
            Some(raw)
        }
        Form::Flags { bits, little, names } => {
            let raw = flags(pen, names, cell)?;
            number(&mut pen.out, raw, *bits, *little)?;
            Some(raw)
        }
        Form::Float { bits, little, .. } => {
            let (Value::Decimal(number_) | Value::Unknown(number_)) = cell.value else { return None };
            let raw = fraction(number_, *bits)?;
            number(&mut pen.out, raw, *bits, *little)?;
            Some(raw)
        }
        // Written with its record.
        Form::Carried(_) => None,
        Form::Digits(wanted) => digits::put(pen, wanted, cell.value).map(|()| 0),
        Form::Text(wanted) => {
            text(pen, wanted, cell)?;
            Some(0)
        }
    }
}

/// Writes a number of `count` bits.
pub(super) fn number<S: Sink>(out: &mut S, value: u64, count: u8, little: bool) -> Written {
    if value & !bits::low(count) != 0 {
        return None;
    }
    out.put(if little { bits::swapped(value, count) } else { value }, count)
}

fn bare<S: Sink>(out: &mut S, raw: u64, count: u8, little: bool, varint: bool) -> Written {
    if varint { out.varint(raw) } else { number(out, raw, count, little) }
}

/// Writes a BER-OID.
pub(super) fn oid<S: Sink>(out: &mut S, key: u32) -> Written {
    let mut started = false;
    for shift in [21_u32, 14, 7, 0] {
        let seven = u64::from(key.wrapping_shr(shift) & 0x7F);
        started |= seven != 0;
        if started || shift == 0 {
            out.put(seven | if shift == 0 { 0 } else { 0x80 }, 8)?;
        }
    }
    Some(())
}

/// The bits of a number or a quantity.
pub(super) fn raw(wanted: &Number, value: Value) -> Option<u64> {
    let number = match (value, &wanted.step) {
        (Value::Unknown(known), _) => {
            let known = known.mantissa();
            (wanted.unknown == Some(known)).then_some(known)?
        }
        (Value::Integer(number), None) => in_range(wanted, number)?,
        (Value::Ratio(ratio), Some(step)) => in_range(wanted, step.number(ratio)?)?,
        (Value::Decimal(decimal), Some(step)) => {
            let unit = 10_u32.checked_pow(u32::from(decimal.scale()))?;
            in_range(wanted, step.number(Ratio::new(decimal.mantissa(), unit)?)?)?
        }
        _ => return None,
    };
    let count = wanted.bits;
    let all = bits::low(count);
    match wanted.sign {
        Sign::None => u64::try_from(number).ok().filter(|raw| raw & !all == 0),
        Sign::Complement => {
            let raw = number.cast_unsigned() & all;
            (bits::extended(raw, count) == number).then_some(raw)
        }
        Sign::Magnitude => {
            let sign = 1_u64.wrapping_shl(u32::from(count).wrapping_sub(1));
            let magnitude = number.unsigned_abs();
            let raw = if number < 0 { magnitude | sign } else { magnitude };
            (magnitude < sign).then_some(raw)
        }
        Sign::Zigzag => {
            let raw = number.cast_unsigned().wrapping_shl(1) ^ (number >> 63).cast_unsigned();
            (raw & !all == 0).then_some(raw)
        }
    }
}

fn in_range(wanted: &Number, number: i64) -> Option<i64> {
    let fits = (wanted.min..=wanted.max).contains(&number) && wanted.unknown != Some(number);
    fits.then_some(number)
}

fn flags<S: Sink>(pen: &Pen<'_, S>, names: &[Option<String>], cell: &Cell) -> Option<u64> {
    let Value::Text(text) = cell.value else { return None };
    let text = core::str::from_utf8(pen.record.text(text, pen.object)).ok()?;
    let (mut raw, mut rest) = (0_u64, text);
    for name in names {
        raw <<= 1;
        let Some(name) = name else { continue };
        let (first, others) = rest.split_once(',').unwrap_or((rest, ""));
        if !first.is_empty() && first == name {
            raw |= 1;
            rest = others;
        }
    }
    rest.is_empty().then_some(raw)
}

/// The bits of the binary fraction nearest to a decimal, where that decimal is the shortest one for it.
pub(super) fn fraction(number: Decimal, bits: u8) -> Option<u64> {
    let mut short = super::text::Short::default();
    core::fmt::Write::write_fmt(&mut short, format_args!("{number}")).ok()?;
    let text = short.text()?;
    let raw = match bits {
        32 => u64::from(text.parse::<f32>().ok()?.to_bits()),
        _ => text.parse::<f64>().ok()?.to_bits(),
    };
    (super::text::decimal(raw, bits) == Some(number)).then_some(raw)
}

fn text<S: Sink>(pen: &mut Pen<'_, S>, wanted: &Text, cell: &Cell) -> Written {
    if let (Value::Unknown(_), Some(unknown), Length::Fixed(count)) =
        (cell.value, wanted.unknown, wanted.length)
    {
        return pen.out.put(unknown, u8::try_from(count).ok()?);
    }
    let (Value::Text(text) | Value::Code(text)) = cell.value else { return None };
    let record = pen.record;
    let object = pen.object;
    let bytes = record.text(text, object);
    // What may not be empty would not be read again.
    if bytes.is_empty() && wanted.min > 0 {
        return None;
    }
    let start = pen.out.at();
    match wanted.length {
        Length::Fixed(count) => {
            characters(&mut pen.out, wanted.coding, bytes)?;
            let written = pen.out.at().checked_sub(start)?;
            (u32::try_from(written).ok()? == count).then_some(())
        }
        Length::Before(prefix) => {
            let mark = pen.open_length(prefix)?;
            characters(&mut pen.out, wanted.coding, bytes)?;
            pen.close_length(prefix, mark)
        }
        Length::Rest => characters(&mut pen.out, wanted.coding, bytes),
        Length::Terminator { end, full } => {
            characters(&mut pen.out, wanted.coding, bytes)?;
            // Its characters are all of one size, in the record of one byte each.
            if full && u32::try_from(bytes.len()).ok()? >= wanted.max {
                return Some(());
            }
            pen.out.put(u64::from(end), wanted.coding.bits())
        }
    }
}

/// Writes characters as `coding` writes them.
fn characters<S: Sink>(out: &mut S, coding: Coding, bytes: &[u8]) -> Written {
    match coding {
        Coding::Ascii | Coding::Utf8 => out.bytes(bytes),
        Coding::Utf16 => {
            let text = core::str::from_utf8(bytes).ok()?;
            text.encode_utf16().try_for_each(|half| out.put(u64::from(half), 16))
        }
        Coding::Hex if out.lsb_first() => bytes.chunks(2).try_for_each(|digits| {
            digits.iter().rev().try_for_each(|digit| out.put(code(coding, *digit)?, 4))
        }),
        _ => bytes.iter().try_for_each(|byte| out.put(code(coding, *byte)?, coding.bits())),
    }
}

/// The bits of one character.
fn code(coding: Coding, byte: u8) -> Option<u64> {
    let code = match (coding, byte) {
        (Coding::Icao, b'A'..=b'Z') => byte.wrapping_sub(b'@'),
        (Coding::Icao, b' ' | b'0'..=b'9') => byte,
        (Coding::Ais, b'@'..=b'_') => byte.wrapping_sub(b'@'),
        (Coding::Ais, b' '..=b'?') => byte,
        (Coding::Octal, b'0'..=b'7') | (Coding::Bcd | Coding::Hex, b'0'..=b'9') => byte.wrapping_sub(b'0'),
        (Coding::Hex, b'a'..=b'f') => byte.wrapping_sub(b'a').wrapping_add(10),
        (Coding::Ascii7, 0..=0x7F) => byte,
        _ => return None,
    };
    Some(u64::from(code))
}
