//! From the tree of an expression to the flat program.

use crate::names::Names;
use crate::syntax::{Arithmetic, Sign};
use crate::typed::{Condition, Loop, Scalar, Text, TextTest};
use lockgate_eval::{Ask, Builder, Expression, FieldRef, Repetition, Step, Target, Term, Test, TextTerm};

/// Adds an expression to the program; `None` where that is full.
pub(crate) fn lower(condition: &Condition, builder: &mut Builder) -> Option<Expression> {
    let mut lowering = Lowering { builder, depth: 0, of_row: false };
    let entry = lowering.condition(condition, Target::Result(true), Target::Result(false))?;
    builder.expression(entry)
}

/// The same for a rule: its compound parts become conditions of their own, so that rules which share them evaluate them
/// once, and a rule is a plain conjunction.
pub(crate) fn lower_rule(condition: &Condition, builder: &mut Builder) -> Option<Expression> {
    let mut lowering = Lowering { builder, depth: 0, of_row: false };
    let (yes, no) = (Target::Result(true), Target::Result(false));
    let entry = match condition {
        Condition::And(parts) => {
            parts.iter().rev().try_fold(yes, |next, part| lowering.conjunct(part, next, no))
        }
        other => lowering.conjunct(other, yes, no),
    }?;
    builder.expression(entry)
}

struct Lowering<'b> {
    builder: &'b mut Builder,
    /// Loops around.
    depth: usize,
    /// Whether the condition in the making reads a row.
    of_row: bool,
}

