//! The kinds of values.

use super::{TypeReader, codes};
use crate::form::TextForm;
use crate::stamp::{Date, Epoch, Stamp, TimeForm};
use lockgate_bytes::{Decimal, POWERS_OF_TEN};
use lockgate_notation::{At, Fields};
use lockgate_record::{Charset, CodeTree, Kind, Role};
use std::collections::BTreeSet;

const KINDS: [&str; 8] = ["text", "code", "enum", "decimal", "integer", "flag", "time", "time-of-day"];
/// Digits after the point where the type does not say.
const DIGITS: u64 = 6;
/// Longest text, in characters.
const MAX_TEXT: u64 = 1_048_576;
/// Longest code, in bytes.
const MAX_CODE: u64 = 256;

/// A kind as read.
pub(super) struct Read {
    pub(super) kind: Kind,
    pub(super) form: Option<TextForm>,
    /// How a time of day is written, or an instant where not as RFC 3339 does.
    pub(super) stamp: Option<Stamp>,
    pub(super) unknown: Option<Decimal>,
    pub(super) wires: Vec<String>,
    /// Values of an enumeration, by index, that mean a flag.
    pub(super) meanings: Vec<(u16, Role)>,
    /// A time of day.
    pub(super) clock: bool,
}

impl Read {
    /// A kind without anything else.
    pub(super) fn plain(kind: Kind) -> Self {
        let (wires, meanings) = (Vec::new(), Vec::new());
        Self { kind, form: None, stamp: None, unknown: None, wires, meanings, clock: false }
    }
}

impl TypeReader<'_> {
    /// Reads the next argument as a kind, and its settings.
    pub(super) fn kind(&mut self, fields: &mut Fields<'_, '_>) -> Option<Read> {
        let word = fields.arg_word("the kind", &KINDS)?;
        if word.value != "decimal"
            && let Some(unknown) = fields.prop_opt("unknown")
        {
            fields.error(
                &codes::UNKNOWN_RANGE,
                unknown.name_span,
                format!("{} has no `unknown`", word.value),
            );
        }
        match word.value {
            "text" => text(fields),
            "code" => code(fields).map(Read::plain),
            "enum" => listed(fields),
            "decimal" => decimal(fields),
            "integer" => integer(fields).map(Read::plain),
            "flag" => Some(Read::plain(Kind::Flag)),
            "time" => Some(Read { stamp: stamp(fields), ..Read::plain(Kind::Time) }),
            _ => time_of_day(fields),
        }
    }
}

fn text(fields: &mut Fields<'_, '_>) -> Option<Read> {
    if let Some(written) = fields.prop_text_opt("form") {
        let alone = ["min", "max", "charset"].into_iter().all(|name| fields.prop_opt(name).is_none());
        let form = TextForm::parse(written.value).filter(|_| alone);
        let Some(form) = form else {
            fields.error(
                &codes::FORM,
                written.span,
                "this is no form, or min, max or charset stand beside it",
            );
            return None;
        };
        let places = u32::try_from(form.places()).ok()?;
        let kind = Kind::Text { min: places, max: places, charset: Charset::Ascii };
        return Some(Read { form: Some(form), ..Read::plain(kind) });
    }
    let names = Charset::NAMES.map(|(_, name)| name);
    let charset = fields.prop_word_opt("charset", &names).and_then(|word| {
        Charset::NAMES.iter().find(|(_, name)| *name == word.value).map(|(charset, _)| *charset)
    });
    let max = fields.prop_uint("max");
    let min = fields.prop_uint_opt("min").map_or(0, |min| min.value);
    let max = max?;
    if max.value == 0 || max.value > MAX_TEXT || min > max.value {
        let message = format!("a text of {min} to {} characters is not possible", max.value);
        fields.error(&codes::BOUNDS, max.span, message);
        return None;
    }
    let (min, max) = (u32::try_from(min).ok()?, u32::try_from(max.value).ok()?);
    let kind = Kind::Text { min, max, charset: charset.unwrap_or(Charset::Printable) };
    Some(Read::plain(kind))
}

