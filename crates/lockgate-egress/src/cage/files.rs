//! What a thread may ask of the system that puts files into a folder. A link has no use for it.

use super::argument;
use seccompiler::{BackendError, SeccompCmpArgLen, SeccompRule};
use std::collections::BTreeMap;

/// `lockgate-disk` goes by descriptors of folders only.
const CALLS: &[i64] = &[
    libc::SYS_openat,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_statx,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
];

/// Adds what depends on arguments, and gives the rest.
pub(super) fn rules(rules: &mut BTreeMap<i64, Vec<SeccompRule>>) -> Result<&'static [i64], BackendError> {
    // Folders are passed on as second descriptors of themselves.
    let again = u64::from(libc::F_DUPFD_CLOEXEC.unsigned_abs());
    rules.insert(libc::SYS_fcntl, vec![argument(1, SeccompCmpArgLen::Dword, again)?]);
    Ok(CALLS)
}
