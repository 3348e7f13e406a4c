//! What a far side sees of the link as time goes by: datagrams that did not come, of the last minute and the last hour, and how far its
//! clock is from the sender's. By the first of these people choose how much is repaired.

use lockgate_bytes::{Duration, Time};
use lockgate_diode::EpochView;
use lockgate_receive::Sight;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration as Span, Instant};

/// The times that are looked back, by name, in seconds.
pub(super) const WINDOWS: [(&str, u64); 2] = [("1m", 60), ("1h", 3_600)];
/// Looks that a window keeps.
const LOOKS: u64 = 60;
/// So many of the last looks say how far the clocks are apart, one a second: the one in which a heartbeat was on its way for the shortest
/// time.
const CLOCKS: usize = 16;
/// Clocks that are farther apart, in milliseconds, are told of.
pub(super) const APART: i64 = 5_000;
/// And those that were told of are no longer so only below this: clocks at the line would be told of at each look.
const TOGETHER: i64 = 4_000;

/// Datagrams that were sent as far as is known, and those of them that did not come. The latter may become fewer: what comes late came.
#[derive(Clone, Copy, Default)]
struct Sum {
    sent: u64,
    missing: i64,
}

/// See the module.
#[derive(Default)]
pub(super) struct Recent {
    /// What each open epoch had when it was looked at last; none before the first look.
    epochs: Option<BTreeMap<u64, Sum>>,
    /// Since the start.
    all: Sum,
    /// Of each window the sums as they were, oldest first.
    looks: [VecDeque<(Instant, Sum)>; 2],
    /// Milliseconds by which our clock is ahead.
    ahead: VecDeque<i64>,
    /// It was told that the clocks are apart.
    is_told: bool,
}

impl Recent {
    /// One look. `now`: the machine's clock.
    pub(super) fn look(&mut self, sight: &Sight, now: Time) {
        let Some(at) = sight.at else { return };
        self.count(&sight.epochs);
        for ((_, seconds), looks) in WINDOWS.iter().zip(&mut self.looks) {
            let window = Span::from_secs(*seconds);
            let between = Span::from_secs(seconds.checked_div(LOOKS).unwrap_or(1));
            if looks.back().is_none_or(|(last, _)| at.saturating_duration_since(*last) >= between) {
                looks.push_back((at, self.all));
            }
            // The first that stays is as old as the window, or the oldest that there is.
            while looks.get(1).is_some_and(|(second, _)| at.saturating_duration_since(*second) >= window) {
                looks.pop_front();
            }
        }
        if let Some(clock) = sight.clock {
            let since = Duration::from_nanos(i64::try_from(at.elapsed().as_nanos()).unwrap_or(i64::MAX));
            self.ahead.push_back(now.since(clock.plus(since)).nanos() / 1_000_000);
            if self.ahead.len() > CLOCKS {
                self.ahead.pop_front();
            }
        }
    }

    fn count(&mut self, views: &[EpochView]) {
        // What was before our start is nobody's news.
        let before = self.epochs.take();
        let mut epochs = BTreeMap::new();
        for view in views {
            let sum = Sum {
                sent: view.received.saturating_add(view.lost),
                missing: i64::try_from(view.lost).unwrap_or(i64::MAX),
            };
            let last = match &before {
                None => sum,
                Some(before) => before.get(&view.epoch).copied().unwrap_or_default(),
            };
            self.all.sent = self.all.sent.saturating_add(sum.sent.saturating_sub(last.sent));
            self.all.missing = self.all.missing.saturating_add(sum.missing.saturating_sub(last.missing));
            epochs.insert(view.epoch, sum);
        }
        self.epochs = Some(epochs);
    }

    /// Datagrams of each window, and those of them that are missing.
    pub(super) fn windows(&self) -> [(u64, u64); 2] {
        self.looks.each_ref().map(|looks| {
            let from = looks.front().map_or(self.all, |(_, sum)| *sum);
            let missing = self.all.missing.saturating_sub(from.missing);
            (self.all.sent.saturating_sub(from.sent), u64::try_from(missing).unwrap_or(0))
        })
    }