/// Reads `form=YYYYMMDDHHMMSS` of an instant, or `epoch=s digits=3`, where it has one.
pub(super) fn stamp(fields: &mut Fields<'_, '_>) -> Option<Stamp> {
    if let Some(step) = fields.prop_word_opt("epoch", &["s", "ms", "us"]) {
        let step = match step.value {
            "s" => 0,
            "ms" => 3,
            _ => 6,
        };
        if let Some(form) = fields.prop_opt("form") {
            fields.error(&codes::WRITTEN, form.name_span, "an instant is a number or has a form, not both");
        }
        return Some(Stamp::Epoch(Epoch { step, digits: part_digits(fields, 6_u8.saturating_sub(step))? }));
    }
    let written = fields.prop_text_opt("form")?;
    let form = TimeForm::parse(written.value).filter(|form| form.date() == Date::Year);
    if form.is_none() {
        let message = "this is no form of an instant with day, month and year, such as YYYYMMDDHHMMSS";
        fields.error(&codes::WRITTEN, written.span, message);
    }
    form.map(Stamp::Form)
}

/// Reads `digits=3`: digits behind the point of a time that is a number, none unless it says so.
fn part_digits(fields: &mut Fields<'_, '_>, most: u8) -> Option<u8> {
    let Some(asked) = fields.prop_uint_opt("digits") else { return Some(0) };
    let digits = u8::try_from(asked.value).ok().filter(|digits| *digits <= most);
    if digits.is_none() {
        let message =
            format!("this time has at most {most} digits behind the point: it ends at microseconds");
        fields.error(&codes::DIGITS, asked.span, message);
    }
    digits
}

/// Reads `time-of-day form="HH:MM:SS"`, or `time-of-day digits=3`: a number of seconds.
fn time_of_day(fields: &mut Fields<'_, '_>) -> Option<Read> {
    if fields.prop_opt("form").is_some() {
        let (form, kind) = clock(fields)?;
        return Some(Read { stamp: Some(Stamp::Clock(form)), clock: true, ..Read::plain(kind) });
    }
    let digits = part_digits(fields, 6)?;
    let kind = seconds_of_day(digits)?;
    Some(Read { stamp: Some(Stamp::Seconds(digits)), clock: true, ..Read::plain(kind) })
}

/// The kind of a time of day with so many digits behind the point of a second.
fn seconds_of_day(digits: u8) -> Option<Kind> {
    let parts = POWERS_OF_TEN.get(usize::from(digits))?;
    let max = Decimal::new(parts.checked_mul(86_400)?.checked_sub(1)?, digits)?;
    Some(Kind::Decimal { min: Decimal::ZERO, max, digits })
}

/// Reads `form="HHMMSS.ss"`: a time of day in seconds, and the kind that it has in the record.
pub(super) fn clock(fields: &mut Fields<'_, '_>) -> Option<(TimeForm, Kind)> {
    let written = fields.prop_text("form")?;
    let Some(form) = TimeForm::parse(written.value).filter(|form| form.date() == Date::Clock) else {
        let message = "this is no form of a time of day, such as HHMMSS or HHMMSS.ss";
        fields.error(&codes::WRITTEN, written.span, message);
        return None;
    };
    let kind = seconds_of_day(form.fraction())?;
    Some((form, kind))
}

/// Reads `separator`, `max`, `allow` and `deny`.
pub(super) fn code(fields: &mut Fields<'_, '_>) -> Option<Kind> {
    let separator = fields.prop_text("separator").and_then(|separator| one_separator(fields, separator));
    let max = fields.prop_uint_opt("max");
    let mut allowed = Vec::new();
    let mut meanings = Vec::new();
    for (prefixes, means) in fields.each("allow", allow) {
        for prefix in prefixes {
            meanings.extend(means.map(|role| (prefix.value.to_owned(), role)));
            allowed.push(prefix);
        }
    }
    let denied: Vec<At<&str>> =
        fields.each("deny", |deny| deny.args_text_some("a prefix")).into_iter().flatten().collect();
    let separator = separator?;
    if allowed.is_empty() {
        let span = fields.noun_span();
        fields.error(&codes::NO_CODES, span, "this code allows nothing");
    }
    for (prefix, other) in
        allowed.iter().map(|prefix| (prefix, &denied)).chain(denied.iter().map(|prefix| (prefix, &allowed)))
    {
        let well_formed =
            CodeTree::new(separator, vec![prefix.value.to_owned()]).allows(prefix.value.as_bytes());
        if !well_formed || other.iter().any(|other| other.value == prefix.value) {
            let message =
                format!("\"{}\" is no prefix of a code, or allowed and denied", prefix.value.escape_debug());
            fields.error(&codes::BAD_CODE, prefix.span, message);
        }
    }
    let own = |prefixes: Vec<At<&str>>| prefixes.into_iter().map(|prefix| prefix.value.to_owned()).collect();
    let mut tree = CodeTree::new(separator, own(allowed)).without(own(denied)).meaning(meanings);
    if let Some(max) = max {
        match u16::try_from(max.value) {
            Ok(length) if (1..=MAX_CODE).contains(&max.value) => tree = tree.at_most(length),
            _ => {
                fields.error(&codes::BOUNDS, max.span, "a code has 1 to 256 characters");
            }
        }
    }
    Some(Kind::Code(tree))
}

