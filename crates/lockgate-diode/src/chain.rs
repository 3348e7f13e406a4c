//! The sender's side of the manifests: what is said, when, and how often again.

use crate::manifest::{self, Closing, Entry, Manifest, Marks};
use crate::wire::Head;
use crate::{Hash, ManifestSecret, Terms};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};

/// So many manifests of an epoch say how the one before ended; later only those without news do.
const CLOSINGS: u64 = 16;
/// So many manifests' new entries wait to be said again; above that the oldest are not.
const SAID: usize = 4_096;
/// Manifests without news are so many times as far apart.
const QUIET: i64 = 10;
/// Seconds between two of the last manifests of a run, at most.
const PARTING: i64 = 1;

/// See the module.
pub(crate) struct Chain {
    number: u64,
    before: [Hash; 2],
    closing: Option<Closing>,
    /// What no manifest has said yet, and at most how many bytes it takes.
    fresh: VecDeque<Entry>,
    fresh_cost: usize,
    /// What is to be said again: from when on, how often, and what; in this order.
    said: VecDeque<(Time, u8, Vec<Entry>)>,
    /// Something besides `fresh` has changed.
    news: bool,
    last: Time,
    /// At the end of a run: how many manifests are still to say the last word.
    parting: Option<u8>,
}

impl Chain {
    pub(crate) fn new(closing: Option<Closing>) -> Self {
        Self {
            number: 0,
            before: [[0; 32]; 2],
            closing,
            fresh: VecDeque::new(),
            fresh_cost: 0,
            said: VecDeque::new(),
            news: true,
            last: Time::MIN,
            parting: None,
        }
    }

    /// How many there have been.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The digest of the last one.
    pub(crate) fn head(&self) -> Hash {
        let [last, _] = self.before;
        last
    }

    /// The sending of an object has ended.
    pub(crate) fn push(&mut self, entry: Entry) {
        let last = self.fresh.iter().rev().take(8);
        self.fresh_cost = self.fresh_cost.saturating_add(cost(&entry, last));
        self.fresh.push_back(entry);
    }

    /// Something else is to be said.
    pub(crate) fn tell(&mut self) {
        self.news = true;
    }

    /// True where the last manifest said all that there is to say.
    pub(crate) fn is_told(&self) -> bool {
        !self.news && self.fresh.is_empty()
    }

    /// All has left, and nothing more will: that is said as often as anything else, the first time at once. Who was away
    /// when it was said before would otherwise not know how far the run came.
    pub(crate) fn part(&mut self, terms: &Terms) {
        self.parting.get_or_insert(terms.overlap.saturating_add(1));
    }

    /// True where the last word has been said for the last time.
    pub(crate) fn has_parted(&self) -> bool {
        self.parting == Some(0)
    }

    /// When the next one is due.
    pub(crate) fn due(&self, terms: &Terms) -> Time {
        let full = self.fresh_cost.saturating_add(manifest::RUN).saturating_add(manifest::ENTRY);
        if full > share(terms.payload, terms.overlap) && !self.fresh.is_empty() {
            return Time::MIN;
        }
        match self.parting {
            Some(left) if left > terms.overlap => return Time::MIN,
            Some(left) if left > 0 => {
                return self.last.plus(terms.manifest.min(Duration::from_secs(PARTING)));
            }
            _ => {}
        }
        // What is said again does not ask for a manifest of its own: it rides with the next one after its time.
        let busy = self.news || !self.fresh.is_empty() || !self.said.is_empty();
        let wait = if busy { 1 } else { QUIET };
        self.last.plus(Duration::from_nanos(terms.manifest.nanos().saturating_mul(wait)))
    }

    /// The next one, signed.
    pub(crate) fn issue(
        &mut self,
        head: &Head,
        now: Time,
        unsent: u64,
        marks: Marks,
        terms: &Terms,
        secret: &ManifestSecret,
    ) -> Manifest {
        let fresh = self.take_fresh(share(terms.payload, terms.overlap));
        let quiet = !self.news && fresh.is_empty();
        self.news = false;
        let entries = self.with_said(fresh, now, terms);
        // What is new does not fit into one where much is: the last word is behind it.
        if self.fresh.is_empty() {
            self.parting = self.parting.map(|left| left.saturating_sub(1));
        }
        let closing = self.closing.filter(|_| self.number < CLOSINGS || quiet);
        let mut manifest = Manifest {
            number: self.number,
            before: self.before,
            clock: now,
            unsent,
            marks,
            closing,
            entries,
            signature: [0; 64],
        };
        let digest = manifest.sign(head, secret);
        let [last, _] = self.before;
        self.before = [digest, last];
        self.number = self.number.saturating_add(1);
        self.last = now;
        manifest
    }
}

impl Chain {
    /// What is due to be said again, then what is new; that is kept to be said again an interval later. Copies are apart in
    /// time, whatever the number of manifests: an outage takes all of them only if it lasts longer.
    fn with_said(&mut self, fresh: Vec<Entry>, now: Time, terms: &Terms) -> Vec<Entry> {
        let mut entries = Vec::new();
        let later = now.plus(terms.manifest);
        for _ in 0..terms.overlap {
            let is_last = self.parting.is_some();
            let due = self.said.pop_front_if(|(due, _, _)| *due <= now || is_last);
            let Some((_, left, old)) = due else { break };
            entries.extend(&old);
            if left > 1 {
                self.said.push_back((later, left.saturating_sub(1), old));
            }
        }
        entries.extend(&fresh);
        if terms.overlap > 0 && !fresh.is_empty() {
            self.said.push_back((later, terms.overlap, fresh));
        }
        while self.said.len() > SAID {
            self.said.pop_front();
        }
        entries
    }

    /// As many new entries as fit into so many bytes, by class and number.
    fn take_fresh(&mut self, room: usize) -> Vec<Entry> {
        let (mut taken, mut used): (Vec<Entry>, usize) = (Vec::new(), 0);
        while let Some(entry) = self.fresh.front() {
            let with = used.saturating_add(cost(entry, taken.iter()));
            if with > room {
                break;
            }
            used = with;
            taken.extend(self.fresh.pop_front());
        }
        taken.sort_unstable_by_key(|entry| (entry.class, entry.number));
        self.fresh_cost = self.fresh_cost.saturating_sub(used);
        if self.fresh.is_empty() {
            self.fresh_cost = 0;
        }
        taken
    }
}

/// What the new entries of one manifest may take, in bytes, so that what is said again fits too.
pub(crate) fn share(payload: usize, overlap: u8) -> usize {
    let generations = usize::from(overlap).saturating_add(1);
    payload.saturating_sub(manifest::BARE).checked_div(generations).unwrap_or(0)
}

/// What an entry takes beside those of `others`: less where it carries one of their runs on.
fn cost<'a>(entry: &Entry, mut others: impl Iterator<Item = &'a Entry>) -> usize {
    let follows =
        |other: &Entry| other.class == entry.class && other.number.checked_add(1) == Some(entry.number);
    if others.any(follows) { manifest::ENTRY } else { manifest::ENTRY.saturating_add(manifest::RUN) }
}
