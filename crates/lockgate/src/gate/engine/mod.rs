//! The engine: one object at a time, from receive to the words of its record. It never waits for the disk.

mod clock;
mod file;
mod marks;
mod review;
pub(crate) mod room;
pub(crate) mod slow;
pub(crate) mod thread;
mod turned_away;
mod words;

use crate::frames::Cutter;
use crate::gate::beside::Beside;
use crate::gate::clock::ClockState;
use crate::gate::common::Common;
use crate::gate::entry::{Again, Decision, Entry, Recalled};
use crate::pipeline;
use clock::Told;
use lockgate_attest::Attestation;
use lockgate_audit::{BundleChange, DecisionFacts, Drops, Flood, Taken};
use lockgate_bundle::LaneBindings;
use lockgate_bytes::{Digest, Frame, PseudonymKey, Time};
use lockgate_core::{Company, Policy, Received, Routed, Verdict, VerdictKind, Workspace, draft};
use lockgate_intake::{Arrival, Losses, Receipt};
use lockgate_reason::hold;
use lockgate_watch::{SourceGauge, Stage, Verdict as Shown};
use slow::{Aim, Done, Line, Rest};
use std::collections::BTreeMap;
use std::sync::Arc;
use words::{RECEIPT_TEXT, receipt_text};

/// How often refusals that share a record are put on record.
const FLOOD_TOLD_EVERY_NS: i64 = 1_000_000_000;

/// What one lane's engine is made of.
pub(crate) struct Engine {
    policy: Arc<Policy>,
    /// By what sidecars are read.
    bindings: Arc<LaneBindings>,
    common: Common,
    workspace: Option<Box<Workspace>>,
    pseudonyms: Option<Arc<PseudonymKey>>,
    cutter: Cutter,
    cut_max: usize,
    flood: Flood,
    flood_told: Time,
    /// Receipts of files that a former run had taken and begun to decide: how many bytes of each are on record, 0 for all.
    begun: BTreeMap<Receipt, u64>,
    /// What the log was told last of the clock.
    told: Told,
    /// The line before the slow thread; none where nothing is looked into.
    slow: Option<Line>,
    /// Objects in it, or being looked into.
    in_line: u64,
    /// How far diode links have come, by listener.
    marks: BTreeMap<usize, marks::Reach>,
    /// What is shown of each source; a lane has a handful.
    sources: BTreeMap<Arc<str>, Arc<SourceGauge>>,
}

/// What an engine starts with.
pub(crate) struct Start {
    pub(crate) policy: Arc<Policy>,
    pub(crate) bindings: Arc<LaneBindings>,
    pub(crate) common: Common,
    /// A larger file, or object of a link, is one object, whatever it begins with.
    pub(crate) cut_max: usize,
    /// Refusals a second and source above which they share a record.
    pub(crate) flood: u32,
    pub(crate) begun: BTreeMap<Receipt, u64>,
    /// The line before the slow thread; none where nothing is looked into.
    pub(crate) slow: Option<Line>,
    /// The key of the lane's pseudonyms.
    pub(crate) pseudonyms: Option<Arc<PseudonymKey>>,
}

/// Where entries go; waits where there is no room.
pub(crate) trait Out {
    fn put(&mut self, entry: Entry);
}

impl Out for Vec<Entry> {
    fn put(&mut self, entry: Entry) {
        self.push(entry);
    }
}

/// Where an object comes from, beside its frame.
#[derive(Clone, Copy, Debug, Default)]
struct Origin {
    again: Option<Again>,
    taken: Option<Taken>,
    /// What it was split off from.
    parent: Option<Digest>,
}

impl Origin {
    /// True where other objects may be decided before it. How far a file is on record goes by the order of its objects: only
    /// its last one may wait.
    fn may_wait(&self) -> bool {
        self.taken.is_none_or(|taken| taken.bytes == 0)
    }
}

impl Engine {
    pub(crate) fn new(start: Start) -> Self {
        let Start { policy, bindings, common, cut_max, flood, begun, pseudonyms, slow } = start;
        let told = Told { recorded: common.clock.recorded(), state: ClockState::Good };
        Self {
            policy,
            bindings,
            common,
            workspace: None,
            pseudonyms,
            cutter: Cutter::default(),
            cut_max,
            flood: Flood::new(flood),
            flood_told: Time::MIN,
            begun,
            told,
            slow,
            in_line: 0,
            marks: BTreeMap::new(),
            sources: BTreeMap::new(),
        }
    }

