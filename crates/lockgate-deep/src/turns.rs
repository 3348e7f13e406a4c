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
    last: Cell<Moment>,
    rested: Cell<Duration>,
}

impl Turns {
    /// Those of a child of this process that was not waited for: as long as that is so, its number is nobody else's.
    pub(crate) fn of(process: u32) -> Self {
        let processors =
            thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(1));
        Self {
            process: i32::try_from(process).ok().and_then(Pid::from_raw),
            processors,
            last: Cell::new(Moment::now()),
            rested: Cell::default(),
        }
    }

    /// Ends a turn: where this process has much else to do, the worker is stopped, and goes on after a while. To be called by
    /// the thread that waits for it, again and again.
    pub(crate) fn end(&self) {
        let now = Moment::now();
        let is_busy = now.is_busier_than(self.last.get(), self.processors);
        self.last.set(now);
        let Some(process) = self.process.filter(|_| is_busy) else { return };
        if kill_process(process, Signal::STOP).is_err() {
            return;
        }
        thread::sleep(REST);
        // It cannot fail where the other did not: nobody else waits for this child. A parent that is killed meanwhile takes its
        // children with it (`PR_SET_PDEATHSIG`).
        let _ = kill_process(process, Signal::CONT);
        let then = Moment::now();
        self.rested.set(self.rested.get().saturating_add(then.at.saturating_duration_since(now.at)));
        self.last.set(then);
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

    fn state(child: &Child) -> u8 {
        let text = std::fs::read(format!("/proc/{}/stat", child.id())).unwrap();
        crate::patience::state(&text).unwrap()
    }

    #[test]
    fn a_worker_is_stopped_while_others_are_busy_and_only_then() {
        let mut child = sleeper();
        let turns = Turns { processors: 1, ..Turns::of(child.id()) };
        // Other tests of this process may be busy, too; what is waited for is that it ends.
        let (done, stopped) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    stopped.fetch_or(state(&child) == b'T', Relaxed);
                }
            });
            while !stopped.load(Relaxed) {
                thread::sleep(TURN);
                turns.end();
            }
            done.store(true, Relaxed);
        });
        assert!(turns.rested() >= REST);
        assert_ne!(state(&child), b'T', "it goes on");
        let idle = Turns { processors: u32::MAX, ..Turns::of(child.id()) };
        thread::sleep(TURN);
        idle.end();
        assert_eq!(idle.rested(), Duration::ZERO);
        let nobody = Turns { process: None, processors: 0, ..Turns::of(0) };
        nobody.end();
        assert_eq!(nobody.rested(), Duration::ZERO);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
