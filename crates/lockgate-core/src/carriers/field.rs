//! The fields that say something of an object: where each stands, and what it says.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use lockgate_marking::CarrierIx;
use lockgate_record::{Block, Cell, Form, Kind, NodeId, Place, Record, Shape, Slot, TextRef, Value};

/// A value outside of any list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) node: NodeId,
    pub(crate) slot: Slot,
}

/// A field of text that begins with the mark of a portion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PortionField {
    /// The list in whose rows it stands, if any.
    pub(crate) list: Option<Field>,
    pub(crate) text: Field,
    pub(crate) carrier: Option<CarrierIx>,
}

impl Field {
    /// The cell in `block`.
    pub(crate) fn cell(self, record: &Record, block: Block) -> Cell {
        record.cell(block, self.slot)
    }

    /// The text in `block`, where there is one.
    pub(crate) fn text<'a>(self, record: &'a Record, block: Block, source: &'a [u8]) -> Option<&'a str> {
        core::str::from_utf8(self.bytes(record, block, source)?).ok()
    }

    /// Where its text begins in the object, if it stands there as it was read.
    pub(crate) fn begins(self, record: &Record, block: Block) -> Option<u32> {
        match record.holding(block, self.slot)?.value {
            Value::Text(TextRef::Source(span)) | Value::Code(TextRef::Source(span)) => Some(span.start),
            _ => None,
        }
    }

    /// The same as bytes.
    #[inline]
    pub(crate) fn bytes<'a>(self, record: &'a Record, block: Block, source: &'a [u8]) -> Option<&'a [u8]> {
        let reference: TextRef = match record.holding(block, self.slot)?.value {
            Value::Text(text) | Value::Code(text) => text,
            _ => return None,
        };
        Some(record.text(reference, source))
    }

    /// The place outside of any list.
    pub(crate) fn place(self) -> Place {
        Place::of(self.node)
    }
}

/// A marking field outside of a label, and the carrier of the profile that reads it.
#[derive(Debug)]
pub(crate) struct MarkField {
    pub(crate) field: Field,
    pub(crate) carrier: Option<CarrierIx>,
    /// Its words, where it is an enumeration.
    names: Vec<String>,
}

impl MarkField {
    /// The field at `id`, which `carrier` of the profile reads.
    pub(super) fn find(shape: &Shape, id: NodeId, carrier: Option<CarrierIx>) -> Option<Self> {
        Some(Self { field: field(shape, id)?, carrier, names: words(shape, id) })
    }

    /// What it says, where it says anything.
    pub(crate) fn text<'a>(&'a self, record: &'a Record, source: &'a [u8]) -> Option<&'a str> {
        core::str::from_utf8(self.bytes(record, source)?).ok()
    }

    /// The same as bytes.
    pub(crate) fn bytes<'a>(&'a self, record: &'a Record, source: &'a [u8]) -> Option<&'a [u8]> {
        match record.holding(Block::ROOT, self.field.slot)?.value {
            Value::Enum(index) => self.names.get(usize::from(index)).map(String::as_bytes),
            _ => self.field.bytes(record, Block::ROOT, source),
        }
    }

    /// What it says as a code of the format: as it stands, the word of an enumeration, or the digits of a number. Digits
    /// are written into `digits`.
    pub(crate) fn code<'a>(
        &'a self,
        record: &'a Record,
        source: &'a [u8],
        digits: &'a mut Digits,
    ) -> Option<&'a str> {
        match record.value(Block::ROOT, self.field.slot) {
            Value::Integer(number) => {
                digits.used = 0;
                // They fit.
                write!(digits, "{number}").ok()?;
                core::str::from_utf8(digits.bytes.get(..digits.used)?).ok()
            }
            _ => self.text(record, source),
        }
    }
}

/// The digits of a whole number, without allocating.
#[derive(Default)]
pub(crate) struct Digits {
    bytes: [u8; 20],
    used: usize,
}

impl fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.used.saturating_add(text.len());
        self.bytes.get_mut(self.used..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.used = end;
        Ok(())
    }
}

impl PortionField {
    /// A field outside of lists, or in the rows of one list; deeper ones are not read.
    pub(super) fn find(shape: &Shape, id: NodeId, carrier: Option<CarrierIx>) -> Option<Self> {
        let text = field(shape, id)?;
        if shape.node(id)?.group.0 == 0 {
            return Some(Self { list: None, text, carrier });
        }
        let list = outermost_list(shape, id)?;
        let Form::List { rows, .. } = shape.node(list)?.form else { return None };
        let direct = rows == shape.node(id)?.group;
        direct.then_some(Self { list: Some(field(shape, list)?), text, carrier })
    }
}

/// The words of an enumeration.
pub(crate) fn words(shape: &Shape, node: NodeId) -> Vec<String> {
    match shape.node(node).map(|node| &node.form) {
        Some(Form::Value(Kind::Enum(names))) => names.clone(),
        _ => Vec::new(),
    }
}

pub(crate) fn field(shape: &Shape, node: NodeId) -> Option<Field> {
    shape.node(node).map(|found| Field { node, slot: found.slot })
}

pub(crate) fn parent(shape: &Shape, id: NodeId) -> Option<NodeId> {
    shape.node(id)?.parent
}

/// The list outside of any other in whose rows the node stands.
pub(super) fn outermost_list(shape: &Shape, id: NodeId) -> Option<NodeId> {
    let mut at = Some(id);
    while let Some(found) = at {
        let node = shape.node(found)?;
        if node.group.0 == 0 {
            return Some(found);
        }
        at = node.parent;
    }
    None
}
