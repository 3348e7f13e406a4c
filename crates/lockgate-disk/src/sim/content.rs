//! The bytes of one file of a disk in memory: what readers see, and what would be left of it.

use crate::seed::Seed;

/// What a hole in a file is as large as: a sector.
const SECTOR: usize = 512;

/// One file's bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// What a reader sees.
    pub(super) now: Vec<u8>,
    /// What is there after a crash, for certain.
    kept: Vec<u8>,
    /// Up to here both are the same.
    same: usize,
    /// What a failed sync may have lost for good, although readers still see it.
    doubtful: Option<(usize, usize)>,
}

impl Content {
    /// All of it there, for certain.
    pub(super) fn durable(bytes: &[u8]) -> Self {
        Self { now: bytes.to_vec(), kept: bytes.to_vec(), same: bytes.len(), doubtful: None }
    }

    /// Writes over what is there from `at` on, and then behind it.
    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        let over = self.now.len().saturating_sub(at).min(bytes.len());
        let (over, more) = bytes.split_at_checked(over).unwrap_or((bytes, &[]));
        for (there, byte) in self.now.iter_mut().skip(at).zip(over) {
            *there = *byte;
        }
        self.now.extend_from_slice(more);
        self.same = self.same.min(at);
    }

    pub(super) fn sync(&mut self) {
        self.kept.truncate(self.same);
        self.kept.extend_from_slice(self.now.get(self.same..).unwrap_or_default());
        self.same = self.now.len();
        if let Some((from, to)) = self.doubtful {
            self.kept.get_mut(from..to).unwrap_or_default().fill(0);
            self.same = self.same.min(from);
        }
    }

    /// A sync failed: what it should have kept is marked clean all the same, and is lost unless it is written again.
    pub(super) fn doubt(&mut self) {
        let from = self.doubtful.map_or(self.same, |(from, _)| from.min(self.same));
        self.doubtful = Some((from, self.now.len())).filter(|(from, to)| from < to);
    }

    pub(super) fn cut(&mut self, size: usize) {
        self.now.resize(size, 0);
        self.same = self.same.min(size);
        self.doubtful =
            self.doubtful.map(|(from, to)| (from.min(size), to.min(size))).filter(|(from, to)| from < to);
    }

    /// The power went.
    pub(super) fn settle(&mut self, seed: &mut Seed) {
        match seed.below(4) {
            // Nothing of it had reached the disk.
            0 => {}
            // All of it had.
            1 => self.sync(),
            // A part of it had.
            2 => {
                let rest = self.now.len().saturating_sub(self.same);
                self.now.truncate(self.same.saturating_add(seed.index(rest.saturating_add(1))));
                // Behind it is what was there before.
                let before = self.kept.get(self.now.len()..).unwrap_or_default();
                self.now.extend_from_slice(before);
                self.sync_to_end();
            }
            // Its length had, and some of its sectors; the others are as they were, or empty.
            _ => {
                let same = self.same;
                let mut before = self.kept.get(same..).unwrap_or_default();
                for sector in self.now.get_mut(same..).unwrap_or_default().chunks_mut(SECTOR) {
                    let (old, rest) = before.split_at_checked(sector.len()).unwrap_or((before, &[]));
                    before = rest;
                    if seed.one_in(2) {
                        sector.fill(0);
                        sector.iter_mut().zip(old).for_each(|(byte, old)| *byte = *old);
                    }
                }
                self.sync_to_end();
            }
        }
        self.now.clone_from(&self.kept);
        self.same = self.now.len();
        self.doubtful = None;
    }

    fn sync_to_end(&mut self) {
        self.cut(self.now.len());
        self.sync();
    }
}
