//! One look at a lane: everything that it shows, taken at one time. `status`, metrics and health are made of it.

use crate::alarms::{Raised, Stops, sort};
use crate::gauges::{Expiry, Gauges, ReaderSeen};
use crate::histogram::Counts;
use crate::link::LinkSpent;
use crate::meaning::Alarm;
use crate::named::ListenerSeen;
use crate::objects::Tally;
use crate::sampler::{Lately, Rate, Sampler};
use crate::{ClockState, Stage, Store, Worker};
use lockgate_bytes::{Digest, Duration, Precedence, Time};
use lockgate_reason::Code;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;

/// A thread without a sign of life for so long is stuck.
pub const STUCK_SECONDS: u64 = 10;
/// Decisions that wait longer than this to become durable raise an alarm.
pub(crate) const LAG_SECONDS_MAX: i64 = 2;
/// A second place without a checkpoint for so long raises an alarm.
pub(crate) const CHECKPOINT_SECONDS_MAX: i64 = 900;
/// What ends within so many days raises an alarm.
pub const EXPIRY_WARNING_DAYS: i64 = 30;
/// A disk with less than this many percent left raises an alarm.
pub(crate) const DISK_LOW_PERCENT: u64 = 10;

/// What a lane shows at one time.
#[derive(Debug)]
pub struct Status {
    pub(crate) lane: String,
    pub(crate) engine: String,
    pub(crate) now: Time,
    pub(crate) started: Time,
    pub(crate) up_seconds: u64,
    pub(crate) bundle: Option<(u64, Digest, Time)>,
    pub(crate) came_in: FlowSeen,
    pub(crate) went_out: FlowSeen,
    pub(crate) in_flight: u64,
    pub(crate) tallies: Vec<Tally>,
    pub(crate) sources: Vec<(String, u64, u64)>,
    pub(crate) latency: Vec<(&'static str, Latency)>,
    pub(crate) queue: Vec<(Precedence, WaitingSeen)>,
    pub(crate) link: Option<LinkSpent>,
    pub(crate) held: WaitingSeen,
    pub(crate) held_by_reason: Vec<(Code, u64)>,
    pub(crate) kept: u64,
    pub(crate) listeners: Vec<ListenerSeen>,
    pub(crate) audit: AuditSeen,
    pub(crate) disks: Vec<(Store, u64, u64)>,
    pub(crate) clock: ClockState,
    pub(crate) reader: Option<ReaderSeen>,
    pub(crate) expiries: Vec<(Expiry, i64)>,
    pub(crate) alarms: Vec<Raised>,
}

/// One end of the lane.
#[derive(Debug)]
pub(crate) struct FlowSeen {
    pub(crate) objects: u64,
    pub(crate) last: Option<Time>,
    pub(crate) rate: Rate,
}

/// How long something took, in the last minute and since the start.
#[derive(Debug)]
pub(crate) struct Latency {
    pub(crate) minute: Counts,
    pub(crate) start: Counts,
}

/// What waits, and for how long the oldest has.
#[derive(Debug)]
pub(crate) struct WaitingSeen {
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
    pub(crate) oldest: Option<Duration>,
}

/// The audit log.
#[derive(Debug)]
pub(crate) struct AuditSeen {
    pub(crate) entries: u64,
    pub(crate) committed: Option<Time>,
    pub(crate) segment_bytes: u64,
    pub(crate) waiting: WaitingSeen,
    pub(crate) checkpoint: Option<(u64, Time)>,
}

/// The word for the whole way of an object, from arrival to sent, beside the words of the stages.
pub(crate) const WAY: &str = "lane";

impl Gauges {
    /// One look, at `now` by the lane's clock and `steady_nanos` by [`Gauges::steady_nanos`].
    pub fn look(&self, sampler: &Sampler, now: Time, steady_nanos: u64) -> Status {
        let Lately { came_in, went_out, latency, way } = sampler.lately(self, steady_nanos);
        let flow = |flow: &crate::gauges::Flow, rate| FlowSeen {
            objects: flow.objects.load(Relaxed),
            last: flow.last(),
            rate,
        };
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let bundle = loaded.as_ref().map(|loaded| (loaded.revision, loaded.digest, loaded.at));
        let expiries = loaded.map(|loaded| loaded.expiries).unwrap_or_default();
        let mut status = Status {
            lane: self.lane.clone(),
            engine: self.engine.clone(),
            now,
            started: self.started,
            up_seconds: steady_nanos / 1_000_000_000,
            bundle,
            came_in: flow(&self.came_in, came_in),
            went_out: flow(&self.went_out, went_out),
            in_flight: self.in_flight.load(Relaxed),
            tallies: self.objects.tallies(),
            sources: self.sources_seen(),
            latency: self.latency_seen(latency, way),
            queue: self.queue_seen(now),
            link: self.link.seen(),
            held: WaitingSeen::of(&self.held_in_all, now),
            held_by_reason: self.held.present(),
            kept: self.kept.load(Relaxed),
            listeners: self.listeners.all().into_iter().map(|(name, gauge)| gauge.seen(name)).collect(),
            audit: self.audit_seen(now),
            disks: self.disks_seen(),
            clock: self.clock_seen(),
            reader: self.reader.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            expiries: expiries.into_iter().map(|expiry| days_until(expiry, now)).collect(),
            alarms: self.board.standing(now),
        };
        status.stuck(|worker| steady_nanos.saturating_sub(self.last_beat(worker)));
        status.derive();
        status
    }

