//! The slow path as the engine asks for it: an object goes to a jailed worker, and each way of failing has its code.

use crate::{Answer, Ask, Failure, Form, Rebuild, Settings, Workers, verify};
use lockgate_bytes::Untrusted;
use lockgate_core::{Class, Deep, Fidelity, Looked, Making, Rebuilt, Seen};
use lockgate_reason::{Code, deep};

/// What the kernel sends to a process that made a forbidden system call.
const SIGSYS: i32 = 31;

/// Deep inspection by jailed workers.
#[derive(Debug)]
pub struct Jailed {
    workers: Workers,
    ask: Ask,
}

impl Jailed {
    /// Starts nothing yet; the first object does.
    pub fn new(settings: Settings) -> Self {
        Self { ask: settings.ask, workers: Workers::new(settings) }
    }

    /// What the worker says of an object, once what it made was looked at.
    fn through(&mut self, object: &[u8], ask: Ask, answer: Answer) -> Result<Seen, Code> {
        let previews = answer.previews.iter().all(|preview| verify::is_as_built(Form::Png, preview));
        if !(previews && verify::is_of(object, ask, &answer)) {
            return Err(deep::WORKER_ANSWER);
        }
        let built_as = answer.form.and_then(|form| form.built_as(ask.convert));
        let rebuilt = match answer.rebuilt {
            Some(rebuilt) if Some(rebuilt.form) == built_as => Some(self.again(rebuilt)?),
            Some(_) => return Err(deep::WORKER_ANSWER),
            None => None,
        };
        Ok(Seen {
            form: answer.form.map(Form::name),
            walked: answer.form.is_some_and(crate::look::walks),
            findings: answer.findings,
            rebuilt,
            texts: answer.texts,
            previews: answer.previews,
        })
    }

    /// What was built anew is an object of its own: it has to be exactly of the shape that is built, which this process
    /// sees by itself, and another worker must find nothing in it.
    fn again(&mut self, rebuilt: crate::Rebuilt) -> Result<Rebuilt, Code> {
        if !verify::is_as_built(rebuilt.form, &rebuilt.bytes) {
            return Err(deep::REBUILT_WRONG);
        }
        let second = self.workers.look(&rebuilt.bytes, Ask::STRUCTURE).map_err(|failure| code(&failure))?;
        let grave = second.findings.iter().any(|finding| finding.code.class > Class::Note);
        if grave || !verify::is_of(&rebuilt.bytes, Ask::STRUCTURE, &second) {
            return Err(deep::REBUILT_WRONG);
        }
        Ok(Rebuilt::of(rebuilt.bytes))
    }

    /// Starts the workers that wait, so that no object waits for them to start.
    ///
    /// # Errors
    /// [`Failure`] where there is no jail, or nothing can be started; objects are then held, each with its code.
    pub fn prepare(&mut self) -> Result<(), Failure> {
        self.workers.prepare()
    }
}

impl Deep for Jailed {
    fn look(&mut self, object: Untrusted<'_>, making: Making) -> Looked {
        let object = object.bytes_for_inspection();
        let rebuild = match (self.ask.rebuild, making.fidelity) {
            (Rebuild::No, _) => Rebuild::No,
            (_, Fidelity::Lossy) => Rebuild::Lossy,
            (_, Fidelity::Lossless) => Rebuild::Lossless,
        };
        let ask = Ask { rebuild, convert: making.convert, ..self.ask };
        let answered = self.workers.look(object, ask).map_err(|failure| code(&failure));
        match answered.and_then(|answer| self.through(object, ask, answer)) {
            Ok(seen) => Looked::Through(seen),
            Err(code) => Looked::Failed(code),
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
