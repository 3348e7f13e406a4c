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

use crate::model::{Encoding, Model};
use crate::{Compiled, Reference, Type};
use across::Group;
pub use letters::Coding;
use lockgate_bytes::Untrusted;
use lockgate_core::Inspector as _;
use lockgate_record::{Block, NodeId, Record, Shape, Slot, Value};
pub(crate) use read::From;
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
        Self { of, coding, compiled, reference, nodes, group: Group::default() }
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
    pub(crate) fn letters(&self, bytes: &[u8], out: &mut impl crate::emit::sink::Sink) -> Option<()> {
        letters::write(self.coding, bytes, out)
    }

    /// The node here of a node there.
    fn node(&self, there: NodeId) -> NodeId {
        self.nodes.iter().find(|(node, _)| *node == there).map_or(NodeId(0), |(_, here)| *here)
    }

    /// Writes the inner object of a record, without its letters; `None` where something required would be missing.
    pub(crate) fn write(
        &self,
        (record, object): (&Record, &[u8]),
        block: Block,
        omit: &[NodeId],
    ) -> Option<Vec<u8>> {
        let mut inner = Record::new();
        inner.begin(self.of.shape());
        inner.set(Block::ROOT, Slot(0), Value::Present, lockgate_bytes::Span::default());
        self.group.back((record, object), block, &mut inner, Block::ROOT);
        let omit: Vec<NodeId> =
            self.nodes.iter().filter(|(_, here)| omit.contains(here)).map(|(there, _)| *there).collect();
        let mut out = Vec::new();
        self.compiled.emit(&inner, Untrusted::new(b""), &omit, &mut out).then_some(out)
    }
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
        Encoding::Text(_) => {}
    }
    deepest
}
