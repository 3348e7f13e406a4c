//! The reference interpreter's own tokens. One tag at a time, nothing clever.

use super::characters::{before_end_of_name, before_end_of_value, decode};
use crate::fault::{Fault, says};
use crate::model::MAX_ATTRIBUTES;
use crate::prolog::is_white;
use lockgate_bytes::Span;
use lockgate_reason::schema;

/// What `xmlns` begins with, as [`Name::head`] has it.
const XMLNS: u64 = u64::from_le_bytes(*b"xmlns\0\0\0");

/// A name as written, with the place of its colon if it has a prefix.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Name {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) colon: Option<usize>,
    /// The first eight bytes of it without its prefix, as a number.
    pub(crate) head: u64,
}

/// An attribute as written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attribute {
    pub(crate) name: Name,
    /// The value without its quotes.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// It is `xmlns` or `xmlns:p`.
    pub(crate) declares: bool,
}

/// A start tag; its attributes are in [`Tokens::attributes`] until the next one is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tag {
    pub(crate) name: Name,
    /// From `<` to after `>`.
    pub(crate) start: usize,
    pub(crate) end: usize,
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
    /// The kinds of their names, a bit each.
    kinds: u64,
    /// One of them is a namespace declaration.
    pub(crate) declares: bool,
    /// The last start tag.
    pub(crate) tag: Tag,
}

impl<'a, 't> Tokens<'a, 't> {
    pub(crate) fn new(bytes: &'a [u8], at: usize, most: u8, attributes: &'t mut [Attribute; 64]) -> Self {
        let most = usize::from(most.min(MAX_ATTRIBUTES));
        Self { bytes, at, most, attributes, count: 0, kinds: 0, declares: false, tag: Tag::default() }
    }

    /// How many attributes the last start tag has.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The attribute `index` of the last start tag.
    pub(crate) fn attribute(&self, index: usize) -> Option<Attribute> {
        if index < self.count { self.attributes.get(index).copied() } else { None }
    }

    pub(crate) fn attributes(&self) -> &[Attribute] {
        self.attributes.get(..self.count).unwrap_or(&[])
    }

    pub(crate) fn bytes_of(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or(&[])
    }

