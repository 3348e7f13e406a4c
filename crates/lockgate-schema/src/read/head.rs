//! What a type file says before its record: tier, sources, encoding, limits, framing and categories.

use super::{binary, codes, prefix, text};
use crate::model::{Category, Framing, MAX_ATTRIBUTES, MAX_DEPTH};
use lockgate_notation::{At, Fields};

/// Largest `limits size`, in bytes.
const MAX_SIZE: u64 = 16 * 1024 * 1024;

/// How objects are written.
#[derive(Clone)]
pub(super) enum Spoken<'n> {
    /// XML, in this namespace; attributes may have these prefixes.
    Xml(Option<At<&'n str>>, Vec<prefix::Written<'n>>),
    /// Bits and tags.
    Binary(binary::Order),
    /// JSON.
    Json,
    /// Lines and sets.
    Text(text::Laid),
}

/// The tier that is claimed: 1 to 3.
pub(super) fn tier(fields: &mut Fields<'_, '_>) -> Option<u8> {
    let tier = fields.prop_uint("tier")?;
    match u8::try_from(tier.value) {
        Ok(number @ 1..=3) => Some(number),
        _ => {
            fields.error(&codes::TIER, tier.span, format!("there is no tier {}", tier.value));
            None
        }
    }
}

/// The documents that the description follows; at least one.
pub(super) fn sources(fields: &mut Fields<'_, '_>) -> Vec<String> {
    let nodes = fields.children_some("source");
    let read = nodes
        .into_iter()
        .filter_map(|node| fields.read(node, |source| source.arg_text("document, edition and section")));
    read.map(|source| source.value.to_owned()).collect()
}

/// Reads `encoding`.
pub(super) fn encoding<'n>(fields: &mut Fields<'n, '_>) -> Spoken<'n> {
    let read = fields.within("encoding", |encoding| {
        match encoding.arg_text("the encoding") {
            Some(word) if word.value == "binary" => return Spoken::Binary(binary::encoding(encoding)),
            Some(word) if word.value == "json" => return Spoken::Json,
            Some(word) if word.value == "text" => return Spoken::Text(text::encoding(encoding)),
            Some(word) if word.value != "xml" => {
                encoding.error(&codes::ENCODING, word.span, format!("there is no encoding `{}`", word.value));
            }
            _ => {}
        }
        let namespace = encoding.prop_any_text_opt("namespace");
        let namespace = namespace.filter(|namespace| check_namespace(encoding, *namespace));
        Spoken::Xml(namespace, prefix::written(encoding))
    });
    read.unwrap_or(Spoken::Xml(None, Vec::new()))
}

/// Bounds of one object.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) size: usize,
    pub(super) depth: u8,
    pub(super) attributes: u8,
    /// `None` where the type says nothing of it.
    pub(super) steps: Option<u64>,
}

/// Reads `limits`: most bytes, levels, attributes and steps of one object.
pub(super) fn limits(fields: &mut Fields<'_, '_>, spoken: &Spoken<'_>) -> Limits {
    let size = usize::try_from(MAX_SIZE).unwrap_or(usize::MAX);
    let none = Limits { size, depth: MAX_DEPTH, attributes: MAX_ATTRIBUTES, steps: None };
    let read = fields.within("limits", |limits| {
        let Limits { mut size, mut depth, mut attributes, .. } = none;
        let steps = limits.prop_uint_opt("steps").map(|asked| asked.value);
        if let Some(asked) = limits.prop_size("size") {
            match usize::try_from(asked.value) {
                Ok(bytes) if (1..=MAX_SIZE).contains(&asked.value) => size = bytes,
                _ => {
                    limits.error(&codes::SIZE, asked.span, "a size limit is from 1 byte to 16 MiB");
                }
            }
        }
        let many = match spoken {
            Spoken::Binary(_) | Spoken::Text(_) => return Limits { size, depth, attributes, steps },
            Spoken::Json => "members",
            Spoken::Xml(..) => "attributes",
        };
        if let Some(asked) = limits.prop_uint("depth") {
            match u8::try_from(asked.value) {
                Ok(levels) if (1..=MAX_DEPTH).contains(&levels) => depth = levels,
                _ => {
                    limits.error(&codes::DEPTH, asked.span, "a depth limit is from 1 to 32");
                }
            }
        }
        if let Some(asked) = limits.prop_uint_opt(many) {
            match u8::try_from(asked.value) {
                Ok(count) if (1..=MAX_ATTRIBUTES).contains(&count) => attributes = count,
                _ => {
                    limits.error(&codes::ATTRIBUTES, asked.span, "an attribute limit is from 1 to 64");
                }
            }
        }
        Limits { size, depth, attributes, steps }
    });
    read.unwrap_or(none)
}

/// Reads `framing`: how a stream is cut into objects.
pub(super) fn framing(fields: &mut Fields<'_, '_>) -> Framing {
    let read = fields.within_opt("framing", |framing| {
        let word = framing.arg_text("how a stream is cut into objects")?;
        match word.value {
            "datagram" => Some(Framing::Datagram),
            "delimiter" => framing
                .arg_text("the bytes that end an object")
                .map(|end| Framing::Delimiter(end.value.to_owned())),
            "length" => binary::framing_length(framing),
            "ber" => binary::framing_ber(framing),
            "varint" => binary::framing_varint(framing),
            "sentences" => Some(Framing::Sentences),
            "fixed" => {
                let size = framing.arg_size("the size of an object")?;
                let bytes = usize::try_from(size.value).ok().filter(|bytes| *bytes > 0);
                if bytes.is_none() {
                    framing.error(&codes::FRAMING, size.span, "an object has at least one byte");
                }
                bytes.map(Framing::Fixed)
            }
            other => {
                framing.error(&codes::FRAMING, word.span, format!("there is no framing `{other}`"));
                None
            }
        }
    });
    read.flatten().unwrap_or(Framing::Datagram)
}

/// Reads a data category.
pub(super) fn category(fields: &mut Fields<'_, '_>) -> Option<Category> {
    let span = fields.noun_span();
    let name = fields.arg_name("the name of the category");
    let when = fields.prop_expression_opt("when").map(|when| when.value.clone());
    Some(Category { name: name?.to_string(), when, span })
}

/// True where a type may use the namespace.
pub(super) fn check_namespace(fields: &mut Fields<'_, '_>, namespace: At<&str>) -> bool {
    let text = namespace.value;
    let reserved = crate::marks::RESERVED.contains(&text) || text == crate::marks::XINCLUDE;
    let plain =
        text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'&' | b'<' | b'"' | b'\''));
    if reserved || !plain {
        let why = if reserved { "belongs to XML itself" } else { "is not printable ASCII" };
        fields.error(&codes::NAMESPACE, namespace.span, format!("the namespace {why}"));
    }
    !reserved && plain
}
