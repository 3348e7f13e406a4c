//! SHA-256 names objects in every contract (FIPS 180-4); BLAKE3 is the name by which an object crosses a link.

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
        let mut text = [b'0'; 64];
        for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = PAIRS.get(usize::from(byte)).copied().unwrap_or(*pair);
        }
        text
    }
}

/// The 32 bytes of the BLAKE3 of an object (hash mode of its paper, section 2): what a one-way link names it by. Shown as a
/// [`Digest`] is. A type of its own, so that neither hash is ever taken for the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Crossing(pub [u8; 32]);

impl Crossing {
    /// The BLAKE3 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The 64 lower-case hexadecimal digits.
    pub fn hex(&self) -> [u8; 64] {
        Digest(self.0).hex()
    }
}

impl fmt::Display for Crossing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Digest(self.0), out)
    }
}

impl fmt::Debug for Crossing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// The two digits of each byte.
static PAIRS: [[u8; 2]; 256] = pairs();

const fn pairs() -> [[u8; 2]; 256] {
    let mut pairs = [[b'0'; 2]; 256];
    let (mut rest, mut byte): (&mut [[u8; 2]], u8) = (&mut pairs, 0);
    while let Some((pair, after)) = rest.split_first_mut() {
        *pair = [letter(byte >> 4), letter(byte & 15)];
        rest = after;
        byte = byte.wrapping_add(1);
    }
    pairs
}

const fn letter(digit: u8) -> u8 {
    if digit < 10 { b'0'.wrapping_add(digit) } else { b'a'.wrapping_add(digit.wrapping_sub(10)) }
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
    use super::{Crossing, Digest};
    use alloc::string::ToString;

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // FIPS 180-4, example of one block.
        let shown = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").to_string(), shown);
    }

    #[test]
    fn the_name_that_crosses_is_blake3() {
        // test_vectors.json of the authors: no bytes; and bytes that count from 0 to 250, over and over, 1,025 of them: two chunks.
        let none = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        let two = "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444";
        let bytes: alloc::vec::Vec<u8> = (0..1_025_u32).map(|at| (at % 251) as u8).collect();
        assert_eq!(Crossing::of(b"").to_string(), none);
        assert_eq!(Crossing::of(&bytes).to_string(), two);
        assert_eq!(Crossing::of(&bytes).hex(), *two.as_bytes().first_chunk().unwrap());
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
    fn every_byte_is_shown_as_the_standard_library_shows_it() {
        for byte in 0..=255_u8 {
            let shown = alloc::format!("{byte:02x}").repeat(32);
            assert_eq!(Digest([byte; 32]).to_string(), shown);
            assert_eq!(Digest::parse(&shown), Some(Digest([byte; 32])));
        }
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
