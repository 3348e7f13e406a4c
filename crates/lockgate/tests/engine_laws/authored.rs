//! A mistake in an authored file: the bundle does not build, and the diagnostic says where.

use crate::gate::{Edit, build};

/// The bundle with `edit` does not build, and says `code` at the edited file.
fn wrong(edit: Edit<'_>, code: &str) -> String {
    let report = build(&[edit]).expect_err("the bundle builds");
    assert!(report.contains(code), "{report}");
    let file = edit.0.rsplit('/').next().unwrap();
    assert!(report.contains(file), "the report does not name {file}:\n{report}");
    report
}

#[test]
fn a_repeated_property_is_an_error() {
    let twice = "ceiling=\"RESTRICTED\" ceiling=\"SECRET\" precedence";
    let report = wrong(("lanes/cot-down.kdl", "ceiling=\"SECRET\" precedence", twice), "N009");
    assert!(report.contains("first") && report.contains("ceiling"), "both places are shown:\n{report}");
}

#[test]
fn an_unknown_tag_type_is_refused() {
    for unknown in ["unknown", "tagType1", "Permissive", "tagtype7", ""] {
        let edit =
            ("policies/MISSION/mission.spif.xml", "tagType=\"tagType7\"", &*format!("tagType=\"{unknown}\""));
        wrong(edit, "P03");
    }
}

#[test]
fn colliding_codes_of_a_policy_are_refused() {
    let edit = (
        "policies/MISSION/mission.spif.xml",
        "<tagCategory name=\"HRV\" lacv=\"191\"/>",
        "<tagCategory name=\"HRV\" lacv=\"705\"/>",
    );
    wrong(edit, "P023");
}

#[test]
fn a_file_nested_100000_deep_is_a_diagnostic() {
    let braces = format!("{}traffic operation", "a {".repeat(100_000));
    wrong(("lanes/cot-down.kdl", "traffic operation", &braces), "N004");
    for nested in [
        "(".repeat(100_000),
        "!".repeat(100_000),
        "[".repeat(100_000),
        "has(".repeat(100_000),
        "true ? ".repeat(100_000),
    ] {
        let require = format!("{nested}label.level <= level('RESTRICTED')");
        wrong(("lanes/cot-down.kdl", "label.level <= level('RESTRICTED')", &require), "E0");
    }
}

#[test]
fn a_rule_with_a_mistake_stops_the_bundle() {
    for (require, code) in [
        ("label.level <= 'RESTRICTED'", "E0"),
        ("label.levle <= level('RESTRICTED')", "E0"),
        ("label.level <= level('RESTRICTTED')", "E0"),
        ("label.level <= level('RESTRICTED') &&", "E0"),
        ("level('RESTRICTED')", "E0"),
        ("event.uid == 'x'", "E0"),
        ("", "N0"),
    ] {
        wrong(("lanes/cot-down.kdl", "label.level <= level('RESTRICTED')", require), code);
    }
}

/// markings.md rule 41, for a whole bundle: each step of a ring may be right by itself, whatever lanes use it.
#[test]
fn a_ring_of_equivalences_that_lowers_does_not_build() {
    let step = |from: &str, to: &str, secret: &str| {
        let name = format!("{from}-{to}").to_lowercase();
        format!(
            "equivalence \"{name}\" from=\"{from}\" to=\"{to}\" {{\n    level \"CONFIDENTIAL\" is=\"CONFIDENTIAL\"\n    \
             level \"SECRET\" is=\"{secret}\"\n    valid from=\"2026-01-01\" until=\"2035-12-31\"\n    \
             authority \"invented\"\n}}\n"
        )
    };
    // The third step, from USA to MISSION, is shipped.
    let first = step("MISSION", "NATO", "SECRET");
    for (secret, lowers) in [("SECRET", false), ("CONFIDENTIAL", true)] {
        let second = step("NATO", "USA", secret);
        let edits =
            [("equivalences/mission-nato.kdl", "", &*first), ("equivalences/nato-usa.kdl", "", &*second)];
        match build(&edits) {
            Ok(_) => assert!(!lowers, "the bundle builds"),
            Err(report) => {
                assert!(lowers && report.contains("P078") && report.contains("mission-nato"), "{report}");
            }
        }
    }
}
