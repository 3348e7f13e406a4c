//! What a source may send: a rate in bits a second with a burst, and perhaps objects a second.

use lockgate_bytes::{Duration, Time};

/// Nanoseconds of a second.
const SECOND: u128 = 1_000_000_000;

/// The agreed rate of one source. Whatever listener it comes through, it is one allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Bits of objects a second, at least 1.
    pub bits: u64,
    /// Bytes that may come at once after silence, at least 1.
    pub burst_bytes: u64,
    /// Objects a second, at least 1; as many may come at once.
    pub objects: Option<u64>,
}

/// What is left of a rate at some moment.
#[derive(Debug)]
pub(crate) struct Allowance {
    bits: Bucket,
    objects: Option<Bucket>,
}

impl Allowance {
    pub(crate) fn new(rate: Rate) -> Self {
        let objects = rate.objects.map(|objects| Bucket::new(objects, objects));
        Self { bits: Bucket::new(rate.bits, rate.burst_bytes.saturating_mul(8)), objects }
    }

    /// Spends one object of `bytes`; false, and nothing spent, where the rate is used up.
    pub(crate) fn spend(&mut self, bytes: usize, now: Time) -> bool {
        let bits = bits_of(bytes);
        let allowed =
            self.bits.allows(bits, now) && self.objects.as_ref().is_none_or(|bucket| bucket.allows(1, now));
        if allowed {
            self.charge(bytes, now);
        }
        allowed
    }

    /// True where nothing is owed: whoever can wait may take the next object, of any size, and [`Self::charge`] it.
    pub(crate) fn is_clear(&self, now: Time) -> bool {
        self.bits.allows(1, now) && self.objects.as_ref().is_none_or(|bucket| bucket.allows(1, now))
    }

    /// Spends one object of `bytes`, into debt where need be.
    pub(crate) fn charge(&mut self, bytes: usize, now: Time) {
        self.bits.charge(bits_of(bytes), now);
        if let Some(objects) = &mut self.objects {
            objects.charge(1, now);
        }
    }
}

fn bits_of(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8)
}

/// A token bucket, kept as the time at which it will be full again (GCRA): no tokens to refill.
#[derive(Debug)]
struct Bucket {
    rate: u64,
    burst_nanos: i64,
    full_at: Option<Time>,
}

impl Bucket {
    fn new(rate: u64, burst: u64) -> Self {
        let rate = rate.max(1);
        let mut bucket = Self { rate, burst_nanos: 0, full_at: None };
        bucket.burst_nanos = bucket.cost(burst.max(1)).nanos();
        bucket
    }

    /// How long the rate needs for `units`.
    fn cost(&self, units: u64) -> Duration {
        let nanos = u128::from(units).saturating_mul(SECOND).checked_div(u128::from(self.rate)).unwrap_or(0);
        // A tenth of the range: sums of a few never saturate.
        Duration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX).min(i64::MAX / 10))
    }

    fn allows(&self, units: u64, now: Time) -> bool {
        let full_at = self.full_at.map_or(now, |at| at.max(now));
        full_at.plus(self.cost(units)).since(now).nanos() <= self.burst_nanos
    }

    fn charge(&mut self, units: u64, now: Time) {
        let full_at = self.full_at.map_or(now, |at| at.max(now));
        self.full_at = Some(full_at.plus(self.cost(units)));
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, Rate};
    use lockgate_bytes::Time;

    fn at(millis: i64) -> Time {
        Time::from_unix_nanos(millis * 1_000_000)
    }

    #[test]
    fn a_burst_then_the_rate() {
        let mut allowance = Allowance::new(Rate { bits: 8_000, burst_bytes: 2_000, objects: None });
        let mut taken = |now, bytes| (0..100).filter(|_| allowance.spend(bytes, at(now))).count();
        assert_eq!(taken(0, 1_000), 2, "the burst");
        assert_eq!(taken(999, 1_000), 0);
        assert_eq!(taken(1_000, 1_000), 1, "1,000 bytes a second");
        assert_eq!(taken(60_000, 1_000), 2, "never more than the burst at once");
        assert_eq!(taken(120_000, 2_001), 0, "never an object above the burst");
    }

    #[test]
    fn objects_count_too() {
        let mut allowance = Allowance::new(Rate { bits: 1 << 40, burst_bytes: 1 << 30, objects: Some(3) });
        assert_eq!((0..100).filter(|_| allowance.spend(1, at(0))).count(), 3);
        assert_eq!((0..100).filter(|_| allowance.spend(1, at(334))).count(), 1);
    }

    #[test]
    fn who_can_wait_goes_into_debt_and_pays_it_off() {
        let mut allowance = Allowance::new(Rate { bits: 8_000, burst_bytes: 1_000, objects: None });
        assert!(allowance.is_clear(at(0)));
        allowance.charge(11_000, at(0));
        assert!(!allowance.is_clear(at(9_999)));
        assert!(allowance.is_clear(at(10_002)));
    }

    #[test]
    fn over_an_hour_the_rate_holds() {
        let mut allowance = Allowance::new(Rate { bits: 2_000_000, burst_bytes: 100_000, objects: None });
        let taken: usize = (0..360_000).filter(|tick| allowance.spend(7_919, at(tick * 10))).count();
        let bits = taken * 7_919 * 8;
        assert!((0..=2_000_000 * 3600 + 800_000).contains(&bits) && bits > 1_990_000 * 3600, "{bits}");
    }

    #[test]
    fn extremes_do_not_overflow() {
        let mut allowance =
            Allowance::new(Rate { bits: u64::MAX, burst_bytes: u64::MAX, objects: Some(u64::MAX) });
        assert!(allowance.spend(usize::MAX, Time::MAX));
        assert!(!allowance.is_clear(Time::MIN), "a clock that runs back earns nothing");
        let mut slow = Allowance::new(Rate { bits: 1, burst_bytes: 1, objects: Some(1) });
        assert!(slow.spend(1, Time::MIN) && !slow.spend(usize::MAX, Time::MIN));
    }
}
