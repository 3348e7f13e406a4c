//! Looking into a store without a lock, while another process writes it, or none.

use crate::chunk::{Bad, Expected, Part, read};
use crate::files::{Home, index_name, load};
use crate::index::{Index, Slot};
use crate::item::Item;
use crate::row::{Row, Rows};
use crate::segments::chunk_at;
use crate::{Fault, Key, files};
use lockgate_disk::Disk;
use std::io;
use std::sync::Arc;

/// How often a reader begins anew where the writer puts a new index in the place of the one that is read.
const TRIES: usize = 8;

/// A store as it stands at one moment.
pub struct View {
    disk: Arc<dyn Disk>,
    home: Home,
    key: Option<Key>,
    index: Index,
    generation: u64,
    damaged: u64,
}

impl core::fmt::Debug for View {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(out, "View({} objects)", self.index.held_count())
    }
}

impl View {
    /// Reads the index. Nothing is written and nothing is locked. A sealed store can be listed without its key.
    ///
    /// # Errors
    /// [`Fault::NotAStore`], [`Fault::WrongKey`], [`Fault::NotSealed`], and those of the disk.
    pub fn open(disk: Arc<dyn Disk>, key: Option<Key>) -> Result<Self, Fault> {
        let home = Home::find(&*disk)?.ok_or(Fault::NotAStore("there is no file `store` in it"))?;
        home.tries(key.as_ref())?;
        again(|| {
            let loaded = load(&*disk, &home)?.unwrap_or_default();
            let files::Loaded { index, generation, damaged, .. } = loaded;
            Ok((index, generation, damaged))
        })
        .map(|(index, generation, damaged)| Self { disk, home, key, index, generation, damaged })
    }

    /// Whether what is stored is sealed.
    pub fn is_sealed(&self) -> bool {
        self.home.is_sealed()
    }

    /// Bytes of the index that are not as they were written.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Hands every held object to `each`, in the order of staging. Where the writer has put a new index in the place of
    /// the one that was read, that is read.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn list(&mut self, each: &mut dyn FnMut(Item)) -> Result<(), Fault> {
        let mut items = Vec::new();
        let mut tried = 0_usize;
        loop {
            items.clear();
            match each_item(&*self.disk, &self.home, self.generation, &self.index, &mut |item| {
                items.push(item)
            }) {
                Err(fault) if is_gone(&fault) && tried < TRIES => {
                    tried = tried.saturating_add(1);
                    self.renew()?;
                }
                outcome => {
                    items.into_iter().for_each(each);
                    return outcome;
                }
            }
        }
    }

    /// The account of the decision that holds an object, as one JSON object.
    ///
    /// # Errors
    /// [`Fault::Unknown`], [`Fault::NoKey`], [`Fault::Damaged`], and those of the disk.
    pub fn account(&mut self, entry: u64) -> Result<String, Fault> {
        let (slot, bytes) = self.part(entry, Part::Account)?;
        text(&slot, bytes)
    }

    /// Reads the object and what came with it, compares them with their hashes, and says no more than whether they are whole.
    ///
    /// # Errors
    /// Those of [`Self::account`].
    pub fn check(&mut self, entry: u64) -> Result<(), Fault> {
        self.part(entry, Part::Object)?;
        self.beside(entry).map(drop)
    }

    /// What was stored beside a held object, compared with its hash; `None` where nothing was.
    ///
    /// # Errors
    /// Those of [`Self::account`].
    pub fn beside(&mut self, entry: u64) -> Result<Option<Vec<u8>>, Fault> {
        let (_, slot) = self.index.held(entry).ok_or(Fault::Unknown(entry))?;
        let is_there = slot.places.beside.is_some();
        is_there.then(|| self.part(entry, Part::Beside).map(|(_, bytes)| bytes)).transpose()
    }

    /// The bytes of a held object, compared with its hash: for those who decide about it. Whoever shows them shows what a
    /// guard holds back.
    ///
    /// # Errors
    /// Those of [`Self::account`].
    pub fn object(&mut self, entry: u64) -> Result<Vec<u8>, Fault> {
        self.part(entry, Part::Object).map(|(_, bytes)| bytes)
    }

    fn part(&mut self, entry: u64, part: Part) -> Result<(Slot, Vec<u8>), Fault> {
        let mut renewed = false;
        loop {
            let (_, slot) = self.index.held(entry).ok_or(Fault::Unknown(entry))?;
            match fetch(&*self.disk, &self.home, self.key.as_ref(), slot, part) {
                // It may have moved, or be settled, since the index was read.
                Err(Fault::Damaged { .. }) if !renewed => {
                    renewed = true;
                    self.renew()?;
                }
                Err(fault) => return Err(fault),
                Ok(bytes) => return Ok((*slot, bytes)),
            }
        }
    }

    fn renew(&mut self) -> Result<(), Fault> {
        let key = self.key.take();
        let home = self.home.clone();
        *self = Self {
            key,
            ..again(|| {
                let loaded = load(&*self.disk, &home)?.unwrap_or_default();
                Ok(Self {
                    disk: self.disk.clone(),
                    home: home.clone(),
                    key: None,
                    index: loaded.index,
                    generation: loaded.generation,
                    damaged: loaded.damaged,
                })
            })?
        };
        Ok(())
    }
}

