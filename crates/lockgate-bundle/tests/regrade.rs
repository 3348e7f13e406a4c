//! A level is lowered by a signed delegation that the lane names, and by nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

mod common;

use common::{Files, codes, cot_rules, judge, judge_until};
use lockgate_attest::SecretKey;
use lockgate_bundle::{Bundle, Strictness, read_delegation};
use serde_json::Value;

const EVENT: &str = r#"<event version="2.0" uid="T-1" type="a-f-G-U-C" time="2026-03-01T10:00:00Z" start="2026-03-01T10:00:00Z" stale="2026-03-01T10:10:00Z" how="m-g" access="ACCESS"CAVEAT releasableTo="AUT,HRV,HUN,SVK,SVN"><point lat="46.05" lon="14.5" hae="300" ce="10" le="10"/><detail><contact callsign="ALPHA"/></detail></event>"#;
const SECRET: &str = "MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
const CAVEATS: [&str; 3] = ["", "MEDICAL", "NATIONAL EYES"];
const LEVELS: [&str; 4] = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET"];

/// A delegation as written, without its signature.
fn written(from: &str, to: &str, types: &str, until: &str) -> String {
    format!(
        "delegation \"reports\" {{\n    regrade policy=\"MISSION\" from=\"{from}\" to=\"{to}\"\n    types \"{types}\"\n    \
         valid from=\"2026-01-01\" until=\"{until}\"\n    authority \"invented\"\n}}\n"
    )
}

/// The rules of the repository, as far as one lane needs them, with this delegation, signed, and named by the lane.
fn with(delegation: &str, named: bool) -> Files {
    let mut files = cot_rules();
    let change = |files: &mut Files, path: &str, from: &str, to: &str| {
        let text = String::from_utf8(files[path].clone()).unwrap();
        assert!(text.contains(from), "{path}: {from}");
        files.insert(path.to_owned(), text.replace(from, to).into_bytes());
    };
    let lane = "lanes/cot-down.kdl";
    // The lane's own rule refuses all that is above RESTRICTED, whoever lowers it.
    change(&mut files, lane, "label.level <= level('RESTRICTED')", "label.level <= level('SECRET')");
    files.insert("delegations/reports.kdl".to_owned(), delegation.as_bytes().to_vec());
    if named {
        change(
            &mut files,
            lane,
            "    traffic operation",
            "    delegation \"reports\"\n    traffic operation",
        );
    }
    sign(&mut files);
    files
}

fn sign(files: &mut Files) {
    let (_, statement) =
        read_delegation(files, "reports").unwrap_or_else(|found| panic!("{}", found.render()));
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    let key = SecretKey::from_pem(pem.into_bytes()).unwrap();
    let line = format!(
        "    signed by=\"oca\" ed25519=\"{}\" signature=\"{}\"\n}}\n",
        key.public().text(),
        key.sign(&statement).text()
    );
    let text = String::from_utf8(files["delegations/reports.kdl"].clone()).unwrap();
    let text = text.strip_suffix("}\n").unwrap().to_owned() + &line;
    files.insert("delegations/reports.kdl".to_owned(), text.into_bytes());
}

fn built(files: &Files) -> Bundle {
    Bundle::build_as(files, Strictness::Trial).unwrap_or_else(|found| panic!("{}", found.render()))
}

fn event(level: &str, caveat: &str) -> String {
    let caveat = if caveat.is_empty() { String::new() } else { format!(" caveat=\"{caveat}\"") };
    EVENT.replace("ACCESS", level).replace("CAVEAT", &caveat)
}

const NOW: &str = "2026-03-01T10:01:00Z";

#[test]
fn a_regraded_object_leaves_with_its_new_marking_and_says_by_whom() {
    let bundle = built(&with(&written("CONFIDENTIAL", "RESTRICTED", "cot-event", "2026-12-31"), true));
    let (account, bytes) = judge(&bundle, &event("MISSION CONFIDENTIAL", ""), NOW);
    assert_eq!(account["verdict"], "release", "{account}");
    assert_eq!(account["delegation"], "reports");
    assert_eq!(account["label"]["level"], "CONFIDENTIAL", "this is what was claimed and enforced");
    assert_eq!(account["label_released"]["level"], "RESTRICTED");
    assert_eq!(account["label_released"]["categories"], account["label"]["categories"]);
    assert_eq!(
        account["record"]["event"]["access"], "MISSION CONFIDENTIAL",
        "the record is that of what arrived"
    );
    let bytes = bytes.unwrap();
    assert!(bytes.contains("access=\"MISSION RESTRICTED\"") && !bytes.contains("CONFIDENTIAL"), "{bytes}");
    let (again, same) = judge(&bundle, &bytes, NOW);
    assert_eq!((again["verdict"].as_str(), same), (Some("release"), Some(bytes)));
    assert_eq!((&again["delegation"], &again["label"]["level"]), (&Value::Null, &Value::from("RESTRICTED")));
}

