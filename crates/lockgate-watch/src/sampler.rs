//! The last second and the last minute, taken from counters that only grow: once a second everything is copied, and what
//! is asked for is the difference to a former copy. The threads of the lane know nothing of it.

use crate::gauges::Gauges;
use crate::histogram::Counts;
use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;

/// Copies kept: one for each second of the last minute, and the one before.
const COPIES: usize = 61;
/// Shortest time between two copies.
const SECOND_NANOS: u64 = 1_000_000_000;

/// Remembers the last minute of a lane.
#[derive(Debug, Default)]
pub struct Sampler(VecDeque<Copy>);

#[derive(Debug)]
struct Copy {
    steady_nanos: u64,
    came_in: u64,
    went_out: u64,
    latency: Vec<Counts>,
    way: Counts,
}

/// Objects a second; in thousandths, so that slow lanes show, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Over the last second.
    pub second_milli: u64,
    /// Over the last minute, or since the start where that is shorter ago.
    pub minute_milli: u64,
}

/// What the last minute brought.
#[derive(Debug)]
pub(crate) struct Lately {
    pub(crate) came_in: Rate,
    pub(crate) went_out: Rate,
    pub(crate) latency: Vec<Counts>,
    pub(crate) way: Counts,
}

impl Sampler {
    /// Takes a copy where the last one is a second old. To be called often.
    pub fn tick(&mut self, gauges: &Gauges, steady_nanos: u64) {
        let due = |last: &Copy| steady_nanos >= last.steady_nanos.saturating_add(SECOND_NANOS);
        if self.0.back().is_none_or(due) {
            if self.0.len() >= COPIES {
                self.0.pop_front();
            }
            self.0.push_back(Copy::of(gauges, steady_nanos));
        }
    }

    pub(crate) fn lately(&self, gauges: &Gauges, steady_nanos: u64) -> Lately {
        let now = Copy::of(gauges, steady_nanos);
        let Some(minute) = self.0.front() else {
            let (latency, way) = (now.latency.iter().map(|_| Counts::default()).collect(), Counts::default());
            return Lately { came_in: Rate::default(), went_out: Rate::default(), latency, way };
        };
        // The newest copy that is at least half a second old: fresh enough, and long enough to count in.
        let old = |copy: &&Copy| steady_nanos.saturating_sub(copy.steady_nanos) >= SECOND_NANOS / 2;
        let second = self.0.iter().rev().find(old).unwrap_or(minute);
        let rate = |count: fn(&Copy) -> u64| Rate {
            second_milli: per_second(count(&now), count(second), steady_nanos, second.steady_nanos),
            minute_milli: per_second(count(&now), count(minute), steady_nanos, minute.steady_nanos),
        };
        Lately {
            came_in: rate(|copy| copy.came_in),
            went_out: rate(|copy| copy.went_out),
            latency: now.latency.iter().zip(&minute.latency).map(|(now, then)| now.since(then)).collect(),
            way: now.way.since(&minute.way),
        }
    }
}

impl Copy {
    fn of(gauges: &Gauges, steady_nanos: u64) -> Self {
        Self {
            steady_nanos,
            came_in: gauges.came_in.objects.load(Relaxed),
            went_out: gauges.went_out.objects.load(Relaxed),
            latency: gauges.latency.iter().map(crate::Histogram::counts).collect(),
            way: gauges.way.counts(),
        }
    }
}

/// Thousandths of an object a second.
fn per_second(now: u64, then: u64, now_nanos: u64, then_nanos: u64) -> u64 {
    let milli = u128::from(now.saturating_sub(then)).saturating_mul(1_000_000_000_000);
    let nanos = u128::from(now_nanos.saturating_sub(then_nanos));
    milli.checked_div(nanos).and_then(|rate| u64::try_from(rate).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{COPIES, Rate, Sampler};
    use crate::{Gauges, Stage};
    use lockgate_bytes::Time;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn rates_and_percentiles_forget_what_is_older_than_a_minute() {
        let gauges = Gauges::new("lane", "0", Time::from_unix_nanos(0));
        let mut sampler = Sampler::default();
        sampler.tick(&gauges, 0);
        for second in 0..200 {
            let (objects, nanos) = if second < 100 { (10, 1_000) } else { (4, 1_000_000) };
            for _ in 0..objects {
                gauges.came_in(Time::from_unix_nanos(second));
                gauges.took(Stage::Decide, nanos);
            }
            sampler.tick(&gauges, (second as u64 + 1) * SECOND);
            if second == 99 {
                let lately = sampler.lately(&gauges, 100 * SECOND + SECOND / 2);
                assert_eq!(lately.came_in.minute_milli, 9_917);
            }
        }
        let lately = sampler.lately(&gauges, 200 * SECOND + SECOND / 2);
        let decide = &lately.latency[Stage::Decide.place()];
        assert_eq!((decide.total(), decide.within(1)), (240, Some(1_000_000)));
        assert_eq!(lately.came_in, Rate { second_milli: 0, minute_milli: 3_966 });
        assert_eq!(sampler.0.len(), COPIES);
    }

    #[test]
    fn ticks_within_a_second_cost_nothing() {
        let gauges = Gauges::new("lane", "0", Time::from_unix_nanos(0));
        let mut sampler = Sampler::default();
        (0..100).for_each(|at| sampler.tick(&gauges, at));
        assert_eq!(sampler.0.len(), 1);
        assert_eq!(Sampler::default().lately(&gauges, 5).went_out, Rate::default());
    }
}
