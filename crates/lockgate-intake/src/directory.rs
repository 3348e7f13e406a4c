//! A folder with atomic hand-over: settle, claim by rename, read, offer; remove when acknowledged.
//!
//! ```text
//!   in/NAME --rename--> taken/EPOCH-N --read, offered--> acknowledged: removed
//!                             \-- not fit --> turned-away/EPOCH-N
//! ```
//!
//! All checks are made on the taken file, in a folder where nobody else can exchange it. A claim is durable before the
//! file is offered, so that after a crash a file is either in `in`, or in `taken` under the receipt it had.

mod claim;

use crate::config::Directory;
use crate::desk::{Desk, Missed, Moment};
use crate::{Receipt, Why};
use lockgate_bytes::Time;
use lockgate_disk::{Disk, Kind, Lock, Look};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// Files offered before others get their turn.
const OFFERS: usize = 64;
/// Bytes read at once.
const CHUNK: usize = 1 << 20;
/// So often a file is tried that the disk does not give.
const TRIES: u32 = 50;

/// Opens the root of a watched folder. It must be ours alone: others write into `in` below it, never into it.
///
/// # Errors
/// A sentence that says what to do.
pub fn open_folder(root: &Path) -> Result<Arc<dyn Disk>, String> {
    use std::os::unix::fs::MetadataExt as _;
    let shown = root.display();
    let meta = std::fs::metadata(root).map_err(|error| format!("cannot open {shown}: {error}"))?;
    if !meta.is_dir() {
        return Err(format!("{shown} is no folder"));
    }
    if meta.mode() & 0o022 != 0 {
        return Err(format!(
            "others can write into {shown}; take that right away (chmod go-w), only `in` is for them"
        ));
    }
    let disk = lockgate_disk::RealDisk::at(root).map_err(|error| format!("cannot open {shown}: {error}"))?;
    Ok(Arc::new(disk))
}

/// One watched folder.
pub(crate) struct Folder {
    listener: usize,
    source: usize,
    size_max: u64,
    config: Directory,
    epoch: u64,
    next_look: Time,
    /// Size and time of change at the last look, of what is not settled.
    seen: BTreeMap<String, (u64, i64)>,
    /// What could not be moved and was counted once.
    left: BTreeSet<String>,
    waiting: VecDeque<Receipt>,
    offered: BTreeSet<Receipt>,
    /// Acknowledged, but not removed yet.
    done: BTreeSet<Receipt>,
    /// Claims that may not survive a crash yet.
    is_dirty: bool,
    kept: usize,
    tries: u32,
    retry_at: Time,
    _lock: Box<dyn Lock>,
}

/// What became of a taken file.
enum Fate {
    Offered,
    TurnedAway,
    /// Not now.
    Later,
}

