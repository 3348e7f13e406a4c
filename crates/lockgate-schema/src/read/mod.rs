//! From a type file to a model and a shape. All mistakes of a file are found in one go.

mod binary;
mod carried;
pub(crate) mod codes;
mod copy;
mod element;
mod field;
mod graft;
mod json;
mod kind;
mod parts;
mod prefix;
mod text;
mod times;

use crate::Type;
use crate::json::{Json, Objects};
use crate::model::{Category, Element, Encoding, Framing, MAX_ATTRIBUTES, MAX_DEPTH, Model, Prefix};
use lockgate_notation::{At, Diagnostics, Document, Fields, Span};
use lockgate_record::{NodeId, Role, Shape, ShapeBuilder};
use std::sync::Arc;

/// Largest `limits size`, in bytes.
const MAX_SIZE: u64 = 16 * 1024 * 1024;
/// Most namespaces of one type.
const MAX_NAMESPACES: usize = 64;

/// Finds an embedded type by its name.
pub(crate) type Embedded<'r> = &'r dyn Fn(&str) -> Option<Arc<Type>>;

/// What is known while one file is read.
pub(crate) struct TypeReader<'r> {
    build: ShapeBuilder,
    namespaces: Vec<String>,
    prefixes: Vec<Prefix>,
    /// Roles of ISM attributes that were given to no such attribute.
    ism: prefix::Given,
    embedded: Embedded<'r>,
    /// Roles seen so far, and where.
    roles: Vec<(Role, Span)>,
    /// Times of observation and what they count from, and where each was given its role.
    times: Vec<(Role, Span)>,
    type_name: String,
    /// Most levels of elements described.
    deepest: usize,
    /// The type is one of XML.
    in_xml: bool,
    /// Elements that say something of `drop-safe`, and where.
    droppable: Vec<(NodeId, Span)>,
}

/// Reads the file; what is wrong with it is in `diagnostics`, and then there is no type.
pub(crate) fn read(
    document: &Document,
    embedded: Embedded<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<(Model, Shape)> {
    let mut file = Fields::of(&document.root, diagnostics);
    let read = file.within("type", |fields| read_type(fields, embedded)).flatten();
    file.finish();
    if diagnostics.has_errors() { None } else { read }
}

fn read_type(fields: &mut Fields<'_, '_>, embedded: Embedded<'_>) -> Option<(Model, Shape)> {
    let name = fields.arg_name("the name of the type").map(|name| name.value.to_string());
    let version = fields.prop_text("version").map(|version| version.value.to_owned());
    let tier = tier(fields);
    let title = fields.child_text("title").map(|title| title.value.to_owned());
    let sources = sources(fields);
    let spoken = encoding(fields);
    let (size, depth, attributes) = limits(fields, &spoken);
    let framing = framing(fields);
    let (root_wire, known) = known(fields, &spoken);
    let categories = fields.each("category", category).into_iter().flatten().collect();
    let mut namespaces = vec![String::new()];
    let mut namespace_index = 0;
    if let Spoken::Xml(Some(namespace), _) = &spoken
        && !namespace.is_empty()
    {
        namespaces.push(namespace.value.to_owned());
        namespace_index = 1;
    }
    let record_name = fields.child("record").and_then(|node| node.args.first()).and_then(|name| name.text());
    let mut reader = TypeReader {
        build: ShapeBuilder::new(record_name.unwrap_or("record")),
        namespaces,
        prefixes: Vec::new(),
        ism: Vec::new(),
        embedded,
        roles: Vec::new(),
        times: Vec::new(),
        type_name: name.clone().unwrap_or_default(),
        deepest: 0,
        in_xml: matches!(spoken, Spoken::Xml(..)),
        droppable: Vec::new(),
    };
    let record = reader.any_record(fields, spoken, known, namespace_index);
    let record_span = fields.child_opt("record").map(|node| node.name_span).unwrap_or_default();
    if reader.deepest > usize::from(depth) {
        let message = format!("the record has {} levels, and `limits depth` is {depth}", reader.deepest);
        fields.error(&codes::DEEPER, record_span, message);
    }
    reader.check_no_other_ism(fields);
    let (mut root, mut encoding) = record?;
    let shape = core::mem::replace(&mut reader.build, ShapeBuilder::new("")).finish();
    reader.check_times(fields, &shape);
    for (node, span) in &reader.droppable {
        if let Some(kept) =
            shape.node(*node).filter(|node| node.options.drop_safe).and_then(|_| never_dropped(&shape, *node))
        {
            fields.error(&codes::NEVER_DROP_SAFE, *span, format!("without it `{kept}` would be gone"));
        }
    }
    let (namespaces, prefixes) = (reader.namespaces, reader.prefixes);
    match &mut encoding {
        Encoding::Xml => {
            root.wire = root_wire?;
            graft::place(&mut root, &shape, &namespaces, 0);
            prefix::declare(&mut root, &prefixes, &namespaces);
        }
        Encoding::Json(_) => graft::place(&mut root, &shape, &namespaces, 0),
        Encoding::Binary(of) => binary::place(of, &shape, &namespaces),
        Encoding::Text(of) => text::place(&mut of.items, &shape),
    }
    let mut model = Model {
        name: name?,
        version: version?,
        tier: tier?,
        title: title?,
        sources,
        size,
        depth,
        attributes,
        framing,
        encoding,
        namespaces,
        prefixes,
        categories,
        root,
    };
    let objects = Objects::new(&model);
    if let Encoding::Json(json) = &mut model.encoding {
        json.objects = objects;
    }
    Some((model, shape))
}

/// What an object is known by, in the encodings other than XML.
#[derive(Default)]
struct Known {
    prefix: Option<binary::Prefix>,
    mark: Option<json::Mark>,
    known_by: Option<crate::text::model::KnownBy>,
}

/// Reads `identify`: the name of the root element, or what else an object is known by.
fn known(fields: &mut Fields<'_, '_>, spoken: &Spoken<'_>) -> (Option<String>, Known) {
    let (mut root, mut known) = (None, Known::default());
    fields.within("identify", |identify| match spoken {
        Spoken::Binary(_) => known.prefix = binary::identify(identify),
        Spoken::Json => known.mark = json::identify(identify),
        Spoken::Text(_) => known.known_by = text::identify(identify),
        Spoken::Xml(..) => {
            root = identify.prop_text("element").and_then(|wire| element::wire_name(identify, wire));
        }
    });
    (root, known)
}

impl TypeReader<'_> {
    /// Reads the record: what describes XML, and the encoding.
    fn any_record(
        &mut self,
        fields: &mut Fields<'_, '_>,
        spoken: Spoken<'_>,
        known: Known,
        namespace: u8,
    ) -> Option<(Element, Encoding)> {
        let node = fields.child("record")?;
        fields.read(node, |record| {
            let name = record.arg_field_name("the name of the record");
            let bare = parts::empty(NodeId(0), 0);
            Some(match spoken {
                Spoken::Xml(_, prefixes) => {
                    self.take_prefixes(record, &prefixes);
                    (self.record(record, namespace), Encoding::Xml)
                }
                Spoken::Json => {
                    let none = json::Mark { member: String::new(), is: None };
                    let json::Mark { member, is } = known.mark.unwrap_or(none);
                    let json = Json { member, is, objects: Objects::default() };
                    (self.json_record(record), Encoding::Json(Box::new(json)))
                }
                Spoken::Text(laid) => {
                    let message = self.text_record(record, laid, known.known_by);
                    (bare, Encoding::Text(Box::new(message)))
                }
                Spoken::Binary(order) => {
                    let name = name.map(|name| name.value.to_string()).unwrap_or_default();
                    let prefix = known.prefix.unwrap_or_default();
                    let parts = self.binary_record(record, &name, order, prefix);
                    (bare, Encoding::Binary(Box::new(parts)))
                }
            })
        })
    }
}

