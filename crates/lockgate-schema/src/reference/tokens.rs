//! The reference interpreter's own tokens. One tag at a time, nothing clever.
//!
//! What it reads was written canonically as a rule, so names are first looked for where the model would write them:
//! ` lat="` behind the attribute before it. Where another one stands it is read name by name; both say the same.

use super::characters::{before_end_of_name, before_not_plain, decode, stands};
use crate::fault::{Fault, says};
use crate::model::{Field, MAX_ATTRIBUTES};
use crate::prolog::is_white;
use lockgate_bytes::Span;
use lockgate_reason::schema;

/// What `xmlns` begins with, as [`Name::head`] has it.
const XMLNS: u64 = u64::from_le_bytes(*b"xmlns\0\0\0");

/// How many of the described attributes are looked for where one stands next.
pub(super) const NEXT: usize = 3;

/// A name as written, with the place of its colon if it has a prefix.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Name {
    pub(crate) span: Span,
    /// Zero where it has none: no object begins with a name.
    pub(crate) colon: u32,
    /// The first eight bytes of it without its prefix, as a number.
    pub(crate) head: u64,
}

/// An attribute as written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attribute {
    pub(crate) name: Name,
    /// The value without its quotes.
    pub(crate) value: Span,
    /// The value is printable ASCII without references.
    pub(crate) plain: bool,
    /// It is `xmlns` or `xmlns:p`.
    pub(crate) declares: bool,
    /// Its number among the attributes that the tag was read with, from 1 on; 0 where it was not found among them.
    pub(crate) described: u8,
}

/// A start tag; its attributes are in [`Tokens::attributes`] until the next one is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tag {
    pub(crate) name: Name,
    /// From `<` to after `>`.
    pub(crate) span: Span,
    /// Written `<name/>`.
    pub(crate) empty: bool,
}

/// What comes next inside an element.
pub(crate) enum Next {
    StartTag,
    EndTag,
}

/// The bytes, and how far they have been read.
pub(crate) struct Tokens<'a, 't> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    most: usize,
    /// Room for the attributes of one tag, which the caller owns.
    attributes: &'t mut [Attribute; 64],
    count: usize,
    /// The kinds of their names, a bit each; `None` as long as each was found where the description has it next. No two
    /// of those have one name.
    kinds: Option<u64>,
    /// One of them is a namespace declaration.
    pub(crate) declares: bool,
    /// The last start tag.
    pub(crate) tag: Tag,
    /// All that was read so far is written as the canonical encoding writes it.
    pub(crate) exact: bool,
}

/// The range between two places of an object, which is no larger than 16 MiB.
#[inline]
fn between(start: usize, end: usize) -> Span {
    let narrow = |place: usize| u32::try_from(place & 0xFFFF_FFFF).unwrap_or(0);
    Span { start: narrow(start), end: narrow(end) }
}

impl Name {
    pub(crate) fn has_prefix(self) -> bool {
        self.colon != 0
    }

    /// Its prefix, empty where it has none.
    pub(crate) fn prefix(self) -> Span {
        let end = if self.has_prefix() { self.colon } else { self.span.start };
        Span { start: self.span.start, end }
    }

    /// It without its prefix.
    fn local(self) -> Span {
        let start = if self.has_prefix() { self.colon.wrapping_add(1) } else { self.span.start };
        Span { start, end: self.span.end }
    }
}

impl<'a, 't> Tokens<'a, 't> {
    pub(crate) fn new(bytes: &'a [u8], at: usize, most: u8, attributes: &'t mut [Attribute; 64]) -> Self {
        let most = usize::from(most.min(MAX_ATTRIBUTES));
        let tag = Tag::default();
        Self { bytes, at, most, attributes, count: 0, kinds: None, declares: false, tag, exact: true }
    }

    /// How many attributes the last start tag has.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The attribute `index` of the last start tag.
    #[inline]
    pub(crate) fn attribute(&self, index: usize) -> Option<Attribute> {
        if index < self.count { self.attributes.get(index).copied() } else { None }
    }

    /// Says that the attributes were read with those of another element than it turned out to be.
    #[cold]
    pub(crate) fn not_described(&mut self) {
        self.attributes.iter_mut().for_each(|attribute| attribute.described = 0);
    }

    pub(crate) fn attributes(&self) -> &[Attribute] {
        self.attributes.get(..self.count).unwrap_or(&[])
    }

