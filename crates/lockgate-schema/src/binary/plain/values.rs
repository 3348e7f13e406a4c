//! How the plain interpreter reads a value, a key and a length.

use super::{Around, Walk};
use crate::binary::model::{Coding, Form, Length, Number, Sign, TagCoding, Text, Value as Leaf};
use crate::binary::says;
use crate::binary::text::Short;
use crate::fault::{Fault, Stop, says as common};
use lockgate_bytes::{Decimal, Ratio, Span, Time};
use lockgate_core::OpenText;
use lockgate_reason::{Code, schema};
use lockgate_record::{Record, TextRef, Value};
use std::fmt::Write as _;

/// The 64 characters of ITU-R M.1371 in the order of their codes.
const AIS: &[u8; 64] = b"@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?";
/// Those of ICAO Annex 10, volume IV; `?` where there is none.
const ICAO: &[u8; 64] = b"?ABCDEFGHIJKLMNOPQRSTUVWXYZ????? ???????????????0123456789??????";

/// A value, or what is wrong with it.
type Read = Result<Value, (Code, Option<&'static str>)>;

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
            Form::Flag | Form::Flags { .. } | Form::Start(_) => None,
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

    /// The key of a tagged item, and its wire type.
    pub(super) fn key(&mut self, coding: TagCoding, around: &Around) -> Result<(u32, u8), Stop> {
        let start = self.at;
        match coding {
            TagCoding::ByteBer | TagCoding::ByteByte => {
                let key = self.number(8, false, around)?;
                Ok((u32::try_from(key).unwrap_or(u32::MAX), 0))
            }
            TagCoding::Protobuf => {
                let key = self.varint(32, around)?;
                let number = u32::try_from(key / 8).unwrap_or(u32::MAX);
                Ok((number, u8::try_from(key % 8).unwrap_or(u8::MAX)))
            }
            TagCoding::OidBer => {
                let mut key = 0_u32;
                for count in 1..=4 {
                    let byte = self.number(8, false, around)?;
                    if count == 1 && byte == 0x80 {
                        break;
                    }
                    key = (key << 7) | u32::try_from(byte & 0x7F).unwrap_or(0);
                    if byte < 0x80 {
                        return Ok((key, 0));
                    }
                }
                Err(self.wrong(schema::LONGER_THAN_NEEDED, start, says::LONG_KEY, around))
            }
        }
    }

    /// Where the item behind a key ends.
    pub(super) fn item_end(&mut self, coding: TagCoding, wire: u8, around: &Around) -> Result<usize, Stop> {
        let start = self.at;
        let bytes = match (coding, wire) {
            (TagCoding::Protobuf, 0) => {
                // As many bytes as say that another follows, and one more.
                let mut more = true;
                let mut count = 0_u64;
                while more {
                    if count >= 10 {
                        return Err(self.wrong(schema::LONGER_THAN_NEEDED, start, says::LONG_VARINT, around));
                    }
                    more = self.number(8, false, around)? >= 0x80;
                    count = count.saturating_add(1);
                }
                self.at = start;
                count
            }
            (TagCoding::Protobuf, 1) => 8,
            (TagCoding::Protobuf, 5) => 4,
            (TagCoding::Protobuf, _) => self.varint(32, around)?,
            (TagCoding::ByteByte, _) => self.number(8, false, around)?,
            (TagCoding::ByteBer | TagCoding::OidBer, _) => self.ber(around)?,
        };
        let end = usize::try_from(bytes).ok().and_then(|bytes| bytes.checked_mul(8)?.checked_add(self.at));
        match end {
            Some(end) if end <= self.end => Ok(end),
            _ => Err(self.plainly(schema::WRONG_MEASURE, start, around)),
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

    fn names(&mut self, names: &[Option<String>], raw: u64) -> Read {
        let from = self.into.record.scratch_len();
        // The name of the highest bit comes first.
        for (index, name) in (0..names.len()).rev().zip(names).filter(|(index, _)| raw >> index & 1 == 1) {
            let name = name.as_deref().ok_or((schema::SPARE_SET, None))?;
            if raw >> index > 1 {
                self.into.record.keep(b",");
            }
            self.into.record.keep(name.as_bytes());
        }
        Ok(Value::Text(TextRef::Scratch(Span::new(from, self.into.record.scratch_len()))))
    }

    /// A text; the outer fault is that its end is not known.
    fn text(&mut self, text: &Text, around: &Around) -> Result<Read, Stop> {
        let unit = text.coding.bits();
        let mut letters = Letters { coding: text.coding, high: None, wrong: false };
        let (from, mut count) = (self.into.record.scratch_len(), 0_usize);
        let mut rest = false;
        match text.length {
            Length::Terminator(terminator) => {
                let start = self.at;
                loop {
                    let code = self.number(unit, false, around)?;
                    if code == u64::from(terminator) {
                        break;
                    }
                    if count >= usize::try_from(text.max).unwrap_or(usize::MAX) {
                        return Err(self.wrong(schema::BAD_LENGTH, start, says::NO_END, around));
                    }
                    count = count.saturating_add(1);
                    letters.keep(code, &mut self.into.record);
                }
            }
            _ => {
                let end = match text.length {
                    Length::Fixed(bits) => {
                        self.at.saturating_add(usize::try_from(bits).unwrap_or(usize::MAX))
                    }
                    Length::Before(prefix) => self.prefix(prefix, around)?,
                    Length::Rest | Length::Terminator(_) => self.end,
                };
                if end > self.end {
                    return Err(self.cut_off(around));
                }
                let first = self.at;
                if let (Some(unknown), Length::Fixed(bits)) = (text.unknown, text.length) {
                    if self.number(u8::try_from(bits).unwrap_or(64), false, around)? == unknown {
                        return Ok(Ok(Value::Unknown(Decimal::ZERO)));
                    }
                    self.at = first;
                }
                // What stands in the object as it is needs no copy.
                let whole = first.is_multiple_of(8) && end.is_multiple_of(8) && !self.lsb_first;
                if whole && matches!(text.coding, Coding::Ascii | Coding::Utf8) {
                    let span = Span::new(first / 8, end / 8);
                    let kept = TextRef::Source(span);
                    self.at = end;
                    return Ok(judged(text, span.of(self.bytes)).map(|()| worded(text, kept)));
                }
                while self.at.saturating_add(usize::from(unit)) <= end {
                    let code = self.number(unit, false, around)?;
                    letters.keep(code, &mut self.into.record);
                }
                rest = self.at != end;
                self.at = end;
            }
        }
        let kept = TextRef::Scratch(Span::new(from, self.into.record.scratch_len()));
        let read = if letters.wrong {
            Err((schema::BAD_CHARACTER, None))
        } else if rest || letters.high.is_some() {
            // A half of a pair at the very end is a text cut off; anywhere else it is no character.
            Err((schema::BAD_LENGTH, None))
        } else {
            judged(text, self.into.record.text(kept, self.bytes)).map(|()| worded(text, kept))
        };
        Ok(read)
    }
}

/// Characters from their codes, one after the other.
struct Letters {
    coding: Coding,
    /// The first half of a pair of UTF-16.
    high: Option<u16>,
    /// One was no character.
    wrong: bool,
}

impl Letters {
    fn keep(&mut self, code: u64, record: &mut Record) {
        let at = usize::try_from(code).unwrap_or(usize::MAX);
        let byte = match self.coding {
            Coding::Utf16 => return self.keep_half(u16::try_from(code).unwrap_or(0), record),
            Coding::Ais => AIS.get(at).copied(),
            Coding::Icao => ICAO.get(at).copied().filter(|letter| *letter != b'?'),
            Coding::Octal => b"01234567".get(at).copied(),
            Coding::Bcd => b"0123456789".get(at).copied(),
            Coding::Hex => b"0123456789abcdef".get(at).copied(),
            Coding::Ascii | Coding::Ascii7 => u8::try_from(code).ok().filter(|byte| *byte < 128),
            Coding::Utf8 => u8::try_from(code).ok(),
        };
        match byte {
            Some(byte) => record.keep_byte(byte),
            None => self.wrong = true,
        }
    }

    fn keep_half(&mut self, half: u16, record: &mut Record) {
        let is_high = (0xD800..0xDC00).contains(&half);
        let units = match self.high.take() {
            None if is_high => {
                self.high = Some(half);
                return;
            }
            None => [Some(half), None],
            Some(high) => [Some(high), Some(half)],
        };
        match char::decode_utf16(units.into_iter().flatten()).next() {
            Some(Ok(character)) => {
                record.keep(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => self.wrong = true,
        }
    }
}

/// A text as its kind of value.
fn worded(of: &Text, text: TextRef) -> Value {
    if of.codes.is_some() { Value::Code(text) } else { Value::Text(text) }
}

/// Whether `bytes` are a text that the field allows.
fn judged(text: &Text, bytes: &[u8]) -> Result<(), (Code, Option<&'static str>)> {
    let characters = std::str::from_utf8(bytes).map_err(|_| (schema::NOT_UTF8, None))?;
    if text.coding == Coding::Ascii && !characters.is_ascii() {
        return Err((schema::BAD_CHARACTER, None));
    }
    if let Some(codes) = &text.codes {
        return if codes.allows(bytes) {
            Ok(())
        } else {
            Err((schema::BAD_VALUE, Some(common::NOT_ALLOWED)))
        };
    }
    let begins = characters.chars().next().is_none_or(|character| text.charset.begins(character));
    if !begins || characters.chars().any(|character| !text.charset.allows(character)) {
        return Err((schema::BAD_CHARACTER, None));
    }
    let count = u32::try_from(characters.chars().count()).unwrap_or(u32::MAX);
    if !(text.min..=text.max).contains(&count) {
        return Err((schema::BAD_LENGTH, None));
    }
    match &text.form {
        Some(form) if !form.fits(bytes) => Err((schema::BAD_VALUE, Some(common::NOT_FORM))),
        _ => Ok(()),
    }
}

/// The number that the bits are, by arithmetic on the whole range.
fn quantity(number: &Number, raw: u64) -> Read {
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
