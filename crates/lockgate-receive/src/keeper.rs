//! The journal of a link that ends in a lane, and how much of what it says is on record there.
//!
//! INVARIANT: of all that the journal says has ended, no more than [`Keeper::owed`] is missing from the lane's record, whenever
//! the process ends: a number counts as owed before anybody acts upon it, and until somebody says that it is on record.

use crate::journal::Journal;
use lockgate_diode::{How, Note, Receiver};
use std::io;

/// See the module.
pub struct Keeper {
    journal: Journal,
    /// Numbers that have ended, and how many of them are on record; what a former run left owing stands before them.
    ended: u64,
    on_record: u64,
}

/// What a journal leaves owing, as the note that says so. One of a time before there were such notes owes nothing.
pub(crate) fn owed(notes: &[Note]) -> Vec<Note> {
    let mut owed = None;
    for note in notes {
        match note {
            Note::Owed { count } => owed = Some(*count),
            note => owed = owed.map(|owed: u64| owed.saturating_add(numbers(note))),
        }
    }
    vec![Note::Owed { count: owed.unwrap_or(0) }]
}

/// How many numbers end by it.
fn numbers(note: &Note) -> u64 {
    match note {
        Note::Ended { first, end, how: How::Delivered | How::Lost, .. } => end.saturating_sub(*first),
        _ => 0,
    }
}

impl Keeper {
    pub(crate) fn new(journal: Journal, kept: &[Note]) -> Self {
        let owed = kept.iter().map(|note| if let Note::Owed { count } = note { *count } else { 0 });
        Self { journal, ended: owed.fold(0, u64::saturating_add), on_record: 0 }
    }

    /// Numbers that have ended so far, with those that the former run left owing: what can be on record by now.
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// How many of them are not known to be on record.
    pub fn owed(&self) -> u64 {
        self.ended.saturating_sub(self.on_record)
    }

    /// The first so many are on record.
    ///
    /// # Errors
    /// Those of the disk; they count as owed then.
    pub fn on_record(&mut self, count: u64) -> io::Result<()> {
        let count = count.min(self.ended);
        if count > self.on_record {
            self.journal.append(&Note::Owed { count: self.ended.saturating_sub(count) })?;
            self.on_record = count;
        }
        Ok(())
    }

    /// Everything is on record, for good: the lane has ended as it should.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn settle(mut self) -> io::Result<()> {
        self.on_record(self.ended)?;
        self.journal.sync()
    }

    /// Writes a note; whatever it is about comes afterwards.
    pub(crate) fn note(&mut self, note: &Note) -> io::Result<()> {
        self.journal.append(note)?;
        self.ended = self.ended.saturating_add(numbers(note));
        Ok(())
    }

    /// Keeps the journal short, and on the disk.
    pub(crate) fn look_after(&mut self, receiver: &mut Receiver) -> io::Result<()> {
        if self.journal.is_long() {
            let mut notes = receiver.journal();
            notes.push(Note::Owed { count: self.owed() });
            self.journal.shorten(&notes)?;
        }
        self.journal.sync()
    }
}

#[cfg(test)]
mod tests {
    use super::{Keeper, owed};
    use crate::ear::Listen;
    use crate::station::Station;
    use crate::testing::{OBJECTS, datagrams, link};
    use lockgate_bytes::{Duration, Time};
    use lockgate_diode::{Event, How, Note};
    use lockgate_disk::{Breakage, Disk, SimDisk};
    use std::collections::BTreeSet;
    use std::net::UdpSocket;
    use std::sync::Arc;

    type Numbers = BTreeSet<(u64, u64)>;

    fn numbers(event: &Event) -> Vec<(u64, u64)> {
        match event {
            Event::Delivered(it) => vec![(it.id.epoch, it.id.number)],
            Event::Lost(it) => (it.first..it.end).map(|number| (it.epoch, number)).collect(),
            _ => Vec::new(),
        }
    }

    fn open(disk: &SimDisk) -> Option<Station> {
        let address = "127.0.0.1:0".parse().unwrap();
        let listen = Listen { address, interface: "lo".to_owned(), buffer: 1 << 20 };
        Station::open(&listen, link(), Arc::new(disk.clone())).ok()
    }

    /// A lane that acts upon what comes, and says of every few that they are on record, always some behind.
    struct Lane {
        acted: Numbers,
        /// Acted upon, and known to the station to be on record.
        on_record: u64,
        marks: Vec<u64>,
    }

