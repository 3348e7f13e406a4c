//! Which fields are certain to be there: what `has` has asked before a field is read.

use lockgate_record::{Node, NodeId, Shape};
use std::collections::BTreeSet;

/// A field of the record (0) or of a row of the loop so many deep.
pub(crate) type Place = (u8, NodeId);

/// Fields that are there and known.
pub(crate) type Known = BTreeSet<Place>;

/// What is certain after a condition came out true, and after it came out false.
#[derive(Clone, Debug, Default)]
pub(crate) struct After {
    pub(crate) if_true: Known,
    pub(crate) if_false: Known,
}

impl After {
    /// The same whichever way it came out: what was read is there.
    pub(crate) fn both(known: Known) -> Self {
        Self { if_true: known.clone(), if_false: known }
    }

    /// After the opposite.
    pub(crate) fn not(self) -> Self {
        Self { if_true: self.if_false, if_false: self.if_true }
    }
}

/// What is certain on either of two ways.
pub(crate) fn common(left: &Known, right: &Known) -> Known {
    left.intersection(right).copied().collect()
}

/// The first reason why a field may be absent or unknown although `known` and `reads` are certain: itself or a section
/// around it.
pub(crate) fn doubt<'s>(
    shape: &'s Shape,
    (within, field): Place,
    known: &Known,
    reads: &[Place],
) -> Option<&'s Node> {
    let node = shape.node(field)?;
    let is_known = || known.contains(&(within, field)) || reads.contains(&(within, field));
    if node.options.unknown.is_some() && !is_known() {
        return Some(node);
    }
    let doubtful = |id: &NodeId| {
        let optional = shape.node(*id).is_some_and(|node| node.options.optional);
        let vouched =
            |(place, sure): &Place| *place == within && chain(shape, *sure).any(|above| above == *id);
        optional && !known.iter().chain(reads).any(vouched)
    };
    chain(shape, field).find(doubtful).and_then(|id| shape.node(id))
}

/// A node and the sections around it, up to the record or the row of a list.
fn chain(shape: &Shape, field: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    let group = shape.node(field).map(|node| node.group);
    std::iter::successors(Some(field), move |id| {
        let above = shape.node(*id)?.parent?;
        (shape.node(above).map(|node| node.group) == group).then_some(above)
    })
}

/// True where a field is there in every object, and its value known.
pub(crate) fn is_certain(shape: &Shape, field: NodeId) -> bool {
    doubt(shape, (0, field), &Known::new(), &[]).is_none()
}

#[cfg(test)]
mod tests {
    use super::{Known, doubt, is_certain};
    use lockgate_record::{Kind, NodeId, NodeOptions, ShapeBuilder};

    #[test]
    fn a_field_vouches_for_the_sections_around_it() {
        let mut build = ShapeBuilder::new("r");
        let maybe = || NodeOptions { optional: true, ..NodeOptions::default() };
        let section = build.section(NodeId(0), "s", maybe()).unwrap();
        let sure = build.value(section, "sure", Kind::Flag, NodeOptions::default()).unwrap();
        let unsure = build.value(section, "unsure", Kind::Flag, maybe()).unwrap();
        let list = build.list(section, "l", 0, 3, NodeOptions::default()).unwrap();
        let row = build.value(list, "row", Kind::Flag, NodeOptions::default()).unwrap();
        let shape = build.finish();
        assert!(!is_certain(&shape, sure) && is_certain(&shape, row));
        assert!(doubt(&shape, (0, sure), &Known::from([(0, unsure)]), &[]).is_none());
        assert!(doubt(&shape, (0, sure), &Known::new(), &[(0, unsure)]).is_none());
        assert!(doubt(&shape, (0, unsure), &Known::from([(0, sure)]), &[]).is_some());
        assert!(doubt(&shape, (1, sure), &Known::from([(0, sure)]), &[]).is_some());
    }
}
