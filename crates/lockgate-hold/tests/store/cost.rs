//! What holding costs: syncs, and memory.

use crate::model::{account, facts, sha256};
use lockgate_disk::{Disk, Entry, File, Lock, Look, SimDisk};
use lockgate_hold::{Content, FileStore, Settings, Stage, Store as _};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A disk that counts its syncs.
struct Counting {
    disk: SimDisk,
    syncs: Arc<AtomicUsize>,
}

struct CountingFile {
    file: Box<dyn File>,
    syncs: Arc<AtomicUsize>,
}

impl File for CountingFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.append(bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.file.sync()
    }
    fn truncate(&mut self, size: u64) -> io::Result<()> {
        self.file.truncate(size)
    }
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }
}

impl Counting {
    fn counted(&self, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(CountingFile { file, syncs: self.syncs.clone() })
    }
}

impl Disk for Counting {
    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(self.counted(self.disk.create(name)?))
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        Ok(self.counted(self.disk.open(name)?))
    }
    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        self.disk.read(name, most)
    }
    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.disk.read_at(name, offset, length)
    }
    fn look(&self, name: &str) -> io::Result<Look> {
        self.disk.look(name)
    }
    fn list(&self, folder: &str, most: usize) -> io::Result<Vec<Entry>> {
        self.disk.list(folder, most)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
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

#[test]
fn a_batch_costs_two_syncs_whatever_its_size_and_committing_none() {
    let syncs = Arc::new(AtomicUsize::new(0));
    let disk = Counting { disk: SimDisk::new(1), syncs: syncs.clone() };
    let mut store = FileStore::open(Arc::new(disk), Settings::new(1 << 30, None)).unwrap();
    store.recover(&|_| Ok(None)).unwrap();
    let mut entry = 0_u64;
    for size in [1, 10, 500] {
        let objects: Vec<_> = (entry..entry + size)
            .map(|draft| {
                (vec![u8::try_from(draft % 251).unwrap(); 1024], facts(draft, "LG-H001"), account(draft))
            })
            .collect();
        let batch: Vec<Stage<'_>> = objects
            .iter()
            .map(|(bytes, facts, account)| Stage {
                sha256: sha256(bytes),
                content: Content::New(bytes),
                facts,
                account,
            })
            .collect();
        let before = syncs.load(Ordering::Relaxed);
        let staged = store.stage(&batch).unwrap();
        assert_eq!(syncs.load(Ordering::Relaxed) - before, 2, "a batch of {size}");
        store.commit(staged.into_iter().zip(entry..).collect()).unwrap();
        entry += size;
        assert_eq!(syncs.load(Ordering::Relaxed) - before, 2, "committing {size}");
    }
    assert_eq!(store.usage().objects, 511);
}
