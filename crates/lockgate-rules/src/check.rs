//! Gives an expression its meaning, or says why it has none.

use crate::codes;
use crate::interpret::interpret;
use crate::known::{After, Known, Place, common};
use crate::names::Vocabularies;
use crate::operand::{Operand, Vocabulary};
use crate::report::{Report, Written};
use crate::scope::Scope;
use crate::syntax::{Expr, ExprKind};
use crate::typed::Condition;
use lockgate_bytes::{Budget, OverBudget, Span};
use lockgate_eval::Facts;
use lockgate_notation::Diagnostics;
use lockgate_record::NodeId;

/// A condition whose meaning is settled.
#[derive(Clone, Debug)]
pub struct Checked {
    pub(crate) condition: Condition,
    /// The first field that it names, from the left.
    pub(crate) first_field: Option<NodeId>,
    /// True where it reads the label or the portions.
    pub(crate) reads_label: bool,
    /// What is certain where it is true.
    pub(crate) known: Known,
}

impl Checked {
    /// True for every object.
    pub(crate) fn always() -> Self {
        let condition = Condition::Constant(true);
        Self { condition, first_field: None, reads_label: false, known: Known::new() }
    }

    /// Its value for one object, found by the reference interpreter; `Ok(None)` where it cannot be evaluated. Goals
    /// are asked in this way.
    ///
    /// # Errors
    /// [`OverBudget`] where the object costs more steps than `budget` has.
    pub fn holds(&self, facts: &Facts<'_>, budget: &mut Budget) -> Result<Option<bool>, OverBudget> {
        interpret(&self.condition, facts, budget)
    }

    /// The first field that it names, from the left.
    pub fn first_field(&self) -> Option<NodeId> {
        self.first_field
    }

    /// True where it asks about the label or the portions.
    pub fn reads_label(&self) -> bool {
        self.reads_label
    }
}

/// Parses and checks a condition. `None` after an error; errors and warnings are in `diagnostics`.
pub fn check(written: Written<'_>, scope: &Scope<'_>, diagnostics: &mut Diagnostics) -> Option<Checked> {
    check_after(written, scope, &Known::new(), &mut Vocabularies::default(), diagnostics)
}

/// The same where some fields are certain already, beside other rules of the same file.
pub(crate) fn check_after(
    written: Written<'_>,
    scope: &Scope<'_>,
    known: &Known,
    vocabularies: &mut Vocabularies,
    diagnostics: &mut Diagnostics,
) -> Option<Checked> {
    let mut report = Report::new(written, diagnostics);
    let expr = crate::parse::parse(&mut report)?;
    let mut checker = Checker {
        scope,
        report,
        vocabularies,
        rows: Vec::new(),
        known: known.clone(),
        reads: Vec::new(),
        first_field: None,
        reads_label: false,
    };
    let (condition, after) = checker.condition(&expr)?;
    if let Condition::Constant(value) = condition {
        checker.always(expr.span, value);
    }
    Some(Checked {
        condition,
        first_field: checker.first_field,
        reads_label: checker.reads_label,
        known: after.if_true,
    })
}

/// A loop variable.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) list: NodeId,
}

pub(crate) struct Checker<'s, 'a, 'd> {
    pub(crate) scope: &'s Scope<'s>,
    pub(crate) report: Report<'a, 'd>,
    pub(crate) vocabularies: &'d mut Vocabularies,
    /// The loops around, outermost first.
    pub(crate) rows: Vec<Row>,
    /// What is certain here.
    pub(crate) known: Known,
    /// What the operands checked last read.
    pub(crate) reads: Vec<Place>,
    pub(crate) first_field: Option<NodeId>,
    pub(crate) reads_label: bool,
}

