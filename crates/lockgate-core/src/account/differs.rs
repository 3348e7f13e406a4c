//! Where an object that is written anew is first not as it arrived.

use super::Account;
use alloc::string::String;
use lockgate_bytes::Span;
use lockgate_record::{Block, Form, Node, Place, Record, Shape};

/// Sections inside sections, at most; a shape is never deeper than its type's own limit.
const DEPTH_MAX: u8 = 64;

impl Account<'_> {
    /// The first byte, as it arrived, that is another one in what leaves, and the field that it belongs to; `None` where
    /// nothing leaves, or all of it as it arrived.
    pub fn first_difference(&self) -> Option<(usize, String)> {
        let (arrived, leaves) = (self.original(), self.released_bytes()?);
        let (shape, true) = (self.shape()?, self.is_rewritten()) else { return None };
        let same = arrived.iter().zip(leaves).take_while(|(before, after)| before == after).count();
        if same == arrived.len() && same == leaves.len() {
            return None;
        }
        let record = &self.first().inspection.record;
        let mut look =
            Look { shape, record, at: same, found: Place::of(shape.root()), narrowest: usize::MAX };
        if let Some(root) = shape.node(shape.root()) {
            look.inside(root, Block::ROOT, Place::of(shape.root()), DEPTH_MAX);
        }
        let mut path = String::new();
        // Writing to a String cannot fail.
        let _ = look.found.write(shape, &mut path);
        Some((same, path))
    }
}

/// Looks for the narrowest part that a byte stands in.
struct Look<'a> {
    shape: &'a Shape,
    record: &'a Record,
    at: usize,
    found: Place,
    narrowest: usize,
}

impl Look<'_> {
    fn inside(&mut self, section: &Node, block: Block, outer: Place, depth: u8) {
        let Some(depth) = depth.checked_sub(1) else { return };
        for child in &section.children {
            let Some(node) = self.shape.node(*child) else { continue };
            let Some(cell) = self.record.holding(block, node.slot) else { continue };
            let place = outer.at(*child);
            self.stands(cell.span, place);
            match node.form {
                Form::Value(_) => {}
                Form::Section => self.inside(node, block, place, depth),
                Form::List { .. } => {
                    for (row, inner) in (0_u16..).zip(self.record.rows(block, node.slot)) {
                        self.inside(node, inner, place.in_row(row), depth);
                    }
                }
            }
        }
    }

    /// Keeps a part that the byte stands in; of two the narrower one.
    fn stands(&mut self, span: Span, place: Place) {
        let holds = usize::try_from(span.start).is_ok_and(|start| start <= self.at)
            && usize::try_from(span.end).is_ok_and(|end| self.at < end);
        if holds && span.len() <= self.narrowest {
            self.narrowest = span.len();
            self.found = place;
        }
    }
}
