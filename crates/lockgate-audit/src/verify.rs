//! Verifying a log: is every record as it was signed, and do they add up. Streaming: memory does not grow with the log.

mod report;
mod source;

use crate::approvals::Approvals;
use crate::checkpoint::Checkpoint;
use crate::companions::Companions;
use crate::event::Event;
use crate::fold::Fold;
use crate::ledger::Ledger;
use crate::note::{NOTE_MAX, TrustKey};
use crate::place::{CHECKPOINT, read_if_there};
use crate::tile;
use crate::tree::{Frontier, FullTile, Hash, TILE, Tree, leaf};
use lockgate_disk::Disk;
pub use report::{Finding, Report, Wrong};
use source::{Odd, Segments, bundle, is_there, level_zero};
use std::io;

/// Verifies the log in a folder under these keys, and against a checkpoint that was kept elsewhere. `progress` is told
/// how many entries of how many are done, every 256.
///
/// # Errors
/// Those of the disk: the log could not be read, which says nothing of it.
pub fn verify(
    disk: &dyn Disk,
    trusted: &[TrustKey],
    against: Option<&[u8]>,
    progress: &mut dyn FnMut(u64, u64),
) -> io::Result<Report> {
    let mut report = Report {
        checkpoint: None,
        entries: 0,
        unsigned: 0,
        findings: Vec::new(),
        more: 0,
        ledger: Ledger::default(),
    };
    let most = u64::try_from(NOTE_MAX).unwrap_or(u64::MAX);
    let opened = match read_if_there(disk, CHECKPOINT, most) {
        Ok(Some(note)) => Checkpoint::open(&note, trusted).map_err(|fault| fault.to_string()),
        Ok(None) => Err("there is no checkpoint: nothing says what the log should hold".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Err("it is longer than 64 KiB".to_owned())
        }
        Err(error) => return Err(error),
    };
    let checkpoint = match opened {
        Ok(checkpoint) => checkpoint,
        Err(says) => {
            report.add(Wrong::Signature, None, format!("checkpoint: {says}"));
            return Ok(report);
        }
    };
    let other = against.and_then(|note| opened_against(note, trusted, &checkpoint, &mut report));
    let segments = Segments::read(disk, checkpoint.size)?;
    for says in &segments.faults {
        report.add(Wrong::Segment, None, says.clone());
    }
    let mut run = Run {
        disk,
        size: checkpoint.size,
        other,
        segments,
        tree: Tree::default(),
        fold: Fold::new(),
        approvals: Approvals::default(),
        companions: Companions::default(),
        expected: Frontier::default(),
        odd: Odd::default(),
    };
    run.compare_root(&mut report);
    for index in 0..checkpoint.size.div_ceil(TILE) {
        if !run.bundle(index, &mut report)? {
            break;
        }
        progress(run.tree.size(), checkpoint.size);
    }
    run.end(&checkpoint, &mut report)?;
    report.entries = run.tree.size();
    report.unsigned = run.segments.end.saturating_sub(checkpoint.size);
    report.ledger = run.fold.into_ledger();
    report.checkpoint = Some(checkpoint);
    Ok(report)
}

fn opened_against(
    note: &[u8],
    trusted: &[TrustKey],
    own: &Checkpoint,
    report: &mut Report,
) -> Option<Checkpoint> {
    match Checkpoint::open(note, trusted) {
        Err(fault) => {
            report.add(Wrong::Signature, None, format!("the checkpoint to hold it against: {fault}"))
        }
        Ok(other) if other.origin != own.origin => {
            report.add(Wrong::Rewritten, None, "the checkpoint to hold it against is of another log");
        }
        Ok(other) if other.size > own.size => {
            let says =
                format!("it had {} entries once, and its checkpoint says {} now", other.size, own.size);
            report.add(Wrong::RolledBack, None, says);
        }
        Ok(other) => return Some(other),
    }
    None
}

struct Run<'d> {
    disk: &'d dyn Disk,
    size: u64,
    other: Option<Checkpoint>,
    segments: Segments,
    tree: Tree,
    fold: Fold,
    approvals: Approvals,
    companions: Companions,
    /// The tree over the hashes that the tiles claim.
    expected: Frontier,
    odd: Odd,
}

