//! Queue, gate and pace together: everything that egress decides, without a thread, a socket or a clock.

use crate::counters::{EgressCounters, Totals};
use crate::diode::{CALLS, DiodeOut, Filled};
use crate::gate::Gate;
use crate::outcome::{Outcome, Waiting, What};
use crate::places::Place;
use crate::queue::{Bounds, Queue};
use crate::sink::{BATCH, Obstacle, Progress, Sink, Stall};
use lockgate_bytes::{Digest, Duration, Sealed, Time};
use lockgate_diode::Pace;
use lockgate_reason::{Code, egress};

/// First and longest wait after an obstacle, in nanoseconds.
const WAITS: (i64, i64) = (100_000, 20_000_000);

/// When there is something to do again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// At once.
    Now,
    /// Not before this time, unless an object comes.
    At(Time),
    /// When an object comes.
    Idle,
}

/// See the module.
pub struct Sender {
    queue: Queue,
    gate: Gate,
    pace: Option<Pace>,
    /// Objects in the next call of the sink: one after an obstacle, twice as many after each success.
    burst: usize,
    /// Objects that a receiver may have although they do not count as sent: they do not wait, expire or come back.
    begun: Vec<Waiting>,
    /// Nothing may leave.
    is_shut: bool,
    /// After an obstacle: what it was, how long is waited, until when.
    stalled: Option<(Stall, Duration, Time)>,
    /// Objects whose time ran out when part of them had left.
    cut: u64,
    totals: Totals,
}

impl Sender {
    /// `pace`: none where the sink takes objects as fast as they come.
    pub fn new(bounds: Bounds, gate: Gate, pace: Option<Pace>) -> Self {
        let queue = Queue::new(bounds);
        let (begun, totals) = (Vec::new(), Totals::default());
        Self { queue, gate, pace, burst: BATCH, begun, is_shut: false, stalled: None, cut: 0, totals }
    }

    /// Takes an object in. What ends by that, itself or others, is reported.
    pub fn accept(&mut self, sealed: Sealed, now: Time, out: &mut Vec<Outcome>) {
        let from = out.len();
        match self.gate.admit(&sealed) {
            Ok(()) => self.queue.offer(sealed, now, out),
            Err(code) => out.push(Waiting { sealed, since: now }.ends(What::Refused(code), now)),
        }
        self.totals.add(out.iter().skip(from));
    }

    /// Sends what may be sent now: one call of the sink at most.
    pub fn round(&mut self, now: Time, sink: &mut dyn Sink, out: &mut Vec<Outcome>) -> Wake {
        let from = out.len();
        let wake = self.step(now, sink, out);
        self.totals.add(out.iter().skip(from));
        wake
    }

    /// The same by the one-way protocol: a few calls of the system at most.
    pub fn round_by_diode(&mut self, now: Time, way: &mut DiodeOut, out: &mut Vec<Outcome>) -> Wake {
        let from = out.len();
        let wake = self.step_by_diode(now, way, out);
        self.totals.add(out.iter().skip(from));
        self.totals.spent = way.spent();
        self.totals.wire_bytes = self.totals.spent.all();
        way.tell_unsent(self.totals.unsent().saturating_sub(self.cut));
        wake
    }

    /// Calls back what has begun to leave by the protocol and not left whole.
    pub fn withdraw(&mut self, way: &mut DiodeOut, now: Time, out: &mut Vec<Outcome>) {
        let from = out.len();
        self.cut = self.cut.saturating_add(way.withdraw(now, out));
        self.totals.add(out.iter().skip(from));
    }

    /// Calls everything back that was not released under `bundle`, which is in force from now on; with none, everything. What a
    /// receiver may have already stays, until it is sent.
    pub fn recall(&mut self, bundle: Option<Digest>, now: Time, out: &mut Vec<Outcome>) {
        let from = out.len();
        self.queue.expire(now, out);
        self.queue.recall(bundle, now, out);
        if let Some(bundle) = bundle {
            self.gate.bundle = bundle;
        }
        self.totals.add(out.iter().skip(from));
    }

