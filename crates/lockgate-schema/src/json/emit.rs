//! The one canonical encoding of a record in JSON.

use super::objects::{Is, Object, Objects};
use crate::carried::Coding;
use crate::emit::sink::{Matcher, Sink, Writer, Written};
use crate::emit::value::write_digits;
use crate::model::Field;
use crate::planted;
use lockgate_record::{Block, Cell, NodeId, Record, Slot, Value};

/// Appends the encoding to `out`; false, and `out` as it was, where a required part would be missing.
pub(crate) fn emit(of: &Objects, record: &Record, object: &[u8], omit: &[NodeId], out: &mut Vec<u8>) -> bool {
    let before = out.len();
    out.reserve(object.len().saturating_add(64));
    let whole = Pen { of, record, object, omit, out: Writer { object, out: &mut *out } }.all().is_some();
    if !whole {
        out.truncate(before);
    }
    whole
}

/// True where the encoding is `object` itself.
pub(crate) fn is_canonical(of: &Objects, record: &Record, object: &[u8], omit: &[NodeId]) -> bool {
    let mut pen = Pen { of, record, object, omit, out: Matcher { object, at: 0 } };
    pen.all().is_some() && pen.out.at == object.len()
}

struct Pen<'a, S> {
    of: &'a Objects,
    record: &'a Record,
    object: &'a [u8],
    omit: &'a [NodeId],
    out: S,
}

impl<S: Sink> Pen<'_, S> {
    fn all(&mut self) -> Written {
        let root = self.of.object(0)?;
        optional(self.is_there(root.node, Block::ROOT, Slot(0)))?;
        self.object(root, Block::ROOT)
    }

    fn object(&mut self, of: &Object, block: Block) -> Written {
        self.out.byte(b'{')?;
        let mut first = true;
        for at in planted::order(of.members.len()) {
            let member = of.members.get(at)?;
            let there = match &member.is {
                Is::Value(field) => {
                    let there = self.is_there(field.node, block, field.slot);
                    optional(there || field.optional)?;
                    there
                }
                Is::Object(number) => {
                    let child = self.of.object(*number)?;
                    let there = self.is_there(child.node, block, child.slot);
                    optional(there || child.rows.map_or(child.optional, |rows| rows.min == 0))?;
                    there
                }
            };
            if there {
                if !first {
                    self.out.byte(b',')?;
                }
                first = false;
                self.out.bytes(member.opening.as_bytes())?;
                self.member(&member.is, block)?;
            }
        }
        self.out.byte(b'}')
    }

    fn member(&mut self, is: &Is, block: Block) -> Written {
        let number = match is {
            Is::Value(field) => return self.value(field, block),
            Is::Object(number) => number,
        };
        let child = self.of.object(*number)?;
        if child.places {
            return self.places(child, block);
        }
        let Some(rows) = child.rows else { return self.object(child, block) };
        self.out.byte(b'[')?;
        let (record, mut count) = (self.record, 0_u16);
        for row in record.rows(block, child.slot) {
            if count > 0 {
                self.out.byte(b',')?;
            }
            match &child.item {
                Some(item) => self.value(item, row)?,
                None => self.object(child, row)?,
            }
            count = count.saturating_add(1);
        }
        optional((rows.min..=rows.max).contains(&count))?;
        self.out.byte(b']')
    }

    /// Writes an array of places; none may be missing before one that is there.
    fn places(&mut self, of: &Object, block: Block) -> Written {
        self.out.byte(b'[')?;
        let mut ended = false;
        for (number, member) in of.members.iter().enumerate() {
            let Is::Value(field) = &member.is else { return None };
            if !self.is_there(field.node, block, field.slot) {
                optional(field.optional)?;
                ended = true;
                continue;
            }
            optional(!ended)?;
            if number > 0 {
                self.out.byte(b',')?;
            }
            self.value(field, block)?;
        }
        self.out.byte(b']')
    }

    fn is_there(&self, node: NodeId, block: Block, slot: Slot) -> bool {
        !self.record.is_absent(block, slot) && !self.omit.contains(&node)
    }

    fn value(&mut self, field: &Field, block: Block) -> Written {
        let cell: &Cell = self.record.holding(block, field.slot)?;
        match cell.value {
            Value::Text(text) | Value::Code(text) => {
                quoted(self.record.text(text, self.object), &mut self.out)
            }
            Value::Enum(index) => quoted(field.wires.get(usize::from(index))?.as_bytes(), &mut self.out),
            Value::Decimal(number) | Value::Unknown(number) => {
                let mantissa = number.mantissa();
                write_digits(
                    mantissa < 0,
                    mantissa.unsigned_abs(),
                    usize::from(number.scale()),
                    &mut self.out,
                )
            }
            Value::Integer(number) => write_digits(number < 0, number.unsigned_abs(), 0, &mut self.out),
            Value::Flag(flag) => self.out.bytes(if flag { b"true" } else { b"false" }),
            Value::Time(_) | Value::Ratio(_) if field.stamp.is_some() => {
                let stamp = field.stamp.as_ref()?;
                let text = stamp.write(cell.value)?;
                if stamp.is_number() {
                    self.out.bytes(text.bytes())
                } else {
                    quoted(text.bytes(), &mut self.out)
                }
            }
            Value::Time(time) => {
                let mut text = [0_u8; 32];
                let used = time.write(&mut text);
                quoted(text.get(..used)?, &mut self.out)
            }
            Value::Present => {
                let carried = field.carried.as_deref()?;
                let out = &mut self.out;
                carried.write((self.record, self.object), block, self.omit, |bytes| {
                    if carried.coding() == Coding::Text {
                        return quoted(bytes, out);
                    }
                    out.byte(b'"')?;
                    carried.letters(bytes, out)?;
                    out.byte(b'"')
                })
            }
            Value::Absent | Value::Rows { .. } | Value::Ratio(_) => None,
        }
    }
}

