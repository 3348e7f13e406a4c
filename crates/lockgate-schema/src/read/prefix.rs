//! Attributes that are written with a prefix: which namespaces they are of, and what markings among them need.

use super::head::check_namespace;
use super::{TypeReader, codes, element};
use crate::marks;
use crate::model::{Element, Field, Prefix};
use lockgate_bytes::Span;
use lockgate_notation::{At, Fields};

/// `prefix "ism" namespace="..."`, as written inside `encoding xml`.
#[derive(Clone)]
pub(super) struct Written<'n> {
    name: At<&'n str>,
    namespace: At<&'n str>,
}

/// Reads the prefixes inside `encoding xml`.
pub(super) fn written<'n>(encoding: &mut Fields<'n, '_>) -> Vec<Written<'n>> {
    let read = encoding.each("prefix", |part| {
        let name = part.arg_text("the prefix")?;
        let namespace = part.prop_text("namespace").filter(|namespace| check_namespace(part, *namespace))?;
        element::wire_name(part, name)?;
        let head = name.value.get(..3).unwrap_or("");
        if head.eq_ignore_ascii_case("xml") {
            part.error(&codes::QUALIFIED, name.span, "prefixes that begin with xml belong to XML itself");
            return None;
        }
        Some(Written { name, namespace })
    });
    read.into_iter().flatten().collect()
}

impl TypeReader<'_> {
    /// Takes the prefixes that the type declares: each once, each for a namespace of its own.
    pub(super) fn take_prefixes(&mut self, fields: &mut Fields<'_, '_>, written: &[Written<'_>]) {
        for Written { name, namespace } in written {
            let Some(index) = self.namespace_index(namespace.value) else {
                fields.error(&codes::NAMESPACE, namespace.span, "a type has at most 64 namespaces");
                return;
            };
            if self.prefixes.iter().any(|known| known.name == name.value || known.namespace == index) {
                let message = format!("the prefix `{}`, or its namespace, stands twice", name.value);
                fields.error(&codes::QUALIFIED, name.span, message);
                continue;
            }
            self.prefixes.push(Prefix { name: name.value.to_owned(), namespace: index });
        }
    }

    /// The namespace that the type gives a prefix.
    pub(super) fn prefixed(&mut self, fields: &mut Fields<'_, '_>, prefix: At<&str>) -> Option<u8> {
        let known = self.prefixes.iter().find(|known| known.name == prefix.value);
        if known.is_none() {
            let message = format!("the type declares no prefix `{}`", prefix.value.escape_debug());
            fields.error(&codes::QUALIFIED, prefix.span, message);
        }
        known.map(|known| known.namespace)
    }

    /// An attribute of ISM is a marking, named as its field is; what nothing reads in a namespace of markings may not stand
    /// in a type. `has_role` where it says `role=marking.ism`.
    pub(super) fn check_ism(
        &mut self,
        fields: &mut Fields<'_, '_>,
        (field, name): (&Field, &str),
        has_role: bool,
    ) {
        let span = fields.noun_span();
        let namespace = self.namespaces.get(usize::from(field.namespace)).map_or("", String::as_str);
        let same = name.replace('_', "").eq_ignore_ascii_case(&field.wire);
        let wrong = match (namespace == marks::ISM, has_role) {
            (true, true) if same => {
                self.ism.pop();
                return;
            }
            (true, true) => format!("the field of `{}` has another name", field.wire),
            (true, false) => format!("`{}` is a marking: role=marking.ism", field.wire),
            (false, _) if marks::is_marking_namespace(namespace.as_bytes()) => {
                "nothing reads the attributes of this namespace, and they are markings".to_owned()
            }
            (false, _) => return,
        };
        if has_role {
            self.ism.pop();
        }
        fields.error(&codes::ISM, span, wrong);
    }

    /// Reports each part with the role of an ISM attribute that is none.
    pub(super) fn check_no_other_ism(&mut self, fields: &mut Fields<'_, '_>) {
        for span in core::mem::take(&mut self.ism) {
            fields.error(&codes::ISM, span, "the role marking.ism is for attributes of ISM only");
        }
    }

    /// Puts attributes with a namespace behind the others, as canonical objects have them.
    pub(super) fn order_attributes(&mut self, fields: &mut Fields<'_, '_>, element: &mut Element) {
        element.attributes.sort_by_key(|field| field.namespace != 0);
        let prefixed = element.attributes.last().is_some_and(|field| field.namespace != 0);
        if prefixed && element.open_attributes.is_some() {
            let span = fields.noun_span();
            fields.error(&codes::QUALIFIED, span, "attributes of any name stand beside some with a prefix");
        }
    }

    /// How an attribute of an embedded type begins here; `None` where this type has no prefix for its namespace.
    pub(super) fn opening_here(&self, wire: &str, namespace: u8) -> Option<String> {
        let known = self.prefixes.iter().find(|known| known.namespace == namespace)?;
        Some(format!(" {}:{wire}=\"", known.name))
    }
}

/// What the root of a canonical object declares for its attributes.
pub(super) fn declare(root: &mut Element, prefixes: &[Prefix], namespaces: &[String]) {
    for Prefix { name, namespace } in prefixes {
        let namespace = namespaces.get(usize::from(*namespace)).map_or("", String::as_str);
        root.opening.push_str(&format!(" xmlns:{name}=\"{namespace}\""));
    }
}

/// Where a role of an ISM attribute was given.
pub(super) type Given = Vec<Span>;
