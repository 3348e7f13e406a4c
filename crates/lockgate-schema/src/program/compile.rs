//! From a model to tables: elements and fields in flat rows, their names in lookup tables, what is required in masks.

use super::lookup::Lookup;
use crate::carried::Carried;
use crate::form::TextForm;
use crate::literal::Literal;
use crate::model::{self, Content, Model, OpenSet};
use crate::stamp::Stamp;
use lockgate_bytes::Decimal;
use lockgate_record::{Charset, CodeTree, Kind, NodeId, Slot};
use std::sync::Arc;

/// A compiled type.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) elements: Box<[ElementOp]>,
    pub(crate) depth: u8,
    pub(crate) attributes: u8,
    pub(crate) root_name: Lookup,
    /// What an element describes that the type does not know.
    pub(crate) nothing: Lookup,
    pub(crate) root_node: NodeId,
    /// Namespaces of attributes, a bit each.
    pub(crate) prefixed: u64,
}

/// An element as the program runs it. Element 0 is the root.
#[derive(Clone, Debug)]
pub(crate) struct ElementOp {
    pub(crate) node: NodeId,
    pub(crate) slot: Slot,
    pub(crate) namespace: u8,
    pub(crate) rows: Option<model::Rows>,
    pub(crate) label: bool,
    /// How its start tag begins in canonical form, where that is more than its name: with a declaration.
    pub(crate) opening: Option<Literal>,
    /// How many declarations that is.
    pub(crate) declared: usize,
    /// Its canonical end tag.
    pub(crate) closing: Literal,
    /// How it begins among its like: `<point`.
    pub(crate) usual: Literal,
    pub(crate) any_order: bool,
    pub(crate) lane: bool,
    /// Its attributes without a namespace.
    pub(crate) names: Lookup,
    /// Those with one.
    pub(crate) qualified: Box<[Qualified]>,
    /// Some have one, or hold an object of another type, whose rows nobody takes back: the element is read with care.
    pub(crate) careful: bool,
    pub(crate) fields: Box<[FieldOp]>,
    /// Attributes that must stand.
    pub(crate) required: u64,
    /// Few elements have one, and what is rare stands elsewhere: what each object needs shall stay close together.
    pub(crate) open_attributes: Option<Box<OpenOp>>,
    pub(crate) content: ContentOp,
    pub(crate) child_names: Lookup,
    /// The children as indices of elements, in described order.
    pub(crate) children: Box<[u16]>,
    /// Children that must stand, lists left out.
    pub(crate) required_children: u64,
    /// Some child is a list with a least number of rows.
    pub(crate) has_least: bool,
    pub(crate) open_elements: Option<Box<OpenOp>>,
}

/// An attribute with a namespace.
#[derive(Clone, Debug)]
pub(crate) struct Qualified {
    pub(crate) namespace: u8,
    /// Its name without a prefix.
    pub(crate) local: Box<[u8]>,
    /// Which field of its element it is.
    pub(crate) index: u16,
}

/// What stands inside an element.
#[derive(Clone, Debug)]
pub(crate) enum ContentOp {
    Elements,
    Value(Box<FieldOp>),
    Text(Box<FieldOp>),
}

/// A value as the program reads it.
#[derive(Clone, Debug)]
pub(crate) struct FieldOp {
    pub(crate) node: NodeId,
    pub(crate) slot: Slot,
    pub(crate) optional: bool,
    pub(crate) scanned: bool,
    pub(crate) free: bool,
    /// Of a text that may hold all of ASCII and has no form: fewest characters, and how many more it may have, plus one.
    /// Otherwise no length is right.
    pub(crate) plain: (u32, u32),
    /// How it begins as a rule, if it is an attribute: `lat=`.
    pub(crate) usual: Literal,
    pub(crate) read: ReadOp,
}

