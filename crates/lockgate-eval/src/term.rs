//! What a condition compares: exact numbers, instants, durations and texts.

use crate::{Facts, Program};
use lockgate_bytes::{Decimal, POWERS_OF_TEN};
use lockgate_record::{Block, Slot, TextRef, Value};

/// One in the fixed-point numbers of the evaluator, which count in steps of 10^-18. Every decimal (18 digits) and
/// every 64-bit integer is exact in them; the largest is about 1.7 * 10^20.
pub const ONE: i128 = 1_000_000_000_000_000_000;
/// The same, as the steps of a fraction.
pub(crate) const STEPS: u64 = 1_000_000_000_000_000_000;

/// Loops inside loops, at most.
pub const MAX_LOOPS: usize = 4;

/// Values that one sum or product may have waiting, at most.
pub(crate) const MAX_STACK: usize = 32;

/// A cell of the record (loop 0) or of the row that a loop stands at (1 is the outermost loop).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldRef {
    /// 0 for the record, else the loop counted from the outside.
    pub within: u8,
    /// The cell.
    pub slot: Slot,
}

/// The blocks that are in sight: the record and the rows of the loops around.
pub(crate) type Blocks = [Block; MAX_LOOPS + 1];

/// Something with an order: a number (in steps of 10^-18), an instant or a duration (in nanoseconds). The rule
/// compiler never mixes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    /// A constant.
    Constant(i128),
    /// A field's number or instant.
    Field(FieldRef),
    /// A field's number or instant plus a constant.
    FieldPlus(FieldRef, i128),
    /// The reference time plus a constant.
    Now(i128),
    /// Reference time less observed time.
    Age,
    /// Characters of a text.
    Characters(TextTerm),
    /// Rows of a list.
    Rows(FieldRef),
    /// The result of a computation; see [`crate::Builder::computation`].
    Computed(u16),
}

/// One step of a computation on a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Pushes a value that is not computed itself.
    Push(Term),
    /// Adds the two uppermost.
    Add,
    /// Subtracts the uppermost from the one below.
    Subtract,
    /// Multiplies two numbers.
    Multiply,
}

/// A text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextTerm {
    /// A constant; see [`crate::Builder::text`].
    Constant(u16),
    /// A field's text or code.
    Field(FieldRef),
    /// The name of a field's enumeration value; see [`crate::Builder::names`].
    Name(FieldRef, u16),
    /// The source's name.
    Source,
    /// The destination domain's name.
    Destination,
    /// The agreement in force; there may be none.
    Agreement,
    /// The lane's name.
    Lane,
    /// The name of the label's policy.
    LabelPolicy,
}

/// A decimal in steps of 10^-18; always exact.
#[inline]
pub fn number(decimal: Decimal) -> i128 {
    // At most 18 digits times 10^18: 128 bits always hold the product, and it is one instruction.
    let power = usize::from(18_u8.saturating_sub(decimal.scale()));
    i128::from(decimal.mantissa()).wrapping_mul(i128::from(POWERS_OF_TEN.get(power).copied().unwrap_or(1)))
}

/// The exact product of two numbers; `None` where it needs more than 18 digits after the point or is too large.
pub(crate) fn product(left: i128, right: i128) -> Option<i128> {
    // Whole and part of either factor; all four partial products have the sign of the whole product.
    let (left_whole, left_part) = (left.checked_div(ONE)?, left.checked_rem(ONE)?);
    let (right_whole, right_part) = (right.checked_div(ONE)?, right.checked_rem(ONE)?);
    let parts = left_part.checked_mul(right_part)?;
    if parts.checked_rem(ONE)? != 0 {
        return None;
    }
    left_whole
        .checked_mul(right_whole)?
        .checked_mul(ONE)?
        .checked_add(left_whole.checked_mul(right_part)?)?
        .checked_add(left_part.checked_mul(right_whole)?)?
        .checked_add(parts.checked_div(ONE)?)
}

/// A look at one object: program, facts and the blocks in sight.
#[derive(Clone, Copy)]
pub(crate) struct View<'a, 'b> {
    pub(crate) program: &'a Program,
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) blocks: &'b Blocks,
}

