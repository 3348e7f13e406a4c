//! Where a field of a binary type is written.

use super::model::{Binary, Part, Value};
use lockgate_record::NodeId;

impl Binary {
    /// The value that stands at `node`; `None` for sections, lists, and what is no field of the type.
    pub fn value_at(&self, node: NodeId) -> Option<&Value> {
        find(&self.parts, node)
    }
}

/// The depth of the recursion is that of containers in containers.
fn find(parts: &[Part], node: NodeId) -> Option<&Value> {
    parts.iter().find_map(|part| within(part, node))
}

fn within(part: &Part, node: NodeId) -> Option<&Value> {
    match part {
        Part::Value(value) => Some(value).filter(|value| value.node == node),
        Part::Section(section) => find(&section.parts, node),
        Part::Mask(mask) => find(&mask.parts, node),
        Part::If(part) => within(&part.part, node),
        Part::List(list) => find(&list.parts, node),
        Part::Batch(parts) => find(parts, node),
        Part::Choice(choice) => choice.cases.iter().find_map(|(_, parts)| find(parts, node)),
        Part::Tags(tags) => tags.items.iter().find_map(|item| within(&item.part, node)),
        Part::Fixed(_)
        | Part::Measure(_)
        | Part::Count(_)
        | Part::Sum(_)
        | Part::Fx
        | Part::Opaque(_)
        | Part::Markup
        | Part::Pad { .. } => None,
    }
}
