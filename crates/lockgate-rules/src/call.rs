//! Functions: level, duration, timestamp, size, has, and what stands behind a point.

use crate::check::{Checker, Row};
use crate::codes;
use crate::known::{After, Known, Place, is_certain};
use crate::operand::{Number, Operand, Unit, Vocabulary};
use crate::scope;
use crate::syntax::{Expr, ExprKind, Word};
use crate::typed::{Condition, Loop, Scalar, Text, TextTest};
use lockgate_bytes::{Duration, Span, Time};
use lockgate_eval::{FieldRef, MAX_LOOPS, ONE};
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
                let value = Time::parse(self.constant_text(text)?.as_bytes()).ok();
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
    fn constant_text<'e>(&mut self, expr: &'e Expr) -> Option<&'e str> {
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

    fn level(&mut self, level: &Expr, policy: Option<&Expr>) -> Option<Operand<'s>> {
        let name = self.constant_text(level)?;
        let Some(policies) = self.scope.policies else {
            self.report.error(&codes::NOT_IN_SCOPE, level.span, "levels cannot be asked here");
            return None;
        };
        let index = match policy {
            None => self.scope.policy,
            Some(policy) => {
                let written = self.constant_text(policy)?;
                let found = policies.named(written);
                if found.is_none() {
                    let known: Vec<&str> = policies.iter().map(|(_, policy)| policy.name()).collect();
                    let message = format!("there is no policy '{written}'");
                    self.report.unknown(&codes::POLICY, policy.span, message, written, known.iter().copied());
                    return None;
                }
                found
            }
        };
        let Some(index) = index else {
            let message = "there is no lane here whose policy could be meant";
            self.report.error(&codes::POLICY, level.span, message).help("write level('NAME', 'POLICY')");
            return None;
        };
        let found = policies.level_in(index, name);
        if found.is_none() {
            let policy = policies.policy(index)?;
            let known: Vec<&str> = policy.levels().collect();
            let message = format!("policy {} has no level '{name}'", policy.name());
            self.report.unknown(&codes::LEVEL, level.span, message, name, known.iter().copied());
        }
        found.map(|level| Operand::Level(Some(level)))
    }

    /// `'value' in label.values('tag')`
    pub(crate) fn label_says(
        &mut self,
        tag: &str,
        tag_span: Span,
        value: &str,
        span: Span,
    ) -> Option<Condition> {
        let policies = self.scope.policies?;
        let Some(index) = self.scope.policy else {
            self.report.error(&codes::POLICY, tag_span, "there is no lane here whose policy could be meant");
            return None;
        };
        if let Some(found) = policies.category(index, tag, value) {
            return Some(Condition::LabelSays(found));
        }
        let policy = policies.policy(index)?;
        if policy.tags().any(|known| known == tag) {
            let message = format!("tag '{tag}' of policy {} has no value '{value}'", policy.name());
            self.report.error(&codes::LABEL_VALUE, span, message);
        } else {
            let known: Vec<&str> = policy.tags().collect();
            let message = format!("policy {} has no tag '{tag}'", policy.name());
            self.report.unknown(&codes::LABEL_VALUE, tag_span, message, tag, known.iter().copied());
        }
        None
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
    fn list(&self, (within, node): Place) -> Option<(FieldRef, u16, u16)> {
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
            self.warn_of_vocabulary(test, &vocabulary, part, span);
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
    fn warn_of_vocabulary(&mut self, test: TextTest, vocabulary: &Vocabulary<'_>, part: &str, span: Span) {
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
                let holds = |name: &String| match test {
                    TextTest::Begins => name.starts_with(part),
                    TextTest::Ends => name.ends_with(part),
                    TextTest::Contains => name.contains(part),
                };
                let count = names.iter().filter(|name| holds(name)).count();
                if count == names.len() { Some(true) } else { (count == 0).then_some(false) }
            }
            _ => None,
        };
        if let Some(value) = value {
            let message = format!("the vocabulary of the type makes this {value} for every object");
            self.report.warning(&codes::OUT_OF_BOUNDS, span, message);
        }
    }

    /// `list.all(row, body)` or `list.exists(row, body)`
    fn repetition(
        &mut self,
        list: Place,
        every: bool,
        row: &Expr,
        body: &Expr,
        span: Span,
    ) -> Option<Operand<'s>> {
        let ExprKind::Name(name) = &row.kind else {
            return self.no_loop(row.span, "the first argument is a new name for the row");
        };
        let taken = self.rows.iter().any(|row| row.name == *name)
            || self.scope.shape.is_some_and(|shape| shape.name() == name)
            || scope::ALL.contains(&name.as_str());
        if taken {
            return self
                .no_loop(row.span, &format!("`{name}` has a meaning already; call the row otherwise"));
        }
        if self.rows.len() >= MAX_LOOPS {
            return self.no_loop(span, &format!("more than {MAX_LOOPS} loops are inside one another"));
        }
        if usize::from(list.0) != self.rows.len() {
            return self.no_loop(
                span,
                "a loop inside a loop runs over a list of the row, so that cost stays linear",
            );
        }
        let (field, ..) = self.list(list)?;
        let Form::List { min, .. } = self.scope.shape?.node(list.1)?.form else { return None };
        self.mention(list.1);
        if min > 0 && every {
            self.read(list, span);
        }
        self.rows.push(Row { name: name.clone(), list: list.1 });
        let (known, reads) = (self.known.clone(), std::mem::take(&mut self.reads));
        self.known.extend(reads.iter().copied());
        let checked = self.condition(body);
        (self.known, self.reads) = (known, reads);
        self.rows.pop();
        let body_span = body.span;
        let (body, _) = checked?;
        if let Condition::Constant(value) = body {
            self.always(body_span, value);
        }
        let condition = Condition::Loop(Box::new(Loop { list: field, every, required: min > 0, body }));
        Some(Operand::Condition(condition, After::default()))
    }

    fn no_loop<T>(&mut self, span: Span, message: &str) -> Option<T> {
        self.report.error(&codes::LOOP, span, message);
        None
    }
}

/// A count in the steps of numbers.
fn steps(count: u32) -> i128 {
    i128::from(count).saturating_mul(ONE)
}
