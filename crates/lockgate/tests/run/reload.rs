//! Another bundle while a lane works: taken at once or not at all, and everything that waits is decided again.

use crate::gate::{Gate, secret, track, unmarked};
use crate::rules::{Edit, bundle};
use crate::running::wait_for;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Nothing of what was released so far may cross any more.
const LOWER: Edit =
    ("lanes/cot-down.kdl", "label.level <= level('RESTRICTED')", "label.level <= level('UNCLASSIFIED')");

/// Each decision was made under the bundle that was in force at its place in the log, and no object was decided again
/// twice. The decisions, by their entry.
fn unmixed(gate: &Gate) -> BTreeMap<usize, Value> {
    let (mut bundle, mut former, mut decisions) = (Value::Null, BTreeSet::new(), BTreeMap::new());
    for (entry, record) in gate.log().into_iter().enumerate() {
        match record["event"].as_str().unwrap() {
            "start" => bundle = record["bundle"].clone(),
            "bundle" if record["refused"].is_null() => bundle = record["to"].clone(),
            "decision" => {
                assert_eq!(record["account"]["bundle"], bundle, "entry {entry}");
                if let Some(again) = record["again"].as_u64() {
                    assert!(former.insert(again), "entry {again} is decided again twice");
                }
                decisions.insert(entry, record);
            }
            _ => {}
        }
    }
    decisions
}

fn again(decisions: &BTreeMap<usize, Value>) -> usize {
    decisions.values().filter(|one| one["again"].is_u64()).count()
}

#[test]
fn a_thousand_queued_objects_are_decided_again() {
    let mut gate = Gate::new("cot-down");
    gate.egress = gate.egress.replace("100Mbit/s", "40kbit/s");
    let lane = gate.start();
    let objects: Vec<Vec<u8>> = (0..1000).map(|number| track(&format!("A-{number}"), 900)).collect();
    for objects in objects.chunks(100) {
        lane.send_all(objects.iter().map(Vec::as_slice));
    }
    for number in 0..20 {
        lane.send(&unmarked(&format!("C-{number}")));
    }
    lane.wait_decided(1020);
    gate.put(&bundle(2, &[LOWER]));
    let ran = lane.reload();
    assert_eq!(ran.code, 0, "{ran:?}");
    let status = lane.wait_status("the queue to be decided again", |status| {
        status["queue"].as_array().unwrap().iter().all(|class| class["objects"] == 0)
            && status["decided"]["refuse"].as_u64().unwrap() > 900
    });
    assert_eq!(status["bundle"]["revision"], 2);
    // What comes now is decided under the new one.
    lane.send(&track("Z-1", 600));
    lane.wait_status("the last one", |status| {
        let sent = status["left"]["sent"].as_u64().unwrap();
        status["decided"]["refuse"].as_u64().unwrap() + sent >= 1001
    });
    let ended = lane.stop();
    assert_eq!(ended.code, 0, "{ended:?}");
    let tally = gate.verified();
    let sent = tally.of("sent");
    assert!(sent < 100, "the link is slow: {sent}");
    tally.is(&[("received", 1021), ("sent", sent), ("held", 20), ("refused", 1001 - sent)]);
    let decisions = unmixed(&gate);
    assert_eq!(u64::try_from(again(&decisions)).unwrap(), 1000 - sent + 20);
    let out: BTreeSet<Vec<u8>> = gate.wait_out(usize::try_from(sent).unwrap()).into_iter().collect();
    assert_eq!(u64::try_from(out.len()).unwrap(), sent, "each once");
    assert!(out.iter().all(|object| objects.contains(object)));
    assert_eq!(gate.held().len(), 20);
}

