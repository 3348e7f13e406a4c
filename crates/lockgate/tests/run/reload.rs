//! Another bundle while a lane works: taken at once or not at all, and everything that waits is decided again.

use crate::gate::{Gate, now, secret, track, unmarked};
use crate::rules::{Edit, bundle};
use crate::running::wait_for;
use lockgate_audit::{ClockState, Event, Log, LogKey, Start, Stop};
use lockgate_bytes::{Digest, Duration};
use lockgate_disk::RealDisk;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

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

/// The log ends a year ahead of the machine's clock, as after a clock that was set back.
fn gate_of_a_later_log() -> Gate {
    let gate = Gate::new("cot-down");
    let seed = [3; 32];
    let key = LogKey::from_secret("lockgate-gate-1", &seed).unwrap();
    let public = key.trust().to_string();
    let disk = Arc::new(RealDisk::at(&gate.path("audit")).unwrap());
    let (mut log, _) = Log::open(disk, key, Vec::new(), lockgate_audit::Settings::default()).unwrap();
    let at = now().plus(Duration::from_secs(366 * 86_400));
    let start = Start {
        at,
        epoch: 1,
        node: "test".to_owned(),
        engine: "0".to_owned(),
        bundle: Digest([0; 32]),
        revision: 0,
        lane: "cot-down".to_owned(),
        config: Digest([0; 32]),
        clock: ClockState::Synchronised,
        key: public,
        cut_bytes: 0,
        outstanding: 0,
    };
    let stop = Stop { at, epoch: 1, why: "the test begins".to_owned() };
    for event in [Event::Start(start), Event::Stop(stop)] {
        let mut page = Vec::new();
        event.write(&mut page);
        log.append(&page).unwrap();
    }
    log.commit().unwrap();
    log.checkpoint().unwrap();
    gate
}

/// The day so many days from today.
fn day(days: i64) -> String {
    now().plus(Duration::from_secs(days * 86_400)).to_string().split('T').next().unwrap().to_owned()
}

#[test]
fn signers_are_judged_by_the_time_of_the_log_where_the_machine_is_behind_it() {
    let gate = gate_of_a_later_log();
    gate.trust("2026-01-01", &day(100));
    let ran = gate.try_start().err().expect("a signer whose time is over by the log brings no lane up");
    assert!(ran.code == 2 && ran.err.contains("until"), "{ran:?}");
    let refused = gate.events("bundle");
    assert!(refused.len() == 1 && refused[0]["refused"].is_string(), "{refused:?}");
    // With signers who count by the log's time it runs, and takes no bundle by others.
    gate.trust("2026-01-01", &day(500));
    let lane = gate.start();
    gate.trust("2026-01-01", &day(100));
    gate.put(&bundle(2, &[]));
    let ran = lane.reload();
    assert!(ran.code == 2 && ran.err.contains("until"), "{ran:?}");
    gate.trust("2026-01-01", &day(500));
    assert_eq!(lane.reload().code, 0);
    assert_eq!(lane.stop().code, 0);
}

#[test]
fn a_reload_takes_a_bundle_and_nothing_else() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    let file = gate.path("gate.kdl");
    let as_started = fs::read(&file).unwrap();
    gate.put(&bundle(2, &[]));
    // Whoever takes a certificate out of the file must not believe that it counts no more.
    fs::write(&file, [as_started.as_slice(), b"// changed\n"].concat()).unwrap();
    let ran = lane.reload();
    assert!(ran.code == 2 && ran.err.contains("start the lane again"), "{ran:?}");
    fs::write(&file, &as_started).unwrap();
    // The listeners of the running lane would go on taking ten times as much as this bundle allows.
    let slower: Edit = ("lanes/cot-down.kdl", "rate=\"1Gbit/s\"", "rate=\"100Mbit/s\"");
    gate.put(&bundle(2, &[slower]));
    let ran = lane.reload();
    assert!(ran.code == 2 && ran.err.contains("what sources may send"), "{ran:?}");
    assert_eq!(lane.status().1["bundle"]["revision"], 1);
    gate.put(&bundle(2, &[]));
    assert_eq!(lane.reload().code, 0);
    assert_eq!(lane.stop().code, 0);
    let refused = gate.events("bundle");
    assert_eq!(refused.iter().filter(|one| one["refused"].is_string()).count(), 2, "{refused:?}");
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
