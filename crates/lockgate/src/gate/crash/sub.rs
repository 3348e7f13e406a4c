//! The folders of the one disk.

use lockgate_disk::{Disk, Entry, File, Lock, Look, SimDisk};
use std::io;
use std::sync::Arc;

/// One folder of the one disk, as if it were a disk.
pub(super) struct Sub {
    disk: SimDisk,
    folder: String,
}

impl Sub {
    pub(super) fn at(disk: &SimDisk, folder: &str) -> Arc<dyn Disk> {
        Arc::new(Self { disk: disk.clone(), folder: folder.to_owned() })
    }

    fn of(&self, name: &str) -> String {
        if name.is_empty() { self.folder.clone() } else { format!("{}/{name}", self.folder) }
    }
}

impl Disk for Sub {
    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.disk.create(&self.of(name))
    }
    fn reserve(&self, name: &str, size: u64) -> io::Result<Box<dyn File>> {
        self.disk.reserve(&self.of(name), size)
    }
    fn renew(&self, name: &str, size: u64) -> io::Result<Box<dyn File>> {
        self.disk.renew(&self.of(name), size)
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.disk.open(&self.of(name))
    }
    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        self.disk.read(&self.of(name), most)
    }
    fn read_at(&self, name: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.disk.read_at(&self.of(name), offset, length)
    }
    fn look(&self, name: &str) -> io::Result<Look> {
        self.disk.look(&self.of(name))
    }
    fn list(&self, folder: &str, most: usize) -> io::Result<Vec<Entry>> {
        self.disk.list(&self.of(folder), most)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(&self.of(from), &self.of(to))
    }
    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.link(&self.of(from), &self.of(to))
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(&self.of(name))
    }
    fn create_dir(&self, name: &str) -> io::Result<()> {
        self.disk.create_dir(&self.of(name))
    }
    fn remove_dir(&self, name: &str) -> io::Result<()> {
        self.disk.remove_dir(&self.of(name))
    }
    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        self.disk.sync_dir(&self.of(folder))
    }
    fn free_space(&self) -> io::Result<u64> {
        self.disk.free_space()
    }
    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>> {
        self.disk.lock(&self.of(name))
    }
}
