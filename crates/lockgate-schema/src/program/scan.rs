//! The compiled program's scanner: one pass over the bytes, eight at a time where they are plain.
//!
//! While it looks for the end of a value it notes what the value holds (references, control characters, anything
//! beyond ASCII), so that a plain one is never looked at again.

use super::class::{NAME, START, WHITE, is};
use super::lookup;
use crate::fault::{Fault, says};
use lockgate_bytes::Span;
use lockgate_reason::schema;

/// The value holds a reference such as `&amp;`.
pub(crate) const REFERENCE: u8 = 1;
/// It holds a control character, white space other than the plain one included.
pub(crate) const CONTROL: u8 = 2;
/// It holds a character beyond ASCII.
pub(crate) const BEYOND: u8 = 4;

/// A name as it stands in the object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Name {
    pub(crate) span: Span,
    /// Where its colon stands; zero where it has none (a name never begins an object).
    pub(crate) colon: u32,
    pub(crate) head: u64,
    pub(crate) hash: u64,
}

/// An attribute as it stands in the object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Token {
    pub(crate) name: Name,
    pub(crate) value: Span,
    /// What the value holds.
    pub(crate) holds: u8,
    /// A namespace declaration.
    pub(crate) declares: bool,
}

/// A start tag; its attributes are in [`Scanner::tokens`] until the next one is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tag {
    pub(crate) name: Name,
    /// From `<` to after `>`.
    pub(crate) span: Span,
    /// Written `<name/>`.
    pub(crate) empty: bool,
}

/// Room for the attributes of one element; owned by the caller, so that it is never moved.
pub(crate) type Tokens = [Token; 64];

/// The bytes, and how far they have been read. A method that gives `None` has left a fault in [`Scanner::fault`]:
/// results that fit into registers are what makes this fast.
pub(crate) struct Scanner<'a, 't> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    most: usize,
    tokens: &'t mut Tokens,
    pub(crate) count: usize,
    /// The last start tag.
    pub(crate) tag: Tag,
    /// It declares a namespace.
    pub(crate) declares: bool,
    pub(crate) fault: Fault,
}

impl<'a, 't> Scanner<'a, 't> {
    pub(crate) fn new(bytes: &'a [u8], at: usize, most: u8, tokens: &'t mut Tokens) -> Self {
        let fault = Fault::new(schema::NOT_WELL_FORMED, 0, 0);
        let (most, tag) = (usize::from(most), Tag::default());
        Self { bytes, at, most, tokens, count: 0, tag, declares: false, fault }
    }

    /// Attributes of the last start tag.
    #[inline]
    pub(crate) fn tokens(&self) -> &[Token] {
        self.tokens.get(..self.count).unwrap_or(&[])
    }

