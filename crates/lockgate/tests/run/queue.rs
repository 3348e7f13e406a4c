//! What waits for a slow link: who goes first, who gives way, whose time runs out, and where the rest goes.

use crate::gate::{Gate, but, now, track, track_at};
use crate::running::lockgate;
use lockgate_bytes::Duration;

/// A link that takes about so many of our objects a second.
fn slow(gate: &mut Gate, objects: u64) {
    gate.egress = gate.egress.replace("100Mbit/s", &format!("{}kbit/s", objects * 4));
}

/// With a claim of precedence, by the first digit of `qos`.
fn urgent(object: &[u8], qos: &str) -> Vec<u8> {
    but(object, "><point", &format!(" qos=\"{qos}\"><point"))
}

fn uid(object: &[u8]) -> String {
    let text = std::str::from_utf8(object).unwrap();
    text.split_once("uid=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
}

#[test]
fn the_more_urgent_go_first() {
    let mut gate = Gate::new("cot-down");
    slow(&mut gate, 5);
    let lane = gate.start();
    for number in 0..20 {
        lane.send(&track(&format!("R-{number}"), 900));
    }
    lane.wait_decided(20);
    for number in 0..5 {
        lane.send(&urgent(&track(&format!("U-{number}"), 900), "9-r-d"));
    }
    let out: Vec<String> = gate.wait_out(25).iter().map(|object| uid(object)).collect();
    assert_eq!(lane.stop().code, 0);
    let first = out.iter().position(|uid| uid.starts_with("U-")).unwrap();
    assert!(first < 15, "the urgent ones do not wait for the line: {out:?}");
    let urgent: Vec<&str> = out[first..first + 5].iter().map(String::as_str).collect();
    assert_eq!(urgent, ["U-0", "U-1", "U-2", "U-3", "U-4"], "and keep their order: {out:?}");
    let classes: Vec<_> =
        gate.events("decision").iter().map(|one| one["class"].as_str().unwrap().to_owned()).collect();
    assert_eq!((classes[0].as_str(), classes[24].as_str()), ("ROUTINE", "IMMEDIATE"));
    gate.verified().is(&[("received", 25), ("sent", 25)]);
}

#[test]
fn the_newest_report_of_a_thing_wins() {
    let mut gate = Gate::new("cot-down");
    slow(&mut gate, 5);
    let lane = gate.start();
    for number in 0..15 {
        lane.send(&track(&format!("R-{number}"), 900));
    }
    let at = |seconds: i64| now().plus(Duration::from_secs(seconds));
    for seconds in [-20, -10, -15, -10] {
        lane.send(&track_at("SHIP", at(seconds), 900));
    }
    lane.wait_decided(19);
    let out = gate.wait_out(16);
    assert_eq!(lane.stop().code, 0);
    let ship: Vec<&Vec<u8>> = out.iter().filter(|object| uid(object) == "SHIP").collect();
    assert_eq!(ship.len(), 1, "an older or equal one never replaces it");
    gate.verified().is(&[("received", 19), ("sent", 16), ("superseded", 3)]);
}

/// Five tracks of one second behind ten that take two: how many of them were too old already when they were decided.
fn too_old_at_once() -> u64 {
    let mut gate = Gate::new("cot-down");
    slow(&mut gate, 5);
    let lane = gate.start();
    // Made before anything leaves, so that they are too old before the link is free, however slow the machine is.
    let short: Vec<Vec<u8>> = (0..5).map(|number| track(&format!("S-{number}"), 1)).collect();
    for number in 0..10 {
        lane.send(&track(&format!("R-{number}"), 900));
    }
    lane.send_all(short.iter().map(Vec::as_slice));
    let out = gate.wait_out(10);
    let done = lane.wait_status("nothing to wait", |status| {
        let of = |kind: &str, key: &str| status[kind][key].as_u64().unwrap();
        of("left", "sent") + of("left", "expired") + of("decided", "refuse") == 15
    });
    assert_eq!(lane.stop().code, 0);
    assert!(out.iter().all(|object| uid(object).starts_with("R-")), "a track that is no more is not sent");
    let refused = done["decided"]["refuse"].as_u64().unwrap();
    gate.verified().is(&[("received", 15), ("sent", 10), ("expired", 5 - refused), ("refused", refused)]);
    refused
}

#[test]
fn what_waits_too_long_expires() {
    assert!((0..5).any(|_| too_old_at_once() < 5), "no track of a second was decided within a second");
}

#[test]
fn what_finds_the_queue_full_is_held() {
    let mut gate = Gate::new("cot-down");
    slow(&mut gate, 5);
    gate.more = "queue objects=10 bytes=\"1MiB\"\n    drain \"100ms\"".to_owned();
    let lane = gate.start();
    let objects: Vec<Vec<u8>> = (0..60).map(|number| track(&format!("R-{number}"), 900)).collect();
    lane.send_all(objects.iter().map(Vec::as_slice));
    lane.wait_status("the rest to be held", |status| {
        let of = |kind: &str, key: &str| status[kind][key].as_u64().unwrap();
        of("decided", "release") == 60
            && of("left", "spilled") >= 40
            && of("held", "objects") == of("left", "spilled")
    });
    let held = gate.held();
    assert!(held.len() >= 40, "{}", held.len());
    let one = &held[0];
    assert_eq!((&one["reasons"][0], &one["lane"]), (&"LG-E005".into(), &"cot-down".into()));
    let entry = one["entry"].to_string();
    let shown = lockgate(&["hold", "show", &entry, "--config", &gate.text("gate.kdl")]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for says in ["LG-E005", "stored         whole", "cot-event"] {
        assert!(shown.out.contains(says), "{says}: {}", shown.out);
    }
    assert!(!shown.out.contains("KRIM"));
    let json =
        lockgate(&["hold", "show", &entry, "--json", "--config", &gate.text("gate.kdl")]).good().line();
    assert_eq!((&json["stored"], &json["sha256"]), (&"whole".into(), &one["sha256"]));
    assert_eq!(lane.stop().code, 0);
    let tally = gate.verified();
    assert_eq!((tally.of("received"), tally.of("sent") + tally.of("held")), (60, 60));
}

#[test]
fn a_link_that_stands_still_does_not_change_what_is_taken() {
    let offered = |egress: &str| {
        let mut gate = Gate::new("cot-down");
        gate.egress = gate.egress.replace("100Mbit/s", egress);
        gate.more = "queue objects=10 bytes=\"1MiB\"\n    drain \"50ms\"".to_owned();
        let lane = gate.start();
        for number in 0..100 {
            lane.send(&track(&format!("R-{number}"), 900));
        }
        let status = lane.wait_decided(100);
        assert_eq!(lane.stop().code, 0);
        (status["decided"].clone(), status["in"]["objects"].clone(), gate.verified().of("received"))
    };
    assert_eq!(offered("1kbit/s"), offered("100Mbit/s"));
}
