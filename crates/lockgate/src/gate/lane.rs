//! A running lane: four threads, the channels between them, and the hand that steers them.
//!
//! ```text
//!   intake --arrivals--> engine --entries--> clerk --sealed--> egress
//!     ^                    ^                  |  ^                |
//!     '----receipts--------+----recalled------'  '----reports-----'
//! ```
//! Every channel is bounded. Nobody waits for somebody who may wait for them: intake never waits for the engine, the clerk
//! never waits for the engine or for egress.

use super::begin::{self, Begin, Begun};
use super::clerk::{self, Clerk, Handover, Neighbours, Trouble};
use super::clock::SharedClock;
use super::engine::{self, Engine, Out};
use super::entry::{Entry, Recalled};
use super::pages::Pages;
use super::plan::{Plan, WayOut};
use crate::exit::Fault;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use lockgate_audit::{BundleChange, Event, Log, SecondFolder, SecondPlace};
use lockgate_bytes::{Digest, SealKey, Sealed, Time};
use lockgate_core::Policy;
use lockgate_disk::{Disk, RealDisk};
use lockgate_egress::{
    Bounds, Brake, DirectorySink, Ear, Egress, EgressCounters, Ended, Full, Gate, Hatch, Mouth, Pace, Report,
    Sink, UdpSink, hatch,
};
use lockgate_hold::Settings;
use lockgate_intake::{Arrival, Config, Handle, Intake, Offered, Pool, Receipt};
use lockgate_watch::{Alarm, ClockState, Gauges, Loaded, Worker};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Arrivals that may wait for the engine.
const ARRIVALS: usize = 4096;
/// Entries that may wait for the clerk.
const ENTRIES: usize = 2048;
/// Objects that may wait to be decided again.
const RECALLED: usize = 64;
/// Objects and bytes that may lie between clerk and egress.
const HATCH: Hatch = Hatch { objects: 2048, bytes: 16 << 20, reports: 64 };
/// The longest that a thread sleeps.
const TICK: Duration = Duration::from_millis(100);
/// How often it is tried whether files can be opened.
const PROBE: Duration = Duration::from_secs(1);
/// How long the clerk waits after trouble before it tries again.
const TROUBLED: Duration = Duration::from_millis(200);
/// Arrivals taken in one go before anything else is looked at.
const AT_ONCE: usize = 256;

/// What an operator tells the engine.
enum Order {
    /// Another bundle; the sender hears when it is in force.
    Take(Box<(Arc<Policy>, BundleChange)>, Sender<()>),
    /// A bundle was refused: that belongs on record.
    Refused(BundleChange),
}

/// A running lane.
pub(crate) struct Lane {
    intake: Handle,
    orders: Sender<Order>,
    threads: Vec<(Worker, JoinHandle<Result<(), String>>)>,
    gauges: Arc<Gauges>,
    clock: Arc<SharedClock>,
    stopping: Arc<AtomicBool>,
    epoch: u64,
    name: String,
    bundle: Digest,
    revision: u64,
    addresses: Vec<(Arc<str>, SocketAddr)>,
    alarms: Vec<String>,
}

