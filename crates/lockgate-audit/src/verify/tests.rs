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
    sample_in(entries, 20_000)
}

/// A run begins.
fn start() -> Event {
    Event::Start(Start {
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
    })
}

/// The same in segments of so many bytes.
fn sample_in(entries: u64, segment_bytes: u64) -> (SimDisk, Vec<u8>) {
    let disk = SimDisk::new(1);
    let (mut log, _) =
        Log::open(Arc::new(disk.clone()), key(), Vec::new(), Settings { segment_bytes }).unwrap();
    log.append(&page(&start())).unwrap();
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
                digest: Some(Digest([1; 32])),
                receipt: None,
                door: None,
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
    for name in copy
        .names()
        .iter()
        .filter(|name| name.starts_with("segment/") || *name == "lock" || name.starts_with("spare."))
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

/// Where a lane's own folder still has the entries in segments, a tile that is not what it should be is told all the same.
#[test]
fn a_changed_tile_is_found_beside_the_segments_too() {
    // In short segments, and in one that has them all.
    for segment_bytes in [20_000, 4 << 20] {
        no_tile_may_be_odd(&sample_in(264, segment_bytes).0);
    }
}

fn no_tile_may_be_odd(disk: &SimDisk) {
    assert!(check(disk).is_sound());
    let names = disk.names();
    let public = |name: &&String| name.starts_with("tile/") || *name == "checkpoint";
    let is_shown =
        |name: &&String| !name.contains(".p/") || name.ends_with("/8") || name.ends_with("1/000.p/1");
    let shown: Vec<_> = names.iter().filter(public).filter(is_shown).collect();
    assert!(shown.len() >= 6, "{names:?}");
    for name in shown {
        let bytes = disk.read(name, 1 << 20).unwrap();
        for place in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let edited = disk.copy(1);
            edited.plant(name, &changed);
            assert!(!check(&edited).is_sound(), "{name} byte {place}");
        }
        for odd in [&bytes[..bytes.len() - 1], &[&bytes[..], b"more"].concat(), b""] {
            let edited = disk.copy(1);
            edited.plant(name, odd);
            assert!(!check(&edited).is_sound(), "{name} of {} bytes", odd.len());
        }
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

/// A snapshot that says how long it is by itself: verified in the memory that the entries before it need.
#[test]
fn a_snapshot_that_was_planted_says_what_it_likes_and_costs_nothing() {
    let (disk, _) = sample(300);
    let counts = |held: u64| {
        let mut tally = crate::Tally { held, received: held, ..crate::Tally::default() };
        tally.sent = 0;
        tally
    };
    let planted = |lanes: Vec<(String, crate::Tally)>, turns: Vec<u64>, parts: u64| {
        let waiting = vec![crate::Series { lane: 0, waits: crate::Waits::Held, from: 0, turns }];
        let snapshot = crate::Snapshot {
            part: 1,
            parts,
            epoch: 1,
            lanes,
            waiting,
            revision: 1,
            ..crate::Snapshot::default()
        };
        page(&Event::Snapshot(at(), snapshot))
    };
    let lane = |held| vec![("a".to_owned(), counts(held))];
    let most = 1 << 40;
    for (lanes, turns, parts) in
        [(lane(most), vec![most], 1), (lane(4), vec![4], u64::MAX), (Vec::new(), vec![most], 1)]
    {
        let found = says(&check(&edit(&disk, |entries| entries[30] = planted(lanes, turns, parts))));
        assert!(found.contains(&(Wrong::Changed, Some(30))), "{found:?}");
        assert!(found.contains(&(Wrong::Accounting, Some(30))), "{found:?}");
    }
    // With the lanes as they are by then, and more objects than wait.
    let before = edit(&disk, |entries| entries.truncate(30));
    let mut fold = crate::Fold::new();
    let mut entries = crate::Entries::from(&before, 0);
    while let Ok(Some((entry, bytes))) = entries.next_entry() {
        fold.take(entry, Event::read(bytes).unwrap()).unwrap();
    }
    let lanes: Vec<_> = fold.ledger().lanes().map(|(name, tally)| (name.to_owned(), *tally)).collect();
    let found = says(&check(&edit(&disk, |entries| entries[30] = planted(lanes, vec![most], 1))));
    assert!(found.contains(&(Wrong::Accounting, Some(30))), "{found:?}");
}

/// The last entries are a snapshot of which a part lacks, and it is signed.
#[test]
fn a_snapshot_that_does_not_end_is_found() {
    let disk = SimDisk::new(1);
    let (mut log, _) = Log::open(Arc::new(disk.clone()), key(), Vec::new(), Settings::default()).unwrap();
    log.append(&page(&start())).unwrap();
    let first = crate::Snapshot { part: 1, parts: 2, epoch: 1, ..crate::Snapshot::default() };
    log.append(&page(&Event::Snapshot(at(), first))).unwrap();
    log.commit().unwrap();
    log.checkpoint().unwrap();
    drop(log);
    assert_eq!(says(&check(&disk)), [(Wrong::Accounting, Some(2))]);
    let again = Log::open(Arc::new(disk.clone()), key(), Vec::new(), Settings::default());
    assert!(matches!(again, Err(crate::OpenFault::Accounting(2, _))));
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

/// The entries of a log.
fn entries_of(disk: &SimDisk) -> Vec<Vec<u8>> {
    let (mut entries, mut all) = (crate::Entries::from(disk, 0), Vec::new());
    while let Some((_, entry)) = entries.next_entry().unwrap() {
        all.push(entry.to_vec());
    }
    all
}

/// A segment of these entries that fits itself, with one mark: whoever has no key can make it.
fn forged(before: &[Vec<u8>], entries: &[Vec<u8>]) -> Vec<u8> {
    let mut tree = Tree::default();
    before.iter().for_each(|entry| tree.push(leaf(entry), |_| {}));
    let mut edges = tree.edges().to_vec();
    edges.truncate(edges.iter().rposition(|edge| !edge.is_empty()).map_or(0, |last| last + 1));
    let base = Tree::from_edges(edges).unwrap();
    let mut bytes = crate::segment::header(&base, None);
    for entry in entries {
        tile::put(entry, &mut bytes);
        tree.push(leaf(entry), |_| {});
    }
    crate::segment::mark(base.size(), tree.size(), &tree.root(), &mut bytes);
    bytes
}

/// Readers take the newest entries from segments: what stands there is what was signed, or the log is not sound.
#[test]
fn a_segment_that_was_built_anew_is_found_although_it_fits_itself() {
    let (disk, _) = sample(300);
    let all = entries_of(&disk);
    let mut other = all.clone();
    other[290] = decision("release", "null");
    other.push(page(&Event::Stop(Stop { at: at(), epoch: 1, why: "one more".to_owned() })));
    for from in [256, 0] {
        let edited = disk.copy(1);
        edited.plant("segment/000000099999", &forged(&other[..from], &other[from..]));
        assert_eq!(entries_of(&edited)[290], other[290], "it is what readers are shown");
        let found = says(&check(&edited));
        assert!(found.contains(&(Wrong::Segment, Some(300))), "from {from}: {found:?}");
        // The same with the entries that were signed and one more is no fault.
        let mut more = all.clone();
        more.push(other[300].clone());
        edited.plant("segment/000000099999", &forged(&more[..from], &more[from..]));
        assert_eq!((says(&check(&edited)), check(&edited).unsigned), (vec![], 1));
    }
}

/// What an older segment says behind the base of a newer one is read by nobody.
#[test]
fn an_older_segment_says_nothing_behind_the_base_of_a_newer_one() {
    let (disk, _) = sample(300);
    let all = entries_of(&disk);
    let mut other = all.clone();
    other[280] = decision("release", "null");
    for name in disk.names().iter().filter(|name| name.starts_with("segment/")) {
        disk.steal(name);
    }
    disk.plant("segment/000000000001", &forged(&[], &other));
    disk.plant("segment/000000000002", &forged(&all[..256], &all[256..]));
    disk.steal("tile/entries/000");
    assert_eq!(says(&check(&disk)), []);
    assert_eq!(entries_of(&disk), all);
    // And what it says before that base has to lead up to it.
    other[21] = decision("refuse", "null");
    disk.plant("segment/000000000001", &forged(&[], &other));
    assert!(!check(&disk).is_sound());
}
