//! Counters for the eyes; they only grow, but for the gauges.

use crate::Why;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters of one lane's intake, listener by listener, in the order of the configuration.
#[derive(Debug)]
pub struct IntakeCounters {
    /// One for each listener.
    pub listeners: Vec<ListenerCounters>,
}

/// Counters of one listener.
#[derive(Debug)]
pub struct ListenerCounters {
    /// Its name in the configuration.
    pub listener: Arc<str>,
    /// Frames taken by the hatch.
    pub frames: Counter,
    /// Bytes of those frames.
    pub frame_bytes: Counter,
    /// White space skipped between frames, in bytes.
    pub separator_bytes: Counter,
    /// Datagrams that the kernel threw away before intake read them.
    pub kernel_drops: Counter,
    /// Objects of a diode link that were sent and will not come.
    pub lost: Counter,
    /// Alarms of a diode link: what must not happen on a sound one.
    pub alarms: Counter,
    /// Of a diode link: objects of the former run that may not be on record.
    pub indeterminate: Counter,
    /// Connections accepted.
    pub connections: Counter,
    /// Connections open now (gauge).
    pub connections_open: Counter,
    /// Connections closed because nothing came for too long.
    pub idle_closes: Counter,
    /// Taken files that wait to be acknowledged (gauge).
    pub files_taken: Counter,
    /// Failed system calls that intake goes on after: reading a socket, listing a folder, removing a file.
    pub faults: Counter,
    /// 1 while the interface is gone on which it was opened, and it could not be opened again (gauge).
    pub down: Counter,
    turned_away: [Counter; Why::ALL.len()],
}

/// One number that several threads may read while one writes it.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Its value now.
    pub fn value(&self) -> u64 {
        self.0.load(Relaxed)
    }

    pub(crate) fn add(&self, more: u64) {
        // Never fails: it always has a value.
        let _ = self.0.fetch_update(Relaxed, Relaxed, |count| Some(count.saturating_add(more)));
    }

    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Relaxed);
    }
}

impl IntakeCounters {
    pub(crate) fn new(names: impl Iterator<Item = Arc<str>>) -> Self {
        Self { listeners: names.map(ListenerCounters::new).collect() }
    }
}

impl ListenerCounters {
    fn new(listener: Arc<str>) -> Self {
        Self {
            listener,
            frames: Counter::default(),
            frame_bytes: Counter::default(),
            separator_bytes: Counter::default(),
            kernel_drops: Counter::default(),
            lost: Counter::default(),
            alarms: Counter::default(),
            indeterminate: Counter::default(),
            connections: Counter::default(),
            connections_open: Counter::default(),
            idle_closes: Counter::default(),
            files_taken: Counter::default(),
            faults: Counter::default(),
            down: Counter::default(),
            turned_away: std::array::from_fn(|_| Counter::default()),
        }
    }

    /// How many were turned away for this reason.
    pub fn turned_away(&self, why: Why) -> u64 {
        self.turned_away.get(why.index()).map_or(0, Counter::value)
    }

    pub(crate) fn turn_away(&self, why: Why, count: u64) {
        if let Some(counter) = self.turned_away.get(why.index()) {
            counter.add(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Counter;

    #[test]
    fn a_counter_stays_at_its_most_and_begins_not_anew() {
        let counter = Counter::default();
        counter.add(u64::MAX - 1);
        counter.add(5);
        assert_eq!(counter.value(), u64::MAX);
    }
}
