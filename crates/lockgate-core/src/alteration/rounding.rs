//! Numbers and times brought to a lane's resolution.

use core::cmp::Ordering;
use lockgate_bytes::{Decimal, Ratio, Time};
use lockgate_record::{Kind, Value};

/// Digits of a decimal, at most.
const MAX_SCALE: u8 = 18;

/// The step to whose whole multiples a field is brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Numbers, to a multiple within the field's bounds.
    Number {
        /// To which one.
        towards: Towards,
        /// The step, in the field's unit.
        step: Ratio,
        /// Smallest value that the field may have.
        min: Decimal,
        /// Largest value that the field may have.
        max: Decimal,
    },
    /// Times: to the last multiple before, counted from 1970-01-01T00:00:00Z; never to a later time.
    Time {
        /// Nanoseconds; above zero.
        step: i64,
    },
}

/// To which multiple a number goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// The nearest one, halves upwards.
    Nearest,
    /// The next one below: for what counts time, which is never later than it was.
    Below,
}

/// Why a field cannot be rounded so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRoundable {
    /// It is neither a number nor a time.
    NoNumber,
    /// The step is finer than the field, or no multiple of what the field can say.
    Step,
    /// Some value of the field has no multiple of the step near it that the field may have.
    Bounds,
}

impl Rounding {
    /// Numbers of this kind, to multiples of `step` in the field's unit.
    ///
    /// # Errors
    /// [`NotRoundable`] where values of the kind could not all be rounded so.
    pub fn number(kind: &Kind, step: Ratio, towards: Towards) -> Result<Self, NotRoundable> {
        let (min, max, digits) = match kind {
            Kind::Integer { min, max } => {
                // Beyond 18 digits a bound bounds nothing that could be rounded.
                let bound = |value: i64| Decimal::from_int(value.clamp(-LARGEST, LARGEST));
                (bound(*min), bound(*max), 0)
            }
            Kind::Decimal { min, max, digits } => (Some(*min), Some(*max), *digits),
            Kind::Text { .. } | Kind::Code(_) | Kind::Enum(_) | Kind::Flag | Kind::Time => {
                return Err(NotRoundable::NoNumber);
            }
        };
        let (Some(min), Some(max)) = (min, max) else { return Err(NotRoundable::Bounds) };
        // A quantity of a binary type says 18 digits: its own step is looked at by whoever knows it.
        if digits < MAX_SCALE && scale_of(step).is_none_or(|scale| scale > digits) {
            return Err(NotRoundable::Step);
        }
        let rounding = Self::Number { towards, step, min, max };
        let ends = [min, max].map(|end| rounding.apply(Value::Decimal(end)));
        // Between ends that have a multiple each, every value has one.
        if digits < MAX_SCALE && ends.iter().any(Option::is_none) {
            return Err(NotRoundable::Bounds);
        }
        Ok(rounding)
    }

    /// Times of this kind, to multiples of `nanos`.
    ///
    /// # Errors
    /// [`NotRoundable`] where the kind is no time, or the step is not above zero.
    pub fn time(kind: &Kind, nanos: i64) -> Result<Self, NotRoundable> {
        match kind {
            Kind::Time if nanos > 0 => Ok(Self::Time { step: nanos }),
            Kind::Time => Err(NotRoundable::Step),
            _ => Err(NotRoundable::NoNumber),
        }
    }

    /// The value as it leaves; what is absent or not known stays so. `None` where there is none.
    pub(crate) fn apply(&self, value: Value) -> Option<Value> {
        match (value, self) {
            (Value::Absent | Value::Unknown(_), _) => Some(value),
            (Value::Time(time), Self::Time { step }) => {
                let nanos = time.unix_nanos();
                let over = nanos.checked_rem_euclid(*step)?;
                Some(Value::Time(Time::from_unix_nanos(nanos.checked_sub(over)?)))
            }
            (Value::Integer(number), Self::Number { step, .. }) => {
                let over =
                    multiple(i128::from(number), 1, self)?.checked_mul(i128::from(step.numerator()))?;
                let whole = over.checked_div(i128::from(step.denominator()))?;
                Some(Value::Integer(i64::try_from(whole).ok()?))
            }
            (Value::Decimal(number), Self::Number { step, .. }) => {
                let ten = 10_i128.checked_pow(u32::from(number.scale()))?;
                let times = multiple(i128::from(number.mantissa()), ten, self)?;
                decimal(times.checked_mul(i128::from(step.numerator()))?, *step).map(Value::Decimal)
            }
            (Value::Ratio(ratio), Self::Number { step, .. }) => {
                let unit = i128::from(ratio.denominator());
                let times = multiple(i128::from(ratio.numerator()), unit, self)?;
                let over = times.checked_mul(i128::from(step.numerator()))?.checked_mul(unit)?;
                let under = i128::from(step.denominator());
                (over.checked_rem(under)? == 0).then_some(())?;
                let numerator = i64::try_from(over.checked_div(under)?).ok()?;
                Ratio::new(numerator, ratio.denominator()).map(Value::Ratio)
            }
            _ => None,
        }
    }
}

