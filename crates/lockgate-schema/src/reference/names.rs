//! Namespaces in XML 1.0: which prefix stands for which namespace here, and whether every declaration is used.

use super::tokens::{Name, Tokens};
use crate::fault::{Fault, says};
use crate::marks;
use crate::model::{MAX_BINDINGS, Model};
use lockgate_bytes::Span;
use lockgate_reason::schema;

/// A namespace declaration in force.
#[derive(Clone, Copy, Default)]
struct Binding<'a> {
    /// Empty for the default namespace.
    prefix: &'a [u8],
    uri: &'a [u8],
    /// Index in the model; `None` where the type does not know it.
    known: Option<u8>,
    /// A namespace of labels or markings.
    marked: bool,
    used: bool,
    /// From the declaration's name to the end of its value.
    span: Span,
}

/// What a name stands in.
#[derive(Clone, Copy)]
pub(crate) struct Namespace<'a> {
    /// Index in the model; `None` where the type does not know it.
    pub(crate) known: Option<u8>,
    pub(crate) marked: bool,
    pub(crate) uri: &'a [u8],
}

/// The declarations in force, innermost last.
pub(crate) struct Bindings<'a> {
    /// Room for them, made for the first one.
    stack: Option<[Binding<'a>; MAX_BINDINGS]>,
    count: usize,
}

const NONE: Namespace<'_> = Namespace { known: Some(0), marked: false, uri: b"" };

impl<'a> Bindings<'a> {
    pub(crate) fn new() -> Self {
        Self { stack: None, count: 0 }
    }

    pub(crate) fn in_force(&self) -> usize {
        self.count
    }

    /// Brings the declarations of the last start tag in force.
    pub(crate) fn declare(&mut self, tokens: &Tokens<'a, '_>, model: &Model) -> Result<(), Fault> {
        for attribute in tokens.attributes() {
            if !attribute.declares {
                continue;
            }
            let prefix = if attribute.name.has_prefix() { tokens.local(attribute.name) } else { &[] };
            let uri = tokens.bytes_of(attribute.value);
            let value = namespace(attribute.value, says::BAD_NAMESPACE);
            if matches!(prefix, b"xml" | b"xmlns") || (uri.is_empty() && !prefix.is_empty()) {
                return Err(value);
            }
            if uri.iter().any(|byte| !byte.is_ascii_graphic() || *byte == b'&') {
                return Err(value);
            }
            if uri == marks::XINCLUDE.as_bytes() {
                let (code, says) = (schema::FORBIDDEN_CONSTRUCT, Some(says::XINCLUDE));
                return Err(Fault { code, span: attribute.value, says });
            }
            if marks::RESERVED.iter().any(|reserved| reserved.as_bytes() == uri) {
                return Err(value);
            }
            let known = model.namespaces.iter().position(|namespace| namespace.as_bytes() == uri);
            let known = known.and_then(|index| u8::try_from(index).ok());
            let for_attributes = model.prefixes.iter().any(|prefix| Some(prefix.namespace) == known);
            let room = self.stack.get_or_insert_with(|| [Binding::default(); MAX_BINDINGS]);
            let Some(place) = room.get_mut(self.count) else {
                return Err(value.saying(says::MANY_BINDINGS));
            };
            *place = Binding {
                prefix,
                uri,
                known,
                marked: marks::is_marking_namespace(uri),
                // What attributes need may stand in an object that has none of them.
                used: for_attributes,
                span: Span { start: attribute.name.span.start, end: attribute.value.end },
            };
            self.count = self.count.wrapping_add(1);
        }
        Ok(())
    }

    /// The namespace of an element: that of its prefix, or the default one.
    pub(crate) fn of_element(&mut self, tokens: &Tokens<'a, '_>, name: Name) -> Result<Namespace<'a>, Fault> {
        self.find(tokens.bytes_of(name.prefix()), name)
    }

    /// The namespace of an attribute: that of its prefix, or none.
    pub(crate) fn of_attribute(
        &mut self,
        tokens: &Tokens<'a, '_>,
        name: Name,
    ) -> Result<Namespace<'a>, Fault> {
        if name.has_prefix() { self.find(tokens.bytes_of(name.prefix()), name) } else { Ok(NONE) }
    }

    #[inline]
    fn find(&mut self, prefix: &[u8], name: Name) -> Result<Namespace<'a>, Fault> {
        if self.count == 0 && prefix.is_empty() {
            return Ok(NONE);
        }
        self.search(prefix, name)
    }

    fn search(&mut self, prefix: &[u8], name: Name) -> Result<Namespace<'a>, Fault> {
        let in_force = self.stack.as_mut().and_then(|stack| stack.get_mut(..self.count));
        match in_force.unwrap_or(&mut []).iter_mut().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => {
                binding.used = true;
                Ok(Namespace { known: binding.known, marked: binding.marked, uri: binding.uri })
            }
            None if prefix.is_empty() => Ok(NONE),
            None => Err(namespace(name.span, says::NO_PREFIX)),
        }
    }

    /// The type must know every namespace declared since `outer`.
    #[inline]
    pub(crate) fn all_known(&self, outer: usize) -> Result<(), Fault> {
        if outer == self.count {
            return Ok(());
        }
        match self.since(outer).iter().find(|binding| binding.known.is_none()) {
            Some(binding) => Err(namespace(binding.span, says::FOREIGN)),
            None => Ok(()),
        }
    }

    /// True where a namespace of labels was declared since `outer`.
    pub(crate) fn any_marked(&self, outer: usize) -> bool {
        self.since(outer).iter().any(|binding| binding.marked)
    }

    /// Forgets the declarations since `outer`; each must have been used.
    #[inline]
    pub(crate) fn leave(&mut self, outer: usize) -> Result<(), Fault> {
        if outer == self.count {
            return Ok(());
        }
        let unused = self.since(outer).iter().find(|binding| !binding.used).copied();
        self.count = outer;
        match unused {
            Some(binding) => Err(namespace(binding.span, says::UNUSED)),
            None => Ok(()),
        }
    }

    fn since(&self, outer: usize) -> &[Binding<'a>] {
        self.stack.as_ref().and_then(|stack| stack.get(outer..self.count)).unwrap_or(&[])
    }
}

fn namespace(span: Span, says: &'static str) -> Fault {
    Fault { code: schema::NAMESPACE, span, says: Some(says) }
}
