//! The end of a run and the beginning of the next.

use crate::gate::{Gate, track, unmarked};
use std::collections::BTreeSet;

#[test]
fn a_stop_sends_what_it_can_and_holds_the_rest_and_the_next_run_goes_on() {
    let mut gate = Gate::new("cot-down");
    let fast = gate.egress.clone();
    gate.egress = fast.replace("100Mbit/s", "60kbit/s");
    gate.more = "drain \"500ms\"".to_owned();
    let lane = gate.start();
    let objects: Vec<Vec<u8>> = (0..200).map(|number| track(&format!("A-{number}"), 900)).collect();
    lane.send_all(objects.iter().map(Vec::as_slice));
    lane.send(&unmarked("C-1"));
    lane.wait_decided(201);
    let before = lane.status().1["left"]["sent"].as_u64().unwrap();
    let ended = lane.stop();
    assert_eq!(ended.code, 0, "{ended:?}");
    let tally = gate.verified();
    let sent = tally.of("sent");
    assert!(sent > before && sent < 180, "it sent some while it drained: {before}, {sent}");
    tally.is(&[("received", 201), ("sent", sent), ("held", 201 - sent)]);
    let held = gate.held();
    let stopped = held.iter().filter(|one| one["reasons"][0] == "LG-E009").count();
    assert_eq!(u64::try_from(stopped).unwrap(), 200 - sent);
    assert_eq!(gate.log().last().unwrap()["event"], "stop");

    gate.egress = fast;
    let lane = gate.start();
    // What the stop kept takes its turn again.
    let out = gate.wait_out(200);
    assert_eq!(out.len(), 200);
    assert_eq!(out.into_iter().collect::<BTreeSet<_>>(), objects.into_iter().collect());
    assert_eq!(lane.stop().code, 0);
    let starts = gate.events("start");
    let of = |at: usize, key: &str| starts[at][key].as_u64().unwrap();
    assert_eq!((of(0, "epoch"), of(1, "epoch"), starts.len()), (1, 2, 2));
    assert_eq!((of(1, "outstanding"), of(1, "cut_bytes")), (201 - sent, 0));
    gate.verified().is(&[("received", 201), ("sent", 200), ("held", 1)]);
}

#[test]
fn nothing_is_taken_once_it_drains() {
    let mut gate = Gate::new("cot-down");
    gate.egress = gate.egress.replace("100Mbit/s", "20kbit/s");
    let lane = gate.start();
    let objects: Vec<Vec<u8>> = (0..50).map(|number| track(&format!("A-{number}"), 900)).collect();
    lane.send_all(objects.iter().map(Vec::as_slice));
    lane.wait_decided(50);
    lane.signal("TERM");
    crate::running::wait_for("the draining", || {
        let ran = crate::running::lockgate(&["status", "--json", "--config", &gate.text("gate.kdl")]);
        let drains = ran.code == 1 && ran.out.contains("draining");
        drains.then_some(())
    });
    lane.send(&track("Z-1", 900));
    assert_eq!(lane.stop().code, 0);
    let tally = gate.verified();
    assert_eq!(tally.of("received"), 50);
    assert_eq!(tally.of("sent") + tally.of("held"), 50);
}

#[test]
fn a_killed_lane_counts_what_was_on_its_way_as_indeterminate() {
    let mut gate = Gate::new("cot-down");
    gate.egress = gate.egress.replace("100Mbit/s", "20kbit/s");
    let lane = gate.start();
    let objects: Vec<Vec<u8>> = (0..50).map(|number| track(&format!("A-{number}"), 900)).collect();
    lane.send_all(objects.iter().map(Vec::as_slice));
    lane.send(&unmarked("C-1"));
    lane.wait_decided(51);
    // Shown is what is decided; on record a moment later.
    crate::running::wait_for("the record", || (gate.events("decision").len() == 51).then_some(()));
    lane.kill();
    gate.verified();
    let lane = gate.start();
    let shown = lane.status().1["left"]["indeterminate"].as_u64();
    assert_eq!(lane.stop().code, 0);
    let tally = gate.verified();
    let sent = tally.of("sent");
    tally.is(&[("received", 51), ("held", 1), ("sent", sent), ("indeterminate", 50 - sent)]);
    assert_eq!(shown, Some(50 - sent), "the operator sees it, too");
    assert!(u64::try_from(gate.come_out().len()).unwrap() >= sent);
}
