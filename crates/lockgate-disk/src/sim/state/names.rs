//! Names: what may stand under one, and how it changes. A change lasts once its folder is synced.

use super::{Node, State, keep, length};
use crate::name::split;
use crate::sim::content::Content;
use std::io;

impl State {
    pub(in crate::sim) fn folder_is_there(&self, folder: &str) -> io::Result<()> {
        match self.names.get(folder) {
            _ if folder.is_empty() => Ok(()),
            Some(Node::Folder) => Ok(()),
            Some(Node::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(in crate::sim) fn file_of(&self, name: &str) -> io::Result<u64> {
        match self.names.get(name) {
            Some(Node::File(file)) => Ok(*file),
            Some(Node::Folder) => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn change(&mut self, effects: Vec<(String, Option<Node>)>) {
        keep(&mut self.names, effects.clone());
        self.changes.push(effects);
    }

    fn is_free(&self, name: &str) -> io::Result<()> {
        self.folder_is_there(split(name).0)?;
        if self.names.contains_key(name) { Err(io::ErrorKind::AlreadyExists.into()) } else { Ok(()) }
    }

    pub(in crate::sim) fn create(&mut self, name: &str) -> io::Result<u64> {
        self.is_free(name)?;
        let file = self.new_file(Content::default());
        self.change(vec![(name.to_owned(), Some(Node::File(file)))]);
        Ok(file)
    }

    pub(in crate::sim) fn create_dir(&mut self, name: &str) -> io::Result<()> {
        self.is_free(name)?;
        self.change(vec![(name.to_owned(), Some(Node::Folder))]);
        Ok(())
    }

    pub(in crate::sim) fn remove_dir(&mut self, name: &str) -> io::Result<()> {
        self.folder_is_there(name)?;
        if self.names.keys().any(|inside| split(inside).0 == name) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.change(vec![(name.to_owned(), None)]);
        Ok(())
    }

    pub(in crate::sim) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let file = self.file_of(from)?;
        self.folder_is_there(split(to).0)?;
        if self.names.get(to) == Some(&Node::Folder) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // Two names of one file: renaming one to the other does nothing (POSIX).
        if self.names.get(to) != Some(&Node::File(file)) {
            self.change(vec![(from.to_owned(), None), (to.to_owned(), Some(Node::File(file)))]);
        }
        Ok(())
    }

    pub(in crate::sim) fn link(&mut self, from: &str, to: &str) -> io::Result<()> {
        let file = self.file_of(from)?;
        self.is_free(to)?;
        self.change(vec![(to.to_owned(), Some(Node::File(file)))]);
        Ok(())
    }

    pub(in crate::sim) fn remove(&mut self, name: &str) -> io::Result<()> {
        let file = self.file_of(name)?;
        self.change(vec![(name.to_owned(), None)]);
        if !self.names.values().any(|node| *node == Node::File(file)) {
            let freed = self.contents.get(&file).map_or(0, |content| length(&content.now));
            self.used = self.used.saturating_sub(freed);
        }
        Ok(())
    }

    pub(in crate::sim) fn sync_dir(&mut self, folder: &str) -> io::Result<()> {
        self.folder_is_there(folder)?;
        let changes = std::mem::take(&mut self.changes);
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|change| change.iter().any(|(name, _)| split(name).0 == folder));
        for change in here {
            keep(&mut self.kept_names, change);
        }
        self.changes = elsewhere;
        Ok(())
    }

    pub(in crate::sim) fn take_lock(&mut self, name: &str) -> io::Result<()> {
        if self.file_of(name).is_err() {
            self.create(name)?;
        }
        if self.locks.insert(name.to_owned()) { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }
}
