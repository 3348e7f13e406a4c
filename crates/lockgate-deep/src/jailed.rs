//! The slow path as the engine asks for it: an object goes to a jailed worker, and each way of failing has its code.

use crate::{Failure, Form, Settings, Workers};
use lockgate_bytes::Untrusted;
use lockgate_core::{Deep, Looked, Seen};
use lockgate_reason::{Code, deep};

/// What the kernel sends to a process that made a forbidden system call.
const SIGSYS: i32 = 31;

/// Deep inspection by jailed workers.
#[derive(Debug)]
pub struct Jailed(Workers);

impl Jailed {
    /// Starts nothing yet; the first object does.
    pub fn new(settings: Settings) -> Self {
        Self(Workers::new(settings))
    }

    /// Starts the workers that wait, so that no object waits for them to start.
    ///
    /// # Errors
    /// [`Failure`] where there is no jail, or nothing can be started; objects are then held, each with its code.
    pub fn prepare(&mut self) -> Result<(), Failure> {
        self.0.prepare()
    }
}

impl Deep for Jailed {
    fn look(&mut self, object: Untrusted<'_>) -> Looked {
        match self.0.look(object.bytes_for_inspection()) {
            Ok(answer) => Looked::Through(Seen {
                form: answer.form.map(Form::name),
                walked: answer.form.is_some_and(crate::look::walks),
                findings: answer.findings,
            }),
            Err(failure) => Looked::Failed(code(&failure)),
        }
    }
}

fn code(failure: &Failure) -> Code {
    match failure {
        Failure::NoJail(_) => deep::NOT_OPENED,
        Failure::NotStarted(_) => deep::NO_WORKER,
        Failure::TooLarge => deep::TOO_LARGE,
        Failure::TimedOut => deep::WORKER_TIMED_OUT,
        Failure::Killed { signal: SIGSYS } => deep::WORKER_BROKE_OUT,
        Failure::Killed { .. } => deep::WORKER_KILLED,
        Failure::Crashed { .. } => deep::WORKER_CRASHED,
        Failure::BadAnswer(_) => deep::WORKER_ANSWER,
    }
}
