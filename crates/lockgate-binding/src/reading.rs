//! One binding, read whole: which labels it binds, to what, and what is wrong with it.

mod work;

use self::work::Work;
use crate::model::{extended, is, unreadable};
use crate::signature::Signed;
use crate::signer::Signers;
use crate::words::{BINDING, BINDINGS_OF_ANY_VERSION, LABELS};
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::{Span, Time};
use lockgate_marking::LabelKind;
use lockgate_marking::xml::{self, Bounds, XmlFault};
use lockgate_reason::{Finding, marking};
pub(crate) use work::Bound;

use roxmltree::{Document, Node};

/// How much of a binding, or of an object that carries one, is read.
pub const BOUNDS: Bounds =
    Bounds { bytes: 4 << 20, depth: 64, attributes: 64, declarations: 1024, nodes: 400_000 };

/// An object in hand.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// The name of its file, without folders; `None` where it came without one.
    pub name: Option<&'a str>,
    /// All of it.
    pub bytes: &'a [u8],
}

/// What a binding is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Who may sign.
    pub signers: &'a Signers,
    /// True where a label without a signature is held.
    pub signature_required: bool,
    /// The reference time.
    pub now: Time,
}

/// Where the binding stands (ADatP-4778, the approaches to binding).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The object stands inside the binding.
    Encapsulated,
    /// The binding stands inside the object.
    Embedded,
    /// The binding came by itself, with the object named to it.
    Detached,
    /// The binding stands beside the object, as `NAME.bdo` beside `NAME`.
    Sidecar,
}

impl Form {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encapsulated => "encapsulated",
            Self::Embedded => "embedded",
            Self::Detached => "detached",
            Self::Sidecar => "sidecar",
        }
    }
}

/// What a label is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The object.
    Whole,
    /// A part of it.
    Part,
}

/// A label with what it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundLabel {
    /// Which label.
    pub kind: LabelKind,
    /// Its element alone, in exclusive canonical XML.
    pub xml: Vec<u8>,
    /// Where it stands in the file with the binding.
    pub span: Span,
    /// What it is bound to.
    pub scope: Scope,
}

/// What was found in a binding. Where there is any finding, the labels are claims, and nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Where the binding stands.
    pub form: Form,
    /// The labels, in the order of the document.
    pub labels: Vec<BoundLabel>,
    /// What its signatures are worth.
    pub signed: Signed,
    /// What is wrong; spans are those of the file with the binding.
    pub findings: Vec<Finding>,
}

/// The binding that `object` carries in itself, embedded or encapsulating; `None` where it has none.
///
/// XML beyond the bounds is a reading with a finding: whoever cannot see all of it cannot say that there is no binding.
pub fn read_carried(object: &Object<'_>, terms: &Terms<'_>) -> Option<Reading> {
    let text = object.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(object.bytes);
    let is_xml = text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
    let named = contains(object.bytes, BINDINGS_OF_ANY_VERSION.as_bytes());
    if !is_xml && !named {
        return None;
    }
    let failed = |finding| Some(Reading::failed(Form::Embedded, finding));
    let document = match parse(object.bytes) {
        Ok(text) => text,
        Err((_, finding)) if named => return failed(finding),
        // What is too much, stands behind a DTD or in another encoding was not seen: nobody can say that there is no binding.
        Err((XmlFault::OverBound(_) | XmlFault::Dtd | XmlFault::NotUtf8, finding)) => return failed(finding),
        Err(_) => return None,
    };
    let bindings = outermost(&document);
    let Some(first) = bindings.first() else {
        return named.then(|| document.root_element()).and_then(|root| {
            failed(extended(
                root,
                "the object names the namespace of bindings, and has no binding that is read",
            ))
        });
    };
    if let Some(second) = bindings.get(1) {
        return failed(unreadable(*second, "the object has two bindings"));
    }
    let form = if first.id() == document.root_element().id() { Form::Encapsulated } else { Form::Embedded };
    Some(Work::read(&document, *first, form, object, terms))
}

/// A binding that came beside `object`. `form` is [`Form::Detached`] or [`Form::Sidecar`].
pub fn read_detached(binding: &[u8], object: &Object<'_>, form: Form, terms: &Terms<'_>) -> Reading {
    let document = match parse(binding) {
        Ok(document) => document,
        Err((_, finding)) => return Reading::failed(form, finding),
    };
    let root = document.root_element();
    if !is(root, BINDING, "BindingInformation") {
        return Reading::failed(form, unreadable(root, "the root is no BindingInformation of ADatP-4778"));
    }
    Work::read(&document, root, form, object, terms)
}

fn parse(bytes: &[u8]) -> Result<Document<'_>, (XmlFault, Finding)> {
    let finding = |fault| match fault {
        XmlFault::OverBound(says) => Finding::new(marking::BINDING_TOO_BIG).saying(says),
        XmlFault::NotUtf8 => Finding::new(marking::BINDING_UNREADABLE).saying("the binding is not UTF-8"),
        XmlFault::Dtd => Finding::new(marking::BINDING_UNREADABLE).saying("a DTD; none is ever read"),
        XmlFault::NotWellFormed => {
            Finding::new(marking::BINDING_UNREADABLE).saying("the XML of the binding is not well-formed")
        }
    };
    let with = |fault| (fault, finding(fault));
    let text = xml::text(bytes, &BOUNDS).map_err(with)?;
    xml::parse(text, &BOUNDS).map_err(|(_, fault)| with(fault))
}

/// True where `word` stands in `bytes`, in capitals or not.
fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

/// Every `BindingInformation` that stands in no other.
fn outermost<'a, 'i>(document: &'a Document<'i>) -> Vec<Node<'a, 'i>> {
    let mut found: Vec<Node<'a, 'i>> = Vec::new();
    for node in document.descendants().filter(|node| is(*node, BINDING, "BindingInformation")) {
        let inside = found.last().is_some_and(|last| node.range().end <= last.range().end);
        if !inside {
            found.push(node);
        }
    }
    found
}

impl Reading {
    fn failed(form: Form, finding: Finding) -> Self {
        Self { form, labels: Vec::new(), signed: Signed::NotVerified, findings: Vec::from([finding]) }
    }
}

/// The text of the originator that a label names.
pub(crate) fn originator_of(label: Node<'_, '_>) -> Option<String> {
    let named = label.children().find(|node| is(*node, LABELS, "OriginatorID"))?;
    Some(xml::text_of(named))
}

#[cfg(test)]
mod tests;
