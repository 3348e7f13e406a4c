//! How the plain interpreter reads the fields of a set.

use super::letters::Letters;
use super::{Around, Walk};
use crate::carried::From;
use crate::fault::{Fault, Stop};
use crate::text::model::{Field, Form, Set, Takes, Value as Leaf};
use crate::text::says;
use lockgate_bytes::Span;
use lockgate_core::OpenText;
use lockgate_reason::{Code, schema};
use lockgate_record::{Block, TextRef, Value};

use super::values::{self, Said};

/// What a field took of the characters of its set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Took {
    /// It takes none.
    Aside,
    /// There were none left.
    Nothing,
    /// What stands for nothing.
    Nil,
    /// Something.
    Said,
}

/// The fields of a set that are still to be read.
pub(super) struct Fields<'a> {
    /// `None` behind the last.
    left: Option<Letters<'a>>,
    end: usize,
    between: u8,
}

impl<'a> Fields<'a> {
    /// All that stands behind an identifier; each field stands behind a separator.
    pub(super) fn of(letters: Letters<'a>, between: u8) -> Self {
        let first = letters.each().next();
        let left = first.map(|(_, place)| Letters { at: place.saturating_add(1), ..letters });
        Self { left, end: letters.end, between }
    }

    /// The next field, or as many as a value takes.
    fn take(&mut self, takes: Takes) -> Option<(Letters<'a>, Span)> {
        let (taken, left) = self.left?.cut(takes, self.between);
        self.left = left;
        Some((taken, Span::new(taken.at, taken.end)))
    }

    /// Where the next field begins.
    fn begins(&self) -> Option<usize> {
        self.left.map(|left| left.at)
    }

    fn nothing(&self) -> Span {
        Span::new(self.end, self.end)
    }
}

/// A text that the record keeps: where the first of its characters stands, and how many they are.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    from: usize,
    many: usize,
}

impl Kept {
    /// So many of its characters behind the first `skipped`.
    fn piece(self, skipped: usize, many: usize) -> Self {
        let skipped = skipped.min(self.many);
        Self { from: self.from.saturating_add(skipped), many: many.min(self.many.saturating_sub(skipped)) }
    }

    fn text(self) -> TextRef {
        TextRef::Scratch(Span::new(self.from, self.from.saturating_add(self.many)))
    }
}

impl Walk<'_, '_> {
    pub(super) fn set_fields(
        &mut self,
        set: &Set,
        mut left: Fields<'_>,
        whole: Span,
        around: Around,
    ) -> Result<(), Stop> {
        let mut ends_with = Took::Said;
        for field in &set.fields {
            let took = self.field(field, &mut left, whole, around);
            self.exact &= took != Took::Nothing || !self.layout.full;
            ends_with = if matches!(took, Took::Said | Took::Nil) { took } else { ends_with };
        }
        if let Some(group) = &set.group {
            let list = around.at(group.node);
            let mut count = 0_u16;
            while let Some(start) = left.begins() {
                let stop = list.stop(schema::TOO_MANY, start, left.end, None);
                if count == group.rows.max {
                    return Err(stop);
                }
                let begins = Span::new(start, start);
                let width = group.rows.width;
                let Some(row) = self.into.record.push_row(around.block, group.slot, width, begins) else {
                    return Err(stop);
                };
                for (number, field) in group.fields.iter().enumerate() {
                    let took = self.field(field, &mut left, whole, around.row(group.node, count, row));
                    self.exact &= took != Took::Nothing || !self.layout.full;
                    // The first field of a row is written whatever it says.
                    match took {
                        Took::Nothing | Took::Aside => {}
                        _ if number == 0 => ends_with = Took::Said,
                        took => ends_with = took,
                    }
                }
                let span = Span::new(start, left.begins().unwrap_or(left.end));
                self.into.record.row_stands(around.block, group.slot, row, span);
                count = count.saturating_add(1);
            }
            if count < group.rows.min {
                return Err(list.stop(schema::TOO_FEW, left.end, left.end, None));
            }
        }
        // What says nothing at the end of a set is not written, where not all fields are.
        self.exact &= ends_with == Took::Said || self.layout.full;
        match left.begins() {
            None => Ok(()),
            Some(at) => Err(around.stop(schema::UNKNOWN_PART, at, left.end, Some(says::MORE_FIELDS))),
        }
    }

    /// Reads a field; says what it took of the characters of the set.
    fn field(&mut self, field: &Field, left: &mut Fields<'_>, whole: Span, around: Around) -> Took {
        let of = |says: bool| if says { Took::Said } else { Took::Nil };
        match field {
            Field::Present { slot, .. } => {
                self.into.record.set(around.block, *slot, Value::Flag(true), whole);
                return Took::Aside;
            }
            Field::Fixed(wanted) => match left.take(Takes::One) {
                Some((letters, _)) if letters.say(wanted) => return Took::Said,
                Some((_, span)) => self.note(schema::WRONG_CONSTANT, span, None, around),
                None => self.note(schema::MISSING, left.nothing(), None, around),
            },
            Field::Value(leaf) => match left.take(leaf.form.takes()) {
                Some((letters, span)) => {
                    let text = self.keep_letters(letters);
                    return of(self.one(leaf, text, span, around));
                }
                None if leaf.optional => {}
                None => self.note(schema::MISSING, left.nothing(), None, around.at(leaf.node)),
            },
            Field::Choice { optional, values } => {
                let taken = left.take(Takes::One);
                let span = taken.map_or(left.nothing(), |(_, span)| span);
                let said = taken.filter(|(letters, _)| !letters.say(&self.layout.none));
                let Some((letters, _)) = said else {
                    if !optional {
                        self.note(schema::MISSING, span, None, around);
                    }
                    return if taken.is_some() { Took::Nil } else { Took::Nothing };
                };
                let text = self.keep_letters(letters);
                match values.iter().find(|leaf| may_be(leaf, self.kept(text))) {
                    Some(leaf) => return of(self.one(leaf, text, span, around)),
                    None => self.note(schema::BAD_VALUE, span, Some(says::NO_ALTERNATIVE), around),
                }
            }
        }
        Took::Nothing
    }

