//! Statements of reviewers: found in a folder, looked at by the engine, put on record, and only then of any effect.
//!
//! ```text
//!   in/*.review --read--> with the held object, to the engine --> on record --> the file goes; and, enough people having
//!                                                                 approved, the object is decided again
//! ```
//! A file stays until its record is safe: after a crash it is found again, and at worst refused as one that is known. Of
//! one object one statement at a time is on its way, so that each is held against everything before it.

use super::Journal;
use crate::gate::entry::Petition;
use lockgate_attest::{REVIEW_BYTES_MAX, ReviewStep, SignedReview};
use lockgate_audit::{Entries, Event, Ledger, Mark, Review};
use lockgate_bytes::{Digest, Frame, Time};
use lockgate_core::Before;
use lockgate_disk::{Disk, Kind};
use lockgate_hold::Settled as Left;
use lockgate_reason::hold;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The folder in which statements are found, and how their files end.
const FOLDER: &str = "in";
const ENDING: &str = ".review";
/// How often the folder is looked at, in nanoseconds.
const LOOK_EVERY: u64 = 200_000_000;
/// Statements that are taken up at one look, and names that are read.
const AT_ONCE: usize = 8;
const NAMES_MAX: usize = 256;

/// Statements on their way.
#[derive(Default)]
pub(super) struct Desk {
    looked: Option<u64>,
    /// Files whose statements are on their way, or that could not be removed.
    papers: BTreeSet<String>,
    /// Objects with a statement on its way, and whether they have their turn after it.
    objects: BTreeMap<u64, bool>,
    /// The files of the records that wait, in their order.
    recorded: VecDeque<String>,
}

impl Desk {
    /// True where the object has its turn only after the statement about it.
    pub(super) fn keeps(&mut self, object: u64) -> bool {
        self.objects.get_mut(&object).map(|later| *later = true).is_some()
    }
}

impl Journal {
    /// Takes up what reviewers have handed in since the last look.
    pub(crate) fn look_for_statements(&mut self, now: Time, steady_nanos: u64) {
        let Some(disk) = self.parts.statements.clone() else { return };
        let is_due = self.desk.looked.is_none_or(|last| steady_nanos.saturating_sub(last) >= LOOK_EVERY);
        // While nobody trusts the time, nobody knows which statements still hold: they wait.
        let waits = self.stopping || self.shut.any() || !self.events.is_empty();
        if !is_due || waits {
            return;
        }
        self.desk.looked = Some(steady_nanos);
        // What cannot be listed now is found later.
        let names = disk.list(FOLDER, NAMES_MAX).unwrap_or_default();
        let papers = names.into_iter().filter(|name| name.kind == Kind::File && name.name.ends_with(ENDING));
        let new = papers.map(|name| name.name).filter(|name| !self.desk.papers.contains(name));
        for paper in new.take(AT_ONCE).collect::<Vec<_>>() {
            self.take_up(&*disk, paper, now);
        }
    }

