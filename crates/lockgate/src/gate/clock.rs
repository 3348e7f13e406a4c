//! The lane's clock: it never runs back, and when it cannot be trusted nothing is released until a person has looked.
//!
//! Three things are watched. The floor is the last time in the log: no earlier one is ever given out. A step is a change
//! of the system's clock that its monotonic clock did not see, at once or in small ones that add up (`drift`). Synchronisation is what the machine's time daemon says of
//! itself, by a file that it touches each time it has set or confirmed the clock.
//!
//! While a step is not confirmed, time goes on from the last one that was trusted, by the monotonic clock. Once it is
//! confirmed, the system's clock is followed again: at once where it is ahead; where it is behind, time goes on at half its
//! speed until that has caught up. So time neither runs back nor stands still: a link's pace, the signing of the log and
//! every validity go by it.

mod machine;
mod state;

use super::drift::Drift;
use lockgate_bytes::{Duration, Time};
pub(crate) use machine::Machine;
pub(crate) use state::ClockState;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where the time comes from: the machine, or a test.
pub(crate) trait TimeSource: Send {
    /// The system's clock.
    fn wall(&self) -> Time;

    /// Nanoseconds since some instant; never runs back and is never set.
    fn monotonic_ns(&self) -> u64;

    /// True where the time daemon has confirmed the clock lately; `None` where nobody asks for it.
    fn is_synchronised(&self) -> Option<bool>;
}

/// What a lane needs to know of its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockTerms {
    /// A change larger than this is a step; so are smaller ones that add up to more, of which as much is forgotten in a
    /// day.
    pub(crate) step_max_ns: i64,
}

impl Default for ClockTerms {
    /// One second: far above what a daemon slews, far below what validity windows are measured in.
    fn default() -> Self {
        Self { step_max_ns: 1_000_000_000 }
    }
}

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Never before any earlier reading.
    pub(crate) now: Time,
    /// Whether it can be trusted.
    pub(crate) state: ClockState,
    /// The state as records name it.
    pub(crate) recorded: lockgate_audit::ClockState,
    /// Somebody has confirmed the clock, and nobody has asked for that yet.
    pub(crate) is_confirmed: bool,
}

/// That an operator said that the clock is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confirmed {
    /// Who said so.
    pub(crate) by: String,
    /// How the clock stood before.
    pub(crate) of: ClockState,
}

/// The clock of one lane.
pub(crate) struct LaneClock {
    source: Box<dyn TimeSource>,
    terms: ClockTerms,
    /// The last time given out, and at the start the last time in the log.
    floor: Time,
    /// The system's clock and the monotonic one at the last reading.
    last: (Time, u64),
    /// What small steps add up to.
    drift: Drift,
    /// A step or a clock behind the log stays until somebody confirms it.
    distrust: Option<ClockState>,
    /// What the daemon said, and when it was asked: it is asked once a second.
    daemon: (Option<bool>, u64),
    /// An operator has said that the machine's clock is right although the daemon does not.
    unsynchronised_confirmed: bool,
    confirmed: Option<Confirmed>,
}

/// How long an answer of the time daemon holds.
const DAEMON_ASKED_EVERY_NS: u64 = 1_000_000_000;
/// What may pass between looks at the two clocks, and how often that is tried.
const APART_NS: u64 = 10_000_000;
const LOOKS_MAX: usize = 16;

impl LaneClock {
    /// Starts a clock whose time is never before `floor`. `step_ns`: a step that a run before saw, and nobody confirmed.
    pub(crate) fn start(
        source: Box<dyn TimeSource>,
        terms: ClockTerms,
        floor: Option<Time>,
        step_ns: Option<i64>,
    ) -> Self {
        let last = both(&*source);
        let floor = floor.unwrap_or(last.0);
        let behind = floor.unix_nanos().saturating_sub(last.0.unix_nanos());
        let distrust = (behind > terms.step_max_ns)
            .then_some(ClockState::Behind { by_ns: behind })
            .or(step_ns.map(|by_ns| ClockState::Stepped { by_ns }));
        let daemon = (source.is_synchronised(), last.1);
        Self {
            source,
            terms,
            floor,
            last,
            drift: Drift::since(last.1),
            distrust,
            daemon,
            unsynchronised_confirmed: false,
            confirmed: None,
        }
    }

