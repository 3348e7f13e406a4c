//! A running lane: four threads, the channels between them, and the hand that steers them.
//!
//! ```text
//!   intake --arrivals--> engine --entries--> journal --sealed--> egress
//!     ^                    ^                   |  ^                |
//!     '----receipts--------+----recalled-------'  '----reports-----'
//! ```
//! Every channel is bounded. Nobody waits for somebody who may wait for them: intake never waits for the engine, the
//! journal never waits for the engine or for egress. A fifth thread works the log's shelf: it writes tiles and checkpoints
//! behind the journal's commits, touches no object, and no object waits for it.

use super::begin::{self, Begin, Begun, Unbegun};
use super::clock::SharedClock;
use super::common::Common;
use super::engine::thread::{EngineThread, Entries, Gateway, Order, show_clock};
use super::engine::{self, Engine};
use super::entry::{Entry, Petition, Recalled};
use super::journal::thread::{Beside, Heard, JournalThread, Way};
use super::journal::{Journal, Parts};
use super::listeners::Listeners;
use super::plan::{Ground, Plan};
use super::way_out::{Link, Out};
use crate::exit::Fault;
use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};
use lockgate_audit::{BundleChange, SecondFolder, SecondPlace};
use lockgate_bundle::LaneBindings;
use lockgate_bytes::{Digest, Time};
use lockgate_core::Policy;
use lockgate_disk::{Disk, RealDisk};
use lockgate_egress::{Bounds, Egress, EgressCounters, Exit, Gate, Hatch, hatch};
use lockgate_hold::Settings;
use lockgate_intake::{Arrival, Config, Handle, Intake};
use lockgate_watch::{Alarm, Gauges, Loaded, Stage, Verdict, Worker};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Arrivals that may wait for the engine.
const ARRIVALS: usize = 4096;
/// Entries that may wait for the journal.
const ENTRIES: usize = 2048;
/// Objects that may wait to be decided again.
const RECALLED: usize = 64;
/// Statements of reviewers that may wait for the engine.
const PETITIONS: usize = 16;
/// Orders that may wait for the engine.
const ORDERS: usize = 4;
/// How long the engine is waited for before it is looked whether the lane is to stop.
const PATIENCE: Duration = Duration::from_millis(100);
const ENGINE_ENDED: &str = "the engine has ended";
/// Objects and bytes that may lie between journal and egress.
const HATCH: Hatch = Hatch { objects: 2048, bytes: 16 << 20, reports: 64 };
/// Bytes of unfinished objects that all streams together may have.
const UNFINISHED: usize = 16 << 20;

/// A running lane.
pub(crate) struct Lane {
    intake: Handle,
    orders: Sender<Order>,
    threads: Vec<(Worker, JoinHandle<Result<(), String>>)>,
    /// Works the log's shelf.
    shelf: Option<JoinHandle<()>>,
    /// Has workers look into what no type recognises.
    slow: Option<JoinHandle<()>>,
    gauges: Arc<Gauges>,
    clock: Arc<SharedClock>,
    stopping: Arc<AtomicBool>,
    epoch: u64,
    name: String,
    bundle: Digest,
    revision: u64,
    addresses: Vec<(Arc<str>, SocketAddr)>,
    alarms: Vec<String>,
    /// What a diode link remembers, where the lane leads to one.
    link: Option<Link>,
}

