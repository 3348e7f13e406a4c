//! Rules and categories by the reference interpreter, and categories by the program, as the core asks them. (Rules by
//! the program need nothing: the program is an evaluator.)

use lockgate_bytes::{Budget, OverBudget};
use lockgate_eval::{Choice, Chooser, Evaluator, Facts, Program, RuleFailure, RuleText, Scratch};
use lockgate_rules::{ChoiceSet, Reference};
use std::sync::Arc;

/// The rules by the reference interpreter. What is authored beside the conditions is that of the program.
#[derive(Debug)]
pub(crate) struct RulesByReference {
    pub(crate) texts: Arc<Program>,
    pub(crate) reference: Reference,
}

/// The categories by the reference interpreter.
#[derive(Debug)]
pub(crate) struct CategoriesByReference(pub(crate) Arc<ChoiceSet>);

/// The categories by the compiled program.
#[derive(Debug)]
pub(crate) struct CategoriesByProgram(pub(crate) Arc<ChoiceSet>);

impl Evaluator for RulesByReference {
    fn rule_text(&self, rule: u16) -> Option<&RuleText> {
        Evaluator::rule_text(self.texts.as_ref(), rule)
    }

    fn evaluate(
        &self,
        facts: &Facts<'_>,
        _scratch: &mut Scratch,
        budget: &mut Budget,
        failures: &mut Vec<RuleFailure>,
    ) -> Result<(), OverBudget> {
        self.reference.evaluate(facts, budget, failures)
    }
}

impl Chooser for CategoriesByReference {
    fn choose(
        &self,
        facts: &Facts<'_>,
        _scratch: &mut Scratch,
        budget: &mut Budget,
    ) -> Result<Choice, OverBudget> {
        self.0.choose(facts, budget)
    }
}

impl Chooser for CategoriesByProgram {
    fn choose(
        &self,
        facts: &Facts<'_>,
        scratch: &mut Scratch,
        budget: &mut Budget,
    ) -> Result<Choice, OverBudget> {
        self.0.program.choose(facts, scratch, budget)
    }
}