impl Checker<'_, '_, '_> {
    /// A condition, and what is certain after it.
    pub(crate) fn condition(&mut self, expr: &Expr) -> Option<(Condition, After)> {
        match &expr.kind {
            ExprKind::And(parts) => self.chain(parts, true),
            ExprKind::Or(parts) => self.chain(parts, false),
            ExprKind::Not(part) => {
                let (condition, after) = self.condition(part)?;
                Some((Condition::Not(Box::new(condition)), after.not()))
            }
            ExprKind::Choose(parts) => self.choose(parts),
            _ => {
                let before = self.reads.len();
                let operand = self.operand(expr)?;
                let Operand::Condition(condition, mut after) = operand else {
                    let message = format!("this is {}, not a condition", operand.describe());
                    self.report.error(&codes::NOT_BOOLEAN, expr.span, message);
                    return None;
                };
                let reads: Vec<Place> = self.reads.drain(before..).collect();
                after.if_true.extend(reads.iter().copied());
                after.if_false.extend(reads);
                Some((condition, after))
            }
        }
    }

    /// `&&` (which false ends) or `||` (which true ends). Each operand is checked with what the ones before it make
    /// certain. All of them are checked, also after an error.
    fn chain(&mut self, parts: &[Expr], all: bool) -> Option<(Condition, After)> {
        let before = self.known.clone();
        let mut conditions = Vec::with_capacity(parts.len());
        let mut certain = Known::new();
        let mut ended: Option<Known> = None;
        let mut failed = false;
        for part in parts {
            let Some((condition, after)) = self.condition(part) else {
                failed = true;
                continue;
            };
            if let Condition::Constant(value) = condition {
                self.always(part.span, value);
            }
            let (goes_on, ends) =
                if all { (after.if_true, after.if_false) } else { (after.if_false, after.if_true) };
            let end: Known = certain.union(&ends).copied().collect();
            ended = Some(ended.map_or(end.clone(), |ended| common(&ended, &end)));
            certain.extend(goes_on);
            self.known.extend(certain.iter().copied());
            conditions.push(condition);
        }
        self.known = before;
        if failed {
            return None;
        }
        let ended = ended.unwrap_or_default();
        Some(if all {
            (Condition::And(conditions), After { if_true: certain, if_false: ended })
        } else {
            (Condition::Or(conditions), After { if_true: ended, if_false: certain })
        })
    }

    fn choose(&mut self, parts: &[Expr; 3]) -> Option<(Condition, After)> {
        let [asked, yes, no] = parts;
        let (asked_condition, asked_after) = self.condition(asked)?;
        if let Condition::Constant(value) = asked_condition {
            self.always(asked.span, value);
        }
        let yes = self.with(&asked_after.if_true, |checker| checker.condition(yes));
        let no = self.with(&asked_after.if_false, |checker| checker.condition(no));
        let ((yes, yes_after), (no, no_after)) = (yes?, no?);
        let join = |first: &Known, then: &Known| -> Known { first.union(then).copied().collect() };
        let if_true = common(
            &join(&asked_after.if_true, &yes_after.if_true),
            &join(&asked_after.if_false, &no_after.if_true),
        );
        let if_false = common(
            &join(&asked_after.if_true, &yes_after.if_false),
            &join(&asked_after.if_false, &no_after.if_false),
        );
        Some((Condition::Choose(Box::new([asked_condition, yes, no])), After { if_true, if_false }))
    }

    /// Runs `check` with more that is certain.
    pub(crate) fn with<T>(&mut self, more: &Known, check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.known.clone();
        self.known.extend(more.iter().copied());
        let result = check(self);
        self.known = before;
        result
    }

    /// Warns of a condition that is the same for every object.
    pub(crate) fn always(&mut self, span: Span, value: bool) {
        self.report.warning(&codes::ALWAYS, span, format!("this is {value} for every object"));
    }

    /// A word of an enumeration or a code that the field cannot have.
    pub(crate) fn in_vocabulary(
        &mut self,
        vocabulary: &Vocabulary<'_>,
        word: &str,
        span: Span,
    ) -> Option<()> {
        match vocabulary {
            Vocabulary::Open | Vocabulary::Bounded { .. } => {
                self.warn_of_text(None, vocabulary, word, span);
                Some(())
            }
            Vocabulary::Names(names) if !names.called(word).is_empty() => Some(()),
            Vocabulary::Codes(tree) if tree.allows(word.as_bytes()) => Some(()),
            Vocabulary::Names(names) => {
                let message = format!("the field is never '{word}'");
                let known = names.all().map(|(name, _)| name);
                self.report.unknown(&codes::NOT_IN_VOCABULARY, span, message, word, known);
                None
            }
            Vocabulary::Codes(tree) => {
                let message = format!("the type allows no code '{word}'");
                let known = tree.prefixes().iter().map(String::as_str);
                self.report.unknown(&codes::NOT_IN_VOCABULARY, span, message, word, known);
                None
            }
        }
    }
}