impl Lane {
    /// Opens everything, puts together what the last run left, and starts.
    ///
    /// # Errors
    /// [`Unbegun`] where anything cannot be opened; then nothing runs.
    pub(crate) fn start(plan: Plan, gauges: Arc<Gauges>) -> Result<Self, Unbegun> {
        let Plan {
            policy, bindings, bundle, revision, lane, sources, listeners, push_back, expiries, ..
        } = plan;
        let begun = open(plan.ground, &lane, bundle, revision)?;
        let Begun { log, ledger, store, sink, stage, numbers, epoch, recovered, .. } = begun;
        let Out { exit, pace, link } = sink;
        let common =
            Common::new(begun.clock, gauges, plan.pool_bytes, epoch, matches!(exit, Exit::Diode(_)))?;
        let config = Config { epoch, push_back, unfinished_max_bytes: UNFINISHED, sources, listeners };
        let names: Vec<Arc<str>> = config.listeners.iter().map(|listener| listener.name.clone()).collect();
        let pulse = Pulse { clock: common.clock.clone(), gauges: common.gauges.clone(), of: Worker::Intake };
        let intake = Intake::open(config, Arc::new(pulse), common.pool.clone())
            .map_err(|fault| Fault::new(fault.to_string()))?;
        let addresses = names.into_iter().filter_map(|name| Some((name.clone(), intake.address(&name)?)));
        let (orders, ordered) = bounded(ORDERS);
        let (again_in, again) = bounded(RECALLED);
        let (petitions_in, petitions) = bounded(PETITIONS);
        let (mouth, ear, ends) = hatch(HATCH);
        let counters = Arc::new(EgressCounters::default());
        let mut lane = Self {
            intake: intake.handle(),
            orders,
            threads: Vec::new(),
            shelf: None,
            slow: None,
            gauges: common.gauges.clone(),
            clock: common.clock.clone(),
            stopping: Arc::default(),
            epoch,
            name: lane,
            bundle,
            revision,
            addresses: addresses.collect(),
            alarms: recovered.alarms,
            link,
        };
        lane.gauges.loaded(Loaded { revision, digest: bundle, at: lane.clock.now(), expiries });
        lane.gauges.count_many(Stage::Egress, Verdict::Indeterminate, None, begun.indeterminate);
        // Before anything is decided: who asks in the first moment must not hear that all is well.
        show_clock(&lane.gauges, &lane.clock);
        let at_once = exit.at_once();
        let bounds =
            Bounds { objects: plan.queue_objects, bytes: plan.queue_bytes, skew: plan.skew, at_once };
        let gate = Gate { key: common.key.clone(), lane: policy.lane().clone(), bundle };
        let sender = lockgate_egress::Sender::new(bounds, gate, pace);
        lane.send(Egress::new(sender, exit, ends, counters.clone()))?;
        let mut journal = Journal::new(Parts {
            log,
            ledger,
            store: Box::new(store),
            stage,
            handover: Box::new(Way::to(mouth)),
            neighbours: Box::new(Beside {
                again: again_in,
                petitions: petitions_in,
                intake: intake.handle(),
            }),
            statements: begun.statements,
            lane: lane.name.clone(),
            numbers,
            common: common.clone(),
        });
        journal.resume(recovered.queued, recovered.recalled, &begun.bundle);
        let entries = lane.record(journal, Heard { ear, undecided: again.clone(), counters }, plan.drain)?;
        let (flood, cut_max, pseudonyms) = (plan.flood, plan.cut_max, plan.pseudonyms);
        let (line, slow) =
            engine::slow::line(policy.has_slow_path(), common.room.clone(), lane.stopping.clone());
        let (workers, gauges) = (plan.workers, lane.gauges.clone());
        let looks = move || slow.run(workers, &gauges);
        lane.slow = Some(thread::Builder::new().name("slow".to_owned()).spawn(looks)?);
        let begun = begun.taken;
        let engine = Engine::new(engine::Start {
            policy,
            bindings,
            common,
            cut_max,
            flood,
            begun,
            pseudonyms,
            slow: Some(line),
        });
        let listeners = Listeners::of(intake.counters(), lane.gauges.clone(), lane.clock.clone());
        let arrivals = lane.decide((engine, listeners), (again, petitions), ordered, entries)?;
        lane.spawn(Worker::Intake, move || {
            intake.run(&mut Gateway(arrivals)).map_err(|error| error.to_string())
        })?;
        lane.gauges.clear(Alarm::Starting);
        Ok(lane)
    }

    /// The thread of egress.
    fn send(&mut self, egress: Egress) -> Result<(), Fault> {
        let pulse = Pulse { clock: self.clock.clone(), gauges: self.gauges.clone(), of: Worker::Egress };
        self.spawn(Worker::Egress, move || {
            egress.run(|| lockgate_intake::Clock::now(&pulse)).map_err(|fault| fault.to_string())
        })
    }

    /// The thread of the journal. What the engine writes goes in at the end that comes back.
    fn record(
        &mut self,
        mut journal: Journal,
        heard: Heard,
        drain: Duration,
    ) -> Result<Sender<Entry>, Fault> {
        if let Some(shelf) = journal.parts.log.part_with_shelf() {
            self.shelf = Some(thread::Builder::new().name("shelf".to_owned()).spawn(move || shelf.run())?);
        }
        let (entries_in, entries) = bounded(ENTRIES);
        let thread = JournalThread::new(journal, entries, heard, self.stopping.clone(), drain);
        self.spawn(Worker::Journal, move || thread.run())?;
        Ok(entries_in)
    }

