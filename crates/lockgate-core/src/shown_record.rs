//! A record as JSON: nested by record and field name, in the type's own units; absent fields are left out.

use crate::json::{Json, quote};
use alloc::string::String;
use core::fmt::Write;
use lockgate_record::{Block, Form, Kind, Node, Record, Shape, Value};

/// Sections inside sections, at most; a shape is never deeper than its type's own limit.
const DEPTH_MAX: u8 = 64;

/// Appends `{"event":{...}}`.
pub(crate) fn write(shape: &Shape, record: &Record, source: &[u8], out: &mut String) {
    let mut json = Json::object(out);
    let show = Show { shape, record, source };
    if let Some(root) = shape.node(shape.root()) {
        let inner = json.key(&root.name);
        show.section(root, Block::ROOT, inner, DEPTH_MAX);
    }
    json.end();
}

struct Show<'a> {
    shape: &'a Shape,
    record: &'a Record,
    source: &'a [u8],
}

impl Show<'_> {
    fn section(&self, section: &Node, block: Block, out: &mut String, depth: u8) {
        let mut json = Json::object(out);
        for child in &section.children {
            if let (Some(node), Some(depth)) = (self.shape.node(*child), depth.checked_sub(1)) {
                self.member(node, block, &mut json, depth);
            }
        }
        json.end();
    }

    fn member(&self, node: &Node, block: Block, json: &mut Json<'_>, depth: u8) {
        match (&node.form, self.record.value(block, node.slot)) {
            (_, Value::Absent) => {}
            (Form::Section, _) => self.section(node, block, json.key(&node.name), depth),
            (Form::List { .. }, _) => self.list(node, block, json.key(&node.name), depth),
            (Form::Value(kind), value) => self.value(kind, value, json.key(&node.name)),
        }
    }

    fn list(&self, node: &Node, block: Block, out: &mut String, depth: u8) {
        out.push('[');
        for (index, row) in self.record.rows(block, node.slot).enumerate() {
            if index > 0 {
                out.push(',');
            }
            self.section(node, row, out, depth);
        }
        out.push(']');
    }

    fn value(&self, kind: &Kind, value: Value, out: &mut String) {
        match value {
            Value::Text(text) | Value::Code(text) => {
                quote(out, core::str::from_utf8(self.record.text(text, self.source)).unwrap_or(""));
            }
            Value::Enum(index) => {
                let name = match kind {
                    Kind::Enum(names) => names.get(usize::from(index)).map_or("", String::as_str),
                    _ => "",
                };
                quote(out, name);
            }
            Value::Unknown(_) if matches!(kind, Kind::Text { .. }) => out.push_str("null"),
            // Writing to a String cannot fail.
            Value::Decimal(number) | Value::Unknown(number) => drop(write!(out, "\"{number}\"")),
            Value::Ratio(number) => drop(write!(out, "\"{number}\"")),
            Value::Integer(number) => drop(write!(out, "\"{number}\"")),
            Value::Flag(flag) => out.push_str(if flag { "true" } else { "false" }),
            Value::Time(time) => drop(write!(out, "\"{time}\"")),
            Value::Absent | Value::Present | Value::Rows { .. } => out.push_str("null"),
        }
    }
}
