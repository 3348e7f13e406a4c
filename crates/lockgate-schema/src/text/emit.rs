//! The one canonical layout of a record of formatted text.
//!
//! Sets in described order, one a line. A field that says nothing is written only where another follows it. A set that
//! its line has no room for goes on behind a separator, after the type's indent. Cells of a table are as wide as the type
//! says. Numbers, times and positions have one way to be written. Every line ends, the last one too.

use super::model::{Columns, Field, Form, Group, Item, Line, Message, Segment, Set, Takes, Value as Leaf};
use super::pen::Pen;
use super::run::is_of;
use super::value;
use super::write;
use crate::emit::sink::{Matcher, Sink, Writer, Written};
use crate::planted;
use crate::short::Short;
use crate::stamp;
use lockgate_bytes::Decimal;
use lockgate_record::{Block, Cell, NodeId, Record, Slot, Value};

/// Appends the encoding to `out`; false, and `out` as it was, where a required part would be missing or a value cannot be
/// written.
pub(crate) fn emit(of: &Message, record: &Record, object: &[u8], omit: &[NodeId], out: &mut Vec<u8>) -> bool {
    let before = out.len();
    out.reserve(object.len().saturating_add(64));
    let pen = Pen::new(&of.layout, Writer { object, out });
    let whole = Emit { record, object, omit, pen }.items(&of.items, Block::ROOT).is_some();
    if !whole {
        out.truncate(before);
    }
    whole
}

/// True where the encoding is `object` itself.
pub(crate) fn is_canonical(of: &Message, record: &Record, object: &[u8], omit: &[NodeId]) -> bool {
    let pen = Pen::new(&of.layout, Matcher { object, at: 0 });
    let mut emit = Emit { record, object, omit, pen };
    emit.items(&of.items, Block::ROOT).is_some() && emit.pen.out.at == object.len()
}

/// One walk.
struct Emit<'a, S> {
    record: &'a Record,
    object: &'a [u8],
    omit: &'a [NodeId],
    pen: Pen<'a, S>,
}

/// A value as it is to be written.
enum Said<'a> {
    Text(&'a [u8]),
    Short(Short),
}

impl Said<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text,
            Self::Short(short) => short.bytes(),
        }
    }
}

impl<'a, S: Sink> Emit<'a, S> {
    fn items(&mut self, items: &'a [Item], block: Block) -> Written {
        items.iter().try_for_each(|item| match item {
            Item::Line(line) => self.line(line, block),
            Item::Fixed(text) => {
                self.pen.plain(text)?;
                self.pen.end()
            }
            Item::Set(set) => self.sets(set, block),
            Item::Columns(table) => self.table(table, block),
            Item::Segment(segment) => self.segment(segment, block),
        })
    }

    fn is_omitted(&self, node: NodeId) -> bool {
        self.omit.contains(&node)
    }

