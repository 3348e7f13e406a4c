//! Manifests: what was sent, signed by the sender. Each says again what the ones before it said, and names them by digest.

use crate::wire::{self, Head, VERSION};
use crate::{Hash, ManifestKey, ManifestSecret, TAG_BYTES};
use alloc::vec::Vec;
use lockgate_bytes::{Precedence, Reader, Time, Untrusted};

/// What stands before the text that is signed.
const DOMAIN: &[u8] = b"lockgate diode manifest 1\n";
/// Bytes of the longest manifest without entries, as a datagram.
pub(crate) const BARE: usize =
    wire::HEAD + 8 + 64 + 8 + 8 + (1 + 6 * 16) + (1 + 16 + 1 + 6 * 8) + 2 + 64 + TAG_BYTES;
/// Bytes of the head of a run of entries, and of an entry in it.
pub(crate) const RUN: usize = 10;
/// See [`RUN`].
pub(crate) const ENTRY: usize = 36;

/// How far a class is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// All lower numbers have been given to objects.
    pub next: u64,
    /// The one of them that is still being sent, if there is one. Not in heartbeats.
    pub open: Option<u64>,
}

/// How far each class is, lowest class first; none where a class has not been used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(pub [Option<Mark>; 6]);

/// One object that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its class.
    pub class: Precedence,
    /// Its number.
    pub number: u64,
    /// Its length in bytes.
    pub length: u32,
    /// Its BLAKE3.
    pub hash: Hash,
}

/// How far the epoch before this one came, as far as the sender knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    /// That epoch.
    pub epoch: u64,
    /// How many datagrams it had.
    pub datagrams: u64,
    /// How far each class came.
    pub marks: Marks,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its place in the chain; the first of an epoch is 0.
    pub number: u64,
    /// The digests of the one before it and of the one before that; zeros where there is none.
    pub before: [Hash; 2],
    /// The sender's clock.
    pub clock: Time,
    /// How many objects were released and not sent, in this epoch.
    pub unsent: u64,
    /// How far each class is: every number below, save an open one, was sent.
    pub marks: Marks,
    /// How the epoch before ended.
    pub closing: Option<Closing>,
    /// Objects whose sending has ended, the older ones first.
    pub entries: Vec<Entry>,
    /// Ed25519, over [`Manifest::text`].
    pub signature: [u8; 64],
}

impl Marks {
    pub(crate) fn of(&self, class: Precedence) -> Option<Mark> {
        self.0.get(class.place()).copied().flatten()
    }

    /// A mask of the classes in use, then each; what is open only in manifests.
    pub(crate) fn write(&self, open: bool, out: &mut Vec<u8>) {
        let mask =
            self.0.iter().zip(0_u8..).fold(0, |mask, (mark, step)| mask | (u8::from(mark.is_some()) << step));
        out.push(mask);
        for mark in self.0.iter().flatten() {
            out.extend(mark.next.to_be_bytes());
            if open {
                out.extend(mark.open.unwrap_or(u64::MAX).to_be_bytes());
            }
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>, open: bool) -> Option<Self> {
        let mask = reader.byte().filter(|mask| *mask < 64)?;
        let mut marks = Self::default();
        for (mark, step) in marks.0.iter_mut().zip(0_u8..) {
            if mask >> step & 1 == 0 {
                continue;
            }
            let next = wire::u64(reader)?;
            let number = if open { wire::u64(reader)? } else { u64::MAX };
            let open = (number != u64::MAX).then_some(number);
            if open.is_some_and(|open| open >= next) {
                return None;
            }
            *mark = Some(Mark { next, open });
        }
        Some(marks)
    }
}

impl Manifest {
    /// The text that is signed, and whose BLAKE3 is the manifest's digest.
    pub fn text(&self, link: u16, epoch: u64) -> Vec<u8> {
        let mut text = Vec::from(DOMAIN);
        text.push(VERSION);
        text.extend(link.to_be_bytes());
        text.extend(epoch.to_be_bytes());
        self.write_unsigned(&mut text);
        text
    }

