//! The clerk's thread: puts everything on record, batch by batch, and only then lets anything go anywhere.
//!
//! ```text
//!   entries ---> [ append all words | make safe what is held or staged | one commit ] ---> sealed, to egress
//!   reports ---^                                                                      `--> held, receipts, pages back
//! ```
//!
//! Nothing here waits for egress: what it does not take at once goes to hold.

use super::books::{Books, Safe};
use super::entry::{Again, Decision, Entry, Recalled};
use super::numbers::Numbers;
use super::pages::Pages;
use lockgate_audit::{Decided, Event, Fact, Ledger, Log, Outcome, Settled, Stop};
use lockgate_bytes::{Digest, Frame, Precedence, SealKey, Sealed, Time};
use lockgate_core::{Draft, JournalFault, Json, Passed, Recorded, Released, commit};
use lockgate_egress::{Brake, Outcome as Ended, What};
use lockgate_hold::{Content, Facts, Settled as Left, Stage as Put, Store};
use lockgate_intake::{Pool, Receipt};
use lockgate_reason::{Code, egress};
use lockgate_watch::{Alarm, Gauges, Stage, Verdict as Shown};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::io;
use std::sync::Arc;

/// Entries in one batch, at most.
pub(crate) const BATCH: usize = 512;
/// Bytes of words in one batch, at most; a log takes twice as much.
const BATCH_BYTES: usize = 4 << 20;
/// Ranges in one record of outcomes, at most: some 45 bytes each.
const RANGES_MAX: usize = 1000;

/// Where sealed objects go.
pub(crate) trait Handover: Send {
    /// Hands one over. Never waits.
    fn offer(&mut self, sealed: Sealed) -> Result<(), Box<Sealed>>;

    /// Another bundle is in force: what was handed over under the one before comes back.
    fn change(&mut self, bundle: Digest);

    /// Nothing more will be handed over.
    fn close(&mut self) -> Option<Brake>;
}

/// Where objects come from that egress or the held store give back to be decided again, and who must hear of what is on
/// record.
pub(crate) trait Neighbours: Send {
    /// Offers an object to the engine. Never waits: one that is not taken comes back.
    fn again(&mut self, recalled: Recalled) -> Result<(), Box<Recalled>>;

    /// Taken files may go.
    fn acknowledge(&mut self, receipts: &[Receipt]);
}

/// Why nothing can be put on record.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) says: String,
    /// What the operator sees.
    pub(crate) alarm: Alarm,
}

impl Trouble {
    /// What may be shown for trouble.
    pub(crate) const ALARMS: [Alarm; 4] =
        [Alarm::LogUnwritable, Alarm::HoldUnwritable, Alarm::DiskFull, Alarm::OutOfDescriptors];

    pub(crate) fn log(fault: &lockgate_audit::Fault) -> Self {
        let alarm = match fault {
            lockgate_audit::Fault::Disk(_, error) => alarm_of(error, Alarm::LogUnwritable),
            _ => Alarm::LogUnwritable,
        };
        Self { says: fault.to_string(), alarm }
    }

    pub(crate) fn hold(fault: &lockgate_hold::Fault) -> Self {
        let alarm = match fault {
            lockgate_hold::Fault::Disk { why, .. } => alarm_of(why, Alarm::HoldUnwritable),
            _ => Alarm::HoldUnwritable,
        };
        Self { says: format!("hold: {fault}"), alarm }
    }

    pub(crate) fn folder(error: &io::Error) -> Self {
        Self { says: format!("the output folder: {error}"), alarm: alarm_of(error, Alarm::LogUnwritable) }
    }

    pub(crate) fn descriptors(error: &io::Error) -> Self {
        Self { says: error.to_string(), alarm: alarm_of(error, Alarm::LogUnwritable) }
    }

    /// What cannot be told apart any more: nothing is recorded until somebody has looked.
    pub(crate) fn broken(says: &str) -> Self {
        Self { says: says.to_owned(), alarm: Alarm::LogUnwritable }
    }
}

fn alarm_of(error: &io::Error, otherwise: Alarm) -> Alarm {
    let raw = error.raw_os_error();
    if error.kind() == io::ErrorKind::StorageFull || error.kind() == io::ErrorKind::QuotaExceeded {
        Alarm::DiskFull
    } else if [Errno::MFILE, Errno::NFILE].iter().any(|errno| raw == Some(errno.raw_os_error())) {
        Alarm::OutOfDescriptors
    } else {
        otherwise
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.says)
    }
}

