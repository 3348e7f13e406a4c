//! The one canonical encoding of a record.
//!
//! UTF-8 without XML declaration; double quotes; attributes and elements in described order, rows of a list in their
//! own; no white space between elements; `<x/>` for an empty element; `&amp; &lt; &quot; &#10;` in attributes and
//! `&amp; &lt; &gt;` in text, nothing else escaped; decimals without sign or zeros that say nothing; times in UTC
//! without zeros at the end; flags as `true` and `false`; a namespace declared as the default one on the element that
//! needs it, and no prefix. The value that means "unknown" keeps its number.
//!
//! One walk gives the encoding piece by piece, to a buffer or against the object, so that what [`is_canonical`] says is
//! what [`emit`] and a comparison would say.

mod layout;
pub(crate) mod sink;
pub(crate) mod value;

use crate::carried::Coding;
pub(crate) use layout::Layout;
use layout::{Child, Leaf, Open, Part};
use lockgate_record::{Block, Cell, NodeId, Record, Slot, TextRef, Value};
use sink::{Matcher, Sink, Writer, Written};
use value::{escape, is_exact_time, is_plain, is_written, write_digits};

/// Appends the encoding to `out`; false, and `out` as it was, where a required part would be missing.
pub(crate) fn emit(
    layout: &Layout,
    record: &Record,
    object: &[u8],
    omit: &[NodeId],
    out: &mut Vec<u8>,
) -> bool {
    let before = out.len();
    // Rarely is the encoding longer than what was read.
    out.reserve(object.len().saturating_add(64));
    let whole = Pen { layout, record, object, omit, out: Writer { object, out: &mut *out } }.all().is_some();
    if !whole {
        out.truncate(before);
    }
    whole
}

/// True where the encoding is `object` itself.
pub(crate) fn is_canonical(layout: &Layout, record: &Record, object: &[u8], omit: &[NodeId]) -> bool {
    let mut pen = Pen { layout, record, object, omit, out: Matcher { object, at: 0 } };
    pen.all().is_some() && pen.out.at == object.len()
}

/// What is left out of an element: parts that a lane leaves out, and children that are written elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    pub(crate) omit: &'a [NodeId],
    pub(crate) skip: &'a [NodeId],
}

/// The children of the root element, without the element around them.
#[derive(Clone, Copy)]
pub(crate) struct Children<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) record: &'a Record,
    pub(crate) object: &'a [u8],
    pub(crate) left: Left<'a>,
    /// The block that holds their cells.
    pub(crate) block: Block,
}

impl Children<'_> {
    /// Appends them to `out`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Written {
        self.pen(Writer { object: self.object, out }).children(self)
    }

    /// Where they end in the object, if they stand in it from `at` on.
    pub(crate) fn end(&self, at: usize) -> Option<usize> {
        let mut pen = self.pen(Matcher { object: self.object, at });
        pen.children(self)?;
        Some(pen.out.at)
    }

    fn pen<S: Sink>(&self, out: S) -> Pen<'_, S> {
        Pen { layout: self.layout, record: self.record, object: self.object, omit: self.left.omit, out }
    }
}

struct Pen<'a, S> {
    layout: &'a Layout,
    record: &'a Record,
    object: &'a [u8],
    omit: &'a [NodeId],
    out: S,
}

impl<'a, S: Sink> Pen<'a, S> {
    fn all(&mut self) -> Written {
        let root = self.layout.part(0)?;
        optional(!self.is_absent(root.node, Block::ROOT, Slot(0)))?;
        self.element(root, Block::ROOT)
    }

    /// Writes an element whose inner cells are in `block`.
    fn element(&mut self, part: &Part, block: Block) -> Written {
        self.out.literal(&part.opening)?;
        match part.in_a_row.filter(|_| self.omit.is_empty()) {
            Some(first) => self.attributes_there(part, first, block)?,
            None => self.attributes(part, block)?,
        }
        if let Some(set) = &part.open_attributes {
            self.open_attributes(set, block)?;
        }
        if self.inside(part, block)? { self.out.literal(&part.closing) } else { self.out.bytes(b"/>") }
    }

    /// Writes the attributes of an element, asking for each.
    fn attributes(&mut self, part: &Part, block: Block) -> Written {
        for leaf in &part.attributes {
            match self.cell(leaf, block) {
                Some(cell) => self.attribute(leaf, (cell, block))?,
                None => optional(leaf.optional)?,
            }
        }
        Some(())
    }

