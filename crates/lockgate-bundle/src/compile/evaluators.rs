//! The two evaluators of rules and categories, as the core asks them.

use lockgate_bytes::{Budget, OverBudget};
use lockgate_eval::{Choice, Evaluator, Facts, Program, RuleFailure, RuleText, Scratch};
use lockgate_rules::{ChoiceSet, RuleSet};
use std::sync::Arc;

/// The rules by the reference interpreter. What is authored beside the conditions is that of the program.
#[derive(Debug)]
pub(crate) struct RulesByReference(pub(crate) Arc<RuleSet>);

/// The rules by the compiled program.
#[derive(Debug)]
pub(crate) struct RulesByProgram(pub(crate) Arc<RuleSet>);

/// The categories by the reference interpreter.
#[derive(Debug)]
pub(crate) struct CategoriesByReference(pub(crate) Arc<ChoiceSet>);

/// The categories by the compiled program.
#[derive(Debug)]
pub(crate) struct CategoriesByProgram(pub(crate) Arc<ChoiceSet>);

impl Evaluator for RulesByReference {
    fn rule_text(&self, rule: u16) -> Option<&RuleText> {
        Evaluator::rule_text(&self.0.program, rule)
    }

    fn evaluate(
        &self,
        facts: &Facts<'_>,
        _scratch: &mut Scratch,
        budget: &mut Budget,
        failures: &mut Vec<RuleFailure>,
    ) -> Result<(), OverBudget> {
        self.0.reference.evaluate(facts, budget, failures)
    }

    fn choose(&self, _: &Facts<'_>, _: &mut Scratch, _: &mut Budget) -> Result<Choice, OverBudget> {
        Ok(Choice::NotEvaluated)
    }
}

impl Evaluator for RulesByProgram {
    fn rule_text(&self, rule: u16) -> Option<&RuleText> {
        Evaluator::rule_text(&self.0.program, rule)
    }

    fn evaluate(
        &self,
        facts: &Facts<'_>,
        scratch: &mut Scratch,
        budget: &mut Budget,
        failures: &mut Vec<RuleFailure>,
    ) -> Result<(), OverBudget> {
        Program::evaluate(&self.0.program, facts, scratch, budget, failures)
    }

    fn choose(&self, _: &Facts<'_>, _: &mut Scratch, _: &mut Budget) -> Result<Choice, OverBudget> {
        Ok(Choice::NotEvaluated)
    }
}
