//! The files of a store, by name and by their first bytes.
//!
//! ```text
//!   store                 what the store is: its number, and whether it is sealed
//!   index-000000000003    rows; the highest number counts, and each new one holds all that is held
//!   objects-000000000007  a segment: chunks, one behind the other
//!   lock                  held by the one process that writes
//! ```

use crate::code::{Put, Take, check};
use crate::seal::{Key, Trial, random};
use crate::{Fault, index::Index, row::Rows};
use lockgate_disk::{Disk, Kind};
use std::io;

/// Bytes in front of the rows of an index and of the chunks of a segment.
pub(crate) const HEAD_BYTES: u64 = 40;
/// The file that says what the store is.
const STORE: &str = "store";
const STORE_NEW: &str = "store.new";
/// The file that the writer holds locked.
pub(crate) const LOCK: &str = "lock";
const INDEX: &str = "index-";
const SEGMENT: &str = "objects-";
const STORE_MARK: [u8; 8] = *b"LGHSTOR1";
pub(crate) const INDEX_MARK: [u8; 8] = *b"LGHINDX1";
pub(crate) const SEGMENT_MARK: [u8; 8] = *b"LGHOBJS1";
/// Files that a store may have.
const FILES_MAX: usize = 1 << 20;

/// What a store is.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    /// Drawn at random when the store was made.
    pub(crate) id: [u8; 16],
    /// What only the key of the store opens; none for a plain store.
    trial: Option<Trial>,
}

impl Home {
    pub(crate) fn is_sealed(&self) -> bool {
        self.trial.is_some()
    }

    /// Makes a new one, sealed where there is a key, on a disk that has none.
    fn make(disk: &dyn Disk, key: Option<&Key>) -> Result<Self, Fault> {
        let id = random()?;
        let home = Self { id, trial: key.map(|key| key.trial(&id)).transpose()? };
        let mut bytes = Put(STORE_MARK.to_vec());
        bytes.0.extend_from_slice(&home.id);
        bytes.byte(u8::from(home.is_sealed()));
        let trial = home.trial.unwrap_or(Trial { nonce: [0; 24], tag: [0; 16] });
        bytes.0.extend_from_slice(&trial.nonce);
        bytes.0.extend_from_slice(&trial.tag);
        let sum = check(&[&bytes.0]);
        bytes.0.extend_from_slice(&sum);
        write_new(disk, STORE_NEW, STORE, &bytes.0)?;
        Ok(home)
    }

    /// What the store on this disk is; `None` where there is none yet.
    pub(crate) fn find(disk: &dyn Disk) -> Result<Option<Self>, Fault> {
        let bytes = match disk.read(STORE, 256) {
            Ok(bytes) => bytes,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(Fault::disk("reading", STORE)(why)),
        };
        let (covered, sum) = bytes.split_last_chunk::<8>().ok_or(Fault::NotAStore("`store` is cut off"))?;
        let mut from = Take::new(covered);
        if from.array() != Some(STORE_MARK) {
            return Err(Fault::NotAStore("`store` is of another program, or of a later version"));
        }
        let read = (from.array(), from.byte(), from.array(), from.array());
        let (Some(id), Some(sealed @ 0..=1), Some(nonce), Some(tag)) = read else {
            return Err(Fault::NotAStore("`store` is cut off"));
        };
        if *sum != check(&[covered]) {
            return Err(Fault::NotAStore("`store` is damaged; bring it back from a backup"));
        }
        Ok(Some(Self { id, trial: (sealed == 1).then_some(Trial { nonce, tag }) }))
    }

    /// The store on this disk, made where there is none.
    pub(crate) fn settle(disk: &dyn Disk, key: Option<&Key>) -> Result<Self, Fault> {
        let home = match Self::find(disk)? {
            Some(home) => home,
            None if found(disk)?.is_empty() => Self::make(disk, key)?,
            None => return Err(Fault::NotAStore("there are objects, but the file `store` is gone")),
        };
        if key.is_none() && home.is_sealed() {
            return Err(Fault::NoKey);
        }
        home.tries(key)?;
        Ok(home)
    }

    /// Whether the key, where there is one, is that of the store.
    pub(crate) fn tries(&self, key: Option<&Key>) -> Result<(), Fault> {
        match (key, &self.trial) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(Fault::NotSealed),
            (Some(key), Some(trial)) if key.made(trial, &self.id) => Ok(()),
            (Some(_), Some(_)) => Err(Fault::WrongKey),
        }
    }
}

