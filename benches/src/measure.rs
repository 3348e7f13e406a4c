//! Times what is to be compared in turn, pass by pass, so that drift hits all of it alike.

use std::time::Instant;

/// Processor time of this thread, in nanoseconds.
#[cfg(target_os = "linux")]
pub fn thread_time() -> u64 {
    let now = nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID);
    now.map_or(0, |now| now.tv_sec() as u64 * 1_000_000_000 + now.tv_nsec() as u64)
}

/// Time since it was asked for first, in nanoseconds: where threads have no clock of their own.
#[cfg(not(target_os = "linux"))]
pub fn thread_time() -> u64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as u64
}

/// Processor time of the best of `passes` runs of `work`, after one to warm up, in microseconds.
pub fn best_of(passes: usize, mut work: impl FnMut()) -> f64 {
    work();
    let pass = |_| {
        let start = thread_time();
        work();
        thread_time() - start
    };
    (0..passes).map(pass).min().unwrap_or(u64::MAX) as f64 / 1_000.0
}

/// One thing to time: a name, and work that takes event number `n`.
pub struct Subject<'a> {
    /// What the figures are called.
    pub name: &'static str,
    /// Does the work for one event.
    pub work: Box<dyn FnMut(usize) + 'a>,
}

/// What was measured of one subject, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Mean over the events, each at its best pass.
    pub mean: f64,
    /// Median over the events, each at its best pass.
    pub p50: f64,
    /// 99th percentile over the events, each at its best pass.
    pub p99: f64,
    /// 99th percentile of all raw samples, noise of the machine included.
    pub raw_p99: f64,
    /// 99.9th percentile of all raw samples.
    pub raw_p999: f64,
}

/// Runs every subject over `events` events, `passes` times in turn after one pass to warm up.
pub fn measure(subjects: &mut [Subject<'_>], events: usize, passes: usize) -> Vec<Figures> {
    let mut samples: Vec<Vec<u64>> = subjects.iter().map(|_| Vec::with_capacity(events * passes)).collect();
    for subject in subjects.iter_mut() {
        (0..events).for_each(|event| (subject.work)(event));
    }
    for _ in 0..passes {
        for (subject, own) in subjects.iter_mut().zip(&mut samples) {
            for event in 0..events {
                let start = Instant::now();
                (subject.work)(event);
                own.push(start.elapsed().as_nanos() as u64);
            }
        }
    }
    samples.iter().map(|own| figures(own, events)).collect()
}

/// The figures of samples that stand pass after pass, `events` a pass.
fn figures(samples: &[u64], events: usize) -> Figures {
    let mut best = vec![u64::MAX; events];
    for pass in samples.chunks(events.max(1)) {
        for (best, sample) in best.iter_mut().zip(pass) {
            *best = (*best).min(*sample);
        }
    }
    let mean = best.iter().sum::<u64>() as f64 / events.max(1) as f64 / 1_000.0;
    let mut raw = samples.to_vec();
    best.sort_unstable();
    raw.sort_unstable();
    Figures {
        mean,
        p50: percentile(&best, 500),
        p99: percentile(&best, 990),
        raw_p99: percentile(&raw, 990),
        raw_p999: percentile(&raw, 999),
    }
}

/// The smallest sample that `thousandths` of all do not exceed, in microseconds.
fn percentile(sorted: &[u64], thousandths: usize) -> f64 {
    let rank = (sorted.len() * thousandths).div_ceil(1_000).max(1) - 1;
    sorted.get(rank).map_or(0.0, |nanos| *nanos as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::{Subject, figures, measure, percentile};

    #[test]
    fn each_event_counts_with_its_best_pass_and_raw_samples_with_all() {
        // Two events, three passes, in nanoseconds.
        let found = figures(&[1_000, 9_000, 5_000, 3_000, 2_000, 4_000], 2);
        assert_eq!((found.mean, found.p50, found.p99), (2.0, 1.0, 3.0));
        assert_eq!((found.raw_p99, found.raw_p999), (9.0, 9.0));
    }

    #[test]
    fn percentiles_are_ranks() {
        let sorted: Vec<u64> = (1..=1_000).map(|n| n * 1_000).collect();
        assert_eq!(percentile(&sorted, 500), 500.0);
        assert_eq!(percentile(&sorted, 990), 990.0);
        assert_eq!(percentile(&sorted, 999), 999.0);
    }

    #[test]
    fn every_subject_sees_every_event_in_every_pass() {
        let count = std::cell::Cell::new(0);
        let work = || -> Box<dyn FnMut(usize)> { Box::new(|_| count.set(count.get() + 1)) };
        let mut subjects = [Subject { name: "a", work: work() }, Subject { name: "b", work: work() }];
        assert_eq!(measure(&mut subjects, 10, 7).len(), 2);
        drop(subjects);
        assert_eq!(count.get(), 2 * 10 * 8);
    }
}
