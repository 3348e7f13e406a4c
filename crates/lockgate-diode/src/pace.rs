//! As fast as the link and no faster. No clock: time is an argument.

use lockgate_bytes::{Duration, Time};

/// How much of the link may be used ahead of time, in nanoseconds: what the system's timers are late by, and at 9,600 bit/s about one
/// byte.
const SLACK_NANOS: i64 = 1_000_000;

/// Keeps the link's rate. Over any time T no more than `rate * (T + 1 ms + burst)` bits and one datagram are sent.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    bits_per_second: u64,
    /// How much of a stall is given back.
    burst: Duration,
    /// When the link is done with what was sent.
    free_at: Time,
    /// There was nothing to send: that is no stall.
    has_rested: bool,
}

impl Pace {
    /// The rate of the link in bit/s, headers of IP and UDP included; at least 1.
    pub fn new(bits_per_second: u64) -> Self {
        let burst = Duration::from_nanos(0);
        Self { bits_per_second: bits_per_second.max(1), burst, free_at: Time::MIN, has_rested: true }
    }

    /// The same, where the sender was busy with something else while the link was free: so much of that time is not lost.
    pub fn giving_back(self, burst: Duration) -> Self {
        Self { burst, ..self }
    }

    /// When the next datagram may leave.
    pub fn ready_at(&self) -> Time {
        self.free_at.minus(Duration::from_nanos(SLACK_NANOS))
    }

    /// True where it may leave now.
    pub fn is_ready(&self, now: Time) -> bool {
        now >= self.ready_at()
    }

    /// There is nothing to send: the time until there is will not be saved up.
    pub fn rest(&mut self) {
        self.has_rested = true;
    }

    /// A datagram of so many bytes on the wire leaves now.
    pub fn spend(&mut self, wire_bytes: u64, now: Time) {
        let bits = u128::from(wire_bytes).saturating_mul(8);
        let nanos = bits.saturating_mul(1_000_000_000).div_ceil(u128::from(self.bits_per_second));
        let takes = Duration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        let since = if core::mem::take(&mut self.has_rested) { now } else { now.minus(self.burst) };
        self.free_at = self.free_at.max(since).plus(takes);
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use lockgate_bytes::{Duration, Time};
    use proptest::prelude::*;

    #[test]
    fn one_kibibyte_takes_its_time_on_a_thin_link() {
        let mut pace = Pace::new(9_600);
        let start = Time::from_unix_nanos(0);
        pace.spend(1_024 + 28, start);
        // 8,416 bits at 9,600 bit/s, less the slack.
        assert_eq!(pace.ready_at().since(start), Duration::from_nanos(876_666_667 - 1_000_000));
        assert!(!pace.is_ready(Time::from_unix_nanos(875_000_000)));
    }

    #[test]
    fn time_without_traffic_is_not_saved_up() {
        let mut pace = Pace::new(8_000);
        let late = Time::from_unix_nanos(3_600_000_000_000);
        pace.spend(1_000, late);
        assert!(!pace.is_ready(late));
    }

    /// Datagrams that leave within a second in which the sender does something else for so long, once or all the time it has.
    fn within_a_second(burst: i64, stalls: i64, rests: bool) -> usize {
        let mut pace = Pace::new(8_000_000).giving_back(Duration::from_nanos(burst * 1_000_000));
        let (start, mut now, mut count) = (Time::from_unix_nanos(0), Time::from_unix_nanos(0), 0);
        while now.since(start).nanos() < 1_000_000_000 {
            if count == 500 {
                now = now.plus(Duration::from_nanos(stalls * 1_000_000));
                if rests {
                    pace.rest();
                }
            }
            now = now.max(pace.ready_at());
            pace.spend(1_000, now);
            count += 1;
        }
        count
    }

    #[test]
    fn what_a_stall_kept_back_is_given_back_and_what_a_rest_did_is_not() {
        let whole = within_a_second(0, 0, false);
        assert!((1_001..=1_002).contains(&whole), "one each millisecond, and the slack: {whole}");
        assert_eq!(within_a_second(50, 0, false), whole, "without a stall nothing leaves earlier");
        assert_eq!(within_a_second(50, 30, false), whole);
        // What the stall keeps back for good, less the slack and the datagram at its end.
        for (burst, rests, lost) in [(20, false, 10), (0, false, 30), (50, true, 30)] {
            let less = whole - within_a_second(burst, 30, rests);
            assert!((lost - 2..=lost).contains(&less), "{less} of {lost}");
        }
    }

    proptest! {
        #[test]
        fn no_window_carries_more_than_the_link(
            rate in prop_oneof![Just(9_600_u64), Just(64_000), Just(2_000_000), 1_u64..10_000_000_000],
            steps in prop::collection::vec((0_i64..3_000_000, 1_u64..65_600, any::<bool>()), 1..60),
            burst in prop_oneof![Just(0), 0_i64..20_000_000],
        ) {
            let mut pace = Pace::new(rate).giving_back(Duration::from_nanos(burst));
            let mut now = Time::from_unix_nanos(1);
            let mut sent: alloc::vec::Vec<(Time, u64)> = alloc::vec::Vec::new();
            for (wait, bytes, rests) in steps {
                if rests {
                    pace.rest();
                }
                now = now.plus(Duration::from_nanos(wait)).max(pace.ready_at());
                pace.spend(bytes, now);
                sent.push((now, bytes));
            }
            for from in 0..sent.len() {
                let mut bits = 0_u128;
                for to in from..sent.len() {
                    // All but the last of the window are through the link before the last one leaves.
                    let span = sent[to].0.since(sent[from].0).nanos() as u128 + 1_000_000 + burst as u128;
                    prop_assert!(bits * 1_000_000_000 <= u128::from(rate) * span, "window {from}..{to}");
                    bits += u128::from(sent[to].1) * 8;
                }
            }
        }
    }
}
