//! Objects inside of objects: what the inner one says is judged as if nothing were around it, and what nobody described in
//! it never crosses. The envelope is the shipped one, or the shipped one around something else.

use crate::event::now;
use crate::gate::{Edit, Gate, Seen};
use lockgate_bytes::Time;
use lockgate_core::VerdictKind;
use std::path::Path;
use std::sync::LazyLock;

static RELAY: LazyLock<Gate> = LazyLock::new(|| Gate::new("relay-down", &[]));

fn fixture(kind: &str, name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(kind);
    std::fs::read_to_string(root.join(name).join("input.json")).unwrap()
}

fn report() -> String {
    fixture("relay-envelope", "release-report")
}

fn evening() -> Time {
    Time::parse(b"2026-03-01T18:10:00Z").unwrap()
}

/// What is wrong with an object; a bundle for trial takes the example as a type that releases.
fn judge(gate: &Gate, object: &str, now: Time) -> (Vec<&'static str>, Seen) {
    let seen = gate.judge(object.as_bytes(), now);
    (seen.codes.clone(), seen)
}

#[test]
fn what_is_inside_is_judged_as_if_nothing_were_around_it() {
    let (codes, seen) = judge(&RELAY, &report(), evening());
    assert!(codes.is_empty() && !seen.rewritten, "{}", seen.line);
    assert_eq!(seen.label.as_deref(), Some("MISSION RESTRICTED Releasable To AUT, HRV, HUN, SVK, SVN"));
    let (codes, seen) = judge(&RELAY, &report().replace("RESTRICTED", "SECRET"), evening());
    assert_eq!(seen.verdict, VerdictKind::Refuse, "{}", seen.line);
    assert!(codes.contains(&"LG-A010"), "{codes:?}");
}

/// Whatever the envelope says of itself, what it carries may say more: then they disagree, and nothing crosses.
#[test]
fn an_inner_level_above_the_outer_one_does_not_cross() {
    let outer = "member number integer";
    let marked =
        "member marking text max=40 optional=#true role=marking.native\n        member number integer";
    let gate = Gate::new("relay-down", &[("types/relay-envelope/type.kdl", outer, marked)]);
    let with = |level: &str| report().replace("\"number\"", &format!("\"marking\":\"{level}\",\"number\""));
    for level in ["MISSION UNCLASSIFIED", "MISSION SECRET", "SOMETHING"] {
        let (codes, seen) = judge(&gate, &with(level), evening());
        assert_ne!(seen.verdict, VerdictKind::Release, "{level} {}", seen.line);
        assert!(codes.iter().any(|code| code.starts_with("LG-M")), "{level} {}", seen.line);
    }
    for agrees in [with("MISSION RESTRICTED"), report()] {
        let (codes, seen) = judge(&gate, &agrees, evening());
        assert!(codes.is_empty(), "the same, or not a word of the envelope: {}", seen.line);
    }
}

/// A lane that drops undeclared parts drops none inside of a value: nobody looked at its bytes as they stand there.
#[test]
fn an_undeclared_part_inside_is_never_dropped() {
    let edits: [Edit<'_>; 4] = [
        (
            "types/relay-envelope/type.kdl",
            "embed=\"logistics-report\" coding=text",
            "embed=\"track-json\" coding=text",
        ),
        ("types/relay-envelope/rules.kdl", "relay.report.dtg.at", "relay.report.properties.time"),
        ("lanes/relay-down.kdl", "report-mission", "track-mission"),
        ("lanes/relay-down.kdl", "redact \"relay.report.unit.contact\"", "undeclared drop"),
    ];
    let gate = Gate::new("relay-down", &edits);
    let feature = fixture("track-json", "release-feature");
    let envelope = |feature: &str| {
        let text = serde_json::to_string(feature).unwrap();
        format!(
            "{{\"envelope\":\"relay\",\"gateway\":\"GW\",\"number\":1,\"report\":{text},\"sent\":1772359500000}}"
        )
    };
    let (codes, seen) = judge(&gate, &envelope(&feature), now());
    assert!(codes.is_empty(), "{}", seen.line);
    let more = feature.replace("\"type\":\"a-f", "\"tint\":\"blue\",\"type\":\"a-f");
    let (codes, seen) = judge(&gate, &envelope(&more), now());
    assert_eq!((codes, seen.verdict), (vec!["LG-S022"], VerdictKind::Hold), "{}", seen.line);
    // Alone, nothing is wrong with the same feature: it leaves without that part.
    let (codes, seen) = judge(&Gate::new("track-json-down", &[]), &more, now());
    assert!(codes.is_empty(), "{}", seen.line);
    assert_eq!(seen.released.as_deref(), Some(feature.as_bytes()));
}
