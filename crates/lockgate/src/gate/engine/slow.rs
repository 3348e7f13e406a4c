//! The slow thread: has workers look into what no type of the lane recognises, so that the engine never waits for them.
//!
//! ```text
//!   engine --object--> slow thread, one object at a time --jailed process--> findings --> engine: decide, as ever
//! ```
//! The line before it is short. What is new and finds no room is held unopened, says so, and has its turn once there is room.
//! What is held already, or handed in, stays where it is. An object on its way here is in flight like any other: it has no record
//! yet, and a file that it came from is not acknowledged. What people say of something that is to be built anew takes the same
//! way: it is built anew once more, to see whether it is what they approved.

use super::room::{LINE_BYTES, PATIENT_BYTES, Room};
use super::{Engine, Origin, Out};
use crate::gate::beside::{self, Beside};
use crate::gate::entry::Entry;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use lockgate_attest::{Attestation, ReviewStep, SignedReview};
use lockgate_bytes::Time;
use lockgate_core::{Before, Crowded, Deep, Inspected, Policy, SlowObject, Unopened};
use lockgate_deep::{Jailed, NoReader, Settings};
use lockgate_watch::{Gauges, ReaderState};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is known of an object beside itself.
pub(super) struct Rest {
    /// The policy under which it came: it finishes under that.
    pub(super) policy: Arc<Policy>,
    pub(super) aim: Aim,
}

/// What it is looked into for.
pub(super) enum Aim {
    /// To be decided.
    Decide { origin: Origin, arrival: Time, attestations: Option<Vec<Attestation>>, beside: Option<Beside> },
    /// To see whether a statement about it counts.
    Petition(Box<Case>),
}

/// A statement about a held object, and what went before it.
pub(super) struct Case {
    pub(super) paper: String,
    pub(super) signed: SignedReview,
    /// The entry under which the object is held.
    pub(super) held: u64,
    pub(super) before: Vec<Before>,
}

impl Rest {
    /// True for what people have spoken of.
    fn is_patient(&self) -> bool {
        match &self.aim {
            Aim::Decide { attestations, .. } => attestations.as_ref().is_some_and(|some| !some.is_empty()),
            Aim::Petition(_) => true,
        }
    }

    fn is_statement(&self) -> bool {
        matches!(self.aim, Aim::Petition(_))
    }

    /// True for what the next start finds again: a statement in its file, a held object in its place with what was said of it.
    fn is_found_again(&self) -> bool {
        match &self.aim {
            Aim::Decide { origin, .. } => origin.again.is_some_and(|again| again.held),
            Aim::Petition(_) => true,
        }
    }

    /// How many objects in flight it is.
    fn counts(&self) -> u64 {
        u64::from(matches!(self.aim, Aim::Decide { .. }))
    }
}

/// An object to be looked into.
pub(crate) struct Task(SlowObject, Rest);

/// The same, looked into; and what it took of the line's bytes.
pub(crate) struct Done(pub(super) Inspected, pub(super) Rest, pub(super) usize);

/// The engine's end.
pub(crate) struct Line {
    tasks: Sender<Task>,
    done: Receiver<Done>,
    /// What waits for room.
    patient: VecDeque<Task>,
    /// Bytes of all objects that are with the thread, or on their way there or back.
    bytes: usize,
    room: Arc<Room>,
}

impl Line {
    /// What has waited for room takes what there is.
    fn advance(&mut self) {
        while let Some(task) = self.patient.pop_front() {
            if let Some(task) = self.pass(task) {
                self.patient.push_front(task);
                break;
            }
        }
        let has_bytes = self.patient.is_empty() && Room::fits(1, self.bytes, LINE_BYTES);
        let free = if has_bytes { self.room.line().saturating_sub(self.tasks.len()) } else { 0 };
        let patient = self.room.before().saturating_sub(self.patient(false));
        self.room.is(free, if Room::fits(1, self.patient_bytes(), PATIENT_BYTES) { patient } else { 0 });
    }

    /// Hands a task to the thread; gives it back where there is no room for it, or for its bytes.
    fn pass(&mut self, task: Task) -> Option<Task> {
        let size = task.0.size();
        if !Room::fits(size, self.bytes, LINE_BYTES) {
            return Some(task);
        }
        match self.tasks.try_send(task) {
            Ok(()) => {
                self.bytes = self.bytes.saturating_add(size);
                None
            }
            Err(TrySendError::Full(task) | TrySendError::Disconnected(task)) => Some(task),
        }
    }

