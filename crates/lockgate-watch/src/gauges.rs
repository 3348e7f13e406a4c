//! The gauges of one lane: what its threads feed, and nothing else of them is shown. Everything that runs per object is a
//! few relaxed additions: no lock, no allocation, no clock.

use crate::alarms::Board;
use crate::histogram::Histogram;
use crate::link::{LinkGauge, LinkSpent};
use crate::meaning::Alarm;
use crate::named::{ListenerGauge, Named, SourceGauge};
use crate::objects::{ByReason, Objects};
use crate::passing::tells;
use crate::{ClockState, ExpiryKind, ReaderState, Stage, Store, Verdict, Worker};
use lockgate_bytes::{Digest, Precedence, Time};
use lockgate_reason::Code;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// No more expiries than this are kept: the soonest.
pub const EXPIRIES_MAX: usize = 64;
/// Stands for "no time": nothing has happened yet.
const NEVER: i64 = i64::MIN;

/// What a lane shows of itself. One for each lane, shared by its threads.
#[derive(Debug)]
pub struct Gauges {
    pub(crate) lane: String,
    pub(crate) engine: String,
    pub(crate) started: Time,
    origin: Instant,
    pub(crate) objects: Objects,
    /// One histogram a stage, and one from arrival to sent.
    pub(crate) latency: Vec<Histogram>,
    pub(crate) way: Histogram,
    pub(crate) came_in: Flow,
    pub(crate) went_out: Flow,
    pub(crate) in_flight: AtomicU64,
    happened: Vec<AtomicU64>,
    pub(crate) queue: Vec<Waiting>,
    pub(crate) link: LinkGauge,
    pub(crate) held: ByReason,
    pub(crate) held_in_all: Waiting,
    pub(crate) kept: AtomicU64,
    pub(crate) sources: Named<SourceGauge>,
    pub(crate) listeners: Named<ListenerGauge>,
    pub(crate) audit: AuditGauge,
    pub(crate) disks: Vec<DiskGauge>,
    pub(crate) clock: AtomicU64,
    beats: Vec<AtomicU64>,
    pub(crate) board: Board,
    pub(crate) loaded: Mutex<Option<Loaded>>,
    pub(crate) reader: Mutex<Option<ReaderSeen>>,
}

/// The reader of text in pictures, as the slow path met it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReaderSeen {
    pub(crate) state: ReaderState,
    /// Which it is, where one answers.
    pub(crate) engine: String,
    /// Since when it is so.
    pub(crate) since: Time,
}

/// Objects that passed one end of the lane, and when the last one did. Aligned: each end has a thread of its own.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Flow {
    pub(crate) objects: AtomicU64,
    last: AtomicI64,
}

/// Objects that wait: how many, how big together, and since when the oldest.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) objects: AtomicU64,
    pub(crate) bytes: AtomicU64,
    oldest: AtomicI64,
}

/// The state of the audit log.
#[derive(Debug)]
pub(crate) struct AuditGauge {
    pub(crate) entries: AtomicU64,
    committed: AtomicI64,
    pub(crate) segment_bytes: AtomicU64,
    pub(crate) waiting: Waiting,
    pub(crate) checkpoint_entries: AtomicU64,
    checkpoint_pushed: AtomicI64,
}

/// Room on a disk, in bytes; a size of 0 means that it is not watched.
#[derive(Debug, Default)]
pub(crate) struct DiskGauge {
    pub(crate) free: AtomicU64,
    pub(crate) size: AtomicU64,
}

/// What is known of the bundle that decides.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its revision.
    pub revision: u64,
    /// Its digest.
    pub digest: Digest,
    /// When it was taken.
    pub at: Time,
    /// Whatever of it, or of the deployment, ends one day.
    pub expiries: Vec<Expiry>,
}

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// What it is.
    pub kind: ExpiryKind,
    /// Its name in the authored files.
    pub name: String,
    /// The first instant at which it is no longer in force.
    pub at: Time,
}

impl Gauges {
    /// The gauges of a lane that starts now: not ready until [`Alarm::Starting`] is cleared.
    pub fn new(lane: &str, engine: &str, started: Time) -> Self {
        let board = Board::new();
        board.raise(Alarm::Starting, started, "");
        Self {
            lane: lane.to_owned(),
            engine: engine.to_owned(),
            started,
            origin: Instant::now(),
            objects: Objects::new(),
            latency: Stage::ALL.iter().map(|_| Histogram::new()).collect(),
            way: Histogram::new(),
            came_in: Flow::new(),
            went_out: Flow::new(),
            in_flight: AtomicU64::new(0),
            happened: Alarm::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
            queue: Precedence::ALL.iter().map(|_| Waiting::new()).collect(),
            link: LinkGauge::default(),
            held: ByReason::new(),
            held_in_all: Waiting::new(),
            kept: AtomicU64::new(0),
            sources: Named::new(),
            listeners: Named::new(),
            audit: AuditGauge::new(),
            disks: Store::ALL.iter().map(|_| DiskGauge::default()).collect(),
            clock: AtomicU64::new(0),
            beats: Worker::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
            board,
            loaded: Mutex::new(None),
            reader: Mutex::new(None),
        }
    }

