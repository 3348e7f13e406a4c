//! A link that misbehaves on purpose, by seed: for tests, for `lockgate plan` and for the tool `lockgate relay`. Time is an
//! argument, and the same seed does the same to the same datagrams.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};

/// What the link does. Chances are in millionths, for each datagram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Lost by itself.
    pub loss: u32,
    /// The share that is lost in bursts; needs `burst`.
    pub burst_loss: u32,
    /// Mean length of a burst in datagrams; at most 1,000,000.
    pub burst: u32,
    /// Comes twice.
    pub duplicate: u32,
    /// One bit of it is turned.
    pub corrupt: u32,
    /// Comes later by up to `reorder_by`.
    pub reorder: u32,
    /// See `reorder`.
    pub reorder_by: Duration,
    /// From when to when nothing passes.
    pub outages: Vec<(Time, Time)>,
    /// How long a datagram is on its way.
    pub delay: Duration,
    /// Rate in bit/s; none where it is not the link that is slow.
    pub rate: Option<u64>,
    /// Bytes that wait for a slow link; what finds no room is lost. 0: no bound.
    pub buffer: u64,
    /// What each datagram takes on the link beside its own bytes.
    pub headers: u32,
}

/// What the link did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Datagrams that were given to it.
    pub offered: u64,
    /// Lost, for whatever reason.
    pub lost: u64,
    /// Of these, for want of room.
    pub overrun: u64,
    /// Changed.
    pub corrupted: u64,
    /// Doubled.
    pub duplicated: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Relay {
    weather: Weather,
    chance: Chance,
    /// Datagrams that are still lost in this burst.
    burst: u64,
    /// On their way: by arrival, then in order.
    way: BTreeMap<(Time, u64), Vec<u8>>,
    count: u64,
    free_at: Time,
    truth: Truth,
}

impl Relay {
    /// A link with nothing on it.
    pub fn new(weather: Weather, seed: u64) -> Self {
        let (way, truth) = (BTreeMap::new(), Truth::default());
        Self { weather, chance: Chance::new(seed), burst: 0, way, count: 0, free_at: Time::MIN, truth }
    }

    /// Changes the weather; what is on its way stays.
    pub fn turn(&mut self, weather: Weather) {
        self.weather = weather;
        self.burst = 0;
    }

    /// Takes a datagram. True where it arrives as it is.
    pub fn offer(&mut self, datagram: &[u8], now: Time) -> bool {
        self.truth.offered = self.truth.offered.saturating_add(1);
        // Every die is thrown for every datagram, so that one chance does not change what another does.
        let (own, burst, twice, turned, late) = (
            self.chance.happens(self.weather.loss),
            self.burst_takes(),
            self.chance.happens(self.weather.duplicate),
            self.chance.happens(self.weather.corrupt),
            self.chance.happens(self.weather.reorder),
        );
        let out = self.weather.outages.iter().any(|(from, to)| (*from..*to).contains(&now));
        let sent = self.transmit(datagram.len(), now);
        let Some(sent) = sent.filter(|_| !(own || burst || out)) else {
            self.truth.lost = self.truth.lost.saturating_add(1);
            if sent.is_none() {
                self.truth.overrun = self.truth.overrun.saturating_add(1);
            }
            return false;
        };
        let mut bytes = Vec::from(datagram);
        if turned {
            let bit = self.chance.below(u64::try_from(bytes.len().saturating_mul(8)).unwrap_or(1));
            let at = usize::try_from(bit / 8).unwrap_or(0);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (bit % 8);
                self.truth.corrupted = self.truth.corrupted.saturating_add(1);
            }
        }
        let mut at = sent.plus(self.weather.delay);
        if late {
            let most = u64::try_from(self.weather.reorder_by.nanos()).unwrap_or(0);
            let by = self.chance.below(most.saturating_add(1));
            at = at.plus(Duration::from_nanos(i64::try_from(by).unwrap_or(0)));
        }
        if twice {
            self.truth.duplicated = self.truth.duplicated.saturating_add(1);
            self.put(at.plus(Duration::from_nanos(1_000_000)), bytes.clone());
        }
        self.put(at, bytes);
        !turned
    }

    /// The next datagram that has arrived.
    pub fn take(&mut self, now: Time) -> Option<Vec<u8>> {
        let first = self.way.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    /// When the next datagram arrives.
    pub fn next(&self) -> Option<Time> {
        self.way.first_key_value().map(|((at, _), _)| *at)
    }

    /// What the link did.
    pub fn truth(&self) -> Truth {
        self.truth
    }

    fn put(&mut self, at: Time, bytes: Vec<u8>) {
        self.way.insert((at, self.count), bytes);
        self.count = self.count.saturating_add(1);
    }

    /// When a datagram is through a slow link; `None` where it finds no room.
    fn transmit(&mut self, length: usize, now: Time) -> Option<Time> {
        let Some(rate) = self.weather.rate else { return Some(now) };
        let waiting = self.free_at.since(now).nanos().max(0);
        let bytes = u128::try_from(waiting).unwrap_or(0).saturating_mul(u128::from(rate)) / 8_000_000_000;
        if self.weather.buffer > 0 && bytes > u128::from(self.weather.buffer) {
            return None;
        }
        let whole = u64::try_from(length).unwrap_or(0).saturating_add(u64::from(self.weather.headers));
        let nanos = u128::from(whole).saturating_mul(8_000_000_000).div_ceil(u128::from(rate.max(1)));
        let takes = Duration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        self.free_at = self.free_at.max(now).plus(takes);
        Some(self.free_at)
    }

    fn burst_takes(&mut self) -> bool {
        let Weather { burst_loss, burst, .. } = self.weather;
        let mean = u64::from(burst.clamp(1, 1_000_000));
        if self.burst == 0 && burst_loss > 0 {
            // share = start * mean / (1 + start * mean), so start = share / (mean * (1 - share))
            let share = u64::from(burst_loss.min(999_999));
            let clear = mean.saturating_mul(1_000_000_u64.saturating_sub(share));
            let start = share.saturating_mul(1_000_000_000_000).checked_div(clear).unwrap_or(u64::MAX);
            if self.chance.below(1_000_000_000_000) < start {
                self.burst = 1;
                while self.chance.below(mean) != 0 {
                    self.burst = self.burst.saturating_add(1);
                }
            }
        }
        let takes = self.burst > 0;
        self.burst = self.burst.saturating_sub(1);
        takes
    }
}

