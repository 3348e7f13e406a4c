//! Fields: values with a cell, and numbers that are computed.

use super::super::kind::Read;
use super::super::{TypeReader, codes};
use super::listed::{bit_names, heads, listed};
use super::texts::{length, text};
use super::{Context, number};
use crate::binary::model::{Coding, Count, Fixed, Form, Measure, Part, Sign, Sum, SumKind};
use crate::binary::model::{Text, Value as Leaf};
use lockgate_bytes::Decimal;
use lockgate_notation::{At, Fields};
use lockgate_record::{Charset, Kind, NodeId, Role, Slot};

const KINDS: [&str; 14] = [
    "start",
    "uint",
    "int",
    "sign-magnitude",
    "zigzag",
    "flag",
    "enum",
    "flags",
    "time",
    "time-of-day",
    "float",
    "text",
    "bytes",
    "code",
];

impl TypeReader<'_> {
    /// Reads `field NAME KIND ...`. Computed numbers and constants have no cell.
    pub(super) fn binary_field(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
        loose: bool,
    ) -> Option<Part> {
        let name = fields.arg_field_name("the name of the field")?.value.to_string();
        if fields.prop_opt("is").is_some() {
            return constant(fields);
        }
        if let Some(kind) = fields.prop_text_opt("checksum") {
            return checksum(fields, context, kind);
        }
        if fields.prop_text_opt("measures").is_some_and(|wanted| wanted.value == "rest") {
            return measure_of_rest(fields);
        }
        let (measures, counts) = (fields.prop_text_opt("measures"), fields.prop_text_opt("counts"));
        if measures.is_some() || counts.is_some() {
            fields.arg_word("the kind", &["uint"]);
            let (bits, little) = (width(fields, 32)?, little(fields, context));
            if let Some(wanted) = counts {
                let register = context.register(fields)?;
                context.counts.push(context.earlier(wanted.value, register, wanted.span));
                fields.prop_uint_opt("max");
                let (list, node) = (Slot(0), NodeId(0));
                return Some(Part::Count(Count { bits, little, register, list, node }));
            }
            let wanted = measures?;
            let record = wanted.value == "record" && context.open.len() == 1;
            if !record && context.open.last().map(String::as_str) != Some(wanted.value) {
                let message = "a length measures the record, section or list that it stands directly in";
                fields.error(&codes::MEASURE, wanted.span, message);
            }
            return Some(Part::Measure(Measure { bits, little }));
        }
        self.binary_value(fields, context, parent, &name, loose).map(Part::Value)
    }

    fn binary_value(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
        name: &str,
        loose: bool,
    ) -> Option<Leaf> {
        let read = form(fields, context);
        let plain = read.as_ref().map(|(_, read)| read);
        let strict = fields.prop_opt("optional").is_some();
        let absent = fields.prop_decimal_opt("absent-is");
        let absent_is = absent.map(|absent| absent.value.mantissa());
        // What means a value where it is left out is always there.
        let loose = loose && !strict && absent_is.is_none();
        let mut options = self.options(fields, plain, loose);
        options.optional |= loose;
        let (form, read) = read?;
        if let Some(absent) = absent
            && !may_be(&form, absent.value)
        {
            fields.error(&codes::BOUNDS, absent.span, "`absent-is` is no value that the field may have");
        }
        let digits =
            matches!(&form, Form::Text(text) if text.is_wordless()) || matches!(&form, Form::Flags { .. });
        if digits && options.unscanned.is_none() {
            options.unscanned = Some("digits, few octets or listed words".to_owned());
        }
        let scanned = read.kind.is_open_text() && options.unscanned.is_none();
        let free = options.role == Some(Role::FreeText);
        let node = self.build.value(parent, name, read.kind, options);
        let node = self.room(fields, node)?;
        let selects = matches!(&form, Form::Enum { .. } | Form::Start(_))
            || matches!(&form, Form::Number(number) if number.sign == Sign::None);
        let register = if selects && fields.prop_bool_or("selects", false) {
            let register = context.register(fields)?;
            let earlier = context.earlier(name, register, fields.noun_span());
            context.selectors.last_mut()?.push(earlier);
            Some(register)
        } else {
            None
        };
        Some(Leaf { node, slot: Slot(0), scanned, free, form, register, absent_is })
    }
}

