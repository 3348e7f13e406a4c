//! Which field of one object, with the rows of the lists it stands in.

use crate::{NodeId, Shape};
use core::fmt;

/// Lists inside lists, at most.
const MAX_ROWS: usize = 6;

/// A node of a shape in one object: `event.detail.link[2].uid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    node: NodeId,
    rows: [u16; MAX_ROWS],
    depth: u8,
}

impl Place {
    /// The node outside of any list (or the list itself).
    pub fn of(node: NodeId) -> Self {
        Self { node, rows: [0; MAX_ROWS], depth: 0 }
    }

    /// The node.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// The same rows, another node.
    #[must_use]
    pub fn at(mut self, node: NodeId) -> Self {
        self.node = node;
        self
    }

    /// One list deeper, in row `row`; rows beyond the sixth nested list are not shown.
    #[must_use]
    pub fn in_row(mut self, row: u16) -> Self {
        if let Some(place) = self.rows.get_mut(usize::from(self.depth)) {
            *place = row;
            self.depth = self.depth.saturating_add(1);
        }
        self
    }

    /// Writes the path with its row numbers.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, shape: &Shape, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut rows = self.rows.iter().take(usize::from(self.depth));
        let mut rest = shape.node(self.node).map_or("", |node| node.path.as_str());
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
