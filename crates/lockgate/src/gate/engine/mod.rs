//! The engine: one object at a time, from receive to the words of its record. It never waits for the disk.

pub(crate) mod thread;

use crate::gate::common::Common;
use crate::gate::entry::{Again, Decision, Entry, Recalled};
use crate::{frames, pipeline};
use lockgate_audit::{BundleChange, ClockChange, DecisionFacts, Drops, Flood, Refusals, write_decision};
use lockgate_bytes::{Digest, Frame, Time};
use lockgate_core::{Account, JournalFault, Policy, Scribe, Verdict, VerdictKind, Workspace, draft, share};
use lockgate_intake::{Arrival, Receipt, TurnedAway, Why};
use lockgate_reason::{Code, framing, hold};
use lockgate_watch::{SourceGauge, Stage, Verdict as Shown};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often refusals that share a record are put on record.
const FLOOD_TOLD_EVERY_NS: i64 = 1_000_000_000;

/// What one lane's engine is made of.
pub(crate) struct Engine {
    policy: Arc<Policy>,
    common: Common,
    workspace: Option<Box<Workspace>>,
    flood: Flood,
    flood_told: Time,
    /// Receipts of files that a former run had taken and begun to decide: how many objects of each are on record.
    begun: BTreeMap<Receipt, usize>,
    /// The clock's state when it was last looked at.
    clock_was: lockgate_audit::ClockState,
    clock_good: bool,
    /// What is shown of each source; a lane has a handful.
    sources: BTreeMap<Arc<str>, Arc<SourceGauge>>,
}

/// What an engine starts with.
pub(crate) struct Start {
    pub(crate) policy: Arc<Policy>,
    pub(crate) common: Common,
    /// Refusals a second and source above which they share a record.
    pub(crate) flood: u32,
    pub(crate) begun: BTreeMap<Receipt, usize>,
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
    receipt: Option<Receipt>,
    /// The last object of the file with this receipt.
    last: bool,
}

impl Engine {
    pub(crate) fn new(start: Start) -> Self {
        let Start { policy, common, flood, begun } = start;
        let clock_was = common.clock.recorded();
        Self {
            policy,
            common,
            workspace: None,
            flood: Flood::new(flood),
            flood_told: Time::MIN,
            begun,
            clock_was,
            clock_good: true,
            sources: BTreeMap::new(),
        }
    }

    /// Takes what intake gives.
    pub(crate) fn arrival(&mut self, arrival: Arrival, out: &mut dyn Out) {
        match arrival {
            Arrival::Frame(frame, None) => {
                self.came_in(&frame.source, frame.arrival);
                self.object(frame, Origin::default(), out);
            }
            Arrival::Frame(frame, Some(receipt)) => self.file(frame, receipt, out),
            Arrival::TurnedAway(turned) => out.put(Entry::Refusals(self.turned_away(turned))),
            Arrival::KernelDrops { listener, total } => {
                self.common.gauges.listener(&listener).kernel_drops(total);
                out.put(Entry::Drops(Drops {
                    at: self.common.clock.now(),
                    epoch: self.common.epoch,
                    lane: self.policy.lane().to_string(),
                    listener: listener.to_string(),
                    dropped: total,
                }));
            }
        }
    }

    /// Decides an object again.
    pub(crate) fn again(&mut self, recalled: Recalled, out: &mut dyn Out) {
        let Recalled { frame, again } = recalled;
        self.object(frame, Origin { again: Some(again), ..Origin::default() }, out);
    }

    /// Takes another bundle. What comes after is decided under it.
    pub(crate) fn take(&mut self, policy: Arc<Policy>, change: BundleChange, out: &mut dyn Out) {
        self.policy = policy;
        out.put(Entry::Bundle(change));
    }

    /// To be called often, also when nothing comes in: puts on record what waits for its time.
    pub(crate) fn tick(&mut self, out: &mut dyn Out) {
        let reading = self.common.clock.read();
        let state = self.common.clock.recorded();
        if state != self.clock_was || reading.state.is_good() != self.clock_good {
            (self.clock_was, self.clock_good) = (state, reading.state.is_good());
            out.put(Entry::Clock(ClockChange {
                at: reading.now,
                epoch: self.common.epoch,
                clock: state,
                step_ns: reading.state.step_ns(),
                by: self.common.clock.confirmed_by(),
            }));
        }
        if reading.now.since(self.flood_told).nanos() >= FLOOD_TOLD_EVERY_NS {
            self.flood_told = reading.now;
            self.end(out);
        }
    }

    /// Everything that still waits for its time goes on record now.
    pub(crate) fn end(&mut self, out: &mut dyn Out) {
        for shared in self.flood.drain(self.common.epoch, self.common.clock.now()) {
            out.put(Entry::Refusals(shared));
        }
    }

    /// A file may hold several objects. Those that are on record already are not decided a second time.
    fn file(&mut self, frame: Frame, receipt: Receipt, out: &mut dyn Out) {
        let Frame { bytes, source, arrival } = frame;
        let begun = self.begun.remove(&receipt).unwrap_or(0);
        let policy = self.policy.clone();
        let mut objects = frames::cut(&policy, &bytes).skip(begun).peekable();
        if objects.peek().is_none() {
            out.put(Entry::Acknowledge(receipt));
        }
        while let Some(span) = objects.next() {
            let object = span.of(&bytes);
            let mut own = self.common.pool.lend_beyond(object.len());
            own.extend_from_slice(object);
            self.came_in(&source, arrival);
            let origin =
                Origin { receipt: Some(receipt), last: objects.peek().is_none(), ..Origin::default() };
            self.object(Frame { bytes: own, source: source.clone(), arrival }, origin, out);
        }
        drop(objects);
        self.common.pool.give_back(bytes);
    }

