//! Laws about who acts: nobody is told to wait for people who may not answer.

use crate::event::{event, marked, now, with_part};
use crate::gate::{Edit, Seen};
use crate::review::gate;
use lockgate::pipeline::look_ahead;
use lockgate_bytes::Frame;
use lockgate_core::Unopened;
use serde_json::Value;

const LANE: &str = "lanes/cot-down.kdl";

/// The codes of an account, and who acts on each.
fn acts(seen: &Seen) -> Vec<(String, String)> {
    let account: Value = serde_json::from_str(&seen.line).unwrap();
    let text = |reason: &Value, key: &str| reason[key].as_str().unwrap().to_owned();
    let reasons = account["reasons"].as_array().unwrap();
    reasons.iter().map(|reason| (text(reason, "code"), text(reason, "for"))).collect()
}

fn told(edits: &[Edit<'_>], object: &str) -> Vec<(String, String)> {
    acts(&gate(edits).judge(object.as_bytes(), now()))
}

#[test]
fn people_act_where_it_holds_and_their_lane_lets_them() {
    let worded = with_part("<remarks source=\"LG\">The blue heron flies.</remarks>");
    let late = event(&[("start=\"2026-03-01T10:04:50Z\"", "start=\"2026-02-01T10:04:50Z\"")]);
    let answers = |families| (LANE, "answers \"LG-W\" \"LG-D\"", families);
    let refused = (LANE, "words \"codewords\" hit=hold", "words \"codewords\" hit=refuse");
    let rule_refuses = (
        "types/cot-event/rules.kdl",
        "otherwise hold says=\"the event began",
        "otherwise refuse says=\"the event began",
    );
    let cases: [(&[Edit<'_>], &str, &str, &str); 6] = [
        (&[], &worded, "LG-W001", "people"),
        (&[answers("answers \"LG-D\"")], &worded, "LG-W001", "originator"),
        (&[refused], &worded, "LG-W001", "originator"),
        (&[], &late, "LG-R001", "originator"),
        (&[answers("answers \"LG-R\"")], &late, "LG-R001", "people"),
        (&[answers("answers \"LG-R\""), rule_refuses], &late, "LG-R001", "originator"),
    ];
    for (edits, object, code, who) in cases {
        assert_eq!(told(edits, object), [(code.to_owned(), who.to_owned())], "{edits:?}");
    }
}

#[test]
fn each_reason_says_who_acts_and_people_only_what_they_may_answer() {
    let gate = gate(&[]);
    let worded = "<remarks source=\"LG\">The blue heron flies.</remarks>";
    for (object, expected) in [
        (with_part(&format!("{worded}<foo/>")), vec![("LG-W001", "people"), ("LG-S020", "author")]),
        (marked("", "", ""), vec![("LG-M001", "originator")]),
        (event(&[("lat=\"46.0511\"", "lat=\"460\"")]), vec![("LG-S010", "originator")]),
        (with_part("<note access=\"x\"/>"), vec![("LG-S022", "author")]),
        (
            event(&[("stale=\"2026-03-01T10:09:50Z\"", "stale=\"2026-03-01T10:04:55Z\"")]),
            vec![("LG-A017", "nobody")],
        ),
    ] {
        let told = acts(&gate.judge(object.as_bytes(), now()));
        let told: Vec<(&str, &str)> = told.iter().map(|(code, who)| (code.as_str(), who.as_str())).collect();
        assert_eq!(told, expected);
        let frame =
            Frame { bytes: object.into_bytes(), source: gate.source.clone(), arrival: now(), sidecar: None };
        let prospect = look_ahead(frame, &gate.policy, now(), Box::default(), &mut Unopened);
        for ((_, who), (code, may)) in told.iter().zip(prospect.reasons()) {
            assert!(*who == "people" || !may, "{code}: people may answer it, and are not told");
        }
    }
}
