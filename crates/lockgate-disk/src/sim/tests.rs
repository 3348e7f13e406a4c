use super::{Breakage, SimDisk};
use crate::Disk;
use std::collections::BTreeSet;
use std::io::ErrorKind;

fn errno(result: std::io::Result<()>) -> Option<i32> {
    result.err().and_then(|error| error.raw_os_error())
}

#[test]
fn what_was_synced_survives_and_nothing_else_for_certain() {
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        let disk = SimDisk::new(seed);
        let mut file = disk.create("a").unwrap();
        file.append(b"synced").unwrap();
        file.sync().unwrap();
        disk.sync_dir("").unwrap();
        file.append(b" more").unwrap();
        disk.crash();
        assert!(disk.read("a", 100).is_err(), "a machine that is down reads nothing");
        disk.reboot();
        assert!(file.append(b"x").is_err(), "an old handle is dead");
        let left = disk.read("a", 100).unwrap();
        assert!(left.starts_with(b"synced"), "seed {seed}");
        seen.insert(left);
    }
    // Kept whole, lost, torn, and zeros in place of what was written: each turns up.
    assert!(seen.contains(&b"synced more"[..]) && seen.contains(&b"synced"[..]));
    assert!(seen.contains(&b"synced mo"[..]) && seen.contains(&b"synced\0\0\0\0\0"[..]), "{seen:?}");
}

#[test]
fn a_name_that_was_not_synced_may_be_lost_and_a_rename_is_one_step() {
    let (mut lost, mut kept, mut old, mut new) = (0, 0, 0, 0);
    for seed in 0..200 {
        let disk = SimDisk::new(seed);
        let mut file = disk.create("a.part").unwrap();
        file.append(b"1").unwrap();
        file.sync().unwrap();
        disk.sync_dir("").unwrap();
        disk.rename("a.part", "a").unwrap();
        disk.create("b").unwrap();
        disk.crash();
        disk.reboot();
        match (disk.read("a.part", 9).is_ok(), disk.read("a", 9).is_ok()) {
            (true, false) => old += 1,
            (false, true) => new += 1,
            both => panic!("a file is under one of its names, not {both:?}"),
        }
        if disk.read("b", 9).is_ok() { kept += 1 } else { lost += 1 }
    }
    assert!(lost > 20 && kept > 20 && old > 20 && new > 20, "{lost} {kept} {old} {new}");
}

#[test]
fn a_planned_crash_comes_at_its_operation_and_repeats_with_its_seed() {
    let run = |seed: u64, at: u64| {
        let disk = SimDisk::new(seed);
        disk.crash_at(at);
        let work = || -> std::io::Result<()> {
            disk.create_dir("d")?;
            disk.sync_dir("")?;
            let mut file = disk.create("d/a")?;
            file.append(b"0123456789")?;
            file.sync()?;
            disk.sync_dir("d")
        };
        let outcome = work();
        assert_eq!(outcome.is_err(), at <= 6, "operation {at}");
        disk.reboot();
        disk.read("d/a", 100).ok()
    };
    for seed in 0..50 {
        for at in 1..8 {
            assert_eq!(run(seed, at), run(seed, at));
        }
        assert_eq!(run(seed, 7), Some(b"0123456789".to_vec()), "all was synced before");
    }
}

#[test]
fn breakages_touch_what_they_would_touch() {
    let disk = SimDisk::new(1);
    let mut file = disk.create("a").unwrap();
    disk.break_now(Breakage::NoSpace);
    assert_eq!(errno(file.append(b"0123456789")), Some(28));
    file.truncate(0).unwrap();
    disk.break_now(Breakage::ReadOnly);
    assert_eq!(errno(file.append(b"1")), Some(30));
    assert_eq!(disk.read("a", 9).unwrap(), b"");
    disk.break_now(Breakage::Broken);
    assert_eq!(errno(file.sync()), Some(5));
    assert!(disk.read("a", 9).is_err());
    disk.break_now(Breakage::NoDescriptors);
    file.append(b"2").unwrap();
    assert_eq!(errno(disk.sync_dir("")), Some(24));
    assert!(disk.create("b").is_err());
    disk.mend();
    disk.break_at(disk.operations() + 2, Breakage::Broken);
    file.append(b"3").unwrap();
    assert_eq!(errno(file.sync()), Some(5));
    file.sync().unwrap();
    disk.set_capacity(4);
    assert_eq!(disk.free_space().unwrap(), 2);
    assert_eq!(errno(file.append(b"456")), Some(28));
    assert_eq!(disk.read("a", 9).unwrap(), b"2345", "half written");
}

