//! The compiled program's scanner: one pass over the bytes, eight at a time where they are plain.
//!
//! While it looks for the end of a value it notes what the value holds (references, control characters, anything
//! beyond ASCII), so that a plain one is never looked at again.

use super::lookup;
use crate::fault::{Fault, says};
use lockgate_reason::schema;

/// The value holds a reference such as `&amp;`.
pub(crate) const REFERENCE: u8 = 1;
/// It holds a control character, white space other than the plain one included.
pub(crate) const CONTROL: u8 = 2;
/// It holds a character beyond ASCII.
pub(crate) const BEYOND: u8 = 4;

const START: u8 = 1;
const NAME: u8 = 2;
const WHITE: u8 = 4;

/// What each byte may be: the begin of a name, part of one, white space.
const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0_u8; 256];
    let mut rest: &mut [u8] = &mut table;
    let mut byte = 0_u8;
    while let Some((first, after)) = rest.split_first_mut() {
        *first = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => START | NAME,
            b'0'..=b'9' | b'-' | b'.' => NAME,
            b' ' | b'\t' | b'\n' | b'\r' => WHITE,
            _ => 0,
        };
        rest = after;
        byte = byte.wrapping_add(1);
    }
    table
}

#[inline]
fn class(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// A name as it stands in the object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Name {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where its colon stands; zero where it has none (a name never begins an object).
    pub(crate) colon: usize,
    pub(crate) head: u64,
    pub(crate) hash: u64,
}

/// An attribute as it stands in the object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Token {
    pub(crate) name: Name,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What the value holds.
    pub(crate) holds: u8,
    /// A namespace declaration.
    pub(crate) declares: bool,
}

/// A start tag; its attributes are in [`Scanner::tokens`] until the next one is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag {
    pub(crate) name: Name,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) empty: bool,
}

