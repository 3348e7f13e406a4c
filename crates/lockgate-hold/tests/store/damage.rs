//! Bits that flip in stored files: found when they are read, and never delivered.

use crate::model::{Lane, account, facts, key, sha256};
use lockgate_disk::{Disk as _, Seed, SimDisk};
use lockgate_hold::{Content, Fault, FileStore, Settings, Settled, Stage, Store as _, View};
use std::sync::Arc;

fn filled(sealed: bool) -> (SimDisk, Vec<Vec<u8>>) {
    let disk = SimDisk::new(3);
    let mut store = FileStore::open(Arc::new(disk.clone()), settings(sealed)).unwrap();
    store.recover(&|_| Ok(None)).unwrap();
    let mut objects = Vec::new();
    for entry in 0..12_u64 {
        let bytes = format!("<event uid='{entry}' secret='payload {entry}'/>").into_bytes();
        let (facts, account) = (facts(entry, "LG-H001"), account(entry));
        let stage =
            Stage { sha256: sha256(&bytes), content: Content::New(&bytes), facts: &facts, account: &account };
        let staged = store.stage(&[stage]).unwrap();
        store.commit(staged.into_iter().map(|staged| (staged, entry)).collect()).unwrap();
        objects.push(bytes);
    }
    (disk.copy(3), objects)
}

fn settings(sealed: bool) -> Settings {
    Settings { quota: 1 << 20, key: sealed.then(key), segment: 1024 }
}

#[test]
fn a_flipped_bit_anywhere_never_changes_what_is_delivered() {
    for sealed in [false, true] {
        let (whole, objects) = filled(sealed);
        let (mut found, mut harmless) = (0, 0);
        let mut seed = Seed::new(9);
        for name in whole.names() {
            let bytes = whole.read(&name, 1 << 20).unwrap();
            for _ in 0..bytes.len().min(150) {
                let bit = seed.index(bytes.len() * 8);
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let disk = whole.copy(1);
                disk.plant(&name, &flipped);
                let Ok(mut store) = FileStore::open(Arc::new(disk), settings(sealed)) else {
                    assert_eq!(name, "store");
                    found += 1;
                    continue;
                };
                // The log knows every one of them.
                let recovered = store.recover(&|key| Ok(Some(key.draft))).unwrap();
                let mut bad = recovered.damaged > 0 || recovered.torn > 0;
                if name.starts_with("index-") {
                    assert!(bad, "bit {bit} of the index");
                    // What one row said is known to the segments or to the log: no object is lost by it.
                    assert_eq!(store.entries().len(), objects.len(), "bit {bit}");
                }
                for (entry, _) in store.entries() {
                    match store.get(entry) {
                        Ok(bytes) => {
                            assert_eq!(bytes, objects[usize::try_from(entry).unwrap()], "{name} {bit}")
                        }
                        Err(Fault::Damaged { .. }) => bad = true,
                        Err(fault) => panic!("{fault}"),
                    }
                    bad |= store.account(entry).is_err();
                }
                if bad { found += 1 } else { harmless += 1 }
            }
        }
        println!("sealed {sealed}: {found} found, {harmless} harmless");
        // The head of a segment and the lock are never read; all else is covered.
        assert!(found > harmless * 4, "{found} found, {harmless} not");
    }
}

#[test]
fn files_cut_anywhere_or_exchanged_deliver_nothing_else() {
    let (whole, objects) = filled(true);
    for name in whole.names().into_iter().filter(|name| name != "store" && name != "lock") {
        let bytes = whole.read(&name, 1 << 20).unwrap();
        for end in (0..bytes.len()).step_by(13) {
            let disk = whole.copy(1);
            disk.plant(&name, &bytes[..end]);
            let mut store = FileStore::open(Arc::new(disk), settings(true)).unwrap();
            let recovered = store.recover(&|key| Ok(Some(key.draft))).unwrap();
            for (entry, sha256) in store.entries() {
                match store.get(entry) {
                    Ok(bytes) => assert_eq!(bytes, objects[usize::try_from(entry).unwrap()]),
                    Err(Fault::Damaged { .. }) => assert!(recovered.lost.contains(&(entry, sha256))),
                    Err(fault) => panic!("{fault}"),
                }
            }
        }
    }
    // The segments of another store with the same key: same names, same places, other bytes.
    let other = SimDisk::new(5);
    let mut lane = Lane { disk: other, sealed: true, ..Lane::new(5) };
    let mut store = lane.start().unwrap();
    (0..9).for_each(|_| lane.hold(&mut store).unwrap());
    let disk = whole.copy(1);
    for name in lane.disk.names().into_iter().filter(|name| name.starts_with("objects-")) {
        disk.plant(&name, &lane.disk.read(&name, 1 << 20).unwrap());
    }
    let mut store = FileStore::open(Arc::new(disk), settings(true)).unwrap();
    store.recover(&|_| Ok(None)).unwrap();
    for (entry, _) in store.entries() {
        if let Ok(bytes) = store.get(entry) {
            assert_eq!(bytes, objects[usize::try_from(entry).unwrap()]);
        }
    }
}

