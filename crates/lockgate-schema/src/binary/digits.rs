//! Decimal digits, each in bits of its own: numbers and times as binary coded decimals or as characters.

use super::emit::Pen;
use super::model::{Counted, Digits};
use super::run::Run;
use super::sink::{Sink, Written};
use super::value::{self, worth};
use super::{says, write};
use crate::short::Short;
use lockgate_reason::schema;
use lockgate_record::Value;

impl Run<'_, '_> {
    /// Reads digits; what they say, or what is wrong with them.
    pub(super) fn digits(&mut self, digits: &Digits) -> Option<Result<Value, value::Wrong>> {
        let unit = digits.unit();
        if self.at.saturating_add(digits.bits()) > self.end {
            return self.cut_off();
        }
        let (mut text, mut number, mut decimal) = (Short::new(), 0_u64, true);
        for _ in 0..digits.count {
            let code = self.take(unit)?;
            let digit = if digits.bcd { code } else { code.wrapping_sub(u64::from(b'0')) };
            decimal &= digit <= 9;
            number = number.wrapping_mul(10).wrapping_add(digit);
            // A nibble above nine is no digit and no sign of any form.
            let shown = if digits.bcd { code.wrapping_add(u64::from(b'0')) } else { code };
            text.push(u8::try_from(shown).ok()?)?;
        }
        Some(match &digits.of {
            Counted::Number(of) if decimal => worth(of, number),
            Counted::Number(_) => Err(value::wrong(schema::BAD_VALUE, says::NO_DIGITS)),
            Counted::Time(form) => {
                form.of_text(text.bytes()).ok_or(value::wrong(schema::BAD_VALUE, says::NO_TIME))
            }
        })
    }
}

impl Digits {
    /// Bits of a digit.
    pub(super) fn unit(&self) -> u8 {
        if self.bcd { 4 } else { 8 }
    }

    /// Bits of all of them.
    pub(super) fn bits(&self) -> usize {
        usize::from(self.count).saturating_mul(self.unit().into())
    }
}

/// Writes digits; `None` where they do not say the value.
pub(super) fn put<S: Sink>(pen: &mut Pen<'_, S>, digits: &Digits, value: Value) -> Written {
    let text = match &digits.of {
        Counted::Time(form) => form.write(value)?,
        Counted::Number(of) => {
            let mut text = Short::new();
            text.digits(write::raw(of, value)?, digits.count.into())?;
            text
        }
    };
    (text.bytes().len() == usize::from(digits.count)).then_some(())?;
    text.bytes().iter().try_for_each(|character| {
        let code = if digits.bcd { character.wrapping_sub(b'0') } else { *character };
        pen.out.put(code.into(), digits.unit())
    })
}
