//! What the log says, read from the files alone, and held against everything else that is there.

mod against;
mod totals;

use super::objects::{bundles, object};
use super::sub::Sub;
use crate::pipeline;
use lockgate_attest::ReviewStep;
use lockgate_audit::{ClockChange, ClockState, Decision, Entries, Event, Fold, Ledger, Outcome};
use lockgate_bytes::{Digest, Frame, Time};
use lockgate_core::{Unopened, Verdict};
use lockgate_disk::{Seed, SimDisk};
use std::collections::{BTreeMap, BTreeSet};
pub(super) use totals::Totals;

/// One object on its way through the log.
pub(super) struct Chain {
    /// What arrived.
    pub(super) sha256: Digest,
    /// What was released, each time, by entry.
    pub(super) released: BTreeMap<u64, Digest>,
    /// The entries of its decisions.
    pub(super) entries: Vec<u64>,
    pub(super) end: &'static str,
    is_file: bool,
}

/// What the log says.
pub(super) struct Model {
    pub(super) ledger: Ledger,
    pub(super) chains: Vec<Chain>,
    pub(super) by_entry: BTreeMap<u64, usize>,
    pub(super) decisions: BTreeMap<u64, Decision>,
    /// All that speaks of the clock, in order.
    clock: Vec<(u64, Tick)>,
    entries: u64,
    shared: u64,
    /// Receipts of files that were turned away, and of those that have objects on record.
    away: BTreeSet<(u64, u64)>,
    decided: BTreeSet<(u64, u64)>,
    snapshots: u64,
    /// Statements that counted: who made each, and what for.
    said: BTreeMap<Digest, (String, ReviewStep)>,
    /// Statements that were refused.
    unsaid: u64,
    /// Releases that people approved.
    approved: u64,
}

/// What an entry of the log says of the clock.
enum Tick {
    Start(ClockState, Time),
    Change(ClockChange),
    /// Whether the decision is a release, and its time.
    Decision(bool, Time),
    Other(Time),
}

impl Model {
    pub(super) fn read(disk: &SimDisk) -> Self {
        let audit = Sub::at(disk, "audit");
        let mut entries = Entries::from(&*audit, 0);
        let mut model = Self {
            ledger: Ledger::default(),
            chains: Vec::new(),
            by_entry: BTreeMap::new(),
            decisions: BTreeMap::new(),
            clock: Vec::new(),
            entries: 0,
            shared: 0,
            away: BTreeSet::new(),
            decided: BTreeSet::new(),
            snapshots: 0,
            said: BTreeMap::new(),
            unsaid: 0,
            approved: 0,
        };
        let mut fold = Fold::new();
        while let Some((entry, bytes)) = entries.next_entry().unwrap() {
            let event = Event::read(bytes).unwrap();
            model.entries = entry + 1;
            model.take(entry, &event);
            fold.take(entry, event).unwrap_or_else(|fault| panic!("entry {entry}: {fault}"));
        }
        model.ledger = fold.into_ledger();
        assert!(model.ledger.is_balanced());
        model
    }

    fn take(&mut self, entry: u64, event: &Event) {
        let tick = match event {
            Event::Start(start) => Tick::Start(start.clock, start.at),
            Event::Clock(change) => Tick::Change(change.clone()),
            Event::Decision(decision) => {
                Tick::Decision(decision.text("verdict") == Some("release"), event.at())
            }
            other => Tick::Other(other.at()),
        };
        self.clock.push((entry, tick));
        match event {
            Event::Decision(decision) => {
                if let Some(text) = decision.receipt.as_deref().and_then(|text| text.split('@').next()) {
                    let file = lockgate_intake::Receipt::parse(text).unwrap();
                    let file = (file.epoch, file.number);
                    assert!(!self.away.contains(&file), "{file:?} was turned away, and decided");
                    self.decided.insert(file);
                }
                let at = match decision.again {
                    Some(former) => self.by_entry[&former],
                    None => {
                        self.chains.push(Chain {
                            sha256: digest(decision.text("sha256").unwrap()),
                            released: BTreeMap::new(),
                            entries: Vec::new(),
                            end: "",
                            is_file: decision.receipt.is_some(),
                        });
                        self.chains.len() - 1
                    }
                };
                self.approved += u64::from(self.is_approved(decision));
                let chain = &mut self.chains[at];
                chain.entries.push(entry);
                chain.end = match decision.text("verdict").unwrap() {
                    "release" => {
                        chain.released.insert(entry, digest(decision.text("released_sha256").unwrap()));
                        "queued"
                    }
                    "hold" => "held",
                    _ => "refused",
                };
                self.by_entry.insert(entry, at);
                self.decisions.insert(entry, (**decision).clone());
            }
            Event::Refusals(refusals) => {
                self.shared += refusals.count;
                if let Some(file) = refusals.receipt {
                    let file = (file.run, file.number);
                    assert!(self.away.insert(file), "{file:?} was turned away twice");
                    assert!(!self.decided.contains(&file), "{file:?} was decided, and turned away");
                }
            }
            Event::Review(review) if review.refused.is_none() => {
                let (object, step) = (review.object.unwrap(), review.step.unwrap());
                let by = review.by.clone().unwrap();
                self.said.insert(review.sha256, (by, step));
                match step {
                    ReviewStep::Reject => self.chains[self.by_entry[&object]].end = "rejected",
                    ReviewStep::Return => self.chains[self.by_entry[&object]].end = "returned",
                    ReviewStep::Claim | ReviewStep::Approve => {}
                }
            }
            Event::Review(_) => self.unsaid += 1,
            Event::Snapshot(..) => self.snapshots += 1,
            Event::Egress(settled) => {
                for (outcome, ranges) in &settled.outcomes {
                    for entry in ranges.iter().flat_map(|(from, to)| *from..=*to) {
                        let at = self.by_entry[&entry];
                        self.chains[at].end = match outcome {
                            Outcome::Spilled => "held",
                            Outcome::Recalled => "queued",
                            other => other.name(),
                        };
                    }
                }
            }
            _ => {}
        }
    }

