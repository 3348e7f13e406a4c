//! Turns: while the process that waits for a worker is busy with something else, the worker is stopped most of the time.
//!
//! That it stands back for everybody is not enough. `SCHED_IDLE` gives it every moment in which a processor has nothing else to
//! do, and then no processor is ever idle: Linux does not look for one any more when a thread wakes up, and an idle one is what would
//! have fetched the threads that wait elsewhere (kernel/sched/fair.c, `update_idle_cpu_scan`, `sched_balance_newidle`). For tens of
//! milliseconds all of a lane shared one processor with its neighbours while a worker had the other for itself. A worker that is stopped
//! leaves idle moments behind.

use rustix::process::{Pid, Signal, kill_process};
use rustix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

/// One turn of a worker.
pub(crate) const TURN: Duration = Duration::from_millis(2);
/// How long it is stopped after one.
const REST: Duration = Duration::from_millis(4);
/// The process that waits is busy where its other threads take this share of all processors.
const BUSY: u32 = 8;

/// The turns of one process, and how long it was stopped between them.
#[derive(Debug)]
pub(crate) struct Turns {
    process: Option<Pid>,
    processors: u32,
    has_begun: Cell<bool>,
    last: Cell<Moment>,
    /// What the process had of the processors at the end of its last turn.
    ran: Cell<Option<Duration>>,
    rested: Cell<Duration>,
}

impl Turns {
    /// Those of a child of this process that was not waited for: as long as that is so, its number is nobody else's.
    pub(crate) fn of(process: u32) -> Self {
        let processors = thread::available_parallelism();
        Self {
            process: i32::try_from(process).ok().and_then(Pid::from_raw),
            processors: processors.map_or(1, |count| u32::try_from(count.get()).unwrap_or(1)),
            has_begun: Cell::new(false),
            last: Cell::new(Moment::now()),
            ran: Cell::default(),
            rested: Cell::default(),
        }
    }

    /// From now on the child ends with this process, stopped or not (`PR_SET_PDEATHSIG`): before that it has no turns.
    pub(crate) fn begin(&self) {
        self.has_begun.set(true);
    }

    /// Ends a turn, where it was one: if this process has much else to do, and the worker has worked, that is stopped, and goes on after
    /// a while. To be called by the thread that waits for it, again and again. `ran` says what the worker had of the processors,
    /// and is asked only then; without it nobody is stopped. `is_stopped` says whether it is by now.
    pub(crate) fn end(&self, ran: impl FnOnce() -> Option<Duration>, is_stopped: impl FnOnce() -> bool) {
        let now = Moment::now();
        let before = self.last.get();
        if now.at.saturating_duration_since(before.at) < TURN {
            return;
        }
        self.last.set(now);
        let Some(process) = self.process.filter(|_| self.has_begun.get()) else { return };
        if !now.is_busier_than(before, self.processors) {
            return;
        }
        // Who got no processor has nothing to be stopped in.
        let Some(ran) = ran() else { return };
        if self.ran.replace(Some(ran)) == Some(ran) || kill_process(process, Signal::STOP).is_err() {
            return;
        }
        thread::sleep(REST);
        // The kernel stops it when it is given a processor; until then it waited, and that is counted elsewhere.
        let rested = if is_stopped() { now.at.elapsed() } else { Duration::ZERO };
        // It cannot fail where the other did not: nobody else waits for this child.
        let _ = kill_process(process, Signal::CONT);
        self.rested.set(self.rested.get().saturating_add(rested));
        self.last.set(Moment::now());
    }

    /// How long it was stopped so far.
    pub(crate) fn rested(&self) -> Duration {
        self.rested.get()
    }
}

/// A moment, and what all other threads of this process had of the processors until then.
#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Instant,
    others: Duration,
}

impl Moment {
    fn now() -> Self {
        let spent = |clock| Duration::try_from(clock_gettime(clock)).unwrap_or_default();
        let own = spent(ClockId::ThreadCPUTime);
        Self { at: Instant::now(), others: spent(ClockId::ProcessCPUTime).saturating_sub(own) }
    }

    fn is_busier_than(self, before: Self, processors: u32) -> bool {
        let all = self.at.saturating_duration_since(before.at).saturating_mul(processors);
        self.others.saturating_sub(before.others).saturating_mul(BUSY) > all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    #[test]
    fn busy_is_an_eighth_of_all_processors() {
        let at = Instant::now();
        let before = Moment { at, others: Duration::from_millis(70) };
        let after = |micros| Moment { at: at + TURN, others: before.others + Duration::from_micros(micros) };
        assert!(!after(250).is_busier_than(before, 1) && after(251).is_busier_than(before, 1));
        assert!(!after(500).is_busier_than(before, 2) && after(501).is_busier_than(before, 2));
        assert!(!after(3_999).is_busier_than(before, 64));
        assert!(!before.is_busier_than(after(400), 1), "a clock that went back");
    }

    fn sleeper() -> Child {
        Command::new("sleep").arg("600").spawn().unwrap()
    }

    fn state(child: &Child) -> Option<u8> {
        crate::patience::letter(child.id())
    }

    /// Ends a turn of a worker that has always worked.
    fn end(turns: &Turns, child: &Child) {
        thread::sleep(TURN);
        turns.ran.set(None);
        turns.end(|| Some(Duration::from_secs(1)), || state(child) == Some(b'T'));
    }

    #[test]
    fn a_worker_is_stopped_while_others_are_busy_and_only_then() {
        let mut child = sleeper();
        let turns = Turns { processors: 1, ..Turns::of(child.id()) };
        turns.begin();
        let (done, stopped) = (AtomicBool::new(false), AtomicBool::new(false));
        let begun = Instant::now();
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    stopped.fetch_or(state(&child) == Some(b'T'), Relaxed);
                }
            });
            while !stopped.load(Relaxed) && begun.elapsed() < Duration::from_secs(60) {
                end(&turns, &child);
            }
            done.store(true, Relaxed);
        });
        assert!(stopped.into_inner() && turns.rested() >= REST, "{:?}", turns.rested());
        assert_ne!(state(&child), Some(b'T'), "it goes on");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn nobody_is_stopped_without_a_reason() {
        let mut child = sleeper();
        let any = || Turns { processors: 0, ..Turns::of(child.id()) };
        let outside = any();
        end(&outside, &child);
        let idle = Turns { processors: u32::MAX, ..any() };
        idle.begin();
        end(&idle, &child);
        let (starved, uncounted, early) = (any(), any(), any());
        for turns in [&starved, &uncounted, &early] {
            turns.begin();
        }
        thread::sleep(TURN);
        starved.ran.set(Some(REST));
        starved.end(|| Some(REST), || panic!("it got no processor"));
        uncounted.end(|| None, || panic!("nobody counts"));
        early.last.set(Moment::now());
        early.end(|| panic!("it was no turn"), || panic!("it was no turn"));
        for turns in [outside, idle, starved, uncounted, early] {
            assert_eq!(turns.rested(), Duration::ZERO);
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
