//! The harness's time, and the machine's clock that tells it.

use crate::gate::clock::TimeSource;
use lockgate_bytes::{Duration, Time};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// The time, and what the machine's clock makes of it.
#[derive(Clone)]
pub(super) struct Watch(Arc<Hands>);

struct Hands {
    time: AtomicI64,
    /// How far the machine's clock is ahead of it.
    ahead: AtomicI64,
    /// Whether a daemon has to confirm the clock, and whether it does.
    asks: bool,
    confirms: AtomicBool,
}

impl Watch {
    pub(super) fn at(nanos: i64, asks: bool) -> Self {
        let (ahead, confirms) = (AtomicI64::new(0), AtomicBool::new(true));
        Self(Arc::new(Hands { time: AtomicI64::new(nanos), ahead, asks, confirms }))
    }

    /// As those know it who send objects.
    pub(super) fn time(&self) -> Time {
        Time::from_unix_nanos(self.0.time.load(Ordering::Relaxed))
    }

    pub(super) fn pass(&self, nanos: i64) {
        self.0.time.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Sets the machine's clock; true where that is more than a lane takes for granted.
    pub(super) fn set(&self, ahead: i64) -> bool {
        self.0.ahead.swap(ahead, Ordering::Relaxed).abs_diff(ahead) > 1_000_000_000
    }

    pub(super) fn confirm(&self, confirms: bool) {
        self.0.confirms.store(confirms, Ordering::Relaxed);
    }

    pub(super) fn asks(&self) -> bool {
        self.0.asks
    }
}

impl TimeSource for Watch {
    fn wall(&self) -> Time {
        self.time().plus(Duration::from_nanos(self.0.ahead.load(Ordering::Relaxed)))
    }

    fn monotonic_ns(&self) -> u64 {
        u64::try_from(self.0.time.load(Ordering::Relaxed)).unwrap()
    }

    fn is_synchronised(&self) -> Option<bool> {
        self.0.asks.then(|| self.0.confirms.load(Ordering::Relaxed))
    }
}
