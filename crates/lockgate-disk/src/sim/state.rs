//! What a disk in memory holds: what is there, and what of it would be there after the power went.

mod names;

use super::Breakage;
use super::content::Content;
use crate::seed::Seed;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    File(u64),
    Folder,
}

/// What an operation does to the disk; breakages touch some and not others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Needs room and a descriptor.
    Grow,
    /// Needs a descriptor.
    Change,
    /// Needs a descriptor.
    SyncFolder,
    /// Appends to an open file: needs room.
    Append,
    /// Cuts an open file.
    Cut,
    /// Syncs an open file.
    Sync,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) names: BTreeMap<String, Node>,
    kept_names: BTreeMap<String, Node>,
    /// Changes of names that are not synced, in order; each is one step.
    changes: Vec<Vec<(String, Option<Node>)>>,
    contents: BTreeMap<u64, Content>,
    next_file: u64,
    seed: Seed,
    pub(super) operations: u64,
    pub(super) reads: u64,
    pub(super) asked: u64,
    pub(super) misread: u64,
    pub(super) misreads: BTreeSet<u64>,
    pub(super) crash_at: Option<u64>,
    pub(super) is_down: bool,
    pub(super) generation: u64,
    pub(super) planned: BTreeMap<u64, Breakage>,
    pub(super) standing: Option<Breakage>,
    pub(super) capacity: u64,
    used: u64,
    pub(super) locks: BTreeSet<String>,
}

/// The answer of a disk without power.
pub(super) fn down() -> io::Error {
    io::Error::other("the simulated machine is down")
}

impl Breakage {
    /// The error of the operating system (numbers of Linux).
    fn error(self) -> io::Error {
        io::Error::from_raw_os_error(match self {
            Self::NoSpace => 28,
            Self::ReadOnly => 30,
            Self::Broken => 5,
            Self::NoDescriptors => 24,
        })
    }

    fn touches(self, act: Act) -> bool {
        match self {
            Self::NoSpace => matches!(act, Act::Grow | Act::Append),
            Self::ReadOnly | Self::Broken => true,
            Self::NoDescriptors => matches!(act, Act::Grow | Act::Change | Act::SyncFolder),
        }
    }
}

