//! How numbers, times and positions are written; the one way of each.

use super::model::{Date, DateTimeGroup, Number, Position};
use super::value::Parts;
use lockgate_bytes::{Decimal, POWERS_OF_TEN, Ratio, Time};

/// The months as date-time groups name them.
pub(super) const MONTHS: [&[u8; 3]; 12] =
    [b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"];

/// A checksum of eight bits as two hexadecimal digits in capitals.
pub(super) fn checksum(sum: u8) -> [u8; 2] {
    let digit = |half: u8| if half < 10 { b'0'.wrapping_add(half) } else { b'7'.wrapping_add(half) };
    [digit(sum >> 4), digit(sum & 15)]
}

/// A short text on the stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Short {
    bytes: [u8; 64],
    used: usize,
}

impl Short {
    fn new() -> Self {
        Self { bytes: [0; 64], used: 0 }
    }

    /// A text that is no longer than what fits.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let mut short = Self::new();
        short.all(text)?;
        Some(short)
    }

    /// What was written.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or(&[])
    }

    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.used)? = byte;
        self.used = self.used.checked_add(1)?;
        Some(())
    }

    fn all(&mut self, bytes: &[u8]) -> Option<()> {
        bytes.iter().try_for_each(|byte| self.push(*byte))
    }

    /// `value` with at least `least` digits.
    fn digits(&mut self, value: u64, least: usize) -> Option<()> {
        let mut digits = [0_u8; 20];
        let (mut rest, mut used) = (value, 0_usize);
        for place in digits.iter_mut().rev() {
            if rest == 0 && used >= least.max(1) {
                break;
            }
            *place = b'0'.wrapping_add(u8::try_from(rest % 10).ok()?);
            rest /= 10;
            used = used.checked_add(1)?;
        }
        self.all(digits.get(digits.len().checked_sub(used)?..)?)
    }
}

/// A number; `None` where its digits do not fit the form.
pub(super) fn number(form: &Number, value: Decimal) -> Option<Short> {
    let places = form.places.unwrap_or(value.scale());
    let missing = places.checked_sub(value.scale())?;
    let power = |digits: u8| POWERS_OF_TEN.get(usize::from(digits)).map(|power| power.unsigned_abs());
    let digits = value.mantissa().unsigned_abs();
    let (whole, part) = match value.scale() {
        0 => (digits, 0),
        scale => (digits.checked_div(power(scale)?)?, digits.checked_rem(power(scale)?)?),
    };
    let part = part.checked_mul(power(missing)?)?;
    let mut out = Short::new();
    if value.mantissa() < 0 {
        out.push(b'-')?;
    }
    out.digits(whole, form.pad.into())?;
    if places > 0 {
        out.push(b'.')?;
        out.digits(part, places.into())?;
    }
    Some(out)
}

/// A date-time group. `None` where the instant has what the form does not show, or where what is left out would be read
/// as another instant near `near`.
pub(super) fn group(form: &DateTimeGroup, time: Time, near: Option<Time>) -> Option<Short> {
    let parts = parts(time)?;
    if !form.seconds && parts.second != 0 {
        return None;
    }
    if form.date != Date::Year && nearest(&parts, form.date, near?) != Some(time) {
        return None;
    }
    let mut out = Short::new();
    for value in [parts.day, parts.hour, parts.minute] {
        out.digits(value.into(), 2)?;
    }
    if form.seconds {
        out.digits(parts.second.into(), 2)?;
    }
    out.push(b'Z')?;
    if form.date != Date::Day {
        out.all(*MONTHS.get(usize::try_from(parts.month).ok()?.checked_sub(1)?)?)?;
    }
    if form.date == Date::Year {
        out.digits(parts.year.into(), 4)?;
    }
    Some(out)
}

/// The parts of an instant; `None` where it is no whole second.
fn parts(time: Time) -> Option<Parts> {
    let mut text = [0_u8; 32];
    let used = time.write(&mut text);
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        Some(digits.iter().fold(0_u32, |value, digit| {
            value.wrapping_mul(10).wrapping_add(u32::from(digit.wrapping_sub(b'0')))
        }))
    };
    // `2026-03-01T10:05:00Z`, and no fraction.
    (used == 20).then_some(())?;
    Some(Parts {
        year: number(0, 4)?,
        month: number(5, 7)?,
        day: number(8, 10)?,
        hour: number(11, 13)?,
        minute: number(14, 16)?,
        second: number(17, 19)?,
    })
}

/// The instant with these parts that is nearest to `near`; of two equally near ones the later. `None` where there is
/// none: no such day in any of the years or months around.
pub(super) fn nearest(parts: &Parts, date: Date, near: Time) -> Option<Time> {
    let mut text = [0_u8; 32];
    near.write(&mut text);
    let digit = |at: usize| text.get(at).map_or(0, |byte| u32::from(byte.wrapping_sub(b'0')));
    let year = [0, 1, 2, 3].iter().fold(0_u32, |year, at| year.wrapping_mul(10).wrapping_add(digit(*at)));
    let month = digit(5).wrapping_mul(10).wrapping_add(digit(6));
    let around = |reach: i32| {
        let mut best: Option<(u64, Time)> = None;
        for step in reach.checked_neg()?..=reach {
            let candidate = match date {
                Date::Year => *parts,
                Date::Month => Parts { year: year.checked_add_signed(step)?, ..*parts },
                Date::Day => {
                    let months = year.wrapping_mul(12).wrapping_add(month).wrapping_sub(1);
                    let months = months.checked_add_signed(step)?;
                    Parts { year: months / 12, month: months.wrapping_rem(12).wrapping_add(1), ..*parts }
                }
            };
            let Some(time) = candidate.instant() else { continue };
            let distance = time.unix_nanos().abs_diff(near.unix_nanos());
            if best.is_none_or(|(least, found)| distance < least || (distance == least && time > found)) {
                best = Some((distance, time));
            }
        }
        best.map(|(_, time)| time)
    };
    // Leap days come every fourth year, around some centuries every eighth; the 31st of a month every second one.
    match date {
        Date::Month => around(1).or_else(|| around(8)),
        _ => around(2),
    }
}

/// A position; `None` where a coordinate is no whole number of the form's parts of a degree.
pub(super) fn position(form: &Position, lat: Ratio, lon: Ratio) -> Option<Short> {
    let mut out = Short::new();
    angle(form, lat, (b'N', b'S'), 2, &mut out)?;
    angle(form, lon, (b'E', b'W'), 3, &mut out)?;
    Some(out)
}

fn angle(form: &Position, at: Ratio, (plus, minus): (u8, u8), wide: usize, out: &mut Short) -> Option<()> {
    let grown = i128::from(at.numerator()).checked_mul(form.parts().into())?;
    let by = i128::from(at.denominator());
    if grown.checked_rem(by)? != 0 {
        return None;
    }
    let parts = u64::try_from(grown.checked_div(by)?.unsigned_abs()).ok()?;
    let (minutes, seconds) = if form.seconds { (parts / 60, parts % 60) } else { (parts, 0) };
    if minutes / 60 > if wide == 3 { 180 } else { 90 } {
        return None;
    }
    out.digits(minutes / 60, wide)?;
    out.digits(minutes % 60, 2)?;
    if form.seconds {
        out.digits(seconds, 2)?;
    }
    out.push(if at.numerator() < 0 { minus } else { plus })
}
