//! How many objects of a lane are in which state.

use super::{LedgerFault, Waits};

/// How the objects of one lane stand. All of them count objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Taken from sources.
    pub received: u64,
    /// Made by rewriting a received one.
    pub derived: u64,
    /// Released, and waiting to be sent.
    pub queued: u64,
    /// Waiting for people.
    pub held: u64,
    /// Never crosses, by the engine or by intake.
    pub refused: u64,
    /// Held, and rejected by people.
    pub rejected: u64,
    /// Held, and returned to its source's people.
    pub returned: u64,
    /// Sent.
    pub sent: u64,
    /// Too old to be sent, or held too long.
    pub expired: u64,
    /// A newer one of the same track was sent instead.
    pub superseded: u64,
    /// The original of a derived one.
    pub replaced: u64,
    /// Handed to a network at the moment of a crash: nobody knows.
    pub indeterminate: u64,
}

impl Tally {
    /// Each count with its name, in the order of the equation; the first two are its left side.
    pub fn named(&self) -> [(&'static str, u64); 12] {
        [
            ("received", self.received),
            ("derived", self.derived),
            ("queued", self.queued),
            ("held", self.held),
            ("refused", self.refused),
            ("rejected", self.rejected),
            ("returned", self.returned),
            ("sent", self.sent),
            ("expired", self.expired),
            ("superseded", self.superseded),
            ("replaced", self.replaced),
            ("indeterminate", self.indeterminate),
        ]
    }

    /// received + derived = queued + held + refused + rejected + returned + sent + expired + superseded + replaced +
    /// indeterminate. Nothing is in flight in the log: what has no decision record never existed for it.
    pub fn is_balanced(&self) -> bool {
        let [received, derived, states @ ..] = self.named();
        let right = states.iter().try_fold(0_u64, |sum, (_, count)| sum.checked_add(*count));
        right.is_some() && received.1.checked_add(derived.1) == right
    }
}

/// An object leaves where it waited.
pub(super) fn take(tally: &mut Tally, waits: Waits) -> Result<(), LedgerFault> {
    let count = if waits == Waits::Held { &mut tally.held } else { &mut tally.queued };
    *count = count.checked_sub(1).ok_or(LedgerFault::TooMuch)?;
    Ok(())
}

pub(super) fn add(count: &mut u64) -> Result<(), LedgerFault> {
    *count = count.checked_add(1).ok_or(LedgerFault::TooMuch)?;
    Ok(())
}
