//! Files of secret keys: bounded, and nobody else's business.

use crate::exit::Fault;
use crate::files;
use lockgate_attest::{PublicKey, SecretKey, sealing_key, tls_key};
use lockgate_bytes::PseudonymKey;
use lockgate_diode::{LinkKey, ManifestKey};
use lockgate_hold::Key;
use std::fs::Metadata;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Most bytes of a key file.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// The Ed25519 key in a file, to sign with.
///
/// # Errors
/// [`Fault`] where it cannot be read, others can read it, or it is no such key.
pub(crate) fn signing(file: &Path) -> Result<SecretKey, Fault> {
    closed(file)?;
    let pem = read(file).map_err(|error| Fault::of(file.display(), &error))?;
    SecretKey::from_pem(pem).map_err(|fault| {
        Fault::new(format!(
            "{}: {fault}; `openssl genpkey -algorithm ed25519 -out KEY` makes one",
            file.display()
        ))
    })
}

/// The key of a store of held objects.
///
/// # Errors
/// [`Fault`] where it cannot be read, others can read it, or it is no such key.
pub(crate) fn hold(file: &Path) -> Result<Key, Fault> {
    closed(file)?;
    let bytes =
        files::bounded(file, Key::FILE_BYTES_MAX).map_err(|error| Fault::of(file.display(), &error))?;
    Key::parse(&bytes).map_err(|fault| Fault::new(format!("{}: {fault}", file.display())))
}

/// The key of our certificate, as DER.
///
/// # Errors
/// [`Fault`] where it cannot be read, others can read it, or it is no such key.
pub(crate) fn tls(file: &Path) -> Result<Vec<u8>, Fault> {
    closed(file)?;
    let pem = read(file).map_err(|error| Fault::of(file.display(), &error))?;
    let key =
        tls_key(pem).ok_or_else(|| Fault::new(format!("{}: no key that TLS can use", file.display())))?;
    Ok(key.to_vec())
}

/// The secret that both ends of a diode link share.
///
/// # Errors
/// [`Fault`] where it cannot be read, others can read it, or it is no such secret.
pub(crate) fn link(file: &Path) -> Result<LinkKey, Fault> {
    closed(file)?;
    let text = read(file).map_err(|error| Fault::of(file.display(), &error))?;
    let secret = sealing_key(text).ok_or_else(|| {
        Fault::new(format!(
            "{}: the secret of a link is 64 hexadecimal digits; `openssl rand -hex 32` makes one",
            file.display()
        ))
    })?;
    Ok(LinkKey::new(&secret))
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

/// The key of pseudonyms in a file: 64 hexadecimal digits.
///
/// # Errors
/// [`Fault`] where it cannot be read, others can read it, or it is no such key.
pub(crate) fn pseudonyms(file: &Path) -> Result<Arc<PseudonymKey>, Fault> {
    closed(file)?;
    let text = read(file).map_err(|error| Fault::of(file.display(), &error))?;
    let key = sealing_key(text).ok_or_else(|| {
        let wanted = "not a key of pseudonyms, 64 hexadecimal digits; `openssl rand -hex 32` makes one";
        Fault::new(format!("{}: {wanted}", file.display()))
    })?;
    Ok(Arc::new(PseudonymKey::new(*key)))
}

fn closed(file: &Path) -> Result<(), Fault> {
    let metadata = std::fs::metadata(file).map_err(|error| Fault::of(file.display(), &error))?;
    if !is_open(&metadata) {
        return Ok(());
    }
    Err(Fault::new(format!(
        "{}: others than its owner can read or change this key; chmod 600 it, and make a new one if they may have",
        file.display()
    )))
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
