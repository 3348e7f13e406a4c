//! Ed25519 keys and signatures (RFC 8032), in the files of RFC 8410.

use crate::{Statement, base64, pem};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use lockgate_bytes::Digest;
use zeroize::Zeroizing;

/// SubjectPublicKeyInfo of an Ed25519 key up to the 32 bytes of the key.
const PUBLIC_PREFIX: &[u8; 12] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
/// PKCS#8 version 1 of an Ed25519 key up to the 32 bytes of the secret.
const SECRET_PREFIX: &[u8; 16] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// Neither base64 nor PEM of the kind that is wanted.
    NotEncoded,
    /// A key of another kind: RSA, ECDSA, Ed448, encrypted.
    OtherKind,
    /// A point of small order, or none at all: anybody could sign for it.
    Weak,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotEncoded => "this is not a key in the form that `openssl` writes",
            Self::OtherKind => "this is a key of another kind than plain Ed25519",
            Self::Weak => "this public key is no proper point, so anybody could sign for it",
        })
    }
}

impl core::error::Error for KeyFault {}

/// What a public key is called: SHA-256 over its SubjectPublicKeyInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub Digest);

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Who signs, as others know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a key as trust files write it: base64 of its SubjectPublicKeyInfo, the line within `openssl pkey -pubout`.
    ///
    /// # Errors
    /// [`KeyFault`] where it is anything else.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        if text.len() > pem::MAX_BYTES {
            return Err(KeyFault::NotEncoded);
        }
        Self::from_der(&base64::decode(text.as_bytes()).ok_or(KeyFault::NotEncoded)?)
    }

    /// Reads the file that `openssl pkey -pubout` writes.
    ///
    /// # Errors
    /// [`KeyFault`] where it is anything else.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyFault> {
        match pem::blocks(pem, "PUBLIC KEY").as_deref() {
            Some([der]) => Self::from_der(der),
            _ => Err(KeyFault::NotEncoded),
        }
    }

    fn from_der(der: &[u8]) -> Result<Self, KeyFault> {
        let point = der.strip_prefix(PUBLIC_PREFIX).and_then(|rest| <&[u8; 32]>::try_from(rest).ok());
        let key = VerifyingKey::from_bytes(point.ok_or(KeyFault::OtherKind)?).map_err(|_| KeyFault::Weak)?;
        if key.is_weak() { Err(KeyFault::Weak) } else { Ok(Self(key)) }
    }

    fn to_der(&self) -> Vec<u8> {
        [&PUBLIC_PREFIX[..], self.0.as_bytes()].concat()
    }

    /// The key as trust files write it.
    pub fn text(&self) -> String {
        base64::encode(&self.to_der())
    }

    /// The raw 32 bytes, for formats that carry the key without its kind.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// What the key is called.
    pub fn id(&self) -> KeyId {
        KeyId(Digest::of(&self.to_der()))
    }

    /// True where the owner of this key signed exactly this statement. Signatures that could be rewritten into others,
    /// and parts of small order, are refused.
    #[must_use]
    pub fn verifies(&self, statement: &Statement, signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0.verify_strict(statement.as_bytes(), &signature).is_ok()
    }
}

/// The DER of the one secret key in a PEM file, of any kind that TLS takes (PKCS #8, SEC 1, PKCS #1), wiped when dropped;
/// `None` where anything else is in it, such as an encrypted key. Wipes `pem`. Whether the key belongs to a certificate is
/// for the TLS library to say.
pub fn tls_key(pem: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
    let pem = Zeroizing::new(pem);
    let kinds = ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"];
    let keys = kinds.iter().find_map(|kind| pem::blocks(&pem, kind))?;
    match <[_; 1]>::try_from(keys) {
        Ok([key]) => Some(key),
        Err(_) => None,
    }
}

/// True for a file with a key of 256 bits to seal with: 64 hexadecimal digits, perhaps a line break, and not one byte 32
/// times; wipes `text`.
pub fn is_sealing_key_file(text: Vec<u8>) -> bool {
    sealing_key(text).is_some()
}

