//! The compiled program's scanner: one pass over the bytes, eight at a time where they are plain.
//!
//! While it looks for the end of a value it notes what the value holds (references, control characters, anything
//! beyond ASCII), so that a plain one is never looked at again.

use super::class::{NAME, START, WHITE, is};
use super::lookup::Key;
use super::word::{Ends, HIGH, ONES, equal, last_word};
use crate::fault::{Fault, says};
use crate::literal::Literal;
use lockgate_bytes::Span;
use lockgate_reason::schema;

/// The value holds a reference such as `&amp;`.
pub(crate) const REFERENCE: u8 = 1;
/// It holds a control character, white space other than the plain one included.
pub(crate) const CONTROL: u8 = 2;
/// It holds a character beyond ASCII.
pub(crate) const BEYOND: u8 = 4;
/// It is the value of an attribute and holds a line break as it stands: XML has readers see a blank there.
pub(crate) const BREAK: u8 = 8;

/// The number of an attribute that its element does not describe.
pub(crate) const UNKNOWN: u16 = u16::MAX;

/// A name as it stands in the object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Name {
    pub(crate) span: Span,
    /// Where its colon stands; zero where it has none (a name never begins an object).
    pub(crate) colon: u32,
}

/// An attribute as it stands in the object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Token {
    pub(crate) name: Name,
    pub(crate) value: Span,
    /// Its number among those that the element describes, or [`UNKNOWN`].
    pub(crate) field: u16,
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

/// Room for the attributes of one element that is read with care; owned by the caller, so that it is never moved. Most objects
/// have no such element, and then it is never made.
pub(crate) type Tokens = Option<[Token; 64]>;

/// The bytes, and how far they have been read. A method that gives `None` has left a fault in [`Scanner::fault`]:
/// results that fit into registers are what makes this fast.
pub(crate) struct Scanner<'a, 't> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    pub(super) most: usize,
    pub(super) tokens: &'t mut Tokens,
    pub(crate) count: usize,
    /// The last start tag.
    pub(crate) tag: Tag,
    /// It declares a namespace.
    pub(crate) declares: bool,
    /// Which of the described attributes it has, a bit each.
    pub(crate) seen: u64,
    /// All that was read so far is written as the canonical encoding writes it.
    pub(crate) exact: bool,
    pub(crate) fault: Fault,
}

impl<'a, 't> Scanner<'a, 't> {
    pub(crate) fn new(bytes: &'a [u8], at: usize, most: u8, tokens: &'t mut Tokens) -> Self {
        let fault = Fault::new(schema::NOT_WELL_FORMED, 0, 0);
        let (most, tag) = (usize::from(most), Tag::default());
        let exact = at == 0;
        Self { bytes, at, most, tokens, count: 0, tag, declares: false, seen: 0, exact, fault }
    }

    /// Attributes of the last start tag.
    #[inline]
    pub(crate) fn tokens(&self) -> &[Token] {
        self.tokens.as_ref().and_then(|tokens| tokens.get(..self.count)).unwrap_or(&[])
    }

    #[inline]
    pub(crate) fn token(&self, index: usize) -> Option<&Token> {
        self.tokens.as_ref()?.get(index)
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
    pub(super) fn step(&mut self) {
        self.at = self.at.wrapping_add(1);
    }

    /// Skips white space, which the canonical encoding has nowhere.
    #[inline]
    pub(crate) fn white(&mut self) {
        if self.peek().is_some_and(|byte| is(byte, WHITE)) {
            self.at = self.after(WHITE);
            self.exact = false;
        }
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

    /// Reads the end tag of `name`, which is written `usual` as a rule; the `</` comes next.
    #[inline]
    pub(crate) fn end_tag(&mut self, name: &Name, usual: &Literal) -> Option<()> {
        if name.colon == 0 && usual.stands(self.bytes, self.at) {
            self.at = self.at.wrapping_add(usual.len());
            return Some(());
        }
        self.other_end_tag(name)
    }

    /// Reads the end tag of `name`, however it is written; the `</` comes next.
    #[cold]
    pub(crate) fn other_end_tag(&mut self, name: &Name) -> Option<()> {
        let start = self.at;
        let from = start.wrapping_add(2);
        let end = from.wrapping_add(name.span.len());
        let same = end <= self.bytes.len() && self.slice(from, end) == name.span.of(self.bytes);
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
            match self.plain(|word| equal(word, b'<') | equal(word, b'&') | equal(word, b']')) {
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

    /// Reads up to the closing quote, and leaves it next; gives what the value holds.
    pub(super) fn value(&mut self, quote: u8) -> Option<u8> {
        let ends = Ends::of(quote);
        let mut holds = 0;
        loop {
            match self.plain(|word| ends.mark(word) | equal(word, b'<')) {
                None => return self.broken(says::CUT_OFF),
                Some(byte) if byte == quote => return Some(holds),
                Some(b'<') => return self.broken(says::RAW_LESS),
                Some(b'&') => holds |= self.reference(true)?,
                Some(byte) => {
                    holds |= match byte {
                        b'\n' => CONTROL | BREAK,
                        0..0x80 => CONTROL,
                        _ => BEYOND,
                    };
                    self.step();
                }
            }
        }
    }

    /// Skips plain bytes; gives the next one that `stops`, is a control character or beyond ASCII.
    #[inline(always)]
    fn plain(&mut self, stops: impl Fn(u64) -> u64) -> Option<u8> {
        let mut rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let mut skipped = 0_usize;
        loop {
            let (word, after) = match rest.split_first_chunk::<8>() {
                Some((chunk, after)) => (u64::from_le_bytes(*chunk), after),
                None if rest.is_empty() => {
                    self.at = self.bytes.len();
                    return None;
                }
                None => (last_word(rest), &[][..]),
            };
            // The lowest mark is exact, whatever stands above it.
            let control = word.wrapping_sub(ONES.wrapping_mul(0x20)) & !word;
            let beyond = word | word.wrapping_add(ONES);
            let found = (stops(word) | control | beyond) & HIGH;
            if found != 0 {
                let offset = usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0);
                self.at = self.at.wrapping_add(skipped).wrapping_add(offset);
                return self.peek();
            }
            skipped = skipped.wrapping_add(8);
            rest = after;
        }
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

    /// Reads a name, byte by byte.
    pub(super) fn name(&mut self) -> Option<Name> {
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
        let colon = u32::try_from(colon).unwrap_or(u32::MAX);
        Some(Name { span: Span::new(start, self.at), colon })
    }

    /// The key of a name without its prefix.
    pub(super) fn key(&self, name: &Name) -> Key {
        let local = self.local(name);
        Key::at(local, 0, local.len())
    }

    /// A name without its prefix.
    #[inline]
    pub(crate) fn local(&self, name: &Name) -> &'a [u8] {
        let start = if name.colon == 0 { name.span.start } else { name.colon.wrapping_add(1) };
        Span { start, end: name.span.end }.of(self.bytes)
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
