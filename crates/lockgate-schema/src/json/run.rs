//! The compiled reader of JSON: one pass over the bytes, names looked up in tables.
//!
//! A method that gives `None` has left the fault. The recursion is bounded by `limits depth` (at most 32).

mod part;
mod values;

use super::objects::{Is, Object, Objects};
use super::{is_white, says};
use crate::fault::{Fault, says as common};
use crate::model::Model;
use lockgate_bytes::{Budget, Span};
use lockgate_core::Inspection;
use lockgate_reason::schema;
use lockgate_record::{Block, Place, Slot, Value};
use part::Names;

struct Run<'a, 'b> {
    objects: &'a Objects,
    bytes: &'a [u8],
    into: &'b mut Inspection,
    at: usize,
    depth: u8,
    /// Deepest level, and most members of one object.
    limits: (u8, u8),
    exact: bool,
    fault: Fault,
    place: Place,
}

impl Objects {
    /// Reads `bytes` into `into`, which has just begun.
    pub(crate) fn inspect(&self, model: &Model, bytes: &[u8], into: &mut Inspection, budget: &mut Budget) {
        let place = Place::of(model.root.node);
        if let Err(fault) = super::open(model.size, bytes, budget) {
            into.reasons.push(fault.reason(place));
            return;
        }
        let fault = Fault::new(schema::NOT_WELL_FORMED, 0, 0);
        let limits = (model.depth, model.attributes);
        let mut run = Run { objects: self, bytes, into, at: 0, depth: 0, limits, exact: true, fault, place };
        if run.whole(place).is_none() {
            let reason = run.fault.reason(run.place);
            run.into.reasons.push(reason);
        }
        let exact = run.exact;
        into.canonical = exact && into.reasons.is_empty() && into.undeclared.is_empty();
    }
}

