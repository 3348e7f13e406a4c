//! Puts a program together; what is said twice is kept once.

use crate::program::{Expression, Mask, Quick, Rule, RuleText, Shortcut};
use crate::starts::Starts;
use crate::{Ask, Branch, Program, Repetition, Step, Target, Test};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use lockgate_marking::{CategoryRef, LevelRef};

/// Distinct conditions of one program, at most.
pub const MAX_CONDITIONS: usize = 4096;

/// Parts of conditions that one program is put together from, at most. Nested `==` between conditions doubles them, so
/// they are counted for the whole program: a small file must not be long work.
const MAX_PARTS: u32 = 65_535;

/// Builds a [`Program`]. Every method gives `None` where the program is full: 4,096 distinct conditions, 65,535 of
/// anything else.
#[derive(Debug, Default)]
pub struct Builder {
    program: Program,
    conditions: BTreeMap<Test, u16>,
    branches: BTreeMap<Branch, u16>,
    places: Places,
    /// Parts that were lowered so far.
    parts: u32,
}

/// Where everything stands that is kept once.
#[derive(Debug, Default)]
struct Places {
    texts: BTreeMap<Box<[u8]>, u16>,
    names: BTreeMap<Box<[Box<[u8]>]>, u16>,
    text_sets: BTreeMap<Box<[Box<[u8]>]>, u16>,
    number_sets: BTreeMap<Box<[i128]>, u16>,
    value_sets: BTreeMap<Box<[u16]>, u16>,
    computations: BTreeMap<Box<[Step]>, u16>,
    repetitions: BTreeMap<Repetition, u16>,
    parts: BTreeMap<Target, u16>,
}

impl Builder {
    /// An empty program.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts parts of conditions that are about to be added: all that stands in the trees of rules and choices, as often
    /// as it is added.
    pub fn count(&mut self, parts: u32) -> Option<()> {
        self.parts = self.parts.checked_add(parts).filter(|parts| *parts <= MAX_PARTS)?;
        Some(())
    }

    /// A constant text.
    pub fn text(&mut self, text: &str) -> Option<u16> {
        intern(&mut self.program.texts, &mut self.places.texts, Box::from(text.as_bytes()))
    }

