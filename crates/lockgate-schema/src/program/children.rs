//! The children of an element: which of the described ones each is, and which are missing.

use super::bindings::Place as Namespace;
use super::compile::ElementOp;
use super::scan::Tag;
use super::{Open, Run};
use crate::fault::says;
use crate::marks;
use lockgate_bytes::Span;
use lockgate_reason::schema;
use lockgate_record::Slot;

/// The children of an element that have been read.
#[derive(Default)]
pub(super) struct SoFar {
    /// Which of the described ones, a bit each.
    seen: u64,
    /// The last of these.
    last: u16,
    /// Some row of the open set.
    open: bool,
    any: bool,
}

impl SoFar {
    /// Some are there already.
    pub(super) fn since(seen: u64) -> Self {
        Self { seen, ..Self::default() }
    }
}

impl<'a> Run<'a, '_, '_> {
    pub(super) fn children(&mut self, open: &Open<'a>, tag: &Tag) -> Option<()> {
        let op = open.op;
        let mut so_far = SoFar::default();
        let mut more = !tag.empty;
        while more {
            self.scanner.white();
            if self.scanner.peek() != Some(b'<') {
                self.place = open.place;
                return match self.scanner.peek() {
                    None => self.scanner.broken(says::CUT_OFF),
                    Some(_) => self.scanner.stray(),
                };
            }
            match self.scanner.second() {
                Some(b'/') => {
                    let ended = self.scanner.end_tag(&tag.name, &op.closing);
                    self.located(ended, open.place)?;
                    more = false;
                    // Empty, it is written in one tag.
                    self.scanner.exact &= so_far.any;
                }
                None | Some(b'!' | b'?') => {
                    self.place = open.place;
                    return self.scanner.forbidden();
                }
                Some(_) => self.child(open, &mut so_far)?,
            }
        }
        self.leave(open.outer, open.place)?;
        self.complete(open, tag.span, &so_far);
        Some(())
    }

    /// Reports what has to stand in an element and does not.
    #[inline]
    pub(super) fn complete(&mut self, open: &Open<'a>, tag: Span, so_far: &SoFar) {
        if open.op.required_children & !so_far.seen != 0 || open.op.has_least {
            self.incomplete(open, tag, so_far.seen);
        }
        if let Some(set) = &open.op.open_elements {
            self.least(open, tag, set);
        }
    }

    /// Reports the children that are missing, in described order.
    #[cold]
    fn incomplete(&mut self, open: &Open<'a>, tag: Span, seen: u64) {
        for (index, child) in (0_u32..).zip(&open.op.children) {
            let Some(child) = self.program.elements.get(usize::from(*child)) else { continue };
            let bit = 1_u64.wrapping_shl(index);
            if let Some(rows) = child.rows {
                if self.count(open.block, child.slot) < rows.min {
                    self.report(schema::TOO_FEW, tag, open.place.at(child.node));
                }
            } else if open.op.required_children & !seen & bit != 0 {
                self.report(schema::MISSING, tag, open.place.at(child.node));
            }
        }
    }

    #[inline]
    pub(super) fn child(&mut self, parent: &Open<'a>, so_far: &mut SoFar) -> Option<()> {
        let (outer, exact) = (self.bindings.count, self.scanner.exact);
        so_far.any = true;
        let named = match self.next_child(parent, so_far.last) {
            Some(named) => named,
            None => self.tag_name(parent.place, &parent.op.child_names)?,
        };
        let hinted = self.child_of(parent, named);
        let early = named < so_far.last;
        if let Some(op) = hinted
            && self.scanner.tag.name.colon == 0
            && (!early || parent.op.any_order)
            && (op.rows.is_some() || so_far.seen & 1_u64.wrapping_shl(u32::from(named)) == 0)
            && self.usual_child(parent, op, outer, early || so_far.open)?
        {
            so_far.seen |= 1_u64.wrapping_shl(u32::from(named));
            so_far.last = named;
            return Some(());
        }
        let names = hinted.map_or(&self.program.nothing, |op| &op.names);
        let namespace = self.rest_of_tag(parent.place, names)?;
        let found = match hinted {
            Some(op) if namespace.known == Some(op.namespace) => Some((named, op)),
            Some(_) => self.other_of_that_name(parent, namespace, exact),
            None => None,
        };
        let mut second_label = false;
        if let Some((index, op)) = found {
            let bit = 1_u64.wrapping_shl(u32::from(index));
            let twice = so_far.seen & bit != 0;
            second_label = twice && op.label && parent.op.lane;
            if !second_label {
                so_far.seen |= bit;
                let early = index < so_far.last;
                self.scanner.exact &= !(early || so_far.open);
                so_far.last = index;
                return self.known_child(parent, op, outer, (twice, early && !parent.op.any_order));
            }
        }
        let name = self.scanner.tag.name;
        match &parent.op.open_elements {
            Some(set)
                if name.colon == 0
                    && namespace.known == Some(parent.op.namespace)
                    && !marks::is_marking_name(self.scanner.local(&name)) =>
            {
                so_far.open = true;
                self.open_element(set, parent, outer)
            }
            _ if parent.op.lane => self.undeclared(parent.place, namespace, outer, second_label),
            _ => self.stop(schema::UNKNOWN_ELEMENT, self.scanner.tag.span, None, parent.place),
        }
    }

    /// Reads the begin of a start tag with the name of the last child or one of the next: most objects have them in their
    /// order. Nothing is read where it is another.
    #[inline]
    fn next_child(&mut self, parent: &Open<'a>, last: u16) -> Option<u16> {
        if self.depth >= self.program.depth {
            return None;
        }
        (last..last.saturating_add(3)).find(|index| {
            let usual = self.child_of(parent, *index).map(|op| &op.usual);
            usual.is_some_and(|usual| self.scanner.usual_tag_name(usual))
        })
    }

    #[inline]
    fn child_of(&self, parent: &Open<'a>, index: u16) -> Option<&'a ElementOp> {
        let child = parent.op.children.get(usize::from(index))?;
        self.program.elements.get(usize::from(*child))
    }

    /// The child of the last start tag's name that is of its namespace, where the first of that name is not.
    #[cold]
    fn other_of_that_name(
        &mut self,
        parent: &Open<'a>,
        namespace: Namespace,
        exact: bool,
    ) -> Option<(u16, &'a ElementOp)> {
        let name = self.scanner.tag.name;
        let fits =
            |index| self.child_of(parent, index).is_some_and(|op| namespace.known == Some(op.namespace));
        let index =
            parent.op.child_names.find(self.scanner.key(&name), || self.scanner.local(&name), fits)?;
        let op = self.child_of(parent, index)?;
        self.scanner.renumber(&op.names, exact);
        Some((index, op))
    }

    #[inline]
    fn known_child(
        &mut self,
        parent: &Open<'a>,
        op: &'a ElementOp,
        outer: usize,
        (twice, early): (bool, bool),
    ) -> Option<()> {
        let place = parent.place.at(op.node);
        self.all_known(outer, place)?;
        if early {
            return self.stop(schema::WRONG_ORDER, self.scanner.tag.span, None, place);
        }
        let Some(rows) = op.rows else {
            if twice {
                return self.stop(schema::DUPLICATE, self.scanner.tag.span, None, place);
            }
            let (block, own) = (parent.block, (parent.block, op.slot));
            return self.element(&Open { op, block, own, place, outer });
        };
        let (row, count) = self.push_row(parent.block, op.slot, rows, self.scanner.tag.span, place)?;
        self.element(&Open { op, block: row, own: (row, Slot(0)), place: place.in_row(count), outer })
    }
}
