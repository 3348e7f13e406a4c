//! The journal: puts everything on record, batch by batch, and only then lets anything go anywhere.
//!
//! ```text
//!   entries ---> [ append all words | make safe what is held or staged | one commit ] ---> sealed, to egress
//!   reports ---^                                                                      `--> held, receipts, pages back
//! ```
//!
//! Nothing here waits for egress: what it does not take at once goes to hold. Each step is a file of its own; the thread
//! that takes them stands in [`thread`].

mod again;
#[cfg(test)]
mod forged;
mod hear;
mod record;
mod review;
mod seams;
mod show;
mod spill;
pub(crate) mod thread;
mod trouble;
mod unread;

pub(crate) use seams::{Handover, Neighbours};
pub(crate) use trouble::Trouble;
pub(crate) use unread::Unread;

use super::beside::Beside;
use super::books::Safe;
use super::common::Common;
use super::entry::{Again, Decision, Entry, Recalled, Reviewed};
use super::numbers::Numbers;
use lockgate_audit::{Event, Ledger, Log, Outcome, Stop, Taken};
use lockgate_bytes::{Precedence, Sealed, Time};
use lockgate_core::{Draft, Passed};
use lockgate_disk::Disk;
use lockgate_egress::Brake;
use lockgate_hold::Store;
use lockgate_intake::Mark;
use lockgate_reason::Code;
use lockgate_watch::Gauges;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Entries in one batch, at most.
const BATCH: usize = 512;
/// Bytes of words in one batch, at most. The log takes 8 MiB in one commit.
const BATCH_BYTES: usize = 4 << 20;
/// How long what egress reported may wait for a batch that is written anyway, in nanoseconds. Lost in a crash, it counts
/// as indeterminate, or is found in the sink's folder.
const SOON: u64 = 10_000_000;
/// Bytes of events that are committed together with a batch, at most: about what the log takes beside a batch.
const EVENT_BYTES: usize = 2 << 20;
/// Objects from egress that go to hold in one batch, at most.
const SPILLS: usize = 4096;
/// Bytes of those after which no further one goes with them.
const SPILL_BYTES: usize = 64 << 20;
/// Bytes of a snapshot, at most; it has a commit of its own.
const SNAPSHOT_BYTES: usize = 6 << 20;
/// Entries until a snapshot is tried again that was too large.
const SNAPSHOT_AGAIN: u64 = 50_000;

/// What the journal works with; a start hands it over.
pub(crate) struct Parts {
    pub(crate) log: Log,
    pub(crate) ledger: Ledger,
    pub(crate) store: Box<dyn Store + Send>,
    /// Where releases are staged, if the sink outlives a crash.
    pub(crate) stage: Option<lockgate_egress::Stage>,
    pub(crate) handover: Box<dyn Handover>,
    pub(crate) neighbours: Box<dyn Neighbours>,
    pub(crate) lane: String,
    pub(crate) numbers: Numbers,
    pub(crate) common: Common,
    /// Where reviewers put their statements, if anywhere.
    pub(crate) statements: Option<Arc<dyn Disk>>,
}

