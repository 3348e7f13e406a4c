//! The root of a watched folder: whose it is, and who may look into it.

use super::pair;
use crate::config::Directory;
use lockgate_disk::Disk;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// The folders that nobody else looks into.
const OURS: [&str; 2] = ["taken", "turned-away"];

/// Opens the root of a watched folder. It must be ours alone: others write into `in` below it, never into it.
///
/// # Errors
/// A sentence that says what to do.
pub fn open_folder(root: &Path) -> Result<Arc<dyn Disk>, String> {
    use std::os::unix::fs::MetadataExt as _;
    let shown = root.display();
    let meta = std::fs::metadata(root).map_err(|error| format!("cannot open {shown}: {error}"))?;
    if !meta.is_dir() {
        return Err(format!("{shown} is no folder"));
    }
    if meta.mode() & 0o022 != 0 {
        return Err(format!(
            "others can write into {shown}; take that right away (chmod go-w), only `in` is for them"
        ));
    }
    for folder in OURS {
        keep_to_ourselves(&root.join(folder))
            .map_err(|error| format!("cannot keep {shown}/{folder} to ourselves: {error}"))?;
    }
    let disk = lockgate_disk::RealDisk::at(root).map_err(|error| format!("cannot open {shown}: {error}"))?;
    Ok(Arc::new(disk))
}

/// When files come and go there is for nobody else to see: with a root of a group, that group could list it.
fn keep_to_ourselves(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let mode = std::fs::symlink_metadata(folder)?.permissions().mode();
            match mode & 0o077 {
                0 => Ok(()),
                _ => std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)),
            }
        }
        made => made,
    }
}

/// Where it stands whose receipts the taken files have.
const OF: &str = "of";
const OF_BYTES_MAX: u64 = 4096;

/// A folder belongs to one log for as long as anything is taken in it.
///
/// # Errors
/// A sentence that says what to do.
pub(super) fn belongs(config: &Directory, has_taken: bool) -> Result<(), String> {
    let Some(of) = &config.of else { return Ok(()) };
    let (disk, new) = (&config.disk, "of.new");
    let failed = |error: io::Error| format!("cannot tell whose the folder is (`{OF}`): {error}");
    match disk.read(OF, OF_BYTES_MAX) {
        Ok(there) if there == of.as_bytes() => return Ok(()),
        Ok(_) if has_taken => {
            return Err(
                "another lane's log has taken files in it, and whether they are decided only that one knows; \
                 let that lane finish them, or move what is in `taken` back to `in` if it was never decided"
                    .to_owned(),
            );
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    disk.remove(new).or_else(pair::missing_is_fine).map_err(failed)?;
    disk.write_whole(new, of.as_bytes()).map_err(failed)?;
    disk.rename(new, OF).map_err(failed)?;
    disk.sync_dir("").map_err(failed)
}
