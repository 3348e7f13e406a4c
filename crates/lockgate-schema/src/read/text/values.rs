//! The kinds of values of formatted text.

use super::super::kind::{self, Read};
use super::super::{TypeReader, codes};
use super::items::Context;
use super::{letters, object};
use crate::form::TextForm;
use crate::stamp::{Date, TimeForm};
use crate::text::model::{Coordinate, DateTimeGroup, Degrees, Form, Letters, Number, Position, Takes, Value};
use lockgate_bytes::Decimal;
use lockgate_notation::Fields;
use lockgate_record::{Charset, Kind, NodeId, NodeOptions, Role, Slot};

const KINDS: [&str; 13] = [
    "text",
    "free",
    "armour",
    "grid",
    "code",
    "enum",
    "decimal",
    "integer",
    "time",
    "time-of-day",
    "position",
    "latitude",
    "longitude",
];
/// Longest text, in characters.
const MAX_TEXT: u64 = 1_048_576;
/// What a value stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// A line of its own.
    Line,
    /// A field or cell.
    Field,
    /// One of several alternatives: it may always be absent.
    Alternative,
}

impl TypeReader<'_> {
    /// Reads the kind and the settings of a value behind its name, and adds it to the shape.
    pub(super) fn text_value(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
        name: &str,
        stands: Stands,
    ) -> Option<Value> {
        if let Some(embed) = fields.prop_text_opt("embed") {
            return self.text_object(fields, context, parent, name, (embed, stands));
        }
        let word = fields.arg_word("the kind", &KINDS)?;
        let key = object::descriptor(fields)?;
        let between = context.layout.between;
        let unit = match fields.prop_text_opt("suffix") {
            Some(suffix) => letters::word(fields, suffix, Some(between), false)?,
            None => Vec::new(),
        };
        if let Some(prop) = fields.prop_opt("suffix")
            && !matches!(word.value, "decimal" | "integer")
        {
            fields.error(&codes::WIRE_WORD, prop.name_span, "only numbers have a suffix");
        }
        if stands == Stands::Line && word.value == "free" {
            fields.error(&codes::AFTER_FREE, word.span, "free text ends with a set, so it stands in one");
        }
        if word.value == "position" {
            return self.position(fields, parent, name, key, stands);
        }
        let read = self.text_form(fields, context, word.value);
        let check = check_digit(fields, word.value);
        let in_a_set = stands == Stands::Field && key.is_empty();
        if let Some((form, _)) = &read
            && form.takes() == Takes::Two
            && !in_a_set
        {
            fields.error(
                &codes::WRITTEN,
                word.span,
                "a half in the next field stands in a set, without key=, and is no alternative",
            );
        }
        let alone = key.is_empty() && unit.is_empty() && check.is_none();
        if let Some((Form::Enum(wires), _)) = &read
            && wires.iter().any(|wire| !is_field(wire.as_bytes(), context, alone))
        {
            fields.error(
                &codes::VALUES,
                word.span,
                "a value that cannot stand in a field, or stands for nothing",
            );
        }
        let plain = read.as_ref().map(|(_, read)| read);
        let mut options = self.options(fields, plain, stands == Stands::Alternative);
        options.optional |= stands == Stands::Alternative;
        let (form, read) = read?;
        let optional = options.optional;
        let scanned = read.kind.is_open_text() && options.unscanned.is_none();
        let free = options.role == Some(Role::FreeText);
        let is_instant = matches!(read.kind, Kind::Time);
        let node = self.build.value(parent, name, read.kind, options);
        let node = self.room(fields, node)?;
        if is_instant && context.lists == 0 {
            let path = context.path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".");
            context.instants.push((path, node));
        }
        Some(Value { node, slot: Slot(0), optional, key, unit, check, form, scanned, free })
    }

    fn text_form(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &Context,
        word: &str,
    ) -> Option<(Form, Read)> {
        match word {
            "text" | "free" => text(fields, context, word == "free"),
            "armour" => armour(fields),
            "grid" => {
                let kind = Kind::Text { min: 5, max: 15, charset: Charset::Ascii };
                Some((Form::Grid, Read::plain(kind)))
            }
            "code" => {
                let kind = kind::code(fields)?;
                let Kind::Code(tree) = &kind else { return None };
                if tree.separator() == context.layout.between {
                    let span = fields.noun_span();
                    fields.error(&codes::SEPARATOR, span, "the separator of the code ends the field");
                }
                Some((Form::Code(tree.clone()), Read::plain(kind)))
            }
            "enum" => {
                let read = kind::listed(fields)?;
                Some((Form::Enum(read.wires.clone()), read))
            }
            "decimal" => {
                let read = kind::decimal(fields)?;
                if read.unknown.is_some() {
                    let span = fields.noun_span();
                    let message = "a field that is not known says so by what stands for nothing";
                    fields.error(&codes::UNKNOWN_RANGE, span, message);
                }
                let Kind::Decimal { min, max, digits } = read.kind else { return None };
                let form = number(fields, (min, max, digits), false)?;
                Some((Form::Number(form), Read { unknown: None, ..read }))
            }
            "integer" => {
                let kind = kind::integer(fields)?;
                let Kind::Integer { min, max } = kind else { return None };
                let bounds = (Decimal::from_int(min)?, Decimal::from_int(max)?, 0);
                Some((Form::Number(number(fields, bounds, true)?), Read::plain(kind)))
            }
            "time-of-day" => clock(fields),
            "latitude" | "longitude" => coordinate(fields, word == "longitude"),
            _ => Some((Form::Time(group(fields, context)?), Read::plain(Kind::Time))),
        }
    }

    /// Reads `field at position form=LATM key="LATM" main=#true`: a section with both coordinates.
    fn position(
        &mut self,
        fields: &mut Fields<'_, '_>,
        parent: NodeId,
        name: &str,
        key: Vec<u8>,
        stands: Stands,
    ) -> Option<Value> {
        let degrees = degrees(fields)?;
        let main = fields.prop_bool_or("main", false);
        let mut options = self.options(fields, None, stands == Stands::Alternative);
        options.optional |= stands == Stands::Alternative;
        let optional = options.optional;
        let node = self.build.section(parent, name, options);
        let node = self.room(fields, node)?;
        if let Some(prop) = fields.prop_opt("drop-safe") {
            self.droppable.push((node, prop.name_span));
        }
        let mut coordinate = |name: &str, most: i64, role: Role| {
            let options = NodeOptions {
                role: main.then_some(role),
                unit: Some("deg".to_owned()),
                ..NodeOptions::default()
            };
            let (min, max) = (Decimal::from_int(most.checked_neg()?)?, Decimal::from_int(most)?);
            let node = self.build.value(node, name, Kind::Decimal { min, max, digits: 18 }, options);
            self.room(fields, node)
        };
        let (lat, lon) =
            (coordinate("lat", 90, Role::PositionLat)?, coordinate("lon", 180, Role::PositionLon)?);
        let form = Form::Position(Position { degrees, lat, lat_slot: Slot(0), lon, lon_slot: Slot(0) });
        let unit = Vec::new();
        let (check, scanned, free) = (None, false, false);
        Some(Value { node, slot: Slot(0), optional, key, unit, check, form, scanned, free })
    }
}