impl Folder {
    /// Opens it. Files that an earlier run has taken and that were not acknowledged are offered again, first.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(crate) fn open(
        config: &Directory,
        listener: usize,
        source: usize,
        size_max: usize,
        epoch: u64,
    ) -> Result<Self, String> {
        let disk = &config.disk;
        let lock = disk.lock("lock").map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => "another intake uses the folder; only one may".to_owned(),
            _ => format!("cannot lock the folder: {error}"),
        })?;
        for folder in ["in", "taken", "turned-away"] {
            match disk.create_dir(folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(format!("cannot make the folder `{folder}`: {error}"));
                }
                _ => {}
            }
        }
        disk.sync_dir("").map_err(|error| format!("cannot sync the folder: {error}"))?;
        let list = |folder| {
            disk.list(folder, usize::MAX)
                .map_err(|error| format!("cannot list the folder `{folder}`: {error}"))
        };
        let mut taken: Vec<_> =
            list("taken")?.iter().filter_map(|entry| Receipt::parse(&entry.name)).collect();
        taken.sort_unstable();
        let kept = list("turned-away")?;
        let used =
            kept.iter().filter_map(|entry| Receipt::parse(&entry.name)).chain(taken.last().copied()).max();
        if used.is_some_and(|receipt| receipt.epoch >= epoch) {
            return Err(format!(
                "it holds files of run {epoch} or later; the number of a run is never used twice"
            ));
        }
        Ok(Self {
            listener,
            source,
            size_max: u64::try_from(size_max).unwrap_or(u64::MAX),
            config: config.clone(),
            epoch,
            next_look: Time::MIN,
            seen: BTreeMap::new(),
            left: BTreeSet::new(),
            waiting: taken.into(),
            offered: BTreeSet::new(),
            done: BTreeSet::new(),
            is_dirty: true,
            kept: kept.len(),
            tries: 0,
            retry_at: Time::MIN,
            _lock: lock,
        })
    }

    /// When there is something to do next.
    pub(crate) fn next(&self) -> Time {
        if self.waiting.is_empty() { self.next_look } else { self.next_look.min(self.retry_at) }
    }

    /// A receipt that may be forgotten: its file is removed. False where it is not of this folder.
    pub(crate) fn acknowledge(&mut self, receipt: Receipt, desk: &Desk<'_>) -> bool {
        let was_waiting = self.waiting.iter().position(|one| *one == receipt);
        if let Some(at) = was_waiting {
            self.waiting.remove(at);
        } else if !self.offered.remove(&receipt) {
            return false;
        }
        self.done.insert(receipt);
        self.sweep(desk);
        true
    }

    /// Looks where it is time to, and offers what waits. `number` counts receipts of the run.
    pub(crate) fn work(&mut self, number: &mut u64, claims: bool, desk: &mut Desk<'_>, at: Moment) {
        if claims && at.steady >= self.next_look {
            // On a grid of its own: what else there was to do does not move the looks after it.
            let next = self.next_look.plus(self.config.look_every);
            self.next_look = if next > at.steady { next } else { at.steady.plus(self.config.look_every) };
            self.sweep(desk);
            if self.look(number, desk, at).is_err() {
                self.fault(desk);
            }
        }
        if self.is_dirty && !self.waiting.is_empty() && at.steady >= self.retry_at {
            match self.sync() {
                Ok(()) => self.is_dirty = false,
                Err(_) => {
                    self.fault(desk);
                    self.retry_at = at.steady.plus(self.config.look_every);
                }
            }
        }
        if !self.is_dirty && at.steady >= self.retry_at {
            self.offer(desk, at);
        }
        let taken = self.waiting.len().saturating_add(self.offered.len());
        desk.count(self.listener, |counters| {
            counters.files_taken.set(u64::try_from(taken).unwrap_or(u64::MAX))
        });
    }

    fn offer(&mut self, desk: &mut Desk<'_>, at: Moment) {
        for _ in 0..OFFERS {
            let Some(receipt) = self.waiting.front().copied().filter(|_| desk.is_clear(self.source, at))
            else {
                return;
            };
            match self.pass(receipt, desk, at) {
                Ok(Fate::Offered) => {
                    self.offered.insert(receipt);
                }
                Ok(Fate::TurnedAway) => {}
                Ok(Fate::Later) => {
                    self.retry_at = at.steady.plus(self.config.look_every);
                    return;
                }
                Err(error) => {
                    self.fault(desk);
                    self.retry_at = at.steady.plus(self.config.look_every);
                    self.tries = self.tries.saturating_add(u32::from(!is_shortage(&error)));
                    return;
                }
            }
            self.waiting.pop_front();
            self.tries = 0;
        }
    }

    /// Checks a taken file, reads it and offers it.
    fn pass(&mut self, receipt: Receipt, desk: &mut Desk<'_>, at: Moment) -> io::Result<Fate> {
        let name = taken(receipt);
        let before = match self.config.disk.look(&name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Somebody has been in our own folder.
                self.fault(desk);
                self.missed(Why::UnreadableFile, 0, None, desk, at);
                return Ok(Fate::TurnedAway);
            }
            look => look?,
        };
        if let Some(why) = self.unfit(&before) {
            let nothing: &[u8] = &[];
            let bytes = (why == Why::Empty).then_some(nothing);
            return self.turn_away(receipt, why, before.size, bytes, desk, at);
        }
        let Some(mut buffer) = usize::try_from(before.size).ok().and_then(|size| desk.pool().lend(size))
        else {
            return Ok(Fate::Later);
        };
        let read = self.read(&name, before.size, &mut buffer).and_then(|()| self.config.disk.look(&name));
        let why = match read {
            Ok(after)
                if after == before && u64::try_from(buffer.len()).is_ok_and(|size| size == before.size) =>
            {
                let offered = desk.file(self.listener, self.source, buffer, receipt, at);
                return Ok(if offered { Fate::Offered } else { Fate::Later });
            }
            Ok(_) => Why::GrowingFile,
            Err(error) => {
                let is_its_own =
                    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::InvalidInput);
                if !is_its_own && self.tries < TRIES {
                    desk.pool().give_back(buffer);
                    return Err(error);
                }
                Why::UnreadableFile
            }
        };
        desk.pool().give_back(buffer);
        self.turn_away(receipt, why, before.size, None, desk, at)
    }

    /// Why a file is not even read.
    fn unfit(&self, look: &Look) -> Option<Why> {
        match look {
            look if look.kind != Kind::File => Some(Why::NotAFile),
            look if look.links != 1 => Some(Why::LinkedFile),
            look if look.owner != self.config.owner => Some(Why::ForeignFile),
            look if look.size > self.size_max => Some(Why::Oversize),
            look if look.size == 0 => Some(Why::Empty),
            _ => None,
        }
    }

    /// Reads at most `size` bytes; fewer where the file has become shorter.
    fn read(&self, name: &str, size: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let had = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
            let missing = usize::try_from(size.saturating_sub(had)).unwrap_or(usize::MAX);
            if missing == 0 {
                return Ok(());
            }
            let chunk = self.config.disk.read_at(name, had, missing.min(CHUNK))?;
            if chunk.is_empty() {
                return Ok(());
            }
            buffer.extend_from_slice(&chunk);
        }
    }

    /// Puts a taken file aside, then counts it.
    fn turn_away(
        &mut self,
        receipt: Receipt,
        why: Why,
        size: u64,
        bytes: Option<&[u8]>,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> io::Result<Fate> {
        if self.kept < self.config.turned_away_max {
            self.config.disk.rename(&taken(receipt), &format!("turned-away/{receipt}"))?;
            self.kept = self.kept.saturating_add(1);
        } else {
            self.config.disk.remove(&taken(receipt))?;
        }
        self.missed(why, size, bytes, desk, at);
        Ok(Fate::TurnedAway)
    }

    fn missed(&self, why: Why, size: u64, bytes: Option<&[u8]>, desk: &mut Desk<'_>, at: Moment) {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        desk.turn_away(Missed { listener: self.listener, source: Some(self.source), why, size, bytes }, at);
    }

    /// The new name first: at no moment is a file durable under neither.
    fn sync(&self) -> io::Result<()> {
        self.config.disk.sync_dir("taken")?;
        self.config.disk.sync_dir("in")
    }

    /// Removes what is acknowledged. What cannot be removed now is tried again with the next look.
    fn sweep(&mut self, desk: &Desk<'_>) {
        let disk = &self.config.disk;
        let before = self.done.len();
        self.done.retain(|receipt| {
            disk.remove(&taken(*receipt)).is_err_and(|error| error.kind() != ErrorKind::NotFound)
        });
        if before > 0 && !self.done.is_empty() {
            self.fault(desk);
        }
    }

    fn fault(&self, desk: &Desk<'_>) {
        desk.count(self.listener, |counters| counters.faults.add(1));
    }
}

