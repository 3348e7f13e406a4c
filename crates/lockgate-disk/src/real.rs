//! One folder of the machine.

use crate::name::{check, check_folder, split};
#[cfg(target_os = "linux")]
use crate::past;
use crate::{Disk, Entry, File, Kind, Lock, Look};
use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Files are for their owner, and for readers of the group.
const FILE_MODE: u32 = 0o640;
const FOLDER_MODE: u32 = 0o750;
/// Zeros that are written at once.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];
/// So many of them are synced together. What is written and synced in one go keeps a processor, and then the disk, from
/// whoever syncs beside it: 4 MiB for 4 ms each.
const ZEROS_SYNCED: u64 = 256 << 10;

/// A folder of the machine, held open: renaming it while it is in use changes nothing.
#[derive(Debug)]
pub struct RealDisk {
    root: OwnedFd,
}

impl RealDisk {
    /// Opens the folder, which has to be there. The path itself may go through links; nothing under it does.
    ///
    /// # Errors
    /// Those of the system.
    pub fn at(folder: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self { root: fs::open(folder, flags, Mode::empty())? })
    }

    /// Opens a folder under the root, part by part, and through no link.
    fn folder(&self, name: &str) -> io::Result<OwnedFd> {
        check_folder(name)?;
        let mut at = self.root.try_clone()?;
        for part in name.split('/').filter(|part| !part.is_empty()) {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            at = fs::openat(&at, part, flags, Mode::empty())?;
        }
        Ok(at)
    }

    /// The folder that a name stands in, and its last part.
    fn place<'n>(&self, name: &'n str) -> io::Result<(OwnedFd, &'n str)> {
        check(name)?;
        let (folder, last) = split(name);
        Ok((self.folder(folder)?, last))
    }

    fn file(&self, name: &str, flags: OFlags) -> io::Result<std::fs::File> {
        let (folder, last) = self.place(name)?;
        // Never waits for the other end of a pipe.
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = std::fs::File::from(fs::openat(&folder, last, flags, Mode::from(FILE_MODE))?);
        if file.metadata()?.is_file() {
            return Ok(file);
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}

impl Disk for RealDisk {
    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL;
        Ok(Box::new(RealFile(self.file(name, flags)?)))
    }

    fn reserve(&self, name: &str, size: u64) -> io::Result<Box<dyn File>> {
        // Not `O_APPEND`: the file's own position says where the next bytes go.
        zeros(self.file(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?, size)
    }

    fn renew(&self, name: &str, size: u64) -> io::Result<Box<dyn File>> {
        zeros(self.file(name, OFlags::WRONLY)?, size)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(Box::new(RealFile(self.file(name, OFlags::WRONLY | OFlags::APPEND)?)))
    }

    #[cfg(target_os = "linux")]
    fn write_whole(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        if bytes.len() >= past::WORTH {
            match self.file(name, flags | OFlags::DIRECT) {
                Ok(file) => return past::write(file, bytes),
                // Some file systems know no such thing. What was made on the way is still empty.
                Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => {
                    match self.remove(name) {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                        _ => {}
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let mut file = self.file(name, flags)?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        let file = self.file(name, OFlags::RDONLY)?;
        let mut bytes = Vec::new();
        // One byte more than allowed tells a file that is too long, however it grows meanwhile.
        file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let file = self.file(name, OFlags::RDONLY)?;
        let there = usize::try_from(file.metadata()?.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0_u8; length.min(there)];
        let mut filled = 0_usize;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match file.read_at(rest, at) {
                Ok(0) => break,
                Ok(read) => filled = filled.saturating_add(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    fn look(&self, name: &str) -> io::Result<Look> {
        let (folder, last) = self.place(name)?;
        let stat = fs::statat(&folder, last, AtFlags::SYMLINK_NOFOLLOW)?;
        let kind = kind(FileType::from_raw_mode(stat.st_mode));
        let size = if kind == Kind::File { u64::try_from(stat.st_size).unwrap_or(0) } else { 0 };
        let nanos = i64::try_from(stat.st_mtime_nsec).unwrap_or(0);
        let changed = stat.st_mtime.saturating_mul(1_000_000_000).saturating_add(nanos);
        Ok(Look { kind, size, links: wide(stat.st_nlink), owner: stat.st_uid, changed })
    }

    fn list(&self, folder: &str, most: usize) -> io::Result<Vec<Entry>> {
        let folder = self.folder(folder)?;
        let mut entries = Vec::new();
        for entry in fs::Dir::read_from(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if entries.len() >= most {
                break;
            }
            let kind = match entry.file_type() {
                // Some file systems do not say; a name that went away meanwhile is left out.
                FileType::Unknown => match fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => kind(FileType::from_raw_mode(stat.st_mode)),
                    Err(Errno::NOENT) => continue,
                    Err(error) => return Err(error.into()),
                },
                known => kind(known),
            };
            entries.push(Entry { name: name.to_string_lossy().into_owned(), kind });
        }
        entries.sort();
        Ok(entries)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let ((from_folder, from), (to_folder, to)) = (self.place(from)?, self.place(to)?);
        Ok(fs::renameat(&from_folder, from, &to_folder, to)?)
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        let ((from_folder, from), (to_folder, to)) = (self.place(from)?, self.place(to)?);
        Ok(fs::linkat(&from_folder, from, &to_folder, to, AtFlags::empty())?)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let (folder, last) = self.place(name)?;
        Ok(fs::unlinkat(&folder, last, AtFlags::empty())?)
    }

    fn create_dir(&self, name: &str) -> io::Result<()> {
        let (folder, last) = self.place(name)?;
        Ok(fs::mkdirat(&folder, last, Mode::from(FOLDER_MODE))?)
    }

    fn remove_dir(&self, name: &str) -> io::Result<()> {
        let (folder, last) = self.place(name)?;
        Ok(fs::unlinkat(&folder, last, AtFlags::REMOVEDIR)?)
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        Ok(fs::fsync(self.folder(folder)?)?)
    }

    fn free_space(&self) -> io::Result<u64> {
        let stat = fs::fstatvfs(self.root.as_fd())?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>> {
        let file = self.file(name, OFlags::RDWR | OFlags::CREATE)?;
        fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Box::new(RealLock { _file: file }))
    }
}

/// The file as so many zeros, durable. Written out and not `fallocate`: blocks that were never written are a change of the
/// file's own data at their first sync.
fn zeros(mut file: std::fs::File, size: u64) -> io::Result<Box<dyn File>> {
    if file.metadata()?.len() != size {
        file.set_len(size)?;
    }
    let mut left = size;
    let mut unsynced = 0_u64;
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(usize::MAX).min(ZEROS.len());
        file.write_all(ZEROS.get(..part).unwrap_or(&ZEROS))?;
        let written = wide(u32::try_from(part).unwrap_or(u32::MAX));
        left = left.saturating_sub(written);
        unsynced = unsynced.saturating_add(written);
        if unsynced >= ZEROS_SYNCED {
            file.sync_data()?;
            unsynced = 0;
        }
    }
    file.sync_data()?;
    file.rewind()?;
    Ok(Box::new(RealFile(file)))
}

/// The width of a count differs between systems.
fn wide(count: impl Into<u64>) -> u64 {
    count.into()
}

fn kind(file_type: FileType) -> Kind {
    match file_type {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        _ => Kind::Other,
    }
}

struct RealFile(std::fs::File);

impl File for RealFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&mut self, size: u64) -> io::Result<()> {
        self.0.set_len(size)?;
        self.0.seek(SeekFrom::End(0)).map(drop)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

/// The lock goes with the descriptor.
struct RealLock {
    _file: std::fs::File,
}

impl Lock for RealLock {}

#[cfg(test)]
mod tests {
    use super::RealDisk;
    use crate::{Disk, Kind};
    use std::io::ErrorKind;

    fn disk() -> (tempfile::TempDir, RealDisk) {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::at(folder.path()).unwrap();
        (folder, disk)
    }

    #[test]
    fn no_link_is_followed_and_no_pipe_is_waited_for() {
        let (folder, disk) = disk();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), b"x").unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), folder.path().join("file")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            folder.path().join("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from(0o600),
            0,
        )
        .unwrap();
        for name in ["out/secret", "file", "pipe", "out", "../x"] {
            assert!(disk.read(name, 10).is_err(), "{name}");
            assert!(disk.open(name).is_err(), "{name}");
        }
        assert!(disk.create("out/new").is_err());
        assert!(disk.list("out", 10).is_err());
        let kinds: Vec<_> = disk.list("", 10).unwrap().into_iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, [Kind::Other; 3]);
    }

    #[test]
    fn a_read_is_bounded() {
        let (_folder, disk) = disk();
        disk.create("a").unwrap().append(b"12345").unwrap();
        assert_eq!(disk.read("a", 5).unwrap(), b"12345");
        assert_eq!(disk.read("a", 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(disk.read_at("a", 3, 10).unwrap(), b"45");
        assert_eq!(disk.read_at("a", 9, 10).unwrap(), b"");
        assert!(disk.free_space().unwrap() > 0);
    }

    #[test]
    fn what_is_reserved_is_written_over_and_then_grows() {
        let (_folder, disk) = disk();
        let mut file = disk.reserve("a", 70_000).unwrap();
        assert_eq!(disk.read("a", 70_000).unwrap(), [0; 70_000]);
        assert!(disk.reserve("a", 1).is_err());
        file.append(&[1; 60_000]).unwrap();
        file.append(&[2; 9_000]).unwrap();
        let there = disk.read("a", 70_000).unwrap();
        assert!(there[..60_000] == [1; 60_000] && there[60_000..69_000] == [2; 9_000]);
        assert_eq!(there[69_000..], [0; 1_000]);
        file.append(&[3; 2_000]).unwrap();
        file.sync().unwrap();
        assert_eq!(file.size().unwrap(), 71_000);
        file.truncate(10).unwrap();
        file.append(b"x").unwrap();
        assert_eq!(disk.read("a", 99).unwrap(), b"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01x");
    }

    #[test]
    fn what_is_renewed_is_zeros_of_the_size_that_was_asked_for_in_the_same_file() {
        let (folder, disk) = disk();
        assert_eq!(disk.renew("a", 9).err().unwrap().kind(), ErrorKind::NotFound);
        disk.create("a").unwrap().append(&[7; 70_000]).unwrap();
        let inode =
            || std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(folder.path().join("a")).unwrap());
        let before = inode();
        for size in [100_000_u64, 66_000, 3] {
            let mut file = disk.renew("a", size).unwrap();
            assert_eq!(disk.read("a", size).unwrap(), vec![0; usize::try_from(size).unwrap()]);
            file.append(&[1; 5]).unwrap();
            file.append(&[2; 5]).unwrap();
            assert_eq!(disk.read_at("a", 0, 10).unwrap(), [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
            assert_eq!(file.size().unwrap(), size.max(10));
        }
        assert_eq!(inode(), before);
    }

    #[test]
    fn a_look_tells_the_owner_and_the_last_change() {
        let (folder, disk) = disk();
        let mut file = disk.create("a").unwrap();
        let before = disk.look("a").unwrap();
        let meta = std::fs::metadata(folder.path().join("a")).unwrap();
        assert_eq!(before.owner, std::os::unix::fs::MetadataExt::uid(&meta));
        std::thread::sleep(std::time::Duration::from_millis(20));
        file.append(b"x").unwrap();
        let after = disk.look("a").unwrap();
        assert!(after.changed > before.changed && before.changed > 1_600_000_000_000_000_000);
    }

    #[test]
    fn only_an_empty_folder_is_removed() {
        let (_folder, disk) = disk();
        disk.create_dir("d").unwrap();
        disk.create("d/a").unwrap();
        assert_eq!(disk.remove_dir("d").unwrap_err().kind(), ErrorKind::DirectoryNotEmpty);
        disk.remove("d/a").unwrap();
        disk.remove_dir("d").unwrap();
        assert_eq!(disk.remove_dir("d").unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn one_holds_the_lock() {
        let (_folder, disk) = disk();
        let held = disk.lock("lock").unwrap();
        assert_eq!(disk.lock("lock").err().unwrap().kind(), ErrorKind::WouldBlock);
        drop(held);
        assert!(disk.lock("lock").is_ok());
    }
}
