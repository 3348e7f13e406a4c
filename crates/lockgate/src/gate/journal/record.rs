//! One batch goes on record, and then, and only then, everything in it on its way.

use super::{
    Attempt, EVENT_BYTES, Follows, Journal, Parts, Queued, SNAPSHOT_AGAIN, SNAPSHOT_BYTES, Shut, Trouble,
};
use crate::gate::beside::{self, Beside};
use crate::gate::books::{Books, Safe};
use crate::gate::ends;
use crate::gate::entry::Again;
use lockgate_audit::{Decided, ENTRY_MAX, Event, Fact, Taken};
use lockgate_bytes::{Precedence, Time};
use lockgate_core::{JournalFault, Passed, Recorded, Released, commit};
use lockgate_hold::Settled as Left;
use lockgate_intake::Receipt;
use lockgate_reason::egress;
use lockgate_watch::{Gauges, Stage, Verdict as Shown};

impl Journal {
    /// Puts everything on record that waits for it.
    ///
    /// # Errors
    /// [`Trouble`]; then nothing of it counts as on record, nothing has left, and the next call tries the same again.
    pub(crate) fn record(&mut self, now: Time, gauges: &Gauges) -> Result<(), Trouble> {
        let outcome = self.try_to_record(now, gauges);
        let was_shut = self.shut;
        self.shut.unrecorded = outcome.is_err();
        self.close_or_open(was_shut);
        outcome
    }

    /// While no file can be opened nothing leaves: the log would go on only until its next segment.
    pub(crate) fn starve(&mut self, is_starved: bool) {
        let was_shut = self.shut;
        self.shut.starved = is_starved;
        self.close_or_open(was_shut);
    }

    /// While nobody trusts the time nothing leaves either: by it, what waits may have expired.
    pub(crate) fn trust(&mut self, is_good: bool) {
        let was_shut = self.shut;
        self.shut.timeless = !is_good;
        self.close_or_open(was_shut);
    }

    fn close_or_open(&mut self, before: Shut) {
        if before != self.shut {
            self.parts.handover.shut(self.shut.any());
        }
    }

    fn try_to_record(&mut self, now: Time, gauges: &Gauges) -> Result<(), Trouble> {
        let begun = gauges.steady_nanos();
        if let Some(says) = &self.broken {
            return Err(Trouble::broken(says));
        }
        let mut attempt = match self.attempt.take() {
            Some(attempt) => attempt,
            None => self.attempt(now)?,
        };
        let (mut indices, mut passed) = (std::mem::take(&mut self.indices), std::mem::take(&mut self.passed));
        let outcome = self.write(&mut attempt, &mut indices, &mut passed);
        if let Err(trouble) = outcome {
            indices.clear();
            (self.indices, self.passed) = (indices, passed);
            self.parts.log.roll_back();
            self.attempt = Some(attempt);
            return Err(trouble);
        }
        self.show_committed(self.parts.common.clock.now(), gauges);
        self.account_events(&indices);
        indices.clear();
        self.indices = indices;
        for queued in self.ended.drain(..attempt.ended.min(self.ended.len())).collect::<Vec<_>>() {
            self.unstage(queued.first);
            self.let_go(queued.original);
            beside::give_back(queued.beside, &self.parts.common.pool);
        }
        self.commit_spills(attempt.spills);
        if attempt.decides {
            (self.batch.bytes, self.waits_since) = (0, None);
            self.pass(&mut passed, attempt.held);
        }
        self.passed = passed;
        self.pass_marks();
        self.offer_again();
        gauges.took(Stage::Record, gauges.steady_nanos().saturating_sub(begun));
        // What is released is on its way by now: it does not wait for the log's tiles.
        self.parts.log.write_behind();
        Ok(())
    }

    fn attempt(&mut self, now: Time) -> Result<Attempt, Trouble> {
        self.write_told(now);
        let snapshot = self.snapshot(now);
        let some = if snapshot > 0 { snapshot } else { self.some_events() };
        if some > 0 {
            let (spills, held) = (Vec::new(), Safe::default());
            return Ok(Attempt { events: some, decides: false, ended: 0, spills, held });
        }
        let spills = self.spills(now)?;
        let (events, ended) = (self.events.len(), self.ended.len());
        Ok(Attempt { events, decides: true, ended, spills, held: Safe::default() })
    }

