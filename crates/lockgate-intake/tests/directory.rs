//! A watched folder: what is handed over is taken once; what is not fit is put aside and counted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that stops has failed; a skipped one must be loud"
)]

mod common;

use common::{Basket, Running, TestClock, config, frames_of, start_with};
use lockgate_bytes::Duration;
use lockgate_disk::{Disk, Entry, File, Lock, Look, RealDisk};
use lockgate_intake::{
    Arrival, Directory, Intake, Listener, Pool, Rate, Receipt, Settle, Sidecars, Way, Why, open_folder,
};
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration as Wait;

fn directory(root: &Path, disk: Arc<dyn Disk>) -> Directory {
    Directory {
        disk,
        source: "drop".into(),
        owner: fs::metadata(root).unwrap().uid(),
        settle: Settle::Renamed,
        look_every: Duration::from_nanos(5_000_000),
        taken_max: 100,
        away_max: 100,
        turned_away_max: 100,
        sidecars: None,
        of: None,
    }
}

fn listener(directory: Directory) -> Listener {
    Listener { name: "files".into(), size_max: 1000, way: Way::Directory(directory) }
}

struct Drop {
    root: tempfile::TempDir,
    running: Running,
}

impl Drop {
    fn with(change: impl FnOnce(&mut Directory)) -> Self {
        Self::over(|disk| disk, change)
    }

