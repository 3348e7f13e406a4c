//! `check TYPE --samples` and `check TYPE --fields`: what a person asks of a type before there is any fixture; and types that a
//! public specification describes.

use crate::common::{Project, Ran, path, run};
use serde_json::Value;
use std::fs;

fn check(kind: &str, more: &[&str]) -> Ran {
    run(&[&["check", kind, "--rules", &path("rules")], more].concat())
}

fn of<'l>(lines: &'l [Value], kind: &str) -> Vec<&'l Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

#[test]
fn samples_are_cut_read_by_both_and_flipped() {
    let folder = tempfile::tempdir().unwrap();
    let input = |name: &str| {
        let folder = path(&format!("fixtures/misb-0601/{name}"));
        fs::read(format!("{folder}/input.bin")).unwrap()
    };
    let (packet, other, wrong) =
        (input("release-packet"), input("release-tags-in-another-order"), input("refuse-wrong-checksum"));
    fs::write(folder.path().join("a.klv"), [&packet[..], &other, &packet].concat()).unwrap();
    let samples = folder.path().to_str().unwrap();
    let ran = check("misb-0601", &["--samples", samples, "--json"]);
    let lines = ran.lines();
    crate::contract::hold("`check --samples`", &lines);
    let file = of(&lines, "sample")[0];
    assert_eq!(
        (ran.code, &file["objects"], &file["accepted"], &file["canonical"]),
        (0, &3.into(), &3.into(), &2.into())
    );
    assert_eq!(file["flips"], 200);
    let end = lines.last().unwrap();
    assert_eq!((&end["good"], &end["broken"], &end["samples"]), (&true.into(), &0.into(), &1.into()));
    // One that is refused is told with its code, its field and where.
    fs::write(folder.path().join("b.klv"), [&wrong[..], &wrong].concat()).unwrap();
    let ran = check("misb-0601", &["--samples", samples, "--json"]);
    let lines = ran.lines();
    crate::contract::hold("`check --samples`", &lines);
    let refused = of(&lines, "refused");
    assert_eq!((ran.code, refused.len()), (1, 1), "{}", ran.out);
    assert_eq!(
        (&refused[0]["code"], &refused[0]["count"], &refused[0]["object"]),
        (&"LG-S028".into(), &2.into(), &0.into())
    );
    assert!(refused[0]["path"].as_str().unwrap().ends_with("b.klv") && refused[0]["span"].is_array());
    // For people, in a screen's width; the same flips each time.
    let shown = check("misb-0601", &["--samples", samples]);
    assert!(
        shown.out.contains("LG-S028") && shown.out.contains("both readers agree on all"),
        "{}",
        shown.out
    );
    assert_eq!(shown.out, check("misb-0601", &["--samples", samples]).out);
}

#[test]
fn records_of_a_block_are_objects_and_nothing_is_not_all() {
    let folder = tempfile::tempdir().unwrap();
    let samples = folder.path().to_str().unwrap();
    let nothing = check("asterix-cat048", &["--samples", samples, "--json"]);
    assert_eq!((nothing.code, &nothing.lines()[0]["objects"]), (1, &0.into()));
    let one = fs::read(path("fixtures/asterix-cat048/release-plot/input.bin")).unwrap();
    let length = u8::try_from(one.len() * 2 - 3).unwrap();
    let block = [&[48, 0, length], &one[3..], &one[3..]].concat();
    fs::write(folder.path().join("block"), [&block[..], &one].concat()).unwrap();
    let ran = check("asterix-cat048", &["--samples", samples, "--json"]);
    let lines = ran.lines();
    let file = of(&lines, "sample")[0];
    assert_eq!((ran.code, &file["objects"], &file["canonical"]), (0, &3.into(), &3.into()), "{}", ran.out);
}

/// Samples of every encoding, the fixtures that are released: no law of either reader is broken.
#[test]
fn released_fixtures_of_every_type_keep_the_laws() {
    for kind in [
        "cot-event",
        "tak-v1",
        "gmti-4607",
        "track-json",
        "logistics-report",
        "relay-envelope",
        "us-report-demo",
    ] {
        let ran = check(kind, &["--samples", &path(&format!("fixtures/{kind}")), "--json"]);
        let lines = ran.lines();
        let end = lines.last().unwrap();
        // Notes and expectations lie beside the inputs, and are refused.
        assert_eq!((ran.code, &end["broken"]), (1, &0.into()), "{kind}: {}", ran.out);
        assert!(end["accepted"].as_u64().unwrap() > 2, "{kind}: {end}");
    }
}

