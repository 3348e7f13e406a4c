//! Which bundle ran last by a log, for who may read it and does not run it.

use crate::entries::{Entries, signed_size};
use crate::event::Event;
use crate::ledger::Fact;
use crate::tree::TILE;
use lockgate_bytes::Digest;
use lockgate_disk::Disk;
use std::io;

/// How the entries begin that say it.
const BEGINS: [&[u8]; 3] = [br#"{"event":"start""#, br#"{"event":"bundle""#, crate::event::SNAPSHOT_BEGINS];

/// The highest revision that has run, and its bundle, as the log says and nobody has verified; `None` where none has. It is
/// read from its end back to where it says so, which is no further than its last snapshot.
///
/// # Errors
/// Those of the disk; [`io::ErrorKind::InvalidData`] where an entry is not what it should be.
pub fn has_run(disk: &dyn Disk) -> io::Result<Option<(u64, Digest)>> {
    let signed = signed_size(disk)?;
    let mut from = signed.saturating_sub(signed % TILE);
    let mut until = u64::MAX;
    loop {
        // A lower revision never runs behind a higher one: the last that is named is the highest.
        if let Some(found) = last_of(disk, from, until)? {
            return Ok(Some(found));
        }
        if from == 0 {
            return Ok(None);
        }
        (from, until) = (from.saturating_sub(TILE), from);
    }
}

fn last_of(disk: &dyn Disk, from: u64, until: u64) -> io::Result<Option<(u64, Digest)>> {
    let (mut entries, mut last) = (Entries::from(disk, from), None);
    while let Some((index, entry)) = entries.next_entry()? {
        if index >= until {
            break;
        }
        if BEGINS.iter().any(|begins| entry.starts_with(begins)) {
            let event = Event::read(entry);
            let event =
                event.map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault.to_string()))?;
            last = runs(&event).or(last);
        }
    }
    Ok(last)
}

fn runs(event: &Event) -> Option<(u64, Digest)> {
    if let Event::Snapshot(_, snapshot) = event {
        return snapshot.bundle.map(|bundle| (snapshot.revision, bundle));
    }
    match event.fact() {
        Fact::Start { runs: Some((bundle, revision)), .. } | Fact::Runs(bundle, revision) => {
            Some((revision, bundle))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::has_run;
    use crate::{BundleChange, ClockState, Drops, Event, Log, LogKey, Settings, Start, Stop};
    use lockgate_bytes::{Digest, Time};
    use lockgate_disk::SimDisk;
    use std::sync::Arc;

    fn at() -> Time {
        Time::from_unix_nanos(0)
    }

    fn start(epoch: u64, bundle: Digest, revision: u64) -> Event {
        Event::Start(Start {
            at: at(),
            epoch,
            node: "n".to_owned(),
            engine: "0".to_owned(),
            bundle,
            revision,
            lane: "a".to_owned(),
            config: Digest([0; 32]),
            clock: ClockState::Synchronised,
            key: "k".to_owned(),
            cut_bytes: 0,
            outstanding: 0,
        })
    }

    fn change(to: Digest, revision: u64, refused: Option<&str>) -> Event {
        Event::Bundle(BundleChange {
            at: at(),
            epoch: 1,
            lane: "a".to_owned(),
            from: None,
            to: Some(to),
            revision: Some(revision),
            refused: refused.map(str::to_owned),
        })
    }

    fn drops(dropped: u64) -> Event {
        let (lane, listener) = ("a".to_owned(), "udp-1".to_owned());
        Event::Drops(Drops {
            at: at(),
            epoch: 1,
            lane,
            listener,
            dropped,
            lost: 0,
            alarms: 0,
            indeterminate: 0,
        })
    }

    #[test]
    fn the_last_bundle_that_ran_is_found_from_the_end_of_the_log() {
        let disk = SimDisk::new(1);
        assert_eq!(has_run(&disk).unwrap(), None, "nothing has run");
        let key = LogKey::from_secret("test", &[7; 32]).unwrap();
        let (mut log, _) = Log::open(Arc::new(disk.clone()), key, Vec::new(), Settings::default()).unwrap();
        let mut page = Vec::new();
        let mut put = |events: &mut dyn Iterator<Item = Event>, is_signed: bool| {
            for event in events {
                page.clear();
                event.write(&mut page);
                log.append(&page).unwrap();
            }
            log.commit().unwrap();
            if is_signed {
                log.checkpoint().unwrap();
            }
            has_run(&disk).unwrap()
        };
        let of = |byte, revision| Some((revision, Digest([byte; 32])));
        assert_eq!(put(&mut [start(1, Digest([1; 32]), 3)].into_iter(), false), of(1, 3));
        assert_eq!(put(&mut (0..700).map(drops), true), of(1, 3), "it stands further back than one bundle");
        assert_eq!(put(&mut [change(Digest([2; 32]), 5, None)].into_iter(), true), of(2, 5));
        assert_eq!(put(&mut [change(Digest([3; 32]), 9, Some("unsigned"))].into_iter(), false), of(2, 5));
        let stop = Event::Stop(Stop { at: at(), epoch: 1, why: "told to stop".to_owned() });
        assert_eq!(put(&mut (0..300).map(drops).chain([stop]), true), of(2, 5));
        assert_eq!(put(&mut [start(2, Digest([0; 32]), 9)].into_iter(), false), of(2, 5), "it did not start");
        assert_eq!(put(&mut (0..9).map(drops), false), of(2, 5));
    }
}
