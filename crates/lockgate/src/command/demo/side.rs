//! One direction of the demonstration: a source that sends through a diode, a running lane, and the network behind another diode. What it tells of
//! verdicts comes from the lane's own log, and what arrived is compared with what the log says was released.

use super::documents::UNOPENED;
use super::pair::{Distant, Keys, Near};
use super::people::Review;
use super::samples::Sample;
use super::traffic::Traffic;
use crate::exit::Fault;
use crate::gate::clock::SharedClock;
use crate::gate::demonstration::Stand;
use crate::gate::lane::Lane;
use crate::gate::plan::Plan;
use lockgate_audit::{Decided, Decision, Entries, Event, Ledger, Report, Tally, TrustKey};
use lockgate_bundle::Bundle;
use lockgate_bytes::{Digest, Time};
use lockgate_core::{ENGINE, Policy};
use lockgate_disk::RealDisk;
use lockgate_reason::Code;
use lockgate_watch::{Asked, Commands, Gauges, Log, Options, Request, Store, Watch};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The folder of documents that arrived, how one begins, and how many are kept.
const ARRIVED: &str = "arrived";
const DOCUMENT: &[u8] = b"%PDF-";
const DOCUMENTS_MAX: u64 = 16;

/// A verdict, as the log has it.
pub(super) struct Verdict {
    pub(super) lane: Arc<str>,
    pub(super) entry: u64,
    pub(super) at: Time,
    /// What was offered, and the verdict that it should get; `None` for what this demonstration did not send.
    pub(super) sample: Option<(Sample, &'static str)>,
    pub(super) decided: Decided,
    pub(super) is_rewritten: bool,
    pub(super) codes: Vec<String>,
    /// The first reason in the log's words.
    pub(super) says: String,
}

impl Verdict {
    /// Whether it is the one that the sample should get, for the reason that it should.
    pub(super) fn is_good(&self) -> bool {
        self.sample.as_ref().is_some_and(|(sample, expected)| {
            let is_for = sample.code.is_none_or(|code| self.has(code) || self.is_unopened());
            *expected == self.decided.name() && is_for
        })
    }

    /// Whether nobody looked into it, since this machine has no jail.
    pub(super) fn is_unopened(&self) -> bool {
        UNOPENED.into_iter().any(|code| self.has(code))
    }

