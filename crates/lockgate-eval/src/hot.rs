//! The conditions of the record that are asked most, in the shape that is answered fastest.
//!
//! A [`Hot`] says the same as its [`Test`]; what has none is evaluated as the test itself. It reads cells of the record
//! only, never of a row.

use crate::term::{ONE, STEPS, number};
use crate::{Facts, FieldRef, Program, Term, Test, TextTerm};
use lockgate_record::{Block, Slot, Value};

/// A condition about one or two cells of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hot {
    /// Nothing faster than the test.
    None,
    /// The number or instant is below.
    Below(Slot, i128),
    /// The number or instant is above.
    Above(Slot, i128),
    /// The number or instant is equal.
    Is(Slot, i128),
    /// The instant is before the reference time plus so many nanoseconds.
    BeforeNow(Slot, i128),
    /// The instant is after the reference time plus so many nanoseconds.
    AfterNow(Slot, i128),
    /// The first is below the second.
    InOrder(Slot, Slot),
    /// The text begins with a constant.
    Begins(Slot, u16),
    /// The text is a constant.
    Same(Slot, u16),
    /// The flag is set.
    Flag(Slot),
    /// The field is there and known.
    Present(Slot),
    /// The enumeration's value is one of the bits set; values from 64 on are none.
    ValueIn(Slot, u64),
}

impl Program {
    /// The fast shape of a test.
    pub(crate) fn hot(&self, test: Test) -> Hot {
        use {Term as T, TextTerm as X};
        let root = |field: FieldRef| (field.within == 0).then_some(field.slot);
        let hot = match test {
            Test::Less(T::Field(field), T::Constant(limit)) => {
                root(field).map(|slot| Hot::Below(slot, limit))
            }
            Test::Less(T::Constant(limit), T::Field(field)) => {
                root(field).map(|slot| Hot::Above(slot, limit))
            }
            Test::Equal(T::Constant(value), T::Field(field)) => root(field).map(|slot| Hot::Is(slot, value)),
            Test::Less(T::Field(field), T::Now(more)) => root(field).map(|slot| Hot::BeforeNow(slot, more)),
            Test::Less(T::Now(more), T::Field(field)) => root(field).map(|slot| Hot::AfterNow(slot, more)),
            Test::Less(T::Field(left), T::Field(right)) => {
                root(left).zip(root(right)).map(|(left, right)| Hot::InOrder(left, right))
            }
            Test::Begins(X::Field(field), X::Constant(text)) => {
                root(field).map(|slot| Hot::Begins(slot, text))
            }
            Test::SameText(X::Constant(text), X::Field(field)) => {
                root(field).map(|slot| Hot::Same(slot, text))
            }
            Test::Flag(field) => root(field).map(Hot::Flag),
            Test::Present(field) => root(field).map(Hot::Present),
            Test::ValueIn(field, set) => {
                root(field).zip(self.value_bits(set)).map(|(slot, set)| Hot::ValueIn(slot, set))
            }
            _ => None,
        };
        hot.unwrap_or(Hot::None)
    }

    /// A set of enumeration values as bits; `None` where it has one from 64 on.
    fn value_bits(&self, set: u16) -> Option<u64> {
        let set = self.value_sets.get(usize::from(set))?;
        set.iter().try_fold(0_u64, |bits, value| Some(bits | 1_u64.checked_shl(u32::from(*value))?))
    }

    /// The value of a fast condition that is not [`Hot::None`]; `None` where it cannot be evaluated.
    #[inline]
    pub(crate) fn answer(&self, hot: &Hot, facts: &Facts<'_>) -> Option<bool> {
        let value = |slot: Slot| facts.record.value(Block::ROOT, slot);
        let now = |more: i128| i128::from(facts.now.unix_nanos()).checked_add(more);
        match *hot {
            Hot::Below(slot, limit) => Some(scalar(value(slot))? < limit),
            Hot::Above(slot, limit) => Some(limit < scalar(value(slot))?),
            Hot::Is(slot, constant) => Some(scalar(value(slot))? == constant),
            Hot::BeforeNow(slot, more) => Some(scalar(value(slot))? < now(more)?),
            Hot::AfterNow(slot, more) => Some(now(more)? < scalar(value(slot))?),
            Hot::InOrder(left, right) => Some(scalar(value(left))? < scalar(value(right))?),
            Hot::Begins(slot, start) => Some(begins(text(value(slot), facts)?, self.text(start)?)),
            Hot::Same(slot, constant) => Some(text(value(slot), facts)? == self.text(constant)?),
            Hot::Flag(slot) => match value(slot) {
                Value::Flag(set) => Some(set),
                _ => None,
            },
            Hot::Present(slot) => {
                Some(!matches!(value(slot), Value::Absent | Value::Unknown(_) | Value::Rows { count: 0 }))
            }
            Hot::ValueIn(slot, set) => match value(slot) {
                Value::Enum(value) => Some(value < 64 && set >> (value & 63) & 1 == 1),
                _ => None,
            },
            Hot::None => None,
        }
    }
}

