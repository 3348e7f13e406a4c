//! The JSON of `status`: a contract, described key by key in `docs/OPERATIONS.md`. Keys end in their unit.

use crate::alarms::{Raised, Stops};
use crate::histogram::Counts;
use crate::json::{Value, map};
use crate::link::LinkSpent;
use crate::named::{ListenerSeen, TurnedAway};
use crate::sampler::Rate;
use crate::status::{FlowSeen, Latency, Status, WaitingSeen};
use crate::{Stage, Verdict};
use lockgate_bytes::{Duration, Time};

impl Status {
    /// The status as one JSON object.
    pub fn value(&self) -> Value {
        map([
            ("lane", Value::from(&*self.lane)),
            ("engine", Value::from(&*self.engine)),
            ("now", time(self.now)),
            ("started", time(self.started)),
            ("up_s", self.up_seconds.into()),
            ("health", self.health()),
            ("alarms", Value::List(self.alarms.iter().map(alarm).collect())),
            ("bundle", self.bundle()),
            ("clock", self.clock.name().into()),
            ("reader", self.reader()),
            ("in", flow(&self.came_in)),
            ("out", flow(&self.went_out)),
            ("in_flight", self.in_flight.into()),
            ("decided", self.decided()),
            ("left", self.left()),
            ("objects", self.objects()),
            ("sources", self.sources()),
            ("latency", Value::List(self.latency.iter().map(latency).collect())),
            ("queue", self.queue()),
            ("link", self.link.as_ref().map_or(Value::Null, LinkSpent::value)),
            ("held", self.held()),
            ("kernel_drops", self.kernel_drops()),
            ("listeners", self.listeners()),
            ("links", self.links()),
            ("audit", self.audit()),
            ("disks", self.disks()),
            ("expires", self.expires()),
        ])
    }

    /// Nothing, until an object was looked into whose pictures are read.
    fn reader(&self) -> Value {
        let Some(seen) = &self.reader else { return Value::Null };
        let engine = if seen.engine.is_empty() { Value::Null } else { Value::from(&*seen.engine) };
        map([("state", seen.state.name().into()), ("engine", engine), ("since", time(seen.since))])
    }

    /// The status as one line of JSON, without an end of line.
    pub fn json(&self) -> String {
        let mut line = String::with_capacity(4096);
        self.value().write(&mut line);
        line
    }

    fn health(&self) -> Value {
        let why = self.why_not(Stops::Releasing).map(|raised| raised.alarm.name().into());
        map([
            ("live", Value::Bool(self.is(Stops::Live))),
            ("ready", Value::Bool(self.is(Stops::Ready))),
            ("releasing", Value::Bool(self.is(Stops::Releasing))),
            ("why_not", Value::List(why.collect())),
        ])
    }

    fn bundle(&self) -> Value {
        let Some((revision, digest, at)) = &self.bundle else { return Value::Null };
        let digest = format!("sha256:{digest}");
        map([("revision", (*revision).into()), ("digest", (&*digest).into()), ("loaded", time(*at))])
    }

    fn decided(&self) -> Value {
        let verdicts = [Verdict::Release, Verdict::Hold, Verdict::Refuse];
        map(verdicts.map(|verdict| (verdict.name(), self.sum(Stage::Decide, verdict).into())))
    }

    fn left(&self) -> Value {
        let outcomes = [
            Verdict::Sent,
            Verdict::Expired,
            Verdict::Superseded,
            Verdict::Spilled,
            Verdict::Recalled,
            Verdict::Indeterminate,
        ];
        map(outcomes.map(|outcome| (outcome.name(), self.sum(Stage::Egress, outcome).into())))
    }

    fn sum(&self, stage: Stage, verdict: Verdict) -> u64 {
        let all = self.tallies.iter().filter(|tally| tally.stage == stage && tally.verdict == verdict);
        all.fold(0, |sum, tally| sum.saturating_add(tally.objects))
    }

    fn objects(&self) -> Value {
        let tally = |tally: &crate::Tally| {
            map([
                ("stage", tally.stage.name().into()),
                ("verdict", tally.verdict.name().into()),
                ("reason", tally.reason.map(lockgate_reason::Code::id).into()),
                ("objects", tally.objects.into()),
            ])
        };
        Value::List(self.tallies.iter().map(tally).collect())
    }

