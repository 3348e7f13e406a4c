//! A taken file, and what lies beside it: checked where nobody else can exchange them, read, and offered.

use super::pair::{self, Parts};
use super::{CHUNK, Fate, Folder, TRIES};
use crate::desk::{Desk, Moment};
use crate::{Receipt, Why};
use lockgate_bytes::Sidecar;
use lockgate_disk::{Kind, Look};
use std::io::{self, ErrorKind};

impl Folder {
    /// Checks a taken file, reads it and offers it.
    pub(super) fn pass(&mut self, receipt: Receipt, desk: &mut Desk<'_>, at: Moment) -> io::Result<Fate> {
        let parts = match self.parts(receipt) {
            Ok(parts) => parts,
            // What has to be together is not, or the lane does not read what is.
            Err(why) => {
                let size = self.config.disk.look(&self.pairs.object(receipt)).map_or(0, |look| look.size);
                return self.turn_away(receipt, why, size, None, desk, at);
            }
        };
        let before = match self.config.disk.look(&parts.object) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Somebody has been in our own folder.
                self.fault(desk);
                self.missed(Why::UnreadableFile, 0, None, desk, at);
                return Ok(Fate::TurnedAway);
            }
            look => look?,
        };
        if let Some(why) = self.unfit(&before, self.size_max) {
            let nothing: &[u8] = &[];
            let bytes = (why == Why::Empty).then_some(nothing);
            return self.turn_away(receipt, why, before.size, bytes, desk, at);
        }
        let beside = match self.look_beside(&parts)? {
            Ok(beside) => beside,
            Err(why) => return self.turn_away(receipt, why, before.size, None, desk, at),
        };
        let Some((mut buffer, mut sidecar)) = lend(desk, &before, beside.as_ref(), &parts) else {
            return Ok(Fate::Later);
        };
        let read = self.read_both(&parts, (&before, &mut buffer), (beside.as_ref(), sidecar.as_deref_mut()));
        let why = match read {
            Ok(true) => {
                let offered = desk.file(self.listener, self.source, (buffer, sidecar), receipt, at);
                return Ok(if offered { Fate::Offered } else { Fate::Later });
            }
            Ok(false) => Why::GrowingFile,
            Err(error) => {
                let is_its_own =
                    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::InvalidInput);
                if !is_its_own && self.tries < TRIES {
                    desk.give_back_both(buffer, sidecar);
                    return Err(error);
                }
                Why::UnreadableFile
            }
        };
        desk.give_back_both(buffer, sidecar);
        self.turn_away(receipt, why, before.size, None, desk, at)
    }

    /// Reads a file and what lies beside it; false where one of them changed meanwhile.
    fn read_both(
        &self,
        parts: &Parts,
        (before, buffer): (&Look, &mut Vec<u8>),
        (beside, sidecar): (Option<&Look>, Option<&mut Sidecar>),
    ) -> io::Result<bool> {
        self.read(&parts.object, before.size, buffer)?;
        let disk = &self.config.disk;
        let is_whole =
            |read: &[u8], look: &Look| u64::try_from(read.len()).is_ok_and(|size| size == look.size);
        let mut same = is_whole(buffer, before);
        if let (Some(beside), Some(sidecar), Some((_, path))) = (beside, sidecar, &parts.sidecar) {
            self.read(path, beside.size, &mut sidecar.bytes)?;
            same &= is_whole(&sidecar.bytes, beside) && disk.look(path)? == *beside;
        }
        // Looked at last: neither changed while the other one was read.
        Ok(same && disk.look(&parts.object)? == *before)
    }

    /// Why a file is not even read.
    pub(super) fn unfit(&self, look: &Look, size_max: u64) -> Option<Why> {
        match look {
            look if look.kind != Kind::File => Some(Why::NotAFile),
            look if look.links != 1 => Some(Why::LinkedFile),
            look if look.owner != self.config.owner => Some(Why::ForeignFile),
            look if look.size > size_max => Some(Why::Oversize),
            look if look.size == 0 => Some(Why::Empty),
            _ => None,
        }
    }

    /// Reads at most `size` bytes; fewer where the file has become shorter.
    fn read(&self, name: &str, size: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let had = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
            let missing = usize::try_from(size.saturating_sub(had)).unwrap_or(usize::MAX);
            if missing == 0 {
                return Ok(());
            }
            let chunk = self.config.disk.read_at(name, had, missing.min(CHUNK))?;
            if chunk.is_empty() {
                return Ok(());
            }
            buffer.extend_from_slice(&chunk);
        }
    }

    /// Puts a taken file aside, with its sidecar where it has one, then counts it: once.
    pub(super) fn turn_away(
        &mut self,
        receipt: Receipt,
        why: Why,
        size: u64,
        bytes: Option<&[u8]>,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<Fate> {
        self.put_sidecar_aside(receipt)?;
        let (disk, object) = (&self.config.disk, self.pairs.object(receipt));
        let moved = match self.kept < self.config.turned_away_max {
            true => disk.rename(&object, &format!("turned-away/{receipt}")),
            // What cannot be removed is kept, however many are.
            false => {
                disk.remove(&object).or_else(|_| disk.rename(&object, &format!("turned-away/{receipt}")))
            }
        };
        moved.or_else(pair::missing_is_fine)?;
        self.kept = self.kept.saturating_add(1).min(self.config.turned_away_max);
        self.pairs.forget(receipt);
        self.missed(why, size, bytes, desk, at);
        Ok(Fate::TurnedAway)
    }
}

/// Buffers for a file and for what lies beside it; none where there is no room for both.
fn lend(
    desk: &Desk<'_>,
    object: &Look,
    beside: Option<&Look>,
    parts: &Parts,
) -> Option<(Vec<u8>, Option<Box<Sidecar>>)> {
    let buffer = |look: &Look| usize::try_from(look.size).ok().and_then(|size| desk.pool().lend(size));
    let object = buffer(object)?;
    let (Some(beside), Some((name, _))) = (beside, &parts.sidecar) else { return Some((object, None)) };
    let Some(bytes) = buffer(beside) else {
        desk.pool().give_back(object);
        return None;
    };
    Some((object, Some(Box::new(Sidecar { name: name.as_str().into(), bytes }))))
}
