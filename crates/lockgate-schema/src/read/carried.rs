//! `member report embed="field-report" coding=text`: an object of another type as a value.

use super::{TypeReader, codes};
use crate::Type;
use crate::carried::{Carried, Coding, MAX_NESTED, nested};
use crate::model::{Encoding, Field, Model};
use lockgate_bytes::Span;
use lockgate_notation::{At, Fields};
use lockgate_record::{Kind, NodeId, Slot};
use std::sync::Arc;

impl TypeReader<'_> {
    /// Reads a value that is an object of the type `embed`, of XML where `in_xml`, otherwise of JSON.
    pub(super) fn carried_field(
        &mut self,
        fields: &mut Fields<'_, '_>,
        parent: NodeId,
        (name, wire): (&str, String),
        embed: At<&str>,
    ) -> Option<Field> {
        let coding = fields.prop_word("coding", &Coding::NAMES);
        let options = self.options(fields, None, false);
        let optional = options.optional;
        let node = self.build.section(parent, name, options);
        let node = self.room(fields, node)?;
        if let Some(prop) = fields.prop_opt("drop-safe") {
            self.droppable.push((node, prop.name_span));
        }
        let coding = Coding::named(coding?.value)?;
        let Some(other) = self.embedded_type(embed) else {
            let message = format!("there is no type \"{}\" to embed here", embed.value.escape_debug());
            fields.error(&codes::EMBED, embed.span, message);
            return None;
        };
        if let Some(says) = unwritable(other.model(), coding, self.in_xml) {
            fields.error(&codes::EMBED, embed.span, says);
            return None;
        }
        let carried = self.carried(fields, &other, embed.span, coding, node)?;
        let opening = if wire.is_empty() { String::new() } else { format!(" {wire}=\"") };
        Some(Field {
            wire,
            head: 0,
            node,
            slot: Slot(0),
            optional,
            kind: Kind::Time,
            form: None,
            stamp: None,
            carried: Some(Arc::new(carried)),
            unknown: None,
            wires: Vec::new(),
            scanned: false,
            free: false,
            namespace: 0,
            opening,
        })
    }

    /// Puts the record of `other` under `node`.
    pub(super) fn carried(
        &mut self,
        fields: &mut Fields<'_, '_>,
        other: &Arc<Type>,
        embed: Span,
        coding: Coding,
        node: NodeId,
    ) -> Option<Carried> {
        if nested(other.model()) >= MAX_NESTED {
            let message = format!("more than {MAX_NESTED} types stand in each other as values");
            fields.error(&codes::EMBED, embed, message);
            return None;
        }
        let copied = self.copy_record(fields, (other, embed), node)?;
        Some(Carried::new(Arc::clone(other), coding, copied.pairs()))
    }
}

/// Refuses `embed=` where no object of another type can stand; true where it stands there.
pub(super) fn is_refused(fields: &mut Fields<'_, '_>, says: &'static str) -> bool {
    let Some(embed) = fields.node().props.iter().find(|prop| prop.name == "embed") else { return false };
    let span = embed.value.span;
    fields.prop_opt("embed");
    fields.prop_opt("coding");
    fields.error(&codes::EMBED, span, says);
    true
}

/// Why objects of a type cannot be written as such a value; nothing where they can.
fn unwritable(of: &Model, coding: Coding, in_xml: bool) -> Option<&'static str> {
    match (&of.encoding, coding) {
        (_, Coding::Base64 | Coding::Hex) => None,
        (Encoding::Binary(_), Coding::Text) => {
            Some("bytes of a binary type are no text: coding=base64 or hex")
        }
        (Encoding::Text(message), Coding::Text) if in_xml && message.layout.crlf => {
            Some("XML has no carriage returns: a type with newline=crlf is written as coding=base64")
        }
        _ => None,
    }
}