/// What the clerk is made of.
pub(crate) struct Clerk {
    pub(crate) log: Log,
    pub(crate) ledger: Ledger,
    pub(crate) store: Box<dyn Store + Send>,
    /// Where releases are staged, if the sink outlives a crash.
    pub(crate) stage: Option<lockgate_egress::Stage>,
    pub(crate) handover: Box<dyn Handover>,
    pub(crate) neighbours: Box<dyn Neighbours>,
    pub(crate) key: SealKey,
    pub(crate) lane: String,
    pub(crate) epoch: u64,
    pub(crate) pool: Arc<Pool>,
    pub(crate) pages: Arc<Pages>,
    pub(crate) numbers: Numbers,
    /// What a queued object needs to be decided again or held.
    pub(crate) queued: BTreeMap<u64, Queued>,
    /// Events that are not on record yet, in order.
    pub(crate) events: VecDeque<Event>,
    /// The batch of decisions that is not on record yet.
    batch: Batch,
    /// Spilled by egress, not yet safe.
    spilled: Vec<(Code, Box<Sealed>)>,
    /// To be decided again, as soon as the engine takes it.
    again: VecDeque<Waiting>,
    /// Held objects that are being decided again: in that line, with the engine, or not on record yet. None is in it
    /// twice, or one object would be decided in two ways.
    deciding: BTreeSet<u64>,
    /// Egress has taken another bundle: what it gave back before that for hold was released under the one before.
    retired: bool,
    /// Set where the accounting broke: nothing is recorded, and so nothing released, any more.
    broken: Option<String>,
    /// The lane ends: what egress gives back is kept, not decided again.
    pub(crate) stopping: bool,
}

/// What a queued object needs to be decided again or held.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub(crate) source: Arc<str>,
    pub(crate) arrival: Time,
    pub(crate) type_id: Option<Arc<str>>,
    /// The first decision about it: the sink's number comes of it.
    pub(crate) first: u64,
    pub(crate) precedence: Precedence,
    pub(crate) not_after: Time,
}

/// What is to be decided again.
pub(crate) enum Waiting {
    /// It is here.
    Object(Box<Recalled>),
    /// It is in the held store under this entry.
    Held(u64),
}

/// Decisions on their way onto the record, and what follows for each.
#[derive(Default)]
struct Batch {
    drafts: Vec<Draft>,
    follows: Vec<Follows>,
    bytes: usize,
}

struct Follows {
    again: Option<Again>,
    /// The taken file that it came from.
    receipt: Option<Receipt>,
    /// It was the last object of that file.
    is_last: bool,
}

/// The parts that a start hands over; the rest begins empty.
pub(crate) struct Parts {
    pub(crate) log: Log,
    pub(crate) ledger: Ledger,
    pub(crate) store: Box<dyn Store + Send>,
    pub(crate) stage: Option<lockgate_egress::Stage>,
    pub(crate) handover: Box<dyn Handover>,
    pub(crate) neighbours: Box<dyn Neighbours>,
    pub(crate) key: SealKey,
    pub(crate) lane: String,
    pub(crate) epoch: u64,
    pub(crate) pool: Arc<Pool>,
    pub(crate) pages: Arc<Pages>,
    pub(crate) numbers: Numbers,
}