    impl Lane {
        /// Hears these until the disk fails; how many of them it was given.
        fn hear(&mut self, station: &mut Station, datagrams: &[(Time, Vec<u8>)], behind: usize) -> usize {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            let at = station.ear().address().unwrap();
            for (count, (now, datagram)) in datagrams.iter().enumerate() {
                socket.send_to(datagram, at).unwrap();
                let acted = &mut self.acted;
                let mut act = |event: Event| {
                    for number in numbers(&event) {
                        assert!(acted.insert(number), "{number:?} is acted upon twice");
                    }
                };
                let ended = station.read(*now, &mut act).and_then(|_| station.tick(*now, &mut act));
                self.marks.push(station.keeper().ended());
                let mark = self.marks.len().checked_sub(behind + 1).map_or(0, |at| self.marks[at]);
                let noted = ended.and_then(|()| station.keeper().on_record(mark));
                if noted.is_err() {
                    return count + 1;
                }
                self.on_record = self.on_record.max(mark);
            }
            datagrams.len()
        }
    }

    /// One end of the process at operation `end` of its disk. False where it came to none.
    fn ends_at(end: u64, behind: usize, datagrams: &[(Time, Vec<u8>)]) -> bool {
        let what = format!("operation {end}, {behind} behind");
        let disk = SimDisk::new(end);
        (end..end + 1_000).for_each(|operation| disk.break_at(operation, Breakage::Broken));
        let mut first = Lane { acted: Numbers::new(), on_record: 0, marks: Vec::new() };
        let mut heard = 0;
        if let Some(mut station) = open(&disk) {
            heard = first.hear(&mut station, datagrams, behind);
        }
        let is_over = disk.operations() >= end;
        disk.mend();
        let mut station = open(&disk).expect(&what);
        let owed = station.keeper().owed();
        // Whatever was acted upon is on record, or owed; beside it, one that was noted and not acted upon.
        let acted = first.acted.len() as u64;
        assert!((acted..=acted + 1).contains(&(first.on_record + owed)), "{what}: {acted} {owed}");
        let unacted = first.on_record + owed - acted;
        let mut second = Lane { acted: Numbers::new(), on_record: 0, marks: Vec::new() };
        second.hear(&mut station, &datagrams[heard..], 0);
        let late = datagrams.last().unwrap().0.plus(Duration::from_secs(100));
        station.tick(late, &mut |event| second.acted.extend(numbers(&event))).unwrap();
        assert!(first.acted.is_disjoint(&second.acted), "{what}");
        let all = (first.acted.len() + second.acted.len()) as u64 + unacted;
        // Of the current epoch nothing is lost before another says how far it came.
        assert!((OBJECTS..=2 * OBJECTS).contains(&all), "{what}: {all}");
        let of_first = |it: &&(u64, u64)| it.0 == crate::testing::EPOCHS[0];
        let former = first.acted.iter().chain(&second.acted).filter(of_first).count() as u64;
        assert!(former + unacted >= OBJECTS, "{what}: {former} of the first epoch");
        station.close().settle().unwrap();
        assert_eq!(open(&disk).expect(&what).keeper().owed(), 0, "{what}");
        is_over
    }

    #[test]
    fn wherever_it_ends_each_number_is_on_record_or_owed_or_comes_again_once() {
        let datagrams = datagrams();
        for behind in [0, 1, 3, 100] {
            let mut end = 1;
            while ends_at(end, behind, &datagrams) {
                end += 1;
            }
            assert!(end > 30, "only {end} operations");
        }
    }

    #[test]
    fn what_is_owed_is_what_ended_behind_the_last_word() {
        let class = crate::testing::CLASS;
        let ended = |first, end, how| Note::Ended { epoch: 1, class, first, end, how };
        let old = [Note::Begun { epoch: 1 }, ended(0, 9, How::Delivered)];
        assert_eq!(owed(&old), [Note::Owed { count: 0 }], "of a time before there were such notes");
        let notes = [
            ended(0, 9, How::Counted),
            Note::Owed { count: 2 },
            ended(9, 10, How::Delivered),
            Note::Closed { epoch: 0 },
            ended(10, 15, How::Lost),
        ];
        assert_eq!(owed(&notes), [Note::Owed { count: 8 }]);
        assert_eq!(owed(&[&notes[..], &[Note::Owed { count: 3 }]].concat()), [Note::Owed { count: 3 }]);
    }

    #[test]
    fn a_journal_that_is_shortened_still_says_what_is_owed() {
        let disk = SimDisk::new(1);
        let mut station = open(&disk).unwrap();
        let mut lane = Lane { acted: Numbers::new(), on_record: 0, marks: Vec::new() };
        lane.hear(&mut station, &datagrams(), 1_000);
        assert_eq!(station.keeper().owed(), 2 * OBJECTS);
        station.keeper().on_record(5).unwrap();
        station.keeper().on_record(4).unwrap();
        drop(station);
        for _ in 0..3 {
            // Each start shortens it.
            let mut station = open(&disk).unwrap();
            let keeper: &mut Keeper = station.keeper();
            assert_eq!((keeper.owed(), keeper.ended()), (2 * OBJECTS - 5, 2 * OBJECTS - 5));
        }
        let size = disk.read("journal", 1 << 20).unwrap().len();
        assert!(size < 20 * lockgate_diode::NOTE_BYTES, "{size}");
    }
}