    /// The cell of what is there and stays.
    fn cell(&self, node: NodeId, slot: Slot, block: Block) -> Option<&'a Cell> {
        if self.is_omitted(node) { None } else { self.record.holding(block, slot) }
    }

    fn line(&mut self, line: &'a Line, block: Block) -> Written {
        let leaf = &line.value;
        self.with_said(leaf, block, |emit, said| {
            let Some(said) = said else { return leaf.optional.then_some(()) };
            emit.pen.plain(&line.prefix)?;
            emit.pen.plain(&leaf.key)?;
            emit.pen.plain(said)?;
            emit.pen.plain(check(leaf, said).as_slice())?;
            emit.pen.plain(&leaf.unit)?;
            emit.pen.end()
        })
    }

    /// The rows of a list, where it stays, and how many they are.
    fn rows(
        &self,
        node: NodeId,
        slot: Slot,
        block: Block,
    ) -> (impl Iterator<Item = Block> + use<'a, S>, u16) {
        let count = match self.record.value(block, slot) {
            Value::Rows { count } if !self.is_omitted(node) => count,
            _ => 0,
        };
        (self.record.rows(block, slot).take(usize::from(count)), count)
    }

    fn segment(&mut self, segment: &'a Segment, block: Block) -> Written {
        let (mut rows, count) = self.rows(segment.node, segment.slot, block);
        (segment.rows.min..=segment.rows.max).contains(&count).then_some(())?;
        rows.try_for_each(|row| self.items(&segment.items, row))
    }

    fn sets(&mut self, set: &'a Set, block: Block) -> Written {
        let Some(bounds) = set.rows else {
            return match self.cell(set.node, set.slot, block) {
                Some(_) => self.set(set, block),
                None => set.optional.then_some(()),
            };
        };
        let (mut rows, count) = self.rows(set.node, set.slot, block);
        (bounds.min..=bounds.max).contains(&count).then_some(())?;
        rows.try_for_each(|row| self.set(set, row))
    }

    fn set(&mut self, set: &'a Set, block: Block) -> Written {
        let written = self.fields_to_write(set, block)?;
        let between = [self.pen.layout.between];
        let mark = [between[0], between[0]];
        let by_line = self.pen.layout.by_line;
        self.pen.begin(&set.id)?;
        if written == 0 {
            if !by_line {
                self.pen.plain(&mark)?;
            }
            return self.pen.end_set();
        }
        self.pen.plain(&between)?;
        let mut left = written;
        for (field, block) in self.all_fields(set, block) {
            if matches!(field, Field::Present { .. }) {
                continue;
            }
            left = left.checked_sub(1)?;
            let behind: &[u8] = match (left, by_line) {
                (0, true) => b"",
                (0, false) => &mark,
                _ => &between,
            };
            self.field(field, block, behind)?;
            if left == 0 {
                break;
            }
        }
        self.pen.end_set()
    }

    /// The fields of a set and of the rows of its group, each with its block.
    fn all_fields(
        &self,
        set: &'a Set,
        block: Block,
    ) -> impl Iterator<Item = (&'a Field, Block)> + use<'a, S> {
        let group = set.group.as_ref();
        let rows = group.map(|group| self.rows(group.node, group.slot, block).0);
        let fields = |group: &'a Group, row: Block| group.fields.iter().map(move |field| (field, row));
        let grouped = group.zip(rows).map(|(group, rows)| rows.flat_map(move |row| fields(group, row)));
        set.fields.iter().map(move |field| (field, block)).chain(grouped.into_iter().flatten())
    }

    /// How many fields are written: up to the last that says something. Of each row of a group, the first is.
    fn fields_to_write(&self, set: &'a Set, block: Block) -> Option<usize> {
        if let Some(group) = &set.group {
            let count = self.rows(group.node, group.slot, block).1;
            (group.rows.min..=group.rows.max).contains(&count).then_some(())?;
        }
        let own = set.fields.len();
        let each = set.group.as_ref().map_or(1, |group| group.fields.len()).max(1);
        let (mut written, mut count) = (0_usize, 0_usize);
        for (at, (field, block)) in self.all_fields(set, block).enumerate() {
            if let Field::Present { node, slot } = field {
                let stands =
                    self.cell(*node, *slot, block).is_some_and(|cell| cell.value == Value::Flag(true));
                stands.then_some(())?;
                continue;
            }
            count = count.checked_add(1)?;
            let begins_row = at >= own && at.checked_sub(own)?.checked_rem(each)? == 0;
            let says = self.says_something(field, block)?;
            if begins_row || says || self.pen.layout.full || planted::is_planted() {
                written = count;
            }
        }
        Some(written)
    }

    /// False where the field is absent and may be; `None` where it may not.
    fn says_something(&self, field: &Field, block: Block) -> Option<bool> {
        let there = |leaf: &Leaf| self.cell(leaf.node, leaf.slot, block).is_some();
        match field {
            Field::Present { .. } => Some(false),
            Field::Fixed(_) => Some(true),
            Field::Value(leaf) => match there(leaf) {
                false if !leaf.optional => None,
                there => Some(there),
            },
            Field::Choice { optional, values } => match values.iter().filter(|leaf| there(leaf)).count() {
                0 if *optional => Some(false),
                1 => Some(true),
                _ => None,
            },
        }
    }

    fn field(&mut self, field: &'a Field, block: Block, behind: &[u8]) -> Written {
        let leaf = match field {
            Field::Present { .. } => return Some(()),
            Field::Fixed(text) => return self.pen.field([text, b"", b"", b"", behind]),
            Field::Value(leaf) => Some(leaf),
            Field::Choice { values, .. } => {
                values.iter().find(|leaf| self.cell(leaf.node, leaf.slot, block).is_some())
            }
        };
        let Some(leaf) = leaf else { return self.nothing(field, behind) };
        self.with_said(leaf, block, |emit, said| match said {
            Some(body) => emit.something(field, leaf, body, behind),
            None => emit.nothing(field, behind),
        })
    }

    /// A field that says nothing.
    fn nothing(&mut self, field: &Field, behind: &[u8]) -> Written {
        let layout = self.pen.layout;
        let between = [layout.between];
        let (between, again) = match field {
            Field::Value(leaf) if leaf.form.takes() == Takes::Two => {
                (between.as_slice(), layout.none.as_slice())
            }
            _ => (b"".as_slice(), b"".as_slice()),
        };
        self.pen.field([&layout.none, between, again, b"", behind])
    }

    /// A field whose value `leaf` is written as `body`.
    fn something(&mut self, field: &'a Field, leaf: &'a Leaf, body: &[u8], behind: &[u8]) -> Written {
        let layout = self.pen.layout;
        // An empty field would stand beside the separator of the next one, and be the end of the set.
        let empty = body.is_empty() && is_bare(leaf);
        (layout.by_line || !empty).then_some(())?;
        if leaf.form.is_free() {
            // Its end is the first end mark.
            let mark = [layout.between, layout.between];
            let unclear = !layout.by_line
                && (body.windows(2).any(|pair| pair == mark)
                    || body.first() == Some(&layout.between)
                    || body.last() == Some(&layout.between));
            (!unclear).then_some(())?;
            self.pen.lines(body)?;
            return self.pen.plain(behind);
        }
        if let Field::Choice { values, .. } = field
            && leaf.key.is_empty()
            && leaf.unit.is_empty()
        {
            let first = values.iter().find(|other| is_of(other, body, check(leaf, body)));
            first.is_some_and(|first| std::ptr::eq(first, leaf)).then_some(())?;
        }
        self.pen.field([&leaf.key, body, check(leaf, body).as_slice(), &leaf.unit, behind])
    }

    /// Gives to `write` what a value says; nothing where it is absent.
    fn with_said(
        &mut self,
        leaf: &'a Leaf,
        block: Block,
        write: impl FnOnce(&mut Self, Option<&[u8]>) -> Written,
    ) -> Written {
        let (Form::Carried(carried), Some(_)) = (&leaf.form, self.cell(leaf.node, leaf.slot, block)) else {
            let said = self.said(leaf, block)?;
            return write(self, said.as_ref().map(Said::bytes));
        };
        let (record, object, omit) = (self.record, self.object, self.omit);
        carried.spelled((record, object), block, omit, |letters| {
            // It must not read as a field that says nothing.
            (!is_bare(leaf) || !value::same(letters, &self.pen.layout.none)).then_some(())?;
            write(self, Some(letters))
        })
    }

    /// What a value says; `Some(None)` where it is absent, `None` where it cannot be written.
    fn said(&self, leaf: &Leaf, block: Block) -> Option<Option<Said<'a>>> {
        let Some(cell) = self.cell(leaf.node, leaf.slot, block) else {
            return leaf.optional.then_some(None);
        };
        let said = match (&leaf.form, cell.value) {
            (form, Value::Text(text) | Value::Code(text)) => {
                let text = self.record.text(text, self.object);
                value::is_text_of(form, text).then_some(())?;
                Said::Text(text)
            }
            (Form::Number(form), Value::Integer(number)) => {
                Said::Short(write::number(form, Decimal::from_int(number)?)?)
            }
            (Form::Number(form), Value::Decimal(number)) => Said::Short(write::number(form, number)?),
            (Form::Enum(wires), Value::Enum(index)) => return self.listed(wires, index),
            (Form::Time(form), Value::Time(time)) => {
                let near = match self.record.value(Block::ROOT, form.near) {
                    Value::Time(near) => Some(near),
                    _ => None,
                };
                Said::Short(stamp::write(&form.form, time, near)?)
            }
            (Form::Clock(form), Value::Ratio(clock)) => Said::Short(stamp::write_clock(form, clock)?),
            (Form::Coordinate(form), Value::Ratio(at)) => {
                Said::Short(write::coordinate(form, at, self.pen.layout.between)?)
            }
            (Form::Position(form), Value::Present) => {
                let lat = self.cell(form.lat, form.lat_slot, block)?.value;
                let lon = self.cell(form.lon, form.lon_slot, block)?.value;
                let (Value::Ratio(lat), Value::Ratio(lon)) = (lat, lon) else { return None };
                Said::Short(write::position(form, lat, lon)?)
            }
            _ => return None,
        };
        // It must not read as a field that says nothing.
        (!is_bare(leaf) || !value::same(said.bytes(), &self.pen.layout.none)).then_some(())?;
        Some(Some(said))
    }

    /// The words of an enumeration are the type's, and live longer than the walk; they are short enough to copy.
    fn listed(&self, wires: &[String], index: u16) -> Option<Option<Said<'a>>> {
        let wire = wires.get(usize::from(index))?;
        Short::of(wire.as_bytes()).map(|short| Some(Said::Short(short)))
    }

    fn table(&mut self, table: &'a Columns, block: Block) -> Written {
        let (rows, count) = self.rows(table.node, table.slot, block);
        (table.rows.min..=table.rows.max).contains(&count).then_some(())?;
        if count == 0 {
            return Some(());
        }
        let between = [self.pen.layout.between];
        self.pen.plain(&table.id)?;
        self.pen.end()?;
        let many = table.columns.len();
        for (at, column) in table.columns.iter().enumerate() {
            self.pen.plain(&between)?;
            self.padded(&[&column.heading], column.width, at.saturating_add(1) == many)?;
        }
        self.pen.end()?;
        let mut left = count;
        for row in rows {
            for (at, column) in table.columns.iter().enumerate() {
                self.pen.plain(&between)?;
                let Field::Value(leaf) = &column.field else { return None };
                let last = at.saturating_add(1) == many;
                self.with_said(leaf, row, |emit, said| match said {
                    Some(said) => {
                        let check = check(leaf, said);
                        let pieces = [&leaf.key, said, check.as_slice(), &leaf.unit];
                        emit.padded(&pieces, column.width, last)
                    }
                    None => emit.padded(&[&emit.pen.layout.none], column.width, last),
                })?;
            }
            left = left.checked_sub(1)?;
            if left == 0 {
                self.pen.plain(&[between[0], between[0]])?;
            }
            self.pen.end()?;
        }
        Some(())
    }

    /// A cell, with blanks up to its width unless it is the last of its line.
    fn padded(&mut self, pieces: &[&[u8]], width: usize, last: bool) -> Written {
        let length = pieces.iter().fold(0_usize, |length, piece| length.saturating_add(piece.len()));
        (length > 0).then_some(())?;
        pieces.iter().try_for_each(|piece| self.pen.plain(piece))?;
        let blanks = if last { 0 } else { width.saturating_sub(length) };
        self.pen.spaces(blanks)
    }
}

/// True where a value stands without descriptor, check digit and unit.
fn is_bare(leaf: &Leaf) -> bool {
    leaf.key.is_empty() && leaf.unit.is_empty() && leaf.check.is_none()
}

/// The check digit behind a value, where it has one.
fn check(leaf: &Leaf, body: &[u8]) -> Option<u8> {
    leaf.check.map(|over| write::check_digit(body, over))
}
