//! The one file of a built bundle: the authored files in order, and their digest.
//!
//! ```text
//!   "LOCKGATE BUNDLE\n"  version u32  count u32  ( path-length u16  path  length u32  bytes ) * count  SHA-256
//! ```
//!
//! Numbers are big-endian. The digest is taken over all that stands before it, so that it depends on paths, lengths and
//! bytes in one way only: the content address of the bundle. Nothing compiled is in the file.

use crate::place::{MAX_BYTES, MAX_FILES};
use lockgate_bytes::{Digest, Reader, Untrusted};
use lockgate_notation::Diagnostics;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;

const MAGIC: &[u8; 16] = b"LOCKGATE BUNDLE\n";
const VERSION: u32 = 1;
const MAX_PATH: usize = 255;

/// Why a built bundle cannot be used.
#[derive(Debug)]
pub enum ReadFault {
    /// It does not begin like a bundle.
    NotABundle,
    /// It was built by another version of the format.
    OtherVersion(u32),
    /// It ends too early, or something follows its end.
    WrongLength,
    /// It has more files or bytes than a bundle may have.
    TooLarge,
    /// A path in it is not one that a bundle has, or not in order.
    BadPath,
    /// Its bytes are not those that were built.
    WrongDigest,
    /// The files in it do not compile.
    DoesNotBuild(Box<Diagnostics>),
}

impl fmt::Display for ReadFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABundle => out.write_str("this is no bundle; `lockgate bundle build` makes one"),
            Self::OtherVersion(version) => {
                write!(
                    out,
                    "this bundle has format version {version}, and this program reads version {VERSION}; build it again"
                )
            }
            Self::WrongLength => {
                out.write_str("the bundle is cut off, or something was added to it; copy it again")
            }
            Self::TooLarge => write!(out, "the bundle has more than {MAX_FILES} files or {MAX_BYTES} bytes"),
            Self::BadPath => {
                out.write_str("the bundle names a file that no bundle has, or not in order; build it again")
            }
            Self::WrongDigest => out.write_str("the bundle is not what was built; copy it again"),
            Self::DoesNotBuild(diagnostics) => {
                write!(out, "the rules in the bundle do not compile:\n{}", diagnostics.render())
            }
        }
    }
}

impl std::error::Error for ReadFault {}

/// The file of a bundle; `None` where a path or a file is too long for it.
pub(crate) fn write(files: &BTreeMap<String, Vec<u8>>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_be_bytes());
    out.extend_from_slice(&u32::try_from(files.len()).ok()?.to_be_bytes());
    for (path, bytes) in files {
        if !is_path(path) {
            return None;
        }
        out.extend_from_slice(&u16::try_from(path.len()).ok()?.to_be_bytes());
        out.extend_from_slice(path.as_bytes());
        out.extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_be_bytes());
        out.extend_from_slice(bytes);
    }
    let digest = sha256(&out);
    out.extend_from_slice(&digest.0);
    Some(out)
}

/// The content address of a bundle with these files.
pub(crate) fn address(files: &BTreeMap<String, Vec<u8>>) -> Option<Digest> {
    let file = write(files)?;
    file.last_chunk::<32>().map(|digest| Digest(*digest))
}