/// True where this can be all of a field.
fn is_field(text: &[u8], context: &Context, alone: bool) -> bool {
    let layout = &context.layout;
    let plain = text.iter().all(|byte| (b' '..=b'~').contains(byte) && *byte != layout.between);
    let plain = plain && text.iter().all(|byte| letters::bit(*byte) & reserved(context) == 0);
    let edges = text.first() != Some(&b' ') && text.last() != Some(&b' ');
    plain && edges && !text.is_empty() && text.len() <= 64 && !(alone && text == layout.none.as_slice())
}

/// Reads `text max=20 min=1 class="ANB"`, or `text form="[0-9][A-Z]"`; `free` takes line breaks too.
fn text(fields: &mut Fields<'_, '_>, context: &Context, free: bool) -> Option<(Form, Read)> {
    let between = letters::bit(context.layout.between);
    let charset = if free { Charset::Multiline } else { Charset::Ascii };
    if let Some(written) = fields.prop_text_opt("form") {
        let alone = ["min", "max", "class"].into_iter().all(|name| fields.prop_opt(name).is_none());
        let form = TextForm::parse(written.value).filter(|_| alone && !free);
        let Some(form) = form else {
            let message = "this is no form, or min, max or class stand beside it";
            fields.error(&codes::FORM, written.span, message);
            return None;
        };
        let places = u32::try_from(form.places()).ok()?;
        let set = printable() & !between & !reserved(context);
        let letters = Letters { min: places, max: places, set, form: Some(form) };
        return Some((Form::Text(letters), Read::plain(Kind::Text { min: places, max: places, charset })));
    }
    let set = letters::class(fields);
    let max = fields.prop_uint("max");
    let min = fields.prop_uint_opt("min").map_or(0, |min| min.value);
    let (set, max) = (set?, max?);
    if max.value == 0 || max.value > MAX_TEXT || min > max.value {
        let message = format!("a text of {min} to {} characters is not possible", max.value);
        fields.error(&codes::BOUNDS, max.span, message);
        return None;
    }
    let (min, max) = (u32::try_from(min).ok()?, u32::try_from(max.value).ok()?);
    let set = if free && context.layout.by_line {
        set | between
    } else if free {
        set | between | letters::bit(b'\n')
    } else {
        set & !between
    } & !reserved(context);
    let letters = Letters { min, max, set, form: None };
    let form = if free { Form::Free(letters) } else { Form::Text(letters) };
    Some((form, Read::plain(Kind::Text { min, max, charset })))
}