    fn over(wrap: impl FnOnce(Arc<dyn Disk>) -> Arc<dyn Disk>, change: impl FnOnce(&mut Directory)) -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut directory = directory(root.path(), wrap(open_folder(root.path()).unwrap()));
        change(&mut directory);
        let running =
            start_with(config(&["drop"], vec![listener(directory)]), TestClock::new(), Arc::default());
        Self { root, running }
    }

    fn hand_over(&self, name: &str, bytes: &[u8]) {
        let hidden = self.root.path().join("in/.writing");
        fs::write(&hidden, bytes).unwrap();
        fs::rename(hidden, self.root.path().join("in").join(name)).unwrap();
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root.path().join(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Waits until these are in the folder, and nothing else.
    fn wait_names(&self, folder: &str, names: &[&str]) {
        self.running.wait(folder, |_| self.names(folder) == names);
    }

    fn receipts(&self) -> Vec<Receipt> {
        let arrivals = self.running.basket.arrivals.lock().unwrap();
        arrivals
            .iter()
            .filter_map(|one| if let Arrival::Frame(_, receipt) = one { *receipt } else { None })
            .collect()
    }
}

#[test]
fn a_file_is_taken_read_and_removed_when_acknowledged() {
    let drop = Drop::with(|_| ());
    drop.hand_over("track 1.cot", b"one");
    drop.running.wait_frames(1);
    assert_eq!(drop.running.frames(), [("drop".into(), b"one".to_vec())]);
    let receipts = drop.receipts();
    assert_eq!(receipts, [Receipt { epoch: 1, number: 0 }]);
    assert!(drop.names("in").is_empty());
    assert_eq!(drop.names("taken"), ["1-0"], "its name went no further");
    drop.running.handle.acknowledge(&[Receipt { epoch: 9, number: 9 }]);
    drop.running.handle.acknowledge(&receipts);
    drop.running.wait("removed", |_| drop.names("taken").is_empty());
    drop.hand_over("track 1.cot", b"again");
    drop.running.wait_frames(2);
    assert_eq!(drop.receipts()[1], Receipt { epoch: 1, number: 1 });
}

#[test]
fn writers_own_business_is_left_alone() {
    let drop = Drop::with(|_| ());
    for name in [".hidden", "a.part", "b.tmp", ".c.cot"] {
        fs::write(drop.root.path().join("in").join(name), b"x").unwrap();
    }
    drop.hand_over("z", b"last");
    drop.running.wait_frames(1);
    assert_eq!(drop.names("in"), [".c.cot", ".hidden", "a.part", "b.tmp"]);
    assert!(drop.running.turned().is_empty());
}

#[test]
fn what_is_not_fit_is_put_aside_and_counted_once() {
    let drop = Drop::with(|_| ());
    let outside = tempfile::tempdir_in(drop.root.path()).unwrap();
    let secret = outside.path().join("secret");
    fs::write(&secret, b"secret").unwrap();
    let into = drop.root.path().join("in");
    symlink(&secret, into.join("link")).unwrap();
    fs::hard_link(&secret, into.join("hard")).unwrap();
    fs::create_dir(into.join("folder")).unwrap();
    nix::unistd::mkfifo(&into.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    drop.hand_over("huge", &[b'x'; 1001]);
    drop.hand_over("empty", b"");
    let counters = &drop.running.counters.listeners[0];
    drop.running.wait("all", |_| Why::ALL.iter().map(|why| counters.turned_away(*why)).sum::<u64>() == 6);
    std::thread::sleep(Wait::from_millis(50));
    let mut whys: Vec<_> = drop.running.turned().iter().map(|one| (one.why, one.size_bytes)).collect();
    whys.sort();
    let mut expected = vec![
        (Why::Oversize, 1001),
        (Why::Empty, 0),
        (Why::LinkedFile, 6),
        (Why::NotAFile, 0),
        (Why::NotAFile, 0),
        (Why::NotAFile, 0),
    ];
    expected.sort();
    assert_eq!(whys, expected);
    drop.wait_names("turned-away", &["1-0", "1-1", "1-2", "1-3", "1-4", "1-5"]);
    assert!(drop.names("in").is_empty() && drop.names("taken").is_empty());
    assert!(drop.running.frames().is_empty(), "nothing of it was read");
    assert_eq!(fs::read(&secret).unwrap(), b"secret");
}

/// A running lane reads no sidecar: what has one is never judged without it, whichever comes first.
#[test]
fn an_object_with_a_sidecar_is_never_taken() {
    let drop = Drop::with(|_| ());
    let counters = &drop.running.counters.listeners[0];
    let counted = |count: u64| {
        drop.running.wait("counted", |_| counters.turned_away(Why::Sidecar) == count);
        std::thread::sleep(Wait::from_millis(30));
        assert_eq!(counters.turned_away(Why::Sidecar), count, "each once");
    };
    // First the sidecar: it waits for its object.
    drop.hand_over("a.cot.bdo", b"label");
    counted(1);
    assert_eq!(drop.names("in"), ["a.cot.bdo"]);
    drop.hand_over("a.cot", b"object");
    counted(2);
    drop.running.wait("kept", |_| drop.names("turned-away").len() == 2);
    assert!(drop.names("in").is_empty() && drop.names("taken").is_empty());
    // Both at once, in either order of their names' writing; another object is not touched by it.
    let into = drop.root.path().join("in");
    for name in [".1", ".2", ".3"] {
        fs::write(into.join(name), b"x").unwrap();
    }
    fs::rename(into.join(".2"), into.join("b.cot.bdo")).unwrap();
    fs::rename(into.join(".1"), into.join("b.cot")).unwrap();
    fs::rename(into.join(".3"), into.join("b.co")).unwrap();
    drop.running.wait_frames(1);
    counted(4);
    assert_eq!(drop.running.frames(), [("drop".into(), b"x".to_vec())], "b.co alone was taken");
    // A folder of that name is no label, and keeps the object away all the same.
    fs::create_dir(into.join("c.cot.bdo")).unwrap();
    drop.running.wait("put aside", |_| drop.names("in").is_empty());
    drop.hand_over("a.cot", b"again");
    drop.running.wait_frames(2);
    assert_eq!(counters.turned_away(Why::Sidecar), 4);
}

/// What lies beside a file is held to the same as the file, where the lane reads it.
#[test]
fn a_sidecar_is_no_link_and_no_folder() {
    let reads = |directory: &mut Directory| {
        directory.sidecars = Some(Sidecars { size_max: 100, wait: Duration::from_nanos(200_000_000) });
    };
    let drop = Drop::with(reads);
    let into = drop.root.path().join("in");
    let counters = &drop.running.counters.listeners[0];
    fs::write(into.join(".elsewhere"), b"label").unwrap();
    for (number, why) in [Why::LinkedFile, Why::NotAFile].into_iter().enumerate() {
        let sidecar = into.join(format!("{number}.bdo"));
        match why {
            Why::LinkedFile => fs::hard_link(into.join(".elsewhere"), &sidecar).unwrap(),
            _ => symlink(".elsewhere", &sidecar).unwrap(),
        }
        drop.hand_over(&number.to_string(), b"object");
        drop.running.wait(why.name(), |_| counters.turned_away(why) == 1);
    }
    // A folder goes first, where it is seen first; then the object has none.
    fs::create_dir(into.join("2.bdo")).unwrap();
    drop.hand_over("2", b"object");
    drop.running.wait("put aside", |_| !into.join("2").exists());
    drop.hand_over("9.bdo", b"label");
    drop.hand_over("9", b"last");
    drop.running.wait_frames(1);
    assert_eq!(drop.running.frames(), [("drop".into(), b"last".to_vec())]);
    assert_eq!(counters.turned_away(Why::NotAFile), 2, "the link and the folder");
    drop.running.handle.acknowledge(&drop.receipts());
    drop.running.wait("removed", |_| drop.names("taken").is_empty() && drop.names("in") == [".elsewhere"]);
}

#[test]
fn a_file_of_another_owner_is_turned_away() {
    let drop = Drop::with(|directory| directory.owner += 1);
    drop.hand_over("a", b"x");
    drop.running.wait_why(Why::ForeignFile);
    drop.wait_names("turned-away", &["1-0"]);
}

#[test]
fn a_name_that_cannot_be_used_stays_and_is_counted_once() {
    use std::os::unix::ffi::OsStrExt as _;
    let drop = Drop::with(|_| ());
    let into = drop.root.path().join("in");
    fs::write(into.join(std::ffi::OsStr::from_bytes(b"bad\xFF")), b"x").unwrap();
    fs::write(into.join("back\\slash"), b"x").unwrap();
    drop.running.wait_why(Why::BadName);
    std::thread::sleep(Wait::from_millis(100));
    assert_eq!(drop.running.counters.listeners[0].turned_away(Why::BadName), 2);
    drop.hand_over("good", b"x");
    drop.running.wait_frames(1);
}

#[test]
fn a_file_that_grows_is_not_taken_before_it_settles() {
    let drop = Drop::with(|directory| {
        directory.settle = Settle::Unchanged;
        directory.look_every = Duration::from_nanos(100_000_000);
    });
    let path = drop.root.path().join("in/growing");
    for size in 1..20 {
        fs::write(&path, vec![b'x'; size]).unwrap();
        std::thread::sleep(Wait::from_millis(25));
    }
    assert!(drop.running.frames().is_empty() || drop.running.frames()[0].1.len() == 19);
    drop.running.wait_frames(1);
    assert_eq!(drop.running.frames()[0].1.len(), 19, "taken whole");
}

#[test]
fn two_writers_of_one_name_make_two_files_or_the_later_one() {
    let drop = Drop::with(|_| ());
    std::thread::scope(|scope| {
        for writer in 0..2_u8 {
            let into = drop.root.path().join("in");
            scope.spawn(move || {
                for number in 0..50_u8 {
                    let hidden = into.join(format!(".writer-{writer}"));
                    fs::write(&hidden, [b'a' + writer; 500].map(|byte| byte + 2 * (number % 2))).unwrap();
                    fs::rename(hidden, into.join("same-name")).unwrap();
                    std::thread::sleep(Wait::from_millis(1));
                }
            });
        }
    });
    drop.running.wait("all read", |_| drop.names("in").is_empty());
    drop.running.wait_frames(1);
    for (_, bytes) in drop.running.frames() {
        assert!(bytes.len() == 500 && bytes.iter().all(|byte| *byte == bytes[0]), "never a mixture");
    }
    let receipts = drop.receipts();
    assert!(receipts.is_sorted() && receipts.windows(2).all(|pair| pair[0] != pair[1]));
}

/// A disk on which a taken file changes, or cannot be read, while it is read.
struct Meddled {
    disk: Arc<dyn Disk>,
    root: std::path::PathBuf,
    how: Meddling,
    broken: AtomicBool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meddling {
    Grows,
    Shrinks,
    /// What lies beside the file does.
    SidecarGrows,
    Forbidden,
    /// Nothing may be moved out of `in`: for want of rights there, or because it is another file system.
    Shut,
    Elsewhere,
    Broken,
}

impl Disk for Meddled {
    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let path = self.root.join(name);
        match self.how {
            Meddling::Grows => {
                io::Write::write_all(&mut fs::OpenOptions::new().append(true).open(path)?, b"more")?;
            }
            Meddling::SidecarGrows if name.ends_with(".bdo") => {
                io::Write::write_all(&mut fs::OpenOptions::new().append(true).open(path)?, b"more")?;
            }
            Meddling::SidecarGrows => {}
            Meddling::Shrinks => fs::OpenOptions::new().write(true).open(path)?.set_len(1)?,
            Meddling::Forbidden => return Err(io::ErrorKind::PermissionDenied.into()),
            Meddling::Broken if self.broken.load(SeqCst) => return Err(io::Error::from_raw_os_error(24)),
            Meddling::Broken | Meddling::Shut | Meddling::Elsewhere => {}
        }
        self.disk.read_at(name, offset, length)
    }
    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.disk.create(name)
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.disk.open(name)
    }
    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        self.disk.read(name, most)
    }
    fn look(&self, name: &str) -> io::Result<Look> {
        self.disk.look(name)
    }
    fn list(&self, folder: &str, most: usize) -> io::Result<Vec<Entry>> {
        self.disk.list(folder, most)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        if from.starts_with("in/") && self.broken.load(SeqCst) {
            match self.how {
                Meddling::Shut => return Err(io::Error::from_raw_os_error(13)),
                Meddling::Elsewhere => return Err(io::Error::from_raw_os_error(18)),
                _ => {}
            }
        }
        self.disk.rename(from, to)
    }
    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.link(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }
    fn create_dir(&self, name: &str) -> io::Result<()> {
        self.disk.create_dir(name)
    }
    fn remove_dir(&self, name: &str) -> io::Result<()> {
        self.disk.remove_dir(name)
    }
    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        self.disk.sync_dir(folder)
    }
    fn free_space(&self) -> io::Result<u64> {
        self.disk.free_space()
    }
    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>> {
        self.disk.lock(name)
    }
}

