//! Bytes from outside, and the only way through them: forward.

use crate::Span;
use core::fmt;

/// Bytes that nobody has inspected. They cannot be printed, compared or indexed by accident.
#[derive(Clone, Copy)]
pub struct Untrusted<'a>(&'a [u8]);

impl<'a> Untrusted<'a> {
    /// Takes bytes as they came.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// True where there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// A forward-only reader from the first byte.
    pub fn reader(self) -> Reader<'a> {
        Reader { bytes: self.0, at: 0 }
    }

    /// The escape hatch for inspectors and hashing; `xtask tidy` lists who may call it.
    pub fn bytes_for_inspection(self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Debug for Untrusted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Untrusted({} bytes)", self.0.len())
    }
}

/// Reads bytes once, first to last; it never goes back and never reads past the end.
#[derive(Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Offset of the next byte.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// The next byte, left where it is.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// All that has not been read yet, left where it is.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    /// Takes the next byte.
    #[inline]
    pub fn byte(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    /// Takes the next `count` bytes, or none of them.
    #[inline]
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// Takes `expected` where it comes next.
    #[inline]
    pub fn eat(&mut self, expected: &[u8]) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at = self.at.saturating_add(expected.len());
        }
        found
    }

    /// The span from `start` to the next byte.
    #[inline]
    pub fn since(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// True where everything has been read.
    #[inline]
    pub fn at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Reader(at {} of {})", self.at, self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Untrusted;
    use alloc::format;

    #[test]
    fn the_payload_is_never_shown() {
        let secret = Untrusted::new(b"secret");
        assert_eq!(format!("{secret:?}"), "Untrusted(6 bytes)");
        assert_eq!(format!("{:?}", secret.reader()), "Reader(at 0 of 6)");
    }

    #[test]
    fn reading_takes_all_or_nothing() {
        let mut reader = Untrusted::new(b"abc").reader();
        assert_eq!(reader.take(4), None);
        assert_eq!(reader.take(2), Some(&b"ab"[..]));
        assert!(!reader.eat(b"x"));
        assert_eq!(reader.byte(), Some(b'c'));
        assert!(reader.at_end() && reader.byte().is_none());
        assert_eq!(reader.since(1).len(), 2);
    }
}
