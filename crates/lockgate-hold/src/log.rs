//! The index file: rows are appended to it, and a new one takes its place when most of its rows say nothing any more.

use crate::Fault;
use crate::files::{INDEX_MARK, Loaded, head, index_name, remove};
use crate::index::{Index, Slot};
use crate::item::Facts;
use crate::row::{Row, Rows};
use lockgate_bytes::{Precedence, Time};
use lockgate_disk::{Disk, File};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bytes that are written at once while a new index is made.
const WRITE_BYTES: usize = 1 << 20;

/// The index file.
pub(crate) struct Log {
    disk: Arc<dyn Disk>,
    id: [u8; 16],
    /// The number of the file that holds the rows; 0 where there is none yet.
    generation: u64,
    /// Open for appending; none where the file cannot be trusted to take more, so that a new one is made first.
    file: Option<Box<dyn File>>,
    pub(crate) size: u64,
    pub(crate) rows: u64,
    /// Rows were appended since the last sync.
    is_behind: bool,
    /// Bytes that were in the file at the last sync, and whether a row says so.
    synced: (u64, bool),
}

impl Log {
    /// The index that was loaded. It is not trusted to be appended to until [`Self::replace`] or [`Self::go_on`].
    pub(crate) fn of(disk: Arc<dyn Disk>, id: [u8; 16], loaded: &Loaded) -> Self {
        let Loaded { generation, size, rows, .. } = loaded;
        Self {
            disk,
            id,
            generation: *generation,
            file: None,
            size: *size,
            rows: *rows,
            is_behind: true,
            synced: (0, true),
        }
    }

    /// Appends to the file as it is: it has been read to its end without a fault.
    pub(crate) fn go_on(&mut self) -> Result<(), Fault> {
        let name = index_name(self.generation);
        self.file = Some(self.disk.open(&name).map_err(Fault::disk("opening", &name))?);
        Ok(())
    }

    pub(crate) fn is_well(&self) -> bool {
        self.file.is_some()
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Appends rows; they are seen by others at once, and survive once they are synced.
    pub(crate) fn append(&mut self, rows: &[Row]) -> Result<(), Fault> {
        let mut bytes = Vec::new();
        if let (offset, false) = self.synced {
            Row::Synced { offset, next: 0 }.write(&self.id, &mut bytes);
        }
        rows.iter().for_each(|row| row.write(&self.id, &mut bytes));
        let name = index_name(self.generation);
        let appended = match &mut self.file {
            Some(file) => file.append(&bytes).map_err(Fault::disk("writing", &name)),
            None => return Err(Fault::NotRecovered),
        };
        match &appended {
            Ok(()) => {
                self.size = self.size.saturating_add(length(&bytes));
                self.rows = self.rows.saturating_add(u64::try_from(rows.len()).unwrap_or(0));
                (self.is_behind, self.synced.1) = (true, true);
            }
            Err(_) => self.file = None,
        }
        appended
    }

    /// Returns when all rows will survive.
    pub(crate) fn sync(&mut self) -> Result<(), Fault> {
        if !self.is_behind {
            return Ok(());
        }
        let name = index_name(self.generation);
        let Some(file) = &mut self.file else { return Err(Fault::NotRecovered) };
        let synced = file.sync().map_err(Fault::disk("syncing", &name));
        match &synced {
            Ok(()) => (self.is_behind, self.synced) = (false, (self.size, false)),
            Err(_) => self.file = None,
        }
        synced
    }

    /// Makes a new index of what is in the store, durable, and removes the old one.
    pub(crate) fn replace(&mut self, index: &Index) -> Result<(), Fault> {
        self.file = None;
        let (old, generation) = (index_name(self.generation), self.generation.saturating_add(1));
        let name = index_name(generation);
        let beside = format!("{name}.new");
        remove(&*self.disk, &beside)?;
        let mut new = New {
            file: self.disk.create(&beside).map_err(Fault::disk("creating", &beside))?,
            bytes: head(INDEX_MARK, &self.id, generation),
            name: &beside,
            id: &self.id,
            size: 0,
            rows: 0,
        };
        if self.generation > 0 {
            copy(&*self.disk, &old, index, &mut new)?;
        } else {
            make_up(index, &BTreeSet::new(), &mut new)?;
        }
        // Nobody reads the file before all of it is durable.
        let offset = new.size.saturating_add(length(&new.bytes));
        new.row(&Row::Synced { offset, next: index.next() })?;
        new.write()?;
        new.file.sync().map_err(Fault::disk("syncing", &beside))?;
        self.disk.rename(&beside, &name).map_err(Fault::disk("renaming", &beside))?;
        // From here on readers take the new one, and so do we, whatever else goes wrong.
        (self.generation, self.size, self.rows) = (generation, new.size, new.rows);
        self.is_behind = true;
        let file = new.file;
        self.disk.sync_dir("").map_err(Fault::disk("syncing the folder of", &name))?;
        (self.file, self.is_behind, self.synced) = (Some(file), false, (self.size, true));
        if generation > 1 {
            // Should it stay, the higher number counts, and the next start removes it.
            let _ = self.disk.remove(&old);
        }
        Ok(())
    }
}

/// A new index while it is written.
struct New<'a> {
    file: Box<dyn File>,
    bytes: Vec<u8>,
    name: &'a str,
    id: &'a [u8; 16],
    size: u64,
    rows: u64,
}

