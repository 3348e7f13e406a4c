//! Namespace declarations in force, for the compiled program. Most objects have none, and then nothing is done.

use super::scan::{Name, Scanner, Token};
use crate::fault::{Fault, says};
use crate::marks;
use crate::model::MAX_BINDINGS;
use lockgate_bytes::Span;
use lockgate_reason::schema;

const KNOWN: u8 = 1;
const MARKED: u8 = 2;
const USED: u8 = 4;

/// One declaration. Its prefix and namespace are ranges of the object.
#[derive(Clone, Copy, Debug, Default)]
struct Binding {
    prefix: Span,
    uri: Span,
    /// Where its name begins; it ends where its namespace does.
    start: u32,
    index: u8,
    flags: u8,
}

/// What a name stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Index of the namespace in the model, if the type knows it.
    pub(crate) known: Option<u8>,
    pub(crate) marked: bool,
    pub(crate) uri: Span,
}

/// The namespace of names without a prefix.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unprefixed {
    /// Index of the namespace in the model, if the type knows it.
    pub(crate) known: Option<u8>,
    /// Its declaration; none stands there where nothing was declared.
    at: usize,
}

/// No declaration, or none that counts: the namespace `""`, which is index 0 of every model.
pub(crate) const NOWHERE: Place = Place { known: Some(0), marked: false, uri: Span { start: 0, end: 0 } };

#[derive(Debug)]
pub(crate) struct Bindings {
    /// Room for them, made for the first one.
    stack: Option<[Binding; MAX_BINDINGS]>,
    pub(crate) count: usize,
}

impl Bindings {
    pub(crate) fn new() -> Self {
        Self { stack: None, count: 0 }
    }

    /// Brings the declarations of the last start tag in force.
    #[cold]
    pub(crate) fn declare(
        &mut self,
        scanner: &Scanner<'_, '_>,
        namespaces: &[String],
        prefixed: u64,
    ) -> Result<(), Fault> {
        for token in scanner.tokens() {
            if token.declares {
                let mut binding = binding(token, scanner, namespaces)?;
                if binding.flags & KNOWN != 0 && prefixed & 1_u64.wrapping_shl(u32::from(binding.index)) != 0
                {
                    // Attributes need it, though not in every object.
                    binding.flags |= USED;
                }
                let fault =
                    Fault { code: schema::NAMESPACE, span: token.value, says: Some(says::MANY_BINDINGS) };
                let room = self.stack.get_or_insert_with(|| [Binding::default(); MAX_BINDINGS]);
                *room.get_mut(self.count).ok_or(fault)? = binding;
                self.count = self.count.wrapping_add(1);
            }
        }
        Ok(())
    }

    /// The namespace of a name: of its prefix or, without one, the default one.
    #[cold]
    pub(crate) fn resolve(&mut self, scanner: &Scanner<'_, '_>, name: &Name) -> Result<Place, Fault> {
        let prefix = if name.colon == 0 {
            &[][..]
        } else {
            Span { start: name.span.start, end: name.colon }.of(scanner.bytes)
        };
        let in_force = self.stack.as_mut().and_then(|stack| stack.get_mut(..self.count));
        for binding in in_force.unwrap_or(&mut []).iter_mut().rev() {
            if binding.prefix.of(scanner.bytes) == prefix {
                binding.flags |= USED;
                let known = (binding.flags & KNOWN != 0).then_some(binding.index);
                return Ok(Place { known, marked: binding.flags & MARKED != 0, uri: binding.uri });
            }
        }
        if prefix.is_empty() {
            return Ok(NOWHERE);
        }
        Err(Fault { code: schema::NAMESPACE, span: name.span, says: Some(says::NO_PREFIX) })
    }

    /// The namespace of a name without a prefix; [`Bindings::used`] tells that there is one.
    #[inline]
    pub(crate) fn default(&self) -> Unprefixed {
        if self.count == 0 { Unprefixed { known: Some(0), at: usize::MAX } } else { self.declared_default() }
    }

    fn declared_default(&self) -> Unprefixed {
        match (0..).zip(self.in_force()).filter(|(_, binding)| binding.prefix.is_empty()).last() {
            Some((at, binding)) => {
                Unprefixed { known: (binding.flags & KNOWN != 0).then_some(binding.index), at }
            }
            None => Unprefixed { known: Some(0), at: usize::MAX },
        }
    }

    /// Notes that the declaration was used.
    #[inline]
    pub(crate) fn used(&mut self, default: Unprefixed) {
        if let Some(binding) = self.stack.as_mut().and_then(|stack| stack.get_mut(default.at)) {
            binding.flags |= USED;
        }
    }

    /// The type must know every namespace declared since `outer`.
    #[inline]
    pub(crate) fn all_known(&self, outer: usize) -> Result<(), Fault> {
        if outer == self.count { Ok(()) } else { self.each_has(KNOWN, outer, says::FOREIGN) }
    }

    /// Forgets the declarations since `outer`; each must have been used.
    #[inline]
    pub(crate) fn leave(&mut self, outer: usize) -> Result<(), Fault> {
        if outer == self.count {
            return Ok(());
        }
        let used = self.each_has(USED, outer, says::UNUSED);
        self.count = outer;
        used
    }

    fn in_force(&self) -> &[Binding] {
        self.stack.as_ref().and_then(|stack| stack.get(..self.count)).unwrap_or(&[])
    }

    pub(crate) fn any_marked(&self, outer: usize) -> bool {
        self.in_force().iter().skip(outer).any(|binding| binding.flags & MARKED != 0)
    }

    #[cold]
    fn each_has(&self, flag: u8, outer: usize, says: &'static str) -> Result<(), Fault> {
        for binding in self.in_force().iter().skip(outer) {
            if binding.flags & flag == 0 {
                let span = Span { start: binding.start, end: binding.uri.end };
                return Err(Fault { code: schema::NAMESPACE, span, says: Some(says) });
            }
        }
        Ok(())
    }
}

/// Reads one declaration; some may not stand in any object.
fn binding(token: &Token, scanner: &Scanner<'_, '_>, namespaces: &[String]) -> Result<Binding, Fault> {
    let name = token.name;
    let prefix = match name.colon {
        0 => Span::default(),
        colon => Span { start: colon.wrapping_add(1), end: name.span.end },
    };
    let uri = token.value.of(scanner.bytes);
    let bad = Fault { code: schema::NAMESPACE, span: token.value, says: Some(says::BAD_NAMESPACE) };
    let prefix_text = prefix.of(scanner.bytes);
    let plain = token.holds == 0 && !uri.contains(&b' ');
    if prefix_text == b"xml" || prefix_text == b"xmlns" || !plain || (uri.is_empty() && name.colon != 0) {
        return Err(bad);
    }
    let uri_text = core::str::from_utf8(uri).map_err(|_| bad)?;
    if uri_text == marks::XINCLUDE {
        let code = schema::FORBIDDEN_CONSTRUCT;
        return Err(Fault { code, span: token.value, says: Some(says::XINCLUDE) });
    }
    if marks::RESERVED.contains(&uri_text) {
        return Err(bad);
    }
    let mut flags = if marks::is_marking_namespace(uri) { MARKED } else { 0 };
    let mut index = 0;
    for (number, known) in (0_u8..).zip(namespaces) {
        if known == uri_text {
            (index, flags) = (number, flags | KNOWN);
            break;
        }
    }
    Ok(Binding { prefix, uri: token.value, start: name.span.start, index, flags })
}
