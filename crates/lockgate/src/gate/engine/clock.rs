//! What the clock has become, put on record before anything is decided by it.

use super::{Engine, Out};
use crate::gate::clock::{ClockState, Confirmed, Reading};
use crate::gate::entry::Entry;
use lockgate_audit::ClockChange;

/// What the log knows of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) recorded: lockgate_audit::ClockState,
    pub(super) state: ClockState,
}

impl Engine {
    /// What the clock has become belongs on record before anything is decided by it: a step that is not there would be
    /// forgotten by a restart. A confirmation is always put there, the step that it is about before it, and a step that
    /// came behind it by itself: nobody's word stands for that one.
    pub(super) fn look_at_clock(&mut self, reading: &Reading, out: &mut dyn Out) {
        let now = Told { recorded: reading.recorded, state: reading.state };
        if now == self.told && !reading.is_confirmed {
            return;
        }
        let mut put = |clock, step_ns, by| {
            out.put(Entry::Clock(ClockChange {
                at: reading.now,
                epoch: self.common.epoch,
                clock,
                step_ns,
                by,
            }));
        };
        let confirmed = if reading.is_confirmed { self.common.clock.confirmation() } else { None };
        if let Some(Confirmed { by, of }) = confirmed {
            if of != self.told.state && of.step_ns() != 0 {
                put(lockgate_audit::ClockState::Unsynchronised, of.step_ns(), None);
            }
            let recorded =
                if now.state.is_good() { now.recorded } else { lockgate_audit::ClockState::Confirmed };
            put(recorded, 0, Some(by));
            self.told = Told { recorded, state: ClockState::Good };
        }
        if now != self.told {
            put(now.recorded, now.state.step_ns(), None);
            self.told = now;
        }
    }
}
