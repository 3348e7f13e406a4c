//! How long a process is waited for: time on the wall, less what it waited for a processor.
//!
//! Workers stand back for the fast path as far as the kernel lets them. Where both are busy a worker gets a few thousandths
//! of a processor, and a plain clock on the wall would end while it waits: whoever floods a lane would have every file held as
//! timed out. What a process waited with work to do, the kernel counts: `/proc/PID/schedstat`, three numbers, nanoseconds on a
//! processor, nanoseconds of waiting for one, and turns (Linux, Documentation/scheduler/sched-stats.rst).

use crate::turns::{TURN, Turns};
use std::cell::Cell;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};

/// How long a process is waited for whatever it waited itself. Where everybody else is busy it gets some three thousandths of a
/// processor: a page of a PDF takes 20 ms of one.
const HARD_WALL: Duration = Duration::from_secs(300);
/// How far workers and readers stand back: as far as there is.
const NICE: i32 = 19;
/// The figures are looked at again after so long at least, and at most.
const LOOK_AGAIN: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(250)];
/// Bytes of the figures at most: three numbers of twenty digits.
const FIGURES_BYTES_MAX: u64 = 64;
/// Bytes in which the state of a process stands.
const STATE_BYTES_MAX: u64 = 512;

/// When patience with one process ends.
#[derive(Debug)]
pub(crate) struct Patience {
    began: Instant,
    wall: Duration,
    process: u32,
    waiting: Cell<Waiting>,
    turns: Turns,
}

impl Patience {
    /// From now on, with a child of this process that was not waited for.
    pub(crate) fn with(process: u32, wall: Duration) -> Self {
        let began = Instant::now();
        let waiting = Cell::new(Waiting::from(figures(process), began));
        Self { began, wall, process, waiting, turns: Turns::of(process) }
    }

