//! From the tree of a binary type to a flat program: parts become instructions, containers become marks and jumps.

use super::markup::MarkupOp;
use super::model::{Binary, Choice, Count, Ends, Fixed, Item, Length, List, Measure, Opaque, Part, Prefix};
use super::model::{Section, Sum, TagCoding, TagPlace, Tags, Value};
use super::word::NumberOp;
use lockgate_record::{NodeId, Slot};

mod among;

/// A compiled binary type.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(super) ops: Box<[Op]>,
    pub(super) values: Box<[Value]>,
    pub(super) numbers: Box<[NumberOp]>,
    pub(super) among: Box<[Among]>,
    pub(super) lists: Box<[ListOp]>,
    pub(super) choices: Box<[ChoiceOp]>,
    pub(super) tags: Box<[TagsOp]>,
    pub(super) root: NodeId,
    pub(super) lsb_first: bool,
    /// Where what repeats in an object begins, if anything does.
    pub(super) batch: Option<u32>,
    /// The element of an XML type that stands in it.
    pub(super) markup: Option<Box<MarkupOp>>,
    pub(super) sentences: Box<[String]>,
}

/// An instruction. Jumps go to indices of [`Program::ops`].
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// Reads a value.
    Value(u16),
    /// Reads a value that is a number like most.
    Number(u16),
    /// Bits that are always the same.
    Fixed { bits: u8, is: u64, spare: bool },
    /// The length of the container.
    Measure { bits: u8, little: bool },
    /// A number of rows.
    Count { bits: u8, little: bool, register: u8 },
    /// A checksum.
    Sum(super::model::SumKind),
    /// Opens a section.
    Enter { node: NodeId, slot: Slot, length: Option<Prefix>, shared: bool },
    /// Closes it.
    Leave { slot: Slot },
    /// Reads a presence mask.
    Mask { register: u8, slots: u8, fx: bool, known: u64, required: u64 },
    /// Goes on at `to` where the bit is not set.
    Unless { register: u8, slot: u8, to: u32 },
    /// Goes on behind the next slot of a mask that is set, from `slot` on.
    Among { register: u8, slot: u8, among: u16 },
    /// One bit; 0 goes on at `to`; 1 is refused where nothing comes after it.
    Fx { to: u32, last: bool },
    /// Begins a list.
    List(u16),
    /// Ends a row.
    Row(u16),
    /// Bytes that are not looked into.
    Opaque { max: u32, length: Length },
    /// Ends what repeats in an object.
    BatchEnd,
    /// Goes on at the case.
    Choice(u16),
    /// What follows may be read and leave nothing that the emitter knows it by: the emitter has to be asked.
    Doubt,
    /// Goes on there.
    Jump(u32),
    /// Begins tagged items.
    Tags(u16),
    /// Ends one.
    TagEnd(u16),
    /// Elements as XML.
    Markup,
    /// Zero bits.
    Pad { to: u8 },
    /// The end of the object.
    End,
}

/// Where to go on for the next slot of a mask that is set: behind its question; where the slots of this container have no
/// part there, at the next that has one; behind the last for 64, which is none.
pub(super) type Among = Box<[u32; 65]>;

/// A list.
#[derive(Clone, Debug)]
pub(super) struct ListOp {
    pub(super) node: NodeId,
    pub(super) slot: Slot,
    pub(super) width: u16,
    pub(super) min: u16,
    pub(super) max: u16,
    pub(super) ends: Ends,
    /// First instruction of a row.
    pub(super) row: u32,
    /// Behind the list.
    pub(super) out: u32,
}

/// A choice.
#[derive(Clone, Debug)]
pub(super) struct ChoiceOp {
    pub(super) register: u8,
    /// The mask whose slots the parts take, where they do.
    pub(super) mask: u8,
    /// Selector and instruction, rising; and slots of the mask that stand for nothing in this case.
    pub(super) cases: Box<[(u64, u32, u64)]>,
}

/// Tagged items.
#[derive(Clone, Debug)]
pub(super) struct TagsOp {
    pub(super) coding: TagCoding,
    pub(super) ordered: bool,
    /// Universal labels of the items, where keys are such.
    pub(super) labels: Box<[u128]>,
    /// Keys, rising, and the item of each.
    pub(super) keys: Box<[(u32, u16)]>,
    pub(super) items: Box<[ItemOp]>,
    pub(super) required: u128,
    /// Sections of which the items are parts.
    pub(super) sections: Box<[(NodeId, Slot)]>,
    /// Items that mean a value where they are left out: their bits, and the values' indices.
    pub(super) defaults: Box<[(u128, u16)]>,
    /// Behind the items.
    pub(super) out: u32,
}

