//! `section detail embed="cot-event" part="event.detail"`: an element of an XML type in a binary one.

use super::super::{TypeReader, codes};
use super::Context;
use crate::binary::markup::{MAX_SHARED, Markup, Shared};
use crate::binary::model::{Coding, Form, Length, Number, Part, Section, Sign, Text, Value as Leaf};
use crate::carried::nested;
use crate::emit::Layout;
use crate::model::{Content, Element, Encoding, Field, Framing, Model};
use lockgate_notation::{At, Fields};
use lockgate_record::{Kind, NodeId, Shape, Slot};

/// What is known of the embedded element while its fields are read.
pub(super) struct Embed {
    pub(super) markup: Markup,
    /// Field names of its children, and of the attributes of each.
    names: Vec<(String, Vec<String>)>,
    /// The child whose fields are read.
    open: Option<usize>,
}

impl TypeReader<'_> {
    /// Puts the element that `part=` names, of the type `embed`, under `node`.
    pub(super) fn embed_part(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        node: NodeId,
        embed: At<&str>,
    ) -> Option<()> {
        let part = fields.prop_text("part")?;
        let found = self.embedded_type(embed).filter(|found| matches!(found.model().encoding, Encoding::Xml));
        let Some(other) = found else {
            let message = format!("there is no XML type \"{}\" to embed here", embed.value.escape_debug());
            fields.error(&codes::EMBED, embed.span, message);
            return None;
        };
        // What stands inside of a value has its nodes in the whole type, not in a part of it.
        if nested(other.model()) > 0 {
            let message =
                "values in the type are objects of other types: no part of it can stand in another one";
            fields.error(&codes::EMBED, embed.span, message);
            return None;
        }
        let element = find(&other.model().root, other.shape(), part.value).filter(|(element, _)| {
            let plain = element.attributes.is_empty() && element.open_attributes.is_none();
            plain && element.rows.is_none() && matches!(element.content, Content::Elements)
        });
        let Some((element, levels)) = element.filter(|_| context.embed.is_none()) else {
            let message = "this names no element with elements only, or another one is embedded already";
            fields.error(&codes::EMBED, part.span, message);
            return None;
        };
        let root = self.graft_part(fields, (&other, embed.span), element, node, 1)?;
        let name = |node| other.shape().node(node).map(|node| node.name.clone()).unwrap_or_default();
        let names = element
            .children
            .iter()
            .map(|child| (name(child.node), child.attributes.iter().map(|field| name(field.node)).collect()));
        let depth = other.model().depth.saturating_sub(levels);
        let (encoding, framing, categories) = (Encoding::Xml, Framing::Datagram, Vec::new());
        let model = Model { root, depth, encoding, framing, categories, ..other.model().clone() };
        let layout = Layout::new(&model);
        let markup = Markup { model, shared: Vec::new(), layout };
        context.embed = Some(Embed { markup, names: names.collect(), open: None });
        Some(())
    }

    /// Reads `shared contact { tags protobuf { tag 1 { shared endpoint } } }`: a child of the embedded element that may
    /// stand as fields, or an attribute of it.
    pub(super) fn shared(&mut self, fields: &mut Fields<'_, '_>, context: &mut Context) -> Option<Part> {
        let name = fields.arg_field_name("its name in the embedded type")?;
        let (name, span) = (name.value.to_string(), name.span);
        let open = context.embed.as_ref().map(|embed| embed.open);
        let leaf = match open {
            Some(None) => return self.shared_child(fields, context, &name),
            Some(Some(index)) => {
                context.embed.as_ref().and_then(|embed| embed.attribute(index, &name)).and_then(leaf_of)
            }
            None => None,
        };
        if leaf.is_none() {
            let message =
                "no attribute of the embedded element has this name and a kind that fields can have";
            fields.error(&codes::EMBED, span, message);
        }
        leaf.map(Part::Value)
    }

    fn shared_child(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        name: &str,
    ) -> Option<Part> {
        let embed = context.embed.as_mut()?;
        let index = embed.names.iter().position(|(known, _)| known == name);
        let child = index.and_then(|index| embed.markup.model.root.children.get(index)).filter(|child| {
            child.rows.is_none() && embed.markup.shared.iter().all(|shared| shared.node != child.node)
        });
        let (Some(index), Some(child)) = (index, child) else {
            let span = fields.noun_span();
            let message = format!("no child `{name}` of the embedded element that stands once");
            fields.error(&codes::EMBED, span, message);
            return None;
        };
        let (node, number) = (child.node, u8::try_from(index).ok()?);
        embed.open = Some(index);
        let parts = self.container(fields, context, node, name, false);
        let embed = context.embed.as_mut()?;
        embed.open = None;
        let mut leaves = Vec::new();
        collect(&parts, &mut leaves);
        let shared = u8::try_from(embed.markup.shared.len()).ok()?;
        if usize::from(shared) >= MAX_SHARED {
            let span = fields.noun_span();
            fields.error(&codes::TOO_MANY_PARTS, span, "at most 16 children stand as fields too");
        }
        let slot = Slot(0);
        embed.markup.shared.push(Shared { child: number, node, slot, leaves, others: Vec::new() });
        Some(Part::Section(Section { node, slot, length: None, shared: Some(shared), parts }))
    }
}

