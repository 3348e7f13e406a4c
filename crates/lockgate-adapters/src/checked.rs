//! What stands around an object on a link whose protocol checks nothing.
//!
//! ```text
//!   offset  bytes  what
//!        0      8  "LOCKGAT1"
//!        8      8  length of the object, the most significant byte first
//!       16     32  its BLAKE3
//!       48         the object
//! ```
//!
//! It is against chance, not against people: whoever can send on the link can make one.

use alloc::vec::Vec;
use lockgate_diode::{Hash, Object};

/// Bytes before an object.
pub const HEAD: usize = 48;
const MAGIC: &[u8; 8] = b"LOCKGAT1";

/// How objects stand in what a foreign protocol carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Objects {
    /// With their length and BLAKE3 before them: the far side delivers what is exactly that, and nothing else.
    #[default]
    Checked,
    /// As they are. Nothing tells a whole object from a damaged or a cut one: the far side says that it is not verified.
    Bare,
}

impl Objects {
    /// What stands before this object; nothing, where objects are bare.
    #[must_use]
    pub fn head(self, object: &Object) -> Vec<u8> {
        if self == Self::Bare {
            return Vec::new();
        }
        let mut head = Vec::with_capacity(HEAD);
        head.extend_from_slice(MAGIC);
        head.extend(u64::try_from(object.bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        head.extend(object.hash());
        head
    }

    /// How many bytes stand before an object.
    #[must_use]
    pub fn head_bytes(self) -> usize {
        if self == Self::Bare { 0 } else { HEAD }
    }

    /// The object in what came, and its BLAKE3; `None` where it is not what was sent.
    #[must_use]
    pub fn open(self, mut came: Vec<u8>) -> Option<(Vec<u8>, Hash)> {
        if self == Self::Bare {
            let hash = *blake3::hash(&came).as_bytes();
            return Some((came, hash));
        }
        let length = came.get(8..16)?.try_into().ok().map(u64::from_be_bytes)?;
        let told: Hash = came.get(16..HEAD)?.try_into().ok()?;
        let object = came.get(HEAD..)?;
        let hash = *blake3::hash(object).as_bytes();
        let is_ours = came.starts_with(MAGIC) && u64::try_from(object.len()) == Ok(length) && hash == told;
        if !is_ours {
            return None;
        }
        came.drain(..HEAD);
        Some((came, hash))
    }
}

#[cfg(test)]
mod tests {
    use super::{HEAD, Objects};
    use alloc::vec::Vec;
    use lockgate_bytes::Time;
    use lockgate_diode::Object;
    use proptest::prelude::*;

    fn wrapped(objects: Objects, object: &[u8]) -> Vec<u8> {
        let head = objects.head(&Object::new(object.to_vec(), Time::MAX, 0));
        [head, object.to_vec()].concat()
    }

    #[test]
    fn a_checked_object_that_is_changed_anywhere_is_none() {
        let whole = wrapped(Objects::Checked, b"an object");
        assert_eq!(whole.len(), HEAD + 9);
        assert_eq!(Objects::Checked.open(whole.clone()).unwrap().0, b"an object");
        for bit in 0..whole.len() * 8 {
            let mut other = whole.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Objects::Checked.open(other), None, "bit {bit}");
        }
        for length in 0..whole.len() {
            assert_eq!(Objects::Checked.open(whole[..length].to_vec()), None, "{length} bytes of it");
        }
        let mut longer = whole;
        longer.push(0);
        assert_eq!(Objects::Checked.open(longer), None);
    }

    proptest! {
        #[test]
        fn what_is_wrapped_comes_out(object in prop::collection::vec(any::<u8>(), 0..300), bare: bool) {
            let objects = if bare { Objects::Bare } else { Objects::Checked };
            let (came, hash) = objects.open(wrapped(objects, &object)).unwrap();
            prop_assert_eq!(*blake3::hash(&came).as_bytes(), hash);
            prop_assert_eq!(came, object);
        }
    }
}