/// How a value is read.
#[derive(Clone, Debug)]
pub(crate) enum ReadOp {
    Text { min: u32, max: u32, charset: Charset, plain: bool, form: Option<TextForm> },
    Code(Box<CodeOp>),
    Enum(Lookup),
    Decimal { min: Decimal, max: Decimal, digits: u8, unknown: Option<Decimal>, scaled: Box<[(i64, i64)]> },
    Integer { min: i64, max: i64 },
    Flag,
    Time,
    Stamp(Stamp),
    Carried(Arc<Carried>),
}

/// A code tree: prefixes looked up segment by segment, instead of each tried in turn.
#[derive(Clone, Debug)]
pub(crate) struct CodeOp {
    pub(crate) tree: CodeTree,
    pub(crate) allowed: Lookup,
    pub(crate) denied: Lookup,
}

/// An open set.
#[derive(Clone, Debug)]
pub(crate) struct OpenOp {
    pub(crate) node: NodeId,
    pub(crate) slot: Slot,
    pub(crate) rows: model::Rows,
    pub(crate) name: FieldOp,
    pub(crate) value: FieldOp,
}

impl Program {
    /// Compiles a model.
    pub(crate) fn new(model: &Model) -> Self {
        let mut elements = Vec::new();
        add(&model.root, &mut elements);
        Self {
            elements: elements.into_iter().flatten().collect(),
            depth: model.depth,
            attributes: model.attributes,
            root_name: Lookup::new([(model.root.wire.as_str(), 0)].into_iter()),
            nothing: Lookup::default(),
            root_node: model.root.node,
            prefixed: model
                .prefixes
                .iter()
                .fold(0, |all, prefix| all | 1_u64.wrapping_shl(u32::from(prefix.namespace))),
        }
    }
}

/// Appends `element` with all that stands in it; gives its index. Places are `None` until their children are known.
fn add(element: &model::Element, elements: &mut Vec<Option<ElementOp>>) -> u16 {
    let index = elements.len();
    elements.push(None);
    let children: Box<[u16]> = element.children.iter().map(|child| add(child, elements)).collect();
    let op = ElementOp {
        node: element.node,
        slot: element.slot,
        namespace: element.namespace,
        rows: element.rows,
        label: element.label,
        opening: (element.opening.len() > element.wire.len().saturating_add(1))
            .then(|| Literal::new(&element.opening)),
        declared: element.opening.matches(" xmlns").count(),
        closing: Literal::new(&element.closing),
        usual: Literal::new(&format!("<{}", element.wire)),
        any_order: element.any_order,
        lane: element.lane,
        // Those without a namespace stand first.
        names: Lookup::new(
            element
                .attributes
                .iter()
                .filter(|field| field.namespace == 0)
                .map(|field| field.wire.as_str())
                .zip(0..),
        ),
        qualified: element
            .attributes
            .iter()
            .zip(0..)
            .filter(|(field, _)| field.namespace != 0)
            .map(|(field, index)| Qualified {
                namespace: field.namespace,
                local: field.wire.as_bytes().into(),
                index,
            })
            .collect(),
        careful: element.attributes.iter().any(|field| field.namespace != 0 || field.carried.is_some()),
        fields: element.attributes.iter().map(field).collect(),
        required: mask(element.attributes.iter().map(|field| !field.optional)),
        open_attributes: element.open_attributes.as_ref().map(|set| Box::new(open(set))),
        content: match &element.content {
            Content::Elements => ContentOp::Elements,
            Content::Value(value) => ContentOp::Value(Box::new(field(value))),
            Content::Text(value) => ContentOp::Text(Box::new(field(value))),
        },
        child_names: Lookup::new(element.children.iter().map(|child| child.wire.as_str()).zip(0..)),
        required_children: mask(element.children.iter().map(|child| child.rows.is_none() && !child.optional)),
        has_least: element.children.iter().any(|child| child.rows.is_some_and(|rows| rows.min > 0)),
        children,
        open_elements: element.open_elements.as_ref().map(|set| Box::new(open(set))),
    };
    if let Some(place) = elements.get_mut(index) {
        *place = Some(op);
    }
    u16::try_from(index).unwrap_or(u16::MAX)
}