    /// The name as written, prefix included.
    pub(crate) fn raw(&self, name: Name) -> &'a [u8] {
        self.bytes_of(name.start, name.end)
    }

    /// True where the name, without its prefix, is `wire`, whose first eight bytes are `head`.
    #[inline]
    pub(crate) fn is(&self, name: Name, wire: &str, head: u64) -> bool {
        let start = name.colon.map_or(name.start, |colon| colon.wrapping_add(1));
        name.head == head
            && wire.len() == name.end.wrapping_sub(start)
            && (wire.len() <= 8 || self.bytes_of(start, name.end) == wire.as_bytes())
    }

    /// The name without its prefix.
    pub(crate) fn local(&self, name: Name) -> &'a [u8] {
        self.bytes_of(name.colon.map_or(name.start, |colon| colon.wrapping_add(1)), name.end)
    }

    #[inline]
    pub(crate) fn skip_white(&mut self) {
        while self.peek().is_some_and(is_white) {
            self.at = self.at.wrapping_add(1);
        }
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
                let rest = self.bytes_of(self.at, self.bytes.len());
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

    /// Reads a start tag into [`Tokens::tag`]; the `<` comes next.
    #[inline]
    pub(crate) fn start_tag(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at = self.at.wrapping_add(1);
        self.count = 0;
        self.kinds = 0;
        self.declares = false;
        let name = self.name()?;
        loop {
            let before = self.at;
            self.skip_white();
            match self.peek() {
                Some(b'>') => {
                    self.at = self.at.wrapping_add(1);
                    self.tag = Tag { name, start, end: self.at, empty: false };
                    return Ok(());
                }
                Some(b'/') => {
                    self.at = self.at.wrapping_add(1);
                    if self.peek() != Some(b'>') {
                        return Err(self.fault_here(says::NO_CLOSE));
                    }
                    self.at = self.at.wrapping_add(1);
                    self.tag = Tag { name, start, end: self.at, empty: true };
                    return Ok(());
                }
                Some(_) if self.at == before => return Err(self.fault_here(says::NO_SPACE)),
                _ => self.read_attribute()?,
            }
        }
    }

    /// Reads the end tag of `name`; the `</` comes next.
    pub(crate) fn end_tag(&mut self, name: Name) -> Result<(), Fault> {
        let start = self.at;
        self.at = self.at.wrapping_add(2);
        let expected = self.raw(name);
        let end = self.at.wrapping_add(expected.len());
        let next = self.bytes.get(end).copied();
        if self.bytes_of(self.at, end) != expected || !next.is_none_or(|byte| byte == b'>' || is_white(byte))
        {
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

    fn read_attribute(&mut self) -> Result<(), Fault> {
        let name = self.name()?;
        if self.count >= self.most {
            return Err(Fault::new(schema::TOO_MANY_ATTRIBUTES, name.start, name.end));
        }
        // One bit a kind of name: only where it is set may the same name stand before.
        let kind = Self::kind(name);
        if self.kinds & kind != 0 && self.stands_already(name) {
            return Err(Fault::new(schema::DUPLICATE, name.start, name.end));
        }
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
        self.at = self.at.wrapping_add(1);
        let start = self.at;
        self.attribute_value(quote)?;
        self.kinds |= kind;
        let declares = match name.colon {
            None => self.is(name, "xmlns", XMLNS),
            Some(colon) => self.bytes_of(name.start, colon) == b"xmlns",
        };
        self.declares |= declares;
        if let Some(place) = self.attributes.get_mut(self.count) {
            *place = Attribute { name, start, end: self.at, declares };
            self.count = self.count.wrapping_add(1);
        }
        self.at = self.at.wrapping_add(1);
        Ok(())
    }

    fn stands_already(&self, name: Name) -> bool {
        self.attributes()
            .iter()
            .any(|before| before.name.head == name.head && self.raw(before.name) == self.raw(name))
    }

    /// Reads up to the closing quote, and leaves it next. There is no raw `<` before it, and each `&` begins a reference
    /// that may stand there.
    #[inline(always)]
    fn attribute_value(&mut self, quote: u8) -> Result<(), Fault> {
        loop {
            self.at = self.at.wrapping_add(before_end_of_value(self.rest(), quote));
            match self.peek() {
                None => return Err(self.fault_here(says::CUT_OFF)),
                Some(b'<') => return Err(self.fault_here(says::RAW_LESS)),
                Some(b'&') => {
                    let length = self.entity(true)?;
                    self.at = self.at.wrapping_add(length);
                }
                Some(_) => return Ok(()),
            }
        }
    }

    /// A bit that equal names have in common.
    fn kind(name: Name) -> u64 {
        // Multiplied by an odd number without a pattern, the head spreads over the highest bits (Fibonacci hashing).
        let spread = name.head.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58;
        1_u64.wrapping_shl(u32::try_from(spread).unwrap_or(0))
    }

    #[inline(always)]
    fn name(&mut self) -> Result<Name, Fault> {
        let start = self.at;
        let mut colon = None;
        loop {
            match self.peek() {
                Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {}
                _ => return Err(self.fault_here(says::NO_NAME)),
            }
            let (length, head) = before_end_of_name(self.rest());
            self.at = self.at.wrapping_add(length);
            match (self.peek(), colon) {
                (Some(b':'), None) => {
                    colon = Some(self.at);
                    self.at = self.at.wrapping_add(1);
                }
                (Some(b':'), Some(_)) => return Err(self.fault_here(says::NO_NAME)),
                _ => return Ok(Name { start, end: self.at, colon, head }),
            }
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
