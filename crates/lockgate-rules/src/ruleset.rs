//! Rules of a type and of a lane, checked and compiled together.

use crate::check::{Checked, check_after};
use crate::codes;
use crate::interpret::interpret;
use crate::known::Known;
use crate::load::RuleSource;
use crate::lower::{lower, lower_rule};
use crate::names::Vocabularies;
use crate::report::Written;
use crate::scope::Scope;
use lockgate_bytes::{Budget, OverBudget, Span};
use lockgate_eval::{Builder, Choice, Facts, FailureKind, Program, RuleFailure, RuleText};
use lockgate_notation::{Diagnostics, Value};
use lockgate_record::NodeId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The rules that one type meets in one lane: compiled, and as the reference interpreter reads them.
#[derive(Debug)]
pub struct RuleSet {
    /// The compiled program.
    pub program: Program,
    /// The same rules for the reference interpreter.
    pub reference: Reference,
}

/// Rules as the reference interpreter reads them. It numbers them as the compiled program does.
#[derive(Debug, Default)]
pub struct Reference {
    rules: Vec<(Option<Checked>, Checked)>,
}

impl Reference {
    /// Appends every rule that the object does not pass, as [`Program::evaluate`] does. Allocates nothing but the room
    /// for failures.
    ///
    /// # Errors
    /// [`OverBudget`] where the object costs more steps than `budget` has; it must then not be released.
    pub fn evaluate(
        &self,
        facts: &Facts<'_>,
        budget: &mut Budget,
        failures: &mut Vec<RuleFailure>,
    ) -> Result<(), OverBudget> {
        for ((when, require), rule) in self.rules.iter().zip(0_u16..) {
            let reads_label = require.reads_label || when.as_ref().is_some_and(|when| when.reads_label);
            if reads_label && facts.label.is_none() {
                continue;
            }
            let applies = match when {
                Some(when) => interpret(&when.condition, facts, budget)?,
                None => Some(true),
            };
            let kind = match applies {
                Some(false) => continue,
                None => FailureKind::NotEvaluated,
                Some(true) => match interpret(&require.condition, facts, budget)? {
                    Some(true) => continue,
                    Some(false) => FailureKind::NotMet,
                    None => FailureKind::NotEvaluated,
                },
            };
            failures.push(RuleFailure { rule, kind });
        }
        Ok(())
    }
}

/// Collects the rules of a type and a lane and compiles them.
#[derive(Debug, Default)]
pub struct Compiler {
    builder: Builder,
    reference: Reference,
    ids: BTreeMap<String, Option<(String, Span)>>,
    failed: bool,
}