fn field(field: &model::Field) -> FieldOp {
    let read = match &field.kind {
        _ if let Some(carried) = &field.carried => ReadOp::Carried(Arc::clone(carried)),
        Kind::Text { min, max, charset } => {
            let plain = matches!(charset, Charset::Ascii | Charset::Printable | Charset::Multiline);
            ReadOp::Text { min: *min, max: *max, charset: *charset, plain, form: field.form.clone() }
        }
        Kind::Code(tree) => ReadOp::Code(Box::new(CodeOp {
            tree: tree.clone(),
            allowed: Lookup::new(tree.prefixes().iter().map(|prefix| (prefix.as_str(), 0))),
            denied: Lookup::new(tree.denied().iter().map(|prefix| (prefix.as_str(), 0))),
        })),
        Kind::Enum(_) => ReadOp::Enum(Lookup::new(field.wires.iter().map(String::as_str).zip(0..))),
        // Of times of day too.
        Kind::Decimal { .. } | Kind::Time if field.stamp.is_some() => {
            field.stamp.clone().map_or(ReadOp::Time, ReadOp::Stamp)
        }
        Kind::Decimal { min, max, digits } => {
            let scaled = (0..=*digits).map(|scale| scaled(*min, *max, scale)).collect();
            ReadOp::Decimal { min: *min, max: *max, digits: *digits, unknown: field.unknown, scaled }
        }
        Kind::Integer { min, max } => ReadOp::Integer { min: *min, max: *max },
        Kind::Flag => ReadOp::Flag,
        Kind::Time => ReadOp::Time,
    };
    FieldOp {
        node: field.node,
        slot: field.slot,
        optional: field.optional,
        scanned: field.scanned,
        free: field.free,
        plain: match &read {
            ReadOp::Text { min, max, plain: true, form: None, .. } => {
                (*min, (*max).saturating_sub(*min).saturating_add(1))
            }
            _ => (0, 0),
        },
        usual: Literal::new(field.opening.trim_start().trim_end_matches('"')),
        read,
    }
}

/// The smallest and the largest mantissa that a number with `scale` digits after the point may have.
fn scaled(min: Decimal, max: Decimal, scale: u8) -> (i64, i64) {
    let at = |bound: Decimal, up: bool| {
        let shift = |by: u8| 10_i128.saturating_pow(u32::from(by));
        let grown = i128::from(bound.mantissa()).saturating_mul(shift(scale));
        let unit = shift(bound.scale());
        // Rounded into the range: the smallest bound up, the largest one down.
        let floor = grown.div_euclid(unit);
        let exact = grown.rem_euclid(unit) == 0;
        let bound = if up && !exact { floor.saturating_add(1) } else { floor };
        i64::try_from(bound).unwrap_or(if bound < 0 { i64::MIN } else { i64::MAX })
    };
    (at(min, true), at(max, false))
}

fn open(set: &OpenSet) -> OpenOp {
    OpenOp {
        node: set.node,
        slot: set.slot,
        rows: set.rows,
        name: field(&set.name),
        value: field(&set.value),
    }
}

/// Bit by bit; a type has at most 64 attributes or children in one element.
fn mask(bits: impl Iterator<Item = bool>) -> u64 {
    bits.zip(0_u32..64).fold(0, |mask, (bit, index)| mask | u64::from(bit).wrapping_shl(index))
}

#[cfg(test)]
mod tests {
    use super::scaled;
    use lockgate_bytes::Decimal;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn scaled_bounds_say_what_the_bounds_say(
            (a, b) in (-1_000_000_i64..1_000_000, 0_u8..5),
            (c, d) in (-1_000_000_i64..1_000_000, 0_u8..5),
            (mantissa, scale) in (-100_000_000_i64..100_000_000, 0_u8..9),
        ) {
            let (min, max) = (Decimal::new(a, b).unwrap(), Decimal::new(c, d).unwrap());
            let value = Decimal::new(mantissa, scale).unwrap();
            let (low, high) = scaled(min, max, value.scale());
            prop_assert_eq!(value >= min, value.mantissa() >= low);
            prop_assert_eq!(value <= max, value.mantissa() <= high);
        }
    }
}
