//! Exact numbers of binary types: steps, offsets, bounds, and constants.

use super::super::codes;
use crate::binary::model::{Number, Sign, Step};
use lockgate_bytes::{Decimal, Ratio};
use lockgate_notation::{At, Fields, Value};
use lockgate_record::Kind;

/// Seconds of a day.
const DAY: i64 = 86_400;

fn divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or(0));
    }
    a.max(1)
}

/// The bytes of hexadecimal digits.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)?.wrapping_shl(4) | digit(*low)?)).collect()
}

/// The bytes of a number as written, `0xB0A1`: as many as its digits ask for.
pub(super) fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    let written = value.written.as_str();
    match written.strip_prefix("0x") {
        Some(digits) => hex(digits),
        None => {
            let number: u8 = written.parse().ok()?;
            Some(vec![number])
        }
    }
}

/// Reads the settings of a number that is `bits` wide: `lsb`, `offset`, `min`, `max`, `unknown`. Gives it with its kind.
pub(super) fn number(
    fields: &mut Fields<'_, '_>,
    (bits, sign): (u8, Sign),
    (little, varint): (bool, bool),
    clock: bool,
) -> Option<(Number, Kind)> {
    within(fields, (bits, sign), (little, varint), clock, natural(bits, sign))
}

/// Reads the settings of an unsigned number of so many decimal digits.
pub(super) fn of_digits(fields: &mut Fields<'_, '_>, digits: u8, clock: bool) -> Option<(Number, Kind)> {
    let most = 10_i64.checked_pow(digits.into())?.checked_sub(1)?;
    within(fields, (64, Sign::None), (false, false), clock, (0, most))
}

fn within(
    fields: &mut Fields<'_, '_>,
    (bits, sign): (u8, Sign),
    (little, varint): (bool, bool),
    clock: bool,
    (low, high): (i64, i64),
) -> Option<(Number, Kind)> {
    let lsb = fields.prop_text_opt("lsb");
    let offset = fields.prop_decimal_opt("offset");
    let (least, most) = (fields.prop_decimal_opt("min"), fields.prop_decimal_opt("max"));
    let unknown = fields.prop_decimal_opt("unknown").and_then(|unknown| whole(fields, unknown));
    let step = match (lsb, offset) {
        (None, None) if !clock => None,
        (lsb, offset) => Some(step(fields, lsb, offset.map_or(Decimal::ZERO, |offset| offset.value))?),
    };
    // A day has so many seconds, whatever the field could hold. Who says max= may count on into the next ones.
    let high = match step.filter(|_| clock && most.is_none()) {
        Some(step) => high.min(last_of_day(step)?),
        None => high,
    };
    let min = least.map_or(Some(low), |least| bound(least.value, step, false));
    let max = most.map_or(Some(high), |most| bound(most.value, step, true));
    let (Some(min), Some(max)) = (min, max) else {
        let span = fields.noun_span();
        fields.error(&codes::BOUNDS, span, "a bound is out of what the field can hold");
        return None;
    };
    let (min, max) = if min <= max { (min.max(low), max.min(high)) } else { (min, max) };
    if min > max {
        let span = least.or(most).map_or(fields.noun_span(), |bound| bound.span);
        fields.error(&codes::BOUNDS, span, "no number lies between these bounds");
        return None;
    }
    let kind = match step {
        None => Kind::Integer { min, max },
        Some(step) => {
            let quantity = |number, upper| outward(step.value(number)?, upper);
            let (Some(min), Some(max)) = (quantity(min, false), quantity(max, true)) else {
                let span = lsb.map_or(fields.noun_span(), |lsb| lsb.span);
                fields.error(
                    &codes::STEP,
                    span,
                    "a quantity of this field is out of what 64 bits hold: give min= and max=",
                );
                return None;
            };
            Kind::Decimal { min, max, digits: 18 }
        }
    };
    Some((Number { bits, sign, little, varint, min, max, unknown, step }, kind))
}

/// The largest number that is a time of day.
fn last_of_day(step: Step) -> Option<i64> {
    let end = bound(Decimal::from_int(DAY)?, Some(step), true)?;
    let is_end = step.value(end)?.compare(Ratio::new(DAY, 1)?).is_eq();
    if is_end { end.checked_sub(1) } else { Some(end) }
}

