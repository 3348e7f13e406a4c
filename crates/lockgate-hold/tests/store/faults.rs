//! A disk that is full, read-only, broken, or a process without descriptors: a fault each time, nothing is lost, and
//! once it is put right the store goes on by itself.

use crate::model::{Lane, account, facts, key, sha256};
use lockgate_disk::{Breakage, Disk as _, SimDisk};
use lockgate_hold::{Content, Fault, FileStore, Settings, Settled, Stage, Store as _};
use std::sync::Arc;

const ALL: [Breakage; 4] = [Breakage::NoSpace, Breakage::ReadOnly, Breakage::Broken, Breakage::NoDescriptors];

#[test]
fn a_fault_at_any_operation_changes_nothing_for_what_is_held() {
    let mut faults = 0;
    for seed in 0..10 {
        for breakage in ALL {
            for at in (2 + seed % 4..90).step_by(4) {
                let mut lane = Lane::new(seed);
                lane.disk.break_at(at, breakage);
                let store = match lane.start() {
                    Ok(store) => Ok(store),
                    Err(_) => {
                        faults += 1;
                        lane.start()
                    }
                };
                let mut store = store.unwrap();
                for _ in 0..10 {
                    faults += usize::from(lane.step(&mut store).is_err());
                }
                lane.disk.mend();
                lane.verify(&store).unwrap();
                drop(store);
                // What the memory of the process knew is on the disk too.
                lane.disk.crash();
                lane.disk.reboot();
                lane.start().unwrap();
            }
        }
    }
    println!("{faults} faults");
    assert!(faults > 300, "{faults} faults only");
}

#[test]
fn while_a_disk_is_broken_nothing_is_staged_and_afterwards_all_goes_on() {
    for breakage in ALL {
        let mut lane = Lane::new(7);
        let mut store = lane.start().unwrap();
        for _ in 0..5 {
            lane.hold(&mut store).unwrap();
        }
        lane.disk.break_now(breakage);
        let before = lane.model.records.len();
        // A process that has its files open may go on without new descriptors, until it needs one.
        let failed = (0..40).filter(|_| lane.hold(&mut store).is_err()).count();
        assert!(failed > 0, "{breakage:?}");
        assert!(breakage == Breakage::NoDescriptors || lane.model.records.len() == before, "{breakage:?}");
        lane.disk.mend();
        lane.verify(&store).unwrap();
        lane.hold(&mut store).unwrap();
        lane.verify(&store).unwrap();
        drop(store);
        lane.disk.crash();
        lane.disk.reboot();
        lane.start().unwrap();
    }
}

fn hold(store: &mut FileStore, entry: u64, bytes: &[u8]) -> Result<(), Fault> {
    let (facts, account) = (facts(entry, "LG-H001"), account(entry));
    let stage =
        Stage { sha256: sha256(bytes), content: Content::New(bytes), facts: &facts, account: &account };
    let staged = store.stage(&[stage])?;
    store.commit(staged.into_iter().map(|staged| (staged, entry)).collect())
}

#[test]
fn a_full_store_says_so_drops_nothing_and_takes_again_what_fits() {
    let quota = 1 << 20;
    let disk = SimDisk::new(1);
    let mut store = FileStore::open(Arc::new(disk), Settings::new(quota, None)).unwrap();
    store.recover(&|_| Ok(None)).unwrap();
    let bytes = vec![7_u8; 10_000];
    let held = (0..).find(|entry| hold(&mut store, *entry, &bytes).is_err()).unwrap();
    let fault = hold(&mut store, held, &bytes).unwrap_err();
    assert!(fault.is_full(), "{fault}");
    assert!(fault.to_string().contains("full: ") && fault.to_string().contains("1048576"), "{fault}");
    assert!(held > 90, "{held} objects of 10 kB in 1 MiB");
    assert!(store.usage().bytes <= quota);
    assert_eq!(store.entries().len() as u64, held, "nothing was dropped");
    // Every second one goes: the others move together, and there is room again.
    for entry in (0..held).step_by(2) {
        store.settle(entry, Settled::Rejected).unwrap();
    }
    let more = (held..).find(|entry| hold(&mut store, *entry, &bytes).is_err()).unwrap() - held;
    assert!(more * 100 >= held * 30, "{more} more of {held}");
    for (entry, _) in store.entries() {
        assert_eq!(store.get(entry).unwrap(), bytes);
    }
}

