//! How other threads steer intake.

use crate::{Mark, Receipt};
use lockgate_receive::Keeper;
use mio::Waker;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

/// Steers an intake from other threads.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
    waker: Arc<Waker>,
}

#[derive(Default)]
struct Shared {
    /// 0 runs, 1 drains, 2 stops.
    wish: AtomicU8,
    acknowledged: Mutex<Vec<Receipt>>,
    marks: Mutex<Vec<Mark>>,
    /// Of links that are closed.
    keepers: Mutex<Vec<Keeper>>,
}

impl Handle {
    pub(crate) fn new(waker: Waker) -> Self {
        Self { shared: Arc::default(), waker: Arc::new(waker) }
    }

    /// Takes nothing in any more: what has arrived is read to its end, connections are closed, everything counted is
    /// told. Receipts are still acknowledged.
    pub fn drain(&self) {
        self.shared.wish.fetch_max(1, SeqCst);
        self.wake();
    }

    /// As [`Handle::drain`], and then [`crate::Intake::run`] returns.
    pub fn stop(&self) {
        self.shared.wish.fetch_max(2, SeqCst);
        self.wake();
    }

    /// The decision about a taken file is on record: the file may go. A receipt that is unknown is ignored.
    pub fn acknowledge(&self, receipts: &[Receipt]) {
        let mut waiting = self.shared.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend_from_slice(receipts);
        drop(waiting);
        self.wake();
    }

    /// What stands before these marks is on record.
    pub fn on_record(&self, marks: &[Mark]) {
        let mut waiting = self.shared.marks.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend_from_slice(marks);
        drop(waiting);
        self.wake();
    }

    /// The lane has ended, and everything that intake ever offered is on record: the links that it has closed owe nothing.
    ///
    /// # Errors
    /// Those of the disk: the next run will tell what is on record already as indeterminate.
    pub fn settle(&self) -> io::Result<()> {
        let mut keepers = self.shared.keepers.lock().unwrap_or_else(PoisonError::into_inner);
        keepers.drain(..).try_for_each(Keeper::settle)
    }

    fn wake(&self) {
        // It fails only where the poll is gone: then nobody is there to wake.
        let _ = self.waker.wake();
    }

    /// 0 runs, 1 drains, 2 stops.
    pub(crate) fn wish(&self) -> u8 {
        self.shared.wish.load(SeqCst)
    }

    /// The marks that everything is on record before, since the last time.
    pub(crate) fn marks(&self) -> Vec<Mark> {
        std::mem::take(&mut *self.shared.marks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps what a closed link owes.
    pub(crate) fn keep(&self, keeper: Keeper) {
        self.shared.keepers.lock().unwrap_or_else(PoisonError::into_inner).push(keeper);
    }

    /// What was acknowledged since the last time.
    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        std::mem::take(&mut *self.shared.acknowledged.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Handle({})", self.wish())
    }
}