fn meddled(how: Meddling) -> (Drop, Arc<Meddled>) {
    let mut kept = None;
    let root = tempfile::tempdir().unwrap();
    let disk = open_folder(root.path()).unwrap();
    let meddled = Meddled { disk, root: root.path().to_owned(), how, broken: AtomicBool::new(true) };
    let meddled = Arc::new(meddled);
    kept.replace(Arc::clone(&meddled));
    let mut directory = directory(root.path(), Arc::<Meddled>::clone(&meddled));
    if how == Meddling::SidecarGrows {
        directory.sidecars = Some(Sidecars { size_max: 100, wait: Duration::from_nanos(i64::MAX) });
    }
    let running = start_with(config(&["drop"], vec![listener(directory)]), TestClock::new(), Arc::default());
    (Drop { root, running }, meddled)
}

#[test]
fn a_file_that_changes_while_it_is_read_is_turned_away() {
    for how in [Meddling::Grows, Meddling::Shrinks] {
        let (drop, _) = meddled(how);
        drop.hand_over("a", b"twelve bytes");
        drop.running.wait_why(Why::GrowingFile);
        drop.wait_names("turned-away", &["1-0"]);
        assert!(drop.running.frames().is_empty());
        assert_eq!(drop.running.pool.lent_bytes(), 0);
    }
}

