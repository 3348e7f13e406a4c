//! What stands inside a record or an element.

use super::{TypeReader, codes};
use crate::model::{Content, Element, Field, MAX_PARTS};
use lockgate_notation::{Fields, Node, Span};
use lockgate_record::{NodeId, Slot};

const PARTS: [&str; 5] = ["attribute", "element", "content", "each-attribute", "each-element"];

/// Names taken so far inside one element, for "two parts of one name".
#[derive(Default)]
struct Taken {
    fields: Vec<(String, Span)>,
    attributes: Vec<((u8, String), Span)>,
    elements: Vec<((u8, String), Span)>,
}

impl TypeReader<'_> {
    /// Reads the root; its name on the wire is filled in from `identify`.
    pub(super) fn record(&mut self, fields: &mut Fields<'_, '_>, namespace: u8) -> Element {
        let mut root = empty(NodeId(0), namespace);
        self.parts(fields, &mut root, 1);
        root
    }

    /// Reads everything inside `element`, which stands at `level`, the root at 1.
    pub(super) fn parts(&mut self, fields: &mut Fields<'_, '_>, element: &mut Element, level: usize) {
        self.deepest = self.deepest.max(level);
        element.any_order = fields.prop_word_opt("order", &["any"]).is_some();
        let undeclared = fields.child_word_opt("undeclared", &["refuse", "lane"]);
        element.lane = undeclared.is_some_and(|word| word.value == "lane");
        let mut taken = Taken::default();
        for node in fields.children_of(&PARTS) {
            self.part(fields, node, element, &mut taken, level);
        }
        self.order_attributes(fields, element);
        let children = element.children.len();
        if element.attributes.len() > MAX_PARTS || children > MAX_PARTS {
            let span = fields.noun_span();
            fields.error(
                &codes::TOO_MANY_PARTS,
                span,
                "an element has at most 64 attributes and 64 elements",
            );
        }
        let has_elements = children > 0 || element.open_elements.is_some() || element.lane;
        if has_elements && !matches!(element.content, Content::Elements) {
            let span = fields.noun_span();
            fields.error(&codes::CONTENT, span, "this element has `content` and elements");
        }
    }

    fn part(
        &mut self,
        fields: &mut Fields<'_, '_>,
        node: &Node,
        element: &mut Element,
        taken: &mut Taken,
        level: usize,
    ) {
        let name = node.args.first();
        if let Some((text, span)) = name.and_then(|name| name.text().map(|text| (text, name.span))) {
            once(fields, &mut taken.fields, text.to_owned(), span, &codes::SAME_NAME, text);
        }
        let span = name.map_or(node.name_span, |name| name.span);
        let parent = element.node;
        match node.name.as_str() {
            "attribute" => {
                let read = self.read_part(fields, node, |reader, part| reader.attribute(part, parent));
                if let Some(field) = read {
                    let key = (field.namespace, field.wire.clone());
                    once(fields, &mut taken.attributes, key, span, &codes::SAME_WIRE, &field.wire);
                    element.attributes.push(field);
                }
            }
            "element" => {
                let namespace = element.namespace;
                let read = self.read_part(fields, node, |reader, part| {
                    reader.element(part, parent, namespace, level.saturating_add(1))
                });
                if let Some(child) = read {
                    let key = (child.namespace, child.wire.clone());
                    once(fields, &mut taken.elements, key, span, &codes::SAME_WIRE, &child.wire);
                    element.children.push(child);
                }
            }
            "content" => {
                let read = self.read_part(fields, node, |reader, part| reader.content(part, parent));
                if !matches!(element.content, Content::Elements) {
                    fields.error(&codes::CONTENT, node.name_span, "this element has `content` already");
                } else if let Some(field) = read {
                    element.content = Content::Text(field);
                }
            }
            "each-attribute" => {
                let read = self.read_part(fields, node, |reader, part| reader.open_set(part, parent));
                if element.open_attributes.is_some() {
                    fields.error(
                        &codes::SAME_WIRE,
                        node.name_span,
                        "attributes of any name are described already",
                    );
                }
                element.open_attributes = read;
            }
            _ => {
                let read = self.read_part(fields, node, |reader, part| reader.open_set(part, parent));
                if element.open_elements.is_some() {
                    fields.error(
                        &codes::SAME_WIRE,
                        node.name_span,
                        "elements of any name are described already",
                    );
                }
                element.open_elements = read;
                self.deepest = self.deepest.max(level.saturating_add(1));
            }
        }
    }

    fn read_part<T>(
        &mut self,
        fields: &mut Fields<'_, '_>,
        node: &Node,
        read: impl FnOnce(&mut Self, &mut Fields<'_, '_>) -> Option<T>,
    ) -> Option<T> {
        let mut part = Fields::of(node, fields.diagnostics());
        let value = read(self, &mut part);
        part.finish();
        value
    }

    fn content(&mut self, fields: &mut Fields<'_, '_>, parent: NodeId) -> Option<Field> {
        let name = fields.arg_field_name("the name of the text")?.value.to_string();
        self.field(fields, parent, &name, String::new())
    }
}

/// An element without parts.
pub(super) fn empty(node: NodeId, namespace: u8) -> Element {
    Element {
        wire: String::new(),
        head: 0,
        namespace,
        node,
        slot: Slot(0),
        optional: false,
        rows: None,
        content: Content::Elements,
        attributes: Vec::new(),
        required: 0,
        open_attributes: None,
        children: Vec::new(),
        required_children: 0,
        many_children: false,
        open_elements: None,
        places: false,
        any_order: false,
        lane: false,
        label: false,
        opening: String::new(),
        closing: String::new(),
    }
}

/// Reports `key` where it was taken before.
pub(super) fn once<K: PartialEq>(
    fields: &mut Fields<'_, '_>,
    taken: &mut Vec<(K, Span)>,
    key: K,
    span: Span,
    code: &lockgate_notation::DiagnosticCode,
    shown: &str,
) {
    match taken.iter().find(|(known, _)| *known == key).map(|(_, first)| *first) {
        Some(first) => {
            let message = format!("\"{}\" is described twice here", shown.escape_debug());
            fields.error(code, span, message).label(first, "the first one");
        }
        None => taken.push((key, span)),
    }
}