/// Reads kind and width; gives the form in the bits and the kind in the record.
fn form(fields: &mut Fields<'_, '_>, context: &Context) -> Option<(Form, Read)> {
    let word = fields.arg_word("the kind", &KINDS)?;
    if super::digits::are_meant(fields, word.value) {
        return super::digits::digits(fields, word.value);
    }
    let varint = fields.prop_bool_or("varint", false);
    let little = little(fields, context);
    let plain = Read::plain;
    let most = |fields: &mut Fields<'_, '_>| {
        if varint {
            Some(fields.prop_uint_opt("bits").map_or(64, |bits| u8::try_from(bits.value).unwrap_or(64)))
        } else {
            width(fields, 64)
        }
    };
    match word.value {
        "flag" if varint => {
            let wires = vec![0, 1];
            let kind = Kind::Enum(vec!["false".to_owned(), "true".to_owned()]);
            Some((Form::Enum { bits: 64, little, varint, wires }, plain(kind)))
        }
        "flag" => Some((Form::Flag, plain(Kind::Flag))),
        "uint" | "int" | "sign-magnitude" | "zigzag" | "time-of-day" => {
            let bits = most(fields)?;
            let sign = match word.value {
                "int" => Sign::Complement,
                "sign-magnitude" => Sign::Magnitude,
                "zigzag" => Sign::Zigzag,
                _ => Sign::None,
            };
            let clock = word.value == "time-of-day";
            let (number, kind) = number::number(fields, (bits, sign), (little, varint), clock)?;
            let unknown = number.unknown.and_then(Decimal::from_int);
            Some((Form::Number(number), Read { unknown, clock, ..plain(kind) }))
        }
        "enum" => {
            let bits = most(fields)?;
            let (wires, names, meanings) = listed(fields, bits)?;
            Some((Form::Enum { bits, little, varint, wires }, Read { meanings, ..plain(Kind::Enum(names)) }))
        }
        "flags" => {
            let bits = width(fields, 64)?;
            let names = bit_names(fields, bits)?;
            let longest: usize = names.iter().flatten().map(|name| name.len().saturating_add(1)).sum();
            let max = u32::try_from(longest).ok()?.max(1);
            let kind = Kind::Text { min: 0, max, charset: Charset::Ascii };
            Some((Form::Flags { bits, little, names }, plain(kind)))
        }
        "time" => {
            let bits = most(fields)?;
            let step = fields.prop_word("epoch", &["s", "ms", "us", "ns"])?;
            let nanos = match step.value {
                "s" => 1_000_000_000,
                "ms" => 1_000_000,
                "us" => 1_000,
                _ => 1,
            };
            Some((Form::Time { bits, little, varint, nanos, zero: true }, plain(Kind::Time)))
        }
        "float" => float(fields, little),
        "start" => {
            let (heads, names) = heads(fields)?;
            Some((Form::Start(heads), plain(Kind::Enum(names))))
        }
        "code" => {
            let Kind::Code(tree) = super::super::kind::code(fields)? else { return None };
            let (coding, charset) = (Coding::Ascii, Charset::Ascii);
            let (length, max) = (length(fields, context)?, u32::from(tree.max()));
            let codes = Some(tree.clone());
            let text = Text { coding, charset, min: 1, max, length, unknown: None, form: None, codes };
            Some((Form::Text(text), plain(Kind::Code(tree))))
        }
        _ => {
            let text = text(fields, context, word.value == "bytes")?;
            let kind = Kind::Text { min: text.min, max: text.max, charset: text.charset };
            let unknown = text.unknown.map(|_| Decimal::ZERO);
            Some((Form::Text(text), Read { unknown, ..plain(kind) }))
        }
    }
}

fn float(fields: &mut Fields<'_, '_>, little: bool) -> Option<(Form, Read)> {
    let bits = width(fields, 64)?;
    let (min, max) = (fields.prop_decimal("min"), fields.prop_decimal("max"));
    let unknown = fields.prop_decimal_opt("unknown").map(|unknown| unknown.value);
    let digits = fields.prop_uint_opt("digits").map_or(6, |digits| digits.value);
    let (min, max) = (min?.value, max?.value);
    if !matches!(bits, 32 | 64) || min > max || digits > 18 {
        let span = fields.noun_span();
        fields.error(
            &codes::WIDTH,
            span,
            "a float has 32 or 64 bits, min= not above max=, at most 18 digits",
        );
        return None;
    }
    let digits = u8::try_from(digits).ok()?;
    let kind = Kind::Decimal { min, max, digits };
    let read = Read { unknown, ..Read::plain(kind) };
    Some((Form::Float { bits, little, digits, min, max, unknown }, read))
}

