//! Comparisons, `in` and arithmetic.

use crate::check::Checker;
use crate::codes;
use crate::interpret::computed;
use crate::known::After;
use crate::operand::{Number, Operand, Unit, Vocabulary};
use crate::syntax::{Arithmetic, Expr, ExprKind, Sign};
use crate::typed::{Condition, Scalar, Text};
use lockgate_bytes::Span;

impl<'s> Checker<'s, '_, '_> {
    pub(crate) fn compare(&mut self, sign: Sign, parts: &[Expr; 2], span: Span) -> Option<Operand<'s>> {
        let [left, right] = parts;
        let operands = (self.operand(left), self.operand(right));
        let condition = match (operands.0?, operands.1?) {
            (Operand::Number(left), Operand::Number(right)) => {
                self.same_unit(&left, &right, span)?;
                self.warn_of_bounds(sign, &left, &right, span);
                scalars(sign, left.scalar, right.scalar)
            }
            (Operand::Time(left), Operand::Time(right))
            | (Operand::Duration(left), Operand::Duration(right)) => scalars(sign, left, right),
            (Operand::Text(a, of_a), Operand::Text(b, of_b)) => {
                let equal = self.equality(sign, span)?;
                self.words_fit(&a, &of_b, left.span)?;
                self.words_fit(&b, &of_a, right.span)?;
                match (a, b) {
                    (Text::Constant(a), Text::Constant(b)) => Condition::Constant((a == b) == equal),
                    (a, b) => Condition::SameText(equal, Box::new([a, b])),
                }
            }
            (Operand::Condition(a, one), Operand::Condition(b, other)) => {
                let equal = self.equality(sign, span)?;
                // Both are evaluated, whichever way they come out: what either reads is there.
                let certain =
                    [&one, &other].map(|after| crate::known::common(&after.if_true, &after.if_false));
                let after = After::both(certain.into_iter().flatten().collect());
                return Some(Operand::Condition(Condition::Same(equal, Box::new([a, b])), after));
            }
            (Operand::Level(a), Operand::Level(b)) => self.levels(sign, a, b, span)?,
            (a, b) => {
                let message =
                    format!("`{}` cannot compare {} with {}", sign.written(), a.describe(), b.describe());
                self.report.error(&codes::OPERANDS, span, message);
                return None;
            }
        };
        Some(Operand::Condition(condition, After::default()))
    }

    /// `==` or `!=`; the others need an order.
    fn equality(&mut self, sign: Sign, span: Span) -> Option<bool> {
        match sign {
            Sign::Equal => Some(true),
            Sign::NotEqual => Some(false),
            _ => {
                let message = format!("`{}` needs an order, and these values have none", sign.written());
                self.report.error(&codes::OPERANDS, span, message).help("compare with == or !=");
                None
            }
        }
    }

    fn words_fit(&mut self, text: &Text, vocabulary: &Vocabulary<'_>, span: Span) -> Option<()> {
        match text {
            Text::Constant(word) => self.in_vocabulary(vocabulary, word, span),
            _ => Some(()),
        }
    }

    fn levels(
        &mut self,
        sign: Sign,
        left: Option<lockgate_marking::LevelRef>,
        right: Option<lockgate_marking::LevelRef>,
        span: Span,
    ) -> Option<Condition> {
        let (level, sign) = match (left, right) {
            (None, Some(level)) => (level, sign),
            (Some(level), None) => (level, mirrored(sign)),
            (None, None) => {
                self.report.error(&codes::OPERANDS, span, "this compares the label's level with itself");
                return None;
            }
            (Some(left), Some(right)) => {
                let Some(order) = self.scope.policies?.compare(left, right) else {
                    self.report.error(&codes::NEVER_COMPARES, span, "these are levels of different policies");
                    return None;
                };
                return Some(Condition::Constant(sign.holds(order)));
            }
        };
        if self.scope.policy.is_some_and(|policy| policy != level.policy()) {
            let message = "the label is one of the lane's policy, and this level is one of another";
            self.report.error(&codes::NEVER_COMPARES, span, message);
            return None;
        }
        Some(Condition::Level(sign, level))
    }

    pub(crate) fn same_unit(
        &mut self,
        left: &Number<'s>,
        right: &Number<'s>,
        span: Span,
    ) -> Option<Unit<'s>> {
        let word = |unit| match unit {
            Unit::Of(unit) => format!("in {unit}"),
            Unit::None | Unit::Any => "without a unit".to_owned(),
        };
        match (left.unit, right.unit) {
            (Unit::Any, unit) | (unit, Unit::Any) => Some(unit),
            (one, other) if one == other => Some(one),
            (one, other) => {
                let message = format!("one side is {}, the other {}", word(one), word(other));
                self.report.error(&codes::UNITS, span, message);
                None
            }
        }
    }

    /// Warns where the bounds of both sides settle the comparison.
    fn warn_of_bounds(&mut self, sign: Sign, left: &Number<'s>, right: &Number<'s>, span: Span) {
        let constant = |number: &Number<'_>| matches!(number.scalar, Scalar::Constant(_));
        let (Some(one), Some(other)) = (left.bounds, right.bounds) else { return };
        if constant(left) && constant(right) {
            return;
        }
        let value = match sign {
            Sign::Less if one.1 < other.0 => true,
            Sign::Less if one.0 >= other.1 => false,
            Sign::LessOrEqual if one.1 <= other.0 => true,
            Sign::LessOrEqual if one.0 > other.1 => false,
            Sign::Greater if one.0 > other.1 => true,
            Sign::Greater if one.1 <= other.0 => false,
            Sign::GreaterOrEqual if one.0 >= other.1 => true,
            Sign::GreaterOrEqual if one.1 < other.0 => false,
            Sign::Equal | Sign::NotEqual if one.1 < other.0 || one.0 > other.1 => sign == Sign::NotEqual,
            _ => return,
        };
        let message = format!("the bounds of the type make this {value} for every object");
        self.report.warning(&codes::OUT_OF_BOUNDS, span, message);
    }

    pub(crate) fn is_in(&mut self, parts: &[Expr; 2]) -> Option<Operand<'s>> {
        let [item, list] = parts;
        let what = self.operand(item);
        if let ExprKind::List(items) = &list.kind {
            let condition = self.in_list(what?, items, item.span, list.span)?;
            return Some(Operand::Condition(condition, After::default()));
        }
        let Operand::LabelValues(tag, tag_span) = self.operand(list)? else {
            self.report.error(&codes::LIST, list.span, "`in` cannot look in this");
            return None;
        };
        let Operand::Text(Text::Constant(value), _) = what? else {
            self.report.error(&codes::LIST, item.span, "the value of a tag must be written out");
            return None;
        };
        let condition = self.label_says(&tag, tag_span, &value, item.span)?;
        Some(Operand::Condition(condition, After::default()))
    }

    fn in_list(&mut self, item: Operand<'s>, items: &[Expr], span: Span, list: Span) -> Option<Condition> {
        if items.is_empty() {
            self.report.error(&codes::LIST, list, "nothing is in an empty list");
            return None;
        }
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for part in items {
            match (&item, self.operand(part)?) {
                (Operand::Text(_, vocabulary), Operand::Text(Text::Constant(text), _)) => {
                    self.in_vocabulary(vocabulary, &text, part.span)?;
                    texts.push(text);
                }
                (Operand::Number(_), Operand::Number(Number { scalar: Scalar::Constant(value), .. }))
                | (Operand::Time(_), Operand::Time(Scalar::Constant(value)))
                | (Operand::Duration(_), Operand::Duration(Scalar::Constant(value))) => numbers.push(value),
                (item, other) => {
                    let message =
                        format!("{} is looked for, and this is {}", item.describe(), other.describe());
                    let help = "a list holds constants of the kind that is looked for";
                    self.report.error(&codes::LIST, part.span, message).help(help);
                    return None;
                }
            }
        }
        match item {
            Operand::Text(Text::Constant(text), _) => Some(Condition::Constant(texts.contains(&text))),
            Operand::Text(text, _) => Some(Condition::TextIn(text, texts)),
            Operand::Number(Number { scalar, .. }) | Operand::Time(scalar) | Operand::Duration(scalar) => {
                Some(match scalar {
                    Scalar::Constant(value) => Condition::Constant(numbers.contains(&value)),
                    scalar => Condition::NumberIn(Box::new(scalar), numbers),
                })
            }
            other => {
                let message = format!("{} cannot be looked up in a list", other.describe());
                self.report.error(&codes::LIST, span, message);
                None
            }
        }
    }

    pub(crate) fn arithmetic(
        &mut self,
        operator: Arithmetic,
        parts: &[Expr; 2],
        span: Span,
    ) -> Option<Operand<'s>> {
        let [left, right] = parts;
        let operands = (self.operand(left), self.operand(right));
        match (operator, operands.0?, operands.1?) {
            (Arithmetic::Multiply, Operand::Number(left), Operand::Number(right)) => {
                let unit = match (left.unit, right.unit) {
                    (Unit::Of(unit), Unit::Any | Unit::None) | (Unit::Any | Unit::None, Unit::Of(unit)) => {
                        Unit::Of(unit)
                    }
                    (Unit::Of(_), Unit::Of(_)) => {
                        self.report.error(
                            &codes::UNITS,
                            span,
                            "the product of two quantities has a unit of its own",
                        );
                        return None;
                    }
                    (Unit::Any, unit) | (unit, _) => unit,
                };
                let scalar = self.combine(operator, left.scalar, right.scalar, span)?;
                Some(number(scalar, unit))
            }
            (_, Operand::Number(left), Operand::Number(right)) => {
                let unit = self.same_unit(&left, &right, span)?;
                let scalar = self.combine(operator, left.scalar, right.scalar, span)?;
                Some(number(scalar, unit))
            }
            (Arithmetic::Add, Operand::Time(time), Operand::Duration(by))
            | (Arithmetic::Add, Operand::Duration(by), Operand::Time(time))
            | (Arithmetic::Subtract, Operand::Time(time), Operand::Duration(by)) => {
                Some(Operand::Time(self.combine(operator, time, by, span)?))
            }
            (Arithmetic::Subtract, Operand::Time(left), Operand::Time(right))
            | (Arithmetic::Add | Arithmetic::Subtract, Operand::Duration(left), Operand::Duration(right)) => {
                Some(Operand::Duration(self.combine(operator, left, right, span)?))
            }
            (_, left, right) => {
                let message = format!(
                    "{} and {} make no sum, difference or product",
                    left.describe(),
                    right.describe()
                );
                self.report.error(&codes::OPERANDS, span, message);
                None
            }
        }
    }

    pub(crate) fn minus(&mut self, part: &Expr, span: Span) -> Option<Operand<'s>> {
        match self.operand(part)? {
            Operand::Number(of) => {
                let scalar = self.combine(Arithmetic::Subtract, Scalar::Constant(0), of.scalar, span)?;
                Some(number(scalar, of.unit))
            }
            Operand::Duration(of) => {
                Some(Operand::Duration(self.combine(Arithmetic::Subtract, Scalar::Constant(0), of, span)?))
            }
            other => {
                let message = format!("`-` cannot stand before {}", other.describe());
                self.report.error(&codes::OPERANDS, span, message);
                None
            }
        }
    }

    /// The result of an operator, computed here where both sides are constants.
    fn combine(&mut self, operator: Arithmetic, left: Scalar, right: Scalar, span: Span) -> Option<Scalar> {
        let (Scalar::Constant(a), Scalar::Constant(b)) = (&left, &right) else {
            return Some(Scalar::Arithmetic(operator, Box::new([left, right])));
        };
        let value = computed(operator, *a, *b);
        if value.is_none() {
            self.report.error(&codes::NUMBER, span, "the result is too large or not exact");
        }
        value.map(Scalar::Constant)
    }
}

fn number<'s>(scalar: Scalar, unit: Unit<'s>) -> Operand<'s> {
    let bounds = if let Scalar::Constant(value) = scalar { Some((value, value)) } else { None };
    Operand::Number(Number { scalar, unit, bounds })
}

fn scalars(sign: Sign, left: Scalar, right: Scalar) -> Condition {
    match (&left, &right) {
        (Scalar::Constant(a), Scalar::Constant(b)) => Condition::Constant(sign.holds(a.cmp(b))),
        _ => Condition::Compare(sign, Box::new([left, right])),
    }
}

/// The same comparison with its sides exchanged.
fn mirrored(sign: Sign) -> Sign {
    match sign {
        Sign::Less => Sign::Greater,
        Sign::LessOrEqual => Sign::GreaterOrEqual,
        Sign::Greater => Sign::Less,
        Sign::GreaterOrEqual => Sign::LessOrEqual,
        Sign::Equal | Sign::NotEqual => sign,
    }
}
