//! What egress reports, and what is written down of it.

use super::Journal;
use crate::gate::ends;
use crate::gate::entry::{Again, Recalled};
use lockgate_audit::Outcome;
use lockgate_bytes::{Frame, Sealed, Time};
use lockgate_egress::{Outcome as Ended, What};
use lockgate_reason::egress;
use lockgate_watch::{Gauges, Stage, Verdict as Shown};
use std::collections::BTreeMap;

impl Journal {
    /// Takes what egress reports.
    pub(crate) fn hear(&mut self, outcomes: &mut Vec<Ended>, gauges: &Gauges) {
        if self.told.is_empty() {
            self.told_since = gauges.steady_nanos();
        }
        for Ended { entry, what, bytes, at, .. } in outcomes.drain(..) {
            self.parts.common.pool.give_back(bytes);
            self.tell(entry, &what, at, gauges);
            let outcome = match what {
                What::Sent => Outcome::Sent,
                What::Expired => Outcome::Expired,
                What::Superseded { .. } => Outcome::Superseded,
                What::Refused(_) => Outcome::Refused,
                What::Recalled(sealed) if self.stopping => {
                    self.spilled.push((egress::STOPPED, sealed));
                    continue;
                }
                What::Recalled(sealed) => {
                    self.recall(*sealed);
                    Outcome::Recalled
                }
                What::Spilled(code, sealed) => {
                    // It is accounted to hold only once it is safe there.
                    self.spilled.push((code, sealed));
                    continue;
                }
            };
            if outcome != Outcome::Recalled {
                self.forget(entry);
            }
            self.told.entry(outcome).or_default().push(entry);
        }
    }

    /// What was told goes on record with the next batch: before everything that is decided again.
    pub(super) fn write_told(&mut self, now: Time) {
        let told = std::mem::take(&mut self.told);
        self.settle(told, now);
    }

    /// What the operator sees of an end at egress.
    fn tell(&self, entry: u64, what: &What, at: Time, gauges: &Gauges) {
        let shown = match what {
            What::Sent => {
                let arrival = self.queued.get(&entry).map_or(at, |queued| queued.arrival);
                return gauges.went_out(at, u64::try_from(at.since(arrival).nanos()).unwrap_or(0));
            }
            What::Expired => Shown::Expired,
            What::Superseded { .. } => Shown::Superseded,
            What::Refused(_) => Shown::Refuse,
            What::Recalled(_) => Shown::Recalled,
            What::Spilled(..) => Shown::Spilled,
        };
        gauges.count(Stage::Egress, shown, what.code());
    }

    fn recall(&mut self, sealed: Sealed) {
        // It stays in the list until it was decided again.
        let Some(queued) = self.queued.get_mut(&sealed.entry) else { return };
        let (source, arrival, beside) = (queued.source.clone(), queued.arrival, queued.beside.take());
        let again = Again { former: sealed.entry, first: Some(queued.first), held: false };
        let frame = Frame { bytes: sealed.bytes, source, arrival, sidecar: None };
        let recalled = Recalled { frame, again, parent: None, reviews: Vec::new(), beside };
        self.complete(Box::new(recalled));
    }

    /// A queued object has come to its end there. Its staged file, if it was not handed over itself, is not needed any more.
    pub(super) fn forget(&mut self, entry: u64) {
        if let Some(queued) = self.queued.remove(&entry) {
            self.ended.push(queued);
        }
    }

    pub(super) fn unstage(&mut self, first: u64) {
        if let Some(stage) = &self.parts.stage {
            // Left behind it is found at the next start, as the file of an object that has come to its end.
            let _ = stage.remove(self.parts.numbers.of(first));
        }
    }

    /// Writes down what became of objects.
    pub(super) fn settle(&mut self, ends: BTreeMap<Outcome, Vec<u64>>, at: Time) {
        self.events.extend(ends::events(self.parts.common.epoch, &self.parts.lane, ends, at));
    }
}