impl<'a> Run<'a, '_> {
    fn whole(&mut self, place: Place) -> Option<()> {
        self.white();
        let root: &'a Object = self.objects.object(0)?;
        if self.peek() != Some(b'{') {
            return self.broken(says::NO_OBJECT, place);
        }
        self.object(root, (Block::ROOT, (Block::ROOT, Slot(0))), place)?;
        self.white();
        if self.at < self.bytes.len() {
            return self.stop(Fault::new(schema::TRAILING_BYTES, self.at, self.bytes.len()), place);
        }
        Some(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn step(&mut self) {
        self.at = self.at.wrapping_add(1);
    }

    /// Skips white space, which the canonical encoding has nowhere.
    #[inline]
    fn white(&mut self) {
        while self.peek().is_some_and(is_white) {
            self.exact = false;
            self.step();
        }
    }

    #[cold]
    fn stop<T>(&mut self, fault: Fault, place: Place) -> Option<T> {
        (self.fault, self.place) = (fault, place);
        None
    }

    /// The next byte is wrong, or it should not end here.
    #[cold]
    fn broken<T>(&mut self, says: &'static str, place: Place) -> Option<T> {
        let end = self.bytes.len();
        let fault = if self.at >= end {
            Fault::new(schema::NOT_WELL_FORMED, end, end).saying(common::CUT_OFF)
        } else {
            Fault::new(schema::NOT_WELL_FORMED, self.at, self.at.wrapping_add(1)).saying(says)
        };
        self.stop(fault, place)
    }

    fn deeper(&mut self, place: Place) -> Option<()> {
        if self.depth >= self.limits.0 {
            return self.stop(Fault::new(schema::TOO_DEEP, self.at, self.at.wrapping_add(1)), place);
        }
        self.depth = self.depth.wrapping_add(1);
        self.step();
        self.white();
        Some(())
    }

    /// Reads an object; its brace comes next. Its cells are in the block, its own is the other one.
    fn object(&mut self, of: &'a Object, (block, own): (Block, (Block, Slot)), place: Place) -> Option<()> {
        let start = self.at;
        self.deeper(place)?;
        let (mut seen, mut next, mut count) = (0_u128, 0_u16, 0_u8);
        let mut unknown = Names::default();
        let mut more = self.peek() != Some(b'}');
        if !more {
            self.step();
        }
        while more {
            let name = self.name(place)?;
            count = count.saturating_add(1);
            if count > self.limits.1 {
                let fault = Fault { code: schema::TOO_MANY_ATTRIBUTES, span: name, says: None };
                return self.stop(fault, place);
            }
            let found = of.find(name.of(self.bytes));
            let bit = found.map_or(0, |number| 1_u128.wrapping_shl(u32::from(number)));
            if seen & bit != 0 || (found.is_none() && !unknown.is_new(self.bytes, name)) {
                return self.stop(Fault { code: schema::DUPLICATE, span: name, says: None }, place);
            }
            seen |= bit;
            match found.and_then(|number| of.members.get(usize::from(number))) {
                Some(member) => {
                    let number = found.unwrap_or(0);
                    self.exact &= number >= next;
                    next = number.wrapping_add(1);
                    match &member.is {
                        Is::Value(field) => self.value(field, block, place.at(field.node))?,
                        Is::Object(number) => self.child(*number, block, place)?,
                    }
                }
                None if of.lane => self.undeclared(name, place)?,
                None => {
                    return self.stop(Fault { code: schema::UNKNOWN_FIELD, span: name, says: None }, place);
                }
            }
            more = self.goes_on(b'}', place)?;
        }
        self.depth = self.depth.wrapping_sub(1);
        let all = Span::new(start, self.at);
        self.missing(of, seen, all, place);
        self.into.record.set(own.0, own.1, Value::Present, all);
        Some(())
    }

    /// Reports, in the order of their names, the members that are not there.
    fn missing(&mut self, of: &'a Object, seen: u128, all: Span, place: Place) {
        for (number, member) in (0_u32..).zip(&of.members) {
            if seen & 1_u128.wrapping_shl(number) != 0 {
                continue;
            }
            let (code, node) = match &member.is {
                Is::Value(field) if !field.optional => (schema::MISSING, field.node),
                Is::Value(_) => continue,
                Is::Object(number) => match self.objects.object(*number) {
                    Some(child) if child.rows.is_some_and(|rows| rows.min > 0) => {
                        (schema::TOO_FEW, child.node)
                    }
                    Some(child) if child.rows.is_none() && !child.optional => (schema::MISSING, child.node),
                    _ => continue,
                },
            };
            self.into.reasons.push(Fault { code, span: all, says: None }.reason(place.at(node)));
        }
    }

    /// Reads `"name":`; gives the name.
    fn name(&mut self, place: Place) -> Option<Span> {
        if self.peek() != Some(b'"') {
            return self.broken(says::NO_NAME, place);
        }
        self.step();
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let fault = Fault::new(schema::FORBIDDEN_CONSTRUCT, self.at, self.at.wrapping_add(1));
                    return self.stop(fault.saying(says::ESCAPED_NAME), place);
                }
                None | Some(0..=0x1F) => return self.broken(says::CONTROL, place),
                Some(_) => self.step(),
            }
        }
        let name = Span::new(start, self.at);
        self.step();
        self.white();
        if self.peek() != Some(b':') {
            return self.broken(says::NO_COLON, place);
        }
        self.step();
        self.white();
        Some(name)
    }

    /// Behind a member or a row: false where what it stands in ends.
    fn goes_on(&mut self, close: u8, place: Place) -> Option<bool> {
        self.white();
        match self.peek() {
            Some(b',') => {
                self.step();
                self.white();
                Some(true)
            }
            Some(byte) if byte == close => {
                self.step();
                Some(false)
            }
            _ => self.broken(says::NO_COMMA, place),
        }
    }

    /// Reads a member that is an object or an array.
    fn child(&mut self, number: u16, block: Block, outer: Place) -> Option<()> {
        let of: &'a Object = self.objects.object(number)?;
        let place = outer.at(of.node);
        if of.places {
            return self.places(of, block, place);
        }
        let Some(rows) = of.rows else {
            if self.peek() != Some(b'{') {
                return self.other(says::NO_OBJECT, place);
            }
            return self.object(of, (block, (block, of.slot)), place);
        };
        let start = self.at;
        if self.peek() != Some(b'[') {
            return self.other(says::NO_ARRAY, place);
        }
        self.deeper(place)?;
        let mut count = 0_u16;
        if self.peek() == Some(b']') {
            self.step();
            // A list without rows is left out.
            self.exact = false;
        } else {
            loop {
                let span = Span::new(self.at, self.at.wrapping_add(1));
                let row = if count < rows.max {
                    self.into.record.push_row(block, of.slot, rows.width, span)
                } else {
                    None
                };
                let Some(row) = row else {
                    return self.stop(Fault { code: schema::TOO_MANY, span, says: None }, place);
                };
                self.row(of, row, place.in_row(count))?;
                count = count.wrapping_add(1);
                if !self.goes_on(b']', place)? {
                    break;
                }
            }
        }
        self.depth = self.depth.wrapping_sub(1);
        if count < rows.min {
            let fault = Fault::new(schema::TOO_FEW, start, self.at);
            self.into.reasons.push(fault.reason(place));
        }
        Some(())
    }

    /// Reads an array of which each place is something else.
    fn places(&mut self, of: &'a Object, block: Block, place: Place) -> Option<()> {
        let start = self.at;
        if self.peek() != Some(b'[') {
            return self.other(says::NO_ARRAY, place);
        }
        self.deeper(place)?;
        let (mut members, mut seen) = (of.members.iter(), 0_u128);
        let mut more = self.peek() != Some(b']');
        if !more {
            self.step();
        }
        while more {
            let Some(Is::Value(field)) = members.next().map(|member| &member.is) else {
                return self.stop(Fault::new(schema::TOO_MANY, self.at, self.at.wrapping_add(1)), place);
            };
            seen = seen.wrapping_shl(1) | 1;
            self.value(field, block, place.at(field.node))?;
            more = self.goes_on(b']', place)?;
        }
        self.depth = self.depth.wrapping_sub(1);
        let all = Span::new(start, self.at);
        self.missing(of, seen, all, place);
        self.into.record.set(block, of.slot, Value::Present, all);
        Some(())
    }

    fn row(&mut self, of: &'a Object, row: Block, place: Place) -> Option<()> {
        let Some(item) = &of.item else {
            if self.peek() != Some(b'{') {
                return self.other(says::NO_OBJECT, place);
            }
            return self.object(of, (row, (row, Slot(0))), place);
        };
        let start = self.at;
        self.value(item, row, place.at(item.node))?;
        self.into.record.set(row, Slot(0), Value::Present, Span::new(start, self.at));
        Some(())
    }

    /// Something else stands where an object or an array must.
    #[cold]
    fn other(&mut self, says: &'static str, place: Place) -> Option<()> {
        if self.at >= self.bytes.len() {
            return self.broken(says, place);
        }
        self.stop(Fault::new(schema::BAD_VALUE, self.at, self.at.wrapping_add(1)).saying(says), place)
    }
}
