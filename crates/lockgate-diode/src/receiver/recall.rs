//! A receiver that goes on where a journal ends, and the shortest journal that says the same.

use super::epoch::Epoch;
use super::note::{Note, NoteFault};
use super::{Limits, Receiver};
use crate::seen::Seen;
use crate::{LinkKey, ManifestKey};
use alloc::boxed::Box;
use alloc::vec::Vec;

impl Receiver {
    /// A receiver that goes on where a journal ends: what ended does not end again, and older epochs are refused.
    ///
    /// # Errors
    /// [`NoteFault::OutOfPlace`] where the notes do not follow one another.
    pub fn restore(
        link: u16,
        key: LinkKey,
        manifest_key: ManifestKey,
        limits: Limits,
        notes: impl IntoIterator<Item = Note>,
    ) -> Result<Self, NoteFault> {
        let mut it = Self::new(link, key, manifest_key, limits);
        for note in notes {
            it.recall(note)?;
        }
        Ok(it)
    }

    fn recall(&mut self, note: Note) -> Result<(), NoteFault> {
        match note {
            Note::Begun { epoch } => return self.recall_begun(epoch),
            Note::Tally { epoch, class, tally } => {
                let lane = self.open(epoch)?.lane(class);
                lane.tally = lane.tally.plus(tally);
            }
            Note::Ended { epoch, class, first, end, how } => {
                self.open(epoch)?.lane(class).restore(first, end, how);
            }
            Note::Head { epoch, number, digest, datagrams: [end, received, hole] } => {
                if let Some(next) = self.next.take_if(|next| next.epoch == epoch) {
                    self.succeed(next);
                }
                let open = self.open(epoch)?;
                open.head = Some((number, digest));
                open.seen = Seen::restored(end, received, hole);
            }
            Note::Closed { epoch } => {
                // Journals of before took whatever began for the current one.
                if self.current.as_ref().is_some_and(|current| current.epoch <= epoch)
                    && let Some(next) = self.next.take_if(|next| next.epoch > epoch)
                {
                    self.succeed(next);
                }
                if self.current.as_ref().is_some_and(|current| current.epoch <= epoch) {
                    return Err(NoteFault::OutOfPlace);
                }
                self.former = self.former.take().filter(|former| former.epoch > epoch);
                self.closed = self.closed.max(epoch);
            }
            Note::Durable { .. } | Note::Owed { .. } | Note::Newest { .. } => {}
        }
        Ok(())
    }

    /// As [`Receiver::turn_to`] and what follows it. Whatever ended meanwhile has a note of its own before this one.
    fn recall_begun(&mut self, epoch: u64) -> Result<(), NoteFault> {
        let new = Box::new(Epoch::new(epoch, Seen::restored(0, 0, 0)));
        let (current, waits) = [&self.current, &self.next].map(|it| it.as_ref().map(|it| it.epoch)).into();
        if epoch <= self.closed || current == Some(epoch) || waits == Some(epoch) {
            return Err(NoteFault::OutOfPlace);
        }
        if current.is_some_and(|current| epoch < current) {
            // Nothing was heard of it but how far it came.
            self.former = Some(new);
        } else if waits.is_some_and(|waits| epoch < waits) {
            self.succeed(new);
        } else {
            if let Some(next) = self.next.take() {
                self.succeed(next);
            }
            self.next = Some(new);
        }
        Ok(())
    }

    fn open(&mut self, epoch: u64) -> Result<&mut Epoch, NoteFault> {
        let place = [&mut self.current, &mut self.former, &mut self.next].into_iter().flatten();
        place.map(|it| &mut **it).find(|it| it.epoch == epoch).ok_or(NoteFault::OutOfPlace)
    }

    /// The shortest journal that says the same: to begin a new file with.
    pub fn journal(&mut self) -> Vec<Note> {
        let mut notes = Vec::new();
        for epoch in [&mut self.former, &mut self.current, &mut self.next].into_iter().flatten() {
            notes.push(Note::Begun { epoch: epoch.epoch });
            for lane in epoch.lanes() {
                notes.extend(lane.notes());
            }
            let (number, digest) = epoch.head.unwrap_or((0, [0; 32]));
            let datagrams = epoch.seen.kept();
            if epoch.head.is_some() {
                notes.push(Note::Head { epoch: epoch.epoch, number, digest, datagrams });
            }
        }
        if self.closed > 0 && (self.current.is_some() || self.next.is_some()) {
            notes.push(Note::Closed { epoch: self.closed });
        }
        notes
    }
}
