//! Runs a program over one object.

use crate::hot::Hot;
use crate::machine::{Ask, Bits, Branch, Target};
use crate::program::{Expression, Shortcut};
use crate::term::{Blocks, View};
use crate::{Facts, MAX_LOOPS, Program, Test};
use alloc::vec::Vec;
use lockgate_bytes::{Budget, OverBudget};
use lockgate_record::Block;

/// Memory of the evaluator; reuse it from object to object.
#[derive(Debug, Default)]
pub struct Scratch {
    bits: Bits,
}

impl Scratch {
    /// Empty memory; it grows once to what the largest program needs.
    pub fn new() -> Self {
        Self::default()
    }
}

/// A rule that an object does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleFailure {
    /// Which; see [`Program::rule`].
    pub rule: u16,
    /// How.
    pub kind: FailureKind,
}

/// How an object fails a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// `require` is false: the rule's own outcome applies.
    NotMet,
    /// `when` or `require` could not be evaluated: refuse.
    NotEvaluated,
}

/// Which choice holds first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The choice with this number, counted in the order in which they were added.
    Of(u16),
    /// None of them.
    None,
    /// One before the first that holds could not be evaluated.
    NotEvaluated,
}

impl Program {
    /// Appends every rule that the object does not pass to `failures`, in the order of the rules. Rules that read the
    /// label are passed over where there is none: the object has its reason already.
    ///
    /// # Errors
    /// [`OverBudget`] where the object costs more steps than `budget` has; it must then not be released.
    pub fn evaluate(
        &self,
        facts: &Facts<'_>,
        scratch: &mut Scratch,
        budget: &mut Budget,
        failures: &mut Vec<RuleFailure>,
    ) -> Result<(), OverBudget> {
        if self.rules.is_empty() {
            return Ok(());
        }
        let view = View { program: self, facts, blocks: &ROOT };
        view.fill(&mut scratch.bits, budget)?;
        budget.spend(u64::try_from(self.rules.len()).unwrap_or(u64::MAX))?;
        let labelled = facts.label.is_some();
        let bits = &scratch.bits;
        for (number, quick) in self.quick.iter().enumerate() {
            if quick.reads_label && !labelled {
                continue;
            }
            let word = usize::from(quick.word);
            let (truth, error) = (bits.truth.get(word), bits.error.get(word));
            if let (true, Some(truth), Some(error)) = (quick.fits, truth, error)
                && quick.passes(*truth, *error)
            {
                continue;
            }
            // Rules are at most 65,535: the last number is that of none, and none that nobody knows passes.
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            if let Some(kind) = view.judge(number, bits) {
                failures.push(RuleFailure { rule: number, kind });
            }
        }
        Ok(())
    }

    /// The first choice that holds, such as the category of an object.
    ///
    /// # Errors
    /// [`OverBudget`] where the object costs more steps than `budget` has.
    pub fn choose(
        &self,
        facts: &Facts<'_>,
        scratch: &mut Scratch,
        budget: &mut Budget,
    ) -> Result<Choice, OverBudget> {
        if self.choices.is_empty() {
            return Ok(Choice::None);
        }
        let mut before = 0;
        if let Some(starts) = &self.starts {
            let (choice, steps) = starts.choose(facts);
            budget.spend(steps.saturating_add(1))?;
            if choice != Choice::None {
                return Ok(choice);
            }
            before = starts.choices;
        }
        let view = View { program: self, facts, blocks: &ROOT };
        // Without loops a condition is evaluated only where a choice asks for it: most choices are never reached.
        let lazily = self.loops.is_empty();
        if !lazily {
            view.fill(&mut scratch.bits, budget)?;
        }
        for (choice, number) in self.choices.iter().zip(0_u16..).skip(usize::from(before)) {
            budget.spend(1)?;
            let holds =
                if lazily { view.ask(choice.entry, budget)? } else { view.decide(choice, &scratch.bits) };
            match holds {
                Some(true) => return Ok(Choice::Of(number)),
                Some(false) => {}
                None => return Ok(Choice::NotEvaluated),
            }
        }
        Ok(Choice::None)
    }
}

/// Nothing but the record is in sight.
const ROOT: Blocks = [Block::ROOT; MAX_LOOPS + 1];

