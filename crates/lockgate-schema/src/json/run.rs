//! The compiled reader of JSON: one pass over the bytes, names looked up in tables.
//!
//! A method that gives `None` has left the fault. The recursion is bounded by `limits depth` (at most 32).

use super::emit::is_escaped;
use super::objects::{Is, Object, Objects};
use super::{is_white, says};
use crate::emit::value::{is_exact_time, is_written};
use crate::fault::{Fault, says as common};
use crate::marks;
use crate::model::{Field, Model};
use lockgate_bytes::{Budget, Decimal, Span, Time};
use lockgate_core::{Inspection, OpenText, Undeclared};
use lockgate_reason::{Code, schema};
use lockgate_record::{Block, Charset, Kind, Place, Slot, TextRef, Value};

/// Most members of one object, and most names that are kept to find one that stands twice.
const MEMBERS: usize = 128;

/// A single value as it stands in the object.
#[derive(Clone, Copy)]
enum Token {
    /// What stands between the quotes; true where it has escapes.
    Text(Span, bool),
    Number(Span),
    Flag(bool, Span),
    Null(Span),
}

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

    /// Reads a single value; what is wrong with it becomes a reason, and the reading goes on.
    fn value(&mut self, field: &'a Field, block: Block, place: Place) -> Option<()> {
        if matches!(self.peek(), Some(b'{' | b'[')) {
            let fault = Fault::new(schema::BAD_VALUE, self.at, self.at.wrapping_add(1));
            return self.stop(fault.saying(says::NOT_SCALAR), place);
        }
        let token = self.token(place)?;
        let (read, span) = match (token, &field.kind) {
            (Token::Null(span), _) => (Err(bad(span, says::NULL)), span),
            (Token::Number(span), Kind::Decimal { .. } | Kind::Integer { .. }) => {
                (self.number(field, span), span)
            }
            (Token::Flag(flag, span), Kind::Flag) => (Ok(Value::Flag(flag)), span),
            (Token::Text(span, escaped), kind) if !is_bare(kind) => (self.text(field, span, escaped), span),
            (Token::Text(span, _) | Token::Number(span) | Token::Flag(_, span), kind) => {
                (Err(bad(span, no(kind))), span)
            }
        };
        match read {
            Ok(value) => {
                self.into.record.fill(block, field.slot, value, span);
                if let (Value::Text(text) | Value::Code(text), true) = (value, field.scanned) {
                    self.into.open_texts.push(OpenText { place, text, span, free: field.free });
                }
            }
            Err(fault) => self.into.reasons.push(fault.reason(place)),
        }
        Some(())
    }

    fn token(&mut self, place: Place) -> Option<Token> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                self.step();
                let (span, escaped) = self.string(place)?;
                self.exact &= !escaped || is_escaped(span.of(self.bytes));
                Some(Token::Text(span, escaped))
            }
            Some(b'-' | b'0'..=b'9') => {
                self.digits_of_number(place)?;
                Some(Token::Number(Span::new(start, self.at)))
            }
            Some(b't' | b'f' | b'n') => {
                for (word, flag) in [(&b"true"[..], Some(true)), (b"false", Some(false)), (b"null", None)] {
                    if self.bytes.get(start..).is_some_and(|rest| rest.starts_with(word)) {
                        self.at = start.wrapping_add(word.len());
                        let span = Span::new(start, self.at);
                        return Some(flag.map_or(Token::Null(span), |flag| Token::Flag(flag, span)));
                    }
                }
                self.broken(says::NO_VALUE, place)
            }
            _ => self.broken(says::NO_VALUE, place),
        }
    }

    /// Reads a text behind its first quote; gives what stands between the quotes, and whether it has escapes.
    fn string(&mut self, place: Place) -> Option<(Span, bool)> {
        let (start, mut escaped) = (self.at, false);
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    let used = match escape(self.bytes.get(self.at..).unwrap_or(&[])) {
                        Ok((_, used)) => used,
                        Err(code) => return self.bad_escape(code, place),
                    };
                    self.at = self.at.wrapping_add(used);
                }
                None | Some(0..=0x1F) => return self.broken(says::CONTROL, place),
                Some(_) => self.step(),
            }
        }
        let span = Span::new(start, self.at);
        self.step();
        Some((span, escaped))
    }

    #[cold]
    fn bad_escape<T>(&mut self, code: Code, place: Place) -> Option<T> {
        let says = if code == schema::FORBIDDEN_CONSTRUCT { says::LONE_HALF } else { says::BAD_ESCAPE };
        self.stop(Fault::new(code, self.at, self.at.wrapping_add(1)).saying(says), place)
    }

    /// Skips a number: RFC 8259, section 6.
    fn digits_of_number(&mut self, place: Place) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.step();
        }
        if self.peek() == Some(b'0') {
            self.step();
        } else {
            self.digits(place)?;
        }
        if self.peek() == Some(b'.') {
            self.step();
            self.digits(place)?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.step();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.step();
            }
            self.digits(place)?;
        }
        Some(())
    }

    fn digits(&mut self, place: Place) -> Option<()> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.broken(says::NO_DIGIT, place);
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.step();
        }
        Some(())
    }

    fn number(&mut self, field: &Field, span: Span) -> Result<Value, Fault> {
        let raw = span.of(self.bytes);
        let long = || Fault { code: schema::OUT_OF_RANGE, span, says: Some(common::LONG_NUMBER) };
        let number = exact(raw).ok_or_else(long)?;
        self.exact &= is_written(raw, number.mantissa(), usize::from(number.scale()));
        let out_of_range = Fault { code: schema::OUT_OF_RANGE, span, says: None };
        match &field.kind {
            Kind::Integer { min, max } => match (number.scale(), number.mantissa()) {
                (0, whole) if (*min..=*max).contains(&whole) => Ok(Value::Integer(whole)),
                (0, _) => Err(out_of_range),
                _ => Err(bad(span, common::NOT_INTEGER)),
            },
            Kind::Decimal { min, max, digits } => {
                if field.unknown == Some(number) {
                    return Ok(Value::Unknown(number));
                }
                if number < *min || number > *max {
                    return Err(out_of_range);
                }
                let fine = number.scale() <= *digits;
                if fine { Ok(Value::Decimal(number)) } else { Err(out_of_range.saying(common::DIGITS)) }
            }
            _ => Err(bad(span, common::NOT_DECIMAL)),
        }
    }

    fn text(&mut self, field: &Field, span: Span, escaped: bool) -> Result<Value, Fault> {
        let text = if escaped { self.decoded(span) } else { TextRef::Source(span) };
        let bytes = self.into.record.text(text, self.bytes);
        match &field.kind {
            Kind::Text { min, max, charset } => {
                let characters = core::str::from_utf8(bytes).unwrap_or("");
                let mut count = 0_u32;
                for character in characters.chars() {
                    let first = count == 0;
                    let fits = if first { charset.begins(character) } else { charset.allows(character) };
                    if !fits {
                        return Err(Fault { code: schema::BAD_CHARACTER, span, says: None });
                    }
                    count = count.saturating_add(1);
                }
                if count < *min || count > *max {
                    return Err(Fault { code: schema::BAD_LENGTH, span, says: None });
                }
                match &field.form {
                    Some(form) if !form.fits(bytes) => Err(bad(span, common::NOT_FORM)),
                    _ => Ok(Value::Text(text)),
                }
            }
            Kind::Code(tree) if tree.allows(bytes) => Ok(Value::Code(text)),
            Kind::Code(_) => Err(bad(span, common::NOT_ALLOWED)),
            Kind::Enum(_) => {
                let index = field.wires.iter().position(|wire| wire.as_bytes() == bytes);
                let index = index.and_then(|index| u16::try_from(index).ok());
                index.map(Value::Enum).ok_or_else(|| bad(span, common::NOT_LISTED))
            }
            _ => match Time::parse(bytes) {
                Ok(time) => {
                    self.exact &= is_exact_time(bytes);
                    Ok(Value::Time(time))
                }
                Err(_) => Err(bad(span, common::NOT_TIME)),
            },
        }
    }

    /// The text without its escapes, kept in the record.
    fn decoded(&mut self, span: Span) -> TextRef {
        let mut rest = span.of(self.bytes);
        let start = self.into.record.scratch_len();
        while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
            let (plain, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            self.into.record.keep(plain);
            let Ok((character, used)) = escape(after) else { break };
            let mut bytes = [0_u8; 4];
            self.into.record.keep(character.encode_utf8(&mut bytes).as_bytes());
            rest = after.get(used..).unwrap_or(&[]);
        }
        self.into.record.keep(rest);
        TextRef::Scratch(Span::new(start, self.into.record.scratch_len()))
    }

    /// Reads a member that the type does not describe, as strictly as the rest, and reports it.
    fn undeclared(&mut self, name: Span, parent: Place) -> Option<()> {
        let mut marked = marks::is_marking_name(name.of(self.bytes));
        self.anything(parent, &mut marked)?;
        self.exact = false;
        let start = usize::try_from(name.start).unwrap_or(0).saturating_sub(1);
        let span = Span::new(start, self.at);
        self.into.undeclared.push(Undeclared { parent, span, marked, second_label: false });
        Some(())
    }

    fn anything(&mut self, place: Place, marked: &mut bool) -> Option<()> {
        match self.peek() {
            Some(b'{') => {
                self.deeper(place)?;
                let mut names = Names::default();
                let mut more = self.peek() != Some(b'}');
                if !more {
                    self.step();
                }
                while more {
                    let name = self.name(place)?;
                    if names.count >= usize::from(self.limits.1) {
                        let fault = Fault { code: schema::TOO_MANY_ATTRIBUTES, span: name, says: None };
                        return self.stop(fault, place);
                    }
                    if !names.is_new(self.bytes, name) {
                        return self.stop(Fault { code: schema::DUPLICATE, span: name, says: None }, place);
                    }
                    *marked |= marks::is_marking_name(name.of(self.bytes));
                    self.anything(place, marked)?;
                    more = self.goes_on(b'}', place)?;
                }
                self.depth = self.depth.wrapping_sub(1);
            }
            Some(b'[') => {
                self.deeper(place)?;
                let mut more = self.peek() != Some(b']');
                if !more {
                    self.step();
                }
                while more {
                    self.anything(place, marked)?;
                    more = self.goes_on(b']', place)?;
                }
                self.depth = self.depth.wrapping_sub(1);
            }
            _ => {
                if let Token::Text(span, escaped) = self.token(place)? {
                    // Who looks for marking words looks at the bytes: an escape could hide one.
                    *marked |= escaped;
                    let text = core::str::from_utf8(span.of(self.bytes)).unwrap_or("");
                    if text.chars().any(|character| !Charset::Multiline.allows(character)) {
                        return self.stop(Fault { code: schema::BAD_CHARACTER, span, says: None }, place);
                    }
                }
            }
        }
        Some(())
    }
}