impl Lane {
    /// Opens everything, puts together what the last run left, and starts.
    ///
    /// # Errors
    /// [`Fault`] where anything cannot be opened; then nothing runs.
    pub(crate) fn start(plan: Plan, gauges: Arc<Gauges>) -> Result<Self, Fault> {
        let Plan { policy, bundle, revision, lane, node, config, push_back, sources, listeners, .. } = plan;
        let disk = |path: &Path| -> Result<Arc<dyn Disk>, Fault> {
            Ok(Arc::new(RealDisk::at(path).map_err(|error| Fault::of(path.display(), &error))?))
        };
        let log_disk = disk(&plan.audit.path)?;
        begin::keep_public_key(&*log_disk, &plan.audit.key)
            .map_err(|error| Fault::of(plan.audit.path.display(), &error))?;
        let mut second: Vec<Box<dyn SecondPlace>> = Vec::new();
        if let Some(path) = &plan.audit.second {
            second.push(Box::new(SecondFolder::new(disk(path)?)));
        }
        let begun = begin::begin(
            Begin {
                lane: lane.clone(),
                node,
                bundle,
                revision,
                config,
                log: log_disk,
                key: plan.audit.key,
                second,
                hold: disk(&plan.hold.path)?,
                settings: Settings::new(plan.hold.quota, plan.hold.key),
                time: plan.time,
                terms: plan.clock,
            },
            || open_sink(&plan.out, &lane, plan.size_max, &disk),
        )?;
        let Begun { log, ledger, store, sink: (sink, pace), stage, clock, numbers, epoch, .. } = begun;
        let (recovered, changed) = (begun.recovered, begun.has_changed);
        let now = clock.now();

        let pool = Arc::new(Pool::new(plan.pool_bytes));
        let pages = Arc::new(Pages::default());
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|_| Fault::new("the system gives no random numbers"))?;
        let key = SealKey::new(secret);
        let config = Config { epoch, push_back, unfinished_max_bytes: 16 << 20, sources, listeners };
        let intake = Intake::open(config.clone(), clock.clone(), pool.clone())
            .map_err(|fault| Fault::new(fault.to_string()))?;
        let addresses = config
            .listeners
            .iter()
            .filter_map(|listener| Some((listener.name.clone(), intake.address(&listener.name)?)))
            .collect();
        let (arrivals_in, arrivals) = bounded(ARRIVALS);
        let (entries_in, entries) = bounded(ENTRIES);
        let (again_in, again) = bounded(RECALLED);
        let (orders, ordered) = bounded(4);
        let (mouth, ear, ends) = hatch(HATCH);
        let bounds = Bounds { objects: plan.queue_objects, bytes: plan.queue_bytes, skew: plan.skew };
        let gate = Gate { key: key.clone(), lane: policy.lane().clone(), bundle };
        let egress_counters = Arc::new(EgressCounters::default());
        let egress = Egress::new(
            lockgate_egress::Sender::new(bounds, gate, pace),
            sink,
            ends,
            egress_counters.clone(),
        );
        let handle = intake.handle();
        let engine = Engine::new(engine::Start {
            policy: policy.clone(),
            clock: clock.clone(),
            pool: pool.clone(),
            pages: pages.clone(),
            gauges: gauges.clone(),
            key: key.clone(),
            epoch,
            flood: plan.flood,
            begun: begun.taken,
        });
        let mut clerk = Clerk::new(clerk::Parts {
            log,
            ledger,
            store: Box::new(store),
            stage,
            handover: Box::new(Way(Some(mouth))),
            neighbours: Box::new(Beside { again: again_in, intake: handle.clone() }),
            key,
            lane: lane.clone(),
            epoch,
            pool,
            pages,
            numbers,
        });
        clerk.queued = recovered.queued;
        recovered.recalled.into_iter().for_each(|recalled| clerk.decide_again(recalled));
        // What the last run only kept because it had to stop takes its turn again.
        let stopped = lockgate_reason::egress::STOPPED.id();
        clerk.decide_held_again(&|codes| changed || codes.iter().any(|code| **code == *stopped));
        let stopping = Arc::new(AtomicBool::new(false));
        let mut lane = Self {
            intake: handle,
            orders,
            threads: Vec::new(),
            gauges: gauges.clone(),
            clock: clock.clone(),
            stopping: stopping.clone(),
            epoch,
            name: lane,
            bundle,
            revision,
            addresses,
            alarms: recovered.alarms,
        };
        gauges.loaded(Loaded { revision, digest: bundle, at: now, expiries: plan.expiries });
        lane.spawn(Worker::Egress, {
            let clock = clock.clone();
            move || egress.run(|| clock.now()).map_err(|fault| fault.to_string())
        })?;
        lane.spawn(Worker::Journal, {
            let thread = ClerkThread {
                clerk,
                entries,
                ear,
                undecided: again.clone(),
                gauges: gauges.clone(),
                clock: clock.clone(),
                stopping,
                drain: plan.drain,
                counters: egress_counters,
                troubled: None,
                starved: false,
                probed: Instant::now(),
            };
            move || thread.run()
        })?;
        lane.spawn(Worker::Engine, {
            let thread = EngineThread {
                engine,
                arrivals,
                again,
                ordered,
                out: Entries(entries_in),
                gauges: gauges.clone(),
                clock,
            };
            move || thread.run()
        })?;
        lane.spawn(Worker::Intake, move || {
            intake.run(&mut Gateway(arrivals_in)).map_err(|error| error.to_string())
        })?;
        gauges.clear(Alarm::Starting);
        Ok(lane)
    }

    fn spawn(
        &mut self,
        worker: Worker,
        body: impl FnOnce() -> Result<(), String> + Send + 'static,
    ) -> Result<(), Fault> {
        let thread = thread::Builder::new().name(worker.name().to_owned()).spawn(body)?;
        self.threads.push((worker, thread));
        Ok(())
    }

    /// Where a listener really listens.
    pub(crate) fn addresses(&self) -> &[(Arc<str>, SocketAddr)] {
        &self.addresses
    }

    /// What the start found that must not be.
    pub(crate) fn alarms(&self) -> &[String] {
        &self.alarms
    }

    /// The bundle in force.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Another bundle: in force when this returns. Queued and held objects are decided again.
    ///
    /// # Errors
    /// Where the engine has ended.
    pub(crate) fn take(
        &mut self,
        policy: Arc<Policy>,
        bundle: Digest,
        revision: u64,
        expiries: Vec<lockgate_watch::Expiry>,
    ) -> Result<(), String> {
        let change = self.change(Some(bundle), Some(revision), None);
        let (done, heard) = bounded(1);
        let order = Order::Take(Box::new((policy, change)), done);
        self.orders.send(order).map_err(|_| "the engine has ended".to_owned())?;
        heard.recv().map_err(|_| "the engine has ended".to_owned())?;
        (self.bundle, self.revision) = (bundle, revision);
        let at = self.clock.now();
        self.gauges.loaded(Loaded { revision, digest: bundle, at, expiries });
        self.gauges.clear(Alarm::ReloadRefused);
        Ok(())
    }

    /// A bundle was offered and refused: that goes on record.
    pub(crate) fn refuse(&self, bundle: Option<Digest>, revision: Option<u64>, why: &str) {
        self.gauges.raise(Alarm::ReloadRefused, self.clock.now(), why);
        // Where the engine has ended, nothing goes on record any more.
        let _ = self.orders.send(Order::Refused(self.change(bundle, revision, Some(why.to_owned()))));
    }

    /// The lane's clock.
    pub(crate) fn clock(&self) -> &Arc<SharedClock> {
        &self.clock
    }

    /// True where every thread runs.
    pub(crate) fn is_whole(&self) -> bool {
        self.threads.iter().all(|(_, thread)| !thread.is_finished())
    }

    /// Takes nothing in any more, finishes what is here, and ends.
    ///
    /// # Errors
    /// What a thread ended with.
    pub(crate) fn end(self) -> Result<(), String> {
        self.gauges.raise(Alarm::Draining, self.clock.now(), "");
        self.stopping.store(true, Ordering::Release);
        self.intake.stop();
        drop(self.orders);
        let mut first = Ok(());
        // Intake first: each of them ends when the one before it has.
        for (worker, thread) in self.threads.into_iter().rev() {
            let ended = thread.join().unwrap_or_else(|_| Err("it stopped on an internal fault".to_owned()));
            first = first.and(ended.map_err(|why| format!("{}: {why}", worker.name())));
        }
        first
    }

    fn change(&self, to: Option<Digest>, revision: Option<u64>, refused: Option<String>) -> BundleChange {
        BundleChange {
            at: self.clock.now(),
            epoch: self.epoch,
            lane: self.name.clone(),
            from: Some(self.bundle),
            to,
            revision,
            refused,
        }
    }
}

