//! The folder sink on a disk that crashes, fills up and breaks when told to.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests compute freely, and stop where something is wrong"
)]

mod common;

use common::{ms, sealed, sealed_as, sender};
use lockgate_bytes::Sealed;
use lockgate_disk::{Breakage, Disk, Entry, File, Lock, Look, SimDisk};
use lockgate_egress::{DirectorySink, EgressCounters, Obstacle, Progress, Sink, Stage, Stall, Wake, What};
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

fn open(disk: &SimDisk) -> (DirectorySink, Stage) {
    DirectorySink::open(Arc::new(disk.clone()), "down", "xml", 1 << 20).expect("the disk works")
}

fn delivered(disk: &SimDisk) -> Vec<String> {
    disk.names().into_iter().filter(|name| !name.starts_with('.')).collect()
}

/// All files but the one that says that the folder is taken.
fn names(disk: &SimDisk) -> Vec<String> {
    disk.names().into_iter().filter(|name| name != ".egress/lock").collect()
}

/// What one call came to, however long it took.
fn handed(sink: &mut DirectorySink, batch: &[&Sealed]) -> Progress {
    Progress { took: Duration::ZERO, ..sink.send(batch) }
}

fn left(sent: usize) -> Progress {
    Progress { sent, ..Progress::default() }
}

fn name(entry: u64) -> String {
    format!("down-{entry:020}.xml")
}

#[test]
fn names_say_lane_and_first_decision_and_nothing_is_left_over() {
    let disk = SimDisk::new(1);
    let (mut sink, stage) = open(&disk);
    let again = sealed_as(12, |it| it.first = 3);
    stage.put(5, &sealed(5).bytes, sealed(5).identity).expect("room");
    stage.sync().expect("a disk");
    assert_eq!(stage.staged(), [5]);
    assert_eq!(handed(&mut sink, &[&sealed(5), &again]), left(2));
    assert_eq!(names(&disk), [name(3), name(5)]);
    assert_eq!(disk.read(&name(3), 1 << 20).expect("it is there"), again.bytes);
    assert!(stage.staged().is_empty());
    // The same object once more: the same name, no second file.
    assert_eq!(handed(&mut sink, &[&again]), left(1));
    assert_eq!(names(&disk), [name(3), name(5)]);
}

#[test]
fn one_lane_delivers_into_a_folder() {
    let disk = SimDisk::new(1);
    let (sink, stage) = open(&disk);
    stage.put(5, &sealed(5).bytes, sealed(5).identity).expect("room");
    let second = || DirectorySink::open(Arc::new(disk.clone()), "up", "xml", 1 << 20).map(drop);
    for _ in 0..2 {
        let fault = second().expect_err("it is taken");
        assert!(fault.to_string().contains("another lane delivers into this folder"), "{fault}");
    }
    assert_eq!(stage.staged(), [5], "and nothing of the first is cleared away");
    drop(sink);
    assert!(second().is_err(), "the journal still stages there");
    drop(stage);
    assert!(second().is_ok());
}

#[test]
fn staged_bytes_are_handed_over_only_where_they_are_the_released_ones() {
    let disk = SimDisk::new(1);
    let (mut sink, stage) = open(&disk);
    stage.put(5, b"of another decision", sealed(6).identity).expect("room");
    assert_eq!(handed(&mut sink, &[&sealed(5)]), left(1));
    assert_eq!(disk.read(&name(5), 1 << 20).expect("it is there"), sealed(5).bytes);
    assert_eq!(names(&disk), [name(5)]);
    // Staged by an earlier run: its bytes are claims, and are written anew.
    disk.plant(".egress/00000000000000000009.xml", b"of an earlier run");
    drop((sink, stage));
    let (mut sink, stage) = open(&disk);
    assert_eq!(stage.staged(), [9]);
    let there = stage.read(9, sealed(9).identity).expect("a disk");
    assert_eq!(there.as_deref(), Some(&b"of an earlier run"[..]), "a file of a run that gave no marks");
    stage.keep(9, sealed(9).identity).expect("a disk");
    let kept = stage.read(9, sealed(9).identity).expect("a disk");
    assert_eq!(kept, there, "it is the one copy until it was handed over");
    assert_eq!(handed(&mut sink, &[&sealed(9)]), left(1));
    assert_eq!(disk.read(&name(9), 1 << 20).expect("it is there"), sealed(9).bytes);
    assert_eq!(names(&disk), [name(5), name(9)]);
}