impl Clerk {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { log, ledger, store, stage, handover, neighbours, key, lane, epoch, pool, pages, numbers } =
            parts;
        Self {
            log,
            ledger,
            store,
            stage,
            handover,
            neighbours,
            key,
            lane,
            epoch,
            pool,
            pages,
            numbers,
            queued: BTreeMap::new(),
            events: VecDeque::new(),
            batch: Batch::default(),
            spilled: Vec::new(),
            again: VecDeque::new(),
            deciding: BTreeSet::new(),
            retired: false,
            broken: None,
            stopping: false,
        }
    }

    /// Takes one entry of the engine. False where the batch is full, or must go on record before anything else: then
    /// [`Self::record`] comes first.
    pub(crate) fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Decision(decision) => {
                let Decision { draft, again, receipt, is_last } = *decision;
                self.batch.bytes = self.batch.bytes.saturating_add(draft.page().len());
                self.batch.drafts.push(draft);
                self.batch.follows.push(Follows { again, receipt, is_last });
            }
            Entry::Refusals(event) => self.events.push_back(Event::Refusals(event)),
            Entry::Drops(event) => self.events.push_back(Event::Drops(event)),
            Entry::Clock(event) => {
                let confirmed = event.by.is_some();
                self.events.push_back(Event::Clock(event));
                if confirmed {
                    self.decide_held_again(&|codes| codes.iter().any(|code| **code == *"LG-H003"));
                }
            }
            Entry::Bundle(event) => {
                let to = event.to.filter(|_| event.refused.is_none());
                self.events.push_back(Event::Bundle(event));
                if let Some(bundle) = to {
                    self.handover.change(bundle);
                    self.decide_held_again(&|_| true);
                }
            }
            Entry::Acknowledge(receipt) => self.neighbours.acknowledge(&[receipt]),
        }
    }

    /// True where the next entry has to wait for [`Self::record`]. What makes held objects be decided again is taken
    /// behind everything that was decided before it: those objects are in the store by then.
    pub(crate) fn is_full(&self, next: Option<&Entry>) -> bool {
        let turns = match next {
            Some(Entry::Bundle(change)) => change.refused.is_none(),
            Some(Entry::Clock(change)) => change.by.is_some(),
            _ => false,
        };
        self.batch.drafts.len() >= BATCH
            || self.batch.bytes >= BATCH_BYTES
            || (turns && !(self.batch.drafts.is_empty() && self.spilled.is_empty()))
    }

    /// Egress works under another bundle from here on.
    pub(crate) fn changed(&mut self) {
        self.retired = true;
    }

    /// Takes what egress reports.
    pub(crate) fn hear(&mut self, outcomes: &mut Vec<Ended>, now: Time, gauges: &Gauges) {
        let mut ends: BTreeMap<Outcome, Vec<u64>> = BTreeMap::new();
        for Ended { entry, what, bytes, at, .. } in outcomes.drain(..) {
            self.pool.give_back(bytes);
            self.tell(entry, &what, at, gauges);
            let outcome = match what {
                What::Sent => Outcome::Sent,
                What::Expired => Outcome::Expired,
                What::Superseded { .. } => Outcome::Superseded,
                What::Refused(_) => Outcome::Refused,
                What::Recalled(sealed) if self.stopping => {
                    self.spilled.push((egress::STOPPED, sealed));
                    continue;
                }
                What::Recalled(sealed) => {
                    self.recall(*sealed);
                    Outcome::Recalled
                }
                What::Spilled(code, sealed) => {
                    // It is accounted to hold only once it is safe there.
                    self.spilled.push((code, sealed));
                    continue;
                }
            };
            if outcome != Outcome::Recalled {
                self.forget(entry, outcome);
            }
            ends.entry(outcome).or_default().push(entry);
        }
        self.settle(ends, now);
    }

    /// Puts everything on record that waits for it.
    ///
    /// # Errors
    /// [`Trouble`]; then nothing of it is on record, nothing has left, and all of it waits for the next call.
    pub(crate) fn record(&mut self, now: Time, gauges: &Gauges) -> Result<(), Trouble> {
        let begun = gauges.steady_nanos();
        if let Some(says) = &self.broken {
            return Err(Trouble::broken(says));
        }
        let waits = self.events.iter().any(|event| matches!(event, Event::Snapshot(..)));
        if self.log.wants_snapshot() && !waits {
            self.snapshot(now);
        }
        let safe = self.spills(now)?;
        let mut indices = Vec::new();
        let appended = self.append_events(&mut indices);
        let mut passed = Vec::new();
        let mut held = Safe::default();
        let outcome = appended.and_then(|()| {
            let again = self.batch.follows.iter().map(|follows| follows.again).collect();
            let mut books = Books::new(
                &mut self.log,
                self.store.as_mut(),
                self.stage.as_ref().map(|stage| (stage, &self.numbers)),
                again,
                &mut held,
            );
            let outcome = commit(&mut self.batch.drafts, &mut books, &mut passed);
            let why = books.trouble();
            outcome.map_err(|JournalFault| why.unwrap_or_else(|| Trouble::broken("a batch was not recorded")))
        });
        if let Err(trouble) = outcome {
            self.log.roll_back();
            self.abandon(safe, held);
            return Err(trouble);
        }
        self.batch.bytes = 0;
        self.account_events(&indices);
        self.commit_spills(safe);
        self.pass(passed, held);
        self.offer_again();
        gauges.took(Stage::Record, gauges.steady_nanos().saturating_sub(begun));
        // What is released is on its way by now: it does not wait for the log's tiles.
        self.log.write_behind();
        Ok(())
    }

    /// What the operator sees of an end at egress.
    fn tell(&self, entry: u64, what: &What, at: Time, gauges: &Gauges) {
        let shown = match what {
            What::Sent => {
                let arrival = self.queued.get(&entry).map_or(at, |queued| queued.arrival);
                return gauges.went_out(at, u64::try_from(at.since(arrival).nanos()).unwrap_or(0));
            }
            What::Expired => Shown::Expired,
            What::Superseded { .. } => Shown::Superseded,
            What::Refused(_) => Shown::Refuse,
            What::Recalled(_) => Shown::Recalled,
            What::Spilled(..) => Shown::Spilled,
        };
        gauges.count(Stage::Egress, shown, what.code());
    }

    /// Shows log and held store to the operator, and signs what is due.
    pub(crate) fn show(&mut self, now: Time, gauges: &Gauges) {
        // It is tried again in a second; entries are safe all the same.
        let signed = self.log.tick(now);
        let standing = self.log.standing();
        gauges.committed(standing.entries, 0, now);
        match (signed, &standing.alarms.second_place) {
            (Ok(()), None) => gauges.checkpoint_pushed(standing.signed, now),
            (Err(fault), _) => {
                gauges.raise(Alarm::CheckpointNotPushed, now, &fault.to_string());
            }
            (Ok(()), Some(why)) => {
                gauges.raise(Alarm::CheckpointNotPushed, now, why);
            }
        }
        let usage = self.store.usage();
        gauges.held_in_all(usage.objects, usage.bytes, usage.oldest);
        for counted in &usage.by_reason {
            if let Some(code) = lockgate_reason::named(&counted.code) {
                gauges.held(code, counted.objects);
            }
        }
    }

    /// Nothing more will be handed over.
    pub(crate) fn close(&mut self) -> Option<Brake> {
        self.handover.close()
    }

    /// Puts the end of the run on record, and signs it.
    ///
    /// # Errors
    /// Where it cannot be written: the next start finds a run that did not stop in order.
    pub(crate) fn stop(mut self, now: Time, why: &str) -> Result<(), String> {
        let mut page = Vec::new();
        Event::Stop(Stop { at: now, epoch: self.epoch, why: why.to_owned() }).write(&mut page);
        self.log.append(&page).map_err(|fault| fault.to_string())?;
        self.log.commit().map_err(|fault| fault.to_string())?;
        self.log.checkpoint().map_err(|fault| fault.to_string())
    }

    /// True where nothing waits to go on record.
    pub(crate) fn is_idle(&self) -> bool {
        self.batch.drafts.is_empty() && self.events.is_empty() && self.spilled.is_empty()
    }

    /// True where objects wait to be decided again.
    pub(crate) fn has_recalled(&self) -> bool {
        !self.again.is_empty()
    }

    /// Offers to the engine what waits to be decided again.
    pub(crate) fn offer_again(&mut self) {
        if self.retired && self.spilled.is_empty() {
            self.retired = false;
            self.decide_held_again(&|codes| codes.iter().any(|code| is_spilled(code)));
        }
        while let Some(next) = self.again.pop_front() {
            let recalled = match next {
                Waiting::Object(recalled) => recalled,
                Waiting::Held(entry) => match self.held(entry) {
                    Some(recalled) => recalled,
                    None => {
                        // It has left the store, or cannot be read: then it stays held.
                        self.deciding.remove(&entry);
                        continue;
                    }
                },
            };
            if let Err(back) = self.neighbours.again(*recalled) {
                // A held object stays in the store; only its turn is kept.
                let waits =
                    if back.again.held { Waiting::Held(back.again.former) } else { Waiting::Object(back) };
                self.again.push_front(waits);
                return;
            }
        }
    }

    /// Everything that is held for one of the codes that `which` picks is decided again.
    pub(crate) fn decide_held_again(&mut self, which: &dyn Fn(&[Box<str>]) -> bool) {
        let mut entries = Vec::new();
        // What cannot be listed stays held.
        let _ = self.store.list(&mut |item| {
            if which(&item.facts.codes) {
                entries.push(item.entry);
            }
        });
        for entry in entries {
            if self.deciding.insert(entry) {
                self.again.push_back(Waiting::Held(entry));
            }
        }
    }

    /// The engine has ended. What it did not decide again any more stays held, or is held from now on: nothing on its way
    /// is lost by a stop.
    pub(crate) fn keep(&mut self, undecided: impl Iterator<Item = Recalled>) {
        let line = std::mem::take(&mut self.again).into_iter().filter_map(|waiting| match waiting {
            Waiting::Object(recalled) => Some(*recalled),
            Waiting::Held(_) => None,
        });
        for Recalled { frame, again } in undecided.chain(line).filter(|recalled| !recalled.again.held) {
            let queued = self.queued.get(&again.former);
            let sealed = Sealed {
                identity: Digest::of(&frame.bytes),
                bytes: frame.bytes,
                lane: Arc::from(&*self.lane),
                bundle: Digest([0; 32]),
                precedence: queued.map_or(Precedence::Routine, |queued| queued.precedence),
                not_after: queued.map_or(Time::MAX, |queued| queued.not_after),
                entry: again.former,
                first: again.first.unwrap_or(again.former),
                order: None,
                tag: Digest([0; 32]),
            };
            self.spilled.push((egress::STOPPED, Box::new(sealed)));
        }
    }

    /// Puts an object into the line of those that are decided again.
    pub(crate) fn decide_again(&mut self, recalled: Recalled) {
        self.again.push_back(Waiting::Object(Box::new(recalled)));
    }

    fn held(&mut self, entry: u64) -> Option<Box<Recalled>> {
        let mut found = None;
        let bytes = self.store.get(entry).ok()?;
        self.store
            .list(&mut |item| {
                if item.entry == entry {
                    found = Some((item.facts.source, item.facts.arrival));
                }
            })
            .ok()?;
        let (source, arrival) = found?;
        let mut own = self.pool.lend_beyond(bytes.len());
        own.extend_from_slice(&bytes);
        let frame = Frame { bytes: own, source: Arc::from(&*source), arrival };
        Some(Box::new(Recalled { frame, again: Again { former: entry, first: None, held: true } }))
    }

    fn recall(&mut self, sealed: Sealed) {
        // It stays in the list until it was decided again.
        let Some(Queued { source, arrival, first, .. }) = self.queued.get(&sealed.entry).cloned() else {
            return;
        };
        let again = Again { former: sealed.entry, first: Some(first), held: false };
        let frame = Frame { bytes: sealed.bytes, source, arrival };
        self.decide_again(Recalled { frame, again });
    }

    /// A queued object has come to its end there. Its staged file, if it was not handed over, is not needed any more.
    fn forget(&mut self, entry: u64, outcome: Outcome) {
        let Some(queued) = self.queued.remove(&entry) else { return };
        if outcome != Outcome::Sent {
            self.unstage(queued.first);
        }
    }

    fn unstage(&mut self, first: u64) {
        if let Some(stage) = &self.stage {
            // Left behind it is found at the next start, as the file of an object that has come to its end.
            let _ = stage.remove(self.numbers.of(first));
        }
    }

    fn append_events(&mut self, indices: &mut Vec<u64>) -> Result<(), Trouble> {
        let mut page = self.pages.lend();
        for event in &self.events {
            page.clear();
            event.write(&mut page);
            indices.push(self.log.append(&page).map_err(|fault| Trouble::log(&fault))?);
        }
        self.pages.give_back(page);
        Ok(())
    }

    /// The events are on record: the accounting follows.
    fn account_events(&mut self, indices: &[u64]) {
        for (event, index) in self.events.drain(..).zip(indices) {
            let fact = event.fact();
            if let Err(fault) = self.ledger.apply(*index, &fact) {
                self.broken
                    .get_or_insert(format!("the accounting does not add up at entry {index}: {fault:?}"));
            }
        }
    }

    fn snapshot(&mut self, now: Time) {
        let parts = self.ledger.snapshot();
        // A snapshot speaks of what is on record, so it goes before everything that is not.
        for part in parts.into_iter().rev() {
            self.events.push_front(Event::Snapshot(now, part));
        }
    }

    /// Makes safe what egress gave back for hold, and writes down that it is held.
    fn spills(&mut self, now: Time) -> Result<Vec<(lockgate_hold::Staged, u64)>, Trouble> {
        if self.spilled.is_empty() {
            return Ok(Vec::new());
        }
        let facts: Vec<Facts> = self
            .spilled
            .iter()
            .map(|(code, sealed)| spilled_facts(*code, sealed, self.queued.get(&sealed.entry), self.epoch))
            .collect();
        let accounts: Vec<String> = self
            .spilled
            .iter()
            .map(|(code, sealed)| spilled_account(*code, sealed, self.queued.get(&sealed.entry)))
            .collect();
        let puts: Vec<Put<'_>> = self
            .spilled
            .iter()
            .zip(&facts)
            .zip(&accounts)
            .map(|(((_, sealed), facts), account)| Put {
                sha256: sealed.identity,
                content: Content::New(&sealed.bytes),
                facts,
                account,
            })
            .collect();
        let staged = self.store.stage(&puts).map_err(|fault| Trouble::hold(&fault))?;
        let entries: Vec<u64> = self.spilled.iter().map(|(_, sealed)| sealed.entry).collect();
        self.settle(BTreeMap::from([(Outcome::Spilled, entries.clone())]), now);
        Ok(staged.into_iter().zip(entries).collect())
    }

    fn commit_spills(&mut self, safe: Vec<(lockgate_hold::Staged, u64)>) {
        if safe.is_empty() {
            return;
        }
        // It is held all the same where the index could not be written; the store says so in its usage.
        let _ = self.store.commit(safe);
        for (_, sealed) in std::mem::take(&mut self.spilled) {
            self.forget(sealed.entry, Outcome::Spilled);
            self.pool.give_back(sealed.bytes);
        }
    }

    /// The batch is off the record: what was made safe for it is not held.
    fn abandon(&mut self, spills: Vec<(lockgate_hold::Staged, u64)>, held: Safe) {
        if !spills.is_empty() {
            self.events.retain(|event| !is_spill(event));
            let _ = self.store.abandon(spills.into_iter().map(|(staged, _)| staged).collect());
        }
        let _ = self.store.abandon(held.held.into_iter().map(|(staged, _)| staged).collect());
        if let Some(stage) = &self.stage {
            for entry in held.staged {
                let _ = stage.remove(entry);
            }
        }
    }

    /// The decisions are on record: now, and only now, each object goes where its verdict says.
    fn pass(&mut self, passed: Vec<Passed>, held: Safe) {
        let follows = std::mem::take(&mut self.batch.follows);
        if !held.held.is_empty() {
            let _ = self.store.commit(held.held);
        }
        let mut receipts = Vec::new();
        for (passed, follows) in passed.into_iter().zip(follows) {
            let again = follows.again;
            self.account(&passed, again, follows.receipt);
            if let Some(again) = again {
                self.queued.remove(&again.former);
            }
            if let Some(again) = again.filter(|again| again.held) {
                self.deciding.remove(&again.former);
                let _ = self.store.settle(again.former, Left::DecidedAgain);
            }
            receipts.extend(follows.receipt.filter(|_| follows.is_last));
            match passed {
                Passed::Release(token) => self.release(token, again),
                Passed::Hold(token) => self.retire(token.retire(), again),
                Passed::Refuse(token) => self.retire(token.retire(), again),
            }
        }
        if !receipts.is_empty() {
            self.neighbours.acknowledge(&receipts);
        }
    }

    fn retire(&mut self, (bytes, page): (Vec<u8>, Vec<u8>), again: Option<Again>) {
        self.pool.give_back(bytes);
        self.pages.give_back(page);
        // It was staged for a sink, and will not go there.
        if let Some(first) = again.and_then(|again| again.first) {
            self.unstage(first);
        }
    }

    fn release(&mut self, token: Recorded<Released>, again: Option<Again>) {
        let queued = Queued {
            source: token.source().clone(),
            arrival: token.arrival(),
            type_id: token.type_id().cloned(),
            first: again.and_then(|again| again.first).unwrap_or(token.entry()),
            precedence: Precedence::Routine,
            not_after: Time::MAX,
        };
        let (number, entry) = (self.numbers.of(queued.first), token.entry());
        let (sealed, page) = token.seal(&self.key, Some(number));
        let (precedence, not_after) = (sealed.precedence, sealed.not_after);
        self.queued.insert(entry, Queued { precedence, not_after, ..queued });
        self.pages.give_back(page);
        if let Err(sealed) = self.handover.offer(sealed) {
            self.spilled.push((egress::QUEUE_FULL, sealed));
        }
    }

    fn account(&mut self, passed: &Passed, again: Option<Again>, receipt: Option<Receipt>) {
        let (entry, is_rewritten, decided) = match passed {
            Passed::Release(token) => (token.entry(), token.is_rewritten(), Decided::Release),
            Passed::Hold(token) => (token.entry(), token.is_rewritten(), Decided::Hold),
            Passed::Refuse(token) => (token.entry(), token.is_rewritten(), Decided::Refuse),
        };
        let again = again.map(|again| again.former);
        let receipt = receipt.map(|receipt| (receipt.epoch, receipt.number));
        let fact = Fact::Decision { lane: &self.lane, again, is_rewritten, decided, receipt };
        if let Err(fault) = self.ledger.apply(entry, &fact) {
            self.broken.get_or_insert(format!("the accounting does not add up at entry {entry}: {fault:?}"));
        }
    }

    /// Writes down what became of objects.
    fn settle(&mut self, ends: BTreeMap<Outcome, Vec<u64>>, at: Time) {
        for (outcome, entries) in ends {
            for ranges in ranges(entries).chunks(RANGES_MAX) {
                self.events.push_back(Event::Egress(Settled {
                    at,
                    epoch: self.epoch,
                    lane: self.lane.clone(),
                    outcomes: vec![(outcome, ranges.to_vec())],
                }));
            }
        }
    }
}