    fn sources(&self) -> Value {
        let source = |(name, received, turned_away): &(String, u64, u64)| {
            map([
                ("source", (&**name).into()),
                ("received", (*received).into()),
                ("turned_away", (*turned_away).into()),
            ])
        };
        Value::List(self.sources.iter().map(source).collect())
    }

    fn queue(&self) -> Value {
        let queue = self.queue.iter();
        Value::List(
            queue
                .map(|(precedence, seen)| waiting(seen, [("precedence", precedence.name().into())]))
                .collect(),
        )
    }

    fn held(&self) -> Value {
        let reasons = self.held_by_reason.iter();
        let reasons = reasons
            .map(|(code, objects)| map([("reason", code.id().into()), ("objects", (*objects).into())]))
            .collect();
        waiting(&self.held, [("kept", self.kept.into()), ("reasons", Value::List(reasons))])
    }

    fn kernel_drops(&self) -> Value {
        let drops = self.listeners.iter().filter(|seen| seen.kernel_drops > 0);
        let drops = drops.map(|seen| {
            map([("listener", (&*seen.listener).into()), ("datagrams", seen.kernel_drops.into())])
        });
        Value::List(drops.collect())
    }

    fn listeners(&self) -> Value {
        let is_told = |seen: &&ListenerSeen| {
            let counts = [seen.faults, seen.files_taken, seen.separator_bytes, seen.connections];
            counts.iter().any(|count| *count > 0) || !seen.turned_away.is_empty()
        };
        let away = |one: &TurnedAway| {
            map([("why", one.why.into()), ("objects", one.objects.into()), ("says", one.says.into())])
        };
        let listener = |seen: &ListenerSeen| {
            map([
                ("listener", (&*seen.listener).into()),
                ("faults", seen.faults.into()),
                ("files_taken", seen.files_taken.into()),
                ("separator_bytes", seen.separator_bytes.into()),
                ("connections", seen.connections.into()),
                ("connections_open", seen.connections_open.into()),
                ("idle_closes", seen.idle_closes.into()),
                ("turned_away", Value::List(seen.turned_away.iter().map(away).collect())),
            ])
        };
        Value::List(self.listeners.iter().filter(is_told).map(listener).collect())
    }

    fn links(&self) -> Value {
        let is_told = |seen: &&ListenerSeen| {
            seen.lost > 0 || seen.alarms > 0 || seen.indeterminate > 0 || seen.silent.is_some()
        };
        let links = self.listeners.iter().filter(is_told);
        let link = |seen: &ListenerSeen| {
            map([
                ("listener", (&*seen.listener).into()),
                ("lost", seen.lost.into()),
                ("alarms", seen.alarms.into()),
                ("indeterminate", seen.indeterminate.into()),
                ("silent", seen.silent.map_or(Value::Null, time)),
            ])
        };
        Value::List(links.map(link).collect())
    }

    fn audit(&self) -> Value {
        let audit = &self.audit;
        let checkpoint = audit
            .checkpoint
            .map_or(Value::Null, |(entries, at)| map([("entries", entries.into()), ("pushed", time(at))]));
        map([
            ("entries", audit.entries.into()),
            ("committed", audit.committed.map_or(Value::Null, time)),
            ("waiting", audit.waiting.objects.into()),
            ("waiting_bytes", audit.waiting.bytes.into()),
            ("lag_ms", audit.waiting.oldest.map(|age| scaled(age, 1_000_000)).into()),
            ("segment_bytes", audit.segment_bytes.into()),
            ("checkpoint", checkpoint),
        ])
    }

    fn disks(&self) -> Value {
        let disks = self.disks.iter().map(|(store, free, size)| {
            map([
                ("store", store.name().into()),
                ("free_bytes", (*free).into()),
                ("size_bytes", (*size).into()),
            ])
        });
        Value::List(disks.collect())
    }

    fn expires(&self) -> Value {
        let expiries = self.expiries.iter().map(|(expiry, days)| {
            map([
                ("kind", expiry.kind.name().into()),
                ("name", (&*expiry.name).into()),
                ("at", time(expiry.at)),
                ("days", Value::Number(days.to_string())),
            ])
        });
        Value::List(expiries.collect())
    }
}

