//! Where in an object something stands.

/// A half-open range of bytes of one object: `start..end`, offsets from the object's first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`; an inverted range becomes empty at `start`, a place beyond 4 GiB saturates.
    #[inline]
    pub fn new(start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        Self { start, end: end.max(start) }
    }

    /// Number of bytes.
    #[inline]
    pub fn len(self) -> usize {
        usize::try_from(self.end.saturating_sub(self.start)).unwrap_or(0)
    }

    /// True where nothing is covered.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The bytes of `source` that this span covers; empty where it lies outside of them.
    #[inline]
    pub fn of(self, source: &[u8]) -> &[u8] {
        let start = usize::try_from(self.start).unwrap_or(usize::MAX);
        let end = usize::try_from(self.end).unwrap_or(usize::MAX);
        source.get(start..end).unwrap_or(&[])
    }

    /// The same range, counted from an object that begins `by` bytes earlier.
    pub fn shifted(self, by: usize) -> Self {
        let by = u32::try_from(by).unwrap_or(u32::MAX);
        Self { start: self.start.saturating_add(by), end: self.end.saturating_add(by) }
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn a_span_outside_its_source_covers_nothing() {
        assert_eq!(Span::new(2, 9).of(b"abc"), b"");
        assert_eq!(Span::new(1, 3).of(b"abc"), b"bc");
        assert_eq!(Span::new(5, 3).len(), 0);
    }
}