/// True for the codes under which egress gives back what it could not send.
fn is_spilled(code: &str) -> bool {
    [egress::QUEUE_FULL, egress::OVER_LINK].iter().any(|one| one.id() == code)
}

fn is_spill(event: &Event) -> bool {
    matches!(event, Event::Egress(settled) if settled.outcomes.iter().any(|(outcome, _)| *outcome == Outcome::Spilled))
}

/// Entries as ranges, from and to included, rising.
fn ranges(mut entries: Vec<u64>) -> Vec<(u64, u64)> {
    entries.sort_unstable();
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for entry in entries {
        match ranges.last_mut() {
            Some((_, to)) if to.checked_add(1) == Some(entry) => *to = entry,
            _ => ranges.push((entry, entry)),
        }
    }
    ranges
}

fn spilled_facts(code: Code, sealed: &Sealed, queued: Option<&Queued>, epoch: u64) -> Facts {
    Facts {
        epoch,
        draft: sealed.entry,
        lane: (*sealed.lane).into(),
        source: queued.map_or("", |queued| &*queued.source).into(),
        type_id: queued.and_then(|queued| queued.type_id.as_deref()).map(Into::into),
        category: None,
        codes: vec![code.id().into()],
        label: None,
        arrival: queued.map_or(Time::MIN, |queued| queued.arrival),
        decided: queued.map_or(Time::MIN, |queued| queued.arrival),
        not_after: Some(sealed.not_after).filter(|end| *end < Time::MAX),
        route: "fast".into(),
        precedence: sealed.precedence,
    }
}

