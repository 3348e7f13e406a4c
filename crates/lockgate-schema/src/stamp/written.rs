//! Instants and times of day as XML and JSON have them, where not as RFC 3339 does: in pieces, or as a number.

use super::TimeForm;
use crate::binary::model::{END_INSTANT, FIRST_INSTANT};
use crate::fault::says;
use crate::short::Short;
use lockgate_bytes::{Decimal, POWERS_OF_TEN, Ratio, Time};
use lockgate_record::Value;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// How an instant or a time of day is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// An instant in pieces.
    Form(TimeForm),
    /// A time of day in pieces; its value is seconds since midnight.
    Clock(TimeForm),
    /// A time of day as the number of seconds since midnight, with at most so many digits behind the point.
    Seconds(u8),
    /// An instant as the number of steps since 1970-01-01T00:00:00Z.
    Epoch(Epoch),
}

/// Steps since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// A step is a second divided by ten as often: 0, 3 or 6.
    pub step: u8,
    /// Most digits behind the point. Nothing below a microsecond is read.
    pub digits: u8,
}

impl Epoch {
    /// Digits of a step that stand for nanoseconds.
    fn zeros(self) -> u8 {
        9_u8.saturating_sub(self.step)
    }
}

/// What is wrong with a number: too many digits, or out of range.
pub(crate) type Wrong = Option<&'static str>;

impl Stamp {
    /// True where it is a number, without quotes in JSON.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Seconds(_) | Self::Epoch(_))
    }

    /// Reads a time in pieces; `None` where it is none, and of numbers.
    pub(crate) fn of_text(&self, text: &[u8]) -> Option<Value> {
        match self {
            Self::Form(form) => super::read(form, text, None).map(Value::Time),
            Self::Clock(form) => super::read_clock(form, text).map(Value::Ratio),
            Self::Seconds(_) | Self::Epoch(_) => None,
        }
    }

    /// Reads a time that is a number; of a time in pieces it is out of range.
    pub(crate) fn of_number(&self, number: Decimal) -> Result<Value, Wrong> {
        let (most, zeros) = match self {
            Self::Seconds(digits) => (*digits, *digits),
            Self::Epoch(epoch) => (epoch.digits, epoch.zeros()),
            Self::Form(_) | Self::Clock(_) => return Err(None),
        };
        if number.scale() > most {
            return Err(Some(says::DIGITS));
        }
        let grown = zeros.checked_sub(number.scale()).and_then(|by| POWERS_OF_TEN.get(usize::from(by)));
        let parts = grown.and_then(|by| number.mantissa().checked_mul(*by)).ok_or(None)?;
        let by = *POWERS_OF_TEN.get(usize::from(zeros)).ok_or(None)?;
        match self {
            Self::Epoch(_) if (FIRST_INSTANT..END_INSTANT).contains(&parts) => {
                Ok(Value::Time(Time::from_unix_nanos(parts)))
            }
            Self::Seconds(_) if parts >= 0 && parts < DAY.saturating_mul(by) => {
                u32::try_from(by).ok().and_then(|by| Ratio::new(parts, by)).map(Value::Ratio).ok_or(None)
            }
            _ => Err(None),
        }
    }

    /// Writes a time; `None` where it has what this form does not show.
    pub(crate) fn write(&self, value: Value) -> Option<Short> {
        match (self, value) {
            (Self::Form(form), Value::Time(time)) => super::write(form, time, None),
            (Self::Clock(form), Value::Ratio(clock)) => super::write_clock(form, clock),
            (Self::Seconds(digits), Value::Ratio(clock)) => {
                let by = *POWERS_OF_TEN.get(usize::from(*digits))?;
                let grown = i128::from(clock.numerator()).checked_mul(i128::from(by))?;
                let of = i128::from(clock.denominator());
                let parts = grown.checked_div(of).filter(|_| grown.checked_rem(of) == Some(0))?;
                self.number(Decimal::new(i64::try_from(parts).ok()?, *digits)?)
            }
            (Self::Epoch(epoch), Value::Time(time)) => {
                // What is left of it are whole microseconds, whose number has less than 18 digits.
                let nanos = time.unix_nanos();
                let whole = nanos.checked_div(1_000).filter(|_| nanos.checked_rem(1_000) == Some(0))?;
                self.number(Decimal::new(whole, epoch.zeros().checked_sub(3)?)?)
            }
            _ => None,
        }
    }

    /// A number that reads as a time of this form.
    fn number(&self, number: Decimal) -> Option<Short> {
        self.of_number(number).ok()?;
        let mut out = Short::new();
        let mantissa = number.mantissa();
        if mantissa < 0 {
            out.push(b'-')?;
        }
        let one = *POWERS_OF_TEN.get(usize::from(number.scale()))?;
        let one = u64::try_from(one).ok()?;
        out.digits(mantissa.unsigned_abs().checked_div(one)?, 1)?;
        if number.scale() > 0 {
            out.push(b'.')?;
            out.digits(mantissa.unsigned_abs().checked_rem(one)?, number.scale().into())?;
        }
        Some(out)
    }
}
