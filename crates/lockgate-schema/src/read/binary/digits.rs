//! `field at time coding=bcd form=YYMMDDHHMMSS`: numbers and times as decimal digits.

use super::super::codes;
use super::super::kind::{self, Read};
use super::number;
use crate::binary::model::{Counted, Digits, Form};
use crate::stamp::Stamp;
use lockgate_bytes::Decimal;
use lockgate_notation::Fields;
use lockgate_record::Kind;

/// True where a field of this kind is written as decimal digits.
pub(super) fn are_meant(fields: &mut Fields<'_, '_>, kind: &str) -> bool {
    match kind {
        "uint" => fields.prop_opt("coding").is_some(),
        "time" | "time-of-day" => fields.prop_opt("coding").is_some() || fields.prop_opt("form").is_some(),
        _ => false,
    }
}

/// Reads `coding=` bcd or ascii, and a form or a width.
pub(super) fn digits(fields: &mut Fields<'_, '_>, kind: &str) -> Option<(Form, Read)> {
    let bcd = fields.prop_word("coding", &["bcd", "ascii"])?.value == "bcd";
    let unit = if bcd { 4 } else { 8 };
    match kind {
        "time" if fields.prop_opt("form").is_some() => {
            let stamp = kind::stamp(fields)?;
            let width = pieces(fields, &stamp, bcd)?;
            Some((of(bcd, width, Counted::Time(stamp)), Read::plain(Kind::Time)))
        }
        "time-of-day" if fields.prop_opt("form").is_some() => {
            let (form, kind) = kind::clock(fields)?;
            let stamp = Stamp::Clock(form);
            let width = pieces(fields, &stamp, bcd)?;
            Some((of(bcd, width, Counted::Time(stamp)), Read { clock: true, ..Read::plain(kind) }))
        }
        "time" => {
            let span = fields.noun_span();
            fields.error(&codes::WRITTEN, span, "an instant in digits has a form, such as YYMMDDHHMMSS");
            None
        }
        _ => {
            let bits = fields.prop_uint("bits")?;
            let count = bits.value.checked_div(unit).filter(|_| bits.value.is_multiple_of(unit));
            let count =
                count.and_then(|count| u8::try_from(count).ok()).filter(|count| (1..=18).contains(count));
            let Some(count) = count else {
                let message = format!("1 to 18 digits of {unit} bits each are possible");
                fields.error(&codes::WIDTH, bits.span, message);
                return None;
            };
            let clock = kind == "time-of-day";
            let (number, kind) = number::of_digits(fields, count, clock)?;
            let unknown = number.unknown.and_then(Decimal::from_int);
            Some((of(bcd, count, Counted::Number(number)), Read { unknown, clock, ..Read::plain(kind) }))
        }
    }
}

fn of(bcd: bool, count: u8, of: Counted) -> Form {
    Form::Digits(Digits { bcd, count, of })
}

/// Characters of a form; nibbles are digits only.
fn pieces(fields: &mut Fields<'_, '_>, stamp: &Stamp, bcd: bool) -> Option<u8> {
    let (Stamp::Form(form) | Stamp::Clock(form)) = stamp else { return None };
    if bcd && !form.is_digits() {
        let span = fields.prop_opt("form").map_or(fields.noun_span(), |form| form.value.span);
        let message = "nibbles hold digits only: a form without signs and names of months, such as HHMMSSss";
        fields.error(&codes::WRITTEN, span, message);
        return None;
    }
    u8::try_from(form.width()).ok().filter(|width| *width <= 64)
}
