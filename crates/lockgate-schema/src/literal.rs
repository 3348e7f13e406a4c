//! Texts that a type knows beforehand, compared in one or two words.

/// A text that most objects hold as it is: a tag as it begins or ends, an attribute up to its value.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) text: Box<[u8]>,
    /// Its first 32 bytes; zeros behind it.
    pub(crate) head: [u8; 32],
    /// Which bits of the first 16 of them count.
    mask: u128,
    /// Its last 16 bytes as a number, and where they begin, where it has more than 16.
    last: u128,
    from: usize,
}

impl Literal {
    /// The literal that says `text`.
    pub(crate) fn new(text: &str) -> Self {
        let mut head = [0_u8; 32];
        for (place, byte) in head.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        let first = head.first_chunk::<16>().copied().unwrap_or_default();
        let mask = text.bytes().zip(&first).fold(0_u128, |mask, _| mask.wrapping_shl(8) | 0xFF);
        let (last, from) = match text.as_bytes().last_chunk::<16>() {
            Some(last) => (u128::from_le_bytes(*last), text.len().saturating_sub(last.len())),
            None => (0, 0),
        };
        Self { text: text.as_bytes().into(), head, mask, last, from }
    }

    /// Number of bytes.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// True where it stands in `bytes` at `at`.
    #[inline]
    pub(crate) fn stands(&self, bytes: &[u8], at: usize) -> bool {
        let Some(rest) = bytes.get(at..) else { return false };
        match rest.first_chunk::<16>() {
            Some(chunk) => {
                let word = self.head.first_chunk::<16>().map_or(0, |first| u128::from_le_bytes(*first));
                let differs = (u128::from_le_bytes(*chunk) ^ word) & self.mask;
                differs == 0 && (self.from == 0 || self.goes_on(rest))
            }
            None => rest.starts_with(&self.text),
        }
    }

    /// The same of all of it, where its head stands.
    #[inline]
    fn goes_on(&self, rest: &[u8]) -> bool {
        let last = rest.get(self.from..).and_then(|rest| rest.first_chunk::<16>());
        last.is_some_and(|last| u128::from_le_bytes(*last) == self.last)
            && (self.text.len() <= 32 || rest.starts_with(&self.text))
    }
}
