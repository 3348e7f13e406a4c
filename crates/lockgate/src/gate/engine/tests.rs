//! Taken files that a crash left half decided: no byte is decided twice, and none is left out, however they are cut.

use super::slow::{Aim, Done, Rest};
use super::{Engine, Origin, Start};
use crate::embedded;
use crate::gate::by_hand::{Gate, noon};
use crate::gate::common::Common;
use crate::gate::entry::Entry;
use lockgate_audit::{Event, Taken};
use lockgate_bundle::{Bundle, Strictness};
use lockgate_bytes::{Digest, Frame};
use lockgate_core::{Policy, Received, Routed, Workspace};
use lockgate_intake::{Arrival, Receipt};
use lockgate_watch::Sampler;
use std::collections::BTreeMap;
use std::sync::Arc;

const RECEIPT: Receipt = Receipt { epoch: 1, number: 7 };

/// The demonstration's lane; and one that cuts nothing, because its frames end otherwise.
fn policies() -> [Arc<Policy>; 2] {
    let mut rules = embedded::rules();
    let usual = Bundle::build_as(&rules, Strictness::Trial).unwrap();
    let path = "types/cot-event/type.kdl";
    let text = String::from_utf8(rules.remove(path).unwrap()).unwrap();
    let text = text.replace("framing delimiter \"</event>\"", "framing delimiter \"</event></all>\"");
    rules.insert(path.to_owned(), text.into_bytes());
    let other = Bundle::build_as(&rules, Strictness::Trial).unwrap();
    [usual, other].map(|bundle| bundle.lane("cot-down").unwrap().clone())
}

/// What an engine makes of the file where so much of it is on record: hash and reach of each object, and whether the file
/// is given back at once.
fn decided(policy: &Arc<Policy>, file: &[u8], begun: Option<u64>) -> (Vec<(String, u64)>, bool) {
    let gate = Gate::new(noon());
    let run = gate.run();
    let common = Common::new(run.clock.clone(), run.gauges.clone(), 1 << 20, 2, false).unwrap();
    let begun: BTreeMap<Receipt, u64> = begun.into_iter().map(|bytes| (RECEIPT, bytes)).collect();
    let mut engine = Engine::new(Start {
        policy: policy.clone(),
        bindings: Arc::default(),
        common,
        cut_max: usize::MAX,
        flood: 0,
        begun,
        pseudonyms: None,
        slow: None,
    });
    let frame = Frame { bytes: file.to_vec(), source: "sensor-net".into(), arrival: noon(), sidecar: None };
    let mut entries = Vec::new();
    engine.arrival(Arrival::Frame(frame, Some(RECEIPT)), &mut entries);
    let (mut objects, mut back) = (Vec::new(), false);
    for entry in entries {
        match entry {
            Entry::Decision(decision) => {
                let Some(Taken { run: 1, number: 7, bytes }) = decision.taken else { panic!("{decision:?}") };
                let Ok(Event::Decision(record)) = Event::read(decision.draft.page()) else {
                    panic!("a decision")
                };
                objects.push((record.text("sha256").unwrap().to_owned(), bytes));
            }
            Entry::Acknowledge(RECEIPT) => back = true,
            other => panic!("{other:?}"),
        }
    }
    (objects, back)
}

#[test]
fn the_rest_of_a_half_decided_file_is_decided_once_however_it_is_cut() {
    let event =
        include_bytes!("../../../../../fixtures/cot-event/release-ground-track/input.xml").trim_ascii();
    let parts = [event, b"\n", event, b" \r\n", event, b"\n"];
    let file = parts.concat();
    let [usual, whole] = policies();
    let hash = |bytes: &[u8]| Digest::of(bytes).to_string();
    let (one, two) = (event.len(), event.len() * 2 + 1);
    let all = (
        vec![(hash(&file[..one]), one as u64), (hash(&file[one..two]), two as u64), (hash(&file[two..]), 0)],
        false,
    );
    assert_eq!(decided(&usual, &file, None), all);
    assert_eq!(decided(&whole, &file, None), (vec![(hash(&file), 0)], false));
    // After the first, and after the second: whoever cuts the rest begins where the record ends.
    for (policy, first) in [(&usual, 1), (&whole, 1), (&usual, 2), (&whole, 2)] {
        let done = all.0[first - 1].1;
        let rest = &file[usize::try_from(done).unwrap()..];
        let (objects, back) = decided(policy, &file, Some(done));
        if Arc::ptr_eq(policy, &usual) {
            assert_eq!(objects, all.0[first..]);
        } else {
            assert_eq!(objects, [(hash(rest), 0)]);
        }
        assert!(!back);
    }
    for policy in [&usual, &whole] {
        assert_eq!(decided(policy, &file, Some(0)), (vec![], true), "all of it is on record");
        assert_eq!(
            decided(policy, &file, Some(1 << 40)),
            (vec![], true),
            "and there is nothing behind its end"
        );
    }
}

