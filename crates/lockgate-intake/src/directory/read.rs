//! A taken file, and what lies beside it: checked where nobody else can exchange them, read, and offered.

use super::own::is_its_own;
use super::pair::Parts;
use super::{CHUNK, Fate, Folder, TRIES};
use crate::desk::{Desk, Moment};
use crate::{Receipt, Why};
use lockgate_bytes::Sidecar;
use lockgate_disk::{Kind, Look};
use std::io::{self, ErrorKind};

impl Folder {
    /// Checks a taken file, reads it and offers it, or turns it away. What the disk does not give is tried for a while.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn pass(&mut self, receipt: Receipt, desk: &mut Desk<'_>, at: Moment) -> io::Result<Fate> {
        let (why, size) = match self.try_to_pass(receipt, desk, at) {
            Ok(Found::Unfit(why, size)) => (why, size),
            Ok(Found::Fit(fate)) => return Ok(fate),
            Err(error) if is_its_own(&error) || self.tries >= TRIES => (Why::UnreadableFile, 0),
            Err(error) => return Err(error),
        };
        self.turn_away(receipt, why, size, at).map(|()| Fate::TurnedAway)
    }

    fn try_to_pass(&mut self, receipt: Receipt, desk: &mut Desk<'_>, at: Moment) -> io::Result<Found> {
        if !desk.pushes_back()
            && let Some((why, size)) = self.make_ours(receipt).or_else(missing_is_none)?
        {
            return Ok(Found::Unfit(why, size));
        }
        let parts = match self.parts(receipt) {
            Ok(parts) => parts,
            // What has to be together is not, or the lane does not read what is.
            Err(why) => {
                let size = self.config.disk.look(&self.pairs.object(receipt)).map_or(0, |look| look.size);
                return Ok(Found::Unfit(why, size));
            }
        };
        let before = match self.config.disk.look(&parts.object) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Somebody has been in our own folder.
                self.fault(desk);
                return Ok(Found::Unfit(Why::UnreadableFile, 0));
            }
            look => look?,
        };
        if let Some(why) = self.unfit(&before, self.size_max, self.copies.has(receipt, false)) {
            return Ok(Found::Unfit(why, before.size));
        }
        let beside = match self.look_beside(receipt, &parts)? {
            Ok(beside) => beside,
            Err(why) => return Ok(Found::Unfit(why, before.size)),
        };
        let Some((mut buffer, mut sidecar)) = lend(desk, &before, beside.as_ref(), &parts) else {
            return Ok(Found::Fit(Fate::Later));
        };
        let read = self.read_both(&parts, (&before, &mut buffer), (beside.as_ref(), sidecar.as_deref_mut()));
        if let Ok(true) = read {
            let offered = desk.file(self.listener, self.source, (buffer, sidecar), receipt, at);
            return Ok(Found::Fit(if offered { Fate::Offered } else { Fate::Later }));
        }
        desk.give_back_both(buffer, sidecar);
        match read {
            Err(error) if !is_its_own(&error) && self.tries < TRIES => Err(error),
            Err(_) => Ok(Found::Unfit(Why::UnreadableFile, before.size)),
            Ok(_) => Ok(Found::Unfit(Why::GrowingFile, before.size)),
        }
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

    /// Why a file is not even read. A copy is ours.
    pub(super) fn unfit(&self, look: &Look, size_max: u64, is_copy: bool) -> Option<Why> {
        let owner = if is_copy { self.us } else { self.config.owner };
        match look {
            look if look.kind != Kind::File => Some(Why::NotAFile),
            look if look.links != 1 => Some(Why::LinkedFile),
            look if look.owner != owner => Some(Why::ForeignFile),
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
}

/// What a look at a taken file found.
enum Found {
    Fit(Fate),
    /// Why not, and its size.
    Unfit(Why, u64),
}

/// What is not there is found out by who looks for it next.
fn missing_is_none(error: io::Error) -> io::Result<Option<(Why, u64)>> {
    if error.kind() == ErrorKind::NotFound { Ok(None) } else { Err(error) }
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
