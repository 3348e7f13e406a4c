//! Two keys: one shared, which tells our datagrams from all others; one of the sender alone, which signs manifests.

use crate::tags::{self, SIDE, Tag};
use core::fmt;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

/// Bytes of a datagram's tag.
pub const TAG_BYTES: usize = 16;
/// What the key of tags is derived under (BLAKE3, `derive_key` mode).
const TAG_CONTEXT: &str = "lockgate diode 1 2026-11-22 datagram tag";

/// What both ends of a link share. Whoever has it can forge datagrams, the receiver included; manifests are signed.
#[derive(Clone)]
pub struct LinkKey(Zeroizing<[u8; 32]>);

impl LinkKey {
    /// Derives the key of tags from the link's secret: 32 bytes of chance.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(Zeroizing::new(blake3::derive_key(TAG_CONTEXT, secret)))
    }

    /// The tag of a datagram: keyed BLAKE3 over all that stands before it, its first 16 bytes.
    pub fn tag(&self, datagram: &[u8]) -> [u8; TAG_BYTES] {
        let full = blake3::keyed_hash(&self.0, datagram);
        let (tag, _) = full.as_bytes().split_first_chunk().unwrap_or((&[0; TAG_BYTES], &[]));
        *tag
    }

    /// The tags of up to [`SIDE`] datagrams, the first of them first; those of one length are found side by side.
    pub(crate) fn tags(&self, datagrams: &[&[u8]]) -> [Tag; SIDE] {
        tags::side_by_side(&self.0, datagrams).unwrap_or_else(|| {
            let mut tags = [[0; TAG_BYTES]; SIDE];
            tags.iter_mut().zip(datagrams).for_each(|(tag, datagram)| *tag = self.tag(datagram));
            tags
        })
    }

    /// True where `tag` belongs to `datagram`; takes the same time either way.
    pub fn fits(&self, datagram: &[u8], tag: &[u8; TAG_BYTES]) -> bool {
        is_same(&self.tag(datagram), tag)
    }
}

/// True where two tags are one; takes the same time either way.
pub(crate) fn is_same(ours: &Tag, theirs: &Tag) -> bool {
    // One bit of difference anywhere leaves a bit here; nothing ends early.
    let apart = ours.iter().zip(theirs).fold(0_u8, |apart, (a, b)| apart | (a ^ b));
    core::hint::black_box(apart) == 0
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("LinkKey(..)")
    }
}

/// The sender's own key, Ed25519 (RFC 8032): it signs manifests.
pub struct ManifestSecret(SigningKey);

impl ManifestSecret {
    /// The key with this seed of 32 bytes.
    pub fn new(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// What receivers check with.
    pub fn public(&self) -> ManifestKey {
        ManifestKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.0.sign(text).to_bytes()
    }
}

impl fmt::Debug for ManifestSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ManifestSecret(..)")
    }
}

/// Checks what [`ManifestSecret`] signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestKey(VerifyingKey);

impl ManifestKey {
    /// Reads the raw 32 bytes; `None` where they are no point, or one of small order, for which anybody could sign.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak()).map(Self)
    }

    /// The raw 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(crate) fn verifies(&self, text: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(text, &Signature::from_bytes(signature)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{LinkKey, ManifestKey, ManifestSecret};
    use alloc::format;

    #[test]
    fn a_tag_fits_its_datagram_and_its_key_alone() {
        let key = LinkKey::new(&[7; 32]);
        let tag = key.tag(b"datagram");
        assert!(key.fits(b"datagram", &tag));
        assert!(!key.fits(b"datagran", &tag));
        assert!(!LinkKey::new(&[8; 32]).fits(b"datagram", &tag));
        for bit in 0..128 {
            let mut other = tag;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!key.fits(b"datagram", &other), "bit {bit}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let shown = format!("{:?} {:?}", LinkKey::new(&[7; 32]), ManifestSecret::new(&[7; 32]));
        assert_eq!(shown, "LinkKey(..) ManifestSecret(..)");
    }

    #[test]
    fn a_point_of_small_order_is_no_key() {
        let mut one = [0; 32];
        one[0] = 1;
        assert_eq!(ManifestKey::from_bytes(&one), None);
        let key = ManifestSecret::new(&[3; 32]).public();
        assert_eq!(ManifestKey::from_bytes(key.as_bytes()), Some(key));
    }
}
