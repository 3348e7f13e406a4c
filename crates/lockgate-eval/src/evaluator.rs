//! Whoever runs rules: the compiled program, or the reference interpreter of the rule language.

use crate::{Choice, Facts, Program, RuleFailure, RuleText, Scratch};
use alloc::vec::Vec;
use core::fmt;
use lockgate_bytes::{Budget, OverBudget};

/// Runs the rules of one type on one lane. Two implementations stand against each other: [`Program`], and the
/// reference interpreter of `lockgate-rules`.
pub trait Evaluator: fmt::Debug + Send + Sync {
    /// What is authored beside the conditions of a rule.
    fn rule_text(&self, rule: u16) -> Option<&RuleText>;

    /// Appends every rule that the object does not pass to `failures`, in the order of the rules.
    ///
    /// # Errors
    /// [`OverBudget`] where the object costs more steps than `budget` has; it must then not be released.
    fn evaluate(
        &self,
        facts: &Facts<'_>,
        scratch: &mut Scratch,
        budget: &mut Budget,
        failures: &mut Vec<RuleFailure>,
    ) -> Result<(), OverBudget>;
}

/// Tells which of several choices holds first, such as the category of an object. A kind of its own, so that nothing that
/// has no rules can ever stand where rules are asked for.
pub trait Chooser: fmt::Debug + Send + Sync {
    /// The first choice that holds.
    ///
    /// # Errors
    /// [`OverBudget`] where the object costs more steps than `budget` has.
    fn choose(
        &self,
        facts: &Facts<'_>,
        scratch: &mut Scratch,
        budget: &mut Budget,
    ) -> Result<Choice, OverBudget>;
}

impl Evaluator for Program {
    fn rule_text(&self, rule: u16) -> Option<&RuleText> {
        self.rule(rule).map(crate::Rule::text)
    }

    fn evaluate(
        &self,
        facts: &Facts<'_>,
        scratch: &mut Scratch,
        budget: &mut Budget,
        failures: &mut Vec<RuleFailure>,
    ) -> Result<(), OverBudget> {
        Self::evaluate(self, facts, scratch, budget, failures)
    }
}
