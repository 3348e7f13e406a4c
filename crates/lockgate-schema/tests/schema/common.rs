//! What the tests of this room share.

use lockgate_bytes::{Budget, Span, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::Type;
use std::sync::{Arc, LazyLock};

const COT: &[u8] = include_bytes!("../../../../rules/types/cot-event/type.kdl");
const LABEL: &[u8] = include_bytes!("../../../../rules/types/stanag-4774/type.kdl");
const ZOO: &[u8] = include_bytes!("zoo.kdl");

/// A type from its text, with the label type at hand; panics with the diagnostics.
pub(crate) fn load(name: &str, text: &[u8]) -> Arc<Type> {
    let find = |name: &str| match name {
        "stanag-4774" => Some(label()),
        "ais-message" => Some(radio()),
        _ => None,
    };
    match Type::parse(name, text, &find) {
        Ok((found, _)) => Arc::new(found),
        Err(diagnostics) => panic!("{}", diagnostics.render()),
    }
}

/// The type of Cursor-on-Target events.
pub(crate) fn cot() -> Arc<Type> {
    // Reading it takes longer than reading a thousand events.
    static TYPE: LazyLock<Arc<Type>> = LazyLock::new(|| load("rules/types/cot-event/type.kdl", COT));
    TYPE.clone()
}

/// The type of confidentiality labels.
pub(crate) fn label() -> Arc<Type> {
    static TYPE: LazyLock<Arc<Type>> =
        LazyLock::new(|| match Type::parse("rules/types/stanag-4774/type.kdl", LABEL, &|_| None) {
            Ok((found, _)) => Arc::new(found),
            Err(diagnostics) => panic!("{}", diagnostics.render()),
        });
    TYPE.clone()
}

/// The type of ship reports as they go over the radio.
fn radio() -> Arc<Type> {
    let text = include_bytes!("../../../../rules/types/ais-message/type.kdl");
    match Type::parse("rules/types/ais-message/type.kdl", text, &|_| None) {
        Ok((found, _)) => Arc::new(found),
        Err(diagnostics) => panic!("{}", diagnostics.render()),
    }
}

/// A type with every feature.
pub(crate) fn zoo() -> Arc<Type> {
    static TYPE: LazyLock<Arc<Type>> = LazyLock::new(|| load("zoo.kdl", ZOO));
    TYPE.clone()
}

/// Attributes of two namespaces that are written with a prefix.
pub(crate) fn marked() -> Arc<Type> {
    static TYPE: LazyLock<Arc<Type>> = LazyLock::new(|| load("marked.kdl", include_bytes!("marked.kdl")));
    TYPE.clone()
}

/// All that one reading reports, in a form that compares.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Code, place, span and sentence.
    pub(crate) reasons: Vec<(&'static str, String, Option<Span>, String)>,
    /// Place, text, span and whether it is free text.
    pub(crate) open_texts: Vec<(String, String, Span, bool)>,
    /// Parent, span, marked.
    pub(crate) undeclared: Vec<(String, Span, bool)>,
    pub(crate) spent: u64,
}

/// Reads `bytes` and tells what was reported.
pub(crate) fn read(inspector: &dyn Inspector, bytes: &[u8], budget: u64, into: &mut Inspection) -> Seen {
    let mut budget = Budget::new(budget);
    inspector.inspect(Untrusted::new(bytes), into, &mut budget);
    let path = |place: lockgate_record::Place| {
        let mut text = String::new();
        place.write(inspector.shape(), &mut text).unwrap();
        text
    };
    let reasons = into.reasons.iter().map(|reason| {
        (reason.code.id(), reason.place.map_or(String::new(), path), reason.span, reason.says.to_string())
    });
    let open_texts = into.open_texts.iter().map(|open| {
        // Octets may be any.
        let text = String::from_utf8(into.record.text(open.text, bytes).to_vec());
        let text = text.unwrap_or_else(|other| format!("{:02x?}", other.into_bytes()));
        (path(open.place), text, open.span, open.free)
    });
    let undeclared = into.undeclared.iter().map(|part| (path(part.parent), part.span, part.marked));
    Seen {
        reasons: reasons.collect(),
        open_texts: open_texts.collect(),
        undeclared: undeclared.collect(),
        spent: budget.spent(),
    }
}

/// What we accept, an independent reader of XML accepts, and it reads the same texts at the same places.
pub(crate) fn oracle_agrees(bytes: &[u8], seen: &Seen) {
    let text = std::str::from_utf8(bytes).unwrap();
    let document = match roxmltree::Document::parse(text) {
        Ok(document) => document,
        Err(fault) => panic!("{fault}, and we accept {text:?}"),
    };
    let mut theirs = std::collections::BTreeMap::new();
    for node in document.descendants() {
        for attribute in node.attributes() {
            theirs.insert(attribute.range_value().start, attribute.value().to_owned());
        }
        if let Some(content) = node.text().filter(|_| node.is_element()) {
            let start = node.first_child().unwrap().range().start;
            theirs.insert(start, content.to_owned());
        }
    }
    for (place, ours, span, _) in &seen.open_texts {
        if place.ends_with(".name") && !theirs.contains_key(&(span.start as usize)) {
            continue;
        }
        let found = theirs.get(&(span.start as usize)).map_or("", String::as_str);
        assert_eq!(found, ours, "{place} of {text:?}");
    }
}