/// What the held store tells of an object that was released and found no room; its decision stands in the log.
fn spilled_account(code: Code, sealed: &Sealed, queued: Option<&Queued>) -> String {
    let mut reasons = String::from("[");
    let mut reason = Json::object(&mut reasons);
    reason.text("code", code.id());
    for absent in ["rule", "field", "span"] {
        reason.null(absent);
    }
    reason.text("says", code.says());
    reason.null("cites");
    reason.end();
    reasons.push(']');
    let mut account = String::new();
    let mut json = Json::object(&mut account);
    json.text("lane", &sealed.lane);
    json.text_or_null("source", queued.map(|queued| &*queued.source));
    json.digest("sha256", &sealed.identity);
    json.number("size_bytes", sealed.bytes.len());
    json.text("route", "fast");
    json.text_or_null("type", queued.and_then(|queued| queued.type_id.as_deref()));
    json.text("verdict", "hold");
    json.key("reasons").push_str(&reasons);
    json.text("precedence", sealed.precedence.name());
    json.end();
    let mut text = String::new();
    let mut json = Json::object(&mut text);
    json.text("event", "spilled");
    json.shown("decision", &sealed.entry);
    json.key("account").push_str(&account);
    json.end();
    text
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn entries_become_ranges() {
        assert_eq!(ranges(vec![]), []);
        assert_eq!(ranges(vec![5]), [(5, 5)]);
        assert_eq!(ranges(vec![3, 1, 2, 7, 9, 8, u64::MAX]), [(1, 3), (7, 9), (u64::MAX, u64::MAX)]);
    }
}
