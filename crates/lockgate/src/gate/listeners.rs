//! What intake counts at its listeners, for the operator.

use lockgate_intake::IntakeCounters;
use lockgate_watch::{Gauges, ListenerGauge};
use std::sync::Arc;

/// The listeners of a lane, and where what they count is shown.
pub(crate) struct Listeners {
    counters: Arc<IntakeCounters>,
    gauges: Vec<Arc<ListenerGauge>>,
}

impl Listeners {
    pub(crate) fn of(counters: Arc<IntakeCounters>, gauges: &Gauges) -> Self {
        let listeners = counters.listeners.iter();
        let gauges = listeners.map(|listener| gauges.listener(&listener.listener)).collect();
        Self { counters, gauges }
    }

    /// Shows what they have counted so far.
    pub(crate) fn show(&self) {
        for (counted, gauge) in self.counters.listeners.iter().zip(&self.gauges) {
            gauge.intake(
                counted.faults.value(),
                counted.files_taken.value(),
                counted.separator_bytes.value(),
            );
        }
    }
}