#[test]
fn a_pair_of_which_one_changes_while_it_is_read_is_turned_away() {
    let (drop, _) = meddled(Meddling::SidecarGrows);
    drop.hand_over("a.bdo", b"label");
    drop.hand_over("a", b"object");
    drop.running.wait_why(Why::GrowingFile);
    drop.wait_names("turned-away", &["1-0", "1-0.bdo"]);
    assert!(drop.running.frames().is_empty());
    assert_eq!(drop.running.pool.lent_bytes(), 0);
}

/// Whoever made the folder gave us no right to take files out of it: that is told, and nothing is refused for it.
#[test]
fn a_folder_that_files_may_not_be_moved_out_of_refuses_none_of_them() {
    for how in [Meddling::Shut, Meddling::Elsewhere] {
        let (drop, disk) = meddled(how);
        drop.hand_over("a", b"x");
        drop.hand_over("b", b"y");
        drop.running.wait("faults", |_| drop.running.counters.listeners[0].faults.value() > 2);
        assert!(drop.running.turned().is_empty() && drop.running.frames().is_empty());
        disk.broken.store(false, SeqCst);
        drop.running.wait_frames(2);
        assert!(drop.running.turned().is_empty());
    }
}

#[test]
fn an_unreadable_file_is_turned_away_but_a_shortage_is_waited_out() {
    let (drop, _) = meddled(Meddling::Forbidden);
    drop.hand_over("a", b"x");
    drop.running.wait_why(Why::UnreadableFile);
    drop.wait_names("turned-away", &["1-0"]);
    // Out of descriptors: not the file's fault, however long it lasts.
    let (drop, disk) = meddled(Meddling::Broken);
    drop.hand_over("a", b"x");
    drop.running.wait("faults", |_| drop.running.counters.listeners[0].faults.value() > 60);
    assert!(drop.running.turned().is_empty());
    disk.broken.store(false, SeqCst);
    drop.running.wait_frames(1);
}

