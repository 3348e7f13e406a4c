//! Checkpoints (C2SP tlog-checkpoint): the size and the root of the log, signed.

use crate::note::{self, LogKey, NoteFault, TrustKey};
use crate::tree::Hash;
use lockgate_attest::base64;
use std::fmt;

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, which is its key's.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// Why a checkpoint is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointFault {
    /// The note around it.
    Note(NoteFault),
    /// Its lines are not name, size and root.
    Form,
    /// It is of another log: its first line is not the name of the key that signed it.
    Origin,
}

impl Checkpoint {
    /// The signed text.
    pub(crate) fn sign(&self, key: &LogKey) -> String {
        let mut text = format!("{}\n{}\n", self.origin, self.size);
        text.push_str(&base64::encode(&self.root));
        text.push('\n');
        key.sign(&text)
    }

    /// Reads a signed checkpoint.
    ///
    /// # Errors
    /// [`CheckpointFault`].
    pub fn open(note: &[u8], trusted: &[TrustKey]) -> Result<Self, CheckpointFault> {
        let (text, signer) = note::open(note, trusted).map_err(CheckpointFault::Note)?;
        let checkpoint = Self::parse(text).ok_or(CheckpointFault::Form)?;
        if checkpoint.origin == signer.name() { Ok(checkpoint) } else { Err(CheckpointFault::Origin) }
    }

    /// Reads a checkpoint without asking who signed it: only to compare sizes, never to trust it.
    pub(crate) fn peek(note: &[u8]) -> Option<Self> {
        Self::parse(note::split(note).ok()?.0)
    }

    /// Lines after the third are extensions, which we neither write nor need.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        // Numbers have one form: no sign, no zero in front.
        if origin.is_empty() || number.to_string() != size {
            return None;
        }
        let root = base64::decode(root.as_bytes())?.try_into().ok()?;
        Some(Self { origin: origin.to_owned(), size: number, root })
    }
}

impl fmt::Display for CheckpointFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Note(fault) => fault.fmt(out),
            Self::Form => out.write_str("the signed text is no checkpoint: name, size and root, a line each"),
            Self::Origin => out.write_str("it is the checkpoint of another log than the key's"),
        }
    }
}

impl std::error::Error for CheckpointFault {}

#[cfg(test)]
mod tests {
    use super::{Checkpoint, CheckpointFault};
    use crate::note::LogKey;

    #[test]
    fn a_checkpoint_is_read_as_it_was_signed() {
        let key = LogKey::from_secret("example.org/log", &[3; 32]).unwrap();
        let checkpoint = Checkpoint { origin: "example.org/log".to_owned(), size: 20_852_163, root: [9; 32] };
        let note = checkpoint.sign(&key);
        assert_eq!(Checkpoint::open(note.as_bytes(), &[key.trust()]), Ok(checkpoint.clone()));
        assert_eq!(Checkpoint::peek(note.as_bytes()), Some(checkpoint.clone()));
        let other = Checkpoint { origin: "elsewhere".to_owned(), ..checkpoint }.sign(&key);
        assert_eq!(Checkpoint::open(other.as_bytes(), &[key.trust()]), Err(CheckpointFault::Origin));
        for text in ["log\n07\nAAAA\n", "log\n7\nAAAA\n", "log\n+7\n", "\n7\nAAAA\n", "log\n"] {
            let note = key.sign(text);
            assert_eq!(
                Checkpoint::open(note.as_bytes(), &[key.trust()]),
                Err(CheckpointFault::Form),
                "{text:?}"
            );
        }
    }
}
