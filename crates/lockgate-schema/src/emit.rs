//! The one canonical encoding of a record.
//!
//! UTF-8 without XML declaration; double quotes; attributes and elements in described order, rows of a list in their
//! own; no white space between elements; `<x/>` for an empty element; `&amp; &lt; &quot; &#10;` in attributes and
//! `&amp; &lt; &gt;` in text, nothing else escaped; decimals without sign or zeros that say nothing; times in UTC
//! without zeros at the end; flags as `true` and `false`; a namespace declared as the default one on the element that
//! needs it, and no prefix. The value that means "unknown" keeps its number.

use crate::model::{Content, Element, Field, Model, OpenSet};
use lockgate_bytes::Decimal;
use lockgate_record::{Block, NodeId, Record, Slot, TextRef, Value};

/// Appends the encoding to `out`; false, and `out` as it was, where a required part would be missing.
pub(crate) fn emit(
    model: &Model,
    record: &Record,
    object: &[u8],
    omit: &[NodeId],
    out: &mut Vec<u8>,
) -> bool {
    let before = out.len();
    let mut pen = Pen { record, object, omit, out };
    let whole = !omit.contains(&model.root.node)
        && record.value(Block::ROOT, Slot(0)) != Value::Absent
        && pen.element(&model.root, Block::ROOT).is_some();
    if !whole {
        out.truncate(before);
    }
    whole
}

struct Pen<'a> {
    record: &'a Record,
    object: &'a [u8],
    omit: &'a [NodeId],
    out: &'a mut Vec<u8>,
}

/// `None` where a required part would be missing.
type Written = Option<()>;

impl Pen<'_> {
    /// Writes an element whose inner cells are in `block`.
    fn element(&mut self, element: &Element, block: Block) -> Written {
        self.out.extend_from_slice(element.opening.as_bytes());
        for field in &element.attributes {
            if self.is_absent(field.node, block, field.slot) {
                optional(field.optional)?;
                continue;
            }
            self.out.extend_from_slice(field.opening.as_bytes());
            self.value(field, self.record.value(block, field.slot), true);
            self.out.push(b'"');
        }
        if let Some(set) = &element.open_attributes {
            self.open_attributes(set, block)?;
        }
        self.out.push(b'>');
        let inside = self.out.len();
        match &element.content {
            Content::Elements => self.children(element, block)?,
            Content::Text(field) | Content::Value(field) => {
                if self.is_absent(field.node, block, field.slot) {
                    optional(field.optional)?;
                } else {
                    self.value(field, self.record.value(block, field.slot), false);
                }
            }
        }
        if self.out.len() == inside {
            self.out.pop();
            self.out.extend_from_slice(b"/>");
        } else {
            self.out.extend_from_slice(element.closing.as_bytes());
        }
        Some(())
    }

    fn children(&mut self, element: &Element, block: Block) -> Written {
        for child in &element.children {
            if let Some(rows) = child.rows {
                let omitted = self.omit.contains(&child.node);
                let mut count = 0_u16;
                for row in self.record.rows(block, child.slot) {
                    if omitted {
                        break;
                    }
                    self.element(child, row)?;
                    count = count.saturating_add(1);
                }
                optional(count >= rows.min)?;
            } else if self.is_absent(child.node, block, child.slot) {
                optional(child.optional)?;
            } else {
                self.element(child, block)?;
            }
        }
        match &element.open_elements {
            Some(set) => self.open_elements(set, block),
            None => Some(()),
        }
    }

    fn open_attributes(&mut self, set: &OpenSet, block: Block) -> Written {
        self.each_row(set, block, |pen, row| {
            pen.out.push(b' ');
            pen.value(&set.name, pen.record.value(row, set.name.slot), true);
            pen.out.extend_from_slice(b"=\"");
            pen.value(&set.value, pen.record.value(row, set.value.slot), true);
            pen.out.push(b'"');
        })
    }

    fn open_elements(&mut self, set: &OpenSet, block: Block) -> Written {
        self.each_row(set, block, |pen, row| {
            let name = pen.record.value(row, set.name.slot);
            pen.out.push(b'<');
            pen.value(&set.name, name, true);
            pen.out.push(b'>');
            let inside = pen.out.len();
            pen.value(&set.value, pen.record.value(row, set.value.slot), false);
            if pen.out.len() == inside {
                pen.out.pop();
                pen.out.extend_from_slice(b"/>");
            } else {
                pen.out.extend_from_slice(b"</");
                pen.value(&set.name, name, true);
                pen.out.push(b'>');
            }
        })
    }

    /// Writes each row of an open set that has name and value.
    fn each_row(&mut self, set: &OpenSet, block: Block, mut write: impl FnMut(&mut Self, Block)) -> Written {
        let omitted = [set.node, set.name.node, set.value.node].iter().any(|node| self.omit.contains(node));
        let mut count = 0_u16;
        for row in self.record.rows(block, set.slot) {
            if omitted {
                break;
            }
            let values = [&set.name, &set.value].map(|field| self.record.value(row, field.slot));
            optional(!values.contains(&Value::Absent))?;
            write(self, row);
            count = count.saturating_add(1);
        }
        optional(count >= set.rows.min)
    }

    /// True where there is nothing to write: it is not there, or left out.
    #[inline]
    fn is_absent(&self, node: NodeId, block: Block, slot: Slot) -> bool {
        self.record.is_absent(block, slot) || (!self.omit.is_empty() && self.omit.contains(&node))
    }

    fn value(&mut self, field: &Field, value: Value, in_attribute: bool) {
        match value {
            Value::Absent | Value::Present | Value::Rows { .. } => {}
            Value::Text(text) | Value::Code(text) => self.text(text, in_attribute),
            Value::Enum(index) => {
                let wire = field.wires.get(usize::from(index)).map_or("", String::as_str);
                escape(wire.as_bytes(), in_attribute, self.out);
            }
            Value::Decimal(number) | Value::Unknown(number) => write_decimal(number, self.out),
            Value::Integer(number) => write_digits(number < 0, number.unsigned_abs(), 0, self.out),
            Value::Flag(flag) => self.out.extend_from_slice(if flag { b"true" } else { b"false" }),
            Value::Time(time) => {
                let mut text = [0_u8; 32];
                let used = time.write(&mut text);
                self.out.extend_from_slice(text.get(..used).unwrap_or(&[]));
            }
        }
    }

    fn text(&mut self, text: TextRef, in_attribute: bool) {
        escape(self.record.text(text, self.object), in_attribute, self.out);
    }
}

