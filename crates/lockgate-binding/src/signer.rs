//! Who may sign bindings: authored keys. A key that a document brings along is never one of them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use lockgate_attest::pem;
use lockgate_bytes::Time;
use ring::signature::{self as ring_signature, UnparsedPublicKey, VerificationAlgorithm};

/// Most signers that one bundle may have; each may be tried for each signature.
const SIGNERS_MAX: usize = 64;

/// `rsaEncryption` with its NULL, `id-ecPublicKey` with the curves P-256 and P-384 (RFC 3279, RFC 5480), as DER.
const RSA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];
const P256: &[u8] = &[
    0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03,
    0x01, 0x07,
];
const P384: &[u8] =
    &[0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22];

/// One who may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Its name: what `KeyName` in a signature says, and what reports show.
    pub name: String,
    /// Its key.
    pub key: SignerKey,
    /// The `OriginatorID` texts that it may sign for; empty where it may sign for any.
    pub originators: Vec<String>,
    /// From when what it signs counts.
    pub from: Time,
    /// Exclusive end.
    pub until: Time,
}

/// The signers of a bundle, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signers {
    list: Vec<Signer>,
}

/// A public key for XML signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerKey {
    family: Family,
    /// `RSAPublicKey` or an uncompressed point, as `ring` takes them.
    key: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Rsa,
    P256,
    P384,
}

/// Why a key or a list of signers is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// Not one PEM block `PUBLIC KEY`, or not DER.
    Unreadable,
    /// Another algorithm than RSA of 2048 to 8192 bits, ECDSA on P-256 or on P-384.
    Unsupported,
    /// Two signers of one name, or more than there may be.
    Signers,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Unreadable => "no public key as `openssl pkey -pubout` writes it",
            Self::Unsupported => {
                "a key that is not RSA of 2048 to 8192 bits, nor on the curve P-256 or P-384"
            }
            Self::Signers => "two signers of one name, or more than 64",
        })
    }
}

/// How a signature value was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    RsaSha256,
    RsaSha384,
    RsaSha512,
    PssSha256,
    PssSha384,
    PssSha512,
    EcdsaSha256,
    EcdsaSha384,
}

impl Signers {
    /// A list of signers.
    ///
    /// # Errors
    /// [`KeyFault::Signers`].
    pub fn new(list: Vec<Signer>) -> Result<Self, KeyFault> {
        let twice = |at: usize, one: &Signer| list.iter().take(at).any(|other| other.name == one.name);
        if list.len() > SIGNERS_MAX || list.iter().enumerate().any(|(at, one)| twice(at, one)) {
            return Err(KeyFault::Signers);
        }
        Ok(Self { list })
    }

    /// The signer at this place of the list.
    pub fn named(&self, at: usize) -> Option<&Signer> {
        self.list.get(at)
    }

    /// True where a signer has this name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.list.iter().any(|signer| signer.name == name)
    }

    /// The first signer whose key verifies `value` over `message`.
    pub(crate) fn verify(&self, method: Method, message: &[u8], value: &[u8]) -> Option<usize> {
        self.list.iter().position(|signer| signer.key.verifies(method, message, value))
    }
}

impl SignerKey {
    /// Reads a public key in PEM (RFC 7468, `PUBLIC KEY`; RFC 5280, SubjectPublicKeyInfo).
    ///
    /// # Errors
    /// [`KeyFault::Unreadable`], [`KeyFault::Unsupported`].
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyFault> {
        let blocks = pem::blocks(text, "PUBLIC KEY").ok_or(KeyFault::Unreadable)?;
        let [block] = blocks.as_slice() else { return Err(KeyFault::Unreadable) };
        Self::from_spki(block)
    }

    /// Reads a `SubjectPublicKeyInfo` in DER (RFC 5280, section 4.1).
    ///
    /// # Errors
    /// As [`Self::from_pem`].
    pub fn from_spki(bytes: &[u8]) -> Result<Self, KeyFault> {
        let (info, rest) = der(0x30, bytes).ok_or(KeyFault::Unreadable)?;
        let (algorithm, info) = der(0x30, info).ok_or(KeyFault::Unreadable)?;
        let (bits, after) = der(0x03, info).ok_or(KeyFault::Unreadable)?;
        let Some((0, key)) = bits.split_first().map(|(unused, key)| (*unused, key)) else {
            return Err(KeyFault::Unreadable);
        };
        if !rest.is_empty() || !after.is_empty() {
            return Err(KeyFault::Unreadable);
        }
        let (family, fits) = match algorithm {
            RSA => (Family::Rsa, modulus_bytes(key).is_some_and(|bytes| (256..=1024).contains(&bytes))),
            P256 => (Family::P256, key.first() == Some(&4) && key.len() == 65),
            P384 => (Family::P384, key.first() == Some(&4) && key.len() == 97),
            _ => return Err(KeyFault::Unsupported),
        };
        if fits { Ok(Self { family, key: key.into() }) } else { Err(KeyFault::Unsupported) }
    }

