//! A machine whose clocks a test sets, and what a lane makes of them.

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
