//! Statements of reviewers: found in a folder, looked at by the engine, put on record, and only then of any effect.
//!
//! ```text
//!   in/*.review --read--> with the held object, to the engine --> on record --> the file goes; and, enough people having
//!                                                                 approved, the object is decided again
//! ```
//! A file stays until its record is safe: after a crash it is found again, and at worst refused as one that is known. Of
//! one object one statement at a time is on its way, so that each is held against everything before it. Where the folder or a
//! file in it cannot be read, or what is on record cannot be removed, an alarm stands.

use super::{Journal, Unread};
use crate::gate::beside;
use crate::gate::entry::Petition;
use lockgate_attest::{REVIEW_BYTES_MAX, ReviewStep, SignedReview};
use lockgate_audit::{Event, Mark, Review};
use lockgate_bytes::{Digest, Duration, Time};
use lockgate_core::Before;
use lockgate_disk::{Disk, Kind};
use lockgate_hold::Settled as Left;
use lockgate_reason::hold;
use lockgate_watch::Alarm;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::io::{self, ErrorKind};

/// The folder in which statements are found, and how their files end.
const FOLDER: &str = "in";
const ENDING: &str = ".review";
/// How often the folder is looked at, in nanoseconds.
const LOOK_EVERY: u64 = 200_000_000;
/// Statements that are taken up at one look, files that are read for it, and names. What was read and has to wait is not read
/// again before its turn, so the next look goes on behind it.
const AT_ONCE: usize = 8;
const FILES_MAX: usize = 64;
const NAMES_MAX: usize = 256;
/// Where there are more, somebody puts other things there: then so many names are read, and less often. What lies behind them
/// waits until others have gone.
const NAMES_CROWDED: usize = 16_384;
const LOOK_CROWDED_EVERY: u64 = 5_000_000_000;
/// So many seconds before an approval ends it is told.
const ENDS_SOON: i64 = 900;

/// Statements on their way.
#[derive(Default)]
pub(super) struct Desk {
    looked: Option<u64>,
    /// Files whose statements are on their way, or that could not be removed.
    papers: BTreeSet<String>,
    /// Those of them that are on record and could not be removed: found by a start, they would be refused as known. Each with
    /// what it held: whatever else has its name by now was not looked at.
    left: BTreeMap<String, Digest>,
    /// What could not be done at this look.
    trouble: Option<String>,
    /// Objects with a statement on its way, and whether they have their turn after it.
    objects: BTreeMap<u64, bool>,
    /// Files that were read and have to wait, and the object that each is about.
    waiting: BTreeMap<String, u64>,
    /// The files of the records that wait, in their order, and what each held.
    recorded: VecDeque<(String, Digest)>,
}

/// What became of a statement at a look.
enum Turn {
    /// It is on its way, or turned away.
    Taken,
    /// It stays: another one about this object is on its way, or the object is being decided.
    Waits(u64),
    /// It stays: the file is not there any more, or not yet to be read.
    Unread,
    /// It stays, and so does every other: the engine's line is full.
    NoRoom,
}

impl Desk {
    /// True where the object has its turn only after the statement about it.
    pub(super) fn keeps(&mut self, object: u64) -> bool {
        self.objects.get_mut(&object).map(|later| *later = true).is_some()
    }