fn alarm(raised: &Raised) -> Value {
    let meaning = raised.alarm.meaning();
    map([
        ("name", raised.alarm.name().into()),
        ("stops", meaning.stops.name().into()),
        ("since", time(raised.since)),
        ("times", raised.times.into()),
        ("says", meaning.says.into()),
        ("detail", (&*raised.detail).into()),
        ("remedy", meaning.remedy.into()),
    ])
}

fn flow(flow: &FlowSeen) -> Value {
    let Rate { second_milli, minute_milli } = flow.rate;
    map([
        ("objects", flow.objects.into()),
        ("last", flow.last.map_or(Value::Null, time)),
        ("per_s", thousandths(second_milli)),
        ("per_s_last_minute", thousandths(minute_milli)),
    ])
}

fn latency((stage, latency): &(&'static str, Latency)) -> Value {
    map([
        ("stage", (*stage).into()),
        ("minute", percentiles(&latency.minute)),
        ("start", percentiles(&latency.start)),
    ])
}

fn percentiles(counts: &Counts) -> Value {
    let within = |permille| counts.within(permille).map_or(Value::Null, thousandths);
    map([
        ("objects", counts.total().into()),
        ("p50_us", within(500)),
        ("p99_us", within(990)),
        ("p999_us", within(999)),
    ])
}

fn waiting<const N: usize>(seen: &WaitingSeen, more: [(&'static str, Value); N]) -> Value {
    let seen = [
        ("objects", seen.objects.into()),
        ("bytes", seen.bytes.into()),
        ("oldest_s", seen.oldest.map(|age| scaled(age, 1_000_000_000)).into()),
    ];
    // What names it, or stands for itself, comes first, lists about it last.
    let (first, last): (Vec<_>, Vec<_>) =
        more.into_iter().partition(|(_, value)| !matches!(value, Value::List(_)));
    map(first.into_iter().chain(seen).chain(last))
}

fn time(time: Time) -> Value {
    Value::Text(time.to_string())
}

/// Whole units of so many nanoseconds; never negative.
fn scaled(age: Duration, unit_nanos: i64) -> u64 {
    u64::try_from(age.nanos().div_euclid(unit_nanos)).unwrap_or(0)
}

/// An exact decimal of thousandths, without zeros at its end.
fn thousandths(milli: u64) -> Value {
    let text = format!("{}.{:03}", milli / 1000, milli % 1000);
    Value::Number(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::thousandths;
    use crate::json::Value;
    use crate::{Alarm, Gauges, Sampler, Stage, Verdict};
    use lockgate_bytes::Time;

    #[test]
    fn decimals_are_exact() {
        for (milli, text) in [(0, "0"), (1, "0.001"), (1_100, "1.1"), (100_000, "100"), (10, "0.01")] {
            assert_eq!(thousandths(milli), Value::Number(text.to_owned()));
        }
    }

    #[test]
    fn another_reader_reads_the_same() {
        let gauges = Gauges::new("cot-down", "0.1.0", Time::from_unix_nanos(0));
        gauges.count(Stage::Decide, Verdict::Refuse, lockgate_reason::named("LG-R001"));
        gauges.count(Stage::Decide, Verdict::Refuse, lockgate_reason::named("LG-R002"));
        gauges.took(Stage::Inspect, 3_200);
        gauges.raise(Alarm::Spill, Time::from_unix_nanos(0), "source \"alpha\"");
        let line = gauges.look(&Sampler::default(), Time::from_unix_nanos(1), 2_000_000_000).json();
        assert!(!line.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["decided"]["refuse"], 2);
        assert_eq!(value["objects"][1]["reason"], "LG-R002");
        assert_eq!(value["latency"][0]["start"]["p50_us"], 3.3);
        assert_eq!(value["latency"][0]["minute"]["p50_us"], serde_json::Value::Null);
        assert_eq!(value["alarms"][1]["detail"], "source \"alpha\"");
        assert_eq!(value["health"]["why_not"], serde_json::json!(["starting"]));
        assert_eq!((&value["up_s"], &value["queue"][0]["precedence"]), (&2.into(), &"OVERRIDE".into()));
    }
}