    /// Reads the clock.
    pub(crate) fn read(&mut self) -> Reading {
        let (wall, monotonic) = both(&*self.source);
        let (wall_before, monotonic_before) = self.last;
        self.last = (wall, monotonic);
        let passed = i64::try_from(monotonic.saturating_sub(monotonic_before)).unwrap_or(i64::MAX);
        let seen = wall.unix_nanos().saturating_sub(wall_before.unix_nanos());
        let step = seen.saturating_sub(passed);
        if let Some(all) = self.drift.add(step, monotonic, self.terms.step_max_ns) {
            let by_ns = match self.distrust {
                Some(ClockState::Stepped { by_ns }) => by_ns.saturating_add(all),
                _ => all,
            };
            self.distrust = Some(ClockState::Stepped { by_ns });
        }
        self.floor = match self.distrust {
            Some(_) => self.floor.plus(Duration::from_nanos(passed)),
            None => wall.max(self.floor.plus(Duration::from_nanos(passed.wrapping_div(2)))),
        };
        let state = self.state();
        Reading { now: self.floor, state, recorded: self.recorded(), is_confirmed: self.confirmed.is_some() }
    }

    fn state(&mut self) -> ClockState {
        if let Some(distrust) = self.distrust {
            return distrust;
        }
        if self.last.1.saturating_sub(self.daemon.1) >= DAEMON_ASKED_EVERY_NS {
            self.daemon = (self.source.is_synchronised(), self.last.1);
        }
        match self.daemon.0 {
            Some(false) if !self.unsynchronised_confirmed => ClockState::Unsynchronised,
            Some(true) => {
                // What was confirmed by hand is over; the next loss is a new one.
                self.unsynchronised_confirmed = false;
                ClockState::Good
            }
            Some(false) | None => ClockState::Good,
        }
    }

    /// The state as records name it.
    fn recorded(&self) -> lockgate_audit::ClockState {
        match (self.distrust, self.daemon.0) {
            (None, Some(true)) => lockgate_audit::ClockState::Synchronised,
            (None, _) if self.unsynchronised_confirmed => lockgate_audit::ClockState::Confirmed,
            _ => lockgate_audit::ClockState::Unsynchronised,
        }
    }

    /// An operator says that the machine's clock is right as it is. The floor stays: time still never runs back.
    pub(crate) fn confirm(&mut self, by: &str) {
        let now = self.read().state;
        let before = self.confirmed.take().map(|confirmed| confirmed.of).filter(|of| !of.is_good());
        self.confirmed = Some(Confirmed { by: by.to_owned(), of: before.unwrap_or(now) });
        self.distrust = None;
        self.drift.confirm();
        self.unsynchronised_confirmed = true;
    }
}

/// Both clocks at one moment. A busy machine may push a thread aside between two looks, and what passes then must not
/// be taken for a step; so they are looked at again, a few times at most.
fn both(source: &dyn TimeSource) -> (Time, u64) {
    let mut before = source.monotonic_ns();
    for _ in 0..LOOKS_MAX {
        let wall = source.wall();
        let after = source.monotonic_ns();
        if after.saturating_sub(before) <= APART_NS {
            return (wall, before);
        }
        before = after;
    }
    (source.wall(), before)
}

/// The lane's clock, shared by its threads.
pub(crate) struct SharedClock(Mutex<LaneClock>);

impl SharedClock {
    pub(crate) fn new(clock: LaneClock) -> Self {
        Self(Mutex::new(clock))
    }

    /// Reads the clock.
    pub(crate) fn read(&self) -> Reading {
        self.clock().read()
    }

    /// The time; never before any earlier one.
    pub(crate) fn now(&self) -> Time {
        self.read().now
    }

    /// An operator says that the machine's clock is right.
    pub(crate) fn confirm(&self, by: &str) {
        self.clock().confirm(by);
    }

    /// Who confirmed it since this was last asked.
    pub(crate) fn confirmation(&self) -> Option<Confirmed> {
        self.clock().confirmed.take()
    }

    /// The state as records name it.
    pub(crate) fn recorded(&self) -> lockgate_audit::ClockState {
        self.clock().recorded()
    }

    fn clock(&self) -> MutexGuard<'_, LaneClock> {
        // Nothing in the clock stops half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl lockgate_intake::Clock for SharedClock {
    fn now(&self) -> Time {
        self.read().now
    }

    fn steady(&self) -> Time {
        Time::from_unix_nanos(i64::try_from(self.clock().source.monotonic_ns()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
pub(crate) mod tests;
