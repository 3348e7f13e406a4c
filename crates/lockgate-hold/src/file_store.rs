//! The store in files: see [`crate::files`] for what stands where.

use crate::chunk::{self, CONTENT_MAX, Part, Place, Places, chunk_size};
use crate::code::sha256;
use crate::files::{self, Home, Loaded};
use crate::index::Index;
use crate::item::{Item, Settled, StagedKey};
use crate::log::Log;
use crate::row::Row;
use crate::segments::Segments;
use crate::store::{Content, IsRecorded, Recovered, Stage, Staged, Store, Usage};
use crate::view::{each_item, fetch, text};
use crate::{Fault, Key, reclaim, recover};
use lockgate_bytes::{Digest, Time};
use lockgate_disk::{Disk, Lock};
use std::io;
use std::sync::Arc;

/// Bytes of a segment before the next one begins.
const SEGMENT_BYTES: u64 = 64 << 20;
/// The least that is sensible for it.
const SEGMENT_BYTES_MIN: u64 = 16 << 10;
/// Bytes of chunks that are gathered before they are written.
const WRITE_BYTES: usize = 4 << 20;
/// Most bytes of one batch.
const BATCH_MAX: u64 = 2 << 30;
/// About the bytes of a row, for the quota.
const ROW_BYTES: u64 = 512;
/// Rows of an index before it is looked at whether most of them say nothing.
const ROWS_MIN: u64 = 1 << 16;

/// What a store is opened with.
#[derive(Debug)]
pub struct Settings {
    /// The most bytes that its files may come to, at least 1 MiB. While segments are tidied up it may be one segment more.
    pub quota: u64,
    /// The key that it is sealed with; none for a plain store.
    pub key: Option<Key>,
    /// Bytes of a segment before the next one begins: 64 MiB, or an eighth of a smaller quota.
    pub segment: u64,
}

impl Settings {
    /// The usual ones.
    pub fn new(quota: u64, key: Option<Key>) -> Self {
        let segment = quota.wrapping_div(8).clamp(SEGMENT_BYTES_MIN, SEGMENT_BYTES);
        Self { quota, key, segment }
    }
}

/// A store in the files of one folder. One process writes it; others may read it meanwhile, see [`crate::View`].
pub struct FileStore {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) home: Home,
    pub(crate) key: Option<Key>,
    quota: u64,
    pub(crate) index: Index,
    pub(crate) log: Log,
    pub(crate) segments: Segments,
    /// What the start has found so far, until it is recovered.
    pub(crate) found: Option<Recovered>,
    /// Held until the store is closed.
    _lock: Box<dyn Lock>,
}

impl core::fmt::Debug for FileStore {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(out, "FileStore({} objects, {} bytes)", self.index.held_count(), self.used())
    }
}

impl FileStore {
    /// Opens the store on `disk`, or makes one where there is none. [`Store::recover`] comes next.
    ///
    /// # Errors
    /// [`Fault::Taken`] where another process writes it, [`Fault::NoKey`], [`Fault::WrongKey`] and [`Fault::NotSealed`]
    /// about the key, [`Fault::NotAStore`], and those of the disk.
    pub fn open(disk: Arc<dyn Disk>, settings: Settings) -> Result<Self, Fault> {
        let Settings { quota, key, segment } = settings;
        let lock = disk.lock(files::LOCK).map_err(|why| match why.kind() {
            io::ErrorKind::WouldBlock => Fault::Taken,
            _ => Fault::disk("locking", files::LOCK)(why),
        })?;
        let home = Home::settle(&*disk, key.as_ref())?;
        let found = files::found(&*disk)?;
        let loaded = match files::load(&*disk, &home)? {
            Some(loaded) => loaded,
            None if found.segments.is_empty() => Loaded::default(),
            None => {
                return Err(Fault::NotAStore("there are objects, but no index; bring it back from a backup"));
            }
        };
        let log = Log::of(disk.clone(), home.id, &loaded);
        let mut segments = Segments::open(disk.clone(), home.id, segment, &found.segments)?;
        let Loaded { index, damaged, torn, .. } = loaded;
        for (_, slot) in index.slots() {
            segments.needs(slot.places);
        }
        let found = Some(Recovered { damaged, torn, ..Recovered::default() });
        Ok(Self { disk, home, key, quota, index, log, segments, found, _lock: lock })
    }

    /// Bytes of all files.
    pub(crate) fn used(&self) -> u64 {
        self.segments.size().saturating_add(self.log.size)
    }