    // What runs for every object.

    /// Counts one object at a stage; `reason` is the leading one, for every verdict other than release.
    pub fn count(&self, stage: Stage, verdict: Verdict, reason: Option<Code>) {
        self.objects.count(stage, verdict, reason, 1);
    }

    /// Counts several at once: a flood's shared record, a batch of outcomes.
    pub fn count_many(&self, stage: Stage, verdict: Verdict, reason: Option<Code>, objects: u64) {
        self.objects.count(stage, verdict, reason, objects);
    }

    /// An object has a reason that is not its leading one, and that somebody should be told of: the leading ones are counted
    /// by [`Self::count`].
    pub fn also(&self, reason: Code) {
        for alarm in [Alarm::Spill, Alarm::InternalFault] {
            if let Some(count) = self.happened.get(alarm.place()).filter(|_| tells(alarm, reason)) {
                count.fetch_add(1, Relaxed);
            }
        }
    }

    /// How long one object was at a stage, in nanoseconds.
    pub fn took(&self, stage: Stage, nanos: u64) {
        if let Some(histogram) = self.latency.get(stage.place()) {
            histogram.record(nanos);
        }
    }

    /// One object came in whole. Counts it as received at intake.
    pub fn came_in(&self, at: Time) {
        self.came_in.pass(at, 1);
        self.objects.count(Stage::Intake, Verdict::Received, None, 1);
    }

    /// One object left, `since_arrival_nanos` after it came in. Counts it as sent at egress.
    pub fn went_out(&self, at: Time, since_arrival_nanos: u64) {
        self.went_out.pass(at, 1);
        self.way.record(since_arrival_nanos);
        self.objects.count(Stage::Egress, Verdict::Sent, None, 1);
    }

    // What runs now and then.

    /// A thread of the lane is alive. To be called at least once a second, also when there is nothing to do.
    pub fn beat(&self, worker: Worker) {
        if let Some(beat) = self.beats.get(worker.place()) {
            beat.store(self.steady_nanos(), Relaxed);
        }
    }

    /// Objects between intake and their record.
    pub fn in_flight(&self, objects: u64) {
        self.in_flight.store(objects, Relaxed);
    }

    /// What waits at one precedence: count, bytes, arrival in the queue of the oldest.
    pub fn queue(&self, precedence: Precedence, objects: u64, bytes: u64, oldest: Option<Time>) {
        if let Some(waiting) = self.queue.get(precedence.place()) {
            waiting.set(objects, bytes, oldest);
        }
    }

    /// What the one-way link was spent on to which the lane leads; zeros where it leads to none.
    pub fn link(&self, spent: &LinkSpent) {
        self.link.set(spent);
    }

    /// How many objects are held with this leading reason.
    pub fn held(&self, reason: Code, objects: u64) {
        self.held.set(reason, objects);
    }

    /// What is held in all.
    pub fn held_in_all(&self, objects: u64, bytes: u64, oldest: Option<Time>) {
        self.held_in_all.set(objects, bytes, oldest);
    }

    /// How many objects are held no more and kept, because what was made of them has not come to its end.
    pub fn kept(&self, objects: u64) {
        self.kept.store(objects, Relaxed);
    }

    /// The gauge of a source, by its name in the bundle. Asked once, then used without a lock.
    pub fn source(&self, name: &str) -> Arc<SourceGauge> {
        self.sources.gauge(name)
    }

    /// The gauge of a listener, by its name in the deployment file.
    pub fn listener(&self, name: &str) -> Arc<ListenerGauge> {
        self.listeners.gauge(name)
    }

    /// A batch of records is durable: entries of the log so far, bytes of the open segment.
    pub fn committed(&self, entries: u64, segment_bytes: u64, at: Time) {
        self.audit.entries.store(entries, Relaxed);
        self.audit.segment_bytes.store(segment_bytes, Relaxed);
        self.audit.committed.store(at.unix_nanos(), Relaxed);
    }

    /// What waits to become durable.
    pub fn uncommitted(&self, objects: u64, bytes: u64, oldest: Option<Time>) {
        self.audit.waiting.set(objects, bytes, oldest);
    }