    /// The thread of the engine. What intake takes goes in at the end that comes back.
    fn decide(
        &mut self,
        (engine, listeners): (Engine, Listeners),
        (again, petitions): (Receiver<Recalled>, Receiver<Petition>),
        ordered: Receiver<Order>,
        entries: Sender<Entry>,
    ) -> Result<Sender<Arrival>, Fault> {
        let (arrivals_in, arrivals) = bounded(ARRIVALS);
        let (gauges, clock) = (self.gauges.clone(), self.clock.clone());
        let thread = EngineThread {
            engine,
            arrivals,
            again,
            petitions,
            ordered,
            out: Entries { entries, gauges: gauges.clone(), listeners },
            gauges,
            clock,
        };
        self.spawn(Worker::Engine, move || thread.run())?;
        Ok(arrivals_in)
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

    /// The bundle in force, and its revision.
    pub(crate) fn has_run(&self) -> (u64, Option<Digest>) {
        (self.revision, Some(self.bundle))
    }

    /// Another bundle: in force when this returns. Queued and held objects are decided again.
    ///
    /// # Errors
    /// Where the engine has ended, or waits for a disk and `stop` is set meanwhile.
    pub(crate) fn take(
        &mut self,
        (policy, bindings): (Arc<Policy>, Arc<LaneBindings>),
        bundle: Digest,
        revision: u64,
        expiries: Vec<lockgate_watch::Expiry>,
        stop: &AtomicBool,
    ) -> Result<(), String> {
        let change = self.change(Some(bundle), Some(revision), None);
        let (done, heard) = bounded(1);
        self.order(Order::Take(Box::new((policy, bindings, change)), done), stop)?;
        while let Err(why) = heard.recv_timeout(PATIENCE) {
            if why == RecvTimeoutError::Disconnected {
                return Err(ENGINE_ENDED.to_owned());
            }
            if stop.load(Ordering::Acquire) {
                return Err("the lane ends; its log says whether it still took the bundle".to_owned());
            }
        }
        (self.bundle, self.revision) = (bundle, revision);
        let at = self.clock.now();
        self.gauges.loaded(Loaded { revision, digest: bundle, at, expiries });
        self.gauges.clear(Alarm::ReloadRefused);
        Ok(())
    }

    /// A bundle was offered and refused: that goes on record.
    pub(crate) fn refuse(&self, bundle: Option<Digest>, revision: Option<u64>, why: &str, stop: &AtomicBool) {
        self.gauges.raise(Alarm::ReloadRefused, self.clock.now(), why);
        // Where the engine has ended, nothing goes on record any more.
        let _ = self.order(Order::Refused(self.change(bundle, revision, Some(why.to_owned()))), stop);
    }

    /// The engine may wait for the journal, and that for a disk: whoever tells the lane to stop does not wait with them.
    fn order(&self, order: Order, stop: &AtomicBool) -> Result<(), String> {
        let mut order = order;
        loop {
            order = match self.orders.send_timeout(order, PATIENCE) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Disconnected(_)) => return Err(ENGINE_ENDED.to_owned()),
                Err(SendTimeoutError::Timeout(_)) if stop.load(Ordering::Acquire) => {
                    return Err("the lane ends".to_owned());
                }
                Err(SendTimeoutError::Timeout(back)) => back,
            }
        }
    }

    /// The lane's clock.
    pub(crate) fn clock(&self) -> &Arc<SharedClock> {
        &self.clock
    }

    /// True where every thread runs.
    pub(crate) fn is_whole(&self) -> bool {
        let shelf = self.shelf.iter().chain(&self.slow).all(|thread| !thread.is_finished());
        shelf && self.threads.iter().all(|(_, thread)| !thread.is_finished())
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
        if first.is_ok() {
            first = self.intake.settle().map_err(|error| format!("the journal of a diode link: {error}"));
        }
        first = first.and(self.link.map_or(Ok(()), Link::end));
        // It has ended with the engine.
        let slow = self.slow.map_or(Ok(()), JoinHandle::join);
        first = first.and(slow.map_err(|_| "the slow thread: it stopped on an internal fault".to_owned()));
        // It ends when the journal has let go of the log.
        let shelf = self.shelf.map_or(Ok(()), JoinHandle::join);
        first.and(shelf.map_err(|_| "the log's shelf: it stopped on an internal fault".to_owned()))
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

/// The lane's clock in the hand of one thread: each look at it is a sign of life.
pub(super) struct Pulse {
    pub(super) clock: Arc<SharedClock>,
    pub(super) gauges: Arc<Gauges>,
    pub(super) of: Worker,
}

impl lockgate_intake::Clock for Pulse {
    fn now(&self) -> Time {
        self.gauges.beat(self.of);
        self.clock.now()
    }

    fn steady(&self) -> Time {
        self.clock.steady()
    }
}

/// Opens the disks and the way out, and puts in line what the last run left.
fn open(ground: Ground, lane: &str, bundle: Digest, revision: u64) -> Result<Begun<Out>, Unbegun> {
    let Ground { node, config, audit, hold, statements, out, released_max, time, clock, trusts } = ground;
    let disk = |path: &Path| -> Result<Arc<dyn Disk>, Fault> {
        Ok(Arc::new(RealDisk::at(path).map_err(|error| Fault::of(path.display(), &error))?))
    };
    let log = disk(&audit.path)?;
    begin::keep_public_key(&*log, &audit.key).map_err(|error| Fault::of(audit.path.display(), &error))?;
    let mut second: Vec<Box<dyn SecondPlace>> = Vec::new();
    if let Some(path) = &audit.second {
        second.push(Box::new(SecondFolder::new(disk(path)?, path.display().to_string())));
    }
    let begin = Begin {
        lane: lane.to_owned(),
        node,
        bundle,
        revision,
        config,
        log,
        key: audit.key,
        second,
        hold: disk(&hold.path)?,
        statements: statements.as_deref().map(&disk).transpose()?,
        settings: Settings::new(hold.quota, hold.key),
        segments: lockgate_audit::Settings::default(),
        time,
        terms: clock,
        trusts,
    };
    begin::begin(begin, || out.open(lane, released_max, &disk))
}
