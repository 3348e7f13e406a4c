//! What a sender is told about its link. A receiver needs none of it but the link: datagrams describe themselves.

use crate::{Pace, manifest};
use alloc::vec::Vec;
use core::fmt;
use lockgate_bytes::{Duration, Precedence};

/// How one link is used. [`Terms::check`] holds every bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Number of the link, the same at both ends.
    pub link: u16,
    /// The largest datagram in bytes, tag included, headers of UDP and IP not: 512 to 9,000.
    pub payload: usize,
    /// What UDP, IP and the link beneath add to each datagram, in bytes: 28 for IPv4. At most 200.
    pub headers: usize,
    /// Rate of the link in bit/s, headers included; none where datagrams leave as fast as they are taken.
    pub rate: Option<u64>,
    /// So much of a stall of the sender is given back: within it what was kept back leaves as fast as it is made. At most 20 ms; in a
    /// constant stream 50 ms, whatever stands here.
    pub burst: Duration,
    /// All datagrams of one size, at the link's rate, whether there is something to send or not. Needs a rate.
    pub constant: bool,
    /// Repairs of small objects per hundred of their datagrams: 0 to 200.
    pub small_repair: u8,
    /// How many of the last datagrams a repair covers: 1 to 64.
    pub window: u8,
    /// After the last small object of a class, when its repairs follow that no later object brings; at most 4, growing.
    pub tail: Vec<Duration>,
    /// Repair symbols of a block per hundred source symbols, rounded up: 0 to 100.
    pub block_repair: u8,
    /// Objects from this class on are sent again; none: no object is.
    pub repeat_from: Option<Precedence>,
    /// How long after the first time they are sent again; at most 4, growing.
    pub repeats: Vec<Duration>,
    /// The most bytes that wait to be sent again; what finds no room is not repeated, and counted.
    pub repeat_bytes: usize,
    /// Between two heartbeats: 10 ms to 65 s.
    pub heartbeat: Duration,
    /// Between two manifests, while there is something new; a full one leaves at once. 10 ms to 1 hour.
    pub manifest: Duration,
    /// How many later manifests say again what one says, at least [`Terms::manifest`] apart: 0 to 3.
    pub overlap: u8,
    /// Of a thousand bytes, how many belong to the lowest class that waits, whatever else does: 0 to 200.
    pub trickle: u16,
}

/// What a constant stream makes up for, in nanoseconds: a stall would tell what the sender is busy with.
const CONSTANT_NANOS: i64 = 50_000_000;

/// What is wrong with [`Terms`]; says what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermsFault(&'static str);

impl fmt::Display for TermsFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl core::error::Error for TermsFault {}

impl Terms {
    /// A link of usual Ethernet: datagrams of 1,400 bytes, half as many repairs as small datagrams, a quarter for blocks.
    pub fn new(link: u16) -> Self {
        let millis = |count: i64| Duration::from_nanos(count.saturating_mul(1_000_000));
        Self {
            link,
            payload: 1_400,
            headers: 28,
            rate: None,
            burst: millis(0),
            constant: false,
            small_repair: 50,
            window: 16,
            tail: [millis(60), millis(150)].into(),
            block_repair: 25,
            repeat_from: None,
            repeats: Vec::new(),
            repeat_bytes: 8 * 1024 * 1024,
            heartbeat: Duration::from_secs(1),
            manifest: Duration::from_secs(1),
            overlap: 2,
            trickle: 20,
        }
    }

    /// The terms that suit a rate in bit/s: no datagram is longer than half a second, heartbeats and manifests are as far
    /// apart as lets a heartbeat take a hundredth of the link; on fast links a second.
    pub fn of_rate(link: u16, bits_per_second: u64) -> Self {
        let usual = Self::new(link);
        let half_second = usize::try_from(bits_per_second / 16).unwrap_or(usize::MAX);
        let payload = half_second.saturating_sub(usual.headers).clamp(512, usual.payload);
        // 173 bytes, a hundred times, in bits.
        let seconds = 138_400_u64.div_ceil(bits_per_second.max(1)).clamp(1, 60);
        let apart = Duration::from_secs(i64::try_from(seconds).unwrap_or(60));
        let overlap = if seconds > 1 { 1 } else { usual.overlap };
        let rate = Some(bits_per_second.max(1));
        Self { rate, payload, heartbeat: apart, manifest: apart, overlap, ..usual }
    }