/// Names of members, to find one that stands twice.
struct Names {
    spans: [Span; MEMBERS],
    count: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self { spans: [Span { start: 0, end: 0 }; MEMBERS], count: 0 }
    }
}

impl Names {
    /// Keeps a name; false where it stands already.
    fn is_new(&mut self, bytes: &[u8], name: Span) -> bool {
        let known = self.spans.get(..self.count).unwrap_or(&[]);
        if known.iter().any(|known| known.of(bytes) == name.of(bytes)) {
            return false;
        }
        match self.spans.get_mut(self.count) {
            Some(place) => *place = name,
            None => return false,
        }
        self.count = self.count.wrapping_add(1);
        true
    }
}

/// The character that the escape at the head of `text` stands for, and its length. A lone half of a pair is forbidden,
/// anything else is broken.
fn escape(text: &[u8]) -> Result<(char, usize), Code> {
    let character = match text.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let first = unit(text, 2).ok_or(schema::NOT_WELL_FORMED)?;
            if let Some(character) = char::from_u32(first) {
                return Ok((character, 6));
            }
            let second = text.get(6..8).filter(|next| next == b"\\u").and_then(|_| unit(text, 8));
            let high = first.wrapping_sub(0xD800);
            let low = second.map(|second| second.wrapping_sub(0xDC00)).filter(|low| *low < 0x400);
            let whole = low
                .filter(|_| high < 0x400)
                .and_then(|low| char::from_u32((high << 10 | low).wrapping_add(0x1_0000)));
            return whole.map(|whole| (whole, 12)).ok_or(schema::FORBIDDEN_CONSTRUCT);
        }
        _ => return Err(schema::NOT_WELL_FORMED),
    };
    Ok((character, 2))
}