/// Reads `order=` of a field; that of the type where it does not say.
pub(super) fn little(fields: &mut Fields<'_, '_>, context: &Context) -> bool {
    let word = fields.prop_word_opt("order", &["big", "little"]);
    // With the lowest bit first, the bytes of a number come lowest first already.
    !context.order.lsb_first && word.map_or(context.order.little, |word| word.value == "little")
}

/// Reads `bits=`, 1 to `most`.
pub(super) fn width(fields: &mut Fields<'_, '_>, most: u8) -> Option<u8> {
    let bits = fields.prop_uint("bits")?;
    match u8::try_from(bits.value) {
        Ok(count) if (1..=most).contains(&count) => Some(count),
        _ => {
            fields.error(&codes::WIDTH, bits.span, format!("a width is from 1 to {most} bits"));
            None
        }
    }
}

/// Reads `is=`: bits that are always the same.
fn constant(fields: &mut Fields<'_, '_>) -> Option<Part> {
    fields.arg_word("the kind", &["uint", "bytes"]);
    let bits = width(fields, 64)?;
    let prop = fields.prop("is")?;
    let is = match prop.value.text() {
        Some(text) => number::hex(text).and_then(|bytes| {
            let fits = bytes.len().checked_mul(8)? == usize::from(bits);
            fits.then(|| bytes.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte)))
        }),
        None => fields.prop_uint("is").map(|is| is.value).filter(|is| is & !crate::binary::low(bits) == 0),
    };
    let Some(is) = is else {
        fields.error(&codes::CONSTANT, prop.value.span, format!("{bits} bits do not hold this constant"));
        return None;
    };
    Some(Part::Fixed(Fixed { bits, is, spare: false }))
}

/// Reads `field length uint varint=#true measures=rest`.
fn measure_of_rest(fields: &mut Fields<'_, '_>) -> Option<Part> {
    fields.arg_word("the kind", &["uint"]);
    let wanted = fields.prop_text("measures")?;
    if !fields.prop_bool_or("varint", false) {
        let message = "a length of the rest is a varint: varint=#true";
        fields.error(&codes::MEASURE, wanted.span, message);
    }
    Some(Part::Measure(Measure { bits: 0, little: false }))
}

/// True where a field may have the value.
fn may_be(form: &Form, value: Decimal) -> bool {
    match form {
        Form::Float { min, max, .. } => (*min..=*max).contains(&value),
        Form::Number(number) => value.scale() == 0 && (number.min..=number.max).contains(&value.mantissa()),
        Form::Enum { wires, .. } => usize::try_from(value.mantissa()).is_ok_and(|index| index < wires.len()),
        Form::Time { .. } => value.scale() == 0,
        Form::Start(_)
        | Form::Flag
        | Form::Flags { .. }
        | Form::Digits(_)
        | Form::Carried(_)
        | Form::Text(_) => false,
    }
}

/// Reads `field sum checksum=sum16 over=record`, or `field sum uint checksum=sum16`.
fn checksum(fields: &mut Fields<'_, '_>, context: &mut Context, kind: At<&str>) -> Option<Part> {
    fields.arg_word_opt("the kind", &["uint"]);
    match fields.prop_text_opt("over") {
        Some(over) if over.value == "record" => {
            if context.open.len() > 1 {
                let message = "over=record is said directly in the record; elsewhere it is over=before";
                fields.error(&codes::MEASURE, over.span, message);
            }
            context.summed = Some(over.span);
        }
        Some(over) if over.value != "before" => {
            let message =
                "a checksum is over=before, all bytes before it, or over=record where it is the last part";
            fields.error(&codes::MEASURE, over.span, message);
        }
        _ => {}
    }
    if context.rows > 0 {
        // Each row would look at all rows before it: what an object costs would grow with its square.
        let message =
            "a checksum is over all bytes of the object before it, so it stands in no rows and in no batch";
        fields.error(&codes::MEASURE, kind.span, message);
    }
    match SumKind::NAMES.iter().find(|(_, name)| *name == kind.value) {
        Some((kind, _)) => Some(Part::Sum(Sum { kind: *kind })),
        None => {
            let message = format!("there is no checksum `{}`", kind.value.escape_debug());
            fields.error(&codes::MEASURE, kind.span, message);
            None
        }
    }
}