    /// The same where their cells stand in a row from `first` on, and none is left out: a word tells which are there, and
    /// the descriptions of the others, which are wide, are not looked at.
    #[inline]
    fn attributes_there(&mut self, part: &Part, first: Slot, block: Block) -> Written {
        let mut there = self.record.presence_from(block, first) & part.described;
        optional(part.required & !there == 0)?;
        while there != 0 {
            let leaf = part.attributes.get(usize::try_from(there.trailing_zeros()).ok()?)?;
            there &= there.wrapping_sub(1);
            self.attribute(leaf, (self.record.holding(block, leaf.slot)?, block))?;
        }
        Some(())
    }

    #[inline(always)]
    fn attribute(&mut self, leaf: &Leaf, (cell, block): (&Cell, Block)) -> Written {
        self.out.literal(&leaf.opening)?;
        match cell.value {
            // Most are like that.
            Value::Text(TextRef::Source(span)) if is_plain(span.of(self.object)) => self.out.source(span)?,
            _ => self.value(leaf, (cell, block), true)?,
        }
        self.out.byte(b'"')
    }

    /// Writes what stands inside an element, with the `>` before it; false where there is nothing.
    fn inside(&mut self, part: &Part, block: Block) -> Option<bool> {
        if let Some(leaf) = &part.content {
            return match self.cell(leaf, block) {
                Some(cell) => self.text_value(leaf, (cell, block)),
                None => optional(leaf.optional).map(|()| false),
            };
        }
        let mut begun = false;
        for child in &part.children {
            if self.is_absent(child.node, block, child.slot) {
                optional(child.least == 0)?;
            } else {
                if !begun {
                    self.out.byte(b'>')?;
                }
                begun = true;
                self.child(child, block)?;
            }
        }
        if let Some(set) = &part.open_elements {
            begun |= self.open_elements(set, block, begun)?;
        }
        Some(begun)
    }

    fn children(&mut self, of: &Children<'_>) -> Written {
        let root = self.layout.part(0)?;
        for child in &root.children {
            if self.is_absent(child.node, of.block, child.slot) {
                optional(child.least == 0)?;
            } else if !of.left.skip.contains(&child.node) {
                self.child(child, of.block)?;
            }
        }
        if let Some(set) = &root.open_elements {
            self.open_elements(set, of.block, true)?;
        }
        Some(())
    }

    fn child(&mut self, child: &Child, block: Block) -> Written {
        let part = self.layout.part(child.part)?;
        if !child.repeats {
            return self.element(part, block);
        }
        let mut count = 0_u16;
        for row in self.record.rows(block, child.slot) {
            self.element(part, row)?;
            count = count.saturating_add(1);
        }
        optional(count >= child.least)
    }

    fn open_attributes(&mut self, set: &Open, block: Block) -> Written {
        self.each_row(set, block, |pen, name, value| {
            pen.out.byte(b' ')?;
            pen.value(&set.name, name, true)?;
            pen.out.bytes(b"=\"")?;
            pen.value(&set.value, value, true)?;
            pen.out.byte(b'"')
        })?;
        Some(())
    }

    /// True where any are written.
    fn open_elements(&mut self, set: &Open, block: Block, begun: bool) -> Option<bool> {
        let mut begun = begun;
        self.each_row(set, block, |pen, name, value| {
            if !begun {
                pen.out.byte(b'>')?;
            }
            begun = true;
            pen.out.byte(b'<')?;
            pen.value(&set.name, name, true)?;
            if pen.text_value(&set.value, value)? {
                pen.out.bytes(b"</")?;
                pen.value(&set.name, name, true)?;
                pen.out.byte(b'>')
            } else {
                pen.out.bytes(b"/>")
            }
        })
    }

    /// Writes each row of an open set, which has to have name and value; true where there are any.
    fn each_row(
        &mut self,
        set: &Open,
        block: Block,
        mut write: impl FnMut(&mut Self, (&Cell, Block), (&Cell, Block)) -> Written,
    ) -> Option<bool> {
        let omitted = [set.node, set.name.node, set.value.node].iter().any(|node| self.omit.contains(node));
        let mut count = 0_u16;
        if !omitted {
            for row in self.record.rows(block, set.slot) {
                let (name, value) = (self.cell(&set.name, row)?, self.cell(&set.value, row)?);
                write(self, (name, row), (value, row))?;
                count = count.saturating_add(1);
            }
        }
        optional(count >= set.least)?;
        Some(count > 0)
    }

