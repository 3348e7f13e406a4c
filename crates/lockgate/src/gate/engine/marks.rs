//! Marks of diode links on their way to the log: how much of what came before each of them has its words.

use super::{Engine, Out};
use crate::gate::entry::Entry;
use lockgate_intake::Mark;

/// How far a link has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    /// What was offered before the last mark.
    offered: u64,
    /// How much of it the journal was told.
    told: u64,
}

impl Engine {
    /// Takes a mark.
    pub(super) fn mark(&mut self, Mark { listener, ended }: Mark, out: &mut dyn Out) {
        self.marks.entry(listener).or_default().offered = ended;
        self.pass_marks(out);
    }

    /// Marks go on behind everything that came before them, less as many objects as have no words yet: those that share a
    /// record, and those that are being looked into. Some of these may have come later, or from elsewhere: then it is too few
    /// for a moment, and never too many. A mark counts objects and names none.
    pub(super) fn pass_marks(&mut self, out: &mut dyn Out) {
        let wordless = self.flood.waiting().saturating_add(self.in_line);
        for (listener, reach) in &mut self.marks {
            let ended = reach.offered.saturating_sub(wordless);
            if ended > reach.told {
                reach.told = ended;
                out.put(Entry::Mark(Mark { listener: *listener, ended }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::room::Room;
    use super::super::slow;
    use super::super::{Engine, Start};
    use crate::gate::by_hand::{Gate, noon};
    use crate::gate::common::Common;
    use crate::gate::entry::Entry;
    use lockgate_bytes::Frame;
    use lockgate_core::Unopened;
    use lockgate_intake::{Arrival, Mark};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    const REFUSED: &[u8] =
        include_bytes!("../../../../../fixtures/cot-event/refuse-agreement-ended/input.xml");
    const PICTURE: &[u8] = b"\x89PNG\r\n\x1A\n";

    fn engine(gate: &Gate, slow: Option<slow::Line>) -> Engine {
        let run = gate.run();
        Engine::new(Start {
            policy: gate.policy.clone(),
            bindings: Arc::default(),
            common: Common::new(run.clock.clone(), run.gauges.clone(), 1 << 20, 2, false).unwrap(),
            cut_max: usize::MAX,
            flood: 0,
            begun: BTreeMap::new(),
            pseudonyms: None,
            slow,
        })
    }

    fn object(bytes: &[u8]) -> Arrival {
        let frame =
            Frame { bytes: bytes.to_vec(), source: "sensor-net".into(), arrival: noon(), sidecar: None };
        Arrival::Frame(frame, None)
    }

    fn mark(ended: u64) -> Arrival {
        Arrival::Mark(Mark { listener: 3, ended })
    }

    /// What shares a record has its words only when that is written: no mark counts it before.
    #[test]
    fn a_mark_does_not_count_refusals_that_share_a_record_until_that_is_written() {
        let gate = Gate::new(noon());
        let mut engine = engine(&gate, None);
        let mut entries = Vec::new();
        engine.arrival(mark(1), &mut entries);
        assert!(matches!(entries[..], [Entry::Mark(Mark { listener: 3, ended: 1 })]), "{entries:?}");
        engine.arrival(object(REFUSED), &mut entries);
        engine.arrival(mark(2), &mut entries);
        assert_eq!(entries.len(), 1, "{entries:?}");
        // One of the five has no words yet.
        engine.arrival(mark(5), &mut entries);
        let [_, Entry::Mark(Mark { listener: 3, ended: 4 })] = &entries[..] else { panic!("{entries:?}") };
        engine.end(&mut entries);
        let [_, _, Entry::Refusals(shared), Entry::Mark(Mark { listener: 3, ended: 5 })] = &entries[..]
        else {
            panic!("{entries:?}");
        };
        assert_eq!(shared.count, 1);
    }

    /// Objects that have words, and how far the last mark came, checking that none was too far.
    fn told(entries: &[Entry]) -> (u64, u64) {
        let (mut objects, mut last) = (0, 0);
        for entry in entries {
            match entry {
                Entry::Decision(_) => objects += 1,
                Entry::Refusals(shared) => objects += shared.count,
                Entry::Mark(Mark { ended, .. }) => {
                    assert!(*ended > last && *ended <= objects, "{ended} behind {last}, of {objects}");
                    last = *ended;
                }
                other => panic!("{other:?}"),
            }
        }
        (objects, last)
    }

    /// Neither a line that is never empty nor refusals that never end keep a mark: what a kill would tell as not known is at
    /// most what is in the line and what came since the shared record was last written.
    #[test]
    fn marks_keep_up_with_slow_objects_and_refusals_that_never_end() {
        let gate = Gate::new(noon());
        let (line, thread) = slow::line(false, Arc::new(Room::of(4, 1)), Arc::default());
        let mut engine = engine(&gate, Some(line));
        let (mut entries, mut arrived, mut furthest) = (Vec::new(), 0, 0);
        for round in 0..400_u64 {
            for bytes in [PICTURE, REFUSED, PICTURE] {
                engine.arrival(object(bytes), &mut entries);
                arrived += 1;
                engine.arrival(mark(arrived), &mut entries);
            }
            // The worker keeps up with one of two.
            thread.step(&mut Unopened);
            engine.looked(&mut entries);
            if round % 10 == 9 {
                gate.machine.pass(1_100_000_000);
                engine.tick(&mut entries);
                let (objects, last) = told(&entries);
                // In the line, looked into and not taken back, and at the worker.
                assert!(arrived - objects <= 9, "{objects} of {arrived} have words");
                assert_eq!(last, objects, "the mark counts them all");
                furthest = last;
            } else {
                assert!(arrived - told(&entries).1 <= 9 + 10, "at most a second of refusals more");
            }
            assert!(round == 0 || engine.in_line() > 0, "the line is never empty");
        }
        assert!(furthest > 1190, "{furthest}");
        while thread.step(&mut Unopened) {
            engine.looked(&mut entries);
        }
        engine.end(&mut entries);
        assert_eq!(told(&entries), (arrived, arrived));
    }
}