    #[inline]
    pub(crate) fn token(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index)
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
        self.at = self.after(WHITE);
    }

    /// The place of the first byte that is not of the class.
    #[inline]
    fn after(&self, kind: u8) -> usize {
        let mut at = self.at;
        while let Some(byte) = self.bytes.get(at)
            && is(*byte, kind)
        {
            at = at.wrapping_add(1);
        }
        at
    }

    /// The byte behind the next one.
    #[inline]
    pub(crate) fn second(&self) -> Option<u8> {
        self.bytes.get(self.at.wrapping_add(1)).copied()
    }

    /// Leaves a fault.
    #[cold]
    pub(crate) fn fail<T>(&mut self, fault: Fault) -> Option<T> {
        self.fault = fault;
        None
    }

    /// The next byte is wrong, or it should not end here.
    #[cold]
    pub(crate) fn broken<T>(&mut self, says: &'static str) -> Option<T> {
        let end = self.bytes.len();
        let fault = if self.at >= end {
            Fault::new(schema::NOT_WELL_FORMED, end, end).saying(says::CUT_OFF)
        } else {
            Fault::new(schema::NOT_WELL_FORMED, self.at, self.at.wrapping_add(1)).saying(says)
        };
        self.fail(fault)
    }

    /// At a `<` that begins neither a start tag nor an end tag: what is wrong.
    #[cold]
    pub(crate) fn forbidden<T>(&mut self) -> Option<T> {
        let after = self.at.wrapping_add(2);
        let fault = match self.second() {
            Some(b'!') => Fault::new(schema::FORBIDDEN_CONSTRUCT, self.at, after).saying(says::DECLARATION),
            Some(b'?') => Fault::new(schema::FORBIDDEN_CONSTRUCT, self.at, after).saying(says::INSTRUCTION),
            _ => {
                Fault::new(schema::NOT_WELL_FORMED, self.bytes.len(), self.bytes.len()).saying(says::CUT_OFF)
            }
        };
        self.fail(fault)
    }

    /// Text between elements, up to the next `<`.
    #[cold]
    pub(crate) fn stray<T>(&mut self) -> Option<T> {
        let rest = self.slice(self.at, self.bytes.len());
        let length = rest.iter().position(|byte| *byte == b'<').unwrap_or(rest.len());
        self.fail(Fault::new(schema::UNEXPECTED_TEXT, self.at, self.at.wrapping_add(length)))
    }

    /// Reads a start tag; the `<` comes next.
    #[inline]
    pub(crate) fn start_tag(&mut self) -> Option<()> {
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
                    self.tag = Tag { name, span: Span::new(start, self.at), empty: false };
                    return Some(());
                }
                Some(b'/') => {
                    self.step();
                    if self.peek() != Some(b'>') {
                        return self.broken(says::NO_CLOSE);
                    }
                    self.step();
                    self.tag = Tag { name, span: Span::new(start, self.at), empty: true };
                    return Some(());
                }
                None => return self.broken(says::CUT_OFF),
                Some(_) if self.at == before => return self.broken(says::NO_SPACE),
                Some(_) => self.attribute(&mut filter)?,
            }
        }
    }

    /// Reads the end tag of `name`; the `</` comes next.
    #[inline]
    pub(crate) fn end_tag(&mut self, name: &Name) -> Option<()> {
        let start = self.at;
        let from = start.wrapping_add(2);
        let length = name.span.len();
        let end = from.wrapping_add(length);
        let same = lookup::head(self.bytes, from, length) == name.head
            && end <= self.bytes.len()
            && (length <= 8 || self.slice(from, end) == name.span.of(self.bytes));
        self.at = end;
        match self.peek() {
            Some(b'>') if same => {
                self.step();
                return Some(());
            }
            Some(byte) if same && is(byte, WHITE) => {}
            None if same => return self.broken(says::NO_CLOSE),
            _ => {
                return self.fail(Fault::new(schema::NOT_WELL_FORMED, start, from).saying(says::WRONG_END));
            }
        }
        self.white();
        if self.peek() != Some(b'>') {
            return self.broken(says::NO_CLOSE);
        }
        self.step();
        Some(())
    }

    /// Reads text up to the next `<`; gives what it holds.
    #[inline]
    pub(crate) fn text(&mut self) -> Option<u8> {
        let mut holds = 0;
        loop {
            match self.plain(b']') {
                None => return self.broken(says::CUT_OFF),
                Some(b'<') => return Some(holds),
                Some(b'&') => holds |= self.reference(false)?,
                Some(b']') => {
                    let end = self.at.wrapping_add(3);
                    if self.slice(self.at, end) == b"]]>" {
                        return self.fail(
                            Fault::new(schema::NOT_WELL_FORMED, self.at, end).saying(says::SECTION_END),
                        );
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
    fn attribute(&mut self, filter: &mut u64) -> Option<()> {
        let name = self.name()?;
        if self.count >= self.most {
            return self.fail(Fault { code: schema::TOO_MANY_ATTRIBUTES, span: name.span, says: None });
        }
        let bit = 1_u64.wrapping_shl(u32::try_from(name.hash >> 58).unwrap_or(0));
        if *filter & bit != 0 && self.stands_already(&name) {
            return self.fail(Fault { code: schema::DUPLICATE, span: name.span, says: None });
        }
        *filter |= bit;
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
        let start = self.at;
        let holds = self.value(quote)?;
        let declares = is_declaration(&name);
        self.declares |= declares;
        if let Some(place) = self.tokens.get_mut(self.count) {
            *place = Token { name, value: Span::new(start, self.at), holds, declares };
            self.count = self.count.wrapping_add(1);
        }
        self.step();
        Some(())
    }

    /// Reads up to the closing quote, and leaves it next; gives what the value holds.
    #[inline]
    fn value(&mut self, quote: u8) -> Option<u8> {
        let mut holds = 0;
        loop {
            match self.plain(quote) {
                None => return self.broken(says::CUT_OFF),
                Some(byte) if byte == quote => return Some(holds),
                Some(b'<') => return self.broken(says::RAW_LESS),
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
    fn reference(&mut self, in_attribute: bool) -> Option<u8> {
        match reference(self.slice(self.at, self.bytes.len())) {
            Some((byte, length)) if in_attribute || byte != b'\n' => {
                self.at = self.at.wrapping_add(length);
                Some(REFERENCE)
            }
            _ => {
                let end = self.at.wrapping_add(1);
                self.fail(Fault::new(schema::FORBIDDEN_CONSTRUCT, self.at, end).saying(says::ENTITY))
            }
        }
    }

    #[inline(always)]
    fn name(&mut self) -> Option<Name> {
        let start = self.at;
        let mut colon = 0_usize;
        loop {
            match self.peek() {
                Some(byte) if is(byte, START) => self.step(),
                _ => return self.broken(says::NO_NAME),
            }
            self.at = self.after(NAME);
            if self.peek() != Some(b':') {
                break;
            }
            if colon != 0 {
                return self.broken(says::NO_NAME);
            }
            colon = self.at;
            self.step();
        }
        let length = self.at.wrapping_sub(start);
        let head = lookup::head(self.bytes, start, length);
        let colon = u32::try_from(colon).unwrap_or(u32::MAX);
        Some(Name { span: Span::new(start, self.at), colon, head, hash: lookup::hash(head, length) })
    }

    #[cold]
    fn stands_already(&self, name: &Name) -> bool {
        let raw = name.span.of(self.bytes);
        self.tokens().iter().any(|token| token.name.span.of(self.bytes) == raw)
    }
}

/// True for `xmlns` and `xmlns:p`.
#[inline]
fn is_declaration(name: &Name) -> bool {
    const XMLNS: u64 = u64::from_le_bytes(*b"xmlns\0\0\0");
    let end = if name.colon == 0 { name.span.end } else { name.colon };
    name.head & 0xFF_FFFF_FFFF == XMLNS && end.wrapping_sub(name.span.start) == 5
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
