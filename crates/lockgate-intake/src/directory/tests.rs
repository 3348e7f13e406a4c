use super::Folder;
use crate::config::{Config, Directory, Settle, Source};
use crate::desk::{Desk, Moment};
use crate::{Arrival, Hatch, IntakeCounters, Offered, Pool, Receipt, Why};
use lockgate_bytes::{Duration, Time};
use lockgate_disk::{Breakage, SimDisk};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Default)]
struct Basket(Vec<(Receipt, Vec<u8>)>, Vec<(Receipt, Why)>);

impl Hatch for Basket {
    fn offer(&mut self, arrival: Arrival) -> Offered {
        if let Arrival::Frame(frame, Some(receipt)) = arrival {
            self.0.push((receipt, frame.bytes));
        } else if let Arrival::TurnedAway(away) = arrival {
            self.1.extend(away.receipt.map(|receipt| (receipt, away.why)));
        }
        Offered::Taken
    }
}

fn config() -> Config {
    let sources = vec![Source { name: "drop".into(), rate: None, size_max: None }];
    Config { epoch: 1, push_back: false, unfinished_max_bytes: 0, sources, listeners: vec![] }
}

fn directory(disk: &SimDisk) -> Directory {
    Directory {
        disk: Arc::new(disk.clone()),
        source: "drop".into(),
        owner: 0,
        settle: Settle::Renamed,
        look_every: Duration::from_nanos(1),
        taken_max: 100,
        away_max: 100,
        turned_away_max: 100,
        sidecars: None,
        of: None,
    }
}

/// Works `rounds` times; acknowledges what `may_go`.
fn work(
    disk: &SimDisk,
    epoch: u64,
    rounds: i64,
    may_go: impl Fn(Receipt) -> bool,
) -> Option<(Basket, Arc<IntakeCounters>)> {
    let mut basket = Basket::default();
    let counters = Arc::new(IntakeCounters::new(std::iter::once("files".into())));
    let mut folder = Folder::open(&directory(disk), 0, 0, 1000, epoch).ok()?;
    let mut number = 0;
    for round in 0..rounds {
        let mut desk = Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
        let time = Time::from_unix_nanos(round * 10);
        folder.work(&mut number, true, &mut desk, Moment { now: time, steady: time });
        drop(desk);
        let desk = Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
        let offered: Vec<_> = folder.offered.iter().copied().filter(|receipt| may_go(*receipt)).collect();
        for receipt in offered {
            folder.acknowledge(receipt, &desk);
        }
        // What is turned away is on record at once.
        drop(desk);
        let away: Vec<_> = basket.1.iter().map(|(receipt, _)| *receipt).collect();
        let desk = Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
        for receipt in away.into_iter().filter(|receipt| may_go(*receipt)) {
            folder.acknowledge(receipt, &desk);
        }
    }
    Some((basket, counters))
}

/// The power goes at every operation, under many seeds: no file is lost, none has two receipts, and a file that was
/// offered comes again under the receipt it had.
#[test]
fn a_crash_loses_no_file_and_gives_none_a_second_receipt() {
    let mut crashed = 0;
    for seed in 0..1_000 {
        let disk = SimDisk::new(seed);
        disk.plant("in/.keep", b"");
        for number in 0..4_u8 {
            disk.plant(&format!("in/{number}"), &[b'a' + number; 10]);
        }
        let mut receipts: BTreeMap<Vec<u8>, Receipt> = BTreeMap::new();
        for epoch in 1..=4 {
            if epoch < 4 {
                disk.crash_at(disk.operations() + 1 + (seed * 7 + epoch * 3) % 13);
            }
            // Half of them are decided at once, the others never before the last run.
            let may_go = |receipt: Receipt| epoch == 4 || receipt.number.is_multiple_of(2);
            if let Some((basket, _)) = work(&disk, epoch, 6, may_go) {
                for (receipt, bytes) in basket.0 {
                    assert!(bytes.len() == 10 && bytes.iter().all(|byte| *byte == bytes[0]), "seed {seed}");
                    let first = *receipts.entry(bytes).or_insert(receipt);
                    assert_eq!(first, receipt, "seed {seed}: one file, two receipts");
                }
            }
            crashed += u32::from(disk.is_down());
            if epoch < 4 {
                disk.reboot();
            }
        }
        assert_eq!(receipts.len(), 4, "seed {seed}: a file was lost");
        assert_eq!(disk.names(), ["in/.keep", "lock"], "seed {seed}");
    }
    assert!(crashed > 1_500, "{crashed}");
}

