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

use crate::fault::{Fault, says};
use crate::marks;
use crate::model::Model;
use crate::prolog;
use bindings::{Bindings, NOWHERE, Place as Namespace};
pub(crate) use compile::Program;
use compile::{ContentOp, ElementOp, OpenOp};
use lockgate_bytes::{Budget, Span};
use lockgate_core::Inspection;
use lockgate_reason::{Code, framing, schema};
use lockgate_record::{Block, Place, Slot, Value};
use scan::{Name, Scanner, Tag, Token};

impl Program {
    /// Reads `bytes` as an object of `model`, from which this program was compiled, into `into`, which has just begun.
    pub(crate) fn inspect(&self, model: &Model, bytes: &[u8], into: &mut Inspection, budget: &mut Budget) {
        let root = Place::of(self.root_node);
        match prolog::open(model, bytes, budget) {
            Err(fault) => into.reasons.push(fault.reason(root)),
            Ok((text, at)) => {
                let mut tokens = [Token::default(); 64];
                let scanner = Scanner::new(bytes, at, self.attributes, &mut tokens);
                let bindings = Bindings::new();
                let namespaces = &model.namespaces;
                let mut run = Run {
                    program: self,
                    namespaces,
                    text,
                    scanner,
                    bindings,
                    into,
                    budget,
                    depth: 0,
                    place: root,
                };
                if run.object(root).is_none() {
                    let reason = run.scanner.fault.reason(run.place);
                    run.into.reasons.push(reason);
                }
            }
        }
    }
}

/// One reading. A method that gives `None` has left the fault in the scanner and its place in `place`.
struct Run<'a, 't, 'b> {
    program: &'a Program,
    namespaces: &'a [String],
    text: &'a str,
    scanner: Scanner<'a, 't>,
    bindings: Bindings,
    into: &'b mut Inspection,
    budget: &'b mut Budget,
    depth: u8,
    place: Place,
}

/// An element that is open.
struct Open<'a> {
    op: &'a ElementOp,
    /// The block that holds the cells inside it.
    block: Block,
    /// Its own cell: in a list, slot 0 of its row.
    own: (Block, Slot),
    place: Place,
    /// Namespace declarations in force around it.
    outer: usize,
}

impl<'a> Run<'a, '_, '_> {
    fn object(&mut self, place: Place) -> Option<()> {
        self.scanner.white();
        let next = match (self.scanner.peek(), self.scanner.second()) {
            (Some(b'<'), Some(b'/')) => self.scanner.broken(says::NO_NAME),
            (Some(b'<'), None | Some(b'!' | b'?')) => self.scanner.forbidden(),
            (Some(b'<'), Some(_)) => Some(()),
            (None, _) => self.scanner.broken(says::CUT_OFF),
            (Some(_), _) => self.scanner.stray(),
        };
        self.located(next, place)?;
        self.start_tag(place)?;
        let namespace = self.namespace(place)?;
        let op = self.program.elements.first()?;
        let is_root = namespace.known == Some(self.program.root_namespace)
            && self.local(&self.scanner.tag.name) == &*self.program.root_wire;
        if !is_root {
            return self.stop(schema::UNKNOWN_ELEMENT, self.scanner.tag.span, Some(says::WRONG_ROOT), place);
        }
        self.all_known(0, place)?;
        self.element(&Open { op, block: Block::ROOT, own: (Block::ROOT, Slot(0)), place, outer: 0 })?;
        self.scanner.white();
        let (at, end) = (self.scanner.at, self.scanner.bytes.len());
        if at < end {
            return self.stop(schema::TRAILING_BYTES, Span::new(at, end), None, place);
        }
        Some(())
    }

    /// Leaves a fault.
    #[cold]
    fn stop<T>(&mut self, code: Code, span: Span, says: Option<&'static str>, place: Place) -> Option<T> {
        self.place = place;
        self.scanner.fail(Fault { code, span, says })
    }

    /// Puts a place to what the scanner gives.
    #[inline]
    fn located<T>(&mut self, read: Option<T>, place: Place) -> Option<T> {
        if read.is_none() {
            self.place = place;
        }
        read
    }

