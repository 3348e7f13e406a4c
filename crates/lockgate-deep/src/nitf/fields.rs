//! Fields of fixed width, one after the other.

/// Reads forward through fixed fields.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes that were read so far.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next field of this width.
    pub(super) fn text(&mut self, width: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(width)?;
        let field = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(field)
    }

    /// The next field of `N` bytes.
    pub(super) fn fixed<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        self.text(N)?.first_chunk()
    }

    /// The next field, a number in decimal digits and nothing else.
    pub(super) fn number(&mut self, width: usize) -> Option<usize> {
        number(self.text(width)?)
    }

    /// Passes over fields that say nothing here.
    pub(super) fn skip(&mut self, width: usize) -> Option<()> {
        self.text(width).map(|_| ())
    }
}

/// Decimal digits, all of them.
pub(super) fn number(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0_usize, |sum, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        sum.checked_mul(10)?.checked_add(usize::try_from(digit).ok()?)
    })
}