fn optional(may_be_absent: bool) -> Written {
    may_be_absent.then_some(())
}

/// Writes `text` with its escapes.
fn escape(text: &[u8], in_attribute: bool, out: &mut Vec<u8>) {
    // Nearly every text is plain: one look at all of it, without a branch for each byte.
    let special =
        |byte: u8| (byte == b'&') | (byte == b'<') | (byte == b'>') | (byte == b'"') | (byte == b'\n');
    if !text.iter().fold(false, |found, byte| found | special(*byte)) {
        out.extend_from_slice(text);
        return;
    }
    let mut rest = text;
    loop {
        let special = rest.iter().position(|byte| reference(*byte, in_attribute).is_some());
        let Some((plain, after)) = special.and_then(|index| rest.split_at_checked(index)) else { break };
        out.extend_from_slice(plain);
        let Some((byte, after)) = after.split_first() else { break };
        out.extend_from_slice(reference(*byte, in_attribute).unwrap_or(&[]));
        rest = after;
    }
    out.extend_from_slice(rest);
}

#[inline]
fn reference(byte: u8, in_attribute: bool) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' if !in_attribute => Some(b"&gt;"),
        b'"' if in_attribute => Some(b"&quot;"),
        b'\n' if in_attribute => Some(b"&#10;"),
        _ => None,
    }
}

fn write_decimal(number: Decimal, out: &mut Vec<u8>) {
    write_digits(number.mantissa() < 0, number.mantissa().unsigned_abs(), usize::from(number.scale()), out);
}

/// Writes `digits` with `scale` of them after the point.
fn write_digits(negative: bool, digits: u64, scale: usize, out: &mut Vec<u8>) {
    // A sign, 20 digits or 18 zeros, and a point.
    let mut text = [b'0'; 24];
    let (mut at, mut left, mut written) = (text.len(), digits, 0_usize);
    while left > 0 || written <= scale {
        if written == scale && scale > 0 {
            at = at.saturating_sub(1);
            put(&mut text, at, b'.');
        }
        at = at.saturating_sub(1);
        let digit = u8::try_from(left.wrapping_rem(10)).unwrap_or(0);
        put(&mut text, at, b'0'.wrapping_add(digit));
        left = left.wrapping_div(10);
        written = written.wrapping_add(1);
    }
    if negative {
        at = at.saturating_sub(1);
        put(&mut text, at, b'-');
    }
    out.extend_from_slice(text.get(at..).unwrap_or(&[]));
}

fn put(text: &mut [u8; 24], at: usize, byte: u8) {
    if let Some(place) = text.get_mut(at) {
        *place = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::{escape, write_decimal, write_digits};
    use lockgate_bytes::Decimal;

    #[test]
    fn numbers_are_written_as_they_are_shown() {
        for text in
            ["0", "-0.5", "0.05", "12.5", "-107.72376567", "999999999999999999", "-0.000000000000000001"]
        {
            let number = Decimal::parse(text.as_bytes()).unwrap();
            let mut out = Vec::new();
            write_decimal(number, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string(), "{text}");
        }
        let mut out = Vec::new();
        write_digits(true, i64::MIN.unsigned_abs(), 0, &mut out);
        assert_eq!(out, i64::MIN.to_string().as_bytes());
    }

    #[test]
    fn only_what_must_be_is_escaped() {
        let (mut attribute, mut text) = (Vec::new(), Vec::new());
        escape(b"a&b<c>d\"e'f\ng", true, &mut attribute);
        escape(b"a&b<c>d\"e'f\ng", false, &mut text);
        assert_eq!(attribute, b"a&amp;b&lt;c>d&quot;e'f&#10;g");
        assert_eq!(text, b"a&amp;b&lt;c&gt;d\"e'f\ng");
    }
}
