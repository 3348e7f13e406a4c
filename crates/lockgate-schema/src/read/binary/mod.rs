//! From a binary type's file to its tree. What both encodings have in common is read by the module above.

mod containers;
mod digits;
mod embed;
mod listed;
mod measured;
mod number;
mod place;
mod record;
mod tags;
mod texts;
mod values;

use super::TypeReader;
use super::codes;
use crate::binary::model::{Binary, Coding, Form, MAX_LEVELS, MAX_REGISTERS, Part};
use crate::model::Framing;
use lockgate_notation::{Fields, Span, Value};
use lockgate_record::NodeId;

pub(super) use place::place;

/// How a type writes numbers unless a field says otherwise, and in what its bits travel.
#[derive(Clone, Default)]
pub(super) struct Order {
    little: bool,
    lsb_first: bool,
    sentences: Vec<String>,
}

/// What is known while the parts of one record are read.
pub(super) struct Context {
    order: Order,
    registers: usize,
    /// Lists that a field counts.
    counts: Vec<Earlier>,
    /// Fields of the open containers that a choice may look at; the innermost last.
    selectors: Vec<Vec<Earlier>>,
    /// Names of the open containers.
    open: Vec<String>,
    /// What is around the parts that are read next and may be absent or repeat, each with a number of its own.
    scope: Vec<u32>,
    scopes: u32,
    /// Lists and batches around the parts that are read next.
    rows: usize,
    /// Where a checksum said that it is over the record: no part of that may follow.
    summed: Option<Span>,
    /// The mask whose slots the parts take that are read next.
    inside: Option<u8>,
    /// Slots that those took which were read last.
    taken: u8,
    /// The element of an XML type that stands in the record, once it was read.
    embed: Option<embed::Embed>,
}

/// A number that a later part looks at.
struct Earlier {
    /// The list that it counts, or its own name.
    name: String,
    register: u8,
    span: Span,
    /// The scope that it stands in.
    scope: Vec<u32>,
}

/// Reads `encoding binary order=big bits=msb { sentences "!AIVDM" }`, behind its first word.
pub(super) fn encoding(fields: &mut Fields<'_, '_>) -> Order {
    let little = fields.prop_word_opt("order", &["big", "little"]).is_some_and(|word| word.value == "little");
    let lsb_first = fields.prop_word_opt("bits", &["msb", "lsb"]).is_some_and(|word| word.value == "lsb");
    let sentences = fields.within_opt("sentences", sentences).unwrap_or_default();
    if let Some(word) = fields.prop_opt("bits").filter(|_| lsb_first && !sentences.is_empty()) {
        fields.error(&codes::LAYOUT, word.name_span, "sentences carry the most significant bit first");
    }
    Order { little, lsb_first, sentences }
}

/// The identifiers of sentences: `!`, then a talker and a formatter in five capitals or digits (IEC 61162-1).
fn sentences(fields: &mut Fields<'_, '_>) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(name) = fields.arg_text_opt("an identifier") {
        let plain = name.value.strip_prefix('!').is_some_and(|name| {
            name.len() == 5 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        });
        if !plain || found.iter().any(|known| known == name.value) {
            let message = "an identifier is `!` and five capitals or digits, each once";
            fields.error(&codes::LAYOUT, name.span, message);
        }
        found.push(name.value.to_owned());
    }
    if found.is_empty() || found.len() > 16 {
        let span = fields.noun_span();
        fields.error(&codes::LAYOUT, span, "name 1 to 16 identifiers of sentences");
    }
    found
}

/// Reads `framing length at=1 bits=16 includes=header`, behind its first word.
pub(super) fn framing_length(fields: &mut Fields<'_, '_>) -> Option<Framing> {
    let at = fields.prop_uint_opt("at").map_or(0, |at| at.value);
    let bits = fields.prop_uint("bits");
    let includes = fields.prop_word("includes", &["header", "body"]);
    let little = fields.prop_word_opt("order", &["big", "little"]).is_some_and(|word| word.value == "little");
    let (bits, includes) = (bits?, includes?);
    let Ok(width @ (8 | 16 | 24 | 32)) = u8::try_from(bits.value) else {
        fields.error(&codes::FRAMING, bits.span, "a length of 8, 16, 24 or 32 bits tells a frame");
        return None;
    };
    let at = near(fields, at)?;
    Some(Framing::Length { at, bits: width, little, whole: includes.value == "header" })
}