    /// The second place has a checkpoint of so many entries.
    pub fn checkpoint_pushed(&self, entries: u64, at: Time) {
        self.audit.checkpoint_entries.store(entries, Relaxed);
        self.audit.checkpoint_pushed.store(at.unix_nanos(), Relaxed);
    }

    /// Room on a disk, in bytes.
    pub fn disk(&self, store: Store, free: u64, size: u64) {
        if let Some(disk) = self.disks.get(store.place()) {
            disk.free.store(free, Relaxed);
            disk.size.store(size, Relaxed);
        }
    }

    /// How far the clock is trusted; raises and clears its alarms.
    pub fn clock(&self, state: ClockState, now: Time, detail: &str) {
        self.clock.store(u64::try_from(state.place()).unwrap_or(0), Relaxed);
        for (alarm, cause) in [
            (Alarm::ClockStepped, ClockState::Stepped),
            (Alarm::ClockUnsynchronised, ClockState::Unsynchronised),
        ] {
            if state == cause {
                self.raise(alarm, now, detail)
            } else {
                self.clear(alarm)
            };
        }
    }

    /// Who reads text in pictures, as it was found with an object of the slow path just now; never on the way of any other.
    pub fn reader(&self, state: ReaderState, engine: &str, now: Time) {
        let mut seen = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.as_ref().is_some_and(|seen| seen.state == state && seen.engine == engine) {
            *seen = Some(ReaderSeen { state, engine: engine.to_owned(), since: now });
        }
    }

    /// Another bundle decides from now on. Of the expiries the soonest [`EXPIRIES_MAX`] are kept.
    pub fn loaded(&self, mut loaded: Loaded) {
        loaded.expiries.sort_by(|a, b| (a.at, a.kind, &a.name).cmp(&(b.at, b.kind, &b.name)));
        loaded.expiries.dedup();
        loaded.expiries.truncate(EXPIRIES_MAX);
        for expiry in &mut loaded.expiries {
            expiry.name = expiry.name.chars().take(crate::named::NAME_CHARACTERS_MAX).collect();
        }
        *self.loaded.lock().unwrap_or_else(PoisonError::into_inner) = Some(loaded);
    }

    /// Something is wrong; true where it was not known yet. `detail` names a path, an error, a name; never payload. An
    /// alarm that stands already costs two atomic operations.
    pub fn raise(&self, alarm: Alarm, now: Time, detail: &str) -> bool {
        self.board.raise(alarm, now, detail)
    }

    /// It is right again; true where it was not.
    pub fn clear(&self, alarm: Alarm) -> bool {
        self.board.clear(alarm)
    }

    /// Nanoseconds since these gauges were made; never runs back.
    pub fn steady_nanos(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn happened(&self, alarm: Alarm) -> u64 {
        self.happened.get(alarm.place()).map_or(0, |count| count.load(Relaxed))
    }

    pub(crate) fn last_beat(&self, worker: Worker) -> u64 {
        self.beats.get(worker.place()).map_or(0, |beat| beat.load(Relaxed))
    }
}

impl Flow {
    fn new() -> Self {
        Self { objects: AtomicU64::new(0), last: AtomicI64::new(NEVER) }
    }

    fn pass(&self, at: Time, objects: u64) {
        self.objects.fetch_add(objects, Relaxed);
        self.last.store(at.unix_nanos(), Relaxed);
    }

    pub(crate) fn last(&self) -> Option<Time> {
        time(&self.last)
    }
}

impl Waiting {
    fn new() -> Self {
        Self { objects: AtomicU64::new(0), bytes: AtomicU64::new(0), oldest: AtomicI64::new(NEVER) }
    }

    fn set(&self, objects: u64, bytes: u64, oldest: Option<Time>) {
        self.objects.store(objects, Relaxed);
        self.bytes.store(bytes, Relaxed);
        self.oldest.store(oldest.map_or(NEVER, Time::unix_nanos), Relaxed);
    }

    pub(crate) fn oldest(&self) -> Option<Time> {
        time(&self.oldest)
    }
}

impl AuditGauge {
    fn new() -> Self {
        Self {
            entries: AtomicU64::new(0),
            committed: AtomicI64::new(NEVER),
            segment_bytes: AtomicU64::new(0),
            waiting: Waiting::new(),
            checkpoint_entries: AtomicU64::new(0),
            checkpoint_pushed: AtomicI64::new(NEVER),
        }
    }

    pub(crate) fn committed(&self) -> Option<Time> {
        time(&self.committed)
    }

    pub(crate) fn checkpoint_pushed(&self) -> Option<Time> {
        time(&self.checkpoint_pushed)
    }
}

fn time(nanos: &AtomicI64) -> Option<Time> {
    Some(nanos.load(Relaxed)).filter(|nanos| *nanos != NEVER).map(Time::from_unix_nanos)
}
