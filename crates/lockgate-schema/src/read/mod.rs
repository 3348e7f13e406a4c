//! From a type file to a model and a shape. All mistakes of a file are found in one go.

mod binary;
mod carried;
pub(crate) mod codes;
mod copy;
mod element;
mod field;
mod graft;
mod head;
mod json;
mod kind;
mod openings;
mod parts;
mod prefix;
mod text;
mod times;

use crate::Type;
use crate::json::{Json, Objects};
use crate::model::{Element, Encoding, Model, Prefix};
use crate::planted;
use head::{Limits, Spoken, category, encoding, framing, limits, sources, tier};
use lockgate_notation::{Diagnostics, Document, Fields, Span};
use lockgate_record::{NodeId, Role, Shape, ShapeBuilder};
use std::sync::Arc;

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
    let (model, shape) = if diagnostics.has_errors() { None } else { read }?;
    let Some(field) = openings::wrong(&model) else { return Some((model, shape)) };
    let says = format!(
        "the attribute `{}` would begin `{}`: a fault of the program, not of this file; report it",
        field.wire, field.opening
    );
    diagnostics.error(&codes::WIRE_NAME, document.root.name_span, says);
    None
}

fn read_type(fields: &mut Fields<'_, '_>, embedded: Embedded<'_>) -> Option<(Model, Shape)> {
    let name = fields.arg_name("the name of the type").map(|name| name.value.to_string());
    let version = fields.prop_text("version").map(|version| version.value.to_owned());
    let tier = tier(fields);
    let title = fields.child_text("title").map(|title| title.value.to_owned());
    let sources = sources(fields);
    let spoken = encoding(fields);
    let Limits { size, depth, attributes, steps } = limits(fields, &spoken);
    let framing = framing(fields);
    let (root_wire, known) = known(fields, &spoken);
    let categories = fields.each("category", category).into_iter().flatten().collect();
    let mut namespaces = vec![String::new()];
    if let Spoken::Xml(Some(namespace), _) = &spoken
        && !namespace.is_empty()
    {
        namespaces.push(namespace.value.to_owned());
    }
    let namespace_index = u8::from(namespaces.len() > 1);
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
    reader.check_dropped(fields, &shape);
    let (namespaces, prefixes) = (reader.namespaces, reader.prefixes);
    if let Encoding::Xml = encoding {
        root.wire = root_wire?;
    }
    place(&mut root, &mut encoding, (&shape, &namespaces, &prefixes));
    let mut model = Model {
        name: name?,
        version: version?,
        tier: tier?,
        title: title?,
        sources,
        size,
        depth,
        attributes,
        steps,
        framing,
        encoding,
        namespaces,
        prefixes,
        categories,
        root,
    };
    planted::swap_openings(&mut model.root);
    let objects = Objects::new(&model);
    if let Encoding::Json(json) = &mut model.encoding {
        json.objects = objects;
    }
    Some((model, shape))
}

/// Puts the nodes of the shape, and the namespaces, to what was described before either was whole.
fn place(
    root: &mut Element,
    encoding: &mut Encoding,
    (shape, namespaces, prefixes): (&Shape, &[String], &[Prefix]),
) {
    match encoding {
        Encoding::Xml => {
            graft::place(root, shape, namespaces, 0);
            prefix::declare(root, prefixes, namespaces);
        }
        Encoding::Json(_) => graft::place(root, shape, namespaces, 0),
        Encoding::Binary(of) => binary::place(of, shape, namespaces),
        Encoding::Text(of) => text::place(&mut of.items, shape),
    }
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
    /// What may be dropped holds nothing that may not.
    fn check_dropped(&self, fields: &mut Fields<'_, '_>, shape: &Shape) {
        for (node, span) in &self.droppable {
            let drop_safe = shape.node(*node).is_some_and(|node| node.options.drop_safe);
            if let Some(kept) = never_dropped(shape, *node).filter(|_| drop_safe) {
                fields.error(&codes::NEVER_DROP_SAFE, *span, format!("without it `{kept}` would be gone"));
            }
        }
    }

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