fn taken(receipt: Receipt) -> String {
    format!("taken/{receipt}")
}

/// The system is short of something; the file is not to blame.
fn is_shortage(error: &io::Error) -> bool {
    // ENOMEM, ENFILE, EMFILE, ENOSPC, EROFS: numbers of Linux.
    matches!(error.raw_os_error(), Some(12 | 23 | 24 | 28 | 30))
}

#[cfg(test)]
mod tests {
    use super::Folder;
    use crate::config::{Config, Directory, Settle, Source};
    use crate::desk::{Desk, Moment};
    use crate::{Arrival, Hatch, IntakeCounters, Offered, Pool, Receipt, Why};
    use lockgate_bytes::{Duration, Time};
    use lockgate_disk::{Breakage, SimDisk};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    #[derive(Default)]
    struct Basket(Vec<(Receipt, Vec<u8>)>);

    impl Hatch for Basket {
        fn offer(&mut self, arrival: Arrival) -> Offered {
            if let Arrival::Frame(frame, Some(receipt)) = arrival {
                self.0.push((receipt, frame.bytes));
            }
            Offered::Taken
        }
    }

    fn config() -> Config {
        let sources = vec![Source { name: "drop".into(), rate: None }];
        Config { epoch: 1, push_back: false, unfinished_max_bytes: 0, sources, listeners: vec![] }
    }

