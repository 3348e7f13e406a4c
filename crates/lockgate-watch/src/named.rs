//! Counters by name, where the names come from the bundle or the deployment file and never from the network. The number
//! of names is bounded; what goes beyond is counted together.

use lockgate_bytes::Time;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// No more names than this; further ones share [`OTHER`].
pub const NAMES_MAX: usize = 256;
/// Stands for all names beyond [`NAMES_MAX`].
pub const OTHER: &str = "other";
/// A name is cut after so many characters.
pub(crate) const NAME_CHARACTERS_MAX: usize = 64;

/// What came from one source.
#[derive(Debug, Default)]
pub struct SourceGauge {
    received: AtomicU64,
    turned_away: AtomicU64,
}

impl SourceGauge {
    /// Counts objects that came in whole.
    pub fn received(&self, objects: u64) {
        self.received.fetch_add(objects, Relaxed);
    }

    /// Counts what intake turned away: over a rate, too long, no room.
    pub fn turned_away(&self, objects: u64) {
        self.turned_away.fetch_add(objects, Relaxed);
    }

    /// Received, and turned away.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.received.load(Relaxed), self.turned_away.load(Relaxed))
    }
}

/// What a listener counts beside the objects that it takes.
#[derive(Debug)]
pub struct ListenerGauge {
    kernel_drops: AtomicU64,
    lost: AtomicU64,
    alarms: AtomicU64,
    indeterminate: AtomicU64,
    /// What intake goes on after, taken files that wait for their decision, and white space between frames.
    faults: AtomicU64,
    files_taken: AtomicU64,
    separator_bytes: AtomicU64,
    /// Connections so far, open now, and closed so far because nothing came.
    connections: AtomicU64,
    connections_open: AtomicU64,
    idle_closes: AtomicU64,
    /// What was turned away so far, by its cause: only those that occurred.
    turned_away: Mutex<Vec<TurnedAway>>,
    /// Nanoseconds of the time since when nothing is heard; [`HEARD`] where something is, or nothing has to be.
    silent: AtomicI64,
}

const HEARD: i64 = i64::MIN;

/// How many a listener has turned away for one cause. The causes are a closed list of intake's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// The stable word for the cause.
    pub why: &'static str,
    /// What it means and what to do, for people.
    pub says: &'static str,
    /// The lane had no room: what counts as dropped, not as refused.
    pub is_drop: bool,
    /// How many, so far.
    pub objects: u64,
}

impl Default for ListenerGauge {
    fn default() -> Self {
        Self {
            kernel_drops: AtomicU64::default(),
            lost: AtomicU64::default(),
            alarms: AtomicU64::default(),
            indeterminate: AtomicU64::default(),
            faults: AtomicU64::default(),
            files_taken: AtomicU64::default(),
            separator_bytes: AtomicU64::default(),
            connections: AtomicU64::default(),
            connections_open: AtomicU64::default(),
            idle_closes: AtomicU64::default(),
            turned_away: Mutex::default(),
            silent: AtomicI64::new(HEARD),
        }
    }
}

/// The counts of one listener.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListenerSeen {
    pub(crate) listener: String,
    pub(crate) kernel_drops: u64,
    /// Of a diode link: objects, and what a sound link never does.
    pub(crate) lost: u64,
    pub(crate) alarms: u64,
    pub(crate) indeterminate: u64,
    pub(crate) faults: u64,
    pub(crate) files_taken: u64,
    pub(crate) separator_bytes: u64,
    pub(crate) connections: u64,
    pub(crate) connections_open: u64,
    pub(crate) idle_closes: u64,
    pub(crate) turned_away: Vec<TurnedAway>,
    /// Since when it is known that nothing is heard of its sender.
    pub(crate) silent: Option<Time>,
}

impl ListenerGauge {
    /// The count so far, as the kernel tells it.
    pub fn kernel_drops(&self, so_far: u64) {
        self.kernel_drops.store(so_far, Relaxed);
    }

