//! The record of another type inside this one, whatever the encoding: its nodes under a node here.

use super::{TypeReader, codes};
use crate::Type;
use lockgate_bytes::Span;
use lockgate_notation::{At, Fields};
use lockgate_record::{Form, NodeId, Role};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The node here of each node of the embedded type.
pub(super) struct Copied(BTreeMap<NodeId, NodeId>);

impl Copied {
    /// Each node there with the one here.
    pub(super) fn pairs(&self) -> Vec<(NodeId, NodeId)> {
        self.0.iter().map(|(there, here)| (*there, *here)).collect()
    }

    /// The node here; the record itself where there is none, which cannot be.
    pub(super) fn of(&self, there: NodeId) -> NodeId {
        self.0.get(&there).copied().unwrap_or(NodeId(0))
    }
}

impl TypeReader<'_> {
    /// The type that `embed=` names, if there is one and it is not this one.
    pub(super) fn embedded_type(&self, embed: At<&str>) -> Option<Arc<Type>> {
        if embed.value == self.type_name { None } else { (self.embedded)(embed.value) }
    }

    /// Copies all that the record of `other` has under `node`. What a role says here already is told; `None` where the
    /// shape is full.
    pub(super) fn copy_record(
        &mut self,
        fields: &mut Fields<'_, '_>,
        (other, embed): (&Type, Span),
        node: NodeId,
    ) -> Option<Copied> {
        let shape = other.shape();
        let mut copied = Copied(BTreeMap::from([(shape.root(), node)]));
        // Parents stand before what is in them.
        for (there, part) in shape.nodes() {
            if there == shape.root() {
                continue;
            }
            let parent = shape.nodes().find(|(_, node)| node.children.contains(&there));
            let parent = copied.of(parent.map_or(shape.root(), |(parent, _)| parent));
            let (name, options) = (part.name.as_str(), part.options.clone());
            let kind = if let Form::Value(kind) = &part.form { Some(kind) } else { None };
            if let Some(role) = options.role {
                if let Some(first) = self.taken(role, kind, embed) {
                    let message =
                        format!("the role {} stands twice: `{}` has it too", role.name(), part.path);
                    fields.error(&codes::SAME_ROLE, embed, message).label(first, "the first one");
                }
                if role == Role::TimeObserved || role.is_reference_day() {
                    self.times.push((role, embed));
                }
            }
            let here = match &part.form {
                Form::Value(kind) => self.build.value(parent, name, kind.clone(), options),
                Form::Section => self.build.section(parent, name, options),
                Form::List { min, max, .. } => self.build.list(parent, name, *min, *max, options),
            };
            let here = self.room(fields, here)?;
            copied.0.insert(there, here);
        }
        Some(copied)
    }
}
