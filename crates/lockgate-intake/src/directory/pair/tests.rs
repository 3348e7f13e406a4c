use super::super::Folder;
use crate::config::{Config, Directory, Settle, Sidecars, Source};
use crate::desk::{Desk, Moment};
use crate::{Arrival, Hatch, IntakeCounters, Offered, Pool, Receipt, Why};
use lockgate_bytes::{Duration, Time};
use lockgate_disk::SimDisk;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An object, and its sidecar with the name that it knows.
type Offer = (Receipt, Vec<u8>, Option<(String, Vec<u8>)>);

#[derive(Default)]
struct Basket(Vec<Offer>, Vec<Receipt>);

impl Hatch for Basket {
    fn offer(&mut self, arrival: Arrival) -> Offered {
        if let Arrival::Frame(frame, Some(receipt)) = arrival {
            let sidecar = frame.sidecar.map(|sidecar| (sidecar.name.to_string(), sidecar.bytes));
            self.0.push((receipt, frame.bytes, sidecar));
        } else if let Arrival::TurnedAway(away) = arrival {
            self.1.extend(away.receipt);
        }
        Offered::Taken
    }
}

/// A folder on a disk in memory, driven by hand; a look every ten nanoseconds, and patience for five looks.
struct Watched {
    disk: SimDisk,
    folder: Folder,
    counters: Arc<IntakeCounters>,
    pool: Arc<Pool>,
    number: u64,
    now: i64,
    basket: Basket,
}

fn directory(disk: &SimDisk, reads: bool) -> Directory {
    Directory {
        disk: Arc::new(disk.clone()),
        source: "drop".into(),
        owner: 0,
        settle: Settle::Renamed,
        look_every: Duration::from_nanos(1),
        taken_max: 100,
        away_max: 100,
        turned_away_max: 100,
        sidecars: reads.then_some(Sidecars { size_max: 20, wait: Duration::from_nanos(50) }),
        of: None,
    }
}

impl Watched {
    fn open(disk: &SimDisk, epoch: u64, reads: bool) -> Result<Self, String> {
        Self::with(disk, epoch, &directory(disk, reads))
    }

    fn with(disk: &SimDisk, epoch: u64, directory: &Directory) -> Result<Self, String> {
        Ok(Self {
            disk: disk.clone(),
            folder: Folder::open(directory, 0, 0, 1000, epoch)?,
            counters: Arc::new(IntakeCounters::new(std::iter::once("files".into()))),
            pool: Arc::new(Pool::new(1 << 20)),
            number: 0,
            now: 0,
            basket: Basket::default(),
        })
    }

