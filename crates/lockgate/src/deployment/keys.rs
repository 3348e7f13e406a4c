//! Files of secret keys: bounded, and nobody else's business.

use crate::exit::Fault;
use crate::files;
use lockgate_attest::{PublicKey, SecretKey, is_sealing_key_file};
use lockgate_bytes::Digest;
use lockgate_diode::{LinkKey, ManifestKey};
use std::fs::Metadata;
use std::io;
use std::path::Path;

/// Most bytes of a key file.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// The Ed25519 key in a file, to sign with.
///
/// # Errors
/// [`Fault`] where it cannot be read, others can read it, or it is no such key.
pub(crate) fn signing(file: &Path) -> Result<SecretKey, Fault> {
    let pem = own(file)?;
    SecretKey::from_pem(pem).map_err(|fault| {
        Fault::new(format!(
            "{}: {fault}; `openssl genpkey -algorithm ed25519 -out KEY` makes one",
            file.display()
        ))
    })
}

/// The secret that both ends of a diode link share.
///
/// # Errors
/// [`Fault`] where it cannot be read, others can read it, or it is no such secret.
pub(crate) fn link(file: &Path) -> Result<LinkKey, Fault> {
    let text = own(file)?;
    let digits = std::str::from_utf8(&text).ok().filter(|_| is_sealing_key_file(text.clone()));
    let secret = digits.and_then(|digits| Digest::parse(&digits.trim_end().to_ascii_lowercase()));
    let secret = secret.ok_or_else(|| {
        Fault::new(format!(
            "{}: the secret of a link is 64 hexadecimal digits; `openssl rand -hex 32` makes one",
            file.display()
        ))
    })?;
    Ok(LinkKey::new(&secret.0))
}

/// The public half of a diode link's key.
///
/// # Errors
/// [`Fault`] where it cannot be read, or is no such key.
pub(crate) fn manifest(file: &Path) -> Result<ManifestKey, Fault> {
    let pem = read(file).map_err(|error| Fault::of(file.display(), &error))?;
    let key = PublicKey::from_pem(&pem).ok().and_then(|key| ManifestKey::from_bytes(key.as_bytes()));
    key.ok_or_else(|| {
        Fault::new(format!(
            "{}: no public key of a link; `openssl pkey -in KEY -pubout` prints one",
            file.display()
        ))
    })
}

/// The bytes of a key file that is nobody else's.
fn own(file: &Path) -> Result<Vec<u8>, Fault> {
    let metadata = std::fs::metadata(file).map_err(|error| Fault::of(file.display(), &error))?;
    if is_open(&metadata) {
        return Err(Fault::new(format!(
            "{}: others than its owner can read or change this key; chmod 600 it, and make a new one if they may have",
            file.display()
        )));
    }
    read(file).map_err(|error| Fault::of(file.display(), &error))
}

/// The bytes of a key file.
///
/// # Errors
/// Those of the file system; `FileTooLarge` for what is no key file.
pub(super) fn read(file: &Path) -> io::Result<Vec<u8>> {
    files::bounded(file, KEY_BYTES_MAX)
}

/// True where everybody can use the file in some way, or its group can change it. That its group may read it is usual
/// for a service of its own user.
#[cfg(unix)]
pub(super) fn is_open(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.mode() & 0o027 != 0
}

/// Where files have no such modes, whoever keeps the key keeps it by other means.
#[cfg(not(unix))]
pub(super) fn is_open(_: &Metadata) -> bool {
    false
}
