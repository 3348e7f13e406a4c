//! The journal's thread, and its ways to its neighbours.

use super::{Handover, Journal, Neighbours, Trouble};
use crate::gate::clock::SharedClock;
use crate::gate::entry::{Entry, Petition, Recalled};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use lockgate_bytes::{Digest, Sealed, Time};
use lockgate_egress::{Brake, Ear, EgressCounters, Ended, Full, Mouth, Report, Valve};
use lockgate_intake::{Handle, Mark, Receipt};
use lockgate_watch::{Alarm, Gauges, LinkSpent, Worker};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that a thread sleeps.
const TICK: Duration = Duration::from_millis(100);
/// The same, where something is expected of egress or for the engine.
const SOON: Duration = Duration::from_millis(5);
/// How often it is tried whether files can be opened.
const PROBE: Duration = Duration::from_secs(1);
/// How long the journal waits after trouble before it tries again.
const TROUBLED: Duration = Duration::from_millis(200);

/// The journal's way to egress.
pub(crate) struct Way {
    /// None once nothing more is handed over.
    mouth: Option<Mouth>,
    valve: Valve,
}

impl Way {
    pub(crate) fn to(mouth: Mouth) -> Self {
        Self { valve: mouth.valve(), mouth: Some(mouth) }
    }
}

impl Handover for Way {
    fn offer(&mut self, sealed: Sealed) -> Result<(), Box<Sealed>> {
        match &self.mouth {
            Some(mouth) => mouth.offer(sealed).map_err(|Full(sealed)| sealed),
            None => Err(Box::new(sealed)),
        }
    }

    fn change(&mut self, bundle: Digest) {
        if let Some(mouth) = &self.mouth {
            mouth.change(bundle);
        }
    }

    fn shut(&mut self, shut: bool) {
        self.valve.shut(shut);
    }

    fn close(&mut self) -> Option<Brake> {
        self.mouth.take().map(Mouth::close)
    }
}

/// The way to the engine and to intake.
pub(crate) struct Beside {
    pub(crate) again: Sender<Recalled>,
    pub(crate) petitions: Sender<Petition>,
    pub(crate) intake: Handle,
}

impl Neighbours for Beside {
    fn again(&mut self, recalled: Recalled) -> Result<(), Box<Recalled>> {
        self.again.try_send(recalled).map_err(|error| Box::new(error.into_inner()))
    }

    fn review(&mut self, petition: Petition) -> Result<(), Box<Petition>> {
        self.petitions.try_send(petition).map_err(|error| Box::new(error.into_inner()))
    }

    fn acknowledge(&mut self, receipts: &[Receipt]) {
        self.intake.acknowledge(receipts);
    }

    fn on_record(&mut self, marks: &[Mark]) {
        self.intake.on_record(marks);
    }
}

/// What the journal's thread hears of others.
pub(crate) struct Heard {
    pub(crate) ear: Ear,
    /// The engine's line: what lies in it when the engine has ended will not be decided any more.
    pub(crate) undecided: Receiver<Recalled>,
    pub(crate) counters: Arc<EgressCounters>,
}

/// The thread.
pub(crate) struct JournalThread {
    journal: Journal,
    entries: Receiver<Entry>,
    heard: Heard,
    gauges: Arc<Gauges>,
    clock: Arc<SharedClock>,
    stopping: Arc<AtomicBool>,
    drain: Duration,
    /// Since when nothing can be put on record.
    troubled: Option<Instant>,
    /// No file can be opened, when that was last tried.
    starved: bool,
    probed: Instant,
    /// The engine has had its last word: without it, it did not decide all that it took.
    has_last_word: bool,
}

impl JournalThread {
    pub(crate) fn new(
        journal: Journal,
        entries: Receiver<Entry>,
        heard: Heard,
        stopping: Arc<AtomicBool>,
        drain: Duration,
    ) -> Self {
        let (gauges, clock) = (journal.parts.common.gauges.clone(), journal.parts.common.clock.clone());
        let probed = Instant::now();
        // The start is on record.
        journal.show_committed(clock.now(), &gauges);
        Self {
            journal,
            entries,
            heard,
            gauges,
            clock,
            stopping,
            drain,
            troubled: None,
            starved: false,
            probed,
            has_last_word: false,
        }
    }

    pub(crate) fn run(mut self) -> Result<(), String> {
        let mut shown = Instant::now();
        let mut next = None;
        loop {
            let ended = self.take(&mut next);
            let heard = self.hear();
            let now = self.look_at_clock();
            self.journal.look_for_statements(now, self.gauges.steady_nanos());
            self.record(now);
            if shown.elapsed() >= TICK {
                shown = Instant::now();
                self.show(now);
            }
            if heard.is_err() {
                return Err("egress has ended".to_owned());
            }
            self.gives_up()?;
            if ended && next.is_none() && self.journal.is_idle() {
                return self.finish();
            }
        }
    }

    fn look_at_clock(&mut self) -> Time {
        let reading = self.clock.read();
        self.journal.trust(reading.state.is_good());
        reading.now
    }