/// Bits of kept objects flip, in the segment with the most waste; or the whole segment is gone. The others give back what
/// they have all the same, and a store that is full writes nothing for being asked again.
#[test]
fn a_damaged_segment_stands_in_the_way_of_no_other() {
    for is_gone in [false, true] {
        let disk = SimDisk::new(1);
        let mut store = FileStore::open(Arc::new(disk.clone()), Settings::new(1 << 20, None)).unwrap();
        store.recover(&|_| Ok(None)).unwrap();
        let bytes = vec![7_u8; 10_000];
        let held = (0..).find(|entry| hold(&mut store, *entry, &bytes).is_err()).unwrap();
        let segments = || -> Vec<String> {
            disk.names().into_iter().filter(|name| name.starts_with("objects-")).collect()
        };
        let first = segments()[0].clone();
        match is_gone {
            true => disk.steal(&first),
            false => {
                let mut torn = disk.read(&first, 1 << 20).unwrap();
                // Whatever of it is kept, it is damaged.
                torn.iter_mut().skip(5_000).step_by(5_000).for_each(|byte| *byte ^= 1);
                disk.plant(&first, &torn);
            }
        }
        let of_first = (0..held).take(12).filter(|entry| *entry != 11);
        let others = (12..held).step_by(2);
        for entry in of_first.chain(others) {
            let _ = store.settle(entry, Settled::Rejected);
        }
        let more = (held..).find(|entry| hold(&mut store, *entry, &bytes).is_err()).unwrap() - held;
        assert!(more > 20, "{more} more of {held}, {is_gone}");
        let sizes = || -> u64 { segments().iter().map(|name| disk.look(name).unwrap().size).sum() };
        let before = sizes();
        for _ in 0..10 {
            assert!(hold(&mut store, 10_000, &bytes).unwrap_err().is_full());
        }
        assert_eq!(sizes(), before, "nothing is written for nothing");
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let disk = SimDisk::new(1);
    let open = |key| FileStore::open(Arc::new(disk.clone()), Settings::new(1 << 20, key));
    let mut store = open(Some(key())).unwrap();
    let stage = |store: &mut FileStore, content, of: &[u8]| {
        let (facts, account) = (facts(1, "LG-H001"), account(1));
        store.stage(&[Stage { sha256: sha256(of), content, facts: &facts, account: &account }])
    };
    assert!(matches!(stage(&mut store, Content::New(b"a"), b"a"), Err(Fault::NotRecovered)));
    store.recover(&|_| Ok(None)).unwrap();
    assert!(matches!(stage(&mut store, Content::New(b"a"), b"b"), Err(Fault::NotItsHash(_))));
    assert!(matches!(stage(&mut store, Content::Kept(3), b"b"), Err(Fault::Unknown(3))));
    assert!(matches!(store.get(3), Err(Fault::Unknown(3))));
    assert!(matches!(store.settle(3, Settled::Returned), Err(Fault::Unknown(3))));
    hold(&mut store, 3, b"x").unwrap();
    assert!(matches!(hold(&mut store, 3, b"y"), Err(Fault::Twice(3))));
    assert_eq!(store.get(3).unwrap(), b"x");
    assert!(matches!(stage(&mut store, Content::Kept(3), b"y"), Err(Fault::NotItsHash(_))));
    // One writer, the right key, and no store that lost its head.
    assert!(matches!(open(Some(key())), Err(Fault::Taken)));
    drop(store);
    assert!(matches!(open(None), Err(Fault::NoKey)));
    let other = lockgate_hold::Key::parse("a1".repeat(31).as_bytes().to_vec().as_slice());
    assert!(other.is_err());
    let other = lockgate_hold::Key::parse(format!("{}00", "a1".repeat(31)).as_bytes()).unwrap();
    assert!(matches!(open(Some(other)), Err(Fault::WrongKey)));
    disk.steal("store");
    assert!(matches!(open(Some(key())), Err(Fault::NotAStore(_))));
    let plain = SimDisk::new(1);
    drop(FileStore::open(Arc::new(plain.clone()), Settings::new(1 << 20, None)).unwrap());
    assert!(matches!(
        FileStore::open(Arc::new(plain), Settings::new(1 << 20, Some(key()))),
        Err(Fault::NotSealed)
    ));
}

#[test]
fn an_index_that_is_gone_is_not_taken_for_an_empty_store() {
    let disk = SimDisk::new(1);
    let open = || FileStore::open(Arc::new(disk.clone()), Settings::new(1 << 20, None));
    let mut store = open().unwrap();
    store.recover(&|_| Ok(None)).unwrap();
    hold(&mut store, 0, b"x").unwrap();
    drop(store);
    let names = disk.list("", 99).unwrap();
    names.iter().filter(|entry| entry.name.starts_with("index-")).for_each(|entry| disk.steal(&entry.name));
    assert!(matches!(open(), Err(Fault::NotAStore(_))));
}