/// Numbers by seed: SplitMix64.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw().checked_rem(bound).unwrap_or(0)
    }

    /// True so many times in a million.
    pub fn happens(&mut self, millionths: u32) -> bool {
        self.below(1_000_000) < u64::from(millionths)
    }
}

#[cfg(test)]
mod tests {
    use super::{Relay, Weather};
    use lockgate_bytes::{Duration, Time};

    fn lost(weather: Weather, seed: u64) -> u64 {
        let mut relay = Relay::new(weather, seed);
        for _ in 0..100_000 {
            relay.offer(&[0; 20], Time::from_unix_nanos(0));
        }
        relay.truth().lost
    }

    #[test]
    fn as_much_is_lost_as_is_asked_for() {
        for (loss, least, most) in [(0, 0, 0), (50_000, 4_700, 5_300), (1_000_000, 100_000, 100_000)] {
            let seen = lost(Weather { loss, ..Weather::default() }, 1);
            assert!((least..=most).contains(&seen), "{loss}: {seen}");
        }
        let bursts = Weather { burst_loss: 50_000, burst: 100, ..Weather::default() };
        let seen: u64 = (0..10).map(|seed| lost(bursts.clone(), seed)).sum();
        assert!((40_000..60_000).contains(&seen), "{seen} of a million in bursts, asked were 50,000");
    }

    #[test]
    fn a_slow_link_takes_its_time_and_its_buffer_has_an_end() {
        let weather = Weather {
            rate: Some(8_000),
            delay: Duration::from_secs(1),
            buffer: 100,
            headers: 28,
            ..Weather::default()
        };
        let mut relay = Relay::new(weather, 1);
        let start = Time::from_unix_nanos(0);
        assert!(relay.offer(&[1; 72], start) && relay.offer(&[2; 72], start));
        assert!(!relay.offer(&[3; 72], start), "200 bytes wait already");
        assert_eq!(relay.next(), Some(Time::from_unix_nanos(1_100_000_000)));
        assert_eq!(relay.take(Time::from_unix_nanos(1_099_999_999)), None);
        assert_eq!(relay.take(Time::from_unix_nanos(1_100_000_000)).map(|it| it[0]), Some(1));
        assert_eq!(relay.next(), Some(Time::from_unix_nanos(1_200_000_000)));
        assert_eq!(relay.truth().overrun, 1);
    }

    #[test]
    fn a_changed_datagram_differs_in_one_bit() {
        let mut relay = Relay::new(Weather { corrupt: 1_000_000, ..Weather::default() }, 3);
        let now = Time::from_unix_nanos(0);
        assert!(!relay.offer(&[0; 100], now));
        let bits: u32 = relay.take(now).iter().flatten().map(|byte| byte.count_ones()).sum();
        assert_eq!(bits, 1);
    }
}