    /// Takes what the engine has written, up to a batch. True where the engine has ended.
    fn take(&mut self, next: &mut Option<Entry>) -> bool {
        if next.is_none() && self.journal.may_wait(&self.gauges) {
            // Reports do not wake it: they are heard with the next entries, or in a while.
            let soon = self.journal.has_recalled() || self.journal.is_expecting();
            match self.entries.recv_timeout(if soon { SOON } else { TICK }) {
                Ok(entry) => *next = Some(entry),
                Err(RecvTimeoutError::Timeout) => return false,
                Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
        loop {
            if self.journal.is_full(next.as_ref()) {
                return false;
            }
            if let Some(entry) = next.take() {
                self.has_last_word |= matches!(entry, Entry::End);
                self.journal.take(entry);
                continue;
            }
            match self.entries.try_recv() {
                Ok(entry) => *next = Some(entry),
                Err(crossbeam_channel::TryRecvError::Empty) => return false,
                Err(crossbeam_channel::TryRecvError::Disconnected) => return true,
            }
        }
    }

    fn hear(&mut self) -> Result<(), Ended> {
        for _ in 0..64 {
            match self.heard.ear.hear()? {
                Some(Report::Outcomes(mut outcomes)) => {
                    self.journal.hear(&mut outcomes, &self.gauges);
                    self.heard.ear.give_back(outcomes);
                }
                Some(Report::Changed(_)) => self.journal.changed(),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// Looks once a second whether files can be opened. The log writes into one that is open already, so it would go on
    /// until its next segment, while checkpoints, operators and sources are turned away.
    fn probe(&mut self, now: Time) {
        if self.probed.elapsed() < PROBE {
            return;
        }
        self.probed = Instant::now();
        let starved = std::fs::File::open("/dev/null").err().map(|error| Trouble::descriptors(&error));
        let trouble = starved.filter(|trouble| trouble.alarm == Alarm::OutOfDescriptors);
        match &trouble {
            Some(trouble) => {
                self.gauges.raise(trouble.alarm, now, &trouble.to_string());
            }
            None if self.starved => {
                self.calm(None);
                self.journal.starve(false);
            }
            None => {}
        }
        self.starved = trouble.is_some();
    }

    fn record(&mut self, now: Time) {
        self.probe(now);
        if self.starved {
            self.journal.starve(true);
            self.troubled.get_or_insert_with(Instant::now);
            return thread::sleep(TROUBLED);
        }
        if self.journal.may_wait(&self.gauges) || self.journal.is_idle() {
            self.journal.offer_again();
            return;
        }
        self.journal.show_waiting(self.entries.len(), now, &self.gauges);
        match self.journal.record(now, &self.gauges) {
            Ok(()) => {
                self.journal.show_waiting(0, now, &self.gauges);
                if self.troubled.take().is_some() {
                    self.calm(None);
                }
            }
            Err(trouble) => {
                self.troubled.get_or_insert_with(Instant::now);
                self.calm(Some(trouble.alarm));
                self.gauges.raise(trouble.alarm, now, &trouble.to_string());
                thread::sleep(TROUBLED);
            }
        }
    }

    /// Trouble is over, all but this.
    fn calm(&self, but: Option<Alarm>) {
        for alarm in Trouble::ALARMS.into_iter().filter(|alarm| Some(*alarm) != but) {
            self.gauges.clear(alarm);
        }
    }

    /// A lane that was told to stop does not wait for ever for a log that cannot be written. What is not on record never
    /// left, and never will.
    fn gives_up(&self) -> Result<(), String> {
        let stopping = self.stopping.load(Ordering::Acquire);
        if stopping && self.troubled.is_some_and(|since| since.elapsed() > self.drain) {
            return Err(
                "the log could not be written to the end; what was not on record did not leave".to_owned()
            );
        }
        Ok(())
    }

    fn show(&mut self, now: Time) {
        self.gauges.beat(Worker::Journal);
        for precedence in lockgate_bytes::Precedence::ALL {
            let class = self.heard.counters.class(precedence);
            self.gauges.queue(precedence, class.queued, class.queued_bytes, class.oldest);
        }
        let spent = self.heard.counters.spent();
        let of = |class: usize| {
            [spent.classes, spent.repairs, spent.again].map(|sums| sums.get(class).copied().unwrap_or(0))
        };
        let classes = std::array::from_fn(of);
        let (own, trickle, unrepeated) = (spent.link, spent.trickle, spent.unrepeated);
        self.gauges.link(&LinkSpent { own, classes, trickle, unrepeated });
        match self.heard.counters.stall() {
            Some(stall) => {
                self.gauges.raise(Alarm::EgressFailing, now, stall.says());
            }
            None => {
                self.gauges.clear(Alarm::EgressFailing);
            }
        }
        self.journal.show_waiting(self.entries.len(), now, &self.gauges);
        self.journal.show(now, &self.gauges);
    }

    /// The engine has ended and all of it is on record. Egress may send for a while; the rest is kept.
    fn finish(mut self) -> Result<(), String> {
        let mut brake = Some(self.journal.wind_up(self.heard.undecided.try_iter()));
        let until = Instant::now().checked_add(self.drain);
        loop {
            let late = until.is_none_or(|until| Instant::now() >= until);
            if late && let Some(brake) = brake.take().flatten() {
                brake.stop();
            }
            let ended = self.hear().is_err();
            let now = self.look_at_clock();
            self.record(now);
            self.gauges.beat(Worker::Journal);
            self.gives_up()?;
            if ended && self.journal.is_idle() {
                break;
            }
            if !ended {
                thread::sleep(Duration::from_millis(1));
            }
        }
        if !self.has_last_word {
            // What it took and did not decide is on no record: this run does not end as one that should.
            return Err("the engine has failed; the run has no end on record".to_owned());
        }
        let now = self.clock.now();
        let why = if self.stopping.load(Ordering::Acquire) { "told to stop" } else { "intake has ended" };
        self.journal.stop(now, why)
    }
}