    /// True where there is nothing to write: it is not there, or left out.
    #[inline]
    fn is_absent(&self, node: NodeId, block: Block, slot: Slot) -> bool {
        self.record.is_absent(block, slot) || (!self.omit.is_empty() && self.omit.contains(&node))
    }

    #[inline]
    fn cell(&self, leaf: &Leaf, block: Block) -> Option<&'a Cell> {
        let cell = self.record.holding(block, leaf.slot)?;
        if !self.omit.is_empty() && self.omit.contains(&leaf.node) { None } else { Some(cell) }
    }

    /// Writes `>` and the value as the text of an element; false, and nothing, where it is empty.
    fn text_value(&mut self, leaf: &Leaf, (cell, block): (&Cell, Block)) -> Option<bool> {
        let empty = match cell.value {
            Value::Present => leaf.carried.is_none(),
            Value::Absent | Value::Rows { .. } => true,
            Value::Text(TextRef::Source(span) | TextRef::Scratch(span))
            | Value::Code(TextRef::Source(span) | TextRef::Scratch(span)) => span.is_empty(),
            Value::Enum(index) => leaf.wires.get(usize::from(index)).is_none_or(|wire| wire.is_empty()),
            _ => false,
        };
        if empty {
            return Some(false);
        }
        self.out.byte(b'>')?;
        self.value(leaf, (cell, block), false)?;
        Some(true)
    }

    fn value(&mut self, leaf: &Leaf, (cell, block): (&Cell, Block), in_attribute: bool) -> Written {
        match cell.value {
            Value::Present => self.carried(leaf, block, in_attribute),
            Value::Absent | Value::Rows { .. } => Some(()),
            Value::Text(TextRef::Source(span)) | Value::Code(TextRef::Source(span)) => {
                let text = span.of(self.object);
                if is_plain(text) { self.out.source(span) } else { escape(text, in_attribute, &mut self.out) }
            }
            Value::Text(text) | Value::Code(text) => {
                escape(self.record.text(text, self.object), in_attribute, &mut self.out)
            }
            Value::Enum(index) => {
                let wire = leaf.wires.get(usize::from(index)).map_or(&[][..], |wire| wire);
                escape(wire, in_attribute, &mut self.out)
            }
            Value::Decimal(number) | Value::Unknown(number) => {
                self.number(cell, number.mantissa(), usize::from(number.scale()))
            }
            Value::Integer(number) => self.number(cell, number, 0),
            Value::Flag(flag) => self.out.bytes(if flag { b"true" } else { b"false" }),
            Value::Ratio(_) => self.stamped(leaf, cell),
            Value::Time(_) if leaf.stamp.is_some() => self.stamped(leaf, cell),
            // An instant that was read from its own canonical form has no other.
            Value::Time(_) if is_exact_time(cell.span.of(self.object)) => self.out.source(cell.span),
            Value::Time(time) => {
                let mut text = [0_u8; 32];
                let used = time.write(&mut text);
                self.out.bytes(text.get(..used).unwrap_or(&[]))
            }
        }
    }

    /// Writes an object of another type.
    #[cold]
    fn carried(&mut self, leaf: &Leaf, block: Block, in_attribute: bool) -> Written {
        let Some(carried) = leaf.carried.as_deref() else { return Some(()) };
        let out = &mut self.out;
        carried.write((self.record, self.object), block, self.omit, |bytes| match carried.coding() {
            Coding::Text => escape(bytes, in_attribute, out),
            _ => carried.letters(bytes, out),
        })
    }

    /// Writes a time that is not written as RFC 3339 does.
    #[cold]
    fn stamped(&mut self, leaf: &Leaf, cell: &Cell) -> Written {
        self.out.bytes(leaf.stamp.as_ref()?.write(cell.value)?.bytes())
    }

    /// Writes a number: where the object has it in this form, from there.
    #[inline]
    fn number(&mut self, cell: &Cell, mantissa: i64, scale: usize) -> Written {
        if is_written(cell.span.of(self.object), mantissa, scale) {
            return self.out.source(cell.span);
        }
        write_digits(mantissa < 0, mantissa.unsigned_abs(), scale, &mut self.out)
    }
}

fn optional(may_be_absent: bool) -> Written {
    may_be_absent.then_some(())
}