/// The bytes, and how far they have been read.
pub(crate) struct Scanner<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    most: usize,
    tokens: [Token; 64],
    pub(crate) count: usize,
    /// The last start tag declares a namespace.
    pub(crate) declares: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize, most: u8) -> Self {
        Self { bytes, at, most: usize::from(most), tokens: [Token::default(); 64], count: 0, declares: false }
    }

    /// Attributes of the last start tag.
    #[inline]
    pub(crate) fn tokens(&self) -> &[Token] {
        self.tokens.get(..self.count).unwrap_or(&[])
    }

    #[inline]
    pub(crate) fn token(&self, index: usize) -> Option<Token> {
        self.tokens.get(index).copied()
    }

    #[inline]
    pub(crate) fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or(&[])
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn step(&mut self) {
        self.at = self.at.wrapping_add(1);
    }

    #[inline]
    pub(crate) fn white(&mut self) {
        while let Some(byte) = self.peek()
            && class(byte) & WHITE != 0
        {
            self.step();
        }
    }

    /// The byte behind the next one.
    #[inline]
    pub(crate) fn second(&self) -> Option<u8> {
        self.bytes.get(self.at.wrapping_add(1)).copied()
    }

    #[cold]
    pub(crate) fn broken(&self, says: &'static str) -> Fault {
        let end = self.bytes.len();
        if self.at >= end {
            return Fault::new(schema::NOT_WELL_FORMED, end, end).saying(says::CUT_OFF);
        }
        Fault::new(schema::NOT_WELL_FORMED, self.at, self.at.wrapping_add(1)).saying(says)
    }

    /// At a `<` that begins neither a start tag nor an end tag: what is wrong.
    #[cold]
    pub(crate) fn forbidden(&self) -> Fault {
        let after = self.at.wrapping_add(2);
        match self.second() {
            Some(b'!') => Fault::new(schema::FORBIDDEN_CONSTRUCT, self.at, after).saying(says::DECLARATION),
            Some(b'?') => Fault::new(schema::FORBIDDEN_CONSTRUCT, self.at, after).saying(says::INSTRUCTION),
            _ => Fault::new(schema::NOT_WELL_FORMED, self.bytes.len(), self.bytes.len()).saying(says::CUT_OFF),
        }
    }

    /// Text between elements, up to the next `<`.
    #[cold]
    pub(crate) fn stray(&self) -> Fault {
        let rest = self.slice(self.at, self.bytes.len());
        let length = rest.iter().position(|byte| *byte == b'<').unwrap_or(rest.len());
        Fault::new(schema::UNEXPECTED_TEXT, self.at, self.at.wrapping_add(length))
    }

    /// Reads a start tag; the `<` comes next.
    #[inline]
    pub(crate) fn start_tag(&mut self) -> Result<Tag, Fault> {
        let start = self.at;
        self.step();
        self.count = 0;
        self.declares = false;
        let name = self.name()?;
        // One bit a name, to find most doubles absent without a comparison.
        let mut filter = 0_u64;
        loop {
            let before = self.at;
            self.white();
            match self.peek() {
                Some(b'>') => {
                    self.step();
                    return Ok(Tag { name, start, end: self.at, empty: false });
                }
                Some(b'/') => {
                    self.step();
                    if self.peek() != Some(b'>') {
                        return Err(self.broken(says::NO_CLOSE));
                    }
                    self.step();
                    return Ok(Tag { name, start, end: self.at, empty: true });
                }
                None => return Err(self.broken(says::CUT_OFF)),
                Some(_) if self.at == before => return Err(self.broken(says::NO_SPACE)),
                Some(_) => self.attribute(&mut filter)?,
            }
        }
    }

    /// Reads the end tag of `name`; the `</` comes next.
    #[inline]
    pub(crate) fn end_tag(&mut self, name: Name) -> Result<(), Fault> {
        let start = self.at;
        let from = start.wrapping_add(2);
        let length = name.end.wrapping_sub(name.start);
        let end = from.wrapping_add(length);
        let same = lookup::head(self.bytes, from, length) == name.head
            && end <= self.bytes.len()
            && (length <= 8 || self.slice(from, end) == self.slice(name.start, name.end));
        self.at = end;
        match self.peek() {
            Some(b'>') if same => {
                self.step();
                return Ok(());
            }
            Some(byte) if same && class(byte) & WHITE != 0 => {}
            None if same => return Err(self.broken(says::NO_CLOSE)),
            _ => {
                return Err(Fault::new(schema::NOT_WELL_FORMED, start, from).saying(says::WRONG_END));
            }
        }
        self.white();
        if self.peek() != Some(b'>') {
            return Err(self.broken(says::NO_CLOSE));
        }
        self.step();
        Ok(())
    }

    /// Reads text up to the next `<`; gives its end and what it holds.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<(usize, u8), Fault> {
        let mut holds = 0;
        loop {
            match self.plain(b']') {
                None => return Err(self.broken(says::CUT_OFF)),
                Some(b'<') => return Ok((self.at, holds)),
                Some(b'&') => holds |= self.reference(false)?,
                Some(b']') => {
                    let end = self.at.wrapping_add(3);
                    if self.slice(self.at, end) == b"]]>" {
                        return Err(Fault::new(schema::NOT_WELL_FORMED, self.at, end).saying(says::SECTION_END));
                    }
                    self.step();
                }
                Some(byte) => {
                    holds |= if byte < 0x80 { CONTROL } else { BEYOND };
                    self.step();
                }
            }
        }
    }

    #[inline]
    fn attribute(&mut self, filter: &mut u64) -> Result<(), Fault> {
        let name = self.name()?;
        if self.count >= self.most {
            return Err(Fault::new(schema::TOO_MANY_ATTRIBUTES, name.start, name.end));
        }
        let bit = 1_u64.wrapping_shl(u32::try_from(name.hash >> 58).unwrap_or(0));
        if *filter & bit != 0 && self.stands_already(name) {
            return Err(Fault::new(schema::DUPLICATE, name.start, name.end));
        }
        *filter |= bit;
        if self.peek() != Some(b'=') {
            self.white();
            if self.peek() != Some(b'=') {
                return Err(self.broken(says::NO_EQUALS));
            }
        }
        self.step();
        let mut quote = self.peek();
        if !matches!(quote, Some(b'"' | b'\'')) {
            self.white();
            quote = self.peek();
        }
        let Some(quote @ (b'"' | b'\'')) = quote else { return Err(self.broken(says::NO_QUOTE)) };
        self.step();
        let start = self.at;
        let holds = self.value(quote)?;
        let declares = self.is_declaration(name);
        self.declares |= declares;
        if let Some(place) = self.tokens.get_mut(self.count) {
            *place = Token { name, start, end: self.at, holds, declares };
            self.count = self.count.wrapping_add(1);
        }
        self.step();
        Ok(())
    }

    /// Reads up to the closing quote, and leaves it next; gives what the value holds.
    #[inline]
    fn value(&mut self, quote: u8) -> Result<u8, Fault> {
        let mut holds = 0;
        loop {
            match self.plain(quote) {
                None => return Err(self.broken(says::CUT_OFF)),
                Some(byte) if byte == quote => return Ok(holds),
                Some(b'<') => return Err(self.broken(says::RAW_LESS)),
                Some(b'&') => holds |= self.reference(true)?,
                Some(byte) => {
                    holds |= if byte < 0x80 { CONTROL } else { BEYOND };
                    self.step();
                }
            }
        }
    }

    /// Skips plain bytes; gives the next one that is `stop`, `<`, `&`, a control character or beyond ASCII.
    #[inline]
    fn plain(&mut self, stop: u8) -> Option<u8> {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = 0x8080_8080_8080_8080;
        let stops = ONES.wrapping_mul(u64::from(stop));
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let mut words = 0_usize;
        let (chunks, _) = rest.as_chunks::<8>();
        for chunk in chunks {
            let word = u64::from_le_bytes(*chunk);
            // Zero bytes of a difference are equal bytes; the lowest one found is exact (Mycroft's test).
            let (at_stop, at_less) = (word ^ stops, word ^ ONES.wrapping_mul(0x3C));
            let at_and = word ^ ONES.wrapping_mul(0x26);
            let equal = (at_stop.wrapping_sub(ONES) & !at_stop)
                | (at_less.wrapping_sub(ONES) & !at_less)
                | (at_and.wrapping_sub(ONES) & !at_and);
            let control = word.wrapping_sub(ONES.wrapping_mul(0x20)) & !word;
            let beyond = word | word.wrapping_add(ONES);
            let found = (equal | control | beyond) & HIGH;
            if found != 0 {
                let offset = usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0);
                self.at = self.at.wrapping_add(words).wrapping_add(offset);
                return self.peek();
            }
            words = words.wrapping_add(8);
        }
        self.at = self.at.wrapping_add(words);
        while let Some(byte) = self.peek() {
            if byte == stop || matches!(byte, b'<' | b'&' | 0..=0x1F | 0x7F..) {
                return Some(byte);
            }
            self.step();
        }
        None
    }

    /// Skips a reference; the `&` comes next.
    #[cold]
    fn reference(&mut self, in_attribute: bool) -> Result<u8, Fault> {
        match reference(self.slice(self.at, self.bytes.len())) {
            Some((byte, length)) if in_attribute || byte != b'\n' => {
                self.at = self.at.wrapping_add(length);
                Ok(REFERENCE)
            }
            _ => {
                let end = self.at.wrapping_add(1);
                Err(Fault::new(schema::FORBIDDEN_CONSTRUCT, self.at, end).saying(says::ENTITY))
            }
        }
    }

    #[inline]
    fn name(&mut self) -> Result<Name, Fault> {
        let start = self.at;
        let mut colon = 0;
        loop {
            match self.peek() {
                Some(byte) if class(byte) & START != 0 => self.step(),
                _ => return Err(self.broken(says::NO_NAME)),
            }
            while let Some(byte) = self.peek()
                && class(byte) & NAME != 0
            {
                self.step();
            }
            if self.peek() != Some(b':') {
                break;
            }
            if colon != 0 {
                return Err(self.broken(says::NO_NAME));
            }
            colon = self.at;
            self.step();
        }
        let length = self.at.wrapping_sub(start);
        let head = lookup::head(self.bytes, start, length);
        Ok(Name { start, end: self.at, colon, head, hash: lookup::hash(head, length) })
    }

    #[cold]
    fn stands_already(&self, name: Name) -> bool {
        let raw = self.slice(name.start, name.end);
        self.tokens().iter().any(|token| self.slice(token.name.start, token.name.end) == raw)
    }

    /// True for `xmlns` and `xmlns:p`.
    #[inline]
    fn is_declaration(&self, name: Name) -> bool {
        const XMLNS: u64 = u64::from_le_bytes(*b"xmlns\0\0\0");
        let end = if name.colon == 0 { name.end } else { name.colon };
        end.wrapping_sub(name.start) == 5 && name.head & 0xFF_FFFF_FFFF == XMLNS
    }
}

/// What the reference at the head of `text` stands for, and its length.
pub(crate) fn reference(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'&', b'a', b'm', b'p', b';', ..] => Some((b'&', 5)),
        [b'&', b'l', b't', b';', ..] => Some((b'<', 4)),
        [b'&', b'g', b't', b';', ..] => Some((b'>', 4)),
        [b'&', b'q', b'u', b'o', b't', b';', ..] => Some((b'"', 6)),
        [b'&', b'a', b'p', b'o', b's', b';', ..] => Some((b'\'', 6)),
        [b'&', b'#', b'1', b'0', b';', ..] => Some((b'\n', 5)),
        _ => None,
    }
}
