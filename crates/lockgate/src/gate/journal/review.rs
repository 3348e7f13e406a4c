//! Statements of reviewers: found in a folder, looked at by the engine, put on record, and only then of any effect.
//!
//! ```text
//!   in/*.review --read--> with the held object, to the engine --> on record --> the file goes; and, enough people having
//!                                                                 approved, the object is decided again
//! ```
//! A file stays until its record is safe: after a crash it is found again, and at worst refused as one that is known. Of
//! one object one statement at a time is on its way, so that each is held against everything before it.

use super::Journal;
use crate::gate::beside;
use crate::gate::entry::Petition;
use lockgate_attest::{REVIEW_BYTES_MAX, ReviewStep, SignedReview};
use lockgate_audit::{Event, Mark, Review};
use lockgate_bytes::{Digest, Time};
use lockgate_core::Before;
use lockgate_disk::{Disk, Kind};
use lockgate_hold::Settled as Left;
use lockgate_reason::hold;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

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
        let mut taken = 0_usize;
        for paper in new.collect::<Vec<_>>() {
            // What has to wait for another does not keep those behind it.
            if taken < AT_ONCE && self.take_up(&*disk, paper, now) {
                taken = taken.saturating_add(1);
            }
        }
    }

    /// Takes up one statement. False where it stays in the folder for now.
    fn take_up(&mut self, disk: &dyn Disk, paper: String, now: Time) -> bool {
        let most = u64::try_from(REVIEW_BYTES_MAX).unwrap_or(u64::MAX);
        let bytes = match disk.read(&format!("{FOLDER}/{paper}"), most) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => Vec::new(),
            // It is not there any more, or not yet to be read.
            Err(_) => return false,
        };
        let Some(signed) = SignedReview::read(&bytes) else {
            self.turn_away(paper, now, &bytes, None);
            return true;
        };
        let object = signed.terms().entry;
        let is_held = self.parts.ledger.is_held(object);
        // Whose turn found no room has it after the statement: people do not wait for the line.
        let is_later = self.later.contains(&object);
        let is_under_way = self.deciding.contains(&object) && !is_later;
        if is_held && (is_under_way || self.desk.objects.contains_key(&object)) {
            return false;
        }
        let Some((frame, _, beside)) = is_held.then(|| self.held_frame(object)).flatten() else {
            self.turn_away(paper, now, &bytes, Some(&signed));
            return true;
        };
        let before = self.parts.ledger.marks(object).iter().map(before).collect();
        let petition = Petition { paper: paper.clone(), signed, frame, held: object, before, beside };
        match self.parts.neighbours.review(petition) {
            Ok(()) => {
                if self.later.remove(&object) {
                    self.deciding.remove(&object);
                }
                self.desk.objects.insert(object, is_later);
                self.desk.papers.insert(paper);
                true
            }
            Err(back) => {
                beside::give_back(back.beside, &self.parts.common.pool);
                self.parts.common.pool.give_back(back.frame.bytes);
                false
            }
        }
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