#[test]
fn a_disk_that_fails_delays_and_loses_nothing() {
    for breakage in [Breakage::NoSpace, Breakage::ReadOnly, Breakage::NoDescriptors] {
        let disk = SimDisk::new(1);
        disk.plant("in/a", b"x");
        assert!(work(&disk, 1, 0, |_| false).is_some());
        let mut folder = Folder::open(&directory(&disk), 0, 0, 1000, 2).unwrap();
        let (mut basket, mut number) = (Basket::default(), 0);
        let counters = Arc::new(IntakeCounters::new(std::iter::once("files".into())));
        let mut desk = Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
        disk.break_now(breakage);
        for round in 0..200 {
            let time = Time::from_unix_nanos(round);
            folder.work(&mut number, true, &mut desk, Moment { now: time, steady: time });
        }
        disk.mend();
        for round in 200..205 {
            let time = Time::from_unix_nanos(round);
            folder.work(&mut number, true, &mut desk, Moment { now: time, steady: time });
        }
        drop(desk);
        assert_eq!(basket.0.len(), 1, "{breakage:?}");
        assert_eq!(Why::ALL.iter().map(|why| counters.listeners[0].turned_away(*why)).sum::<u64>(), 0);
    }
}

#[test]
fn an_object_is_never_judged_without_its_sidecar_however_many_names_there_are() {
    let disk = SimDisk::new(1);
    disk.plant("in/a", b"x");
    disk.plant("in/a.bdo", b"label");
    // More than one look takes in, and between both by their names.
    for number in 0..10_000 {
        disk.plant(&format!("in/a-{number}.part"), b"");
    }
    // One whose sidecar would have a name that no folder takes.
    disk.plant(&format!("in/{}", "1".repeat(253)), b"long");
    let (basket, counters) = work(&disk, 1, 3, |_| true).unwrap();
    let taken: Vec<&[u8]> = basket.0.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    assert_eq!(taken, [b"long"], "the other one would be judged without its label");
    assert_eq!(counters.listeners[0].turned_away(Why::Sidecar), 1);
    assert!(disk.names().iter().any(|name| name.starts_with("turned-away/")));
}

/// An object that is still being written keeps its sidecar waiting; a crash between both leaves none of them to be
/// judged alone.
#[test]
fn a_sidecar_never_goes_before_its_object() {
    let disk = SimDisk::new(1);
    disk.plant("in/.keep", b"");
    disk.plant("in/a.bdo", b"label");
    let config_of = || Directory { settle: Settle::Unchanged, ..directory(&disk) };
    let mut folder = Folder::open(&config_of(), 0, 0, 1000, 1).unwrap();
    let (mut basket, mut number) = (Basket::default(), 0);
    let counters = Arc::new(IntakeCounters::new(std::iter::once("files".into())));
    let mut look = |folder: &mut Folder, round: i64| {
        let mut desk = Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
        let time = Time::from_unix_nanos(round * 10);
        folder.work(&mut number, true, &mut desk, Moment { now: time, steady: time });
    };
    for round in 0..5_u8 {
        disk.plant("in/a", &vec![b'x'; usize::from(round) + 1]);
        look(&mut folder, round.into());
        assert_eq!(disk.names(), ["in/.keep", "in/a", "in/a.bdo", "lock"], "it grows");
    }
    look(&mut folder, 5);
    let marked = ["in/.keep", "lock", "taken/1-0.sidecar.5.away", "taken/1-1.sidecar.5.away"];
    assert_eq!(disk.names(), marked, "not before it is on record");
    for number in 0..2 {
        let desk = Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
        assert!(folder.acknowledge(Receipt { epoch: 1, number }, &desk));
    }
    let mut desk = Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
    let time = Time::from_unix_nanos(60);
    folder.work(&mut number, true, &mut desk, Moment { now: time, steady: time });
    drop(desk);
    assert_eq!(disk.names(), ["in/.keep", "lock", "turned-away/1-0", "turned-away/1-1"]);
    assert_eq!(counters.listeners[0].turned_away(Why::Sidecar), 2);
    for seed in 0..200 {
        let disk = SimDisk::new(seed);
        for name in ["in/.keep", "in/a", "in/a.bdo"] {
            disk.plant(name, b"x");
        }
        disk.crash_at(disk.operations() + 1 + seed % 20);
        for epoch in 1..=2 {
            if let Some((basket, _)) = work(&disk, epoch, 6, |_| true) {
                assert!(basket.0.is_empty(), "seed {seed}: judged without its label");
            }
            disk.reboot();
        }
    }
}
