//! The parent's side: workers that wait in their jails, one object each, a clock on the wall, and no trust.

use crate::Rebuild;
use crate::answer::{ANSWER_BYTES_MAX, Answer, Malformed};
use crate::question::{self, Ask};
use crate::worker::{COMMAND, NO_JAIL, READY};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use rustix::io::Errno;
use std::collections::VecDeque;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// How objects are looked into. What one worker may use is the worker's own: [`crate::Limits`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Time on the wall for one object, from question to the worker's end.
    pub wall: Duration,
    /// Workers that wait in their jails at any time.
    pub waiting: usize,
    /// What starts a worker: the arguments of this program.
    pub command: Vec<String>,
    /// What [`crate::Jailed`] asks of a worker, where anything is built anew as exactly as the lane says; [`Workers::look`] is
    /// told each time.
    pub ask: Ask,
}

impl Default for Settings {
    /// 10 s on the wall, two workers waiting: one looks again at what the other built; pixels are looked at, and the object is built anew with loss.
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(10),
            waiting: 2,
            command: vec![COMMAND.to_owned()],
            ask: Ask { rebuild: Rebuild::Lossy, ..Ask::PIXELS },
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
    /// The wall clock ran out; the worker was killed.
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
    waiting: VecDeque<Worker>,
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
            self.waiting.push_back(Worker::start(&self.settings.command)?);
        }
        let deadline = Deadline::after(self.settings.wall);
        let confirmed = self.waiting.front_mut().map_or(Ok(()), |first| first.confirm_jail(&deadline));
        if confirmed.is_err() {
            // It has said what it had to say: an object that it got would be held for another reason than this.
            self.waiting.pop_front();
        }
        confirmed
    }

    /// Has one worker look into `object` as far as asked, and ends it whatever comes of it.
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
            None => Worker::start(&self.settings.command)?,
        };
        let deadline = Deadline::after(self.settings.wall);
        let answered = worker.ask(&question::head(ask, length), object, &deadline);
        // Nobody waits for the end of a worker that has not answered.
        let ended = answered.as_ref().map_or(Ok(()), |_| worker.end(&deadline));
        drop(worker);
        // The next worker starts only now: until here the processor belonged to this one.
        if self.waiting.len() < self.settings.waiting
            && let Ok(next) = Worker::start(&self.settings.command)
        {
            self.waiting.push_back(next);
        }
        let bytes = answered?;
        ended?;
        Answer::read(&bytes).map_err(Failure::BadAnswer)
    }
}

/// A process that lives for one object. Dropped, it is killed.
#[derive(Debug)]
struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
    in_jail: bool,
}