/// Once more where a file went away meanwhile.
fn again<T>(mut work: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
    let mut tried = 0_usize;
    loop {
        match work() {
            Err(fault) if is_gone(&fault) && tried < TRIES => tried = tried.saturating_add(1),
            outcome => return outcome,
        }
    }
}

fn is_gone(fault: &Fault) -> bool {
    matches!(fault, Fault::Disk { why, .. } if why.kind() == io::ErrorKind::NotFound)
}

/// Hands every object that the index holds to `each`, with its facts from the file.
pub(crate) fn each_item(
    disk: &dyn Disk,
    home: &Home,
    generation: u64,
    index: &Index,
    each: &mut dyn FnMut(Item),
) -> Result<(), Fault> {
    if generation == 0 {
        return Ok(());
    }
    let name = index_name(generation);
    let mut rows = Rows::of(disk, &name, &home.id);
    let mut last = None;
    while let Some(row) = rows.next()? {
        let Row::Staged { number, facts, .. } = row else { continue };
        let Some(slot) = index.slot(number).filter(|_| last < Some(number)) else { continue };
        last = Some(number);
        if let Some(entry) = slot.entry {
            each(Item {
                entry,
                sha256: slot.key.sha256,
                size: u64::from(slot.places.object.length),
                is_kept: slot.kept,
                facts: *facts,
            });
        }
    }
    Ok(())
}

/// The content of a chunk of an object, compared with its hash.
pub(crate) fn fetch(
    disk: &dyn Disk,
    home: &Home,
    key: Option<&Key>,
    slot: &Slot,
    part: Part,
) -> Result<Vec<u8>, Fault> {
    let place = slot.places.of(part).ok_or(Fault::Unknown(slot.entry.unwrap_or(u64::MAX)))?;
    let sha256 = (part == Part::Object).then_some(slot.key.sha256);
    let expected = Expected { part, length: place.length, sha256 };
    read(chunk_at(disk, place)?, &expected, key, home.is_sealed()).map_err(|bad| match bad {
        Bad::NoKey => Fault::NoKey,
        Bad::Damaged(what) => {
            Fault::damaged(&files::segment_name(place.segment), u64::from(place.offset), what)
        }
    })
}

/// The account as text.
pub(crate) fn text(slot: &Slot, bytes: Vec<u8>) -> Result<String, Fault> {
    let account = slot.places.account;
    let name = files::segment_name(account.segment);
    String::from_utf8(bytes)
        .map_err(|_| Fault::damaged(&name, u64::from(account.offset), "the account is no text"))
}