#[inline]
fn scalar(value: Value) -> Option<i128> {
    match value {
        Value::Decimal(decimal) => Some(number(decimal)),
        Value::Ratio(ratio) => Some(ratio.in_steps(STEPS)),
        // 19 digits times 10^18: 128 bits always hold the product.
        Value::Integer(integer) => Some(i128::from(integer).wrapping_mul(ONE)),
        Value::Time(time) => Some(i128::from(time.unix_nanos())),
        _ => None,
    }
}

#[inline]
pub(crate) fn text<'a>(value: Value, facts: &Facts<'a>) -> Option<&'a [u8]> {
    match value {
        Value::Text(text) | Value::Code(text) => Some(facts.record.text(text, facts.object)),
        _ => None,
    }
}

/// `text.starts_with(start)`, byte by byte: starts are a few bytes long, less than what a call costs.
#[inline]
fn begins(text: &[u8], start: &[u8]) -> bool {
    text.len() >= start.len() && text.iter().zip(start).all(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::Hot;
    use crate::facts::{Facts, Portions};
    use crate::term::{ONE, View};
    use crate::{Builder, FieldRef, MAX_LOOPS, Term, Test, TextTerm};
    use lockgate_bytes::{Decimal, Span, Time};
    use lockgate_marking::PolicySet;
    use lockgate_record::{Block, Kind, NodeId, NodeOptions, Record, ShapeBuilder, Slot, Value};

    /// Every fast shape answers as its test does, for every kind of value in its cells.
    #[test]
    fn the_fast_shape_says_the_same_as_the_test() {
        let mut build = ShapeBuilder::new("r");
        for name in ["a", "b"] {
            build.value(NodeId(0), name, Kind::Flag, NodeOptions::default()).unwrap();
        }
        let (shape, policies) = (build.finish(), PolicySet::new());
        let mut builder = Builder::new();
        let text = TextTerm::Constant(builder.text("ab").unwrap());
        let set = builder.value_set([0, 5, 63]).unwrap();
        let field = |slot| FieldRef { within: 0, slot: Slot(slot) };
        let (a, b) = (Term::Field(field(1)), Term::Field(field(2)));
        let tests = [
            Test::Less(a, Term::Constant(ONE)),
            Test::Less(Term::Constant(ONE), a),
            Test::Equal(Term::Constant(ONE), a),
            Test::Less(a, Term::Now(-1)),
            Test::Less(Term::Now(1), a),
            Test::Less(a, b),
            Test::Begins(TextTerm::Field(field(1)), text),
            Test::SameText(text, TextTerm::Field(field(1))),
            Test::Flag(field(1)),
            Test::Present(field(1)),
            Test::ValueIn(field(1), set),
        ];
        let program = builder.finish();
        let mut record = Record::new();
        record.begin(&shape);
        let (first, second) = (record.keep(b"abc"), record.keep(b"ab"));
        let values = [
            Value::Absent,
            Value::Unknown(Decimal::ZERO),
            Value::Decimal(Decimal::parse(b"1.00000000000000001").unwrap()),
            Value::Decimal(Decimal::parse(b"1").unwrap()),
            Value::Integer(i64::MIN),
            Value::Integer(1),
            Value::Time(Time::from_unix_nanos(999)),
            Value::Time(Time::from_unix_nanos(1_001)),
            Value::Text(first),
            Value::Code(second),
            Value::Enum(5),
            Value::Enum(64),
            Value::Enum(127),
            Value::Flag(true),
            Value::Rows { count: 0 },
        ];
        for (value, other) in values.iter().flat_map(|value| values.iter().map(move |other| (*value, *other)))
        {
            record.set(Block::ROOT, Slot(1), value, Span::default());
            record.set(Block::ROOT, Slot(2), other, Span::default());
            let facts = Facts {
                record: &record,
                object: b"",
                label: None,
                portions: Portions::None,
                source: "",
                destination: "",
                agreement: None,
                lane: "",
                now: Time::from_unix_nanos(1_000),
                observed: None,
                policies: &policies,
                released: None,
            };
            let blocks = [Block::ROOT; MAX_LOOPS + 1];
            let view = View { program: &program, facts: &facts, blocks: &blocks };
            for test in tests {
                let hot = program.hot(test);
                assert_ne!(hot, Hot::None, "{test:?}");
                assert_eq!(
                    program.answer(&hot, &facts),
                    view.holds(&test),
                    "{test:?} of {value:?}, {other:?}"
                );
            }
        }
    }

    #[test]
    fn rows_and_large_enumerations_have_no_fast_shape() {
        let mut builder = Builder::new();
        let set = builder.value_set([64]).unwrap();
        let field = |within| FieldRef { within, slot: Slot(1) };
        let program = builder.finish();
        assert_eq!(program.hot(Test::ValueIn(field(0), set)), Hot::None);
        assert_eq!(program.hot(Test::Flag(field(1))), Hot::None);
    }
}