    fn write(
        &mut self,
        attempt: &mut Attempt,
        indices: &mut Vec<u64>,
        passed: &mut Vec<Passed>,
    ) -> Result<(), Trouble> {
        self.append_events(attempt.events, indices)?;
        if !attempt.decides {
            return self.parts.log.commit_first().map_err(|fault| Trouble::log(&fault));
        }
        let Parts { log, store, stage, numbers, .. } = &mut self.parts;
        let stage = stage.as_ref().map(|stage| (stage, &*numbers));
        let mut books = Books::new(log, store.as_mut(), stage, &self.batch.follows, &mut attempt.held);
        let outcome = commit(&mut self.batch.drafts, &mut books, passed);
        let why = books.trouble();
        outcome.map_err(|JournalFault| why.unwrap_or_else(|| Trouble::broken("a batch was not recorded")))
    }

    fn append_events(&mut self, count: usize, indices: &mut Vec<u64>) -> Result<(), Trouble> {
        let mut page = self.parts.common.pages.lend();
        for event in self.events.iter().take(count) {
            page.clear();
            event.write(&mut page);
            indices.push(self.parts.log.append(&page).map_err(|fault| Trouble::log(&fault))?);
        }
        self.parts.common.pages.give_back(page);
        Ok(())
    }

    /// The events are on record: the accounting follows.
    fn account_events(&mut self, indices: &[u64]) {
        let count = indices.len().min(self.events.len());
        let (mut ended, mut receipts) = (Vec::new(), Vec::new());
        for (event, index) in self.events.drain(..count).zip(indices) {
            if let Event::Review(review) = &event {
                ended.push((
                    review.object,
                    review.step.filter(|_| review.refused.is_none()),
                    review.complete,
                ));
            }
            if let Event::Refusals(refusals) = &event {
                let file = refusals.receipt.map(|file| Receipt { epoch: file.run, number: file.number });
                receipts.extend(file);
            }
            let fact = event.fact();
            if let Err(fault) = self.parts.ledger.apply(*index, &fact) {
                self.broken
                    .get_or_insert(format!("the accounting does not add up at entry {index}: {fault:?}"));
            }
        }
        // A file that intake turned away stays with it until now.
        if !receipts.is_empty() {
            self.parts.neighbours.acknowledge(&receipts);
        }
        self.reviewed(ended);
    }

    /// Puts a snapshot before all events, where one is due. How many entries it has.
    fn snapshot(&mut self, now: Time) -> usize {
        let is_due = self.parts.log.wants_snapshot() && self.parts.log.next_index() >= self.no_snapshot_below;
        if !is_due && !std::mem::take(&mut self.wants_snapshot) {
            return 0;
        }
        let parts: Vec<Event> =
            self.parts.ledger.snapshot().into_iter().map(|part| Event::Snapshot(now, part)).collect();
        let mut page = self.parts.common.pages.lend();
        let (mut bytes, mut longest) = (0_usize, 0_usize);
        for part in &parts {
            part.write(&mut page);
            (bytes, longest) = (bytes.saturating_add(page.len()), longest.max(page.len()));
        }
        self.parts.common.pages.give_back(page);
        if bytes > SNAPSHOT_BYTES || longest > ENTRY_MAX || self.parts.ledger.is_beyond_snapshots() {
            // A restart reads further back then; that is all that a snapshot is for.
            self.no_snapshot_below = self.parts.log.next_index().saturating_add(SNAPSHOT_AGAIN);
            return 0;
        }
        let count = parts.len();
        // A snapshot speaks of what is on record, so it goes before everything that is not.
        parts.into_iter().rev().for_each(|part| self.events.push_front(part));
        count
    }

    /// Where the events are more than go with a batch: how many of them go now, without one.
    fn some_events(&self) -> usize {
        let mut bytes = 0_usize;
        let fit = self.events.iter().take_while(|event| {
            bytes = bytes.saturating_add(ends::weight(event));
            bytes <= EVENT_BYTES
        });
        let fit = fit.count();
        if fit == self.events.len() { 0 } else { fit.max(1) }
    }