    /// What later manifests name it by.
    pub fn digest(text: &[u8]) -> Hash {
        *blake3::hash(text).as_bytes()
    }

    pub(crate) fn sign(&mut self, head: &Head, secret: &ManifestSecret) -> Hash {
        let text = self.text(head.link, head.epoch);
        self.signature = secret.sign(&text);
        Self::digest(&text)
    }

    /// Its digest where `key` signed it.
    pub(crate) fn verify(&self, head: &Head, key: &ManifestKey) -> Option<Hash> {
        let text = self.text(head.link, head.epoch);
        key.verifies(&text, &self.signature).then(|| Self::digest(&text))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.write_unsigned(out);
        out.extend(self.signature);
    }

    fn write_unsigned(&self, out: &mut Vec<u8>) {
        out.extend(self.number.to_be_bytes());
        out.extend(self.before.as_flattened());
        out.extend(self.clock.unix_nanos().to_be_bytes());
        out.extend(self.unsent.to_be_bytes());
        self.marks.write(true, out);
        match &self.closing {
            None => out.push(0),
            Some(closing) => {
                out.push(1);
                out.extend(closing.epoch.to_be_bytes());
                out.extend(closing.datagrams.to_be_bytes());
                closing.marks.write(false, out);
            }
        }
        let runs: Vec<&[Entry]> = runs(&self.entries).collect();
        out.extend(u16::try_from(runs.len()).unwrap_or(u16::MAX).to_be_bytes());
        for run in runs {
            let Some(first) = run.first() else { continue };
            out.push(first.class.step());
            out.extend(first.number.to_be_bytes());
            out.push(u8::try_from(run.len()).unwrap_or(u8::MAX));
            for entry in run {
                out.extend(entry.length.to_be_bytes());
                out.extend(entry.hash);
            }
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let number = wire::u64(reader)?;
        let before = [wire::words(reader)?, wire::words(reader)?];
        let clock = Time::from_unix_nanos(i64::from_be_bytes(wire::words(reader)?));
        let (unsent, marks) = (wire::u64(reader)?, Marks::read(reader, true)?);
        let closing = match reader.byte()? {
            0 => None,
            1 => {
                let (epoch, datagrams) = (wire::u64(reader)?, wire::u64(reader)?);
                Some(Closing { epoch, datagrams, marks: Marks::read(reader, false)? })
            }
            _ => return None,
        };
        let mut entries = Vec::new();
        for _ in 0..wire::u16(reader)? {
            read_run(reader, &mut entries)?;
        }
        let signature = wire::words(reader)?;
        Some(Self { number, before, clock, unsent, marks, closing, entries, signature })
    }

    /// Reads a manifest's body as it stands in a datagram, for checking tools; `None` where it is none, or more follows.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let mut reader = Untrusted::new(body).reader();
        Self::read(&mut reader).filter(|_| reader.at_end())
    }
}

/// A run: objects of one class with numbers one after the other.
fn read_run(reader: &mut Reader<'_>, entries: &mut Vec<Entry>) -> Option<()> {
    let class = *Precedence::ALL.get(usize::from(reader.byte()?))?;
    let first = wire::u64(reader)?;
    let count = reader.byte().filter(|count| *count > 0)?;
    for step in 0..count {
        let number = first.checked_add(u64::from(step)).filter(|number| *number < u64::MAX)?;
        let (length, hash) = (wire::u32(reader)?, wire::words(reader)?);
        entries.push(Entry { class, number, length, hash });
    }
    Some(())
}

/// Cuts entries into runs of at most 255.
fn runs(entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    entries
        .chunk_by(|a, b| a.class == b.class && a.number.checked_add(1) == Some(b.number))
        .flat_map(|run| run.chunks(255))
}