    /// The names of an enumeration, in its own order.
    pub fn names<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) -> Option<u16> {
        intern(
            &mut self.program.names,
            &mut self.places.names,
            names.into_iter().map(|name| Box::from(name.as_bytes())).collect(),
        )
    }

    /// A set of texts.
    pub fn text_set<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> Option<u16> {
        intern(
            &mut self.program.text_sets,
            &mut self.places.text_sets,
            sorted(texts.into_iter().map(|text| Box::from(text.as_bytes()))),
        )
    }

    /// A set of numbers (steps of 10^-18), instants or durations (nanoseconds).
    pub fn number_set(&mut self, numbers: impl IntoIterator<Item = i128>) -> Option<u16> {
        intern(&mut self.program.number_sets, &mut self.places.number_sets, sorted(numbers))
    }

    /// A set of enumeration values.
    pub fn value_set(&mut self, values: impl IntoIterator<Item = u16>) -> Option<u16> {
        intern(&mut self.program.value_sets, &mut self.places.value_sets, sorted(values))
    }

    /// A level.
    pub fn level(&mut self, level: LevelRef) -> Option<u16> {
        few(&mut self.program.levels, level)
    }

    /// A value of a label's tag.
    pub fn label_value(&mut self, value: CategoryRef) -> Option<u16> {
        few(&mut self.program.label_values, value)
    }

    /// A computation that leaves one value on its stack, at most 32 high.
    pub fn computation(&mut self, steps: Vec<Step>) -> Option<u16> {
        intern(&mut self.program.computations, &mut self.places.computations, steps.into_boxed_slice())
    }

    /// A loop; its body may ask row conditions of its own and shared ones that are no loops.
    pub fn repetition(&mut self, repetition: Repetition) -> Option<u16> {
        intern(&mut self.program.repetitions, &mut self.places.repetitions, repetition)
    }

    /// A compound part of rules, such as `a || b` in `(a || b) && c`: the branch program at `entry`, whose conditions
    /// are all shared. It is one condition like any other: evaluated once an object, with an error of its own.
    pub fn part(&mut self, entry: Target) -> Option<u16> {
        intern(&mut self.program.parts, &mut self.places.parts, entry)
    }

    /// A condition that is evaluated once an object.
    pub fn condition(&mut self, test: Test) -> Option<u16> {
        if let Some(known) = self.conditions.get(&test) {
            return Some(*known);
        }
        let number = u16::try_from(self.program.conditions.len()).ok()?;
        (usize::from(number) < MAX_CONDITIONS).then_some(())?;
        self.program.conditions.push(test);
        self.program.hot.push(self.program.hot(test));
        if number & 63 == 0 {
            self.program.costly.push(0);
        }
        if test.reads_to_the_end()
            && let Some(word) = self.program.costly.last_mut()
        {
            *word |= 1 << (number & 63);
        }
        match test {
            Test::Loop(repetition) => self.program.loops.push((number, repetition)),
            Test::Part(part) => self.program.compound.push((number, part)),
            _ => {}
        }
        self.conditions.insert(test, number);
        Some(number)
    }

    /// A branch that asks and leads on. Both ways may be the same: the condition's error still counts.
    pub fn branch(&mut self, ask: Ask, if_true: Target, if_false: Target) -> Option<Target> {
        let branch = Branch { ask, if_true, if_false };
        if let Some(known) = self.branches.get(&branch) {
            return Some(Target::Branch(*known));
        }
        let number = u16::try_from(self.program.branches.len()).ok()?;
        self.program.branches.push(branch);
        self.branches.insert(branch, number);
        Some(Target::Branch(number))
    }

    /// The expression that begins at `entry`, whose conditions are all shared.
    pub fn expression(&mut self, entry: Target) -> Option<Expression> {
        let start = u16::try_from(self.program.masks.len()).ok()?;
        for (shape, settles) in [(Shortcut::All, false), (Shortcut::Any, true)] {
            if let Some(masks) = self.chain(entry, settles) {
                self.program.masks.extend(masks);
                let end = u16::try_from(self.program.masks.len()).ok()?;
                return Some(Expression { shape, masks: (start, end), entry });
            }
        }
        Some(Expression { shape: Shortcut::None, masks: (start, start), entry })
    }

    /// Adds a rule.
    pub fn rule(
        &mut self,
        text: RuleText,
        when: Option<Expression>,
        require: Expression,
        reads_label: bool,
    ) -> Option<()> {
        (self.program.rules.len() < usize::from(u16::MAX)).then_some(())?;
        let quick = self.quick(when.as_ref(), &require);
        self.program.quick.push(Quick { reads_label, ..quick.unwrap_or_default() });
        self.program.rules.push(Rule { text, when, require, reads_label });
        Some(())
    }

    /// The masks of a rule where they stand in one word.
    fn quick(&self, when: Option<&Expression>, require: &Expression) -> Option<Quick> {
        let require = self.one_mask(require)?;
        let when = match when {
            Some(when) => self.one_mask(when)?,
            None => Mask { word: require.word, ..Mask::default() },
        };
        let fits = when.word == require.word;
        Some(Quick { word: require.word, fits, reads_label: false, when, require })
    }

    /// The mask of a conjunction that stands in one word.
    fn one_mask(&self, expression: &Expression) -> Option<Mask> {
        let (start, end) = expression.masks;
        let masks = self.program.masks.get(usize::from(start)..usize::from(end))?;
        match masks {
            [mask] if expression.shape == Shortcut::All => Some(*mask),
            _ => None,
        }
    }

    /// Adds a choice.
    pub fn choice(&mut self, choice: Expression) -> Option<()> {
        let full = self.program.choices.len() >= usize::from(u16::MAX);
        (!full).then(|| self.program.choices.push(choice))
    }

    /// The finished program.
    pub fn finish(mut self) -> Program {
        self.program.starts = Starts::of(&self.program);
        self.program
    }

    /// The masks of an expression every one of whose literals can settle it as `settles` and does nothing else:
    /// `a && !b && c` for false, `a || !b || c` for true.
    fn chain(&self, entry: Target, settles: bool) -> Option<Vec<Mask>> {
        let mut masks: Vec<Mask> = Vec::new();
        let mut target = entry;
        while let Target::Branch(at) = target {
            let branch = self.program.branch(at)?;
            let Ask::Shared(condition) = branch.ask else { return None };
            // The literal is the condition or its opposite, whichever does not settle `all` or settles `any`.
            let (opposite, next) = if branch.if_false == Target::Result(settles) {
                (settles, branch.if_true)
            } else if branch.if_true == Target::Result(settles) {
                (!settles, branch.if_false)
            } else {
                return None;
            };
            // Where both ways settle, the condition would matter by its error only.
            if next == Target::Result(settles) {
                return None;
            }
            let (word, bit) = (condition >> 6, 1_u64 << (condition & 63));
            let place = masks.iter().position(|mask| mask.word == word).unwrap_or(masks.len());
            if place == masks.len() {
                masks.push(Mask { word, holds: 0, fails: 0 });
            }
            let mask = masks.get_mut(place)?;
            if opposite {
                mask.fails |= bit
            } else {
                mask.holds |= bit
            }
            target = next;
        }
        (target == Target::Result(!settles)).then_some(masks)
    }
}