    fn directory(disk: &SimDisk) -> Directory {
        Directory {
            disk: Arc::new(disk.clone()),
            source: "drop".into(),
            owner: 0,
            settle: Settle::Renamed,
            look_every: Duration::from_nanos(1),
            taken_max: 100,
            turned_away_max: 100,
        }
    }

    /// Works `rounds` times; acknowledges what `may_go`.
    fn work(
        disk: &SimDisk,
        epoch: u64,
        rounds: i64,
        may_go: impl Fn(Receipt) -> bool,
    ) -> Option<(Basket, Arc<IntakeCounters>)> {
        let mut basket = Basket::default();
        let counters = Arc::new(IntakeCounters::new(std::iter::once("files".into())));
        let mut folder = Folder::open(&directory(disk), 0, 0, 1000, epoch).ok()?;
        let mut number = 0;
        for round in 0..rounds {
            let mut desk =
                Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
            let time = Time::from_unix_nanos(round * 10);
            folder.work(&mut number, true, &mut desk, Moment { now: time, steady: time });
            drop(desk);
            let desk = Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
            let offered: Vec<_> = folder.offered.iter().copied().filter(|receipt| may_go(*receipt)).collect();
            for receipt in offered {
                folder.acknowledge(receipt, &desk);
            }
        }
        Some((basket, counters))
    }

    /// The power goes at every operation, under many seeds: no file is lost, none has two receipts, and a file that was
    /// offered comes again under the receipt it had.
    #[test]
    fn a_crash_loses_no_file_and_gives_none_a_second_receipt() {
        let mut crashed = 0;
        for seed in 0..1_000 {
            let disk = SimDisk::new(seed);
            disk.plant("in/.keep", b"");
            for number in 0..4_u8 {
                disk.plant(&format!("in/{number}"), &[b'a' + number; 10]);
            }
            let mut receipts: BTreeMap<Vec<u8>, Receipt> = BTreeMap::new();
            for epoch in 1..=4 {
                if epoch < 4 {
                    disk.crash_at(disk.operations() + 1 + (seed * 7 + epoch * 3) % 13);
                }
                // Half of them are decided at once, the others never before the last run.
                let may_go = |receipt: Receipt| epoch == 4 || receipt.number.is_multiple_of(2);
                if let Some((basket, _)) = work(&disk, epoch, 6, may_go) {
                    for (receipt, bytes) in basket.0 {
                        assert!(
                            bytes.len() == 10 && bytes.iter().all(|byte| *byte == bytes[0]),
                            "seed {seed}"
                        );
                        let first = *receipts.entry(bytes).or_insert(receipt);
                        assert_eq!(first, receipt, "seed {seed}: one file, two receipts");
                    }
                }
                crashed += u32::from(disk.is_down());
                if epoch < 4 {
                    disk.reboot();
                }
            }
            assert_eq!(receipts.len(), 4, "seed {seed}: a file was lost");
            assert_eq!(disk.names(), ["in/.keep", "lock"], "seed {seed}");
        }
        assert!(crashed > 1_500, "{crashed}");
    }