/// The files of a built bundle.
pub(crate) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, ReadFault> {
    let mut reader = Untrusted::new(bytes).reader();
    if !reader.eat(MAGIC) {
        return Err(ReadFault::NotABundle);
    }
    let version = number(&mut reader)?;
    if version != VERSION {
        return Err(ReadFault::OtherVersion(version));
    }
    let (body, digest) = bytes.split_last_chunk::<32>().ok_or(ReadFault::WrongLength)?;
    let count = size(number(&mut reader)?);
    if count > MAX_FILES || bytes.len() > MAX_BYTES.saturating_mul(2) {
        return Err(ReadFault::TooLarge);
    }
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for _ in 0..count {
        let length =
            reader.take(2).and_then(|bytes| bytes.first_chunk().copied()).ok_or(ReadFault::WrongLength)?;
        let path = reader.take(usize::from(u16::from_be_bytes(length))).ok_or(ReadFault::WrongLength)?;
        let path = std::str::from_utf8(path).ok().filter(|path| is_path(path)).ok_or(ReadFault::BadPath)?;
        if files.last_key_value().is_some_and(|(last, _)| last.as_str() >= path) {
            return Err(ReadFault::BadPath);
        }
        let length = size(number(&mut reader)?);
        let content = reader.take(length).ok_or(ReadFault::WrongLength)?;
        files.insert(path.to_owned(), content.to_vec());
    }
    if reader.offset() != body.len() {
        return Err(ReadFault::WrongLength);
    }
    if sha256(body).0 != *digest {
        return Err(ReadFault::WrongDigest);
    }
    Ok(files)
}

fn number(reader: &mut Reader<'_>) -> Result<u32, ReadFault> {
    let bytes = reader.take(4).and_then(|bytes| bytes.first_chunk().copied());
    bytes.map(u32::from_be_bytes).ok_or(ReadFault::WrongLength)
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Parts of visible ASCII between slashes, none of them empty or made to climb out of the folder.
pub(crate) fn is_path(path: &str) -> bool {
    let good = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b':'))
    };
    path.len() <= MAX_PATH && path.split('/').all(good)
}

fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::{ReadFault, address, read, write};
    use std::collections::BTreeMap;

    fn files() -> BTreeMap<String, Vec<u8>> {
        [("a/b.kdl", &b"one"[..]), ("bundle.kdl", b""), ("words/w.txt", b"x\n")]
            .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
            .into()
    }

    #[test]
    fn what_is_written_reads_back() {
        let file = write(&files()).unwrap();
        assert_eq!(read(&file).unwrap(), files());
        assert_eq!(file.last_chunk::<32>().unwrap(), &address(&files()).unwrap().0);
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_refused() {
        let file = write(&files()).unwrap();
        for end in 0..file.len() {
            assert!(read(&file[..end]).is_err(), "cut at {end}");
        }
        for bit in 0..file.len() * 8 {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&flipped).is_err(), "bit {bit}");
        }
        let longer: Vec<u8> = file.iter().copied().chain([0]).collect();
        assert!(matches!(read(&longer), Err(ReadFault::WrongLength)));
    }

    #[test]
    fn a_path_cannot_climb_out() {
        for path in ["../a", "a//b", "/a", "a/", "a/./b", "a\\b", "c:a", "é", "a b", "", &"a".repeat(256)] {
            let files = BTreeMap::from([(path.to_owned(), vec![])]);
            assert!(write(&files).is_none(), "{path}");
        }
    }

    /// Rule 10 of the reference on markings: what was compiled is known by its content, policies as all else.
    #[test]
    fn the_address_depends_on_path_length_and_bytes() {
        let one = |path: &str, bytes: &[u8]| address(&BTreeMap::from([(path.to_owned(), bytes.to_vec())]));
        let two = BTreeMap::from([("a".to_owned(), b"b".to_vec()), ("c".to_owned(), vec![])]);
        let all = [one("a", b"b"), one("ab", b""), one("a", b"bc"), address(&two)];
        for (at, address) in all.iter().enumerate() {
            assert!(address.is_some() && !all[..at].contains(address));
        }
    }

    #[test]
    fn every_fault_says_what_to_do() {
        let faults =
            [ReadFault::NotABundle, ReadFault::OtherVersion(2), ReadFault::TooLarge, ReadFault::WrongDigest];
        assert!(faults.iter().all(|fault| fault.to_string().len() > 20));
        let mut other = write(&files()).unwrap();
        other[19] = 2;
        assert!(matches!(read(&other), Err(ReadFault::OtherVersion(2))));
    }
}
