//! Sealing what is stored: XChaCha20-Poly1305 (RFC 8439, and draft-irtf-cfrg-xchacha-03 for the long nonce).
//!
//! A nonce is 24 random bytes, so no counter has to survive a crash. What is sealed is bound to what it is: object or
//! account, hash and length are associated data, and cannot be given to another.

use crate::Fault;
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce};

/// Bytes of a nonce.
pub(crate) const NONCE: usize = 24;
/// Bytes of a tag.
pub(crate) const TAG: usize = 16;
/// What the key of a store is tried on.
const TRIAL: &[u8] = b"lockgate hold key";

/// The key of a store: 256 bits. It is wiped from memory when it is dropped.
pub struct Key(XChaCha20Poly1305);

impl core::fmt::Debug for Key {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Key(..)")
    }
}

impl Key {
    /// Most bytes that a key file needs to have; read no more.
    pub const FILE_BYTES_MAX: u64 = 256;

    /// Reads a key file: 64 hexadecimal digits, and a line break at the end if there is one.
    ///
    /// # Errors
    /// [`Fault::NotAKey`] for anything else, and for a key whose bytes are all equal.
    pub fn parse(file: &[u8]) -> Result<Self, Fault> {
        let digits = file.trim_ascii();
        if digits.len() != 64 {
            return Err(Fault::NotAKey("it has more or fewer characters"));
        }
        let mut key = [0_u8; 32];
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let text =
                core::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|d| d.is_ascii_hexdigit()));
            let value = text.and_then(|pair| u8::from_str_radix(pair, 16).ok());
            *byte = value.ok_or(Fault::NotAKey("it has characters that are no hexadecimal digits"))?;
        }
        if key.iter().all(|byte| Some(byte) == key.first()) {
            return Err(Fault::NotAKey("all of its bytes are equal, so nobody drew it at random"));
        }
        Ok(Self(XChaCha20Poly1305::new(&key.into())))
    }

    /// Seals `bytes` where they stand.
    pub(crate) fn seal(&self, bytes: &mut [u8], bound: &[u8]) -> Result<([u8; NONCE], [u8; TAG]), Fault> {
        let nonce: [u8; NONCE] = random()?;
        let tag = self.0.encrypt_inout_detached(&XNonce::from(nonce), bound, bytes.into());
        // The only fault that the cipher knows is a length of 256 GiB.
        let tag = tag.map_err(|_| Fault::TooLarge { size: u64::MAX, most: u64::from(u32::MAX) })?;
        Ok((nonce, tag.into()))
    }

    /// Opens `bytes` where they stand; `None` where they, what they are bound to or the key is another.
    pub(crate) fn open(
        &self,
        bytes: &mut [u8],
        bound: &[u8],
        nonce: [u8; NONCE],
        tag: [u8; TAG],
    ) -> Option<()> {
        self.0.decrypt_inout_detached(&XNonce::from(nonce), bound, bytes.into(), &Tag::from(tag)).ok()
    }

    /// What only this key opens, kept beside a store.
    pub(crate) fn trial(&self, store: &[u8; 16]) -> Result<Trial, Fault> {
        let mut bound = TRIAL.to_vec();
        bound.extend_from_slice(store);
        let (nonce, tag) = self.seal(&mut [], &bound)?;
        Ok(Trial { nonce, tag })
    }

    /// Whether `trial` was made with this key for this store.
    pub(crate) fn made(&self, trial: &Trial, store: &[u8; 16]) -> bool {
        let mut bound = TRIAL.to_vec();
        bound.extend_from_slice(store);
        self.open(&mut [], &bound, trial.nonce, trial.tag).is_some()
    }
}

/// See [`Key::trial`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trial {
    pub(crate) nonce: [u8; NONCE],
    pub(crate) tag: [u8; TAG],
}

/// Random bytes of the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Fault::NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Key, random};

    fn key(text: &str) -> Key {
        Key::parse(text.repeat(32).as_bytes()).unwrap_or_else(|_| {
            let mut digits = text.repeat(31);
            digits.push_str("0f");
            Key::parse(digits.as_bytes()).unwrap()
        })
    }

    #[test]
    fn only_the_same_key_for_the_same_thing_opens() {
        let (mine, other) = (key("a1"), key("a2"));
        let mut bytes = *b"held object";
        let (nonce, tag) = mine.seal(&mut bytes, b"this").unwrap();
        assert_ne!(&bytes, b"held object");
        assert!(other.open(&mut bytes.clone(), b"this", nonce, tag).is_none());
        assert!(mine.open(&mut bytes.clone(), b"that", nonce, tag).is_none());
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(mine.open(&mut flipped, b"this", nonce, tag).is_none());
        }
        assert!(mine.open(&mut bytes, b"this", nonce, tag).is_some());
        assert_eq!(&bytes, b"held object");
        let trial = mine.trial(&[7; 16]).unwrap();
        assert!(mine.made(&trial, &[7; 16]) && !mine.made(&trial, &[8; 16]) && !other.made(&trial, &[7; 16]));
        assert_eq!(format!("{mine:?}"), "Key(..)");
    }

    #[test]
    fn the_published_test_vector_is_met() {
        // draft-irtf-cfrg-xchacha-03, A.3.1.
        let digits: String = (0x80_u8..0xa0).map(|byte| format!("{byte:02x}")).collect();
        let key = Key::parse(digits.as_bytes()).unwrap();
        let bound = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let mut nonce = [0_u8; 24];
        (0x40_u8..0x58).zip(&mut nonce).for_each(|(value, place)| *place = value);
        let tag =
            [0xc0, 0x87, 0x59, 0x24, 0xc1, 0xc7, 0x98, 0x79, 0x47, 0xde, 0xaf, 0xd8, 0x78, 0x0a, 0xcf, 0x49];
        let mut sealed = *b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for \
            the future, sunscreen would be it.";
        let plain = sealed;
        // The published cipher text begins so; the tag covers all of it.
        let (_, _) = key.seal(&mut [], &bound).unwrap();
        use chacha20poly1305::aead::AeadInOut as _;
        let made = key.0.encrypt_inout_detached(&nonce.into(), &bound, (&mut sealed[..]).into()).unwrap();
        assert_eq!(<[u8; 16]>::from(made), tag);
        assert_eq!(&sealed[..8], &[0xbd, 0x6d, 0x17, 0x9d, 0x3e, 0x83, 0xd4, 0x3b]);
        assert!(key.open(&mut sealed, &bound, nonce, tag).is_some());
        assert_eq!(sealed, plain);
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        for bad in ["", "00", &"0".repeat(64), &"zz".repeat(32), &"+1".repeat(32), &"a1".repeat(33)] {
            assert!(Key::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Key::parse(format!("{}0f\n", "a1".repeat(31)).as_bytes()).is_ok());
    }

    #[test]
    fn random_bytes_differ() {
        assert_ne!(random::<24>().unwrap(), random::<24>().unwrap());
    }
}
