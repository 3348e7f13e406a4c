//! Socket, receiver and journal together, for whoever reads by himself.

use crate::ear::{Ear, Listen};
use crate::journal::{Journal, JournalFault};
use crate::keeper::{self, Keeper};
use crate::order::Newest;
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{Event, How, Id, Limits, LinkKey, ManifestKey, Note, Receiver};
use lockgate_disk::Disk;
use nix::errno::Errno;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
    /// the note of it. Where they go `in_order`, also what was newest of each thing.
    ///
    /// # Errors
    /// A sentence where the journal cannot be used, or its notes do not follow one another.
    pub(crate) fn receiver(
        self,
        disk: Arc<dyn Disk>,
        there: &[Id],
        in_order: bool,
    ) -> Result<(Receiver, Journal, Newest), String> {
        let kept = |notes: &[Note]| Newest::restored(notes).notes().filter(|_| in_order).collect();
        let (receiver, journal, kept) = self.resume(disk, there, kept)?;
        Ok((receiver, journal, Newest::restored(&kept)))
    }

    /// The same; `kept` says which notes of the former run stay beside those of the receiver, and comes back.
    fn resume(
        self,
        disk: Arc<dyn Disk>,
        there: &[Id],
        kept: impl FnOnce(&[Note]) -> Vec<Note>,
    ) -> Result<(Receiver, Journal, Vec<Note>), String> {
        let (mut journal, mut notes) =
            Journal::open(disk).map_err(|fault: JournalFault| fault.to_string())?;
        let kept = kept(&notes);
        let found = unnoted(&notes, there);
        notes.extend(found);
        let Self { link, key, manifest_key, limits } = self;
        let mut receiver = Receiver::restore(link, key, manifest_key, limits, notes)
            .map_err(|fault| format!("the receiver's journal cannot be used: {fault}; move it away"))?;
        let mut shorter = receiver.journal();
        shorter.extend(&kept);
        journal
            .shorten(&shorter)
            .map_err(|error| format!("the receiver's journal cannot be written: {error}"))?;
        Ok((receiver, journal, kept))
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
            Note::Durable { .. } | Note::Owed { .. } | Note::Newest { .. } => {}
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
///
/// An event is noted, and then acted upon: a crash between leaves it among what is [owed](Keeper::owed), and nothing is acted
/// upon twice. What is read while a note cannot be written waits here; then nothing more is read, and the kernel counts what
/// it has to drop.
pub struct Station {
    ear: Ear,
    receiver: Receiver,
    keeper: Keeper,
    /// What the receiver has just said.
    said: Vec<Event>,
    /// What is not noted and acted upon yet.
    events: VecDeque<Event>,
}

impl Station {
    /// Opens everything.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn open(listen: &Listen, link: Link, disk: Arc<dyn Disk>) -> Result<Self, String> {
        let (receiver, journal, kept) = link.resume(disk, &[], keeper::owed)?;
        let (ear, said, events) = (Ear::open(listen)?, Vec::new(), VecDeque::new());
        Ok(Self { ear, receiver, keeper: Keeper::new(journal, &kept), said, events })
    }

    /// The socket.
    pub fn ear(&self) -> &Ear {
        &self.ear
    }

    /// For whoever waits for several things at once.
    pub fn descriptor(&self) -> RawFd {
        self.ear.descriptor()
    }

    /// Listens on another socket for the same link.
    ///
    /// # Errors
    /// As of [`Ear::open`].
    pub fn listen_again(&mut self, listen: &Listen) -> Result<(), String> {
        self.ear.open_again(listen)
    }

    /// What the receiver shows of itself.
    pub fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// Who knows what of it is on record.
    pub fn keeper(&mut self) -> &mut Keeper {
        &mut self.keeper
    }

    /// Closes the socket. What was read and could not be noted is for the next start to tell.
    pub fn close(self) -> Keeper {
        self.keeper
    }

    /// Asks the system what it has thrown away, and gives the sum.
    pub fn dropped(&mut self) -> u64 {
        self.ear.count_drops();
        self.ear.dropped()
    }

    /// Reads one piece, notes what came of it, and acts upon that; false where nothing was there.
    ///
    /// # Errors
    /// Those of the system; where it is the journal that cannot be written, nothing is lost by it.
    pub fn read(&mut self, now: Time, act: &mut dyn FnMut(Event)) -> io::Result<bool> {
        self.act(act)?;
        let Self { ear, receiver, said, .. } = self;
        let more = ear
            .read(|datagrams| receiver.receive_all(datagrams, now, said))
            .map_err(|error: Errno| error.into());
        self.act(act)?;
        more
    }

    /// Does what time brings.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn tick(&mut self, now: Time, act: &mut dyn FnMut(Event)) -> io::Result<()> {
        self.receiver.tick(now, &mut self.said);
        self.act(act)?;
        self.keeper.look_after(&mut self.receiver)
    }

    fn act(&mut self, act: &mut dyn FnMut(Event)) -> io::Result<()> {
        self.events.extend(self.said.drain(..));
        while let Some(event) = self.events.front() {
            if let Some(note) = event.note() {
                self.keeper.note(&note)?;
            }
            if let Some(event) = self.events.pop_front() {
                act(event);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Station;
    use crate::ear::Listen;
    use crate::testing::{EPOCHS, OBJECTS, datagrams, link};
    use lockgate_diode::{Event, Note};
    use lockgate_disk::{Breakage, Disk, SimDisk};
    use std::net::UdpSocket;
    use std::sync::Arc;

    /// One line an event that is acted upon.
    fn word(event: &Event) -> Option<(&'static str, u64)> {
        match event {
            Event::Begun { epoch } => Some(("begun", *epoch)),
            Event::Delivered(it) => Some(("delivered", it.id.number)),
            Event::Lost(it) => Some(("lost", it.first)),
            _ => None,
        }
    }

    #[test]
    fn while_the_journal_cannot_be_written_nothing_is_lost_and_nothing_is_acted_upon_twice() {
        for broken_for in 0..12 {
            let disk = Arc::new(SimDisk::new(1));
            let listen = Listen {
                address: "127.0.0.1:0".parse().unwrap(),
                interface: "lo".to_owned(),
                buffer: 1 << 20,
            };
            let mut station = Station::open(&listen, link(), disk.clone()).unwrap();
            let (socket, at) = (UdpSocket::bind("127.0.0.1:0").unwrap(), station.ear().address().unwrap());
            let datagrams = datagrams();
            let mut acted = Vec::new();
            disk.break_now(Breakage::NoSpace);
            for (count, (now, datagram)) in datagrams.iter().enumerate() {
                socket.send_to(datagram, at).unwrap();
                if count == broken_for {
                    disk.mend();
                }
                let ended = station.read(*now, &mut |event| acted.extend(word(&event)));
                let ended = ended.and(station.tick(*now, &mut |event| acted.extend(word(&event))));
                // A first datagram brings nothing to note where it is of no new epoch.
                assert!(ended.is_err() || count >= broken_for, "{count}: {ended:?}");
            }
            // What waited in the kernel.
            let (last, _) = datagrams.last().unwrap();
            while station.read(*last, &mut |event| acted.extend(word(&event))).unwrap() {}
            let of = |epoch: u64| {
                let all = (0..OBJECTS).map(|number| ("delivered", number));
                std::iter::once(("begun", epoch)).chain(all)
            };
            let all: Vec<_> = EPOCHS.into_iter().flat_map(of).collect();
            assert_eq!(acted, all, "each once and in order, broken for {broken_for}");
            drop(station);
            // And noted: nothing of it is heard again.
            let notes = disk.read("journal", 1 << 20).unwrap();
            let ended = notes.chunks(lockgate_diode::NOTE_BYTES).filter(|note| {
                let note = Note::from_bytes((*note).try_into().unwrap()).unwrap();
                matches!(note, Note::Ended { .. })
            });
            assert_eq!(ended.count() as u64, 2 * OBJECTS);
            let mut station = Station::open(&listen, link(), disk).unwrap();
            let at = station.ear().address().unwrap();
            let mut again = Vec::new();
            for (now, datagram) in &datagrams {
                socket.send_to(datagram, at).unwrap();
                station.read(*now, &mut |event| again.extend(word(&event))).unwrap();
            }
            assert_eq!(again, []);
        }
    }
}
