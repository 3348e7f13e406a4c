//! What a signature is about, as bytes.

use alloc::vec::Vec;
use lockgate_bytes::Digest;

/// Begins every statement of this house, so that no signature of another program is taken for one of ours.
const DOMAIN: &[u8] = b"LOCKGATE STATEMENT\n";
/// Of the layout below.
const VERSION: u32 = 1;

/// One statement that can be signed, in its one canonical form:
///
/// ```text
///   "LOCKGATE STATEMENT\n"  version u32  ( length u32  field ) *
/// ```
///
/// Numbers are big-endian. The first field is the purpose; it fixes the others. A statement is made by the constructors
/// here and in no other way, so that what is signed always says what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement(Vec<u8>);

impl Statement {
    /// "This bundle may run": its content address, its revision and its name.
    ///
    /// Fields: `lockgate bundle`, digest (32 bytes), revision (u64), name (UTF-8).
    pub fn bundle(digest: Digest, revision: u64, name: &str) -> Self {
        Self::of(&[b"lockgate bundle", &digest.0, &revision.to_be_bytes(), name.as_bytes()])
    }

    /// The bytes that are signed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn of(fields: &[&[u8]]) -> Self {
        let mut bytes = DOMAIN.to_vec();
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        for field in fields {
            // No field is near 4 GiB: names are bounded where they are read.
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(field);
        }
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Statement;
    use lockgate_bytes::Digest;
    use proptest::prelude::*;

    #[test]
    fn the_layout_is_fixed() {
        let statement = Statement::bundle(Digest([0xAB; 32]), 7, "demo");
        let mut expected = b"LOCKGATE STATEMENT\n\0\0\0\x01\0\0\0\x0Flockgate bundle\0\0\0\x20".to_vec();
        expected.extend([0xAB; 32]);
        expected.extend(b"\0\0\0\x08\0\0\0\0\0\0\0\x07\0\0\0\x04demo");
        assert_eq!(statement.as_bytes(), expected);
    }

    proptest! {
        #[test]
        fn different_statements_have_different_bytes(
            a in (any::<[u8; 32]>(), any::<u64>(), "[a-z]{0,4}"),
            b in (any::<[u8; 32]>(), any::<u64>(), "[a-z]{0,4}"),
        ) {
            let [one, other] =
                [&a, &b].map(|(digest, revision, name)| Statement::bundle(Digest(*digest), *revision, name));
            prop_assert_eq!(a == b, one == other);
        }
    }
}
