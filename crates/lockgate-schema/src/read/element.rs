//! Elements, lists and open sets.

use super::head::check_namespace;
use super::{TypeReader, codes, parts};
use crate::carried::nested;
use crate::model::{Content, Element, Encoding, Field, OpenSet, Rows};
use lockgate_notation::{At, Fields};
use lockgate_record::{Charset, Kind, NodeId, NodeOptions, Role, Slot};

/// Longest name of a row in an open set, in characters.
const OPEN_NAME: u32 = 128;

impl TypeReader<'_> {
    /// Reads `element NAME [KIND] ...`; `level` is its own.
    pub(super) fn element(
        &mut self,
        fields: &mut Fields<'_, '_>,
        parent: NodeId,
        namespace: u8,
        level: usize,
    ) -> Option<Element> {
        let name = fields.arg_field_name("the name of the element")?.value.to_string();
        let namespace = self.namespace(fields, namespace);
        let coded = fields.prop_opt("coding").is_some();
        if let Some(embed) = fields.prop_text_opt("embed").filter(|_| !coded) {
            return self.embed(fields, parent, &name, embed, level);
        }
        let wire = match fields.prop_text_opt("as") {
            Some(wire) => wire_name(fields, wire).unwrap_or_else(|| name.clone()),
            None => name.clone(),
        };
        let kind = fields.node().args.get(1);
        let rows = self.rows(fields);
        if kind.is_some() || coded {
            self.deepest = self.deepest.max(level);
            if rows.is_some() {
                let span = fields.noun_span();
                fields.error(&codes::REPEATED_VALUE, span, format!("`{name}` repeats and has a kind"));
            }
            let field = self.field(fields, parent, &name, String::new())?;
            let mut element = parts::empty(field.node, namespace);
            (element.wire, element.optional) = (wire, field.optional);
            element.content = Content::Value(field);
            return Some(element);
        }
        let (node, optional) = self.section(fields, parent, &name, rows)?;
        let mut element = parts::empty(node, namespace);
        (element.wire, element.optional, element.rows) = (wire, optional, rows);
        self.parts(fields, &mut element, level);
        Some(element)
    }

    /// Adds the node of a section or list with its options.
    pub(super) fn section(
        &mut self,
        fields: &mut Fields<'_, '_>,
        parent: NodeId,
        name: &str,
        rows: Option<Rows>,
    ) -> Option<(NodeId, bool)> {
        let options = self.options(fields, None, rows.is_some_and(|rows| rows.min == 0));
        let optional = options.optional;
        if let Some(span) = fields.prop_opt("optional").map(|prop| prop.name_span)
            && rows.is_some()
        {
            fields.error(&codes::REPEAT, span, "a list is never optional: without rows it is not there");
        }
        let node = match rows {
            Some(rows) => self.build.list(parent, name, rows.min, rows.max, options),
            None => self.build.section(parent, name, options),
        };
        let node = self.room(fields, node)?;
        if let Some(prop) = fields.prop_opt("drop-safe") {
            self.droppable.push((node, prop.name_span));
        }
        Some((node, optional))
    }

    /// Reads `each-attribute NAME KIND repeat=N` or `each-element`.
    pub(super) fn open_set(&mut self, fields: &mut Fields<'_, '_>, parent: NodeId) -> Option<OpenSet> {
        let name = fields.arg_field_name("the name of the list")?.value.to_string();
        let rows = match self.rows(fields) {
            Some(rows) => rows,
            None => {
                let span = fields.noun_span();
                fields.error(&codes::REPEAT, span, format!("`{}` needs repeat=", fields.noun()));
                Rows { width: 1, min: 0, max: 1 }
            }
        };
        let node = self.build.list(parent, &name, rows.min, rows.max, NodeOptions::default());
        let node = self.room(fields, node)?;
        // What a name may be in XML, without a prefix: the readers accept nothing else there.
        let kind = Kind::Text { min: 1, max: OPEN_NAME, charset: Charset::Ncname };
        let name_node = self.build.value(node, "name", kind.clone(), NodeOptions::default());
        let name = Field {
            wire: String::new(),
            head: 0,
            node: self.room(fields, name_node)?,
            slot: Slot(0),
            optional: false,
            kind,
            form: None,
            stamp: None,
            carried: None,
            unknown: None,
            wires: Vec::new(),
            scanned: true,
            free: false,
            namespace: 0,
            opening: String::new(),
        };
        if super::carried::is_refused(fields, "values of any name are no objects of other types") {
            return None;
        }
        let value = self.field(fields, node, "value", String::new())?;
        Some(OpenSet { node, slot: Slot(0), rows, name, value })
    }

    /// Reads `embed="type"`: the record of another type, in its own namespace.
    fn embed(
        &mut self,
        fields: &mut Fields<'_, '_>,
        parent: NodeId,
        name: &str,
        embed: At<&str>,
        level: usize,
    ) -> Option<Element> {
        let wire = fields.prop_text_opt("as");
        let wire = wire.and_then(|wire| wire_name(fields, wire));
        let rows = self.rows(fields);
        let label = fields.prop_text_opt("role").is_some_and(|role| role.value == Role::MarkingLabel.name());
        let (node, optional) = self.section(fields, parent, name, rows)?;
        let found = if embed.value == self.type_name { None } else { (self.embedded)(embed.value) };
        let Some(other) = found else {
            let message = format!("there is no type \"{}\" to embed here", embed.value.escape_debug());
            fields.error(&codes::EMBED, embed.span, message);
            return None;
        };
        if !matches!(other.model().encoding, Encoding::Xml) || nested(other.model()) > 0 {
            let message = "the type is not of XML, or values in it are objects of other types: as a value it is written as \
                           coding=text, base64 or hex";
            fields.error(&codes::EMBED, embed.span, message);
            return None;
        }
        let mut element = self.graft(fields, (&other, embed.span), node, level)?;
        if let Some(wire) = wire {
            element.wire = wire;
        }
        (element.optional, element.rows, element.label) = (optional, rows, label);
        Some(element)
    }

    /// The namespace of an element: its own, or that of what it stands in.
    fn namespace(&mut self, fields: &mut Fields<'_, '_>, inherited: u8) -> u8 {
        let Some(namespace) = fields.prop_any_text_opt("namespace") else { return inherited };
        if !check_namespace(fields, namespace) {
            return inherited;
        }
        match self.namespace_index(namespace.value) {
            Some(index) => index,
            None => {
                fields.error(&codes::NAMESPACE, namespace.span, "a type has at most 64 namespaces");
                inherited
            }
        }
    }

    pub(super) fn namespace_index(&mut self, namespace: &str) -> Option<u8> {
        if let Some(index) = self.namespaces.iter().position(|known| known == namespace) {
            return u8::try_from(index).ok();
        }
        let index = self.namespaces.len();
        if index >= super::MAX_NAMESPACES {
            return None;
        }
        self.namespaces.push(namespace.to_owned());
        u8::try_from(index).ok()
    }

    /// `repeat=8` and `repeat-min=1`.
    pub(super) fn rows(&mut self, fields: &mut Fields<'_, '_>) -> Option<Rows> {
        let most = fields.prop_uint_opt("repeat");
        let least = fields.prop_uint_opt("repeat-min");
        let Some(most) = most else {
            if let Some(least) = least {
                fields.error(&codes::REPEAT, least.span, "`repeat-min` stands without `repeat`");
            }
            return None;
        };
        let min = least.map_or(0, |least| least.value);
        match (u16::try_from(min), u16::try_from(most.value)) {
            (Ok(min), Ok(max)) if max > 0 && min <= max => Some(Rows { width: 1, min, max }),
            _ => {
                let message = format!("a list of {min} to {} rows is not possible", most.value);
                fields.error(&codes::REPEAT, most.span, message);
                None
            }
        }
    }

    /// Reports that the shape is full.
    pub(super) fn room(&mut self, fields: &mut Fields<'_, '_>, node: Option<NodeId>) -> Option<NodeId> {
        if node.is_none() {
            let span = fields.noun_span();
            fields.error(&codes::TOO_MANY_PARTS, span, "the type has more than 65535 parts");
        }
        node
    }
}

/// The text where it is a name in XML without a prefix.
pub(super) fn wire_name(fields: &mut Fields<'_, '_>, wire: At<&str>) -> Option<String> {
    let mut bytes = wire.value.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let goes_on = bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if begins && goes_on && wire.value != "xmlns" && wire.value.len() <= 128 {
        return Some(wire.value.to_owned());
    }
    let message = format!("\"{}\" is no name in XML", wire.value.escape_debug());
    fields.error(&codes::WIRE_NAME, wire.span, message);
    None
}
