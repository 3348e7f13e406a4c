//! A compiled rule program.

use crate::hot::Hot;
use crate::starts::Starts;
use crate::{Branch, Repetition, Step, Target, Test};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_marking::{CategoryRef, LevelRef};
use lockgate_reason::Outcome;
use lockgate_record::NodeId;

/// Rules and choices, compiled. Made by [`crate::Builder`]; it never changes.
#[derive(Debug, Default)]
pub struct Program {
    pub(crate) rules: Vec<Rule>,
    /// The same rules as masks, in the same order: all that the usual object needs.
    pub(crate) quick: Vec<Quick>,
    pub(crate) choices: Vec<Expression>,
    /// The first of the choices once more, where they ask for no more than how a text begins.
    pub(crate) starts: Option<Starts>,
    /// Where the branch program of each compound part begins.
    pub(crate) parts: Vec<Target>,
    /// Conditions that are compound parts, each with its part; a part asks only conditions before it.
    pub(crate) compound: Vec<(u16, u16)>,
    /// Conditions that are evaluated once an object, in order of first use.
    pub(crate) conditions: Vec<Test>,
    /// The same conditions in their fastest shape, in the same order.
    pub(crate) hot: Vec<Hot>,
    /// A word of 64 conditions each: those that may cost more than one step.
    pub(crate) costly: Vec<u64>,
    /// Those of them that are loops: number of the condition, and the loop.
    pub(crate) loops: Vec<(u16, u16)>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) masks: Vec<Mask>,
    pub(crate) repetitions: Vec<Repetition>,
    pub(crate) computations: Vec<Box<[Step]>>,
    pub(crate) texts: Vec<Box<[u8]>>,
    pub(crate) names: Vec<Box<[Box<[u8]>]>>,
    pub(crate) text_sets: Vec<Box<[Box<[u8]>]>>,
    pub(crate) number_sets: Vec<Box<[i128]>>,
    pub(crate) value_sets: Vec<Box<[u16]>>,
    pub(crate) levels: Vec<LevelRef>,
    pub(crate) label_values: Vec<CategoryRef>,
}

/// What a rule is called, says and does when it is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// Its identifier.
    pub id: Arc<str>,
    /// What becomes of an object that does not meet it.
    pub outcome: Outcome,
    /// One sentence for the account.
    pub says: Arc<str>,
    /// Document, edition and section that it rests on.
    pub cites: Option<Arc<str>>,
    /// The field that the account names.
    pub field: Option<NodeId>,
}

/// A compiled rule.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(crate) text: RuleText,
    pub(crate) when: Option<Expression>,
    pub(crate) require: Expression,
    /// True where it reads the label or the portions: it is not evaluated for an unlabelled object.
    pub(crate) reads_label: bool,
}

impl Rule {
    /// What it is called, says and does.
    pub fn text(&self) -> &RuleText {
        &self.text
    }

    /// True where it asks about the label or the portions.
    pub fn reads_label(&self) -> bool {
        self.reads_label
    }
}

/// An expression over shared conditions: a branch program, and masks where its shape allows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expression {
    pub(crate) shape: Shortcut,
    /// Range of masks.
    pub(crate) masks: (u16, u16),
    pub(crate) entry: Target,
}

/// How an expression is decided when none of its conditions is in error. With an error the branches decide, since
/// then order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortcut {
    /// All literals hold.
    All,
    /// At least one literal holds.
    Any,
    /// Only the branches know.
    None,
}

/// Conditions of one word of 64 that must hold, and that must not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mask {
    pub(crate) word: u16,
    pub(crate) holds: u64,
    pub(crate) fails: u64,
}

/// A rule whose conditions all stand in one word: enough to see that an object passes. What it cannot see is decided
/// by the expressions themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quick {
    pub(crate) word: u16,
    /// False where the rule does not fit one word, or is no chain of literals.
    pub(crate) fits: bool,
    pub(crate) reads_label: bool,
    pub(crate) when: Mask,
    pub(crate) require: Mask,
}

impl Quick {
    /// True where the object certainly passes.
    #[inline]
    pub(crate) fn passes(&self, truth: u64, error: u64) -> bool {
        // Every literal of `when` is known, and one is not met: the rule does not apply.
        let Mask { holds, fails, .. } = self.when;
        if error & (holds | fails) != 0 {
            return false;
        }
        if (truth & holds) != holds || truth & fails != 0 {
            return true;
        }
        // Every literal of `require` is known and met.
        let Mask { holds, fails, .. } = self.require;
        (truth & holds) == holds && (truth | error) & fails == 0
    }
}

impl Program {
    /// The rules, in the order in which they were written.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with this number, as [`crate::RuleFailure`] names it.
    pub fn rule(&self, rule: u16) -> Option<&Rule> {
        self.rules.get(usize::from(rule))
    }

    /// How many distinct conditions are evaluated once an object.
    pub fn condition_count(&self) -> usize {
        self.conditions.len()
    }

    #[inline]
    pub(crate) fn branch(&self, at: u16) -> Option<Branch> {
        self.branches.get(usize::from(at)).copied()
    }

    pub(crate) fn steps(&self, computation: u16) -> &[Step] {
        self.computations.get(usize::from(computation)).map_or(&[], |steps| steps)
    }

    pub(crate) fn repetition(&self, at: u16) -> Option<Repetition> {
        self.repetitions.get(usize::from(at)).copied()
    }

    pub(crate) fn text(&self, at: u16) -> Option<&[u8]> {
        self.texts.get(usize::from(at)).map(|text| &**text)
    }

    pub(crate) fn name(&self, names: u16, index: u16) -> Option<&[u8]> {
        self.names.get(usize::from(names))?.get(usize::from(index)).map(|name| &**name)
    }

    pub(crate) fn level(&self, at: u16) -> Option<LevelRef> {
        self.levels.get(usize::from(at)).copied()
    }

    pub(crate) fn label_value(&self, at: u16) -> Option<CategoryRef> {
        self.label_values.get(usize::from(at)).copied()
    }

    pub(crate) fn has_text(&self, set: u16, text: &[u8]) -> bool {
        let set = self.text_sets.get(usize::from(set));
        set.is_some_and(|set| set.binary_search_by(|known| (**known).cmp(text)).is_ok())
    }

    pub(crate) fn has_number(&self, set: u16, number: i128) -> bool {
        self.number_sets.get(usize::from(set)).is_some_and(|set| set.binary_search(&number).is_ok())
    }

    #[inline]
    pub(crate) fn has_value(&self, set: u16, value: u16) -> bool {
        self.value_sets.get(usize::from(set)).is_some_and(|set| set.binary_search(&value).is_ok())
    }
}