impl Run<'_> {
    /// One bundle and its tile; false where the rest cannot be read.
    fn bundle(&mut self, index: u64, report: &mut Report) -> io::Result<bool> {
        let first = index.saturating_mul(TILE);
        let width = self.size.saturating_sub(first).min(TILE);
        let entries = match bundle(self.disk, index, width, &self.segments, &mut self.odd)? {
            Ok(entries) => entries,
            Err(says) => {
                report.add(Wrong::Missing, Some(first), says);
                return Ok(false);
            }
        };
        let leaves: Vec<Hash> = source::entries(&entries).map(leaf).collect();
        let claimed = level_zero(self.disk, index, width, &mut self.odd)?;
        match &claimed {
            None if self.segments.covers(first) => {}
            None => {
                report.add(Wrong::Tile, Some(first), "its tile of hashes is missing or of the wrong length")
            }
            Some(claimed) => compare(first, &leaves, claimed, report),
        }
        for hash in claimed.as_ref().unwrap_or(&leaves) {
            self.expected.push(*hash, |_, _| {});
        }
        for (entry, hash) in source::entries(&entries).zip(&leaves) {
            let at = self.tree.size();
            let mut full = Vec::new();
            self.tree.push(*hash, |tile| full.push(tile));
            for tile in full.iter().filter(|tile| tile.level > 0) {
                self.full_tile(tile, report)?;
            }
            self.compare_root(report);
            match Event::read(entry) {
                Err(fault) => report.add(Wrong::Event, Some(at), fault.to_string()),
                Ok(event) => {
                    if let Err(says) = self.approvals.take(at, &event, self.fold.ledger()) {
                        report.add(Wrong::Approval, Some(at), says);
                    }
                    if let Err((wrong, says)) = self.companions.take(at, &event, self.fold.ledger()) {
                        report.add(wrong, Some(at), says);
                    }
                    if let Err(fault) = self.fold.take(at, event) {
                        report.add(Wrong::Accounting, Some(at), fault.to_string());
                    }
                }
            }
        }
        Ok(true)
    }

    fn full_tile(&self, tile: &FullTile, report: &mut Report) -> io::Result<()> {
        let name = tile::hashes(tile.level, tile.index, TILE);
        let same = source::file(self.disk, &name, 8192)?.is_some_and(|there| there == tile.hashes);
        // What is not there may not be written yet. What is there and is something else never was the tile.
        let is_excused = || self.segments.covers(self.tree.size().saturating_sub(1));
        if !same && (!is_excused() || is_there(self.disk, &name)?) {
            report.add(Wrong::Tile, None, format!("{name} is not the tile of its entries"));
        }
        Ok(())
    }

    /// Roots that are known of this size: of the checkpoint to hold against, and of segments.
    fn compare_root(&mut self, report: &mut Report) {
        let size = self.tree.size();
        if self.other.as_ref().is_some_and(|other| other.size == size && other.root != self.tree.root()) {
            let says =
                format!("its first {size} entries are not those of the checkpoint that it is held against");
            report.add(Wrong::Rewritten, None, says);
        }
        if self.segments.root_at(size).is_some_and(|root| root != self.tree.root()) {
            report.add(
                Wrong::Segment,
                Some(size),
                "the segments hold other entries than the bundles before this one",
            );
        }
    }

    fn end(&mut self, checkpoint: &Checkpoint, report: &mut Report) -> io::Result<()> {
        let is_whole = self.tree.size() == self.size;
        if is_whole && self.tree.root() != checkpoint.root {
            let tiles_agree = self.expected.root() == checkpoint.root;
            let says = match tiles_agree {
                true => "the entries are not those that were signed; the tiles of hashes are",
                false => "neither the entries nor the tiles of hashes are those that were signed",
            };
            report.add(Wrong::Root, None, says);
        }
        if is_whole {
            self.partial_tiles(report)?;
            let odd = std::mem::take(&mut self.odd);
            // After a run that stopped in order no crash has torn anything.
            let has_stopped = !self.fold.ledger().is_running();
            for says in odd.full.into_iter().chain(odd.partial.into_iter().filter(|_| has_stopped)) {
                report.add(Wrong::Tile, None, says);
            }
            if let Err(fault) = self.fold.whole() {
                report.add(Wrong::Accounting, Some(self.size), fault.to_string());
            }
        }
        if !self.segments.is_there && self.goes_on()? {
            report.add(
                Wrong::Extra,
                Some(self.size),
                "there are entries behind the checkpoint, and no segments",
            );
        }
        Ok(())
    }

    fn partial_tiles(&mut self, report: &mut Report) -> io::Result<()> {
        for (level, full, width) in
            tile::widths(self.size).filter(|(level, _, width)| *level > 0 && *width > 0)
        {
            let edge = self.tree.edges().get(usize::from(level)).map_or(&[][..], Vec::as_slice);
            let partial = source::file(self.disk, &tile::hashes(level, full, width), 8192)?;
            let same = match partial {
                Some(partial) => partial == edge,
                None => source::file(self.disk, &tile::hashes(level, full, TILE), 8192)?
                    .is_some_and(|there| there.get(..edge.len()) == Some(edge)),
            };
            if same {
                continue;
            }
            let name = tile::hashes(level, full, width);
            let says = format!("{name} is not the tile of its entries");
            if !self.segments.is_there {
                report.add(Wrong::Tile, None, says);
            } else if is_there(self.disk, &name)? {
                self.odd.add(width, says);
            }
        }
        Ok(())
    }

    fn goes_on(&self) -> io::Result<bool> {
        let (full, width) = (self.size / TILE, self.size % TILE);
        let next = if width == 0 { full } else { full.saturating_add(1) };
        for name in [tile::bundle(full, TILE), tile::bundle(next, TILE), tile::hashes(0, next, TILE)] {
            if source::file(self.disk, &name, tile::BUNDLE_MAX)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Says of every entry whose hash is not the one in the tile what seems to have been done to it.
fn compare(first: u64, leaves: &[Hash], claimed: &[Hash], report: &mut Report) {
    for (place, ((leaf, claim), at)) in leaves.iter().zip(claimed).zip(first..).enumerate() {
        if leaf == claim {
            continue;
        }
        let home = claimed.iter().position(|other| other == leaf).filter(|home| *home != place);
        let (wrong, says) = match home {
            None => (Wrong::Changed, "it is not the entry that was written here".to_owned()),
            Some(home) => {
                let home_at = first.saturating_add(u64::try_from(home).unwrap_or(0));
                if leaves.get(home) == Some(leaf) {
                    (Wrong::Duplicated, format!("it is entry {home_at} over again"))
                } else {
                    (Wrong::Reordered, format!("it was written as entry {home_at}"))
                }
            }
        };
        report.add(wrong, Some(at), says);
    }
}

#[cfg(test)]
mod tests;
