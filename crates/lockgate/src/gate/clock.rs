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

use super::drift::Drift;
use lockgate_bytes::{Duration, Time};
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

/// Where the time comes from: the machine, or a test.
pub(crate) trait TimeSource: Send {
    /// The system's clock.
    fn wall(&self) -> Time;

    /// Nanoseconds since some instant; never runs back and is never set.
    fn monotonic_ns(&self) -> u64;

    /// True where the time daemon has confirmed the clock lately; `None` where nobody asks for it.
    fn is_synchronised(&self) -> Option<bool>;
}

/// Whether the time can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockState {
    /// It can.
    Good,
    /// The system's clock was set by this much, ahead or back.
    Stepped {
        /// Positive where it was set ahead.
        by_ns: i64,
    },
    /// The system's clock is this much behind the last time in the log.
    Behind {
        /// How much.
        by_ns: i64,
    },
    /// The time daemon does not confirm the clock.
    Unsynchronised,
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

impl ClockState {
    /// The step, where there was one.
    pub(crate) fn step_ns(self) -> i64 {
        match self {
            Self::Stepped { by_ns } => by_ns,
            Self::Behind { by_ns } => by_ns.saturating_neg(),
            Self::Good | Self::Unsynchronised => 0,
        }
    }

    /// True where objects may be released.
    pub(crate) fn is_good(self) -> bool {
        self == Self::Good
    }
}

impl fmt::Display for ClockState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => out.write_str("the clock is good"),
            Self::Stepped { by_ns } => {
                write!(out, "the system's clock was set by {}", seconds(*by_ns))
            }
            Self::Behind { by_ns } => {
                write!(out, "the system's clock is {} behind the last time in the log", seconds(*by_ns))
            }
            Self::Unsynchronised => out.write_str("the time daemon does not confirm the system's clock"),
        }
    }
}

/// Seconds with their sign, to a millisecond.
fn seconds(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let millis = nanos.unsigned_abs().wrapping_div(1_000_000);
    format!("{sign}{}.{:03} s", millis.wrapping_div(1000), millis.wrapping_rem(1000))
}

/// The machine's clocks.
pub(crate) struct Machine {
    started: Instant,
    /// The file that the time daemon touches, and how old that may be.
    daemon: Option<(PathBuf, std::time::Duration)>,
}

impl Machine {
    /// With `daemon`, the clock counts as synchronised while that file was touched no longer ago than given.
    pub(crate) fn new(daemon: Option<(PathBuf, std::time::Duration)>) -> Self {
        Self { started: Instant::now(), daemon }
    }
}

impl TimeSource for Machine {
    fn wall(&self) -> Time {
        crate::clock::now()
    }

    fn monotonic_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn is_synchronised(&self) -> Option<bool> {
        let (file, within) = self.daemon.as_ref()?;
        let touched = fs::metadata(file).and_then(|meta| meta.modified());
        // A file from the future says nothing: the clock was set back since.
        Some(touched.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age <= *within)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{ClockState, ClockTerms, LaneClock, Machine, TimeSource};
    use lockgate_bytes::Time;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};

    const SECOND: i64 = 1_000_000_000;

    /// A machine whose clocks a test sets.
    #[derive(Clone, Default)]
    pub(crate) struct Simulated {
        wall: Arc<AtomicI64>,
        monotonic: Arc<AtomicU64>,
        /// 0: nobody asks; 1: synchronised; 2: not.
        daemon: Arc<AtomicU8>,
    }

    impl Simulated {
        pub(crate) fn at(wall: i64) -> Self {
            let machine = Self::default();
            machine.wall.store(wall, Ordering::Relaxed);
            machine
        }

        pub(crate) fn pass(&self, nanos: i64) {
            self.wall.fetch_add(nanos, Ordering::Relaxed);
            self.monotonic.fetch_add(nanos.unsigned_abs(), Ordering::Relaxed);
        }

        pub(crate) fn set_by(&self, nanos: i64) {
            self.wall.fetch_add(nanos, Ordering::Relaxed);
        }

        fn daemon(&self, says: u8) {
            self.daemon.store(says, Ordering::Relaxed);
        }

        fn clock(&self, floor: Option<i64>) -> LaneClock {
            let floor = floor.map(Time::from_unix_nanos);
            LaneClock::start(Box::new(self.clone()), ClockTerms::default(), floor, None)
        }
    }

