//! A type as a plain tree: what the reference interpreter walks and what the program is compiled from.

use crate::binary::model::Binary;
use crate::carried::Carried;
use crate::form::TextForm;
use crate::json::Json;
use crate::stamp::Stamp;
use crate::text::model::Message;
use lockgate_bytes::{Decimal, Span};
use lockgate_notation::Value;
use lockgate_record::{Kind, NodeId, Slot};
use std::sync::Arc;

/// Deepest `limits depth` that a type may ask for.
pub const MAX_DEPTH: u8 = 32;
/// Most attributes that `limits attributes` may allow on one element.
pub const MAX_ATTRIBUTES: u8 = 64;
/// Most declared attributes of one element, and most declared children.
pub const MAX_PARTS: usize = 64;
/// Most namespace declarations in force at one place of an object.
pub const MAX_BINDINGS: usize = 16;

/// One type: everything that its file says of the encoding.
#[derive(Clone, Debug)]
pub struct Model {
    /// Name of the type; equals its folder.
    pub name: String,
    /// Version of the format.
    pub version: String,
    /// Tier that the author claims: 1 fast, 2 shadow, 3 always held.
    pub tier: u8,
    /// One line for people.
    pub title: String,
    /// Documents that the description follows, each with edition and section.
    pub sources: Vec<String>,
    /// Most bytes of an object.
    pub size: usize,
    /// Most levels of elements, the root included.
    pub depth: u8,
    /// Most attributes on one element, namespace declarations included.
    pub attributes: u8,
    /// Most steps in which an object is expected to be read, where the type says so.
    pub steps: Option<u64>,
    /// How a stream is cut into objects.
    pub framing: Framing,
    /// How objects are written.
    pub encoding: Encoding,
    /// Namespaces of the type; an element names one by its index. `""` is none.
    pub namespaces: Vec<String>,
    /// The namespaces of attributes that are written with a prefix. An object may declare them whether it uses them or not.
    pub prefixes: Vec<Prefix>,
    /// Data categories, first that holds.
    pub categories: Vec<Category>,
    /// The root element.
    pub root: Element,
}

/// A namespace of attributes, and the prefix that canonical objects give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// As in `ism:classification`; an object may have declared another one.
    pub name: String,
    /// Index into [`Model::namespaces`].
    pub namespace: u8,
}

/// How a stream is cut into objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// All that arrived together is one object.
    Datagram,
    /// An object ends with these bytes.
    Delimiter(String),
    /// A length tells where an object ends.
    Length {
        /// Where it stands, in bytes.
        at: usize,
        /// Its width: 8, 16, 24 or 32.
        bits: u8,
        /// Least significant byte first.
        little: bool,
        /// It counts from the first byte of the object; otherwise from behind itself.
        whole: bool,
    },
    /// A length in BER tells where an object ends; it counts what follows it.
    Ber {
        /// Where it stands, in bytes.
        at: usize,
    },
    /// A length as a varint tells where an object ends; it counts what follows it.
    Varint {
        /// Where it stands, in bytes.
        at: usize,
        /// Fewer bytes are no length: then all that arrived together is one object.
        least: usize,
    },
    /// Every object has so many bytes.
    Fixed(usize),
    /// As many lines as the second field of the first one says: the sentences of one message.
    Sentences,
}

/// How objects are written.
#[derive(Clone, Debug)]
pub enum Encoding {
    /// XML: [`Model::root`] describes it, with `depth`, `attributes` and `namespaces`.
    Xml,
    /// Bits and tags; what describes XML is empty.
    Binary(Box<Binary>),
    /// JSON: [`Model::root`] describes it, members with single values as attributes, objects and arrays as children;
    /// `attributes` bounds the members of an object.
    Json(Box<Json>),
    /// Lines and sets; what describes XML is empty.
    Text(Box<Message>),
}

/// A data category and the expression that tells when it holds.
#[derive(Clone, Debug)]
pub struct Category {
    /// Its name in the bundle.
    pub name: String,
    /// The condition as written, for the rule language to read; `None` always holds.
    pub when: Option<Value>,
    /// Where the category stands in the type's file.
    pub span: Span,
}

