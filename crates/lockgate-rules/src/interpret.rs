//! The reference interpreter: walks the tree of an expression, plainly. It shares nothing with the compiled program
//! but the record, and must agree with it about every object.

use crate::syntax::{Arithmetic, Sign};
use crate::typed::{Condition, Loop, Scalar, Text, TextTest};
use lockgate_bytes::{Budget, OverBudget};
use lockgate_eval::{Facts, FieldRef, MAX_LOOPS, ONE, Portions};
use lockgate_marking::LevelRef;
use lockgate_record::{Block, Value};

/// The value of a condition for one object; `Ok(None)` where it cannot be evaluated. Allocates nothing.
pub(crate) fn interpret(
    condition: &Condition,
    facts: &Facts<'_>,
    budget: &mut Budget,
) -> Result<Option<bool>, OverBudget> {
    let mut walk = Walk { facts, blocks: [Block::ROOT; MAX_LOOPS + 1], depth: 0, budget, over: None };
    let value = walk.condition(condition);
    match walk.over {
        Some(over) => Err(over),
        None => Ok(value),
    }
}

/// Steps of 10^-18 in the last digit of a number with so many digits behind the point: 10^18, and a tenth of it for each.
const STEPS: [i64; 19] = steps();

const fn steps() -> [i64; 19] {
    let mut table = [0; 19];
    let (mut rest, mut step): (&mut [i64], i64) = (&mut table, 1_000_000_000_000_000_000);
    while let Some((first, behind)) = rest.split_first_mut() {
        *first = step;
        step /= 10;
        rest = behind;
    }
    table
}

struct Walk<'f, 'a, 'b> {
    facts: &'f Facts<'a>,
    blocks: [Block; MAX_LOOPS + 1],
    depth: usize,
    budget: &'b mut Budget,
    over: Option<OverBudget>,
}

