//! Start tags: a name that is looked up as it is read, and attributes that are as a rule those that the type describes.
//!
//! A name that a table holds is a name: only others are looked at byte by byte.

use super::class::{WHITE, is};
use super::lookup::{Key, Lookup, halves};
use super::scan::{Name, Scanner, Tag, Token, UNKNOWN};
use super::word::{HIGH, equal};
use crate::fault::{Fault, says};
use crate::literal::Literal;
use lockgate_bytes::Span;
use lockgate_reason::schema;

/// An attribute up to its value: its name, its number, and the quote around the value.
struct Begun {
    name: Name,
    field: u16,
    quote: u8,
}

impl Scanner<'_, '_> {
    /// Reads the name of a start tag; the `<` comes next. Gives its number among `names`, or [`UNKNOWN`]; a prefix does
    /// not count.
    #[inline]
    pub(crate) fn tag_name(&mut self, names: &Lookup) -> Option<u16> {
        let start = self.at;
        self.step();
        let (name, number) =
            match self.known(names, |word| equal(word, b' ') | equal(word, b'>') | equal(word, b'/')) {
                Some(known) => known,
                None => {
                    let name = self.name()?;
                    let number = names.find(self.key(&name), || self.local(&name), |_| true);
                    (name, number.unwrap_or(UNKNOWN))
                }
            };
        self.tag = Tag { name, span: Span::new(start, start), empty: false };
        Some(number)
    }

    /// Reads the begin of a start tag where it is `usual`; the `<` comes next. False, and nothing read, where it is not.
    #[inline]
    pub(crate) fn usual_tag_name(&mut self, usual: &Literal) -> bool {
        let (start, end) = (self.at, self.at.wrapping_add(usual.len()));
        let ends = matches!(self.bytes.get(end), Some(b' ' | b'>' | b'/'));
        if !ends || !usual.stands(self.bytes, start) {
            return false;
        }
        let name = Name { span: Span::new(start.wrapping_add(1), end), colon: 0 };
        self.tag = Tag { name, span: Span::new(start, start), empty: false };
        self.at = end;
        true
    }

    /// Reads the rest of a start tag, whose described attributes are in `names`.
    pub(crate) fn rest_of_tag(&mut self, names: &Lookup) -> Option<()> {
        self.count = 0;
        self.declares = false;
        self.seen = 0;
        // One bit a name that is not described, to find most doubles absent without a comparison.
        let (mut filter, mut next) = (0_u64, 0_u16);
        loop {
            let before = self.at;
            if self.peek() == Some(b' ') {
                self.step();
            }
            match self.peek() {
                Some(b'>') => {
                    self.step();
                    self.close_tag(before.wrapping_add(1), false);
                    return Some(());
                }
                Some(b'/') => {
                    self.step();
                    if self.peek() != Some(b'>') {
                        return self.broken(says::NO_CLOSE);
                    }
                    self.step();
                    self.close_tag(before.wrapping_add(2), true);
                    return Some(());
                }
                None => return self.broken(says::CUT_OFF),
                Some(byte) if is(byte, WHITE) => {
                    self.exact = false;
                    self.white();
                    match self.peek() {
                        Some(b'>' | b'/') | None => {}
                        Some(_) => self.attribute(names, &mut filter, &mut next)?,
                    }
                }
                Some(_) if self.at == before => return self.broken(says::NO_SPACE),
                Some(_) => self.attribute(names, &mut filter, &mut next)?,
            }
        }
    }

    /// Notes where the tag ends; `usual` is where it does in canonical form.
    #[inline]
    fn close_tag(&mut self, usual: usize, empty: bool) {
        self.exact &= self.at == usual;
        self.tag.span.end = Span::new(0, self.at).end;
        self.tag.empty = empty;
    }

    fn attribute(&mut self, names: &Lookup, filter: &mut u64, next: &mut u16) -> Option<()> {
        let Begun { name, field, quote } = match self.described(names) {
            Some(begun) => begun,
            None => self.other(names, filter)?,
        };
        self.exact &= quote == b'"' && field >= *next;
        *next = if field == UNKNOWN { UNKNOWN } else { field.wrapping_add(1) };
        let start = self.at;
        let holds = self.value(quote)?;
        let declares = field == UNKNOWN && self.is_declaration(&name);
        if declares {
            self.declares = true;
            // Where it may stand is known with the element: see `Run::exact_opening`.
            *next = 0;
        }
        let room = self.tokens.get_or_insert_with(|| [Token::default(); 64]);
        if let Some(place) = room.get_mut(self.count) {
            *place = Token { name, value: Span::new(start, self.at), field, holds, declares };
            self.count = self.count.wrapping_add(1);
        }
        self.step();
        Some(())
    }

    /// Reads up to the value of an attribute that is written as most are: described, not there before, nothing between
    /// name, `=` and quote. `None`, and nothing read, where it is not.
    #[inline]
    fn described(&mut self, names: &Lookup) -> Option<Begun> {
        let start = self.at;
        if self.count >= self.most {
            return None;
        }
        let (name, field, quote) = self.begun(names)?;
        let bit = 1_u64.wrapping_shl(u32::from(field));
        if self.seen & bit != 0 {
            self.at = start;
            return None;
        }
        self.seen |= bit;
        Some(Begun { name, field, quote })
    }

