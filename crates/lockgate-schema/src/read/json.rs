//! From a JSON type's file to its tree: members, objects and arrays.

use super::parts::{empty, once};
use super::{TypeReader, codes};
use crate::model::{Content, Element, MAX_PARTS};
use lockgate_notation::{At, Fields, Node, Span};
use lockgate_record::{Charset, NodeId};

const PARTS: [&str; 5] = ["member", "object", "array", "places", "content"];

/// What objects of the type are recognised by: a member, and what it says.
pub(super) struct Mark {
    pub(super) member: String,
    pub(super) is: Option<String>,
}

/// Reads `identify member="schema" is="urn:example:track:1"`.
pub(super) fn identify(fields: &mut Fields<'_, '_>) -> Option<Mark> {
    let member = fields.prop_text("member").and_then(|name| wire_name(fields, name));
    let is = fields.prop_text_opt("is");
    let plain =
        |text: &str| text.chars().all(|character| Charset::Ascii.allows(character)) && !needs_escape(text);
    if let Some(is) = is.filter(|is| !plain(is.value)) {
        fields.error(
            &codes::PREFIX,
            is.span,
            "a type is recognised by a text of printable ASCII without escapes",
        );
    }
    Some(Mark { member: member?, is: is.map(|is| is.value.to_owned()) })
}

impl TypeReader<'_> {
    /// Reads the parts of the record.
    pub(super) fn json_record(&mut self, fields: &mut Fields<'_, '_>) -> Element {
        let mut root = empty(NodeId(0), 0);
        self.json_parts(fields, &mut root, 1);
        root
    }

    /// Reads everything inside `element`, which stands at `level`, the record at 1.
    fn json_parts(&mut self, fields: &mut Fields<'_, '_>, element: &mut Element, level: usize) {
        self.deepest = self.deepest.max(level);
        element.any_order = true;
        let undeclared = fields.child_word_opt("undeclared", &["refuse", "lane"]);
        element.lane = undeclared.is_some_and(|word| word.value == "lane");
        let (mut names, mut wires) = (Vec::new(), Vec::new());
        for node in fields.children_of(&PARTS) {
            if let Some(name) = node.args.first()
                && let Some(text) = name.text()
            {
                once(fields, &mut names, text.to_owned(), name.span, &codes::SAME_NAME, text);
            }
            self.json_part(fields, (node, &mut wires), element, level);
        }
        let (values, others) = (element.attributes.len(), element.children.len());
        let span = fields.noun_span();
        if values > MAX_PARTS || others > MAX_PARTS {
            let message = "an object has at most 64 single values and 64 objects and arrays";
            fields.error(&codes::TOO_MANY_PARTS, span, message);
        }
        let holds_item = !matches!(element.content, Content::Elements);
        if holds_item && (element.rows.is_none() || values > 0 || others > 0 || element.lane) {
            let message = "`content` is what each row of an array is, alone";
            fields.error(&codes::CONTENT, span, message);
        }
    }

    fn json_part(
        &mut self,
        fields: &mut Fields<'_, '_>,
        (node, wires): (&Node, &mut Vec<(String, Span)>),
        element: &mut Element,
        level: usize,
    ) {
        let mut part = Fields::of(node, fields.diagnostics());
        let name = part.arg_field_name("the name of the part").map(|name| name.value.to_string());
        let Some(name) = name else { return drop(part) };
        let wire = match part.prop_text_opt("as") {
            Some(wire) => wire_name(&mut part, wire).unwrap_or_else(|| name.clone()),
            None => name.clone(),
        };
        let parent = element.node;
        match node.name.as_str() {
            "member" => {
                let read = self.field(&mut part, parent, &name, wire.clone());
                element.attributes.extend(read);
            }
            "content" => {
                if let Some(field) = self.field(&mut part, parent, &name, String::new()) {
                    element.content = Content::Text(field);
                }
                return part.finish();
            }
            "places" => {
                if let Some((node, optional)) = self.section(&mut part, parent, &name, None) {
                    let mut child = empty(node, 0);
                    (child.wire, child.optional, child.places) = (wire.clone(), optional, true);
                    self.places(&mut part, &mut child);
                    self.deepest = self.deepest.max(level.saturating_add(1));
                    element.children.push(child);
                }
            }
            array => {
                let rows = if array == "array" { self.rows(&mut part) } else { None };
                if array == "array" && rows.is_none() {
                    let span = part.noun_span();
                    part.error(&codes::REPEAT, span, format!("`{name}` needs repeat="));
                }
                if let Some((node, optional)) = self.section(&mut part, parent, &name, rows) {
                    let mut child = empty(node, 0);
                    (child.wire, child.optional, child.rows) = (wire.clone(), optional, rows);
                    // The rows of an array of objects are a level of their own.
                    let level = level.saturating_add(1);
                    self.json_parts(&mut part, &mut child, level);
                    if rows.is_some() && matches!(child.content, Content::Elements) {
                        self.deepest = self.deepest.max(level.saturating_add(1));
                    }
                    element.children.push(child);
                }
            }
        }
        part.finish();
        once(fields, wires, wire.clone(), node.name_span, &codes::SAME_WIRE, &wire);
    }
}

impl TypeReader<'_> {
    /// Reads `place lon decimal ...`, several times: what stands at each place of an array.
    fn places(&mut self, fields: &mut Fields<'_, '_>, element: &mut Element) {
        let mut names = Vec::new();
        for node in fields.children_some("place") {
            let mut part = Fields::of(node, fields.diagnostics());
            let name =
                part.arg_field_name("the name of the place").map(|name| (name.value.to_string(), name.span));
            let Some((name, span)) = name else { continue };
            once(&mut part, &mut names, name.clone(), span, &codes::SAME_NAME, &name);
            let read = self.field(&mut part, element.node, &name, String::new());
            part.finish();
            let Some(field) = read else { continue };
            if !field.optional && element.attributes.last().is_some_and(|last| last.optional) {
                fields.error(&codes::REPEAT, span, "behind a place that may be absent every place may be");
            }
            element.attributes.push(field);
        }
    }
}

fn needs_escape(text: &str) -> bool {
    text.contains(['"', '\\'])
}

/// The text where it can be the name of a member without an escape.
fn wire_name(fields: &mut Fields<'_, '_>, wire: At<&str>) -> Option<String> {
    let text = wire.value;
    let plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !needs_escape(text);
    if plain && (1..=128).contains(&text.len()) {
        return Some(text.to_owned());
    }
    let message = format!("\"{}\" is no name of a member in printable ASCII", text.escape_debug());
    fields.error(&codes::WIRE_NAME, wire.span, message);
    None
}