    pub(crate) fn bytes_of(&self, span: Span) -> &'a [u8] {
        span.of(self.bytes)
    }

    /// True where the name, without its prefix, is `wire`, whose first eight bytes are `head`.
    #[inline]
    pub(crate) fn is(&self, name: Name, wire: &str, head: u64) -> bool {
        let local = name.local();
        name.head == head
            && wire.len() == local.len()
            && (wire.len() <= 8 || self.bytes_of(local) == wire.as_bytes())
    }

    /// The name without its prefix.
    pub(crate) fn local(&self, name: Name) -> &'a [u8] {
        self.bytes_of(name.local())
    }

    /// Skips white space, of which the canonical encoding has none but one blank before each attribute.
    #[inline]
    pub(crate) fn skip_white(&mut self) {
        while self.peek().is_some_and(is_white) {
            self.at = self.at.wrapping_add(1);
            self.exact = false;
        }
    }

    /// Skips the blank before an attribute, and whatever white space stands around it.
    fn skip_blank(&mut self) {
        if self.peek() == Some(b' ') {
            self.at = self.at.wrapping_add(1);
        }
        self.skip_white();
    }

    /// Skips bytes up to the first one that `stops`, or to the end.
    fn skip_until(&mut self, stops: impl Fn(u8) -> bool) {
        let rest = self.rest();
        let length = rest.iter().position(|byte| stops(*byte)).unwrap_or(rest.len());
        self.at = self.at.wrapping_add(length);
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next byte as a fault; at the end, that it ends.
    #[cold]
    pub(crate) fn fault_here(&self, says: &'static str) -> Fault {
        if self.at >= self.bytes.len() {
            return Fault::new(schema::NOT_WELL_FORMED, self.bytes.len(), self.bytes.len())
                .saying(says::CUT_OFF);
        }
        Fault::new(schema::NOT_WELL_FORMED, self.at, self.at.wrapping_add(1)).saying(says)
    }

    /// Skips white space between elements and tells what comes next. Anything else than a tag is a fault.
    pub(crate) fn next_between_elements(&mut self) -> Result<Next, Fault> {
        self.skip_white();
        match self.peek() {
            None => Err(self.fault_here(says::CUT_OFF)),
            Some(b'<') => self.next_markup(),
            Some(_) => {
                let rest = self.rest();
                let length = rest.iter().position(|byte| *byte == b'<').unwrap_or(rest.len());
                Err(Fault::new(schema::UNEXPECTED_TEXT, self.at, self.at.wrapping_add(length)))
            }
        }
    }

    /// At a `<`: what it begins.
    pub(crate) fn next_markup(&mut self) -> Result<Next, Fault> {
        let after = self.at.wrapping_add(2);
        match self.bytes.get(self.at.wrapping_add(1)) {
            None => {
                self.at = self.bytes.len();
                Err(self.fault_here(says::CUT_OFF))
            }
            Some(b'/') => Ok(Next::EndTag),
            Some(b'!') => {
                Err(Fault::new(schema::FORBIDDEN_CONSTRUCT, self.at, after).saying(says::DECLARATION))
            }
            Some(b'?') => {
                Err(Fault::new(schema::FORBIDDEN_CONSTRUCT, self.at, after).saying(says::INSTRUCTION))
            }
            Some(_) => Ok(Next::StartTag),
        }
    }

    /// Reads the begin of a start tag with its name; the `<` comes next.
    #[inline]
    pub(crate) fn tag_name(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at = self.at.wrapping_add(1);
        let name = self.name()?;
        self.tag = Tag { name, span: Span::new(start, start), empty: false };
        Ok(())
    }

    /// The same where the name is `wire`, whose first eight bytes are `head`; false, and nothing read, where it is not.
    #[inline]
    pub(crate) fn tag_name_is(&mut self, wire: &str, head: u64) -> bool {
        let start = self.at;
        let (name, end) = (start.wrapping_add(1), start.wrapping_add(1).wrapping_add(wire.len()));
        let ends = matches!(self.bytes.get(end), Some(b' ' | b'/' | b'>'));
        if !ends || !stands(self.bytes, name, wire, head) {
            return false;
        }
        self.at = end;
        let name = Name { span: between(name, end), colon: 0, head };
        self.tag = Tag { name, span: between(start, start), empty: false };
        true
    }

    /// Reads the rest of a start tag, whose attributes are those of `described` as a rule, in their order.
    #[inline]
    pub(crate) fn rest_of_tag(&mut self, described: &[Field]) -> Result<(), Fault> {
        self.count = 0;
        self.kinds = None;
        self.declares = false;
        let mut next = 0_usize;
        loop {
            if let Some((index, name)) = self.as_described(described, next) {
                next = index.wrapping_add(1);
                self.is_new(name)?;
                self.keep_attribute(name, b'"', u8::try_from(next).unwrap_or(0))?;
                continue;
            }
            let before = self.at;
            self.skip_blank();
            match self.peek() {
                Some(b'>') => {
                    self.exact &= self.at == before;
                    self.close_tag(1, false);
                    return Ok(());
                }
                Some(b'/') => {
                    if self.bytes.get(self.at.wrapping_add(1)) != Some(&b'>') {
                        self.at = self.at.wrapping_add(1);
                        return Err(self.fault_here(says::NO_CLOSE));
                    }
                    self.exact &= self.at == before;
                    self.close_tag(2, true);
                    return Ok(());
                }
                Some(_) if self.at == before => return Err(self.fault_here(says::NO_SPACE)),
                _ => self.read_attribute()?,
            }
        }
    }

    fn close_tag(&mut self, length: usize, empty: bool) {
        self.at = self.at.wrapping_add(length);
        self.tag.span.end = Span::new(0, self.at).end;
        self.tag.empty = empty;
    }

    /// Reads ` name="` where it is that of one of the next described attributes; gives its number and its name.
    #[inline]
    fn as_described(&mut self, described: &[Field], next: usize) -> Option<(usize, Name)> {
        if self.peek() != Some(b' ') {
            return None;
        }
        let start = self.at.wrapping_add(1);
        let rest = described.get(next..).unwrap_or(&[]);
        for (index, field) in (next..).zip(rest.iter().take(NEXT)) {
            let end = start.wrapping_add(field.wire.len());
            if field.namespace == 0
                && stands(self.bytes, start, &field.wire, field.head)
                && self.bytes.get(end) == Some(&b'=')
                && self.bytes.get(end.wrapping_add(1)) == Some(&b'"')
            {
                self.at = end.wrapping_add(2);
                return Some((index, Name { span: between(start, end), colon: 0, head: field.head }));
            }
        }
        None
    }

    /// Reads the end tag of `name`; the `</` comes next.
    pub(crate) fn end_tag(&mut self, name: Name) -> Result<(), Fault> {
        let start = self.at;
        self.at = self.at.wrapping_add(2);
        let expected = self.bytes_of(name.span);
        let end = self.at.wrapping_add(expected.len());
        let next = self.bytes.get(end).copied();
        let same = self.bytes.get(self.at..end) == Some(expected);
        if !same || !next.is_none_or(|byte| byte == b'>' || is_white(byte)) {
            let after = start.wrapping_add(2);
            return Err(Fault::new(schema::NOT_WELL_FORMED, start, after).saying(says::WRONG_END));
        }
        self.at = end;
        self.skip_white();
        if self.peek() != Some(b'>') {
            return Err(self.fault_here(says::NO_CLOSE));
        }
        self.at = self.at.wrapping_add(1);
        Ok(())
    }

    /// Reads text up to the next `<`; gives its span.
    pub(crate) fn text(&mut self) -> Result<Span, Fault> {
        let start = self.at;
        loop {
            self.skip_until(|byte| matches!(byte, b'<' | b'&' | b']'));
            match self.peek() {
                None => return Err(self.fault_here(says::CUT_OFF)),
                Some(b'<') => return Ok(Span::new(start, self.at)),
                Some(b'&') => {
                    let length = self.entity(false)?;
                    self.at = self.at.wrapping_add(length);
                }
                Some(b']') if self.rest().starts_with(b"]]>") => {
                    let end = self.at.wrapping_add(3);
                    return Err(Fault::new(schema::NOT_WELL_FORMED, self.at, end).saying(says::SECTION_END));
                }
                Some(_) => self.at = self.at.wrapping_add(1),
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    /// Reads an attribute, whatever it is and however it is written.
    #[inline(never)]
    fn read_attribute(&mut self) -> Result<(), Fault> {
        let name = self.name()?;
        let kinds = self.attributes().iter().fold(0, |kinds, before| kinds | Self::kind(before.name));
        self.kinds = Some(kinds);
        self.is_new(name)?;
        self.skip_white();
        if self.peek() != Some(b'=') {
            return Err(self.fault_here(says::NO_EQUALS));
        }
        self.at = self.at.wrapping_add(1);
        self.skip_white();
        let quote = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => quote,
            _ => return Err(self.fault_here(says::NO_QUOTE)),
        };
        self.exact &= quote == b'"';
        self.at = self.at.wrapping_add(1);
        self.keep_attribute(name, quote, 0)
    }

    /// There is room for an attribute of this name, and none of that name stands before it.
    #[inline(always)]
    fn is_new(&self, name: Name) -> Result<(), Fault> {
        let fault = |code| Fault { code, span: name.span, says: None };
        if self.count >= self.most {
            return Err(fault(schema::TOO_MANY_ATTRIBUTES));
        }
        // One bit a kind of name: only where it is set may the same name stand before.
        match self.kinds {
            Some(kinds) if kinds & Self::kind(name) != 0 && self.stands_already(name) => {
                Err(fault(schema::DUPLICATE))
            }
            _ => Ok(()),
        }
    }

    /// Reads the value of an attribute in these quotes, the first of which was read, and keeps the attribute.
    #[inline(always)]
    fn keep_attribute(&mut self, name: Name, quote: u8, described: u8) -> Result<(), Fault> {
        let start = self.at;
        let plain = self.attribute_value(quote)?;
        let value = between(start, self.at);
        self.at = self.at.wrapping_add(1);
        let declares = if name.has_prefix() {
            self.bytes_of(name.prefix()) == b"xmlns"
        } else {
            // No name holds a zero: it is this one and nothing longer.
            name.head == XMLNS
        };
        if let Some(kinds) = &mut self.kinds {
            *kinds |= Self::kind(name);
        }
        self.declares |= declares;
        if let Some(place) = self.attributes.get_mut(self.count) {
            *place = Attribute { name, value, plain, declares, described };
            self.count = self.count.wrapping_add(1);
        }
        Ok(())
    }

    #[cold]
    fn stands_already(&self, name: Name) -> bool {
        self.attributes().iter().any(|before| {
            before.name.head == name.head && self.bytes_of(before.name.span) == self.bytes_of(name.span)
        })
    }

    /// Reads up to the closing quote, and leaves it next. There is no raw `<` before it, and each `&` begins a reference
    /// that may stand there. True where all of it is printable ASCII without references.
    #[inline(always)]
    fn attribute_value(&mut self, quote: u8) -> Result<bool, Fault> {
        let mut plain = true;
        loop {
            self.at = self.at.wrapping_add(before_not_plain(self.rest(), quote));
            match self.peek() {
                None => return Err(self.fault_here(says::CUT_OFF)),
                Some(byte) if byte == quote => return Ok(plain),
                Some(b'<') => return Err(self.fault_here(says::RAW_LESS)),
                Some(b'&') => {
                    let length = self.entity(true)?;
                    self.at = self.at.wrapping_add(length);
                }
                Some(_) => self.at = self.at.wrapping_add(1),
            }
            plain = false;
        }
    }

    /// A bit that equal names have in common.
    fn kind(name: Name) -> u64 {
        // Multiplied by an odd number without a pattern, the head spreads over the highest bits (Fibonacci hashing).
        let spread = name.head.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58;
        1_u64.wrapping_shl(u32::try_from(spread).unwrap_or(0))
    }

    #[inline]
    fn name(&mut self) -> Result<Name, Fault> {
        let start = self.at;
        let mut colon = 0_usize;
        loop {
            match self.peek() {
                Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {}
                _ => return Err(self.fault_here(says::NO_NAME)),
            }
            let (length, head) = before_end_of_name(self.rest());
            self.at = self.at.wrapping_add(length);
            if self.peek() != Some(b':') {
                let colon = Span::new(colon, colon).start;
                return Ok(Name { span: Span::new(start, self.at), colon, head });
            }
            if colon != 0 {
                return Err(self.fault_here(says::NO_NAME));
            }
            colon = self.at;
            self.at = self.at.wrapping_add(1);
        }
    }

    /// At an `&`: the length of the reference that it begins.
    #[cold]
    fn entity(&self, in_attribute: bool) -> Result<usize, Fault> {
        match decode(self.rest()) {
            Some((b'\n', _)) if !in_attribute => {}
            Some((_, length)) => return Ok(length),
            None => {}
        }
        Err(Fault::new(schema::FORBIDDEN_CONSTRUCT, self.at, self.at.wrapping_add(1)).saying(says::ENTITY))
    }
}