impl<'a> View<'a, '_> {
    /// The block that holds a field.
    #[inline]
    pub(crate) fn block(&self, field: FieldRef) -> Block {
        self.blocks.get(usize::from(field.within)).copied().unwrap_or(Block::ROOT)
    }

    /// The value of a field.
    #[inline]
    pub(crate) fn value(&self, field: FieldRef) -> Value {
        self.facts.record.value(self.block(field), field.slot)
    }

    /// The value of a term; `None` where it cannot be evaluated.
    #[inline]
    pub(crate) fn scalar(&self, term: Term) -> Option<i128> {
        match term {
            Term::Constant(value) => Some(value),
            Term::Field(field) => self.field(field),
            Term::FieldPlus(field, more) => self.field(field)?.checked_add(more),
            Term::Now(more) => i128::from(self.facts.now.unix_nanos()).checked_add(more),
            Term::Computed(computation) => self.computed(computation),
            Term::Age | Term::Characters(_) | Term::Rows(_) => self.measured(term),
        }
    }

    #[inline]
    fn field(&self, field: FieldRef) -> Option<i128> {
        match self.value(field) {
            Value::Decimal(decimal) => Some(number(decimal)),
            Value::Ratio(ratio) => Some(ratio.in_steps(STEPS)),
            // 19 digits times 10^18: 128 bits always hold the product.
            Value::Integer(integer) => Some(i128::from(integer).wrapping_mul(ONE)),
            Value::Time(time) => Some(i128::from(time.unix_nanos())),
            _ => None,
        }
    }

    fn measured(&self, term: Term) -> Option<i128> {
        match term {
            Term::Age => {
                let observed = i128::from(self.facts.observed?.unix_nanos());
                i128::from(self.facts.now.unix_nanos()).checked_sub(observed)
            }
            Term::Characters(text) => {
                // A character begins at every byte that continues none (UTF-8).
                let begins = self.text(text)?.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
                i128::try_from(begins).ok()?.checked_mul(ONE)
            }
            Term::Rows(list) => match self.value(list) {
                Value::Rows { count } => i128::from(count).checked_mul(ONE),
                Value::Absent => Some(0),
                _ => None,
            },
            _ => None,
        }
    }

    fn computed(&self, computation: u16) -> Option<i128> {
        let steps = self.program.steps(computation);
        let (mut stack, mut height) = ([0_i128; MAX_STACK], 0_usize);
        for step in steps {
            let value = match *step {
                Step::Push(Term::Computed(_)) => return None,
                Step::Push(term) => self.scalar(term)?,
                Step::Add | Step::Subtract | Step::Multiply => {
                    let right = *stack.get(height.checked_sub(1)?)?;
                    height = height.checked_sub(2)?;
                    let left = *stack.get(height)?;
                    match step {
                        Step::Add => left.checked_add(right)?,
                        Step::Subtract => left.checked_sub(right)?,
                        _ => product(left, right)?,
                    }
                }
            };
            *stack.get_mut(height)? = value;
            height = height.checked_add(1)?;
        }
        (height == 1).then(|| stack.first().copied())?
    }

    /// The bytes of a text; `None` where there is none.
    #[inline]
    pub(crate) fn text(&self, text: TextTerm) -> Option<&'a [u8]> {
        let facts: &'a Facts<'a> = self.facts;
        match text {
            TextTerm::Constant(text) => self.program.text(text),
            TextTerm::Field(field) => match self.value(field) {
                Value::Text(text) | Value::Code(text) => Some(self.bytes(text)),
                _ => None,
            },
            TextTerm::Name(field, names) => match self.value(field) {
                Value::Enum(index) => self.program.name(names, index),
                _ => None,
            },
            TextTerm::Source => Some(facts.source.as_bytes()),
            TextTerm::Destination => Some(facts.destination.as_bytes()),
            TextTerm::Agreement => facts.agreement.map(str::as_bytes),
            TextTerm::Lane => Some(facts.lane.as_bytes()),
            TextTerm::LabelPolicy => facts.label_policy(),
        }
    }

    fn bytes(&self, text: TextRef) -> &'a [u8] {
        let facts: &'a Facts<'a> = self.facts;
        facts.record.text(text, facts.object)
    }
}

#[cfg(test)]
mod tests {
    use super::{ONE, number, product};
    use lockgate_bytes::Decimal;

    fn of(text: &str) -> i128 {
        number(Decimal::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn numbers_are_exact_steps() {
        assert_eq!(of("1"), ONE);
        assert_eq!(of("-0.000000000000000001"), -1);
        assert_eq!(of("999999999999999999"), 999_999_999_999_999_999 * ONE);
        assert_eq!(of("-107.5"), -107_500_000_000_000_000_000);
    }

    #[test]
    fn products_are_exact_or_none() {
        assert_eq!(product(of("2.5"), of("-4")), Some(of("-10")));
        assert_eq!(product(of("0.000000001"), of("0.000000001")), Some(1));
        assert_eq!(product(of("0.0000000001"), of("0.000000001")), None, "19 digits after the point");
        assert_eq!(product(of("99999999999"), of("99999999999")), None, "beyond the range");
        assert_eq!(product(of("-0.1"), of("-0.1")), Some(of("0.01")));
        assert_eq!(product(i128::MIN, ONE), Some(i128::MIN));
        assert_eq!(product(i128::MIN, -ONE), None);
    }
}
