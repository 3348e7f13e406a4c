//! Elements: their attributes, their text, and what stands inside them.

use super::compile::{ContentOp, ElementOp};
use super::scan::{self, Tag, Token};
use super::{Open, Run};
use crate::emit::value;
use crate::fault::{Fault, says};
use crate::literal::Literal;
use crate::marks;
use lockgate_bytes::Span;
use lockgate_reason::{Code, schema};
use lockgate_record::{Place, Value};

impl<'a> Run<'a, '_, '_> {
    /// Reads attributes and content of an element whose start tag has been read.
    pub(super) fn element(&mut self, open: &Open<'a>) -> Option<()> {
        self.exact_opening(open.op);
        self.attributes(open)?;
        self.inside(open)
    }

    /// Reads what stands inside an element, up to and with its end tag.
    pub(super) fn inside(&mut self, open: &Open<'a>) -> Option<()> {
        self.depth = self.depth.saturating_add(1);
        // Copied here and not before: by now the tag has come to rest in memory.
        let tag = self.scanner.tag;
        match &open.op.content {
            ContentOp::Value(field) => {
                let (span, holds) = self.content(open.place, &tag, open.outer, Some(&open.op.closing))?;
                self.value(field, open.block, open.place, span, holds);
            }
            ContentOp::Text(field) => {
                let (span, holds) = self.content(open.place, &tag, open.outer, Some(&open.op.closing))?;
                let place = open.place.at(field.node);
                if !span.is_empty() {
                    self.value(field, open.block, place, span, holds);
                } else if !field.optional {
                    self.report(schema::MISSING, tag.span, place);
                }
                self.present(open, &tag);
            }
            ContentOp::Elements => {
                self.children(open, &tag)?;
                self.present(open, &tag);
            }
        }
        self.depth = self.depth.saturating_sub(1);
        Some(())
    }

    /// Notes whether the start tag begins as the canonical encoding has it: no prefix, and a declaration where the
    /// element needs one, and nowhere else.
    #[inline]
    fn exact_opening(&mut self, op: &ElementOp) {
        if op.opening.is_some() || self.scanner.declares || self.scanner.tag.name.colon != 0 {
            self.scanner.exact &= self.has_exact_opening(op);
        }
    }

    #[cold]
    fn has_exact_opening(&self, op: &ElementOp) -> bool {
        let start = usize::try_from(self.scanner.tag.span.start).unwrap_or(usize::MAX);
        let declared = self.scanner.tokens().iter().filter(|token| token.declares).count();
        declared == op.declared
            && op.opening.as_ref().is_some_and(|opening| opening.stands(self.scanner.bytes, start))
    }

    /// Notes that an element is there, from its first byte to here.
    #[inline]
    fn present(&mut self, open: &Open<'a>, tag: &Tag) {
        let all = Span { start: tag.span.start, end: Span::new(0, self.scanner.at).end };
        self.into.record.set(open.own.0, open.own.1, Value::Present, all);
    }

    #[inline]
    fn attributes(&mut self, open: &Open<'a>) -> Option<()> {
        let op = open.op;
        for index in 0..self.scanner.count {
            let Some(token) = self.scanner.token(index).copied() else { break };
            if token.holds & (scan::REFERENCE | scan::CONTROL) != 0 {
                self.exact_escapes(token.value);
            }
            if let Some(field) = op.fields.get(usize::from(token.field)) {
                self.value(field, open.block, open.place.at(field.node), token.value, token.holds);
            } else if !token.declares {
                self.other_attribute(open, &token)?;
            }
        }
        let missing = op.required & !self.scanner.seen;
        if missing != 0 {
            self.missing_attributes(open, missing);
        }
        if let Some(set) = &op.open_attributes {
            self.least(open, self.scanner.tag.span, set);
        }
        Some(())
    }

    /// References and line breaks: whether they are those that the canonical encoding writes in an attribute.
    #[cold]
    pub(super) fn exact_escapes(&mut self, span: Span) {
        self.scanner.exact &= value::is_escaped(span.of(self.scanner.bytes), true);
    }

    /// An attribute that the element does not describe.
    #[cold]
    fn other_attribute(&mut self, open: &Open<'a>, token: &Token) -> Option<()> {
        let name = token.name.span;
        if token.name.colon != 0 && !open.op.qualified.is_empty() {
            return self.qualified_attribute(open, token);
        }
        if token.name.colon != 0 {
            return self.stop(schema::NAMESPACE, name, Some(says::PREFIXED), open.place);
        }
        match &open.op.open_attributes {
            Some(set) if !marks::is_marking_name(name.of(self.scanner.bytes)) => {
                self.row(set, open, name, (token.value, token.holds))
            }
            _ => self.stop(schema::UNKNOWN_ATTRIBUTE, name, None, open.place),
        }
    }

    #[cold]
    pub(super) fn missing_attributes(&mut self, open: &Open<'a>, missing: u64) {
        for (index, field) in (0_u32..).zip(&open.op.fields) {
            if missing & 1_u64.wrapping_shl(index) != 0 {
                self.report(schema::MISSING, self.scanner.tag.span, open.place.at(field.node));
            }
        }
    }

    /// Reads the text of an element and its end tag, `usual` where the type knows it; gives the text and what it holds.
    #[inline]
    pub(super) fn content(
        &mut self,
        place: Place,
        tag: &Tag,
        outer: usize,
        usual: Option<&Literal>,
    ) -> Option<(Span, u8)> {
        let (mut span, mut holds) = (Span { start: tag.span.end, end: tag.span.end }, 0);
        if !tag.empty {
            let start = self.scanner.at;
            let read = self.scanner.text();
            holds = self.located(read, place)?;
            let end = self.scanner.at;
            span = Span::new(start, end);
            let ended = match (self.scanner.second(), usual) {
                (Some(b'/'), Some(usual)) => self.scanner.end_tag(&tag.name, usual),
                (Some(b'/'), None) => self.scanner.other_end_tag(&tag.name),
                (None | Some(b'!' | b'?'), _) => self.scanner.forbidden(),
                (Some(_), _) => {
                    let at = Span::new(end, end.wrapping_add(1));
                    return self.stop(schema::UNKNOWN_ELEMENT, at, Some(says::IN_TEXT), place);
                }
            };
            self.located(ended, place)?;
            // Empty, it is written in one tag.
            self.scanner.exact &= !span.is_empty() && value::is_escaped(span.of(self.scanner.bytes), false);
        }
        self.leave(outer, place)?;
        Some((span, holds))
    }

    #[cold]
    pub(super) fn report(&mut self, code: Code, span: Span, place: Place) {
        self.into.reasons.push(Fault { code, span, says: None }.reason(place));
    }
}
