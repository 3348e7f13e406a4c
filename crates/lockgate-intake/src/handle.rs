//! How other threads steer intake.

use crate::Receipt;
use mio::Waker;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

/// Steers an intake from other threads.
#[derive(Clone, Debug)]
pub struct Handle {
    shared: Arc<Shared>,
    waker: Arc<Waker>,
}

#[derive(Debug, Default)]
struct Shared {
    /// 0 runs, 1 drains, 2 stops.
    wish: AtomicU8,
    acknowledged: Mutex<Vec<Receipt>>,
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

    fn wake(&self) {
        // It fails only where the poll is gone: then nobody is there to wake.
        let _ = self.waker.wake();
    }

    /// 0 runs, 1 drains, 2 stops.
    pub(crate) fn wish(&self) -> u8 {
        self.shared.wish.load(SeqCst)
    }

    /// What was acknowledged since the last time.
    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        std::mem::take(&mut *self.shared.acknowledged.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
