//! The slow thread of a running lane: what no type recognises is looked into beside the fast path, never before it.

use crate::gate::{Gate, track, watched};
use crate::rules;
use crate::running::{lockgate, wait_for};
use serde_json::Value;
use std::fs;

/// A grey picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3A\x7E\x9B\x55\
    \0\0\0\x0AIDAT\x78\x9C\x63\x60\0\0\0\x02\0\x01\x48\xAF\xA4\x71\0\0\0\0IEND\xAE\x42\x60\x82";

/// The codes of each decision about an object that took the slow route, in the order of the log.
fn slow_codes(gate: &Gate) -> Vec<Vec<String>> {
    let slow = gate.events("decision").into_iter().filter(|record| record["account"]["route"] == "slow");
    let codes = |record: Value| {
        let reasons = record["account"]["reasons"].as_array().unwrap().clone();
        let codes = reasons.iter().map(|reason| reason["code"].as_str().unwrap().to_owned());
        // Whether text in pictures is read is the machine's.
        codes.filter(|code| code != "LG-D020").collect()
    };
    slow.map(codes).collect()
}

#[test]
fn a_running_lane_looks_into_what_no_type_recognises() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    lane.send(PNG);
    lane.send(&[PNG, b"anything"].concat());
    lane.send(&[b"\x7FELF".as_slice(), &[0; 600]].concat());
    lane.wait_decided(3);
    assert_eq!(lane.stop().code, 0);
    let codes = slow_codes(&gate);
    assert_eq!(
        codes,
        [
            vec!["LG-D014", "LG-D023"],
            vec!["LG-D011", "LG-D014", "LG-D023"],
            vec!["LG-D010", "LG-D009", "LG-D014"]
        ]
    );
    let findings = gate.events("decision")[1]["account"]["findings"].as_array().unwrap().clone();
    assert_eq!(findings[0]["code"], "form.trailing", "{findings:?}");
    gate.verified().is(&[("received", 3), ("held", 2), ("refused", 1)]);
}

/// Whether anybody reads text in pictures, through a whole lane; none of it needs a reader on the machine.
#[test]
fn a_lane_without_a_reader_does_what_it_says_of_that() {
    const ACCEPTS: &str = "accept pdf jpeg png nitf";
    for (says, expected) in [
        ("accept pdf jpeg png nitf\n        ocr required", &["LG-D021", "LG-D014", "LG-D023"][..]),
        ("accept pdf jpeg png nitf\n        ocr where-present", &["LG-D020", "LG-D014", "LG-D023"]),
        ("accept pdf jpeg png nitf\n        ocr off", &["LG-D014", "LG-D023"]),
    ] {
        let mut gate = Gate::new("cot-down");
        gate.put(&rules::bundle(1, &[("lanes/cot-down.kdl", ACCEPTS, says)]));
        gate.more = format!("{}\n    reader none", gate.more);
        let lane = gate.start();
        lane.send(PNG);
        lane.wait_decided(1);
        let reader = wait_for("the reader to be shown", || {
            let reader = lane.status().1["reader"].clone();
            (says.ends_with("off") || !reader.is_null()).then_some(reader)
        });
        let state = if says.ends_with("off") { Value::Null } else { "absent".into() };
        assert_eq!(reader["state"], state, "{says}: {reader}");
        let checked = lockgate(&["check", "--config", &gate.text("gate.kdl")]);
        assert_eq!(format!("{checked:?}").contains("D030"), says.ends_with("required"), "{checked:?}");
        assert_eq!(lane.stop().code, 0);
        let decision = gate.events("decision").pop().unwrap();
        let reasons = decision["account"]["reasons"].as_array().unwrap();
        let codes: Vec<&str> = reasons.iter().map(|reason| reason["code"].as_str().unwrap()).collect();
        assert_eq!(codes, expected, "{says}");
        gate.verified().is(&[("received", 1), ("held", 1)]);
    }
}

#[test]
fn the_fast_path_does_not_wait_for_workers_and_nothing_is_lost_where_their_line_is_full() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    let many: Vec<Vec<u8>> = (0..60_u8).map(|number| [PNG, &[number]].concat()).collect();
    lane.send_all(many.iter().map(Vec::as_slice));
    let tracks: Vec<Vec<u8>> = (0..30).map(|number| track(&format!("F-{number}"), 600)).collect();
    lane.send_all(tracks.iter().map(Vec::as_slice));
    assert_eq!(gate.wait_out(30).len(), 30);
    lane.wait_decided(90);
    // What found the line full has its turn when there is room.
    wait_for("everything to be looked into", || {
        let held = gate.held();
        let opened = |item: &&Value| !item["reasons"].as_array().unwrap().contains(&"LG-D018".into());
        (held.len() == 60 && held.iter().filter(opened).count() == 60).then_some(())
    });
    assert_eq!(lane.stop().code, 0);
    let codes = slow_codes(&gate);
    let unopened = codes.iter().filter(|codes| codes[..] == ["LG-D018"]).count();
    let looked = codes.iter().filter(|codes| codes[..] == ["LG-D011", "LG-D014", "LG-D023"]).count();
    assert!(unopened > 0 && looked == 60 && unopened + looked == codes.len(), "{codes:?}");
    gate.verified().is(&[("received", 90), ("sent", 30), ("held", 60)]);
}

#[test]
fn what_is_in_the_line_at_a_kill_or_a_stop_is_decided_once_and_its_file_is_acknowledged_only_then() {
    let mut gate = Gate::new("cot-down");
    let inbox = gate.path("inbox");
    fs::create_dir_all(inbox.join("in")).unwrap();
    gate.intake = watched(&inbox);
    let hand_in = |number: u8| {
        let name = inbox.join(format!("in/{number}"));
        fs::write(name.with_extension("part"), [PNG, &[number]].concat()).unwrap();
        fs::rename(name.with_extension("part"), name.with_extension("bin")).unwrap();
    };
    let left = |folder: &str| fs::read_dir(inbox.join(folder)).map_or(0, Iterator::count);
    let lane = gate.start();
    (0..12).for_each(hand_in);
    wait_for("the first files to be taken", || (left("in") < 12).then_some(()));
    lane.kill();
    let lane = gate.start();
    wait_for("all files to be decided", || (left("in") + left("taken") == 0).then_some(()));
    (12..24).for_each(hand_in);
    wait_for("the rest to be taken", || (left("in") == 0).then_some(()));
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 24), ("held", 24)]);
}