    /// Keeps a text of one line.
    pub(super) fn keep(&mut self, text: &[u8]) -> Kept {
        let from = self.into.record.scratch_len();
        self.into.record.keep(text);
        Kept { from, many: text.len() }
    }

    /// Keeps a field as one text.
    fn keep_letters(&mut self, letters: Letters<'_>) -> Kept {
        let from = self.into.record.scratch_len();
        letters.each().for_each(|(letter, _)| self.into.record.keep_byte(letter));
        Kept { from, many: self.into.record.scratch_len().saturating_sub(from) }
    }

    fn kept(&self, kept: Kept) -> &[u8] {
        self.into.record.text(kept.text(), self.bytes)
    }

    /// Reads a value; `around` is what it stands in. False where the text says nothing.
    pub(super) fn one(&mut self, leaf: &Leaf, text: Kept, span: Span, around: Around) -> bool {
        let own = around.at(leaf.node);
        let (said, none) = (self.kept(text), self.layout.none.as_slice());
        let two = leaf.form.takes() == Takes::Two;
        let second = said.strip_prefix(none).and_then(|rest| rest.strip_prefix(&[self.layout.between]));
        let twice = two && second == Some(none);
        if said == none || twice {
            // Where a value has two fields, both are written.
            self.exact &= !two || twice;
            if !leaf.optional {
                self.note(schema::MISSING, span, None, own);
            }
            return false;
        }
        self.something(leaf, text, span, around);
        true
    }

    /// Reads a value that says something.
    fn something(&mut self, leaf: &Leaf, text: Kept, span: Span, around: Around) {
        let own = around.at(leaf.node);
        let Some(inner) = self.kept(text).strip_prefix(leaf.key.as_slice()) else {
            return self.note(schema::BAD_VALUE, span, Some(says::NO_KEY), own);
        };
        let Some(inner) = inner.strip_suffix(leaf.unit.as_slice()) else {
            return self.note(schema::BAD_VALUE, span, Some(says::NO_UNIT), own);
        };
        let inner = match (leaf.check, inner) {
            (None, inner) => inner,
            (Some(over), [inner @ .., digit]) if is_checked(inner, over, *digit) => inner,
            _ => return self.note(schema::WRONG_CHECKSUM, span, Some(says::NO_CHECK), own),
        };
        let near = match &leaf.form {
            Form::Time(group) => match self.into.record.value(Block::ROOT, group.near) {
                Value::Time(time) => Some(time),
                _ => None,
            },
            _ => None,
        };
        let text = text.piece(leaf.key.len(), inner.len()).text();
        match values::said(&leaf.form, inner, near, self.layout.between) {
            Err((code, says)) => self.note(code, span, says, own),
            Ok(Said::Text) => {
                let value =
                    if matches!(leaf.form, Form::Code(_)) { Value::Code(text) } else { Value::Text(text) };
                self.into.record.set(around.block, leaf.slot, value, span);
                self.show(leaf, text, span, own);
            }
            Ok(Said::Object(carried)) => {
                let (slot, place) = (leaf.slot, own.place);
                let from = From { object: self.bytes, text, span, block: around.block, slot, place };
                self.exact &= carried.reference(from, self.into);
            }
            Ok(Said::Value(value)) => self.into.record.set(around.block, leaf.slot, value, span),
            Ok(Said::Position(lat, lon)) => {
                self.into.record.set(around.block, leaf.slot, Value::Present, span);
                if let Form::Position(position) = &leaf.form {
                    self.into.record.set(around.block, position.lat_slot, lat, span);
                    self.into.record.set(around.block, position.lon_slot, lon, span);
                }
            }
        }
    }

    /// Shows a text to the word scan.
    fn show(&mut self, leaf: &Leaf, text: TextRef, span: Span, own: Around) {
        if leaf.scanned {
            self.into.open_texts.push(OpenText { place: own.place, text, span, free: leaf.free });
        }
    }

    fn note(&mut self, code: Code, span: Span, says: Option<&'static str>, at: Around) {
        self.into.reasons.push(Fault { code, span, says }.reason(at.place));
    }
}

/// True where `text` is written as this alternative is.
fn may_be(leaf: &Leaf, text: &[u8]) -> bool {
    if !leaf.key.is_empty() {
        return text.get(..leaf.key.len()) == Some(leaf.key.as_slice());
    }
    if leaf.unit.is_empty() {
        return true;
    }
    text.strip_suffix(leaf.unit.as_slice()).is_some_and(|number| {
        let rest = number.iter().find(|byte| !b"0123456789.-".contains(byte));
        !number.is_empty() && rest.is_none()
    })
}

/// True where `digit` is the last digit of the sum of the first `over` digits of `text`.
fn is_checked(text: &[u8], over: u8, digit: u8) -> bool {
    let digits = text.iter().filter_map(|byte| char::from(*byte).to_digit(10));
    let sum: u32 = digits.take(over.into()).sum();
    char::from_digit(sum % 10, 10) == Some(char::from(digit))
}
