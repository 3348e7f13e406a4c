//! One run of the lane, from its start to its crash: each step that a thread would take, taken by hand.

use super::objects::InForce;
use super::pictures::Met;
use super::sub::Sub;
use super::watch::Watch;
use super::workers::Workers;
use super::world::{Files, LANE, Out, Way, log_key};
use crate::gate::begin::{Begin, Begun, begin};
use crate::gate::clock::{ClockTerms, SharedClock};
use crate::gate::common::Common;
use crate::gate::engine::room::Room;
use crate::gate::engine::slow::{self, SlowThread};
use crate::gate::engine::{self, Engine};
use crate::gate::entry::{Entry, Petition, Recalled};
use crate::gate::journal::{Handover, Journal, Neighbours, Parts};
use crate::gate::pages::Pages;
use lockgate_audit::BundleChange;
use lockgate_bytes::{Digest, Duration, SealKey, Sealed, Time};
use lockgate_disk::SimDisk;
use lockgate_egress::{Bounds, Brake, DirectorySink, Gate, Outcome, Sender, Sink};
use lockgate_hold::{Settings, Store as _};
use lockgate_intake::{
    Arrival, ByHand, Config, Directory, Hatch, Listener, Mark, Offered, Pool, Receipt, Settle, Sidecars,
    Source,
};
use lockgate_watch::Gauges;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Objects between journal and egress, and objects that egress keeps: few, so that they run over.
const BETWEEN: usize = 4;
const QUEUE: usize = 6;
const AGAIN: usize = 3;
/// Places in the line before the workers, and before that for what people have spoken of.
const LINE: usize = 2;
const BEFORE: usize = 1;

/// Files taken at one time where nobody is made to wait: few, so that some find the lane full.
const TAKEN: usize = 3;
/// The largest file that is fit.
pub(super) const FILE_BYTES_MAX: usize = 1 << 16;

/// The folder in which files are handed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drop {
    pub(super) files: Files,
    pub(super) pushes_back: bool,
}

/// What lies between the threads.
#[derive(Default)]
pub(super) struct Between {
    objects: VecDeque<Sealed>,
    orders: VecDeque<Digest>,
    again: VecDeque<Recalled>,
    petitions: VecDeque<Petition>,
    receipts: Vec<Receipt>,
    pub(super) is_shut: bool,
}

struct Way1(Arc<Mutex<Between>>);

impl Handover for Way1 {
    fn offer(&mut self, sealed: Sealed) -> Result<(), Box<Sealed>> {
        let mut between = self.0.lock().unwrap();
        if between.objects.len() >= BETWEEN {
            return Err(Box::new(sealed));
        }
        between.objects.push_back(sealed);
        Ok(())
    }

    fn change(&mut self, bundle: Digest) {
        self.0.lock().unwrap().orders.push_back(bundle);
    }

    fn shut(&mut self, shut: bool) {
        self.0.lock().unwrap().is_shut = shut;
    }

    fn close(&mut self) -> Option<Brake> {
        None
    }
}

impl Neighbours for Way1 {
    fn again(&mut self, recalled: Recalled) -> Result<(), Box<Recalled>> {
        let mut between = self.0.lock().unwrap();
        if between.again.len() >= AGAIN {
            return Err(Box::new(recalled));
        }
        between.again.push_back(recalled);
        Ok(())
    }

    fn review(&mut self, petition: Petition) -> Result<(), Box<Petition>> {
        let mut between = self.0.lock().unwrap();
        if !between.petitions.is_empty() {
            return Err(Box::new(petition));
        }
        between.petitions.push_back(petition);
        Ok(())
    }

    fn acknowledge(&mut self, receipts: &[Receipt]) {
        self.0.lock().unwrap().receipts.extend_from_slice(receipts);
    }

    fn on_record(&mut self, _: &[Mark]) {}
}

/// Arrivals on their way to the engine.
#[derive(Default)]
struct Arrivals(VecDeque<Arrival>);

impl Hatch for Arrivals {
    fn offer(&mut self, arrival: Arrival) -> Offered {
        if self.0.len() >= 5 {
            return Offered::Full(arrival);
        }
        self.0.push_back(arrival);
        Offered::Taken
    }
}

/// What the slow thread is.
struct Slow {
    thread: SlowThread,
    workers: Workers,
    stopping: Arc<AtomicBool>,
}