    /// Has `is_ready` wait for so long at most, turn by turn, until it is or patience is over; false then.
    pub(crate) fn until<E>(&self, mut is_ready: impl FnMut(Duration) -> Result<bool, E>) -> Result<bool, E> {
        while let Some(left) = self.next() {
            let look_again = Instant::now().checked_add(left);
            while look_again.is_some_and(|then| Instant::now() < then) {
                let is_ready = is_ready(TURN)?;
                // Also where something came: whoever answers a byte at a time has its turns all the same.
                self.turns.end(|| figures(self.process).map(|figures| figures.ran), || self.is_stopped());
                if is_ready {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The process has closed its jail, so it ends with this one: from now on it may be stopped.
    pub(crate) fn take_turns(&self) {
        self.turns.begin();
    }

    fn is_stopped(&self) -> bool {
        letter(self.process) == Some(b'T')
    }

    /// How long to wait before looking again; `None` where patience is over.
    fn next(&self) -> Option<Duration> {
        let [least, most] = LOOK_AGAIN;
        let left = left(self.wall, self.began.elapsed(), self.waited());
        (!left.is_zero()).then(|| left.clamp(least, most))
    }

    /// What was spent: time on the wall, less what the process waited, or was stopped.
    pub(crate) fn spent(&self) -> Duration {
        self.began.elapsed().saturating_sub(self.waited())
    }

    fn waited(&self) -> Duration {
        let mut waiting = self.waiting.get();
        waiting.look(figures(self.process), Instant::now(), || is_runnable(self.process));
        self.waiting.set(waiting);
        waiting.waited.saturating_add(self.turns.rested())
    }
}

/// What a process has waited, from look to look. The kernel counts a wait when it is over, and one may take seconds.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// What it had waited before.
    before: Option<Duration>,
    /// What was seen last, and since when it has waited without a change of that, as far as is known.
    last: Option<Figures>,
    since: Instant,
    /// The most that it is known to have waited.
    waited: Duration,
}

impl Waiting {
    fn from(first: Option<Figures>, now: Instant) -> Self {
        Self { before: first.map(|first| first.waited), last: first, since: now, waited: Duration::ZERO }
    }

    /// Takes a look. What cannot be read any more was true once.
    fn look(&mut self, figures: Option<Figures>, now: Instant, is_runnable: impl FnOnce() -> bool) {
        let (Some(before), Some(figures)) = (self.before, figures) else { return };
        // It neither ran nor ended a wait, and has work to do: then it has waited all the time.
        let still = self.last == Some(figures) && is_runnable();
        if !still {
            self.since = now;
        }
        self.last = Some(figures);
        let ended = figures.waited.saturating_sub(before);
        let all = ended.saturating_add(now.saturating_duration_since(self.since));
        self.waited = self.waited.max(all);
    }
}

/// What is left of `wall` after `elapsed`, of which it `waited` so long for a processor. Nobody waits longer than the hard bound.
fn left(wall: Duration, elapsed: Duration, waited: Duration) -> Duration {
    let given = wall.saturating_sub(elapsed.saturating_sub(waited));
    given.min(HARD_WALL.max(wall).saturating_sub(elapsed))
}

/// What the kernel says of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Figures {
    ran: Duration,
    waited: Duration,
}

fn figures(process: u32) -> Option<Figures> {
    read(Path::new(&format!("/proc/{process}/schedstat")))
}

fn read(file: &Path) -> Option<Figures> {
    let mut text = String::new();
    File::open(file).ok()?.take(FIGURES_BYTES_MAX).read_to_string(&mut text).ok()?;
    understood(&text)
}

/// True where a process has work to do, by what the kernel says of it.
fn is_runnable(process: u32) -> bool {
    letter(process) == Some(b'R')
}

/// The letter of the state of a process: runnable, stopped, asleep.
pub(crate) fn letter(process: u32) -> Option<u8> {
    let mut text = Vec::new();
    let file = File::open(format!("/proc/{process}/stat")).ok()?;
    file.take(STATE_BYTES_MAX).read_to_end(&mut text).ok()?;
    state(&text)
}

/// A letter behind the name, which ends with the last bracket.
fn state(text: &[u8]) -> Option<u8> {
    let name_end = text.iter().rposition(|byte| *byte == b')')?;
    match text.get(name_end..)? {
        [b')', b' ', state, b' ', ..] => Some(*state),
        _ => None,
    }
}

/// Exactly three numbers on one line, or nothing.
fn understood(text: &str) -> Option<Figures> {
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u64>().ok().filter(|_| digits)
    };
    let mut parts = text.strip_suffix('\n')?.split(' ').map(number);
    let (ran, waited, _turns) = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(())?;
    Some(Figures { ran: Duration::from_nanos(ran), waited: Duration::from_nanos(waited) })
}

/// Lets everybody else go first, from now on and for good. Where this kernel does not count how long a process waits, its
/// parent's clock is a plain one, and it stands back no further than `otherwise`.
pub(crate) fn stand_back(otherwise: i32) -> Result<(), rustix::io::Errno> {
    let counts = read(Path::new("/proc/self/schedstat")).is_some_and(|figures| !figures.ran.is_zero());
    if counts {
        run_when_idle();
    }
    rustix::process::nice(if counts { NICE } else { otherwise }).map(drop)
}

/// Whoever wakes up takes the processor from this process at once (`SCHED_IDLE`, sched(7)). At nice 19 alone it would keep it to
/// the end of its turn, some milliseconds in which a track waits. A machine that does not allow this has the nice value still.
fn run_when_idle() {
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    // The nice value becomes 0 by this, where that may be: it is set next.
    let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_a_process_waited_is_given_back_up_to_the_hard_bound() {
        let wall = seconds(10);
        // Never waited: the plain clock.
        assert_eq!(left(wall, seconds(4), seconds(0)), seconds(6));
        assert_eq!(left(wall, seconds(10), seconds(0)), seconds(0));
        // Waited for all but a second.
        assert_eq!(left(wall, seconds(30), seconds(29)), seconds(9));
        assert_eq!(left(wall, seconds(30), seconds(20)), seconds(0));
        // Waits for ever.
        assert_eq!(left(wall, seconds(299), seconds(299)), seconds(1));
        assert_eq!(left(wall, seconds(300), seconds(300)), seconds(0));
        assert_eq!(left(wall, seconds(1), seconds(600)), wall, "more than there was");
        assert_eq!(
            left(seconds(390), seconds(389), seconds(5)),
            seconds(1),
            "who asks for more, gets no less"
        );
    }

    #[test]
    fn only_the_kernels_three_numbers_are_figures() {
        let is = |ran, waited| {
            Some(Figures { ran: Duration::from_nanos(ran), waited: Duration::from_nanos(waited) })
        };
        assert_eq!(understood("357408 2206563 1\n"), is(357_408, 2_206_563));
        assert_eq!(understood("0 0 0\n"), is(0, 0));
        assert_eq!(understood(&format!("{0} {0} {0}\n", u64::MAX)), is(u64::MAX, u64::MAX));
        for wrong in [
            "",
            "\n",
            "1 2 3",
            "1 2\n",
            "1 2 \n",
            "1 2 3 4\n",
            "1 2 3\n4 5 6\n",
            " 1 2 3\n",
            "1  2 3\n",
            "-1 2 3\n",
            "+1 2 3\n",
            "1 2.5 3\n",
            "1 18446744073709551616 3\n",
            "x y z\n",
            "1\t2\t3\n",
        ] {
            assert_eq!(understood(wrong), None, "{wrong:?}");
        }
        assert_eq!(read(Path::new("/proc/self/no-such-thing")), None);
        assert_eq!(read(Path::new("/proc/self")), None, "a folder");
        assert_eq!(figures(u32::MAX), None, "no such process");
    }

    #[test]
    fn without_figures_it_is_a_plain_clock() {
        let patience = Patience::with(u32::MAX, Duration::from_millis(1));
        std::thread::sleep(Duration::from_millis(3));
        assert_eq!(patience.next(), None);
        assert!(patience.spent() >= Duration::from_millis(3));
        let ours = Patience::with(std::process::id(), seconds(1000));
        assert_eq!(ours.next(), Some(LOOK_AGAIN[1]));
    }

    #[test]
    fn a_wait_counts_while_it_lasts_and_only_with_work_to_do() {
        let zero = Instant::now();
        let at = |tenths: u64| zero + Duration::from_millis(tenths * 100);
        let figures = |ran: u64, waited: u64| {
            Some(Figures {
                ran: Duration::from_millis(ran * 100),
                waited: Duration::from_millis(waited * 100),
            })
        };
        let tenths = |waiting: &Waiting| waiting.waited.as_millis() / 100;
        let mut waiting = Waiting::from(figures(5, 7), zero);
        // It waits from the start.
        waiting.look(figures(5, 7), at(3), || true);
        assert_eq!(tenths(&waiting), 3);
        waiting.look(figures(5, 7), at(9), || true);
        assert_eq!(tenths(&waiting), 9);
        // The wait is over, and counted by the kernel: not twice.
        waiting.look(figures(6, 17), at(11), || panic!("it ran"));
        assert_eq!(tenths(&waiting), 10);
        // It sleeps: that is time of its own. Then it waits again.
        waiting.look(figures(6, 17), at(20), || false);
        assert_eq!(tenths(&waiting), 10);
        waiting.look(figures(6, 17), at(24), || true);
        assert_eq!(tenths(&waiting), 14);
        // What cannot be read, or goes back, takes nothing away and gives nothing.
        waiting.look(None, at(50), || true);
        waiting.look(figures(0, 0), at(60), || true);
        assert_eq!(tenths(&waiting), 14);
        let mut unknown = Waiting::from(None, zero);
        unknown.look(figures(1, 9), at(9), || true);
        assert_eq!(tenths(&unknown), 0);
    }

    #[test]
    fn the_state_stands_behind_the_last_bracket() {
        assert_eq!(state(b"12 (lockgate-worker) R 1 2"), Some(b'R'));
        assert_eq!(state(b"12 (a) R 1 (b) S 1 2"), Some(b'S'));
        for wrong in [&b""[..], b"12 (a", b"12 (a)", b"12 (a) ", b"12 (a) R", b"12 (a) RR 1"] {
            assert_eq!(state(wrong), None);
        }
        assert!(!is_runnable(u32::MAX), "no such process");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[0-9 \\n]{0,40}|\\PC{0,40}") {
            let _ = understood(&text);
        }

        #[test]
        fn nobody_is_waited_for_longer_than_the_bounds(wall in 0_u64..100, elapsed in 0_u64..200, waited: u64) {
            let (wall, elapsed) = (seconds(wall), seconds(elapsed));
            let left = left(wall, elapsed, Duration::from_nanos(waited));
            prop_assert!(left <= wall);
            prop_assert!(left.is_zero() || elapsed + left <= HARD_WALL.max(wall));
            prop_assert!(left >= wall.saturating_sub(elapsed).min(HARD_WALL.max(wall) - elapsed.min(HARD_WALL.max(wall))));
        }
    }
}
