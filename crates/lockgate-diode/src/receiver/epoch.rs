//! What is known of one start of the sender.

use super::lane::Lane;
use super::{Alarm, EpochView, Event, Heartbeat, Limits, Manifest, Shared, Tally};
use crate::Hash;
use crate::manifest::Closing;
use crate::seen::Seen;
use alloc::boxed::Box;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Precedence, Time};

/// See the module.
pub(super) struct Epoch {
    pub(super) epoch: u64,
    pub(super) seen: Seen,
    lanes: [Box<Lane>; 6],
    /// The last manifest of the chain: number and digest.
    pub(super) head: Option<(u64, Hash)>,
    /// The digests of the two before it, as it says; not known behind a restart.
    before: Option<[Hash; 2]>,
    missed: u64,
    /// A manifest came that does not follow the others: the chain has two ends, whatever follows.
    broken: bool,
    /// Released and not sent: as manifests say, and as the last heartbeat says, which nobody signed.
    unsent: [u64; 2],
    /// The sender's clock, and when it was told.
    clock: Option<(Time, Time)>,
    /// When it is over, where a newer one has begun.
    pub(super) ends: Option<Time>,
    /// The sender has said how far it came.
    is_told: bool,
}

impl Epoch {
    pub(super) fn new(epoch: u64, seen: Seen) -> Self {
        let lanes = Precedence::ALL.map(|class| Box::new(Lane::new(epoch, class)));
        let (head, before, ends, clock, unsent) = (None, None, None, None, [0; 2]);
        Self {
            epoch,
            seen,
            lanes,
            head,
            before,
            missed: 0,
            broken: false,
            unsent,
            clock,
            ends,
            is_told: false,
        }
    }

    pub(super) fn lane(&mut self, class: Precedence) -> &mut Lane {
        let [deferred, routine, priority, immediate, flash, override_] = &mut self.lanes;
        match class {
            Precedence::Deferred => deferred,
            Precedence::Routine => routine,
            Precedence::Priority => priority,
            Precedence::Immediate => immediate,
            Precedence::Flash => flash,
            Precedence::Override => override_,
        }
    }

    pub(super) fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.iter().map(|lane| &**lane)
    }

    /// What is missing is suspected.
    pub(super) fn heartbeat(&mut self, heartbeat: &Heartbeat, now: Time, events: &mut Vec<Event>) {
        self.clock = Some((heartbeat.clock, now));
        let [signed, _] = self.unsent;
        self.unsent = [signed, heartbeat.unsent];
        for class in Precedence::ALL {
            if let Some(mark) = heartbeat.marks.of(class) {
                self.lane(class).suspect(mark.next, events);
            }
        }
    }

    /// Takes a signed manifest in; false where it does not follow the one before it.
    pub(super) fn manifest(
        &mut self,
        manifest: &Manifest,
        digest: Hash,
        now: Time,
        shared: &mut Shared,
        events: &mut Vec<Event>,
    ) -> bool {
        if !self.follows(manifest, digest) {
            self.broken = true;
            events.push(Event::Alarm(Alarm::Broken));
            return false;
        }
        let number = manifest.number;
        let newer = self.head.is_none_or(|(head, _)| number > head);
        if newer {
            let next = self.head.map_or(0, |(head, _)| head.saturating_add(1));
            self.missed = self.missed.saturating_add(number.saturating_sub(next));
            self.head = Some((number, digest));
            self.before = Some(manifest.before);
        } else {
            self.missed = self.missed.saturating_sub(1);
        }
        let [signed, said] = self.unsent;
        self.unsent = [signed.max(manifest.unsent), said];
        for entry in &manifest.entries {
            self.lane(entry.class).attest(entry, shared, events);
        }
        for class in Precedence::ALL {
            if let Some(mark) = manifest.marks.of(class) {
                self.lane(class).cover(mark, now.plus(shared.limits.patience), shared, events);
            }
        }
        if newer {
            let datagrams = self.seen.kept();
            events.push(Event::Manifest { epoch: self.epoch, number, digest, datagrams });
        }
        true
    }

    /// Whether what a manifest says of those before it, or the newest of it, agrees with what is known.
    fn follows(&self, manifest: &Manifest, digest: Hash) -> bool {
        let Some((head, known)) = self.head else { return true };
        let [last, second] = manifest.before;
        let ahead = manifest.number.checked_sub(head);
        let behind = head.checked_sub(manifest.number);
        match (ahead, behind, self.before) {
            (Some(0), ..) => digest == known,
            (Some(1), ..) => last == known,
            (Some(2), ..) => second == known,
            (_, Some(1), Some([said, _])) | (_, Some(2), Some([_, said])) => digest == said,
            _ => true,
        }
    }

    /// The sender says how far this epoch came.
    pub(super) fn close(&mut self, closing: &Closing, now: Time, patience: Duration) {
        if core::mem::replace(&mut self.is_told, true) {
            return;
        }
        self.seen.close(closing.datagrams);
        for class in Precedence::ALL {
            // A class that is not named was not used.
            self.lane(class).close(closing.marks.of(class).map_or(0, |mark| mark.next));
        }
        self.ends = Some(now.plus(patience));
    }

    /// It is over: whatever has not ended is lost.
    pub(super) fn end(&mut self, shared: &mut Shared, events: &mut Vec<Event>) {
        let agrees = self.seen.agrees() && self.lanes.iter().all(|lane| lane.agrees());
        if self.is_told && !agrees {
            events.push(Event::Alarm(Alarm::Broken));
        }
        let exact = self.is_told && agrees && !self.broken;
        for lane in &mut self.lanes {
            lane.end(shared, events);
        }
        let EpochView { received, lost, unknown, classes, .. } = self.view();
        let tally = classes.into_iter().fold(Tally::default(), Tally::plus);
        let datagrams = [received, lost, unknown];
        events.push(Event::Closed { epoch: self.epoch, exact, tally, datagrams });
    }

    pub(super) fn tick(&mut self, now: Time, shared: &mut Shared, events: &mut Vec<Event>) {
        for lane in &mut self.lanes {
            lane.tick(now, shared, events);
        }
    }

    pub(super) fn due(&self) -> Option<Time> {
        self.lanes.iter().filter_map(|lane| lane.due()).min()
    }

    pub(super) fn view(&self) -> EpochView {
        let mut classes = [Tally::default(); 6];
        for (tally, lane) in classes.iter_mut().zip(&self.lanes) {
            *tally = lane.tally;
        }
        EpochView {
            epoch: self.epoch,
            received: self.seen.received(),
            lost: self.seen.lost(),
            unknown: self.seen.hole(),
            unsent: self.unsent.into_iter().fold(0, u64::max),
            manifests_missed: self.missed,
            clock: self.clock,
            classes,
        }
    }
}

impl Limits {
    /// How many things of one kind are remembered for a class: hashes to be confirmed, hashes that are expected.
    pub(super) const REMEMBERED: usize = 8_192;
}
