//! Fields: what stands in each, and its value.

use super::Run;
use crate::carried::From;
use crate::text::model::{Field, Form, Takes, Value as Leaf};
use crate::text::says;
use crate::text::value::{self, Read, Wrong};
use crate::text::write;
use lockgate_bytes::{Span, Time};
use lockgate_core::OpenText;
use lockgate_reason::schema;
use lockgate_record::{Block, Place, TextRef, Value};

/// What is left of the fields of a set.
#[derive(Clone, Copy)]
pub(super) struct Wire {
    /// Where the next field begins.
    pub(super) at: usize,
    /// Where the last one ends.
    pub(super) end: usize,
    /// There is no next one.
    pub(super) over: bool,
    /// Line breaks stand in them.
    pub(super) wrapped: bool,
    /// The whole set.
    pub(super) whole: Span,
}

impl<'a> Run<'a, '_> {
    /// Reads a field, or notes that it is missing.
    pub(super) fn field(&mut self, field: &'a Field, wire: &mut Wire, block: Block, place: Place) {
        match field {
            Field::Present { slot, .. } => {
                self.into.record.fill(block, *slot, Value::Flag(true), wire.whole);
            }
            Field::Fixed(wanted) => match self.next(wire, Takes::One) {
                Some((start, end)) => {
                    let text = self.clean(start, end, wire.wrapped);
                    if !value::same(self.into.record.text(text, self.bytes), wanted) {
                        self.wrong(schema::WRONG_CONSTANT, Span::new(start, end), None, place);
                    }
                }
                None => self.wrong(schema::MISSING, Span::new(wire.end, wire.end), None, place),
            },
            Field::Value(leaf) => match self.next(wire, leaf.form.takes()) {
                Some((start, end)) => self.one(leaf, block, place, start, end, wire.wrapped),
                None if leaf.optional => {}
                None => {
                    let place = place.at(leaf.node);
                    self.wrong(schema::MISSING, Span::new(wire.end, wire.end), None, place);
                }
            },
            Field::Choice { optional, values } => {
                let span = match self.next(wire, Takes::One) {
                    Some((start, end)) => {
                        if self.chosen(values, (block, place), start, end, wire.wrapped) {
                            return;
                        }
                        Span::new(start, end)
                    }
                    None => Span::new(wire.end, wire.end),
                };
                if !optional {
                    self.wrong(schema::MISSING, span, None, place);
                }
            }
        }
    }

    /// The next field, or as many as a value takes.
    fn next(&mut self, wire: &mut Wire, takes: Takes) -> Option<(usize, usize)> {
        if wire.over {
            // Where all fields are written, this one is missing.
            self.exact &= !self.program.layout.full;
            return None;
        }
        self.nil = false;
        let start = wire.at;
        let rest = self.bytes.get(start..wire.end).unwrap_or(&[]);
        let between = self.program.layout.between;
        let mut ends = (0_usize..).zip(rest).filter(|(_, byte)| **byte == between).map(|(at, _)| at);
        let length = match takes {
            Takes::One => ends.next(),
            Takes::Two => ends.nth(1),
            Takes::Rest => None,
        };
        match length {
            Some(length) => {
                let end = start.wrapping_add(length);
                wire.at = end.wrapping_add(1);
                Some((start, end))
            }
            None => {
                wire.over = true;
                Some((start, wire.end))
            }
        }
    }

    /// The text from `start` to `end` without the line breaks in it and the blanks behind them.
    fn clean(&mut self, start: usize, end: usize, wrapped: bool) -> TextRef {
        let whole = TextRef::Source(Span::new(start, end));
        if !wrapped {
            return whole;
        }
        let raw = self.bytes.get(start..end).unwrap_or(&[]);
        if !raw.contains(&b'\n') {
            return whole;
        }
        let from = self.into.record.scratch_len();
        let mut pieces = raw.split(|byte| *byte == b'\n').enumerate().peekable();
        while let Some((index, piece)) = pieces.next() {
            let blanks = piece.iter().take_while(|byte| **byte == b' ').count();
            let piece = if index == 0 { piece } else { piece.get(blanks..).unwrap_or(&[]) };
            let broken = pieces.peek().is_some();
            self.into.record.keep(self.before_return(piece, broken));
        }
        TextRef::Scratch(Span::new(from, self.into.record.scratch_len()))
    }

    /// Free text, each line break a line feed.
    fn lines(&mut self, start: usize, end: usize) -> TextRef {
        let raw = self.bytes.get(start..end).unwrap_or(&[]);
        if !self.program.layout.crlf || !raw.contains(&b'\r') {
            return TextRef::Source(Span::new(start, end));
        }
        let from = self.into.record.scratch_len();
        let mut pieces = raw.split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            let broken = pieces.peek().is_some();
            self.into.record.keep(self.before_return(piece, broken));
            if broken {
                self.into.record.keep_byte(b'\n');
            }
        }
        TextRef::Scratch(Span::new(from, self.into.record.scratch_len()))
    }

    /// A piece of a line without the carriage return of its break.
    fn before_return<'p>(&self, piece: &'p [u8], broken: bool) -> &'p [u8] {
        if broken && self.program.layout.crlf { piece.strip_suffix(b"\r").unwrap_or(piece) } else { piece }
    }

    /// Reads the value from `start` to `end`; `place` is that of what it stands in.
    pub(super) fn one(
        &mut self,
        leaf: &'a Leaf,
        block: Block,
        place: Place,
        start: usize,
        end: usize,
        wrapped: bool,
    ) {
        let free = leaf.form.is_free();
        let text = if free { self.lines(start, end) } else { self.clean(start, end, wrapped) };
        let says_nothing = self.says_nothing(self.into.record.text(text, self.bytes), leaf.form.takes());
        let span = Span::new(start, end);
        self.nil = says_nothing;
        if !says_nothing {
            return self.value(leaf, text, span, (block, place));
        }
        // Two fields that say nothing are both written.
        let between = self.program.layout.between;
        self.exact &=
            leaf.form.takes() != Takes::Two || self.into.record.text(text, self.bytes).contains(&between);
        if !leaf.optional {
            self.wrong(schema::MISSING, span, None, place.at(leaf.node));
        }
    }

    /// True where the text says nothing; two fields say it twice, save at the end of a set.
    fn says_nothing(&self, text: &[u8], takes: Takes) -> bool {
        let layout = &self.program.layout;
        let rest = text.strip_prefix(layout.none.as_slice());
        let twice = |rest: &[u8]| rest.strip_prefix(&[layout.between]) == Some(layout.none.as_slice());
        rest.is_some_and(|rest| rest.is_empty() || (takes == Takes::Two && twice(rest)))
    }

    /// Reads the alternative that the text is of; false where it says nothing.
    fn chosen(
        &mut self,
        values: &'a [Leaf],
        (block, place): (Block, Place),
        start: usize,
        end: usize,
        wrapped: bool,
    ) -> bool {
        let reference = self.clean(start, end, wrapped);
        let text = self.into.record.text(reference, self.bytes);
        if value::same(text, &self.program.layout.none) {
            self.nil = true;
            return false;
        }
        let span = Span::new(start, end);
        match values.iter().find(|leaf| is_of(leaf, text, None)) {
            Some(leaf) => self.value(leaf, reference, span, (block, place)),
            None => self.wrong(schema::BAD_VALUE, span, Some(says::NO_ALTERNATIVE), place),
        }
        true
    }

    fn value(&mut self, leaf: &'a Leaf, text: TextRef, span: Span, (block, place): (Block, Place)) {
        let place = place.at(leaf.node);
        let near = self.near(leaf);
        let whole = self.into.record.text(text, self.bytes);
        let between = self.program.layout.between;
        let read = inside(leaf, whole).and_then(|inner| value::read(&leaf.form, inner, near, between));
        let read = match read {
            Ok(read) => read,
            Err((code, says)) => return self.wrong(code, span, says, place),
        };
        let shorter = narrowed(text, leaf);
        let record = &mut self.into.record;
        match read {
            Read::Text => record.fill(block, leaf.slot, Value::Text(shorter), span),
            Read::Code => record.fill(block, leaf.slot, Value::Code(shorter), span),
            Read::One(value) => record.fill(block, leaf.slot, value, span),
            Read::Object => {
                let from = From { object: self.bytes, text: shorter, span, block, slot: leaf.slot, place };
                if let Form::Carried(carried) = &leaf.form {
                    self.exact &= carried.compiled(from, self.into);
                }
            }
            Read::Two(lat, lon) => {
                record.fill(block, leaf.slot, Value::Present, span);
                if let Form::Position(position) = &leaf.form {
                    record.fill(block, position.lat_slot, lat, span);
                    record.fill(block, position.lon_slot, lon, span);
                }
            }
        }
        if leaf.scanned && matches!(read, Read::Text | Read::Code) {
            self.into.open_texts.push(OpenText { place, text: shorter, span, free: leaf.free });
        }
    }

    /// The instant that a date-time group belongs to.
    fn near(&self, leaf: &Leaf) -> Option<Time> {
        let Form::Time(group) = &leaf.form else { return None };
        match self.into.record.value(Block::ROOT, group.near) {
            Value::Time(time) => Some(time),
            _ => None,
        }
    }
}