    #[test]
    fn a_disk_that_fails_delays_and_loses_nothing() {
        for breakage in [Breakage::NoSpace, Breakage::ReadOnly, Breakage::NoDescriptors] {
            let disk = SimDisk::new(1);
            disk.plant("in/a", b"x");
            assert!(work(&disk, 1, 0, |_| false).is_some());
            let mut folder = Folder::open(&directory(&disk), 0, 0, 1000, 2).unwrap();
            let (mut basket, mut number) = (Basket::default(), 0);
            let counters = Arc::new(IntakeCounters::new(std::iter::once("files".into())));
            let mut desk =
                Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
            disk.break_now(breakage);
            for round in 0..200 {
                let time = Time::from_unix_nanos(round);
                folder.work(&mut number, true, &mut desk, Moment { now: time, steady: time });
            }
            disk.mend();
            for round in 200..205 {
                let time = Time::from_unix_nanos(round);
                folder.work(&mut number, true, &mut desk, Moment { now: time, steady: time });
            }
            drop(desk);
            assert_eq!(basket.0.len(), 1, "{breakage:?}");
            assert_eq!(Why::ALL.iter().map(|why| counters.listeners[0].turned_away(*why)).sum::<u64>(), 0);
        }
    }

    #[test]
    fn an_object_is_never_judged_without_its_sidecar_however_many_names_there_are() {
        let disk = SimDisk::new(1);
        disk.plant("in/a", b"x");
        disk.plant("in/a.bdo", b"label");
        // More than one look takes in, and between both by their names.
        for number in 0..10_000 {
            disk.plant(&format!("in/a-{number}.part"), b"");
        }
        // One whose sidecar would have a name that no folder takes.
        disk.plant(&format!("in/{}", "1".repeat(253)), b"long");
        let (basket, counters) = work(&disk, 1, 3, |_| true).unwrap();
        let taken: Vec<&[u8]> = basket.0.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        assert_eq!(taken, [b"long"], "the other one would be judged without its label");
        assert_eq!(counters.listeners[0].turned_away(Why::Sidecar), 1);
        assert!(disk.names().iter().any(|name| name.starts_with("turned-away/")));
    }

    /// An object that is still being written keeps its sidecar waiting; a crash between both leaves none of them to be
    /// judged alone.
    #[test]
    fn a_sidecar_never_goes_before_its_object() {
        let disk = SimDisk::new(1);
        disk.plant("in/.keep", b"");
        disk.plant("in/a.bdo", b"label");
        let config_of = || Directory { settle: Settle::Unchanged, ..directory(&disk) };
        let mut folder = Folder::open(&config_of(), 0, 0, 1000, 1).unwrap();
        let (mut basket, mut number) = (Basket::default(), 0);
        let counters = Arc::new(IntakeCounters::new(std::iter::once("files".into())));
        let mut look = |folder: &mut Folder, round: i64| {
            let mut desk =
                Desk::new(&config(), Arc::new(Pool::new(1 << 20)), Arc::clone(&counters), &mut basket);
            let time = Time::from_unix_nanos(round * 10);
            folder.work(&mut number, true, &mut desk, Moment { now: time, steady: time });
        };
        for round in 0..5_u8 {
            disk.plant("in/a", &vec![b'x'; usize::from(round) + 1]);
            look(&mut folder, round.into());
            assert_eq!(disk.names(), ["in/.keep", "in/a", "in/a.bdo", "lock"], "it grows");
        }
        look(&mut folder, 5);
        assert_eq!(disk.names(), ["in/.keep", "lock", "turned-away/1-0", "turned-away/1-1"]);
        assert_eq!(counters.listeners[0].turned_away(Why::Sidecar), 2);
        for seed in 0..200 {
            let disk = SimDisk::new(seed);
            for name in ["in/.keep", "in/a", "in/a.bdo"] {
                disk.plant(name, b"x");
            }
            disk.crash_at(disk.operations() + 1 + seed % 20);
            for epoch in 1..=2 {
                if let Some((basket, _)) = work(&disk, epoch, 6, |_| true) {
                    assert!(basket.0.is_empty(), "seed {seed}: judged without its label");
                }
                disk.reboot();
            }
        }
    }
}
