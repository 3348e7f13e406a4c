//! Files, as the rooms that must survive a crash see them.
//!
//! A room that keeps something writes through [`Disk`] and nothing else. [`RealDisk`] is one folder of the machine;
//! [`SimDisk`] is the same in memory, loses power at a chosen operation, keeps, tears or loses what was not synced, and
//! fails on demand. What holds on the second for a thousand seeds is believed of the first.
//!
//! What this crate cannot do on purpose: leave its folder, follow a symbolic link, or read without a bound.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod name;
#[cfg(target_os = "linux")]
mod past;
#[cfg(unix)]
mod real;
mod seed;
mod sim;

pub use name::check as check_name;
#[cfg(unix)]
pub use real::RealDisk;
pub use seed::Seed;
pub use sim::{Breakage, SimDisk};

use std::io;

/// One folder and what is under it. Names are relative, `/` between their parts, and never climb ([`check_name`]); the
/// folder itself is `""`.
///
/// Every error is the operating system's ([`io::Error::raw_os_error`]); a name that climbs is
/// [`io::ErrorKind::InvalidInput`]. Nothing survives a crash for certain until it is synced: bytes by [`File::sync`],
/// names (created, renamed, linked, removed) by [`Disk::sync_dir`] of the folder they stand in.
pub trait Disk: Send + Sync {
    /// A new empty file, open for appending.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], and those of the system.
    fn create(&self, name: &str) -> io::Result<Box<dyn File>>;

    /// A new file of `size` zero bytes, which are durable when this returns (its name is not). What is appended goes over
    /// the zeros first, from the start on, and then to the end: a sync has no new size to keep then, which spares most
    /// file systems a write or two. A disk that cannot reserve gives an empty file.
    ///
    /// # Errors
    /// As [`Self::create`]; a part of the file may be there then.
    fn reserve(&self, name: &str, _size: u64) -> io::Result<Box<dyn File>> {
        self.create(name)
    }

    /// A file that is there becomes one of `size` zero bytes, as from [`Self::reserve`], in the room that it has: nothing
    /// is freed and found again. Nothing of what it held is left.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`], and those of the system; what is there then may be anything.
    fn renew(&self, name: &str, size: u64) -> io::Result<Box<dyn File>> {
        self.remove(name)?;
        self.reserve(name, size)
    }

    /// A file that is there already, open for appending.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`], and those of the system.
    fn open(&self, name: &str) -> io::Result<Box<dyn File>>;

    /// The whole file.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] where it has more than `most` bytes; what is no regular file is
    /// [`io::ErrorKind::InvalidInput`].
    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>>;

    /// Up to `length` bytes from `offset` on; fewer where the file ends before.
    ///
    /// # Errors
    /// Those of the system; what is no regular file is [`io::ErrorKind::InvalidInput`].
    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// What stands under the name; a symbolic link is shown as itself.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`], and those of the system.
    fn look(&self, name: &str) -> io::Result<Look>;

    /// The names in a folder, sorted, at most `most`: as many as `most` means that there may be more.
    ///
    /// # Errors
    /// Those of the system.
    fn list(&self, folder: &str, most: usize) -> io::Result<Vec<Entry>>;

    /// A new file of exactly these bytes; when it returns, every byte will survive. A large one may go past the system's
    /// cache of pages: whoever reads it next reads the disk.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], and those of the system; part of it may be in the file then.
    fn write_whole(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.create(name)?;
        file.append(bytes)?;
        file.sync()
    }

    /// Renames a file, in one step; a file of the new name is replaced.
    ///
    /// # Errors
    /// Those of the system.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// A second name for a file; unlike [`Self::rename`] it never replaces one.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], and those of the system.
    fn link(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes the name of a file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`], and those of the system.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// A new folder; its parent has to be there.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], and those of the system.
    fn create_dir(&self, name: &str) -> io::Result<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// [`io::ErrorKind::DirectoryNotEmpty`], and those of the system.
    fn remove_dir(&self, name: &str) -> io::Result<()>;

    /// Returns when the names in the folder will survive.
    ///
    /// # Errors
    /// Those of the system.
    fn sync_dir(&self, folder: &str) -> io::Result<()>;

    /// Bytes that may still be written.
    ///
    /// # Errors
    /// Those of the system.
    fn free_space(&self) -> io::Result<u64>;

    /// Takes the file of this name (made where it is not there) as a lock, until the guard is dropped or the process
    /// ends.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where another holds it.
    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>>;
}

/// An open file that only grows, fills what was reserved, or is cut.
pub trait File: Send {
    /// Appends all of it; over what was [reserved](Disk::reserve), as far as that goes.
    ///
    /// # Errors
    /// Those of the system; part of it may be in the file then, so cut it off with [`Self::truncate`].
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when every byte will survive (`fdatasync`).
    ///
    /// # Errors
    /// Those of the system. What was not synced before may be lost then *although a later sync succeeds*: write it
    /// again, elsewhere.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to `size` bytes, and with that ends what was reserved: the next bytes go to the end.
    ///
    /// # Errors
    /// Those of the system.
    fn truncate(&mut self, size: u64) -> io::Result<()>;

    /// Bytes in the file.
    ///
    /// # Errors
    /// Those of the system.
    fn size(&self) -> io::Result<u64>;
}

/// Holds a lock until it is dropped.
pub trait Lock: Send + Sync {}

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// File, folder or something else.
    pub kind: Kind,
    /// Bytes; 0 for what is no file.
    pub size: u64,
    /// How many names the file has.
    pub links: u64,
    /// User id of its owner; 0 on a simulated disk.
    pub owner: u32,
    /// When its bytes last changed, in nanoseconds since 1970, as finely as the file system keeps it; 0 on a simulated
    /// disk.
    pub changed: i64,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The last part of its name. What is no UTF-8 is shown with U+FFFD and cannot be opened.
    pub name: String,
    /// File, folder or something else.
    pub kind: Kind,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, a socket, a pipe, a device.
    Other,
}

impl<T: Disk + ?Sized> Disk for std::sync::Arc<T> {
    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        (**self).create(name)
    }
    fn reserve(&self, name: &str, size: u64) -> io::Result<Box<dyn File>> {
        (**self).reserve(name, size)
    }
    fn renew(&self, name: &str, size: u64) -> io::Result<Box<dyn File>> {
        (**self).renew(name, size)
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        (**self).open(name)
    }
    fn write_whole(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        (**self).write_whole(name, bytes)
    }
    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        (**self).read(name, most)
    }
    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        (**self).read_at(name, offset, length)
    }
    fn look(&self, name: &str) -> io::Result<Look> {
        (**self).look(name)
    }
    fn list(&self, folder: &str, most: usize) -> io::Result<Vec<Entry>> {
        (**self).list(folder, most)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        (**self).rename(from, to)
    }
    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        (**self).link(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        (**self).remove(name)
    }
    fn create_dir(&self, name: &str) -> io::Result<()> {
        (**self).create_dir(name)
    }
    fn remove_dir(&self, name: &str) -> io::Result<()> {
        (**self).remove_dir(name)
    }
    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        (**self).sync_dir(folder)
    }
    fn free_space(&self) -> io::Result<u64> {
        (**self).free_space()
    }
    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>> {
        (**self).lock(name)
    }
}
