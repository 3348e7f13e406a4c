//! A record as JSON: nested by record and field name, in the type's own units; absent fields are left out.

use crate::json::{Json, quote};
use alloc::string::String;
use core::fmt::Write;
use lockgate_record::{Block, Form, Kind, Node, Record, Shape, Value};

/// Sections inside sections, at most; a shape is never deeper than its type's own limit.
const DEPTH_MAX: u8 = 64;

/// Whether quantities have their unit behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Units {
    /// For programs: the unit is that of the type.
    Unsaid,
    /// For people.
    Shown,
}

/// Appends `{"event":{...}}`.
pub(crate) fn write(shape: &Shape, record: &Record, (source, units): (&[u8], Units), out: &mut String) {
    let mut json = Json::object(out);
    let show = Show { shape, record, source, units };
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
    units: Units,
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
            (Form::Value(kind), value) => {
                let unit = node.options.unit.as_deref().filter(|_| self.units == Units::Shown).unwrap_or("");
                self.value((kind, unit), value, json.key(&node.name));
            }
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

    fn value(&self, (kind, unit): (&Kind, &str), value: Value, out: &mut String) {
        let blank = if unit.is_empty() { "" } else { " " };
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
            Value::Decimal(number) => drop(write!(out, "\"{number}{blank}{unit}\"")),
            Value::Unknown(number) => drop(write!(out, "\"{number}\"")),
            Value::Ratio(number) => drop(write!(out, "\"{number}{blank}{unit}\"")),
            Value::Integer(number) => drop(write!(out, "\"{number}{blank}{unit}\"")),
            Value::Flag(flag) => out.push_str(if flag { "true" } else { "false" }),
            Value::Time(time) => drop(write!(out, "\"{time}\"")),
            Value::Absent | Value::Present | Value::Rows { .. } => out.push_str("null"),
        }
    }
}