    fn verifies(&self, method: Method, message: &[u8], value: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match (self.family, method) {
            (Family::Rsa, Method::RsaSha256) => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
            (Family::Rsa, Method::RsaSha384) => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
            (Family::Rsa, Method::RsaSha512) => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
            (Family::Rsa, Method::PssSha256) => &ring_signature::RSA_PSS_2048_8192_SHA256,
            (Family::Rsa, Method::PssSha384) => &ring_signature::RSA_PSS_2048_8192_SHA384,
            (Family::Rsa, Method::PssSha512) => &ring_signature::RSA_PSS_2048_8192_SHA512,
            (Family::P256, Method::EcdsaSha256) => &ring_signature::ECDSA_P256_SHA256_FIXED,
            (Family::P384, Method::EcdsaSha384) => &ring_signature::ECDSA_P384_SHA384_FIXED,
            _ => return false,
        };
        UnparsedPublicKey::new(algorithm, &self.key).verify(message, value).is_ok()
    }
}

/// The content of the DER element with this tag, and what follows it. Lengths in their shortest form only.
fn der(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (short, rest) = rest.split_first()?;
    let (length, rest) = match *short {
        0..=0x7F => (usize::from(*short), rest),
        0x81 => rest.split_first().map(|(one, rest)| (usize::from(*one), rest)).filter(|(n, _)| *n > 0x7F)?,
        0x82 => match rest {
            [high, low, rest @ ..] if *high > 0 => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            _ => return None,
        },
        _ => return None,
    };
    (*first == tag).then(|| rest.split_at_checked(length))?
}

/// How many bytes the modulus of an `RSAPublicKey` has.
fn modulus_bytes(key: &[u8]) -> Option<usize> {
    let (numbers, rest) = der(0x30, key)?;
    let (modulus, _) = der(0x02, numbers)?;
    let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    rest.is_empty().then_some(modulus.len())
}

#[cfg(test)]
mod tests {
    use super::{KeyFault, Signer, SignerKey, Signers, der};
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use lockgate_attest::base64;
    use lockgate_bytes::Time;

    /// A key of this algorithm with these key bytes, as PEM.
    fn pem(algorithm: &[u8], key: &[u8]) -> String {
        let wrap = |tag: u8, parts: &[&[u8]]| {
            let inner: Vec<u8> = parts.concat();
            let mut out = Vec::from([tag]);
            match inner.len() {
                short @ 0..=0x7F => out.push(short as u8),
                long @ 0x80..=0xFF => out.extend([0x81, long as u8]),
                long => out.extend([0x82, (long >> 8) as u8, long as u8]),
            }
            out.extend(inner);
            out
        };
        let info = wrap(0x30, &[&wrap(0x30, &[algorithm]), &wrap(0x03, &[&[0], key])]);
        alloc::format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", base64::encode(&info))
    }

    fn rsa(bytes: usize) -> Vec<u8> {
        let modulus = Vec::from_iter(core::iter::repeat_n(0x7F, bytes));
        let mut numbers = Vec::from([0x02, 0x82, (bytes >> 8) as u8, bytes as u8]);
        numbers.extend(modulus);
        numbers.extend([0x02, 0x03, 1, 0, 1]);
        let mut out = Vec::from([0x30, 0x82, (numbers.len() >> 8) as u8, numbers.len() as u8]);
        out.extend(numbers);
        out
    }

    #[test]
    fn keys_of_the_profile_are_read_and_no_others() {
        let point = |length: usize| Vec::from_iter([4].into_iter().chain(core::iter::repeat_n(1, length)));
        let read = |algorithm: &[u8], key: &[u8]| SignerKey::from_pem(pem(algorithm, key).as_bytes()).err();
        assert_eq!(read(super::P256, &point(64)), None);
        assert_eq!(read(super::P384, &point(96)), None);
        assert_eq!(read(super::RSA, &rsa(256)), None);
        for (algorithm, key) in [
            (super::P256, point(96)),
            (super::P384, point(64)),
            (super::RSA, rsa(255)),
            (super::RSA, rsa(1025)),
            (super::RSA, point(64)),
            (&[6, 3, 0x2B, 0x65, 0x70][..], point(31)),
        ] {
            assert_eq!(read(algorithm, &key), Some(KeyFault::Unsupported));
        }
        for text in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "x"] {
            assert_eq!(SignerKey::from_pem(text.as_bytes()).err(), Some(KeyFault::Unreadable), "{text}");
        }
        for fault in [KeyFault::Unreadable, KeyFault::Unsupported, KeyFault::Signers] {
            assert!(fault.to_string().len() > 20);
        }
    }

    #[test]
    fn lengths_have_one_spelling() {
        assert_eq!(der(4, &[4, 1, 7, 9]), Some((&[7][..], &[9][..])));
        for bytes in
            [&[4][..], &[4, 2, 7], &[4, 0x81, 1, 7], &[4, 0x82, 0, 1, 7], &[4, 0x80, 0, 0], &[5, 1, 7]]
        {
            assert_eq!(der(4, bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn names_of_signers_are_unique() {
        let key = SignerKey::from_pem(pem(super::RSA, &rsa(256)).as_bytes()).unwrap();
        let one =
            Signer { name: "a".into(), key, originators: Vec::new(), from: Time::MIN, until: Time::MAX };
        assert!(Signers::new(Vec::from([one.clone()])).is_ok());
        assert_eq!(Signers::new(Vec::from([one.clone(), one.clone()])), Err(KeyFault::Signers));
        let many = (0..65).map(|at| Signer { name: at.to_string(), ..one.clone() }).collect();
        assert_eq!(Signers::new(many), Err(KeyFault::Signers));
    }
}