impl New<'_> {
    /// Everything that is to be known of one object.
    fn put(&mut self, number: u64, slot: &Slot, facts: Box<Facts>) -> Result<(), Fault> {
        let Slot { places, .. } = *slot;
        self.row(&Row::Staged { number, sha256: slot.key.sha256, places, facts })?;
        if let Some(entry) = slot.entry {
            self.row(&Row::Committed { number, entry })?;
        }
        if slot.kept { self.row(&Row::Kept { number }) } else { Ok(()) }
    }

    fn row(&mut self, row: &Row) -> Result<(), Fault> {
        row.write(self.id, &mut self.bytes);
        self.rows = self.rows.saturating_add(1);
        if self.bytes.len() < WRITE_BYTES { Ok(()) } else { self.write() }
    }

    fn write(&mut self) -> Result<(), Fault> {
        self.file.append(&self.bytes).map_err(Fault::disk("writing", self.name))?;
        self.size = self.size.saturating_add(length(&self.bytes));
        self.bytes.clear();
        Ok(())
    }
}

/// Copies the facts of all that is in the store from the old index to the new one.
fn copy(disk: &dyn Disk, old: &str, index: &Index, new: &mut New<'_>) -> Result<(), Fault> {
    let id = *new.id;
    let mut rows = Rows::of(disk, old, &id);
    let mut done = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let Row::Staged { number, facts, .. } = row else { continue };
        if let Some(slot) = index.slot(number).filter(|_| done.insert(number)) {
            new.put(number, slot, facts)?;
        }
    }
    make_up(index, &done, new)
}

/// What is in the store although its facts cannot be read any more stays, with what is still known of it.
fn make_up(index: &Index, done: &BTreeSet<u64>, new: &mut New<'_>) -> Result<(), Fault> {
    for (number, slot) in index.slots().filter(|(number, _)| !done.contains(number)) {
        let facts = Box::new(Facts {
            epoch: slot.key.epoch,
            draft: slot.key.draft,
            lane: "".into(),
            source: "".into(),
            type_id: None,
            category: None,
            codes: vec![index.code(slot).into()],
            label: None,
            arrival: slot.arrival,
            decided: Time::MIN,
            not_after: None,
            route: "".into(),
            precedence: Precedence::Routine,
        });
        new.put(number, slot, facts)?;
    }
    Ok(())
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