    /// The same for what gives a fault.
    #[inline]
    fn faultless<T>(&mut self, read: Result<T, Fault>, place: Place) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(fault) => self.stop(fault.code, fault.span, fault.says, place),
        }
    }

    /// Reads a start tag in `place`, pays for it, and brings its declarations in force.
    #[inline]
    fn start_tag(&mut self, place: Place) -> Option<()> {
        if self.depth >= self.program.depth {
            let at = self.scanner.at;
            return self.stop(schema::TOO_DEEP, Span::new(at, at.wrapping_add(1)), None, place);
        }
        let read = self.scanner.start_tag();
        self.located(read, place)?;
        let steps = u64::try_from(self.scanner.count).unwrap_or(u64::MAX).saturating_add(1);
        if self.budget.spend(steps).is_err() {
            return self.stop(framing::OVER_BUDGET, self.scanner.tag.span, None, place);
        }
        if self.scanner.declares {
            let declared = self.bindings.declare(&self.scanner, self.namespaces);
            self.faultless(declared, place)?;
        }
        Some(())
    }

    /// The namespace of the element whose start tag has been read.
    #[inline]
    fn namespace(&mut self, place: Place) -> Option<Namespace> {
        if self.scanner.tag.name.colon == 0 && self.bindings.count == 0 {
            return Some(NOWHERE);
        }
        let found = self.bindings.resolve(&self.scanner, &self.scanner.tag.name);
        self.faultless(found, place)
    }

    #[inline]
    fn all_known(&mut self, outer: usize, place: Place) -> Option<()> {
        if outer == self.bindings.count {
            return Some(());
        }
        let known = self.bindings.all_known(outer);
        self.faultless(known, place)
    }

    #[inline]
    fn leave(&mut self, outer: usize, place: Place) -> Option<()> {
        if outer == self.bindings.count {
            return Some(());
        }
        let used = self.bindings.leave(outer);
        self.faultless(used, place)
    }

    /// Reads attributes and content of an element whose start tag has been read.
    fn element(&mut self, open: &Open<'a>) -> Option<()> {
        self.depth = self.depth.saturating_add(1);
        self.attributes(open)?;
        // Copied here and not before: by now the tag has come to rest in memory.
        let tag = self.scanner.tag;
        match &open.op.content {
            ContentOp::Value(field) => {
                let (span, holds) = self.content(open.place, &tag, open.outer)?;
                self.value(field, open.block, open.place, span, holds);
            }
            ContentOp::Text(field) => {
                let (span, holds) = self.content(open.place, &tag, open.outer)?;
                let place = open.place.at(field.node);
                if !span.is_empty() {
                    self.value(field, open.block, place, span, holds);
                } else if !field.optional {
                    self.report(schema::MISSING, tag.span, place);
                }
                self.present(open, &tag);
            }
            ContentOp::Elements => {
                self.children(open, &tag)?;
                self.present(open, &tag);
            }
        }
        self.depth = self.depth.saturating_sub(1);
        Some(())
    }

    /// Notes that an element is there, from its first byte to here.
    #[inline]
    fn present(&mut self, open: &Open<'a>, tag: &Tag) {
        let all = Span { start: tag.span.start, end: Span::new(0, self.scanner.at).end };
        self.into.record.set(open.own.0, open.own.1, Value::Present, all);
    }

    #[inline]
    fn attributes(&mut self, open: &Open<'a>) -> Option<()> {
        let op = open.op;
        let mut seen = 0_u64;
        for index in 0..self.scanner.count {
            let Some(token) = self.scanner.token(index) else { break };
            if token.declares {
                continue;
            }
            let (name, value, holds) = (token.name.span, token.value, token.holds);
            let (key, prefixed) = ((token.name.hash, token.name.head), token.name.colon != 0);
            if prefixed {
                return self.stop(schema::NAMESPACE, name, Some(says::PREFIXED), open.place);
            }
            let wire = name.of(self.scanner.bytes);
            if let Some(found) = op.names.find(key, wire, |_| true)
                && let Some(field) = op.fields.get(usize::from(found))
            {
                seen |= 1_u64.wrapping_shl(u32::from(found));
                self.value(field, open.block, open.place.at(field.node), value, holds);
                continue;
            }
            match &op.open_attributes {
                Some(set) if !marks::is_marking_name(wire) => self.row(set, open, name, (value, holds))?,
                _ => return self.stop(schema::UNKNOWN_ATTRIBUTE, name, None, open.place),
            }
        }
        if op.required & !seen != 0 {
            self.missing_attributes(open, op.required & !seen);
        }
        if let Some(set) = &op.open_attributes {
            self.least(open, self.scanner.tag.span, set);
        }
        Some(())
    }

    #[cold]
    fn missing_attributes(&mut self, open: &Open<'a>, missing: u64) {
        for (index, field) in (0_u32..).zip(&open.op.fields) {
            if missing & 1_u64.wrapping_shl(index) != 0 {
                self.report(schema::MISSING, self.scanner.tag.span, open.place.at(field.node));
            }
        }
    }

    fn children(&mut self, open: &Open<'a>, tag: &Tag) -> Option<()> {
        let op = open.op;
        let (mut seen, mut last) = (0_u64, 0_u16);
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
                    let ended = self.scanner.end_tag(&tag.name);
                    self.located(ended, open.place)?;
                    more = false;
                }
                None | Some(b'!' | b'?') => {
                    self.place = open.place;
                    return self.scanner.forbidden();
                }
                Some(_) => self.child(open, &mut seen, &mut last)?,
            }
        }
        self.leave(open.outer, open.place)?;
        if op.required_children & !seen != 0 || op.has_least {
            self.incomplete(open, tag.span, seen);
        }
        if let Some(set) = &op.open_elements {
            self.least(open, tag.span, set);
        }
        Some(())
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
    fn child(&mut self, parent: &Open<'a>, seen: &mut u64, last: &mut u16) -> Option<()> {
        let outer = self.bindings.count;
        self.start_tag(parent.place)?;
        let namespace = self.namespace(parent.place)?;
        let (key, local) = self.key(&self.scanner.tag.name);
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
                return self.known_child(parent, op, outer, (twice, early));
            }
        }
        match &parent.op.open_elements {
            Some(set)
                if self.scanner.tag.name.colon == 0
                    && namespace.known == Some(parent.op.namespace)
                    && !marks::is_marking_name(local) =>
            {
                self.open_element(set, parent, outer)
            }
            _ if parent.op.lane => self.undeclared(parent.place, namespace, outer),
            _ => self.stop(schema::UNKNOWN_ELEMENT, self.scanner.tag.span, None, parent.place),
        }
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

    /// Adds a row to a list in `place`, unless it is full.
    #[inline]
    fn push_row(
        &mut self,
        block: Block,
        slot: Slot,
        rows: crate::model::Rows,
        span: Span,
        place: Place,
    ) -> Option<(Block, u16)> {
        let count = self.count(block, slot);
        if count < rows.max
            && let Some(row) = self.into.record.push_row(block, slot, rows.width, span)
        {
            return Some((row, count));
        }
        self.stop(schema::TOO_MANY, span, None, place)
    }

    /// Reads `<name>value</name>`, a row of an open set.
    fn open_element(&mut self, set: &OpenOp, parent: &Open<'a>, outer: usize) -> Option<()> {
        let place = parent.place.at(set.node);
        let tag = self.scanner.tag;
        self.all_known(outer, place)?;
        if let Some(token) = self.scanner.tokens().iter().find(|token| !token.declares) {
            return self.stop(schema::UNKNOWN_ATTRIBUTE, token.name.span, None, place);
        }
        let value = self.content(place, &tag, outer)?;
        self.row(set, parent, tag.name.span, value)
    }

    /// Adds a row to an open set.
    fn row(&mut self, set: &OpenOp, open: &Open<'a>, name: Span, value: (Span, u8)) -> Option<()> {
        let place = open.place.at(set.node);
        let (row, count) = self.push_row(open.block, set.slot, set.rows, name, place)?;
        let place = place.in_row(count);
        self.value(&set.name, row, place.at(set.name.node), name, 0);
        self.value(&set.value, row, place.at(set.value.node), value.0, value.1);
        Some(())
    }

    /// Reads the text of an element and its end tag; gives the text and what it holds.
    #[inline]
    fn content(&mut self, place: Place, tag: &Tag, outer: usize) -> Option<(Span, u8)> {
        let (mut span, mut holds) = (Span { start: tag.span.end, end: tag.span.end }, 0);
        if !tag.empty {
            let start = self.scanner.at;
            let read = self.scanner.text();
            holds = self.located(read, place)?;
            let end = self.scanner.at;
            span = Span::new(start, end);
            let ended = match self.scanner.second() {
                Some(b'/') => self.scanner.end_tag(&tag.name),
                None | Some(b'!' | b'?') => self.scanner.forbidden(),
                Some(_) => {
                    let at = Span::new(end, end.wrapping_add(1));
                    return self.stop(schema::UNKNOWN_ELEMENT, at, Some(says::IN_TEXT), place);
                }
            };
            self.located(ended, place)?;
        }
        self.leave(outer, place)?;
        Some((span, holds))
    }

    /// A name without its prefix, and the key to look it up by.
    #[inline]
    fn key(&self, name: &Name) -> ((u64, u64), &'a [u8]) {
        let local = self.local(name);
        if name.colon == 0 {
            return ((name.hash, name.head), local);
        }
        let head = lookup::head(local, 0, local.len());
        ((lookup::hash(head, local.len()), head), local)
    }

    #[inline]
    fn local(&self, name: &Name) -> &'a [u8] {
        let start = if name.colon == 0 { name.span.start } else { name.colon.wrapping_add(1) };
        Span { start, end: name.span.end }.of(self.scanner.bytes)
    }

    #[inline]
    fn count(&self, block: Block, slot: Slot) -> u16 {
        if let Value::Rows { count } = self.into.record.value(block, slot) { count } else { 0 }
    }

    fn least(&mut self, open: &Open<'a>, tag: Span, set: &OpenOp) {
        if self.count(open.block, set.slot) < set.rows.min {
            self.report(schema::TOO_FEW, tag, open.place.at(set.node));
        }
    }

    #[cold]
    fn report(&mut self, code: Code, span: Span, place: Place) {
        self.into.reasons.push(Fault { code, span, says: None }.reason(place));
    }
}