    fn sources_seen(&self) -> Vec<(String, u64, u64)> {
        let counted = self.sources.all().into_iter().map(|(name, gauge)| (name, gauge.counts()));
        counted.map(|(name, (received, turned_away))| (name, received, turned_away)).collect()
    }

    fn latency_seen(&self, minutes: Vec<Counts>, way: Counts) -> Vec<(&'static str, Latency)> {
        let stages = Stage::ALL.iter().zip(&self.latency).zip(minutes);
        let stages =
            stages.map(|((stage, all), minute)| (stage.name(), Latency { minute, start: all.counts() }));
        let way = (WAY, Latency { minute: way, start: self.way.counts() });
        stages.chain([way]).filter(|(_, latency)| latency.start.total() > 0).collect()
    }

    /// Highest precedence first.
    fn queue_seen(&self, now: Time) -> Vec<(Precedence, WaitingSeen)> {
        let queue = Precedence::ALL.iter().zip(&self.queue).rev();
        queue.map(|(precedence, waiting)| (*precedence, WaitingSeen::of(waiting, now))).collect()
    }

    fn audit_seen(&self, now: Time) -> AuditSeen {
        let pushed = self.audit.checkpoint_pushed();
        AuditSeen {
            entries: self.audit.entries.load(Relaxed),
            committed: self.audit.committed(),
            segment_bytes: self.audit.segment_bytes.load(Relaxed),
            waiting: WaitingSeen::of(&self.audit.waiting, now),
            checkpoint: pushed.map(|at| (self.audit.checkpoint_entries.load(Relaxed), at)),
        }
    }

    fn disks_seen(&self) -> Vec<(Store, u64, u64)> {
        let disks = Store::ALL.iter().zip(&self.disks);
        let disks = disks.map(|(store, disk)| (*store, disk.free.load(Relaxed), disk.size.load(Relaxed)));
        disks.filter(|(_, _, size)| *size > 0).collect()
    }

    fn clock_seen(&self) -> ClockState {
        let place = usize::try_from(self.clock.load(Relaxed)).unwrap_or(0);
        ClockState::ALL.get(place).copied().unwrap_or(ClockState::Unsynchronised)
    }
}

impl Status {
    /// Whether no alarm takes `what` away; each state needs those before it.
    pub fn is(&self, what: Stops) -> bool {
        self.alarms.iter().all(|raised| raised.alarm.meaning().stops > what)
    }

    /// The alarms that take `what` away.
    pub(crate) fn why_not(&self, what: Stops) -> impl Iterator<Item = &Raised> {
        self.alarms.iter().filter(move |raised| raised.alarm.meaning().stops <= what)
    }

    /// Threads without a sign of life; since the gauges' start, where there never was one.
    fn stuck(&mut self, silent_nanos: impl Fn(Worker) -> u64) {
        for (worker, alarm) in [
            (Worker::Intake, Alarm::IntakeStuck),
            (Worker::Engine, Alarm::EngineStuck),
            (Worker::Journal, Alarm::JournalStuck),
            (Worker::Egress, Alarm::EgressStuck),
        ] {
            let nanos = silent_nanos(worker);
            if nanos > STUCK_SECONDS.saturating_mul(1_000_000_000) {
                let silent = Duration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
                self.add(alarm, self.now.minus(silent), String::new());
            }
        }
    }

