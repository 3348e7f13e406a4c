use super::{Journal, JournalFault, UNSYNCED};
use lockgate_diode::{NOTE_BYTES, Note};
use lockgate_disk::{Disk, SimDisk};
use std::sync::Arc;

fn disk() -> Arc<dyn Disk> {
    Arc::new(SimDisk::new(3))
}

#[test]
fn what_was_written_is_read_again_and_a_torn_end_is_left_out() {
    let disk = disk();
    let (mut journal, notes) = Journal::open(disk.clone()).unwrap();
    assert!(notes.is_empty());
    for epoch in 1..=3 {
        journal.append(&Note::Begun { epoch }).unwrap();
    }
    assert!(matches!(Journal::open(disk.clone()), Err(JournalFault::Taken)));
    drop(journal);
    disk.open("journal").unwrap().append(&[1; NOTE_BYTES - 3]).unwrap();
    let (mut journal, notes) = Journal::open(disk.clone()).unwrap();
    assert_eq!(notes, [1, 2, 3].map(|epoch| Note::Begun { epoch }));
    journal.append(&Note::Closed { epoch: 2 }).unwrap();
    journal.shorten(&[Note::Begun { epoch: 3 }]).unwrap();
    journal.append(&Note::Closed { epoch: 3 }).unwrap();
    journal.sync().unwrap();
    drop(journal);
    let (_, notes) = Journal::open(disk).unwrap();
    assert_eq!(notes, [Note::Begun { epoch: 3 }, Note::Closed { epoch: 3 }]);
}

#[test]
fn damage_among_the_last_notes_is_where_a_journal_ends_and_further_back_a_fault() {
    for (count, is_fault) in [(4, false), (UNSYNCED, false), (UNSYNCED + 1, true), (3 * UNSYNCED, true)] {
        let disk = Arc::new(SimDisk::new(3));
        let (mut journal, _) = Journal::open(disk.clone()).unwrap();
        for epoch in 1..=count as u64 {
            journal.append(&Note::Begun { epoch }).unwrap();
        }
        drop(journal);
        let mut bytes = disk.read("journal", 1 << 20).unwrap();
        bytes[4 * NOTE_BYTES + 3] ^= 1;
        disk.plant("journal", &bytes);
        match Journal::open(disk) {
            Ok((_, notes)) => assert_eq!((notes.len(), is_fault), (3, false), "{count}"),
            Err(fault) => {
                assert!(matches!(fault, JournalFault::Damaged { note: 4 }) && is_fault, "{count}: {fault}");
            }
        }
    }
}

/// As files were before they said how far they are certain: no more than so many notes were ever unsynced.
#[test]
fn a_journal_that_does_not_say_what_was_synced_is_read_and_the_next_one_says_it() {
    for (behind, is_fault) in [(0, false), (UNSYNCED - 1, false), (UNSYNCED, true)] {
        let disk = Arc::new(SimDisk::new(3));
        let all: Vec<_> = (1..=behind as u64 + 5).map(|epoch| Note::Begun { epoch }).collect();
        let mut bytes: Vec<u8> = all.iter().flat_map(Note::to_bytes).collect();
        disk.plant("journal", &bytes);
        assert_eq!(Journal::open(disk.clone()).unwrap().1, all);
        bytes[4 * NOTE_BYTES + 3] ^= 1;
        disk.plant("journal", &bytes);
        match Journal::open(disk.clone()) {
            Ok((mut journal, notes)) => {
                assert_eq!((notes.as_slice(), is_fault), (&all[..4], false));
                journal.shorten(&notes).unwrap();
                let begun = Note::Durable { records: 5 }.to_bytes();
                assert_eq!(disk.read("journal", 1 << 20).unwrap()[..NOTE_BYTES], begun);
            }
            Err(fault) => assert!(matches!(fault, JournalFault::Damaged { note: 4 }) && is_fault),
        }
    }
}

