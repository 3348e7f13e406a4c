use super::{Log, Recovered, Settings};
use crate::entries::Entries;
use crate::event::{ClockState, Drops, Event, Start};
use crate::fault::OpenFault;
use crate::note::LogKey;
use crate::place::{SecondFolder, SecondPlace};
use lockgate_bytes::{Digest, Time};
use lockgate_disk::{Breakage, Disk, Seed, SimDisk};
use std::sync::Arc;

fn key() -> LogKey {
    LogKey::from_secret("test/log", &[5; 32]).unwrap()
}

pub(super) fn open(disk: &SimDisk) -> Result<(Log, Recovered), OpenFault> {
    open_with(disk, Vec::new())
}

fn open_with(disk: &SimDisk, places: Vec<Box<dyn SecondPlace>>) -> Result<(Log, Recovered), OpenFault> {
    Log::open(Arc::new(disk.clone()), key(), places, Settings { segment_bytes: 2500 })
}

/// With segments that are longer than a bundle, so that room which was made for one is used.
fn open_long(disk: &SimDisk) -> Result<(Log, Recovered), OpenFault> {
    Log::open(Arc::new(disk.clone()), key(), Vec::new(), Settings { segment_bytes: LONG })
}

const LONG: u64 = 45_000;

pub(crate) fn start(epoch: u64) -> Vec<u8> {
    let event = Event::Start(Start {
        at: Time::from_unix_nanos(0),
        epoch,
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
    page(&event)
}

pub(crate) fn drops(epoch: u64, dropped: u64) -> Vec<u8> {
    let at = Time::from_unix_nanos(i64::try_from(dropped).unwrap());
    page(&Event::Drops(Drops {
        at,
        epoch,
        lane: "a".to_owned(),
        listener: "l".to_owned(),
        dropped,
        lost: 0,
        alarms: 0,
        indeterminate: 0,
    }))
}

fn page(event: &Event) -> Vec<u8> {
    let mut page = Vec::new();
    event.write(&mut page);
    page
}

/// How many seeds to run: more where `LOCKGATE_SEEDS` asks for more.
fn seeds(usual: u64) -> u64 {
    std::env::var("LOCKGATE_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(usual)
}

fn all(disk: &SimDisk) -> Vec<Vec<u8>> {
    let (mut entries, mut all) = (Entries::from(disk, 0), Vec::new());
    while let Some((index, entry)) = entries.next_entry().unwrap() {
        assert_eq!(index, all.len() as u64);
        all.push(entry.to_vec());
    }
    all
}

/// One process: opens, starts, and commits batches by the seed until the end or a crash. What was acknowledged is in
/// `sure`; what was appended when the power went in `perhaps`.
fn live(disk: &SimDisk, seed: &mut Seed, sure: &mut Vec<Vec<u8>>, perhaps: &mut Vec<Vec<u8>>, commits: u64) {
    perhaps.clear();
    // It may be refused here only by the power or by a breakage; who calls opens it again without either.
    let Ok((mut log, recovered)) = (if seed.one_in(2) { open(disk) } else { open_long(disk) }) else {
        return;
    };
    let epoch = recovered.ledger.epoch() + 1;
    let mut dropped = 0;
    for commit in 0..commits {
        if commit == 0 {
            perhaps.push(start(epoch));
        }
        for _ in 0..seed.below(24) {
            dropped += 1;
            perhaps.push(drops(epoch, dropped));
        }
        let appended: Result<Vec<u64>, _> = perhaps.iter().map(|page| log.append(page)).collect();
        // What is left behind the commits is done at any time later, in pieces of any size.
        match appended.and_then(|_| if seed.one_in(2) { log.commit() } else { log.commit_first() }) {
            Ok(()) => sure.append(perhaps),
            Err(_) if disk.is_down() => return,
            // Broken for a while: the same is offered again with the next.
            Err(_) => log.roll_back(),
        }
        if seed.one_in(3) && log.checkpoint().is_err() && disk.is_down() {
            return;
        }
        if seed.one_in(20) {
            disk.mend();
        }
    }
}

#[test]
fn a_log_is_read_as_it_was_written_over_many_segments() {
    let disk = SimDisk::new(1);
    let (mut sure, mut perhaps) = (Vec::new(), Vec::new());
    for run in 0..3 {
        live(&disk, &mut Seed::new(run), &mut sure, &mut perhaps, 50);
        assert!(perhaps.is_empty());
        assert_eq!(all(&disk), sure);
    }
    assert!(sure.len() > 1300);
    let segments = disk.names().iter().filter(|name| name.starts_with("segment/")).count();
    assert!(segments <= 4, "old segments go: {segments}");
    assert!(disk.names().iter().any(|name| name == "tile/entries/004"));
    let names = disk.names();
    let partials: Vec<&str> = names.iter().filter_map(|name| Some(name.split_once(".p/")?.0)).collect();
    assert!(!partials.is_empty());
    let stays = |tile: &&str| !names.iter().any(|name| name == *tile);
    assert!(partials.iter().all(stays), "partial tiles go with the full one: {names:?}");
}

#[test]
fn no_crash_loses_what_was_committed_nor_makes_up_what_was_not() {
    let (mut cut, mut ran) = (0_u64, 0_u64);
    for seed in 0..seeds(150) {
        let disk = SimDisk::new(seed);
        let mut chance = Seed::new(seed ^ 0xABCD);
        let (mut sure, mut perhaps) = (Vec::new(), Vec::new());
        for crash in 0..2 {
            disk.crash_at(disk.operations() + 1 + chance.below(if crash == 1 { 40 } else { 160 }));
            live(&disk, &mut chance, &mut sure, &mut perhaps, 25);
            disk.reboot();
            let (log, recovered) = open(&disk).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
            drop(log);
            cut += u64::from(recovered.cut_bytes > 0);
            ran += 1;
            let there = all(&disk);
            assert_eq!(recovered.entries, there.len() as u64, "seed {seed}");
            assert!(there.starts_with(&sure), "seed {seed}: {} of {} are there", there.len(), sure.len());
            let rest = &there[sure.len()..];
            assert!(rest.is_empty() || rest == perhaps, "seed {seed}: all of the last commit, or nothing");
            sure = there;
        }
    }
    assert!(cut > 0 && ran == 2 * seeds(150), "torn tails were met: {cut}");
}

/// Segments that stand in room that was made for them beforehand.
fn reserved(disk: &SimDisk) -> usize {
    let names = disk.names();
    let segments = names.iter().filter(|name| name.starts_with("segment/"));
    let read = segments.map(|name| disk.read(name, 1 << 20).unwrap());
    read.filter(|bytes| bytes.len() as u64 == LONG && bytes.starts_with(b"lockgate-log-01")).count()
}

#[test]
fn a_segment_begins_in_room_that_was_made_for_it() {
    let disk = SimDisk::new(3);
    let (mut log, _) = open_long(&disk).unwrap();
    log.append(&start(1)).unwrap();
    let (mut commits, mut in_room, mut spare) = (0, 0, 0);
    for number in 1..2000 {
        log.append(&drops(1, number)).unwrap();
        if number % 5 == 0 {
            commits += 1;
            log.commit().unwrap();
            in_room += usize::from(reserved(&disk) > 0);
            spare += usize::from(disk.names().contains(&"spare.0".to_owned()));
        }
    }
    log.commit().unwrap();
    assert!(in_room > commits / 2, "{in_room} of {commits} commits");
    assert!(spare > 0 && spare < commits, "a segment that goes makes room for another: {spare}");
    drop(log);
    assert_eq!(all(&disk).len(), 2000);
    let (_log, recovered) = open(&disk).unwrap();
    assert_eq!((recovered.entries, recovered.cut_bytes), (2000, 0), "room that is not used is no torn tail");
}

/// A log whose shelf comes late has segments without room; what goes of them afterwards is room for the next, up to a bound.
#[test]
fn a_shelf_that_was_late_keeps_some_segments_as_room() {
    let disk = SimDisk::new(5);
    let (mut log, _) = open_long(&disk).unwrap();
    let mut shelf = log.part_with_shelf().unwrap();
    log.append(&start(1)).unwrap();
    let spares = || disk.names().iter().filter(|name| name.starts_with("spare.")).count();
    for number in 1..2000 {
        log.append(&drops(1, number)).unwrap();
        if number % 5 == 0 {
            log.commit_first().unwrap();
        }
    }
    assert_eq!((spares(), reserved(&disk)), (0, 0), "nobody made room");
    shelf.work(usize::MAX).unwrap();
    assert_eq!(spares(), 4);
    let mut in_room = 0;
    for number in 2000..3000 {
        log.append(&drops(1, number)).unwrap();
        if number % 5 == 0 {
            log.commit_first().unwrap();
            shelf.work(usize::MAX).unwrap();
            assert!((3..=4).contains(&spares()), "{} at {number}", spares());
            in_room += usize::from(reserved(&disk) > 0);
        }
    }
    assert!(in_room > 150, "{in_room} of 200 commits");
    log.commit_first().unwrap();
    drop((log, shelf));
    assert_eq!(all(&disk).len(), 3000);
}

/// The log and its shelf on two threads, as in a lane. The order of their operations is not the seed's alone, so a seed
/// that fails need not fail again; what is asserted holds for every order.
#[test]
fn no_crash_between_log_and_shelf_loses_what_was_committed() {
    let mut ended_well = 0;
    for seed in 0..seeds(40) {
        let disk = SimDisk::new(seed);
        let mut chance = Seed::new(seed ^ 0x5EED);
        let mut sure = Vec::new();
        for life in 1..=3 {
            disk.crash_at(disk.operations() + 1 + chance.below(700));
            if chance.one_in(3) {
                disk.break_at(disk.operations() + chance.below(300), Breakage::Broken);
            }
            let mut perhaps = Vec::new();
            if let Ok((mut log, recovered)) = open_long(&disk) {
                let shelf = log.part_with_shelf().unwrap();
                let works = std::thread::spawn(move || shelf.run());
                perhaps.push(start(recovered.ledger.epoch() + 1));
                for number in 1..=chance.below(900) {
                    perhaps.push(drops(recovered.ledger.epoch() + 1, number));
                    if !chance.one_in(9) {
                        continue;
                    }
                    let appended: Result<Vec<u64>, _> = perhaps.iter().map(|page| log.append(page)).collect();
                    match appended.and_then(|_| log.commit_first()) {
                        Ok(()) => sure.append(&mut perhaps),
                        Err(_) if disk.is_down() => break,
                        Err(_) => log.roll_back(),
                    }
                    log.write_behind();
                    let _ = log.tick(Time::from_unix_nanos(i64::try_from(number).unwrap() * 100_000_000));
                }
                ended_well += u32::from(!disk.is_down() && log.checkpoint().is_ok());
                drop(log);
                works.join().unwrap();
            }
            disk.reboot();
            let (log, recovered) = open(&disk).unwrap_or_else(|fault| panic!("seed {seed}, {life}: {fault}"));
            drop(log);
            let there = all(&disk);
            assert_eq!(recovered.entries, there.len() as u64, "seed {seed}");
            assert!(there.starts_with(&sure), "seed {seed}: {} of {} are there", there.len(), sure.len());
            let rest = &there[sure.len()..];
            assert!(
                perhaps.starts_with(rest),
                "seed {seed}: nothing but the last commit may be there besides"
            );
            sure = there;
        }
    }
    assert!(ended_well > 3, "{ended_well} lives ended with a checkpoint");
}

#[test]
fn a_disk_that_breaks_and_mends_needs_no_new_process() {
    for seed in 0..seeds(60) {
        let disk = SimDisk::new(seed);
        let mut chance = Seed::new(seed);
        let (mut sure, mut perhaps) = (Vec::new(), Vec::new());
        for _ in 0..12 {
            let breakage = [Breakage::NoSpace, Breakage::ReadOnly, Breakage::Broken, Breakage::NoDescriptors];
            disk.break_at(1 + chance.below(300), breakage[chance.index(4)]);
        }
        let mut tries = 0;
        while sure.is_empty() && tries < 20 {
            // The first opening may meet a breakage, too.
            tries += 1;
            if let Ok((log, _)) = open(&disk) {
                drop(log);
                live(&disk, &mut chance, &mut sure, &mut perhaps, 60);
            }
        }
        assert!(!sure.is_empty(), "seed {seed}");
        assert_eq!(all(&disk), sure, "seed {seed}");
        disk.crash();
        disk.reboot();
        let (_log, recovered) = open(&disk).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        assert_eq!(recovered.entries, sure.len() as u64, "seed {seed}");
        assert_eq!(all(&disk), sure, "seed {seed}");
    }
}

#[test]
fn a_full_disk_stops_the_log_and_room_starts_it_again() {
    let disk = SimDisk::new(4);
    let (mut log, _) = open(&disk).unwrap();
    log.append(&start(1)).unwrap();
    log.commit().unwrap();
    disk.set_capacity(3000);
    let mut stopped = false;
    for number in 1..100 {
        log.append(&drops(1, number)).unwrap();
        if let Err(fault) = log.commit() {
            assert!(fault.to_string().contains("nothing is released"), "{fault}");
            stopped = true;
            assert_eq!(log.append(&drops(1, number)).unwrap(), number, "the index is free again");
            disk.set_capacity(u64::MAX);
            log.commit().unwrap();
        }
    }
    assert!(stopped);
    assert_eq!(all(&disk).len(), 100);
    log.checkpoint().unwrap();
    assert_eq!(log.standing().signed, 100);
}

#[test]
fn one_process_has_it_and_only_its_own_key_opens_it() {
    let disk = SimDisk::new(2);
    let (mut log, _) = open(&disk).unwrap();
    assert!(matches!(open(&disk), Err(OpenFault::InUse)));
    log.append(&start(1)).unwrap();
    log.commit().unwrap();
    log.checkpoint().unwrap();
    drop(log);
    let other = LogKey::from_secret("test/log", &[6; 32]).unwrap();
    let wrong = Log::open(Arc::new(disk.clone()), other, Vec::new(), Settings::default());
    assert!(matches!(wrong, Err(OpenFault::Checkpoint(..))));
    assert!(open(&disk).is_ok());
}

#[test]
fn what_no_crash_does_is_refused() {
    let disk = SimDisk::new(9);
    let place = SimDisk::new(10);
    let second = || -> Vec<Box<dyn SecondPlace>> {
        vec![Box::new(SecondFolder::new(Arc::new(place.clone()), "elsewhere"))]
    };
    let (mut log, _) = open_with(&disk, second()).unwrap();
    log.append(&start(1)).unwrap();
    log.commit().unwrap();
    log.checkpoint().unwrap();
    let early = disk.copy(1);
    for number in 1..600 {
        log.append(&drops(1, number)).unwrap();
        if number % 40 == 0 {
            log.commit().unwrap();
        }
    }
    log.commit().unwrap();
    log.checkpoint().unwrap();
    drop(log);
    assert!(open_with(&disk.copy(1), second()).is_ok());
    // An old copy of the whole folder: only the second place knows.
    assert!(open(&early).is_ok());
    let shorter = open_with(&early, second()).map(drop).unwrap_err();
    assert!(matches!(&shorter, OpenFault::Shorter { signed: 600, there: 1, .. }));
    assert!(shorter.to_string().contains("the checkpoint in elsewhere says 600 entries"), "{shorter}");
    // A place that has nothing, beside a log that has: another one than it was, or a folder on which nothing is mounted.
    let empty = || -> Vec<Box<dyn SecondPlace>> {
        vec![Box::new(SecondFolder::new(Arc::new(SimDisk::new(3)), "/mnt/elsewhere"))]
    };
    let (mut log, _) = open_with(&disk.copy(1), empty()).unwrap();
    log.checkpoint().unwrap();
    let alarms = log.standing().alarms;
    assert_eq!((alarms.new_place.as_deref(), alarms.second_place), (Some("/mnt/elsewhere"), None));
    assert_eq!(open_with(&disk.copy(1), second()).unwrap().0.standing().alarms.new_place, None);
    assert_eq!(
        open_with(&SimDisk::new(5), empty()).unwrap().0.standing().alarms.new_place,
        None,
        "both are new"
    );
    // The segments gone.
    let gone = disk.copy(1);
    for name in gone.names().iter().filter(|name| name.starts_with("segment/")) {
        gone.steal(name);
    }
    assert!(matches!(open(&gone), Err(OpenFault::Damaged(..))));
    // Any byte of any segment or tile of hashes changed: refused, or made whole again.
    let whole = all(&disk);
    for name in disk.names().iter().filter(|name| !name.starts_with("lock") && !name.contains(".p/")) {
        let bytes = disk.read(name, 1 << 20).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len() / 6 + 1) {
            let changed = disk.copy(1);
            let mut wrong = bytes.clone();
            wrong[at] ^= 0x20;
            changed.plant(name, &wrong);
            if open(&changed).is_ok() {
                assert_eq!(all(&changed), whole, "{name} byte {at}");
            }
        }
    }
}