/// What a run without marks has staged stands for that alone: what a later decision releases of the object is not taken for
/// it once that was handed over.
#[test]
fn what_lies_there_without_a_mark_does_not_stand_for_a_later_release() {
    let disk = SimDisk::new(7);
    disk.plant(".egress/00000000000000000001.xml", &sealed(1).bytes);
    let (mut sink, stage) = open(&disk);
    stage.keep(1, sealed(1).identity).expect("a disk");
    let kept = stage.read(1, sealed(1).identity).expect("a disk");
    assert_eq!(kept, Some(sealed(1).bytes), "it is the one copy");
    // It is decided again, released as something else, and handed over; what it was stays where it cannot be removed.
    let second = sealed_as(1, |it| it.bytes = b"relabelled".to_vec());
    let second = Sealed { identity: lockgate_bytes::Digest::of(&second.bytes), ..second };
    stage.put(1, &second.bytes, second.identity).expect("room");
    stage.sync().expect("a disk");
    let mut mark = second.identity.to_string();
    mark.truncate(16);
    let is_other = |name: &String| name.starts_with(".egress/0") && !name.contains(&mark);
    let left_behind = disk.names().into_iter().find(is_other);
    let left_behind = left_behind.expect("it lies beside the other one");
    assert_eq!(handed(&mut sink, &[&second]), left(1));
    drop((sink, stage));
    disk.plant(&left_behind, &sealed(1).bytes);
    let (_sink, stage) = open(&disk);
    assert_eq!(stage.read(1, second.identity).expect("a disk"), None, "it was handed over");
}

#[test]
fn a_full_or_broken_disk_stalls_the_sink_and_loses_nothing() {
    for (breakage, stall) in [
        (Breakage::NoSpace, Stall::DiskFull),
        (Breakage::ReadOnly, Stall::Disk),
        (Breakage::Broken, Stall::Disk),
        (Breakage::NoDescriptors, Stall::Disk),
    ] {
        let disk = SimDisk::new(1);
        let (mut sink, _stage) = open(&disk);
        let mut sender = sender(None);
        let mut out = Vec::new();
        for entry in 0..10 {
            sender.accept(sealed(entry), ms(0), &mut out);
        }
        sender.round(ms(0), &mut sink, &mut out);
        assert_eq!(out.len(), 8);
        disk.break_now(breakage);
        let Wake::At(later) = sender.round(ms(1), &mut sink, &mut out) else { panic!("it waits") };
        let counters = EgressCounters::default();
        sender.publish(&counters);
        assert_eq!((counters.stall(), out.len()), (Some(stall), 8), "{breakage:?}");
        disk.mend();
        let mut now = later;
        while !sender.queue().is_empty() {
            if let Wake::At(time) = sender.round(now, &mut sink, &mut out) {
                now = now.max(time);
            }
        }
        assert!(out.len() == 10 && out.iter().all(|it| matches!(it.what, What::Sent)), "{breakage:?}");
        assert_eq!(delivered(&disk), (0..10).map(name).collect::<Vec<_>>(), "{breakage:?}");
    }
}

/// Crashes at every operation in turn, for some seeds. What was reported as sent is there afterwards, whole; nothing
/// that is there is half an object; and sending all once more gives each name once.
#[test]
fn a_crash_at_any_operation_leaves_whole_objects_only() {
    let objects: Vec<Sealed> = (0..6).map(sealed).collect();
    let mut crashes = 0;
    for seed in 0..40 {
        for operation in 1.. {
            let disk = SimDisk::new(seed);
            disk.crash_at(operation);
            let sent = until_the_crash(&disk, &objects);
            let crashed = disk.is_down();
            if crashed {
                crashes += 1;
                disk.reboot();
            }
            disk.crash_at(u64::MAX);
            for object in &objects[..sent] {
                let found = disk.read(&name(object.first), 1 << 20);
                assert_eq!(found.ok().as_ref(), Some(&object.bytes), "seed {seed}, operation {operation}");
            }
            for there in delivered(&disk) {
                let bytes = disk.read(&there, 1 << 20).expect("it is there");
                assert!(
                    objects.iter().any(|it| it.bytes == bytes),
                    "seed {seed}, operation {operation}: torn"
                );
            }
            let (mut sink, stage) = open(&disk);
            let all: Vec<&Sealed> = objects.iter().collect();
            assert_eq!(handed(&mut sink, &all), left(6), "seed {seed}, operation {operation}");
            assert_eq!(delivered(&disk), (0..6).map(name).collect::<Vec<_>>());
            assert!(stage.staged().is_empty() && names(&disk).len() == 6, "{:?}", names(&disk));
            if !crashed {
                break;
            }
        }
    }
    assert!(crashes >= 1_000, "{crashes}");
}

