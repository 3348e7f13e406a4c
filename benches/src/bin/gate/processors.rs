//! What the machine takes of its processors while nothing of ours is at work: one thread for each, which does nothing but
//! look at the clock. Where it was not let run, somebody else was: another program, the kernel, or whoever lends the machine.

use super::lines::{note, print};
use std::thread;
use std::time::{Duration, Instant};

/// How long it is looked: what happens once a second or once in two is seen.
const MEASURED: Duration = Duration::from_secs(4);
/// What takes a processor for less than this is no more than an interrupt.
const BRIEF: Duration = Duration::from_micros(300);
/// Of what stands still for longer than this, a lane that needs its processors has a tail.
const LONG: Duration = Duration::from_millis(1);
/// One object in a thousand: the share of the time that decides a 99.9th percentile.
const THOUSANDTH: f64 = 0.001;

/// How long the processors were away: the longest time in one piece, and how much of each second one of them was away for
/// longer than a millisecond at a time. Where that is more than a thousandth, a note says so.
pub(super) fn alone(name: &dyn Fn(&str) -> String) -> Result<(), String> {
    let count = thread::available_parallelism().map_or(1, usize::from);
    let away = thread::scope(|scope| {
        let looks: Vec<_> = (0..count).map(|_| scope.spawn(away)).collect();
        looks.into_iter().map(|look| look.join()).collect::<Result<Vec<_>, _>>()
    });
    let away =
        away.map_err(|_| "the processors: a thread that looks at the clock stopped".to_owned())?.concat();
    let millis = |away: &Duration| away.as_secs_f64() * 1000.0;
    let longest = away.iter().max().map_or(0.0, millis);
    let long: f64 = away.iter().filter(|away| **away >= LONG).map(millis).sum();
    let a_second = long / MEASURED.as_secs_f64();
    print(&name("processors.away.longest"), longest, "ms");
    print(&name("processors.away"), a_second, "ms/s");
    if a_second > THOUSANDTH * 1000.0 {
        note(&format!(
            "p999 at half load: with nothing of ours at work one of the {count} processors was away for {a_second:.1} ms of each second, up to \
             {longest:.1} ms in one piece, so more than one object in a thousand meets that"
        ));
    }
    Ok(())
}

/// Each time that this thread was not let run.
fn away() -> Vec<Duration> {
    let begun = Instant::now();
    let (mut last, mut away) = (begun, Vec::new());
    while last.duration_since(begun) < MEASURED {
        let now = Instant::now();
        let since = now.duration_since(last);
        if since >= BRIEF {
            away.push(since);
        }
        last = now;
    }
    away
}
