//! An object of another type as a value: a formatted message in an XML element, binary as base64 in JSON, JSON as bytes of a
//! binary type.
//!
//! The reader of the outer object brings the value to the bytes that it stands for and gives them to the same reader of the
//! inner type (compiled to compiled, plain to plain), which reads them as an object of its own. What that reported goes
//! over into the outer record, where the inner record has nodes like any other part: values, texts for the word scan,
//! faults with their places. The emitter goes the same way back.
//!
//! One value has one encoding: the inner object canonical, and its letters too ([`letters`]).

mod across;
mod letters;
mod read;
mod spare;

use crate::emit::sink::{Writer, Written};
use crate::model::{Encoding, Model};
use crate::{Compiled, Reference, Type};
use across::Group;
pub use letters::Coding;
use lockgate_bytes::{Span, Untrusted};
use lockgate_core::Inspector as _;
use lockgate_record::{Block, NodeId, Record, Shape, Slot, Value};
pub(crate) use read::From;
use spare::{Spare, Spares};
use std::sync::Arc;

/// Types inside types as values, at most.
pub(crate) const MAX_NESTED: usize = 4;

/// A type whose objects are values here.
#[derive(Clone, Debug)]
pub struct Carried {
    of: Arc<Type>,
    coding: Coding,
    compiled: Compiled,
    reference: Reference,
    /// The node here of each node there.
    nodes: Vec<(NodeId, NodeId)>,
    /// The cells here of the cells there, once they are known.
    group: Group,
    /// For writing.
    spares: Spares,
}

/// Values are of one form where the descriptions are: types are compared by name, there is one of each.
impl PartialEq for Carried {
    fn eq(&self, other: &Self) -> bool {
        self.of.model().name == other.of.model().name
            && self.coding == other.coding
            && self.nodes == other.nodes
    }
}

impl Eq for Carried {}

impl Carried {
    /// A type whose record is under nodes here; `nodes` has those of each node there.
    pub(crate) fn new(of: Arc<Type>, coding: Coding, nodes: Vec<(NodeId, NodeId)>) -> Self {
        let (compiled, reference) = (Compiled::new(Arc::clone(&of)), Reference::new(Arc::clone(&of)));
        Self { of, coding, compiled, reference, nodes, group: Group::default(), spares: Spares::default() }
    }

    /// The same with its cells, once the shape here is finished.
    pub(crate) fn placed(&self, shape: &Shape) -> Self {
        let group = Group::between(self.of.shape(), shape, &self.nodes);
        Self { group, ..self.clone() }
    }

    /// How its bytes are written as text.
    pub(crate) fn coding(&self) -> Coding {
        self.coding
    }

    /// Writes its bytes in base64 or hexadecimal digits; a text is the outer encoding's to write.
    pub(crate) fn letters(&self, bytes: &[u8], out: &mut impl crate::emit::sink::Sink) -> Written {
        letters::write(self.coding, bytes, out)
    }

    /// The type whose objects these are.
    pub(crate) fn of(&self) -> &Type {
        &self.of
    }

    /// The node here of a node there; they stand in the order of those there.
    fn node(&self, there: NodeId) -> NodeId {
        let at = self.nodes.binary_search_by_key(&there, |(node, _)| *node).ok();
        at.and_then(|at| self.nodes.get(at)).map_or(NodeId(0), |(_, here)| *here)
    }

    /// The node there of a node here, where that is one of it.
    pub(crate) fn there(&self, here: NodeId) -> Option<NodeId> {
        self.nodes.iter().find(|(_, node)| *node == here).map(|(there, _)| *there)
    }

    /// Gives the bytes of the inner object of a record to `take`, without their letters; `None` where something required
    /// would be missing.
    pub(crate) fn write(
        &self,
        (record, object): (&Record, &[u8]),
        block: Block,
        omit: &[NodeId],
        take: impl FnOnce(&[u8]) -> Written,
    ) -> Written {
        self.spares
            .lend(|spare| self.made((record, object), block, omit, spare).and_then(|()| take(&spare.out)))
    }

    /// The same in letters.
    pub(crate) fn spelled(
        &self,
        from: (&Record, &[u8]),
        block: Block,
        omit: &[NodeId],
        take: impl FnOnce(&[u8]) -> Written,
    ) -> Written {
        self.spares.lend(|spare| {
            self.made(from, block, omit, spare)?;
            let Spare { out, letters, .. } = spare;
            letters.clear();
            self.letters(out, &mut Writer { object: b"", out: letters })?;
            take(letters)
        })
    }

    /// Makes the inner object anew.
    fn made(
        &self,
        (record, object): (&Record, &[u8]),
        block: Block,
        omit: &[NodeId],
        spare: &mut Spare,
    ) -> Written {
        let Spare { record: inner, omit: left_out, out, .. } = spare;
        inner.begin(self.of.shape());
        inner.set(Block::ROOT, Slot(0), Value::Present, Span::default());
        self.group.back((record, object), block, inner, Block::ROOT);
        left_out.clear();
        if !omit.is_empty() {
            let here = self.nodes.iter().filter(|(_, here)| omit.contains(here));
            left_out.extend(here.map(|(there, _)| *there));
        }
        out.clear();
        self.compiled.emit(inner, Untrusted::new(b""), left_out, out).then_some(())
    }
}

/// What an object inside of XML costs: a step a byte, as where nothing is around it. XML itself pays for 64 bytes at once;
/// who reads another encoding has paid for each of them.
pub(crate) fn price(value: Span) -> u64 {
    u64::try_from(value.len()).unwrap_or(u64::MAX)
}

/// How many types stand in each other as values in objects of this one.
pub(crate) fn nested(model: &Model) -> usize {
    let levels = |carried: &Carried| nested(carried.of.model()).saturating_add(1);
    let mut deepest = 0;
    match &model.encoding {
        Encoding::Xml | Encoding::Json(_) => {
            crate::model::each_field(&model.root, &mut |field| {
                deepest = deepest.max(field.carried.as_deref().map_or(0, levels));
            });
        }
        Encoding::Binary(of) => crate::binary::each_carried(&of.parts, &mut |carried| {
            deepest = deepest.max(levels(carried));
        }),
        Encoding::Text(of) => crate::text::each_carried(&of.items, &mut |carried| {
            deepest = deepest.max(levels(carried));
        }),
    }
    deepest
}
