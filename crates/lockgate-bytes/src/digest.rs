//! SHA-256 names objects in every contract (FIPS 180-4).

use core::fmt;
use sha2::{Digest as _, Sha256};

/// The 32 bytes of a SHA-256 digest; shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Reads the 64 lower-case hexadecimal digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
        let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (digit(*high)? << 4) | digit(*low)?;
        }
        Some(Self(bytes))
    }

    /// The SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 64 hexadecimal digits.
    pub fn hex(&self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'0'; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            if let [high, low] = pair {
                *high = DIGITS.get(usize::from(byte >> 4)).copied().unwrap_or(b'0');
                *low = DIGITS.get(usize::from(byte & 15)).copied().unwrap_or(b'0');
            }
        }
        text
    }
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => letter.checked_sub(b'0'),
        b'a'..=b'f' => letter.checked_sub(b'a')?.checked_add(10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(core::str::from_utf8(&self.hex()).unwrap_or(""))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;
    use alloc::string::ToString;

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // FIPS 180-4, example of one block.
        let shown = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").to_string(), shown);
    }

    #[test]
    fn a_digest_is_shown_in_lower_case_hexadecimal() {
        let mut bytes = [0_u8; 32];
        bytes[0] = 0xAF;
        assert!(Digest(bytes).to_string().starts_with("af00"));
        assert_eq!(Digest(bytes).to_string().len(), 64);
        assert_eq!(Digest::parse(&Digest(bytes).to_string()), Some(Digest(bytes)));
    }

    #[test]
    fn other_texts_are_no_digest() {
        for text in
            ["", "af", &"AF".repeat(32), &"0g".repeat(32), &"0".repeat(63), &"0".repeat(65), &"é".repeat(32)]
        {
            assert_eq!(Digest::parse(text), None, "{text}");
        }
    }
}