/// What every start leaves: a short journal, all of it on the disk. A sector of it that cannot be read any more, or its end
/// that is gone, must not pass for a journal that says less: what it knew would be taken again.
#[test]
fn damage_anywhere_in_what_a_start_has_written_is_a_fault() {
    for count in [0, 1, 2, 7] {
        let disk = Arc::new(SimDisk::new(3));
        let (mut journal, _) = Journal::open(disk.clone()).unwrap();
        let notes: Vec<_> = (1..=count).map(|epoch| Note::Begun { epoch }).collect();
        journal.shorten(&notes).unwrap();
        drop(journal);
        let bytes = disk.read("journal", 1 << 20).unwrap();
        let fault = |bytes: &[u8]| {
            disk.plant("journal", bytes);
            match Journal::open(disk.clone()) {
                Err(JournalFault::Damaged { note }) => note,
                other => panic!("{count}: {:?}", other.map(|(_, notes)| notes)),
            }
        };
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x10;
            assert_eq!(fault(&bytes), at / NOTE_BYTES, "{count}");
            assert_eq!(fault(&bytes[..at]), at / NOTE_BYTES, "{count}");
            bytes[at / 512 * 512..].fill(0);
            assert_eq!(fault(&bytes), at / 512 * 512 / NOTE_BYTES, "{count}");
        }
        disk.plant("journal", &bytes);
        assert_eq!(Journal::open(disk).unwrap().1, notes);
    }
}

/// Each sync is told by what is written behind it.
#[test]
fn damage_of_what_was_synced_is_a_fault_once_something_stands_behind_it() {
    let disk = Arc::new(SimDisk::new(3));
    let (mut journal, _) = Journal::open(disk.clone()).unwrap();
    for epoch in 1..=6 {
        journal.append(&Note::Begun { epoch }).unwrap();
        if epoch % 2 == 0 {
            journal.sync().unwrap();
        }
    }
    drop(journal);
    // The first record, two notes, what tells their sync, two notes, what tells theirs, two notes.
    let whole = disk.read("journal", 1 << 20).unwrap();
    assert_eq!(whole.len(), 9 * NOTE_BYTES);
    for (at, left) in [(0, None), (1, None), (4, None), (5, None), (6, Some(4)), (7, Some(4)), (8, Some(5))] {
        let mut bytes = whole.clone();
        bytes[at * NOTE_BYTES + 3] ^= 1;
        disk.plant("journal", &bytes);
        match (Journal::open(disk.clone()), left) {
            (Ok((_, notes)), Some(left)) => assert_eq!(notes.len(), left),
            (Err(JournalFault::Damaged { note }), None) => assert_eq!(note, at),
            (other, _) => panic!("{at}: {:?}", other.map(|(_, notes)| notes)),
        }
    }
}

/// Whatever a failure of the power leaves of the last notes: all before it is there, and the next run goes on behind it.
#[test]
fn a_power_failure_leaves_a_journal_that_opens() {
    for seed in 0..200 {
        let disk = Arc::new(SimDisk::new(seed));
        let (mut journal, _) = Journal::open(disk.clone()).unwrap();
        for epoch in 1..=10 {
            journal.append(&Note::Begun { epoch }).unwrap();
        }
        journal.sync().unwrap();
        // More than a sector of notes.
        for epoch in 11..=60 {
            journal.append(&Note::Begun { epoch }).unwrap();
        }
        disk.crash();
        drop(journal);
        disk.reboot();
        let (mut journal, notes) =
            Journal::open(disk.clone()).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        assert!(notes.len() >= 10, "seed {seed}");
        assert!(notes.iter().zip(1..).all(|(note, epoch)| *note == Note::Begun { epoch }), "seed {seed}");
        journal.append(&Note::Closed { epoch: 1 }).unwrap();
        drop(journal);
        let (_, again) = Journal::open(disk).unwrap();
        assert_eq!(again.len(), notes.len() + 1, "seed {seed}");
    }
}
