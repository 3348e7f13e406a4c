//! The reference interpreter: walks the model and the object side by side, one element at a time.
//!
//! It exists to be obviously right. It shares no scanner, no table and no value reader with the compiled program, only
//! the model, the reader of the prolog and the sentences of faults. The lane uses it to read every rewritten object
//! again, and tests hold the two against each other. The recursion is bounded by `limits depth` (at most 32).

mod characters;
mod children;
mod exact;
mod fragment;
mod names;
mod part;
mod prefixed;
pub(crate) mod tokens;
mod values;

use crate::fault::{Fault, Stop, says};
use crate::marks;
use crate::model::{Content, Element, Field, Model, OpenSet};
use crate::prolog;
pub(crate) use fragment::fragment;
use lockgate_bytes::{Budget, Span};
use lockgate_core::Inspection;
use lockgate_reason::{Code, framing, schema};
use lockgate_record::{Block, NodeId, Place, Slot, Value};
use names::Bindings;
use tokens::{Next, Room, Tag, Tokens};

/// Reads `bytes` as an object of `model` into `into`, which has just begun.
pub(crate) fn inspect(model: &Model, bytes: &[u8], into: &mut Inspection, budget: &mut Budget) {
    let root = Place::of(model.root.node);
    let read = match prolog::open(model, bytes, budget) {
        Err(fault) => Err(fault.at(root)),
        Ok(at) => {
            let mut room = Room::default();
            let mut tokens = Tokens::new(bytes, at, model.attributes, &mut room);
            // The canonical encoding has no XML declaration.
            tokens.exact = at == 0;
            let mut walk = Walk { model, tokens, into: &mut *into, budget, names: Bindings::new(), depth: 0 };
            walk.object(root).map(|()| walk.tokens.exact)
        }
    };
    match read {
        Ok(exact) => into.canonical = exact && into.reasons.is_empty() && into.undeclared.is_empty(),
        Err(stop) => into.reasons.push(stop.fault.reason(stop.place)),
    }
}

struct Walk<'a, 't, 'b> {
    model: &'a Model,
    tokens: Tokens<'a, 't>,
    into: &'b mut Inspection,
    budget: &'b mut Budget,
    names: Bindings<'a>,
    depth: u8,
}

/// The element being read: where its cells are, and which it is.
struct Open<'a> {
    element: &'a Element,
    /// The block that holds the cells inside it.
    block: Block,
    /// Its own cell: in a list, slot 0 of its row.
    own: (Block, Slot),
    place: Place,
    /// Namespace declarations in force around it.
    outer: usize,
}

impl<'a> Walk<'a, '_, '_> {
    fn object(&mut self, place: Place) -> Result<(), Stop> {
        match self.tokens.next_between_elements().map_err(|fault| fault.at(place))? {
            Next::StartTag => {}
            Next::EndTag => return Err(self.tokens.fault_here(says::NO_NAME).at(place)),
        }
        let element = &self.model.root;
        self.tag_name(place)?;
        self.rest_of_tag(place, &element.attributes)?;
        let tag = self.tokens.tag;
        let namespace = self.names.of_element(&self.tokens, tag.name).map_err(|fault| fault.at(place))?;
        if namespace.known != Some(element.namespace)
            || self.tokens.local(tag.name) != element.wire.as_bytes()
        {
            let (code, says) = (schema::UNKNOWN_ELEMENT, Some(says::WRONG_ROOT));
            return Err(Fault { code, span: tag.span, says }.at(place));
        }
        self.names.all_known(0).map_err(|fault| fault.at(place))?;
        self.element(&Open { element, block: Block::ROOT, own: (Block::ROOT, Slot(0)), place, outer: 0 })?;
        self.tokens.skip_white();
        let (at, end) = (self.tokens.at, self.tokens.bytes.len());
        if at < end { Err(Fault::new(schema::TRAILING_BYTES, at, end).at(place)) } else { Ok(()) }
    }

    /// Reads the begin of a start tag inside `place`, with its name.
    fn tag_name(&mut self, place: Place) -> Result<(), Stop> {
        if self.depth >= self.model.depth {
            let at = self.tokens.at;
            return Err(Fault::new(schema::TOO_DEEP, at, at.wrapping_add(1)).at(place));
        }
        self.tokens.tag_name().map_err(|fault| fault.at(place))
    }

