//! Time, traffic and precedence: is the object worth sending, now, on this lane, and how urgently.

use crate::Reason;
use crate::carriers::{Field, Told, claimed_precedence};
use crate::policy::{LaneType, Policy, Source, Traffic};
use crate::verdict::Terms;
use crate::workspace::Pass;
use lockgate_bytes::{Budget, Duration, Precedence, Time, Untrusted};
use lockgate_reason::{Code, agreement, schema};
use lockgate_record::{Block, Value};

/// Nanoseconds of a day; there are no leap seconds in ours.
const DAY_NANOS: i64 = 86_400_000_000_000;

/// Checks the object's times and its exercise or simulation flag against the lane; `seen` is what it says of when it was
/// observed.
pub(crate) fn check(
    pass: &mut Pass,
    lane_type: &LaneType,
    policy: &Policy,
    (bytes, seen): (&[u8], &Told),
    now: Time,
    terms: &mut Terms,
) {
    let carriers = &lane_type.carriers;
    let validity = lane_type.parts.validity;
    let latest = now.plus(validity.skew);
    if let Some((place, span)) = seen.no_day {
        pass.inspection.reasons.push(Reason::new(schema::OUT_OF_RANGE).at(place, span));
    }
    if let Some(newest) = seen.newest.filter(|newest| newest.at > latest) {
        pass.inspection.reasons.push(Reason::new(agreement::NOT_YET_VALID).at(newest.place, newest.span));
    }
    if let Some(field) = carriers.valid_from
        && time(pass, field, now).is_some_and(|at| at > latest)
    {
        refuse(pass, field, agreement::NOT_YET_VALID);
    }
    let mut end = Time::MAX;
    match carriers.expires.and_then(|field| Some((field, time(pass, field, now)?))) {
        Some((field, at)) => {
            end = at;
            if at <= now {
                refuse(pass, field, agreement::EXPIRED);
            }
        }
        // Without an expiry the lane's own maximum has to bound it.
        None if validity.max.is_none() && carriers.expires.is_some() => {
            pass.inspection.reasons.push(Reason::new(agreement::NO_VALIDITY));
        }
        None => {}
    }
    if let Some(max) = validity.max {
        match seen.oldest {
            Some(oldest) => {
                let limit = oldest.at.plus(max);
                end = end.min(limit);
                if limit <= now {
                    let expired = Reason::new(agreement::EXPIRED).at(oldest.place, oldest.span);
                    pass.inspection.reasons.push(expired);
                }
            }
            // How old it is cannot be told, so it may be too old.
            None => pass.inspection.reasons.push(Reason::new(agreement::NO_VALIDITY)),
        }
    }
    terms.not_after = terms.not_after.min(end);
    traffic(pass, lane_type, policy.parts.traffic, bytes);
}

/// What the object says of when it was observed.
pub(crate) fn observed(pass: &Pass, lane_type: &LaneType, now: Time) -> Told {
    lane_type.carriers.observed.seen(&pass.inspection.record, now)
}

/// When an object that has not been judged says that it was observed: for commands that judge each object as of its
/// own time, the last one where there are several.
pub fn observed_time(policy: &Policy, object: &[u8]) -> Option<Time> {
    let object = Untrusted::new(object);
    let lane_type = policy.recognise(object)?;
    let mut pass = Pass::default();
    pass.inspection.begin(lane_type.inspector().shape());
    lane_type.inspector().inspect(object, &mut pass.inspection, &mut Budget::new(lane_type.parts.budget));
    observed(&pass, lane_type, Time::from_unix_nanos(0)).newest.map(|newest| newest.at)
}

/// What the object claims, capped by its source; the lane's default where it claims nothing.
pub(crate) fn precedence(pass: &Pass, lane_type: &LaneType, source: &Source, bytes: &[u8]) -> Precedence {
    let priority = lane_type.carriers.priority;
    let text = priority.and_then(|field| field.text(&pass.inspection.record, Block::ROOT, bytes));
    text.and_then(claimed_precedence).unwrap_or(lane_type.parts.precedence).min(source.precedence)
}

/// Exercise traffic on an operation lane, or the other way round, does not cross. No statement counts as operation.
fn traffic(pass: &mut Pass, lane_type: &LaneType, lane: Traffic, bytes: &[u8]) {
    let (exercise, simulation) = lane_type.carriers.flags(&pass.inspection.record, bytes);
    let (stray, missing) = match lane {
        Traffic::Operation => (exercise.or(simulation), false),
        Traffic::Exercise => (simulation, exercise.is_none()),
        Traffic::Simulation => (exercise, simulation.is_none()),
    };
    match stray {
        Some(field) => refuse(pass, field, agreement::TRAFFIC_MISMATCH),
        None if missing => pass.inspection.reasons.push(Reason::new(agreement::TRAFFIC_MISMATCH)),
        None => {}
    }
}

fn time(pass: &Pass, field: Field, now: Time) -> Option<Time> {
    instant(pass.inspection.record.value(Block::ROOT, field.slot), None, now)
}

/// The instant that a value names. A time of day, a quantity in seconds, counts from the midnight that `since` is; without
/// it, it names the instant nearest to `now` that has it: just before midnight one from just after it is young, not a day
/// old.
pub(crate) fn instant(value: Value, since: Option<Time>, now: Time) -> Option<Time> {
    match value {
        Value::Time(at) => Some(at),
        Value::Ratio(seconds) if since.is_some() => {
            let after = i64::try_from(seconds.in_steps(1_000_000_000)).ok()?;
            since.map(|midnight| midnight.plus(Duration::from_nanos(after)))
        }
        Value::Ratio(seconds) => {
            let clock = i64::try_from(seconds.in_steps(1_000_000_000)).ok()?;
            let ahead = clock.checked_sub(now.unix_nanos())?.rem_euclid(DAY_NANOS);
            let nearest = if ahead > DAY_NANOS / 2 { ahead.checked_sub(DAY_NANOS)? } else { ahead };
            Some(now.plus(Duration::from_nanos(nearest)))
        }
        _ => None,
    }
}

fn refuse(pass: &mut Pass, field: Field, code: Code) {
    let span = field.cell(&pass.inspection.record, Block::ROOT).span;
    pass.inspection.reasons.push(Reason::new(code).at(field.place(), span));
}

#[cfg(test)]
mod tests {
    use super::instant;
    use lockgate_bytes::{Ratio, Time};
    use lockgate_record::Value;

    #[test]
    fn a_time_of_day_names_the_nearest_instant() {
        for (now, seconds, names) in [
            ("2026-03-01T10:00:00Z", 36_010, "2026-03-01T10:00:10Z"),
            ("2026-03-01T23:59:59Z", 1, "2026-03-02T00:00:01Z"),
            ("2026-03-01T00:00:01Z", 86_399, "2026-02-28T23:59:59Z"),
            ("2026-03-01T00:00:00Z", 43_200, "2026-03-01T12:00:00Z"),
            ("2026-03-01T00:00:00Z", 43_201, "2026-02-28T12:00:01Z"),
        ] {
            let at = |text: &str| Time::parse(text.as_bytes()).unwrap();
            let value = Value::Ratio(Ratio::new(seconds * 128, 128).unwrap());
            assert_eq!(instant(value, None, at(now)), Some(at(names)), "{now} {seconds}");
        }
        assert_eq!(instant(Value::Flag(true), None, Time::MAX), None);
    }
}