/// Opens a folder.
type OpenDisk = dyn Fn(&Path) -> Result<Arc<dyn Disk>, Fault>;

type Opened = ((Box<dyn Sink + Send>, Option<Pace>), Option<lockgate_egress::Stage>);

fn open_sink(out: &WayOut, lane: &str, size_max: usize, disk: &OpenDisk) -> Result<Opened, Fault> {
    match out {
        WayOut::Udp { link, rate } => {
            let sink = UdpSink::open(link)
                .map_err(|error| Fault::new(format!("cannot send to {}: {error}", link.to)))?;
            Ok(((Box::new(sink), (*rate > 0).then(|| Pace::new(*rate))), None))
        }
        WayOut::Directory { path, extension } => {
            let (sink, stage) = DirectorySink::open(disk(path)?, lane, extension, size_max)
                .map_err(|error| Fault::of(path.display(), &error))?;
            Ok(((Box::new(sink), None), Some(stage)))
        }
    }
}

/// The first entries of a run: if they cannot be written, there is no run.
pub(crate) fn put_on_record(
    log: &mut Log,
    ledger: &mut lockgate_audit::Ledger,
    events: impl Iterator<Item = Event>,
) -> Result<(), Fault> {
    let mut page = Vec::new();
    let mut written = Vec::new();
    for event in events {
        page.clear();
        event.write(&mut page);
        let entry = log.append(&page).map_err(|fault| Fault::new(format!("the log: {fault}")))?;
        written.push((entry, event));
    }
    log.commit().map_err(|fault| Fault::new(format!("the log: {fault}")))?;
    for (entry, event) in &written {
        ledger.apply(*entry, &event.fact()).map_err(|fault| {
            Fault::new(format!(
                "the log does not add up at entry {entry}: {fault}; `lockgate audit verify` says more"
            ))
        })?;
    }
    Ok(())
}