    fn has(&self, code: Code) -> bool {
        self.codes.iter().any(|known| known == code.id())
    }
}

/// What arrived behind the lane.
#[derive(Default)]
pub(super) struct Arrived {
    /// Objects that are, byte for byte, what the log says was released.
    pub(super) as_released: u64,
    /// What the last one was, and its size in bytes.
    pub(super) last: Option<(&'static str, usize)>,
    /// Sent, and lost on the link.
    pub(super) lost: u64,
    /// Where documents that arrived can be looked at, and how many lie there.
    pub(super) folder: PathBuf,
    documents: u64,
    /// Arrived, and not yet found among what was released: SHA-256 and bytes.
    strange: Vec<(String, Vec<u8>)>,
    /// Released and not yet arrived: what it was, by SHA-256.
    crossing: BTreeMap<String, &'static str>,
}

/// One direction.
pub(super) struct Side {
    pub(super) lane: Arc<str>,
    /// The network that it leads to.
    pub(super) to: Arc<str>,
    /// The control socket, or why there is none.
    pub(super) control: Result<PathBuf, String>,
    pub(super) log: PathBuf,
    pub(super) arrived: Arrived,
    pub(super) released: u64,
    /// Verdicts that are not what they should be.
    pub(super) wrong: u64,
    running: Option<(Lane, Option<Watch>)>,
    trust: TrustKey,
    disk: RealDisk,
    ledger: Ledger,
    next: u64,
    traffic: Traffic,
    undecided: BTreeMap<String, usize>,
    review: Review,
    /// What is held, and people are looking at, by the entry of its decision.
    held: BTreeMap<u64, Sample>,
    near: Near,
    far: Distant,
}

impl Side {
    /// Starts the lane on free ports of loopback, in `folder`.
    ///
    /// # Errors
    /// [`Fault`] where it cannot run here.
    pub(super) fn start(
        (bundle, policy): (&Bundle, &Arc<Policy>),
        folder: &Path,
        traffic: Traffic,
        review: Review,
        stop: &Arc<AtomicBool>,
    ) -> Result<Self, Fault> {
        let (first, second) = (Keys::draw(1)?, Keys::draw(2)?);
        for name in ["first", "second", "far", ARRIVED] {
            std::fs::create_dir(folder.join(name)).map_err(|error| Fault::of(folder.display(), &error))?;
        }
        let far = Distant::open(&second, &folder.join("far"))?;
        let source = crate::lane::pick_source(policy, None).map_err(Fault::new)?;
        let link_out = (second.terms(), second.shared(), second.secret());
        let stand = Stand { folder, source: &source, port: far.port()?, link_in: first.far(), link_out };
        let plan = Plan::demonstration(bundle, policy, stand)?;
        let trust = plan.ground.audit.key.trust();
        let (log, hold) = (plan.ground.audit.path.clone(), plan.ground.hold.path.clone());
        for path in [&log, &hold, &folder.join("review/in")] {
            std::fs::create_dir_all(path).map_err(|error| Fault::of(path.display(), &error))?;
        }
        let gauges = Arc::new(Gauges::new(policy.lane(), ENGINE, crate::clock::now()));
        let lane = Lane::start(plan, gauges.clone()).map_err(|unbegun| unbegun.fault)?;
        let to_lane = lane.addresses().first().map(|(_, address)| *address);
        let to_lane = to_lane.ok_or_else(|| Fault::new("the lane does not listen"))?;
        let near = Near::open(&first, to_lane)?;
        let control = folder.join("control");
        let clock = lane.clock().clone();
        let watch = Watch::start(
            gauges,
            {
                let clock = clock.clone();
                Arc::new(move || clock.now())
            },
            Orders { stop: stop.clone(), clock },
            Log::none(),
            Options {
                control: Some(control.clone()),
                metrics: None,
                disks: vec![(Store::Log, log.clone()), (Store::Hold, hold)],
            },
        );
        let (watch, control) = match watch {
            Ok(watch) => (Some(watch), Ok(control)),
            Err(fault) => (None, Err(fault.to_string())),
        };
        let disk = RealDisk::at(&log).map_err(|error| Fault::of(log.display(), &error))?;
        Ok(Self {
            lane: policy.lane().clone(),
            to: policy.destination().clone(),
            control,
            log,
            arrived: Arrived { folder: folder.join(ARRIVED), ..Arrived::default() },
            released: 0,
            wrong: 0,
            running: Some((lane, watch)),
            trust,
            disk,
            ledger: Ledger::default(),
            next: 0,
            traffic,
            undecided: BTreeMap::new(),
            review,
            held: BTreeMap::new(),
            near,
            far,
        })
    }

    /// The source sends its next object.
    pub(super) fn offer(&mut self) {
        let Some((bytes, place)) = self.traffic.next(crate::clock::now()) else { return };
        self.undecided.insert(Digest::of(&bytes).to_string(), place);
        self.near.offer(bytes);
    }

    /// How many objects were sent.
    pub(super) fn offered(&self) -> usize {
        self.traffic.offered()
    }

    /// Objects that were sent and are not decided yet.
    pub(super) fn undecided(&self) -> usize {
        self.undecided.len()
    }

    /// Looks at what arrived and at what is new in the log.
    ///
    /// # Errors
    /// [`Fault`] where the log cannot be read or does not add up.
    pub(super) fn look(&mut self) -> Result<Vec<Verdict>, Fault> {
        self.receive()?;
        let unread = |says: &dyn std::fmt::Display| Fault::new(format!("the log of {}: {says}", self.lane));
        let mut events = Vec::new();
        let mut entries = Entries::from(&self.disk, self.next);
        while let Some((entry, record)) = entries.next_entry().map_err(|error| unread(&error))? {
            let event = Event::read(record).map_err(|fault| unread(&fault))?;
            self.ledger.apply(entry, &event.fact()).map_err(|fault| unread(&fault))?;
            events.push((entry, event));
            self.next = entry.saturating_add(1);
        }
        for (_, event) in &events {
            if let Event::Review(review) = event
                && let (None, Some(object)) = (&review.refused, review.object)
            {
                self.review.go_on(object, crate::clock::now());
            }
        }
        let decisions = events.iter().filter_map(|(entry, event)| match event {
            Event::Decision(decision) => Some((*entry, &**decision)),
            _ => None,
        });
        let verdicts = decisions.map(|(entry, decision)| self.verdict(entry, decision)).collect();
        self.compare();
        Ok(verdicts)
    }

