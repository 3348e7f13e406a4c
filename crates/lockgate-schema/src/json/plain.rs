//! The plain interpreter of JSON: walks the model and the characters side by side. It reads every rewritten object again,
//! so it shares with the compiled reader nothing but the description and the sentences.

mod values;

use super::says;
use crate::carried::From;
use crate::fault::{Fault, Stop, says as common};
use crate::marks;
use crate::model::{Content, Element, Field, Model};
use crate::same::Same;
use lockgate_bytes::{Budget, Span};
use lockgate_core::{Inspection, OpenText, Undeclared};
use lockgate_reason::{Code, schema};
use lockgate_record::{Block, Charset, Kind, Place, Slot, Value};
use values::{Single, wanted};

/// Reads `bytes` into `into`, which has just begun.
pub(crate) fn inspect(model: &Model, bytes: &[u8], into: &mut Inspection, budget: &mut Budget) {
    let place = Place::of(model.root.node);
    let read = super::open(model.size, bytes, budget).map_err(|fault| fault.at(place)).and_then(|()| {
        let text = core::str::from_utf8(bytes).unwrap_or("");
        let mut walk = Walk { model, text, into: &mut *into, at: 0, depth: 0, exact: true };
        walk.blanks();
        if !walk.next_is('{') {
            return Err(walk.unexpected(says::NO_OBJECT, place));
        }
        walk.object(&model.root, Block::ROOT, (Block::ROOT, Slot(0)), place)?;
        walk.blanks();
        let (at, all) = (walk.at, bytes.len());
        let exact = walk.exact;
        if at < all { Err(Fault::new(schema::TRAILING_BYTES, at, all).at(place)) } else { Ok(exact) }
    });
    match read {
        Ok(exact) => into.canonical = exact && into.reasons.is_empty() && into.undeclared.is_empty(),
        Err(stop) => into.reasons.push(stop.fault.reason(stop.place)),
    }
}

struct Walk<'a, 'b> {
    model: &'a Model,
    text: &'a str,
    into: &'b mut Inspection,
    at: usize,
    depth: u8,
    /// So far it is written in the one way: RFC 8785, and numbers as the decimals that they are.
    exact: bool,
}

/// The names of an object's members, as far as they were read: as many as any type may have.
struct Names {
    spans: [Span; MOST],
    used: usize,
}

/// Members of one object, at most.
const MOST: usize = 64;

impl Names {
    fn new() -> Self {
        Self { spans: [Span { start: 0, end: 0 }; MOST], used: 0 }
    }

    fn contains(&self, text: &str, name: &str) -> bool {
        self.spans.iter().take(self.used).any(|span| span.of(text.as_bytes()) == name.as_bytes())
    }

    fn add(&mut self, span: Span) {
        if let Some(place) = self.spans.get_mut(self.used) {
            *place = span;
            self.used = self.used.saturating_add(1);
        }
    }
}

