//! How much was met, over all seeds: a harness that does nothing proves nothing.

use super::super::pictures::Met;
use super::super::world::Way;
use std::collections::BTreeMap;

/// How much was done, over all seeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) crashes: u64,
    pub(crate) troubles: u64,
    /// Questions that the disk did not answer, though it was well.
    pub(crate) misread: u64,
    pub(crate) swaps: u64,
    /// Rounds of egress while nothing may leave.
    pub(crate) shut: u64,
    /// Steps of the clock, confirmations, and rounds of egress while nobody trusts the time.
    pub(crate) steps: u64,
    pub(crate) confirmed: u64,
    pub(crate) timeless: u64,
    /// Objects held because nobody trusted the time, and those of them that were released later.
    pub(super) held_for_clock: u64,
    pub(super) released_later: u64,
    /// Lives with refusals that share a record, and with a snapshot.
    pub(super) lives: u64,
    pub(super) with_shared: u64,
    pub(super) with_snapshot: u64,
    pub(super) objects: u64,
    pub(super) shared: u64,
    /// Releases of objects with a sidecar, decisions of those that had lost it, and sidecars that were held at a start.
    pub(super) with_sidecar: u64,
    pub(super) lost_sidecar: u64,
    pub(crate) kept_sidecars: u64,
    pub(super) ends: BTreeMap<&'static str, u64>,
    /// Files that were not fit, and good ones that found the lane full.
    pub(crate) away: u64,
    pub(crate) full: u64,
    /// What workers were asked for.
    pub(crate) met: Met,
}

impl Totals {
    /// Enough happened to objects with a sidecar.
    pub(crate) fn has_met_pairs(&self) {
        let met = [self.with_sidecar, self.lost_sidecar, self.kept_sidecars];
        assert!(met.iter().all(|count| *count > 20), "too little happened to pairs: {self:?}");
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.crashes += other.crashes;
        self.troubles += other.troubles;
        self.misread += other.misread;
        self.swaps += other.swaps;
        self.shut += other.shut;
        self.steps += other.steps;
        self.confirmed += other.confirmed;
        self.timeless += other.timeless;
        self.held_for_clock += other.held_for_clock;
        self.released_later += other.released_later;
        self.lives += other.lives;
        self.with_shared += other.with_shared;
        self.with_snapshot += other.with_snapshot;
        self.objects += other.objects;
        self.shared += other.shared;
        self.with_sidecar += other.with_sidecar;
        self.lost_sidecar += other.lost_sidecar;
        self.kept_sidecars += other.kept_sidecars;
        self.away += other.away;
        self.full += other.full;
        self.met.add(&other.met);
        for (name, count) in &other.ends {
            *self.ends.entry(name).or_default() += count;
        }
    }

    pub(crate) fn is_worth_something(&self, way: Way) {
        let usual = [
            "sent",
            "held",
            "refused",
            "derived",
            "superseded",
            "expired",
            "approved",
            "rejected",
            "returned",
            "unsaid",
        ];
        for end in usual.into_iter().chain((way == Way::Network).then_some("indeterminate")) {
            assert!(self.ends.get(end).is_some_and(|count| *count > 0), "no object was {end}: {self:?}");
        }
        // What is staged says by its name which decision about the object it is of.
        let lost = self.ends.get("indeterminate").copied().unwrap_or(0);
        assert!(
            way == Way::Network || lost == 0,
            "nobody knows what became of an object before a directory: {self:?}"
        );
        assert!(self.swaps > 0 && self.crashes > 0);
        assert!(self.away > 100 && self.full > 20, "too little was turned away: {self:?}");
        let clock = [self.steps, self.confirmed, self.timeless, self.held_for_clock, self.released_later];
        assert!(clock.iter().all(|count| *count > 50), "the clock was hardly ever set: {self:?}");
        for (what, reached) in [("shared refusals", self.with_shared), ("a snapshot", self.with_snapshot)] {
            assert!(reached * 10 > self.lives, "too few of the seeds met {what}: {self:?}");
        }
    }
}