/// Reads `framing varint at=1 min=2`, behind its first word.
pub(super) fn framing_varint(fields: &mut Fields<'_, '_>) -> Option<Framing> {
    let at = fields.prop_uint_opt("at").map_or(0, |at| at.value);
    let least = fields.prop_uint_opt("min").map_or(0, |least| least.value);
    Some(Framing::Varint { at: near(fields, at)?, least: near(fields, least)? })
}

/// Reads `framing ber at=16`, behind its first word.
pub(super) fn framing_ber(fields: &mut Fields<'_, '_>) -> Option<Framing> {
    let at = fields.prop_uint("at")?.value;
    Some(Framing::Ber { at: near(fields, at)? })
}

/// A place in the first 4,095 bytes of an object.
fn near(fields: &mut Fields<'_, '_>, at: u64) -> Option<usize> {
    let near = usize::try_from(at).ok().filter(|at| *at < 4096);
    if near.is_none() {
        let span = fields.noun_span();
        fields.error(&codes::FRAMING, span, "what tells a frame stands in the first 4095 bytes");
    }
    near
}

/// What a type is recognised by.
#[derive(Default)]
pub(super) struct Prefix {
    bytes: Vec<u8>,
    mask: Vec<u8>,
    at: usize,
}

/// Reads `identify prefix=0x30 mask=0xF0 at=0`.
pub(super) fn identify(fields: &mut Fields<'_, '_>) -> Option<Prefix> {
    let at = fields.prop_uint_opt("at").map_or(0, |at| at.value);
    let prefix = fields.prop("prefix")?;
    let bytes = |value: &Value| match value.text() {
        Some(text) => number::hex(text),
        None => number::bytes_of(value),
    };
    let mask = fields.prop_opt("mask").map(|mask| bytes(&mask.value));
    let bytes = bytes(&prefix.value);
    let at = usize::try_from(at).ok().filter(|at| *at < 4096);
    let mask = match (mask, &bytes) {
        (None, Some(bytes)) => Some(vec![0xFF; bytes.len()]),
        (mask, bytes) => mask.flatten().filter(|mask| Some(mask.len()) == bytes.as_ref().map(Vec::len)),
    };
    match (bytes.filter(|bytes| !bytes.is_empty()), mask, at) {
        (Some(bytes), Some(mask), Some(at)) => Some(Prefix { bytes, mask, at }),
        _ => {
            let message =
                "a prefix is a number of whole bytes, 0xB0A1, or their hexadecimal digits in quotes";
            fields.error(&codes::PREFIX, prefix.value.span, message);
            None
        }
    }
}

