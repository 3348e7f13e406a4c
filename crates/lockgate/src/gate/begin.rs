//! The part of a start that touches disks, in its order: log, held store, sink, and the first entries of the run.

use super::clock::{ClockTerms, LaneClock, SharedClock, TimeSource};
use super::ends;
use super::numbers::Numbers;
use super::plan::Trusts;
use super::recover::{self, Recovered, Run};
use crate::exit::Fault;
use lockgate_audit::{self as audit, Event, Ledger, Log, LogKey, Outcome, SecondPlace, Start};
use lockgate_bundle::trust::Demands;
use lockgate_bytes::Digest;
use lockgate_core::ENGINE;
use lockgate_disk::Disk;
use lockgate_egress::Stage;
use lockgate_hold::{FileStore, Settings};
use lockgate_intake::Receipt;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// What a run begins with.
pub(crate) struct Begin {
    pub(crate) lane: String,
    pub(crate) node: String,
    pub(crate) bundle: Digest,
    pub(crate) revision: u64,
    pub(crate) config: Digest,
    pub(crate) log: Arc<dyn Disk>,
    pub(crate) key: LogKey,
    pub(crate) second: Vec<Box<dyn SecondPlace>>,
    pub(crate) hold: Arc<dyn Disk>,
    /// Where reviewers put their statements, if anywhere.
    pub(crate) statements: Option<Arc<dyn Disk>>,
    pub(crate) settings: Settings,
    pub(crate) segments: audit::Settings,
    pub(crate) time: Box<dyn TimeSource>,
    pub(crate) terms: ClockTerms,
    pub(crate) trusts: Trusts,
}

/// What stands after it.
pub(crate) struct Begun<S> {
    pub(crate) log: Log,
    pub(crate) ledger: Ledger,
    pub(crate) store: FileStore,
    pub(crate) sink: S,
    pub(crate) stage: Option<Stage>,
    pub(crate) clock: Arc<SharedClock>,
    pub(crate) numbers: Numbers,
    pub(crate) epoch: u64,
    pub(crate) recovered: Recovered,
    /// Of how many objects of the run before nobody knows what became.
    pub(crate) indeterminate: u64,
    /// The bundle in force.
    pub(crate) bundle: Digest,
    /// Taken files of which objects are on record, and how many bytes of each, 0 for all.
    pub(crate) taken: BTreeMap<Receipt, u64>,
    pub(crate) statements: Option<Arc<dyn Disk>>,
}

/// Why a run did not begin.
#[derive(Debug)]
pub(crate) struct Unbegun {
    pub(crate) fault: Fault,
    /// It is the bundle that may not run: that somebody offered it belongs on record. Whatever else stands against a start
    /// says nothing of the bundle; and in a log that cannot be believed nothing is written.
    pub(crate) is_of_bundle: bool,
}

impl<F: Into<Fault>> From<F> for Unbegun {
    fn from(fault: F) -> Self {
        Self { fault: fault.into(), is_of_bundle: false }
    }
}

impl Unbegun {
    fn of_bundle(fault: Fault) -> Self {
        Self { fault, is_of_bundle: true }
    }
}

/// Opens the log of a lane. Each run has it signed before it decides anything, and no crash takes a checkpoint away that was
/// there: where objects are on record and nothing is signed, nobody knows whether they are what was recorded.
///
/// # Errors
/// [`Fault`].
pub(super) fn open_log(
    disk: Arc<dyn Disk>,
    key: LogKey,
    second: Vec<Box<dyn SecondPlace>>,
    settings: audit::Settings,
) -> Result<(Log, audit::Recovered), Fault> {
    let (log, found) =
        Log::open(disk, key, second, settings).map_err(|fault| Fault::new(format!("the log: {fault}")))?;
    if !found.is_signed && found.ledger.lanes().any(|(_, tally)| tally.received > 0) {
        return Err(Fault::new(
            "the log: its checkpoint is gone, and it has decisions; no crash does that; keep the folder as it is, and start \
             with a new one",
        ));
    }
    Ok((log, found))
}