/// The largest number of 18 digits.
const LARGEST: i64 = 999_999_999_999_999_999;

/// How many steps the multiple of `over / under` is, within the bounds.
fn multiple(over: i128, under: i128, rounding: &Rounding) -> Option<i128> {
    let Rounding::Number { towards, step, min, max } = rounding else { return None };
    // over / under in steps = over * q / (under * p), for a step of p / q.
    let (p, q) = (i128::from(step.numerator()), i128::from(step.denominator()));
    let (top, bottom) = (over.checked_mul(q)?, under.checked_mul(p)?);
    let times = match towards {
        Towards::Below => top.checked_div_euclid(bottom)?,
        // Half a step more, cut off downwards.
        Towards::Nearest => {
            top.checked_mul(2)?.checked_add(bottom)?.checked_div_euclid(bottom.checked_mul(2)?)?
        }
    };
    let inwards = match (against(times, *step, *min)?, against(times, *step, *max)?) {
        (Ordering::Less, _) => times.checked_add(1)?,
        (_, Ordering::Greater) => times.checked_sub(1)?,
        _ => times,
    };
    let fits = against(inwards, *step, *min)?.is_ge() && against(inwards, *step, *max)?.is_le();
    fits.then_some(inwards)
}

/// `times * step` against `bound`.
fn against(times: i128, step: Ratio, bound: Decimal) -> Option<Ordering> {
    let ten = 10_i128.checked_pow(u32::from(bound.scale()))?;
    let left = times.checked_mul(i128::from(step.numerator()))?.checked_mul(ten)?;
    let right = i128::from(bound.mantissa()).checked_mul(i128::from(step.denominator()))?;
    Some(left.cmp(&right))
}

/// Digits behind the point that multiples of `step` need; `None` where none are enough.
fn scale_of(step: Ratio) -> Option<u8> {
    (0..=MAX_SCALE)
        .find(|scale| 10_u64.pow(u32::from(*scale)).checked_rem(u64::from(step.denominator())) == Some(0))
}

/// `over / q`, for a step of `p / q` that ends as a decimal.
fn decimal(over: i128, step: Ratio) -> Option<Decimal> {
    let mut scale = scale_of(step)?;
    let grow = 10_i128.checked_pow(u32::from(scale))?.checked_div(i128::from(step.denominator()))?;
    let mut mantissa = over.checked_mul(grow)?;
    while scale > 0 && mantissa.checked_rem(10)? == 0 {
        mantissa = mantissa.checked_div(10)?;
        scale = scale.checked_sub(1)?;
    }
    Decimal::new(i64::try_from(mantissa).ok()?, scale)
}

#[cfg(test)]
mod tests {
    use super::{NotRoundable, Rounding, Towards};
    use alloc::string::ToString;
    use lockgate_bytes::{Decimal, Ratio, Time};
    use lockgate_record::{Kind, Value};

    fn number(text: &str) -> Decimal {
        Decimal::parse(text.as_bytes()).unwrap()
    }

    fn to_nearest(kind: &Kind, step: &str) -> Result<Rounding, NotRoundable> {
        Rounding::number(kind, Ratio::parse(step).unwrap(), Towards::Nearest)
    }

    fn degrees(step: &str) -> Result<Rounding, NotRoundable> {
        let kind = Kind::Decimal { min: number("-90"), max: number("90"), digits: 7 };
        to_nearest(&kind, step)
    }