    /// The decisions are on record: now, and only now, each object goes where its verdict says.
    fn pass(&mut self, passed: &mut Vec<Passed>, held: Safe) {
        let mut all = std::mem::take(&mut self.batch.follows);
        if !held.held.is_empty() {
            let _ = self.parts.store.commit(held.held);
        }
        let mut receipts = Vec::new();
        for (passed, Follows { again, taken, is_late, beside }) in passed.drain(..).zip(all.drain(..)) {
            self.account(&passed, again, taken);
            if let Some(again) = again {
                self.unmade.remove(&again.former);
            }
            let mut original = again.and_then(|again| match again.held {
                true => Some(again.former),
                false => self.queued.remove(&again.former).and_then(|former| {
                    beside::give_back(former.beside, &self.parts.common.pool);
                    former.original
                }),
            });
            if !matches!(&passed, Passed::Release(token) if token.is_rewritten()) {
                self.let_go(original.take());
            }
            let whole = taken.filter(|taken| taken.bytes == 0);
            receipts.extend(whole.map(|taken| Receipt { epoch: taken.run, number: taken.number }));
            match passed {
                Passed::Release(token) => self.release(token, again, (original, beside)),
                Passed::Hold(token) => {
                    let entry = token.entry();
                    self.retire(token.retire(), again, beside);
                    if is_late {
                        self.decide_one_again(entry);
                    }
                }
                Passed::Refuse(token) => self.retire(token.retire(), again, beside),
            }
        }
        self.batch.follows = all;
        if !receipts.is_empty() {
            self.parts.neighbours.acknowledge(&receipts);
        }
    }

    /// The held store needs to keep this one no longer.
    pub(super) fn let_go(&mut self, original: Option<u64>) {
        let Some(entry) = original else { return };
        self.deciding.remove(&entry);
        // Left behind it is found at the next start, as one that has come to its end.
        let _ = self.parts.store.settle(entry, Left::DecidedAgain);
    }

    fn retire(&mut self, (bytes, page): (Vec<u8>, Vec<u8>), again: Option<Again>, beside: Option<Beside>) {
        beside::give_back(beside, &self.parts.common.pool);
        self.parts.common.pool.give_back(bytes);
        self.parts.common.pages.give_back(page);
        // It was staged for a sink, and will not go there.
        if let Some(first) = again.and_then(|again| again.first) {
            self.unstage(first);
        }
    }

    fn release(
        &mut self,
        token: Recorded<Released>,
        again: Option<Again>,
        kept: (Option<u64>, Option<Beside>),
    ) {
        let (original, beside) = kept;
        // What was written anew is not what its sidecar was bound to.
        let beside = match token.is_rewritten() {
            true => beside.map(|beside| beside.without_file(&self.parts.common.pool)),
            false => beside,
        };
        let queued = Queued {
            source: token.source().clone(),
            arrival: token.arrival(),
            type_id: token.type_id().cloned(),
            route: token.route(),
            first: again.and_then(|again| again.first).unwrap_or(token.entry()),
            precedence: Precedence::Routine,
            not_after: Time::MAX,
            beside,
            original,
        };
        if let Some(original) = original {
            self.parts.store.keep(original);
        }
        let (number, entry) = (self.parts.numbers.of(queued.first), token.entry());
        let (sealed, page) = token.seal(&self.parts.common.key, Some(number));
        let (precedence, not_after) = (sealed.precedence, sealed.not_after);
        if let Some(stage) = self.parts.stage.as_ref().filter(|_| again.is_some()) {
            // What was staged of a former decision is found at the next start, and is not what is on record.
            let _ = stage.keep(number, sealed.identity);
        }
        self.queued.insert(entry, Queued { precedence, not_after, ..queued });
        self.parts.common.pages.give_back(page);
        if let Err(sealed) = self.parts.handover.offer(sealed) {
            // Egress never saw it, so nothing that egress reports counts it.
            self.parts.common.gauges.count(Stage::Egress, Shown::Spilled, Some(egress::QUEUE_FULL));
            self.spilled.push((egress::QUEUE_FULL, sealed));
        }
    }

    fn account(&mut self, passed: &Passed, again: Option<Again>, taken: Option<Taken>) {
        let (entry, is_rewritten, decided) = match passed {
            Passed::Release(token) => (token.entry(), token.is_rewritten(), Decided::Release),
            Passed::Hold(token) => (token.entry(), token.is_rewritten(), Decided::Hold),
            Passed::Refuse(token) => (token.entry(), token.is_rewritten(), Decided::Refuse),
        };
        let again = again.map(|again| again.former);
        let fact = Fact::Decision { lane: &self.parts.lane, again, is_rewritten, decided, receipt: taken };
        if let Err(fault) = self.parts.ledger.apply(entry, &fact) {
            self.broken.get_or_insert(format!("the accounting does not add up at entry {entry}: {fault:?}"));
        }
    }
}
