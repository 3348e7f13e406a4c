//! What the log says, read from the files alone, and held against everything else that is there.

use super::objects::{bundles, object};
use super::pictures::Met;
use super::sub::Sub;
use super::world::{LANE, Way, log_key};
use crate::gate::journal::Journal;
use crate::gate::numbers::Numbers;
use crate::pipeline;
use lockgate_attest::ReviewStep;
use lockgate_audit::{
    ClockChange, ClockState, Decision, Entries, Event, Fold, Ledger, Outcome, Waits, Wrong, verify,
};
use lockgate_bytes::{Digest, Frame, Time};
use lockgate_core::{Unopened, Verdict};
use lockgate_disk::{Disk, Seed, SimDisk};
use lockgate_hold::{FileStore, Settings, Store};
use std::collections::{BTreeMap, BTreeSet};

/// How much was done, over all seeds.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    pub(super) crashes: u64,
    pub(super) troubles: u64,
    pub(super) swaps: u64,
    /// Rounds of egress while nothing may leave.
    pub(super) shut: u64,
    /// Steps of the clock, confirmations, and rounds of egress while nobody trusts the time.
    pub(super) steps: u64,
    pub(super) confirmed: u64,
    pub(super) timeless: u64,
    /// Objects held because nobody trusted the time, and those of them that were released later.
    held_for_clock: u64,
    released_later: u64,
    /// Lives with refusals that share a record, and with a snapshot.
    lives: u64,
    with_shared: u64,
    with_snapshot: u64,
    objects: u64,
    shared: u64,
    /// Releases of objects with a sidecar, decisions of those that had lost it, and sidecars that were held at a start.
    with_sidecar: u64,
    lost_sidecar: u64,
    pub(super) kept_sidecars: u64,
    ends: BTreeMap<&'static str, u64>,
    /// Files that were not fit, and good ones that found the lane full.
    pub(super) away: u64,
    pub(super) full: u64,
    /// What workers were asked for.
    pub(super) met: Met,
}

impl Totals {
    /// Enough happened to objects with a sidecar.
    pub(super) fn has_met_pairs(&self) {
        let met = [self.with_sidecar, self.lost_sidecar, self.kept_sidecars];
        assert!(met.iter().all(|count| *count > 20), "too little happened to pairs: {self:?}");
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.crashes += other.crashes;
        self.troubles += other.troubles;
        self.swaps += other.swaps;
        self.shut += other.shut;
        self.steps += other.steps;
        self.confirmed += other.confirmed;
        self.timeless += other.timeless;
        self.held_for_clock += other.held_for_clock;
        self.released_later += other.released_later;
        self.lives += other.lives;
        self.with_shared += other.with_shared;
        self.with_snapshot += other.with_snapshot;
        self.objects += other.objects;
        self.shared += other.shared;
        self.with_sidecar += other.with_sidecar;
        self.lost_sidecar += other.lost_sidecar;
        self.kept_sidecars += other.kept_sidecars;
        self.away += other.away;
        self.full += other.full;
        self.met.add(&other.met);
        for (name, count) in &other.ends {
            *self.ends.entry(name).or_default() += count;
        }
    }

