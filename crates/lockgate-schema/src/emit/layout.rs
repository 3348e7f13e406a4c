//! The canonical layout of a type: what the model says of it, close together and without what only readers need.

use crate::carried::Carried;
use crate::literal::Literal;
use crate::model::{self, Content, MAX_PARTS, Model};
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
    /// The cell of the first of them, where their cells stand one behind another in their order.
    pub(super) in_a_row: Option<Slot>,
    /// Those of them that there are, and those that must be there, a bit each.
    pub(super) described: u64,
    pub(super) required: u64,
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
        in_a_row: in_a_row(&element.attributes),
        described: mask(element.attributes.iter().map(|_| true)),
        required: mask(element.attributes.iter().map(|field| !field.optional)),
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

/// The cell of the first attribute, where the others follow it cell by cell, and a word has a bit for each.
fn in_a_row(attributes: &[model::Field]) -> Option<Slot> {
    let first = attributes.first()?.slot;
    let follow = attributes.iter().zip(first.0..).all(|(field, slot)| field.slot == Slot(slot));
    (follow && attributes.len() <= MAX_PARTS).then_some(first)
}

/// Bit by bit; a type has at most [`MAX_PARTS`] attributes in one element.
fn mask(bits: impl Iterator<Item = bool>) -> u64 {
    bits.zip(0_u32..64).fold(0, |mask, (bit, index)| mask | u64::from(bit).wrapping_shl(index))
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