    /// What was looked into no longer lies here.
    fn came_back(&mut self, Done(.., size): &Done) {
        self.bytes = self.bytes.saturating_sub(*size);
    }

    fn patient_bytes(&self) -> usize {
        self.patient.iter().fold(0_usize, |bytes, Task(object, _)| bytes.saturating_add(object.size()))
    }

    /// How many statements, or how many approved objects, wait for room.
    fn patient(&self, statements: bool) -> usize {
        self.patient.iter().filter(|Task(_, rest)| rest.is_statement() == statements).count()
    }

    /// Takes a task in; gives it back where there is no room for it.
    fn offer(&mut self, task: Task) -> Option<Task> {
        self.advance();
        let refused = match self.patient.is_empty() {
            true => self.pass(task),
            false => Some(task),
        };
        let may_wait = |task: &Task| {
            let is_place = self.patient(task.1.is_statement()) < self.room.before();
            task.1.is_patient() && is_place && Room::fits(task.0.size(), self.patient_bytes(), PATIENT_BYTES)
        };
        match refused {
            Some(task) if may_wait(&task) => {
                self.patient.push_back(task);
                None
            }
            refused => refused,
        }
    }
}

/// The thread.
pub(crate) struct SlowThread {
    tasks: Receiver<Task>,
    done: Sender<Done>,
    is_needed: bool,
    stopping: Arc<AtomicBool>,
}

/// The line and the thread at its other end. `is_needed`: the lane has a slow path now, so workers may wait.
pub(crate) fn line(is_needed: bool, room: Arc<Room>, stopping: Arc<AtomicBool>) -> (Line, SlowThread) {
    let (tasks, taken) = bounded(room.line());
    let (looked, done) = bounded(room.line());
    let line = Line { tasks, done, patient: VecDeque::new(), bytes: 0, room };
    (line, SlowThread { tasks: taken, done: looked, is_needed, stopping })
}

impl SlowThread {
    /// Until the engine has let go of the line.
    pub(crate) fn run(self, settings: Settings, gauges: &Gauges) {
        let mut workers = Jailed::new(settings);
        if self.is_needed {
            // Where none can be started, each object says why.
            let _ = workers.prepare();
        }
        while let Ok(task) = self.tasks.recv() {
            if !self.work(task, &mut workers) {
                return;
            }
            workers.rest();
            let (state, engine) = match workers.reader_now() {
                None => continue,
                Some(Ok(engine)) => (ReaderState::Reads, engine),
                Some(Err(NoReader::Absent)) => (ReaderState::Absent, ""),
                Some(Err(NoReader::Failed(_))) => (ReaderState::Failed, ""),
            };
            gauges.reader(state, engine, crate::clock::now());
        }
    }

    /// One object. False where nobody waits for what was seen.
    fn work(&self, Task(object, rest): Task, workers: &mut dyn Deep) -> bool {
        // A lane that stops waits for one look at most.
        let stops = self.stopping.load(Ordering::Acquire);
        if stops && rest.is_found_again() {
            return true;
        }
        let by: &mut dyn Deep = if stops { &mut Unopened } else { workers };
        let size = object.size();
        let inspected = object.look(by, &rest.policy);
        self.done.send(Done(inspected, rest, size)).is_ok()
    }

    /// The thread's step, taken by hand: one object, where one waits and there is room for what is seen of it. False where
    /// nothing was done.
    #[cfg(test)]
    pub(crate) fn step(&self, workers: &mut dyn Deep) -> bool {
        !self.done.is_full() && self.tasks.try_recv().is_ok_and(|task| self.work(task, workers))
    }
}

