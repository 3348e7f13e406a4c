//! Chances in millionths, without floating point.

use lockgate_bytes::Duration;

/// All.
pub(super) const MILLION: u128 = 1_000_000;
/// Weight of the likeliest outcome.
const TOP: u128 = 1 << 80;

/// The chance that of `count` events, each with the chance `each`, at least `least` happen.
pub(super) fn at_least(count: u32, each: u32, least: u32) -> u32 {
    let (yes, no) = (u128::from(each), MILLION.saturating_sub(u128::from(each)));
    if least == 0 {
        return 1_000_000;
    }
    if yes == 0 || least > count {
        return 0;
    }
    if no == 0 {
        return 1_000_000;
    }
    // Weights relative to the likeliest number, so that none of those that count is too small to write down.
    let likeliest = u128::from(count).saturating_add(1).saturating_mul(yes) / MILLION;
    let likeliest = u32::try_from(likeliest).unwrap_or(u32::MAX).min(count);
    let (mut all, mut hits) = (0_u128, 0_u128);
    let mut tally = |number: u32, weight: u128| {
        all = all.saturating_add(weight);
        if number >= least {
            hits = hits.saturating_add(weight);
        }
    };
    tally(likeliest, TOP);
    let mut weight = TOP;
    for number in likeliest..count {
        let (left, next) = (u128::from(count.saturating_sub(number)), u128::from(number).saturating_add(1));
        let below = next.saturating_mul(no);
        weight = weight.checked_div(below).unwrap_or(0).saturating_mul(left.saturating_mul(yes));
        tally(number.saturating_add(1), weight);
    }
    weight = TOP;
    for number in (1..=likeliest).rev() {
        let left = u128::from(count.saturating_sub(number)).saturating_add(1);
        let below = left.saturating_mul(yes);
        weight = weight.checked_div(below).unwrap_or(0).saturating_mul(u128::from(number).saturating_mul(no));
        tally(number.saturating_sub(1), weight);
    }
    // 2^80 times a million and the few numbers near the likeliest stays far below 2^128.
    u32::try_from(hits.saturating_mul(MILLION).checked_div(all).unwrap_or(0)).unwrap_or(0)
}

/// The chance that nothing happens within `span`, of what happens `per_hour` times an hour at chance moments.
pub(super) fn no_event_within(per_hour: u64, span: Duration) -> u32 {
    // exp(-x) = (1 - x / 2^16)^(2^16), where x is what is expected.
    let nanos = u128::try_from(span.nanos().max(0)).unwrap_or(0);
    let expected = u128::from(per_hour).saturating_mul(nanos).saturating_mul(MILLION) / 3_600_000_000_000;
    let unit = 1_u128 << 60;
    let step = expected.saturating_mul(unit) / MILLION / 65_536;
    let mut chance = unit.saturating_sub(step);
    for _ in 0..16 {
        chance = chance.saturating_mul(chance) / unit;
    }
    u32::try_from(chance.saturating_mul(MILLION) / unit).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{at_least, no_event_within};
    use lockgate_bytes::Duration;

    #[test]
    fn it_is_the_binomial_distribution() {
        for (count, each, least) in [
            (10, 300_000, 4),
            (200, 150_000, 41),
            (1_280, 150_000, 257),
            (24, 100_000, 8),
            (1, 5, 1),
            (30, 999_000, 30),
        ] {
            let p = f64::from(each) / 1e6;
            let mut weight = (f64::from(count) * (1.0 - p).ln()).exp();
            let mut tail = if least == 0 { weight } else { 0.0 };
            for number in 0..count {
                weight *= f64::from(count - number) / f64::from(number + 1) * p / (1.0 - p);
                if number + 1 >= least {
                    tail += weight;
                }
            }
            let ours = f64::from(at_least(count, each, least)) / 1e6;
            assert!((ours - tail).abs() < 3e-6, "{count} {each} {least}: {ours} {tail}");
        }
        assert_eq!(
            (at_least(5, 0, 1), at_least(5, 1_000_000, 5), at_least(5, 7, 0)),
            (0, 1_000_000, 1_000_000)
        );
    }

    #[test]
    fn quiet_is_the_exponential_distribution() {
        for (per_hour, millis) in [(72_000_u64, 60_i64), (3_600, 150), (1, 1), (7_200_000, 60)] {
            let expected = (-(per_hour as f64) * millis as f64 / 3_600_000.0).exp();
            let ours = f64::from(no_event_within(per_hour, Duration::from_nanos(millis * 1_000_000))) / 1e6;
            assert!((ours - expected).abs() < 1e-4, "{ours} {expected}");
        }
    }
}