    fn desk<T>(&mut self, work: impl FnOnce(&mut Folder, &mut u64, &mut Desk<'_>, Moment) -> T) -> T {
        let config = Config {
            epoch: 1,
            push_back: true,
            unfinished_max_bytes: 0,
            sources: vec![Source { name: "drop".into(), rate: None, size_max: None }],
            listeners: vec![],
        };
        let mut desk = Desk::new(&config, self.pool.clone(), self.counters.clone(), &mut self.basket);
        let time = Time::from_unix_nanos(self.now);
        work(&mut self.folder, &mut self.number, &mut desk, Moment { now: time, steady: time })
    }

    fn look(&mut self, times: usize) {
        for _ in 0..times {
            self.now += 10;
            self.desk(|folder, number, desk, at| folder.work(number, true, desk, at));
            // What is turned away is on record at once.
            for receipt in std::mem::take(&mut self.basket.1) {
                self.desk(|folder, _, desk, _| folder.acknowledge(receipt, desk));
            }
        }
    }

    fn acknowledge(&mut self) {
        let offered: Vec<Receipt> = self.folder.offered.iter().copied().collect();
        for receipt in offered {
            self.desk(|folder, _, desk, _| folder.acknowledge(receipt, desk));
        }
    }

    fn turned_away(&self, why: Why) -> u64 {
        self.counters.listeners[0].turned_away(why)
    }

    /// What was turned away in all.
    fn all_turned_away(&self) -> u64 {
        Why::ALL.iter().map(|why| self.turned_away(*why)).sum()
    }

    /// Everything in the folder but its own files.
    fn names(&self) -> Vec<String> {
        let own = |name: &String| name != "lock" && !name.ends_with(".keep");
        self.disk.names().into_iter().filter(own).collect()
    }
}

fn disk_with(files: &[(&str, &[u8])]) -> SimDisk {
    let disk = SimDisk::new(1);
    disk.plant("in/.keep", b"");
    files.iter().for_each(|(name, bytes)| disk.plant(&format!("in/{name}"), bytes));
    disk
}

#[test]
fn a_pair_is_taken_offered_and_removed_together() {
    let disk = disk_with(&[("a.cot", b"object"), ("a.cot.bdo", b"label")]);
    let mut watched = Watched::open(&disk, 1, true).unwrap();
    watched.look(2);
    let receipt = Receipt { epoch: 1, number: 0 };
    let label = Some(("a.cot".to_owned(), b"label".to_vec()));
    assert_eq!(watched.basket.0, [(receipt, b"object".to_vec(), label)]);
    assert_eq!(watched.names(), ["taken/1-0.a.cot.bdo", "taken/1-0.pair"]);
    // Another run offers it again, under its receipt; also one whose names were used meanwhile.
    drop(watched);
    disk.plant("in/a.cot.bdo", b"label 2");
    disk.plant("in/a.cot", b"object 2");
    let mut watched = Watched::open(&disk, 2, true).unwrap();
    watched.look(2);
    let offered: Vec<_> = watched.basket.0.iter().map(|(receipt, ..)| receipt.to_string()).collect();
    assert_eq!(offered, ["1-0", "2-0"]);
    watched.acknowledge();
    watched.look(1);
    assert!(watched.names().is_empty(), "{:?}", watched.names());
    assert_eq!(watched.all_turned_away(), 0);
}

/// The power goes at every operation, under many seeds: a file is offered with its own sidecar, under one receipt, or not at
/// all; none is lost, and nothing is left behind.
#[test]
fn a_crash_never_parts_a_pair() {
    let mut crashed = 0;
    for seed in 0..1_500 {
        let disk = SimDisk::new(seed);
        disk.plant("in/.keep", b"");
        for number in 0..3_u8 {
            disk.plant(&format!("in/{number}"), &[b'a' + number; 10]);
            disk.plant(&format!("in/{number}.bdo"), &[b'A' + number; 5]);
        }
        let mut receipts: BTreeMap<Vec<u8>, Receipt> = BTreeMap::new();
        for epoch in 1..=4 {
            if epoch < 4 {
                disk.crash_at(disk.operations() + 1 + (seed * 7 + epoch * 3) % 23);
            }
            if let Ok(mut watched) = Watched::open(&disk, epoch, true) {
                for round in 0..7 {
                    watched.look(1);
                    if epoch == 4 || (round + seed) % 3 == 0 {
                        watched.acknowledge();
                    }
                }
                watched.look(1);
                for (receipt, object, sidecar) in std::mem::take(&mut watched.basket.0) {
                    let (name, label) =
                        sidecar.unwrap_or_else(|| panic!("seed {seed}: {receipt} without its label"));
                    assert_eq!(label[0].to_ascii_lowercase(), object[0], "seed {seed}: with another's");
                    assert_eq!((name.as_str(), label.len()), (&*(object[0] - b'a').to_string(), 5));
                    let first = *receipts.entry(object).or_insert(receipt);
                    assert_eq!(first, receipt, "seed {seed}: one file, two receipts");
                }
                assert_eq!(watched.all_turned_away(), 0, "seed {seed}");
            }
            crashed += u32::from(disk.is_down());
            if epoch < 4 {
                disk.reboot();
            }
        }
        assert_eq!(receipts.len(), 3, "seed {seed}: a file was lost");
        assert_eq!(disk.names(), ["in/.keep", "lock"], "seed {seed}");
    }
    assert!(crashed > 2_000, "{crashed}");
}

/// A sidecar was claimed and its object was not: the power goes at every operation of putting both together again.
#[test]
fn a_kill_while_a_half_is_finished_leaves_a_pair() {
    let mut crashes = 0;
    for seed in 0..20 {
        for operation in 1.. {
            let disk = SimDisk::new(seed);
            for (name, bytes) in [("in/.keep", &b""[..]), ("in/a", b"object"), ("taken/1-0.a.bdo", b"label")]
            {
                disk.plant(name, bytes);
            }
            disk.crash_at(disk.operations() + operation);
            let opened = Watched::open(&disk, 2, true);
            if let Ok(mut watched) = opened {
                watched.look(2);
            }
            let is_crashed = disk.is_down();
            if is_crashed {
                crashes += 1;
                disk.reboot();
            }
            disk.crash_at(u64::MAX);
            let mut watched = Watched::open(&disk, 3, true).unwrap();
            watched.look(2);
            let offered = std::mem::take(&mut watched.basket.0);
            let label = Some(("a".to_owned(), b"label".to_vec()));
            let expected = (Receipt { epoch: 1, number: 0 }, b"object".to_vec(), label);
            assert_eq!(offered, [expected], "seed {seed}, operation {operation}");
            watched.acknowledge();
            watched.look(2);
            assert_eq!(watched.all_turned_away(), 0);
            assert_eq!(disk.names(), ["in/.keep", "lock"], "seed {seed}, operation {operation}");
            if !is_crashed {
                break;
            }
        }
    }
    assert!(crashes > 100, "{crashes}");
}

/// The lane is told to read none while pairs are in every state of being taken.
#[test]
fn what_was_a_pair_is_never_taken_for_a_file_alone() {
    for seed in 0..400 {
        let disk = SimDisk::new(seed);
        for (name, bytes) in [("in/.keep", &b""[..]), ("in/a", b"object"), ("in/a.bdo", b"label")] {
            disk.plant(name, bytes);
        }
        disk.crash_at(disk.operations() + 1 + seed % 31);
        if let Ok(mut watched) = Watched::open(&disk, 1, true) {
            watched.look(3);
            if seed % 2 == 0 {
                watched.acknowledge();
            }
            watched.look(2);
        }
        disk.reboot();
        let mut watched = Watched::open(&disk, 2, false).unwrap();
        watched.look(10);
        assert!(watched.basket.0.is_empty(), "seed {seed}");
        assert!(watched.names().iter().all(|name| name.starts_with("turned-away/")), "{:?}", watched.names());
    }
    // And the other way round: what was taken alone is not judged by a lane that takes nothing alone.
    let disk = disk_with(&[("a", b"object")]);
    let mut watched = Watched::open(&disk, 1, false).unwrap();
    watched.look(1);
    assert_eq!(watched.basket.0.len(), 1);
    drop(watched);
    let mut watched = Watched::open(&disk, 2, true).unwrap();
    watched.look(2);
    assert!(watched.basket.0.is_empty() && watched.turned_away(Why::NoSidecar) == 1);
}

#[test]
fn each_half_waits_for_the_other_and_not_for_ever() {
    for (first, second) in [("a", "a.bdo"), ("a.bdo", "a")] {
        let disk = disk_with(&[(first, b"x")]);
        let mut watched = Watched::open(&disk, 1, true).unwrap();
        watched.look(4);
        assert_eq!(watched.names(), [format!("in/{first}")]);
        disk.plant(&format!("in/{second}"), b"y");
        watched.look(1);
        assert_eq!((watched.basket.0.len(), watched.all_turned_away()), (1, 0), "{first}, {second}");
        // Too late: the first has gone when the second comes, and that goes as well.
        disk.plant(&format!("in/{first}"), b"x");
        watched.look(6);
        let whys = [Why::NoSidecar, Why::Sidecar];
        let (own, other) = if first == "a" { (0, 1) } else { (1, 0) };
        assert_eq!((watched.turned_away(whys[own]), watched.turned_away(whys[other])), (1, 0));
        disk.plant(&format!("in/{second}"), b"y");
        watched.look(6);
        assert_eq!((watched.turned_away(whys[own]), watched.turned_away(whys[other])), (1, 1));
        assert_eq!(watched.basket.0.len(), 1);
        assert!(!watched.names().iter().any(|name| name.starts_with("in/")), "{:?}", watched.names());
    }
}

#[test]
fn a_sidecar_that_is_not_fit_keeps_its_object_back() {
    let long = "n".repeat(250);
    let cases: [(&str, &[u8], Why); 4] = [
        ("a.bdo", &[b'x'; 21], Why::Oversize),
        ("a.bdo", b"", Why::Empty),
        // Two sidecars, one of the other.
        ("a.bdo.bdo", b"x", Why::Sidecar),
        // Its taken name would be longer than names are.
        (&long, b"x", Why::Sidecar),
    ];
    for (name, bytes, why) in cases {
        let disk = disk_with(&[("a", b"object"), ("a.bdo", b"label"), ("b", b"b"), ("b.bdo", b"B")]);
        disk.plant(&format!("in/{name}"), bytes);
        if name == long {
            disk.plant(&format!("in/{name}.bdo"), bytes);
        }
        let mut watched = Watched::open(&disk, 1, true).unwrap();
        watched.look(9);
        let expected: &[&[u8]] = if name == long { &[b"object", b"b"] } else { &[b"b"] };
        let offered: Vec<&[u8]> = watched.basket.0.iter().map(|(_, object, _)| object.as_slice()).collect();
        assert_eq!(offered, expected, "{name}");
        let orphan = u64::from(name == "a.bdo.bdo");
        assert_eq!((watched.turned_away(why), watched.all_turned_away()), (1 + orphan, 1 + orphan), "{name}");
        assert!(!watched.names().iter().any(|name| name.starts_with("in/")), "{:?}", watched.names());
        assert_eq!(watched.pool.lent_bytes(), watched.basket.0.len() * 128, "no buffer is lost");
    }
}

#[test]
fn a_name_that_is_used_again_too_early_keeps_both_away() {
    let disk = disk_with(&[("a", b"object"), ("a.bdo", b"label")]);
    // As a crash leaves it between the two renames; then somebody hands in another sidecar of that name.
    disk.plant("taken/1-0.a.bdo", b"label");
    disk.plant("in/a.bdo", b"another");
    let mut watched = Watched::open(&disk, 2, true).unwrap();
    watched.look(3);
    // The one in the folder is the one that lies beside the object.
    assert_eq!(watched.basket.0.len(), 1);
    assert_eq!(watched.basket.0[0].2.as_ref().unwrap().1, b"another");
    assert_eq!(watched.turned_away(Why::Sidecar), 1);
    // Where the object has gone with its writer, its sidecar goes as well.
    disk.plant("taken/1-7.gone.bdo", b"label");
    drop(watched);
    let mut watched = Watched::open(&disk, 3, true).unwrap();
    watched.look(2);
    assert_eq!(watched.turned_away(Why::Sidecar), 1);
    assert!(watched.names().contains(&"turned-away/1-7.bdo".to_owned()), "{:?}", watched.names());
}

#[test]
fn both_are_settled_before_they_are_taken() {
    let disk = disk_with(&[("a", b"1"), ("a.bdo", b"1")]);
    let mut watched =
        Watched::with(&disk, 1, &Directory { settle: Settle::Unchanged, ..directory(&disk, true) }).unwrap();
    watched.look(1);
    for round in 2..6_u8 {
        let changes = if round % 2 == 0 { "in/a" } else { "in/a.bdo" };
        disk.plant(changes, &vec![b'1'; usize::from(round)]);
        watched.look(1);
        assert!(watched.basket.0.is_empty(), "{changes} has just changed");
    }
    watched.look(1);
    assert_eq!(watched.basket.0.len(), 1);
}