/// An element.
#[derive(Clone, Debug)]
pub struct Element {
    /// Name on the wire.
    pub wire: String,
    /// What it begins with, see [`head_of`].
    pub head: u64,
    /// Index into [`Model::namespaces`].
    pub namespace: u8,
    /// Its node in the shape.
    pub node: NodeId,
    /// Its cell.
    pub slot: Slot,
    /// May be absent. A list says so by `min`.
    pub optional: bool,
    /// Bounds of the list, where it repeats.
    pub rows: Option<Rows>,
    /// What stands inside it beside attributes.
    pub content: Content,
    /// Attributes, in canonical order: those with a namespace stand behind the others.
    pub attributes: Vec<Field>,
    /// Those that must stand, a bit each: at most [`MAX_PARTS`].
    pub required: u64,
    /// Attributes of any name, where it takes them.
    pub open_attributes: Option<OpenSet>,
    /// Child elements, in canonical order.
    pub children: Vec<Element>,
    /// Those of them that have to be there, a bit each.
    pub required_children: u64,
    /// There are children of which one is not enough.
    pub many_children: bool,
    /// Child elements of any name, where it takes them.
    pub open_elements: Option<OpenSet>,
    /// In JSON: an array whose places are the attributes, in their order.
    pub places: bool,
    /// Children may come in any order.
    pub any_order: bool,
    /// What to do with undeclared children is the lane's choice; otherwise they are refused.
    pub lane: bool,
    /// A bound label: a second one beside it is an undeclared part, never a repetition.
    pub label: bool,
    /// How its start tag begins in canonical form: `<point`, with the namespace where it is not that around it.
    pub opening: String,
    /// Its canonical end tag.
    pub closing: String,
}

/// Bounds of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Cells of one row.
    pub width: u16,
    /// Fewest rows.
    pub min: u16,
    /// Most rows.
    pub max: u16,
}

/// What stands inside an element.
#[derive(Clone, Debug)]
pub enum Content {
    /// Elements only.
    Elements,
    /// A value: the element is its own cell.
    Value(Field),
    /// A value beside attributes, with a cell of its own.
    Text(Field),
}

/// An attribute or a text: one value.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name on the wire, without its prefix; empty for texts.
    pub wire: String,
    /// Index into [`Model::namespaces`]; 0 but for attributes that are written with a prefix.
    pub namespace: u8,
    /// What it begins with, see [`head_of`].
    pub head: u64,
    /// Its node in the shape.
    pub node: NodeId,
    /// Its cell.
    pub slot: Slot,
    /// May be absent.
    pub optional: bool,
    /// What the value may be.
    pub kind: Kind,
    /// The exact form of a text, where it has one.
    pub form: Option<TextForm>,
    /// How a time of day is written, or an instant where not as RFC 3339 does.
    pub stamp: Option<Stamp>,
    /// The type whose object the value is, where it is one; the kind says nothing then.
    pub carried: Option<Arc<Carried>>,
    /// The value by which senders say that they do not know.
    pub unknown: Option<Decimal>,
    /// The values of an enumeration as they stand on the wire.
    pub wires: Vec<String>,
    /// Read by the word scan.
    pub scanned: bool,
    /// Free text.
    pub free: bool,
    /// How an attribute begins in canonical form: ` lat="`; empty for texts.
    pub opening: String,
}

/// Attributes or elements of any name: a list of rows, each a name and a value.
#[derive(Clone, Debug)]
pub struct OpenSet {
    /// The list's node.
    pub node: NodeId,
    /// The list's cell.
    pub slot: Slot,
    /// Bounds of the list.
    pub rows: Rows,
    /// The name of a row.
    pub name: Field,
    /// The value of a row.
    pub value: Field,
}

/// Gives all fields of an element and of what stands in it.
pub(crate) fn each_field(element: &Element, see: &mut dyn FnMut(&Field)) {
    element.attributes.iter().for_each(&mut *see);
    if let Content::Value(field) | Content::Text(field) = &element.content {
        see(field);
    }
    for set in [&element.open_attributes, &element.open_elements].into_iter().flatten() {
        see(&set.name);
        see(&set.value);
    }
    element.children.iter().for_each(|child| each_field(child, see));
}

/// The first eight bytes of a name as a number, zeros behind them: names of other heads are other names.
pub fn head_of(name: &[u8]) -> u64 {
    let mut head = [0_u8; 8];
    for (place, byte) in head.iter_mut().zip(name) {
        *place = *byte;
    }
    u64::from_le_bytes(head)
}