    impl TimeSource for Simulated {
        fn wall(&self) -> Time {
            Time::from_unix_nanos(self.wall.load(Ordering::Relaxed))
        }

        fn monotonic_ns(&self) -> u64 {
            self.monotonic.load(Ordering::Relaxed)
        }

        fn is_synchronised(&self) -> Option<bool> {
            match self.daemon.load(Ordering::Relaxed) {
                0 => None,
                says => Some(says == 1),
            }
        }
    }

    #[test]
    fn a_daemon_confirms_the_clock_by_touching_a_file_and_only_for_so_long() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("touched");
        let hour = std::time::Duration::from_secs(3600);
        let machine = Machine::new(Some((file.clone(), hour)));
        assert_eq!(machine.is_synchronised(), Some(false), "nobody has ever touched it");
        let touched = std::fs::File::create(&file).unwrap();
        for (ago, good) in [(0, true), (3590, true), (3610, false), (-60, false)] {
            let now = std::time::SystemTime::now();
            let past = std::time::Duration::from_secs(u64::try_from(i64::abs(ago)).unwrap());
            touched.set_modified(if ago < 0 { now + past } else { now - past }).unwrap();
            assert_eq!(machine.is_synchronised(), Some(good), "{ago} s ago");
        }
        assert_eq!(Machine::new(None).is_synchronised(), None);
    }

    #[test]
    fn time_never_runs_back() {
        let machine = Simulated::at(100 * SECOND);
        let mut clock = machine.clock(None);
        machine.set_by(-SECOND / 2);
        let reading = clock.read();
        assert_eq!(reading.now.unix_nanos(), 100 * SECOND, "the floor holds");
        assert_eq!(reading.state, ClockState::Good, "half a second is no step");
        machine.pass(2 * SECOND);
        assert_eq!(clock.read().now.unix_nanos(), 101 * SECOND + SECOND / 2);
    }

    #[test]
    fn a_step_is_seen_at_its_bound_and_stays_until_confirmed() {
        for (by, seen) in [(SECOND - 1, false), (SECOND, false), (SECOND + 1, true), (-SECOND - 1, true)] {
            let machine = Simulated::at(100 * SECOND);
            let mut clock = machine.clock(None);
            machine.pass(SECOND);
            machine.set_by(by);
            let state = clock.read().state;
            assert_eq!(state == ClockState::Stepped { by_ns: by }, seen, "{by}");
            machine.pass(3600 * SECOND);
            assert_eq!(clock.read().state.is_good(), !seen, "{by}: time alone heals nothing");
            clock.confirm("uid 0");
            assert!(clock.read().state.is_good());
        }
    }

    #[test]
    fn small_steps_that_add_up_to_one_are_one() {
        let minutes = |machine: &Simulated, clock: &mut LaneClock, count: i64| {
            machine.pass(count * 60 * SECOND);
            clock.read().state
        };
        for sign in [1, -1] {
            let machine = Simulated::at(10_000 * SECOND);
            let mut clock = machine.clock(None);
            for _ in 0..2 {
                machine.set_by(sign * SECOND * 2 / 5);
                assert!(minutes(&machine, &mut clock, 10).is_good());
            }
            machine.set_by(sign * SECOND * 2 / 5);
            let ClockState::Stepped { by_ns } = minutes(&machine, &mut clock, 10) else { panic!("a step") };
            assert!((by_ns * sign - SECOND * 6 / 5).abs() < SECOND / 20, "{by_ns}");
            clock.confirm("uid 0");
            assert!(minutes(&machine, &mut clock, 10).is_good());
            machine.set_by(sign * SECOND * 2 / 5);
            assert!(minutes(&machine, &mut clock, 10).is_good(), "what was confirmed counts no more");
        }
        // There and back is no way; nor is one second a day.
        let machine = Simulated::at(10_000 * SECOND);
        let mut clock = machine.clock(None);
        for turn in 0..100 {
            machine.set_by(if turn % 2 == 0 { SECOND } else { -SECOND } * 9 / 10);
            assert!(minutes(&machine, &mut clock, 1).is_good());
        }
        for _ in 0..10 {
            machine.set_by(SECOND);
            assert!(minutes(&machine, &mut clock, 24 * 60).is_good());
        }
    }

    #[test]
    fn a_clock_behind_the_log_is_not_trusted_and_is_caught_up_with_at_half_speed() {
        let machine = Simulated::at(100 * SECOND);
        let mut clock = machine.clock(Some(200 * SECOND));
        let reading = clock.read();
        assert_eq!(reading.now.unix_nanos(), 200 * SECOND);
        assert_eq!(reading.state, ClockState::Behind { by_ns: 100 * SECOND });
        machine.pass(10 * SECOND);
        assert_eq!(clock.read().now.unix_nanos(), 210 * SECOND, "it goes on all the same");
        clock.confirm("uid 0");
        let mut before = 210 * SECOND;
        for second in 1..=400 {
            machine.pass(SECOND);
            let reading = clock.read();
            assert!(reading.state.is_good());
            let now = reading.now.unix_nanos();
            // 100 s behind: at half speed that takes 200 s.
            let step = if second <= 200 { SECOND / 2 } else { SECOND };
            assert_eq!(now - before, step, "second {second}");
            before = now;
        }
        assert_eq!(before, machine.wall().unix_nanos(), "the machine's clock, as it was confirmed");
    }

    #[test]
    fn while_a_step_is_not_confirmed_time_goes_on_as_if_there_had_been_none() {
        for by in [3600 * SECOND, -3600 * SECOND] {
            let machine = Simulated::at(10_000 * SECOND);
            let mut clock = machine.clock(None);
            machine.set_by(by);
            assert_eq!(clock.read().now.unix_nanos(), 10_000 * SECOND);
            machine.pass(30 * SECOND);
            assert_eq!(clock.read().now.unix_nanos(), 10_030 * SECOND, "nothing expires by a wrong clock");
            clock.confirm("uid 0");
            machine.pass(2 * SECOND);
            let now = clock.read().now.unix_nanos();
            assert_eq!(now, if by > 0 { 13_632 * SECOND } else { 10_031 * SECOND });
        }
    }

    /// A machine that is so busy that time passes between two looks at its clocks.
    struct Busy {
        machine: Simulated,
        /// What passes at the next looks at the system's clock.
        delays: std::sync::Mutex<Vec<i64>>,
    }

    impl TimeSource for Busy {
        fn wall(&self) -> Time {
            let wall = self.machine.wall();
            if let Some(delay) = self.delays.lock().unwrap().pop() {
                self.machine.pass(delay);
            }
            wall
        }

        fn monotonic_ns(&self) -> u64 {
            self.machine.monotonic_ns()
        }

        fn is_synchronised(&self) -> Option<bool> {
            None
        }
    }

    #[test]
    fn a_thread_that_is_pushed_aside_between_two_looks_sees_no_step() {
        let machine = Simulated::at(100 * SECOND);
        let delays = vec![0, 3 * SECOND, 0, 0, 2 * SECOND, 5 * SECOND, 0, 4 * SECOND];
        let busy = Busy { machine: machine.clone(), delays: std::sync::Mutex::new(delays) };
        let mut clock = LaneClock::start(Box::new(busy), ClockTerms::default(), None, None);
        let mut before = Time::MIN;
        for _ in 0..8 {
            let reading = clock.read();
            assert_eq!(reading.state, ClockState::Good);
            assert!(reading.now >= before && reading.now <= machine.wall());
            before = reading.now;
        }
        assert_eq!(machine.wall().unix_nanos(), 114 * SECOND, "all of it has passed");
        machine.set_by(2 * SECOND);
        assert_eq!(clock.read().state, ClockState::Stepped { by_ns: 2 * SECOND }, "and a step is one");
    }

    #[test]
    fn loss_of_synchronisation_counts_until_confirmed_and_again_the_next_time() {
        let machine = Simulated::at(0);
        machine.daemon(2);
        let mut clock = machine.clock(None);
        assert_eq!(clock.read().state, ClockState::Unsynchronised);
        clock.confirm("uid 0");
        assert!(clock.read().state.is_good());
        machine.daemon(1);
        machine.pass(SECOND);
        assert!(clock.read().state.is_good());
        machine.daemon(2);
        machine.pass(SECOND);
        assert_eq!(clock.read().state, ClockState::Unsynchronised, "the next loss is a new one");
    }
}
