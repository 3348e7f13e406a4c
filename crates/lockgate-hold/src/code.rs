//! Bytes of the store's own files: numbers big-endian, texts and hashes preceded by their length or of a fixed one.

use lockgate_bytes::{Digest, Time};
use sha2::{Digest as _, Sha256};

/// Appends values.
#[derive(Debug, Default)]
pub(crate) struct Put(pub(crate) Vec<u8>);

impl Put {
    pub(crate) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn number(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    pub(crate) fn time(&mut self, value: Time) {
        self.0.extend_from_slice(&value.unix_nanos().to_be_bytes());
    }

    pub(crate) fn digest(&mut self, value: &Digest) {
        self.0.extend_from_slice(&value.0);
    }

    /// A text of at most 65,535 bytes; callers cut it before.
    pub(crate) fn text(&mut self, value: &str) {
        let length = u16::try_from(value.len()).unwrap_or(0);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(value.as_bytes().get(..usize::from(length)).unwrap_or(&[]));
    }

    pub(crate) fn optional(&mut self, value: Option<&str>) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            self.text(value);
        }
    }
}

/// Takes values from the front; `None` where they are not there whole.
#[derive(Debug)]
pub(crate) struct Take<'a>(&'a [u8]);

impl<'a> Take<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(front)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*front)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn time(&mut self) -> Option<Time> {
        self.array().map(i64::from_be_bytes).map(Time::from_unix_nanos)
    }

    pub(crate) fn digest(&mut self) -> Option<Digest> {
        self.array().map(Digest)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = self.array().map(u16::from_be_bytes)?;
        core::str::from_utf8(self.bytes(usize::from(length))?).ok()
    }

    /// The outer `None`: not there whole. The inner one: there is none.
    pub(crate) fn optional(&mut self) -> Option<Option<&'a str>> {
        match self.byte()? {
            0 => Some(None),
            1 => self.text().map(Some),
            _ => None,
        }
    }
}

/// The SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// Eight bytes that change with any change of these parts. They find accidents; against intent stand the hash that the
/// log has of every object, and the seal.
pub(crate) fn check(parts: &[&[u8]]) -> [u8; 8] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    let whole: [u8; 32] = hash.finalize().into();
    whole.first_chunk().copied().unwrap_or_default()
}
