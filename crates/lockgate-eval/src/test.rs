//! The conditions that a program knows, and how one of them is evaluated.

use crate::term::View;
use crate::{FieldRef, Step, Term, TextTerm};

/// One condition: true, false, or impossible to evaluate.
///
/// There is one way to write each: `a > b` is `Less(b, a)`, `a <= b` is the opposite of that, and `!=` is the opposite
/// of `Equal`. So conditions that say the same are one condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// The field is there and its sender knows its value.
    Present(FieldRef),
    /// The flag is set.
    Flag(FieldRef),
    /// The enumeration's value is in a set; see [`crate::Builder::value_set`].
    ValueIn(FieldRef, u16),
    /// The first is below the second.
    Less(Term, Term),
    /// Both are equal.
    Equal(Term, Term),
    /// The term is in a set; see [`crate::Builder::number_set`].
    NumberIn(Term, u16),
    /// Both texts are the same, byte for byte.
    SameText(TextTerm, TextTerm),
    /// The text is in a set; see [`crate::Builder::text_set`].
    TextIn(TextTerm, u16),
    /// The first text begins with the second.
    Begins(TextTerm, TextTerm),
    /// The first text ends with the second.
    Ends(TextTerm, TextTerm),
    /// The first text contains the second.
    Contains(TextTerm, TextTerm),
    /// The label's level is below this one.
    LevelBelow(u16),
    /// The label's level is above this one.
    LevelAbove(u16),
    /// The label has the value of a tag; see [`crate::Builder::label_value`].
    LabelSays(u16),
    /// The label dominates every portion.
    Dominates,
    /// The object is released; only goals ask this.
    Released,
    /// A loop; see [`crate::Builder::repetition`].
    Loop(u16),
    /// A compound part of several rules, evaluated once for all of them; see [`crate::Builder::part`].
    Part(u16),
}

impl Test {
    /// True where the condition may cost more than one step.
    pub(crate) fn reads_to_the_end(self) -> bool {
        let reads = |term| matches!(term, Term::Characters(_) | Term::Computed(_));
        match self {
            Self::Contains(..) | Self::TextIn(..) => true,
            Self::Less(left, right) | Self::Equal(left, right) => reads(left) || reads(right),
            Self::NumberIn(term, _) => reads(term),
            _ => false,
        }
    }
}

impl View<'_, '_> {
    /// The value of a condition that is no loop; `None` where it cannot be evaluated.
    #[inline]
    pub(crate) fn holds(&self, test: &Test) -> Option<bool> {
        use lockgate_record::Value;
        match *test {
            Test::Less(left, right) => Some(self.scalar(left)? < self.scalar(right)?),
            Test::Equal(left, right) => Some(self.scalar(left)? == self.scalar(right)?),
            Test::SameText(left, right) => Some(self.text(left)? == self.text(right)?),
            Test::Begins(text, start) => Some(self.text(text)?.starts_with(self.text(start)?)),
            Test::Present(field) => Some(!matches!(
                self.value(field),
                Value::Absent | Value::Unknown(_) | Value::Rows { count: 0 }
            )),
            Test::Flag(field) => match self.value(field) {
                Value::Flag(set) => Some(set),
                _ => None,
            },
            Test::ValueIn(field, set) => match self.value(field) {
                Value::Enum(value) => Some(self.program.has_value(set, value)),
                _ => None,
            },
            ref rare => self.holds_rarely(rare),
        }
    }

    /// The conditions that are asked less often, or that cost more.
    fn holds_rarely(&self, test: &Test) -> Option<bool> {
        match *test {
            Test::NumberIn(term, set) => Some(self.program.has_number(set, self.scalar(term)?)),
            Test::TextIn(text, set) => Some(self.program.has_text(set, self.text(text)?)),
            Test::Ends(text, end) => Some(self.text(text)?.ends_with(self.text(end)?)),
            Test::Contains(text, part) => {
                let text = core::str::from_utf8(self.text(text)?).ok()?;
                let part = core::str::from_utf8(self.text(part)?).ok()?;
                Some(text.contains(part))
            }
            Test::LevelBelow(level) => {
                self.facts.level_compares(self.program.level(level)?).map(|is| is.is_lt())
            }
            Test::LevelAbove(level) => {
                self.facts.level_compares(self.program.level(level)?).map(|is| is.is_gt())
            }
            Test::LabelSays(value) => self.facts.label_says(self.program.label_value(value)?),
            Test::Dominates => self.facts.dominates(),
            Test::Released => self.facts.released,
            _ => None,
        }
    }

    /// What evaluating the condition costs beyond the step that every condition costs: one for every 16 bytes of text
    /// that it may have to read to the end.
    #[inline]
    pub(crate) fn cost(&self, test: &Test) -> u64 {
        match *test {
            Test::Contains(text, _) | Test::TextIn(text, _) => self.length(text),
            Test::Less(left, right) | Test::Equal(left, right) => {
                self.term_cost(left).saturating_add(self.term_cost(right))
            }
            Test::NumberIn(term, _) => self.term_cost(term),
            _ => 0,
        }
    }

    fn term_cost(&self, term: Term) -> u64 {
        match term {
            Term::Characters(text) => self.length(text),
            Term::Computed(computation) => self.program.steps(computation).iter().fold(0, |cost, step| {
                let text = if let Step::Push(Term::Characters(text)) = step { self.length(*text) } else { 0 };
                cost.saturating_add(text).saturating_add(1)
            }),
            _ => 0,
        }
    }

    fn length(&self, text: TextTerm) -> u64 {
        u64::try_from(self.text(text).map_or(0, <[u8]>::len)).unwrap_or(u64::MAX) >> 4
    }
}
