//! The desk that every arrival passes: size, rate, buffer, hatch; and the count of what did not pass.

use crate::allowance::Allowance;
use crate::tally::Tally;
use crate::{
    Arrival, Clock, Config, Hatch, IntakeCounters, ListenerCounters, Losses, Mark, Offered, Pool, Receipt,
    TurnedAway, Why,
};
use lockgate_bytes::{Digest, Frame, Sidecar, Time};
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::sync::Arc;

/// When something happened, by both clocks; read once for a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Time,
    pub(crate) steady: Time,
}

impl Moment {
    pub(crate) fn read(clock: &dyn Clock) -> Self {
        Self { now: clock.now(), steady: clock.steady() }
    }
}

/// What of an arrival the desk is told where it does not pass.
pub(crate) struct Missed<'a> {
    pub(crate) listener: usize,
    pub(crate) source: Option<usize>,
    pub(crate) why: Why,
    /// True size in bytes.
    pub(crate) size: usize,
    /// All of its bytes, where they were there.
    pub(crate) bytes: Option<&'a [u8]>,
}

pub(crate) struct Desk<'h> {
    hatch: &'h mut dyn Hatch,
    pool: Arc<Pool>,
    counters: Arc<IntakeCounters>,
    push_back: bool,
    sources: Vec<(Arc<str>, Option<Allowance>)>,
    /// The largest frame of each source.
    largest: Vec<usize>,
    tally: Tally,
    /// What the hatch has not taken yet, in a lane that pushes back.
    waiting: VecDeque<(usize, Arrival)>,
    /// What each listener lost: seen, and told to the hatch.
    losses: Vec<(Losses, Losses)>,
    /// Whether each listener is a link of which nothing is heard: seen, and told to the hatch.
    silences: Vec<(bool, bool)>,
    gone: bool,
}

impl<'h> Desk<'h> {
    pub(crate) fn new(
        config: &Config,
        pool: Arc<Pool>,
        counters: Arc<IntakeCounters>,
        hatch: &'h mut dyn Hatch,
    ) -> Self {
        let sources = config.sources.iter();
        let largest = sources.clone().map(|source| source.size_max.unwrap_or(usize::MAX));
        Self {
            largest: largest.collect(),
            hatch,
            pool,
            counters,
            push_back: config.push_back,
            sources: sources
                .map(|source| (Arc::clone(&source.name), source.rate.map(Allowance::new)))
                .collect(),
            tally: Tally::default(),
            waiting: VecDeque::new(),
            losses: vec![Default::default(); config.listeners.len()],
            silences: vec![Default::default(); config.listeners.len()],
            gone: false,
        }
    }

    /// The largest frame of a source.
    pub(crate) fn largest(&self, source: usize) -> usize {
        self.largest.get(source).copied().unwrap_or(0)
    }

    /// A whole frame of a known source.
    pub(crate) fn frame(&mut self, listener: usize, source: usize, bytes: &[u8], at: Moment) {
        let missed = |why, bytes| Missed { listener, source: Some(source), why, size: usize::MAX, bytes };
        let size = bytes.len();
        if size == 0 {
            return self.turn_away(Missed { size, ..missed(Why::Empty, Some(bytes)) }, at);
        }
        if self.largest.get(source).is_some_and(|largest| size > *largest) {
            return self.turn_away(Missed { size, ..missed(Why::Oversize, Some(bytes)) }, at);
        }
        let Some((name, allowance)) = self.sources.get_mut(source) else { return };
        if allowance.as_mut().is_some_and(|allowance| !allowance.spend(size, at.steady)) {
            return self.turn_away(Missed { size, ..missed(Why::OverRate, Some(bytes)) }, at);
        }
        let buffer = match self.pool.lend(size) {
            None if self.push_back => Some(self.pool.lend_beyond(size)),
            lent => lent,
        };
        // Not hashed: what a full lane costs must not depend on the size of what it loses.
        let Some(mut buffer) = buffer else {
            return self.turn_away(Missed { size, ..missed(Why::Full, None) }, at);
        };
        buffer.extend_from_slice(bytes);
        let frame = Frame { bytes: buffer, source: Arc::clone(name), arrival: at.now, sidecar: None };
        if let Some(back) = self.offer(listener, Arrival::Frame(frame, None)) {
            if self.push_back {
                self.waiting.push_back((listener, back));
            } else {
                self.give_back(back);
                self.turn_away(Missed { size, ..missed(Why::Full, None) }, at);
            }
        }
    }