/// A tagged item.
#[derive(Clone, Debug)]
pub(super) struct ItemOp {
    pub(super) wire: u8,
    pub(super) place: TagPlace,
    pub(super) repeats: bool,
    pub(super) op: u32,
}

impl Program {
    /// Compiles a binary type whose record is the node `root`.
    pub(crate) fn new(of: &Binary, root: NodeId) -> Self {
        let mut build = Build { words: !of.lsb_first, ..Build::default() };
        build.parts(&of.parts);
        build.ops.push(Op::End);
        build.among();
        Self {
            ops: build.ops.into_boxed_slice(),
            values: build.values.into_boxed_slice(),
            numbers: build.numbers.into_boxed_slice(),
            among: build.among.into_boxed_slice(),
            lists: build.lists.into_boxed_slice(),
            choices: build.choices.into_boxed_slice(),
            tags: build.tags.into_boxed_slice(),
            root,
            lsb_first: of.lsb_first,
            batch: build.batch,
            markup: of.markup.as_deref().map(|markup| Box::new(MarkupOp::new(markup))),
            sentences: of.sentences.as_slice().into(),
        }
    }
}

#[derive(Default)]
struct Build {
    ops: Vec<Op>,
    values: Vec<Value>,
    numbers: Vec<NumberOp>,
    among: Vec<Among>,
    /// Bits travel so that numbers can be read from words.
    words: bool,
    lists: Vec<ListOp>,
    choices: Vec<ChoiceOp>,
    tags: Vec<TagsOp>,
    batch: Option<u32>,
}

impl Build {
    fn here(&self) -> u32 {
        u32::try_from(self.ops.len()).unwrap_or(u32::MAX)
    }