/// What `bits` bits can hold, and 64 bits with a sign too.
fn natural(bits: u8, sign: Sign) -> (i64, i64) {
    let most =
        |bits: u8| if bits >= 63 { i64::MAX } else { 1_i64.wrapping_shl(u32::from(bits)).wrapping_sub(1) };
    match sign {
        Sign::None => (0, most(bits)),
        Sign::Complement | Sign::Zigzag => {
            let most = most(bits.saturating_sub(1));
            (most.wrapping_neg().wrapping_sub(1), most)
        }
        Sign::Magnitude => {
            let most = most(bits.saturating_sub(1));
            (most.wrapping_neg(), most)
        }
    }
}

fn whole(fields: &mut Fields<'_, '_>, number: At<Decimal>) -> Option<i64> {
    if number.value.scale() == 0 {
        return Some(number.value.mantissa());
    }
    fields.error(&codes::BOUNDS, number.span, "`unknown` is the number as it stands in the bits");
    None
}

fn step(fields: &mut Fields<'_, '_>, lsb: Option<At<&str>>, offset: Decimal) -> Option<Step> {
    let text = lsb.map_or("1", |lsb| lsb.value);
    let made = Ratio::parse(text).and_then(|read| {
        let (times, by) = (read.numerator(), read.denominator());
        // offset = m / 10^s: both over one denominator.
        let ten = 10_u32.checked_pow(u32::from(offset.scale()))?;
        let common = divisor(u64::from(ten), u64::from(by));
        let grow = u32::try_from(u64::from(ten).checked_div(common)?).ok()?;
        let denominator = by.checked_mul(grow)?;
        let plus = offset.mantissa().checked_mul(i64::from(denominator.checked_div(ten)?))?;
        Some(Step { times: times.checked_mul(i64::from(grow))?, plus, by: denominator })
    });
    if made.is_none() {
        let span = lsb.map_or(fields.noun_span(), |lsb| lsb.span);
        fields.error(&codes::STEP, span, "a step is a fraction above zero, such as \"180/2^31\" or \"0.5\"");
    }
    made
}

/// The number nearest to a bound within it: the smallest not below it, or the largest not above.
fn bound(bound: Decimal, step: Option<Step>, upper: bool) -> Option<i64> {
    let step = step.unwrap_or(Step { times: 1, plus: 0, by: 1 });
    let ten = 10_i128.checked_pow(u32::from(bound.scale()))?;
    // (number * times + plus) / by = m / ten
    let over = i128::from(bound.mantissa())
        .checked_mul(i128::from(step.by))?
        .checked_sub(i128::from(step.plus).checked_mul(ten)?)?;
    let under = i128::from(step.times).checked_mul(ten)?;
    let down = over.checked_div_euclid(under)?;
    let exact = over.checked_rem_euclid(under)? == 0;
    i64::try_from(if exact || upper { down } else { down.checked_add(1)? }).ok()
}

/// A decimal of at most 18 digits that is not inside of `value`.
fn outward(value: Ratio, upper: bool) -> Option<Decimal> {
    for scale in (0..=17_u8).rev() {
        let unit = 10_u64.checked_pow(u32::from(scale))?;
        let down = value.in_steps(unit);
        let exact = Ratio::new(i64::try_from(down).unwrap_or(i64::MAX), 1).is_some_and(|_| {
            down.checked_mul(i128::from(value.denominator()))
                == i128::from(value.numerator()).checked_mul(i128::from(unit))
        });
        let rounded = if exact || !upper { down } else { down.checked_add(1)? };
        if let Some(found) = i64::try_from(rounded).ok().and_then(|mantissa| Decimal::new(mantissa, scale)) {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{bytes_of, hex, outward};
    use lockgate_bytes::Ratio;
    use lockgate_notation::Document;

    #[test]
    fn bytes_from_digits() {
        assert_eq!(hex("060E2b"), Some(vec![6, 14, 43]));
        assert_eq!((hex("0"), hex("0g")), (None, None));
        let written = |text: &str| {
            let document = Document::parse("x.kdl", format!("x a={text}").as_bytes()).unwrap();
            bytes_of(&document.root.children[0].props[0].value)
        };
        assert_eq!(written("0xB0A1"), Some(vec![0xB0, 0xA1]));
        assert_eq!((written("200"), written("256"), written("0xB0A")), (Some(vec![200]), None, None));
    }

    #[test]
    fn bounds_are_rounded_outward() {
        let third = Ratio::new(1, 3).unwrap();
        assert!(outward(third, true).unwrap() > outward(third, false).unwrap());
        assert_eq!(outward(Ratio::new(-90, 1).unwrap(), false).unwrap().to_string(), "-90");
    }
}
