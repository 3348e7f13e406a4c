//! `section message embed="ais-message"`: the record of a binary type in another one, bit for bit.

use super::super::copy::Copied;
use super::super::{TypeReader, codes};
use super::Context;
use crate::Type;
use crate::binary::model::{
    Binary, Choice, Count, Ends, Form, If, Item, List, MAX_LEVELS, MAX_REGISTERS, Mask, Part, Section, Tags,
    Value,
};
use crate::carried::Coding;
use crate::model::Encoding;
use lockgate_notation::{At, Fields, Span};
use lockgate_record::{NodeId, Slot};
use std::sync::Arc;

impl TypeReader<'_> {
    /// The parts of the record of the binary type `embed`, under `node`.
    pub(super) fn embed_record(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        node: NodeId,
        embed: At<&str>,
    ) -> Option<Vec<Part>> {
        let other = self.embedded_type(embed);
        if let Some(other) =
            other.as_ref().filter(|other| !matches!(other.model().encoding, Encoding::Binary(_)))
        {
            return self.embed_bytes(fields, context, node, (other, embed.span));
        }
        let found = other.as_ref().and_then(|other| match &other.model().encoding {
            Encoding::Binary(of) => Some((other, of)),
            _ => None,
        });
        let Some((other, of)) = found else {
            let message = format!("there is no type \"{}\" to embed here", embed.value.escape_debug());
            fields.error(&codes::EMBED, embed.span, message);
            return None;
        };
        let levels = levels(&of.parts).saturating_add(context.open.len());
        if let Some(says) = hindrance(of, context, levels) {
            fields.error(&codes::EMBED, embed.span, format!("{says}: it cannot stand in another type"));
            return None;
        }
        let first = u8::try_from(context.registers).ok()?;
        let registers = context.registers.saturating_add(of.registers.into());
        if registers > MAX_REGISTERS {
            let message = "with the embedded type there are more than 64 masks, counts and selectors";
            fields.error(&codes::TOO_MANY_PARTS, embed.span, message);
            return None;
        }
        context.registers = registers;
        let nodes = self.copy_record(fields, (other, embed.span), node)?;
        let mut parts = of.parts.clone();
        Moved { nodes, first }.parts(&mut parts);
        Some(parts)
    }
}

impl TypeReader<'_> {
    /// The bytes of an object of a type of another encoding, to the end of the section.
    fn embed_bytes(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &Context,
        node: NodeId,
        (other, embed): (&Arc<Type>, Span),
    ) -> Option<Vec<Part>> {
        if context.order.lsb_first {
            fields.error(
                &codes::EMBED,
                embed,
                "where the lowest bit is the first no other type stands as bytes",
            );
        }
        let carried = self.carried(fields, other, embed, Coding::Text, node)?;
        let (slot, form) = (Slot(0), Form::Carried(Arc::new(carried)));
        let (scanned, free, register, absent_is) = (false, false, None, None);
        Some(vec![Part::Value(Value { node, slot, scanned, free, form, register, absent_is })])
    }
}

/// Why a type reads otherwise inside another one; nothing where it does not.
fn hindrance(of: &Binary, context: &Context, levels: usize) -> Option<&'static str> {
    if !of.sentences.is_empty() {
        Some("the type travels in sentences")
    } else if of.lsb_first != context.order.lsb_first {
        Some("the type begins bytes with another bit")
    } else if of.markup.is_some() || of.parts.iter().any(is_of_the_whole) {
        Some(
            "the type has a checksum or a batch, which speak of the whole object, or something of another type",
        )
    } else if levels >= MAX_LEVELS {
        Some("the type has too many parts inside each other")
    } else {
        None
    }
}

fn is_of_the_whole(part: &Part) -> bool {
    let carried = matches!(part, Part::Value(Value { form: Form::Carried(_), .. }));
    carried
        || matches!(part, Part::Sum(_) | Part::Batch(_) | Part::Markup)
        || inside(part).any(is_of_the_whole)
}

/// Parts inside each other, at most; the depth of the recursion is bounded by the type that was read before.
fn levels(parts: &[Part]) -> usize {
    let deepest = parts.iter().map(|part| {
        let inner: Vec<usize> = inside(part).map(|part| levels(core::slice::from_ref(part))).collect();
        inner.into_iter().max().map_or(0, |deepest| deepest.saturating_add(1))
    });
    deepest.max().unwrap_or(0)
}

/// The parts that a part holds.
fn inside(part: &Part) -> Box<dyn Iterator<Item = &Part> + '_> {
    match part {
        Part::Section(Section { parts, .. })
        | Part::Mask(Mask { parts, .. })
        | Part::List(List { parts, .. })
        | Part::Batch(parts) => Box::new(parts.iter()),
        Part::If(If { part, .. }) => Box::new(core::iter::once(&**part)),
        Part::Choice(Choice { cases, .. }) => Box::new(cases.iter().flat_map(|(_, parts)| parts)),
        Part::Tags(Tags { items, .. }) => Box::new(items.iter().map(|Item { part, .. }| part)),
        Part::Value(_) | Part::Fixed(_) | Part::Measure(_) | Part::Count(_) | Part::Sum(_) | Part::Fx => {
            Box::new(core::iter::empty())
        }
        Part::Opaque(_) | Part::Markup | Part::Pad { .. } => Box::new(core::iter::empty()),
    }
}

/// Where nodes and registers of the embedded type are here.
struct Moved {
    nodes: Copied,
    /// The register that is its first one.
    first: u8,
}

impl Moved {
    fn parts(&self, parts: &mut [Part]) {
        parts.iter_mut().for_each(|part| self.part(part));
    }

    fn part(&self, part: &mut Part) {
        match part {
            Part::Value(Value { node, register, .. }) => {
                *node = self.nodes.of(*node);
                *register = register.map(|register| self.register(register));
            }
            Part::Count(Count { register, node, .. }) => {
                *register = self.register(*register);
                *node = self.nodes.of(*node);
            }
            Part::Section(section) => {
                section.node = self.nodes.of(section.node);
                self.parts(&mut section.parts);
            }
            Part::Mask(mask) => {
                mask.register = self.register(mask.register);
                self.parts(&mut mask.parts);
            }
            Part::If(inner) => {
                inner.register = self.register(inner.register);
                self.part(&mut inner.part);
            }
            Part::List(list) => {
                list.node = self.nodes.of(list.node);
                if let Ends::Register(register) = &mut list.ends {
                    *register = self.register(*register);
                }
                self.parts(&mut list.parts);
            }
            Part::Choice(choice) => {
                choice.register = self.register(choice.register);
                choice.slots = choice.slots.map(|(mask, all)| (self.register(mask), all));
                choice.cases.iter_mut().for_each(|(_, parts)| self.parts(parts));
            }
            Part::Tags(tags) => {
                tags.sections.iter_mut().for_each(|(node, _)| *node = self.nodes.of(*node));
                tags.items.iter_mut().for_each(|item| self.part(&mut item.part));
            }
            Part::Batch(parts) => self.parts(parts),
            Part::Fixed(_) | Part::Measure(_) | Part::Sum(_) | Part::Fx => {}
            Part::Opaque(_) | Part::Markup | Part::Pad { .. } => {}
        }
    }

    fn register(&self, register: u8) -> u8 {
        self.first.saturating_add(register)
    }
}
