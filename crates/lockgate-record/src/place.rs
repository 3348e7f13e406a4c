//! Which field of one object, with the rows of the lists it stands in.

use crate::{NodeId, Shape};
use core::fmt;

/// Lists inside lists, at most.
const MAX_ROWS: usize = 6;

/// A node of a shape in one object: `event.detail.link[2].uid`.
///
/// Two words that are changed as words: parsers make a place for every field, and fields narrower than what is copied
/// would make each copy wait for the last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// From the low end, 16 bits each: the node, the depth, the first and the second row.
    low: u64,
    /// From the low end, 16 bits each: the third to the sixth row.
    high: u64,
}

impl Place {
    /// The node outside of any list (or the list itself).
    #[inline]
    pub fn of(node: NodeId) -> Self {
        Self { low: u64::from(node.0), high: 0 }
    }

    /// The node.
    #[inline]
    pub fn node(&self) -> NodeId {
        NodeId(u16::try_from(self.low & 0xFFFF).unwrap_or(0))
    }

    /// The same rows, another node.
    #[inline]
    #[must_use]
    pub fn at(self, node: NodeId) -> Self {
        Self { low: (self.low & !0xFFFF) | u64::from(node.0), ..self }
    }

    /// One list deeper, in row `row`; rows beyond the sixth nested list are not shown.
    #[inline]
    #[must_use]
    pub fn in_row(self, row: u16) -> Self {
        let (depth, row) = (self.depth(), u64::from(row));
        let Self { mut low, mut high } = self;
        match depth {
            0 => low |= row << 32,
            1 => low |= row << 48,
            2 => high |= row,
            3 => high |= row << 16,
            4 => high |= row << 32,
            5 => high |= row << 48,
            _ => return self,
        }
        Self { low: low.wrapping_add(1 << 16), high }
    }

    /// The same node, in these rows behind those of `outer`: the place in a list that stands in a list.
    #[must_use]
    pub fn behind(self, outer: Self) -> Self {
        let rows = self.rows();
        rows.iter()
            .take(self.depth())
            .fold(outer.at(self.node()), |place, row| place.in_row(u16::try_from(*row).unwrap_or(u16::MAX)))
    }

    /// The same node, in the rows of the outermost `lists` lists only: where that in which it stands is, itself.
    #[must_use]
    pub fn out_to(self, lists: usize) -> Self {
        let rows = self.rows();
        let kept = rows.iter().take(self.depth().min(lists));
        kept.fold(Self::of(self.node()), |place, row| place.in_row(u16::try_from(*row).unwrap_or(u16::MAX)))
    }

    fn depth(&self) -> usize {
        usize::try_from((self.low >> 16) & 0xFFFF).unwrap_or(0)
    }

    fn rows(&self) -> [u64; MAX_ROWS] {
        let (low, high) = (self.low, self.high);
        [low >> 32, low >> 48, high, high >> 16, high >> 32, high >> 48].map(|row| row & 0xFFFF)
    }

    /// Writes the path with its row numbers.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, shape: &Shape, out: &mut dyn fmt::Write) -> fmt::Result {
        let rows = self.rows();
        let mut rows = rows.iter().take(self.depth());
        let mut rest = shape.node(self.node()).map_or("", |node| node.path.as_str());
        while let Some((before, after)) = rest.split_once("[]") {
            out.write_str(before)?;
            if let Some(row) = rows.next() {
                write!(out, "[{row}]")?;
            }
            rest = after;
        }
        out.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::Place;
    use crate::{NodeId, NodeOptions, ShapeBuilder};
    use alloc::string::String;

    #[test]
    fn six_lists_deep_each_row_is_shown() {
        let mut build = ShapeBuilder::new("r");
        let (mut node, mut place) = (NodeId(0), Place::of(NodeId(0)));
        for row in [7, 65_535, 0, 300, 1, 42] {
            node = build.list(node, "l", 0, 9, NodeOptions::default()).unwrap();
            place = place.at(node).in_row(row);
        }
        let shape = build.finish();
        let mut text = String::new();
        place.at(node).write(&shape, &mut text).unwrap();
        assert_eq!(text, "r.l[7].l[65535].l[0].l[300].l[1].l");
        assert_eq!((place.node(), place.in_row(9)), (node, place), "a seventh row is not kept");
        let (outer, inner) = (Place::of(NodeId(4)).in_row(7).in_row(9), Place::of(NodeId(2)).in_row(1));
        assert_eq!(inner.behind(outer), Place::of(NodeId(2)).in_row(7).in_row(9).in_row(1));
        assert_ne!(Place::of(node).in_row(1), Place::of(node).in_row(2));
        assert_eq!(inner.behind(outer).out_to(2), outer.at(NodeId(2)));
        assert_eq!((inner.out_to(0), inner.out_to(9)), (Place::of(NodeId(2)), inner));
    }
}