impl View<'_, '_> {
    /// Evaluates every condition once. That costs no more than it must: whether a condition is reached is decided
    /// later, and its error counts only then.
    fn fill(&self, bits: &mut Bits, budget: &mut Budget) -> Result<(), OverBudget> {
        bits.truth.clear();
        bits.error.clear();
        budget.spend(u64::try_from(self.program.conditions.len()).unwrap_or(u64::MAX))?;
        let words = self.program.conditions.chunks(64).zip(self.program.hot.chunks(64));
        for ((tests, hots), costly) in words.zip(&self.program.costly) {
            let (mut truth, mut error, mut bit) = (0_u64, 0_u64, 1_u64);
            for (test, hot) in tests.iter().zip(hots) {
                let value = match (hot, test) {
                    (Hot::None, Test::Loop(_) | Test::Part(_)) => Some(false),
                    (Hot::None, test) => {
                        if costly & bit != 0 {
                            budget.spend(self.cost(test))?;
                        }
                        self.holds(test)
                    }
                    (hot, _) => self.program.answer(hot, self.facts),
                };
                match value {
                    Some(true) => truth |= bit,
                    Some(false) => {}
                    None => error |= bit,
                }
                bit <<= 1;
            }
            bits.truth.push(truth);
            bits.error.push(error);
        }
        // Loops last: they may ask any of the others.
        for (condition, repetition) in &self.program.loops {
            let value = self.run_loop(*repetition, bits, budget)?;
            bits.settle(*condition, value);
        }
        // Then what is put together from them.
        budget.spend(u64::try_from(self.program.compound.len()).unwrap_or(u64::MAX))?;
        for (condition, part) in &self.program.compound {
            let entry = self.program.parts.get(usize::from(*part)).copied();
            bits.settle(*condition, entry.and_then(|entry| self.walk(entry, bits)));
        }
        Ok(())
    }

    /// Runs a branch program, evaluating each condition where it is asked. The program has no loops.
    fn ask(&self, mut target: Target, budget: &mut Budget) -> Result<Option<bool>, OverBudget> {
        loop {
            let at = match target {
                Target::Result(result) => return Ok(Some(result)),
                Target::Branch(at) => at,
            };
            let Some(Branch { ask: Ask::Shared(condition), if_true, if_false }) = self.program.branch(at)
            else {
                return Ok(None);
            };
            let place = usize::from(condition);
            let (Some(test), Some(hot)) = (self.program.conditions.get(place), self.program.hot.get(place))
            else {
                return Ok(None);
            };
            budget.spend(1)?;
            let holds = match hot {
                Hot::None => {
                    budget.spend(self.cost(test))?;
                    self.holds(test)
                }
                hot => self.program.answer(hot, self.facts),
            };
            target = match holds {
                Some(true) => if_true,
                Some(false) => if_false,
                None => return Ok(None),
            };
            if matches!(target, Target::Branch(next) if next >= at) {
                return Ok(None);
            }
        }
    }

    /// How an object fails a rule, if it does.
    fn judge(&self, rule: u16, bits: &Bits) -> Option<FailureKind> {
        let Some(rule) = self.program.rule(rule) else { return Some(FailureKind::NotEvaluated) };
        let met = match rule.when.map(|when| self.decide(&when, bits)) {
            Some(Some(false)) => return None,
            Some(None) => None,
            None | Some(Some(true)) => self.decide(&rule.require, bits),
        };
        match met {
            Some(true) => None,
            Some(false) => Some(FailureKind::NotMet),
            None => Some(FailureKind::NotEvaluated),
        }
    }

    /// The value of an expression; `None` where it cannot be evaluated.
    #[inline]
    fn decide(&self, expression: &Expression, bits: &Bits) -> Option<bool> {
        let (start, end) = expression.masks;
        let masks = self.program.masks.get(usize::from(start)..usize::from(end)).unwrap_or(&[]);
        let (mut against, mut with, mut wrong) = (0_u64, 0_u64, 0_u64);
        for mask in masks {
            let word = usize::from(mask.word);
            let (Some(truth), Some(error)) = (bits.truth.get(word), bits.error.get(word)) else {
                return None;
            };
            wrong |= error & (mask.holds | mask.fails);
            against |= (mask.holds & !truth) | (mask.fails & truth);
            with |= (mask.holds & truth) | (mask.fails & !truth);
        }
        match expression.shape {
            Shortcut::All if wrong == 0 => Some(against == 0),
            Shortcut::Any if wrong == 0 => Some(with != 0),
            Shortcut::All | Shortcut::Any | Shortcut::None => self.walk(expression.entry, bits),
        }
    }
}