impl Embed {
    fn attribute(&self, child: usize, name: &str) -> Option<&Field> {
        let index = self.names.get(child)?.1.iter().position(|known| known == name)?;
        self.markup.model.root.children.get(child)?.attributes.get(index)
    }
}

/// Fills in the cells of an embedded element, once the shape is finished.
pub(super) fn place(markup: &mut Markup, shape: &Shape, namespaces: &[String]) {
    markup.model.namespaces = namespaces.to_vec();
    let namespace = markup.model.root.namespace;
    super::super::graft::place(&mut markup.model.root, shape, namespaces, namespace);
    markup.layout = Layout::new(&markup.model);
    let slot = |node: NodeId| shape.node(node).map_or(Slot(0), |node| node.slot);
    for shared in &mut markup.shared {
        shared.slot = slot(shared.node);
        shared.leaves.iter_mut().for_each(|leaf| leaf.slot = slot(leaf.node));
        let children = shape.node(shared.node).map_or(&[][..], |node| &node.children);
        let said = |node: &NodeId| shared.leaves.iter().any(|leaf| leaf.node == *node);
        shared.others = children.iter().filter(|node| !said(node)).map(|node| (*node, slot(*node))).collect();
    }
}

/// The element at a dotted path of field names, and the levels above it.
fn find<'e>(root: &'e Element, shape: &Shape, path: &str) -> Option<(&'e Element, u8)> {
    let mut names = path.split('.');
    (names.next() == Some(shape.name())).then_some(())?;
    names.try_fold((root, 0_u8), |(element, levels), name| {
        let named = |child: &&Element| shape.node(child.node).is_some_and(|node| node.name == name);
        Some((element.children.iter().find(named)?, levels.saturating_add(1)))
    })
}

fn collect(parts: &[Part], leaves: &mut Vec<Leaf>) {
    for part in parts {
        match part {
            Part::Value(leaf) => leaves.push(leaf.clone()),
            Part::Tags(tags) => {
                tags.items.iter().for_each(|item| collect(core::slice::from_ref(&item.part), leaves));
            }
            _ => {}
        }
    }
}

/// An attribute as a field of protobuf: text, a double, an unsigned varint. What a message leaves out is the empty text
/// or zero; an attribute that may be absent is that instead of empty.
fn leaf_of(field: &Field) -> Option<Leaf> {
    // A time of day is a decimal that is read as something else, and a field here would not know it.
    if field.stamp.is_some() || field.carried.is_some() {
        return None;
    }
    let (form, absent_is) = match &field.kind {
        Kind::Text { min, max, charset } => {
            let (coding, length) = (Coding::Utf8, Length::Rest);
            let form = field.form.clone();
            let text = Text {
                coding,
                charset: *charset,
                min: (*min).max(1),
                max: *max,
                length,
                unknown: None,
                form,
                codes: None,
            };
            // Left out it would be empty, and it may neither be that nor absent.
            if !field.optional && *min > 0 {
                return None;
            }
            (Form::Text(text), (!field.optional).then_some(0))
        }
        Kind::Decimal { min, max, digits } if min.mantissa() <= 0 && max.mantissa() >= 0 => {
            let (min, max, digits, unknown) = (*min, *max, *digits, field.unknown);
            (Form::Float { bits: 64, little: true, digits, min, max, unknown }, Some(0))
        }
        Kind::Integer { min: 0, max } => {
            let number = Number {
                bits: 64,
                sign: Sign::None,
                little: true,
                varint: true,
                min: 0,
                max: *max,
                unknown: None,
                step: None,
            };
            (Form::Number(number), Some(0))
        }
        _ => return None,
    };
    let Field { node, slot, scanned, free, .. } = *field;
    Some(Leaf { node, slot, scanned, free, form, register: None, absent_is })
}