    /// A taken file and what lay beside it, in buffers of the pool; false where it has to be offered again later.
    pub(crate) fn file(
        &mut self,
        listener: usize,
        source: usize,
        (bytes, sidecar): (Vec<u8>, Option<Box<Sidecar>>),
        receipt: Receipt,
        at: Moment,
    ) -> bool {
        let Some((name, _)) = self.sources.get(source) else {
            self.give_back_both(bytes, sidecar);
            return false;
        };
        let beside = sidecar.as_ref().map_or(0, |sidecar| sidecar.bytes.len());
        let (name, size) = (Arc::clone(name), bytes.len().saturating_add(beside));
        let frame = Frame { bytes, source: name, arrival: at.now, sidecar };
        if let Some(back) = self.offer(listener, Arrival::Frame(frame, Some(receipt))) {
            self.give_back(back);
            return false;
        }
        if let Some((_, Some(allowance))) = self.sources.get_mut(source) {
            allowance.charge(size, at.steady);
        }
        true
    }

    /// True where a source that can wait may go on.
    pub(crate) fn is_clear(&self, source: usize, at: Moment) -> bool {
        let allowance = self.sources.get(source).and_then(|(_, allowance)| allowance.as_ref());
        allowance.is_none_or(|allowance| allowance.is_clear(at.steady))
    }

    /// Counts what did not pass, and tells it, now or with others of its kind.
    pub(crate) fn turn_away(&mut self, missed: Missed<'_>, at: Moment) {
        let Some(counters) = self.counters.listeners.get(missed.listener) else { return };
        counters.turn_away(missed.why, 1);
        let source = missed.source.and_then(|source| self.sources.get(source));
        let mut one = TurnedAway {
            listener: Arc::clone(&counters.listener),
            source: source.map(|(name, _)| Arc::clone(name)),
            why: missed.why,
            count: 1,
            size_bytes: u64::try_from(missed.size).unwrap_or(u64::MAX),
            first: at.now,
            last: at.now,
            sha256: None,
            receipt: None,
        };
        if missed.why == Why::Full || !self.tally.may_tell(&one, at.steady) {
            return self.tally.keep(one);
        }
        one.sha256 = missed.bytes.map(|bytes| Digest(Sha256::digest(bytes).into()));
        self.tell(one);
    }

    /// A taken file that is turned away: told by itself, and acknowledged once it is on record. False, and nothing counted,
    /// where the hatch has no room; it has to be told again later.
    pub(crate) fn file_away(
        &mut self,
        missed: Missed<'_>,
        receipt: Receipt,
        since: Option<Time>,
        at: Moment,
    ) -> bool {
        let Some(counters) = self.counters.listeners.get(missed.listener) else { return false };
        let (listener, first) = (Arc::clone(&counters.listener), since.unwrap_or(at.now));
        let source = missed.source.and_then(|source| self.sources.get(source));
        let turned_away = TurnedAway {
            listener,
            source: source.map(|(name, _)| Arc::clone(name)),
            why: missed.why,
            count: 1,
            size_bytes: u64::try_from(missed.size).unwrap_or(u64::MAX),
            first,
            last: first,
            sha256: missed.bytes.map(|bytes| Digest(Sha256::digest(bytes).into())),
            receipt: Some(receipt),
        };
        if self.offer(usize::MAX, Arrival::TurnedAway(turned_away)).is_some() {
            return false;
        }
        self.count(missed.listener, |counters| counters.turn_away(missed.why, 1));
        // A file is an object of its source's rate, also where it never becomes one.
        let allowance = missed.source.and_then(|source| self.sources.get_mut(source));
        if let Some((_, Some(allowance))) = allowance {
            allowance.charge(0, at.steady);
        }
        true
    }