#[test]
fn a_question_that_is_to_fail_fails_once_and_nothing_else_does() {
    let disk = SimDisk::new(1);
    let mut file = disk.create("a").unwrap();
    file.append(b"0123456789").unwrap();
    let asked = disk.asked();
    (1..=4).for_each(|number| disk.misread_at(asked + number));
    assert_eq!(errno(disk.read("a", 99).map(drop)), Some(5));
    assert_eq!(errno(disk.read_at("a", 0, 1).map(drop)), Some(5));
    assert_eq!(errno(disk.look("a").map(drop)), Some(5));
    assert_eq!(errno(disk.list("", 9).map(drop)), Some(5));
    file.append(b"x").unwrap();
    file.sync().unwrap();
    assert_eq!((disk.read("a", 99).unwrap().len(), disk.misread(), disk.asked()), (11, 4, asked + 5));
    disk.misread_at(disk.asked() + 1);
    disk.mend();
    assert!(disk.look("a").is_ok());
}

#[test]
fn what_a_failed_sync_dropped_is_lost_although_a_later_one_succeeds() {
    let mut lost = 0;
    for seed in 0..100 {
        let disk = SimDisk::new(seed);
        let mut file = disk.create("a").unwrap();
        disk.sync_dir("").unwrap();
        file.append(b"abc").unwrap();
        disk.break_at(disk.operations() + 1, Breakage::Broken);
        file.sync().unwrap_err();
        file.sync().unwrap();
        assert_eq!(disk.read("a", 9).unwrap(), b"abc", "readers still see it");
        disk.crash();
        disk.reboot();
        lost += u32::from(disk.read("a", 9).unwrap() != b"abc");
    }
    assert!((20..80).contains(&lost), "{lost}");
}

#[test]
fn what_is_written_over_zeros_is_kept_lost_torn_or_mixed_with_them() {
    let mut seen = BTreeSet::new();
    for seed in 0..400 {
        let disk = SimDisk::new(seed);
        let mut file = disk.reserve("a", 2048).unwrap();
        disk.sync_dir("").unwrap();
        file.append(&[1; 512]).unwrap();
        file.sync().unwrap();
        file.append(&[2; 1024]).unwrap();
        disk.crash();
        disk.reboot();
        let left = disk.read("a", 4096).unwrap();
        assert_eq!(
            (left.len(), &left[..512]),
            (2048, &[1; 512][..]),
            "seed {seed}: what was synced, and its length"
        );
        assert_eq!(left[1536..], [0; 512]);
        let written = left[512..1536].chunks(512).map(|part| part.iter().filter(|byte| **byte == 2).count());
        seen.insert(written.collect::<Vec<_>>());
    }
    for whole in [[512, 512], [0, 512], [512, 0], [0, 0]] {
        assert!(seen.contains(&whole[..]), "{whole:?}");
    }
    assert!(seen.iter().any(|parts| parts[0] > 0 && parts[0] < 512), "torn inside a sector");
    let disk = SimDisk::new(1);
    let mut file = disk.reserve("a", 4).unwrap();
    disk.set_capacity(6);
    file.append(b"12").unwrap();
    assert_eq!(errno(file.append(b"34567")), Some(28), "two fit behind the reserved ones");
    assert_eq!(disk.read("a", 9).unwrap(), b"123456");
    file.truncate(3).unwrap();
    file.append(b"x").unwrap();
    assert_eq!(disk.read("a", 9).unwrap(), b"123x");
}

#[test]
fn files_links_and_locks_behave_as_on_a_real_disk() {
    let disk = SimDisk::new(3);
    disk.create("a").unwrap().append(b"1").unwrap();
    assert_eq!(disk.create("a").err().unwrap().kind(), ErrorKind::AlreadyExists);
    assert_eq!(disk.create("no/a").err().unwrap().kind(), ErrorKind::NotFound);
    disk.link("a", "b").unwrap();
    assert_eq!(disk.look("a").unwrap().links, 2);
    assert_eq!(disk.link("a", "b").unwrap_err().kind(), ErrorKind::AlreadyExists);
    disk.remove("a").unwrap();
    assert_eq!(disk.read("b", 9).unwrap(), b"1");
    let held = disk.lock("lock").unwrap();
    assert_eq!(disk.lock("lock").err().unwrap().kind(), ErrorKind::WouldBlock);
    drop(held);
    assert!(disk.lock("lock").is_ok());
    assert_eq!(disk.list("", 9).unwrap().len(), 2);
    disk.create_dir("d").unwrap();
    disk.create("d/x").unwrap();
    assert_eq!(disk.remove_dir("d").unwrap_err().kind(), ErrorKind::DirectoryNotEmpty);
    disk.remove("d/x").unwrap();
    disk.remove_dir("d").unwrap();
    assert_eq!(disk.read_at("b", 5, 9).unwrap(), b"");
    assert_eq!(disk.copy(4).names(), disk.names());
}
