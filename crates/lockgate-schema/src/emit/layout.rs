//! The canonical layout of a type: what the model says of it, close together and without what only readers need.

use crate::carried::Carried;
use crate::literal::Literal;
use crate::model::{self, Content, Model};
use crate::stamp::Stamp;
use lockgate_record::{NodeId, Slot};
use std::sync::Arc;

/// How objects of a type are written.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(super) parts: Box<[Part]>,
}

/// An element. Part 0 is the root.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) node: NodeId,
    pub(super) opening: Literal,
    pub(super) closing: Literal,
    pub(super) attributes: Box<[Leaf]>,
    pub(super) open_attributes: Option<Box<Open>>,
    /// Its value or text, where it holds one.
    pub(super) content: Option<Box<Leaf>>,
    pub(super) children: Box<[Child]>,
    pub(super) open_elements: Option<Box<Open>>,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) node: NodeId,
    pub(super) slot: Slot,
    pub(super) optional: bool,
    pub(super) opening: Literal,
    pub(super) wires: Box<[Box<[u8]>]>,
    /// How a time of day is written, or an instant where not as RFC 3339 does.
    pub(super) stamp: Option<Stamp>,
    /// The type whose object it is, where it is one.
    pub(super) carried: Option<Arc<Carried>>,
}

/// A child element: small, for most children of most elements are not there.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) node: NodeId,
    pub(super) slot: Slot,
    pub(super) part: u16,
    pub(super) repeats: bool,
    /// Fewest rows; 1 or 0 where it does not repeat.
    pub(super) least: u16,
}

/// An open set.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) node: NodeId,
    pub(super) slot: Slot,
    pub(super) least: u16,
    pub(super) name: Leaf,
    pub(super) value: Leaf,
}

impl Layout {
    /// The layout of a model.
    pub(crate) fn new(model: &Model) -> Self {
        let mut parts = Vec::new();
        add(&model.root, &mut parts);
        Self { parts: parts.into_iter().flatten().collect() }
    }

    #[inline]
    pub(super) fn part(&self, index: u16) -> Option<&Part> {
        self.parts.get(usize::from(index))
    }
}

/// Appends `element` with all that stands in it; gives its index. Places are `None` until their children are known.
fn add(element: &model::Element, parts: &mut Vec<Option<Part>>) -> u16 {
    let index = parts.len();
    parts.push(None);
    let children = element.children.iter().map(|child| Child {
        node: child.node,
        slot: child.slot,
        part: add(child, parts),
        repeats: child.rows.is_some(),
        least: child.rows.map_or(u16::from(!child.optional), |rows| rows.min),
    });
    let part = Part {
        node: element.node,
        children: children.collect(),
        opening: Literal::new(&element.opening),
        closing: Literal::new(&element.closing),
        attributes: element.attributes.iter().map(leaf).collect(),
        open_attributes: element.open_attributes.as_ref().map(|set| Box::new(open(set))),
        content: match &element.content {
            Content::Elements => None,
            Content::Text(field) | Content::Value(field) => Some(Box::new(leaf(field))),
        },
        open_elements: element.open_elements.as_ref().map(|set| Box::new(open(set))),
    };
    if let Some(place) = parts.get_mut(index) {
        *place = Some(part);
    }
    u16::try_from(index).unwrap_or(u16::MAX)
}

fn leaf(field: &model::Field) -> Leaf {
    Leaf {
        stamp: field.stamp.clone(),
        carried: field.carried.clone(),
        node: field.node,
        slot: field.slot,
        optional: field.optional,
        opening: Literal::new(&field.opening),
        wires: field.wires.iter().map(|wire| wire.as_bytes().into()).collect(),
    }
}

fn open(set: &model::OpenSet) -> Open {
    Open {
        node: set.node,
        slot: set.slot,
        least: set.rows.min,
        name: leaf(&set.name),
        value: leaf(&set.value),
    }
}
