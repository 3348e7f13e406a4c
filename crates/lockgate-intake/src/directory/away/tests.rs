use super::super::Folder;
use crate::config::{Config, Directory, Settle, Sidecars, Source};
use crate::desk::{Desk, Moment};
use crate::{Arrival, Hatch, IntakeCounters, Offered, Pool, Receipt, TurnedAway, Why};
use lockgate_bytes::{Duration, Time};
use lockgate_disk::{Disk, SimDisk};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Default)]
struct Basket {
    frames: Vec<(Receipt, Vec<u8>)>,
    away: Vec<TurnedAway>,
    is_full: bool,
}

impl Hatch for Basket {
    fn offer(&mut self, arrival: Arrival) -> Offered {
        if self.is_full {
            return Offered::Full(arrival);
        }
        match arrival {
            Arrival::Frame(frame, Some(receipt)) => self.frames.push((receipt, frame.bytes)),
            Arrival::TurnedAway(away) => self.away.push(away),
            _ => {}
        }
        Offered::Taken
    }
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

/// A folder driven by hand: a look every ten nanoseconds.
struct Watched {
    folder: Folder,
    push_back: bool,
    counters: Arc<IntakeCounters>,
    number: u64,
    now: i64,
    basket: Basket,
}

impl Watched {
    fn open(directory: &Directory, epoch: u64, push_back: bool) -> Result<Self, String> {
        Self::up_to(100, directory, epoch, push_back)
    }

    fn up_to(size_max: usize, directory: &Directory, epoch: u64, push_back: bool) -> Result<Self, String> {
        Ok(Self {
            folder: Folder::open(directory, 0, 0, size_max, epoch)?,
            push_back,
            counters: Arc::new(IntakeCounters::new(std::iter::once("files".into()))),
            number: 0,
            now: 0,
            basket: Basket::default(),
        })
    }