/// Opens log, held store and sink, puts them in line, and writes the start down.
///
/// # Errors
/// [`Unbegun`] where anything cannot be opened, or the bundle is older than one that has run, or another one
/// of its revision has; then nothing runs.
pub(crate) fn begin<S>(
    begin: Begin,
    sink: impl FnOnce() -> Result<(S, Option<Stage>), Fault>,
) -> Result<Begun<S>, Unbegun> {
    let Begin { lane, node, bundle, revision, config, key, second, .. } = begin;
    let numbers = Numbers::new(derived(&key));
    let public = key.trust().to_string();
    let (mut log, found) = open_log(begin.log, key, second, begin.segments)?;
    let mut ledger = found.ledger;
    let now = begin.time.wall();
    let demands = Demands { now, at_least: ledger.revision(), ran: ledger.bundle(), lanes: &[], name: None };
    if let Some(older) = demands.older(bundle, revision) {
        return Err(Unbegun::of_bundle(Fault::new(format!("the bundle is refused\n{older}"))));
    }
    // The lane's time never runs back. Where the machine's is behind it, what was verified by that one is verified again.
    if let Some(latest) = found.latest.filter(|latest| *latest > now) {
        (begin.trusts)(latest).map_err(Unbegun::of_bundle)?;
    }
    let taken = recover::taken(&ledger);
    let clock = Arc::new(SharedClock::new(LaneClock::start(
        begin.time,
        begin.terms,
        found.latest,
        ledger.clock_step_ns(),
    )));
    let (now, epoch) = (clock.now(), ledger.epoch().saturating_add(1));
    let mut store = FileStore::open(begin.hold, begin.settings)
        .map_err(|fault| Fault::new(format!("the held store: {fault}")))?;
    let (sink, stage) = sink()?;
    let run = Run { lane: &lane, epoch, now, numbers: &numbers };
    let mut recovered = recover::recover(&run, &log, &ledger, &mut store, stage.as_ref())?;
    let start = Event::Start(Start {
        at: now,
        epoch,
        node,
        engine: ENGINE.to_owned(),
        bundle,
        revision,
        lane: lane.clone(),
        config,
        clock: clock.recorded(),
        key: public,
        cut_bytes: found.cut_bytes,
        outstanding: ledger.outstanding(),
    });
    let events = std::mem::take(&mut recovered.events);
    let indeterminate = ends::count(&events, Outcome::Indeterminate);
    first_entries(&mut log, &mut ledger, std::iter::once(start).chain(events))?;
    // Signed at once: should this run end in its first second, what it wrote can be verified all the same; and a crash
    // tears tiles at the right edge, without which nobody could verify the log.
    log.checkpoint().map_err(|fault| Fault::new(format!("the log: {fault}")))?;
    Ok(Begun {
        log,
        ledger,
        store,
        sink,
        stage,
        clock,
        numbers,
        epoch,
        recovered,
        indeterminate,
        bundle,
        taken,
        statements: begin.statements,
    })
}

/// The first entries of a run: if they cannot be written, there is no run.
pub(super) fn first_entries(
    log: &mut Log,
    ledger: &mut Ledger,
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

/// 32 bytes that only this log's key gives.
fn derived(key: &LogKey) -> [u8; 32] {
    Digest::of(format!("lockgate numbers 1\n{}", key.secret_text()).as_bytes()).0
}

/// The public key of a log, in its folder. It is a convenience: whoever can change the log can change it too, so the copy
/// that verification rests on is kept elsewhere.
const PUBLIC_KEY: &str = "key.pub";

/// Leaves the log's public key in its folder, where there is none yet.
///
/// # Errors
/// Those of the disk.
pub(crate) fn keep_public_key(log: &dyn Disk, key: &LogKey) -> io::Result<()> {
    match log.look(PUBLIC_KEY) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        there => return there.map(|_| ()),
    }
    // Half a file from a crash never has the name.
    let part = "key.pub.part";
    match log.remove(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = log.create(part)?;
    file.append(format!("{}\n", key.trust()).as_bytes())?;
    file.sync()?;
    log.rename(part, PUBLIC_KEY)?;
    log.sync_dir("")
}
