//! One process that is started, put one question, and ended: a clock that counts what it was given, and no trust.

use crate::Failure;
use crate::answer::Malformed;
use crate::patience::Patience;
use crate::worker::{NO_JAIL, READY};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use rustix::io::Errno;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A process that lives for one object. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
    in_jail: bool,
}

impl Process {
    /// Starts this very program again, whatever stands under its name by now; `name` is what lists of processes show.
    pub(crate) fn start(name: &str, command: &[String]) -> Result<Self, Failure> {
        let failed = |fault: std::io::Error| Failure::NotStarted(fault.kind().to_string());
        let mut child = Command::new("/proc/self/exe")
            .arg0(name)
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

    /// Patience with it, from now on.
    pub(crate) fn patience(&self, wall: Duration) -> Patience {
        Patience::with(self.child.id(), wall)
    }

    /// Reads the first byte: whether the jail is closed.
    pub(crate) fn confirm_jail(&mut self, patience: &Patience) -> Result<(), Failure> {
        if self.in_jail {
            patience.take_turns();
            return Ok(());
        }
        let mut first = [0];
        match self.read(&mut first, patience)? {
            1 if first == [READY] => {
                self.in_jail = true;
                patience.take_turns();
                Ok(())
            }
            1 if first == [NO_JAIL] => {
                let mut why = [0; 200];
                let length = self.read(&mut why, patience).unwrap_or(0);
                let why = why.iter().take(length).map(|byte| match byte {
                    b' '..=b'~' => char::from(*byte),
                    _ => '?',
                });
                Err(Failure::NoJail(why.collect()))
            }
            1 => Err(Failure::BadAnswer(Malformed { at: 0 })),
            _ => Err(self.end(patience).err().unwrap_or(Failure::Crashed { status: 0 })),
        }
    }

    /// Puts the question and reads all that comes back: at most `most` bytes, and a few that make it too long.
    pub(crate) fn ask(
        &mut self,
        head: &[u8],
        object: &[u8],
        most: usize,
        patience: &Patience,
    ) -> Result<Vec<u8>, Failure> {
        self.confirm_jail(patience)?;
        if self.write(head, patience)? && self.write(object, patience)? {
            self.input = None;
        }
        let mut answer = Vec::new();
        let mut piece = vec![0; 1 << 16];
        loop {
            match self.read(&mut piece, patience)? {
                0 => return Ok(answer),
                read => answer.extend_from_slice(piece.get(..read).unwrap_or(&piece)),
            }
            if answer.len() > most {
                return Err(Failure::BadAnswer(Malformed { at: most }));
            }
        }
    }

    /// Writes all of `bytes`; false where the worker reads no more: its end says why.
    fn write(&mut self, bytes: &[u8], patience: &Patience) -> Result<bool, Failure> {
        let Some(input) = &self.input else { return Ok(false) };
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(input, rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or(&[]),
                Err(Errno::AGAIN) => wait_for(input, PollFlags::OUT, patience)?,
                Err(Errno::INTR) => {}
                Err(Errno::PIPE) => return Ok(false),
                Err(errno) => return Err(Failure::NotStarted(errno.to_string())),
            }
        }
        Ok(true)
    }

    /// Reads some bytes; 0 at the end.
    fn read(&mut self, into: &mut [u8], patience: &Patience) -> Result<usize, Failure> {
        loop {
            match rustix::io::read(&self.output, &mut *into) {
                Ok(read) => return Ok(read),
                Err(Errno::AGAIN) => wait_for(&self.output, PollFlags::IN, patience)?,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Failure::NotStarted(errno.to_string())),
            }
        }
    }

    /// Waits for the worker's end, and makes it where it does not come. Only status 0 is an end in order.
    pub(crate) fn end(&mut self, patience: &Patience) -> Result<(), Failure> {
        self.input = None;
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let ended = id
            .ok_or(Errno::SRCH)
            .and_then(|id| rustix::process::pidfd_open(id, rustix::process::PidfdFlags::empty()));
        let waited = match ended {
            Ok(ended) => wait_for(&ended, PollFlags::IN, patience),
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

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn do_not_wait(pipe: &impl AsFd) -> Result<(), Failure> {
    rustix::fs::fcntl_setfl(pipe, rustix::fs::OFlags::NONBLOCK)
        .map_err(|errno| Failure::NotStarted(errno.to_string()))
}

/// Waits until `what` is ready, or has ended.
fn wait_for(what: &impl AsFd, flags: PollFlags, patience: &Patience) -> Result<(), Failure> {
    let is_ready = patience.until(|most| {
        let most = Timespec {
            tv_sec: i64::try_from(most.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(most.subsec_nanos()),
        };
        match poll(&mut [PollFd::new(what, flags)], Some(&most)) {
            Ok(0) | Err(Errno::INTR) => Ok(false),
            Ok(_) => Ok(true),
            Err(errno) => Err(Failure::NotStarted(errno.to_string())),
        }
    })?;
    if is_ready { Ok(()) } else { Err(Failure::TimedOut) }
}
