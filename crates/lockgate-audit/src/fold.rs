//! Folding events into the ledger: one at a time, snapshots compared or taken.

use crate::event::Event;
use crate::ledger::snapshot::{Snapshot, Taking};
use crate::ledger::{Ledger, LedgerFault};

/// The accounting over a run of events.
pub struct Fold {
    ledger: Ledger,
    /// A snapshot that is not whole yet.
    taking: Option<Taking>,
    /// The run begins at a snapshot, which is taken instead of compared.
    begins_at_snapshot: bool,
}

impl Default for Fold {
    fn default() -> Self {
        Self::new()
    }
}

impl Fold {
    /// From the first entry of a log on.
    pub fn new() -> Self {
        Self { ledger: Ledger::default(), taking: None, begins_at_snapshot: false }
    }

    /// From the first part of a snapshot on.
    pub(crate) fn at_snapshot() -> Self {
        Self { begins_at_snapshot: true, ..Self::new() }
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// [`LedgerFault`]; the event is passed over then.
    pub fn take(&mut self, entry: u64, event: Event) -> Result<(), LedgerFault> {
        if let Event::Snapshot(_, part) = event {
            return self.take_part(&part);
        }
        if self.taking.take().is_some() {
            return Err(LedgerFault::Disagrees("parts"));
        }
        if event.epoch() != self.ledger.epoch() && self.ledger.is_running() && event.kind() != "start" {
            return Err(LedgerFault::Epoch { expected: self.ledger.epoch(), found: event.epoch() });
        }
        self.ledger.apply(entry, &event.fact())
    }

    fn take_part(&mut self, part: &Snapshot) -> Result<(), LedgerFault> {
        let mut taking = match self.taking.take() {
            Some(taking) => taking,
            None if self.begins_at_snapshot => Taking::of_nobody(part)?,
            None if self.ledger.is_running() => Taking::behind(&self.ledger, part)?,
            None => return Err(LedgerFault::NotRunning),
        };
        if !taking.take(part)? {
            self.taking = Some(taking);
            return Ok(());
        }
        let said = taking.end()?;
        if self.begins_at_snapshot {
            self.begins_at_snapshot = false;
            self.ledger = said;
            return Ok(());
        }
        if said == self.ledger { Ok(()) } else { Err(LedgerFault::Disagrees("objects")) }
    }

    /// What is wrong where no event follows: a snapshot of which parts lack.
    ///
    /// # Errors
    /// [`LedgerFault::Disagrees`].
    pub fn whole(&self) -> Result<(), LedgerFault> {
        match self.taking.is_some() || self.begins_at_snapshot {
            true => Err(LedgerFault::Disagrees("parts")),
            false => Ok(()),
        }
    }

    /// The accounting so far.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The accounting.
    pub fn into_ledger(self) -> Ledger {
        self.ledger
    }
}
