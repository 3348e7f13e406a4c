//! Signed notes (C2SP signed-note) with Ed25519, and the keys that sign and verify them.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use lockgate_attest::base64;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Bytes of a note, at most.
pub(crate) const NOTE_MAX: usize = 65_536;
/// Signatures of a note, at most.
const SIGNATURES_MAX: usize = 64;
/// Bytes of a key's name, at most.
const NAME_MAX: usize = 128;
/// The kind byte of Ed25519 keys in the format.
const ED25519: u8 = 1;

/// Signs the log's checkpoints. Its text form is secret: `PRIVATE+KEY+<name>+<id>+<key>`.
pub struct LogKey {
    name: String,
    key: SigningKey,
}

/// Verifies the log's checkpoints. Its text form: `<name>+<id>+<key>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustKey {
    name: String,
    key: VerifyingKey,
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// The name is empty, too long, or has a space, a plus sign or a control character in it.
    Name,
    /// The text is not of the form of a key.
    Form,
    /// The id does not belong to the name and the key: something of it was changed.
    Id,
    /// The machine gave no random numbers.
    Random,
}

/// Why a note is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteFault {
    /// Longer than 64 KiB, no text, control characters, or no signature lines at its end.
    Form,
    /// No signature of a key that is trusted.
    Unsigned,
    /// A signature under the name and id of a trusted key that does not verify.
    Signature,
}

impl LogKey {
    /// A new key of this name, from the machine's random numbers.
    ///
    /// # Errors
    /// [`KeyFault::Name`] and [`KeyFault::Random`].
    pub fn generate(name: &str) -> Result<Self, KeyFault> {
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut secret).map_err(|_| KeyFault::Random)?;
        Self::from_secret(name, &secret)
    }

    /// The key of this name with these 32 secret bytes (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// [`KeyFault::Name`].
    pub fn from_secret(name: &str, secret: &[u8; 32]) -> Result<Self, KeyFault> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(secret) })
    }

    /// Reads the text form; white space around it does not count.
    ///
    /// # Errors
    /// [`KeyFault`].
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let rest = text.trim().strip_prefix("PRIVATE+KEY+").ok_or(KeyFault::Form)?;
        let (name, id, secret) = parts(rest)?;
        let key = Self::from_secret(name, &secret)?;
        if key.trust().id() == id { Ok(key) } else { Err(KeyFault::Id) }
    }

    /// The secret text form.
    pub fn secret_text(&self) -> String {
        let trust = self.trust();
        let mut text = format!("PRIVATE+KEY+{}+{:08x}+", self.name, trust.id());
        text.push_str(&base64::encode(&[&[ED25519][..], self.key.as_bytes()].concat()));
        text
    }

    /// The key that verifies what this one signs.
    pub fn trust(&self) -> TrustKey {
        TrustKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The note: the text, an empty line, and the signature line. The text ends in a line break.
    pub(crate) fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes());
        let mut note = format!("{text}\n\u{2014} {} ", self.name);
        let blob = [&self.trust().id().to_be_bytes()[..], &signature.to_bytes()].concat();
        note.push_str(&base64::encode(&blob));
        note.push('\n');
        note
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "LogKey({}, ..)", self.name)
    }
}

impl TrustKey {
    /// Reads the text form; white space around it does not count.
    ///
    /// # Errors
    /// [`KeyFault`].
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let (name, id, key) = parts(text.trim())?;
        check_name(name)?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| KeyFault::Form)?;
        let trust = Self { name: name.to_owned(), key };
        if trust.id() == id { Ok(trust) } else { Err(KeyFault::Id) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 over the name, a line break, the kind and the key.
    pub fn id(&self) -> u32 {
        let mut hasher = Sha256::new();
        hasher.update(self.name.as_bytes());
        hasher.update([b'\n', ED25519]);
        hasher.update(self.key.as_bytes());
        let [a, b, c, d, ..] = <[u8; 32]>::from(hasher.finalize());
        u32::from_be_bytes([a, b, c, d])
    }
}

impl fmt::Display for TrustKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = base64::encode(&[&[ED25519][..], self.key.as_bytes()].concat());
        write!(out, "{}+{:08x}+{key}", self.name, self.id())
    }
}

/// The text of a note that one of `trusted` has signed, and the first of them that did.
///
/// # Errors
/// [`NoteFault`]. Signatures of others are passed over; a wrong one under a trusted key's name and id is not.
pub(crate) fn open<'n, 'k>(
    note: &'n [u8],
    trusted: &'k [TrustKey],
) -> Result<(&'n str, &'k TrustKey), NoteFault> {
    let (text, signatures) = split(note)?;
    let mut signer = None;
    let mut count = 0_usize;
    for line in signatures.lines() {
        count = count.saturating_add(1);
        let (name, blob) =
            line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')).ok_or(NoteFault::Form)?;
        let blob = base64::decode(blob.as_bytes()).ok_or(NoteFault::Form)?;
        let (id, signature) = blob.split_first_chunk::<4>().ok_or(NoteFault::Form)?;
        if check_name(name).is_err() || signature.is_empty() || count > SIGNATURES_MAX {
            return Err(NoteFault::Form);
        }
        let id = u32::from_be_bytes(*id);
        let Some(trust) = trusted.iter().find(|trust| trust.name == name && trust.id() == id) else {
            continue;
        };
        let signature = Signature::from_slice(signature).map_err(|_| NoteFault::Signature)?;
        trust.key.verify_strict(text.as_bytes(), &signature).map_err(|_| NoteFault::Signature)?;
        signer = signer.or(Some(trust));
    }
    signer.map(|signer| (text, signer)).ok_or(NoteFault::Unsigned)
}

