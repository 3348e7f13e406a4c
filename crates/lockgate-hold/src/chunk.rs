//! A chunk: one object or one account as it stands in a segment, plain or sealed, with its hash.
//!
//! ```text
//!   mark 4 | part 1 | form 1 | number 8 | length 8 | sha256 32 | nonce 24 | tag 16 | check 8 | content
//! ```

use crate::code::{Put, Take, check};
use crate::seal::{Key, NONCE, TAG};
use crate::{Fault, code};
use lockgate_bytes::Digest;

/// Bytes before the content.
pub(crate) const HEAD: usize = 102;
/// Most bytes of one object or account.
pub(crate) const CONTENT_MAX: u64 = 1 << 30;
const MARK: [u8; 4] = [0xB1, b'L', b'G', b'C'];
const PLAIN: u8 = 0;
const SEALED: u8 = 1;

/// Where a chunk stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The number of the segment.
    pub(crate) segment: u32,
    /// Where in it the chunk begins.
    pub(crate) offset: u32,
    /// Bytes of content.
    pub(crate) length: u32,
}

impl Place {
    /// Bytes of the whole chunk.
    pub(crate) fn size(self) -> u64 {
        chunk_size(u64::from(self.length))
    }

    /// Where in the segment the chunk ends.
    pub(crate) fn end(self) -> u64 {
        u64::from(self.offset).saturating_add(self.size())
    }

    pub(crate) fn put(self, out: &mut Put) {
        out.number(u64::from(self.segment));
        out.number(u64::from(self.offset));
        out.number(u64::from(self.length));
    }

    pub(crate) fn take(from: &mut Take<'_>) -> Option<Self> {
        let mut number = || u32::try_from(from.number()?).ok();
        let place = Self { segment: number()?, offset: number()?, length: number()? };
        (u64::from(place.length) <= CONTENT_MAX).then_some(place)
    }
}

/// Where everything of one object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) object: Place,
    pub(crate) account: Place,
    /// What came with the object.
    pub(crate) beside: Option<Place>,
}

impl Places {
    /// Each of them, with what it is.
    pub(crate) fn parts(self) -> impl Iterator<Item = (Place, Part)> {
        let both = [(self.object, Part::Object), (self.account, Part::Account)];
        both.into_iter().chain(self.beside.map(|place| (place, Part::Beside)))
    }

    /// Where a part stands.
    pub(crate) fn of(self, part: Part) -> Option<Place> {
        match part {
            Part::Object => Some(self.object),
            Part::Account => Some(self.account),
            Part::Beside => self.beside,
        }
    }

    pub(crate) fn put(self, out: &mut Put) {
        self.parts().for_each(|(place, _)| place.put(out));
    }

    pub(crate) fn take(from: &mut Take<'_>, has_beside: bool) -> Option<Self> {
        let (object, account) = (Place::take(from)?, Place::take(from)?);
        let beside = if has_beside { Some(Place::take(from)?) } else { None };
        Some(Self { object, account, beside })
    }
}

/// Bytes of a chunk with so much content.
pub(crate) fn chunk_size(length: u64) -> u64 {
    length.saturating_add(u64::try_from(HEAD).unwrap_or(u64::MAX))
}

/// What a chunk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The bytes of an object as they arrived.
    Object,
    /// The account of its verdict.
    Account,
    /// What came with the object.
    Beside,
}

impl Part {
    fn byte(self) -> u8 {
        match self {
            Self::Object => b'o',
            Self::Account => b'a',
            Self::Beside => b'b',
        }
    }
}

/// The head of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) part: Part,
    /// The number of the staged object that it was written for.
    pub(crate) number: u64,
    /// Bytes of content.
    pub(crate) length: u32,
    /// SHA-256 of the content before it was sealed.
    pub(crate) sha256: Digest,
    sealed: Option<([u8; NONCE], [u8; TAG])>,
}

impl Head {
    /// Reads the head of a chunk.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..HEAD)?;
        let (covered, sum) = bytes.split_at_checked(HEAD.checked_sub(8)?)?;
        let mut from = Take::new(covered);
        let mark: [u8; 4] = from.array()?;
        let part = match from.byte()? {
            b'o' => Part::Object,
            b'a' => Part::Account,
            b'b' => Part::Beside,
            _ => return None,
        };
        let form = from.byte()?;
        let (number, length, sha256) = (from.number()?, u32::try_from(from.number()?).ok()?, from.digest()?);
        let (nonce, tag) = (from.array()?, from.array()?);
        let sealed = match form {
            PLAIN => None,
            SEALED => Some((nonce, tag)),
            _ => return None,
        };
        let whole = mark == MARK && check(&[covered]) == *sum && u64::from(length) <= CONTENT_MAX;
        whole.then_some(Self { part, number, length, sha256, sealed })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut head = Put::default();
        head.0.extend_from_slice(&MARK);
        head.byte(self.part.byte());
        head.byte(if self.sealed.is_some() { SEALED } else { PLAIN });
        head.number(self.number);
        head.number(u64::from(self.length));
        head.digest(&self.sha256);
        let (nonce, tag) = self.sealed.unwrap_or(([0; NONCE], [0; TAG]));
        head.0.extend_from_slice(&nonce);
        head.0.extend_from_slice(&tag);
        let sum = check(&[&head.0]);
        out.extend_from_slice(&head.0);
        out.extend_from_slice(&sum);
    }
}

/// What a seal is bound to: the part, the hash that names the content, and its length.
fn bound(part: Part, sha256: &Digest, length: u32) -> Vec<u8> {
    let mut bound = Put::default();
    bound.byte(part.byte());
    bound.digest(sha256);
    bound.number(u64::from(length));
    bound.0
}