/// Four hexadecimal digits.
fn unit(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at..at.checked_add(4)?)?;
    digits.iter().try_fold(0_u32, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// The number that is written, exactly; `None` where it has more than 18 digits.
fn exact(raw: &[u8]) -> Option<Decimal> {
    let (negative, mut mantissa, mut zeros, mut scale) = (raw.first() == Some(&b'-'), 0_i64, 0_i64, 0_i64);
    let mut behind = false;
    let mut rest = raw.get(usize::from(negative)..)?;
    while let Some((byte, after)) = rest.split_first() {
        match byte {
            b'.' => behind = true,
            b'e' | b'E' => {
                scale = scale.saturating_sub(exponent(after));
                break;
            }
            digit => {
                scale = scale.saturating_add(i64::from(behind));
                if *digit == b'0' {
                    zeros = zeros.saturating_add(1);
                } else {
                    let factor = power(if mantissa == 0 { 0 } else { zeros.saturating_add(1) })?;
                    mantissa =
                        mantissa.checked_mul(factor)?.checked_add(i64::from(digit.wrapping_sub(b'0')))?;
                    zeros = 0;
                }
            }
        }
        rest = after;
    }
    if mantissa == 0 {
        return Some(Decimal::ZERO);
    }
    // Zeros at the end were not counted in.
    let scale = scale.saturating_sub(zeros);
    if scale <= 0 {
        mantissa = mantissa.checked_mul(power(scale.saturating_neg())?)?;
    }
    let signed = if negative { mantissa.checked_neg()? } else { mantissa };
    Decimal::new(signed, u8::try_from(scale.max(0)).ok()?)
}

/// An exponent behind its `e`; far beyond what counts it need not be exact.
fn exponent(text: &[u8]) -> i64 {
    let negative = text.first() == Some(&b'-');
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let value = digits.fold(0_i64, |value, digit| {
        value.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0'))).min(1 << 40)
    });
    if negative { value.saturating_neg() } else { value }
}

fn power(of: i64) -> Option<i64> {
    10_i64.checked_pow(u32::try_from(of).ok()?)
}

/// True for kinds that stand without quotes.
fn is_bare(kind: &Kind) -> bool {
    matches!(kind, Kind::Decimal { .. } | Kind::Integer { .. } | Kind::Flag)
}

/// What a value of another kind is not.
fn no(kind: &Kind) -> &'static str {
    match kind {
        Kind::Decimal { .. } => common::NOT_DECIMAL,
        Kind::Integer { .. } => common::NOT_INTEGER,
        Kind::Flag => common::NOT_FLAG,
        _ => says::NOT_TEXT,
    }
}

fn bad(span: Span, says: &'static str) -> Fault {
    Fault { code: schema::BAD_VALUE, span, says: Some(says) }
}