/// Where intake hands over.
struct Gateway(Sender<Arrival>);

impl lockgate_intake::Hatch for Gateway {
    fn offer(&mut self, arrival: Arrival) -> Offered {
        match self.0.try_send(arrival) {
            Ok(()) => Offered::Taken,
            Err(TrySendError::Full(arrival)) => Offered::Full(arrival),
            Err(TrySendError::Disconnected(_)) => Offered::Gone,
        }
    }
}

/// Where the engine hands over; waits for the clerk.
struct Entries(Sender<Entry>);

impl Out for Entries {
    fn put(&mut self, entry: Entry) {
        // Where the clerk has ended, nothing is put on record and nothing leaves.
        let _ = self.0.send(entry);
    }
}

struct EngineThread {
    engine: Engine,
    arrivals: Receiver<Arrival>,
    again: Receiver<Recalled>,
    ordered: Receiver<Order>,
    out: Entries,
    gauges: Arc<Gauges>,
    clock: Arc<SharedClock>,
}

impl EngineThread {
    fn run(mut self) -> Result<(), String> {
        let mut ticked = Instant::now();
        loop {
            self.obey();
            while let Ok(recalled) = self.again.try_recv() {
                self.engine.again(recalled, &mut self.out);
            }
            let mut ended = false;
            match self.arrivals.recv_timeout(TICK.min(Duration::from_millis(20))) {
                Ok(first) => {
                    self.engine.arrival(first, &mut self.out);
                    for arrival in self.arrivals.try_iter().take(AT_ONCE) {
                        self.engine.arrival(arrival, &mut self.out);
                    }
                }
                Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
                Err(crossbeam_channel::RecvTimeoutError::Disconnected) => ended = true,
            }
            if ticked.elapsed() >= TICK || ended {
                ticked = Instant::now();
                self.tick();
            }
            if ended {
                self.engine.end(&mut self.out);
                return Ok(());
            }
        }
    }

    fn obey(&mut self) {
        while let Ok(order) = self.ordered.try_recv() {
            match order {
                Order::Take(parts, done) => {
                    let (policy, change) = *parts;
                    self.engine.take(policy, change, &mut self.out);
                    // Nobody may be waiting any more.
                    let _ = done.send(());
                }
                Order::Refused(change) => self.out.put(Entry::Bundle(change)),
            }
        }
    }

    fn tick(&mut self) {
        self.gauges.beat(Worker::Engine);
        self.gauges.beat(Worker::Intake);
        self.gauges.in_flight(u64::try_from(self.arrivals.len()).unwrap_or(0));
        let reading = self.clock.read();
        let shown = match reading.state {
            super::clock::ClockState::Good => ClockState::Good,
            super::clock::ClockState::Unsynchronised => ClockState::Unsynchronised,
            super::clock::ClockState::Stepped { .. } | super::clock::ClockState::Behind { .. } => {
                ClockState::Stepped
            }
        };
        self.gauges.clock(shown, reading.now, &reading.state.to_string());
        self.engine.tick(&mut self.out);
    }
}

/// The clerk's way to egress.
struct Way(Option<Mouth>);

impl Handover for Way {
    fn offer(&mut self, sealed: Sealed) -> Result<(), Box<Sealed>> {
        match &self.0 {
            Some(mouth) => mouth.offer(sealed).map_err(|Full(sealed)| sealed),
            None => Err(Box::new(sealed)),
        }
    }

    fn change(&mut self, bundle: Digest) {
        if let Some(mouth) = &self.0 {
            mouth.change(bundle);
        }
    }

    fn close(&mut self) -> Option<Brake> {
        self.0.take().map(Mouth::close)
    }
}

struct Beside {
    again: Sender<Recalled>,
    intake: Handle,
}

impl Neighbours for Beside {
    fn again(&mut self, recalled: Recalled) -> Result<(), Box<Recalled>> {
        self.again.try_send(recalled).map_err(|error| Box::new(error.into_inner()))
    }