impl Lowering<'_> {
    /// The branches of a condition that lead to `yes` and `no`.
    fn condition(&mut self, condition: &Condition, yes: Target, no: Target) -> Option<Target> {
        self.builder.count(1)?;
        match condition {
            Condition::Constant(true) => Some(yes),
            Condition::Constant(false) => Some(no),
            Condition::Not(part) => self.condition(part, no, yes),
            Condition::And(parts) => {
                parts.iter().rev().try_fold(yes, |next, part| self.condition(part, next, no))
            }
            Condition::Or(parts) => {
                parts.iter().rev().try_fold(no, |next, part| self.condition(part, yes, next))
            }
            Condition::Choose(parts) => {
                let [asked, one, other] = &**parts;
                let one = self.condition(one, yes, no)?;
                let other = self.condition(other, yes, no)?;
                self.condition(asked, one, other)
            }
            Condition::Same(equal, parts) => {
                let [left, right] = &**parts;
                let (yes, no) = if *equal { (yes, no) } else { (no, yes) };
                let if_true = self.condition(right, yes, no)?;
                let if_false = self.condition(right, no, yes)?;
                self.condition(left, if_true, if_false)
            }
            Condition::Level(Sign::Equal, level) => {
                let level = self.builder.level(*level)?;
                let not_below = self.ask(Test::LevelAbove(level), no, yes)?;
                self.ask(Test::LevelBelow(level), no, not_below)
            }
            Condition::Level(Sign::NotEqual, level) => {
                self.condition(&Condition::Level(Sign::Equal, *level), no, yes)
            }
            _ => {
                self.of_row = false;
                let (test, as_is) = self.test(condition)?;
                if as_is { self.ask(test, yes, no) } else { self.ask(test, no, yes) }
            }
        }
    }

    /// One member of a rule's conjunction, as a single condition where it is compound.
    fn conjunct(&mut self, condition: &Condition, yes: Target, no: Target) -> Option<Target> {
        let compound = match condition {
            Condition::Or(_) | Condition::Choose(_) | Condition::Same(..) => true,
            Condition::Not(part) => matches!(
                **part,
                Condition::And(_)
                    | Condition::Or(_)
                    | Condition::Choose(_)
                    | Condition::Same(..)
                    | Condition::Not(_)
            ),
            _ => false,
        };
        if !compound {
            return self.condition(condition, yes, no);
        }
        let entry = self.condition(condition, Target::Result(true), Target::Result(false))?;
        if let Target::Result(constant) = entry {
            return Some(if constant { yes } else { no });
        }
        let part = self.builder.part(entry)?;
        self.ask(Test::Part(part), yes, no)
    }

    fn ask(&mut self, test: Test, yes: Target, no: Target) -> Option<Target> {
        let ask = if self.depth > 0 && self.of_row {
            Ask::Row(test)
        } else {
            Ask::Shared(self.builder.condition(test)?)
        };
        self.of_row = false;
        self.builder.branch(ask, yes, no)
    }

    /// The one way to write an atomic condition, and whether it is that or its opposite.
    fn test(&mut self, condition: &Condition) -> Option<(Test, bool)> {
        Some(match condition {
            Condition::Flag(field) => (Test::Flag(self.field(*field)), true),
            Condition::Has(field) => (Test::Present(self.field(*field)), true),
            Condition::Compare(sign, sides) => {
                let [left, right] = &**sides;
                let (left, right) = (self.term(left)?, self.term(right)?);
                match sign {
                    Sign::Less => (Test::Less(left, right), true),
                    Sign::Greater => (Test::Less(right, left), true),
                    Sign::LessOrEqual => (Test::Less(right, left), false),
                    Sign::GreaterOrEqual => (Test::Less(left, right), false),
                    Sign::Equal => (Test::Equal(left.min(right), left.max(right)), true),
                    Sign::NotEqual => (Test::Equal(left.min(right), left.max(right)), false),
                }
            }
            Condition::NumberIn(scalar, list) => {
                let term = self.term(scalar)?;
                (Test::NumberIn(term, self.builder.number_set(list.iter().copied())?), true)
            }
            Condition::SameText(equal, sides) => (self.same_text(sides)?, *equal),
            Condition::TextIn(Text::Name(field, names), list) => {
                let values: Vec<u16> = list.iter().flat_map(|name| names.called(name)).copied().collect();
                (self.one_of(*field, values)?, true)
            }
            Condition::TextIn(text, list) => {
                let text = self.text(text)?;
                (Test::TextIn(text, self.builder.text_set(list.iter().map(String::as_str))?), true)
            }
            Condition::TextTest(test, sides) => (self.text_test(*test, sides)?, true),
            Condition::Level(sign, level) => {
                let level = self.builder.level(*level)?;
                match sign {
                    Sign::Less => (Test::LevelBelow(level), true),
                    Sign::GreaterOrEqual => (Test::LevelBelow(level), false),
                    Sign::Greater => (Test::LevelAbove(level), true),
                    _ => (Test::LevelAbove(level), false),
                }
            }
            Condition::LabelSays(value) => (Test::LabelSays(self.builder.label_value(*value)?), true),
            Condition::Dominates => (Test::Dominates, true),
            Condition::Released => (Test::Released, true),
            Condition::Loop(repetition) => (self.repetition(repetition)?, true),
            // What has parts of its own never comes here.
            _ => return None,
        })
    }

    fn repetition(&mut self, repetition: &Loop) -> Option<Test> {
        self.depth = self.depth.saturating_add(1);
        let body = self.condition(&repetition.body, Target::Result(true), Target::Result(false));
        self.depth = self.depth.saturating_sub(1);
        self.of_row = false;
        let list = self.field(repetition.list);
        let Loop { every, required, .. } = *repetition;
        let number = self.builder.repetition(Repetition { list, every, required, body: body? })?;
        Some(Test::Loop(number))
    }

    fn same_text(&mut self, [left, right]: &[Text; 2]) -> Option<Test> {
        if let (Text::Name(field, names), Text::Constant(word))
        | (Text::Constant(word), Text::Name(field, names)) = (left, right)
        {
            return self.one_of(*field, names.called(word).iter().copied());
        }
        let (left, right) = (self.text(left)?, self.text(right)?);
        Some(Test::SameText(left.min(right), left.max(right)))
    }

    fn text_test(&mut self, test: TextTest, [text, part]: &[Text; 2]) -> Option<Test> {
        if let (Text::Name(field, names), Text::Constant(part)) = (text, part) {
            return self.names_that(*field, names, |name| match test {
                TextTest::Begins => name.starts_with(part.as_str()),
                TextTest::Ends => name.ends_with(part.as_str()),
                TextTest::Contains => name.contains(part.as_str()),
            });
        }
        let (text, part) = (self.text(text)?, self.text(part)?);
        Some(match test {
            TextTest::Begins => Test::Begins(text, part),
            TextTest::Ends => Test::Ends(text, part),
            TextTest::Contains => Test::Contains(text, part),
        })
    }

    /// The values of an enumeration whose names satisfy `holds`, found now and not for every object.
    fn names_that(&mut self, field: FieldRef, names: &Names, holds: impl Fn(&str) -> bool) -> Option<Test> {
        self.builder.count(names.parts())?;
        self.one_of(field, names.all().filter(|(name, _)| holds(name)).map(|(_, value)| value))
    }

    fn one_of(&mut self, field: FieldRef, values: impl IntoIterator<Item = u16>) -> Option<Test> {
        let set = self.builder.value_set(values)?;
        Some(Test::ValueIn(self.field(field), set))
    }

    fn text(&mut self, text: &Text) -> Option<TextTerm> {
        Some(match text {
            Text::Constant(text) => TextTerm::Constant(self.builder.text(text)?),
            Text::Field(field) => TextTerm::Field(self.field(*field)),
            Text::Name(field, names) => {
                self.builder.count(names.parts())?;
                let names = self.builder.names(names.all().map(|(name, _)| name))?;
                TextTerm::Name(self.field(*field), names)
            }
            Text::Source => TextTerm::Source,
            Text::Destination => TextTerm::Destination,
            Text::Agreement => TextTerm::Agreement,
            Text::Lane => TextTerm::Lane,
            Text::LabelPolicy => TextTerm::LabelPolicy,
        })
    }

    fn term(&mut self, scalar: &Scalar) -> Option<Term> {
        let Scalar::Arithmetic(operator, sides) = scalar else { return self.leaf(scalar) };
        let [left, right] = &**sides;
        if let Some(shifted) = self.shifted(*operator, left, right) {
            return Some(shifted);
        }
        let mut steps = Vec::new();
        self.steps(scalar, &mut steps)?;
        Some(Term::Computed(self.builder.computation(steps)?))
    }

    /// A field or the reference time with a constant added: the usual sum, without a stack.
    fn shifted(&mut self, operator: Arithmetic, left: &Scalar, right: &Scalar) -> Option<Term> {
        let (base, more) = match (operator, left, right) {
            (Arithmetic::Add, base, Scalar::Constant(more))
            | (Arithmetic::Add, Scalar::Constant(more), base) => (base, *more),
            (Arithmetic::Subtract, base, Scalar::Constant(less)) => (base, less.checked_neg()?),
            _ => return None,
        };
        match base {
            Scalar::Field(field) => Some(Term::FieldPlus(self.field(*field), more)),
            Scalar::Now => Some(Term::Now(more)),
            _ => None,
        }
    }

    fn steps(&mut self, scalar: &Scalar, steps: &mut Vec<Step>) -> Option<()> {
        let Scalar::Arithmetic(operator, sides) = scalar else {
            steps.push(Step::Push(self.leaf(scalar)?));
            return Some(());
        };
        for side in &**sides {
            self.steps(side, steps)?;
        }
        steps.push(match operator {
            Arithmetic::Add => Step::Add,
            Arithmetic::Subtract => Step::Subtract,
            Arithmetic::Multiply => Step::Multiply,
        });
        Some(())
    }

    fn leaf(&mut self, scalar: &Scalar) -> Option<Term> {
        Some(match scalar {
            Scalar::Constant(value) => Term::Constant(*value),
            Scalar::Field(field) => Term::Field(self.field(*field)),
            Scalar::Now => Term::Now(0),
            Scalar::Age => Term::Age,
            Scalar::Characters(text) => Term::Characters(self.text(text)?),
            Scalar::Rows(list) => Term::Rows(self.field(*list)),
            Scalar::Arithmetic(..) => return None,
        })
    }

    fn field(&mut self, field: FieldRef) -> FieldRef {
        self.of_row |= field.within > 0;
        field
    }
}
