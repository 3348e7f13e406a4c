//! A commit: one write and one sync, and what is durable by it goes to the shelf.

use super::read::UPPER_MAX;
use super::{Log, Segment};
use crate::fault::Fault;
use crate::segment;
use crate::tile;
use crate::tree::{TILE, Tree};
use std::io;

/// What was to be done, and what the system said.
type Failed = (&'static str, io::Error);

impl Log {
    /// Makes everything appended durable, and no more: whoever uses it has something to do that should not wait for
    /// tiles, and calls [`Self::write_behind`] then.
    ///
    /// # Errors
    /// [`Fault::Disk`]: nothing since the last commit is in the log, and it may be appended again at any time. (After a
    /// crash it may turn out to be there: the disk said that it failed, not that nothing happened.)
    pub fn commit_first(&mut self) -> Result<(), Fault> {
        if self.leaves.is_empty() {
            return Ok(());
        }
        self.next.copy_from(&self.tree);
        self.full.clear();
        for leaf in &self.leaves {
            self.next.push(*leaf, |tile| self.full.push(tile));
        }
        if let Err((doing, error)) = self.write_staged() {
            self.roll_back();
            return Err(Fault::Disk(doing, error));
        }
        self.fold_staged();
        Ok(())
    }

    /// One write and one sync; a new segment where the last one is long, or failed.
    fn write_staged(&mut self) -> Result<(), Failed> {
        let (size, root) = (self.next.size(), self.next.root());
        let staged = self.staged.len();
        let more = staged.saturating_add(segment::MARK);
        if self.segment.as_ref().is_some_and(|segment| segment.takes(more, self.settings.segment_bytes)) {
            segment::mark(self.tree.size(), size, &root, &mut self.staged);
            let outcome = self.extend_segment();
            self.staged.truncate(staged);
            return outcome;
        }
        let mut edges = self.tree.edges().to_vec();
        if let Some(lowest) = edges.first_mut() {
            lowest.clear();
        }
        if edges.last().is_some_and(Vec::is_empty) {
            edges.pop();
        }
        let base = Tree::from_edges(edges).unwrap_or_default();
        let mut bytes = segment::header(&base, self.snapshot);
        bytes.extend_from_slice(&self.bundle);
        bytes.extend_from_slice(&self.staged);
        segment::mark(base.size(), size, &root, &mut bytes);
        self.begin_segment(&bytes)
    }

    fn extend_segment(&mut self) -> Result<(), Failed> {
        let Some(mut segment) = self.segment.take() else { return Ok(()) };
        let outcome = segment.file.append(&self.staged).map_err(|error| ("append", error));
        match outcome.and_then(|()| segment.file.sync().map_err(|error| ("sync", error))) {
            Ok(()) => {
                let more = u64::try_from(self.staged.len()).unwrap_or(u64::MAX);
                segment.bytes = segment.bytes.saturating_add(more);
                self.segment = Some(segment);
                Ok(())
            }
            Err(fault) => {
                // What a failed write or sync left is never built upon: the next commit begins a new segment, which
                // stands for itself. Cutting the old one only spares a crash from finding it.
                let _ = segment.file.truncate(segment.bytes);
                Err(fault)
            }
        }
    }

    /// In the room that was made for it; or, where there is none, in a file that grows.
    fn begin_segment(&mut self, bytes: &[u8]) -> Result<(), Failed> {
        self.segment = None;
        let failed = |error| ("begin a segment", error);
        let reserved = self.behind.take_reserved();
        let room = if reserved.is_some() { self.settings.segment_bytes } else { 0 };
        let (number, mut file) = match reserved {
            Some(reserved) => reserved,
            None => {
                let number = self.next_segment;
                let file = self.disk.create(&segment::name(number)).map_err(failed)?;
                self.next_segment = number.saturating_add(1);
                (number, file)
            }
        };
        let name = segment::name(number);
        let written = file.append(bytes).and_then(|()| file.sync());
        // The name of reserved room is durable already.
        let named =
            written.and_then(|()| if room > 0 { Ok(()) } else { self.disk.sync_dir(segment::FOLDER) });
        if let Err(error) = named {
            // Whatever of it is durable is superseded by the next one, and goes when the one before it does.
            if self.disk.remove(&name).is_err() {
                self.behind.retire(name);
            }
            return Err(failed(error));
        }
        if let Some(older) = self.newest.replace(name) {
            self.behind.retire(older);
        }
        let bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.segment = Some(Segment { number, file, bytes, room });
        // In time for the next one: the shelf may be behind by as much as this one takes.
        self.behind.reserve(self.next_segment, self.settings.segment_bytes);
        self.next_segment = self.next_segment.saturating_add(1);
        Ok(())
    }

    /// Takes what is durable now into the tree.
    fn fold_staged(&mut self) {
        let mut size = self.tree.size();
        let (mut rest, mut begins) = (&self.staged[..], &self.staged[..]);
        while let Some(entry) = tile::take(&mut rest) {
            if entry.starts_with(crate::event::SNAPSHOT_BEGINS) {
                self.snapshot = Some(size);
            }
            size = size.saturating_add(1);
            if size.is_multiple_of(TILE) {
                let taken = begins.len().saturating_sub(rest.len());
                self.bundle.extend_from_slice(begins.get(..taken).unwrap_or_default());
                let bundle = std::mem::replace(&mut self.bundle, self.behind.buffer());
                self.behind.put(tile::bundle((size / TILE).saturating_sub(1), TILE), bundle);
                begins = rest;
            }
        }
        self.bundle.extend_from_slice(begins);
        for full in self.full.drain(..) {
            if full.level > 0 {
                self.upper.push_back(full.clone());
                if self.upper.len() > UPPER_MAX {
                    self.upper.pop_front();
                }
            }
            self.behind.put(tile::hashes(full.level, full.index, TILE), full.hashes);
        }
        std::mem::swap(&mut self.tree, &mut self.next);
        self.staged.clear();
        self.leaves.clear();
    }
}