impl<'f> Walk<'f, '_, '_> {
    fn condition(&mut self, condition: &Condition) -> Option<bool> {
        self.spend(1)?;
        match condition {
            Condition::Constant(value) => Some(*value),
            Condition::Not(part) => self.condition(part).map(|value| !value),
            Condition::And(parts) => {
                for part in parts {
                    if !self.condition(part)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Condition::Or(parts) => {
                for part in parts {
                    if self.condition(part)? {
                        return Some(true);
                    }
                }
                Some(false)
            }
            Condition::Choose(parts) => {
                let [asked, yes, no] = &**parts;
                if self.condition(asked)? { self.condition(yes) } else { self.condition(no) }
            }
            Condition::Same(equal, parts) => {
                let [left, right] = &**parts;
                let (left, right) = (self.condition(left)?, self.condition(right)?);
                Some((left == right) == *equal)
            }
            Condition::Loop(repetition) => self.repetition(repetition),
            Condition::Flag(field) => match self.value(*field) {
                Value::Flag(value) => Some(value),
                _ => None,
            },
            Condition::Has(field) => Some(match self.value(*field) {
                Value::Absent | Value::Unknown(_) => false,
                Value::Rows { count } => count > 0,
                _ => true,
            }),
            _ => self.comparison(condition),
        }
    }

    fn comparison(&mut self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Compare(sign, sides) => {
                let [left, right] = &**sides;
                let (left, right) = (self.scalar(left)?, self.scalar(right)?);
                Some(sign.holds(left.cmp(&right)))
            }
            Condition::NumberIn(scalar, list) => {
                let value = self.scalar(scalar)?;
                Some(list.contains(&value))
            }
            Condition::SameText(equal, sides) => {
                let [left, right] = &**sides;
                let (left, right) = (self.text(left)?, self.text(right)?);
                Some((left == right) == *equal)
            }
            Condition::TextIn(text, list) => {
                let text = self.text(text)?;
                Some(list.iter().any(|known| known.as_bytes() == text))
            }
            Condition::TextTest(test, sides) => {
                let [text, part] = &**sides;
                let (text, part) = (self.text(text)?, self.text(part)?);
                match test {
                    // Most parts are a few bytes long, less than what a call costs.
                    TextTest::Begins => {
                        let same = || part.iter().zip(text).all(|(wanted, byte)| wanted == byte);
                        Some(part.len() <= text.len() && same())
                    }
                    TextTest::Ends => {
                        Some(text.len().checked_sub(part.len()).and_then(|at| text.get(at..)) == Some(part))
                    }
                    TextTest::Contains => {
                        self.spend(u64::try_from(text.len()).unwrap_or(u64::MAX) >> 4)?;
                        let (text, part) = (std::str::from_utf8(text).ok()?, std::str::from_utf8(part).ok()?);
                        Some(text.find(part).is_some())
                    }
                }
            }
            Condition::Level(sign, level) => self.level(*sign, *level),
            Condition::LabelSays(value) => {
                let label = self.facts.label?;
                if label.policy() == value.policy() { Some(label.has(*value)) } else { None }
            }
            Condition::Dominates => {
                let label = self.facts.label?;
                let Portions::Of(portions) = self.facts.portions else { return Some(true) };
                for portion in portions {
                    match portion {
                        Some(portion) if label.dominates(portion, self.facts.policies) => {}
                        _ => return Some(false),
                    }
                }
                Some(true)
            }
            Condition::Released => self.facts.released,
            _ => None,
        }
    }

    fn level(&mut self, sign: Sign, level: LevelRef) -> Option<bool> {
        let own = self.facts.label?.level();
        if own.policy() != level.policy() {
            return None;
        }
        let (own, other) = (self.facts.policies.rank(own)?, self.facts.policies.rank(level)?);
        Some(sign.holds(own.cmp(&other)))
    }

    fn repetition(&mut self, repetition: &Loop) -> Option<bool> {
        let Loop { list, every, required, body } = repetition;
        let count = match self.value(*list) {
            Value::Rows { count } => count,
            Value::Absent => 0,
            _ => return None,
        };
        if *every && *required && count == 0 {
            return None;
        }
        let facts = self.facts;
        let rows = facts.record.rows(self.block(*list), list.slot).take(usize::from(count));
        self.depth = self.depth.saturating_add(1);
        let mut result = Some(*every);
        for row in rows {
            *self.blocks.get_mut(self.depth)? = row;
            match self.condition(body) {
                Some(value) if value == *every => {}
                settled => {
                    result = settled;
                    break;
                }
            }
        }
        self.depth = self.depth.saturating_sub(1);
        result
    }

    /// The value of a scalar; a constant, which half of them are, in line.
    #[inline(always)]
    fn scalar(&mut self, scalar: &Scalar) -> Option<i128> {
        self.spend(1)?;
        match scalar {
            Scalar::Constant(value) => Some(*value),
            _ => self.any_scalar(scalar),
        }
    }

    fn any_scalar(&mut self, scalar: &Scalar) -> Option<i128> {
        match scalar {
            Scalar::Constant(value) => Some(*value),
            Scalar::Now => Some(i128::from(self.facts.now.unix_nanos())),
            Scalar::Age => {
                let (now, observed) = (self.facts.now, self.facts.observed?);
                Some(i128::from(now.unix_nanos()).saturating_sub(i128::from(observed.unix_nanos())))
            }
            Scalar::Field(field) => match self.value(*field) {
                Value::Time(time) => Some(i128::from(time.unix_nanos())),
                Value::Integer(integer) => i128::from(integer).checked_mul(ONE),
                Value::Ratio(ratio) => {
                    // What is left below a step of 10^-18 is cut off towards minus infinity.
                    i128::from(ratio.numerator())
                        .checked_mul(ONE)?
                        .checked_div_euclid(i128::from(ratio.denominator()))
                }
                Value::Decimal(decimal) => {
                    // A step is 10^-18: what is left of these digits behind the last written one.
                    let steps = STEPS.get(usize::from(decimal.scale()))?;
                    i128::from(decimal.mantissa()).checked_mul(i128::from(*steps))
                }
                _ => None,
            },
            Scalar::Characters(text) => {
                let text = self.text(text)?;
                self.spend(u64::try_from(text.len()).unwrap_or(u64::MAX) >> 4)?;
                // Of ASCII each byte is a character.
                let count = if text.is_ascii() {
                    text.len()
                } else {
                    std::str::from_utf8(text).ok()?.chars().count()
                };
                i128::try_from(count).ok()?.checked_mul(ONE)
            }
            Scalar::Rows(list) => match self.value(*list) {
                Value::Rows { count } => i128::from(count).checked_mul(ONE),
                Value::Absent => Some(0),
                _ => None,
            },
            Scalar::Arithmetic(operator, sides) => {
                let [left, right] = &**sides;
                let (left, right) = (self.scalar(left)?, self.scalar(right)?);
                computed(*operator, left, right)
            }
        }
    }

    /// The text; a constant, which half of them are, in line.
    #[inline(always)]
    fn text<'x>(&self, text: &'x Text) -> Option<&'x [u8]>
    where
        'f: 'x,
    {
        match text {
            Text::Constant(text) => Some(text.as_bytes()),
            _ => self.any_text(text),
        }
    }