    fn verdict(&mut self, entry: u64, decision: &Decision) -> Verdict {
        let place = decision.text("sha256").and_then(|sha256| self.undecided.remove(sha256));
        let piece = place.and_then(|place| self.traffic.piece(place));
        let mut sample = piece.map(|piece| (piece.sample, piece.expected));
        if let Some(held) = decision.again.and_then(|former| self.held.remove(&former)) {
            let why = match held.code {
                Some(_) => "two people approved what was built anew from its pixels: that crosses",
                None => "two people looked at it and signed: crosses",
            };
            sample = Some((Sample { why, code: None, ..held }, "release"));
        }
        // What is held for nothing but what people may answer, two people answer.
        if let Some((sample, "hold")) = sample
            && sample.is_for_people(decision.codes())
        {
            self.held.insert(entry, sample);
            self.review.begin(entry, crate::clock::now());
        }
        if let (Decided::Release, Some(sha256)) = (decision.verdict(), decision.text("released_sha256")) {
            self.released = self.released.saturating_add(1);
            let is = sample.map_or("an object of somebody else", |(sample, _)| sample.is);
            self.arrived.crossing.insert(sha256.to_owned(), is);
        }
        let says = decision.account.get("reasons").and_then(|reasons| reasons.get(0)?.get("says")?.as_str());
        let verdict = Verdict {
            lane: self.lane.clone(),
            entry,
            at: decision.decided,
            sample,
            decided: decision.verdict(),
            is_rewritten: decision.is_rewritten,
            codes: decision.codes().map(str::to_owned).collect(),
            says: says.unwrap_or_default().to_owned(),
        };
        self.wrong = self.wrong.saturating_add(u64::from(!verdict.is_good()));
        verdict
    }

    /// Everything that has arrived behind the second diode.
    fn receive(&mut self) -> Result<(), Fault> {
        self.near.pump();
        for object in self.far.receive()? {
            self.arrived.strange.push((Digest::of(&object.bytes).to_string(), object.bytes));
        }
        self.arrived.lost = self.far.lost;
        Ok(())
    }

    /// Finds what arrived among what was released.
    fn compare(&mut self) {
        let Arrived { as_released, last, strange, crossing, folder, documents, .. } = &mut self.arrived;
        strange.retain(|(sha256, bytes)| match crossing.remove(sha256) {
            Some(is) => {
                *as_released = as_released.saturating_add(1);
                *last = Some((is, bytes.len()));
                if bytes.starts_with(DOCUMENT) && *documents < DOCUMENTS_MAX {
                    *documents = documents.saturating_add(1);
                    // Where it cannot be written, nobody can look at it, which is no harm here.
                    let _ = std::fs::write(folder.join(format!("plan-{documents}.pdf")), bytes);
                }
                false
            }
            None => true,
        });
    }

    /// How its objects stand, by the log.
    pub(super) fn tally(&self) -> Tally {
        self.ledger
            .lanes()
            .find(|(lane, _)| **lane == *self.lane)
            .map_or_else(Tally::default, |(_, tally)| *tally)
    }

    /// True where every thread of the lane runs.
    pub(super) fn is_whole(&self) -> bool {
        self.running.as_ref().is_some_and(|(lane, _)| lane.is_whole())
    }

    /// Drains the lane and ends it.
    ///
    /// # Errors
    /// [`Fault`] with what one of its threads ended with.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        let Some((lane, watch)) = self.running.take() else { return Ok(()) };
        let ended = lane.end();
        drop(watch);
        ended.map_err(|why| Fault::new(format!("lane {}: {why}", self.lane)))
    }

    /// Verifies the log, as `lockgate audit verify` does.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(super) fn verify(&self) -> Result<Report, Fault> {
        let trusted = std::slice::from_ref(&self.trust);
        lockgate_audit::verify(&self.disk, trusted, None, &mut |_, _| {})
            .map_err(|error| Fault::of(self.log.display(), &error))
    }
}

impl Arrived {
    /// Objects that arrived and were not released, or were released and did not arrive.
    pub(super) fn astray(&self) -> usize {
        self.strange.len().saturating_add(self.crossing.len())
    }
}

/// What an operator may tell a lane of the demonstration.
struct Orders {
    stop: Arc<AtomicBool>,
    clock: Arc<SharedClock>,
}

impl Commands for Orders {
    fn run(&mut self, asked: &Asked) -> Result<String, String> {
        match asked.request {
            Request::Drain => {
                self.stop.store(true, Ordering::Release);
                Ok("the demonstration drains and ends".to_owned())
            }
            Request::Reload => Err("a demonstration has one bundle only, which is compiled in".to_owned()),
            Request::ConfirmClock => {
                self.clock.confirm(&format!("uid {}", asked.user));
                Ok("the clock is confirmed".to_owned())
            }
            Request::Status => Err("status is answered elsewhere".to_owned()),
        }
    }
}
