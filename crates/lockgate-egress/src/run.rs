//! The thread: takes in, sends, reports, waits. It decides nothing; [`Sender`] does.

use crate::Cage;
use crate::counters::EgressCounters;
use crate::diode::DiodeOut;
use crate::mouth::{Ends, Order, Report};
use crate::outcome::Outcome;
use crate::sender::{Sender, Wake};
use crate::sink::Sink;
use crossbeam_channel::{RecvTimeoutError, TryRecvError};
use lockgate_bytes::{Sealed, Time};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Objects taken in before the next one leaves.
const TAKEN_AT_ONCE: usize = 256;
/// The longest wait, so that orders are heard in time.
const TICK: Duration = Duration::from_millis(20);
/// The longest that the last word of a link, or the last name in a folder, may take once egress was told to end.
const LAST_WORD: Duration = Duration::from_secs(1);

/// One egress, before its thread begins.
pub struct Egress {
    sender: Sender,
    exit: Exit,
    ends: Ends,
    counters: Arc<EgressCounters>,
    out: Vec<Outcome>,
    /// False once the mouth was dropped: what waits is sent, and then it ends.
    open: bool,
    last_word: Duration,
}

/// How objects leave.
pub enum Exit {
    /// One by one, each as it is.
    Sink(Box<dyn Sink + Send>),
    /// By the one-way protocol.
    Diode(Box<DiodeOut>),
}

impl<S: Sink + Send + 'static> From<Box<S>> for Exit {
    fn from(sink: Box<S>) -> Self {
        Self::Sink(sink)
    }
}

impl Exit {
    /// The largest object, in bytes, that is sent at once; see [`Bounds::at_once`](crate::Bounds::at_once).
    pub fn at_once(&self) -> usize {
        match self {
            Self::Sink(_) => usize::MAX,
            Self::Diode(way) => way.at_once(),
        }
    }

    fn cage(&self) -> Cage {
        match self {
            Self::Sink(sink) => sink.cage(),
            Self::Diode(way) => way.cage(),
        }
    }

    /// The queue is empty and nothing more comes: true where nothing is left to say.
    fn end(&mut self) -> bool {
        match self {
            Self::Sink(_) => true,
            Self::Diode(way) => way.end(),
        }
    }
}

/// Why egress ended before its time.
#[derive(Debug, PartialEq, Eq)]
pub enum EgressFault {
    /// The system did not take the filter of system calls. Without it nothing is sent.
    Uncaged(String),
    /// Nobody hears what became of objects: the journal has ended. What cannot be recorded is not sent.
    Unheard,
}

impl fmt::Display for EgressFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uncaged(why) => write!(
                out,
                "egress: the filter of system calls could not be set ({why}); nothing was sent. The kernel needs \
                 CONFIG_SECCOMP_FILTER, and a container must permit seccomp"
            ),
            Self::Unheard => out.write_str(
                "egress: the journal has ended; what cannot be recorded is not sent, so egress ends",
            ),
        }
    }
}

impl std::error::Error for EgressFault {}

impl Wake {
    /// How long to wait for nothing but this.
    fn wait(self, now: Time) -> Duration {
        match self {
            Self::Now => Duration::ZERO,
            Self::Idle => TICK,
            Self::At(time) => {
                Duration::from_nanos(u64::try_from(time.since(now).nanos()).unwrap_or(0)).min(TICK)
            }
        }
    }
}

impl Egress {
    /// Puts the parts together.
    pub fn new(sender: Sender, exit: impl Into<Exit>, ends: Ends, counters: Arc<EgressCounters>) -> Self {
        let (exit, out, open, last_word) = (exit.into(), Vec::new(), true, LAST_WORD);
        Self { sender, exit, ends, counters, out, open, last_word }
    }

    /// The body of the thread. First it gives up every system call that it does not need, for good: the thread is of no
    /// other use afterwards. `now` is the shell's clock, which never runs back. Ends when told to, or when the mouth was
    /// dropped and nothing waits any more.
    ///
    /// # Errors
    /// [`EgressFault`]; nothing is sent from then on.
    pub fn run(mut self, now: impl FnMut() -> Time) -> Result<(), EgressFault> {
        self.exit.cage().close().map_err(EgressFault::Uncaged)?;
        let ended = self.work(now);
        if let Exit::Diode(way) = &self.exit {
            way.close();
        }
        ended
    }

