//! The clocks of the machine, and what its time daemon says of them.

use super::TimeSource;
use lockgate_bytes::Time;
use std::fs;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

/// The machine's clocks.
pub(crate) struct Machine {
    started: Instant,
    /// The file that the time daemon touches, and how old that may be.
    daemon: Option<(PathBuf, std::time::Duration)>,
}

impl Machine {
    /// With `daemon`, the clock counts as synchronised while that file was touched no longer ago than given.
    pub(crate) fn new(daemon: Option<(PathBuf, std::time::Duration)>) -> Self {
        Self { started: Instant::now(), daemon }
    }
}

impl TimeSource for Machine {
    fn wall(&self) -> Time {
        crate::clock::now()
    }

    fn monotonic_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn is_synchronised(&self) -> Option<bool> {
        let (file, within) = self.daemon.as_ref()?;
        let touched = fs::metadata(file).and_then(|meta| meta.modified());
        // A file from the future says nothing: the clock was set back since.
        Some(touched.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age <= *within)))
    }
}