    /// By how many milliseconds our clock is ahead of the sender's, as long as nothing was heard 0.
    pub(super) fn ahead(&self) -> i64 {
        self.ahead.iter().copied().min().unwrap_or(0)
    }

    /// Whether the clocks are apart, where that has changed since it was asked.
    pub(super) fn turned(&mut self) -> Option<bool> {
        let line = if self.is_told { TOGETHER } else { APART };
        let is_apart = self.ahead().unsigned_abs() > line.unsigned_abs();
        (std::mem::replace(&mut self.is_told, is_apart) != is_apart).then_some(is_apart)
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use lockgate_bytes::{Duration, Time};
    use lockgate_diode::{EpochView, Tally};
    use lockgate_receive::Sight;
    use std::time::{Duration as Span, Instant};

    fn view(epoch: u64, received: u64, lost: u64) -> EpochView {
        EpochView {
            epoch,
            received,
            lost,
            unknown: 0,
            unsent: 0,
            manifests_missed: 0,
            clock: None,
            classes: [Tally::default(); 6],
        }
    }

    #[test]
    fn what_is_missing_is_told_of_the_last_minute_and_the_last_hour() {
        let (mut recent, begun) = (Recent::default(), Instant::now());
        let mut look = |second: u64, epochs: Vec<EpochView>| {
            let at = Some(begun + Span::from_secs(second));
            recent.look(&Sight { epochs, at, ..Sight::default() }, Time::MIN);
            recent.windows()
        };
        // A journal of before.
        assert_eq!(look(0, vec![view(1, 1_000, 500)]), [(0, 0); 2]);
        assert_eq!(look(1, vec![view(1, 1_090, 510)]), [(100, 10); 2]);
        // Three of them come late.
        assert_eq!(look(2, vec![view(1, 1_093, 507)]), [(100, 7); 2]);
        // The sender starts again; both count.
        assert_eq!(look(3, vec![view(1, 1_093, 507), view(2, 40, 10)]), [(150, 17); 2]);
        for second in 4..200 {
            look(second, vec![view(2, 40 + 10 * (second - 3), 10)]);
        }
        assert_eq!(look(200, vec![view(2, 40 + 1_970, 11)]), [(601, 1), (150 + 1_971, 18)]);
        for second in 201..5_000 {
            look(second, vec![view(2, 40 + 1_970, 11)]);
        }
        assert_eq!(look(5_000, vec![view(2, 40 + 1_970, 11)]), [(0, 0); 2]);
    }

    #[test]
    fn clocks_that_are_apart_are_told_of_once_and_delays_are_no_difference() {
        let (mut recent, now) = (Recent::default(), Time::from_unix_nanos(1_700_000_000_000_000_000));
        let millis = |count: i64| Duration::from_nanos(count * 1_000_000);
        let mut look = |ahead: i64| {
            let clock = Some(now.minus(millis(ahead)));
            recent.look(&Sight { at: Some(Instant::now()), clock, ..Sight::default() }, now);
            (recent.ahead(), recent.turned())
        };
        let near = |(ahead, turned): (i64, Option<bool>), wanted: i64| {
            assert!((wanted - 500..=wanted).contains(&ahead), "{ahead} {wanted}");
            turned
        };
        assert_eq!(near(look(600), 600), None);
        // Something kept heartbeats back.
        assert_eq!(near(look(20_000), 600), None);
        assert_eq!(near(look(-9_000), -9_000), Some(true));
        assert_eq!(near(look(-9_000), -9_000), None);
        // It is set right.
        for _ in 0..15 {
            look(700);
        }
        assert_eq!(near(look(700), 700), Some(false));
    }

    #[test]
    fn clocks_at_the_line_are_told_of_once() {
        let (mut recent, now) = (Recent::default(), Time::from_unix_nanos(1_700_000_000_000_000_000));
        let mut told = Vec::new();
        for ahead in [5_400, 4_600, 5_400, 4_600, 5_400, 600].map(|ahead: i64| ahead * 1_000_000) {
            for _ in 0..16 {
                let clock = Some(now.minus(Duration::from_nanos(ahead)));
                recent.look(&Sight { at: Some(Instant::now()), clock, ..Sight::default() }, now);
                told.extend(recent.turned());
            }
        }
        assert_eq!(told, [true, false]);
    }
}