/// How many were reported as sent before the power went.
fn until_the_crash(disk: &SimDisk, objects: &[Sealed]) -> usize {
    let Ok((mut sink, stage)) = DirectorySink::open(Arc::new(disk.clone()), "down", "xml", 1 << 20) else {
        return 0;
    };
    // Every other one is staged first, as the journal does.
    for object in objects.iter().step_by(2) {
        if stage.put(object.first, &object.bytes, object.identity).is_err() {
            return 0;
        }
    }
    if stage.sync().is_err() {
        return 0;
    }
    let mut sent = 0;
    for pair in objects.chunks(2) {
        let progress = handed(&mut sink, &pair.iter().collect::<Vec<_>>());
        sent += progress.sent;
        if progress != left(2) {
            assert_eq!(progress.obstacle, Some(Obstacle::Stalled(Stall::Disk)));
            return sent;
        }
    }
    sent
}

#[test]
fn staged_and_synced_survives_what_is_not_released_is_removed() {
    let disk = SimDisk::new(3);
    let (_sink, stage) = open(&disk);
    for entry in [1, 2, 3] {
        stage.put(entry, &sealed(entry).bytes, sealed(entry).identity).expect("room");
    }
    stage.sync().expect("a disk");
    disk.crash();
    disk.reboot();
    let (_sink, stage) = open(&disk);
    assert_eq!(stage.staged(), [1, 2, 3]);
    stage.remove(2).expect("a disk");
    stage.remove(2).expect("it is gone already");
    assert_eq!(stage.staged(), [1, 3]);
    assert_eq!(stage.read(3, sealed(3).identity).expect("a disk"), Some(sealed(3).bytes));
}

/// An object is decided a second time, and the power goes before that is on record.
#[test]
fn what_a_second_decision_releases_lies_beside_what_the_first_one_did() {
    let disk = SimDisk::new(5);
    let (_sink, stage) = open(&disk);
    let (first, second) = (sealed(1), sealed_as(1, |it| it.bytes = b"relabelled".to_vec()));
    let second = Sealed { identity: lockgate_bytes::Digest::of(&second.bytes), ..second };
    for one in [&first, &second] {
        stage.put(1, &one.bytes, one.identity).expect("room");
    }
    stage.sync().expect("a disk");
    disk.crash();
    disk.reboot();
    drop((_sink, stage));
    let (mut sink, stage) = open(&disk);
    assert_eq!(stage.staged(), [1]);
    for one in [&first, &second] {
        assert_eq!(stage.read(1, one.identity).expect("a disk"), Some(one.bytes.clone()));
    }
    assert_eq!(stage.read(1, sealed(2).identity).expect("a disk"), None);
    stage.keep(1, first.identity).expect("a disk");
    assert_eq!(stage.read(1, second.identity).expect("a disk"), None);
    // Handed over, nothing of the object is left, whatever else was staged.
    stage.put(1, &second.bytes, second.identity).expect("room");
    assert_eq!(handed(&mut sink, &[&second]), left(1));
    assert_eq!((names(&disk), stage.staged()), (vec![name(1)], vec![]));
    assert_eq!(disk.read(&name(1), 1 << 20).expect("it is there"), second.bytes);
}

/// A lane's largest object was larger in the run before, or is larger once it was built anew.
#[test]
fn what_is_staged_is_read_again_whatever_its_size() {
    let disk = SimDisk::new(6);
    let sink_of =
        |largest| DirectorySink::open(Arc::new(disk.clone()), "down", "xml", largest).expect("it opens");
    let (bytes, largest) = (vec![7; 5000], 2500);
    let identity = lockgate_bytes::Digest::of(&bytes);
    let (sink, stage) = sink_of(largest);
    stage.put(1, &bytes, identity).expect("room");
    stage.sync().expect("a disk");
    drop((sink, stage));
    let (_sink, stage) = sink_of(largest);
    assert_eq!(stage.read(1, identity).expect("a disk"), Some(bytes));
}

