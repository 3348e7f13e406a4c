//! The compiled program of a type: flat tables, and a scanner that reads each byte once.
//!
//! ```text
//!   Model --compile--> Program   elements, fields, name tables, masks
//!   bytes --scan--> one tag at a time --run--> cells, reasons, open texts, undeclared parts
//! ```
//!
//! It must agree with the reference interpreter in everything that it reports. The recursion is bounded by
//! `limits depth` (at most 32).

mod bindings;
mod compile;
mod lookup;
mod part;
mod scan;
mod values;

use crate::fault::{Fault, Stop, says};
use crate::marks;
use crate::model::Model;
use crate::prolog;
use bindings::Bindings;
pub(crate) use compile::Program;
use compile::{ContentOp, ElementOp, OpenOp};
use lockgate_bytes::{Budget, Span};
use lockgate_core::Inspection;
use lockgate_reason::{Code, framing, schema};
use lockgate_record::{Block, NodeId, Place, Slot, Value};
use scan::{Name, Scanner, Tag};

impl Program {
    /// Reads `bytes` as an object of `model`, from which this program was compiled, into `into`, which has just begun.
    pub(crate) fn inspect(&self, model: &Model, bytes: &[u8], into: &mut Inspection, budget: &mut Budget) {
        let root = Place::of(self.root_node);
        let stop = match prolog::open(model, bytes, budget) {
            Err(fault) => Err(fault.at(root)),
            Ok((text, at)) => {
                let scanner = Scanner::new(bytes, at, self.attributes);
                let bindings = Bindings::new();
                let namespaces = &model.namespaces;
                let mut run =
                    Run { program: self, namespaces, text, scanner, bindings, into: &mut *into, budget, depth: 0 };
                run.object(root)
            }
        };
        if let Err(stop) = stop {
            into.reasons.push(stop.fault.reason(stop.place));
        }
    }
}

struct Run<'a, 'b> {
    program: &'a Program,
    namespaces: &'a [String],
    text: &'a str,
    scanner: Scanner<'a>,
    bindings: Bindings,
    into: &'b mut Inspection,
    budget: &'b mut Budget,
    depth: u8,
}

/// An element that is open.
#[derive(Clone, Copy)]
struct Open<'a> {
    op: &'a ElementOp,
    block: Block,
    own: (Block, Slot),
    place: Place,
    name: Name,
    tag: Span,
    tag_end: usize,
    empty: bool,
    outer: usize,
}

/// Puts a place to a fault.
trait Located<T> {
    fn located(self, place: Place) -> Result<T, Stop>;
}

impl<T> Located<T> for Result<T, Fault> {
    #[inline]
    fn located(self, place: Place) -> Result<T, Stop> {
        self.map_err(|fault| fault.at(place))
    }
}