    /// Counts something at a listener.
    pub(crate) fn count(&self, listener: usize, what: impl FnOnce(&ListenerCounters)) {
        if let Some(counters) = self.counters.listeners.get(listener) {
            what(counters);
        }
    }

    /// So many datagrams the kernel has thrown away at this listener.
    pub(crate) fn kernel_drops(&mut self, listener: usize, total: u64) {
        if let Some((seen, _)) = self.losses.get_mut(listener) {
            seen.kernel_drops = total.max(seen.kernel_drops);
        }
        if let Some(counters) = self.counters.listeners.get(listener) {
            counters.kernel_drops.set(total);
        }
    }

    /// The diode link of this listener has lost so many more objects, and raised so many more alarms.
    pub(crate) fn link_losses(&mut self, listener: usize, lost: u64, alarms: u64) {
        if let Some((seen, _)) = self.losses.get_mut(listener) {
            seen.lost = seen.lost.saturating_add(lost);
            seen.alarms = seen.alarms.saturating_add(alarms);
        }
        if let Some(counters) = self.counters.listeners.get(listener) {
            counters.lost.add(lost);
            counters.alarms.add(alarms);
        }
    }

    /// The run before may not have put so many objects of this link on record.
    pub(crate) fn link_indeterminate(&mut self, listener: usize, count: u64) {
        if let Some((seen, _)) = self.losses.get_mut(listener) {
            seen.indeterminate = seen.indeterminate.saturating_add(count);
        }
        if let Some(counters) = self.counters.listeners.get(listener) {
            counters.indeterminate.add(count);
        }
    }

    /// Nothing is heard on the diode link of this listener, or something is.
    pub(crate) fn link_silent(&mut self, listener: usize, is_silent: bool) {
        if let Some((seen, _)) = self.silences.get_mut(listener) {
            *seen = is_silent;
        }
    }

    /// Sets a mark for all but what is still to be told, above `marked`. It gives back how far that is; `None` where there
    /// is nothing new, something waits, or the hatch is full.
    pub(crate) fn mark(&mut self, Mark { listener, ended }: Mark, marked: u64) -> Option<u64> {
        let told = ended.saturating_sub(self.untold(listener));
        if !self.waiting.is_empty() || told <= marked {
            return None;
        }
        let mark = Arrival::Mark(Mark { listener, ended: told });
        (self.offer(listener, mark).is_none() && !self.gone).then_some(told)
    }

    /// How many objects of a link have ended here and are to be told together with others.
    fn untold(&self, listener: usize) -> u64 {
        let turned_away = self.counters.listeners.get(listener);
        let turned_away = turned_away.map_or(0, |of| self.tally.waiting_of(&of.listener));
        let (seen, told) = self.losses.get(listener).copied().unwrap_or_default();
        let lost = seen.lost.saturating_sub(told.lost);
        let before = seen.indeterminate.saturating_sub(told.indeterminate);
        turned_away.saturating_add(lost).saturating_add(before)
    }

