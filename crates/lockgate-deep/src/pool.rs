//! The parent's side: workers that wait in their jails, one object each, a clock that counts what they were given, and no trust.

use crate::Rebuild;
use crate::answer::{ANSWER_BYTES_MAX, Answer, Malformed};
use crate::process::Process;
use crate::question::{self, Ask};
use crate::reader::Place;
use crate::worker::COMMAND;
use std::collections::VecDeque;
use std::time::Duration;

/// How objects are looked into. What one worker may use is the worker's own: [`crate::Limits`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Time for one object, from question to the worker's end: on the wall, less what the worker waited for a
    /// processor or was stopped.
    pub wall: Duration,
    /// Workers that wait in their jails at any time.
    pub waiting: usize,
    /// What starts a worker: the arguments of this program.
    pub command: Vec<String>,
    /// What [`crate::Jailed`] asks of a worker, where anything is built anew as exactly as the lane says; [`Workers::look`] is
    /// told each time.
    pub ask: Ask,
    /// Where the program stands that reads text in pictures.
    pub reader: Place,
}

/// What lists of processes show.
const NAME: &str = "lockgate-worker";

impl Default for Settings {
    /// 10 s, two workers waiting: one looks again at what the other built; pixels are looked at, and the object is built anew with loss.
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(10),
            waiting: 2,
            command: vec![COMMAND.to_owned()],
            ask: Ask { rebuild: Rebuild::Lossy, ..Ask::PIXELS },
            reader: Place::Usual,
        }
    }
}

/// Why an object was not looked into to the end. Each is a reason of its own, and none of them is a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// This kernel has no jail: no worker got a byte.
    NoJail(String),
    /// The worker could not be started, or its pipes failed.
    NotStarted(String),
    /// The object is larger than the slow path takes.
    TooLarge,
    /// Its time ran out, without what it waited for a processor or was stopped, or five minutes on the wall; the worker was killed.
    TimedOut,
    /// A signal ended the worker: a forbidden system call (31), memory (6), time on the processor (9), a fault (11).
    Killed {
        /// The signal.
        signal: i32,
    },
    /// The worker ended by itself without having done its work.
    Crashed {
        /// Its exit status.
        status: i32,
    },
    /// What the worker answered is no answer.
    BadAnswer(Malformed),
}

/// Workers, one object each.
#[derive(Debug)]
pub struct Workers {
    settings: Settings,
    waiting: VecDeque<Process>,
}

impl Workers {
    /// A pool without a worker yet; the first object, or [`Workers::prepare`], starts them.
    pub fn new(settings: Settings) -> Self {
        Self { settings, waiting: VecDeque::new() }
    }

    /// Starts workers until as many wait as should, and makes sure that the first of them has its jail.
    ///
    /// # Errors
    /// [`Failure::NoJail`] or [`Failure::NotStarted`]: the slow path then holds everything unopened.
    pub fn prepare(&mut self) -> Result<(), Failure> {
        while self.waiting.len() < self.settings.waiting.max(1) {
            self.waiting.push_back(Process::start(NAME, &self.settings.command)?);
        }
        let wall = self.settings.wall;
        let confirmed = self.waiting.front_mut().map_or(Ok(()), |first| {
            let patience = first.patience(wall);
            first.confirm_jail(&patience)
        });
        if confirmed.is_err() {
            // It has said what it had to say: an object that it got would be held for another reason than this.
            self.waiting.pop_front();
        }
        confirmed
    }

    /// Starts workers until as many wait as should, and waits for none of them. To be called when what was seen of an object is
    /// on its way: their start is no part of the time of any object then. What cannot be started is started by who needs it.
    pub fn refill(&mut self) {
        while self.waiting.len() < self.settings.waiting
            && let Ok(next) = Process::start(NAME, &self.settings.command)
        {
            self.waiting.push_back(next);
        }
    }

    /// Has one worker look into `object` as far as asked, and ends it whatever comes of it. Its place stays empty until
    /// [`Workers::refill`].
    ///
    /// # Errors
    /// [`Failure`], each kind of which holds the object.
    pub fn look(&mut self, object: &[u8], ask: Ask) -> Result<Answer, Failure> {
        let length = u64::try_from(object.len()).unwrap_or(u64::MAX);
        if length > question::OBJECT_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        let mut worker = match self.waiting.pop_front() {
            Some(worker) => worker,
            None => Process::start(NAME, &self.settings.command)?,
        };
        let patience = worker.patience(self.settings.wall);
        let answered = worker.ask(&question::head(ask, length), object, ANSWER_BYTES_MAX, &patience);
        // Nobody waits for the end of a worker that has not answered.
        let ended = answered.as_ref().map_or(Ok(()), |_| worker.end(&patience));
        drop(worker);
        let bytes = answered?;
        ended?;
        Answer::read(&bytes).map_err(Failure::BadAnswer)
    }
}
