//! What is staged, recorded and settled in an unusual order; and readers beside the writer.

use crate::model::{Lane, account, facts, sha256};
use lockgate_bytes::Digest;
use lockgate_disk::SimDisk;
use lockgate_hold::{Content, FileStore, Settings, Settled, Stage, Staged, Store as _, View};
use std::sync::Arc;

fn open(disk: &SimDisk) -> FileStore {
    FileStore::open(Arc::new(disk.clone()), Settings::new(1 << 20, None)).unwrap()
}

fn stage(store: &mut FileStore, draft: u64, bytes: &[u8]) -> Staged {
    let (facts, account) = (facts(draft, "LG-H001"), account(draft));
    let stage =
        Stage { sha256: sha256(bytes), content: Content::New(bytes), facts: &facts, account: &account };
    store.stage(&[stage]).unwrap().pop().unwrap()
}

#[test]
fn what_was_staged_twice_and_recorded_once_is_held_once() {
    let disk = SimDisk::new(1);
    let mut store = open(&disk);
    store.recover(&|_| Ok(None)).unwrap();
    let (first, _second) = (stage(&mut store, 5, b"same"), stage(&mut store, 5, b"same"));
    assert_eq!(store.usage().staged, 2);
    let key = first.key();
    drop(store);
    let mut store = open(&disk);
    let recovered = store.recover(&|asked| Ok((*asked == key).then_some(40))).unwrap();
    assert_eq!(recovered.committed, [(40, sha256(b"same"))]);
    assert_eq!(recovered.removed, [key]);
    assert_eq!(store.get(40).unwrap(), b"same");
    assert_eq!(store.usage().staged, 0);
    // A second call finds nothing more to do.
    assert_eq!(store.recover(&|_| Ok(None)).unwrap(), lockgate_hold::Recovered::default());
    assert_eq!(store.entries().len(), 1);
}

#[test]
fn what_nobody_can_find_in_the_log_is_not_taken_for_unrecorded() {
    let disk = SimDisk::new(1);
    let mut store = open(&disk);
    store.recover(&|_| Ok(None)).unwrap();
    let keys = [stage(&mut store, 5, b"one").key(), stage(&mut store, 6, b"two").key()];
    drop(store);
    let mut store = open(&disk);
    // The log's disk answers once, and then it does not.
    let unread = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let half = |asked: &_| if *asked == keys[0] { Ok(Some(40)) } else { Err(unread()) };
    let fault = store.recover(&half).unwrap_err();
    assert!(fault.to_string().contains("asking the log"), "{fault}");
    assert_eq!(store.usage().staged, 1, "its bytes are still there");
    let recovered = store.recover(&|asked| Ok((*asked == keys[1]).then_some(41))).unwrap();
    assert_eq!(recovered.committed, [(40, sha256(b"one")), (41, sha256(b"two"))]);
    assert_eq!(recovered.removed, []);
    assert_eq!((store.get(40).unwrap(), store.get(41).unwrap()), (b"one".to_vec(), b"two".to_vec()));
}

#[test]
fn an_object_that_is_held_again_keeps_its_bytes_where_they_are() {
    let disk = SimDisk::new(1);
    let mut store = open(&disk);
    store.recover(&|_| Ok(None)).unwrap();
    let bytes = vec![9_u8; 100_000];
    let staged = stage(&mut store, 0, &bytes);
    store.commit(vec![(staged, 0)]).unwrap();
    let before = store.usage().bytes;
    for entry in 1..20 {
        let (facts, account) = (facts(entry, "LG-M001"), account(entry));
        let again = Stage {
            sha256: sha256(&bytes),
            content: Content::Kept(entry - 1),
            facts: &facts,
            account: &account,
        };
        let staged = store.stage(&[again]).unwrap().pop().unwrap();
        store.commit(vec![(staged, entry)]).unwrap();
        store.settle(entry - 1, Settled::DecidedAgain).unwrap();
    }
    assert!(store.usage().bytes < before + 20_000, "{} {before}", store.usage().bytes);
    drop(store);
    let mut store = open(&disk);
    store.recover(&|_| Ok(None)).unwrap();
    assert_eq!(store.entries().len(), 1);
    assert_eq!(store.get(19).unwrap(), bytes);
    assert_eq!(store.account(19).unwrap(), account(19));
}