impl<'a> Run<'a, '_> {
    fn object(&mut self, place: Place) -> Result<(), Stop> {
        self.scanner.white();
        match (self.scanner.peek(), self.scanner.second()) {
            (Some(b'<'), Some(b'/')) => return Err(self.scanner.broken(says::NO_NAME).at(place)),
            (Some(b'<'), None | Some(b'!' | b'?')) => return Err(self.scanner.forbidden().at(place)),
            (Some(b'<'), Some(_)) => {}
            (None, _) => return Err(self.scanner.broken(says::CUT_OFF).at(place)),
            (Some(_), _) => return Err(self.scanner.stray().at(place)),
        }
        let tag = self.start_tag(place)?;
        let namespace = self.bindings.resolve(&self.scanner, tag.name, true).located(place)?;
        let Some(op) = self.program.elements.first() else { return Ok(()) };
        let is_root = namespace.known == Some(self.program.root_namespace)
            && self.local(tag.name) == &*self.program.root_wire;
        if !is_root {
            let fault = Fault::new(schema::UNKNOWN_ELEMENT, tag.start, tag.end).saying(says::WRONG_ROOT);
            return Err(fault.at(place));
        }
        self.bindings.all_known(0).located(place)?;
        self.element(opened(op, Block::ROOT, (Block::ROOT, Slot(0)), place, tag, 0))?;
        self.scanner.white();
        let (at, end) = (self.scanner.at, self.scanner.bytes.len());
        if at < end { Err(Fault::new(schema::TRAILING_BYTES, at, end).at(place)) } else { Ok(()) }
    }

    /// Reads a start tag in `place`, pays for it, and brings its declarations in force.
    #[inline]
    fn start_tag(&mut self, place: Place) -> Result<Tag, Stop> {
        if self.depth >= self.program.depth {
            let at = self.scanner.at;
            return Err(Fault::new(schema::TOO_DEEP, at, at.wrapping_add(1)).at(place));
        }
        let tag = self.scanner.start_tag().located(place)?;
        let steps = u64::try_from(self.scanner.count).unwrap_or(u64::MAX).saturating_add(1);
        if self.budget.spend(steps).is_err() {
            return Err(Fault::new(framing::OVER_BUDGET, tag.start, tag.end).at(place));
        }
        if self.scanner.declares {
            self.bindings.declare(&self.scanner, self.namespaces).located(place)?;
        }
        Ok(tag)
    }

    /// Reads attributes and content of an element whose start tag has been read.
    fn element(&mut self, open: Open<'a>) -> Result<(), Stop> {
        self.depth = self.depth.saturating_add(1);
        match &open.op.content {
            ContentOp::Value(field) => {
                self.attributes(open)?;
                let (span, holds) = self.content(open.place, open)?;
                self.value(field, open.block, open.place, span, holds);
            }
            content => {
                self.into.record.set(open.own.0, open.own.1, Value::Present, open.tag);
                self.attributes(open)?;
                if let ContentOp::Text(field) = content {
                    let (span, holds) = self.content(open.place, open)?;
                    let place = open.place.at(field.node);
                    if !span.is_empty() {
                        self.value(field, open.block, place, span, holds);
                    } else if !field.optional {
                        self.report(schema::MISSING, open.tag, place);
                    }
                } else {
                    self.children(open)?;
                }
                let all = Span { start: open.tag.start, end: Span::new(0, self.scanner.at).end };
                self.into.record.set(open.own.0, open.own.1, Value::Present, all);
            }
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    #[inline]
    fn attributes(&mut self, open: Open<'a>) -> Result<(), Stop> {
        let op = open.op;
        let mut seen = 0_u64;
        for index in 0..self.scanner.count {
            let Some(token) = self.scanner.token(index) else { break };
            if token.declares {
                continue;
            }
            let name = token.name;
            if name.colon != 0 {
                let fault = Fault::new(schema::NAMESPACE, name.start, name.end).saying(says::PREFIXED);
                return Err(fault.at(open.place));
            }
            let wire = self.scanner.slice(name.start, name.end);
            let value = Span::new(token.start, token.end);
            if let Some(found) = op.names.find((name.hash, name.head), wire, |_| true)
                && let Some(field) = op.fields.get(usize::from(found))
            {
                seen |= 1_u64.wrapping_shl(u32::from(found));
                self.value(field, open.block, open.place.at(field.node), value, token.holds);
                continue;
            }
            match &op.open_attributes {
                Some(set) if !marks::is_marking_name(wire) => {
                    self.row(set, open, Span::new(name.start, name.end), (value, token.holds))?;
                }
                _ => return Err(Fault::new(schema::UNKNOWN_ATTRIBUTE, name.start, name.end).at(open.place)),
            }
        }
        let mut missing = op.required & !seen;
        while missing != 0 {
            let index = usize::try_from(missing.trailing_zeros()).unwrap_or(usize::MAX);
            missing &= missing.wrapping_sub(1);
            if let Some(field) = op.fields.get(index) {
                self.report(schema::MISSING, open.tag, open.place.at(field.node));
            }
        }
        if let Some(set) = &op.open_attributes {
            self.least(open, set.node, set.slot, set.rows.min);
        }
        Ok(())
    }

    fn children(&mut self, open: Open<'a>) -> Result<(), Stop> {
        let op = open.op;
        let (mut seen, mut last) = (0_u64, 0_u16);
        while !open.empty {
            self.scanner.white();
            if self.scanner.peek() != Some(b'<') {
                return Err(match self.scanner.peek() {
                    None => self.scanner.broken(says::CUT_OFF).at(open.place),
                    Some(_) => self.scanner.stray().at(open.place),
                });
            }
            match self.scanner.second() {
                Some(b'/') => {
                    self.scanner.end_tag(open.name).located(open.place)?;
                    break;
                }
                None | Some(b'!' | b'?') => return Err(self.scanner.forbidden().at(open.place)),
                Some(_) => self.child(open, &mut seen, &mut last)?,
            }
        }
        self.bindings.leave(open.outer).located(open.place)?;
        if op.required_children & !seen != 0 || op.has_least {
            self.incomplete(open, seen);
        }
        if let Some(set) = &op.open_elements {
            self.least(open, set.node, set.slot, set.rows.min);
        }
        Ok(())
    }

    /// Reports the children that are missing, in described order.
    #[cold]
    fn incomplete(&mut self, open: Open<'a>, seen: u64) {
        for (index, child) in (0_u32..).zip(&open.op.children) {
            let Some(child) = self.program.elements.get(usize::from(*child)) else { continue };
            let bit = 1_u64.wrapping_shl(index);
            if let Some(rows) = child.rows {
                self.least(open, child.node, child.slot, rows.min);
            } else if open.op.required_children & !seen & bit != 0 {
                self.report(schema::MISSING, open.tag, open.place.at(child.node));
            }
        }
    }

    #[inline]
    fn child(&mut self, parent: Open<'a>, seen: &mut u64, last: &mut u16) -> Result<(), Stop> {
        let outer = self.bindings.count;
        let tag = self.start_tag(parent.place)?;
        let namespace = self.bindings.resolve(&self.scanner, tag.name, true).located(parent.place)?;
        let (key, local) = self.key(tag.name);
        let elements = &self.program.elements;
        let children = &parent.op.children;
        let element_at =
            |index: u16| children.get(usize::from(index)).and_then(|child| elements.get(usize::from(*child)));
        let found = parent.op.child_names.find(key, local, |index| {
            element_at(index).is_some_and(|child| namespace.known == Some(child.namespace))
        });
        if let Some(index) = found
            && let Some(op) = element_at(index)
        {
            let bit = 1_u64.wrapping_shl(u32::from(index));
            let twice = *seen & bit != 0;
            if !(twice && op.label && parent.op.lane) {
                *seen |= bit;
                let early = !parent.op.any_order && index < *last;
                *last = index;
                return self.known_child(parent, op, tag, outer, (twice, early));
            }
        }
        match &parent.op.open_elements {
            Some(set)
                if tag.name.colon == 0
                    && namespace.known == Some(parent.op.namespace)
                    && !marks::is_marking_name(local) =>
            {
                self.open_element(set, parent, tag, outer)
            }
            _ if parent.op.lane => self.undeclared(parent.place, tag, namespace, outer),
            _ => Err(Fault::new(schema::UNKNOWN_ELEMENT, tag.start, tag.end).at(parent.place)),
        }
    }

    #[inline]
    fn known_child(
        &mut self,
        parent: Open<'a>,
        op: &'a ElementOp,
        tag: Tag,
        outer: usize,
        (twice, early): (bool, bool),
    ) -> Result<(), Stop> {
        let place = parent.place.at(op.node);
        self.bindings.all_known(outer).located(place)?;
        if early {
            return Err(Fault::new(schema::WRONG_ORDER, tag.start, tag.end).at(place));
        }
        let Some(rows) = op.rows else {
            if twice {
                return Err(Fault::new(schema::DUPLICATE, tag.start, tag.end).at(place));
            }
            return self.element(opened(op, parent.block, (parent.block, op.slot), place, tag, outer));
        };
        let (row, count) = self.push_row(parent.block, op.slot, rows, Span::new(tag.start, tag.end), place)?;
        self.element(opened(op, row, (row, Slot(0)), place.in_row(count), tag, outer))
    }

    /// Adds a row to a list in `place`, unless it is full.
    #[inline]
    fn push_row(
        &mut self,
        block: Block,
        slot: Slot,
        rows: crate::model::Rows,
        span: Span,
        place: Place,
    ) -> Result<(Block, u16), Stop> {
        let count = self.count(block, slot);
        let row = if count < rows.max {
            self.into.record.push_row(block, slot, rows.width, span)
        } else {
            None
        };
        match row {
            Some(row) => Ok((row, count)),
            None => Err(Fault { code: schema::TOO_MANY, span, says: None }.at(place)),
        }
    }

    /// Reads `<name>value</name>`, a row of an open set.
    fn open_element(&mut self, set: &OpenOp, parent: Open<'a>, tag: Tag, outer: usize) -> Result<(), Stop> {
        let place = parent.place.at(set.node);
        self.bindings.all_known(outer).located(place)?;
        if let Some(token) = self.scanner.tokens().iter().find(|token| !token.declares) {
            let fault = Fault::new(schema::UNKNOWN_ATTRIBUTE, token.name.start, token.name.end);
            return Err(fault.at(place));
        }
        let inside = Open { name: tag.name, tag_end: tag.end, empty: tag.empty, outer, ..parent };
        let value = self.content(place, inside)?;
        self.row(set, parent, Span::new(tag.name.start, tag.name.end), value)
    }

    /// Adds a row to an open set.
    fn row(&mut self, set: &OpenOp, open: Open<'a>, name: Span, value: (Span, u8)) -> Result<(), Stop> {
        let place = open.place.at(set.node);
        let (row, count) = self.push_row(open.block, set.slot, set.rows, name, place)?;
        let place = place.in_row(count);
        self.value(&set.name, row, place.at(set.name.node), name, 0);
        self.value(&set.value, row, place.at(set.value.node), value.0, value.1);
        Ok(())
    }

    /// Reads the text of an element and its end tag; gives the text and what it holds.
    #[inline]
    fn content(&mut self, place: Place, open: Open<'a>) -> Result<(Span, u8), Stop> {
        let (mut span, mut holds) = (Span::new(open.tag_end, open.tag_end), 0);
        if !open.empty {
            let start = self.scanner.at;
            let (end, held) = self.scanner.text().located(place)?;
            (span, holds) = (Span::new(start, end), held);
            match self.scanner.second() {
                Some(b'/') => self.scanner.end_tag(open.name).located(place)?,
                None | Some(b'!' | b'?') => return Err(self.scanner.forbidden().at(place)),
                Some(_) => {
                    let fault = Fault::new(schema::UNKNOWN_ELEMENT, end, end.wrapping_add(1)).saying(says::IN_TEXT);
                    return Err(fault.at(place));
                }
            }
        }
        self.bindings.leave(open.outer).located(place)?;
        Ok((span, holds))
    }

    /// A name without its prefix, and the key to look it up by.
    #[inline]
    fn key(&self, name: Name) -> ((u64, u64), &'a [u8]) {
        let local = self.local(name);
        if name.colon == 0 {
            return ((name.hash, name.head), local);
        }
        let head = lookup::head(local, 0, local.len());
        ((lookup::hash(head, local.len()), head), local)
    }

    #[inline]
    fn local(&self, name: Name) -> &'a [u8] {
        let start = if name.colon == 0 { name.start } else { name.colon.wrapping_add(1) };
        self.scanner.slice(start, name.end)
    }

    #[inline]
    fn count(&self, block: Block, slot: Slot) -> u16 {
        if let Value::Rows { count } = self.into.record.value(block, slot) { count } else { 0 }
    }

    fn least(&mut self, open: Open<'a>, node: NodeId, slot: Slot, min: u16) {
        if self.count(open.block, slot) < min {
            self.report(schema::TOO_FEW, open.tag, open.place.at(node));
        }
    }

    #[cold]
    fn report(&mut self, code: Code, span: Span, place: Place) {
        self.into.reasons.push(Fault { code, span, says: None }.reason(place));
    }
}

#[inline]
fn opened<'a>(
    op: &'a ElementOp,
    block: Block,
    own: (Block, Slot),
    place: Place,
    tag: Tag,
    outer: usize,
) -> Open<'a> {
    let span = Span::new(tag.start, tag.end);
    Open { op, block, own, place, name: tag.name, tag: span, tag_end: tag.end, empty: tag.empty, outer }
}
