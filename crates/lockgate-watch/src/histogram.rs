//! Latencies in fixed buckets, spaced by the E24 series from 1 us to 10 s: what a percentile says is at most 15 % above
//! what was measured. Buckets are the same everywhere, so histograms add up.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One decade of bounds, in tenths.
const E24: [u64; 24] =
    [10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91];
/// Decades from 1 us to 10 s.
const DECADES: usize = 7;
/// Bounds, both ends included.
const BOUNDS: usize = 24 * DECADES + 1;
/// Buckets: one a bound, and one for what took longer.
pub const BUCKETS: usize = BOUNDS + 1;

/// Counts what took how long. Recording costs two additions, allocates nothing and waits for nobody. Aligned, so that
/// threads that feed neighbours do not meet in a cache line.
#[derive(Debug)]
#[repr(align(128))]
pub struct Histogram {
    buckets: Box<[AtomicU64; BUCKETS]>,
    sum_nanos: AtomicU64,
}

/// What a histogram held at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    buckets: Box<[u64; BUCKETS]>,
    sum_nanos: u64,
}

impl Histogram {
    /// An empty one.
    pub fn new() -> Self {
        Self { buckets: Box::new([const { AtomicU64::new(0) }; BUCKETS]), sum_nanos: AtomicU64::new(0) }
    }

    /// Counts one duration in nanoseconds.
    pub fn record(&self, nanos: u64) {
        if let Some(bucket) = self.buckets.get(SCALE.bucket(nanos)) {
            bucket.fetch_add(1, Relaxed);
        }
        self.sum_nanos.fetch_add(nanos, Relaxed);
    }

    /// What it holds now.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (copy, bucket) in counts.buckets.iter_mut().zip(self.buckets.iter()) {
            *copy = bucket.load(Relaxed);
        }
        counts.sum_nanos = self.sum_nanos.load(Relaxed);
        counts
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self { buckets: Box::new([0; BUCKETS]), sum_nanos: 0 }
    }
}

impl Counts {
    /// How many durations.
    pub fn total(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Their sum, in nanoseconds.
    pub fn sum_nanos(&self) -> u64 {
        self.sum_nanos
    }

    /// What was added since `before`.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let mut counts = self.clone();
        for (count, before) in counts.buckets.iter_mut().zip(before.buckets.iter()) {
            *count = count.saturating_sub(*before);
        }
        counts.sum_nanos = self.sum_nanos.saturating_sub(before.sum_nanos);
        counts
    }

    /// Adds another's counts: the histogram of both.
    pub fn merge(&mut self, other: &Self) {
        for (count, other) in self.buckets.iter_mut().zip(other.buckets.iter()) {
            *count = count.saturating_add(*other);
        }
        self.sum_nanos = self.sum_nanos.saturating_add(other.sum_nanos);
    }

    /// The time in nanoseconds within which `permille` of 1,000 were done: the upper bound of their bucket; 10 s stands
    /// for 10 s and longer. `None` where nothing was counted.
    pub fn within(&self, permille: u64) -> Option<u64> {
        let total = self.total();
        let rank = u128::from(total).saturating_mul(u128::from(permille)).div_ceil(1000).max(1);
        let mut seen = 0_u128;
        let at = self.buckets.iter().position(|count| {
            seen = seen.saturating_add(u128::from(*count));
            seen >= rank
        })?;
        SCALE.bounds.get(at).or(SCALE.bounds.last()).copied()
    }

    /// Bounds in nanoseconds, and how many took at most so long: three bounds a decade, as Prometheus shows them.
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let mut seen = 0_u64;
        let all = SCALE.bounds.iter().zip(self.buckets.iter()).map(move |(bound, count)| {
            seen = seen.saturating_add(*count);
            (*bound, seen)
        });
        all.step_by(8)
    }
}

static SCALE: LazyLock<Scale> = LazyLock::new(Scale::new);

struct Scale {
    /// Upper bounds in nanoseconds, rising, each included in its bucket.
    bounds: [u64; BOUNDS],
    /// For each length in bits of a duration, the first bucket that can hold it.
    starts: [usize; 65],
}

impl Scale {
    fn new() -> Self {
        let mut bounds = [10_000_000_000_u64; BOUNDS];
        let mut unit = 100_u64;
        for decade in bounds.chunks_exact_mut(E24.len()) {
            for (bound, step) in decade.iter_mut().zip(E24) {
                *bound = step.saturating_mul(unit);
            }
            unit = unit.saturating_mul(10);
        }
        let mut starts = [0; 65];
        for (bits, start) in (0_u32..).zip(starts.iter_mut()) {
            let least = 1_u64.checked_shl(bits.saturating_sub(1)).unwrap_or(u64::MAX);
            *start = bounds.partition_point(|bound| *bound < least);
        }
        Self { bounds, starts }
    }

    fn bucket(&self, nanos: u64) -> usize {
        let bits = u64::BITS.saturating_sub(nanos.leading_zeros());
        let start = usize::try_from(bits).ok().and_then(|bits| self.starts.get(bits)).copied().unwrap_or(0);
        // At most eight bounds lie within one power of two.
        let above = self.bounds.iter().skip(start).take_while(|bound| **bound < nanos).count();
        start.saturating_add(above)
    }
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, Counts, Histogram, SCALE};
    use proptest::prelude::*;

    #[test]
    fn bounds_rise_from_a_microsecond_to_ten_seconds() {
        assert_eq!((SCALE.bounds[0], SCALE.bounds[BOUNDS - 1]), (1_000, 10_000_000_000));
        assert!(SCALE.bounds.windows(2).all(|pair| pair[0] < pair[1] && pair[1] * 100 <= pair[0] * 116));
        let shown: Vec<u64> = Counts::default().cumulative().map(|(bound, _)| bound).collect();
        assert_eq!((&shown[..4], shown.len()), (&[1_000, 2_200, 4_700, 10_000][..], 22));
        assert_eq!(shown.last(), Some(&10_000_000_000));
    }

    #[test]
    fn percentiles_are_bounds_of_buckets() {
        let histogram = Histogram::new();
        assert_eq!(histogram.counts().within(500), None);
        for micros in 1..=1000 {
            histogram.record(micros * 1000);
        }
        let counts = histogram.counts();
        assert_eq!(counts.total(), 1000);
        assert_eq!(counts.within(500), Some(510_000));
        assert_eq!(counts.within(990), Some(1_000_000));
        histogram.record(u64::MAX);
        assert_eq!(histogram.counts().within(1000), Some(10_000_000_000));
    }

    proptest! {
        #[test]
        fn every_duration_falls_where_a_search_puts_it(nanos in prop_oneof![any::<u64>(), 0..20_000_000_000_u64]) {
            prop_assert_eq!(SCALE.bucket(nanos), SCALE.bounds.partition_point(|bound| *bound < nanos));
        }

        #[test]
        fn histograms_add_up_and_take_away(a in proptest::collection::vec(0..20_000_000_000_u64, 0..50),
                                           b in proptest::collection::vec(0..20_000_000_000_u64, 0..50)) {
            let (first, second, both) = (Histogram::new(), Histogram::new(), Histogram::new());
            a.iter().for_each(|nanos| { first.record(*nanos); both.record(*nanos); });
            b.iter().for_each(|nanos| { second.record(*nanos); both.record(*nanos); });
            let mut sum = first.counts();
            sum.merge(&second.counts());
            prop_assert_eq!(&sum, &both.counts());
            prop_assert_eq!(sum.since(&first.counts()), second.counts());
        }
    }
}