    /// The same, whether it was there before or not: its name, number and quote.
    #[inline]
    pub(super) fn begun(&mut self, names: &Lookup) -> Option<(Name, u16, u8)> {
        let start = self.at;
        let (name, field) = self.known(names, |word| equal(word, b'='))?;
        let after = self.at.wrapping_add(1);
        match self.bytes.get(after) {
            Some(quote @ (b'"' | b'\'')) => {
                self.at = after.wrapping_add(1);
                Some((name, field, *quote))
            }
            _ => {
                self.at = start;
                None
            }
        }
    }

    /// Reads a name of the table, of less than sixteen bytes and followed by a byte that `ends` marks; gives its number.
    #[inline(always)]
    fn known(&mut self, names: &Lookup, ends: impl Fn(u64) -> u64) -> Option<(Name, u16)> {
        let start = self.at;
        let (head, next) = halves(self.bytes.get(start..)?.first_chunk::<16>()?);
        let (first, second) = (ends(head) & HIGH, ends(next) & HIGH);
        let (marks, before) = if first == 0 { (second, 8) } else { (first, 0_u32) };
        if marks == 0 {
            return None;
        }
        let length = usize::try_from(before.wrapping_add(marks.trailing_zeros() >> 3)).unwrap_or(0);
        let number = names.find(Key::cut(head, next, length), || &[], |_| true)?;
        self.at = start.wrapping_add(length);
        Some((Name { span: Span::new(start, self.at), colon: 0 }, number))
    }

    /// Reads up to the value of any other attribute.
    #[cold]
    fn other(&mut self, names: &Lookup, filter: &mut u64) -> Option<Begun> {
        let name = self.name()?;
        if self.count >= self.most {
            return self.fail(Fault { code: schema::TOO_MANY_ATTRIBUTES, span: name.span, says: None });
        }
        let raw = name.span.of(self.bytes);
        let key = Key::at(raw, 0, raw.len());
        let found = if name.colon == 0 { names.find(key, || raw, |_| true) } else { None };
        let twice = match found {
            Some(field) => {
                let bit = 1_u64.wrapping_shl(u32::from(field));
                let twice = self.seen & bit != 0;
                self.seen |= bit;
                twice
            }
            None => {
                let bit = key.bit();
                let twice = *filter & bit != 0 && self.stands_already(raw);
                *filter |= bit;
                twice
            }
        };
        if twice {
            return self.fail(Fault { code: schema::DUPLICATE, span: name.span, says: None });
        }
        if self.peek() != Some(b'=') {
            self.white();
            if self.peek() != Some(b'=') {
                return self.broken(says::NO_EQUALS);
            }
        }
        self.step();
        let mut quote = self.peek();
        if !matches!(quote, Some(b'"' | b'\'')) {
            self.white();
            quote = self.peek();
        }
        let Some(quote @ (b'"' | b'\'')) = quote else { return self.broken(says::NO_QUOTE) };
        self.step();
        Some(Begun { name, field: found.unwrap_or(UNKNOWN), quote })
    }

    #[cold]
    fn stands_already(&self, raw: &[u8]) -> bool {
        self.tokens().iter().any(|token| token.name.span.of(self.bytes) == raw)
    }

    /// True for `xmlns` and `xmlns:p`.
    fn is_declaration(&self, name: &Name) -> bool {
        let end = if name.colon == 0 { name.span.end } else { name.colon };
        Span { start: name.span.start, end }.of(self.bytes) == b"xmlns"
    }

    /// Looks the attributes up again: the element turned out to be another one than its name alone says. `exact` is what
    /// was known before its start tag.
    #[cold]
    pub(crate) fn renumber(&mut self, names: &Lookup, exact: bool) {
        let bytes = self.bytes;
        let (mut seen, mut exact, mut next, mut end) = (0_u64, exact, 0, self.tag.name.span.end);
        for token in self.tokens.iter_mut().flatten().take(self.count) {
            let raw = token.name.span.of(bytes);
            let key = Key::at(raw, 0, raw.len());
            let found = if token.name.colon == 0 { names.find(key, || raw, |_| true) } else { None };
            token.field = found.unwrap_or(UNKNOWN);
            seen |= found.map_or(0, |field| 1_u64.wrapping_shl(u32::from(field)));
            let space = Span { start: end, end: token.name.span.start }.of(bytes);
            let equals = Span { start: token.name.span.end, end: token.value.start }.of(bytes);
            exact &= space == b" " && equals == b"=\"" && token.field >= next;
            next = if token.declares { 0 } else { token.field.saturating_add(1) };
            end = token.value.end.wrapping_add(1);
        }
        let close = if self.tag.empty { 2 } else { 1 };
        self.exact = exact && end.wrapping_add(close) == self.tag.span.end;
        self.seen = seen;
    }
}
