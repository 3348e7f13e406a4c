//! The children of an element: which of the described ones each is, and which are missing.

use super::tokens::{NEXT, Next, Tag};
use super::{Open, Walk, around, bit};
use crate::fault::Stop;
use crate::marks;
use crate::model::Element;
use lockgate_reason::schema;
use lockgate_record::Slot;

/// The children of an element that have been read.
#[derive(Default)]
pub(super) struct SoFar {
    /// Those that the type describes, a bit each.
    seen: u64,
    /// The last of them.
    last: usize,
    /// There is one.
    any: bool,
    /// There is one of an open set.
    open: bool,
}

impl SoFar {
    /// Some are there already.
    pub(super) fn since(seen: u64) -> Self {
        Self { seen, ..Self::default() }
    }
}

impl<'a> Walk<'a, '_, '_> {
    pub(super) fn children(&mut self, open: &Open<'a>, tag: &Tag) -> Result<(), Stop> {
        let mut so_far = SoFar::default();
        let mut more = !tag.empty;
        while more {
            match self.tokens.next_between_elements().map_err(|fault| fault.at(open.place))? {
                Next::StartTag => self.child(open, &mut so_far)?,
                Next::EndTag => {
                    // What holds nothing is written `<x/>`.
                    self.tokens.exact &= so_far.any;
                    self.tokens.end_tag(tag.name).map_err(|fault| fault.at(open.place))?;
                    more = false;
                }
            }
        }
        self.names.leave(open.outer).map_err(|fault| fault.at(open.place))?;
        if open.element.required_children & !so_far.seen != 0 || open.element.many_children {
            self.missing_children(open, &so_far, tag);
        }
        if let Some(set) = &open.element.open_elements {
            self.enough_rows(open, tag, (set.node, set.slot), set.rows.min);
        }
        Ok(())
    }

    /// Tells which of the children are not there that have to be.
    #[cold]
    pub(super) fn missing_children(&mut self, open: &Open<'a>, so_far: &SoFar, tag: &Tag) {
        for (index, child) in open.element.children.iter().enumerate() {
            if let Some(rows) = child.rows {
                self.enough_rows(open, tag, (child.node, child.slot), rows.min);
            } else if so_far.seen & bit(index) == 0 && !child.optional {
                self.missing(open.place.at(child.node), tag);
            }
        }
    }

    pub(super) fn child(&mut self, parent: &Open<'a>, so_far: &mut SoFar) -> Result<(), Stop> {
        so_far.any = true;
        let outer = self.names.in_force();
        let children = &parent.element.children;
        let named = self.child_name(parent, so_far.last)?;
        let described = named.and_then(|index| children.get(index));
        self.rest_of_tag(parent.place, described.map_or(&[], |child| &child.attributes))?;
        let name = self.tokens.tag.name;
        let namespace = self.names.of_element(&self.tokens, name).map_err(|fault| fault.at(parent.place))?;
        let found = match (named, described) {
            // As a rule no other child has this name, in whatever namespace.
            (Some(index), Some(child)) if namespace.known == Some(child.namespace) => Some((index, child)),
            _ => {
                self.tokens.not_described();
                around(children, so_far.last, |child| {
                    self.tokens.is(name, &child.wire, child.head) && namespace.known == Some(child.namespace)
                })
            }
        };
        let mut second_label = false;
        if let Some((index, element)) = found {
            let twice = so_far.seen & bit(index) != 0;
            second_label = element.label && parent.element.lane && twice;
            if !second_label {
                so_far.seen |= bit(index);
                let before = index < so_far.last;
                let early = before && !parent.element.any_order;
                self.tokens.exact &= !before && !so_far.open;
                so_far.last = index;
                return self.known_child(parent, element, outer, (twice, early));
            }
        }
        if let Some(set) = &parent.element.open_elements
            && !name.has_prefix()
            && namespace.known == Some(parent.element.namespace)
            && !marks::is_marking_name(self.tokens.local(name))
        {
            so_far.open = true;
            return self.open_element(set, parent, outer);
        }
        if parent.element.lane {
            return self.undeclared(parent.place, namespace, outer, second_label);
        }
        Err(self.at_tag(schema::UNKNOWN_ELEMENT, parent.place))
    }

    /// Reads the begin of a start tag; gives the first child of that name from `last` on.
    fn child_name(&mut self, parent: &Open<'a>, last: usize) -> Result<Option<usize>, Stop> {
        let children = &parent.element.children;
        if self.depth < self.model.depth {
            let next = children.get(last..).unwrap_or(&[]).iter().take(NEXT);
            for (index, child) in (last..).zip(next) {
                if self.tokens.tag_name_is(&child.wire, child.head) {
                    return Ok(Some(index));
                }
            }
        }
        self.tag_name(parent.place)?;
        let name = self.tokens.tag.name;
        Ok(around(children, last, |child| self.tokens.is(name, &child.wire, child.head)).map(|found| found.0))
    }

    fn known_child(
        &mut self,
        parent: &Open<'a>,
        element: &'a Element,
        outer: usize,
        (twice, early): (bool, bool),
    ) -> Result<(), Stop> {
        let place = parent.place.at(element.node);
        self.names.all_known(outer).map_err(|fault| fault.at(place))?;
        if early {
            return Err(self.at_tag(schema::WRONG_ORDER, place));
        }
        let Some(rows) = element.rows else {
            if twice {
                return Err(self.at_tag(schema::DUPLICATE, place));
            }
            let own = (parent.block, element.slot);
            return self.element(&Open { element, block: parent.block, own, place, outer });
        };
        let count = self.rows_of(parent.block, element.slot);
        if count >= rows.max {
            return Err(self.at_tag(schema::TOO_MANY, place));
        }
        let span = self.tokens.tag.span;
        match self.into.record.push_row(parent.block, element.slot, rows.width, span) {
            Some(row) => {
                let place = place.in_row(count);
                self.element(&Open { element, block: row, own: (row, Slot(0)), place, outer })
            }
            None => Err(self.at_tag(schema::TOO_MANY, place)),
        }
    }
}
