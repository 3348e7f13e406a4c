//! What intake counts at its listeners, for the operator.

use super::clock::SharedClock;
use lockgate_intake::{IntakeCounters, ListenerCounters, Why};
use lockgate_watch::{Alarm, Gauges, ListenerGauge, TurnedAway};
use std::sync::Arc;

/// The listeners of a lane, and where what they count is shown.
pub(crate) struct Listeners {
    counters: Arc<IntakeCounters>,
    gauges: Vec<Arc<ListenerGauge>>,
    lane: Arc<Gauges>,
    clock: Arc<SharedClock>,
}

impl Listeners {
    pub(crate) fn of(counters: Arc<IntakeCounters>, lane: Arc<Gauges>, clock: Arc<SharedClock>) -> Self {
        let listeners = counters.listeners.iter();
        let gauges = listeners.map(|listener| lane.listener(&listener.listener)).collect();
        Self { counters, gauges, lane, clock }
    }

    /// Shows what they have counted so far.
    pub(crate) fn show(&self) {
        for (counted, gauge) in self.counters.listeners.iter().zip(&self.gauges) {
            gauge.intake(
                counted.faults.value(),
                counted.files_taken.value(),
                counted.separator_bytes.value(),
            );
            gauge.connections(
                counted.connections.value(),
                counted.connections_open.value(),
                counted.idle_closes.value(),
            );
            gauge.turned_away(Why::ALL.iter().map(|why| turned_away(counted, *why)));
        }
        self.show_down();
    }

    fn show_down(&self) {
        let down = self.counters.listeners.iter().filter(|listener| listener.down.value() > 0);
        let down: Vec<&str> = down.map(|listener| &*listener.listener).collect();
        if down.is_empty() {
            self.lane.clear(Alarm::ListenerDown);
        } else {
            self.lane.raise(Alarm::ListenerDown, self.clock.now(), &down.join(", "));
        }
    }
}

fn turned_away(counted: &ListenerCounters, why: Why) -> TurnedAway {
    let (name, says, objects) = (why.name(), why.says(), counted.turned_away(why));
    TurnedAway { why: name, says, is_drop: why == Why::Full, objects }
}
