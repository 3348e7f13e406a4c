use super::{Report, Wrong, verify};
use crate::event::{ClockState, Event, Refusals, Settled, Start, Stop};
use crate::ledger::Outcome;
use crate::log::{Log, Settings};
use crate::note::LogKey;
use crate::tile;
use crate::tree::{Tree, leaf};
use lockgate_bytes::{Digest, Time};
use lockgate_disk::{Disk, SimDisk};
use std::sync::Arc;

fn key() -> LogKey {
    LogKey::from_secret("test/log", &[5; 32]).unwrap()
}

fn page(event: &Event) -> Vec<u8> {
    let mut page = Vec::new();
    event.write(&mut page);
    page
}

fn decision(verdict: &str, again: &str) -> Vec<u8> {
    format!(
        "{{\"event\":\"decision\",\"epoch\":1,\"arrival\":\"1970-01-01T00:00:00Z\",\
         \"decided\":\"1970-01-01T00:00:00Z\",\"uptime_ns\":1,\"clock\":\"synchronised\",\"again\":{again},\"first\":null,\
         \"receipt\":null,\"rewritten\":false,\"steps\":{{}},\"not_after\":null,\"class\":null,\
         \"account\":{{\"lane\":\"a\",\"verdict\":\"{verdict}\"}}}}"
    )
    .into_bytes()
}

fn at() -> Time {
    Time::from_unix_nanos(0)
}

/// A log of some entries, its checkpoint after the first half, and its last.
fn sample(entries: u64) -> (SimDisk, Vec<u8>) {
    let disk = SimDisk::new(1);
    let (mut log, _) =
        Log::open(Arc::new(disk.clone()), key(), Vec::new(), Settings { segment_bytes: 20_000 }).unwrap();
    let start = Event::Start(Start {
        at: at(),
        epoch: 1,
        node: "n".to_owned(),
        engine: "0".to_owned(),
        bundle: Digest([0; 32]),
        revision: 1,
        lane: "a".to_owned(),
        config: Digest([0; 32]),
        clock: ClockState::Synchronised,
        key: key().trust().to_string(),
        cut_bytes: 0,
        outstanding: 0,
    });
    log.append(&page(&start)).unwrap();
    let mut early = Vec::new();
    for number in 1..entries - 1 {
        let entry = match number % 4 {
            0 => decision("refuse", "null"),
            1 => decision("release", "null"),
            2 => page(&Event::Refusals(Refusals {
                at: at(),
                epoch: 1,
                lane: "a".to_owned(),
                source: "s".to_owned(),
                code: "LG-S001".to_owned(),
                count: number,
                first: at(),
                last: at(),
                digest: Digest([1; 32]),
                receipt: None,
            })),
            _ => page(&Event::Egress(Settled {
                at: at(),
                epoch: 1,
                lane: "a".to_owned(),
                outcomes: vec![(Outcome::Sent, vec![(number - 2, number - 2)])],
            })),
        };
        assert_eq!(log.append(&entry).unwrap(), number);
        if number % 20 == 0 {
            log.commit().unwrap();
        }
        if number == entries / 2 {
            log.commit().unwrap();
            log.checkpoint().unwrap();
            early = disk.read("checkpoint", 1000).unwrap();
        }
    }
    log.append(&page(&Event::Stop(Stop { at: at(), epoch: 1, why: "signal".to_owned() }))).unwrap();
    log.commit().unwrap();
    log.checkpoint().unwrap();
    (disk, early)
}

/// Only the public files: what a third party gets to see.
fn public(disk: &SimDisk) -> SimDisk {
    let copy = disk.copy(2);
    for name in
        copy.names().iter().filter(|name| name.starts_with("segment/") || *name == "lock" || *name == "spare")
    {
        copy.steal(name);
    }
    copy
}

fn check(disk: &SimDisk) -> Report {
    verify(disk, &[key().trust()], None, &mut |_, _| {}).unwrap()
}

fn says(report: &Report) -> Vec<(Wrong, Option<u64>)> {
    report.findings.iter().map(|finding| (finding.wrong, finding.entry)).collect()
}

fn against(disk: &SimDisk, note: &[u8]) -> Vec<(Wrong, Option<u64>)> {
    says(&verify(disk, &[key().trust()], Some(note), &mut |_, _| {}).unwrap())
}

#[test]
fn a_sound_log_is_sound_with_and_without_its_segments() {
    let (disk, early) = sample(700);
    for disk in [disk.clone(), public(&disk)] {
        let mut done = Vec::new();
        let report =
            verify(&disk, &[key().trust()], Some(&early), &mut |at, of| done.push((at, of))).unwrap();
        assert_eq!(says(&report), []);
        assert_eq!((report.entries, report.unsigned), (700, 0));
        assert_eq!(done, [(256, 700), (512, 700), (700, 700)]);
        let (lane, tally) = report.ledger.lanes().next().unwrap();
        assert_eq!((lane, tally.sent, tally.queued), ("a", 174, 1));
        assert!(tally.is_balanced() && !report.ledger.is_running());
    }
}