impl TypeReader<'_> {
    /// Reads the parts of the record.
    pub(super) fn binary_record(
        &mut self,
        fields: &mut Fields<'_, '_>,
        name: &str,
        order: Order,
        prefix: Prefix,
    ) -> Binary {
        let (lsb_first, sentences) = (order.lsb_first, order.sentences.clone());
        let mut context = Context {
            order,
            registers: 0,
            counts: Vec::new(),
            selectors: Vec::new(),
            open: Vec::new(),
            scope: Vec::new(),
            scopes: 0,
            rows: 0,
            summed: None,
            inside: None,
            taken: 0,
            embed: None,
        };
        let parts = self.container(fields, &mut context, NodeId(0), name, false);
        measured::check(fields, &parts, measured::End::Object);
        for Earlier { name, span, .. } in &context.counts {
            let message = format!("no list `{}` comes after its count", name.escape_debug());
            fields.error(&codes::MEASURE, *span, message);
        }
        let registers = u8::try_from(context.registers).unwrap_or(u8::MAX);
        let Prefix { bytes: prefix, mask: prefix_mask, at: prefix_at } = prefix;
        let markup = context.embed.map(|embed| Box::new(embed.markup));
        if !sentences.is_empty() && (!holds_in_sentences(&parts) || !begins_with_head(&parts)) {
            let span = fields.noun_span();
            let message = "what travels in sentences begins with fields of 8, 4 and 4 bits for identifier, sequence and \
                           channel, its texts are coding=ais, and it has no opaque part, checksum, batch or markup";
            fields.error(&codes::LAYOUT, span, message);
        }
        Binary { prefix, prefix_mask, prefix_at, lsb_first, parts, registers, markup, sentences }
    }

    /// Reads the parts of one container. `loose`: parts that may be left out by what is around them.
    fn container(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
        name: &str,
        loose: bool,
    ) -> Vec<Part> {
        if context.open.len() >= MAX_LEVELS.saturating_sub(1) {
            let span = fields.noun_span();
            fields.error(&codes::DEEPER, span, format!("more than {MAX_LEVELS} parts inside each other"));
            return Vec::new();
        }
        context.open.push(name.to_owned());
        context.selectors.push(Vec::new());
        let parts = self.binary_parts(fields, context, parent, loose);
        let inner = context.selectors.pop().unwrap_or_default();
        context.open.pop();
        // What is always there in it can be looked at from behind it, by its path.
        if let Some(outer) = context.selectors.last_mut() {
            outer.extend(
                inner.into_iter().map(|field| Earlier { name: format!("{name}.{}", field.name), ..field }),
            );
        }
        parts
    }
}

impl Context {
    /// What is read next may be absent, or repeats.
    fn enter(&mut self) {
        self.scopes = self.scopes.saturating_add(1);
        self.scope.push(self.scopes);
    }

    fn leave(&mut self) {
        self.scope.pop();
    }

    /// Keeps a number that a later part looks at.
    fn earlier(&self, name: &str, register: u8, span: Span) -> Earlier {
        Earlier { name: name.to_owned(), register, span, scope: self.scope.clone() }
    }

    /// The next free register.
    fn register(&mut self, fields: &mut Fields<'_, '_>) -> Option<u8> {
        if self.registers >= MAX_REGISTERS {
            let span = fields.noun_span();
            let message = "a type has at most 64 masks, counts and selectors";
            fields.error(&codes::TOO_MANY_PARTS, span, message);
            return None;
        }
        let register = u8::try_from(self.registers).ok()?;
        self.registers = self.registers.saturating_add(1);
        Some(register)
    }
}

/// True where nothing of the parts stands in the object as it is read.
fn holds_in_sentences(parts: &[Part]) -> bool {
    parts.iter().all(|part| match part {
        Part::Value(value) => match &value.form {
            Form::Text(text) => text.coding == Coding::Ais,
            Form::Start(_) | Form::Carried(_) => false,
            _ => true,
        },
        Part::Section(section) => holds_in_sentences(&section.parts),
        Part::Mask(mask) => holds_in_sentences(&mask.parts),
        Part::If(inner) => holds_in_sentences(core::slice::from_ref(&inner.part)),
        Part::List(list) => holds_in_sentences(&list.parts),
        Part::Choice(choice) => choice.cases.iter().all(|(_, parts)| holds_in_sentences(parts)),
        Part::Fixed(_) | Part::Count(_) | Part::Fx | Part::Pad { .. } => true,
        Part::Measure(_) | Part::Sum(_) | Part::Opaque(_) | Part::Batch(_) | Part::Tags(_) | Part::Markup => {
            false
        }
    })
}

/// True where the head has its fields.
fn begins_with_head(parts: &[Part]) -> bool {
    let widths = parts.iter().take(3).map(|part| match part {
        Part::Value(value) => match &value.form {
            Form::Number(number) if !number.varint => number.bits,
            Form::Enum { bits, varint: false, .. } => *bits,
            _ => 0,
        },
        _ => 0,
    });
    widths.eq([8, 4, 4])
}