    /// Adds `parts`; the jumps of `fx` among them lead behind the last.
    fn parts(&mut self, parts: &[Part]) {
        let mut jumps = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            if matches!(part, Part::Fx) {
                jumps.push(self.ops.len());
                let rest = parts.get(index.saturating_add(1)..).unwrap_or(&[]);
                self.ops.push(Op::Fx { to: 0, last: rest.is_empty() });
                let mut next = rest.iter().take_while(|part| !matches!(part, Part::Fx));
                self.doubt(rest.is_empty() || next.any(Part::stands));
            } else {
                self.part(part);
            }
        }
        let out = self.here();
        for at in jumps {
            if let Some(Op::Fx { to, .. }) = self.ops.get_mut(at) {
                *to = out;
            }
        }
    }

    fn part(&mut self, part: &Part) {
        match part {
            Part::Value(value) => self.value(value),
            Part::Fixed(Fixed { bits, is, spare }) => {
                self.ops.push(Op::Fixed { bits: *bits, is: *is, spare: *spare });
            }
            Part::Measure(Measure { bits, little }) => {
                self.ops.push(Op::Measure { bits: *bits, little: *little });
            }
            Part::Count(Count { bits, little, register, .. }) => {
                self.ops.push(Op::Count { bits: *bits, little: *little, register: *register });
            }
            Part::Sum(Sum { kind }) => self.ops.push(Op::Sum(*kind)),
            Part::Section(section) => self.section(section),
            Part::Mask(mask) => {
                let (register, slots, fx) = (mask.register, mask.slots, mask.fx);
                let (known, required) = (mask.known, mask.required);
                self.ops.push(Op::Mask { register, slots, fx, known, required });
                self.parts(&mask.parts);
            }
            Part::If(inner) => {
                let at = self.ops.len();
                self.ops.push(Op::Unless { register: inner.register, slot: inner.slot, to: 0 });
                self.doubt(inner.part.stands() || inner.part.is_computed());
                self.part(&inner.part);
                let out = self.here();
                if let Some(Op::Unless { to, .. }) = self.ops.get_mut(at) {
                    *to = out;
                }
            }
            Part::Fx => self.ops.push(Op::Fx { to: self.here().saturating_add(1), last: true }),
            Part::List(list) => self.list(list),
            Part::Opaque(Opaque { max, length }) => {
                self.ops.push(Op::Opaque { max: *max, length: *length });
            }
            Part::Batch(parts) => {
                self.batch = Some(self.here());
                self.parts(parts);
                self.ops.push(Op::BatchEnd);
            }
            Part::Choice(choice) => self.choice(choice),
            Part::Tags(tags) => self.tags(tags),
            Part::Markup => self.ops.push(Op::Markup),
            Part::Pad { to } => self.ops.push(Op::Pad { to: *to }),
        }
    }

    fn value(&mut self, value: &Value) {
        let at = index(self.values.len());
        self.values.push(value.clone());
        match NumberOp::new(value, at).filter(|_| self.words) {
            Some(number) => {
                self.ops.push(Op::Number(index(self.numbers.len())));
                self.numbers.push(number);
            }
            None => self.ops.push(Op::Value(at)),
        }
    }

    /// The emitter has to be asked unless it knows of what follows that it stands.
    fn doubt(&mut self, known: bool) {
        if !known {
            self.ops.push(Op::Doubt);
        }
    }

    fn section(&mut self, section: &Section) {
        let Section { node, slot, length, shared, parts } = section;
        let shared = shared.is_some();
        self.ops.push(Op::Enter { node: *node, slot: *slot, length: *length, shared });
        self.parts(parts);
        self.ops.push(Op::Leave { slot: *slot });
    }

    fn list(&mut self, list: &List) {
        let number = index(self.lists.len());
        let List { node, slot, width, min, max, ends, .. } = *list;
        self.lists.push(ListOp { node, slot, width, min, max, ends, row: 0, out: 0 });
        self.ops.push(Op::List(number));
        let row = self.here();
        self.parts(&list.parts);
        self.ops.push(Op::Row(number));
        let out = self.here();
        if let Some(op) = self.lists.get_mut(usize::from(number)) {
            (op.row, op.out) = (row, out);
        }
    }

    fn choice(&mut self, choice: &Choice) {
        let number = index(self.choices.len());
        let (mask, all) = choice.slots.unwrap_or((0, 0));
        self.choices.push(ChoiceOp { register: choice.register, mask, cases: Box::default() });
        self.ops.push(Op::Choice(number));
        let (mut cases, mut jumps) = (Vec::new(), Vec::new());
        for (selector, parts) in &choice.cases {
            let known = parts.iter().fold(0_u64, |known, part| match part {
                Part::If(inner) if inner.register == mask => known | 1_u64.wrapping_shl(inner.slot.into()),
                _ => known,
            });
            cases.push((*selector, self.here(), all & !known));
            self.parts(parts);
            jumps.push(self.ops.len());
            self.ops.push(Op::Jump(0));
        }
        let out = self.here();
        for at in jumps {
            if let Some(op) = self.ops.get_mut(at) {
                *op = Op::Jump(out);
            }
        }
        if let Some(op) = self.choices.get_mut(usize::from(number)) {
            op.cases = cases.into_boxed_slice();
        }
    }

    fn tags(&mut self, tags: &Tags) {
        let number = index(self.tags.len());
        let mut keys: Vec<(u32, u16)> = tags.items.iter().map(|item| item.key).zip(0..).collect();
        keys.sort_unstable();
        let required = tags.items.iter().enumerate().filter(|(_, item)| item.required);
        let required =
            required.fold(0_u128, |all, (at, _)| all | 1_u128.wrapping_shl(u32::try_from(at).unwrap_or(0)));
        self.tags.push(TagsOp {
            coding: tags.coding,
            ordered: tags.ordered,
            labels: tags.items.iter().map(|item| item.label).collect(),
            keys: keys.into_boxed_slice(),
            items: Box::default(),
            required,
            sections: tags.sections.as_slice().into(),
            defaults: Box::default(),
            out: 0,
        });
        self.ops.push(Op::Tags(number));
        let (mut items, mut defaults) = (Vec::new(), Vec::new());
        for (at, Item { wire, place, part, required, .. }) in (0_u32..).zip(&tags.items) {
            if matches!(part, Part::Value(leaf) if leaf.absent_is.is_some()) && !required {
                defaults.push((1_u128.wrapping_shl(at), index(self.values.len())));
            }
            let repeats = matches!(part, Part::List(List { ends: Ends::Occurrence, .. }));
            items.push(ItemOp { wire: *wire, place: *place, repeats, op: self.here() });
            self.doubt(*required || part.stands());
            self.part(part);
            self.ops.push(Op::TagEnd(number));
        }
        let out = self.here();
        if let Some(op) = self.tags.get_mut(usize::from(number)) {
            (op.items, op.defaults, op.out) = (items.into_boxed_slice(), defaults.into_boxed_slice(), out);
        }
    }
}

fn index(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
