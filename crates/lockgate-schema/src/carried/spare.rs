//! What writing an inner object needs, kept from one object to the next: after the first few no memory is asked for.

use lockgate_record::{NodeId, Record};
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers for one inner object.
#[derive(Debug, Default)]
pub(super) struct Spare {
    /// The inner object as a record of its own.
    pub(super) record: Record,
    /// What is left out of it.
    pub(super) omit: Vec<NodeId>,
    /// Its bytes.
    pub(super) out: Vec<u8>,
    /// Their letters.
    pub(super) letters: Vec<u8>,
}

/// Those that nobody uses now: as many as were in use at once. All that is written of a type shares them.
#[derive(Clone, Debug, Default)]
pub(super) struct Spares(Arc<Mutex<Vec<Spare>>>);

impl Spares {
    /// Lends buffers; what they hold is of an earlier object.
    pub(super) fn lend<T>(&self, with: impl FnOnce(&mut Spare) -> T) -> T {
        // A thread that panicked in between left a list as good as before.
        let free = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut spare = free().pop().unwrap_or_default();
        let made = with(&mut spare);
        free().push(spare);
        made
    }
}
