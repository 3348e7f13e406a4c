//! What the log says, held against the verifier, the journal, the store, the sink, and what was handed in.

use super::super::sub::Sub;
use super::super::world::{LANE, Way, log_key};
use super::{Model, Tick, digest};
use crate::gate::journal::Journal;
use crate::gate::numbers::Numbers;
use lockgate_audit::{ClockState, Waits, Wrong, verify};
use lockgate_bytes::{Digest, Time};
use lockgate_disk::{Disk as _, SimDisk};
use lockgate_hold::{FileStore, Settings, Store as _};
use std::collections::{BTreeMap, BTreeSet};

impl Model {
    /// The verifier finds nothing; before the first signature, nothing but that.
    pub(crate) fn is_sound(&self, disk: &SimDisk) {
        let audit = Sub::at(disk, "audit");
        let report = verify(&*audit, &[log_key().trust()], None, &mut |_, _| {}).unwrap();
        let signed = audit.look("checkpoint").is_ok();
        let wrong: Vec<_> =
            report.findings.iter().filter(|finding| signed || finding.wrong != Wrong::Signature).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    /// How many entries the log has.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    pub(crate) fn is_signed(&self, disk: &SimDisk) {
        let audit = Sub::at(disk, "audit");
        let report = verify(&*audit, &[log_key().trust()], None, &mut |_, _| {}).unwrap();
        assert!(report.is_sound() && report.unsigned == 0, "{:?}", report.findings);
        assert_eq!(report.ledger, self.ledger);
    }

    /// What a start found is what the log says.
    pub(crate) fn is_what_the_journal_says(&self, journal: &Journal) {
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
    pub(crate) fn names_sidecars(&self, pairs: &BTreeMap<Digest, Digest>) {
        for (entry, at) in &self.by_entry {
            let chain = &self.chains[*at];
            let named = self.decisions[entry].text("sidecar_sha256").map(digest);
            let expected = pairs.get(&chain.sha256).filter(|_| chain.is_file);
            assert_eq!(named.as_ref(), expected, "entry {entry} of {:?}", chain.entries);
        }
    }

    /// What lies beside a held object that is a whole file is there, byte for byte, as long as nothing else was made of the
    /// object. How many there are.
    pub(crate) fn keeps_sidecars(&self, journal: &Journal, whole: &BTreeSet<Digest>) -> u64 {
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

    pub(crate) fn held(&self) -> BTreeSet<u64> {
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
    pub(crate) fn away(&self) -> usize {
        self.away.len()
    }

    /// True where an object of a file has a decision.
    pub(crate) fn has_file(&self, sha256: &Digest) -> bool {
        self.chains.iter().any(|chain| chain.is_file && chain.sha256 == *sha256)
    }

    /// Nothing is on record that was not handed in, and nothing twice.
    pub(crate) fn has_no_other(&self, files: &BTreeMap<Digest, u64>, datagrams: &BTreeMap<Digest, u64>) {
        let mut seen = BTreeSet::new();
        for chain in &self.chains {
            let handed_in = if chain.is_file { files } else { datagrams };
            assert!(handed_in.contains_key(&chain.sha256), "{:?} was never handed in", chain.entries);
            assert!(seen.insert(chain.sha256), "{:?} was decided twice", chain.entries);
        }
    }

    /// Everything that was handed in as a file is on record, once, and has come to rest.
    pub(crate) fn has_all(&self, files: &BTreeMap<Digest, u64>, datagrams: &BTreeMap<Digest, u64>) {
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
    pub(crate) fn fits_the_clock(&self, asks: bool) {
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
    pub(crate) fn fits_the_sink(&self, disk: &SimDisk, way: Way, sent: &[(u64, Digest)], at_the_end: bool) {
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
    pub(crate) fn fits_the_store(&self, disk: &SimDisk) {
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
}
