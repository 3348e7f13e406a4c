//! What a lane does with fields that it does not let cross as they came: rounded, or under another name.

mod pseudonym;
mod rounding;

pub use pseudonym::{Naming, NotNameable};
pub use rounding::{NotRoundable, Rounding, Towards};

use alloc::vec::Vec;
use lockgate_record::{Form, GroupId, NodeId, Shape, Slot};

/// What a lane does with one field of a type before it crosses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alteration {
    pub(crate) node: NodeId,
    pub(crate) slot: Slot,
    /// The lists that it stands in, outermost first.
    pub(crate) lists: Vec<Slot>,
    pub(crate) how: Alter,
}

/// How a field is altered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alter {
    /// To a whole multiple of a step.
    Round(Rounding),
    /// To another name, the same for the same one.
    Rename(Naming),
}

impl Alteration {
    /// The field `node`, which has to be a value, altered in this way. `None` where it is none.
    pub fn new(shape: &Shape, node: NodeId, how: Alter) -> Option<Self> {
        let field = shape.node(node)?;
        let Form::Value(_) = field.form else { return None };
        let mut lists = Vec::new();
        let mut group = field.group;
        while group != GroupId(0) {
            let list = shape.node(shape.group(group)?.node)?;
            lists.push(list.slot);
            group = list.group;
        }
        lists.reverse();
        Some(Self { node, slot: field.slot, lists, how })
    }

    /// The field.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// True where a key is needed.
    pub fn renames(&self) -> bool {
        matches!(self.how, Alter::Rename(_))
    }
}
