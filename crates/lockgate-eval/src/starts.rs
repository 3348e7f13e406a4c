//! The first choices of a program, where each asks for nothing but how one text begins: found in one walk along the
//! text instead of one comparison a start.

use crate::hot::{Hot, text};
use crate::{Ask, Choice, Facts, Program, Target};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use lockgate_record::{Block, Slot};

/// Most places in the tree of all starts.
const MAX_NODES: usize = 4096;

/// No choice.
const NONE: u16 = u16::MAX;

/// The starts of a leading run of choices, as a tree of bytes.
#[derive(Debug)]
pub(crate) struct Starts {
    slot: Slot,
    /// How many choices the tree stands for.
    pub(crate) choices: u16,
    /// The column of each byte; 0 for bytes that no start has.
    columns: Box<[u8; 256]>,
    width: usize,
    /// A row of `width` a node: the next node, 0 where no start goes on so. The root is node 0.
    next: Vec<u16>,
    /// The first choice with a start that ends at the node.
    ends: Vec<u16>,
}

impl Starts {
    /// The tree for the choices of `program`; `None` where the first of them asks for something else.
    pub(crate) fn of(program: &Program) -> Option<Self> {
        let mut run: Option<Slot> = None;
        let mut starts: Vec<(u16, &[u8])> = Vec::new();
        let mut choices = 0_u16;
        for choice in &program.choices {
            let Some(found) = starts_of(program, choice.entry) else { break };
            let slot = *run.get_or_insert(found.first()?.0);
            if found.iter().any(|(of, _)| *of != slot) {
                break;
            }
            starts.extend(found.into_iter().map(|(_, start)| (choices, start)));
            choices = choices.checked_add(1)?;
        }
        let run = run.filter(|_| choices > 0);
        let mut columns = Box::new([0_u8; 256]);
        let mut width = 1_usize;
        for byte in starts.iter().flat_map(|(_, start)| *start) {
            let column = columns.get_mut(usize::from(*byte))?;
            if *column == 0 {
                // All 256 bytes do not fit; such a program goes without.
                *column = u8::try_from(width).ok()?;
                width = width.checked_add(1)?;
            }
        }
        let mut tree = Self { slot: run?, choices, columns, width, next: vec![0; width], ends: vec![NONE] };
        for (choice, start) in starts {
            tree.insert(start, choice)?;
        }
        Some(tree)
    }

    fn insert(&mut self, start: &[u8], choice: u16) -> Option<()> {
        let mut node = 0_u16;
        for byte in start {
            let place = self.place(node, *byte)?;
            node = match self.next.get(place).copied()? {
                0 => {
                    let new = self.ends.len();
                    if new >= MAX_NODES {
                        return None;
                    }
                    self.ends.push(NONE);
                    self.next.resize(self.next.len().checked_add(self.width)?, 0);
                    let new = u16::try_from(new).ok()?;
                    *self.next.get_mut(place)? = new;
                    new
                }
                known => known,
            };
        }
        let end = self.ends.get_mut(usize::from(node))?;
        *end = choice.min(*end);
        Some(())
    }

    /// Where the next node behind `node` stands; `None` for a byte that no start has.
    #[inline]
    fn place(&self, node: u16, byte: u8) -> Option<usize> {
        let column = self.columns.get(usize::from(byte)).copied().filter(|column| *column != 0)?;
        usize::from(node).checked_mul(self.width)?.checked_add(usize::from(column))
    }

    /// The first of the choices that holds, [`Choice::None`] where none of them does; and the bytes that were read.
    pub(crate) fn choose(&self, facts: &Facts<'_>) -> (Choice, u64) {
        let Some(text) = text(facts.record.value(Block::ROOT, self.slot), facts) else {
            return (Choice::NotEvaluated, 0);
        };
        let (mut node, mut steps) = (0_u16, 0_u64);
        let mut first = self.ends.first().copied().unwrap_or(NONE);
        for byte in text {
            let next = self.place(node, *byte).and_then(|place| self.next.get(place).copied());
            node = next.unwrap_or(0);
            if node == 0 {
                break;
            }
            steps = steps.wrapping_add(1);
            first = first.min(self.ends.get(usize::from(node)).copied().unwrap_or(NONE));
        }
        (if first == NONE { Choice::None } else { Choice::Of(first) }, steps)
    }
}