/// Appends a chunk to `out`.
///
/// # Errors
/// [`Fault::TooLarge`], and those of sealing; `out` then ends where it did.
pub(crate) fn write(
    part: Part,
    number: u64,
    sha256: Digest,
    content: &[u8],
    key: Option<&Key>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
    let length = u32::try_from(size).ok().filter(|_| size <= CONTENT_MAX);
    let length = length.ok_or(Fault::TooLarge { size, most: CONTENT_MAX })?;
    let start = out.len();
    let content_at = start.saturating_add(HEAD);
    let mut head = Head { part, number, length, sha256, sealed: None };
    // The head goes in front once the tag is known.
    out.resize(content_at, 0);
    out.extend_from_slice(content);
    if let Some(key) = key {
        let place = out.get_mut(content_at..).unwrap_or(&mut []);
        match key.seal(place, &bound(part, &sha256, length)) {
            Ok(sealed) => head.sealed = Some(sealed),
            Err(fault) => {
                out.truncate(start);
                return Err(fault);
            }
        }
    }
    let mut front = Vec::with_capacity(HEAD);
    head.write(&mut front);
    if let Some(place) = out.get_mut(start..content_at) {
        place.copy_from_slice(&front);
    }
    Ok(())
}

/// Why the bytes of a chunk are not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// They are not what was stored.
    Damaged(&'static str),
    /// They are sealed, and there is no key.
    NoKey,
}

/// The content of the chunk that `bytes` are, whole; of a sealed store nothing but sealed chunks are taken.
///
/// # Errors
/// [`Bad`] where anything of it is not as it was stored, down to a single bit.
pub(crate) fn read(
    mut bytes: Vec<u8>,
    expected: &Expected,
    key: Option<&Key>,
    sealed: bool,
) -> Result<Vec<u8>, Bad> {
    let head = Head::read(&bytes).ok_or(Bad::Damaged("this is no chunk, or its head is damaged"))?;
    if head.part != expected.part || head.length != expected.length || head.sealed.is_some() != sealed {
        return Err(Bad::Damaged("the chunk is another one than the index says"));
    }
    if expected.sha256.is_some_and(|sha256| sha256 != head.sha256) {
        return Err(Bad::Damaged("the chunk is that of another object than the index says"));
    }
    bytes.drain(..HEAD.min(bytes.len()));
    if u32::try_from(bytes.len()) != Ok(head.length) {
        return Err(Bad::Damaged("the chunk is cut off"));
    }
    if let Some((nonce, tag)) = head.sealed {
        let key = key.ok_or(Bad::NoKey)?;
        let bound = bound(head.part, &head.sha256, head.length);
        key.open(&mut bytes, &bound, nonce, tag).ok_or(Bad::Damaged("the seal does not open"))?;
    }
    match code::sha256(&bytes) == head.sha256 {
        true => Ok(bytes),
        false => Err(Bad::Damaged("the bytes are not those that their hash names")),
    }
}

/// What the index says of a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) part: Part,
    pub(crate) length: u32,
    /// The hash of the content, where the index has it.
    pub(crate) sha256: Option<Digest>,
}

#[cfg(test)]
mod tests {
    use super::{Bad, Expected, HEAD, Head, Part, read, write};
    use crate::code::sha256;
    use crate::seal::Key;

    fn key() -> Key {
        Key::parse(format!("{}0f", "a1".repeat(31)).as_bytes()).unwrap()
    }

    fn stored(key: Option<&Key>) -> (Vec<u8>, Expected) {
        let content = b"<event uid='payload'/>";
        let mut out = b"before".to_vec();
        write(Part::Object, 9, sha256(content), content, key, &mut out).unwrap();
        let expected = Expected {
            part: Part::Object,
            length: u32::try_from(content.len()).unwrap(),
            sha256: Some(sha256(content)),
        };
        (out.split_off(6), expected)
    }

    #[test]
    fn every_flipped_bit_is_found_plain_and_sealed() {
        for key in [None, Some(key())] {
            let (bytes, expected) = stored(key.as_ref());
            let sealed = key.is_some();
            assert_eq!(bytes.len(), HEAD + 22);
            assert_eq!(Head::read(&bytes).unwrap().number, 9);
            assert_eq!(
                bytes.windows(7).any(|window| window == b"payload"),
                !sealed,
                "payload is in the clear only where the store is plain"
            );
            let whole = read(bytes.clone(), &expected, key.as_ref(), sealed);
            assert_eq!(whole.unwrap(), b"<event uid='payload'/>");
            for bit in 0..bytes.len() * 8 {
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert!(read(flipped, &expected, key.as_ref(), sealed).is_err(), "bit {bit}");
            }
            for end in 0..bytes.len() {
                assert!(read(bytes[..end].to_vec(), &expected, key.as_ref(), sealed).is_err());
            }
        }
    }

    #[test]
    fn a_plain_chunk_in_a_sealed_store_is_not_taken_and_neither_is_another_object() {
        let (plain, expected) = stored(None);
        assert!(matches!(read(plain, &expected, Some(&key()), true), Err(Bad::Damaged(_))));
        let (bytes, expected) = stored(Some(&key()));
        assert_eq!(read(bytes.clone(), &expected, None, true), Err(Bad::NoKey));
        let account = Expected { part: Part::Account, ..expected };
        assert!(read(bytes.clone(), &account, Some(&key()), true).is_err());
        let other = Expected { sha256: Some(sha256(b"other")), ..expected };
        assert!(read(bytes, &other, Some(&key()), true).is_err());
    }
}