/// The key in such a file; wipes `text`.
pub fn sealing_key(text: Vec<u8>) -> Option<Zeroizing<[u8; 32]>> {
    let text = Zeroizing::new(text);
    let digits = text.strip_suffix(b"\n").unwrap_or(&text);
    let mut key = Zeroizing::new([0; 32]);
    (digits.len() == 64).then_some(())?;
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        let pair = core::str::from_utf8(pair).ok()?;
        pair.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    let first = key.first().copied()?;
    key.iter().any(|byte| *byte != first).then_some(key)
}

/// A signature of 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl Signature {
    /// Reads 64 bytes in base64; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 88 {
            return None;
        }
        base64::decode(text.as_bytes())?.try_into().ok().map(Self)
    }

    /// The signature in base64.
    pub fn text(&self) -> String {
        base64::encode(&self.0)
    }
}

/// The secret half of a key. It is wiped from memory when dropped, is never shown, and cannot be copied.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Reads the file that `openssl genpkey -algorithm ed25519` writes, and wipes `pem`.
    ///
    /// # Errors
    /// [`KeyFault`] where it is anything else, such as an encrypted key.
    pub fn from_pem(pem: Vec<u8>) -> Result<Self, KeyFault> {
        let pem = Zeroizing::new(pem);
        match pem::blocks(&pem, "PRIVATE KEY").as_deref() {
            Some([der]) => {
                let seed = der.strip_prefix(SECRET_PREFIX).and_then(|rest| <&[u8; 32]>::try_from(rest).ok());
                seed.map(|seed| Self(SigningKey::from_bytes(seed))).ok_or(KeyFault::OtherKind)
            }
            _ if pem::blocks(&pem, "ENCRYPTED PRIVATE KEY").is_some() => Err(KeyFault::OtherKind),
            _ => Err(KeyFault::NotEncoded),
        }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The 32 bytes of the secret, for a room that signs in a format of its own; wiped when dropped.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// Signs a statement.
    pub fn sign(&self, statement: &Statement) -> Signature {
        Signature(self.0.sign(statement.as_bytes()).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SecretKey({})", self.public().id())
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyFault, PublicKey, SecretKey, Signature};
    use crate::Statement;
    use alloc::format;
    use alloc::string::ToString;
    use lockgate_bytes::Digest;
    use proptest::prelude::*;

    /// The secret of RFC 8032, section 7.1, test 1, in the form of `openssl`.
    const SECRET: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    /// By `openssl pkeyutl -sign -rawin` over the statement below.
    const SIGNATURE: &str =
        "pa1PEADHSXk61ekfRoSnrjtg5IXHvJECV91TBxUEQf6rv8kuAUCVXvuCXq4PB7GbLiHbXhctMmZo0HueRGskCA==";

    fn statement() -> Statement {
        Statement::bundle(Digest([0xAB; 32]), 7, "demo")
    }

    fn secret() -> SecretKey {
        SecretKey::from_pem(SECRET.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn keys_and_signatures_are_those_of_openssl() {
        let public = secret().public();
        assert_eq!(public.text(), PUBLIC);
        assert_eq!(PublicKey::parse(PUBLIC), Ok(public.clone()));
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{PUBLIC}\n-----END PUBLIC KEY-----\n");
        assert_eq!(PublicKey::from_pem(pem.as_bytes()), Ok(public.clone()));
        assert_eq!(
            public.id().to_string(),
            "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9"
        );
        let signature = secret().sign(&statement());
        assert_eq!(signature.text(), SIGNATURE);
        assert_eq!(Signature::parse(SIGNATURE), Some(signature));
        assert!(public.verifies(&statement(), &signature));
    }

    #[test]
    fn a_secret_is_not_shown() {
        let shown = format!("{:?}", secret());
        assert_eq!(shown, format!("SecretKey({})", secret().public().id()));
        assert_eq!(secret().to_bytes()[..4], [0x9D, 0x61, 0xB1, 0x9D]);
    }

    #[test]
    fn files_of_sealing_keys_are_known() {
        let good = "0123456789abcdef".repeat(4);
        assert!(super::is_sealing_key_file(good.clone().into_bytes()));
        assert!(super::is_sealing_key_file(format!("{good}\n").into_bytes()));
        for other in
            ["".into(), "ab".repeat(32), good.replacen("0", "", 1), format!("{good}\r\n"), "zz".repeat(32)]
        {
            assert!(!super::is_sealing_key_file(other.into_bytes()));
        }
    }

    #[test]
    fn files_of_secret_keys_are_known() {
        assert_eq!(super::tls_key(SECRET.as_bytes().to_vec()).unwrap().len(), 48);
        assert!(super::tls_key(SECRET.replace("PRIVATE", "EC PRIVATE").into_bytes()).is_some());
        for other in [
            SECRET.replace("PRIVATE", "ENCRYPTED PRIVATE"),
            SECRET.replace("PRIVATE", "PUBLIC"),
            SECRET.repeat(2),
        ] {
            assert!(super::tls_key(other.into_bytes()).is_none());
        }
    }

    #[test]
    fn a_signature_is_for_one_statement_and_one_key() {
        let signature = Signature::parse(SIGNATURE).unwrap();
        let public = PublicKey::parse(PUBLIC).unwrap();
        for other in [
            Statement::bundle(Digest([0xAC; 32]), 7, "demo"),
            Statement::bundle(Digest([0xAB; 32]), 8, "demo"),
            Statement::bundle(Digest([0xAB; 32]), 7, "demp"),
        ] {
            assert!(!public.verifies(&other, &signature));
        }
        for bit in 0..512 {
            let mut changed = signature;
            changed.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!public.verifies(&statement(), &changed), "bit {bit}");
        }
    }

    #[test]
    fn a_signature_whose_scalar_is_not_reduced_is_refused() {
        // The order of the group, little-endian: adding it to S gives another signature that lax verifiers accept.
        let order = [
            0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut changed = secret().sign(&statement());
        let mut carry = 0_u16;
        for (byte, add) in changed.0[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + add + carry;
            *byte = (sum & 0xFF) as u8;
            carry = sum >> 8;
        }
        assert!(!secret().public().verifies(&statement(), &changed));
    }

    #[test]
    fn other_keys_are_refused() {
        let text = |der: &[u8]| crate::base64::encode(der);
        let der = |point: [u8; 32]| [&super::PUBLIC_PREFIX[..], &point].concat();
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::parse(&text(&der(identity))), Err(KeyFault::Weak));
        assert_eq!(PublicKey::parse(&text(&der([0; 32]))), Err(KeyFault::Weak));
        let mut off = [0; 32];
        off[0] = 2;
        assert_eq!(PublicKey::parse(&text(&der(off))), Err(KeyFault::Weak), "not on the curve");
        assert_eq!(PublicKey::parse(&text(&[0x30; 44])), Err(KeyFault::OtherKind));
        assert_eq!(PublicKey::parse(&text(&[0x30; 45])), Err(KeyFault::OtherKind));
        assert_eq!(PublicKey::parse(""), Err(KeyFault::OtherKind));
        assert_eq!(PublicKey::parse("MCowBQ"), Err(KeyFault::NotEncoded));
        assert_eq!(PublicKey::from_pem(SECRET.as_bytes()), Err(KeyFault::NotEncoded));
        let secret = |text: &str| SecretKey::from_pem(text.as_bytes().to_vec()).err();
        assert_eq!(secret(""), Some(KeyFault::NotEncoded));
        assert_eq!(secret(&SECRET.replace("MC4C", "MC5C")), Some(KeyFault::OtherKind));
        assert_eq!(secret(&SECRET.replace("PRIVATE", "ENCRYPTED PRIVATE")), Some(KeyFault::OtherKind));
        assert_eq!(secret(&[SECRET, SECRET].concat()), Some(KeyFault::NotEncoded), "one key a file");
        for length in [0, 87, 89] {
            assert_eq!(Signature::parse(&"A".repeat(length)), None);
        }
        assert_eq!(Signature::parse(&"A".repeat(88)), None, "66 bytes");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_signed_verifies(seed in any::<[u8; 32]>(), digest in any::<[u8; 32]>(), name in ".{0,40}") {
            let der = [&super::SECRET_PREFIX[..], &seed].concat();
            let pem = format!(
                "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
                crate::base64::encode(&der)
            );
            let key = SecretKey::from_pem(pem.into_bytes()).unwrap();
            let statement = Statement::bundle(Digest(digest), 1, &name);
            prop_assert!(key.public().verifies(&statement, &key.sign(&statement)));
        }
    }
}