    /// Alarms that follow from what is seen. Their time is that of this look, unless the cause has one.
    fn derive(&mut self) {
        let lag = self.audit.waiting.oldest.filter(|age| *age > Duration::from_secs(LAG_SECONDS_MAX));
        if let Some(age) = lag {
            self.add(Alarm::LogBehind, self.now.minus(age), format!("{} wait", self.audit.waiting.objects));
        }
        if let Some((entries, at)) = self.audit.checkpoint
            && self.now.since(at) > Duration::from_secs(CHECKPOINT_SECONDS_MAX)
            && self.audit.entries > entries
        {
            self.add(Alarm::CheckpointNotPushed, at, format!("the last one has {entries} entries"));
        }
        let low: Vec<_> = self.disks.iter().filter(|(_, free, size)| is_low(*free, *size)).collect();
        if !low.is_empty() {
            let names: Vec<_> = low.iter().map(|(store, _, _)| store.name()).collect();
            self.add(Alarm::DiskLow, self.now, names.join(", "));
        }
        let silent: Vec<_> =
            self.listeners.iter().filter_map(|seen| Some((seen.silent?, &*seen.listener))).collect();
        if let Some(since) = silent.iter().map(|(since, _)| *since).min() {
            let names: Vec<_> = silent.iter().map(|(_, listener)| *listener).collect();
            self.add(Alarm::LinkSilent, since, names.join(", "));
        }
        let ended = |days: i64| days < 0;
        self.expiring(Alarm::Expired, ended);
        self.expiring(Alarm::ExpiresSoon, |days| !ended(days) && days <= EXPIRY_WARNING_DAYS);
        sort(&mut self.alarms);
    }

    fn expiring(&mut self, alarm: Alarm, within: impl Fn(i64) -> bool) {
        let all: Vec<_> = self.expiries.iter().filter(|(_, days)| within(*days)).collect();
        let Some((first, _)) = all.first() else { return };
        let at = first.at;
        let names: Vec<_> =
            all.iter().take(3).map(|(one, _)| format!("{} {}", one.kind.name(), one.name)).collect();
        let more = all.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let detail = format!("{}{more}", names.join(", "));
        // What ends later has stood since the day from which it warns; what has ended, since it did.
        let warned = Duration::from_secs(EXPIRY_WARNING_DAYS.saturating_add(1).saturating_mul(86_400));
        let since = if alarm == Alarm::Expired { at } else { at.minus(warned).max(self.started) };
        self.add(alarm, since.min(self.now), detail);
    }

    fn add(&mut self, alarm: Alarm, since: Time, detail: String) {
        if !self.alarms.iter().any(|raised| raised.alarm == alarm) {
            let detail = crate::alarms::plain(&detail);
            self.alarms.push(Raised { alarm, since, times: 1, detail });
        }
    }
}

impl WaitingSeen {
    fn of(waiting: &crate::gauges::Waiting, now: Time) -> Self {
        let oldest = waiting.oldest().map(|at| now.since(at).max(Duration::ZERO));
        Self { objects: waiting.objects.load(Relaxed), bytes: waiting.bytes.load(Relaxed), oldest }
    }
}

fn is_low(free: u64, size: u64) -> bool {
    u128::from(free).saturating_mul(100) < u128::from(size).saturating_mul(DISK_LOW_PERCENT.into())
}

/// Whole days until the end, rounded down: 0 on the last day, negative from the end on.
fn days_until(expiry: Expiry, now: Time) -> (Expiry, i64) {
    let days = expiry.at.since(now).nanos().div_euclid(86_400_000_000_000);
    // The instant itself is the first at which it is no longer in force.
    let days = if expiry.at <= now { days.min(-1) } else { days };
    (expiry, days)
}

#[cfg(test)]
mod tests {
    use super::{STUCK_SECONDS, Status};
    use crate::{Alarm, ClockState, Expiry, ExpiryKind, Gauges, Loaded, Sampler, Stops, Store, Worker};
    use lockgate_bytes::{Digest, Duration, Time};

    fn at(seconds: i64) -> Time {
        Time::from_unix_nanos(seconds * 1_000_000_000)
    }

    fn alive(gauges: &Gauges) {
        gauges.clear(Alarm::Starting);
        Worker::ALL.iter().for_each(|worker| gauges.beat(*worker));
    }

    fn look(gauges: &Gauges, now: Time) -> Status {
        gauges.look(&Sampler::default(), now, gauges.steady_nanos())
    }

    fn names(status: &Status) -> Vec<&'static str> {
        status.alarms.iter().map(|raised| raised.alarm.name()).collect()
    }

    #[test]
    fn health_is_three_states_each_with_its_reason() {
        let gauges = Gauges::new("lane", "0", at(0));
        let health =
            |status: &Status| [Stops::Live, Stops::Ready, Stops::Releasing].map(|what| status.is(what));
        let status = look(&gauges, at(1));
        assert_eq!((health(&status), names(&status)), ([true, false, false], vec!["starting"]));
        alive(&gauges);
        assert_eq!(health(&look(&gauges, at(1))), [true, true, true]);
        gauges.raise(Alarm::LogUnwritable, at(1), "log");
        let status = look(&gauges, at(2));
        assert_eq!(health(&status), [true, true, false]);
        assert_eq!(status.why_not(Stops::Releasing).count(), 1);
        gauges.clear(Alarm::LogUnwritable);
        let later = gauges.steady_nanos() + (STUCK_SECONDS + 1) * 1_000_000_000;
        let status = gauges.look(&Sampler::default(), at(20), later);
        assert_eq!(health(&status), [false, false, false]);
        assert_eq!(names(&status), ["intake-stuck", "engine-stuck", "journal-stuck", "egress-stuck"]);
    }