#[test]
fn names_that_could_lead_elsewhere_open_no_folder() {
    for (lane, extension) in [("../up", "xml"), ("", "xml"), ("down", "a/b"), ("down", ""), (".down", "xml")]
    {
        let fault = DirectorySink::open(Arc::new(SimDisk::new(1)), lane, extension, 1).err();
        assert_eq!(fault.map(|fault| fault.kind()), Some(ErrorKind::InvalidInput), "{lane} {extension}");
    }
}

/// The name is where the receiver looks, and the disk does not say that it lasts.
#[test]
fn what_a_receiver_can_see_has_no_other_end_than_sent() {
    let over = |sender: &mut lockgate_egress::Sender, now, out: &mut Vec<_>| {
        sender.recall(Some(lockgate_bytes::Digest([2; 32])), now, out);
        sender.accept(sealed_as(9, |it| it.bundle = lockgate_bytes::Digest([2; 32])), now, out);
    };
    for is_staged in [true, false] {
        let disk = SimDisk::new(1);
        let (mut sink, stage) = open(&disk);
        let object = sealed_as(4, |it| it.not_after = ms(50));
        if is_staged {
            stage.put(4, &object.bytes, object.identity).expect("room");
            stage.sync().expect("a disk");
        }
        let mut sender = sender(None);
        let mut out = Vec::new();
        sender.accept(object, ms(0), &mut out);
        // The last operation of handing over is the sync of the folder.
        let before = disk.operations() + if is_staged { 1 } else { 5 };
        disk.break_at(before + 1, Breakage::Broken);
        sender.round(ms(1), &mut sink, &mut out);
        assert_eq!((delivered(&disk), out.len()), (vec![name(4)], 0), "staged: {is_staged}");
        assert!(!sender.is_empty() && sender.queue().is_empty());
        // Its time runs out, another bundle comes, newer objects come: none of that undoes that it is there.
        disk.break_now(Breakage::Broken);
        over(&mut sender, ms(60), &mut out);
        sender.round(ms(70), &mut sink, &mut out);
        assert!(out.is_empty(), "{out:?}");
        disk.mend();
        let mut now = ms(100);
        while !sender.is_empty() {
            now = now.plus(lockgate_bytes::Duration::from_nanos(20_000_000));
            sender.round(now, &mut sink, &mut out);
        }
        let ends: Vec<(u64, bool)> = out.iter().map(|it| (it.entry, matches!(it.what, What::Sent))).collect();
        assert_eq!(ends, [(4, true), (9, true)], "staged: {is_staged}");
        assert_eq!(delivered(&disk), [name(4), name(9)]);
    }
}

/// A disk that stands still whenever a file gets its name.
struct Slow(SimDisk);

impl Disk for Slow {
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::thread::sleep(Duration::from_millis(110));
        self.0.rename(from, to)
    }
    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.0.create(name)
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.0.open(name)
    }
    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        self.0.read(name, most)
    }
    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.0.read_at(name, offset, length)
    }
    fn look(&self, name: &str) -> io::Result<Look> {
        self.0.look(name)
    }
    fn list(&self, folder: &str, most: usize) -> io::Result<Vec<Entry>> {
        self.0.list(folder, most)
    }
    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.link(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }
    fn create_dir(&self, name: &str) -> io::Result<()> {
        self.0.create_dir(name)
    }
    fn remove_dir(&self, name: &str) -> io::Result<()> {
        self.0.remove_dir(name)
    }
    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        self.0.sync_dir(folder)
    }
    fn free_space(&self) -> io::Result<u64> {
        self.0.free_space()
    }
    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>> {
        self.0.lock(name)
    }
}

/// Three objects go into one call; the first takes so long that the time of the others is over.
#[test]
fn nothing_is_handed_over_late_behind_a_disk_that_stands_still() {
    let disk = Arc::new(Slow(SimDisk::new(1)));
    let (mut sink, _stage) = DirectorySink::open(disk.clone(), "down", "xml", 1 << 20).expect("it works");
    let (mut sender, mut out) = (sender(None), Vec::new());
    for entry in 0..3 {
        sender.accept(sealed_as(entry, |it| it.not_after = ms(50)), ms(0), &mut out);
    }
    sender.round(ms(0), &mut sink, &mut out);
    // The next look at the clock.
    sender.round(ms(110), &mut sink, &mut out);
    assert_eq!(delivered(&disk.0), [name(0)]);
    let ends: Vec<&What> = out.iter().map(|it| &it.what).collect();
    assert!(matches!(ends[..], [What::Sent, What::Expired, What::Expired]), "{ends:?}");
    assert!(out[0].at >= ms(110), "it left when the disk came back: {}", out[0].at);
}