fn sorted<T: Ord>(values: impl IntoIterator<Item = T>) -> Box<[T]> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort();
    values.dedup();
    values.into_boxed_slice()
}

/// The place of `value` in `known`, added where it is new; `None` where that is full.
fn intern<T: Ord + Clone>(known: &mut Vec<T>, places: &mut BTreeMap<T, u16>, value: T) -> Option<u16> {
    if let Some(place) = places.get(&value) {
        return Some(*place);
    }
    let place = u16::try_from(known.len()).ok()?;
    known.push(value.clone());
    places.insert(value, place);
    Some(place)
}

/// The same for what has no order, and of which a policy has few.
fn few<T: PartialEq>(known: &mut Vec<T>, value: T) -> Option<u16> {
    let place = known.iter().position(|entry| *entry == value).unwrap_or(known.len());
    if place == known.len() {
        known.push(value);
    }
    u16::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::{Builder, MAX_CONDITIONS};
    use crate::program::Shortcut;
    use crate::{Ask, FieldRef, Target, Test};
    use lockgate_record::Slot;

    fn flag(slot: u16) -> Test {
        Test::Flag(FieldRef { within: 0, slot: Slot(slot) })
    }

    /// A chain of literals, each of which ends it as `settles` unless it is as written here.
    fn chain(builder: &mut Builder, literals: &[(u16, bool)], settles: bool) -> Target {
        literals.iter().rev().fold(Target::Result(!settles), |next, (slot, wanted)| {
            let ask = Ask::Shared(builder.condition(flag(*slot)).unwrap());
            let end = Target::Result(settles);
            let on = if *wanted != settles { (next, end) } else { (end, next) };
            builder.branch(ask, on.0, on.1).unwrap()
        })
    }

    #[test]
    fn chains_become_masks_and_others_do_not() {
        let mut builder = Builder::new();
        let all = chain(&mut builder, &[(2, true), (1, false), (0, true)], false);
        let all = builder.expression(all).unwrap();
        // Conditions are numbered in order of first use, here from the end of the chain.
        let mask = builder.program.masks[usize::from(all.masks.0)];
        assert_eq!((all.shape, mask.holds, mask.fails), (Shortcut::All, 0b101, 0b010));
        let any = chain(&mut builder, &[(2, false), (1, true), (0, false)], true);
        let any = builder.expression(any).unwrap();
        let mask = builder.program.masks[usize::from(any.masks.0)];
        assert_eq!((any.shape, mask.holds, mask.fails), (Shortcut::Any, 0b010, 0b101));
        let ask = Ask::Shared(0);
        let only_its_error_counts = builder.branch(ask, Target::Result(true), Target::Result(true)).unwrap();
        assert_eq!(builder.expression(only_its_error_counts).unwrap().shape, Shortcut::None);
        let tail = builder.branch(ask, Target::Result(false), Target::Result(true)).unwrap();
        let mixed = builder.branch(Ask::Shared(1), tail, only_its_error_counts).unwrap();
        assert_eq!(builder.expression(mixed).unwrap().shape, Shortcut::None);
    }

    #[test]
    fn what_is_said_twice_is_kept_once() {
        let mut builder = Builder::new();
        assert_eq!(builder.condition(flag(3)), builder.condition(flag(3)));
        assert_eq!(builder.text("a"), builder.text("a"));
        assert_ne!(builder.text("a"), builder.text("b"));
        assert_eq!(builder.value_set([2, 1, 2]), builder.value_set([1, 2]));
        assert_eq!(builder.program.conditions.len(), 1);
    }

    #[test]
    fn a_full_program_takes_nothing_more() {
        let mut builder = Builder::new();
        for slot in 0..u16::try_from(MAX_CONDITIONS).unwrap() {
            assert!(builder.condition(flag(slot)).is_some());
        }
        assert_eq!(builder.condition(flag(u16::MAX)), None);
        assert!(builder.condition(flag(0)).is_some(), "what is known already still fits");
    }
}