/// The lane's parts.
pub(super) struct Run {
    engine: Engine,
    pub(super) journal: Journal,
    sender: Sender,
    sink: Box<dyn Sink>,
    intake: ByHand,
    between: Arc<Mutex<Between>>,
    arrivals: Arrivals,
    entries: VecDeque<Entry>,
    next: Option<Entry>,
    reports: VecDeque<Vec<Outcome>>,
    gauges: Arc<Gauges>,
    clock: Arc<SharedClock>,
    bundle: Digest,
    epoch: u64,
    slow: Option<Slow>,
    pub(super) met: Met,
}

impl Run {
    /// Starts on what is on the disk. An error is a crash, or a disk that fails, while it started.
    pub(super) fn start(
        disk: &SimDisk,
        way: Way,
        watch: &Watch,
        force: &InForce,
        (out, files, workers): (&Out, Drop, Option<Workers>),
    ) -> Result<Self, String> {
        let sub = |name: &str| Sub::at(disk, name);
        crate::gate::begin::keep_public_key(&*sub("audit"), &log_key()).map_err(|error| error.to_string())?;
        let begun = begin(
            Begin {
                lane: LANE.to_owned(),
                node: "sim".to_owned(),
                bundle: force.digest,
                revision: force.revision,
                config: Digest([3; 32]),
                log: sub("audit"),
                key: log_key(),
                second: Vec::new(),
                hold: sub("hold"),
                statements: Some(sub("desk")),
                settings: Settings::new(64 << 20, None),
                // Short: so that segments follow each other, with room made beforehand or without.
                segments: lockgate_audit::Settings { segment_bytes: 24_000 },
                time: Box::new(watch.clone()),
                terms: ClockTerms::default(),
                trusts: Box::new(|_| Ok(())),
            },
            || {
                Ok(match way {
                    Way::Directory => {
                        let (sink, stage) = DirectorySink::open(sub("out"), LANE, "xml", 1 << 20)?;
                        (Box::new(sink) as Box<dyn Sink>, Some(stage))
                    }
                    Way::Network => (Box::new(out.clone()) as Box<dyn Sink>, None),
                })
            },
        )
        .map_err(|unbegun| unbegun.fault.to_string())?;
        Self::put_together(begun, disk, watch, (force, files, workers))
    }

    fn put_together(
        begun: Begun<Box<dyn Sink>>,
        disk: &SimDisk,
        watch: &Watch,
        (force, drop, workers): (&InForce, Drop, Option<Workers>),
    ) -> Result<Self, String> {
        let Begun { log, ledger, store, sink, stage, clock, numbers, epoch, recovered, .. } = begun;
        let Begun { bundle, taken, statements, .. } = begun;
        assert!(recovered.alarms.is_empty(), "{:?}", recovered.alarms);
        for recalled in &recovered.recalled {
            let queued = recovered.queued.get(&recalled.again.former);
            // Of no type: it was built anew, and is not what came.
            let original =
                queued.filter(|queued| queued.type_id.is_none()).and_then(|queued| queued.original);
            let is_there = |entry| store.get(entry).is_ok_and(|bytes| bytes == recalled.frame.bytes);
            assert!(!original.is_some_and(is_there), "what it was made of is read before it has its turn");
        }
        let common = Common {
            clock: clock.clone(),
            gauges: Arc::new(Gauges::new(LANE, "0", watch.time())),
            pool: Arc::new(Pool::new(1 << 20)),
            pages: Arc::new(Pages::default()),
            key: SealKey::new([u8::try_from(epoch % 200).unwrap(); 32]),
            epoch,
            room: Arc::new(Room::of(LINE, BEFORE)),
        };
        let gauges = common.gauges.clone();
        let directory = Directory {
            disk: Sub::at(disk, "drop"),
            source: "sensor-net".into(),
            owner: 0,
            settle: Settle::Renamed,
            look_every: Duration::from_nanos(1),
            taken_max: if drop.pushes_back { 100 } else { TAKEN },
            away_max: 1000,
            turned_away_max: 1000,
            // As long as it takes: both halves come one day.
            sidecars: (drop.files == Files::Paired)
                .then_some(Sidecars { size_max: 1 << 20, wait: Duration::from_nanos(i64::MAX) }),
            of: Some(log_key().trust().to_string().into()),
        };
        let config = Config {
            epoch,
            push_back: drop.pushes_back,
            unfinished_max_bytes: 0,
            sources: vec![Source { name: "sensor-net".into(), rate: None, size_max: None }],
            listeners: vec![Listener {
                name: "directory-1".into(),
                size_max: FILE_BYTES_MAX,
                way: lockgate_intake::Way::Directory(directory),
            }],
        };
        let intake = ByHand::open(config, common.pool.clone())?;
        let stopping = Arc::new(AtomicBool::new(false));
        let (line, thread) = slow::line(false, common.room.clone(), stopping.clone());
        let slow = workers.map(|workers| Slow { thread, workers, stopping });
        let engine = Engine::new(engine::Start {
            pseudonyms: None,
            slow: slow.is_some().then_some(line),
            policy: force.policy.clone(),
            bindings: force.bindings.clone(),
            common: common.clone(),
            cut_max: usize::MAX,
            flood: 1,
            begun: taken,
        });
        let between = Arc::new(Mutex::new(Between::default()));
        let gate = Gate { key: common.key.clone(), lane: force.policy.lane().clone(), bundle: force.digest };
        let bounds = Bounds {
            objects: QUEUE,
            bytes: 1 << 20,
            skew: Duration::from_nanos(5_000_000_000),
            at_once: usize::MAX,
        };
        let mut journal = Journal::new(Parts {
            log,
            ledger,
            store: Box::new(store),
            stage,
            handover: Box::new(Way1(between.clone())),
            neighbours: Box::new(Way1(between.clone())),
            lane: LANE.to_owned(),
            numbers,
            common,
            statements,
        });
        journal.resume(recovered.queued, recovered.recalled, &bundle);
        Ok(Self {
            engine,
            journal,
            sender: Sender::new(bounds, gate, None),
            sink,
            intake,
            between,
            arrivals: Arrivals::default(),
            entries: VecDeque::new(),
            next: None,
            reports: VecDeque::new(),
            gauges,
            clock,
            bundle: force.digest,
            epoch,
            slow,
            met: Met::default(),
        })
    }

