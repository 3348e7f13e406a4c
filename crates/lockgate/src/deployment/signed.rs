//! The files around a signed bundle.

use super::look::owner;
use crate::exit::Fault;
use crate::files;
use lockgate_bundle::trust::{Signatures, Trust};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Most bytes of a built bundle.
const BUNDLE_BYTES_MAX: u64 = 256 << 20;
/// Most bytes of a trust or signature file; the notation itself takes 1 MiB and says so.
const NOTATION_BYTES_MAX: u64 = 16 << 20;

/// The file with the signatures of the bundle in `file`.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sigs");
    PathBuf::from(name)
}

/// The bytes of a bundle.
///
/// # Errors
/// [`Fault`] where it cannot be read.
pub(crate) fn bundle_bytes(file: &Path) -> Result<Vec<u8>, Fault> {
    files::bounded(file, BUNDLE_BYTES_MAX).map_err(|error| Fault::of(file.display(), &error))
}

/// Who may sign.
///
/// # Errors
/// [`Fault`] where the file cannot be read, others than its owner can change it, or it has mistakes.
pub(crate) fn trust(file: &Path) -> Result<Trust, Fault> {
    if is_open(file) {
        return Err(Fault::new(format!(
            "{}: others than its owner can change who may sign; chmod go-w it, and compare it with what was agreed",
            file.display()
        )));
    }
    let text = files::bounded(file, NOTATION_BYTES_MAX).map_err(|error| Fault::of(file.display(), &error))?;
    Trust::read(&file.to_string_lossy(), &text).map_err(Fault::from)
}

/// True where others than its owner can change a file, as far as the system has such modes.
pub(crate) fn is_open(file: &Path) -> bool {
    cfg!(unix) && fs::metadata(file).is_ok_and(|metadata| owner::is_open(&metadata))
}

/// Who has signed; `None` where there is no such file.
///
/// # Errors
/// [`Fault`] where the file is there and cannot be read, or has mistakes.
pub(crate) fn signatures(file: &Path) -> Result<Option<Signatures>, Fault> {
    let text = match files::bounded(file, NOTATION_BYTES_MAX) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Fault::of(file.display(), &error)),
    };
    Signatures::read(&file.to_string_lossy(), &text).map(Some).map_err(Fault::from)
}