    fn take_up(&mut self, disk: &dyn Disk, paper: String, now: Time) {
        let most = u64::try_from(REVIEW_BYTES_MAX).unwrap_or(u64::MAX);
        let bytes = match disk.read(&format!("{FOLDER}/{paper}"), most) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => Vec::new(),
            // It is not there any more, or not yet to be read.
            Err(_) => return,
        };
        let Some(signed) = SignedReview::read(&bytes) else {
            return self.turn_away(paper, now, &bytes, None);
        };
        let object = signed.terms().entry;
        if self.deciding.contains(&object) || self.desk.objects.contains_key(&object) {
            return;
        }
        let Some(frame) = self.held_frame(object) else {
            return self.turn_away(paper, now, &bytes, Some(&signed));
        };
        let before = self.parts.ledger.marks(object).iter().map(before).collect();
        let petition = Petition { paper: paper.clone(), signed, frame, held: object, before };
        match self.parts.neighbours.review(petition) {
            Ok(()) => {
                self.desk.objects.insert(object, false);
                self.desk.papers.insert(paper);
            }
            Err(back) => self.parts.common.pool.give_back(back.frame.bytes),
        }
    }

    fn held_frame(&self, object: u64) -> Option<Frame> {
        if !self.parts.ledger.is_held(object) {
            return None;
        }
        let bytes = self.parts.store.get(object).ok()?;
        let (source, arrival) = self.parts.store.origin(object)?;
        let source = Arc::from(source);
        let mut own = self.parts.common.pool.lend_beyond(bytes.len());
        own.extend_from_slice(&bytes);
        Some(Frame { bytes: own, source, arrival })
    }

    /// What is no statement, or about nothing that waits, is refused without a look at any object.
    fn turn_away(&mut self, paper: String, now: Time, bytes: &[u8], signed: Option<&SignedReview>) {
        let code = if signed.is_some() { hold::NOT_WAITING } else { hold::STATEMENT_UNREADABLE };
        let terms = signed.map(SignedReview::terms);
        let event = Review {
            at: now,
            epoch: self.parts.common.epoch,
            lane: self.parts.lane.clone(),
            object: terms.map(|terms| terms.entry),
            step: terms.map(|terms| terms.step),
            by: None,
            nonce: None,
            until: None,
            complete: false,
            refused: Some(code.id().to_owned()),
            sha256: Digest::of(bytes),
            statement: None,
        };
        self.desk.papers.insert(paper.clone());
        self.write_review(paper, event);
    }

    /// There was no room to find out whether it counts: it is found again at the next look.
    pub(super) fn unheard(&mut self, paper: &str, object: u64) {
        self.desk.papers.remove(paper);
        if self.desk.objects.remove(&object).unwrap_or(false) && self.parts.ledger.is_held(object) {
            self.decide_one_again(object);
        }
    }

    /// What came of a statement goes on record with the next batch.
    pub(super) fn write_review(&mut self, paper: String, event: Review) {
        self.desk.recorded.push_back(paper);
        self.events.push_back(Event::Review(Box::new(event)));
    }

    /// Statements are on record: of each its object, what was done if it counted, and whether enough people have approved.
    pub(super) fn reviewed(&mut self, ended: Vec<(Option<u64>, Option<ReviewStep>, bool)>) {
        for (object, done, is_complete) in ended {
            if let (Some(paper), Some(disk)) = (self.desk.recorded.pop_front(), &self.parts.statements)
                && disk.remove(&format!("{FOLDER}/{paper}")).is_ok()
            {
                self.desk.papers.remove(&paper);
            }
            let Some(object) = object else { continue };
            let is_later = self.desk.objects.remove(&object).unwrap_or(false);
            let left = match done {
                Some(ReviewStep::Reject) => Some(Left::Rejected),
                Some(ReviewStep::Return) => Some(Left::Returned),
                Some(ReviewStep::Claim | ReviewStep::Approve) | None => None,
            };
            match left {
                // Its end is on record: what is left in the store is found and removed by the next start.
                Some(how) => drop(self.parts.store.settle(object, how)),
                None if (is_complete || is_later) && self.parts.ledger.is_held(object) => {
                    self.decide_one_again(object);
                }
                None => {}
            }
        }
    }
}

fn before(mark: &Mark) -> Before {
    Before { step: mark.step, by: mark.by.clone(), nonce: mark.nonce, until: mark.until }
}

/// What the object of a decision was split off from, as its record says. A record that cannot be read says nothing: then the
/// next one does not either, and nothing else depends on it.
pub(crate) fn parent(records: &dyn Disk, entry: u64) -> Option<Digest> {
    let mut entries = Entries::from(records, entry);
    let (_, entry) = entries.next_entry().ok()??;
    match Event::read(entry) {
        Ok(Event::Decision(decision)) => Digest::parse(decision.text("parent")?),
        _ => None,
    }
}

/// The approvals on record of an object that waits. What cannot be read is left out: then they are too few.
pub(crate) fn approvals(records: &dyn Disk, ledger: &Ledger, object: u64) -> Vec<SignedReview> {
    let marks = ledger.marks(object).iter().filter(|mark| mark.step == Some(ReviewStep::Approve));
    let read = |mark: &Mark| {
        let mut entries = Entries::from(records, mark.entry);
        let (_, entry) = entries.next_entry().ok()??;
        match Event::read(entry) {
            Ok(Event::Review(review)) => SignedReview::read(&review.statement?),
            _ => None,
        }
    };
    marks.filter_map(read).collect()
}
