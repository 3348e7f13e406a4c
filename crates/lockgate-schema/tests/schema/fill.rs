//! Records of types whose objects the emitter writes, filled in at random.

use crate::asterix::Pair;
use crate::make::Random;
use lockgate_bytes::{Span, Untrusted};
use lockgate_core::Inspector;
use lockgate_record::{Block, Form, Kind, Node, NodeId, Record, Shape, Slot, Value};

/// Fills in the cells of a record at random, for types whose objects the emitter then writes.
pub(crate) trait Fill {
    fn random(&mut self) -> &mut Random;

    /// True where the part `at` of these is not there.
    fn leaves_out(&mut self, parts: &[&Node], at: usize) -> bool;

    fn value(&mut self, kind: &Kind, name: &str, record: &mut Record) -> Value;

    /// Fills in a row; `number` is 0 for the first of its list.
    fn row(&mut self, of: (&Shape, NodeId), row: Block, _number: usize, record: &mut Record)
    where
        Self: Sized,
    {
        section(self, of, row, record);
    }
}

/// A record of the type as its emitter writes it; `None` where what was filled in is none of the type.
pub(crate) fn written(pair: &Pair, fill: &mut impl Fill) -> Option<Vec<u8>> {
    let shape = pair.of.shape();
    let mut record = Record::new();
    record.begin(shape);
    record.set(Block::ROOT, Slot(0), Value::Present, Span::default());
    section(fill, (shape, shape.root()), Block::ROOT, &mut record);
    let mut out = Vec::new();
    pair.compiled.emit(&record, Untrusted::new(b""), &[], &mut out).then_some(out)
}

/// Fills in what stands in a section or in a row.
pub(crate) fn section(
    fill: &mut impl Fill,
    (shape, node): (&Shape, NodeId),
    block: Block,
    record: &mut Record,
) {
    let children = &shape.node(node).unwrap().children;
    let parts: Vec<&Node> = children.iter().map(|child| shape.node(*child).unwrap()).collect();
    for (at, (child, found)) in children.iter().zip(&parts).enumerate() {
        if fill.leaves_out(&parts, at) {
            continue;
        }
        match &found.form {
            Form::Section => {
                record.set(block, found.slot, Value::Present, Span::default());
                section(fill, (shape, *child), block, record);
            }
            Form::List { rows, min, max } => {
                let width = shape.group(*rows).unwrap().width;
                let more = fill.random().below(usize::from(*max - *min) + 1);
                for number in 0..usize::from(*min) + more {
                    let row = record.push_row(block, found.slot, width, Span::default()).unwrap();
                    fill.row((shape, *child), row, number, record);
                }
            }
            Form::Value(kind) => {
                let value = fill.value(kind, &found.name, record);
                record.set(block, found.slot, value, Span::default());
            }
        }
    }
}