impl Engine {
    /// Has an object looked into, now or later. What cannot wait, or is new and finds no room, is not opened.
    pub(super) fn look(&mut self, object: SlowObject, rest: Rest, out: &mut dyn Out) -> Option<Done> {
        let may_wait = match &rest.aim {
            Aim::Decide { origin, .. } => origin.may_wait(),
            // What people say beside an approval is about the object as it lies there: nobody has to look into it for that.
            Aim::Petition(case) => case.signed.terms().step == ReviewStep::Approve,
        };
        let line = self.slow.as_mut().filter(|_| object.is_for_workers() && may_wait);
        let Some(line) = line else {
            let inspected = object.look(&mut Unopened, &rest.policy);
            return Some(Done(inspected, rest, 0));
        };
        let counts = rest.counts();
        match line.offer(Task(object, rest)) {
            None => {
                self.in_line = self.in_line.saturating_add(counts);
                None
            }
            Some(task) => self.finds_no_room(task, out),
        }
    }

    /// What is held already stays held, and a statement where it lies: both have another turn.
    fn finds_no_room(&mut self, Task(object, rest): Task, out: &mut dyn Out) -> Option<Done> {
        let back = match rest.aim {
            Aim::Decide { origin: Origin { again: Some(again), .. }, beside, .. } if again.held => {
                beside::give_back(beside, &self.common.pool);
                Entry::Later(again.former)
            }
            Aim::Petition(case) => Entry::Unheard { paper: case.paper, held: case.held },
            aim @ Aim::Decide { .. } => {
                self.common.room.fell_short();
                let inspected = object.look(&mut Crowded, &rest.policy);
                return Some(Done(inspected, Rest { aim, ..rest }, 0));
            }
        };
        let (bytes, mut workspace) = object.set_aside();
        workspace.give_back(bytes);
        self.workspace = Some(workspace);
        out.put(back);
        None
    }

    /// Decides what has been looked into since this was last asked.
    pub(crate) fn looked(&mut self, out: &mut dyn Out) {
        let next = |line: &mut Line| {
            let done = line.done.try_recv().ok()?;
            line.came_back(&done);
            Some(done)
        };
        while let Some(done) = self.slow.as_mut().and_then(next) {
            self.in_line = self.in_line.saturating_sub(done.1.counts());
            self.conclude(done, out);
        }
        if let Some(line) = &mut self.slow {
            line.advance();
        }
        self.pass_marks(out);
    }

    /// Nothing more will be looked into: what is in the line is decided as it is.
    pub(super) fn close_line(&mut self, out: &mut dyn Out) {
        let Some(Line { tasks, done, patient, .. }) = self.slow.take() else { return };
        drop(tasks);
        for Task(object, rest) in patient.into_iter().filter(|task| !task.1.is_found_again()) {
            let inspected = object.look(&mut Unopened, &rest.policy);
            self.conclude(Done(inspected, rest, 0), out);
        }
        for done in done {
            self.conclude(done, out);
        }
        self.in_line = 0;
    }

    /// Objects that are being looked into, or wait for it.
    pub(crate) fn in_line(&self) -> u64 {
        self.in_line
    }
}

#[cfg(test)]
mod tests {
    use super::super::room::{LINE, PATIENT};
    use super::*;
    use crate::gate::by_hand::{Gate, Run, noon};
    use crate::gate::common::Common;
    use crate::gate::engine::Start;
    use crate::gate::entry::{Again, Entry, Petition, Recalled};
    use lockgate_attest::{KeyId, ReviewGrounds, ReviewTerms, SecretKey, base64};
    use lockgate_bundle::{Bundle, Strictness};
    use lockgate_bytes::{Digest, Duration, Frame};
    use lockgate_intake::Arrival;
    use std::collections::BTreeMap;

    const PICTURE: &[u8] = b"\x89PNG\r\n\x1A\n";

    fn frame() -> Frame {
        Frame { bytes: PICTURE.to_vec(), source: "sensor-net".into(), arrival: noon(), sidecar: None }
    }