/// Characters that begin a sentence, end it or stand for others where sentences have checksums (IEC 61162-1).
fn reserved(context: &Context) -> u128 {
    let all = b"$*!\\^~".iter().fold(0, |set, byte| set | letters::bit(*byte));
    if context.layout.summed { all } else { 0 }
}

/// Reads `armour min=1 max=60`: six bits a character, as sentences carry them (IEC 61162-1).
fn armour(fields: &mut Fields<'_, '_>) -> Option<(Form, Read)> {
    let max = fields.prop_uint("max");
    let min = fields.prop_uint_opt("min").map_or(0, |min| min.value);
    let max = max?;
    let bounds = u32::try_from(min).ok().zip(u32::try_from(max.value).ok());
    let Some((min, max)) = bounds.filter(|(min, max)| *max > 0 && min <= max && u64::from(*max) <= MAX_TEXT)
    else {
        let message = format!("a text of {min} to {} characters is not possible", max.value);
        fields.error(&codes::BOUNDS, max.span, message);
        return None;
    };
    let set = (b'0'..=b'W').chain(b'`'..=b'w').fold(0, |set, byte| set | letters::bit(byte));
    let kind = Kind::Text { min, max, charset: Charset::Ascii };
    Some((Form::Text(Letters { min, max, set, form: None }), Read::plain(kind)))
}

/// All of printable ASCII.
fn printable() -> u128 {
    (b' '..=b'~').fold(0, |set, byte| set | letters::bit(byte))
}

/// Reads `places=1 pad=3`.
fn number(
    fields: &mut Fields<'_, '_>,
    (min, max, digits): (Decimal, Decimal, u8),
    whole: bool,
) -> Option<Number> {
    let places = if whole { None } else { fields.prop_uint_opt("places") };
    let pad = fields.prop_uint_opt("pad");
    for count in [places, pad].into_iter().flatten() {
        if count.value > 18 {
            fields.error(&codes::DIGITS, count.span, "a number has at most 18 digits");
            return None;
        }
    }
    let small = |count: u64| u8::try_from(count).unwrap_or(18);
    let places = places.map(|places| small(places.value));
    let digits = places.unwrap_or(digits).min(digits);
    Some(Number { whole, min, max, digits, places, pad: pad.map_or(0, |pad| small(pad.value)) })
}

