//! What holds for objects that workers look into, over all crashes; read from the log, and from the files beside it.

use super::model::Model;
use crate::gate::journal::Journal;
use lockgate_audit::Waits;
use lockgate_bytes::Digest;
use lockgate_reason::deep;
use std::collections::BTreeMap;

/// What was handed in of them, by hash: what may leave of each.
pub(super) type Pictures = BTreeMap<Digest, Option<Digest>>;

/// How much was met of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Met {
    /// Objects that workers looked into, and looks that failed.
    pub(super) looks: u64,
    pub(super) failures: u64,
    /// Turns of held objects, and statements, that found no room in the line.
    pub(super) later: u64,
    pub(super) unheard: u64,
    /// Orderly ends of a run with something in the line.
    pub(super) stops: u64,
    /// Queued objects of which a start had what they were made of.
    pub(super) originals: u64,
    /// Objects held unopened for want of room, those of them that were opened later, objects that were released as built
    /// anew, and those that left.
    pub(super) crowded: u64,
    pub(super) opened: u64,
    pub(super) rebuilt: u64,
    pub(super) left: u64,
}

impl Met {
    pub(super) fn add(&mut self, other: &Self) {
        self.looks += other.looks;
        self.failures += other.failures;
        self.later += other.later;
        self.unheard += other.unheard;
        self.stops += other.stops;
        self.originals += other.originals;
        self.crowded += other.crowded;
        self.opened += other.opened;
        self.rebuilt += other.rebuilt;
        self.left += other.left;
    }

    pub(super) fn is_worth_something(&self) {
        let Self { looks, failures, later, unheard, stops, .. } = *self;
        let Self { originals, crowded, opened, rebuilt, left, .. } = *self;
        for met in [looks, failures, later, unheard, stops, originals, crowded, opened, rebuilt, left] {
            assert!(met > 0, "something never happened to what workers look into: {self:?}");
        }
    }
}

impl Model {
    /// Of a picture nothing leaves but what was built anew from it, and that only where people approved it; and every
    /// decision is about the picture itself.
    pub(super) fn releases_only_what_was_built_anew(&self, pictures: &Pictures) {
        for chain in &self.chains {
            let Some(anew) = pictures.get(&chain.sha256) else { continue };
            for entry in &chain.entries {
                let decided = self.decisions[entry].text("sha256").map(str::to_owned);
                let is_itself = decided == Some(chain.sha256.to_string());
                assert!(is_itself, "entry {entry} of {:?} is about something else", chain.entries);
            }
            for (entry, released) in &chain.released {
                assert_eq!(Some(released), anew.as_ref(), "entry {entry} of {:?}", chain.entries);
                let decision = &self.decisions[entry];
                assert!(decision.account.get("approvals").is_some(), "nobody approved entry {entry}");
            }
        }
    }

    /// As long as a picture may be decided again it is there itself: people see it, and what they approved fits it and that
    /// alone. How many were queued.
    pub(super) fn keeps_pictures(&self, journal: &Journal, pictures: &Pictures) -> u64 {
        let there: BTreeMap<u64, Digest> = journal.parts.store.entries().into_iter().collect();
        let mut queued = 0;
        for (entry, _, waits) in self.ledger.waiting() {
            let chain = &self.chains[self.by_entry[&entry]];
            let may_come_back = journal.knows(entry) || waits == Waits::Held;
            if !pictures.contains_key(&chain.sha256) || !may_come_back {
                continue;
            }
            let is_there = chain.entries.iter().any(|entry| there.get(entry) == Some(&chain.sha256));
            assert!(is_there, "the picture of {:?} is gone, {waits:?}", chain.entries);
            queued += u64::from(waits != Waits::Held);
        }
        let (usage, held) = (journal.parts.store.usage(), self.held().len() as u64);
        assert_eq!(
            (usage.objects, usage.objects + usage.kept),
            (held, there.len() as u64),
            "what is kept is not held"
        );
        queued
    }

    /// At the end everybody had a turn: nothing is held unopened, and nothing that enough people have approved waits.
    pub(super) fn has_opened_all(&self) {
        for entry in self.held() {
            let unopened = self.decisions[&entry].codes().any(|code| code == deep::CROWDED.id());
            assert!(!unopened, "entry {entry} was never opened");
        }
        let waiting: Vec<u64> = self.ledger.approved().collect();
        assert!(waiting.is_empty(), "approved, and not decided: {waiting:?}");
    }

    /// What was met of them in this log.
    pub(super) fn met(&self, pictures: &Pictures) -> Met {
        let mut met = Met::default();
        for chain in self.chains.iter().filter(|chain| pictures.contains_key(&chain.sha256)) {
            let crowded =
                |entry: &&u64| self.decisions[*entry].codes().any(|code| code == deep::CROWDED.id());
            let first = chain.entries.iter().find(crowded);
            met.crowded += u64::from(first.is_some());
            met.opened += u64::from(first.is_some() && first != chain.entries.last());
            met.rebuilt += u64::from(!chain.released.is_empty());
            met.left += u64::from(chain.end == "sent");
        }
        met
    }
}

/// The hash of what may leave of a picture.
pub(super) fn anew(picture: &[u8]) -> Option<Digest> {
    super::workers::rebuilt(picture).map(|bytes| Digest::of(&bytes))
}