impl<'a> Walk<'a, '_> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn next_is(&self, wanted: char) -> bool {
        self.rest().starts_with(wanted)
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at = self.at.saturating_add(wanted.len());
        }
        found
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        let left = rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        self.exact &= left == rest.len();
        self.at = self.at.saturating_add(rest.len().saturating_sub(left));
    }

    fn unexpected(&self, says: &'static str, place: Place) -> Stop {
        let end = self.text.len();
        let fault = if self.at < end {
            Fault::new(schema::NOT_WELL_FORMED, self.at, self.at.saturating_add(1)).saying(says)
        } else {
            Fault::new(schema::NOT_WELL_FORMED, end, end).saying(common::CUT_OFF)
        };
        fault.at(place)
    }

    fn here(&self, code: Code) -> Fault {
        Fault::new(code, self.at, self.at.saturating_add(1))
    }

    /// Steps into an object or an array.
    fn descend(&mut self, place: Place) -> Result<(), Stop> {
        if self.depth >= self.model.depth {
            return Err(self.here(schema::TOO_DEEP).at(place));
        }
        self.depth = self.depth.saturating_add(1);
        self.at = self.at.saturating_add(1);
        self.blanks();
        Ok(())
    }

    /// Behind a member or a row: true where another follows.
    fn another(&mut self, close: &str, place: Place) -> Result<bool, Stop> {
        self.blanks();
        if self.eat(",") {
            self.blanks();
            return Ok(true);
        }
        if self.eat(close) {
            self.depth = self.depth.saturating_sub(1);
            return Ok(false);
        }
        Err(self.unexpected(says::NO_COMMA, place))
    }

    /// Reads the members of an object, each by `member`, which is given its name. Gives the names.
    fn members(
        &mut self,
        place: Place,
        mut member: impl FnMut(&mut Self, &str, Span) -> Result<(), Stop>,
    ) -> Result<Names, Stop> {
        self.descend(place)?;
        let mut names = Names::new();
        if self.eat("}") {
            self.depth = self.depth.saturating_sub(1);
            return Ok(names);
        }
        loop {
            let (name, span) = self.name(place)?;
            let many = names.used >= usize::from(self.model.attributes).min(MOST);
            if many || names.contains(self.text, name) {
                let code = if many { schema::TOO_MANY_ATTRIBUTES } else { schema::DUPLICATE };
                return Err(Fault { code, span, says: None }.at(place));
            }
            // Names are sorted by their units of UTF-16.
            let before = names.spans.get(names.used.wrapping_sub(1)).filter(|_| names.used > 0);
            let before = before.map(|span| core::str::from_utf8(span.of(self.text.as_bytes())).unwrap_or(""));
            self.exact &= before.is_none_or(|before| before.encode_utf16().lt(name.encode_utf16()));
            names.add(span);
            member(self, name, span)?;
            if !self.another("}", place)? {
                return Ok(names);
            }
        }
    }

    /// Reads `"name":`.
    fn name(&mut self, place: Place) -> Result<(&'a str, Span), Stop> {
        if !self.eat("\"") {
            return Err(self.unexpected(says::NO_NAME, place));
        }
        let start = self.at;
        loop {
            match self.rest().chars().next() {
                Some('"') => break,
                Some('\\') => {
                    return Err(self.here(schema::FORBIDDEN_CONSTRUCT).saying(says::ESCAPED_NAME).at(place));
                }
                Some(character) if u32::from(character) >= 0x20 => {
                    self.at = self.at.saturating_add(character.len_utf8());
                }
                _ => return Err(self.unexpected(says::CONTROL, place)),
            }
        }
        let (span, name) = (Span::new(start, self.at), self.text.get(start..self.at).unwrap_or(""));
        self.eat("\"");
        self.blanks();
        if !self.eat(":") {
            return Err(self.unexpected(says::NO_COLON, place));
        }
        self.blanks();
        Ok((name, span))
    }

    fn object(
        &mut self,
        element: &Element,
        block: Block,
        own: (Block, Slot),
        place: Place,
    ) -> Result<(), Stop> {
        let start = self.at;
        let seen = self.members(place, |walk, name, span| {
            if let Some(field) = element.attributes.iter().find(|field| field.wire == name) {
                return walk.value(field, block, place.at(field.node));
            }
            if let Some(child) = element.children.iter().find(|child| child.wire == name) {
                return walk.child(child, block, place.at(child.node));
            }
            if element.lane {
                return walk.undeclared(name, span, place);
            }
            Err(Fault { code: schema::UNKNOWN_FIELD, span, says: None }.at(place))
        })?;
        let all = Span::new(start, self.at);
        // In the order of their names.
        let values = element.attributes.iter().filter(|field| !field.optional);
        let values = values.map(|field| (field.wire.as_str(), field.node, schema::MISSING));
        let others = element.children.iter().filter_map(|child| match child.rows {
            Some(rows) => (rows.min > 0).then_some((child.wire.as_str(), child.node, schema::TOO_FEW)),
            None => (!child.optional).then_some((child.wire.as_str(), child.node, schema::MISSING)),
        });
        let mut wanted: Vec<_> =
            values.chain(others).filter(|(name, ..)| !seen.contains(self.text, name)).collect();
        wanted.sort_unstable_by_key(|(name, ..)| *name);
        for (_, node, code) in wanted {
            self.into.reasons.push(Fault { code, span: all, says: None }.reason(place.at(node)));
        }
        self.into.record.set(own.0, own.1, Value::Present, all);
        Ok(())
    }

    /// Reads an array of which each place is something else.
    fn places(&mut self, child: &Element, block: Block, place: Place) -> Result<(), Stop> {
        let start = self.at;
        if !self.next_is('[') {
            return Err(self.other(says::NO_ARRAY, place));
        }
        self.descend(place)?;
        let (mut count, mut more) = (0_usize, !self.eat("]"));
        if !more {
            self.depth = self.depth.saturating_sub(1);
        }
        while more {
            let Some(field) = child.attributes.get(count) else {
                return Err(self.here(schema::TOO_MANY).at(place));
            };
            self.value(field, block, place.at(field.node))?;
            count = count.saturating_add(1);
            more = self.another("]", place)?;
        }
        let all = Span::new(start, self.at);
        for field in child.attributes.iter().skip(count).filter(|field| !field.optional) {
            let missing = Fault { code: schema::MISSING, span: all, says: None };
            self.into.reasons.push(missing.reason(place.at(field.node)));
        }
        self.into.record.set(block, child.slot, Value::Present, all);
        Ok(())
    }

    fn child(&mut self, child: &Element, block: Block, place: Place) -> Result<(), Stop> {
        if child.places {
            return self.places(child, block, place);
        }
        let Some(rows) = child.rows else {
            if !self.next_is('{') {
                return Err(self.other(says::NO_OBJECT, place));
            }
            return self.object(child, block, (block, child.slot), place);
        };
        let start = self.at;
        if !self.next_is('[') {
            return Err(self.other(says::NO_ARRAY, place));
        }
        self.descend(place)?;
        let mut count = 0_u16;
        let mut more = !self.eat("]");
        if !more {
            // A list without rows is left out.
            self.exact = false;
            self.depth = self.depth.saturating_sub(1);
        }
        while more {
            let span = Span::new(self.at, self.at.saturating_add(1));
            let pushed = if count < rows.max {
                self.into.record.push_row(block, child.slot, rows.width, span)
            } else {
                None
            };
            let Some(row) = pushed else {
                return Err(Fault { code: schema::TOO_MANY, span, says: None }.at(place));
            };
            self.row(child, row, place.in_row(count))?;
            count = count.saturating_add(1);
            more = self.another("]", place)?;
        }
        if count < rows.min {
            self.into.reasons.push(Fault::new(schema::TOO_FEW, start, self.at).reason(place));
        }
        Ok(())
    }

    fn row(&mut self, child: &Element, row: Block, place: Place) -> Result<(), Stop> {
        match &child.content {
            Content::Text(item) | Content::Value(item) => {
                let start = self.at;
                self.value(item, row, place.at(item.node))?;
                self.into.record.set(row, Slot(0), Value::Present, Span::new(start, self.at));
                Ok(())
            }
            Content::Elements if self.next_is('{') => self.object(child, row, (row, Slot(0)), place),
            Content::Elements => Err(self.other(says::NO_OBJECT, place)),
        }
    }

    /// Something else stands where an object or an array must.
    fn other(&self, says: &'static str, place: Place) -> Stop {
        if self.rest().is_empty() {
            return self.unexpected(says, place);
        }
        self.here(schema::BAD_VALUE).saying(says).at(place)
    }

    fn value(&mut self, field: &Field, block: Block, place: Place) -> Result<(), Stop> {
        if self.next_is('{') || self.next_is('[') {
            return Err(self.here(schema::BAD_VALUE).saying(says::NOT_SCALAR).at(place));
        }
        let (read, span) = match self.single(place)? {
            Single::Text(text, span) => {
                self.exact &= self.is_written(text, span);
                if let Some(carried) = &field.carried {
                    let object = self.text.as_bytes();
                    let from = From { object, text, span, block, slot: field.slot, place };
                    self.exact &= carried.reference(from, self.into);
                    return Ok(());
                }
                (self.of_text(field, text), span)
            }
            Single::Number(span) => (self.of_number(field, span), span),
            Single::Word("null", span) => (Err((schema::BAD_VALUE, Some(says::NULL))), span),
            Single::Word(word, span) => {
                let flag = matches!(field.kind, Kind::Flag).then_some(Value::Flag(word == "true"));
                (flag.ok_or((schema::BAD_VALUE, Some(wanted(field)))), span)
            }
        };
        match read {
            Ok(value) => {
                let raw = span.of(self.text.as_bytes());
                self.exact &= match value {
                    Value::Decimal(number) | Value::Unknown(number) => Same::is(number, raw),
                    Value::Integer(number) => Same::is(number, raw),
                    Value::Time(time) if field.stamp.is_none() => Same::is(time, raw),
                    _ => true,
                };
                self.into.record.set(block, field.slot, value, span);
                if let (Value::Text(text) | Value::Code(text), true) = (value, field.scanned) {
                    self.into.open_texts.push(OpenText { place, text, span, free: field.free });
                }
            }
            Err((code, says)) => self.into.reasons.push(Fault { code, span, says }.reason(place)),
        }
        Ok(())
    }

    fn undeclared(&mut self, name: &str, span: Span, parent: Place) -> Result<(), Stop> {
        let start = usize::try_from(span.start).unwrap_or(0).saturating_sub(1);
        let marked = self.anything(parent)? | marks::is_marking_name(name.as_bytes());
        let span = Span::new(start, self.at);
        self.into.undeclared.push(Undeclared { parent, span, marked, second_label: false });
        Ok(())
    }

    /// Reads any value; true where something in it is marked, or could hide a marking.
    fn anything(&mut self, place: Place) -> Result<bool, Stop> {
        let mut marked = false;
        if self.next_is('{') {
            self.members(place, |walk, name, _| {
                marked |= marks::is_marking_name(name.as_bytes());
                marked |= walk.anything(place)?;
                Ok(())
            })?;
        } else if self.next_is('[') {
            self.descend(place)?;
            let mut more = !self.eat("]");
            if !more {
                self.depth = self.depth.saturating_sub(1);
            }
            while more {
                marked |= self.anything(place)?;
                more = self.another("]", place)?;
            }
        } else if let Single::Text(_, span) = self.single(place)? {
            let raw = core::str::from_utf8(span.of(self.text.as_bytes())).unwrap_or("");
            marked |= raw.contains('\\');
            if raw.chars().any(|character| !Charset::Multiline.allows(character)) {
                return Err(Fault { code: schema::BAD_CHARACTER, span, says: None }.at(place));
            }
        }
        Ok(marked)
    }
}