    pub(super) fn is_worth_something(&self, way: Way) {
        let usual = [
            "sent",
            "held",
            "refused",
            "derived",
            "superseded",
            "expired",
            "approved",
            "rejected",
            "returned",
            "unsaid",
        ];
        for end in usual.into_iter().chain((way == Way::Network).then_some("indeterminate")) {
            assert!(self.ends.get(end).is_some_and(|count| *count > 0), "no object was {end}: {self:?}");
        }
        // What is staged says by its name which decision about the object it is of.
        let lost = self.ends.get("indeterminate").copied().unwrap_or(0);
        assert!(
            way == Way::Network || lost == 0,
            "nobody knows what became of an object before a directory: {self:?}"
        );
        assert!(self.swaps > 0 && self.crashes > 0);
        assert!(self.away > 100 && self.full > 20, "too little was turned away: {self:?}");
        let clock = [self.steps, self.confirmed, self.timeless, self.held_for_clock, self.released_later];
        assert!(clock.iter().all(|count| *count > 50), "the clock was hardly ever set: {self:?}");
        for (what, reached) in [("shared refusals", self.with_shared), ("a snapshot", self.with_snapshot)] {
            assert!(reached * 10 > self.lives, "too few of the seeds met {what}: {self:?}");
        }
    }
}

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

    /// The verifier finds nothing; before the first signature, nothing but that.
    pub(super) fn is_sound(&self, disk: &SimDisk) {
        let audit = Sub::at(disk, "audit");
        let report = verify(&*audit, &[log_key().trust()], None, &mut |_, _| {}).unwrap();
        let signed = audit.look("checkpoint").is_ok();
        let wrong: Vec<_> =
            report.findings.iter().filter(|finding| signed || finding.wrong != Wrong::Signature).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    pub(super) fn is_signed(&self, disk: &SimDisk) {
        let audit = Sub::at(disk, "audit");
        let report = verify(&*audit, &[log_key().trust()], None, &mut |_, _| {}).unwrap();
        assert!(report.is_sound() && report.unsigned == 0, "{:?}", report.findings);
        assert_eq!(report.ledger, self.ledger);
    }

    /// What a start found is what the log says.
    pub(super) fn is_what_the_journal_says(&self, journal: &Journal) {
        assert_eq!(journal.parts.ledger, self.ledger);
        let held: Vec<(u64, Digest)> = journal.parts.store.entries();
        for (entry, sha256) in &held {
            assert_eq!(Digest::of(&journal.parts.store.get(*entry).unwrap()), *sha256);
        }
        self.are_held(&held);
    }

    /// Everything that is held is there, as it should be; and beside it only what something in the queue was made of.
    fn are_held(&self, there: &[(u64, Digest)]) {
        let held = self.held();
        let entries: BTreeSet<u64> = there.iter().map(|(entry, _)| *entry).collect();
        assert!(held.is_subset(&entries), "{held:?} {entries:?}");
        for (entry, sha256) in there {
            assert!(self.held_bytes(*entry).contains(sha256), "entry {entry}");
            let chain = &self.chains[self.by_entry[entry]];
            assert!(held.contains(entry) || chain.end == "queued", "entry {entry} of {:?}", chain.entries);
        }
    }

    /// Every decision about an object of a file names what lay beside the file; so none was released as if it had none.
    pub(super) fn names_sidecars(&self, pairs: &BTreeMap<Digest, Digest>) {
        for (entry, at) in &self.by_entry {
            let chain = &self.chains[*at];
            let named = self.decisions[entry].text("sidecar_sha256").map(digest);
            let expected = pairs.get(&chain.sha256).filter(|_| chain.is_file);
            assert_eq!(named.as_ref(), expected, "entry {entry} of {:?}", chain.entries);
        }
    }

    /// What lies beside a held object that is a whole file is there, byte for byte, as long as nothing else was made of the
    /// object. How many there are.
    pub(super) fn keeps_sidecars(&self, journal: &Journal, whole: &BTreeSet<Digest>) -> u64 {
        let mut kept = 0;
        for entry in self.held() {
            let (decision, chain) = (&self.decisions[&entry], &self.chains[self.by_entry[&entry]]);
            let is_lost = decision.codes().any(|code| code == "LG-H045");
            let is_another = decision.text("verdict") == Some("release") && decision.is_rewritten;
            let (frame, _, beside) = journal.held_frame(entry).unwrap();
            if chain.is_file && whole.contains(&chain.sha256) && !is_lost && !is_another {
                let beside = beside.unwrap_or_else(|| panic!("{:?} has nothing beside it", chain.entries));
                let file = beside.file.unwrap_or_else(|| panic!("{:?} lost its sidecar", chain.entries));
                assert_eq!(Some((Digest::of(&file.bytes), file.bytes.len())), beside.named);
                assert_eq!(Digest::of(&frame.bytes), chain.sha256);
                kept += 1;
            }
        }
        kept
    }

    pub(super) fn held(&self) -> BTreeSet<u64> {
        self.ledger.waiting().filter(|(_, _, waits)| *waits == Waits::Held).map(|(entry, ..)| entry).collect()
    }

    /// What of an object is held. Where it was released and came back, what was released of it; or what that was made of,
    /// if that had been held before.
    fn held_bytes(&self, entry: u64) -> Vec<Digest> {
        let decision = &self.decisions[&entry];
        let of = |key| digest(decision.text(key).unwrap());
        let is_first = self.chains[self.by_entry[&entry]].entries.first() == Some(&entry);
        match decision.text("verdict") == Some("release") {
            true if is_first => vec![of("released_sha256")],
            true => vec![of("released_sha256"), of("sha256")],
            false => vec![of("sha256")],
        }
    }

    /// How many files were turned away.
    pub(super) fn away(&self) -> usize {
        self.away.len()
    }

    /// True where an object of a file has a decision.
    pub(super) fn has_file(&self, sha256: &Digest) -> bool {
        self.chains.iter().any(|chain| chain.is_file && chain.sha256 == *sha256)
    }

    /// Nothing is on record that was not handed in, and nothing twice.
    pub(super) fn has_no_other(&self, files: &BTreeMap<Digest, u64>, datagrams: &BTreeMap<Digest, u64>) {
        let mut seen = BTreeSet::new();
        for chain in &self.chains {
            let handed_in = if chain.is_file { files } else { datagrams };
            assert!(handed_in.contains_key(&chain.sha256), "{:?} was never handed in", chain.entries);
            assert!(seen.insert(chain.sha256), "{:?} was decided twice", chain.entries);
        }
    }

    /// Everything that was handed in as a file is on record, once, and has come to rest.
    pub(super) fn has_all(&self, files: &BTreeMap<Digest, u64>, datagrams: &BTreeMap<Digest, u64>) {
        self.has_no_other(files, datagrams);
        let there: BTreeSet<Digest> = self.chains.iter().map(|chain| chain.sha256).collect();
        for (sha256, number) in files {
            assert!(there.contains(sha256), "object {number} is lost");
        }
        for chain in &self.chains {
            assert_ne!(chain.end, "queued", "{:?}", chain.entries);
        }
        let tally = self.ledger.lanes().next().map(|(_, tally)| *tally).unwrap_or_default();
        assert_eq!(tally.received, self.chains.len() as u64 + self.shared);
    }

    /// Nothing is released between a step and its confirmation, nor while a daemon that has to confirm the clock does not
    /// (`asks`); and time never runs back: not from one decision to the next, and not across a restart.
    pub(super) fn fits_the_clock(&self, asks: bool) {
        let (mut stepped, mut lost) = (false, false);
        let (mut latest, mut decided) = (Time::MIN, Time::MIN);
        for (entry, tick) in &self.clock {
            let at = match tick {
                Tick::Start(state, at) => {
                    assert!(
                        *at >= latest,
                        "the run that begins at entry {entry} is before the one before it"
                    );
                    // A run that begins knows of the steps before it, and asks the daemon anew.
                    lost = asks && *state == ClockState::Unsynchronised;
                    *at
                }
                Tick::Change(change) => {
                    stepped = change.by.is_none() && (stepped || change.step_ns != 0);
                    lost = asks && change.clock == ClockState::Unsynchronised;
                    change.at
                }
                Tick::Decision(is_release, at) => {
                    assert!(
                        !(*is_release && (stepped || lost)),
                        "entry {entry} was released by a wrong clock"
                    );
                    *at
                }
                Tick::Other(at) => {
                    latest = latest.max(*at);
                    continue;
                }
            };
            assert!(at >= decided, "at entry {entry} time runs back");
            (decided, latest) = (at, latest.max(at));
        }
    }

    /// What left is what was released, by a decision on record, once.
    pub(super) fn fits_the_sink(&self, disk: &SimDisk, way: Way, sent: &[(u64, Digest)], at_the_end: bool) {
        match way {
            Way::Directory => self.fits_the_folder(disk, at_the_end),
            Way::Network => self.fits_the_network(sent, at_the_end),
        }
    }

    fn fits_the_folder(&self, disk: &SimDisk, at_the_end: bool) {
        let secret = Digest::of(format!("lockgate numbers 1\n{}", log_key().secret_text()).as_bytes()).0;
        let numbers = Numbers::new(secret);
        let names: BTreeMap<String, (usize, u64)> = self
            .by_entry
            .iter()
            .map(|(entry, at)| (format!("{LANE}-{:020}.xml", numbers.of(*entry)), (*at, *entry)))
            .collect();
        let mut left = BTreeMap::new();
        for name in disk.names().iter().filter_map(|name| name.strip_prefix("out/")) {
            if name == ".keep" || name == ".egress/lock" {
                continue;
            }
            if name.starts_with(".egress/") {
                assert!(!at_the_end, "{name} is left behind");
                continue;
            }
            let (at, _) = names.get(name).unwrap_or_else(|| panic!("{name} is of no decision on record"));
            let chain = &self.chains[*at];
            let bytes = disk.read(&format!("out/{name}"), 1 << 20).unwrap();
            let sha256 = Digest::of(&bytes);
            assert!(
                chain.released.values().any(|released| *released == sha256),
                "{name} ({:?}) is not what was released",
                chain.entries
            );
            assert!(left.insert(*at, name.to_owned()).is_none(), "{:?} left twice", chain.entries);
            let may = if at_the_end { chain.end == "sent" } else { matches!(chain.end, "sent" | "queued") };
            assert!(may, "{:?} left, and is {}", chain.entries, chain.end);
        }
        for (at, chain) in self.chains.iter().enumerate().filter(|(_, chain)| chain.end == "sent") {
            assert!(left.contains_key(&at), "{:?} is sent, and not there", chain.entries);
        }
    }

    fn fits_the_network(&self, sent: &[(u64, Digest)], at_the_end: bool) {
        let mut left = BTreeSet::new();
        for (entry, sha256) in sent {
            let at = self.by_entry.get(entry).unwrap_or_else(|| panic!("{entry} left without a record"));
            let chain = &self.chains[*at];
            assert_eq!(chain.released.get(entry), Some(sha256), "{entry} is not what was released");
            assert!(left.insert(*at), "{:?} left twice", chain.entries);
            let may = matches!(chain.end, "sent" | "indeterminate") || (!at_the_end && chain.end == "queued");
            assert!(may, "{:?} left, and is {}", chain.entries, chain.end);
        }
        for (at, chain) in self.chains.iter().enumerate().filter(|(_, chain)| chain.end == "sent") {
            assert!(left.contains(&at), "{:?} is sent, and never left", chain.entries);
        }
    }

    /// What is held lies in the store, byte for byte, and nothing else does.
    pub(super) fn fits_the_store(&self, disk: &SimDisk) {
        let mut store = FileStore::open(Sub::at(disk, "hold"), Settings::new(64 << 20, None)).unwrap();
        let recovered = store.recover(&|_| Ok(None)).unwrap();
        assert!(recovered.lost.is_empty());
        let there: Vec<(u64, Digest)> = store
            .entries()
            .iter()
            .map(|(entry, _)| (*entry, Digest::of(&store.get(*entry).unwrap())))
            .collect();
        self.are_held(&there);
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