#[test]
fn what_a_delegation_does_not_cover_is_not_lowered() {
    let reports = written("CONFIDENTIAL", "RESTRICTED", "cot-event", "2026-12-31");
    let bundle = built(&with(&reports, true));
    let (above, _) = judge(&bundle, &event("MISSION SECRET", ""), NOW);
    assert_eq!((above["verdict"].as_str(), &above["delegation"]), (Some("refuse"), &Value::Null));
    let (below, _) = judge(&bundle, &event("MISSION UNCLASSIFIED", ""), NOW);
    assert_eq!(below["label_released"]["level"], "UNCLASSIFIED");
    let (ended, _) = judge(
        &built(&with(&reports.replace("2026-12-31", "2026-02-28"), true)),
        &event("MISSION CONFIDENTIAL", ""),
        NOW,
    );
    assert!(codes(&ended).contains(&"LG-A020") && ended["verdict"] == "refuse", "{ended}");
    let (unnamed, _) = judge(&built(&with(&reports, false)), &event("MISSION CONFIDENTIAL", ""), NOW);
    assert_eq!((unnamed["verdict"].as_str(), &unnamed["delegation"]), (Some("refuse"), &Value::Null));
    let (caveat, _) = judge(&bundle, &event("MISSION CONFIDENTIAL", "NATIONAL EYES"), NOW);
    assert_eq!(caveat["verdict"], "refuse", "every category stays");
}

#[test]
fn what_a_delegation_lets_cross_is_not_sent_once_it_has_ended() {
    for until in ["2026-03-01T10:05:00Z", "2026-12-31"] {
        let bundle = built(&with(&written("CONFIDENTIAL", "RESTRICTED", "cot-event", until), true));
        let (account, _, ends) = judge_until(&bundle, &event("MISSION CONFIDENTIAL", ""), NOW);
        assert_eq!(account["verdict"], "release", "{account}");
        // The event itself goes stale at ten past ten.
        let stale = "2026-03-01T10:10:00Z";
        let first = if until < stale { until } else { stale };
        assert_eq!(ends, Some(Time::parse(first.as_bytes()).unwrap()));
    }
}

#[test]
fn a_delegation_without_its_signature_does_not_build() {
    let reports = written("CONFIDENTIAL", "RESTRICTED", "cot-event", "2026-12-31");
    let whole = with(&reports, true);
    let path = "delegations/reports.kdl";
    let build = |text: String| {
        let mut files = whole.clone();
        files.insert(path.to_owned(), text.into_bytes());
        Bundle::build_as(&files, Strictness::Trial).map(|_| ()).map_err(|found| found.render())
    };
    let text = String::from_utf8(whole[path].clone()).unwrap();
    assert_eq!(build(text.clone()), Ok(()));
    let unsigned: String =
        text.lines().filter(|line| !line.contains("signed")).map(|line| format!("{line}\n")).collect();
    for (what, changed) in [
        ("no signature", unsigned),
        ("another level", text.replace("from=\"CONFIDENTIAL\"", "from=\"SECRET\"")),
        ("a longer time", text.replace("2026-12-31", "2027-12-31")),
        ("another authority", text.replace("\"invented\"", "\"somebody\"")),
        ("another type", text.replace("\"cot-event\"", "\"stanag-4774\"")),
        ("another signature", text.replace("signature=\"", "signature=\"A")),
    ] {
        let found = build(changed).unwrap_err();
        assert!(found.contains("B026"), "{what}: {found}");
    }
}

/// Delegations from one level to a lower one, named by the lane or not, in force or ended; objects of every level, with
/// every caveat, canonical or not.
#[test]
fn without_a_valid_delegation_no_released_label_is_below_the_enforced_one() {
    let mut released = 0;
    for (from, to) in [(1, 0), (2, 1), (3, 1)] {
        for (named, ended) in [(true, false), (true, true), (false, false)] {
            let until = if ended { "2026-02-28" } else { "2026-12-31" };
            let bundle = built(&with(&written(LEVELS[from], LEVELS[to], "cot-event", until), named));
            for (level, caveat) in (0..4).flat_map(|level| CAVEATS.map(|caveat| (level, caveat))) {
                let object = event(&format!("MISSION {}", LEVELS[level]), caveat);
                let spaced = object.replace("<point lat=\"46.05\"", "<point   lat=\"46.050\"");
                for object in [object, spaced] {
                    let (account, bytes) = judge(&bundle, &object, NOW);
                    let about = named && level == from;
                    let expected = if about && !ended { to } else { level };
                    assert_eq!(account["delegation"].as_str(), (about && !ended).then_some("reports"));
                    if account["verdict"] != "release" {
                        assert!(account["label_released"].is_null() && bytes.is_none());
                        continue;
                    }
                    released += 1;
                    assert!(!(about && ended), "held for want of a delegation");
                    assert_eq!(account["label"]["level"], LEVELS[level]);
                    assert_eq!(account["label_released"]["level"], LEVELS[expected]);
                    let says = format!("access=\"MISSION {}\"", LEVELS[expected]);
                    assert!(bytes.unwrap().contains(&says), "the bytes say what the record says");
                    assert_eq!(account["label_released"]["categories"], account["label"]["categories"]);
                }
            }
        }
    }
    assert!(released >= 30, "{released}");
}