#[test]
fn every_changed_byte_of_every_public_file_is_found() {
    let (disk, _) = sample(264);
    let disk = public(&disk);
    assert!(check(&disk).is_sound());
    let names = disk.names();
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        let bytes = disk.read(&name, 1 << 20).unwrap();
        // Each byte of the small files, some of the long ones.
        let step = if bytes.len() > 700 { bytes.len() / 30 } else { bytes.len() / 40 + 1 };
        for place in (0..bytes.len()).step_by(step) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let edited = disk.copy(1);
            edited.plant(&name, &changed);
            assert!(!check(&edited).is_sound(), "{name} byte {place}");
        }
        let edited = disk.copy(1);
        edited.plant(&name, &bytes[..bytes.len() - 1]);
        assert!(!check(&edited).is_sound(), "{name} cut");
        edited.steal(&name);
        assert!(!check(&edited).is_sound(), "{name} gone");
    }
}

/// The bundle with its entries put together anew.
fn edit(disk: &SimDisk, work: impl FnOnce(&mut Vec<Vec<u8>>)) -> SimDisk {
    let copy = public(disk);
    let bytes = copy.read("tile/entries/000", 1 << 20).unwrap();
    let mut entries: Vec<Vec<u8>> = super::source::entries(&bytes).map(<[u8]>::to_vec).collect();
    work(&mut entries);
    let mut out = Vec::new();
    entries.iter().for_each(|entry| tile::put(entry, &mut out));
    copy.plant("tile/entries/000", &out);
    copy
}

#[test]
fn what_was_done_to_a_record_is_named() {
    let (disk, _) = sample(300);
    let dropped = check(&edit(&disk, |entries| drop(entries.remove(9))));
    assert_eq!(says(&dropped), [(Wrong::Missing, Some(0))]);
    let swapped = check(&edit(&disk, |entries| entries.swap(11, 14)));
    assert!(says(&swapped).contains(&(Wrong::Reordered, Some(11))), "{:?}", says(&swapped));
    assert!(says(&swapped).contains(&(Wrong::Root, None)));
    let doubled = check(&edit(&disk, |entries| entries[11] = entries[15].clone()));
    assert!(says(&doubled).contains(&(Wrong::Duplicated, Some(11))), "{:?}", says(&doubled));
    assert!(says(&doubled).iter().any(|(wrong, _)| *wrong == Wrong::Accounting));
    let changed = check(&edit(&disk, |entries| {
        entries[30] = page(&Event::Stop(Stop { at: at(), epoch: 1, why: String::new() }))
    }));
    assert!(says(&changed).contains(&(Wrong::Changed, Some(30))));
}

/// A forger without the key makes everything fit, but for the signature.
#[test]
fn tiles_made_to_fit_are_found_by_the_checkpoint_and_an_old_checkpoint_by_the_second_place() {
    let (disk, early) = sample(300);
    let late = disk.read("checkpoint", 1000).unwrap();
    let forged = edit(&disk, |entries| entries[12] = decision("release", "null"));
    let bytes = forged.read("tile/entries/000", 1 << 20).unwrap();
    let hashes: Vec<_> = super::source::entries(&bytes).map(leaf).collect();
    forged.plant("tile/0/000", &hashes.concat());
    let mut tree = Tree::default();
    hashes.iter().for_each(|hash| tree.push(*hash, |_| {}));
    forged.plant("tile/1/000.p/1", &tree.root());
    let found = says(&check(&forged));
    assert!(found.contains(&(Wrong::Root, None)), "{found:?}");
    assert!(against(&forged, &early).contains(&(Wrong::Rewritten, None)));
    // The checkpoint of before, over the files of now and over those of before: only what is kept elsewhere tells.
    let old = public(&disk);
    old.plant("checkpoint", &early);
    assert!(against(&old, &late).contains(&(Wrong::RolledBack, None)));
    // Signed with the right key, but another history: a fork.
    let (other, _) = sample(296);
    let fork = public(&other);
    assert_eq!(says(&check(&fork)), []);
    assert_eq!(against(&fork, &late), [(Wrong::RolledBack, None)]);
    let wrong_key = LogKey::from_secret("test/log", &[6; 32]).unwrap();
    let report = verify(&public(&disk), &[wrong_key.trust()], None, &mut |_, _| {}).unwrap();
    assert_eq!(says(&report), [(Wrong::Signature, None)]);
}

#[test]
fn changed_segments_are_found() {
    let (disk, _) = sample(300);
    let names = disk.names();
    for name in names.iter().filter(|name| name.starts_with("segment/")) {
        let bytes = disk.read(name, 1 << 20).unwrap();
        for place in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let edited = disk.copy(1);
            edited.plant(name, &changed);
            // One whose header is torn counts for nothing: the bundles hold all of its entries.
            let counts = crate::segment::Segment::read(&changed).is_some();
            assert!(!check(&edited).is_sound() || !counts, "{name} byte {place}");
        }
    }
}
