//! Undeclared parts, read as strictly as the rest and not kept.

use super::bindings::Place as Namespace;
use super::scan::{self, Tag};
use super::{Located, Run};
use crate::fault::{Fault, Stop};
use crate::marks;
use lockgate_bytes::Span;
use lockgate_core::Undeclared;
use lockgate_reason::schema;
use lockgate_record::{Charset, Place};

impl Run<'_, '_> {
    /// Reads an undeclared part whose start tag has been read, and reports it.
    #[cold]
    pub(super) fn undeclared(
        &mut self,
        parent: Place,
        tag: Tag,
        namespace: Namespace,
        outer: usize,
    ) -> Result<(), Stop> {
        let marked = self.part(parent, tag, namespace, outer)?;
        let span = Span::new(tag.start, self.scanner.at);
        self.into.undeclared.push(Undeclared { parent, span, marked });
        Ok(())
    }

    fn part(&mut self, place: Place, tag: Tag, namespace: Namespace, outer: usize) -> Result<bool, Stop> {
        self.depth = self.depth.saturating_add(1);
        let mut marked = namespace.marked | self.bindings.any_marked(outer);
        marked |= marks::is_marking_name(self.local(tag.name));
        for index in 0..self.scanner.count {
            marked |= self.part_attribute(place, index)?;
        }
        while !tag.empty {
            let start = self.scanner.at;
            let (end, holds) = self.scanner.text().located(place)?;
            self.plain(start, end, holds).located(place)?;
            match self.scanner.second() {
                Some(b'/') => {
                    self.scanner.end_tag(tag.name).located(place)?;
                    break;
                }
                None | Some(b'!' | b'?') => return Err(self.scanner.forbidden().at(place)),
                Some(_) => {
                    let outer = self.bindings.count;
                    let inner = self.start_tag(place)?;
                    let namespace = self.bindings.resolve(&self.scanner, inner.name, true).located(place)?;
                    marked |= self.part(place, inner, namespace, outer)?;
                }
            }
        }
        self.bindings.leave(outer).located(place)?;
        self.depth = self.depth.saturating_sub(1);
        Ok(marked)
    }

    fn part_attribute(&mut self, place: Place, index: usize) -> Result<bool, Stop> {
        let Some(token) = self.scanner.token(index).filter(|token| !token.declares) else { return Ok(false) };
        let name = token.name;
        let namespace = self.bindings.resolve(&self.scanner, name, false).located(place)?;
        let local = self.local(name);
        if name.colon != 0 {
            // Two prefixes of one namespace make two attributes of one name.
            for earlier in 0..index {
                let Some(other) = self.scanner.token(earlier) else { break };
                if other.declares || other.name.colon == 0 || self.local(other.name) != local {
                    continue;
                }
                let other = self.bindings.resolve(&self.scanner, other.name, false).located(place)?;
                if other.uri.of(self.scanner.bytes) == namespace.uri.of(self.scanner.bytes) {
                    return Err(Fault::new(schema::DUPLICATE, name.start, name.end).at(place));
                }
            }
        }
        self.plain(token.start, token.end, token.holds).located(place)?;
        Ok(namespace.marked || marks::is_marking_name(local))
    }

    /// Printable characters and white space only.
    fn plain(&self, start: usize, end: usize, holds: u8) -> Result<(), Fault> {
        if holds & (scan::CONTROL | scan::BEYOND) == 0 {
            return Ok(());
        }
        let text = self.text.get(start..end).unwrap_or("");
        let fits = |character: char| matches!(character, '\t' | '\r') || Charset::Multiline.allows(character);
        match text.char_indices().find(|(_, character)| !fits(*character)) {
            None => Ok(()),
            Some((offset, character)) => {
                let at = start.saturating_add(offset);
                Err(Fault::new(schema::BAD_CHARACTER, at, at.saturating_add(character.len_utf8())))
            }
        }
    }
}
