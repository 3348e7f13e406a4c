//! Attributes: the rest of a start tag behind its name.

use super::super::characters::{before_not_plain, end_of_plain, opening_stands};
use super::{Attribute, FEW, NEXT, Name, Tokens, between};
use crate::fault::{Fault, says};
use crate::model::Field;
use lockgate_bytes::Span;
use lockgate_reason::schema;

/// The described attribute, one of the few from `next` on, that begins in `bytes` at `at` as the model would write it:
/// ` lat="`.
#[inline(always)]
fn next_described<'d>(
    bytes: &[u8],
    at: usize,
    described: &'d [Field],
    next: usize,
) -> Option<(usize, &'d Field)> {
    if bytes.get(at) != Some(&b' ') {
        return None;
    }
    let rest = described.get(next..).unwrap_or(&[]);
    let begins = |field: &Field| field.namespace == 0 && opening_stands(bytes, at, field.opening.as_bytes());
    let index = next.wrapping_add(rest.iter().take(NEXT).position(begins)?);
    Some((index, described.get(index)?))
}

/// What `xmlns` begins with, as [`Name::head`] has it.
const XMLNS: u64 = u64::from_le_bytes(*b"xmlns\0\0\0");

impl Tokens<'_, '_> {
    /// Reads the rest of a start tag, whose attributes are those of `described` as a rule, in their order.
    #[inline]
    pub(crate) fn rest_of_tag(&mut self, described: &[Field]) -> Result<(), Fault> {
        self.count = 0;
        self.kinds = None;
        self.declares = false;
        let mut next = self.plain_attributes(described);
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

    /// Reads attributes as long as each is one of the next described ones, written as the model would write it, with a value
    /// that is printable ASCII without references; gives the number of the one described behind the last. Of one that is
    /// otherwise nothing is read. Canonical objects have few of those.
    #[inline(always)]
    fn plain_attributes(&mut self, described: &[Field]) -> usize {
        let (bytes, mut at, mut next) = (self.bytes, self.at, 0_usize);
        let mut count = 0_usize;
        for place in self.room.places().iter_mut().take(self.most) {
            let Some((index, field)) = next_described(bytes, at, described, next) else { break };
            let name = between(at.wrapping_add(1), at.wrapping_add(1).wrapping_add(field.wire.len()));
            let start = at.wrapping_add(field.opening.len());
            let end = end_of_plain(bytes, start);
            if bytes.get(end) != Some(&b'"') || field.head == XMLNS {
                break;
            }
            next = index.wrapping_add(1);
            *place = Attribute {
                name: Name { span: name, colon: 0, head: field.head },
                value: between(start, end),
                plain: true,
                declares: false,
                described: u8::try_from(next).unwrap_or(0),
            };
            (at, count) = (end.wrapping_add(1), count.wrapping_add(1));
        }
        (self.at, self.count) = (at, count);
        next
    }

    fn close_tag(&mut self, length: usize, empty: bool) {
        self.at = self.at.wrapping_add(length);
        self.tag.span.end = Span::new(0, self.at).end;
        self.tag.empty = empty;
    }

    /// Reads ` name="` where it is that of one of the next described attributes; gives its number and its name.
    #[inline]
    fn as_described(&mut self, described: &[Field], next: usize) -> Option<(usize, Name)> {
        let (index, field) = next_described(self.bytes, self.at, described, next)?;
        let start = self.at.wrapping_add(1);
        self.at = self.at.wrapping_add(field.opening.len());
        let span = between(start, start.wrapping_add(field.wire.len()));
        Some((index, Name { span, colon: 0, head: field.head }))
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
        if self.count == FEW {
            self.room.grow();
        }
        if let Some(place) = self.room.places().get_mut(self.count) {
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
}
