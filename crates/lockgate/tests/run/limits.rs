//! What a source may send is its own: how large an object, and how many a second. Others of its lane may send more.

use crate::gate::{Gate, watched};
use crate::rules::{self, Edit};
use serde_json::Value;
use std::fs;

/// A second source in the lane of radars, whose one type has at most 16 KiB; theirs have 64.
const TWO: &[Edit] = &[
    (
        "lanes/asterix-down.kdl",
        "    type \"asterix-cat021\"",
        "    source \"north\" by=directory ceiling=\"RESTRICTED\" {\n        types \"track-json\"\n    }\n    \
         type \"track-json\" version=\"1\" {\n        marking \"track-mission\"\n        undeclared drop\n        \
         redact \"track.path\"\n        validity max=\"20m\" skew=\"5s\" newest-wins=#true\n        precedence ROUTINE\n    }\n    \
         type \"asterix-cat021\"",
    ),
    ("lanes/asterix-down.kdl", "rate=\"2Mbit/s\"", "rate=\"1Gbit/s\" objects=\"1000/s\""),
];

/// How many a listener has turned away, and for what.
fn turned_away(status: &Value, listener: &str) -> Vec<(String, u64)> {
    // One that has told nothing yet is not there.
    let listener = status["listeners"].as_array().unwrap().iter().find(|one| one["listener"] == listener);
    let away = listener.and_then(|listener| listener["turned_away"].as_array()).into_iter().flatten();
    away.map(|away| (away["why"].as_str().unwrap().to_owned(), away["objects"].as_u64().unwrap())).collect()
}

#[test]
fn of_two_sources_each_keeps_to_its_own_size_and_number() {
    let inbox = tempfile::tempdir().unwrap();
    fs::create_dir(inbox.path().join("in")).unwrap();
    let mut gate = Gate::new("asterix-down");
    let folder = watched(inbox.path()).replace("sensor-net", "north");
    gate.intake = format!("{} objects=\"20/s\"\n        {folder}", gate.intake);
    gate.put(&rules::bundle(1, TWO));
    let lane = gate.start();
    let hand_in = |name: &str, size: usize| {
        fs::write(inbox.path().join(name), vec![b'x'; size]).unwrap();
        fs::rename(inbox.path().join(name), inbox.path().join("in").join(name)).unwrap();
    };
    // Both are nonsense, and one of them is of a size that no type of its source has.
    hand_in("fits", 16 << 10);
    hand_in("is-too-large", (16 << 10) + 1);
    lane.send(&vec![b'x'; 30 << 10]);
    lane.wait_decided(2);
    let status = lane
        .wait_status("the one that is too large", |status| !turned_away(status, "directory-2").is_empty());
    assert_eq!(turned_away(&status, "directory-2"), [("oversize".to_owned(), 1)]);
    assert!(turned_away(&status, "udp-1").is_empty(), "what is too large for one is not for the other");
    for _ in 0..200 {
        lane.send(b"x");
    }
    let status = lane.wait_status("more than 20 a second", |status| {
        turned_away(status, "udp-1").iter().any(|(why, count)| why == "over-rate" && *count >= 100)
    });
    assert_eq!(turned_away(&status, "directory-2").len(), 1, "{status}");
    assert_eq!(lane.stop().code, 0);
    let oversize: Vec<Value> =
        gate.events("refusals").into_iter().filter(|event| event["code"] == "LG-F002").collect();
    assert_eq!((oversize.len(), &oversize[0]["source"]), (1, &"north".into()));
    gate.verified();
}