fn allow<'n>(fields: &mut Fields<'n, '_>) -> (Vec<At<&'n str>>, Option<Role>) {
    let means = means(fields);
    (fields.args_text_some("a prefix"), means)
}

/// Reads `means=flag.simulation` of a code or of a listed value.
pub(super) fn means(fields: &mut Fields<'_, '_>) -> Option<Role> {
    let word = fields.prop_text_opt("means")?;
    let role = Role::named(word.value).filter(|role| role.name().starts_with("flag."));
    if role.is_none() {
        let message = format!("\"{}\" is nothing that a value can mean", word.value.escape_debug());
        fields.error(&codes::MEANS, word.span, message);
    }
    role
}

fn one_separator(fields: &mut Fields<'_, '_>, separator: At<&str>) -> Option<u8> {
    match separator.value.as_bytes() {
        [byte] if byte.is_ascii_punctuation() && !matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'') => {
            Some(*byte)
        }
        _ => {
            fields.error(&codes::SEPARATOR, separator.span, "a separator is one ASCII character");
            None
        }
    }
}

pub(super) fn listed(fields: &mut Fields<'_, '_>) -> Option<Read> {
    let values = fields.each("value", |value| {
        let wire = value.arg_any_text("the value on the wire");
        let name = value.arg_text_opt("its name");
        let means = means(value);
        wire.map(|wire| (wire, name.unwrap_or(wire), means))
    });
    let (mut wires, mut names): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let (mut known_wires, mut known_names) = (BTreeSet::new(), BTreeSet::new());
    let mut meanings = Vec::new();
    for (wire, name, means) in values.into_iter().flatten() {
        let (new_wire, new_name) = (known_wires.insert(wire.value), known_names.insert(name.value));
        if !(new_wire && new_name) {
            let message = format!("\"{}\" stands twice", wire.value.escape_debug());
            fields.error(&codes::VALUES, wire.span, message);
        }
        if wire.value.chars().any(|character| !Charset::Printable.allows(character)) {
            fields.error(&codes::VALUES, wire.span, "a value holds a character that no object may hold");
        }
        meanings.extend(means.and_then(|role| Some((u16::try_from(wires.len()).ok()?, role))));
        wires.push(wire.value.to_owned());
        names.push(name.value.to_owned());
    }
    if wires.is_empty() || wires.len() > usize::from(u16::MAX) {
        let span = fields.noun_span();
        fields.error(&codes::VALUES, span, "an enumeration has 1 to 65535 values");
        return None;
    }
    Some(Read { wires, meanings, ..Read::plain(Kind::Enum(names)) })
}

pub(super) fn decimal(fields: &mut Fields<'_, '_>) -> Option<Read> {
    let (min, max) = (fields.prop_decimal("min"), fields.prop_decimal("max"));
    let unknown = fields.prop_decimal_opt("unknown").map(|unknown| unknown.value);
    let digits = fields.prop_uint_opt("digits");
    if let Some(digits) = digits.filter(|digits| digits.value > 18) {
        fields.error(&codes::DIGITS, digits.span, "a decimal has at most 18 digits");
    }
    let digits = u8::try_from(digits.map_or(DIGITS, |digits| digits.value)).unwrap_or(18);
    let (min, max) = (min?, max?);
    if min.value > max.value {
        fields.error(&codes::BOUNDS, min.span, format!("min={} is above max={}", min.value, max.value));
    }
    let kind = Kind::Decimal { min: min.value, max: max.value, digits };
    Some(Read { unknown, ..Read::plain(kind) })
}

pub(super) fn integer(fields: &mut Fields<'_, '_>) -> Option<Kind> {
    let (min, max) = (fields.prop_decimal("min"), fields.prop_decimal("max"));
    let (min, max) = (min?, max?);
    if min.value > max.value {
        fields.error(&codes::BOUNDS, min.span, format!("min={} is above max={}", min.value, max.value));
    }
    for bound in [min, max] {
        if bound.value.scale() != 0 {
            fields.error(&codes::BOUNDS, bound.span, "the bound of an integer is a whole number");
        }
    }
    Some(Kind::Integer { min: min.value.mantissa(), max: max.value.mantissa() })
}