/// Puts a file there whole and durable, or not at all.
fn write_new(disk: &dyn Disk, beside: &str, name: &str, bytes: &[u8]) -> Result<(), Fault> {
    remove(disk, beside)?;
    let mut file = disk.create(beside).map_err(Fault::disk("creating", beside))?;
    file.append(bytes).map_err(Fault::disk("writing", beside))?;
    file.sync().map_err(Fault::disk("syncing", beside))?;
    disk.rename(beside, name).map_err(Fault::disk("renaming", beside))?;
    disk.sync_dir("").map_err(Fault::disk("syncing the folder of", name))
}

/// Removes a file; it is no fault that there is none.
pub(crate) fn remove(disk: &dyn Disk, name: &str) -> Result<(), Fault> {
    match disk.remove(name) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(Fault::disk("removing", name)(why)),
        _ => Ok(()),
    }
}

/// The name of an index.
pub(crate) fn index_name(generation: u64) -> String {
    format!("{INDEX}{generation:012}")
}

/// The name of a segment.
pub(crate) fn segment_name(number: u32) -> String {
    format!("{SEGMENT}{number:012}")
}

/// The first bytes of an index or a segment.
pub(crate) fn head(mark: [u8; 8], id: &[u8; 16], number: u64) -> Vec<u8> {
    let mut head = Put(mark.to_vec());
    head.0.extend_from_slice(id);
    head.number(number);
    let sum = check(&[&head.0]);
    head.0.extend_from_slice(&sum);
    head.0
}

/// What stands in the folder of a store.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The numbers of the indexes, rising.
    pub(crate) indexes: Vec<u64>,
    /// The numbers of the segments, rising.
    pub(crate) segments: Vec<u32>,
    /// Files that a crash left half done.
    pub(crate) unfinished: Vec<String>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.indexes.is_empty() && self.segments.is_empty()
    }
}

/// Looks through the folder of a store. Files of others are left alone.
pub(crate) fn found(disk: &dyn Disk) -> Result<Found, Fault> {
    let mut found = Found::default();
    let names = disk.list("", FILES_MAX).map_err(Fault::disk("listing", "the folder"))?;
    for entry in names.into_iter().filter(|entry| entry.kind == Kind::File) {
        if let Some(number) = entry.name.strip_prefix(INDEX).and_then(|number| number.parse().ok()) {
            found.indexes.push(number);
        } else if let Some(number) = entry.name.strip_prefix(SEGMENT).and_then(|number| number.parse().ok()) {
            found.segments.push(number);
        } else if entry.name.starts_with(INDEX) && entry.name.ends_with(".new") {
            found.unfinished.push(entry.name);
        }
    }
    Ok(found)
}

/// An index as it was read.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) index: Index,
    pub(crate) generation: u64,
    /// Bytes of the file.
    pub(crate) size: u64,
    /// Rows in it.
    pub(crate) rows: u64,
    /// Bytes that are no rows although they were to survive.
    pub(crate) damaged: u64,
    /// Bytes that are no rows since a crash came before they were synced.
    pub(crate) torn: u64,
}

/// Reads the index with the highest number; `None` where there is none.
pub(crate) fn load(disk: &dyn Disk, home: &Home) -> Result<Option<Loaded>, Fault> {
    let Some(generation) = found(disk)?.indexes.last().copied() else { return Ok(None) };
    let name = index_name(generation);
    let mut loaded = Loaded { generation, ..Loaded::default() };
    let length = usize::try_from(HEAD_BYTES).unwrap_or(0);
    let first = disk.read_at(&name, 0, length).map_err(Fault::disk("reading", &name))?;
    if first != head(INDEX_MARK, &home.id, generation) {
        // Rows carry the number of the store themselves: those of another one are not taken.
        loaded.damaged = HEAD_BYTES;
    }
    let mut rows = Rows::of(disk, &name, &home.id);
    while let Some(row) = rows.next()? {
        loaded.index.apply(&row);
        loaded.rows = loaded.rows.saturating_add(1);
    }
    loaded.size = rows.read_to();
    let (damaged, torn) = rows.damaged_and_torn();
    loaded.damaged = loaded.damaged.saturating_add(damaged);
    loaded.torn = torn;
    Ok(Some(loaded))
}