    fn work(&mut self, mut now: impl FnMut() -> Time) -> Result<(), EgressFault> {
        loop {
            let time = now();
            if self.obey(time)? {
                return self.part(now);
            }
            self.take_in(time);
            let wake = self.round(time)?;
            if !self.open && self.sender.is_empty() && self.exit.end() {
                return Ok(());
            }
            if let Some(sealed) = self.wait(wake, time) {
                self.admit(sealed, now());
            }
        }
    }

    /// Sends what may be sent now, and tells what became of it.
    fn round(&mut self, now: Time) -> Result<Wake, EgressFault> {
        let is_shut = self.ends.is_shut();
        if is_shut && self.ends.is_left() {
            return Err(EgressFault::Unheard);
        }
        self.sender.shut(is_shut);
        let wake = match &mut self.exit {
            Exit::Sink(sink) => self.sender.round(now, sink.as_mut(), &mut self.out),
            Exit::Diode(way) => self.sender.round_by_diode(now, way, &mut self.out),
        };
        self.report()?;
        self.sender.publish(&self.counters);
        Ok(wake)
    }

    /// Everything was called back but what a receiver may have already. How far the link came is said all the same, and what
    /// has begun to leave is sent, where that does not take long. If it does, the next start finds out what became of it.
    fn part(&mut self, mut now: impl FnMut() -> Time) -> Result<(), EgressFault> {
        let begun = Instant::now();
        loop {
            let is_done = self.exit.end() && self.sender.is_empty();
            if is_done || self.ends.is_shut() || begun.elapsed() >= self.last_word {
                return Ok(());
            }
            let time = now();
            let wake = self.round(time)?;
            std::thread::sleep(wake.wait(time));
        }
    }

    /// True where it is told to end.
    fn obey(&mut self, now: Time) -> Result<bool, EgressFault> {
        while let Ok(order) = self.ends.orders.try_recv() {
            // What was offered before the order was given is in the channel by now.
            let mut offered = self.ends.objects.len();
            while let Some(sealed) = (offered > 0).then(|| self.ends.objects.try_recv().ok()).flatten() {
                offered = offered.saturating_sub(1);
                self.admit(sealed, now);
            }
            let bundle = if let Order::Change(bundle) = order { Some(bundle) } else { None };
            if let Exit::Diode(way) = &mut self.exit {
                self.sender.withdraw(way, now, &mut self.out);
            }
            self.sender.recall(bundle, now, &mut self.out);
            self.report()?;
            self.sender.publish(&self.counters);
            match bundle {
                Some(bundle) => self.tell(Report::Changed(bundle))?,
                None => return Ok(true),
            }
        }
        Ok(false)
    }

    fn take_in(&mut self, now: Time) {
        for _ in 0..TAKEN_AT_ONCE {
            match self.ends.objects.try_recv() {
                Ok(sealed) => self.admit(sealed, now),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.open = false;
                    return;
                }
            }
        }
    }

    fn admit(&mut self, sealed: Sealed, now: Time) {
        self.ends.took(&sealed);
        self.sender.accept(sealed, now, &mut self.out);
    }

    /// Waits for the next object, no longer than there is nothing else to do.
    fn wait(&mut self, wake: Wake, now: Time) -> Option<Sealed> {
        let wait = wake.wait(now);
        if wake == Wake::Now {
            return None;
        }
        if !self.open {
            std::thread::sleep(wait);
            return None;
        }
        match self.ends.objects.recv_timeout(wait) {
            Ok(sealed) => return Some(sealed),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.open = false,
        }
        None
    }

    /// Waits until the journal has room for the report: what cannot be recorded is not followed by more.
    fn report(&mut self) -> Result<(), EgressFault> {
        if self.out.is_empty() {
            return Ok(());
        }
        let empty = self.ends.empty.try_recv().unwrap_or_default();
        let full = std::mem::replace(&mut self.out, empty);
        self.tell(Report::Outcomes(full))
    }

    fn tell(&self, report: Report) -> Result<(), EgressFault> {
        self.ends.reports.send(report).map_err(|_| EgressFault::Unheard)
    }
}

#[cfg(test)]
mod tests;