/// The journal: its parts, and what is on its way onto the record.
pub(crate) struct Journal {
    pub(crate) parts: Parts,
    /// What a queued object needs to be decided again or held.
    queued: BTreeMap<u64, Queued>,
    /// Events that are not on record yet, in order.
    events: VecDeque<Event>,
    /// The batch of decisions that is not on record yet.
    batch: Batch,
    /// What a batch has become, and where its events stand: empty but in between, kept for their memory.
    passed: Vec<Passed>,
    indices: Vec<u64>,
    /// What could not be put on record, as it was tried. A disk that says that it failed may have kept it all the same, so
    /// it is tried again word for word, at the same indices, before anything else; what was made safe for it stays.
    attempt: Option<Attempt>,
    /// What egress reported and is not among the events yet, and since when.
    told: BTreeMap<Outcome, Vec<u64>>,
    told_since: u64,
    /// Objects that have come to their end behind the queue: what is kept of them goes once that is on record.
    ended: Vec<Queued>,
    /// Spilled by egress, not yet safe.
    spilled: Vec<(Code, Box<Sealed>)>,
    /// How often what those were made of could not be read.
    spills_unread: u8,
    /// To be decided again, as soon as the engine takes it.
    again: VecDeque<Waiting>,
    /// Those among them that the disk did not read when they had their turn.
    postponed: unread::Postponed,
    /// Those among them that the engine has with what they were made of, by the entry of their former decision: that is beside
    /// all other bytes until they are on record.
    unmade: BTreeSet<u64>,
    /// Held objects that are being decided again: in that line, with the engine, or not on record yet. None is in it
    /// twice, or one object would be decided in two ways.
    deciding: BTreeSet<u64>,
    /// Those of them that found no room to be looked into, and have another turn.
    later: BTreeSet<u64>,
    /// Who had the last such turn, and who was opened last: the next ones come behind them, so that nobody stands in the way.
    turned: u64,
    opened: u64,
    /// Statements of reviewers on their way.
    desk: review::Desk,
    /// How far diode links are, as soon as all before is on record.
    marks: Vec<Mark>,
    /// Egress has taken another bundle: what it gave back before that for hold was released under the one before.
    retired: bool,
    /// Since when something waits to go on record.
    waits_since: Option<Time>,
    /// Why nothing leaves, where nothing does.
    shut: Shut,
    /// A snapshot is made though the log does not want one yet.
    pub(crate) wants_snapshot: bool,
    /// No snapshot is made below this index of the log: the last one was too large to be written.
    no_snapshot_below: u64,
    /// How many checkpoints the second places had taken at the last show.
    pushed: u64,
    /// Set where the accounting broke: nothing is recorded, and so nothing released, any more.
    broken: Option<String>,
    /// The lane ends: what egress gives back is kept, not decided again.
    stopping: bool,
}

/// What a queued object needs to be decided again or held.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) source: Arc<str>,
    pub(crate) arrival: Time,
    pub(crate) type_id: Option<Arc<str>>,
    /// As the record of its decision has it.
    pub(crate) route: &'static str,
    /// The first decision about it: the sink's number comes of it.
    pub(crate) first: u64,
    pub(crate) precedence: Precedence,
    pub(crate) not_after: Time,
    /// What came beside it; not here while the object is being decided again.
    pub(crate) beside: Option<Beside>,
    /// The entry under which the held store still has what it was made of, where that is something else: what people
    /// approved fits that, and that alone, should it be decided again.
    pub(crate) original: Option<u64>,
}

/// Why nothing leaves: each for itself, so that the end of one never opens the way for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shut {
    /// The last try to put something on record failed.
    unrecorded: bool,
    /// No file can be opened.
    starved: bool,
    /// Nobody trusts the time, by which what waits may have expired.
    timeless: bool,
}

impl Shut {
    fn any(self) -> bool {
        self.unrecorded || self.starved || self.timeless
    }
}

/// What is to be decided again.
enum Waiting {
    /// It is here.
    Object(Box<Recalled>),
    /// What was made of it is here; it is in the held store, and is read when it has its turn.
    Made(Box<Recalled>),
    /// It came back from egress; what its record says beside it has to be read.
    Back(Box<Recalled>),
    /// It is in the held store under this entry.
    Held(u64),
}

/// Which of what is held has another turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    /// All of it: the bundle has changed.
    All,
    /// What is held because nobody trusted the time.
    OfClock,
    /// What egress gave back.
    Spilled,
    /// What was only kept because a run had to stop.
    Stopped,
}

/// Decisions on their way onto the record, and what follows for each.
#[derive(Default)]
struct Batch {
    drafts: Vec<Draft>,
    follows: Vec<Follows>,
    bytes: usize,
}

/// One try to put things on record.
struct Attempt {
    /// How many of the events belong to it.
    events: usize,
    /// The decisions belong to it. Where events alone are as much as one commit takes, they wait for the next.
    decides: bool,
    /// How many of [`Clerk::ended`] do.
    ended: usize,
    /// The spilled objects that it holds, the first of [`Clerk::spilled`].
    spills: Vec<(lockgate_hold::Staged, u64)>,
    held: Safe,
}