#[test]
fn after_a_restart_taken_files_come_again_with_their_receipts() {
    let root = tempfile::tempdir().unwrap();
    let open = |epoch: u64| {
        let mut config =
            config(&["drop"], vec![listener(directory(root.path(), open_folder(root.path()).unwrap()))]);
        config.epoch = epoch;
        config
    };
    let mut first = start_with(open(1), TestClock::new(), Arc::default());
    for (name, bytes) in [("a", b"one"), ("b", b"two")] {
        fs::write(root.path().join("in").join(name), bytes).unwrap();
    }
    first.wait_frames(2);
    let before: Vec<_> = common::frames_of(&first.basket.arrivals.lock().unwrap());
    let another = Intake::open(open(2), TestClock::new(), Arc::new(Pool::new(1 << 20)));
    let says = another.unwrap_err().to_string();
    assert_eq!(says, "intake \"files\": another intake uses the folder; only one may");
    first.handle.acknowledge(&[Receipt { epoch: 1, number: 1 }]);
    first.wait("removed", |_| !root.path().join("taken/1-1").exists());
    first.stop();
    drop(first);

    let again = Intake::open(open(1), TestClock::new(), Arc::new(Pool::new(1 << 20)));
    let says = again.unwrap_err().to_string();
    assert!(says.contains("the number of a run is never used twice"), "{says}");
    let second = start_with(open(2), TestClock::new(), Arc::default());
    fs::write(root.path().join("in/c"), b"three").unwrap();
    second.wait_frames(2);
    let arrivals = second.basket.arrivals.lock().unwrap();
    assert_eq!(frames_of(&arrivals)[0], before[0]);
    let receipts: Vec<_> = arrivals
        .iter()
        .map(|one| if let Arrival::Frame(_, receipt) = one { *receipt } else { None })
        .collect();
    assert_eq!(receipts, [Some(Receipt { epoch: 1, number: 0 }), Some(Receipt { epoch: 2, number: 0 })]);
}

#[test]
fn a_source_that_can_wait_is_paced_not_turned_away() {
    let root = tempfile::tempdir().unwrap();
    let mut config =
        config(&["drop"], vec![listener(directory(root.path(), open_folder(root.path()).unwrap()))]);
    config.sources[0].rate = Some(Rate { bits: 800, burst_bytes: 100, objects: None });
    let running = start_with(config, TestClock::new(), Arc::default());
    for number in 0..10 {
        fs::write(root.path().join(format!("in/{number}")), [b'x'; 100]).unwrap();
    }
    running.wait_frames(1);
    std::thread::sleep(Wait::from_millis(300));
    let early = running.frames().len();
    assert!(early <= 3, "{early}");
    for _ in 0..40 {
        running.clock.advance(1);
        std::thread::sleep(Wait::from_millis(10));
    }
    running.wait_frames(10);
    assert!(running.turned().is_empty());
}

#[test]
fn where_the_lane_is_full_files_wait_and_the_source_sees_it_only_if_it_may() {
    for push_back in [true, false] {
        let basket = Arc::new(Basket::default());
        basket.full.store(true, SeqCst);
        let root = tempfile::tempdir().unwrap();
        let mut directory = directory(root.path(), open_folder(root.path()).unwrap());
        directory.taken_max = 3;
        let mut config = config(&["drop"], vec![listener(directory)]);
        config.push_back = push_back;
        let mut running = start_with(config, TestClock::new(), basket);
        for number in 0..5 {
            fs::write(root.path().join(format!("in/{number}")), b"x").unwrap();
        }
        std::thread::sleep(Wait::from_millis(200));
        let left = fs::read_dir(root.path().join("in")).unwrap().count();
        assert_eq!(left, if push_back { 2 } else { 0 });
        running.basket.full.store(false, SeqCst);
        running.wait_frames(3);
        // They go when they are on record.
        let receipts: Vec<_> = (0..3).map(|number| Receipt { epoch: 1, number }).collect();
        running.handle.acknowledge(&receipts);
        if push_back {
            running.wait_frames(5);
        }
        running.stop();
        assert_eq!(running.told(Why::Full), if push_back { 0 } else { 2 });
        assert_eq!(running.pool.lent_bytes(), running.frames().len() * 64);
    }
}

#[test]
fn what_is_put_aside_is_bounded() {
    let drop = Drop::with(|directory| directory.turned_away_max = 2);
    for number in 0..5 {
        drop.hand_over(&number.to_string(), b"");
    }
    drop.running.wait("all", |_| drop.running.counters.listeners[0].turned_away(Why::Empty) == 5);
    drop.running.wait("gone", |_| drop.names("taken").is_empty());
    assert_eq!(drop.names("turned-away").len(), 2);
}