fn optional(may_be: bool) -> Written {
    may_be.then_some(())
}

/// A text in quotes: RFC 8785, section 3.2.2.2.
fn quoted(text: &[u8], out: &mut impl Sink) -> Written {
    out.byte(b'"')?;
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| needs_escape(*byte)) {
        let (plain, after) = rest.split_at_checked(at)?;
        out.bytes(plain)?;
        let (byte, after) = after.split_first()?;
        let (escape, used) = escape(*byte);
        out.bytes(escape.get(..used)?)?;
        rest = after;
    }
    out.bytes(rest)?;
    out.byte(b'"')
}

fn needs_escape(byte: u8) -> bool {
    matches!(byte, 0..=0x1F | b'"' | b'\\')
}

/// The one escape of a character that needs one, and its length.
fn escape(byte: u8) -> ([u8; 6], usize) {
    let short = match byte {
        b'"' | b'\\' => byte,
        8 => b'b',
        9 => b't',
        10 => b'n',
        12 => b'f',
        13 => b'r',
        _ => {
            let digit =
                |value: u8| if value < 10 { b'0'.wrapping_add(value) } else { b'W'.wrapping_add(value) };
            return ([b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)], 6);
        }
    };
    ([b'\\', short, 0, 0, 0, 0], 2)
}

/// True where `raw`, in which every backslash begins an escape, has no other escapes than the canonical encoding.
pub(super) fn is_escaped(raw: &[u8]) -> bool {
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let after = rest.get(at..).unwrap_or(&[]);
        let known = (0..=0x5C_u8).filter(|byte| needs_escape(*byte)).find_map(|byte| {
            let (escape, used) = escape(byte);
            after.starts_with(escape.get(..used)?).then_some(used)
        });
        let Some(used) = known else { return false };
        rest = after.get(used..).unwrap_or(&[]);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_escaped;

    #[test]
    fn one_escape_a_character() {
        for raw in ["", "plain ž", "\\\"", "\\\\", "\\n\\t", "\\u0001", "a\\u001fb"] {
            assert!(is_escaped(raw.as_bytes()), "{raw}");
        }
        for raw in ["\\/", "\\u0041", "\\u000a", "\\u001F", "\\u0022", "\\ud83d\\ude00"] {
            assert!(!is_escaped(raw.as_bytes()), "{raw}");
        }
    }
}