    fn acknowledge(&mut self, receipts: &[Receipt]) {
        self.intake.acknowledge(receipts);
    }
}

struct ClerkThread {
    clerk: Clerk,
    entries: Receiver<Entry>,
    ear: Ear,
    /// The engine's line: what lies in it when the engine has ended will not be decided any more.
    undecided: Receiver<Recalled>,
    gauges: Arc<Gauges>,
    clock: Arc<SharedClock>,
    stopping: Arc<AtomicBool>,
    drain: Duration,
    counters: Arc<EgressCounters>,
    /// Since when nothing can be put on record.
    troubled: Option<Instant>,
    /// No file can be opened, when that was last tried.
    starved: bool,
    probed: Instant,
}

impl ClerkThread {
    fn run(mut self) -> Result<(), String> {
        let mut shown = Instant::now();
        let mut next = None;
        loop {
            let ended = self.take(&mut next);
            let heard = self.hear();
            let now = self.clock.now();
            self.record(now);
            if shown.elapsed() >= TICK {
                shown = Instant::now();
                self.show(now);
            }
            if heard.is_err() {
                return Err("egress has ended".to_owned());
            }
            self.gives_up()?;
            if ended && next.is_none() && self.clerk.is_idle() {
                return self.finish();
            }
        }
    }

    /// Takes what the engine has written, up to a batch. True where the engine has ended.
    fn take(&mut self, next: &mut Option<Entry>) -> bool {
        if next.is_none() && self.clerk.is_idle() {
            let entries = &self.entries;
            let reports = self.ear.channel();
            let mut wait = crossbeam_channel::Select::new();
            wait.recv(entries);
            wait.recv(reports);
            // What is ready is taken below.
            let _ =
                wait.ready_timeout(if self.clerk.has_recalled() { Duration::from_millis(5) } else { TICK });
        }
        loop {
            if self.clerk.is_full(next.as_ref()) {
                return false;
            }
            if let Some(entry) = next.take() {
                self.clerk.take(entry);
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
            match self.ear.hear()? {
                Some(Report::Outcomes(mut outcomes)) => {
                    let now = self.clock.now();
                    self.clerk.hear(&mut outcomes, now, &self.gauges);
                    self.ear.give_back(outcomes);
                }
                Some(Report::Changed(_)) => self.clerk.changed(),
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
            None if self.starved => self.calm(None),
            None => {}
        }
        self.starved = trouble.is_some();
    }

    fn record(&mut self, now: Time) {
        self.probe(now);
        if self.starved {
            self.troubled.get_or_insert_with(Instant::now);
            return thread::sleep(TROUBLED);
        }
        if self.clerk.is_idle() {
            self.clerk.offer_again();
            return;
        }
        match self.clerk.record(now, &self.gauges) {
            Ok(()) => {
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
        self.gauges.beat(Worker::Egress);
        for precedence in lockgate_bytes::Precedence::ALL {
            let class = self.counters.class(precedence);
            self.gauges.queue(precedence, class.queued, class.queued_bytes, class.oldest);
        }
        match self.counters.stall() {
            Some(stall) => {
                self.gauges.raise(Alarm::EgressFailing, now, stall.says());
            }
            None => {
                self.gauges.clear(Alarm::EgressFailing);
            }
        }
        self.clerk.show(now, &self.gauges);
    }

    /// The engine has ended and all of it is on record. Egress may send for a while; the rest is kept.
    fn finish(mut self) -> Result<(), String> {
        let brake = self.clerk.close();
        let until = Instant::now().checked_add(self.drain);
        let mut brake = Some(brake);
        self.clerk.stopping = true;
        self.clerk.keep(self.undecided.try_iter());
        loop {
            let late = until.is_none_or(|until| Instant::now() >= until);
            if late && let Some(brake) = brake.take().flatten() {
                brake.stop();
            }
            let ended = self.hear().is_err();
            let now = self.clock.now();
            self.record(now);
            self.gauges.beat(Worker::Journal);
            self.gives_up()?;
            if ended && self.clerk.is_idle() {
                break;
            }
            if !ended {
                thread::sleep(Duration::from_millis(1));
            }
        }
        let now = self.clock.now();
        let why = if self.stopping.load(Ordering::Acquire) { "told to stop" } else { "intake has ended" };
        self.clerk.stop(now, why)
    }
}