    /// One object, from receive to the words of its record.
    fn object(&mut self, frame: Frame, origin: Origin, out: &mut dyn Out) {
        let begun = self.common.gauges.steady_nanos();
        let reading = self.common.clock.read();
        let mut workspace = self.workspace.take().unwrap_or_default();
        let mut bytes = workspace.buffer();
        bytes.extend_from_slice(&frame.bytes);
        self.common.pool.give_back(frame.bytes);
        let arrival = frame.arrival;
        let frame = Frame { bytes, ..frame };
        let verdict = match pipeline::judge(frame, &self.policy, reading.now, workspace) {
            Verdict::Release(token) if !reading.state.is_good() => {
                Verdict::Hold(token.held_back(hold::CLOCK_NOT_TRUSTED))
            }
            verdict => verdict,
        };
        self.count(&verdict);
        let Some(verdict) = self.unshared(verdict, &origin, arrival) else { return self.took(begun) };
        let mut text = [0; 41];
        let receipt = origin.receipt.map(|receipt| receipt_text(receipt, &mut text));
        let mut words = Words(DecisionFacts {
            epoch: self.common.epoch,
            arrival,
            decided: reading.now,
            uptime_ns: begun,
            clock: self.clock_was,
            again: origin.again.map(|again| again.former),
            first: origin.again.and_then(|again| again.first),
            receipt,
            class: None,
        });
        let page = self.common.pages.lend();
        // The words are written into memory: that cannot fail.
        let Ok((mut draft, mut workspace)) = draft(verdict, &mut words, page, &self.common.key) else {
            return;
        };
        workspace.give_back(draft.settle(|size| self.common.pool.lend_beyond(size)));
        self.workspace = Some(workspace);
        let Origin { again, receipt, last } = origin;
        out.put(Entry::Decision(Box::new(Decision { draft, again, receipt, is_last: last })));
        self.took(begun);
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
        self.common.gauges.count(Stage::Decide, shown, account.reasons().next().map(|reason| reason.code));
    }

    /// Where its source floods the lane with refusals, the object shares a record with others; otherwise the verdict
    /// comes back. What comes from a file, or is decided again, always has a record of its own.
    fn unshared(&mut self, verdict: Verdict, origin: &Origin, arrival: Time) -> Option<Verdict> {
        let Verdict::Refuse(token) = verdict else { return Some(verdict) };
        let account = lockgate_core::Final::account(&token);
        let code = account.reasons().next().map_or(lockgate_reason::fault::INTERNAL, |reason| reason.code);
        let own = origin.again.is_some() || origin.receipt.is_some();
        let lane = self.policy.lane();
        if own || !self.flood.take(lane, account.source(), code.id(), &account.sha256(), arrival) {
            return Some(Verdict::Refuse(token));
        }
        let (bytes, mut workspace) = share(token);
        workspace.give_back(bytes);
        self.workspace = Some(workspace);
        None
    }

    fn turned_away(&mut self, turned: TurnedAway) -> Refusals {
        let code = code_of(turned.why);
        if let Some(source) = &turned.source {
            self.source(source).turned_away(turned.count);
        }
        self.common.gauges.count_many(Stage::Intake, Shown::Refuse, Some(code), turned.count);
        Refusals {
            at: self.common.clock.now(),
            epoch: self.common.epoch,
            lane: self.policy.lane().to_string(),
            source: turned.source.as_deref().unwrap_or("unknown").to_owned(),
            code: code.id().to_owned(),
            count: turned.count,
            first: turned.first,
            last: turned.last,
            digest: turned.sha256.unwrap_or(Digest([0; 32])),
        }
    }
}

/// Writes the words of a decision.
struct Words<'a>(DecisionFacts<'a>);

impl Scribe for Words<'_> {
    fn write(&mut self, account: &Account<'_>, page: &mut Vec<u8>) -> Result<(), JournalFault> {
        if account.verdict() == VerdictKind::Release {
            self.0.class = Some(account.precedence().name());
        }
        write_decision(account, &self.0, page);
        Ok(())
    }
}

/// The code under which intake's refusals are counted.
pub(crate) fn code_of(why: Why) -> Code {
    match why {
        Why::Oversize => framing::OVER_SIZE,
        Why::Empty => framing::EMPTY,
        Why::OverRate => framing::OVER_RATE,
        Why::Full | Why::NoRoom => framing::NO_ROOM,
        Why::Unfinished | Why::Stalled | Why::BadLength => framing::NOT_WHOLE,
        Why::Crowded
        | Why::NoCertificate
        | Why::UnknownCertificate
        | Why::AmbiguousCertificate
        | Why::ExpiredCertificate
        | Why::NotYetValidCertificate
        | Why::UntrustedCertificate
        | Why::Handshake
        | Why::HandshakeStalled => framing::NOT_ADMITTED,
        Why::UnreadableFile
        | Why::LinkedFile
        | Why::GrowingFile
        | Why::NotAFile
        | Why::ForeignFile
        | Why::BadName => framing::FILE_NOT_TAKEN,
    }
}

/// The receipt as text, without allocating.
fn receipt_text(receipt: Receipt, text: &mut [u8; 41]) -> &str {
    use std::io::Write;
    let mut rest = &mut text[..];
    // Two numbers of at most 20 digits and a hyphen fit.
    let _ = write!(rest, "{receipt}");
    let left = rest.len();
    let length = 41_usize.saturating_sub(left);
    text.get(..length).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or("")
}