/// What must not be: it was read under one bundle and is decided under another. It is refused, on record and told, and the next
/// start finds the log sound.
#[test]
fn a_guard_that_disagrees_with_itself_refuses_and_says_so() {
    let gate = Gate::new(noon());
    let [usual, other] = policies();
    let mut run = gate.run();
    let event = include_bytes!("../../../../../fixtures/cot-event/release-ground-track/input.xml").to_vec();
    let frame = Frame { bytes: event, source: "sensor-net".into(), arrival: noon(), sidecar: None };
    let Routed::Fast(object) = Received::accept(frame, Box::new(Workspace::new())).route(&usual) else {
        panic!("a track")
    };
    let aim = Aim::Decide { origin: Origin::default(), arrival: noon(), attestations: None, beside: None };
    let done = Done(object.inspect(&usual), Rest { policy: other, aim }, 0);
    run.work(|engine, out| engine.conclude(done, out));
    assert_eq!(run.released(), 0);
    let Some(Event::Decision(record)) = gate.log().pop() else { panic!("a decision") };
    assert_eq!((record.text("verdict"), record.text("released_sha256")), (Some("refuse"), None));
    let status = run.gauges.look(&Sampler::default(), noon(), run.gauges.steady_nanos()).json();
    // From this count the alarm `internal-fault` follows.
    assert!(status.contains("\"LG-X001\",\"objects\":1"), "{status}");
    drop(run);
    let run = gate.try_run().unwrap();
    assert_eq!(run.journal.parts.ledger.waiting().count(), 0);
}

#[test]
fn what_would_leave_by_a_bundle_not_in_force_any_more_is_held_and_has_another_turn() {
    let gate = Gate::new(noon());
    let run = gate.run();
    let common = Common::new(run.clock.clone(), run.gauges.clone(), 1 << 20, 2, false).unwrap();
    let [usual, other] = policies();
    let seen = || {
        let event =
            include_bytes!("../../../../../fixtures/cot-event/release-ground-track/input.xml").to_vec();
        let frame = Frame { bytes: event, source: "sensor-net".into(), arrival: noon(), sidecar: None };
        let Routed::Fast(object) = Received::accept(frame, Box::new(Workspace::new())).route(&usual) else {
            panic!("a track")
        };
        let aim =
            Aim::Decide { origin: Origin::default(), arrival: noon(), attestations: None, beside: None };
        Done(object.inspect(&usual), Rest { policy: usual.clone(), aim }, 0)
    };
    for (in_force, expected, late) in [(&usual, "release", false), (&other, "hold", true)] {
        let (policy, common) = (in_force.clone(), common.clone());
        let (begun, bindings) = (BTreeMap::new(), Arc::default());
        let (cut_max, flood) = (usize::MAX, 0);
        let start = Start { policy, bindings, common, cut_max, flood, begun, pseudonyms: None, slow: None };
        let mut out = Vec::new();
        Engine::new(start).conclude(seen(), &mut out);
        let [.., Entry::Decision(decision)] = out.as_slice() else { panic!("{out:?}") };
        let Ok(Event::Decision(record)) = Event::read(decision.draft.page()) else { panic!("a decision") };
        assert_eq!((record.text("verdict"), decision.is_late), (Some(expected), late));
        let page = std::str::from_utf8(decision.draft.page()).unwrap();
        assert_eq!(page.contains("LG-H044"), late, "{page}");
    }
}