    /// Holds every bound that the members state.
    ///
    /// # Errors
    /// [`TermsFault`]: the first bound that does not hold.
    pub fn check(&self) -> Result<(), TermsFault> {
        let growing = |list: &[Duration]| {
            list.len() <= 4
                && list.first().is_none_or(|first| first.nanos() > 0)
                && list.iter().zip(list.iter().skip(1)).all(|(a, b)| a < b)
        };
        let between =
            |value: Duration, low: i64, high: i64| (low..=high).contains(&(value.nanos() / 1_000_000));
        let bounds = [
            ((512..=9_000).contains(&self.payload), "a datagram has 512 to 9,000 bytes"),
            (self.headers <= 200, "headers have at most 200 bytes"),
            (self.rate != Some(0), "a link has a rate of at least 1 bit/s"),
            (
                self.burst.nanos() >= 0 && between(self.burst, 0, 20),
                "what a stall keeps back is at most 20 ms",
            ),
            (!self.constant || self.rate.is_some(), "a constant stream needs the rate of the link"),
            (self.small_repair <= 200, "small objects have at most 200 repairs per hundred datagrams"),
            ((1..=64).contains(&self.window), "a repair covers 1 to 64 datagrams"),
            (growing(&self.tail), "tail repairs: at most 4 times, each later than the one before"),
            (self.block_repair <= 100, "blocks have at most 100 repair symbols per hundred"),
            (growing(&self.repeats), "repeats: at most 4 times, each later than the one before"),
            (between(self.heartbeat, 10, 65_000), "heartbeats are 10 ms to 65 s apart"),
            (between(self.manifest, 10, 3_600_000), "manifests are 10 ms to 1 hour apart"),
            (self.overlap <= 3, "a manifest is said again by at most 3 later ones"),
            (
                crate::chain::share(self.payload, self.overlap)
                    >= manifest::ENTRY.saturating_add(manifest::RUN),
                "a manifest with all that it says again does not fit into a datagram",
            ),
            (self.trickle <= 200, "the lowest class has at most 200 bytes of a thousand to itself"),
        ];
        bounds.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, says)| Err(TermsFault(says)))
    }

    /// The pace of the link, where it has a rate.
    pub(crate) fn pace(&self) -> Option<Pace> {
        let burst = if self.constant { Duration::from_nanos(CONSTANT_NANOS) } else { self.burst };
        self.rate.map(|rate| Pace::new(rate).giving_back(burst))
    }

    /// What a datagram of so many bytes takes on the link.
    pub fn wire_bytes(&self, datagram: usize) -> u64 {
        u64::try_from(datagram.saturating_add(self.headers)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Terms;
    use alloc::vec;
    use lockgate_bytes::Duration;

    #[test]
    fn every_bound_is_held() {
        assert_eq!(Terms::new(1).check(), Ok(()));
        for rate in [0, 1, 300, 9_600, 64_000, 2_000_000, u64::MAX] {
            assert_eq!(Terms::of_rate(1, rate).check(), Ok(()), "{rate}");
        }
        let thin = Terms::of_rate(1, 9_600);
        assert_eq!((thin.payload, thin.heartbeat), (572, Duration::from_secs(15)));
        type Change = fn(&mut Terms);
        let changes: [Change; 18] = [
            |it| it.payload = 511,
            |it| it.payload = 9_001,
            |it| it.headers = 201,
            |it| it.rate = Some(0),
            |it| it.burst = Duration::from_nanos(21_000_000),
            |it| it.burst = Duration::from_nanos(-1),
            |it| it.constant = true,
            |it| it.small_repair = 201,
            |it| it.window = 0,
            |it| it.window = 65,
            |it| it.tail = vec![Duration::from_secs(2), Duration::from_secs(1)],
            |it| it.block_repair = 101,
            |it| it.repeats = vec![Duration::from_secs(0)],
            |it| it.heartbeat = Duration::from_nanos(9_999_999),
            |it| it.manifest = Duration::from_secs(3_601),
            |it| it.overlap = 4,
            |it| (it.payload, it.overlap) = (512, 3),
            |it| it.trickle = 201,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut terms = Terms::new(1);
            change(&mut terms);
            assert!(terms.check().is_err(), "change {index}");
        }
    }
}