/// What follows a decision once it is on record.
pub(crate) struct Follows {
    pub(crate) again: Option<Again>,
    /// The taken file that it came from.
    taken: Option<Taken>,
    /// It was made under a bundle that is not in force any more.
    is_late: bool,
    /// What came beside the object.
    pub(crate) beside: Option<Beside>,
}

impl Journal {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            parts,
            queued: BTreeMap::new(),
            events: VecDeque::new(),
            batch: Batch::default(),
            passed: Vec::new(),
            indices: Vec::new(),
            attempt: None,
            told: BTreeMap::new(),
            told_since: 0,
            ended: Vec::new(),
            spilled: Vec::new(),
            spills_unread: 0,
            again: VecDeque::new(),
            postponed: unread::Postponed::default(),
            unmade: BTreeSet::new(),
            deciding: BTreeSet::new(),
            later: BTreeSet::new(),
            turned: 0,
            opened: 0,
            desk: review::Desk::default(),
            marks: Vec::new(),
            retired: false,
            waits_since: None,
            shut: Shut::default(),
            wants_snapshot: false,
            no_snapshot_below: 0,
            pushed: 0,
            broken: None,
            stopping: false,
        }
    }

    /// Takes up what the run before left: what a sink had staged, and what is held and has its turn: everything
    /// that was decided under another bundle than this one. It may have come into force with the start, or before a run ended
    /// that did not get so far.
    pub(crate) fn resume(
        &mut self,
        queued: BTreeMap<u64, Queued>,
        recalled: Vec<Recalled>,
        bundle: &lockgate_bytes::Digest,
    ) {
        for original in queued.values().filter_map(|queued| queued.original) {
            self.deciding.insert(original);
            self.parts.store.keep(original);
        }
        self.queued = queued;
        for mut recalled in recalled {
            // Read before there was a pool: from here on it counts like everything that waits.
            recalled.frame.bytes = self.parts.common.pool.copied(&recalled.frame.bytes);
            self.decide_again(recalled);
        }
        // What the last run only kept because it had to stop takes its turn again.
        self.decide_held_again(Which::Stopped);
        let decided_under = format!("\"bundle\":\"sha256:{bundle}\"");
        for (entry, _) in self.parts.store.entries() {
            let is_due = match self.parts.store.account(entry) {
                Ok(account) => !account.contains(&decided_under),
                // Whether it is due is known when the disk reads it; of what is damaged nobody knows, and it stays held.
                Err(fault) => matches!(Unread::hold(&fault), Unread::Disk(_)),
            };
            if is_due {
                self.decide_one_again(entry);
            }
        }
        // What enough people have approved has its turn too.
        for entry in self.parts.ledger.approved().collect::<Vec<_>>() {
            self.decide_one_again(entry);
        }
    }

    /// Takes one entry of the engine. Where [`Self::is_full`] says so, [`Self::record`] comes first.
    pub(crate) fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Decision(decision) => {
                let Decision { draft, again, taken, is_late, beside } = *decision;
                self.batch.bytes = self.batch.bytes.saturating_add(draft.page().len());
                self.batch.drafts.push(draft);
                self.batch.follows.push(Follows { again, taken, is_late, beside });
            }
            Entry::Refusals(event) => self.events.push_back(Event::Refusals(event)),
            Entry::Drops(event) => self.events.push_back(Event::Drops(event)),
            Entry::Clock(event) => {
                let confirmed = event.by.is_some();
                self.events.push_back(Event::Clock(event));
                if confirmed {
                    self.decide_held_again(Which::OfClock);
                }
            }
            Entry::Bundle(event) => {
                let to = event.to.filter(|_| event.refused.is_none());
                self.events.push_back(Event::Bundle(event));
                if let Some(bundle) = to {
                    self.parts.handover.change(bundle);
                    self.decide_held_again(Which::All);
                }
            }
            Entry::Mark(mark) => {
                self.marks.push(mark);
                self.pass_marks();
            }
            Entry::Acknowledge(receipt) => self.parts.neighbours.acknowledge(&[receipt]),
            Entry::Review(reviewed) => {
                let Reviewed { paper, event } = *reviewed;
                self.write_review(paper, event);
            }
            Entry::Later(entry) => {
                self.later.insert(entry);
            }
            Entry::Unheard { paper, held } => self.unheard(&paper, held),
            // Of the thread.
            Entry::End => {}
        }
    }

    /// True where the next entry has to wait for [`Self::record`]. What makes held objects be decided again is taken
    /// behind everything that was decided before it: those objects are in the store by then.
    pub(crate) fn is_full(&self, next: Option<&Entry>) -> bool {
        let turns = match next {
            Some(Entry::Bundle(change)) => change.refused.is_none(),
            // A step is on record behind everything that was decided before it.
            Some(Entry::Clock(_)) => true,
            _ => false,
        };
        self.attempt.is_some()
            || self.batch.drafts.len() >= BATCH
            || self.batch.bytes >= BATCH_BYTES
            || (turns && !(self.batch.drafts.is_empty() && self.spilled.is_empty()))
    }

    /// Egress works under another bundle from here on.
    pub(crate) fn changed(&mut self) {
        self.retired = true;
    }

    /// The engine has ended: nothing more will be handed over, and what it did not decide again any more stays held or is
    /// held from now on.
    pub(crate) fn wind_up(&mut self, undecided: impl Iterator<Item = Recalled>) -> Option<Brake> {
        self.stopping = true;
        self.keep(undecided);
        self.parts.handover.close()
    }

    /// Puts the end of the run on record, and signs it.
    ///
    /// # Errors
    /// Where it cannot be written: the next start finds a run that did not stop in order.
    pub(crate) fn stop(mut self, now: Time, why: &str) -> Result<(), String> {
        let mut page = Vec::new();
        Event::Stop(Stop { at: now, epoch: self.parts.common.epoch, why: why.to_owned() }).write(&mut page);
        self.parts.log.append(&page).map_err(|fault| fault.to_string())?;
        self.parts.log.commit().map_err(|fault| fault.to_string())?;
        self.parts.log.checkpoint().map_err(|fault| fault.to_string())
    }

    /// True where nothing waits to go on record.
    pub(crate) fn is_idle(&self) -> bool {
        self.told.is_empty() && self.is_calm()
    }

    /// True where nothing waits but what may do so a little longer: a record for each report alone would cost a sync each,
    /// and keep the next decisions waiting for it.
    pub(crate) fn may_wait(&self, gauges: &Gauges) -> bool {
        let waited = gauges.steady_nanos().saturating_sub(self.told_since);
        self.is_calm() && !self.stopping && (self.told.is_empty() || waited < SOON)
    }

    /// Says that what stands before a mark is on record, once everything is.
    fn pass_marks(&mut self) {
        if !self.marks.is_empty() && self.is_written() {
            self.parts.neighbours.on_record(&self.marks);
            self.marks.clear();
        }
    }

    /// True where all that was taken is on record.
    fn is_written(&self) -> bool {
        self.batch.drafts.is_empty() && self.events.is_empty() && self.attempt.is_none()
    }

    fn is_calm(&self) -> bool {
        self.is_written() && self.spilled.is_empty()
    }

    /// True where egress will report something: what was handed over has not come to its end.
    pub(crate) fn is_expecting(&self) -> bool {
        !self.queued.is_empty() || !self.told.is_empty()
    }

    /// True where this object is queued and may come back.
    #[cfg(test)]
    pub(crate) fn knows(&self, entry: u64) -> bool {
        self.queued.contains_key(&entry)
    }

    /// True where objects wait to be decided again.
    pub(crate) fn has_recalled(&self) -> bool {
        !(self.again.is_empty() && self.postponed.is_empty())
    }
}

#[cfg(test)]
mod tests;