    /// Removes the file of a statement that is on record; another one that has its name by now has its turn.
    fn remove(&mut self, disk: &dyn Disk, paper: &str, recorded: Digest) -> io::Result<()> {
        let name = format!("{FOLDER}/{paper}");
        let gone = match read(disk, paper) {
            Ok(bytes) if Digest::of(&bytes) == recorded => disk.remove(&name),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        match gone {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.papers.remove(paper);
        self.left.remove(paper);
        Ok(())
    }

    /// Tries again what could not be removed.
    fn remove_left(&mut self, disk: &dyn Disk) {
        let left: Vec<(String, Digest)> =
            self.left.iter().take(FILES_MAX).map(|(paper, recorded)| (paper.clone(), *recorded)).collect();
        for (paper, recorded) in left {
            if let Err(error) = self.remove(disk, &paper, recorded) {
                self.meets("a statement in `in` that is on record cannot be removed", &error);
            }
        }
    }

    /// Keeps the first thing that went wrong.
    fn meets(&mut self, what: &str, error: &dyn fmt::Display) {
        self.trouble.get_or_insert_with(|| format!("{what}: {error}"));
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
        self.desk.remove_left(&*disk);
        // What cannot be listed now is found later.
        let mut listed = disk.list(FOLDER, NAMES_MAX);
        if listed.as_ref().is_ok_and(|names| names.len() >= NAMES_MAX) {
            listed = disk.list(FOLDER, NAMES_CROWDED);
            self.desk.looked =
                Some(steady_nanos.saturating_add(LOOK_CROWDED_EVERY.saturating_sub(LOOK_EVERY)));
        }
        let names = listed.unwrap_or_else(|error| {
            self.desk.meets("`in` cannot be listed", &error);
            Vec::new()
        });
        let papers = names.into_iter().filter(|name| name.kind == Kind::File && name.name.ends_with(ENDING));
        let new = papers.map(|name| name.name).filter(|name| !self.desk.papers.contains(name));
        let new = new.collect();
        self.take_turns(&*disk, new, now);
        self.tell_of_desk(now);
        self.tell_of_ends(now);
    }

    /// Whoever has approved first waits for others, and may wait in vain: of the approval that ends next it is told in time.
    fn tell_of_ends(&self, now: Time) {
        let soon = now.plus(Duration::from_secs(ENDS_SOON));
        let ending =
            self.parts.ledger.begun_approvals().filter(|(_, mark)| now < mark.until && mark.until <= soon);
        let gauges = &self.parts.common.gauges;
        match ending.min_by_key(|(_, mark)| mark.until) {
            Some((object, mark)) => {
                let says = format!("that of {} for entry {object}, at {}", mark.by, mark.until);
                gauges.raise(Alarm::ApprovalEnds, now, &says)
            }
            None => gauges.clear(Alarm::ApprovalEnds),
        };
    }

    /// Whoever approves waits for an answer that does not come: the operator hears of it.
    fn tell_of_desk(&mut self, now: Time) {
        let gauges = &self.parts.common.gauges;
        match self.desk.trouble.take() {
            Some(trouble) => gauges.raise(Alarm::ReviewFailing, now, &trouble),
            None => gauges.clear(Alarm::ReviewFailing),
        };
    }

    /// What has to wait for another does not keep those behind it.
    fn take_turns(&mut self, disk: &dyn Disk, papers: BTreeSet<String>, now: Time) {
        let mut waiting = std::mem::take(&mut self.desk.waiting);
        waiting.retain(|paper, _| papers.contains(paper));
        let (mut taken, mut read) = (0_usize, 0_usize);
        for paper in papers {
            if taken >= AT_ONCE || read >= FILES_MAX {
                break;
            }
            if waiting.get(&paper).is_some_and(|object| self.is_busy(*object)) {
                continue;
            }
            match self.take_up(disk, paper.clone(), now) {
                Turn::Taken => taken = taken.saturating_add(1),
                Turn::Waits(object) => drop(waiting.insert(paper, object)),
                Turn::Unread => continue,
                Turn::NoRoom => break,
            }
            read = read.saturating_add(1);
        }
        self.desk.waiting = waiting;
    }

    /// True where a statement about this object has to wait.
    fn is_busy(&self, object: u64) -> bool {
        // Whose turn found no room has it after the statement: people do not wait for the line.
        let is_under_way = self.deciding.contains(&object) && !self.later.contains(&object);
        self.parts.ledger.is_held(object) && (is_under_way || self.desk.objects.contains_key(&object))
    }

    /// Takes up one statement.
    fn take_up(&mut self, disk: &dyn Disk, paper: String, now: Time) -> Turn {
        let bytes = match read(disk, &paper) {
            Ok(bytes) => bytes,
            // Somebody took it back.
            Err(gone) if gone.kind() == ErrorKind::NotFound => return Turn::Unread,
            Err(error) => {
                self.desk.meets("a statement in `in` cannot be read", &error);
                return Turn::Unread;
            }
        };
        let Some(signed) = SignedReview::read(&bytes) else {
            self.turn_away(paper, now, &bytes, None);
            return Turn::Taken;
        };
        let object = signed.terms().entry;
        if self.is_busy(object) {
            return Turn::Waits(object);
        }
        let is_later = self.later.contains(&object);
        let is_held = self.parts.ledger.is_held(object);
        if is_held && !self.parts.common.pool.has_room() {
            // What it is about lies in memory until it was looked at.
            return Turn::NoRoom;
        }
        let held = if is_held { self.held_frame(object) } else { Err(Unread::Gone) };
        let (frame, _, beside) = match held {
            Ok(held) => held,
            Err(Unread::Disk(says)) => {
                self.desk.meets("what a statement in `in` is about cannot be read", &says);
                return Turn::Unread;
            }
            Err(Unread::Gone) => {
                self.turn_away(paper, now, &bytes, Some(&signed));
                return Turn::Taken;
            }
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
                Turn::Taken
            }
            Err(back) => {
                beside::give_back(back.beside, &self.parts.common.pool);
                self.parts.common.pool.give_back(back.frame.bytes);
                Turn::NoRoom
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
        self.desk.recorded.push_back((paper, event.sha256));
        self.events.push_back(Event::Review(Box::new(event)));
    }

    /// Statements are on record: of each its object, what was done if it counted, and whether enough people have approved.
    pub(super) fn reviewed(&mut self, ended: Vec<(Option<u64>, Option<ReviewStep>, bool)>) {
        for (object, done, is_complete) in ended {
            let recorded = self.desk.recorded.pop_front();
            if let (Some((paper, recorded)), Some(disk)) = (recorded, &self.parts.statements) {
                self.desk.left.insert(paper.clone(), recorded);
                // What does not go now is tried again with each look, which also tells of it.
                let _ = self.desk.remove(&**disk, &paper, recorded);
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

/// What a file holds; nothing of one that is too large, which is no statement whatever stands in it.
fn read(disk: &dyn Disk, paper: &str) -> io::Result<Vec<u8>> {
    let most = u64::try_from(REVIEW_BYTES_MAX).unwrap_or(u64::MAX);
    match disk.read(&format!("{FOLDER}/{paper}"), most) {
        Err(error) if error.kind() == ErrorKind::FileTooLarge => Ok(Vec::new()),
        read => read,
    }
}

fn before(mark: &Mark) -> Before {
    Before { step: mark.step, by: mark.by.clone(), nonce: mark.nonce, until: mark.until }
}
