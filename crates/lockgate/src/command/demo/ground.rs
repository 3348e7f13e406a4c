//! A folder of the demonstration's own, gone when it ends.

use crate::exit::Fault;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

/// The folder; removed with all that is in it when this is dropped.
pub(super) struct Ground(PathBuf);

impl Ground {
    /// Makes it where the system keeps what does not last; nobody else can look into it.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be made.
    pub(super) fn make() -> Result<Self, Fault> {
        let mut number = [0; 4];
        getrandom::fill(&mut number).map_err(|_| Fault::new("the system gives no random numbers"))?;
        let path = std::env::temp_dir().join(format!("lockgate-demo-{:08x}", u32::from_be_bytes(number)));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| Fault::of(path.display(), &error))?;
        Ok(Self(path))
    }

    /// Makes a folder in it.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be made.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf, Fault> {
        let path = self.0.join(name);
        fs::create_dir(&path).map_err(|error| Fault::of(path.display(), &error))?;
        Ok(path)
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            crate::exit::complain(&format!("{}: cannot be removed: {error}", self.0.display()));
        }
    }
}
