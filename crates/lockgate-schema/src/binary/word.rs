//! Numbers like most, read from one word of bytes: in the compiled program only.

use super::bits;
use super::model::{Form, Number, Sign, Step, Value as Leaf};
use super::run::{Run, span};
use lockgate_bytes::Ratio;
use lockgate_record::{Slot, Value};

/// A number that can be read from one word of bytes: big-endian, of a fixed width, looked at by nothing else, with bounds
/// within which it is no sign for what is not known and has a worth. Whatever else stands there, its value reads.
#[derive(Clone, Debug)]
pub(super) struct NumberOp {
    /// At least 1 and at most [`MAX_WORD_BITS`].
    pub(super) bits: u8,
    /// In two's complement; without a sign otherwise.
    pub(super) signed: bool,
    pub(super) slot: Slot,
    /// Its value, for all that is not usual.
    pub(super) value: u16,
    /// Divisor of what it is worth; 0 where it is a whole number.
    pub(super) by: u32,
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) times: i64,
    pub(super) plus: i64,
}

/// A number that begins at any bit of a byte lies with so many bits within eight bytes.
const MAX_WORD_BITS: u8 = 57;

impl NumberOp {
    /// What reads `value`, number `index`, where it is such a number.
    pub(super) fn new(value: &Leaf, index: u16) -> Option<Self> {
        let Leaf { slot, form: Form::Number(number), register: None, absent_is: None, .. } = value else {
            return None;
        };
        let Number { bits, sign, little: false, varint: false, min, max, unknown, step } = *number else {
            return None;
        };
        let signed = match sign {
            Sign::None => false,
            Sign::Complement => true,
            Sign::Magnitude | Sign::Zigzag => return None,
        };
        let Step { times, plus, by } = step.unwrap_or(Step { times: 1, plus: 0, by: 0 });
        let worth = |number: i64| number.checked_mul(times)?.checked_add(plus);
        // Between two that have a worth each has one.
        let worths = worth(min).is_some() && worth(max).is_some();
        let told = unknown.is_some_and(|unknown| (min..=max).contains(&unknown));
        let fits = (1..=MAX_WORD_BITS).contains(&bits) && worths && !told;
        fits.then_some(Self { bits, signed, slot: *slot, value: index, by, min, max, times, plus })
    }
}

impl<'a> Run<'a, '_> {
    /// Reads a number like most. Whatever is not usual, the end of the object near, a bound that is not kept, reads it
    /// again with all that there is to know.
    #[inline]
    pub(super) fn word(&mut self, op: &'a NumberOp) -> Option<()> {
        match self.usual_word(op) {
            Some((value, after)) => {
                let span = span(self.at, after);
                self.at = after;
                self.keep(op.slot, value, span);
                Some(())
            }
            None => self.unusual_word(op),
        }
    }

    /// The value of a number like most, and where it ends.
    #[inline]
    fn usual_word(&self, op: &NumberOp) -> Option<(Value, usize)> {
        let after = self.at.wrapping_add(usize::from(op.bits));
        if after > self.end {
            return None;
        }
        let raw = bits::quick(self.bytes, self.at)?;
        let rest = 64_u32.wrapping_sub(u32::from(op.bits));
        let number = if op.signed {
            raw.cast_signed().wrapping_shr(rest)
        } else {
            raw.wrapping_shr(rest).cast_signed()
        };
        if number < op.min || number > op.max {
            return None;
        }
        let worth = number.wrapping_mul(op.times).wrapping_add(op.plus);
        let value = Ratio::new(worth, op.by).map_or(Value::Integer(worth), Value::Ratio);
        Some((value, after))
    }

    #[cold]
    fn unusual_word(&mut self, op: &'a NumberOp) -> Option<()> {
        let values: &'a [Leaf] = &self.program.values;
        self.value(values.get(usize::from(op.value))?)
    }
}