#[test]
fn settling_everything_gives_the_disk_back() {
    let mut lane = Lane::new(11);
    let mut store = lane.start().unwrap();
    (0..60).for_each(|_| lane.hold(&mut store).unwrap());
    let full = store.usage().bytes;
    let entries: Vec<(u64, Digest)> = store.entries();
    entries.iter().for_each(|(entry, _)| store.settle(*entry, Settled::Expired).unwrap());
    assert_eq!(store.usage().objects, 0);
    assert!(lane.disk.names().iter().filter(|name| name.starts_with("objects-")).count() <= 1);
    drop(store);
    let mut store = FileStore::open(Arc::new(lane.disk.clone()), lane.settings()).unwrap();
    store.recover(&|_| Ok(None)).unwrap();
    assert!(store.entries().is_empty());
    assert!(full > 20_000);
}

#[test]
fn a_reader_sees_every_moment_whole_while_the_writer_goes_on() {
    let disk = SimDisk::new(2);
    let mut writer = open(&disk);
    // Made, and nothing in it yet.
    let mut view = View::open(Arc::new(disk.clone()), None).unwrap();
    view.list(&mut |item| panic!("{item:?}")).unwrap();
    writer.recover(&|_| Ok(None)).unwrap();
    let early = stage(&mut writer, 0, b"early");
    let mut view = View::open(Arc::new(disk.clone()), None).unwrap();
    view.list(&mut |item| panic!("staged only, not held: {item:?}")).unwrap();
    writer.commit(vec![(early, 0)]).unwrap();
    let mut before = View::open(Arc::new(disk.clone()), None).unwrap();
    // A restart of the writer puts a new index in the place of the old one.
    let unrecorded = stage(&mut writer, 1, b"unrecorded");
    drop((writer, unrecorded));
    let mut writer = open(&disk);
    writer.recover(&|_| Ok(None)).unwrap();
    let mut listed = Vec::new();
    before.list(&mut |item| listed.push((item.entry, item.size))).unwrap();
    assert_eq!(listed, [(0, 5)]);
    assert_eq!(before.account(0).unwrap(), account(0));
    before.check(0).unwrap();
    writer.settle(0, Settled::Rejected).unwrap();
    let mut after = View::open(Arc::new(disk), None).unwrap();
    after.list(&mut |item| panic!("{item:?}")).unwrap();
}

#[test]
fn a_number_is_never_used_twice_so_chunks_are_told_apart() {
    let disk = SimDisk::new(1);
    let mut store = open(&disk);
    store.recover(&|_| Ok(None)).unwrap();
    // The first one stays, and so the segment with the chunks of the others.
    for (entry, bytes) in [(0, &b"stays"[..]), (1, b"settled long ago")] {
        let staged = stage(&mut store, entry, bytes);
        store.commit(vec![(staged, entry)]).unwrap();
    }
    store.settle(1, Settled::Rejected).unwrap();
    // A start replaces the index.
    let unrecorded = stage(&mut store, 3, b"unrecorded");
    drop((store, unrecorded));
    // ... and the next one knows only what stands in the new index.
    open(&disk).recover(&|_| Ok(None)).unwrap();
    let mut store = open(&disk);
    store.recover(&|_| Ok(None)).unwrap();
    let second = stage(&mut store, 2, b"held now");
    store.commit(vec![(second, 2)]).unwrap();
    drop(store);
    // The row of staging is damaged; the segments are asked, and know which chunk it was.
    let name = disk.names().into_iter().find(|name| name.starts_with("index-")).unwrap();
    let mut bytes = lockgate_disk::Disk::read(&disk, &name, 1 << 20).unwrap();
    let at = bytes.windows(4).rposition(|window| window == b"feed").unwrap();
    bytes[at] ^= 1;
    disk.plant(&name, &bytes);
    let mut store = open(&disk);
    let recovered = store.recover(&|_| Ok(None)).unwrap();
    assert!(recovered.damaged + recovered.torn > 0);
    assert_eq!(store.entries(), [(0, sha256(b"stays")), (2, sha256(b"held now"))]);
    assert_eq!(store.get(2).unwrap(), b"held now");
    assert_eq!(store.account(2).unwrap(), account(2));
}