#[test]
fn payload_stands_nowhere_in_a_sealed_store_and_only_in_segments_of_a_plain_one() {
    for sealed in [false, true] {
        let (disk, _) = filled(sealed);
        for name in disk.names() {
            let bytes = disk.read(&name, 1 << 20).unwrap();
            let shows = bytes.windows(7).any(|window| window == b"payload");
            assert_eq!(shows, !sealed && name.starts_with("objects-"), "{name}");
        }
    }
}

#[test]
fn a_view_lists_without_the_key_and_reads_only_with_it() {
    let (disk, _) = filled(true);
    let mut view = View::open(Arc::new(disk.clone()), None).unwrap();
    let mut listed = Vec::new();
    view.list(&mut |item| listed.push(item.entry)).unwrap();
    assert_eq!(listed, (0..12).collect::<Vec<_>>());
    assert!(view.is_sealed());
    assert!(matches!(view.account(4), Err(Fault::NoKey)));
    let mut view = View::open(Arc::new(disk), Some(key())).unwrap();
    assert_eq!(view.account(4).unwrap(), account(4));
    view.check(4).unwrap();
    assert!(matches!(view.check(12), Err(Fault::Unknown(12))));
}

/// What is kept is told to whoever looks, without a key, through a start and through a new index.
#[test]
fn a_view_tells_what_is_held_from_what_is_kept() {
    let (disk, objects) = filled(true);
    let told = |disk: &SimDisk| {
        let mut kept = Vec::new();
        let mut view = View::open(Arc::new(disk.clone()), None).unwrap();
        view.list(&mut |item| kept.push((item.entry, item.is_kept))).unwrap();
        assert_eq!(view.damaged(), 0);
        kept
    };
    let wanted = |gone: u64| -> Vec<_> {
        (0..12_u64).filter(|entry| *entry >= gone).map(|entry| (entry, [3, 7].contains(&entry))).collect()
    };
    let mut store = FileStore::open(Arc::new(disk.clone()), settings(true)).unwrap();
    store.recover(&|key| Ok(Some(key.draft))).unwrap();
    for entry in [3, 7, 3, 99] {
        store.keep(entry);
    }
    assert_eq!((store.usage().objects, store.usage().kept), (10, 2));
    assert_eq!(told(&disk), wanted(0));
    drop(store);
    // What is not synced may be gone after a crash, and is no damage; otherwise the next start finds it.
    let mut store = FileStore::open(Arc::new(disk.clone()), settings(true)).unwrap();
    store.recover(&|key| Ok(Some(key.draft))).unwrap();
    assert_eq!((store.usage().objects, store.usage().kept), (10, 2));
    assert_eq!(store.get(3).unwrap(), objects[3], "and its bytes are there");
    store.settle(0, Settled::Released).unwrap();
    drop(store);
    // A damaged index is replaced by a new one, which says it too.
    let name = disk.names().into_iter().find(|name| name.starts_with("index-")).unwrap();
    let mut bytes = disk.read(&name, 1 << 20).unwrap();
    bytes.extend_from_slice(b"no row");
    disk.plant(&name, &bytes);
    let mut store = FileStore::open(Arc::new(disk.clone()), settings(true)).unwrap();
    store.recover(&|key| Ok(Some(key.draft))).unwrap();
    assert_eq!(told(&disk), wanted(1));
    store.settle(3, Settled::Released).unwrap();
    assert_eq!((store.usage().objects, store.usage().kept), (9, 1));
}