/// Reads `time form=DDHHMMZMON near="report.period.from"`.
fn group(fields: &mut Fields<'_, '_>, context: &Context) -> Option<DateTimeGroup> {
    let written = fields.prop_text("form")?;
    let near = fields.prop_text_opt("near");
    let Some(form) = TimeForm::parse(written.value).filter(|form| form.date() != Date::Clock) else {
        let message = "this is no form of a date with its time, such as DDHHMMZMONYYYY";
        fields.error(&codes::WRITTEN, written.span, message);
        return None;
    };
    let found = near.and_then(|near| context.instants.iter().find(|(path, _)| path == near.value));
    let right = if form.date() == Date::Year { near.is_none() } else { found.is_some() };
    if !right {
        let span = near.map_or(written.span, |near| near.span);
        let message = "a group without a year has near=, an earlier instant outside of lists, by its path; others have not";
        fields.error(&codes::NEAR, span, message);
        return None;
    }
    let near_node = found.map_or(NodeId(0), |(_, node)| *node);
    Some(DateTimeGroup { form, near: Slot(0), near_node })
}

/// Reads `time-of-day form="HHMMSS.ss"`.
fn clock(fields: &mut Fields<'_, '_>) -> Option<(Form, Read)> {
    let (form, kind) = kind::clock(fields)?;
    Some((Form::Clock(form), Read { clock: true, ..Read::plain(kind) }))
}

/// Reads `latitude form="DDMM.mmmm" half=next`.
fn coordinate(fields: &mut Fields<'_, '_>, lon: bool) -> Option<(Form, Read)> {
    let degrees = degrees(fields)?;
    let apart = fields.prop_word_opt("half", &["here", "next"]).is_some_and(|word| word.value == "next");
    let most = Decimal::from_int(if lon { 180 } else { 90 })?;
    let least = Decimal::from_int(if lon { -180 } else { -90 })?;
    let kind = Kind::Decimal { min: least, max: most, digits: 18 };
    Some((Form::Coordinate(Coordinate { degrees, lon, apart }), Read::plain(kind)))
}

/// Reads `form="DDMM.mmmm"`.
fn degrees(fields: &mut Fields<'_, '_>) -> Option<Degrees> {
    let written = fields.prop_text("form")?;
    let form = Degrees::parse(written.value);
    if form.is_none() {
        let message = "an angle is written as DDMM, DDMMSS, DDMM.mm or DDMMSS.ss, with at most six digits behind the point";
        fields.error(&codes::WRITTEN, written.span, message);
    }
    form
}

/// Reads `check=mod10 check-over=4`.
fn check_digit(fields: &mut Fields<'_, '_>, kind: &str) -> Option<u8> {
    let asked = fields.prop_word_opt("check", &["mod10"]).map(|word| word.span);
    let over = fields.prop_uint_opt("check-over");
    if let Some(span) = asked.or(over.map(|over| over.span))
        && (!matches!(kind, "text" | "integer" | "decimal" | "time" | "time-of-day") || asked.is_none())
    {
        let message = "a check digit, check=mod10, stands behind a text, a number or a time";
        fields.error(&codes::WRITTEN, span, message);
    }
    asked?;
    match over.map(|over| (u8::try_from(over.value), over.span)) {
        None => Some(u8::MAX),
        Some((Ok(count @ 1..=64), _)) => Some(count),
        Some((_, span)) => {
            fields.error(&codes::WRITTEN, span, "a check digit is over the first 1 to 64 digits");
            None
        }
    }
}
