//! Fields: values with a cell, and numbers that are computed.

use super::super::kind::Read;
use super::super::{TypeReader, codes};
use super::{Context, number};
use crate::binary::charset_of;
use crate::binary::model::{Coding, Count, Fixed, Form, Length, Measure, Part, Prefix, Sign, Sum, SumKind};
use crate::binary::model::{Text, Value as Leaf};
use crate::form::TextForm;
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
            return checksum(fields, kind);
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
            if context.open.last().map(String::as_str) != Some(wanted.value) {
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
        let digits = matches!(&form, Form::Text(text) if text.coding.is_digits())
            || matches!(&form, Form::Flags { .. });
        if digits && options.unscanned.is_none() {
            options.unscanned = Some("digits or listed words".to_owned());
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
    let varint = fields.prop_bool_or("varint", false);
    let little = little(fields, context);
    let plain = |kind| Read {
        kind,
        form: None,
        unknown: None,
        wires: Vec::new(),
        meanings: Vec::new(),
        clock: false,
    };
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
    let read = Read { kind, form: None, unknown, wires: Vec::new(), meanings: Vec::new(), clock: false };
    Some((Form::Float { bits, little, digits, min, max, unknown }, read))
}

/// Reads a text, or bytes as hexadecimal digits.
fn text(fields: &mut Fields<'_, '_>, context: &Context, bytes: bool) -> Option<Text> {
    let words = Coding::NAMES.map(|(_, word)| word);
    let coding = if bytes {
        Coding::Hex
    } else {
        let word = fields.prop_word_opt("coding", &words);
        let known = word.and_then(|word| Coding::NAMES.iter().find(|(_, name)| *name == word.value));
        known.map_or(Coding::Ascii, |(coding, _)| *coding)
    };
    let names = Charset::NAMES.map(|(_, name)| name);
    let charset = fields.prop_word_opt("charset", &names).and_then(|word| {
        Charset::NAMES.iter().find(|(_, name)| *name == word.value).map(|(charset, _)| *charset)
    });
    let length = length(fields, context)?;
    let unit = u32::from(coding.bits());
    if let Some(written) = fields.prop_text_opt("form") {
        let alone = ["min", "max", "charset"].into_iter().all(|name| fields.prop_opt(name).is_none());
        let Some(form) = TextForm::parse(written.value).filter(|_| alone) else {
            let message = "this is no form, or min, max or charset stand beside it";
            fields.error(&codes::FORM, written.span, message);
            return None;
        };
        let (min, charset) = (u32::try_from(form.places()).ok()?, Charset::Ascii);
        let form = Some(form);
        return Some(Text { coding, charset, min, max: min, length, unknown: None, form, codes: None });
    }
    let (least, most) = (fields.prop_uint_opt("min"), fields.prop_uint_opt("max"));
    let (mut min, mut max) = match length {
        Length::Fixed(bits) => {
            let exact = bits.checked_div(unit).unwrap_or(0);
            if !bits.is_multiple_of(unit) {
                let span = fields.noun_span();
                let message = format!("{bits} bits are no whole number of characters of {unit}");
                fields.error(&codes::WIDTH, span, message);
            }
            let fixed = !matches!(coding, Coding::Utf8 | Coding::Utf16);
            (if fixed { exact } else { 0 }, exact)
        }
        _ => (0, 0),
    };
    if let Some(least) = least {
        min = u32::try_from(least.value).unwrap_or(u32::MAX);
    }
    match (most, length) {
        (Some(most), _) => max = u32::try_from(most.value).unwrap_or(u32::MAX),
        (None, Length::Fixed(_)) => {}
        (None, _) => {
            fields.prop_uint("max")?;
        }
    }
    if max == 0 || min > max || max > 1_048_576 {
        let span = fields.noun_span();
        fields.error(&codes::BOUNDS, span, format!("a text of {min} to {max} characters is not possible"));
        return None;
    }
    let unknown = fields.prop_uint_opt("unknown");
    if let Some(unknown) = unknown
        && !matches!(length, Length::Fixed(1..=64))
    {
        fields.error(&codes::UNKNOWN_RANGE, unknown.span, "a text of at most 64 bits has `unknown`");
    }
    let (charset, unknown) =
        (charset.unwrap_or_else(|| charset_of(coding)), unknown.map(|unknown| unknown.value));
    Some(Text { coding, charset, min, max, length, unknown, form: None, codes: None })
}

/// Reads where a text or an opaque part ends: `bits=48`, `length=8`, `length=varint`, `length=rest`, `terminator=0x7F`.
pub(super) fn length(fields: &mut Fields<'_, '_>, context: &Context) -> Option<Length> {
    if let Some(end) = fields.prop_uint_opt("terminator") {
        return match u8::try_from(end.value) {
            Ok(end) => Some(Length::Terminator(end)),
            Err(_) => {
                fields.error(&codes::WIDTH, end.span, "a terminator is one character");
                None
            }
        };
    }
    if fields.prop_opt("length").is_some() {
        if let Some(word) = fields.prop_opt("length").and_then(|prop| prop.value.text())
            && word == "rest"
        {
            return Some(Length::Rest);
        }
        return prefix(fields, context).map(Length::Before);
    }
    let bits = fields.prop_uint("bits")?;
    match u32::try_from(bits.value) {
        Ok(count @ 1..=8_388_608) => Some(Length::Fixed(count)),
        _ => {
            fields.error(&codes::WIDTH, bits.span, "a text has 1 to 8388608 bits");
            None
        }
    }
}

/// Reads `length=8 counts=itself`, or `length=varint`.
pub(super) fn prefix(fields: &mut Fields<'_, '_>, context: &Context) -> Option<Prefix> {
    let prop = fields.prop_opt("length")?;
    let little = little(fields, context);
    let itself =
        fields.prop_word_opt("counts", &["itself", "body"]).is_some_and(|word| word.value == "itself");
    if let Some(word @ ("varint" | "ber")) = prop.value.text() {
        return Some(Prefix { bits: 0, ber: word == "ber", little, itself });
    }
    let bits = fields.prop_uint("length")?;
    match u8::try_from(bits.value) {
        Ok(width @ (8 | 16 | 24 | 32)) => Some(Prefix { bits: width, ber: false, little, itself }),
        _ => {
            fields.error(
                &codes::WIDTH,
                bits.span,
                "a length has 8, 16, 24 or 32 bits, or is `varint`, `ber` or `rest`",
            );
            None
        }
    }
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

/// The patterns, the names and the meanings of an enumeration.
type Listed = (Vec<u64>, Vec<String>, Vec<(u16, Role)>);

fn listed(fields: &mut Fields<'_, '_>, bits: u8) -> Option<Listed> {
    let values = fields.each("value", |value| {
        let wire = value.arg_uint("the number in the bits");
        let name = value.arg_text("its name");
        let means = super::super::kind::means(value);
        Some((wire?, name?, means))
    });
    let (mut wires, mut names, mut meanings) = (Vec::new(), Vec::<String>::new(), Vec::new());
    for (wire, name, means) in values.into_iter().flatten() {
        if wires.contains(&wire.value) || names.iter().any(|known| known == name.value) {
            fields.error(&codes::VALUES, wire.span, "this number or this name stands twice");
        }
        if wire.value & !crate::binary::low(bits) != 0 {
            fields.error(&codes::VALUES, wire.span, format!("{bits} bits do not hold this number"));
        }
        meanings.extend(means.and_then(|role| Some((u16::try_from(wires.len()).ok()?, role))));
        wires.push(wire.value);
        names.push(name.value.to_owned());
    }
    if wires.is_empty() || wires.len() > usize::from(u16::MAX) {
        let span = fields.noun_span();
        fields.error(&codes::VALUES, span, "an enumeration has 1 to 65535 values");
        return None;
    }
    Some((wires, names, meanings))
}

/// The names of the bits of a field of flags, the highest bit first: `bit 15 "REL NATO"`, 0 for the lowest.
fn bit_names(fields: &mut Fields<'_, '_>, bits: u8) -> Option<Vec<Option<String>>> {
    let named = fields.each("bit", |bit| {
        let number = bit.arg_uint("the number of the bit, 0 for the lowest");
        let name = bit.arg_text("its name");
        Some((number?, name?))
    });
    let mut names: Vec<Option<String>> = vec![None; usize::from(bits)];
    for (number, name) in named.into_iter().flatten() {
        let index = usize::try_from(number.value)
            .ok()
            .and_then(|at| usize::from(bits).checked_sub(at.checked_add(1)?));
        let taken = names.iter().flatten().any(|known| known == name.value);
        if name.value.contains(',') {
            fields.error(
                &codes::VALUES,
                name.span,
                "the name of a bit has no comma: commas stand between names",
            );
        } else if taken {
            fields.error(&codes::VALUES, name.span, "two bits have this name");
        } else {
            match index.and_then(|index| names.get_mut(index)) {
                Some(place @ None) => *place = Some(name.value.to_owned()),
                Some(_) => {
                    fields.error(&codes::VALUES, number.span, "this bit has a name already");
                }
                None => {
                    let message =
                        format!("there is no such bit: the flags have bits 0 to {}", bits.saturating_sub(1));
                    fields.error(&codes::VALUES, number.span, message);
                }
            }
        }
    }
    if names.iter().all(Option::is_none) {
        let span = fields.noun_span();
        fields.error(&codes::VALUES, span, "flags without a named bit are spare bits");
        return None;
    }
    Some(names)
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

/// Reads `head "bf01bf" "mesh"`, several times: byte strings, and the name of each.
fn heads(fields: &mut Fields<'_, '_>) -> Option<(Vec<Vec<u8>>, Vec<String>)> {
    let read = fields.each("head", |head| {
        let bytes = head.arg_text("the bytes, as hexadecimal digits in quotes");
        Some((bytes?, head.arg_text("its name")?))
    });
    let (mut heads, mut names) = (Vec::<Vec<u8>>::new(), Vec::<String>::new());
    for (digits, name) in read.into_iter().flatten() {
        // A shorter one before it would always stand there first.
        let bytes = number::hex(digits.value)
            .filter(|bytes| !bytes.is_empty() && !heads.iter().any(|known| bytes.starts_with(known)));
        match bytes {
            Some(bytes) if names.iter().all(|known| known != name.value) => {
                heads.push(bytes);
                names.push(name.value.to_owned());
            }
            _ => {
                let message =
                    "no bytes, bytes that begin with others before them, or a name that stands twice";
                fields.error(&codes::VALUES, digits.span, message);
            }
        }
    }
    if heads.is_empty() {
        let span = fields.noun_span();
        fields.error(&codes::VALUES, span, "a start without a head");
        return None;
    }
    Some((heads, names))
}

/// True where a field may have the value.
fn may_be(form: &Form, value: Decimal) -> bool {
    match form {
        Form::Float { min, max, .. } => (*min..=*max).contains(&value),
        Form::Number(number) => value.scale() == 0 && (number.min..=number.max).contains(&value.mantissa()),
        Form::Enum { wires, .. } => usize::try_from(value.mantissa()).is_ok_and(|index| index < wires.len()),
        Form::Time { .. } => value.scale() == 0,
        Form::Start(_) | Form::Flag | Form::Flags { .. } | Form::Text(_) => false,
    }
}

fn checksum(fields: &mut Fields<'_, '_>, kind: At<&str>) -> Option<Part> {
    fields.arg_word("the kind", &["uint"]);
    if let Some(over) = fields.prop_text_opt("over")
        && over.value != "before"
    {
        fields.error(&codes::MEASURE, over.span, "a checksum is over=before: all bytes before it");
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