/// The text of a note, whoever signed it, and its signature lines.
pub(crate) fn split(note: &[u8]) -> Result<(&str, &str), NoteFault> {
    let note = std::str::from_utf8(note).map_err(|_| NoteFault::Form)?;
    if note.len() > NOTE_MAX || note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteFault::Form);
    }
    let end = note.rfind("\n\n").ok_or(NoteFault::Form)?;
    let (text, signatures) = note.split_at_checked(end.saturating_add(1)).ok_or(NoteFault::Form)?;
    let signatures = signatures.strip_prefix('\n').ok_or(NoteFault::Form)?;
    if signatures.is_empty() || !signatures.ends_with('\n') {
        return Err(NoteFault::Form);
    }
    Ok((text, signatures))
}

fn parts(text: &str) -> Result<(&str, u32, [u8; 32]), KeyFault> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyFault::Form);
    };
    let id = u32::from_str_radix(id, 16).ok().filter(|_| id.len() == 8).ok_or(KeyFault::Form)?;
    let key = base64::decode(key.as_bytes()).ok_or(KeyFault::Form)?;
    match key.split_first() {
        Some((&ED25519, key)) => Ok((name, id, key.try_into().map_err(|_| KeyFault::Form)?)),
        _ => Err(KeyFault::Form),
    }
}

fn check_name(name: &str) -> Result<(), KeyFault> {
    let bad = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '+';
    if name.is_empty() || name.len() > NAME_MAX || name.chars().any(bad) {
        Err(KeyFault::Name)
    } else {
        Ok(())
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Name => "a key's name has 1 to 128 bytes, and no space, plus sign or control character",
            Self::Form => "this is not the text of an Ed25519 note key: NAME+ID+KEY",
            Self::Id => {
                "the key's id does not belong to its name and bytes; it was changed or copied in part"
            }
            Self::Random => "the machine gave no random numbers; no key was made",
        })
    }
}

impl std::error::Error for KeyFault {}

impl fmt::Display for NoteFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Form => "this is no signed note",
            Self::Unsigned => "no trusted key signed it",
            Self::Signature => "the signature under a trusted key's name does not verify",
        })
    }
}

impl std::error::Error for NoteFault {}

#[cfg(test)]
mod tests {
    use super::{KeyFault, LogKey, NoteFault, TrustKey, open};

    #[test]
    fn the_example_of_the_go_package_verifies() {
        // The verifier key and the note of the documentation of golang.org/x/mod/sumdb/note.
        let trust =
            TrustKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
        let note = "If you think cryptography is the answer to your problem,\n\
            then you don't know what your problem is.\n\n\
            \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let (text, signer) = open(note.as_bytes(), std::slice::from_ref(&trust)).unwrap();
        assert!(text.ends_with("problem is.\n"));
        assert_eq!(signer.to_string(), trust.to_string());
        let other = LogKey::from_secret("other", &[1; 32]).unwrap().trust();
        assert_eq!(open(note.as_bytes(), &[other]).unwrap_err(), NoteFault::Unsigned);
        let changed = note.replace("answer", "reason");
        assert_eq!(open(changed.as_bytes(), &[trust]).unwrap_err(), NoteFault::Signature);
    }

    #[test]
    fn keys_are_read_as_they_were_written() {
        let key = LogKey::generate("lane.example/log").unwrap();
        let again = LogKey::parse(&key.secret_text()).unwrap();
        assert_eq!(again.trust(), key.trust());
        assert_eq!(TrustKey::parse(&format!("{}\n", key.trust())).unwrap(), key.trust());
        assert!(format!("{key:?}").ends_with("..)"), "the secret is not shown");
        assert_eq!(LogKey::generate("a b").unwrap_err(), KeyFault::Name);
        assert_eq!(TrustKey::parse(&key.secret_text()).unwrap_err(), KeyFault::Form);
        let moved = key.trust().to_string().replacen("lane", "line", 1);
        assert_eq!(TrustKey::parse(&moved).unwrap_err(), KeyFault::Id);
    }

    #[test]
    fn every_changed_byte_of_a_note_is_found() {
        let key = LogKey::from_secret("log", &[7; 32]).unwrap();
        let note = key.sign("a text\nof two lines\n").into_bytes();
        assert!(open(&note, &[key.trust()]).is_ok());
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut changed = note.clone();
                changed[at] ^= 1 << bit;
                assert!(open(&changed, &[key.trust()]).is_err(), "byte {at} bit {bit}");
            }
        }
        for end in 0..note.len() {
            assert!(open(&note[..end], &[key.trust()]).is_err());
        }
    }
}
