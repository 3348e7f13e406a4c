//! `explain SHA256 --config`: the whole way of an object, from the log.

use crate::gate::{Gate, secret, track, unmarked, with_device};
use crate::rules::bundle;
use crate::running::{Ran, lockgate, wait_for};
use serde_json::Value;

fn sha256(bytes: &[u8]) -> String {
    lockgate_bytes::Digest::of(bytes).to_string()
}

fn explain(gate: &Gate, bytes: &[u8], json: bool) -> Ran {
    let config = gate.text("gate.kdl");
    let sha256 = sha256(bytes);
    let mut args = vec!["explain", &sha256, "--config", &config];
    args.extend(json.then_some("--json"));
    lockgate(&args)
}

fn kinds(line: &Value) -> Vec<String> {
    let steps = line["steps"].as_array().unwrap().iter();
    steps
        .map(|step| match step["record"]["event"].as_str().unwrap() {
            "decision" => step["record"]["account"]["verdict"].as_str().unwrap().to_owned(),
            _ => step["record"]["outcomes"][0]["outcome"].as_str().unwrap().to_owned(),
        })
        .collect()
}

#[test]
fn the_way_of_an_object_is_told_from_its_first_decision_to_its_end() {
    let gate = Gate::new("cot-down");
    let lane = gate.start();
    let (released, held, refused, device) =
        (track("A-1", 900), unmarked("C-1"), secret("D-1"), with_device("B-1"));
    for object in [&released, &held, &refused, &device] {
        lane.send(object);
    }
    let out = gate.wait_out(2);
    wait_for("the outcomes", || {
        let sent = [&released, &device].iter().all(|object| explain(&gate, object, false).code == 0);
        sent.then_some(())
    });
    gate.put(&bundle(2, &[]));
    lane.reload().good();
    wait_for("the second decision", || (gate.events("decision").len() == 5).then_some(()));

    let ran = explain(&gate, &released, true);
    assert_eq!(ran.code, 0, "{ran:?}");
    let line = ran.line();
    assert_eq!(
        (&line["state"], &line["held"], &line["lane"]),
        (&"sent".into(), &false.into(), &"cot-down".into())
    );
    assert_eq!(
        (kinds(&line), &line["sha256"]),
        (vec!["release".to_owned(), "sent".to_owned()], &sha256(&released).into())
    );
    let text = explain(&gate, &released, false);
    assert!(text.out.contains("now sent") && text.out.contains("release"), "{text:?}");

    let ran = explain(&gate, &held, true);
    assert_eq!(ran.code, 1, "{ran:?}");
    let line = ran.line();
    assert_eq!((&line["state"], &line["held"]), (&"held".into(), &true.into()));
    assert_eq!(kinds(&line), ["hold", "hold"]);
    let bundles: Vec<&Value> =
        line["steps"].as_array().unwrap().iter().map(|step| &step["record"]["account"]["bundle"]).collect();
    assert_ne!(bundles[0], bundles[1], "each under its own bundle");
    let text = explain(&gate, &held, false);
    for says in ["now held", "lockgate hold show ", "LG-M001"] {
        assert!(text.out.contains(says), "{says}: {text:?}");
    }

    let ran = explain(&gate, &refused, true);
    assert_eq!(
        (ran.code, &ran.line()["state"], kinds(&ran.line())),
        (1, &"refused".into(), vec!["refuse".to_owned()])
    );

    // A rewritten one is found by what came and by what left.
    let left = out.iter().find(|object| **object != released).unwrap();
    for bytes in [&device, left] {
        let ran = explain(&gate, bytes, true);
        assert_eq!((ran.code, &ran.line()["state"]), (0, &"sent".into()), "{ran:?}");
    }
    assert_eq!(explain(&gate, &device, true).line()["first"], explain(&gate, left, true).line()["first"]);
    for payload in ["KRIM", "38640123456"] {
        assert!(!explain(&gate, &device, false).out.contains(payload));
    }

    // The same bytes again are another object.
    lane.send(&held);
    wait_for("the other object", || (gate.events("decision").len() == 6).then_some(()));
    let lines = explain(&gate, &held, true).lines();
    assert_eq!(lines.len(), 2);
    assert_eq!((kinds(&lines[0]).len(), kinds(&lines[1]).len()), (2, 1));
    assert_eq!(lane.stop().code, 0);
}

#[test]
fn what_cannot_be_explained_is_a_fault_that_says_what_to_do() {
    let gate = Gate::new("cot-down");
    assert_eq!(gate.start().stop().code, 0);
    let ran = explain(&gate, b"never seen", true);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("has no decision about it"), "{ran:?}");
    let sha256 = sha256(b"");
    let ran = lockgate(&["explain", &sha256]);
    assert!(ran.code == 2 && ran.err.contains("--config"), "{ran:?}");
    let ran = lockgate(&["explain", "LG-A001", "--config", &gate.text("gate.kdl")]);
    assert!(ran.code == 2 && ran.err.contains("not a SHA-256"), "{ran:?}");
    let ran = lockgate(&["explain", &sha256, "--config", "/nowhere.kdl"]);
    assert!(ran.code == 2 && ran.err.contains("/nowhere.kdl"), "{ran:?}");
}