    fn secret() -> SecretKey {
        let der =
            [&b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"[..], &[9; 32]].concat();
        let body = base64::encode(&der);
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        SecretKey::from_pem(pem.into_bytes()).unwrap()
    }

    /// The demonstration's lane, with one reviewer.
    fn policy() -> Arc<Policy> {
        let mut rules = crate::embedded::rules();
        let text = format!(
            "reviewer \"somebody\" {{\n    nationality \"SVN\"\n    clearance policy=\"MISSION\" level=\"SECRET\"\n    \
             lanes \"cot-down\"\n    role senior\n    key ed25519=\"{}\"\n    \
             valid from=\"2026-01-01\" until=\"2035-12-31\"\n}}\n",
            secret().public().text()
        );
        rules.insert("reviewers/somebody.kdl".to_owned(), text.into_bytes());
        let bundle = Bundle::build_as(&rules, Strictness::Trial).unwrap();
        bundle.lane("cot-down").unwrap().clone()
    }

    fn petition(held: u64, step: ReviewStep) -> Petition {
        let terms = ReviewTerms {
            step,
            lane: "cot-down".to_owned(),
            destination: "rsocc-net".to_owned(),
            entry: held,
            input: Digest::of(PICTURE),
            output: Some(Digest([1; 32])),
            findings: Digest([2; 32]),
            bundle: Digest([3; 32]),
            label_before: String::new(),
            label_after: String::new(),
            expires: noon().plus(Duration::from_secs(60)),
            nonce: [4; 16],
            reviewer: "somebody".to_owned(),
            key: KeyId(Digest([0; 32])),
            grounds: ReviewGrounds::ALL.into_iter().find(|grounds| grounds.are_for(step)).unwrap(),
            text: String::new(),
        };
        let signed = SignedReview::sign(terms, &secret()).unwrap();
        let paper = format!("{held}.review");
        Petition { paper, signed, frame: frame(), held, before: Vec::new(), beside: None }
    }

    fn decisions(entries: &[Entry]) -> usize {
        entries.iter().filter(|entry| matches!(entry, Entry::Decision(_))).count()
    }

    fn reviews(entries: &[Entry]) -> usize {
        entries.iter().filter(|entry| matches!(entry, Entry::Review(_))).count()
    }

    fn engine(policy: Arc<Policy>, common: Common, line: Line) -> Engine {
        Engine::new(Start {
            policy,
            bindings: Arc::default(),
            common,
            cut_max: usize::MAX,
            flood: 0,
            begun: BTreeMap::new(),
            pseudonyms: None,
            slow: Some(line),
        })
    }

    /// The thread behind the line, which takes nothing from it before the lane stops.
    struct Waiting(SlowThread, Arc<AtomicBool>);

    fn before_the_line(run: &Run) -> (Engine, Waiting, Arc<Room>) {
        let common = Common::new(run.clock.clone(), run.gauges.clone(), 1 << 20, 2, false).unwrap();
        let (stopping, room) = (Arc::new(AtomicBool::new(false)), common.room.clone());
        let (line, thread) = line(false, room.clone(), stopping.clone());
        (engine(policy(), common, line), Waiting(thread, stopping), room)
    }

    impl Waiting {
        fn stop(self, engine: &mut Engine, run: &Run, out: &mut Vec<Entry>) {
            let Self(thread, stopping) = self;
            stopping.store(true, Ordering::Release);
            let gauges = run.gauges.clone();
            let looking = std::thread::spawn(move || thread.run(Settings::default(), &gauges));
            engine.wind_up(out);
            looking.join().unwrap();
        }
    }

    #[test]
    fn a_full_line_turns_away_what_is_new_and_keeps_what_people_have_spoken_of() {
        let gate = Gate::new(noon());
        let run = gate.run();
        let (mut engine, waiting, room) = before_the_line(&run);
        let mut out = Vec::new();
        let patient = u64::try_from(PATIENT).unwrap();
        for _ in 0..LINE {
            engine.arrival(Arrival::Frame(frame(), None), &mut out);
        }
        // An object that is held already and has its turn again waits like a new one, unless people have approved it.
        assert_eq!((decisions(&out), engine.in_line()), (0, u64::try_from(LINE).unwrap()));
        for held in 0..patient {
            engine.petition(petition(held, ReviewStep::Approve), &mut out);
        }
        let mut again = petition(0, ReviewStep::Approve);
        again.held = 1;
        engine.petition(again, &mut out);
        assert_eq!(reviews(&out), 1, "nobody builds anything anew for a statement about something else");
        out.clear();
        assert_eq!((decisions(&out), reviews(&out)), (0, 0), "approvals wait for room");
        engine.petition(petition(99, ReviewStep::Claim), &mut out);
        assert_eq!(reviews(&out), 1, "a claim waits for nobody");
        engine.petition(petition(100, ReviewStep::Approve), &mut out);
        assert_eq!(reviews(&out), 1, "more of them stay where they lie");
        assert!(matches!(out.last(), Some(Entry::Unheard { held: 100, .. })), "{out:?}");
        engine.arrival(Arrival::Frame(frame(), None), &mut out);
        assert_eq!(decisions(&out), 1, "what is new is held unopened");
        assert_eq!((room.free(), room.patient()), (0, PATIENT));
        let again = Again { former: 5, first: None, held: true };
        engine.again(
            Recalled { frame: frame(), again, parent: None, reviews: Vec::new(), beside: None },
            &mut out,
        );
        assert!(matches!(out.last(), Some(Entry::Later(5))), "what is held has another turn: {out:?}");
        // A stop: what came is decided unopened, and what people have spoken of is found by the next start.
        waiting.stop(&mut engine, &run, &mut out);
        assert_eq!((decisions(&out), reviews(&out), engine.in_line()), (1 + LINE, 1, 0));
    }

    /// Few large objects fill the line as many small ones do: each pins its bytes.
    #[test]
    fn the_line_is_as_long_as_its_bytes_allow() {
        let gate = Gate::new(noon());
        let run = gate.run();
        let (mut engine, waiting, _) = before_the_line(&run);
        let large = || Frame { bytes: [PICTURE, &vec![0; 20 << 20]].concat(), ..frame() };
        let mut out = Vec::new();
        for _ in 0..2 {
            engine.arrival(Arrival::Frame(large(), None), &mut out);
        }
        assert_eq!((decisions(&out), engine.in_line()), (0, 2));
        engine.arrival(Arrival::Frame(large(), None), &mut out);
        assert_eq!((decisions(&out), engine.in_line()), (1, 2), "the third is held unopened");
        engine.arrival(Arrival::Frame(frame(), None), &mut out);
        assert_eq!((decisions(&out), engine.in_line()), (1, 3), "a small one still finds room");
        let approval = || Petition { frame: large(), ..petition(7, ReviewStep::Approve) };
        let both = [approval(), Petition { held: 8, ..approval() }];
        both.into_iter().for_each(|petition| engine.petition(petition, &mut out));
        let unheard = |entries: &[Entry]| {
            entries.iter().filter(|entry| matches!(entry, Entry::Unheard { .. } | Entry::Review(_))).count()
        };
        assert_eq!(unheard(&out), 1, "of what people have spoken of one waits before the line");
        waiting.stop(&mut engine, &run, &mut out);
        assert_eq!((decisions(&out), engine.in_line()), (4, 0));
    }

    #[test]
    fn what_was_held_unopened_is_opened_once_there_is_room() {
        let gate = Gate::new(noon());
        let mut run = gate.run();
        let common = run.journal.parts.common.clone();
        let (line, thread) = line(false, common.room.clone(), Arc::default());
        run.engine = engine(gate.policy.clone(), common, line);
        run.work(|engine, out| {
            for number in 0..=LINE {
                let mut frame = frame();
                frame.bytes.push(u8::try_from(number).unwrap());
                engine.arrival(Arrival::Frame(frame, None), out);
            }
        });
        let unopened = |run: &crate::gate::by_hand::Run| {
            let mut codes = Vec::new();
            run.journal.parts.store.list(&mut |item| codes.extend(item.facts.codes)).unwrap();
            (codes.len(), codes.iter().filter(|code| ***code == *"LG-D018").count())
        };
        assert_eq!(unopened(&run).1, 1);
        run.journal.give_turns();
        assert!(run.beside.again.lock().unwrap().is_empty(), "there is no room yet");
        let gauges = run.gauges.clone();
        let looking = std::thread::spawn(move || thread.run(Settings::default(), &gauges));
        let mut rounds = 0;
        while unopened(&run).1 > 0 || run.engine.in_line() > 0 {
            run.work(|engine, out| engine.looked(out));
            run.journal.give_turns();
            std::thread::sleep(std::time::Duration::from_millis(5));
            rounds += 1;
            assert!(rounds < 20_000, "{} in line, {:?}", run.engine.in_line(), unopened(&run));
        }
        assert!(unopened(&run).0 > LINE, "all of them are held, each for what was found");
        run.work(|engine, out| engine.wind_up(out));
        looking.join().unwrap();
    }
}
