//! How far the system's clock was set in all, by steps each of which is too small to be one: who sets it by a little less than
//! a step every minute walks it anywhere.
//!
//! The monotonic clock of Linux runs at the speed of the system's clock, also while a daemon makes both faster or slower.
//! They move apart by settings alone, so what is added up here is no work of a sound daemon. Looks at the two are up to
//! 10 ms apart; that does not add up, since what one look saw too late the next one sees too early.

/// In this time as much is forgotten as one step may be: a day, in nanoseconds.
const FORGOTTEN_IN_NS: i128 = 86_400_000_000_000;
/// How often something is forgotten: in less, the parts of a nanosecond would be lost.
const FORGETS_EVERY_NS: u64 = 1_000_000_000;

/// The sum of the settings, with their signs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drift {
    sum_ns: i64,
    /// When something was forgotten last, by the monotonic clock.
    forgot: u64,
}

impl Drift {
    /// None so far.
    pub(crate) fn since(monotonic_ns: u64) -> Self {
        Self { sum_ns: 0, forgot: monotonic_ns }
    }

    /// Adds a setting of the clock. `Some` with all of it where that is more than `most_ns`; then it begins anew.
    pub(crate) fn add(&mut self, step_ns: i64, monotonic_ns: u64, most_ns: i64) -> Option<i64> {
        self.forget(monotonic_ns, most_ns);
        self.sum_ns = self.sum_ns.saturating_add(step_ns);
        let is_over = self.sum_ns.saturating_abs() > most_ns;
        is_over.then(|| std::mem::take(&mut self.sum_ns))
    }

    /// Somebody has said that the clock is right.
    pub(crate) fn confirm(&mut self) {
        self.sum_ns = 0;
    }

    fn forget(&mut self, now: u64, most_ns: i64) {
        let passed = now.saturating_sub(self.forgot);
        if passed < FORGETS_EVERY_NS {
            return;
        }
        self.forgot = now;
        let part = i128::from(passed).saturating_mul(i128::from(most_ns)).wrapping_div(FORGOTTEN_IN_NS);
        let part = i64::try_from(part).unwrap_or(i64::MAX).min(self.sum_ns.saturating_abs());
        self.sum_ns = self.sum_ns.saturating_sub(part.saturating_mul(self.sum_ns.signum()));
    }
}

#[cfg(test)]
mod tests {
    use super::Drift;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000_000;
    const MINUTE: u64 = 60_000_000_000;
    const DAY: u64 = 86_400_000_000_000;

    #[test]
    fn what_is_forgotten_is_one_step_a_day() {
        let mut drift = Drift::since(0);
        assert_eq!(drift.add(SECOND, 0, SECOND), None, "at the bound");
        assert_eq!(drift.add(1, 0, SECOND), Some(SECOND + 1), "above it");
        assert_eq!(drift.add(SECOND, 0, SECOND), None, "it began anew");
        assert_eq!(drift.add(SECOND, DAY, SECOND), None, "a day later");
        assert_eq!(drift.add(SECOND / 2, DAY + DAY / 4, SECOND), Some(SECOND + SECOND / 4));
        assert_eq!(drift.add(-SECOND, DAY * 2, SECOND), None);
        assert_eq!(drift.add(-SECOND, DAY * 2 + DAY / 2, SECOND), Some(-SECOND - SECOND / 2));
    }

    proptest! {
        /// Whatever an attacker does with small steps, in any rhythm: who is not seen has moved the clock by no more than a
        /// step, and one step for each day.
        #[test]
        fn nobody_walks_the_clock(steps in prop::collection::vec((-SECOND..=SECOND, 0..90 * MINUTE), 0..400)) {
            let (mut drift, mut now, mut moved) = (Drift::since(0), 0, 0_i64);
            for (step, pause) in steps {
                now += pause;
                if drift.add(step, now, SECOND).is_some() {
                    moved = 0;
                    drift = Drift::since(now);
                    continue;
                }
                moved += step;
                let allowed = SECOND + i64::try_from(now * 1_000 / (DAY / 1_000_000)).unwrap() + SECOND / 1_000;
                prop_assert!(moved.abs() <= allowed, "{moved} after {now}");
            }
        }

        /// Looks that are 10 ms apart are no steps, however many there are.
        #[test]
        fn the_noise_of_looks_never_adds_up(late in prop::collection::vec(0..10_000_000_i64, 1..2_000)) {
            let (mut drift, mut before) = (Drift::since(0), 0);
            for (at, late) in (0_u64..).zip(late) {
                prop_assert_eq!(drift.add(late - before, at * 50_000_000, 20_000_000), None);
                before = late;
            }
        }
    }
}