impl State {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            names: BTreeMap::new(),
            kept_names: BTreeMap::new(),
            changes: Vec::new(),
            contents: BTreeMap::new(),
            next_file: 0,
            seed: Seed::new(seed),
            operations: 0,
            reads: 0,
            asked: 0,
            misread: 0,
            misreads: BTreeSet::new(),
            crash_at: None,
            is_down: false,
            generation: 0,
            planned: BTreeMap::new(),
            standing: None,
            capacity: u64::MAX,
            used: 0,
            locks: BTreeSet::new(),
        }
    }

    pub(super) fn copy(&self, seed: u64) -> Self {
        let contents = self.contents.iter().map(|(file, content)| (*file, Content::durable(&content.now)));
        Self {
            names: self.names.clone(),
            kept_names: self.names.clone(),
            contents: contents.collect(),
            next_file: self.next_file,
            used: self.used,
            ..Self::new(seed)
        }
    }

    /// One counted operation. Where the power goes at it, the seed says whether it still happened.
    pub(super) fn act<T>(
        &mut self,
        act: Act,
        work: impl FnOnce(&mut Self) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.begins(act)? {
            if self.seed.one_in(2) {
                // Its outcome reaches nobody.
                drop(work(self));
            }
            self.crash();
            return Err(down());
        }
        work(self)
    }

    /// Counts an operation; true where the power goes at it.
    fn begins(&mut self, act: Act) -> io::Result<bool> {
        if self.is_down {
            return Err(down());
        }
        self.operations = self.operations.saturating_add(1);
        if self.crash_at == Some(self.operations) {
            return Ok(true);
        }
        let breakage = self.planned.remove(&self.operations).or(self.standing);
        match breakage.filter(|breakage| breakage.touches(act)) {
            Some(breakage) => Err(breakage.error()),
            None => Ok(false),
        }
    }

    /// Counts a question, and says whether it has an answer.
    pub(super) fn ask(&mut self) -> io::Result<()> {
        self.may_read()?;
        self.asked = self.asked.saturating_add(1);
        if self.misreads.remove(&self.asked) {
            self.misread = self.misread.saturating_add(1);
            return Err(Breakage::Broken.error());
        }
        Ok(())
    }

    pub(super) fn may_read(&self) -> io::Result<()> {
        match self.standing {
            Some(Breakage::NoDescriptors) if !self.is_down => Err(Breakage::NoDescriptors.error()),
            _ => self.may_read_open(),
        }
    }

    pub(super) fn may_read_open(&self) -> io::Result<()> {
        match self.standing {
            _ if self.is_down => Err(down()),
            Some(Breakage::Broken) => Err(Breakage::Broken.error()),
            _ => Ok(()),
        }
    }

    pub(super) fn crash(&mut self) {
        let changes = std::mem::take(&mut self.changes);
        // A journal keeps the first changes and loses the rest; not every file system has one.
        let in_order = !self.seed.one_in(4);
        let first = self.seed.index(changes.len().saturating_add(1));
        for (index, change) in changes.into_iter().enumerate() {
            if if in_order { index < first } else { self.seed.one_in(2) } {
                keep(&mut self.kept_names, change);
            }
        }
        // What stands in a folder that was lost is lost with it.
        let folders: BTreeSet<String> = self
            .kept_names
            .iter()
            .filter(|(_, node)| **node == Node::Folder)
            .map(|(name, _)| name.clone())
            .collect();
        self.kept_names.retain(|name, _| {
            let above = name.match_indices('/').filter_map(|(at, _)| name.get(..at));
            above.into_iter().all(|folder| folders.contains(folder))
        });
        self.names = self.kept_names.clone();
        let there: BTreeSet<u64> = self
            .names
            .values()
            .filter_map(|node| if let Node::File(file) = node { Some(*file) } else { None })
            .collect();
        self.contents.retain(|file, _| there.contains(file));
        for content in self.contents.values_mut() {
            content.settle(&mut self.seed);
        }
        self.used = self.contents.values().map(|content| length(&content.now)).fold(0, u64::saturating_add);
        self.generation = self.generation.saturating_add(1);
        self.locks.clear();
        self.is_down = true;
        self.crash_at = None;
    }

    pub(super) fn reboot(&mut self) {
        if !self.is_down {
            self.crash();
        }
        self.is_down = false;
        self.planned.clear();
        self.misreads.clear();
        self.standing = None;
    }

    pub(super) fn plant(&mut self, name: &str, bytes: &[u8]) {
        self.steal(name);
        for (at, _) in name.match_indices('/') {
            let folder = name.get(..at).unwrap_or_default().to_owned();
            self.names.insert(folder.clone(), Node::Folder);
            self.kept_names.insert(folder, Node::Folder);
        }
        let file = self.new_file(Content::durable(bytes));
        self.names.insert(name.to_owned(), Node::File(file));
        self.kept_names.insert(name.to_owned(), Node::File(file));
    }

    pub(super) fn steal(&mut self, name: &str) {
        self.names.remove(name);
        self.kept_names.remove(name);
        for change in &mut self.changes {
            change.retain(|(changed, _)| changed != name);
        }
    }

    fn new_file(&mut self, content: Content) -> u64 {
        let file = self.next_file;
        self.next_file = file.saturating_add(1);
        self.used = self.used.saturating_add(length(&content.now));
        self.contents.insert(file, content);
        file
    }

    pub(super) fn free(&self) -> u64 {
        self.capacity.saturating_sub(self.used)
    }

    pub(super) fn bytes_of(&self, name: &str) -> io::Result<&[u8]> {
        let file = self.file_of(name)?;
        Ok(self.contents.get(&file).map_or(&[], |content| &content.now))
    }

    fn content(&mut self, file: u64) -> &mut Content {
        // A file without a name lives on while it is open; its bytes reach nobody after a crash.
        self.contents.entry(file).or_default()
    }

    pub(super) fn size(&self, file: u64) -> io::Result<u64> {
        Ok(self.contents.get(&file).map_or(0, |content| length(&content.now)))
    }

    /// Appends; or, from `at` on, writes over what is there and then appends.
    pub(super) fn append(&mut self, file: u64, at: Option<usize>, bytes: &[u8]) -> io::Result<()> {
        let size = self.content(file).now.len();
        let at = at.map_or(size, |at| at.min(size));
        let over = size.saturating_sub(at).min(bytes.len());
        let (written, outcome) = match self.begins(Act::Append) {
            Ok(false) => {
                let fits = usize::try_from(self.free()).unwrap_or(usize::MAX).saturating_add(over);
                let error = if fits < bytes.len() { Err(Breakage::NoSpace.error()) } else { Ok(false) };
                (fits.min(bytes.len()), error)
            }
            // The power went, or the disk broke, somewhere in the middle.
            Ok(true) => (self.seed.index(bytes.len().saturating_add(1)), Ok(true)),
            Err(error) if self.is_down || error.raw_os_error() == Some(30) => (0, Err(error)),
            Err(error) => (self.seed.index(bytes.len().saturating_add(1)), Err(error)),
        };
        let part = bytes.get(..written).unwrap_or(bytes);
        self.content(file).write(at, part);
        let grown = length(&self.content(file).now).saturating_sub(u64::try_from(size).unwrap_or(u64::MAX));
        self.used = self.used.saturating_add(grown);
        if outcome? {
            self.crash();
            return Err(down());
        }
        Ok(())
    }

    pub(super) fn sync(&mut self, file: u64) -> io::Result<()> {
        let outcome = self.act(Act::Sync, |state| {
            state.content(file).sync();
            Ok(())
        });
        if outcome.is_err() && !self.is_down && self.seed.one_in(2) {
            self.content(file).doubt();
        }
        outcome
    }

    pub(super) fn truncate(&mut self, file: u64, size: usize) -> io::Result<()> {
        let before = length(&self.content(file).now);
        self.content(file).cut(size);
        let after = length(&self.content(file).now);
        self.used = self.used.saturating_sub(before).saturating_add(after);
        Ok(())
    }
}

/// Makes one change of names.
fn keep(names: &mut BTreeMap<String, Node>, change: Vec<(String, Option<Node>)>) {
    for (name, node) in change {
        match node {
            Some(node) => drop(names.insert(name, node)),
            None => drop(names.remove(&name)),
        }
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