impl Worker {
    /// Starts this very program again, whatever stands under its name by now.
    fn start(command: &[String]) -> Result<Self, Failure> {
        let failed = |fault: std::io::Error| Failure::NotStarted(fault.kind().to_string());
        let mut child = Command::new("/proc/self/exe")
            .arg0("lockgate-worker")
            .args(command)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::NotStarted("no pipes".to_owned()));
        };
        let worker = Self { child, input: Some(input), output, in_jail: false };
        if let Some(input) = &worker.input {
            do_not_wait(input)?;
        }
        do_not_wait(&worker.output)?;
        Ok(worker)
    }

    /// Reads the first byte: whether the jail is closed.
    fn confirm_jail(&mut self, deadline: &Deadline) -> Result<(), Failure> {
        if self.in_jail {
            return Ok(());
        }
        let mut first = [0];
        match self.read(&mut first, deadline)? {
            1 if first == [READY] => {
                self.in_jail = true;
                Ok(())
            }
            1 if first == [NO_JAIL] => {
                let mut why = [0; 200];
                let length = self.read(&mut why, deadline).unwrap_or(0);
                let why = why.iter().take(length).map(|byte| match byte {
                    b' '..=b'~' => char::from(*byte),
                    _ => '?',
                });
                Err(Failure::NoJail(why.collect()))
            }
            1 => Err(Failure::BadAnswer(Malformed { at: 0 })),
            _ => Err(self.end(deadline).err().unwrap_or(Failure::Crashed { status: 0 })),
        }
    }

    /// Puts the question and reads all that comes back, up to the largest answer and one byte more.
    fn ask(&mut self, head: &[u8], object: &[u8], deadline: &Deadline) -> Result<Vec<u8>, Failure> {
        self.confirm_jail(deadline)?;
        if self.write(head, deadline)? && self.write(object, deadline)? {
            self.input = None;
        }
        let mut answer = Vec::new();
        let mut piece = vec![0; 1 << 16];
        loop {
            match self.read(&mut piece, deadline)? {
                0 => return Ok(answer),
                read => answer.extend_from_slice(piece.get(..read).unwrap_or(&piece)),
            }
            if answer.len() > ANSWER_BYTES_MAX {
                return Err(Failure::BadAnswer(Malformed { at: ANSWER_BYTES_MAX }));
            }
        }
    }

    /// Writes all of `bytes`; false where the worker reads no more: its end says why.
    fn write(&mut self, bytes: &[u8], deadline: &Deadline) -> Result<bool, Failure> {
        let Some(input) = &self.input else { return Ok(false) };
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(input, rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or(&[]),
                Err(Errno::AGAIN) => deadline.wait_for(input, PollFlags::OUT)?,
                Err(Errno::INTR) => {}
                Err(Errno::PIPE) => return Ok(false),
                Err(errno) => return Err(Failure::NotStarted(errno.to_string())),
            }
        }
        Ok(true)
    }

    /// Reads some bytes; 0 at the end.
    fn read(&mut self, into: &mut [u8], deadline: &Deadline) -> Result<usize, Failure> {
        loop {
            match rustix::io::read(&self.output, &mut *into) {
                Ok(read) => return Ok(read),
                Err(Errno::AGAIN) => deadline.wait_for(&self.output, PollFlags::IN)?,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Failure::NotStarted(errno.to_string())),
            }
        }
    }

    /// Waits for the worker's end, and makes it where it does not come. Only status 0 is an end in order.
    fn end(&mut self, deadline: &Deadline) -> Result<(), Failure> {
        self.input = None;
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let ended = id
            .ok_or(Errno::SRCH)
            .and_then(|id| rustix::process::pidfd_open(id, rustix::process::PidfdFlags::empty()));
        let waited = match ended {
            Ok(ended) => deadline.wait_for(&ended, PollFlags::IN),
            Err(errno) => Err(Failure::NotStarted(errno.to_string())),
        };
        if let Err(failure) = waited {
            self.kill();
            return Err(failure);
        }
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(match (status.signal(), status.code()) {
                (Some(signal), _) => Failure::Killed { signal },
                (None, code) => Failure::Crashed { status: code.unwrap_or(-1) },
            }),
            Err(fault) => Err(Failure::NotStarted(fault.kind().to_string())),
        }
    }

    fn kill(&mut self) {
        // Neither can fail for a child that was not waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn do_not_wait(pipe: &impl AsFd) -> Result<(), Failure> {
    rustix::fs::fcntl_setfl(pipe, rustix::fs::OFlags::NONBLOCK)
        .map_err(|errno| Failure::NotStarted(errno.to_string()))
}

/// When patience ends.
struct Deadline(Instant);

impl Deadline {
    fn after(wall: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(wall).unwrap_or(now))
    }

    /// Waits until `what` is ready, or has ended.
    fn wait_for(&self, what: &impl AsFd, flags: PollFlags) -> Result<(), Failure> {
        loop {
            let left = self.0.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Failure::TimedOut);
            }
            let left = Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: i64::from(left.subsec_nanos()),
            };
            match poll(&mut [PollFd::new(what, flags)], Some(&left)) {
                Ok(0) => return Err(Failure::TimedOut),
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Failure::NotStarted(errno.to_string())),
            }
        }
    }
}
