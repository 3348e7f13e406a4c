//! One connection to the control or metrics socket: bounded in bytes and in time, never waited for.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// A connection is over after so long, in nanoseconds, whatever its other end does.
pub(crate) const PATIENCE_NANOS: u64 = 2_000_000_000;
/// A command may take so long, in nanoseconds, before its answer is no longer waited for.
pub(crate) const COMMAND_PATIENCE_NANOS: u64 = 60_000_000_000;

/// The stream behind a connection.
#[derive(Debug)]
pub(crate) enum Wire {
    Control(UnixStream),
    Metrics(TcpStream),
}

impl From<Wire> for OwnedFd {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::Control(stream) => stream.into(),
            Wire::Metrics(stream) => stream.into(),
        }
    }
}

/// One connection: first it is read, then it is answered, then it is closed.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) number: u64,
    pub(crate) wire: Wire,
    pub(crate) opened_nanos: u64,
    /// User and process at the other end, for the control socket.
    pub(crate) peer: Option<(u32, i32)>,
    asked: Vec<u8>,
    answer: Vec<u8>,
    written: usize,
    pub(crate) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// More of the request has to come.
    Reading,
    /// A command is being done for it.
    Waiting,
    /// The answer goes out.
    Answering,
    /// Over.
    Done,
}

impl Client {
    pub(crate) fn new(number: u64, wire: Wire, peer: Option<(u32, i32)>, opened_nanos: u64) -> Self {
        let (asked, answer) = (Vec::new(), Vec::new());
        Self { number, wire, opened_nanos, peer, asked, answer, written: 0, state: State::Reading }
    }

    /// Reads what there is, at most `bytes_max` in all; what was read so far. The other end closing early is its end.
    pub(crate) fn read(&mut self, bytes_max: usize) -> &[u8] {
        let mut chunk = [0_u8; 1024];
        while self.state == State::Reading && self.asked.len() < bytes_max {
            let room = bytes_max.saturating_sub(self.asked.len()).min(chunk.len());
            match chunk.get_mut(..room).map(|chunk| self.wire.read(chunk)) {
                Some(Ok(count)) if count > 0 => {
                    self.asked.extend_from_slice(chunk.get(..count).unwrap_or_default());
                }
                Some(Err(error)) if later(&error) => break,
                _ => self.state = State::Done,
            }
        }
        &self.asked
    }

    /// Begins to answer.
    pub(crate) fn answer(&mut self, answer: Vec<u8>) {
        (self.answer, self.written, self.state) = (answer, 0, State::Answering);
        self.write();
    }

    /// Writes what the other end takes; done when all is written.
    pub(crate) fn write(&mut self) {
        while self.state == State::Answering {
            let rest = self.answer.get(self.written..).unwrap_or_default();
            if rest.is_empty() {
                self.state = State::Done;
                break;
            }
            match self.wire.write(rest) {
                Ok(count) if count > 0 => self.written = self.written.saturating_add(count),
                Err(error) if later(&error) => break,
                _ => self.state = State::Done,
            }
        }
    }

    /// Whether it has taken too long, at `now_nanos`.
    pub(crate) fn is_late(&self, now_nanos: u64) -> bool {
        let patience = if self.state == State::Waiting { COMMAND_PATIENCE_NANOS } else { PATIENCE_NANOS };
        now_nanos.saturating_sub(self.opened_nanos) > patience
    }
}

fn later(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

impl AsFd for Wire {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Control(stream) => stream.as_fd(),
            Self::Metrics(stream) => stream.as_fd(),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Control(stream) => stream.read(out),
            Self::Metrics(stream) => stream.read(out),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Control(stream) => stream.write(bytes),
            Self::Metrics(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