    /// An index that takes rows: one that a fault has touched is replaced first.
    pub(crate) fn log(&mut self) -> Result<&mut Log, Fault> {
        let kept = u64::try_from(self.index.len()).unwrap_or(u64::MAX);
        let is_stale = self.log.rows > ROWS_MIN && self.log.rows.wrapping_div(4) > kept;
        if !self.log.is_well() || is_stale {
            self.log.replace(&self.index)?;
        }
        Ok(&mut self.log)
    }

    /// Takes an object out of the index; its chunks are no longer needed.
    pub(crate) fn forget(&mut self, number: u64) {
        if let Some(slot) = self.index.remove(number) {
            self.segments.done_with_all(slot.places);
        }
    }

    /// The bytes that a batch needs on the disk, once everything about it is found to be as it should.
    fn need(&self, batch: &[Stage<'_>]) -> Result<u64, Fault> {
        let mut need = 0_u64;
        for stage in batch {
            need =
                need.saturating_add(chunk_size(size_of(stage.account.as_bytes())?)).saturating_add(ROW_BYTES);
            match stage.content {
                Content::New(bytes) => {
                    if sha256(bytes) != stage.sha256 {
                        return Err(Fault::NotItsHash(stage.sha256));
                    }
                    need = need.saturating_add(chunk_size(size_of(bytes)?));
                }
                Content::Pair { object, beside } => {
                    if sha256(object) != stage.sha256 {
                        return Err(Fault::NotItsHash(stage.sha256));
                    }
                    let both = chunk_size(size_of(object)?).saturating_add(chunk_size(size_of(beside)?));
                    need = need.saturating_add(both);
                }
                Content::Kept(entry) => {
                    let (_, slot) = self.index.held(entry).ok_or(Fault::Unknown(entry))?;
                    if slot.key.sha256 != stage.sha256 {
                        return Err(Fault::NotItsHash(stage.sha256));
                    }
                }
            }
        }
        if need > BATCH_MAX { Err(Fault::TooLarge { size: need, most: BATCH_MAX }) } else { Ok(need) }
    }

    /// Writes the chunks of a batch, durable, and says where they stand.
    fn write_chunks(&mut self, batch: &[Stage<'_>]) -> Result<Vec<Row>, Fault> {
        let (segment, start) = self.segments.ready()?;
        let mut chunks = Chunks { bytes: Vec::new(), written: start, segment };
        let mut rows = Vec::with_capacity(batch.len());
        for stage in batch {
            let number = self.index.draw();
            let key = self.key.as_ref();
            let (object, beside) = match stage.content {
                Content::New(bytes) => {
                    (chunks.write((Part::Object, number), stage.sha256, bytes, key)?, None)
                }
                Content::Pair { object, beside } => {
                    let object = chunks.write((Part::Object, number), stage.sha256, object, key)?;
                    let beside = chunks.write((Part::Beside, number), sha256(beside), beside, key)?;
                    (object, Some(beside))
                }
                Content::Kept(entry) => {
                    let kept = self.index.held(entry).ok_or(Fault::Unknown(entry))?.1.places;
                    (kept.object, kept.beside)
                }
            };
            let account = stage.account.as_bytes();
            let account = chunks.write((Part::Account, number), sha256(account), account, key)?;
            let (places, facts) = (Places { object, account, beside }, Box::new(stage.facts.clone()));
            rows.push(Row::Staged { number, sha256: stage.sha256, places, facts });
            if chunks.bytes.len() >= WRITE_BYTES {
                chunks.flush(&mut self.segments)?;
            }
        }
        chunks.flush(&mut self.segments)?;
        self.segments.sync()?;
        Ok(rows)
    }

    fn staged(&mut self, row: &Row) -> Option<Staged> {
        let Row::Staged { number, sha256, places, facts } = row else { return None };
        self.segments.needs(*places);
        self.index.apply(row);
        let key = StagedKey { epoch: facts.epoch, draft: facts.draft, sha256: *sha256 };
        Some(Staged { number: *number, key })
    }
}

impl Store for FileStore {
    fn recover(&mut self, is_recorded: &IsRecorded<'_>) -> Result<Recovered, Fault> {
        recover::recover(self, is_recorded)
    }

    fn stage(&mut self, batch: &[Stage<'_>]) -> Result<Vec<Staged>, Fault> {
        if self.found.is_some() {
            return Err(Fault::NotRecovered);
        }
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let need = self.need(batch)?;
        reclaim::make_room(self, need, self.quota)?;
        self.log()?;
        let rows = self.write_chunks(batch)?;
        let log = self.log()?;
        log.append(&rows)?;
        log.sync()?;
        Ok(rows.iter().filter_map(|row| self.staged(row)).collect())
    }

    fn commit(&mut self, batch: Vec<(Staged, u64)>) -> Result<(), Fault> {
        let mut rows = Vec::with_capacity(batch.len());
        let mut twice = None;
        for (Staged { number, .. }, entry) in batch {
            if self.index.commit(number, entry) {
                rows.push(Row::Committed { number, entry });
            } else {
                twice = Some(Fault::Twice(entry));
                self.forget(number);
                rows.push(Row::gone(number, None));
            }
        }
        self.log()?.append(&rows)?;
        twice.map_or(Ok(()), Err)
    }

    fn abandon(&mut self, batch: Vec<Staged>) -> Result<(), Fault> {
        let rows: Vec<Row> = batch.iter().map(|staged| Row::gone(staged.number, None)).collect();
        batch.iter().for_each(|staged| self.forget(staged.number));
        self.log()?.append(&rows)?;
        reclaim::remove_empty(self)
    }

    fn settle(&mut self, entry: u64, how: Settled) -> Result<(), Fault> {
        let (number, _) = self.index.held(entry).ok_or(Fault::Unknown(entry))?;
        self.forget(number);
        self.log()?.append(&[Row::gone(number, Some(how))])?;
        reclaim::remove_empty(self)
    }

    fn list(&self, each: &mut dyn FnMut(Item)) -> Result<(), Fault> {
        each_item(&*self.disk, &self.home, self.log.generation(), &self.index, each)
    }

    fn entries(&self) -> Vec<(u64, Digest)> {
        self.index.entries().collect()
    }

    fn origin(&self, entry: u64) -> Option<(&str, Time)> {
        self.index.origin(self.index.held(entry)?.1)
    }

    fn get(&self, entry: u64) -> Result<Vec<u8>, Fault> {
        let (_, slot) = self.index.held(entry).ok_or(Fault::Unknown(entry))?;
        fetch(&*self.disk, &self.home, self.key.as_ref(), slot, Part::Object)
    }

    fn beside(&self, entry: u64) -> Result<Option<Vec<u8>>, Fault> {
        let (_, slot) = self.index.held(entry).ok_or(Fault::Unknown(entry))?;
        let is_there = slot.places.beside.is_some();
        is_there.then(|| fetch(&*self.disk, &self.home, self.key.as_ref(), slot, Part::Beside)).transpose()
    }

    fn account(&self, entry: u64) -> Result<String, Fault> {
        let (_, slot) = self.index.held(entry).ok_or(Fault::Unknown(entry))?;
        text(slot, fetch(&*self.disk, &self.home, self.key.as_ref(), slot, Part::Account)?)
    }

    fn keep(&mut self, entry: u64) {
        let Some((number, _)) = self.index.held(entry) else { return };
        if self.index.keep(number)
            && let Ok(log) = self.log()
        {
            // Lost, somebody who looks takes it for held until the next start.
            let _ = log.append(&[Row::Kept { number }]);
        }
    }

    fn usage(&self) -> Usage {
        let count = |objects: usize| u64::try_from(objects).unwrap_or(u64::MAX);
        let oldest: Option<Time> = self.index.oldest();
        Usage {
            objects: count(self.index.held_count().saturating_sub(self.index.kept_count())),
            kept: count(self.index.kept_count()),
            staged: count(self.index.len().saturating_sub(self.index.held_count())),
            bytes: self.used(),
            quota: self.quota,
            oldest,
            by_reason: self.index.by_reason().cloned().collect(),
            is_sealed: self.home.is_sealed(),
        }
    }
}

/// Chunks that are gathered for one segment.
struct Chunks {
    bytes: Vec<u8>,
    /// Bytes of the segment before them.
    written: u64,
    segment: u32,
}

impl Chunks {
    fn write(
        &mut self,
        (part, number): (Part, u64),
        sha256: Digest,
        content: &[u8],
        key: Option<&Key>,
    ) -> Result<Place, Fault> {
        let offset = self.written.saturating_add(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX));
        // The bounds of a segment, a batch and a chunk keep both within 32 bits.
        let large = |size| Fault::TooLarge { size, most: CONTENT_MAX };
        let offset = u32::try_from(offset).map_err(|_| large(offset))?;
        let length = u32::try_from(content.len()).map_err(|_| large(u64::MAX))?;
        chunk::write(part, number, sha256, content, key, &mut self.bytes)?;
        Ok(Place { segment: self.segment, offset, length })
    }

    fn flush(&mut self, segments: &mut Segments) -> Result<(), Fault> {
        segments.append(&self.bytes)?;
        self.written = self.written.saturating_add(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX));
        self.bytes.clear();
        Ok(())
    }
}

fn size_of(bytes: &[u8]) -> Result<u64, Fault> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > CONTENT_MAX { Err(Fault::TooLarge { size, most: CONTENT_MAX }) } else { Ok(size) }
}