    #[test]
    fn a_clock_that_nobody_trusts_stops_releasing_until_it_is_confirmed() {
        let gauges = Gauges::new("lane", "0", at(0));
        alive(&gauges);
        for state in [ClockState::Unsynchronised, ClockState::Stepped] {
            gauges.clock(state, at(5), "by 1 h");
            let status = look(&gauges, at(6));
            assert_eq!((status.is(Stops::Ready), status.is(Stops::Releasing)), (true, false));
            assert_eq!((status.alarms.len(), status.clock), (1, state));
        }
        gauges.clock(ClockState::Good, at(7), "");
        assert!(look(&gauges, at(8)).is(Stops::Releasing));
    }

    #[test]
    fn ends_are_told_thirty_days_before() {
        let gauges = Gauges::new("lane", "0", at(0));
        alive(&gauges);
        let day = 86_400;
        let expiry = |name: &str, days| Expiry {
            kind: ExpiryKind::Agreement,
            name: name.to_owned(),
            at: at(days * day),
        };
        let expiries = vec![expiry("later", 90), expiry("soon", 40), expiry("sooner", 35)];
        gauges.loaded(Loaded { revision: 1, digest: Digest([0; 32]), at: at(0), expiries });
        assert_eq!(names(&look(&gauges, at(4 * day))), [""; 0]);
        // 30 days and a bit before the first.
        let status = look(&gauges, at(5 * day - 1));
        assert_eq!((names(&status), status.expiries[0].1), (vec!["expires-soon"], 30));
        let status = look(&gauges, at(35 * day));
        assert_eq!(names(&status), ["expires-soon", "expired"]);
        assert_eq!(status.alarms[1].detail, "agreement sooner");
        assert_eq!(status.alarms[0].detail, "agreement soon");
        assert_eq!(status.expiries[0].1, -1);
        assert!(status.is(Stops::Releasing));
    }

    #[test]
    fn slow_records_full_disks_and_late_checkpoints_raise_alarms() {
        let gauges = Gauges::new("lane", "0", at(0));
        alive(&gauges);
        gauges.uncommitted(5, 5_000, Some(at(100)));
        gauges.disk(Store::Log, 9, 100);
        gauges.disk(Store::Hold, 10, 100);
        gauges.committed(10, 0, at(100));
        gauges.checkpoint_pushed(9, at(0));
        assert_eq!(names(&look(&gauges, at(102))), ["disk-low"]);
        let status = look(&gauges, at(901));
        assert_eq!(names(&status), ["log-behind", "checkpoint-not-pushed", "disk-low"]);
        let status = gauges.look(&Sampler::default(), at(901), gauges.steady_nanos() + 5);
        assert_eq!(status.alarms[0].since, at(100));
        assert_eq!(status.audit.waiting.oldest, Some(Duration::from_secs(801)));
        gauges.checkpoint_pushed(10, at(0));
        gauges.uncommitted(0, 0, None);
        assert_eq!(names(&look(&gauges, at(901))), ["disk-low"]);
    }

    #[test]
    fn a_link_on_which_nothing_is_heard_is_an_alarm_that_names_it_for_as_long_as_it_lasts() {
        let gauges = Gauges::new("lane", "0", at(0));
        gauges.clear(Alarm::Starting);
        let look = || gauges.look(&Sampler::default(), at(9), 0);
        gauges.listener("diode-1").silent(None);
        gauges.listener("diode-2").silent(Some(at(5)));
        gauges.listener("diode-3").silent(Some(at(4)));
        let status = look();
        let [raised] = &status.alarms[..] else { panic!("{:?}", status.alarms) };
        assert_eq!(
            (raised.alarm, raised.since, &*raised.detail),
            (Alarm::LinkSilent, at(4), "diode-2, diode-3")
        );
        assert!(status.is(super::Stops::Releasing), "a link in says nothing of what leaves");
        let told = status.json();
        assert!(
            told.contains("\"listener\":\"diode-3\"") && !told.contains("\"listener\":\"diode-1\""),
            "{told}"
        );
        assert!(told.contains("\"silent\":\"1970-01-01T00:00:04Z\""), "{told}");
        gauges.listener("diode-3").silent(None);
        gauges.listener("diode-2").silent(None);
        assert_eq!(look().alarms, []);
    }
}
