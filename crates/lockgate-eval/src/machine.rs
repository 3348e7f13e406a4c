//! Branch programs and loops, without recursion.
//!
//! An error ends the whole expression: nothing absorbs it. So an expression is a branch program whose every condition
//! leads on when true, leads on when false, and ends in "could not be evaluated" when it is neither.

use crate::term::{Blocks, View};
use crate::{FieldRef, MAX_LOOPS, Test};
use core::iter::Take;
use lockgate_bytes::{Budget, OverBudget};
use lockgate_record::{Block, Rows, Value};

/// Where a branch leads: to another branch of the program, or to the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// On to this branch; always one with a smaller number, so that every program ends.
    Branch(u16),
    /// The expression is true or false.
    Result(bool),
}

/// Which condition a branch asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// One of the conditions that are evaluated once an object.
    Shared(u16),
    /// One that is evaluated anew for every row.
    Row(Test),
}

/// One condition and where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Branch {
    /// The condition.
    pub ask: Ask,
    /// Where to go when it is true.
    pub if_true: Target,
    /// Where to go when it is false.
    pub if_false: Target,
}

/// `all` or `exists` over the rows of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repetition {
    /// The list.
    pub list: FieldRef,
    /// True for `all`, false for `exists`.
    pub every: bool,
    /// True where the list must have a row: `all` over an empty one cannot be evaluated.
    pub required: bool,
    /// What is asked of each row.
    pub body: Target,
}

/// The conditions evaluated once an object, as two bits each.
#[derive(Debug, Default)]
pub(crate) struct Bits {
    pub(crate) truth: alloc::vec::Vec<u64>,
    pub(crate) error: alloc::vec::Vec<u64>,
}

impl Bits {
    /// The value of a shared condition; `None` where it could not be evaluated.
    #[inline]
    pub(crate) fn value(&self, condition: u16) -> Option<bool> {
        let (word, bit) = (usize::from(condition >> 6), 1_u64 << (condition & 63));
        if *self.error.get(word)? & bit != 0 {
            return None;
        }
        Some(*self.truth.get(word)? & bit != 0)
    }

    /// Sets the value of a condition that was false so far.
    pub(crate) fn settle(&mut self, condition: u16, value: Option<bool>) {
        let (word, bit) = (usize::from(condition >> 6), 1_u64 << (condition & 63));
        let words = match value {
            Some(false) => return,
            Some(true) => &mut self.truth,
            None => &mut self.error,
        };
        if let Some(word) = words.get_mut(word) {
            *word |= bit;
        }
    }
}

/// A loop at one of its rows.
struct Frame<'a> {
    repetition: Repetition,
    rows: Take<Rows<'a>>,
    /// The branch of the loop around that waits for the result.
    waiting: Option<Branch>,
}

impl<'a> View<'a, '_> {
    /// Follows a branch program from `target` whose conditions are all shared.
    pub(crate) fn walk(&self, mut target: Target, bits: &Bits) -> Option<bool> {
        loop {
            let at = match target {
                Target::Result(result) => return Some(result),
                Target::Branch(at) => at,
            };
            let branch = self.program.branch(at)?;
            let Ask::Shared(condition) = branch.ask else { return None };
            target = if bits.value(condition)? { branch.if_true } else { branch.if_false };
            if matches!(target, Target::Branch(next) if next >= at) {
                return None;
            }
        }
    }

    /// Runs a loop of the record and the loops inside it.
    pub(crate) fn run_loop(
        &self,
        repetition: u16,
        bits: &Bits,
        budget: &mut Budget,
    ) -> Result<Option<bool>, OverBudget> {
        let mut blocks: Blocks = *self.blocks;
        let mut frames: [Option<Frame<'_>>; MAX_LOOPS] = [const { None }; MAX_LOOPS];
        let mut depth = 0_usize;
        let mut opening = Some((repetition, None));
        // What the row's condition, or the loop just closed, came to.
        let mut result = None;
        loop {
            if let Some((repetition, waiting)) = opening.take() {
                let here = View { blocks: &blocks, ..*self };
                let (Some(frame), Some(place)) = (here.frame(repetition, waiting), frames.get_mut(depth))
                else {
                    return Ok(None);
                };
                *place = Some(frame);
                depth = depth.saturating_add(1);
                result = None;
            }
            let Some(frame) = depth.checked_sub(1).and_then(|top| frames.get_mut(top)?.as_mut()) else {
                return Ok(result);
            };
            // A row that settles the loop, or no row left: the loop closes and its result goes to the loop around.
            let row = if result == Some(!frame.repetition.every) { None } else { frame.rows.next() };
            let mut target = match row {
                Some(row) => {
                    budget.spend(1)?;
                    if let Some(block) = blocks.get_mut(depth) {
                        *block = row;
                    }
                    frame.repetition.body
                }
                None => {
                    let value = result.unwrap_or(frame.repetition.every);
                    let Some(branch) = frame.waiting else { return Ok(Some(value)) };
                    depth = depth.saturating_sub(1);
                    if value { branch.if_true } else { branch.if_false }
                }
            };
            let here = View { blocks: &blocks, ..*self };
            loop {
                let branch = match target {
                    Target::Result(value) => {
                        result = Some(value);
                        break;
                    }
                    Target::Branch(at) => self.program.branch(at),
                };
                let Some(branch) = branch else { return Ok(None) };
                budget.spend(1)?;
                let value = match branch.ask {
                    Ask::Shared(condition) => bits.value(condition),
                    Ask::Row(Test::Loop(inner)) => {
                        opening = Some((inner, Some(branch)));
                        break;
                    }
                    Ask::Row(test) => {
                        budget.spend(here.cost(&test))?;
                        here.holds(&test)
                    }
                };
                let Some(value) = value else { return Ok(None) };
                target = if value { branch.if_true } else { branch.if_false };
            }
        }
    }

    /// A loop before its first row; `None` where it cannot be evaluated.
    fn frame(&self, repetition: u16, waiting: Option<Branch>) -> Option<Frame<'a>> {
        let repetition = self.program.repetition(repetition)?;
        let count = match self.value(repetition.list) {
            Value::Rows { count } => count,
            Value::Absent => 0,
            _ => return None,
        };
        if count == 0 && repetition.required && repetition.every {
            return None;
        }
        let block: Block = self.block(repetition.list);
        let rows = self.facts.record.rows(block, repetition.list.slot).take(usize::from(count));
        Some(Frame { repetition, rows, waiting })
    }
}
