//! Refusals of a flood share one record. Releases and holds never do. Pure: time is an argument.

use crate::event::Refusals;
use lockgate_bytes::{Digest, Duration, Time};
use sha2::{Digest as _, Sha256};

/// Sources and codes that share at one time, at most; what comes on top gets records of its own.
const SHARED_MAX: usize = 1024;

/// Decides which refusals share a record: those of a source above a rate, by code.
pub struct Flood {
    per_second: u32,
    sources: Vec<Source>,
    shared: Vec<Shared>,
    /// How many refusals they are.
    waiting: u64,
}

struct Source {
    name: String,
    second: i64,
    count: u32,
}

struct Shared {
    lane: String,
    source: String,
    code: &'static str,
    count: u64,
    first: Time,
    last: Time,
    hashes: Sha256,
}

impl Flood {
    /// A source's refusals above so many in a second of the clock share records.
    pub fn new(per_second: u32) -> Self {
        Self { per_second, sources: Vec::new(), shared: Vec::new(), waiting: 0 }
    }

    /// A refusal at this time: true where it was taken into a shared record, false where it needs one of its own.
    /// `code` is that of its first reason.
    pub fn take(&mut self, lane: &str, source: &str, code: &'static str, object: &Digest, at: Time) -> bool {
        if !self.is_above(source, at) {
            return false;
        }
        let known = self
            .shared
            .iter()
            .position(|shared| shared.code == code && shared.source == source && shared.lane == lane);
        if known.is_none() {
            if self.shared.len() >= SHARED_MAX {
                return false;
            }
            self.shared.push(Shared {
                lane: lane.to_owned(),
                source: source.to_owned(),
                code,
                count: 0,
                first: at,
                last: at,
                hashes: Sha256::new(),
            });
        }
        let place = known.unwrap_or(self.shared.len().saturating_sub(1));
        let Some(shared) = self.shared.get_mut(place) else { return false };
        self.waiting = self.waiting.saturating_add(1);
        shared.count = shared.count.saturating_add(1);
        shared.first = shared.first.min(at);
        shared.last = shared.last.max(at);
        shared.hashes.update(object.0);
        true
    }

    /// How many refusals wait to be written.
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    /// True where nothing waits to be written.
    pub fn is_empty(&self) -> bool {
        self.shared.is_empty()
    }

    /// The records of all that was taken, to be written now; call it each second, and before a stop. They are not
    /// counted until they are written: keep them where the log fails.
    pub fn drain(&mut self, epoch: u64, at: Time) -> Vec<Refusals> {
        self.waiting = 0;
        let drained = self.shared.drain(..).map(|shared| Refusals {
            at,
            epoch,
            lane: shared.lane,
            source: shared.source,
            code: shared.code.to_owned(),
            count: shared.count,
            first: shared.first,
            last: shared.last,
            digest: Some(Digest(shared.hashes.finalize().into())),
            receipt: None,
            door: None,
        });
        drained.collect()
    }

    fn is_above(&mut self, name: &str, at: Time) -> bool {
        let second = at.unix_nanos().div_euclid(Duration::from_secs(1).nanos().max(1));
        if let Some(source) = self.sources.iter_mut().find(|source| source.name == name) {
            if source.second != second {
                (source.second, source.count) = (second, 0);
            }
            source.count = source.count.saturating_add(1);
            return source.count > self.per_second;
        }
        if self.sources.len() >= SHARED_MAX {
            // Only sources of this second matter.
            self.sources.retain(|source| source.second == second);
        }
        if self.sources.len() < SHARED_MAX {
            self.sources.push(Source { name: name.to_owned(), second, count: 1 });
        }
        self.per_second == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Flood;
    use lockgate_bytes::{Digest, Time};
    use sha2::{Digest as _, Sha256};

    #[test]
    fn only_what_is_above_the_rate_shares_and_nothing_is_uncounted() {
        let mut flood = Flood::new(3);
        let (mut own, mut digest) = (0, Sha256::new());
        for number in 0..10_u8 {
            let object = Digest([number; 32]);
            let at = Time::from_unix_nanos(1_000_000_000 + i64::from(number));
            if flood.take("lane", "source", "LG-S001", &object, at) {
                digest.update(object.0);
            } else {
                own += 1;
            }
        }
        assert_eq!(own, 3);
        assert!(!flood.take(
            "lane",
            "other",
            "LG-S001",
            &Digest([0; 32]),
            Time::from_unix_nanos(1_000_000_000)
        ));
        let records = flood.drain(4, Time::from_unix_nanos(2_000_000_000));
        assert_eq!(records.len(), 1);
        assert_eq!((records[0].count, &*records[0].code, records[0].epoch), (7, "LG-S001", 4));
        assert_eq!(records[0].digest, Some(Digest(digest.finalize().into())));
        assert_eq!(records[0].last.since(records[0].first).nanos(), 6);
        assert!(flood.drain(4, Time::from_unix_nanos(3_000_000_000)).is_empty());
        // The next second begins anew.
        assert!(!flood.take(
            "lane",
            "source",
            "LG-S001",
            &Digest([0; 32]),
            Time::from_unix_nanos(2_000_000_000)
        ));
    }

    #[test]
    fn codes_do_not_share_with_each_other_and_memory_is_bounded() {
        let mut flood = Flood::new(0);
        let at = Time::from_unix_nanos(0);
        assert!(flood.take("l", "s", "LG-S001", &Digest([0; 32]), at));
        assert!(flood.take("l", "s", "LG-F001", &Digest([0; 32]), at));
        let taken =
            (0..5000).filter(|n| flood.take("l", &n.to_string(), "LG-S001", &Digest([0; 32]), at)).count();
        assert_eq!(taken, 1022);
        assert_eq!(flood.drain(1, at).len(), 1024);
    }
}
