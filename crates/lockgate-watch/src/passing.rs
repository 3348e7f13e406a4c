//! Alarms about what happened, found in the counters: once a second they are compared with those of a second ago.

use crate::gauges::Gauges;
use crate::meaning::Alarm;
use crate::named::ListenerSeen;
use crate::objects::Tally;
use crate::status::Status;
use crate::{Stage, Verdict};
use lockgate_reason::{Code, Family, egress, marking};

/// The alarms that counters tell of.
const TOLD: [Alarm; 8] = [
    Alarm::Spill,
    Alarm::InternalFault,
    Alarm::QueueFull,
    Alarm::IntakeFull,
    Alarm::IntakeFailing,
    Alarm::KernelDrops,
    Alarm::LinkLoss,
    Alarm::LinkUnsound,
];

/// What the counters said last.
#[derive(Debug, Default)]
pub(crate) struct Passing([u64; TOLD.len()]);

impl Passing {
    /// Raises the alarms whose counters have grown.
    pub(crate) fn notice(&mut self, gauges: &Gauges, status: &Status) {
        for (alarm, before) in TOLD.iter().zip(&mut self.0) {
            let count = count(*alarm, status).saturating_add(gauges.happened(*alarm));
            if count > *before {
                let more = count.saturating_sub(*before);
                gauges.raise(*alarm, status.now, &format!("{more} at first{}", where_it_is(*alarm, status)));
            }
            *before = count;
        }
    }
}

/// Which listeners it is about, where an operator has to look at them.
fn where_it_is(alarm: Alarm, status: &Status) -> String {
    if alarm != Alarm::IntakeFailing {
        return String::new();
    }
    let failing = status.listeners.iter().filter(|seen| seen.faults > 0);
    let names: Vec<&str> = failing.map(|seen| &*seen.listener).collect();
    format!(", of {}", names.join(", "))
}

/// True where a reason is one that this alarm is about.
pub(crate) fn tells(alarm: Alarm, reason: Code) -> bool {
    match alarm {
        Alarm::Spill => reason == marking::SPILL,
        Alarm::InternalFault => reason.family() == Family::Fault,
        _ => false,
    }
}

fn count(alarm: Alarm, status: &Status) -> u64 {
    let tallies = |of: &dyn Fn(&Tally) -> bool| -> u64 {
        status
            .tallies
            .iter()
            .filter(|tally| of(tally))
            .fold(0, |sum, tally| sum.saturating_add(tally.objects))
    };
    let listeners = |of: &dyn Fn(&ListenerSeen) -> u64| -> u64 {
        status.listeners.iter().fold(0, |sum, seen| sum.saturating_add(of(seen)))
    };
    match alarm {
        Alarm::Spill | Alarm::InternalFault => {
            tallies(&|tally| tally.reason.is_some_and(|code| tells(alarm, code)))
        }
        // What does not fit through the link goes to hold too, and no faster link helps it.
        Alarm::QueueFull => tallies(&|tally| {
            (tally.stage, tally.verdict, tally.reason)
                == (Stage::Egress, Verdict::Spilled, Some(egress::QUEUE_FULL))
        }),
        // As the listeners count it: what the engine hears of it comes with the next arrivals, once it takes any.
        Alarm::IntakeFull => listeners(&|seen| {
            let drops = seen.turned_away.iter().filter(|one| one.is_drop);
            drops.fold(0, |sum, one| sum.saturating_add(one.objects))
        }),
        Alarm::IntakeFailing => listeners(&|seen| seen.faults),
        Alarm::KernelDrops => listeners(&|seen| seen.kernel_drops),
        Alarm::LinkLoss => listeners(&|seen| seen.lost.saturating_add(seen.indeterminate)),
        Alarm::LinkUnsound => listeners(&|seen| seen.alarms),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Passing;
    use crate::{Alarm, Gauges, Sampler, Stage, TurnedAway, Verdict};
    use lockgate_bytes::{Duration, Time};
    use lockgate_reason::{egress, fault, marking};

    #[test]
    fn what_happened_is_told_once_and_again_when_it_happens_again() {
        let gauges = Gauges::new("lane", "0", Time::from_unix_nanos(0));
        gauges.clear(Alarm::Starting);
        let mut passing = Passing::default();
        let mut names = |second: i64| -> Vec<&'static str> {
            let now = Time::from_unix_nanos(second * 1_000_000_000);
            let status = gauges.look(&Sampler::default(), now, 0);
            passing.notice(&gauges, &status);
            let status = gauges.look(&Sampler::default(), now, 0);
            status.alarms.iter().map(|raised| raised.alarm.name()).collect()
        };
        assert_eq!(names(0), [""; 0]);
        gauges.count(Stage::Egress, Verdict::Spilled, Some(egress::OVER_LINK));
        gauges.count(Stage::Egress, Verdict::Spilled, Some(egress::STOPPED));
        assert_eq!(names(0), [""; 0], "a link that is too slow is not what they tell of");
        gauges.count(Stage::Decide, Verdict::Refuse, Some(marking::SPILL));
        gauges.count(Stage::Decide, Verdict::Refuse, Some(fault::INTERNAL));
        gauges.count(Stage::Egress, Verdict::Spilled, Some(egress::QUEUE_FULL));
        let away = |objects, is_drop| TurnedAway { why: "full", says: "It is full.", is_drop, objects };
        gauges.listener("tcp").turned_away([away(4, true), away(9, false), away(0, true)].into_iter());
        gauges.listener("udp").kernel_drops(3);
        assert_eq!(names(1), ["queue-full", "intake-full", "kernel-drops", "spill", "internal-fault"]);
        assert_eq!(names(3_601).len(), 5);
        assert_eq!(names(3_602).len(), 0);
        gauges.listener("udp").kernel_drops(4);
        assert_eq!(names(3_603), ["kernel-drops"]);
        gauges.listener("directory-1").intake(1, 0, 0);
        assert_eq!(names(3_603), ["intake-failing", "kernel-drops"]);
        let raised = gauges.look(&Sampler::default(), Time::from_unix_nanos(0), 0).alarms;
        let failing = raised.iter().find(|raised| raised.alarm == Alarm::IntakeFailing).unwrap();
        assert_eq!(failing.detail, "1 at first, of directory-1");
        gauges.clear(Alarm::IntakeFailing);
        gauges.listener("diode").link(2, 1, 0);
        assert_eq!(names(3_603), ["kernel-drops", "link-loss", "link-unsound"]);
        assert_eq!(names(7_300), [""; 0]);
        gauges.listener("udp").kernel_drops(5);
        // A spill that is not the first of its object's reasons is one all the same.
        gauges.count(Stage::Decide, Verdict::Refuse, Some(lockgate_reason::framing::OVER_SIZE));
        gauges.also(marking::SPILL);
        gauges.also(lockgate_reason::framing::OVER_SIZE);
        assert_eq!(names(7_303), ["kernel-drops", "spill"]);
        let raised =
            gauges.look(&Sampler::default(), Time::from_unix_nanos(0).plus(Duration::from_secs(7_304)), 0);
        assert_eq!((raised.alarms[0].times, raised.alarms[0].detail.as_str()), (1, "1 at first"));
    }
}
