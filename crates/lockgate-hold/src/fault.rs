//! What can go wrong with the store: what, where, why, and what to do.

use lockgate_bytes::Digest;
use std::fmt;
use std::io;

/// Why the store could not do what it was asked for. Whoever gets one of these stops releasing and holding until it is
/// put right; nothing is dropped.
#[derive(Debug)]
pub enum Fault {
    /// The disk did not do its part.
    Disk {
        /// What was being done.
        doing: &'static str,
        /// The file, by its name in the store.
        file: String,
        /// What the system said.
        why: io::Error,
    },
    /// The store would grow beyond its quota.
    Full {
        /// The quota in bytes.
        quota: u64,
        /// Bytes that it holds now.
        used: u64,
        /// Bytes that were to be added.
        asked: u64,
    },
    /// Stored bytes are not what was stored. They are not delivered.
    Damaged {
        /// The file, by its name in the store.
        file: String,
        /// Where in it, in bytes.
        offset: u64,
        /// What did not fit.
        what: &'static str,
    },
    /// Another process has the store open for writing.
    Taken,
    /// The folder is not a store of this program, or one of a later version.
    NotAStore(&'static str),
    /// The store is sealed, and no key was given.
    NoKey,
    /// The key given is not the one that the store was made with.
    WrongKey,
    /// A key was given for a store that was made without one.
    NotSealed,
    /// The file is not a key.
    NotAKey(&'static str),
    /// No object is held under this entry.
    Unknown(u64),
    /// Two objects would be held under one entry.
    Twice(u64),
    /// The bytes handed over are not those that the hash names.
    NotItsHash(Digest),
    /// An object, an account or a batch larger than the store takes.
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The most that is taken, in bytes.
        most: u64,
    },
    /// The store was opened, but what a crash may have left behind was not settled yet.
    NotRecovered,
    /// The system gave no random bytes.
    NoRandomness,
}

impl Fault {
    pub(crate) fn disk(doing: &'static str, file: &str) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |why| Self::Disk { doing, file, why }
    }

    pub(crate) fn damaged(file: &str, offset: u64, what: &'static str) -> Self {
        Self::Damaged { file: file.to_owned(), offset, what }
    }

    /// True where the store is well and only has no room: settling objects or a larger quota puts it right.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Disk { why, .. } => {
                matches!(why.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk { doing, file, why } => write!(
                out,
                "hold: {doing} {file}: {why}; nothing is released or held until the disk takes it again"
            ),
            Self::Full { quota, used, asked } => write!(
                out,
                "hold: full: {used} of {quota} bytes are used and {asked} more were asked for; nothing is released or \
                 held until held objects are decided, or the quota grows"
            ),
            Self::Damaged { file, offset, what } => write!(
                out,
                "hold: {file} at byte {offset}: {what}; these bytes are not delivered; bring the file back from a backup"
            ),
            Self::Taken => out.write_str(
                "hold: another process has the store open for writing; stop it, or give this lane a store of its own",
            ),
            Self::NotAStore(why) => {
                write!(out, "hold: the folder is not a store that this program can use: {why}")
            }
            Self::NoKey => out.write_str("hold: the store is sealed; give the key file that it was made with"),
            Self::WrongKey => {
                out.write_str("hold: the key is not the one that the store was made with; give that one")
            }
            Self::NotSealed => out.write_str(
                "hold: the store was made without a key; start a new store with the key, or give no key",
            ),
            Self::NotAKey(why) => {
                write!(out, "hold: the key file is not usable: {why}; it holds 64 hexadecimal digits")
            }
            Self::Unknown(entry) => write!(out, "hold: no object is held under entry {entry}"),
            Self::Twice(entry) => write!(out, "hold: an object is held under entry {entry} already"),
            Self::NotItsHash(sha256) => write!(
                out,
                "hold: the bytes handed over are not those of {sha256}; nothing is stored; please report it"
            ),
            Self::TooLarge { size, most } => {
                write!(out, "hold: {size} bytes are more than the {most} that the store takes at once")
            }
            Self::NotRecovered => out.write_str(
                "hold: the store was opened but not recovered; compare it with the log first; please report it",
            ),
            Self::NoRandomness => out.write_str("hold: the system gave no random bytes, so nothing can be sealed"),
        }
    }
}

impl std::error::Error for Fault {}