    fn any_text<'x>(&self, text: &'x Text) -> Option<&'x [u8]>
    where
        'f: 'x,
    {
        let facts: &'f Facts<'_> = self.facts;
        match text {
            Text::Constant(text) => Some(text.as_bytes()),
            Text::Field(field) => match self.value(*field) {
                Value::Text(text) | Value::Code(text) => Some(facts.record.text(text, facts.object)),
                _ => None,
            },
            Text::Name(field, names) => match self.value(*field) {
                Value::Enum(index) => names.get(index).map(str::as_bytes),
                _ => None,
            },
            Text::Source => Some(facts.source.as_bytes()),
            Text::Destination => Some(facts.destination.as_bytes()),
            Text::Agreement => facts.agreement.map(str::as_bytes),
            Text::Lane => Some(facts.lane.as_bytes()),
            Text::LabelPolicy => {
                let policy = facts.policies.policy(facts.label?.policy())?;
                Some(policy.name().as_bytes())
            }
        }
    }

    fn block(&self, field: FieldRef) -> Block {
        self.blocks.get(usize::from(field.within)).copied().unwrap_or(Block::ROOT)
    }

    fn value(&self, field: FieldRef) -> Value {
        self.facts.record.value(self.block(field), field.slot)
    }

    fn spend(&mut self, steps: u64) -> Option<()> {
        match self.budget.spend(steps) {
            Ok(()) => Some(()),
            Err(over) => {
                self.over = Some(over);
                None
            }
        }
    }
}

/// The exact result of an operator; `None` where it needs more than 18 digits after the point or is too large.
pub(crate) fn computed(operator: Arithmetic, left: i128, right: i128) -> Option<i128> {
    match operator {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => {
            let limbs = long_product(left.unsigned_abs(), right.unsigned_abs());
            let magnitude = long_quotient(limbs, ONE.unsigned_abs())?;
            if (left < 0) == (right < 0) {
                i128::try_from(magnitude).ok()
            } else {
                0_i128.checked_sub_unsigned(magnitude)
            }
        }
    }
}

/// Two 128-bit numbers multiplied on paper, in 64-bit digits, least first.
fn long_product(left: u128, right: u128) -> [u128; 4] {
    const DIGIT: u128 = (1 << 64) - 1;
    let mut digits = [0_u128; 4];
    for (i, a) in [left & DIGIT, left >> 64].into_iter().enumerate() {
        let mut carry = 0_u128;
        for (place, b) in digits.iter_mut().skip(i).zip([right & DIGIT, right >> 64, 0]) {
            // A product of two digits and two more digits fit 128 bits exactly.
            let sum = a.wrapping_mul(b).wrapping_add(*place).wrapping_add(carry);
            *place = sum & DIGIT;
            carry = sum >> 64;
        }
    }
    digits
}

/// The number divided by a single digit, where that leaves no rest and 128 bits hold the result.
fn long_quotient(digits: [u128; 4], by: u128) -> Option<u128> {
    let (mut rest, mut quotient) = (0_u128, 0_u128);
    for digit in digits.into_iter().rev() {
        let here = (rest << 64) | digit;
        rest = here.checked_rem(by)?;
        quotient = quotient.checked_mul(1 << 64)?.checked_add(here.checked_div(by)?)?;
    }
    (rest == 0).then_some(quotient)
}

#[cfg(test)]
mod tests {
    use super::computed;
    use crate::syntax::Arithmetic::Multiply;
    use lockgate_eval::ONE;

    #[test]
    fn products_are_exact_or_none() {
        assert_eq!(computed(Multiply, 5 * ONE / 2, -4 * ONE), Some(-10 * ONE));
        assert_eq!(computed(Multiply, 1_000_000_000, 1_000_000_000), Some(1));
        assert_eq!(computed(Multiply, 100_000_000, 1_000_000_000), None, "19 digits after the point");
        assert_eq!(computed(Multiply, i128::MAX, ONE), Some(i128::MAX));
        assert_eq!(computed(Multiply, i128::MIN, ONE), Some(i128::MIN));
        assert_eq!(computed(Multiply, i128::MIN, -ONE), None);
        assert_eq!(computed(Multiply, i128::MAX, i128::MAX), None);
        assert_eq!(computed(Multiply, 0, i128::MIN), Some(0));
    }
}
