//! As fast as the link and no faster. No clock: time is an argument.

use lockgate_bytes::{Duration, Time};

/// How much of the link may be used ahead of time, in nanoseconds: what the system's timers are late by, and at 9,600 bit/s about one
/// byte.
const SLACK_NANOS: i64 = 1_000_000;

/// Keeps the link's rate. Over any time T no more than `rate * (T + 1 ms)` bits and one datagram are sent.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    bits_per_second: u64,
    /// When the link is done with what was sent.
    free_at: Time,
}

impl Pace {
    /// The rate of the link in bit/s, headers of IP and UDP included; at least 1.
    pub fn new(bits_per_second: u64) -> Self {
        Self { bits_per_second: bits_per_second.max(1), free_at: Time::MIN }
    }

    /// When the next datagram may leave.
    pub fn ready_at(&self) -> Time {
        self.free_at.minus(Duration::from_nanos(SLACK_NANOS))
    }

    /// True where it may leave now.
    pub fn is_ready(&self, now: Time) -> bool {
        now >= self.ready_at()
    }

    /// A datagram of so many bytes on the wire leaves now.
    pub fn spend(&mut self, wire_bytes: u64, now: Time) {
        let bits = u128::from(wire_bytes).saturating_mul(8);
        let nanos = bits.saturating_mul(1_000_000_000).div_ceil(u128::from(self.bits_per_second));
        let takes = Duration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        self.free_at = self.free_at.max(now).plus(takes);
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

    proptest! {
        #[test]
        fn no_window_carries_more_than_the_link(
            rate in prop_oneof![Just(9_600_u64), Just(64_000), Just(2_000_000), 1_u64..10_000_000_000],
            steps in prop::collection::vec((0_i64..3_000_000, 1_u64..65_600), 1..60),
        ) {
            let mut pace = Pace::new(rate);
            let mut now = Time::from_unix_nanos(1);
            let mut sent: alloc::vec::Vec<(Time, u64)> = alloc::vec::Vec::new();
            for (wait, bytes) in steps {
                now = now.plus(Duration::from_nanos(wait)).max(pace.ready_at());
                pace.spend(bytes, now);
                sent.push((now, bytes));
            }
            for from in 0..sent.len() {
                let mut bits = 0_u128;
                for to in from..sent.len() {
                    // All but the last of the window are through the link before the last one leaves.
                    let span = sent[to].0.since(sent[from].0).nanos() as u128 + 1_000_000;
                    prop_assert!(bits * 1_000_000_000 <= u128::from(rate) * span, "window {from}..{to}");
                    bits += u128::from(sent[to].1) * 8;
                }
            }
        }
    }
}