    /// Tells what waits to be told together. What the hatch does not take is kept.
    pub(crate) fn flush(&mut self) {
        for listener in 0..self.losses.len() {
            let Some((losses, _)) = self.losses.get(listener).copied().filter(|(seen, told)| seen != told)
            else {
                continue;
            };
            let Some(counters) = self.counters.listeners.get(listener) else { continue };
            let name = Arc::clone(&counters.listener);
            let back = self.offer(listener, Arrival::Losses { listener: name, losses });
            if let (None, Some((_, told))) = (back, self.losses.get_mut(listener)) {
                *told = losses;
            }
        }
        for listener in 0..self.silences.len() {
            let Some((is_silent, _)) =
                self.silences.get(listener).copied().filter(|(seen, told)| seen != told)
            else {
                continue;
            };
            let Some(counters) = self.counters.listeners.get(listener) else { continue };
            let silence = Arrival::Silence { listener: Arc::clone(&counters.listener), is_silent };
            if let (None, Some((_, told))) = (self.offer(listener, silence), self.silences.get_mut(listener))
            {
                *told = is_silent;
            }
        }
        while let Some(kind) = self.tally.take() {
            if !self.tell(kind) {
                break;
            }
        }
    }

    /// Offers again what waits; true where nothing more may be read for now.
    pub(crate) fn is_stuck(&mut self) -> bool {
        while let Some((listener, arrival)) = self.waiting.pop_front() {
            if let Some(back) = self.hand(listener, arrival) {
                self.waiting.push_front((listener, back));
                return true;
            }
        }
        self.push_back && !self.pool.has_room()
    }

