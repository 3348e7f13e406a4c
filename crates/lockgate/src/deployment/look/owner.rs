//! Who owns files and folders, and who may write there.

pub(crate) use system::user;
pub(in crate::deployment) use system::{is_one_disk, is_open, may_write};

#[cfg(unix)]
mod system {
    use std::fs::Metadata;
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    /// Most bytes of the list of users.
    const USERS_BYTES_MAX: u64 = 4 << 20;

    /// Whether files can be made, read and removed in a folder, by who asks; nothing is made.
    pub(in crate::deployment) fn may_write(folder: &Path) -> io::Result<()> {
        use rustix::fs::{Access, AtFlags, CWD, accessat};
        let all = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
        accessat(CWD, folder, all, AtFlags::EACCESS).map_err(io::Error::from)
    }

    /// True where others than the owner of a file or folder can change what is in it.
    pub(in crate::deployment) fn is_open(metadata: &Metadata) -> bool {
        metadata.mode() & 0o022 != 0
    }

    /// True where both stand on one file system.
    pub(in crate::deployment) fn is_one_disk(one: &Metadata, other: &Metadata) -> bool {
        one.dev() == other.dev()
    }

    /// The number of a user, who may be named by it.
    pub(crate) fn user(owner: &str) -> Option<u32> {
        let is_number = owner == "0" || !owner.starts_with('0');
        if let Some(id) = owner.parse().ok().filter(|_| is_number) {
            return Some(id);
        }
        let users = crate::files::bounded(Path::new("/etc/passwd"), USERS_BYTES_MAX).ok()?;
        let users = String::from_utf8_lossy(&users).into_owned();
        let mut lines = users.lines().map(|line| line.split(':'));
        lines.find_map(|mut parts| (parts.next() == Some(owner)).then(|| parts.nth(1)?.parse().ok())?)
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::Metadata;
    use std::io;
    use std::path::Path;

    /// No lane runs on such a system.
    pub(in crate::deployment) fn may_write(_: &Path) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }

    /// See [`may_write`].
    pub(in crate::deployment) fn is_open(_: &Metadata) -> bool {
        true
    }

    /// See [`may_write`].
    pub(in crate::deployment) fn is_one_disk(_: &Metadata, _: &Metadata) -> bool {
        true
    }

    /// See [`may_write`].
    pub(crate) fn user(_: &str) -> Option<u32> {
        None
    }
}
