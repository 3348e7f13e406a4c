//! What binds an object to the release that was put on record: a tag that only one process can make.

use crate::{Crossing, Digest, Sealed};
use core::fmt;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key that binds what one process seals to what its egress sends. Made at random at each start, never stored.
#[derive(Clone)]
pub struct SealKey {
    mac: Hmac<Sha256>,
    names_crossing: bool,
}

impl SealKey {
    /// Takes 32 bytes from the system's random source.
    pub fn new(secret: [u8; 32]) -> Self {
        // FIPS 198-1 fills a key shorter than the hash's block with zeros.
        let mut block = [0_u8; 64];
        for (place, byte) in block.iter_mut().zip(secret) {
            *place = byte;
        }
        Self { mac: Hmac::new(&block.into()), names_crossing: false }
    }

    /// The same where what is sealed leaves over a link that names objects by their BLAKE3: it is on record and under the seal,
    /// and the last look at the bytes goes by it ([`Sealed::crossing`]).
    pub fn for_link(secret: [u8; 32]) -> Self {
        Self { names_crossing: true, ..Self::new(secret) }
    }

    /// True where everything that is sealed has to name its BLAKE3.
    pub fn names_crossing(&self) -> bool {
        self.names_crossing
    }

    /// The tag that belongs to `sealed`: HMAC-SHA-256 (FIPS 198-1) over all its other members. The bytes stand in it
    /// by their hash, so whoever checks a tag checks the hash too; [`Sealed::is_intact`] does both.
    pub fn tag(&self, sealed: &Sealed) -> Digest {
        Digest(self.over(sealed).finalize().into_bytes().into())
    }

    /// A keyed hash over `parts`, for [`Order::key`](crate::Order::key): equal where all parts are equal.
    pub fn order(&self, parts: &[&[u8]]) -> Digest {
        let mut mac = self.mac.clone();
        mac.update(b"lockgate order 1\n");
        for part in parts {
            mac.update(&length(part.len()));
            mac.update(part);
        }
        Digest(mac.finalize().into_bytes().into())
    }

    /// True where the tag of `sealed` was made with this key from these members; takes the same time either way. Says
    /// nothing of the bytes: [`Sealed::is_intact`] does.
    pub fn fits(&self, sealed: &Sealed) -> bool {
        sealed.crossing.is_some() == self.names_crossing
            && self.over(sealed).verify_slice(&sealed.tag.0).is_ok()
    }

    /// Every member is of fixed length, or its length stands before it: no two objects give the same text.
    fn over(&self, sealed: &Sealed) -> Hmac<Sha256> {
        // Named one by one, so that a new member cannot be forgotten here.
        let Sealed {
            bytes,
            identity,
            crossing,
            lane,
            bundle,
            precedence,
            not_after,
            entry,
            first,
            order,
            turn,
            tag: _,
        } = sealed;
        let mut mac = self.mac.clone();
        mac.update(b"lockgate sealed 2\n");
        mac.update(&length(bytes.len()));
        mac.update(&identity.0);
        match crossing {
            None => mac.update(&[0]),
            Some(Crossing(hash)) => {
                mac.update(&[1]);
                mac.update(hash);
            }
        }
        mac.update(&length(lane.len()));
        mac.update(lane.as_bytes());
        mac.update(&bundle.0);
        mac.update(&[precedence.step()]);
        mac.update(&not_after.unix_nanos().to_be_bytes());
        mac.update(&entry.to_be_bytes());
        mac.update(&first.to_be_bytes());
        mac.update(&turn.to_be_bytes());
        match order {
            None => mac.update(&[0]),
            Some(order) => {
                mac.update(&[1]);
                mac.update(&order.key.0);
                mac.update(&order.at.unix_nanos().to_be_bytes());
                mac.update(&[u8::from(order.lasting)]);
            }
        }
        mac
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SealKey(..)")
    }
}

fn length(bytes: usize) -> [u8; 8] {
    u64::try_from(bytes).unwrap_or(u64::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::SealKey;
    use crate::{Crossing, Digest, Order, Precedence, Sealed, Time};
    use alloc::sync::Arc;
    use alloc::vec::Vec;

    /// The tag as anyone else would compute it: one text, one HMAC over it, and the key as it is.
    #[test]
    fn the_tag_is_hmac_sha_256_over_one_text() {
        use hmac::{Hmac, KeyInit, Mac};
        let secret: [u8; 32] = core::array::from_fn(|at| at as u8);
        let sealed = Sealed {
            bytes: b"abc".to_vec(),
            identity: Digest::of(b"abc"),
            crossing: Some(Crossing::of(b"abc")),
            lane: Arc::from("down"),
            bundle: Digest([2; 32]),
            precedence: Precedence::Flash,
            not_after: Time::from_unix_nanos(-1),
            entry: 258,
            first: 257,
            order: Some(Order { key: Digest([3; 32]), at: Time::from_unix_nanos(5), lasting: true }),
            turn: 259,
            tag: Digest([0; 32]),
        };
        let mut text: Vec<u8> = b"lockgate sealed 2\n\0\0\0\0\0\0\0\x03".to_vec();
        text.extend(Digest::of(b"abc").0);
        text.push(1);
        text.extend(Crossing::of(b"abc").0);
        text.extend(b"\0\0\0\0\0\0\0\x04down");
        text.extend([2; 32]);
        text.push(4);
        text.extend([0xFF; 8]);
        text.extend([0, 0, 0, 0, 0, 0, 1, 2]);
        text.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        text.extend([0, 0, 0, 0, 0, 0, 1, 3, 1]);
        text.extend([3; 32]);
        text.extend([0, 0, 0, 0, 0, 0, 0, 5, 1]);
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).expect("any length will do");
        mac.update(&text);
        assert_eq!(SealKey::new(secret).tag(&sealed).0, <[u8; 32]>::from(mac.finalize().into_bytes()));
    }
}