/// True where the descriptor or the unit of `leaf` stands in `text` and the check digit behind it, or it has neither.
pub(crate) fn is_of(leaf: &Leaf, text: &[u8], check: Option<u8>) -> bool {
    let behind = check.as_slice();
    if let Some((in_text, rest)) = leaf.key.split_at_checked(leaf.key.len().min(text.len()))
        && !leaf.key.is_empty()
    {
        return text.starts_with(in_text) && behind.starts_with(rest);
    }
    if leaf.unit.is_empty() {
        return true;
    }
    let number = text.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-')).count();
    // A check digit behind digits only is one more of them.
    let digits = number == text.len() && check.is_some();
    number > 0 && !digits && leaf.unit.strip_suffix(behind) == text.get(number..)
}

/// The text without descriptor and unit.
fn inside<'t>(leaf: &Leaf, text: &'t [u8]) -> Result<&'t [u8], Wrong> {
    if leaf.key.is_empty() && leaf.unit.is_empty() && leaf.check.is_none() {
        return Ok(text);
    }
    let text = text.strip_prefix(leaf.key.as_slice()).ok_or((schema::BAD_VALUE, Some(says::NO_KEY)))?;
    let text = text.strip_suffix(leaf.unit.as_slice()).ok_or((schema::BAD_VALUE, Some(says::NO_UNIT)))?;
    let Some(over) = leaf.check else { return Ok(text) };
    match text.split_last() {
        Some((digit, text)) if write::check_digit(text, over) == *digit => Ok(text),
        _ => Err((schema::WRONG_CHECKSUM, Some(says::NO_CHECK))),
    }
}

/// The same of a reference to it.
fn narrowed(text: TextRef, leaf: &Leaf) -> TextRef {
    let (key, unit) = (leaf.key.len(), leaf.unit.len().saturating_add(usize::from(leaf.check.is_some())));
    let narrow = |span: Span| {
        let start = usize::try_from(span.start).unwrap_or(usize::MAX).saturating_add(key);
        Span::new(start, usize::try_from(span.end).unwrap_or(usize::MAX).saturating_sub(unit).max(start))
    };
    match text {
        TextRef::Source(span) => TextRef::Source(narrow(span)),
        TextRef::Scratch(span) => TextRef::Scratch(narrow(span)),
    }
}