    /// While it is shut nothing leaves; what waits expires, is superseded and comes back as ever.
    pub fn shut(&mut self, is_shut: bool) {
        self.is_shut = is_shut;
    }

    /// True where nothing waits, and nothing has left in part.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.begun.is_empty()
    }

    /// What waits.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Shows the present state to the eyes.
    pub fn publish(&self, counters: &EgressCounters) {
        counters.publish(&self.totals, &self.queue, self.stalled.map(|(stall, _, _)| stall));
    }

    fn step_by_diode(&mut self, now: Time, way: &mut DiodeOut, out: &mut Vec<Outcome>) -> Wake {
        self.queue.expire(now, out);
        if let Some((_, _, until)) = self.stalled.filter(|(_, _, until)| now < *until) {
            return self.sleep(until);
        }
        if self.is_shut {
            return self.queue.next_expiry().map_or(Wake::Idle, Wake::At);
        }
        for call in 0..CALLS {
            let filled = way.fill(now, &mut self.queue, &self.gate, out);
            match way.flush(now) {
                Ok(unheard) => self.totals.unheard = self.totals.unheard.saturating_add(unheard),
                Err(stall) => return self.stall(stall, call == 0, now),
            }
            self.stalled = None;
            self.cut = self.cut.saturating_add(way.settle(now, out));
            if let Filled::Until(time) = filled {
                return self.sleep(time);
            }
        }
        Wake::Now
    }

    fn step(&mut self, now: Time, sink: &mut dyn Sink, out: &mut Vec<Outcome>) -> Wake {
        self.queue.expire(now, out);
        if let Some((_, _, until)) = self.stalled.filter(|(_, _, until)| now < *until) {
            return self.sleep(until);
        }
        if self.is_shut {
            return self.queue.next_expiry().map_or(Wake::Idle, Wake::At);
        }
        if !self.begun.is_empty() {
            return self.finish(now, sink, out);
        }
        let (places, planned) = self.plan(now, sink, out);
        let objects = places.iter().take(planned).flatten().filter_map(|place| self.queue.look(*place));
        let Some(progress) = hand(sink, objects) else { return self.rest() };
        self.settle(&places, progress, now, sink, out)
    }

    /// What leaves next, at most as many as may leave now. Whatever fails the gate, or never fits, ends here.
    fn plan(
        &mut self,
        now: Time,
        sink: &dyn Sink,
        out: &mut Vec<Outcome>,
    ) -> ([Option<Place>; BATCH], usize) {
        let mut places = [None; BATCH];
        let mut planned = 0;
        let mut pace = self.pace;
        let most = self.burst.min(sink.batch().clamp(1, BATCH));
        let mut next = self.queue.first();
        while let Some(place) = next.filter(|_| planned < most && pace.is_none_or(|pace| pace.is_ready(now)))
        {
            next = self.queue.after(place);
            let Some(sealed) = self.queue.look(place) else { continue };
            let size = sealed.bytes.len();
            if let Err(code) = self.gate.pass(sealed) {
                self.end(place, What::Refused(code), now, out);
            } else if size > sink.largest() {
                self.spill(place, egress::OVER_LINK, now, out);
            } else if let Some(into) = places.get_mut(planned) {
                *into = Some(place);
                planned = planned.saturating_add(1);
                if let Some(pace) = pace.as_mut() {
                    pace.spend(sink.wire_bytes(size), now);
                }
            }
        }
        (places, planned)
    }

    fn settle(
        &mut self,
        places: &[Option<Place>; BATCH],
        progress: Progress,
        now: Time,
        sink: &dyn Sink,
        out: &mut Vec<Outcome>,
    ) -> Wake {
        self.totals.unheard = self.totals.unheard.saturating_add(progress.unheard);
        let now = back(now, &progress);
        for place in places.iter().take(progress.sent).flatten() {
            let size = self.queue.look(*place).map_or(0, |sealed| sealed.bytes.len());
            let wire_bytes = sink.wire_bytes(size);
            if let Some(pace) = self.pace.as_mut() {
                pace.spend(wire_bytes, now);
            }
            self.totals.wire_bytes = self.totals.wire_bytes.saturating_add(wire_bytes);
            if let Some(waiting) = self.queue.send(*place) {
                out.push(waiting.ends(What::Sent, now));
            }
        }
        for place in places.iter().skip(progress.sent).take(progress.begun).flatten() {
            self.begun.extend(self.queue.send(*place));
        }
        if progress.sent > 0 {
            self.burst = self.burst.saturating_mul(2).min(BATCH);
        }
        match progress.obstacle {
            Some(Obstacle::Stalled(stall)) => return self.stall(stall, progress.sent == 0, now),
            Some(Obstacle::TooLarge) => {
                if let Some(place) = places.iter().skip(progress.sent).flatten().next() {
                    self.spill(*place, egress::OVER_LINK, now, out);
                }
            }
            None => {}
        }
        self.stalled = None;
        self.rest()
    }

    /// Waits, longer each time where nothing left since the last.
    fn stall(&mut self, stall: Stall, is_again: bool, now: Time) -> Wake {
        let (first, longest) = WAITS;
        let again = self.stalled.filter(|_| is_again);
        let wait = again.map_or(first, |(_, wait, _)| wait.nanos().saturating_mul(2)).min(longest);
        let until = now.plus(Duration::from_nanos(wait));
        self.burst = 1;
        self.stalled = Some((stall, Duration::from_nanos(wait), until));
        self.sleep(until)
    }

    /// Offers once more, before anything else leaves, what has left in part. Its time does not matter any more: it is out.
    fn finish(&mut self, now: Time, sink: &mut dyn Sink, out: &mut Vec<Outcome>) -> Wake {
        let objects = self.begun.iter().map(|waiting| &waiting.sealed);
        let Some(progress) = hand(sink, objects) else { return self.rest() };
        let now = back(now, &progress);
        let sent = progress.sent.min(self.begun.len());
        for waiting in self.begun.drain(..sent) {
            let wire_bytes = sink.wire_bytes(waiting.sealed.bytes.len());
            self.totals.wire_bytes = self.totals.wire_bytes.saturating_add(wire_bytes);
            out.push(waiting.ends(What::Sent, now));
        }
        if let Some(Obstacle::Stalled(stall)) = progress.obstacle {
            return self.stall(stall, sent == 0, now);
        }
        self.stalled = None;
        if self.begun.is_empty() { self.rest() } else { Wake::Now }
    }

    /// Until the pace allows the next one, or there is one at all.
    fn rest(&mut self) -> Wake {
        if self.queue.is_empty() {
            return Wake::Idle;
        }
        self.pace.map_or(Wake::Now, |pace| self.sleep(pace.ready_at()))
    }

    /// Until then, or until something expires: that is accounted when it happens, not when the link is free again.
    fn sleep(&mut self, until: Time) -> Wake {
        Wake::At(self.queue.next_expiry().map_or(until, |expiry| expiry.min(until)))
    }

    fn end(&mut self, place: Place, what: What, now: Time, out: &mut Vec<Outcome>) {
        if let Some(waiting) = self.queue.take(place) {
            out.push(waiting.ends(what, now));
        }
    }

    fn spill(&mut self, place: Place, code: Code, now: Time, out: &mut Vec<Outcome>) {
        if let Some(waiting) = self.queue.take(place) {
            out.push(waiting.spills(code, now));
        }
    }
}

/// When the call came back that began now: a disk may have taken its time, and what left, left by then.
fn back(now: Time, progress: &Progress) -> Time {
    now.plus(Duration::from_nanos(i64::try_from(progress.took.as_nanos()).unwrap_or(i64::MAX)))
}

/// One call of the sink with as many as it may have; `None` where there is none.
fn hand<'a>(sink: &mut dyn Sink, mut objects: impl Iterator<Item = &'a Sealed>) -> Option<Progress> {
    let first = objects.next()?;
    let mut batch = [first; BATCH];
    let mut count = 1_usize;
    for (into, object) in batch.iter_mut().skip(1).zip(objects) {
        *into = object;
        count = count.saturating_add(1);
    }
    Some(sink.send(batch.get(..count).unwrap_or(&[])))
}
