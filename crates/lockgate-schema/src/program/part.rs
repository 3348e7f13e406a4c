//! Undeclared parts, read as strictly as the rest and not kept.

use super::Run;
use super::bindings::{NOWHERE, Place as Namespace};
use super::scan;
use crate::fault::Fault;
use crate::marks;
use crate::prolog;
use lockgate_bytes::Span;
use lockgate_core::Undeclared;
use lockgate_reason::schema;
use lockgate_record::{Charset, Place};

impl Run<'_, '_, '_> {
    /// Reads an undeclared part whose start tag has been read, and reports it.
    #[cold]
    pub(super) fn undeclared(
        &mut self,
        parent: Place,
        namespace: Namespace,
        outer: usize,
        second_label: bool,
    ) -> Option<()> {
        self.scanner.exact = false;
        let start = self.scanner.tag.span.start;
        let marked = self.part(parent, namespace, outer)?;
        let span = Span { start, end: Span::new(0, self.scanner.at).end };
        self.into.undeclared.push(Undeclared { parent, span, marked, second_label });
        Some(())
    }

    /// Reads one element of it; true where it or something in it is marked.
    fn part(&mut self, place: Place, namespace: Namespace, outer: usize) -> Option<bool> {
        self.depth = self.depth.saturating_add(1);
        let tag = self.scanner.tag;
        let mut marked = namespace.marked | self.bindings.any_marked(outer);
        marked |= marks::is_marking_name(self.scanner.local(&tag.name));
        for index in 0..self.scanner.count {
            marked |= self.part_attribute(place, index)?;
        }
        let mut more = !tag.empty;
        while more {
            let start = self.scanner.at;
            let read = self.scanner.text();
            let holds = self.located(read, place)?;
            marked |= self.plain(Span::new(start, self.scanner.at), holds, place)?;
            match self.scanner.second() {
                Some(b'/') => {
                    let ended = self.scanner.other_end_tag(&tag.name);
                    self.located(ended, place)?;
                    more = false;
                }
                None | Some(b'!' | b'?') => {
                    self.place = place;
                    return self.scanner.forbidden();
                }
                Some(_) => {
                    let outer = self.bindings.count;
                    let nothing = &self.program.nothing;
                    self.tag_name(place, nothing)?;
                    let namespace = self.rest_of_tag(place, nothing)?;
                    marked |= self.part(place, namespace, outer)?;
                }
            }
        }
        self.leave(outer, place)?;
        self.depth = self.depth.saturating_sub(1);
        Some(marked)
    }

    fn part_attribute(&mut self, place: Place, index: usize) -> Option<bool> {
        let Some(token) = self.scanner.token(index).copied().filter(|token| !token.declares) else {
            return Some(false);
        };
        let local = self.scanner.local(&token.name);
        let mut namespace = NOWHERE;
        if token.name.colon != 0 {
            let found = self.bindings.resolve(&self.scanner, &token.name);
            namespace = self.faultless(found, place)?;
            // Two prefixes of one namespace make two attributes of one name.
            for earlier in 0..index {
                let Some(other) = self.scanner.token(earlier).copied() else { break };
                if other.declares || other.name.colon == 0 || self.scanner.local(&other.name) != local {
                    continue;
                }
                let other = self.bindings.resolve(&self.scanner, &other.name);
                let other = self.faultless(other, place)?;
                if other.uri.of(self.scanner.bytes) == namespace.uri.of(self.scanner.bytes) {
                    return self.stop(schema::DUPLICATE, token.name.span, None, place);
                }
            }
        }
        let refers = self.plain(token.value, token.holds, place)?;
        Some(refers || namespace.marked || marks::is_marking_name(local))
    }

    /// Printable characters and white space only. True where a reference stands there: who looks for marking words looks at
    /// the bytes, and one could hide a word.
    fn plain(&mut self, span: Span, holds: u8, place: Place) -> Option<bool> {
        let refers = holds & scan::REFERENCE != 0;
        if holds & (scan::CONTROL | scan::BEYOND) == 0 {
            return Some(refers);
        }
        let start = usize::try_from(span.start).unwrap_or(usize::MAX);
        let text = prolog::text_at(self.scanner.bytes, span);
        let fits = |character: char| matches!(character, '\t' | '\r') || Charset::Multiline.allows(character);
        let wrong = text.char_indices().find(|(_, character)| !fits(*character));
        let Some((offset, character)) = wrong else { return Some(refers) };
        let at = start.saturating_add(offset);
        let fault = Fault::new(schema::BAD_CHARACTER, at, at.saturating_add(character.len_utf8()));
        self.stop(fault.code, fault.span, None, place)
    }
}
