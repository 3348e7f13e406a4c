//! A watched folder without thread, poll and clock, for whoever simulates a lane step by step.

use crate::config::{Config, Way};
use crate::desk::{Desk, Moment};
use crate::directory::Folder;
use crate::{Hatch, IntakeCounters, Pool, Receipt};
use lockgate_bytes::Time;
use std::sync::Arc;

/// The first listener of a configuration, which is a directory, driven by hand: the same code that
/// [`crate::Intake`] runs.
pub struct ByHand {
    config: Config,
    folder: Folder,
    number: u64,
    pool: Arc<Pool>,
    counters: Arc<IntakeCounters>,
}

impl ByHand {
    /// Opens the folder. Its files belong to the configuration's first source.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn open(config: Config, pool: Arc<Pool>) -> Result<Self, String> {
        let Some((listener, Way::Directory(directory))) =
            config.listeners.first().map(|listener| (listener, &listener.way))
        else {
            return Err("the first listener is no directory".to_owned());
        };
        let folder = Folder::open(directory, 0, 0, listener.size_max, config.epoch)?;
        let names = config.listeners.iter().map(|listener| Arc::clone(&listener.name));
        let counters = Arc::new(IntakeCounters::new(names));
        Ok(Self { config, folder, number: 0, pool, counters })
    }

    /// One round: looks, claims, reads, offers.
    pub fn work(&mut self, hatch: &mut dyn Hatch, now: Time) {
        let at = Moment { now, steady: now };
        let mut desk = Desk::new(&self.config, self.pool.clone(), self.counters.clone(), hatch);
        self.folder.work(&mut self.number, true, &mut desk, at);
        desk.flush();
    }

    /// The decisions about these files are on record: they may go.
    pub fn acknowledge(&mut self, receipts: &[Receipt], hatch: &mut dyn Hatch) {
        let desk = Desk::new(&self.config, self.pool.clone(), self.counters.clone(), hatch);
        for receipt in receipts {
            self.folder.acknowledge(*receipt, &desk);
        }
    }
}
