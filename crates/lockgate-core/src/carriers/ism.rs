//! Elements that carry ISM attributes.

use super::{Field, field, is_below_label, parent};
use alloc::vec::Vec;
use lockgate_marking::{CarrierIx, ism_attribute};
use lockgate_record::{Form, NodeId, Role, Shape};

/// An element of a type, each of whose occurrences makes one claim by its ISM attributes.
#[derive(Debug)]
pub(crate) struct IsmElement {
    /// The lists in whose rows it stands, the outermost first.
    pub(crate) lists: Vec<Field>,
    /// Its attributes, and what ISM calls each.
    pub(crate) attributes: Vec<(Field, &'static str)>,
    /// The texts in it that begin with marks of portions, and in no element inside it that has attributes of its own.
    pub(crate) texts: Vec<NodeId>,
    pub(crate) carrier: Option<CarrierIx>,
}

impl IsmElement {
    /// True where this is one of its attributes.
    pub(crate) fn has(&self, node: NodeId) -> bool {
        self.attributes.iter().any(|(field, _)| field.node == node)
    }
}

/// All of them, in the order of the type. No lane carries a type with such an attribute that ISM does not have.
pub(super) fn elements(shape: &Shape, carrier: Option<CarrierIx>) -> Vec<IsmElement> {
    let mut found: Vec<(NodeId, IsmElement)> = Vec::new();
    for (id, node) in shape.nodes() {
        let is_ism = node.options.role == Some(Role::MarkingIsm) && !is_below_label(shape, id);
        let (Some(element), Some(value)) = (node.parent.filter(|_| is_ism), field(shape, id)) else {
            continue;
        };
        let name = ism_attribute(&node.name).unwrap_or("");
        match found.iter_mut().find(|(known, _)| *known == element) {
            Some((_, known)) => known.attributes.push((value, name)),
            None => {
                let texts = texts(shape, element);
                let lists = lists(shape, element);
                let attributes = Vec::from([(value, name)]);
                found.push((element, IsmElement { lists, attributes, texts, carrier }));
            }
        }
    }
    found.into_iter().map(|(_, element)| element).collect()
}

/// The lists in whose rows the inside of an element stands.
fn lists(shape: &Shape, element: NodeId) -> Vec<Field> {
    let upwards = core::iter::successors(Some(element), |id| parent(shape, *id));
    let is_list = |id: &NodeId| shape.node(*id).is_some_and(|node| matches!(node.form, Form::List { .. }));
    let mut lists: Vec<Field> = upwards.filter(is_list).filter_map(|id| field(shape, id)).collect();
    lists.reverse();
    lists
}

/// The texts of portions whose nearest element with ISM attributes this is, in the same rows.
fn texts(shape: &Shape, element: NodeId) -> Vec<NodeId> {
    let marked = |id: &NodeId| {
        let children = shape.node(*id).map_or(&[][..], |node| &node.children);
        let is_ism = |child: &NodeId| {
            shape.node(*child).is_some_and(|node| node.options.role == Some(Role::MarkingIsm))
        };
        children.iter().any(is_ism)
    };
    let nearest =
        |id: NodeId| core::iter::successors(parent(shape, id), |id| parent(shape, *id)).find(marked);
    let portions = shape.nodes().filter(|(_, node)| node.options.role == Some(Role::MarkingPortion));
    let same_rows = |id: &NodeId| lists(shape, *id).len() == lists(shape, element).len();
    portions.map(|(id, _)| id).filter(|id| nearest(*id) == Some(element) && same_rows(id)).collect()
}
