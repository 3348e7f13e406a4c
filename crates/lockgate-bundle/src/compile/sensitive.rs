//! What a type calls sensitive and a lane lets cross downwards as it is.

use super::lane_type::{TypeTerms, unknown_field};
use crate::codes;
use lockgate_core::Alteration;
use lockgate_notation::Diagnostics;
use lockgate_record::{NodeId, Shape};

/// Warns of each sensitive field that a lane lets cross downwards without a word: it leaves neither it nor what it stands
/// in out, does not alter it, and does not name it in `pass`. And of each `pass` that names no such field.
pub(super) fn crossing(
    terms: &TypeTerms<'_, '_>,
    shape: &Shape,
    (redact, alter): (&[NodeId], &[Alteration]),
    diagnostics: &mut Diagnostics,
) {
    let part = terms.part;
    let mut passes = Vec::new();
    for path in &part.passes {
        match shape.find(&path.value) {
            Some(node) => passes.push((node, path)),
            None => unknown_field(shape, path, diagnostics),
        }
    }
    let above = |id: NodeId| std::iter::successors(Some(id), |id| shape.node(*id)?.parent);
    let leaves_as_it_is = |id: NodeId| {
        !above(id).any(|id| redact.contains(&id)) && !alter.iter().any(|alteration| alteration.node() == id)
    };
    let is_sensitive = |id: NodeId| shape.node(id).is_some_and(|node| node.options.sensitive);
    let crossing: Vec<NodeId> =
        shape.nodes().map(|(id, _)| id).filter(|id| is_sensitive(*id) && leaves_as_it_is(*id)).collect();
    for (node, path) in &passes {
        if !crossing.iter().any(|id| above(*id).any(|id| id == *node)) {
            let message = format!("`{}` is not sensitive, or does not cross as it is", path.value);
            diagnostics.warning(&codes::SENSITIVE, path.span, message);
        }
    }
    if terms.lane.value.direction.value != "down" {
        return;
    }
    let is_said = |id: &NodeId| above(*id).any(|id| passes.iter().any(|(node, _)| *node == id));
    // What stands in something that is told is told with it.
    let is_told = |id: &NodeId| above(*id).skip(1).any(|id| crossing.contains(&id));
    for id in crossing.iter().filter(|id| !is_said(id) && !is_told(id)) {
        let path = shape.node(*id).map_or("", |node| node.path.as_str()).replace("[]", "");
        let message = format!("`{path}` is sensitive and crosses downwards as it is");
        diagnostics.warning(&codes::SENSITIVE, part.name.span, message);
    }
}
