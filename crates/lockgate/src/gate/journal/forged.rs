//! What a lane does of an object whose record somebody changed in a file of the log.

use super::super::by_hand::{Gate, Run, noon};
use super::Unread;
use lockgate_audit::{Drops, Event};
use lockgate_bytes::Frame;
use lockgate_intake::Arrival;
use std::path::PathBuf;

/// A lane with a held object; and so many entries behind it that its bundle is full.
fn held(gate: &Gate) -> (Run, u64) {
    let mut run = gate.run();
    let bytes = include_bytes!("../../../../../fixtures/cot-event/hold-unlabelled/input.xml").to_vec();
    let (source, arrival) = ("sensor-net".into(), run.clock.now());
    let frame = Frame { bytes, source, arrival, sidecar: None };
    run.work(|engine, out| engine.arrival(Arrival::Frame(frame, None), out));
    let entry = run.journal.parts.store.entries()[0].0;
    let mut page = Vec::new();
    for dropped in 0..600 {
        let (lane, listener) = ("cot-down".to_owned(), "udp-1".to_owned());
        let drops =
            Drops { at: arrival, epoch: 1, lane, listener, dropped, lost: 0, alarms: 0, indeterminate: 0 };
        Event::Drops(drops).write(&mut page);
        run.journal.parts.log.append(&page).unwrap();
    }
    run.journal.parts.log.commit().unwrap();
    run.journal.parts.log.checkpoint().unwrap();
    (run, entry)
}

fn bundle(gate: &Gate) -> PathBuf {
    gate.folder.path().join("audit/tile/entries/000")
}

/// The bundle with another text in the place of one that stands in it once; the lengths fit.
fn changed(bundle: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (mut out, mut rest, mut found) = (Vec::new(), bundle, 0);
    while let [high, low, after @ ..] = rest {
        let (entry, behind) = after.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        let entry = String::from_utf8(entry.to_vec()).unwrap();
        found += entry.matches(from).count();
        let entry = entry.replace(from, to);
        out.extend_from_slice(&u16::try_from(entry.len()).unwrap().to_be_bytes());
        out.extend_from_slice(entry.as_bytes());
        rest = behind;
    }
    assert_eq!(found, 1, "{from}");
    out
}

#[test]
fn a_held_object_is_not_decided_by_a_record_that_was_changed_meanwhile() {
    let gate = Gate::new(noon());
    let (run, entry) = held(&gate);
    let whole = std::fs::read(bundle(&gate)).unwrap();
    assert!(run.journal.held_frame(entry).is_ok());
    // Another bundle is read, so that this one is not remembered. What a sidecar is named by could go in the same way.
    for (from, to) in
        [("\"verdict\":\"hold\"", "\"verdict\":\"release\""), ("\"receipt\":null", "\"receipt\":\"1-1\"")]
    {
        assert!(run.journal.parts.log.entry(300).unwrap().is_some());
        std::fs::write(bundle(&gate), changed(&whole, from, to)).unwrap();
        assert!(matches!(run.journal.held_frame(entry), Err(Unread::Gone)), "{from}");
    }
    std::fs::write(bundle(&gate), &whole).unwrap();
    assert!(run.journal.held_frame(entry).is_ok());
}

#[test]
fn a_log_with_decisions_whose_checkpoint_was_taken_away_is_not_gone_on_with() {
    let gate = Gate::new(noon());
    let (run, _) = held(&gate);
    drop(run);
    std::fs::remove_file(gate.folder.path().join("audit/checkpoint")).unwrap();
    let why = gate.try_run().map(drop).unwrap_err();
    assert!(why.contains("its checkpoint is gone"), "{why}");
}