    fn rounded(rounding: &Rounding, text: &str) -> alloc::string::String {
        match rounding.apply(Value::Decimal(number(text))).unwrap() {
            Value::Decimal(decimal) => decimal.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn decimals_go_to_the_nearest_multiple_and_stay_within_their_bounds() {
        let hundredth = degrees("0.01").unwrap();
        for (from, to) in [
            ("46.0511234", "46.05"),
            ("46.055", "46.06"),
            ("-46.055", "-46.05"),
            ("-46.0551", "-46.06"),
            ("0.004", "0"),
            ("90", "90"),
            ("-90", "-90"),
        ] {
            assert_eq!(rounded(&hundredth, from), to, "{from}");
        }
        let seventh = degrees("0.7").unwrap();
        // 90.3 would be nearer.
        assert_eq!((rounded(&seventh, "90"), rounded(&seventh, "-90")), ("89.6".into(), "-89.6".into()));
    }

    #[test]
    fn what_was_rounded_stays_as_it_is() {
        for step in ["0.01", "0.7", "3", "180"] {
            let rounding = degrees(step).unwrap();
            for tenths in -900..=900_i64 {
                let once = rounding.apply(Value::Decimal(Decimal::new(tenths, 1).unwrap())).unwrap();
                assert_eq!(rounding.apply(once), Some(once), "{tenths} by {step}");
            }
        }
    }

    #[test]
    fn a_step_that_the_field_cannot_say_is_told() {
        assert_eq!(degrees("0.00000001"), Err(NotRoundable::Step));
        assert_eq!(degrees("1/3"), Err(NotRoundable::Step));
        let kind = Kind::Integer { min: 1, max: 4095 };
        assert_eq!(to_nearest(&kind, "0.5"), Err(NotRoundable::Step));
        assert_eq!(to_nearest(&kind, "5000"), Err(NotRoundable::Bounds));
        assert_eq!(to_nearest(&Kind::Flag, "1"), Err(NotRoundable::NoNumber));
        assert_eq!(Rounding::time(&Kind::Flag, 1), Err(NotRoundable::NoNumber));
        assert_eq!(Rounding::time(&Kind::Time, 0), Err(NotRoundable::Step));
    }

    #[test]
    fn integers_within_their_bounds() {
        let kind = Kind::Integer { min: 1, max: 100 };
        let tens = to_nearest(&kind, "10").unwrap();
        for (from, to) in [(1, 10), (14, 10), (15, 20), (100, 100), (99, 100)] {
            assert_eq!(tens.apply(Value::Integer(from)), Some(Value::Integer(to)), "{from}");
        }
        let whole = Kind::Integer { min: i64::MIN, max: i64::MAX };
        let whole = to_nearest(&whole, "10").unwrap();
        assert_eq!(whole.apply(Value::Integer(i64::MAX)), None);
    }

    #[test]
    fn quantities_keep_their_denominator() {
        let kind = Kind::Decimal { min: number("-180"), max: number("180"), digits: 18 };
        let rounding = to_nearest(&kind, "180/2^15").unwrap();
        let value = |numerator| Value::Ratio(Ratio::new(numerator, 1 << 23).unwrap());
        // 180/2^15 is 46,080 of 1/2^23.
        assert_eq!(rounding.apply(value(46_081)), Some(value(46_080)));
        assert_eq!(rounding.apply(value(-46_079)), Some(value(-46_080)));
        assert_eq!(rounding.apply(value(23_039)), Some(value(0)));
        // A step that the denominator cannot say.
        let rounding = to_nearest(&kind, "1/3").unwrap();
        assert_eq!(rounding.apply(Value::Ratio(Ratio::new(1, 4).unwrap())), None);
    }

    #[test]
    fn what_counts_time_goes_down() {
        let kind = Kind::Decimal { min: number("0"), max: number("86400"), digits: 18 };
        let rounding = Rounding::number(&kind, Ratio::parse("1").unwrap(), Towards::Below).unwrap();
        let value = |numerator| Value::Ratio(Ratio::new(numerator, 128).unwrap());
        assert_eq!(rounding.apply(value(255)), Some(value(128)));
        assert_eq!(rounding.apply(value(127)), Some(value(0)));
    }

    #[test]
    fn times_are_never_later_than_they_were() {
        let minute = Rounding::time(&Kind::Time, 60_000_000_000).unwrap();
        let time = |nanos| Value::Time(Time::from_unix_nanos(nanos));
        assert_eq!(minute.apply(time(119_999_999_999)), Some(time(60_000_000_000)));
        assert_eq!(minute.apply(time(-1)), Some(time(-60_000_000_000)));
        assert_eq!(minute.apply(Value::Absent), Some(Value::Absent));
        assert_eq!(minute.apply(Value::Unknown(number("1"))), Some(Value::Unknown(number("1"))));
        assert_eq!(minute.apply(Value::Integer(1)), None);
    }
}