#[test]
fn one_type_that_is_there_is_named() {
    for (args, says) in [
        (&["check", "--samples", "."][..], "TYPE"),
        (&["check", "--fields"], "TYPE"),
        (&["check", "tak-v1", "misb-0601", "--fields", "--rules", &path("rules")], "name one type"),
        (&["check", "tak-v2", "--fields", "--rules", &path("rules")], "tak-v1"),
        (&["check", "tak-v1", "--samples", "/nowhere", "--rules", &path("rules")], "/nowhere"),
    ] {
        let ran = run(args);
        assert!(ran.code == 2 && ran.err.contains(says), "{args:?}: {}", ran.err);
    }
}

#[test]
fn fields_are_listed_with_what_rules_have_to_know() {
    let lines = check("cot-event", &["--fields", "--json"]).lines();
    crate::contract::hold("`check --fields`", &lines);
    let field =
        |path: &str| lines.iter().find(|line| line["field"] == path).unwrap_or_else(|| panic!("{path}"));
    let lat = field("event.point.lat");
    assert_eq!((&lat["is"], &lat["min"], &lat["max"]), (&"decimal".into(), &"-90".into(), &"90".into()));
    assert_eq!((&lat["role"], &lat["unit"]), (&"position.lat".into(), &"deg".into()));
    let device = field("event.detail.takv");
    assert_eq!((&device["sensitive"], &device["drop_safe"]), (&true.into(), &true.into()));
    let shown = check("asterix-cat048", &["--fields"]);
    assert_eq!(shown.code, 0);
    assert!(shown.out.lines().all(|line| line.chars().count() <= 80), "{}", shown.out);
    assert!(
        shown.out.contains("i048.i040.rho") && shown.out.contains("role identity.track"),
        "{}",
        shown.out
    );
}

const SMALL: &str = "asterix 255 \"Small\"\nedition 1.0\ndate 2026-01-01\nitems\n\n    010 \"Source\"\n        definition\n            Words.\n        group\n            SAC \"\"\n                element 8\n                    raw\n            spare 8\n\n    020 \"Odd\"\n        random 4\n\nuap\n    010\n";

#[test]
fn a_specification_begins_a_type() {
    let project = Project::new();
    project.write("cat255.ast", SMALL);
    let (rules, from) = (project.text("rules"), project.text("cat255.ast"));
    let new = |name: &str| run(&["check", "--new", name, "--from", &from, "--rules", &rules, "--json"]);
    assert_eq!(new("my-radar").code, 2);
    let ran = new("asterix-cat255");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    crate::contract::hold("`check`", &ran.lines());
    let text = fs::read_to_string(project.path("rules/types/asterix-cat255/type.kdl")).unwrap();
    assert!(text.contains("ASTERIX category 255") && text.contains("i010"), "{text}");
    assert_eq!(run(&["fmt", "--check", &project.text("rules/types/asterix-cat255/type.kdl")]).code, 0);
    let fields = run(&["check", "asterix-cat255", "--fields", "--rules", &rules, "--json"]).lines();
    assert!(fields.iter().any(|line| line["field"] == "i255.i010.sac"), "{fields:?}");
    // Nothing is written over, and nothing is written of what cannot be expressed.
    assert_eq!(new("asterix-cat255").code, 2);
    fs::remove_dir_all(project.path("rules/types/asterix-cat255")).unwrap();
    project.write("cat255.ast", SMALL.replace("uap\n    010\n", "uap\n    010\n    020\n    099\n"));
    let ran = new("asterix-cat255");
    let lines = ran.lines();
    let refused: Vec<u64> = of(&lines, "refusal").iter().map(|line| line["line"].as_u64().unwrap()).collect();
    assert_eq!((ran.code, refused), (1, vec![16, 21]), "{}", ran.out);
    assert!(!project.path("rules/types/asterix-cat255").exists());
    let shown = run(&["check", "--new", "asterix-cat255", "--from", &from, "--rules", &rules]);
    assert!(shown.out.contains("cat255.ast:16: "), "{}", shown.out);
}