impl Compiler {
    /// Without rules yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Checks and adds rules. `diagnostics` must report about the file that they come from.
    pub fn add(&mut self, rules: &[RuleSource<'_>], scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
        let mut vocabularies = Vocabularies::default();
        for rule in rules {
            let added = self.is_new(rule, diagnostics)
                & self.rule(rule, scope, &mut vocabularies, diagnostics).is_some();
            self.failed |= !added;
        }
    }

    /// The compiled rules; `None` where any rule has an error.
    pub fn finish(self) -> Option<RuleSet> {
        (!self.failed).then(|| RuleSet { program: self.builder.finish(), reference: self.reference })
    }

    fn is_new(&mut self, rule: &RuleSource<'_>, diagnostics: &mut Diagnostics) -> bool {
        let here = (diagnostics.file().to_owned(), rule.id.span);
        let Some(first) = self.ids.insert(rule.id.value.to_owned(), Some(here.clone())) else { return true };
        let message = format!("rule `{}` stands twice", rule.id.value);
        let diagnostic = diagnostics.error(&codes::REPEATED_RULE, rule.id.span, message);
        match first {
            Some((file, span)) if file == here.0 => {
                diagnostic.label(span, "the first one");
            }
            Some((file, _)) => {
                diagnostic.help(format!("the first one stands in {file}"));
            }
            None => {}
        }
        false
    }

    fn rule(
        &mut self,
        rule: &RuleSource<'_>,
        scope: &Scope<'_>,
        vocabularies: &mut Vocabularies,
        diagnostics: &mut Diagnostics,
    ) -> Option<()> {
        let when = match rule.when {
            Some(when) => {
                Some(check_after(Written::value(when)?, scope, &Known::new(), vocabularies, diagnostics))
            }
            None => None,
        };
        let known = match &when {
            Some(Some(when)) => when.known.clone(),
            _ => Known::new(),
        };
        let require = check_after(Written::value(rule.require)?, scope, &known, vocabularies, diagnostics);
        let field = self.field(rule, scope, diagnostics);
        // Everything has been checked; now any error ends it.
        let (when, require) = (when.map_or(Some(None), |when| when.map(Some))?, require?);
        let field = field?.or(require.first_field);
        let text = RuleText {
            id: Arc::from(rule.id.value),
            outcome: rule.outcome,
            says: Arc::from(rule.says),
            cites: rule.cites.map(Arc::from),
            field,
        };
        let added = self.compile(text, when.as_ref(), &require);
        if added.is_none() {
            let message = format!("rule `{}` does not fit: too many conditions or steps", rule.id.value);
            diagnostics.error(&codes::TOO_LARGE, rule.id.span, message);
        }
        added?;
        self.reference.rules.push((when, require));
        Some(())
    }

    fn compile(&mut self, text: RuleText, when: Option<&Checked>, require: &Checked) -> Option<()> {
        let reads_label = require.reads_label || when.is_some_and(|when| when.reads_label);
        let when = match when {
            Some(when) => Some(lower_rule(&when.condition, &mut self.builder)?),
            None => None,
        };
        let require = lower_rule(&require.condition, &mut self.builder)?;
        self.builder.rule(text, when, require, reads_label)
    }

    /// The field of `otherwise ... field=`; `Some(None)` where the rule does not give one.
    fn field(
        &self,
        rule: &RuleSource<'_>,
        scope: &Scope<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Option<NodeId>> {
        let Some(written) = &rule.field else { return Some(None) };
        let found = scope.shape.and_then(|shape| shape.find(written.value));
        if found.is_none() {
            let message = format!("there is no field `{}`", written.value);
            let diagnostic = diagnostics.error(&codes::NO_FIELD, written.span, message);
            let known = scope.shape.into_iter().flat_map(lockgate_record::Shape::nodes);
            let paths: Vec<String> = known.map(|(_, node)| node.path.replace("[]", "")).collect();
            if let Some(close) = lockgate_notation::closest(written.value, paths.iter().map(String::as_str)) {
                diagnostic.help(format!("did you mean `{close}`?"));
            }
        }
        found.map(Some)
    }
}

/// Conditions of which the first that holds counts, such as those of categories: compiled, and for the reference
/// interpreter.
#[derive(Debug)]
pub struct ChoiceSet {
    /// The compiled program; ask it with [`Program::choose`].
    pub program: Program,
    reference: Vec<Checked>,
}

impl ChoiceSet {
    /// Checks and compiles conditions; the number of a choice is its place in `conditions`. A condition that is left
    /// out (`None`) always holds. `None` after an error.
    pub fn compile(
        conditions: &[Option<&Value>],
        scope: &Scope<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let mut builder = Builder::new();
        let mut reference = Vec::new();
        let mut failed = false;
        let mut vocabularies = Vocabularies::default();
        for condition in conditions {
            let checked = match condition {
                Some(value) => {
                    let known = Known::new();
                    check_after(Written::value(value)?, scope, &known, &mut vocabularies, diagnostics)
                }
                None => Some(Checked::always()),
            };
            let Some(checked) = checked else {
                failed = true;
                continue;
            };
            let added = lower(&checked.condition, &mut builder).and_then(|choice| builder.choice(choice));
            if added.is_none() {
                let span = condition.map_or(Span::default(), |value| value.span);
                diagnostics.error(&codes::TOO_LARGE, span, "these conditions are too many for one program");
                failed = true;
            }
            reference.push(checked);
        }
        (!failed).then(|| Self { program: builder.finish(), reference })
    }

    /// The first condition that holds, found by the reference interpreter.
    ///
    /// # Errors
    /// [`OverBudget`] where the object costs more steps than `budget` has.
    pub fn choose(&self, facts: &Facts<'_>, budget: &mut Budget) -> Result<Choice, OverBudget> {
        for (condition, number) in self.reference.iter().zip(0_u16..) {
            match interpret(&condition.condition, facts, budget)? {
                Some(true) => return Ok(Choice::Of(number)),
                Some(false) => {}
                None => return Ok(Choice::NotEvaluated),
            }
        }
        Ok(Choice::None)
    }
}