    /// What people answered was approved by two of them, each on record before. True where anything was answered.
    fn is_approved(&self, decision: &Decision) -> bool {
        let Some(answered) = decision.account.get("answered") else { return false };
        assert!(!answered.as_array().unwrap().is_empty());
        let statements = decision.account["approvals"].as_array().unwrap();
        let people: BTreeSet<&str> = statements
            .iter()
            .map(|one| {
                let (by, step) = &self.said[&digest(one["statement"].as_str().unwrap())];
                assert_eq!((by.as_str(), *step), (one["by"].as_str().unwrap(), ReviewStep::Approve));
                by.as_str()
            })
            .collect();
        assert!(people.len() >= 2, "{decision:?}");
        true
    }

    pub(super) fn totals(&self) -> Totals {
        let mut totals = Totals {
            lives: 1,
            with_shared: u64::from(self.shared > 0),
            with_snapshot: u64::from(self.snapshots > 0),
            objects: self.chains.len() as u64,
            shared: self.shared,
            ..Totals::default()
        };
        for decision in self.decisions.values().filter(|one| one.text("sidecar_sha256").is_some()) {
            totals.with_sidecar += u64::from(decision.text("verdict") == Some("release"));
            totals.lost_sidecar += u64::from(decision.codes().any(|code| code == "LG-H045"));
        }
        for chain in &self.chains {
            let of_clock = |entry: &&u64| self.decisions[*entry].codes().any(|code| code == "LG-H003");
            let held = chain.entries.iter().find(of_clock);
            totals.held_for_clock += u64::from(held.is_some());
            let later = held.is_some_and(|held| chain.released.keys().any(|entry| entry > held));
            totals.released_later += u64::from(later);
        }
        let tally = self.ledger.lanes().next().map(|(_, tally)| *tally).unwrap_or_default();
        totals.ends.extend(tally.named());
        totals.ends.extend([("approved", self.approved), ("unsaid", self.unsaid)]);
        totals
    }
}

fn digest(text: &str) -> Digest {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2).unwrap(), 16).unwrap();
    }
    Digest(bytes)
}

/// The objects of this harness are released as they are and rewritten, held and refused.
pub(super) fn every_verdict() {
    let (mut seed, now) = (Seed::new(1), Time::parse(b"2026-03-01T10:05:00Z").unwrap());
    let mut seen = BTreeMap::new();
    for number in 0..200 {
        let bytes = object(&mut seed, number, now);
        let frame = Frame { bytes, source: "sensor-net".into(), arrival: now, sidecar: None };
        let name = match pipeline::judge(frame, &bundles()[0].policy, now, Box::default(), &mut Unopened) {
            Verdict::Release(token) if lockgate_core::Final::account(&token).is_rewritten() => "rewritten",
            Verdict::Release(_) => "released",
            Verdict::Hold(_) => "held",
            Verdict::Refuse(_) => "refused",
        };
        *seen.entry(name).or_insert(0) += 1;
    }
    assert!(seen.len() == 4 && seen.values().all(|count| *count > 10), "{seen:?}");
}