#[test]
fn a_root_that_others_can_write_into_is_refused() {
    let root = tempfile::tempdir().unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o775)).unwrap();
    let says = open_folder(root.path()).map(drop).unwrap_err();
    assert!(says.contains("others can write into"), "{says}");
    assert!(open_folder(&root.path().join("nosuch")).map(drop).unwrap_err().contains("cannot open"));
    assert!(RealDisk::at(root.path()).is_ok());
}

/// In a lane that does not push back, whoever holds a file open that was handed over sees it go with the look that took it,
/// and nothing after: not that it is read, that the lane is full, that it is decided, refused or put aside.
#[test]
fn a_source_that_holds_its_files_open_sees_no_more_than_that_they_were_taken() {
    for (is_full, taken_max, acknowledges) in
        [(false, 100, true), (false, 100, false), (true, 100, false), (true, 1, false), (false, 1, true)]
    {
        let basket = Arc::new(Basket::default());
        basket.full.store(is_full, SeqCst);
        let root = tempfile::tempdir().unwrap();
        let mut directory = directory(root.path(), open_folder(root.path()).unwrap());
        (directory.taken_max, directory.away_max) = (taken_max, taken_max);
        directory.look_every = Duration::from_nanos(50_000_000);
        let mut running = start_with(config(&["drop"], vec![listener(directory)]), TestClock::new(), basket);
        let (into, outside) = (root.path().join("in"), root.path().join("elsewhere"));
        fs::write(&outside, b"linked").unwrap();
        fs::hard_link(&outside, into.join("9-linked")).unwrap();
        for (name, bytes) in [("1", &b"good"[..]), ("2", b""), ("3", &[b'x'; 1001]), ("4", b"good too")] {
            fs::write(into.join(format!(".{name}")), bytes).unwrap();
        }
        let mut held: Vec<_> =
            (1..5).map(|name| fs::File::open(into.join(format!(".{name}"))).unwrap()).collect();
        held.push(fs::File::open(&outside).unwrap());
        for name in 1..5 {
            fs::rename(into.join(format!(".{name}")), into.join(name.to_string())).unwrap();
        }
        let look = || -> Vec<_> {
            let metas = held.iter().map(|file| file.metadata().unwrap());
            metas.map(|meta| (meta.nlink(), meta.atime_nsec(), meta.ctime_nsec(), meta.ctime())).collect()
        };
        // With the look nothing is left of them in our hands.
        let links = || look().iter().map(|one| one.0).collect::<Vec<u64>>();
        running.wait("taken", |_| links() == [0, 0, 0, 0, 1]);
        let before = look();
        for _ in 0..10 {
            if acknowledges {
                let arrivals = running.basket.arrivals.lock().unwrap();
                let receipts = arrivals
                    .iter()
                    .filter_map(|one| if let Arrival::Frame(_, receipt) = one { *receipt } else { None });
                running.handle.acknowledge(&receipts.collect::<Vec<_>>());
            }
            std::thread::sleep(Wait::from_millis(15));
        }
        running.basket.full.store(false, SeqCst);
        running.wait("told", |arrivals| {
            let away = common::turned_of(arrivals).iter().map(|one| one.count).sum::<u64>();
            frames_of(arrivals).len() as u64 + away == 5
        });
        running.stop();
        assert_eq!(look(), before, "{is_full} {taken_max} {acknowledges}");
    }
}

#[test]
fn what_is_taken_is_for_nobody_else_to_look_at() {
    let root = tempfile::tempdir().unwrap();
    for folder in ["taken", "turned-away"] {
        fs::create_dir(root.path().join(folder)).unwrap();
        fs::set_permissions(root.path().join(folder), fs::Permissions::from_mode(0o2755)).unwrap();
    }
    let disk = open_folder(root.path()).unwrap();
    let other = tempfile::tempdir().unwrap();
    let disks = [(root.path(), disk), (other.path(), open_folder(other.path()).unwrap())];
    for (root, disk) in disks {
        let running = start_with(
            config(&["drop"], vec![listener(directory(root, disk))]),
            TestClock::new(),
            Arc::default(),
        );
        for folder in ["taken", "turned-away"] {
            let mode = fs::metadata(root.join(folder)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{folder}: {mode:o}");
        }
        std::mem::drop(running);
    }
}
