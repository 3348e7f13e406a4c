//! What the journal shows to operators: how far the log is on the disk and in its second places, and what is held.

use super::Journal;
use lockgate_audit::{Fault, Standing};
use lockgate_bytes::Time;
use lockgate_watch::{Alarm, Gauges};

impl Journal {
    /// Shows log and held store to the operator, and signs what is due.
    pub(crate) fn show(&mut self, now: Time, gauges: &Gauges) {
        // It is tried again in a second; entries are safe all the same.
        let signed = self.parts.log.tick(now);
        let standing = self.parts.log.standing();
        self.show_places(signed.err(), &standing, now, gauges);
        self.give_turns();
        self.try_unread(now, gauges);
        let usage = self.parts.store.usage();
        gauges.held_in_all(usage.objects, usage.bytes, usage.oldest);
        gauges.kept(usage.kept);
        for counted in &usage.by_reason {
            if let Some(code) = lockgate_reason::named(&counted.code) {
                gauges.held(code, counted.objects);
            }
        }
    }

    /// Shows what waits to go on record, and since when: here, and so many entries on their way to here. Said before a batch is
    /// written, so that it is seen while the disk takes its time.
    pub(crate) fn show_waiting(&mut self, on_their_way: usize, now: Time, gauges: &Gauges) {
        let here = self.batch.drafts.len().saturating_add(self.events.len());
        let here = here.saturating_add(self.spilled.len());
        self.waits_since = match here {
            0 => None,
            _ => self.waits_since.or(Some(now)),
        };
        let objects = u64::try_from(here.saturating_add(on_their_way)).unwrap_or(u64::MAX);
        let bytes = u64::try_from(self.batch.bytes).unwrap_or(u64::MAX);
        gauges.uncommitted(objects, bytes, self.waits_since);
    }

    /// Shows how far the log is on the disk as of now.
    pub(crate) fn show_committed(&self, now: Time, gauges: &Gauges) {
        let (entries, segment_bytes) = self.parts.log.extent();
        gauges.committed(entries, segment_bytes, now);
    }

    /// Shows what the second places have. The time goes on with each checkpoint that they take, and where they have all that
    /// there is; a place that hangs is told by its age.
    pub(super) fn show_places(
        &mut self,
        unsigned: Option<Fault>,
        standing: &Standing,
        now: Time,
        gauges: &Gauges,
    ) {
        if let Some(pushed) = standing.pushed {
            let took = std::mem::replace(&mut self.pushed, pushed.times) != pushed.times;
            if pushed.times > 0 && (took || pushed.entries == standing.entries) {
                gauges.checkpoint_pushed(pushed.entries, now);
            }
        }
        match unsigned.map(|fault| fault.to_string()).or_else(|| standing.alarms.second_place.clone()) {
            Some(why) => gauges.raise(Alarm::CheckpointNotPushed, now, &why),
            None => gauges.clear(Alarm::CheckpointNotPushed),
        };
        if let Some(place) = &standing.alarms.new_place {
            gauges.raise(Alarm::SecondPlaceEmpty, now, place);
        }
    }
}