#[test]
fn reloads_in_a_row_lose_and_double_nothing() {
    let mut gate = Gate::new("cot-down");
    gate.egress = gate.egress.replace("100Mbit/s", "200kbit/s");
    let bundles: Vec<_> = (2..6).map(|revision| bundle(revision, &[])).collect();
    let lane = gate.start();
    for number in 0..200 {
        lane.send(&track(&format!("A-{number}"), 900));
        if number % 4 == 0 {
            lane.send(&unmarked(&format!("C-{number}")));
        }
    }
    for bundle in &bundles {
        gate.put(bundle);
        let ran = lane.reload();
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let out = gate.wait_out(200);
    assert_eq!(lane.stop().code, 0);
    assert_eq!(out.iter().collect::<BTreeSet<_>>().len(), 200);
    assert_eq!(out.len(), 200);
    gate.verified().is(&[("received", 250), ("sent", 200), ("held", 50)]);
    assert!(again(&unmixed(&gate)) > 100, "some waited at each change");
    assert_eq!(gate.events("bundle").len(), 4);
}

#[test]
fn a_stop_in_the_middle_of_a_reload_keeps_everything() {
    let mut gate = Gate::new("cot-down");
    gate.egress = gate.egress.replace("100Mbit/s", "10kbit/s");
    gate.more = "drain \"100ms\"".to_owned();
    let lane = gate.start();
    let objects: Vec<Vec<u8>> = (0..600).map(|number| track(&format!("A-{number}"), 900)).collect();
    lane.send_all(objects.iter().map(Vec::as_slice));
    lane.wait_decided(600);
    gate.put(&bundle(2, &[]));
    assert_eq!(lane.reload().code, 0);
    let ended = lane.stop();
    assert_eq!(ended.code, 0, "{ended:?}");
    let tally = gate.verified();
    let sent = tally.of("sent");
    assert!(sent < 100, "{tally:?}");
    tally.is(&[("received", 600), ("sent", sent), ("held", 600 - sent)]);
    unmixed(&gate);
    assert!(gate.held().iter().all(|one| one["reasons"][0] == "LG-E009"));
}

#[test]
fn a_refused_bundle_leaves_the_old_one_in_force() {
    let gate = Gate::new("cot-down");
    gate.put(&bundle(3, &[]));
    let lane = gate.start();
    let alarm = |status: &Value| {
        status["alarms"].as_array().unwrap().iter().any(|one| one["name"] == "reload-refused")
    };
    // A lower revision, by command.
    gate.put(&bundle(2, &[LOWER]));
    let ran = lane.reload();
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("S016"), "{ran:?}");
    let (_, status) = lane.status();
    assert!(alarm(&status) && status["bundle"]["revision"] == 3, "{status}");
    // Unsigned, by signal.
    gate.put(&bundle(4, &[LOWER]));
    fs::remove_file(gate.path("gate.bundle.sigs")).unwrap();
    lane.signal("HUP");
    wait_for("the second refusal on record", || (gate.events("bundle").len() == 2).then_some(()));
    // Not a bundle at all; and none.
    fs::write(gate.path("gate.bundle"), "no bundle").unwrap();
    assert_eq!(lane.reload().code, 2);
    fs::remove_file(gate.path("gate.bundle")).unwrap();
    assert_eq!(lane.reload().code, 2);
    wait_for("four refusals on record", || (gate.events("bundle").len() == 4).then_some(()));
    lane.send(&track("A-1", 600));
    lane.send(&secret("D-1"));
    assert_eq!(gate.wait_out(1).len(), 1, "the old one goes on");
    gate.put(&bundle(4, &[LOWER]));
    lane.signal("HUP");
    let status = lane.wait_status("revision 4", |status| status["bundle"]["revision"] == 4);
    assert!(!alarm(&status), "{status}");
    lane.send(&track("A-2", 600));
    lane.wait_decided(3);
    assert_eq!(lane.stop().code, 0);
    let changes = gate.events("bundle");
    assert_eq!(changes.iter().filter(|one| one["refused"].is_string()).count(), 4);
    assert_eq!((changes.len(), &changes[4]["revision"]), (5, &4.into()));
    gate.verified().is(&[("received", 3), ("sent", 1), ("refused", 2)]);
    unmixed(&gate);
}