    /// Of a diode link, so far: objects that were sent and will not come, alarms, and objects that the run before had and
    /// may not have put on record.
    pub fn link(&self, lost: u64, alarms: u64, indeterminate: u64) {
        self.lost.store(lost, Relaxed);
        self.alarms.store(alarms, Relaxed);
        self.indeterminate.store(indeterminate, Relaxed);
    }

    /// So far: failed system calls that intake goes on after, and bytes of white space between frames; and taken files that
    /// wait for their decision now.
    pub fn intake(&self, faults: u64, files_taken: u64, separator_bytes: u64) {
        self.faults.store(faults, Relaxed);
        self.files_taken.store(files_taken, Relaxed);
        self.separator_bytes.store(separator_bytes, Relaxed);
    }

    /// So far: connections, and those closed because nothing came; and those that are open now.
    pub fn connections(&self, so_far: u64, open: u64, idle_closes: u64) {
        self.connections.store(so_far, Relaxed);
        self.connections_open.store(open, Relaxed);
        self.idle_closes.store(idle_closes, Relaxed);
    }

    /// What was turned away so far, by cause.
    pub fn turned_away(&self, so_far: impl Iterator<Item = TurnedAway>) {
        let mut all = self.turned_away.lock().unwrap_or_else(PoisonError::into_inner);
        all.clear();
        all.extend(so_far.filter(|one| one.objects > 0));
    }

    /// Of a diode link: since when nothing is heard of its sender; `None` where something is.
    pub fn silent(&self, since: Option<Time>) {
        let nanos = since.map_or(HEARD, |since| since.unix_nanos().max(HEARD.saturating_add(1)));
        self.silent.store(nanos, Relaxed);
    }

    pub(crate) fn seen(&self, listener: String) -> ListenerSeen {
        let [kernel_drops, lost, alarms, indeterminate] =
            [&self.kernel_drops, &self.lost, &self.alarms, &self.indeterminate]
                .map(|count| count.load(Relaxed));
        let silent = Some(self.silent.load(Relaxed)).filter(|nanos| *nanos != HEARD);
        let silent = silent.map(Time::from_unix_nanos);
        let [faults, files_taken, separator_bytes] =
            [&self.faults, &self.files_taken, &self.separator_bytes].map(|count| count.load(Relaxed));
        let [connections, connections_open, idle_closes] =
            [&self.connections, &self.connections_open, &self.idle_closes].map(|count| count.load(Relaxed));
        let turned_away = self.turned_away.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ListenerSeen {
            listener,
            kernel_drops,
            lost,
            alarms,
            indeterminate,
            faults,
            files_taken,
            separator_bytes,
            connections,
            connections_open,
            idle_closes,
            turned_away,
            silent,
        }
    }
}

/// A bounded map from name to gauge. Asked once a name; the gauge is then used without a lock.
#[derive(Debug)]
pub(crate) struct Named<G>(Mutex<BTreeMap<String, Arc<G>>>);

impl<G: Default> Named<G> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    pub(crate) fn gauge(&self, name: &str) -> Arc<G> {
        let name: String = name.chars().take(NAME_CHARACTERS_MAX).collect();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = all.len() >= NAMES_MAX && !all.contains_key(&name);
        let name = if full { OTHER.to_owned() } else { name };
        Arc::clone(all.entry(name).or_default())
    }

    pub(crate) fn all(&self) -> Vec<(String, Arc<G>)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(name, gauge)| (name.clone(), Arc::clone(gauge))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES_MAX, Named, OTHER, SourceGauge};

    #[test]
    fn names_are_bounded() {
        let named = Named::<SourceGauge>::new();
        for number in 0..NAMES_MAX + 50 {
            named.gauge(&format!("source-{number}")).received(1);
        }
        let all = named.all();
        assert_eq!(all.len(), NAMES_MAX + 1);
        let other = all.iter().find(|(name, _)| name == OTHER).unwrap();
        assert_eq!(other.1.counts(), (50, 0));
        named.gauge("source-1").turned_away(2);
        assert_eq!(named.gauge("source-1").counts(), (1, 2));
    }
}