    fn desk<T>(&mut self, work: impl FnOnce(&mut Folder, &mut u64, &mut Desk<'_>, Moment) -> T) -> T {
        let config = Config {
            epoch: 1,
            push_back: self.push_back,
            unfinished_max_bytes: 0,
            sources: vec![Source { name: "drop".into(), rate: None, size_max: None }],
            listeners: vec![],
        };
        let pool = Arc::new(Pool::new(1 << 20));
        let mut desk = Desk::new(&config, pool, self.counters.clone(), &mut self.basket);
        let time = Time::from_unix_nanos(self.now);
        let outcome = work(&mut self.folder, &mut self.number, &mut desk, Moment { now: time, steady: time });
        desk.flush();
        outcome
    }

    fn look(&mut self, times: usize) {
        for _ in 0..times {
            self.now += 10;
            self.desk(|folder, number, desk, at| folder.work(number, true, desk, at));
        }
    }

    fn acknowledge(&mut self, receipt: Receipt) -> bool {
        self.desk(|folder, _, desk, _| folder.acknowledge(receipt, desk))
    }

    /// What was told of files, each with its receipt.
    fn told(&self) -> Vec<(Receipt, Why, u64)> {
        self.basket.away.iter().filter_map(|one| Some((one.receipt?, one.why, one.size_bytes))).collect()
    }
}

fn under(disk: &SimDisk, folder: &str) -> Vec<String> {
    disk.names().into_iter().filter(|name| name.starts_with(folder) && !name.ends_with(".keep")).collect()
}

/// The process is killed when a refusal is told and not on record yet: the next run tells it again, under its receipt, and
/// until it is on record the file is there; also where none is kept afterwards.
#[test]
fn what_is_turned_away_is_told_until_it_is_on_record() {
    for (push_back, kept) in [(true, 100), (false, 100), (true, 0), (false, 0)] {
        let disk = SimDisk::new(1);
        disk.plant("in/a", b"");
        disk.plant("in/b", &[b'x'; 101]);
        let directory = Directory { turned_away_max: kept, ..directory(&disk) };
        let first = Receipt { epoch: 1, number: 0 };
        let second = Receipt { epoch: 1, number: 1 };
        let expected = [(first, Why::Empty, 0), (second, Why::Oversize, 101)];
        for epoch in 1..4 {
            let mut watched = Watched::open(&directory, epoch, push_back).unwrap();
            watched.look(3);
            assert_eq!(watched.told(), expected, "run {epoch}, {push_back}, {kept}");
            assert_eq!(under(&disk, "taken/").len(), 2, "run {epoch}, {push_back}, {kept}");
        }
        let mut watched = Watched::open(&directory, 4, push_back).unwrap();
        watched.look(1);
        assert!(watched.acknowledge(first) && watched.acknowledge(second));
        watched.look(1);
        drop(watched);
        let away: &[&str] = if kept > 0 { &["turned-away/1-0", "turned-away/1-1"] } else { &[] };
        assert_eq!(under(&disk, "t"), away);
        assert!(Watched::open(&directory, 5, push_back).unwrap().told().is_empty());
    }
}

/// The power goes when a refusal is on record, and the next run would take what this one did not: it is never offered.
#[test]
fn what_was_told_is_not_fit_whatever_the_next_run_takes() {
    for (seed, push_back) in (0..200).flat_map(|seed| [(seed, true), (seed, false)]) {
        let disk = SimDisk::new(seed);
        disk.plant("in/.keep", b"");
        disk.plant("in/a", &[b'x'; 101]);
        let mut watched = Watched::open(&directory(&disk), 1, push_back).unwrap();
        while watched.told().is_empty() {
            watched.look(1);
        }
        drop(watched);
        disk.crash();
        disk.reboot();
        let mut watched = Watched::up_to(200, &directory(&disk), 2, push_back).unwrap();
        watched.look(3);
        assert!(watched.basket.frames.is_empty(), "seed {seed}, {push_back}: refused, and offered");
        assert_eq!(watched.told(), [(Receipt { epoch: 1, number: 0 }, Why::Oversize, 101)], "seed {seed}");
    }
}

/// A hatch without room hears of it later, and nothing is counted before.
#[test]
fn a_full_hatch_delays_what_is_turned_away() {
    let disk = SimDisk::new(1);
    disk.plant("in/a", b"");
    let mut watched = Watched::open(&directory(&disk), 1, false).unwrap();
    watched.basket.is_full = true;
    watched.look(5);
    assert_eq!(watched.counters.listeners[0].turned_away(Why::Empty), 0);
    watched.basket.is_full = false;
    watched.look(2);
    assert_eq!(watched.told().len(), 1);
    assert_eq!(watched.counters.listeners[0].turned_away(Why::Empty), 1);
}

/// The power goes at every operation while the lane is full and a refusal was put on record at once: what is on record as
/// turned away is never offered as an object afterwards, under no receipt; and each file is one of the two.
#[test]
fn what_is_on_record_as_turned_away_is_never_offered() {
    let (mut crashed, mut full) = (0, 0);
    for seed in 0..1_500 {
        let disk = SimDisk::new(seed);
        disk.plant("in/.keep", b"");
        for number in 0..3_u8 {
            disk.plant(&format!("in/{number}"), &vec![b'a'; usize::from(number) + 1]);
        }
        let mut refused: BTreeMap<u64, Receipt> = BTreeMap::new();
        let mut offered: BTreeMap<u64, Receipt> = BTreeMap::new();
        for epoch in 1..=4 {
            if epoch < 4 {
                disk.crash_at(disk.operations() + 1 + (seed * 7 + epoch * 3) % 37);
            }
            let directory = Directory { taken_max: 1, away_max: 1, ..directory(&disk) };
            if let Ok(mut watched) = Watched::open(&directory, epoch, false) {
                for round in 0..6 {
                    watched.look(1);
                    for (receipt, why, size) in watched.told() {
                        assert_eq!(
                            *refused.entry(size).or_insert(receipt),
                            receipt,
                            "seed {seed}: two records"
                        );
                        full += u64::from(why == Why::Full);
                        watched.acknowledge(receipt);
                    }
                    for (receipt, bytes) in std::mem::take(&mut watched.basket.frames) {
                        let size = bytes.len() as u64;
                        assert_eq!(*offered.entry(size).or_insert(receipt), receipt, "seed {seed}");
                        if epoch == 4 || round % 2 == 0 {
                            watched.acknowledge(receipt);
                        }
                    }
                }
                let discarded = watched.basket.away.iter().filter(|one| one.receipt.is_none());
                for one in discarded {
                    // Beyond what may wait for its record they are gone, and counted.
                    refused.insert(one.size_bytes, Receipt { epoch: 0, number: 0 });
                }
            }
            crashed += u32::from(disk.is_down());
            disk.reboot();
        }
        let both: Vec<_> = refused.keys().filter(|size| offered.contains_key(size)).collect();
        assert!(both.is_empty(), "seed {seed}: {both:?} were turned away and offered");
        assert!(under(&disk, "in/").is_empty(), "seed {seed}");
    }
    assert!(crashed > 2_000 && full > 500, "{crashed} {full}");
}

/// Somebody empties `turned-away`: there is room again, and nothing more is removed.
#[test]
fn what_is_taken_out_of_turned_away_makes_room() {
    let disk = SimDisk::new(1);
    let directory = Directory { turned_away_max: 2, ..directory(&disk) };
    let mut watched = Watched::open(&directory, 1, true).unwrap();
    let hand_over = |watched: &mut Watched, number: u64| {
        disk.plant(&format!("in/{number}"), b"");
        watched.look(1);
        assert!(watched.acknowledge(Receipt { epoch: 1, number }));
        watched.look(1);
    };
    (0..4).for_each(|number| hand_over(&mut watched, number));
    assert_eq!(under(&disk, "turned-away/"), ["turned-away/1-0", "turned-away/1-1"], "bounded");
    under(&disk, "turned-away/").iter().for_each(|name| disk.remove(name).unwrap());
    hand_over(&mut watched, 4);
    assert_eq!(under(&disk, "turned-away/"), ["turned-away/1-4"]);
}

/// Where a lane pushes back, no more wait to be put on record than may; the rest stays where it was handed over.
#[test]
fn what_waits_for_its_record_is_bounded() {
    let disk = SimDisk::new(1);
    for number in 0..9 {
        disk.plant(&format!("in/{number}"), b"");
    }
    let directory = Directory { taken_max: 3, away_max: 3, ..directory(&disk) };
    let mut watched = Watched::open(&directory, 1, true).unwrap();
    watched.look(9);
    assert!(under(&disk, "taken/").len() <= 6, "{:?}", under(&disk, "taken/"));
    assert!(under(&disk, "in/").len() >= 3);
    for _ in 0..9 {
        for (receipt, ..) in watched.told() {
            watched.acknowledge(receipt);
        }
        watched.look(1);
    }
    assert_eq!((watched.told().len(), under(&disk, "turned-away/").len()), (9, 9));
    // And where it does not, they are gone from where the source sees them, and counted.
    for number in 0..9 {
        disk.plant(&format!("in/{number}"), b"");
    }
    drop(watched);
    let mut watched = Watched::open(&directory, 2, false).unwrap();
    watched.basket.is_full = true;
    watched.look(3);
    assert!(under(&disk, "in/").is_empty());
    watched.basket.is_full = false;
    watched.look(3);
    let counted = Why::ALL.iter().map(|why| watched.counters.listeners[0].turned_away(*why)).sum::<u64>();
    assert_eq!((watched.told().len(), counted), (6, 9));
}

#[test]
fn a_name_that_cannot_be_used_stops_no_pair_behind_it() {
    let disk = SimDisk::new(1);
    for (name, bytes) in [("!\\x", "x"), ("\"\\y.bdo", "x"), ("good", "object"), ("good.bdo", "label")] {
        disk.plant(&format!("in/{name}"), bytes.as_bytes());
    }
    for settle in [Settle::Renamed, Settle::Unchanged] {
        disk.plant("in/good", b"object");
        disk.plant("in/good.bdo", b"label");
        let sidecars = Some(Sidecars { size_max: 20, wait: Duration::from_nanos(50) });
        let epoch = if settle == Settle::Renamed { 1 } else { 2 };
        let mut watched =
            Watched::open(&Directory { sidecars, settle, ..directory(&disk) }, epoch, true).unwrap();
        watched.look(4);
        let offered = watched.basket.frames.iter().filter(|(receipt, _)| receipt.epoch == epoch).count();
        assert_eq!(offered, 1, "{settle:?}");
        assert_eq!(watched.counters.listeners[0].turned_away(Why::BadName), 2, "{settle:?}");
        assert_eq!(watched.counters.listeners[0].faults.value(), 0);
    }
}

/// A taken file that the disk does not show keeps nobody waiting for ever.
#[test]
fn a_file_that_cannot_be_looked_at_is_turned_away_in_the_end() {
    let disk = SimDisk::new(1);
    disk.plant("in/a", b"x");
    disk.plant("in/b", b"good");
    let odd: Arc<dyn Disk> = Arc::new(Odd { disk: disk.clone(), unseen: "taken/1-0", exchanged: "" });
    let mut watched = Watched::open(&Directory { disk: odd, ..directory(&disk) }, 1, true).unwrap();
    watched.look(60);
    assert_eq!(watched.told(), [(Receipt { epoch: 1, number: 0 }, Why::UnreadableFile, 0)]);
    assert_eq!(watched.basket.frames, [(Receipt { epoch: 1, number: 1 }, b"good".to_vec())]);
}

/// Another file is put under a name between the look that found it settled and the claim.
#[test]
fn what_is_taken_is_what_had_settled() {
    let disk = SimDisk::new(1);
    disk.plant("in/a", b"whole");
    let mut watched =
        Watched::open(&Directory { settle: Settle::Unchanged, ..directory(&disk) }, 1, true).unwrap();
    watched.look(1);
    watched.folder.config.disk = Arc::new(Odd { disk: disk.clone(), unseen: "", exchanged: "in/a" });
    watched.look(1);
    assert_eq!(watched.told().first().map(|(_, why, _)| *why), Some(Why::GrowingFile));
    assert!(watched.basket.frames.is_empty());
}

/// A disk that does not show one file, and one whose writer puts another one there when it is renamed.
struct Odd {
    disk: SimDisk,
    unseen: &'static str,
    exchanged: &'static str,
}

impl Disk for Odd {
    fn rename(&self, from: &str, to: &str) -> std::io::Result<()> {
        if from == self.exchanged {
            self.disk.plant(from, b"hal");
        }
        self.disk.rename(from, to)
    }

