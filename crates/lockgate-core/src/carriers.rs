//! Where in a type claims about the label stand, found once from the roles of its shape.

use lockgate_record::{Block, Cell, Form, NodeId, Place, Record, Role, Shape, Slot, TextRef, Value};

/// The carriers of one type: an embedded label, and the fields that a marking profile reads.
#[derive(Debug, Default)]
pub(crate) struct Carriers {
    pub(crate) label: Option<LabelCarrier>,
    pub(crate) level: Option<Field>,
    pub(crate) restrictive: Option<Field>,
    pub(crate) permissive: Option<Field>,
    pub(crate) releasable_to: Option<Field>,
    pub(crate) caveat: Option<Field>,
    pub(crate) observed: Option<Field>,
    pub(crate) expires: Option<Field>,
    pub(crate) valid_from: Option<Field>,
    pub(crate) exercise: Option<Field>,
    pub(crate) simulation: Option<Field>,
    pub(crate) priority: Option<Field>,
}

/// A value outside of any list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) node: NodeId,
    pub(crate) slot: Slot,
}

/// An embedded STANAG 4774 label (or any other that is described by the same roles).
#[derive(Debug)]
pub(crate) struct LabelCarrier {
    pub(crate) section: Field,
    pub(crate) policy: Option<Field>,
    pub(crate) policy_id: Option<Field>,
    pub(crate) level: Option<Field>,
    pub(crate) created: Option<Field>,
    pub(crate) categories: Option<CategoryList>,
}

/// The list of a label's categories, and the list of values in each.
#[derive(Debug)]
pub(crate) struct CategoryList {
    pub(crate) list: Field,
    pub(crate) tag_name: Option<Field>,
    pub(crate) tag_type: Option<Field>,
    pub(crate) tag_id: Option<Field>,
    /// The list of values, and the value within its rows.
    pub(crate) values: Option<(Field, Field)>,
}

impl Carriers {
    /// Finds the carriers in `shape`.
    pub(crate) fn find(shape: &Shape) -> Self {
        let outer = |role| field(shape, outside_label(shape, role)?);
        Self {
            label: shape.with_role(Role::MarkingLabel).and_then(|section| LabelCarrier::find(shape, section)),
            level: outer(Role::MarkingLevel),
            restrictive: outer(Role::MarkingRestrictive),
            permissive: outer(Role::MarkingPermissive),
            releasable_to: outer(Role::MarkingReleasableTo),
            caveat: outer(Role::MarkingCaveatText),
            observed: outer(Role::TimeObserved),
            expires: outer(Role::TimeExpires),
            valid_from: outer(Role::TimeValidFrom),
            exercise: outer(Role::FlagExercise),
            simulation: outer(Role::FlagSimulation),
            priority: outer(Role::Priority),
        }
    }
}

impl LabelCarrier {
    fn find(shape: &Shape, section: NodeId) -> Option<Self> {
        let inner = |role| field(shape, inside(shape, section, role)?);
        Some(Self {
            section: field(shape, section)?,
            policy: inner(Role::MarkingPolicy),
            policy_id: inner(Role::MarkingPolicyId),
            level: inner(Role::MarkingLevel),
            created: inner(Role::MarkingCreated),
            categories: inside(shape, section, Role::MarkingCategory).and_then(|list| CategoryList::find(shape, list)),
        })
    }
}

impl CategoryList {
    fn find(shape: &Shape, list: NodeId) -> Option<Self> {
        let inner = |role| field(shape, inside(shape, list, role)?);
        let values = inside(shape, list, Role::MarkingValue).and_then(|value| {
            let rows = shape.node(value)?.parent?;
            Some((field(shape, rows)?, field(shape, value)?))
        });
        Some(Self {
            list: field(shape, list)?,
            tag_name: inner(Role::MarkingTagName),
            tag_type: inner(Role::MarkingTagType),
            tag_id: inner(Role::MarkingTagId),
            values,
        })
    }
}

impl Field {
    /// The cell in `block`.
    pub(crate) fn cell(self, record: &Record, block: Block) -> Cell {
        record.cell(block, self.slot)
    }

    /// The text in `block`, where there is one.
    pub(crate) fn text<'a>(self, record: &'a Record, block: Block, source: &'a [u8]) -> Option<&'a str> {
        let reference: TextRef = match record.value(block, self.slot) {
            Value::Text(text) | Value::Code(text) => text,
            _ => return None,
        };
        core::str::from_utf8(record.text(reference, source)).ok()
    }

    /// The place outside of any list.
    pub(crate) fn place(self) -> Place {
        Place::of(self.node)
    }
}

fn field(shape: &Shape, node: NodeId) -> Option<Field> {
    shape.node(node).map(|found| Field { node, slot: found.slot })
}

/// The first node with `role` below `ancestor`.
fn inside(shape: &Shape, ancestor: NodeId, role: Role) -> Option<NodeId> {
    shape
        .nodes()
        .filter(|(_, node)| node.options.role == Some(role))
        .map(|(id, _)| id)
        .find(|id| is_below(shape, *id, ancestor))
}

/// The first value with `role` that stands in no label and in no list.
fn outside_label(shape: &Shape, role: Role) -> Option<NodeId> {
    let label = shape.with_role(Role::MarkingLabel);
    shape
        .nodes()
        .filter(|(_, node)| node.options.role == Some(role) && node.group.0 == 0)
        .filter(|(_, node)| matches!(node.form, Form::Value(_)))
        .map(|(id, _)| id)
        .find(|id| label.is_none_or(|label| !is_below(shape, *id, label)))
}

fn is_below(shape: &Shape, node: NodeId, ancestor: NodeId) -> bool {
    let mut above = shape.node(node).and_then(|node| node.parent);
    while let Some(parent) = above {
        if parent == ancestor {
            return true;
        }
        above = shape.node(parent).and_then(|node| node.parent);
    }
    false
}