/// The starts of a choice that is nothing but `text.startsWith(a) || text.startsWith(b) || ..`; `None` for any other.
fn starts_of(program: &Program, entry: Target) -> Option<Vec<(Slot, &[u8])>> {
    let mut starts = Vec::new();
    let mut target = entry;
    while let Target::Branch(at) = target {
        let branch = program.branch(at)?;
        let Ask::Shared(condition) = branch.ask else { return None };
        let Hot::Begins(slot, start) = program.hot.get(usize::from(condition)).copied()? else { return None };
        let goes_back = matches!(branch.if_false, Target::Branch(next) if next >= at);
        if branch.if_true != Target::Result(true) || goes_back {
            return None;
        }
        starts.push((slot, program.text(start)?));
        target = branch.if_false;
    }
    (target == Target::Result(false) && !starts.is_empty()).then_some(starts)
}

#[cfg(test)]
mod tests {
    use crate::facts::{Facts, Portions};
    use crate::{Ask, Builder, Choice, FieldRef, Program, Scratch, Target, Test, TextTerm};
    use alloc::string::String;
    use alloc::vec::Vec;
    use lockgate_bytes::{Budget, Span, Time};
    use lockgate_marking::PolicySet;
    use lockgate_record::{Block, Kind, NodeId, NodeOptions, Record, ShapeBuilder, Slot, Value};
    use proptest::prelude::*;

    /// Choices that each ask for starts of the field at slot 1, or of that at slot 2 where marked so.
    fn program(choices: &[Vec<(String, bool)>]) -> Program {
        let mut builder = Builder::new();
        for starts in choices {
            let entry = starts.iter().rev().fold(Target::Result(false), |next, (start, other)| {
                let field = TextTerm::Field(FieldRef { within: 0, slot: Slot(1 + u16::from(*other)) });
                let test = Test::Begins(field, TextTerm::Constant(builder.text(start).unwrap()));
                let ask = Ask::Shared(builder.condition(test).unwrap());
                builder.branch(ask, Target::Result(true), next).unwrap()
            });
            let choice = builder.expression(entry).unwrap();
            builder.choice(choice).unwrap();
        }
        builder.finish()
    }

    fn choice(program: &Program, values: [Option<&str>; 2]) -> Choice {
        let mut build = ShapeBuilder::new("r");
        for name in ["a", "b"] {
            build.value(NodeId(0), name, Kind::Flag, NodeOptions::default()).unwrap();
        }
        let (shape, policies) = (build.finish(), PolicySet::new());
        let mut record = Record::new();
        record.begin(&shape);
        for (slot, value) in (1..).zip(values) {
            if let Some(value) = value {
                let text = record.keep(value.as_bytes());
                record.set(Block::ROOT, Slot(slot), Value::Text(text), Span::default());
            }
        }
        let facts = Facts {
            record: &record,
            object: b"",
            label: None,
            portions: Portions::None,
            source: "",
            destination: "",
            agreement: None,
            lane: "",
            now: Time::from_unix_nanos(0),
            observed: None,
            policies: &policies,
            released: None,
        };
        program.choose(&facts, &mut Scratch::new(), &mut Budget::new(1_000)).unwrap()
    }

    proptest! {
        #[test]
        fn the_tree_chooses_as_the_comparisons_do(
            choices in prop::collection::vec(
                prop::collection::vec(("[abz-]{0,4}", prop::bool::weighted(0.05)), 0..5), 0..6),
            one in prop::option::weighted(0.9, "[abcz-]{0,6}"),
            other in prop::option::weighted(0.9, "[abcz-]{0,6}"),
        ) {
            let mut program = program(&choices);
            let values = [one.as_deref(), other.as_deref()];
            let by_tree = choice(&program, values);
            program.starts = None;
            prop_assert_eq!(by_tree, choice(&program, values));
        }
    }

    #[test]
    fn the_tree_stands_for_the_first_choices_only() {
        let starts = |starts: &[(&str, bool)]| -> Vec<(String, bool)> {
            starts.iter().map(|(start, other)| (String::from(*start), *other)).collect()
        };
        let choices =
            [starts(&[("a-f", false), ("b", false)]), starts(&[("a", false)]), starts(&[("b", true)])];
        let program = program(&choices);
        assert_eq!(program.starts.as_ref().map(|tree| tree.choices), Some(2));
        assert_eq!(choice(&program, [Some("a-f-G"), None]), Choice::Of(0));
        assert_eq!(choice(&program, [Some("a-h"), None]), Choice::Of(1));
        assert_eq!(choice(&program, [Some("c"), Some("b")]), Choice::Of(2));
        assert_eq!(choice(&program, [Some("c"), None]), Choice::NotEvaluated);
        assert_eq!(choice(&program, [None, Some("b")]), Choice::NotEvaluated);
        assert!(self::program(&[starts(&[("b", true), ("a", false)])]).starts.is_none());
    }
}
