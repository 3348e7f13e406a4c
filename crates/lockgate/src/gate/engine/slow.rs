//! The slow thread: has workers look into what no type of the lane recognises, so that the engine never waits for them.
//!
//! ```text
//!   engine --object--> slow thread, one object at a time --jailed process--> findings --> engine: decide, as ever
//! ```
//! The line before it is short. What finds no room is held unopened, and says so. An object on its way here is in flight like
//! any other: it has no record yet, and a file that it came from is not acknowledged. What people say of something that is to
//! be built anew takes the same way: it is built anew once more, to see whether it is what they approved.

use super::{Engine, Origin, Out};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use lockgate_attest::{Attestation, ReviewStep, SignedReview};
use lockgate_bytes::Time;
use lockgate_core::{Before, Crowded, Deep, Inspected, Policy, SlowObject, Unopened};
use lockgate_deep::{Jailed, Settings};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Objects that wait for the slow thread. Each pins its bytes.
const LINE: usize = 16;

/// What is known of an object beside itself.
pub(super) struct Rest {
    /// The policy under which it came: it finishes under that.
    pub(super) policy: Arc<Policy>,
    pub(super) aim: Aim,
}

/// What it is looked into for.
pub(super) enum Aim {
    /// To be decided.
    Decide { origin: Origin, arrival: Time, attestations: Vec<Attestation> },
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

/// An object to be looked into.
pub(crate) struct Task(SlowObject, Rest);

/// The same, looked into.
pub(crate) struct Done(pub(super) Inspected, pub(super) Rest);

/// The engine's end.
pub(crate) struct Line {
    tasks: Sender<Task>,
    done: Receiver<Done>,
}

/// The thread.
pub(crate) struct SlowThread {
    tasks: Receiver<Task>,
    done: Sender<Done>,
    is_needed: bool,
    stopping: Arc<AtomicBool>,
}

/// The line and the thread at its other end. `is_needed`: the lane has a slow path now, so workers may wait.
pub(crate) fn line(is_needed: bool, stopping: Arc<AtomicBool>) -> (Line, SlowThread) {
    let (tasks, taken) = bounded(LINE);
    let (looked, done) = bounded(LINE);
    (Line { tasks, done }, SlowThread { tasks: taken, done: looked, is_needed, stopping })
}

impl SlowThread {
    /// Until the engine has let go of the line.
    pub(crate) fn run(self) {
        let mut workers = Jailed::new(Settings::default());
        if self.is_needed {
            // Where none can be started, each object says why.
            let _ = workers.prepare();
        }
        for Task(object, rest) in self.tasks {
            // A lane that stops waits for one look at most.
            let stops = self.stopping.load(Ordering::Acquire);
            if stops && matches!(rest.aim, Aim::Petition(_)) {
                // Its file is still there: the next start finds it.
                continue;
            }
            let by: &mut dyn Deep = if stops { &mut Unopened } else { &mut workers };
            let inspected = object.look(by, &rest.policy);
            if self.done.send(Done(inspected, rest)).is_err() {
                return;
            }
        }
    }
}

impl Engine {
    /// Has an object looked into, now or later. What cannot wait, or finds no room, is not opened.
    pub(super) fn look(&mut self, object: SlowObject, rest: Rest) -> Option<Done> {
        let (may_wait, counts) = match &rest.aim {
            Aim::Decide { origin, .. } => (origin.may_wait(), 1),
            // What people say beside an approval is about the object as it lies there: nobody has to look into it for that.
            Aim::Petition(case) => (case.signed.terms().step == ReviewStep::Approve, 0),
        };
        let line = self.slow.as_ref().filter(|_| object.is_for_workers() && may_wait);
        let Some(line) = line else {
            let inspected = object.look(&mut Unopened, &rest.policy);
            return Some(Done(inspected, rest));
        };
        match line.tasks.try_send(Task(object, rest)) {
            Ok(()) => {
                self.in_line = self.in_line.saturating_add(counts);
                None
            }
            Err(TrySendError::Full(Task(object, rest)) | TrySendError::Disconnected(Task(object, rest))) => {
                let inspected = object.look(&mut Crowded, &rest.policy);
                Some(Done(inspected, rest))
            }
        }
    }

    /// Decides what has been looked into since this was last asked.
    pub(crate) fn looked(&mut self, out: &mut dyn Out) {
        while let Some(done) = self.slow.as_ref().and_then(|line| line.done.try_recv().ok()) {
            if matches!(done.1.aim, Aim::Decide { .. }) {
                self.in_line = self.in_line.saturating_sub(1);
            }
            self.conclude(done, out);
        }
    }

    /// Nothing more will be looked into: what is in the line is decided as it is.
    pub(super) fn close_line(&mut self, out: &mut dyn Out) {
        let Some(Line { tasks, done }) = self.slow.take() else { return };
        drop(tasks);
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