    fn look(&self, name: &str) -> std::io::Result<lockgate_disk::Look> {
        if name == self.unseen {
            return Err(std::io::Error::from_raw_os_error(5));
        }
        self.disk.look(name)
    }

    fn create(&self, name: &str) -> std::io::Result<Box<dyn lockgate_disk::File>> {
        self.disk.create(name)
    }

    fn open(&self, name: &str) -> std::io::Result<Box<dyn lockgate_disk::File>> {
        self.disk.open(name)
    }

    fn read(&self, name: &str, most: u64) -> std::io::Result<Vec<u8>> {
        self.disk.read(name, most)
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        self.disk.read_at(name, offset, length)
    }

    fn list(&self, folder: &str, most: usize) -> std::io::Result<Vec<lockgate_disk::Entry>> {
        self.disk.list(folder, most)
    }

    fn link(&self, from: &str, to: &str) -> std::io::Result<()> {
        self.disk.link(from, to)
    }

    fn remove(&self, name: &str) -> std::io::Result<()> {
        self.disk.remove(name)
    }

    fn create_dir(&self, name: &str) -> std::io::Result<()> {
        self.disk.create_dir(name)
    }

    fn remove_dir(&self, name: &str) -> std::io::Result<()> {
        self.disk.remove_dir(name)
    }