    /// A datagram: nobody offers it again.
    pub(super) fn datagram(&mut self, bytes: Vec<u8>) {
        let frame = lockgate_bytes::Frame {
            bytes,
            source: "sensor-net".into(),
            arrival: self.clock.now(),
            sidecar: None,
        };
        let _ = self.arrivals.offer(Arrival::Frame(frame, None));
    }

    /// Intake's step.
    pub(super) fn take_in(&mut self) {
        let receipts = std::mem::take(&mut self.between.lock().unwrap().receipts);
        self.intake.acknowledge(&receipts, &mut self.arrivals);
        self.intake.work(&mut self.arrivals, self.clock.now());
    }

    /// The engine's step.
    pub(super) fn decide(&mut self, most: usize) {
        let mut out = Vec::new();
        loop {
            let Some(recalled) = self.between.lock().unwrap().again.pop_front() else { break };
            self.engine.again(recalled, &mut out);
        }
        while let Some(petition) = { self.between.lock().unwrap().petitions.pop_front() } {
            self.engine.petition(petition, &mut out);
        }
        self.engine.looked(&mut out);
        for _ in 0..most {
            let Some(arrival) = self.arrivals.0.pop_front() else { break };
            self.engine.arrival(arrival, &mut out);
        }
        self.engine.tick(&mut out);
        self.put(out);
    }

    fn put(&mut self, entries: Vec<Entry>) {
        for entry in &entries {
            self.met.later += u64::from(matches!(entry, Entry::Later(_)));
            self.met.unheard += u64::from(matches!(entry, Entry::Unheard { .. }));
        }
        self.entries.extend(entries);
    }

    /// The step of the slow thread: so many objects, at most.
    pub(super) fn look_into(&mut self, most: usize) {
        let Some(slow) = &mut self.slow else { return };
        for _ in 0..most {
            if !slow.thread.step(&mut slow.workers) {
                break;
            }
        }
        (self.met.looks, self.met.failures) = (slow.workers.looks, slow.workers.failures);
    }

    /// True where something is in the line before the workers.
    pub(super) fn is_looking(&self) -> bool {
        self.engine.in_line() > 0
    }

    /// True where somebody looks into what no type recognises.
    pub(super) fn has_workers(&self) -> bool {
        self.slow.is_some()
    }

    /// Another bundle.
    pub(super) fn take(&mut self, force: &InForce) {
        let change = BundleChange {
            at: self.clock.now(),
            epoch: self.epoch,
            lane: LANE.to_owned(),
            from: Some(self.bundle),
            to: Some(force.digest),
            revision: Some(force.revision),
            refused: None,
        };
        self.bundle = force.digest;
        let mut out = Vec::new();
        self.engine.take(force.policy.clone(), force.bindings.clone(), change, &mut out);
        self.entries.extend(out);
    }