    /// Takes what intake gives.
    pub(crate) fn arrival(&mut self, arrival: Arrival, out: &mut dyn Out) {
        match arrival {
            Arrival::Frame(frame, None) => {
                self.datagram(frame, out);
            }
            Arrival::Frame(frame, Some(receipt)) => self.file(frame, receipt, out),
            Arrival::TurnedAway(turned) => self.turned_away(turned, out),
            Arrival::Losses { listener, losses } => {
                let Losses { kernel_drops, lost, alarms, indeterminate } = losses;
                let gauge = self.common.gauges.listener(&listener);
                gauge.kernel_drops(kernel_drops);
                gauge.link(lost, alarms, indeterminate);
                out.put(Entry::Drops(Drops {
                    at: self.common.clock.now(),
                    epoch: self.common.epoch,
                    lane: self.policy.lane().to_string(),
                    listener: listener.to_string(),
                    dropped: kernel_drops,
                    lost,
                    alarms,
                    indeterminate,
                }));
            }
            Arrival::Silence { listener, is_silent } => {
                let since = is_silent.then(|| self.common.clock.now());
                self.common.gauges.listener(&listener).silent(since);
            }
            Arrival::Mark(mark) => self.mark(mark, out),
        }
    }

    /// Decides an object again.
    pub(crate) fn again(&mut self, recalled: Recalled, out: &mut dyn Out) {
        let Recalled { frame, again, parent, reviews, beside } = recalled;
        let attestations = self.attested(&reviews);
        let company = self.company(beside.as_ref(), &frame.bytes);
        let origin = Origin { again: Some(again), parent, taken: None };
        self.approved(frame, (company.as_ref(), beside), origin, attestations, out);
    }

    /// Takes another bundle. What comes after is decided under it.
    pub(crate) fn take(
        &mut self,
        policy: Arc<Policy>,
        bindings: Arc<LaneBindings>,
        change: BundleChange,
        out: &mut dyn Out,
    ) {
        (self.policy, self.bindings) = (policy, bindings);
        out.put(Entry::Bundle(change));
    }

    /// To be called often, also when nothing comes in: puts on record what waits for its time.
    pub(crate) fn tick(&mut self, out: &mut dyn Out) {
        let reading = self.common.clock.read();
        self.look_at_clock(&reading, out);
        if reading.now.since(self.flood_told).nanos() >= FLOOD_TOLD_EVERY_NS {
            self.flood_told = reading.now;
            self.end(out);
        }
    }

    /// Everything that still waits for its time goes on record now.
    pub(crate) fn end(&mut self, out: &mut dyn Out) {
        self.tell_flood(out);
    }

    /// Decides what is still being looked into, and everything else that waits.
    pub(crate) fn wind_up(&mut self, out: &mut dyn Out) {
        self.close_line(out);
        self.end(out);
    }

    /// A datagram is one object, unless the lane splits what it carries.
    fn datagram(&mut self, frame: Frame, out: &mut dyn Out) {
        let policy = self.policy.clone();
        let mut cutter = std::mem::take(&mut self.cutter);
        let may_split = policy.splits() && frame.bytes.len() <= self.cut_max;
        let pieces = if may_split { cutter.cut(&policy, &frame.bytes).len() } else { 1 };
        if pieces < 2 {
            self.came_in(&frame.source, frame.arrival);
            self.object(frame, (None, None), Origin::default(), out);
        } else {
            for index in 0..pieces {
                let object = cutter.object(&policy, &frame.bytes, index);
                let mut own = self.common.pool.lend_beyond(object.len());
                own.extend_from_slice(object);
                self.came_in(&frame.source, frame.arrival);
                let parent = cutter.parent(&frame.bytes, index);
                let (source, arrival) = (frame.source.clone(), frame.arrival);
                self.object(
                    Frame { bytes: own, source, arrival, sidecar: None },
                    (None, None),
                    Origin { parent, ..Origin::default() },
                    out,
                );
            }
            self.common.pool.give_back(frame.bytes);
        }
        self.cutter = cutter;
    }

    /// One object, from receive to the words of its record.
    fn object(
        &mut self,
        frame: Frame,
        with: (Option<&Company>, Option<Beside>),
        origin: Origin,
        out: &mut dyn Out,
    ) {
        self.approved(frame, with, origin, None, out);
    }

    /// What the file beside an object says of it, by the bundle in force.
    fn company(&self, beside: Option<&Beside>, object: &[u8]) -> Option<Company> {
        let now = || self.common.clock.now();
        beside.map(|beside| beside.company(object, &self.bindings, self.policy.policies(), now()))
    }

