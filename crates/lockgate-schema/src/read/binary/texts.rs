//! Texts of binary types, and where they end.

use super::super::codes;
use super::Context;
use super::values::little;
use crate::binary::charset_of;
use crate::binary::model::{Coding, Length, Prefix, Text};
use crate::form::TextForm;
use lockgate_notation::Fields;
use lockgate_record::Charset;

/// Reads a text, or bytes as hexadecimal digits.
pub(super) fn text(fields: &mut Fields<'_, '_>, context: &Context, bytes: bool) -> Option<Text> {
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
    let length = terminated(fields, context, length, coding);
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

/// A terminator that no character of the coding can be would end nothing. `full=#true`: the longest text has none.
fn terminated(fields: &mut Fields<'_, '_>, context: &Context, length: Length, coding: Coding) -> Length {
    let Length::Terminator { end, .. } = length else { return length };
    let bits = coding.bits();
    if let Some(prop) = fields.prop_opt("terminator") {
        let span = prop.value.span;
        if u64::from(end) & !crate::binary::low(bits) != 0 {
            let message = format!("no character of {bits} bits is this terminator, so no text would end");
            fields.error(&codes::WIDTH, span, message);
        }
        if coding == Coding::Hex && context.order.lsb_first {
            let message = "bytes whose lower half comes first have a length: half of one ends none";
            fields.error(&codes::WIDTH, span, message);
        }
    }
    let full = fields.prop_bool_opt("full");
    // Its characters are counted as they come: each has to be one of what is read.
    let counted = !matches!(coding, Coding::Utf8 | Coding::Utf16);
    if let Some(wrong) = full.filter(|_| !counted) {
        let message = "`full=` is for characters of one size: not utf8, not utf16";
        fields.error(&codes::WIDTH, wrong.span, message);
    }
    Length::Terminator { end, full: counted && full.is_some_and(|full| full.value) }
}

/// Reads where a text or an opaque part ends: `bits=48`, `length=8`, `length=varint`, `length=rest`, `terminator=0x7F`.
pub(super) fn length(fields: &mut Fields<'_, '_>, context: &Context) -> Option<Length> {
    if let Some(end) = fields.prop_uint_opt("terminator") {
        return match u8::try_from(end.value) {
            Ok(end) => Some(Length::Terminator { end, full: false }),
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
        if word == "ber" && context.order.lsb_first {
            let message =
                "where the lowest bit is the first no length is `ber`: its first byte is the highest";
            fields.error(&codes::WIDTH, prop.value.span, message);
        }
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
