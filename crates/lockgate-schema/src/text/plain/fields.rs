//! How the plain interpreter reads the fields of a set.

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

/// The fields of a set that are still to be read: characters with their places.
pub(super) struct Fields<'l> {
    letters: &'l [(u8, usize)],
    /// Where the next field begins; `None` behind the last.
    next: Option<usize>,
    end: usize,
    between: u8,
}

impl<'l> Fields<'l> {
    /// All that stands behind an identifier; each field stands behind a separator.
    pub(super) fn of(letters: &'l [(u8, usize)], end: usize, between: u8) -> Self {
        match letters.split_first() {
            Some(((_, at), rest)) => Self { letters: rest, next: Some(at.saturating_add(1)), end, between },
            None => Self { letters, next: None, end, between },
        }
    }

    /// The next field, or as many as a value takes.
    fn take(&mut self, takes: Takes) -> Option<(Vec<u8>, Span)> {
        let start = self.next?;
        let mut ends = None;
        let mut separators = match takes {
            Takes::One => 1,
            Takes::Two => 2,
            Takes::Rest => usize::MAX,
        };
        for (at, (byte, _)) in self.letters.iter().enumerate() {
            if *byte == self.between {
                separators = separators.saturating_sub(1);
                if separators == 0 {
                    ends = Some(at);
                    break;
                }
            }
        }
        let (field, end) = match ends.and_then(|at| Some((at, *self.letters.get(at)?))) {
            Some((at, (_, place))) => {
                let (field, rest) = self.letters.split_at_checked(at)?;
                self.letters = rest.get(1..).unwrap_or(&[]);
                self.next = Some(place.saturating_add(1));
                (field, place)
            }
            None => {
                self.next = None;
                (std::mem::take(&mut self.letters), self.end)
            }
        };
        Some((field.iter().map(|(byte, _)| *byte).collect(), Span::new(start, end)))
    }

    fn nothing(&self) -> Span {
        Span::new(self.end, self.end)
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
            while let Some(start) = left.next {
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
                let span = Span::new(start, left.next.unwrap_or(left.end));
                self.into.record.row_stands(around.block, group.slot, row, span);
                count = count.saturating_add(1);
            }
            if count < group.rows.min {
                return Err(list.stop(schema::TOO_FEW, left.end, left.end, None));
            }
        }
        // What says nothing at the end of a set is not written, where not all fields are.
        self.exact &= ends_with == Took::Said || self.layout.full;
        match left.next {
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
                Some((text, _)) if text == *wanted => return Took::Said,
                Some((_, span)) => self.note(schema::WRONG_CONSTANT, span, None, around),
                None => self.note(schema::MISSING, left.nothing(), None, around),
            },
            Field::Value(leaf) => match left.take(leaf.form.takes()) {
                Some((text, span)) => return of(self.one(leaf, &text, span, around)),
                None if leaf.optional => {}
                None => self.note(schema::MISSING, left.nothing(), None, around.at(leaf.node)),
            },
            Field::Choice { optional, values } => {
                let taken = left.take(Takes::One);
                let there = taken.is_some();
                let (text, span) = taken.unwrap_or((self.layout.none.clone(), left.nothing()));
                if text == self.layout.none {
                    if !optional {
                        self.note(schema::MISSING, span, None, around);
                    }
                    return if there { Took::Nil } else { Took::Nothing };
                }
                match values.iter().find(|leaf| may_be(leaf, &text)) {
                    Some(leaf) => return of(self.one(leaf, &text, span, around)),
                    None => self.note(schema::BAD_VALUE, span, Some(says::NO_ALTERNATIVE), around),
                }
            }
        }
        Took::Nothing
    }

    /// Reads a value; `around` is what it stands in. False where the text says nothing.
    pub(super) fn one(&mut self, leaf: &Leaf, text: &[u8], span: Span, around: Around) -> bool {
        let own = around.at(leaf.node);
        let none = &self.layout.none;
        let twice = [none.as_slice(), &[self.layout.between], none.as_slice()].concat();
        if text == *none || (leaf.form.takes() == Takes::Two && text == twice) {
            // Where a value has two fields, both are written.
            self.exact &= leaf.form.takes() != Takes::Two || text == twice;
            if !leaf.optional {
                self.note(schema::MISSING, span, None, own);
            }
            return false;
        }
        self.something(leaf, text, span, around);
        true
    }

    /// Reads a value that says something.
    fn something(&mut self, leaf: &Leaf, text: &[u8], span: Span, around: Around) {
        let own = around.at(leaf.node);
        let Some(inner) = text.strip_prefix(leaf.key.as_slice()) else {
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
        match values::said(&leaf.form, inner, near, self.layout.between) {
            Err((code, says)) => self.note(code, span, says, own),
            Ok(Said::Text) => {
                let kept = self.into.record.keep(inner);
                let value =
                    if matches!(leaf.form, Form::Code(_)) { Value::Code(kept) } else { Value::Text(kept) };
                self.into.record.set(around.block, leaf.slot, value, span);
                self.show(leaf, kept, span, own);
            }
            Ok(Said::Object(carried)) => {
                let (text, slot, place) = (self.into.record.keep(inner), leaf.slot, own.place);
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
    let digits: Vec<u32> = text.iter().filter_map(|byte| char::from(*byte).to_digit(10)).collect();
    let sum: u32 = digits.iter().take(over.into()).sum();
    sum.to_string().as_bytes().last() == Some(&digit)
}