    /// True where something waits for the hatch: whoever reads stops there, or a round would keep in memory what all of its
    /// sources have sent.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// True where everything is told.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
            && self.tally.is_empty()
            && self.losses.iter().all(|(seen, told)| seen == told)
    }

    /// True where the hatch takes nothing any more, ever.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone
    }

    /// True where a full lane makes sources wait.
    pub(crate) fn pushes_back(&self) -> bool {
        self.push_back
    }

    /// The buffers.
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    fn tell(&mut self, turned_away: TurnedAway) -> bool {
        match self.offer(usize::MAX, Arrival::TurnedAway(turned_away)) {
            Some(Arrival::TurnedAway(back)) => {
                self.tally.keep(back);
                false
            }
            _ => true,
        }
    }

    /// Offers one arrival; what the hatch has no room for comes back.
    fn offer(&mut self, listener: usize, arrival: Arrival) -> Option<Arrival> {
        // In order: nothing overtakes what waits.
        if self.waiting.is_empty() { self.hand(listener, arrival) } else { Some(arrival) }
    }

    fn hand(&mut self, listener: usize, arrival: Arrival) -> Option<Arrival> {
        let size = if let Arrival::Frame(frame, _) = &arrival { Some(frame.bytes.len()) } else { None };
        match self.hatch.offer(arrival) {
            Offered::Taken => {
                if let (Some(size), Some(counters)) = (size, self.counters.listeners.get(listener)) {
                    counters.frames.add(1);
                    counters.frame_bytes.add(u64::try_from(size).unwrap_or(u64::MAX));
                }
                None
            }
            Offered::Full(back) => Some(back),
            Offered::Gone => {
                self.gone = true;
                None
            }
        }
    }

    /// Gives the buffers of a file and of what lay beside it back.
    pub(crate) fn give_back_both(&self, bytes: Vec<u8>, sidecar: Option<Box<Sidecar>>) {
        self.pool.give_back(bytes);
        if let Some(sidecar) = sidecar {
            self.pool.give_back(sidecar.bytes);
        }
    }

    fn give_back(&self, arrival: Arrival) {
        if let Arrival::Frame(frame, _) = arrival {
            self.give_back_both(frame.bytes, frame.sidecar);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Desk, Missed, Moment};
    use crate::config::Source;
    use crate::{Arrival, Config, Hatch, IntakeCounters, Mark, Offered, Pool, Rate, Why};
    use lockgate_bytes::Time;
    use std::sync::Arc;

    /// Takes everything, and counts it.
    #[derive(Default)]
    struct Basket {
        told: u64,
        marks: Vec<u64>,
    }

    impl Hatch for Basket {
        fn offer(&mut self, arrival: Arrival) -> Offered {
            match arrival {
                Arrival::Frame(..) => self.told += 1,
                Arrival::TurnedAway(away) => {
                    self.told += if &*away.listener == "link" { away.count } else { 0 }
                }
                Arrival::Losses { losses, .. } => self.told += losses.lost,
                Arrival::Silence { .. } => {}
                Arrival::Mark(mark) => {
                    assert_eq!(mark.ended, self.told, "all of it is told, and it counts all that is");
                    self.marks.push(mark.ended);
                }
            }
            Offered::Taken
        }
    }

    /// By one listener two sources come, and each keeps to its own size, and to its own number of objects.
    #[test]
    fn a_source_sends_no_larger_and_no_more_objects_than_its_own() {
        let rate = Rate { bits: u64::MAX, burst_bytes: 1, objects: Some(2) };
        let sources = vec![
            Source { name: "large".into(), rate: None, size_max: Some(10) },
            Source { name: "small".into(), rate: Some(rate), size_max: Some(3) },
        ];
        let config =
            Config { epoch: 1, push_back: false, unfinished_max_bytes: 0, sources, listeners: vec![] };
        let counters = Arc::new(IntakeCounters::new(["link".into()].into_iter()));
        let mut basket = Basket::default();
        let mut desk = Desk::new(&config, Arc::new(Pool::new(1 << 20)), counters.clone(), &mut basket);
        let at = Moment { now: Time::from_unix_nanos(0), steady: Time::from_unix_nanos(0) };
        let mut turned_away = |source: usize, size: usize| {
            desk.frame(0, source, &[b'x'; 11][..size], at);
            let of = &counters.listeners[0];
            [Why::Oversize, Why::OverRate].map(|why| of.turned_away(why))
        };
        assert_eq!(turned_away(0, 10), [0, 0]);
        assert_eq!(turned_away(0, 11), [1, 0]);
        assert_eq!(turned_away(1, 3), [1, 0]);
        assert_eq!(turned_away(1, 4), [2, 0], "and it costs none of its rate");
        assert_eq!(turned_away(1, 3), [2, 0]);
        assert_eq!(turned_away(1, 1), [2, 1]);
        assert_eq!(turned_away(0, 4), [2, 1], "the other one goes on");
    }

    /// A flood of refusals is told together once a second. A mark waits for none of them: it counts the others.
    #[test]
    fn a_mark_counts_what_is_told_while_a_flood_is_turned_away() {
        let names = ["link", "other"].map(Arc::from);
        let sources = vec![Source { name: "far".into(), rate: None, size_max: None }];
        let config =
            Config { epoch: 1, push_back: false, unfinished_max_bytes: 0, sources, listeners: vec![] };
        let counters = Arc::new(IntakeCounters::new(names.into_iter()));
        let mut basket = Basket::default();
        let mut desk = Desk::new(&config, Arc::new(Pool::new(1 << 20)), counters, &mut basket);
        desk.losses = vec![Default::default(); 2];
        let (mut ended, mut marked) = (0, 0);
        for step in 0..500 {
            let time = Time::from_unix_nanos(step * 10_000_000);
            let at = Moment { now: time, steady: time };
            for listener in [0, 0, 1] {
                let why = Why::Oversize;
                desk.turn_away(Missed { listener, source: Some(0), why, size: 9, bytes: None }, at);
            }
            desk.frame(0, 0, b"an object", at);
            ended += 3;
            if step % 7 == 0 && step < 14 {
                desk.link_losses(0, 1, 0);
                ended += 1;
            }
            if step % 10 == 9 {
                marked = desk.mark(Mark { listener: 0, ended }, marked).expect("one object at least is new");
                assert_eq!(desk.mark(Mark { listener: 0, ended }, marked), None, "nothing is new");
            }
            if step % 100 == 50 {
                desk.flush();
            }
        }
        desk.flush();
        assert_eq!(desk.mark(Mark { listener: 0, ended }, marked), Some(ended));
        drop(desk);
        assert_eq!(basket.marks.len(), 51);
    }
}
