//! Elements that carry ISM attributes.

use super::{Field, field, is_below_label, parent};
use alloc::collections::BTreeMap;
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
    /// Which element it stands in, the nearest that has such attributes too.
    pub(crate) inside: Option<usize>,
    pub(crate) carrier: Option<CarrierIx>,
}

/// The elements of a type, and to which of them an attribute or a text with marks of portions belongs.
#[derive(Debug, Default)]
pub(crate) struct IsmElements {
    pub(crate) all: Vec<IsmElement>,
    of: BTreeMap<NodeId, usize>,
}

impl IsmElements {
    /// The element of an attribute, or the nearest one around a text.
    pub(crate) fn of(&self, node: NodeId) -> Option<usize> {
        self.of.get(&node).copied()
    }
}

/// All of them, in the order of the type. No lane carries a type with such an attribute that ISM does not have.
pub(super) fn elements(shape: &Shape, carrier: Option<CarrierIx>) -> IsmElements {
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
                let lists = lists(shape, element);
                let attributes = Vec::from([(value, name)]);
                found.push((element, IsmElement { lists, attributes, inside: None, carrier }));
            }
        }
    }
    nested(shape, found)
}

/// The elements, each with the one around it.
fn nested(shape: &Shape, found: Vec<(NodeId, IsmElement)>) -> IsmElements {
    let places: BTreeMap<NodeId, usize> =
        found.iter().enumerate().map(|(at, (element, _))| (*element, at)).collect();
    let around = |id: NodeId| {
        let mut upwards = core::iter::successors(parent(shape, id), |id| parent(shape, *id));
        upwards.find_map(|id| places.get(&id).copied())
    };
    let portions = shape.nodes().filter(|(_, node)| node.options.role == Some(Role::MarkingPortion));
    let mut of: BTreeMap<NodeId, usize> =
        portions.filter_map(|(text, _)| Some((text, around(text)?))).collect();
    let mut all = Vec::new();
    for (at, (id, element)) in found.into_iter().enumerate() {
        of.extend(element.attributes.iter().map(|(field, _)| (field.node, at)));
        all.push(IsmElement { inside: around(id), ..element });
    }
    IsmElements { all, of }
}

/// The lists in whose rows the inside of an element stands.
fn lists(shape: &Shape, element: NodeId) -> Vec<Field> {
    let upwards = core::iter::successors(Some(element), |id| parent(shape, *id));
    let is_list = |id: &NodeId| shape.node(*id).is_some_and(|node| matches!(node.form, Form::List { .. }));
    let mut lists: Vec<Field> = upwards.filter(is_list).filter_map(|id| field(shape, id)).collect();
    lists.reverse();
    lists
}
