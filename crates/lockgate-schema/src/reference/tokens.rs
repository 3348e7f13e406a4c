//! The reference interpreter's own tokens. One tag at a time, nothing clever.
//!
//! What it reads was written canonically as a rule, so names are first looked for where the model would write them:
//! ` lat="` behind the attribute before it. Where another one stands it is read name by name; both say the same.

mod attributes;

use super::characters::{before_end_of_name, before_not_plain, decode, stands};
use crate::fault::{Fault, says};
use crate::model::MAX_ATTRIBUTES;
use crate::prolog::is_white;
use lockgate_bytes::Span;
use lockgate_reason::schema;

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

/// Attributes that most tags have at most.
const FEW: usize = 16;

/// Room for the attributes of one tag. Room for more than a few is made for the first tag that has more.
#[derive(Default)]
pub(crate) struct Room {
    few: [Attribute; FEW],
    all: Option<[Attribute; 64]>,
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
    room: &'t mut Room,
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

impl Room {
    #[inline]
    fn read(&self) -> &[Attribute] {
        match &self.all {
            None => &self.few,
            Some(all) => all,
        }
    }

    #[inline]
    fn places(&mut self) -> &mut [Attribute] {
        match &mut self.all {
            None => &mut self.few,
            Some(all) => all,
        }
    }

    /// Makes room for as many as a tag may have; those that are there stay.
    #[cold]
    fn grow(&mut self) {
        let few = &self.few;
        self.all.get_or_insert_with(|| {
            let mut all = [Attribute::default(); 64];
            all.iter_mut().zip(few).for_each(|(place, attribute)| *place = *attribute);
            all
        });
    }
}

impl<'a, 't> Tokens<'a, 't> {
    pub(crate) fn new(bytes: &'a [u8], at: usize, most: u8, room: &'t mut Room) -> Self {
        let most = usize::from(most.min(MAX_ATTRIBUTES));
        let tag = Tag::default();
        Self { bytes, at, most, room, count: 0, kinds: None, declares: false, tag, exact: true }
    }

    /// How many attributes the last start tag has.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Of the attribute `index` of the last start tag, where it was found among those that the tag was read with: which of
    /// them it is, its value, and whether that is plain. It declares nothing, and has no prefix.
    #[inline]
    pub(crate) fn described(&self, index: usize) -> Option<(usize, Span, bool)> {
        let attribute = self.room.read().get(index).filter(|_| index < self.count)?;
        let known = usize::from(attribute.described).checked_sub(1)?;
        if attribute.declares { None } else { Some((known, attribute.value, attribute.plain)) }
    }

    /// The attribute `index` of the last start tag.
    #[inline]
    pub(crate) fn attribute(&self, index: usize) -> Option<Attribute> {
        if index < self.count { self.room.read().get(index).copied() } else { None }
    }

    /// Says that the attributes were read with those of another element than it turned out to be.
    #[cold]
    pub(crate) fn not_described(&mut self) {
        self.room.places().iter_mut().for_each(|attribute| attribute.described = 0);
    }

    pub(crate) fn attributes(&self) -> &[Attribute] {
        self.room.read().get(..self.count).unwrap_or(&[])
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
            self.at = self.at.wrapping_add(before_not_plain(self.rest(), b']'));
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
