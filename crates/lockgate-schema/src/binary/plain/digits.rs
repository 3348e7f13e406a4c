//! Decimal digits, as the plain interpreter reads them: as a text, and that as a number or a time.

use super::values::{Read, quantity};
use super::{Around, Walk};
use crate::binary::model::{Counted, Digits};
use crate::binary::says;
use crate::fault::Stop;
use crate::short::Short;
use crate::stamp::plain as stamp;
use lockgate_reason::schema;

impl Walk<'_, '_> {
    pub(super) fn digits(&mut self, digits: &Digits, around: &Around) -> Result<Read, Stop> {
        let unit: u8 = if digits.bcd { 4 } else { 8 };
        if usize::from(digits.count).saturating_mul(unit.into()) > self.end.saturating_sub(self.at) {
            return Err(self.cut_off(around));
        }
        let mut text = Short::new();
        for _ in 0..digits.count {
            let code = u32::try_from(self.number(unit, false, around)?).unwrap_or(u32::MAX);
            let shown = if digits.bcd { char::from_digit(code, 10) } else { char::from_u32(code) };
            // What is no digit is no sign either.
            let shown = shown.and_then(|shown| u8::try_from(shown).ok()).filter(u8::is_ascii);
            if text.push(shown.unwrap_or(b'?')).is_none() {
                return Ok(Err((schema::BAD_VALUE, Some(says::NO_DIGITS))));
            }
        }
        Ok(match &digits.of {
            Counted::Number(of) => match text.text().parse::<u64>() {
                Ok(number) if !text.text().starts_with('+') => quantity(of, number),
                _ => Err((schema::BAD_VALUE, Some(says::NO_DIGITS))),
            },
            Counted::Time(form) => {
                stamp::of_text(form, text.text()).ok_or((schema::BAD_VALUE, Some(says::NO_TIME)))
            }
        })
    }
}
