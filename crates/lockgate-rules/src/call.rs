//! Functions: level, duration, timestamp, size, has, and what stands behind a point.

use crate::check::Checker;
use crate::codes;
use crate::known::{After, Known, Place, is_certain};
use crate::operand::{Number, Operand, Unit, Vocabulary};
use crate::syntax::{Expr, ExprKind, Word};
use crate::typed::{Condition, Scalar, Text, TextTest};
use lockgate_bytes::{Duration, Span, Time};
use lockgate_eval::{FieldRef, ONE};
use lockgate_record::{Form, Kind};

const FUNCTIONS: [&str; 5] = ["level", "duration", "timestamp", "size", "has"];
const METHODS: [&str; 7] = ["startsWith", "endsWith", "contains", "all", "exists", "dominates", "values"];

impl<'s> Checker<'s, '_, '_> {
    /// `name(arguments)`
    pub(crate) fn function(&mut self, name: &Word, arguments: &[Expr], span: Span) -> Option<Operand<'s>> {
        match (name.text.as_str(), arguments) {
            ("level", [level]) => self.level(level, None),
            ("level", [level, policy]) => self.level(level, Some(policy)),
            ("duration", [text]) => {
                let value =
                    Duration::parse(self.constant_text(text)?).map(|length| i128::from(length.nanos()));
                self.constant(value, text.span, "a duration").map(Operand::Duration)
            }
            ("timestamp", [text]) => {
                // UTC alone, as in every file: an offset would be local time.
                let written = Some(self.constant_text(text)?).filter(|written| written.ends_with('Z'));
                let value = written.and_then(|written| Time::parse(written.as_bytes()).ok());
                self.constant(value.map(|at| i128::from(at.unix_nanos())), text.span, "an instant")
                    .map(Operand::Time)
            }
            ("size", [of]) => self.size(of),
            ("has", [path]) => self.has(path, span),
            (known, _) if FUNCTIONS.contains(&known) => self.wrong_count(known, arguments.len(), span),
            (unknown, _) => {
                let message = format!("there is no function `{unknown}`");
                let known = FUNCTIONS.into_iter().chain(METHODS);
                self.report.unknown(&codes::UNKNOWN_FUNCTION, name.span, message, unknown, known);
                None
            }
        }
    }

    /// `on.name(arguments)`
    pub(crate) fn method(
        &mut self,
        on: &Expr,
        name: &Word,
        arguments: &[Expr],
        span: Span,
    ) -> Option<Operand<'s>> {
        let test = match name.text.as_str() {
            "startsWith" => Some(TextTest::Begins),
            "endsWith" => Some(TextTest::Ends),
            "contains" => Some(TextTest::Contains),
            _ => None,
        };
        match (self.operand(on)?, name.text.as_str(), arguments) {
            (Operand::Text(text, vocabulary), _, [argument]) if test.is_some() => {
                self.text_test(test?, (text, vocabulary), argument, span)
            }
            (Operand::List(list), "all", [row, body]) => self.repetition(list, true, row, body, on.span),
            (Operand::List(list), "exists", [row, body]) => self.repetition(list, false, row, body, on.span),
            (Operand::Label, "dominates", [portions]) => match self.operand(portions)? {
                Operand::Portions => Some(Operand::Condition(Condition::Dominates, After::default())),
                other => {
                    let message = format!("the label dominates `portions`, not {}", other.describe());
                    self.report.error(&codes::ARGUMENTS, portions.span, message);
                    None
                }
            },
            (Operand::Label, "values", [tag]) => {
                let name = self.constant_text(tag)?.to_owned();
                Some(Operand::LabelValues(name, tag.span))
            }
            (operand, known, _) if METHODS.contains(&known) => {
                let fits = match operand {
                    Operand::Text(..) => test.is_some(),
                    Operand::List(_) => matches!(known, "all" | "exists"),
                    Operand::Label => matches!(known, "dominates" | "values"),
                    _ => false,
                };
                if fits {
                    return self.wrong_count(known, arguments.len(), span);
                }
                let message = format!("{} has no `{known}`", operand.describe());
                self.report.error(&codes::UNKNOWN_FUNCTION, name.span, message);
                None
            }
            (_, unknown, _) => {
                let message = format!("there is no function `{unknown}`");
                self.report.unknown(
                    &codes::UNKNOWN_FUNCTION,
                    name.span,
                    message,
                    unknown,
                    METHODS.into_iter(),
                );
                None
            }
        }
    }

    fn wrong_count<T>(&mut self, name: &str, count: usize, span: Span) -> Option<T> {
        let how = match name {
            "level" => "level('NAME') or level('NAME', 'POLICY')",
            "duration" => "duration('20s')",
            "timestamp" => "timestamp('2026-03-01T10:05:00Z')",
            "size" => "size(list) or size(text)",
            "has" => "has(record.field)",
            "all" => "list.all(row, condition)",
            "exists" => "list.exists(row, condition)",
            "dominates" => "label.dominates(portions)",
            "values" => "label.values('Tag')",
            _ => "text.startsWith('...'), text.endsWith('...') or text.contains('...')",
        };
        let arguments = if count == 1 { "argument" } else { "arguments" };
        let message = format!("`{name}` does not take {count} {arguments}");
        self.report.error(&codes::ARGUMENTS, span, message).help(format!("write {how}"));
        None
    }

    /// A text that must be written out.
    pub(crate) fn constant_text<'e>(&mut self, expr: &'e Expr) -> Option<&'e str> {
        if let ExprKind::Text(text) = &expr.kind {
            return Some(text);
        }
        self.report.error(&codes::ARGUMENTS, expr.span, "this must be written out, in single quotes");
        None
    }

    fn constant(&mut self, value: Option<i128>, span: Span, what: &str) -> Option<Scalar> {
        if value.is_none() {
            self.report.error(&codes::CONSTANT, span, format!("this is not {what}"));
        }
        value.map(Scalar::Constant)
    }

    fn size(&mut self, of: &Expr) -> Option<Operand<'s>> {
        let before = self.reads.len();
        let (scalar, bounds) = match self.operand(of)? {
            Operand::Text(Text::Constant(text), _) => {
                let count = i128::try_from(text.chars().count()).ok()?.checked_mul(ONE)?;
                (Scalar::Constant(count), Some((count, count)))
            }
            Operand::Text(text, _) => {
                let node = self.reads.get(before).and_then(|place| self.scope.shape?.node(place.1));
                let bounds = match node.map(|node| &node.form) {
                    Some(Form::Value(Kind::Text { min, max, .. })) => Some((steps(*min), steps(*max))),
                    _ => None,
                };
                (Scalar::Characters(text), bounds)
            }
            Operand::List(list) => {
                self.mention(list.1);
                let (field, min, max) = self.list(list)?;
                (Scalar::Rows(field), Some((steps(u32::from(min)), steps(u32::from(max)))))
            }
            other => {
                let message = format!("{} has no size", other.describe());
                self.report.error(&codes::OPERANDS, of.span, message);
                return None;
            }
        };
        Some(Operand::Number(Number { scalar, unit: Unit::None, bounds }))
    }

    /// The cell of a list, its fewest and most rows. Fewest is 0 where a section around it may be absent.
    pub(crate) fn list(&self, (within, node): Place) -> Option<(FieldRef, u16, u16)> {
        let shape = self.scope.shape?;
        let list = shape.node(node)?;
        let Form::List { min, max, .. } = list.form else { return None };
        let min = if is_certain(shape, node) { min } else { 0 };
        Some((FieldRef { within, slot: list.slot }, min, max))
    }

    fn has(&mut self, path: &Expr, span: Span) -> Option<Operand<'s>> {
        let Some(place) = self.path(path) else {
            if !self.report.has_reported() {
                self.report.error(&codes::PATH, path.span, "`has` asks about a field of the record");
            }
            return None;
        };
        self.mention(place.1);
        let shape = self.scope.shape?;
        let node = shape.node(place.1)?;
        let can_be_empty = matches!(node.form, Form::List { min: 0, .. });
        if is_certain(shape, place.1) && !can_be_empty {
            self.always(span, true);
        }
        let after = After { if_true: Known::from([place]), if_false: Known::new() };
        Some(Operand::Condition(Condition::Has(FieldRef { within: place.0, slot: node.slot }), after))
    }

    /// The field that a path names, without reading it.
    fn path(&mut self, path: &Expr) -> Option<Place> {
        self.report.begin();
        let ExprKind::Field(on, name) = &path.kind else { return None };
        let parent = match &on.kind {
            ExprKind::Field(..) => self.path(on)?,
            ExprKind::Name(_) => match self.operand(on)? {
                Operand::Section(place) => place,
                _ => return None,
            },
            _ => return None,
        };
        match self.scope.shape?.node(parent.1)?.form {
            Form::List { .. } if matches!(on.kind, ExprKind::Field(..)) => None,
            Form::Value(_) => None,
            Form::List { .. } | Form::Section => Some((parent.0, self.child(parent.1, name)?)),
        }
    }

    fn text_test(
        &mut self,
        test: TextTest,
        (text, vocabulary): (Text, Vocabulary<'s>),
        argument: &Expr,
        span: Span,
    ) -> Option<Operand<'s>> {
        let Operand::Text(part, _) = self.operand(argument)? else {
            self.report.error(&codes::ARGUMENTS, argument.span, "this must be a text");
            return None;
        };
        if let Text::Constant(part) = &part {
            self.warn_of_text(Some(test), &vocabulary, part, argument.span);
            self.warn_of_vocabulary(test, &vocabulary, part, span)?;
        }
        let condition = match (&text, &part) {
            (Text::Constant(text), Text::Constant(part)) => Condition::Constant(match test {
                TextTest::Begins => text.starts_with(part.as_str()),
                TextTest::Ends => text.ends_with(part.as_str()),
                TextTest::Contains => text.contains(part.as_str()),
            }),
            _ => Condition::TextTest(test, Box::new([text, part])),
        };
        Some(Operand::Condition(condition, After::default()))
    }

    /// Warns where no word of the vocabulary, or all of them, begin with a text.
    /// `None` where the rules look through more names than one file may.
    fn warn_of_vocabulary(
        &mut self,
        test: TextTest,
        vocabulary: &Vocabulary<'_>,
        part: &str,
        span: Span,
    ) -> Option<()> {
        let value = match (test, vocabulary) {
            (TextTest::Begins, Vocabulary::Codes(tree)) => {
                let all = tree.prefixes().iter().all(|prefix| prefix.starts_with(part));
                let meets = |prefix: &String| {
                    // What is longer than an allowed prefix goes on behind the separator.
                    let beyond = part.strip_prefix(prefix.as_str());
                    prefix.starts_with(part)
                        || beyond.is_some_and(|rest| rest.as_bytes().first() == Some(&tree.separator()))
                };
                if all { Some(true) } else { (!tree.prefixes().iter().any(meets)).then_some(false) }
            }
            (_, Vocabulary::Names(names)) => {
                if self.vocabularies.look_through(names).is_none() {
                    let message = "the rules of this file look through too many names of enumerations";
                    self.report.error(&codes::TOO_LARGE, span, message);
                    return None;
                }
                let holds = |name: &str| match test {
                    TextTest::Begins => name.starts_with(part),
                    TextTest::Ends => name.ends_with(part),
                    TextTest::Contains => name.contains(part),
                };
                let (mut all, mut none) = (true, true);
                for (name, _) in names.all() {
                    if holds(name) { none = false } else { all = false }
                }
                if all { Some(true) } else { none.then_some(false) }
            }
            _ => None,
        };
        if let Some(value) = value {
            let message = format!("the vocabulary of the type makes this {value} for every object");
            self.report.warning(&codes::OUT_OF_BOUNDS, span, message);
        }
        Some(())
    }
}

/// A count in the steps of numbers.
fn steps(count: u32) -> i128 {
    i128::from(count).saturating_mul(ONE)
}