    fn sync_dir(&self, folder: &str) -> std::io::Result<()> {
        self.disk.sync_dir(folder)
    }

    fn free_space(&self) -> std::io::Result<u64> {
        self.disk.free_space()
    }

    fn lock(&self, name: &str) -> std::io::Result<Box<dyn lockgate_disk::Lock>> {
        self.disk.lock(name)
    }
}

/// A folder with taken files is of the log whose receipts they have, and of no other, whatever its runs are called.
#[test]
fn a_folder_that_changes_lanes_is_not_opened_while_anything_is_taken_in_it() {
    let disk = SimDisk::new(1);
    disk.plant("in/a", b"x");
    let of = |log: &str| Directory { of: Some(log.into()), ..directory(&disk) };
    let mut watched = Watched::open(&of("log-a"), 3, true).unwrap();
    watched.look(1);
    drop(watched);
    let says = Watched::open(&of("log-b"), 9, true).err().unwrap();
    assert!(says.contains("another lane's log"), "{says}");
    assert_eq!(under(&disk, "taken/"), ["taken/3-0"]);
    let mut watched = Watched::open(&of("log-a"), 4, true).unwrap();
    watched.look(1);
    assert!(watched.acknowledge(Receipt { epoch: 3, number: 0 }));
    watched.look(1);
    drop(watched);
    assert!(Watched::open(&of("log-b"), 9, true).is_ok(), "nothing is taken in it");
    assert!(Watched::open(&of("log-b"), 8, true).is_ok());
}
