//! Folding events into the ledger: one at a time, snapshots compared or taken.

use crate::event::Event;
use crate::ledger::snapshot::Snapshot;
use crate::ledger::{Ledger, LedgerFault};

/// The accounting over a run of events.
pub struct Fold {
    ledger: Ledger,
    /// Parts of a snapshot that is not whole yet.
    parts: Vec<Snapshot>,
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
        Self { ledger: Ledger::default(), parts: Vec::new(), begins_at_snapshot: false }
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
            return self.take_part(part);
        }
        if !self.parts.is_empty() {
            self.parts.clear();
            return Err(LedgerFault::Disagrees("parts"));
        }
        if event.epoch() != self.ledger.epoch() && self.ledger.is_running() && event.kind() != "start" {
            return Err(LedgerFault::Epoch { expected: self.ledger.epoch(), found: event.epoch() });
        }
        self.ledger.apply(entry, &event.fact())
    }

    fn take_part(&mut self, part: Snapshot) -> Result<(), LedgerFault> {
        let (number, parts) = (part.part, part.parts);
        if number != u64::try_from(self.parts.len()).unwrap_or(u64::MAX).saturating_add(1) || number > parts {
            self.parts.clear();
            return Err(LedgerFault::Disagrees("parts"));
        }
        self.parts.push(part);
        if number < parts {
            return Ok(());
        }
        let parts = std::mem::take(&mut self.parts);
        if self.begins_at_snapshot {
            self.begins_at_snapshot = false;
            self.ledger = Ledger::from_snapshot(&parts)?;
            return Ok(());
        }
        if !self.ledger.is_running() {
            return Err(LedgerFault::NotRunning);
        }
        if Ledger::from_snapshot(&parts)? == self.ledger {
            Ok(())
        } else {
            Err(LedgerFault::Disagrees("objects"))
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
