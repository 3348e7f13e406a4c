//! Socket, receiver and journal together, for whoever reads by himself.

use crate::ear::{Ear, Listen};
use crate::journal::{Journal, JournalFault};
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{Event, How, Id, Limits, LinkKey, ManifestKey, Note, Receiver};
use lockgate_disk::Disk;
use nix::errno::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::RawFd;
use std::sync::Arc;

/// One link, at its far end.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its number, the same at both ends.
    pub link: u16,
    /// What both ends share.
    pub key: LinkKey,
    /// Checks what the sender signed.
    pub manifest_key: ManifestKey,
    /// What is kept at most, and how long is waited.
    pub limits: Limits,
}

impl Link {
    /// The receiver, going on where its journal ends. `there` are objects that were delivered although a crash came before
    /// the note of it.
    ///
    /// # Errors
    /// A sentence where the journal cannot be used, or its notes do not follow one another.
    pub(crate) fn receiver(self, disk: Arc<dyn Disk>, there: &[Id]) -> Result<(Receiver, Journal), String> {
        let (mut journal, mut notes) =
            Journal::open(disk).map_err(|fault: JournalFault| fault.to_string())?;
        let found = unnoted(&notes, there);
        notes.extend(found);
        let Self { link, key, manifest_key, limits } = self;
        let mut receiver = Receiver::restore(link, key, manifest_key, limits, notes)
            .map_err(|fault| format!("the receiver's journal cannot be used: {fault}; move it away"))?;
        journal
            .shorten(&receiver.journal())
            .map_err(|error| format!("the receiver's journal cannot be written: {error}"))?;
        Ok((receiver, journal))
    }
}

/// What the journal does not say of objects that are there, as far as their epochs are open.
fn unnoted(notes: &[Note], there: &[Id]) -> Vec<Note> {
    let mut open = BTreeSet::new();
    let mut ended: BTreeMap<(u64, Precedence), Vec<(u64, u64)>> = BTreeMap::new();
    for note in notes {
        match note {
            Note::Begun { epoch } => drop(open.insert(*epoch)),
            Note::Closed { epoch } => open.retain(|known| known > epoch),
            Note::Ended { epoch, class, first, end, .. } => {
                ended.entry((*epoch, *class)).or_default().push((*first, *end));
            }
            Note::Tally { .. } | Note::Head { .. } => {}
        }
    }
    let is_noted = |id: &Id| {
        let ranges = ended.get(&(id.epoch, id.class)).map_or(&[][..], |ranges| ranges);
        ranges.iter().any(|(first, end)| (*first..*end).contains(&id.number))
    };
    let unnoted = there.iter().filter(|id| open.contains(&id.epoch) && !is_noted(id));
    let note = |id: &Id| {
        let (epoch, class, first) = (id.epoch, id.class, id.number);
        Note::Ended { epoch, class, first, end: first.saturating_add(1), how: How::Delivered }
    };
    unnoted.map(note).collect()
}

/// See the module.
pub struct Station {
    ear: Ear,
    receiver: Receiver,
    journal: Journal,
    events: Vec<Event>,
}

impl Station {
    /// Opens everything.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn open(listen: &Listen, link: Link, disk: Arc<dyn Disk>) -> Result<Self, String> {
        let (receiver, journal) = link.receiver(disk, &[])?;
        Ok(Self { ear: Ear::open(listen)?, receiver, journal, events: Vec::new() })
    }

    /// The socket.
    pub fn ear(&self) -> &Ear {
        &self.ear
    }

    /// For whoever waits for several things at once.
    pub fn descriptor(&self) -> RawFd {
        self.ear.descriptor()
    }

    /// What the receiver shows of itself.
    pub fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// Asks the system what it has thrown away, and gives the sum.
    pub fn dropped(&mut self) -> u64 {
        self.ear.count_drops();
        self.ear.dropped()
    }

    /// Reads one piece, and acts upon what came of it; false where nothing was there. What has been acted upon is noted
    /// afterwards.
    ///
    /// # Errors
    /// Those of the system.
    pub fn read(&mut self, now: Time, act: &mut dyn FnMut(Event)) -> io::Result<bool> {
        let Self { ear, receiver, events, .. } = self;
        let more =
            ear.read(|datagram| receiver.receive(datagram, now, events)).map_err(|error: Errno| error.into());
        self.act(act)?;
        more
    }

    /// Does what time brings.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn tick(&mut self, now: Time, act: &mut dyn FnMut(Event)) -> io::Result<()> {
        self.receiver.tick(now, &mut self.events);
        self.act(act)?;
        if self.journal.is_long() {
            self.journal.shorten(&self.receiver.journal())?;
        }
        self.journal.sync()
    }

    fn act(&mut self, act: &mut dyn FnMut(Event)) -> io::Result<()> {
        for event in self.events.drain(..) {
            let note = event.note();
            act(event);
            if let Some(note) = note {
                self.journal.append(&note)?;
            }
        }
        Ok(())
    }
}