/// The first field inside `node` that may never be dropped. The depth of the recursion is that of the shape.
fn never_dropped(shape: &Shape, node: NodeId) -> Option<&str> {
    shape.node(node)?.children.iter().find_map(|child| {
        let below = shape.node(*child)?;
        let never = below.never_left_out().is_some();
        if never { Some(below.path.as_str()) } else { never_dropped(shape, *child) }
    })
}

fn tier(fields: &mut Fields<'_, '_>) -> Option<u8> {
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
fn sources(fields: &mut Fields<'_, '_>) -> Vec<String> {
    let nodes = fields.children_some("source");
    let read = nodes
        .into_iter()
        .filter_map(|node| fields.read(node, |source| source.arg_text("document, edition and section")));
    read.map(|source| source.value.to_owned()).collect()
}

/// How objects are written.
#[derive(Clone)]
enum Spoken<'n> {
    /// XML, in this namespace; attributes may have these prefixes.
    Xml(Option<At<&'n str>>, Vec<prefix::Written<'n>>),
    /// Bits and tags.
    Binary(binary::Order),
    /// JSON.
    Json,
    /// Lines and sets.
    Text(text::Laid),
}

fn encoding<'n>(fields: &mut Fields<'n, '_>) -> Spoken<'n> {
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

/// True where a type may use the namespace.
fn check_namespace(fields: &mut Fields<'_, '_>, namespace: At<&str>) -> bool {
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

fn limits(fields: &mut Fields<'_, '_>, spoken: &Spoken<'_>) -> (usize, u8, u8) {
    let none = (usize::try_from(MAX_SIZE).unwrap_or(usize::MAX), MAX_DEPTH, MAX_ATTRIBUTES);
    let read = fields.within("limits", |limits| {
        let (mut size, mut depth, mut attributes) = none;
        if let Some(asked) = limits.prop_size("size") {
            match usize::try_from(asked.value) {
                Ok(bytes) if (1..=MAX_SIZE).contains(&asked.value) => size = bytes,
                _ => {
                    limits.error(&codes::SIZE, asked.span, "a size limit is from 1 byte to 16 MiB");
                }
            }
        }
        let many = match spoken {
            Spoken::Binary(_) | Spoken::Text(_) => return (size, depth, attributes),
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
        (size, depth, attributes)
    });
    read.unwrap_or(none)
}

fn framing(fields: &mut Fields<'_, '_>) -> Framing {
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

fn category(fields: &mut Fields<'_, '_>) -> Option<Category> {
    let span = fields.noun_span();
    let name = fields.arg_name("the name of the category");
    let when = fields.prop_expression_opt("when").map(|when| when.value.clone());
    Some(Category { name: name?.to_string(), when, span })
}
