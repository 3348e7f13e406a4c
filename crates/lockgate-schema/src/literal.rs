//! Texts that a type knows beforehand, compared in one or two words.

/// A text that most objects hold as it is: a tag as it begins or ends, an attribute up to its value.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) text: Box<[u8]>,
    /// Its first 16 bytes; zeros behind it.
    pub(crate) head: [u8; 16],
    /// The same as a number, and which bits of it count.
    word: u128,
    mask: u128,
}

impl Literal {
    /// The literal that says `text`.
    pub(crate) fn new(text: &str) -> Self {
        let mut head = [0_u8; 16];
        for (place, byte) in head.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        let mask = text.bytes().zip(&head).fold(0_u128, |mask, _| mask.wrapping_shl(8) | 0xFF);
        Self { text: text.as_bytes().into(), head, word: u128::from_le_bytes(head), mask }
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
                let differs = (u128::from_le_bytes(*chunk) ^ self.word) & self.mask;
                differs == 0 && (self.text.len() <= chunk.len() || rest.starts_with(&self.text))
            }
            None => rest.starts_with(&self.text),
        }
    }
}
