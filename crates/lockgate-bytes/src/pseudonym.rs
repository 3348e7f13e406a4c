//! Names that stand for identities: equal for equal ones, and telling nothing to whoever lacks the key.

use core::fmt;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Rounds of the permutation of numbers. Four make a Feistel network as good as a random permutation where nobody sees
/// all of it (M. Luby, C. Rackoff, 1988); in the small domains of track numbers more are needed, and NIST SP 800-38G
/// (2016), section 5, takes ten.
const ROUNDS: u8 = 10;
/// Steps of the walk back into a domain. A step ends it with at least one chance in four.
const WALK: u32 = 512;
/// Largest domain of numbers.
pub const PSEUDONYMS_MAX: u64 = 1 << 62;

/// The key by which one lane gives pseudonyms.
#[derive(Clone)]
pub struct PseudonymKey {
    mac: Hmac<Sha256>,
    id: [u8; 16],
}

impl PseudonymKey {
    /// The key that is made of these 32 secret bytes.
    pub fn new(secret: [u8; 32]) -> Self {
        // FIPS 198-1 fills a key shorter than the hash's block with zeros.
        let mut block = [0_u8; 64];
        for (place, byte) in block.iter_mut().zip(secret) {
            *place = byte;
        }
        let mac: Hmac<Sha256> = Hmac::new(&block.into());
        let mut named = mac.clone();
        named.update(b"lockgate pseudonym key 1\n");
        let mut id = [0_u8; 16];
        write_hex(&named.finalize().into_bytes(), &mut id);
        Self { mac, id }
    }

    /// What accounts and records call the key: 16 hexadecimal digits that do not tell it.
    pub fn id(&self) -> &str {
        core::str::from_utf8(&self.id).unwrap_or("")
    }

    /// The pseudonym of a text in a lane: 32 hexadecimal digits, of which any beginning may be used.
    pub fn text(&self, lane: &str, text: &[u8]) -> [u8; 32] {
        let mut mac = self.of(lane, b"lockgate pseudonym text 1\n");
        mac.update(text);
        let mut digits = [0_u8; 32];
        write_hex(&mac.finalize().into_bytes(), &mut digits);
        digits
    }

    /// The pseudonym of `number`, one of `0..count`, in a lane: another of them for each. `None` where there is no such
    /// number, or more than [`PSEUDONYMS_MAX`].
    ///
    /// A permutation of few numbers hides little from whoever sees many pairs; it never gives two the same name.
    pub fn number(&self, lane: &str, number: u64, count: u64) -> Option<u64> {
        if number >= count || count > PSEUDONYMS_MAX {
            return None;
        }
        let mut base = self.of(lane, b"lockgate pseudonym number 1\n");
        base.update(&count.to_be_bytes());
        // The smallest even number of bits that can say every number.
        let bits = u64::BITS.wrapping_sub(count.wrapping_sub(1).leading_zeros());
        let half = bits.div_ceil(2).max(1);
        let mut walked = number;
        for _ in 0..WALK {
            walked = permuted(&base, walked, half);
            if walked < count {
                return Some(walked);
            }
        }
        None
    }

    fn of(&self, lane: &str, what: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(what);
        mac.update(&u64::try_from(lane.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(lane.as_bytes());
        mac
    }
}

/// A permutation of the numbers of twice `half` bits.
fn permuted(base: &Hmac<Sha256>, number: u64, half: u32) -> u64 {
    let mask = 1_u64.wrapping_shl(half).wrapping_sub(1);
    let (mut left, mut right) = (number.wrapping_shr(half) & mask, number & mask);
    for round in 0..ROUNDS {
        let mut mac = base.clone();
        mac.update(&[round]);
        mac.update(&right.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let drawn = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        (left, right) = (right, left ^ (drawn & mask));
    }
    left.wrapping_shl(half) | right
}

/// As many digits as `out` holds, of the first bytes.
fn write_hex(bytes: &[u8], out: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in out.chunks_mut(2).zip(bytes) {
        for (place, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *place = DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
        }
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PseudonymKey({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::{PSEUDONYMS_MAX, PseudonymKey};
    use alloc::collections::BTreeSet;
    use alloc::format;

    fn key(byte: u8) -> PseudonymKey {
        PseudonymKey::new([byte; 32])
    }

    #[test]
    fn no_two_numbers_of_any_domain_share_a_name() {
        for count in [1, 2, 3, 4, 5, 7, 16, 17, 100, 256, 1000, 4096] {
            let names: BTreeSet<u64> =
                (0..count).map(|number| key(1).number("down", number, count).unwrap()).collect();
            assert_eq!(names.len() as u64, count);
            assert!(names.iter().all(|name| *name < count), "{count}");
        }
    }

    #[test]
    fn large_domains_and_their_ends() {
        for count in [1 << 24, (1 << 53) - 1, PSEUDONYMS_MAX] {
            let name = key(1).number("down", count - 1, count).unwrap();
            assert!(name < count);
            assert_eq!(key(1).number("down", count - 1, count), Some(name));
            assert_eq!(key(1).number("down", count, count), None);
        }
        assert_eq!(key(1).number("down", 0, PSEUDONYMS_MAX + 1), None);
        assert_eq!(key(1).number("down", 0, 0), None);
    }

    #[test]
    fn another_key_or_lane_gives_other_names() {
        let names = |key: &PseudonymKey, lane| -> alloc::vec::Vec<u64> {
            (0..64).map(|number| key.number(lane, number, 1 << 12).unwrap()).collect()
        };
        let usual = names(&key(1), "down");
        assert_eq!(usual, names(&key(1), "down"));
        assert_ne!(usual, names(&key(2), "down"));
        assert_ne!(usual, names(&key(1), "up"));
        assert_ne!(key(1).text("down", b"S-1"), key(2).text("down", b"S-1"));
        assert_ne!(key(1).text("down", b"S-1"), key(1).text("up", b"S-1"));
        assert_ne!(key(1).text("down", b"S-1"), key(1).text("down", b"S-2"));
        // Where one ends and the other begins counts.
        assert_ne!(key(1).text("a", b"bc"), key(1).text("ab", b"c"));
    }

    /// The same, computed as anyone else would: HMAC-SHA-256 (FIPS 198-1) over one text.
    #[test]
    fn a_text_is_hmac_sha_256_and_the_key_stays_unseen() {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&[7; 32]).expect("any length will do");
        mac.update(b"lockgate pseudonym text 1\n\0\0\0\0\0\0\0\x04downS-1");
        let wanted: alloc::string::String =
            mac.finalize().into_bytes().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(core::str::from_utf8(&key(7).text("down", b"S-1")).unwrap(), wanted);
        let shown = format!("{:?}", key(7));
        assert!(shown.contains(key(7).id()) && !shown.contains("0707"), "{shown}");
        assert_eq!(key(7).id().len(), 16);
    }
}