    /// Reads the rest of a start tag, pays for it, and brings its namespace declarations in force.
    fn rest_of_tag(&mut self, place: Place, described: &[Field]) -> Result<(), Stop> {
        self.tokens.rest_of_tag(described).map_err(|fault| fault.at(place))?;
        let steps = self.tokens.count().wrapping_add(1);
        if self.budget.spend(u64::try_from(steps).unwrap_or(u64::MAX)).is_err() {
            return Err(self.at_tag(framing::OVER_BUDGET, place));
        }
        if !self.tokens.declares {
            return Ok(());
        }
        self.names.declare(&self.tokens, self.model).map_err(|fault| fault.at(place))
    }

    /// Reads the attributes and the content of an element whose start tag has been read.
    fn element(&mut self, open: &Open<'a>) -> Result<(), Stop> {
        self.depth = self.depth.saturating_add(1);
        self.exact_tag(open.element);
        self.attributes(open)?;
        let tag = self.tokens.tag;
        match &open.element.content {
            Content::Elements => self.children(open, &tag)?,
            Content::Value(field) => {
                let text = self.content(open.place, &tag, open.outer)?;
                self.value(field, open.block, open.place, text, false);
            }
            Content::Text(field) => {
                let text = self.content(open.place, &tag, open.outer)?;
                let place = open.place.at(field.node);
                if !text.is_empty() {
                    self.value(field, open.block, place, text, false);
                } else if !field.optional {
                    self.missing(place, &tag);
                }
            }
        }
        if !matches!(open.element.content, Content::Value(_)) {
            let all = Span { start: tag.span.start, end: Span::new(0, self.tokens.at).end };
            self.into.record.set(open.own.0, open.own.1, Value::Present, all);
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    /// A canonical tag begins as the model says, with the one declaration of a namespace that this may hold.
    fn exact_tag(&mut self, element: &Element) {
        let (opening, tag) = (&element.opening, &self.tokens.tag);
        if opening.len() == element.wire.len().saturating_add(1) {
            // Nothing but `<` and its name, and it was found by that.
            self.tokens.exact &= !self.tokens.declares && !tag.name.has_prefix();
            return;
        }
        let start = usize::try_from(tag.span.start).unwrap_or(usize::MAX);
        let begins = self.tokens.bytes.get(start..).is_some_and(|rest| rest.starts_with(opening.as_bytes()));
        let declares = || self.tokens.attributes().iter().filter(|attribute| attribute.declares).count();
        let declared = if self.tokens.declares { declares() } else { 0 };
        self.tokens.exact &= begins && declared == opening.matches(" xmlns").count();
    }

    fn attributes(&mut self, open: &Open<'a>) -> Result<(), Stop> {
        let element = open.element;
        let (mut seen, mut expected, mut rows) = (0_u64, 0_usize, false);
        for index in 0..self.tokens.count() {
            // Canonical objects have all their attributes like that.
            if let Some((found, value, plain)) = self.tokens.described(index)
                && let Some(field) = element.attributes.get(found)
            {
                if !plain {
                    self.tokens.exact &= exact::is_escaped(self.tokens.bytes_of(value), true);
                }
                seen |= bit(found);
                self.tokens.exact &= found >= expected && !rows;
                expected = found.wrapping_add(1);
                self.value(field, open.block, open.place.at(field.node), value, plain);
                continue;
            }
            let Some(attribute) = self.tokens.attribute(index) else { break };
            let name = attribute.name;
            if attribute.declares {
                continue;
            }
            if !attribute.plain {
                self.tokens.exact &= exact::is_escaped(self.tokens.bytes_of(attribute.value), true);
            }
            if name.has_prefix() {
                let (found, field) = self.prefixed(open, name)?;
                if seen & bit(found) != 0 {
                    let (code, span) = (schema::DUPLICATE, name.span);
                    return Err(Fault { code, span, says: None }.at(open.place));
                }
                seen |= bit(found);
                self.tokens.exact &= found >= expected;
                expected = found.wrapping_add(1);
                let place = open.place.at(field.node);
                self.value(field, open.block, place, attribute.value, attribute.plain);
                continue;
            }
            // Most objects have their attributes in some such order: look from the expected one on.
            let found = around(&element.attributes, expected, |field| {
                field.namespace == 0 && self.tokens.is(name, &field.wire, field.head)
            });
            if let Some((found, field)) = found {
                seen |= bit(found);
                self.tokens.exact &= found >= expected && !rows;
                expected = found.wrapping_add(1);
                let place = open.place.at(field.node);
                self.value(field, open.block, place, attribute.value, attribute.plain);
            } else if let Some(set) = &element.open_attributes
                && !marks::is_marking_name(self.tokens.bytes_of(name.span))
            {
                rows = true;
                self.row(set, open, name.span, attribute.value)?;
            } else {
                let (code, span) = (schema::UNKNOWN_ATTRIBUTE, name.span);
                return Err(Fault { code, span, says: None }.at(open.place));
            }
        }
        if element.required & !seen != 0 {
            for (index, field) in element.attributes.iter().enumerate() {
                if seen & bit(index) == 0 && !field.optional {
                    let tag = self.tokens.tag;
                    self.missing(open.place.at(field.node), &tag);
                }
            }
        }
        if let Some(set) = &element.open_attributes {
            let tag = self.tokens.tag;
            self.enough_rows(open, &tag, (set.node, set.slot), set.rows.min);
        }
        Ok(())
    }

    /// The last start tag as a fault.
    fn at_tag(&self, code: Code, place: Place) -> Stop {
        Fault { code, span: self.tokens.tag.span, says: None }.at(place)
    }

    /// Reads `<name>value</name>`, a row of an open set.
    fn open_element(&mut self, set: &'a OpenSet, parent: &Open<'a>, outer: usize) -> Result<(), Stop> {
        let place = parent.place.at(set.node);
        let tag = self.tokens.tag;
        self.names.all_known(outer).map_err(|fault| fault.at(place))?;
        let other = self.tokens.attributes().iter().find(|attribute| !attribute.declares);
        if let Some(attribute) = other {
            let (code, span) = (schema::UNKNOWN_ATTRIBUTE, attribute.name.span);
            return Err(Fault { code, span, says: None }.at(place));
        }
        // Nothing but its name.
        self.tokens.exact &= self.tokens.count() == 0;
        let text = self.content(place, &tag, outer)?;
        self.row(set, parent, tag.name.span, text)
    }

    /// Adds a row to an open set.
    fn row(&mut self, set: &'a OpenSet, open: &Open<'a>, name: Span, value: Span) -> Result<(), Stop> {
        let place = open.place.at(set.node);
        let count = self.rows_of(open.block, set.slot);
        let too_many = Fault { code: schema::TOO_MANY, span: name, says: None }.at(place);
        if count >= set.rows.max {
            return Err(too_many);
        }
        let row = self.into.record.push_row(open.block, set.slot, set.rows.width, name).ok_or(too_many)?;
        let place = place.in_row(count);
        self.value(&set.name, row, place.at(set.name.node), name, false);
        self.value(&set.value, row, place.at(set.value.node), value, false);
        Ok(())
    }

    /// Reads the text of an element up to and including its end tag.
    fn content(&mut self, place: Place, tag: &Tag, outer: usize) -> Result<Span, Stop> {
        let here = |fault: Fault| fault.at(place);
        let mut text = Span { start: tag.span.end, end: tag.span.end };
        if !tag.empty {
            text = self.tokens.text().map_err(here)?;
            if let Next::StartTag = self.tokens.next_markup().map_err(here)? {
                let at = self.tokens.at;
                let fault = Fault::new(schema::UNKNOWN_ELEMENT, at, at.wrapping_add(1)).saying(says::IN_TEXT);
                return Err(fault.at(place));
            }
            self.tokens.end_tag(tag.name).map_err(here)?;
            // What holds nothing is written `<x/>`.
            self.tokens.exact &= !text.is_empty() && exact::is_escaped(self.tokens.bytes_of(text), false);
        }
        self.names.leave(outer).map_err(here)?;
        Ok(text)
    }

    fn rows_of(&self, block: Block, slot: Slot) -> u16 {
        if let Value::Rows { count } = self.into.record.value(block, slot) { count } else { 0 }
    }

    fn enough_rows(&mut self, open: &Open<'a>, tag: &Tag, (node, slot): (NodeId, Slot), min: u16) {
        if self.rows_of(open.block, slot) < min {
            let fault = Fault { code: schema::TOO_FEW, span: tag.span, says: None };
            self.into.reasons.push(fault.reason(open.place.at(node)));
        }
    }

    fn missing(&mut self, place: Place, tag: &Tag) {
        let fault = Fault { code: schema::MISSING, span: tag.span, says: None };
        self.into.reasons.push(fault.reason(place));
    }
}

/// Bit `index` of a mask; a type has at most 64 attributes or children in one element.
fn bit(index: usize) -> u64 {
    u32::try_from(index).ok().and_then(|index| 1_u64.checked_shl(index)).unwrap_or(0)
}

/// The first item that `fits`, looking from `start` to the end and then from the beginning.
fn around<T>(items: &[T], start: usize, fits: impl Fn(&T) -> bool) -> Option<(usize, &T)> {
    let (before, after) = items.split_at_checked(start).unwrap_or((items, &[]));
    let late = after.iter().position(&fits).map(|index| index.wrapping_add(start));
    let index = late.or_else(|| before.iter().position(&fits))?;
    items.get(index).map(|item| (index, item))
}