    /// The same for an object that reviewers have said something of.
    fn approved(
        &mut self,
        frame: Frame,
        (company, beside): (Option<&Company>, Option<Beside>),
        origin: Origin,
        attestations: Option<Vec<Attestation>>,
        out: &mut dyn Out,
    ) {
        let begun = self.common.gauges.steady_nanos();
        let mut workspace = self.workspace();
        let mut bytes = workspace.buffer();
        bytes.extend_from_slice(&frame.bytes);
        self.common.pool.give_back(frame.bytes);
        let arrival = frame.arrival;
        let mut received = Received::accept(Frame { bytes, ..frame }, workspace);
        if let Some(company) = company {
            received = received.accompanied(company);
        }
        self.inspect(received, Aim::Decide { origin, arrival, attestations, beside }, out);
        self.took(begun);
    }

    /// Has an object looked into, by its type or by a worker; what comes of it is concluded now or later.
    fn inspect(&mut self, received: Received, aim: Aim, out: &mut dyn Out) {
        let rest = Rest { policy: self.policy.clone(), aim };
        let done = match received.route(&self.policy) {
            Routed::Fast(object) => Some(Done(object.inspect(&self.policy), rest, 0)),
            Routed::Slow(object) => self.look(object, rest, out),
        };
        if let Some(done) = done {
            self.conclude(done, out);
        }
    }

    /// From what was seen of an object to the words of its record, or of that of a statement.
    fn conclude(&mut self, done: Done, out: &mut dyn Out) {
        let Done(inspected, Rest { policy, aim }, _) = done;
        let (origin, arrival, attestations, beside) = match aim {
            Aim::Decide { origin, arrival, attestations, beside } => (origin, arrival, attestations, beside),
            Aim::Petition(case) => return self.answer(inspected, &policy, *case, out),
        };
        let begun = self.common.gauges.steady_nanos();
        let reading = self.common.clock.read();
        self.look_at_clock(&reading, out);
        let verdict = pipeline::decide_on(inspected, &policy, reading.now, attestations.as_deref());
        let is_late = policy.bundle() != self.policy.bundle();
        let verdict = match verdict {
            Verdict::Release(token) if !reading.state.is_good() => {
                Verdict::Hold(token.held_back(hold::CLOCK_NOT_TRUSTED))
            }
            // Egress would refuse it, and that were its end.
            Verdict::Release(token) if is_late => Verdict::Hold(token.held_back(hold::BUNDLE_CHANGED)),
            verdict => verdict,
        };
        self.count(&verdict);
        let Some(verdict) = self.unshared(verdict, &origin, arrival) else { return };
        let mut text = [0; RECEIPT_TEXT];
        let receipt = origin.taken.map(|taken| receipt_text(taken, &mut text));
        let mut words = DecisionFacts {
            epoch: self.common.epoch,
            arrival,
            decided: reading.now,
            uptime_ns: begun,
            clock: reading.recorded,
            again: origin.again.map(|again| again.former),
            first: origin.again.and_then(|again| again.first),
            receipt,
            class: None,
            parent: origin.parent,
        };
        let page = self.common.pages.lend();
        // The words are written into memory: that cannot fail.
        let Ok((mut draft, mut workspace)) = draft(verdict, &mut words, page, &self.common.key) else {
            return;
        };
        workspace.give_back(draft.settle(|size| self.common.pool.lend_beyond(size)));
        self.workspace = Some(workspace);
        let Origin { again, taken, .. } = origin;
        out.put(Entry::Decision(Box::new(Decision { draft, again, taken, is_late, beside })));
    }

    fn workspace(&mut self) -> Box<Workspace> {
        let kept = self.workspace.take();
        kept.unwrap_or_else(|| Box::new(Workspace::new().keyed(self.pseudonyms.clone())))
    }

    fn came_in(&mut self, source: &Arc<str>, arrival: Time) {
        self.common.gauges.came_in(arrival);
        self.source(source).received(1);
    }

    fn source(&mut self, source: &Arc<str>) -> &SourceGauge {
        let gauges = &self.common.gauges;
        self.sources.entry(source.clone()).or_insert_with(|| gauges.source(source))
    }

    fn took(&self, begun: u64) {
        self.common.gauges.took(Stage::Decide, self.common.gauges.steady_nanos().saturating_sub(begun));
    }

    fn count(&self, verdict: &Verdict) {
        let account = verdict.account();
        let shown = match account.verdict() {
            VerdictKind::Release => Shown::Release,
            VerdictKind::Hold => Shown::Hold,
            VerdictKind::Refuse => Shown::Refuse,
        };
        let mut codes = account.reasons().map(|reason| reason.code);
        self.common.gauges.count(Stage::Decide, shown, codes.next());
        codes.for_each(|code| self.common.gauges.also(code));
    }
}

#[cfg(test)]
mod tests;