    /// The journal's step, as its thread takes it. What it says where nothing can be put on record.
    pub(super) fn record(&mut self, most: usize) -> Result<(), String> {
        for _ in 0..most {
            if self.journal.is_full(self.next.as_ref()) {
                break;
            }
            if let Some(entry) = self.next.take() {
                self.journal.take(entry);
            }
            self.next = self.entries.pop_front();
        }
        self.look_at_clock();
        for mut outcomes in self.reports.drain(..) {
            self.journal.hear(&mut outcomes, &self.gauges);
        }
        if self.journal.is_idle() {
            self.journal.offer_again();
            return Ok(());
        }
        self.journal.record(self.clock.now(), &self.gauges).map_err(|trouble| trouble.to_string())
    }

    /// True while nobody trusts the time.
    pub(super) fn is_timeless(&self) -> bool {
        !self.clock.read().state.is_good()
    }

    /// An operator says that the machine's clock is right.
    pub(super) fn confirm_clock(&mut self) {
        self.clock.confirm("uid 7");
    }

    /// True while the journal lets nothing leave.
    pub(super) fn is_shut(&self) -> bool {
        self.between.lock().unwrap().is_shut
    }

    /// Signs, and shows.
    pub(super) fn show(&mut self) {
        self.journal.show(self.clock.now(), &self.gauges);
    }

    /// The journal's look at what reviewers have handed in.
    pub(super) fn look_for_statements(&mut self, steady_nanos: u64) {
        self.journal.look_for_statements(self.clock.now(), steady_nanos);
    }

    /// The journal's look at the clock; true while nobody trusts the time.
    pub(super) fn look_at_clock(&mut self) -> bool {
        let is_timeless = self.is_timeless();
        self.journal.trust(!is_timeless);
        is_timeless
    }

    /// The step of egress: orders, objects, one round.
    pub(super) fn send(&mut self) {
        let mut out = Vec::new();
        let now = self.clock.now();
        loop {
            let Some(bundle) = self.between.lock().unwrap().orders.pop_front() else { break };
            let objects = std::mem::take(&mut self.between.lock().unwrap().objects);
            objects.into_iter().for_each(|sealed| self.sender.accept(sealed, now, &mut out));
            self.sender.recall(Some(bundle), now, &mut out);
        }
        let objects = std::mem::take(&mut self.between.lock().unwrap().objects);
        objects.into_iter().for_each(|sealed| self.sender.accept(sealed, now, &mut out));
        self.sender.shut(self.between.lock().unwrap().is_shut);
        self.sender.round(now, self.sink.as_mut(), &mut out);
        if !out.is_empty() {
            self.reports.push_back(out);
        }
    }

    /// True where no part has anything left to do.
    pub(super) fn is_still(&self) -> bool {
        let between = self.between.lock().unwrap();
        between.objects.is_empty()
            && between.orders.is_empty()
            && between.again.is_empty()
            && between.petitions.is_empty()
            && between.receipts.is_empty()
            && self.arrivals.0.is_empty()
            && self.entries.is_empty()
            && self.next.is_none()
            && self.reports.is_empty()
            && self.engine.in_line() == 0
            && self.journal.is_idle()
            && !self.journal.has_recalled()
            && self.sender.is_empty()
    }

    /// Ends in order, as the threads do: one after the other, each when the one before it has.
    pub(super) fn stop(mut self) -> Result<(), String> {
        self.wind_up();
        while !self.entries.is_empty() || self.next.is_some() || !self.journal.is_idle() {
            self.record(100)?;
        }
        let undecided = std::mem::take(&mut self.between.lock().unwrap().again);
        self.journal.wind_up(undecided.into_iter());
        // Egress has no time left: what it has comes back.
        let objects = std::mem::take(&mut self.between.lock().unwrap().objects);
        let (now, mut out) = (self.clock.now(), Vec::new());
        objects.into_iter().for_each(|sealed| self.sender.accept(sealed, now, &mut out));
        self.sender.recall(None, now, &mut out);
        self.reports.extend((!out.is_empty()).then_some(out));
        while !self.reports.is_empty() || !self.journal.is_idle() {
            self.record(100)?;
        }
        let now: Time = self.clock.now();
        self.journal.stop(now, "the test ends")
    }

    /// The engine decides what has arrived, and what is in the line; what waits to be decided again stays.
    fn wind_up(&mut self) {
        let mut out = Vec::new();
        if let Some(slow) = &self.slow {
            slow.stopping.store(true, Ordering::Release);
        }
        while let Some(arrival) = self.arrivals.0.pop_front() {
            self.engine.arrival(arrival, &mut out);
        }
        if let Some(mut slow) = self.slow.take() {
            while slow.thread.step(&mut slow.workers) {
                self.engine.looked(&mut out);
            }
        }
        // The slow thread has let go of its end.
        self.engine.wind_up(&mut out);
        self.put(out);
    }
}
