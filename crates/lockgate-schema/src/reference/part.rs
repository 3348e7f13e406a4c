//! Undeclared parts: nothing is kept of them, but they are read as strictly as the rest.

use super::Walk;
use super::names::Namespace;
use super::tokens::Next;
use crate::fault::{Fault, Stop};
use crate::marks;
use lockgate_bytes::Span;
use lockgate_core::Undeclared;
use lockgate_reason::schema;
use lockgate_record::{Charset, Place};

impl<'a> Walk<'a, '_, '_> {
    /// Reads an undeclared part whose start tag has been read, and reports it.
    pub(super) fn undeclared(
        &mut self,
        parent: Place,
        namespace: Namespace<'a>,
        outer: usize,
        second_label: bool,
    ) -> Result<(), Stop> {
        let start = self.tokens.tag.span.start;
        let marked = self.part(parent, namespace, outer)?;
        let span = Span { start, end: Span::new(0, self.tokens.at).end };
        self.into.undeclared.push(Undeclared { parent, span, marked, second_label });
        Ok(())
    }

    /// Reads one element of it; true where it or something in it is marked.
    fn part(&mut self, place: Place, namespace: Namespace<'a>, outer: usize) -> Result<bool, Stop> {
        self.depth = self.depth.saturating_add(1);
        let tag = self.tokens.tag;
        let mut marked = namespace.marked
            || self.names.any_marked(outer)
            || marks::is_marking_name(self.tokens.local(tag.name));
        marked |= self.part_attributes(place)?;
        let mut more = !tag.empty;
        while more {
            let text = self.tokens.text().map_err(|fault| fault.at(place))?;
            marked |= self.plain(text).map_err(|fault| fault.at(place))?;
            match self.tokens.next_markup().map_err(|fault| fault.at(place))? {
                Next::EndTag => {
                    self.tokens.end_tag(tag.name).map_err(|fault| fault.at(place))?;
                    more = false;
                }
                Next::StartTag => {
                    let outer = self.names.in_force();
                    self.tag_name(place)?;
                    self.rest_of_tag(place, &[])?;
                    let name = self.tokens.tag.name;
                    let namespace =
                        self.names.of_element(&self.tokens, name).map_err(|fault| fault.at(place))?;
                    marked |= self.part(place, namespace, outer)?;
                }
            }
        }
        self.names.leave(outer).map_err(|fault| fault.at(place))?;
        self.depth = self.depth.saturating_sub(1);
        Ok(marked)
    }

    fn part_attributes(&mut self, place: Place) -> Result<bool, Stop> {
        let mut marked = false;
        for index in 0..self.tokens.count() {
            let Some(attribute) = self.tokens.attribute(index) else { break };
            let name = attribute.name;
            if attribute.declares {
                continue;
            }
            let namespace = self.names.of_attribute(&self.tokens, name).map_err(|fault| fault.at(place))?;
            if name.has_prefix() && self.has_twin(index, namespace) {
                return Err(Fault { code: schema::DUPLICATE, span: name.span, says: None }.at(place));
            }
            marked |= namespace.marked || marks::is_marking_name(self.tokens.local(name));
            marked |= self.plain(attribute.value).map_err(|fault| fault.at(place))?;
        }
        Ok(marked)
    }

    /// True where an earlier attribute has the same namespace and local name under another prefix.
    fn has_twin(&mut self, index: usize, namespace: Namespace<'a>) -> bool {
        let Some(name) = self.tokens.attribute(index).map(|attribute| attribute.name) else { return false };
        let local = self.tokens.local(name);
        (0..index).any(|earlier| {
            let Some(attribute) = self.tokens.attribute(earlier) else { return false };
            let other = attribute.name;
            other.has_prefix()
                && !attribute.declares
                && self.tokens.local(other) == local
                && self.names.of_attribute(&self.tokens, other).is_ok_and(|found| found.uri == namespace.uri)
        })
    }

    /// Printable characters and white space only. True where a character is written as a reference: a marking word may be
    /// another one in the bytes.
    fn plain(&self, span: Span) -> Result<bool, Fault> {
        let text = self.text_of(span);
        for (at, character) in text.char_indices() {
            if !matches!(character, '\t' | '\r') && !Charset::Multiline.allows(character) {
                let start = usize::try_from(span.start).unwrap_or(usize::MAX).saturating_add(at);
                let end = start.saturating_add(character.len_utf8());
                return Err(Fault::new(schema::BAD_CHARACTER, start, end));
            }
        }
        Ok(text.contains('&'))
    }
}
